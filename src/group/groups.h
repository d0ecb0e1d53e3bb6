/*
 * groups.h - numbers groups by their keys.
 *
 * Each key of a row becomes a word of 64 bits that is equal where the values are: the
 * lane itself, or a number that the value is given when it is first seen (key_values).
 * The words of a row, and one for which are NULL, are looked up in a hash table.
 */
#ifndef COL_GROUPS_H
#define COL_GROUPS_H

#include "postgres.h"

#include "src/expr/expr.h"

typedef struct ColGroups ColGroups;

/* Of a row whose group there is none of. */
#define COL_NO_GROUP PG_UINT32_MAX

/* Keys at most. */
#define COL_GROUPS_KEYS_MAX 64

/* Can values of the type, compared under the collation, be keys? */
extern bool col_groups_key_is_known(Oid type);

/*
 * Keys are compiled by compiler; collations are those they are compared under.
 * numbered: rows come with a number each that is another key, at most 32 keys then.
 */
extern ColGroups *col_groups_create(ColCompiler *compiler, List *keys,
									const Oid *collations, bool numbered,
									MemoryContext memory);

/*
 * Numbers the groups of rows, in the order in which they are first seen; found has a
 * place for each.  Unless add is set no group begins: COL_NO_GROUP.  numbers, one for
 * each of rows, are those of numbered groups; NULL: all are 0.
 */
extern void col_groups_find(ColGroups *groups, ColEval *eval,
							const uint64 *mask, const uint32 *numbers,
							const uint16 *rows, uint32 n_rows, bool add,
							uint32 *found);

/* Hashes of the keys' values of rows, which are some of those found last. */
extern void col_groups_hash(ColGroups *groups, const uint16 *rows,
							uint32 n_rows, uint64 *hashes);

/* Bytes that n more groups take, without values by reference. */
extern Size col_groups_growth(const ColGroups *groups, uint32 n);

extern uint32 col_groups_count(const ColGroups *groups);

/* A key of a group: the value that was seen first. */
extern Datum col_groups_key(const ColGroups *groups, uint32 group, int key,
							bool *null);

/* Forgets all groups; memory has been reset by the caller. */
extern void col_groups_reset(ColGroups *groups);

#endif /* COL_GROUPS_H */
