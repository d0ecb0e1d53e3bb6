/*
 * enc_rle.c - run-length: for each run of equal values its value, then for each
 * run the row behind its last, as 2 bytes.
 *
 * A run's value is (value - base) / multiplier in width / 8 bytes, width being
 * 8, 16, 32 or 64; base and multiplier are those of enc_for.c.  The number of
 * runs follows from the bytes of the vector.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"

#define RUN_END_BYTES 2

bool
col_rle_plan(ColVectorPlan *plan, const ColLaneShape *shape,
			 const uint8_t *lanes)
{
	uint32_t width = col_bit_width(plan->range / shape->multiplier);

	(void) lanes;
	if (width == 0 || plan->n_runs * 2 > COL_VECTOR_ROWS)
		return false;
	width = simd_word_bits(width);
	plan->entry.width = (uint8_t) width;
	plan->entry.bytes = plan->n_runs * (width / 8 + RUN_END_BYTES) +
						col_lane_prefix_bytes(shape);
	return true;
}

#define LANE uint8_t
#define LANE_NAME(name) name##_u8
#include "src/encoding/rle_template.h"

#define LANE uint16_t
#define LANE_NAME(name) name##_u16
#include "src/encoding/rle_template.h"

#define LANE uint32_t
#define LANE_NAME(name) name##_u32
#include "src/encoding/rle_template.h"

#define LANE uint64_t
#define LANE_NAME(name) name##_u64
#include "src/encoding/rle_template.h"

void
col_rle_encode(const ColVectorPlan *plan, const ColLaneShape *shape,
			   const uint8_t *lanes, const SimdKernels *kernels,
			   uint8_t *destination)
{
	(void) kernels;
	col_assert(plan->entry.bytes ==
			   plan->n_runs * (plan->entry.width / 8U + RUN_END_BYTES) +
				   col_lane_prefix_bytes(shape)); /* E1 */
	if (shape->base_in_payload)
	{
		col_store_u64(destination, plan->base);
		destination += 8;
	}
	switch (shape->lane_bytes)
	{
		case 1:
			rle_encode_u8(plan, shape->multiplier, lanes, destination);
			break;
		case 2:
			rle_encode_u16(plan, shape->multiplier, lanes, destination);
			break;
		case 4:
			rle_encode_u32(plan, shape->multiplier, lanes, destination);
			break;
		default:
			rle_encode_u64(plan, shape->multiplier, lanes, destination);
			break;
	}
}

bool
col_rle_check(const ChunkVector *entry, const ColLaneShape *shape,
			  uint32_t n_rows)
{
	uint32_t prefix_bytes = col_lane_prefix_bytes(shape);
	uint32_t run_bytes = entry->width / 8U + RUN_END_BYTES;
	uint32_t runs_bytes;

	if (entry->width != 8 && entry->width != 16 && entry->width != 32 &&
		entry->width != 64)
		return false;
	if (entry->width > shape->lane_bytes * 8 || entry->bytes < prefix_bytes)
		return false;
	runs_bytes = entry->bytes - prefix_bytes;
	return runs_bytes > 0 && runs_bytes % run_bytes == 0 &&
		   runs_bytes / run_bytes <= n_rows;
}

ColStatus
col_rle_decode(ColLaneDecode *decode, ColError *error)
{
	bool good;

	col_assert(decode->payload != NULL && decode->n_rows <= COL_VECTOR_ROWS);
	switch (decode->shape->lane_bytes)
	{
		case 1:
			good = rle_decode_u8(decode);
			break;
		case 2:
			good = rle_decode_u16(decode);
			break;
		case 4:
			good = rle_decode_u32(decode);
			break;
		default:
			good = rle_decode_u64(decode);
			break;
	}
	if (!good)
		return col_error(error, COL_CORRUPT,
						 "runs do not add up to the rows of the vector",
						 decode->entry->bytes, decode->n_rows);
	decode->values = decode->scratch;
	decode->constant = false;
	return COL_OK;
}
