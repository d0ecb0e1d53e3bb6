/*
 * aggregate.c - aggregates over batches: which kind, arguments, filter, states.
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "simd/simd.h"
#include "src/agg/aggregate_internal.h"
#include "src/agg/distinct.h"
#include "src/agg/group_masks.h"
#include "src/agg/sorted.h"
#include "src/expr/expr_internal.h"

static const ColAggKind *const tables[] = {
	col_agg_counts,		   col_agg_integers, col_agg_decimals,
	col_agg_floats,		   col_agg_extremes, col_agg_decimal_extremes,
	col_agg_text_extremes, col_agg_variances};

static bool
is_sorted(const Aggref *aggref)
{
	return aggref->aggorder != NIL || aggref->aggdistinct != NIL;
}

static const ColAggKind *
find_kind(const Aggref *aggref)
{
	if (aggref->aggvariadic || list_length(aggref->args) > COL_AGG_ARGS_MAX ||
		(is_sorted(aggref) && !col_sorted_is_known(aggref)))
		return NULL;
	if (aggref->aggkind != AGGKIND_NORMAL)
		return col_agg_ordered_set_is_known(aggref) ? &col_agg_ordered_set
													: NULL;
	for (int t = 0; t < lengthof(tables); t++)
	{
		for (const ColAggKind *kind = tables[t]; kind->add != NULL; kind++)
		{
			if (kind->function == aggref->aggfnoid)
				return kind;
		}
	}
	return col_agg_call_is_known(aggref) ? &col_agg_call : NULL;
}

bool
col_aggregate_is_known(const Aggref *aggref)
{
	return find_kind(aggref) != NULL;
}

static bool
is_called(const ColAggKind *kind)
{
	return kind == &col_agg_call || kind == &col_agg_ordered_set;
}

/* Do rows change the states of both alike? */
static bool
has_same_states(const ColAggregate *a, const ColAggregate *b)
{
	if (a->kind->add != b->kind->add || a->kind->lane != b->kind->lane)
		return false;
	if (is_called(a->kind))
		return a->aggref->aggtransno == b->aggref->aggtransno;
	return a->aggref->inputcollid == b->aggref->inputcollid &&
		   equal(a->aggref->args, b->aggref->args) &&
		   equal(a->aggref->aggfilter, b->aggref->aggfilter) &&
		   equal(a->aggref->aggorder, b->aggref->aggorder) &&
		   equal(a->aggref->aggdistinct, b->aggref->aggdistinct);
}

ColAggregate *
col_aggregate_create(ColCompiler *compiler, Aggref *aggref, bool is_grouped,
					 bool is_shared, ColAggregate *const *others, int n,
					 MemoryContext memory)
{
	ColAggregate *aggregate = palloc0(sizeof(*aggregate));
	ListCell *cell;

	aggregate->kind = find_kind(aggref);
	aggregate->aggref = aggref;
	aggregate->is_partial = DO_AGGSPLIT_SKIPFINAL(aggref->aggsplit);
	aggregate->is_shared = is_shared;
	aggregate->memory = memory;
	aggregate->parent = compiler->parent;
	Assert(aggregate->kind != NULL);
	if (is_called(aggregate->kind))
		col_agg_call_prepare(aggregate);
	for (int i = 0; i < n && aggregate->same == NULL; i++)
	{
		if (others[i]->same == NULL && has_same_states(others[i], aggregate))
			aggregate->same = others[i];
	}
	if (aggregate->same)
	{
		aggregate->same->sharers = lappend(aggregate->same->sharers, aggregate);
		return aggregate;
	}
	foreach (cell, aggref->args)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		aggregate->inputs[aggregate->n_inputs++] =
			col_expr_compile(compiler, entry->expr);
		aggregate->n_args += !entry->resjunk;
	}
	if (aggref->aggfilter)
		aggregate->filter = col_expr_compile(compiler, aggref->aggfilter);
	if (is_sorted(aggref))
		aggregate->sorted =
			col_sorted_create(aggregate, compiler->parent->state);
	if (aggref->aggdistinct != NIL)
		aggregate->distinct =
			col_distinct_create(compiler, aggregate, is_grouped);
	return aggregate;
}

