/*
 * parse_uuid.c - uuids, and what else is looked at by byte.
 */
#include "src/text/parse.h"

#include <string.h>

/* The value of a hexadecimal digit, plus one; 0 of any other byte. */
static const uint8_t hex_digits[256] = {
	['0'] = 1,	['1'] = 2,	['2'] = 3,	['3'] = 4,	['4'] = 5,	['5'] = 6,
	['6'] = 7,	['7'] = 8,	['8'] = 9,	['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
	['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

bool
col_parse_uuid(const char *text, uint8_t *uuid)
{
	const uint8_t *at = (const uint8_t *) text;
	bool hyphens = false;

	for (int i = 0; i < COL_UUID_BYTES; i++)
	{
		uint32_t high;
		uint32_t low;

		if (i == 4)
			hyphens = *at == '-';
		if (hyphens && (i == 4 || i == 6 || i == 8 || i == 10) && *at++ != '-')
			return false;
		/* the end is no digit: nothing behind it is read */
		if ((high = hex_digits[at[0]]) == 0 || (low = hex_digits[at[1]]) == 0)
			return false;
		uuid[i] = (uint8_t) ((high - 1) << 4 | (low - 1));
		at += 2;
	}
	return *at == 0;
}

bool
col_text_is_ascii(const char *text, size_t n_bytes)
{
	uint64_t all = 0;
	uint64_t word;
	size_t i = 0;

	for (; i + sizeof(word) <= n_bytes; i += sizeof(word))
	{
		memcpy(&word, text + i, sizeof(word));
		all |= word;
	}
	for (; i < n_bytes; i++)
		all |= (uint8_t) text[i];
	return (all & UINT64_C(0x8080808080808080)) == 0;
}
