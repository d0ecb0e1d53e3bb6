/*
 * mutate.c - damage to chunks that reaches the decoders; see mutate.h.
 */
#include "test/unit/mutate.h"

#include <lz4.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include "src/base/bytes.h"
#include "test/unit/harness.h"

/* Blocks that unpack to more are left alone. */
#define REPACK_BYTES_MAX (4 * 1024 * 1024)

/* ---- taking apart and putting together ---- */

static bool
piece_take(TestPiece *piece, const uint8_t *bytes, size_t n_bytes,
		   uint64_t offset_bytes, uint64_t piece_bytes)
{
	if (offset_bytes > n_bytes || piece_bytes > n_bytes - offset_bytes)
		return false;
	piece->n_bytes = (uint32_t) piece_bytes;
	piece->bytes = malloc(piece_bytes + 1);
	memcpy(piece->bytes, bytes + offset_bytes, piece_bytes);
	return true;
}

static void
piece_free(TestPiece *piece)
{
	free(piece->bytes);
	piece->bytes = NULL;
	piece->n_bytes = 0;
}

/* n_bytes of the piece from at on become n_new, what is new being random. */
static void
piece_resize(TestPiece *piece, uint32_t at, uint32_t n_bytes, uint32_t n_new)
{
	uint32_t behind = piece->n_bytes - at - n_bytes;
	uint32_t i;

	piece->bytes = realloc(piece->bytes, piece->n_bytes + n_new + 1);
	memmove(piece->bytes + at + n_new, piece->bytes + at + n_bytes, behind);
	for (i = n_bytes; i < n_new; i++)
		piece->bytes[at + i] = (uint8_t) test_random();
	piece->n_bytes = at + n_new + behind;
}

/* The entries of a directory; NULL: they are not within the chunk. */
static void *
directory_take(const uint8_t *bytes, size_t n_bytes, uint32_t offset_bytes,
			   uint32_t n_entries, size_t entry_bytes)
{
	TestPiece piece;

	if (!piece_take(&piece, bytes, n_bytes, offset_bytes,
					n_entries * (uint64_t) entry_bytes))
		return NULL;
	return piece.bytes;
}

static bool
payload_take(TestParts *parts, const uint8_t *bytes, size_t n_bytes)
{
	const ChunkHeader *header = &parts->header;
	uint32_t i;

	parts->n_payload =
		header->n_blocks > 0 ? header->n_blocks : parts->n_entries;
	parts->payload = calloc(parts->n_payload + 1, sizeof(TestPiece));
	for (i = 0; i < parts->n_payload; i++)
	{
		uint64_t offset_bytes = header->payload_offset_bytes;
		uint64_t piece_bytes;

		if (header->n_blocks > 0)
		{
			offset_bytes += parts->blocks[i].offset_bytes % n_bytes;
			piece_bytes = parts->blocks[i].stored_bytes;
		}
		else
		{
			offset_bytes += parts->vectors[i].offset_bytes;
			piece_bytes = parts->vectors[i].bytes;
		}
		if (!piece_take(&parts->payload[i], bytes, n_bytes, offset_bytes,
						piece_bytes))
			return false;
	}
	return true;
}

bool
test_parts_take(TestParts *parts, const uint8_t *bytes, size_t n_bytes)
{
	const ChunkHeader *header = &parts->header;

	memset(parts, 0, sizeof(*parts));
	if (n_bytes < sizeof(ChunkHeader))
		return false;
	memcpy(&parts->header, bytes, sizeof(ChunkHeader));
	if (header->directories_bytes > 0 || header->n_streams == 0 ||
		header->n_streams > CHUNK_STREAMS_MAX || header->n_vectors > n_bytes)
		return false;
	parts->n_streams = header->n_streams;
	parts->n_entries = header->n_vectors * header->n_streams;
	parts->vectors =
		directory_take(bytes, n_bytes, header->vectors_offset_bytes,
					   parts->n_entries, sizeof(ChunkVector));
	parts->blocks = directory_take(bytes, n_bytes, header->blocks_offset_bytes,
								   header->n_blocks, sizeof(ChunkBlock));
	if (parts->vectors && parts->blocks &&
		piece_take(&parts->validity, bytes, n_bytes,
				   header->validity_offset_bytes, header->validity_bytes) &&
		piece_take(&parts->dictionary, bytes, n_bytes,
				   header->dictionary_offset_bytes, header->dictionary_bytes) &&
		payload_take(parts, bytes, n_bytes))
		return true;
	test_parts_free(parts);
	return false;
}

