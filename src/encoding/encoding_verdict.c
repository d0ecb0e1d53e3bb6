/*
 * encoding_verdict.c - what was chosen for the last chunks of a column.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"

/* Chunks after which everything is tried again. */
#define VERDICT_CHUNKS 16

/* A row that takes this much more than before, in hundredths, ends a verdict. */
#define VERDICT_GROWS 120

static bool
verdict_same_options(const ColEncodeOptions *a, const ColEncodeOptions *b)
{
	return a->codec == b->codec && a->level == b->level &&
		   a->profile == b->profile && a->encoding == b->encoding;
}

const ColVerdict *
col_verdict_holds(const ColEncoder *encoder)
{
	const ColVerdict *verdict = encoder->options->verdict;

	if (verdict == NULL || !verdict->is_set ||
		verdict->n_used >= VERDICT_CHUNKS ||
		encoder->column->n_rows < VERDICT_ROWS_MIN ||
		!verdict_same_options(&verdict->options, encoder->options))
		return NULL;
	return verdict;
}

void
col_verdict_keep(const ColEncoder *encoder, uint64_t chunk_bytes)
{
	ColVerdict *verdict = encoder->options->verdict;
	const ColChoice *choice = &encoder->choice;
	uint32_t n_rows = encoder->column->n_rows;

	if (verdict == NULL || n_rows < VERDICT_ROWS_MIN)
		return;
	if (choice->root == CHUNK_ENCODING_CONSTANT)
	{
		verdict->is_set = false;
		return;
	}
	if (encoder->reuse)
	{
		verdict->n_used++;
		if ((double) chunk_bytes * verdict->n_rows * 100 >
			(double) verdict->bytes * n_rows * VERDICT_GROWS)
			verdict->is_set = false;
		return;
	}
	col_assert(choice->candidate != 0);
	verdict->is_set = true;
	verdict->candidate = (uint8_t) choice->candidate;
	verdict->mode = choice->mode;
	verdict->n_used = 0;
	verdict->bytes = chunk_bytes;
	verdict->n_rows = n_rows;
	verdict->options = *encoder->options;
}
