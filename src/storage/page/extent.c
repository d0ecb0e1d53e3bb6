/*
 * extent.c - runs of consecutive blocks of a table.
 *
 * Invariant E1: a block belongs to an extent only if its own page header says
 * so.  A crash or an error between announcing an extent and formatting its
 * last block leaves blocks that heapam may take; whoever frees an extent that
 * was never completed checks each page's owner.
 *
 * Lock order: relation extension lock, then buffer locks.
 */
#include "postgres.h"

#include "access/hio.h"
#include "access/visibilitymap.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/freespace.h"
#include "storage/lmgr.h"

#include "src/storage/page/extent.h"
#include "src/storage/page/page.h"
#include "src/storage/page/wal.h"

/*
 * The last heap page goes out of sight of heapam's "try the last page" when
 * blocks follow it: leave its free space where every session finds it.
 */
static void
extent_record_last_heap_page(Relation rel, BlockNumber n_blocks)
{
	Buffer buffer;
	Page page;
	Size free_bytes = 0;

	if (n_blocks == 0)
		return;
	buffer = ReadBuffer(rel, n_blocks - 1);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	if (!PageIsNew(page) && !col_page_is_foreign(page))
		free_bytes = PageGetHeapFreeSpace(page);
	UnlockReleaseBuffer(buffer);

	if (free_bytes > 0)
	{
		RecordPageWithFreeSpace(rel, n_blocks - 1, free_bytes);
		FreeSpaceMapVacuumRange(rel, n_blocks - 1, n_blocks);
	}
}

/*
 * Vacuum skips all-visible blocks in runs, and never sets the map's bits for
 * pages that already say PD_ALL_VISIBLE: both are set here.
 */
static void
extent_set_all_visible(Relation rel, BlockNumber block, Buffer buffer,
					   Buffer *map)
{
	/* its LSN is set, too, if hint bits are logged */
	MarkBufferDirty(buffer);
	visibilitymap_set(rel, block, buffer, InvalidXLogRecPtr, *map,
					  InvalidTransactionId,
					  VISIBILITYMAP_ALL_VISIBLE | VISIBILITYMAP_ALL_FROZEN);
}

/* Ring of buffers; for autovacuum, PostgreSQL counts no bulk writes. */
static BufferAccessStrategy
extent_strategy(void)
{
	return GetAccessStrategy(MyBackendType == B_AUTOVAC_WORKER ? BAS_VACUUM
															   : BAS_BULKWRITE);
}

BlockNumber
col_extent_append(Relation rel, uint32 n_blocks, ColExtentAnnounce announce,
				  ColExtentFill fill, void *context)
{
	BlockNumber first;
	Buffer map = InvalidBuffer;
	BufferAccessStrategy strategy = extent_strategy();
	uint32 done = 0;

	Assert(n_blocks > 0);
	LockRelationForExtension(rel, ExclusiveLock);
	first = RelationGetNumberOfBlocks(rel);
	if ((uint64) first + n_blocks >= COL_TID_FIRST_BLOCK)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("table \"%s\" cannot grow beyond %u blocks",
						RelationGetRelationName(rel), COL_TID_FIRST_BLOCK),
				 errhint("Partition the table.")));
	extent_record_last_heap_page(rel, first);
	if (announce)
		announce(rel, first, n_blocks, context);

	while (done < n_blocks)
	{
		Buffer buffers[COL_WAL_BATCH_BUFFERS];
		int n = Min(n_blocks - done, COL_WAL_BATCH_BUFFERS);

		CHECK_FOR_INTERRUPTS();

		/* the map page may have to be read or made: not under a buffer lock */
		visibilitymap_pin(rel, first + done, &map);
		for (int i = 0; i < n; i++)
		{
			BlockNumber block = first + done + i;

			if (!visibilitymap_pin_ok(block, map))
			{
				n = i;
				break;
			}
			buffers[i] = ReadBufferExtended(rel, MAIN_FORKNUM, P_NEW,
											RBM_ZERO_AND_LOCK, strategy);
			if (BufferGetBlockNumber(buffers[i]) != block)
				elog(ERROR, "block %u of table \"%s\" appeared out of turn",
					 BufferGetBlockNumber(buffers[i]),
					 RelationGetRelationName(rel));
			fill(BufferGetPage(buffers[i]), done + i, block, context);
		}
		Assert(n > 0);
		Assert(col_page_is_foreign(BufferGetPage(buffers[0]))); /* P1 */
		col_wal_log_new_pages(rel, buffers, n);
		for (int i = 0; i < n; i++)
		{
			extent_set_all_visible(rel, first + done + i, buffers[i], &map);
			UnlockReleaseBuffer(buffers[i]);
		}
		done += n;
	}
	if (BufferIsValid(map))
		ReleaseBuffer(map);
	UnlockRelationForExtension(rel, ExclusiveLock);
	FreeAccessStrategy(strategy);
	return first;
}

