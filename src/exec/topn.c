/*
 * topn.c - ColstoreTopN: the first rows of a columnar scan in an order.
 *
 * Path: ColstoreScan's batches -> keys of the rows, those that cannot be among the first
 * left out by a kernel -> the first ones so far (top_rows.c) ->
 * what the plan needs of rows that stay, copied at the end of each batch -> slots, in
 * order.
 *
 * The plan's custom_scan_tlist has the columns that the target list needs; keys are
 * custom_exprs.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/value.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"
#include "utils/sortsupport.h"

#include "simd/simd.h"
#include "src/exec/scan.h"
#include "src/exec/top_rows.h"
#include "src/exec/topn.h"
#include "src/expr/expr.h"
#include "src/expr/lanes.h"
#include "src/pg/compat.h"

typedef struct Key
{
	ColExpr *expr;
	int lane; /* SimdType that a kernel compares as the order does; -1: none */
	bool descending;
	ColVector vector;
} Key;

typedef struct ColTopNState
{
	CustomScanState css; /* must be first */
	ColBatch *batch;
	ColCompiler compiler;
	ColEval eval;
	int n_keys;
	Key *keys;
	ColExpr **columns; /* of custom_scan_tlist */
	ColTopRows *top;
	bool done;
	int64 next;
} ColTopNState;

static Node *topn_create_state(CustomScan *plan);
static void topn_begin(CustomScanState *node, EState *estate, int eflags);
static TupleTableSlot *topn_exec(CustomScanState *node);
static void topn_end(CustomScanState *node);
static void topn_rescan(CustomScanState *node);
static void topn_explain(CustomScanState *node, List *ancestors,
						 ExplainState *es);

static const CustomScanMethods topn_methods = {
	.CustomName = "ColstoreTopN",
	.CreateCustomScanState = topn_create_state,
};

static const CustomExecMethods topn_exec_methods = {
	.CustomName = "ColstoreTopN",
	.BeginCustomScan = topn_begin,
	.ExecCustomScan = topn_exec,
	.EndCustomScan = topn_end,
	.ReScanCustomScan = topn_rescan,
	.ExplainCustomScan = topn_explain,
};

void
col_exec_topn_init(void)
{
	RegisterCustomScanMethods(&topn_methods);
}

CustomScan *
col_exec_topn_plan(Plan *scan, List *tlist, List *keys, int64 n_rows)
{
	CustomScan *plan = makeNode(CustomScan);
	List *operators = NIL;
	List *collations = NIL;
	List *nulls_first = NIL;
	List *columns = pull_var_clause((Node *) tlist, PVC_RECURSE_PLACEHOLDERS);
	ListCell *cell;

	plan->scan.plan.targetlist = tlist;
	plan->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	plan->custom_plans = list_make1(scan);
	foreach (cell, columns)
	{
		if (tlist_member(lfirst(cell), plan->custom_scan_tlist) == NULL)
			plan->custom_scan_tlist = lappend(
				plan->custom_scan_tlist,
				makeTargetEntry(lfirst(cell),
								list_length(plan->custom_scan_tlist) + 1, NULL,
								false));
	}
	/* keys behind them, so that they are shown, and are seen by who needs them */
	foreach (cell, keys)
	{
		const ColSortKey *key = lfirst(cell);

		plan->custom_scan_tlist = lappend(
			plan->custom_scan_tlist,
			makeTargetEntry(key->expr, list_length(plan->custom_scan_tlist) + 1,
							NULL, true));
		operators = lappend_oid(operators, key->ordering);
		collations = lappend_oid(collations, key->collation);
		nulls_first = lappend_int(nulls_first, key->nulls_first);
	}
	plan->custom_private =
		list_make4(operators, collations, nulls_first,
				   makeString(psprintf(INT64_FORMAT, n_rows)));
	plan->methods = &topn_methods;
	return plan;
}

static Node *
topn_create_state(CustomScan *plan pg_attribute_unused())
{
	ColTopNState *state =
		(ColTopNState *) newNode(sizeof(*state), T_CustomScanState);

	state->css.methods = &topn_exec_methods;
	return (Node *) state;
}

