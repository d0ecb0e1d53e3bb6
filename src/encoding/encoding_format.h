/*
 * encoding_format.h - the structs of a column chunk as they lie in its bytes.
 *
 * docs/format-chunk.md is the norm, this file follows it.  All integers are
 * little-endian, all sections start at multiples of CHUNK_ALIGN_BYTES, all
 * padding is zero.  A change here changes CHUNK_VERSION and adds golden files.
 */
#ifndef COL_ENCODING_FORMAT_H
#define COL_ENCODING_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define CHUNK_MAGIC 0x4b4e4843U /* "CHNK" */
#define CHUNK_VERSION 3

/* Alignment of sections, and of vectors in the payload or in their block. */
#define CHUNK_ALIGN_BYTES 8

/* Bytes of the validity bitmap of one vector. */
#define CHUNK_BITMAP_BYTES 128

/* Streams of a vector at most: sequences of lanes (or bytes) side by side. */
#define CHUNK_STREAMS_MAX 3

/* Encodings: of a vector of a stream, and, in the header, of the chunk. */
#define CHUNK_ENCODING_CONSTANT 1
#define CHUNK_ENCODING_FOR 2
#define CHUNK_ENCODING_RLE 3
#define CHUNK_ENCODING_DICTIONARY 4 /* chunk only */
#define CHUNK_ENCODING_RAW 5
#define CHUNK_ENCODING_SEQUENCE 6
#define CHUNK_ENCODING_DELTA 7
#define CHUNK_ENCODING_BITMAP 8
#define CHUNK_ENCODING_PLANES 9	  /* only within planes blocks */
#define CHUNK_ENCODING_PATCHES 10 /* the second stream of ALP */
#define CHUNK_ENCODING_NUMERIC 11 /* chunk only, as all that follow */
#define CHUNK_ENCODING_ALP 12
#define CHUNK_ENCODING_ALP_RD 13
#define CHUNK_ENCODING_SPLIT 14
#define CHUNK_ENCODING_FSST 15
#define CHUNK_ENCODINGS 16 /* one more than the largest */

/* Beside the encoding of a vector: patches end its bytes. */
#define CHUNK_VECTOR_PATCHED 0x80

/* Flags of the header. */
#define CHUNK_FLAG_HIGH 0x01   /* numeric: the second stream is the high half */
#define CHUNK_FLAG_SCALES 0x02 /* numeric: the last stream has the scales */
#define CHUNK_FLAG_BINARY 0x04 /* ALP: by a power of 2, not of 10 */
#define CHUNK_FLAG_DELTAS 0x08 /* planes hold differences */
#define CHUNK_FLAG_OTHERS 0x10 /* dictionary: values outside, in a stream */
#define CHUNK_FLAG_FRONT 0x20  /* dictionary: front coded, or sorted lanes */
#define CHUNK_FLAG_PREFIX 0x40 /* raw: what blocks may refer to */
#define CHUNK_FLAGS 0x7f

/* Ways of splitting: the parameter of CHUNK_ENCODING_SPLIT. */
#define CHUNK_SPLIT_UUID 1	   /* big-endian: 6, 2 and 8 bytes */
#define CHUNK_SPLIT_INTERVAL 2 /* little-endian: 8, 4 and 4 bytes */

