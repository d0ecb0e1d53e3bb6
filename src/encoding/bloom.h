/*
 * bloom.h - a filter that says of a value that it is surely not in a chunk, or
 * may be.
 *
 * A split-block Bloom filter: a value sets one bit in each of the 8 words of one
 * block of 32 bytes.  12 bits for each distinct value make about 0.5 % false
 * answers.  Blocks lie in pieces with a checksum each, so that asking for one
 * value reads one piece.
 *
 *   WRITE  ColColumn -> col_bloom_build -> bytes
 *   READ   hash -> col_bloom_piece -> read it -> col_bloom_check -> col_bloom_has
 */
#ifndef COL_BLOOM_H
#define COL_BLOOM_H

#include "src/encoding/encoding.h"

/* Blocks and bytes of a piece, but for the last one: two fill a page. */
#define COL_BLOOM_BLOCK_BYTES 32
#define COL_BLOOM_PIECE_HEAD_BYTES 8
#define COL_BLOOM_PIECE_BLOCKS 127
#define COL_BLOOM_PIECE_BYTES     \
	(COL_BLOOM_PIECE_HEAD_BYTES + \
	 COL_BLOOM_PIECE_BLOCKS * COL_BLOOM_BLOCK_BYTES)

/* Can a filter of that kind be made of columns of a class? */
extern bool col_bloom_fits(ColBloomKind kind, ColPhys phys,
						   uint16_t value_bytes);

/*
 * The hash of a value that is not NULL: n_bytes are those of the lane or the
 * fixed value, or of the payload.  Equal values have equal hashes, whatever
 * their number of bytes: lanes are extended, float4 is widened.
 */
extern uint64_t col_bloom_hash(ColBloomKind kind, const uint8_t *value,
							   uint32_t n_bytes);

/*
 * Appends the filter of the column's values to out: *n_bytes, 0 if all are NULL.
 * Needs less than 32 bytes a row, and 512, from allocator, freed on return.
 */
extern ColStatus col_bloom_build(const ColColumn *column, ColBloomKind kind,
								 const ColAllocator *allocator, ColBuffer *out,
								 uint32_t *n_bytes, ColError *error);

/* Where the piece that knows of a hash lies in a filter. */
typedef struct ColBloomPiece
{
	uint32_t offset_bytes;
	uint32_t n_bytes; /* 0: no filter has so many bytes */
	uint32_t block;	  /* of it */
} ColBloomPiece;

extern ColBloomPiece col_bloom_piece(uint32_t filter_bytes, uint64_t hash);

/* COL_CORRUPT unless the piece's checksum is right; *kind: of the filter. */
extern ColStatus col_bloom_check(const uint8_t *piece, uint32_t n_bytes,
								 ColBloomKind *kind, ColError *error);

/* May the value with that hash be in the chunk?  The piece was checked. */
extern bool col_bloom_has(const uint8_t *piece, uint32_t block, uint64_t hash);

#endif /* COL_BLOOM_H */
