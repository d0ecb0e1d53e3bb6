/*
 * test_roundtrip.c - what is encoded comes back: every physical class, shape,
 * null pattern, codec and number of rows that is special.
 */
#include "test/unit/chunks.h"
#include "test/unit/harness.h"
#include <string.h>

static const uint32_t row_counts[] = {1,	2,	  63,	64,	  65,
									  1023, 1024, 1025, 2048, 5000};
#define ROW_COUNTS (sizeof(row_counts) / sizeof(row_counts[0]))

static void
roundtrip_lanes(uint16_t value_bytes, ColOrder order)
{
	int shape;
	int nulls;
	int codec;
	size_t i;

	for (shape = 0; shape < LANE_SHAPES; shape++)
		for (nulls = 0; nulls < NULL_PATTERNS; nulls++)
			for (i = 0; i < ROW_COUNTS; i++)
				for (codec = 0; codec <= COL_CODEC_ZSTD; codec += 2)
				{
					TestColumn test;

					test_context("%s, nulls %s, %u rows, codec %d",
								 lane_shape_names[shape],
								 null_pattern_names[nulls], row_counts[i],
								 codec);
					test_column_lanes(&test, (LaneShape) shape, value_bytes,
									  order, row_counts[i],
									  (NullPattern) nulls);
					test_roundtrip(&test.column, (ColBlockCodec) codec, NULL,
								   NULL);
					test_column_free(&test);
				}
}

static void
lanes_of_1_byte(void)
{
	roundtrip_lanes(1, COL_ORDER_UNSIGNED);
	roundtrip_lanes(1, COL_ORDER_SIGNED);
}

static void
lanes_of_2_bytes(void)
{
	roundtrip_lanes(2, COL_ORDER_SIGNED);
	roundtrip_lanes(2, COL_ORDER_UNSIGNED);
}

static void
lanes_of_4_bytes(void)
{
	roundtrip_lanes(4, COL_ORDER_SIGNED);
	roundtrip_lanes(4, COL_ORDER_UNSIGNED);
	roundtrip_lanes(4, COL_ORDER_FLOAT4);
}

static void
lanes_of_8_bytes(void)
{
	roundtrip_lanes(8, COL_ORDER_SIGNED);
	roundtrip_lanes(8, COL_ORDER_UNSIGNED);
	roundtrip_lanes(8, COL_ORDER_FLOAT8);
	roundtrip_lanes(8, COL_ORDER_NONE);
}

static void
fixed_values(void)
{
	static const uint16_t lengths[] = {1, 6, 8, 12, 16, 64, 250};
	int shape;
	int nulls;
	size_t i;
	size_t j;

	for (shape = 0; shape <= LANES_MULTIPLES; shape++)
		for (nulls = 0; nulls < NULL_PATTERNS; nulls++)
			for (i = 0; i < ROW_COUNTS; i++)
				for (j = 0; j < sizeof(lengths) / sizeof(lengths[0]); j++)
				{
					TestColumn test;

					test_context("%s of %u bytes, nulls %s, %u rows",
								 lane_shape_names[shape], lengths[j],
								 null_pattern_names[nulls], row_counts[i]);
					test_column_fixed(&test, (LaneShape) shape, lengths[j],
									  j % 2 ? COL_ORDER_BYTES : COL_ORDER_NONE,
									  row_counts[i], (NullPattern) nulls);
					test_roundtrip(&test.column, (ColBlockCodec) test_below(3),
								   NULL, NULL);
					test_column_free(&test);
				}
}

static void
images(void)
{
	int shape;
	int nulls;
	int codec;
	size_t i;

	for (shape = 0; shape < IMAGE_SHAPES; shape++)
		for (nulls = 0; nulls < NULL_PATTERNS; nulls++)
			for (i = 0; i < ROW_COUNTS; i++)
				for (codec = 0; codec <= COL_CODEC_ZSTD; codec++)
				{
					TestColumn test;

					test_context("%s, nulls %s, %u rows, codec %d",
								 image_shape_names[shape],
								 null_pattern_names[nulls], row_counts[i],
								 codec);
					test_column_images(&test, (ImageShape) shape,
									   COL_ORDER_BYTES, row_counts[i],
									   (NullPattern) nulls);
					test_roundtrip(&test.column, (ColBlockCodec) codec, NULL,
								   NULL);
					test_column_free(&test);
				}
}

