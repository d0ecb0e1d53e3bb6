/*
 * aggregate.c - ColstoreAggregate: aggregates and groups of a columnar scan's batches.
 *
 * Path: ColstoreScan's batches -> numbers of groups (agg/groups.c) -> aggregates
 * (agg/aggregate.c) -> slots of keys and results -> HAVING and projection.
 *
 * The plan's custom_scan_tlist has the keys first, then the aggregates; of a parallel
 * plan these are partial, and their results are PostgreSQL's transition values.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "simd/simd.h"
#include "src/agg/aggregate.h"
#include "src/agg/group_masks.h"
#include "src/agg/groups.h"
#include "src/exec/aggregate.h"
#include "src/exec/scan.h"
#include "src/pg/compat.h"

typedef struct ColAggregateState
{
	CustomScanState css; /* must be first */
	ColBatch *batch;
	ColCompiler compiler;
	ColEval eval;
	int n_keys;
	ColGroups *groups; /* NULL: all rows are one group */
	int n_aggregates;
	ColAggregate **aggregates;
	MemoryContext memory; /* of groups and states */
	bool done;			  /* all batches have been read */
	uint32 n_groups;
	uint32 next; /* group to return */
	uint16 rows[COL_VECTOR_ROWS];
	uint32 numbers[COL_VECTOR_ROWS];
	ColGroupMasks masks;
} ColAggregateState;

static Node *aggregate_create_state(CustomScan *plan);
static void aggregate_begin(CustomScanState *node, EState *estate, int eflags);
static TupleTableSlot *aggregate_exec(CustomScanState *node);
static void aggregate_end(CustomScanState *node);
static void aggregate_rescan(CustomScanState *node);
static void aggregate_explain(CustomScanState *node, List *ancestors,
							  ExplainState *es);

static const CustomScanMethods aggregate_methods = {
	.CustomName = "ColstoreAggregate",
	.CreateCustomScanState = aggregate_create_state,
};

static const CustomExecMethods aggregate_exec_methods = {
	.CustomName = "ColstoreAggregate",
	.BeginCustomScan = aggregate_begin,
	.ExecCustomScan = aggregate_exec,
	.EndCustomScan = aggregate_end,
	.ReScanCustomScan = aggregate_rescan,
	.ExplainCustomScan = aggregate_explain,
};

void
col_exec_aggregate_init(void)
{
	RegisterCustomScanMethods(&aggregate_methods);
}

/* The expressions as entries of a target list, no two the same. */
static List *
append_entries(List *tlist, List *exprs)
{
	ListCell *cell;

	foreach (cell, exprs)
	{
		if (tlist_member(lfirst(cell), tlist) == NULL)
			tlist = lappend(tlist, makeTargetEntry(lfirst(cell),
												   list_length(tlist) + 1, NULL,
												   false));
	}
	return tlist;
}

CustomScan *
col_exec_aggregate_plan(Plan *scan, List *tlist, List *having, List *keys,
						List *collations)
{
	CustomScan *plan = makeNode(CustomScan);
	List *aggregates =
		pull_var_clause((Node *) list_make2(tlist, having),
						PVC_INCLUDE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS |
							PVC_RECURSE_PLACEHOLDERS);
	ListCell *cell;

	plan->scan.plan.targetlist = tlist;
	plan->scan.plan.qual = having;
	plan->scan.scanrelid = 0;
	plan->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	plan->custom_plans = list_make1(scan);
	foreach (cell, keys)
		plan->custom_scan_tlist =
			lappend(plan->custom_scan_tlist,
					makeTargetEntry(lfirst(cell),
									list_length(plan->custom_scan_tlist) + 1,
									NULL, false));
	foreach (cell, aggregates)
	{
		if (IsA(lfirst(cell), Aggref))
			plan->custom_scan_tlist = append_entries(plan->custom_scan_tlist,
													 list_make1(lfirst(cell)));
	}
	plan->custom_private = list_make1(collations);
	plan->methods = &aggregate_methods;
	return plan;
}

static Node *
aggregate_create_state(CustomScan *plan pg_attribute_unused())
{
	ColAggregateState *state =
		(ColAggregateState *) newNode(sizeof(*state), T_CustomScanState);

	state->css.methods = &aggregate_exec_methods;
	return (Node *) state;
}

/* Has another aggregate of the plan the same transition? */
static bool
is_shared(const CustomScan *plan, const Aggref *aggref)
{
	ListCell *cell;

	foreach (cell, plan->custom_scan_tlist)
	{
		const Expr *expr = lfirst_node(TargetEntry, cell)->expr;

		if (IsA(expr, Aggref) && expr != (const Expr *) aggref &&
			((const Aggref *) expr)->aggtransno == aggref->aggtransno)
			return true;
	}
	return false;
}

/* Keys and aggregates of the plan, compiled. */
static void
aggregate_compile(ColAggregateState *state, CustomScan *plan)
{
	List *collations = linitial(plan->custom_private);
	Oid *key_collations = palloc((list_length(collations) + 1) * sizeof(Oid));
	List *keys = NIL;
	ListCell *cell;
	int i = 0;

	state->n_keys = list_length(collations);
	foreach (cell, collations)
		key_collations[i++] = lfirst_oid(cell);
	state->aggregates = palloc0(Max(list_length(plan->custom_scan_tlist), 1) *
								sizeof(ColAggregate *));
	foreach (cell, plan->custom_scan_tlist)
	{
		Expr *expr = lfirst_node(TargetEntry, cell)->expr;

		if (foreach_current_index(cell) < state->n_keys)
			keys = lappend(keys, expr);
		else
			state->aggregates[state->n_aggregates++] = col_aggregate_create(
				&state->compiler, castNode(Aggref, expr),
				is_shared(plan, (Aggref *) expr), state->memory);
	}
	if (keys != NIL)
		state->groups = col_groups_create(&state->compiler, keys,
										  key_collations, state->memory);
}

