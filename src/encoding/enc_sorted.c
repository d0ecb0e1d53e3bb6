/*
 * enc_sorted.c - the lanes of a dictionary, which are in order: vectors of differences
 * (enc_delta.c), each behind
 *
 *   u32 bytes | u8 encoding | u8 width | u16 zero
 *
 * and each at a multiple of 8 bytes.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

#define HEAD_BYTES 8

/* Fewer entries are written as they are. */
#define SORTED_ENTRIES_MIN 256

/* Plans vector number v of the sorted lanes; its lanes are in scratch. */
static bool
sorted_plan(const ColDictionary *dictionary, uint32_t v, ColLaneShape *shape,
			ColVectorPlan *plan, uint64_t *scratch)
{
	uint32_t n_rows = col_vector_rows(dictionary->n_entries, v);
	uint8_t *lanes = (uint8_t *) scratch;
	ColLanes one = {lanes, NULL, COL_VECTOR_ROWS, shape->lane_bytes,
					COL_ORDER_UNSIGNED};
	uint64_t unused[COL_VECTOR_ROWS];
	uint32_t row;

	for (row = 0; row < COL_VECTOR_ROWS; row++)
		memcpy(lanes + (size_t) row * shape->lane_bytes,
			   dictionary
				   ->entries[v * COL_VECTOR_ROWS +
							 (row < n_rows ? row : n_rows - 1)]
				   .value,
			   shape->lane_bytes);
	memset(plan, 0, sizeof(*plan));
	plan->n_rows = COL_VECTOR_ROWS;
	col_stats_lanes(&one, plan, (uint8_t *) unused);
	plan->n_rows = COL_VECTOR_ROWS;
	plan->entry.encoding = CHUNK_ENCODING_DELTA;
	return col_delta_plan(plan, shape, lanes);
}

uint32_t
col_sorted_bytes(const ColDictionary *dictionary, uint32_t lane_bytes)
{
	ColLaneShape shape = {.lane_bytes = (uint16_t) lane_bytes, .multiplier = 1};
	uint32_t n_vectors = col_n_vectors(dictionary->n_entries);
	uint64_t bytes = 0;
	uint32_t v;

	if (lane_bytes < 4 || dictionary->n_entries < SORTED_ENTRIES_MIN)
		return 0;
	for (v = 0; v < n_vectors; v++)
	{
		uint64_t scratch[COL_VECTOR_ROWS];
		ColVectorPlan plan;

		if (!sorted_plan(dictionary, v, &shape, &plan, scratch))
			return 0;
		bytes += HEAD_BYTES + col_align_up(plan.entry.bytes, CHUNK_ALIGN_BYTES);
	}
	return bytes < (uint64_t) dictionary->n_entries * lane_bytes
			   ? (uint32_t) bytes
			   : 0;
}

void
col_sorted_encode(const ColDictionary *dictionary, uint32_t lane_bytes,
				  const SimdKernels *kernels, uint8_t *destination)
{
	ColLaneShape shape = {.lane_bytes = (uint16_t) lane_bytes, .multiplier = 1};
	uint32_t n_vectors = col_n_vectors(dictionary->n_entries);
	uint32_t v;

	for (v = 0; v < n_vectors; v++)
	{
		uint64_t scratch[COL_VECTOR_ROWS];
		ColVectorPlan plan;
		uint64_t bytes;

		sorted_plan(dictionary, v, &shape, &plan, scratch);
		bytes = col_align_up(plan.entry.bytes, CHUNK_ALIGN_BYTES);
		col_store_u32(destination, plan.entry.bytes);
		destination[4] = plan.entry.encoding;
		destination[5] = plan.entry.width;
		col_store_u16(destination + 6, 0);
		destination += HEAD_BYTES;
		memset(destination + bytes - CHUNK_ALIGN_BYTES, 0, CHUNK_ALIGN_BYTES);
		col_delta_encode(&plan, &shape, (const uint8_t *) scratch, kernels,
						 destination);
		destination += bytes;
	}
}

ColStatus
col_sorted_decode(const uint8_t *section, uint64_t n_bytes, uint32_t n_entries,
				  uint32_t lane_bytes, const SimdKernels *kernels,
				  uint8_t *lanes, ColError *error)
{
	ColLaneShape shape = {.lane_bytes = (uint16_t) lane_bytes, .multiplier = 1};
	uint64_t scratch[COL_VECTOR_ROWS + COL_TAIL_BYTES / sizeof(uint64_t)];
	uint32_t n_vectors = col_n_vectors(n_entries);
	uint64_t at = 0;
	uint32_t v;

	for (v = 0; v < n_vectors; v++)
	{
		ChunkVector entry = {0};
		ColLaneDecode decode = {0};
		ColStatus status;

		if (n_bytes - at < HEAD_BYTES)
			return col_error(error, COL_CORRUPT, "sorted lanes are too short",
							 at, n_bytes);
		entry.bytes = col_load_u32(section + at);
		entry.encoding = section[at + 4];
		entry.width = section[at + 5];
		if (col_load_u16(section + at + 6) != 0 ||
			(entry.encoding & ~CHUNK_VECTOR_PATCHED) != CHUNK_ENCODING_DELTA ||
			!col_delta_check(&entry, &shape, COL_VECTOR_ROWS))
			return col_error(error, COL_CORRUPT, "sorted lanes", entry.bytes,
							 entry.width);
		at += HEAD_BYTES;
		if (col_align_up(entry.bytes, CHUNK_ALIGN_BYTES) > n_bytes - at)
			return col_error(error, COL_CORRUPT,
							 "sorted lanes leave the section", entry.bytes,
							 n_bytes);
		decode.entry = &entry;
		decode.payload = section + at;
		decode.shape = &shape;
		decode.n_rows = COL_VECTOR_ROWS;
		decode.kernels = kernels;
		decode.scratch = (uint8_t *) scratch;
		status = col_delta_decode(&decode, error);
		if (status != COL_OK)
			return status;
		memcpy(lanes + (size_t) v * COL_VECTOR_ROWS * lane_bytes, scratch,
			   (size_t) col_vector_rows(n_entries, v) * lane_bytes);
		at += col_align_up(entry.bytes, CHUNK_ALIGN_BYTES);
	}
	if (at != n_bytes)
		return col_error(error, COL_CORRUPT, "bytes left behind sorted lanes",
						 at, n_bytes);
	return COL_OK;
}
