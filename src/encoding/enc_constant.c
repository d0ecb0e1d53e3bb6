/*
 * enc_constant.c - a vector whose values are all the same, or all NULL.
 *
 * The value is the base of the entry, so there is no payload (float orders:
 * the base's 8 bytes).  An all-NULL vector has no payload and the value 0.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"

bool
col_constant_plan(ColVectorPlan *plan, const ColLaneShape *shape,
				  const uint8_t *lanes)
{
	(void) lanes;
	if (plan->range != 0)
		return false;
	plan->entry.width = 0;
	plan->entry.bytes =
		col_plan_all_null(plan) ? 0 : col_lane_prefix_bytes(shape);
	return true;
}

void
col_constant_encode(const ColVectorPlan *plan, const ColLaneShape *shape,
					const uint8_t *lanes, const SimdKernels *kernels,
					uint8_t *destination)
{
	(void) shape;
	(void) lanes;
	(void) kernels;
	col_assert(plan->range == 0);
	if (plan->entry.bytes > 0)
		col_store_u64(destination, plan->base);
}

bool
col_constant_check(const ChunkVector *entry, const ColLaneShape *shape,
				   uint32_t n_rows)
{
	bool all_null = (entry->nulls & CHUNK_VECTOR_NULLS) == n_rows;

	return entry->width == 0 &&
		   entry->bytes == (all_null ? 0 : col_lane_prefix_bytes(shape));
}

ColStatus
col_constant_decode(ColLaneDecode *decode, ColError *error)
{
	(void) error;
	col_assert(decode->entry->bytes == 0 || decode->payload != NULL); /* E3 */
	col_store_u64(decode->scratch, col_lane_base(decode));
	decode->values = decode->scratch;
	decode->constant = true;
	return COL_OK;
}

uint64_t
col_constant_one(const ColLaneDecode *decode, uint32_t row)
{
	(void) row;
	return col_lane_base(decode);
}
