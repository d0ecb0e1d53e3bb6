/*
 * filter.c - the conditions of a scan on batches.
 *
 * Conditions that kernels alone compute come first: they throw nothing and tell nobody
 * anything, so neither errors nor row security depend on the order.  The others keep
 * theirs, and see the rows that are left.  Where a kernel cannot tell, all conditions of
 * the batch are asked in PostgreSQL's order: what may throw sees no row that an earlier
 * one, of row security for instance, leaves out.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "utils/memutils.h"

#include "src/exec/filter.h"

ColFilter *
col_filter_create(PlanState *node, Index varno, TupleDesc desc,
				  const int *wanted, int n_wanted, List *conditions, bool ahead)
{
	ColFilter *filter = palloc0(sizeof(*filter));
	ListCell *cell;

	filter->batch = col_batch_create(desc, wanted, n_wanted);
	col_compiler_init(&filter->compiler, node, varno, desc);
	col_eval_init(&filter->eval, filter->batch, node->state);
	foreach (cell, conditions)
	{
		ColExpr *expr = col_expr_compile(&filter->compiler, lfirst(cell));

		filter->all = lappend(filter->all, expr);
		if (col_expr_is_quiet(expr))
			filter->quiet = lappend(filter->quiet, expr);
		else
			filter->others =
				lappend(filter->others, ahead ? lfirst(cell) : (void *) expr);
	}
	return filter;
}

List *
col_filter_conditions(const ColFilter *filter)
{
	List *conditions = NIL;
	ListCell *cell;

	foreach (cell, filter->quiet)
		conditions = lappend(conditions, col_expr_source(lfirst(cell)));
	return conditions;
}

bool
col_filter_ahead(ColFilter *filter)
{
	uint64 mask[COL_VECTOR_WORDS];
	bool done = true;
	ListCell *cell;

	MemoryContextReset(filter->eval.memory);
	memcpy(mask, filter->batch->selected, sizeof(mask));
	filter->eval.quiet = true;
	foreach (cell, filter->quiet)
	{
		done = col_expr_filter(lfirst(cell), &filter->eval, mask);
		if (!done)
			break;
	}
	filter->eval.quiet = false;
	if (done)
		memcpy(filter->batch->selected, mask, sizeof(mask));
	return done;
}

void
col_filter_all(ColFilter *filter)
{
	List *left = col_filter_ahead(filter) ? filter->others : filter->all;
	ListCell *cell;

	foreach (cell, left)
		col_expr_filter(lfirst(cell), &filter->eval, filter->batch->selected);
}

void
col_filter_rebind(ColFilter *filter)
{
	col_compiler_rebind(&filter->compiler);
}
