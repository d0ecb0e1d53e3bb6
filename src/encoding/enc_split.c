/*
 * enc_split.c - values of 16 bytes as three streams of lanes, each encoded by itself.
 *
 * uuid: the first 6 bytes, the next 2 and the last 8, big-endian.  Version 7 has its
 * time in the first, which then are close together; the version and variant take no
 * room in any.  interval: 8, 4 and 4 bytes as the machine has them.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

typedef struct SplitPart
{
	uint8_t offset_bytes;
	uint8_t n_bytes;
	uint8_t lane_bytes;
} SplitPart;

static const SplitPart split_parts[3][CHUNK_STREAMS_MAX] = {
	[CHUNK_SPLIT_UUID] = {{0, 6, 8}, {6, 2, 2}, {8, 8, 8}},
	[CHUNK_SPLIT_INTERVAL] = {{0, 8, 8}, {8, 4, 4}, {12, 4, 4}}};

uint32_t
col_split_lane_bytes(int way, uint32_t stream)
{
	return split_parts[way][stream].lane_bytes;
}

static ColOrder
split_order(int way)
{
	return way == CHUNK_SPLIT_UUID ? COL_ORDER_UNSIGNED : COL_ORDER_SIGNED;
}

/* Bytes of a part as a number, and back. */
static uint64_t
part_load(const SplitPart *part, bool big_endian, const uint8_t *value)
{
	uint64_t lane = col_load_uint(value + part->offset_bytes, part->n_bytes);

	return big_endian ? __builtin_bswap64(lane) >> (64 - part->n_bytes * 8)
					  : lane;
}

static void
part_store(const SplitPart *part, bool big_endian, uint64_t lane,
		   uint8_t *value)
{
	if (big_endian)
		lane = __builtin_bswap64(lane) >> (64 - part->n_bytes * 8);
	memcpy(value + part->offset_bytes, &lane, part->n_bytes);
}

ColStatus
col_split_transform(ColEncoder *encoder, ColChoice *choice)
{
	const ColColumn *column = encoder->column;
	bool is_uuid = column->order == COL_ORDER_BYTES;
	int way = is_uuid ? CHUNK_SPLIT_UUID : CHUNK_SPLIT_INTERVAL;
	ColLanes lanes = {NULL, column->validity, column->n_rows, 0,
					  split_order(way)};
	uint32_t s;

	col_assert(column->value_bytes == 16);
	choice->root = CHUNK_ENCODING_SPLIT;
	choice->parameter = (int8_t) way;
	for (s = 0; s < CHUNK_STREAMS_MAX; s++)
	{
		const SplitPart *part = &split_parts[way][s];
		uint8_t *values = col_arena_alloc(
			encoder->arena, (size_t) column->n_rows * part->lane_bytes);
		uint32_t row;
		ColStatus status;

		if (values == NULL)
			return col_encoder_no_memory(encoder);
		for (row = 0; row < column->n_rows; row++)
		{
			uint64_t lane =
				part_load(part, is_uuid, col_column_value(column, row));

			memcpy(values + (size_t) row * part->lane_bytes, &lane,
				   part->lane_bytes);
		}
		lanes.values = values;
		lanes.lane_bytes = part->lane_bytes;
		status = col_choice_add_lanes(encoder, choice, &lanes);
		if (status != COL_OK)
			return status;
	}
	return COL_OK;
}

void
col_split_join(int way, const uint8_t *const *lanes, const bool *constant,
			   uint32_t first, uint32_t end, uint8_t *values)
{
	bool is_uuid = way == CHUNK_SPLIT_UUID;
	uint32_t s;

	for (s = 0; s < CHUNK_STREAMS_MAX; s++)
	{
		const SplitPart *part = &split_parts[way][s];
		uint32_t row;

		for (row = first; row < end; row++)
			part_store(part, is_uuid,
					   col_lane_load(lanes[s], part->lane_bytes,
									 constant[s] ? 0 : row),
					   values + (size_t) row * 16);
	}
}
