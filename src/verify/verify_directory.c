/*
 * verify_directory.c - meta, map and directory pages, followed from block 0.
 *
 * Gathers what the file should have: groups and stripes.  What cannot be read is
 * left out, and v->whole says so.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"

#include "src/verify/verify.h"
#include "src/storage/page/metapage.h"
#include "src/storage/page/page.h"
#include "src/storage/page/page_stream.h"

/* A page to be read, and what it should be. */
typedef struct WantedPage
{
	BlockNumber block;
	ColPageKind kind;
	uint64 owner;
	PGAlignedBlock copy;
} WantedPage;

static void
read_wanted(ColVerify *v, void *arg)
{
	WantedPage *page = arg;

	col_verify_copy_page(v, page->block, &page->copy);
	col_page_check(v->rel, page->block, page->copy.data, page->kind,
				   page->owner, 0);
}

/* Reads a page of the directory; NULL if there is none such. */
static void *
read_page(ColVerify *v, WantedPage *page, BlockNumber block, ColPageKind kind,
		  uint64 owner)
{
	page->block = block;
	page->kind = kind;
	page->owner = owner;
	col_verify_at(v, block, COL_VERIFY_NONE, NULL);
	if (col_verify_try(v, read_wanted, page))
		return col_page_content(page->copy.data);
	v->whole = false;
	return NULL;
}

static void
check_used(ColVerify *v, const WantedPage *page, uint32 used_bytes)
{
	uint32 found = col_page_header((Page) page->copy.data)->used_bytes;

	if (found != used_bytes)
		col_verify_report(v, "page says a wrong number of bytes in use",
						  "%u bytes are said to be in use, %u are.", found,
						  used_bytes);
}

/* References of a meta or map page: first_row in order, unused bytes zero. */
static void
check_refs(ColVerify *v, const ColPageRef *refs, uint32 n, uint64 limit)
{
	for (uint32 i = 0; i < n; i++)
	{
		if (refs[i].zero != 0)
			col_verify_report(v, "bytes that should be zero are not",
							  "Reference %u.", i);
		if (refs[i].first_row > limit ||
			(i > 0 && refs[i].first_row < refs[i - 1].first_row))
			col_verify_report(v, "references are out of order",
							  "Reference %u has first row " UINT64_FORMAT ".",
							  i, refs[i].first_row);
	}
}

static bool
in_file(ColVerify *v, BlockNumber first_block, uint32 n_blocks)
{
	uint64 end = (uint64) first_block + n_blocks;

	return end <= v->n_blocks || end <= RelationGetNumberOfBlocks(v->rel);
}

static void
check_meta(ColVerify *v, const WantedPage *page, const ColMeta *meta)
{
	if (meta->next_row > COL_ROWS_MAX)
		col_verify_report(v, "next row number is beyond the limit",
						  "It is " UINT64_FORMAT ", the limit is " UINT64_FORMAT
						  ".",
						  meta->next_row, COL_ROWS_MAX);
	if (meta->foreign_blocks == 0 || !in_file(v, 0, meta->foreign_blocks))
		col_verify_report(v, "wrong number of foreign blocks",
						  "%u blocks are said to be foreign, the file has %u.",
						  meta->foreign_blocks, v->n_blocks);
	if ((meta->n_groups == 0) != (meta->n_maps == 0) ||
		(meta->n_groups == 0) != (meta->last_directory == InvalidBlockNumber))
		col_verify_report(v, "counts of the meta page disagree",
						  "%u maps, %u groups, the last one in block %u.",
						  meta->n_maps, meta->n_groups, meta->last_directory);
	if (meta->n_maps > COL_META_MAPS_MAX)
	{
		col_verify_report(v, "page names more than fits on it",
						  "%u map pages, the limit is %u.", meta->n_maps,
						  (uint32) COL_META_MAPS_MAX);
		v->whole = false;
		return;
	}
	check_used(v, page,
			   offsetof(ColMeta, maps) + meta->n_maps * sizeof(ColPageRef));
	check_refs(v, meta->maps, meta->n_maps, meta->next_row);
	v->n_maps = meta->n_maps;
	v->maps = palloc(Max(meta->n_maps, 1) * sizeof(ColPageRef));
	memcpy(v->maps, meta->maps, meta->n_maps * sizeof(ColPageRef));
}

