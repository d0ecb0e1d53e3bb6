/*
 * bitmap_path.c - bitmap scans of columnar tables become ours.
 *
 * Every bitmap heap path that the planner has made for a columnar table is
 * put below a custom path of the same cost; when it is chosen, PostgreSQL makes
 * its plan and we take that apart (src/exec/bitmap_scan.c).  The parallel ones
 * are dropped.
 */
#include "postgres.h"

#include "nodes/extensible.h"
#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"

#include "src/exec/bitmap_scan.h"
#include "src/planner/bitmap_path.h"

static Plan *
bitmap_path_plan(PlannerInfo *root pg_attribute_unused(),
				 RelOptInfo *rel pg_attribute_unused(),
				 struct CustomPath *path pg_attribute_unused(), List *tlist,
				 List *clauses pg_attribute_unused(), List *custom_plans)
{
	BitmapHeapScan *heap_scan = linitial_node(BitmapHeapScan, custom_plans);
	CustomScan *plan = col_bitmap_scan_plan(heap_scan);

	plan->scan.plan.targetlist = tlist;
	return &plan->scan.plan;
}

static const CustomPathMethods bitmap_path_methods = {
	.CustomName = "ColstoreBitmapScan",
	.PlanCustomPath = bitmap_path_plan,
};

static Path *
bitmap_path_create(BitmapHeapPath *heap_path)
{
	CustomPath *path = makeNode(CustomPath);

	path->path = heap_path->path;
	path->path.type = T_CustomPath;
	path->path.pathtype = T_CustomScan;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths = list_make1(heap_path);
	path->methods = &bitmap_path_methods;
	return &path->path;
}

/* The partial paths without bitmap scans, and not without any. */
static void
drop_partial_bitmap_paths(PlannerInfo *root, RelOptInfo *rel)
{
	List *kept = NIL;
	ListCell *cell;
	int workers;

	foreach (cell, rel->partial_pathlist)
	{
		if (!IsA(lfirst(cell), BitmapHeapPath))
			kept = lappend(kept, lfirst(cell));
	}
	if (list_length(kept) == list_length(rel->partial_pathlist))
		return;
	rel->partial_pathlist = kept;
	workers = compute_parallel_worker(rel, rel->pages, -1,
									  max_parallel_workers_per_gather);
	if (kept == NIL && workers > 0)
		add_partial_path(rel, create_seqscan_path(root, rel, NULL, workers));
}

void
col_bitmap_paths_replace(PlannerInfo *root, RelOptInfo *rel)
{
	ListCell *cell;

	foreach (cell, rel->pathlist)
	{
		if (IsA(lfirst(cell), BitmapHeapPath))
			lfirst(cell) = bitmap_path_create(lfirst(cell));
	}
	drop_partial_bitmap_paths(root, rel);
}
