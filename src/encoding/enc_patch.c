/*
 * enc_patch.c - exceptions of a packed vector (patched frame of reference; Zukowski et
 * al., "Super-Scalar RAM-CPU Cache Compression", 2006): the lanes that do not fit the
 * width of the others end the bytes of the vector.
 *
 *   n lanes | n rows of 2 bytes, increasing | n of 2 bytes, not 0
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

#define ROW_BYTES 2
#define COUNT_BYTES 2

/* Lanes looked at before all of them are. */
#define SAMPLE_ROWS 32

/* Exceptions at most: one row in this many. */
#define PATCH_ONE_IN 8

/* What patches must save to be worth their work, in bytes. */
#define PATCH_WORTH_BYTES 64

uint32_t
col_patch_bytes(uint32_t n_patches, uint32_t lane_bytes)
{
	return n_patches * (lane_bytes + ROW_BYTES) + COUNT_BYTES;
}

static void
patch_sort(uint64_t *values, uint32_t n_values)
{
	uint32_t i;

	for (i = 1; i < n_values; i++)
	{
		uint64_t value = values[i];
		uint32_t j = i;

		for (; j > 0 && values[j - 1] > value; j--)
			values[j] = values[j - 1];
		values[j] = value;
	}
}

/* Largest offset from the base that width holds. */
static uint64_t
patch_limit(uint64_t multiplier, uint32_t width)
{
	return multiplier * (((uint64_t) 1 << width) - 1);
}

/* Offsets below base or above what width holds. */
static uint32_t
patch_count(const uint64_t *offsets, uint32_t n_rows, uint64_t base,
			uint64_t limit)
{
	uint32_t n_patches = 0;
	uint32_t row;

	for (row = 0; row < n_rows; row++)
		n_patches += offsets[row] - base > limit;
	return n_patches;
}

/* The width that takes the fewest bytes from base on, and the bytes. */
static uint32_t
patch_best_width(const uint64_t *offsets, uint32_t n_rows, uint64_t base,
				 uint64_t multiplier, uint32_t lane_bytes, uint32_t full_width,
				 uint32_t *bytes)
{
	uint32_t counts[66] = {0};
	uint32_t n_above = 0;
	uint32_t best = full_width;
	uint32_t width;
	uint32_t row;
	double inverse = 1.0 / (double) multiplier;

	/* a quotient may be off by one: the exact count follows */
	for (row = 0; row < n_rows; row++)
	{
		uint64_t offset = offsets[row] - base;

		if (offsets[row] < base)
			counts[65]++;
		else if (multiplier == 1)
			counts[col_bit_width(offset)]++;
		else
			counts[col_bit_width(
				(uint64_t) ((double) offset * inverse + 0.5))]++;
	}
	*bytes = UINT32_MAX;
	n_above = counts[65];
	for (width = 64; width >= full_width && width > 0; width--)
		n_above += counts[width];
	/* n_above: offsets wider than width */
	for (width = full_width - 1;; width--)
	{
		uint32_t total =
			SIMD_PACKED_BYTES(width) + col_patch_bytes(n_above, lane_bytes);

		if (total < *bytes)
		{
			*bytes = total;
			best = width;
		}
		n_above += counts[width];
		if (width == 0 || n_above > n_rows / PATCH_ONE_IN)
			break;
	}
	return best;
}

bool
col_patch_choose(const uint64_t *offsets, uint32_t n_rows, uint64_t multiplier,
				 uint32_t lane_bytes, uint32_t full_width, uint64_t *base,
				 uint32_t *width, uint32_t *n_patches)
{
	uint64_t sample[SAMPLE_ROWS];
	uint64_t half = (uint64_t) 1 << (lane_bytes * 8 - 1);
	uint64_t span;
	uint64_t floor;
	uint64_t low = UINT64_MAX;
	uint64_t largest = 0;
	uint32_t bytes;
	uint32_t low_bytes;
	uint32_t low_width;
	uint32_t row;

	if (n_rows < SAMPLE_ROWS * 2)
		return false;
	for (row = 0; row < SAMPLE_ROWS; row++)
		sample[row] = offsets[(uint64_t) row * n_rows / SAMPLE_ROWS +
							  row * 7 % (n_rows / SAMPLE_ROWS)];
	patch_sort(sample, SAMPLE_ROWS);
	span = sample[SAMPLE_ROWS - 2] - sample[1];
	if (col_bit_width(span / multiplier) + 1 >= full_width)
		return false;

	/* where the crowd begins, what lies a span below it included */
	floor = sample[1] > span ? sample[1] - span : 0;
	for (row = 0; row < n_rows; row++)
	{
		low = offsets[row] >= floor && offsets[row] < low ? offsets[row] : low;
		largest = offsets[row] > largest ? offsets[row] : largest;
	}
	*base = 0;
	*width = patch_best_width(offsets, n_rows, 0, multiplier, lane_bytes,
							  full_width, &bytes);
	if (low > 0 && largest < half)
	{
		low_width = patch_best_width(offsets, n_rows, low, multiplier,
									 lane_bytes, full_width, &low_bytes);
		if (low_bytes < bytes)
		{
			bytes = low_bytes;
			*base = low;
			*width = low_width;
		}
	}
	if (bytes == UINT32_MAX || *width >= full_width)
		return false;
	*n_patches =
		patch_count(offsets, n_rows, *base, patch_limit(multiplier, *width));
	bytes = SIMD_PACKED_BYTES(*width) + col_patch_bytes(*n_patches, lane_bytes);
	return *n_patches > 0 && *n_patches <= n_rows / PATCH_ONE_IN &&
		   bytes + PATCH_WORTH_BYTES < SIMD_PACKED_BYTES(full_width);
}

