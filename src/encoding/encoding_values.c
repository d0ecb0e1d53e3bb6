/*
 * encoding_values.c - the streams of a vector, read and checked, as values: lanes as they
 * are, by a dictionary, as numerics, floats, text.
 *
 * Invariants (numbers of README.md):
 *   E3 every code, number and length that was read is checked before it is used
 *   E6 what a ColVector points to stays until the next read
 */
#include "src/encoding/encoding.h"

#include "simd/simd.h"
#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/encoding/decimal.h"
#include "src/encoding/encoding_internal.h"
#include "src/encoding/encoding_reader.h"

/* Room for a vector of values that are made of lanes. */
bool
col_reader_values_room(ColChunkReader *reader)
{
	if (reader->values == NULL)
		reader->values = col_arena_alloc(
			&reader->arena,
			COL_VECTOR_ROWS * (size_t) reader->stride_bytes + COL_TAIL_BYTES);
	return reader->values != NULL;
}

/* The same lane n_rows times. */
static void
reader_repeat(const uint8_t *lane, uint32_t lane_bytes, uint32_t n_rows,
			  uint8_t *lanes)
{
	uint64_t value = col_load_uint(lane, lane_bytes);
	uint32_t row;

	for (row = 0; row < n_rows; row++)
		memcpy(lanes + (size_t) row * lane_bytes, &value, lane_bytes);
}

/* Every row of vector is the same value, which may be NULL's stand-in. */
void
col_reader_set_constant(ColVector *vector, const uint8_t *value,
						const uint8_t *const *image)
{
	vector->kind = COL_VECTOR_CONSTANT;
	vector->values = value;
	vector->images = image;
}

/* Lanes of rows first .. end - 1 of a vector in planes. */
static void
reader_planes(ColChunkReader *reader, uint32_t v, const uint8_t *payload,
			  uint32_t block, uint32_t first, uint32_t end)
{
	const ChunkHeader *header = &reader->head.header;
	const ColLaneShape *shape = &reader->shapes[0];
	const ChunkVector *entry = col_head_entry(&reader->head, 0, v);
	uint32_t planes = header->planes;
	uint32_t block_rows = reader->head.blocks[block].raw_bytes / planes;
	uint32_t at = entry->offset_bytes / planes;
	bool deltas = (header->flags & CHUNK_FLAG_DELTAS) != 0;

	if (end - first == 1 && !deltas)
	{
		uint64_t lane = col_planes_one(payload, block_rows, at + first, shape,
									   planes, header->base);

		memcpy(reader->lanes[0] + (size_t) first * shape->lane_bytes, &lane,
			   shape->lane_bytes);
		return;
	}
	col_planes_decode(
		payload, block_rows, at, col_vector_rows(header->n_rows, v), shape,
		planes, header->base, deltas,
		deltas ? col_load_u64(reader->dictionary_values + (size_t) v * 8) : 0,
		reader->kernels, reader->lanes[0]);
}

/*
 * Decodes rows first .. end - 1 (all, or one) of a stream of lanes; decode->constant:
 * values[0] is all of them.
 */
static ColStatus
reader_stream(ColChunkReader *reader, uint32_t s, uint32_t v,
			  const uint8_t *payload, uint32_t first, uint32_t end,
			  ColLaneDecode *decode, ColError *error)
{
	const ChunkVector *entry = col_head_entry(&reader->head, s, v);
	const ColEncoding *encoding =
		&col_encodings[entry->encoding & ~CHUNK_VECTOR_PATCHED];

	memset(decode, 0, sizeof(*decode));
	decode->entry = entry;
	decode->payload = col_reader_bytes(reader, payload, entry);
	decode->shape = &reader->shapes[s];
	decode->n_rows = col_vector_rows(reader->head.header.n_rows, v);
	decode->kernels = reader->kernels;
	decode->scratch = reader->lanes[s];
	if (end - first == 1 && encoding->lanes_one)
	{
		uint32_t lane_bytes = decode->shape->lane_bytes;
		uint64_t lane = encoding->lanes_one(decode, first);

		memcpy(decode->scratch + (size_t) first * lane_bytes, &lane,
			   lane_bytes);
		decode->values = decode->scratch;
		return COL_OK;
	}
	col_assert(encoding->lanes_decode != NULL); /* E3 */
	return encoding->lanes_decode(decode, error);
}

