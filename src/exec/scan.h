/*
 * scan.h - ColstoreScan: the rows of a columnar table, of which only the
 * needed columns are decoded and only what zones do not rule out is read.
 */
#ifndef COL_EXEC_SCAN_H
#define COL_EXEC_SCAN_H

#include "postgres.h"

#include "nodes/plannodes.h"

/* A plan node that scans range table entry scanrelid. */
extern CustomScan *col_exec_scan_plan(Index scanrelid, List *targetlist,
									  List *conditions);

extern void col_exec_scan_init(void);

#endif /* COL_EXEC_SCAN_H */
