/*
 * encoding_reader.c - a chunk opened, and its vectors decoded one at a time:
 *
 *   col_chunk_open  header and directories, checked as a whole (encoding_head.c)
 *   col_chunk_read  validity, dictionary at first use -> the vector's bytes or
 *                   its block -> lanes_decode, images or values
 *
 * Invariants (numbers of README.md):
 *   E3 bytes are used only after their checksum and every offset, count and
 *      code in them was checked
 *   E5 reading a vector reads its own bytes or block, nothing of other vectors
 *   E6 what a ColVector points to stays until the next read
 *
 * A source's read may leave by a long jump: state is changed only after it.
 *
 * Memory: all from the reader's allocator; the arena holds what lives as long
 * as the reader, the buffers what changes from vector to vector.
 */
#include "src/encoding/encoding.h"

#include "simd/simd.h"
#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/encoding/decimal.h"
#include "src/encoding/encoding_internal.h"
#include "src/encoding/encoding_reader.h"

#define NO_BLOCK UINT32_MAX
#define NO_VECTOR UINT32_MAX

/* After this many single rows of a vector, all of it is decoded. */
#define ONES_MAX 16

static const uint64_t no_rows_valid[COL_VECTOR_WORDS];
static const uint8_t *const empty_images[1] = {col_empty_image};

ColStatus
col_reader_no_memory(ColError *error)
{
	return col_error(error, COL_NO_MEMORY,
					 "out of memory for reading a column chunk", 0, 0);
}

/* Reads a section into buffer, which it replaces, and checks its CRC. */
static ColStatus
reader_fetch(ColChunkReader *reader, ColBuffer *buffer, uint64_t offset_bytes,
			 uint32_t n_bytes, uint32_t crc, const char *what, ColError *error)
{
	uint8_t *room;
	ColStatus status;
	uint32_t found;

	if (buffer == &reader->stored)
		reader->vector = NO_VECTOR;
	col_buffer_reset(buffer);
	room = col_buffer_reserve(buffer, n_bytes);
	if (room == NULL)
		return col_reader_no_memory(error);
	col_assert(offset_bytes + n_bytes <= reader->source.chunk_bytes);
	status = reader->source.read(reader->source.context, offset_bytes, n_bytes,
								 room);
	if (status != COL_OK)
		return col_error(error, status, "a column chunk cannot be read",
						 offset_bytes, n_bytes);
	found = reader->kernels->crc32c(0, room, n_bytes);
	if (found != crc)
		return col_error(error, COL_CORRUPT, what, found, crc); /* E3 */
	buffer->used_bytes = n_bytes;
	return COL_OK;
}

/* The header and both directories. */
static ColStatus
reader_read_head(ColChunkReader *reader, const ChunkExpected *expected,
				 ColError *error)
{
	const ColSource *source = &reader->source;
	uint64_t head_bytes = sizeof(ChunkHeader) +
						  col_n_vectors(expected->n_rows) * sizeof(ChunkVector);
	uint8_t *bytes;
	ColStatus status;

	if (head_bytes > source->chunk_bytes)
		head_bytes = source->chunk_bytes;
	bytes = col_buffer_reserve(&reader->stored, head_bytes);
	if (bytes == NULL)
		return col_reader_no_memory(error);
	status = source->read(source->context, 0, (uint32_t) head_bytes, bytes);
	if (status != COL_OK)
		return col_error(error, status, "a column chunk cannot be read", 0,
						 head_bytes);
	reader->stored.used_bytes = head_bytes;
	status = col_head_check_header(bytes, head_bytes, expected, &reader->head,
								   error);
	if (status != COL_OK)
		return status;
	if (reader->head.bytes > head_bytes)
	{
		uint32_t rest_bytes = (uint32_t) (reader->head.bytes - head_bytes);

		bytes = col_buffer_reserve(&reader->stored, rest_bytes);
		if (bytes == NULL)
			return col_reader_no_memory(error);
		status = source->read(source->context, head_bytes, rest_bytes, bytes);
		if (status != COL_OK)
			return col_error(error, status, "a column chunk cannot be read",
							 head_bytes, rest_bytes);
	}
	return col_head_check_directories(reader->stored.data, &reader->arena,
									  reader->codecs, reader->kernels,
									  &reader->head, error);
}

