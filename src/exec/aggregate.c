/*
 * aggregate.c - ColstoreAggregate: aggregates and groups of a columnar scan's batches.
 *
 * Path: batches of ColstoreScans (batch_source.c) -> numbers of groups (agg/groups.c) -> aggregates
 * (agg/aggregate.c) -> slots of keys and results -> HAVING and projection.
 *
 * Once groups and states would take more than hash_mem no group begins: rows of others
 * go to disk (spill.c), and are read when the groups in memory have been returned.
 *
 * Each grouping set has groups and states of its own; keys that are not in it are NULL.
 * A batch of the scan is added to all sets, one of a partition to the set that its rows
 * were written for.
 *
 * The plan's custom_scan_tlist has the keys first, then the aggregates, then GROUPING();
 * of a parallel plan aggregates are partial, and their results are PostgreSQL's transition
 * values.  custom_private: collations and refs of the keys, refs of each set, the layout of
 * several tables (batch_source.h); if only the first groups in an order are wanted, their
 * number, and columns, operators, collations and NULLS FIRST of the order.
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
#include "src/group/groups.h"
#include "src/exec/aggregate.h"
#include "src/exec/batch_source.h"
#include "src/exec/scan.h"
#include "src/exec/spill.h"
#include "src/exec/top_rows.h"
#include "src/exec/topn.h"
#include "src/pg/compat.h"
#include "src/storage/stripe/zonemap.h"

/* Aggregates up to which zones are asked what they make of a stripe. */
#define ZONED_AGGREGATES_MAX 64

/* Rows are grouped by some of the keys. */
typedef struct ColGroupingSet
{
	int number;
	int n_keys;
	int *keys;		   /* of the node's */
	ColGroups *groups; /* NULL: all rows are one group */
	ColAggregate **aggregates;
	int32 *grouping; /* what each GROUPING() is */
	uint32 n_groups;
	bool is_full; /* no more groups fit */
} ColGroupingSet;

