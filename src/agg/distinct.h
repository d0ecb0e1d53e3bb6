/*
 * distinct.h - values that a DISTINCT aggregate has seen, of each group.
 */
#ifndef COL_DISTINCT_H
#define COL_DISTINCT_H

#include "postgres.h"

#include "src/agg/aggregate_internal.h"

typedef struct ColDistinct ColDistinct;

/* For an aggregate with DISTINCT of one argument; NULL: it is not one for a set. */
extern ColDistinct *col_distinct_create(ColCompiler *compiler,
										const ColAggregate *aggregate,
										bool is_grouped);

/*
 * Of rows fresh are those whose values are seen for the first time.  late are those of
 * which the set has no room to say; from then on it takes in nothing.
 */
extern void col_distinct_split(ColDistinct *distinct, ColEval *eval,
							   const ColAggRows *rows, ColAggRows *fresh,
							   ColAggRows *late);

/* Forgets all; memory has been reset. */
extern void col_distinct_reset(ColDistinct *distinct);

#endif /* COL_DISTINCT_H */