void
test_parts_free(TestParts *parts)
{
	uint32_t i;

	for (i = 0; parts->payload && i < parts->n_payload; i++)
		piece_free(&parts->payload[i]);
	free(parts->payload);
	free(parts->vectors);
	free(parts->blocks);
	piece_free(&parts->validity);
	piece_free(&parts->dictionary);
	memset(parts, 0, sizeof(*parts));
}

/* Number i of what lies in the payload: a block, or the streams of vector after vector. */
static uint32_t
payload_entry(const TestParts *parts, uint32_t i)
{
	if (parts->header.n_blocks > 0 || parts->n_entries == 0)
		return i;
	return i % parts->n_streams * (parts->n_entries / parts->n_streams) +
		   i / parts->n_streams;
}

/* Where everything comes to lie; the bytes of the chunk. */
static uint64_t
parts_lay_out(TestParts *parts)
{
	ChunkHeader *header = &parts->header;
	uint64_t at = sizeof(ChunkHeader);
	uint64_t payload_bytes = 0;
	uint32_t n;

	header->vectors_offset_bytes = (uint32_t) at;
	header->vectors_bytes = parts->n_entries * (uint32_t) sizeof(ChunkVector);
	at += header->vectors_bytes;
	header->blocks_offset_bytes = (uint32_t) at;
	header->blocks_bytes = header->n_blocks * (uint32_t) sizeof(ChunkBlock);
	at += header->blocks_bytes;
	header->validity_offset_bytes = (uint32_t) at;
	header->validity_bytes = parts->validity.n_bytes;
	at += header->validity_bytes;
	header->dictionary_offset_bytes = (uint32_t) at;
	header->dictionary_bytes = parts->dictionary.n_bytes;
	at = col_align_up(at + header->dictionary_bytes, CHUNK_ALIGN_BYTES);
	header->payload_offset_bytes = (uint32_t) at;
	for (n = 0; n < parts->n_payload; n++)
	{
		uint32_t i = payload_entry(parts, n);
		uint32_t piece_bytes = parts->payload[i].n_bytes;

		if (header->n_blocks > 0)
		{
			parts->blocks[i].offset_bytes = payload_bytes;
			parts->blocks[i].stored_bytes = piece_bytes;
		}
		else
		{
			if (piece_bytes > 0)
				payload_bytes = col_align_up(payload_bytes, CHUNK_ALIGN_BYTES);
			parts->vectors[i].offset_bytes =
				piece_bytes > 0 ? (uint32_t) payload_bytes : 0;
			parts->vectors[i].bytes = piece_bytes;
		}
		payload_bytes += piece_bytes;
	}
	header->payload_bytes = payload_bytes;
	header->chunk_bytes = at + payload_bytes;
	return header->chunk_bytes;
}

size_t
test_parts_put(TestParts *parts, uint8_t *bytes, size_t capacity)
{
	const ChunkHeader *header = &parts->header;
	uint64_t n_bytes = parts_lay_out(parts);
	uint32_t i;

	if (n_bytes > capacity)
		return 0;
	memset(bytes, 0, n_bytes);
	memcpy(bytes, header, sizeof(*header));
	memcpy(bytes + header->vectors_offset_bytes, parts->vectors,
		   header->vectors_bytes);
	memcpy(bytes + header->blocks_offset_bytes, parts->blocks,
		   header->blocks_bytes);
	memcpy(bytes + header->validity_offset_bytes, parts->validity.bytes,
		   header->validity_bytes);
	memcpy(bytes + header->dictionary_offset_bytes, parts->dictionary.bytes,
		   header->dictionary_bytes);
	for (i = 0; i < parts->n_payload; i++)
	{
		uint64_t offset_bytes = header->n_blocks > 0
									? parts->blocks[i].offset_bytes
									: parts->vectors[i].offset_bytes;

		memcpy(bytes + header->payload_offset_bytes + offset_bytes,
			   parts->payload[i].bytes, parts->payload[i].n_bytes);
	}
	test_chunk_checksums(bytes, n_bytes);
	return n_bytes;
}

/* ---- bytes and numbers ---- */

static uint64_t
mutated_number(uint64_t number, uint32_t n_bits)
{
	static const uint64_t edges[] = {0,
									 1,
									 7,
									 8,
									 9,
									 63,
									 64,
									 65,
									 127,
									 128,
									 255,
									 256,
									 1023,
									 1024,
									 1025,
									 0x7fff,
									 0x8000,
									 0xffff,
									 0x10000,
									 0x1ffff,
									 0x20000,
									 0x7fffffff,
									 0x80000000,
									 0xfffffff8,
									 0xffffffff,
									 UINT64_C(0x7fffffffffffffff),
									 UINT64_C(0x8000000000000000),
									 UINT64_MAX};

	switch (test_below(8))
	{
		case 0:
			return number + 1;
		case 1:
			return number - 1;
		case 2:
			return edges[test_below(sizeof(edges) / sizeof(edges[0]))];
		case 3:
			return test_random();
		case 4:
			return test_below(64);
		case 5:
			return ~number;
		case 6:
			return test_below(2) ? number << 1 : number >> 1;
		default:
			return number ^ UINT64_C(1) << test_below(n_bits);
	}
}

