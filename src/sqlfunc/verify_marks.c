/*
 * verify_marks.c - mark pages, and what they say of each stripe.
 *
 * A page is checked by itself when its block is walked; then, stripe by stripe,
 * that each row is led to a page which is its own, that a row was changed by
 * one transaction at most, and the number of dead rows.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "src/sqlfunc/verify.h"
#include "src/storage/marks/marks_tree.h"
#include "src/storage/marks/marks_visibility.h"
#include "src/storage/page/page.h"
#include "src/storage/page/tid.h"
#include "src/storage/stripe/visibility.h"

/* Bits that are set among the first n_bits. */
static uint32
count_bits(const uint8 *bits, uint32 n_bits)
{
	uint32 n = 0;

	for (uint32 i = 0; i < n_bits; i++)
		n += bits[i / 8] >> i % 8 & 1;
	return n;
}

static bool
xact_is_possible(const ColMarkXact *xact)
{
	uint64 next = U64FromFullTransactionId(ReadNextFullTransactionId());

	return xact->xid >= FirstNormalTransactionId && xact->xid < next &&
		   TransactionIdIsNormal((TransactionId) xact->xid) &&
		   (xact->flags & ~(COL_MARK_XACT_COMMITTED | COL_MARK_XACT_ABORTED)) ==
			   0;
}

/* Marks and transactions of a page, whose sizes fit. */
static void
check_contents(ColVerify *v, ColMarks *marks)
{
	for (uint32 i = 0; i < marks->n_xacts; i++)
	{
		const ColMarkXact *xact = col_marks_xact(marks, i);

		if (!xact_is_possible(xact))
			col_verify_report(v, "corrupt transaction of marks",
							  "Number %u: transaction " UINT64_FORMAT
							  ", flags %u.",
							  i, xact->xid, xact->flags);
	}
	for (uint32 i = 0; i < marks->n_marks; i++)
	{
		const ColMark *mark = &col_marks_array(marks)[i];

		if (!col_mark_fits(marks, mark) || mark->zero != 0 ||
			(mark->kind == COL_MARK_UPDATED ? mark->first != mark->last
											: ItemPointerIsValid(&mark->next)))
			col_verify_report(v, "corrupt mark",
							  "Number %u: kind %u, rows %u to %u, transaction "
							  "%u, next (%u,%u).",
							  i, mark->kind, mark->first, mark->last,
							  mark->xact,
							  ItemPointerGetBlockNumberNoCheck(&mark->next),
							  ItemPointerGetOffsetNumberNoCheck(&mark->next));
	}
	if (!col_verify_is_zero((char *) &col_marks_array(marks)[marks->n_marks],
							col_marks_free_bytes(marks)))
		col_verify_report(v, "bytes that should be zero are not",
						  "They are between marks and transactions.");
}

static void
check_marks(ColVerify *v, BlockNumber block, Page page)
{
	ColMarks *marks = col_page_content(page);

	col_marks_check(v->rel, block, col_page_header(page)->owner, marks,
					marks->first_row);
	if (marks->n_dead != count_bits(marks->dead, marks->n_rows))
		col_verify_report(v, "wrong number of dead rows",
						  "The page says %u, %u are marked.", marks->n_dead,
						  count_bits(marks->dead, marks->n_rows));
	if ((marks->flags & ~COL_MARKS_INDEXED) != 0 || marks->zero != 0)
		col_verify_report(v, "unused fields are set", "Flags %u.",
						  marks->flags);
	check_contents(v, marks);
}

static void
check_root(ColVerify *v, Page page)
{
	const ColMarkRoot *root = col_page_content(page);

	if (root->n_slots == 0 || root->n_slots > COL_MARK_SLOTS_MAX ||
		root->zero != 0)
		col_verify_report(v, "corrupt mark root", "It has %u slots.",
						  root->n_slots);
}

