/*
 * table_scan.c - all rows of a table that a snapshot sees.
 *
 * Alone, the row store comes first and stripes follow: the order of TIDs.
 * Together, stripes are claimed first, one by one, as they are the larger
 * pieces, then runs of heap blocks.  Every process has its own copy of the
 * directory; a stripe's place in it never changes, and only the first
 * shared->n_stripes are claimed.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/bufmgr.h"

#include "src/storage/store/table_scan.h"
#include "src/storage/store/write_buffer.h"
#include "src/storage/stripe/visibility.h"

/* Heap blocks that a process claims at a time. */
#define CLAIM_BLOCKS 64

void
col_parallel_scan_init(ColParallelScan *shared, Relation rel)
{
	ColDirectoryCopy copy;

	col_write_flush_relation(rel);
	col_directory_load(rel, &copy);
	shared->n_stripes = copy.n_stripes;
	col_directory_copy_free(&copy);
	shared->n_blocks = RelationGetNumberOfBlocks(rel);
	pg_atomic_init_u64(&shared->next_stripe, 0);
	pg_atomic_init_u64(&shared->next_block, 0);
}

void
col_parallel_scan_reset(ColParallelScan *shared)
{
	pg_atomic_write_u64(&shared->next_stripe, 0);
	pg_atomic_write_u64(&shared->next_block, 0);
}

void
col_table_scan_begin(ColTableScan *scan, Relation rel, Snapshot snapshot,
					 ColParallelScan *shared)
{
	BlockNumber n_blocks;

	col_write_flush_for_read(rel, snapshot);
	memset(scan, 0, sizeof(*scan));
	scan->rel = rel;
	scan->snapshot = snapshot;
	scan->shared = shared;
	scan->context = CurrentMemoryContext;
	scan->desc = RelationGetDescr(rel);
	scan->counts = &scan->own_counts;
	col_directory_load(rel, &scan->directory);
	if (shared != NULL && scan->directory.n_stripes < shared->n_stripes)
		elog(ERROR, "directory of table \"%s\" has lost stripes",
			 RelationGetRelationName(rel));
	n_blocks = shared ? shared->n_blocks : RelationGetNumberOfBlocks(rel);
	if (!RelationUsesLocalBuffers(rel) && n_blocks > (BlockNumber) NBuffers / 4)
		scan->strategy = GetAccessStrategy(BAS_BULKREAD);
	col_row_scan_begin(&scan->rows, rel, snapshot, &scan->directory, n_blocks,
					   scan->strategy);
	scan->end_block = n_blocks;
	col_table_scan_rewind(scan);
}

void
col_table_scan_set_desc(ColTableScan *scan, TupleDesc desc)
{
	ColStripeReader *old = scan->reader;

	if (scan->desc == desc)
		return;
	scan->desc = desc;
	if (old == NULL)
		return;
	scan->reader = col_stripe_reader_create(scan->rel, desc, scan->strategy,
											scan->context);
	col_stripe_reader_want(scan->reader, scan->wanted, scan->n_wanted);
	if (scan->stripe_open)
		col_stripe_reader_open(scan->reader, &old->stripe);
	col_stripe_reader_free(old);
}

void
col_table_scan_restrict(ColTableScan *scan, const int *wanted, int n_wanted,
						const ColPruner *pruner, ColScanCounts *counts)
{
	Assert(scan->phase == COL_SCAN_BEFORE && scan->reader == NULL);
	scan->wanted = wanted;
	scan->n_wanted = n_wanted;
	scan->pruner = pruner;
	scan->counts = counts ? counts : &scan->own_counts;
}

void
col_table_scan_bound(ColTableScan *scan, BlockNumber min_block,
					 BlockNumber max_block)
{
	Assert(scan->phase == COL_SCAN_BEFORE && scan->shared == NULL);
	scan->end_block = scan->rows.n_blocks;
	if (max_block < scan->end_block)
		scan->end_block = max_block + 1;
	scan->first_block = Min(min_block, scan->end_block);
}

void
col_table_scan_rewind(ColTableScan *scan)
{
	col_row_scan_end(&scan->rows);
	scan->phase = COL_SCAN_BEFORE;
	scan->page_open = false;
	scan->stripe_open = false;
	scan->next_block = 0;
	scan->claim_end_block = 0;
	scan->stripe = -1;
}

