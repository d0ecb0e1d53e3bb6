/*
 * fetch.c - single rows by their TIDs.
 */
#include "postgres.h"

#include "access/xact.h"
#include "storage/predicate.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "src/pg/compat.h"
#include "src/storage/page/tid.h"
#include "src/storage/marks/marks_visibility.h"
#include "src/storage/store/moved_rows.h"
#include "src/storage/stripe/visibility.h"
#include "src/tableam/fetch.h"
#include "src/tableam/slot.h"

void
col_fetch_begin(ColFetch *fetch, Relation rel)
{
	memset(fetch, 0, sizeof(*fetch));
	fetch->rel = rel;
	fetch->context = CurrentMemoryContext;
}

/* The reader that has the stripe of row open, or NULL. */
static ColStripeReader *
fetch_open_reader(ColFetch *fetch, uint64 row)
{
	for (int i = 0; i < COL_FETCH_READERS; i++)
	{
		ColStripeReader *reader = fetch->readers[i];

		if (reader != NULL && row >= reader->stripe.entry.first_row &&
			row < reader->stripe.entry.first_row + reader->stripe.entry.n_rows)
		{
			fetch->used[i] = ++fetch->clock;
			return reader;
		}
	}
	return NULL;
}

/* Opens a stripe in the reader that was used least recently. */
static ColStripeReader *
fetch_open_stripe(ColFetch *fetch, const ColStripe *stripe)
{
	int oldest = 0;
	ColStripeReader *reader;

	for (int i = 1; i < COL_FETCH_READERS; i++)
	{
		if (fetch->used[i] < fetch->used[oldest])
			oldest = i;
	}
	reader = fetch->readers[oldest];
	fetch->readers[oldest] = NULL;
	if (reader == NULL)
		reader = col_stripe_reader_create(
			fetch->rel, RelationGetDescr(fetch->rel), NULL, fetch->context);
	col_stripe_reader_open(reader, stripe);
	fetch->readers[oldest] = reader;
	fetch->used[oldest] = ++fetch->clock;
	return reader;
}

bool
col_fetch_stripe_row(ColFetch *fetch, ItemPointer tid, Snapshot snapshot,
					 TupleTableSlot *slot)
{
	Relation rel = fetch->rel;
	uint64 row = col_tid_to_row(tid);
	ColStripeReader *reader = fetch_open_reader(fetch, row);
	ColStripe stripe;

	PredicateLockRelation(rel, snapshot);
	if (reader != NULL)
	{
		stripe = reader->stripe;
		col_directory_reread(rel, &stripe);
	}
	else if (!col_directory_find(rel, row, &stripe))
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
			reader = fetch_open_stripe(fetch, &stripe);
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
	if (stripe.entry.flags & COL_STRIPE_XMIN_ABORTED)
		return true;
	return stripe.entry.state == COL_STRIPE_FLUSHED &&
		   row - stripe.entry.first_row < stripe.entry.n_rows &&
		   col_marks_row_is_dead(rel, &stripe, row - stripe.entry.first_row);
}

void
col_fetch_end(ColFetch *fetch)
{
	for (int i = 0; i < COL_FETCH_READERS; i++)
	{
		if (fetch->readers[i])
			col_stripe_reader_free(fetch->readers[i]);
		fetch->readers[i] = NULL;
	}
}

static ColFetch *shared_fetch = NULL;
static MemoryContext shared_context = NULL;
static ColRelFile shared_file;
static Oid shared_relid;
static bool shared_stale = false;

static void
shared_invalidate(Datum arg pg_attribute_unused(), Oid relid)
{
	if (relid == InvalidOid || relid == shared_relid)
		shared_stale = true;
}

ColFetch *
col_fetch_shared(Relation rel)
{
	static bool registered = false;
	MemoryContext old;

	if (!registered)
	{
		CacheRegisterRelcacheCallback(shared_invalidate, (Datum) 0);
		registered = true;
	}
	if (shared_fetch != NULL && !shared_stale &&
		COL_REL_FILE_EQUALS(shared_file, COL_REL_FILE(rel)))
	{
		/* the relation may have been closed and opened since */
		shared_fetch->rel = rel;
		for (int i = 0; i < COL_FETCH_READERS; i++)
		{
			if (shared_fetch->readers[i])
				shared_fetch->readers[i]->rel = rel;
		}
		return shared_fetch;
	}

	if (shared_context != NULL)
		MemoryContextDelete(shared_context);
	shared_fetch = NULL;
	shared_context = AllocSetContextCreate(
		TopTransactionContext, "columnar fetch", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(shared_context);
	shared_fetch = palloc(sizeof(ColFetch));
	col_fetch_begin(shared_fetch, rel);
	MemoryContextSwitchTo(old);
	shared_file = COL_REL_FILE(rel);
	shared_relid = RelationGetRelid(rel);
	shared_stale = false;
	return shared_fetch;
}

void
col_fetch_shared_forget(void)
{
	/* the memory goes with TopTransactionContext */
	shared_fetch = NULL;
	shared_context = NULL;
}
