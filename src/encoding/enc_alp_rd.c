/*
 * enc_alp_rd.c - floats with full mantissas, cut in two: the right bits are packed as
 * they are, the left ones (sign, exponent and what varies little) are numbers of up to
 * 8 left parts, which the dictionary section holds; others are 8 + the left part.
 *
 * After ALP_RD (Afroozeh, Kuffo, Boncz, SIGMOD 2023).
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

#define LEFT_PARTS 8
#define LEFT_BITS_MAX 16
#define SAMPLE_VALUES 256

/* More left parts than this in a sample: the cut is hopeless. */
#define SAMPLE_PARTS 48

/* The cut must save one bit in this many. */
#define WORTH_ONE_IN 32

typedef struct LeftPart
{
	uint64_t bits;
	uint32_t count;
} LeftPart;

static uint64_t
rd_value(const ColColumn *column, uint32_t row)
{
	return col_lane_load(column->values, column->value_bytes, row);
}

/* Left parts of a sample, commonest first; bits a value takes about. */
static uint32_t
rd_count(const uint64_t *sample, uint32_t n_sample, uint32_t right_bits,
		 LeftPart *parts, uint32_t *n_parts)
{
	LeftPart all[SAMPLE_PARTS];
	uint32_t n_all = 0;
	uint32_t n_in = 0;
	uint32_t i;
	uint32_t j;

	for (i = 0; i < n_sample; i++)
	{
		uint64_t bits = sample[i] >> right_bits;

		for (j = 0; j < n_all && all[j].bits != bits; j++)
			;
		if (j == SAMPLE_PARTS)
			return UINT32_MAX;
		if (j == n_all)
			all[n_all++] = (LeftPart){bits, 0};
		all[j].count++;
	}
	for (*n_parts = 0; *n_parts < LEFT_PARTS && *n_parts < n_all; (*n_parts)++)
	{
		uint32_t best = *n_parts;
		LeftPart part;

		for (j = best + 1; j < n_all; j++)
			if (all[j].count > all[best].count ||
				(all[j].count == all[best].count &&
				 all[j].bits < all[best].bits))
				best = j;
		part = all[best];
		all[best] = all[*n_parts];
		all[*n_parts] = part;
		parts[*n_parts] = part;
		n_in += part.count;
	}
	/* an exception takes its left part and its row */
	return right_bits + col_bit_width(*n_parts - 1) +
		   (n_sample - n_in) * 48 / n_sample;
}

/* The best cut, with its left parts; 0: none is worth it. */
static uint32_t
rd_cut(const ColColumn *column, LeftPart *parts, uint32_t *n_parts)
{
	uint64_t sample[SAMPLE_VALUES];
	uint32_t step = column->n_rows / SAMPLE_VALUES + 1;
	uint32_t bits = column->value_bytes * 8U;
	uint32_t best_bits = bits - bits / WORTH_ONE_IN;
	uint32_t best = 0;
	uint32_t n_sample = 0;
	uint32_t row;
	uint32_t left_bits;

	for (row = 0; row < column->n_rows && n_sample < SAMPLE_VALUES; row += step)
		if (!col_column_is_null(column, row))
			sample[n_sample++] = rd_value(column, row);
	if (n_sample == 0)
		return 0;
	for (left_bits = 1; left_bits <= LEFT_BITS_MAX; left_bits++)
	{
		LeftPart tried[LEFT_PARTS];
		uint32_t n_tried;
		uint32_t found =
			rd_count(sample, n_sample, bits - left_bits, tried, &n_tried);

		if (found >= best_bits)
			continue;
		best_bits = found;
		best = bits - left_bits;
		memcpy(parts, tried, sizeof(tried));
		*n_parts = n_tried;
	}
	return best;
}

ColStatus
col_alp_rd_transform(ColEncoder *encoder, ColChoice *choice, bool *applies)
{
	const ColColumn *column = encoder->column;
	uint32_t value_bytes = column->value_bytes;
	ColLanes lanes = {NULL, column->validity, column->n_rows,
					  (uint16_t) value_bytes, COL_ORDER_UNSIGNED};
	LeftPart parts[LEFT_PARTS];
	uint32_t n_parts = 0;
	uint32_t right_bits = rd_cut(column, parts, &n_parts);
	uint8_t *rights;
	uint8_t *section;
	uint32_t *lefts;
	uint32_t row;
	ColStatus status;

	*applies = false;
	if (right_bits == 0)
		return COL_OK;
	rights =
		col_arena_alloc(encoder->arena, (size_t) column->n_rows * value_bytes);
	lefts = col_arena_alloc(encoder->arena, column->n_rows * sizeof(uint32_t));
	section = col_arena_zalloc(encoder->arena, (size_t) n_parts * value_bytes);
	if (!rights || !lefts || !section)
		return col_encoder_no_memory(encoder);
	for (row = 0; row < n_parts; row++)
		memcpy(section + (size_t) row * value_bytes, &parts[row].bits,
			   value_bytes);
	for (row = 0; row < column->n_rows; row++)
	{
		uint64_t value = rd_value(column, row);
		uint64_t left = value >> right_bits;
		uint32_t code = 0;

		value &= ((uint64_t) 1 << right_bits) - 1;
		memcpy(rights + (size_t) row * value_bytes, &value, value_bytes);
		while (code < n_parts && parts[code].bits != left)
			code++;
		lefts[row] = code < n_parts ? code : LEFT_PARTS + (uint32_t) left;
	}
	choice->root = CHUNK_ENCODING_ALP_RD;
	choice->right_bits = (uint8_t) right_bits;
	choice->section = section;
	choice->section_bytes = n_parts * value_bytes;
	choice->n_section = n_parts;
	lanes.values = rights;
	status = col_choice_add_lanes(encoder, choice, &lanes);
	lanes.values = (const uint8_t *) lefts;
	lanes.lane_bytes = sizeof(uint32_t);
	if (status == COL_OK)
		status = col_choice_add_lanes(encoder, choice, &lanes);
	if (status != COL_OK)
		return status;
	col_choice_keep_ranges(encoder, choice);
	*applies = true;
	return COL_OK;
}

ColStatus
col_alp_rd_join(const uint8_t *section, uint32_t n_parts, uint32_t right_bits,
				uint32_t value_bytes, const uint32_t *lefts, bool left_constant,
				const uint8_t *rights, bool right_constant, uint32_t first,
				uint32_t end, uint8_t *values, ColError *error)
{
	uint32_t row;

	for (row = first; row < end; row++)
	{
		uint32_t code = lefts[left_constant ? 0 : row];
		uint64_t right =
			col_lane_load(rights, value_bytes, right_constant ? 0 : row);
		uint64_t left;

		if (code < LEFT_PARTS && code >= n_parts)
			return col_error(error, COL_CORRUPT,
							 "number of the left part of a float", code,
							 n_parts);
		left = code < n_parts ? col_lane_load(section, value_bytes, code)
							  : code - LEFT_PARTS;
		right |= left << right_bits;
		memcpy(values + (size_t) row * value_bytes, &right, value_bytes);
	}
	return COL_OK;
}
