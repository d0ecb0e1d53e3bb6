/*
 * worker.c - automatic compaction, in a background worker.
 *
 * VACUUM starts one for a table when it is done.  It takes the lock only when it
 * is free at once; refused three times, it queues for a moment, so that
 * writers who follow one another closely cannot keep it out for ever.  One
 * worker for a table at a time: it holds an advisory lock of ours.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "src/compaction/compaction.h"
#include "src/compaction/worker.h"
#include "src/pg/guc.h"
#include "src/tableam/columnar_am.h"
#include "src/tableam/vacuum.h"

/* Refusals before it queues, for how long, and attempts before it gives up. */
#define REFUSALS 3
#define QUEUE_MS "20"
#define PAUSE_MS 50
#define ATTEMPTS_MAX 1000

/* Of the advisory locks that say who compacts which table. */
#define LOCK_CLASS 0x434F4C53 /* "COLS" */

static void
worker_lock_tag(LOCKTAG *tag, Oid relid)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, LOCK_CLASS, relid, 3);
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
worker_run(Oid relid)
{
	ColCompactState state = {0};
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
			more = worker_batch(relid, &state, &refusals, &worked);
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
		{
			(void) WaitLatch(MyLatch,
							 WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
							 PAUSE_MS, PG_WAIT_EXTENSION);
			ResetLatch(MyLatch);
		}
	}
	pgstat_progress_end_command();
}

void
colstore_compaction_main(Datum relid)
{
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

	worker_lock_tag(&tag, DatumGetObjectId(relid));
	if (LockAcquire(&tag, ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
		return;
	worker_run(DatumGetObjectId(relid));
	LockRelease(&tag, ExclusiveLock, true);
}

void
col_compaction_start(Relation rel, double heap_rows)
{
	ColCompactPolicy policy = col_compact_automatic();
	ColTableOptions options;
	BackgroundWorker worker = {0};
	LOCKTAG tag;

	col_table_options_get(rel, &options);
	worker_lock_tag(&tag, RelationGetRelid(rel));
	if (!options.auto_compact || !RelationIsPermanent(rel) ||
		!col_compact_is_worth(rel, &options, &policy, heap_rows))
		return;
	/* one that runs already goes on as long as there is something to do */
	if (LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return;
	LockRelease(&tag, ExclusiveLock, false);

	worker.bgw_flags =
		BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker.bgw_library_name, "columnar", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "colstore_compaction_main", BGW_MAXLEN);
	snprintf(worker.bgw_name, BGW_MAXLEN, "columnar compaction of table %u",
			 RelationGetRelid(rel));
	strlcpy(worker.bgw_type, "columnar compaction", BGW_MAXLEN);
	worker.bgw_main_arg = ObjectIdGetDatum(RelationGetRelid(rel));
	memcpy(worker.bgw_extra, &MyDatabaseId, sizeof(MyDatabaseId));
	/* no free slot: the next VACUUM tries again */
	(void) RegisterDynamicBackgroundWorker(&worker, NULL);
}

void
col_compaction_init(void)
{
	col_vacuum_done_hook = col_compaction_start;
}
