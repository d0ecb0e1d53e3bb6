/*
 * table_facts.c - what costs of a columnar table are computed from: the meta
 * page, and what the planner knows of any table.
 */
#include "postgres.h"

#include <math.h>

#include "access/table.h"
#include "optimizer/optimizer.h"

#include "src/planner/table_facts.h"
#include "src/storage/page/metapage.h"
#include "src/tableam/columnar_am.h"

bool
col_table_is_columnar(Oid relid)
{
	Relation table = table_open(relid, NoLock);
	bool columnar = col_relation_is_columnar(table);

	table_close(table, NoLock);
	return columnar;
}

bool
col_table_facts(PlannerInfo *root pg_attribute_unused(), RelOptInfo *rel,
				Oid relid, ColTableFacts *facts)
{
	Relation table = table_open(relid, NoLock);
	ColMeta meta = {0};
	double foreign_pages;

	if (col_relation_is_columnar(table))
		col_metapage_get(table, &meta);
	table_close(table, NoLock);
	if (meta.n_groups == 0)
		return false;
	memset(facts, 0, sizeof(*facts));
	facts->stripe_rows = Min((double) meta.stripe_rows, rel->tuples);
	facts->heap_rows = rel->tuples - facts->stripe_rows;
	/* a group has 100 stripes, but the first two have less: about right */
	facts->n_stripes =
		Max(facts->stripe_rows / COL_STRIPE_ROWS_MAX,
			meta.n_groups > 2 ? (meta.n_groups - 2.5) * 100 : meta.n_groups);
	facts->map_pages = 2.0 * meta.n_groups;
	foreign_pages = Min((double) meta.foreign_blocks, (double) rel->pages);
	facts->stripe_pages = Max(foreign_pages - facts->map_pages, 0);
	facts->heap_pages = rel->pages - foreign_pages;
	return true;
}

Bitmapset *
col_table_needed_columns(RelOptInfo *rel)
{
	Bitmapset *needed = NULL;
	ListCell *cell;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &needed);
	foreach (cell, rel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, cell)->clause,
					   rel->relid, &needed);
	return needed;
}
