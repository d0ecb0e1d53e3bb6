/*
 * worker.c - automatic compaction, in a background worker.
 *
 * VACUUM starts one for a table when it is done.  It takes the lock only when it
 * is free at once; refused three times, it queues for a moment, so that
 * writers who follow one another closely cannot keep it out for ever.  When it
 * has left as many rows or blocks as autovacuum would come for, it vacuums the
 * table: the room of the old copies is free at once.  One worker for a table at
 * a time: it holds an advisory lock of ours.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "pgstat.h"
#include "postmaster/autovacuum.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/bufmgr.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "src/compaction/compaction.h"
#include "src/compaction/worker.h"
#include "src/pg/guc.h"
#include "src/storage/store/reclaim.h"
#include "src/tableam/columnar_am.h"
#include "src/tableam/vacuum.h"

/* Refusals before it queues, for how long, and attempts before it gives up. */
#define REFUSALS 3
#define QUEUE_MS "20"
#define PAUSE_MS 50
#define ATTEMPTS_MAX 1000

/* So long VACUUM is put off for snapshots that see old copies. */
#define HORIZON_MS_MAX 30000

/* Of the advisory locks that say who compacts which table. */
#define LOCK_CLASS 0x434F4C53 /* "COLS" */

/* Its own VACUUM starts no other, but says that there is more to do. */
static bool is_worker = false;
static bool is_worth = false;

static void
worker_lock_tag(LOCKTAG *tag, Oid relid)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, LOCK_CLASS, relid, 3);
}

static void
worker_pause(void)
{
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					 PAUSE_MS, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
}

/*
 * What other processes see of this one; all but IS_AUTOVACUUM ends with a
 * transaction.
 */
static void
worker_set_status(uint8 flags)
{
	LWLockAcquire(ProcArrayLock, LW_EXCLUSIVE);
	MyProc->statusFlags |= flags;
	ProcGlobal->statusFlags[MyProc->pgxactoff] = MyProc->statusFlags;
	LWLockRelease(ProcArrayLock);
}

/* Opens the table if its lock can be had; NULL: not now. */
static Relation
worker_open(Oid relid, int *refusals, bool *gone)
{
	*gone = false;
	if (*refusals < REFUSALS)
	{
		if (!ConditionalLockRelationOid(relid, ExclusiveLock))
		{
			(*refusals)++;
			return NULL;
		}
	}
	else
	{
		*refusals = 0;
		SetConfigOption("lock_timeout", QUEUE_MS, PGC_USERSET, PGC_S_SESSION);
		LockRelationOid(relid, ExclusiveLock);
		SetConfigOption("lock_timeout", "0", PGC_USERSET, PGC_S_SESSION);
	}
	*gone = get_rel_name(relid) == NULL;
	return *gone ? NULL : try_table_open(relid, NoLock);
}

/* One attempt at a batch, in a transaction of its own; false: nothing is left. */
static bool
worker_batch(Oid relid, ColCompactState *state, int *refusals, bool *worked)
{
	ColCompactPolicy policy = col_compact_automatic();
	ColTableOptions options;
	bool more = true;
	bool gone;
	Relation rel;

	*worked = false;
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	/* gives way by itself: who waits for long must not cancel it each time */
	worker_set_status(PROC_VACUUM_FOR_WRAPAROUND);
	rel = worker_open(relid, refusals, &gone);
	if (rel != NULL)
	{
		*refusals = 0;
		*worked = true;
		col_table_options_get(rel, &options);
		more = options.auto_compact && col_relation_is_columnar(rel) &&
			   col_compact_batch(rel, &policy, state);
		col_compact_report(relid, state);
		table_close(rel, NoLock);
	}
	CommitTransactionCommand();
	pgstat_report_stat(true);
	return more && !gone;
}

/* Batches until there is nothing left to do, or for too long no lock. */
static void
worker_compact(Oid relid, ColCompactState *state)
{
	MemoryContext context = CurrentMemoryContext;
	volatile int attempts = 0;
	volatile bool more = true;
	int refusals = 0;

	while (more && attempts < ATTEMPTS_MAX)
	{
		bool worked = false;

		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		PG_TRY();
		{
			more = worker_batch(relid, state, &refusals, &worked);
			attempts = worked ? 0 : attempts + 1;
		}
		PG_CATCH();
		{
			/* the moment in the queue was not enough: that is no error */
			if (geterrcode() != ERRCODE_LOCK_NOT_AVAILABLE)
				PG_RE_THROW();
			HOLD_INTERRUPTS();
			MemoryContextSwitchTo(context);
			FlushErrorState();
			AbortCurrentTransaction();
			RESUME_INTERRUPTS();
			SetConfigOption("lock_timeout", "0", PGC_USERSET, PGC_S_SESSION);
			attempts++;
		}
		PG_END_TRY();
		if (more && !worked)
			worker_pause();
	}
	pgstat_progress_end_command();
}

/*
 * Are the old copies so many that autovacuum would come for them?  Blocks count
 * as rows do: rows of the row store take many times the room of others.  And
 * what is free already could go to the system, now that rows have left the end
 * of the file.
 */