/* What does not depend on the vector: shapes, and room to decode into. */
static ColStatus
reader_prepare(ColChunkReader *reader, ColError *error)
{
	const ChunkHeader *header = &reader->head.header;
	ColArena *arena = &reader->arena;
	bool is_constant = header->root == CHUNK_ENCODING_CONSTANT;
	uint32_t s;

	for (s = 0; s < header->n_streams; s++)
		reader->kinds[s] = col_head_stream(header, s, &reader->shapes[s]);
	reader->stride_bytes = header->value_bytes;
	if (header->phys == COL_PHYS_FIXED)
		reader->stride_bytes =
			(uint32_t) col_align_up(header->value_bytes, COL_IMAGE_ALIGN_BYTES);
	reader->zero_value = col_arena_zalloc(arena, reader->stride_bytes);
	if (reader->zero_value == NULL)
		return col_reader_no_memory(error);
	for (s = 0; s < header->n_streams && !is_constant; s++)
	{
		if (reader->kinds[s] != COL_STREAM_LANES)
			continue;
		reader->lanes[s] = col_arena_alloc(
			arena, COL_VECTOR_ROWS * sizeof(uint64_t) + COL_TAIL_BYTES);
		if (reader->lanes[s] == NULL)
			return col_reader_no_memory(error);
	}
	if (header->phys == COL_PHYS_IMAGE && !is_constant)
	{
		reader->images =
			col_arena_alloc(arena, COL_VECTOR_ROWS * sizeof(uint8_t *));
		if (reader->images == NULL)
			return col_reader_no_memory(error);
	}
	if (header->validity_bytes > 0)
	{
		uint16_t n_bitmaps = 0;
		uint32_t v;

		reader->bitmaps =
			col_arena_alloc(arena, header->n_vectors * sizeof(uint16_t));
		if (reader->bitmaps == NULL)
			return col_reader_no_memory(error);
		for (v = 0; v < header->n_vectors; v++)
		{
			reader->bitmaps[v] = n_bitmaps;
			n_bitmaps += col_head_has_bitmap(&reader->head, v);
		}
	}
	return COL_OK;
}

ColStatus
col_chunk_open(const ColSource *source, uint32_t n_rows, ColPhys phys,
			   uint16_t value_bytes, ColCodecs *codecs,
			   const ColAllocator *allocator, ColChunkReader **reader_out,
			   ColError *error)
{
	ChunkExpected expected = {n_rows, phys, value_bytes, source->chunk_bytes};
	ColChunkReader *reader;
	ColStatus status;

	*reader_out = NULL;
	if (n_rows == 0 || n_rows > COL_STRIPE_ROWS_MAX)
		return col_error(error, COL_TOO_LARGE, "rows of a column chunk", n_rows,
						 COL_STRIPE_ROWS_MAX);
	reader = allocator->allocate(allocator->context, sizeof(ColChunkReader));
	if (reader == NULL)
		return col_reader_no_memory(error);
	memset(reader, 0, sizeof(*reader));
	reader->source = *source;
	reader->codecs = codecs;
	reader->allocator = allocator;
	reader->kernels = simd_kernels();
	reader->block = NO_BLOCK;
	reader->vector = NO_VECTOR;
	col_arena_init(&reader->arena, allocator);
	col_buffer_init(&reader->dictionary, allocator);
	col_buffer_init(&reader->stored, allocator);
	col_buffer_init(&reader->raw, allocator);
	col_buffer_init(&reader->text, allocator);
	status = reader_read_head(reader, &expected, error);
	if (status == COL_OK)
		status = reader_prepare(reader, error);
	if (status != COL_OK)
	{
		col_chunk_close(reader);
		return status;
	}
	*reader_out = reader;
	return COL_OK;
}

