/*
 * directory.c - which stripes a table has.
 *
 * Invariants:
 * D1 Entries are in order of first_row, and so are groups and maps: row numbers
 *    are taken under the meta page's lock, and the entry is appended to the last
 *    group under the same lock.
 * D2 An entry is RESERVED (WAL-logged) before any of its row numbers is used.
 * D3 Row numbers that were used are never handed out again.  Unused ones at the
 *    end of the last entry of the last group are returned when it is flushed.
 * D4 The extent of a stripe is in its entry before its first block exists.
 * D5 A group has zone pages for the columns that the table had when the group
 *    was made; a table with more columns starts a new group.
 *
 * Lock order: LockPage(meta) while growing, extension lock, then buffers: meta,
 * map, directory, zones.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "access/htup_details.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"

#include "src/storage/page/extent.h"
#include "src/storage/page/metapage.h"
#include "src/storage/page/page.h"
#include "src/storage/page/page_stream.h"
#include "src/storage/stripe/directory.h"
#include "src/storage/stripe/directory_free.h"
#include "src/storage/stripe/directory_page.h"

/* Entries of group number n: small tables get small zone maps. */
static uint32
directory_capacity(uint32 group)
{
	return group == 0 ? 8 : group == 1 ? 32 : COL_DIRECTORY_ENTRIES_MAX;
}

/* Zone pages of a group. */
static uint32
directory_zone_blocks(uint32 n_columns, uint32 capacity)
{
	return n_columns == 0
			   ? 0
			   : (n_columns - 1) / col_zones_columns_per_page(capacity) + 1;
}

/* Checks what positions on the page and elsewhere are computed from. */
static void
directory_check(Relation rel, const ColStripeRef *ref,
				const ColDirectory *directory)
{
	uint32 capacity = directory_capacity(ref->group);

	if (likely(directory->capacity == capacity &&
			   directory->n_entries <= capacity &&
			   directory->n_columns <= MaxHeapAttributeNumber &&
			   directory->n_zone_blocks ==
				   directory_zone_blocks(directory->n_columns, capacity) &&
			   (directory->n_zone_blocks == 0 ||
				directory->zones_block <
					COL_TID_FIRST_BLOCK - directory->n_zone_blocks)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("directory page %u of table \"%s\" is corrupt", ref->block,
					RelationGetRelationName(rel)),
			 errdetail("Capacity %u (%u was expected), %u entries, %u columns, "
					   "%u zone pages from block %u.",
					   directory->capacity, capacity, directory->n_entries,
					   directory->n_columns, directory->n_zone_blocks,
					   directory->zones_block)));
}

Buffer
col_directory_read(Relation rel, const ColStripeRef *ref, int mode)
{
	Buffer buffer = col_page_read(rel, ref->block, mode, COL_PAGE_DIRECTORY,
								  ref->group, 0, NULL);

	directory_check(rel, ref, col_page_content(BufferGetPage(buffer)));
	return buffer;
}

/* Checks what of an entry is used without further checks. */
static void
directory_check_entry(Relation rel, const ColStripeRef *ref,
					  const ColStripeEntry *entry)
{
	if (entry->n_rows <= entry->reserved_rows &&
		entry->dead_rows <= entry->n_rows &&
		entry->reserved_rows <= COL_STRIPE_ROWS_MAX &&
		entry->first_row <= COL_ROWS_MAX - entry->reserved_rows &&
		(entry->n_blocks == 0 ||
		 (uint64) entry->first_block + entry->n_blocks < COL_TID_FIRST_BLOCK) &&
		(entry->state == COL_STRIPE_RESERVED ||
		 (entry->state == COL_STRIPE_DEAD && entry->n_rows == 0) ||
		 (entry->state == COL_STRIPE_FLUSHED && entry->n_rows > 0 &&
		  entry->n_blocks > 0 &&
		  entry->n_blocks == col_page_stream_blocks(entry->stream_bytes))))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stripe " UINT64_FORMAT " of table \"%s\" has a corrupt "
					"directory entry",
					entry->first_row, RelationGetRelationName(rel)),
			 errdetail("Block %u, slot %u: state %u, %u of %u rows, %u blocks "
					   "from block %u, " UINT64_FORMAT " bytes.",
					   ref->block, ref->slot, entry->state, entry->n_rows,
					   entry->reserved_rows, entry->n_blocks,
					   entry->first_block, entry->stream_bytes)));
}

