/*
 * aggregate.c - ColstoreAggregate: aggregates and groups of a columnar scan's batches.
 *
 * Path: ColstoreScan's batches -> numbers of groups (agg/groups.c) -> aggregates
 * (agg/aggregate.c) -> slots of keys and results -> HAVING and projection.
 *
 * Once groups and states would take more than hash_mem no group begins: rows of others
 * go to disk (spill.c), and are read when the groups in memory have been returned.
 *
 * The plan's custom_scan_tlist has the keys first, then the aggregates; of a parallel
 * plan these are partial, and their results are PostgreSQL's transition values.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/tlist.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "simd/simd.h"
#include "src/agg/aggregate.h"
#include "src/agg/group_masks.h"
#include "src/agg/groups.h"
#include "src/exec/aggregate.h"
#include "src/exec/scan.h"
#include "src/exec/spill.h"
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
	Size memory_limit;
	Size memory_peak;
	bool is_full;	 /* no more groups fit */
	ColSpill *spill; /* NULL: none can be needed */
	bool scanned;	 /* all batches of the scan have been read */
	bool done;		 /* all rows of the groups in memory have been added */
	uint32 n_groups;
	uint32 next;		  /* group to return */
	uint64 n_groups_done; /* that are not in memory any more */
	uint16 rows[COL_VECTOR_ROWS];
	uint32 numbers[COL_VECTOR_ROWS];
	ColGroupMasks masks;
	uint16 spilled[COL_VECTOR_ROWS];
	uint64 hashes[COL_VECTOR_ROWS];
	uint64 mask[COL_VECTOR_WORDS]; /* of rows whose groups are in memory */
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
										  key_collations, false, state->memory);
}

/* Where rows go that memory has no room for: the columns that plan looks at. */
static ColSpill *
create_spill(ColAggregateState *state, CustomScan *plan, Index varno)
{
	int whole_row = -FirstLowInvalidHeapAttributeNumber;
	Bitmapset *used = NULL;
	Bitmapset *columns = NULL;
	TupleDesc desc = state->batch->desc;

	pull_varattnos((Node *) plan->custom_scan_tlist, varno, &used);
	for (int i = 0; i < desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped &&
			(bms_is_member(whole_row, used) ||
			 bms_is_member(whole_row + i + 1, used)))
			columns = bms_add_member(columns, i);
	}
	return col_spill_create(state->css.ss.ps.state, state->batch, columns,
							state->memory_limit);
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
	state->memory_limit = get_hash_memory_limit();
	/* blocks are a small part of what may be used */
	state->memory = AllocSetContextCreate(
		estate->es_query_cxt, "columnar aggregate", ALLOCSET_DEFAULT_MINSIZE,
		ALLOCSET_DEFAULT_INITSIZE,
		Min(Max(pg_prevpower2_size_t(state->memory_limit / 16),
				ALLOCSET_DEFAULT_INITSIZE),
			ALLOCSET_DEFAULT_MAXSIZE));
	col_compiler_init(&state->compiler, &node->ss.ps, scan->scanrelid,
					  state->batch->desc);
	col_eval_init(&state->eval, state->batch, estate);
	aggregate_compile(state, plan);
	if (state->groups)
		state->spill = create_spill(state, plan, scan->scanrelid);
}

/* Makes room for states of all groups there are. */
static void
aggregate_grow(ColAggregateState *state, uint32 n_groups)
{
	for (int i = 0; i < state->n_aggregates; i++)
		col_aggregate_grow(state->aggregates[i], n_groups);
	state->n_groups = n_groups;
}

/* Is there room for n_rows more groups?  The first ones always have it. */
static bool
has_room(ColAggregateState *state, uint32 n_rows)
{
	Size bytes = MemoryContextMemAllocated(state->memory, true);

	state->memory_peak = Max(state->memory_peak, bytes);
	if (state->n_groups == 0)
		return true;
	bytes += col_groups_growth(state->groups, n_rows);
	for (int i = 0; i < state->n_aggregates; i++)
		bytes += col_aggregate_growth(state->aggregates[i],
									  state->n_groups + n_rows);
	return bytes <= state->memory_limit;
}

