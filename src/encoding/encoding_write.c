/*
 * encoding_write.c - the chunk that was chosen, section by section:
 *
 *   room for the head -> validity -> dictionary -> payload -> the head
 *
 * Invariants (numbers of README.md):
 *   E1 a vector's plan holds its exact bytes before anything is written
 *   E4 a failed call leaves out as it was
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

/* Directories that are smaller, or shrink by less, are written as they are. */
#define DIRECTORIES_TRY_BYTES 512
#define DIRECTORIES_WORTH_BYTES 64

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

/* The bytes of split vectors.  Returns the blocks in all. */
static uint32_t
write_plan_blocks(const ChunkWriter *writer)
{
	const ColEncoder *encoder = writer->encoder;
	const ColChoice *choice = &encoder->choice;
	ColVectorPlan *plans = choice->streams[0].plans;
	ColBlockPlan block = {0};
	uint32_t n_blocks = 0;
	uint32_t v;

	while (block.first_row < encoder->column->n_rows)
	{
		ColVectorPlan *plan;

		col_block_plan(encoder, choice,
					   col_encoder_block_bytes(encoder, choice), &block);
		n_blocks++;
		if (block.is_piece)
		{
			/* rows without bytes may precede the first piece, or follow the last */
			v = block.first_row / COL_VECTOR_ROWS;
			while (plans[v].piece_bytes == 0)
				v++;
			plan = &plans[v];
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

	header->n_streams = (uint8_t) encoder->choice.n_streams;
	if (encoder->choice.root != CHUNK_ENCODING_CONSTANT ||
		(column->n_nulls > 0 && column->n_nulls < column->n_rows))
		header->n_vectors = encoder->n_vectors;
	if (encoder->choice.codec != COL_CODEC_NONE)
		header->n_blocks = write_plan_blocks(writer);
	header->vectors_offset_bytes = sizeof(ChunkHeader);
	header->vectors_bytes =
		header->n_vectors * header->n_streams * (uint32_t) sizeof(ChunkVector);
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

static ColStatus
write_dictionary(ChunkWriter *writer)
{
	ColEncoder *encoder = writer->encoder;
	ColChoice *choice = &encoder->choice;
	ChunkHeader *header = &writer->header;
	ColStatus status = COL_OK;
	uint8_t *room;

	header->dictionary_offset_bytes = (uint32_t) write_position(writer);
	if (choice->stored_section == NULL)
		status = col_section_store(encoder, choice);
	if (status != COL_OK || choice->n_section == 0)
		return status;
	header->n_dictionary = choice->n_section;
	header->dictionary_codec = (uint8_t) choice->section_codec;
	header->dictionary_raw_bytes = choice->section_bytes;
	header->dictionary_bytes = choice->stored_section_bytes;
	room = write_room(writer, choice->stored_section_bytes);
	if (room == NULL)
		return write_no_memory(writer);
	memcpy(room, choice->stored_section, choice->stored_section_bytes);
	header->dictionary_crc =
		write_crc(writer, 0, header->dictionary_offset_bytes,
				  choice->stored_section_bytes);
	return write_align(writer);
}

/* Encodes vector v of a stream to destination, which has plan->entry.bytes. */
static void
write_vector(const ColEncoder *encoder, const ColStream *stream, uint32_t v,
			 uint8_t *destination)
{
	const ColVectorPlan *plan = &stream->plans[v];
	const ColColumn *column = encoder->column;
	uint32_t first = v * COL_VECTOR_ROWS;
	uint64_t scratch[COL_VECTOR_ROWS];

	switch (stream->kind)
	{
		case COL_STREAM_LANES:
			col_encodings[plan->entry.encoding & ~CHUNK_VECTOR_PATCHED]
				.lanes_encode(
					plan, &stream->shape,
					col_lanes_vector(&stream->lanes, v, (uint8_t *) scratch),
					encoder->kernels, destination);
			break;
		case COL_STREAM_PATCHES:
			col_alp_patches_encode(column, stream->marked, v, plan->n_patches,
								   destination);
			break;
		case COL_STREAM_IMAGES:
			if (column->phys == COL_PHYS_FIXED)
				col_raw_fixed_encode(column, first, plan->n_rows, destination);
			else
				col_raw_marked_encode(column, stream->marked, first,
									  first + plan->n_rows, destination);
			break;
		case COL_STREAM_BYTES:
			memcpy(destination,
				   stream->bytes + (first > 0 ? stream->ends[first - 1] : 0),
				   plan->entry.bytes);
			break;
	}
}

/*
 * Encodes vectors first .. end - 1 to the end of to, at aligned offsets from
 * base_bytes of it.
 */
static ColStatus
write_vectors(ColEncoder *encoder, ColChoice *choice, ColBuffer *to,
			  size_t base_bytes, uint32_t first, uint32_t end)
{
	uint32_t v;
	uint32_t s;

	for (v = first; v < end; v++)
		for (s = 0; s < choice->n_streams; s++)
		{
			ChunkVector *entry = &choice->streams[s].plans[v].entry;
			uint64_t position = to->used_bytes - base_bytes;
			size_t gap = col_align_up(position, CHUNK_ALIGN_BYTES) - position;
			uint8_t *room;

			entry->offset_bytes = 0;
			entry->crc = 0;
			if (entry->bytes == 0)
				continue;
			room = col_buffer_reserve(to, gap + entry->bytes);
			if (room == NULL)
				return col_encoder_no_memory(encoder);
			memset(room, 0, gap);
			entry->offset_bytes = (uint32_t) (position + gap);
			write_vector(encoder, &choice->streams[s], v, room + gap);
			if (choice->codec == COL_CODEC_NONE)
				entry->crc =
					encoder->kernels->crc32c(0, room + gap, entry->bytes);
			to->used_bytes += gap + entry->bytes;
		}
	return COL_OK;
}

/* The same in planes: raw has room for all of the block. */
static void
write_planes(const ColChoice *choice, const ColBlockPlan *plan, uint8_t *raw)
{
	const ColStream *stream = &choice->streams[0];
	uint32_t block_rows = (uint32_t) (plan->raw_bytes / choice->planes);
	uint64_t scratch[COL_VECTOR_ROWS];
	uint32_t end = col_n_vectors(plan->end_row);
	uint64_t at = 0;
	uint32_t v;

	for (v = plan->first_row / COL_VECTOR_ROWS; v < end; v++)
	{
		ChunkVector *entry = &stream->plans[v].entry;

		entry->offset_bytes = 0;
		if (entry->bytes == 0)
			continue;
		at = col_align_up(at, CHUNK_ALIGN_BYTES);
		entry->offset_bytes = (uint32_t) at;
		col_planes_encode(
			col_lanes_vector(&stream->lanes, v, (uint8_t *) scratch),
			stream->plans[v].n_rows, &stream->shape, choice->planes,
			choice->base, choice->firsts != NULL, raw, block_rows,
			(uint32_t) (at / choice->planes));
		at += entry->bytes;
	}
	col_assert(at == plan->raw_bytes);
}

ColStatus
col_encode_block(ColEncoder *encoder, ColChoice *choice,
				 const ColBlockPlan *plan, ColBuffer *raw)
{
	uint32_t first = plan->first_row / COL_VECTOR_ROWS;
	uint8_t *room;

	if (!plan->is_piece && choice->planes == 0)
		return write_vectors(encoder, choice, raw, raw->used_bytes, first,
							 col_n_vectors(plan->end_row));
	room = col_buffer_reserve(raw, plan->raw_bytes);
	if (room == NULL)
		return col_encoder_no_memory(encoder);
	if (plan->is_piece)
		col_raw_marked_encode(encoder->column, NULL, plan->first_row,
							  plan->end_row, room);
	else
		write_planes(choice, plan, room);
	raw->used_bytes += plan->raw_bytes;
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
	size_t stored_bytes = 0;
	ColStatus status = COL_OK;

	if (room == NULL)
		return write_no_memory(writer);
	col_assert(b < writer->header.n_blocks && raw_bytes > 0);
	if (encoder->choice.codec != COL_CODEC_STORED)
		status = col_block_compress(
			encoder->codecs, encoder->options,
			col_encoder_level(encoder, false), writer->raw.data, raw_bytes,
			encoder->choice.planes > 0 ? encoder->choice.planes : 1, NULL, room,
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
	if (encoder->choice.root == CHUNK_ENCODING_CONSTANT)
		return COL_OK;
	if (encoder->choice.flags & CHUNK_FLAG_PREFIX)
		status = col_codecs_set_prefix(
			encoder->codecs, col_encoder_level(encoder, false),
			encoder->choice.section, encoder->choice.section_bytes,
			encoder->error);
	if (encoder->choice.codec == COL_CODEC_NONE)
		status = write_vectors(encoder, &encoder->choice, writer->out,
							   writer->out->used_bytes, 0, encoder->n_vectors);
	for (b = 0; status == COL_OK && b < writer->header.n_blocks; b++)
	{
		col_block_plan(encoder, &encoder->choice,
					   col_encoder_block_bytes(encoder, &encoder->choice),
					   &plan);
		writer->blocks[b].first_row = plan.first_row;
		col_buffer_reset(&writer->raw);
		status =
			col_encode_block(encoder, &encoder->choice, &plan, &writer->raw);
		if (status != COL_OK)
			break;
		col_assert(writer->raw.used_bytes == plan.raw_bytes); /* E1 */
		status = write_block(writer, b);
		plan.first_row = plan.end_row;
	}
	col_codecs_set_prefix(encoder->codecs, 0, NULL, 0, NULL);
	writer->header.payload_bytes =
		write_position(writer) - writer->header.payload_offset_bytes;
	return status;
}

/* The directories one after the other, into writer->raw. */
static bool
write_directories(ChunkWriter *writer)
{
	const ColChoice *choice = &writer->encoder->choice;
	const ChunkHeader *header = &writer->header;
	size_t bytes = header->vectors_bytes + header->blocks_bytes;
	uint8_t *at = col_buffer_reserve(&writer->raw, bytes);
	uint32_t s;
	uint32_t v;

	if (at == NULL)
		return false;
	for (s = 0; s < choice->n_streams; s++)
		for (v = 0; v < header->n_vectors; v++)
		{
			memcpy(at, &choice->streams[s].plans[v].entry, sizeof(ChunkVector));
			at += sizeof(ChunkVector);
		}
	if (header->blocks_bytes > 0)
		memcpy(at, writer->blocks, header->blocks_bytes);
	writer->raw.used_bytes = bytes;
	return true;
}

/*
 * Writes the directories to their room, compressed if that pays: then what follows
 * moves down.
 */
static ColStatus
write_close_directories(ChunkWriter *writer)
{
	ColEncoder *encoder = writer->encoder;
	ChunkHeader *header = &writer->header;
	uint8_t *chunk = writer->out->data + writer->start_bytes;
	uint8_t *room = chunk + sizeof(ChunkHeader);
	size_t end_bytes = write_position(writer);
	size_t raw_bytes;
	size_t stored_bytes = 0;
	uint32_t saved_bytes;

	col_buffer_reset(&writer->raw);
	if (!write_directories(writer))
		return write_no_memory(writer);
	raw_bytes = writer->raw.used_bytes;
	if (encoder->options->codec != COL_CODEC_NONE &&
		raw_bytes >= DIRECTORIES_TRY_BYTES)
	{
		ColStatus status = col_block_compress(
			encoder->codecs, encoder->options, col_encoder_level(encoder, true),
			writer->raw.data, raw_bytes, 1, NULL, room,
			raw_bytes - DIRECTORIES_WORTH_BYTES, &stored_bytes, encoder->error);

		if (status != COL_OK)
			return status;
	}
	if (stored_bytes == 0)
	{
		memcpy(room, writer->raw.data, raw_bytes);
		return COL_OK;
	}
	header->directories_codec = (uint8_t) encoder->options->codec;
	header->directories_bytes = (uint32_t) stored_bytes;
	while (stored_bytes % CHUNK_ALIGN_BYTES != 0)
		room[stored_bytes++] = 0;
	saved_bytes = (uint32_t) (raw_bytes - stored_bytes);
	memmove(room + stored_bytes, room + raw_bytes,
			end_bytes - sizeof(ChunkHeader) - raw_bytes);
	writer->out->used_bytes -= saved_bytes;
	header->validity_offset_bytes -= saved_bytes;
	header->dictionary_offset_bytes -= saved_bytes;
	header->payload_offset_bytes -= saved_bytes;
	return COL_OK;
}

/* Fills in header and directories, all the rest being written. */
static ColStatus
write_head(ChunkWriter *writer)
{
	const ColEncoder *encoder = writer->encoder;
	const ColColumn *column = encoder->column;
	ChunkHeader *header = &writer->header;
	const ColChoice *choice = &encoder->choice;
	ColStatus status = write_close_directories(writer);

	if (status != COL_OK)
		return status;
	col_assert(header->payload_offset_bytes % CHUNK_ALIGN_BYTES == 0);
	header->magic = CHUNK_MAGIC;
	header->version = CHUNK_VERSION;
	header->phys = (uint8_t) column->phys;
	header->order = (uint8_t) column->order;
	header->value_bytes = column->value_bytes;
	header->root = choice->root;
	header->codec = (uint8_t) choice->codec;
	header->flags = choice->flags;
	header->parameter = choice->parameter;
	header->planes = choice->planes;
	header->right_bits = choice->right_bits;
	header->base = choice->planes > 0 ? choice->base : 0;
	header->n_rows = column->n_rows;
	header->n_nulls = column->n_nulls;
	header->raw_bytes = encoder->raw_bytes;
	header->multiplier = choice->streams[0].shape.multiplier;
	header->chunk_bytes = write_position(writer);
	header->head_crc = 0;
	memcpy(writer->out->data + writer->start_bytes, header,
		   sizeof(ChunkHeader));
	header->head_crc = write_crc(writer, 0, 0, offsetof(ChunkHeader, head_crc));
	header->head_crc =
		write_crc(writer, header->head_crc, sizeof(ChunkHeader),
				  header->validity_offset_bytes - sizeof(ChunkHeader));
	col_store_u32(writer->out->data + writer->start_bytes +
					  offsetof(ChunkHeader, head_crc),
				  header->head_crc);
	return COL_OK;
}

ColStatus
col_chunk_write(ColEncoder *encoder, ColBuffer *out)
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
		status = write_head(&writer);
	if (status != COL_OK)
		out->used_bytes = writer.start_bytes; /* E4 */
	col_buffer_free(&writer.raw);
	return status;
}