ColStripeEntry *
col_directory_entry(Relation rel, Page page, const ColStripeRef *ref)
{
	ColDirectory *directory = col_page_content(page);

	if (ref->slot >= directory->n_entries)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("directory page %u of table \"%s\" has %u entries, "
						"slot %u was expected",
						ref->block, RelationGetRelationName(rel),
						directory->n_entries, ref->slot)));
	directory_check_entry(rel, ref, &directory->entries[ref->slot]);
	return &directory->entries[ref->slot];
}

/*
 * The meta page's next row number must be above what was given out (D1, D3):
 * otherwise two rows would get one number.
 */
static void
directory_check_next_row(Relation rel, uint64 next_row, uint64 taken)
{
	if (unlikely(next_row < taken))
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("meta page of table \"%s\" has row number " UINT64_FORMAT
					" as the next one",
					RelationGetRelationName(rel), next_row),
			 errdetail("Numbers below " UINT64_FORMAT " are taken.", taken)));
}

/* Growing by a group. */
typedef struct GroupGrowth
{
	uint32 group;
	uint32 map;
	bool new_map;
	uint32 capacity;
	uint32 n_columns;
	uint32 n_zone_blocks;
	BlockNumber first_block;
} GroupGrowth;

/* Page 0: directory; then zone pages; last a map page if one is needed. */
static void
growth_fill(Page page, uint32 i, BlockNumber block, void *context)
{
	GroupGrowth *growth = context;

	if (i == 0)
	{
		ColDirectory *directory;

		col_page_init(page, COL_PAGE_DIRECTORY, growth->group, 0,
					  COL_PAGE_CONTENT_BYTES);
		directory = col_page_content(page);
		directory->capacity = growth->capacity;
		directory->zones_block =
			growth->n_zone_blocks ? block + 1 : InvalidBlockNumber;
		directory->n_zone_blocks = growth->n_zone_blocks;
		directory->n_columns = growth->n_columns;
		directory->free_mark_page = InvalidBlockNumber;
	}
	else if (i <= growth->n_zone_blocks)
		col_page_init(page, COL_PAGE_ZONES, growth->group, i - 1,
					  COL_PAGE_CONTENT_BYTES);
	else
		col_page_init(page, COL_PAGE_MAP, growth->map, 0,
					  COL_PAGE_CONTENT_BYTES);
}

/* Links the pages of growth to the meta page and the last map page. */
static void
growth_link(Relation rel, const GroupGrowth *growth, BlockNumber first_block)
{
	Buffer meta_buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	Buffer map_buffer;
	GenericXLogState *state;
	ColMeta *meta = col_metapage_content(BufferGetPage(meta_buffer));
	ColMap *map;
	ColPageRef ref = {.first_row = meta->next_row};
	BlockNumber map_block = growth->new_map
								? first_block + 1 + growth->n_zone_blocks
								: meta->maps[growth->map].block;
	Page page;

	map_buffer = col_page_read(rel, map_block, BUFFER_LOCK_EXCLUSIVE,
							   COL_PAGE_MAP, growth->map, 0, NULL);
	state = GenericXLogStart(rel);
	page = GenericXLogRegisterBuffer(state, meta_buffer, 0);
	meta = col_metapage_content(page);
	if (growth->new_map)
	{
		ref.block = map_block;
		meta->maps[meta->n_maps++] = ref;
		col_page_header(page)->used_bytes =
			offsetof(ColMeta, maps) + meta->n_maps * sizeof(ColPageRef);
	}
	meta->n_groups++;
	meta->foreign_blocks += 1 + growth->n_zone_blocks + growth->new_map;
	meta->last_directory = first_block;

	map = col_page_content(GenericXLogRegisterBuffer(state, map_buffer, 0));
	if (map->n_groups >= COL_MAP_GROUPS_MAX)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("map page %u of table \"%s\" has %u groups, it has room "
					"for %u",
					map_block, RelationGetRelationName(rel), map->n_groups,
					(uint32) COL_MAP_GROUPS_MAX)));
	if (map->n_groups > 0)
		directory_check_next_row(rel, ref.first_row,
								 map->groups[map->n_groups - 1].first_row);
	ref.block = first_block;
	map->groups[map->n_groups++] = ref;
	GenericXLogFinish(state);
	UnlockReleaseBuffer(map_buffer);
	UnlockReleaseBuffer(meta_buffer);
}

