/*
 * directory_move.h - pages of the directory moved to other blocks, so that the
 * file can end before them.  Nobody else uses the table.
 */
#ifndef COL_DIRECTORY_MOVE_H
#define COL_DIRECTORY_MOVE_H

#include "postgres.h"

#include "src/storage/stripe/directory.h"

/*
 * The run of pages of the directory that block belongs to: those of a group, or a
 * map page.  false: it is none of them.
 */
typedef struct ColDirectoryRun
{
	bool is_map;
	uint32 number; /* of the group or map */
	BlockNumber first_block;
	uint32 n_blocks;
} ColDirectoryRun;

extern bool col_directory_run(Relation rel, BlockNumber block,
							  ColDirectoryRun *run);

/*
 * Copies a run to blocks that are ours and nobody's, and lets what names it name
 * them.  The old ones are nobody's then.
 */
extern void col_directory_move(Relation rel, const ColDirectoryRun *run,
							   BlockNumber first_block);

#endif /* COL_DIRECTORY_MOVE_H */
