/*
 * boolean.c - AND, OR, NOT, and tests for NULL and for truth.
 *
 * Each argument is evaluated for the rows that those before it leave open, as
 * PostgreSQL's evaluation does.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

#include "src/expr/expr_internal.h"

static bool
and_test(ColExpr *expr, ColEval *eval, const uint64 *mask, ColTruth *out)
{
	uint64 open[COL_VECTOR_WORDS]; /* not false yet */

	memcpy(open, mask, sizeof(open));
	memset(out->unknown, 0, sizeof(out->unknown));
	for (int i = 0; i < expr->n_args && !col_mask_is_empty(open); i++)
	{
		ColTruth truth;

		if (!col_expr_test(expr->args[i], eval, open, &truth))
			return false;
		for (int w = 0; w < COL_VECTOR_WORDS; w++)
		{
			out->unknown[w] |= truth.unknown[w] & open[w];
			open[w] &= truth.yes[w] | truth.unknown[w];
		}
	}
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		out->unknown[w] &= open[w];
		out->yes[w] = open[w] & ~out->unknown[w];
	}
	return true;
}

static bool
or_test(ColExpr *expr, ColEval *eval, const uint64 *mask, ColTruth *out)
{
	uint64 open[COL_VECTOR_WORDS]; /* not true yet */

	memcpy(open, mask, sizeof(open));
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < expr->n_args && !col_mask_is_empty(open); i++)
	{
		ColTruth truth;

		if (!col_expr_test(expr->args[i], eval, open, &truth))
			return false;
		for (int w = 0; w < COL_VECTOR_WORDS; w++)
		{
			out->yes[w] |= truth.yes[w] & open[w];
			out->unknown[w] |= truth.unknown[w] & open[w];
			open[w] &= ~truth.yes[w];
		}
	}
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		out->unknown[w] &= ~out->yes[w];
	return true;
}

static bool
not_test(ColExpr *expr, ColEval *eval, const uint64 *mask, ColTruth *out)
{
	ColTruth truth;

	if (!col_expr_test(expr->args[0], eval, mask, &truth))
		return false;
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		out->unknown[w] = truth.unknown[w];
		out->yes[w] = ~(truth.yes[w] | truth.unknown[w]);
	}
	return true;
}

/* What a test says of true, of false and of NULL. */
typedef struct TruthTest
{
	bool yes;
	bool no;
	bool unknown;
} TruthTest;

static bool
truth_test(ColExpr *expr, ColEval *eval, const uint64 *mask, ColTruth *out)
{
	const TruthTest *test = expr->own;
	ColTruth truth;

	if (!col_expr_test(expr->args[0], eval, mask, &truth))
		return false;
	memset(out->unknown, 0, sizeof(out->unknown));
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		out->yes[w] = (test->yes ? truth.yes[w] : 0) |
					  (test->no ? ~(truth.yes[w] | truth.unknown[w]) : 0) |
					  (test->unknown ? truth.unknown[w] : 0);
	return true;
}

static bool
null_test(ColExpr *expr, ColEval *eval, const uint64 *mask, ColTruth *out)
{
	bool is_null = *(bool *) expr->own;
	const uint64 *validity;

	if (!col_expr_validity_of(expr->args[0], eval, mask, &validity))
		return false;
	memset(out->unknown, 0, sizeof(out->unknown));
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		uint64 valid = validity ? validity[w] : ~(uint64) 0;

		out->yes[w] = is_null ? ~valid : valid;
	}
	return true;
}

static ColExpr *
compile_args(ColCompiler *compiler, Expr *source, List *args, ColExprTest test)
{
	ColExpr *expr = col_expr_new(compiler, source, list_length(args));

	for (int i = 0; i < expr->n_args; i++)
		expr->args[i] = col_expr_compile(compiler, list_nth(args, i));
	expr->test = test;
	return expr;
}

static ColExpr *
compile_truth_test(ColCompiler *compiler, BooleanTest *source)
{
	static const TruthTest tests[] = {
		[IS_TRUE] = {true, false, false},
		[IS_NOT_TRUE] = {false, true, true},
		[IS_FALSE] = {false, true, false},
		[IS_NOT_FALSE] = {true, false, true},
		[IS_UNKNOWN] = {false, false, true},
		[IS_NOT_UNKNOWN] = {true, true, false},
	};
	ColExpr *expr = compile_args(compiler, (Expr *) source,
								 list_make1(source->arg), truth_test);

	expr->own = unconstify(TruthTest *, &tests[source->booltesttype]);
	return expr;
}

static ColExpr *
compile_null_test(ColCompiler *compiler, NullTest *source)
{
	ColExpr *expr;

	/* of a row it is about its fields */
	if (source->argisrow || type_is_rowtype(exprType((Node *) source->arg)))
		return NULL;
	expr = compile_args(compiler, (Expr *) source, list_make1(source->arg),
						null_test);
	expr->own = MemoryContextAlloc(compiler->memory, sizeof(bool));
	*(bool *) expr->own = source->nulltesttype == IS_NULL;
	return expr;
}

ColExpr *
col_compile_boolean(ColCompiler *compiler, Expr *source)
{
	if (IsA(source, BoolExpr))
	{
		BoolExpr *boolean = (BoolExpr *) source;

		return compile_args(compiler, source, boolean->args,
							boolean->boolop == AND_EXPR	 ? and_test
							: boolean->boolop == OR_EXPR ? or_test
														 : not_test);
	}
	if (IsA(source, BooleanTest))
		return compile_truth_test(compiler, (BooleanTest *) source);
	if (IsA(source, NullTest))
		return compile_null_test(compiler, (NullTest *) source);
	return NULL;
}