void
col_chunk_close(ColChunkReader *reader)
{
	const ColAllocator *allocator;

	if (reader == NULL)
		return;
	allocator = reader->allocator;
	col_buffer_free(&reader->text);
	col_buffer_free(&reader->raw);
	col_buffer_free(&reader->stored);
	col_buffer_free(&reader->dictionary);
	col_arena_free(&reader->arena);
	allocator->release(allocator->context, reader);
}

void
col_chunk_info(const ColChunkReader *reader, ColChunkInfo *info)
{
	const ChunkHeader *header = &reader->head.header;

	info->encoding = col_encodings[header->root].name;
	info->codec =
		col_codec_name((ColBlockCodec) (header->codec != COL_CODEC_NONE
											? header->codec
											: header->dictionary_codec));
	info->n_nulls = header->n_nulls;
	info->raw_bytes = header->raw_bytes;
}

void
col_chunk_vector_zone(const ColChunkReader *reader, uint32_t v, ColZone *zone)
{
	const ChunkHeader *header = &reader->head.header;
	const ChunkVector *entry;

	col_assert(v < col_n_vectors(header->n_rows));
	memset(zone, 0, sizeof(*zone));
	zone->n_rows = col_vector_rows(header->n_rows, v);
	zone->n_nulls = col_head_nulls(&reader->head, v);
	if (reader->head.vectors == NULL || header->phys != COL_PHYS_LANE)
		return;
	entry = &reader->head.vectors[v];
	zone->order = header->order;
	if (entry->nulls & CHUNK_VECTOR_HAS_NAN)
		zone->flags |= COL_ZONE_HAS_NAN;
	if ((entry->nulls & CHUNK_VECTOR_HAS_RANGE) == 0)
		return;
	zone->flags |= COL_ZONE_HAS_RANGE;
	zone->min_bytes = zone->max_bytes = 8;
	col_store_u64(zone->min, (uint64_t) entry->min);
	col_store_u64(zone->max, (uint64_t) entry->max);
}

/* The validity section, kept in the arena. */
static ColStatus
reader_load_validity(ColChunkReader *reader, ColError *error)
{
	const ChunkHeader *header = &reader->head.header;
	uint64_t *validity;
	ColStatus status;
	uint32_t v;

	status =
		reader_fetch(reader, &reader->stored, header->validity_offset_bytes,
					 header->validity_bytes, header->validity_crc,
					 "checksum of validity does not match", error);
	if (status != COL_OK)
		return status;
	for (v = 0; v < header->n_vectors; v++)
	{
		uint64_t bitmap[COL_VECTOR_WORDS];

		if (!col_head_has_bitmap(&reader->head, v))
			continue;
		memcpy(bitmap,
			   reader->stored.data +
				   (size_t) reader->bitmaps[v] * CHUNK_BITMAP_BYTES,
			   CHUNK_BITMAP_BYTES);
		if (!col_validity_check(bitmap, col_vector_rows(header->n_rows, v),
								col_head_nulls(&reader->head, v)))
			return col_error(error, COL_CORRUPT,
							 "validity differs from the null count", v,
							 col_head_nulls(&reader->head, v));
	}
	col_assert(reader->validity == NULL);
	validity = col_arena_alloc(&reader->arena, header->validity_bytes);
	if (validity == NULL)
		return col_reader_no_memory(error);
	memcpy(validity, reader->stored.data, header->validity_bytes);
	reader->validity = validity;
	return COL_OK;
}

ColStatus
col_chunk_validity(ColChunkReader *reader, uint32_t v,
				   const uint64_t **validity, ColError *error)
{
	uint32_t n_nulls = col_head_nulls(&reader->head, v);

	*validity = NULL;
	if (n_nulls == 0)
		return COL_OK;
	if (n_nulls == col_vector_rows(reader->head.header.n_rows, v))
	{
		*validity = no_rows_valid;
		return COL_OK;
	}
	col_assert(reader->bitmaps != NULL);
	if (reader->validity == NULL)
	{
		ColStatus status = reader_load_validity(reader, error);

		if (status != COL_OK)
			return status;
	}
	*validity =
		reader->validity + (size_t) reader->bitmaps[v] * COL_VECTOR_WORDS;
	return COL_OK;
}

