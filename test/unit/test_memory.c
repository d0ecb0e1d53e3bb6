/*
 * test_memory.c - memory that runs out, is bounded and is given back; a source
 * that fails; what is read for one vector.
 */
#include <stdlib.h>
#include <string.h>
#include "test/unit/chunks.h"
#include "test/unit/harness.h"

#define PREFIX_BYTES 24

/* Fails the nth allocation of encoding, for every n there is. */
static void
encode_failing(const TestChunkCase *chunk, const ColColumn *column)
{
	ColEncodeOptions options = {.codec = chunk->codec,
								.level = 3,
								.encoding = chunk->encoding,
								.dictionary_entries =
									chunk->dictionary_entries};
	bool done = false;
	int64_t n;

	for (n = 1; !done && n < 1000; n++)
	{
		TestMemory memory;
		ColBuffer out;
		ColZone zone;
		ColError error = {COL_OK, NULL, {0, 0}};
		ColStatus status;

		test_memory_init(&memory);
		col_buffer_init(&out, &memory.allocator);
		memset(col_buffer_reserve(&out, PREFIX_BYTES), 0x77, PREFIX_BYTES);
		out.used_bytes = PREFIX_BYTES;
		memory.fail_at = n;
		status = col_chunk_encode(column, &options, test_codecs(),
								  &memory.allocator, &out, &zone, &error);
		done = memory.fail_at > 0;
		test_context("%s, allocation %d fails", chunk->name, (int) n);
		CHECK(status == (done ? COL_OK : COL_NO_MEMORY));
		CHECK(done || (error.status == COL_NO_MEMORY && error.what));
		CHECK(done || out.used_bytes == PREFIX_BYTES);
		CHECK(out.data[0] == 0x77 && out.data[PREFIX_BYTES - 1] == 0x77);
		CHECK(memory.n_live == 1);
		col_buffer_free(&out);
		CHECK(memory.n_live == 0);
	}
	CHECK(done && n > 2);
}

/* The same for reading; after a failure the same reader goes on. */
static void
decode_failing(const TestChunkCase *chunk, const ColColumn *column,
			   const ColBuffer *out)
{
	uint32_t n_vectors =
		(column->n_rows + COL_VECTOR_ROWS - 1) / COL_VECTOR_ROWS;
	bool done = false;
	int64_t n;

	for (n = 1; !done && n < 1000; n++)
	{
		TestMemory memory;
		TestBytes bytes;
		ColSource source;
		ColChunkReader *reader;
		ColStatus status;
		uint32_t v;

		test_context("%s, reading, allocation %d fails", chunk->name, (int) n);
		test_memory_init(&memory);
		memory.fail_at = n;
		test_source(&bytes, out->data, out->used_bytes, &source);
		status = col_chunk_open(&source, column->n_rows, column->phys,
								column->value_bytes, test_codecs(),
								&memory.allocator, &reader, NULL);
		CHECK((status == COL_OK) == (reader != NULL));
		for (v = 0; reader && v < n_vectors; v++)
		{
			ColVector vector;

			status = col_chunk_read(reader, v, &vector, NULL);
			CHECK(status == COL_OK || status == COL_NO_MEMORY);
			if (status != COL_OK)
				status = col_chunk_read(reader, v, &vector, NULL);
			if (CHECK(status == COL_OK))
				test_vector_equals(column, v, &vector);
		}
		done = memory.fail_at > 0;
		CHECK(reader || status == COL_NO_MEMORY);
		col_chunk_close(reader);
		CHECK(memory.n_live == 0);
	}
	CHECK(done && n > 2);
}

static void
every_allocation_may_fail(void)
{
	const TestChunkCase *chunk;

	for (chunk = test_chunk_cases; chunk->name; chunk++)
	{
		TestMemory memory;
		TestColumn test;
		ColBuffer out;

		test_memory_init(&memory);
		test_chunk_column(chunk, &test);
		encode_failing(chunk, &test.column);
		if (test_chunk_encode(&test.column, chunk->codec, &memory.allocator,
							  &out, NULL))
			decode_failing(chunk, &test.column, &out);
		col_buffer_free(&out);
		test_column_free(&test);
	}
}

static uint64_t
column_raw_bytes(const ColColumn *column)
{
	if (column->phys == COL_PHYS_IMAGE)
		return column->heap_bytes;
	return (uint64_t) column->n_rows * column->value_bytes;
}

