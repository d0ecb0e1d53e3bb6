/*
 * fetch.h - single rows by their TIDs.
 */
#ifndef COL_FETCH_H
#define COL_FETCH_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

/*
 * Looks for the stripe row of tid.  Returns whether the snapshot sees it, and
 * then stores it in slot, which may be NULL when only that is of interest.
 */
extern bool col_fetch_stripe_row(Relation rel, ItemPointer tid,
								 Snapshot snapshot, TupleTableSlot *slot);

/* Is the stripe row of tid dead to all, so that no index needs to name it? */
extern bool col_fetch_row_is_dead(Relation rel, ItemPointer tid);

#endif /* COL_FETCH_H */
