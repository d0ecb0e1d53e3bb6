/*
 * encoding_reader.h - an open chunk and its head, checked: between encoding_reader.c,
 * encoding_head.c and encoding_values.c.
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

/* An open chunk. */
struct ColChunkReader
{
	ColSource source;
	ColCodecs *codecs;
	const ColAllocator *allocator;
	const SimdKernels *kernels;
	ColArena arena;
	ChunkHead head;
	ColStreamKind kinds[CHUNK_STREAMS_MAX];
	ColLaneShape shapes[CHUNK_STREAMS_MAX];
	uint32_t stride_bytes;

	const uint64_t *validity; /* section, NULL: not read yet */
	uint16_t *bitmaps;		  /* of a vector: its number in the section */

	/* the dictionary, the value of a constant chunk, exceptions, first lanes */
	bool as_decimals;	 /* numerics are wanted as integers */
	bool has_dictionary; /* it was read */
	ColBuffer dictionary;
	const uint8_t **dictionary_images; /* IMAGE */
	const uint8_t *dictionary_values;  /* LANE, FIXED: at stride_bytes */
	const uint8_t *prefix;			   /* what blocks may refer to */
	uint32_t prefix_bytes;
	ColFsstTable *fsst;

	ColBuffer stored;	   /* bytes as they were read */
	uint32_t vector;	   /* whose bytes are in stored, NO_VECTOR: others */
	uint64_t vector_start; /* of its bytes in the payload */
	uint32_t ones_vector;  /* the one of which single rows were read last */
	uint32_t n_ones;	   /* how many of them */
	ColBuffer raw;		   /* blocks decompressed, each at an aligned offset */
	uint32_t block;		   /* the first one in raw */
	uint32_t n_blocks;

	uint8_t *lanes[CHUNK_STREAMS_MAX]; /* decoded lanes of the streams */
	const uint8_t **images;			   /* decoded images of a vector */
	uint8_t *values;				   /* values made of lanes */
	uint8_t *room;					   /* images made of lanes */
	ColBuffer text;					   /* images made of symbols */
	uint8_t *zero_value;			   /* stands for NULL */
};

/* encoding_reader.c: where the bytes of all streams of vector v are; *block: theirs. */
extern ColStatus col_reader_payload(ColChunkReader *reader, uint32_t v,
									const uint8_t **payload, uint32_t *block,
									ColError *error);

/* The encoded bytes of an entry, with a readable tail; NULL: it has none. */
extern const uint8_t *col_reader_bytes(const ColChunkReader *reader,
									   const uint8_t *payload,
									   const ChunkVector *entry);
extern ColStatus col_reader_no_memory(ColError *error);

/* encoding_values.c: room for a vector of values that are made of lanes */
extern bool col_reader_values_room(ColChunkReader *reader);

/* Every row of vector is the same value, which may be NULL's stand-in. */
extern void col_reader_set_constant(ColVector *vector, const uint8_t *value,
									const uint8_t *const *image);

/* The streams of a vector as values: rows first .. end - 1, all or one. */
extern ColStatus col_reader_streams(ColChunkReader *reader, uint32_t v,
									uint32_t first, uint32_t end,
									ColVector *vector, ColError *error);

#endif /* COL_ENCODING_READER_H */
