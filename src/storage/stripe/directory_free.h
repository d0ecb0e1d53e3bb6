/*
 * directory_free.h - stripes that are dead, and the blocks they leave.
 */
#ifndef COL_DIRECTORY_FREE_H
#define COL_DIRECTORY_FREE_H

#include "postgres.h"

#include "src/storage/stripe/directory.h"

/*
 * Makes a stripe that is flagged aborted, or that was replaced, or whose rows
 * are all dead, and that
 * no index names any more, DEAD: its blocks are free.  Returns how many.
 */
extern uint32 col_directory_free(Relation rel, ColStripe *stripe);

/*
 * Gives a RESERVED stripe that has none an extent of n_blocks free blocks;
 * false when no DEAD stripe has that many in a row.
 */
extern bool col_directory_take(Relation rel, ColStripe *stripe,
							   uint32 n_blocks);

/*
 * Takes from a RESERVED stripe the extent of an attempt to write it that has
 * failed: the blocks are free.
 */
extern void col_directory_abandon(Relation rel, ColStripe *stripe);

/* Joins free extents that touch. */
extern void col_directory_join_free(Relation rel);

#endif /* COL_DIRECTORY_FREE_H */
