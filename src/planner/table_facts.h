/*
 * table_facts.h - what costs of a columnar table are computed from.
 */
#ifndef COL_TABLE_FACTS_H
#define COL_TABLE_FACTS_H

#include "postgres.h"

#include "nodes/pathnodes.h"
#include "utils/rel.h"

typedef struct ColTableFacts
{
	double stripe_rows;
	double n_stripes;	 /* at least 1 when there are stripe_rows */
	double stripe_pages; /* data pages */
	double map_pages;	 /* directory and zone pages of one column */
	double heap_pages;	 /* of the row store */
	double heap_rows;
} ColTableFacts;

/* The table is locked. */
extern bool col_table_is_columnar(Oid relid);

/*
 * False: no columnar table, or one without stripes, which costs what a heap
 * table does.
 */
extern bool col_table_facts(PlannerInfo *root, RelOptInfo *rel, Oid relid,
							ColTableFacts *facts);

/*
 * The columns that a scan of rel has to decode, as pull_varattnos gives them.
 */
extern Bitmapset *col_table_needed_columns(RelOptInfo *rel);

#endif /* COL_TABLE_FACTS_H */
