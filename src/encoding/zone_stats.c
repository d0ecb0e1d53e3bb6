/*
 * zone_stats.c - what a chunk's zone says beside min and max of lanes and bytes:
 * distinct values, order of rows, sums, the longest value, min and max of numeric.
 *
 * Lanes become keys, integers in the order of the values, a vector at a time; what
 * is asked of them then is the same for all widths and orders.  Distinct values are
 * counted, by what is cheapest: keys in order; a bitmap of the range; entries of the
 * dictionary; a set of hashes.  When the set has too many, they are estimated by
 * HyperLogLog (Flajolet and others, 2007).
 *
 * Memory: 8 bytes a row for hashes and 512 KB for the set, from the arena.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/encoding/bloom.h"
#include "src/vector/image.h"
#include "src/vector/numeric.h"

/* A bitmap counts keys whose range is less. */
#define BITMAP_RANGE_MAX ((uint64_t) 1 << 20)

#define HASH_KEY UINT64_C(0x9e3779b97f4a7c15)

/* Registers of HyperLogLog: 1.6 % standard error. */
#define REGISTER_BITS 12
#define N_REGISTERS (1 << REGISTER_BITS)

/* Base-10000 digits of numerics that are summed, and those behind the point. */
#define SUM_POSITIONS 18
#define SUM_FRACTION_POSITIONS 9

#define ORDER_FLAGS \
	(COL_ZONE_ASCENDING | COL_ZONE_STRICTLY_ASCENDING | COL_ZONE_DESCENDING)

typedef __int128 Int128;

/* Are all values of the column entries of a dictionary? */
static bool
has_dictionary(const ColEncoder *encoder)
{
	return encoder->dictionary.n_entries > 0 &&
		   encoder->dictionary.n_others == 0;
}

/* ---- distinct values ---- */

/* How often the highest bits that are 0 are so: 1 + zeroes, of each register. */
static uint32_t
estimate_distinct(const uint64_t *hashes, uint32_t n_hashes)
{
	uint8_t registers[N_REGISTERS] = {0};
	double sum = 0;
	double estimate;
	uint32_t i;

	for (i = 0; i < n_hashes; i++)
	{
		uint64_t rest = hashes[i] << REGISTER_BITS | (uint64_t) 1
														 << (REGISTER_BITS - 1);
		uint8_t rank = (uint8_t) (__builtin_clzll(rest) + 1);
		uint8_t *best = &registers[hashes[i] >> (64 - REGISTER_BITS)];

		*best = rank > *best ? rank : *best;
	}
	for (i = 0; i < N_REGISTERS; i++)
		sum += 1.0 / (double) ((uint64_t) 1 << registers[i]);
	estimate =
		0.7213 / (1 + 1.079 / N_REGISTERS) * N_REGISTERS * N_REGISTERS / sum;
	if (estimate <= COL_DISTINCT_EXACT_MAX)
		return COL_DISTINCT_EXACT_MAX + 1;
	return estimate < n_hashes ? (uint32_t) estimate : n_hashes;
}

/*
 * Different hashes.  The set keeps 31 bits of each at a place that tells some 17 more:
 * among 65,536 values two are taken for one in a case of 100,000.
 */
static ColStatus
count_hashes(ColEncoder *encoder, const uint64_t *hashes, uint32_t n_hashes,
			 ColZone *zone)
{
	uint32_t n_slots = 64;
	uint32_t n_found = 0;
	uint32_t *slots;
	uint32_t i;

	while (n_slots < 2 * n_hashes && n_slots < 2 * COL_DISTINCT_EXACT_MAX)
		n_slots *= 2;
	slots = col_arena_zalloc(encoder->arena, n_slots * sizeof(uint32_t));
	if (slots == NULL)
		return col_error(encoder->error, COL_NO_MEMORY,
						 "out of memory for statistics", n_slots, 0);
	for (i = 0; i < n_hashes; i++)
	{
		uint32_t tag = (uint32_t) hashes[i] | 1;
		uint32_t slot = (uint32_t) (hashes[i] >> 32) & (n_slots - 1);

		while (slots[slot] != 0 && slots[slot] != tag)
			slot = (slot + 1) & (n_slots - 1);
		if (slots[slot] == tag)
			continue;
		if (n_found == COL_DISTINCT_EXACT_MAX)
		{
			zone->n_distinct = estimate_distinct(hashes, n_hashes);
			return COL_OK;
		}
		slots[slot] = tag;
		n_found++;
	}
	zone->n_distinct = n_found;
	zone->flags |= COL_ZONE_DISTINCT_EXACT;
	return COL_OK;
}

