/*
 * compare.c - comparisons: of integers, floats, dates and times, numeric, and strings of
 * bytes.
 *
 * An operator counts when it is of the default btree family of its left type: then its
 * strategy says what it asks for.  Values are never narrowed: integers of different
 * width are compared as int64, floats as double.  Decimals are compared at the scale of
 * the column.  Strings are equal by bytes under deterministic collations, and ordered
 * by bytes under C.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/pg_locale.h"
#include "utils/typcache.h"

#include "simd/simd.h"
#include "src/encoding/decimal.h"
#include "src/expr/expr_internal.h"
#include "src/pg/compat.h"
#include "src/vector/image.h"

typedef struct Compare
{
	ColCompareClass class;
	SimdCompareOp op;
	int lanes[2]; /* SimdType of the arguments */
	/* of bytes: what codes of the stripe's dictionary are, 0 unknown, 1 no, 2 yes */
	uint64 stripe;
	uint8 *known;
	uint32 n_known;
} Compare;

SimdCompareOp
col_compare_commuted(SimdCompareOp op)
{
	switch (op)
	{
		case SIMD_LT:
			return SIMD_GT;
		case SIMD_LE:
			return SIMD_GE;
		case SIMD_GT:
			return SIMD_LT;
		case SIMD_GE:
			return SIMD_LE;
		default:
			return op;
	}
}

/* All rows, or none: where a constant lies outside what lanes can hold. */
static void
set_all(ColTruth *out, bool yes)
{
	memset(out->yes, yes ? 0xff : 0, sizeof(out->yes));
}

/* lanes op constant, the constant being wider than the lanes. */
static void
compare_int_constant(const ColVector *vector, int lane, SimdCompareOp op,
					 int64 constant, ColTruth *out)
{
	static const int64 minima[] = {
		[SIMD_I16] = INT16_MIN, [SIMD_I32] = INT32_MIN};
	static const int64 maxima[] = {
		[SIMD_I16] = INT16_MAX, [SIMD_I32] = INT32_MAX};

	if (lane == SIMD_I16 || lane == SIMD_I32)
	{
		bool below = constant < minima[lane];
		bool above = constant > maxima[lane];

		if (below || above)
		{
			set_all(out,
					op == SIMD_NE || (below ? op == SIMD_GT || op == SIMD_GE
											: op == SIMD_LT || op == SIMD_LE));
			return;
		}
	}
	/* little-endian: the low bytes come first */
	simd_kernels()->compare[lane](vector->values, vector->n_rows, op, &constant,
								  out->yes);
}

#define COMPARE_LOOP(type, a, b)                     \
	do                                               \
	{                                                \
		for (uint32 w = 0; w < (n + 63) / 64; w++)   \
		{                                            \
			uint32 end = Min(n - w * 64, 64);        \
			uint64 less = 0;                         \
			uint64 equal = 0;                        \
                                                     \
			for (uint32 i = 0; i < end; i++)         \
			{                                        \
				type x = (a)[w * 64 + i];            \
				type y = (b)[w * 64 + i];            \
                                                     \
				less |= (uint64) (x < y) << i;       \
				equal |= (uint64) (x == y) << i;     \
			}                                        \
			out->yes[w] = of_order(op, less, equal); \
		}                                            \
	} while (0)

static inline uint64
of_order(SimdCompareOp op, uint64 less, uint64 equal)
{
	switch (op)
	{
		case SIMD_EQ:
			return equal;
		case SIMD_NE:
			return ~equal;
		case SIMD_LT:
			return less;
		case SIMD_LE:
			return less | equal;
		case SIMD_GT:
			return ~(less | equal);
		default:
			return ~less;
	}
}

static void
compare_int64(const int64 *a, const int64 *b, uint32 n, SimdCompareOp op,
			  ColTruth *out)
{
	COMPARE_LOOP(int64, a, b);
}

/* PostgreSQL's order: NaN is the greatest, and equal to NaN. */
static void
compare_double(const double *a, const double *b, uint32 n, SimdCompareOp op,
			   ColTruth *out)
{
	for (uint32 w = 0; w < (n + 63) / 64; w++)
	{
		uint32 end = Min(n - w * 64, 64);
		uint64 less = 0;
		uint64 equal = 0;

		for (uint32 i = 0; i < end; i++)
		{
			double x = a[w * 64 + i];
			double y = b[w * 64 + i];
			bool x_nan = x != x;
			bool y_nan = y != y;

			less |= (uint64) (x < y || (!x_nan && y_nan)) << i;
			equal |= (uint64) (x == y || (x_nan && y_nan)) << i;
		}
		out->yes[w] = of_order(op, less, equal);
	}
}

