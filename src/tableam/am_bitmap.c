/*
 * am_bitmap.c - the rows of TID bitmaps, page by page.
 *
 * Called by PostgreSQL's node, kept from reading ahead by block number
 * (src/exec/read_ahead.c), and by our own (src/exec/bitmap_scan.c).
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/tidbitmap.h"
#include "pgstat.h"
#include "storage/predicate.h"

#include "src/storage/page/tid.h"
#include "src/tableam/scan.h"
#include "src/tableam/slot.h"

bool
col_scan_bitmap_next_block(TableScanDesc base, struct TBMIterateResult *page)
{
	ColScanDesc *desc = (ColScanDesc *) base;
	ColBitmapPage *bitmap = &desc->bitmap;
	bool lossy = page->ntuples < 0;

	if (page->blockno >= COL_TID_FIRST_BLOCK)
	{
		bitmap->block = page->blockno;
		bitmap->next = 0;
		bitmap->n_offsets = lossy ? COL_TID_ROWS : page->ntuples;
		for (int i = 0; i < bitmap->n_offsets; i++)
			bitmap->offsets[i] = lossy ? i + 1 : page->offsets[i];
		return true;
	}
	bitmap->block = InvalidBlockNumber;
	/* a page that came after the scan has nothing that it sees */
	if (page->blockno >= desc->scan.rows.n_blocks)
		return false;
	if (lossy)
	{
		PredicateLockRelation(base->rs_rd, base->rs_snapshot);
		col_row_scan_page(&desc->scan.rows, page->blockno, true);
	}
	else
		col_row_scan_chains(&desc->scan.rows, page->blockno, page->offsets,
							page->ntuples);
	return true;
}

bool
col_scan_bitmap_next_tuple(TableScanDesc base,
						   struct TBMIterateResult *page pg_attribute_unused(),
						   TupleTableSlot *slot)
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
