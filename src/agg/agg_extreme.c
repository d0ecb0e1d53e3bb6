/*
 * agg_extreme.c - min and max of lanes; bool_and, bool_or; bits.
 *
 * Of equal floats the last is kept, as float8larger and float8smaller do; the kernels
 * only say which value it is, and equal values that differ are zeroes: those are added
 * one by one.
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"
#include "utils/fmgroids.h"

#include "simd/simd.h"
#include "src/agg/aggregate_internal.h"

typedef struct ExtremeState
{
	union
	{
		int64 integer;
		double number;
		float real;
	} value;
	bool has;
} ExtremeState;

#define IS_FLOAT(lane) ((lane) == SIMD_F32 || (lane) == SIMD_F64)

#define ADD_EACH(type, field, better)                                 \
	for (uint32 i = 0; i < rows->n_rows; i++)                         \
	{                                                                 \
		uint32 row = rows->rows[i];                                   \
		ExtremeState *state =                                         \
			&states[rows->groups ? rows->groups[i] : rows->group];    \
		type value = ((const type *) vector->values)[row & row_mask]; \
                                                                      \
		if (validity && (validity[row / 64] >> row % 64 & 1) == 0)    \
			continue;                                                 \
		if (!state->has || (better))                                  \
			state->value.field = value;                               \
		state->has = true;                                            \
	}

#define ADD_LANES(type)                                           \
	do                                                            \
	{                                                             \
		if (max)                                                  \
			ADD_EACH(type, integer, value > state->value.integer) \
		else                                                      \
			ADD_EACH(type, integer, value < state->value.integer) \
	} while (0)

/* The last of equal values: not smaller, not larger. */
#define ADD_FLOATS(type, field, compare)                                    \
	do                                                                      \
	{                                                                       \
		if (max)                                                            \
			ADD_EACH(type, field, !compare##_lt(value, state->value.field)) \
		else                                                                \
			ADD_EACH(type, field, !compare##_gt(value, state->value.field)) \
	} while (0)

static void
extreme_each(ColAggregate *aggregate, const ColVector *vector,
			 const ColAggRows *rows, bool max)
{
	ExtremeState *states = (ExtremeState *) aggregate->states;
	const uint64 *validity = vector->validity;
	uint32 row_mask = vector->kind == COL_VECTOR_CONSTANT ? 0 : PG_UINT32_MAX;

	switch (aggregate->kind->lane)
	{
		case SIMD_I16:
			ADD_LANES(int16);
			break;
		case SIMD_I32:
			ADD_LANES(int32);
			break;
		case SIMD_U32:
			ADD_LANES(uint32);
			break;
		case SIMD_F32:
			ADD_FLOATS(float, real, float4);
			break;
		case SIMD_F64:
			ADD_FLOATS(double, number, float8);
			break;
		default:
			ADD_LANES(int64);
	}
}

/* The extreme of a vector as one row of a vector of its own. */
static void
extreme_add(ColAggregate *aggregate, const ColVector *args,
			const ColAggRows *rows, bool max)
{
	const ColVector *vector = &args[0];
	int lane = aggregate->kind->lane;
	uint64 mask[COL_VECTOR_WORDS];
	uint64 extremes[2] = {0, 0};
	uint16 row = 0;
	ColVector one = *vector;
	ColAggRows one_row = {.rows = &row, .n_rows = 1, .group = rows->group};

	if (rows->groups != NULL || vector->kind != COL_VECTOR_FLAT)
	{
		extreme_each(aggregate, vector, rows, max);
		return;
	}
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		mask[w] = rows->mask[w] &
				  (vector->validity ? vector->validity[w] : ~(uint64) 0);
	if (!simd_kernels()->min_max[lane](vector->values, vector->n_rows, mask,
									   &extremes[0], &extremes[1]))
		return;
	one.values = (const uint8 *) &extremes[max];
	one.validity = NULL;
	if ((lane == SIMD_F64 && *(const double *) one.values == 0) ||
		(lane == SIMD_F32 && *(const float *) one.values == 0))
		extreme_each(aggregate, vector, rows, max);
	else
		extreme_each(aggregate, &one, &one_row, max);
}

static void
min_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows)
{
	extreme_add(aggregate, args, rows, false);
}

static void
max_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows)
{
	extreme_add(aggregate, args, rows, true);
}

static Datum
extreme_result(ColAggregate *aggregate, void *place, bool *null)
{
	ExtremeState *state = place;

	*null = !state->has;
	switch (aggregate->kind->lane)
	{
		case SIMD_I16:
			return Int16GetDatum((int16) state->value.integer);
		case SIMD_I32:
			return Int32GetDatum((int32) state->value.integer);
		case SIMD_U32:
			return UInt32GetDatum((uint32) state->value.integer);
		case SIMD_F32:
			return Float4GetDatum(state->value.real);
		case SIMD_F64:
			return Float8GetDatum(state->value.number);
		default:
			return Int64GetDatum(state->value.integer);
	}
}

/* bool_and is the smallest, bool_or the largest. */
static void
bool_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows,
		 bool max)
{
	ExtremeState *states = (ExtremeState *) aggregate->states;
	const ColVector *vector = &args[0];
	const uint64 *validity = vector->validity;
	uint32 row_mask = vector->kind == COL_VECTOR_CONSTANT ? 0 : PG_UINT32_MAX;

	if (max)
		ADD_EACH(uint8, integer, value > state->value.integer)
	else
		ADD_EACH(uint8, integer, value < state->value.integer)
}

static void
and_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows)
{
	bool_add(aggregate, args, rows, false);
}

