/*
 * directory_free.c - stripes that are dead, and the blocks they leave.
 *
 * A DEAD entry holds one extent of free blocks, or none any more.  Sums of free
 * blocks on directory and map pages lead to them without reading the whole
 * directory: a table without any costs one look at each map page.
 *
 * Invariants:
 * F1 Blocks are free when a DEAD entry names them; each change of who has them
 *    is one WAL record, together with the sums.
 * F2 Free blocks are foreign pages, always: heapam never gets them.
 *
 * No standby query reads blocks of an aborted stripe, nor any other session, nor
 * those of one whose rows are all dead to all, or that was replaced for all
 * (standbys were told): they can be written over at once.
 *
 * Lock order: meta, map pages, directory pages; of one kind in order of groups.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"

#include "src/storage/page/extent.h"
#include "src/storage/page/metapage.h"
#include "src/storage/page/page.h"
#include "src/storage/stripe/directory_free.h"
#include "src/storage/stripe/directory_page.h"

/* The map page of a group. */
static BlockNumber
map_block_of(Relation rel, uint32 group)
{
	uint32 number = group / COL_MAP_GROUPS_MAX;
	Buffer buffer = col_metapage_read(rel, BUFFER_LOCK_SHARE);
	const ColMeta *meta = col_metapage_content(BufferGetPage(buffer));
	BlockNumber block = number < Min(meta->n_maps, COL_META_MAPS_MAX)
							? meta->maps[number].block
							: InvalidBlockNumber;

	UnlockReleaseBuffer(buffer);
	if (block == InvalidBlockNumber)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("meta page of table \"%s\" names no map page %u",
							   RelationGetRelationName(rel), number)));
	return block;
}

static Buffer
map_read(Relation rel, BlockNumber block, uint32 group, int mode)
{
	return col_page_read(rel, block, mode, COL_PAGE_MAP,
						 group / COL_MAP_GROUPS_MAX, 0, NULL);
}

/* An entry, its directory page and its map page, locked. */
typedef struct EntryLock
{
	const ColStripeRef *ref;
	BlockNumber map_block;
	Buffer map;
	Buffer directory;
	bool shares_map; /* with the other of a pair */
	bool shares_directory;
	ColMap *map_content; /* to be changed, once registered */
	ColDirectory *directory_content;
	ColStripeEntry *entry;
} EntryLock;

/* An entry that is going to be locked; the meta page must not be. */
static EntryLock
entry_lock(Relation rel, const ColStripeRef *ref)
{
	return (EntryLock){.ref = ref, .map_block = map_block_of(rel, ref->group)};
}

/* Locks what two entries (the second may be NULL) lie on, in order. */
static void
lock_entries(Relation rel, EntryLock *a, EntryLock *b)
{
	EntryLock *locks[] = {a, b};
	int n = b == NULL ? 1 : 2;

	if (b != NULL && b->ref->group < a->ref->group)
	{
		locks[0] = b;
		locks[1] = a;
	}
	for (int i = 0; i < n; i++)
	{
		EntryLock *lock = locks[i];

		lock->shares_map = i > 0 && lock->map_block == locks[0]->map_block;
		lock->map = lock->shares_map
						? locks[0]->map
						: map_read(rel, lock->map_block, lock->ref->group,
								   BUFFER_LOCK_EXCLUSIVE);
	}
	for (int i = 0; i < n; i++)
	{
		EntryLock *lock = locks[i];

		lock->shares_directory =
			i > 0 && lock->ref->group == locks[0]->ref->group;
		lock->directory =
			lock->shares_directory
				? locks[0]->directory
				: col_directory_read(rel, lock->ref, BUFFER_LOCK_EXCLUSIVE);
	}
}

static void
unlock_entries(EntryLock *a, EntryLock *b)
{
	if (b != NULL && !a->shares_directory && !b->shares_directory)
		UnlockReleaseBuffer(b->directory);
	UnlockReleaseBuffer(a->directory);
	if (b != NULL && !a->shares_map && !b->shares_map)
		UnlockReleaseBuffer(b->map);
	UnlockReleaseBuffer(a->map);
}

/*
 * Registers an entry's pages: the contents and the entry can be changed then.
 * The map page counts free blocks: it is needed for DEAD entries only.
 */
