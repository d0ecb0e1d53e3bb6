/*
 * encoding_choose.c - how a chunk is encoded: stats, rules, estimates, verdict.
 *
 * The score of a candidate is its bytes times a penalty, so that a slower or
 * less direct form must win by that factor: a block codec by 1.25, a
 * dictionary by 1.2.  Light encodings have exact bytes; a block codec is tried
 * on a real sample of 16 runs spread over the chunk, and never decided without
 * bytes to try it on.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/vector/image.h"

/* Penalties, in hundredths. */
#define PENALTY_LIGHT 100
#define PENALTY_DICTIONARY 120
#define PENALTY_BLOCK 125

#define SAMPLE_RUNS 16
#define SAMPLE_BYTES (128 * 1024)

/* Below this a block codec is not tried: nothing to win. */
#define BLOCK_WORTH_BYTES 256

/* What alignment may add to the values of a chunk, and more. */
#define VALUES_MARGIN_BYTES (256 * 1024)

/* How lanes may be written. */
typedef enum LaneMode
{
	LANE_LIGHT,		   /* the smallest light encoding of each vector */
	LANE_BLOCK_NARROW, /* the same in whole bytes, for a block codec */
	LANE_BLOCK_RAW	   /* as they are, for a block codec */
} LaneMode;

static ColStatus
choose_no_memory(ColEncoder *encoder)
{
	return col_error(encoder->error, COL_NO_MEMORY,
					 "out of memory while choosing an encoding", 0, 0);
}

/* Tries encoding id for one vector; keeps it if it is the smallest so far. */
static void
choose_try(const ColVectorPlan *plan, const ColLaneShape *shape, uint8_t id,
		   ChunkVector *best)
{
	ChunkVector entry = plan->entry;

	entry.encoding = id;
	if (!col_encodings[id].lanes_plan(plan, shape, &entry))
		return;
	if (best->encoding == 0 || entry.bytes < best->bytes)
		*best = entry;
}

static void
choose_vector(ColVectorPlan *plan, const ColLaneShape *shape, LaneMode mode)
{
	ChunkVector best = plan->entry;

	best.encoding = 0;
	choose_try(plan, shape, CHUNK_ENCODING_CONSTANT, &best);
	if (best.encoding == 0)
	{
		choose_try(plan, shape, CHUNK_ENCODING_RAW, &best);
		if (mode != LANE_BLOCK_RAW)
		{
			choose_try(plan, shape, CHUNK_ENCODING_FOR, &best);
			choose_try(plan, shape, CHUNK_ENCODING_RLE, &best);
		}
	}
	col_assert(best.encoding != 0);
	plan->entry = best;
}

/* Plans all vectors in mode; returns their bytes. */
static uint64_t
choose_plan(ColEncoder *encoder, LaneMode mode)
{
	uint64_t bytes = 0;
	uint32_t v;

	encoder->shape.whole_bytes = mode == LANE_BLOCK_NARROW;
	for (v = 0; v < encoder->n_vectors; v++)
	{
		choose_vector(&encoder->plans[v], &encoder->shape, mode);
		bytes = col_align_up(bytes, CHUNK_ALIGN_BYTES) +
				encoder->plans[v].entry.bytes;
	}
	return bytes;
}

/*
 * Where run number run of runs starts among n: in its own part of them, at a
 * place that differs from part to part, so that a period in the data does not
 * fall in with the sample.
 */
static uint32_t
choose_run_start(uint32_t n, uint32_t run, uint32_t runs)
{
	uint32_t first = (uint32_t) ((uint64_t) n * run / runs);
	uint32_t end = (uint32_t) ((uint64_t) n * (run + 1) / runs);

	return end > first ? first + run * 7919 % (end - first) : first;
}

/* total bytes as the codec would leave them, from what it made of sample */
static ColStatus
choose_estimate(ColEncoder *encoder, const ColBuffer *sample, uint8_t *scratch,
				uint64_t total_bytes, uint64_t *estimate_bytes)
{
	size_t stored_bytes;
	ColStatus status;

	*estimate_bytes = UINT64_MAX;
	col_assert(sample->used_bytes <= SAMPLE_BYTES);
	if (sample->used_bytes == 0)
		return COL_OK;
	status = col_block_compress(encoder->codecs, encoder->options, sample->data,
								sample->used_bytes, scratch, sample->used_bytes,
								&stored_bytes, encoder->error);
	if (status != COL_OK)
		return status;
	if (stored_bytes == 0)
		stored_bytes = sample->used_bytes;
	*estimate_bytes = (uint64_t) ((double) total_bytes * (double) stored_bytes /
								  (double) sample->used_bytes) +
					  1;
	return COL_OK;
}

