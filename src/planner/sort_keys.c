/*
 * sort_keys.c - the query's ORDER BY.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"

#include "src/exec/topn.h"
#include "src/planner/sort_keys.h"

List *
col_sort_keys(const PlannerInfo *root)
{
	List *keys = NIL;
	ListCell *cell;

	foreach (cell, root->parse->sortClause)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		ColSortKey *key = palloc(sizeof(*key));

		key->expr =
			(Expr *) get_sortgroupclause_expr(clause, root->processed_tlist);
		key->ordering = clause->sortop;
		key->collation = exprCollation((Node *) key->expr);
		key->nulls_first = clause->nulls_first;
		if (get_typlen(exprType((Node *) key->expr)) < -1)
			return NIL;
		keys = lappend(keys, key);
	}
	return keys;
}
