/*
 * marks_visibility.c - which rows of a stripe a snapshot does not see.
 *
 * A mark counts for a snapshot as heapam's xmax does.  Many rows are judged from
 * copies of the pages, one row under the lock of its page.
 */
#include "postgres.h"

#include "src/storage/marks/marks_tree.h"
#include "src/storage/marks/marks_visibility.h"
#include "src/storage/stripe/visibility.h"

static ColXidHint
xact_hint(const ColMarkXact *xact)
{
	return xact->flags & COL_MARK_XACT_COMMITTED ? COL_XID_HINT_COMMITTED
		   : xact->flags & COL_MARK_XACT_ABORTED ? COL_XID_HINT_ABORTED
												 : COL_XID_HINT_NONE;
}

ColXidStatus
col_mark_xact_status(Relation rel, uint64 stripe, const ColMarkXact *xact)
{
	return col_xid_status_hinted(rel, stripe, xact->xid, xact_hint(xact));
}

static bool
happened(Relation rel, uint64 stripe, const ColMarkXact *xact,
		 Snapshot snapshot)
{
	return col_xid_deletion_happened(rel, stripe, xact->xid, xact->cid,
									 xact_hint(xact), snapshot);
}

/* The next change (no lock) of a row among the marks of a page, from *i on. */
static const ColMark *
next_change(Relation rel, uint64 stripe, Buffer buffer, ColMarks *marks,
			uint32 row, uint32 *i)
{
	while (*i < marks->n_marks)
	{
		const ColMark *mark = &col_marks_array(marks)[(*i)++];

		if (row - mark->first > (uint32) (mark->last - mark->first))
			continue;
		if (!col_mark_fits(marks, mark))
			col_mark_corrupt(rel, BufferGetBlockNumber(buffer), stripe, mark);
		if (!col_mark_is_lock(mark))
			return mark;
	}
	return NULL;
}

bool
col_marks_hide(Relation rel, const ColStripe *stripe, uint32 row,
			   Snapshot snapshot)
{
	uint64 number = stripe->entry.first_row;
	ColMarksLeaf leaf;
	bool hidden = false;

	if (snapshot->snapshot_type == SNAPSHOT_ANY)
		return false;
	switch (col_marks_find(rel, stripe, row, BUFFER_LOCK_SHARE, &leaf))
	{
		case COL_MARKS_NONE:
			return false;
		case COL_MARKS_GONE:
			return true;
		case COL_MARKS_FOUND:
			break;
	}
	for (int p = 0; p < leaf.n_pages && !hidden; p++)
	{
		ColMarks *marks = col_marks_leaf_page(&leaf, p);
		const ColMark *mark;
		uint32 i = 0;

		hidden = col_marks_is_dead(marks, row - marks->first_row);
		while (!hidden &&
			   (mark = next_change(rel, number, leaf.buffers[p], marks,
								   row - marks->first_row, &i)) != NULL)
			hidden = happened(rel, number, col_marks_xact(marks, mark->xact),
							  snapshot);
	}
	col_marks_release(&leaf);
	return hidden;
}

bool
col_marks_row_is_dead(Relation rel, const ColStripe *stripe, uint32 row)
{
	ColMarksLeaf leaf;
	ColMarks *marks;
	bool dead;

	switch (col_marks_find(rel, stripe, row, BUFFER_LOCK_SHARE, &leaf))
	{
		case COL_MARKS_NONE:
			return false;
		case COL_MARKS_GONE:
			return true;
		case COL_MARKS_FOUND:
			break;
	}
	marks = col_marks_leaf_page(&leaf, 0);
	dead = col_marks_is_dead(marks, row - marks->first_row);
	col_marks_release(&leaf);
	return dead;
}

/* The change of all rows of a stripe that was replaced. */
static bool
stripe_change(Relation rel, const ColStripe *stripe, ColRowChange *change)
{
	const ColStripeEntry *entry = &stripe->entry;

	if (entry->xmax == 0)
		return false;
	change->kind = COL_MARK_DELETED;
	change->xid = entry->xmax;
	change->cid = entry->cmax;
	change->status = col_stripe_xmax_status(rel, entry);
	ItemPointerSetInvalid(&change->next);
	return change->status != COL_XID_ABORTED;
}

