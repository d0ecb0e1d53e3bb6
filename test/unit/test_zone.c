/*
 * test_zone.c - zones against oracles: every order, NaN, zeroes of both signs,
 * cut text; and the zones of vectors in the directory.
 */
#include <math.h>
#include <string.h>
#include "src/base/bytes.h"
#include "src/encoding/encoding_format.h"
#include "src/vector/image.h"
#include "test/unit/chunks.h"
#include "test/unit/harness.h"

/* Flags about min and max. */
#define RANGE_FLAGS                                             \
	(COL_ZONE_HAS_RANGE | COL_ZONE_HAS_NAN | COL_ZONE_MIN_CUT | \
	 COL_ZONE_MAX_CUT)

static void
zone_of(const ColColumn *column, ColZone *zone)
{
	TestMemory memory;
	ColBuffer out;

	test_memory_init(&memory);
	test_chunk_encode(column, COL_CODEC_NONE, &memory.allocator, &out, zone);
	col_buffer_free(&out);
}

static bool
row_is_null(const ColColumn *column, uint32_t row)
{
	return column->validity &&
		   (column->validity[row / 64] >> row % 64 & 1) == 0;
}

static int64_t
signed_lane(const ColColumn *column, uint32_t row)
{
	const uint8_t *at = column->values + (size_t) row * column->value_bytes;
	uint64_t lane = col_load_uint(at, column->value_bytes);
	unsigned unused = 64 - column->value_bytes * 8U;

	return (int64_t) (lane << unused) >> unused;
}

static void
check_integers(const ColColumn *column)
{
	bool is_signed = column->order == COL_ORDER_SIGNED;
	uint64_t min = 0;
	uint64_t max = 0;
	bool found = false;
	ColZone zone;
	uint32_t row;

	for (row = 0; row < column->n_rows; row++)
	{
		uint64_t lane = (uint64_t) signed_lane(column, row);
		bool less;
		bool more;

		if (row_is_null(column, row))
			continue;
		if (!is_signed)
			lane = col_load_uint(column->values +
									 (size_t) row * column->value_bytes,
								 column->value_bytes);
		less = is_signed ? (int64_t) lane < (int64_t) min : lane < min;
		more = is_signed ? (int64_t) lane > (int64_t) max : lane > max;
		min = !found || less ? lane : min;
		max = !found || more ? lane : max;
		found = true;
	}
	zone_of(column, &zone);
	CHECK(zone.n_rows == column->n_rows && zone.n_nulls == column->n_nulls);
	CHECK(zone.order == column->order);
	CHECK(((zone.flags & COL_ZONE_HAS_RANGE) != 0) == found);
	if (!found)
		return;
	CHECK(zone.min_bytes == 8 && zone.max_bytes == 8);
	CHECK(col_load_u64(zone.min) == min && col_load_u64(zone.max) == max);
}

static void
zones_of_integers(void)
{
	uint16_t value_bytes;
	int shape;
	int nulls;

	for (value_bytes = 1; value_bytes <= 8; value_bytes *= 2)
		for (shape = 0; shape < LANES_FLOATS; shape++)
			for (nulls = 0; nulls < NULL_PATTERNS; nulls++)
			{
				TestColumn test;

				test_context("%s of %u bytes, nulls %s",
							 lane_shape_names[shape], value_bytes,
							 null_pattern_names[nulls]);
				test_column_lanes(&test, (LaneShape) shape, value_bytes,
								  shape % 2 ? COL_ORDER_SIGNED
											: COL_ORDER_UNSIGNED,
								  2500, (NullPattern) nulls);
				check_integers(&test.column);
				test_column_free(&test);
			}
}

static void
doubles_zone(const double *values, uint32_t n_rows, ColZone *zone)
{
	ColColumn column;

	memset(&column, 0, sizeof(column));
	column.phys = COL_PHYS_LANE;
	column.order = COL_ORDER_FLOAT8;
	column.value_bytes = 8;
	column.n_rows = n_rows;
	column.values = (const uint8_t *) values;
	zone_of(&column, zone);
}

static bool
is_double(const uint8_t *bytes, double value)
{
	return memcmp(bytes, &value, 8) == 0;
}

