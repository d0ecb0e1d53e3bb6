/*
 * chunks.c - small chunks of every form; see chunks.h.
 */
#include "test/unit/chunks.h"

#include <stddef.h>
#include <string.h>
#include "simd/simd.h"
#include "src/base/bytes.h"
#include "src/encoding/encoding_internal.h"
#include "src/vector/image.h"
#include "test/unit/harness.h"

#define LANE COL_PHYS_LANE
#define FIXED COL_PHYS_FIXED
#define IMAGE COL_PHYS_IMAGE

const TestChunkCase test_chunk_cases[] = {
	{"constant-int4", LANE, LANES_CONSTANT, 4, COL_ORDER_SIGNED, 1500,
	 NULLS_NONE, COL_CODEC_NONE, .found = NULL},
	{"constant-nulls-float8", LANE, LANES_CONSTANT, 8, COL_ORDER_FLOAT8, 1500,
	 NULLS_RANDOM, COL_CODEC_NONE, .found = NULL},
	{"all-null-int8", LANE, LANES_SMALL, 8, COL_ORDER_SIGNED, 1030, NULLS_ALL,
	 COL_CODEC_ZSTD, .found = NULL},
	{"for-int2", LANE, LANES_SMALL, 2, COL_ORDER_SIGNED, 2100, NULLS_SPARSE,
	 COL_CODEC_NONE, .found = NULL},
	{"for-multiplier-int8", LANE, LANES_MULTIPLES, 8, COL_ORDER_SIGNED, 1300,
	 NULLS_VECTORS, COL_CODEC_NONE, .found = NULL},
	{"run-length-int4", LANE, LANES_RUNS, 4, COL_ORDER_UNSIGNED, 2048,
	 NULLS_NONE, COL_CODEC_NONE, .found = NULL},
	{"run-length-float8", LANE, LANES_RUNS, 8, COL_ORDER_FLOAT8, 1025,
	 NULLS_LAST, COL_CODEC_NONE, .found = NULL},
	{"raw-int1", LANE, LANES_RANDOM, 1, COL_ORDER_NONE, 1024, NULLS_FIRST,
	 COL_CODEC_LZ4, .found = NULL},
	{"for-float4", LANE, LANES_SMALL, 4, COL_ORDER_FLOAT4, 1100,
	 NULLS_ALTERNATING, COL_CODEC_NONE, .found = NULL},
	{"block-float8", LANE, LANES_SPECIALS, 8, COL_ORDER_FLOAT8, 2500,
	 NULLS_RANDOM, COL_CODEC_ZSTD, .found = NULL},
	{"block-lz4-int8", LANE, LANES_OUTLIERS, 8, COL_ORDER_SIGNED, 3000,
	 NULLS_NONE, COL_CODEC_LZ4, .found = NULL},
	{"fixed-raw", FIXED, LANES_RANDOM, 12, COL_ORDER_NONE, 300, NULLS_RANDOM,
	 COL_CODEC_NONE, .found = NULL},
	{"fixed-dictionary", FIXED, LANES_FEW, 16, COL_ORDER_BYTES, 1100,
	 NULLS_SPARSE, COL_CODEC_LZ4, .found = NULL},
	{"fixed-constant", FIXED, LANES_CONSTANT, 6, COL_ORDER_BYTES, 70,
	 NULLS_NONE, COL_CODEC_NONE, .found = NULL},
	{"text-constant", IMAGE, IMAGES_CONSTANT, 0, COL_ORDER_BYTES, 1100,
	 NULLS_RANDOM, COL_CODEC_ZSTD, .found = NULL},
	{"text-empty", IMAGE, IMAGES_EMPTY, 0, COL_ORDER_BYTES, 3, NULLS_NONE,
	 COL_CODEC_NONE, .found = NULL},
	{"text-dictionary", IMAGE, IMAGES_FEW, 0, COL_ORDER_BYTES, 2100,
	 NULLS_VECTORS, COL_CODEC_NONE, .found = NULL},
	{"text-dictionary-zstd", IMAGE, IMAGES_PREFIXES, 0, COL_ORDER_BYTES, 1500,
	 NULLS_NONE, COL_CODEC_ZSTD, .found = NULL},
	{"text-mixed-headers", IMAGE, IMAGES_MIXED, 0, COL_ORDER_BYTES, 1200,
	 NULLS_SPARSE, COL_CODEC_LZ4, .found = NULL},
	{"text-raw", IMAGE, IMAGES_RANDOM, 0, COL_ORDER_BYTES, 400, NULLS_RANDOM,
	 COL_CODEC_NONE, .found = NULL},
	{"text-raw-long", IMAGE, IMAGES_TIES, 0, COL_ORDER_BYTES, 300, NULLS_SPARSE,
	 COL_CODEC_NONE, .found = NULL},
	{"text-zstd", IMAGE, IMAGES_TEXT, 0, COL_ORDER_BYTES, 1300, NULLS_RANDOM,
	 COL_CODEC_ZSTD, .found = NULL},
	{"text-lz4", IMAGE, IMAGES_TEXT, 0, COL_ORDER_NONE, 500, NULLS_NONE,
	 COL_CODEC_LZ4, .found = NULL},
	{"text-split", IMAGE, IMAGES_TEXT, 0, COL_ORDER_BYTES, 2600, NULLS_SPARSE,
	 COL_CODEC_LZ4, .found = NULL},
	{"sequence-int8", LANE, LANES_SEQUENCE, 8, COL_ORDER_SIGNED, 2500,
	 NULLS_NONE, COL_CODEC_NONE, .found = "sequence"},
	{"delta-int8", LANE, LANES_JITTER, 8, COL_ORDER_SIGNED, 2300, NULLS_NONE,
	 COL_CODEC_NONE, .found = "delta"},
	{"delta-int4", LANE, LANES_JITTER, 4, COL_ORDER_SIGNED, 1100, NULLS_SPARSE,
	 COL_CODEC_NONE, COL_ENCODE_DELTA, .found = "delta"},
	{"delta-patched-int2", LANE, LANES_CLOCK, 2, COL_ORDER_SIGNED, 2100,
	 NULLS_NONE, COL_CODEC_NONE, .found = "delta"},
	{"for-patched-int4", LANE, LANES_OUTLIERS, 4, COL_ORDER_SIGNED, 2600,
	 NULLS_RANDOM, COL_CODEC_NONE, COL_ENCODE_FOR, .found = "for"},
	{"bitmap", LANE, LANES_FLAGS, 1, COL_ORDER_UNSIGNED, 2100, NULLS_RANDOM,
	 COL_CODEC_NONE, .found = "bitmap"},
	{"planes-int4", LANE, LANES_MULTIPLES, 4, COL_ORDER_SIGNED, 2700,
	 NULLS_VECTORS, COL_CODEC_ZSTD, COL_ENCODE_BLOCK, .found = NULL},
	{"delta-planes-int8", LANE, LANES_JITTER, 8, COL_ORDER_SIGNED, 2700,
	 NULLS_NONE, COL_CODEC_ZSTD, COL_ENCODE_BLOCK, .found = "planes"},
	{"dictionary-int8", LANE, LANES_WIDE_FEW, 8, COL_ORDER_SIGNED, 3000,
	 NULLS_SPARSE, COL_CODEC_NONE, .found = "dictionary"},
	{"dictionary-float8", LANE, LANES_WIDE_FEW, 8, COL_ORDER_FLOAT8, 2000,
	 NULLS_NONE, COL_CODEC_ZSTD, COL_ENCODE_DICTIONARY, .found = "dictionary"},
	{"alp-float8", LANE, LANES_FLOATS, 8, COL_ORDER_FLOAT8, 2200, NULLS_RANDOM,
	 COL_CODEC_NONE, .found = "alp"},
	{"alp-float4", LANE, LANES_FLOATS, 4, COL_ORDER_FLOAT4, 1300, NULLS_NONE,
	 COL_CODEC_NONE, .found = "alp"},
	{"alp-zstd-float8", LANE, LANES_FLOATS, 8, COL_ORDER_FLOAT8, 2200,
	 NULLS_NONE, COL_CODEC_ZSTD, COL_ENCODE_DECIMAL, .found = "alp"},
	{"alp-binary-float8", LANE, LANES_BINARY, 8, COL_ORDER_FLOAT8, 1500,
	 NULLS_NONE, COL_CODEC_NONE, .found = "alp"},
	{"alp-binary-float4", LANE, LANES_BINARY, 4, COL_ORDER_FLOAT4, 1500,
	 NULLS_SPARSE, COL_CODEC_NONE, .found = "alp"},
	{"alp-rd-float8", LANE, LANES_MANTISSA, 8, COL_ORDER_FLOAT8, 2100,
	 NULLS_SPARSE, COL_CODEC_NONE, .found = "alp-rd"},
	{"alp-rd-float4", LANE, LANES_MANTISSA, 4, COL_ORDER_FLOAT4, 1100,
	 NULLS_NONE, COL_CODEC_NONE, .found = "alp-rd"},
	{"uuid", FIXED, LANES_UUIDS, 16, COL_ORDER_BYTES, 2100, NULLS_SPARSE,
	 COL_CODEC_NONE, .found = "split"},
	{"interval", FIXED, LANES_SMALL, 16, COL_ORDER_NONE, 1500, NULLS_NONE,
	 COL_CODEC_ZSTD, .found = NULL},
	{"numeric", IMAGE, IMAGES_NUMERIC, 0, COL_ORDER_NUMERIC, 2100, NULLS_RANDOM,
	 COL_CODEC_NONE, .found = "decimal"},
	{"numeric-zstd", IMAGE, IMAGES_NUMERIC, 0, COL_ORDER_NUMERIC, 2100,
	 NULLS_NONE, COL_CODEC_ZSTD, .found = "decimal"},
	{"numeric-mixed", IMAGE, IMAGES_NUMERICS, 0, COL_ORDER_NUMERIC, 2100,
	 NULLS_SPARSE, COL_CODEC_NONE, COL_ENCODE_DECIMAL, .found = NULL},
	{"text-fsst", IMAGE, IMAGES_TEXT, 0, COL_ORDER_BYTES, 2100, NULLS_RANDOM,
	 COL_CODEC_NONE, COL_ENCODE_FSST, .found = "fsst"},
	{"text-front-coded", IMAGE, IMAGES_MIXED, 0, COL_ORDER_BYTES, 2100,
	 NULLS_NONE, COL_CODEC_ZSTD, COL_ENCODE_DICTIONARY, .found = "dictionary"},
	{"text-others", IMAGE, IMAGES_MIXED, 0, COL_ORDER_BYTES, 2100, NULLS_SPARSE,
	 COL_CODEC_NONE, COL_ENCODE_DICTIONARY, 450, .found = "dictionary"},
	{"text-others-zstd", IMAGE, IMAGES_PREFIXES, 0, COL_ORDER_BYTES, 2100,
	 NULLS_SPARSE, COL_CODEC_ZSTD, COL_ENCODE_DICTIONARY, 70, .found = NULL},
	{"directories-zstd", LANE, LANES_SMALL, 4, COL_ORDER_SIGNED, 20000,
	 NULLS_SPARSE, COL_CODEC_ZSTD, .found = NULL},
	{"alp-patched-float8", LANE, LANES_ODD_FLOATS, 8, COL_ORDER_FLOAT8, 2200,
	 NULLS_SPARSE, COL_CODEC_NONE, .found = "alp"},
	{"alp-patched-float4", LANE, LANES_ODD_FLOATS, 4, COL_ORDER_FLOAT4, 1300,
	 NULLS_NONE, COL_CODEC_ZSTD, COL_ENCODE_DECIMAL, .found = "alp"},
	{"text-prefix-zstd", IMAGE, IMAGES_PREFIXES, 0, COL_ORDER_BYTES, 27000,
	 NULLS_NONE, COL_CODEC_ZSTD, COL_ENCODE_BLOCK, .found = NULL},
	{"numeric-scales", IMAGE, IMAGES_SCALES, 0, COL_ORDER_NUMERIC, 2300,
	 NULLS_SPARSE, COL_CODEC_NONE, COL_ENCODE_DECIMAL, .found = "decimal"},
	{"numeric-scales-zstd", IMAGE, IMAGES_SCALES, 0, COL_ORDER_NUMERIC, 1100,
	 NULLS_NONE, COL_CODEC_ZSTD, COL_ENCODE_DECIMAL, .found = "decimal"},
	{NULL, LANE, 0, 0, COL_ORDER_NONE, 0, NULLS_NONE, COL_CODEC_NONE,
	 .found = NULL}};

