/*
 * am_tid_range.c - scans of a range of TIDs.
 *
 * The table scan is bounded at both stores: heap blocks outside of the range
 * are not looked at, stripes and vectors outside are left out as zone maps
 * would. Of the blocks and vectors at the edges, rows outside are passed over.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "pgstat.h"

#include "src/storage/page/tid.h"
#include "src/tableam/scan.h"

/* Row number n of a stripe: is min_row <= n < end_row? */
static bool
rows_overlap(const ColTidRange *range, uint64 first_row, uint64 n_rows)
{
	return first_row < range->end_row && first_row + n_rows > range->min_row;
}

static ColPruned
range_stripe(void *context, const ColDirectoryCopy *directory, uint32 i)
{
	const ColStripeEntry *entry = &directory->stripes[i].entry;

	return rows_overlap(context, entry->first_row, entry->n_rows)
			   ? COL_NOT_PRUNED
			   : COL_PRUNED_BY_ZONE;
}

static bool
range_vector(void *context, ColStripeReader *reader, uint32 vector)
{
	return rows_overlap(context,
						reader->stripe.entry.first_row +
							(uint64) vector * COL_VECTOR_ROWS,
						COL_VECTOR_ROWS);
}

/*
 * The number of the first row whose TID is not below tid; of any TID, also one
 * that no row can have.
 */
static uint64
first_row_from(ItemPointer tid)
{
	BlockNumber block = ItemPointerGetBlockNumberNoCheck(tid);
	uint64 offset = ItemPointerGetOffsetNumberNoCheck(tid);

	if (block < COL_TID_FIRST_BLOCK)
		return 0;
	return (uint64) (block - COL_TID_FIRST_BLOCK) * COL_TID_ROWS +
		   (offset == 0 ? 0 : Min(offset - 1, COL_TID_ROWS));
}

void
col_scan_set_tidrange(TableScanDesc base, ItemPointer min_tid,
					  ItemPointer max_tid)
{
	ColScanDesc *desc = (ColScanDesc *) base;
	ColTidRange *range = &desc->tid_range;
	BlockNumber max_block = ItemPointerGetBlockNumberNoCheck(max_tid);

	range->min_tid = *min_tid;
	range->max_tid = *max_tid;
	range->min_row = first_row_from(min_tid);
	range->end_row = first_row_from(max_tid);
	/* the row of max_tid itself, if there can be one */
	if (max_block >= COL_TID_FIRST_BLOCK &&
		ItemPointerGetOffsetNumberNoCheck(max_tid) >= 1 &&
		ItemPointerGetOffsetNumberNoCheck(max_tid) <= COL_TID_ROWS)
		range->end_row++;
	range->pruner = (ColPruner){range_stripe, range_vector, range};
	desc->scan.pruner = &range->pruner;
	col_table_scan_bound(&desc->scan, ItemPointerGetBlockNumberNoCheck(min_tid),
						 max_block);
}

bool
col_scan_getnextslot_tidrange(TableScanDesc base, ScanDirection direction,
							  TupleTableSlot *slot)
{
	ColScanDesc *desc = (ColScanDesc *) base;
	ColTidRange *range = &desc->tid_range;

	/* the executor begins anew at the end that it comes from */
	if (ScanDirectionIsBackward(direction) &&
		desc->scan.phase == COL_SCAN_BEFORE)
		desc->scan.phase = COL_SCAN_AFTER;
	while (
		col_table_scan_next(&desc->scan, !ScanDirectionIsBackward(direction)))
	{
		col_scan_store(&desc->scan, slot);
		if (ItemPointerCompare(&slot->tts_tid, &range->min_tid) < 0 ||
			ItemPointerCompare(&slot->tts_tid, &range->max_tid) > 0)
			continue;
		pgstat_count_heap_getnext(base->rs_rd);
		return true;
	}
	ExecClearTuple(slot);
	return false;
}
