/*
 * topn.h - ColstoreTopN: the first rows of a columnar scan in an order.
 */
#ifndef COL_EXEC_TOPN_H
#define COL_EXEC_TOPN_H

#include "postgres.h"

#include "nodes/plannodes.h"

/* A key of the order. */
typedef struct ColSortKey
{
	Expr *expr;
	Oid ordering; /* btree's less or greater */
	Oid collation;
	bool nulls_first;
} ColSortKey;

/*
 * A plan node over scan, a plan of ColstoreScan, that gives its first n_rows rows in the
 * order of keys (of ColSortKey).
 */
extern CustomScan *col_exec_topn_plan(Plan *scan, List *tlist, List *keys,
									  int64 n_rows);

extern void col_exec_topn_init(void);

#endif /* COL_EXEC_TOPN_H */
