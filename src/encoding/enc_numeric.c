/*
 * enc_numeric.c - numeric values as integers: value * 10^scale, the scale being one for
 * the chunk.  Streams: the integers (their low 8 bytes), their high 8 bytes if some
 * need more than 8, and the display scales if they differ.
 *
 * What is stored is proved: each integer is turned into an image again and compared.
 * Rows that differ, and NaN and infinities, are exceptions: their images lie in the
 * dictionary section, their number + SCALE_EXCEPTION in the stream of scales.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/encoding/decimal.h"
#include "src/vector/image.h"

/* Scales from here on are numbers of exceptions. */
#define SCALE_EXCEPTION 0x4000

/* Rows whose scale is larger than the chunk's, or that are exceptions: one in. */
#define EXCEPTION_ONE_IN 32
#define EXCEPTIONS_MAX 4096

/* Rows looked at before all of them are. */
#define TRY_ROWS 64

typedef struct NumericColumn
{
	const ColColumn *column;
	uint64_t *low;
	int64_t *high;
	uint16_t *scales;
	int scale;
	bool has_high;
	bool has_scales;
	uint32_t n_exceptions;
	uint32_t exception_rows[EXCEPTIONS_MAX];
} NumericColumn;

/* The smallest scale that all rows but a few have; -1: there is none. */
static int
numeric_scale(const ColColumn *column)
{
	uint32_t counts[COL_DECIMAL_SCALE_MAX + 2] = {0};
	uint32_t n_values = column->n_rows - column->n_nulls;
	uint32_t n_above = 0;
	uint32_t n_seen = 0;
	uint32_t row;
	int scale;

	for (row = 0; row < column->n_rows; row++)
	{
		if (col_column_is_null(column, row))
			continue;
		scale = col_decimal_scale(col_column_value(column, row));
		if (scale < 0 || scale > COL_DECIMAL_SCALE_MAX)
			scale = COL_DECIMAL_SCALE_MAX + 1;
		counts[scale]++;
		n_seen++;
		if (n_seen == TRY_ROWS &&
			counts[COL_DECIMAL_SCALE_MAX + 1] > TRY_ROWS / 2)
			return -1;
	}
	for (scale = COL_DECIMAL_SCALE_MAX + 1; scale > 0; scale--)
	{
		n_above += counts[scale];
		if (n_above > n_values / EXCEPTION_ONE_IN)
			break;
	}
	return scale > COL_DECIMAL_SCALE_MAX ? -1 : scale;
}

/* The integer of an image if it comes back the same. */
static bool
numeric_is_exact(const uint8_t *image, int scale, ColInt128 *scaled)
{
	uint8_t rebuilt[COL_DECIMAL_IMAGE_BYTES];
	int own = col_decimal_scale(image);

	return own >= 0 && own <= scale &&
		   col_decimal_parse(image, scale, scaled) &&
		   col_decimal_image(*scaled, scale, own, rebuilt) ==
			   col_image_bytes(image) &&
		   memcmp(rebuilt, image, col_image_bytes(image)) == 0;
}

/* All rows; false: too many exceptions. */
static bool
numeric_convert(NumericColumn *numeric)
{
	const ColColumn *column = numeric->column;
	ColInt128 scaled = 0;
	uint16_t first_scale = UINT16_MAX;
	uint16_t scale = 0;
	uint32_t row;

	for (row = 0; row < column->n_rows; row++)
	{
		ColInt128 value;

		if (!col_column_is_null(column, row))
		{
			const uint8_t *image = col_column_value(column, row);

			if (numeric_is_exact(image, numeric->scale, &value))
			{
				scaled = value;
				scale = (uint16_t) col_decimal_scale(image);
				numeric->has_high |= scaled != (int64_t) scaled;
			}
			else
			{
				if (numeric->n_exceptions == EXCEPTIONS_MAX)
					return false;
				scale = (uint16_t) (SCALE_EXCEPTION + numeric->n_exceptions);
				numeric->exception_rows[numeric->n_exceptions++] = row;
			}
			if (first_scale == UINT16_MAX)
				first_scale = scale;
			numeric->has_scales |= scale != first_scale;
		}
		numeric->low[row] = (uint64_t) scaled;
		numeric->high[row] = (int64_t) (scaled >> 64);
		numeric->scales[row] = scale;
	}
	/* one scale for all: it is the chunk's */
	if (!numeric->has_scales && numeric->n_exceptions == 0 &&
		first_scale != (uint16_t) numeric->scale)
		numeric->has_scales = true;
	return numeric->n_exceptions <= column->n_rows / EXCEPTION_ONE_IN;
}