/* Adds the groups that a map names. */
static void
check_map(ColVerify *v, const WantedPage *page, uint32 number,
		  const ColMap *map)
{
	uint32 n = map->n_groups;

	check_used(v, page, COL_PAGE_CONTENT_BYTES);
	if (n == 0 || n > COL_MAP_GROUPS_MAX ||
		(number + 1 < v->n_maps && n != COL_MAP_GROUPS_MAX))
		col_verify_report(v, "wrong number of groups on a map page",
						  "Map %u of %u has %u groups, the limit is %u.",
						  number, v->n_maps, n, (uint32) COL_MAP_GROUPS_MAX);
	if (n > COL_MAP_GROUPS_MAX)
	{
		v->whole = false;
		return;
	}
	if (n > 0 && map->groups[0].first_row != v->maps[number].first_row)
		col_verify_report(v, "meta page and map page disagree",
						  "The first row of map %u is " UINT64_FORMAT
						  " on the meta page, " UINT64_FORMAT " on its own.",
						  number, v->maps[number].first_row,
						  map->groups[0].first_row);
	check_refs(v, map->groups, n, COL_ROWS_MAX);
	if (!col_verify_is_zero(&map->groups[n], COL_PAGE_CONTENT_BYTES -
												 offsetof(ColMap, groups) -
												 n * sizeof(ColPageRef)))
		col_verify_report(v, "bytes that should be zero are not",
						  "They are behind the references.");

	v->groups = v->groups == NULL
					? palloc(COL_MAP_GROUPS_MAX * sizeof(ColVerifyGroup))
					: repalloc_huge(v->groups,
									((Size) v->n_groups + COL_MAP_GROUPS_MAX) *
										sizeof(ColVerifyGroup));
	for (uint32 i = 0; i < n; i++)
	{
		ColVerifyGroup *group = &v->groups[v->n_groups++];

		memset(group, 0, sizeof(*group));
		group->ref.block = map->groups[i].block;
		group->ref.group = number * COL_MAP_GROUPS_MAX + i;
		group->first_row = map->groups[i].first_row;
	}
}

/* Reads meta and map pages once; false: they have changed meanwhile. */
static bool
read_maps(ColVerify *v, WantedPage *page, ColMeta *meta)
{
	ColMeta *content =
		read_page(v, page, COL_META_BLOCK, COL_PAGE_META, COL_META_BLOCK);

	v->n_maps = v->n_groups = 0;
	v->groups = NULL;
	if (content == NULL)
		return true;
	memcpy(meta, content, offsetof(ColMeta, maps));
	check_meta(v, page, content);
	for (uint32 m = 0; m < v->n_maps; m++)
	{
		ColMap *map = read_page(v, page, v->maps[m].block, COL_PAGE_MAP, m);

		if (map != NULL)
			check_map(v, page, m, map);
	}
	content = read_page(v, page, COL_META_BLOCK, COL_PAGE_META, COL_META_BLOCK);
	return content == NULL || (content->n_maps == meta->n_maps &&
							   content->n_groups == meta->n_groups);
}

