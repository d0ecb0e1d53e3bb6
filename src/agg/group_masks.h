/*
 * group_masks.h - the rows of a batch, apart by group, when groups are few.
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
	uint64 masks[COL_GROUP_MASKS_MAX][COL_VECTOR_WORDS];
	uint16 rows[COL_GROUP_MASKS_MAX][COL_VECTOR_ROWS];
	uint32 n_rows[COL_GROUP_MASKS_MAX];
} ColGroupMasks;

/* Takes rows of groups below n_groups apart if that is worth it. */
extern void col_group_masks_make(ColGroupMasks *masks, const ColAggRows *rows,
								 uint32 n_groups);

#endif /* COL_GROUP_MASKS_H */
