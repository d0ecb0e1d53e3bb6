/*
 * fsst.h - compression of short strings by a table of up to 255 symbols of 1 to
 * 8 bytes, each written as one byte (P. Boncz, T. Neumann, V. Leis: FSST,
 * VLDB 2020).
 *
 * WRITE  values -> col_fsst_train -> ColFsstTable -> col_fsst_table_write
 *        ColFsstTable -> col_fsst_encoder_init -> col_fsst_encode, value by value
 * READ   col_fsst_table_read -> ColFsstTable -> col_fsst_decode
 *
 * The codes of a value depend on the table and the value alone: the codes of
 * several values one behind the other decode to the values one behind the
 * other, and equal values have equal codes.  docs/format-fsst.md is the norm.
 */
#ifndef COL_FSST_H
#define COL_FSST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "src/base/arena.h"
#include "src/base/status.h"

#define COL_FSST_SYMBOLS_MAX 255
#define COL_FSST_SYMBOL_BYTES 8 /* of one symbol, at most */
#define COL_FSST_ESCAPE 255		/* code: the next byte stands for itself */

/* Bytes that col_fsst_decode may write behind capacity_bytes. */
#define COL_FSST_SLACK_BYTES 32

/* A table as bytes: how many symbols there are of each length, the symbols. */
#define COL_FSST_TABLE_HEAD_BYTES COL_FSST_SYMBOL_BYTES
#define COL_FSST_TABLE_BYTES_MAX \
	(COL_FSST_TABLE_HEAD_BYTES + COL_FSST_SYMBOLS_MAX * COL_FSST_SYMBOL_BYTES)

typedef struct ColFsstTable
{
	uint64_t
		symbols[256]; /* by code: first byte lowest, zeroes behind the last */
	uint8_t lengths[256]; /* by code; more than 8: not a symbol */
	uint32_t n_symbols;	  /* codes 0 .. n_symbols - 1, by length, then bytes */
} ColFsstTable;

/* Codes of the symbols by what they begin with; 130 kB, made from a table. */
typedef struct ColFsstEncoder
{
	ColFsstTable table;
	uint16_t two_bytes[65536]; /* for input without a symbol of 3 or more: code
								* and length << 8 by the next two bytes */
	uint16_t one_byte[256];	   /* the same for the last byte of the input */
	uint8_t slots[2048];	   /* 1 + code of the first symbol of 3 or more, by
								* hash of 3 bytes, the longest first; 0: none */
	uint8_t next[256];		   /* by code: 1 + the next code of its slot */
} ColFsstEncoder;

/*
 * Makes a table that suits the values, from a sample of at most 16 kB of them.
 * The same values give the same table.  COL_OK or COL_NO_MEMORY; memory is
 * released before it returns.
 */
extern ColStatus col_fsst_train(ColFsstTable *table,
								const uint8_t *const *values,
								const uint32_t *lengths, uint32_t n_values,
								const ColAllocator *allocator);

extern void col_fsst_encoder_init(ColFsstEncoder *encoder,
								  const ColFsstTable *table);

/* Returns the bytes of out that were written, 2 * n_bytes at most. */
extern size_t col_fsst_encode(const ColFsstEncoder *encoder, const uint8_t *in,
							  size_t n_bytes, uint8_t *out);

/*
 * Returns the bytes that in stands for; -1: it has a code that the table has
 * not, ends with an escape, or stands for more than capacity_bytes.  Up to
 * COL_FSST_SLACK_BYTES behind capacity_bytes may be written in any case.
 */
extern int64_t col_fsst_decode(const ColFsstTable *table, const uint8_t *in,
							   size_t n_bytes, uint8_t *out,
							   size_t capacity_bytes);

/* The table as bytes. */
extern size_t col_fsst_table_bytes(const ColFsstTable *table);
extern void col_fsst_table_write(const ColFsstTable *table, uint8_t *out);

/*
 * Reads the table that in starts with and returns its bytes; 0: these are not
 * a table, or there are more than n_bytes.
 */
extern size_t col_fsst_table_read(ColFsstTable *table, const uint8_t *in,
								  size_t n_bytes);

/* For col_fsst_train: symbols in any order, different from one another. */
typedef struct ColFsstSymbol
{
	uint64_t bytes; /* as in ColFsstTable */
	uint32_t length;
} ColFsstSymbol;
extern void col_fsst_table_set(ColFsstTable *table, ColFsstSymbol *symbols,
							   uint32_t n_symbols);

/* The longest symbol that in starts with: code | length << 8, or an escape. */
extern uint32_t col_fsst_longest(const ColFsstEncoder *encoder,
								 const uint8_t *in, size_t n_bytes);

#endif /* COL_FSST_H */