static void
mutate_number(uint8_t *at, uint32_t n_bytes)
{
	uint64_t number = mutated_number(col_load_uint(at, n_bytes), 8 * n_bytes);

	memcpy(at, &number, n_bytes);
}

/* A field of a struct of struct_bytes, which are a multiple of 8. */
static void
mutate_field(void *fields, size_t struct_bytes)
{
	uint32_t n_bytes = 1U << test_below(4);
	size_t at = test_below(struct_bytes / n_bytes) * n_bytes;

	mutate_number((uint8_t *) fields + at, n_bytes);
}

static void
mutate_range(uint8_t *bytes, size_t n_bytes)
{
	size_t longest = n_bytes < 64 || test_below(8) == 0 ? n_bytes : 64;
	size_t n_range = 1 + test_below(longest);
	uint8_t *to = bytes + test_below(n_bytes - n_range + 1);
	uint8_t *from = bytes + test_below(n_bytes - n_range + 1);
	size_t i;

	switch (test_below(4))
	{
		case 0:
			memset(to, test_below(2) ? 0 : 0xff, n_range);
			break;
		case 1:
			memmove(to, from, n_range);
			break;
		case 2:
			for (i = 0; i < n_range; i++)
				to[i] = (uint8_t) test_random();
			break;
		default:
			for (i = 0; i < n_range; i++)
			{
				uint8_t byte = to[i];

				to[i] = from[i];
				from[i] = byte;
			}
			break;
	}
}

void
test_mutate_bytes(uint8_t *bytes, size_t n_bytes)
{
	int n = test_below(3) == 0 ? 1 + (int) test_below(6) : 1;

	for (; n > 0 && n_bytes > 0; n--)
	{
		uint32_t number_bytes = 1U << test_below(4);

		if (test_below(4) == 0)
			mutate_range(bytes, n_bytes);
		else if (number_bytes <= n_bytes)
			mutate_number(bytes + test_below(n_bytes - number_bytes + 1),
						  number_bytes);
	}
}

/* The bytes of a piece, and at times their number. */
static void
mutate_piece(TestPiece *piece)
{
	uint32_t longest = test_below(4) == 0 ? piece->n_bytes + 1 : 17;
	uint32_t n_bytes = (uint32_t) test_below(longest);
	uint32_t n_new = (uint32_t) test_below(17);

	if (test_below(3) > 0)
	{
		test_mutate_bytes(piece->bytes, piece->n_bytes);
		return;
	}
	if (n_bytes > piece->n_bytes)
		n_bytes = piece->n_bytes;
	piece_resize(piece, (uint32_t) test_below(piece->n_bytes - n_bytes + 1),
				 n_bytes, test_below(2) ? n_new : 0);
}

/* ---- compressed pieces ---- */

/* The raw bytes of a stored piece; false: it does not unpack to raw_bytes. */
static bool
unpack(uint8_t codec, const TestPiece *stored, uint32_t raw_bytes,
	   TestPiece *raw)
{
	size_t n_bytes;

	if (raw_bytes > REPACK_BYTES_MAX || raw_bytes <= stored->n_bytes)
		return false;
	raw->bytes = malloc((size_t) raw_bytes + 1);
	raw->n_bytes = raw_bytes;
	if (codec == COL_CODEC_ZSTD)
		n_bytes = ZSTD_decompress(raw->bytes, raw_bytes, stored->bytes,
								  stored->n_bytes);
	else
		n_bytes = (size_t) LZ4_decompress_safe(
			(const char *) stored->bytes, (char *) raw->bytes,
			(int) stored->n_bytes, (int) raw_bytes);
	if (n_bytes != raw_bytes)
		piece_free(raw);
	return n_bytes == raw_bytes;
}

