/*
 * encoding_zone.c - the zone of a chunk: min, max and flags over its values.
 *
 * Lanes: put together from the entries of the vectors.  Text and fixed-length
 * values in byte order: over the entries of the dictionary if one was built,
 * otherwise over the rows.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/vector/image.h"

/* Is bits a before bits b in order?  Neither is NaN. */
static bool
zone_less(ColOrder order, int64_t a, int64_t b)
{
	float a4;
	float b4;
	double a8;
	double b8;

	switch (order)
	{
		case COL_ORDER_SIGNED:
			return a < b;
		case COL_ORDER_FLOAT4:
			memcpy(&a4, &a, sizeof(a4));
			memcpy(&b4, &b, sizeof(b4));
			return a4 < b4;
		case COL_ORDER_FLOAT8:
			memcpy(&a8, &a, sizeof(a8));
			memcpy(&b8, &b, sizeof(b8));
			return a8 < b8;
		default:
			return (uint64_t) a < (uint64_t) b;
	}
}

void
col_zone_lanes(const ColEncoder *encoder, ColZone *zone)
{
	ColOrder order = encoder->column->order;
	int64_t min = 0;
	int64_t max = 0;
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
	{
		const ChunkVector *entry = &encoder->plans[v].entry;

		if (entry->nulls & CHUNK_VECTOR_HAS_NAN)
			zone->flags |= COL_ZONE_HAS_NAN;
		if ((entry->nulls & CHUNK_VECTOR_HAS_RANGE) == 0)
			continue;
		if ((zone->flags & COL_ZONE_HAS_RANGE) == 0 ||
			zone_less(order, entry->min, min))
			min = entry->min;
		if ((zone->flags & COL_ZONE_HAS_RANGE) == 0 ||
			zone_less(order, max, entry->max))
			max = entry->max;
		zone->flags |= COL_ZONE_HAS_RANGE;
	}
	if ((zone->flags & COL_ZONE_HAS_RANGE) == 0)
		return;
	col_assert(!zone_less(order, max, min));
	zone->min_bytes = zone->max_bytes = 8;
	col_store_u64(zone->min, (uint64_t) min);
	col_store_u64(zone->max, (uint64_t) max);
}

/* A payload and its first 8 bytes as a number in byte order. */
typedef struct ZonePayload
{
	const uint8_t *bytes;
	uint32_t n_bytes;
	uint64_t prefix;
} ZonePayload;

static ZonePayload
zone_payload(const ColColumn *column, const uint8_t *value)
{
	ZonePayload payload;

	if (column->phys == COL_PHYS_IMAGE)
	{
		payload.bytes = col_image_payload(value);
		payload.n_bytes = col_image_payload_bytes(value);
	}
	else
	{
		payload.bytes = value;
		payload.n_bytes = column->value_bytes;
	}
	if (payload.n_bytes >= 8)
		payload.prefix = __builtin_bswap64(col_load_u64(payload.bytes));
	else
		payload.prefix =
			__builtin_bswap64(col_load_uint(payload.bytes, payload.n_bytes));
	return payload;
}

static bool
zone_payload_less(const ZonePayload *a, const ZonePayload *b)
{
	uint32_t shorter = a->n_bytes < b->n_bytes ? a->n_bytes : b->n_bytes;
	int order;

	if (a->prefix != b->prefix)
		return a->prefix < b->prefix;
	order = memcmp(a->bytes, b->bytes, shorter);
	return order != 0 ? order < 0 : a->n_bytes < b->n_bytes;
}

/* Sets min and max, cut as encoding.h describes. */
static void
zone_set_bytes(ColZone *zone, const ZonePayload *min, const ZonePayload *max)
{
	uint32_t n_bytes = min->n_bytes;

	col_assert(!zone_payload_less(max, min));
	if (n_bytes > COL_ZONE_VALUE_BYTES)
	{
		n_bytes = COL_ZONE_VALUE_BYTES;
		zone->flags |= COL_ZONE_MIN_CUT;
	}
	zone->min_bytes = (uint8_t) n_bytes;
	memcpy(zone->min, min->bytes, n_bytes);
	n_bytes = max->n_bytes;
	if (n_bytes <= COL_ZONE_VALUE_BYTES)
		memcpy(zone->max, max->bytes, n_bytes);
	else
	{
		n_bytes = COL_ZONE_VALUE_BYTES;
		while (n_bytes > 0 && max->bytes[n_bytes - 1] == 0xff)
			n_bytes--;
		if (n_bytes == 0)
		{
			zone->flags &= (uint16_t) ~COL_ZONE_MIN_CUT;
			zone->min_bytes = 0;
			memset(zone->min, 0, sizeof(zone->min));
			return;
		}
		memcpy(zone->max, max->bytes, n_bytes);
		zone->max[n_bytes - 1]++;
		zone->flags |= COL_ZONE_MAX_CUT;
	}
	zone->max_bytes = (uint8_t) n_bytes;
	zone->flags |= COL_ZONE_HAS_RANGE;
}

void
col_zone_bytes(const ColEncoder *encoder, ColZone *zone)
{
	const ColColumn *column = encoder->column;
	const ColDictionary *dictionary = &encoder->dictionary;
	bool in_entries = dictionary->n_entries > 0 && dictionary->n_others == 0;
	uint32_t n_values = in_entries ? dictionary->n_entries : column->n_rows;
	ZonePayload min = {NULL, 0, 0};
	ZonePayload max = {NULL, 0, 0};
	uint32_t i;

	if (column->order != COL_ORDER_BYTES || column->n_nulls == column->n_rows)
		return;
	for (i = 0; i < n_values; i++)
	{
		ZonePayload payload;

		if (in_entries)
			payload = zone_payload(column, dictionary->entries[i].value);
		else if (col_column_is_null(column, i))
			continue;
		else
			payload = zone_payload(column, col_column_value(column, i));
		if (min.bytes == NULL || zone_payload_less(&payload, &min))
			min = payload;
		if (max.bytes == NULL || zone_payload_less(&max, &payload))
			max = payload;
	}
	col_assert(min.bytes != NULL);
	zone_set_bytes(zone, &min, &max);
}