typedef struct ColAggregateState
{
	CustomScanState css; /* must be first */
	ColBatchSource source;
	ColCompiler compiler;
	ColEval eval;
	int n_keys;
	int n_aggregates;
	int n_groupings; /* GROUPING()s */
	int n_sets;
	ColGroupingSet *sets;
	int first_set; /* whose groups are in memory */
	int end_set;
	MemoryContext memory; /* of groups and states */
	Size memory_limit;
	Size memory_peak;
	ColSpill *spill;	  /* NULL: none can be needed */
	bool scanned;		  /* all batches of the scan have been read */
	bool done;			  /* all rows of the groups in memory have been added */
	uint64 n_groups;	  /* in memory */
	int next_set;		  /* of the group to return */
	uint32 next;		  /* which that is, or place of it in top */
	ColTopRows *top;	  /* the groups to return of next_set; NULL: all */
	List *top_columns;	  /* of the scan tuple, keys of top */
	uint64 n_groups_done; /* that are not in memory any more */
	uint16 rows[COL_VECTOR_ROWS];
	uint16
		kept[COL_VECTOR_ROWS]; /* of rows: those whose groups are in memory */
	uint32 numbers[COL_VECTOR_ROWS];
	ColGroupMasks masks;
	uint16 spilled[COL_VECTOR_ROWS];
	uint64 hashes[COL_VECTOR_ROWS];
	uint64 mask[COL_VECTOR_WORDS]; /* of kept */
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
col_exec_aggregate_plan(List *plans, List *layout, List *tlist, List *having,
						List *keys, List *collations, List *refs, List *sets)
{
	CustomScan *plan = makeNode(CustomScan);
	List *calls =
		pull_var_clause((Node *) list_make2(tlist, having),
						PVC_INCLUDE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS |
							PVC_RECURSE_PLACEHOLDERS);
	List *aggregates = NIL;
	List *groupings = NIL;
	ListCell *cell;

	plan->scan.plan.targetlist = tlist;
	plan->scan.plan.qual = having;
	plan->scan.scanrelid = 0;
	plan->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	plan->custom_plans = plans;
	foreach (cell, keys)
		plan->custom_scan_tlist =
			lappend(plan->custom_scan_tlist,
					makeTargetEntry(lfirst(cell),
									list_length(plan->custom_scan_tlist) + 1,
									NULL, false));
	foreach (cell, calls)
	{
		if (IsA(lfirst(cell), Aggref))
			aggregates = lappend(aggregates, lfirst(cell));
		else if (IsA(lfirst(cell), GroupingFunc))
			groupings = lappend(groupings, lfirst(cell));
	}
	plan->custom_scan_tlist = append_entries(
		append_entries(plan->custom_scan_tlist, aggregates), groupings);
	plan->custom_private = list_make4(collations, refs, sets, layout);
	plan->methods = &aggregate_methods;
	return plan;
}

void
col_exec_aggregate_top(CustomScan *plan, List *keys, int64 n_groups)
{
	List *columns = NIL;
	List *operators = NIL;
	List *collations = NIL;
	List *nulls_first = NIL;
	ListCell *cell;

	foreach (cell, keys)
	{
		const ColSortKey *key = lfirst(cell);
		TargetEntry *entry = tlist_member(key->expr, plan->custom_scan_tlist);

		if (entry == NULL)
			elog(ERROR, "no column of the aggregate is a key of the order");
		columns = lappend_int(columns, entry->resno - 1);
		operators = lappend_oid(operators, key->ordering);
		collations = lappend_oid(collations, key->collation);
		nulls_first = lappend_int(nulls_first, key->nulls_first);
	}
	plan->custom_private =
		lappend(plan->custom_private,
				list_make5(makeString(psprintf(INT64_FORMAT, n_groups)),
						   columns, operators, collations, nulls_first));
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

/* A bit for each key, the first one's the highest: those that are not in the set. */
static int32
grouping_of(const GroupingFunc *function, const List *set)
{
	int32 bits = 0;
	ListCell *cell;

	foreach (cell, function->refs)
		bits = bits << 1 | !list_member_int(set, lfirst_int(cell));
	return bits;
}

/* Keys and aggregates of a set of refs, compiled. */
static void
compile_set(ColAggregateState *state, CustomScan *plan, const List *refs,
			ColGroupingSet *set)
{
	List *collations = linitial(plan->custom_private);
	Oid *key_collations = palloc((state->n_keys + 1) * sizeof(Oid));
	List *keys = NIL;
	ListCell *cell;

	set->keys = palloc((state->n_keys + 1) * sizeof(int));
	foreach (cell, lsecond(plan->custom_private))
	{
		int key = foreach_current_index(cell);

		if (!list_member_int(refs, lfirst_int(cell)))
			continue;
		keys = lappend(
			keys,
			list_nth_node(TargetEntry, plan->custom_scan_tlist, key)->expr);
		key_collations[set->n_keys] = list_nth_oid(collations, key);
		set->keys[set->n_keys++] = key;
	}
	if (keys != NIL)
		set->groups = col_groups_create(&state->compiler, keys, key_collations,
										false, state->memory);
	set->aggregates =
		palloc0((state->n_aggregates + 1) * sizeof(ColAggregate *));
	set->grouping = palloc0((state->n_groupings + 1) * sizeof(int32));
	for (int i = 0; i < state->n_aggregates + state->n_groupings; i++)
	{
		Expr *expr = list_nth_node(TargetEntry, plan->custom_scan_tlist,
								   state->n_keys + i)
						 ->expr;

		if (i < state->n_aggregates)
			set->aggregates[i] = col_aggregate_create(
				&state->compiler, castNode(Aggref, expr), set->groups != NULL,
				is_shared(plan, (Aggref *) expr), set->aggregates, i,
				state->memory);
		else
			set->grouping[i - state->n_aggregates] =
				grouping_of(castNode(GroupingFunc, expr), refs);
	}
}

static void
aggregate_compile(ColAggregateState *state, CustomScan *plan)
{
	List *sets = lthird(plan->custom_private);
	ListCell *cell;

	state->n_keys = list_length(linitial(plan->custom_private));
	for_each_from(cell, plan->custom_scan_tlist, state->n_keys)
	{
		if (IsA(lfirst_node(TargetEntry, cell)->expr, Aggref))
			state->n_aggregates++;
		else
			state->n_groupings++;
	}
	state->n_sets = state->end_set = list_length(sets);
	state->sets = palloc0(state->n_sets * sizeof(ColGroupingSet));
	foreach (cell, sets)
	{
		ColGroupingSet *set = &state->sets[foreach_current_index(cell)];

		set->number = foreach_current_index(cell);
		compile_set(state, plan, lfirst(cell), set);
	}
}

/* Which groups are returned. */
static void
create_top(ColAggregateState *state, CustomScan *plan)
{
	List *top = list_nth(plan->custom_private, 4);
	int n_keys;

	state->top_columns = lsecond(top);
	n_keys = list_length(state->top_columns);
	state->top =
		col_top_rows_create(n_keys, strtoll(strVal(linitial(top)), NULL, 10));
	for (int k = 0; k < n_keys; k++)
	{
		TargetEntry *entry = list_nth_node(TargetEntry, plan->custom_scan_tlist,
										   list_nth_int(state->top_columns, k));

		col_top_rows_set_key(state->top, k, exprType((Node *) entry->expr),
							 list_nth_oid(lthird(top), k),
							 list_nth_oid(lfourth(top), k),
							 list_nth_int(list_nth(top, 4), k));
	}
}

/* Where rows go that memory has no room for: the columns that plan looks at. */
static ColSpill *
create_spill(ColAggregateState *state, CustomScan *plan)
{
	int whole_row = -FirstLowInvalidHeapAttributeNumber;
	Bitmapset *used = NULL;
	Bitmapset *columns = NULL;
	TupleDesc desc = state->source.batch->desc;

	pull_varattnos((Node *) plan->custom_scan_tlist, state->source.varno,
				   &used);
	for (int i = 0; i < desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped &&
			(bms_is_member(whole_row, used) ||
			 bms_is_member(whole_row + i + 1, used)))
			columns = bms_add_member(columns, i);
	}
	return col_spill_create(state->css.ss.ps.state, state->source.batch,
							columns, state->memory_limit);
}

/*
 * Adds a stripe by the zones of its columns, if they tell what all aggregates make of it.
 */
static bool
take_stripe(void *context, Relation rel, const ColStripe *stripe)
{
	ColAggregateState *state = context;
	const ColGroupingSet *set = &state->sets[0];
	ColZone zones[ZONED_AGGREGATES_MAX];

	for (int i = 0; i < state->n_aggregates; i++)
	{
		int column = col_aggregate_zone_column(set->aggregates[i]);

		memset(&zones[i], 0, sizeof(ColZone));
		zones[i].n_rows = stripe->entry.n_rows;
		if (column != COL_NO_COLUMN &&
			(!col_zonemap_read(rel, stripe, column, &zones[i]) ||
			 zones[i].n_rows != stripe->entry.n_rows))
			return false;
		if (!col_aggregate_add_zone(set->aggregates[i], &zones[i], false))
			return false;
	}
	for (int i = 0; i < state->n_aggregates; i++)
		col_aggregate_add_zone(set->aggregates[i], &zones[i], true);
	return true;
}

/* Where zones may tell all, they are asked before stripes are read. */
static void
ask_zones(ColAggregateState *state)
{
	const ColGroupingSet *set = &state->sets[0];

	if (state->n_sets != 1 || set->groups || state->source.n_scans > 0 ||
		state->n_aggregates > ZONED_AGGREGATES_MAX)
		return;
	for (int i = 0; i < state->n_aggregates; i++)
	{
		if (col_aggregate_zone_column(set->aggregates[i]) == COL_NOT_BY_ZONE)
			return;
	}
	col_exec_scan_set_take(linitial(state->css.custom_ps), take_stripe, state);
}

static void
aggregate_begin(CustomScanState *node, EState *estate, int eflags)
{
	ColAggregateState *state = (ColAggregateState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;

	col_batch_source_begin(&state->source, node, lfourth(plan->custom_private),
						   eflags);
	state->memory_limit = get_hash_memory_limit();
	/* blocks are a small part of what may be used */
	state->memory = AllocSetContextCreate(
		estate->es_query_cxt, "columnar aggregate", ALLOCSET_DEFAULT_MINSIZE,
		ALLOCSET_DEFAULT_INITSIZE,
		Min(Max(pg_prevpower2_size_t(state->memory_limit / 16),
				ALLOCSET_DEFAULT_INITSIZE),
			ALLOCSET_DEFAULT_MAXSIZE));
	col_compiler_init(&state->compiler, &node->ss.ps, state->source.varno,
					  state->source.batch->desc);
	col_eval_init(&state->eval, state->source.batch, estate);
	aggregate_compile(state, plan);
	if (state->n_keys > 0)
		state->spill = create_spill(state, plan);
	if (list_length(plan->custom_private) > 4)
		create_top(state, plan);
	ask_zones(state);
}

/* Makes room for states of all groups there are. */
static void
grow_set(ColAggregateState *state, ColGroupingSet *set, uint32 n_groups)
{
	for (int i = 0; i < state->n_aggregates; i++)
		col_aggregate_grow(set->aggregates[i], n_groups);
	state->n_groups += n_groups - set->n_groups;
	set->n_groups = n_groups;
}

/* Is there room for n_rows more groups?  The first ones always have it. */
static bool
has_room(ColAggregateState *state, const ColGroupingSet *set, uint32 n_rows)
{
	Size bytes = MemoryContextMemAllocated(state->memory, true);

	state->memory_peak = Max(state->memory_peak, bytes);
	if (state->n_groups == 0)
		return true;
	bytes += col_groups_growth(set->groups, n_rows);
	for (int i = 0; i < state->n_aggregates; i++)
		bytes +=
			col_aggregate_growth(set->aggregates[i], set->n_groups + n_rows);
	return bytes <= state->memory_limit;
}

/* Rows without a group go to disk, and out of rows. */
static void
spill_rows(ColAggregateState *state, const ColGroupingSet *set,
		   ColAggRows *rows)
{
	uint32 n_spilled = 0;
	uint32 n_left = 0;

	memcpy(state->mask, rows->mask, sizeof(state->mask));
	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		uint16 row = rows->rows[i];

		if (state->numbers[i] == COL_NO_GROUP)
		{
			state->mask[row / 64] &= ~((uint64) 1 << row % 64);
			state->spilled[n_spilled++] = row;
			continue;
		}
		state->kept[n_left] = row;
		state->numbers[n_left++] = state->numbers[i];
	}
	if (n_spilled == 0)
		return;
	col_groups_hash(set->groups, state->spilled, n_spilled, state->hashes);
	col_spill_write(state->spill, set->number, state->spilled, n_spilled,
					state->hashes);
	rows->mask = state->mask;
	rows->rows = state->kept;
	rows->n_rows = n_left;
}

/* Adds rows of the batch to a set. */
static void
set_batch(ColAggregateState *state, ColGroupingSet *set, ColAggRows rows)
{
	if (set->groups)
	{
		if (!set->is_full)
			set->is_full = !has_room(state, set, rows.n_rows);
		col_groups_find(set->groups, &state->eval, rows.mask, NULL, rows.rows,
						rows.n_rows, !set->is_full, state->numbers);
		rows.groups = state->numbers;
		if (col_groups_count(set->groups) > set->n_groups)
			grow_set(state, set, col_groups_count(set->groups));
		if (set->is_full)
			spill_rows(state, set, &rows);
		col_group_masks_make(&state->masks, &rows, set->n_groups);
		rows.masks = state->masks.n_groups > 0 ? &state->masks : NULL;
	}
	for (int i = 0; i < state->n_aggregates; i++)
		col_aggregate_add(set->aggregates[i], &state->eval, &rows);
}

static void
aggregate_batch(ColAggregateState *state)
{
	ColBatch *batch = state->source.batch;
	ColAggRows rows = {.mask = batch->selected, .rows = state->rows};

	MemoryContextReset(state->eval.memory);
	rows.n_rows = simd_kernels()->bitmap_to_selection(
		batch->selected, COL_VECTOR_ROWS, state->rows);
	for (int s = state->first_set; s < state->end_set; s++)
		set_batch(state, &state->sets[s], rows);
}

/* No group is there; those of the sets from first to end - 1 come next. */
static void
aggregate_reset(ColAggregateState *state, int first, int end)
{
	MemoryContextReset(state->memory);
	for (int s = 0; s < state->n_sets; s++)
	{
		ColGroupingSet *set = &state->sets[s];

		for (int i = 0; i < state->n_aggregates; i++)
			col_aggregate_reset(set->aggregates[i]);
		if (set->groups)
			col_groups_reset(set->groups);
		set->n_groups = 0;
		set->is_full = false;
	}
	state->n_groups_done += state->n_groups;
	state->n_groups = 0;
	state->next = 0;
	state->first_set = state->next_set = first;
	state->end_set = end;
	state->done = false;
}

/* Adds the rows of the scan, or of a partition that is read. */
static void
aggregate_all(ColAggregateState *state)
{
	for (int s = state->first_set; s < state->end_set; s++)
	{
		if (state->sets[s].groups == NULL)
			grow_set(state, &state->sets[s], 1);
	}
	while (state->scanned ? col_spill_read(state->spill)
						  : col_batch_source_next(&state->source))
		aggregate_batch(state);
	for (int s = state->first_set; s < state->end_set; s++)
	{
		for (int i = 0; i < state->n_aggregates; i++)
			col_aggregate_finish(state->sets[s].aggregates[i]);
	}
	state->scanned = true;
	state->done = true;
	state->memory_peak =
		Max(state->memory_peak, MemoryContextMemAllocated(state->memory, true));
}

/* A column of the scan tuple for a group. */
static Datum
group_column(const ColAggregateState *state, const ColGroupingSet *set,
			 uint32 group, int column, bool *null)
{
	if (column < state->n_keys)
	{
		for (int k = 0; k < set->n_keys; k++)
		{
			if (set->keys[k] == column)
				return col_groups_key(set->groups, group, k, null);
		}
		*null = true;
		return (Datum) 0;
	}
	column -= state->n_keys;
	if (column < state->n_aggregates)
		return col_aggregate_result(set->aggregates[column], group, null);
	*null = false;
	return Int32GetDatum(set->grouping[column - state->n_aggregates]);
}

/* Keys and results of a group. */
static void
fill_slot(ColAggregateState *state, const ColGroupingSet *set, uint32 group,
		  TupleTableSlot *slot)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	MemoryContext old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
	int n_columns = state->n_keys + state->n_aggregates + state->n_groupings;

	ExecClearTuple(slot);
	for (int i = 0; i < n_columns; i++)
		slot->tts_values[i] =
			group_column(state, set, group, i, &slot->tts_isnull[i]);
	ExecStoreVirtualTuple(slot);
	MemoryContextSwitchTo(old);
}

