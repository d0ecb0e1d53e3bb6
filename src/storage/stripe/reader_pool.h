/*
 * reader_pool.h - stripes that a session keeps open, so that rows near one another
 * are decoded once, and reading single rows does not begin anew for each statement.
 */
#ifndef COL_READER_POOL_H
#define COL_READER_POOL_H

#include "postgres.h"

#include "utils/rel.h"

#include "src/storage/stripe/stripe_reader.h"

/* Stripes that are open at most. */
#define COL_POOL_READERS 16

/*
 * Looks up the stripe of a row as it is now; false: the row has none.  *reader: one
 * that has the stripe open, or NULL.
 */
extern bool col_reader_pool_find(Relation rel, uint64 row, ColStripe *stripe,
								 ColStripeReader **reader);

/*
 * Opens a FLUSHED stripe that no reader of the pool has open.  The reader is the
 * pool's: it may turn to another stripe when the next one is opened.
 */
extern ColStripeReader *col_reader_pool_open(Relation rel,
											 const ColStripe *stripe);

/* Closes all stripes of a table whose file begins anew. */
extern void col_reader_pool_forget(Relation rel);

/* At the end of a (sub)transaction: slots that are gone hold nothing. */
extern void col_reader_pool_end_subxact(SubTransactionId subxact,
										SubTransactionId parent, bool commit);
extern void col_reader_pool_end_xact(void);

#endif /* COL_READER_POOL_H */
