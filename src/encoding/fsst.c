/*
 * fsst.c - symbol tables of short strings: encoding, decoding, and the table
 * as bytes; see fsst.h.  fsst_train.c makes tables.
 *
 * Memory: none is allocated here.
 */
#include "src/encoding/fsst.h"

#include <string.h>
#include "src/base/assert.h"
#include "src/base/bytes.h"

/* lengths[] of a code without a symbol: larger than any four of real ones. */
#define NO_SYMBOL_LENGTH 64

#define ESCAPE_ONE (COL_FSST_ESCAPE | 1 << 8)

static void
table_clear(ColFsstTable *table)
{
	memset(table->symbols, 0, sizeof(table->symbols));
	memset(table->lengths, NO_SYMBOL_LENGTH, sizeof(table->lengths));
	table->n_symbols = 0;
}

/* Of two symbols of one length: whether a comes first by its bytes. */
static bool
bytes_before(uint64_t a, uint64_t b)
{
	return __builtin_bswap64(a) < __builtin_bswap64(b);
}

void
col_fsst_table_set(ColFsstTable *table, ColFsstSymbol *symbols,
				   uint32_t n_symbols)
{
	uint32_t i;

	col_assert(n_symbols <= COL_FSST_SYMBOLS_MAX);
	table_clear(table);
	for (i = 0; i < n_symbols; i++)
	{
		ColFsstSymbol symbol = symbols[i];
		uint32_t code = i;

		while (code > 0 &&
			   (table->lengths[code - 1] > symbol.length ||
				(table->lengths[code - 1] == symbol.length &&
				 bytes_before(symbol.bytes, table->symbols[code - 1]))))
		{
			table->symbols[code] = table->symbols[code - 1];
			table->lengths[code] = table->lengths[code - 1];
			code--;
		}
		table->symbols[code] = symbol.bytes;
		table->lengths[code] = (uint8_t) symbol.length;
	}
	table->n_symbols = n_symbols;
}

/* ---- encoding ---- */

static inline uint32_t
slot_of(uint64_t word)
{
	return (uint32_t) (word & 0xffffff) * UINT32_C(2654435761) >> 21;
}

void
col_fsst_encoder_init(ColFsstEncoder *encoder, const ColFsstTable *table)
{
	uint32_t code;
	uint32_t i;

	encoder->table = *table;
	memset(encoder->slots, 0, sizeof(encoder->slots));
	memset(encoder->next, 0, sizeof(encoder->next));
	for (i = 0; i < 256; i++)
		encoder->one_byte[i] = ESCAPE_ONE;

	/* codes go from short to long: what comes later is longer */
	for (code = 0; code < table->n_symbols && table->lengths[code] == 1; code++)
		encoder->one_byte[table->symbols[code]] = (uint16_t) (code | 1 << 8);
	for (i = 0; i < 65536; i++)
		encoder->two_bytes[i] = encoder->one_byte[i & 0xff];
	for (; code < table->n_symbols && table->lengths[code] == 2; code++)
		encoder->two_bytes[table->symbols[code]] = (uint16_t) (code | 2 << 8);
	for (; code < table->n_symbols; code++)
	{
		uint8_t *slot = &encoder->slots[slot_of(table->symbols[code])];

		encoder->next[code] = *slot;
		*slot = (uint8_t) (code + 1);
	}
}

/* word: the next bytes, n_left (8 for more) of them, zeroes behind them */
static inline uint32_t
longest_of(const ColFsstEncoder *encoder, uint64_t word, size_t n_left)
{
	const ColFsstTable *table = &encoder->table;
	uint32_t next = encoder->slots[slot_of(word)];

	while (next > 0)
	{
		uint32_t code = next - 1;
		uint32_t length = table->lengths[code];

		if ((word ^ table->symbols[code]) << (64 - 8 * length) == 0 &&
			length <= n_left)
			return code | length << 8;
		next = encoder->next[code];
	}
	return n_left < 2 ? encoder->one_byte[word & 0xff]
					  : encoder->two_bytes[word & 0xffff];
}

uint32_t
col_fsst_longest(const ColFsstEncoder *encoder, const uint8_t *in,
				 size_t n_bytes)
{
	return n_bytes >= 8
			   ? longest_of(encoder, col_load_u64(in), 8)
			   : longest_of(encoder, col_load_uint(in, (uint32_t) n_bytes),
							n_bytes);
}

/* Writes the code that was found for word, and the byte behind an escape. */
static inline uint8_t *
put_code(uint8_t *out, uint32_t found, uint64_t word)
{
	out[0] = (uint8_t) found;
	if ((found & 0xff) != COL_FSST_ESCAPE)
		return out + 1;
	out[1] = (uint8_t) word;
	return out + 2;
}

