/*
 * test_choose.c - what the chooser makes of shaped data, what it costs, and
 * properties of dictionaries.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include "src/base/bytes.h"
#include "src/vector/image.h"
#include "test/unit/chunks.h"
#include "test/unit/harness.h"

static void
expect(const TestColumn *test, ColBlockCodec codec, const char *encoding,
	   const char *codec_name, uint64_t bytes_max)
{
	ColChunkInfo info = {"", "", 0, 0};
	uint64_t bytes = 0;

	test_roundtrip(&test->column, codec, &bytes, &info);
	if (!CHECK(strcmp(info.encoding, encoding) == 0) ||
		!CHECK(strcmp(info.codec, codec_name) == 0) ||
		!CHECK(bytes <= bytes_max))
		fprintf(stderr, "  found %s, %s, %llu bytes\n", info.encoding,
				info.codec, (unsigned long long) bytes);
}

static void
expect_lanes(LaneShape shape, uint16_t value_bytes, ColOrder order,
			 ColBlockCodec codec, const char *encoding, const char *codec_name,
			 uint64_t bytes_max)
{
	TestColumn test;

	test_context("%s of %u bytes", lane_shape_names[shape], value_bytes);
	test_column_lanes(&test, shape, value_bytes, order, 20480, NULLS_NONE);
	expect(&test, codec, encoding, codec_name, bytes_max);
	test_column_free(&test);
}

static void
lanes_get_what_suits_them(void)
{
	const uint64_t head = 144 + 20 * 32;

	expect_lanes(LANES_CONSTANT, 8, COL_ORDER_SIGNED, COL_CODEC_ZSTD,
				 "constant", "none", 152);
	/* -11 .. 11: 5 bits */
	expect_lanes(LANES_SMALL, 4, COL_ORDER_SIGNED, COL_CODEC_NONE, "for",
				 "none", head + 20 * 5 * 128);
	/* 1000 multiples of a minute: 10 bits */
	expect_lanes(LANES_MULTIPLES, 8, COL_ORDER_SIGNED, COL_CODEC_NONE, "for",
				 "none", head + 20 * 10 * 128);
	expect_lanes(LANES_RANDOM, 8, COL_ORDER_SIGNED, COL_CODEC_ZSTD, "raw",
				 "none", head + 20 * 8192);
	expect_lanes(LANES_RUNS, 8, COL_ORDER_SIGNED, COL_CODEC_NONE, "run-length",
				 "none", 10000);
	/* 100,000 multiples of a hundredth: 17 bits */
	expect_lanes(LANES_FLOATS, 8, COL_ORDER_FLOAT8, COL_CODEC_NONE, "alp",
				 "none", head + 20 * (17 * 128 + 8));
	expect_lanes(LANES_FLOATS, 4, COL_ORDER_FLOAT4, COL_CODEC_NONE, "alp",
				 "none", head + 20 * (17 * 128 + 8));
	/* what it makes of 5 bits that a codec shrinks little depends on that */
	expect_lanes(LANES_SMALL, 1, COL_ORDER_SIGNED, COL_CODEC_NONE, "for",
				 "none", head + 20 * 5 * 128);
}

static void
expect_images(ImageShape shape, uint32_t n_rows, ColBlockCodec codec,
			  const char *encoding, const char *codec_name, uint64_t bytes_max)
{
	TestColumn test;

	test_context("%s", image_shape_names[shape]);
	test_column_images(&test, shape, COL_ORDER_BYTES, n_rows, NULLS_NONE);
	expect(&test, codec, encoding, codec_name, bytes_max);
	test_column_free(&test);
}

static void
images_get_what_suits_them(void)
{
	expect_images(IMAGES_CONSTANT, 20480, COL_CODEC_ZSTD, "constant", "none",
				  160);
	expect_images(IMAGES_FEW, 20480, COL_CODEC_NONE, "dictionary", "none",
				  144 + 20 * 32 + 300 + 20 * 5 * 128);
	expect_images(IMAGES_RANDOM, 20480, COL_CODEC_ZSTD, "raw", "none",
				  20480 * 32);
	expect_images(IMAGES_TEXT, 20480, COL_CODEC_ZSTD, "raw", "zstd",
				  20480 * 24);
	expect_images(IMAGES_TEXT, 20480, COL_CODEC_LZ4, "raw", "lz4", 20480 * 40);
	expect_images(IMAGES_RANDOM, 1, COL_CODEC_ZSTD, "constant", "none", 300);
}

