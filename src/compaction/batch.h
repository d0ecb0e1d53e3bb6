/*
 * batch.h - one transaction of a compaction: some rows of the row store, and of
 * stripes that are small or have many dead rows, become a new stripe.
 */
#ifndef COL_COMPACTION_BATCH_H
#define COL_COMPACTION_BATCH_H

#include "postgres.h"

#include "storage/block.h"
#include "utils/rel.h"

#include "src/compaction/choose.h"

/* How far a compaction of one table is; starts as zeroes. */
typedef struct ColCompactState
{
	bool begun;
	uint64 end_row;			/* only stripes below it: those that were there */
	BlockNumber next_block; /* heap pages from it on are to be looked at */
	bool heap_done;
	bool busy;			/* somebody has waited for a batch */
	uint64 n_heap_rows; /* moved, of all batches */
	uint64 n_stripe_rows;
	uint32 n_replaced;		/* stripes */
	uint64 n_left_blocks;	/* heap pages and stripes' blocks: rows moved */
	TransactionId last_xid; /* of the last batch that moved rows */
} ColCompactState;

/*
 * Does one batch within the current transaction, which must be READ COMMITTED;
 * rel is locked in ExclusiveLock.  Returns whether there may be more to do.  A batch
 * ends early when somebody waits for the lock.
 */
extern bool col_compact_batch(Relation rel, const ColCompactPolicy *policy,
							  ColCompactState *state);

#endif /* COL_COMPACTION_BATCH_H */
