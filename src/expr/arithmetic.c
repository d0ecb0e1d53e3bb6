/*
 * arithmetic.c - integers, floats and dates: operators, signs and casts.
 *
 * Integers are computed as int64, floats as double: float4's four operations come out
 * the same when they are rounded afterwards.  Where a result that is wanted would be an
 * error (overflow, division by zero, a date that is infinite), PostgreSQL is left to
 * say so.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

#include "src/expr/expr_internal.h"

typedef enum Operation
{
	INT_ADD,
	INT_SUBTRACT,
	INT_MULTIPLY,
	INT_DIVIDE,
	INT_MODULO,
	INT_NEGATE,
	INT_ABSOLUTE,
	INT_CAST,
	INT_OF_FLOAT,
	FLOAT_ADD,
	FLOAT_SUBTRACT,
	FLOAT_MULTIPLY,
	FLOAT_DIVIDE,
	FLOAT_NEGATE,
	FLOAT_ABSOLUTE,
	FLOAT_CAST,
	DATE_ADD,
	DATE_SUBTRACT,
	DATE_MINUS_DATE,
	TIMESTAMP_OF_DATE,
	DATE_OF_TIMESTAMP
} Operation;

typedef struct Function
{
	Oid function;
	Operation operation;
	int8 result;   /* SimdType */
	int8 lanes[2]; /* of the arguments; -1: there is one */
} Function;

#define INT_OPERATORS(result, a, b, add, subtract, multiply, divide)          \
	{add, INT_ADD, result, {a, b}}, {subtract, INT_SUBTRACT, result, {a, b}}, \
		{multiply, INT_MULTIPLY, result, {a, b}},                             \
	{                                                                         \
		divide, INT_DIVIDE, result,                                           \
		{                                                                     \
			a, b                                                              \
		}                                                                     \
	}
#define FLOAT_OPERATORS(result, a, b, add, subtract, multiply, divide) \
	{add, FLOAT_ADD, result, {a, b}},                                  \
		{subtract, FLOAT_SUBTRACT, result, {a, b}},                    \
		{multiply, FLOAT_MULTIPLY, result, {a, b}},                    \
	{                                                                  \
		divide, FLOAT_DIVIDE, result,                                  \
		{                                                              \
			a, b                                                       \
		}                                                              \
	}

