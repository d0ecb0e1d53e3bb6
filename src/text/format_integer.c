/*
 * format_integer.c - integers, and floats that are short decimals, as text.
 */
#include "src/base/bytes.h"
#include "src/text/digits.h"
#include "src/text/format.h"

const char col_digit_pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233"
	"34353637383940414243444546474849505152535455565758596061626364656667"
	"6869707172737475767778798081828384858687888990919293949596979899";

static const uint64_t powers_of_10[] = {1,
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
										10000000000000000000U};

/* Of a value that is not 0. */
static inline uint32_t
decimal_digits(uint64_t value)
{
	/* bits * log10(2), rounded down, is this or one less */
	uint32_t guess = (col_bit_width(value) * 1233) >> 12;

	return guess + (value >= powers_of_10[guess]);
}

uint8_t *
col_format_unsigned(uint8_t *at, uint64_t value)
{
	uint8_t *end;
	uint8_t *p;
	uint32_t rest;

	if (value < 10)
	{
		*at = (uint8_t) ('0' + value);
		return at + 1;
	}
	p = end = at + decimal_digits(value);
	for (; value >= 100000000; value /= 100000000)
	{
		p -= 8;
		col_put_8_digits(p, (uint32_t) (value % 100000000));
	}
	rest = (uint32_t) value;
	for (; rest >= 100; rest /= 100)
	{
		p -= 2;
		col_put_2_digits(p, rest % 100);
	}
	if (rest >= 10)
		col_put_2_digits(p - 2, rest);
	else if (p > at)
		*at = (uint8_t) ('0' + rest);
	return end;
}

uint8_t *
col_format_signed(uint8_t *at, int64_t value)
{
	uint64_t magnitude = (uint64_t) value;

	if (value < 0)
	{
		*at++ = '-';
		magnitude = 0 - magnitude;
	}
	return col_format_unsigned(at, magnitude);
}

/* Digits behind the point that a short float may have. */
#define SCALE 6
#define SCALE_POWER 1e6

/* Below it, a decimal of that scale has no more than 15 digits. */
#define SHORT_FLOAT_MAX 1e9

/* What is smaller is written with an exponent. */
#define SHORT_FLOAT_MIN 1e-4

uint8_t *
col_format_short_float(uint8_t *at, double value)
{
	double magnitude = __builtin_fabs(value);
	uint64_t units;
	uint32_t fraction;

	if (!(magnitude < SHORT_FLOAT_MAX) ||
		(magnitude < SHORT_FLOAT_MIN && magnitude != 0))
		return NULL;
	units = (uint64_t) (magnitude * SCALE_POWER + 0.5);
	/* both are exact, so this is the float nearest to that decimal; as any two
	 * decimals of 15 digits are two floats, none has fewer digits */
	if ((double) units / SCALE_POWER != magnitude)
		return NULL;
	if (__builtin_signbit(value))
		*at++ = '-';
	at = col_format_unsigned(at, units / powers_of_10[SCALE]);
	fraction = (uint32_t) (units % powers_of_10[SCALE]);
	if (fraction == 0)
		return at;
	*at++ = '.';
	col_put_2_digits(at, fraction / 10000);
	col_put_4_digits(at + 2, fraction % 10000);
	at += 6;
	while (at[-1] == '0')
		at--;
	return at;
}
