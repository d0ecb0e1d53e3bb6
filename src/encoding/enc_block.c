/*
 * enc_block.c - general-purpose compression of blocks: zstd and lz4, and the
 * contexts of both, which live as long as the process.
 *
 * A block holds the payloads of consecutive vectors, or one larger vector; one of images
 * is split among several blocks.  A block that does not shrink is stored as it
 * is (stored_bytes = raw_bytes).
 *
 * Memory: the libraries allocate their workspaces themselves, at first use.
 */
#include "src/encoding/encoding_internal.h"

#include <lz4.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>
#include "src/base/assert.h"
#include "src/base/bytes.h"

/* What one stored byte may unpack to, at most, with room to spare. */
#define LZ4_RATIO_MAX 256
#define ZSTD_RATIO_MAX 65536

struct ColCodecs
{
	ZSTD_CCtx *zstd_compress;
	ZSTD_DCtx *zstd_decompress;
	ZSTD_CDict *prefix; /* what blocks may refer to, while it is set */
	void *lz4_state;
};

ColCodecs *
col_codecs_create(void)
{
	ColCodecs *codecs = calloc(1, sizeof(ColCodecs));

	if (codecs == NULL)
		return NULL;
	codecs->zstd_compress = ZSTD_createCCtx();
	codecs->zstd_decompress = ZSTD_createDCtx();
	codecs->lz4_state = malloc((size_t) LZ4_sizeofState());
	if (!codecs->zstd_compress || !codecs->zstd_decompress ||
		!codecs->lz4_state)
	{
		col_codecs_free(codecs);
		return NULL;
	}
	return codecs;
}

void
col_codecs_free(ColCodecs *codecs)
{
	if (codecs == NULL)
		return;
	ZSTD_freeCDict(codecs->prefix);
	ZSTD_freeCCtx(codecs->zstd_compress);
	ZSTD_freeDCtx(codecs->zstd_decompress);
	free(codecs->lz4_state);
	free(codecs);
}

const char *
col_codec_name(ColBlockCodec codec)
{
	switch (codec)
	{
		case COL_CODEC_LZ4:
			return "lz4";
		case COL_CODEC_ZSTD:
			return "zstd";
		case COL_CODEC_NONE:
		case COL_CODEC_STORED:
			break;
	}
	return "none";
}

static ColStatus
zstd_failed(size_t result, size_t raw_bytes, ColError *error)
{
	if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
		return col_error(error, COL_NO_MEMORY, "out of memory in zstd",
						 raw_bytes, 0);
	if (ZSTD_getErrorCode(result) != ZSTD_error_dstSize_tooSmall)
		return col_error(error, COL_INTERNAL, "zstd failed to compress",
						 ZSTD_getErrorCode(result), raw_bytes);
	return COL_OK;
}

/*
 * One frame.  Between parts it is flushed: what follows is a block of zstd's own,
 * with its own table of symbols.
 */
static ColStatus
zstd_compress(ColCodecs *codecs, int level, const uint8_t *raw,
			  size_t raw_bytes, uint32_t n_parts, const uint32_t *part_bytes,
			  uint8_t *destination, size_t capacity_bytes, size_t *stored_bytes,
			  ColError *error)
{
	ZSTD_CCtx *context = codecs->zstd_compress;
	ZSTD_outBuffer out = {destination, capacity_bytes, 0};
	size_t result = ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
	size_t at = 0;
	uint32_t part;

	*stored_bytes = 0;
	if (!ZSTD_isError(result))
		result =
			ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
	if (!ZSTD_isError(result) && codecs->prefix)
		result = ZSTD_CCtx_refCDict(context, codecs->prefix);
	if (!ZSTD_isError(result))
		result = ZSTD_CCtx_setPledgedSrcSize(context, raw_bytes);
	for (part = 0; part < n_parts && !ZSTD_isError(result); part++)
	{
		bool is_last = part + 1 == n_parts;
		ZSTD_inBuffer in = {raw + at, 0, 0};

		if (is_last)
			in.size = raw_bytes - at;
		else
			in.size = part_bytes ? part_bytes[part] : raw_bytes / n_parts;
		at += in.size;
		result = ZSTD_compressStream2(context, &out, &in,
									  is_last ? ZSTD_e_end : ZSTD_e_flush);
		/* what is left to be written does not fit */
		if (!ZSTD_isError(result) && result > 0)
			return COL_OK;
	}
	if (ZSTD_isError(result))
		return zstd_failed(result, raw_bytes, error);
	*stored_bytes = out.pos;
	return COL_OK;
}

ColStatus
col_codecs_set_prefix(ColCodecs *codecs, int level, const uint8_t *prefix,
					  size_t prefix_bytes, ColError *error)
{
	ZSTD_freeCDict(codecs->prefix);
	codecs->prefix = NULL;
	if (prefix == NULL)
		return COL_OK;
	col_assert(prefix_bytes > 0 && prefix[0] == 0);
	codecs->prefix = ZSTD_createCDict(prefix, prefix_bytes, level);
	if (codecs->prefix == NULL)
		return col_error(error, COL_NO_MEMORY, "out of memory in zstd",
						 prefix_bytes, 0);
	return COL_OK;
}