/* Stored as they are if they do not shrink. */
static void
pack(uint8_t codec, const TestPiece *raw, TestPiece *stored)
{
	size_t capacity = raw->n_bytes > 0 ? raw->n_bytes - 1 : 0;
	size_t n_bytes;

	stored->bytes = realloc(stored->bytes, raw->n_bytes + 1);
	if (codec == COL_CODEC_ZSTD)
	{
		n_bytes =
			ZSTD_compress(stored->bytes, capacity, raw->bytes, raw->n_bytes, 1);
		if (ZSTD_isError(n_bytes))
			n_bytes = 0;
	}
	else
		n_bytes = (size_t) LZ4_compress_default(
			(const char *) raw->bytes, (char *) stored->bytes,
			(int) raw->n_bytes, (int) capacity);
	if (n_bytes == 0)
		memcpy(stored->bytes, raw->bytes, raw->n_bytes);
	stored->n_bytes = n_bytes > 0 ? (uint32_t) n_bytes : raw->n_bytes;
}

/* Damages what a stored piece holds; *raw_bytes may change with resize. */
static void
mutate_stored(uint8_t codec, TestPiece *stored, uint32_t *raw_bytes,
			  bool resize)
{
	TestPiece raw;

	if (codec == COL_CODEC_NONE || test_below(8) == 0 ||
		!unpack(codec, stored, *raw_bytes, &raw))
	{
		bool is_raw = *raw_bytes == stored->n_bytes;

		if (resize)
			mutate_piece(stored);
		else
			test_mutate_bytes(stored->bytes, stored->n_bytes);
		if (is_raw)
			*raw_bytes = stored->n_bytes;
		return;
	}
	if (resize)
		mutate_piece(&raw);
	else
		test_mutate_bytes(raw.bytes, raw.n_bytes);
	*raw_bytes = raw.n_bytes;
	pack(codec, &raw, stored);
	piece_free(&raw);
}

/* ---- chunks ---- */

static void
mutate_payload(TestParts *parts)
{
	uint32_t i;

	if (parts->n_payload == 0)
		return;
	i = (uint32_t) test_below(parts->n_payload);
	if (parts->header.n_blocks > 0)
		mutate_stored(parts->header.codec, &parts->payload[i],
					  &parts->blocks[i].raw_bytes, test_below(8) == 0);
	else
		mutate_piece(&parts->payload[i]);
}

/* Two vectors, or two blocks, change places. */
static void
swap_payload(TestParts *parts)
{
	uint32_t i;
	uint32_t j;
	TestPiece piece;

	if (parts->n_payload == 0)
		return;
	i = (uint32_t) test_below(parts->n_payload);
	j = (uint32_t) test_below(parts->n_payload);
	piece = parts->payload[i];
	parts->payload[i] = parts->payload[j];
	parts->payload[j] = piece;
	if (parts->header.n_blocks > 0)
	{
		ChunkBlock block = parts->blocks[i];

		parts->blocks[i] = parts->blocks[j];
		parts->blocks[j] = block;
	}
	else if (test_below(4) > 0)
	{
		ChunkVector vector = parts->vectors[i];

		parts->vectors[i] = parts->vectors[j];
		parts->vectors[j] = vector;
	}
}

static void
copy_piece(TestPiece *to, const TestPiece *from)
{
	TestPiece copy;

	piece_take(&copy, from->bytes, from->n_bytes, 0, from->n_bytes);
	piece_free(to);
	*to = copy;
}

/* A vector, a block, or a section of another chunk instead of an own one. */
static void
splice(TestParts *parts, const uint8_t *other, size_t n_other)
{
	TestParts from;
	uint32_t i;
	uint32_t j;

	if (other == NULL || !test_parts_take(&from, other, n_other))
		return;
	if (test_below(4) == 0)
	{
		copy_piece(&parts->dictionary, &from.dictionary);
		parts->header.dictionary_codec = from.header.dictionary_codec;
		parts->header.dictionary_raw_bytes = from.header.dictionary_raw_bytes;
		parts->header.n_dictionary = from.header.n_dictionary;
	}
	else if (test_below(8) == 0)
		copy_piece(&parts->validity, &from.validity);
	else if (parts->n_payload > 0 && from.n_payload > 0 &&
			 (parts->header.n_blocks > 0) == (from.header.n_blocks > 0))
	{
		i = (uint32_t) test_below(parts->n_payload);
		j = (uint32_t) test_below(from.n_payload);
		copy_piece(&parts->payload[i], &from.payload[j]);
		if (parts->header.n_blocks > 0)
			parts->blocks[i].raw_bytes = from.blocks[j].raw_bytes;
		else if (test_below(4) > 0)
		{
			uint16_t nulls = parts->vectors[i].nulls;

			parts->vectors[i] = from.vectors[j];
			parts->vectors[i].nulls = nulls;
		}
	}
	test_parts_free(&from);
}

