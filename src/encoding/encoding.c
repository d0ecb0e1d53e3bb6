/*
 * encoding.c - the registry of encodings, and a column written as a chunk:
 *
 *   col_chunk_encode -> col_choose -> col_chunk_write (encoding_write.c)
 *
 * Invariants (numbers of README.md):
 *   E1 a vector's plan holds its exact bytes before anything is written
 *   E2 the same column and options give the same bytes
 *   E4 a failed call leaves out as it was
 *
 * Memory: an arena for plans and dictionary, freed on return; out grows.
 */
#include "src/encoding/encoding.h"

#include "simd/simd.h"
#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/encoding/encoding_format.h"
#include "src/encoding/encoding_internal.h"

#define LANES(name, one)                                        \
	col_##name##_plan, col_##name##_encode, col_##name##_check, \
		col_##name##_decode, one

const ColEncoding col_encodings[CHUNK_ENCODINGS] = {
	[CHUNK_ENCODING_CONSTANT] = {"constant", LANES(constant, col_constant_one)},
	[CHUNK_ENCODING_FOR] = {"for", LANES(for, col_for_one)},
	[CHUNK_ENCODING_RLE] = {"run-length", LANES(rle, NULL)},
	[CHUNK_ENCODING_DICTIONARY] = {.name = "dictionary"},
	[CHUNK_ENCODING_RAW] = {"raw", LANES(raw, col_raw_one)},
	[CHUNK_ENCODING_SEQUENCE] = {"sequence", LANES(sequence, col_sequence_one)},
	[CHUNK_ENCODING_DELTA] = {"delta", LANES(delta, NULL)},
	[CHUNK_ENCODING_BITMAP] = {"bitmap", LANES(bitmap, col_bitmap_one)},
	[CHUNK_ENCODING_PLANES] = {.name = "planes"},
	[CHUNK_ENCODING_PATCHES] = {.name = "patches"},
	[CHUNK_ENCODING_NUMERIC] = {.name = "decimal"},
	[CHUNK_ENCODING_ALP] = {.name = "alp"},
	[CHUNK_ENCODING_ALP_RD] = {.name = "alp-rd"},
	[CHUNK_ENCODING_SPLIT] = {.name = "split"},
	[CHUNK_ENCODING_FSST] = {.name = "fsst"},
};

/* Is column what encoding.h asks for? */
static ColStatus
encode_check(const ColColumn *column, const ColEncodeOptions *options,
			 ColError *error)
{
	uint16_t value_bytes = column->value_bytes;
	bool good = true;

	if (column->n_rows == 0 || column->n_rows > COL_STRIPE_ROWS_MAX)
		return col_error(error, COL_TOO_LARGE, "rows of a column chunk",
						 column->n_rows, COL_STRIPE_ROWS_MAX);
	switch (column->phys)
	{
		case COL_PHYS_LANE:
			good = (value_bytes == 1 || value_bytes == 2 || value_bytes == 4 ||
					value_bytes == 8) &&
				   column->order < COL_ORDER_BYTES &&
				   (column->order != COL_ORDER_FLOAT4 || value_bytes == 4) &&
				   (column->order != COL_ORDER_FLOAT8 || value_bytes == 8);
			break;
		case COL_PHYS_FIXED:
			good = value_bytes > 0 && value_bytes <= COL_FIXED_BYTES_MAX;
			break;
		case COL_PHYS_IMAGE:
			good = value_bytes == 0;
			break;
		default:
			good = false;
	}
	if (column->phys != COL_PHYS_LANE && column->order != COL_ORDER_NONE &&
		column->order != COL_ORDER_BYTES &&
		(column->order != COL_ORDER_NUMERIC || column->phys != COL_PHYS_IMAGE))
		good = false;
	if (column->n_nulls > 0 && column->validity == NULL)
		good = false;
	if (!good || options->codec > COL_CODEC_ZSTD)
		return col_error(error, COL_INTERNAL, "column cannot be encoded",
						 column->phys, value_bytes);
	return COL_OK;
}

ColStatus
col_chunk_encode(const ColColumn *column, const ColEncodeOptions *options,
				 ColCodecs *codecs, const ColAllocator *allocator,
				 ColBuffer *out, ColZone *zone, ColError *error)
{
	size_t start_bytes = out->used_bytes;
	ColEncoder encoder;
	ColArena arena;
	ColStatus status = encode_check(column, options, error);

	if (status != COL_OK)
		return status;
	/* of a call that was left by a throw of the allocator, if there was one */
	col_codecs_set_prefix(codecs, 0, NULL, 0, NULL);
	memset(zone, 0, sizeof(*zone));
	zone->order = (uint8_t) column->order;
	zone->n_rows = column->n_rows;
	zone->n_nulls = column->n_nulls;
	memset(&encoder, 0, sizeof(encoder));
	col_arena_init(&arena, allocator);
	encoder.column = column;
	encoder.options = options;
	encoder.codecs = codecs;
	encoder.kernels = simd_kernels();
	encoder.arena = &arena;
	encoder.error = error;
	encoder.zone = zone;
	encoder.n_vectors = col_n_vectors(column->n_rows);
	encoder.plans =
		col_arena_zalloc(&arena, encoder.n_vectors * sizeof(ColVectorPlan));
	if (encoder.plans == NULL)
		status = col_error(error, COL_NO_MEMORY,
						   "out of memory for an encoded column chunk", 0, 0);
	else
		status = col_stats_nulls(&encoder);
	if (status == COL_OK)
		status = col_choose(&encoder);
	if (status == COL_OK)
		status = col_zone_stats(&encoder, zone);
	if (status == COL_OK)
		status = col_chunk_write(&encoder, out);
	if (status == COL_OK)
		col_verdict_keep(&encoder, out->used_bytes - start_bytes);
	col_arena_free(&arena);
	return status;
}
