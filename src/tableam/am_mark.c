/*
 * am_mark.c - changes and locks of rows of stripes.
 *
 * DELETE is a mark; UPDATE is a mark, then a heap row, then the mark is told
 * where it is: in this order nobody sees a new version whose old one another
 * transaction has changed first.  Chains lead from stripes to heap rows, never
 * back.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "pgstat.h"
#include "utils/datum.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"

#include "src/pg/compat.h"
#include "src/storage/marks/marks_change.h"
#include "src/storage/page/tid.h"
#include "src/storage/store/published.h"
#include "src/storage/store/write_buffer.h"
#include "src/tableam/am_mark.h"
#include "src/tableam/fetch.h"
#include "src/tableam/slot.h"

/*
 * The row number of a TID, whose stripe is written by now if it was pending.
 */
static uint64
row_to_mark(Relation rel, ItemPointer tid, const char *what)
{
	uint64 row = col_tid_to_row(tid);

	if (IsInParallelMode())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_STATE),
				 errmsg("cannot %s tuples during a parallel operation", what)));
	if (col_write_find(rel, row) != NULL)
		col_write_flush_relation(rel);
	return row;
}

/* As heap_delete and heap_update: what should never be asked for. */
static void
refuse_invisible(TM_Result result, const char *what)
{
	if (result == TM_Invisible)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("attempted to %s invisible tuple", what)));
}

/* A stripe row as a heap tuple. */
static HeapTuple
form_copy(Relation rel, ItemPointer tid)
{
	TupleTableSlot *slot =
		MakeSingleTupleTableSlot(RelationGetDescr(rel), &col_slot_ops);
	HeapTuple copy;

	if (!col_fetch_stripe_row(rel, tid, SnapshotAny, slot))
		elog(ERROR, "a row of table \"%s\" is gone",
			 RelationGetRelationName(rel));
	slot_getallattrs(slot);
	copy = heap_form_tuple(RelationGetDescr(rel), slot->tts_values,
						   slot->tts_isnull);
	ExecDropSingleTupleTableSlot(slot);
	return copy;
}

TM_Result
col_stripe_row_delete(Relation rel, ItemPointer tid, CommandId cid,
					  Snapshot crosscheck, bool wait, TM_FailureData *tmfd,
					  bool changing_part)
{
	bool logical =
		col_relation_is_published(rel) && RelationIsLogicallyLogged(rel);
	ColMarkRequest request = {.row = row_to_mark(rel, tid, "delete"),
							  .kind = logical		  ? COL_MARK_UPDATED
									  : changing_part ? COL_MARK_MOVED
													  : COL_MARK_DELETED,
							  .cid = cid,
							  .crosscheck = crosscheck,
							  .policy = LockWaitBlock,
							  .wait = wait,
							  .oper = XLTW_Delete};
	ColMarkKind own_lock;
	TM_Result result = col_marks_request(rel, &request, tmfd, &own_lock);

	refuse_invisible(result, "delete");
	if (result != TM_Ok)
		return result;
	if (logical)
	{
		HeapTuple copy = form_copy(rel, tid);
		ItemPointerData moved;

		col_published_delete(rel, copy, cid, changing_part, &moved);
		col_marks_set_next(rel, request.row, cid, &moved);
		heap_freetuple(copy);
	}
	else
		pgstat_count_heap_delete(rel);
	return TM_Ok;
}

/* Does the new row have another value in a column of the set? */
static bool
columns_differ(Relation rel, Bitmapset *columns, TupleTableSlot *old,
			   TupleTableSlot *new)
{
	TupleDesc desc = RelationGetDescr(rel);
	int i = -1;

	while ((i = bms_next_member(columns, i)) >= 0)
	{
		AttrNumber number = i + FirstLowInvalidHeapAttributeNumber;
		Form_pg_attribute attribute;
		bool old_null;
		bool new_null;
		Datum old_value;
		Datum new_value;

		if (number <= 0)
			return true;
		attribute = TupleDescAttr(desc, number - 1);
		old_value = slot_getattr(old, number, &old_null);
		new_value = slot_getattr(new, number, &new_null);
		if (old_null != new_null ||
			(!old_null &&
			 !datumIsEqual(old_value, new_value, attribute->attbyval,
						   attribute->attlen)))
			return true;
	}
	return false;
}

