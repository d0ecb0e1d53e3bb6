/*
 * fetch.h - single rows by their TIDs.
 */
#ifndef COL_FETCH_H
#define COL_FETCH_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "src/storage/stripe/stripe_reader.h"

/* Stripes that a fetch keeps open. */
#define COL_FETCH_READERS 4

/* Open stripes, so that rows near one another are decoded once. */
typedef struct ColFetch
{
	Relation rel;
	MemoryContext context;
	uint64 clock;
	uint64 used[COL_FETCH_READERS];
	ColStripeReader *readers[COL_FETCH_READERS];
} ColFetch;

/* A fetch in the current memory context. */
extern void col_fetch_begin(ColFetch *fetch, Relation rel);

/*
 * Looks for the stripe row of tid.  Returns whether the snapshot sees it, and
 * then stores it in slot, which may be NULL when only that is of interest.
 */
extern bool col_fetch_stripe_row(ColFetch *fetch, ItemPointer tid,
								 Snapshot snapshot, TupleTableSlot *slot);

/* Is the stripe row of tid dead to all, so that no index needs to name it? */
extern bool col_fetch_row_is_dead(Relation rel, ItemPointer tid);

extern void col_fetch_end(ColFetch *fetch);

/*
 * A fetch of rel that lasts for this transaction, for callers who come back
 * row by row and have nothing to keep one in (triggers).
 */
extern ColFetch *col_fetch_shared(Relation rel);

/* Forgets it: at the end of a transaction, or when a relation changes. */
extern void col_fetch_shared_forget(void);

#endif /* COL_FETCH_H */
