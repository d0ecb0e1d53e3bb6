/*
 * agg_decimal.c - sum and avg of numeric.
 *
 * Decimals are added as int128 at the largest display scale so far, which is the sum's.
 * What does not fit is added as numeric beside; NaN and infinities are counted.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#include "simd/simd.h"
#include "src/agg/aggregate_internal.h"
#include "src/encoding/decimal.h"
#include "src/pg/border.h"

/* Above it a value is added as numeric: 2^40 of them are less than 2^127. */
#define VALUE_MAX ((int128) 1 << 86)
#define SCALE_MAX 18

enum
{
	SPECIAL_NAN,
	SPECIAL_INFINITY,
	SPECIAL_MINUS_INFINITY
};

typedef struct DecimalState
{
	int128 sum; /* of values * 10^scale */
	int64 n;	/* finite ones */
	int64 specials[3];
	Datum beside; /* numeric sum of what did not fit; 0: none */
	int32 scale;
} DecimalState;

static int128
power_of_ten(int power)
{
	int128 value = 1;

	while (power-- > 0)
		value *= 10;
	return value;
}

static void
add_beside(ColAggregate *aggregate, DecimalState *state, Datum value)
{
	Datum sum = state->beside
					? DirectFunctionCall2(numeric_add, state->beside, value)
					: value;
	MemoryContext old = MemoryContextSwitchTo(aggregate->memory);
	Size bytes = VARSIZE_ANY(DatumGetPointer(sum));
	void *kept = memcpy(palloc(bytes), DatumGetPointer(sum), bytes);

	if (state->beside)
		pfree(DatumGetPointer(state->beside));
	state->beside = PointerGetDatum(kept);
	MemoryContextSwitchTo(old);
}

static Datum
sum_so_far(const DecimalState *state)
{
	Datum sum = col_border_numeric((uint64) state->sum,
								   (int64) (state->sum >> 64), state->scale);

	return state->beside ? DirectFunctionCall2(numeric_add, sum, state->beside)
						 : sum;
}

/* The scale of the sum becomes at least scale. */
static void
raise_scale(ColAggregate *aggregate, DecimalState *state, int scale)
{
	int128 factor = power_of_ten(scale - state->scale);
	int128 sum;

	if (__builtin_mul_overflow(state->sum, factor, &sum) ||
		sum > VALUE_MAX * 1024 || sum < -VALUE_MAX * 1024)
	{
		add_beside(aggregate, state,
				   col_border_numeric((uint64) state->sum,
									  (int64) (state->sum >> 64),
									  state->scale));
		sum = 0;
	}
	state->sum = sum;
	state->scale = scale;
}

/* Adds n values whose sum is value / 10^scale. */
static inline void
add_scaled(ColAggregate *aggregate, DecimalState *state, int128 value,
		   int scale, int64 n)
{
	state->n += n;
	if (unlikely(scale > state->scale))
		raise_scale(aggregate, state, scale);
	if (unlikely(scale < state->scale))
	{
		int128 scaled;

		if (__builtin_mul_overflow(value, power_of_ten(state->scale - scale),
								   &scaled) ||
			scaled > VALUE_MAX || scaled < -VALUE_MAX)
		{
			add_beside(aggregate, state,
					   col_border_numeric((uint64) value, (int64) (value >> 64),
										  scale));
			return;
		}
		value = scaled;
	}
	state->sum += value;
}

static bool
is_positive(Numeric number)
{
	return DatumGetBool(
		DirectFunctionCall2(numeric_gt, NumericGetDatum(number),
							NumericGetDatum(int64_to_numeric(0))));
}

/* Adds any numeric. */
static void
add_image(ColAggregate *aggregate, DecimalState *state, const uint8 *image)
{
	int scale = col_decimal_scale(image);
	ColInt128 value;
	Numeric number;

	if (scale >= 0 && scale <= SCALE_MAX &&
		col_decimal_parse(image, scale, &value) && value <= VALUE_MAX &&
		value >= -VALUE_MAX)
	{
		add_scaled(aggregate, state, value, scale, 1);
		return;
	}
	number = DatumGetNumeric(PointerGetDatum(image));
	if (numeric_is_nan(number))
		state->specials[SPECIAL_NAN]++;
	else if (numeric_is_inf(number))
		state->specials[is_positive(number) ? SPECIAL_INFINITY
											: SPECIAL_MINUS_INFINITY]++;
	else
	{
		state->n++;
		add_beside(aggregate, state, NumericGetDatum(number));
	}
}