/* FIXED values of n_values, packed, at the reader's stride. */
static void
reader_spread(const ColChunkReader *reader, const uint8_t *packed,
			  uint32_t n_values, uint8_t *spread)
{
	uint32_t value_bytes = reader->head.header.value_bytes;
	uint32_t stride_bytes = reader->stride_bytes;
	uint32_t i;

	for (i = 0; i < n_values; i++)
	{
		uint8_t *to = spread + (size_t) i * stride_bytes;

		memset(to + stride_bytes - COL_IMAGE_ALIGN_BYTES, 0,
			   COL_IMAGE_ALIGN_BYTES);
		memcpy(to, packed + (size_t) i * value_bytes, value_bytes);
	}
}

/* The section in reader->dictionary becomes images or values. */
static ColStatus
reader_index_dictionary(ColChunkReader *reader, ColError *error)
{
	const ChunkHeader *header = &reader->head.header;
	const uint8_t *section = reader->dictionary.data;
	uint8_t *spread;

	if (header->flags & CHUNK_FLAG_PREFIX)
	{
		reader->prefix = section;
		reader->prefix_bytes = header->dictionary_raw_bytes;
		return COL_OK;
	}
	if (header->root == CHUNK_ENCODING_FSST)
	{
		reader->fsst = col_arena_alloc(&reader->arena, sizeof(ColFsstTable));
		if (reader->fsst == NULL)
			return col_reader_no_memory(error);
		if (col_fsst_table_read(reader->fsst, section,
								header->dictionary_raw_bytes) !=
			header->dictionary_raw_bytes)
			return col_error(error, COL_CORRUPT, "symbol table",
							 header->dictionary_raw_bytes, 0);
		return COL_OK;
	}
	if (header->flags & CHUNK_FLAG_DELTAS)
	{
		reader->dictionary_values = section;
		return COL_OK;
	}
	if (header->phys == COL_PHYS_IMAGE)
	{
		const uint8_t **images = col_arena_alloc(
			&reader->arena, header->n_dictionary * sizeof(uint8_t *));

		if (images == NULL)
			return col_reader_no_memory(error);
		reader->dictionary_images = images;
		if (header->flags & CHUNK_FLAG_FRONT)
			return col_front_decode(section, header->dictionary_raw_bytes,
									header->n_dictionary, &reader->arena,
									images, error);
		return col_dictionary_images(section, header->dictionary_raw_bytes,
									 header->n_dictionary, images, error);
	}
	if (reader->stride_bytes == header->value_bytes &&
		(header->flags & CHUNK_FLAG_FRONT) == 0)
	{
		reader->dictionary_values = section;
		return COL_OK;
	}
	spread = col_arena_alloc(&reader->arena, (size_t) header->n_dictionary *
												 reader->stride_bytes);
	if (spread == NULL)
		return col_reader_no_memory(error);
	reader->dictionary_values = spread;
	if (header->flags & CHUNK_FLAG_FRONT)
		return col_sorted_decode(section, header->dictionary_raw_bytes,
								 header->n_dictionary, header->value_bytes,
								 reader->kernels, spread, error);
	reader_spread(reader, section, header->n_dictionary, spread);
	return COL_OK;
}

