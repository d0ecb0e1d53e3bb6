/*
 * marks_change.c - DELETE, UPDATE and locks of rows of stripes.
 *
 * Conflicts are looked for and the mark is added under one lock (K1).  Whoever
 * has to wait first queues on the row's tuple lock, as heapam does, so that rows
 * change hands in order of arrival; then looks again.
 *
 * Deletions and updates conflict with every lock, and the other way round: the
 * new version is a heap row, to which locks of the old one would be lost.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/predicate.h"
#include "storage/procarray.h"

#include "src/pg/compat.h"
#include "src/storage/marks/marks_change.h"
#include "src/storage/marks/marks_tree.h"
#include "src/storage/marks/marks_visibility.h"
#include "src/storage/page/wal.h"
#include "src/storage/stripe/visibility.h"
#include "src/storage/page/tid.h"

/* The heavyweight lock of a mark's strength on the row's TID. */
static LOCKMODE
tuple_lock_mode(ColMarkKind kind)
{
	switch (kind)
	{
		case COL_MARK_LOCK_KEY_SHARE:
			return AccessShareLock;
		case COL_MARK_LOCK_SHARE:
			return RowShareLock;
		case COL_MARK_LOCK_NO_KEY_EXCLUSIVE:
			return ExclusiveLock;
		default:
			return AccessExclusiveLock;
	}
}

static bool
kinds_conflict(ColMarkKind a, ColMarkKind b)
{
	return DoLockModesConflict(tuple_lock_mode(a), tuple_lock_mode(b));
}

/* What the marks of a row say to a request. */
typedef struct RowLook
{
	TM_Result result;
	ColMarkKind kind; /* of the change or lock that decided */
	uint64 xid;		  /* of it; BeingModified: to be waited for */
	uint32 cid;
	ItemPointerData next;
	ColMarkKind own_lock; /* the strongest of the current transaction, or 0 */
	int32 extend;		  /* marks of page extend_page */
	int32 recycle;
	int extend_page;
	int recycle_page;
} RowLook;

static void
look_decide(RowLook *look, TM_Result result, const ColMark *mark,
			const ColMarkXact *xact)
{
	look->result = result;
	look->kind = mark->kind;
	look->xid = xact->xid;
	look->cid = xact->cid;
	look->next = mark->next;
}

/* Looks at a change of the row. */
static void
look_at_change(RowLook *look, const ColMarkRequest *request,
			   const ColMark *mark, const ColMarkXact *xact,
			   ColXidStatus status)
{
	switch (status)
	{
		case COL_XID_CURRENT:
			look_decide(look,
						xact->cid >= request->cid ? TM_SelfModified
												  : TM_Invisible,
						mark, xact);
			break;
		case COL_XID_IN_PROGRESS:
			look_decide(look, TM_BeingModified, mark, xact);
			break;
		case COL_XID_COMMITTED:
			look_decide(
				look, mark->kind == COL_MARK_DELETED ? TM_Deleted : TM_Updated,
				mark, xact);
			break;
		case COL_XID_ABORTED:
			break;
	}
}

/* Looks at a lock of the row; what it decides gives way to a change. */
static void
look_at_lock(RowLook *look, const ColMarkRequest *request, const ColMark *mark,
			 const ColMarkXact *xact, ColXidStatus status)
{
	if (status == COL_XID_CURRENT)
		look->own_lock = Max(look->own_lock, (ColMarkKind) mark->kind);
	if (status == COL_XID_IN_PROGRESS && look->result == TM_Ok &&
		kinds_conflict(mark->kind, request->kind))
		look_decide(look, TM_BeingModified, mark, xact);
}

/*
 * The next mark from the i-th on that has the row or ends beside it, or that does
 * not fit; n_marks: none.  Hundreds are passed by for one that is found.
 */
