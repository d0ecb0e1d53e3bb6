/*
 * vector.h - up to COL_VECTOR_ROWS values of one column, decoded.
 *
 * Physical classes:
 *   COL_PHYS_LANE   integers of 1, 2, 4 or 8 bytes, held in that width, and
 *                   whatever PostgreSQL passes by value (floats as their bits)
 *   COL_PHYS_FIXED  values of any other constant length, held by reference
 *   COL_PHYS_IMAGE  variable-length values as "images": the bytes PostgreSQL
 *                   calls a varlena, header included.  Either a 1-byte header
 *                   (length incl. header) << 1 | 1, length 1..127, so that the
 *                   empty value is the one byte 0x03; or a 4-byte
 *                   little-endian header (length incl. header) << 2,
 *                   uncompressed.  A first byte of 0x01 is PostgreSQL's external
 *                   pointer: it never occurs here, and is corrupt when read.
 *                   Images with a 4-byte header are aligned to
 *                   COL_IMAGE_ALIGN_BYTES in memory.  See image.h.
 *
 *   COL_PHYS_DECIMAL  numeric values as integers of 8 bytes: value * 10^scale, all
 *                   of that display scale; only for who asks for it
 *
 * The slot of a NULL holds some valid value (images: a pointer to an empty
 * image), so that a kernel may compute on it.
 *
 * Validity has COL_VECTOR_WORDS words, the bits behind the last row being zero.
 * COL_TAIL_BYTES behind the last lane or code can be read.
 */
#ifndef COL_VECTOR_H
#define COL_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "src/base/limits.h"

typedef enum ColPhys
{
	COL_PHYS_LANE = 1,
	COL_PHYS_FIXED = 2,
	COL_PHYS_IMAGE = 3,
	COL_PHYS_DECIMAL = 4
} ColPhys;

/* How values of a column are ordered for zones (min, max). */
typedef enum ColOrder
{
	COL_ORDER_NONE = 0,		/* no min, max */
	COL_ORDER_SIGNED = 1,	/* lanes as signed integers */
	COL_ORDER_UNSIGNED = 2, /* lanes as unsigned integers */
	COL_ORDER_FLOAT4 = 3,	/* PostgreSQL's order, NaN left out and flagged */
	COL_ORDER_FLOAT8 = 4,
	COL_ORDER_BYTES = 5,  /* images: payload by memcmp, then length */
	COL_ORDER_NUMERIC = 6 /* images of PostgreSQL's numeric, by value */
} ColOrder;

typedef enum ColVectorKind
{
	COL_VECTOR_FLAT = 1,	  /* one value a row */
	COL_VECTOR_CONSTANT = 2,  /* values[0] or images[0] stands for all rows */
	COL_VECTOR_DICTIONARY = 3 /* images[codes[row]] */
} ColVectorKind;

typedef struct ColVector
{
	ColVectorKind kind;
	ColPhys phys;
	uint16_t stride_bytes; /* LANE: 1, 2, 4, 8; FIXED: distance of values */
	int16_t scale;		   /* DECIMAL */
	uint32_t n_rows;
	uint32_t n_nulls;
	const uint64_t *validity;	  /* bit set: not null; NULL: no nulls at all */
	const uint8_t *values;		  /* LANE, FIXED, DECIMAL */
	const uint8_t *const *images; /* IMAGE */
	const uint32_t *codes;		  /* DICTIONARY: each < n_dictionary */
	uint32_t n_dictionary;
} ColVector;

static inline bool
col_vector_is_null(const ColVector *vector, uint32_t row)
{
	return vector->validity != NULL &&
		   (vector->validity[row >> 6] >> (row & 63) & 1) == 0;
}

/* Where the value of row lies: a lane, a fixed-length value, or an image. */
static inline const uint8_t *
col_vector_value(const ColVector *vector, uint32_t row)
{
	if (vector->kind == COL_VECTOR_CONSTANT)
		row = 0;
	if (vector->phys == COL_PHYS_IMAGE)
		return vector
			->images[vector->kind == COL_VECTOR_DICTIONARY ? vector->codes[row]
														   : row];
	return vector->values + (uint64_t) row * vector->stride_bytes;
}

#endif /* COL_VECTOR_H */
