/*
 * test_bloom.c - bloom filters: no value is lost, few others seem to be there,
 * equal values have equal hashes, and damage is noticed.
 */
#include <math.h>
#include <string.h>
#include "src/base/bytes.h"
#include "src/encoding/bloom.h"
#include "src/vector/image.h"
#include "test/unit/columns.h"
#include "test/unit/harness.h"

static uint32_t
build(const ColColumn *column, ColBloomKind kind, TestMemory *memory,
	  ColBuffer *out)
{
	ColError error = {0};
	uint32_t n_bytes;

	test_memory_init(memory);
	col_buffer_init(out, &memory->allocator);
	CHECK(col_bloom_build(column, kind, &memory->allocator, out, &n_bytes,
						  &error) == COL_OK);
	CHECK(out->used_bytes == n_bytes);
	return n_bytes;
}

/* As a reader asks: finds the piece, checks it, looks. */
static bool
may_have(const ColBuffer *filter, ColBloomKind kind, uint64_t hash)
{
	ColBloomPiece piece = col_bloom_piece((uint32_t) filter->used_bytes, hash);
	ColBloomKind found;

	CHECK(piece.n_bytes > 0 &&
		  piece.offset_bytes + piece.n_bytes <= filter->used_bytes);
	CHECK(col_bloom_check(filter->data + piece.offset_bytes, piece.n_bytes,
						  &found, NULL) == COL_OK);
	CHECK(found == kind);
	return col_bloom_has(filter->data + piece.offset_bytes, piece.block, hash);
}

static bool
row_is_null(const ColColumn *column, uint32_t row)
{
	return column->validity &&
		   (column->validity[row / 64] >> row % 64 & 1) == 0;
}

static uint64_t
row_hash(const ColColumn *column, ColBloomKind kind, uint32_t row)
{
	const uint8_t *image;

	if (column->phys != COL_PHYS_IMAGE)
		return col_bloom_hash(
			kind, column->values + (size_t) row * column->value_bytes,
			column->value_bytes);
	image = column->heap + column->offsets[row];
	return col_bloom_hash(kind, col_image_payload(image),
						  col_image_payload_bytes(image));
}

static void
check_column(const ColColumn *column, ColBloomKind kind)
{
	TestMemory memory;
	ColBuffer filter;
	uint32_t n_bytes = build(column, kind, &memory, &filter);
	uint32_t row;

	CHECK((n_bytes == 0) == (column->n_nulls == column->n_rows));
	for (row = 0; row < column->n_rows; row++)
	{
		if (!row_is_null(column, row))
			CHECK(may_have(&filter, kind, row_hash(column, kind, row)));
	}
	col_buffer_free(&filter);
	CHECK(memory.n_live == 0);
}

static void
no_value_is_lost(void)
{
	int shape;
	int nulls;

	for (nulls = 0; nulls < NULL_PATTERNS; nulls++)
	{
		for (shape = 0; shape < LANE_SHAPES; shape++)
		{
			uint16_t value_bytes = (uint16_t) (1 << shape % 4);
			TestColumn test;

			test_context("%s of %u bytes, nulls %s", lane_shape_names[shape],
						 value_bytes, null_pattern_names[nulls]);
			test_column_lanes(&test, (LaneShape) shape, value_bytes,
							  COL_ORDER_NONE, 3000, (NullPattern) nulls);
			check_column(&test.column, COL_BLOOM_SIGNED);
			check_column(&test.column, COL_BLOOM_UNSIGNED);
			if (value_bytes >= 4)
				check_column(&test.column, COL_BLOOM_FLOAT);
			test_column_free(&test);
			test_column_fixed(&test, (LaneShape) shape, 16, COL_ORDER_BYTES,
							  3000, (NullPattern) nulls);
			check_column(&test.column, COL_BLOOM_BYTES);
			test_column_free(&test);
		}
		for (shape = 0; shape < IMAGE_SHAPES; shape++)
		{
			TestColumn test;

			test_context("%s, nulls %s", image_shape_names[shape],
						 null_pattern_names[nulls]);
			test_column_images(&test, (ImageShape) shape, COL_ORDER_BYTES,
							   shape == IMAGES_LONG ? 300 : 3000,
							   (NullPattern) nulls);
			check_column(&test.column, COL_BLOOM_BYTES);
			check_column(&test.column, COL_BLOOM_BLANKS);
			check_column(&test.column, COL_BLOOM_NUMERIC);
			test_column_free(&test);
		}
	}
}

