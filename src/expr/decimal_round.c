/*
 * decimal_round.c - numeric as scaled integers: round, trunc, abs, numeric(p, s), and casts
 * to integers and float8.
 *
 * Rounding goes half away from zero and gives values of the display scale that was asked
 * for.  Where a result is out of range, or may not be the nearest float8, PostgreSQL
 * computes.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/numeric.h"

#include "src/expr/expr_internal.h"

/* Display scales up to which values are computed. */
#define SCALE_MAX 18

/* Integers up to which float8 is exact. */
#define FLOAT_EXACT_MAX (INT64CONST(1) << 53)

typedef enum Operation
{
	ROUND,
	TRUNCATE,
	ABSOLUTE,
	MODIFY,
	TO_INT,
	TO_FLOAT
} Operation;

typedef struct Rounding
{
	Operation operation;
	int scale; /* of the result */
	/* what the result may be */
	int64 min;
	int64 max;
} Rounding;

static int64
power_of_ten(int power)
{
	int64 value = 1;

	while (power-- > 0)
		value *= 10;
	return value;
}

/* value at another scale; false: it is too large for it. */
static inline bool
rescale(const Rounding *rounding, int64 value, int64 factor, int64 divisor,
		int64 *result)
{
	int64 rest;

	if (divisor == 1)
		return !__builtin_mul_overflow(value, factor, result);
	*result = value / divisor;
	if (rounding->operation == TRUNCATE)
		return true;
	rest = value % divisor;
	if (rest >= divisor - divisor / 2)
		(*result)++;
	else if (rest <= divisor / 2 - divisor)
		(*result)--;
	return true;
}

static inline void
store(uint8 *lanes, Size bytes, int row, int64 value)
{
	if (bytes == sizeof(int64))
		((int64 *) lanes)[row] = value;
	else if (bytes == sizeof(int32))
		((int32 *) lanes)[row] = (int32) value;
	else
		((int16 *) lanes)[row] = (int16) value;
}

static bool
rounding_values(ColExpr *expr, ColEval *eval, const uint64 *mask,
				ColVector *out)
{
	const Rounding *rounding = expr->own;
	uint8 *lanes = col_expr_lanes(expr, sizeof(int64));
	Size bytes = expr->typlen > 0 ? expr->typlen : sizeof(int64);
	int64 scratch[COL_VECTOR_ROWS];
	uint64 wanted[COL_VECTOR_WORDS];
	ColMaskWalk walk;
	ColVector vector;
	const int64 *values;
	int64 factor;
	int64 divisor;
	int scale;
	int row;

	if (!col_expr_values(expr->args[0], eval, mask, &vector) ||
		!col_as_decimals(expr->args[0], eval, mask, &vector) ||
		vector.scale > SCALE_MAX)
		return false;
	vector.n_rows = eval->batch->n_rows;
	values = col_lanes_int64(&vector, SIMD_I64, scratch);
	scale = rounding->operation == ABSOLUTE ? vector.scale : rounding->scale;
	factor = power_of_ten(scale - vector.scale);
	divisor = power_of_ten(vector.scale - scale);
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		wanted[w] = mask[w] & (vector.validity ? vector.validity[w] : mask[w]);
	walk = (ColMaskWalk) COL_MASK_BEGIN(wanted);
	while ((row = col_mask_next(wanted, &walk)) >= 0)
	{
		int64 value = values[row];

		if (rounding->operation == TO_FLOAT)
		{
			if (value > FLOAT_EXACT_MAX || value < -FLOAT_EXACT_MAX)
				return false;
			((double *) lanes)[row] =
				(double) value / (double) power_of_ten(vector.scale);
			continue;
		}
		if (rounding->operation == ABSOLUTE && value < 0)
			value = (int64) (0 - (uint64) value);
		if (!rescale(rounding, value, factor, divisor, &value) ||
			value < rounding->min || value > rounding->max)
			return false;
		store(lanes, bytes, row, value);
	}
	col_expr_set_lanes(expr, out, vector.n_rows, bytes, vector.validity);
	if (expr->typlen < 0)
	{
		out->phys = COL_PHYS_DECIMAL;
		out->scale = scale;
	}
	return true;
}

/* The second argument of round, trunc, numeric(p, s); false: nothing known. */
static bool
set_argument(Rounding *rounding, Node *argument)
{
	int32 value;

	if (!IsA(argument, Const) || ((Const *) argument)->constisnull)
		return false;
	value = DatumGetInt32(((Const *) argument)->constvalue);
	if (rounding->operation == MODIFY)
	{
		/* as numeric's type modifiers are made: precision, signed scale */
		int precision = (value - VARHDRSZ) >> 16 & 0xffff;

		if (value < (int32) VARHDRSZ || precision > SCALE_MAX)
			return false;
		value = (((value - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
		rounding->max = power_of_ten(precision) - 1;
		rounding->min = -rounding->max;
	}
	rounding->scale = value;
	return value >= 0 && value <= SCALE_MAX;
}

ColExpr *
col_compile_rounding(ColCompiler *compiler, Expr *source)
{
	static const struct
	{
		Oid function;
		Operation operation;
	} functions[] = {
		{F_ROUND_NUMERIC_INT4, ROUND},	  {F_TRUNC_NUMERIC_INT4, TRUNCATE},
		{F_NUMERIC_NUMERIC_INT4, MODIFY}, {F_NUMERIC_ABS, ABSOLUTE},
		{F_ABS_NUMERIC, ABSOLUTE},		  {F_INT2_NUMERIC, TO_INT},
		{F_INT4_NUMERIC, TO_INT},		  {F_INT8_NUMERIC, TO_INT},
		{F_FLOAT8_NUMERIC, TO_FLOAT}};
	Rounding rounding = {.min = PG_INT64_MIN, .max = PG_INT64_MAX};
	ColExpr *expr;
	List *args;
	Oid called;
	int i = 0;

	if (!col_match_call(source, &called, &args))
		return NULL;
	while (i < lengthof(functions) && functions[i].function != called)
		i++;
	if (i == lengthof(functions))
		return NULL;
	rounding.operation = functions[i].operation;
	if (rounding.operation == ABSOLUTE)
		rounding.min = 0; /* of the smallest there is none */
	if (called == F_INT2_NUMERIC || called == F_INT4_NUMERIC)
	{
		rounding.min = called == F_INT2_NUMERIC ? PG_INT16_MIN : PG_INT32_MIN;
		rounding.max = called == F_INT2_NUMERIC ? PG_INT16_MAX : PG_INT32_MAX;
	}
	if (list_length(args) == 2 && !set_argument(&rounding, lsecond(args)))
		return NULL;
	expr = col_expr_new(compiler, source, 1);
	expr->args[0] = col_expr_compile(compiler, linitial(args));
	expr->own = memcpy(MemoryContextAlloc(compiler->memory, sizeof(rounding)),
					   &rounding, sizeof(rounding));
	expr->values = rounding_values;
	return expr;
}