static void
register_entry(Relation rel, GenericXLogState *state, EntryLock *lock,
			   bool with_map)
{
	Page page;

	/* registering a buffer again gives its page again */
	if (with_map)
	{
		page = GenericXLogRegisterBuffer(state, lock->map, 0);
		lock->map_content = col_page_content(page);
	}
	page = GenericXLogRegisterBuffer(state, lock->directory, 0);
	lock->directory_content = col_page_content(page);
	lock->entry = col_directory_entry(rel, page, lock->ref);
}

/*
 * Adds free blocks to the sums of an entry's pages, or takes some away.  Throws
 * when there are fewer (F1).
 */
static void
count_free(Relation rel, EntryLock *lock, int64 n_blocks)
{
	if ((int64) lock->directory_content->free_blocks + n_blocks < 0 ||
		(int64) lock->map_content->free_blocks + n_blocks < 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("wrong numbers of free blocks in table \"%s\"",
					RelationGetRelationName(rel)),
			 errdetail("Directory page %u says %u, map page %u says %u; "
					   "%lld are to be taken.",
					   lock->ref->block, lock->directory_content->free_blocks,
					   lock->map_block, lock->map_content->free_blocks,
					   (long long) -n_blocks)));
	lock->directory_content->free_blocks += n_blocks;
	lock->map_content->free_blocks += n_blocks;
}

/* Makes a registered entry DEAD, with an extent. */
static void
entry_die(Relation rel, EntryLock *lock, BlockNumber first_block,
		  uint32 n_blocks)
{
	ColStripeEntry *entry = lock->entry;

	entry->state = COL_STRIPE_DEAD;
	entry->flags = COL_STRIPE_XMIN_ABORTED;
	entry->n_rows = entry->dead_rows = 0;
	entry->xmax = entry->cmax = 0;
	entry->marks_block = InvalidBlockNumber;
	entry->first_block = n_blocks > 0 ? first_block : InvalidBlockNumber;
	entry->n_blocks = n_blocks;
	entry->stream_bytes = entry->raw_bytes = 0;
	count_free(rel, lock, n_blocks);
}

/*
 * How many blocks of its extent are the stripe's for certain, from the first
 * on; the others may never have come to be, or be heapam's.
 */
static uint32
certain_blocks(Relation rel, const ColStripeEntry *entry)
{
	if (entry->first_block == InvalidBlockNumber)
		return 0;
	if (entry->state == COL_STRIPE_FLUSHED ||
		(entry->flags & COL_STRIPE_EXTENT_OURS))
		return entry->n_blocks;
	return col_extent_owned(rel, entry->first_block, entry->n_blocks,
							entry->first_row);
}

/* Are the blocks counted as foreign already? */
static bool
is_counted(const ColStripeEntry *entry)
{
	return entry->state == COL_STRIPE_FLUSHED ||
		   (entry->flags & COL_STRIPE_EXTENT_OURS) != 0;
}

uint32
col_directory_free(Relation rel, ColStripe *stripe)
{
	uint32 n_blocks = certain_blocks(rel, &stripe->entry);
	EntryLock lock = entry_lock(rel, &stripe->ref);
	Buffer meta_buffer;
	GenericXLogState *state;

	Assert(stripe->entry.state != COL_STRIPE_DEAD);
	Assert((stripe->entry.flags &
			(COL_STRIPE_XMIN_ABORTED | COL_STRIPE_XMAX_COMMITTED)) ||
		   stripe->entry.dead_rows == stripe->entry.n_rows);
	meta_buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	lock_entries(rel, &lock, NULL);
	state = GenericXLogStart(rel);
	register_entry(rel, state, &lock, true);
	if (!is_counted(&stripe->entry))
		col_metapage_content(GenericXLogRegisterBuffer(state, meta_buffer, 0))
			->foreign_blocks += n_blocks;
	entry_die(rel, &lock, stripe->entry.first_block, n_blocks);
	stripe->entry = *lock.entry;
	GenericXLogFinish(state);
	unlock_entries(&lock, NULL);
	UnlockReleaseBuffer(meta_buffer);
	return n_blocks;
}

