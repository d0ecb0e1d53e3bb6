/*
 * encoding.c - the registry of encodings, and a column written as a chunk:
 *
 *   col_chunk_encode -> col_choose -> validity, dictionary, payload -> head
 *
 * Invariants (numbers of README.md):
 *   E1 a vector's plan holds its exact bytes before anything is written
 *   E2 the same column and options give the same bytes
 *   E4 a failed call leaves out as it was
 *
 * Memory: an arena for plans and dictionary, freed on return; out grows.
 */
#include "src/encoding/encoding.h"

#include "simd/simd.h"
#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/encoding/encoding_format.h"
#include "src/encoding/encoding_internal.h"

/* Compressed dictionaries must be smaller by this, in hundredths. */
#define DICTIONARY_CODEC_WIN 125

/* A dictionary larger than this is not compressed just to see. */
#define DICTIONARY_TRY_BYTES (256 * 1024)

const ColEncoding col_encodings[CHUNK_ENCODINGS] = {
	[CHUNK_ENCODING_CONSTANT] = {"constant", col_constant_plan,
								 col_constant_encode, col_constant_check,
								 col_constant_decode},
	[CHUNK_ENCODING_FOR] = {"for", col_for_plan, col_for_encode, col_for_check,
							col_for_decode},
	[CHUNK_ENCODING_RLE] = {"run-length", col_rle_plan, col_rle_encode,
							col_rle_check, col_rle_decode},
	[CHUNK_ENCODING_DICTIONARY] = {"dictionary", NULL, NULL, NULL, NULL},
	[CHUNK_ENCODING_RAW] = {"raw", col_raw_plan, col_raw_encode, col_raw_check,
							col_raw_decode},
};

/* The chunk while it is written; offsets are from its start. */
typedef struct ChunkWriter
{
	ColEncoder *encoder;
	ColBuffer *out;
	size_t start_bytes; /* where the chunk begins in out */
	ChunkHeader header;
	ChunkBlock *blocks;
	ColBuffer raw; /* scratch: a block or the dictionary */
} ChunkWriter;

static ColStatus
write_no_memory(ChunkWriter *writer)
{
	return col_error(writer->encoder->error, COL_NO_MEMORY,
					 "out of memory for an encoded column chunk",
					 writer->out->used_bytes, 0);
}

static uint64_t
write_position(const ChunkWriter *writer)
{
	return writer->out->used_bytes - writer->start_bytes;
}

/* Appends n_bytes that the caller fills in; NULL: no memory. */
static uint8_t *
write_room(ChunkWriter *writer, size_t n_bytes)
{
	uint8_t *room = col_buffer_reserve(writer->out, n_bytes);

	if (room)
		writer->out->used_bytes += n_bytes;
	return room;
}

/* Appends zeroes up to the next aligned position. */
static ColStatus
write_align(ChunkWriter *writer)
{
	uint64_t position = write_position(writer);
	size_t gap = col_align_up(position, CHUNK_ALIGN_BYTES) - position;
	uint8_t *room = write_room(writer, gap);

	if (room == NULL)
		return write_no_memory(writer);
	memset(room, 0, gap);
	return COL_OK;
}

static uint32_t
write_crc(const ChunkWriter *writer, uint32_t crc, uint64_t offset_bytes,
		  size_t n_bytes)
{
	return writer->encoder->kernels->crc32c(
		crc, writer->out->data + writer->start_bytes + offset_bytes, n_bytes);
}

/*
 * The bytes of a vector's pieces: about the same for all, with room for the last
 * image of each.  0: it is not split.
 */
static uint32_t
write_piece_bytes(uint32_t vector_bytes)
{
	uint32_t n_pieces =
		(vector_bytes + COL_BLOCK_RAW_BYTES - 1) / COL_BLOCK_RAW_BYTES;
	uint32_t even_bytes;

	if (n_pieces < 2)
		return 0;
	even_bytes = vector_bytes / n_pieces;
	return even_bytes + even_bytes / 16;
}