void
col_extent_overwrite(Relation rel, BlockNumber first_block, uint32 n_blocks,
					 ColExtentFill fill, void *context)
{
	BufferAccessStrategy strategy = extent_strategy();

	for (uint32 done = 0; done < n_blocks;)
	{
		Buffer buffers[COL_WAL_BATCH_BUFFERS];
		int n = Min(n_blocks - done, COL_WAL_BATCH_BUFFERS);

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < n; i++)
		{
			BlockNumber block = first_block + done + i;
			Page page;

			buffers[i] = ReadBufferExtended(rel, MAIN_FORKNUM, block,
											RBM_NORMAL, strategy);
			LockBuffer(buffers[i], BUFFER_LOCK_EXCLUSIVE);
			page = BufferGetPage(buffers[i]);
			if (!col_page_is_foreign(page))
				ereport(ERROR,
						(errcode(ERRCODE_DATA_CORRUPTED),
						 errmsg("free block %u of table \"%s\" is a heap page",
								block, RelationGetRelationName(rel))));
			fill(page, done + i, block, context);
		}
		col_wal_log_new_pages(rel, buffers, n);
		for (int i = 0; i < n; i++)
			UnlockReleaseBuffer(buffers[i]);
		done += n;
	}
	FreeAccessStrategy(strategy);
}

typedef struct PageCopy
{
	Relation rel;
	BlockNumber first_block;
} PageCopy;

static void
fill_copy(Page page, uint32 i, BlockNumber block pg_attribute_unused(),
		  void *context)
{
	const PageCopy *copy = context;
	Buffer buffer = ReadBuffer(copy->rel, copy->first_block + i);

	memcpy(page, BufferGetPage(buffer), BLCKSZ);
	ReleaseBuffer(buffer);
}

void
col_extent_copy(Relation rel, BlockNumber from_block, uint32 n_blocks,
				BlockNumber to_block)
{
	PageCopy copy = {rel, from_block};

	col_extent_overwrite(rel, to_block, n_blocks, fill_copy, &copy);
}

/*
 * Is it a heap page on which nothing is, and nothing refers to?  One that heapam has
 * not formatted yet is none either: it looks again once it has the lock.
 */
static bool
heap_page_is_empty(Page page)
{
	OffsetNumber last;

	if (PageIsNew(page))
		return true;
	if (col_page_is_foreign(page))
		return false;
	last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber i = FirstOffsetNumber; i <= last; i++)
	{
		if (ItemIdIsUsed(PageGetItemId(page, i)))
			return false;
	}
	return true;
}

uint32
col_extent_claim(Relation rel, BlockNumber first_block, uint32 n_blocks)
{
	Buffer map = InvalidBuffer;
	uint32 n;

	for (n = 0; n < n_blocks; n++)
	{
		BlockNumber block = first_block + n;
		Buffer buffer;
		bool empty;

		CHECK_FOR_INTERRUPTS();
		visibilitymap_pin(rel, block, &map);
		buffer = ReadBuffer(rel, block);
		LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
		empty = heap_page_is_empty(BufferGetPage(buffer));
		if (empty)
		{
			col_page_init(BufferGetPage(buffer), COL_PAGE_DATA, PG_UINT64_MAX,
						  0, 0);
			col_wal_log_new_pages(rel, &buffer, 1);
			extent_set_all_visible(rel, block, buffer, &map);
		}
		UnlockReleaseBuffer(buffer);
		if (!empty)
			break;
		RecordPageWithFreeSpace(rel, block, 0);
	}
	if (BufferIsValid(map))
		ReleaseBuffer(map);
	if (n > 0)
		FreeSpaceMapVacuumRange(rel, first_block, first_block + n);
	return n;
}

uint32
col_extent_owned(Relation rel, BlockNumber first_block, uint32 n_blocks,
				 uint64 owner)
{
	BlockNumber end = RelationGetNumberOfBlocks(rel);
	uint32 i;

	for (i = 0; i < n_blocks && first_block + i < end; i++)
	{
		Buffer buffer = ReadBuffer(rel, first_block + i);
		Page page = BufferGetPage(buffer);
		const ColPageHeader *header = col_page_header(page);
		bool ours;

		CHECK_FOR_INTERRUPTS();
		LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
		ours = col_page_is_foreign(page) && header->kind == COL_PAGE_DATA &&
			   header->owner == owner && header->sequence == i;
		/* an error may have left it in memory only */
		if (ours)
			col_wal_log_new_pages(rel, &buffer, 1);
		UnlockReleaseBuffer(buffer);
		if (!ours)
			break;
	}
	return i;
}

void
col_extent_repair_visibility(Relation rel, BlockNumber first_block,
							 uint32 n_blocks)
{
	Buffer map = InvalidBuffer;

	for (uint32 i = 0; i < n_blocks; i++)
	{
		BlockNumber block = first_block + i;
		Buffer buffer;

		if (VM_ALL_VISIBLE(rel, block, &map))
			continue;
		CHECK_FOR_INTERRUPTS();
		visibilitymap_pin(rel, block, &map);
		buffer = ReadBuffer(rel, block);
		LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
		if (col_page_is_foreign(BufferGetPage(buffer)))
			extent_set_all_visible(rel, block, buffer, &map);
		UnlockReleaseBuffer(buffer);
	}
	if (BufferIsValid(map))
		ReleaseBuffer(map);
}
