/*
 * encoding_modes.c - the streams of a choice, and the mode in which their vectors are
 * written:
 *
 *   light         the smallest light encoding of each vector, no codec
 *   block         the same in whole bytes, blocks of them compressed
 *   planes        all values less one base, byte by byte (enc_planes.c), compressed
 *   delta planes  differences of neighbours in this way
 *
 * Light bytes are exact; what a codec leaves is estimated from some of the blocks that
 * would be written.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

/* Penalties of modes, in hundredths, by profile: balanced, fast, small. */
static const uint32_t penalty_block[] = {108, 200, 100};
static const uint32_t penalty_deltas[] = {125, 250, 101};

/* A vector of differences must be smaller by this, in hundredths, by profile. */
static const uint32_t penalty_delta[] = {120, 150, 102};

/* Raw bytes of blocks, by profile. */
static const uint32_t block_bytes[] = {32 * 1024, 16 * 1024, 256 * 1024};

/* Blocks that are compressed to see what that gives. */
#define TRY_BLOCKS 3

/* Below this a block codec is not tried: nothing to win. */
#define BLOCK_WORTH_BYTES 256

/* The first ones of the light encodings are also written for a codec. */
#define WHOLE_ENCODINGS 4

typedef enum Mode
{
	MODE_LIGHT,
	MODE_BLOCK,
	MODE_PLANES,
	MODE_DELTA_PLANES,
	MODES
} Mode;

ColStatus
col_encoder_no_memory(ColEncoder *encoder)
{
	return col_error(encoder->error, COL_NO_MEMORY,
					 "out of memory while choosing an encoding", 0, 0);
}

uint32_t
col_encoder_block_bytes(const ColEncoder *encoder, const ColChoice *choice)
{
	uint32_t bytes = block_bytes[encoder->options->profile];

	/* small blocks lose little that can refer to more than themselves */
	if ((choice->flags & CHUNK_FLAG_PREFIX) != 0 && bytes == block_bytes[0])
		bytes /= 2;
	return bytes;
}

/* A stream without plans' stats; NULL: no memory. */
static ColStream *
choice_add(ColEncoder *encoder, ColChoice *choice, ColStreamKind kind)
{
	ColStream *stream = &choice->streams[choice->n_streams];
	uint32_t v;

	col_assert(choice->n_streams < CHUNK_STREAMS_MAX);
	memset(stream, 0, sizeof(*stream));
	stream->kind = kind;
	stream->shape.multiplier = 1;
	stream->plans = col_arena_zalloc(encoder->arena, encoder->n_vectors *
														 sizeof(ColVectorPlan));
	if (stream->plans == NULL)
		return NULL;
	for (v = 0; v < encoder->n_vectors; v++)
	{
		stream->plans[v].n_rows = encoder->plans[v].n_rows;
		stream->plans[v].entry.nulls =
			encoder->plans[v].entry.nulls & CHUNK_VECTOR_NULLS;
	}
	choice->n_streams++;
	return stream;
}

ColStatus
col_choice_add_lanes(ColEncoder *encoder, ColChoice *choice,
					 const ColLanes *lanes)
{
	ColStream *stream = choice_add(encoder, choice, COL_STREAM_LANES);
	uint8_t *scratch =
		col_arena_alloc(encoder->arena, COL_VECTOR_ROWS * sizeof(uint64_t));

	if (stream == NULL || scratch == NULL)
		return col_encoder_no_memory(encoder);
	stream->lanes = *lanes;
	stream->shape.lane_bytes = lanes->lane_bytes;
	stream->shape.base_in_payload = col_order_is_float(lanes->order);
	if (lanes->values == encoder->column->values)
		memcpy(stream->plans, encoder->plans,
			   encoder->n_vectors * sizeof(ColVectorPlan));
	else
		col_stats_lanes(lanes, stream->plans, scratch);
	if (choice->n_streams == 1 && choice->root != CHUNK_ENCODING_DICTIONARY)
		stream->shape.multiplier =
			col_stats_multiplier(lanes, stream->plans, scratch);
	return COL_OK;
}

void
col_choice_keep_ranges(const ColEncoder *encoder, ColChoice *choice)
{
	uint32_t v;

	choice->streams[0].shape.base_in_payload = true;
	for (v = 0; v < encoder->n_vectors; v++)
	{
		ChunkVector *entry = &choice->streams[0].plans[v].entry;

		entry->min = encoder->plans[v].entry.min;
		entry->max = encoder->plans[v].entry.max;
		entry->nulls = encoder->plans[v].entry.nulls;
	}
}