/* The next heap block to read, or -1. */
static int64
next_heap_block(ColTableScan *scan, bool forward)
{
	int64 n_blocks = scan->end_block;
	int64 block;

	if (!forward)
	{
		Assert(scan->shared == NULL);
		for (block = scan->next_block - 1; block >= scan->first_block; block--)
		{
			if (col_row_scan_skip(&scan->rows, block) == block)
				break;
		}
		scan->next_block = Max(block, (int64) scan->first_block);
		return block >= scan->first_block ? block : -1;
	}
	for (;;)
	{
		int64 end = scan->shared ? scan->claim_end_block : n_blocks;

		if (scan->next_block < end)
		{
			block = col_row_scan_skip(&scan->rows, scan->next_block);
			scan->next_block = block + 1;
			if (block < end)
				return block;
		}
		if (scan->shared == NULL)
		{
			scan->next_block = n_blocks;
			return -1;
		}
		scan->next_block =
			pg_atomic_fetch_add_u64(&scan->shared->next_block, CLAIM_BLOCKS);
		scan->claim_end_block = Min(scan->next_block + CLAIM_BLOCKS, n_blocks);
		if (scan->next_block >= n_blocks)
			return -1;
	}
}

/* Goes to the next row in the row store; false: it has no more. */
static bool
rows_next(ColTableScan *scan, bool forward)
{
	for (;;)
	{
		int64 block;

		if (scan->page_open)
		{
			if (col_row_scan_step(&scan->rows, forward))
				return true;
			/* turning round starts behind or before this page */
			if (scan->shared == NULL)
				scan->next_block =
					forward ? (int64) scan->rows.block + 1 : scan->rows.block;
			scan->page_open = false;
		}
		block = next_heap_block(scan, forward);
		if (block < 0)
		{
			col_row_scan_end(&scan->rows);
			return false;
		}
		col_row_scan_page(&scan->rows, block, forward);
		scan->counts->heap_pages++;
		scan->page_open = true;
	}
}

/* The index of the next stripe to look at, or -1. */
static int64
next_stripe(ColTableScan *scan, bool forward)
{
	int64 n = scan->directory.n_stripes;

	if (scan->shared != NULL)
	{
		int64 claimed = pg_atomic_fetch_add_u64(&scan->shared->next_stripe, 1);

		Assert(forward);
		n = scan->shared->n_stripes;
		scan->stripe = Min(claimed, n);
	}
	else if (forward)
		scan->stripe = Min(scan->stripe + 1, n);
	else
		scan->stripe = Max(scan->stripe - 1, -1);
	return scan->stripe < n ? scan->stripe : -1;
}

/*
 * Goes to the first row (backward: the last) of the first vector, from vector
 * v on, that is not left out; false: the stripe has none.
 */
static bool
enter_vector(ColTableScan *scan, int64 v, bool forward)
{
	uint32 n_rows = scan->reader->stripe.entry.n_rows;
	int64 n_vectors = (n_rows + COL_VECTOR_ROWS - 1) / COL_VECTOR_ROWS;

	for (; v >= 0 && v < n_vectors; v += forward ? 1 : -1)
	{
		if (scan->pruner != NULL &&
			!scan->pruner->vector(scan->pruner->context, scan->reader, v))
		{
			scan->counts->vectors_pruned++;
			continue;
		}
		CHECK_FOR_INTERRUPTS();
		scan->counts->vectors_read++;
		scan->vector_first_row = v * COL_VECTOR_ROWS;
		scan->vector_end_row =
			Min(scan->vector_first_row + COL_VECTOR_ROWS, n_rows);
		scan->row = forward ? scan->vector_first_row : scan->vector_end_row - 1;
		return true;
	}
	return false;
}

/* Has the current row of the stripe been deleted for the snapshot? */
static inline bool
row_is_hidden(const ColTableScan *scan)
{
	return scan->hidden != NULL && col_row_set_has(scan->hidden, scan->row);
}

/* Goes to the next row of the open stripe, hidden or not; false: no more. */
static bool
stripe_row_step(ColTableScan *scan, bool forward)
{
	if (forward ? scan->row + 1 < scan->vector_end_row
				: scan->row > scan->vector_first_row)
	{
		scan->row += forward ? 1 : -1;
		return true;
	}
	return enter_vector(
		scan, (int64) (scan->row / COL_VECTOR_ROWS) + (forward ? 1 : -1),
		forward);
}

/* Goes to the next row of the open stripe; false: it has no more. */
static bool
stripe_row_next(ColTableScan *scan, bool forward)
{
	while (stripe_row_step(scan, forward))
	{
		if (!row_is_hidden(scan))
			return true;
	}
	return false;
}

/* Does the scan read this stripe? */
static bool
stripe_wanted(ColTableScan *scan, uint32 i)
{
	const ColStripeEntry *entry = &scan->directory.stripes[i].entry;
	ColPruned pruned = COL_NOT_PRUNED;

	if (!col_stripe_visible(scan->rel, entry, scan->snapshot) ||
		entry->state != COL_STRIPE_FLUSHED)
		return false;
	if (scan->pruner != NULL)
		pruned =
			scan->pruner->stripe(scan->pruner->context, &scan->directory, i);
	if (pruned == COL_PRUNED_AS_KNOWN)
		scan->counts->stripes_known++;
	else if (pruned != COL_NOT_PRUNED)
		scan->counts->stripes_pruned++;
	if (pruned == COL_PRUNED_BY_BLOOM)
		scan->counts->stripes_pruned_by_bloom++;
	return pruned == COL_NOT_PRUNED;
}

