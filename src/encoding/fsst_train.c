/*
 * fsst_train.c - makes a symbol table for given values; see fsst.h.
 *
 * A table starts empty and is made anew in each of five generations: the
 * sample is encoded with the table there is, which counts what was used and,
 * in all but the last generation, what stood side by side.  The next table has
 * the 255 symbols, of those used and of concatenations of two, that stand for
 * most bytes.  Earlier generations see fewer pieces of the sample.
 *
 * Memory: one allocation of about 1 MB, released before return.
 */
#include "src/encoding/fsst.h"

#include <string.h>
#include "src/base/bytes.h"

#define SAMPLE_BYTES (16 * 1024)
#define PIECE_BYTES 512 /* of the sample, at most */
#define GENERATIONS 5

/*
 * Units: a single byte that has no symbol is 0..255, the symbol of code c is
 * 256 + c.
 */
#define UNITS 512

/* A byte without a symbol costs two: the escape and itself. */
#define ONE_BYTE_FACTOR 2

#define PAIRS_MAX (2 * (SAMPLE_BYTES + PIECE_BYTES))
#define CANDIDATES_MAX 16384 /* a power of two; hash table */

typedef struct Candidate
{
	ColFsstSymbol symbol; /* length 0: free */
	uint32_t gain;
} Candidate;

typedef struct Training
{
	ColFsstTable *table;
	ColFsstEncoder encoder;
	uint8_t sample[SAMPLE_BYTES + PIECE_BYTES];
	uint32_t sample_bytes;
	uint32_t piece_ends[SAMPLE_BYTES + PIECE_BYTES];
	uint32_t n_pieces;
	uint32_t counts[UNITS];
	uint16_t pair_counts[UNITS * UNITS];
	uint32_t pairs[PAIRS_MAX]; /* whose count is not 0 */
	uint32_t n_pairs;
	Candidate candidates[CANDIDATES_MAX];
	uint32_t n_candidates;
	Candidate best[COL_FSST_SYMBOLS_MAX]; /* a heap, the worst first */
	uint32_t n_best;
} Training;

/* ---- the sample ---- */

/* Pieces spread evenly over all bytes of the values. */
static void
take_sample(Training *training, const uint8_t *const *values,
			const uint32_t *lengths, uint32_t n_values)
{
	uint64_t total_bytes = 0;
	uint64_t seen_bytes = 0;
	uint32_t i;

	training->sample_bytes = training->n_pieces = 0;
	for (i = 0; i < n_values; i++)
		total_bytes += lengths[i];
	for (i = 0; i < n_values; i++)
	{
		uint32_t at;

		for (at = 0; at < lengths[i]; at += PIECE_BYTES)
		{
			uint32_t left_bytes = lengths[i] - at;
			uint32_t n_bytes =
				left_bytes < PIECE_BYTES ? left_bytes : PIECE_BYTES;

			seen_bytes += n_bytes;
			if (total_bytes > SAMPLE_BYTES &&
				training->sample_bytes * total_bytes >=
					seen_bytes * SAMPLE_BYTES)
				continue;
			memcpy(training->sample + training->sample_bytes, values[i] + at,
				   n_bytes);
			training->sample_bytes += n_bytes;
			training->piece_ends[training->n_pieces++] = training->sample_bytes;
		}
	}
}

/* ---- counting ---- */

static void
count_pair(Training *training, uint32_t left, uint32_t right)
{
	uint32_t pair = left * UNITS + right;

	if (training->pair_counts[pair]++ == 0)
		training->pairs[training->n_pairs++] = pair;
}

static void
count_piece(Training *training, const uint8_t *in, uint32_t n_bytes,
			bool count_pairs)
{
	uint32_t previous = UNITS;

	while (n_bytes > 0)
	{
		uint32_t found = col_fsst_longest(&training->encoder, in, n_bytes);
		uint32_t code = found & 0xff;
		uint32_t length = found >> 8;
		uint32_t unit = code == COL_FSST_ESCAPE ? *in : 256 + code;

		training->counts[unit]++;
		if (count_pairs && previous != UNITS)
		{
			count_pair(training, previous, unit);
			/* a symbol may also grow by one byte */
			if (length > 1)
				count_pair(training, previous, *in);
		}
		previous = unit;
		in += length;
		n_bytes -= length;
	}
}

/* The pieces of generation g: g + 1 of GENERATIONS, all in the last. */
static void
count_sample(Training *training, uint32_t generation)
{
	bool last = generation == GENERATIONS - 1;
	uint32_t start = 0;
	uint32_t p;

	memset(training->counts, 0, sizeof(training->counts));
	for (p = 0; p < training->n_pairs; p++)
		training->pair_counts[training->pairs[p]] = 0;
	training->n_pairs = 0;
	for (p = 0; p < training->n_pieces; p++)
	{
		uint32_t end = training->piece_ends[p];

		if (p % GENERATIONS <= generation)
			count_piece(training, training->sample + start, end - start, !last);
		start = end;
	}
}

/* ---- candidates ---- */