static void
mutate_parts(TestParts *parts, const uint8_t *other, size_t n_other)
{
	ChunkHeader *header = &parts->header;

	switch (test_below(10))
	{
		case 0:
			mutate_field(&parts->header, sizeof(ChunkHeader));
			break;
		case 1:
		case 2:
			if (parts->n_entries > 0)
				mutate_field(&parts->vectors[test_below(parts->n_entries)],
							 sizeof(ChunkVector));
			break;
		case 3:
			if (header->n_blocks > 0)
				mutate_field(&parts->blocks[test_below(header->n_blocks)],
							 sizeof(ChunkBlock));
			break;
		case 4:
			test_mutate_bytes(parts->validity.bytes, parts->validity.n_bytes);
			break;
		case 5:
			mutate_stored(header->dictionary_codec, &parts->dictionary,
						  &header->dictionary_raw_bytes, true);
			break;
		case 6:
			swap_payload(parts);
			break;
		case 7:
			splice(parts, other, n_other);
			break;
		default:
			mutate_payload(parts);
			break;
	}
}

/* Any byte of the chunk, or its end, the header saying so. */
static size_t
mutate_whole(uint8_t *bytes, size_t n_bytes)
{
	ChunkHeader header;

	if (n_bytes < sizeof(header) || test_below(4) > 0)
		test_mutate_bytes(bytes, n_bytes);
	else
	{
		n_bytes = sizeof(header) + test_below(n_bytes - sizeof(header) + 1);
		memcpy(&header, bytes, sizeof(header));
		header.chunk_bytes = n_bytes;
		if (n_bytes >= header.payload_offset_bytes)
			header.payload_bytes = n_bytes - header.payload_offset_bytes;
		memcpy(bytes, &header, sizeof(header));
	}
	test_chunk_checksums(bytes, n_bytes);
	return n_bytes;
}

size_t
test_mutate_chunk(uint8_t *bytes, size_t n_bytes, size_t capacity,
				  const uint8_t *other, size_t n_other)
{
	TestParts parts;
	size_t n_new;
	int n;

	if (test_below(6) == 0 || !test_parts_take(&parts, bytes, n_bytes))
		return mutate_whole(bytes, n_bytes);
	for (n = test_below(3) == 0 ? 3 : 1; n > 0; n--)
	{
		uint32_t n_vectors = parts.header.n_vectors;
		uint32_t n_blocks = parts.header.n_blocks;

		mutate_parts(&parts, other, n_other);
		/* how much there is of what was taken is not for changing */
		parts.header.n_vectors = n_vectors;
		parts.header.n_blocks = n_blocks;
	}
	n_new = test_parts_put(&parts, bytes, capacity);
	test_parts_free(&parts);
	return n_new > 0 ? n_new : mutate_whole(bytes, n_bytes);
}

size_t
test_random_chunk(ColPhys phys, uint8_t *bytes, size_t capacity)
{
	static const uint32_t row_counts[] = {1, 2, 63, 64, 65, 1023, 1024, 1025};
	uint64_t seed = test_random();
	TestChunkCase chunk;
	TestMemory memory;
	TestColumn column;
	ColBuffer out;
	size_t n_bytes;
	uint32_t n_cases = 0;

	while (test_chunk_cases[n_cases].name)
		n_cases++;
	do
		chunk = test_chunk_cases[test_below(n_cases)];
	while (chunk.phys != phys);
	if (test_below(2))
		chunk.n_rows = test_below(2) ? row_counts[test_below(8)]
									 : 1 + (uint32_t) test_below(3000);
	if (test_below(2))
		chunk.nulls = (NullPattern) test_below(NULL_PATTERNS);
	if (test_below(2))
		chunk.codec = (ColBlockCodec) test_below(COL_CODEC_ZSTD + 1);
	if (test_below(4) == 0)
		chunk.encoding = (uint8_t) test_below(COL_ENCODE_BLOCK + 1);
	if (test_below(4) == 0 && phys == COL_PHYS_LANE)
		chunk.shape = (int) test_below(LANE_SHAPES);
	if (test_below(2) && phys == COL_PHYS_FIXED)
		chunk.value_bytes = 1 + (uint16_t) test_below(70);
	test_memory_init(&memory);
	test_chunk_column(&chunk, &column);
	test_chunk_encode(&column.column, chunk.codec, &memory.allocator, &out,
					  NULL);
	n_bytes = out.used_bytes <= capacity ? out.used_bytes : 0;
	memcpy(bytes, out.data, n_bytes);
	col_buffer_free(&out);
	test_column_free(&column);
	test_seed(seed);
	return n_bytes;
}
