/*
 * enc_fsst.c - text in symbols (fsst.h), each value by itself: a stream of the lengths
 * of the codes, and one of the codes.  The symbol table is the dictionary section; the
 * max of an entry of the codes is the bytes of the vector's images in memory.
 *
 * Images have a 1-byte header where their length allows it, otherwise one of 4 bytes;
 * columns with other headers are not encoded so.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/encoding/fsst.h"
#include "src/vector/image.h"

/* Payload bytes of an image with a 1-byte header, at most. */
#define SHORT_PAYLOAD_MAX 126

/* Values that a table is made from. */
#define TRAIN_VALUES 4096

/* Codes must take fewer bytes than the values by one in this many. */
#define WORTH_ONE_IN 8

static bool
fsst_headers_fit(const ColColumn *column)
{
	uint32_t row;

	for (row = 0; row < column->n_rows; row++)
	{
		const uint8_t *image;

		if (col_column_is_null(column, row))
			continue;
		image = col_column_value(column, row);
		if (col_image_is_short(image) !=
			(col_image_payload_bytes(image) <= SHORT_PAYLOAD_MAX))
			return false;
	}
	return true;
}

static ColStatus
fsst_train(ColEncoder *encoder, ColFsstTable *table)
{
	const ColColumn *column = encoder->column;
	const uint8_t **values =
		col_arena_alloc(encoder->arena, TRAIN_VALUES * sizeof(const uint8_t *));
	uint32_t *lengths =
		col_arena_alloc(encoder->arena, TRAIN_VALUES * sizeof(uint32_t));
	uint32_t step = column->n_rows / TRAIN_VALUES + 1;
	uint32_t n = 0;
	uint32_t row;

	if (values == NULL || lengths == NULL)
		return col_encoder_no_memory(encoder);
	for (row = 0; row < column->n_rows && n < TRAIN_VALUES; row += step)
		if (!col_column_is_null(column, row))
		{
			values[n] = col_image_payload(col_column_value(column, row));
			lengths[n] = col_image_payload_bytes(col_column_value(column, row));
			n++;
		}
	if (col_fsst_train(table, values, lengths, n, encoder->arena->allocator) !=
		COL_OK)
		return col_encoder_no_memory(encoder);
	return COL_OK;
}

/* Codes of all rows; false: they are not worth it. */
static bool
fsst_encode_rows(ColEncoder *encoder, const ColFsstEncoder *fsst,
				 uint8_t *codes, uint32_t *lengths, uint32_t *ends)
{
	const ColColumn *column = encoder->column;
	uint64_t end = 0;
	uint64_t payload_bytes = 0;
	uint32_t row;

	for (row = 0; row < column->n_rows; row++)
	{
		lengths[row] = 0;
		if (!col_column_is_null(column, row))
		{
			const uint8_t *image = col_column_value(column, row);
			uint32_t n_bytes = col_image_payload_bytes(image);

			lengths[row] = (uint32_t) col_fsst_encode(
				fsst, col_image_payload(image), n_bytes, codes + end);
			payload_bytes += n_bytes;
		}
		end += lengths[row];
		ends[row] = (uint32_t) end;
		if (row % COL_VECTOR_ROWS == 0 && row >= 8 * COL_VECTOR_ROWS &&
			end > payload_bytes - payload_bytes / WORTH_ONE_IN)
			return false;
	}
	return end <= payload_bytes - payload_bytes / WORTH_ONE_IN;
}

/* The stream of codes: entries say how many bytes, and what the images take. */
static void
fsst_plan_codes(const ColEncoder *encoder, ColStream *stream)
{
	const ColColumn *column = encoder->column;
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
	{
		ColVectorPlan *plan = &stream->plans[v];
		uint32_t first = v * COL_VECTOR_ROWS;
		uint32_t start = first > 0 ? stream->ends[first - 1] : 0;

		plan->entry.encoding = CHUNK_ENCODING_CONSTANT;
		if (col_plan_all_null(plan))
			continue;
		plan->entry.encoding = CHUNK_ENCODING_RAW;
		plan->entry.bytes = stream->ends[first + plan->n_rows - 1] - start;
		plan->entry.max =
			(int64_t) col_raw_marked_bytes(column, NULL, first, plan->n_rows);
	}
}

