/*
 * am_vacuum.c - VACUUM: resolves the transactions of stripes, then lets heapam
 * vacuum the row store.
 *
 * heap_vacuum_rel advances relfrozenxid up to the horizon that it computes, and
 * the commit log may then be cut: no transaction id below that horizon may be
 * left unresolved in our pages.  So, before it runs, our own snapshot is made to
 * count in horizons (a VACUUM's is otherwise ignored), every id below its xmin
 * is resolved, WAL-logged, and only then heap_vacuum_rel computes its horizon,
 * which can't be beyond our xmin.  It asks for the size of the table right
 * after that; there the snapshot stops to count, lest a long vacuum holds back
 * everybody's horizon.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/multixact.h"
#include "access/visibilitymap.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/inval.h"
#include "utils/pgstat_internal.h"
#include "utils/snapmgr.h"

#include "src/storage/page/metapage.h"
#include "src/storage/stripe/directory.h"
#include "src/storage/stripe/visibility.h"
#include "src/tableam/ddl.h"
#include "src/tableam/vacuum.h"

/* The table whose vacuum waits for its horizon; its flag is to be put back. */
static Oid horizon_relid = InvalidOid;

static void
set_in_vacuum(bool on)
{
	LWLockAcquire(ProcArrayLock, LW_EXCLUSIVE);
	if (on)
		MyProc->statusFlags |= PROC_IN_VACUUM;
	else
		MyProc->statusFlags &= ~PROC_IN_VACUUM;
	ProcGlobal->statusFlags[MyProc->pgxactoff] = MyProc->statusFlags;
	LWLockRelease(ProcArrayLock);
}

void
col_vacuum_size_asked(Relation rel)
{
	if (RelationGetRelid(rel) != horizon_relid)
		return;
	horizon_relid = InvalidOid;
	set_in_vacuum(true);
}

/*
 * Resolves every stripe whose transaction is below limit or, for a temporary
 * table, has ended.
 */
static void
resolve_stripes(Relation rel, TransactionId limit)
{
	ColDirectoryCopy copy;

	col_directory_load(rel, &copy);
	for (uint32 i = 0; i < copy.n_stripes; i++)
	{
		ColStripe *stripe = &copy.stripes[i];
		TransactionId xid = (TransactionId) stripe->entry.xmin;

		vacuum_delay_point();
		if (stripe->entry.flags != 0)
			continue;
		if (!RelationUsesLocalBuffers(rel) &&
			!TransactionIdPrecedes(xid, limit))
			continue;
		switch (col_stripe_xmin_status(rel, &stripe->entry))
		{
			case COL_XID_COMMITTED:
				col_directory_set_flags(rel, stripe, COL_STRIPE_XMIN_COMMITTED);
				break;
			case COL_XID_ABORTED:
				col_directory_set_flags(rel, stripe, COL_STRIPE_XMIN_ABORTED);
				break;
			case COL_XID_CURRENT:
			case COL_XID_IN_PROGRESS:
				break;
		}
	}
	col_directory_copy_free(&copy);
}

/* Makes our xmin count, resolves up to it, and runs heapam's vacuum. */
static void
vacuum_with_horizon(Relation rel, VacuumParams *params,
					BufferAccessStrategy strategy)
{
	VacuumParams heap_params = *params;
	bool in_vacuum = (MyProc->statusFlags & PROC_IN_VACUUM) != 0;

	heap_params.truncate = VACOPTVALUE_DISABLED;
	heap_params.nworkers = -1;

	PopActiveSnapshot();
	InvalidateCatalogSnapshot();
	if (in_vacuum)
		set_in_vacuum(false);
	PushActiveSnapshot(GetTransactionSnapshot());

	PG_TRY();
	{
		resolve_stripes(rel, GetActiveSnapshot()->xmin);
		if (in_vacuum)
			horizon_relid = RelationGetRelid(rel);
		heap_vacuum_rel(rel, &heap_params, strategy);
	}
	PG_FINALLY();
	{
		horizon_relid = InvalidOid;
		if (in_vacuum)
			set_in_vacuum(true);
	}
	PG_END_TRY();
}

/*
 * Rows of the table as far as is known before heapam's vacuum, which counts
 * only those of the row store and spreads them over all pages.
 */
static double
known_rows(Relation rel)
{
	PgStat_StatTabEntry *stats =
		pgstat_fetch_stat_tabentry(RelationGetRelid(rel));
	ColMeta meta;
	BlockNumber n_pages;
	double n_rows;
	double all_visible;

	col_metapage_get(rel, &meta);
	if (stats != NULL && stats->n_live_tuples > 0 &&
		stats->n_live_tuples >= (int64) meta.stripe_rows)
		return (double) stats->n_live_tuples;
	col_relation_estimate_size(rel, NULL, &n_pages, &n_rows, &all_visible);
	return Max(n_rows, (double) meta.stripe_rows);
}

/* Puts the number of rows right where heapam's vacuum has put its own. */
static void
correct_statistics(Relation rel, double n_rows)
{
	BlockNumber all_visible;
	PgStat_EntryRef *entry;

	visibilitymap_count(rel, &all_visible, NULL);
	vac_update_relstats(rel, RelationGetNumberOfBlocks(rel), n_rows,
						all_visible, rel->rd_rel->relhasindex,
						InvalidTransactionId, InvalidMultiXactId, NULL, NULL,
						false);
	if (!pgstat_track_counts)
		return;
	entry = pgstat_get_entry_ref_locked(PGSTAT_KIND_RELATION,
										rel->rd_rel->relisshared ? InvalidOid
																 : MyDatabaseId,
										RelationGetRelid(rel), false);
	((PgStatShared_Relation *) entry->shared_stats)->stats.n_live_tuples =
		(PgStat_Counter) n_rows;
	pgstat_unlock_entry(entry);
}

void
col_relation_vacuum(Relation rel, struct VacuumParams *params,
					BufferAccessStrategy strategy)
{
	double n_rows = known_rows(rel);
	ColMeta meta;

	vacuum_with_horizon(rel, params, strategy);
	col_metapage_get(rel, &meta);
	if (meta.n_groups > 0)
		correct_statistics(rel, n_rows);
}
