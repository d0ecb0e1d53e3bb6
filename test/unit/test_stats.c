/*
 * test_stats.c - what zones say beside min and max, against oracles: order of rows,
 * distinct values, sums, longest values; and the numbers of numeric.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "src/base/bytes.h"
#include "src/vector/image.h"
#include "src/vector/numeric.h"
#include "test/unit/chunks.h"
#include "test/unit/harness.h"

#define ORDER_FLAGS \
	(COL_ZONE_ASCENDING | COL_ZONE_STRICTLY_ASCENDING | COL_ZONE_DESCENDING)

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

/* A value as the oracle has it: a number, or bytes. */
typedef struct Value
{
	double number;
	int64_t integer;
	const uint8_t *bytes;
	uint32_t n_bytes;
} Value;

static Value
value_of(const ColColumn *column, uint32_t row)
{
	Value value = {0, 0, NULL, column->value_bytes};
	unsigned unused = 64 - column->value_bytes * 8U;
	float single;

	if (column->phys == COL_PHYS_IMAGE)
	{
		const uint8_t *image = column->heap + column->offsets[row];

		value.bytes = col_image_payload(image);
		value.n_bytes = col_image_payload_bytes(image);
		return value;
	}
	value.bytes = column->values + (size_t) row * column->value_bytes;
	if (column->order == COL_ORDER_FLOAT8)
		memcpy(&value.number, value.bytes, 8);
	else if (column->order == COL_ORDER_FLOAT4)
	{
		memcpy(&single, value.bytes, 4);
		value.number = single;
	}
	else if (column->phys == COL_PHYS_LANE)
	{
		uint64_t lane = col_load_uint(value.bytes, column->value_bytes);

		value.integer = (int64_t) lane;
		if (column->order == COL_ORDER_SIGNED)
			value.integer = (int64_t) (lane << unused) >> unused;
	}
	return value;
}

static ColOrder oracle_order; /* for qsort */

static int
value_compare(const void *left, const void *right)
{
	const Value *a = left;
	const Value *b = right;
	int order;

	switch (oracle_order)
	{
		case COL_ORDER_SIGNED:
			return a->integer < b->integer ? -1 : a->integer > b->integer;
		case COL_ORDER_UNSIGNED:
		case COL_ORDER_NONE:
			return (uint64_t) a->integer < (uint64_t) b->integer
					   ? -1
					   : (uint64_t) a->integer > (uint64_t) b->integer;
		case COL_ORDER_FLOAT4:
		case COL_ORDER_FLOAT8:
			if (isnan(a->number) || isnan(b->number))
				return !!isnan(a->number) - !!isnan(b->number);
			return a->number < b->number ? -1 : a->number > b->number;
		default:
			order = memcmp(a->bytes, b->bytes,
						   a->n_bytes < b->n_bytes ? a->n_bytes : b->n_bytes);
			if (order != 0)
				return order;
			return a->n_bytes < b->n_bytes ? -1 : a->n_bytes > b->n_bytes;
	}
}

static void
check_stats(const ColColumn *column)
{
	Value *values = malloc(column->n_rows * sizeof(Value));
	uint32_t flags = ORDER_FLAGS;
	uint32_t n = 0;
	uint32_t n_distinct = 0;
	uint32_t longest = 0;
	__int128 sum = 0;
	ColZone zone;
	uint32_t row;

	oracle_order = column->order;
	zone_of(column, &zone);
	for (row = 0; row < column->n_rows; row++)
	{
		int order;

		if (row_is_null(column, row))
			continue;
		values[n] = value_of(column, row);
		sum += values[n].integer;
		if (values[n].n_bytes > longest)
			longest = values[n].n_bytes;
		order = n > 0 ? value_compare(&values[n - 1], &values[n]) : -2;
		if (order > 0)
			flags &=
				~(uint32_t) (COL_ZONE_ASCENDING | COL_ZONE_STRICTLY_ASCENDING);
		if (order == 0)
			flags &= ~(uint32_t) COL_ZONE_STRICTLY_ASCENDING;
		if (n > 0 && order < 0)
			flags &= ~(uint32_t) COL_ZONE_DESCENDING;
		n++;
	}
	if (n == 0 || column->order == COL_ORDER_NONE)
		flags = 0;
	CHECK((zone.flags & ORDER_FLAGS) == flags);
	CHECK(zone.max_length_bytes ==
		  (column->phys == COL_PHYS_IMAGE ? longest : 0));
	CHECK(((zone.flags & COL_ZONE_HAS_SUM) != 0) ==
		  (column->order == COL_ORDER_SIGNED && n > 0));
	if (zone.flags & COL_ZONE_HAS_SUM)
		CHECK(zone.sum_low == (uint64_t) sum &&
			  zone.sum_high == (int64_t) (sum >> 64) && zone.sum_scale == 0);
	qsort(values, n, sizeof(Value), value_compare);
	for (row = 0; row < n; row++)
		n_distinct +=
			row == 0 || value_compare(&values[row - 1], &values[row]) != 0;
	CHECK(((zone.flags & COL_ZONE_DISTINCT_EXACT) != 0) == (n > 0));
	CHECK(zone.n_distinct == n_distinct);
	free(values);
}