/* Codes to values of constant length. */
static ColStatus
reader_gather(ColChunkReader *reader, const uint32_t *codes, uint32_t first,
			  uint32_t end, ColVector *vector, ColError *error)
{
	const uint8_t *dictionary = reader->dictionary_values;
	size_t stride_bytes = reader->stride_bytes;
	uint32_t row;

	if (!col_reader_values_room(reader))
		return col_reader_no_memory(error);
	vector->values = reader->values;
	if (stride_bytes <= 16 && (stride_bytes & (stride_bytes - 1)) == 0)
		reader->kernels->gather[simd_lane_index((unsigned) stride_bytes)](
			dictionary, codes + first, end - first,
			reader->values + first * stride_bytes);
	else
		for (row = first; row < end; row++)
			memcpy(reader->values + row * stride_bytes,
				   dictionary + codes[row] * stride_bytes, stride_bytes);
	return COL_OK;
}

/* Codes and the values that are not in the dictionary, in one vector. */
static ColStatus
reader_others_vector(ColChunkReader *reader, uint32_t v, const uint8_t *payload,
					 const ColLaneDecode *decode, ColVector *vector,
					 ColError *error)
{
	const ChunkVector *entry = col_head_entry(&reader->head, 1, v);
	const uint32_t *codes = (const uint32_t *) (const void *) decode->values;
	uint32_t n_entries = reader->head.header.n_dictionary;
	uint64_t others[COL_VECTOR_WORDS] = {0};
	uint32_t row;
	ColStatus status;

	for (row = 0; row < vector->n_rows; row++)
	{
		uint32_t code = codes[decode->constant ? 0 : row];

		if (code > n_entries)
			return col_error(error, COL_CORRUPT, "dictionary code out of range",
							 code, n_entries);
		if (code == n_entries && !col_vector_is_null(vector, row))
			others[row / 64] |= (uint64_t) 1 << row % 64;
	}
	status = col_raw_images_decode(col_reader_bytes(reader, payload, entry),
								   entry->bytes, others, 0, vector->n_rows,
								   reader->images, error);
	if (status != COL_OK)
		return status;
	for (row = 0; row < vector->n_rows; row++)
	{
		uint32_t code = codes[decode->constant ? 0 : row];

		if (code < n_entries && !col_vector_is_null(vector, row))
			reader->images[row] = reader->dictionary_images[code];
	}
	vector->images = reader->images;
	return COL_OK;
}

/* Lengths of codes and codes become images. */
static ColStatus
reader_fsst_vector(ColChunkReader *reader, uint32_t v, const uint8_t *payload,
				   const ColLaneDecode *decode, uint32_t first, uint32_t end,
				   ColVector *vector, ColError *error)
{
	const ChunkVector *entry = col_head_entry(&reader->head, 1, v);
	/* images are aligned one by one here */
	uint64_t room_bytes = (uint64_t) entry->max +
						  (uint64_t) vector->n_rows * COL_IMAGE_ALIGN_BYTES;
	uint8_t *room;

	col_buffer_reset(&reader->text);
	room = col_buffer_reserve(&reader->text, room_bytes + COL_FSST_SLACK_BYTES);
	if (room == NULL)
		return col_reader_no_memory(error);
	vector->images = reader->images;
	return col_fsst_images(
		reader->fsst, (const uint32_t *) (const void *) decode->values,
		decode->constant, col_reader_bytes(reader, payload, entry),
		entry->bytes, vector->validity, first, end, vector->n_rows, room,
		room_bytes, reader->images, error);
}

