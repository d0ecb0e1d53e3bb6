/*
 * batch_source_path.h - scans whose batches a node can take: of a table, or of all the
 * tables below a parent.
 */
#ifndef COL_BATCH_SOURCE_PATH_H
#define COL_BATCH_SOURCE_PATH_H

#include "postgres.h"

#include "nodes/pathnodes.h"

typedef struct ColBatchSourcePath
{
	List *scans;		 /* paths of ColstoreScan */
	List *partial_scans; /* in parallel; NIL: not all tables can be read so */
	List *layout;		 /* of several tables (exec/batch_source.h), or NIL */
	RelOptInfo *parent;	 /* then: of the tables */
} ColBatchSourcePath;

/*
 * Does a ColstoreScan read the table input; or are all tables below it columnar and does it
 * read one of them?  Finds the scans; those without stripes are scanned the same way.
 */
extern bool col_batch_source_find(PlannerInfo *root, RelOptInfo *input,
								  ColBatchSourcePath *source);

/* Can batches be taken, with what exprs need?  Finds the layout. */
extern bool col_batch_source_gives(PlannerInfo *root, RelOptInfo *input,
								   List *exprs, ColBatchSourcePath *source);

/* The path of the scans, which are in parallel or not: an Append of several. */
extern Path *col_batch_source_path(PlannerInfo *root,
								   const ColBatchSourcePath *source,
								   List *scans);

/* Rows that the scans return, workers they need, what batches of all of them cost. */
extern double col_batch_source_rows(const List *scans);
extern int col_batch_source_workers(const List *scans);
extern Cost col_batch_source_cost(const List *scans);

#endif /* COL_BATCH_SOURCE_PATH_H */
