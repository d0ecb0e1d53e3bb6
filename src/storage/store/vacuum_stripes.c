/*
 * vacuum_stripes.c - what VACUUM does with stripes.
 *
 * Steps: resolve transactions of stripes and marks -> deleted rows that nobody
 * can see become dead -> (heapam's vacuum) -> index entries of dead rows and of
 * aborted stripes go -> blocks of stripes without a live row are free -> free extents
 * that touch are joined.  Each step is complete for itself: a vacuum that was killed
 * is taken up by the next.
 *
 * No list of dead TIDs is needed: row numbers are never used again, so an index
 * entry goes when its row is dead or belongs to an aborted stripe.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/transam.h"
#include "commands/progress.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "utils/memutils.h"

#include "src/pg/compat.h"
#include "src/storage/page/extent.h"
#include "src/storage/marks/marks_vacuum.h"
#include "src/storage/page/tid.h"
#include "src/storage/stripe/directory_free.h"
#include "src/storage/stripe/visibility.h"
#include "src/storage/store/vacuum_stripes.h"

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

		COL_VACUUM_DELAY_POINT();
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

/* Rows that are dead to all and may be in indexes: of some stripes. */
typedef struct DeadStripe
{
	ColStripe *stripe;
	bool whole;
	ColRowSet *rows; /* unless whole */
} DeadStripe;

typedef struct DeadRows
{
	uint32 n_stripes; /* in order of row numbers */
	DeadStripe *stripes;
	Size n_bytes; /* of sets */
} DeadRows;

/* An index's question: is the row of this TID dead? */
static bool
dead_row(ItemPointer tid, void *context)
{
	const DeadRows *dead = context;
	uint32 low = 0;
	uint32 high = dead->n_stripes;
	const DeadStripe *stripe;
	uint64 row;

	if (!col_tid_is_stripe(tid))
		return false;
	row = col_tid_to_row(tid);
	while (low < high)
	{
		uint32 middle = (low + high) / 2;

		if (dead->stripes[middle].stripe->entry.first_row <= row)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	stripe = &dead->stripes[low - 1];
	row -= stripe->stripe->entry.first_row;
	if (stripe->whole)
		return row < stripe->stripe->entry.reserved_rows;
	return row < stripe->rows->n_rows && col_row_set_has(stripe->rows, row);
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
			.strategy = strategy,
			COL_INDEX_VACUUM_TABLE(rel)};
		IndexBulkDeleteResult *result;

		result = index_bulk_delete(&info, NULL, dead_row, dead);
		result = index_vacuum_cleanup(&info, result);
		if (result != NULL)
			pfree(result);
	}
	vac_close_indexes(n_indexes, indexes, NoLock);
}

/* A vacuum of all stripes. */
struct ColStripesVacuum
{
	Relation rel;
	const VacuumParams *params;
	BufferAccessStrategy strategy;
	ColMarksHorizon horizon;
	bool clean; /* indexes are to be cleaned, dead stripes removed */
	ColDirectoryCopy directory;
	uint32 n_found; /* stripes with rows to be removed from indexes */
	DeadStripe *found;
	DeadRows dead;	  /* those of them that are at work */
	uint32 n_removed; /* stripes */
	uint64 n_freed;	  /* blocks of them */
};

static bool
is_aborted(const ColStripeEntry *entry)
{
	return (entry->flags & COL_STRIPE_XMIN_ABORTED) != 0;
}

/* Resolves who replaced the stripe; true: it is replaced for all. */
static bool
resolve_replaced(ColStripesVacuum *vacuum, ColStripe *stripe)
{
	uint64 xmax = stripe->entry.xmax;
	ColXidStatus status;

	if (xmax == 0)
		return false;
	status = col_stripe_xmax_status(vacuum->rel, &stripe->entry);
	if (status == COL_XID_CURRENT || status == COL_XID_IN_PROGRESS)
		return false;
	if (xmax < vacuum->horizon.resolve_xid &&
		(stripe->entry.flags & COL_STRIPE_XMAX_COMMITTED) == 0)
		col_directory_resolve_replaced(vacuum->rel, stripe,
									   status == COL_XID_COMMITTED);
	if (status != COL_XID_COMMITTED || xmax >= vacuum->horizon.dead_xid)
		return false;
	col_marks_announce_dead(vacuum->rel, &vacuum->horizon, xmax);
	return true;
}

/* No index names the dead rows gathered any more: what is left of them goes. */
static void
remove_dead(ColStripesVacuum *vacuum)
{
	DeadRows *dead = &vacuum->dead;

	if (dead->n_stripes == 0)
		return;
	clean_indexes(vacuum->rel, dead, vacuum->params, vacuum->strategy);
	for (uint32 i = 0; i < dead->n_stripes; i++)
	{
		ColStripe stripe = *dead->stripes[i].stripe;

		COL_VACUUM_DELAY_POINT();
		if (dead->stripes[i].rows != NULL)
			pfree(dead->stripes[i].rows);
		if (!dead->stripes[i].whole)
		{
			col_marks_forget_indexed(vacuum->rel, &stripe);
			continue;
		}
		vacuum->n_freed +=
			col_directory_free(vacuum->rel, dead->stripes[i].stripe);
		/* with what the entry named before */
		col_marks_free(vacuum->rel, &stripe);
		vacuum->n_removed++;
	}
	dead->n_stripes = 0;
	dead->n_bytes = 0;
}

