/*
 * encoding.h - a column chunk: one column of one stripe as bytes, and back.
 *
 * WRITE  ColColumn -> col_chunk_encode -> bytes + ColZone
 * READ   bytes (through a ColSource) -> col_chunk_open -> col_chunk_read
 *
 * Encoded bytes are not trusted when read: every function that reads them
 * returns COL_CORRUPT for whatever breaks docs/format.md, and stays within
 * the bytes it was given.  No function here throws; a ColSource hook may (it
 * belongs to the caller, memory then goes with the caller's allocator).
 */
#ifndef COL_ENCODING_H
#define COL_ENCODING_H

#include <stdbool.h>
#include <stdint.h>
#include "src/base/arena.h"
#include "src/base/limits.h"
#include "src/base/status.h"
#include "src/vector/vector.h"

/*
 * One column of the rows that become a stripe.
 * NULL rows have a slot too: LANE and FIXED repeat the previous value or hold
 * zeroes; IMAGE has zero bytes.
 */
typedef struct ColColumn
{
	ColPhys phys;
	ColOrder order;
	uint16_t value_bytes; /* LANE: 1, 2, 4, 8; FIXED: length; IMAGE: 0 */
	uint32_t n_rows;	  /* 1 .. COL_STRIPE_ROWS_MAX */
	uint32_t n_nulls;
	const uint64_t *validity; /* NULL: no nulls */
	const uint8_t *values;	  /* LANE, FIXED: n_rows * value_bytes, packed */
	const uint32_t
		*offsets;		 /* IMAGE: where the image of a row starts in heap */
	const uint8_t *heap; /* IMAGE: the images; those with a 4-byte header
							   * start at multiples of COL_IMAGE_ALIGN_BYTES */
	uint32_t heap_bytes;
} ColColumn;

typedef enum ColBlockCodec
{
	COL_CODEC_NONE = 0,
	COL_CODEC_LZ4 = 1,
	COL_CODEC_ZSTD = 2,
	COL_CODEC_STORED =
		3 /* chosen only: blocks, so that one is read, as they are */
} ColBlockCodec;

/* What counts when a column's form is chosen. */
typedef enum ColProfile
{
	COL_PROFILE_BALANCED = 0,
	COL_PROFILE_FAST = 1, /* time to read before bytes */
	COL_PROFILE_SMALL = 2 /* bytes before time to load and read */
} ColProfile;

/* An encoding that is asked for; a column that is constant is so all the same. */
typedef enum ColEncodingChoice
{
	COL_ENCODE_AUTO = 0,
	COL_ENCODE_RAW = 1,
	COL_ENCODE_FOR = 2,
	COL_ENCODE_RLE = 3,
	COL_ENCODE_DICTIONARY = 4,
	COL_ENCODE_DELTA = 5,
	COL_ENCODE_DECIMAL = 6, /* numeric and floats as scaled integers */
	COL_ENCODE_FSST = 7,
	COL_ENCODE_BLOCK = 8, /* the block codec */
	COL_ENCODING_CHOICES
} ColEncodingChoice;

/* What of a value a bloom filter hashes; the numbers are in the format. */
typedef enum ColBloomKind
{
	COL_BLOOM_NONE = 0,		/* no filter */
	COL_BLOOM_SIGNED = 1,	/* the lane, sign-extended */
	COL_BLOOM_UNSIGNED = 2, /* the lane */
	COL_BLOOM_FLOAT = 3,	/* as double, one zero and one NaN */
	COL_BLOOM_BYTES = 4,	/* the payload, or all bytes of fixed values */
	COL_BLOOM_BLANKS = 5,	/* the payload without the blanks at its end */
	COL_BLOOM_NUMERIC = 6	/* the value */
} ColBloomKind;