/* The case that a column was made for last. */
static const ColColumn *case_column;
static TestChunkCase case_chunk;

void
test_chunk_column(const TestChunkCase *chunk, TestColumn *test)
{
	case_column = &test->column;
	case_chunk = *chunk;
	test_seed(chunk->n_rows * 31 + (uint64_t) chunk->shape);
	switch (chunk->phys)
	{
		case COL_PHYS_LANE:
			test_column_lanes(test, (LaneShape) chunk->shape,
							  chunk->value_bytes, chunk->order, chunk->n_rows,
							  chunk->nulls);
			break;
		case COL_PHYS_FIXED:
			test_column_fixed(test, (LaneShape) chunk->shape,
							  chunk->value_bytes, chunk->order, chunk->n_rows,
							  chunk->nulls);
			break;
		case COL_PHYS_IMAGE:
			test_column_images(test, (ImageShape) chunk->shape, chunk->order,
							   chunk->n_rows, chunk->nulls);
			break;
		case COL_PHYS_DECIMAL: /* of vectors only */
			break;
	}
}

bool
test_chunk_encode(const ColColumn *column, ColBlockCodec codec,
				  const ColAllocator *allocator, ColBuffer *out, ColZone *zone)
{
	ColEncodeOptions options = {.codec = codec, .level = 3};
	ColZone unused;

	if (column == case_column && column->n_rows == case_chunk.n_rows &&
		column->phys == case_chunk.phys && column->order == case_chunk.order)
	{
		options.encoding = case_chunk.encoding;
		options.dictionary_entries = case_chunk.dictionary_entries;
	}
	col_buffer_init(out, allocator);
	return CHECK(col_chunk_encode(column, &options, test_codecs(), allocator,
								  out, zone ? zone : &unused, NULL) == COL_OK);
}

