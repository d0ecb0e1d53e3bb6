/*
 * compare_time.c - comparisons of date, timestamp and timestamptz with each other.
 *
 * Both sides become microseconds: dates those of their midnight, local times those of
 * the session's zone.  As no zone is a week from UTC, it is asked only for times within
 * a week of what they are compared with.  Dates and a timestamp that is the same for all
 * rows are compared as days.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "src/expr/expr_internal.h"

#define WEEK (7 * USECS_PER_DAY)

/* Arguments: the one that is converted, the other. */
typedef struct CompareTime
{
	SimdCompareOp op;
	Oid from; /* date or timestamp */
	bool zoned;
} CompareTime;

static inline int64
local_of_date(DateADT date)
{
	if (DATE_IS_NOBEGIN(date))
		return DT_NOBEGIN;
	if (DATE_IS_NOEND(date))
		return DT_NOEND;
	/* after all finite timestamps */
	if (date >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		return DT_NOEND - 1;
	return date * USECS_PER_DAY;
}

static int64
utc_of_local(int64 local)
{
	int64 utc;
	int overflow;

	if (!IS_VALID_TIMESTAMP(local))
		return local;
	utc = timestamp2timestamptz_opt_overflow(local, &overflow);
	if (overflow == 0)
		return utc;
	return overflow < 0 ? DT_NOBEGIN + 1 : DT_NOEND - 1;
}

/* What has the order to other that the local time has. */
static inline int64
utc_near(int64 local, int64 other)
{
	int64 distance;

	if (__builtin_sub_overflow(local, other, &distance) || distance > WEEK ||
		distance < -WEEK)
		return local;
	return utc_of_local(local);
}

/* date op timestamp, the same for all rows. */
static void
compare_days(const ColVector *dates, SimdCompareOp op, int64 timestamp,
			 ColTruth *out)
{
	int32 day = DATEVAL_NOEND;
	bool exact = true;

	if (timestamp == DT_NOBEGIN)
		day = DATEVAL_NOBEGIN;
	else if (timestamp != DT_NOEND)
	{
		exact = timestamp % USECS_PER_DAY == 0;
		day = timestamp / USECS_PER_DAY - (timestamp % USECS_PER_DAY < 0);
	}
	if (!exact && (op == SIMD_EQ || op == SIMD_NE))
	{
		memset(out->yes, op == SIMD_NE ? 0xff : 0, sizeof(out->yes));
		return;
	}
	/* it lies between the day and the next */
	if (!exact)
		op = op == SIMD_LT || op == SIMD_LE ? SIMD_LE : SIMD_GT;
	simd_kernels()->compare[SIMD_I32](dates->values, dates->n_rows, op, &day,
									  out->yes);
}

/* The value that is converted is the same for all rows. */
static void
compare_constant(const CompareTime *compare, const uint8 *value,
				 const ColVector *times, ColTruth *out)
{
	int64 time = compare->from == DATEOID
					 ? local_of_date(*(const DateADT *) value)
					 : *(const int64 *) value;

	if (compare->zoned)
		time = utc_of_local(time);
	simd_kernels()->compare[SIMD_I64](times->values, times->n_rows,
									  col_compare_commuted(compare->op), &time,
									  out->yes);
}

static inline bool
order_holds(SimdCompareOp op, int64 a, int64 b)
{
	switch (op)
	{
		case SIMD_EQ:
			return a == b;
		case SIMD_NE:
			return a != b;
		case SIMD_LT:
			return a < b;
		case SIMD_LE:
			return a <= b;
		case SIMD_GT:
			return a > b;
		default:
			return a >= b;
	}
}

static void
compare_rows(const CompareTime *compare, const ColVector *a, const ColVector *b,
			 const uint64 *wanted, ColTruth *out)
{
	ColMaskWalk walk = COL_MASK_BEGIN(wanted);
	int64 scratch_a[COL_VECTOR_ROWS];
	int64 scratch_b[COL_VECTOR_ROWS];
	bool days = compare->from == DATEOID;
	const int64 *x = col_lanes_int64(a, days ? SIMD_I32 : SIMD_I64, scratch_a);
	const int64 *y = col_lanes_int64(b, SIMD_I64, scratch_b);
	int row;

	while ((row = col_mask_next(wanted, &walk)) >= 0)
	{
		int64 time = days ? local_of_date((DateADT) x[row]) : x[row];

		if (compare->zoned)
			time = utc_near(time, y[row]);
		out->yes[row / 64] |= (uint64) order_holds(compare->op, time, y[row])
							  << row % 64;
	}
}

static bool
compare_time_test(ColExpr *expr, ColEval *eval, const uint64 *mask,
				  ColTruth *out)
{
	const CompareTime *compare = expr->own;
	uint64 wanted[COL_VECTOR_WORDS];
	ColVector a;
	ColVector b;

	if (!col_expr_values(expr->args[0], eval, mask, &a) ||
		!col_expr_values(expr->args[1], eval, mask, &b))
		return false;
	memset(out, 0, sizeof(*out));
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		out->unknown[w] = ~((a.validity ? a.validity[w] : ~(uint64) 0) &
							(b.validity ? b.validity[w] : ~(uint64) 0));
		wanted[w] = mask[w] & ~out->unknown[w];
	}
	if (a.kind == COL_VECTOR_CONSTANT && b.kind == COL_VECTOR_FLAT)
		compare_constant(compare, a.values, &b, out);
	else if (compare->from == DATEOID && !compare->zoned &&
			 a.kind == COL_VECTOR_FLAT && b.kind == COL_VECTOR_CONSTANT)
		compare_days(&a, compare->op, *(const int64 *) b.values, out);
	else
		compare_rows(compare, &a, &b, wanted, out);
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		out->yes[w] &= ~out->unknown[w];
	return true;
}

/* Places in the order in which types are converted; -1: another type. */
static int
place_of_type(Oid type)
{
	switch (type)
	{
		case DATEOID:
			return 0;
		case TIMESTAMPOID:
			return 1;
		case TIMESTAMPTZOID:
			return 2;
		default:
			return -1;
	}
}

ColExpr *
col_compile_compare_time(ColCompiler *compiler, Expr *source)
{
	OpExpr *operation = (OpExpr *) source;
	CompareTime *compare;
	SimdCompareOp op;
	ColExpr *expr;
	Oid types[2];
	int first; /* the argument that is converted */

	if (!IsA(source, OpExpr) || list_length(operation->args) != 2 ||
		operation->opresulttype != BOOLOID)
		return NULL;
	op_input_types(operation->opno, &types[0], &types[1]);
	if (place_of_type(types[0]) < 0 || place_of_type(types[1]) < 0 ||
		types[0] == types[1] || !col_compare_op(operation->opno, types[0], &op))
		return NULL;
	first = place_of_type(types[0]) < place_of_type(types[1]) ? 0 : 1;
	expr = col_expr_new(compiler, source, 2);
	for (int i = 0; i < 2; i++)
		expr->args[i] = col_expr_compile(
			compiler, list_nth(operation->args, i == 0 ? first : 1 - first));
	compare = MemoryContextAllocZero(compiler->memory, sizeof(*compare));
	compare->op = first == 0 ? op : col_compare_commuted(op);
	compare->from = types[first];
	compare->zoned = types[1 - first] == TIMESTAMPTZOID;
	expr->own = compare;
	expr->test = compare_time_test;
	return expr;
}