/* What is wrong in an entry by itself, and beside the one before it. */
static const char *
entry_problem(ColVerify *v, const ColVerifyGroup *group,
			  const ColStripeEntry *entry)
{
	uint64 next_xid = U64FromFullTransactionId(ReadNextFullTransactionId());

	if (entry->state < COL_STRIPE_RESERVED || entry->state > COL_STRIPE_DEAD)
		return "unknown state";
	if (entry->reserved_rows == 0 ||
		entry->reserved_rows > COL_STRIPE_ROWS_MAX ||
		entry->n_rows > entry->reserved_rows ||
		(entry->state == COL_STRIPE_FLUSHED && entry->n_rows == 0) ||
		(entry->state == COL_STRIPE_DEAD && entry->n_rows != 0))
		return "wrong number of rows";
	if (entry->first_row > COL_ROWS_MAX - entry->reserved_rows)
		return "row numbers beyond the limit";
	if (entry->n_blocks > 0 &&
		(entry->state != COL_STRIPE_RESERVED ||
		 (entry->flags & COL_STRIPE_EXTENT_OURS) != 0) &&
		!in_file(v, entry->first_block, entry->n_blocks))
		return "blocks beyond the end of the file";
	if (entry->state == COL_STRIPE_FLUSHED &&
		(entry->n_blocks == 0 ||
		 entry->n_blocks != col_page_stream_blocks(entry->stream_bytes)))
		return "number of blocks and length of the stream disagree";
	if (entry->state == COL_STRIPE_RESERVED &&
		(entry->n_blocks == 0) != (entry->first_block == InvalidBlockNumber))
		return "blocks without a first one";
	if (entry->state == COL_STRIPE_FLUSHED &&
		entry->n_columns != group->n_columns)
		return "another number of columns than its group";
	if (entry->xmin < FirstNormalTransactionId || entry->xmin >= next_xid ||
		!TransactionIdIsNormal((TransactionId) entry->xmin))
		return "impossible transaction id";
	if ((entry->flags & ~(COL_STRIPE_XMIN_KNOWN | COL_STRIPE_EXTENT_OURS |
						  COL_STRIPE_XMAX_COMMITTED | COL_STRIPE_SORTED)) !=
			0 ||
		((entry->flags & COL_STRIPE_XMAX_COMMITTED) && entry->xmax == 0) ||
		((entry->flags & COL_STRIPE_XMIN_ABORTED) != 0 &&
		 (entry->flags & COL_STRIPE_XMIN_KNOWN) != COL_STRIPE_XMIN_ABORTED) ||
		((entry->flags & COL_STRIPE_EXTENT_OURS) != 0 &&
		 (entry->state != COL_STRIPE_RESERVED || entry->n_blocks == 0)))
		return "impossible flags";
	if (entry->dead_rows > entry->n_rows ||
		(entry->dead_rows > 0 && entry->marks_block == InvalidBlockNumber))
		return "wrong number of dead rows";
	if (entry->marks_block != InvalidBlockNumber &&
		(entry->state != COL_STRIPE_FLUSHED ||
		 !in_file(v, entry->marks_block, 1)))
		return "impossible marks";
	if (entry->zero != 0 || (entry->xmax == 0 && entry->cmax != 0))
		return "unused fields are set";
	if (entry->xmax != 0 &&
		(entry->state != COL_STRIPE_FLUSHED || entry->xmax >= next_xid ||
		 !TransactionIdIsNormal((TransactionId) entry->xmax)))
		return "impossible transaction that replaced it";
	return NULL;
}

static void
add_stripe(ColVerify *v, const ColStripeRef *ref, const ColStripeEntry *entry,
		   bool sound)
{
	if (v->n_stripes == v->stripes_capacity)
	{
		v->stripes_capacity = Max(v->stripes_capacity * 2, 128);
		v->stripes =
			v->stripes ? repalloc_huge(v->stripes, (Size) v->stripes_capacity *
													   sizeof(ColStripe))
					   : palloc(v->stripes_capacity * sizeof(ColStripe));
		v->sound = v->sound ? repalloc_huge(v->sound, v->stripes_capacity)
							: palloc(v->stripes_capacity);
	}
	v->stripes[v->n_stripes].ref = *ref;
	v->stripes[v->n_stripes].entry = *entry;
	v->sound[v->n_stripes++] = sound;
	if (!sound)
		v->whole = false;
}

