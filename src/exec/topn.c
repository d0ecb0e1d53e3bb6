/*
 * topn.c - ColstoreTopN: the first rows of a columnar scan in an order.
 *
 * Path: ColstoreScan's batches -> keys of the rows, those that cannot be among the first
 * left out by a kernel -> a heap of the first rows so far, the last of them on top ->
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
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"
#include "utils/sortsupport.h"

#include "simd/simd.h"
#include "src/exec/scan.h"
#include "src/exec/topn.h"
#include "src/expr/expr.h"
#include "src/expr/lanes.h"
#include "src/pg/compat.h"

/* A row that is among the first so far. */
typedef struct TopRow
{
	struct TopKey *keys; /* n_keys */
	MinimalTuple tuple;	 /* NULL: row of the batch */
	uint32 row;
} TopRow;

typedef struct TopKey
{
	Datum value;
	bool null;
} TopKey;

typedef struct Key
{
	ColExpr *expr;
	SortSupportData sort;
	int16 typlen;
	bool typbyval;
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
	int64 n_wanted;
	MemoryContext memory; /* of rows */
	TopRow **rows; /* a heap, the last in order at 0; at the end sorted */
	int64 n_rows;
	int64 room;
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
find_lane(Key *key, Oid ordering, Oid type)
{
	Oid left;
	Oid right;

	op_input_types(ordering, &left, &right);
	key->descending = key->sort.ssup_reverse;
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
	state->n_wanted = strtoll(strVal(lfourth(plan->custom_private)), NULL, 10);
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
			get_typlenbyval(exprType((Node *) expr), &key->typlen,
							&key->typbyval);
			key->sort.ssup_cxt = CurrentMemoryContext;
			key->sort.ssup_collation = list_nth_oid(collations, k);
			key->sort.ssup_nulls_first = list_nth_int(nulls_first, k);
			PrepareSortSupportFromOrderingOp(list_nth_oid(operators, k),
											 &key->sort);
			find_lane(key, list_nth_oid(operators, k), exprType((Node *) expr));
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
	state->memory = AllocSetContextCreate(
		estate->es_query_cxt, "columnar top rows", ALLOCSET_DEFAULT_SIZES);
	col_compiler_init(&state->compiler, &node->ss.ps,
					  ((Scan *) child->plan)->scanrelid, state->batch->desc);
	col_eval_init(&state->eval, state->batch, estate);
	topn_compile(state, plan);
}

/* Order of the keys of two rows. */
static inline int
compare_keys(ColTopNState *state, const TopKey *a, const TopKey *b)
{
	for (int k = 0; k < state->n_keys; k++)
	{
		int order = ApplySortComparator(a[k].value, a[k].null, b[k].value,
										b[k].null, &state->keys[k].sort);

		if (order != 0)
			return order;
	}
	return 0;
}

/* The row at place moves down until no row below it comes behind it. */
static void
sift_down(ColTopNState *state, int64 place)
{
	TopRow *row = state->rows[place];

	for (;;)
	{
		int64 child = place * 2 + 1;

		if (child >= state->n_rows)
			break;
		if (child + 1 < state->n_rows &&
			compare_keys(state, state->rows[child + 1]->keys,
						 state->rows[child]->keys) > 0)
			child++;
		if (compare_keys(state, state->rows[child]->keys, row->keys) <= 0)
			break;
		state->rows[place] = state->rows[child];
		place = child;
	}
	state->rows[place] = row;
}

static void
sift_up(ColTopNState *state, int64 place)
{
	TopRow *row = state->rows[place];

	while (place > 0)
	{
		int64 parent = (place - 1) / 2;

		if (compare_keys(state, row->keys, state->rows[parent]->keys) <= 0)
			break;
		state->rows[place] = state->rows[parent];
		place = parent;
	}
	state->rows[place] = row;
}

/* Copies keys into a row, whose own go. */
static void
set_keys(ColTopNState *state, TopRow *row, const TopKey *keys, bool is_new)
{
	MemoryContext old = MemoryContextSwitchTo(state->memory);

	for (int k = 0; k < state->n_keys; k++)
	{
		const Key *key = &state->keys[k];

		if (!is_new && !key->typbyval && !row->keys[k].null)
			pfree(DatumGetPointer(row->keys[k].value));
		row->keys[k] = keys[k];
		if (!keys[k].null)
			row->keys[k].value =
				datumCopy(keys[k].value, key->typbyval, key->typlen);
	}
	MemoryContextSwitchTo(old);
}

/* A row of the batch is among the first so far. */
static void
add_row(ColTopNState *state, const TopKey *keys, uint32 number)
{
	TopRow *row;

	if (state->n_rows == state->n_wanted)
	{
		row = state->rows[0];
		set_keys(state, row, keys, false);
		if (row->tuple)
			pfree(row->tuple);
		row->tuple = NULL;
		row->row = number;
		sift_down(state, 0);
		return;
	}
	if (state->n_rows == state->room)
	{
		state->room = Max(state->room * 2, 64);
		state->rows =
			state->rows
				? repalloc_huge(state->rows, state->room * sizeof(TopRow *))
				: MemoryContextAllocHuge(state->memory,
										 state->room * sizeof(TopRow *));
	}
	row = MemoryContextAlloc(state->memory,
							 sizeof(TopRow) + state->n_keys * sizeof(TopKey));
	row->keys = (TopKey *) (row + 1);
	row->tuple = NULL;
	row->row = number;
	set_keys(state, row, keys, true);
	state->rows[state->n_rows++] = row;
	sift_up(state, state->n_rows - 1);
}

/*
 * Leaves out rows that come behind all that there are, by the first key alone.
 */
static void
leave_out(ColTopNState *state, uint64 *mask)
{
	Key *key = &state->keys[0];
	const ColVector *vector = &key->vector;
	const TopKey *last = &state->rows[0]->keys[0];
	uint64 passes[COL_VECTOR_WORDS] = {0};

	if (key->lane < 0 || vector->kind != COL_VECTOR_FLAT || last->null)
		return;
	simd_kernels()->compare[key->lane](vector->values, vector->n_rows,
									   key->descending ? SIMD_GE : SIMD_LE,
									   &last->value, passes);
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		uint64 valid = vector->validity ? vector->validity[w] : ~(uint64) 0;

		mask[w] &=
			(passes[w] & valid) | (key->sort.ssup_nulls_first ? ~valid : 0);
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

	for (int64 i = 0; i < state->n_rows; i++)
	{
		if (state->rows[i]->tuple == NULL)
			mask[state->rows[i]->row / 64] |= (uint64) 1
											  << state->rows[i]->row % 64;
	}
	old = MemoryContextSwitchTo(state->eval.memory);
	vectors = palloc(desc->natts * sizeof(ColVector));
	for (int c = 0; c < desc->natts; c++)
		col_expr_values(state->columns[c], &state->eval, mask, &vectors[c]);
	for (int64 i = 0; i < state->n_rows; i++)
	{
		TopRow *row = state->rows[i];

		if (row->tuple != NULL)
			continue;
		ExecClearTuple(slot);
		for (int c = 0; c < desc->natts; c++)
			slot->tts_values[c] =
				col_vector_datum(&vectors[c], row->row, &slot->tts_isnull[c]);
		ExecStoreVirtualTuple(slot);
		MemoryContextSwitchTo(state->memory);
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
	TopKey keys[INDEX_MAX_KEYS];
	MemoryContext old;
	uint32 n_rows;
	bool added = false;

	MemoryContextReset(state->eval.memory);
	memcpy(mask, state->batch->selected, sizeof(mask));
	compute_keys(state, mask, false);
	if (state->n_rows == state->n_wanted)
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
		if (state->n_rows < state->n_wanted ||
			compare_keys(state, keys, state->rows[0]->keys) < 0)
		{
			add_row(state, keys, rows[i]);
			added = true;
		}
	}
	MemoryContextSwitchTo(old);
	if (added)
		keep_rows(state);
}

static int
compare_rows(const void *a, const void *b, void *state)
{
	return compare_keys(state, (*(TopRow *const *) a)->keys,
						(*(TopRow *const *) b)->keys);
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
		while (state->n_wanted > 0 &&
			   col_exec_scan_next_batch(linitial(node->custom_ps)))
			topn_batch(state);
		if (state->n_rows > 0)
			qsort_arg(state->rows, state->n_rows, sizeof(TopRow *),
					  compare_rows, state);
		state->done = true;
		state->next = 0;
	}
	CHECK_FOR_INTERRUPTS();
	if (state->next == state->n_rows)
		return projection ? ExecClearTuple(projection->pi_state.resultslot)
						  : ExecClearTuple(slot);
	ResetExprContext(econtext);
	ExecForceStoreMinimalTuple(state->rows[state->next++]->tuple, slot, false);
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
	MemoryContextReset(state->memory);
	state->rows = NULL;
	state->n_rows = state->room = 0;
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
	ExplainPropertyInteger("Rows Wanted", NULL, state->n_wanted, es);
}