/* ---- lanes ---- */

/*
 * The bits of a float as an integer in the order of values: one zero, one NaN,
 * which is the largest.  sign: that bit; infinity: its bits.
 */
static inline int64_t
key_of_float(uint64_t bits, uint64_t sign, uint64_t infinity)
{
	uint64_t size = bits & (sign - 1);

	if (size > infinity)
		return (int64_t) infinity + 1;
	return (bits & sign) != 0 ? -(int64_t) size : (int64_t) size;
}

/* One loop a type: of constant shape, as the compiler likes them. */
#define KEYS_OF(type, expression)                           \
	for (i = 0; i < n_rows; i++)                            \
	{                                                       \
		type lane;                                          \
                                                            \
		memcpy(&lane, in + i * sizeof(lane), sizeof(lane)); \
		keys[i] = (int64_t) (expression);                   \
	}

static void
keys_of_floats(const ColColumn *column, const uint8_t *in, uint32_t n_rows,
			   int64_t *keys)
{
	const uint64_t sign8 = (uint64_t) 1 << 63;
	const uint64_t sign4 = (uint64_t) 1 << 31;
	uint32_t i;

	if (column->order == COL_ORDER_FLOAT8)
		KEYS_OF(uint64_t,
				key_of_float(lane, sign8, UINT64_C(0x7ff0000000000000)))
	else
		KEYS_OF(uint32_t, key_of_float(lane, sign4, 0x7f800000))
}

/* Keys of a vector's rows, those of NULLs as well. */
static void
keys_of_vector(const ColColumn *column, uint32_t v, int64_t *keys)
{
	const uint8_t *in =
		column->values + (size_t) v * COL_VECTOR_ROWS * column->value_bytes;
	uint32_t n_rows = col_vector_rows(column->n_rows, v);
	bool is_signed = column->order == COL_ORDER_SIGNED;
	uint32_t i;

	if (col_order_is_float(column->order))
		keys_of_floats(column, in, n_rows, keys);
	else if (column->value_bytes == 1)
		KEYS_OF(uint8_t, is_signed ? (int8_t) lane : lane)
	else if (column->value_bytes == 2)
		KEYS_OF(uint16_t, is_signed ? (int16_t) lane : lane)
	else if (column->value_bytes == 4)
		KEYS_OF(uint32_t, is_signed ? (int32_t) lane : (int64_t) lane)
	else if (is_signed)
		KEYS_OF(int64_t, lane)
	else
		KEYS_OF(uint64_t, lane ^ (uint64_t) 1 << 63)
}

/* Drops the keys of NULLs; how many are left. */
static uint32_t
keys_drop_nulls(const ColColumn *column, uint32_t v, int64_t *keys)
{
	uint32_t n_rows = col_vector_rows(column->n_rows, v);
	uint32_t n_keys = 0;
	uint32_t i;

	if (column->validity == NULL)
		return n_rows;
	for (i = 0; i < n_rows; i++)
	{
		keys[n_keys] = keys[i];
		n_keys += col_bit_is_set(column->validity, v * COL_VECTOR_ROWS + i);
	}
	return n_keys;
}

/* What is gathered of keys. */
typedef struct KeyStats
{
	bool any;
	int64_t last;		/* of the vectors before */
	uint32_t n_changes; /* neighbours that differ, while some order holds */
	uint16_t flags;		/* of order */
	Int128 sum;
	int64_t min;	/* of all keys; floats: not set */
	uint64_t range; /* largest - min */
	uint64_t *bits; /* a bit for each key - min that occurs; NULL: not asked */
} KeyStats;

/* The key of a lane of an integer order, extended as plans have it. */
static inline int64_t
key_of_lane(const ColColumn *column, uint64_t lane)
{
	if (column->order != COL_ORDER_SIGNED && column->value_bytes == 8)
		lane ^= (uint64_t) 1 << 63;
	return (int64_t) lane;
}

