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
		numeric->kind = header == 0xd000   ? COL_NUMERIC_INFINITY
						: header == 0xf000 ? COL_NUMERIC_MINUS_INFINITY
										   : COL_NUMERIC_NAN;
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

#endif /* COL_NUMERIC_H */
