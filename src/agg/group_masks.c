/*
 * group_masks.c - the rows of a batch, apart by group.
 *
 * Kernels that add the rows of a mask to one state take less time for a few groups than
 * one row after the other does, whose state waits for the row before.
 */
#include "postgres.h"

#include "simd/simd.h"
#include "src/agg/group_masks.h"

/* Rows for each group, or one after the other, from which on it is worth it. */
#define ROWS_PER_GROUP 32
#define ROWS_PER_RUN 64

/* The place of a group, a new one if it has none; -1: there is no room. */
static int
find_place(ColGroupMasks *masks, uint32 group)
{
	for (int p = 0; p < masks->n_groups; p++)
	{
		if (masks->groups[p] == group)
			return p;
	}
	if (masks->n_groups == COL_GROUP_MASKS_MAX)
		return -1;
	masks->groups[masks->n_groups] = group;
	memset(masks->masks[masks->n_groups], 0, sizeof(masks->masks[0]));
	return masks->n_groups++;
}

/* The rows from first to last, both included. */
static void
add_range(uint64 *mask, uint32 first, uint32 last)
{
	uint64 from = ~(uint64) 0 << first % 64;
	uint64 to = ~(uint64) 0 >> (63 - last % 64);

	if (first / 64 == last / 64)
	{
		mask[first / 64] |= from & to;
		return;
	}
	mask[first / 64] |= from;
	for (uint32 w = first / 64 + 1; w < last / 64; w++)
		mask[w] = ~(uint64) 0;
	mask[last / 64] |= to;
}

/* n rows one after the other of a group; false: there is no room. */
static bool
add_run(ColGroupMasks *masks, uint32 group, const uint16 *rows, uint32 n)
{
	int n_groups = masks->n_groups;
	int place = find_place(masks, group);
	uint64 *mask = masks->masks[Max(place, 0)];

	if (place < 0)
		return false;
	/* NULL: from several places */
	masks->rows[place] = place == n_groups ? rows : NULL;
	masks->n_rows[place] = n;
	if (rows[n - 1] - rows[0] == n - 1)
		add_range(mask, rows[0], rows[n - 1]);
	else
		for (uint32 i = 0; i < n; i++)
			mask[rows[i] / 64] |= (uint64) 1 << rows[i] % 64;
	return true;
}

/* Where groups are many, but rows of one lie together; false: they do not. */
static bool
take_runs(ColGroupMasks *masks, const ColAggRows *rows)
{
	const uint32 *groups = rows->groups;
	uint32 n_runs = 0;
	uint32 end;

	for (uint32 i = 1; i < rows->n_rows; i++)
		n_runs += groups[i] != groups[i - 1];
	if (n_runs * ROWS_PER_RUN > rows->n_rows)
		return false;
	for (uint32 i = 0; i < rows->n_rows; i = end)
	{
		for (end = i + 1; end < rows->n_rows && groups[end] == groups[i]; end++)
			;
		if (!add_run(masks, groups[i], rows->rows + i, end - i))
			return false;
	}
	return true;
}

/* Each group's rows by a comparison of all. */
static void
take_groups(ColGroupMasks *masks, const ColAggRows *rows, uint32 n_groups)
{
	uint32 by_row[COL_VECTOR_ROWS];

	memset(by_row, 0xff, sizeof(by_row));
	for (uint32 i = 0; i < rows->n_rows; i++)
		by_row[rows->rows[i]] = rows->groups[i];
	masks->n_groups = n_groups;
	for (uint32 g = 0; g < n_groups; g++)
	{
		masks->groups[g] = g;
		masks->rows[g] = NULL;
		simd_kernels()->compare[SIMD_U32](by_row, COL_VECTOR_ROWS, SIMD_EQ, &g,
										  masks->masks[g]);
	}
}

void
col_group_masks_make(ColGroupMasks *masks, const ColAggRows *rows,
					 uint32 n_groups)
{
	masks->n_groups = 0;
	if (n_groups <= COL_GROUP_MASKS_MAX &&
		rows->n_rows >= n_groups * ROWS_PER_GROUP)
		take_groups(masks, rows, n_groups);
	else if (!take_runs(masks, rows))
		masks->n_groups = 0;
	for (int g = 0; g < masks->n_groups; g++)
	{
		if (masks->rows[g] != NULL)
			continue;
		masks->rows[g] = masks->room[g];
		masks->n_rows[g] = simd_kernels()->bitmap_to_selection(
			masks->masks[g], COL_VECTOR_ROWS, masks->room[g]);
	}
}
