/*
 * field.c - escapes and quotes of COPY.
 */
#include "src/base/bytes.h"
#include "src/text/field.h"

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define HIGH_BITS (EACH_BYTE * 0x80)

static void
set_needles(ColFieldStyle *style, uint8_t a, uint8_t b)
{
	style->needles[0] = a * EACH_BYTE;
	style->needles[1] = b * EACH_BYTE;
}

void
col_field_style_text(ColFieldStyle *style, uint8_t delimiter)
{
	memset(style, 0, sizeof(*style));
	style->delimiter = delimiter;
	style->special[delimiter] = delimiter;
	style->special['\\'] = '\\';
	style->special['\b'] = 'b';
	style->special['\f'] = 'f';
	style->special['\n'] = 'n';
	style->special['\r'] = 'r';
	style->special['\t'] = 't';
	style->special['\v'] = 'v';
	set_needles(style, delimiter, '\\');
}

void
col_field_style_csv(ColFieldStyle *style, uint8_t delimiter, uint8_t quote,
					uint8_t escape)
{
	memset(style, 0, sizeof(*style));
	style->csv = true;
	style->delimiter = delimiter;
	style->quote = quote;
	style->escape = escape;
	style->special[delimiter] = 1;
	style->special[quote] = 1;
	style->special['\n'] = 1;
	style->special['\r'] = 1;
	set_needles(style, delimiter, quote);
}

/* Not 0 if a byte of word is 0. */
static inline uint64_t
has_zero(uint64_t word)
{
	return (word - EACH_BYTE) & ~word & HIGH_BITS;
}

/* 0: no byte of word is special. */
static inline uint64_t
suspects(const ColFieldStyle *style, uint64_t word)
{
	uint64_t below_space = (word - EACH_BYTE * 0x20) & ~word & HIGH_BITS;

	return below_space | has_zero(word ^ style->needles[0]) |
		   has_zero(word ^ style->needles[1]);
}

static bool
has_special(const ColFieldStyle *style, const uint8_t *bytes, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++)
	{
		if (style->special[bytes[i]] != 0)
			return true;
	}
	return false;
}

/* Copies 8 bytes; not 0: one of them may be special. */
static inline uint64_t
copy_8(const ColFieldStyle *style, uint8_t *at, const uint8_t *bytes)
{
	uint64_t word = col_load_u64(bytes);

	col_store_u64(at, word);
	return suspects(style, word);
}

static inline uint64_t
copy_4(const ColFieldStyle *style, uint8_t *at, const uint8_t *bytes)
{
	uint32_t word = col_load_u32(bytes);

	col_store_u32(at, word);
	return suspects(style, word | (uint64_t) word << 32);
}

bool
col_field_copy(const ColFieldStyle *style, uint8_t *at, const uint8_t *bytes,
			   size_t n_bytes)
{
	uint64_t found = 0;

	if (n_bytes >= 8)
	{
		for (size_t i = 0; i < n_bytes - 8 && found == 0; i += 8)
			found = copy_8(style, at + i, bytes + i);
		found |= copy_8(style, at + n_bytes - 8, bytes + n_bytes - 8);
	}
	else if (n_bytes >= 4)
		found = copy_4(style, at, bytes) |
				copy_4(style, at + n_bytes - 4, bytes + n_bytes - 4);
	else
	{
		for (size_t i = 0; i < n_bytes; i++)
		{
			at[i] = bytes[i];
			found |= style->special[bytes[i]];
		}
		return found == 0;
	}
	if (found == 0)
		return true;
	if (has_special(style, bytes, n_bytes))
		return false;
	memcpy(at, bytes, n_bytes);
	return true;
}

/* Is that byte preceded by another one? */
static inline bool
is_escaped(const ColFieldStyle *style, uint8_t byte)
{
	return style->csv ? byte == style->quote || byte == style->escape
					  : style->special[byte] != 0;
}

size_t
col_field_added_bytes(const ColFieldStyle *style, const uint8_t *bytes,
					  size_t n_bytes)
{
	size_t n = style->csv ? 2 : 0;

	for (size_t i = 0; i < n_bytes; i++)
		n += is_escaped(style, bytes[i]);
	return n;
}

uint8_t *
col_field_write(const ColFieldStyle *style, uint8_t *at, const uint8_t *bytes,
				size_t n_bytes)
{
	if (style->csv)
		*at++ = style->quote;
	for (size_t i = 0; i < n_bytes; i++)
	{
		uint8_t byte = bytes[i];

		if (is_escaped(style, byte))
		{
			*at++ = style->csv ? style->escape : '\\';
			if (!style->csv)
				byte = style->special[byte];
		}
		*at++ = byte;
	}
	if (style->csv)
		*at++ = style->quote;
	return at;
}