static ColFsstSymbol
symbol_of(const Training *training, uint32_t unit)
{
	ColFsstSymbol symbol = {unit, 1};

	if (unit >= 256)
	{
		symbol.bytes = training->encoder.table.symbols[unit - 256];
		symbol.length = training->encoder.table.lengths[unit - 256];
	}
	return symbol;
}

/* Cut to the longest that a symbol may be. */
static ColFsstSymbol
concatenation(ColFsstSymbol left, ColFsstSymbol right)
{
	ColFsstSymbol both;

	both.length = left.length + right.length;
	if (both.length > COL_FSST_SYMBOL_BYTES)
		both.length = COL_FSST_SYMBOL_BYTES;
	both.bytes = left.bytes | right.bytes << 8 * left.length;
	return both;
}

/* The same symbol may come from several pairs: what it gains adds up. */
static void
add_candidate(Training *training, ColFsstSymbol symbol, uint32_t count)
{
	uint64_t hash =
		(symbol.bytes ^ symbol.length) * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t at = (uint32_t) (hash >> 40);
	Candidate *candidate;

	for (;; at++)
	{
		candidate = &training->candidates[at % CANDIDATES_MAX];
		if (candidate->symbol.length == 0)
			break;
		if (candidate->symbol.bytes == symbol.bytes &&
			candidate->symbol.length == symbol.length)
			break;
	}
	if (candidate->symbol.length == 0)
	{
		if (training->n_candidates == CANDIDATES_MAX / 4 * 3)
			return;
		training->n_candidates++;
		candidate->symbol = symbol;
	}
	candidate->gain +=
		count * (symbol.length == 1 ? ONE_BYTE_FACTOR : symbol.length);
}

/* A pair must occur more often the more is counted. */
static void
collect_candidates(Training *training, uint32_t generation)
{
	uint32_t i;

	memset(training->candidates, 0, sizeof(training->candidates));
	training->n_candidates = 0;
	for (i = 0; i < UNITS; i++)
		if (training->counts[i] > 0)
			add_candidate(training, symbol_of(training, i),
						  training->counts[i]);
	for (i = 0; i < training->n_pairs; i++)
	{
		uint32_t pair = training->pairs[i];
		uint32_t count = training->pair_counts[pair];
		ColFsstSymbol left = symbol_of(training, pair / UNITS);

		if (count >= 2 * generation + 2 && left.length < COL_FSST_SYMBOL_BYTES)
			add_candidate(
				training,
				concatenation(left, symbol_of(training, pair % UNITS)), count);
	}
}

/* ---- the best of them ---- */

/* A total order, so that the result does not depend on any other. */
static bool
worse(const Candidate *a, const Candidate *b)
{
	if (a->gain != b->gain)
		return a->gain < b->gain;
	if (a->symbol.length != b->symbol.length)
		return a->symbol.length < b->symbol.length;
	return a->symbol.bytes < b->symbol.bytes;
}

/* Puts candidate into the heap at the place at or below it. */
static void
sift_down(Training *training, uint32_t at, const Candidate *candidate)
{
	Candidate *best = training->best;

	for (;;)
	{
		uint32_t child = 2 * at + 1;

		if (child >= training->n_best)
			break;
		if (child + 1 < training->n_best &&
			worse(&best[child + 1], &best[child]))
			child++;
		if (!worse(&best[child], candidate))
			break;
		best[at] = best[child];
		at = child;
	}
	best[at] = *candidate;
}

static void
sift_up(Training *training, uint32_t at, const Candidate *candidate)
{
	Candidate *best = training->best;

	while (at > 0 && worse(candidate, &best[(at - 1) / 2]))
	{
		best[at] = best[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	best[at] = *candidate;
}

static void
choose_best(Training *training)
{
	ColFsstSymbol symbols[COL_FSST_SYMBOLS_MAX];
	uint32_t i;

	training->n_best = 0;
	for (i = 0; i < CANDIDATES_MAX; i++)
	{
		const Candidate *candidate = &training->candidates[i];

		if (candidate->symbol.length == 0)
			continue;
		if (training->n_best < COL_FSST_SYMBOLS_MAX)
			sift_up(training, training->n_best++, candidate);
		else if (worse(&training->best[0], candidate))
			sift_down(training, 0, candidate);
	}
	for (i = 0; i < training->n_best; i++)
		symbols[i] = training->best[i].symbol;
	col_fsst_table_set(training->table, symbols, training->n_best);
}

ColStatus
col_fsst_train(ColFsstTable *table, const uint8_t *const *values,
			   const uint32_t *lengths, uint32_t n_values,
			   const ColAllocator *allocator)
{
	Training *training =
		allocator->allocate(allocator->context, sizeof(Training));
	uint32_t generation;

	if (training == NULL)
		return COL_NO_MEMORY;
	training->table = table;
	training->n_pairs = 0;
	memset(training->pair_counts, 0, sizeof(training->pair_counts));
	take_sample(training, values, lengths, n_values);
	col_fsst_table_set(table, NULL, 0);
	for (generation = 0; generation < GENERATIONS; generation++)
	{
		col_fsst_encoder_init(&training->encoder, table);
		count_sample(training, generation);
		collect_candidates(training, generation);
		choose_best(training);
	}
	allocator->release(allocator->context, training);
	return COL_OK;
}
