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
 * Takes n_blocks free blocks in a row for pages of the directory or of marks,
 * which are to name them; false: there are none.
 */
extern bool col_directory_detach(Relation rel, uint32 n_blocks,
								 BlockNumber *first_block);

/* The same of one DEAD entry; false: it has not that many. */
extern bool col_directory_detach_from(Relation rel, const ColStripeRef *ref,
									  uint32 n_blocks,
									  BlockNumber *first_block);

/*
 * Takes from a RESERVED stripe the extent of an attempt to write it that has
 * failed: the blocks are free.
 */
extern void col_directory_abandon(Relation rel, ColStripe *stripe);

/*
 * Gives a DEAD stripe that has no blocks some that are ours and nobody's.
 */
extern void col_directory_give(Relation rel, ColStripe *stripe,
							   BlockNumber first_block, uint32 n_blocks);

/*
 * Takes from a DEAD stripe all but its first n_blocks blocks: they are to be
 * another's.
 */
extern void col_directory_shrink_free(Relation rel, ColStripe *stripe,
									  uint32 n_blocks);

/*
 * Takes from a DEAD stripe all its blocks: they are about to be cut off the
 * file.
 */
extern void col_directory_drop_free(Relation rel, ColStripe *stripe);

/*
 * Lets a FLUSHED stripe and a DEAD one change blocks, of which they have equally
 * many.  The former's data must be there by now, and nobody may read the table.
 */
extern void col_directory_exchange(Relation rel, ColStripe *stripe,
								   ColStripe *dead);

/* Joins free extents that touch. */
extern void col_directory_join_free(Relation rel);

#endif /* COL_DIRECTORY_FREE_H */