static ColStatus
reader_load_dictionary(ColChunkReader *reader, ColError *error)
{
	const ChunkHeader *header = &reader->head.header;
	bool compressed = header->dictionary_codec != COL_CODEC_NONE;
	ColBuffer *fetched = compressed ? &reader->stored : &reader->dictionary;
	ColStatus status;

	status = reader_fetch(reader, fetched, header->dictionary_offset_bytes,
						  header->dictionary_bytes, header->dictionary_crc,
						  "checksum of the dictionary does not match", error);
	if (status == COL_OK && compressed)
	{
		uint8_t *room;

		col_buffer_reset(&reader->dictionary);
		room = col_buffer_reserve(&reader->dictionary,
								  header->dictionary_raw_bytes);
		if (room == NULL)
			return col_reader_no_memory(error);
		status = col_block_decompress(
			reader->codecs, (ColBlockCodec) header->dictionary_codec,
			fetched->data, header->dictionary_bytes, room,
			header->dictionary_raw_bytes, NULL, 0, error);
	}
	if (status == COL_OK)
		status = reader_index_dictionary(reader, error);
	reader->has_dictionary = status == COL_OK;
	return status;
}

/* Decompresses block b to the end of reader->raw, which has room for it. */
static ColStatus
reader_load_block(ColChunkReader *reader, uint32_t b, ColError *error)
{
	const ChunkHeader *header = &reader->head.header;
	const ChunkBlock *block = &reader->head.blocks[b];
	ColStatus status;

	col_assert(b < header->n_blocks);
	status = reader_fetch(reader, &reader->stored,
						  header->payload_offset_bytes + block->offset_bytes,
						  block->stored_bytes, block->crc,
						  "checksum of a block does not match", error);
	if (status != COL_OK)
		return status;
	status = col_block_decompress(
		reader->codecs, (ColBlockCodec) header->codec, reader->stored.data,
		block->stored_bytes, reader->raw.data + reader->raw.used_bytes,
		block->raw_bytes, reader->prefix, reader->prefix_bytes, error);
	reader->raw.used_bytes +=
		col_align_up(block->raw_bytes, COL_IMAGE_ALIGN_BYTES);
	return status;
}

/* Decompresses n_blocks from b on into reader->raw, unless they are there. */
static ColStatus
reader_load_blocks(ColChunkReader *reader, uint32_t b, uint32_t n_blocks,
				   ColError *error)
{
	uint64_t bytes = 0;
	uint32_t i;

	if (b == reader->block && n_blocks == reader->n_blocks)
		return COL_OK;
	reader->block = NO_BLOCK;
	for (i = b; i < b + n_blocks; i++)
		bytes += col_align_up(reader->head.blocks[i].raw_bytes,
							  COL_IMAGE_ALIGN_BYTES);
	col_buffer_reset(&reader->raw);
	if (col_buffer_reserve(&reader->raw, bytes) == NULL)
		return col_reader_no_memory(error);
	for (i = b; i < b + n_blocks; i++)
	{
		ColStatus status = reader_load_block(reader, i, error);

		if (status != COL_OK)
			return status;
	}
	reader->block = b;
	reader->n_blocks = n_blocks;
	return COL_OK;
}

/* Reads the bytes of all streams of vector v, unless they are there. */
static ColStatus
reader_fetch_vector(ColChunkReader *reader, uint32_t v, ColError *error)
{
	const ChunkHead *head = &reader->head;
	const ChunkVector *first = col_head_entry(head, 0, v);
	uint64_t start = 0;
	uint64_t end = 0;
	bool any = false;
	uint8_t *room;
	uint32_t s;
	ColStatus status;

	if (reader->vector == v)
		return COL_OK;
	for (s = 0; s < head->header.n_streams; s++)
	{
		const ChunkVector *entry = col_head_entry(head, s, v);

		if (entry->bytes == 0)
			continue;
		if (!any)
			start = entry->offset_bytes;
		any = true;
		end = (uint64_t) entry->offset_bytes + entry->bytes;
	}
	if (!any)
		return COL_OK;
	/* one stream is the rule: it is read with its checksum at once */
	if (head->header.n_streams == 1)
		status = reader_fetch(reader, &reader->stored,
							  head->header.payload_offset_bytes + start,
							  first->bytes, first->crc,
							  "checksum of a vector does not match", error);
	else
	{
		reader->vector = NO_VECTOR;
		col_buffer_reset(&reader->stored);
		room = col_buffer_reserve(&reader->stored, end - start);
		if (room == NULL)
			return col_reader_no_memory(error);
		status = reader->source.read(reader->source.context,
									 head->header.payload_offset_bytes + start,
									 (uint32_t) (end - start), room);
		if (status != COL_OK)
			return col_error(error, status, "a column chunk cannot be read",
							 start, end - start);
		reader->stored.used_bytes = end - start;
		for (s = 0; s < head->header.n_streams; s++)
		{
			const ChunkVector *entry = col_head_entry(head, s, v);
			uint32_t found;

			if (entry->bytes == 0)
				continue;
			found = reader->kernels->crc32c(
				0, room + (entry->offset_bytes - start), entry->bytes);
			if (found != entry->crc)
				return col_error(error, COL_CORRUPT,
								 "checksum of a vector does not match", found,
								 entry->crc); /* E3 */
		}
	}
	if (status != COL_OK)
		return status;
	reader->vector = v;
	reader->vector_start = start;
	return COL_OK;
}