size_t
col_fsst_encode(const ColFsstEncoder *encoder, const uint8_t *in,
				size_t n_bytes, uint8_t *out)
{
	const uint8_t *end = in + n_bytes;
	const uint8_t *start = out;
	uint64_t word;
	size_t n_left;

	while (end - in >= 8)
	{
		uint32_t found;

		word = col_load_u64(in);
		found = longest_of(encoder, word, 8);
		out = put_code(out, found, word);
		in += found >> 8;
	}
	n_left = (size_t) (end - in);
	word = col_load_uint(in, (uint32_t) n_left);
	while (n_left > 0)
	{
		uint32_t found = longest_of(encoder, word, n_left);
		uint32_t length = found >> 8;

		out = put_code(out, found, word);
		word >>= 8 * length;
		n_left -= length;
	}
	return (size_t) (out - start);
}

/* ---- decoding ---- */

/*
 * Bytes of the symbols of four codes, which are written to out; 0: one of the
 * codes is no symbol.
 */
static inline uint32_t
decode_four(const ColFsstTable *table, const uint8_t *in, uint8_t *out)
{
	uint32_t codes = col_load_u32(in);
	uint32_t a = codes & 0xff;
	uint32_t b = codes >> 8 & 0xff;
	uint32_t c = codes >> 16 & 0xff;
	uint32_t d = codes >> 24;
	uint32_t at_b = table->lengths[a];
	uint32_t at_c = at_b + table->lengths[b];
	uint32_t at_d = at_c + table->lengths[c];
	uint32_t n_bytes = at_d + table->lengths[d];

	if (n_bytes > 4 * COL_FSST_SYMBOL_BYTES)
		return 0;
	col_store_u64(out, table->symbols[a]);
	col_store_u64(out + at_b, table->symbols[b]);
	col_store_u64(out + at_c, table->symbols[c]);
	col_store_u64(out + at_d, table->symbols[d]);
	return n_bytes;
}

int64_t
col_fsst_decode(const ColFsstTable *table, const uint8_t *in, size_t n_bytes,
				uint8_t *out, size_t capacity_bytes)
{
	const uint8_t *end = in + n_bytes;
	size_t used_bytes = 0;

	/* at the top of both loops used_bytes <= capacity_bytes */
	while (in < end)
	{
		const uint8_t *singly;

		while (end - in >= 4)
		{
			uint32_t n_four = decode_four(table, in, out + used_bytes);

			if (n_four == 0)
				break;
			in += 4;
			used_bytes += n_four;
			if (used_bytes > capacity_bytes)
				return -1;
		}
		/* an escape among the next four, or the last three */
		for (singly = in; in < end && in - singly < 4;)
		{
			uint32_t code = *in++;
			uint32_t length = table->lengths[code];

			if (length <= COL_FSST_SYMBOL_BYTES)
			{
				col_store_u64(out + used_bytes, table->symbols[code]);
				used_bytes += length;
			}
			else if (code == COL_FSST_ESCAPE && in < end)
				out[used_bytes++] = *in++;
			else
				return -1;
			if (used_bytes > capacity_bytes)
				return -1;
		}
	}
	return (int64_t) used_bytes;
}

/* ---- the table as bytes ---- */

size_t
col_fsst_table_bytes(const ColFsstTable *table)
{
	size_t n_bytes = COL_FSST_TABLE_HEAD_BYTES;
	uint32_t code;

	for (code = 0; code < table->n_symbols; code++)
		n_bytes += table->lengths[code];
	return n_bytes;
}

void
col_fsst_table_write(const ColFsstTable *table, uint8_t *out)
{
	uint8_t *at = out + COL_FSST_TABLE_HEAD_BYTES;
	uint32_t code;

	memset(out, 0, COL_FSST_TABLE_HEAD_BYTES);
	for (code = 0; code < table->n_symbols; code++)
	{
		uint32_t length = table->lengths[code];

		out[length - 1]++;
		memcpy(at, &table->symbols[code], length);
		at += length;
	}
}

size_t
col_fsst_table_read(ColFsstTable *table, const uint8_t *in, size_t n_bytes)
{
	ColReadCursor cursor;
	const uint8_t *counts;
	uint32_t length;

	table_clear(table);
	col_read_init(&cursor, in, n_bytes);
	counts = col_read_bytes(&cursor, COL_FSST_TABLE_HEAD_BYTES);
	if (counts == NULL)
		return 0;
	for (length = 1; length <= COL_FSST_SYMBOL_BYTES; length++)
	{
		uint32_t i;

		if (table->n_symbols + counts[length - 1] > COL_FSST_SYMBOLS_MAX)
			return 0;
		for (i = 0; i < counts[length - 1]; i++)
		{
			const uint8_t *bytes = col_read_bytes(&cursor, length);
			uint32_t code = table->n_symbols;
			uint64_t symbol;

			if (bytes == NULL)
				return 0;
			symbol = col_load_uint(bytes, length);
			if (i > 0 && !bytes_before(table->symbols[code - 1], symbol))
				return 0;
			table->symbols[code] = symbol;
			table->lengths[code] = (uint8_t) length;
			table->n_symbols++;
		}
	}
	return n_bytes - col_read_left_bytes(&cursor);
}
