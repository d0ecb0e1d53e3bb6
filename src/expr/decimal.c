/*
 * decimal.c - numeric as scaled integers: addition, subtraction, multiplication, modulo,
 * sign.
 *
 * numeric's sum and modulo have the larger display scale of both, its product the sum of both: so
 * values of one display scale give values of one display scale.  Where values of a batch
 * differ in theirs, are no decimals, or come out larger than int64, PostgreSQL computes.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"

#include "src/encoding/decimal.h"
#include "src/expr/expr_internal.h"

/* Display scales up to which products are computed. */
#define SCALE_MAX 18

/* One image; false: it is no decimal of that scale. */
static bool
parse_image(const uint8 *image, int scale, int64 *lane)
{
	ColInt128 scaled;

	if (col_decimal_scale(image) != scale ||
		!col_decimal_parse(image, scale, &scaled) || scaled != (int64) scaled)
		return false;
	*lane = (int64) scaled;
	return true;
}

bool
col_as_decimals(ColExpr *expr, ColEval *eval, const uint64 *mask,
				ColVector *vector)
{
	ColMaskWalk walk = COL_MASK_BEGIN(mask);
	int scale = -1;
	int64 *lanes;
	int row;

	if (vector->phys == COL_PHYS_DECIMAL)
		return true;
	Assert(vector->phys == COL_PHYS_IMAGE);
	lanes = MemoryContextAllocZero(
		eval->memory, COL_VECTOR_ROWS * sizeof(int64) + COL_TAIL_BYTES);
	(void) expr;
	while ((row = col_mask_next(mask, &walk)) >= 0)
	{
		const uint8 *image;

		if (col_vector_is_null(vector, row))
			continue;
		image = col_vector_value(vector, row);
		if (scale < 0)
			scale = col_decimal_scale(image);
		if (scale < 0 || scale > SCALE_MAX ||
			!parse_image(image, scale, &lanes[row]))
			return false;
		if (vector->kind == COL_VECTOR_CONSTANT)
		{
			lanes[0] = lanes[row];
			break;
		}
	}
	if (vector->kind == COL_VECTOR_DICTIONARY)
		vector->kind = COL_VECTOR_FLAT;
	vector->phys = COL_PHYS_DECIMAL;
	vector->stride_bytes = sizeof(int64);
	vector->scale = Max(scale, 0);
	vector->values = (const uint8 *) lanes;
	return true;
}

typedef enum Operation
{
	DECIMAL_ADD,
	DECIMAL_SUBTRACT,
	DECIMAL_MULTIPLY,
	DECIMAL_MODULO,
	DECIMAL_NEGATE,
	DECIMAL_OF_INT
} Operation;

static int64
power_of_ten(int power)
{
	int64 value = 1;

	while (power-- > 0)
		value *= 10;
	return value;
}

/* The lanes of a vector times factor, by a kernel, or NULL: they may overflow. */
static const int64 *
scaled_lanes(const ColVector *vector, int64 factor, int64 *scratch, bool *once)
{
	const int64 *lanes = (const int64 *) vector->values;

	*once = vector->kind == COL_VECTOR_CONSTANT;
	if (factor == 1)
		return lanes;
	if (*once)
		return __builtin_mul_overflow(*lanes, factor, scratch) ? NULL : scratch;
	return simd_kernels()->arithmetic[SIMD_I64](SIMD_MULTIPLY, lanes, false,
												&factor, true, vector->n_rows,
												scratch)
			   ? scratch
			   : NULL;
}

/* All rows by one kernel; false: it cannot tell. */
static bool
compute_lanes(Operation operation, const ColVector *vectors, int scale,
			  int64 *r)
{
	int64 scratch[2][COL_VECTOR_ROWS];
	const int64 *lanes[2];
	bool once[2];

	if (operation == DECIMAL_MODULO)
		return false;
	for (int i = 0; i < 2; i++)
	{
		lanes[i] = scaled_lanes(&vectors[i],
								operation == DECIMAL_MULTIPLY
									? 1
									: power_of_ten(scale - vectors[i].scale),
								scratch[i], &once[i]);
		if (lanes[i] == NULL)
			return false;
	}
	return !(once[0] && once[1]) &&
		   simd_kernels()->arithmetic[SIMD_I64](
			   operation == DECIMAL_ADD		   ? SIMD_ADD
			   : operation == DECIMAL_SUBTRACT ? SIMD_SUBTRACT
											   : SIMD_MULTIPLY,
			   lanes[0], once[0], lanes[1], once[1], vectors[0].n_rows, r);
}

/* r = a * factor_a + b * factor_b (or -, %), or a * b; false: some row overflows. */
static bool
compute(Operation operation, const int64 *a, int64 factor_a, const int64 *b,
		int64 factor_b, uint32 n, int64 *r, uint64 *bad)
{
	uint64 any = 0;

	for (uint32 i = 0; i < n; i++)
	{
		int64 x;
		int64 y;
		bool over;

		if (operation == DECIMAL_MULTIPLY)
			over = __builtin_mul_overflow(a[i], b[i], &r[i]);
		else
		{
			over = __builtin_mul_overflow(a[i], factor_a, &x);
			over |= __builtin_mul_overflow(b[i], factor_b, &y);
			if (operation == DECIMAL_MODULO)
			{
				over |= y == 0;
				r[i] = over || y == -1 ? 0 : x % y;
			}
			else
				over |= operation == DECIMAL_ADD
							? __builtin_add_overflow(x, y, &r[i])
							: __builtin_sub_overflow(x, y, &r[i]);
		}
		bad[i / 64] |= (uint64) over << i % 64;
		any |= over;
	}
	return any == 0;
}