void
col_patch_encode(uint64_t *offsets, uint32_t n_rows, uint64_t multiplier,
				 uint64_t base, uint32_t lane_bytes, uint32_t width,
				 uint32_t n_patches, const SimdKernels *kernels,
				 uint8_t *packed)
{
	uint8_t *lanes = packed + SIMD_PACKED_BYTES(width);
	uint8_t *rows = lanes + (size_t) n_patches * lane_bytes;
	uint64_t limit = width == 64 ? UINT64_MAX : patch_limit(multiplier, width);
	uint32_t n = 0;
	uint32_t row;

	for (row = 0; row < n_rows && n_patches > 0; row++)
	{
		uint64_t lane = base + offsets[row];

		if (offsets[row] <= limit)
			continue;
		col_assert(n < n_patches);
		memcpy(lanes + (size_t) n * lane_bytes, &lane, lane_bytes);
		col_store_u16(rows + (size_t) n * ROW_BYTES, (uint16_t) row);
		offsets[row] = 0;
		n++;
	}
	col_assert(n == n_patches);
	for (row = n_rows; row < COL_VECTOR_ROWS; row++)
		offsets[row] = 0;
	if (n_patches > 0)
		col_store_u16(rows + (size_t) n * ROW_BYTES, (uint16_t) n);
	kernels->pack[3](offsets, width, 0, multiplier, packed);
}

bool
col_patch_check(uint32_t patch_bytes, uint32_t lane_bytes, uint32_t n_rows)
{
	uint32_t row_bytes = lane_bytes + ROW_BYTES;

	return patch_bytes > COUNT_BYTES &&
		   (patch_bytes - COUNT_BYTES) % row_bytes == 0 &&
		   (patch_bytes - COUNT_BYTES) / row_bytes <= n_rows;
}

ColStatus
col_patch_apply(const uint8_t *patches, uint32_t patch_bytes,
				uint32_t lane_bytes, uint32_t n_rows, uint8_t *lanes,
				ColError *error)
{
	uint32_t n = (patch_bytes - COUNT_BYTES) / (lane_bytes + ROW_BYTES);
	const uint8_t *rows = patches + (size_t) n * lane_bytes;
	uint32_t end = 0;
	uint32_t i;

	if (col_load_u16(rows + (size_t) n * ROW_BYTES) != n)
		return col_error(error, COL_CORRUPT, "number of patches",
						 col_load_u16(rows + (size_t) n * ROW_BYTES), n);
	for (i = 0; i < n; i++)
	{
		uint32_t row = col_load_u16(rows + (size_t) i * ROW_BYTES);

		if (row < end || row >= n_rows)
			return col_error(error, COL_CORRUPT, "row of a patch", row, n_rows);
		memcpy(lanes + (size_t) row * lane_bytes,
			   patches + (size_t) i * lane_bytes, lane_bytes);
		end = row + 1;
	}
	return COL_OK;
}

bool
col_patch_find(const uint8_t *patches, uint32_t patch_bytes,
			   uint32_t lane_bytes, uint32_t row, uint64_t *lane)
{
	uint32_t n = (patch_bytes - COUNT_BYTES) / (lane_bytes + ROW_BYTES);
	const uint8_t *rows = patches + (size_t) n * lane_bytes;
	uint32_t i;

	for (i = 0; i < n; i++)
		if (col_load_u16(rows + (size_t) i * ROW_BYTES) == row)
		{
			*lane = col_lane_load(patches, lane_bytes, i);
			return true;
		}
	return false;
}