/* The checksum of a range at field, if both lie within the chunk. */
static void
fix_crc(uint8_t *bytes, uint64_t n_bytes, uint64_t offset_bytes,
		uint64_t range_bytes, uint64_t field)
{
	if (offset_bytes > n_bytes || range_bytes > n_bytes - offset_bytes ||
		field > n_bytes || n_bytes - field < 4)
		return;
	col_store_u32(bytes + field, simd_kernels_scalar()->crc32c(
									 0, bytes + offset_bytes, range_bytes));
}

static void
fix_vectors(uint8_t *bytes, uint64_t n_bytes, const ChunkHeader *header)
{
	uint64_t at = header->vectors_offset_bytes;
	uint32_t v;

	for (v = 0; v < header->n_vectors * header->n_streams;
		 v++, at += sizeof(ChunkVector))
	{
		ChunkVector entry;

		if (at > n_bytes || n_bytes - at < sizeof(entry))
			return;
		memcpy(&entry, bytes + at, sizeof(entry));
		if (header->codec == COL_CODEC_NONE && entry.bytes > 0)
			fix_crc(bytes, n_bytes,
					(uint64_t) header->payload_offset_bytes +
						entry.offset_bytes,
					entry.bytes, at + offsetof(ChunkVector, crc));
	}
}

