/*
 * vacuum_stripes.c - what VACUUM does with stripes.
 *
 * Steps: resolve transactions -> index entries of aborted stripes go -> their
 * blocks are free -> free extents that touch are joined.  Each step is complete
 * for itself: a vacuum that was killed is taken up by the next.
 *
 * No list of dead TIDs is needed: row numbers are never used again, so an index
 * entry goes when its row number belongs to an aborted stripe.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/transam.h"
#include "commands/progress.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"

#include "src/storage/page/extent.h"
#include "src/storage/store/tid.h"
#include "src/storage/stripe/directory_free.h"
#include "src/storage/stripe/visibility.h"
#include "src/tableam/vacuum.h"

/* What is to be noted in an entry; 0: nothing, or not yet. */
static uint8
resolve_stripe(Relation rel, const ColStripe *stripe, TransactionId limit)
{
	TransactionId xid = (TransactionId) stripe->entry.xmin;

	if (stripe->entry.flags & COL_STRIPE_XMIN_KNOWN)
		return 0;
	/* those of a temporary table are all ours, and ended */
	if (!RelationUsesLocalBuffers(rel) && !TransactionIdPrecedes(xid, limit))
		return 0;
	switch (col_stripe_xmin_status(rel, &stripe->entry))
	{
		case COL_XID_COMMITTED:
			return COL_STRIPE_XMIN_COMMITTED;
		case COL_XID_ABORTED:
			return COL_STRIPE_XMIN_ABORTED;
		case COL_XID_CURRENT:
		case COL_XID_IN_PROGRESS:
			break;
	}
	return 0;
}

/* Notes in the entries, and in the copy, which transactions have ended how. */
static void
resolve_stripes(Relation rel, ColDirectoryCopy *copy, TransactionId limit)
{
	uint32 i = 0;

	for (uint32 g = 0; g < copy->n_groups; g++)
	{
		uint8 flags[COL_DIRECTORY_ENTRIES_MAX] = {0};
		bool any = false;

		vacuum_delay_point();
		for (; i < copy->n_stripes && copy->stripes[i].ref.group == g; i++)
		{
			ColStripe *stripe = &copy->stripes[i];
			uint8 found = resolve_stripe(rel, stripe, limit);

			flags[stripe->ref.slot] = found;
			stripe->entry.flags |= found;
			any = any || found != 0;
		}
		if (any)
			col_directory_resolve(rel, &copy->groups[g], flags);
	}
}

/* Row numbers of stripes that are dead to all, in order. */
typedef struct DeadRows
{
	uint32 n_stripes;
	ColStripe *stripes;
} DeadRows;

static bool
is_dead(const ColStripeEntry *entry)
{
	return entry->state != COL_STRIPE_DEAD &&
		   (entry->flags & COL_STRIPE_XMIN_ABORTED) != 0;
}

