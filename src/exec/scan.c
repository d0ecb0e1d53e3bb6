/*
 * scan.c - ColstoreScan: the rows of a columnar table.
 *
 * Path: table scan (store/table_scan.c, asking prune.c) -> slot of ours, whose
 * columns are decoded when asked for -> conditions and projection by ExecScan.
 *
 * In parallel, all processes claim from one ColParallelScan; each counts in a
 * place of its own behind it, and the leader adds them up.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "pgstat.h"
#include "storage/predicate.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "src/exec/prune.h"
#include "src/exec/scan.h"
#include "src/pg/compat.h"
#include "src/pg/guc.h"
#include "src/storage/store/moved_rows.h"
#include "src/tableam/scan.h"
#include "src/tableam/slot.h"

/* What the processes of a parallel scan share. */
typedef struct ScanShared
{
	ColParallelScan scan; /* must be first */
	int n_processes;
	ColScanCounts counts[FLEXIBLE_ARRAY_MEMBER]; /* leader, worker 0, ... */
} ScanShared;

typedef struct ColScanState
{
	CustomScanState css; /* must be first */
	ColPrune *prune;	 /* NULL: no condition says anything about zones */
	int *wanted;		 /* columns to decode */
	int n_wanted;
	bool begun;
	bool over;	/* its shared memory is gone: for the next one begin anew */
	bool bound; /* prune has the values of this execution */
	ColTableScan scan;
	ScanShared *shared;	  /* NULL: alone */
	ColScanCounts counts; /* of all processes, once they have ended */
} ColScanState;

static Node *scan_create_state(CustomScan *plan);
static void scan_begin(CustomScanState *node, EState *estate, int eflags);
static TupleTableSlot *scan_exec(CustomScanState *node);
static void scan_end(CustomScanState *node);
static void scan_rescan(CustomScanState *node);
static Size scan_estimate_dsm(CustomScanState *node, ParallelContext *context);
static void scan_initialize_dsm(CustomScanState *node, ParallelContext *context,
								void *shared);
static void scan_reinitialize_dsm(CustomScanState *node,
								  ParallelContext *context, void *shared);
static void scan_initialize_worker(CustomScanState *node, shm_toc *toc,
								   void *shared);
static void scan_shutdown(CustomScanState *node);
static void scan_explain(CustomScanState *node, List *ancestors,
						 ExplainState *es);

static const CustomScanMethods scan_methods = {
	.CustomName = "ColstoreScan",
	.CreateCustomScanState = scan_create_state,
};

static const CustomExecMethods scan_exec_methods = {
	.CustomName = "ColstoreScan",
	.BeginCustomScan = scan_begin,
	.ExecCustomScan = scan_exec,
	.EndCustomScan = scan_end,
	.ReScanCustomScan = scan_rescan,
	.EstimateDSMCustomScan = scan_estimate_dsm,
	.InitializeDSMCustomScan = scan_initialize_dsm,
	.ReInitializeDSMCustomScan = scan_reinitialize_dsm,
	.InitializeWorkerCustomScan = scan_initialize_worker,
	.ShutdownCustomScan = scan_shutdown,
	.ExplainCustomScan = scan_explain,
};

void
col_exec_scan_init(void)
{
	RegisterCustomScanMethods(&scan_methods);
}

CustomScan *
col_exec_scan_plan(Index scanrelid, List *targetlist, List *conditions)
{
	CustomScan *plan = makeNode(CustomScan);

	plan->scan.plan.targetlist = targetlist;
	plan->scan.plan.qual = conditions;
	plan->scan.scanrelid = scanrelid;
	plan->flags =
		CUSTOMPATH_SUPPORT_PROJECTION | CUSTOMPATH_SUPPORT_BACKWARD_SCAN;
	plan->methods = &scan_methods;
	return plan;
}

static Node *
scan_create_state(CustomScan *plan pg_attribute_unused())
{
	ColScanState *state =
		(ColScanState *) newNode(sizeof(*state), T_CustomScanState);

	state->css.methods = &scan_exec_methods;
	return (Node *) state;
}

/* The columns that the plan looks at; all when it takes whole rows. */
static void
scan_find_wanted(ColScanState *state, const Scan *plan, Relation rel)
{
	int n_columns = RelationGetNumberOfAttributes(rel);
	int whole_row = -FirstLowInvalidHeapAttributeNumber;
	Bitmapset *used = NULL;

	pull_varattnos((Node *) plan->plan.targetlist, plan->scanrelid, &used);
	pull_varattnos((Node *) plan->plan.qual, plan->scanrelid, &used);
	state->wanted = palloc(Max(n_columns, 1) * sizeof(int));
	for (int i = 0; i < n_columns; i++)
	{
		if (TupleDescAttr(RelationGetDescr(rel), i)->attisdropped)
			continue;
		if (bms_is_member(whole_row, used) ||
			bms_is_member(whole_row + i + 1, used))
			state->wanted[state->n_wanted++] = i;
	}
}