static void
all_null_chunks_are_tiny(void)
{
	TestColumn test;

	test_column_images(&test, IMAGES_TEXT, COL_ORDER_BYTES, COL_STRIPE_ROWS_MAX,
					   NULLS_ALL);
	expect(&test, COL_CODEC_ZSTD, "constant", "none", 144);
	test_column_free(&test);
	test_column_lanes(&test, LANES_RANDOM, 8, COL_ORDER_FLOAT8,
					  COL_STRIPE_ROWS_MAX, NULLS_ALL);
	expect(&test, COL_CODEC_ZSTD, "constant", "none", 144);
	test_column_free(&test);
}

/* Codes are in the order of payloads, and equal payloads have one code. */
static void
dictionaries_are_in_byte_order(void)
{
	static const ImageShape shapes[] = {IMAGES_FEW, IMAGES_MIXED,
										IMAGES_PREFIXES, IMAGES_TIES};
	size_t s;

	for (s = 0; s < 4; s++)
	{
		TestMemory memory;
		TestColumn test;
		TestBytes bytes;
		ColSource source;
		ColBuffer out;
		ColChunkReader *reader = NULL;
		ColVector vector;
		uint32_t i;

		test_context("%s", image_shape_names[shapes[s]]);
		test_memory_init(&memory);
		test_column_images(&test, shapes[s], COL_ORDER_BYTES, 30000,
						   NULLS_SPARSE);
		test_chunk_encode(&test.column, COL_CODEC_NONE, &memory.allocator, &out,
						  NULL);
		test_source(&bytes, out.data, out.used_bytes, &source);
		CHECK(col_chunk_open(&source, 30000, COL_PHYS_IMAGE, 0, test_codecs(),
							 &memory.allocator, &reader, NULL) == COL_OK);
		CHECK(col_chunk_read(reader, 3, &vector, NULL) == COL_OK);
		if (CHECK(vector.kind == COL_VECTOR_DICTIONARY))
			for (i = 1; i < vector.n_dictionary; i++)
			{
				const uint8_t *a = vector.images[i - 1];
				const uint8_t *b = vector.images[i];
				uint32_t a_bytes = col_image_payload_bytes(a);
				uint32_t b_bytes = col_image_payload_bytes(b);
				int order = memcmp(col_image_payload(a), col_image_payload(b),
								   a_bytes < b_bytes ? a_bytes : b_bytes);

				CHECK(order < 0 || (order == 0 && a_bytes < b_bytes));
			}
		col_chunk_close(reader);
		col_buffer_free(&out);
		test_column_free(&test);
	}
}

/* Images with 4-byte headers for every value that came with one. */
static void
long_headers_stay_long(void)
{
	TestColumn test;
	TestMemory memory;
	TestBytes bytes;
	ColSource source;
	ColBuffer out;
	ColChunkReader *reader = NULL;
	ColVector vector;
	uint32_t v;

	test_memory_init(&memory);
	test_column_images(&test, IMAGES_MIXED, COL_ORDER_BYTES, 9000, NULLS_NONE);
	test_chunk_encode(&test.column, COL_CODEC_NONE, &memory.allocator, &out,
					  NULL);
	test_source(&bytes, out.data, out.used_bytes, &source);
	CHECK(col_chunk_open(&source, 9000, COL_PHYS_IMAGE, 0, test_codecs(),
						 &memory.allocator, &reader, NULL) == COL_OK);
	for (v = 0; v < 9; v++)
	{
		uint32_t row;

		CHECK(col_chunk_read(reader, v, &vector, NULL) == COL_OK);
		for (row = 0; row < vector.n_rows; row++)
		{
			const uint8_t *came =
				test.column.heap + test.column.offsets[v * 1024 + row];

			if (!col_image_is_short(came))
				CHECK(!col_image_is_short(col_vector_value(&vector, row)));
		}
	}
	col_chunk_close(reader);
	col_buffer_free(&out);
	test_column_free(&test);
}

