/*
 * enc_validity.c - which rows are NULL: a bitmap of 128 bytes for every vector
 * in which some rows are NULL and some are not, in vector order.
 *
 * A vector's mode follows from its null count: none, all, or a bitmap.  A set
 * bit is a value; bits behind the last row are zero.
 */
#include "src/encoding/encoding_internal.h"

#include <string.h>
#include "src/base/assert.h"

static bool
validity_has_bitmap(const ColVectorPlan *plan)
{
	uint32_t nulls = plan->entry.nulls & CHUNK_VECTOR_NULLS;

	return nulls > 0 && nulls < plan->n_rows;
}

uint32_t
col_validity_bytes(const ColEncoder *encoder)
{
	uint32_t bytes = 0;
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
		if (validity_has_bitmap(&encoder->plans[v]))
			bytes += CHUNK_BITMAP_BYTES;
	return bytes;
}

void
col_validity_encode(const ColEncoder *encoder, uint8_t *destination)
{
	uint32_t v;

	for (v = 0; v < encoder->n_vectors; v++)
	{
		uint64_t words[COL_VECTOR_WORDS] = {0};
		uint32_t n_rows = encoder->plans[v].n_rows;

		if (!validity_has_bitmap(&encoder->plans[v]))
			continue;
		col_assert(encoder->column->validity != NULL);
		memcpy(words, encoder->column->validity + (size_t) v * COL_VECTOR_WORDS,
			   (n_rows + 63) / 64 * sizeof(uint64_t));
		if (n_rows % 64 != 0)
			words[n_rows / 64] &= ((uint64_t) 1 << n_rows % 64) - 1;
		memcpy(destination, words, CHUNK_BITMAP_BYTES);
		destination += CHUNK_BITMAP_BYTES;
	}
}

bool
col_validity_check(const uint64_t *bitmap, uint32_t n_rows, uint32_t n_nulls)
{
	uint32_t valid = 0;
	uint32_t word;

	col_assert(n_nulls > 0 && n_nulls < n_rows && n_rows <= COL_VECTOR_ROWS);
	for (word = 0; word < COL_VECTOR_WORDS; word++)
	{
		uint64_t allowed = 0;

		if (n_rows >= (word + 1) * 64)
			allowed = ~(uint64_t) 0;
		else if (n_rows > word * 64)
			allowed = ((uint64_t) 1 << n_rows % 64) - 1;
		if ((bitmap[word] & ~allowed) != 0)
			return false;
		valid += (uint32_t) __builtin_popcountll(bitmap[word]);
	}
	return valid + n_nulls == n_rows;
}
