/*
 * am_index_build.c - feeding index builds: all at once, and the second pass of
 * CREATE INDEX CONCURRENTLY.
 *
 * A normal build reads with SnapshotAny and judges rows itself, since rows that
 * older snapshots may still see must be in the index; a concurrent build and
 * its validation read with an MVCC snapshot.
 * Heap-only tuples are indexed under the TID of their chain's root.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "catalog/index.h"
#include "catalog/pg_am_d.h"
#include "commands/progress.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/lmgr.h"
#include "storage/procarray.h"
#include "utils/snapmgr.h"
#include "utils/tuplesort.h"

#include "src/pg/compat.h"
#include "src/storage/marks/marks_visibility.h"
#include "src/storage/page/tid.h"
#include "src/storage/stripe/visibility.h"
#include "src/tableam/index.h"
#include "src/tableam/scan.h"
#include "src/tableam/slot.h"

/* Where the roots of heap-only tuples lie on the page read last. */
typedef struct RootMap
{
	BlockNumber block;
	OffsetNumber offsets[MaxHeapTuplesPerPage];
} RootMap;

/* A build or a validation under way. */
typedef struct IndexFeed
{
	Relation table;
	Relation index;
	IndexInfo *info;
	EState *estate;
	ExprContext *econtext;
	ExprState *predicate;
	TupleTableSlot *slot;
	RootMap roots;
	ColFateCache fates;
	Datum values[INDEX_MAX_KEYS];
	bool nulls[INDEX_MAX_KEYS];
} IndexFeed;

static void
feed_begin(IndexFeed *feed, Relation table, Relation index, IndexInfo *info)
{
	feed->table = table;
	feed->index = index;
	feed->info = info;
	feed->estate = CreateExecutorState();
	feed->econtext = GetPerTupleExprContext(feed->estate);
	feed->slot = table_slot_create(table, NULL);
	feed->econtext->ecxt_scantuple = feed->slot;
	feed->predicate = ExecPrepareQual(info->ii_Predicate, feed->estate);
	feed->roots.block = InvalidBlockNumber;
	feed->fates = (ColFateCache){.context = CurrentMemoryContext};
}

static void
feed_end(IndexFeed *feed)
{
	ExecDropSingleTupleTableSlot(feed->slot);
	FreeExecutorState(feed->estate);
	/* these may point into the executor state that is gone */
	feed->info->ii_ExpressionsState = NIL;
	feed->info->ii_PredicateState = NULL;
}

static void
feed_read_roots(IndexFeed *feed, ColRowScan *rows)
{
	LockBuffer(rows->buffer, BUFFER_LOCK_SHARE);
	heap_get_root_tuples(BufferGetPage(rows->buffer), feed->roots.offsets);
	LockBuffer(rows->buffer, BUFFER_LOCK_UNLOCK);
	feed->roots.block = rows->block;
}

/* The TID under which the current row of the row store is indexed. */
static void
feed_root_tid(IndexFeed *feed, ColRowScan *rows, ItemPointer tid)
{
	OffsetNumber offset = ItemPointerGetOffsetNumber(&rows->tuple.t_self);

	*tid = rows->tuple.t_self;
	if (feed->roots.block != rows->block)
		feed_read_roots(feed, rows);
	if (!HeapTupleIsHeapOnly(&rows->tuple))
		return;
	/* the chain may be younger than the map */
	if (!OffsetNumberIsValid(feed->roots.offsets[offset - 1]))
		feed_read_roots(feed, rows);
	if (!OffsetNumberIsValid(feed->roots.offsets[offset - 1]))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("heap-only tuple (%u,%u) of table \"%s\" has no root",
						rows->block, offset,
						RelationGetRelationName(feed->table))));
	ItemPointerSetOffsetNumber(tid, feed->roots.offsets[offset - 1]);
}

/*
 * Puts the scan's row into the slot and its index values into the feed; false:
 * a partial index leaves it out.
 */