ColStatus
col_block_compress(ColCodecs *codecs, const ColEncodeOptions *options,
				   int level, const uint8_t *raw, size_t raw_bytes,
				   uint32_t n_parts, const uint32_t *part_bytes,
				   uint8_t *destination, size_t capacity_bytes,
				   size_t *stored_bytes, ColError *error)
{
	int result;

	col_assert(raw_bytes > 0 && n_parts > 0);
	if (options->codec == COL_CODEC_ZSTD)
		return zstd_compress(codecs, level, raw, raw_bytes, n_parts, part_bytes,
							 destination, capacity_bytes, stored_bytes, error);
	*stored_bytes = 0;
	col_assert(options->codec == COL_CODEC_LZ4);
	if (raw_bytes > LZ4_MAX_INPUT_SIZE)
		return COL_OK;
	if (capacity_bytes > LZ4_MAX_INPUT_SIZE)
		capacity_bytes = LZ4_MAX_INPUT_SIZE;
	result = LZ4_compress_fast_extState(codecs->lz4_state, (const char *) raw,
										(char *) destination, (int) raw_bytes,
										(int) capacity_bytes, 1);
	if (result > 0)
		*stored_bytes = (size_t) result;
	return COL_OK;
}

bool
col_block_plausible(ColBlockCodec codec, uint64_t stored_bytes,
					uint64_t raw_bytes)
{
	uint64_t ratio = codec == COL_CODEC_LZ4 ? LZ4_RATIO_MAX : ZSTD_RATIO_MAX;

	if (stored_bytes == raw_bytes)
		return raw_bytes > 0;
	if (codec == COL_CODEC_STORED)
		return false;
	return stored_bytes > 0 && stored_bytes < raw_bytes &&
		   raw_bytes / ratio <= stored_bytes;
}

ColStatus
col_block_decompress(ColCodecs *codecs, ColBlockCodec codec,
					 const uint8_t *stored, size_t stored_bytes, uint8_t *raw,
					 size_t raw_bytes, const uint8_t *prefix,
					 size_t prefix_bytes, ColError *error)
{
	col_assert(col_block_plausible(codec, stored_bytes, raw_bytes));
	if (stored_bytes == raw_bytes)
	{
		memcpy(raw, stored, raw_bytes);
		return COL_OK;
	}
	if (codec == COL_CODEC_ZSTD)
	{
		size_t result =
			ZSTD_DCtx_refPrefix(codecs->zstd_decompress, prefix, prefix_bytes);

		if (!ZSTD_isError(result))
			result = ZSTD_decompressDCtx(codecs->zstd_decompress, raw,
										 raw_bytes, stored, stored_bytes);
		if (ZSTD_isError(result) &&
			ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation)
			return col_error(error, COL_NO_MEMORY, "out of memory in zstd",
							 raw_bytes, 0);
		if (ZSTD_isError(result) || result != raw_bytes)
			return col_error(error, COL_CORRUPT,
							 "zstd block does not decompress", stored_bytes,
							 raw_bytes);
		return COL_OK;
	}
	col_assert(codec == COL_CODEC_LZ4);
	if (raw_bytes > LZ4_MAX_INPUT_SIZE ||
		LZ4_decompress_safe((const char *) stored, (char *) raw,
							(int) stored_bytes,
							(int) raw_bytes) != (int) raw_bytes)
		return col_error(error, COL_CORRUPT, "lz4 block does not decompress",
						 stored_bytes, raw_bytes);
	return COL_OK;
}

/* Adds the next piece of a split vector; *open: more pieces follow. */
static void
plan_piece(const ColEncoder *encoder, const ColChoice *choice,
		   ColBlockPlan *plan, bool *open)
{
	uint32_t vector = plan->end_row / COL_VECTOR_ROWS;
	uint32_t vector_end = vector * COL_VECTOR_ROWS +
						  col_vector_rows(encoder->column->n_rows, vector);
	uint32_t first_row = plan->end_row;
	uint64_t piece_bytes = choice->streams[0].plans[vector].piece_bytes;

	plan->is_piece = true;
	plan->end_row = vector_end;
	plan->raw_bytes = col_raw_images_bytes(encoder->column, first_row,
										   piece_bytes, &plan->end_row);
	*open = plan->end_row < vector_end;
}

void
col_block_plan(const ColEncoder *encoder, const ColChoice *choice,
			   uint32_t block_bytes, ColBlockPlan *plan)
{
	bool open = false;

	plan->end_row = plan->first_row;
	plan->is_piece = false;
	plan->raw_bytes = 0;
	while (!open && plan->end_row < encoder->column->n_rows)
	{
		uint32_t v = plan->end_row / COL_VECTOR_ROWS;
		uint32_t piece_bytes = choice->streams[0].plans[v].piece_bytes;
		uint64_t end = col_choice_vector_end(choice, v, plan->raw_bytes);
		bool has_bytes = end > plan->raw_bytes || piece_bytes > 0;

		if (has_bytes && plan->raw_bytes > 0 &&
			(plan->is_piece || piece_bytes > 0 || end > block_bytes))
			break;
		if (piece_bytes > 0)
		{
			plan_piece(encoder, choice, plan, &open);
			continue;
		}
		plan->raw_bytes = end;
		plan->end_row =
			v * COL_VECTOR_ROWS + col_vector_rows(encoder->column->n_rows, v);
	}
	col_assert(plan->end_row > plan->first_row);
}
