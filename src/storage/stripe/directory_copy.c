/*
 * directory_copy.c - the directory as a scan starts from it: a copy of all
 * entries, of where their zones lie, and of the blocks that are not heapam's.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/memutils.h"

#include "src/storage/page/metapage.h"
#include "src/storage/page/page.h"
#include "src/storage/stripe/directory.h"
#include "src/storage/stripe/directory_page.h"

/* Arrays of a copy of the directory that grow. */
typedef struct CopyBuilder
{
	ColDirectoryCopy *copy;
	uint32 stripes_capacity;
	uint32 ranges_capacity;
	uint32 groups_capacity;
	uint64 next_row; /* the next stripe does not start below it */
} CopyBuilder;

/* Checks how many references a meta or map page has. */
static void
copy_check_refs(Relation rel, BlockNumber block, uint32 n, uint32 min,
				uint32 max)
{
	if (n < min || n > max)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("block %u of table \"%s\" has %u references, from %u "
						"to %u were expected",
						block, RelationGetRelationName(rel), n, min, max)));
}

static void
copy_add_range(CopyBuilder *builder, BlockNumber first_block, uint32 n_blocks,
			   int64 stripe)
{
	ColDirectoryCopy *copy = builder->copy;

	if (copy->n_ranges == builder->ranges_capacity)
	{
		builder->ranges_capacity *= 2;
		copy->ranges =
			repalloc_huge(copy->ranges, (Size) builder->ranges_capacity *
											sizeof(ColBlockRange));
	}
	copy->ranges[copy->n_ranges++] =
		(ColBlockRange){first_block, n_blocks, stripe};
}

static void
copy_add_stripe(CopyBuilder *builder, const ColStripeRef *ref,
				const ColStripeEntry *entry)
{
	ColDirectoryCopy *copy = builder->copy;

	if (copy->n_stripes == builder->stripes_capacity)
	{
		builder->stripes_capacity *= 2;
		copy->stripes =
			repalloc_huge(copy->stripes,
						  (Size) builder->stripes_capacity * sizeof(ColStripe));
	}
	copy->stripes[copy->n_stripes].ref = *ref;
	copy->stripes[copy->n_stripes++].entry = *entry;
	/* blocks of a RESERVED stripe may have become heapam's */
	if (entry->state != COL_STRIPE_RESERVED && entry->n_blocks > 0)
		copy_add_range(builder, entry->first_block, entry->n_blocks,
					   entry->state == COL_STRIPE_FLUSHED
						   ? (int64) copy->n_stripes - 1
						   : -1);
}

static void
copy_add_group(CopyBuilder *builder, const ColStripeRef *ref,
			   const ColDirectory *directory)
{
	ColDirectoryCopy *copy = builder->copy;

	if (copy->n_groups == builder->groups_capacity)
	{
		builder->groups_capacity *= 2;
		copy->groups = repalloc_huge(
			copy->groups, (Size) builder->groups_capacity * sizeof(ColGroup));
	}
	Assert(ref->group == copy->n_groups);
	copy->groups[copy->n_groups++] =
		(ColGroup){.block = ref->block,
				   .number = ref->group,
				   .capacity = directory->capacity,
				   .zones_block = directory->zones_block,
				   .n_zone_blocks = directory->n_zone_blocks,
				   .n_columns = directory->n_columns};
}

/* Copies the entries of one group. */
static void
copy_group(Relation rel, ColStripeRef ref, CopyBuilder *builder)
{
	Buffer buffer = col_directory_read(rel, &ref, BUFFER_LOCK_SHARE);
	Page page = BufferGetPage(buffer);
	ColDirectory *directory = col_page_content(page);
	uint32 n = directory->n_entries;

	copy_add_range(builder, ref.block, 1 + directory->n_zone_blocks, -1);
	copy_add_group(builder, &ref, directory);
	for (int i = 0; i < COL_MARK_EXTENTS_MAX; i++)
	{
		const ColMarkExtent *extent = &directory->mark_extents[i];

		if (extent->n_blocks > 0)
			copy_add_range(builder, extent->first_block, extent->n_blocks, -1);
	}
	for (uint32 i = 0; i < n; i++)
	{
		ColStripeEntry *entry;

		ref.slot = i;
		entry = col_directory_entry(rel, page, &ref);
		if (entry->first_row < builder->next_row) /* D1 */
			ereport(
				ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("stripes of table \"%s\" are out of order",
						RelationGetRelationName(rel)),
				 errdetail("Block %u, slot %u: first row " UINT64_FORMAT
						   ", at least " UINT64_FORMAT " was expected.",
						   ref.block, i, entry->first_row, builder->next_row)));
		/* numbers that were reserved may have gone back since, rows have not */
		builder->next_row = entry->first_row + Max(entry->n_rows, 1);
		copy_add_stripe(builder, &ref, entry);
	}
	UnlockReleaseBuffer(buffer);
}

