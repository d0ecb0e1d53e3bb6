/*
 * group_internal.h - what the files of group/ share.
 */
#ifndef COL_GROUP_INTERNAL_H
#define COL_GROUP_INTERNAL_H

#include "postgres.h"

#include "src/expr/expr_internal.h"
#include "src/group/groups.h"
#include "src/group/key_values.h"

/* Of numbered values. */
#define NUMBER_BITS 31
#define NUMBER_NONE (((uint64) 1 << NUMBER_BITS) - 1)

/* Of numbers that rows come with. */
#define ROW_NUMBER_BITS 32

typedef struct Slot
{
	uint32 tag;	  /* of the hash; its highest bits choose the slot */
	uint32 group; /* COL_NO_GROUP: free */
} Slot;

typedef struct Key
{
	ColExpr *expr;
	int lane;			  /* SimdType; -1: numbered values */
	int bits;			  /* of its word, with NULL */
	ColKeyValues *values; /* numbered */
	bool differs;		  /* equal values may look different */
	uint64 *shown;		  /* then: as first seen, of each group */
	int16 typlen;
	uint64 words[COL_VECTOR_ROWS]; /* of the rows looked up */
	const uint64 *validity;
	ColVector vector;
} Key;

/* Codes of all keys together up to which the groups they mean are kept. */
#define COMBINATIONS_MAX 4096
#define COMBINED_KEYS_MAX 8

/*
 * The groups of combined codes of a stripe's dictionaries; a key has one code more than
 * values, for NULL.
 */
typedef struct Combinations
{
	uint64 stripe;
	uint32 n_codes[COMBINED_KEYS_MAX];
	const void *dictionaries[COMBINED_KEYS_MAX]; /* whose codes they are */
	uint32 groups[COMBINATIONS_MAX]; /* COL_NO_GROUP: not known yet */
} Combinations;

struct ColGroups
{
	MemoryContext memory;
	int n_keys;
	Key *keys;
	bool is_packed;
	bool is_whole;	   /* a single key of 8 bytes */
	uint32 null_group; /* of is_whole; COL_NO_GROUP: none yet */
	int n_words;	   /* of a group's key */
	uint32 n_groups;
	uint32 room;
	uint64 *group_words; /* n_words each */
	Slot *slots;
	uint32 n_slots;	   /* a power of two; 0: none yet */
	int tag_shift;	   /* to the bits of a tag that choose a slot */
	uint64 *row_words; /* n_words for each of the rows looked up */
	uint64 hashes[COL_VECTOR_ROWS];
	Combinations combinations;
};

/* Is the key of a row of the batch NULL? */
static inline bool
key_is_null(const Key *key, uint32 row)
{
	return key->validity != NULL &&
		   (key->validity[row / 64] >> row % 64 & 1) == 0;
}

/*
 * group_words.c: the words of rows one after the other, n_words each, of the keys' vectors;
 * those of lanes alone.
 */
extern const uint64 *col_group_words(ColGroups *groups, ColEval *eval,
									 const uint32 *numbers, const uint16 *rows,
									 uint32 n_rows, bool add);
extern void col_group_lane_words(const Key *key, const uint16 *rows,
								 uint32 n_rows, uint64 *words);

/*
 * group_codes.c: have the keys' vectors codes, few enough together?  Then combinations are of
 * the stripe, and rows find their groups by them.
 */
extern bool col_group_codes_prepare(ColGroups *groups, uint64 stripe);
extern void col_group_codes_find(ColGroups *groups, ColEval *eval,
								 const uint16 *rows, uint32 n_rows, bool add,
								 uint32 *found);

/* groups.c: as col_groups_find, by words, when the keys' vectors have been computed. */
extern void col_groups_find_by_words(ColGroups *groups, ColEval *eval,
									 const uint32 *numbers, const uint16 *rows,
									 uint32 n_rows, bool add, uint32 *found);

#endif /* COL_GROUP_INTERNAL_H */
