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
#include "src/base/bytes.h"
#include "src/encoding/encoding.h"
#include "src/encoding/encoding_format.h"
#include "src/encoding/fsst.h"

/* What the light encodings need to know of all lanes of a chunk. */
typedef struct ColLaneShape
{
	uint16_t lane_bytes;
	bool base_in_payload; /* float orders: the FOR base precedes the values */
	bool whole_bytes;	  /* plan only: widths do not cross bytes */
	uint64_t multiplier;
} ColLaneShape;

/* The next larger width that does not cross bytes: a codec sees whole values. */
static inline uint32_t
col_whole_width(uint32_t width)
{
	if (width <= 2)
		return width;
	return width <= 4 ? 4 : simd_word_bits(width);
}

/* Bytes before the values of FOR, run-length and constant vectors. */
static inline uint32_t
col_lane_prefix_bytes(const ColLaneShape *shape)
{
	return shape->base_in_payload ? 8 : 0;
}

/*
 * One vector of a stream: what the stats pass found, and what the chooser made of it.
 */
typedef struct ColVectorPlan
{
	ChunkVector entry;	  /* offset and crc are set by the writer */
	uint64_t base;		  /* LANES: smallest lane, as integers */
	uint64_t range;		  /* LANES: largest lane - base */
	uint64_t first;		  /* LANES: of the vector */
	uint64_t delta_base;  /* LANES: smallest difference of neighbours, signed */
	uint64_t delta_range; /* LANES: largest difference - delta_base */
	uint64_t patch_base;  /* patched: base or delta_base without exceptions */
	uint32_t n_rows;
	uint32_t n_runs;	/* LANES: of equal values */
	uint32_t n_patches; /* patched: exceptions */
	/* IMAGE: bytes of each block among which it is split, about; 0: it is not */
	uint32_t piece_bytes;
} ColVectorPlan;

static inline bool
col_plan_all_null(const ColVectorPlan *plan)
{
	return (plan->entry.nulls & CHUNK_VECTOR_NULLS) == plan->n_rows;
}

/*
 * Are differences of neighbours multiples of the multiplier, as those of lanes are?
 * What leaves the width of the lane wraps, and is one only of a power of two.
 */
static inline bool
col_plan_deltas_divide(const ColVectorPlan *plan, const ColLaneShape *shape)
{
	return (shape->multiplier & (shape->multiplier - 1)) == 0 ||
		   plan->range >> (shape->lane_bytes * 8 - 1) == 0;
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

	/*
	 * Sets width and bytes of plan->entry, and what else lanes_encode needs of the
	 * plan; false: does not apply.
	 */
	bool (*lanes_plan)(ColVectorPlan *plan, const ColLaneShape *shape,
					   const uint8_t *lanes);

	/* writes plan->entry.bytes at destination */
	void (*lanes_encode)(const ColVectorPlan *plan, const ColLaneShape *shape,
						 const uint8_t *lanes, const SimdKernels *kernels,
						 uint8_t *destination);

	/* do width and bytes of a read entry fit together? */
	bool (*lanes_check)(const ChunkVector *entry, const ColLaneShape *shape,
						uint32_t n_rows);

	ColStatus (*lanes_decode)(ColLaneDecode *decode, ColError *error);

	/* the lane of one row; NULL: only whole vectors are decoded */
	uint64_t (*lanes_one)(const ColLaneDecode *decode, uint32_t row);
} ColEncoding;

/* Rows without name are not used; rows without lanes_plan are chunk-only. */
extern const ColEncoding col_encodings[CHUNK_ENCODINGS];