/* Where the bytes of all streams of vector v are; *block: number of their block. */
ColStatus
col_reader_payload(ColChunkReader *reader, uint32_t v, const uint8_t **payload,
				   uint32_t *block, ColError *error)
{
	ColStatus status;

	if (reader->head.header.codec == COL_CODEC_NONE)
	{
		status = reader_fetch_vector(reader, v, error);
		*payload = reader->stored.data;
		return status;
	}
	*block = col_head_block(&reader->head, v * COL_VECTOR_ROWS);
	status = reader_load_blocks(reader, *block, 1, error);
	*payload = reader->raw.data;
	return status;
}

/* The encoded bytes of an entry, with a readable tail. */
const uint8_t *
col_reader_bytes(const ColChunkReader *reader, const uint8_t *payload,
				 const ChunkVector *entry)
{
	static const uint8_t no_bytes[COL_TAIL_BYTES];

	if (entry->bytes == 0)
		return no_bytes;
	if (reader->head.header.codec == COL_CODEC_NONE)
		return payload + (entry->offset_bytes - reader->vector_start);
	return payload + entry->offset_bytes;
}

/* The block in which the last row of a vector is. */
static uint32_t
reader_last_block(const ColChunkReader *reader, uint32_t v)
{
	return col_head_block(
		&reader->head, v * COL_VECTOR_ROWS +
						   col_vector_rows(reader->head.header.n_rows, v) - 1);
}

/* Is the vector one of images in several blocks? */
static bool
reader_is_split(const ColChunkReader *reader, uint32_t v)
{
	const ChunkHeader *header = &reader->head.header;

	return header->phys == COL_PHYS_IMAGE &&
		   header->root == CHUNK_ENCODING_RAW &&
		   header->codec != COL_CODEC_NONE &&
		   col_head_block(&reader->head, v * COL_VECTOR_ROWS) !=
			   reader_last_block(reader, v);
}

/*
 * Images of a split vector: of the rows in n_blocks from b on, to *first and *end in
 * the vector.
 */
static ColStatus
reader_pieces(ColChunkReader *reader, uint32_t v, uint32_t b, uint32_t n_blocks,
			  ColVector *vector, uint32_t *first, uint32_t *end,
			  ColError *error)
{
	uint32_t vector_row = v * COL_VECTOR_ROWS;
	uint32_t vector_end = vector_row + vector->n_rows;
	uint64_t offset = 0;
	uint32_t i;
	ColStatus status = reader_load_blocks(reader, b, n_blocks, error);

	vector->images = reader->images;
	for (i = b; status == COL_OK && i < b + n_blocks; i++)
	{
		const ChunkBlock *block = &reader->head.blocks[i];
		uint32_t block_end = col_head_block_end(&reader->head, i);
		uint32_t from =
			block->first_row > vector_row ? block->first_row : vector_row;
		uint32_t to = block_end < vector_end ? block_end : vector_end;

		if (i == b)
			*first = from - vector_row;
		*end = to - vector_row;
		status = col_raw_images_decode(
			reader->raw.data + offset, block->raw_bytes, vector->validity,
			from - vector_row, *end, reader->images, error);
		offset += col_align_up(block->raw_bytes, COL_IMAGE_ALIGN_BYTES);
	}
	return status;
}

