/*
 * enc_planes.c - values of a block byte by byte: all lowest bytes, then all second
 * ones, and so on.  A byte that varies little lies with its like, which a codec with
 * a table of symbols for each plane makes the most of.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

static void
planes_store(const uint64_t *values, uint32_t n_rows, uint32_t planes,
			 uint8_t *block, uint32_t block_rows, uint32_t first)
{
	uint32_t plane;

	for (plane = 0; plane < planes; plane++)
	{
		uint8_t *to = block + (size_t) plane * block_rows + first;
		uint32_t row;

		for (row = 0; row < n_rows; row++)
			to[row] = (uint8_t) (values[row] >> plane * 8);
	}
}

void
col_planes_encode(const uint8_t *lanes, uint32_t n_rows,
				  const ColLaneShape *shape, uint32_t planes, uint64_t base,
				  bool deltas, uint8_t *block, uint32_t block_rows,
				  uint32_t first)
{
	uint64_t values[COL_VECTOR_ROWS];
	uint32_t row;

	if (deltas)
		col_stats_deltas(lanes, shape->lane_bytes, base, values);
	else
		col_stats_offsets(lanes, shape->lane_bytes, base, values);
	if (shape->multiplier > 1)
		for (row = 0; row < n_rows; row++)
			values[row] /= shape->multiplier;
	planes_store(values, n_rows, planes, block, block_rows, first);
}

/* lanes of one width: base + multiplier * the value of the planes */
#define LOAD(LANE)                                                             \
	do                                                                         \
	{                                                                          \
		LANE *out = (LANE *) (void *) lanes;                                   \
		LANE factor = (LANE) shape->multiplier;                                \
		uint32_t row;                                                          \
		uint32_t plane;                                                        \
                                                                               \
		for (row = 0; row < n_rows; row++)                                     \
			out[row] = block[first + row];                                     \
		for (plane = 1; plane < planes; plane++)                               \
		{                                                                      \
			const uint8_t *from = block + (size_t) plane * block_rows + first; \
                                                                               \
			for (row = 0; row < n_rows; row++)                                 \
				out[row] |= (LANE) ((LANE) from[row] << plane * 8);            \
		}                                                                      \
		for (row = 0; row < n_rows; row++)                                     \
			out[row] =                                                         \
				(LANE) ((uint32_t) 1 * out[row] * factor + (LANE) base);       \
	} while (0)

void
col_planes_decode(const uint8_t *block, uint32_t block_rows, uint32_t first,
				  uint32_t n_rows, const ColLaneShape *shape, uint32_t planes,
				  uint64_t base, bool deltas, uint64_t first_lane,
				  const SimdKernels *kernels, uint8_t *lanes)
{
	col_assert(first + n_rows <= block_rows && planes <= shape->lane_bytes);
	switch (shape->lane_bytes)
	{
		case 1:
			LOAD(uint8_t);
			break;
		case 2:
			LOAD(uint16_t);
			break;
		case 4:
			LOAD(uint32_t);
			break;
		default:
			LOAD(uint64_t);
			break;
	}
	if (deltas)
		kernels->prefix_sum[simd_lane_index(shape->lane_bytes)](
			lanes, n_rows,
			first_lane - col_lane_load(lanes, shape->lane_bytes, 0), lanes);
}

uint64_t
col_planes_one(const uint8_t *block, uint32_t block_rows, uint32_t value,
			   const ColLaneShape *shape, uint32_t planes, uint64_t base)
{
	uint64_t stored = 0;
	uint32_t plane;

	for (plane = 0; plane < planes; plane++)
		stored |= (uint64_t) block[(size_t) plane * block_rows + value]
				  << plane * 8;
	return base + shape->multiplier * stored;
}
