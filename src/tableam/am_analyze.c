/*
 * am_analyze.c - rows of chosen blocks, for ANALYZE and TABLESAMPLE.
 *
 * Both choose blocks of the file.  A heap page stands for its rows; page k of
 * a stripe of b pages and n rows stands for rows k * n / b up to
 * (k + 1) * n / b: so every row is chosen by one block, and what is counted
 * scales with the number of blocks as it does for heap.
 *
 * TABLESAMPLE counts blocks from the one after the meta page, which has no rows:
 * a sample of the row store is the one that it would be of a heap table.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tsmapi.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "pgstat.h"
#include "utils/snapmgr.h"

#include "src/storage/page/metapage.h"
#include "src/storage/page/tid.h"
#include "src/storage/stripe/visibility.h"
#include "src/tableam/scan.h"
#include "src/tableam/slot.h"
#include "src/tableam/vacuum.h"

/* The first block that can be in a sample; the number 0 for TABLESAMPLE. */
#define FIRST_SAMPLED (COL_META_BLOCK + 1)

/* The FLUSHED stripe that has block, or NULL. */
static const ColStripe *
stripe_of_block(const ColDirectoryCopy *copy, BlockNumber block)
{
	const ColBlockRange *range = col_directory_range(copy, block);

	return range != NULL && range->stripe >= 0 ? &copy->stripes[range->stripe]
											   : NULL;
}

/* Opens the stripe in the scan's reader unless it is open already. */
static void
sample_open_stripe(ColScanDesc *desc, const ColStripe *stripe)
{
	ColTableScan *scan = &desc->scan;
	MemoryContext old;

	if (scan->reader == NULL)
		scan->reader = col_stripe_reader_create(scan->rel, scan->desc,
												scan->strategy, scan->context);
	else if (scan->stripe_open &&
			 scan->reader->stripe.entry.first_row == stripe->entry.first_row)
		return;
	scan->stripe_open = false;
	col_stripe_reader_open(scan->reader, stripe);
	scan->stripe_open = true;
	if (desc->sample.hidden)
		pfree(desc->sample.hidden);
	old = MemoryContextSwitchTo(scan->context);
	desc->sample.hidden =
		col_marks_hidden_rows(scan->rel, stripe, scan->snapshot);
	MemoryContextSwitchTo(old);
}

/* Turns to a block; false: it has no rows of interest. */
static bool
sample_block(ColScanDesc *desc, BlockNumber block)
{
	ColTableScan *scan = &desc->scan;
	ColBlockSample *sample = &desc->sample;
	const ColStripe *stripe;

	sample->block = block;
	sample->in_stripe = false;
	sample->next_row = sample->end_row = 0;
	sample->offset = InvalidOffsetNumber;
	if (block >= scan->rows.n_blocks)
		return false;
	if (col_row_scan_skip(&scan->rows, block) == block)
	{
		col_row_scan_page(&scan->rows, block, true);
		return true;
	}
	stripe = stripe_of_block(&scan->directory, block);
	sample->in_stripe = true;
	if (stripe != NULL &&
		col_stripe_xmin_status(scan->rel, &stripe->entry) != COL_XID_ABORTED)
	{
		uint64 k = block - stripe->entry.first_block;
		uint64 n = stripe->entry.n_rows;
		uint64 b = stripe->entry.n_blocks;

		sample->next_row = k * n / b;
		sample->end_row = (k + 1) * n / b;
		if (sample->next_row < sample->end_row)
			sample_open_stripe(desc, stripe);
	}
	return true;
}

bool
col_scan_analyze_turn(TableScanDesc base, BlockNumber block,
					  BufferAccessStrategy strategy)
{
	ColScanDesc *desc = (ColScanDesc *) base;

	if (strategy)
		desc->scan.rows.strategy = strategy;
	return sample_block(desc, block);
}

/* Judges a heap row for ANALYZE as heapam does: count, and take as sample? */
static bool
analyze_heap_row(ColTableScan *scan, TransactionId oldest_xmin, double *n_live,
				 double *n_dead)
{
	HeapTuple tuple = &scan->rows.tuple;
	TransactionId xmin = HeapTupleHeaderGetXmin(tuple->t_data);
	bool take = false;
	HTSV_Result state;

	LockBuffer(scan->rows.buffer, BUFFER_LOCK_SHARE);
	state = HeapTupleSatisfiesVacuum(tuple, oldest_xmin, scan->rows.buffer);
	switch (state)
	{
		case HEAPTUPLE_LIVE:
			take = true;
			*n_live += 1;
			break;
		case HEAPTUPLE_DEAD:
		case HEAPTUPLE_RECENTLY_DEAD:
			*n_dead += 1;
			break;
		case HEAPTUPLE_INSERT_IN_PROGRESS:
			take = TransactionIdIsCurrentTransactionId(xmin);
			*n_live += take;
			break;
		case HEAPTUPLE_DELETE_IN_PROGRESS:
			take = !TransactionIdIsCurrentTransactionId(
				HeapTupleHeaderGetUpdateXid(tuple->t_data));
			*(take ? n_live : n_dead) += 1;
			break;
	}
	LockBuffer(scan->rows.buffer, BUFFER_LOCK_UNLOCK);
	return take;
}