/* Is the group returned, by HAVING? */
static bool
group_passes(ColAggregateState *state, const ColGroupingSet *set, uint32 group)
{
	PlanState *node = &state->css.ss.ps;
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;

	if (node->qual == NULL)
		return true;
	fill_slot(state, set, group, slot);
	node->ps_ExprContext->ecxt_scantuple = slot;
	if (ExecQual(node->qual, node->ps_ExprContext))
		return true;
	InstrCountFiltered1(&state->css, 1);
	return false;
}

/* The first groups of a set into top, by number. */
static void
choose_groups(ColAggregateState *state, const ColGroupingSet *set)
{
	ExprContext *econtext = state->css.ss.ps.ps_ExprContext;
	ColTopKey keys[INDEX_MAX_KEYS];

	col_top_rows_reset(state->top);
	for (uint32 group = 0; group < set->n_groups; group++)
	{
		MemoryContext old;
		bool late = false;

		if (group % COL_VECTOR_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		if (!group_passes(state, set, group))
			continue;
		old = MemoryContextSwitchTo(econtext->ecxt_per_tuple_memory);
		for (int k = 0; k < state->top->n_keys && !late; k++)
		{
			keys[k].value = group_column(state, set, group,
										 list_nth_int(state->top_columns, k),
										 &keys[k].null);
			late = k == 0 && col_top_rows_is_late(state->top, &keys[0]);
		}
		MemoryContextSwitchTo(old);
		if (!late)
			col_top_rows_offer(state->top, keys, group);
	}
}

/* Is there another group to return? */
static bool
next_group(ColAggregateState *state)
{
	for (;;)
	{
		int set;

		if (!state->done)
			aggregate_all(state);
		for (; state->next_set < state->end_set; state->next_set++)
		{
			const ColGroupingSet *set = &state->sets[state->next_set];

			if (state->top && state->next == 0)
				choose_groups(state, set);
			if (state->next < (state->top ? state->top->n_rows : set->n_groups))
				return true;
			state->next = 0;
		}
		set = state->spill ? col_spill_next(state->spill) : -1;
		if (set < 0)
			return false;
		aggregate_reset(state, set, set + 1);
	}
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
		const ColGroupingSet *set = &state->sets[state->next_set];

		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		if (state->top)
			fill_slot(state, set, state->top->rows[state->next++]->number,
					  slot);
		else
		{
			fill_slot(state, set, state->next++, slot);
			econtext->ecxt_scantuple = slot;
			if (node->ss.ps.qual && !ExecQual(node->ss.ps.qual, econtext))
			{
				InstrCountFiltered1(node, 1);
				continue;
			}
		}
		econtext->ecxt_scantuple = slot;
		return projection ? ExecProject(projection) : slot;
	}
	return projection ? ExecClearTuple(projection->pi_state.resultslot)
					  : ExecClearTuple(slot);
}