static void
sort_lanes(TestColumn *test, bool descending)
{
	ColColumn *column = &test->column;
	uint32_t value_bytes = column->value_bytes;
	uint8_t *sorted = malloc((size_t) column->n_rows * value_bytes);
	Value *values = malloc(column->n_rows * sizeof(Value));
	uint32_t row;

	oracle_order = column->order;
	for (row = 0; row < column->n_rows; row++)
		values[row] = value_of(column, row);
	qsort(values, column->n_rows, sizeof(Value), value_compare);
	for (row = 0; row < column->n_rows; row++)
		memcpy(sorted + (size_t) (descending ? column->n_rows - 1 - row : row) *
							value_bytes,
			   values[row].bytes, value_bytes);
	memcpy(test->values, sorted, (size_t) column->n_rows * value_bytes);
	free(values);
	free(sorted);
}

static void
stats_of_lanes(void)
{
	static const ColOrder orders[] = {COL_ORDER_SIGNED, COL_ORDER_UNSIGNED,
									  COL_ORDER_NONE, COL_ORDER_FLOAT4,
									  COL_ORDER_FLOAT8};
	int shape;
	int nulls;
	int way;

	for (shape = 0; shape < LANE_SHAPES; shape++)
		for (nulls = 0; nulls < NULL_PATTERNS; nulls++)
			for (way = 0; way < 5 * 4; way++)
			{
				ColOrder order = orders[way % 5];
				uint16_t value_bytes = (uint16_t) (1 << way / 5);
				int sort;

				if ((order == COL_ORDER_FLOAT4 && value_bytes != 4) ||
					(order == COL_ORDER_FLOAT8 && value_bytes != 8))
					continue;
				for (sort = 0; sort < 3; sort++)
				{
					TestColumn test;

					test_context("%s of %u bytes, order %d, nulls %s, sort %d",
								 lane_shape_names[shape], value_bytes, order,
								 null_pattern_names[nulls], sort);
					test_column_lanes(&test, (LaneShape) shape, value_bytes,
									  order, 2500, (NullPattern) nulls);
					if (sort > 0)
						sort_lanes(&test, sort == 2);
					check_stats(&test.column);
					test_column_free(&test);
				}
			}
}

static void
stats_of_values(void)
{
	int shape;
	int nulls;

	for (nulls = 0; nulls < NULL_PATTERNS; nulls++)
	{
		for (shape = 0; shape < IMAGE_SHAPES; shape++)
		{
			TestColumn test;

			test_context("%s, nulls %s", image_shape_names[shape],
						 null_pattern_names[nulls]);
			test_column_images(&test, (ImageShape) shape, COL_ORDER_BYTES,
							   shape == IMAGES_LONG ? 300 : 9000,
							   (NullPattern) nulls);
			check_stats(&test.column);
			test_column_free(&test);
		}
		for (shape = 0; shape < LANE_SHAPES; shape++)
		{
			TestColumn test;

			test_context("fixed %s, nulls %s", lane_shape_names[shape],
						 null_pattern_names[nulls]);
			test_column_fixed(&test, (LaneShape) shape, 16, COL_ORDER_BYTES,
							  3000, (NullPattern) nulls);
			check_stats(&test.column);
			test_column_free(&test);
		}
	}
}