/* What the last group looks like; false when there is no group. */
static bool
directory_last_group(Relation rel, const ColMeta *meta, uint32 *n_columns,
					 bool *full)
{
	ColStripeRef ref = {.block = meta->last_directory,
						.group = meta->n_groups - 1};
	Buffer buffer;
	ColDirectory *directory;

	if (meta->n_groups == 0)
		return false;
	buffer = col_directory_read(rel, &ref, BUFFER_LOCK_SHARE);
	directory = col_page_content(BufferGetPage(buffer));
	*n_columns = directory->n_columns;
	*full = directory->n_entries >= directory->capacity;
	UnlockReleaseBuffer(buffer);
	return true;
}

/* Adds a group unless another session just did. */
static void
directory_grow(Relation rel, uint32 n_columns)
{
	GroupGrowth growth = {.n_columns = n_columns};
	uint32 last_columns;
	bool full;
	Buffer buffer;
	ColMeta *meta;
	ColMeta copy;
	BlockNumber last_map = InvalidBlockNumber;
	uint32 n_groups = 0;
	uint32 n_blocks;

	LockPage(rel, COL_META_BLOCK, ExclusiveLock);
	buffer = col_metapage_read(rel, BUFFER_LOCK_SHARE);
	meta = col_metapage_content(BufferGetPage(buffer));
	memcpy(&copy, meta, offsetof(ColMeta, maps));
	if (copy.n_maps > COL_META_MAPS_MAX)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("meta page of table \"%s\" names %u map pages",
							   RelationGetRelationName(rel), copy.n_maps)));
	if (copy.n_maps > 0)
		last_map = meta->maps[copy.n_maps - 1].block;
	UnlockReleaseBuffer(buffer);

	if (directory_last_group(rel, &copy, &last_columns, &full) && !full &&
		last_columns == n_columns)
	{
		UnlockPage(rel, COL_META_BLOCK, ExclusiveLock);
		return;
	}

	if (copy.n_maps > 0)
	{
		buffer = col_page_read(rel, last_map, BUFFER_LOCK_SHARE, COL_PAGE_MAP,
							   copy.n_maps - 1, 0, NULL);
		n_groups =
			((ColMap *) col_page_content(BufferGetPage(buffer)))->n_groups;
		UnlockReleaseBuffer(buffer);
		if (n_groups > COL_MAP_GROUPS_MAX ||
			copy.n_groups != (copy.n_maps - 1) * COL_MAP_GROUPS_MAX + n_groups)
			ereport(
				ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("meta page and map pages of table \"%s\" disagree",
						RelationGetRelationName(rel)),
				 errdetail("%u groups, %u maps, the last one has %u groups.",
						   copy.n_groups, copy.n_maps, n_groups)));
	}
	growth.new_map = copy.n_maps == 0 || n_groups == COL_MAP_GROUPS_MAX;
	if (growth.new_map && copy.n_maps >= COL_META_MAPS_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("table \"%s\" has too many stripes",
							   RelationGetRelationName(rel)),
						errhint("VACUUM FULL gathers them into larger ones.")));

	growth.group = copy.n_groups;
	growth.map = growth.new_map ? copy.n_maps : copy.n_maps - 1;
	growth.capacity = directory_capacity(growth.group);
	growth.n_zone_blocks = directory_zone_blocks(n_columns, growth.capacity);
	n_blocks = 1 + growth.n_zone_blocks + growth.new_map;
	if (col_directory_detach(rel, n_blocks, &growth.first_block))
		col_extent_overwrite(rel, growth.first_block, n_blocks, growth_fill,
							 &growth);
	else
		growth.first_block =
			col_extent_append(rel, n_blocks, NULL, growth_fill, &growth);
	growth_link(rel, &growth, growth.first_block);
	UnlockPage(rel, COL_META_BLOCK, ExclusiveLock);
}