static const Function functions[] = {
	INT_OPERATORS(SIMD_I16, SIMD_I16, SIMD_I16, F_INT2PL, F_INT2MI, F_INT2MUL,
				  F_INT2DIV),
	INT_OPERATORS(SIMD_I32, SIMD_I32, SIMD_I32, F_INT4PL, F_INT4MI, F_INT4MUL,
				  F_INT4DIV),
	INT_OPERATORS(SIMD_I64, SIMD_I64, SIMD_I64, F_INT8PL, F_INT8MI, F_INT8MUL,
				  F_INT8DIV),
	INT_OPERATORS(SIMD_I32, SIMD_I16, SIMD_I32, F_INT24PL, F_INT24MI,
				  F_INT24MUL, F_INT24DIV),
	INT_OPERATORS(SIMD_I32, SIMD_I32, SIMD_I16, F_INT42PL, F_INT42MI,
				  F_INT42MUL, F_INT42DIV),
	INT_OPERATORS(SIMD_I64, SIMD_I16, SIMD_I64, F_INT28PL, F_INT28MI,
				  F_INT28MUL, F_INT28DIV),
	INT_OPERATORS(SIMD_I64, SIMD_I64, SIMD_I16, F_INT82PL, F_INT82MI,
				  F_INT82MUL, F_INT82DIV),
	INT_OPERATORS(SIMD_I64, SIMD_I32, SIMD_I64, F_INT48PL, F_INT48MI,
				  F_INT48MUL, F_INT48DIV),
	INT_OPERATORS(SIMD_I64, SIMD_I64, SIMD_I32, F_INT84PL, F_INT84MI,
				  F_INT84MUL, F_INT84DIV),
	FLOAT_OPERATORS(SIMD_F32, SIMD_F32, SIMD_F32, F_FLOAT4PL, F_FLOAT4MI,
					F_FLOAT4MUL, F_FLOAT4DIV),
	FLOAT_OPERATORS(SIMD_F64, SIMD_F64, SIMD_F64, F_FLOAT8PL, F_FLOAT8MI,
					F_FLOAT8MUL, F_FLOAT8DIV),
	FLOAT_OPERATORS(SIMD_F64, SIMD_F32, SIMD_F64, F_FLOAT48PL, F_FLOAT48MI,
					F_FLOAT48MUL, F_FLOAT48DIV),
	FLOAT_OPERATORS(SIMD_F64, SIMD_F64, SIMD_F32, F_FLOAT84PL, F_FLOAT84MI,
					F_FLOAT84MUL, F_FLOAT84DIV),
	{F_INT2MOD, INT_MODULO, SIMD_I16, {SIMD_I16, SIMD_I16}},
	{F_INT4MOD, INT_MODULO, SIMD_I32, {SIMD_I32, SIMD_I32}},
	{F_INT8MOD, INT_MODULO, SIMD_I64, {SIMD_I64, SIMD_I64}},
	{F_MOD_INT2_INT2, INT_MODULO, SIMD_I16, {SIMD_I16, SIMD_I16}},
	{F_MOD_INT4_INT4, INT_MODULO, SIMD_I32, {SIMD_I32, SIMD_I32}},
	{F_MOD_INT8_INT8, INT_MODULO, SIMD_I64, {SIMD_I64, SIMD_I64}},
	{F_INT2UM, INT_NEGATE, SIMD_I16, {SIMD_I16, -1}},
	{F_INT4UM, INT_NEGATE, SIMD_I32, {SIMD_I32, -1}},
	{F_INT8UM, INT_NEGATE, SIMD_I64, {SIMD_I64, -1}},
	{F_ABS_INT2, INT_ABSOLUTE, SIMD_I16, {SIMD_I16, -1}},
	{F_ABS_INT4, INT_ABSOLUTE, SIMD_I32, {SIMD_I32, -1}},
	{F_ABS_INT8, INT_ABSOLUTE, SIMD_I64, {SIMD_I64, -1}},
	{F_INT2ABS, INT_ABSOLUTE, SIMD_I16, {SIMD_I16, -1}},
	{F_INT4ABS, INT_ABSOLUTE, SIMD_I32, {SIMD_I32, -1}},
	{F_INT8ABS, INT_ABSOLUTE, SIMD_I64, {SIMD_I64, -1}},
	{F_FLOAT4UM, FLOAT_NEGATE, SIMD_F32, {SIMD_F32, -1}},
	{F_FLOAT8UM, FLOAT_NEGATE, SIMD_F64, {SIMD_F64, -1}},
	{F_ABS_FLOAT4, FLOAT_ABSOLUTE, SIMD_F32, {SIMD_F32, -1}},
	{F_ABS_FLOAT8, FLOAT_ABSOLUTE, SIMD_F64, {SIMD_F64, -1}},
	{F_FLOAT4ABS, FLOAT_ABSOLUTE, SIMD_F32, {SIMD_F32, -1}},
	{F_FLOAT8ABS, FLOAT_ABSOLUTE, SIMD_F64, {SIMD_F64, -1}},
	{F_INT4_INT2, INT_CAST, SIMD_I32, {SIMD_I16, -1}},
	{F_INT8_INT2, INT_CAST, SIMD_I64, {SIMD_I16, -1}},
	{F_INT8_INT4, INT_CAST, SIMD_I64, {SIMD_I32, -1}},
	{F_INT2_INT4, INT_CAST, SIMD_I16, {SIMD_I32, -1}},
	{F_INT2_INT8, INT_CAST, SIMD_I16, {SIMD_I64, -1}},
	{F_INT4_INT8, INT_CAST, SIMD_I32, {SIMD_I64, -1}},
	{F_FLOAT4_INT2, FLOAT_CAST, SIMD_F32, {SIMD_I16, -1}},
	{F_FLOAT8_INT2, FLOAT_CAST, SIMD_F64, {SIMD_I16, -1}},
	{F_FLOAT8_INT4, FLOAT_CAST, SIMD_F64, {SIMD_I32, -1}},
	{F_FLOAT8_INT8, FLOAT_CAST, SIMD_F64, {SIMD_I64, -1}},
	{F_FLOAT8_FLOAT4, FLOAT_CAST, SIMD_F64, {SIMD_F32, -1}},
	{F_FLOAT4_FLOAT8, FLOAT_CAST, SIMD_F32, {SIMD_F64, -1}},
	{F_INT2_FLOAT4, INT_OF_FLOAT, SIMD_I16, {SIMD_F32, -1}},
	{F_INT4_FLOAT4, INT_OF_FLOAT, SIMD_I32, {SIMD_F32, -1}},
	{F_INT8_FLOAT4, INT_OF_FLOAT, SIMD_I64, {SIMD_F32, -1}},
	{F_INT2_FLOAT8, INT_OF_FLOAT, SIMD_I16, {SIMD_F64, -1}},
	{F_INT4_FLOAT8, INT_OF_FLOAT, SIMD_I32, {SIMD_F64, -1}},
	{F_INT8_FLOAT8, INT_OF_FLOAT, SIMD_I64, {SIMD_F64, -1}},
	{F_DATE_PLI, DATE_ADD, SIMD_I32, {SIMD_I32, SIMD_I32}},
	{F_DATE_MII, DATE_SUBTRACT, SIMD_I32, {SIMD_I32, SIMD_I32}},
	{F_DATE_MI, DATE_MINUS_DATE, SIMD_I32, {SIMD_I32, SIMD_I32}},
	{F_TIMESTAMP_DATE, TIMESTAMP_OF_DATE, SIMD_I64, {SIMD_I32, -1}},
	{F_DATE_TIMESTAMP, DATE_OF_TIMESTAMP, SIMD_I32, {SIMD_I64, -1}},
};