static void
compare_lanes(const Compare *compare, const ColVector *a, const ColVector *b,
			  ColTruth *out)
{
	SimdCompareOp op = compare->op;
	uint32 n = a->n_rows;
	int64 scratch_a[COL_VECTOR_ROWS];
	int64 scratch_b[COL_VECTOR_ROWS];

	if (compare->class == COL_COMPARE_FLOATS)
	{
		const double *x =
			col_lanes_double(a, compare->lanes[0], (double *) scratch_a);
		const double *y;

		if (b->kind == COL_VECTOR_CONSTANT && compare->lanes[0] == SIMD_F64)
		{
			double constant = compare->lanes[1] == SIMD_F32
								  ? *(const float *) b->values
								  : *(const double *) b->values;

			simd_kernels()->compare[SIMD_F64](x, n, op, &constant, out->yes);
			return;
		}
		if (b->kind == COL_VECTOR_CONSTANT && compare->lanes[1] == SIMD_F32 &&
			a->kind == COL_VECTOR_FLAT)
		{
			simd_kernels()->compare[SIMD_F32](a->values, n, op, b->values,
											  out->yes);
			return;
		}
		y = col_lanes_double(b, compare->lanes[1], (double *) scratch_b);
		compare_double(x, y, n, op, out);
		return;
	}
	if (b->kind == COL_VECTOR_CONSTANT && a->kind == COL_VECTOR_FLAT)
	{
		ColVector one = *b;

		one.n_rows = 1;
		compare_int_constant(
			a, compare->lanes[0], op,
			col_lanes_int64(&one, compare->lanes[1], scratch_b)[0], out);
		return;
	}
	compare_int64(col_lanes_int64(a, compare->lanes[0], scratch_a),
				  col_lanes_int64(b, compare->lanes[1], scratch_b), n, op, out);
}

/* integer / 10^from compared with the constant scaled / 10^to, the same for all. */
static void
compare_decimal_constant(const ColVector *vector, SimdCompareOp op,
						 const ColVector *constant, ColTruth *out)
{
	ColInt128 bound = *(const int64 *) constant->values;
	bool inexact = false;
	int64 limit;

	for (int scale = constant->scale; scale < vector->scale; scale++)
	{
		bound *= 10;
		if (bound > INT64_MAX || bound < INT64_MIN)
		{
			set_all(out, op == SIMD_NE ||
							 (bound > 0 ? op == SIMD_LT || op == SIMD_LE
										: op == SIMD_GT || op == SIMD_GE));
			return;
		}
	}
	for (int scale = constant->scale; scale > vector->scale; scale--)
	{
		ColInt128 quotient = bound / 10;

		inexact |= quotient * 10 != bound;
		if (bound < 0 && quotient * 10 != bound)
			quotient--; /* towards minus infinity */
		bound = quotient;
	}
	limit = (int64) bound;
	if (inexact && (op == SIMD_EQ || op == SIMD_NE))
	{
		set_all(out, op == SIMD_NE);
		return;
	}
	/* the constant lies between limit and the next */
	if (inexact)
		op = op == SIMD_LT || op == SIMD_LE ? SIMD_LE : SIMD_GT;
	simd_kernels()->compare[SIMD_I64](vector->values, vector->n_rows, op,
									  &limit, out->yes);
}

/* Both at one scale; false: too large. */
static bool
compare_decimals(SimdCompareOp op, const ColVector *a, const ColVector *b,
				 ColTruth *out)
{
	int64 scratch_a[COL_VECTOR_ROWS];
	int64 scratch_b[COL_VECTOR_ROWS];

	if (b->kind == COL_VECTOR_CONSTANT && a->kind == COL_VECTOR_FLAT)
	{
		compare_decimal_constant(a, op, b, out);
		return true;
	}
	if (a->kind == COL_VECTOR_CONSTANT && b->kind == COL_VECTOR_FLAT)
	{
		compare_decimal_constant(b, col_compare_commuted(op), a, out);
		return true;
	}
	if (a->scale != b->scale)
		return false;
	compare_int64(col_lanes_int64(a, SIMD_I64, scratch_a),
				  col_lanes_int64(b, SIMD_I64, scratch_b), a->n_rows, op, out);
	return true;
}