/* Takes those order flags away that the keys contradict. */
static void
keys_order(KeyStats *stats, const int64_t *keys, uint32_t n_keys)
{
	int64_t before = stats->any ? stats->last : keys[0];
	uint32_t n_down = keys[0] < before;
	uint32_t n_up = keys[0] > before;
	uint32_t n_same = n_keys - (stats->any ? 0 : 1);
	uint32_t i;

	if (stats->flags == 0)
		return;
	for (i = 1; i < n_keys; i++)
	{
		n_down += keys[i] < keys[i - 1];
		n_up += keys[i] > keys[i - 1];
	}
	n_same -= n_down + n_up;
	stats->n_changes += n_down + n_up;
	if (n_down > 0)
		stats->flags &= COL_ZONE_DESCENDING;
	if (n_same > 0)
		stats->flags &= (uint16_t) ~COL_ZONE_STRICTLY_ASCENDING;
	if (n_up > 0)
		stats->flags &= (uint16_t) ~COL_ZONE_DESCENDING;
}

/* Adds the keys of a vector, which has some; min and range: of its lanes. */
static void
keys_add(KeyStats *stats, const int64_t *keys, uint32_t n_keys, int64_t min,
		 uint64_t range)
{
	uint64_t offsets = 0;
	uint32_t i;

	keys_order(stats, keys, n_keys);
	stats->last = keys[n_keys - 1];
	stats->any = true;
	stats->sum += (Int128) min * n_keys;
	if (range <= UINT64_MAX / COL_VECTOR_ROWS)
	{
		for (i = 0; i < n_keys; i++)
			offsets += (uint64_t) keys[i] - (uint64_t) min;
		stats->sum += offsets;
	}
	else
		for (i = 0; i < n_keys; i++)
			stats->sum += (uint64_t) keys[i] - (uint64_t) min;
	for (i = 0; stats->bits && i < n_keys; i++)
	{
		uint64_t bit = (uint64_t) keys[i] - (uint64_t) stats->min;

		stats->bits[bit / 64] |= (uint64_t) 1 << bit % 64;
	}
}

/* The same of a vector that has one key n_keys times. */
static void
keys_add_constant(KeyStats *stats, int64_t key, uint32_t n_keys)
{
	keys_add(stats, &key, 1, key, 0);
	stats->sum += (Int128) key * (n_keys - 1);
	if (n_keys > 1)
		stats->flags &= (uint16_t) ~COL_ZONE_STRICTLY_ASCENDING;
}

/* Range of all keys, from the vectors' ones; a bitmap if it is small. */
static ColStatus
keys_begin(ColEncoder *encoder, KeyStats *stats)
{
	int64_t max = INT64_MIN;
	uint32_t v;

	memset(stats, 0, sizeof(*stats));
	stats->flags = ORDER_FLAGS;
	stats->min = INT64_MAX;
	if (col_order_is_float(encoder->column->order))
		return COL_OK;
	for (v = 0; v < encoder->n_vectors; v++)
	{
		const ColVectorPlan *plan = &encoder->plans[v];
		int64_t low = key_of_lane(encoder->column, plan->base);
		int64_t high = (int64_t) ((uint64_t) low + plan->range);

		if (col_plan_all_null(plan))
			continue;
		stats->min = low < stats->min ? low : stats->min;
		max = high > max ? high : max;
	}
	col_assert(max >= stats->min);
	stats->range = (uint64_t) max - (uint64_t) stats->min;
	if (stats->range >= BITMAP_RANGE_MAX || has_dictionary(encoder))
		return COL_OK;
	stats->bits = col_arena_zalloc(encoder->arena,
								   (stats->range / 64 + 1) * sizeof(uint64_t));
	if (stats->bits == NULL)
		return col_error(encoder->error, COL_NO_MEMORY,
						 "out of memory for statistics", stats->range, 0);
	return COL_OK;
}

static uint32_t
count_bits(const KeyStats *stats)
{
	uint32_t n_set = 0;
	uint64_t i;

	for (i = 0; i <= stats->range / 64; i++)
		n_set += (uint32_t) __builtin_popcountll(stats->bits[i]);
	return n_set;
}

static ColStatus
count_keys(ColEncoder *encoder, ColZone *zone)
{
	const ColColumn *column = encoder->column;
	uint64_t *hashes = col_arena_alloc(encoder->arena, (size_t) column->n_rows *
														   sizeof(uint64_t));
	int64_t keys[COL_VECTOR_ROWS];
	uint32_t n_hashes = 0;
	uint32_t v;

	if (hashes == NULL)
		return col_error(encoder->error, COL_NO_MEMORY,
						 "out of memory for statistics", column->n_rows, 0);
	for (v = 0; v < encoder->n_vectors; v++)
	{
		uint32_t n_keys;
		uint32_t i;

		keys_of_vector(column, v, keys);
		n_keys = keys_drop_nulls(column, v, keys);
		for (i = 0; i < n_keys; i++)
			hashes[n_hashes++] =
				col_hash_mix((uint64_t) keys[i] ^ HASH_KEY, HASH_KEY);
	}
	return count_hashes(encoder, hashes, n_hashes, zone);
}

