/*
 * agg_integer.c - count; sum and avg of integers.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/numeric.h"

#include "simd/simd.h"
#include "src/agg/aggregate_internal.h"
#include "src/pg/border.h"

static void
count_add(ColAggregate *aggregate, const ColVector *args,
		  const ColAggRows *rows)
{
	int64 *counts = (int64 *) aggregate->states;
	const uint64 *validity = aggregate->n_args > 0 ? args[0].validity : NULL;

	if (rows->groups == NULL)
	{
		uint32 n = 0;

		if (validity == NULL)
			n = rows->n_rows;
		else
			for (int w = 0; w < COL_VECTOR_WORDS; w++)
				n += __builtin_popcountll(rows->mask[w] & validity[w]);
		counts[rows->group] += n;
		return;
	}
	if (validity == NULL)
	{
		for (uint32 i = 0; i < rows->n_rows; i++)
			counts[rows->groups[i]]++;
		return;
	}
	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		uint32 row = rows->rows[i];

		counts[rows->groups[i]] += validity[row / 64] >> row % 64 & 1;
	}
}

static bool
count_zone(ColAggregate *aggregate, void *state, const ColZone *zone)
{
	if (state)
		*(int64 *) state +=
			zone->n_rows - (aggregate->n_args > 0 ? zone->n_nulls : 0);
	return true;
}

static Datum
count_result(ColAggregate *aggregate pg_attribute_unused(), void *state,
			 bool *null pg_attribute_unused())
{
	return Int64GetDatum(*(int64 *) state);
}

const ColAggKind col_agg_counts[] = {{.by_mask = true,
									  .function = F_COUNT_,
									  .state_bytes = sizeof(int64),
									  .add = count_add,
									  .zone = count_zone,
									  .result = count_result},
									 {.by_mask = true,
									  .function = F_COUNT_ANY,
									  .state_bytes = sizeof(int64),
									  .add = count_add,
									  .zone = count_zone,
									  .result = count_result},
									 {0}};

typedef struct IntegerState
{
	int128 sum;
	int64 n;
} IntegerState;

#define ADD_GROUPS(type)                                               \
	for (uint32 i = 0; i < rows->n_rows; i++)                          \
	{                                                                  \
		uint32 row = rows->rows[i];                                    \
		IntegerState *state = &states[rows->groups[i]];                \
                                                                       \
		if (validity && (validity[row / 64] >> row % 64 & 1) == 0)     \
			continue;                                                  \
		state->sum += ((const type *) vector->values)[row & row_mask]; \
		state->n++;                                                    \
	}

static void
integer_add(ColAggregate *aggregate, const ColVector *args,
			const ColAggRows *rows)
{
	IntegerState *states = (IntegerState *) aggregate->states;
	const ColVector *vector = &args[0];
	const uint64 *validity = vector->validity;
	uint32 row_mask = vector->kind == COL_VECTOR_CONSTANT ? 0 : PG_UINT32_MAX;
	int lane = aggregate->kind->lane;

	if (rows->groups == NULL)
	{
		uint64 mask[COL_VECTOR_WORDS];
		uint32 n;

		for (int w = 0; w < COL_VECTOR_WORDS; w++)
			mask[w] = rows->mask[w] & (validity ? validity[w] : ~(uint64) 0);
		n = simd_kernels()->count_bits(mask, COL_VECTOR_ROWS);
		states[rows->group].n += n;
		if (row_mask == 0)
			states[rows->group].sum +=
				(int128) n * (lane == SIMD_I16 ? *(const int16 *) vector->values
							  : lane == SIMD_I32
								  ? *(const int32 *) vector->values
								  : *(const int64 *) vector->values);
		else
			states[rows->group].sum += simd_kernels()->sum_int[lane](
				vector->values, vector->n_rows,
				n == vector->n_rows ? NULL : mask);
		return;
	}
	if (lane == SIMD_I16)
		ADD_GROUPS(int16)
	else if (lane == SIMD_I32)
		ADD_GROUPS(int32)
	else
		ADD_GROUPS(int64)
}

static bool
integer_zone(ColAggregate *aggregate pg_attribute_unused(), void *place,
			 const ColZone *zone)
{
	IntegerState *state = place;

	if ((zone->flags & COL_ZONE_HAS_SUM) == 0)
		return zone->n_nulls == zone->n_rows;
	if (state)
	{
		state->sum += (int128) (((uint128) (uint64) zone->sum_high << 64) |
								zone->sum_low);
		state->n += zone->n_rows - zone->n_nulls;
	}
	return true;
}

static Datum
integer_sum(const IntegerState *state)
{
	return col_border_numeric((uint64) state->sum, (int64) (state->sum >> 64),
							  0);
}

static Datum
sum_bigint_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
				  bool *null)
{
	IntegerState *state = place;

	*null = state->n == 0;
	return Int64GetDatum((int64) state->sum);
}

static Datum
sum_numeric_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
				   bool *null)
{
	IntegerState *state = place;

	*null = state->n == 0;
	return *null ? (Datum) 0 : integer_sum(state);
}

static Datum
avg_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
		   bool *null)
{
	IntegerState *state = place;

	*null = state->n == 0;
	if (*null)
		return (Datum) 0;
	return DirectFunctionCall2(numeric_div, integer_sum(state),
							   NumericGetDatum(int64_to_numeric(state->n)));
}

/* avg(int2), avg(int4): an array of count and sum. */
static Datum
avg_partial_array(ColAggregate *aggregate pg_attribute_unused(), void *place,
				  bool *null pg_attribute_unused())
{
	IntegerState *state = place;
	Datum values[2] = {Int64GetDatum(state->n),
					   Int64GetDatum((int64) state->sum)};

	return PointerGetDatum(construct_array(values, 2, INT8OID, sizeof(int64),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static Datum
partial_serialized(ColAggregate *aggregate pg_attribute_unused(), void *place,
				   bool *null)
{
	IntegerState *state = place;

	*null = state->n == 0;
	if (*null)
		return (Datum) 0;
	return PointerGetDatum(
		col_agg_serialize(state->n, integer_sum(state), false, NULL));
}

#define INTEGER_KIND(oid, simd_lane, result_function, partial_function) \
	{                                                                   \
		.function = oid, .state_bytes = sizeof(IntegerState),           \
		.lane = simd_lane, .by_mask = true, .add = integer_add,         \
		.zone = integer_zone, .result = result_function,                \
		.partial = partial_function                                     \
	}

const ColAggKind col_agg_integers[] = {
	INTEGER_KIND(F_SUM_INT2, SIMD_I16, sum_bigint_result, NULL),
	INTEGER_KIND(F_SUM_INT4, SIMD_I32, sum_bigint_result, NULL),
	INTEGER_KIND(F_SUM_INT8, SIMD_I64, sum_numeric_result, partial_serialized),
	INTEGER_KIND(F_AVG_INT2, SIMD_I16, avg_result, avg_partial_array),
	INTEGER_KIND(F_AVG_INT4, SIMD_I32, avg_result, avg_partial_array),
	INTEGER_KIND(F_AVG_INT8, SIMD_I64, avg_result, partial_serialized),
	{0}};
