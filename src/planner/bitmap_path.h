/*
 * bitmap_path.h - bitmap scans of columnar tables that could read ahead become
 * ours.
 */
#ifndef COL_BITMAP_PATH_H
#define COL_BITMAP_PATH_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/*
 * Wraps the bitmap heap paths of a columnar table into ColstoreBitmapScan where
 * EvalPlanQual could run them.
 */
extern void col_bitmap_paths_replace(PlannerInfo *root, RelOptInfo *rel);

#endif /* COL_BITMAP_PATH_H */