static ColStatus
lanes_stats(ColEncoder *encoder, ColZone *zone)
{
	const ColColumn *column = encoder->column;
	bool is_float = col_order_is_float(column->order);
	int64_t keys[COL_VECTOR_ROWS];
	KeyStats stats;
	ColStatus status = keys_begin(encoder, &stats);
	uint32_t v;

	for (v = 0; status == COL_OK && v < encoder->n_vectors; v++)
	{
		const ColVectorPlan *plan = &encoder->plans[v];
		int64_t min = is_float ? 0 : key_of_lane(column, plan->base);
		uint32_t n_keys;

		if (col_plan_all_null(plan))
			continue;
		if (!is_float && plan->range == 0)
		{
			keys_add_constant(&stats, min,
							  plan->n_rows -
								  (plan->entry.nulls & CHUNK_VECTOR_NULLS));
			continue;
		}
		keys_of_vector(column, v, keys);
		n_keys = keys_drop_nulls(column, v, keys);
		if (is_float)
		{
			keys_order(&stats, keys, n_keys);
			stats.last = keys[n_keys - 1];
			stats.any = true;
		}
		else
			keys_add(&stats, keys, n_keys, min, plan->range);
	}
	if (status != COL_OK)
		return status;
	if (column->order != COL_ORDER_NONE)
		zone->flags |= stats.flags;
	if (column->order == COL_ORDER_SIGNED)
	{
		zone->flags |= COL_ZONE_HAS_SUM;
		zone->sum_low = (uint64_t) stats.sum;
		zone->sum_high = (int64_t) (stats.sum >> 64);
	}
	zone->flags |= COL_ZONE_DISTINCT_EXACT;
	if (stats.flags != 0)
		zone->n_distinct = stats.n_changes + 1; /* equal ones are neighbours */
	else if (stats.bits != NULL)
		zone->n_distinct = count_bits(&stats);
	else if (has_dictionary(encoder) && !is_float)
		zone->n_distinct = encoder->dictionary.n_entries;
	else
	{
		zone->flags &= (uint16_t) ~COL_ZONE_DISTINCT_EXACT;
		return count_keys(encoder, zone);
	}
	return COL_OK;
}

/* ---- fixed values and images ---- */

typedef struct Value
{
	const uint8_t *bytes;
	uint32_t n_bytes;
	ColNumeric numeric; /* order NUMERIC */
} Value;

static void
value_read(const ColColumn *column, const uint8_t *at, Value *value)
{
	value->bytes = at;
	value->n_bytes = column->value_bytes;
	if (column->phys == COL_PHYS_IMAGE)
	{
		value->bytes = col_image_payload(at);
		value->n_bytes = col_image_payload_bytes(at);
	}
	if (column->order == COL_ORDER_NUMERIC)
		(void) col_numeric_parse(value->bytes, value->n_bytes, &value->numeric);
}

static int
value_compare(const ColColumn *column, const Value *a, const Value *b)
{
	uint32_t shorter = a->n_bytes < b->n_bytes ? a->n_bytes : b->n_bytes;
	int order;

	if (column->order == COL_ORDER_NUMERIC)
		return col_numeric_compare(&a->numeric, &b->numeric);
	order = memcmp(a->bytes, b->bytes, shorter);
	if (order != 0)
		return order;
	return a->n_bytes < b->n_bytes ? -1 : a->n_bytes > b->n_bytes;
}

/* The order of the rows. */
static void
values_order(const ColEncoder *encoder, ColZone *zone)
{
	const ColColumn *column = encoder->column;
	const uint32_t *codes =
		has_dictionary(encoder) ? encoder->dictionary.codes : NULL;
	uint16_t flags = ORDER_FLAGS;
	Value before = {0};
	Value value = {0};
	uint32_t last = UINT32_MAX; /* row of before */
	uint32_t row;

	if (column->order == COL_ORDER_NONE)
		return;
	for (row = 0; row < column->n_rows && flags != 0; row++)
	{
		int order = 0;

		if (col_column_is_null(column, row))
			continue;
		if (last != UINT32_MAX && codes && codes[row] == codes[last])
			flags &= (uint16_t) ~COL_ZONE_STRICTLY_ASCENDING;
		else
		{
			value_read(column, col_column_value(column, row), &value);
			if (last != UINT32_MAX)
				order = value_compare(column, &before, &value);
			if (order > 0)
				flags &= COL_ZONE_DESCENDING;
			else if (order < 0)
				flags &= (uint16_t) ~COL_ZONE_DESCENDING;
			else if (last != UINT32_MAX)
				flags &= (uint16_t) ~COL_ZONE_STRICTLY_ASCENDING;
			before = value;
		}
		last = row;
	}
	zone->flags |= flags;
}

