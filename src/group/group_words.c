/*
 * group_words.c - words of keys, equal where the keys are.
 *
 * Keys that fit, with a bit for NULL of a lane, are packed into one word; others take a
 * word each and one for NULLs of lanes.  Numbered values count from 1 on, 0 is NULL.
 * Floats are the same word when they are equal (one zero, one NaN).  A single key of 8
 * bytes takes its word whole; its NULLs are not in the hash table.
 */
#include "postgres.h"

#include <math.h>

#include "utils/float.h"

#include "src/group/group_internal.h"

#define WORDS(type, convert)                               \
	do                                                     \
	{                                                      \
		const type *lanes = (const type *) vector->values; \
                                                           \
		for (uint32 i = 0; i < n_rows; i++)                \
			words[i] = convert(lanes[rows[i] & row_mask]); \
	} while (0)

static inline uint64
float4_word(float value)
{
	uint32 bits;

	if (isnan(value))
		value = get_float4_nan();
	value += 0.0f; /* -0.0 becomes 0.0 */
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static inline uint64
float8_word(double value)
{
	uint64 bits;

	if (isnan(value))
		value = get_float8_nan();
	value += 0.0;
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* Of NULLs 0. */
void
col_group_lane_words(const Key *key, const uint16 *rows, uint32 n_rows,
					 uint64 *words)
{
	const ColVector *vector = &key->vector;
	uint32 row_mask = vector->kind == COL_VECTOR_CONSTANT ? 0 : PG_UINT32_MAX;

	switch (key->lane)
	{
		case SIMD_U8:
			WORDS(uint8, (uint64));
			break;
		case SIMD_I16:
			WORDS(uint16, (uint64));
			break;
		case SIMD_I32:
		case SIMD_U32:
			WORDS(uint32, (uint64));
			break;
		case SIMD_F32:
			WORDS(float, float4_word);
			break;
		case SIMD_F64:
			WORDS(double, float8_word);
			break;
		default:
			WORDS(uint64, (uint64));
	}
	if (key->validity == NULL)
		return;
	for (uint32 i = 0; i < n_rows; i++)
	{
		if ((key->validity[rows[i] / 64] >> rows[i] % 64 & 1) == 0)
			words[i] = 0;
	}
}

/* The words of a key for rows; of NULLs 0. */
static void
key_words(Key *key, ColEval *eval, const uint16 *rows, uint32 n_rows, bool add,
		  uint64 *words)
{
	if (key->values == NULL)
	{
		col_group_lane_words(key, rows, n_rows, words);
		return;
	}
	col_key_values_find(key->values, &key->vector, eval->batch->stripe, rows,
						n_rows, add, words);
	for (uint32 i = 0; i < n_rows; i++)
		words[i] = col_vector_is_null(&key->vector, rows[i]) ? 0
				   : words[i] == COL_NO_NUMBER				 ? NUMBER_NONE
															 : words[i] + 1;
}

/* Sets in words, above shift bits, those rows of which the key is NULL. */
static void
mark_nulls(const Key *key, const uint16 *rows, uint32 n_rows, int shift,
		   uint64 *words)
{
	if (key->validity == NULL || key->values)
		return;
	for (uint32 i = 0; i < n_rows; i++)
		words[i] |= (uint64) key_is_null(key, rows[i]) << shift;
}

/* All keys of a row, and its number at the end, in one word. */
static void
pack_words(ColGroups *groups, const uint32 *numbers, const uint16 *rows,
		   uint32 n_rows)
{
	uint64 *words = groups->row_words;
	int shift = 0;

	memset(words, 0, n_rows * sizeof(uint64));
	for (int k = 0; k < groups->n_keys; k++)
	{
		Key *key = &groups->keys[k];

		for (uint32 i = 0; i < n_rows; i++)
			words[i] |= key->words[i] << shift;
		shift += key->bits;
		mark_nulls(key, rows, n_rows, shift - 1, words);
	}
	if (numbers)
		for (uint32 i = 0; i < n_rows; i++)
			words[i] |= (uint64) numbers[i] << shift;
}

/* A word for each key of a row, and one for NULLs and its number. */
static void
join_words(ColGroups *groups, const uint32 *numbers, const uint16 *rows,
		   uint32 n_rows)
{
	for (uint32 i = 0; i < n_rows; i++)
	{
		uint64 *words = groups->row_words + (Size) i * groups->n_words;
		uint64 nulls =
			numbers ? (uint64) numbers[i] << (64 - ROW_NUMBER_BITS) : 0;

		for (int k = 0; k < groups->n_keys; k++)
		{
			Key *key = &groups->keys[k];

			words[k] = key->words[i];
			nulls |= (uint64) key_is_null(key, rows[i]) << k;
		}
		words[groups->n_keys] = nulls;
	}
}

const uint64 *
col_group_words(ColGroups *groups, ColEval *eval, const uint32 *numbers,
				const uint16 *rows, uint32 n_rows, bool add)
{
	Key *key = &groups->keys[0];

	if (groups->is_whole && key->lane == SIMD_I64 &&
		key->vector.kind == COL_VECTOR_FLAT && rows[n_rows - 1] == n_rows - 1)
		return (const uint64 *) key->vector.values;
	if (groups->n_keys == 1 && groups->is_packed && numbers == NULL)
	{
		key_words(key, eval, rows, n_rows, add, groups->row_words);
		if (!groups->is_whole)
			mark_nulls(key, rows, n_rows, key->bits - 1, groups->row_words);
		return groups->row_words;
	}
	for (int k = 0; k < groups->n_keys; k++)
	{
		key = &groups->keys[k];
		key_words(key, eval, rows, n_rows, add, key->words);
	}
	if (groups->is_packed)
		pack_words(groups, numbers, rows, n_rows);
	else
		join_words(groups, numbers, rows, n_rows);
	return groups->row_words;
}
