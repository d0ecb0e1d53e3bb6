/*
 * visibility.c - which stripes a snapshot sees.
 *
 * What vacuum resolved never asks the commit log again, however old it is.
 */
#include "postgres.h"

#include "access/transam.h"

#include "src/storage/stripe/visibility.h"

ColXidStatus
col_stripe_xmin_status(Relation rel, const ColStripeEntry *entry)
{
	if (entry->flags & (COL_STRIPE_XMIN_FROZEN | COL_STRIPE_XMIN_COMMITTED))
		return COL_XID_COMMITTED;
	if (entry->flags & COL_STRIPE_XMIN_ABORTED)
		return COL_XID_ABORTED;
	return col_xid_status(rel, entry->first_row, entry->xmin);
}

static bool
visible_mvcc(Relation rel, const ColStripeEntry *entry, Snapshot snapshot)
{
	if (entry->flags & COL_STRIPE_XMIN_FROZEN)
		return entry->state == COL_STRIPE_FLUSHED;
	if (entry->flags & COL_STRIPE_XMIN_ABORTED)
		return false;
	if ((entry->flags & COL_STRIPE_XMIN_COMMITTED) == 0 &&
		col_xid_is_current(rel, entry->first_row, entry->xmin))
		return entry->cmin < snapshot->curcid;
	if (col_xid_in_snapshot(entry->xmin, snapshot))
	{
		col_xid_conflict_out(rel, entry->xmin, snapshot);
		return false;
	}
	if (entry->flags & COL_STRIPE_XMIN_COMMITTED)
		return entry->state == COL_STRIPE_FLUSHED;
	return entry->state == COL_STRIPE_FLUSHED &&
		   TransactionIdDidCommit((TransactionId) entry->xmin);
}

/* A snapshot that sees what is committed now, and our own. */
static bool
visible_now(Relation rel, const ColStripeEntry *entry, Snapshot snapshot)
{
	if (snapshot->snapshot_type == SNAPSHOT_DIRTY)
	{
		snapshot->xmin = InvalidTransactionId;
		snapshot->xmax = InvalidTransactionId;
		snapshot->speculativeToken = 0;
	}
	switch (col_stripe_xmin_status(rel, entry))
	{
		case COL_XID_CURRENT:
			return true;
		case COL_XID_COMMITTED:
			return entry->state == COL_STRIPE_FLUSHED;
		case COL_XID_IN_PROGRESS:
			if (snapshot->snapshot_type != SNAPSHOT_DIRTY)
				return false;
			snapshot->xmin = (TransactionId) entry->xmin;
			return true;
		case COL_XID_ABORTED:
			break;
	}
	return false;
}

/* Does the snapshot see that the stripe was written? */
static bool
insertion_visible(Relation rel, const ColStripeEntry *entry, Snapshot snapshot)
{
	switch (snapshot->snapshot_type)
	{
		case SNAPSHOT_MVCC:
			return visible_mvcc(rel, entry, snapshot);
		case SNAPSHOT_SELF:
		case SNAPSHOT_DIRTY:
			return visible_now(rel, entry, snapshot);
		case SNAPSHOT_ANY:
			/*
			 * Not even for this one are there rows of an aborted stripe: it
			 * may have columns that went with its transaction.
			 */
			switch (col_stripe_xmin_status(rel, entry))
			{
				case COL_XID_CURRENT:
					return true;
				case COL_XID_ABORTED:
					return false;
				case COL_XID_COMMITTED:
				case COL_XID_IN_PROGRESS:
					break;
			}
			return entry->state == COL_STRIPE_FLUSHED;
		case SNAPSHOT_NON_VACUUMABLE:
			return entry->state == COL_STRIPE_FLUSHED &&
				   col_stripe_xmin_status(rel, entry) != COL_XID_ABORTED;
		case SNAPSHOT_TOAST:
		case SNAPSHOT_HISTORIC_MVCC:
			break;
	}
	elog(ERROR, "unexpected snapshot type %d for table \"%s\"",
		 snapshot->snapshot_type, RelationGetRelationName(rel));
}

static ColXidHint
xmax_hint(const ColStripeEntry *entry)
{
	return entry->flags & COL_STRIPE_XMAX_COMMITTED ? COL_XID_HINT_COMMITTED
													: COL_XID_HINT_NONE;
}

ColXidStatus
col_stripe_xmax_status(Relation rel, const ColStripeEntry *entry)
{
	Assert(entry->xmax != 0);
	return col_xid_status_hinted(rel, entry->first_row, entry->xmax,
								 xmax_hint(entry));
}

bool
col_stripe_visible(Relation rel, const ColStripeEntry *entry, Snapshot snapshot)
{
	return insertion_visible(rel, entry, snapshot) &&
		   (entry->xmax == 0 || !col_xid_deletion_happened(
									rel, entry->first_row, entry->xmax,
									entry->cmax, xmax_hint(entry), snapshot));
}
