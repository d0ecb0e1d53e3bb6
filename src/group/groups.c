/*
 * groups.c - a hash table of keys' words.
 *
 * Of equal values that look different a group shows the one of its first row, kept beside.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "port/pg_bitutils.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "simd/simd.h"
#include "src/base/hash.h"
#include "src/group/group_internal.h"

/* So that half of them can be numbered. */
#define SLOTS_MAX ((uint32) 1 << 31)

/* Rows ahead of the one looked up whose slots, and then keys, are fetched. */
#define FETCH_SLOTS 16
#define FETCH_KEYS 8

/* Rows with the same key one after the other from which on they are looked up once. */
#define ROWS_PER_RUN 8

bool
col_groups_key_is_known(Oid type)
{
	TypeCacheEntry *entry;

	if (col_lane_of(type) >= 0)
		return true;
	entry = lookup_type_cache(type, TYPECACHE_HASH_PROC | TYPECACHE_EQ_OPR);
	return !entry->typbyval && entry->typlen >= -1 &&
		   OidIsValid(entry->hash_proc) && OidIsValid(entry->eq_opr);
}

static int
lane_bits(int lane)
{
	switch (lane)
	{
		case SIMD_U8:
			return 8;
		case SIMD_I16:
			return 16;
		case SIMD_I64:
		case SIMD_F64:
			return 64;
		default:
			return 32;
	}
}

ColGroups *
col_groups_create(ColCompiler *compiler, List *exprs, const Oid *collations,
				  bool numbered, MemoryContext memory)
{
	ColGroups *groups = palloc0(sizeof(*groups));
	int bits = numbered ? ROW_NUMBER_BITS : 0;

	groups->memory = memory;
	groups->n_keys = list_length(exprs);
	groups->keys = palloc0(groups->n_keys * sizeof(Key));
	for (int k = 0; k < groups->n_keys; k++)
	{
		Key *key = &groups->keys[k];
		Oid type = exprType(list_nth(exprs, k));

		key->expr = col_expr_compile(compiler, list_nth(exprs, k));
		key->lane = col_lane_of(type);
		key->typlen = get_typlen(type);
		key->differs = key->lane == SIMD_F32 || key->lane == SIMD_F64;
		key->bits = key->lane >= 0 ? lane_bits(key->lane) + 1 : NUMBER_BITS;
		if (key->lane < 0)
		{
			key->values = col_key_values_create(type, collations[k], memory);
			/* that of a single key looks as its number's first */
			key->differs = (groups->n_keys > 1 || numbered) &&
						   col_key_values_differ(key->values);
		}
		bits += key->bits;
	}
	groups->is_whole =
		groups->n_keys == 1 && groups->keys[0].bits == 65 && !numbered;
	groups->null_group = COL_NO_GROUP;
	groups->is_packed = bits <= 64 || groups->is_whole;
	groups->n_words = groups->is_packed ? 1 : groups->n_keys + 1;
	groups->row_words =
		palloc(COL_VECTOR_ROWS * groups->n_words * sizeof(uint64));
	return groups;
}

void
col_groups_reset(ColGroups *groups)
{
	groups->n_groups = groups->room = groups->n_slots = 0;
	groups->null_group = COL_NO_GROUP;
	groups->combinations.stripe = 0;
	groups->group_words = NULL;
	groups->slots = NULL;
	for (int k = 0; k < groups->n_keys; k++)
	{
		groups->keys[k].shown = NULL;
		if (groups->keys[k].values)
			col_key_values_reset(groups->keys[k].values);
	}
}

static void
hash_words(const ColGroups *groups, const uint64 *words, uint32 n,
		   uint64 *hashes)
{
	if (groups->n_words == 1)
	{
		simd_kernels()->hash64(words, n, hashes);
		return;
	}
	for (uint32 i = 0; i < n; i++)
	{
		uint64 hash = COL_HASH_FACTOR;

		for (int w = 0; w < groups->n_words; w++)
			hash = col_hash_mix(hash ^ words[(Size) i * groups->n_words + w],
								COL_HASH_FACTOR);
		hashes[i] = hash;
	}
}

/* Twice the slots: tags are in the order of their slots, so they go one after the other. */
static void
grow_slots(ColGroups *groups)
{
	Slot *old = groups->slots;
	uint32 n_old = groups->n_slots;
	uint32 n_slots = Max(n_old * 2, 1024);

	if (n_old >= SLOTS_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many groups in memory"),
						errhint("Lower work_mem or hash_mem_multiplier.")));
	groups->slots =
		MemoryContextAllocHuge(groups->memory, (Size) n_slots * sizeof(Slot));
	memset(groups->slots, 0xff, (Size) n_slots * sizeof(Slot));
	groups->n_slots = n_slots;
	groups->tag_shift = 32 - pg_leftmost_one_pos32(n_slots);
	for (uint32 i = 0; i < n_old; i++)
	{
		uint32 place = old[i].tag >> groups->tag_shift;

		if (old[i].group == COL_NO_GROUP)
			continue;
		while (groups->slots[place].group != COL_NO_GROUP)
			place = (place + 1) & (n_slots - 1);
		groups->slots[place] = old[i];
	}
	if (old)
		pfree(old);
}