static uint32_t
count_bits(const uint64_t *bits, uint32_t first, uint32_t n_rows)
{
	uint32_t n = 0;
	uint32_t row;

	for (row = first; row < first + n_rows; row += 64)
		n += (uint32_t) __builtin_popcountll(bits[row / 64]);
	return n;
}

ColStatus
col_choice_add_marked(ColEncoder *encoder, ColChoice *choice,
					  ColStreamKind kind, const uint64_t *marked)
{
	ColStream *stream = choice_add(encoder, choice, kind);
	uint32_t v;

	if (stream == NULL)
		return col_encoder_no_memory(encoder);
	stream->marked = marked;
	stream->shape.lane_bytes = encoder->column->value_bytes;
	for (v = 0; v < encoder->n_vectors; v++)
	{
		ColVectorPlan *plan = &stream->plans[v];

		plan->entry.encoding = CHUNK_ENCODING_CONSTANT;
		if (col_plan_all_null(plan))
			continue;
		if (kind == COL_STREAM_PATCHES)
		{
			plan->n_patches =
				count_bits(marked, v * COL_VECTOR_ROWS, plan->n_rows);
			plan->entry.encoding = CHUNK_ENCODING_PATCHES;
			plan->entry.bytes =
				col_alp_patch_bytes(plan->n_patches, stream->shape.lane_bytes);
			continue;
		}
		plan->entry.encoding = CHUNK_ENCODING_RAW;
		if (marked == NULL)
			continue; /* the caller knows the bytes */
		plan->entry.bytes = (uint32_t) col_raw_marked_bytes(
			encoder->column, marked, v * COL_VECTOR_ROWS, plan->n_rows);
	}
	return COL_OK;
}

uint64_t
col_choice_vector_end(const ColChoice *choice, uint32_t v, uint64_t position)
{
	uint32_t s;

	for (s = 0; s < choice->n_streams; s++)
	{
		uint32_t bytes = choice->streams[s].plans[v].entry.bytes;

		if (bytes > 0)
			position = col_align_up(position, CHUNK_ALIGN_BYTES) + bytes;
	}
	return position;
}

/* May vectors have this encoding? */
static bool
mode_allows(const ColEncoder *encoder, uint8_t id)
{
	switch (encoder->options->encoding)
	{
		case COL_ENCODE_RAW:
			return id == CHUNK_ENCODING_RAW;
		case COL_ENCODE_FOR:
			return id == CHUNK_ENCODING_FOR;
		case COL_ENCODE_RLE:
			return id == CHUNK_ENCODING_RLE || id == CHUNK_ENCODING_RAW;
		case COL_ENCODE_DELTA:
			return id == CHUNK_ENCODING_DELTA || id == CHUNK_ENCODING_RAW ||
				   id == CHUNK_ENCODING_SEQUENCE;
		default:
			return true;
	}
}

/* Plans a vector with encoding id; keeps that if it is the smallest so far. */
static void
mode_try(const ColEncoder *encoder, const ColVectorPlan *plan,
		 const ColLaneShape *shape, const uint8_t *lanes, uint8_t id,
		 ColVectorPlan *best, uint64_t *best_score)
{
	ColVectorPlan tried = *plan;
	uint64_t score;

	if (!mode_allows(encoder, id))
		return;
	tried.entry.encoding = id;
	if (!col_encodings[id].lanes_plan(&tried, shape, lanes))
		return;
	score =
		(uint64_t) tried.entry.bytes *
		(id == CHUNK_ENCODING_DELTA ? penalty_delta[encoder->options->profile]
									: 100);
	if (encoder->options->encoding == COL_ENCODE_DELTA)
		score = id == CHUNK_ENCODING_RAW ? UINT64_MAX - 1 : score;
	if (encoder->options->encoding == COL_ENCODE_RLE)
		score = id == CHUNK_ENCODING_RAW ? UINT64_MAX - 1 : score;
	if (score >= *best_score)
		return;
	*best_score = score;
	*best = tried;
}