static void
aggregate_begin(CustomScanState *node, EState *estate, int eflags)
{
	ColAggregateState *state = (ColAggregateState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	PlanState *child =
		ExecInitNode(linitial(plan->custom_plans), estate, eflags);
	Scan *scan = (Scan *) child->plan;

	Assert(col_exec_scan_is_ours(child));
	node->custom_ps = list_make1(child);
	state->batch = col_exec_scan_batches(child);
	state->memory = AllocSetContextCreate(
		estate->es_query_cxt, "columnar aggregate", ALLOCSET_DEFAULT_SIZES);
	col_compiler_init(&state->compiler, &node->ss.ps, scan->scanrelid,
					  state->batch->desc);
	col_eval_init(&state->eval, state->batch, estate);
	aggregate_compile(state, plan);
}

/* Makes room for states of all groups there are. */
static void
aggregate_grow(ColAggregateState *state, uint32 n_groups)
{
	for (int i = 0; i < state->n_aggregates; i++)
		col_aggregate_grow(state->aggregates[i], n_groups);
	state->n_groups = n_groups;
}

static void
aggregate_batch(ColAggregateState *state)
{
	ColBatch *batch = state->batch;
	ColAggRows rows = {.mask = batch->selected, .rows = state->rows};

	MemoryContextReset(state->eval.memory);
	rows.n_rows = simd_kernels()->bitmap_to_selection(
		batch->selected, COL_VECTOR_ROWS, state->rows);
	if (state->groups)
	{
		col_groups_find(state->groups, &state->eval, batch->selected,
						state->rows, rows.n_rows, state->numbers);
		rows.groups = state->numbers;
		if (col_groups_count(state->groups) > state->n_groups)
			aggregate_grow(state, col_groups_count(state->groups));
		col_group_masks_make(&state->masks, &rows, state->n_groups);
		rows.masks = state->masks.n_groups > 0 ? &state->masks : NULL;
	}
	for (int i = 0; i < state->n_aggregates; i++)
		col_aggregate_add(state->aggregates[i], &state->eval, &rows);
}

static void
aggregate_all(ColAggregateState *state)
{
	PlanState *child = linitial(state->css.custom_ps);

	if (state->groups == NULL)
		aggregate_grow(state, 1);
	while (col_exec_scan_next_batch(child))
		aggregate_batch(state);
	state->done = true;
	state->next = 0;
}

/* Keys and results of a group. */
static void
fill_slot(ColAggregateState *state, uint32 group, TupleTableSlot *slot)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	MemoryContext old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);

	ExecClearTuple(slot);
	for (int k = 0; k < state->n_keys; k++)
		slot->tts_values[k] =
			col_groups_key(state->groups, group, k, &slot->tts_isnull[k]);
	for (int i = 0; i < state->n_aggregates; i++)
	{
		int column = state->n_keys + i;

		slot->tts_values[column] = col_aggregate_result(
			state->aggregates[i], group, &slot->tts_isnull[column]);
	}
	ExecStoreVirtualTuple(slot);
	MemoryContextSwitchTo(old);
}

static TupleTableSlot *
aggregate_exec(CustomScanState *node)
{
	ColAggregateState *state = (ColAggregateState *) node;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	ProjectionInfo *projection = node->ss.ps.ps_ProjInfo;

	if (!state->done)
		aggregate_all(state);
	while (state->next < state->n_groups)
	{
		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		fill_slot(state, state->next++, slot);
		econtext->ecxt_scantuple = slot;
		if (node->ss.ps.qual == NULL || ExecQual(node->ss.ps.qual, econtext))
			return projection ? ExecProject(projection) : slot;
		InstrCountFiltered1(node, 1);
	}
	return projection ? ExecClearTuple(projection->pi_state.resultslot)
					  : ExecClearTuple(slot);
}

static void
aggregate_end(CustomScanState *node)
{
	ExecEndNode(linitial(node->custom_ps));
}

static void
aggregate_rescan(CustomScanState *node)
{
	ColAggregateState *state = (ColAggregateState *) node;
	PlanState *child = linitial(node->custom_ps);

	if (node->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(child, node->ss.ps.chgParam);
	ExecReScan(child);
	MemoryContextReset(state->memory);
	for (int i = 0; i < state->n_aggregates; i++)
		col_aggregate_reset(state->aggregates[i]);
	if (state->groups)
		col_groups_reset(state->groups);
	col_compiler_rebind(&state->compiler);
	state->n_groups = 0;
	state->done = false;
}

static void
aggregate_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	ColAggregateState *state = (ColAggregateState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	List *context =
		set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, ancestors);
	bool prefix = list_length(es->rtable) > 1 || es->verbose;
	List *keys = NIL;

	for (int k = 0; k < state->n_keys; k++)
	{
		TargetEntry *entry =
			list_nth_node(TargetEntry, plan->custom_scan_tlist, k);

		keys = lappend(keys, deparse_expression((Node *) entry->expr, context,
												prefix, true));
	}
	if (keys != NIL)
		ExplainPropertyList("Group Key", keys, es);
	if (es->analyze && keys != NIL)
	{
		ExplainPropertyUInteger("Groups", NULL, state->n_groups, es);
		ExplainPropertyUInteger(
			"Memory Usage", "kB",
			(MemoryContextMemAllocated(state->memory, true) + 1023) / 1024, es);
	}
}