static void
fix_blocks(uint8_t *bytes, uint64_t n_bytes, const ChunkHeader *header)
{
	uint64_t at = header->blocks_offset_bytes;
	uint32_t b;

	for (b = 0; b < header->n_blocks; b++, at += sizeof(ChunkBlock))
	{
		ChunkBlock block;

		if (at > n_bytes || n_bytes - at < sizeof(block))
			return;
		memcpy(&block, bytes + at, sizeof(block));
		fix_crc(bytes, n_bytes,
				header->payload_offset_bytes + block.offset_bytes,
				block.stored_bytes, at + offsetof(ChunkBlock, crc));
	}
}

void
test_chunk_checksums(uint8_t *bytes, uint64_t n_bytes)
{
	const SimdKernels *kernels = simd_kernels_scalar();
	ChunkHeader header;
	uint64_t head_bytes;
	uint32_t crc;

	if (n_bytes < sizeof(header))
		return;
	memcpy(&header, bytes, sizeof(header));
	fix_crc(bytes, n_bytes, header.validity_offset_bytes, header.validity_bytes,
			offsetof(ChunkHeader, validity_crc));
	fix_crc(bytes, n_bytes, header.dictionary_offset_bytes,
			header.dictionary_bytes, offsetof(ChunkHeader, dictionary_crc));
	/* compressed directories cannot be changed in place */
	if (header.directories_bytes == 0)
	{
		fix_vectors(bytes, n_bytes, &header);
		fix_blocks(bytes, n_bytes, &header);
	}
	head_bytes = header.validity_offset_bytes;
	if (head_bytes < sizeof(header) || head_bytes > n_bytes)
		return;
	crc = kernels->crc32c(0, bytes, offsetof(ChunkHeader, head_crc));
	crc = kernels->crc32c(crc, bytes + sizeof(header),
						  head_bytes - sizeof(header));
	col_store_u32(bytes + offsetof(ChunkHeader, head_crc), crc);
}

