/*
 * parse_integer.c - integers.
 */
#include "src/text/parse.h"

#include "src/text/digits.h"

#define DIGITS_MAX 18

bool
col_parse_integer(const char *text, int64_t *value)
{
	bool negative = *text == '-';
	const char *at = text + negative;
	const char *first = at;
	int64_t sum = 0;

	while (col_is_digit(*at))
	{
		sum = sum * 10 + col_digit(*at++);
		if (at - first > DIGITS_MAX)
			return false;
	}
	*value = negative ? -sum : sum;
	return at > first && *at == 0;
}