static void
reserve_check_rows(Relation rel, uint64 next_row, uint32 rows)
{
	if (next_row > COL_ROWS_MAX)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("meta page of table \"%s\" has row number " UINT64_FORMAT
					" as the next one",
					RelationGetRelationName(rel), next_row),
			 errdetail("A table can hand out " UINT64_FORMAT ".",
					   COL_ROWS_MAX)));
	if (next_row + rows > COL_ROWS_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("table \"%s\" has used up its row numbers",
							   RelationGetRelationName(rel)),
						errdetail("A table can hand out " UINT64_FORMAT ".",
								  COL_ROWS_MAX),
						errhint("VACUUM FULL numbers the rows anew.")));
}

/*
 * Tries to append an entry to the last group; false: it is full, missing, or
 * made for another number of columns.
 */
static bool
directory_append(Relation rel, ColStripe *stripe)
{
	Buffer meta_buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	ColMeta *meta = col_metapage_content(BufferGetPage(meta_buffer));
	ColStripeEntry *entry = &stripe->entry;
	ColDirectory *directory;
	GenericXLogState *state;
	Buffer buffer;

	reserve_check_rows(rel, meta->next_row, entry->reserved_rows);
	if (meta->n_groups == 0)
	{
		UnlockReleaseBuffer(meta_buffer);
		return false;
	}
	stripe->ref.block = meta->last_directory;
	stripe->ref.group = meta->n_groups - 1;
	buffer = col_directory_read(rel, &stripe->ref, BUFFER_LOCK_EXCLUSIVE);
	directory = col_page_content(BufferGetPage(buffer));
	if (directory->n_entries >= directory->capacity ||
		directory->n_columns != entry->n_columns)
	{
		UnlockReleaseBuffer(buffer);
		UnlockReleaseBuffer(meta_buffer);
		return false;
	}

	state = GenericXLogStart(rel);
	meta =
		col_metapage_content(GenericXLogRegisterBuffer(state, meta_buffer, 0));
	directory = col_page_content(GenericXLogRegisterBuffer(state, buffer, 0));
	if (directory->n_entries > 0)
	{
		ColStripeEntry *last = &directory->entries[directory->n_entries - 1];

		directory_check_next_row(rel, meta->next_row,
								 last->first_row + last->reserved_rows);
	}
	entry->first_row = meta->next_row;
	meta->next_row += entry->reserved_rows;
	stripe->ref.slot = directory->n_entries++;
	directory->entries[stripe->ref.slot] = *entry;
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	UnlockReleaseBuffer(meta_buffer);
	return true;
}

/* Appends stripe->entry, which has all but its first row, to the directory. */
static void
append_entry(Relation rel, ColStripe *stripe)
{
	stripe->entry.first_block = InvalidBlockNumber;
	stripe->entry.marks_block = InvalidBlockNumber;
	stripe->entry.n_columns = RelationGetNumberOfAttributes(rel);
	while (!directory_append(rel, stripe))
	{
		CHECK_FOR_INTERRUPTS();
		directory_grow(rel, stripe->entry.n_columns);
	}
}

