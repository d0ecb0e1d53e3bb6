/*
 * read_ahead.c - PostgreSQL's bitmap heap scans do not read columnar tables
 * ahead.
 *
 * They ask for blocks by the TIDs of the bitmap, and a synthetic TID has a
 * block that no file has: an error.  How far a scan reads ahead is a field of
 * its state, which is set to 0 when an executor has started.  States that are
 * made later, for EvalPlanQual, are not seen here: bitmap_path.c puts
 * ColstoreBitmapScan where one of those could run.
 *
 * From PostgreSQL 18 on the access method reads ahead, ours does not.  Plans are
 * the same on all versions.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"

#include "src/exec/read_ahead.h"
#include "src/pg/compat.h"
#include "src/tableam/columnar_am.h"

static ExecutorStart_hook_type previous_executor_start = NULL;

/* planstate_tree_walker's: true would end the walk. */
static bool
stop_read_ahead(PlanState *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, BitmapHeapScanState))
	{
		BitmapHeapScanState *scan = (BitmapHeapScanState *) node;

		if (col_relation_is_columnar(scan->ss.ss_currentRelation))
			COL_READ_NOT_AHEAD(scan);
	}
	return planstate_tree_walker(node, stop_read_ahead, context);
}

static void
read_ahead_executor_start(QueryDesc *query, int eflags)
{
	if (previous_executor_start)
		previous_executor_start(query, eflags);
	else
		standard_ExecutorStart(query, eflags);
	(void) stop_read_ahead(query->planstate, NULL);
}

void
col_read_ahead_init(void)
{
	previous_executor_start = ExecutorStart_hook;
	ExecutorStart_hook = read_ahead_executor_start;
}