static void
aggregate_end(CustomScanState *node)
{
	ColAggregateState *state = (ColAggregateState *) node;

	aggregate_reset(state, 0, 0);
	if (state->spill)
		col_spill_reset(state->spill);
	col_batch_source_end(&state->source);
}

static void
aggregate_rescan(CustomScanState *node)
{
	ColAggregateState *state = (ColAggregateState *) node;

	col_batch_source_rescan(&state->source);
	if (state->spill)
		col_spill_reset(state->spill);
	aggregate_reset(state, 0, state->n_sets);
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

/* The keys of a set, as text. */
static List *
set_keys(const CustomScan *plan, const ColGroupingSet *set, List *context,
		 bool prefix)
{
	List *keys = NIL;

	for (int k = 0; k < set->n_keys; k++)
	{
		TargetEntry *entry =
			list_nth_node(TargetEntry, plan->custom_scan_tlist, set->keys[k]);

		keys = lappend(keys, deparse_expression((Node *) entry->expr, context,
												prefix, true));
	}
	return keys;
}

/* Sets that have keys, or those that have none, as MixedAggregate shows them. */
static void
explain_sets(ColAggregateState *state, List *context, bool prefix, bool keyed,
			 ExplainState *es)
{
	const char *name = keyed ? "Hash Key" : "Group Key";
	const char *names = keyed ? "Hash Keys" : "Group Keys";

	ExplainOpenGroup("Grouping Set", NULL, true, es);
	ExplainOpenGroup(names, names, false, es);
	for (int s = 0; s < state->n_sets; s++)
	{
		const ColGroupingSet *set = &state->sets[s];
		List *keys = set_keys((CustomScan *) state->css.ss.ps.plan, set,
							  context, prefix);

		if ((keys != NIL) != keyed)
			continue;
		if (keys == NIL && es->format == EXPLAIN_FORMAT_TEXT)
			ExplainPropertyText(name, "()", es);
		else
			ExplainPropertyListNested(name, keys, es);
	}
	ExplainCloseGroup(names, names, false, es);
	ExplainCloseGroup("Grouping Set", NULL, true, es);
}

static void
aggregate_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	ColAggregateState *state = (ColAggregateState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	List *context =
		set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, ancestors);
	bool prefix = list_length(es->rtable) > 1 || es->verbose;

	if (state->n_sets > 1)
	{
		ExplainOpenGroup("Grouping Sets", "Grouping Sets", false, es);
		explain_sets(state, context, prefix, true, es);
		explain_sets(state, context, prefix, false, es);
		ExplainCloseGroup("Grouping Sets", "Grouping Sets", false, es);
	}
	else if (state->n_keys > 0)
		ExplainPropertyList(
			"Group Key", set_keys(plan, &state->sets[0], context, prefix), es);
	if (state->top)
		ExplainPropertyInteger("Groups Wanted", NULL, state->top->n_wanted, es);
	if (es->analyze && state->spill)
		explain_memory(state, es);
}
