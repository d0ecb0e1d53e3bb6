/*
 * am_bitmap.c - the rows of TID bitmaps, page by page.
 *
 * Called by PostgreSQL's node, kept from reading ahead by block number
 * (src/exec/read_ahead.c), and by our own (src/exec/bitmap_scan.c).
 */
#include "postgres.h"

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/predicate.h"

#include "src/storage/page/tid.h"
#include "src/tableam/scan.h"
#include "src/tableam/slot.h"

bool
col_scan_bitmap_turn(TableScanDesc base, const ColBitmapBlock *page)
{
	ColScanDesc *desc = (ColScanDesc *) base;
	ColBitmapPage *bitmap = &desc->bitmap;
	bool lossy = page->n_offsets < 0;

	if (page->block >= COL_TID_FIRST_BLOCK)
	{
		bitmap->block = page->block;
		bitmap->next = 0;
		bitmap->n_offsets = lossy ? COL_TID_ROWS : page->n_offsets;
		for (int i = 0; i < bitmap->n_offsets; i++)
			bitmap->offsets[i] = lossy ? i + 1 : page->offsets[i];
		return true;
	}
	bitmap->block = InvalidBlockNumber;
	/* a page that came after the scan has nothing that it sees */
	if (page->block >= desc->scan.rows.n_blocks)
		return false;
	if (lossy)
	{
		PredicateLockRelation(base->rs_rd, base->rs_snapshot);
		col_row_scan_page(&desc->scan.rows, page->block, true);
	}
	else
		col_row_scan_chains(&desc->scan.rows, page->block, page->offsets,
							page->n_offsets);
	return true;
}

bool
col_scan_bitmap_next(TableScanDesc base, TupleTableSlot *slot)
{
	ColScanDesc *desc = (ColScanDesc *) base;
	ColBitmapPage *bitmap = &desc->bitmap;
	ColRowScan *rows = &desc->scan.rows;

	if (bitmap->block == InvalidBlockNumber)
	{
		if (!col_row_scan_step(rows, true))
			return false;
		col_slot_store_heap(slot, base->rs_rd, &rows->tuple, rows->buffer);
		pgstat_count_heap_fetch(base->rs_rd);
		return true;
	}
	while (bitmap->next < bitmap->n_offsets)
	{
		ItemPointerData tid;

		ItemPointerSet(&tid, bitmap->block, bitmap->offsets[bitmap->next++]);
		if (col_fetch_stripe_row(base->rs_rd, &tid, base->rs_snapshot, slot))
		{
			pgstat_count_heap_fetch(base->rs_rd);
			return true;
		}
	}
	return false;
}
