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

/*
 * The same as a path of ColstoreScan, in parallel or not, of what reads a columnar table
 * from beginning to end: the first such path in the list, projections seen through; NULL:
 * none.
 */
extern Path *col_scan_path_like(List *paths, bool parallel);

/*
 * Can batches be taken from scans of the table?  They have no system columns, and there
 * must be no Result above the scan, which asks conditions that are the same for all rows.
 */
extern bool col_scan_gives_batches(RelOptInfo *rel);

#endif /* COL_SCAN_PATH_H */