void
col_directory_abandon(Relation rel, ColStripe *stripe)
{
	uint32 n_blocks = certain_blocks(rel, &stripe->entry);
	ColStripe dead;
	EntryLock lock;
	EntryLock own;
	Buffer meta_buffer;
	GenericXLogState *state;

	Assert(stripe->entry.state == COL_STRIPE_RESERVED);
	/* an entry to hold the blocks takes a row number of its own */
	col_directory_reserve(rel, GetCurrentFullTransactionId(), FirstCommandId, 1,
						  &dead);
	lock = entry_lock(rel, &dead.ref);
	own = entry_lock(rel, &stripe->ref);
	meta_buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	lock_entries(rel, &lock, &own);
	state = GenericXLogStart(rel);
	register_entry(rel, state, &lock, true);
	register_entry(rel, state, &own, false);
	if (!is_counted(&stripe->entry) && n_blocks > 0)
		col_metapage_content(GenericXLogRegisterBuffer(state, meta_buffer, 0))
			->foreign_blocks += n_blocks;
	entry_die(rel, &lock, stripe->entry.first_block, n_blocks);
	stripe->entry.first_block = InvalidBlockNumber;
	stripe->entry.n_blocks = 0;
	stripe->entry.flags &= ~COL_STRIPE_EXTENT_OURS;
	*own.entry = stripe->entry;
	GenericXLogFinish(state);
	unlock_entries(&lock, &own);
	UnlockReleaseBuffer(meta_buffer);
}

/* Changes the blocks of a DEAD entry from what stripe says to others. */
static void
change_free(Relation rel, ColStripe *stripe, BlockNumber first_block,
			uint32 n_blocks)
{
	EntryLock lock = entry_lock(rel, &stripe->ref);
	Buffer meta_buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	int64 n_more = (int64) n_blocks - stripe->entry.n_blocks;
	GenericXLogState *state;
	ColMeta *meta;

	lock_entries(rel, &lock, NULL);
	state = GenericXLogStart(rel);
	register_entry(rel, state, &lock, true);
	if (lock.entry->state != COL_STRIPE_DEAD ||
		lock.entry->n_blocks != stripe->entry.n_blocks)
		elog(ERROR, "free blocks of table \"%s\" have changed",
			 RelationGetRelationName(rel));
	meta =
		col_metapage_content(GenericXLogRegisterBuffer(state, meta_buffer, 0));
	meta->foreign_blocks += n_more;
	count_free(rel, &lock, n_more);
	lock.entry->first_block = first_block;
	lock.entry->n_blocks = n_blocks;
	stripe->entry = *lock.entry;
	GenericXLogFinish(state);
	unlock_entries(&lock, NULL);
	UnlockReleaseBuffer(meta_buffer);
}

void
col_directory_give(Relation rel, ColStripe *stripe, BlockNumber first_block,
				   uint32 n_blocks)
{
	Assert(stripe->entry.n_blocks == 0 && n_blocks > 0);
	change_free(rel, stripe, first_block, n_blocks);
}

void
col_directory_shrink_free(Relation rel, ColStripe *stripe, uint32 n_blocks)
{
	Assert(n_blocks > 0 && n_blocks < stripe->entry.n_blocks);
	change_free(rel, stripe, stripe->entry.first_block, n_blocks);
}

void
col_directory_drop_free(Relation rel, ColStripe *stripe)
{
	change_free(rel, stripe, InvalidBlockNumber, 0);
}

void
col_directory_exchange(Relation rel, ColStripe *stripe, ColStripe *dead)
{
	EntryLock lock = entry_lock(rel, &stripe->ref);
	EntryLock dead_lock = entry_lock(rel, &dead->ref);
	GenericXLogState *state;

	Assert(stripe->entry.state == COL_STRIPE_FLUSHED);
	Assert(dead->entry.state == COL_STRIPE_DEAD);
	Assert(stripe->entry.n_blocks == dead->entry.n_blocks);
	lock_entries(rel, &lock, &dead_lock);
	state = GenericXLogStart(rel);
	register_entry(rel, state, &lock, false);
	register_entry(rel, state, &dead_lock, false);
	lock.entry->first_block = dead->entry.first_block;
	dead_lock.entry->first_block = stripe->entry.first_block;
	stripe->entry = *lock.entry;
	dead->entry = *dead_lock.entry;
	GenericXLogFinish(state);
	unlock_entries(&lock, &dead_lock);
}

