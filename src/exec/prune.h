/*
 * prune.h - leaving out stripes and vectors by what a scan's conditions say
 * about zones.
 */
#ifndef COL_PRUNE_H
#define COL_PRUNE_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "utils/rel.h"

#include "src/storage/store/table_scan.h"

typedef struct ColPrune ColPrune;

/*
 * The pruning program of the conditions (implicitly ANDed) of a scan of rel as
 * varno; NULL: none of them says anything about zones.  Lives in the current
 * memory context.
 */
extern ColPrune *col_prune_create(List *conditions, Index varno, Relation rel,
								  PlanState *parent);

/*
 * Computes the values that columns are compared with: before the scan, and
 * again when parameters have changed.
 */
extern void col_prune_bind(ColPrune *prune, ExprContext *econtext);

/* What a table scan calls; its context is prune. */
extern const ColPruner *col_prune_pruner(ColPrune *prune);

/* Those of the conditions that prune (for EXPLAIN). */
extern List *col_prune_conditions(List *conditions, Index varno);

#endif /* COL_PRUNE_H */