/* enc_<name>.c: rows of the registry */
#define COL_ENCODING_FUNCTIONS(name)                                          \
	extern bool col_##name##_plan(ColVectorPlan *, const ColLaneShape *,      \
								  const uint8_t *);                           \
	extern void col_##name##_encode(const ColVectorPlan *,                    \
									const ColLaneShape *, const uint8_t *,    \
									const SimdKernels *, uint8_t *);          \
	extern bool col_##name##_check(const ChunkVector *, const ColLaneShape *, \
								   uint32_t);                                 \
	extern ColStatus col_##name##_decode(ColLaneDecode *, ColError *);        \
	extern uint64_t col_##name##_one(const ColLaneDecode *, uint32_t)

COL_ENCODING_FUNCTIONS(constant);
COL_ENCODING_FUNCTIONS(for);
COL_ENCODING_FUNCTIONS(rle);
COL_ENCODING_FUNCTIONS(raw);
COL_ENCODING_FUNCTIONS(sequence);
COL_ENCODING_FUNCTIONS(delta);
COL_ENCODING_FUNCTIONS(bitmap);

/*
 * enc_patch.c: lanes that do not fit the width of the others.  They end the bytes of a
 * vector: the lanes, their rows as 2 bytes each, their number as 2 bytes.
 *
 * col_patch_choose: for offsets (lanes less the smallest one, multiples of multiplier)
 *   the base and width that take the fewest bytes, exceptions outside included;
 *   false: no such choice is smaller than all of them in full_width.
 * col_patch_encode: packs offsets (lanes less base) in width, exceptions as 0, and writes
 *   these behind as patches.
 * col_patch_check, col_patch_apply: of bytes that were read.
 * col_patch_find: the lane of row among checked patches, if it is one of them.
 */
extern bool col_patch_choose(const uint64_t *offsets, uint32_t n_rows,
							 uint64_t multiplier, uint32_t lane_bytes,
							 uint32_t full_width, uint64_t *base,
							 uint32_t *width, uint32_t *n_patches);
extern void col_patch_encode(uint64_t *offsets, uint32_t n_rows,
							 uint64_t multiplier, uint64_t base,
							 uint32_t lane_bytes, uint32_t width,
							 uint32_t n_patches, const SimdKernels *kernels,
							 uint8_t *packed);
extern uint32_t col_patch_bytes(uint32_t n_patches, uint32_t lane_bytes);
extern bool col_patch_check(uint32_t patch_bytes, uint32_t lane_bytes,
							uint32_t n_rows);
extern ColStatus col_patch_apply(const uint8_t *patches, uint32_t patch_bytes,
								 uint32_t lane_bytes, uint32_t n_rows,
								 uint8_t *lanes, ColError *error);
extern bool col_patch_find(const uint8_t *patches, uint32_t patch_bytes,
						   uint32_t lane_bytes, uint32_t row, uint64_t *lane);

/* Does the entry have patches? */
static inline bool
col_entry_is_patched(const ChunkVector *entry)
{
	return (entry->encoding & CHUNK_VECTOR_PATCHED) != 0;
}

/* Lane number row of lanes, zero-extended. */
static inline uint64_t
col_lane_load(const uint8_t *lanes, uint32_t lane_bytes, uint32_t row)
{
	return col_load_uint(lanes + (size_t) row * lane_bytes, lane_bytes);
}

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
	uint32_t *codes;   /* one a row, NULL slots filled */
	uint32_t n_others; /* rows whose value is not among the entries */
	uint64_t *others;  /* bit set: such a row; their codes are n_entries */
} ColDictionary;

/* What a stream of a chunk holds of each vector. */
typedef enum ColStreamKind
{
	COL_STREAM_LANES,	/* lanes of one width, encoded by col_encodings[] */
	COL_STREAM_PATCHES, /* the lanes of marked rows, as enc_alp.c writes them */
	COL_STREAM_IMAGES, /* the values of marked rows, as enc_raw.c writes them */
	COL_STREAM_BYTES   /* bytes of all rows, one after the other */
} ColStreamKind;

/*
 * A stream while a chunk is encoded.  The first stream of values that are written as
 * they came (root RAW of FIXED and IMAGE) is IMAGES with marked NULL: all rows.
 */