/* Which vectors are split, and their bytes then.  Returns the blocks in all. */
static uint32_t
write_plan_blocks(const ChunkWriter *writer)
{
	const ColEncoder *encoder = writer->encoder;
	ColBlockPlan block = {0};
	uint32_t n_blocks = 0;
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
		encoder->plans[v].piece_bytes =
			encoder->column->phys == COL_PHYS_IMAGE &&
					encoder->root == CHUNK_ENCODING_RAW
				? write_piece_bytes(encoder->plans[v].entry.bytes)
				: 0;
	while (block.first_row < encoder->column->n_rows)
	{
		ColVectorPlan *plan;

		col_block_plan(encoder, &block);
		n_blocks++;
		if (block.is_piece)
		{
			/* rows without bytes may precede the first piece, or follow the last */
			v = block.first_row / COL_VECTOR_ROWS;
			while (encoder->plans[v].piece_bytes == 0)
				v++;
			plan = &encoder->plans[v];
			if (block.first_row <= v * COL_VECTOR_ROWS)
				plan->entry.bytes = 0;
			plan->entry.bytes += (uint32_t) block.raw_bytes;
		}
		block.first_row = block.end_row;
	}
	return n_blocks;
}

/* Header and directories are filled in last; here they get their room. */
static ColStatus
write_head_room(ChunkWriter *writer)
{
	const ColEncoder *encoder = writer->encoder;
	const ColColumn *column = encoder->column;
	ChunkHeader *header = &writer->header;
	size_t head_bytes;
	uint8_t *room;

	if (encoder->root != CHUNK_ENCODING_CONSTANT ||
		(column->n_nulls > 0 && column->n_nulls < column->n_rows))
		header->n_vectors = encoder->n_vectors;
	if (encoder->codec != COL_CODEC_NONE)
		header->n_blocks = write_plan_blocks(writer);
	header->vectors_offset_bytes = sizeof(ChunkHeader);
	header->vectors_bytes = header->n_vectors * (uint32_t) sizeof(ChunkVector);
	header->blocks_offset_bytes =
		header->vectors_offset_bytes + header->vectors_bytes;
	header->blocks_bytes = header->n_blocks * (uint32_t) sizeof(ChunkBlock);
	writer->blocks = col_arena_zalloc(encoder->arena, header->blocks_bytes);
	head_bytes = header->blocks_offset_bytes + header->blocks_bytes;
	room = write_room(writer, head_bytes);
	if (room == NULL || writer->blocks == NULL)
		return write_no_memory(writer);
	memset(room, 0, head_bytes);
	return COL_OK;
}

static ColStatus
write_validity(ChunkWriter *writer)
{
	ChunkHeader *header = &writer->header;
	uint8_t *room;

	header->validity_offset_bytes = (uint32_t) write_position(writer);
	header->validity_bytes = col_validity_bytes(writer->encoder);
	room = write_room(writer, header->validity_bytes);
	if (room == NULL)
		return write_no_memory(writer);
	col_validity_encode(writer->encoder, room);
	header->validity_crc = write_crc(writer, 0, header->validity_offset_bytes,
									 header->validity_bytes);
	return COL_OK;
}

/* The lane of a constant chunk. */
static uint64_t
write_constant_lane(const ColEncoder *encoder)
{
	uint32_t v = 0;

	col_assert(encoder->column->n_nulls < encoder->column->n_rows);
	while (col_plan_all_null(&encoder->plans[v]))
		v++;
	return encoder->plans[v].base;
}

/* Lays the entries of the dictionary section out in writer->raw. */
static ColStatus
write_lay_out_dictionary(ChunkWriter *writer)
{
	const ColEncoder *encoder = writer->encoder;
	const ColColumn *column = encoder->column;
	uint64_t raw_bytes = encoder->dictionary.raw_bytes;
	uint8_t *raw;

	if (column->phys == COL_PHYS_LANE)
		raw_bytes = column->value_bytes;
	raw = col_buffer_reserve(&writer->raw, raw_bytes);
	if (raw == NULL)
		return write_no_memory(writer);
	if (column->phys == COL_PHYS_LANE)
	{
		uint64_t lane = write_constant_lane(encoder);

		memcpy(raw, &lane, column->value_bytes);
		writer->header.n_dictionary = 1;
	}
	else
	{
		col_dictionary_lay_out(encoder, &encoder->dictionary, raw);
		writer->header.n_dictionary = encoder->dictionary.n_entries;
	}
	writer->raw.used_bytes = raw_bytes;
	return COL_OK;
}

/*
 * Compresses the laid-out dictionary to the end of out, if that pays:
 * *stored_bytes, or 0.
 */