static void
mode_plan_vector(const ColEncoder *encoder, ColVectorPlan *plan,
				 const ColLaneShape *shape, const uint8_t *lanes)
{
	static const uint8_t light[] = {
		CHUNK_ENCODING_RAW, CHUNK_ENCODING_BITMAP,	 CHUNK_ENCODING_FOR,
		CHUNK_ENCODING_RLE, CHUNK_ENCODING_SEQUENCE, CHUNK_ENCODING_DELTA};
	uint64_t best_score = UINT64_MAX;
	ColVectorPlan best = *plan;
	uint32_t i;

	plan->entry.width = 0;
	plan->n_patches = 0;
	best.entry.encoding = CHUNK_ENCODING_CONSTANT;
	best.entry.width = 0;
	if (!col_constant_plan(&best, shape, lanes))
		for (i = 0; i < sizeof(light); i++)
			if (!shape->whole_bytes || i < WHOLE_ENCODINGS)
				mode_try(encoder, plan, shape, lanes, light[i], &best,
						 &best_score);
	*plan = best;
}

/* Plans the vectors of a stream of lanes. */
static void
mode_plan_stream(const ColEncoder *encoder, ColStream *stream, bool whole_bytes,
				 uint8_t *scratch)
{
	uint32_t v;

	stream->shape.whole_bytes = whole_bytes;
	for (v = 0; v < encoder->n_vectors; v++)
	{
		ColVectorPlan *plan = &stream->plans[v];
		const uint8_t *lanes = scratch;

		if (!col_plan_all_null(plan) && plan->range != 0)
			lanes = col_lanes_vector(&stream->lanes, v, scratch);
		mode_plan_vector(encoder, plan, &stream->shape, lanes);
	}
}

/* Is a less than b, as lanes of this order? */
static bool
mode_less(bool is_signed, uint64_t a, uint64_t b)
{
	return is_signed ? (int64_t) a < (int64_t) b : a < b;
}

/* Are values of all vectors the base and a multiple?  Each has a rest of its own. */
static bool
mode_divides(const ColEncoder *encoder, const ColStream *stream, bool deltas,
			 uint64_t base)
{
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
	{
		const ColVectorPlan *plan = &stream->plans[v];

		if (col_plan_all_null(plan))
			continue;
		if (deltas ? !col_plan_deltas_divide(plan, &stream->shape)
				   : (plan->base - base) % stream->shape.multiplier != 0)
			return false;
	}
	return true;
}

/*
 * The base of planes and their number, from the ranges of all vectors; 0: values
 * cannot be written so.
 */
static uint32_t
mode_planes(const ColEncoder *encoder, const ColStream *stream, bool deltas,
			uint64_t *base)
{
	bool is_signed = deltas || stream->lanes.order == COL_ORDER_SIGNED;
	bool any = false;
	uint64_t low = 0;
	uint64_t high = 0;
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
	{
		const ColVectorPlan *plan = &stream->plans[v];
		uint64_t from = deltas ? plan->delta_base : plan->base;
		uint64_t to = from + (deltas ? plan->delta_range : plan->range);

		if (col_plan_all_null(plan))
			continue;
		if (deltas && plan->n_rows < COL_VECTOR_ROWS && plan->range != 0)
		{
			/* those behind the last row count 0 */
			from = mode_less(true, 0, from) ? 0 : from;
			to = mode_less(true, to, 0) ? 0 : to;
		}
		if (!any || mode_less(is_signed, from, low))
			low = from;
		if (!any || mode_less(is_signed, high, to))
			high = to;
		any = true;
	}
	*base = low;
	if (!mode_divides(encoder, stream, deltas, low))
		return 0;
	return (col_bit_width((high - low) / stream->shape.multiplier) + 7) / 8;
}

static void
mode_plan_planes(const ColEncoder *encoder, ColStream *stream, uint32_t planes)
{
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
	{
		ColVectorPlan *plan = &stream->plans[v];

		plan->entry.encoding = CHUNK_ENCODING_PLANES;
		plan->entry.width = (uint8_t) (planes * 8);
		plan->entry.bytes = plan->n_rows * planes;
		if (col_plan_all_null(plan))
		{
			plan->entry.encoding = CHUNK_ENCODING_CONSTANT;
			plan->entry.width = 0;
			plan->entry.bytes = 0;
		}
	}
}

/* Bytes of all vectors as they are planned, before a codec. */
static uint64_t
mode_bytes(const ColEncoder *encoder, const ColChoice *choice)
{
	uint64_t bytes = 0;
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
		bytes = col_choice_vector_end(choice, v, bytes);
	return bytes;
}

