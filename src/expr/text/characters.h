/*
 * characters.h - the characters of a text, which is valid, in encodings of one byte and
 * in UTF-8.
 */
#ifndef COL_CHARACTERS_H
#define COL_CHARACTERS_H

#include "postgres.h"

#include "mb/pg_wchar.h"

#include "src/vector/image.h"

typedef struct ColText
{
	const uint8 *bytes;
	uint32 n_bytes;
} ColText;

static inline ColText
col_text_of_image(const uint8 *image)
{
	return (ColText){col_image_payload(image), col_image_payload_bytes(image)};
}

/* Do these functions know the encoding? */
static inline bool
col_encoding_is_known(void)
{
	return pg_database_encoding_max_length() == 1 ||
		   GetDatabaseEncoding() == PG_UTF8;
}

static inline bool
col_encoding_is_utf8(void)
{
	return GetDatabaseEncoding() == PG_UTF8;
}

/* Bytes that continue a character. */
static inline bool
col_is_continuing(uint8 byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Characters of UTF-8. */
static inline uint32
col_utf8_length(const uint8 *bytes, uint32 n_bytes)
{
	const uint64 ones = UINT64CONST(0x0101010101010101);
	uint32 continuing = 0;
	uint32 i = 0;

	for (; i + 8 <= n_bytes; i += 8)
	{
		uint64 word;

		memcpy(&word, bytes + i, sizeof(word));
		continuing += ((word >> 7 & ~(word >> 6) & ones) * ones) >> 56;
	}
	for (; i < n_bytes; i++)
		continuing += col_is_continuing(bytes[i]);
	return n_bytes - continuing;
}

static inline uint32
col_text_length(const uint8 *bytes, uint32 n_bytes)
{
	return col_encoding_is_utf8() ? col_utf8_length(bytes, n_bytes) : n_bytes;
}

/* Where the text is n characters after place at, or its end if it has fewer. */
static inline uint32
col_text_forward(ColText text, uint32 at, uint32 n, bool utf8)
{
	if (!utf8)
		return n < text.n_bytes - at ? at + n : text.n_bytes;
	/* eight of ASCII at once */
	for (; n >= 8 && text.n_bytes - at >= 8; n -= 8, at += 8)
	{
		uint64 word;

		memcpy(&word, text.bytes + at, sizeof(word));
		if ((word & UINT64CONST(0x8080808080808080)) != 0)
			break;
	}
	for (; n > 0 && at < text.n_bytes; n--)
		do
			at++;
		while (at < text.n_bytes && col_is_continuing(text.bytes[at]));
	return at;
}

/* Where it is n characters before place at, or its begin; left is what is missing. */
static inline uint32
col_text_back(ColText text, uint32 at, uint32 n, bool utf8, uint32 *left)
{
	for (; n > 0 && at > 0; n--)
		do
			at--;
		while (utf8 && at > 0 && col_is_continuing(text.bytes[at]));
	*left = n;
	return at;
}

#endif /* COL_CHARACTERS_H */
