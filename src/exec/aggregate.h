/*
 * aggregate.h - ColstoreAggregate: aggregates and groups of a columnar scan's batches.
 */
#ifndef COL_EXEC_AGGREGATE_H
#define COL_EXEC_AGGREGATE_H

#include "postgres.h"

#include "nodes/plannodes.h"

/*
 * A plan node over plans, that batches come from; layout is that of several tables' columns
 * (batch_source.h), or NIL.  Of tlist and having all that is not
 * made of keys, aggregates and GROUPING() has been ruled out; collations and refs (of sort
 * clauses) are those of keys, sets are lists of refs.
 */
extern CustomScan *col_exec_aggregate_plan(List *plans, List *layout,
										   List *tlist, List *having,
										   List *keys, List *collations,
										   List *refs, List *sets);

/*
 * Of each set, and each partition that was on disk, the plan gives the first n_groups
 * groups in an order only; keys, ColSortKeys, are grouping keys or aggregates of its.
 */
extern void col_exec_aggregate_top(CustomScan *plan, List *keys,
								   int64 n_groups);

extern void col_exec_aggregate_init(void);

#endif /* COL_EXEC_AGGREGATE_H */
