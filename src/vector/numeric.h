/*
 * numeric.h - PostgreSQL's numeric, as the payload of an image holds it.
 *
 * Payload: a header of 16 bits, with the sign, the display scale and the weight
 * in it, or of 32 bits with a weight of its own; then digits to the base 10,000,
 * the first worth 10,000^weight.  NaN and the infinities have a header alone.
 */
#ifndef COL_NUMERIC_H
#define COL_NUMERIC_H

#include <stdbool.h>
#include <stdint.h>
#include "src/base/bytes.h"

/* Headers of what is not finite. */
#define COL_NUMERIC_NAN_HEADER 0xc000
#define COL_NUMERIC_INFINITY_HEADER 0xd000
#define COL_NUMERIC_MINUS_INFINITY_HEADER 0xf000

typedef enum ColNumericKind
{
	COL_NUMERIC_MINUS_INFINITY = -1,
	COL_NUMERIC_FINITE = 0,
	COL_NUMERIC_INFINITY = 1,
	COL_NUMERIC_NAN = 2
} ColNumericKind;

/* A value: finite ones without digits 0 at either end; zero has none at all. */
typedef struct ColNumeric
{
	ColNumericKind kind;
	bool is_negative;
	int32_t weight;
	uint32_t display_scale;
	uint32_t n_digits;
	const uint8_t *digits; /* of 2 bytes */
} ColNumeric;

static inline uint32_t
col_numeric_digit(const ColNumeric *numeric, uint32_t i)
{
	return col_load_u16(numeric->digits + 2 * i);
}

/* Takes a payload apart; false: it is none of a numeric. */
static inline bool
col_numeric_parse(const uint8_t *payload, uint32_t n_bytes, ColNumeric *numeric)
{
	uint32_t header;
	uint32_t header_bytes = 2;

	__builtin_memset(numeric, 0, sizeof(*numeric));
	if (n_bytes < 2 || n_bytes % 2 != 0)
		return false;
	header = col_load_u16(payload);
	if ((header & 0xc000) == 0xc000)
	{
		numeric->kind = COL_NUMERIC_NAN;
		if (header == COL_NUMERIC_INFINITY_HEADER)
			numeric->kind = COL_NUMERIC_INFINITY;
		if (header == COL_NUMERIC_MINUS_INFINITY_HEADER)
			numeric->kind = COL_NUMERIC_MINUS_INFINITY;
		return n_bytes == 2;
	}
	if (header & 0x8000)
	{
		numeric->is_negative = (header & 0x2000) != 0;
		numeric->display_scale = header >> 7 & 0x3f;
		numeric->weight =
			(int32_t) (header & 0x3f) - (header & 0x40 ? 0x40 : 0);
	}
	else
	{
		if (n_bytes < 4)
			return false;
		header_bytes = 4;
		numeric->is_negative = (header & 0x4000) != 0;
		numeric->display_scale = header & 0x3fff;
		numeric->weight = (int16_t) col_load_u16(payload + 2);
	}
	numeric->digits = payload + header_bytes;
	numeric->n_digits = (n_bytes - header_bytes) / 2;
	while (numeric->n_digits > 0 && col_numeric_digit(numeric, 0) == 0)
	{
		numeric->digits += 2;
		numeric->n_digits--;
		numeric->weight--;
	}
	while (numeric->n_digits > 0 &&
		   col_numeric_digit(numeric, numeric->n_digits - 1) == 0)
		numeric->n_digits--;
	if (numeric->n_digits == 0)
	{
		numeric->weight = 0;
		numeric->is_negative = false;
	}
	return true;
}

/*
 * Order of two values as PostgreSQL has it: less than, equal, greater than 0; NaN
 * is the largest.
 */
static inline int
col_numeric_compare(const ColNumeric *a, const ColNumeric *b)
{
	int sign = a->is_negative ? -1 : 1;
	uint32_t shorter = a->n_digits < b->n_digits ? a->n_digits : b->n_digits;
	uint32_t i;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->is_negative != b->is_negative)
		return sign;
	if (a->n_digits == 0 || b->n_digits == 0)
		return sign * ((a->n_digits > 0) - (b->n_digits > 0));
	if (a->weight != b->weight)
		return a->weight < b->weight ? -sign : sign;
	for (i = 0; i < shorter; i++)
	{
		uint32_t left = col_numeric_digit(a, i);
		uint32_t right = col_numeric_digit(b, i);

		if (left != right)
			return left < right ? -sign : sign;
	}
	return sign * ((a->n_digits > shorter) - (b->n_digits > shorter));
}

/* Decimal digits behind the point that a value has, zeroes at the end apart. */
static inline uint32_t
col_numeric_scale(const ColNumeric *numeric)
{
	int32_t scale = ((int32_t) numeric->n_digits - 1 - numeric->weight) * 4;
	uint32_t last;

	if (numeric->n_digits == 0 || scale <= 0)
		return 0;
	last = col_numeric_digit(numeric, numeric->n_digits - 1);
	for (; last % 10 == 0; last /= 10)
		scale--;
	return (uint32_t) scale;
}

/*
 * Writes the payload of a value, not NaN, its display scale no larger than it needs;
 * returns its bytes, 0 if capacity_bytes do not hold it.
 */
static inline uint32_t
col_numeric_store(const ColNumeric *numeric, uint8_t *payload,
				  uint32_t capacity_bytes)
{
	uint32_t scale = col_numeric_scale(numeric);
	bool is_short =
		scale <= 63 && numeric->weight >= -64 && numeric->weight <= 63;
	uint32_t header_bytes = is_short ? 2 : 4;
	uint32_t n_bytes = header_bytes + numeric->n_digits * 2;

	if (numeric->kind != COL_NUMERIC_FINITE)
	{
		col_store_u16(payload, numeric->kind == COL_NUMERIC_INFINITY
								   ? COL_NUMERIC_INFINITY_HEADER
								   : COL_NUMERIC_MINUS_INFINITY_HEADER);
		return 2;
	}
	if (n_bytes > capacity_bytes || scale > 0x3fff)
		return 0;
	if (is_short)
		col_store_u16(payload,
					  (uint16_t) (0x8000 | (numeric->is_negative ? 0x2000 : 0) |
								  scale << 7 |
								  ((uint32_t) numeric->weight & 0x7f)));
	else
	{
		col_store_u16(payload,
					  (uint16_t) ((numeric->is_negative ? 0x4000 : 0) | scale));
		col_store_u16(payload + 2, (uint16_t) numeric->weight);
	}
	__builtin_memcpy(payload + header_bytes, numeric->digits,
					 numeric->n_digits * 2);
	return n_bytes;
}

#endif /* COL_NUMERIC_H */
