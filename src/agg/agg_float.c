/*
 * agg_float.c - sum, avg and the variance family of floats.
 *
 * Sums of one group come from the kernels, whose order is the same at every level; what
 * comes out infinite or NaN is added again value by value, as overflow is an error and
 * an infinite value is not.  sum(real) is kept as double.  Sums of squares are those
 * of PostgreSQL (Youngs and Cramer, float8_accum); avg needs them only because it
 * overflows where they do, which small values cannot.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/float.h"
#include "utils/fmgroids.h"

#include "simd/simd.h"
#include "src/agg/aggregate_internal.h"
#include "src/expr/expr_internal.h"

/* The sum of squares of 2^50 values up to it is finite. */
#define SMALL 1e140

typedef struct FloatState
{
	double n;
	double sum;
	double squares; /* sum of (value - mean)^2 */
} FloatState;

static void
accumulate(FloatState *state, double value, bool squares)
{
	double before = state->sum;
	double n = state->n + 1;
	double sum = before + value;

	if (squares && state->n > 0)
	{
		double difference = value * n - sum;

		state->squares += difference * difference / (n * state->n);
		if (isinf(sum) || isinf(state->squares))
		{
			if (!isinf(before) && !isinf(value))
				float_overflow_error();
			state->squares = get_float8_nan();
		}
	}
	else if (squares)
	{
		if (isnan(value) || isinf(value))
			state->squares = get_float8_nan();
	}
	else if (isinf(sum) && !isinf(before) && !isinf(value))
		float_overflow_error();
	state->n = n;
	state->sum = sum;
}

typedef enum FloatUse
{
	USE_SUM,
	USE_AVG,
	USE_SQUARES
} FloatUse;

static void
add_rows(ColAggregate *aggregate, const double *values, const uint64 *validity,
		 const ColAggRows *rows, FloatUse use)
{
	FloatState *states = (FloatState *) aggregate->states;

	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		uint32 row = rows->rows[i];
		FloatState *state =
			&states[rows->groups ? rows->groups[i] : rows->group];
		double value = values[row];

		if (validity && (validity[row / 64] >> row % 64 & 1) == 0)
			continue;
		if (use == USE_SQUARES)
			accumulate(state, value, true);
		else if (use == USE_AVG && !(fabs(value) <= SMALL))
			accumulate(state, value, true);
		else
			accumulate(state, value, false);
	}
}

static void
float_add(ColAggregate *aggregate, const ColVector *args,
		  const ColAggRows *rows, FloatUse use)
{
	FloatState *state = (FloatState *) aggregate->states + rows->group;
	const ColVector *vector = &args[0];
	const uint64 *validity = vector->validity;
	int lane = aggregate->kind->lane;
	double scratch[COL_VECTOR_ROWS];

	if (rows->groups == NULL && use != USE_SQUARES &&
		vector->kind == COL_VECTOR_FLAT)
	{
		const SimdKernels *kernels = simd_kernels();
		uint64 mask[COL_VECTOR_WORDS];
		uint32 n;
		double sum;

		for (int w = 0; w < COL_VECTOR_WORDS; w++)
			mask[w] = rows->mask[w] & (validity ? validity[w] : ~(uint64) 0);
		n = kernels->count_bits(mask, COL_VECTOR_ROWS);
		if (n == 0)
			return;
		sum = kernels->sum_float[lane == SIMD_F64](
			vector->values, vector->n_rows, n == vector->n_rows ? NULL : mask);
		/* values that cancel out each other are not small */
		if (fabs(sum) < SMALL && isfinite(state->sum + sum) &&
			(use == USE_SUM || lane == SIMD_F32 || state->squares == 0))
		{
			bool small = use == USE_SUM || lane == SIMD_F32;

			if (!small)
			{
				double min = 0;
				double max = 0;

				kernels->min_max[SIMD_F64](vector->values, vector->n_rows, mask,
										   &min, &max);
				small = min >= -SMALL && max <= SMALL;
			}
			if (small)
			{
				state->sum += sum;
				state->n += n;
				return;
			}
		}
	}
	add_rows(aggregate, col_lanes_double(vector, lane, scratch), validity, rows,
			 use);
}

static void
sum_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows)
{
	float_add(aggregate, args, rows, USE_SUM);
}

static void
avg_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows)
{
	/* who shares the state may need the squares */
	float_add(aggregate, args, rows,
			  aggregate->is_partial && aggregate->is_shared ? USE_SQUARES
															: USE_AVG);
}

