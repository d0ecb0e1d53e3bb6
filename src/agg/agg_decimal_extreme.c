/*
 * agg_decimal_extreme.c - min and max of numeric.
 *
 * Decimals of one scale are compared as integers, all else as numeric.  Of equal values
 * the last is kept, as numeric_larger and numeric_smaller do.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/numeric.h"

#include "simd/simd.h"
#include "src/agg/aggregate_internal.h"
#include "src/pg/border.h"

typedef struct DecimalExtreme
{
	int64 value; /* at scale, if there is no image */
	int32 scale;
	bool has;
	Datum image; /* 0: none */
} DecimalExtreme;

static Datum
decimal_numeric(int64 value, int32 scale)
{
	return col_border_numeric((uint64) value, value < 0 ? -1 : 0, scale);
}

static void
keep_decimal(DecimalExtreme *state, int64 value, int32 scale)
{
	if (state->image)
		pfree(DatumGetPointer(state->image));
	state->image = 0;
	state->value = value;
	state->scale = scale;
	state->has = true;
}

static void
keep_image(ColAggregate *aggregate, DecimalExtreme *state, Datum image)
{
	Size bytes = VARSIZE_ANY(DatumGetPointer(image));
	void *copy = memcpy(MemoryContextAlloc(aggregate->memory, bytes),
						DatumGetPointer(image), bytes);

	keep_decimal(state, 0, 0);
	state->image = PointerGetDatum(copy);
}

static Datum
extreme_numeric(const DecimalExtreme *state)
{
	return state->image ? state->image
						: decimal_numeric(state->value, state->scale);
}

/* Does a numeric take the place of the one that is kept? */
static bool
is_better(const DecimalExtreme *state, Datum value, bool max)
{
	int order;

	if (!state->has)
		return true;
	order = DatumGetInt32(
		DirectFunctionCall2(numeric_cmp, value, extreme_numeric(state)));
	return max ? order >= 0 : order <= 0;
}

static inline void
add_decimal(DecimalExtreme *state, int64 value, int32 scale, bool max)
{
	if (likely(state->has && state->image == 0 && state->scale == scale))
	{
		if (max ? value >= state->value : value <= state->value)
			state->value = value;
	}
	else if (is_better(state, decimal_numeric(value, scale), max))
		keep_decimal(state, value, scale);
}

static void
extreme_rows(ColAggregate *aggregate, const ColVector *vector,
			 const ColAggRows *rows, bool max)
{
	DecimalExtreme *states = (DecimalExtreme *) aggregate->states;
	const uint64 *validity = vector->validity;
	const int64 *lanes = (const int64 *) vector->values;
	uint32 row_mask = vector->kind == COL_VECTOR_CONSTANT ? 0 : PG_UINT32_MAX;

	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		uint32 row = rows->rows[i];
		DecimalExtreme *state = &states[rows->groups ? rows->groups[i] : 0];

		if (validity && (validity[row / 64] >> row % 64 & 1) == 0)
			continue;
		if (vector->phys == COL_PHYS_DECIMAL)
			add_decimal(state, lanes[row & row_mask], vector->scale, max);
		else
		{
			Datum image = PointerGetDatum(col_vector_value(vector, row));

			if (is_better(state, image, max))
				keep_image(aggregate, state, image);
		}
	}
}

static void
extreme_add(ColAggregate *aggregate, const ColVector *vector,
			const ColAggRows *rows, bool max)
{
	uint64 mask[COL_VECTOR_WORDS];
	uint64 extremes[2] = {0, 0};

	if (rows->groups != NULL || vector->kind != COL_VECTOR_FLAT ||
		vector->phys != COL_PHYS_DECIMAL)
	{
		extreme_rows(aggregate, vector, rows, max);
		return;
	}
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		mask[w] = rows->mask[w] &
				  (vector->validity ? vector->validity[w] : ~(uint64) 0);
	if (simd_kernels()->min_max[SIMD_I64](vector->values, vector->n_rows, mask,
										  &extremes[0], &extremes[1]))
		add_decimal((DecimalExtreme *) aggregate->states, (int64) extremes[max],
					vector->scale, max);
}

static void
min_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows)
{
	extreme_add(aggregate, &args[0], rows, false);
}

static void
max_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows)
{
	extreme_add(aggregate, &args[0], rows, true);
}

static Datum
extreme_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
			   bool *null)
{
	const DecimalExtreme *state = place;

	*null = !state->has;
	return *null ? (Datum) 0 : extreme_numeric(state);
}

const ColAggKind col_agg_decimal_extremes[] = {
	{.function = F_MIN_NUMERIC,
	 .state_bytes = sizeof(DecimalExtreme),
	 .add = min_add,
	 .result = extreme_result},
	{.function = F_MAX_NUMERIC,
	 .state_bytes = sizeof(DecimalExtreme),
	 .add = max_add,
	 .result = extreme_result},
	{0}};
