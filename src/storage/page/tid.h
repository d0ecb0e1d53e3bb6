/*
 * tid.h - row numbers of stripe rows as TIDs, and back.
 *
 * A row of the row store has its heap TID; a stripe row a synthetic one, in
 * blocks no heap page can have.
 */
#ifndef COL_TID_H
#define COL_TID_H

#include "postgres.h"

#include "storage/itemptr.h"

#include "src/storage/format.h"

static inline bool
col_tid_is_stripe(ItemPointer tid)
{
	return ItemPointerGetBlockNumberNoCheck(tid) >= COL_TID_FIRST_BLOCK &&
		   ItemPointerGetBlockNumberNoCheck(tid) != InvalidBlockNumber;
}

static inline void
col_tid_from_row(uint64 row, ItemPointer tid)
{
	Assert(row < COL_ROWS_MAX);
	ItemPointerSet(tid, COL_TID_FIRST_BLOCK + row / COL_TID_ROWS,
				   row % COL_TID_ROWS + 1);
}

/* From the TID of a row to that of the next one. */
static inline void
col_tid_advance(ItemPointer tid)
{
	OffsetNumber offset = ItemPointerGetOffsetNumberNoCheck(tid);

	if (offset < COL_TID_ROWS)
		ItemPointerSetOffsetNumber(tid, offset + 1);
	else
		ItemPointerSet(tid, ItemPointerGetBlockNumberNoCheck(tid) + 1, 1);
}

/*
 * The row number of a synthetic TID; one of impossible offset, as a user may
 * write it, gives PG_UINT64_MAX, which no stripe has.
 */
static inline uint64
col_tid_to_row(ItemPointer tid)
{
	OffsetNumber offset = ItemPointerGetOffsetNumberNoCheck(tid);

	Assert(col_tid_is_stripe(tid));
	if (offset < 1 || offset > COL_TID_ROWS)
		return PG_UINT64_MAX;
	return (uint64) (ItemPointerGetBlockNumberNoCheck(tid) -
					 COL_TID_FIRST_BLOCK) *
			   COL_TID_ROWS +
		   (offset - 1);
}

#endif /* COL_TID_H */
