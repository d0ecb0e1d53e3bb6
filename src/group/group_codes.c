/*
 * group_codes.c - groups of rows by the codes of their keys, where dictionaries are small:
 * each combination of codes is looked up by its words once a stripe.
 */
#include "postgres.h"

#include "src/group/group_internal.h"

bool
col_group_codes_prepare(ColGroups *groups, uint64 stripe)
{
	Combinations *combinations = &groups->combinations;
	bool same = combinations->stripe == stripe;
	uint64 n = 1;

	combinations->stripe = 0;
	if (stripe == 0 || groups->n_keys > COMBINED_KEYS_MAX)
		return false;
	for (int k = 0; k < groups->n_keys; k++)
	{
		const ColVector *vector = &groups->keys[k].vector;
		const void *dictionary = NULL;
		uint32 n_codes;

		if (vector->kind == COL_VECTOR_DICTIONARY)
		{
			n_codes = vector->n_dictionary + 1;
			dictionary =
				vector->images ? (const void *) vector->images : vector->values;
		}
		else if (vector->kind == COL_VECTOR_FLAT &&
				 groups->keys[k].lane == SIMD_U8)
			n_codes = PG_UINT8_MAX + 2;
		else
			return false;
		n *= n_codes;
		if (n > COMBINATIONS_MAX)
			return false;
		same &= combinations->n_codes[k] == n_codes &&
				combinations->dictionaries[k] == dictionary;
		combinations->n_codes[k] = n_codes;
		combinations->dictionaries[k] = dictionary;
	}
	combinations->stripe = stripe;
	if (!same)
		memset(combinations->groups, 0xff, n * sizeof(uint32));
	return true;
}

/* The combined codes of rows. */
static void
combine_codes(const ColGroups *groups, const uint16 *rows, uint32 n_rows,
			  uint16 *combined)
{
	memset(combined, 0, n_rows * sizeof(uint16));
	for (int k = 0; k < groups->n_keys; k++)
	{
		const Key *key = &groups->keys[k];
		const ColVector *vector = &key->vector;
		uint32 n_codes = groups->combinations.n_codes[k];

		if (key->validity)
			for (uint32 i = 0; i < n_rows; i++)
				combined[i] = combined[i] * n_codes +
							  (key_is_null(key, rows[i]) ? n_codes - 1
							   : vector->kind == COL_VECTOR_DICTIONARY
								   ? vector->codes[rows[i]]
								   : vector->values[rows[i]]);
		else if (vector->kind == COL_VECTOR_DICTIONARY)
			for (uint32 i = 0; i < n_rows; i++)
				combined[i] = combined[i] * n_codes + vector->codes[rows[i]];
		else
			for (uint32 i = 0; i < n_rows; i++)
				combined[i] = combined[i] * n_codes + vector->values[rows[i]];
	}
}

void
col_group_codes_find(ColGroups *groups, ColEval *eval, const uint16 *rows,
					 uint32 n_rows, bool add, uint32 *found)
{
	uint32 *known = groups->combinations.groups;
	uint16 combined[COL_VECTOR_ROWS];
	uint16 unknown[COL_VECTOR_ROWS];
	uint16 places[COL_VECTOR_ROWS];
	uint32 late[COL_VECTOR_ROWS];
	uint32 n_unknown = 0;

	combine_codes(groups, rows, n_rows, combined);
	for (uint32 i = 0; i < n_rows; i++)
	{
		found[i] = known[combined[i]];
		unknown[n_unknown] = rows[i];
		places[n_unknown] = i;
		n_unknown += found[i] == COL_NO_GROUP;
	}
	if (n_unknown == 0)
		return;
	col_groups_find_by_words(groups, eval, NULL, unknown, n_unknown, add, late);
	for (uint32 i = 0; i < n_unknown; i++)
		found[places[i]] = known[combined[places[i]]] = late[i];
}