ColStatus
col_fsst_transform(ColEncoder *encoder, ColChoice *choice, bool *applies)
{
	const ColColumn *column = encoder->column;
	uint32_t n_rows = column->n_rows;
	ColLanes lanes = {NULL, column->validity, n_rows, sizeof(uint32_t),
					  COL_ORDER_UNSIGNED};
	ColFsstEncoder *fsst;
	ColFsstTable table;
	uint32_t *lengths;
	uint32_t *ends;
	uint8_t *codes;
	uint8_t *section;
	ColStatus status;

	*applies = false;
	if (!fsst_headers_fit(column))
		return COL_OK;
	status = fsst_train(encoder, &table);
	if (status != COL_OK)
		return status;
	fsst = col_arena_alloc(encoder->arena, sizeof(ColFsstEncoder));
	lengths = col_arena_alloc(encoder->arena, n_rows * sizeof(uint32_t));
	ends = col_arena_alloc(encoder->arena, n_rows * sizeof(uint32_t));
	codes =
		col_arena_alloc(encoder->arena, (size_t) encoder->raw_bytes * 2 + 8);
	section = col_arena_alloc(encoder->arena, col_fsst_table_bytes(&table));
	if (!fsst || !lengths || !ends || !codes || !section)
		return col_encoder_no_memory(encoder);
	col_fsst_encoder_init(fsst, &table);
	if (!fsst_encode_rows(encoder, fsst, codes, lengths, ends))
		return COL_OK;
	col_fsst_table_write(&table, section);
	choice->root = CHUNK_ENCODING_FSST;
	choice->section = section;
	choice->section_bytes = (uint32_t) col_fsst_table_bytes(&table);
	choice->n_section = 1;
	lanes.values = (const uint8_t *) lengths;
	status = col_choice_add_lanes(encoder, choice, &lanes);
	if (status == COL_OK)
		status = col_choice_add_marked(encoder, choice, COL_STREAM_BYTES, NULL);
	if (status != COL_OK)
		return status;
	choice->streams[1].bytes = codes;
	choice->streams[1].ends = ends;
	fsst_plan_codes(encoder, &choice->streams[1]);
	*applies = true;
	return COL_OK;
}

/* Decodes a value to the image at room; its bytes, 0: corrupt. */
static uint64_t
fsst_image(const ColFsstTable *table, const uint8_t *codes, uint32_t n_codes,
		   uint8_t *room, uint64_t room_bytes)
{
	/* behind a 4-byte header: the length is not known before */
	int64_t n_bytes;

	if (room_bytes < 1)
		return 0;
	n_bytes = col_fsst_decode(table, codes, n_codes, room + 1, room_bytes - 1);
	if (n_bytes < 0)
		return 0;
	if (n_bytes <= SHORT_PAYLOAD_MAX)
	{
		room[0] = (uint8_t) ((n_bytes + 1) << 1 | 1);
		return (uint64_t) n_bytes + 1;
	}
	if ((uint64_t) n_bytes + 4 > room_bytes)
		return 0;
	memmove(room + 4, room + 1, (size_t) n_bytes);
	col_store_u32(room, ((uint32_t) n_bytes + 4) << 2);
	return (uint64_t) n_bytes + 4;
}

ColStatus
col_fsst_images(const ColFsstTable *table, const uint32_t *lengths,
				bool constant, const uint8_t *codes, uint32_t code_bytes,
				const uint64_t *validity, uint32_t first, uint32_t end,
				uint32_t n_rows, uint8_t *room, uint64_t room_bytes,
				const uint8_t **images, ColError *error)
{
	uint64_t at = 0;
	uint64_t position = 0;
	uint32_t row;

	for (row = 0; row < n_rows; row++)
	{
		uint32_t n_codes = lengths[constant ? 0 : row];
		uint8_t *image;
		uint64_t n_bytes;

		if (validity && !col_bit_is_set(validity, row))
		{
			if (row >= first && row < end)
				images[row] = col_empty_image;
			continue;
		}
		if (n_codes > code_bytes - at)
			return col_error(error, COL_CORRUPT, "codes leave their vector",
							 at + n_codes, code_bytes);
		if (row < first || row >= end)
		{
			at += n_codes;
			continue;
		}
		/* aligned: whether the header has 4 bytes is not known before */
		position = col_align_up(position, COL_IMAGE_ALIGN_BYTES);
		image = room + position;
		n_bytes = position < room_bytes
					  ? fsst_image(table, codes + at, n_codes, image,
								   room_bytes - position)
					  : 0;
		if (n_bytes == 0)
			return col_error(error, COL_CORRUPT, "symbols of a value", row,
							 n_codes);
		images[row] = image;
		position += n_bytes;
		at += n_codes;
	}
	if (at != code_bytes)
		return col_error(error, COL_CORRUPT, "codes left behind the values", at,
						 code_bytes);
	return COL_OK;
}
