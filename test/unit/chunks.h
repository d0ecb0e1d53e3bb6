/*
 * chunks.h - a set of small chunks of every form the format has, and the means
 * to damage them: the tests of corruption, of memory and the golden files
 * share it.
 */
#ifndef TEST_CHUNKS_H
#define TEST_CHUNKS_H

#include "src/encoding/encoding.h"
#include "test/unit/columns.h"

typedef struct TestChunkCase
{
	const char *name;
	ColPhys phys;
	int shape; /* LaneShape or ImageShape */
	uint16_t value_bytes;
	ColOrder order;
	uint32_t n_rows;
	NullPattern nulls;
	ColBlockCodec codec;
	uint8_t encoding;			 /* ColEncodingChoice */
	uint32_t dictionary_entries; /* of the options */
	const char *found;			 /* encoding of the chunk, NULL: any */
} TestChunkCase;

/* Ended by a NULL name. */
extern const TestChunkCase test_chunk_cases[];

/*
 * The column of a case; the same numbers every time.  test_chunk_encode of it is given
 * the encoding that the case asks for.
 */
extern void test_chunk_column(const TestChunkCase *chunk, TestColumn *test);

/*
 * Computes all checksums of a chunk again, as far as its offsets lie within
 * it, so that damage gets past them.
 */
extern void test_chunk_checksums(uint8_t *bytes, uint64_t n_bytes);

/*
 * Opens and reads all vectors, touching every value, parts of them, which must
 * have the same values, and what is between them.
 * equals: column to compare with when all went well, may be NULL.  The first
 * status that is not COL_OK, or COL_OK; *same says whether all was equal.
 */
extern ColStatus test_chunk_read_all(const uint8_t *bytes, uint64_t n_bytes,
									 const ColColumn *expected,
									 const ColColumn *equals, bool *same,
									 ColError *error);

/* Encodes or fails the test; out is initialised here. */
extern bool test_chunk_encode(const ColColumn *column, ColBlockCodec codec,
							  const ColAllocator *allocator, ColBuffer *out,
							  ColZone *zone);

#endif /* TEST_CHUNKS_H */