/* Of 1 to 131,072 distinct values, each twice as far as there is room. */
static void
few_others_seem_to_be_there(void)
{
	static int64_t values[COL_STRIPE_ROWS_MAX];
	static const uint32_t distinct[] = {1,	  100,	 2709,
										2710, 50000, COL_STRIPE_ROWS_MAX};
	size_t i;

	for (i = 0; i < sizeof(distinct) / sizeof(distinct[0]); i++)
	{
		uint32_t n = distinct[i];
		uint32_t n_rows =
			n < COL_STRIPE_ROWS_MAX / 2 ? 2 * n : COL_STRIPE_ROWS_MAX;
		uint32_t n_false = 0;
		uint32_t tries = 100000;
		TestMemory memory;
		ColBuffer filter;
		ColColumn column;
		int64_t value;
		uint32_t row;

		test_context("%u distinct values", n);
		memset(&column, 0, sizeof(column));
		column.phys = COL_PHYS_LANE;
		column.order = COL_ORDER_SIGNED;
		column.value_bytes = 8;
		column.n_rows = n_rows;
		column.values = (const uint8_t *) values;
		for (row = 0; row < n_rows; row++)
			values[row] = (int64_t) (row % n);
		/* 12 bits each, rounded up to blocks */
		CHECK(build(&column, COL_BLOOM_SIGNED, &memory, &filter) <=
			  n * 12 / 8 * 102 / 100 + 48);
		for (value = n; value < n + tries; value++)
			n_false += may_have(
				&filter, COL_BLOOM_SIGNED,
				col_bloom_hash(COL_BLOOM_SIGNED, (const uint8_t *) &value, 8));
		CHECK(n_false <= tries / 100);
		col_buffer_free(&filter);
	}
}

static uint64_t
hash_string(ColBloomKind kind, const char *string)
{
	return col_bloom_hash(kind, (const uint8_t *) string,
						  (uint32_t) strlen(string));
}

#define HASH(kind, value) \
	col_bloom_hash(kind, (const uint8_t *) &(value), sizeof(value))

static void
equal_values_have_equal_hashes(void)
{
	const int8_t tiny = -5;
	const int16_t small = -5;
	const int32_t middle = -5;
	const int64_t large = -5;
	const uint32_t oid = 4000000000U;
	const uint64_t wide_oid = 4000000000U;
	const float single = 1.5f;
	const float tenth = 0.1f;
	const double wide = 1.5;
	const double wide_tenth = 0.1;
	const double zeroes[] = {0.0, -0.0};
	uint64_t nans[] = {UINT64_C(0x7ff8000000000000),
					   UINT64_C(0xfff8000000000001),
					   UINT64_C(0x7ff4000000000000)};
	const float single_nan = NAN;
	/* 1.5, 1.50 with a long header, 1.5 with digits 0 at both ends */
	static const uint16_t numerics[][6] = {
		{0x8080, 1, 5000}, {0x0002, 0, 1, 5000}, {0x0001, 1, 0, 1, 5000, 0}};
	static const uint32_t numeric_bytes[] = {6, 8, 12};
	/* 0, 0.00, -1.5, 15000, NaN, Infinity, -Infinity */
	static const uint16_t others[][3] = {
		{0x8000}, {0x8100}, {0xa080, 1, 5000}, {0x8001, 1, 5000},
		{0xc000}, {0xd000}, {0xf000}};
	static const uint32_t other_bytes[] = {2, 2, 6, 6, 2, 2, 2};
	uint64_t hash;
	int i;
	int j;

	hash = HASH(COL_BLOOM_SIGNED, large);
	CHECK(HASH(COL_BLOOM_SIGNED, tiny) == hash);
	CHECK(HASH(COL_BLOOM_SIGNED, small) == hash);
	CHECK(HASH(COL_BLOOM_SIGNED, middle) == hash);
	CHECK(HASH(COL_BLOOM_UNSIGNED, oid) == HASH(COL_BLOOM_UNSIGNED, wide_oid));
	CHECK(HASH(COL_BLOOM_FLOAT, single) == HASH(COL_BLOOM_FLOAT, wide));
	CHECK(HASH(COL_BLOOM_FLOAT, tenth) != HASH(COL_BLOOM_FLOAT, wide_tenth));
	CHECK(HASH(COL_BLOOM_FLOAT, zeroes[0]) == HASH(COL_BLOOM_FLOAT, zeroes[1]));
	CHECK(HASH(COL_BLOOM_FLOAT, nans[0]) == HASH(COL_BLOOM_FLOAT, nans[1]));
	CHECK(HASH(COL_BLOOM_FLOAT, nans[0]) == HASH(COL_BLOOM_FLOAT, nans[2]));
	CHECK(HASH(COL_BLOOM_FLOAT, nans[0]) == HASH(COL_BLOOM_FLOAT, single_nan));
	CHECK(hash_string(COL_BLOOM_BLANKS, "ab  ") ==
		  hash_string(COL_BLOOM_BLANKS, "ab"));
	CHECK(hash_string(COL_BLOOM_BLANKS, "  ") ==
		  hash_string(COL_BLOOM_BLANKS, ""));
	CHECK(hash_string(COL_BLOOM_BYTES, "ab ") !=
		  hash_string(COL_BLOOM_BYTES, "ab"));
	CHECK(hash_string(COL_BLOOM_BYTES, "a") !=
		  col_bloom_hash(COL_BLOOM_BYTES, (const uint8_t *) "b\0", 2));
	CHECK(hash_string(COL_BLOOM_BYTES, "") !=
		  col_bloom_hash(COL_BLOOM_BYTES, (const uint8_t *) "\0", 1));
	hash = col_bloom_hash(COL_BLOOM_NUMERIC, (const uint8_t *) numerics[0], 6);
	for (i = 0; i < 3; i++)
		CHECK(col_bloom_hash(COL_BLOOM_NUMERIC, (const uint8_t *) numerics[i],
							 numeric_bytes[i]) == hash);
	for (i = 0; i < 7; i++)
	{
		uint64_t other = col_bloom_hash(
			COL_BLOOM_NUMERIC, (const uint8_t *) others[i], other_bytes[i]);

		CHECK(other != hash);
		for (j = i + 1; j < 7; j++)
			CHECK((other == col_bloom_hash(
								COL_BLOOM_NUMERIC, (const uint8_t *) others[j],
								other_bytes[j])) == (i == 0 && j == 1));
	}
}

