/*
 * scan.c - ColstoreScan: the rows of a columnar table.
 *
 * Path: table scan (store/table_scan.c, asking prune.c) -> conditions that kernels
 * compute, a vector of a stripe at a time (filter.c) -> slot of ours, whose columns are
 * decoded when asked for -> the other conditions and projection.  Rows of the row
 * store, and vectors of which kernels cannot tell, go row by row.
 *
 * A parent of ours takes batches instead of slots: all conditions are applied to them.
 *
 * In parallel, all processes claim from one ColParallelScan; each counts in a
 * place of its own behind it, and the leader adds them up.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "pgstat.h"
#include "storage/predicate.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "simd/simd.h"
#include "src/exec/filter.h"
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
	ColFilter *filter;	 /* NULL: none of the conditions has kernels */
	ExprState *others;	 /* the conditions that filter leaves */
	int64 filtered;		 /* the stripe and the vector of it that filter was */
	uint32 filtered_row; /* applied to: the first row */
	uint64 n_stripes;	 /* that it was applied to */
	bool is_filtered;	 /* false: go row by row */
	bool gives_batches;
	ColBatchScan batches;
	ColTakeStripe take; /* NULL: all stripes are read */
	void *take_context;
	ColPruner taker;	  /* asks it */
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
	state->filtered = -1;
	node->ss.ps.qual = ExecInitQual(plan->plan.qual, &node->ss.ps);
	scan_find_wanted(state, plan, rel);
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	if (col_enable_zone_maps)
		state->prune = col_prune_create(plan->plan.qual, plan->scanrelid, rel,
										&node->ss.ps);
}

/* Compiles conditions for rows that are given one by one. */
static void
scan_compile(ColScanState *state)
{
	ScanState *scan = &state->css.ss;
	Scan *plan = (Scan *) scan->ps.plan;

	if (!col_enable_vectors || plan->plan.qual == NIL)
		return;
	state->filter = col_filter_create(
		&scan->ps, plan->scanrelid, RelationGetDescr(scan->ss_currentRelation),
		state->wanted, state->n_wanted, plan->plan.qual, true);
	if (state->filter->quiet == NIL)
	{
		state->filter = NULL;
		return;
	}
	state->others = ExecInitQual(state->filter->others, &scan->ps);
}

bool
col_exec_scan_is_ours(PlanState *node)
{
	return IsA(node, CustomScanState) &&
		   ((CustomScanState *) node)->methods == &scan_exec_methods;
}

ColBatch *
col_exec_scan_batches(PlanState *node)
{
	ColScanState *state = (ColScanState *) node;
	Scan *plan = (Scan *) node->plan;

	state->gives_batches = true;
	state->filter = col_filter_create(
		node, plan->scanrelid,
		RelationGetDescr(state->css.ss.ss_currentRelation), state->wanted,
		state->n_wanted, plan->plan.qual, false);
	return state->filter->batch;
}

static ColPruned
take_stripe(void *context, const ColDirectoryCopy *directory, uint32 i)
{
	ColScanState *state = context;
	const ColStripe *stripe = &directory->stripes[i];

	/* none of its rows may be hidden */
	return stripe->entry.marks_block == InvalidBlockNumber &&
				   state->take(state->take_context,
							   state->css.ss.ss_currentRelation, stripe)
			   ? COL_PRUNED_AS_KNOWN
			   : COL_NOT_PRUNED;
}

static bool
take_vector(void *context pg_attribute_unused(),
			ColStripeReader *reader pg_attribute_unused(),
			uint32 vector pg_attribute_unused())
{
	return true;
}

bool
col_exec_scan_set_take(PlanState *node, ColTakeStripe take, void *context)
{
	ColScanState *state = (ColScanState *) node;

	if (node->plan->qual != NIL || state->prune || !col_enable_zone_maps)
		return false;
	state->take = take;
	state->take_context = context;
	state->taker.stripe = take_stripe;
	state->taker.vector = take_vector;
	state->taker.context = state;
	return true;
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
							state->take	   ? &state->taker
							: state->prune ? col_prune_pruner(state->prune)
										   : NULL,
							scan_counts(state));
	pgstat_count_heap_scan(rel);
	if (state->gives_batches)
		col_batch_scan_begin(&state->batches, &state->scan,
							 state->filter->batch);
	else if (state->filter == NULL)
		scan_compile(state);
	MemoryContextSwitchTo(old);
	state->begun = true;
}

/* Begins if nobody has, with the values of this execution. */
static inline void
scan_ready(ColScanState *state)
{
	if (unlikely(!state->begun))
		scan_start(state);
	if (unlikely(!state->bound))
	{
		if (state->prune != NULL)
			col_prune_bind(state->prune, state->css.ss.ps.ps_ExprContext);
		if (state->filter != NULL)
			col_filter_rebind(state->filter);
		state->filtered = -1;
		state->bound = true;
	}
}

static uint32
count_rows(const uint64 *mask)
{
	return simd_kernels()->count_bits(mask, COL_VECTOR_ROWS);
}

bool
col_exec_scan_next_batch(PlanState *node)
{
	ColScanState *state = (ColScanState *) node;

	Assert(state->gives_batches);
	scan_ready(state);
	if (node->instrument)
		InstrStartNode(node->instrument);
	while (col_batch_scan_next(&state->batches))
	{
		ColBatch *batch = state->filter->batch;
		uint32 n_rows = count_rows(batch->selected);
		uint32 n_left;

		COL_COUNT_ROWS_RETURNED(state->css.ss.ss_currentRelation, n_rows);
		col_filter_all(state->filter);
		n_left = count_rows(batch->selected);
		InstrCountFiltered1(node, n_rows - n_left);
		if (n_left == 0)
			continue;
		if (node->instrument)
			InstrStopNode(node->instrument, n_left);
		return true;
	}
	if (node->instrument)
		InstrStopNode(node->instrument, 0);
	return false;
}