/* The smallest free extent of a group that has n_blocks; false: none has. */
static bool
find_in_group(Relation rel, ColStripeRef *ref, uint32 n_blocks)
{
	Buffer buffer = col_directory_read(rel, ref, BUFFER_LOCK_SHARE);
	const ColDirectory *directory = col_page_content(BufferGetPage(buffer));
	uint32 n = Min(directory->n_entries, COL_DIRECTORY_ENTRIES_MAX);
	uint32 best = PG_UINT32_MAX;

	for (uint32 i = 0; directory->free_blocks >= n_blocks && i < n; i++)
	{
		const ColStripeEntry *entry = &directory->entries[i];

		if (entry->state != COL_STRIPE_DEAD || entry->n_blocks < n_blocks ||
			entry->n_blocks >= best)
			continue;
		best = entry->n_blocks;
		ref->slot = i;
	}
	UnlockReleaseBuffer(buffer);
	return best != PG_UINT32_MAX;
}

/* Finds a free extent of at least n_blocks among the groups of a map. */
static bool
find_in_map(Relation rel, BlockNumber block, uint32 number, uint32 n_blocks,
			ColStripeRef *ref)
{
	Buffer buffer =
		map_read(rel, block, number * COL_MAP_GROUPS_MAX, BUFFER_LOCK_SHARE);
	const ColMap *map = col_page_content(BufferGetPage(buffer));
	uint32 n_groups = 0;
	ColPageRef groups[COL_MAP_GROUPS_MAX];

	if (map->free_blocks >= n_blocks)
	{
		n_groups = Min(map->n_groups, COL_MAP_GROUPS_MAX);
		memcpy(groups, map->groups, n_groups * sizeof(ColPageRef));
	}
	UnlockReleaseBuffer(buffer);
	for (uint32 g = 0; g < n_groups; g++)
	{
		ref->block = groups[g].block;
		ref->group = number * COL_MAP_GROUPS_MAX + g;
		if (find_in_group(rel, ref, n_blocks))
			return true;
	}
	return false;
}

/* Moves blocks of a DEAD entry to a stripe, unless they have just gone. */
static bool
take_from(Relation rel, const ColStripeRef *ref, ColStripe *stripe,
		  uint32 n_blocks)
{
	EntryLock dead = entry_lock(rel, ref);
	EntryLock own = entry_lock(rel, &stripe->ref);
	GenericXLogState *state;
	bool enough;

	lock_entries(rel, &dead, &own);
	state = GenericXLogStart(rel);
	register_entry(rel, state, &dead, true);
	register_entry(rel, state, &own, false);
	enough = dead.entry->state == COL_STRIPE_DEAD &&
			 dead.entry->n_blocks >= n_blocks;
	if (enough)
	{
		count_free(rel, &dead, -(int64) n_blocks);
		stripe->entry.first_block = dead.entry->first_block;
		stripe->entry.n_blocks = n_blocks;
		stripe->entry.flags |= COL_STRIPE_EXTENT_OURS;
		*own.entry = stripe->entry;
		dead.entry->n_blocks -= n_blocks;
		dead.entry->first_block = dead.entry->n_blocks > 0
									  ? dead.entry->first_block + n_blocks
									  : InvalidBlockNumber;
		GenericXLogFinish(state);
	}
	else
		GenericXLogAbort(state);
	unlock_entries(&dead, &own);
	return enough;
}

/* Finds a free extent of at least n_blocks; false: there is none. */
static bool
find_free(Relation rel, uint32 n_blocks, ColStripeRef *ref)
{
	Buffer buffer = col_metapage_read(rel, BUFFER_LOCK_SHARE);
	const ColMeta *meta = col_metapage_content(BufferGetPage(buffer));
	uint32 n_maps = Min(meta->n_maps, COL_META_MAPS_MAX);
	ColPageRef maps[COL_META_MAPS_MAX];

	memcpy(maps, meta->maps, n_maps * sizeof(ColPageRef));
	UnlockReleaseBuffer(buffer);
	for (uint32 m = 0; m < n_maps; m++)
	{
		if (find_in_map(rel, maps[m].block, m, n_blocks, ref))
			return true;
	}
	return false;
}

bool
col_directory_take(Relation rel, ColStripe *stripe, uint32 n_blocks)
{
	ColStripeRef ref = {0};

	Assert(stripe->entry.state == COL_STRIPE_RESERVED);
	Assert(stripe->entry.first_block == InvalidBlockNumber);
	while (find_free(rel, n_blocks, &ref))
	{
		CHECK_FOR_INTERRUPTS();
		if (take_from(rel, &ref, stripe, n_blocks))
			return true;
	}
	return false;
}

