/*
 * aggregate_path.h - paths of ColstoreAggregate.
 */
#ifndef COL_AGGREGATE_PATH_H
#define COL_AGGREGATE_PATH_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/*
 * Adds paths that group the columnar table input to grouped; extra is what
 * create_upper_paths_hook is given for UPPERREL_GROUP_AGG.
 */
extern void col_aggregate_paths_add(PlannerInfo *root, RelOptInfo *input,
									RelOptInfo *grouped,
									GroupPathExtraData *extra);

/* The same of SELECT DISTINCT, for UPPERREL_DISTINCT. */
extern void col_distinct_paths_add(PlannerInfo *root, RelOptInfo *input,
								   RelOptInfo *distinct);

/*
 * Adds paths that give the first groups in ORDER BY's order only, as many as LIMIT wants, to
 * be sorted, for UPPERREL_ORDERED.
 */
extern void col_top_groups_paths_add(PlannerInfo *root, RelOptInfo *input,
									 RelOptInfo *ordered);

#endif /* COL_AGGREGATE_PATH_H */