static void
whole_stripes(void)
{
	static const uint16_t lane_bytes[] = {1, 2, 4, 8};
	TestColumn test;
	int shape;

	for (shape = 0; shape < LANE_SHAPES; shape++)
	{
		uint16_t value_bytes = lane_bytes[shape % 4];

		test_context("stripe of lanes %s", lane_shape_names[shape]);
		test_column_lanes(&test, (LaneShape) shape, value_bytes,
						  COL_ORDER_SIGNED, COL_STRIPE_ROWS_MAX,
						  (NullPattern) (shape % NULL_PATTERNS));
		test_roundtrip(&test.column, (ColBlockCodec) (shape % 3), NULL, NULL);
		test_column_free(&test);
	}
	for (shape = 0; shape < IMAGE_SHAPES; shape++)
	{
		if (shape == IMAGES_LONG)
			continue;
		test_context("stripe of images %s", image_shape_names[shape]);
		test_column_images(&test, (ImageShape) shape, COL_ORDER_BYTES,
						   COL_STRIPE_ROWS_MAX,
						   (NullPattern) (shape % NULL_PATTERNS));
		test_roundtrip(&test.column, (ColBlockCodec) (shape % 3), NULL, NULL);
		test_column_free(&test);
	}
	test_column_fixed(&test, LANES_FEW, 16, COL_ORDER_BYTES,
					  COL_STRIPE_ROWS_MAX, NULLS_SPARSE);
	test_roundtrip(&test.column, COL_CODEC_LZ4, NULL, NULL);
	test_column_free(&test);
}

/* Where tests run slowly: those next to multiples of 64, and a few between. */
static bool
length_is_tried(uint32_t n_rows)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__aarch64__)
	uint32_t offset = (n_rows + 1) % 64;

	return offset <= 2 || n_rows % 41 == 0;
#else
	(void) n_rows;
	return true;
#endif
}

static void
case_comes_back(const TestChunkCase *chunk)
{
	TestMemory memory;
	TestColumn test;
	ColBuffer out;
	bool same;

	test_memory_init(&memory);
	test_chunk_column(chunk, &test);
	if (test_chunk_encode(&test.column, chunk->codec, &memory.allocator, &out,
						  NULL))
		CHECK(test_chunk_read_all(out.data, out.used_bytes, &test.column,
								  &test.column, &same, NULL) == COL_OK &&
			  same);
	col_buffer_free(&out);
	CHECK(memory.n_live == 0);
	test_column_free(&test);
}

/* Every case of chunks.h with every length, the null patterns taking turns. */
static void
cases_of_every_length(void)
{
	static const uint32_t more[] = {3000, 4095, 4096, 4097, 10000};
	const TestChunkCase *original;
	uint32_t i;

	for (original = test_chunk_cases; original->name; original++)
		for (i = 0; i < 2049 + sizeof(more) / sizeof(more[0]); i++)
		{
			TestChunkCase chunk = *original;

			chunk.n_rows = i < 2049 ? i + 1 : more[i - 2049];
			chunk.nulls = (NullPattern) ((i + i / 64) % NULL_PATTERNS);
			if (!length_is_tried(chunk.n_rows))
				continue;
			test_context("%s, nulls %s, %u rows", chunk.name,
						 null_pattern_names[chunk.nulls], chunk.n_rows);
			case_comes_back(&chunk);
		}
}

/* Differences that leave the width of the lane. */
static void
extremes_in_turn(void)
{
	static uint64_t values[5000];
	static const ColBlockCodec codecs[] = {COL_CODEC_NONE, COL_CODEC_LZ4,
										   COL_CODEC_ZSTD};
	uint32_t length;
	int i;

	for (i = 0; i < 3; i++)
		for (length = 2; length <= 5000; length = length * 2 + 37)
		{
			ColColumn column;
			uint32_t row;

			memset(&column, 0, sizeof(column));
			column.phys = COL_PHYS_LANE;
			column.order = COL_ORDER_SIGNED;
			column.value_bytes = 8;
			column.n_rows = length;
			column.values = (const uint8_t *) values;
			for (row = 0; row < length; row++)
				values[row] =
					row % 2 ? (uint64_t) INT64_MAX : (uint64_t) -INT64_MAX;
			test_context("%u rows, codec %d", length, codecs[i]);
			test_roundtrip(&column, codecs[i], NULL, NULL);
		}
}

/*
 * Multiples of one number in each vector, but with another rest in each; some outliers
 * and much that is alike, so that every way to write them is worth it for some.
 */
