/*
 * verify_values.c - the zone that decoded values really have, computed value by
 * value, apart from how the encoder does it: numerics by PostgreSQL's own functions.
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/numeric.h"

#include "src/base/bytes.h"
#include "src/pg/border.h"
#include "src/verify/verify.h"
#include "src/vector/image.h"
#include "src/vector/numeric.h"

/* What an estimate of many distinct values may be off by: a part of them. */
#define ESTIMATE_PART 10

#define ORDER_FLAGS \
	(COL_ZONE_ASCENDING | COL_ZONE_STRICTLY_ASCENDING | COL_ZONE_DESCENDING)

/* A lane extended to 64 bits as zones have it. */
static int64
lane_of(const uint8 *value, ColOrder order, uint16 value_bytes)
{
	uint64 bits = 0;
	int unused_bits = 64 - value_bytes * 8;

	memcpy(&bits, value, value_bytes);
	if (order == COL_ORDER_SIGNED && unused_bits > 0)
		return (int64) (bits << unused_bits) >> unused_bits;
	return (int64) bits;
}

static double
float_of(int64 lane, ColOrder order)
{
	float4 single;
	float8 value;

	if (order == COL_ORDER_FLOAT4)
	{
		memcpy(&single, &lane, sizeof(single));
		return single;
	}
	memcpy(&value, &lane, sizeof(value));
	return value;
}

static bool
lane_less(int64 a, int64 b, ColOrder order)
{
	switch (order)
	{
		case COL_ORDER_SIGNED:
			return a < b;
		case COL_ORDER_FLOAT4:
		case COL_ORDER_FLOAT8:
			return float_of(a, order) < float_of(b, order);
		default:
			return (uint64) a < (uint64) b;
	}
}

static void
add_lane(ColVerifyValues *values, int64 lane)
{
	ColOrder order = values->order;

	if (order == COL_ORDER_FLOAT4 || order == COL_ORDER_FLOAT8)
	{
		if (isnan(float_of(lane, order)))
		{
			values->has_nan = true;
			return;
		}
	}
	if (!values->has_range || lane_less(lane, values->min, order))
		values->min = lane;
	if (!values->has_range || lane_less(values->max, lane, order))
		values->max = lane;
	values->has_range = true;
}

static bool
bytes_less(const ColVerifyBytes *a, const ColVerifyBytes *b)
{
	int order = memcmp(a->bytes, b->bytes, Min(a->n_bytes, b->n_bytes));

	return order != 0 ? order < 0 : a->n_bytes < b->n_bytes;
}

static void
add_bytes(ColVerifyValues *values, const ColVerifyBytes *bytes)
{
	if (!values->has_range || bytes_less(bytes, &values->min_bytes))
		values->min_bytes = *bytes;
	if (!values->has_range || bytes_less(&values->max_bytes, bytes))
		values->max_bytes = *bytes;
	values->has_range = true;
}

static void
add_value(ColVerifyValues *values, const ColVector *vector, const uint8 *value,
		  uint16 value_bytes)
{
	ColVerifyBytes cut = {0};
	uint32 n_bytes = value_bytes;

	if (values->order != COL_ORDER_BYTES)
	{
		add_lane(values, lane_of(value, values->order, value_bytes));
		return;
	}
	if (vector->phys == COL_PHYS_IMAGE)
	{
		n_bytes = col_image_payload_bytes(value);
		value = col_image_payload(value);
	}
	cut.n_bytes = Min(n_bytes, sizeof(cut.bytes));
	memcpy(cut.bytes, value, cut.n_bytes);
	add_bytes(values, &cut);
}

void
col_verify_values_of(ColVerifyValues *values, const ColVector *vector,
					 ColOrder order, uint16 value_bytes)
{
	memset(values, 0, sizeof(*values));
	values->order = order;
	values->n_rows = vector->n_rows;
	for (uint32 row = 0; row < vector->n_rows; row++)
	{
		if (col_vector_is_null(vector, row))
			values->n_nulls++;
		else if (order != COL_ORDER_NONE && order != COL_ORDER_NUMERIC)
			add_value(values, vector, col_vector_value(vector, row),
					  value_bytes);
	}
}

void
col_verify_values_add(ColVerifyValues *values, const ColVerifyValues *more)
{
	Assert(values->order == more->order);
	values->n_rows += more->n_rows;
	values->n_nulls += more->n_nulls;
	values->has_nan |= more->has_nan;
	if (!more->has_range)
		return;
	if (values->order == COL_ORDER_BYTES)
	{
		add_bytes(values, &more->min_bytes);
		add_bytes(values, &more->max_bytes);
		return;
	}
	add_lane(values, more->min);
	add_lane(values, more->max);
}

