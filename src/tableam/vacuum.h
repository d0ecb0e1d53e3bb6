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
 * Called when the size of rel is asked for: heap_vacuum_rel does so once its
 * horizon is fixed, see am_vacuum.c.
 */
extern void col_vacuum_size_asked(Relation rel);

/*
 * Called when a table has been vacuumed that has about heap_rows rows in its row
 * store; NULL: nobody is interested.
 */
extern void (*col_vacuum_done_hook)(Relation rel, double heap_rows);

/* strategy may be NULL */
extern bool col_scan_analyze_turn(TableScanDesc scan, BlockNumber block,
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