/* Limits of the input are errors, not assertions. */
static void
bad_columns_are_refused(void)
{
	ColEncodeOptions options = {.codec = COL_CODEC_ZSTD, .level = 3};
	TestMemory memory;
	TestColumn test;
	ColColumn bad;
	ColBuffer out;
	ColZone zone;
	ColError error;

	test_memory_init(&memory);
	col_buffer_init(&out, &memory.allocator);
	test_column_lanes(&test, LANES_SMALL, 4, COL_ORDER_SIGNED, 10, NULLS_NONE);
#define ENCODE()                                                             \
	col_chunk_encode(&bad, &options, test_codecs(), &memory.allocator, &out, \
					 &zone, &error)
	bad = test.column;
	bad.n_rows = 0;
	CHECK(ENCODE() == COL_TOO_LARGE);
	bad.n_rows = COL_STRIPE_ROWS_MAX + 1;
	CHECK(ENCODE() == COL_TOO_LARGE);
	bad = test.column;
	bad.value_bytes = 3;
	CHECK(ENCODE() == COL_INTERNAL);
	bad = test.column;
	bad.order = COL_ORDER_FLOAT8;
	CHECK(ENCODE() == COL_INTERNAL);
	bad = test.column;
	bad.n_nulls = 2;
	CHECK(ENCODE() == COL_INTERNAL);
	bad = test.column;
	bad.phys = COL_PHYS_FIXED;
	CHECK(ENCODE() == COL_INTERNAL);
	CHECK(out.used_bytes == 0);
	col_buffer_free(&out);
	CHECK(memory.n_live == 0);
	test_column_free(&test);
}

/* A vector larger than a block is a block of its own. */
static void
large_values_have_their_block(void)
{
	TestColumn test;

	test_context("long values");
	test_column_images(&test, IMAGES_LONG, COL_ORDER_BYTES, 3000, NULLS_RANDOM);
	test_roundtrip(&test.column, COL_CODEC_ZSTD, NULL, NULL);
	test_roundtrip(&test.column, COL_CODEC_LZ4, NULL, NULL);
	test_column_free(&test);
}

/*
 * n_rows strings of n_bytes, n_distinct different ones in turn, of hexadecimal
 * digits or, from row noise_row on, of any byte but zero.
 */
static void
column_in_turn(TestColumn *test, uint32_t n_rows, uint32_t n_distinct,
			   uint32_t n_bytes, uint32_t noise_row)
{
	const char **strings = malloc(n_rows * sizeof(char *));
	char *bytes = malloc((size_t) n_distinct * (n_bytes + 1));
	uint32_t row;

	for (row = 0; row < n_rows; row++)
	{
		char *string = bytes + (size_t) (row % n_distinct) * (n_bytes + 1);
		uint32_t i;

		strings[row] = string;
		if (row >= n_distinct)
			continue;
		for (i = 0; i < n_bytes; i++)
			string[i] = row < noise_row ? "0123456789abcdef"[test_below(16)]
										: (char) (1 + test_below(255));
		string[n_bytes] = '\0';
		snprintf(string, 9, "%07x", row);
		string[7] = '-';
	}
	test_column_strings(test, strings, n_rows);
	free(strings);
	free(bytes);
}

static void
dictionaries_have_limits(void)
{
	TestColumn test;

	test_context("as many entries as there may be");
	column_in_turn(&test, COL_STRIPE_ROWS_MAX, COL_DICTIONARY_ENTRIES_MAX, 60,
				   UINT32_MAX);
	expect(&test, COL_CODEC_NONE, "dictionary", "none", 5000000);
	expect(&test, COL_CODEC_ZSTD, "dictionary", "zstd", 3000000);
	test_column_free(&test);
	test_context("one entry too many");
	column_in_turn(&test, COL_STRIPE_ROWS_MAX, COL_DICTIONARY_ENTRIES_MAX + 1,
				   60, UINT32_MAX);
	expect(&test, COL_CODEC_NONE, "dictionary", "none", 4100000);
	test_column_free(&test);
	test_context("too many bytes");
	column_in_turn(&test, 40000, 20000, 1000, UINT32_MAX);
	expect(&test, COL_CODEC_NONE, "dictionary", "none", 24000000);
	test_column_free(&test);
	test_context("far too many entries");
	column_in_turn(&test, COL_STRIPE_ROWS_MAX, COL_STRIPE_ROWS_MAX, 60,
				   UINT32_MAX);
	expect(&test, COL_CODEC_NONE, "fsst", "none", 4300000);
	test_column_free(&test);
}

