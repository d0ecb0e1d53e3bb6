/*
 * extent.h - runs of consecutive blocks of a table.
 */
#ifndef COL_EXTENT_H
#define COL_EXTENT_H

#include "postgres.h"

#include "storage/block.h"
#include "storage/bufpage.h"
#include "utils/rel.h"

/*
 * Called with the extension lock held, no buffer locked, before any block of
 * the extent exists: the place to record, WAL-logged, that it belongs to
 * somebody.
 */
typedef void (*ColExtentAnnounce)(Relation rel, BlockNumber first_block,
								  uint32 n_blocks, void *context);

/*
 * Formats page number i of the extent; called with the buffer locked.  Must
 * not throw.
 */
typedef void (*ColExtentFill)(Page page, uint32 i, BlockNumber block,
							  void *context);

/*
 * Appends n_blocks (> 0) consecutive blocks, each formatted by fill under the
 * lock that extended the table, logged, and marked all-visible.  announce may
 * be NULL.  Returns the first block.  Throws when the disk is full or the
 * table at its limit; what was formatted until then stays as it is.
 *
 * Takes the relation extension lock; the caller must hold no buffer lock.
 */
extern BlockNumber col_extent_append(Relation rel, uint32 n_blocks,
									 ColExtentAnnounce announce,
									 ColExtentFill fill, void *context);

/*
 * Formats anew, by fill, n_blocks blocks that are all ours already, and logs
 * them.  Throws when one of them is not ours.
 */
extern void col_extent_overwrite(Relation rel, BlockNumber first_block,
								 uint32 n_blocks, ColExtentFill fill,
								 void *context);

/*
 * Copies n_blocks pages over others that are ours.  Nobody else uses the table.
 */
extern void col_extent_copy(Relation rel, BlockNumber from_block,
							uint32 n_blocks, BlockNumber to_block);

/*
 * Makes heap pages without a row ours, from first_block on: at most n_blocks, up to
 * the first that has one.  Returns how many.  They belong to nobody yet.  The table is
 * locked against other vacuums.
 */
extern uint32 col_extent_claim(Relation rel, BlockNumber first_block,
							   uint32 n_blocks);

/*
 * Of an extent whose writing may have been interrupted: how many of its blocks,
 * from the first on, are data pages of that owner (E1).  They are logged, so
 * that they stay so.
 */
extern uint32 col_extent_owned(Relation rel, BlockNumber first_block,
							   uint32 n_blocks, uint64 owner);

/*
 * Sets the visibility map's bits of blocks that are ours where they have been
 * lost.
 */
extern void col_extent_repair_visibility(Relation rel, BlockNumber first_block,
										 uint32 n_blocks);

#endif /* COL_EXTENT_H */