/* What the codec makes of all vectors, from some of the blocks. */
static ColStatus
mode_estimate(ColEncoder *encoder, ColChoice *choice, uint64_t *estimate_bytes)
{
	uint32_t block_bytes_now = col_encoder_block_bytes(encoder, choice);
	uint64_t total_bytes = mode_bytes(encoder, choice);
	uint64_t raw_bytes = 0;
	uint64_t stored_bytes = 0;
	ColBuffer raw;
	ColBuffer compressed;
	uint32_t i;
	ColStatus status = COL_OK;

	*estimate_bytes = UINT64_MAX;
	if (total_bytes == 0)
		return COL_OK;
	col_buffer_init(&raw, encoder->arena->allocator);
	col_buffer_init(&compressed, encoder->arena->allocator);
	if (choice->flags & CHUNK_FLAG_PREFIX)
		status = col_codecs_set_prefix(
			encoder->codecs, col_encoder_level(encoder, false), choice->section,
			choice->section_bytes, encoder->error);
	for (i = 0; i < TRY_BLOCKS && status == COL_OK; i++)
	{
		ColBlockPlan plan = {0};
		size_t stored = 0;
		uint8_t *room;

		plan.first_row =
			(uint32_t) ((uint64_t) encoder->n_vectors * i / TRY_BLOCKS) *
			COL_VECTOR_ROWS;
		col_block_plan(encoder, choice, block_bytes_now, &plan);
		if (plan.raw_bytes == 0)
			continue;
		col_buffer_reset(&raw);
		status = col_encode_block(encoder, choice, &plan, &raw);
		if (status != COL_OK)
			break;
		room = col_buffer_reserve(&compressed, raw.used_bytes);
		if (room == NULL)
		{
			status = col_encoder_no_memory(encoder);
			break;
		}
		status = col_block_compress(
			encoder->codecs, encoder->options,
			col_encoder_level(encoder, false), raw.data, raw.used_bytes,
			choice->planes > 0 ? choice->planes : 1, NULL, room, raw.used_bytes,
			&stored, encoder->error);
		raw_bytes += raw.used_bytes;
		stored_bytes += stored > 0 ? stored : raw.used_bytes;
	}
	col_codecs_set_prefix(encoder->codecs, 0, NULL, 0, NULL);
	col_buffer_free(&raw);
	col_buffer_free(&compressed);
	if (status == COL_OK && raw_bytes > 0)
		*estimate_bytes =
			(uint64_t) ((double) total_bytes * (double) stored_bytes /
						(double) raw_bytes) +
			1;
	return status;
}

/*
 * The bytes of a vector's pieces: about the same for all, with room for the last
 * image of each.  0: it is not split.
 */
static uint32_t
mode_piece_bytes(const ColEncoder *encoder, const ColChoice *choice,
				 uint32_t vector_bytes)
{
	uint32_t block_raw_bytes = col_encoder_block_bytes(encoder, choice);
	uint32_t n_pieces = (vector_bytes + block_raw_bytes - 1) / block_raw_bytes;
	uint32_t even_bytes;

	if (n_pieces < 2)
		return 0;
	even_bytes = vector_bytes / n_pieces;
	return even_bytes + even_bytes / 16;
}

/* Is a vector of text longer than a block on average? */
static bool
mode_is_long(const ColEncoder *encoder, const ColChoice *choice)
{
	return choice->root == CHUNK_ENCODING_RAW &&
		   encoder->column->phys == COL_PHYS_IMAGE &&
		   encoder->raw_bytes / encoder->n_vectors >
			   col_encoder_block_bytes(encoder, choice);
}

