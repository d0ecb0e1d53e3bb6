/*
 * agg_variance.c - the variance family of integers and numeric.
 *
 * Values and their squares are added as integers of 128 and 192 bits, decimals at the
 * largest display scale so far.  What does not fit, NaN and infinities are added by
 * PostgreSQL's own transition function, to a state of its own beside; its own final
 * functions divide.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "simd/simd.h"
#include "src/agg/aggregate_internal.h"
#include "src/encoding/decimal.h"
#include "src/pg/border.h"

/* The display scale of squares is twice that of values. */
#define SCALE_MAX 18

typedef struct VarianceState
{
	int128 sum;			 /* of values * 10^scale */
	uint128 squares_low; /* sum of the low 64 bits of squares */
	uint128 squares_high;
	int64 n;
	Datum beside; /* PostgreSQL's state of what did not fit; 0: none */
	int32 scale;
} VarianceState;

static inline void
add_value(VarianceState *state, int64 value)
{
	uint128 square = (uint128) ((int128) value * value);

	state->n++;
	state->sum += value;
	state->squares_low += (uint64) square;
	state->squares_high += (uint64) (square >> 64);
}

#define ADD_ROWS(type)                                                   \
	for (uint32 i = 0; i < rows->n_rows; i++)                            \
	{                                                                    \
		uint32 row = rows->rows[i];                                      \
                                                                         \
		if (validity && (validity[row / 64] >> row % 64 & 1) == 0)       \
			continue;                                                    \
		add_value(&states[rows->groups ? rows->groups[i] : rows->group], \
				  ((const type *) vector->values)[row & row_mask]);      \
	}

static void
integer_add(ColAggregate *aggregate, const ColVector *args,
			const ColAggRows *rows)
{
	VarianceState *states = (VarianceState *) aggregate->states;
	const ColVector *vector = &args[0];
	const uint64 *validity = vector->validity;
	uint32 row_mask = vector->kind == COL_VECTOR_CONSTANT ? 0 : PG_UINT32_MAX;

	if (aggregate->kind->lane == SIMD_I16)
		ADD_ROWS(int16)
	else if (aggregate->kind->lane == SIMD_I32)
		ADD_ROWS(int32)
	else
		ADD_ROWS(int64)
}

/* Calls a function of PostgreSQL's on states that lives as long as ours. */
static Datum
call_on_state(ColAggregate *aggregate, PGFunction function, Datum state,
			  Datum argument)
{
	LOCAL_FCINFO(info, 2);

	if (aggregate->own == NULL)
	{
		MemoryContext old =
			MemoryContextSwitchTo(GetMemoryChunkContext(aggregate));

		aggregate->own = col_agg_caller(aggregate);
		MemoryContextSwitchTo(old);
	}
	InitFunctionCallInfoData(*info, NULL, 2, InvalidOid, aggregate->own, NULL);
	info->args[0].value = state;
	info->args[0].isnull = state == 0;
	info->args[1].value = argument;
	info->args[1].isnull = false;
	return function(info);
}

/* An unsigned integer of 128 bits. */
static Datum
unsigned_numeric(uint128 value, int scale)
{
	Datum low = col_border_numeric((uint64) value, 0, scale);
	Datum high = col_border_numeric((uint64) (value >> 64), 0, scale);

	return DirectFunctionCall2(
		numeric_add, low,
		DirectFunctionCall2(numeric_mul, high, col_border_numeric(0, 1, 0)));
}

/* What PostgreSQL's serialize function writes. */
static Datum
serialize(const VarianceState *state, bool numeric)
{
	Datum sum = col_border_numeric((uint64) state->sum,
								   (int64) (state->sum >> 64), state->scale);
	Datum squares = DirectFunctionCall2(
		numeric_add, unsigned_numeric(state->squares_low, state->scale * 2),
		DirectFunctionCall2(
			numeric_mul,
			unsigned_numeric(state->squares_high, state->scale * 2),
			col_border_numeric(0, 1, 0)));

	return PointerGetDatum(
		col_agg_serialize_squares(state->n, sum, squares, numeric));
}

/* PostgreSQL's state of all values, in the current memory context. */
static Datum
whole_state(ColAggregate *aggregate, const VarianceState *state)
{
	Datum whole = call_on_state(aggregate, numeric_deserialize,
								serialize(state, true), 0);

	return state->beside
			   ? call_on_state(aggregate, numeric_combine, whole, state->beside)
			   : whole;
}

static bool
is_empty(const VarianceState *state)
{
	return state->n == 0 && state->beside == 0;
}

/* What has been added so far is kept beside, so that values of another scale can be. */
static void
put_beside(ColAggregate *aggregate, VarianceState *state)
{
	Datum added = call_on_state(aggregate, numeric_deserialize,
								serialize(state, true), 0);
	Datum beside =
		call_on_state(aggregate, numeric_combine, state->beside, added);

	memset(state, 0, sizeof(*state));
	state->beside = beside;
}

