/*
 * reclaim.c - blocks that nobody needs any more, at the end of VACUUM.
 *
 * Free blocks belong to DEAD entries of the directory.  Heap pages become free
 * extents, never the other way.  What the free space map says leads to empty ones:
 * no heap page is read for nothing.
 *
 * A crash between claiming pages and giving them to an entry leaves orphans,
 * which columnar.verify() reports: they waste space and do no harm.
 */
#include "postgres.h"

#include "catalog/storage.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/freespace.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"

#include "src/pg/compat.h"
#include "src/storage/page/extent.h"
#include "src/storage/store/reclaim.h"
#include "src/storage/stripe/directory_free.h"
#include "src/storage/stripe/directory_move.h"

/* What the free space map says at least of a heap page without rows. */
#define EMPTY_BYTES (BLCKSZ - 192)

/* Fewer blocks in a row are left to the row store. */
#define RUN_BLOCKS 8

/* Empty heap pages that are left to the row store, at least. */
#define KEEP_BLOCKS 64

/* As heapam: what is worth a lock that stops everybody, and how long to try. */
#define TRUNCATE_BLOCKS 1000
#define TRUNCATE_FRACTION 16
#define TRUNCATE_TRIES 20
#define TRUNCATE_PAUSE_MS 50

/* Blocks that are moved towards the front at a time, with everybody out. */
#define MOVE_BLOCKS 2048

typedef struct Reclaim
{
	Relation rel;
	BlockNumber n_blocks; /* of the file before the directory was read */
	ColDirectoryCopy directory;
	uint32 n_reserved;
	ColBlockRange *reserved;
	uint32 next_range;
	uint32 next_dead; /* stripes from it on are looked at for an empty entry */
	uint32 keep_blocks;
	uint64 n_claimed;
} Reclaim;

/* Notes the blocks that stripes name which are being written, or never were. */
static void
note_reserved(Reclaim *reclaim)
{
	const ColDirectoryCopy *directory = &reclaim->directory;

	reclaim->reserved = palloc_extended(
		Max(directory->n_stripes, 1) * sizeof(ColBlockRange), MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < directory->n_stripes; i++)
	{
		const ColStripeEntry *entry = &directory->stripes[i].entry;

		if (entry->state == COL_STRIPE_RESERVED && entry->n_blocks > 0)
			reclaim->reserved[reclaim->n_reserved++] =
				(ColBlockRange){entry->first_block, entry->n_blocks, -1};
	}
}

static bool
is_reserved(const Reclaim *reclaim, BlockNumber block)
{
	for (uint32 i = 0; i < reclaim->n_reserved; i++)
	{
		const ColBlockRange *range = &reclaim->reserved[i];

		if (block - range->first_block < range->n_blocks)
			return true;
	}
	return false;
}

/* The first block at or after block that is in no range; asked in order. */
static BlockNumber
skip_ranges(Reclaim *reclaim, BlockNumber block)
{
	const ColDirectoryCopy *directory = &reclaim->directory;

	for (; reclaim->next_range < directory->n_ranges; reclaim->next_range++)
	{
		const ColBlockRange *range = &directory->ranges[reclaim->next_range];

		if (block < range->first_block)
			break;
		block = Max(block, range->first_block + range->n_blocks);
	}
	return block;
}

static bool
seems_empty(Reclaim *reclaim, BlockNumber block)
{
	return GetRecordedFreeSpace(reclaim->rel, block) >= EMPTY_BYTES;
}

/* Gives claimed blocks to a DEAD entry without any, a new one if need be. */
static void
give_blocks(Reclaim *reclaim, BlockNumber first_block, uint32 n_blocks)
{
	ColDirectoryCopy *directory = &reclaim->directory;
	ColStripe dead;

	for (; reclaim->next_dead < directory->n_stripes; reclaim->next_dead++)
	{
		ColStripe *stripe = &directory->stripes[reclaim->next_dead];

		if (stripe->entry.state != COL_STRIPE_DEAD ||
			stripe->entry.n_blocks > 0)
			continue;
		col_directory_give(reclaim->rel, stripe, first_block, n_blocks);
		return;
	}
	col_directory_append_dead(reclaim->rel, &dead);
	col_directory_give(reclaim->rel, &dead, first_block, n_blocks);
}

