/*
 * encoding_reader.h - the head of a chunk, checked: between encoding_reader.c
 * and encoding_head.c.
 */
#ifndef COL_ENCODING_READER_H
#define COL_ENCODING_READER_H

#include "src/encoding/encoding_internal.h"

/* What the caller of col_chunk_open says of the chunk. */
typedef struct ChunkExpected
{
	uint32_t n_rows;
	ColPhys phys;
	uint16_t value_bytes;
	uint64_t chunk_bytes;
} ChunkExpected;

/* Header and directories; what they say of each other holds. */
typedef struct ChunkHead
{
	ChunkHeader header;
	uint64_t bytes;				/* of header and directories */
	const ChunkVector *vectors; /* NULL: n_vectors is 0 */
	const ChunkBlock *blocks;	/* NULL: n_blocks is 0 */
} ChunkHead;

/*
 * Checks all of the header but its CRC, which covers the directories too:
 * after it, head->bytes are known and lie within the chunk.
 */
extern ColStatus col_head_check_header(const uint8_t *bytes, uint64_t n_bytes,
									   const ChunkExpected *expected,
									   ChunkHead *head, ColError *error);

/*
 * Checks the CRC of the head and every entry of the directories, which are
 * copied to arena.  bytes are head->bytes.
 */
extern ColStatus col_head_check_directories(const uint8_t *bytes,
											ColArena *arena, ColCodecs *codecs,
											const SimdKernels *kernels,
											ChunkHead *head, ColError *error);

/* What stream number s of the chunk holds, and its lanes. */
extern ColStreamKind col_head_stream(const ChunkHeader *header, uint32_t s,
									 ColLaneShape *shape);

/* The entry of vector v of stream s; the head has a vector directory. */
static inline const ChunkVector *
col_head_entry(const ChunkHead *head, uint32_t s, uint32_t v)
{
	return &head->vectors[s * head->header.n_vectors + v];
}

/* The block of a row, by binary search. */
extern uint32_t col_head_block(const ChunkHead *head, uint32_t row);

/* The row behind those of a block. */
static inline uint32_t
col_head_block_end(const ChunkHead *head, uint32_t block)
{
	return block + 1 < head->header.n_blocks ? head->blocks[block + 1].first_row
											 : head->header.n_rows;
}

static inline uint32_t
col_head_nulls(const ChunkHead *head, uint32_t vector)
{
	if (head->vectors)
		return head->vectors[vector].nulls & CHUNK_VECTOR_NULLS;
	if (head->header.n_nulls == 0)
		return 0;
	return col_vector_rows(head->header.n_rows, vector);
}

static inline bool
col_head_has_bitmap(const ChunkHead *head, uint32_t vector)
{
	uint32_t n_nulls = col_head_nulls(head, vector);

	return n_nulls > 0 &&
		   n_nulls < col_vector_rows(head->header.n_rows, vector);
}

#endif /* COL_ENCODING_READER_H */
