/*
 * encoding_choose.c - how a chunk is encoded: which ways of turning the column into
 * streams are tried (rules, by samples), and which has the lowest score.
 *
 * The score of a choice is its bytes times a penalty, so that a slower or less direct
 * form must win by that factor; encoding_modes.c finds the bytes of a choice.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/vector/image.h"

/*
 * Columns of fewer or more bytes are not tried in symbols, nor those of longer values on
 * average: a codec does better.
 */
#define SYMBOLS_WORTH_BYTES 4096
#define SYMBOLS_MOST_BYTES (32 * 1024 * 1024)
#define SYMBOLS_VALUE_BYTES 64

/* Penalties, in hundredths. */
#define PENALTY_SYMBOLS 105
#define PENALTY_PLAIN 100
#define PENALTY_TRANSFORM 102
#define PENALTY_DICTIONARY \
	100 /* of text: what is computed is so once a value */
#define PENALTY_DICTIONARY_LANES 105

/* What a heap of sorted values shrinks by, at least, when it is compressed. */
#define HEAP_SHRINKS 4

/* Lanes in fewer bits, as they are or as they were chosen, need no dictionary. */
#define DICTIONARY_LANE_BITS 5
#define DICTIONARY_CHOSEN_BITS 2
#define DICTIONARY_NUMERIC_BITS 9

/* What alignment may add to the values of a chunk, and more. */
#define VALUES_MARGIN_BYTES (256 * 1024)

/* Keeps the better one of choice and what was chosen before. */
static void
choose_consider(ColEncoder *encoder, ColChoice *choice, ColCandidate candidate)
{
	choice->candidate = candidate;
	if (encoder->choice.n_streams == 0 || choice->score < encoder->choice.score)
		encoder->choice = *choice;
}

/* Is this candidate tried? */
static bool
choose_tries(const ColEncoder *encoder, ColCandidate candidate)
{
	return encoder->reuse == NULL || encoder->reuse->candidate == candidate;
}

static bool
choose_is_forced(const ColEncoder *encoder, ColEncodingChoice encoding)
{
	return encoder->options->encoding == encoding;
}

/* May this form, other than plain values, be tried? */
static bool
choose_is_open(const ColEncoder *encoder, ColCandidate candidate,
			   ColEncodingChoice encoding)
{
	if (!choose_tries(encoder, candidate))
		return false;
	return choose_is_forced(encoder, COL_ENCODE_AUTO) ||
		   choose_is_forced(encoder, encoding);
}

/* The encoding that most vectors of the stream have: it names the chunk. */
static uint8_t
choose_commonest(const ColEncoder *encoder, const ColStream *stream)
{
	uint32_t counts[CHUNK_ENCODINGS] = {0};
	uint8_t best = CHUNK_ENCODING_FOR;
	uint8_t id;
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
	{
		id = stream->plans[v].entry.encoding & (uint8_t) ~CHUNK_VECTOR_PATCHED;
		if (id != CHUNK_ENCODING_CONSTANT)
			counts[id]++;
	}
	for (id = 1; id < CHUNK_ENCODINGS; id++)
		if (counts[id] > counts[best])
			best = id;
	return best;
}

/* Are all lanes that are not NULL the same? */
static bool
choose_is_constant(const ColEncoder *encoder)
{
	const ColVectorPlan *first = NULL;
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
	{
		const ColVectorPlan *plan = &encoder->plans[v];

		if (col_plan_all_null(plan))
			continue;
		if (plan->range != 0 || (first && plan->base != first->base))
			return false;
		first = plan;
	}
	return true;
}

/* The chunk is one value, or NULL: vectors have nulls and nothing else. */
static void
choose_constant(ColEncoder *encoder)
{
	ColChoice *choice = &encoder->choice;
	uint32_t v;

	memset(choice, 0, sizeof(*choice));
	choice->root = CHUNK_ENCODING_CONSTANT;
	choice->n_streams = 1;
	choice->streams[0].kind = COL_STREAM_LANES;
	choice->streams[0].plans = encoder->plans;
	choice->streams[0].shape.multiplier = 1;
	for (v = 0; v < encoder->n_vectors; v++)
	{
		encoder->plans[v].entry.encoding = CHUNK_ENCODING_CONSTANT;
		encoder->plans[v].entry.bytes = 0;
	}
}