/* encoding.h: less than the raw bytes plus 64 MB, beside out */
static void
encoding_memory_is_bounded(void)
{
	static const ImageShape shapes[] = {IMAGES_DISTINCT, IMAGES_MIXED,
										IMAGES_TEXT, IMAGES_TIES};
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
	{
		ColEncodeOptions options = {.codec = COL_CODEC_ZSTD, .level = 1};
		TestMemory memory;
		TestMemory out_memory;
		TestColumn test;
		ColBuffer out;
		ColZone zone;

		test_context("%s", image_shape_names[shapes[i]]);
		test_memory_init(&memory);
		test_memory_init(&out_memory);
		test_column_images(&test, shapes[i], COL_ORDER_BYTES,
						   COL_STRIPE_ROWS_MAX, NULLS_NONE);
		col_buffer_init(&out, &out_memory.allocator);
		CHECK(col_chunk_encode(&test.column, &options, test_codecs(),
							   &memory.allocator, &out, &zone, NULL) == COL_OK);
		CHECK(memory.peak_bytes < column_raw_bytes(&test.column) + 67108864);
		CHECK(memory.n_live == 0);
		col_buffer_free(&out);
		test_column_free(&test);
	}
}

typedef struct FailingSource
{
	const uint8_t *bytes;
	int n_left;
} FailingSource;

static ColStatus
failing_read(void *context, uint64_t offset_bytes, uint32_t n_bytes,
			 uint8_t *destination)
{
	FailingSource *source = context;

	if (source->n_left-- == 0)
		return COL_INTERNAL;
	memcpy(destination, source->bytes + offset_bytes, n_bytes);
	return COL_OK;
}

/* The nth read fails once: its status comes out, and reading can go on. */
static void
a_source_may_fail(void)
{
	const TestChunkCase *chunk;

	for (chunk = test_chunk_cases; chunk->name; chunk++)
	{
		TestMemory memory;
		TestColumn test;
		ColBuffer out;
		int n;

		test_memory_init(&memory);
		test_chunk_column(chunk, &test);
		test_chunk_encode(&test.column, chunk->codec, &memory.allocator, &out,
						  NULL);
		for (n = 0; n < 6; n++)
		{
			FailingSource failing = {out.data, n};
			ColSource source = {failing_read, &failing, out.used_bytes};
			ColChunkReader *reader;
			ColVector vector;
			ColStatus status;

			test_context("%s, read %d fails", chunk->name, n);
			status =
				col_chunk_open(&source, test.column.n_rows, test.column.phys,
							   test.column.value_bytes, test_codecs(),
							   &memory.allocator, &reader, NULL);
			CHECK(status == (n == 0 ? COL_INTERNAL : COL_OK) ||
				  (n == 1 && status == COL_INTERNAL));
			if (reader == NULL)
				continue;
			status = col_chunk_read(reader, 0, &vector, NULL);
			CHECK(status == COL_OK || status == COL_INTERNAL);
			if (failing.n_left >= 0)
				status = col_chunk_read(reader, 0, &vector, NULL);
			if (status != COL_OK)
				status = col_chunk_read(reader, 0, &vector, NULL);
			if (CHECK(status == COL_OK))
				test_vector_equals(&test.column, 0, &vector);
			col_chunk_close(reader);
		}
		col_buffer_free(&out);
		CHECK(memory.n_live == 0);
		test_column_free(&test);
	}
}