/* Blocks that do not shrink are stored as they are, next to those that do. */
static void
some_blocks_do_not_shrink(void)
{
	TestColumn test;

	column_in_turn(&test, 40000, 40000, 100, 30000);
	expect(&test, COL_CODEC_ZSTD, "raw", "zstd", 30000 * 65 + 10000 * 104);
	expect(&test, COL_CODEC_LZ4, "raw", "lz4", 40000 * 104);
	test_column_free(&test);
}

/* 4 GB of values: refused before they are touched. */
static void
too_many_bytes_are_refused(void)
{
	ColEncodeOptions options = {.codec = COL_CODEC_NONE};
	size_t n_bytes = (size_t) COL_STRIPE_ROWS_MAX * COL_FIXED_BYTES_MAX;
	TestMemory memory;
	ColColumn column;
	ColBuffer out;
	ColZone zone;
	void *values = mmap(NULL, n_bytes, PROT_READ,
						MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (values == MAP_FAILED)
		return;
	memset(&column, 0, sizeof(column));
	column.phys = COL_PHYS_FIXED;
	column.value_bytes = COL_FIXED_BYTES_MAX;
	column.n_rows = COL_STRIPE_ROWS_MAX;
	column.values = values;
	test_memory_init(&memory);
	col_buffer_init(&out, &memory.allocator);
	CHECK(col_chunk_encode(&column, &options, test_codecs(), &memory.allocator,
						   &out, &zone, NULL) == COL_TOO_LARGE);
	CHECK(memory.n_live == 0);
	munmap(values, n_bytes);
}

/* The cases of chunks.h have the encoding that they say. */
static void
cases_are_what_they_say(void)
{
	const TestChunkCase *chunk;

	for (chunk = test_chunk_cases; chunk->name; chunk++)
	{
		TestMemory memory;
		TestColumn test;
		TestBytes bytes;
		ColSource source;
		ColBuffer out;
		ColChunkReader *reader = NULL;
		ColChunkInfo info;

		if (chunk->found == NULL)
			continue;
		test_memory_init(&memory);
		test_chunk_column(chunk, &test);
		test_chunk_encode(&test.column, chunk->codec, &memory.allocator, &out,
						  NULL);
		test_source(&bytes, out.data, out.used_bytes, &source);
		CHECK(col_chunk_open(&source, chunk->n_rows, chunk->phys,
							 chunk->value_bytes, test_codecs(),
							 &memory.allocator, &reader, NULL) == COL_OK);
		col_chunk_info(reader, &info);
		test_context("%s is %s", chunk->name, info.encoding);
		CHECK(strcmp(info.encoding, chunk->found) == 0);
		col_chunk_close(reader);
		col_buffer_free(&out);
		test_column_free(&test);
	}
}

const TestCase choose_tests[] = {
	{"choose: cases are what they say", cases_are_what_they_say},
	{"choose: dictionaries have limits", dictionaries_have_limits},
	{"choose: some blocks do not shrink", some_blocks_do_not_shrink},
	{"choose: too many bytes are refused", too_many_bytes_are_refused},
	{"choose: lanes", lanes_get_what_suits_them},
	{"choose: images", images_get_what_suits_them},
	{"choose: all null", all_null_chunks_are_tiny},
	{"choose: dictionaries are in byte order", dictionaries_are_in_byte_order},
	{"choose: long headers stay long", long_headers_stay_long},
	{"choose: bad columns are refused", bad_columns_are_refused},
	{"choose: large values have their block", large_values_have_their_block},
	{NULL, NULL}};