static void
stats_of_strings_in_order(void)
{
	static const char *const strictly[] = {"", NULL, "a", "ab", "b", NULL};
	static const char *const equal[] = {"a", "ab", NULL, "ab", "b"};
	static const char *const down[] = {"b", "b", NULL, "ab", "a", ""};
	static const char *const one[] = {NULL, "x", NULL};
	TestColumn test;
	ColZone zone;

	test_column_strings(&test, strictly, 6);
	zone_of(&test.column, &zone);
	CHECK((zone.flags & ORDER_FLAGS) ==
		  (COL_ZONE_ASCENDING | COL_ZONE_STRICTLY_ASCENDING));
	test_column_free(&test);
	test_column_strings(&test, equal, 5);
	zone_of(&test.column, &zone);
	CHECK((zone.flags & ORDER_FLAGS) == COL_ZONE_ASCENDING);
	CHECK(zone.n_distinct == 3 && zone.max_length_bytes == 2);
	test_column_free(&test);
	test_column_strings(&test, down, 6);
	zone_of(&test.column, &zone);
	CHECK((zone.flags & ORDER_FLAGS) == COL_ZONE_DESCENDING);
	test_column_free(&test);
	test_column_strings(&test, one, 3);
	zone_of(&test.column, &zone);
	CHECK((zone.flags & ORDER_FLAGS) == ORDER_FLAGS && zone.n_distinct == 1);
	test_column_free(&test);
}

/* Up to 65,536 exactly; above it within some standard errors of 1.6 %. */
static void
many_values_are_estimated(void)
{
	static const uint32_t distinct[] = {65535, 65536, 65537, 90000, 131072};
	static uint64_t values[COL_STRIPE_ROWS_MAX];
	size_t i;
	int spread;

	for (i = 0; i < sizeof(distinct) / sizeof(distinct[0]); i++)
		for (spread = 0; spread < 2; spread++)
		{
			uint32_t n = distinct[i];
			bool exact = n <= COL_DISTINCT_EXACT_MAX;
			ColColumn column;
			ColZone zone;
			uint32_t row;

			test_context("%u values, %d", n, spread);
			memset(&column, 0, sizeof(column));
			column.phys = COL_PHYS_LANE;
			column.order = COL_ORDER_SIGNED;
			column.value_bytes = 8;
			column.n_rows = COL_STRIPE_ROWS_MAX;
			column.values = (const uint8_t *) values;
			for (row = 0; row < COL_STRIPE_ROWS_MAX; row++)
				values[row] = (uint64_t) ((row * UINT64_C(7919)) % n) *
							  (spread ? UINT64_C(0x9e3779b97f4a7c15) : 1000003);
			zone_of(&column, &zone);
			CHECK(((zone.flags & COL_ZONE_DISTINCT_EXACT) != 0) == exact);
			if (exact)
				CHECK(zone.n_distinct == n);
			else
				CHECK(fabs((double) zone.n_distinct / n - 1) < 0.05);
		}
}

/* ---- numeric ---- */