/* Codes, decoded, become the vector. */
static ColStatus
reader_dictionary_vector(ColChunkReader *reader, const ColLaneDecode *decode,
						 uint32_t first, uint32_t end, ColVector *vector,
						 ColError *error)
{
	uint32_t n_entries = reader->head.header.n_dictionary;
	const uint32_t *codes = (const uint32_t *) (const void *) decode->values;
	uint32_t n_codes = decode->constant ? 1 : end - first;
	uint32_t largest = reader->kernels->max_u32(
		decode->constant ? codes : codes + first, n_codes);

	if (largest >= n_entries)
		return col_error(error, COL_CORRUPT, "dictionary code out of range",
						 largest, n_entries);
	if (decode->constant)
	{
		const uint8_t *value = NULL;
		const uint8_t *const *image = NULL;

		if (vector->phys == COL_PHYS_IMAGE)
			image = &reader->dictionary_images[codes[0]];
		else
			value = reader->dictionary_values +
					(size_t) codes[0] * reader->stride_bytes;
		col_reader_set_constant(vector, value, image);
		return COL_OK;
	}
	if (vector->phys != COL_PHYS_IMAGE)
		return reader_gather(reader, codes, first, end, vector, error);
	vector->kind = COL_VECTOR_DICTIONARY;
	vector->images = reader->dictionary_images;
	vector->codes = codes;
	vector->n_dictionary = n_entries;
	return COL_OK;
}

static ColStatus
reader_numeric_vector(ColChunkReader *reader, const ColLaneDecode *decodes,
					  uint32_t first, uint32_t end, ColVector *vector,
					  ColError *error)
{
	const ChunkHeader *header = &reader->head.header;
	bool has_high = (header->flags & CHUNK_FLAG_HIGH) != 0;
	bool has_scales = (header->flags & CHUNK_FLAG_SCALES) != 0;
	const ColLaneDecode *scales = &decodes[has_high ? 2 : 1];
	ColNumericLanes lanes = {0};
	ColStatus status;

	if (reader->as_decimals && header->n_streams == 1 &&
		header->n_dictionary == 0)
	{
		vector->phys = COL_PHYS_DECIMAL;
		vector->stride_bytes = sizeof(int64_t);
		vector->scale = header->parameter;
		vector->values = decodes[0].values;
		if (decodes[0].constant)
			col_reader_set_constant(vector, decodes[0].values, NULL);
		return COL_OK;
	}
	if (reader->room == NULL)
		reader->room = col_arena_alloc(
			&reader->arena, COL_VECTOR_ROWS * COL_DECIMAL_IMAGE_BYTES);
	if (reader->room == NULL)
		return col_reader_no_memory(error);
	lanes.low = (const uint64_t *) (const void *) decodes[0].values;
	lanes.low_mask = decodes[0].constant ? 0 : UINT32_MAX;
	if (has_high)
	{
		lanes.high = (const int64_t *) (const void *) decodes[1].values;
		lanes.high_mask = decodes[1].constant ? 0 : UINT32_MAX;
	}
	if (has_scales)
	{
		lanes.scales = (const uint16_t *) (const void *) scales->values;
		lanes.scales_mask = scales->constant ? 0 : UINT32_MAX;
	}
	lanes.scale = header->parameter;
	lanes.exceptions = reader->dictionary_images;
	lanes.n_exceptions = header->n_dictionary;
	status = col_numeric_images(&lanes, vector->validity, first, end,
								reader->room, reader->images, error);
	vector->images = reader->images;
	return status;
}

