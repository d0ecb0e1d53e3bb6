/*
 * row_scan.c - the loop over the heap blocks of a table.
 *
 * A page is locked while its tuples are judged; what was found visible stays
 * so, and stays in place, while the page is pinned.
 * A block of ours that the directory's copy does not name yet is read like a
 * heap page and has no tuples.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "miscadmin.h"
#include "storage/predicate.h"
#include "utils/snapmgr.h"

#include "src/pg/compat.h"
#include "src/storage/store/moved_rows.h"
#include "src/storage/store/row_scan.h"

void
col_row_scan_begin(ColRowScan *scan, Relation rel, Snapshot snapshot,
				   const ColDirectoryCopy *directory, BlockNumber n_blocks,
				   BufferAccessStrategy strategy)
{
	memset(scan, 0, offsetof(ColRowScan, offsets));
	scan->rel = rel;
	scan->snapshot = snapshot;
	scan->strategy = strategy;
	scan->directory = directory;
	scan->n_blocks = n_blocks;
	scan->buffer = InvalidBuffer;
	scan->block = InvalidBlockNumber;
}

BlockNumber
col_row_scan_skip(const ColRowScan *scan, BlockNumber block)
{
	const ColBlockRange *range;

	while (block < scan->n_blocks &&
		   (range = col_directory_range(scan->directory, block)) != NULL)
		block = range->first_block + range->n_blocks;
	return Min(block, scan->n_blocks);
}

/*
 * Line pointers that lie behind the page, or are more than offsets has room
 * for: the buffer manager lets such a page through.
 */
static void
row_scan_corrupt(const ColRowScan *scan, OffsetNumber offset, OffsetNumber last)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
					errmsg("block %u of table \"%s\" is a corrupt heap page",
						   scan->block, RelationGetRelationName(scan->rel)),
					errdetail("Line pointer %u of %u cannot be on a heap page.",
							  offset, last)));
}

static inline bool
item_is_on_page(ItemId item)
{
	return ItemIdGetOffset(item) + ItemIdGetLength(item) <= BLCKSZ &&
		   ItemIdGetLength(item) >= SizeofHeapTupleHeader;
}

/* Pins block, prunes it, and locks it shared. */
static void
row_scan_read(ColRowScan *scan, BlockNumber block)
{
	if (BufferIsValid(scan->buffer))
		ReleaseBuffer(scan->buffer);
	scan->buffer = InvalidBuffer;
	CHECK_FOR_INTERRUPTS();
	scan->buffer = ReadBufferExtended(scan->rel, MAIN_FORKNUM, block,
									  RBM_NORMAL, scan->strategy);
	scan->block = block;
	scan->n_tuples = 0;
	scan->tuple.t_tableOid = RelationGetRelid(scan->rel);
	if (IsMVCCSnapshot(scan->snapshot))
		heap_page_prune_opt(scan->rel, scan->buffer);
	LockBuffer(scan->buffer, BUFFER_LOCK_SHARE);
	TestForOldSnapshot(scan->snapshot, scan->rel, BufferGetPage(scan->buffer));
}

void
col_row_scan_chains(ColRowScan *scan, BlockNumber block,
					const OffsetNumber *offsets, int n_offsets)
{
	row_scan_read(scan, block);
	for (int i = 0; i < n_offsets; i++)
	{
		HeapTupleData tuple;
		ItemPointerData tid;

		ItemPointerSet(&tid, block, offsets[i]);
		if (heap_hot_search_buffer(&tid, scan->rel, scan->buffer,
								   scan->snapshot, &tuple, NULL, true))
		{
			col_moved_rows_conflict_of(scan->rel, &tuple, scan->snapshot);
			scan->offsets[scan->n_tuples++] = ItemPointerGetOffsetNumber(&tid);
		}
	}
	LockBuffer(scan->buffer, BUFFER_LOCK_UNLOCK);
	scan->index = -1;
}

void
col_row_scan_page(ColRowScan *scan, BlockNumber block, bool forward)
{
	bool any = scan->snapshot->snapshot_type == SNAPSHOT_ANY;
	bool all_visible;
	Page page;
	OffsetNumber last;

	row_scan_read(scan, block);
	page = BufferGetPage(scan->buffer);
	all_visible = PageIsAllVisible(page) && IsMVCCSnapshot(scan->snapshot) &&
				  !scan->snapshot->takenDuringRecovery;
	last = PageIsNew(page) ? 0 : PageGetMaxOffsetNumber(page);
	if (unlikely(last > MaxHeapTuplesPerPage))
		row_scan_corrupt(scan, last, last);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
	{
		ItemId item = PageGetItemId(page, offset);
		HeapTuple tuple = &scan->tuple;
		bool visible;

		if (!ItemIdIsNormal(item))
			continue;
		if (unlikely(!item_is_on_page(item)))
			row_scan_corrupt(scan, offset, last);
		tuple->t_data = (HeapTupleHeader) PageGetItem(page, item);
		tuple->t_len = ItemIdGetLength(item);
		ItemPointerSet(&tuple->t_self, block, offset);
		visible =
			any || all_visible ||
			HeapTupleSatisfiesVisibility(tuple, scan->snapshot, scan->buffer);
		HeapCheckForSerializableConflictOut(visible, scan->rel, tuple,
											scan->buffer, scan->snapshot);
		if (visible)
			scan->offsets[scan->n_tuples++] = offset;
	}
	LockBuffer(scan->buffer, BUFFER_LOCK_UNLOCK);
	Assert(scan->n_tuples <= MaxHeapTuplesPerPage);
	scan->index = forward ? -1 : scan->n_tuples;
}

bool
col_row_scan_step(ColRowScan *scan, bool forward)
{
	HeapTuple tuple = &scan->tuple;
	Page page;
	ItemId item;

	if (forward ? scan->index + 1 >= scan->n_tuples : scan->index <= 0)
		return false;
	scan->index += forward ? 1 : -1;
	page = BufferGetPage(scan->buffer);
	item = PageGetItemId(page, scan->offsets[scan->index]);
	Assert(ItemIdIsNormal(item));
	tuple->t_data = (HeapTupleHeader) PageGetItem(page, item);
	tuple->t_len = ItemIdGetLength(item);
	ItemPointerSet(&tuple->t_self, scan->block, scan->offsets[scan->index]);
	return true;
}

void
col_row_scan_end(ColRowScan *scan)
{
	if (BufferIsValid(scan->buffer))
		ReleaseBuffer(scan->buffer);
	scan->buffer = InvalidBuffer;
	scan->block = InvalidBlockNumber;
	scan->n_tuples = 0;
	scan->index = -1;
}
