/*
 * agg_text_extreme.c - min and max of text.
 *
 * Of equal values, which look different under some collations, the last is kept, as
 * text_larger and text_smaller do.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/varlena.h"

#include "src/agg/aggregate_internal.h"

typedef struct TextExtreme
{
	struct varlena *value; /* NULL: none */
	uint32 room_bytes;
} TextExtreme;

/* Does value take the place of what is there before it? */
static inline bool
is_better(const ColAggregate *aggregate, const void *there, const void *value,
		  bool max)
{
	int order = varstr_cmp(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value),
						   VARDATA_ANY(there), VARSIZE_ANY_EXHDR(there),
						   aggregate->aggref->inputcollid);

	return max ? order >= 0 : order <= 0;
}

static void
keep(ColAggregate *aggregate, TextExtreme *state, const void *value)
{
	uint32 bytes = VARSIZE_ANY(value);

	if (bytes > state->room_bytes)
	{
		if (state->value)
			pfree(state->value);
		state->room_bytes = Max(bytes, 16);
		state->value = MemoryContextAlloc(aggregate->memory, state->room_bytes);
	}
	memcpy(state->value, value, bytes);
}

static void
text_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows,
		 bool max)
{
	TextExtreme *states = (TextExtreme *) aggregate->states;
	const ColVector *vector = &args[0];
	const void *best = NULL; /* of the rows of one group */

	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		uint32 row = rows->rows[i];
		const void *value;
		TextExtreme *state;

		if (col_vector_is_null(vector, row))
			continue;
		value = col_vector_value(vector, row);
		if (rows->groups == NULL)
		{
			/* a dictionary has each value once */
			if (best == NULL ||
				(value != best && is_better(aggregate, best, value, max)))
				best = value;
			continue;
		}
		state = &states[rows->groups[i]];
		if (state->value == NULL ||
			is_better(aggregate, state->value, value, max))
			keep(aggregate, state, value);
	}
	if (best && (states[rows->group].value == NULL ||
				 is_better(aggregate, states[rows->group].value, best, max)))
		keep(aggregate, &states[rows->group], best);
}

static void
min_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows)
{
	text_add(aggregate, args, rows, false);
}

static void
max_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows)
{
	text_add(aggregate, args, rows, true);
}

static Datum
text_result(ColAggregate *aggregate pg_attribute_unused(), void *place,
			bool *null)
{
	const TextExtreme *state = place;

	*null = state->value == NULL;
	return PointerGetDatum(state->value);
}

#define KIND(oid, add_function)                                                \
	{                                                                          \
		.function = oid, .state_bytes = sizeof(TextExtreme), .in_order = true, \
		.add = add_function, .result = text_result                             \
	}

const ColAggKind col_agg_text_extremes[] = {
	KIND(F_MIN_TEXT, min_add), KIND(F_MAX_TEXT, max_add), {0}};
