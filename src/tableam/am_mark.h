/*
 * am_mark.h - changes and locks of rows of stripes: the callbacks of
 * modify.h, for synthetic TIDs.
 */
#ifndef COL_AM_MARK_H
#define COL_AM_MARK_H

#include "postgres.h"

#include "access/tableam.h"

#include "src/pg/compat.h"

extern TM_Result col_stripe_row_delete(Relation rel, ItemPointer tid,
									   CommandId cid, Snapshot crosscheck,
									   bool wait, TM_FailureData *tmfd,
									   bool changing_part);
extern TM_Result col_stripe_row_update(Relation rel, ItemPointer tid,
									   TupleTableSlot *slot, CommandId cid,
									   Snapshot crosscheck, bool wait,
									   TM_FailureData *tmfd,
									   LockTupleMode *mode,
									   TU_UpdateIndexes *update_indexes);
extern TM_Result col_stripe_row_lock(Relation rel, ItemPointer tid,
									 Snapshot snapshot, TupleTableSlot *slot,
									 CommandId cid, LockTupleMode mode,
									 LockWaitPolicy policy, uint8 flags,
									 TM_FailureData *tmfd);

/* am_modify.c: the same for heap TIDs, and what system columns show. */
extern TM_Result col_heap_row_lock(Relation rel, ItemPointer tid,
								   Snapshot snapshot, TupleTableSlot *slot,
								   CommandId cid, LockTupleMode mode,
								   LockWaitPolicy policy, uint8 flags,
								   TM_FailureData *tmfd);
extern void col_mark_written(Relation rel, TupleTableSlot *slot,
							 TransactionId xmax, CommandId cid);

#endif /* COL_AM_MARK_H */