static void
forget_hidden(ColTableScan *scan)
{
	if (scan->hidden)
		pfree(scan->hidden);
	scan->hidden = NULL;
}

/* Opens a stripe; false: all of its rows are hidden. */
static bool
open_stripe(ColTableScan *scan, uint32 i)
{
	const ColStripe *stripe = &scan->directory.stripes[i];

	forget_hidden(scan);
	if (stripe->entry.marks_block != InvalidBlockNumber)
	{
		MemoryContext old = MemoryContextSwitchTo(scan->context);

		scan->hidden = col_marks_hidden_rows(scan->rel, stripe, scan->snapshot);
		MemoryContextSwitchTo(old);
		if (scan->hidden != NULL && scan->hidden->n_set == stripe->entry.n_rows)
			return false;
	}
	if (scan->reader == NULL)
	{
		scan->reader = col_stripe_reader_create(scan->rel, scan->desc,
												scan->strategy, scan->context);
		col_stripe_reader_want(scan->reader, scan->wanted, scan->n_wanted);
	}
	col_stripe_reader_open(scan->reader, stripe);
	scan->stripe_open = true;
	scan->counts->stripes_read++;
	return true;
}

/* Goes to the next row in the stripes; false: there are no more. */
static bool
stripes_next(ColTableScan *scan, bool forward)
{
	int64 i;

	if (scan->stripe_open)
	{
		if (stripe_row_next(scan, forward))
			return true;
		scan->stripe_open = false;
	}
	while ((i = next_stripe(scan, forward)) >= 0)
	{
		uint32 n_rows = scan->directory.stripes[i].entry.n_rows;

		CHECK_FOR_INTERRUPTS();
		if (!stripe_wanted(scan, i) || !open_stripe(scan, i))
			continue;
		if (enter_vector(scan, forward ? 0 : (n_rows - 1) / COL_VECTOR_ROWS,
						 forward) &&
			(!row_is_hidden(scan) || stripe_row_next(scan, forward)))
			return true;
		scan->stripe_open = false;
	}
	return false;
}

/* Enters a store from its near end. */
static void
enter_rows(ColTableScan *scan, bool forward)
{
	scan->phase = COL_SCAN_ROWS;
	scan->page_open = false;
	scan->next_block = forward ? scan->first_block : scan->end_block;
	scan->claim_end_block = 0;
}

static void
enter_stripes(ColTableScan *scan, bool forward)
{
	scan->phase = COL_SCAN_STRIPES;
	scan->stripe_open = false;
	scan->stripe = forward ? -1 : (int64) scan->directory.n_stripes;
}

static bool
next_together(ColTableScan *scan)
{
	if (scan->phase == COL_SCAN_BEFORE)
		enter_stripes(scan, true);
	if (scan->phase == COL_SCAN_STRIPES)
	{
		if (stripes_next(scan, true))
			return true;
		scan->phase = COL_SCAN_ROWS;
		scan->next_block = scan->claim_end_block = 0;
	}
	if (scan->phase == COL_SCAN_ROWS && rows_next(scan, true))
		return true;
	scan->phase = COL_SCAN_AFTER;
	return false;
}

bool
col_table_scan_next(ColTableScan *scan, bool forward)
{
	if (likely(scan->stripe_open && forward &&
			   scan->row + 1 < scan->vector_end_row))
	{
		scan->row++;
		if (likely(!row_is_hidden(scan)))
			return true;
	}
	if (scan->phase == COL_SCAN_STRIPES && stripes_next(scan, forward))
		return true;
	if (scan->shared != NULL)
		return next_together(scan);

	if (forward)
	{
		if (scan->phase == COL_SCAN_BEFORE)
			enter_rows(scan, true);
		if (scan->phase == COL_SCAN_ROWS)
		{
			if (rows_next(scan, true))
				return true;
			enter_stripes(scan, true);
			if (stripes_next(scan, true))
				return true;
		}
		scan->phase = COL_SCAN_AFTER;
		return false;
	}
	if (scan->phase == COL_SCAN_AFTER)
	{
		enter_stripes(scan, false);
		if (stripes_next(scan, false))
			return true;
	}
	if (scan->phase == COL_SCAN_STRIPES)
		enter_rows(scan, false);
	if (scan->phase == COL_SCAN_ROWS && rows_next(scan, false))
		return true;
	scan->phase = COL_SCAN_BEFORE;
	return false;
}

void
col_table_scan_end(ColTableScan *scan)
{
	col_row_scan_end(&scan->rows);
	forget_hidden(scan);
	if (scan->reader)
		col_stripe_reader_free(scan->reader);
	if (scan->strategy)
		FreeAccessStrategy(scan->strategy);
	col_directory_copy_free(&scan->directory);
}