static void
zones_of_floats(void)
{
	static const double mixed[] = {3.5, NAN, -2.25, INFINITY, 1};
	static const double zeroes[] = {0.0, -0.0, 0.0};
	static const double positive_zero[] = {0.0, 5.0};
	static const double nothing_but_nan[] = {NAN, NAN};
	static const float floats[] = {1.5f, -INFINITY, 7.0f};
	ColColumn column;
	ColZone zone;
	float limit;

	doubles_zone(mixed, 5, &zone);
	CHECK((zone.flags & RANGE_FLAGS) ==
		  (COL_ZONE_HAS_RANGE | COL_ZONE_HAS_NAN));
	CHECK(is_double(zone.min, -2.25) && is_double(zone.max, INFINITY));
	doubles_zone(zeroes, 3, &zone);
	CHECK((zone.flags & RANGE_FLAGS) == COL_ZONE_HAS_RANGE);
	CHECK(is_double(zone.min, -0.0) && is_double(zone.max, 0.0));
	doubles_zone(positive_zero, 2, &zone);
	CHECK(is_double(zone.min, -0.0) && is_double(zone.max, 5.0));
	doubles_zone(nothing_but_nan, 2, &zone);
	CHECK((zone.flags & RANGE_FLAGS) == COL_ZONE_HAS_NAN);

	memset(&column, 0, sizeof(column));
	column.phys = COL_PHYS_LANE;
	column.order = COL_ORDER_FLOAT4;
	column.value_bytes = 4;
	column.n_rows = 3;
	column.values = (const uint8_t *) floats;
	zone_of(&column, &zone);
	CHECK((zone.flags & RANGE_FLAGS) == COL_ZONE_HAS_RANGE &&
		  zone.min_bytes == 8);
	limit = -INFINITY;
	CHECK(memcmp(zone.min, &limit, 4) == 0 && col_load_u32(zone.min + 4) == 0);
	limit = 7.0f;
	CHECK(memcmp(zone.max, &limit, 4) == 0 && col_load_u32(zone.max + 4) == 0);
}

static int
bytes_compare(const uint8_t *a, uint32_t a_bytes, const uint8_t *b,
			  uint32_t b_bytes)
{
	int order = memcmp(a, b, a_bytes < b_bytes ? a_bytes : b_bytes);

	if (order != 0)
		return order;
	return a_bytes < b_bytes ? -1 : a_bytes > b_bytes;
}

/* Every value lies in the zone, and the zone is no wider than it must be. */
static void
check_bytes(const ColColumn *column)
{
	bool min_seen = false;
	bool max_seen = false;
	ColZone zone;
	uint32_t row;

	zone_of(column, &zone);
	for (row = 0; row < column->n_rows; row++)
	{
		const uint8_t *image = column->heap + column->offsets[row];
		const uint8_t *payload;
		uint32_t n_bytes;

		if (row_is_null(column, row) || (zone.flags & COL_ZONE_HAS_RANGE) == 0)
			continue;
		payload = col_image_payload(image);
		n_bytes = col_image_payload_bytes(image);
		CHECK(bytes_compare(zone.min, zone.min_bytes, payload, n_bytes) <= 0);
		CHECK(bytes_compare(payload, n_bytes, zone.max, zone.max_bytes) <= 0);
		min_seen = min_seen || (n_bytes >= zone.min_bytes &&
								memcmp(payload, zone.min, zone.min_bytes) == 0);
		max_seen = max_seen || (zone.flags & COL_ZONE_MAX_CUT) != 0 ||
				   (n_bytes == zone.max_bytes &&
					memcmp(payload, zone.max, n_bytes) == 0);
	}
	if (zone.flags & COL_ZONE_HAS_RANGE)
		CHECK(min_seen && max_seen);
	else
		CHECK((zone.flags & RANGE_FLAGS) == 0 && zone.min_bytes == 0 &&
			  zone.max_bytes == 0);
}

static void
zones_of_text(void)
{
	int shape;
	int nulls;

	for (shape = 0; shape < IMAGE_SHAPES; shape++)
		for (nulls = 0; nulls < NULL_PATTERNS; nulls++)
		{
			TestColumn test;

			test_context("%s, nulls %s", image_shape_names[shape],
						 null_pattern_names[nulls]);
			test_column_images(&test, (ImageShape) shape, COL_ORDER_BYTES,
							   shape == IMAGES_LONG ? 900 : 3000,
							   (NullPattern) nulls);
			check_bytes(&test.column);
			test_column_free(&test);
		}
}

static void
strings_zone(const char *const *strings, uint32_t n_rows, ColZone *zone)
{
	TestColumn test;

	test_column_strings(&test, strings, n_rows);
	zone_of(&test.column, zone);
	test_column_free(&test);
}

#define FF7 "\xff\xff\xff\xff\xff\xff\xff"