/* An index's question: is the row of this TID dead? */
static bool
dead_row(ItemPointer tid, void *context)
{
	const DeadRows *dead = context;
	uint32 low = 0;
	uint32 high = dead->n_stripes;
	const ColStripeEntry *entry;
	uint64 row;

	if (!col_tid_is_stripe(tid))
		return false;
	row = col_tid_to_row(tid);
	while (low < high)
	{
		uint32 middle = (low + high) / 2;

		if (dead->stripes[middle].entry.first_row <= row)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	entry = &dead->stripes[low - 1].entry;
	return row - entry->first_row < entry->reserved_rows;
}

/* Removes the entries of dead rows from all indexes. */
static void
clean_indexes(Relation rel, DeadRows *dead, const VacuumParams *params,
			  BufferAccessStrategy strategy)
{
	int n_indexes;
	Relation *indexes;

	vac_open_indexes(rel, RowExclusiveLock, &n_indexes, &indexes);
	if (n_indexes > 0)
		pgstat_progress_update_param(PROGRESS_VACUUM_PHASE,
									 PROGRESS_VACUUM_PHASE_VACUUM_INDEX);
	for (int i = 0; i < n_indexes; i++)
	{
		IndexVacuumInfo info = {
			.index = indexes[i],
			.estimated_count = true,
			.message_level = params->options & VACOPT_VERBOSE ? INFO : DEBUG2,
			.num_heap_tuples = rel->rd_rel->reltuples,
			.strategy = strategy};
		IndexBulkDeleteResult *result;

		result = index_bulk_delete(&info, NULL, dead_row, dead);
		result = index_vacuum_cleanup(&info, result);
		if (result != NULL)
			pfree(result);
	}
	vac_close_indexes(n_indexes, indexes, NoLock);
}

/* Frees the blocks of dead stripes, once no index names their rows. */
static void
remove_dead(Relation rel, ColDirectoryCopy *copy, const VacuumParams *params,
			BufferAccessStrategy strategy)
{
	DeadRows dead = {0};
	uint64 n_blocks = 0;

	/* as heapam: no time for indexes when ids are about to run out */
	if (params->index_cleanup == VACOPTVALUE_DISABLED ||
		vacuum_xid_failsafe_check(rel->rd_rel->relfrozenxid,
								  rel->rd_rel->relminmxid))
		return;
	dead.stripes =
		palloc_extended(copy->n_stripes * sizeof(ColStripe), MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < copy->n_stripes; i++)
	{
		if (is_dead(&copy->stripes[i].entry))
			dead.stripes[dead.n_stripes++] = copy->stripes[i];
	}
	if (dead.n_stripes > 0)
	{
		clean_indexes(rel, &dead, params, strategy);
		for (uint32 i = 0; i < dead.n_stripes; i++)
		{
			vacuum_delay_point();
			n_blocks += col_directory_free(rel, &dead.stripes[i]);
		}
		col_directory_join_free(rel);
		ereport(
			params->options & VACOPT_VERBOSE ? INFO : DEBUG2,
			(errmsg("columnar: removed %u aborted stripes of table \"%s\", "
					"freed " UINT64_FORMAT " blocks",
					dead.n_stripes, RelationGetRelationName(rel), n_blocks)));
	}
	pfree(dead.stripes);
}

void
col_vacuum_stripes(Relation rel, TransactionId limit,
				   const struct VacuumParams *params,
				   BufferAccessStrategy strategy)
{
	ColDirectoryCopy copy;

	col_directory_load(rel, &copy);
	resolve_stripes(rel, &copy, limit);
	if (copy.n_stripes > 0)
		remove_dead(rel, &copy, params, strategy);
	for (uint32 i = 0; i < copy.n_ranges; i++)
	{
		vacuum_delay_point();
		col_extent_repair_visibility(rel, copy.ranges[i].first_block,
									 copy.ranges[i].n_blocks);
	}
	col_directory_copy_free(&copy);
}

/* Heap pages that are looked at to count rows. */
#define SAMPLE_PAGES 200

/* Rows on a heap page: those that vacuum has left. */
static uint32
rows_on_page(Relation rel, BlockNumber block, BufferAccessStrategy strategy)
{
	Buffer buffer =
		ReadBufferExtended(rel, MAIN_FORKNUM, block, RBM_NORMAL, strategy);
	Page page = BufferGetPage(buffer);
	uint32 n = 0;

	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	if (!PageIsNew(page))
	{
		OffsetNumber last = PageGetMaxOffsetNumber(page);

		for (OffsetNumber i = FirstOffsetNumber; i <= last; i++)
			n += ItemIdIsNormal(PageGetItemId(page, i));
	}
	UnlockReleaseBuffer(buffer);
	return n;
}

double
col_vacuum_heap_rows(Relation rel, BufferAccessStrategy strategy)
{
	BlockNumber n_blocks = RelationGetNumberOfBlocks(rel);
	BlockNumber n_foreign = 0;
	BlockNumber block = 0;
	uint64 n_pages;
	uint64 page = 0; /* number of a heap page */
	uint64 n_looked = 0;
	double n_rows = 0;
	ColDirectoryCopy copy;

	col_directory_load(rel, &copy);
	for (uint32 i = 0; i < copy.n_ranges; i++)
		n_foreign += copy.ranges[i].n_blocks;
	n_pages = n_blocks - Min(n_blocks, n_foreign);
	for (uint32 i = 0; i <= copy.n_ranges; i++)
	{
		BlockNumber end =
			i < copy.n_ranges ? copy.ranges[i].first_block : n_blocks;

		for (; block < end; block++, page++)
		{
			/* evenly spread */
			if (page * SAMPLE_PAGES / Max(n_pages, SAMPLE_PAGES) < n_looked)
				continue;
			vacuum_delay_point();
			n_looked++;
			n_rows += rows_on_page(rel, block, strategy);
		}
		if (i < copy.n_ranges)
			block = end + copy.ranges[i].n_blocks;
	}
	col_directory_copy_free(&copy);
	return n_looked == 0 ? 0 : n_rows / n_looked * page;
}
