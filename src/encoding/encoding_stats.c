/*
 * encoding_stats.c - the stats pass: what the chooser, the FOR bases and the
 * zones need, vector by vector.
 *
 * NULL slots never count: lanes are looked at through col_lanes_vector, which
 * lets a NULL slot repeat the value before it.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"

ColStatus
col_stats_nulls(ColEncoder *encoder)
{
	const ColColumn *column = encoder->column;
	uint32_t total = 0;
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
	{
		ColVectorPlan *plan = &encoder->plans[v];
		uint32_t n_rows = col_vector_rows(column->n_rows, v);
		uint32_t valid = n_rows;
		uint32_t word;

		if (column->validity)
		{
			const uint64_t *words =
				column->validity + (size_t) v * COL_VECTOR_WORDS;

			valid = 0;
			for (word = 0; word < n_rows / 64; word++)
				valid += (uint32_t) __builtin_popcountll(words[word]);
			if (n_rows % 64 != 0)
				valid += (uint32_t) __builtin_popcountll(
					words[word] & (((uint64_t) 1 << n_rows % 64) - 1));
		}
		plan->n_rows = n_rows;
		plan->entry.nulls = (uint16_t) (n_rows - valid);
		total += n_rows - valid;
	}
	if (total != column->n_nulls)
		return col_error(encoder->error, COL_INTERNAL,
						 "null count and validity of a column differ",
						 column->n_nulls, total);
	return COL_OK;
}

/* Bits in the order of lanes as integers: signed only for SIGNED. */
#define LANE uint8_t
#define SIGNED_LANE int8_t
#define LANE_NAME(name) name##_8
#include "src/encoding/stats_template.h"

#define LANE uint16_t
#define SIGNED_LANE int16_t
#define LANE_NAME(name) name##_16
#include "src/encoding/stats_template.h"

#define LANE uint32_t
#define SIGNED_LANE int32_t
#define LANE_NAME(name) name##_32
#include "src/encoding/stats_template.h"

#define LANE uint64_t
#define SIGNED_LANE int64_t
#define LANE_NAME(name) name##_64
#include "src/encoding/stats_template.h"

const uint8_t *
col_lanes_vector(const ColLanes *lanes, uint32_t vector, uint8_t *scratch)
{
	uint32_t lane_bytes = lanes->lane_bytes;
	uint32_t n_rows = col_vector_rows(lanes->n_rows, vector);
	const uint8_t *in =
		lanes->values + (uint64_t) vector * COL_VECTOR_ROWS * lane_bytes;
	const uint64_t *validity = NULL;

	col_assert((uint64_t) vector * COL_VECTOR_ROWS < lanes->n_rows);
	if (lanes->validity)
		validity = lanes->validity + (size_t) vector * COL_VECTOR_WORDS;
	if (n_rows == COL_VECTOR_ROWS && validity)
	{
		uint64_t all = ~(uint64_t) 0;
		int word;

		for (word = 0; word < COL_VECTOR_WORDS; word++)
			all &= validity[word];
		if (all == ~(uint64_t) 0)
			validity = NULL;
	}
	if (n_rows == COL_VECTOR_ROWS && validity == NULL &&
		((uintptr_t) in & (lane_bytes - 1)) == 0)
		return in;
	switch (lane_bytes)
	{
		case 1:
			stats_fill_8(in, validity, n_rows, scratch);
			break;
		case 2:
			stats_fill_16(in, validity, n_rows, scratch);
			break;
		case 4:
			stats_fill_32(in, validity, n_rows, scratch);
			break;
		default:
			stats_fill_64(in, validity, n_rows, scratch);
			break;
	}
	return scratch;
}

/* min and max of float lanes, NaN left out and flagged, zeroes signed apart */
#define FLOAT float
#define FLOAT_BITS uint32_t
#define FLOAT_NAME(name) name##4
#include "src/encoding/stats_float_template.h"

#define FLOAT double
#define FLOAT_BITS uint64_t
#define FLOAT_NAME(name) name##8
#include "src/encoding/stats_float_template.h"

/* Range of the entry: lanes as integers are known already. */
static void
stats_entry_range(ColOrder order, const uint8_t *lanes, ColVectorPlan *plan)
{
	ChunkVector *entry = &plan->entry;

	switch (order)
	{
		case COL_ORDER_FLOAT4:
			stats_float4(lanes, plan->n_rows, entry);
			break;
		case COL_ORDER_FLOAT8:
			stats_float8(lanes, plan->n_rows, entry);
			break;
		default:
			entry->min = (int64_t) plan->base;
			entry->max = (int64_t) (plan->base + plan->range);
			if (order != COL_ORDER_NONE)
				entry->nulls |= CHUNK_VECTOR_HAS_RANGE;
			break;
	}
}

