/*
 * bitmap_path.c - bitmap scans of columnar tables that could read ahead become
 * ours.
 *
 * PostgreSQL's bitmap heap scans are kept from reading ahead when an executor
 * starts (src/exec/read_ahead.c).  The plans that EvalPlanQual runs again have
 * no such start: in them, what is in FROM of a statement that locks or changes
 * rows is given its rows, but a subquery in an expression scans anew.  There,
 * every bitmap heap path of a columnar table is put below a custom path of the
 * same cost; when it is chosen, PostgreSQL makes its plan and we take that apart
 * (src/exec/bitmap_scan.c).
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

/*
 * Is root within an expression's subquery of a statement that locks or changes
 * rows it has found?  Such subqueries are planned before the statement itself has
 * its relations, those in FROM after.
 */
static bool
may_run_again(const PlannerInfo *root)
{
	const PlannerInfo *outer;

	for (outer = root->parent_root; outer != NULL; outer = outer->parent_root)
	{
		CmdType command = outer->parse->commandType;

		if (outer->simple_rel_array == NULL &&
			(outer->parse->rowMarks != NIL ||
			 (command != CMD_SELECT && command != CMD_INSERT)))
			return true;
	}
	return false;
}

void
col_bitmap_paths_replace(PlannerInfo *root, RelOptInfo *rel)
{
	ListCell *cell;

	if (!may_run_again(root))
		return;
	foreach (cell, rel->pathlist)
	{
		if (IsA(lfirst(cell), BitmapHeapPath))
			lfirst(cell) = bitmap_path_create(lfirst(cell));
	}
}
