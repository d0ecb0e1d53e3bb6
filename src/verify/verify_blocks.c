/*
 * verify_blocks.c - every block of the file: whose it is, and whether its page
 * says so.
 *
 * A block belongs to a page of the directory, to a stripe, to the free ones of
 * a dead stripe, or to the row store.  The extent of a RESERVED stripe is only
 * a claim, unless it was made of free blocks: they may be foreign or heap's, even
 * parts of what others have.
 */
#include "postgres.h"

#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"

#include "src/verify/verify.h"
#include "src/storage/page/metapage.h"
#include "src/storage/page/page.h"

typedef enum RangeOwner
{
	RANGE_META,
	RANGE_MAP,		 /* index: number of the map */
	RANGE_DIRECTORY, /* index: in groups */
	RANGE_ZONES,	 /* index: in groups */
	RANGE_MARKS,	 /* index: in groups */
	RANGE_STRIPE,	 /* index: in stripes; FLUSHED */
	RANGE_FREE,		 /* index: in stripes; DEAD */
	RANGE_TAKEN		 /* index: in stripes; RESERVED, blocks that were free */
} RangeOwner;

/* Consecutive blocks of one owner. */
typedef struct Range
{
	BlockNumber first_block;
	uint32 n_blocks;
	RangeOwner owner;
	uint32 index;
} Range;

typedef struct Blocks
{
	uint32 n_ranges;
	Range *ranges; /* sorted */
	uint32 n_orphans;
	uint32 orphans_capacity;
	BlockNumber *orphans; /* foreign pages in no range */

	/* the walk */
	BlockNumber next_block;
	uint32 next_range;
} Blocks;

static int
range_compare(const void *a, const void *b)
{
	BlockNumber first = ((const Range *) a)->first_block;
	BlockNumber second = ((const Range *) b)->first_block;

	return first < second ? -1 : first > second;
}

static void
add_range(Blocks *blocks, BlockNumber first_block, uint32 n_blocks,
		  RangeOwner owner, uint32 index)
{
	if (n_blocks > 0)
		blocks->ranges[blocks->n_ranges++] =
			(Range){first_block, n_blocks, owner, index};
}

static void
collect_ranges(ColVerify *v, Blocks *blocks)
{
	blocks->ranges = MemoryContextAllocHuge(
		v->context, (1 + (Size) v->n_maps +
					 (2 + COL_MARK_EXTENTS_MAX) * (Size) v->n_groups +
					 (Size) v->n_stripes) *
						sizeof(Range));
	add_range(blocks, COL_META_BLOCK, 1, RANGE_META, 0);
	for (uint32 i = 0; i < v->n_maps; i++)
		add_range(blocks, v->maps[i].block, 1, RANGE_MAP, i);
	for (uint32 i = 0; i < v->n_groups; i++)
	{
		add_range(blocks, v->groups[i].ref.block, 1, RANGE_DIRECTORY, i);
		add_range(blocks, v->groups[i].zones_block, v->groups[i].n_zone_blocks,
				  RANGE_ZONES, i);
		for (int e = 0; e < COL_MARK_EXTENTS_MAX; e++)
			add_range(blocks, v->groups[i].mark_extents[e].first_block,
					  v->groups[i].mark_extents[e].n_blocks, RANGE_MARKS, i);
	}
	for (uint32 i = 0; i < v->n_stripes; i++)
	{
		const ColStripeEntry *entry = &v->stripes[i].entry;

		if (!v->sound[i])
			continue;
		if (entry->state == COL_STRIPE_FLUSHED)
			add_range(blocks, entry->first_block, entry->n_blocks, RANGE_STRIPE,
					  i);
		else if (entry->state == COL_STRIPE_DEAD)
			add_range(blocks, entry->first_block, entry->n_blocks, RANGE_FREE,
					  i);
		else if (entry->flags & COL_STRIPE_EXTENT_OURS)
			add_range(blocks, entry->first_block, entry->n_blocks, RANGE_TAKEN,
					  i);
	}
	qsort(blocks->ranges, blocks->n_ranges, sizeof(Range), range_compare);
}

/* The stripe of a range, or NULL. */
static const ColStripe *
range_stripe(ColVerify *v, const Range *range)
{
	return range->owner >= RANGE_STRIPE ? &v->stripes[range->index] : NULL;
}

/* Is the range still its owner's?  Only those of stripes can change. */
static bool
range_is_same(ColVerify *v, const Range *range)
{
	const ColStripe *stripe = range_stripe(v, range);

	return stripe == NULL || col_verify_same_stripe(v, stripe);
}

static char *
range_name(ColVerify *v, const Range *range)
{
	static const char *const names[] = {
		[RANGE_META] = "the meta page",
		[RANGE_MAP] = "map page",
		[RANGE_DIRECTORY] = "directory group",
		[RANGE_ZONES] = "zones of group",
		[RANGE_MARKS] = "marks of group",
		[RANGE_STRIPE] = "stripe",
		[RANGE_FREE] = "free blocks of dead stripe",
		[RANGE_TAKEN] = "blocks taken by stripe"};
	const ColStripe *stripe = range_stripe(v, range);
	uint64 number = stripe						? stripe->entry.first_row
					: range->owner == RANGE_MAP ? range->index
					: range->owner == RANGE_META
						? 0
						: v->groups[range->index].ref.group;

	return psprintf("%s " UINT64_FORMAT, names[range->owner], number);
}

