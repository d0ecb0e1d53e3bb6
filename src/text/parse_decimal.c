/*
 * parse_decimal.c - numerics: the digits of the text, four at a time from the point in
 * both directions, are those to the base 10,000.
 */
#include "src/text/parse.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/text/digits.h"

/* The short form of the payload's header, see src/vector/numeric.h. */
#define HEADER_SHORT 0x8000
#define HEADER_NEGATIVE 0x2000
#define HEADER_SCALE_SHIFT 7
#define HEADER_SCALE_MAX 63
#define HEADER_WEIGHT_MASK 0x7f
#define HEADER_BYTES 2

/* Decimal digits before and behind the point; their groups fit into the payload. */
#define PART_DIGITS_MAX 60

/* Digits from at on, n of 1 to 4 of them. */
static inline uint32_t
digit_group(const char *at, int n)
{
	uint32_t group = 0;

	for (int i = 0; i < n; i++)
		group = group * 10 + col_digit(at[i]);
	return group;
}

static inline const char *
skip_digits(const char *at)
{
	while (col_is_digit(*at))
		at++;
	return at;
}

uint32_t
col_parse_decimal(const char *text, int integer_digits, int scale,
				  uint8_t *payload)
{
	static const uint32_t padding[5] = {0, 1000, 100, 10, 1};
	bool negative = *text == '-';
	const char *at = text + negative;
	const char *point;
	const char *end;
	uint8_t *first = payload + HEADER_BYTES;
	uint8_t *next = first;
	uint32_t group;
	int weight;
	int n;

	if (!col_is_digit(*at))
		return 0;
	while (*at == '0')
		at++;
	point = end = skip_digits(at);
	if (*point == '.')
	{
		end = skip_digits(point + 1);
		if (end == point + 1)
			return 0;
	}
	if (*end != 0 || end - at > PART_DIGITS_MAX)
		return 0;
	n = *point == '.' ? (int) (end - point - 1) : 0;
	if (scale < 0)
		scale = n;
	else if (n > scale || point - at > integer_digits)
		return 0;
	if (scale > HEADER_SCALE_MAX)
		return 0;

	n = (int) (point - at);
	weight = (n + 3) / 4 - 1;
	for (n = n % 4 ? n % 4 : 4; at < point; at += n, n = 4)
	{
		col_store_u16(next, (uint16_t) digit_group(at, n));
		next += 2;
	}
	for (at = point + 1; at < end; at += n)
	{
		n = end - at < 4 ? (int) (end - at) : 4;
		group = digit_group(at, n) * padding[n];
		if (group == 0 && next == first)
			weight--;
		else
		{
			col_store_u16(next, (uint16_t) group);
			next += 2;
		}
	}
	while (next > first && col_load_u16(next - 2) == 0)
		next -= 2;
	if (next == first)
	{
		weight = 0;
		negative = false;
	}
	col_assert(next - payload <= COL_PARSE_DECIMAL_BYTES);
	col_store_u16(payload,
				  (uint16_t) (HEADER_SHORT | (negative ? HEADER_NEGATIVE : 0) |
							  scale << HEADER_SCALE_SHIFT |
							  (weight & HEADER_WEIGHT_MASK)));
	return (uint32_t) (next - payload);
}
