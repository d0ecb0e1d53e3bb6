/*
 * hooks.c - where the planner asks us.
 */
#include "postgres.h"

#include "optimizer/paths.h"
#include "optimizer/plancat.h"
#include "optimizer/planner.h"

#include "src/pg/guc.h"
#include "src/planner/aggregate_path.h"
#include "src/planner/bitmap_path.h"
#include "src/planner/hooks.h"
#include "src/planner/index_cost.h"
#include "src/planner/scan_path.h"
#include "src/planner/table_facts.h"
#include "src/planner/topn_path.h"

static set_rel_pathlist_hook_type previous_rel_pathlist = NULL;
static create_upper_paths_hook_type previous_upper_paths = NULL;
static get_relation_info_hook_type previous_relation_info = NULL;

static void
planner_relation_info(PlannerInfo *root, Oid relid, bool is_parent,
					  RelOptInfo *rel)
{
	if (previous_relation_info)
		previous_relation_info(root, relid, is_parent, rel);
	if (!is_parent && rel->indexlist != NIL && col_table_is_columnar(relid))
		col_index_costs_replace(rel);
}

static void
planner_rel_pathlist(PlannerInfo *root, RelOptInfo *rel, Index rti,
					 RangeTblEntry *rte)
{
	ColTableFacts facts;

	if (previous_rel_pathlist)
		previous_rel_pathlist(root, rel, rti, rte);
	/* a parent's paths are those of its children */
	if (!IS_SIMPLE_REL(rel) || rte->rtekind != RTE_RELATION || rte->inh ||
		IS_DUMMY_REL(rel) || rte->relkind == RELKIND_FOREIGN_TABLE ||
		!col_table_is_columnar(rte->relid))
		return;
	col_bitmap_paths_replace(root, rel);
	if (col_enable_scan && rte->tablesample == NULL &&
		col_table_facts(root, rel, rte->relid, &facts))
		col_scan_paths_replace(root, rel, &facts);
}

static void
planner_upper_paths(PlannerInfo *root, UpperRelationKind stage,
					RelOptInfo *input, RelOptInfo *output, void *extra)
{
	if (previous_upper_paths)
		previous_upper_paths(root, stage, input, output, extra);
	if (!col_enable_vectors)
		return;
	if (stage == UPPERREL_GROUP_AGG && col_enable_aggregate)
		col_aggregate_paths_add(root, input, output, extra);
	else if (stage == UPPERREL_DISTINCT && col_enable_aggregate)
		col_distinct_paths_add(root, input, output);
	else if (stage == UPPERREL_ORDERED && col_enable_topn)
	{
		col_topn_paths_add(root, input, output);
		col_top_groups_paths_add(root, input, output);
	}
}

void
col_planner_init(void)
{
	previous_upper_paths = create_upper_paths_hook;
	create_upper_paths_hook = planner_upper_paths;
	previous_rel_pathlist = set_rel_pathlist_hook;
	set_rel_pathlist_hook = planner_rel_pathlist;
	previous_relation_info = get_relation_info_hook;
	get_relation_info_hook = planner_relation_info;
}