static void
text_is_cut_at_28_bytes(void)
{
	static const char *const exact[] = {"abcdefghijklmnopqrstuvwxyz01", "",
										NULL, "abcdefghijklmnopqrstuvwxyz0"};
	static const char *const cut[] = {"abcdefghijklmnopqrstuvwxyz012"};
	static const char *const carry[] = {
		"a", "abcdefghijklmnopqrstuvwxyz\xff\xff and more"};
	static const char *const highest[] = {"b", FF7 FF7 FF7 FF7 "and more"};
	static const char *const high[] = {"b", FF7 FF7 FF7 FF7};
	ColZone zone;

	strings_zone(exact, 4, &zone);
	CHECK((zone.flags & RANGE_FLAGS) == COL_ZONE_HAS_RANGE);
	CHECK(zone.min_bytes == 0 && zone.max_bytes == 28);
	CHECK(memcmp(zone.max, exact[0], 28) == 0 && zone.n_nulls == 1);
	strings_zone(cut, 1, &zone);
	CHECK((zone.flags & RANGE_FLAGS) ==
		  (COL_ZONE_HAS_RANGE | COL_ZONE_MIN_CUT | COL_ZONE_MAX_CUT));
	CHECK(zone.min_bytes == 28 && memcmp(zone.min, cut[0], 28) == 0);
	CHECK(memcmp(zone.max, "abcdefghijklmnopqrstuvwxyz02", 28) == 0);
	strings_zone(carry, 2, &zone);
	CHECK((zone.flags & RANGE_FLAGS) ==
		  (COL_ZONE_HAS_RANGE | COL_ZONE_MAX_CUT));
	CHECK(zone.max_bytes == 26);
	CHECK(memcmp(zone.max, "abcdefghijklmnopqrstuvwxy{", 26) == 0);
	strings_zone(highest, 2, &zone);
	CHECK((zone.flags & RANGE_FLAGS) == 0 && zone.min_bytes == 0 &&
		  zone.max_bytes == 0);
	strings_zone(high, 2, &zone);
	CHECK((zone.flags & RANGE_FLAGS) == COL_ZONE_HAS_RANGE &&
		  zone.max_bytes == 28);
}

/* NULL slots hold what they like: it must not show. */
static void
null_slots_do_not_count(void)
{
	static const int32_t values[] = {-2000000000, 5, 2000000000, 7, -9};
	static const uint64_t validity[] = {0x0a};
	ColColumn column;
	ColZone zone;

	memset(&column, 0, sizeof(column));
	column.phys = COL_PHYS_LANE;
	column.order = COL_ORDER_SIGNED;
	column.value_bytes = 4;
	column.n_rows = 5;
	column.n_nulls = 3;
	column.validity = validity;
	column.values = (const uint8_t *) values;
	zone_of(&column, &zone);
	CHECK(col_load_u64(zone.min) == 5 && col_load_u64(zone.max) == 7);
	CHECK(zone.n_nulls == 3);
	test_roundtrip(&column, COL_CODEC_NONE, NULL, NULL);
}

/* The entries of the directory bound their vectors, codes included. */
static void
vectors_have_zones(void)
{
	TestMemory memory;
	TestColumn test;
	ColBuffer out;
	uint32_t v;

	test_memory_init(&memory);
	test_column_lanes(&test, LANES_OUTLIERS, 4, COL_ORDER_SIGNED, 3000,
					  NULLS_VECTORS);
	test_chunk_encode(&test.column, COL_CODEC_NONE, &memory.allocator, &out,
					  NULL);
	for (v = 0; v < 3; v++)
	{
		ChunkVector entry;
		int64_t min = INT64_MAX;
		int64_t max = INT64_MIN;
		uint32_t row;

		memcpy(&entry, out.data + sizeof(ChunkHeader) + v * sizeof(entry),
			   sizeof(entry));
		for (row = v * 1024; row < 3000 && row < (v + 1) * 1024; row++)
			if (!row_is_null(&test.column, row))
			{
				int64_t lane = signed_lane(&test.column, row);

				min = lane < min ? lane : min;
				max = lane > max ? lane : max;
			}
		if (v % 2 == 0)
			CHECK((entry.nulls & CHUNK_VECTOR_HAS_RANGE) == 0);
		else
			CHECK((entry.nulls & CHUNK_VECTOR_HAS_RANGE) != 0 &&
				  entry.min == min && entry.max == max);
	}
	col_buffer_free(&out);
	test_column_free(&test);
}

const TestCase zone_tests[] = {
	{"zone: integers", zones_of_integers},
	{"zone: floats", zones_of_floats},
	{"zone: text", zones_of_text},
	{"zone: text is cut at 28 bytes", text_is_cut_at_28_bytes},
	{"zone: null slots do not count", null_slots_do_not_count},
	{"zone: vectors", vectors_have_zones},
	{NULL, NULL}};
