/*
 * encoding_internal.h - what the files of src/encoding share: the registry of
 * encodings, the plan of a vector, the encoder's state.
 *
 * Encoding runs in two steps.  The chooser makes a plan for every vector, with
 * its exact bytes; then the writer encodes each to its place.  An encoding is
 * one row of col_encodings[] (encoding.c).
 */
#ifndef COL_ENCODING_INTERNAL_H
#define COL_ENCODING_INTERNAL_H

#include "simd/simd.h"
#include "src/encoding/encoding.h"
#include "src/encoding/encoding_format.h"

/* What the light encodings need to know of all lanes of a chunk. */
typedef struct ColLaneShape
{
	uint16_t lane_bytes;
	bool base_in_payload; /* float orders: the FOR base precedes the values */
	bool whole_bytes;	  /* plan only: widths are 8, 16, 32, 64 */
	uint64_t multiplier;
} ColLaneShape;

/* Bytes before the values of FOR, run-length and constant vectors. */
static inline uint32_t
col_lane_prefix_bytes(const ColLaneShape *shape)
{
	return shape->base_in_payload ? 8 : 0;
}

/* One vector: what the stats pass found, and what the chooser made of it. */
typedef struct ColVectorPlan
{
	ChunkVector entry; /* offset and crc are set by the writer */
	uint64_t base;	   /* LANE: smallest lane, as integers */
	uint64_t range;	   /* LANE: largest lane - base */
	uint32_t n_rows;
	uint32_t n_runs; /* LANE: of equal values */
	/* IMAGE: bytes of each block among which it is split, about; 0: it is not */
	uint32_t piece_bytes;
} ColVectorPlan;

static inline bool
col_plan_all_null(const ColVectorPlan *plan)
{
	return (plan->entry.nulls & CHUNK_VECTOR_NULLS) == plan->n_rows;
}

/* A vector's encoded lanes, read and not yet trusted. */
typedef struct ColLaneDecode
{
	const ChunkVector *entry; /* lanes_check said yes */
	const uint8_t *payload;	  /* entry->bytes, then COL_TAIL_BYTES */
	const ColLaneShape *shape;
	uint32_t n_rows;
	const SimdKernels *kernels;
	uint8_t *scratch; /* room for COL_VECTOR_ROWS lanes and COL_TAIL_BYTES */
	const uint8_t *values; /* out: scratch or payload */
	bool constant;		   /* out: values[0] stands for all rows */
} ColLaneDecode;

/*
 * An encoding of vectors of lanes.  lanes are COL_VECTOR_ROWS long whatever
 * n_rows is; NULL slots and the rows behind the last repeat a neighbour.
 */
typedef struct ColEncoding
{
	const char *name;

	/* sets width and bytes of the entry; false: does not apply */
	bool (*lanes_plan)(const ColVectorPlan *plan, const ColLaneShape *shape,
					   ChunkVector *entry);

	/* writes plan->entry.bytes at destination */
	void (*lanes_encode)(const ColVectorPlan *plan, const ColLaneShape *shape,
						 const uint8_t *lanes, const SimdKernels *kernels,
						 uint8_t *destination);

	/* do width and bytes of a read entry fit together? */
	bool (*lanes_check)(const ChunkVector *entry, const ColLaneShape *shape,
						uint32_t n_rows);

	ColStatus (*lanes_decode)(ColLaneDecode *decode, ColError *error);
} ColEncoding;

/* Rows without name are not used; rows without lanes_plan are chunk-only. */
extern const ColEncoding col_encodings[CHUNK_ENCODINGS];

/* enc_constant.c, enc_for.c, enc_rle.c, enc_raw.c: rows of the registry */
extern bool col_constant_plan(const ColVectorPlan *, const ColLaneShape *,
							  ChunkVector *);
extern void col_constant_encode(const ColVectorPlan *, const ColLaneShape *,
								const uint8_t *, const SimdKernels *,
								uint8_t *);
extern bool col_constant_check(const ChunkVector *, const ColLaneShape *,
							   uint32_t);
extern ColStatus col_constant_decode(ColLaneDecode *, ColError *);
extern bool col_for_plan(const ColVectorPlan *, const ColLaneShape *,
						 ChunkVector *);
extern void col_for_encode(const ColVectorPlan *, const ColLaneShape *,
						   const uint8_t *, const SimdKernels *, uint8_t *);
extern bool col_for_check(const ChunkVector *, const ColLaneShape *, uint32_t);
extern ColStatus col_for_decode(ColLaneDecode *, ColError *);
extern bool col_rle_plan(const ColVectorPlan *, const ColLaneShape *,
						 ChunkVector *);
