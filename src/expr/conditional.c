/*
 * conditional.c - CASE, COALESCE, NULLIF, GREATEST, LEAST, IS DISTINCT FROM.
 *
 * A branch is evaluated for the rows that reach it.  CASE x WHEN y is CASE WHEN x = y: x,
 * which has to be the same each time, is shared by the comparisons.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "src/expr/expr_internal.h"

/* Decimals are compared at scales up to this one. */
#define SCALE_MAX 18

/* Arguments: condition, result, condition, result ..., default. */
static bool
case_values(ColExpr *expr, ColEval *eval, const uint64 *mask, ColVector *out)
{
	uint64 open[COL_VECTOR_WORDS];
	ColMerge merge;
	ColVector vector;
	int i;

	memcpy(open, mask, sizeof(open));
	col_merge_begin(&merge, expr, eval);
	for (i = 0; i + 1 < expr->n_args && !col_mask_is_empty(open); i += 2)
	{
		uint64 rows[COL_VECTOR_WORDS];
		ColTruth truth;

		if (!col_expr_test(expr->args[i], eval, open, &truth))
			return false;
		for (int w = 0; w < COL_VECTOR_WORDS; w++)
		{
			rows[w] = open[w] & truth.yes[w];
			open[w] &= ~truth.yes[w];
		}
		if (col_mask_is_empty(rows))
			continue;
		if (!col_expr_values(expr->args[i + 1], eval, rows, &vector))
			return false;
		col_merge_add(&merge, &vector, rows);
	}
	if (!col_mask_is_empty(open))
	{
		if (!col_expr_values(expr->args[expr->n_args - 1], eval, open, &vector))
			return false;
		col_merge_add(&merge, &vector, open);
	}
	col_merge_end(&merge, out);
	return true;
}

static bool
coalesce_values(ColExpr *expr, ColEval *eval, const uint64 *mask,
				ColVector *out)
{
	uint64 open[COL_VECTOR_WORDS]; /* NULL so far */
	ColMerge merge;

	memcpy(open, mask, sizeof(open));
	col_merge_begin(&merge, expr, eval);
	for (int i = 0; i < expr->n_args && !col_mask_is_empty(open); i++)
	{
		ColVector vector;

		if (!col_expr_values(expr->args[i], eval, open, &vector))
			return false;
		col_merge_add(&merge, &vector, open);
		for (int w = 0; w < COL_VECTOR_WORDS; w++)
			open[w] &= vector.validity ? ~vector.validity[w] : 0;
	}
	col_merge_end(&merge, out);
	return true;
}

/* Arguments: a, a = b. */
static bool
nullif_values(ColExpr *expr, ColEval *eval, const uint64 *mask, ColVector *out)
{
	uint64 rows[COL_VECTOR_WORDS];
	ColMerge merge;
	ColTruth equal;
	ColVector vector;

	if (!col_expr_test(expr->args[1], eval, mask, &equal) ||
		!col_expr_values(expr->args[0], eval, mask, &vector))
		return false;
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		rows[w] = mask[w] & ~equal.yes[w];
	col_merge_begin(&merge, expr, eval);
	if (vector.kind == COL_VECTOR_DICTIONARY)
	{
		*out = vector;
		for (int w = 0; w < COL_VECTOR_WORDS; w++)
			expr->validity[w] =
				rows[w] & (vector.validity ? vector.validity[w] : rows[w]);
		out->validity = expr->validity;
		return true;
	}
	col_merge_add(&merge, &vector, rows);
	col_merge_end(&merge, out);
	return true;
}

/* Arguments: a, b, a = b. */
static bool
distinct_test(ColExpr *expr, ColEval *eval, const uint64 *mask, ColTruth *out)
{
	ColTruth equal;
	ColVector a;
	ColVector b;

	if (!col_expr_values(expr->args[0], eval, mask, &a) ||
		!col_expr_values(expr->args[1], eval, mask, &b) ||
		!col_expr_test(expr->args[2], eval, mask, &equal))
		return false;
	memset(out->unknown, 0, sizeof(out->unknown));
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		uint64 a_valid = a.validity ? a.validity[w] : ~(uint64) 0;
		uint64 b_valid = b.validity ? b.validity[w] : ~(uint64) 0;

		out->yes[w] = (a_valid ^ b_valid) | (a_valid & b_valid & ~equal.yes[w]);
	}
	return true;
}

/* GREATEST and LEAST: how values are compared. */
typedef struct Extreme
{
	bool greatest;
	ColCompareClass class;
	int lane; /* SimdType; -1: decimals */
	int64 keys[COL_VECTOR_ROWS];
	int64 best[COL_VECTOR_ROWS];
} Extreme;

