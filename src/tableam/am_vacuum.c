/*
 * am_vacuum.c - VACUUM: resolves the transactions of stripes, then lets heapam
 * vacuum the row store.
 *
 * heap_vacuum_rel advances relfrozenxid up to the horizon that it computes, and
 * the commit log may then be cut: no transaction id below that horizon may be
 * left unresolved in our pages.  So, before it runs, our own snapshot is made to
 * count in horizons (a VACUUM's is otherwise ignored), every id below its xmin
 * is resolved (vacuum_stripes.c), and only then heap_vacuum_rel computes its horizon,
 * which can't be beyond our xmin.  It asks for the size of the table right
 * after that; there the snapshot stops to count, lest a long vacuum holds back
 * everybody's horizon.  What takes longest, cleaning indexes, comes after it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/multixact.h"
#include "access/visibilitymap.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/inval.h"
#include "utils/pgstat_internal.h"
#include "utils/snapmgr.h"

#include "src/pg/compat.h"
#include "src/storage/page/metapage.h"
#include "src/storage/store/reclaim.h"
#include "src/storage/store/vacuum_stripes.h"
#include "src/tableam/ddl.h"
#include "src/tableam/vacuum.h"

void (*col_vacuum_done_hook)(Relation rel, double heap_rows) = NULL;

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

/* Makes our xmin count, resolves up to it, and runs heapam's vacuum. */
static void
vacuum_with_horizon(Relation rel, VacuumParams *params,
					BufferAccessStrategy strategy)
{
	VacuumParams heap_params = *params;
	bool in_vacuum = (MyProc->statusFlags & PROC_IN_VACUUM) != 0;
	ColStripesVacuum *volatile stripes = NULL;

	heap_params.truncate = VACOPTVALUE_DISABLED;
	heap_params.nworkers = -1;

	PopActiveSnapshot();
	InvalidateCatalogSnapshot();
	if (in_vacuum)
		set_in_vacuum(false);
	PushActiveSnapshot(GetTransactionSnapshot());

	PG_TRY();
	{
		stripes = col_vacuum_stripes_begin(rel, GetActiveSnapshot()->xmin,
										   params, strategy);
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

	/* heapam has reported its end */
	pgstat_progress_start_command(PROGRESS_COMMAND_VACUUM,
								  RelationGetRelid(rel));
	col_vacuum_stripes_end(stripes);
	pgstat_progress_end_command();
}

/* Changes of the number of rows that this session has not reported yet. */
static int64
unreported_rows(Relation rel)
{
	return pgstat_should_count_relation(rel) ? COL_PENDING_LIVE_ROWS(rel) : 0;
}

/* Puts the number of rows right where heapam's vacuum has put its own. */
static void
correct_statistics(Relation rel, double n_rows)
{
	BlockNumber all_visible;
	BlockNumber all_frozen;
	PgStat_EntryRef *entry;

	visibilitymap_count(rel, &all_visible, &all_frozen);
	col_update_relstats(rel, n_rows, all_visible, all_frozen,
						rel->rd_rel->relhasindex);
	if (!pgstat_track_counts)
		return;
	entry = pgstat_get_entry_ref_locked(PGSTAT_KIND_RELATION,
										rel->rd_rel->relisshared ? InvalidOid
																 : MyDatabaseId,
										RelationGetRelid(rel), false);
	COL_STATS_LIVE_ROWS(
		((PgStatShared_Relation *) entry->shared_stats)->stats) =
		Max((PgStat_Counter) n_rows - unreported_rows(rel), 0);
	pgstat_unlock_entry(entry);
}

/* A partial index and its number of rows. */
typedef struct PartialIndex
{
	Oid relid;
	double n_rows;
} PartialIndex;

/* What is known of partial indexes before heapam's vacuum. */
static List *
known_partial_indexes(Relation rel)
{
	List *known = NIL;
	ListCell *cell;

	foreach (cell, RelationGetIndexList(rel))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);

		if (!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL))
		{
			PartialIndex *partial = palloc(sizeof(*partial));

			partial->relid = RelationGetRelid(index);
			partial->n_rows = index->rd_rel->reltuples;
			known = lappend(known, partial);
		}
		index_close(index, AccessShareLock);
	}
	return known;
}

static void
correct_index(Relation index, double n_rows)
{
	col_update_relstats(index, n_rows, 0, 0, false);
}

/*
 * heapam takes the row store's rows for all, also for those of indexes: an
 * index has as many as the table; a partial one what it had, or more.
 */
static void
correct_indexes(Relation rel, List *partial_indexes, double n_rows)
{
	ListCell *cell;

	foreach (cell, RelationGetIndexList(rel))
	{
		Relation index = index_open(lfirst_oid(cell), RowExclusiveLock);

		if (heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL))
			correct_index(index, n_rows);
		index_close(index, RowExclusiveLock);
	}
	foreach (cell, partial_indexes)
	{
		const PartialIndex *partial = lfirst(cell);
		Relation index = index_open(partial->relid, RowExclusiveLock);

		if (index->rd_rel->reltuples < partial->n_rows)
			correct_index(index, partial->n_rows);
		index_close(index, RowExclusiveLock);
	}
}

/* heapam warns only if it was asked to, and we do not ask it. */
static void
warn_parallel_temp(Relation rel, const VacuumParams *params)
{
	if (params->nworkers > 0 && RelationUsesLocalBuffers(rel) &&
		list_length(RelationGetIndexList(rel)) > 1)
		ereport(WARNING, (errmsg("disabling parallel option of vacuum on "
								 "\"%s\" --- cannot vacuum temporary tables "
								 "in parallel",
								 RelationGetRelationName(rel))));
}

void
col_relation_vacuum(Relation rel, struct VacuumParams *params,
					BufferAccessStrategy strategy)
{
	List *partial_indexes = known_partial_indexes(rel);
	ColMeta meta;
	double heap_rows;

	warn_parallel_temp(rel, params);
	vacuum_with_horizon(rel, params, strategy);
	col_metapage_get(rel, &meta);
	heap_rows = col_vacuum_heap_rows(rel, strategy);
	if (meta.n_groups > 0)
	{
		double n_rows = meta.stripe_rows + heap_rows;

		col_reclaim(rel, params->truncate != VACOPTVALUE_DISABLED);
		correct_statistics(rel, n_rows);
		correct_indexes(rel, partial_indexes, n_rows);
	}
	if (col_vacuum_done_hook)
		col_vacuum_done_hook(rel, heap_rows);
}
