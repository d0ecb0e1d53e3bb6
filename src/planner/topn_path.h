/*
 * topn_path.h - paths of ColstoreTopN.
 */
#ifndef COL_TOPN_PATH_H
#define COL_TOPN_PATH_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/* Adds paths that give the first rows of the columnar table input in ORDER BY's order. */
extern void col_topn_paths_add(PlannerInfo *root, RelOptInfo *input,
							   RelOptInfo *ordered);

#endif /* COL_TOPN_PATH_H */