static void
scan_begin(CustomScanState *node, EState *estate, int eflags)
{
	ColScanState *state = (ColScanState *) node;
	Scan *plan = (Scan *) node->ss.ps.plan;
	Relation rel = node->ss.ss_currentRelation;

	/* the slot of the table, decoded as far as needed, not a virtual one */
	ExecInitScanTupleSlot(estate, &node->ss, RelationGetDescr(rel),
						  table_slot_callbacks(rel));
	ExecAssignScanProjectionInfo(&node->ss);
	node->ss.ps.qual = ExecInitQual(plan->plan.qual, &node->ss.ps);
	scan_find_wanted(state, plan, rel);
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	if (col_enable_zone_maps)
		state->prune = col_prune_create(plan->plan.qual, plan->scanrelid, rel,
										&node->ss.ps);
}

/* Where this process counts. */
static ColScanCounts *
scan_counts(ColScanState *state)
{
	int process = ParallelWorkerNumber + 1;

	if (state->shared == NULL)
		return &state->counts;
	Assert(process < state->shared->n_processes);
	return &state->shared->counts[process];
}

static void
scan_start(ColScanState *state)
{
	Relation rel = state->css.ss.ss_currentRelation;
	Snapshot snapshot = state->css.ss.ps.state->es_snapshot;
	MemoryContext old =
		MemoryContextSwitchTo(state->css.ss.ps.state->es_query_cxt);

	PredicateLockRelation(rel, snapshot);
	col_moved_rows_conflict(rel, snapshot);
	col_table_scan_begin(&state->scan, rel, snapshot,
						 state->shared ? &state->shared->scan : NULL);
	col_table_scan_restrict(&state->scan, state->wanted, state->n_wanted,
							state->prune ? col_prune_pruner(state->prune)
										 : NULL,
							scan_counts(state));
	pgstat_count_heap_scan(rel);
	MemoryContextSwitchTo(old);
	state->begun = true;
}

/* ExecScan's access method. */
static TupleTableSlot *
scan_next(ScanState *scan_state)
{
	ColScanState *state = (ColScanState *) scan_state;
	TupleTableSlot *slot = scan_state->ss_ScanTupleSlot;
	bool forward = !ScanDirectionIsBackward(scan_state->ps.state->es_direction);

	if (unlikely(!state->begun))
		scan_start(state);
	if (unlikely(!state->bound))
	{
		if (state->prune != NULL)
			col_prune_bind(state->prune, scan_state->ps.ps_ExprContext);
		state->bound = true;
	}
	if (!col_table_scan_next(&state->scan, forward))
		return ExecClearTuple(slot);
	col_scan_store(&state->scan, slot);
	pgstat_count_heap_getnext(scan_state->ss_currentRelation);
	return slot;
}

/* ExecScan's recheck method, for EvalPlanQual: all is in the conditions. */
static bool
scan_recheck(ScanState *scan_state pg_attribute_unused(),
			 TupleTableSlot *slot pg_attribute_unused())
{
	return true;
}

/* As ExecScan, without what a plain scan does not need of it. */
static TupleTableSlot *
scan_exec(CustomScanState *node)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	ExprState *qual = node->ss.ps.qual;
	ProjectionInfo *projection = node->ss.ps.ps_ProjInfo;

	if (node->ss.ps.state->es_epq_active != NULL)
		return ExecScan(&node->ss, scan_next, scan_recheck);
	for (;;)
	{
		TupleTableSlot *slot;

		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		slot = scan_next(&node->ss);
		if (TupIsNull(slot))
			return projection ? ExecClearTuple(projection->pi_state.resultslot)
							  : slot;
		econtext->ecxt_scantuple = slot;
		if (qual == NULL || ExecQual(qual, econtext))
			return projection ? ExecProject(projection) : slot;
		InstrCountFiltered1(node, 1);
	}
}

static void
scan_end(CustomScanState *node)
{
	ColScanState *state = (ColScanState *) node;

	ExecClearTuple(node->ss.ss_ScanTupleSlot);
	if (state->begun)
		col_table_scan_end(&state->scan);
	state->begun = false;
}