static ColStatus
write_compress_dictionary(ChunkWriter *writer, size_t *stored_bytes)
{
	ColEncoder *encoder = writer->encoder;
	const ColBuffer *raw = &writer->raw;
	size_t capacity = raw->used_bytes * 100 / DICTIONARY_CODEC_WIN;
	size_t try_bytes = raw->used_bytes;
	ColStatus status;
	uint8_t *room;

	*stored_bytes = 0;
	if (encoder->options->codec == COL_CODEC_NONE || capacity == 0)
		return COL_OK;
	room = col_buffer_reserve(writer->out, capacity);
	if (room == NULL)
		return write_no_memory(writer);
	if (try_bytes > DICTIONARY_TRY_BYTES)
	{
		/* the middle: byte order puts what is odd at the ends */
		try_bytes = DICTIONARY_TRY_BYTES / 4;
		status = col_block_compress(
			encoder->codecs, encoder->options,
			raw->data + raw->used_bytes / 2 - try_bytes / 2, try_bytes, room,
			try_bytes * 100 / DICTIONARY_CODEC_WIN, stored_bytes,
			encoder->error);
		if (status != COL_OK || *stored_bytes == 0)
			return status;
	}
	return col_block_compress(encoder->codecs, encoder->options, raw->data,
							  raw->used_bytes, room, capacity, stored_bytes,
							  encoder->error);
}

static ColStatus
write_dictionary(ChunkWriter *writer)
{
	ColEncoder *encoder = writer->encoder;
	ChunkHeader *header = &writer->header;
	size_t stored_bytes = 0;
	ColStatus status;

	header->dictionary_offset_bytes = (uint32_t) write_position(writer);
	if (encoder->column->n_nulls == encoder->column->n_rows ||
		(encoder->root != CHUNK_ENCODING_CONSTANT &&
		 encoder->root != CHUNK_ENCODING_DICTIONARY))
		return COL_OK;
	status = write_lay_out_dictionary(writer);
	if (status == COL_OK)
		status = write_compress_dictionary(writer, &stored_bytes);
	if (status != COL_OK)
		return status;
	header->dictionary_raw_bytes = (uint32_t) writer->raw.used_bytes;
	if (stored_bytes > 0)
	{
		header->dictionary_codec = (uint8_t) encoder->options->codec;
		writer->out->used_bytes += stored_bytes;
	}
	else
	{
		uint8_t *room = write_room(writer, writer->raw.used_bytes);

		if (room == NULL)
			return write_no_memory(writer);
		memcpy(room, writer->raw.data, writer->raw.used_bytes);
		stored_bytes = writer->raw.used_bytes;
	}
	header->dictionary_bytes = (uint32_t) stored_bytes;
	header->dictionary_crc =
		write_crc(writer, 0, header->dictionary_offset_bytes, stored_bytes);
	return write_align(writer);
}

/* Encodes vector v to destination, which has plan->entry.bytes. */
static void
write_vector(const ColEncoder *encoder, uint32_t v, uint8_t *lanes_scratch,
			 uint8_t *destination)
{
	const ColVectorPlan *plan = &encoder->plans[v];

	if (encoder->column->phys != COL_PHYS_LANE &&
		encoder->root == CHUNK_ENCODING_RAW)
		col_raw_values_encode(encoder->column, v, destination);
	else
		col_encodings[plan->entry.encoding].lanes_encode(
			plan, &encoder->shape,
			col_lanes_vector(&encoder->lanes, v, lanes_scratch),
			encoder->kernels, destination);
}

/*
 * Encodes vectors first .. first + n_vectors - 1 to the end of to, at aligned
 * offsets from base_bytes of it.
 */
static ColStatus
write_vectors(ChunkWriter *writer, ColBuffer *to, size_t base_bytes,
			  uint32_t first, uint32_t n_vectors)
{
	ColEncoder *encoder = writer->encoder;
	uint64_t lanes_scratch[COL_VECTOR_ROWS];
	uint32_t v;

	for (v = first; v < first + n_vectors; v++)
	{
		ChunkVector *entry = &encoder->plans[v].entry;
		uint64_t position = to->used_bytes - base_bytes;
		size_t gap = col_align_up(position, CHUNK_ALIGN_BYTES) - position;
		uint8_t *room;

		if (entry->bytes == 0)
			continue;
		room = col_buffer_reserve(to, gap + entry->bytes);
		if (room == NULL)
			return write_no_memory(writer);
		memset(room, 0, gap);
		entry->offset_bytes = (uint32_t) (position + gap);
		write_vector(encoder, v, (uint8_t *) lanes_scratch, room + gap);
		if (encoder->codec == COL_CODEC_NONE)
			entry->crc = encoder->kernels->crc32c(0, room + gap, entry->bytes);
		to->used_bytes += gap + entry->bytes;
	}
	return COL_OK;
}

