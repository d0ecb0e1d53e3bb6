/*
 * sorted.c - ORDER BY and DISTINCT of an aggregate; rows group after group.
 *
 * Number of the group and inputs are sorted by group, then as the aggregate says; PostgreSQL's
 * sort keeps within work_mem.  Rows come back in batches, of DISTINCT those that
 * differ from the one before.
 */
#include "postgres.h"

#include "catalog/pg_aggregate.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/tuplesort.h"
#include "utils/typcache.h"

#include "src/agg/sorted.h"

struct ColSorted
{
	ColAggregate *aggregate;
	TupleDesc desc; /* group, inputs */
	int n_keys;		/* the group's among them */
	AttrNumber *columns;
	Oid *operators;
	Oid *collations;
	bool *nulls_first;
	FmgrInfo *equal; /* of DISTINCT: for each key but the group's; NULL */
	MemoryContext memory;
	Tuplesortstate *sort; /* NULL: no row has been taken */
	bool grouped;
	TupleTableSlot *in;
	TupleTableSlot *out[2];
	int *wanted;
	ColBatch *batch;
	uint16 rows[COL_VECTOR_ROWS];
	uint32 groups[COL_VECTOR_ROWS];
};

static List *
sort_clauses(const Aggref *aggref)
{
	/* ordered-set aggregates sort a group's rows themselves */
	if (aggref->aggkind != AGGKIND_NORMAL)
		return NIL;
	return aggref->aggdistinct ? aggref->aggdistinct : aggref->aggorder;
}

bool
col_sorted_is_known(const Aggref *aggref)
{
	ListCell *cell;

	foreach (cell, aggref->args)
	{
		Node *expr = (Node *) lfirst_node(TargetEntry, cell)->expr;

		if (get_typlen(exprType(expr)) < -1)
			return false;
	}
	return true;
}

static void
set_key(ColSorted *sorted, const SortGroupClause *clause)
{
	const TargetEntry *entry = get_sortgroupref_tle(
		clause->tleSortGroupRef, sorted->aggregate->aggref->args);
	int key = sorted->n_keys++;

	sorted->columns[key] = entry->resno + 1;
	sorted->operators[key] = clause->sortop;
	sorted->collations[key] = exprCollation((Node *) entry->expr);
	sorted->nulls_first[key] = clause->nulls_first;
	if (sorted->equal)
		fmgr_info(get_opcode(clause->eqop), &sorted->equal[key]);
}

static void
create_desc(ColSorted *sorted)
{
	List *args = sorted->aggregate->aggref->args;
	int n = list_length(args) + 1;
	ListCell *cell;

	sorted->desc = CreateTemplateTupleDesc(n);
	TupleDescInitEntry(sorted->desc, 1, "group", INT8OID, -1, 0);
	foreach (cell, args)
	{
		Node *expr = (Node *) lfirst_node(TargetEntry, cell)->expr;

		TupleDescInitEntry(sorted->desc, foreach_current_index(cell) + 2, NULL,
						   exprType(expr), exprTypmod(expr), 0);
	}
	sorted->wanted = palloc(n * sizeof(int));
	for (int i = 0; i < n; i++)
		sorted->wanted[i] = i;
	sorted->batch = col_batch_create(sorted->desc, sorted->wanted, n);
}

ColSorted *
col_sorted_create(ColAggregate *aggregate, EState *estate)
{
	ColSorted *sorted = palloc0(sizeof(*sorted));
	List *clauses = sort_clauses(aggregate->aggref);
	int n = list_length(clauses) + 1;
	ListCell *cell;

	sorted->aggregate = aggregate;
	sorted->memory = CurrentMemoryContext;
	sorted->columns = palloc(n * sizeof(AttrNumber));
	sorted->operators = palloc(n * sizeof(Oid));
	sorted->collations = palloc(n * sizeof(Oid));
	sorted->nulls_first = palloc(n * sizeof(bool));
	if (aggregate->aggref->aggdistinct)
		sorted->equal = palloc(n * sizeof(FmgrInfo));
	sorted->n_keys = 1;
	sorted->columns[0] = 1;
	sorted->operators[0] = lookup_type_cache(INT8OID, TYPECACHE_LT_OPR)->lt_opr;
	sorted->collations[0] = InvalidOid;
	sorted->nulls_first[0] = false;
	foreach (cell, clauses)
		set_key(sorted, lfirst_node(SortGroupClause, cell));
	create_desc(sorted);
	sorted->in = ExecInitExtraTupleSlot(estate, sorted->desc, &TTSOpsVirtual);
	for (int i = 0; i < 2; i++)
		sorted->out[i] =
			ExecInitExtraTupleSlot(estate, sorted->desc, &TTSOpsMinimalTuple);
	for (int i = 0; i < COL_VECTOR_ROWS; i++)
		sorted->rows[i] = i;
	return sorted;
}