static bool
feed_form(IndexFeed *feed, ColTableScan *scan)
{
	MemoryContextReset(feed->econtext->ecxt_per_tuple_memory);
	col_scan_store(scan, feed->slot);
	if (feed->predicate != NULL && !ExecQual(feed->predicate, feed->econtext))
		return false;
	FormIndexDatum(feed->info, feed->slot, feed->estate, feed->values,
				   feed->nulls);
	return true;
}

/* What a build does with a row. */
typedef struct RowVerdict
{
	bool index;
	bool alive; /* takes part in uniqueness checks */
	bool count; /* is one of reltuples */
} RowVerdict;

/* A change of a heap row by another transaction: wait before judging it. */
static void
wait_for_row(IndexFeed *feed, ColRowScan *rows, TransactionId xid)
{
	LockBuffer(rows->buffer, BUFFER_LOCK_UNLOCK);
	XactLockTableWait(xid, feed->table, &rows->tuple.t_self,
					  XLTW_InsertIndexUnique);
	CHECK_FOR_INTERRUPTS();
	LockBuffer(rows->buffer, BUFFER_LOCK_SHARE);
}

/*
 * Judges a heap row for a build that reads with SnapshotAny.  A HOT-updated
 * row is left out, as only the live end of its chain is indexed: snapshots that
 * still see it must not use the index.
 */
static RowVerdict
judge_heap_row(IndexFeed *feed, ColRowScan *rows, TransactionId oldest_xmin)
{
	HeapTuple tuple = &rows->tuple;
	bool unique = feed->info->ii_Unique || feed->info->ii_ExclusionOps != NULL;
	RowVerdict verdict = {false, false, false};
	TransactionId xid;
	bool done = false;

	LockBuffer(rows->buffer, BUFFER_LOCK_SHARE);
	while (!done)
	{
		done = true;
		switch (HeapTupleSatisfiesVacuum(tuple, oldest_xmin, rows->buffer))
		{
			case HEAPTUPLE_DEAD:
				break;
			case HEAPTUPLE_LIVE:
				verdict = (RowVerdict){true, true, true};
				break;
			case HEAPTUPLE_RECENTLY_DEAD:
				verdict.index = !HeapTupleIsHotUpdated(tuple);
				if (!verdict.index)
					feed->info->ii_BrokenHotChain = true;
				break;
			case HEAPTUPLE_INSERT_IN_PROGRESS:
				xid = HeapTupleHeaderGetXmin(tuple->t_data);
				if (!TransactionIdIsCurrentTransactionId(xid) && unique)
				{
					wait_for_row(feed, rows, xid);
					done = false;
					break;
				}
				verdict = (RowVerdict){
					true, true, TransactionIdIsCurrentTransactionId(xid)};
				break;
			case HEAPTUPLE_DELETE_IN_PROGRESS:
				xid = HeapTupleHeaderGetUpdateXid(tuple->t_data);
				if (TransactionIdIsCurrentTransactionId(xid))
				{
					verdict.index = !HeapTupleIsHotUpdated(tuple);
					if (!verdict.index)
						feed->info->ii_BrokenHotChain = true;
				}
				else if (unique || HeapTupleIsHotUpdated(tuple))
				{
					wait_for_row(feed, rows, xid);
					done = false;
				}
				else
					verdict = (RowVerdict){true, false, true};
				break;
		}
	}
	LockBuffer(rows->buffer, BUFFER_LOCK_UNLOCK);
	return verdict;
}

/*
 * Judges a row of a stripe for a build that reads with SnapshotAny.  Nobody else
 * can be about to delete it: the table is locked.
 */