/* Claims what is empty of n_blocks blocks that seem to be. */
static void
claim_run(Reclaim *reclaim, BlockNumber block, uint32 n_blocks)
{
	BlockNumber end = block + n_blocks;

	while (block < end)
	{
		uint32 n;

		if (end - block < RUN_BLOCKS || reclaim->keep_blocks >= end - block)
		{
			reclaim->keep_blocks -= Min(reclaim->keep_blocks, end - block);
			return;
		}
		block += reclaim->keep_blocks;
		reclaim->keep_blocks = 0;
		if (end - block < RUN_BLOCKS)
			return;
		n = col_extent_claim(reclaim->rel, block, end - block);
		if (n > 0)
			give_blocks(reclaim, block, n);
		reclaim->n_claimed += n;
		block += n + 1;
	}
}

/* Heap blocks with rows. */
static uint32
used_heap_blocks(Reclaim *reclaim)
{
	uint32 n = 0;

	reclaim->next_range = 0;
	for (BlockNumber block = 0;; block++)
	{
		block = skip_ranges(reclaim, block);
		if (block >= reclaim->n_blocks)
			return n;
		COL_VACUUM_DELAY_POINT();
		n += !seems_empty(reclaim, block);
	}
}

static void
claim_empty_pages(Reclaim *reclaim)
{
	BlockNumber start = 0;
	uint32 run = 0;

	reclaim->keep_blocks = Max(KEEP_BLOCKS, used_heap_blocks(reclaim));
	reclaim->next_range = 0;
	for (BlockNumber block = 0;; block++)
	{
		bool empty;

		COL_VACUUM_DELAY_POINT();
		block = skip_ranges(reclaim, block);
		empty = block < reclaim->n_blocks && seems_empty(reclaim, block) &&
				!is_reserved(reclaim, block);
		if (run > 0 && (!empty || block != start + run))
		{
			claim_run(reclaim, start, run);
			run = 0;
		}
		if (block >= reclaim->n_blocks)
			return;
		if (empty && run++ == 0)
			start = block;
	}
}

/* The DEAD stripe whose blocks end at end, or NULL. */
static ColStripe *
dead_before(const ColDirectoryCopy *directory, BlockNumber end)
{
	for (uint32 i = 0; i < directory->n_stripes; i++)
	{
		ColStripe *stripe = &directory->stripes[i];

		if (stripe->entry.state == COL_STRIPE_DEAD &&
			stripe->entry.n_blocks > 0 &&
			stripe->entry.first_block + stripe->entry.n_blocks == end)
			return stripe;
	}
	return NULL;
}

/* Where the file could end; cut: takes the blocks from their entries. */
static BlockNumber
free_tail(Relation rel, BlockNumber n_blocks, bool cut)
{
	ColDirectoryCopy directory;
	ColStripe *stripe;

	col_directory_load(rel, &directory);
	while ((stripe = dead_before(&directory, n_blocks)) != NULL)
	{
		n_blocks = stripe->entry.first_block;
		if (cut)
			col_directory_drop_free(rel, stripe);
		stripe->entry.n_blocks = 0;
	}
	col_directory_copy_free(&directory);
	return n_blocks;
}

/* Are so many free blocks worth it? */
static bool
is_worth_truncating(BlockNumber n_blocks, BlockNumber n_free)
{
	return n_free >= TRUNCATE_BLOCKS ||
		   (n_free >= RUN_BLOCKS && n_free >= n_blocks / TRUNCATE_FRACTION);
}

BlockNumber
col_reclaim_free_blocks(Relation rel)
{
	ColDirectoryCopy directory;
	BlockNumber n = 0;

	col_directory_load(rel, &directory);
	for (uint32 i = 0; i < directory.n_stripes; i++)
	{
		const ColStripeEntry *entry = &directory.stripes[i].entry;

		if (entry->state == COL_STRIPE_DEAD)
			n += entry->n_blocks;
	}
	col_directory_copy_free(&directory);
	return n;
}

