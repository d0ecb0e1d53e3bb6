/*
 * row_scan.h - the loop over the heap blocks of a table: one for scans of
 * every kind, forwards, backwards and in parallel.
 */
#ifndef COL_ROW_SCAN_H
#define COL_ROW_SCAN_H

#include "postgres.h"

#include "access/htup.h"
#include "access/htup_details.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "src/storage/stripe/directory.h"

typedef struct ColRowScan
{
	Relation rel;
	Snapshot snapshot;
	BufferAccessStrategy strategy;
	const ColDirectoryCopy *directory; /* blocks to skip */
	BlockNumber n_blocks;			   /* blocks to look at, from 0 */
	Buffer buffer;					   /* pinned: the page of tuple */
	BlockNumber block;				   /* of buffer */
	int n_tuples;					   /* visible ones on the page */
	int index;						   /* of tuple in offsets */
	HeapTupleData tuple;			   /* the current one */
	OffsetNumber offsets[MaxHeapTuplesPerPage];
} ColRowScan;

/* directory and strategy (may be NULL) must outlive the scan. */
extern void col_row_scan_begin(ColRowScan *scan, Relation rel,
							   Snapshot snapshot,
							   const ColDirectoryCopy *directory,
							   BlockNumber n_blocks,
							   BufferAccessStrategy strategy);

/* The first block at or after block that is not ours; n_blocks: none. */
extern BlockNumber col_row_scan_skip(const ColRowScan *scan, BlockNumber block);

/*
 * Reads block and finds the tuples on it that the snapshot sees, before the
 * first (forward) or behind the last.
 */
extern void col_row_scan_page(ColRowScan *scan, BlockNumber block,
							  bool forward);

/*
 * Reads block and finds, of the HOT chains that start at the given offsets,
 * the members that the snapshot sees; the scan is before the first.
 */
extern void col_row_scan_chains(ColRowScan *scan, BlockNumber block,
								const OffsetNumber *offsets, int n_offsets);

/* Goes to the next tuple on the page; false: there is none. */
extern bool col_row_scan_step(ColRowScan *scan, bool forward);

extern void col_row_scan_end(ColRowScan *scan);

#endif /* COL_ROW_SCAN_H */
