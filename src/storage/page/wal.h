/*
 * wal.h - WAL of whole pages.  Small changes of a page go through Generic WAL
 * where they are made.
 */
#ifndef COL_WAL_H
#define COL_WAL_H

#include "postgres.h"

#include "storage/bufmgr.h"
#include "utils/rel.h"

/* Buffers that one record takes (XLR_MAX_BLOCK_ID). */
#define COL_WAL_BATCH_BUFFERS 32

/*
 * Marks n exclusively locked buffers dirty and logs their full images in one
 * record when rel needs WAL.  n <= COL_WAL_BATCH_BUFFERS.
 */
extern void col_wal_log_new_pages(Relation rel, Buffer *buffers, int n);

#endif /* COL_WAL_H */