/* The same for a row of the open stripe; those that VACUUM has counted are not. */
static bool
analyze_stripe_row(ColScanDesc *desc, uint32 row, TransactionId oldest_xmin,
				   double *n_live, double *n_dead)
{
	Relation rel = desc->base.rs_rd;
	const ColStripe *stripe = &desc->scan.reader->stripe;
	bool take = false;

	switch (col_stripe_xmin_status(rel, &stripe->entry))
	{
		case COL_XID_ABORTED:
		case COL_XID_IN_PROGRESS:
			return false;
		case COL_XID_CURRENT:
		case COL_XID_COMMITTED:
			break;
	}
	switch (col_fate_of_row(&desc->sample.fates, rel, stripe, row, oldest_xmin))
	{
		case COL_ROW_LIVE:
		case COL_ROW_DYING:
			take = true;
			*n_live += 1;
			break;
		case COL_ROW_DELETED_BY_US:
		case COL_ROW_RECENTLY_DEAD:
		case COL_ROW_DEAD:
			*n_dead += 1;
			break;
		case COL_ROW_VACUUMED:
			break;
	}
	return take;
}

bool
col_scan_analyze_next_tuple(TableScanDesc base, TransactionId oldest_xmin,
							double *n_live, double *n_dead,
							TupleTableSlot *slot)
{
	ColScanDesc *desc = (ColScanDesc *) base;
	ColTableScan *scan = &desc->scan;
	ColBlockSample *sample = &desc->sample;

	if (sample->in_stripe)
	{
		while (sample->next_row < sample->end_row)
		{
			uint32 row = sample->next_row++;

			if (!analyze_stripe_row(desc, row, oldest_xmin, n_live, n_dead))
				continue;
			col_slot_store_stripe(slot, scan->reader, row);
			return true;
		}
		ExecClearTuple(slot);
		return false;
	}

	while (col_row_scan_step(&scan->rows, true))
	{
		if (analyze_heap_row(scan, oldest_xmin, n_live, n_dead))
		{
			col_slot_store_heap(slot, base->rs_rd, &scan->rows.tuple,
								scan->rows.buffer);
			return true;
		}
	}
	ExecClearTuple(slot);
	return false;
}

bool
col_scan_sample_next_block(TableScanDesc base, struct SampleScanState *state)
{
	ColScanDesc *desc = (ColScanDesc *) base;
	TsmRoutine *tsm = state->tsmroutine;
	BlockNumber n_blocks = desc->scan.rows.n_blocks;
	BlockNumber block;

	if (n_blocks <= FIRST_SAMPLED)
		return false;
	if (tsm->NextSampleBlock)
	{
		block = tsm->NextSampleBlock(state, n_blocks - FIRST_SAMPLED);
		if (block != InvalidBlockNumber)
			block += FIRST_SAMPLED;
	}
	else if (desc->sample.block == InvalidBlockNumber)
		block = FIRST_SAMPLED;
	else
		block = desc->sample.block + 1;
	if (block == InvalidBlockNumber || block >= n_blocks)
	{
		desc->sample.block = InvalidBlockNumber;
		return false;
	}
	return sample_block(desc, block);
}

/* Stores the row of a heap page at that offset; false: not visible. */
static bool
sample_heap_row(ColTableScan *scan, OffsetNumber offset, TupleTableSlot *slot)
{
	for (int i = 0; i < scan->rows.n_tuples; i++)
	{
		if (scan->rows.offsets[i] != offset)
			continue;
		scan->rows.index = i - 1;
		(void) col_row_scan_step(&scan->rows, true);
		col_slot_store_heap(slot, scan->rel, &scan->rows.tuple,
							scan->rows.buffer);
		return true;
	}
	return false;
}

bool
col_scan_sample_next_tuple(TableScanDesc base, struct SampleScanState *state,
						   TupleTableSlot *slot)
{
	ColScanDesc *desc = (ColScanDesc *) base;
	ColTableScan *scan = &desc->scan;
	ColBlockSample *sample = &desc->sample;
	TsmRoutine *tsm = state->tsmroutine;
	bool visible = false;
	OffsetNumber last;

	if (sample->in_stripe)
	{
		if (sample->next_row < sample->end_row)
			visible = col_stripe_visible(
				base->rs_rd, &scan->reader->stripe.entry, base->rs_snapshot);
		last = visible ? Min(sample->end_row - sample->next_row, COL_TID_ROWS)
					   : InvalidOffsetNumber;
	}
	else
		last = scan->rows.n_tuples > 0
				   ? scan->rows.offsets[scan->rows.n_tuples - 1]
				   : InvalidOffsetNumber;

	for (;;)
	{
		OffsetNumber offset;

		CHECK_FOR_INTERRUPTS();
		offset =
			tsm->NextSampleTuple(state, sample->block - FIRST_SAMPLED, last);
		if (OffsetNumberIsValid(offset))
		{
			if (sample->in_stripe)
			{
				uint32 row = sample->next_row + offset - 1;

				if (!visible || (sample->hidden != NULL &&
								 col_row_set_has(sample->hidden, row)))
					continue;
				col_slot_store_stripe(slot, scan->reader, row);
			}
			else if (!sample_heap_row(scan, offset, slot))
				continue;
			pgstat_count_heap_getnext(base->rs_rd);
			return true;
		}
		/* a block of a stripe may stand for more rows than a page can */
		if (sample->in_stripe && visible &&
			sample->next_row + COL_TID_ROWS < sample->end_row)
		{
			sample->next_row += COL_TID_ROWS;
			last = Min(sample->end_row - sample->next_row, COL_TID_ROWS);
			continue;
		}
		ExecClearTuple(slot);
		return false;
	}
}
