/*
 * filter.h - the conditions of a scan on batches.
 */
#ifndef COL_FILTER_H
#define COL_FILTER_H

#include "postgres.h"

#include "src/expr/expr.h"

typedef struct ColFilter
{
	ColCompiler compiler;
	ColEval eval;
	ColBatch *batch;
	List *all;	  /* of ColExpr, in PostgreSQL's order */
	List *quiet;  /* of ColExpr: kernels alone, can be asked of rows ahead */
	List *others; /* of ColExpr, or for rows conditions that are not in quiet */
} ColFilter;

/*
 * Compiles conditions (implicitly ANDed) of the scan node on table varno, whose batches
 * have the wanted columns.  ahead: rows may not all be reached, so others are conditions
 * for who goes row by row.
 */
extern ColFilter *col_filter_create(PlanState *node, Index varno,
									TupleDesc desc, const int *wanted,
									int n_wanted, List *conditions, bool ahead);

/* The conditions that kernels compute (for EXPLAIN). */
extern List *col_filter_conditions(const ColFilter *filter);

/*
 * Takes the rows out of the batch's selection that do not pass quiet conditions; false:
 * PostgreSQL has to say, nothing is changed.
 */
extern bool col_filter_ahead(ColFilter *filter);

/* Takes out the rows that do not pass all conditions. */
extern void col_filter_all(ColFilter *filter);

extern void col_filter_rebind(ColFilter *filter);

#endif /* COL_FILTER_H */
