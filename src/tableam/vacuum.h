/*
 * vacuum.h - table AM callbacks of VACUUM, ANALYZE and TABLESAMPLE, see
 * access/tableam.h.
 */
#ifndef COL_VACUUM_H
#define COL_VACUUM_H

#include "postgres.h"

#include "access/tableam.h"

struct VacuumParams;
struct SampleScanState;

extern void col_relation_vacuum(Relation rel, struct VacuumParams *params,
								BufferAccessStrategy strategy);

/*
 * What VACUUM does with stripes: resolves those whose transaction is below
 * limit, removes the index entries of aborted ones and frees their blocks,
 * and repairs the visibility map.
 */
extern void col_vacuum_stripes(Relation rel, TransactionId limit,
							   const struct VacuumParams *params,
							   BufferAccessStrategy strategy);

/* Rows of the row store, by a look at some of its pages: all if they are few. */
extern double col_vacuum_heap_rows(Relation rel, BufferAccessStrategy strategy);

/*
 * Called when the size of rel is asked for: heap_vacuum_rel does so once its
 * horizon is fixed, see am_vacuum.c.
 */
extern void col_vacuum_size_asked(Relation rel);

extern bool col_scan_analyze_next_block(TableScanDesc scan, BlockNumber block,
										BufferAccessStrategy strategy);
extern bool col_scan_analyze_next_tuple(TableScanDesc scan,
										TransactionId oldest_xmin,
										double *n_live, double *n_dead,
										TupleTableSlot *slot);
extern bool col_scan_sample_next_block(TableScanDesc scan,
									   struct SampleScanState *state);
extern bool col_scan_sample_next_tuple(TableScanDesc scan,
									   struct SampleScanState *state,
									   TupleTableSlot *slot);

#endif /* COL_VACUUM_H */
