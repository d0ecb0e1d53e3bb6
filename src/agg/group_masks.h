/*
 * group_masks.h - the rows of a batch, apart by group, when it has few.
 */
#ifndef COL_GROUP_MASKS_H
#define COL_GROUP_MASKS_H

#include "postgres.h"

#include "src/agg/aggregate.h"

/* Groups there are at most. */
#define COL_GROUP_MASKS_MAX 12

typedef struct ColGroupMasks
{
	int n_groups; /* 0: rows are not apart */
	uint32 groups[COL_GROUP_MASKS_MAX];
	uint64 masks[COL_GROUP_MASKS_MAX][COL_VECTOR_WORDS];
	const uint16 *rows[COL_GROUP_MASKS_MAX];
	uint16 room[COL_GROUP_MASKS_MAX][COL_VECTOR_ROWS]; /* for them */
	uint32 n_rows[COL_GROUP_MASKS_MAX];
} ColGroupMasks;

/* Takes rows apart, whose groups are below n_groups, if that is worth it. */
extern void col_group_masks_make(ColGroupMasks *masks, const ColAggRows *rows,
								 uint32 n_groups);

#endif /* COL_GROUP_MASKS_H */