/* The one that has the aggregate's states. */
static ColAggregate *
states_of(ColAggregate *aggregate)
{
	return aggregate->same && !aggregate->kind->own_results ? aggregate->same
															: aggregate;
}

/* Room that is made when there have to be n_groups. */
static uint32
room_for(const ColAggregate *aggregate, uint32 n_groups)
{
	if (n_groups <= aggregate->room)
		return aggregate->room;
	return Max(Max(n_groups, aggregate->room * 2), 16);
}

void
col_aggregate_grow(ColAggregate *aggregate, uint32 n_groups)
{
	Size state_bytes = aggregate->kind->state_bytes;
	uint32 room = room_for(aggregate, n_groups);

	if (states_of(aggregate) != aggregate)
		return;
	if (room > aggregate->room)
	{
		if (aggregate->states == NULL)
			aggregate->states =
				MemoryContextAllocHuge(aggregate->memory, room * state_bytes);
		else
			aggregate->states =
				repalloc_huge(aggregate->states, room * state_bytes);
		aggregate->room = room;
	}
	if (n_groups <= aggregate->n_groups)
		return;
	memset(col_agg_state(aggregate, aggregate->n_groups), 0,
		   (n_groups - aggregate->n_groups) * state_bytes);
	if (aggregate->kind->init)
		for (uint32 g = aggregate->n_groups; g < n_groups; g++)
			aggregate->kind->init(aggregate, col_agg_state(aggregate, g));
	aggregate->n_groups = n_groups;
}

void
col_aggregate_reset(ColAggregate *aggregate)
{
	aggregate->states = NULL;
	aggregate->n_groups = aggregate->room = 0;
	if (aggregate->kind->reset)
		aggregate->kind->reset(aggregate);
	if (aggregate->sorted)
		col_sorted_reset(aggregate->sorted);
	if (aggregate->distinct)
		col_distinct_reset(aggregate->distinct);
}

Size
col_aggregate_growth(const ColAggregate *aggregate, uint32 n_groups)
{
	if (states_of((ColAggregate *) aggregate) != aggregate)
		return 0;
	return (Size) (room_for(aggregate, n_groups) - aggregate->room) *
		   aggregate->kind->state_bytes;
}

/* Those of rows that pass the aggregate's filter. */
static void
filter_rows(ColAggregate *aggregate, ColEval *eval, const ColAggRows *rows,
			ColAggRows *left)
{
	uint64 *mask = aggregate->filtered_mask;

	memcpy(mask, rows->mask, sizeof(aggregate->filtered_mask));
	col_expr_filter(aggregate->filter, eval, mask);
	*left = *rows;
	left->mask = mask;
	left->masks = NULL;
	left->rows = aggregate->filtered_rows;
	left->n_rows = 0;
	if (rows->groups)
		left->groups = aggregate->filtered_groups;
	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		uint16 row = rows->rows[i];

		aggregate->filtered_rows[left->n_rows] = row;
		if (rows->groups)
			aggregate->filtered_groups[left->n_rows] = rows->groups[i];
		left->n_rows += mask[row / 64] >> row % 64 & 1;
	}
}

/* Adds the rows of one group after the other. */
static void
add_apart(ColAggregate *aggregate, const ColVector *args,
		  const ColGroupMasks *masks)
{
	ColAggRows rows = {0};

	for (int g = 0; g < masks->n_groups; g++)
	{
		if (masks->n_rows[g] == 0)
			continue;
		rows.mask = masks->masks[g];
		rows.rows = masks->rows[g];
		rows.n_rows = masks->n_rows[g];
		rows.group = masks->groups[g];
		aggregate->kind->add(aggregate, args, &rows);
	}
}