/* The blocks for marks of a group's stripes. */
static void
check_mark_extents(ColVerify *v, ColVerifyGroup *group,
				   const ColDirectory *directory)
{
	uint64 n_blocks = 0;
	bool ended = false;

	for (int i = 0; i < COL_MARK_EXTENTS_MAX; i++)
	{
		const ColMarkExtent *extent = &directory->mark_extents[i];

		if ((extent->n_blocks > 0 &&
			 (ended || !in_file(v, extent->first_block, extent->n_blocks))) ||
			(extent->n_blocks == 0 && extent->first_block != 0))
		{
			col_verify_report(v, "corrupt extent of marks",
							  "Extent %d has %u blocks from block %u.", i,
							  extent->n_blocks, extent->first_block);
			return;
		}
		ended = extent->n_blocks == 0;
		n_blocks += extent->n_blocks;
	}
	memcpy(group->mark_extents, directory->mark_extents,
		   sizeof(group->mark_extents));
	if (directory->n_mark_blocks_used > n_blocks)
		col_verify_report(v, "wrong number of blocks of marks",
						  "%u are said to be in use, there are " UINT64_FORMAT
						  ".",
						  directory->n_mark_blocks_used, n_blocks);
}

/*
 * Entries of a group.  *next_row: not below it is the next entry; numbers that
 * were reserved may be given back after they were read on another page.
 */
static void
check_entries(ColVerify *v, ColVerifyGroup *group,
			  const ColDirectory *directory, uint64 *next_row)
{
	uint32 free_blocks = 0;
	ColStripeRef ref = group->ref;

	group->first_stripe = v->n_stripes;
	for (uint32 i = 0; i < directory->n_entries; i++)
	{
		const ColStripeEntry *entry = &directory->entries[i];
		const char *problem = entry_problem(v, group, entry);

		if (problem == NULL && entry->first_row < *next_row)
			problem = "out of order";
		ref.slot = i;
		col_verify_at(v, ref.block, (int64) entry->first_row, NULL);
		if (problem)
			col_verify_report(
				v, "corrupt directory entry",
				"Slot %u: %s.  State %u, flags %u, %u of %u rows, %u blocks "
				"from block %u, " UINT64_FORMAT
				" bytes, %u columns, transaction " UINT64_FORMAT ".",
				i, problem, entry->state, entry->flags, entry->n_rows,
				entry->reserved_rows, entry->n_blocks, entry->first_block,
				entry->stream_bytes, entry->n_columns, entry->xmin);
		else
			*next_row = entry->first_row + entry->reserved_rows;
		if (entry->state == COL_STRIPE_DEAD)
			free_blocks += entry->n_blocks;
		add_stripe(v, &ref, entry, problem == NULL);
	}
	if (group->n_entries > 0 && v->sound[v->n_stripes - 1])
	{
		const ColStripeEntry *last = &v->stripes[v->n_stripes - 1].entry;

		*next_row = last->first_row + Max(last->n_rows, 1);
	}

	col_verify_at(v, ref.block, COL_VERIFY_NONE, NULL);
	if (free_blocks != directory->free_blocks)
		col_verify_report(v, "wrong number of free blocks",
						  "The directory page says %u, dead stripes have %u.",
						  directory->free_blocks, free_blocks);
	if (!col_verify_is_zero(&directory->entries[directory->n_entries],
							(COL_DIRECTORY_ENTRIES_MAX - directory->n_entries) *
								sizeof(ColStripeEntry)))
		col_verify_report(v, "bytes that should be zero are not",
						  "They are behind the entries.");
	check_mark_extents(v, group, directory);
}