static int
range_compare(const void *a, const void *b)
{
	BlockNumber first = ((const ColBlockRange *) a)->first_block;
	BlockNumber second = ((const ColBlockRange *) b)->first_block;

	return first < second ? -1 : first > second;
}

void
col_directory_load(Relation rel, ColDirectoryCopy *copy)
{
	Buffer buffer = col_metapage_read(rel, BUFFER_LOCK_SHARE);
	ColMeta *meta = col_metapage_content(BufferGetPage(buffer));
	uint32 n_maps = meta->n_maps;
	uint32 n_groups_left = meta->n_groups;
	ColPageRef *maps = palloc(COL_META_MAPS_MAX * sizeof(ColPageRef));
	ColPageRef *groups = palloc(COL_MAP_GROUPS_MAX * sizeof(ColPageRef));
	CopyBuilder builder = {copy, 16, 16, 4};

	copy_check_refs(rel, COL_META_BLOCK, n_maps, 0, COL_META_MAPS_MAX);
	memcpy(maps, meta->maps, n_maps * sizeof(ColPageRef));
	UnlockReleaseBuffer(buffer);

	memset(copy, 0, sizeof(*copy));
	copy->stripes = palloc(builder.stripes_capacity * sizeof(ColStripe));
	copy->ranges = palloc(builder.ranges_capacity * sizeof(ColBlockRange));
	copy->groups = palloc(builder.groups_capacity * sizeof(ColGroup));
	copy_add_range(&builder, COL_META_BLOCK, 1, -1);
	for (uint32 m = 0; m < n_maps; m++)
	{
		ColMap *map;
		uint32 n_groups;

		buffer = col_page_read(rel, maps[m].block, BUFFER_LOCK_SHARE,
							   COL_PAGE_MAP, m, 0, NULL);
		map = col_page_content(BufferGetPage(buffer));
		n_groups = map->n_groups;
		copy_check_refs(rel, maps[m].block, n_groups,
						m + 1 < n_maps ? COL_MAP_GROUPS_MAX : 1,
						COL_MAP_GROUPS_MAX);
		n_groups_left -= Min(n_groups_left, n_groups);
		memcpy(groups, map->groups, n_groups * sizeof(ColPageRef));
		UnlockReleaseBuffer(buffer);
		copy_add_range(&builder, maps[m].block, 1, -1);

		for (uint32 g = 0; g < n_groups; g++)
		{
			ColStripeRef ref = {.block = groups[g].block,
								.group = m * COL_MAP_GROUPS_MAX + g};

			CHECK_FOR_INTERRUPTS();
			copy_group(rel, ref, &builder);
		}
	}
	/* there may be more by now, not less */
	if (n_groups_left > 0)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("table \"%s\" lacks %u groups of stripes",
							   RelationGetRelationName(rel), n_groups_left)));
	qsort(copy->ranges, copy->n_ranges, sizeof(ColBlockRange), range_compare);
	pfree(maps);
	pfree(groups);
}

const ColBlockRange *
col_directory_range(const ColDirectoryCopy *copy, BlockNumber block)
{
	uint32 low = 0;
	uint32 high = copy->n_ranges;
	const ColBlockRange *range;

	while (low < high)
	{
		uint32 middle = (low + high) / 2;

		if (copy->ranges[middle].first_block <= block)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	range = &copy->ranges[low - 1];
	return block - range->first_block < range->n_blocks ? range : NULL;
}

void
col_directory_copy_free(ColDirectoryCopy *copy)
{
	pfree(copy->stripes);
	pfree(copy->ranges);
	pfree(copy->groups);
}
