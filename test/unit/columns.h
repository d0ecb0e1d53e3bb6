/*
 * columns.h - columns for the tests: shaped, random and adversarial data of
 * every physical class, null patterns, and the comparison of what was decoded.
 */
#ifndef TEST_COLUMNS_H
#define TEST_COLUMNS_H

#include "src/encoding/encoding.h"

typedef enum NullPattern
{
	NULLS_NONE,
	NULLS_ALL,
	NULLS_FIRST,
	NULLS_LAST,
	NULLS_ALTERNATING,
	NULLS_SPARSE,
	NULLS_RANDOM,
	NULLS_VECTORS, /* whole vectors, and a few rows of others */
	NULL_PATTERNS
} NullPattern;

typedef enum LaneShape
{
	LANES_CONSTANT,
	LANES_SEQUENCE,
	LANES_SMALL,
	LANES_RANDOM,
	LANES_RUNS,
	LANES_FEW,
	LANES_MULTIPLES,
	LANES_EXTREMES,
	LANES_OUTLIERS,
	LANES_FLOATS,	  /* few decimals */
	LANES_JITTER,	  /* grow by about the same: differences are small */
	LANES_CLOCK,	  /* 1 to 700 again and again: a jump among small steps */
	LANES_FLAGS,	  /* 0 and 1 */
	LANES_BINARY,	  /* floats k / 2^53 (float4: k / 2^24) */
	LANES_MANTISSA,	  /* floats of a few magnitudes, all bits random */
	LANES_WIDE_FEW,	  /* 300 different wide values */
	LANES_UUIDS,	  /* bytes of uuids version 7 */
	LANES_SPECIALS,	  /* NaN, infinities, zeroes of both signs, denormals */
	LANES_ODD_FLOATS, /* few decimals, here and there others */
	LANE_SHAPES
} LaneShape;

typedef enum ImageShape
{
	IMAGES_EMPTY,
	IMAGES_CONSTANT,
	IMAGES_FEW,
	IMAGES_DISTINCT,
	IMAGES_RANDOM,
	IMAGES_LONG,	 /* 4-byte headers, some above a block */
	IMAGES_MIXED,	 /* both headers, also for equal payloads */
	IMAGES_PREFIXES, /* long common prefixes, each other's prefixes */
	IMAGES_TEXT,	 /* words: what a block codec likes */
	IMAGES_NUMERIC,	 /* numerics with 2 digits behind the point */
	IMAGES_NUMERICS, /* numerics of many scales, huge ones, NaN, infinities */
	IMAGES_TIES,	 /* 0xff and 0x00 around 32 bytes */
	IMAGES_SCALES,	 /* as NUMERICS, but few huge ones, NaN, infinities */
	IMAGE_SHAPES
} ImageShape;

typedef struct TestColumn
{
	ColColumn column;
	uint8_t *values;
	uint64_t *validity;
	uint32_t *offsets;
	uint8_t *heap;
	size_t heap_capacity;
} TestColumn;

extern const char *const null_pattern_names[NULL_PATTERNS];
extern const char *const lane_shape_names[LANE_SHAPES];
extern const char *const image_shape_names[IMAGE_SHAPES];

extern void test_column_lanes(TestColumn *test, LaneShape shape,
							  uint16_t value_bytes, ColOrder order,
							  uint32_t n_rows, NullPattern nulls);
extern void test_column_fixed(TestColumn *test, LaneShape shape,
							  uint16_t value_bytes, ColOrder order,
							  uint32_t n_rows, NullPattern nulls);
extern void test_column_images(TestColumn *test, ImageShape shape,
							   ColOrder order, uint32_t n_rows,
							   NullPattern nulls);

/* An image column of the given values; NULL is NULL. */
extern void test_column_strings(TestColumn *test, const char *const *strings,
								uint32_t n_rows);
extern void test_column_free(TestColumn *test);

/* A source over memory; failing or reading outside it is a failed check. */
typedef struct TestBytes
{
	const uint8_t *bytes;
	uint64_t n_bytes;
	uint64_t n_read_bytes; /* by all reads so far */
	uint32_t n_reads;
} TestBytes;

extern void test_source(TestBytes *bytes, const uint8_t *data, uint64_t n_bytes,
						ColSource *source);

/* Is vector, number v of a chunk of column, what column holds? */
extern bool test_vector_equals(const ColColumn *column, uint32_t v,
							   const ColVector *vector);

/*
 * Encodes, decodes in order and at random, compares.  bytes: the chunk's, may
 * be NULL; info too.
 */
extern bool test_roundtrip(const ColColumn *column, ColBlockCodec codec,
						   uint64_t *bytes, ColChunkInfo *info);

/* The codecs that all tests share. */
extern ColCodecs *test_codecs(void);

#endif /* TEST_COLUMNS_H */