static void
or_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows)
{
	bool_add(aggregate, args, rows, true);
}

static Datum
bool_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
			bool *null)
{
	ExtremeState *state = place;

	*null = !state->has;
	return BoolGetDatum(state->value.integer != 0);
}

/* Bits of the state and of a value; the first value is the state. */
#define ADD_BITS(type, operator)                                       \
	for (uint32 i = 0; i < rows->n_rows; i++)                          \
	{                                                                  \
		uint32 row = rows->rows[i];                                    \
		ExtremeState *state =                                          \
			&states[rows->groups ? rows->groups[i] : rows->group];     \
		int64 value = ((const type *) vector->values)[row & row_mask]; \
                                                                       \
		if (validity && (validity[row / 64] >> row % 64 & 1) == 0)     \
			continue;                                                  \
		state->value.integer =                                         \
			state->has ? state->value.integer operator value : value;  \
		state->has = true;                                             \
	}

#define BITS_ADD(name, operator)                                     \
	static void name(ColAggregate *aggregate, const ColVector *args, \
					 const ColAggRows *rows)                         \
	{                                                                \
		ExtremeState *states = (ExtremeState *) aggregate->states;   \
		const ColVector *vector = &args[0];                          \
		const uint64 *validity = vector->validity;                   \
		uint32 row_mask =                                            \
			vector->kind == COL_VECTOR_CONSTANT ? 0 : PG_UINT32_MAX; \
                                                                     \
		if (aggregate->kind->lane == SIMD_I16)                       \
			ADD_BITS(int16, operator)                                \
		else if (aggregate->kind->lane == SIMD_I32)                  \
			ADD_BITS(int32, operator)                                \
		else                                                         \
			ADD_BITS(int64, operator)                                \
	}

BITS_ADD(bits_and_add, &)
BITS_ADD(bits_or_add, |)
BITS_ADD(bits_xor_add, ^)

/* Of integers; floats are not what the zone has of zeroes and NaN. */
static bool
extreme_zone(ColAggregate *aggregate, void *state, const ColZone *zone,
			 bool max)
{
	static const uint16 row = 0;
	ColAggRows one_row = {.rows = &row, .n_rows = 1};
	int lane = aggregate->kind->lane;
	ColVector one = {0};
	int64 value;

	if (zone->n_nulls == zone->n_rows)
		return true;
	if (lane == SIMD_F32 || lane == SIMD_F64 ||
		(zone->flags & COL_ZONE_HAS_RANGE) == 0 ||
		zone->order !=
			(lane == SIMD_U32 ? COL_ORDER_UNSIGNED : COL_ORDER_SIGNED))
		return false;
	one.kind = COL_VECTOR_CONSTANT;
	one.phys = COL_PHYS_LANE;
	one.n_rows = 1;
	memcpy(&value, max ? zone->max : zone->min, sizeof(value));
	one.values = (const uint8 *) &value;
	if (state)
		extreme_each(aggregate, &one, &one_row, max);
	return true;
}

static bool
min_zone(ColAggregate *aggregate, void *state, const ColZone *zone)
{
	return extreme_zone(aggregate, state, zone, false);
}

static bool
max_zone(ColAggregate *aggregate, void *state, const ColZone *zone)
{
	return extreme_zone(aggregate, state, zone, true);
}

#define EXTREME_KIND(oid, simd_lane, add_function, zone_function) \
	{                                                             \
		.function = oid, .state_bytes = sizeof(ExtremeState),     \
		.lane = simd_lane, .by_mask = true, .add = add_function,  \
		.zone = zone_function, .result = extreme_result           \
	}
#define EXTREME_KINDS(type, simd_lane)                        \
	EXTREME_KIND(F_MIN_##type, simd_lane, min_add, min_zone), \
		EXTREME_KIND(F_MAX_##type, simd_lane, max_add, max_zone)
#define BITS_KINDS(type, simd_lane)                                  \
	EXTREME_KIND(F_BIT_AND_##type, simd_lane, bits_and_add, NULL),   \
		EXTREME_KIND(F_BIT_OR_##type, simd_lane, bits_or_add, NULL), \
		EXTREME_KIND(F_BIT_XOR_##type, simd_lane, bits_xor_add, NULL)
#define BOOL_KIND(oid, add_function)                                           \
	{                                                                          \
		.function = oid, .state_bytes = sizeof(ExtremeState), .by_mask = true, \
		.add = add_function, .result = bool_result                             \
	}

const ColAggKind col_agg_extremes[] = {
	EXTREME_KINDS(INT2, SIMD_I16),		EXTREME_KINDS(INT4, SIMD_I32),
	EXTREME_KINDS(INT8, SIMD_I64),		EXTREME_KINDS(OID, SIMD_U32),
	EXTREME_KINDS(FLOAT4, SIMD_F32),	EXTREME_KINDS(FLOAT8, SIMD_F64),
	EXTREME_KINDS(DATE, SIMD_I32),		EXTREME_KINDS(TIME, SIMD_I64),
	EXTREME_KINDS(TIMESTAMP, SIMD_I64), EXTREME_KINDS(TIMESTAMPTZ, SIMD_I64),
	EXTREME_KINDS(MONEY, SIMD_I64),		BITS_KINDS(INT2, SIMD_I16),
	BITS_KINDS(INT4, SIMD_I32),			BITS_KINDS(INT8, SIMD_I64),
	BOOL_KIND(F_BOOL_AND, and_add),		BOOL_KIND(F_EVERY, and_add),
	BOOL_KIND(F_BOOL_OR, or_add),		{0}};