static bool
extreme_bytes_values(ColExpr *expr, ColEval *eval, const uint64 *mask,
					 ColVector *out)
{
	Extreme *extreme = expr->own;
	const uint8 **best =
		MemoryContextAllocZero(eval->memory, COL_VECTOR_ROWS * sizeof(uint8 *));
	ColMerge merge;

	col_merge_begin(&merge, expr, eval);
	for (int i = 0; i < expr->n_args; i++)
	{
		uint64 take[COL_VECTOR_WORDS] = {0};
		ColMaskWalk walk = COL_MASK_BEGIN(mask);
		ColVector vector;
		int row;

		if (!col_expr_values(expr->args[i], eval, mask, &vector))
			return false;
		while ((row = col_mask_next(mask, &walk)) >= 0)
		{
			const uint8 *value = col_vector_value(&vector, row);
			int order;

			if (col_vector_is_null(&vector, row))
				continue;
			order = best[row] == NULL
						? 0
						: col_compare_bytes_order(extreme->class, expr->typlen,
												  value, best[row]);
			if (best[row] != NULL &&
				(extreme->greatest ? order <= 0 : order >= 0))
				continue;
			best[row] = value;
			take[row / 64] |= (uint64) 1 << row % 64;
		}
		col_merge_add(&merge, &vector, take);
	}
	col_merge_end(&merge, out);
	return true;
}

/*
 * Integers in the order of a vector's values; decimals at SCALE_MAX or where the
 * largest scale lets them.  False: they are none.
 */
static bool
make_keys(ColExpr *expr, ColEval *eval, const uint64 *mask, ColVector *vector,
		  int scale)
{
	Extreme *extreme = expr->own;
	uint32 n = eval->batch->n_rows;
	int64 scratch[COL_VECTOR_ROWS];
	const int64 *lanes;
	int64 factor = 1;

	vector->n_rows = n;
	if (extreme->lane == SIMD_F32 || extreme->lane == SIMD_F64)
	{
		const double *floats =
			col_lanes_double(vector, extreme->lane, (double *) scratch);

		for (uint32 i = 0; i < n; i++)
		{
			double x = floats[i] + 0.0; /* -0.0 is 0.0 */
			int64 bits;

			memcpy(&bits, &x, sizeof(bits));
			/* negative ones in the reverse order; NaN is the greatest */
			extreme->keys[i] = x != x	  ? PG_INT64_MAX
							   : bits < 0 ? bits ^ PG_INT64_MAX
										  : bits;
		}
		return true;
	}
	lanes = col_lanes_int64(
		vector, extreme->lane < 0 ? SIMD_I64 : extreme->lane, scratch);
	for (int s = extreme->lane < 0 ? vector->scale : scale; s < scale; s++)
		factor *= 10;
	for (uint32 i = 0; i < n; i++)
	{
		if (__builtin_mul_overflow(lanes[i], factor, &extreme->keys[i]) &&
			(mask[i / 64] >> i % 64 & 1) != 0 && !col_vector_is_null(vector, i))
			return false;
	}
	return true;
}

/* All arguments, and for decimals the scale to compare them at; false: not so. */
static bool
extreme_args(ColExpr *expr, ColEval *eval, const uint64 *mask,
			 ColVector *vectors, int *scale)
{
	Extreme *extreme = expr->own;

	*scale = 0;
	for (int i = 0; i < expr->n_args; i++)
	{
		if (!col_expr_values(expr->args[i], eval, mask, &vectors[i]))
			return false;
		if (extreme->lane >= 0)
			continue;
		if (!col_as_decimals(expr->args[i], eval, mask, &vectors[i]) ||
			vectors[i].scale > SCALE_MAX)
			return false;
		*scale = Max(*scale, vectors[i].scale);
	}
	return true;
}

static bool
extreme_values(ColExpr *expr, ColEval *eval, const uint64 *mask, ColVector *out)
{
	Extreme *extreme = expr->own;
	ColVector *vectors =
		MemoryContextAlloc(eval->memory, expr->n_args * sizeof(ColVector));
	uint64 found[COL_VECTOR_WORDS] = {0};
	ColMerge merge;
	int scale;

	if (!extreme_args(expr, eval, mask, vectors, &scale))
		return false;
	col_merge_begin(&merge, expr, eval);
	for (int i = 0; i < expr->n_args; i++)
	{
		uint64 take[COL_VECTOR_WORDS] = {0};
		ColMaskWalk walk = COL_MASK_BEGIN(mask);
		int row;

		if (!make_keys(expr, eval, mask, &vectors[i], scale))
			return false;
		while ((row = col_mask_next(mask, &walk)) >= 0)
		{
			int64 key = extreme->keys[row];
			bool any = found[row / 64] >> row % 64 & 1;

			if (col_vector_is_null(&vectors[i], row) ||
				(any && (extreme->greatest ? key <= extreme->best[row]
										   : key >= extreme->best[row])))
				continue;
			extreme->best[row] = key;
			take[row / 64] |= (uint64) 1 << row % 64;
			found[row / 64] |= (uint64) 1 << row % 64;
		}
		col_merge_add(&merge, &vectors[i], take);
	}
	col_merge_end(&merge, out);
	return true;
}