/* Bytes as a zone keeps them; false: there is no such maximum. */
static bool
zone_set_bytes(const ColVerifyValues *values, ColZone *zone)
{
	uint32 min_bytes = values->min_bytes.n_bytes;
	uint32 max_bytes = values->max_bytes.n_bytes;

	if (max_bytes > COL_ZONE_VALUE_BYTES)
	{
		max_bytes = COL_ZONE_VALUE_BYTES;
		while (max_bytes > 0 && values->max_bytes.bytes[max_bytes - 1] == 0xff)
			max_bytes--;
		if (max_bytes == 0)
			return false;
		zone->flags |= COL_ZONE_MAX_CUT;
	}
	memcpy(zone->max, values->max_bytes.bytes, max_bytes);
	if (zone->flags & COL_ZONE_MAX_CUT)
		zone->max[max_bytes - 1]++;
	if (min_bytes > COL_ZONE_VALUE_BYTES)
	{
		min_bytes = COL_ZONE_VALUE_BYTES;
		zone->flags |= COL_ZONE_MIN_CUT;
	}
	memcpy(zone->min, values->min_bytes.bytes, min_bytes);
	zone->min_bytes = min_bytes;
	zone->max_bytes = max_bytes;
	return true;
}

/* -0.0 as min and 0.0 as max. */
static int64
zero_bound(int64 lane, ColOrder order, bool is_max)
{
	bool is_float = order == COL_ORDER_FLOAT4 || order == COL_ORDER_FLOAT8;

	if (!is_float || float_of(lane, order) != 0)
		return lane;
	if (is_max)
		return 0;
	return order == COL_ORDER_FLOAT4 ? INT64CONST(0x80000000) : PG_INT64_MIN;
}

void
col_verify_values_zone(const ColVerifyValues *values, ColZone *zone)
{
	int64 min;
	int64 max;

	memset(zone, 0, sizeof(*zone));
	zone->order = values->order;
	zone->n_rows = values->n_rows;
	zone->n_nulls = values->n_nulls;
	if (values->has_nan)
		zone->flags |= COL_ZONE_HAS_NAN;
	if (!values->has_range)
		return;
	if (values->order == COL_ORDER_BYTES)
	{
		if (zone_set_bytes(values, zone))
			zone->flags |= COL_ZONE_HAS_RANGE;
		return;
	}
	min = zero_bound(values->min, values->order, false);
	max = zero_bound(values->max, values->order, true);
	memcpy(zone->min, &min, sizeof(min));
	memcpy(zone->max, &max, sizeof(max));
	zone->min_bytes = zone->max_bytes = sizeof(min);
	zone->flags |= COL_ZONE_HAS_RANGE;
}

/* ---- beside min and max ---- */

void
col_verify_stats_init(ColVerifyStats *stats, ColOrder order, uint16 value_bytes,
					  uint32 n_rows)
{
	memset(stats, 0, sizeof(*stats));
	stats->order = order;
	stats->value_bytes = value_bytes;
	stats->flags = order == COL_ORDER_NONE ? 0 : ORDER_FLAGS;
	stats->no_sum = order != COL_ORDER_SIGNED && order != COL_ORDER_NUMERIC;
	stats->last_capacity_bytes = sizeof(uint64);
	stats->last = palloc(stats->last_capacity_bytes);
	stats->n_slots = pg_nextpower2_32(2 * n_rows);
	stats->slots = palloc0(stats->n_slots * sizeof(uint64));
}

static bool
is_float(const ColVerifyStats *stats)
{
	return stats->order == COL_ORDER_FLOAT4 || stats->order == COL_ORDER_FLOAT8;
}

static float8
stats_float(const ColVerifyStats *stats, const uint8 *value)
{
	return float_of(lane_of(value, stats->order, stats->value_bytes),
					stats->order);
}

/* A numeric of its payload, allocated. */
static Datum
numeric_of(const uint8 *payload, uint32 n_bytes)
{
	struct varlena *numeric = palloc(VARHDRSZ + n_bytes);

	SET_VARSIZE(numeric, VARHDRSZ + n_bytes);
	memcpy(VARDATA(numeric), payload, n_bytes);
	return PointerGetDatum(numeric);
}

