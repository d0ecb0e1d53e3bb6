/*
 * enc_delta.c - differences of neighbours, bit-packed: the first lane, the
 * smallest difference, then for each row (difference - smallest) / multiplier
 * as enc_for.c packs values; that of the first row is 0.
 *
 * Patched: the lanes of the patches are differences.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

#define PREFIX_BYTES 16

bool
col_delta_plan(ColVectorPlan *plan, const ColLaneShape *shape,
			   const uint8_t *lanes)
{
	uint64_t offsets[COL_VECTOR_ROWS];
	uint32_t width = col_bit_width(plan->delta_range / shape->multiplier);
	uint64_t patch_base;
	uint32_t patch_width;
	uint32_t n_patches;

	if (plan->n_rows < 3 || width > shape->lane_bytes * 8U ||
		!col_plan_deltas_divide(plan, shape))
		return false;
	if (shape->whole_bytes)
		width = col_whole_width(width);
	plan->n_patches = 0;
	plan->patch_base = plan->delta_base;
	plan->entry.width = (uint8_t) width;
	plan->entry.bytes = PREFIX_BYTES + SIMD_PACKED_BYTES(width);
	if (shape->whole_bytes || width < 2)
		return true;
	col_stats_deltas(lanes, shape->lane_bytes, plan->delta_base, offsets);
	if (!col_patch_choose(offsets + 1, plan->n_rows - 1, shape->multiplier,
						  shape->lane_bytes, width, &patch_base, &patch_width,
						  &n_patches))
		return true;
	plan->patch_base = plan->delta_base + patch_base;
	plan->n_patches = n_patches;
	plan->entry.encoding |= CHUNK_VECTOR_PATCHED;
	plan->entry.width = (uint8_t) patch_width;
	plan->entry.bytes = PREFIX_BYTES + SIMD_PACKED_BYTES(patch_width) +
						col_patch_bytes(n_patches, shape->lane_bytes);
	return true;
}

void
col_delta_encode(const ColVectorPlan *plan, const ColLaneShape *shape,
				 const uint8_t *lanes, const SimdKernels *kernels,
				 uint8_t *destination)
{
	uint64_t offsets[COL_VECTOR_ROWS];

	col_store_u64(destination, plan->first);
	col_store_u64(destination + 8, plan->patch_base);
	col_stats_deltas(lanes, shape->lane_bytes, plan->patch_base, offsets);
	col_patch_encode(offsets, plan->n_rows, shape->multiplier, plan->patch_base,
					 shape->lane_bytes, plan->entry.width, plan->n_patches,
					 kernels, destination + PREFIX_BYTES);
}

/* Bytes behind the packed differences. */
static uint32_t
delta_patch_bytes(const ChunkVector *entry)
{
	return entry->bytes - PREFIX_BYTES - SIMD_PACKED_BYTES(entry->width);
}

bool
col_delta_check(const ChunkVector *entry, const ColLaneShape *shape,
				uint32_t n_rows)
{
	uint32_t bytes = PREFIX_BYTES + SIMD_PACKED_BYTES(entry->width);

	if (entry->width > shape->lane_bytes * 8 || entry->bytes < bytes)
		return false;
	if (!col_entry_is_patched(entry))
		return entry->bytes == bytes;
	return col_patch_check(entry->bytes - bytes, shape->lane_bytes, n_rows);
}

ColStatus
col_delta_decode(ColLaneDecode *decode, ColError *error)
{
	const ColLaneShape *shape = decode->shape;
	const ChunkVector *entry = decode->entry;
	const uint8_t *packed = decode->payload + PREFIX_BYTES;
	ColStatus status = COL_OK;

	decode->kernels->unpack[simd_lane_index(shape->lane_bytes)](
		packed, entry->width, col_load_u64(decode->payload + 8),
		shape->multiplier, decode->scratch);
	if (col_entry_is_patched(entry))
		status = col_patch_apply(packed + SIMD_PACKED_BYTES(entry->width),
								 delta_patch_bytes(entry), shape->lane_bytes,
								 decode->n_rows, decode->scratch, error);
	/* the first difference stands for the first lane */
	decode->kernels->prefix_sum[simd_lane_index(shape->lane_bytes)](
		decode->scratch, COL_VECTOR_ROWS,
		col_load_u64(decode->payload) -
			col_lane_load(decode->scratch, shape->lane_bytes, 0),
		decode->scratch);
	decode->values = decode->scratch;
	decode->constant = false;
	return status;
}
