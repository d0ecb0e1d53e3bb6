/*
 * encoding_section.c - what the dictionary section of a chunk holds: distinct values,
 * the value of a constant chunk, exceptions, left parts, first lanes; compressed if
 * that pays.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

/* A compressed section must be smaller by this, in hundredths. */
#define SECTION_CODEC_WIN 115

/* A section larger than this is not compressed just to see. */
#define SECTION_TRY_BYTES (256 * 1024)

/*
 * The prefix that blocks of text may refer to: bytes of values from places all over the
 * column.  Columns with fewer bytes have none.
 */
#define PREFIX_BYTES (32 * 1024)
#define PREFIX_RUNS 32
#define PREFIX_WORTH_BYTES (512 * 1024)

/* What a table has that says nothing of levels. */
#define DEFAULT_LEVEL 3

/* Levels of zstd that a section gets more than blocks: it is compressed once. */
#define SECTION_LEVEL_MORE 1

int
col_encoder_level(const ColEncoder *encoder, bool is_section)
{
	int level = encoder->options->level;

	if (encoder->options->profile == COL_PROFILE_SMALL && level < SMALL_LEVEL)
		level = SMALL_LEVEL;
	/* planes are symbols of uneven frequency: a fast search finds no less */
	if (!is_section && encoder->column->phys == COL_PHYS_LANE &&
		level <= DEFAULT_LEVEL)
		return 1;
	if (is_section && encoder->options->profile != COL_PROFILE_FAST)
		level += SECTION_LEVEL_MORE;
	return level < COL_ZSTD_LEVEL_MAX ? level : COL_ZSTD_LEVEL_MAX;
}

/* The lane of a constant chunk. */
static uint64_t
section_constant_lane(const ColEncoder *encoder)
{
	uint32_t v = 0;

	col_assert(encoder->column->n_nulls < encoder->column->n_rows);
	while (col_plan_all_null(&encoder->plans[v]))
		v++;
	return encoder->plans[v].base;
}

/* Lays the section out, unless the choice has it; n_section stays 0 without one. */
static ColStatus
section_lay_out(ColEncoder *encoder, ColChoice *choice, uint32_t *n_parts,
				uint32_t *part_bytes)
{
	const ColColumn *column = encoder->column;
	const ColDictionary *dictionary = &encoder->dictionary;
	bool is_constant = choice->root == CHUNK_ENCODING_CONSTANT;
	uint32_t sorted_bytes = 0;
	uint8_t *section;

	*n_parts = 1;
	if (choice->section || column->n_nulls == column->n_rows)
		return COL_OK;
	if (choice->firsts)
	{
		choice->section = (const uint8_t *) choice->firsts;
		choice->section_bytes =
			encoder->n_vectors * (uint32_t) sizeof(uint64_t);
		choice->n_section = encoder->n_vectors;
		return COL_OK;
	}
	if (!is_constant && choice->root != CHUNK_ENCODING_DICTIONARY)
		return COL_OK; /* a prefix, if any, is laid out */
	if (column->phys == COL_PHYS_IMAGE && !is_constant &&
		encoder->options->codec != COL_CODEC_NONE &&
		col_front_fits(dictionary, part_bytes))
	{
		*n_parts = COL_FRONT_PARTS;
		choice->flags |= CHUNK_FLAG_FRONT;
		choice->section_bytes = part_bytes[0] + part_bytes[1] + part_bytes[2];
	}
	else if (column->phys == COL_PHYS_LANE && !is_constant &&
			 (sorted_bytes =
				  col_sorted_bytes(dictionary, column->value_bytes)) > 0)
	{
		choice->flags |= CHUNK_FLAG_FRONT;
		choice->section_bytes = sorted_bytes;
	}
	else if (is_constant && column->phys == COL_PHYS_LANE)
		choice->section_bytes = column->value_bytes;
	else
		choice->section_bytes = (uint32_t) dictionary->raw_bytes;
	section = col_arena_alloc(encoder->arena, choice->section_bytes);
	if (section == NULL)
		return col_encoder_no_memory(encoder);
	choice->section = section;
	choice->n_section = 1;
	if (is_constant && column->phys == COL_PHYS_LANE)
	{
		uint64_t lane = section_constant_lane(encoder);

		memcpy(section, &lane, column->value_bytes);
		return COL_OK;
	}
	choice->n_section = dictionary->n_entries;
	if (*n_parts > 1)
		col_front_encode(dictionary, part_bytes, section);
	else if (sorted_bytes > 0)
		col_sorted_encode(dictionary, column->value_bytes, encoder->kernels,
						  section);
	else
		col_dictionary_lay_out(encoder, dictionary, section);
	return COL_OK;
}

