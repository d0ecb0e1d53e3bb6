/*
 * test_corrupt.c - damaged chunks: an error, or values within bounds; never a
 * wrong value while the checksums are what the writer made them.
 *
 * The tests that guess run for a fixed time, TEST_SECONDS each (environment),
 * with numbers that differ from run to run only in how many are tried.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "src/base/bytes.h"
#include "src/encoding/encoding_format.h"
#include "src/encoding/encoding_internal.h"
#include "test/unit/harness.h"
#include "test/unit/mutate.h"

static double
budget_seconds(void)
{
	const char *seconds = getenv("TEST_SECONDS");

	return seconds ? atof(seconds) : 4;
}

/* A copy that ends where its allocation ends. */
static uint8_t *
copy_of(const uint8_t *bytes, uint64_t n_bytes)
{
	uint8_t *copy = malloc(n_bytes > 0 ? n_bytes : 1);

	memcpy(copy, bytes, n_bytes);
	return copy;
}

/* A status that damaged bytes may give. */
static bool
status_is_fine(ColStatus status)
{
	return status == COL_OK || status == COL_CORRUPT ||
		   status == COL_UNSUPPORTED_VERSION || status == COL_NO_MEMORY;
}

typedef void (*ChunkTest)(const ColColumn *column, const ColBuffer *chunk);

/* Runs test over every chunk case. */
static void
for_every_chunk(ChunkTest test)
{
	const TestChunkCase *chunk;

	for (chunk = test_chunk_cases; chunk->name; chunk++)
	{
		TestMemory memory;
		TestColumn column;
		ColBuffer out;

		test_memory_init(&memory);
		test_chunk_column(chunk, &column);
		test_context("%s", chunk->name);
		if (test_chunk_encode(&column.column, chunk->codec, &memory.allocator,
							  &out, NULL))
			test(&column.column, &out);
		col_buffer_free(&out);
		test_column_free(&column);
	}
}

/* Of every length, each ending where the allocation ends. */
static void
truncate_chunk(const ColColumn *column, const ColBuffer *chunk)
{
	uint8_t *copy = malloc(chunk->used_bytes);
	uint64_t n_bytes;

	for (n_bytes = 0; n_bytes < chunk->used_bytes; n_bytes++)
	{
		uint8_t *start = copy + chunk->used_bytes - n_bytes;
		ColError error = {COL_OK, NULL, {0, 0}};
		bool same;

		memcpy(start, chunk->data, n_bytes);
		CHECK(test_chunk_read_all(start, n_bytes, column, NULL, &same,
								  &error) == COL_CORRUPT);
		CHECK(error.status == COL_CORRUPT && error.what != NULL);
	}
	free(copy);
}

static void
truncated_chunks_are_refused(void)
{
	for_every_chunk(truncate_chunk);
}

/* Shortened, and the header says so. */
static void
shorten_chunk(const ColColumn *column, const ColBuffer *chunk)
{
	uint64_t payload_at =
		col_load_u32(chunk->data + offsetof(ChunkHeader, payload_offset_bytes));
	uint64_t step = chunk->used_bytes / 1000 + 1;
	uint64_t n_bytes;

	for (n_bytes = sizeof(ChunkHeader); n_bytes < chunk->used_bytes;
		 n_bytes += step)
	{
		uint8_t *copy = copy_of(chunk->data, n_bytes);
		bool same;

		col_store_u64(copy + offsetof(ChunkHeader, chunk_bytes), n_bytes);
		if (n_bytes >= payload_at)
			col_store_u64(copy + offsetof(ChunkHeader, payload_bytes),
						  n_bytes - payload_at);
		test_chunk_checksums(copy, n_bytes);
		CHECK(test_chunk_read_all(copy, n_bytes, column, NULL, &same, NULL) ==
			  COL_CORRUPT);
		free(copy);
	}
}

static void
shortened_chunks_are_refused(void)
{
	for_every_chunk(shorten_chunk);
}

/* Reads a chunk put together from parts; what it is may be refused. */
static void
read_parts(TestParts *parts, const ColColumn *column, size_t capacity)
{
	uint8_t *bytes = malloc(capacity);
	size_t n_bytes = test_parts_put(parts, bytes, capacity);
	uint8_t *copy = copy_of(bytes, n_bytes);
	bool same;

	CHECK(n_bytes > 0);
	CHECK(status_is_fine(
		test_chunk_read_all(copy, n_bytes, column, NULL, &same, NULL)));
	free(copy);
	free(bytes);
}

