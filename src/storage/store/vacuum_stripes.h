/*
 * vacuum_stripes.h - what VACUUM does with stripes.
 */
#ifndef COL_VACUUM_STRIPES_H
#define COL_VACUUM_STRIPES_H

#include "postgres.h"

#include "storage/bufmgr.h"
#include "utils/rel.h"

struct VacuumParams;

/*
 * Resolves transactions below limit in stripes and marks, makes dead what no
 * snapshot will see again, removes its index entries and frees the blocks of
 * stripes without a live row, and repairs the visibility map.
 */
extern void col_vacuum_stripes(Relation rel, TransactionId limit,
							   const struct VacuumParams *params,
							   BufferAccessStrategy strategy);

/* Rows of the row store, by a look at some of its pages: all if they are few. */
extern double col_vacuum_heap_rows(Relation rel, BufferAccessStrategy strategy);

#endif /* COL_VACUUM_STRIPES_H */
