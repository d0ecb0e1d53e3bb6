/*
 * sorted.h - rows that an aggregate gets in order, or once each: ORDER BY and DISTINCT.
 */
#ifndef COL_SORTED_H
#define COL_SORTED_H

#include "postgres.h"

#include "src/agg/aggregate_internal.h"

typedef struct ColSorted ColSorted;

/* Can all inputs of the aggregate be sorted? */
extern bool col_sorted_is_known(const Aggref *aggref);

/* For an aggregate that has ORDER BY or DISTINCT. */
extern ColSorted *col_sorted_create(ColAggregate *aggregate, EState *estate);

/* Takes rows of inputs; what is allocated meanwhile is the caller's. */
extern void col_sorted_put(ColSorted *sorted, const ColVector *inputs,
						   const ColAggRows *rows);

/* All rows are taken: adds them to the aggregate. */
extern void col_sorted_finish(ColSorted *sorted);

/* Forgets what was taken. */
extern void col_sorted_reset(ColSorted *sorted);

#endif /* COL_SORTED_H */