bool
col_marks_row_change(Relation rel, const ColStripe *stripe, uint32 row,
					 ColRowChange *change)
{
	uint64 number = stripe->entry.first_row;
	ColMarksLeaf leaf;
	bool found = false;

	if (col_marks_find(rel, stripe, row, BUFFER_LOCK_SHARE, &leaf) !=
		COL_MARKS_FOUND)
		return stripe_change(rel, stripe, change);
	for (int p = 0; p < leaf.n_pages && !found; p++)
	{
		ColMarks *marks = col_marks_leaf_page(&leaf, p);
		const ColMark *mark;
		uint32 i = 0;

		while (!found &&
			   (mark = next_change(rel, number, leaf.buffers[p], marks,
								   row - marks->first_row, &i)) != NULL)
		{
			const ColMarkXact *xact = col_marks_xact(marks, mark->xact);

			change->status = col_mark_xact_status(rel, number, xact);
			change->kind = mark->kind;
			change->xid = xact->xid;
			change->cid = xact->cid;
			change->next = mark->next;
			found = change->status != COL_XID_ABORTED;
		}
	}
	col_marks_release(&leaf);
	return found || stripe_change(rel, stripe, change);
}

/* ---- all rows of a stripe ---- */

/* Gets a copy of each page of a stripe's marks. */
typedef void (*PageVisit)(Relation rel, const ColStripe *stripe,
						  BlockNumber block, ColMarks *marks, void *context);

/* Visits the pages of all rows; false: they are gone, all rows are dead. */
static bool
visit_pages(Relation rel, const ColStripe *stripe, PageVisit visit,
			void *context)
{
	uint32 row = 0;

	while (row < stripe->entry.n_rows)
	{
		ColMarksLeaf leaf;
		PGAlignedBlock *copies;
		BlockNumber blocks[COL_MARKS_CHAIN_MAX];
		int n_pages;

		switch (col_marks_find(rel, stripe, row, BUFFER_LOCK_SHARE, &leaf))
		{
			case COL_MARKS_GONE:
				return false;
			case COL_MARKS_NONE:
				if (stripe->entry.marks_block == InvalidBlockNumber)
					return true;
				/* a root gets its first pages for that many rows each */
				row = (row / COL_MARKS_ROWS_MAX + 1) * COL_MARKS_ROWS_MAX;
				continue;
			case COL_MARKS_FOUND:
				break;
		}
		n_pages = leaf.n_pages;
		copies = palloc(n_pages * sizeof(PGAlignedBlock));
		for (int p = 0; p < n_pages; p++)
		{
			memcpy(copies[p].data, BufferGetPage(leaf.buffers[p]), BLCKSZ);
			blocks[p] = BufferGetBlockNumber(leaf.buffers[p]);
		}
		col_marks_release(&leaf);
		for (int p = 0; p < n_pages; p++)
		{
			ColMarks *marks = col_page_content(copies[p].data);

			visit(rel, stripe, blocks[p], marks, context);
			row = marks->first_row + marks->n_rows;
		}
		pfree(copies);
	}
	return true;
}

static ColRowSet *
set_create(uint32 n_rows)
{
	ColRowSet *set = palloc0(offsetof(ColRowSet, bits) +
							 (n_rows + 63) / 64 * sizeof(uint64));

	set->n_rows = n_rows;
	return set;
}

static void
set_add(ColRowSet *set, uint32 first, uint32 last)
{
	for (uint32 row = first; row <= last && row < set->n_rows; row++)
	{
		set->n_set += !col_row_set_has(set, row);
		set->bits[row / 64] |= UINT64CONST(1) << row % 64;
	}
}

static void
add_dead_rows(Relation rel pg_attribute_unused(),
			  const ColStripe *stripe pg_attribute_unused(),
			  BlockNumber block pg_attribute_unused(), ColMarks *marks,
			  void *context)
{
	for (uint32 row = 0; marks->n_dead > 0 && row < marks->n_rows; row++)
	{
		if (col_marks_is_dead(marks, row))
			set_add(context, marks->first_row + row, marks->first_row + row);
	}
}

ColRowSet *
col_marks_dead_rows(Relation rel, const ColStripe *stripe)
{
	ColRowSet *set = set_create(stripe->entry.n_rows);

	if (!visit_pages(rel, stripe, add_dead_rows, set))
		set_add(set, 0, set->n_rows - 1);
	return set;
}

typedef struct HiddenRows
{
	Snapshot snapshot;
	ColRowSet *set;
} HiddenRows;

/* Of each transaction of a page: 0 not asked yet, else 1 + what was answered. */
#define ANSWERS_MAX (COL_PAGE_CONTENT_BYTES / sizeof(ColMarkXact))