static void
begin_sort(ColSorted *sorted)
{
	MemoryContext old = MemoryContextSwitchTo(sorted->memory);
	/* the first key alone is compared abbreviated: not by a group that all share */
	int first = sorted->grouped ? 0 : 1;

	sorted->sort = tuplesort_begin_heap(
		sorted->desc, sorted->n_keys - first, sorted->columns + first,
		sorted->operators + first, sorted->collations + first,
		sorted->nulls_first + first, work_mem, NULL, 0);
	MemoryContextSwitchTo(old);
}

void
col_sorted_put(ColSorted *sorted, const ColVector *inputs,
			   const ColAggRows *rows)
{
	TupleTableSlot *slot = sorted->in;

	sorted->grouped = rows->groups != NULL;
	if (sorted->sort == NULL)
		begin_sort(sorted);
	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		ExecClearTuple(slot);
		slot->tts_values[0] =
			Int64GetDatum(sorted->grouped ? rows->groups[i] : 0);
		slot->tts_isnull[0] = false;
		for (int c = 1; c < sorted->desc->natts; c++)
			slot->tts_values[c] = col_vector_datum(
				&inputs[c - 1], rows->rows[i], &slot->tts_isnull[c]);
		ExecStoreVirtualTuple(slot);
		tuplesort_puttupleslot(sorted->sort, slot);
	}
	ExecClearTuple(slot);
}

/* Is the row one that DISTINCT drops, as it follows previous? */
static bool
is_same(ColSorted *sorted, TupleTableSlot *previous, TupleTableSlot *slot)
{
	if (sorted->equal == NULL || TupIsNull(previous))
		return false;
	slot_getallattrs(previous);
	slot_getallattrs(slot);
	if (previous->tts_values[0] != slot->tts_values[0])
		return false;
	for (int k = 1; k < sorted->n_keys; k++)
	{
		int column = sorted->columns[k] - 1;

		if (previous->tts_isnull[column] != slot->tts_isnull[column])
			return false;
		if (!slot->tts_isnull[column] &&
			!DatumGetBool(FunctionCall2Coll(
				&sorted->equal[k], sorted->collations[k],
				previous->tts_values[column], slot->tts_values[column])))
			return false;
	}
	return true;
}

/* Adds the rows of the batch, and empties it. */
static void
add_batch(ColSorted *sorted)
{
	ColAggregate *aggregate = sorted->aggregate;
	ColBatch *batch = sorted->batch;
	ColVector args[COL_AGG_ARGS_MAX];
	ColAggRows rows = {
		.mask = batch->selected, .rows = sorted->rows, .n_rows = batch->n_rows};

	if (batch->n_rows > 0)
	{
		const int64 *groups =
			(const int64 *) col_batch_column(batch, 0)->values;
		MemoryContext old;

		for (uint32 i = 0; i < batch->n_rows; i++)
			sorted->groups[i] = groups[i];
		if (sorted->grouped)
			rows.groups = sorted->groups;
		for (int i = 0; i < aggregate->n_args; i++)
			args[i] = *col_batch_column(batch, i + 1);
		/* what is allocated meanwhile goes with the rows */
		old = MemoryContextSwitchTo(batch->rows);
		aggregate->kind->add(aggregate, args, &rows);
		MemoryContextSwitchTo(old);
	}
	col_batch_set_rows(batch);
}

void
col_sorted_finish(ColSorted *sorted)
{
	int at = 0;

	if (sorted->sort == NULL)
		return;
	tuplesort_performsort(sorted->sort);
	col_batch_set_rows(sorted->batch);
	while (
		tuplesort_gettupleslot(sorted->sort, true, true, sorted->out[at], NULL))
	{
		CHECK_FOR_INTERRUPTS();
		if (is_same(sorted, sorted->out[1 - at], sorted->out[at]))
			continue;
		if (sorted->batch->n_rows == COL_VECTOR_ROWS)
			add_batch(sorted);
		col_batch_add(sorted->batch, sorted->out[at]);
		at = 1 - at;
	}
	add_batch(sorted);
	col_sorted_reset(sorted);
}

void
col_sorted_reset(ColSorted *sorted)
{
	ExecClearTuple(sorted->in);
	ExecClearTuple(sorted->out[0]);
	ExecClearTuple(sorted->out[1]);
	if (sorted->sort)
		tuplesort_end(sorted->sort);
	sorted->sort = NULL;
}