/* The sample of lanes as planned: whole vectors, spread over the chunk. */
static ColStatus
choose_sample_lanes(ColEncoder *encoder, ColBuffer *sample, uint8_t *scratch)
{
	uint32_t runs =
		encoder->n_vectors < SAMPLE_RUNS ? encoder->n_vectors : SAMPLE_RUNS;
	uint32_t run;

	col_buffer_reset(sample);
	for (run = 0; run < runs; run++)
	{
		uint32_t v = choose_run_start(encoder->n_vectors, run, runs);
		const ColVectorPlan *plan = &encoder->plans[v];
		uint8_t *to;

		if (sample->used_bytes + plan->entry.bytes > SAMPLE_BYTES)
			break;
		to = col_buffer_reserve(sample, plan->entry.bytes);
		if (to == NULL)
			return choose_no_memory(encoder);
		if (plan->entry.bytes == 0)
			continue;
		col_encodings[plan->entry.encoding].lanes_encode(
			plan, &encoder->shape,
			col_lanes_vector(&encoder->lanes, v, scratch), encoder->kernels,
			to);
		sample->used_bytes += plan->entry.bytes;
	}
	return COL_OK;
}

/*
 * Chooses between light encodings and blocks for encoder->lanes, whose stats
 * are known; the plans are final on return.
 */
static ColStatus
choose_lanes_codec(ColEncoder *encoder, ColBuffer *sample)
{
	static const LaneMode block_modes[] = {LANE_BLOCK_NARROW, LANE_BLOCK_RAW};
	uint64_t best_score = choose_plan(encoder, LANE_LIGHT) * PENALTY_LIGHT;
	LaneMode best_mode = LANE_LIGHT;
	uint8_t *compressed;
	uint8_t *scratch;
	int i;

	encoder->codec = COL_CODEC_NONE;
	if (encoder->options->codec == COL_CODEC_NONE ||
		best_score < (uint64_t) BLOCK_WORTH_BYTES * PENALTY_LIGHT)
		return COL_OK;
	compressed = col_arena_alloc(encoder->arena, SAMPLE_BYTES);
	scratch = col_arena_alloc(encoder->arena, COL_VECTOR_ROWS * 8);
	if (compressed == NULL || scratch == NULL)
		return choose_no_memory(encoder);
	for (i = 0; i < 2; i++)
	{
		uint64_t bytes = choose_plan(encoder, block_modes[i]);
		uint64_t estimate;
		ColStatus status = choose_sample_lanes(encoder, sample, scratch);

		if (status == COL_OK)
			status =
				choose_estimate(encoder, sample, compressed, bytes, &estimate);
		if (status != COL_OK)
			return status;
		if (estimate != UINT64_MAX && estimate * PENALTY_BLOCK < best_score)
		{
			best_score = estimate * PENALTY_BLOCK;
			best_mode = block_modes[i];
			encoder->codec = encoder->options->codec;
		}
	}
	choose_plan(encoder, best_mode);
	return COL_OK;
}

/* The encoding that most vectors of lanes have: it names the chunk. */
static uint8_t
choose_commonest(const ColEncoder *encoder)
{
	uint32_t counts[CHUNK_ENCODINGS] = {0};
	uint8_t best = CHUNK_ENCODING_FOR;
	uint8_t id;
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
		if (encoder->plans[v].entry.encoding != CHUNK_ENCODING_CONSTANT)
			counts[encoder->plans[v].entry.encoding]++;
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
	uint32_t v;

	encoder->root = CHUNK_ENCODING_CONSTANT;
	encoder->codec = COL_CODEC_NONE;
	for (v = 0; v < encoder->n_vectors; v++)
	{
		ChunkVector *entry = &encoder->plans[v].entry;

		entry->encoding = CHUNK_ENCODING_CONSTANT;
		entry->width = 0;
		entry->bytes = 0;
	}
}

/* The lanes of the column, or of codes, get their stats. */
static ColStatus
choose_lane_stats(ColEncoder *encoder, const ColLanes *lanes)
{
	uint8_t *scratch =
		col_arena_alloc(encoder->arena, COL_VECTOR_ROWS * sizeof(uint64_t));

	if (scratch == NULL)
		return choose_no_memory(encoder);
	encoder->lanes = *lanes;
	encoder->shape.lane_bytes = lanes->lane_bytes;
	encoder->shape.base_in_payload = col_order_is_float(lanes->order);
	encoder->shape.whole_bytes = false;
	encoder->shape.multiplier = 1;
	col_stats_lanes(lanes, encoder->plans, scratch);
	if (encoder->root != CHUNK_ENCODING_DICTIONARY)
		encoder->shape.multiplier =
			col_stats_multiplier(lanes, encoder->plans, scratch);
	return COL_OK;
}