static uint32
next_near(ColMarks *marks, uint32 i, uint32 row)
{
	const ColMark *mark = col_marks_array(marks) + i;

	for (; i < marks->n_marks; i++, mark++)
	{
		uint32 n_after = mark->last - mark->first; /* large: last < first */

		if (row + 1 - mark->first <= (uint64) n_after + 2)
			break;
	}
	return i;
}

/* Looks at the marks of a row on one page. */
static void
look_at_page(Relation rel, uint64 stripe, const ColMarksLeaf *leaf, int page,
			 uint32 stripe_row, const ColMarkRequest *request, RowLook *look)
{
	ColMarks *marks = col_marks_leaf_page(leaf, page);
	uint32 row = stripe_row - marks->first_row;

	if (col_marks_is_dead(marks, row))
	{
		look->result = TM_Deleted;
		look->kind = COL_MARK_DELETED;
		look->xid = FrozenTransactionId;
		return;
	}
	for (uint32 i = next_near(marks, 0, row); i < marks->n_marks;
		 i = next_near(marks, i + 1, row))
	{
		const ColMark *mark = &col_marks_array(marks)[i];
		const ColMarkXact *xact;
		ColXidStatus status;
		TM_Result before = look->result;

		if (mark->kind == request->kind &&
			(mark->last + 1 == (int) row || mark->first == row + 1))
		{
			look->extend = i;
			look->extend_page = page;
		}
		if (row - mark->first > (uint32) (mark->last - mark->first))
			continue;
		if (!col_mark_fits(marks, mark))
			col_mark_corrupt(rel, BufferGetBlockNumber(leaf->buffers[page]),
							 stripe, mark);
		xact = col_marks_xact(marks, mark->xact);
		status = col_mark_xact_status(rel, stripe, xact);
		if (mark->first == mark->last &&
			(status == COL_XID_ABORTED ||
			 (status == COL_XID_COMMITTED && col_mark_is_lock(mark))))
		{
			look->recycle = i;
			look->recycle_page = page;
		}
		if (col_mark_is_lock(mark))
			look_at_lock(look, request, mark, xact, status);
		else
			look_at_change(look, request, mark, xact, status);
		if (look->result != TM_Ok && look->result != before &&
			look->result != TM_BeingModified)
			return;
	}
}

/* Adds the mark to a page with room; false: none has any. */
static bool
add_mark(Relation rel, const ColMarksLeaf *leaf, uint32 stripe_row,
		 const ColMarkRequest *request, const RowLook *look, uint64 xid)
{
	for (int p = 0; p < leaf->n_pages; p++)
	{
		ColNewMark new = {
			.row = stripe_row - col_marks_leaf_page(leaf, p)->first_row,
			.kind = request->kind,
			.xid = xid,
			.cid = request->cid,
			.extend = look->extend_page == p ? look->extend : -1,
			.recycle = look->recycle_page == p ? look->recycle : -1};

		if (col_marks_add(rel, leaf->buffers[p], &new))
			return true;
	}
	return false;
}

static void
fill_failure(const ColMarkRequest *request, const RowLook *look,
			 TM_Result result, TM_FailureData *tmfd)
{
	tmfd->traversed = false;
	tmfd->xmax = (TransactionId) look->xid;
	tmfd->cmax = result == TM_SelfModified ? look->cid : InvalidCommandId;
	if (look->kind == COL_MARK_UPDATED && ItemPointerIsValid(&look->next))
		tmfd->ctid = look->next;
	else if (look->kind == COL_MARK_MOVED)
		ItemPointerSetMovedPartitions(&tmfd->ctid);
	else
		col_tid_from_row(request->row, &tmfd->ctid);
}

static void
lock_not_available(Relation rel)
{
	ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE),
					errmsg("could not obtain lock on row in relation \"%s\"",
						   RelationGetRelationName(rel))));
}

/*
 * Waits until a transaction in conflict has ended; false: policy is to skip the
 * row.  Who has a lock on the row does not queue: the first of the queue waits
 * for its transaction.
 */