/* FIXED and IMAGE values as they came in. */
static ColStatus
reader_raw_vector(ColChunkReader *reader, uint32_t v, ColVector *vector,
				  ColError *error)
{
	const uint8_t *payload;
	uint32_t block;
	ColStatus status;

	status = col_reader_payload(reader, v, &payload, &block, error);
	if (status != COL_OK)
		return status;
	payload = col_reader_bytes(reader, payload, &reader->head.vectors[v]);
	if (vector->phys == COL_PHYS_IMAGE)
	{
		vector->images = reader->images;
		return col_raw_images_decode(payload, reader->head.vectors[v].bytes,
									 vector->validity, 0, vector->n_rows,
									 reader->images, error);
	}
	vector->values = payload;
	if (reader->stride_bytes == reader->head.header.value_bytes)
		return COL_OK;
	if (!col_reader_values_room(reader))
		return col_reader_no_memory(error);
	reader_spread(reader, payload, vector->n_rows, reader->values);
	vector->values = reader->values;
	return COL_OK;
}

/* What is known of a vector before its values. */
static ColStatus
reader_begin_vector(ColChunkReader *reader, uint32_t v, ColVector *vector,
					ColError *error)
{
	const ChunkHeader *header = &reader->head.header;

	col_assert(v < col_n_vectors(header->n_rows));
	memset(vector, 0, sizeof(*vector));
	vector->kind = COL_VECTOR_FLAT;
	vector->phys = (ColPhys) header->phys;
	vector->stride_bytes = (uint16_t) reader->stride_bytes;
	vector->n_rows = col_vector_rows(header->n_rows, v);
	vector->n_nulls = col_head_nulls(&reader->head, v);
	if (header->n_dictionary > 0 && !reader->has_dictionary &&
		vector->n_nulls < vector->n_rows)
	{
		ColStatus status = reader_load_dictionary(reader, error);

		if (status != COL_OK)
			return status;
	}
	return col_chunk_validity(reader, v, &vector->validity, error);
}

/* Rows first .. end - 1 (all, or one) of a vector that is not split. */
static ColStatus
reader_read(ColChunkReader *reader, uint32_t v, uint32_t first, uint32_t end,
			ColVector *vector, ColError *error)
{
	const ChunkHeader *header = &reader->head.header;

	if (vector->n_nulls == vector->n_rows)
	{
		col_reader_set_constant(vector, reader->zero_value, empty_images);
		return COL_OK;
	}
	if (header->root == CHUNK_ENCODING_CONSTANT)
	{
		col_reader_set_constant(vector, reader->dictionary_values,
								reader->dictionary_images);
		return COL_OK;
	}
	if (reader->kinds[0] == COL_STREAM_LANES)
		return col_reader_streams(reader, v, first, end, vector, error);
	return reader_raw_vector(reader, v, vector, error);
}

/* Is a single row of the vector read faster than all of it? */
static bool
reader_takes_one(ColChunkReader *reader, uint32_t v)
{
	const ChunkHeader *header = &reader->head.header;
	uint32_t s;

	if (header->n_vectors == 0 || header->root == CHUNK_ENCODING_CONSTANT)
		return false;
	if (header->planes > 0 && (header->flags & CHUNK_FLAG_DELTAS) != 0)
		return false;
	for (s = 0; header->planes == 0 && s < header->n_streams &&
				header->root != CHUNK_ENCODING_FSST;
		 s++)
	{
		const ChunkVector *entry = col_head_entry(&reader->head, s, v);
		uint8_t id = entry->encoding & (uint8_t) ~CHUNK_VECTOR_PATCHED;

		if (reader->kinds[s] != COL_STREAM_LANES ||
			col_encodings[id].lanes_one == NULL)
			return false;
	}
	if (reader->ones_vector != v)
		reader->n_ones = 0;
	reader->ones_vector = v;
	return reader->n_ones++ < ONES_MAX;
}