/* Plans all streams in mode; false: the mode does not apply. */
static bool
mode_plan(ColEncoder *encoder, ColChoice *choice, Mode mode, uint64_t *firsts,
		  uint8_t *scratch)
{
	uint32_t s;
	uint32_t v;

	choice->planes = 0;
	choice->flags &= (uint8_t) ~CHUNK_FLAG_DELTAS;
	choice->firsts = NULL;
	choice->codec =
		mode == MODE_LIGHT ? COL_CODEC_NONE : encoder->options->codec;
	if (mode == MODE_LIGHT && mode_is_long(encoder, choice))
		choice->codec = COL_CODEC_STORED;
	if (mode == MODE_PLANES || mode == MODE_DELTA_PLANES)
	{
		ColStream *stream = &choice->streams[0];
		bool deltas = mode == MODE_DELTA_PLANES;

		/* the dictionary section holds the first lanes */
		if (deltas && (choice->root == CHUNK_ENCODING_DICTIONARY ||
					   choice->section != NULL))
			return false;
		choice->planes =
			(uint8_t) mode_planes(encoder, stream, deltas, &choice->base);
		if (choice->planes == 0 || choice->planes > stream->shape.lane_bytes)
			return false;
		if (deltas)
		{
			choice->flags |= CHUNK_FLAG_DELTAS;
			choice->firsts = firsts;
			for (v = 0; v < encoder->n_vectors; v++)
				firsts[v] = stream->plans[v].first;
		}
		mode_plan_planes(encoder, stream, choice->planes);
		return true;
	}
	for (s = 0; s < choice->n_streams; s++)
		if (choice->streams[s].kind == COL_STREAM_LANES)
			mode_plan_stream(encoder, &choice->streams[s], mode == MODE_BLOCK,
							 scratch);
	if (choice->root == CHUNK_ENCODING_RAW &&
		encoder->column->phys == COL_PHYS_IMAGE)
	{
		choice->flags =
			mode == MODE_BLOCK && choice->section ? CHUNK_FLAG_PREFIX : 0;
		for (v = 0; v < encoder->n_vectors; v++)
		{
			ColVectorPlan *plan = &choice->streams[0].plans[v];

			plan->piece_bytes =
				choice->codec != COL_CODEC_NONE
					? mode_piece_bytes(encoder, choice, plan->entry.bytes)
					: 0;
		}
	}
	return true;
}

/* Can the values of a choice lie in planes? */
static bool
mode_has_planes(const ColChoice *choice)
{
	return choice->n_streams == 1 &&
		   choice->streams[0].kind == COL_STREAM_LANES;
}

ColStatus
col_choice_evaluate(ColEncoder *encoder, ColChoice *choice, uint32_t penalty,
					uint64_t extra_bytes)
{
	ColProfile profile = encoder->options->profile;
	uint8_t *scratch =
		col_arena_alloc(encoder->arena, COL_VECTOR_ROWS * sizeof(uint64_t));
	uint64_t *firsts =
		col_arena_alloc(encoder->arena, encoder->n_vectors * sizeof(uint64_t));
	bool forced = encoder->options->encoding == COL_ENCODE_BLOCK;
	bool has_codec = encoder->options->codec != COL_CODEC_NONE;
	uint64_t best_score;
	Mode best = MODE_LIGHT;
	Mode mode;

	if (scratch == NULL || firsts == NULL)
		return col_encoder_no_memory(encoder);
	choice->score = 0;
	if (encoder->reuse)
	{
		choice->mode = encoder->reuse->mode;
		if (!mode_plan(encoder, choice, (Mode) choice->mode, firsts, scratch))
			mode_plan(encoder, choice, MODE_LIGHT, firsts, scratch);
		return COL_OK;
	}
	mode_plan(encoder, choice, MODE_LIGHT, firsts, scratch);
	best_score = mode_bytes(encoder, choice) * 100;
	switch (encoder->options->encoding)
	{
		case COL_ENCODE_RAW:
		case COL_ENCODE_FOR:
		case COL_ENCODE_RLE:
		case COL_ENCODE_DELTA:
			has_codec = false;
			break;
		default:
			break;
	}
	if (best_score < (uint64_t) BLOCK_WORTH_BYTES * 100)
		has_codec = false;
	if (has_codec && forced)
		best_score = UINT64_MAX;
	for (mode = MODE_BLOCK; has_codec && mode < MODES; mode++)
	{
		uint32_t factor = mode == MODE_DELTA_PLANES ? penalty_deltas[profile]
													: penalty_block[profile];
		uint64_t estimate;
		ColStatus status;

		if (mode != MODE_BLOCK && !mode_has_planes(choice))
			break;
		if (!mode_plan(encoder, choice, mode, firsts, scratch))
			continue;
		status = mode_estimate(encoder, choice, &estimate);
		if (status != COL_OK)
			return status;
		if (estimate != UINT64_MAX && estimate * factor < best_score)
		{
			best_score = estimate * factor;
			best = mode;
		}
	}
	mode_plan(encoder, choice, best, firsts, scratch);
	choice->mode = (uint8_t) best;
	choice->score = best_score / 100 * penalty + extra_bytes * penalty;
	return COL_OK;
}