typedef struct ColStream
{
	ColStreamKind kind;
	ColLanes lanes; /* LANES */
	ColLaneShape shape;
	ColVectorPlan *plans;
	const uint64_t *marked; /* PATCHES, IMAGES: bit set: the row is in it */
	const uint8_t *bytes;	/* BYTES */
	const uint32_t *ends;	/* BYTES: where a row's end in bytes */
} ColStream;

/* What is tried for a column. */
typedef enum ColCandidate
{
	COL_CANDIDATE_PLAIN = 1,
	COL_CANDIDATE_TRANSFORM,
	COL_CANDIDATE_DICTIONARY,
	COL_CANDIDATE_SYMBOLS
} ColCandidate;

/* How a chunk is encoded. */
typedef struct ColChoice
{
	uint8_t root;
	ColBlockCodec codec;
	uint8_t planes;	  /* bytes of a value in planes, 0: none */
	uint8_t flags;	  /* CHUNK_FLAG_... */
	int8_t parameter; /* of the header */
	uint8_t right_bits;
	uint64_t base;			/* of the values in planes */
	const uint64_t *firsts; /* CHUNK_FLAG_DELTAS: of every vector */
	uint32_t n_streams;
	ColStream streams[CHUNK_STREAMS_MAX];
	const uint8_t *section; /* what the dictionary section holds, before the
							 * codec; NULL: nothing, or not laid out yet */
	uint32_t section_bytes;
	uint32_t n_section; /* entries */
	ColBlockCodec section_codec;
	const uint8_t *stored_section; /* NULL: not compressed yet */
	uint32_t stored_section_bytes;
	uint64_t score; /* bytes times penalty */
	ColCandidate candidate;
	uint8_t mode; /* encoding_modes.c's */
} ColChoice;

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
	uint64_t raw_bytes;	  /* of the values that are not NULL */
	ColVectorPlan *plans; /* rows, NULLs and ranges of every vector */
	ColChoice choice;
	const ColVerdict *reuse; /* try only this, NULL: everything */
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
 * col_stats_offsets: lanes less base, modulo their width, of a whole vector.
 * col_stats_deltas: differences of neighbours less base, the first one 0.
 * col_stats_multiplier: greatest divisor of all differences to the bases.
 */
extern const uint8_t *col_lanes_vector(const ColLanes *lanes, uint32_t vector,
									   uint8_t *scratch);
extern ColStatus col_stats_nulls(ColEncoder *encoder);
extern void col_stats_lanes(const ColLanes *lanes, ColVectorPlan *plans,
							uint8_t *scratch);
extern void col_stats_offsets(const uint8_t *lanes, uint32_t lane_bytes,
							  uint64_t base, uint64_t *offsets);
extern void col_stats_deltas(const uint8_t *lanes, uint32_t lane_bytes,
							 uint64_t base, uint64_t *deltas);
extern uint64_t col_stats_multiplier(const ColLanes *lanes,
									 const ColVectorPlan *plans,
									 uint8_t *scratch);

/* encoding_zone.c: the zone of a chunk, after the stats pass */
extern void col_zone_lanes(const ColEncoder *encoder, ColZone *zone);
extern void col_zone_bytes(const ColEncoder *encoder, ColZone *zone);

/* zone_stats.c: the rest of the zone, when the dictionary, if any, is built */
extern ColStatus col_zone_stats(ColEncoder *encoder, ColZone *zone);

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

/*
 * encoding_verdict.c: the verdict for a column that still holds, or NULL; and what
 * becomes of it after a chunk.  Smaller chunks say little of others.
 */
#define VERDICT_ROWS_MIN 16384
extern const ColVerdict *col_verdict_holds(const ColEncoder *encoder);
extern void col_verdict_keep(const ColEncoder *encoder, uint64_t chunk_bytes);

/* COL_NO_MEMORY, as the error of the encoder. */
extern ColStatus col_encoder_no_memory(ColEncoder *encoder);

