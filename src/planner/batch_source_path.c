/*
 * batch_source_path.c - which scans a node can take batches from.
 *
 * A table; or all tables below a partitioned or inheritance parent or a UNION ALL, if
 * each is columnar and has the parent's columns as plain columns.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/appendinfo.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "parser/parsetree.h"

#include "src/exec/batch_source.h"
#include "src/pg/compat.h"
#include "src/planner/batch_source_path.h"
#include "src/planner/scan_path.h"
#include "src/planner/table_facts.h"

/* Appends the tables below parent that are read. */
static void
find_tables(PlannerInfo *root, const RelOptInfo *parent, List **tables)
{
	ListCell *cell;

	foreach (cell, root->append_rel_list)
	{
		const AppendRelInfo *info = lfirst_node(AppendRelInfo, cell);
		RelOptInfo *rel = root->simple_rel_array[info->child_relid];

		if (info->parent_relid != parent->relid || rel == NULL ||
			IS_DUMMY_REL(rel))
			continue;
		if (planner_rt_fetch(rel->relid, root)->inh)
			find_tables(root, rel, tables);
		else
			*tables = lappend(*tables, rel);
	}
}

static bool
has_children(PlannerInfo *root, const RelOptInfo *rel)
{
	return planner_rt_fetch(rel->relid, root)->inh;
}

/* Scans of the tables below input; false: not all are columnar. */
static bool
find_several(PlannerInfo *root, RelOptInfo *input, ColBatchSourcePath *source)
{
	List *tables = NIL;
	bool any = false;
	bool any_partial = false;
	ListCell *cell;

	find_tables(root, input, &tables);
	foreach (cell, tables)
	{
		const RelOptInfo *table = lfirst(cell);
		RangeTblEntry *rte = planner_rt_fetch(table->relid, root);
		Path *scan = col_scan_path_find(table->pathlist);
		Path *partial = col_scan_path_find(table->partial_pathlist);

		if (rte->rtekind != RTE_RELATION || rte->relkind != RELKIND_RELATION ||
			!col_table_is_columnar(rte->relid))
			return false;
		any |= scan != NULL;
		any_partial |= partial != NULL;
		if (scan == NULL)
			scan = col_scan_path_like(table->pathlist, false);
		if (scan == NULL)
			return false;
		if (partial == NULL && table->consider_parallel)
			partial = col_scan_path_like(table->pathlist, true);
		source->scans = lappend(source->scans, scan);
		if (partial != NULL)
			source->partial_scans = lappend(source->partial_scans, partial);
	}
	if (!any_partial ||
		list_length(source->partial_scans) < list_length(tables))
		source->partial_scans = NIL;
	return any;
}

bool
col_batch_source_find(PlannerInfo *root, RelOptInfo *input,
					  ColBatchSourcePath *source)
{
	Path *scan;

	memset(source, 0, sizeof(*source));
	if (!IS_SIMPLE_REL(input) || IS_DUMMY_REL(input))
		return false;
	if (has_children(root, input))
		/* columns are those of the topmost parent, rows are those of the tables */
		return input->reloptkind == RELOPT_BASEREL &&
			   !root->parse->hasTargetSRFs && find_several(root, input, source);
	scan = col_scan_path_find(input->pathlist);
	if (scan == NULL)
		return false;
	source->scans = list_make1(scan);
	scan = col_scan_path_find(input->partial_pathlist);
	if (scan != NULL)
		source->partial_scans = list_make1(scan);
	return true;
}

/* Columns of the parent input that exprs need, as Vars by number from 1 on. */
static bool
find_columns(RelOptInfo *input, List *exprs, Var ***columns, int *n)
{
	List *vars = pull_var_clause((Node *) exprs, PVC_RECURSE_AGGREGATES |
													 PVC_RECURSE_WINDOWFUNCS |
													 PVC_RECURSE_PLACEHOLDERS);
	ListCell *cell;

	*n = 0;
	foreach (cell, vars)
	{
		const Var *var = lfirst_node(Var, cell);

		if (var->varno != input->relid || var->varattno <= 0)
			return false;
		*n = Max(*n, var->varattno);
	}
	*columns = palloc0((*n + 1) * sizeof(Var *));
	foreach (cell, vars)
		(*columns)[((Var *) lfirst(cell))->varattno] = lfirst(cell);
	return true;
}

/* Where the table has the columns, 0-based; false: some are no columns of it. */
static bool
map_columns(PlannerInfo *root, RelOptInfo *table, Var **columns, int n,
			List **map)
{
	*map = NIL;
	for (int i = 1; i <= n; i++)
	{
		Var *column = columns[i];
		Var *own = column;

		if (column == NULL)
		{
			*map = lappend_int(*map, -1);
			continue;
		}
		own = (Var *) COL_ADJUST_TO_CHILD(root, (Node *) column, table);
		if (!IsA(own, Var) || own->varno != table->relid ||
			own->varattno <= 0 || own->vartype != column->vartype ||
			own->varcollid != column->varcollid ||
			(column->vartypmod != -1 && column->vartypmod != own->vartypmod))
			return false;
		*map = lappend_int(*map, own->varattno - 1);
	}
	return true;
}

bool
col_batch_source_gives(PlannerInfo *root, RelOptInfo *input, List *exprs,
					   ColBatchSourcePath *source)
{
	List *types = NIL;
	List *typmods = NIL;
	List *collations = NIL;
	List *maps = NIL;
	Var **columns;
	ListCell *cell;
	int n;

	if (!has_children(root, input))
		return col_scan_gives_batches(input);
	if (!find_columns(input, exprs, &columns, &n))
		return false;
	foreach (cell, source->scans)
	{
		RelOptInfo *table = ((Path *) lfirst(cell))->parent;
		List *map;

		if (!col_scan_gives_batches(table) ||
			!map_columns(root, table, columns, n, &map))
			return false;
		maps = lappend(maps, map);
	}
	for (int i = 1; i <= n; i++)
	{
		const Var *column = columns[i];

		types = lappend_oid(types, column ? column->vartype : InvalidOid);
		typmods = lappend_int(typmods, column ? column->vartypmod : -1);
		collations =
			lappend_oid(collations, column ? column->varcollid : InvalidOid);
	}
	source->parent = input;
	source->layout = COL_BATCH_LAYOUT(types, typmods, collations, maps);
	return true;
}

Path *
col_batch_source_path(PlannerInfo *root, const ColBatchSourcePath *source,
					  List *scans)
{
	bool partial = scans == source->partial_scans;

	if (source->layout == NIL)
		return linitial(scans);
	return (Path *) create_append_path(
		root, source->parent, partial ? NIL : scans, partial ? scans : NIL, NIL,
		NULL, partial ? col_batch_source_workers(scans) : 0, false, -1);
}

double
col_batch_source_rows(const List *scans)
{
	double rows = 0;
	ListCell *cell;

	foreach (cell, scans)
		rows += ((Path *) lfirst(cell))->rows;
	return rows;
}

int
col_batch_source_workers(const List *scans)
{
	int workers = 0;
	ListCell *cell;

	foreach (cell, scans)
		workers = Max(workers, ((Path *) lfirst(cell))->parallel_workers);
	return workers;
}

Cost
col_batch_source_cost(const List *scans)
{
	Cost cost = 0;
	ListCell *cell;

	foreach (cell, scans)
		cost += col_scan_path_batch_cost(lfirst(cell));
	return cost;
}