/* Encodes the images of a piece of a vector to writer->raw. */
static ColStatus
write_piece(ChunkWriter *writer, const ColBlockPlan *plan)
{
	uint8_t *room = col_buffer_reserve(&writer->raw, plan->raw_bytes);

	if (room == NULL)
		return write_no_memory(writer);
	col_raw_images_encode(writer->encoder->column, plan->first_row,
						  plan->end_row, room);
	writer->raw.used_bytes += plan->raw_bytes;
	return COL_OK;
}

/* Compresses writer->raw to the end of out, as block number b. */
static ColStatus
write_block(ChunkWriter *writer, uint32_t b)
{
	ColEncoder *encoder = writer->encoder;
	ChunkBlock *block = &writer->blocks[b];
	size_t raw_bytes = writer->raw.used_bytes;
	uint8_t *room = col_buffer_reserve(writer->out, raw_bytes);
	size_t stored_bytes;
	ColStatus status;

	if (room == NULL)
		return write_no_memory(writer);
	col_assert(b < writer->header.n_blocks && raw_bytes > 0);
	status = col_block_compress(encoder->codecs, encoder->options,
								writer->raw.data, raw_bytes, room,
								raw_bytes - 1, &stored_bytes, encoder->error);
	if (status != COL_OK)
		return status;
	if (stored_bytes == 0)
	{
		memcpy(room, writer->raw.data, raw_bytes);
		stored_bytes = raw_bytes;
	}
	block->raw_bytes = (uint32_t) raw_bytes;
	block->stored_bytes = (uint32_t) stored_bytes;
	block->offset_bytes =
		write_position(writer) - writer->header.payload_offset_bytes;
	block->crc = encoder->kernels->crc32c(0, room, stored_bytes);
	writer->out->used_bytes += stored_bytes;
	return COL_OK;
}

static ColStatus
write_payload(ChunkWriter *writer)
{
	ColEncoder *encoder = writer->encoder;
	ColBlockPlan plan = {0};
	uint32_t b;
	ColStatus status = COL_OK;

	writer->header.payload_offset_bytes = (uint32_t) write_position(writer);
	if (encoder->root == CHUNK_ENCODING_CONSTANT)
		return COL_OK;
	if (encoder->codec == COL_CODEC_NONE)
		status = write_vectors(writer, writer->out, writer->out->used_bytes, 0,
							   encoder->n_vectors);
	for (b = 0; status == COL_OK && b < writer->header.n_blocks; b++)
	{
		uint32_t first = plan.first_row / COL_VECTOR_ROWS;

		col_block_plan(encoder, &plan);
		writer->blocks[b].first_row = plan.first_row;
		col_buffer_reset(&writer->raw);
		if (plan.is_piece)
			status = write_piece(writer, &plan);
		else
			status = write_vectors(writer, &writer->raw, 0, first,
								   col_n_vectors(plan.end_row) - first);
		if (status != COL_OK)
			break;
		col_assert(writer->raw.used_bytes == plan.raw_bytes); /* E1 */
		status = write_block(writer, b);
		plan.first_row = plan.end_row;
	}
	writer->header.payload_bytes =
		write_position(writer) - writer->header.payload_offset_bytes;
	return status;
}

/* Fills in header and directories, all the rest being written. */
static void
write_head(ChunkWriter *writer)
{
	const ColEncoder *encoder = writer->encoder;
	const ColColumn *column = encoder->column;
	ChunkHeader *header = &writer->header;
	uint8_t *chunk = writer->out->data + writer->start_bytes;
	uint32_t v;

	col_assert(header->blocks_offset_bytes + header->blocks_bytes ==
			   header->validity_offset_bytes);
	col_assert(header->payload_offset_bytes % CHUNK_ALIGN_BYTES == 0);
	header->magic = CHUNK_MAGIC;
	header->version = CHUNK_VERSION;
	header->phys = (uint8_t) column->phys;
	header->order = (uint8_t) column->order;
	header->value_bytes = column->value_bytes;
	header->root = encoder->root;
	header->codec = (uint8_t) encoder->codec;
	header->n_rows = column->n_rows;
	header->n_nulls = column->n_nulls;
	header->raw_bytes = encoder->raw_bytes;
	header->multiplier = encoder->shape.multiplier;
	header->chunk_bytes = write_position(writer);
	for (v = 0; v < header->n_vectors; v++)
		memcpy(chunk + header->vectors_offset_bytes + v * sizeof(ChunkVector),
			   &encoder->plans[v].entry, sizeof(ChunkVector));
	memcpy(chunk + header->blocks_offset_bytes, writer->blocks,
		   header->blocks_bytes);
	memcpy(chunk, header, sizeof(ChunkHeader));
	header->head_crc = write_crc(writer, 0, 0, offsetof(ChunkHeader, head_crc));
	header->head_crc = write_crc(writer, header->head_crc, sizeof(ChunkHeader),
								 header->vectors_bytes + header->blocks_bytes);
	col_store_u32(chunk + offsetof(ChunkHeader, head_crc), header->head_crc);
}