/* The lock with which heap_update would look at the row. */
static LockTupleMode
update_lock_mode(Relation rel, ItemPointer tid, TupleTableSlot *new)
{
	Bitmapset *keys = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_KEY);
	TupleTableSlot *old =
		MakeSingleTupleTableSlot(RelationGetDescr(rel), &col_slot_ops);
	bool differ = true;

	if (col_fetch_stripe_row(rel, tid, SnapshotAny, old))
		differ = columns_differ(rel, keys, old, new);
	ExecDropSingleTupleTableSlot(old);
	bms_free(keys);
	return differ ? LockTupleExclusive : LockTupleNoKeyExclusive;
}

static LockTupleMode
lock_mode_of(ColMarkKind kind)
{
	switch (kind)
	{
		case COL_MARK_LOCK_KEY_SHARE:
			return LockTupleKeyShare;
		case COL_MARK_LOCK_SHARE:
			return LockTupleShare;
		case COL_MARK_LOCK_NO_KEY_EXCLUSIVE:
			return LockTupleNoKeyExclusive;
		default:
			return LockTupleExclusive;
	}
}

/*
 * A lock that the transaction had on the old version goes over to the new one,
 * as in a heap table: who asks for the xmax of what ON CONFLICT returns can tell an
 * update from an insertion.
 */
static void
carry_lock(Relation rel, TupleTableSlot *slot, CommandId cid,
		   ColMarkKind own_lock)
{
	HeapTupleData tuple = {.t_self = slot->tts_tid};
	TM_FailureData tmfd;
	Buffer buffer;

	if (heap_lock_tuple(rel, &tuple, cid + 1, lock_mode_of(own_lock),
						LockWaitBlock, false, &buffer, &tmfd) != TM_Ok)
		elog(ERROR, "could not lock the new version of a row of table \"%s\"",
			 RelationGetRelationName(rel));
	ReleaseBuffer(buffer);
}

/* Lets heapam do the update, so that it can be decoded. */
static void
update_published(Relation rel, ItemPointer tid, uint64 row,
				 TupleTableSlot *slot, CommandId cid)
{
	bool should_free;
	HeapTuple new = ExecFetchSlotHeapTuple(slot, true, &should_free);
	HeapTuple copy = form_copy(rel, tid);
	ItemPointerData moved;

	col_published_update(rel, copy, new, cid, &moved);
	col_marks_set_next(rel, row, cid, &moved);
	slot->tts_tid = new->t_self;
	heap_freetuple(copy);
	if (should_free)
		heap_freetuple(new);
}

TM_Result
col_stripe_row_update(Relation rel, ItemPointer tid, TupleTableSlot *slot,
					  CommandId cid, Snapshot crosscheck, bool wait,
					  TM_FailureData *tmfd, LockTupleMode *mode,
					  TU_UpdateIndexes *update_indexes)
{
	ItemPointerData old_tid = *tid; /* it may be the slot's own */
	ColMarkRequest request = {.row = row_to_mark(rel, tid, "update"),
							  .kind = COL_MARK_UPDATED,
							  .cid = cid,
							  .crosscheck = crosscheck,
							  .policy = LockWaitBlock,
							  .wait = wait,
							  .oper = XLTW_Update};
	ColMarkKind own_lock;
	TM_Result result = col_marks_request(rel, &request, tmfd, &own_lock);

	refuse_invisible(result, "update");
	*update_indexes = result == TM_Ok ? TU_All : TU_None;
	if (result != TM_Ok)
	{
		*mode = update_lock_mode(rel, &old_tid, slot);
		return result;
	}
	*mode = LockTupleExclusive;
	if (col_relation_is_published(rel) && RelationIsLogicallyLogged(rel))
		update_published(rel, &old_tid, request.row, slot, cid);
	else
	{
		GetHeapamTableAmRoutine()->tuple_insert(rel, slot, cid, 0, NULL);
		col_marks_set_next(rel, request.row, cid, &slot->tts_tid);
		/* one update, not an insertion */
		pgstat_count_heap_insert(rel, -1);
		COL_COUNT_UPDATE(rel);
	}
	if (own_lock != 0)
		carry_lock(rel, slot, cid, own_lock);
	col_mark_written(
		rel, slot, own_lock ? GetCurrentTransactionId() : InvalidTransactionId,
		cid);
	return TM_Ok;
}