static ColExpr *
compile_args(ColCompiler *compiler, Expr *source, List *args)
{
	ColExpr *expr = col_expr_new(compiler, source, list_length(args));

	for (int i = 0; i < expr->n_args; i++)
		expr->args[i] = col_expr_compile(compiler, list_nth(args, i));
	return expr;
}

/* CASE's argument in place of what stands for it. */
static Node *
replace_test(Node *node, Node *arg)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, CaseTestExpr))
		return arg;
	/* these have their own */
	if (IsA(node, CaseExpr) || IsA(node, ArrayCoerceExpr))
		return node;
	return expression_tree_mutator(node, replace_test, arg);
}

static ColExpr *
compile_case(ColCompiler *compiler, CaseExpr *source)
{
	List *args = NIL;
	ListCell *cell;
	ColExpr *expr;

	if (source->arg && contain_volatile_functions((Node *) source->arg))
		return NULL;
	foreach (cell, source->args)
	{
		CaseWhen *when = lfirst(cell);
		Expr *condition = when->expr;

		if (source->arg)
			condition =
				(Expr *) replace_test((Node *) condition, (Node *) source->arg);
		args = lappend(lappend(args, condition), when->result);
	}
	args = lappend(args, source->defresult
							 ? source->defresult
							 : (Expr *) makeNullConst(source->casetype, -1,
													  source->casecollid));
	expr = compile_args(compiler, (Expr *) source, args);
	expr->values = case_values;
	return expr;
}

/* a = b as an expression of its own; NULL: it is not known well enough. */
static Expr *
equality(OpExpr *source)
{
	Expr *equal;

	set_opfuncid(source);
	if (source->opfuncid >= FirstNormalObjectId ||
		!func_strict(source->opfuncid) ||
		contain_volatile_functions((Node *) source->args))
		return NULL;
	equal =
		make_opclause(source->opno, BOOLOID, false, linitial(source->args),
					  lsecond(source->args), InvalidOid, source->inputcollid);
	set_opfuncid((OpExpr *) equal);
	return equal;
}

static ColExpr *
compile_extreme(ColCompiler *compiler, MinMaxExpr *source)
{
	ColCompareClass class;
	SimdCompareOp op;
	ColExpr *expr;
	Extreme *extreme;
	TypeCacheEntry *type =
		lookup_type_cache(source->minmaxtype, TYPECACHE_LT_OPR);

	class = OidIsValid(type->lt_opr)
				? col_compare_operator(type->lt_opr, source->inputcollid, &op)
				: COL_COMPARE_NONE;
	if (class == COL_COMPARE_NONE)
		return NULL;
	expr = compile_args(compiler, (Expr *) source, source->args);
	extreme = MemoryContextAlloc(compiler->memory, sizeof(*extreme));
	extreme->greatest = source->op == IS_GREATEST;
	extreme->lane =
		class == COL_COMPARE_DECIMALS ? -1 : col_lane_of(source->minmaxtype);
	extreme->class = class;
	expr->own = extreme;
	expr->values =
		col_compares_bytes(class) ? extreme_bytes_values : extreme_values;
	return expr;
}

ColExpr *
col_compile_conditional(ColCompiler *compiler, Expr *source)
{
	ColExpr *expr;
	Expr *equal;
	List *args;

	/* of values that vectors do not have */
	if (get_typlen(exprType((Node *) source)) < -1)
		return NULL;
	switch (nodeTag(source))
	{
		case T_CaseExpr:
			return compile_case(compiler, (CaseExpr *) source);
		case T_CoalesceExpr:
			expr =
				compile_args(compiler, source, ((CoalesceExpr *) source)->args);
			expr->values = coalesce_values;
			return expr;
		case T_MinMaxExpr:
			return compile_extreme(compiler, (MinMaxExpr *) source);
		case T_NullIfExpr:
		case T_DistinctExpr:
			args = ((OpExpr *) source)->args;
			equal = equality((OpExpr *) source);
			if (equal == NULL)
				return NULL;
			if (IsA(source, NullIfExpr))
			{
				expr = compile_args(compiler, source,
									list_make2(linitial(args), equal));
				expr->values = nullif_values;
				return expr;
			}
			expr =
				compile_args(compiler, source,
							 list_make3(linitial(args), lsecond(args), equal));
			expr->test = distinct_test;
			return expr;
		default:
			return NULL;
	}
}
