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
	CustomScanState *node; /* whose children the scans are */
	ColBatch *batch;	   /* always the same */
	Index varno;		   /* of its columns in the node's expressions */
	/* of several tables: */
	int n_scans;		/* 0: it is the batch of the only scan */
	int scan;			/* that is read */
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
 * Begins the node's custom_plans, which are ColstoreScans; layout is NIL if there is only
 * one and its columns are the table's.  Expressions of columns are in custom_scan_tlist.
 */
extern void col_batch_source_begin(ColBatchSource *source,
								   CustomScanState *node, List *layout,
								   int eflags);

/* Sets the batch to the next rows; false: there are no more. */
extern bool col_batch_source_next(ColBatchSource *source);

extern void col_batch_source_rescan(ColBatchSource *source);
extern void col_batch_source_end(ColBatchSource *source);

#endif /* COL_EXEC_BATCH_SOURCE_H */