static void
check_group(ColVerify *v, WantedPage *page, ColVerifyGroup *group,
			uint64 *next_row)
{
	uint32 number = group->ref.group;
	uint32 capacity = number == 0	? 8
					  : number == 1 ? 32
									: COL_DIRECTORY_ENTRIES_MAX;
	uint32 columns_per_page = col_zones_columns_per_page(capacity);
	const ColDirectory *directory =
		read_page(v, page, group->ref.block, COL_PAGE_DIRECTORY, number);

	if (directory == NULL)
		return;
	check_used(v, page, COL_PAGE_CONTENT_BYTES);
	if (directory->capacity != capacity || directory->n_entries > capacity)
	{
		col_verify_report(v, "wrong number of entries on a directory page",
						  "Capacity %u, %u entries; group %u has room for %u.",
						  directory->capacity, directory->n_entries, number,
						  capacity);
		v->whole = false;
		return;
	}
	if (directory->n_columns > MaxHeapAttributeNumber ||
		directory->n_zone_blocks !=
			(directory->n_columns + columns_per_page - 1) / columns_per_page ||
		(directory->n_zone_blocks == 0) !=
			(directory->zones_block == InvalidBlockNumber) ||
		(directory->n_zone_blocks > 0 &&
		 !in_file(v, directory->zones_block, directory->n_zone_blocks)))
	{
		col_verify_report(v, "corrupt reference to zone pages",
						  "%u zone pages from block %u for %u columns.",
						  directory->n_zone_blocks, directory->zones_block,
						  directory->n_columns);
		v->whole = false;
		return;
	}
	if (group->first_row < *next_row)
		col_verify_report(v, "references are out of order",
						  "Group %u has first row " UINT64_FORMAT
						  ", rows below " UINT64_FORMAT
						  " belong to groups before it.",
						  number, group->first_row, *next_row);
	*next_row = Max(*next_row, group->first_row);
	group->capacity = capacity;
	group->n_entries = directory->n_entries;
	group->zones_block = directory->zones_block;
	group->n_zone_blocks = directory->n_zone_blocks;
	group->n_columns = directory->n_columns;
	group->free_blocks = directory->free_blocks;
	check_entries(v, group, directory, next_row);
}

/*
 * Is the next row number above all that were taken?  Looks at both pages at
 * once: numbers are taken and given back under both locks.
 */
static void
check_next_row(ColVerify *v, void *arg)
{
	const ColStripe *last = arg;
	Buffer meta_buffer = col_metapage_read(v->rel, BUFFER_LOCK_SHARE);
	uint64 next_row =
		col_metapage_content(BufferGetPage(meta_buffer))->next_row;
	Buffer buffer =
		col_page_read(v->rel, last->ref.block, BUFFER_LOCK_SHARE,
					  COL_PAGE_DIRECTORY, last->ref.group, 0, v->strategy);
	ColDirectory *directory = col_page_content(BufferGetPage(buffer));
	ColStripeEntry entry = directory->entries[last->ref.slot];

	UnlockReleaseBuffer(buffer);
	UnlockReleaseBuffer(meta_buffer);
	if (entry.first_row + entry.reserved_rows > next_row)
		col_verify_report(v, "next row number is below numbers that were taken",
						  "It is " UINT64_FORMAT ", stripe " UINT64_FORMAT
						  " has %u rows.",
						  next_row, entry.first_row, entry.reserved_rows);
}

/* A map whose free blocks did not add up when its groups were read. */
typedef struct FreeBlocks
{
	uint32 map;
	uint32 first_group; /* in groups */
	uint32 n_groups;
} FreeBlocks;