/* The images of the exceptions, one after the other. */
static bool
numeric_section(ColEncoder *encoder, const NumericColumn *numeric,
				ColChoice *choice)
{
	const ColColumn *column = encoder->column;
	uint64_t bytes = 0;
	uint64_t position = 0;
	uint8_t *section;
	uint32_t i;

	for (i = 0; i < numeric->n_exceptions; i++)
		bytes += col_image_bytes(
					 col_column_value(column, numeric->exception_rows[i])) +
				 COL_IMAGE_ALIGN_BYTES;
	section = col_arena_alloc(encoder->arena, bytes);
	if (section == NULL || bytes > COL_DICTIONARY_HEAP_BYTES)
		return false;
	for (i = 0; i < numeric->n_exceptions; i++)
		position = col_image_append(
			section, position,
			col_column_value(column, numeric->exception_rows[i]));
	choice->section = section;
	choice->section_bytes = (uint32_t) position;
	choice->n_section = numeric->n_exceptions;
	return true;
}

ColStatus
col_numeric_transform(ColEncoder *encoder, ColChoice *choice, bool *applies)
{
	uint32_t n_rows = encoder->column->n_rows;
	ColLanes lanes = {NULL, encoder->column->validity, n_rows, sizeof(uint64_t),
					  COL_ORDER_SIGNED};
	NumericColumn *numeric =
		col_arena_zalloc(encoder->arena, sizeof(NumericColumn));
	ColStatus status = COL_OK;

	*applies = false;
	if (numeric == NULL)
		return col_encoder_no_memory(encoder);
	numeric->column = encoder->column;
	numeric->scale = numeric_scale(encoder->column);
	if (numeric->scale < 0)
		return COL_OK;
	numeric->low = col_arena_alloc(encoder->arena, n_rows * sizeof(uint64_t));
	numeric->high = col_arena_alloc(encoder->arena, n_rows * sizeof(int64_t));
	numeric->scales =
		col_arena_alloc(encoder->arena, n_rows * sizeof(uint16_t));
	if (!numeric->low || !numeric->high || !numeric->scales)
		return col_encoder_no_memory(encoder);
	if (!numeric_convert(numeric))
		return COL_OK;
	if (numeric->n_exceptions > 0 && !numeric_section(encoder, numeric, choice))
		return col_encoder_no_memory(encoder);
	choice->root = CHUNK_ENCODING_NUMERIC;
	choice->parameter = (int8_t) numeric->scale;
	choice->flags = (uint8_t) ((numeric->has_high ? CHUNK_FLAG_HIGH : 0) |
							   (numeric->has_scales ? CHUNK_FLAG_SCALES : 0));
	lanes.values = (const uint8_t *) numeric->low;
	lanes.order = numeric->has_high ? COL_ORDER_UNSIGNED : COL_ORDER_SIGNED;
	status = col_choice_add_lanes(encoder, choice, &lanes);
	if (status == COL_OK && numeric->has_high)
	{
		lanes.values = (const uint8_t *) numeric->high;
		lanes.order = COL_ORDER_SIGNED;
		status = col_choice_add_lanes(encoder, choice, &lanes);
	}
	if (status == COL_OK && numeric->has_scales)
	{
		lanes.values = (const uint8_t *) numeric->scales;
		lanes.lane_bytes = sizeof(uint16_t);
		lanes.order = COL_ORDER_UNSIGNED;
		status = col_choice_add_lanes(encoder, choice, &lanes);
	}
	*applies = status == COL_OK;
	return status;
}

ColStatus
col_numeric_images(const ColNumericLanes *lanes, const uint64_t *validity,
				   uint32_t first, uint32_t end, uint8_t *room,
				   const uint8_t **images, ColError *error)
{
	uint32_t row;

	for (row = first; row < end; row++)
	{
		int64_t low = (int64_t) lanes->low[row & lanes->low_mask];
		uint32_t scale = (uint32_t) lanes->scale;
		ColInt128 scaled = low;

		if (validity && !col_bit_is_set(validity, row))
		{
			images[row] = col_empty_image;
			continue;
		}
		if (lanes->high)
			scaled = (ColInt128) ((ColUint128) (uint64_t)
									  lanes->high[row & lanes->high_mask]
								  << 64) |
					 (ColUint128) (uint64_t) low;
		if (lanes->scales)
			scale = lanes->scales[row & lanes->scales_mask];
		if (scale >= SCALE_EXCEPTION)
		{
			if (scale - SCALE_EXCEPTION >= lanes->n_exceptions)
				return col_error(error, COL_CORRUPT,
								 "number of an exceptional numeric",
								 scale - SCALE_EXCEPTION, lanes->n_exceptions);
			images[row] = lanes->exceptions[scale - SCALE_EXCEPTION];
			continue;
		}
		images[row] = room;
		room += col_decimal_image(scaled, lanes->scale, (int) scale, room);
	}
	return COL_OK;
}
