/*
 * enc_bitmap.c - lanes of 1 byte that are 0 or 1, as one bit each: bit i mod 8
 * of byte i / 8 is row i, so that the bytes are a selection of the true rows.
 * Bits behind the last row are 0.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

bool
col_bitmap_plan(ColVectorPlan *plan, const ColLaneShape *shape,
				const uint8_t *lanes)
{
	(void) lanes;
	if (shape->lane_bytes != 1 || plan->base != 0 || plan->range > 1)
		return false;
	plan->entry.width = 1;
	plan->entry.bytes = CHUNK_BITMAP_BYTES;
	return true;
}

void
col_bitmap_encode(const ColVectorPlan *plan, const ColLaneShape *shape,
				  const uint8_t *lanes, const SimdKernels *kernels,
				  uint8_t *destination)
{
	uint32_t row;

	(void) shape;
	(void) kernels;
	col_assert(plan->entry.bytes == CHUNK_BITMAP_BYTES); /* E1 */
	memset(destination, 0, CHUNK_BITMAP_BYTES);
	for (row = 0; row < plan->n_rows; row++)
		destination[row / 8] |= (uint8_t) (lanes[row] << row % 8);
}

bool
col_bitmap_check(const ChunkVector *entry, const ColLaneShape *shape,
				 uint32_t n_rows)
{
	(void) n_rows;
	return shape->lane_bytes == 1 && entry->width == 1 &&
		   entry->bytes == CHUNK_BITMAP_BYTES;
}

ColStatus
col_bitmap_decode(ColLaneDecode *decode, ColError *error)
{
	uint32_t byte;

	(void) error;
	col_assert(decode->entry->bytes == CHUNK_BITMAP_BYTES); /* E3 */
	for (byte = 0; byte < CHUNK_BITMAP_BYTES; byte++)
	{
		/* bit i of the byte to the lowest bit of byte i */
		uint64_t bits = decode->payload[byte] * UINT64_C(0x0101010101010101) &
						UINT64_C(0x8040201008040201);

		bits = (bits + UINT64_C(0x00406070787c7e7f)) >> 7;
		col_store_u64(decode->scratch + (size_t) byte * 8,
					  bits & UINT64_C(0x0101010101010101));
	}
	decode->values = decode->scratch;
	decode->constant = false;
	return COL_OK;
}

uint64_t
col_bitmap_one(const ColLaneDecode *decode, uint32_t row)
{
	return decode->payload[row / 8] >> row % 8 & 1;
}