/* The FLUSHED stripe whose blocks end at end, or NULL. */
static ColStripe *
flushed_before(const ColDirectoryCopy *directory, BlockNumber end)
{
	const ColBlockRange *range = col_directory_range(directory, end - 1);

	return range != NULL && range->stripe >= 0
			   ? &directory->stripes[range->stripe]
			   : NULL;
}

/* The first free extent before block that n_blocks fit in, or NULL. */
static ColStripe *
free_extent_for(const ColDirectoryCopy *directory, BlockNumber block,
				uint32 n_blocks)
{
	ColStripe *best = NULL;

	for (uint32 i = 0; i < directory->n_stripes; i++)
	{
		ColStripe *stripe = &directory->stripes[i];

		if (stripe->entry.state == COL_STRIPE_DEAD &&
			stripe->entry.n_blocks >= n_blocks &&
			stripe->entry.first_block < block &&
			(best == NULL ||
			 stripe->entry.first_block < best->entry.first_block))
			best = stripe;
	}
	return best;
}

/* A DEAD stripe without blocks, or NULL. */
static ColStripe *
empty_dead(const ColDirectoryCopy *directory)
{
	for (uint32 i = 0; i < directory->n_stripes; i++)
	{
		ColStripe *stripe = &directory->stripes[i];

		if (stripe->entry.state == COL_STRIPE_DEAD &&
			stripe->entry.n_blocks == 0)
			return stripe;
	}
	return NULL;
}

/*
 * Moves a stripe's data to the front of a free extent, whose rest goes to another
 * DEAD stripe.
 */
static void
move_stripe(Relation rel, ColStripe *stripe, ColStripe *dead, ColStripe *rest)
{
	uint32 n_blocks = stripe->entry.n_blocks;
	BlockNumber rest_block = dead->entry.first_block + n_blocks;
	uint32 n_rest = dead->entry.n_blocks - n_blocks;

	if (n_rest > 0)
	{
		col_directory_shrink_free(rel, dead, n_blocks);
		col_directory_give(rel, rest, rest_block, n_rest);
	}
	col_extent_copy(rel, stripe->entry.first_block, n_blocks,
					dead->entry.first_block);
	col_directory_exchange(rel, stripe, dead);
}

/*
 * Moves pages of the directory that end at end to a free extent before them;
 * false: they are none, or there is no room.
 */
static bool
move_directory(Relation rel, const ColDirectoryCopy *directory, BlockNumber end,
			   uint32 *n_moved)
{
	ColDirectoryRun run;
	ColStripe *dead;
	ColStripe *empty;
	ColDirectoryCopy now;
	BlockNumber to_block;

	if (!col_directory_run(rel, end - 1, &run))
		return false;
	dead = free_extent_for(directory, run.first_block, run.n_blocks);
	if (dead == NULL ||
		!col_directory_detach_from(rel, &dead->ref, run.n_blocks, &to_block))
		return false;
	col_directory_move(rel, &run, to_block);
	*n_moved += run.n_blocks;

	/* entries may lie elsewhere now */
	col_directory_load(rel, &now);
	empty = empty_dead(&now);
	if (empty != NULL)
		col_directory_give(rel, empty, run.first_block, run.n_blocks);
	col_directory_copy_free(&now);
	return empty != NULL;
}

/* Makes a free extent of the empty heap pages that end at end; false: none. */
static bool
claim_last(Relation rel, const ColDirectoryCopy *directory, BlockNumber end,
		   uint32 *n_moved)
{
	Reclaim reclaim = {.rel = rel, .directory = *directory};
	BlockNumber first = end;
	uint32 n;

	note_reserved(&reclaim);
	while (first > 1 && end - first < MOVE_BLOCKS &&
		   col_directory_range(directory, first - 1) == NULL &&
		   seems_empty(&reclaim, first - 1) &&
		   !is_reserved(&reclaim, first - 1))
		first--;
	pfree(reclaim.reserved);
	n = col_extent_claim(rel, first, end - first);
	if (n > 0)
		give_blocks(&reclaim, first, n);
	*n_moved += n;
	return n > 0 && first + n == end;
}

