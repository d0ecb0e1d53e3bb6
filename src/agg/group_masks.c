/*
 * group_masks.c - the rows of a batch, apart by group.
 *
 * Kernels that add the rows of a mask to one state take less time for a few groups than
 * one row after the other does, whose state waits for the row before.
 */
#include "postgres.h"

#include "simd/simd.h"
#include "src/agg/group_masks.h"

/* Rows for each group from which on it is worth it. */
#define ROWS_PER_GROUP 32

void
col_group_masks_make(ColGroupMasks *masks, const ColAggRows *rows,
					 uint32 n_groups)
{
	masks->n_groups = 0;
	if (n_groups > COL_GROUP_MASKS_MAX ||
		rows->n_rows < n_groups * ROWS_PER_GROUP)
		return;
	masks->n_groups = n_groups;
	memset(masks->masks, 0, n_groups * sizeof(masks->masks[0]));
	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		uint32 row = rows->rows[i];

		masks->masks[rows->groups[i]][row / 64] |= (uint64) 1 << row % 64;
	}
	for (uint32 g = 0; g < n_groups; g++)
		masks->n_rows[g] = simd_kernels()->bitmap_to_selection(
			masks->masks[g], COL_VECTOR_ROWS, masks->rows[g]);
}