/* Lanes as they are. */
static ColStatus
choose_plain_lanes(ColEncoder *encoder, const ColLanes *lanes)
{
	ColChoice choice = {0};
	ColStatus status = col_choice_add_lanes(encoder, &choice, lanes);

	if (status == COL_OK)
		status = col_choice_evaluate(encoder, &choice, PENALTY_PLAIN, 0);
	if (status != COL_OK)
		return status;
	choice.root = choose_commonest(encoder, &choice.streams[0]);
	choose_consider(encoder, &choice, COL_CANDIDATE_PLAIN);
	return COL_OK;
}

/* Floats as integers, or cut in two. */
static ColStatus
choose_floats(ColEncoder *encoder)
{
	ColChoice choice = {0};
	bool applies;
	ColStatus status = col_alp_transform(encoder, &choice, &applies);

	if (status == COL_OK && !applies && encoder->choice.codec == COL_CODEC_NONE)
		status = col_alp_rd_transform(encoder, &choice, &applies);
	if (status != COL_OK || !applies)
		return status;
	status = col_choice_evaluate(encoder, &choice, PENALTY_TRANSFORM,
								 choice.section_bytes);
	if (status != COL_OK)
		return status;
	if (choose_is_forced(encoder, COL_ENCODE_DECIMAL))
		choice.score = 0;
	choose_consider(encoder, &choice, COL_CANDIDATE_TRANSFORM);
	return COL_OK;
}

/*
 * Bytes of a dictionary as it will be stored, about: of sorted text little more
 * than a fifth is left.
 */
static uint64_t
choose_heap_bytes(const ColEncoder *encoder)
{
	uint64_t raw_bytes = encoder->dictionary.raw_bytes;

	if (encoder->options->codec == COL_CODEC_NONE ||
		encoder->column->phys != COL_PHYS_IMAGE)
		return raw_bytes;
	return raw_bytes / HEAP_SHRINKS;
}

/* The chunk as a dictionary, which was built, and vectors of codes. */
static ColStatus
choose_dictionary(ColEncoder *encoder)
{
	ColDictionary *dictionary = &encoder->dictionary;
	ColLanes lanes = {NULL, NULL, encoder->column->n_rows, sizeof(uint32_t),
					  COL_ORDER_UNSIGNED};
	bool forced = choose_is_forced(encoder, COL_ENCODE_DICTIONARY) ||
				  encoder->reuse != NULL;
	ColChoice choice = {0};
	uint32_t penalty = encoder->column->phys == COL_PHYS_LANE
						   ? PENALTY_DICTIONARY_LANES
						   : PENALTY_DICTIONARY;
	uint64_t codes_bytes = (uint64_t) encoder->column->n_rows *
						   col_bit_width(dictionary->n_entries - 1) / 64;
	uint64_t heap_bytes = choose_heap_bytes(encoder);
	ColStatus status;

	/* an eighth of what codes take: a codec may win that much */
	if (!forced &&
		(codes_bytes + heap_bytes) * penalty >= encoder->choice.score)
		return COL_OK;
	status = col_dictionary_sort(encoder, dictionary);
	if (status != COL_OK)
		return status;
	choice.root = CHUNK_ENCODING_DICTIONARY;
	lanes.values = (const uint8_t *) dictionary->codes;
	status = col_choice_add_lanes(encoder, &choice, &lanes);
	if (status != COL_OK)
		return status;
	if (dictionary->n_others > 0)
	{
		choice.flags = CHUNK_FLAG_OTHERS;
		status = col_choice_add_marked(encoder, &choice, COL_STREAM_IMAGES,
									   dictionary->others);
		if (status != COL_OK)
			return status;
	}
	if (encoder->column->phys == COL_PHYS_LANE)
		col_choice_keep_ranges(encoder, &choice);
	status = col_section_store(encoder, &choice);
	if (status == COL_OK)
		status = col_choice_evaluate(encoder, &choice, penalty,
									 choice.stored_section_bytes);
	if (status != COL_OK)
		return status;
	if (forced)
		choice.score = 0;
	choose_consider(encoder, &choice, COL_CANDIDATE_DICTIONARY);
	return COL_OK;
}

/* Bits of the widest range of a vector. */
static uint32_t
choose_lane_bits(const ColEncoder *encoder)
{
	uint64_t range = 0;
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
		if (encoder->plans[v].range > range)
			range = encoder->plans[v].range;
	return col_bit_width(range);
}