/* The word of a key and whether it is NULL. */
static uint64
group_word(const ColGroups *groups, uint32 group, int k, bool *null)
{
	const uint64 *words = groups->group_words + (Size) group * groups->n_words;
	uint64 word;
	int shift = 0;

	if (!groups->is_packed)
	{
		*null = words[groups->n_keys] >> k & 1;
		return words[k];
	}
	for (int i = 0; i < k; i++)
		shift += groups->keys[i].bits;
	word = words[0] >> shift;
	if (groups->keys[k].lane < 0)
	{
		word &= ((uint64) 1 << NUMBER_BITS) - 1;
		*null = word == 0;
		return word;
	}
	if (groups->is_whole)
	{
		*null = group == groups->null_group;
		return word;
	}
	*null = word >> (groups->keys[k].bits - 1) & 1;
	return word & (((uint64) 1 << (groups->keys[k].bits - 1)) - 1);
}

/* A new group with the key of a row. */
static uint32
add_group(ColGroups *groups, const uint64 *words, uint32 row)
{
	uint32 group = groups->n_groups;

	if (group == groups->room)
	{
		groups->room = Max(groups->room * 2, 64);
		if (groups->group_words == NULL)
			groups->group_words = MemoryContextAllocHuge(
				groups->memory,
				(Size) groups->room * groups->n_words * sizeof(uint64));
		else
			groups->group_words = repalloc_huge(
				groups->group_words,
				(Size) groups->room * groups->n_words * sizeof(uint64));
		for (int k = 0; k < groups->n_keys; k++)
		{
			Key *key = &groups->keys[k];
			Size bytes = (Size) groups->room * sizeof(uint64);

			if (key->differs)
				key->shown = key->shown == NULL
								 ? MemoryContextAllocHuge(groups->memory, bytes)
								 : repalloc_huge(key->shown, bytes);
		}
	}
	memcpy(groups->group_words + (Size) group * groups->n_words, words,
		   groups->n_words * sizeof(uint64));
	for (int k = 0; k < groups->n_keys; k++)
	{
		Key *key = &groups->keys[k];
		bool null;

		if (!key->differs || key_is_null(key, row))
			continue;
		key->shown[group] = 0;
		if (key->values)
			key->shown[group] = (uint64) DatumGetPointer(col_key_values_look(
				key->values, group_word(groups, group, k, &null) - 1,
				&key->vector, row));
		else
			memcpy(&key->shown[group], col_vector_value(&key->vector, row),
				   key->typlen);
	}
	groups->n_groups++;
	return group;
}

static inline bool
words_equal(const uint64 *a, const uint64 *b, int n_words)
{
	uint64 differ = 0;

	for (int w = 0; w < n_words; w++)
		differ |= a[w] ^ b[w];
	return differ == 0;
}

static inline uint32
find_one(ColGroups *groups, const uint64 *words, const int n_words, uint64 hash,
		 uint32 row, bool add)
{
	uint32 tag = hash >> 32;
	uint32 place;

	if (unlikely((Size) groups->n_groups * 2 + 2 > groups->n_slots))
		grow_slots(groups);
	place = tag >> groups->tag_shift;
	for (;; place = (place + 1) & (groups->n_slots - 1))
	{
		Slot slot = groups->slots[place];

		if (slot.group == COL_NO_GROUP)
		{
			if (!add)
				return COL_NO_GROUP;
			slot.group = add_group(groups, words, row);
			groups->slots[place] = (Slot){tag, slot.group};
			return slot.group;
		}
		if (slot.tag == tag &&
			words_equal(groups->group_words + (Size) slot.group * n_words,
						words, n_words))
			return slot.group;
	}
}

/* What the lookup of a row will need comes into the cache meanwhile. */
static inline void
fetch_ahead(const ColGroups *groups, const int n_words, uint32 i, uint32 n_rows)
{
	if (i + FETCH_SLOTS < n_rows)
		__builtin_prefetch(&groups->slots[groups->hashes[i + FETCH_SLOTS] >>
										  32 >> groups->tag_shift]);
	if (i + FETCH_KEYS < n_rows)
	{
		uint32 tag = groups->hashes[i + FETCH_KEYS] >> 32;
		Slot slot = groups->slots[tag >> groups->tag_shift];

		if (slot.group != COL_NO_GROUP && slot.tag == tag)
			__builtin_prefetch(groups->group_words +
							   (Size) slot.group * n_words);
	}
}

/* The group of NULL, of a single key whose word has no room for it. */
static uint32
find_null(ColGroups *groups, uint32 row, bool add)
{
	const uint64 word = 0;

	if (groups->null_group == COL_NO_GROUP && add)
		groups->null_group = add_group(groups, &word, row);
	return groups->null_group;
}

/*
 * Looks up the first of rows that follow each other with the same word, where that is so of
 * most rows; false: it is not.
 */