/* No block has two owners. */
static void
check_overlaps(ColVerify *v, const Blocks *blocks)
{
	const Range *widest = &blocks->ranges[0];

	for (uint32 i = 1; i < blocks->n_ranges; i++)
	{
		const Range *range = &blocks->ranges[i];
		uint64 end = (uint64) widest->first_block + widest->n_blocks;
		const ColStripe *stripe = range_stripe(v, range);

		CHECK_FOR_INTERRUPTS();
		if (range->first_block < end && range_is_same(v, widest) &&
			range_is_same(v, range))
		{
			col_verify_at(v, range->first_block,
						  stripe ? (int64) stripe->entry.first_row
								 : COL_VERIFY_NONE,
						  NULL);
			col_verify_report(v, "block belongs to two owners", "%s and %s.",
							  range_name(v, widest), range_name(v, range));
		}
		if ((uint64) range->first_block + range->n_blocks > end)
			widest = range;
	}
	col_verify_return(v, true);
}

/*
 * What every page of ours has: the header that makes heapam leave it alone,
 * zeroes behind what is in use, and no place in the WAL that is not written.
 */
static void
check_foreign_header(ColVerify *v, Page page)
{
	PageHeader header = (PageHeader) page;
	uint32 used_bytes =
		Min(col_page_header(page)->used_bytes, COL_PAGE_CONTENT_BYTES);

	if (header->pd_lower != SizeOfPageHeaderData ||
		header->pd_upper != SizeOfPageHeaderData ||
		header->pd_special != SizeOfPageHeaderData ||
		header->pd_flags != PD_ALL_VISIBLE || header->pd_prune_xid != 0 ||
		PageGetPageSize(page) != BLCKSZ ||
		PageGetPageLayoutVersion(page) != PG_PAGE_LAYOUT_VERSION)
		col_verify_report(v, "corrupt page header",
						  "lower %u, upper %u, special %u, flags %u, page size "
						  "and version %u, prune xid %u.",
						  header->pd_lower, header->pd_upper,
						  header->pd_special, header->pd_flags,
						  header->pd_pagesize_version, header->pd_prune_xid);
	if (!col_verify_is_zero((char *) col_page_content(page) + used_bytes,
							COL_PAGE_CONTENT_BYTES - used_bytes))
		col_verify_report(v, "bytes that should be zero are not",
						  "They are behind the %u bytes in use.", used_bytes);
}

static void
check_lsn(ColVerify *v, Page page)
{
	XLogRecPtr lsn = PageGetLSN(page);
	XLogRecPtr end;

	if (!RelationIsPermanent(v->rel))
		return;
	end = RecoveryInProgress() ? GetXLogReplayRecPtr(NULL)
							   : GetXLogInsertRecPtr();
	if (lsn > end)
		col_verify_report(v, "page is ahead of the write-ahead log",
						  "It says %X/%X, the log ends at %X/%X.",
						  LSN_FORMAT_ARGS(lsn), LSN_FORMAT_ARGS(end));
}

/* Data page number sequence of a FLUSHED stripe. */
static void
check_data_page(ColVerify *v, BlockNumber block, Page page,
				const ColStripeEntry *entry, uint32 sequence)
{
	uint64 before_bytes = (uint64) sequence * COL_PAGE_CONTENT_BYTES;
	uint32 used_bytes =
		Min(entry->stream_bytes - before_bytes, COL_PAGE_CONTENT_BYTES);

	col_page_check(v->rel, block, page, COL_PAGE_DATA, entry->first_row,
				   sequence);
	if (col_page_header(page)->used_bytes != used_bytes)
		col_verify_report(v, "page says a wrong number of bytes in use",
						  "%u bytes are said to be in use, %u are.",
						  col_page_header(page)->used_bytes, used_bytes);
}

static void
check_owned_page(ColVerify *v, BlockNumber block, Page page, const Range *range)
{
	uint32 sequence = block - range->first_block;

	switch (range->owner)
	{
		case RANGE_META:
		case RANGE_MAP:
		case RANGE_DIRECTORY:
			/* verify_directory.c has read it */
			if (!col_page_is_foreign(page))
				return;
			break;
		case RANGE_ZONES:
			col_page_check(v->rel, block, page, COL_PAGE_ZONES,
						   v->groups[range->index].ref.group, sequence);
			col_verify_zone_page(v, &v->groups[range->index], sequence, page);
			break;
		case RANGE_MARKS:
			col_verify_marks_page(v, block, v->groups[range->index].ref.group,
								  page);
			break;
		case RANGE_STRIPE:
			check_data_page(v, block, page, &v->stripes[range->index].entry,
							sequence);
			break;
		case RANGE_FREE:
		case RANGE_TAKEN:
			if (!col_page_is_foreign(page))
			{
				col_verify_report(v, "free block is not a foreign page",
								  "It should be among the %s.",
								  range_name(v, range));
				return;
			}
			break;
	}
	check_foreign_header(v, page);
}