extern void col_rle_encode(const ColVectorPlan *, const ColLaneShape *,
						   const uint8_t *, const SimdKernels *, uint8_t *);
extern bool col_rle_check(const ChunkVector *, const ColLaneShape *, uint32_t);
extern ColStatus col_rle_decode(ColLaneDecode *, ColError *);
extern bool col_raw_plan(const ColVectorPlan *, const ColLaneShape *,
						 ChunkVector *);
extern void col_raw_encode(const ColVectorPlan *, const ColLaneShape *,
						   const uint8_t *, const SimdKernels *, uint8_t *);
extern bool col_raw_check(const ChunkVector *, const ColLaneShape *, uint32_t);
extern ColStatus col_raw_decode(ColLaneDecode *, ColError *);

/* The FOR base of a vector that was read: in the entry or in the payload. */
static inline uint64_t
col_lane_base(const ColLaneDecode *decode)
{
	uint64_t base = (uint64_t) decode->entry->min;

	if (decode->shape->base_in_payload && decode->entry->bytes > 0)
		__builtin_memcpy(&base, decode->payload, sizeof(base));
	return base;
}

/* Lanes of a whole chunk: those of the column, or the codes of a dictionary. */
typedef struct ColLanes
{
	const uint8_t *values;
	const uint64_t *validity; /* NULL: NULL slots are filled already */
	uint32_t n_rows;
	uint16_t lane_bytes;
	ColOrder order;
} ColLanes;

/* A dictionary while a chunk is encoded. */
typedef struct ColDictionaryEntry
{
	const uint8_t *value; /* image, or value of FIXED */
	const uint8_t *payload;
	uint32_t payload_bytes;
	uint32_t hash;
} ColDictionaryEntry;

typedef struct ColDictionary
{
	uint32_t n_entries; /* 0: there is none */
	uint64_t raw_bytes; /* of the section, before compression */
	ColDictionaryEntry *entries;
	uint32_t *codes; /* one a row, NULL slots filled */
} ColDictionary;

/* Everything about the chunk being encoded. */
typedef struct ColEncoder
{
	const ColColumn *column;
	const ColEncodeOptions *options;
	ColCodecs *codecs;
	const SimdKernels *kernels;
	ColArena *arena;
	ColError *error;
	uint32_t n_vectors;
	uint64_t raw_bytes; /* of the values that are not NULL */

	/* the choice */
	uint8_t root;
	ColBlockCodec codec;
	ColLanes lanes; /* root is not RAW of FIXED or IMAGE */
	ColLaneShape shape;
	ColVectorPlan *plans;
	ColDictionary dictionary;
	ColZone *zone;
} ColEncoder;

static inline uint32_t
col_vector_rows(uint32_t n_rows, uint32_t vector)
{
	uint32_t left = n_rows - vector * COL_VECTOR_ROWS;

	return left < COL_VECTOR_ROWS ? left : COL_VECTOR_ROWS;
}

static inline uint32_t
col_n_vectors(uint32_t n_rows)
{
	return (n_rows + COL_VECTOR_ROWS - 1) / COL_VECTOR_ROWS;
}

static inline bool
col_bit_is_set(const uint64_t *bits, uint32_t row)
{
	return (bits[row >> 6] >> (row & 63) & 1) != 0;
}

static inline bool
col_column_is_null(const ColColumn *column, uint32_t row)
{
	return column->validity && !col_bit_is_set(column->validity, row);
}

/* Where the value of row of a FIXED or IMAGE column lies. */
static inline const uint8_t *
col_column_value(const ColColumn *column, uint32_t row)
{
	if (column->phys == COL_PHYS_IMAGE)
		return column->heap + column->offsets[row];
	return column->values + (uint64_t) row * column->value_bytes;
}

static inline bool
col_order_is_float(ColOrder order)
{
	return order == COL_ORDER_FLOAT4 || order == COL_ORDER_FLOAT8;
}

/*
 * encoding_stats.c
 * col_lanes_vector: lanes of vector number vector as the encodings want them,
 *   in place or in scratch (COL_VECTOR_ROWS lanes).
 * col_stats_nulls: rows and null counts of every plan.
 * col_stats_lanes: base, range, runs, min, max of every plan.
 * col_stats_multiplier: greatest divisor of all differences to the bases.
 */
extern const uint8_t *col_lanes_vector(const ColLanes *lanes, uint32_t vector,
									   uint8_t *scratch);
extern ColStatus col_stats_nulls(ColEncoder *encoder);
extern void col_stats_lanes(const ColLanes *lanes, ColVectorPlan *plans,
							uint8_t *scratch);
extern uint64_t col_stats_multiplier(const ColLanes *lanes,
									 const ColVectorPlan *plans,
									 uint8_t *scratch);

