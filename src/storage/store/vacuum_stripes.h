/*
 * vacuum_stripes.h - what VACUUM does with stripes.
 */
#ifndef COL_VACUUM_STRIPES_H
#define COL_VACUUM_STRIPES_H

#include "postgres.h"

#include "storage/bufmgr.h"
#include "utils/rel.h"

struct VacuumParams;

typedef struct ColStripesVacuum ColStripesVacuum;

/*
 * Resolves transactions below limit in stripes and marks, makes dead what no
 * snapshot will see again, and repairs the visibility map.
 */
extern ColStripesVacuum *
col_vacuum_stripes_begin(Relation rel, TransactionId limit,
						 const struct VacuumParams *params,
						 BufferAccessStrategy strategy);

/*
 * Removes the index entries of what is dead and frees the blocks of stripes
 * without a live row.
 */
extern void col_vacuum_stripes_end(ColStripesVacuum *vacuum);

/* Rows of the row store, by a look at some of its pages: all if they are few. */
extern double col_vacuum_heap_rows(Relation rel, BufferAccessStrategy strategy);

#endif /* COL_VACUUM_STRIPES_H */