/* Adds up again with the map locked, which is changed together with groups. */
static void
check_free_blocks(ColVerify *v, void *arg)
{
	const FreeBlocks *wrong = arg;
	Buffer map_buffer =
		col_page_read(v->rel, v->maps[wrong->map].block, BUFFER_LOCK_SHARE,
					  COL_PAGE_MAP, wrong->map, 0, NULL);
	uint32 said =
		((ColMap *) col_page_content(BufferGetPage(map_buffer)))->free_blocks;
	uint32 sum = 0;

	for (uint32 i = 0; i < wrong->n_groups; i++)
	{
		const ColStripeRef *ref = &v->groups[wrong->first_group + i].ref;
		Buffer buffer =
			col_page_read(v->rel, ref->block, BUFFER_LOCK_SHARE,
						  COL_PAGE_DIRECTORY, ref->group, 0, v->strategy);

		sum += ((ColDirectory *) col_page_content(BufferGetPage(buffer)))
				   ->free_blocks;
		UnlockReleaseBuffer(buffer);
	}
	UnlockReleaseBuffer(map_buffer);
	if (said != sum)
		col_verify_report(v, "wrong number of free blocks",
						  "The map page says %u, its groups have %u.", said,
						  sum);
}

/* Sums that are on one page and made of others. */
static void
check_sums(ColVerify *v, WantedPage *page, const ColMeta *before)
{
	uint64 n_rows = 0;
	uint32 group = 0;
	const ColMeta *meta;

	for (uint32 m = 0; m < v->n_maps; m++)
	{
		FreeBlocks sum = {.map = m, .first_group = group};
		uint32 free_blocks = 0;
		const ColMap *map;

		for (; group < v->n_groups &&
			   v->groups[group].ref.group / COL_MAP_GROUPS_MAX == m;
			 group++)
			free_blocks += v->groups[group].free_blocks;
		sum.n_groups = group - sum.first_group;
		map = read_page(v, page, v->maps[m].block, COL_PAGE_MAP, m);
		if (map != NULL && map->free_blocks != free_blocks)
			(void) col_verify_try(v, check_free_blocks, &sum);
	}

	for (uint32 i = 0; i < v->n_stripes; i++)
	{
		const ColStripeEntry *entry = &v->stripes[i].entry;

		if (entry->state == COL_STRIPE_FLUSHED &&
			(entry->flags & COL_STRIPE_XMIN_ABORTED) == 0 && entry->xmax == 0)
			n_rows += entry->n_rows - entry->dead_rows;
	}
	col_verify_at(v, COL_META_BLOCK, COL_VERIFY_NONE, NULL);
	if (v->n_stripes > 0)
		(void) col_verify_try(v, check_next_row, &v->stripes[v->n_stripes - 1]);
	meta = read_page(v, page, COL_META_BLOCK, COL_PAGE_META, COL_META_BLOCK);
	/* when it has changed meanwhile, nothing can be said */
	if (meta != NULL && meta->stripe_rows == before->stripe_rows &&
		meta->n_groups == before->n_groups && meta->stripe_rows != n_rows)
		col_verify_report(v, "wrong number of rows in stripes",
						  "The meta page says " UINT64_FORMAT
						  ", stripes have " UINT64_FORMAT ".",
						  meta->stripe_rows, n_rows);
}

void
col_verify_directory(ColVerify *v)
{
	WantedPage *page = palloc(sizeof(WantedPage));
	ColMeta meta = {0};
	uint64 next_row = 0;

	for (int tries = 0; tries < 100; tries++)
	{
		col_verify_return(v, false);
		v->whole = true;
		if (read_maps(v, page, &meta))
			break;
	}
	col_verify_at(v, COL_META_BLOCK, COL_VERIFY_NONE, NULL);
	if (v->whole &&
		(meta.n_groups != v->n_groups ||
		 (v->n_groups > 0 &&
		  meta.last_directory != v->groups[v->n_groups - 1].ref.block)))
		col_verify_report(v, "meta page and map pages disagree",
						  "%u groups, the last one in block %u; the maps have "
						  "%u.",
						  meta.n_groups, meta.last_directory, v->n_groups);
	for (uint32 g = 0; g < v->n_groups; g++)
		check_group(v, page, &v->groups[g], &next_row);
	if (v->whole)
		check_sums(v, page, &meta);
	pfree(page);
	col_verify_return(v, true);
}
