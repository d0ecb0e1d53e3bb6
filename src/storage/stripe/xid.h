/*
 * xid.h - full transaction ids that pages name: what became of them, and what a
 * snapshot makes of them.
 */
#ifndef COL_XID_H
#define COL_XID_H

#include "postgres.h"

#include "utils/rel.h"
#include "utils/snapshot.h"

/* What became of a transaction. */
typedef enum ColXidStatus
{
	COL_XID_CURRENT,	 /* ours, or a committed child of ours */
	COL_XID_IN_PROGRESS, /* another's, or prepared */
	COL_XID_COMMITTED,
	COL_XID_ABORTED /* or it crashed */
} ColXidStatus;

/*
 * The state of a transaction, now.  The commit log must still know it; an id
 * out of range is an error that names the stripe.
 */
extern ColXidStatus col_xid_status(Relation rel, uint64 stripe, uint64 xid);

/* Is it ours, or that of a committed child of ours?  Else as above. */
extern bool col_xid_is_current(Relation rel, uint64 stripe, uint64 xid);

/*
 * Was xid running when the snapshot was taken?  Unlike XidInMVCCSnapshot, an
 * id so old that 32 bits do not tell is answered from the full ids.
 */
extern bool col_xid_in_snapshot(uint64 xid, Snapshot snapshot);

/* What a page knows of how a transaction has ended. */
typedef enum ColXidHint
{
	COL_XID_HINT_NONE,
	COL_XID_HINT_COMMITTED,
	COL_XID_HINT_ABORTED
} ColXidHint;

/* As col_xid_status, but believes the hint. */
extern ColXidStatus col_xid_status_hinted(Relation rel, uint64 stripe,
										  uint64 xid, ColXidHint hint);

/*
 * Has the deletion of rows by command cid of xid happened for a snapshot?  As
 * heapam's xmax: for DIRTY, whose xmax it sets, not while it is in progress; for
 * NON_VACUUMABLE when nobody sees the rows any more; for ANY never.  Reports
 * read-write conflicts.
 */
extern bool col_xid_deletion_happened(Relation rel, uint64 stripe, uint64 xid,
									  uint32 cid, ColXidHint hint,
									  Snapshot snapshot);

/*
 * For a serializable transaction that does not see what xid, a concurrent one,
 * has done: it depends on it.
 */
extern void col_xid_conflict_out(Relation rel, uint64 xid, Snapshot snapshot);

/* A 32-bit id, not older than 2^31 ids, as a full one. */
extern uint64 col_xid_full(TransactionId xid);

#endif /* COL_XID_H */