static void
add_orphan(ColVerify *v, Blocks *blocks, BlockNumber block)
{
	if (blocks->n_orphans == blocks->orphans_capacity)
	{
		Size bytes;

		blocks->orphans_capacity = Max(blocks->orphans_capacity * 2, 64);
		bytes = blocks->orphans_capacity * sizeof(BlockNumber);
		blocks->orphans = blocks->orphans
							  ? repalloc_huge(blocks->orphans, bytes)
							  : MemoryContextAlloc(v->context, bytes);
	}
	blocks->orphans[blocks->n_orphans++] = block;
}

/* Looks at blocks from next_block on; the step of an error is past its block. */
static void
walk(ColVerify *v, void *arg)
{
	Blocks *blocks = arg;
	PGAlignedBlock copy;
	Page page = copy.data;

	while (blocks->next_block < v->n_blocks)
	{
		BlockNumber block = blocks->next_block++;
		const Range *range = NULL;
		const ColStripe *stripe = NULL;

		while (blocks->next_range < blocks->n_ranges)
		{
			const Range *next = &blocks->ranges[blocks->next_range];

			if (block < next->first_block)
				break;
			if (block - next->first_block < next->n_blocks)
			{
				range = next;
				break;
			}
			blocks->next_range++;
		}
		if (range)
			stripe = range_stripe(v, range);
		col_verify_at(
			v, block,
			stripe ? (int64) stripe->entry.first_row : COL_VERIFY_NONE, NULL);
		col_verify_copy_page(v, block, &copy);
		if (PageIsNew(page) && range == NULL)
			continue;
		if (range)
			check_owned_page(v, block, page, range);
		else if (col_page_is_foreign(page))
		{
			add_orphan(v, blocks, block);
			check_foreign_header(v, page);
		}
		else
			col_verify_heap_page(v, page);
		check_lsn(v, page);
		if (v->held != NIL)
			return;
	}
}

/* Forgets orphans among n_blocks: sets them to InvalidBlockNumber. */
static void
forget_orphans(const Blocks *blocks, BlockNumber *orphans,
			   BlockNumber first_block, uint32 n_blocks)
{
	uint32 low = 0;
	uint32 high = blocks->n_orphans;

	while (low < high)
	{
		uint32 middle = low + (high - low) / 2;

		if (blocks->orphans[middle] < first_block)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < blocks->n_orphans &&
		   blocks->orphans[low] - first_block < n_blocks;
		 low++)
		orphans[low] = InvalidBlockNumber;
}

/*
 * Orphans that are none now, or were none when v's copy of the directory was
 * made, are forgotten.  No group is being made meanwhile: its pages exist
 * before they are named.
 */
static void
check_orphans(ColVerify *v, void *arg)
{
	Blocks *blocks = arg;
	Size bytes = blocks->n_orphans * sizeof(BlockNumber);
	BlockNumber *orphans = palloc_extended(bytes, MCXT_ALLOC_HUGE);
	ColDirectoryCopy copy;

	memcpy(orphans, blocks->orphans, bytes);
	LockPage(v->rel, COL_META_BLOCK, ShareLock);
	col_directory_load(v->rel, &copy);
	UnlockPage(v->rel, COL_META_BLOCK, ShareLock);
	for (uint32 i = 0; i < copy.n_ranges; i++)
		forget_orphans(blocks, orphans, copy.ranges[i].first_block,
					   copy.ranges[i].n_blocks);
	for (uint32 i = 0; i < copy.n_stripes; i++)
		forget_orphans(blocks, orphans, copy.stripes[i].entry.first_block,
					   copy.stripes[i].entry.n_blocks);
	for (uint32 i = 0; i < blocks->n_orphans; i++)
	{
		if (orphans[i] == InvalidBlockNumber)
			continue;
		col_verify_at(v, orphans[i], COL_VERIFY_NONE, NULL);
		col_verify_report(v, "orphaned block",
						  "Nothing refers to it, as after a crash at a certain "
						  "moment: it wastes space and does no harm.");
	}
	col_directory_copy_free(&copy);
	pfree(orphans);
}

void
col_verify_blocks(ColVerify *v)
{
	Blocks blocks = {0};

	collect_ranges(v, &blocks);
	check_overlaps(v, &blocks);
	while (blocks.next_block < v->n_blocks)
	{
		const ColStripe *stripe = NULL;

		(void) col_verify_try(v, walk, &blocks);
		if (v->held != NIL && blocks.next_range < blocks.n_ranges)
			stripe = range_stripe(v, &blocks.ranges[blocks.next_range]);
		/* blocks of a stripe that has died meanwhile may be another's */
		col_verify_return(v, v->place.stripe == COL_VERIFY_NONE ||
								 stripe == NULL ||
								 col_verify_same_stripe(v, stripe));
	}
	/* a standby learns of a group's pages before it is told of the group */
	if (blocks.n_orphans > 0 && v->whole && !RecoveryInProgress())
		(void) col_verify_try(v, check_orphans, &blocks);
	col_verify_return(v, true);
}