bool
col_directory_detach_from(Relation rel, const ColStripeRef *ref,
						  uint32 n_blocks, BlockNumber *first_block)
{
	EntryLock lock = entry_lock(rel, ref);
	Buffer meta_buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state;
	bool enough;

	lock_entries(rel, &lock, NULL);
	state = GenericXLogStart(rel);
	register_entry(rel, state, &lock, true);
	enough = lock.entry->state == COL_STRIPE_DEAD &&
			 lock.entry->n_blocks >= n_blocks;
	if (enough)
	{
		col_metapage_content(GenericXLogRegisterBuffer(state, meta_buffer, 0))
			->foreign_blocks -= n_blocks;
		count_free(rel, &lock, -(int64) n_blocks);
		*first_block = lock.entry->first_block;
		lock.entry->n_blocks -= n_blocks;
		lock.entry->first_block = lock.entry->n_blocks > 0
									  ? *first_block + n_blocks
									  : InvalidBlockNumber;
		GenericXLogFinish(state);
	}
	else
		GenericXLogAbort(state);
	unlock_entries(&lock, NULL);
	UnlockReleaseBuffer(meta_buffer);
	return enough;
}

bool
col_directory_detach(Relation rel, uint32 n_blocks, BlockNumber *first_block)
{
	ColStripeRef ref = {0};

	while (find_free(rel, n_blocks, &ref))
	{
		CHECK_FOR_INTERRUPTS();
		if (col_directory_detach_from(rel, &ref, n_blocks, first_block))
			return true;
	}
	return false;
}

/*
 * Appends the extent of b to that of a, which ends where it begins; false: one
 * of them has changed.
 */
static bool
join_two(Relation rel, ColStripe *a, const ColStripe *b)
{
	EntryLock lock_a = entry_lock(rel, &a->ref);
	EntryLock lock_b = entry_lock(rel, &b->ref);
	GenericXLogState *state;
	bool same;

	lock_entries(rel, &lock_a, &lock_b);
	state = GenericXLogStart(rel);
	register_entry(rel, state, &lock_a, true);
	register_entry(rel, state, &lock_b, true);
	same = lock_a.entry->first_block == a->entry.first_block &&
		   lock_a.entry->n_blocks == a->entry.n_blocks &&
		   lock_b.entry->first_block == b->entry.first_block &&
		   lock_b.entry->n_blocks == b->entry.n_blocks;
	if (same)
	{
		count_free(rel, &lock_b, -(int64) b->entry.n_blocks);
		count_free(rel, &lock_a, b->entry.n_blocks);
		lock_a.entry->n_blocks += b->entry.n_blocks;
		lock_b.entry->n_blocks = 0;
		lock_b.entry->first_block = InvalidBlockNumber;
		a->entry = *lock_a.entry;
		GenericXLogFinish(state);
	}
	else
		GenericXLogAbort(state);
	unlock_entries(&lock_a, &lock_b);
	return same;
}

static int
compare_first_blocks(const void *a, const void *b)
{
	BlockNumber first = ((const ColStripe *) a)->entry.first_block;
	BlockNumber second = ((const ColStripe *) b)->entry.first_block;

	return first < second ? -1 : first > second;
}

void
col_directory_join_free(Relation rel)
{
	ColDirectoryCopy copy;
	uint32 n = 0;
	uint32 last = 0;

	col_directory_load(rel, &copy);
	for (uint32 i = 0; i < copy.n_stripes; i++)
	{
		if (copy.stripes[i].entry.state == COL_STRIPE_DEAD &&
			copy.stripes[i].entry.n_blocks > 0)
			copy.stripes[n++] = copy.stripes[i];
	}
	qsort(copy.stripes, n, sizeof(ColStripe), compare_first_blocks);
	for (uint32 i = 1; i < n; i++)
	{
		ColStripe *a = &copy.stripes[last];
		const ColStripe *b = &copy.stripes[i];

		CHECK_FOR_INTERRUPTS();
		if (a->entry.first_block + a->entry.n_blocks != b->entry.first_block ||
			!join_two(rel, a, b))
			last = i;
	}
	col_directory_copy_free(&copy);
}
