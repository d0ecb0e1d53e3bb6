/*
 * fetch.c - single rows by their TIDs.
 */
#include "postgres.h"

#include "access/xact.h"
#include "storage/predicate.h"

#include "src/storage/page/tid.h"
#include "src/storage/marks/marks_visibility.h"
#include "src/storage/store/moved_rows.h"
#include "src/storage/stripe/reader_pool.h"
#include "src/storage/stripe/visibility.h"
#include "src/tableam/fetch.h"
#include "src/tableam/slot.h"

bool
col_fetch_stripe_row(Relation rel, ItemPointer tid, Snapshot snapshot,
					 TupleTableSlot *slot)
{
	uint64 row = col_tid_to_row(tid);
	ColStripeReader *reader;
	ColStripe stripe;

	/* first: compaction makes it a lock of the table once the row has moved */
	PredicateLockTID(rel, tid, snapshot, InvalidTransactionId);
	if (!col_reader_pool_find(rel, row, &stripe, &reader))
		return false;
	if (stripe.entry.state == COL_STRIPE_FLUSHED &&
		row >= stripe.entry.first_row + stripe.entry.n_rows)
		return false;
	if (!col_stripe_visible(rel, &stripe.entry, snapshot))
		return false;
	if (stripe.entry.xmax != 0)
		col_moved_rows_conflict(rel, snapshot);

	if (stripe.entry.state != COL_STRIPE_FLUSHED)
	{
		ColPending *pending = col_write_find(rel, row);

		if (pending != NULL)
		{
			if (slot)
				col_slot_store_pending(slot, rel, pending, row);
			return true;
		}
		/* ours, but lost with a subtransaction: no such row */
		if (TransactionIdIsCurrentTransactionId(
				(TransactionId) stripe.entry.xmin))
			return false;
		if (slot)
			col_slot_store_foreign_pending(slot, rel, &stripe, row);
		return true;
	}
	if (col_marks_hide(rel, &stripe, row - stripe.entry.first_row, snapshot))
		return false;
	if (slot)
	{
		if (reader == NULL)
			reader = col_reader_pool_open(rel, &stripe);
		col_slot_store_stripe(slot, reader, row - stripe.entry.first_row);
	}
	return true;
}

bool
col_fetch_row_is_dead(Relation rel, ItemPointer tid)
{
	uint64 row = col_tid_to_row(tid);
	ColStripe stripe;

	if (!col_directory_find(rel, row, &stripe))
		return false;
	if (col_stripe_xmin_status(rel, &stripe.entry) == COL_XID_ABORTED)
		return true;
	return stripe.entry.state == COL_STRIPE_FLUSHED &&
		   row - stripe.entry.first_row < stripe.entry.n_rows &&
		   col_marks_row_is_dead(rel, &stripe, row - stripe.entry.first_row);
}
