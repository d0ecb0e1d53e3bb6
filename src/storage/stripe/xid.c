/*
 * xid.c - full transaction ids that pages name.
 *
 * Full transaction ids are compared as such before any 32-bit call.  Order of
 * questions as heapam's: current, in progress, committed; none of them means
 * aborted.
 */
#include "postgres.h"

#include "access/subtrans.h"
#include "access/transam.h"
#include "access/xact.h"
#include "storage/predicate.h"
#include "storage/procarray.h"
#include "utils/snapmgr.h"

#include "src/storage/stripe/xid.h"

/*
 * The 32-bit id of a full one, which the commit log must still know.
 */
static TransactionId
short_xid(Relation rel, uint64 stripe, uint64 xid)
{
	uint64 next = U64FromFullTransactionId(ReadNextFullTransactionId());

	if (xid >= next || next - xid >= UINT64CONST(0x80000000))
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stripe " UINT64_FORMAT " of table \"%s\" has "
					"transaction id " UINT64_FORMAT
					", out of the range of known ones",
					stripe, RelationGetRelationName(rel), xid),
			 errdetail("The next transaction id is " UINT64_FORMAT ".", next)));
	return (TransactionId) xid;
}

ColXidStatus
col_xid_status(Relation rel, uint64 stripe, uint64 full_xid)
{
	TransactionId xid = short_xid(rel, stripe, full_xid);

	if (TransactionIdIsCurrentTransactionId(xid))
		return COL_XID_CURRENT;
	if (TransactionIdIsInProgress(xid))
		return COL_XID_IN_PROGRESS;
	if (TransactionIdDidCommit(xid))
		return COL_XID_COMMITTED;
	return COL_XID_ABORTED;
}

bool
col_xid_is_current(Relation rel, uint64 stripe, uint64 xid)
{
	return TransactionIdIsCurrentTransactionId(short_xid(rel, stripe, xid));
}

bool
col_xid_in_snapshot(uint64 xid, Snapshot snapshot)
{
	uint64 next = U64FromFullTransactionId(ReadNextFullTransactionId());

	if (next - xid >= UINT64CONST(0x7fffffff))
		return false;
	return XidInMVCCSnapshot((TransactionId) xid, snapshot);
}

void
col_xid_conflict_out(Relation rel, uint64 full_xid, Snapshot snapshot)
{
	TransactionId xid = (TransactionId) full_xid;

	if (!CheckForSerializableConflictOutNeeded(rel, snapshot))
		return;
	if (TransactionIdEquals(xid, GetTopTransactionIdIfAny()))
		return;
	xid = SubTransGetTopmostTransaction(xid);
	if (TransactionIdPrecedes(xid, TransactionXmin))
		return;
	CheckForSerializableConflictOut(rel, xid, snapshot);
}

ColXidStatus
col_xid_status_hinted(Relation rel, uint64 stripe, uint64 xid, ColXidHint hint)
{
	switch (hint)
	{
		case COL_XID_HINT_COMMITTED:
			return COL_XID_COMMITTED;
		case COL_XID_HINT_ABORTED:
			return COL_XID_ABORTED;
		case COL_XID_HINT_NONE:
			break;
	}
	return col_xid_status(rel, stripe, xid);
}

static bool
happened_mvcc(Relation rel, uint64 stripe, uint64 xid, uint32 cid,
			  ColXidHint hint, Snapshot snapshot)
{
	if (hint == COL_XID_HINT_ABORTED)
		return false;
	if (hint == COL_XID_HINT_NONE && col_xid_is_current(rel, stripe, xid))
		return cid < snapshot->curcid;
	if (col_xid_in_snapshot(xid, snapshot))
	{
		col_xid_conflict_out(rel, xid, snapshot);
		return false;
	}
	return hint == COL_XID_HINT_COMMITTED ||
		   TransactionIdDidCommit((TransactionId) xid);
}

bool
col_xid_deletion_happened(Relation rel, uint64 stripe, uint64 xid, uint32 cid,
						  ColXidHint hint, Snapshot snapshot)
{
	if (snapshot->snapshot_type == SNAPSHOT_MVCC)
		return happened_mvcc(rel, stripe, xid, cid, hint, snapshot);
	if (snapshot->snapshot_type == SNAPSHOT_ANY)
		return false;
	switch (col_xid_status_hinted(rel, stripe, xid, hint))
	{
		case COL_XID_CURRENT:
			return snapshot->snapshot_type != SNAPSHOT_NON_VACUUMABLE;
		case COL_XID_COMMITTED:
			return snapshot->snapshot_type != SNAPSHOT_NON_VACUUMABLE ||
				   GlobalVisTestIsRemovableFullXid(
					   snapshot->vistest, FullTransactionIdFromU64(xid));
		case COL_XID_IN_PROGRESS:
			if (snapshot->snapshot_type == SNAPSHOT_DIRTY)
				snapshot->xmax = (TransactionId) xid;
			return false;
		case COL_XID_ABORTED:
			break;
	}
	return false;
}

uint64
col_xid_full(TransactionId xid)
{
	FullTransactionId next = ReadNextFullTransactionId();

	return U64FromFullTransactionId(next) -
		   (uint32) (XidFromFullTransactionId(next) - xid);
}