void
col_stats_lanes(const ColLanes *lanes, ColVectorPlan *plans, uint8_t *scratch)
{
	bool is_signed = lanes->order == COL_ORDER_SIGNED;
	uint32_t n_vectors = col_n_vectors(lanes->n_rows);
	uint32_t v;

	for (v = 0; v < n_vectors; v++)
	{
		ColVectorPlan *plan = &plans[v];
		const uint8_t *values;

		plan->base = plan->range = plan->first = 0;
		plan->delta_base = plan->delta_range = 0;
		plan->n_runs = 1;
		plan->entry.min = plan->entry.max = 0;
		plan->entry.nulls &= CHUNK_VECTOR_NULLS;
		if (col_plan_all_null(plan))
			continue;
		values = col_lanes_vector(lanes, v, scratch);
		switch (lanes->lane_bytes)
		{
			case 1:
				stats_lanes_8(values, is_signed, plan);
				break;
			case 2:
				stats_lanes_16(values, is_signed, plan);
				break;
			case 4:
				stats_lanes_32(values, is_signed, plan);
				break;
			default:
				stats_lanes_64(values, is_signed, plan);
				break;
		}
		stats_entry_range(lanes->order, values, plan);
	}
}

void
col_stats_offsets(const uint8_t *lanes, uint32_t lane_bytes, uint64_t base,
				  uint64_t *offsets)
{
	switch (lane_bytes)
	{
		case 1:
			stats_differences_8(lanes, base, offsets);
			break;
		case 2:
			stats_differences_16(lanes, base, offsets);
			break;
		case 4:
			stats_differences_32(lanes, base, offsets);
			break;
		default:
			stats_differences_64(lanes, base, offsets);
			break;
	}
}

void
col_stats_deltas(const uint8_t *lanes, uint32_t lane_bytes, uint64_t base,
				 uint64_t *deltas)
{
	switch (lane_bytes)
	{
		case 1:
			stats_deltas_8(lanes, base, deltas);
			break;
		case 2:
			stats_deltas_16(lanes, base, deltas);
			break;
		case 4:
			stats_deltas_32(lanes, base, deltas);
			break;
		default:
			stats_deltas_64(lanes, base, deltas);
			break;
	}
}

static uint64_t
stats_gcd(uint64_t a, uint64_t b)
{
	while (b != 0)
	{
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Inverse of an odd number modulo 2^64, by Newton's iteration. */
static uint64_t
stats_odd_inverse(uint64_t odd)
{
	uint64_t inverse = odd * 3 ^ 2;
	int i;

	for (i = 0; i < 4; i++)
		inverse *= 2 - odd * inverse;
	return inverse;
}

/*
 * Are all differences multiples of divisor?  x is one exactly when x times the
 * inverse of divisor's odd part, rotated by its twos, is at most the largest
 * number divided by divisor (Granlund and Montgomery 1994, section 9).
 */
static bool
stats_all_multiples(const uint64_t *differences, uint64_t divisor)
{
	unsigned twos = (unsigned) __builtin_ctzll(divisor);
	uint64_t inverse = stats_odd_inverse(divisor >> twos);
	uint64_t limit = UINT64_MAX / divisor;
	uint64_t bad = 0;
	int i;

	col_assert(divisor > 0);
	for (i = 0; i < COL_VECTOR_ROWS; i++)
	{
		uint64_t quotient = differences[i] * inverse;

		quotient = quotient >> twos | quotient << (-twos & 63);
		bad |= quotient > limit;
	}
	return bad == 0;
}

uint64_t
col_stats_multiplier(const ColLanes *lanes, const ColVectorPlan *plans,
					 uint8_t *scratch)
{
	uint64_t differences[COL_VECTOR_ROWS];
	uint32_t n_vectors = col_n_vectors(lanes->n_rows);
	uint64_t divisor = 0;
	uint32_t v;

	for (v = 0; v < n_vectors && divisor != 1; v++)
	{
		const uint8_t *values;
		int i;

		if (plans[v].range == 0)
			continue;
		divisor = stats_gcd(divisor, plans[v].range);
		if (divisor == 1)
			break;
		values = col_lanes_vector(lanes, v, scratch);
		col_stats_offsets(values, lanes->lane_bytes, plans[v].base,
						  differences);
		if (stats_all_multiples(differences, divisor))
			continue;
		for (i = 0; i < COL_VECTOR_ROWS && divisor != 1; i++)
			divisor = stats_gcd(divisor, differences[i]);
	}
	col_assert(lanes->lane_bytes == 8 ||
			   divisor < (uint64_t) 1 << lanes->lane_bytes * 8);
	return divisor == 0 ? 1 : divisor;
}