/* Does the kernel of the type's lanes compare as the ordering operator does? */
static void
find_lane(Key *key, const SortSupportData *sort, Oid ordering, Oid type)
{
	Oid left;
	Oid right;

	op_input_types(ordering, &left, &right);
	key->descending = sort->ssup_reverse;
	key->lane = ordering < FirstNormalObjectId && left == type && right == type
					? col_lane_of(type)
					: -1;
}

static void
topn_compile(ColTopNState *state, CustomScan *plan)
{
	List *operators = linitial(plan->custom_private);
	List *collations = lsecond(plan->custom_private);
	List *nulls_first = lthird(plan->custom_private);
	int n_columns =
		list_length(plan->custom_scan_tlist) - list_length(operators);

	state->n_keys = list_length(operators);
	state->top = col_top_rows_create(
		state->n_keys,
		strtoll(strVal(lfourth(plan->custom_private)), NULL, 10));
	state->keys = palloc0(state->n_keys * sizeof(Key));
	state->columns =
		palloc0(list_length(plan->custom_scan_tlist) * sizeof(ColExpr *));
	for (int i = 0; i < list_length(plan->custom_scan_tlist); i++)
	{
		Expr *expr =
			list_nth_node(TargetEntry, plan->custom_scan_tlist, i)->expr;

		state->columns[i] = col_expr_compile(&state->compiler, expr);
		if (i >= n_columns)
		{
			int k = i - n_columns;
			Key *key = &state->keys[k];

			key->expr = state->columns[i];
			col_top_rows_set_key(state->top, k, exprType((Node *) expr),
								 list_nth_oid(operators, k),
								 list_nth_oid(collations, k),
								 list_nth_int(nulls_first, k));
			find_lane(key, &state->top->sorts[k], list_nth_oid(operators, k),
					  exprType((Node *) expr));
		}
	}
}

static void
topn_begin(CustomScanState *node, EState *estate, int eflags)
{
	ColTopNState *state = (ColTopNState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	PlanState *child =
		ExecInitNode(linitial(plan->custom_plans), estate, eflags);

	Assert(col_exec_scan_is_ours(child));
	node->custom_ps = list_make1(child);
	state->batch = col_exec_scan_batches(child);
	col_compiler_init(&state->compiler, &node->ss.ps,
					  ((Scan *) child->plan)->scanrelid, state->batch->desc);
	col_eval_init(&state->eval, state->batch, estate);
	topn_compile(state, plan);
}

/*
 * Leaves out rows that come behind all that there are, by the first key alone.
 */
static void
leave_out(ColTopNState *state, uint64 *mask)
{
	Key *key = &state->keys[0];
	const ColVector *vector = &key->vector;
	const ColTopKey *last = &state->top->rows[0]->keys[0];
	uint64 passes[COL_VECTOR_WORDS] = {0};

	if (key->lane < 0 || vector->kind != COL_VECTOR_FLAT || last->null)
		return;
	simd_kernels()->compare[key->lane](vector->values, vector->n_rows,
									   key->descending ? SIMD_GE : SIMD_LE,
									   &last->value, passes);
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		uint64 valid = vector->validity ? vector->validity[w] : ~(uint64) 0;

		mask[w] &= (passes[w] & valid) |
				   (state->top->sorts[0].ssup_nulls_first ? ~valid : 0);
	}
}

/* Copies what is needed of the rows of this batch that have stayed. */
static void
keep_rows(ColTopNState *state)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	TupleDesc desc = slot->tts_tupleDescriptor;
	uint64 mask[COL_VECTOR_WORDS] = {0};
	ColVector *vectors;
	MemoryContext old;

	for (int64 i = 0; i < state->top->n_rows; i++)
	{
		const ColTopRow *row = state->top->rows[i];

		if (row->tuple == NULL)
			mask[row->number / 64] |= (uint64) 1 << row->number % 64;
	}
	old = MemoryContextSwitchTo(state->eval.memory);
	vectors = palloc(desc->natts * sizeof(ColVector));
	for (int c = 0; c < desc->natts; c++)
		col_expr_values(state->columns[c], &state->eval, mask, &vectors[c]);
	for (int64 i = 0; i < state->top->n_rows; i++)
	{
		ColTopRow *row = state->top->rows[i];

		if (row->tuple != NULL)
			continue;
		ExecClearTuple(slot);
		for (int c = 0; c < desc->natts; c++)
			slot->tts_values[c] = col_vector_datum(&vectors[c], row->number,
												   &slot->tts_isnull[c]);
		ExecStoreVirtualTuple(slot);
		MemoryContextSwitchTo(state->top->memory);
		row->tuple = ExecCopySlotMinimalTuple(slot);
		MemoryContextSwitchTo(state->eval.memory);
	}
	MemoryContextSwitchTo(old);
}