/* Rows of which PostgreSQL has to say what comes out. */
#define EACH_ROW(statement, is_bad)            \
	for (uint32 w = 0; w < (n + 63) / 64; w++) \
	{                                          \
		uint32 end = Min(n - w * 64, 64);      \
		uint64 bits = 0;                       \
                                               \
		for (uint32 k = 0; k < end; k++)       \
		{                                      \
			uint32 i = w * 64 + k;             \
                                               \
			statement;                         \
			bits |= (uint64) (is_bad) << k;    \
		}                                      \
		bad[w] = bits;                         \
	}

static void
narrow_range(int lane, int64 *min, int64 *max)
{
	*min = lane == SIMD_I16	  ? INT16_MIN
		   : lane == SIMD_I32 ? INT32_MIN
							  : INT64_MIN;
	*max = lane == SIMD_I16	  ? INT16_MAX
		   : lane == SIMD_I32 ? INT32_MAX
							  : INT64_MAX;
}

/* One of the operations with integer results, into r. */
static void
compute_int(const Function *function, const int64 *a, const int64 *b, uint32 n,
			int64 *r, uint64 *bad)
{
	int64 min;
	int64 max;

	narrow_range(function->result, &min, &max);
	switch (function->operation)
	{
		case INT_ADD:
			EACH_ROW(bool over = __builtin_add_overflow(a[i], b[i], &r[i]),
					 over || r[i] < min || r[i] > max)
			break;
		case INT_SUBTRACT:
			EACH_ROW(bool over = __builtin_sub_overflow(a[i], b[i], &r[i]),
					 over || r[i] < min || r[i] > max)
			break;
		case INT_MULTIPLY:
			EACH_ROW(bool over = __builtin_mul_overflow(a[i], b[i], &r[i]),
					 over || r[i] < min || r[i] > max)
			break;
		case INT_DIVIDE:
			EACH_ROW(bool no = b[i] == 0 || (b[i] == -1 && a[i] == min);
					 r[i] = no ? 0 : a[i] / b[i], no)
			break;
		case INT_MODULO:
			EACH_ROW(r[i] = b[i] == 0 || b[i] == -1 ? 0 : a[i] % b[i],
					 b[i] == 0)
			break;
		case INT_NEGATE:
			EACH_ROW(r[i] = (int64) (0 - (uint64) a[i]), a[i] == min)
			break;
		case INT_ABSOLUTE:
			EACH_ROW(r[i] = a[i] < 0 ? (int64) (0 - (uint64) a[i]) : a[i],
					 a[i] == min)
			break;
		case INT_CAST:
			EACH_ROW(r[i] = a[i], a[i] < min || a[i] > max)
			break;
		case DATE_ADD:
			EACH_ROW(r[i] = a[i] + b[i],
					 DATE_NOT_FINITE(a[i]) ||
						 r[i] < DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE ||
						 r[i] >= DATE_END_JULIAN - POSTGRES_EPOCH_JDATE)
			break;
		case DATE_SUBTRACT:
			EACH_ROW(r[i] = a[i] - b[i],
					 DATE_NOT_FINITE(a[i]) ||
						 r[i] < DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE ||
						 r[i] >= DATE_END_JULIAN - POSTGRES_EPOCH_JDATE)
			break;
		case DATE_MINUS_DATE:
			EACH_ROW(r[i] = a[i] - b[i],
					 DATE_NOT_FINITE(a[i]) || DATE_NOT_FINITE(b[i]))
			break;
		case TIMESTAMP_OF_DATE:
			EACH_ROW(r[i] = a[i] * USECS_PER_DAY,
					 DATE_NOT_FINITE(a[i]) ||
						 a[i] >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
			break;
		case DATE_OF_TIMESTAMP:
			EACH_ROW(r[i] = a[i] / USECS_PER_DAY - (a[i] % USECS_PER_DAY < 0),
					 TIMESTAMP_NOT_FINITE(a[i]))
			break;
		default:
			pg_unreachable();
	}
}

static void
compute_int_of_float(const Function *function, const double *a, uint32 n,
					 int64 *r, uint64 *bad)
{
	int64 min;
	int64 max;
	double low;
	double high;

	narrow_range(function->result, &min, &max);
	low = (double) min;
	high = -low; /* max + 1, exactly */
	EACH_ROW(double x = rint(a[i]); bool fits = x >= low && x < high;
			 r[i] = fits ? (int64) x : 0, !fits)
}

static void
compute_float(const Function *function, const double *a, const double *b,
			  uint32 n, double *r, uint64 *bad)
{
	bool narrow = function->result == SIMD_F32;

#define ROUNDED(x) (narrow ? (double) (float) (x) : (x))
	switch (function->operation)
	{
		case FLOAT_ADD:
			EACH_ROW(r[i] = ROUNDED(a[i] + b[i]),
					 isinf(r[i]) && !isinf(a[i]) && !isinf(b[i]))
			break;
		case FLOAT_SUBTRACT:
			EACH_ROW(r[i] = ROUNDED(a[i] - b[i]),
					 isinf(r[i]) && !isinf(a[i]) && !isinf(b[i]))
			break;
		case FLOAT_MULTIPLY:
			EACH_ROW(r[i] = ROUNDED(a[i] * b[i]),
					 (isinf(r[i]) && !isinf(a[i]) && !isinf(b[i])) ||
						 (r[i] == 0 && a[i] != 0 && b[i] != 0))
			break;
		case FLOAT_DIVIDE:
			EACH_ROW(r[i] = ROUNDED(a[i] / b[i]),
					 b[i] == 0 || (isinf(r[i]) && !isinf(a[i])) ||
						 (r[i] == 0 && a[i] != 0 && !isinf(b[i])))
			break;
		case FLOAT_NEGATE:
			EACH_ROW(r[i] = -a[i], false)
			break;
		case FLOAT_ABSOLUTE:
			EACH_ROW(r[i] = fabs(a[i]), false)
			break;
		case FLOAT_CAST:
			EACH_ROW(r[i] = ROUNDED(a[i]),
					 (isinf(r[i]) && !isinf(a[i])) || (r[i] == 0 && a[i] != 0))
			break;
		default:
			pg_unreachable();
	}
#undef ROUNDED
}

#define NARROW(type, from)         \
	for (uint32 i = 0; i < n; i++) \
	((type *) lanes)[i] = (type) (from)[i]

static void
store_lanes(int lane, const void *r, uint32 n, uint8 *lanes)
{
	switch (lane)
	{
		case SIMD_I16:
			NARROW(int16, (const int64 *) r);
			break;
		case SIMD_I32:
			NARROW(int32, (const int64 *) r);
			break;
		case SIMD_F32:
			NARROW(float, (const double *) r);
			break;
		default:
			Assert(r == lanes);
	}
}

static int
lane_bytes(int lane)
{
	return lane == SIMD_I16 ? 2 : lane == SIMD_I32 || lane == SIMD_F32 ? 4 : 8;
}

static bool
lane_is_float(int lane)
{
	return lane == SIMD_F32 || lane == SIMD_F64;
}

/* All rows of two vectors by one kernel; false: it cannot, or not surely. */
static bool
compute_lanes(const Function *function, const ColVector *vectors, uint32 n,
			  uint8 *lanes)
{
	static const int operations[] = {[INT_ADD] = SIMD_ADD,
									 [INT_SUBTRACT] = SIMD_SUBTRACT,
									 [INT_MULTIPLY] = SIMD_MULTIPLY,
									 [FLOAT_ADD] = SIMD_ADD,
									 [FLOAT_SUBTRACT] = SIMD_SUBTRACT,
									 [FLOAT_MULTIPLY] = SIMD_MULTIPLY,
									 [FLOAT_DIVIDE] = SIMD_DIVIDE};
	int64 scratch[2][COL_VECTOR_ROWS];
	const void *inputs[2];
	bool once[2];

	if (function->operation > INT_MULTIPLY &&
		(function->operation < FLOAT_ADD || function->operation > FLOAT_DIVIDE))
		return false;
	for (int i = 0; i < 2; i++)
	{
		inputs[i] = col_lanes_as(&vectors[i], function->lanes[i],
								 function->result, scratch[i], &once[i]);
		if (inputs[i] == NULL)
			return false;
	}
	return !(once[0] && once[1]) &&
		   simd_kernels()->arithmetic[function->result](
			   operations[function->operation], inputs[0], once[0], inputs[1],
			   once[1], n, lanes);
}

/* The same a row at a time, or another operation; false: some row of mask is wrong. */
static bool
compute_rows(const Function *function, const ColVector *vectors, uint32 n,
			 const uint64 *mask, const uint64 *validity, uint8 *lanes)
{
	int64 scratch[3][COL_VECTOR_ROWS];
	uint64 bad[COL_VECTOR_WORDS] = {0};
	const void *inputs[2] = {NULL, NULL};
	void *r = lane_bytes(function->result) == 8 ? (void *) lanes
												: (void *) scratch[2];
	bool as_double =
		lane_is_float(function->lanes[0]) || lane_is_float(function->result);

	for (int i = 0; i < 2 && function->lanes[i] >= 0; i++)
		inputs[i] =
			as_double
				? (const void *) col_lanes_double(
					  &vectors[i], function->lanes[i], (double *) scratch[i])
				: col_lanes_int64(&vectors[i], function->lanes[i], scratch[i]);
	if (function->operation == INT_OF_FLOAT)
		compute_int_of_float(function, inputs[0], n, r, bad);
	else if (as_double)
		compute_float(function, inputs[0], inputs[1], n, r, bad);
	else
		compute_int(function, inputs[0], inputs[1], n, r, bad);
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		if ((bad[w] & mask[w] & (validity ? validity[w] : ~(uint64) 0)) != 0)
			return false;
	}
	store_lanes(function->result, r, n, lanes);
	return true;
}