/* Hashes are on disk: they stay what they are. */
static void
hashes_are_fixed(void)
{
	const int32_t one = 1;
	const double half = 0.5;

	CHECK(HASH(COL_BLOOM_SIGNED, one) == UINT64_C(0x5bbecd98ef0a833a));
	CHECK(HASH(COL_BLOOM_FLOAT, half) == UINT64_C(0x6a8fca4f00bff10c));
	CHECK(hash_string(COL_BLOOM_BYTES, "") == UINT64_C(0xe28f2b2061a2b984));
	CHECK(hash_string(COL_BLOOM_BYTES, "hello, world") ==
		  UINT64_C(0x1fdda8d507a8b30a));
	CHECK(col_bloom_hash(COL_BLOOM_NUMERIC,
						 (const uint8_t *) "\x80\x80\x01\x00\x88\x13",
						 6) == UINT64_C(0xb158780929ba1954));
}

static void
damage_is_noticed(void)
{
	TestMemory memory;
	TestColumn test;
	ColBuffer filter;
	ColBloomKind kind;
	uint32_t n_bytes;
	uint32_t i;

	test_column_lanes(&test, LANES_RANDOM, 8, COL_ORDER_SIGNED, 3000,
					  NULLS_NONE);
	n_bytes = build(&test.column, COL_BLOOM_SIGNED, &memory, &filter);
	CHECK(n_bytes > COL_BLOOM_PIECE_BYTES);
	for (i = 0; i < COL_BLOOM_PIECE_BYTES * 8; i++)
	{
		filter.data[i / 8] ^= (uint8_t) (1 << i % 8);
		CHECK(col_bloom_check(filter.data, COL_BLOOM_PIECE_BYTES, &kind,
							  NULL) == COL_CORRUPT);
		filter.data[i / 8] ^= (uint8_t) (1 << i % 8);
	}
	/* every length: refused, or all that is read lies within */
	for (i = 0; i < 3 * COL_BLOOM_PIECE_BYTES; i++)
	{
		uint32_t rest = i % COL_BLOOM_PIECE_BYTES;
		ColBloomPiece piece = col_bloom_piece(i, test_random());
		bool good = i > 0 && (rest == 0 || (rest > 8 && (rest - 8) % 32 == 0));

		CHECK((piece.n_bytes > 0) == good);
		CHECK((uint64_t) piece.offset_bytes + piece.n_bytes <= i);
		CHECK(!good || 8 + (piece.block + 1) * 32 <= piece.n_bytes);
	}
	col_buffer_free(&filter);
	test_column_free(&test);
}

static void
memory_may_fail(void)
{
	TestColumn test;
	int64_t fail_at;

	test_column_images(&test, IMAGES_DISTINCT, COL_ORDER_BYTES, 3000,
					   NULLS_NONE);
	for (fail_at = 1;; fail_at++)
	{
		TestMemory memory;
		ColBuffer filter;
		ColError error = {0};
		ColStatus status;
		uint32_t n_bytes;

		test_memory_init(&memory);
		memory.fail_at = fail_at;
		col_buffer_init(&filter, &memory.allocator);
		status = col_bloom_build(&test.column, COL_BLOOM_BYTES,
								 &memory.allocator, &filter, &n_bytes, &error);
		CHECK(status == COL_OK || status == COL_NO_MEMORY);
		CHECK(status == COL_OK || filter.used_bytes == 0);
		col_buffer_free(&filter);
		CHECK(memory.n_live == 0);
		if (status == COL_OK)
			break;
	}
	CHECK(fail_at > 2);
	test_column_free(&test);
}

const TestCase bloom_tests[] = {
	{"bloom: no value is lost", no_value_is_lost},
	{"bloom: few others seem to be there", few_others_seem_to_be_there},
	{"bloom: equal values have equal hashes", equal_values_have_equal_hashes},
	{"bloom: hashes are fixed", hashes_are_fixed},
	{"bloom: damage is noticed", damage_is_noticed},
	{"bloom: memory may fail", memory_may_fail},
	{NULL, NULL}};
