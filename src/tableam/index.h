/*
 * index.h - table AM callbacks that serve indexes, see access/tableam.h.
 */
#ifndef COL_INDEX_H
#define COL_INDEX_H

#include "postgres.h"

#include "access/genam.h"
#include "access/tableam.h"

extern struct IndexFetchTableData *col_index_fetch_begin(Relation rel);
extern void col_index_fetch_reset(struct IndexFetchTableData *base);
extern void col_index_fetch_end(struct IndexFetchTableData *base);
extern bool col_index_fetch_tuple(struct IndexFetchTableData *base,
								  ItemPointer tid, Snapshot snapshot,
								  TupleTableSlot *slot, bool *call_again,
								  bool *all_dead);
extern bool col_tuple_fetch_row_version(Relation rel, ItemPointer tid,
										Snapshot snapshot,
										TupleTableSlot *slot);
extern bool col_tuple_tid_valid(TableScanDesc scan, ItemPointer tid);
extern void col_tuple_get_latest_tid(TableScanDesc scan, ItemPointer tid);
extern bool col_tuple_satisfies_snapshot(Relation rel, TupleTableSlot *slot,
										 Snapshot snapshot);
extern TransactionId col_index_delete_tuples(Relation rel,
											 TM_IndexDeleteOp *delstate);
extern double col_index_build_range_scan(
	Relation table, Relation index, struct IndexInfo *info, bool allow_sync,
	bool any_visible, bool progress, BlockNumber start_block,
	BlockNumber n_blocks, IndexBuildCallback callback, void *callback_state,
	TableScanDesc scan);
extern void col_index_validate_scan(Relation table, Relation index,
									struct IndexInfo *info, Snapshot snapshot,
									struct ValidateIndexState *state);

#endif /* COL_INDEX_H */
