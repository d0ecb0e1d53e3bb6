/*
 * top_rows.h - the first rows in an order, of those that are offered.
 */
#ifndef COL_TOP_ROWS_H
#define COL_TOP_ROWS_H

#include "postgres.h"

#include "access/htup.h"
#include "utils/sortsupport.h"

typedef struct ColTopKey
{
	Datum value;
	bool null;
} ColTopKey;

/* A row that is among the first so far. */
typedef struct ColTopRow
{
	ColTopKey *keys;
	MinimalTuple tuple; /* of the caller, in memory; NULL at first */
	uint32 number;		/* by which the caller knows it */
} ColTopRow;

typedef struct ColTopRows
{
	int n_keys;
	SortSupportData *sorts; /* of keys */
	int16 *typlens;
	bool *typbyvals;
	int64 n_wanted;
	MemoryContext memory;
	ColTopRow *
		*rows; /* a heap, the last in order at 0; after sorting in order */
	int64 n_rows;
	int64 room;
} ColTopRows;

/* For n_wanted rows; memory is a child of the current context. */
extern ColTopRows *col_top_rows_create(int n_keys, int64 n_wanted);

/* Key k's order. */
extern void col_top_rows_set_key(ColTopRows *top, int k, Oid type, Oid ordering,
								 Oid collation, bool nulls_first);

/* A row with these keys, which are copied; false: it is not among the first. */
extern bool col_top_rows_offer(ColTopRows *top, const ColTopKey *keys,
							   uint32 number);

/* Does a row with this first key come behind all that are wanted? */
extern bool col_top_rows_is_late(ColTopRows *top, const ColTopKey *first);

/* Puts rows in order; nothing is offered any more. */
extern void col_top_rows_sort(ColTopRows *top);

/* Forgets all rows. */
extern void col_top_rows_reset(ColTopRows *top);

/* Are there as many rows as are wanted, at least one? */
static inline bool
col_top_rows_are_full(const ColTopRows *top)
{
	return top->n_rows > 0 && top->n_rows == top->n_wanted;
}

#endif /* COL_TOP_ROWS_H */