typedef struct ChunkHeader
{
	uint32_t magic;					  /* 0 */
	uint16_t version;				  /* 4 */
	uint8_t phys;					  /* 6: ColPhys */
	uint8_t order;					  /* 7: ColOrder */
	uint16_t value_bytes;			  /* 8 */
	uint8_t root;					  /* 10: CHUNK_ENCODING_... */
	uint8_t codec;					  /* 11: ColBlockCodec of the payload */
	uint8_t dictionary_codec;		  /* 12: ColBlockCodec of the dictionary */
	uint8_t n_streams;				  /* 13 */
	uint8_t flags;					  /* 14: CHUNK_FLAG_... */
	int8_t parameter;				  /* 15: scale, or way of splitting */
	uint32_t n_rows;				  /* 16 */
	uint32_t n_nulls;				  /* 20 */
	uint64_t raw_bytes;				  /* 24: of the values as they came in */
	uint64_t multiplier;			  /* 32: of FOR and run-length values */
	uint64_t chunk_bytes;			  /* 40 */
	uint32_t n_vectors;				  /* 48: entries of the vector directory */
	uint32_t n_blocks;				  /* 52: entries of the block directory */
	uint32_t vectors_offset_bytes;	  /* 56 */
	uint32_t vectors_bytes;			  /* 60 */
	uint32_t blocks_offset_bytes;	  /* 64 */
	uint32_t blocks_bytes;			  /* 68 */
	uint32_t validity_offset_bytes;	  /* 72 */
	uint32_t validity_bytes;		  /* 76 */
	uint32_t validity_crc;			  /* 80 */
	uint32_t n_dictionary;			  /* 84 */
	uint32_t dictionary_offset_bytes; /* 88 */
	uint32_t dictionary_bytes;		  /* 92: as stored */
	uint32_t dictionary_raw_bytes;	  /* 96 */
	uint32_t dictionary_crc;		  /* 100: of the bytes as stored */
	uint32_t payload_offset_bytes;	  /* 104 */
	uint8_t planes;					  /* 108: bytes of a value, 0: none */
	uint8_t right_bits;				  /* 109: ALP_RD: of the right part */
	uint8_t directories_codec;	/* 110: ColBlockCodec of both directories */
	uint8_t zero0;				/* 111 */
	uint64_t payload_bytes;		/* 112 */
	uint64_t base;				/* 120: of the values in planes */
	uint32_t directories_bytes; /* 128: as stored, 0 without a codec */
	uint32_t zero1;				/* 132 */
	uint32_t zero2;				/* 136 */
	uint32_t head_crc; /* 140: bytes 0..139, then the directories as stored */
} ChunkHeader;

_Static_assert(sizeof(ChunkHeader) == 144, "chunk header");
_Static_assert(offsetof(ChunkHeader, n_rows) == 16, "chunk header");
_Static_assert(offsetof(ChunkHeader, chunk_bytes) == 40, "chunk header");
_Static_assert(offsetof(ChunkHeader, validity_crc) == 80, "chunk header");
_Static_assert(offsetof(ChunkHeader, payload_bytes) == 112, "chunk header");
_Static_assert(offsetof(ChunkHeader, head_crc) == 140, "chunk header");

/* nulls of a vector entry: the count, and flags beside it. */
#define CHUNK_VECTOR_NULLS 0x07ff
#define CHUNK_VECTOR_HAS_RANGE 0x8000 /* min and max bound the values */
#define CHUNK_VECTOR_HAS_NAN 0x4000	  /* some value is NaN */

typedef struct ChunkVector
{
	uint32_t offset_bytes; /* 0: from the start of the payload; with a block
							* codec from the start of its raw block */
	uint32_t bytes;		   /* 4: encoded, before the block codec */
	uint32_t crc;		   /* 8: of these bytes; 0 with a block codec */
	uint8_t encoding;	   /* 12 */
	uint8_t width;		   /* 13: bits of a packed value or of a run's value */
	uint16_t nulls;		   /* 14 */
	int64_t min;		   /* 16: FOR base, or the bits of the smallest float */
	int64_t max;		   /* 24 */
} ChunkVector;

_Static_assert(sizeof(ChunkVector) == 32, "vector directory entry");
_Static_assert(offsetof(ChunkVector, encoding) == 12, "vector directory");
_Static_assert(offsetof(ChunkVector, min) == 16, "vector directory entry");

typedef struct ChunkBlock
{
	uint32_t raw_bytes;	   /* 0 */
	uint32_t stored_bytes; /* 4: raw_bytes if it did not shrink */
	uint64_t offset_bytes; /* 8: from the start of the payload */
	uint32_t crc;		   /* 16: of the stored bytes */
	uint32_t first_row;	   /* 20 */
} ChunkBlock;

_Static_assert(sizeof(ChunkBlock) == 24, "block directory entry");
_Static_assert(offsetof(ChunkBlock, offset_bytes) == 8, "block directory");
_Static_assert(offsetof(ChunkBlock, first_row) == 20, "block directory");

#endif /* COL_ENCODING_FORMAT_H */
