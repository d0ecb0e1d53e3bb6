/*
 * digits.h - what reads decimal digits.
 */
#ifndef COL_DIGITS_H
#define COL_DIGITS_H

#include <stdbool.h>
#include <stdint.h>

/* The value of a digit, more than 9 of another byte. */
static inline uint32_t
col_digit(char c)
{
	return (uint32_t) (uint8_t) c - '0';
}

static inline bool
col_is_digit(char c)
{
	return col_digit(c) <= 9;
}

/*
 * Two digits: 0 to 99, at least 100 if they are none.  The second is not read if the
 * first is none.
 */
static inline uint32_t
col_two_digits(const char *text)
{
	uint32_t tens = col_digit(text[0]);
	uint32_t ones;

	if (tens > 9)
		return 100;
	ones = col_digit(text[1]);
	return ones > 9 ? 100 : tens * 10 + ones;
}

#endif /* COL_DIGITS_H */
