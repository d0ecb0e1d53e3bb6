/*
 * expr.c - running expressions: kernels first, PostgreSQL where they cannot say.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "src/expr/expr_internal.h"

void
col_compiler_init(ColCompiler *compiler, PlanState *parent, Index varno,
				  TupleDesc desc)
{
	memset(compiler, 0, sizeof(*compiler));
	compiler->parent = parent;
	compiler->varno = varno;
	compiler->desc = desc;
	compiler->memory = CurrentMemoryContext;
}

void
col_eval_init(ColEval *eval, ColBatch *batch, EState *estate)
{
	memset(eval, 0, sizeof(*eval));
	eval->batch = batch;
	eval->econtext = CreateExprContext(estate);
	eval->slot = ExecInitExtraTupleSlot(estate, batch->desc, &TTSOpsVirtual);
	/* columns that nobody fills: dropped ones, in whole rows */
	memset(eval->slot->tts_isnull, true, batch->desc->natts * sizeof(bool));
	eval->memory = AllocSetContextCreate(
		estate->es_query_cxt, "columnar batch values", ALLOCSET_DEFAULT_SIZES);
}

ColExpr *
col_expr_new(ColCompiler *compiler, Expr *source, int n_args)
{
	ColExpr *expr = MemoryContextAllocZero(compiler->memory, sizeof(*expr));

	expr->compiler = compiler;
	expr->source = source;
	expr->type = exprType((Node *) source);
	get_typlenbyval(expr->type, &expr->typlen, &expr->typbyval);
	expr->n_args = n_args;
	if (n_args > 0)
		expr->args = MemoryContextAllocZero(compiler->memory,
											n_args * sizeof(ColExpr *));
	return expr;
}

/* The compilers, in the order in which they are asked. */
static ColExpr *(*const compilers[])(ColCompiler *, Expr *) = {
	col_compile_leaf,		  col_compile_boolean, col_compile_compare,
	col_compile_compare_time, col_compile_in_list, col_compile_conditional,
	col_compile_arithmetic,	  col_compile_decimal, col_compile_rounding,
	col_compile_time,		  col_compile_text,	   col_compile_call,
	col_compile_rows};

bool
col_match_call(Expr *source, Oid *function, List **args)
{
	if (IsA(source, OpExpr))
	{
		set_opfuncid((OpExpr *) source);
		*function = ((OpExpr *) source)->opfuncid;
		*args = ((OpExpr *) source)->args;
		return true;
	}
	if (!IsA(source, FuncExpr))
		return false;
	*function = ((FuncExpr *) source)->funcid;
	*args = ((FuncExpr *) source)->args;
	return true;
}

ColExpr *
col_expr_compile(ColCompiler *compiler, Expr *source)
{
	ColExpr *expr = NULL;
	ListCell *cell;

	foreach (cell, compiler->all)
	{
		expr = lfirst(cell);
		if ((!expr->by_rows || expr->n_args > 0) &&
			equal(expr->source, source) &&
			!contain_volatile_functions((Node *) source))
		{
			expr->is_shared = true;
			return expr;
		}
	}
	expr = NULL;
	for (int i = 0; i < lengthof(compilers) && expr == NULL; i++)
		expr = compilers[i](compiler, source);
	compiler->all = lappend(compiler->all, expr);
	return expr;
}

Expr *
col_expr_source(const ColExpr *expr)
{
	return expr->source;
}

bool
col_expr_is_quiet(const ColExpr *expr)
{
	if (expr->by_rows)
		return false;
	for (int i = 0; i < expr->n_args; i++)
	{
		if (!col_expr_is_quiet(expr->args[i]))
			return false;
	}
	return true;
}

uint8 *
col_expr_lanes(ColExpr *expr, Size value_bytes)
{
	if (expr->lanes == NULL)
		expr->lanes = MemoryContextAllocZero(
			expr->compiler->memory,
			COL_VECTOR_ROWS * Max(value_bytes, sizeof(uint64)) +
				COL_TAIL_BYTES);
	return expr->lanes;
}

uint64 *
col_expr_validity(ColExpr *expr)
{
	if (expr->validity == NULL)
		expr->validity = MemoryContextAllocZero(
			expr->compiler->memory, COL_VECTOR_WORDS * sizeof(uint64));
	return expr->validity;
}

const uint8 **
col_expr_images(ColExpr *expr)
{
	if (expr->images == NULL)
		expr->images = MemoryContextAllocZero(
			expr->compiler->memory, COL_VECTOR_ROWS * sizeof(uint8 *));
	return expr->images;
}