/* The image of a decimal number, as PostgreSQL makes it, with a 1-byte header. */
static uint32_t
make_numeric(const char *text, uint8_t *image)
{
	bool negative = text[0] == '-';
	const char *start = text + negative;
	const char *point = strchr(start, '.');
	uint32_t whole =
		(uint32_t) (point ? (size_t) (point - start) : strlen(start));
	uint32_t scale = point ? (uint32_t) strlen(point + 1) : 0;
	char padded[200];
	uint32_t before = (4 - whole % 4) % 4;
	uint32_t n_digits = (whole + before + scale + 3) / 4;
	int weight = (int) (whole + before) / 4 - 1;
	uint16_t digits[50];
	uint32_t first = 0;
	uint32_t i;

	memset(padded, '0', sizeof(padded));
	memcpy(padded + before, start, whole);
	if (point)
		memcpy(padded + before + whole, point + 1, scale);
	for (i = 0; i < n_digits; i++)
		digits[i] = (uint16_t) ((padded[i * 4] - '0') * 1000 +
								(padded[i * 4 + 1] - '0') * 100 +
								(padded[i * 4 + 2] - '0') * 10 +
								(padded[i * 4 + 3] - '0'));
	while (n_digits > 0 && digits[first] == 0)
	{
		first++;
		n_digits--;
		weight--;
	}
	while (n_digits > 0 && digits[first + n_digits - 1] == 0)
		n_digits--;
	if (n_digits == 0)
	{
		weight = 0;
		negative = false;
	}
	if (strcmp(start, "NaN") == 0 || strcmp(start, "Infinity") == 0)
	{
		image[0] = 3 << 1 | 1;
		col_store_u16(image + 1, start[0] == 'N'  ? 0xc000
								 : text[0] == '-' ? 0xf000
												  : 0xd000);
		return 3;
	}
	if (scale <= 63 && weight >= -64 && weight <= 63)
	{
		col_store_u16(image + 1,
					  (uint16_t) (0x8000 | (negative ? 0x2000 : 0) |
								  scale << 7 | ((unsigned) weight & 0x7f)));
		i = 3;
	}
	else
	{
		col_store_u16(image + 1, (uint16_t) ((negative ? 0x4000 : 0) | scale));
		col_store_u16(image + 3, (uint16_t) weight);
		i = 5;
	}
	memcpy(image + i, digits + first, n_digits * 2);
	i += n_digits * 2;
	image[0] = (uint8_t) (i << 1 | 1);
	return i;
}

static void
numerics_zone(const char *const *texts, uint32_t n_rows, ColZone *zone)
{
	uint8_t heap[4096];
	uint32_t offsets[64];
	uint64_t validity[16] = {0}; /* of a whole vector, as for any column */
	ColColumn column;
	uint32_t row;

	memset(&column, 0, sizeof(column));
	column.phys = COL_PHYS_IMAGE;
	column.order = COL_ORDER_NUMERIC;
	column.n_rows = n_rows;
	column.heap = heap;
	column.offsets = offsets;
	column.validity = validity;
	for (row = 0; row < n_rows; row++)
	{
		offsets[row] = column.heap_bytes;
		if (texts[row] == NULL)
		{
			column.n_nulls++;
			continue;
		}
		validity[0] |= (uint64_t) 1 << row;
		column.heap_bytes += make_numeric(texts[row], heap + column.heap_bytes);
	}
	zone_of(&column, zone);
}

static bool
is_numeric(const uint8_t *bound, uint32_t n_bytes, const char *text)
{
	uint8_t image[200];
	uint32_t expected = make_numeric(text, image) - 1;

	return n_bytes == expected && memcmp(bound, image + 1, n_bytes) == 0;
}

static void
numbers_are_in_order(void)
{
	static const char *const ordered[] = {
		"-Infinity",
		"-100000000000000000000000000000000000000000",
		"-10000.5",
		"-10000",
		"-9999.9999",
		"-1.5",
		"-1",
		"-0.00001",
		"0",
		"0.000000000000000001",
		"0.00001",
		"0.5",
		"0.50001",
		"1",
		"1.0001",
		"1.5",
		"2",
		"9999",
		"9999.5",
		"10000",
		"10001",
		"99999999",
		"123456789012345678901234567890",
		"Infinity",
		"NaN"};
	int n = sizeof(ordered) / sizeof(ordered[0]);
	int i;
	int j;

	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
		{
			uint8_t left[200];
			uint8_t right[200];
			ColNumeric a;
			ColNumeric b;
			int order;

			test_context("%s and %s", ordered[i], ordered[j]);
			CHECK(col_numeric_parse(left + 1,
									make_numeric(ordered[i], left) - 1, &a));
			CHECK(col_numeric_parse(right + 1,
									make_numeric(ordered[j], right) - 1, &b));
			order = col_numeric_compare(&a, &b);
			CHECK((order > 0) - (order < 0) == (i > j) - (i < j));
		}
}