int
col_compare_bytes_order(ColCompareClass class, int typlen, const uint8 *a,
						const uint8 *b)
{
	const uint8 *x;
	const uint8 *y;
	uint32 x_bytes = col_compared_bytes(class, typlen, a, &x);
	uint32 y_bytes = col_compared_bytes(class, typlen, b, &y);
	int order = memcmp(x, y, Min(x_bytes, y_bytes));

	if (order != 0)
		return order;
	return x_bytes < y_bytes ? -1 : x_bytes > y_bytes;
}

/* The same when only equality is asked. */
static inline bool
bytes_equal(ColCompareClass class, int typlen, const uint8 *a, const uint8 *b)
{
	const uint8 *x;
	const uint8 *y;
	uint32 n_bytes = col_compared_bytes(class, typlen, a, &x);

	return n_bytes == col_compared_bytes(class, typlen, b, &y) &&
		   memcmp(x, y, n_bytes) == 0;
}

static bool
order_holds(SimdCompareOp op, int order)
{
	switch (op)
	{
		case SIMD_EQ:
			return order == 0;
		case SIMD_NE:
			return order != 0;
		case SIMD_LT:
			return order < 0;
		case SIMD_LE:
			return order <= 0;
		case SIMD_GT:
			return order > 0;
		default:
			return order >= 0;
	}
}

static bool
values_hold(const Compare *compare, const ColVector *a, uint32 row_a,
			const ColVector *b, uint32 row_b)
{
	int typlen = a->phys == COL_PHYS_FIXED ? a->stride_bytes : -1;
	const uint8 *x = col_vector_value(a, row_a);
	const uint8 *y = col_vector_value(b, row_b);

	if (compare->op == SIMD_EQ || compare->op == SIMD_NE)
		return bytes_equal(compare->class, typlen, x, y) ==
			   (compare->op == SIMD_EQ);
	return order_holds(compare->op,
					   col_compare_bytes_order(compare->class, typlen, x, y));
}

/* All of a dictionary with what is the same for all rows: in its order it is faster. */
static void
compare_dictionary(Compare *compare, const ColVector *dictionary,
				   const ColVector *once)
{
	ColVector values = *dictionary;

	values.kind = COL_VECTOR_FLAT;
	for (uint32 i = 0; i < values.n_dictionary; i++)
		compare->known[i] = 1 + values_hold(compare, &values, i, once, 0);
}

static void
compare_bytes(ColExpr *expr, ColEval *eval, const ColVector *a,
			  const ColVector *b, const uint64 *mask, ColTruth *out)
{
	Compare *compare = expr->own;
	bool by_code =
		a->kind == COL_VECTOR_DICTIONARY && col_expr_is_once(expr->args[1]);
	uint64 wanted[COL_VECTOR_WORDS];
	ColMaskWalk walk = {0, 0};
	int row;

	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		wanted[w] = mask[w] & ~out->unknown[w];
	walk.bits = wanted[0];
	if (by_code)
	{
		uint64 before = compare->stripe;

		compare->known = col_expr_codes(expr, eval, a, compare->known,
										&compare->n_known, &compare->stripe);
		if (compare->stripe != before && col_expr_is_column(expr->args[0]) &&
			col_mask_is_dense(wanted))
			compare_dictionary(compare, a, b);
	}
	while ((row = col_mask_next(wanted, &walk)) >= 0)
	{
		bool holds;

		if (by_code)
		{
			uint8 *known = &compare->known[a->codes[row]];

			if (*known == 0)
				*known = 1 + values_hold(compare, a, row, b, 0);
			holds = *known == 2;
		}
		else
			holds = values_hold(compare, a, row, b, row);
		out->yes[row / 64] |= (uint64) holds << row % 64;
	}
}

