/*
 * enc_for.c - frame of reference: a value is base + multiplier * packed, the
 * packed values bit-packed as simd.h lays them out.
 *
 * The base is the entry's min; for patched vectors and those of float orders it
 * is the first 8 bytes of the payload.  The multiplier is the chunk's.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"

/* Bytes before the packed values: the base, unless it is the entry's. */
static uint32_t
for_prefix_bytes(const ChunkVector *entry, const ColLaneShape *shape)
{
	return col_entry_is_patched(entry) ? 8 : col_lane_prefix_bytes(shape);
}

bool
col_for_plan(ColVectorPlan *plan, const ColLaneShape *shape,
			 const uint8_t *lanes)
{
	uint32_t width = col_bit_width(plan->range / shape->multiplier);
	uint64_t offsets[COL_VECTOR_ROWS];
	uint64_t patch_base;
	uint32_t patch_width;
	uint32_t n_patches;

	if (shape->whole_bytes)
		width = col_whole_width(width);
	col_assert(width <= shape->lane_bytes * 8U);
	plan->n_patches = 0;
	plan->patch_base = plan->base;
	plan->entry.width = (uint8_t) width;
	plan->entry.bytes = SIMD_PACKED_BYTES(width) + col_lane_prefix_bytes(shape);
	if (shape->whole_bytes || width < 2)
		return true;
	col_stats_offsets(lanes, shape->lane_bytes, plan->base, offsets);
	if (!col_patch_choose(offsets, plan->n_rows, shape->multiplier,
						  shape->lane_bytes, width, &patch_base, &patch_width,
						  &n_patches))
		return true;
	plan->patch_base = plan->base + patch_base;
	plan->n_patches = n_patches;
	plan->entry.encoding |= CHUNK_VECTOR_PATCHED;
	plan->entry.width = (uint8_t) patch_width;
	plan->entry.bytes = 8 + SIMD_PACKED_BYTES(patch_width) +
						col_patch_bytes(n_patches, shape->lane_bytes);
	return true;
}

void
col_for_encode(const ColVectorPlan *plan, const ColLaneShape *shape,
			   const uint8_t *lanes, const SimdKernels *kernels,
			   uint8_t *destination)
{
	uint32_t prefix_bytes = for_prefix_bytes(&plan->entry, shape);

	col_assert(plan->range % shape->multiplier == 0);
	if (prefix_bytes > 0)
		col_store_u64(destination, plan->patch_base);
	if (col_entry_is_patched(&plan->entry))
	{
		uint64_t offsets[COL_VECTOR_ROWS];

		col_stats_offsets(lanes, shape->lane_bytes, plan->patch_base, offsets);
		col_patch_encode(offsets, plan->n_rows, shape->multiplier,
						 plan->patch_base, shape->lane_bytes, plan->entry.width,
						 plan->n_patches, kernels, destination + prefix_bytes);
		return;
	}
	col_assert(plan->entry.bytes ==
			   SIMD_PACKED_BYTES(plan->entry.width) + prefix_bytes); /* E1 */
	kernels->pack[simd_lane_index(shape->lane_bytes)](
		lanes, plan->entry.width, plan->base, shape->multiplier,
		destination + prefix_bytes);
}

bool
col_for_check(const ChunkVector *entry, const ColLaneShape *shape,
			  uint32_t n_rows)
{
	uint32_t bytes =
		SIMD_PACKED_BYTES(entry->width) + for_prefix_bytes(entry, shape);

	if (entry->width > shape->lane_bytes * 8 || entry->bytes < bytes)
		return false;
	if (!col_entry_is_patched(entry))
		return entry->bytes == bytes;
	return col_patch_check(entry->bytes - bytes, shape->lane_bytes, n_rows);
}

/* The base of a vector that was read: in the payload or the entry. */
static uint64_t
for_base(const ColLaneDecode *decode)
{
	return for_prefix_bytes(decode->entry, decode->shape) > 0
			   ? col_load_u64(decode->payload)
			   : (uint64_t) decode->entry->min;
}

ColStatus
col_for_decode(ColLaneDecode *decode, ColError *error)
{
	const ColLaneShape *shape = decode->shape;
	const ChunkVector *entry = decode->entry;
	uint32_t prefix_bytes = for_prefix_bytes(entry, shape);
	uint32_t bytes = prefix_bytes + SIMD_PACKED_BYTES(entry->width);

	col_assert(entry->width <= shape->lane_bytes * 8); /* E3 */
	col_assert(entry->bytes == 0 || decode->payload != NULL);
	decode->kernels->unpack[simd_lane_index(shape->lane_bytes)](
		decode->payload + prefix_bytes, entry->width, for_base(decode),
		shape->multiplier, decode->scratch);
	decode->values = decode->scratch;
	decode->constant = false;
	if (!col_entry_is_patched(entry))
		return COL_OK;
	return col_patch_apply(decode->payload + bytes, entry->bytes - bytes,
						   shape->lane_bytes, decode->n_rows, decode->scratch,
						   error);
}

uint64_t
col_for_one(const ColLaneDecode *decode, uint32_t row)
{
	const ChunkVector *entry = decode->entry;
	const uint8_t *packed =
		decode->payload + for_prefix_bytes(entry, decode->shape);
	const uint8_t *patches = packed + SIMD_PACKED_BYTES(entry->width);
	uint64_t lane;

	if (col_entry_is_patched(entry) &&
		col_patch_find(patches,
					   (uint32_t) (decode->payload + entry->bytes - patches),
					   decode->shape->lane_bytes, row, &lane))
		return lane;
	return for_base(decode) + decode->shape->multiplier *
								  simd_unpack_one(packed, entry->width, row);
}
