/*
 * table_scan.h - all rows of a table that a snapshot sees: row store and
 * stripes, in order of their TIDs; in parallel, in any order.
 */
#ifndef COL_TABLE_SCAN_H
#define COL_TABLE_SCAN_H

#include "postgres.h"

#include "access/relscan.h"
#include "port/atomics.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "src/storage/marks/marks_visibility.h"
#include "src/storage/store/row_scan.h"
#include "src/storage/stripe/directory.h"
#include "src/storage/stripe/stripe_reader.h"

/* What processes that scan one table together share. */
typedef struct ColParallelScan
{
	ParallelTableScanDescData base;
	BlockNumber n_blocks;		  /* heap blocks below this are looked at */
	uint32 n_stripes;			  /* of the directory: entries never move */
	pg_atomic_uint64 next_stripe; /* to be claimed */
	pg_atomic_uint64 next_block;
} ColParallelScan;

/* Prepares a shared scan; flushes what this transaction has pending. */
extern void col_parallel_scan_init(ColParallelScan *shared, Relation rel);
extern void col_parallel_scan_reset(ColParallelScan *shared);

/* What a stripe is left out by. */
typedef enum ColPruned
{
	COL_NOT_PRUNED,
	COL_PRUNED_BY_ZONE,
	COL_PRUNED_BY_BLOOM,
	COL_PRUNED_AS_KNOWN /* its rows have been taken without being read */
} ColPruned;

/*
 * Leaves out stripes and vectors in which no row can be wanted.  Functions get
 * context; a stripe is asked for before it is opened, a vector when it is.
 */
typedef struct ColPruner
{
	ColPruned (*stripe)(void *context, const ColDirectoryCopy *directory,
						uint32 i);
	bool (*vector)(void *context, ColStripeReader *reader, uint32 vector);
	void *context;
} ColPruner;

/* What a scan has done so far. */
typedef struct ColScanCounts
{
	uint64 stripes_read;
	uint64 stripes_pruned;
	uint64 stripes_pruned_by_bloom; /* of those */
	uint64 stripes_known;			/* not read, but not left out */
	uint64 vectors_read;
	uint64 vectors_pruned;
	uint64 heap_pages;
} ColScanCounts;

typedef enum ColScanPhase
{
	COL_SCAN_BEFORE,  /* no row yet */
	COL_SCAN_ROWS,	  /* in the row store */
	COL_SCAN_STRIPES, /* in a stripe */
	COL_SCAN_AFTER
} ColScanPhase;

typedef struct ColTableScan
{
	Relation rel;
	Snapshot snapshot;
	ColParallelScan *shared; /* NULL: alone */
	MemoryContext context;
	TupleDesc desc; /* what rows are decoded as; the relation's, or an older
					 * one while ALTER TABLE rewrites it */
	BufferAccessStrategy strategy;
	ColDirectoryCopy directory;
	ColScanPhase phase;
	/* row store: rows.tuple is the current row while phase is ROWS */
	ColRowScan rows;
	bool page_open;
	BlockNumber first_block; /* bounds: blocks looked at */
	BlockNumber end_block;
	int64 next_block;	   /* alone: of the scan; shared: of the claim */
	int64 claim_end_block; /* shared */
	/* stripes: (reader, row) is the current row while phase is STRIPES */
	ColStripeReader *reader;
	bool stripe_open;
	int64 stripe;	   /* index into directory */
	ColRowSet *hidden; /* rows that the snapshot does not see; NULL: none */
	uint32 row;		   /* of the stripe */
	uint32 vector_first_row; /* rows of the current vector: can be walked */
	uint32 vector_end_row;
	const ColPruner *pruner; /* NULL: nothing is left out */
	const int *wanted;		 /* columns to decode; NULL: all */
	int n_wanted;
	ColScanCounts *counts;
	ColScanCounts own_counts;
} ColTableScan;

/*
 * Begins a scan in the current memory context.  Flushes what the snapshot may
 * have to see of our own pending rows, then copies the directory.
 */
extern void col_table_scan_begin(ColTableScan *scan, Relation rel,
								 Snapshot snapshot, ColParallelScan *shared);

/* Decodes rows as desc from the next row on. */
extern void col_table_scan_set_desc(ColTableScan *scan, TupleDesc desc);

/*
 * Before the first row: decodes only n_wanted columns (0-based, ascending;
 * NULL: all), leaves out what pruner (may be NULL) says, and counts in counts
 * (NULL: in the scan itself).  All must outlive the scan.
 */
extern void col_table_scan_restrict(ColTableScan *scan, const int *wanted,
									int n_wanted, const ColPruner *pruner,
									ColScanCounts *counts);

/*
 * Before the first row: looks at heap blocks min_block .. max_block only (alone).
 */
extern void col_table_scan_bound(ColTableScan *scan, BlockNumber min_block,
								 BlockNumber max_block);

/* Back to before the first row, with the same copy of the directory. */
extern void col_table_scan_rewind(ColTableScan *scan);

/* Goes to the next row in that direction; false: there is none. */
extern bool col_table_scan_next(ColTableScan *scan, bool forward);

extern void col_table_scan_end(ColTableScan *scan);

#endif /* COL_TABLE_SCAN_H */