/* What is read of damaged chunks: more memory is not given. */
#define READ_MEMORY_BYTES (32 * 1024 * 1024)

/* What the engine relies on: as many NULLs as said, no bits behind the rows. */
static bool
validity_fits(const ColVector *vector)
{
	uint32_t n_valid = 0;
	uint32_t word;

	if (vector->validity == NULL)
		return vector->n_nulls == 0;
	for (word = 0; word < COL_VECTOR_WORDS; word++)
	{
		uint64_t bits = vector->validity[word];
		uint32_t first = word * 64;

		n_valid += (uint32_t) __builtin_popcountll(bits);
		if (first + 64 > vector->n_rows && bits != 0 &&
			(first >= vector->n_rows || bits >> (vector->n_rows - first) != 0))
			return false;
	}
	return n_valid + vector->n_nulls == vector->n_rows;
}

/*
 * Reads all bytes of values first .. end - 1, so that a sanitizer sees them, and
 * makes a number of each in hashes, of NULLs 0.
 */
static void
hash_values(const ColVector *vector, uint32_t first, uint32_t end,
			uint64_t *hashes)
{
	uint32_t row;

	for (row = first; row < end; row++)
	{
		const uint8_t *value = col_vector_value(vector, row);
		uint32_t n_bytes = vector->phys == COL_PHYS_IMAGE
							   ? col_image_bytes(value)
							   : vector->stride_bytes;
		uint64_t hash = n_bytes;
		uint32_t i;

		CHECK(vector->kind != COL_VECTOR_DICTIONARY ||
			  vector->codes[row] < vector->n_dictionary);
		for (i = 0; i + 8 <= n_bytes; i += 8)
			hash =
				(hash ^ col_load_u64(value + i)) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= col_load_uint(value + i, n_bytes - i);
		hashes[row] = col_vector_is_null(vector, row)
						  ? 0
						  : (hash * UINT64_C(0x9e3779b97f4a7c15) | 1);
	}
}

/*
 * The part of vector v in which a row of it is.  It must be what the whole
 * vector, of which hashes are, has there; NULL: that could not be read.
 */