static void
decimal_add(ColAggregate *aggregate, const ColVector *args,
			const ColAggRows *rows)
{
	DecimalState *states = (DecimalState *) aggregate->states;
	const ColVector *vector = &args[0];
	const uint64 *validity = vector->validity;
	const int64 *lanes = (const int64 *) vector->values;
	uint32 row_mask = vector->kind == COL_VECTOR_CONSTANT ? 0 : PG_UINT32_MAX;

	if (vector->phys == COL_PHYS_DECIMAL && rows->groups == NULL)
	{
		uint64 mask[COL_VECTOR_WORDS];
		uint32 n;

		for (int w = 0; w < COL_VECTOR_WORDS; w++)
			mask[w] = rows->mask[w] & (validity ? validity[w] : ~(uint64) 0);
		n = simd_kernels()->count_bits(mask, COL_VECTOR_ROWS);
		if (n > 0)
			add_scaled(aggregate, &states[rows->group],
					   row_mask == 0 ? (int128) lanes[0] * n
									 : simd_kernels()->sum_int[SIMD_I64](
										   lanes, vector->n_rows,
										   n == vector->n_rows ? NULL : mask),
					   vector->scale, n);
		return;
	}
	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		uint32 row = rows->rows[i];
		DecimalState *state =
			&states[rows->groups ? rows->groups[i] : rows->group];

		if (validity && (validity[row / 64] >> row % 64 & 1) == 0)
			continue;
		if (vector->phys == COL_PHYS_DECIMAL)
			add_scaled(aggregate, state, lanes[row & row_mask], vector->scale,
					   1);
		else
			add_image(aggregate, state, col_vector_value(vector, row));
	}
}

static bool
decimal_zone(ColAggregate *aggregate, void *state, const ColZone *zone)
{
	int128 sum =
		(int128) (((uint128) (uint64) zone->sum_high << 64) | zone->sum_low);

	if ((zone->flags & COL_ZONE_HAS_SUM) == 0)
		return zone->n_nulls == zone->n_rows;
	if (sum > VALUE_MAX || sum < -VALUE_MAX || zone->sum_scale > SCALE_MAX)
		return false;
	if (state)
		add_scaled(aggregate, state, sum, zone->sum_scale,
				   zone->n_rows - zone->n_nulls);
	return true;
}

static int64
count_all(const DecimalState *state)
{
	return state->n + state->specials[SPECIAL_NAN] +
		   state->specials[SPECIAL_INFINITY] +
		   state->specials[SPECIAL_MINUS_INFINITY];
}

/* NaN or an infinity as the sum is one. */
static bool
special_sum(const DecimalState *state, Datum *sum)
{
	const char *name;

	if (state->specials[SPECIAL_NAN] > 0 ||
		(state->specials[SPECIAL_INFINITY] > 0 &&
		 state->specials[SPECIAL_MINUS_INFINITY] > 0))
		name = "NaN";
	else if (state->specials[SPECIAL_INFINITY] > 0)
		name = "Infinity";
	else if (state->specials[SPECIAL_MINUS_INFINITY] > 0)
		name = "-Infinity";
	else
		return false;
	*sum = DirectFunctionCall3(numeric_in, CStringGetDatum(name),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	return true;
}

static Datum
sum_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
		   bool *null)
{
	DecimalState *state = place;
	Datum sum;

	*null = count_all(state) == 0;
	if (*null || special_sum(state, &sum))
		return *null ? (Datum) 0 : sum;
	return sum_so_far(state);
}

static Datum
avg_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
		   bool *null)
{
	DecimalState *state = place;
	Datum sum;

	*null = count_all(state) == 0;
	if (*null || special_sum(state, &sum))
		return *null ? (Datum) 0 : sum;
	return DirectFunctionCall2(numeric_div, sum_so_far(state),
							   NumericGetDatum(int64_to_numeric(state->n)));
}

static Datum
partial(ColAggregate *aggregate pg_attribute_unused(), void *place, bool *null)
{
	DecimalState *state = place;

	*null = count_all(state) == 0;
	if (*null)
		return (Datum) 0;
	return PointerGetDatum(
		col_agg_serialize(state->n, sum_so_far(state), true, state->specials));
}

const ColAggKind col_agg_decimals[] = {{.by_mask = true,
										.function = F_SUM_NUMERIC,
										.state_bytes = sizeof(DecimalState),
										.add = decimal_add,
										.zone = decimal_zone,
										.result = sum_result,
										.partial = partial},
									   {.by_mask = true,
										.function = F_AVG_NUMERIC,
										.state_bytes = sizeof(DecimalState),
										.add = decimal_add,
										.zone = decimal_zone,
										.result = avg_result,
										.partial = partial},
									   {0}};
