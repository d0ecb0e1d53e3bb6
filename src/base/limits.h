/*
 * limits.h - every size of the on-disk formats and of the engine, with its
 * unit in its name.  Pure C.
 */
#ifndef COL_LIMITS_H
#define COL_LIMITS_H

/* Rows of one vector: the unit of decoding, of zones and of the engine. */
#define COL_VECTOR_ROWS 1024

/* Words of a validity bitmap or selection bitmap of one vector. */
#define COL_VECTOR_WORDS (COL_VECTOR_ROWS / 64)

/* Rows of one stripe, at most. */
#define COL_STRIPE_ROWS_MAX 131072

/* Vectors of one stripe, at most. */
#define COL_STRIPE_VECTORS_MAX (COL_STRIPE_ROWS_MAX / COL_VECTOR_ROWS)

/* Level of zstd, at most. */
#define COL_ZSTD_LEVEL_MAX 19

/* Level of zstd where bytes count more than time. */
#define COL_ZSTD_LEVEL_SMALL 9

/*
 * Image bytes of one vector of variable-length values after which the writer
 * ends the stripe, so that decoding one vector never needs more than this and
 * one value.
 */
#define COL_VECTOR_IMAGE_BYTES (16 * 1024 * 1024)

/*
 * Bytes of the long values of one row in a stripe, at most: rows that have more
 * stay in the row store.  Whoever copies a row needs it in one piece, below 1 GB.
 */
#define COL_STRIPE_ROW_BYTES_MAX (512 * 1024 * 1024)

/* Dictionary: bytes of its heap, and entries, at most. */
#define COL_DICTIONARY_HEAP_BYTES (16 * 1024 * 1024)
#define COL_DICTIONARY_ENTRIES_MAX 65536

/* Length of a value of constant length, at most (PostgreSQL's typlen). */
#define COL_FIXED_BYTES_MAX 32767

/*
 * Min and max of a zone map: bytes of each.  Text is cut to this; a numeric of more
 * than the second has none.
 */
#define COL_ZONE_VALUE_BYTES 28
#define COL_ZONE_NUMERIC_BYTES 20

/* Distinct values of a chunk that are counted, not estimated. */
#define COL_DISTINCT_EXACT_MAX 65536

/* Alignment of decode buffers, and readable bytes behind encoded bytes. */
#define COL_ALIGN_BYTES 64
#define COL_TAIL_BYTES 64

/*
 * Alignment of a variable-length image with a 4-byte header, and of
 * fixed-length values held by reference, in decoded memory.
 */
#define COL_IMAGE_ALIGN_BYTES 8

#endif /* COL_LIMITS_H */
