/*
 * enc_raw.c - values as they came in: lanes packed, values of constant length
 * packed, images one after another (image.h); NULL rows have no image.
 *
 * Lanes and images are used where they lie, so the payload must stay.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/vector/image.h"

const uint8_t col_empty_image[COL_ALIGN_BYTES] = {COL_IMAGE_EMPTY};

bool
col_raw_plan(ColVectorPlan *plan, const ColLaneShape *shape,
			 const uint8_t *lanes)
{
	(void) lanes;
	plan->entry.width = 0;
	plan->entry.bytes = plan->n_rows * shape->lane_bytes;
	return true;
}

void
col_raw_encode(const ColVectorPlan *plan, const ColLaneShape *shape,
			   const uint8_t *lanes, const SimdKernels *kernels,
			   uint8_t *destination)
{
	(void) kernels;
	col_assert(plan->entry.bytes == plan->n_rows * shape->lane_bytes); /* E1 */
	memcpy(destination, lanes, plan->entry.bytes);
}

bool
col_raw_check(const ChunkVector *entry, const ColLaneShape *shape,
			  uint32_t n_rows)
{
	return entry->width == 0 && entry->bytes == n_rows * shape->lane_bytes;
}

ColStatus
col_raw_decode(ColLaneDecode *decode, ColError *error)
{
	(void) error;
	col_assert(((uintptr_t) decode->payload &
				(decode->shape->lane_bytes - 1U)) == 0); /* M2 */
	decode->values = decode->payload;
	decode->constant = false;
	return COL_OK;
}

uint64_t
col_raw_one(const ColLaneDecode *decode, uint32_t row)
{
	return col_lane_load(decode->payload, decode->shape->lane_bytes, row);
}

uint64_t
col_image_append(uint8_t *payload, uint64_t position, const uint8_t *image)
{
	uint64_t start = col_image_start(position, col_image_is_short(image));
	uint32_t image_bytes = col_image_bytes(image);

	col_assert(image[0] != COL_IMAGE_EXTERNAL && image_bytes > 0);
	col_assert(col_image_is_short(image) || start % COL_IMAGE_ALIGN_BYTES == 0);
	memset(payload + position, 0, start - position);
	memcpy(payload + start, image, image_bytes);
	return start + image_bytes;
}

/*
 * Bytes of the payload of one vector of FIXED or IMAGE values; *value_bytes
 * grows by the bytes of its values alone, without padding and NULL slots.
 */
uint64_t
col_raw_values_bytes(const ColColumn *column, uint32_t vector,
					 uint64_t *value_bytes)
{
	uint32_t first = vector * COL_VECTOR_ROWS;
	uint32_t end = first + col_vector_rows(column->n_rows, vector);
	uint64_t bytes = 0;
	uint32_t row;

	if (column->phys == COL_PHYS_FIXED)
	{
		bytes = (uint64_t) (end - first) * column->value_bytes;
		*value_bytes += bytes;
		return bytes;
	}
	for (row = first; row < end; row++)
	{
		const uint8_t *image = column->heap + column->offsets[row];
		uint32_t image_bytes;

		if (col_column_is_null(column, row))
			continue;
		col_assert(column->offsets[row] < column->heap_bytes);
		col_assert(image[0] != COL_IMAGE_EXTERNAL);
		image_bytes = col_image_bytes(image);
		col_assert(image_bytes <= column->heap_bytes - column->offsets[row]);
		bytes = col_image_start(bytes, col_image_is_short(image)) + image_bytes;
		*value_bytes += image_bytes;
	}
	return bytes;
}

/* FIXED: all slots, those of NULLs as zeroes, so that output is reproducible. */
void
col_raw_fixed_encode(const ColColumn *column, uint32_t first, uint32_t n_rows,
					 uint8_t *destination)
{
	uint32_t value_bytes = column->value_bytes;
	uint32_t row;

	memcpy(destination, column->values + (uint64_t) first * value_bytes,
		   (size_t) n_rows * value_bytes);
	if (column->validity == NULL)
		return;
	for (row = 0; row < n_rows; row++)
		if (!col_bit_is_set(column->validity, first + row))
			memset(destination + (size_t) row * value_bytes, 0, value_bytes);
}

uint64_t
col_raw_images_bytes(const ColColumn *column, uint32_t first_row,
					 uint64_t limit_bytes, uint32_t *end_row)
{
	uint64_t bytes = 0;
	uint32_t row;

	for (row = first_row; row < *end_row; row++)
	{
		const uint8_t *image = column->heap + column->offsets[row];
		uint64_t end;

		if (col_column_is_null(column, row))
			continue;
		end = col_image_start(bytes, col_image_is_short(image)) +
			  col_image_bytes(image);
		if (bytes > 0 && end > limit_bytes)
			break;
		bytes = end;
	}
	*end_row = row;
	return bytes;
}

/* Is the row among those that are written? */
static inline bool
raw_is_written(const ColColumn *column, const uint64_t *marked, uint32_t row)
{
	return !col_column_is_null(column, row) &&
		   (marked == NULL || col_bit_is_set(marked, row));
}

uint64_t
col_raw_marked_bytes(const ColColumn *column, const uint64_t *marked,
					 uint32_t first, uint32_t n_rows)
{
	uint64_t bytes = 0;
	uint32_t row;

	for (row = first; row < first + n_rows; row++)
	{
		const uint8_t *image;

		if (!raw_is_written(column, marked, row))
			continue;
		image = col_column_value(column, row);
		bytes = col_image_start(bytes, col_image_is_short(image)) +
				col_image_bytes(image);
	}
	return bytes;
}

void
col_raw_marked_encode(const ColColumn *column, const uint64_t *marked,
					  uint32_t first_row, uint32_t end_row,
					  uint8_t *destination)
{
	uint64_t position = 0;
	uint32_t row;

	for (row = first_row; row < end_row; row++)
		if (raw_is_written(column, marked, row))
			position = col_image_append(destination, position,
										column->heap + column->offsets[row]);
}

ColStatus
col_raw_images_decode(const uint8_t *payload, uint32_t payload_bytes,
					  const uint64_t *validity, uint32_t first, uint32_t end,
					  const uint8_t **images, ColError *error)
{
	uint64_t position = 0;
	uint32_t row;

	col_assert(((uintptr_t) payload & (COL_IMAGE_ALIGN_BYTES - 1)) == 0);
	for (row = first; row < end; row++)
	{
		const uint8_t *image;

		if (validity && !col_bit_is_set(validity, row))
		{
			images[row] = col_empty_image;
			continue;
		}
		image = col_image_walk(payload, payload_bytes, &position);
		if (image == NULL)
			return col_error(error, COL_CORRUPT, "value leaves its vector",
							 position, payload_bytes);
		images[row] = image;
	}
	if (position != payload_bytes)
		return col_error(error, COL_CORRUPT, "bytes left behind the values",
						 position, payload_bytes);
	return COL_OK;
}