static ColStatus
values_distinct(ColEncoder *encoder, ColZone *zone)
{
	const ColColumn *column = encoder->column;
	uint32_t n_hashes = 0;
	uint64_t *hashes;
	uint32_t row;

	if (has_dictionary(encoder) ||
		(zone->flags & COL_ZONE_STRICTLY_ASCENDING) != 0)
	{
		zone->n_distinct = has_dictionary(encoder)
							   ? encoder->dictionary.n_entries
							   : column->n_rows - column->n_nulls;
		zone->flags |= COL_ZONE_DISTINCT_EXACT;
		return COL_OK;
	}
	hashes = col_arena_alloc(encoder->arena,
							 (size_t) column->n_rows * sizeof(uint64_t));
	if (hashes == NULL)
		return col_error(encoder->error, COL_NO_MEMORY,
						 "out of memory for statistics", column->n_rows, 0);
	for (row = 0; row < column->n_rows; row++)
	{
		const uint8_t *at = col_column_value(column, row);

		if (col_column_is_null(column, row))
			continue;
		if (column->phys == COL_PHYS_IMAGE)
			hashes[n_hashes++] =
				col_bloom_hash(COL_BLOOM_BYTES, col_image_payload(at),
							   col_image_payload_bytes(at));
		else
			hashes[n_hashes++] =
				col_bloom_hash(COL_BLOOM_BYTES, at, column->value_bytes);
	}
	return count_hashes(encoder, hashes, n_hashes, zone);
}

/* The value of row i that is not NULL, or entry i of the dictionary; NULL: none. */
static const uint8_t *
different_value(const ColEncoder *encoder, uint32_t i)
{
	if (has_dictionary(encoder))
		return encoder->dictionary.entries[i].value;
	if (col_column_is_null(encoder->column, i))
		return NULL;
	return col_column_value(encoder->column, i);
}

static uint32_t
n_different_values(const ColEncoder *encoder)
{
	return has_dictionary(encoder) ? encoder->dictionary.n_entries
								   : encoder->column->n_rows;
}

static void
values_length(const ColEncoder *encoder, ColZone *zone)
{
	uint32_t n = n_different_values(encoder);
	uint32_t i;

	if (encoder->column->phys != COL_PHYS_IMAGE)
		return;
	for (i = 0; i < n; i++)
	{
		const uint8_t *image = different_value(encoder, i);
		uint32_t n_bytes = image ? col_image_payload_bytes(image) : 0;

		if (n_bytes > zone->max_length_bytes)
			zone->max_length_bytes = n_bytes;
	}
}

/* ---- numeric ---- */

/* Sums of the digits that are worth 10,000^(position - SUM_FRACTION_POSITIONS). */
typedef struct DigitSums
{
	int64_t positions[SUM_POSITIONS];
	uint32_t scale; /* the largest display scale */
	bool fails;		/* some value is no decimal, or has digits elsewhere */
} DigitSums;

/* Adds a value n_times. */
static void
digits_add(DigitSums *sums, const ColNumeric *numeric, uint32_t n_times)
{
	int32_t position = numeric->weight + SUM_FRACTION_POSITIONS;
	int64_t sign = numeric->is_negative ? -(int64_t) n_times : n_times;
	uint32_t i;

	if (numeric->kind != COL_NUMERIC_FINITE ||
		(numeric->n_digits > 0 && (position >= SUM_POSITIONS ||
								   position < (int32_t) numeric->n_digits - 1)))
	{
		sums->fails = true;
		return;
	}
	if (numeric->display_scale > sums->scale)
		sums->scale = numeric->display_scale;
	for (i = 0; i < numeric->n_digits; i++)
		sums->positions[position - (int32_t) i] +=
			sign * (int64_t) col_numeric_digit(numeric, i);
}