/* Adds value / 10^scale; false: it does not fit. */
static inline bool
add_scaled(ColAggregate *aggregate, VarianceState *state, int64 value,
		   int scale)
{
	if (unlikely(scale > state->scale))
	{
		if (state->n > 0)
			put_beside(aggregate, state);
		state->scale = scale;
	}
	for (int i = scale; i < state->scale; i++)
	{
		if (__builtin_mul_overflow(value, 10, &value))
			return false;
	}
	add_value(state, value);
	return true;
}

/* Adds any numeric. */
static void
add_numeric(ColAggregate *aggregate, VarianceState *state, const uint8 *image)
{
	int scale = col_decimal_scale(image);
	ColInt128 value;

	if (scale >= 0 && scale <= SCALE_MAX &&
		col_decimal_parse(image, scale, &value) && value == (int64) value &&
		add_scaled(aggregate, state, (int64) value, scale))
		return;
	state->beside = call_on_state(aggregate, numeric_accum, state->beside,
								  PointerGetDatum(image));
}

static void
decimal_add(ColAggregate *aggregate, const ColVector *args,
			const ColAggRows *rows)
{
	VarianceState *states = (VarianceState *) aggregate->states;
	const ColVector *vector = &args[0];
	const uint64 *validity = vector->validity;
	const int64 *lanes = (const int64 *) vector->values;
	bool is_decimal =
		vector->phys == COL_PHYS_DECIMAL && vector->scale <= SCALE_MAX;
	uint32 row_mask = vector->kind == COL_VECTOR_CONSTANT ? 0 : PG_UINT32_MAX;

	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		uint32 row = rows->rows[i];
		VarianceState *state =
			&states[rows->groups ? rows->groups[i] : rows->group];
		bool null;

		if (validity && (validity[row / 64] >> row % 64 & 1) == 0)
			continue;
		if (!is_decimal ||
			!add_scaled(aggregate, state, lanes[row & row_mask], vector->scale))
			add_numeric(aggregate, state,
						(const uint8 *) DatumGetPointer(
							col_vector_datum(vector, row, &null)));
	}
}

static Datum
partial(ColAggregate *aggregate, void *place, bool *null)
{
	const VarianceState *state = place;
	bool numeric =
		aggregate->kind->lane != SIMD_I16 && aggregate->kind->lane != SIMD_I32;

	*null = is_empty(state);
	if (*null)
		return (Datum) 0;
	if (state->beside)
		return call_on_state(aggregate, numeric_serialize,
							 whole_state(aggregate, state), 0);
	return serialize(state, numeric);
}

static Datum
final(ColAggregate *aggregate, const VarianceState *state, PGFunction function,
	  bool *null)
{
	LOCAL_FCINFO(info, 1);
	Datum result;

	*null = is_empty(state);
	if (*null)
		return (Datum) 0;
	InitFunctionCallInfoData(*info, NULL, 1, InvalidOid, NULL, NULL);
	info->args[0].value = whole_state(aggregate, state);
	info->args[0].isnull = false;
	result = function(info);
	*null = info->isnull;
	return result;
}

#define FINAL(name)                                                      \
	static Datum name##_result(ColAggregate *aggregate, void *place,     \
							   bool *null)                               \
	{                                                                    \
		return final(aggregate, (VarianceState *) place, numeric_##name, \
					 null);                                              \
	}

FINAL(var_pop)
FINAL(var_samp)
FINAL(stddev_pop)
FINAL(stddev_samp)

#define KIND(oid, kind_lane, add_function, result_function)                \
	{                                                                      \
		.function = oid, .state_bytes = sizeof(VarianceState),             \
		.lane = kind_lane, .add = add_function, .result = result_function, \
		.partial = partial                                                 \
	}
#define KINDS(type, kind_lane, add_function)                                   \
	KIND(F_VAR_POP_##type, kind_lane, add_function, var_pop_result),           \
		KIND(F_VAR_SAMP_##type, kind_lane, add_function, var_samp_result),     \
		KIND(F_VARIANCE_##type, kind_lane, add_function, var_samp_result),     \
		KIND(F_STDDEV_POP_##type, kind_lane, add_function, stddev_pop_result), \
		KIND(F_STDDEV_SAMP_##type, kind_lane, add_function,                    \
			 stddev_samp_result),                                              \
		KIND(F_STDDEV_##type, kind_lane, add_function, stddev_samp_result)

const ColAggKind col_agg_variances[] = {KINDS(INT2, SIMD_I16, integer_add),
										KINDS(INT4, SIMD_I32, integer_add),
										KINDS(INT8, SIMD_I64, integer_add),
										KINDS(NUMERIC, -1, decimal_add),
										{0}};
