/*
 * hooks.c - where the planner asks us.
 */
#include "postgres.h"

#include "access/table.h"
#include "optimizer/paths.h"

#include "src/planner/bitmap_path.h"
#include "src/planner/hooks.h"
#include "src/tableam/columnar_am.h"

static set_rel_pathlist_hook_type previous_rel_pathlist = NULL;

static bool
is_columnar_table(RelOptInfo *rel, RangeTblEntry *rte)
{
	Relation table;
	bool columnar;

	if (!IS_SIMPLE_REL(rel) || rte->rtekind != RTE_RELATION ||
		rte->relkind == RELKIND_PARTITIONED_TABLE ||
		rte->relkind == RELKIND_FOREIGN_TABLE)
		return false;
	table = table_open(rte->relid, NoLock);
	columnar = col_relation_is_columnar(table);
	table_close(table, NoLock);
	return columnar;
}

static void
planner_rel_pathlist(PlannerInfo *root, RelOptInfo *rel, Index rti,
					 RangeTblEntry *rte)
{
	if (previous_rel_pathlist)
		previous_rel_pathlist(root, rel, rti, rte);
	if (is_columnar_table(rel, rte))
		col_bitmap_paths_replace(root, rel);
}

void
col_planner_init(void)
{
	previous_rel_pathlist = set_rel_pathlist_hook;
	set_rel_pathlist_hook = planner_rel_pathlist;
}
