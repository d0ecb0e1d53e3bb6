/*
 * scan_path.h - paths of ColstoreScan.
 */
#ifndef COL_SCAN_PATH_H
#define COL_SCAN_PATH_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "src/planner/table_facts.h"

/*
 * Replaces PostgreSQL's sequential scans of a table that has stripes, alone and
 * in parallel.
 */
extern void col_scan_paths_replace(PlannerInfo *root, RelOptInfo *rel,
								   const ColTableFacts *facts);

/* What a path of ColstoreScan costs if batches are taken from it, all of them. */
extern Cost col_scan_path_batch_cost(const Path *path);

/* Is the path one of ColstoreScan? */
extern bool col_scan_path_is_ours(const Path *path);

/*
 * A path of ColstoreScan in the list that needs no parameters, projections seen through;
 * NULL: none.
 */
extern Path *col_scan_path_find(List *paths);

/* Batches have no system columns. */
extern bool col_scan_uses_system_columns(RelOptInfo *rel);

#endif /* COL_SCAN_PATH_H */
