/*
 * index_cost.h - what index scans of columnar tables cost.
 */
#ifndef COL_INDEX_COST_H
#define COL_INDEX_COST_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/* Makes the indexes of a table that has stripes cost what they do. */
extern void col_index_costs_replace(RelOptInfo *rel);

#endif /* COL_INDEX_COST_H */