/* Do rows of mask overflow that are not NULL? */
static bool
wanted_is_bad(const uint64 *bad, const uint64 *mask, const uint64 *validity)
{
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		if ((bad[w] & mask[w] & (validity ? validity[w] : ~(uint64) 0)) != 0)
			return true;
	}
	return false;
}

static void
set_decimals(ColExpr *expr, ColVector *out, uint32 n, int scale,
			 const uint64 *validity)
{
	col_expr_set_lanes(expr, out, n, sizeof(int64), validity);
	out->phys = COL_PHYS_DECIMAL;
	out->scale = scale;
}

static bool
decimal_values(ColExpr *expr, ColEval *eval, const uint64 *mask, ColVector *out)
{
	Operation operation = *(Operation *) expr->own;
	int64 scratch[2][COL_VECTOR_ROWS];
	uint64 bad[COL_VECTOR_WORDS] = {0};
	uint32 n = eval->batch->n_rows;
	int64 *r = (int64 *) col_expr_lanes(expr, sizeof(int64));
	const uint64 *validity;
	ColVector vectors[2];
	const int64 *a;
	const int64 *b;
	int scale;

	for (int i = 0; i < expr->n_args; i++)
	{
		if (!col_expr_values(expr->args[i], eval, mask, &vectors[i]))
			return false;
		vectors[i].n_rows = n;
		if (operation != DECIMAL_OF_INT &&
			!col_as_decimals(expr->args[i], eval, mask, &vectors[i]))
			return false;
	}
	if (operation == DECIMAL_OF_INT)
	{
		a = col_lanes_int64(&vectors[0], col_lane_of(expr->args[0]->type), r);
		if (a != r)
			memcpy(r, a, n * sizeof(int64));
		set_decimals(expr, out, n, 0, vectors[0].validity);
		return true;
	}
	if (operation == DECIMAL_NEGATE)
	{
		a = col_lanes_int64(&vectors[0], SIMD_I64, scratch[0]);
		for (uint32 i = 0; i < n; i++)
		{
			r[i] = (int64) (0 - (uint64) a[i]);
			bad[i / 64] |= (uint64) (a[i] == INT64_MIN) << i % 64;
		}
		validity = vectors[0].validity;
		if (wanted_is_bad(bad, mask, validity))
			return false;
		set_decimals(expr, out, n, vectors[0].scale, validity);
		return true;
	}
	validity = col_expr_valid_both(expr, &vectors[0], &vectors[1]);
	scale = operation == DECIMAL_MULTIPLY
				? vectors[0].scale + vectors[1].scale
				: Max(vectors[0].scale, vectors[1].scale);
	if (scale > SCALE_MAX)
		return false;
	if (compute_lanes(operation, vectors, scale, r))
	{
		set_decimals(expr, out, n, scale, validity);
		return true;
	}
	a = col_lanes_int64(&vectors[0], SIMD_I64, scratch[0]);
	b = col_lanes_int64(&vectors[1], SIMD_I64, scratch[1]);
	if (!compute(operation, a, power_of_ten(scale - vectors[0].scale), b,
				 power_of_ten(scale - vectors[1].scale), n, r, bad) &&
		wanted_is_bad(bad, mask, validity))
		return false;
	set_decimals(expr, out, n, scale, validity);
	return true;
}

ColExpr *
col_compile_decimal(ColCompiler *compiler, Expr *source)
{
	static const struct
	{
		Oid function;
		Operation operation;
	} functions[] = {{F_NUMERIC_ADD, DECIMAL_ADD},
					 {F_NUMERIC_SUB, DECIMAL_SUBTRACT},
					 {F_NUMERIC_MOD, DECIMAL_MODULO},
					 {F_MOD_NUMERIC_NUMERIC, DECIMAL_MODULO},
					 {F_NUMERIC_MUL, DECIMAL_MULTIPLY},
					 {F_NUMERIC_UMINUS, DECIMAL_NEGATE},
					 {F_NUMERIC_INT2, DECIMAL_OF_INT},
					 {F_NUMERIC_INT4, DECIMAL_OF_INT},
					 {F_NUMERIC_INT8, DECIMAL_OF_INT}};
	List *args;
	Oid called;

	if (!col_match_call(source, &called, &args))
		return NULL;
	for (int i = 0; i < lengthof(functions); i++)
	{
		ColExpr *expr;

		if (functions[i].function != called)
			continue;
		expr = col_expr_new(compiler, source, list_length(args));
		for (int k = 0; k < expr->n_args; k++)
			expr->args[k] = col_expr_compile(compiler, list_nth(args, k));
		expr->own = MemoryContextAlloc(compiler->memory, sizeof(Operation));
		*(Operation *) expr->own = functions[i].operation;
		expr->values = decimal_values;
		return expr;
	}
	return NULL;
}
