/*
 * scan.h - ColstoreScan: the rows of a columnar table, of which only the
 * needed columns are decoded and only what zones do not rule out is read.
 */
#ifndef COL_EXEC_SCAN_H
#define COL_EXEC_SCAN_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/plannodes.h"

#include "src/storage/store/batch.h"

/* A plan node that scans range table entry scanrelid. */
extern CustomScan *col_exec_scan_plan(Index scanrelid, List *targetlist,
									  List *conditions);

/* Is a plan node's state one of ColstoreScan's? */
/*
 * Is asked before a stripe is read all of whose rows are wanted; true: it has taken them.
 */
typedef bool (*ColTakeStripe)(void *context, Relation rel,
							  const ColStripe *stripe);

/* Before the first batch; false: the node has conditions, so take is not asked. */
extern bool col_exec_scan_set_take(PlanState *node, ColTakeStripe take,
								   void *context);

extern bool col_exec_scan_is_ours(PlanState *node);

/*
 * After the node has begun: it gives batches from now on, of rows that pass its
 * conditions, instead of slots.  The batch is always the same.
 */
extern ColBatch *col_exec_scan_batches(PlanState *node);

/* Sets the batch to the next rows; false: there are no more. */
extern bool col_exec_scan_next_batch(PlanState *node);

extern void col_exec_scan_init(void);

#endif /* COL_EXEC_SCAN_H */