static void
rests_of_vectors_differ(void)
{
	static const ColBlockCodec codecs[] = {COL_CODEC_NONE, COL_CODEC_LZ4,
										   COL_CODEC_ZSTD};
	static uint64_t values[5000];
	static const uint64_t factors[] = {3, 1000, 1000000, UINT64_C(1) << 40};
	int i;
	int f;
	int shape;

	for (i = 0; i < 3; i++)
		for (f = 0; f < 4; f++)
			for (shape = 0; shape < 6; shape++)
			{
				ColColumn column;
				uint64_t sum = 0;
				uint32_t row;

				memset(&column, 0, sizeof(column));
				column.phys = COL_PHYS_LANE;
				column.order = COL_ORDER_SIGNED;
				column.value_bytes = 8;
				column.n_rows = 5000;
				column.values = (const uint8_t *) values;
				for (row = 0; row < 5000; row++)
				{
					uint64_t bits = test_random();
					uint64_t k = bits >> (40 + (bits & 15) + shape);

					sum += k;
					values[row] =
						factors[f] * (shape % 2 ? sum : k) + row / 1024;
				}
				test_context("factor %llu, shape %d, codec %d",
							 (unsigned long long) factors[f], shape, codecs[i]);
				test_roundtrip(&column, codecs[i], NULL, NULL);
			}
}

/*
 * Lanes of a vector of its own kind: a step, multiples with a rest, a width, edges, so
 * that what holds in one vector does not in the next.
 */
static void
fill_vector(uint64_t *lanes, uint32_t n_rows, uint64_t multiplier)
{
	uint64_t base = test_random() >> test_below(64);
	uint64_t step = test_random() >> test_below(64);
	unsigned width = (unsigned) test_below(64);
	uint64_t kind = test_below(6);
	uint32_t row;

	for (row = 0; row < n_rows; row++)
		switch (kind)
		{
			case 0:
				lanes[row] = base;
				break;
			case 1:
				lanes[row] = base + row * step;
				break;
			case 2:
				lanes[row] = base + test_below(1000) * multiplier;
				break;
			case 3:
				lanes[row] = base + (test_random() >> width);
				break;
			case 4:
				lanes[row] = test_below(50) ? base + test_below(9) * multiplier
											: test_random();
				break;
			default:
				lanes[row] = test_below(2) ? INT64_MAX : -(uint64_t) INT64_MAX;
				break;
		}
}

/* For two seconds, from the same numbers each time. */
static void
random_columns(void)
{
	static const ColOrder orders[] = {COL_ORDER_NONE, COL_ORDER_SIGNED,
									  COL_ORDER_UNSIGNED};
	static uint64_t lanes[5 * COL_VECTOR_ROWS];
	double end = test_seconds() + 2;
	TestColumn test;

	while (test_seconds() < end)
	{
		uint32_t n_rows = 1 + (uint32_t) test_below(5 * COL_VECTOR_ROWS);
		uint64_t multiplier = 1 + (test_random() >> (20 + test_below(44)));
		uint32_t bytes = 1U << test_below(4);
		uint32_t row;

		test_column_lanes(&test, LANES_CONSTANT, (uint16_t) bytes,
						  orders[test_below(3)], n_rows,
						  (NullPattern) test_below(NULL_PATTERNS));
		for (row = 0; row < n_rows; row += COL_VECTOR_ROWS)
			fill_vector(lanes + row, COL_VECTOR_ROWS, multiplier);
		for (row = 0; row < n_rows; row++)
			memcpy(test.values + (size_t) row * bytes, &lanes[row], bytes);
		test_context("random lanes of %u bytes, %u rows", bytes, n_rows);
		test_roundtrip(&test.column, (ColBlockCodec) test_below(3), NULL, NULL);
		test_column_free(&test);
	}
}

const TestCase roundtrip_tests[] = {
	{"roundtrip: random columns", random_columns},
	{"roundtrip: cases of every length", cases_of_every_length},
	{"roundtrip: lanes of 1 byte", lanes_of_1_byte},
	{"roundtrip: lanes of 2 bytes", lanes_of_2_bytes},
	{"roundtrip: lanes of 4 bytes", lanes_of_4_bytes},
	{"roundtrip: lanes of 8 bytes", lanes_of_8_bytes},
	{"roundtrip: fixed values", fixed_values},
	{"roundtrip: images", images},
	{"roundtrip: whole stripes", whole_stripes},
	{"round trip: extremes in turn", extremes_in_turn},
	{"round trip: rests of vectors differ", rests_of_vectors_differ},
	{NULL, NULL}};
