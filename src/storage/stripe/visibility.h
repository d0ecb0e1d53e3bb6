/*
 * visibility.h - which stripes a snapshot sees.
 */
#ifndef COL_VISIBILITY_H
#define COL_VISIBILITY_H

#include "postgres.h"

#include "access/transam.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "src/storage/stripe/directory.h"
#include "src/storage/stripe/xid.h"

/* The state of the inserter of a stripe, now. */
extern ColXidStatus col_stripe_xmin_status(Relation rel,
										   const ColStripeEntry *entry);

/* The state of the transaction that replaced a stripe whose xmax is set. */
extern ColXidStatus col_stripe_xmax_status(Relation rel,
										   const ColStripeEntry *entry);

/*
 * Does the snapshot see the rows of a stripe?  Snapshots of kind MVCC, SELF,
 * ANY, DIRTY (sets its xmin) and NON_VACUUMABLE.  A RESERVED stripe of our own
 * transaction is judged like a FLUSHED one (its rows are in the write buffer);
 * one of another finished transaction has no rows, and an aborted stripe has
 * none for any snapshot.
 * Reports read-write conflicts for serializable transactions.
 */
extern bool col_stripe_visible(Relation rel, const ColStripeEntry *entry,
							   Snapshot snapshot);

#endif /* COL_VISIBILITY_H */
