/*
 * batch.h - up to COL_VECTOR_ROWS rows of a table as vectors, for whoever computes on
 * them: a vector of a stripe, or rows of the row store, transposed.
 */
#ifndef COL_BATCH_H
#define COL_BATCH_H

#include "postgres.h"

#include "executor/tuptable.h"

#include "src/storage/store/table_scan.h"
#include "src/vector/vector.h"

/* A column as the batch has it. */
typedef struct ColBatchColumn
{
	ColVector vector;
	ColVector decimals;
	uint64 vector_batch; /* of which batch vector is, 0: of none */
	uint64 decimals_batch;
	/* rows, transposed */
	uint8 *values; /* lanes, or fixed-length values at stride_bytes */
	const uint8 **images;
	uint64 *validity;
} ColBatchColumn;

typedef struct ColBatch
{
	uint32 n_rows;
	/* rows to compute on: those that the snapshot sees, then fewer and fewer */
	uint64 selected[COL_VECTOR_WORDS];
	uint64 number; /* of this batch, from 1 on */
	uint64 stripe; /* number of the stripe in the scan, from 1 on; 0: rows */
	TupleDesc desc;
	ColStripeReader *reader; /* of the stripe */
	uint32 vector;			 /* of the stripe */
	uint32 first_row;		 /* of the stripe */
	const int *wanted;		 /* columns that rows are transposed of */
	int n_wanted;
	MemoryContext memory;	 /* of the batch itself */
	MemoryContext rows;		 /* by-reference values of transposed rows */
	ColBatchColumn *columns; /* one for each of desc */
	struct ColBatch *of;	 /* a view: columns are those of this one */
	const int *of_columns;
} ColBatch;

/*
 * A batch for rows of desc, of which wanted columns (0-based, ascending) will be asked
 * for, in the current memory context.  Both must outlive it.
 */
extern ColBatch *col_batch_create(TupleDesc desc, const int *wanted,
								  int n_wanted);

/* The batch is the vector of the stripe that holds the scan's current row. */
extern void col_batch_set_stripe(ColBatch *batch, const ColTableScan *scan,
								 uint64 stripe);

/* The batch becomes empty, for rows to be added. */
extern void col_batch_set_rows(ColBatch *batch);

/*
 * The batch becomes a view of another one: columns says where that one has each of the
 * batch's, stripe is the number to show.  Until it is set again, or the other one is.
 */
extern void col_batch_set_view(ColBatch *batch, ColBatch *of,
							   const int *columns, uint64 stripe);

/* Adds a row, copied, of a batch that has room. */
extern void col_batch_add(ColBatch *batch, TupleTableSlot *slot);

/*
 * A column of the batch: decoded when first asked for.  It stays until the batch is
 * another one.
 */
extern const ColVector *col_batch_column(ColBatch *batch, int column);

/* Which of its rows are not NULL, NULL: all; the values are not decoded for that. */
extern const uint64 *col_batch_validity(ColBatch *batch, int column);

/*
 * A numeric column, as COL_PHYS_DECIMAL if the batch has it so, as images otherwise.
 */
extern const ColVector *col_batch_decimals(ColBatch *batch, int column);

/*
 * The value of a row as Datum; by reference, it points into the vector, or, of decimals,
 * into memory of its own.
 */
extern Datum col_vector_datum(const ColVector *vector, uint32 row, bool *null);

/*
 * Next batch of all rows of the scan; false: there are no more.  Afterwards the scan is
 * behind the last row of the batch.
 */
typedef struct ColBatchScan
{
	ColTableScan *scan;
	ColBatch *batch;
	TupleTableSlot *slot; /* of heap tuples */
	bool pending;		  /* the scan's row is not in a batch yet */
	uint64 n_stripes;	  /* begun */
	int64 stripe;		  /* the scan's, that was last begun */
} ColBatchScan;

extern void col_batch_scan_begin(ColBatchScan *batches, ColTableScan *scan,
								 ColBatch *batch);
extern bool col_batch_scan_next(ColBatchScan *batches);
extern void col_batch_scan_end(ColBatchScan *batches);

#endif /* COL_BATCH_H */