/* Has the payload a form that PostgreSQL's functions may be given? */
static bool
is_numeric(const uint8 *payload, uint32 n_bytes)
{
	ColNumeric numeric;

	if (!col_numeric_parse(payload, n_bytes, &numeric))
		return false;
	for (uint32 i = 0; i < numeric.n_digits; i++)
	{
		if (col_numeric_digit(&numeric, i) > 9999)
			return false;
	}
	return true;
}

static int
numeric_order(Datum a, Datum b)
{
	return DatumGetInt32(DirectFunctionCall2(numeric_cmp, a, b));
}

/* Order of the value before and this one. */
static int
compare_last(const ColVerifyStats *stats, const uint8 *value, uint32 n_bytes)
{
	int64 a;
	int64 b;
	int order;

	switch (stats->order)
	{
		case COL_ORDER_SIGNED:
		case COL_ORDER_UNSIGNED:
			a = lane_of(stats->last, stats->order, stats->value_bytes);
			b = lane_of(value, stats->order, stats->value_bytes);
			return lane_less(a, b, stats->order) ? -1 : a != b;
		case COL_ORDER_FLOAT4:
		case COL_ORDER_FLOAT8:
			return float8_cmp_internal(stats_float(stats, stats->last),
									   stats_float(stats, value));
		case COL_ORDER_NUMERIC:
			return numeric_order(numeric_of(stats->last, stats->last_bytes),
								 numeric_of(value, n_bytes));
		default:
			order = memcmp(stats->last, value, Min(stats->last_bytes, n_bytes));
			if (order != 0)
				return order;
			return stats->last_bytes < n_bytes ? -1
											   : stats->last_bytes > n_bytes;
	}
}

static void
add_to_order(ColVerifyStats *stats, const uint8 *value, uint32 n_bytes)
{
	int order;

	if ((stats->flags & ORDER_FLAGS) == 0)
		return;
	if (stats->any)
	{
		order = compare_last(stats, value, n_bytes);
		if (order > 0)
			stats->flags &= ~(COL_ZONE_ASCENDING | COL_ZONE_STRICTLY_ASCENDING);
		if (order == 0)
			stats->flags &= ~COL_ZONE_STRICTLY_ASCENDING;
		if (order < 0)
			stats->flags &= ~COL_ZONE_DESCENDING;
	}
	if (n_bytes > stats->last_capacity_bytes)
	{
		stats->last = repalloc(stats->last, n_bytes);
		stats->last_capacity_bytes = n_bytes;
	}
	memcpy(stats->last, value, n_bytes);
	stats->last_bytes = n_bytes;
	stats->any = true;
}

static void
add_to_distinct(ColVerifyStats *stats, const uint8 *value, uint32 n_bytes)
{
	float8 number = 0;
	uint64 hash;
	uint32 slot;

	if (is_float(stats))
	{
		number = stats_float(stats, value);
		if (isnan(number))
			number = get_float8_nan();
		if (number == 0)
			number = 0; /* not -0.0 */
		value = (const uint8 *) &number;
		n_bytes = sizeof(number);
	}
	hash = hash_bytes_extended(value, n_bytes, 0) | 1;
	slot = (hash >> 32) & (stats->n_slots - 1);
	while (stats->slots[slot] != 0 && stats->slots[slot] != hash)
		slot = (slot + 1) & (stats->n_slots - 1);
	stats->n_distinct += stats->slots[slot] == 0;
	stats->slots[slot] = hash;
}

/* Replaces *old, a numeric or 0. */
static void
replace(Datum *old, Datum value)
{
	if (*old != 0)
		pfree(DatumGetPointer(*old));
	*old = value;
}

static void
add_to_sum(ColVerifyStats *stats, Datum value)
{
	replace(
		&stats->sum,
		stats->sum == 0
			? numeric_of((uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value))
			: DirectFunctionCall2(numeric_add, stats->sum, value));
}

static void
add_numeric(ColVerifyStats *stats, const uint8 *payload, uint32 n_bytes)
{
	Datum value = numeric_of(payload, n_bytes);

	if (numeric_is_nan(DatumGetNumeric(value)))
	{
		stats->flags |= COL_ZONE_HAS_NAN;
		stats->no_sum = true;
	}
	else
	{
		if (numeric_is_inf(DatumGetNumeric(value)))
			stats->no_sum = true;
		if (stats->min_numeric == 0 ||
			numeric_order(value, stats->min_numeric) < 0)
			replace(&stats->min_numeric, numeric_of(payload, n_bytes));
		if (stats->max_numeric == 0 ||
			numeric_order(value, stats->max_numeric) > 0)
			replace(&stats->max_numeric, numeric_of(payload, n_bytes));
	}
	if (!stats->no_sum)
		add_to_sum(stats, value);
	pfree(DatumGetPointer(value));
}

