/*
 * am_index_fetch.c - rows by TID: for index scans, triggers and TID scans.
 *
 * Invariant F1: a synthetic TID never reaches heapam.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/relscan.h"
#include "storage/bufmgr.h"
#include "storage/predicate.h"
#include "utils/snapmgr.h"

#include "src/storage/marks/marks_visibility.h"
#include "src/storage/page/tid.h"
#include "src/storage/store/moved_rows.h"
#include "src/storage/stripe/visibility.h"
#include "src/tableam/fetch.h"
#include "src/tableam/index.h"
#include "src/tableam/scan.h"
#include "src/tableam/slot.h"

typedef struct ColIndexFetch
{
	IndexFetchTableData base; /* must be first */
	Buffer buffer;			  /* pinned: the heap page looked at last */
} ColIndexFetch;

struct IndexFetchTableData *
col_index_fetch_begin(Relation rel)
{
	ColIndexFetch *index_fetch = palloc0(sizeof(*index_fetch));

	index_fetch->base.rel = rel;
	index_fetch->buffer = InvalidBuffer;
	return &index_fetch->base;
}

void
col_index_fetch_reset(struct IndexFetchTableData *base)
{
	ColIndexFetch *index_fetch = (ColIndexFetch *) base;

	if (BufferIsValid(index_fetch->buffer))
		ReleaseBuffer(index_fetch->buffer);
	index_fetch->buffer = InvalidBuffer;
}

void
col_index_fetch_end(struct IndexFetchTableData *base)
{
	ColIndexFetch *index_fetch = (ColIndexFetch *) base;

	col_index_fetch_reset(base);
	pfree(index_fetch);
}

/* A heap TID: the visible member of its HOT chain. */
static bool
fetch_heap_row(ColIndexFetch *index_fetch, ItemPointer tid, Snapshot snapshot,
			   TupleTableSlot *slot, bool *call_again, bool *all_dead)
{
	Relation rel = index_fetch->base.rel;
	HeapTupleData tuple;
	bool found;

	if (!*call_again)
	{
		Buffer before = index_fetch->buffer;

		index_fetch->buffer =
			ReleaseAndReadBuffer(before, rel, ItemPointerGetBlockNumber(tid));
		if (before != index_fetch->buffer)
			heap_page_prune_opt(rel, index_fetch->buffer);
	}
	LockBuffer(index_fetch->buffer, BUFFER_LOCK_SHARE);
	found = heap_hot_search_buffer(tid, rel, index_fetch->buffer, snapshot,
								   &tuple, all_dead, !*call_again);
	LockBuffer(index_fetch->buffer, BUFFER_LOCK_UNLOCK);
	tuple.t_self = *tid;
	if (!found)
	{
		*call_again = false;
		return false;
	}
	col_moved_rows_conflict_of(rel, &tuple, snapshot);
	/* only one member of a chain is visible to an MVCC snapshot */
	*call_again = !IsMVCCSnapshot(snapshot);
	col_slot_store_heap(slot, rel, &tuple, index_fetch->buffer);
	return true;
}

bool
col_index_fetch_tuple(struct IndexFetchTableData *base, ItemPointer tid,
					  Snapshot snapshot, TupleTableSlot *slot, bool *call_again,
					  bool *all_dead)
{
	ColIndexFetch *index_fetch = (ColIndexFetch *) base;

	if (!col_tid_is_stripe(tid))
		return fetch_heap_row(index_fetch, tid, snapshot, slot, call_again,
							  all_dead);
	*call_again = false;
	if (all_dead)
		*all_dead = false;
	if (col_fetch_stripe_row(index_fetch->base.rel, tid, snapshot, slot))
		return true;
	if (all_dead)
		*all_dead = col_fetch_row_is_dead(index_fetch->base.rel, tid);
	return false;
}

