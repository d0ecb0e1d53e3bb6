/*
 * bench.c - micro-benchmark of kernels, checksums, encoding and decoding.
 *
 * Prints a line a case: the best of several repetitions.  An argument limits
 * it to the cases whose name contains it.
 */
#include <lz4.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zstd.h>
#include "simd/simd.h"
#include "src/encoding/encoding.h"
#include "src/encoding/fsst.h"
#include "test/unit/bench_kernels.h"
#include "test/unit/columns.h"
#include "test/unit/harness.h"

#define REPEATS 7

static const char *only;
static uint64_t random_state;

bool
test_check(bool good, const char *what, const char *file, int line)
{
	if (!good)
	{
		fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
		exit(1);
	}
	return good;
}

void
test_context(const char *format, ...)
{
	(void) format;
}

uint64_t
test_random(void)
{
	uint64_t z;

	random_state += UINT64_C(0x9e3779b97f4a7c15);
	z = random_state;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void *
bench_allocate(void *context, size_t bytes)
{
	(void) context;
	return malloc(bytes);
}

static void
bench_release(void *context, void *pointer)
{
	(void) context;
	free(pointer);
}

static const ColAllocator bench_allocator = {bench_allocate, bench_release,
											 NULL};

void
test_memory_init(TestMemory *memory)
{
	memset(memory, 0, sizeof(*memory));
	memory->allocator = bench_allocator;
}

static double
now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static uint64_t sink;

/* Touches what a scan would touch first. */
static void
bench_decode_all(const ColColumn *column, const ColBuffer *out, double *best)
{
	int i;

	for (i = 0; i < REPEATS; i++)
	{
		double start = now_seconds();
		ColChunkReader *reader;
		TestBytes bytes;
		ColSource source;
		ColVector vector;
		ColError error;
		uint32_t v;

		test_source(&bytes, out->data, out->used_bytes, &source);
		if (col_chunk_open(&source, column->n_rows, column->phys,
						   column->value_bytes, test_codecs(), &bench_allocator,
						   &reader, &error) != COL_OK)
			abort();
		for (v = 0; v < column->n_rows / COL_VECTOR_ROWS; v++)
		{
			if (col_chunk_read(reader, v, &vector, &error) != COL_OK)
				abort();
			sink += *col_vector_value(&vector, 0);
		}
		col_chunk_close(reader);
		start = now_seconds() - start;
		*best = start < *best ? start : *best;
	}
}

static void
bench_column(const char *name, const ColColumn *column, ColBlockCodec codec)
{
	ColEncodeOptions options = {.codec = codec, .level = 3};
	double encode = 1e9;
	double decode = 1e9;
	ColBuffer out;
	ColZone zone;
	ColError error;
	ColChunkReader *reader;
	ColChunkInfo info;
	TestBytes bytes;
	ColSource source;
	int i;

	if (only && strstr(name, only) == NULL)
		return;
	col_buffer_init(&out, &bench_allocator);
	for (i = 0; i < REPEATS; i++)
	{
		double start = now_seconds();

		col_buffer_reset(&out);
		if (col_chunk_encode(column, &options, test_codecs(), &bench_allocator,
							 &out, &zone, &error) != COL_OK)
			abort();
		start = now_seconds() - start;
		encode = start < encode ? start : encode;
	}
	bench_decode_all(column, &out, &decode);
	test_source(&bytes, out.data, out.used_bytes, &source);
	if (col_chunk_open(&source, column->n_rows, column->phys,
					   column->value_bytes, test_codecs(), &bench_allocator,
					   &reader, &error) != COL_OK)
		abort();
	col_chunk_info(reader, &info);
	printf("%-28s %-10s %-4s %9llu -> %8zu bytes, encode %6.2f, decode %5.2f "
		   "ns/value\n",
		   name, info.encoding, info.codec, (unsigned long long) info.raw_bytes,
		   out.used_bytes, encode * 1e9 / column->n_rows,
		   decode * 1e9 / column->n_rows);
	col_chunk_close(reader);
	col_buffer_free(&out);
}

static void
bench_chunks(ColBlockCodec codec)
{
	static const uint16_t lane_bytes[] = {2, 4, 8};
	TestColumn test;
	char name[64];
	int shape;
	int l;

	for (l = 0; l < 3; l++)
		for (shape = 0; shape < LANE_SHAPES; shape++)
		{
			ColOrder order = COL_ORDER_SIGNED;

			if (shape >= LANES_FLOATS && lane_bytes[l] < 8)
				continue;
			if (shape >= LANES_FLOATS)
				order = COL_ORDER_FLOAT8;
			test_column_lanes(&test, (LaneShape) shape, lane_bytes[l], order,
							  COL_STRIPE_ROWS_MAX, NULLS_NONE);
			snprintf(name, sizeof(name), "lanes of %d %s", lane_bytes[l],
					 lane_shape_names[shape]);
			bench_column(name, &test.column, codec);
			test_column_free(&test);
		}
	test_column_lanes(&test, LANES_SMALL, 4, COL_ORDER_SIGNED,
					  COL_STRIPE_ROWS_MAX, NULLS_RANDOM);
	bench_column("lanes of 4 small, nulls", &test.column, codec);
	test_column_free(&test);
	for (shape = 0; shape < IMAGE_SHAPES; shape++)
	{
		if (shape == IMAGES_LONG)
			continue;
		test_column_images(&test, (ImageShape) shape, COL_ORDER_BYTES,
						   COL_STRIPE_ROWS_MAX, NULLS_NONE);
		snprintf(name, sizeof(name), "images %s", image_shape_names[shape]);
		bench_column(name, &test.column, codec);
		test_column_free(&test);
	}
	test_column_fixed(&test, LANES_RANDOM, 16, COL_ORDER_NONE,
					  COL_STRIPE_ROWS_MAX, NULLS_NONE);
	bench_column("fixed 16 random", &test.column, codec);
	test_column_free(&test);
	test_column_fixed(&test, LANES_FEW, 16, COL_ORDER_NONE, COL_STRIPE_ROWS_MAX,
					  NULLS_NONE);
	bench_column("fixed 16 few", &test.column, codec);
	test_column_free(&test);
}

/* Bytes of the blocks that lz4 and zstd get, for comparison. */
#define FSST_BLOCK_BYTES 65536
#define FSST_VALUES 100000

static uint32_t
bench_url(char *url, size_t room)
{
	static const char *const words[] = {
		"index", "search", "product", "images", "category", "user",
		"page",	 "news",   "article", "view",	"session",	"account"};
	uint64_t word = test_random() % 12;

	return (uint32_t) snprintf(
		url, room, "http%s://www.example%u.com/%s/%s-%x/%s%u",
		test_random() % 3 ? "s" : "", (unsigned) (test_random() % 300),
		words[word], words[test_random() % 12],
		(unsigned) (test_random() % 4096),
		test_random() % 2 ? "view.html?id=" : "",
		(unsigned) (test_random() % 1000000));
}

/* Block codecs over the same bytes: the bytes they need. */
static size_t
fsst_block_bytes(const uint8_t *bytes, size_t n_bytes, bool zstd)
{
	static uint8_t block[2 * FSST_BLOCK_BYTES];
	size_t sum = 0;
	size_t at;

	for (at = 0; at < n_bytes; at += FSST_BLOCK_BYTES)
	{
		size_t left = n_bytes - at;
		size_t n = left < FSST_BLOCK_BYTES ? left : FSST_BLOCK_BYTES;

		sum += zstd ? ZSTD_compress(block, sizeof(block), bytes + at, n, 3)
					: (size_t) LZ4_compress_default((const char *) bytes + at,
													(char *) block, (int) n,
													(int) sizeof(block));
	}
	return sum;
}

static void
bench_fsst(void)
{
	static const uint8_t *values[FSST_VALUES];
	static uint32_t lengths[FSST_VALUES];
	static ColFsstEncoder encoder;
	uint8_t *bytes = malloc(FSST_VALUES * 100);
	uint8_t *codes = malloc(FSST_VALUES * 200);
	uint8_t *decoded = malloc(FSST_VALUES * 100 + COL_FSST_SLACK_BYTES);
	double best[3] = {1e9, 1e9, 1e9};
	ColFsstTable table;
	size_t n_bytes = 0;
	size_t n_codes = 0;
	uint32_t i;
	int r;

	for (i = 0; i < FSST_VALUES; i++)
	{
		values[i] = bytes + n_bytes;
		lengths[i] = bench_url((char *) bytes + n_bytes, 100);
		n_bytes += lengths[i];
	}
	for (r = 0; r < REPEATS; r++)
	{
		double times[4];
		int t;

		times[0] = now_seconds();
		if (col_fsst_train(&table, values, lengths, FSST_VALUES,
						   &bench_allocator) != COL_OK)
			abort();
		times[1] = now_seconds();
		col_fsst_encoder_init(&encoder, &table);
		for (n_codes = i = 0; i < FSST_VALUES; i++)
			n_codes += col_fsst_encode(&encoder, values[i], lengths[i],
									   codes + n_codes);
		times[2] = now_seconds();
		if (col_fsst_decode(&table, codes, n_codes, decoded, n_bytes) !=
			(int64_t) n_bytes)
			abort();
		times[3] = now_seconds();
		for (t = 0; t < 3; t++)
			if (times[t + 1] - times[t] < best[t])
				best[t] = times[t + 1] - times[t];
	}
	printf("fsst, urls of %.0f bytes: train %.2f ms, encode %.0f MB/s, decode "
		   "%.0f MB/s; %.2fx smaller, lz4 %.2fx, zstd %.2fx\n",
		   (double) n_bytes / FSST_VALUES, best[0] * 1e3,
		   (double) n_bytes / best[1] / 1e6, (double) n_bytes / best[2] / 1e6,
		   (double) n_bytes / (double) (n_codes + col_fsst_table_bytes(&table)),
		   (double) n_bytes / (double) fsst_block_bytes(bytes, n_bytes, false),
		   (double) n_bytes / (double) fsst_block_bytes(bytes, n_bytes, true));
	free(bytes);
	free(codes);
	free(decoded);
}

int
main(int argc, char **argv)
{
	only = argc > 1 ? argv[1] : NULL;
	if (only == NULL || strstr("kernels", only))
	{
		bench_kernels();
	}
	if (only == NULL || strstr("fsst", only))
		bench_fsst();
	if (only && (strstr("kernels", only) || strstr("fsst", only)))
		return 0;
	printf("light encodings\n");
	bench_chunks(COL_CODEC_NONE);
	printf("with lz4\n");
	bench_chunks(COL_CODEC_LZ4);
	printf("with zstd\n");
	bench_chunks(COL_CODEC_ZSTD);
	return 0;
}