/* *total = the sum * 10^scale; false: it is no integer, or too large. */
static bool
digits_total(const DigitSums *sums, Int128 *total)
{
	int32_t lowest = SUM_FRACTION_POSITIONS - (int32_t) (sums->scale + 3) / 4;
	uint32_t more = ((sums->scale + 3) / 4) * 4 - sums->scale;
	Int128 divisor = more == 0 ? 1 : more == 1 ? 10 : more == 2 ? 100 : 1000;
	Int128 value = 0;
	int32_t i;

	if (sums->fails || lowest < 0)
		return false;
	for (i = 0; i < lowest; i++)
		if (sums->positions[i] != 0)
			return false;
	for (i = SUM_POSITIONS - 1; i >= lowest; i--)
		if (__builtin_mul_overflow(value, (Int128) 10000, &value) ||
			__builtin_add_overflow(value, (Int128) sums->positions[i], &value))
			return false;
	*total = value / divisor;
	return value % divisor == 0;
}

/* How often each entry of the dictionary occurs. */
static uint32_t *
count_codes(ColEncoder *encoder)
{
	const ColColumn *column = encoder->column;
	uint32_t *counts = col_arena_zalloc(
		encoder->arena, encoder->dictionary.n_entries * sizeof(uint32_t));
	uint32_t row;

	for (row = 0; counts && row < column->n_rows; row++)
		counts[encoder->dictionary.codes[row]] +=
			!col_column_is_null(column, row);
	return counts;
}

static void
numeric_set_range(const ColNumeric *min, const ColNumeric *max, ColZone *zone)
{
	zone->min_bytes =
		(uint8_t) col_numeric_store(min, zone->min, COL_ZONE_NUMERIC_BYTES);
	zone->max_bytes =
		(uint8_t) col_numeric_store(max, zone->max, COL_ZONE_NUMERIC_BYTES);
	if (zone->min_bytes > 0 && zone->max_bytes > 0)
	{
		zone->flags |= COL_ZONE_HAS_RANGE;
		return;
	}
	zone->min_bytes = zone->max_bytes = 0;
	memset(zone->min, 0, sizeof(zone->min));
	memset(zone->max, 0, sizeof(zone->max));
}

/* Min, max and sum. */
static ColStatus
numeric_stats(ColEncoder *encoder, ColZone *zone)
{
	uint32_t n = n_different_values(encoder);
	uint32_t *counts = NULL; /* NULL: each is one */
	DigitSums sums = {{0}, 0, false};
	ColNumeric min = {0};
	ColNumeric max = {0};
	Int128 total;
	bool any = false;
	uint32_t i;

	if (has_dictionary(encoder))
	{
		counts = count_codes(encoder);
		if (counts == NULL)
			return col_error(encoder->error, COL_NO_MEMORY,
							 "out of memory for statistics", n, 0);
	}
	for (i = 0; i < n; i++)
	{
		const uint8_t *image = different_value(encoder, i);
		Value value;

		if (image == NULL)
			continue;
		value_read(encoder->column, image, &value);
		digits_add(&sums, &value.numeric, counts ? counts[i] : 1);
		if (value.numeric.kind == COL_NUMERIC_NAN)
		{
			zone->flags |= COL_ZONE_HAS_NAN;
			continue;
		}
		if (!any || col_numeric_compare(&value.numeric, &min) < 0)
			min = value.numeric;
		if (!any || col_numeric_compare(&max, &value.numeric) < 0)
			max = value.numeric;
		any = true;
	}
	if (any)
		numeric_set_range(&min, &max, zone);
	if (digits_total(&sums, &total))
	{
		zone->flags |= COL_ZONE_HAS_SUM;
		zone->sum_scale = (uint8_t) sums.scale;
		zone->sum_low = (uint64_t) total;
		zone->sum_high = (int64_t) (total >> 64);
	}
	return COL_OK;
}

ColStatus
col_zone_stats(ColEncoder *encoder, ColZone *zone)
{
	const ColColumn *column = encoder->column;

	if (column->n_nulls == column->n_rows)
		return COL_OK;
	if (column->phys == COL_PHYS_LANE)
		return lanes_stats(encoder, zone);
	values_order(encoder, zone);
	values_length(encoder, zone);
	if (column->order == COL_ORDER_NUMERIC &&
		numeric_stats(encoder, zone) != COL_OK)
		return COL_NO_MEMORY;
	return values_distinct(encoder, zone);
}