ColStatus
col_chunk_read_part(ColChunkReader *reader, uint32_t row, ColVector *vector,
					uint32_t *first, uint32_t *end, ColError *error)
{
	uint32_t v = row / COL_VECTOR_ROWS;
	ColStatus status = reader_begin_vector(reader, v, vector, error);

	if (status != COL_OK)
		return status;
	*first = 0;
	*end = vector->n_rows;
	if (reader_is_split(reader, v))
		return reader_pieces(reader, v, col_head_block(&reader->head, row), 1,
							 vector, first, end, error);
	if (reader_takes_one(reader, v))
	{
		*first = row % COL_VECTOR_ROWS;
		*end = *first + 1;
	}
	return reader_read(reader, v, *first, *end, vector, error);
}

ColStatus
col_chunk_read(ColChunkReader *reader, uint32_t v, ColVector *vector,
			   ColError *error)
{
	ColStatus status = reader_begin_vector(reader, v, vector, error);

	if (status != COL_OK)
		return status;
	if (reader_is_split(reader, v))
	{
		uint32_t b = col_head_block(&reader->head, v * COL_VECTOR_ROWS);
		uint32_t first;
		uint32_t end;

		return reader_pieces(reader, v, b, reader_last_block(reader, v) + 1 - b,
							 vector, &first, &end, error);
	}
	return reader_read(reader, v, 0, vector->n_rows, vector, error);
}

ColStatus
col_chunk_read_decimals(ColChunkReader *reader, uint32_t v, ColVector *vector,
						ColError *error)
{
	ColStatus status;

	reader->as_decimals = !reader_is_split(reader, v);
	status = col_chunk_read(reader, v, vector, error);
	reader->as_decimals = false;
	return status;
}

/* Reads the bytes from start to end, fewer than an alignment unit. */
static ColStatus
reader_check_gap(ColChunkReader *reader, uint64_t start_bytes,
				 uint64_t end_bytes, ColError *error)
{
	uint8_t bytes[CHUNK_ALIGN_BYTES] = {0};
	uint32_t n_bytes = (uint32_t) (end_bytes - start_bytes);
	ColStatus status;

	col_assert(start_bytes <= end_bytes && n_bytes < CHUNK_ALIGN_BYTES);
	if (n_bytes == 0)
		return COL_OK;
	status = reader->source.read(reader->source.context, start_bytes, n_bytes,
								 bytes);
	if (status != COL_OK)
		return col_error(error, status, "a column chunk cannot be read",
						 start_bytes, n_bytes);
	if (col_load_u64(bytes) != 0)
		return col_error(error, COL_CORRUPT, "bytes between sections",
						 col_load_u64(bytes), 0);
	return COL_OK;
}

ColStatus
col_chunk_check_gaps(ColChunkReader *reader, ColError *error)
{
	const ChunkHeader *header = &reader->head.header;
	uint64_t payload = header->payload_offset_bytes;
	uint64_t at = payload;
	ColStatus status = reader_check_gap(
		reader,
		(uint64_t) header->dictionary_offset_bytes + header->dictionary_bytes,
		payload, error);
	uint32_t v;
	uint32_t s;

	/* blocks lie without gaps, and their checksums cover all of them */
	if (header->codec != COL_CODEC_NONE)
		return status;
	for (v = 0; v < header->n_vectors; v++)
		for (s = 0; s < header->n_streams && status == COL_OK; s++)
		{
			const ChunkVector *entry = col_head_entry(&reader->head, s, v);

			if (entry->bytes == 0)
				continue;
			status = reader_check_gap(reader, at, payload + entry->offset_bytes,
									  error);
			at = payload + entry->offset_bytes + entry->bytes;
		}
	return status;
}