/* Does a piece of the middle shrink?  Byte order puts what is odd at the ends. */
static ColStatus
section_try(ColEncoder *encoder, const ColChoice *choice, uint8_t *room,
			bool *shrinks)
{
	size_t try_bytes = SECTION_TRY_BYTES / 4;
	size_t stored_bytes;
	ColStatus status = col_block_compress(
		encoder->codecs, encoder->options, encoder->options->level,
		choice->section + choice->section_bytes / 2 - try_bytes / 2, try_bytes,
		1, NULL, room, try_bytes * 100 / SECTION_CODEC_WIN, &stored_bytes,
		encoder->error);

	*shrinks = status == COL_OK && stored_bytes > 0;
	return status;
}

ColStatus
col_section_store(ColEncoder *encoder, ColChoice *choice)
{
	uint32_t part_bytes[COL_FRONT_PARTS];
	uint32_t n_parts;
	size_t capacity;
	size_t stored_bytes = 0;
	bool shrinks = true;
	uint8_t *room;
	ColStatus status;

	if (choice->root == CHUNK_ENCODING_RAW &&
		(choice->flags & CHUNK_FLAG_PREFIX) == 0)
	{
		/* a prefix that was tried and did not pay */
		choice->section = NULL;
		choice->n_section = 0;
	}
	status = section_lay_out(encoder, choice, &n_parts, part_bytes);
	if (status != COL_OK || choice->n_section == 0)
		return status;
	choice->stored_section = choice->section;
	choice->stored_section_bytes = choice->section_bytes;
	capacity = (size_t) choice->section_bytes * 100 / SECTION_CODEC_WIN;
	if (encoder->options->codec == COL_CODEC_NONE || capacity == 0)
		return COL_OK;
	room = col_arena_alloc(encoder->arena, capacity);
	if (room == NULL)
		return col_encoder_no_memory(encoder);
	if (choice->section_bytes > SECTION_TRY_BYTES)
		status = section_try(encoder, choice, room, &shrinks);
	if (status == COL_OK && shrinks)
		status = col_block_compress(
			encoder->codecs, encoder->options, col_encoder_level(encoder, true),
			choice->section, choice->section_bytes, n_parts,
			n_parts > 1 ? part_bytes : NULL, room, capacity, &stored_bytes,
			encoder->error);
	if (status != COL_OK || stored_bytes == 0)
		return status;
	choice->section_codec = encoder->options->codec;
	choice->stored_section = room;
	choice->stored_section_bytes = (uint32_t) stored_bytes;
	return COL_OK;
}

ColStatus
col_section_prefix(ColEncoder *encoder, ColChoice *choice)
{
	const ColColumn *column = encoder->column;
	uint32_t run_bytes = PREFIX_BYTES / PREFIX_RUNS;
	uint8_t *section;
	uint32_t at = 1;
	uint32_t run;

	if (encoder->options->codec != COL_CODEC_ZSTD ||
		column->phys != COL_PHYS_IMAGE ||
		column->heap_bytes < PREFIX_WORTH_BYTES)
		return COL_OK;
	section = col_arena_alloc(encoder->arena, PREFIX_BYTES + 1);
	if (section == NULL)
		return col_encoder_no_memory(encoder);
	section[0] = 0;
	for (run = 0; run < PREFIX_RUNS; run++)
	{
		uint32_t row =
			(uint32_t) ((uint64_t) column->n_rows * run / PREFIX_RUNS);
		uint32_t from = column->offsets[row];
		uint32_t n_bytes = column->heap_bytes - from;

		if (n_bytes > run_bytes)
			n_bytes = run_bytes;
		memcpy(section + at, column->heap + from, n_bytes);
		at += n_bytes;
	}
	choice->section = section;
	choice->section_bytes = at;
	choice->n_section = 1;
	return COL_OK;
}