static bool
wait_for(Relation rel, const ColMarkRequest *request, const RowLook *look,
		 bool *have_tuple_lock)
{
	TransactionId xid = (TransactionId) look->xid;
	bool queue = look->own_lock == 0 && !*have_tuple_lock;
	bool log = request->policy == LockWaitError;
	LOCKMODE mode = tuple_lock_mode(request->kind);
	ItemPointerData tid;

	col_tid_from_row(request->row, &tid);
	switch (request->policy)
	{
		case LockWaitBlock:
			if (queue)
				LockTuple(rel, &tid, mode);
			*have_tuple_lock = *have_tuple_lock || queue;
			XactLockTableWait(xid, rel, &tid, request->oper);
			return true;
		case LockWaitSkip:
		case LockWaitError:
			if (!queue || COL_TRY_LOCK_TUPLE(rel, &tid, mode, log))
			{
				*have_tuple_lock = *have_tuple_lock || queue;
				if (COL_TRY_XACT_WAIT(xid, log))
					return true;
			}
			if (request->policy == LockWaitError)
				lock_not_available(rel);
			break;
	}
	return false;
}

/* Does the snapshot of a referential check see the row? */
static bool
crosscheck_sees(Relation rel, const ColStripe *stripe, uint32 row,
				Snapshot crosscheck)
{
	return col_stripe_visible(rel, &stripe->entry, crosscheck) &&
		   !col_marks_hide(rel, stripe, row, crosscheck);
}

/*
 * The stripe of the request's row, as it is now.  One that was replaced was so
 * by a transaction that has ended: who replaces locks the table against us.  Its rows are there for the
 * current command, or the result says what is the matter.
 */
static TM_Result
find_stripe(Relation rel, const ColMarkRequest *request, ColStripe *stripe)
{
	if (!col_directory_find(rel, request->row, stripe) ||
		stripe->entry.state == COL_STRIPE_DEAD)
		return TM_Deleted;
	switch (col_stripe_xmin_status(rel, &stripe->entry))
	{
		case COL_XID_CURRENT:
			if ((stripe->entry.flags & COL_STRIPE_XMIN_FROZEN) == 0 &&
				stripe->entry.cmin >= request->cid)
				return TM_Invisible;
			break;
		case COL_XID_COMMITTED:
			break;
		case COL_XID_IN_PROGRESS:
		case COL_XID_ABORTED:
			return TM_Invisible;
	}
	if (stripe->entry.xmax != 0 &&
		col_stripe_xmax_status(rel, &stripe->entry) != COL_XID_ABORTED)
		return TM_Deleted;
	if (stripe->entry.state != COL_STRIPE_FLUSHED ||
		request->row - stripe->entry.first_row >= stripe->entry.n_rows)
		return TM_Deleted;
	return TM_Ok;
}

