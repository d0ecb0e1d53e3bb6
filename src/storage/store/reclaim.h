/*
 * reclaim.h - blocks that nobody needs any more, at the end of VACUUM.
 */
#ifndef COL_RECLAIM_H
#define COL_RECLAIM_H

#include "postgres.h"

#include "utils/rel.h"

/*
 * Makes free extents for stripes of heap pages that compaction, or deletion, has
 * emptied, but for some that new rows will need.  truncate: gives what is free at
 * the end of the file back to the system, if nobody uses the table just now.  The
 * table, which has stripes, is locked against other vacuums.
 */
extern void col_reclaim(Relation rel, bool truncate);

/* Blocks that are free for stripes; reads the directory. */
extern BlockNumber col_reclaim_free_blocks(Relation rel);

#endif /* COL_RECLAIM_H */