static void
zones_of_numerics(void)
{
	static const char *const simple[] = {"1.50", NULL, "-3", "2.250", "1.5"};
	static const char *const special[] = {"NaN", "5", "Infinity", "-7.25"};
	static const char *const nan[] = {"NaN", NULL, "NaN"};
	static const char *const fits[] = {"0.123456789012345678901234567890123456",
									   "0"};
	static const char *const too_long[] = {
		"0.1234567890123456789012345678901234567", "0"};
	static const char *const fine[] = {"0.0001", "0.00010", "0.0000001"};
	static const char *const large[] = {
		"99999999999999999999999999999999999999", "1"};
	static const char *const over[] = {"999999999999999999999999999999999999",
									   "0.00000000000000000000000000000000001"};
	static const char *const rising[] = {"-5", "-4.99", NULL,
										 "0",  "0.01",	"10000"};
	ColZone zone;

	numerics_zone(simple, 5, &zone);
	CHECK(zone.flags ==
		  (COL_ZONE_HAS_RANGE | COL_ZONE_HAS_SUM | COL_ZONE_DISTINCT_EXACT));
	CHECK(is_numeric(zone.min, zone.min_bytes, "-3"));
	CHECK(is_numeric(zone.max, zone.max_bytes, "2.25"));
	CHECK(zone.sum_low == 2250 && zone.sum_high == 0 && zone.sum_scale == 3);
	CHECK(zone.n_distinct == 4);
	numerics_zone(special, 4, &zone);
	CHECK(zone.flags ==
		  (COL_ZONE_HAS_RANGE | COL_ZONE_HAS_NAN | COL_ZONE_DISTINCT_EXACT));
	CHECK(is_numeric(zone.min, zone.min_bytes, "-7.25"));
	CHECK(is_numeric(zone.max, zone.max_bytes, "Infinity"));
	numerics_zone(nan, 3, &zone);
	CHECK(zone.flags == (COL_ZONE_HAS_NAN | COL_ZONE_DISTINCT_EXACT |
						 COL_ZONE_ASCENDING | COL_ZONE_DESCENDING));
	CHECK(zone.min_bytes == 0 && zone.max_bytes == 0);
	numerics_zone(fits, 2, &zone);
	CHECK((zone.flags & COL_ZONE_HAS_RANGE) != 0 && zone.max_bytes == 20);
	numerics_zone(too_long, 2, &zone);
	CHECK((zone.flags & (COL_ZONE_HAS_RANGE | COL_ZONE_HAS_SUM)) == 0 &&
		  zone.max_bytes == 0);
	numerics_zone(fine, 3, &zone);
	CHECK((zone.flags & COL_ZONE_HAS_SUM) != 0 && zone.sum_low == 2001 &&
		  zone.sum_scale == 7);
	CHECK(is_numeric(zone.min, zone.min_bytes, "0.0000001"));
	CHECK(is_numeric(zone.max, zone.max_bytes, "0.0001"));
	numerics_zone(large, 2, &zone);
	CHECK((zone.flags & COL_ZONE_HAS_SUM) == 0 ||
		  (zone.sum_low == UINT64_C(687399551400673280) &&
		   zone.sum_high == INT64_C(5421010862427522170)));
	numerics_zone(over, 2, &zone);
	CHECK((zone.flags & COL_ZONE_HAS_SUM) == 0);
	numerics_zone(rising, 6, &zone);
	CHECK((zone.flags & ORDER_FLAGS) ==
		  (COL_ZONE_ASCENDING | COL_ZONE_STRICTLY_ASCENDING));
	CHECK((zone.flags & COL_ZONE_HAS_SUM) != 0 && zone.sum_low == 999002 &&
		  zone.sum_scale == 2);
}

const TestCase stats_tests[] = {
	{"stats: of lanes", stats_of_lanes},
	{"stats: of fixed values and images", stats_of_values},
	{"stats: order of strings", stats_of_strings_in_order},
	{"stats: many values are estimated", many_values_are_estimated},
	{"stats: order of numbers", numbers_are_in_order},
	{"stats: of numerics", zones_of_numerics},
	{NULL, NULL}};