static bool
arithmetic_values(ColExpr *expr, ColEval *eval, const uint64 *mask,
				  ColVector *out)
{
	const Function *function = expr->own;
	uint32 n = eval->batch->n_rows;
	uint8 *lanes = col_expr_lanes(expr, sizeof(int64));
	const uint64 *validity;
	ColVector vectors[2];

	for (int i = 0; i < expr->n_args; i++)
	{
		if (!col_expr_values(expr->args[i], eval, mask, &vectors[i]))
			return false;
		vectors[i].n_rows = n;
	}
	validity = expr->n_args == 1
				   ? vectors[0].validity
				   : col_expr_valid_both(expr, &vectors[0], &vectors[1]);
	if (!compute_lanes(function, vectors, n, lanes) &&
		!compute_rows(function, vectors, n, mask, validity, lanes))
		return false;
	col_expr_set_lanes(expr, out, n, lane_bytes(function->result), validity);
	return true;
}

ColExpr *
col_compile_arithmetic(ColCompiler *compiler, Expr *source)
{
	const Function *function = NULL;
	List *args;
	Oid called;
	ColExpr *expr;

	if (!col_match_call(source, &called, &args))
		return NULL;
	for (int i = 0; i < lengthof(functions) && function == NULL; i++)
	{
		if (functions[i].function == called)
			function = &functions[i];
	}
	if (function == NULL)
		return NULL;
	Assert(list_length(args) == (function->lanes[1] < 0 ? 1 : 2));
	expr = col_expr_new(compiler, source, list_length(args));
	for (int i = 0; i < expr->n_args; i++)
		expr->args[i] = col_expr_compile(compiler, list_nth(args, i));
	expr->own = unconstify(Function *, function);
	expr->values = arithmetic_values;
	return expr;
}
