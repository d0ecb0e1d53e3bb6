/*
 * scan.h - the table scan descriptor of the access method.
 */
#ifndef COL_SCAN_H
#define COL_SCAN_H

#include "postgres.h"

#include "access/relscan.h"
#include "access/tableam.h"

#include "src/pg/compat.h"
#include "src/storage/store/table_scan.h"
#include "src/tableam/fetch.h"

/* Rows of a block that ANALYZE or TABLESAMPLE has chosen. */
typedef struct ColBlockSample
{
	BlockNumber block;
	bool in_stripe;	 /* the block carries part of a stripe */
	uint32 next_row; /* of the stripe: the block stands for rows up to */
	uint32 end_row;
	OffsetNumber offset; /* heap page: last looked at */
	ColFateCache fates;	 /* ANALYZE */
	ColRowSet *hidden;	 /* TABLESAMPLE: of the open stripe, NULL: none */
} ColBlockSample;

/* The rows of a page of a TID bitmap. */
typedef struct ColBitmapPage
{
	BlockNumber block; /* InvalidBlockNumber: a heap page, in scan.rows */
	int n_offsets;	   /* of a synthetic block: rows to look at */
	int next;
	OffsetNumber offsets[COL_TID_ROWS];
} ColBitmapPage;

/* The TIDs that a scan is confined to. */
typedef struct ColTidRange
{
	ItemPointerData min_tid;
	ItemPointerData max_tid;
	uint64 min_row; /* of stripes */
	uint64 end_row;
	ColPruner pruner;
} ColTidRange;

typedef struct ColScanDesc
{
	TableScanDescData base; /* must be first */
	ColTableScan scan;
	ColBlockSample sample;
	ColBitmapPage bitmap;
	ColTidRange tid_range;
} ColScanDesc;

/* Puts the current row of a scan into a slot of ours. */
extern void col_scan_store(ColTableScan *scan, TupleTableSlot *slot);

/* Table AM callbacks, see access/tableam.h. */
extern TableScanDesc col_scan_begin(Relation rel, Snapshot snapshot, int nkeys,
									struct ScanKeyData *key,
									ParallelTableScanDesc parallel,
									uint32 flags);
extern void col_scan_end(TableScanDesc base);
extern void col_scan_rescan(TableScanDesc base, struct ScanKeyData *key,
							bool set_params, bool allow_strat, bool allow_sync,
							bool allow_pagemode);
extern bool col_scan_getnextslot(TableScanDesc base, ScanDirection direction,
								 TupleTableSlot *slot);
extern bool col_scan_bitmap_turn(TableScanDesc base,
								 const ColBitmapBlock *block);
extern bool col_scan_bitmap_next(TableScanDesc base, TupleTableSlot *slot);
extern void col_scan_set_tidrange(TableScanDesc base, ItemPointer min_tid,
								  ItemPointer max_tid);
extern bool col_scan_getnextslot_tidrange(TableScanDesc base,
										  ScanDirection direction,
										  TupleTableSlot *slot);
extern Size col_parallelscan_estimate(Relation rel);
extern Size col_parallelscan_initialize(Relation rel,
										ParallelTableScanDesc parallel);
extern void col_parallelscan_reinitialize(Relation rel,
										  ParallelTableScanDesc parallel);

#endif /* COL_SCAN_H */