/* Adds rows; what is allocated meanwhile is memory's. */
static void
add_rows(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows,
		 MemoryContext memory)
{
	MemoryContext old = MemoryContextSwitchTo(memory);

	if (aggregate->kind->by_mask && rows->groups && rows->masks)
		add_apart(aggregate, args, rows->masks);
	else
		aggregate->kind->add(aggregate, args, rows);
	MemoryContextSwitchTo(old);
}

/* Are rows sorted before they are added? */
static bool
is_put_off(const ColAggregate *aggregate, const ColAggRows *rows)
{
	return aggregate->sorted != NULL &&
		   (rows->groups != NULL ||
			aggregate->aggref->aggkind == AGGKIND_NORMAL);
}

void
col_aggregate_add(ColAggregate *aggregate, ColEval *eval,
				  const ColAggRows *rows)
{
	ColVector inputs[COL_AGG_ARGS_MAX];
	ColAggRows left;
	ColAggRows fresh;
	ColAggRows late;
	MemoryContext old;

	if (aggregate->same)
		return;
	if (aggregate->filter)
	{
		filter_rows(aggregate, eval, rows, &left);
		rows = &left;
	}
	if (rows->n_rows == 0)
		return;
	for (int i = 0; i < aggregate->n_inputs; i++)
		col_expr_values(aggregate->inputs[i], eval, rows->mask, &inputs[i]);
	if (aggregate->distinct)
	{
		col_distinct_split(aggregate->distinct, eval, rows, &fresh, &late);
		if (fresh.n_rows > 0)
			add_rows(aggregate, inputs, &fresh, eval->memory);
		rows = &late;
	}
	else if (!is_put_off(aggregate, rows))
		add_rows(aggregate, inputs, rows, eval->memory);
	if (rows->n_rows == 0 || !is_put_off(aggregate, rows))
		return;
	old = MemoryContextSwitchTo(eval->memory);
	col_sorted_put(aggregate->sorted, inputs, rows);
	MemoryContextSwitchTo(old);
}

bool
col_aggregate_is_zoned(const Aggref *aggref)
{
	const ColAggKind *kind = find_kind(aggref);
	const Expr *arg;

	if (kind == NULL || kind->zone == NULL || is_sorted(aggref) ||
		aggref->aggfilter || list_length(aggref->args) > 1)
		return false;
	if (aggref->args == NIL)
		return true;
	arg = linitial_node(TargetEntry, aggref->args)->expr;
	return IsA(arg, Var) && ((const Var *) arg)->varattno > 0;
}

int
col_aggregate_zone_column(const ColAggregate *aggregate)
{
	const Var *var;

	if (aggregate->same)
		return COL_NO_COLUMN;
	if (aggregate->kind->zone == NULL || aggregate->filter ||
		aggregate->sorted || aggregate->distinct || aggregate->n_inputs > 1)
		return COL_NOT_BY_ZONE;
	if (aggregate->n_inputs == 0)
		return COL_NO_COLUMN;
	var = (const Var *) col_expr_source(aggregate->inputs[0]);
	return IsA(var, Var) && var->varattno > 0 ? var->varattno - 1
											  : COL_NOT_BY_ZONE;
}

bool
col_aggregate_add_zone(ColAggregate *aggregate, const ColZone *zone, bool add)
{
	return aggregate->same ||
		   aggregate->kind->zone(
			   aggregate, add ? col_agg_state(aggregate, 0) : NULL, zone);
}

void
col_aggregate_finish(ColAggregate *aggregate)
{
	if (aggregate->sorted)
		col_sorted_finish(aggregate->sorted);
	if (aggregate->same == NULL && aggregate->kind->finish)
		aggregate->kind->finish(aggregate);
}

Datum
col_aggregate_result(ColAggregate *aggregate, uint32 group, bool *null)
{
	void *state = col_agg_state(states_of(aggregate), group);

	*null = false;
	if (aggregate->is_partial && aggregate->kind->partial)
		return aggregate->kind->partial(aggregate, state, null);
	return aggregate->kind->result(aggregate, state, null);
}