static void
stats_add_value(ColVerifyStats *stats, const ColVector *vector,
				const uint8 *value)
{
	uint32 n_bytes = stats->value_bytes;

	if (vector->phys == COL_PHYS_IMAGE)
	{
		n_bytes = col_image_payload_bytes(value);
		value = col_image_payload(value);
		stats->max_length_bytes = Max(stats->max_length_bytes, n_bytes);
	}
	if (stats->order == COL_ORDER_NUMERIC && !is_numeric(value, n_bytes))
		stats->unsound = true;
	if (stats->unsound)
		return;
	add_to_order(stats, value, n_bytes);
	add_to_distinct(stats, value, n_bytes);
	if (stats->order == COL_ORDER_NUMERIC)
		add_numeric(stats, value, n_bytes);
	else if (stats->order == COL_ORDER_SIGNED)
		stats->total += lane_of(value, stats->order, stats->value_bytes);
}

void
col_verify_stats_add(ColVerifyStats *stats, const ColVector *vector)
{
	for (uint32 row = 0; row < vector->n_rows; row++)
	{
		if (!col_vector_is_null(vector, row))
			stats_add_value(stats, vector, col_vector_value(vector, row));
	}
}

/* Bytes of a bound as a zone keeps it; 0: it does not. */
static uint8
store_numeric(Datum value, uint8 *bound)
{
	ColNumeric numeric;

	if (!col_numeric_parse((uint8 *) VARDATA_ANY(value),
						   VARSIZE_ANY_EXHDR(value), &numeric))
		return 0;
	return col_numeric_store(&numeric, bound, COL_ZONE_NUMERIC_BYTES);
}

static void
zone_set_numeric(const ColVerifyStats *stats, ColZone *zone)
{
	if (stats->min_numeric == 0)
		return;
	zone->min_bytes = store_numeric(stats->min_numeric, zone->min);
	zone->max_bytes = store_numeric(stats->max_numeric, zone->max);
	if (zone->min_bytes > 0 && zone->max_bytes > 0)
	{
		zone->flags |= COL_ZONE_HAS_RANGE;
		return;
	}
	zone->min_bytes = zone->max_bytes = 0;
	memset(zone->min, 0, sizeof(zone->min));
	memset(zone->max, 0, sizeof(zone->max));
}

/* Is the sum of decimals that a zone has the right one? */
static bool
sum_is_right(const ColVerifyStats *stats, const ColZone *said)
{
	ColNumeric numeric;

	return !stats->no_sum && stats->sum != 0 &&
		   col_numeric_parse((uint8 *) VARDATA_ANY(stats->sum),
							 VARSIZE_ANY_EXHDR(stats->sum), &numeric) &&
		   numeric.display_scale == said->sum_scale &&
		   numeric_order(stats->sum,
						 col_border_numeric(said->sum_low, said->sum_high,
											said->sum_scale)) == 0;
}

void
col_verify_stats_zone(const ColVerifyStats *stats, const ColZone *said,
					  ColZone *zone)
{
	uint32 off = stats->n_distinct > said->n_distinct
					 ? stats->n_distinct - said->n_distinct
					 : said->n_distinct - stats->n_distinct;

	if (zone->n_nulls == zone->n_rows)
		return;
	zone->flags |= stats->flags;
	zone->max_length_bytes = stats->max_length_bytes;
	zone->n_distinct = stats->n_distinct;
	if ((said->flags & COL_ZONE_DISTINCT_EXACT) == 0 &&
		stats->n_distinct > COL_DISTINCT_EXACT_MAX &&
		off <= stats->n_distinct / ESTIMATE_PART)
		zone->n_distinct = said->n_distinct;
	else
		zone->flags |= COL_ZONE_DISTINCT_EXACT;
	if (stats->order == COL_ORDER_SIGNED)
	{
		zone->flags |= COL_ZONE_HAS_SUM;
		zone->sum_low = (uint64) stats->total;
		zone->sum_high = (int64) (stats->total >> 64);
	}
	if (stats->order != COL_ORDER_NUMERIC)
		return;
	zone_set_numeric(stats, zone);
	/* a sum that is not known is none that is wrong */
	if ((said->flags & COL_ZONE_HAS_SUM) != 0 && sum_is_right(stats, said))
	{
		zone->flags |= COL_ZONE_HAS_SUM;
		zone->sum_low = said->sum_low;
		zone->sum_high = said->sum_high;
		zone->sum_scale = said->sum_scale;
	}
}
