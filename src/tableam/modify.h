/*
 * modify.h - table AM callbacks that write and lock rows, see
 * access/tableam.h.
 */
#ifndef COL_MODIFY_H
#define COL_MODIFY_H

#include "postgres.h"

#include "access/tableam.h"

#include "src/pg/compat.h"

extern void col_tuple_insert(Relation rel, TupleTableSlot *slot, CommandId cid,
							 int options, struct BulkInsertStateData *bistate);
extern void col_tuple_insert_speculative(Relation rel, TupleTableSlot *slot,
										 CommandId cid, int options,
										 struct BulkInsertStateData *bistate,
										 uint32 token);
extern void col_tuple_complete_speculative(Relation rel, TupleTableSlot *slot,
										   uint32 token, bool succeeded);
extern void col_multi_insert(Relation rel, TupleTableSlot **slots, int n_slots,
							 CommandId cid, int options,
							 struct BulkInsertStateData *bistate);
extern void col_finish_bulk_insert(Relation rel, int options);
extern TM_Result col_tuple_delete(Relation rel, ItemPointer tid, CommandId cid,
								  Snapshot snapshot, Snapshot crosscheck,
								  bool wait, TM_FailureData *tmfd,
								  bool changing_part);
extern TM_Result col_tuple_update(Relation rel, ItemPointer tid,
								  TupleTableSlot *slot, CommandId cid,
								  Snapshot snapshot, Snapshot crosscheck,
								  bool wait, TM_FailureData *tmfd,
								  LockTupleMode *mode,
								  TU_UpdateIndexes *update_indexes);
extern TM_Result col_tuple_lock(Relation rel, ItemPointer tid,
								Snapshot snapshot, TupleTableSlot *slot,
								CommandId cid, LockTupleMode mode,
								LockWaitPolicy policy, uint8 flags,
								TM_FailureData *tmfd);

#endif /* COL_MODIFY_H */
