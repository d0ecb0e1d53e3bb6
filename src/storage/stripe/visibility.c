/*
 * visibility.c - which stripes a snapshot sees.
 *
 * Full transaction ids are compared as such before any 32-bit call: what vacuum
 * resolved never asks the commit log again, however old it is.
 * Order of questions as heapam's: current, in progress, committed; none of
 * them means aborted.
 */
#include "postgres.h"

#include "access/subtrans.h"
#include "access/xact.h"
#include "storage/predicate.h"
#include "storage/procarray.h"
#include "utils/snapmgr.h"

#include "src/storage/stripe/visibility.h"

/*
 * The 32-bit id of a full one, which the commit log must still know.
 */
static TransactionId
short_xid(Relation rel, const ColStripeEntry *entry, uint64 xid)
{
	uint64 next = U64FromFullTransactionId(ReadNextFullTransactionId());

	if (xid >= next || next - xid >= UINT64CONST(0x80000000))
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stripe " UINT64_FORMAT " of table \"%s\" has "
					"transaction id " UINT64_FORMAT
					", out of the range of known ones",
					entry->first_row, RelationGetRelationName(rel), xid),
			 errdetail("The next transaction id is " UINT64_FORMAT ".", next)));
	return (TransactionId) xid;
}

ColXidStatus
col_stripe_xmin_status(Relation rel, const ColStripeEntry *entry)
{
	TransactionId xid;

	if (entry->flags & (COL_STRIPE_XMIN_FROZEN | COL_STRIPE_XMIN_COMMITTED))
		return COL_XID_COMMITTED;
	if (entry->flags & COL_STRIPE_XMIN_ABORTED)
		return COL_XID_ABORTED;
	xid = short_xid(rel, entry, entry->xmin);
	if (TransactionIdIsCurrentTransactionId(xid))
		return COL_XID_CURRENT;
	if (TransactionIdIsInProgress(xid))
		return COL_XID_IN_PROGRESS;
	if (TransactionIdDidCommit(xid))
		return COL_XID_COMMITTED;
	return COL_XID_ABORTED;
}

/*
 * Was xid running when the snapshot was taken?  Unlike XidInMVCCSnapshot, an
 * id so old that 32 bits do not tell is answered from the full ids.
 */
static bool
xid_in_snapshot(const ColStripeEntry *entry, Snapshot snapshot)
{
	uint64 next = U64FromFullTransactionId(ReadNextFullTransactionId());
	uint64 xid = entry->xmin;

	if (next - xid >= UINT64CONST(0x7fffffff))
		return false;
	return XidInMVCCSnapshot((TransactionId) xid, snapshot);
}

/*
 * A serializable transaction that does not see a stripe of a concurrent one
 * depends on it.
 */
static void
report_conflict_out(Relation rel, const ColStripeEntry *entry,
					Snapshot snapshot)
{
	TransactionId xid = (TransactionId) entry->xmin;

	if (!CheckForSerializableConflictOutNeeded(rel, snapshot))
		return;
	if (TransactionIdEquals(xid, GetTopTransactionIdIfAny()))
		return;
	xid = SubTransGetTopmostTransaction(xid);
	if (TransactionIdPrecedes(xid, TransactionXmin))
		return;
	CheckForSerializableConflictOut(rel, xid, snapshot);
}

static bool
visible_mvcc(Relation rel, const ColStripeEntry *entry, Snapshot snapshot)
{
	if (entry->flags & COL_STRIPE_XMIN_FROZEN)
		return entry->state == COL_STRIPE_FLUSHED;
	if (entry->flags & COL_STRIPE_XMIN_ABORTED)
		return false;
	if ((entry->flags & COL_STRIPE_XMIN_COMMITTED) == 0 &&
		TransactionIdIsCurrentTransactionId(short_xid(rel, entry, entry->xmin)))
		return entry->cmin < snapshot->curcid;
	if (xid_in_snapshot(entry, snapshot))
	{
		report_conflict_out(rel, entry, snapshot);
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

bool
col_stripe_visible(Relation rel, const ColStripeEntry *entry, Snapshot snapshot)
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