static void
scan_rescan(CustomScanState *node)
{
	ColScanState *state = (ColScanState *) node;

	if (state->over)
		scan_end(node);
	state->over = false;
	ExecClearTuple(node->ss.ss_ScanTupleSlot);
	if (state->begun)
		col_table_scan_rewind(&state->scan);
	state->bound = false;
	ExecScanReScan(&node->ss);
}

static Size
scan_estimate_dsm(CustomScanState *node pg_attribute_unused(),
				  ParallelContext *context)
{
	return offsetof(ScanShared, counts) +
		   (context->nworkers + 1) * sizeof(ColScanCounts);
}

static void
scan_initialize_dsm(CustomScanState *node, ParallelContext *context,
					void *shared_memory)
{
	ColScanState *state = (ColScanState *) node;
	ScanShared *shared = shared_memory;

	col_parallel_scan_init(&shared->scan, node->ss.ss_currentRelation);
	shared->n_processes = context->nworkers + 1;
	memset(shared->counts, 0, shared->n_processes * sizeof(ColScanCounts));
	state->shared = shared;
}

static void
scan_reinitialize_dsm(CustomScanState *node pg_attribute_unused(),
					  ParallelContext *context pg_attribute_unused(),
					  void *shared_memory)
{
	col_parallel_scan_reset(&((ScanShared *) shared_memory)->scan);
}

static void
scan_initialize_worker(CustomScanState *node,
					   shm_toc *toc pg_attribute_unused(), void *shared_memory)
{
	((ColScanState *) node)->shared = shared_memory;
}

/* The shared memory is about to go: keep what was counted in it. */
static void
scan_shutdown(CustomScanState *node)
{
	ColScanState *state = (ColScanState *) node;

	if (state->shared == NULL || IsParallelWorker())
		return;
	for (int i = 0; i < state->shared->n_processes; i++)
	{
		const ColScanCounts *counts = &state->shared->counts[i];

		state->counts.stripes_read += counts->stripes_read;
		state->counts.stripes_pruned += counts->stripes_pruned;
		state->counts.stripes_pruned_by_bloom +=
			counts->stripes_pruned_by_bloom;
		state->counts.vectors_read += counts->vectors_read;
		state->counts.vectors_pruned += counts->vectors_pruned;
		state->counts.heap_pages += counts->heap_pages;
	}
	if (state->begun)
	{
		/* nothing more can be claimed */
		state->scan.counts = &state->counts;
		state->scan.shared = NULL;
		state->scan.phase = COL_SCAN_AFTER;
		state->scan.stripe_open = false;
		state->over = true;
	}
	state->shared = NULL;
}

/* The names of the columns that are decoded. */
static void
explain_wanted(ColScanState *state, ExplainState *es)
{
	Relation rel = state->css.ss.ss_currentRelation;
	List *names = NIL;

	for (int i = 0; i < state->n_wanted; i++)
		names = lappend(names, NameStr(TupleDescAttr(RelationGetDescr(rel),
													 state->wanted[i])
										   ->attname));
	ExplainPropertyList("Columns Read", names, es);
}

static void
scan_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	ColScanState *state = (ColScanState *) node;
	Scan *plan = (Scan *) node->ss.ps.plan;
	List *conditions = col_prune_conditions(plan->plan.qual, plan->scanrelid);

	if (conditions != NIL && col_enable_zone_maps)
	{
		List *context = set_deparse_context_plan(es->deparse_cxt,
												 node->ss.ps.plan, ancestors);
		bool prefix = list_length(es->rtable) > 1 || es->verbose;

		ExplainPropertyText(
			"Zone Filter",
			deparse_expression((Node *) make_ands_explicit(conditions), context,
							   prefix, false),
			es);
	}
	if (es->verbose)
		explain_wanted(state, es);
	if (!es->analyze)
		return;
	ExplainPropertyUInteger("Stripes Read", NULL, state->counts.stripes_read,
							es);
	ExplainPropertyUInteger("Stripes Pruned", NULL,
							state->counts.stripes_pruned, es);
	if (state->counts.stripes_pruned_by_bloom > 0)
		ExplainPropertyUInteger("Stripes Pruned by Bloom Filter", NULL,
								state->counts.stripes_pruned_by_bloom, es);
	ExplainPropertyUInteger("Vectors Read", NULL, state->counts.vectors_read,
							es);
	ExplainPropertyUInteger("Vectors Pruned", NULL,
							state->counts.vectors_pruned, es);
	ExplainPropertyUInteger("Row Store Pages Read", NULL,
							state->counts.heap_pages, es);
}