/* Gathers a stripe with rows that indexes may name. */
static void
add_dead(ColStripesVacuum *vacuum, DeadStripe found)
{
	DeadRows *dead = &vacuum->dead;

	if (!found.whole)
	{
		found.rows = col_marks_dead_rows(vacuum->rel, found.stripe);
		dead->n_bytes += found.stripe->entry.n_rows / 8;
	}
	dead->stripes[dead->n_stripes++] = found;
	if (dead->n_bytes > (Size) maintenance_work_mem * 1024)
		remove_dead(vacuum);
}

static void
vacuum_stripe(ColStripesVacuum *vacuum, ColStripe *stripe)
{
	ColMarksVacuumed marks = {0};
	bool whole = is_aborted(&stripe->entry);

	COL_VACUUM_DELAY_POINT();
	if (stripe->entry.state == COL_STRIPE_DEAD)
		return;
	if (!whole && stripe->entry.state == COL_STRIPE_FLUSHED)
	{
		/* it may have got its first mark since */
		col_directory_reread(vacuum->rel, stripe);
		whole = resolve_replaced(vacuum, stripe);
		marks = col_marks_vacuum(vacuum->rel, stripe, &vacuum->horizon);
		if (marks.dead_rows != stripe->entry.dead_rows)
			col_directory_set_dead_rows(vacuum->rel, stripe, marks.dead_rows);
		whole = whole || stripe->entry.dead_rows == stripe->entry.n_rows;
	}
	if (whole || marks.indexed)
		vacuum->found[vacuum->n_found++] = (DeadStripe){stripe, whole, NULL};
}

/* Full ids below which something holds; those of a temporary table are ours. */
static ColMarksHorizon
marks_horizon(Relation rel, TransactionId limit)
{
	ColMarksHorizon horizon = {
		.resolve_xid = col_xid_full(limit),
		.dead_xid = col_xid_full(GetOldestNonRemovableTransactionId(rel))};

	if (RelationUsesLocalBuffers(rel))
		horizon.resolve_xid = PG_UINT64_MAX;
	return horizon;
}

ColStripesVacuum *
col_vacuum_stripes_begin(Relation rel, TransactionId limit,
						 const struct VacuumParams *params,
						 BufferAccessStrategy strategy)
{
	ColStripesVacuum *vacuum = palloc0(sizeof(*vacuum));
	ColDirectoryCopy *copy = &vacuum->directory;

	vacuum->rel = rel;
	vacuum->params = params;
	vacuum->strategy = strategy;
	vacuum->horizon = marks_horizon(rel, limit);
	/* as heapam: no time for indexes when ids are about to run out */
	vacuum->clean = params->index_cleanup != VACOPTVALUE_DISABLED &&
					!col_vacuum_failsafe(rel);
	col_directory_load(rel, copy);
	resolve_stripes(rel, copy, limit);
	vacuum->found = palloc_extended(
		Max(copy->n_stripes, 1) * sizeof(DeadStripe), MCXT_ALLOC_HUGE);
	for (uint32 i = 0; i < copy->n_stripes; i++)
		vacuum_stripe(vacuum, &copy->stripes[i]);
	for (uint32 i = 0; i < copy->n_ranges; i++)
	{
		COL_VACUUM_DELAY_POINT();
		col_extent_repair_visibility(rel, copy->ranges[i].first_block,
									 copy->ranges[i].n_blocks);
	}
	return vacuum;
}

void
col_vacuum_stripes_end(ColStripesVacuum *vacuum)
{
	Relation rel = vacuum->rel;

	if (vacuum->clean)
	{
		vacuum->dead.stripes = palloc_extended(
			Max(vacuum->n_found, 1) * sizeof(DeadStripe), MCXT_ALLOC_HUGE);
		for (uint32 i = 0; i < vacuum->n_found; i++)
			add_dead(vacuum, vacuum->found[i]);
		remove_dead(vacuum);
		pfree(vacuum->dead.stripes);
	}
	if (vacuum->n_removed > 0)
	{
		col_directory_join_free(rel);
		ereport(vacuum->params->options & VACOPT_VERBOSE ? INFO : DEBUG2,
				(errmsg("columnar: removed %u dead stripes of table \"%s\", "
						"freed " UINT64_FORMAT " blocks",
						vacuum->n_removed, RelationGetRelationName(rel),
						vacuum->n_freed)));
	}
	pfree(vacuum->found);
	col_directory_copy_free(&vacuum->directory);
	pfree(vacuum);
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
			COL_VACUUM_DELAY_POINT();
			n_looked++;
			n_rows += rows_on_page(rel, block, strategy);
		}
		if (i < copy.n_ranges)
			block = end + copy.ranges[i].n_blocks;
	}
	col_directory_copy_free(&copy);
	return n_looked == 0 ? 0 : n_rows / n_looked * page;
}
