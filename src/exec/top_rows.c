/*
 * top_rows.c - a heap of the first rows so far, the last of them on top.
 */
#include "postgres.h"

#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "src/exec/top_rows.h"

ColTopRows *
col_top_rows_create(int n_keys, int64 n_wanted)
{
	ColTopRows *top = palloc0(sizeof(*top));

	top->n_keys = n_keys;
	top->n_wanted = n_wanted;
	top->sorts = palloc0(n_keys * sizeof(SortSupportData));
	top->typlens = palloc0(n_keys * sizeof(int16));
	top->typbyvals = palloc0(n_keys * sizeof(bool));
	top->memory = AllocSetContextCreate(
		CurrentMemoryContext, "columnar top rows", ALLOCSET_DEFAULT_SIZES);
	return top;
}

void
col_top_rows_set_key(ColTopRows *top, int k, Oid type, Oid ordering,
					 Oid collation, bool nulls_first)
{
	SortSupport sort = &top->sorts[k];

	get_typlenbyval(type, &top->typlens[k], &top->typbyvals[k]);
	sort->ssup_cxt = CurrentMemoryContext;
	sort->ssup_collation = collation;
	sort->ssup_nulls_first = nulls_first;
	PrepareSortSupportFromOrderingOp(ordering, sort);
}

/* Order of the keys of two rows. */
static inline int
compare_keys(ColTopRows *top, const ColTopKey *a, const ColTopKey *b)
{
	for (int k = 0; k < top->n_keys; k++)
	{
		int order = ApplySortComparator(a[k].value, a[k].null, b[k].value,
										b[k].null, &top->sorts[k]);

		if (order != 0)
			return order;
	}
	return 0;
}

/* The row at place moves down until no row below it comes behind it. */
static void
sift_down(ColTopRows *top, int64 place)
{
	ColTopRow *row = top->rows[place];

	for (;;)
	{
		int64 child = place * 2 + 1;

		if (child >= top->n_rows)
			break;
		if (child + 1 < top->n_rows &&
			compare_keys(top, top->rows[child + 1]->keys,
						 top->rows[child]->keys) > 0)
			child++;
		if (compare_keys(top, top->rows[child]->keys, row->keys) <= 0)
			break;
		top->rows[place] = top->rows[child];
		place = child;
	}
	top->rows[place] = row;
}

static void
sift_up(ColTopRows *top, int64 place)
{
	ColTopRow *row = top->rows[place];

	while (place > 0)
	{
		int64 parent = (place - 1) / 2;

		if (compare_keys(top, row->keys, top->rows[parent]->keys) <= 0)
			break;
		top->rows[place] = top->rows[parent];
		place = parent;
	}
	top->rows[place] = row;
}

/* Copies keys into a row, whose own go. */
static void
set_keys(ColTopRows *top, ColTopRow *row, const ColTopKey *keys, bool is_new)
{
	MemoryContext old = MemoryContextSwitchTo(top->memory);

	for (int k = 0; k < top->n_keys; k++)
	{
		if (!is_new && !top->typbyvals[k] && !row->keys[k].null)
			pfree(DatumGetPointer(row->keys[k].value));
		row->keys[k] = keys[k];
		if (!keys[k].null)
			row->keys[k].value =
				datumCopy(keys[k].value, top->typbyvals[k], top->typlens[k]);
	}
	MemoryContextSwitchTo(old);
}

bool
col_top_rows_offer(ColTopRows *top, const ColTopKey *keys, uint32 number)
{
	ColTopRow *row;

	if (top->n_rows == top->n_wanted)
	{
		if (top->n_rows == 0 ||
			compare_keys(top, keys, top->rows[0]->keys) >= 0)
			return false;
		row = top->rows[0];
		set_keys(top, row, keys, false);
		if (row->tuple)
			pfree(row->tuple);
		row->tuple = NULL;
		row->number = number;
		sift_down(top, 0);
		return true;
	}
	if (top->n_rows == top->room)
	{
		top->room = Max(top->room * 2, 64);
		top->rows =
			top->rows
				? repalloc_huge(top->rows, top->room * sizeof(ColTopRow *))
				: MemoryContextAllocHuge(top->memory,
										 top->room * sizeof(ColTopRow *));
	}
	row = MemoryContextAlloc(top->memory,
							 sizeof(*row) + top->n_keys * sizeof(ColTopKey));
	row->keys = (ColTopKey *) (row + 1);
	row->tuple = NULL;
	row->number = number;
	set_keys(top, row, keys, true);
	top->rows[top->n_rows++] = row;
	sift_up(top, top->n_rows - 1);
	return true;
}

bool
col_top_rows_is_late(ColTopRows *top, const ColTopKey *first)
{
	const ColTopKey *last;

	if (!col_top_rows_are_full(top))
		return top->n_wanted == 0;
	last = &top->rows[0]->keys[0];
	return ApplySortComparator(first->value, first->null, last->value,
							   last->null, &top->sorts[0]) > 0;
}

static int
compare_rows(const void *a, const void *b, void *top)
{
	return compare_keys(top, (*(ColTopRow *const *) a)->keys,
						(*(ColTopRow *const *) b)->keys);
}

void
col_top_rows_sort(ColTopRows *top)
{
	if (top->n_rows > 0)
		qsort_arg(top->rows, top->n_rows, sizeof(ColTopRow *), compare_rows,
				  top);
}

void
col_top_rows_reset(ColTopRows *top)
{
	MemoryContextReset(top->memory);
	top->rows = NULL;
	top->n_rows = top->room = 0;
}