static bool
find_runs(ColGroups *groups, const uint64 *words, const uint16 *rows,
		  uint32 n_rows, bool add, uint32 *found)
{
	uint32 n_runs = 0;

	if (groups->n_words != 1 || (groups->is_whole && groups->keys[0].validity))
		return false;
	for (uint32 i = 1; i < n_rows; i++)
		n_runs += words[i] != words[i - 1];
	if (n_runs * ROWS_PER_RUN > n_rows)
		return false;
	for (uint32 i = 0; i < n_rows; i++)
		found[i] = i > 0 && words[i] == words[i - 1]
					   ? found[i - 1]
					   : find_one(groups, &words[i], 1, groups->hashes[i],
								  rows[i], add);
	return true;
}

static inline __attribute__((always_inline)) void
find_rows(ColGroups *groups, const uint64 *words, const int n_words,
		  const uint16 *rows, uint32 n_rows, bool add, uint32 *found)
{
	if (groups->n_slots == 0)
		grow_slots(groups);
	for (uint32 i = 0; i < n_rows; i++)
	{
		fetch_ahead(groups, n_words, i, n_rows);
		if (unlikely(groups->is_whole &&
					 key_is_null(&groups->keys[0], rows[i])))
		{
			found[i] = find_null(groups, rows[i], add);
			continue;
		}
		found[i] = find_one(groups, words + (Size) i * n_words, n_words,
							groups->hashes[i], rows[i], add);
	}
}

void
col_groups_find_by_words(ColGroups *groups, ColEval *eval,
						 const uint32 *numbers, const uint16 *rows,
						 uint32 n_rows, bool add, uint32 *found)
{
	const uint64 *words =
		col_group_words(groups, eval, numbers, rows, n_rows, add);

	hash_words(groups, words, n_rows, groups->hashes);
	if (find_runs(groups, words, rows, n_rows, add, found))
		return;
	if (groups->n_words == 1)
		find_rows(groups, words, 1, rows, n_rows, add, found);
	else if (groups->n_words == 2)
		find_rows(groups, words, 2, rows, n_rows, add, found);
	else
		find_rows(groups, words, groups->n_words, rows, n_rows, add, found);
}

void
col_groups_find(ColGroups *groups, ColEval *eval, const uint64 *mask,
				const uint32 *numbers, const uint16 *rows, uint32 n_rows,
				bool add, uint32 *found)
{
	if (n_rows == 0)
		return;
	for (int k = 0; k < groups->n_keys; k++)
	{
		Key *key = &groups->keys[k];

		col_expr_values(key->expr, eval, mask, &key->vector);
		key->validity = key->vector.validity;
	}
	if (numbers == NULL && col_group_codes_prepare(groups, eval->batch->stripe))
		col_group_codes_find(groups, eval, rows, n_rows, add, found);
	else
		col_groups_find_by_words(groups, eval, numbers, rows, n_rows, add,
								 found);
}

void
col_groups_hash(ColGroups *groups, const uint16 *rows, uint32 n_rows,
				uint64 *hashes)
{
	for (uint32 i = 0; i < n_rows; i++)
		hashes[i] = COL_HASH_FACTOR;
	for (int k = 0; k < groups->n_keys; k++)
	{
		Key *key = &groups->keys[k];

		if (key->values == NULL)
			col_group_lane_words(key, rows, n_rows, key->words);
		for (uint32 i = 0; i < n_rows; i++)
		{
			uint64 word = 0;

			if (!key_is_null(key, rows[i]))
				word = key->values == NULL
						   ? key->words[i]
						   : col_key_values_hash(key->values, &key->vector,
												 rows[i]);
			hashes[i] = col_hash_mix(hashes[i] ^ word, COL_HASH_FACTOR);
		}
	}
}

Size
col_groups_growth(const ColGroups *groups, uint32 n)
{
	Size slots = Max(groups->n_slots, 1024);
	Size room = Max(groups->room, 64);
	Size growth = 0;
	int n_words = groups->n_words;

	for (int k = 0; k < groups->n_keys; k++)
	{
		if (groups->keys[k].values)
			growth += col_key_values_growth(groups->keys[k].values, n);
		n_words += groups->keys[k].differs;
	}
	while (slots < ((Size) groups->n_groups + n) * 2 + 2)
		slots *= 2;
	while (room < (Size) groups->n_groups + n)
		room *= 2;
	return growth + (slots - groups->n_slots) * sizeof(Slot) +
		   (room - groups->room) * n_words * sizeof(uint64);
}

uint32
col_groups_count(const ColGroups *groups)
{
	return groups->n_groups;
}

Datum
col_groups_key(const ColGroups *groups, uint32 group, int k, bool *null)
{
	const Key *key = &groups->keys[k];
	uint64 word = group_word(groups, group, k, null);

	if (*null)
		return (Datum) 0;
	if (key->differs)
		word = key->shown[group];
	if (key->lane < 0)
		return key->differs ? (Datum) word
							: col_key_values_get(key->values, word - 1);
	switch (key->typlen)
	{
		case 1:
			return CharGetDatum((char) word);
		case 2:
			return Int16GetDatum((int16) word);
		case 4:
			return Int32GetDatum((int32) word);
		default:
			return Int64GetDatum((int64) word);
	}
}