static ColStatus
choose_lanes(ColEncoder *encoder, ColBuffer *sample)
{
	const ColColumn *column = encoder->column;
	ColLanes lanes = {column->values, column->validity, column->n_rows,
					  column->value_bytes, column->order};
	ColStatus status;

	encoder->raw_bytes =
		(uint64_t) (column->n_rows - column->n_nulls) * column->value_bytes;
	status = choose_lane_stats(encoder, &lanes);
	if (status != COL_OK)
		return status;
	col_zone_lanes(encoder, encoder->zone);
	if (choose_is_constant(encoder))
	{
		choose_constant(encoder);
		return COL_OK;
	}
	status = choose_lanes_codec(encoder, sample);
	encoder->root = choose_commonest(encoder);
	return status;
}

/* Bytes of value i of the column (NULL: none) or of the dictionary. */
static const uint8_t *
choose_value(const ColEncoder *encoder, bool in_dictionary, uint32_t i,
			 uint32_t *n_bytes)
{
	const ColColumn *column = encoder->column;
	const uint8_t *value;

	*n_bytes = 0;
	if (in_dictionary)
		value = encoder->dictionary.entries[i].value;
	else if (col_column_is_null(column, i))
		return NULL;
	else
		value = col_column_value(column, i);
	*n_bytes = column->phys == COL_PHYS_IMAGE ? col_image_bytes(value)
											  : column->value_bytes;
	return value;
}

/* The sample of values: runs of neighbours, spread over all of them. */
static ColStatus
choose_sample_values(ColEncoder *encoder, bool in_dictionary, ColBuffer *sample)
{
	uint32_t n_values =
		in_dictionary ? encoder->dictionary.n_entries : encoder->column->n_rows;
	uint32_t run;

	col_buffer_reset(sample);
	if (col_buffer_reserve(sample, SAMPLE_BYTES) == NULL)
		return choose_no_memory(encoder);
	for (run = 0; run < SAMPLE_RUNS; run++)
	{
		uint32_t i = choose_run_start(n_values, run, SAMPLE_RUNS);
		uint32_t end =
			(uint32_t) ((uint64_t) n_values * (run + 1) / SAMPLE_RUNS);
		uint32_t left = SAMPLE_BYTES / SAMPLE_RUNS;

		for (; i < end && left > 0; i++)
		{
			uint32_t n_bytes;
			const uint8_t *value =
				choose_value(encoder, in_dictionary, i, &n_bytes);

			if (n_bytes > left)
				n_bytes = left;
			if (n_bytes > 0)
				memcpy(sample->data + sample->used_bytes, value, n_bytes);
			sample->used_bytes += n_bytes;
			left -= n_bytes;
		}
	}
	return COL_OK;
}

/* bytes of values as the codec would leave them; UINT64_MAX: not to be tried */
static ColStatus
choose_estimate_values(ColEncoder *encoder, bool in_dictionary, uint64_t bytes,
					   ColBuffer *sample, uint8_t *scratch,
					   uint64_t *estimate_bytes)
{
	ColStatus status;

	*estimate_bytes = UINT64_MAX;
	if (encoder->options->codec == COL_CODEC_NONE || bytes < BLOCK_WORTH_BYTES)
		return COL_OK;
	status = choose_sample_values(encoder, in_dictionary, sample);
	if (status != COL_OK)
		return status;
	return choose_estimate(encoder, sample, scratch, bytes, estimate_bytes);
}

/* Plans FIXED or IMAGE vectors as raw; *bytes of them all. */
static ColStatus
choose_plan_values(ColEncoder *encoder, uint64_t *bytes)
{
	uint32_t v;

	*bytes = 0;
	encoder->raw_bytes = 0;
	for (v = 0; v < encoder->n_vectors; v++)
	{
		ColVectorPlan *plan = &encoder->plans[v];
		uint64_t n_bytes = 0;

		plan->entry.encoding = CHUNK_ENCODING_CONSTANT;
		if (!col_plan_all_null(plan))
		{
			n_bytes =
				col_raw_values_bytes(encoder->column, v, &encoder->raw_bytes);
			plan->entry.encoding = CHUNK_ENCODING_RAW;
		}
		plan->entry.bytes = (uint32_t) n_bytes;
		*bytes = col_align_up(*bytes, CHUNK_ALIGN_BYTES) + n_bytes;
		if (*bytes > UINT32_MAX - VALUES_MARGIN_BYTES)
			return col_error(encoder->error, COL_TOO_LARGE,
							 "values of a column chunk exceed 4 GB", *bytes,
							 UINT32_MAX);
	}
	return COL_OK;
}