/* What a user may choose, for a column. */
typedef struct ColEncodeOptions
{
	ColBlockCodec codec; /* block codec allowed, NONE: light encodings only */
	int level;			 /* zstd's */
	ColProfile profile;
	uint8_t encoding; /* ColEncodingChoice; one that fits the column, or AUTO */
	uint32_t dictionary_entries; /* at most; 0: as many as the format allows */
	uint8_t bloom; /* ColBloomKind of the filter wanted beside the chunk */
	struct ColVerdict *verdict; /* remembered and used, NULL: not */
} ColEncodeOptions;

/*
 * What was chosen for the last chunks of a column, so that the next ones need not try
 * everything.  Starts as zeroes.  A verdict is given up after some chunks, when
 * options change, and when a chunk becomes larger than those before.
 */
typedef struct ColVerdict
{
	bool is_set;
	uint8_t candidate;
	uint8_t mode;
	uint8_t n_used;
	uint64_t bytes;
	uint32_t n_rows;
	ColEncodeOptions options;
} ColVerdict;

/* The name of a choice, as users write it; does it fit columns of a class? */
extern const char *col_encoding_choice_name(ColEncodingChoice choice);
extern bool col_encoding_choice_fits(ColEncodingChoice choice, ColPhys phys,
									 ColOrder order);

/* Flags of a zone. */
#define COL_ZONE_HAS_RANGE 0x01 /* min and max are set */
#define COL_ZONE_HAS_NAN 0x02	/* some value is NaN; min, max leave it out */
#define COL_ZONE_MIN_CUT 0x04	/* text: min is a prefix of the minimum */
#define COL_ZONE_MAX_CUT 0x08	/* text: max is a prefix, incremented */
#define COL_ZONE_HAS_BLOOM 0x10 /* the stripe has a filter: not set here */
#define COL_ZONE_HAS_SUM 0x20	/* sum and sum_scale are set */
/* Each value that is not NULL is at least, more than, at most the one before. */
#define COL_ZONE_ASCENDING 0x40
#define COL_ZONE_STRICTLY_ASCENDING 0x80
#define COL_ZONE_DESCENDING 0x100
#define COL_ZONE_DISTINCT_EXACT 0x200 /* n_distinct is no estimate */

/*
 * What is known of the values of one chunk.  min and max: lanes as 8 bytes
 * little-endian (sign- or zero-extended by order; floats as their bits), text
 * as the payload's bytes cut to COL_ZONE_VALUE_BYTES.  A cut max that cannot
 * be incremented (all bytes 0xff) unsets COL_ZONE_HAS_RANGE.  -0.0 as min and
 * +0.0 as max when both may occur.  Numeric: the payload with no more display
 * scale than the value needs; no range if one does not fit.
 *
 * The rest is of chunks, not of vectors, all of their values: of integers (order
 * SIGNED) and decimals the exact sum.  Floats are told apart by value, others by
 * their bytes.
 */
typedef struct ColZone
{
	uint16_t flags;
	uint8_t order; /* ColOrder */
	uint8_t min_bytes;
	uint8_t max_bytes;
	uint8_t
		sum_scale; /* the sum is sum / 10^sum_scale; the largest display scale */
	uint32_t n_rows;
	uint32_t n_nulls;
	uint32_t
		n_distinct; /* different values; above COL_DISTINCT_EXACT_MAX about */
	uint32_t max_length_bytes; /* of images: the longest payload */
	uint64_t sum_low;		   /* of 128 bits, two's complement */
	int64_t sum_high;
	uint8_t min[COL_ZONE_VALUE_BYTES];
	uint8_t max[COL_ZONE_VALUE_BYTES];
} ColZone;

/*
 * Long-lived helpers of a process: compression contexts of the libraries.
 * Made with malloc, once; NULL: no memory.
 */
typedef struct ColCodecs ColCodecs;
extern ColCodecs *col_codecs_create(void);
extern void col_codecs_free(ColCodecs *codecs);