/* A dictionary of lanes, if they are wide and repeat. */
static ColStatus
choose_lane_dictionary(ColEncoder *encoder)
{
	const ColColumn *column = encoder->column;
	uint64_t least_bytes =
		(uint64_t) column->n_rows * DICTIONARY_CHOSEN_BITS / 8;
	ColStatus status;

	if (!choose_is_forced(encoder, COL_ENCODE_DICTIONARY) &&
		encoder->reuse == NULL &&
		(encoder->choice.score < least_bytes * 100 ||
		 choose_lane_bits(encoder) < DICTIONARY_LANE_BITS))
		return COL_OK;
	status = col_dictionary_build(encoder, &encoder->dictionary);
	if (status != COL_OK || encoder->dictionary.n_entries < 2)
		return status;
	return choose_dictionary(encoder);
}

static ColStatus
choose_lanes(ColEncoder *encoder)
{
	const ColColumn *column = encoder->column;
	ColLanes lanes = {column->values, column->validity, column->n_rows,
					  column->value_bytes, column->order};
	uint8_t *scratch =
		col_arena_alloc(encoder->arena, COL_VECTOR_ROWS * sizeof(uint64_t));
	ColStatus status = COL_OK;

	if (scratch == NULL)
		return col_encoder_no_memory(encoder);
	encoder->raw_bytes =
		(uint64_t) (column->n_rows - column->n_nulls) * column->value_bytes;
	col_stats_lanes(&lanes, encoder->plans, scratch);
	col_zone_lanes(encoder, encoder->zone);
	if (choose_is_constant(encoder))
	{
		choose_constant(encoder);
		return COL_OK;
	}
	if (choose_tries(encoder, COL_CANDIDATE_PLAIN))
		status = choose_plain_lanes(encoder, &lanes);
	if (status == COL_OK && col_order_is_float(column->order) &&
		choose_is_open(encoder, COL_CANDIDATE_TRANSFORM, COL_ENCODE_DECIMAL))
		status = choose_floats(encoder);
	if (status == COL_OK && choose_is_open(encoder, COL_CANDIDATE_DICTIONARY,
										   COL_ENCODE_DICTIONARY))
		status = choose_lane_dictionary(encoder);
	return status;
}

/* FIXED or IMAGE values as they are. */
static ColStatus
choose_plain_values(ColEncoder *encoder)
{
	ColChoice choice = {0};
	uint32_t v;
	ColStatus status;

	choice.root = CHUNK_ENCODING_RAW;
	status = col_choice_add_marked(encoder, &choice, COL_STREAM_IMAGES, NULL);
	if (status != COL_OK)
		return status;
	for (v = 0; v < encoder->n_vectors; v++)
		choice.streams[0].plans[v].entry.bytes = encoder->plans[v].entry.bytes;
	status = col_section_prefix(encoder, &choice);
	if (status == COL_OK)
		status = col_choice_evaluate(encoder, &choice, PENALTY_PLAIN, 0);
	if (status == COL_OK)
		choose_consider(encoder, &choice, COL_CANDIDATE_PLAIN);
	return status;
}

/* Bytes of all vectors as values are, and of the values alone. */
static ColStatus
choose_value_bytes(ColEncoder *encoder)
{
	uint64_t bytes = 0;
	uint32_t v;

	encoder->raw_bytes = 0;
	for (v = 0; v < encoder->n_vectors; v++)
	{
		ColVectorPlan *plan = &encoder->plans[v];

		if (col_plan_all_null(plan))
			continue;
		plan->entry.bytes = (uint32_t) col_raw_values_bytes(
			encoder->column, v, &encoder->raw_bytes);
		bytes = col_align_up(bytes, CHUNK_ALIGN_BYTES) + plan->entry.bytes;
		if (bytes > UINT32_MAX - VALUES_MARGIN_BYTES)
			return col_error(encoder->error, COL_TOO_LARGE,
							 "values of a column chunk exceed 4 GB", bytes,
							 UINT32_MAX);
	}
	return COL_OK;
}

static ColStatus
choose_transformed(ColEncoder *encoder, ColChoice *choice)
{
	ColStatus status = col_choice_evaluate(encoder, choice, PENALTY_TRANSFORM,
										   choice->section_bytes);

	if (status != COL_OK)
		return status;
	if (choose_is_forced(encoder, COL_ENCODE_DECIMAL))
		choice->score = 0;
	choose_consider(encoder, choice, COL_CANDIDATE_TRANSFORM);
	return COL_OK;
}