static ColStatus
write_chunk(ColEncoder *encoder, ColBuffer *out)
{
	ChunkWriter writer;
	ColStatus status;

	memset(&writer, 0, sizeof(writer));
	writer.encoder = encoder;
	writer.out = out;
	writer.start_bytes = out->used_bytes;
	col_buffer_init(&writer.raw, encoder->arena->allocator);
	status = write_head_room(&writer);
	if (status == COL_OK)
		status = write_validity(&writer);
	if (status == COL_OK)
		status = write_dictionary(&writer);
	if (status == COL_OK)
		status = write_payload(&writer);
	if (status == COL_OK)
		write_head(&writer);
	else
		out->used_bytes = writer.start_bytes; /* E4 */
	col_buffer_free(&writer.raw);
	return status;
}

/* Is column what encoding.h asks for? */
static ColStatus
encode_check(const ColColumn *column, const ColEncodeOptions *options,
			 ColError *error)
{
	uint16_t value_bytes = column->value_bytes;
	bool good = true;

	if (column->n_rows == 0 || column->n_rows > COL_STRIPE_ROWS_MAX)
		return col_error(error, COL_TOO_LARGE, "rows of a column chunk",
						 column->n_rows, COL_STRIPE_ROWS_MAX);
	switch (column->phys)
	{
		case COL_PHYS_LANE:
			good = (value_bytes == 1 || value_bytes == 2 || value_bytes == 4 ||
					value_bytes == 8) &&
				   column->order < COL_ORDER_BYTES &&
				   (column->order != COL_ORDER_FLOAT4 || value_bytes == 4) &&
				   (column->order != COL_ORDER_FLOAT8 || value_bytes == 8);
			break;
		case COL_PHYS_FIXED:
			good = value_bytes > 0 && value_bytes <= COL_FIXED_BYTES_MAX;
			break;
		case COL_PHYS_IMAGE:
			good = value_bytes == 0;
			break;
		default:
			good = false;
	}
	if (column->phys != COL_PHYS_LANE && column->order != COL_ORDER_NONE &&
		column->order != COL_ORDER_BYTES &&
		(column->order != COL_ORDER_NUMERIC || column->phys != COL_PHYS_IMAGE))
		good = false;
	if (column->n_nulls > 0 && column->validity == NULL)
		good = false;
	if (!good || options->codec > COL_CODEC_ZSTD)
		return col_error(error, COL_INTERNAL, "column cannot be encoded",
						 column->phys, value_bytes);
	return COL_OK;
}

ColStatus
col_chunk_encode(const ColColumn *column, const ColEncodeOptions *options,
				 ColCodecs *codecs, const ColAllocator *allocator,
				 ColBuffer *out, ColZone *zone, ColError *error)
{
	ColEncoder encoder;
	ColArena arena;
	ColStatus status = encode_check(column, options, error);

	if (status != COL_OK)
		return status;
	memset(zone, 0, sizeof(*zone));
	zone->order = (uint8_t) column->order;
	zone->n_rows = column->n_rows;
	zone->n_nulls = column->n_nulls;
	memset(&encoder, 0, sizeof(encoder));
	col_arena_init(&arena, allocator);
	encoder.column = column;
	encoder.options = options;
	encoder.codecs = codecs;
	encoder.kernels = simd_kernels();
	encoder.arena = &arena;
	encoder.error = error;
	encoder.zone = zone;
	encoder.n_vectors = col_n_vectors(column->n_rows);
	encoder.plans =
		col_arena_zalloc(&arena, encoder.n_vectors * sizeof(ColVectorPlan));
	if (encoder.plans == NULL)
		status = col_error(error, COL_NO_MEMORY,
						   "out of memory for an encoded column chunk", 0, 0);
	else
		status = col_stats_nulls(&encoder);
	if (status == COL_OK)
		status = col_choose(&encoder);
	if (status == COL_OK)
		status = write_chunk(&encoder, out);
	col_arena_free(&arena);
	return status;
}
