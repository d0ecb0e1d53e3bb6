/*
 * wal.h - WAL of whole pages, and of a few bytes of one.  Changes of several
 * pages at once go through Generic WAL where they are made.
 */
#ifndef COL_WAL_H
#define COL_WAL_H

#include "postgres.h"

#include "access/transam.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

/* Buffers that one record takes (XLR_MAX_BLOCK_ID). */
#define COL_WAL_BATCH_BUFFERS 32

/*
 * Marks n exclusively locked buffers dirty and logs their full images in one
 * record when rel needs WAL.  n <= COL_WAL_BATCH_BUFFERS.
 */
extern void col_wal_log_new_pages(Relation rel, Buffer *buffers, int n);

/*
 * Lets standbys cancel the queries whose snapshots do not see all up to xid as
 * ended.
 */
extern void col_wal_log_conflict(Relation rel, FullTransactionId xid);

/* New bytes for a place on a page. */
typedef struct ColPatch
{
	void *at;
	const void *bytes;
	uint16 n_bytes;
} ColPatch;

#define COL_WAL_PATCHES_MAX 4

/*
 * Writes n patches to the page of an exclusively locked buffer and logs them,
 * and nothing else, when rel needs WAL: a Generic WAL record without the
 * comparison of whole pages.
 */
extern void col_wal_patch(Relation rel, Buffer buffer, const ColPatch *patches,
						  int n);

#endif /* COL_WAL_H */
