/*
 * batch_source.h - where a node gets its batches: from a scan, or from the scans of
 * several tables, one after the other, as if they were one table.
 */
#ifndef COL_EXEC_BATCH_SOURCE_H
#define COL_EXEC_BATCH_SOURCE_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "src/storage/store/batch.h"

typedef struct ColBatchSource
{
	CustomScanState *node;
	PlanState *child; /* of the node: the scan, or an Append of scans */
	ColBatch *batch;  /* always the same */
	Index varno;	  /* of its columns in the node's expressions */
	/* of several tables: */
	bool is_several;
	Bitmapset *valid; /* scans that partitions are not pruned of */
	int n_scans;
	int scan; /* that is read, -1: none yet, -2: no more */
	PlanState **scans;
	uint64 scan_stripe; /* its number of the stripe that was last begun */
	uint64 n_stripes;	/* of all tables, begun */
	ColBatch **batches; /* of the scans */
	int **columns;		/* where each has the batch's columns */
} ColBatchSource;

/*
 * What the columns of several tables are called by: types (InvalidOid: nobody asks for the
 * column), typmods and collations of the columns, and for each table the columns (0-based) of
 * its own.  To be kept in a plan's custom_private.
 */
#define COL_BATCH_LAYOUT(types, typmods, collations, columns) \
	list_make4(types, typmods, collations, columns)

/*
 * Begins the node's only custom_plan: a ColstoreScan, layout is NIL then; or an Append of
 * ColstoreScans, or one of them.  An Append prunes partitions, as it does for PostgreSQL.
 * Expressions of columns are in custom_scan_tlist.
 */
extern void col_batch_source_begin(ColBatchSource *source,
								   CustomScanState *node, List *layout,
								   int eflags);

/* Sets the batch to the next rows; false: there are no more. */
extern bool col_batch_source_next(ColBatchSource *source);

extern void col_batch_source_rescan(ColBatchSource *source);
extern void col_batch_source_end(ColBatchSource *source);

#endif /* COL_EXEC_BATCH_SOURCE_H */