static RowVerdict
judge_stripe_row(IndexFeed *feed, const ColStripe *stripe, uint32 row,
				 TransactionId oldest_xmin)
{
	if (col_stripe_xmin_status(feed->table, &stripe->entry) == COL_XID_ABORTED)
		return (RowVerdict){false, false, false};
	switch (
		col_fate_of_row(&feed->fates, feed->table, stripe, row, oldest_xmin))
	{
		case COL_ROW_LIVE:
			return (RowVerdict){true, true, true};
		case COL_ROW_DYING:
			return (RowVerdict){true, false, true};
		case COL_ROW_DELETED_BY_US:
		case COL_ROW_RECENTLY_DEAD:
			return (RowVerdict){true, false, false};
		case COL_ROW_DEAD:
		case COL_ROW_VACUUMED:
			break;
	}
	return (RowVerdict){false, false, false};
}

static RowVerdict
judge_row(IndexFeed *feed, ColTableScan *scan, TransactionId oldest_xmin)
{
	if (scan->snapshot->snapshot_type != SNAPSHOT_ANY)
		return (RowVerdict){true, true, true};
	if (scan->phase == COL_SCAN_STRIPES)
		return judge_stripe_row(feed, &scan->reader->stripe, scan->row,
								oldest_xmin);
	/* the map of roots must be older than the verdict */
	if (feed->roots.block != scan->rows.block)
		feed_read_roots(feed, &scan->rows);
	return judge_heap_row(feed, &scan->rows, oldest_xmin);
}

static void
refuse_brin(Relation table, Relation index)
{
	if (index->rd_rel->relam != BRIN_AM_OID)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("access method \"brin\" is not supported on columnar "
					"table \"%s\"",
					RelationGetRelationName(table)),
			 errdetail("BRIN summarizes ranges of heap blocks; rows in "
					   "stripes have none."),
			 errhint("Columnar tables have minimum and maximum of every "
					 "column built in; no index is needed for them.")));
}

/* Tells pg_stat_progress_create_index how far the scan is. */
static void
report_progress(ColTableScan *scan, BlockNumber *last)
{
	BlockNumber block = scan->phase == COL_SCAN_STRIPES
							? scan->reader->stripe.entry.first_block
							: scan->rows.block;

	if (block == *last)
		return;
	*last = block;
	pgstat_progress_update_param(PROGRESS_SCAN_BLOCKS_DONE, block);
}

double
col_index_build_range_scan(Relation table, Relation index,
						   struct IndexInfo *info,
						   bool allow_sync pg_attribute_unused(),
						   bool any_visible pg_attribute_unused(),
						   bool progress,
						   BlockNumber start_block pg_attribute_unused(),
						   BlockNumber n_blocks pg_attribute_unused(),
						   IndexBuildCallback callback, void *callback_state,
						   TableScanDesc scan)
{
	IndexFeed feed;
	Snapshot registered = NULL;
	TransactionId oldest_xmin = InvalidTransactionId;
	ColTableScan *rows;
	double n_tuples = 0;
	BlockNumber last_reported = InvalidBlockNumber;

	refuse_brin(table, index);
	feed_begin(&feed, table, index, info);
	if (!info->ii_Concurrent)
		oldest_xmin = GetOldestNonRemovableTransactionId(table);
	if (scan == NULL)
	{
		if (info->ii_Concurrent)
			registered = RegisterSnapshot(GetTransactionSnapshot());
		scan = table_beginscan_strat(
			table, registered ? registered : SnapshotAny, 0, NULL, true, false);
	}
	rows = &((ColScanDesc *) scan)->scan;
	if (progress)
		pgstat_progress_update_param(PROGRESS_SCAN_BLOCKS_TOTAL,
									 rows->rows.n_blocks);

	while (col_table_scan_next(rows, true))
	{
		RowVerdict verdict;
		ItemPointerData tid;

		CHECK_FOR_INTERRUPTS();
		if (progress)
			report_progress(rows, &last_reported);
		verdict = judge_row(&feed, rows, oldest_xmin);
		n_tuples += verdict.count;
		if (!verdict.index || !feed_form(&feed, rows))
			continue;
		if (rows->phase == COL_SCAN_STRIPES)
			tid = feed.slot->tts_tid;
		else
			feed_root_tid(&feed, &rows->rows, &tid);
		callback(index, &tid, feed.values, feed.nulls, verdict.alive,
				 callback_state);
	}
	if (progress)
		pgstat_progress_update_param(PROGRESS_SCAN_BLOCKS_DONE,
									 rows->rows.n_blocks);

	ExecClearTuple(feed.slot);
	table_endscan(scan);
	if (registered)
		UnregisterSnapshot(registered);
	feed_end(&feed);
	return n_tuples;
}

