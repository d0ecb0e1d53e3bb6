/*
 * moved_rows.c - serializable transactions that read old copies of rows which
 * compaction has moved.
 *
 * Compaction is no serializable transaction, and an old copy knows of nobody
 * else.  Whoever changes the new copy, though, marks it in a stripe that the reader's
 * snapshot does not see: all such marks are looked at.  Later ones are found by
 * their makers, as the table is locked then.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "storage/predicate.h"
#include "storage/proc.h"
#include "utils/snapmgr.h"

#include "src/pg/compat.h"
#include "src/storage/marks/marks_visibility.h"
#include "src/storage/store/moved_rows.h"
#include "src/storage/stripe/xid.h"

static Oid checked_relid = InvalidOid;
static LocalTransactionId checked_lxid = InvalidLocalTransactionId;

void
col_moved_rows_conflict(Relation rel, Snapshot snapshot)
{
	ColDirectoryCopy directory;

	if (!IsolationIsSerializable() || !IsMVCCSnapshot(snapshot))
		return;
	PredicateLockRelation(rel, snapshot);
	if (checked_relid == RelationGetRelid(rel) && checked_lxid == COL_MY_LXID)
		return;
	col_directory_load(rel, &directory);
	for (uint32 i = 0; i < directory.n_stripes; i++)
	{
		const ColStripe *stripe = &directory.stripes[i];

		if (stripe->entry.state == COL_STRIPE_FLUSHED &&
			stripe->entry.marks_block != InvalidBlockNumber &&
			(stripe->entry.flags & COL_STRIPE_XMIN_KNOWN) == 0 &&
			col_xid_in_snapshot(stripe->entry.xmin, snapshot))
		{
			/* asking reports */
			ColRowSet *hidden = col_marks_hidden_rows(rel, stripe, snapshot);

			if (hidden)
				pfree(hidden);
		}
	}
	col_directory_copy_free(&directory);
	checked_relid = RelationGetRelid(rel);
	checked_lxid = COL_MY_LXID;
}

void
col_moved_rows_conflict_of(Relation rel, HeapTuple tuple, Snapshot snapshot)
{
	uint16 infomask = tuple->t_data->t_infomask;

	if ((infomask & HEAP_XMAX_INVALID) == 0 &&
		!HEAP_XMAX_IS_LOCKED_ONLY(infomask))
		col_moved_rows_conflict(rel, snapshot);
}