static void
squares_add(ColAggregate *aggregate, const ColVector *args,
			const ColAggRows *rows)
{
	float_add(aggregate, args, rows, USE_SQUARES);
}

static Datum
sum_result(ColAggregate *aggregate, void *place, bool *null)
{
	FloatState *state = place;

	*null = state->n == 0;
	if (aggregate->kind->lane == SIMD_F32)
	{
		float sum = (float) state->sum;

		if (isinf(sum) && !isinf(state->sum))
			float_overflow_error();
		return Float4GetDatum(sum);
	}
	return Float8GetDatum(state->sum);
}

static Datum
avg_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
		   bool *null)
{
	FloatState *state = place;

	*null = state->n == 0;
	return Float8GetDatum(*null ? 0 : state->sum / state->n);
}

/* Population or sample, variance or deviation. */
static Datum
variance(const FloatState *state, bool sample, bool root, bool *null)
{
	double n = state->n - sample;
	double result;

	*null = n <= 0;
	result = *null ? 0 : state->squares / n;
	return Float8GetDatum(root ? sqrt(result) : result);
}

static Datum
var_pop_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
			   bool *null)
{
	return variance(place, false, false, null);
}

static Datum
var_samp_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
				bool *null)
{
	return variance(place, true, false, null);
}

static Datum
stddev_pop_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
				  bool *null)
{
	return variance(place, false, true, null);
}

static Datum
stddev_samp_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
				   bool *null)
{
	return variance(place, true, true, null);
}

static Datum
partial_array(ColAggregate *aggregate pg_attribute_unused(), void *place,
			  bool *null pg_attribute_unused())
{
	FloatState *state = place;
	Datum values[3] = {Float8GetDatum(state->n), Float8GetDatum(state->sum),
					   Float8GetDatum(state->squares)};

	return PointerGetDatum(construct_array(values, 3, FLOAT8OID, sizeof(double),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

#define FLOAT_KIND(oid, simd_lane, add_function, result_function,              \
				   partial_function)                                           \
	{                                                                          \
		.function = oid, .state_bytes = sizeof(FloatState), .lane = simd_lane, \
		.by_mask = true, .in_order = true, .add = add_function,                \
		.result = result_function, .partial = partial_function                 \
	}
#define SQUARES_KIND(oid, simd_lane, result_function) \
	FLOAT_KIND(oid, simd_lane, squares_add, result_function, partial_array)

const ColAggKind col_agg_floats[] = {
	FLOAT_KIND(F_SUM_FLOAT4, SIMD_F32, sum_add, sum_result, NULL),
	FLOAT_KIND(F_SUM_FLOAT8, SIMD_F64, sum_add, sum_result, NULL),
	FLOAT_KIND(F_AVG_FLOAT4, SIMD_F32, avg_add, avg_result, partial_array),
	FLOAT_KIND(F_AVG_FLOAT8, SIMD_F64, avg_add, avg_result, partial_array),
	SQUARES_KIND(F_VAR_POP_FLOAT4, SIMD_F32, var_pop_result),
	SQUARES_KIND(F_VAR_POP_FLOAT8, SIMD_F64, var_pop_result),
	SQUARES_KIND(F_VAR_SAMP_FLOAT4, SIMD_F32, var_samp_result),
	SQUARES_KIND(F_VAR_SAMP_FLOAT8, SIMD_F64, var_samp_result),
	SQUARES_KIND(F_VARIANCE_FLOAT4, SIMD_F32, var_samp_result),
	SQUARES_KIND(F_VARIANCE_FLOAT8, SIMD_F64, var_samp_result),
	SQUARES_KIND(F_STDDEV_POP_FLOAT4, SIMD_F32, stddev_pop_result),
	SQUARES_KIND(F_STDDEV_POP_FLOAT8, SIMD_F64, stddev_pop_result),
	SQUARES_KIND(F_STDDEV_SAMP_FLOAT4, SIMD_F32, stddev_samp_result),
	SQUARES_KIND(F_STDDEV_SAMP_FLOAT8, SIMD_F64, stddev_samp_result),
	SQUARES_KIND(F_STDDEV_FLOAT4, SIMD_F32, stddev_samp_result),
	SQUARES_KIND(F_STDDEV_FLOAT8, SIMD_F64, stddev_samp_result),
	{0}};