void
col_verify_marks_page(ColVerify *v, BlockNumber block, Page page)
{
	const ColPageHeader *header = col_page_header(page);
	ColPageKind kind = col_page_is_foreign(page) ? header->kind : 0;

	if (kind != COL_PAGE_MARK_ROOT && kind != COL_PAGE_FREE_MARKS)
		kind = COL_PAGE_MARKS;
	col_page_check(v->rel, block, page, kind, header->owner, 0);
	switch (kind)
	{
		case COL_PAGE_MARKS:
			check_marks(v, block, page);
			break;
		case COL_PAGE_MARK_ROOT:
			check_root(v, page);
			break;
		default:
			break;
	}
}

/* The marks of one stripe. */
typedef struct StripeMarks
{
	const ColStripe *stripe;
	uint8 *changes; /* of each row: transactions that changed it */
	uint32 n_dead;
} StripeMarks;

/* Notes which rows of a page were changed by transactions that did not abort. */
static void
note_changes(ColVerify *v, StripeMarks *check, ColMarks *marks)
{
	const ColStripe *stripe = check->stripe;
	uint32 n_rows = stripe->entry.n_rows;

	check->n_dead += marks->n_dead;
	for (uint32 i = 0; i < marks->n_marks; i++)
	{
		const ColMark *mark = &col_marks_array(marks)[i];

		if (!col_mark_fits(marks, mark) || col_mark_is_lock(mark) ||
			col_mark_xact_status(v->rel, stripe->entry.first_row,
								 col_marks_xact(marks, mark->xact)) ==
				COL_XID_ABORTED)
			continue;
		for (uint32 row = marks->first_row + mark->first;
			 row <= marks->first_row + mark->last; row++)
		{
			if (row >= n_rows || check->changes[row]++ > 0)
			{
				col_verify_report(v, "row was changed twice",
								  "Row %u of %u of the stripe.", row, n_rows);
				return;
			}
		}
	}
}

/* Looks up all rows of a stripe, page by page. */
static void
check_stripe(ColVerify *v, void *arg)
{
	StripeMarks *check = arg;
	ColStripe stripe = *check->stripe;
	uint32 row = 0;

	while (row < stripe.entry.n_rows)
	{
		ColMarksLeaf leaf;

		CHECK_FOR_INTERRUPTS();
		switch (col_marks_find(v->rel, &stripe, row, BUFFER_LOCK_SHARE, &leaf))
		{
			case COL_MARKS_GONE:
				return;
			case COL_MARKS_NONE:
				row += COL_MARK_SLOT_ROWS;
				continue;
			case COL_MARKS_FOUND:
				break;
		}
		for (int p = 0; p < leaf.n_pages; p++)
		{
			ColMarks *marks = col_marks_leaf_page(&leaf, p);

			if (p > 0 && marks->n_dead > 0)
				col_verify_report(v, "dead rows on a page behind another",
								  "From row %u on.", marks->first_row);
			col_verify_at(v, BufferGetBlockNumber(leaf.buffers[p]),
						  (int64) stripe.entry.first_row, NULL);
			note_changes(v, check, marks);
			row = marks->first_row + marks->n_rows;
		}
		col_marks_release(&leaf);
	}
	/* VACUUM counts after it has marked */
	if (check->n_dead < stripe.entry.dead_rows)
		col_verify_report(v, "wrong number of dead rows",
						  "The entry says %u, mark pages %u.",
						  stripe.entry.dead_rows, check->n_dead);
}

void
col_verify_marks(ColVerify *v)
{
	for (uint32 i = 0; i < v->n_stripes; i++)
	{
		StripeMarks check = {.stripe = &v->stripes[i]};

		if (!v->sound[i] ||
			check.stripe->entry.marks_block == InvalidBlockNumber)
			continue;
		check.changes = palloc0(check.stripe->entry.n_rows);
		col_verify_at(v, check.stripe->entry.marks_block,
					  (int64) check.stripe->entry.first_row, NULL);
		(void) col_verify_try(v, check_stripe, &check);
		col_verify_return(v, col_verify_same_stripe(v, check.stripe));
		pfree(check.changes);
	}
}