static void
hide_rows(Relation rel, const ColStripe *stripe, BlockNumber block,
		  ColMarks *marks, void *context)
{
	HiddenRows *hidden = context;
	uint64 number = stripe->entry.first_row;
	uint8 answers[ANSWERS_MAX] = {0};

	add_dead_rows(rel, stripe, block, marks, hidden->set);
	for (uint32 i = 0; i < marks->n_marks; i++)
	{
		const ColMark *mark = &col_marks_array(marks)[i];
		uint8 *answer;

		if (!col_mark_fits(marks, mark))
			col_mark_corrupt(rel, block, number, mark);
		if (col_mark_is_lock(mark))
			continue;
		answer = &answers[mark->xact];
		if (*answer == 0)
			*answer =
				1 + happened(rel, number, col_marks_xact(marks, mark->xact),
							 hidden->snapshot);
		if (*answer == 2)
			set_add(hidden->set, marks->first_row + mark->first,
					marks->first_row + mark->last);
	}
}

ColRowSet *
col_marks_hidden_rows(Relation rel, const ColStripe *stripe, Snapshot snapshot)
{
	HiddenRows hidden = {.snapshot = snapshot};

	if (stripe->entry.marks_block == InvalidBlockNumber ||
		snapshot->snapshot_type == SNAPSHOT_ANY)
		return NULL;
	hidden.set = set_create(stripe->entry.n_rows);
	if (!visit_pages(rel, stripe, hide_rows, &hidden))
		set_add(hidden.set, 0, hidden.set->n_rows - 1);
	if (hidden.set->n_set > 0)
		return hidden.set;
	pfree(hidden.set);
	return NULL;
}

typedef struct RowFates
{
	uint64 oldest_xid; /* full */
	uint8 *fates;
	bool any;
} RowFates;

static ColRowFate
fate_of(uint64 xid, ColXidStatus status, uint64 oldest_xid)
{
	switch (status)
	{
		case COL_XID_CURRENT:
			return COL_ROW_DELETED_BY_US;
		case COL_XID_IN_PROGRESS:
			return COL_ROW_DYING;
		case COL_XID_COMMITTED:
			return xid < oldest_xid ? COL_ROW_DEAD : COL_ROW_RECENTLY_DEAD;
		case COL_XID_ABORTED:
			break;
	}
	return COL_ROW_LIVE;
}

static void
tell_fates(Relation rel, const ColStripe *stripe, BlockNumber block,
		   ColMarks *marks, void *context)
{
	RowFates *rows = context;
	uint64 number = stripe->entry.first_row;
	uint32 end = Min(marks->first_row + marks->n_rows, stripe->entry.n_rows);

	for (uint32 row = marks->first_row; marks->n_dead > 0 && row < end; row++)
	{
		if (col_marks_is_dead(marks, row - marks->first_row))
			rows->fates[row] = COL_ROW_VACUUMED;
	}
	rows->any = rows->any || marks->n_dead > 0;
	for (uint32 i = 0; i < marks->n_marks; i++)
	{
		const ColMark *mark = &col_marks_array(marks)[i];
		const ColMarkXact *xact;
		ColRowFate fate;

		if (!col_mark_fits(marks, mark))
			col_mark_corrupt(rel, block, number, mark);
		if (col_mark_is_lock(mark))
			continue;
		xact = col_marks_xact(marks, mark->xact);
		fate = fate_of(xact->xid, col_mark_xact_status(rel, number, xact),
					   rows->oldest_xid);
		if (fate == COL_ROW_LIVE) /* or all were replaced */
			continue;
		rows->any = true;
		for (uint32 row = marks->first_row + mark->first;
			 row <= marks->first_row + mark->last && row < end; row++)
			rows->fates[row] = fate;
	}
}

uint8 *
col_marks_fates(Relation rel, const ColStripe *stripe,
				TransactionId oldest_xmin)
{
	RowFates rows = {0};

	if (stripe->entry.marks_block == InvalidBlockNumber &&
		stripe->entry.xmax == 0)
		return NULL;
	rows.oldest_xid =
		TransactionIdIsValid(oldest_xmin) ? col_xid_full(oldest_xmin) : 0;
	rows.fates = palloc0(stripe->entry.n_rows);
	if (stripe->entry.xmax != 0)
	{
		ColRowFate fate = fate_of(stripe->entry.xmax,
								  col_stripe_xmax_status(rel, &stripe->entry),
								  rows.oldest_xid);

		memset(rows.fates, fate, stripe->entry.n_rows);
		rows.any = fate != COL_ROW_LIVE;
	}
	if (!visit_pages(rel, stripe, tell_fates, &rows))
	{
		memset(rows.fates, COL_ROW_VACUUMED, stripe->entry.n_rows);
		rows.any = true;
	}
	if (rows.any)
		return rows.fates;
	pfree(rows.fates);
	return NULL;
}