/* Is text tried in symbols?  Not where a dictionary was chosen. */
static bool
choose_tries_symbols(const ColEncoder *encoder)
{
	const ColColumn *column = encoder->column;

	if (column->phys != COL_PHYS_IMAGE || column->order == COL_ORDER_NUMERIC ||
		encoder->raw_bytes < SYMBOLS_WORTH_BYTES ||
		encoder->raw_bytes > SYMBOLS_MOST_BYTES ||
		!choose_is_open(encoder, COL_CANDIDATE_SYMBOLS, COL_ENCODE_FSST))
		return false;
	return choose_is_forced(encoder, COL_ENCODE_FSST) || encoder->reuse ||
		   (encoder->choice.candidate == COL_CANDIDATE_PLAIN &&
			encoder->raw_bytes / (column->n_rows - column->n_nulls) <=
				SYMBOLS_VALUE_BYTES);
}

static ColStatus
choose_symbols(ColEncoder *encoder, ColChoice *choice)
{
	ColStatus status = col_choice_evaluate(encoder, choice, PENALTY_SYMBOLS,
										   choice->section_bytes);

	if (status != COL_OK)
		return status;
	if (choose_is_forced(encoder, COL_ENCODE_FSST))
		choice->score = 0;
	choose_consider(encoder, choice, COL_CANDIDATE_SYMBOLS);
	return COL_OK;
}

/* Is a dictionary built?  Narrow integers need none but a constant's. */
static bool
choose_builds_dictionary(const ColEncoder *encoder, bool is_transformed)
{
	uint64_t narrow_bytes =
		(uint64_t) encoder->column->n_rows * DICTIONARY_NUMERIC_BITS / 8;

	if (choose_is_forced(encoder, COL_ENCODE_DICTIONARY))
		return true;
	if (encoder->reuse)
		return choose_tries(encoder, COL_CANDIDATE_DICTIONARY);
	return !is_transformed || encoder->choice.score > narrow_bytes * 100 ||
		   encoder->choice.streams[0].plans[0].range == 0;
}

static ColStatus
choose_values(ColEncoder *encoder)
{
	const ColColumn *column = encoder->column;
	ColChoice choice = {0};
	bool applies = false;
	ColStatus status = choose_value_bytes(encoder);

	if (status == COL_OK && choose_tries(encoder, COL_CANDIDATE_PLAIN))
		status = choose_plain_values(encoder);
	if (status == COL_OK && column->order == COL_ORDER_NUMERIC &&
		choose_is_open(encoder, COL_CANDIDATE_TRANSFORM, COL_ENCODE_DECIMAL))
	{
		status = col_numeric_transform(encoder, &choice, &applies);
		if (status == COL_OK && applies)
			status = choose_transformed(encoder, &choice);
	}
	if (status == COL_OK && choose_builds_dictionary(encoder, applies))
		status = col_dictionary_build(encoder, &encoder->dictionary);
	if (status != COL_OK)
		return status;
	col_zone_bytes(encoder, encoder->zone);
	if (encoder->dictionary.n_entries == 1 && encoder->dictionary.n_others == 0)
	{
		choose_constant(encoder);
		return col_dictionary_sort(encoder, &encoder->dictionary);
	}
	if (column->phys == COL_PHYS_FIXED && column->value_bytes == 16 &&
		choose_is_open(encoder, COL_CANDIDATE_TRANSFORM, COL_ENCODE_AUTO))
	{
		memset(&choice, 0, sizeof(choice));
		status = col_split_transform(encoder, &choice);
		if (status == COL_OK)
			status = choose_transformed(encoder, &choice);
	}
	if (status == COL_OK && encoder->dictionary.n_entries > 1 &&
		choose_is_open(encoder, COL_CANDIDATE_DICTIONARY,
					   COL_ENCODE_DICTIONARY))
		status = choose_dictionary(encoder);
	if (status == COL_OK && choose_tries_symbols(encoder))
	{
		memset(&choice, 0, sizeof(choice));
		status = col_fsst_transform(encoder, &choice, &applies);
		if (status == COL_OK && applies)
			status = choose_symbols(encoder, &choice);
	}
	return status;
}

static ColStatus
choose_all(ColEncoder *encoder)
{
	memset(&encoder->choice, 0, sizeof(encoder->choice));
	return encoder->column->phys == COL_PHYS_LANE ? choose_lanes(encoder)
												  : choose_values(encoder);
}

ColStatus
col_choose(ColEncoder *encoder)
{
	ColStatus status;

	if (encoder->column->n_nulls == encoder->column->n_rows)
	{
		choose_constant(encoder);
		return COL_OK;
	}
	encoder->reuse = col_verdict_holds(encoder);
	status = choose_all(encoder);
	if (status == COL_OK && encoder->choice.n_streams == 0)
	{
		/* what was remembered does not apply any more */
		encoder->reuse = NULL;
		status = choose_all(encoder);
	}
	return status;
}
