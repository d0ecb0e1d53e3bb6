/*
 * mutate.h - damage to chunks that gets past checksums, lengths and offsets,
 * so that it reaches the decoders: the tests of corruption and the fuzz
 * targets share it.
 *
 * Random numbers are those of harness.h: the same seed does the same damage.
 */
#ifndef TEST_MUTATE_H
#define TEST_MUTATE_H

#include "src/encoding/encoding_format.h"
#include "test/unit/chunks.h"

/* Bytes with an allocation of their own. */
typedef struct TestPiece
{
	uint8_t *bytes;
	uint32_t n_bytes;
} TestPiece;

/*
 * A chunk taken apart.  What follows from the pieces (offsets, lengths, counts
 * of entries, checksums) is computed when it is put together again.
 */
typedef struct TestParts
{
	ChunkHeader header;
	ChunkVector *vectors; /* n_entries */
	uint32_t n_entries;	  /* vectors of all streams, stream by stream */
	uint32_t n_streams;
	ChunkBlock *blocks; /* header.n_blocks */
	TestPiece validity;
	TestPiece dictionary; /* as stored */
	TestPiece *payload;	  /* one a block, or, without blocks, one an entry */
	uint32_t n_payload;
} TestParts;

/*
 * false: the directories do not lie within the chunk, or are compressed; nothing is
 * held
 */
extern bool test_parts_take(TestParts *parts, const uint8_t *bytes,
							size_t n_bytes);
extern void test_parts_free(TestParts *parts);

/* The chunk of the parts, and its bytes; 0: they are more than capacity. */
extern size_t test_parts_put(TestParts *parts, uint8_t *bytes, size_t capacity);

/* Changes some numbers or ranges of n_bytes bytes, if there are any. */
extern void test_mutate_bytes(uint8_t *bytes, size_t n_bytes);

/*
 * Damages the chunk of n_bytes in place, which may make it longer or shorter,
 * and returns its bytes, at most capacity.  other: a chunk from which parts
 * are taken at times.
 */
extern size_t test_mutate_chunk(uint8_t *bytes, size_t n_bytes, size_t capacity,
								const uint8_t *other, size_t n_other);

/*
 * Writes a good chunk of class phys: a case of chunks.h with rows, NULLs, codec
 * and often shape by chance.  Its bytes; 0: they are more than capacity.
 */
extern size_t test_random_chunk(ColPhys phys, uint8_t *bytes, size_t capacity);

#endif /* TEST_MUTATE_H */
