/*
 * am_modify.c - inserts, and changes and locks of heap rows.
 *
 * Path: bulk rows -> write buffer -> stripes; rows of stripes -> am_mark.c;
 * everything else -> heapam.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_class.h"

#include "src/storage/page/tid.h"
#include "src/storage/store/write_buffer.h"
#include "src/tableam/am_mark.h"
#include "src/tableam/modify.h"
#include "src/tableam/slot.h"

void
col_mark_written(Relation rel, TupleTableSlot *slot, TransactionId xmax,
				 CommandId cid)
{
	slot->tts_tableOid = RelationGetRelid(rel);
	if (col_slot_is_ours(slot))
		col_slot_set_written(slot, GetCurrentTransactionId(), xmax, cid);
}

void
col_tuple_insert(Relation rel, TupleTableSlot *slot, CommandId cid, int options,
				 struct BulkInsertStateData *bistate)
{
	ColWrite *write = col_write_open(rel, cid);
	Size bytes = col_write_undecided(write) ? col_slot_bytes(slot) : 0;

	if (col_write_wants_stripe(write, 1, bytes))
		col_write_append(write, rel, &slot, 1, options);
	else
		GetHeapamTableAmRoutine()->tuple_insert(rel, slot, cid, options,
												bistate);
	col_mark_written(rel, slot, InvalidTransactionId, cid);
}

void
col_tuple_insert_speculative(Relation rel, TupleTableSlot *slot, CommandId cid,
							 int options, struct BulkInsertStateData *bistate,
							 uint32 token)
{
	GetHeapamTableAmRoutine()->tuple_insert_speculative(rel, slot, cid, options,
														bistate, token);
	col_mark_written(rel, slot, InvalidTransactionId, cid);
}

void
col_tuple_complete_speculative(Relation rel, TupleTableSlot *slot, uint32 token,
							   bool succeeded)
{
	GetHeapamTableAmRoutine()->tuple_complete_speculative(rel, slot, token,
														  succeeded);
}

void
col_multi_insert(Relation rel, TupleTableSlot **slots, int n_slots,
				 CommandId cid, int options,
				 struct BulkInsertStateData *bistate)
{
	ColWrite *write = col_write_open(rel, cid);
	Size bytes = 0;

	if (col_write_undecided(write))
	{
		for (int i = 0; i < n_slots; i++)
			bytes += col_slot_bytes(slots[i]);
	}
	if (col_write_wants_stripe(write, n_slots, bytes))
		col_write_append(write, rel, slots, n_slots, options);
	else
		GetHeapamTableAmRoutine()->multi_insert(rel, slots, n_slots, cid,
												options, bistate);
	for (int i = 0; i < n_slots; i++)
		col_mark_written(rel, slots[i], InvalidTransactionId, cid);
}

/*
 * Called at the end of COPY, CTAS, REFRESH and rewrites; of the latter the file
 * is swapped next.  COPY into many partitions calls it for each again and again
 * as it goes round: their rows go on gathering.
 */
void
col_finish_bulk_insert(Relation rel, int options pg_attribute_unused())
{
	if (!rel->rd_rel->relispartition ||
		rel->rd_createSubid != InvalidSubTransactionId)
		col_write_flush_relation(rel);
}

TM_Result
col_tuple_delete(Relation rel, ItemPointer tid, CommandId cid,
				 Snapshot snapshot, Snapshot crosscheck, bool wait,
				 TM_FailureData *tmfd, bool changing_part)
{
	if (col_tid_is_stripe(tid))
		return col_stripe_row_delete(rel, tid, cid, crosscheck, wait, tmfd,
									 changing_part);
	return GetHeapamTableAmRoutine()->tuple_delete(
		rel, tid, cid, snapshot, crosscheck, wait, tmfd, changing_part);
}

TM_Result
col_tuple_update(Relation rel, ItemPointer tid, TupleTableSlot *slot,
				 CommandId cid, Snapshot snapshot pg_attribute_unused(),
				 Snapshot crosscheck, bool wait, TM_FailureData *tmfd,
				 LockTupleMode *mode, TU_UpdateIndexes *update_indexes)
{
	bool should_free;
	HeapTuple tuple;
	TM_Result result;

	if (col_tid_is_stripe(tid))
		return col_stripe_row_update(rel, tid, slot, cid, crosscheck, wait,
									 tmfd, mode, update_indexes);
	tuple = ExecFetchSlotHeapTuple(slot, true, &should_free);
	tuple->t_tableOid = RelationGetRelid(rel);
	result = col_heap_update(rel, tid, tuple, cid, crosscheck, wait, tmfd, mode,
							 update_indexes);
	slot->tts_tid = tuple->t_self;
	if (result == TM_Ok)
		col_mark_written(rel, slot, HeapTupleHeaderGetRawXmax(tuple->t_data),
						 cid);
	if (should_free)
		heap_freetuple(tuple);
	return result;
}

TM_Result
col_heap_row_lock(Relation rel, ItemPointer tid, Snapshot snapshot,
				  TupleTableSlot *slot, CommandId cid, LockTupleMode mode,
				  LockWaitPolicy policy, uint8 flags, TM_FailureData *tmfd)
{
	TupleTableSlot *heap_slot;
	BufferHeapTupleTableSlot *heap;
	TM_Result result;

	heap_slot = MakeSingleTupleTableSlot(slot->tts_tupleDescriptor,
										 &TTSOpsBufferHeapTuple);
	heap = (BufferHeapTupleTableSlot *) heap_slot;
	result = GetHeapamTableAmRoutine()->tuple_lock(
		rel, tid, snapshot, heap_slot, cid, mode, policy, flags, tmfd);
	if (!TTS_EMPTY(heap_slot) && BufferIsValid(heap->buffer))
		col_slot_store_heap(slot, rel, heap->base.tuple, heap->buffer);
	else
		ExecClearTuple(slot);
	ExecDropSingleTupleTableSlot(heap_slot);
	return result;
}

TM_Result
col_tuple_lock(Relation rel, ItemPointer tid, Snapshot snapshot,
			   TupleTableSlot *slot, CommandId cid, LockTupleMode mode,
			   LockWaitPolicy policy, uint8 flags, TM_FailureData *tmfd)
{
	if (col_tid_is_stripe(tid))
		return col_stripe_row_lock(rel, tid, snapshot, slot, cid, mode, policy,
								   flags, tmfd);
	return col_heap_row_lock(rel, tid, snapshot, slot, cid, mode, policy, flags,
							 tmfd);
}