/* Integers become floats; constant ones too. */
static ColStatus
reader_alp_vector(ColChunkReader *reader, uint32_t v, const uint8_t *payload,
				  const ColLaneDecode *decode, uint32_t first, uint32_t end,
				  ColVector *vector, ColError *error)
{
	const ChunkHeader *header = &reader->head.header;
	uint32_t value_bytes = header->value_bytes;
	bool has_patches = header->n_streams > 1;
	const ChunkVector *entry;

	if (!col_reader_values_room(reader))
		return col_reader_no_memory(error);
	vector->values = reader->values;
	if (decode->constant && has_patches)
		reader_repeat(decode->values, value_bytes, end, reader->lanes[0]);
	else if (decode->constant)
	{
		first = 0;
		end = 1;
		vector->kind = COL_VECTOR_CONSTANT;
	}
	col_alp_decode(
		reader->kernels, value_bytes, (header->flags & CHUNK_FLAG_BINARY) != 0,
		header->parameter,
		(decode->constant && has_patches ? reader->lanes[0] : decode->values) +
			(size_t) first * value_bytes,
		end - first, reader->values + (size_t) first * value_bytes);
	if (!has_patches)
		return COL_OK;
	entry = col_head_entry(&reader->head, 1, v);
	return col_alp_patches_apply(col_reader_bytes(reader, payload, entry),
								 entry->bytes, value_bytes, vector->n_rows,
								 reader->values, error);
}

/* Lanes of all streams of a vector as values: rows first .. end - 1, all or one. */
ColStatus
col_reader_streams(ColChunkReader *reader, uint32_t v, uint32_t first,
				   uint32_t end, ColVector *vector, ColError *error)
{
	const ChunkHeader *header = &reader->head.header;
	ColLaneDecode decodes[CHUNK_STREAMS_MAX] = {0};
	const uint8_t *payload = NULL;
	/* where codes of a row begin follows from the lengths before it */
	bool is_fsst = header->root == CHUNK_ENCODING_FSST;
	uint32_t block = 0;
	uint32_t s;
	ColStatus status = col_reader_payload(reader, v, &payload, &block, error);

	if (status != COL_OK)
		return status;
	if (header->planes > 0)
	{
		reader_planes(reader, v, payload, block, first, end);
		decodes[0].values = reader->lanes[0];
	}
	else
		for (s = 0; s < header->n_streams && status == COL_OK; s++)
			if (reader->kinds[s] == COL_STREAM_LANES)
				status = reader_stream(
					reader, s, v, payload, is_fsst ? 0 : first,
					is_fsst ? vector->n_rows : end, &decodes[s], error);
	if (status != COL_OK)
		return status;
	switch (header->root)
	{
		case CHUNK_ENCODING_FSST:
			return reader_fsst_vector(reader, v, payload, &decodes[0], first,
									  end, vector, error);
		case CHUNK_ENCODING_DICTIONARY:
			if (header->flags & CHUNK_FLAG_OTHERS)
				return reader_others_vector(reader, v, payload, &decodes[0],
											vector, error);
			return reader_dictionary_vector(reader, &decodes[0], first, end,
											vector, error);
		case CHUNK_ENCODING_NUMERIC:
			return reader_numeric_vector(reader, decodes, first, end, vector,
										 error);
		case CHUNK_ENCODING_ALP:
			return reader_alp_vector(reader, v, payload, &decodes[0], first,
									 end, vector, error);
		case CHUNK_ENCODING_ALP_RD:
			if (!col_reader_values_room(reader))
				return col_reader_no_memory(error);
			vector->values = reader->values;
			return col_alp_rd_join(
				reader->dictionary_values, header->n_dictionary,
				header->right_bits, header->value_bytes,
				(const uint32_t *) (const void *) decodes[1].values,
				decodes[1].constant, decodes[0].values, decodes[0].constant,
				first, end, reader->values, error);
		case CHUNK_ENCODING_SPLIT:
		{
			const uint8_t *lanes[CHUNK_STREAMS_MAX];
			bool constant[CHUNK_STREAMS_MAX];

			if (!col_reader_values_room(reader))
				return col_reader_no_memory(error);
			for (s = 0; s < CHUNK_STREAMS_MAX; s++)
			{
				lanes[s] = decodes[s].values;
				constant[s] = decodes[s].constant;
			}
			col_split_join(header->parameter, lanes, constant, first, end,
						   reader->values);
			vector->values = reader->values;
			return COL_OK;
		}
		default:
			break;
	}
	if (decodes[0].constant)
		col_reader_set_constant(vector, decodes[0].values, NULL);
	else
		vector->values = decodes[0].values;
	return COL_OK;
}
