/*
 * enc_sequence.c - lanes that grow by the same step from row to row: the first
 * lane and the step, 8 bytes each.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

#define SEQUENCE_BYTES 16

bool
col_sequence_plan(ColVectorPlan *plan, const ColLaneShape *shape,
				  const uint8_t *lanes)
{
	uint64_t step;
	uint64_t differs = 0;
	uint32_t row;

	if (plan->n_rows < 3 || shape->whole_bytes)
		return false;
	/* the lanes behind the last row repeat it: they have another step, 0 */
	if (plan->delta_range != 0 && plan->n_rows == COL_VECTOR_ROWS)
		return false;
	step = col_lane_load(lanes, shape->lane_bytes, 1) -
		   col_lane_load(lanes, shape->lane_bytes, 0);
	for (row = 1; row < plan->n_rows && differs == 0; row++)
		differs = (col_lane_load(lanes, shape->lane_bytes, row) - plan->first -
				   row * step)
				  << (64 - shape->lane_bytes * 8);
	if (differs != 0)
		return false;
	plan->entry.width = 0;
	plan->entry.bytes = SEQUENCE_BYTES;
	return true;
}

void
col_sequence_encode(const ColVectorPlan *plan, const ColLaneShape *shape,
					const uint8_t *lanes, const SimdKernels *kernels,
					uint8_t *destination)
{
	(void) kernels;
	col_assert(plan->entry.bytes == SEQUENCE_BYTES); /* E1 */
	col_store_u64(destination, plan->first);
	col_store_u64(destination + 8,
				  col_lane_load(lanes, shape->lane_bytes, 1) -
					  col_lane_load(lanes, shape->lane_bytes, 0));
}

bool
col_sequence_check(const ChunkVector *entry, const ColLaneShape *shape,
				   uint32_t n_rows)
{
	(void) shape;
	(void) n_rows;
	return entry->width == 0 && entry->bytes == SEQUENCE_BYTES;
}

/* first + row * step for all rows of lanes of one width */
#define FILL(LANE)                                                           \
	do                                                                       \
	{                                                                        \
		LANE *out = (LANE *) (void *) decode->scratch;                       \
		uint32_t i;                                                          \
                                                                             \
		for (i = 0; i < COL_VECTOR_ROWS; i++)                                \
			out[i] = (LANE) ((uint32_t) 1 * (LANE) first + (LANE) step * i); \
	} while (0)

ColStatus
col_sequence_decode(ColLaneDecode *decode, ColError *error)
{
	uint64_t first = col_load_u64(decode->payload);
	uint64_t step = col_load_u64(decode->payload + 8);

	(void) error;
	col_assert(decode->entry->bytes == SEQUENCE_BYTES); /* E3 */
	switch (decode->shape->lane_bytes)
	{
		case 1:
			FILL(uint8_t);
			break;
		case 2:
			FILL(uint16_t);
			break;
		case 4:
			FILL(uint32_t);
			break;
		default:
			FILL(uint64_t);
			break;
	}
	decode->values = decode->scratch;
	decode->constant = false;
	return COL_OK;
}

uint64_t
col_sequence_one(const ColLaneDecode *decode, uint32_t row)
{
	return col_load_u64(decode->payload) +
		   row * col_load_u64(decode->payload + 8);
}