/*
 * Moves what ends at end to a free extent before it; false: it stays.
 */
static bool
move_last(Relation rel, BlockNumber end, uint32 *n_moved)
{
	ColDirectoryCopy directory;
	ColStripe *stripe;
	ColStripe *rest;
	ColStripe new_dead;
	bool moved = false;

	col_directory_load(rel, &directory);
	stripe = flushed_before(&directory, end);
	rest = empty_dead(&directory);
	if (rest == NULL)
	{
		/* which may take what is free: look again */
		col_directory_append_dead(rel, &new_dead);
		moved = true;
	}
	else if (stripe != NULL)
	{
		ColStripe *dead = free_extent_for(&directory, stripe->entry.first_block,
										  stripe->entry.n_blocks);

		moved = dead != NULL;
		if (moved)
		{
			move_stripe(rel, stripe, dead, rest);
			*n_moved += stripe->entry.n_blocks;
		}
	}
	else
		moved = move_directory(rel, &directory, end, n_moved) ||
				claim_last(rel, &directory, end, n_moved);
	col_directory_copy_free(&directory);
	return moved;
}

/*
 * Moves stripes and pages of the directory from the end of the file to free extents
 * before them, and frees empty heap pages there, a bounded amount; true: there may
 * be more.  Nobody else uses the table.
 */
static bool
move_tail(Relation rel)
{
	uint32 n_moved = 0;

	while (n_moved < MOVE_BLOCKS)
	{
		CHECK_FOR_INTERRUPTS();
		if (!move_last(rel,
					   free_tail(rel, RelationGetNumberOfBlocks(rel), false),
					   &n_moved))
			return false;
	}
	return true;
}

/* Waits for a moment without readers, but not for long. */
static bool
lock_against_all(Relation rel)
{
	for (int i = 0; i < TRUNCATE_TRIES; i++)
	{
		if (ConditionalLockRelation(rel, AccessExclusiveLock))
			return true;
		CHECK_FOR_INTERRUPTS();
		(void) WaitLatch(MyLatch,
						 WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 TRUNCATE_PAUSE_MS, WAIT_EVENT_VACUUM_TRUNCATE);
		ResetLatch(MyLatch);
	}
	return false;
}

/* One moment's work; true: there may be more, once others have had their turn. */
static bool
truncate_tail(Relation rel)
{
	BlockNumber n_blocks = RelationGetNumberOfBlocks(rel);
	BlockNumber end;
	bool more;

	if (!is_worth_truncating(n_blocks, col_reclaim_free_blocks(rel)) ||
		!lock_against_all(rel))
		return false;
	more = move_tail(rel);
	n_blocks = RelationGetNumberOfBlocks(rel);
	end = free_tail(rel, n_blocks, true);
	if (end < n_blocks)
	{
		RelationTruncate(rel, end);
		ereport(DEBUG2, (errmsg("columnar: truncated table \"%s\" from %u to "
								"%u blocks",
								RelationGetRelationName(rel), n_blocks, end)));
	}
	UnlockRelation(rel, AccessExclusiveLock);
	return more;
}

void
col_reclaim(Relation rel, bool truncate)
{
	Reclaim reclaim = {.rel = rel};

	reclaim.n_blocks = RelationGetNumberOfBlocks(rel);
	col_directory_load(rel, &reclaim.directory);
	note_reserved(&reclaim);
	claim_empty_pages(&reclaim);
	pfree(reclaim.reserved);
	col_directory_copy_free(&reclaim.directory);
	if (reclaim.n_claimed > 0)
		col_directory_join_free(rel);
	while (truncate && truncate_tail(rel))
		CHECK_FOR_INTERRUPTS();
}