/*
 * Keys of rows: the first and those that may throw for rows that will be left out, as
 * PostgreSQL computes all of them; or the others.
 */
static void
compute_keys(ColTopNState *state, const uint64 *mask, bool others)
{
	for (int k = 0; k < state->n_keys; k++)
	{
		Key *key = &state->keys[k];

		if ((k > 0 && IsA(col_expr_source(key->expr), Var)) == others)
			col_expr_values(key->expr, &state->eval, mask, &key->vector);
	}
}

static void
topn_batch(ColTopNState *state)
{
	uint64 mask[COL_VECTOR_WORDS];
	uint16 rows[COL_VECTOR_ROWS];
	ColTopKey keys[INDEX_MAX_KEYS];
	MemoryContext old;
	uint32 n_rows;
	bool added = false;

	MemoryContextReset(state->eval.memory);
	memcpy(mask, state->batch->selected, sizeof(mask));
	compute_keys(state, mask, false);
	if (col_top_rows_are_full(state->top))
		leave_out(state, mask);
	n_rows = simd_kernels()->bitmap_to_selection(mask, COL_VECTOR_ROWS, rows);
	if (n_rows == 0)
		return;
	compute_keys(state, mask, true);
	old = MemoryContextSwitchTo(state->eval.memory);
	for (uint32 i = 0; i < n_rows; i++)
	{
		for (int k = 0; k < state->n_keys; k++)
			keys[k].value = col_vector_datum(&state->keys[k].vector, rows[i],
											 &keys[k].null);
		added |= col_top_rows_offer(state->top, keys, rows[i]);
	}
	MemoryContextSwitchTo(old);
	if (added)
		keep_rows(state);
}

static TupleTableSlot *
topn_exec(CustomScanState *node)
{
	ColTopNState *state = (ColTopNState *) node;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	ProjectionInfo *projection = node->ss.ps.ps_ProjInfo;

	if (!state->done)
	{
		while (state->top->n_wanted > 0 &&
			   col_exec_scan_next_batch(linitial(node->custom_ps)))
			topn_batch(state);
		col_top_rows_sort(state->top);
		state->done = true;
		state->next = 0;
	}
	CHECK_FOR_INTERRUPTS();
	if (state->next == state->top->n_rows)
		return projection ? ExecClearTuple(projection->pi_state.resultslot)
						  : ExecClearTuple(slot);
	ResetExprContext(econtext);
	ExecForceStoreMinimalTuple(state->top->rows[state->next++]->tuple, slot,
							   false);
	econtext->ecxt_scantuple = slot;
	return projection ? ExecProject(projection) : slot;
}

static void
topn_end(CustomScanState *node)
{
	ExecEndNode(linitial(node->custom_ps));
}

static void
topn_rescan(CustomScanState *node)
{
	ColTopNState *state = (ColTopNState *) node;
	PlanState *child = linitial(node->custom_ps);

	if (node->ss.ps.chgParam != NULL)
		UpdateChangedParamSet(child, node->ss.ps.chgParam);
	ExecReScan(child);
	ExecClearTuple(node->ss.ss_ScanTupleSlot);
	col_top_rows_reset(state->top);
	state->done = false;
	col_compiler_rebind(&state->compiler);
}

static void
topn_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	ColTopNState *state = (ColTopNState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	List *context =
		set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, ancestors);
	bool prefix = list_length(es->rtable) > 1 || es->verbose;
	int n_columns = list_length(plan->custom_scan_tlist) - state->n_keys;
	List *keys = NIL;

	for (int k = 0; k < state->n_keys; k++)
	{
		TargetEntry *entry =
			list_nth_node(TargetEntry, plan->custom_scan_tlist, n_columns + k);
		char *key =
			deparse_expression((Node *) entry->expr, context, prefix, true);

		keys = lappend(
			keys, state->keys[k].descending ? psprintf("%s DESC", key) : key);
	}
	ExplainPropertyList("Sort Key", keys, es);
	ExplainPropertyInteger("Rows Wanted", NULL, state->top->n_wanted, es);
}
