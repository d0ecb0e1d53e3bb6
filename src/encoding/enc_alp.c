/*
 * enc_alp.c - floats that came from decimals, or from integers over a power of 2, as
 * integers: value = integer / 10^k, or integer / 2^k, one k for the chunk.  The
 * integers are encoded as any others.
 *
 * After ALP (Afroozeh, Kuffo, Boncz, SIGMOD 2023), which multiplies by two powers that
 * are not exact; here an integer below 2^53 and a power of ten up to 10^22 (floats:
 * 2^24, 10^10) are exact, and one correctly rounded division gives the float that is
 * nearest to the decimal: no pair of powers is searched, and hardly a value
 * that was printed with up to 15 digits is an exception.
 *
 * Exceptions (NaN, infinities, -0.0, more digits) are a second stream: n values, then n
 * rows of the vector as 2 bytes each.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

#define ROW_BYTES 2

/* Values looked at before all of them are, and how many may be exceptions. */
#define SAMPLE_VALUES 256
#define SAMPLE_BAD_ONE_IN 20
#define MARKED_ONE_IN 16

static const double double_powers[23] = {
	1e0,  1e1,	1e2,  1e3,	1e4,  1e5,	1e6,  1e7,	1e8,  1e9,	1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static const float float_powers[11] = {1e0F, 1e1F, 1e2F, 1e3F, 1e4F, 1e5F,
									   1e6F, 1e7F, 1e8F, 1e9F, 1e10F};

/* 2^k for normal results: k from -126 (float) or -1022 on. */
static inline double
power_of_2_float8(int k)
{
	uint64_t bits = (uint64_t) (k + 1023) << 52;
	double power;

	memcpy(&power, &bits, sizeof(power));
	return power;
}

static inline float
power_of_2_float4(int k)
{
	uint32_t bits = (uint32_t) (k + 127) << 23;
	float power;

	memcpy(&power, &bits, sizeof(power));
	return power;
}

#define FLOAT double
#define BITS uint64_t
#define INTEGER int64_t
#define ALP_NAME(name) name##_float8
#define MANTISSA_BITS 53
#define POWER(k) double_powers[(k)]
#include "src/encoding/alp_template.h"

#define FLOAT float
#define BITS uint32_t
#define INTEGER int32_t
#define ALP_NAME(name) name##_float4
#define MANTISSA_BITS 24
#define POWER(k) float_powers[(k)]
#include "src/encoding/alp_template.h"

bool
col_alp_parameter_good(uint32_t value_bytes, bool binary, int k)
{
	if (value_bytes == 8)
		return binary ? k >= -100 && k <= 100 : k >= -22 && k <= 22;
	return binary ? k >= -60 && k <= 60 : k >= -10 && k <= 10;
}

/* Values that are not NULL, spread over the column; how many. */
static uint32_t
alp_sample(const ColColumn *column, uint8_t *sample)
{
	uint32_t step = column->n_rows / SAMPLE_VALUES + 1;
	uint32_t n = 0;
	uint32_t row;

	for (row = 0; row < column->n_rows && n < SAMPLE_VALUES; row += step)
		if (!col_column_is_null(column, row))
		{
			memcpy(sample + (size_t) n * column->value_bytes,
				   col_column_value(column, row), column->value_bytes);
			n++;
		}
	return n;
}

static bool
alp_find(const ColColumn *column, bool *binary, int *k)
{
	double sample[SAMPLE_VALUES];
	uint32_t n = alp_sample(column, (uint8_t *) sample);

	if (n == 0)
		return false;
	*binary = false;
	if (column->value_bytes == 8)
	{
		if (find_scale_float8(sample, n, false, -6, 15, k))
			return true;
		*binary = true;
		return find_scale_float8(sample, n, true, 8, 100, k);
	}
	if (find_scale_float4((const float *) sample, n, false, -3, 7, k))
		return true;
	*binary = true;
	return find_scale_float4((const float *) sample, n, true, 4, 60, k);
}

ColStatus
col_alp_transform(ColEncoder *encoder, ColChoice *choice, bool *applies)
{
	const ColColumn *column = encoder->column;
	ColLanes lanes = {NULL, column->validity, column->n_rows,
					  column->value_bytes, COL_ORDER_SIGNED};
	uint64_t *marked;
	uint8_t *integers;
	uint32_t n_marked;
	bool binary;
	int k;
	ColStatus status;

	*applies = false;
	if (!alp_find(column, &binary, &k))
		return COL_OK;
	integers = col_arena_alloc(encoder->arena,
							   (size_t) column->n_rows * column->value_bytes);
	marked =
		col_arena_zalloc(encoder->arena, encoder->n_vectors * COL_VECTOR_WORDS *
											 sizeof(uint64_t));
	if (integers == NULL || marked == NULL)
		return col_encoder_no_memory(encoder);
	if (column->value_bytes == 8)
		n_marked = convert_float8(column, binary, k,
								  (int64_t *) (void *) integers, marked);
	else
		n_marked = convert_float4(column, binary, k,
								  (int32_t *) (void *) integers, marked);
	if (n_marked > (column->n_rows - column->n_nulls) / MARKED_ONE_IN)
		return COL_OK;
	choice->root = CHUNK_ENCODING_ALP;
	choice->parameter = (int8_t) k;
	choice->flags = binary ? CHUNK_FLAG_BINARY : 0;
	lanes.values = integers;
	status = col_choice_add_lanes(encoder, choice, &lanes);
	if (status == COL_OK && n_marked > 0)
		status =
			col_choice_add_marked(encoder, choice, COL_STREAM_PATCHES, marked);
	if (status != COL_OK)
		return status;
	/* ranges are those of the floats; the integers' bases lie in the payload */
	col_choice_keep_ranges(encoder, choice);
	*applies = true;
	return COL_OK;
}

void
col_alp_decode(const SimdKernels *kernels, uint32_t value_bytes, bool binary,
			   int k, const uint8_t *integers, uint32_t n_rows, uint8_t *floats)
{
	unsigned width = value_bytes == 8;
	double factor;

	if (!binary && k >= 0)
	{
		kernels->divide[width](integers, n_rows, (unsigned) k, floats);
		return;
	}
	if (value_bytes == 8)
		factor = binary ? power_of_2_float8(-k) : double_powers[-k];
	else
		factor = (double) (binary ? power_of_2_float4(-k) : float_powers[-k]);
	kernels->multiply[width](integers, n_rows, factor, floats);
}

uint32_t
col_alp_patch_bytes(uint32_t n_patches, uint32_t lane_bytes)
{
	return n_patches * (lane_bytes + ROW_BYTES);
}

/* The marked rows of a vector: their values, then the rows. */
void
col_alp_patches_encode(const ColColumn *column, const uint64_t *marked,
					   uint32_t vector, uint32_t n_patches,
					   uint8_t *destination)
{
	uint32_t lane_bytes = column->value_bytes;
	uint8_t *rows = destination + (size_t) n_patches * lane_bytes;
	uint32_t first = vector * COL_VECTOR_ROWS;
	uint32_t n_rows = col_vector_rows(column->n_rows, vector);
	uint32_t n = 0;
	uint32_t row;

	for (row = 0; row < n_rows; row++)
	{
		if (!col_bit_is_set(marked, first + row))
			continue;
		memcpy(destination + (size_t) n * lane_bytes,
			   col_column_value(column, first + row), lane_bytes);
		col_store_u16(rows + (size_t) n * ROW_BYTES, (uint16_t) row);
		n++;
	}
	col_assert(n == n_patches);
}

bool
col_alp_patches_check(uint32_t bytes, uint32_t lane_bytes, uint32_t n_rows)
{
	return bytes % (lane_bytes + ROW_BYTES) == 0 &&
		   bytes / (lane_bytes + ROW_BYTES) <= n_rows;
}

ColStatus
col_alp_patches_apply(const uint8_t *patches, uint32_t bytes,
					  uint32_t lane_bytes, uint32_t n_rows, uint8_t *lanes,
					  ColError *error)
{
	uint32_t n = bytes / (lane_bytes + ROW_BYTES);
	const uint8_t *rows = patches + (size_t) n * lane_bytes;
	uint32_t end = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
	{
		uint32_t row = col_load_u16(rows + (size_t) i * ROW_BYTES);

		if (row < end || row >= n_rows)
			return col_error(error, COL_CORRUPT, "row of an exceptional float",
							 row, n_rows);
		memcpy(lanes + (size_t) row * lane_bytes,
			   patches + (size_t) i * lane_bytes, lane_bytes);
		end = row + 1;
	}
	return COL_OK;
}