/* One attempt, without waiting. */
static TM_Result
try_request(Relation rel, const ColMarkRequest *request, uint64 xid,
			RowLook *look)
{
	ColStripe stripe = {0};
	ItemPointerData tid;
	uint32 row;

	col_tid_from_row(request->row, &tid);
	for (;;)
	{
		ColMarksLeaf leaf;
		bool done;

		CHECK_FOR_INTERRUPTS();
		*look = (RowLook){.result = TM_Ok,
						  .extend = -1,
						  .recycle = -1,
						  .extend_page = -1,
						  .recycle_page = -1};
		look->result = find_stripe(rel, request, &stripe);
		if (look->result != TM_Ok)
		{
			look->kind = COL_MARK_DELETED;
			look->xid = stripe.entry.xmax;
			return look->result;
		}
		row = request->row - stripe.entry.first_row;
		if (request->crosscheck != InvalidSnapshot &&
			!crosscheck_sees(rel, &stripe, row, request->crosscheck))
		{
			look->kind = COL_MARK_UPDATED;
			look->result = TM_Updated;
		}
		switch (col_marks_find(rel, &stripe, row, BUFFER_LOCK_EXCLUSIVE, &leaf))
		{
			case COL_MARKS_GONE:
				return look->result = TM_Deleted;
			case COL_MARKS_NONE:
				if (look->result != TM_Ok)
					return look->result;
				col_marks_make_room(rel, &stripe, row);
				continue;
			case COL_MARKS_FOUND:
				break;
		}
		for (int p = 0; p < leaf.n_pages; p++)
			look_at_page(rel, stripe.entry.first_row, &leaf, p, row, request,
						 look);
		done = look->own_lock >= request->kind;
		if (look->result == TM_Ok && !done)
		{
			/* a lock is no write: who has read the row may go on */
			if (request->kind > COL_MARK_LOCK_EXCLUSIVE)
				CheckForSerializableConflictIn(rel, &tid,
											   ItemPointerGetBlockNumber(&tid));
			done = add_mark(rel, &leaf, row, request, look, xid);
		}
		col_marks_release(&leaf);
		if (look->result != TM_Ok || done)
			return look->result;
		col_marks_make_room(rel, &stripe, row);
	}
}

TM_Result
col_marks_request(Relation rel, const ColMarkRequest *request,
				  TM_FailureData *tmfd, ColMarkKind *own_lock)
{
	uint64 xid = U64FromFullTransactionId(GetCurrentFullTransactionId());
	bool have_tuple_lock = false;
	ItemPointerData tid;
	RowLook look;
	TM_Result result;

	for (;;)
	{
		result = try_request(rel, request, xid, &look);
		if (result != TM_BeingModified || !request->wait)
			break;
		if (!wait_for(rel, request, &look, &have_tuple_lock))
		{
			result = TM_WouldBlock;
			break;
		}
	}
	if (have_tuple_lock)
	{
		col_tid_from_row(request->row, &tid);
		UnlockTuple(rel, &tid, tuple_lock_mode(request->kind));
	}
	*own_lock = look.own_lock;
	if (result != TM_Ok)
		fill_failure(request, &look, result, tmfd);
	return result;
}

void
col_marks_set_next(Relation rel, uint64 row_number, CommandId cid,
				   ItemPointer next)
{
	uint64 xid = U64FromFullTransactionId(GetCurrentFullTransactionId());
	ColStripe stripe;
	ColMarksLeaf leaf;
	uint32 row;

	if (!col_directory_find(rel, row_number, &stripe))
		elog(ERROR, "row " UINT64_FORMAT " of table \"%s\" is gone", row_number,
			 RelationGetRelationName(rel));
	row = row_number - stripe.entry.first_row;
	if (col_marks_find(rel, &stripe, row, BUFFER_LOCK_EXCLUSIVE, &leaf) ==
		COL_MARKS_FOUND)
	{
		for (int p = 0; p < leaf.n_pages; p++)
		{
			ColMarks *marks = col_marks_leaf_page(&leaf, p);

			/* most likely the last one */
			for (int i = marks->n_marks - 1; i >= 0; i--)
			{
				ColMark *mark = &col_marks_array(marks)[i];
				const ColMarkXact *xact;
				ColPatch patch = {&mark->next, next, sizeof(*next)};

				if (mark->kind != COL_MARK_UPDATED ||
					mark->first != row - marks->first_row ||
					!col_mark_fits(marks, mark))
					continue;
				xact = col_marks_xact(marks, mark->xact);
				if (xact->xid != xid || xact->cid != cid)
					continue;
				col_wal_patch(rel, leaf.buffers[p], &patch, 1);
				col_marks_release(&leaf);
				return;
			}
		}
		col_marks_release(&leaf);
	}
	elog(ERROR, "mark of row " UINT64_FORMAT " of table \"%s\" is gone",
		 row_number, RelationGetRelationName(rel));
}