uint8 *
col_expr_codes(ColExpr *expr, ColEval *eval, const ColVector *vector,
			   uint8 *known, uint32 *n_known, uint64 *stripe)
{
	if (*stripe == eval->batch->stripe && *n_known == vector->n_dictionary)
		return known;
	if (known == NULL || *n_known < vector->n_dictionary)
	{
		if (known)
			pfree(known);
		known =
			MemoryContextAlloc(expr->compiler->memory, vector->n_dictionary);
	}
	memset(known, 0, vector->n_dictionary);
	*n_known = vector->n_dictionary;
	*stripe = eval->batch->stripe;
	return known;
}

void
col_expr_set_lanes(ColExpr *expr, ColVector *out, uint32 n_rows, int lane_bytes,
				   const uint64 *validity)
{
	memset(out, 0, sizeof(*out));
	out->kind = COL_VECTOR_FLAT;
	out->phys = COL_PHYS_LANE;
	out->stride_bytes = lane_bytes;
	out->n_rows = n_rows;
	out->values = expr->lanes;
	out->validity = validity;
}

/* Bytes of booleans as truth. */
static void
truth_of_lanes(const ColVector *vector, ColTruth *out)
{
	uint32 n_words = (vector->n_rows + 63) / 64;

	memset(out, 0, sizeof(*out));
	for (uint32 w = 0; w < n_words; w++)
	{
		uint64 valid = vector->validity ? vector->validity[w] : ~(uint64) 0;
		uint64 yes = 0;

		if (vector->kind == COL_VECTOR_CONSTANT)
			yes = vector->values[0] ? ~(uint64) 0 : 0;
		else
		{
			const uint8 *lanes = vector->values + w * 64;
			uint32 n = Min(vector->n_rows - w * 64, 64);

			for (uint32 i = 0; i < n; i++)
				yes |= (uint64) (lanes[i] != 0) << i;
		}
		out->yes[w] = yes & valid;
		out->unknown[w] = ~valid;
	}
}

/* Truth as bytes of booleans. */
static void
lanes_of_truth(ColExpr *expr, uint32 n_rows, const ColTruth *truth,
			   ColVector *out)
{
	uint8 *lanes = col_expr_lanes(expr, 1);
	uint64 *validity = col_expr_validity(expr);
	uint64 any = 0;

	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		validity[w] = ~truth->unknown[w];
		any |= truth->unknown[w];
	}
	for (uint32 i = 0; i < n_rows; i++)
		lanes[i] = truth->yes[i / 64] >> i % 64 & 1;
	col_expr_set_lanes(expr, out, n_rows, 1, any ? validity : NULL);
}

bool
col_expr_values(ColExpr *expr, ColEval *eval, const uint64 *mask,
				ColVector *out)
{
	uint64 all[COL_VECTOR_WORDS];
	bool done;

	if (expr->is_shared && expr->memo_batch == eval->batch->number)
	{
		uint64 missing = 0;

		for (int w = 0; w < COL_VECTOR_WORDS; w++)
		{
			missing |= mask[w] & ~expr->memo_mask[w];
			all[w] = mask[w] | expr->memo_mask[w];
		}
		if (missing == 0)
		{
			*out = expr->memo;
			return true;
		}
		/* somebody may still look at the rows computed before */
		mask = all;
	}
	if (expr->values)
		done = expr->values(expr, eval, mask, out);
	else
	{
		ColTruth truth;

		done = expr->test(expr, eval, mask, &truth);
		if (done)
			lanes_of_truth(expr, eval->batch->n_rows, &truth, out);
	}
	if (!done)
	{
		if (eval->quiet)
			return false;
		col_rows_values(expr, eval, mask, out);
	}
	if (expr->is_shared)
	{
		expr->memo = *out;
		expr->memo_batch = eval->batch->number;
		memcpy(expr->memo_mask, mask, sizeof(expr->memo_mask));
	}
	return true;
}

bool
col_expr_test(ColExpr *expr, ColEval *eval, const uint64 *mask, ColTruth *out)
{
	ColVector vector;

	if (expr->test)
	{
		if (expr->test(expr, eval, mask, out))
			return true;
		if (eval->quiet)
			return false;
		col_rows_values(expr, eval, mask, &vector);
	}
	else if (!col_expr_values(expr, eval, mask, &vector))
		return false;
	truth_of_lanes(&vector, out);
	return true;
}

bool
col_expr_filter(ColExpr *expr, ColEval *eval, uint64 *mask)
{
	ColTruth truth;

	if (col_mask_is_empty(mask))
		return true;
	if (!col_expr_test(expr, eval, mask, &truth))
		return false;
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		mask[w] &= truth.yes[w];
	return true;
}