/* Applies the filter to the vector of the scan's row. */
static void
scan_filter(ColScanState *state)
{
	ColTableScan *scan = &state->scan;
	ColBatch *batch = state->filter->batch;
	uint32 n_rows;

	/* what the slot refers to is decoded over */
	ExecClearTuple(state->css.ss.ss_ScanTupleSlot);
	if (state->filtered != scan->stripe)
		state->n_stripes++;
	col_batch_set_stripe(batch, scan, state->n_stripes);
	state->filtered = scan->stripe;
	state->filtered_row = scan->vector_first_row;
	n_rows = count_rows(batch->selected);
	state->is_filtered = col_filter_ahead(state->filter);
	if (state->is_filtered)
		InstrCountFiltered1(&state->css, n_rows - count_rows(batch->selected));
}

/*
 * Does the scan's row, of a stripe, pass what kernels tell?  If not, going forward the
 * scan is left before the next row that does.
 */
static bool
scan_row_passes(ColScanState *state, bool forward)
{
	ColTableScan *scan = &state->scan;
	const uint64 *selected = state->filter->batch->selected;
	uint32 row = scan->row - scan->vector_first_row;
	uint32 word = row / 64;
	uint64 bits = selected[word] >> row % 64;

	if (bits & 1)
		return true;
	if (!forward)
		return false;
	if (bits != 0)
	{
		scan->row += __builtin_ctzll(bits) - 1;
		return false;
	}
	while (++word < COL_VECTOR_WORDS && selected[word] == 0)
		;
	scan->row = word == COL_VECTOR_WORDS
					? scan->vector_end_row - 1
					: scan->vector_first_row + word * 64 +
						  __builtin_ctzll(selected[word]) - 1;
	return false;
}

/* ExecScan's access method. */
static TupleTableSlot *
scan_next(ScanState *scan_state)
{
	ColScanState *state = (ColScanState *) scan_state;
	TupleTableSlot *slot = scan_state->ss_ScanTupleSlot;
	bool forward = !ScanDirectionIsBackward(scan_state->ps.state->es_direction);

	scan_ready(state);
	if (!col_table_scan_next(&state->scan, forward))
		return ExecClearTuple(slot);
	col_scan_store(&state->scan, slot);
	pgstat_count_heap_getnext(scan_state->ss_currentRelation);
	return slot;
}

/*
 * The next row that passes what kernels tell; *qual is what is left to ask, NULL if
 * nothing is.
 */
static TupleTableSlot *
scan_next_filtered(ColScanState *state, ExprState **qual)
{
	ScanState *scan_state = &state->css.ss;
	ColTableScan *scan = &state->scan;
	TupleTableSlot *slot = scan_state->ss_ScanTupleSlot;
	bool forward = !ScanDirectionIsBackward(scan_state->ps.state->es_direction);

	scan_ready(state);
	while (col_table_scan_next(scan, forward))
	{
		*qual = scan_state->ps.qual;
		if (state->filter != NULL && scan->phase == COL_SCAN_STRIPES)
		{
			if (state->filtered != scan->stripe ||
				state->filtered_row != scan->vector_first_row)
				scan_filter(state);
			if (state->is_filtered)
			{
				if (!scan_row_passes(state, forward))
					continue;
				*qual = state->others;
			}
		}
		col_scan_store(scan, slot);
		pgstat_count_heap_getnext(scan_state->ss_currentRelation);
		return slot;
	}
	return ExecClearTuple(slot);
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
	ProjectionInfo *projection = node->ss.ps.ps_ProjInfo;

	if (node->ss.ps.state->es_epq_active != NULL)
		return ExecScan(&node->ss, scan_next, scan_recheck);
	for (;;)
	{
		ExprState *qual = NULL;
		TupleTableSlot *slot;

		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		slot = scan_next_filtered((ColScanState *) node, &qual);
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
	if (state->begun && state->gives_batches)
		col_batch_scan_end(&state->batches);
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
	state->batches.pending = false;
	state->batches.stripe = -1;
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
		state->counts.stripes_known += counts->stripes_known;
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
explain_conditions(ColScanState *state, const char *name, List *conditions,
				   List *ancestors, ExplainState *es)
{
	List *context;

	if (conditions == NIL)
		return;
	context = set_deparse_context_plan(es->deparse_cxt, state->css.ss.ps.plan,
									   ancestors);
	ExplainPropertyText(
		name,
		deparse_expression((Node *) make_ands_explicit(conditions), context,
						   list_length(es->rtable) > 1 || es->verbose, false),
		es);
}

static void
scan_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	ColScanState *state = (ColScanState *) node;
	Scan *plan = (Scan *) node->ss.ps.plan;

	if (state->filter == NULL)
		scan_compile(state);
	if (state->filter != NULL)
		explain_conditions(state, "Vector Filter",
						   col_filter_conditions(state->filter), ancestors, es);
	if (col_enable_zone_maps)
		explain_conditions(
			state, "Zone Filter",
			col_prune_conditions(plan->plan.qual, plan->scanrelid), ancestors,
			es);
	if (es->verbose)
		explain_wanted(state, es);
	if (!es->analyze)
		return;
	ExplainPropertyUInteger("Stripes Read", NULL, state->counts.stripes_read,
							es);
	ExplainPropertyUInteger("Stripes Pruned", NULL,
							state->counts.stripes_pruned, es);
	if (state->counts.stripes_known > 0)
		ExplainPropertyUInteger("Stripes Known by Zones", NULL,
								state->counts.stripes_known, es);
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