/*
 * The TIDs that are in the index, sorted, merged with the rows of the table in
 * TID order.  Within a heap page rows come by their own offsets but are looked
 * for by those of their roots: what was passed on the page is remembered.
 */
typedef struct IndexMerge
{
	ValidateIndexState *state;
	bool empty; /* the sorted TIDs are used up */
	bool have;	/* cursor is set */
	ItemPointerData cursor;
	BlockNumber block;
	bool passed[MaxHeapTuplesPerPage];
} IndexMerge;

static void
merge_fetch(IndexMerge *merge)
{
	Datum value;
	bool isnull;

	if (merge->have &&
		ItemPointerGetBlockNumber(&merge->cursor) == merge->block)
		merge->passed[ItemPointerGetOffsetNumber(&merge->cursor) - 1] = true;
	merge->have =
		COL_TUPLESORT_GETDATUM(merge->state->tuplesort, &value, &isnull);
	merge->empty = !merge->have;
	if (merge->have)
		itemptr_decode(&merge->cursor, DatumGetInt64(value));
}

/* Is tid in the index?  Asked in order of blocks. */
static bool
merge_has(IndexMerge *merge, ItemPointer tid)
{
	if (ItemPointerGetBlockNumber(tid) != merge->block)
	{
		merge->block = ItemPointerGetBlockNumber(tid);
		memset(merge->passed, 0, sizeof(merge->passed));
	}
	while (!merge->empty &&
		   (!merge->have || ItemPointerCompare(&merge->cursor, tid) < 0))
		merge_fetch(merge);
	return merge->passed[ItemPointerGetOffsetNumber(tid) - 1] ||
		   (merge->have && ItemPointerEquals(&merge->cursor, tid));
}

void
col_index_validate_scan(Relation table, Relation index, struct IndexInfo *info,
						Snapshot snapshot, struct ValidateIndexState *state)
{
	IndexFeed feed;
	IndexMerge merge = {.state = state, .block = InvalidBlockNumber};
	TableScanDesc scan;
	ColTableScan *rows;
	BlockNumber last_reported = InvalidBlockNumber;

	feed_begin(&feed, table, index, info);
	scan = table_beginscan_strat(table, snapshot, 0, NULL, true, false);
	rows = &((ColScanDesc *) scan)->scan;
	pgstat_progress_update_param(PROGRESS_SCAN_BLOCKS_TOTAL,
								 rows->rows.n_blocks);

	while (col_table_scan_next(rows, true))
	{
		ItemPointerData tid;

		CHECK_FOR_INTERRUPTS();
		state->htups += 1;
		report_progress(rows, &last_reported);
		if (rows->phase == COL_SCAN_STRIPES)
			col_tid_from_row(rows->reader->stripe.entry.first_row + rows->row,
							 &tid);
		else
			feed_root_tid(&feed, &rows->rows, &tid);
		if (merge_has(&merge, &tid) || !feed_form(&feed, rows))
			continue;
		index_insert(index, feed.values, feed.nulls, &tid, table,
					 info->ii_Unique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO,
					 false, info);
		state->tups_inserted += 1;
	}

	ExecClearTuple(feed.slot);
	table_endscan(scan);
	feed_end(&feed);
}