/* The piece of every shorter length, all else in order. */
static void
cut_piece(TestParts *parts, TestPiece *piece, const ColColumn *column,
		  size_t capacity)
{
	uint32_t n_bytes = piece->n_bytes;
	uint32_t step = n_bytes / 300 + 1;

	for (; piece->n_bytes > 0; piece->n_bytes -= step)
	{
		read_parts(parts, column, capacity);
		if (piece->n_bytes < step)
			break;
	}
	piece->n_bytes = 0;
	read_parts(parts, column, capacity);
	piece->n_bytes = n_bytes;
}

/* So that decoders get fewer bytes than they were written for. */
static void
cut_chunk(const ColColumn *column, const ColBuffer *chunk)
{
	size_t capacity = chunk->used_bytes + 64;
	TestParts parts;

	/* a chunk with compressed directories is not taken apart */
	if (!test_parts_take(&parts, chunk->data, chunk->used_bytes))
	{
		CHECK(chunk->data[offsetof(ChunkHeader, directories_codec)] != 0);
		return;
	}
	cut_piece(&parts, &parts.validity, column, capacity);
	cut_piece(&parts, &parts.dictionary, column, capacity);
	if (parts.n_payload > 0)
	{
		cut_piece(&parts, &parts.payload[0], column, capacity);
		cut_piece(&parts, &parts.payload[parts.n_payload - 1], column,
				  capacity);
	}
	test_parts_free(&parts);
}

static void
cut_pieces_stay_in_bounds(void)
{
	for_every_chunk(cut_chunk);
}

/* What damage starts from: a chunk put together again is the chunk. */
static void
rebuild_chunk(const ColColumn *column, const ColBuffer *chunk)
{
	uint8_t *bytes = malloc(chunk->used_bytes);
	TestParts parts;

	(void) column;
	if (test_parts_take(&parts, chunk->data, chunk->used_bytes))
		CHECK(test_parts_put(&parts, bytes, chunk->used_bytes) ==
				  chunk->used_bytes &&
			  memcmp(bytes, chunk->data, chunk->used_bytes) == 0);
	else
		CHECK(chunk->data[offsetof(ChunkHeader, directories_codec)] != 0);
	test_parts_free(&parts);
	free(bytes);
}

static void
parts_make_the_chunk(void)
{
	for_every_chunk(rebuild_chunk);
}

/* Any bit flipped, checksums as they were: an error. */
static void
flip_chunk(const ColColumn *column, const ColBuffer *chunk)
{
#ifdef __aarch64__
	uint64_t step = chunk->used_bytes / 300 + 1; /* under qemu */
#else
	uint64_t step = chunk->used_bytes / 1500 + 1;
#endif
	uint64_t at;

	for (at = 0; at < chunk->used_bytes; at += at < 200 ? 1 : step)
	{
		uint8_t *copy = copy_of(chunk->data, chunk->used_bytes);
		ColStatus status;
		bool same;

		copy[at] ^= (uint8_t) (1 << test_below(8));
		status = test_chunk_read_all(copy, chunk->used_bytes, column, column,
									 &same, NULL);
		CHECK(status_is_fine(status));
		CHECK(status != COL_OK);
		free(copy);
	}
}

static void
flipped_bits_are_found(void)
{
	for_every_chunk(flip_chunk);
}

static uint64_t n_mutations;
static uint64_t n_survived;

static uint32_t
count_cases(void)
{
	uint32_t n_cases = 0;

	while (test_chunk_cases[n_cases].name)
		n_cases++;
	return n_cases;
}

/* One to three times over, which may make it longer. */
static void
mutate_chunk(const ColColumn *column, const ColBuffer *chunk)
{
	double end = test_seconds() + budget_seconds() / count_cases();
	size_t capacity = 2 * chunk->used_bytes + 1000;
	uint8_t *bytes = malloc(capacity);

	do
	{
		size_t n_bytes = chunk->used_bytes;
		int n = test_below(3) == 0 ? 3 : 1;
		uint8_t *copy;
		ColStatus status;
		bool same;

		memcpy(bytes, chunk->data, n_bytes);
		for (; n > 0; n--)
			n_bytes = test_mutate_chunk(bytes, n_bytes, capacity, NULL, 0);
		copy = copy_of(bytes, n_bytes);
		status = test_chunk_read_all(copy, n_bytes, column, NULL, &same, NULL);
		CHECK(status_is_fine(status));
		free(copy);
		n_mutations++;
		n_survived += status == COL_OK;
	} while (test_seconds() < end);
	free(bytes);
}