/* encoding_choose.c: fills the choice of encoder */
extern ColStatus col_choose(ColEncoder *encoder);

/*
 * encoding_modes.c: the streams of a choice, and how their vectors are written.
 * col_choice_add_lanes: a stream of lanes, with their stats.
 * col_choice_add_marked: a stream of what marked rows have (PATCHES, IMAGES); marked
 *   NULL: of all values, the bytes of the vectors are the caller's to set.
 * col_choice_evaluate: plans all vectors in the best way and sets codec, planes and score,
 *   which is the bytes times penalty (in hundredths), plus extra_bytes.
 */
extern ColStatus col_choice_add_lanes(ColEncoder *encoder, ColChoice *choice,
									  const ColLanes *lanes);
extern ColStatus col_choice_add_marked(ColEncoder *encoder, ColChoice *choice,
									   ColStreamKind kind,
									   const uint64_t *marked);
extern ColStatus col_choice_evaluate(ColEncoder *encoder, ColChoice *choice,
									 uint32_t penalty, uint64_t extra_bytes);

/*
 * encoding_section.c: the dictionary section of a choice, laid out and compressed;
 * and the level of a codec, of sections or of blocks.
 */
#define SMALL_LEVEL 9
extern ColStatus col_section_store(ColEncoder *encoder, ColChoice *choice);

/* A prefix for blocks of values as they are, if it may pay. */
extern ColStatus col_section_prefix(ColEncoder *encoder, ColChoice *choice);
extern int col_encoder_level(const ColEncoder *encoder, bool is_section);

/* The first stream's entries have the ranges of the values, not of its lanes. */
extern void col_choice_keep_ranges(const ColEncoder *encoder,
								   ColChoice *choice);

/* Raw bytes that blocks aim at. */
extern uint32_t col_encoder_block_bytes(const ColEncoder *encoder,
										const ColChoice *choice);

/* Where the bytes of vector v end that start, aligned, at or after position. */
extern uint64_t col_choice_vector_end(const ColChoice *choice, uint32_t v,
									  uint64_t position);

/*
 * Roots that turn values into streams: *applies if they can be.
 * enc_numeric.c, enc_split.c, enc_alp.c, enc_alp_rd.c
 */
extern ColStatus col_numeric_transform(ColEncoder *encoder, ColChoice *choice,
									   bool *applies);
extern ColStatus col_split_transform(ColEncoder *encoder, ColChoice *choice);
extern ColStatus col_alp_transform(ColEncoder *encoder, ColChoice *choice,
								   bool *applies);
extern ColStatus col_alp_rd_transform(ColEncoder *encoder, ColChoice *choice,
									  bool *applies);

/* Lanes of a vector's streams that are decoded; a mask of 0: the first is all. */
typedef struct ColNumericLanes
{
	const uint64_t *low;
	const int64_t *high;	/* NULL: low is signed */
	const uint16_t *scales; /* NULL: the chunk's */
	uint32_t low_mask;
	uint32_t high_mask;
	uint32_t scales_mask;
	int scale;
	const uint8_t *const *exceptions;
	uint32_t n_exceptions;
} ColNumericLanes;

/* Images of rows first .. end - 1 in room (COL_DECIMAL_IMAGE_BYTES each). */
extern ColStatus col_numeric_images(const ColNumericLanes *lanes,
									const uint64_t *validity, uint32_t first,
									uint32_t end, uint8_t *room,
									const uint8_t **images, ColError *error);

/*
 * enc_fsst.c.  col_fsst_images: rows first .. end - 1 of a vector of n_rows to images in
 * room, of room_bytes and COL_FSST_SLACK_BYTES more; codes are of all rows.
 */
extern ColStatus col_fsst_transform(ColEncoder *encoder, ColChoice *choice,
									bool *applies);