static bool
compare_test(ColExpr *expr, ColEval *eval, const uint64 *mask, ColTruth *out)
{
	Compare *compare = expr->own;
	ColVector a;
	ColVector b;

	if (!col_expr_values(expr->args[0], eval, mask, &a) ||
		!col_expr_values(expr->args[1], eval, mask, &b))
		return false;
	memset(out, 0, sizeof(*out));
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		out->unknown[w] = ~((a.validity ? a.validity[w] : ~(uint64) 0) &
							(b.validity ? b.validity[w] : ~(uint64) 0));
	switch (compare->class)
	{
		case COL_COMPARE_DECIMALS:
			if (!col_as_decimals(expr->args[0], eval, mask, &a) ||
				!col_as_decimals(expr->args[1], eval, mask, &b) ||
				!compare_decimals(compare->op, &a, &b, out))
				return false;
			break;
		case COL_COMPARE_BYTES:
		case COL_COMPARE_PADDED:
			compare_bytes(expr, eval, &a, &b, mask, out);
			break;
		default:
			compare_lanes(compare, &a, &b, out);
	}
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		out->yes[w] &= ~out->unknown[w];
	return true;
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_float(Oid type)
{
	return type == FLOAT4OID || type == FLOAT8OID;
}

static ColCompareClass
compare_class(Oid left, Oid right, bool equality, Oid collation)
{
	if (is_integer(left) && is_integer(right))
		return COL_COMPARE_INTEGERS;
	if (is_float(left) && is_float(right))
		return COL_COMPARE_FLOATS;
	if (left != right)
		return COL_COMPARE_NONE;
	switch (left)
	{
		case NUMERICOID:
			return COL_COMPARE_DECIMALS;
		case UUIDOID:
		case BYTEAOID:
			return COL_COMPARE_BYTES;
		case TEXTOID:
		case BPCHAROID:
			if (!OidIsValid(collation) ||
				!get_collation_isdeterministic(collation) ||
				(!equality && !col_collation_is_c(collation)))
				return COL_COMPARE_NONE;
			return left == TEXTOID ? COL_COMPARE_BYTES : COL_COMPARE_PADDED;
		default:
			return col_lane_of(left) >= 0 ? COL_COMPARE_LANES
										  : COL_COMPARE_NONE;
	}
}

bool
col_compare_op(Oid operator, Oid left, SimdCompareOp *op)
{
	static const SimdCompareOp ops[] = {[BTLessStrategyNumber] = SIMD_LT,
										[BTLessEqualStrategyNumber] = SIMD_LE,
										[BTEqualStrategyNumber] = SIMD_EQ,
										[BTGreaterEqualStrategyNumber] =
											SIMD_GE,
										[BTGreaterStrategyNumber] = SIMD_GT};
	TypeCacheEntry *type = lookup_type_cache(left, TYPECACHE_BTREE_OPFAMILY);
	int strategy;

	if (!OidIsValid(type->btree_opf) || operator>= FirstNormalObjectId)
		return false;
	strategy = get_op_opfamily_strategy(operator, type->btree_opf);
	if (strategy != 0)
	{
		*op = ops[strategy];
		return true;
	}
	operator= get_negator(operator);
	*op = SIMD_NE;
	return OidIsValid(operator) &&
		   get_op_opfamily_strategy(operator, type->btree_opf) ==
			   BTEqualStrategyNumber;
}

ColCompareClass
col_compare_operator(Oid operator, Oid collation, SimdCompareOp *op)
{
	Oid left;
	Oid right;

	op_input_types(operator, & left, &right);
	if (!OidIsValid(left) || !OidIsValid(right) ||
		!col_compare_op(operator, left, op))
		return COL_COMPARE_NONE;
	return compare_class(left, right, *op == SIMD_EQ || *op == SIMD_NE,
						 collation);
}

ColExpr *
col_compile_compare(ColCompiler *compiler, Expr *source)
{
	OpExpr *operation = (OpExpr *) source;
	Compare *compare;
	ColCompareClass class;
	SimdCompareOp op;
	ColExpr *expr;
	Oid left;
	Oid right;

	if (!IsA(source, OpExpr) || list_length(operation->args) != 2 ||
		operation->opresulttype != BOOLOID)
		return NULL;
	class = col_compare_operator(operation->opno, operation->inputcollid, &op);
	if (class == COL_COMPARE_NONE)
		return NULL;
	op_input_types(operation->opno, &left, &right);
	expr = col_expr_new(compiler, source, 2);
	compare = MemoryContextAllocZero(compiler->memory, sizeof(*compare));
	for (int i = 0; i < 2; i++)
		expr->args[i] =
			col_expr_compile(compiler, list_nth(operation->args, i));
	compare->class = class;
	compare->op = op;
	compare->lanes[0] = col_lane_of(left);
	compare->lanes[1] = col_lane_of(right);
	/* a constant stands on the right */
	if (IsA(linitial(operation->args), Const) && class != COL_COMPARE_DECIMALS)
	{
		ColExpr *first = expr->args[0];
		int lane = compare->lanes[0];

		expr->args[0] = expr->args[1];
		expr->args[1] = first;
		compare->lanes[0] = compare->lanes[1];
		compare->lanes[1] = lane;
		compare->op = col_compare_commuted(op);
	}
	expr->own = compare;
	expr->test = compare_test;
	return expr;
}