static ColStatus
read_part(ColChunkReader *reader, uint32_t v, uint32_t row,
		  const uint64_t *hashes, ColError *error)
{
	uint64_t found[COL_VECTOR_ROWS];
	ColVector vector;
	uint32_t first;
	uint32_t end;
	ColStatus status = col_chunk_read_part(reader, v * COL_VECTOR_ROWS + row,
										   &vector, &first, &end, error);

	if (status != COL_OK ||
		!CHECK(first <= row && row < end && end <= vector.n_rows))
		return status;
	hash_values(&vector, first, end, found);
	CHECK(hashes == NULL || memcmp(found + first, hashes + first,
								   (end - first) * sizeof(uint64_t)) == 0);
	return status;
}

/* As test_vector_equals, without failing the test. */
static bool
vector_same(const ColColumn *column, uint32_t v, const ColVector *vector)
{
	uint32_t row;

	for (row = 0; row < vector->n_rows; row++)
	{
		uint32_t at = v * COL_VECTOR_ROWS + row;
		const uint8_t *found = col_vector_value(vector, row);
		const uint8_t *image;
		bool is_null =
			column->validity && (column->validity[at / 64] >> at % 64 & 1) == 0;

		if (is_null != col_vector_is_null(vector, row))
			return false;
		if (is_null)
			continue;
		if (column->phys != COL_PHYS_IMAGE)
		{
			if (memcmp(found, column->values + at * column->value_bytes,
					   column->value_bytes) != 0)
				return false;
			continue;
		}
		image = column->heap + column->offsets[at];
		if (col_image_payload_bytes(image) != col_image_payload_bytes(found) ||
			memcmp(col_image_payload(image), col_image_payload(found),
				   col_image_payload_bytes(image)) != 0)
			return false;
	}
	return true;
}

/* Vector v, and parts of it: of its first row, its last, and one between. */
static ColStatus
read_vector(ColChunkReader *reader, uint32_t v, uint32_t n_rows,
			const ColColumn *equals, bool *same, ColError *error)
{
	uint32_t rows[3] = {0, v * 397 % COL_VECTOR_ROWS % n_rows, n_rows - 1};
	uint64_t hashes[COL_VECTOR_ROWS];
	ColVector vector;
	ColStatus status = col_chunk_read(reader, v, &vector, error);
	bool whole = status == COL_OK;
	ColZone zone;
	int i;

	col_chunk_vector_zone(reader, v, &zone);
	CHECK(zone.n_rows == n_rows && zone.n_nulls <= n_rows);
	if (whole)
	{
		CHECK(vector.n_rows == n_rows && validity_fits(&vector));
		hash_values(&vector, 0, n_rows, hashes);
		if (equals && !vector_same(equals, v, &vector))
			*same = false;
	}
	for (i = 0; i < 3; i++)
	{
		ColStatus part_status =
			read_part(reader, v, rows[i], whole ? hashes : NULL, error);

		CHECK(!whole || part_status == COL_OK || part_status == COL_NO_MEMORY);
		if (whole && status == COL_OK)
			status = part_status;
	}
	return status;
}

ColStatus
test_chunk_read_all(const uint8_t *bytes, uint64_t n_bytes,
					const ColColumn *expected, const ColColumn *equals,
					bool *same, ColError *error)
{
	TestMemory memory;
	TestBytes stored;
	ColSource source;
	ColChunkReader *reader;
	ColStatus status;
	ColChunkInfo info;
	uint32_t v;

	*same = true;
	test_memory_init(&memory);
	memory.max_bytes = READ_MEMORY_BYTES;
	test_source(&stored, bytes, n_bytes, &source);
	status = col_chunk_open(&source, expected->n_rows, expected->phys,
							expected->value_bytes, test_codecs(),
							&memory.allocator, &reader, error);
	if (status == COL_OK)
	{
		col_chunk_info(reader, &info);
		CHECK(info.encoding && info.encoding[0] != '\0');
		CHECK(info.codec && info.codec[0] != '\0');
	}
	for (v = 0; status == COL_OK && v * COL_VECTOR_ROWS < expected->n_rows; v++)
		status = read_vector(reader, v, col_vector_rows(expected->n_rows, v),
							 equals, same, error);
	if (status == COL_OK)
		status = col_chunk_check_gaps(reader, error);
	col_chunk_close(reader);
	CHECK(memory.n_live == 0);
	return status;
}