/* Rows without a group go to disk, and out of rows. */
static void
spill_rows(ColAggregateState *state, ColAggRows *rows)
{
	uint32 n_spilled = 0;
	uint32 n_left = 0;

	memcpy(state->mask, rows->mask, sizeof(state->mask));
	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		uint16 row = state->rows[i];

		if (state->numbers[i] == COL_NO_GROUP)
		{
			state->mask[row / 64] &= ~((uint64) 1 << row % 64);
			state->spilled[n_spilled++] = row;
			continue;
		}
		state->rows[n_left] = row;
		state->numbers[n_left++] = state->numbers[i];
	}
	if (n_spilled == 0)
		return;
	col_groups_hash(state->groups, state->spilled, n_spilled, state->hashes);
	col_spill_write(state->spill, 0, state->spilled, n_spilled, state->hashes);
	rows->mask = state->mask;
	rows->n_rows = n_left;
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
		if (!state->is_full)
			state->is_full = !has_room(state, rows.n_rows);
		col_groups_find(state->groups, &state->eval, batch->selected, NULL,
						state->rows, rows.n_rows, !state->is_full,
						state->numbers);
		rows.groups = state->numbers;
		if (col_groups_count(state->groups) > state->n_groups)
			aggregate_grow(state, col_groups_count(state->groups));
		if (state->is_full)
			spill_rows(state, &rows);
		col_group_masks_make(&state->masks, &rows, state->n_groups);
		rows.masks = state->masks.n_groups > 0 ? &state->masks : NULL;
	}
	for (int i = 0; i < state->n_aggregates; i++)
		col_aggregate_add(state->aggregates[i], &state->eval, &rows);
}

/* No group is there. */
static void
aggregate_reset(ColAggregateState *state)
{
	MemoryContextReset(state->memory);
	for (int i = 0; i < state->n_aggregates; i++)
		col_aggregate_reset(state->aggregates[i]);
	if (state->groups)
		col_groups_reset(state->groups);
	state->n_groups_done += state->n_groups;
	state->n_groups = state->next = 0;
	state->is_full = false;
	state->done = false;
}

/* Adds the rows of the scan, or of a partition that is read. */
static void
aggregate_all(ColAggregateState *state)
{
	PlanState *child = linitial(state->css.custom_ps);

	if (state->groups == NULL)
		aggregate_grow(state, 1);
	while (state->scanned ? col_spill_read(state->spill)
						  : col_exec_scan_next_batch(child))
		aggregate_batch(state);
	for (int i = 0; i < state->n_aggregates; i++)
		col_aggregate_finish(state->aggregates[i]);
	state->scanned = true;
	state->done = true;
	state->memory_peak =
		Max(state->memory_peak, MemoryContextMemAllocated(state->memory, true));
}

/* Is there another group to return? */
static bool
next_group(ColAggregateState *state)
{
	for (;;)
	{
		if (!state->done)
			aggregate_all(state);
		if (state->next < state->n_groups)
			return true;
		if (state->spill == NULL || col_spill_next(state->spill) < 0)
			return false;
		aggregate_reset(state);
	}
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

	while (next_group(state))
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
	ColAggregateState *state = (ColAggregateState *) node;

	for (int i = 0; i < state->n_aggregates; i++)
		col_aggregate_reset(state->aggregates[i]);
	if (state->spill)
		col_spill_reset(state->spill);
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
	if (state->spill)
		col_spill_reset(state->spill);
	aggregate_reset(state);
	col_compiler_rebind(&state->compiler);
	state->scanned = false;
}

/* As HashAggregate shows it. */
static void
explain_memory(ColAggregateState *state, ExplainState *es)
{
	ExplainPropertyUInteger("Groups", NULL,
							state->n_groups_done + state->n_groups, es);
	ExplainPropertyInteger("Batches", NULL,
						   col_spill_partitions(state->spill) + 1, es);
	ExplainPropertyUInteger("Memory Usage", "kB",
							(state->memory_peak + 1023) / 1024, es);
	if (col_spill_disk_bytes(state->spill) > 0)
		ExplainPropertyUInteger("Disk Usage", "kB",
								col_spill_disk_bytes(state->spill) / 1024, es);
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
	if (es->analyze && state->spill)
		explain_memory(state, es);
}
