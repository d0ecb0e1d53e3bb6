/*
 * enc_for.c - frame of reference: a value is base + multiplier * packed, the
 * packed values bit-packed as simd.h lays them out.
 *
 * The base is the entry's min, for float orders the first 8 bytes of the
 * payload; the multiplier is the chunk's.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"

bool
col_for_plan(const ColVectorPlan *plan, const ColLaneShape *shape,
			 ChunkVector *entry)
{
	uint32_t width = col_bit_width(plan->range / shape->multiplier);

	if (shape->whole_bytes && width > 0)
		width = simd_word_bits(width);
	col_assert(width <= shape->lane_bytes * 8U);
	entry->width = (uint8_t) width;
	entry->bytes = SIMD_PACKED_BYTES(width) + col_lane_prefix_bytes(shape);
	return true;
}

void
col_for_encode(const ColVectorPlan *plan, const ColLaneShape *shape,
			   const uint8_t *lanes, const SimdKernels *kernels,
			   uint8_t *destination)
{
	col_assert(plan->range % shape->multiplier == 0);
	col_assert(plan->entry.bytes == SIMD_PACKED_BYTES(plan->entry.width) +
										col_lane_prefix_bytes(shape)); /* E1 */
	if (shape->base_in_payload)
		col_store_u64(destination, plan->base);
	kernels->pack[simd_lane_index(shape->lane_bytes)](
		lanes, plan->entry.width, plan->base, shape->multiplier,
		destination + col_lane_prefix_bytes(shape));
}

bool
col_for_check(const ChunkVector *entry, const ColLaneShape *shape,
			  uint32_t n_rows)
{
	(void) n_rows;
	return entry->width <= shape->lane_bytes * 8 &&
		   entry->bytes ==
			   SIMD_PACKED_BYTES(entry->width) + col_lane_prefix_bytes(shape);
}

ColStatus
col_for_decode(ColLaneDecode *decode, ColError *error)
{
	const ColLaneShape *shape = decode->shape;

	(void) error;
	col_assert(decode->entry->width <= shape->lane_bytes * 8); /* E3 */
	col_assert(decode->entry->bytes == 0 || decode->payload != NULL);
	decode->kernels->unpack[simd_lane_index(shape->lane_bytes)](
		decode->payload + col_lane_prefix_bytes(shape), decode->entry->width,
		col_lane_base(decode), shape->multiplier, decode->scratch);
	decode->values = decode->scratch;
	decode->constant = false;
	return COL_OK;
}