/* One vector of many reads the head and that vector, not the chunk. */
static void
one_vector_reads_little(void)
{
	TestMemory memory;
	TestColumn test;
	TestBytes bytes;
	ColSource source;
	ColBuffer out;
	ColChunkReader *reader;
	ColVector vector;
	uint64_t head_bytes;

	test_memory_init(&memory);
	test_column_lanes(&test, LANES_RANDOM, 8, COL_ORDER_SIGNED,
					  COL_STRIPE_ROWS_MAX, NULLS_NONE);
	test_chunk_encode(&test.column, COL_CODEC_NONE, &memory.allocator, &out,
					  NULL);
	test_source(&bytes, out.data, out.used_bytes, &source);
	CHECK(col_chunk_open(&source, test.column.n_rows, COL_PHYS_LANE, 8,
						 test_codecs(), &memory.allocator, &reader,
						 NULL) == COL_OK);
	CHECK(bytes.n_reads == 1);
	head_bytes = bytes.n_read_bytes;
	CHECK(head_bytes == 144 + 128 * 32);
	CHECK(col_chunk_read(reader, 77, &vector, NULL) == COL_OK);
	test_vector_equals(&test.column, 77, &vector);
	CHECK(bytes.n_reads == 2);
	CHECK(bytes.n_read_bytes - head_bytes == 8192);
	col_chunk_close(reader);
	col_buffer_free(&out);
	test_column_free(&test);

	test_column_images(&test, IMAGES_TEXT, COL_ORDER_BYTES, 40000, NULLS_NONE);
	test_chunk_encode(&test.column, COL_CODEC_ZSTD, &memory.allocator, &out,
					  NULL);
	test_source(&bytes, out.data, out.used_bytes, &source);
	CHECK(col_chunk_open(&source, test.column.n_rows, COL_PHYS_IMAGE, 0,
						 test_codecs(), &memory.allocator, &reader,
						 NULL) == COL_OK);
	head_bytes = bytes.n_read_bytes;
	CHECK(col_chunk_read(reader, 20, &vector, NULL) == COL_OK);
	test_vector_equals(&test.column, 20, &vector);
	CHECK(bytes.n_read_bytes - head_bytes < out.used_bytes / 5);
	col_chunk_close(reader);
	col_buffer_free(&out);
	test_column_free(&test);
	CHECK(memory.n_live == 0);
}

/* The same column and options give the same bytes. */
static void
encoding_is_reproducible(void)
{
	const TestChunkCase *chunk;

	for (chunk = test_chunk_cases; chunk->name; chunk++)
	{
		TestMemory memory;
		TestColumn test;
		ColBuffer first;
		ColBuffer second;

		test_context("%s", chunk->name);
		test_memory_init(&memory);
		test_chunk_column(chunk, &test);
		test_chunk_encode(&test.column, chunk->codec, &memory.allocator, &first,
						  NULL);
		test_chunk_encode(&test.column, chunk->codec, &memory.allocator,
						  &second, NULL);
		CHECK(first.used_bytes == second.used_bytes &&
			  memcmp(first.data, second.data, first.used_bytes) == 0);
		col_buffer_free(&first);
		col_buffer_free(&second);
		test_column_free(&test);
	}
}

/* What NULL slots hold has no influence on a single byte. */
static void
null_slots_leave_no_trace(void)
{
	static const ColPhys classes[] = {COL_PHYS_LANE, COL_PHYS_FIXED};
	int shape;
	int c;

	for (shape = 0; shape < LANE_SHAPES; shape++)
		for (c = 0; c < 2; c++)
		{
			TestMemory memory;
			TestColumn test;
			ColBuffer first;
			ColBuffer second;
			uint32_t row;

			test_context("%s, class %d", lane_shape_names[shape], c);
			test_memory_init(&memory);
			if (c == 0)
				test_column_lanes(&test, (LaneShape) shape, 8, COL_ORDER_SIGNED,
								  9000, NULLS_VECTORS);
			else
				test_column_fixed(&test, (LaneShape) shape, 8, COL_ORDER_NONE,
								  9000, NULLS_RANDOM);
			test_chunk_encode(&test.column, COL_CODEC_LZ4, &memory.allocator,
							  &first, NULL);
			for (row = 0; row < 9000; row++)
				if ((test.validity[row / 64] >> row % 64 & 1) == 0)
				{
					uint64_t garbage = test_random();

					memcpy(test.values + (size_t) row * 8, &garbage, 8);
				}
			test_chunk_encode(&test.column, COL_CODEC_LZ4, &memory.allocator,
							  &second, NULL);
			CHECK(first.used_bytes == second.used_bytes &&
				  memcmp(first.data, second.data, first.used_bytes) == 0);
			CHECK(test.column.phys == classes[c]);
			col_buffer_free(&first);
			col_buffer_free(&second);
			test_column_free(&test);
		}
}

const TestCase memory_tests[] = {
	{"memory: null slots leave no trace", null_slots_leave_no_trace},
	{"memory: every allocation may fail", every_allocation_may_fail},
	{"memory: encoding is bounded", encoding_memory_is_bounded},
	{"memory: a source may fail", a_source_may_fail},
	{"memory: one vector reads little", one_vector_reads_little},
	{"memory: encoding is reproducible", encoding_is_reproducible},
	{NULL, NULL}};