/* encoding_zone.c: the zone of a chunk, after the stats pass */
extern void col_zone_lanes(const ColEncoder *encoder, ColZone *zone);
extern void col_zone_bytes(const ColEncoder *encoder, ColZone *zone);

/* encoding_choose.c: fills the choice of encoder */
extern ColStatus col_choose(ColEncoder *encoder);

/*
 * dictionary_build.c: *dictionary of the column's values; n_entries 0 if a
 * dictionary does not pay (too many distinct values).
 */
extern ColStatus col_dictionary_build(ColEncoder *encoder,
									  ColDictionary *dictionary);

/* Brings the entries into byte order and codes with them. */
extern ColStatus col_dictionary_sort(ColEncoder *encoder,
									 ColDictionary *dictionary);

/* The entries as the section holds them: raw_bytes at destination. */
extern void col_dictionary_lay_out(const ColEncoder *encoder,
								   const ColDictionary *dictionary,
								   uint8_t *destination);

/*
 * enc_dictionary.c, reading: values (already of raw_bytes) as the images or
 * values of a dictionary, checked.  images has n_entries slots.
 */
extern ColStatus col_dictionary_images(const uint8_t *section,
									   uint64_t raw_bytes, uint32_t n_entries,
									   const uint8_t **images, ColError *error);
extern ColStatus col_dictionary_check_codes(const uint32_t *codes,
											uint32_t n_codes,
											uint32_t n_entries,
											ColError *error);

/* enc_raw.c: FIXED and IMAGE values as they came in */
extern uint64_t col_raw_values_bytes(const ColColumn *column, uint32_t vector,
									 uint64_t *value_bytes);
extern void col_raw_values_encode(const ColColumn *column, uint32_t vector,
								  uint8_t *destination);

/*
 * Bytes of the images of rows from first_row on, as many as limit_bytes hold but one
 * at least; *end_row, which is where they end at most, becomes where they do.
 */
extern uint64_t col_raw_images_bytes(const ColColumn *column,
									 uint32_t first_row, uint64_t limit_bytes,
									 uint32_t *end_row);
extern void col_raw_images_encode(const ColColumn *column, uint32_t first_row,
								  uint32_t end_row, uint8_t *destination);

/* Of rows first .. end - 1 of a vector, which payload holds: to images[first] .. */
extern ColStatus col_raw_images_decode(const uint8_t *payload,
									   uint32_t payload_bytes,
									   const uint64_t *validity, uint32_t first,
									   uint32_t end, const uint8_t **images,
									   ColError *error);
extern const uint8_t col_empty_image[COL_ALIGN_BYTES];

/* Appends an image to a payload that is position long; the new length. */
extern uint64_t col_image_append(uint8_t *payload, uint64_t position,
								 const uint8_t *image);

/* enc_validity.c */
extern uint32_t col_validity_bytes(const ColEncoder *encoder);
extern void col_validity_encode(const ColEncoder *encoder,
								uint8_t *destination);

/* Checks the bitmap of one vector against its rows and null count. */
extern bool col_validity_check(const uint64_t *bitmap, uint32_t n_rows,
							   uint32_t n_nulls);

/*
 * enc_block.c
 * col_block_compress: *stored_bytes of at most capacity_bytes at destination,
 *   or 0 if it does not fit.
 * col_block_decompress: exactly raw_bytes, or COL_CORRUPT.
 */
extern ColStatus col_block_compress(ColCodecs *codecs,
									const ColEncodeOptions *options,
									const uint8_t *raw, size_t raw_bytes,
									uint8_t *destination, size_t capacity_bytes,
									size_t *stored_bytes, ColError *error);
extern ColStatus col_block_decompress(ColCodecs *codecs, ColBlockCodec codec,
									  const uint8_t *stored,
									  size_t stored_bytes, uint8_t *raw,
									  size_t raw_bytes, ColError *error);

/* May a block of stored_bytes unpack to raw_bytes at all? */
extern bool col_block_plausible(ColBlockCodec codec, uint64_t stored_bytes,
								uint64_t raw_bytes);

/*
 * What a block holds: rows first_row .. end_row - 1, whole vectors or a piece of one
 * that is larger than a block.  Vectors without bytes go with their neighbours.
 */
typedef struct ColBlockPlan
{
	uint32_t first_row;
	uint32_t end_row;
	bool is_piece;
	uint64_t raw_bytes;
} ColBlockPlan;

/* The block that starts at plan->first_row, which is set. */
extern void col_block_plan(const ColEncoder *encoder, ColBlockPlan *plan);

extern const char *col_codec_name(ColBlockCodec codec);

#endif /* COL_ENCODING_INTERNAL_H */