bool
col_tuple_fetch_row_version(Relation rel, ItemPointer tid, Snapshot snapshot,
							TupleTableSlot *slot)
{
	HeapTupleData tuple;
	Buffer buffer;

	if (col_tid_is_stripe(tid))
	{
		if (!col_fetch_stripe_row(rel, tid, snapshot, slot))
			return false;
		ExecMaterializeSlot(slot);
		return true;
	}
	tuple.t_self = *tid;
	if (!heap_fetch(rel, snapshot, &tuple, &buffer, false))
		return false;
	col_moved_rows_conflict_of(rel, &tuple, snapshot);
	col_slot_store_heap(slot, rel, &tuple, buffer);
	ReleaseBuffer(buffer);
	return true;
}

bool
col_tuple_tid_valid(TableScanDesc base, ItemPointer tid)
{
	ColScanDesc *desc = (ColScanDesc *) base;
	BlockNumber block;

	if (!ItemPointerIsValid(tid))
		return false;
	if (col_tid_is_stripe(tid))
		return col_tid_to_row(tid) != PG_UINT64_MAX;
	block = ItemPointerGetBlockNumber(tid);
	return block < desc->scan.rows.n_blocks &&
		   col_row_scan_skip(&desc->scan.rows, block) == block;
}

void
col_tuple_get_latest_tid(TableScanDesc base, ItemPointer tid)
{
	ColStripe stripe;
	ColRowChange change;
	uint64 row;

	if (col_tid_is_stripe(tid))
	{
		row = col_tid_to_row(tid);
		if (!col_directory_find(base->rs_rd, row, &stripe) ||
			!col_marks_row_change(base->rs_rd, &stripe,
								  row - stripe.entry.first_row, &change) ||
			change.kind != COL_MARK_UPDATED ||
			!col_marks_hide(base->rs_rd, &stripe, row - stripe.entry.first_row,
							base->rs_snapshot))
			return;
		*tid = change.next;
	}
	if (!col_tid_is_stripe(tid))
		heap_get_latest_tid(base, tid);
}

bool
col_tuple_satisfies_snapshot(Relation rel, TupleTableSlot *slot,
							 Snapshot snapshot)
{
	HeapTupleData tuple;
	Buffer buffer;
	bool visible;

	if (col_tid_is_stripe(&slot->tts_tid))
		return col_fetch_stripe_row(rel, &slot->tts_tid, snapshot, NULL);
	tuple.t_self = slot->tts_tid;
	visible = heap_fetch(rel, snapshot, &tuple, &buffer, false);
	if (visible)
		ReleaseBuffer(buffer);
	return visible;
}

/*
 * heapam decides about its TIDs.  Of stripes' only those go that a scan has
 * found dead to all: row numbers are not reused, and vacuum removes the others.
 * Standbys were told when the rows became dead.
 */
TransactionId
col_index_delete_tuples(Relation rel, TM_IndexDeleteOp *delstate)
{
	int n_heap = 0;
	int n_stripe = 0;
	TM_IndexDelete *stripe_tids =
		palloc(Max(delstate->ndeltids, 1) * sizeof(TM_IndexDelete));
	TransactionId horizon = InvalidTransactionId;

	for (int i = 0; i < delstate->ndeltids; i++)
	{
		if (col_tid_is_stripe(&delstate->deltids[i].tid))
			stripe_tids[n_stripe++] = delstate->deltids[i];
		else
			delstate->deltids[n_heap++] = delstate->deltids[i];
	}
	delstate->ndeltids = n_heap;
	if (n_heap > 0)
		horizon = heap_index_delete_tuples(rel, delstate);

	/*
	 * What heapam kept is at the front; stripe TIDs follow, unless the caller
	 * had asked for a bottom-up pass, which takes any subset.
	 */
	if (!delstate->bottomup)
	{
		for (int i = 0; i < n_stripe; i++)
			delstate->deltids[delstate->ndeltids++] = stripe_tids[i];
	}
	pfree(stripe_tids);
	return horizon;
}