void
col_directory_reserve(Relation rel, FullTransactionId xid, CommandId cid,
					  uint32 rows, ColStripe *stripe)
{
	Assert(rows > 0 && rows <= COL_STRIPE_ROWS_MAX);
	memset(stripe, 0, sizeof(*stripe));
	stripe->entry.xmin = U64FromFullTransactionId(xid);
	stripe->entry.cmin = cid;
	stripe->entry.reserved_rows = rows;
	stripe->entry.state = COL_STRIPE_RESERVED;
	append_entry(rel, stripe);
}

void
col_directory_append_dead(Relation rel, ColStripe *stripe)
{
	memset(stripe, 0, sizeof(*stripe));
	stripe->entry.xmin = FirstNormalTransactionId;
	stripe->entry.reserved_rows = 1;
	stripe->entry.state = COL_STRIPE_DEAD;
	stripe->entry.flags = COL_STRIPE_XMIN_ABORTED;
	append_entry(rel, stripe);
}

bool
col_directory_extend(Relation rel, ColStripe *stripe, uint32 rows)
{
	Buffer meta_buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	ColMeta *meta = col_metapage_content(BufferGetPage(meta_buffer));
	ColStripeEntry *entry = &stripe->entry;
	GenericXLogState *state;
	Buffer buffer;
	Page page;

	Assert(rows > entry->reserved_rows && rows <= COL_STRIPE_ROWS_MAX);
	if (meta->next_row != entry->first_row + entry->reserved_rows ||
		meta->last_directory != stripe->ref.block)
	{
		UnlockReleaseBuffer(meta_buffer);
		return false;
	}
	reserve_check_rows(rel, entry->first_row, rows);
	buffer = col_directory_read(rel, &stripe->ref, BUFFER_LOCK_EXCLUSIVE);
	(void) col_directory_entry(rel, BufferGetPage(buffer), &stripe->ref);
	state = GenericXLogStart(rel);
	meta =
		col_metapage_content(GenericXLogRegisterBuffer(state, meta_buffer, 0));
	meta->next_row = entry->first_row + rows;
	page = GenericXLogRegisterBuffer(state, buffer, 0);
	col_directory_entry(rel, page, &stripe->ref)->reserved_rows = rows;
	GenericXLogFinish(state);
	entry->reserved_rows = rows;
	UnlockReleaseBuffer(buffer);
	UnlockReleaseBuffer(meta_buffer);
	return true;
}