/* Does the dictionary that was built win over best_score? */
static ColStatus
choose_dictionary_wins(ColEncoder *encoder, uint64_t best_score,
					   ColBuffer *sample, uint8_t *scratch, bool *wins)
{
	const ColDictionary *dictionary = &encoder->dictionary;
	uint64_t heap_bytes = dictionary->raw_bytes;
	uint64_t codes_bytes = (uint64_t) encoder->column->n_rows *
						   col_bit_width(dictionary->n_entries - 1) / 8;
	uint64_t estimate;
	ColStatus status;

	*wins = false;
	if (codes_bytes * PENALTY_DICTIONARY >= best_score)
		return COL_OK;
	status = choose_estimate_values(encoder, true, heap_bytes, sample, scratch,
									&estimate);
	if (status != COL_OK)
		return status;
	if (estimate != UINT64_MAX &&
		estimate * PENALTY_BLOCK < heap_bytes * PENALTY_LIGHT)
		heap_bytes = estimate;
	*wins = (heap_bytes + codes_bytes) * PENALTY_DICTIONARY < best_score;
	return COL_OK;
}

/* The chunk becomes a dictionary and vectors of codes. */
static ColStatus
choose_dictionary(ColEncoder *encoder, ColBuffer *sample)
{
	ColLanes lanes = {NULL, NULL, encoder->column->n_rows, sizeof(uint32_t),
					  COL_ORDER_UNSIGNED};
	ColStatus status = col_dictionary_sort(encoder, &encoder->dictionary);

	if (status != COL_OK)
		return status;
	col_assert(encoder->dictionary.n_entries > 1);
	encoder->root = CHUNK_ENCODING_DICTIONARY;
	lanes.values = (const uint8_t *) encoder->dictionary.codes;
	status = choose_lane_stats(encoder, &lanes);
	if (status != COL_OK)
		return status;
	return choose_lanes_codec(encoder, sample);
}

static ColStatus
choose_values(ColEncoder *encoder, ColBuffer *sample)
{
	uint64_t raw_bytes;
	uint64_t best_score;
	uint64_t estimate;
	uint8_t *scratch = col_arena_alloc(encoder->arena, SAMPLE_BYTES);
	ColStatus status;
	bool wins;

	if (scratch == NULL)
		return choose_no_memory(encoder);
	status = choose_plan_values(encoder, &raw_bytes);
	if (status == COL_OK)
		status = col_dictionary_build(encoder, &encoder->dictionary);
	if (status != COL_OK)
		return status;
	col_zone_bytes(encoder, encoder->zone);
	if (encoder->dictionary.n_entries == 1)
	{
		choose_constant(encoder);
		return col_dictionary_sort(encoder, &encoder->dictionary);
	}
	status = choose_estimate_values(encoder, false, raw_bytes, sample, scratch,
									&estimate);
	if (status != COL_OK)
		return status;
	encoder->root = CHUNK_ENCODING_RAW;
	best_score = raw_bytes * PENALTY_LIGHT;
	if (estimate != UINT64_MAX && estimate * PENALTY_BLOCK < best_score)
	{
		best_score = estimate * PENALTY_BLOCK;
		encoder->codec = encoder->options->codec;
	}
	if (encoder->dictionary.n_entries == 0)
		return COL_OK;
	status =
		choose_dictionary_wins(encoder, best_score, sample, scratch, &wins);
	if (status == COL_OK && wins)
		status = choose_dictionary(encoder, sample);
	return status;
}

ColStatus
col_choose(ColEncoder *encoder)
{
	ColBuffer sample;
	ColStatus status;

	encoder->codec = COL_CODEC_NONE;
	encoder->shape.multiplier = 1;
	if (encoder->column->n_nulls == encoder->column->n_rows)
	{
		choose_constant(encoder);
		return COL_OK;
	}
	col_buffer_init(&sample, encoder->arena->allocator);
	if (encoder->column->phys == COL_PHYS_LANE)
		status = choose_lanes(encoder, &sample);
	else
		status = choose_values(encoder, &sample);
	col_buffer_free(&sample);
	return status;
}
