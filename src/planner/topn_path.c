/*
 * topn_path.c - paths of ColstoreTopN, and what they cost.
 *
 * For ORDER BY with a LIMIT that is known, directly above a path of ColstoreScan; in
 * parallel, below a Gather Merge.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/nodeFuncs.h"
#include "nodes/value.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/tlist.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "src/exec/topn.h"
#include "src/planner/scan_path.h"
#include "src/planner/sort_keys.h"
#include "src/planner/topn_path.h"

/* Of looking at a key, in units of cpu_operator_cost. */
#define KEY_COST 0.5

/* Is it the query's ORDER BY that orders input's rows, with nothing between? */
static bool
query_is_simple(const PlannerInfo *root, const RelOptInfo *input)
{
	const Query *query = root->parse;

	return IS_SIMPLE_REL(input) && query->sortClause != NIL &&
		   list_length(query->sortClause) <= INDEX_MAX_KEYS &&
		   query->limitOption == LIMIT_OPTION_COUNT && root->limit_tuples > 0 &&
		   root->limit_tuples < 1e9 && query->groupClause == NIL &&
		   query->groupingSets == NIL && !query->hasAggs &&
		   !query->hasWindowFuncs && !query->hasTargetSRFs &&
		   query->distinctClause == NIL && query->rowMarks == NIL &&
		   query->havingQual == NULL;
}

static Plan *
topn_path_plan(PlannerInfo *root, RelOptInfo *rel pg_attribute_unused(),
			   struct CustomPath *path, List *tlist,
			   List *clauses pg_attribute_unused(), List *custom_plans)
{
	return &col_exec_topn_plan(linitial(custom_plans), tlist,
							   col_sort_keys(root),
							   (int64) floatVal(linitial(path->custom_private)))
				->scan.plan;
}

static const CustomPathMethods topn_path_methods = {
	.CustomName = "ColstoreTopN",
	.PlanCustomPath = topn_path_plan,
};

static Path *
topn_path_create(PlannerInfo *root, RelOptInfo *ordered, Path *scan,
				 PathTarget *target)
{
	CustomPath *path = makeNode(CustomPath);
	double n_rows = Min(root->limit_tuples, scan->rows);

	path->path.pathtype = T_CustomScan;
	path->path.parent = ordered;
	path->path.pathtarget = target;
	path->path.parallel_safe =
		scan->parallel_safe && ordered->consider_parallel;
	path->path.parallel_workers = scan->parallel_workers;
	path->path.rows = n_rows;
	path->path.startup_cost = col_scan_path_batch_cost(scan) +
							  KEY_COST * cpu_operator_cost *
								  list_length(root->parse->sortClause) *
								  scan->rows;
	path->path.total_cost = path->path.startup_cost + target->cost.startup +
							(cpu_tuple_cost + target->cost.per_tuple) * n_rows;
	path->path.pathkeys = root->sort_pathkeys;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths = list_make1(scan);
	path->custom_private =
		list_make1(makeFloat(psprintf("%.0f", root->limit_tuples)));
	path->methods = &topn_path_methods;
	return &path->path;
}

void
col_topn_paths_add(PlannerInfo *root, RelOptInfo *input, RelOptInfo *ordered)
{
	PathTarget *target = root->upper_targets[UPPERREL_ORDERED];
	Path *scan;
	Path *path;
	double rows;

	if (!query_is_simple(root, input) || !col_scan_gives_batches(input) ||
		col_sort_keys(root) == NIL ||
		root->limit_tuples * Max(input->reltarget->width, 32) >
			work_mem * 1024.0)
		return;
	scan = col_scan_path_find(input->pathlist);
	if (scan == NULL)
		return;
	add_path(ordered, topn_path_create(root, ordered, scan, target));
	scan = col_scan_path_find(input->partial_pathlist);
	if (scan == NULL || !ordered->consider_parallel ||
		!is_parallel_safe(root, (Node *) target->exprs))
		return;
	path = topn_path_create(root, ordered, scan, target);
	rows = path->rows * path->parallel_workers;
	add_path(ordered, (Path *) create_gather_merge_path(
						  root, ordered, path, target, root->sort_pathkeys,
						  NULL, &rows));
}
