/*
 * bitmap_scan.h - ColstoreBitmapScan: the rows of a TID bitmap.
 */
#ifndef COL_BITMAP_SCAN_H
#define COL_BITMAP_SCAN_H

#include "postgres.h"

#include "nodes/plannodes.h"

/*
 * A plan node that does what a plan of PostgreSQL's bitmap heap scan does.
 */
extern CustomScan *col_bitmap_scan_plan(BitmapHeapScan *heap_scan);

extern void col_bitmap_scan_init(void);

#endif /* COL_BITMAP_SCAN_H */