extern ColStatus col_fsst_images(const ColFsstTable *table,
								 const uint32_t *lengths, bool constant,
								 const uint8_t *codes, uint32_t code_bytes,
								 const uint64_t *validity, uint32_t first,
								 uint32_t end, uint32_t n_rows, uint8_t *room,
								 uint64_t room_bytes, const uint8_t **images,
								 ColError *error);

extern uint32_t col_split_lane_bytes(int way, uint32_t stream);
extern void col_split_join(int way, const uint8_t *const *lanes,
						   const bool *constant, uint32_t first, uint32_t end,
						   uint8_t *values);

extern bool col_alp_parameter_good(uint32_t value_bytes, bool binary, int k);
extern void col_alp_decode(const SimdKernels *kernels, uint32_t value_bytes,
						   bool binary, int k, const uint8_t *integers,
						   uint32_t n_rows, uint8_t *floats);
extern uint32_t col_alp_patch_bytes(uint32_t n_patches, uint32_t lane_bytes);
extern void col_alp_patches_encode(const ColColumn *column,
								   const uint64_t *marked, uint32_t vector,
								   uint32_t n_patches, uint8_t *destination);
extern bool col_alp_patches_check(uint32_t bytes, uint32_t lane_bytes,
								  uint32_t n_rows);
extern ColStatus col_alp_patches_apply(const uint8_t *patches, uint32_t bytes,
									   uint32_t lane_bytes, uint32_t n_rows,
									   uint8_t *lanes, ColError *error);

extern ColStatus col_alp_rd_join(const uint8_t *section, uint32_t n_parts,
								 uint32_t right_bits, uint32_t value_bytes,
								 const uint32_t *lefts, bool left_constant,
								 const uint8_t *rights, bool right_constant,
								 uint32_t first, uint32_t end, uint8_t *values,
								 ColError *error);

/*
 * enc_planes.c: values of a block as planes, all lowest bytes first.  block_rows: values
 * in the block; first: number of the vector's first value among them.
 * col_planes_encode: (lane - base) / multiplier of n_rows, or, with deltas, of the
 *   differences of neighbours, the first one 0.
 * col_planes_decode: lanes of a vector; with deltas, first_lane is its first.
 * col_planes_one: one lane; not of deltas.
 */
extern void col_planes_encode(const uint8_t *lanes, uint32_t n_rows,
							  const ColLaneShape *shape, uint32_t planes,
							  uint64_t base, bool deltas, uint8_t *block,
							  uint32_t block_rows, uint32_t first);
extern void col_planes_decode(const uint8_t *block, uint32_t block_rows,
							  uint32_t first, uint32_t n_rows,
							  const ColLaneShape *shape, uint32_t planes,
							  uint64_t base, bool deltas, uint64_t first_lane,
							  const SimdKernels *kernels, uint8_t *lanes);
extern uint64_t col_planes_one(const uint8_t *block, uint32_t block_rows,
							   uint32_t value, const ColLaneShape *shape,
							   uint32_t planes, uint64_t base);

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
 * enc_front.c: images in byte order, each without what it shares with the one before.
 * col_front_fits: may the entries be written so?  *part_bytes of what there will be.
 * col_front_encode: parts one after the other at destination.
 * col_front_decode: n_entries images in room from arena, checked.
 */
#define COL_FRONT_PARTS 3
extern bool col_front_fits(const ColDictionary *dictionary,
						   uint32_t *part_bytes);
extern void col_front_encode(const ColDictionary *dictionary,
							 const uint32_t *part_bytes, uint8_t *destination);
extern ColStatus col_front_decode(const uint8_t *section, uint64_t n_bytes,
								  uint32_t n_entries, ColArena *arena,
								  const uint8_t **images, ColError *error);

/*
 * enc_sorted.c: lanes in order.  col_sorted_bytes: what they take; 0: not less than as
 * they are.
 */
extern uint32_t col_sorted_bytes(const ColDictionary *dictionary,
								 uint32_t lane_bytes);
