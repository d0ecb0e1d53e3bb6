/*
 * expr.h - expressions on batches.
 *
 * COMPILE  expression tree -> tree of ColExpr, once a plan node
 * RUN      batch, rows wanted -> values (ColVector) or truth (ColTruth)
 *
 * A kernel computes all rows of a batch, wanted or not, and never throws: where a row
 * that is wanted needs PostgreSQL's own answer, an error for instance, the expression
 * is evaluated again, row by row, by PostgreSQL.  What has no kernel is so at once.
 */
#ifndef COL_EXPR_H
#define COL_EXPR_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "src/storage/store/batch.h"

typedef struct ColExpr ColExpr;

/* What a condition is of each row; bits of rows that were not wanted mean nothing. */
typedef struct ColTruth
{
	uint64 yes[COL_VECTOR_WORDS];
	uint64 unknown[COL_VECTOR_WORDS]; /* NULL; not yes then */
} ColTruth;

/* Compiles for one plan node. */
typedef struct ColCompiler
{
	PlanState *parent;
	Index varno; /* of the table whose columns batches have */
	TupleDesc desc;
	MemoryContext memory; /* of expressions */
	List *shared;		  /* those with several uses are computed once */
	List *all;
} ColCompiler;

/* Runs: of one plan node. */
typedef struct ColEval
{
	ColBatch *batch;
	ExprContext *econtext; /* for PostgreSQL's evaluation, of its own */
	TupleTableSlot *slot;  /* a row of the batch, for that */
	MemoryContext memory;  /* values of the batch; reset by the caller */
	/*
	 * Nothing may be thrown, as the rows wanted may not all be reached: functions
	 * return false instead.
	 */
	bool quiet;
} ColEval;

extern void col_compiler_init(ColCompiler *compiler, PlanState *parent,
							  Index varno, TupleDesc desc);

/* Any expression that PostgreSQL can evaluate for a row of the table. */
extern ColExpr *col_expr_compile(ColCompiler *compiler, Expr *expr);

/* The expression that was compiled. */
extern Expr *col_expr_source(const ColExpr *expr);

/* Is it computed by kernels alone, so that it can run quietly? */
extern bool col_expr_is_quiet(const ColExpr *expr);

/* Parameters have changed: what was computed once is computed again. */
extern void col_compiler_rebind(ColCompiler *compiler);

/* Lives until the executor state goes. */
extern void col_eval_init(ColEval *eval, ColBatch *batch, EState *estate);

/*
 * The values for the rows of mask, which are some; others are arbitrary.  out refers to
 * memory of the batch, of expr, or of eval, and stays until the next batch.  False: only
 * PostgreSQL could tell, and eval is quiet.
 */
extern bool col_expr_values(ColExpr *expr, ColEval *eval, const uint64 *mask,
							ColVector *out);
extern bool col_expr_test(ColExpr *expr, ColEval *eval, const uint64 *mask,
						  ColTruth *out);

/*
 * Takes rows out of mask for which the condition is not true; false as above,
 * mask is as it was.
 */
extern bool col_expr_filter(ColExpr *expr, ColEval *eval, uint64 *mask);

#endif /* COL_EXPR_H */
