/*
 * verify_values.c - the zone that decoded values really have, computed value by
 * value, apart from how the encoder does it.
 */
#include "postgres.h"

#include <math.h>

#include "src/sqlfunc/verify.h"
#include "src/vector/image.h"

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