extern void col_sorted_encode(const ColDictionary *dictionary,
							  uint32_t lane_bytes, const SimdKernels *kernels,
							  uint8_t *destination);
extern ColStatus col_sorted_decode(const uint8_t *section, uint64_t n_bytes,
								   uint32_t n_entries, uint32_t lane_bytes,
								   const SimdKernels *kernels, uint8_t *lanes,
								   ColError *error);

/*
 * enc_dictionary.c, reading: values (already of raw_bytes) as the images or
 * values of a dictionary, checked.  images has n_entries slots.
 */
extern ColStatus col_dictionary_images(const uint8_t *section,
									   uint64_t raw_bytes, uint32_t n_entries,
									   const uint8_t **images, ColError *error);

/* enc_raw.c: FIXED and IMAGE values as they came in */
extern uint64_t col_raw_values_bytes(const ColColumn *column, uint32_t vector,
									 uint64_t *value_bytes);
extern void col_raw_fixed_encode(const ColColumn *column, uint32_t first,
								 uint32_t n_rows, uint8_t *destination);

/*
 * Bytes of the images of rows from first_row on, as many as limit_bytes hold but one
 * at least; *end_row, which is where they end at most, becomes where they do.
 */
extern uint64_t col_raw_images_bytes(const ColColumn *column,
									 uint32_t first_row, uint64_t limit_bytes,
									 uint32_t *end_row);
extern void col_raw_marked_encode(const ColColumn *column,
								  const uint64_t *marked, uint32_t first_row,
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

/* Bytes of the images of n_rows rows from first on that are marked (NULL: all). */
extern uint64_t col_raw_marked_bytes(const ColColumn *column,
									 const uint64_t *marked, uint32_t first,
									 uint32_t n_rows);

/*
 * encoding_write.c: the vectors of a block, as they are before the codec, appended to
 * raw; plan is of the block.
 */
extern ColStatus col_chunk_write(ColEncoder *encoder, ColBuffer *out);
extern ColStatus col_encode_block(ColEncoder *encoder, ColChoice *choice,
								  const ColBlockPlan *plan, ColBuffer *raw);

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
 *   or 0 if it does not fit.  n_parts parts of raw, of the same length or as long as
 *   part_bytes says, have statistics of their own (zstd).
 * col_block_decompress: exactly raw_bytes, or COL_CORRUPT; prefix is what it may refer
 *   to, NULL: nothing.
 */
extern ColStatus col_block_compress(ColCodecs *codecs,
									const ColEncodeOptions *options, int level,
									const uint8_t *raw, size_t raw_bytes,
									uint32_t n_parts,
									const uint32_t *part_bytes,
									uint8_t *destination, size_t capacity_bytes,
									size_t *stored_bytes, ColError *error);
extern ColStatus col_block_decompress(ColCodecs *codecs, ColBlockCodec codec,
									  const uint8_t *stored,
									  size_t stored_bytes, uint8_t *raw,
									  size_t raw_bytes, const uint8_t *prefix,
									  size_t prefix_bytes, ColError *error);

/*
 * What blocks that are compressed from now on may refer to, as if it were before
 * them; its first byte is 0.  NULL: nothing.  zstd only.
 */
extern ColStatus col_codecs_set_prefix(ColCodecs *codecs, int level,
									   const uint8_t *prefix,
									   size_t prefix_bytes, ColError *error);

/* May a block of stored_bytes unpack to raw_bytes at all? */
extern bool col_block_plausible(ColBlockCodec codec, uint64_t stored_bytes,
								uint64_t raw_bytes);

/* The block that starts at plan->first_row, which is set. */
extern void col_block_plan(const ColEncoder *encoder, const ColChoice *choice,
						   uint32_t block_bytes, ColBlockPlan *plan);

extern const char *col_codec_name(ColBlockCodec codec);

#endif /* COL_ENCODING_INTERNAL_H */