static void
damage_with_good_checksums_stays_in_bounds(void)
{
	n_mutations = n_survived = 0;
	for_every_chunk(mutate_chunk);
	printf("       %llu mutations, %llu of them readable\n",
		   (unsigned long long) n_mutations, (unsigned long long) n_survived);
	CHECK(n_mutations > 2000);
	CHECK(n_survived < n_mutations);
}

/* Every field of the header set to values that break neighbours' limits. */
static void
header_chunk(const ColColumn *column, const ColBuffer *chunk)
{
	static const uint32_t values[] = {
		0,	   1,	  2,		  7,		  127,		  128,		 1024,
		65535, 65536, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
	uint8_t *copy = copy_of(chunk->data, chunk->used_bytes);
	size_t field;
	size_t i;

	for (field = 0; field < offsetof(ChunkHeader, head_crc); field += 4)
		for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		{
			bool same;

			memcpy(copy, chunk->data, chunk->used_bytes);
			col_store_u32(copy + field, values[i]);
			test_chunk_checksums(copy, chunk->used_bytes);
			CHECK(status_is_fine(test_chunk_read_all(
				copy, chunk->used_bytes, column, NULL, &same, NULL)));
		}
	free(copy);
}

static void
every_header_field_is_checked(void)
{
	for_every_chunk(header_chunk);
}

/* Bytes that never were a chunk. */
static void
noise_is_refused(void)
{
	ColColumn expected;
	int i;

	memset(&expected, 0, sizeof(expected));
	expected.phys = COL_PHYS_LANE;
	expected.value_bytes = 4;
	expected.n_rows = 1000;
	for (i = 0; i < 2000; i++)
	{
		uint64_t n_bytes = test_below(3000);
		uint8_t *bytes = malloc(n_bytes + 1);
		uint64_t at;
		bool same;

		for (at = 0; at < n_bytes; at++)
			bytes[at] = (uint8_t) test_random();
		CHECK(test_chunk_read_all(bytes, n_bytes, &expected, NULL, &same,
								  NULL) == COL_CORRUPT);
		free(bytes);
	}
}

static void
expect_chunk(const ColColumn *column, const ColBuffer *chunk)
{
	ColColumn other = *column;
	bool same;

	other.n_rows++;
	CHECK(test_chunk_read_all(chunk->data, chunk->used_bytes, &other, NULL,
							  &same, NULL) == COL_CORRUPT);
	other = *column;
	other.value_bytes++;
	CHECK(test_chunk_read_all(chunk->data, chunk->used_bytes, &other, NULL,
							  &same, NULL) == COL_CORRUPT);
	other = *column;
	other.phys = column->phys == COL_PHYS_LANE ? COL_PHYS_FIXED : COL_PHYS_LANE;
	CHECK(test_chunk_read_all(chunk->data, chunk->used_bytes, &other, NULL,
							  &same, NULL) == COL_CORRUPT);
}

static void
another_column_is_refused(void)
{
	for_every_chunk(expect_chunk);
}

static void
version_chunk(const ColColumn *column, const ColBuffer *chunk)
{
	uint8_t *copy = copy_of(chunk->data, chunk->used_bytes);
	bool same;

	col_store_u16(copy + offsetof(ChunkHeader, version), CHUNK_VERSION + 1);
	test_chunk_checksums(copy, chunk->used_bytes);
	CHECK(test_chunk_read_all(copy, chunk->used_bytes, column, NULL, &same,
							  NULL) == COL_UNSUPPORTED_VERSION);
	col_store_u16(copy + offsetof(ChunkHeader, version), 0);
	test_chunk_checksums(copy, chunk->used_bytes);
	CHECK(test_chunk_read_all(copy, chunk->used_bytes, column, NULL, &same,
							  NULL) == COL_CORRUPT);
	free(copy);
}

static void
a_newer_version_is_refused(void)
{
	for_every_chunk(version_chunk);
}

/* A bitmap that differs from the null counts, its checksum being right. */
static void
validity_chunk(const ColColumn *column, const ColBuffer *chunk)
{
	uint32_t at = col_load_u32(chunk->data +
							   offsetof(ChunkHeader, validity_offset_bytes));
	uint32_t n_bytes =
		col_load_u32(chunk->data + offsetof(ChunkHeader, validity_bytes));
	uint32_t i;

	for (i = 0; i < n_bytes; i++)
	{
		uint8_t *copy = copy_of(chunk->data, chunk->used_bytes);
		bool same;

		copy[at + i] ^= (uint8_t) (1 << test_below(8));
		test_chunk_checksums(copy, chunk->used_bytes);
		CHECK(test_chunk_read_all(copy, chunk->used_bytes, column, NULL, &same,
								  NULL) == COL_CORRUPT);
		free(copy);
	}
}

static void
validity_must_match_the_counts(void)
{
	for_every_chunk(validity_chunk);
}

/* What an entry of the vector directory may claim, encoding by encoding. */
static void
entries_must_fit_their_encoding(void)
{
	const ColLaneShape lanes = {2, false, false, 1};
	const ColLaneShape floats = {4, true, false, 1};
	ChunkVector entry;

	memset(&entry, 0, sizeof(entry));
#define FITS(id, shape, w, n_bytes, rows)        \
	(entry.width = (w), entry.bytes = (n_bytes), \
	 col_encodings[id].lanes_check(&entry, &(shape), (rows)))
	CHECK(FITS(CHUNK_ENCODING_FOR, lanes, 16, 16 * 128, 1024));
	CHECK(!FITS(CHUNK_ENCODING_FOR, lanes, 17, 17 * 128, 1024));
	CHECK(!FITS(CHUNK_ENCODING_FOR, lanes, 16, 15 * 128, 1024));
	CHECK(FITS(CHUNK_ENCODING_FOR, floats, 32, 32 * 128 + 8, 5));
	CHECK(!FITS(CHUNK_ENCODING_FOR, floats, 32, 32 * 128, 5));
	CHECK(!FITS(CHUNK_ENCODING_FOR, floats, 0, 0, 5));
	CHECK(FITS(CHUNK_ENCODING_CONSTANT, lanes, 0, 0, 5));
	CHECK(!FITS(CHUNK_ENCODING_CONSTANT, lanes, 1, 0, 5));
	CHECK(!FITS(CHUNK_ENCODING_CONSTANT, lanes, 0, 8, 5));
	CHECK(FITS(CHUNK_ENCODING_CONSTANT, floats, 0, 8, 5));
	CHECK(!FITS(CHUNK_ENCODING_CONSTANT, floats, 0, 0, 5));
	CHECK(FITS(CHUNK_ENCODING_RAW, lanes, 0, 10, 5));
	CHECK(!FITS(CHUNK_ENCODING_RAW, lanes, 0, 12, 5));
	CHECK(!FITS(CHUNK_ENCODING_RAW, lanes, 1, 10, 5));
	CHECK(FITS(CHUNK_ENCODING_RLE, lanes, 8, 3 * 5, 5));
	CHECK(!FITS(CHUNK_ENCODING_RLE, lanes, 8, 3 * 6, 5));
	CHECK(!FITS(CHUNK_ENCODING_RLE, lanes, 8, 3 * 5 + 1, 5));
	CHECK(!FITS(CHUNK_ENCODING_RLE, lanes, 8, 0, 5));
	CHECK(!FITS(CHUNK_ENCODING_RLE, lanes, 9, 3 * 5, 5));
	CHECK(!FITS(CHUNK_ENCODING_RLE, lanes, 32, 6 * 2, 5));
	CHECK(FITS(CHUNK_ENCODING_RLE, floats, 32, 8 + 6 * 2, 5));
	CHECK(!FITS(CHUNK_ENCODING_RLE, floats, 32, 7, 5));
#undef FITS
}

const TestCase corrupt_tests[] = {
	{"corrupt: validity must match the counts", validity_must_match_the_counts},
	{"corrupt: entries must fit their encoding",
	 entries_must_fit_their_encoding},
	{"corrupt: truncated chunks are refused", truncated_chunks_are_refused},
	{"corrupt: shortened chunks are refused", shortened_chunks_are_refused},
	{"corrupt: flipped bits are found", flipped_bits_are_found},
	{"corrupt: cut pieces stay in bounds", cut_pieces_stay_in_bounds},
	{"corrupt: parts make the chunk", parts_make_the_chunk},
	{"corrupt: every header field is checked", every_header_field_is_checked},
	{"corrupt: damage with good checksums",
	 damage_with_good_checksums_stays_in_bounds},
	{"corrupt: noise is refused", noise_is_refused},
	{"corrupt: another column is refused", another_column_is_refused},
	{"corrupt: a newer version is refused", a_newer_version_is_refused},
	{NULL, NULL}};
