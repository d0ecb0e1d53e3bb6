/*
 * decimal.c - PostgreSQL's numeric as an integer and a scale, and back.
 *
 * The image's payload: in the short form a header of 2 bytes (bits 14 and 15: 10; bit
 * 13: sign; bits 7 to 12: display scale; bits 0 to 6: weight, signed), otherwise 2
 * bytes (bits 14 and 15: 00 positive, 01 negative, 11 special; the rest: display scale)
 * and a weight of 2 bytes; then base-10000 digits of 2 bytes each, the first of which
 * counts 10000^weight.
 */
#include "src/encoding/decimal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/vector/image.h"

#define HEADER_FORM 0xc000
#define HEADER_SHORT 0x8000
#define HEADER_NEGATIVE 0x4000
#define SHORT_NEGATIVE 0x2000
#define SHORT_SCALE_SHIFT 7
#define SHORT_SCALE_MASK 0x1f80
#define SHORT_WEIGHT_SIGN 0x0040
#define SHORT_WEIGHT_MASK 0x003f

/* Base-10000 digits of an int128 and of what aligns it, with room. */
#define DIGITS_MAX 12
#define PARSE_DIGITS_MAX 10

static const uint64_t powers_of_10[20] = {1,
										  10,
										  100,
										  1000,
										  10000,
										  100000,
										  1000000,
										  10000000,
										  100000000,
										  1000000000,
										  10000000000,
										  100000000000,
										  1000000000000,
										  10000000000000,
										  100000000000000,
										  1000000000000000,
										  10000000000000000,
										  100000000000000000,
										  1000000000000000000,
										  UINT64_C(10000000000000000000)};

typedef struct Parts
{
	bool negative;
	int scale;
	int weight;
	int n_digits;
	const uint8_t *digits;
} Parts;

static bool
decimal_parts(const uint8_t *image, Parts *parts)
{
	const uint8_t *payload = col_image_payload(image);
	uint32_t n_bytes = col_image_payload_bytes(image);
	uint32_t header;

	if (n_bytes < 2 || n_bytes % 2 != 0)
		return false;
	header = col_load_u16(payload);
	if ((header & HEADER_FORM) == HEADER_FORM)
		return false;
	if ((header & HEADER_FORM) == HEADER_SHORT)
	{
		parts->negative = (header & SHORT_NEGATIVE) != 0;
		parts->scale = (int) (header & SHORT_SCALE_MASK) >> SHORT_SCALE_SHIFT;
		parts->weight = (int) (header & SHORT_WEIGHT_MASK);
		if (header & SHORT_WEIGHT_SIGN)
			parts->weight -= SHORT_WEIGHT_MASK + 1;
		parts->digits = payload + 2;
		parts->n_digits = (int) (n_bytes - 2) / 2;
		return true;
	}
	if (n_bytes < 4)
		return false;
	parts->negative = (header & HEADER_FORM) == HEADER_NEGATIVE;
	parts->scale = (int) (header & ~(uint32_t) HEADER_FORM);
	parts->weight = (int16_t) col_load_u16(payload + 2);
	parts->digits = payload + 4;
	parts->n_digits = (int) (n_bytes - 4) / 2;
	return true;
}

int
col_decimal_scale(const uint8_t *image)
{
	Parts parts;

	return decimal_parts(image, &parts) ? parts.scale : -1;
}

static ColUint128
power_of_10(int exponent)
{
	col_assert(exponent >= 0 && exponent <= 38);
	if (exponent < 20)
		return powers_of_10[exponent];
	return (ColUint128) powers_of_10[19] * powers_of_10[exponent - 19];
}

bool
col_decimal_parse(const uint8_t *image, int scale, ColInt128 *scaled)
{
	Parts parts;
	ColUint128 value = 0;
	int exponent;
	int i;

	if (!decimal_parts(image, &parts) || scale > COL_DECIMAL_SCALE_MAX)
		return false;
	*scaled = 0;
	if (parts.n_digits == 0)
		return true;
	if (parts.n_digits > PARSE_DIGITS_MAX ||
		4 * (parts.weight + 1) + scale > COL_DECIMAL_SCALE_MAX)
		return false;
	/* the last digit counts 10^exponent in units of the scale */
	exponent = 4 * (parts.weight - parts.n_digits + 1) + scale;
	if (parts.n_digits <= 4 && exponent >= 0 && exponent <= 2)
	{
		uint64_t small = 0;

		for (i = 0; i < parts.n_digits; i++)
			small = small * 10000 + col_load_u16(parts.digits + i * 2);
		small *= powers_of_10[exponent];
		*scaled = parts.negative ? -(ColInt128) small : (ColInt128) small;
		return true;
	}
	for (i = 0; i < parts.n_digits; i++)
		value = value * 10000 + col_load_u16(parts.digits + i * 2);
	if (exponent >= 0)
		value *= power_of_10(exponent);
	else
	{
		ColUint128 divisor;

		if (exponent < -38)
			return false;
		divisor = power_of_10(-exponent);
		if (value % divisor != 0)
			return false;
		value /= divisor;
	}
	*scaled = parts.negative ? -(ColInt128) value : (ColInt128) value;
	return true;
}

/* Digits of value from the end of digits on; where they begin. */
static uint16_t *
decimal_digits(ColUint128 value, uint16_t *end)
{
	uint64_t low;

	while (value > UINT64_MAX)
	{
		*--end = (uint16_t) (value % 10000);
		value /= 10000;
	}
	for (low = (uint64_t) value; low > 0; low /= 10000)
		*--end = (uint16_t) (low % 10000);
	return end;
}

uint32_t
col_decimal_image(ColInt128 scaled, int scale, int display_scale,
				  uint8_t *image)
{
	uint16_t digits[DIGITS_MAX];
	uint16_t *first;
	uint16_t *end = digits + DIGITS_MAX;
	bool negative = scaled < 0;
	ColUint128 value = negative ? -(ColUint128) scaled : (ColUint128) scaled;
	int fraction_digits;
	int weight;
	uint32_t n_bytes;
	uint32_t header;

	scale &= 63;
	fraction_digits = (scale + 3) / 4;
	value *= powers_of_10[fraction_digits * 4 - scale];
	first = decimal_digits(value, end);
	weight = (int) (end - first) - fraction_digits - 1;
	while (end > first && end[-1] == 0)
		end--;
	if (end == first)
	{
		weight = 0;
		negative = false;
	}
	header = HEADER_SHORT | (negative ? SHORT_NEGATIVE : 0) |
			 (uint32_t) (display_scale & 63) << SHORT_SCALE_SHIFT |
			 ((uint32_t) weight & (SHORT_WEIGHT_SIGN | SHORT_WEIGHT_MASK));
	n_bytes = 1 + 2 + (uint32_t) (end - first) * 2;
	col_assert(n_bytes <= COL_DECIMAL_IMAGE_BYTES);
	image[0] = (uint8_t) (n_bytes << 1 | 1);
	col_store_u16(image + 1, (uint16_t) header);
	memcpy(image + 3, first, n_bytes - 3);
	return n_bytes;
}