/*
 * Appends the chunk of column to out and sets *zone.  Needs, beside out, less
 * than the column's raw bytes plus 64 MB from allocator, freed on return.
 */
extern ColStatus col_chunk_encode(const ColColumn *column,
								  const ColEncodeOptions *options,
								  ColCodecs *codecs,
								  const ColAllocator *allocator, ColBuffer *out,
								  ColZone *zone, ColError *error);

/*
 * Where encoded bytes come from: read copies bytes at offset (from the start
 * of the chunk) to destination.  It never gets a range outside chunk_bytes.
 */
typedef struct ColSource
{
	ColStatus (*read)(void *context, uint64_t offset_bytes, uint32_t n_bytes,
					  uint8_t *destination);
	void *context;
	uint64_t chunk_bytes;
} ColSource;

typedef struct ColChunkReader ColChunkReader;

/* The physical class that the first bytes of a chunk name, unchecked. */
#define COL_CHUNK_PHYS_BYTES 8
extern ColPhys col_chunk_phys(const uint8_t *chunk);

/*
 * Opens a chunk: reads and checks its head (header and vector directory).
 * n_rows, phys and value_bytes are what the caller expects; others are
 * COL_CORRUPT.  All memory of the reader comes from allocator.  source is
 * copied; its context must outlive the reader.  On failure *reader is NULL.
 */
extern ColStatus col_chunk_open(const ColSource *source, uint32_t n_rows,
								ColPhys phys, uint16_t value_bytes,
								ColCodecs *codecs,
								const ColAllocator *allocator,
								ColChunkReader **reader, ColError *error);

/*
 * Decodes vector number v (rows v * COL_VECTOR_ROWS ...).  *vector and what
 * it points to belong to the reader and stay until the next call for the same
 * reader (the images of a dictionary: until close).  Reads only what it needs:
 * the vector's bytes or its block, the dictionary at first use.
 */
extern ColStatus col_chunk_read(ColChunkReader *reader, uint32_t v,
								ColVector *vector, ColError *error);

/* Which rows of vector number v are not NULL, until close; *validity NULL: all. */
extern ColStatus col_chunk_validity(ColChunkReader *reader, uint32_t v,
									const uint64_t **validity, ColError *error);

/*
 * col_chunk_read of a chunk of numerics, as COL_PHYS_DECIMAL if it holds integers of one
 * scale; as images if not.
 */
extern ColStatus col_chunk_read_decimals(ColChunkReader *reader, uint32_t v,
										 ColVector *vector, ColError *error);

/*
 * The same of rows *first .. *end - 1 of the vector alone, which row (counted from
 * the start of the chunk) is among: those that are unpacked together with it.
 */
extern ColStatus col_chunk_read_part(ColChunkReader *reader, uint32_t row,
									 ColVector *vector, uint32_t *first,
									 uint32_t *end, ColError *error);

/*
 * What is known of the values of vector v without decoding it: n_rows and
 * n_nulls always; flags and order, min and max of lanes only (flags is 0 else).
 */
extern void col_chunk_vector_zone(const ColChunkReader *reader, uint32_t v,
								  ColZone *zone);

/*
 * COL_CORRUPT unless the bytes that lie between sections and vectors are zero:
 * with it and with every vector read, every byte of the chunk has been checked.
 */
extern ColStatus col_chunk_check_gaps(ColChunkReader *reader, ColError *error);

extern void col_chunk_close(ColChunkReader *reader);

/* What a chunk says of itself, for columnar.columns() and tests. */
typedef struct ColChunkInfo
{
	const char
		*encoding;	   /* "constant", "for", "run-length", "dictionary" ... */
	const char *codec; /* of payload or dictionary: "none", "lz4", "zstd" */
	uint32_t n_nulls;
	uint64_t raw_bytes; /* of the values as they came in */
} ColChunkInfo;
extern void col_chunk_info(const ColChunkReader *reader, ColChunkInfo *info);

#endif /* COL_ENCODING_H */