static ColMarkKind
lock_kind(LockTupleMode mode)
{
	switch (mode)
	{
		case LockTupleKeyShare:
			return COL_MARK_LOCK_KEY_SHARE;
		case LockTupleShare:
			return COL_MARK_LOCK_SHARE;
		case LockTupleNoKeyExclusive:
			return COL_MARK_LOCK_NO_KEY_EXCLUSIVE;
		case LockTupleExclusive:
			break;
	}
	return COL_MARK_LOCK_EXCLUSIVE;
}

static void
refuse_moved(ItemPointer next)
{
	if (ItemPointerIndicatesMovedPartitions(next))
		ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
						errmsg("tuple to be locked was already moved to "
							   "another partition due to concurrent update")));
}

/*
 * Passes by the versions that our own transaction has replaced, as heapam does on
 * its way to the last one.  TM_Ok: *tid is one that it has not; xmin: who has
 * written the first one.
 */
static TM_Result
pass_own_changes(Relation rel, ItemPointer tid, TransactionId xmin,
				 CommandId cid, TM_FailureData *tmfd)
{
	for (;;)
	{
		HeapTupleData tuple = {.t_self = *tid};
		HeapTupleHeader header;
		TransactionId updater = InvalidTransactionId;
		CommandId cmin = 0;
		bool inserted_by_us = TransactionIdIsCurrentTransactionId(xmin);
		bool expected;
		Buffer buffer;

		if (!heap_fetch(rel, SnapshotAny, &tuple, &buffer, false))
			return TM_Deleted;
		header = tuple.t_data;
		expected = TransactionIdEquals(HeapTupleHeaderGetXmin(header), xmin);
		if ((header->t_infomask & HEAP_XMAX_INVALID) == 0 &&
			!HEAP_XMAX_IS_LOCKED_ONLY(header->t_infomask))
			updater = HeapTupleHeaderGetUpdateXid(header);
		if (expected && inserted_by_us)
			cmin = HeapTupleHeaderGetCmin(header);
		*tid = header->t_ctid;
		ReleaseBuffer(buffer);

		if (!expected)
			return TM_Deleted;
		if (!TransactionIdIsCurrentTransactionId(updater))
		{
			*tid = tuple.t_self;
			if (!inserted_by_us || cmin < cid)
				return TM_Ok;
			tmfd->xmax = xmin;
			tmfd->cmax = cmin;
			return TM_SelfModified;
		}
		refuse_moved(tid);
		if (ItemPointerEquals(tid, &tuple.t_self))
			return TM_Deleted;
		xmin = updater;
	}
}

/* Locks the newest version of a row that was updated. */
static TM_Result
lock_new_version(Relation rel, ItemPointer tid, Snapshot snapshot,
				 TupleTableSlot *slot, CommandId cid, LockTupleMode mode,
				 LockWaitPolicy policy, uint8 flags, TM_FailureData *tmfd)
{
	TM_Result result;

	refuse_moved(&tmfd->ctid);
	*tid = tmfd->ctid;
	tmfd->traversed = true;
	if (col_tid_is_stripe(tid))
		return TM_Deleted;
	result = pass_own_changes(rel, tid, tmfd->xmax, cid, tmfd);
	if (result != TM_Ok)
		return result;
	result = col_heap_row_lock(rel, tid, snapshot, slot, cid, mode, policy,
							   flags, tmfd);
	tmfd->traversed = true;
	return result;
}

TM_Result
col_stripe_row_lock(Relation rel, ItemPointer tid, Snapshot snapshot,
					TupleTableSlot *slot, CommandId cid, LockTupleMode mode,
					LockWaitPolicy policy, uint8 flags, TM_FailureData *tmfd)
{
	ColMarkRequest request = {.row = row_to_mark(rel, tid, "lock"),
							  .kind = lock_kind(mode),
							  .cid = cid,
							  .policy = policy,
							  .wait = true,
							  .oper = XLTW_Lock};
	ColMarkKind own_lock;
	TM_Result result;

	tmfd->traversed = false; /* asked for even if the result is TM_Ok */
	result = col_marks_request(rel, &request, tmfd, &own_lock);
	if (result == TM_Updated && (flags & TUPLE_LOCK_FLAG_FIND_LAST_VERSION))
		return lock_new_version(rel, tid, snapshot, slot, cid, mode, policy,
								flags, tmfd);
	/* for the error messages of callers the row is wanted, whatever happened */
	if (!col_fetch_stripe_row(rel, tid, SnapshotAny, slot))
		ExecClearTuple(slot);
	else
		ExecMaterializeSlot(slot);
	return result;
}