static bool
worker_has_to_vacuum(Oid relid, const ColCompactState *state)
{
	double n_moved = state->n_heap_rows + state->n_stripe_rows;
	bool has_to = false;
	Relation rel;

	if (n_moved == 0)
		return false;
	StartTransactionCommand();
	rel = try_table_open(relid, AccessShareLock);
	if (rel != NULL && col_relation_is_columnar(rel))
	{
		double n_rows = Max(0, rel->rd_rel->reltuples);
		double n_blocks = RelationGetNumberOfBlocks(rel);
		double n_free_blocks =
			(double) state->n_left_blocks + col_reclaim_free_blocks(rel);

		has_to =
			n_moved > autovacuum_vac_thresh + autovacuum_vac_scale * n_rows ||
			n_free_blocks > autovacuum_vac_scale * n_blocks;
	}
	if (rel != NULL)
		table_close(rel, AccessShareLock);
	CommitTransactionCommand();
	return has_to;
}

/* Waits until no snapshot sees the old copies, but not for ever. */
static void
worker_await_horizon(Oid relid, TransactionId last)
{
	for (int waited_ms = 0; waited_ms < HORIZON_MS_MAX; waited_ms += PAUSE_MS)
	{
		Relation rel;
		bool passed = true;

		CHECK_FOR_INTERRUPTS();
		StartTransactionCommand();
		rel = try_table_open(relid, AccessShareLock);
		if (rel != NULL)
		{
			passed = TransactionIdPrecedes(
				last, GetOldestNonRemovableTransactionId(rel));
			table_close(rel, AccessShareLock);
		}
		CommitTransactionCommand();
		if (passed)
			break;
		worker_pause();
	}
}

/* VACUUM, in transactions of its own; as compaction itself, without delays. */
static void
worker_vacuum(Oid relid)
{
	VacuumStmt *statement = makeNode(VacuumStmt);

	statement->rels = list_make1(makeVacuumRelation(NULL, relid, NIL));
	statement->is_vacuumcmd = true;
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	ExecVacuum(NULL, statement, true);
	CommitTransactionCommand();
	pgstat_report_stat(true);
}

void
colstore_compaction_main(Datum relid)
{
	Oid relid_to_compact = DatumGetObjectId(relid);
	Oid database;
	LOCKTAG tag;

	memcpy(&database, MyBgworkerEntry->bgw_extra, sizeof(database));
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
	SetConfigOption("synchronous_commit", "local", PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("default_transaction_isolation", "read committed",
					PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("default_transaction_read_only", "off", PGC_USERSET,
					PGC_S_SESSION);
	SetConfigOption("statement_timeout", "0", PGC_USERSET, PGC_S_SESSION);
	SetConfigOption("lock_timeout", "0", PGC_USERSET, PGC_S_SESSION);
	pgstat_report_appname("columnar compaction");
	/* as autovacuum's: it makes way, and ends when its database is dropped */
	worker_set_status(PROC_IS_AUTOVACUUM);

	worker_lock_tag(&tag, relid_to_compact);
	if (LockAcquire(&tag, ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
		return;
	is_worker = true;
	do
	{
		ColCompactState state = {0};

		worker_compact(relid_to_compact, &state);
		if (!worker_has_to_vacuum(relid_to_compact, &state))
			break;
		worker_await_horizon(relid_to_compact, state.last_xid);
		is_worth = false;
		worker_vacuum(relid_to_compact);
	} while (is_worth);
	LockRelease(&tag, ExclusiveLock, true);
}

static void
worker_register(Oid relid)
{
	BackgroundWorker worker = {0};

	worker.bgw_flags =
		BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, "columnar", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "colstore_compaction_main", BGW_MAXLEN);
	snprintf(worker.bgw_name, BGW_MAXLEN, "columnar compaction of table %u",
			 relid);
	strlcpy(worker.bgw_type, "columnar compaction", BGW_MAXLEN);
	worker.bgw_main_arg = ObjectIdGetDatum(relid);
	memcpy(worker.bgw_extra, &MyDatabaseId, sizeof(MyDatabaseId));
	/* no free slot: the next VACUUM tries again */
	(void) RegisterDynamicBackgroundWorker(&worker, NULL);
}

void
col_compaction_start(Relation rel, double heap_rows)
{
	ColCompactPolicy policy = col_compact_automatic();
	ColTableOptions options;
	LOCKTAG tag;

	col_table_options_get(rel, &options);
	if (!options.auto_compact || !RelationIsPermanent(rel) ||
		!col_compact_is_worth(rel, &options, &policy, heap_rows))
		return;
	if (is_worker)
	{
		is_worth = true;
		return;
	}
	/* one that runs already goes on as long as there is something to do */
	worker_lock_tag(&tag, RelationGetRelid(rel));
	if (LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return;
	LockRelease(&tag, ExclusiveLock, false);
	worker_register(RelationGetRelid(rel));
}

void
col_compaction_init(void)
{
	col_vacuum_done_hook = col_compaction_start;
}
