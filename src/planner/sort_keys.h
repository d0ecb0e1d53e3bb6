/*
 * sort_keys.h - the query's ORDER BY, for nodes that order rows themselves.
 */
#ifndef COL_SORT_KEYS_H
#define COL_SORT_KEYS_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/* Keys of ORDER BY, as ColSortKey; NIL: one is of a type that has no vectors. */
extern List *col_sort_keys(const PlannerInfo *root);

#endif /* COL_SORT_KEYS_H */
