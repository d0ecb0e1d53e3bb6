/*
 * key_values.h - values of a key that are no lanes, numbered as they are first seen.
 */
#ifndef COL_KEY_VALUES_H
#define COL_KEY_VALUES_H

#include "postgres.h"

#include "src/storage/store/batch.h"

typedef struct ColKeyValues ColKeyValues;

#define COL_NO_NUMBER PG_UINT32_MAX

/* Values of a type, equal as its default hash family says under a collation. */
extern ColKeyValues *col_key_values_create(Oid type, Oid collation,
										   MemoryContext memory);

/*
 * The number of the value of each of rows that is not NULL (others: arbitrary), in

 * words, one for each row.  stripe says which stripe's dictionary the codes are of.  Unless add is
 * set, values that have no number get COL_NO_NUMBER, which none has.
 */
extern void col_key_values_find(ColKeyValues *values, const ColVector *vector,
								uint64 stripe, const uint16 *rows,
								uint32 n_rows, bool add, uint64 *words);

/* A hash of a row's value, which is not NULL: equal values have equal ones. */
extern uint32 col_key_values_hash(ColKeyValues *values, const ColVector *vector,
								  uint32 row);

/* Bytes that n more values take, without the values themselves. */
extern Size col_key_values_growth(const ColKeyValues *values, uint32 n);

/* A value by its number. */
extern Datum col_key_values_get(const ColKeyValues *values, uint64 number);

/* Can equal values look different, as 1.0 and 1.00 do? */
extern bool col_key_values_differ(const ColKeyValues *values);

/* A row's value as it looks there, a copy if its number's is not the same. */
extern Datum col_key_values_look(ColKeyValues *values, uint64 number,
								 const ColVector *vector, uint32 row);

/* Forgets all; memory has been reset. */
extern void col_key_values_reset(ColKeyValues *values);

#endif /* COL_KEY_VALUES_H */
