/*
 * format_numeric.c - numeric and uuid as text.
 */
#include <string.h>
#include "src/text/digits.h"
#include "src/text/format.h"

size_t
col_format_numeric_bytes(const ColNumeric *numeric)
{
	size_t before_point =
		numeric->weight < 0 ? 1 : ((size_t) numeric->weight + 1) * 4;

	/* sign, point, and digits of the last group that are not shown */
	return COL_FORMAT_BYTES + before_point + numeric->display_scale;
}

/* The group of 4 digits worth 10,000^power. */
static inline uint32_t
digits_of(const ColNumeric *numeric, int32_t power)
{
	int32_t i = numeric->weight - power;

	return i >= 0 && i < (int32_t) numeric->n_digits
			   ? col_numeric_digit(numeric, (uint32_t) i)
			   : 0;
}

uint8_t *
col_format_numeric(uint8_t *at, const ColNumeric *numeric)
{
	uint8_t *end;

	if (numeric->kind != COL_NUMERIC_FINITE)
	{
		const char *name = numeric->kind == COL_NUMERIC_NAN ? "NaN"
						   : numeric->kind == COL_NUMERIC_INFINITY
							   ? "Infinity"
							   : "-Infinity";

		memcpy(at, name, strlen(name));
		return at + strlen(name);
	}
	if (numeric->is_negative)
		*at++ = '-';
	at = col_format_unsigned(
		at, digits_of(numeric, numeric->weight < 0 ? 0 : numeric->weight));
	for (int32_t power = numeric->weight - 1; power >= 0; power--, at += 4)
		col_put_4_digits(at, digits_of(numeric, power));
	if (numeric->display_scale == 0)
		return at;
	*at++ = '.';
	end = at + numeric->display_scale;
	for (int32_t power = -1; at < end; power--, at += 4)
		col_put_4_digits(at, digits_of(numeric, power));
	return end;
}

uint8_t *
col_format_uuid(uint8_t *at, const uint8_t *bytes)
{
	static const char hex[] = "0123456789abcdef";

	for (int i = 0; i < 16; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = (uint8_t) hex[bytes[i] >> 4];
		*at++ = (uint8_t) hex[bytes[i] & 15];
	}
	return at;
}
