/*
 * marks_visibility.h - which rows of a stripe a snapshot does not see, because
 * of what happened to them later.  Whether it sees the stripe at all is another
 * question (stripe/visibility.h), to be asked first.
 */
#ifndef COL_MARKS_VISIBILITY_H
#define COL_MARKS_VISIBILITY_H

#include "postgres.h"

#include "utils/rel.h"
#include "utils/snapshot.h"

#include "src/storage/stripe/directory.h"
#include "src/storage/stripe/xid.h"

/* The state of the transaction of a mark, now. */
extern ColXidStatus col_mark_xact_status(Relation rel, uint64 stripe,
										 const ColMarkXact *xact);

/*
 * Is a row (0-based) of a stripe deleted or updated for the snapshot?  Kinds of
 * snapshot as col_stripe_visible's; for DIRTY, whose xmax it sets, a row that
 * somebody is about to delete is not hidden yet.  The stripe's marks_block must
 * be no older than the snapshot.  Reports read-write conflicts.
 */
extern bool col_marks_hide(Relation rel, const ColStripe *stripe, uint32 row,
						   Snapshot snapshot);

/* Is a row dead to all: no snapshot will ever see it again? */
extern bool col_marks_row_is_dead(Relation rel, const ColStripe *stripe,
								  uint32 row);

/* Bits for the rows of a stripe. */
typedef struct ColRowSet
{
	uint32 n_rows; /* of the stripe */
	uint32 n_set;
	uint64 bits[FLEXIBLE_ARRAY_MEMBER];
} ColRowSet;

static inline bool
col_row_set_has(const ColRowSet *set, uint32 row)
{
	return (set->bits[row / 64] >> row % 64 & 1) != 0;
}

/*
 * The rows of a stripe that are hidden from the snapshot, as a set in the
 * current memory context; NULL: none.
 */
extern ColRowSet *col_marks_hidden_rows(Relation rel, const ColStripe *stripe,
										Snapshot snapshot);

/* The rows of a stripe that are dead to all, in the current memory context. */
extern ColRowSet *col_marks_dead_rows(Relation rel, const ColStripe *stripe);

/* What VACUUM would say of a row of a stripe whose inserter is done with. */
typedef enum ColRowFate
{
	COL_ROW_LIVE = 0,
	COL_ROW_DYING,		   /* another transaction is about to delete it */
	COL_ROW_DELETED_BY_US, /* by the current transaction */
	COL_ROW_RECENTLY_DEAD, /* some snapshot may still see it */
	COL_ROW_DEAD,
	COL_ROW_VACUUMED /* dead, and counted so by a vacuum */
} ColRowFate;

/*
 * The fates of all rows of a stripe, one byte each, in the current memory
 * context; NULL: all live.  A row deleted by a transaction before oldest_xmin
 * is dead.
 */
extern uint8 *col_marks_fates(Relation rel, const ColStripe *stripe,
							  TransactionId oldest_xmin);

/* The fates of the stripe asked for last; starts as zeroes and a context. */
typedef struct ColFateCache
{
	MemoryContext context;
	bool loaded;
	uint64 stripe;
	uint8 *fates; /* NULL: all live */
} ColFateCache;

/* The fate of a row of a stripe; all are asked for with one oldest_xmin. */
static inline ColRowFate
col_fate_of_row(ColFateCache *cache, Relation rel, const ColStripe *stripe,
				uint32 row, TransactionId oldest_xmin)
{
	if (unlikely(!cache->loaded || cache->stripe != stripe->entry.first_row))
	{
		MemoryContext old = MemoryContextSwitchTo(cache->context);

		if (cache->fates)
			pfree(cache->fates);
		cache->fates = NULL;
		cache->fates = col_marks_fates(rel, stripe, oldest_xmin);
		cache->stripe = stripe->entry.first_row;
		cache->loaded = true;
		MemoryContextSwitchTo(old);
	}
	return cache->fates ? (ColRowFate) cache->fates[row] : COL_ROW_LIVE;
}

/*
 * The change of one row: what it was, by whom, and for an update the TID of the
 * new version.  false: it was not changed, or by an aborted transaction.
 */
typedef struct ColRowChange
{
	ColMarkKind kind;
	uint64 xid;
	uint32 cid;
	ColXidStatus status;
	ItemPointerData next;
} ColRowChange;

extern bool col_marks_row_change(Relation rel, const ColStripe *stripe,
								 uint32 row, ColRowChange *change);

#endif /* COL_MARKS_VISIBILITY_H */
