/*
 * xact.c - when pending rows are written, and what was kept of stripes is let go.
 *
 * Rows: at the end of the query that inserted them, before a parallel plan starts, at
 * the end of a subtransaction and before a transaction commits or prepares.
 * (Before reads: table_scan.c.  At the end of COPY and the like:
 * finish_bulk_insert.)
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/executor.h"

#include "src/pg/compat.h"
#include "src/storage/store/write_buffer.h"
#include "src/storage/stripe/directory.h"
#include "src/storage/stripe/reader_pool.h"
#include "src/tableam/xact.h"

static ExecutorRun_hook_type previous_run = NULL;
static ExecutorFinish_hook_type previous_finish = NULL;

static void
xact_executor_run(QueryDesc *query, ScanDirection direction,
				  uint64 count COL_RUN_ONCE_PARAMETER)
{
	/* workers do not see what this process has in memory */
	if (query->plannedstmt->parallelModeNeeded && !IsInParallelMode())
		col_write_flush_all();
	col_directory_forget();
	if (previous_run)
		previous_run(query, direction, count COL_RUN_ONCE);
	else
		standard_ExecutorRun(query, direction, count COL_RUN_ONCE);
}

static void
xact_executor_finish(QueryDesc *query)
{
	/* first, as triggers that run next may read */
	if (query->operation != CMD_SELECT || query->plannedstmt->hasModifyingCTE)
		col_write_end_command(query->estate->es_output_cid);
	if (previous_finish)
		previous_finish(query);
	else
		standard_ExecutorFinish(query);
}

static void
xact_callback(XactEvent event, void *arg pg_attribute_unused())
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			col_write_flush_all();
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
			col_write_end_xact();
			col_reader_pool_end_xact();
			col_directory_forget();
			break;
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
			break;
	}
}

static void
xact_subxact_callback(SubXactEvent event, SubTransactionId subxact,
					  SubTransactionId parent, void *arg pg_attribute_unused())
{
	switch (event)
	{
		case SUBXACT_EVENT_PRE_COMMIT_SUB:
			col_write_end_subxact(subxact);
			col_reader_pool_end_subxact(subxact, parent, true);
			break;
		case SUBXACT_EVENT_ABORT_SUB:
			col_write_abort_subxact(subxact);
			col_reader_pool_end_subxact(subxact, parent, false);
			col_directory_forget();
			break;
		case SUBXACT_EVENT_START_SUB:
		case SUBXACT_EVENT_COMMIT_SUB:
			break;
	}
}

void
col_xact_init(void)
{
	previous_run = ExecutorRun_hook;
	ExecutorRun_hook = xact_executor_run;
	previous_finish = ExecutorFinish_hook;
	ExecutorFinish_hook = xact_executor_finish;
	RegisterXactCallback(xact_callback, NULL);
	RegisterSubXactCallback(xact_subxact_callback, NULL);
}
