/*
 * digits.h - what reads and writes decimal digits.
 */
#ifndef COL_DIGITS_H
#define COL_DIGITS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

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

/* "00" to "99" */
extern const char col_digit_pairs[];

static inline void
col_put_2_digits(uint8_t *at, uint32_t value)
{
	memcpy(at, col_digit_pairs + 2 * value, 2);
}

static inline void
col_put_4_digits(uint8_t *at, uint32_t value)
{
	col_put_2_digits(at, value / 100);
	col_put_2_digits(at + 2, value % 100);
}

static inline void
col_put_8_digits(uint8_t *at, uint32_t value)
{
	col_put_4_digits(at, value / 10000);
	col_put_4_digits(at + 4, value % 10000);
}

#endif /* COL_DIGITS_H */