/* Writes stripe->entry over the entry, alone. */
static void
directory_write_entry(Relation rel, ColStripe *stripe)
{
	Buffer buffer =
		col_directory_read(rel, &stripe->ref, BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state = GenericXLogStart(rel);
	Page page = GenericXLogRegisterBuffer(state, buffer, 0);

	*col_directory_entry(rel, page, &stripe->ref) = stripe->entry;
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
}

void
col_directory_set_extent(Relation rel, ColStripe *stripe,
						 BlockNumber first_block, uint32 n_blocks)
{
	Assert(stripe->entry.state == COL_STRIPE_RESERVED); /* D4 */
	stripe->entry.first_block = first_block;
	stripe->entry.n_blocks = n_blocks;
	directory_write_entry(rel, stripe);
}

void
col_directory_flushed(Relation rel, ColStripe *stripe)
{
	ColStripeEntry *entry = &stripe->entry;
	Buffer meta_buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	Buffer buffer =
		col_directory_read(rel, &stripe->ref, BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state = GenericXLogStart(rel);
	ColMeta *meta =
		col_metapage_content(GenericXLogRegisterBuffer(state, meta_buffer, 0));
	Page page = GenericXLogRegisterBuffer(state, buffer, 0);
	ColDirectory *directory = col_page_content(page);

	Assert(entry->state == COL_STRIPE_RESERVED);
	Assert(entry->n_rows > 0 && entry->n_rows <= entry->reserved_rows);
	if (meta->last_directory == stripe->ref.block &&
		stripe->ref.slot + 1 == directory->n_entries)
	{
		directory_check_next_row(rel, meta->next_row,
								 entry->first_row + entry->reserved_rows);
		entry->reserved_rows = entry->n_rows;
		meta->next_row = entry->first_row + entry->n_rows;
	}
	if ((entry->flags & COL_STRIPE_EXTENT_OURS) == 0)
		meta->foreign_blocks += entry->n_blocks;
	entry->flags &= ~COL_STRIPE_EXTENT_OURS;
	entry->state = COL_STRIPE_FLUSHED;
	*col_directory_entry(rel, page, &stripe->ref) = *entry;
	meta->stripe_rows += entry->n_rows;
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	UnlockReleaseBuffer(meta_buffer);
}

/* Rows of a stripe that count on the meta page. */
static uint32
counted_rows(const ColStripeEntry *entry)
{
	return entry->state != COL_STRIPE_FLUSHED || entry->xmax != 0 ||
				   (entry->flags & COL_STRIPE_XMIN_ABORTED)
			   ? 0
			   : entry->n_rows - entry->dead_rows;
}

void
col_directory_resolve(Relation rel, const ColGroup *group, const uint8 *flags)
{
	ColStripeRef ref = {.block = group->block, .group = group->number};
	Buffer meta_buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	Buffer buffer = col_directory_read(rel, &ref, BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state = GenericXLogStart(rel);
	Page page = GenericXLogRegisterBuffer(state, buffer, 0);
	ColDirectory *directory = col_page_content(page);
	uint64 dead_rows = 0;

	for (; ref.slot < directory->n_entries; ref.slot++)
	{
		ColStripeEntry *entry;

		if (flags[ref.slot] == 0)
			continue;
		entry = col_directory_entry(rel, page, &ref);
		dead_rows += counted_rows(entry);
		entry->flags |= flags[ref.slot];
		dead_rows -= counted_rows(entry);
	}
	if (dead_rows > 0)
	{
		ColMeta *meta = col_metapage_content(
			GenericXLogRegisterBuffer(state, meta_buffer, 0));

		meta->stripe_rows -= Min(meta->stripe_rows, dead_rows);
	}
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	UnlockReleaseBuffer(meta_buffer);
}

/* Writes stripe->entry over the entry; what counts of it may have changed. */
static void
write_counted_entry(Relation rel, ColStripe *stripe)
{
	Buffer meta_buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	Buffer buffer =
		col_directory_read(rel, &stripe->ref, BUFFER_LOCK_EXCLUSIVE);
	GenericXLogState *state = GenericXLogStart(rel);
	ColMeta *meta =
		col_metapage_content(GenericXLogRegisterBuffer(state, meta_buffer, 0));
	ColStripeEntry *entry = col_directory_entry(
		rel, GenericXLogRegisterBuffer(state, buffer, 0), &stripe->ref);

	Assert(entry->state == COL_STRIPE_FLUSHED);
	Assert(stripe->entry.dead_rows <= entry->n_rows);
	/* others may set it meanwhile */
	stripe->entry.marks_block = entry->marks_block;
	meta->stripe_rows += counted_rows(&stripe->entry);
	meta->stripe_rows -= Min(meta->stripe_rows, counted_rows(entry));
	*entry = stripe->entry;
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	UnlockReleaseBuffer(meta_buffer);
}

void
col_directory_replace(Relation rel, ColStripe *stripe, FullTransactionId xid,
					  CommandId cid)
{
	stripe->entry.xmax = U64FromFullTransactionId(xid);
	stripe->entry.cmax = cid;
	stripe->entry.flags &= ~COL_STRIPE_XMAX_COMMITTED;
	write_counted_entry(rel, stripe);
}

void
col_directory_resolve_replaced(Relation rel, ColStripe *stripe, bool committed)
{
	if (committed)
		stripe->entry.flags |= COL_STRIPE_XMAX_COMMITTED;
	else
	{
		stripe->entry.xmax = 0;
		stripe->entry.cmax = 0;
	}
	write_counted_entry(rel, stripe);
}

void
col_directory_set_dead_rows(Relation rel, ColStripe *stripe, uint32 dead_rows)
{
	stripe->entry.dead_rows = dead_rows;
	write_counted_entry(rel, stripe);
}
