/*
 * verify_marks.c - mark pages, and what they say of each stripe.
 *
 * A page is checked by itself when its block is walked; then, stripe by stripe,
 * that each row is led to a page which is its own, that a row was changed by
 * one transaction at most, and the number of dead rows.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "src/verify/verify.h"
#include "src/storage/marks/marks_tree.h"
#include "src/storage/marks/marks_visibility.h"
#include "src/storage/page/page.h"
#include "src/storage/page/tid.h"
#include "src/storage/stripe/directory_page.h"
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

/*
 * A page of a stripe that is said to have no marks?  Those of dead stripes may be
 * left by a crash.
 */
static void
check_owner(ColVerify *v, uint64 owner)
{
	uint32 low = 0;
	uint32 high = v->n_stripes;
	ColStripe stripe;

	while (low < high)
	{
		uint32 middle = (low + high) / 2;

		if (v->stripes[middle].entry.first_row < owner)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == v->n_stripes || !v->sound[low] ||
		v->stripes[low].entry.first_row != owner ||
		v->stripes[low].entry.marks_block != InvalidBlockNumber)
		return;
	/* it may have got its first mark since it was read */
	stripe = v->stripes[low];
	col_directory_reread(v->rel, &stripe);
	if (stripe.entry.state == COL_STRIPE_FLUSHED &&
		stripe.entry.marks_block == InvalidBlockNumber)
		col_verify_report(v, "nothing leads to a page of marks",
						  "It is one of stripe " UINT64_FORMAT ".", owner);
}

void
col_verify_marks_page(ColVerify *v, BlockNumber block, uint32 group, Page page)
{
	const ColPageHeader *header = col_page_header(page);
	ColPageKind kind = col_page_is_foreign(page) ? header->kind : 0;

	if (kind != COL_PAGE_MARK_ROOT && kind != COL_PAGE_FREE_MARKS)
		kind = COL_PAGE_MARKS;
	col_page_check(v->rel, block, page, kind,
				   kind == COL_PAGE_FREE_MARKS ? group : header->owner, 0);
	switch (kind)
	{
		case COL_PAGE_MARKS:
			check_marks(v, block, page);
			check_owner(v, header->owner);
			break;
		case COL_PAGE_MARK_ROOT:
			check_root(v, page);
			check_owner(v, header->owner);
			break;
		default:
			break;
	}
}

/* ---- the tree of a stripe ---- */

/*
 * Do the slots of a stripe's root lead to pages that have their rows, and all of
 * a page's slots to it?  Who divides pages locks the root.
 */
static void
check_slots(ColVerify *v, const ColStripe *stripe, const ColMarkRoot *root)
{
	uint32 n_slots = (stripe->entry.n_rows - 1) / COL_MARK_SLOT_ROWS + 1;
	uint32 slot = 0;

	if (root->n_slots != n_slots)
	{
		col_verify_report(v, "corrupt mark root",
						  "It has %u slots, the stripe needs %u.",
						  root->n_slots, n_slots);
		return;
	}
	while (slot < n_slots)
	{
		BlockNumber block = root->slots[slot];
		Buffer buffer;
		const ColMarks *marks;
		uint32 end;
		bool good;

		if (block == InvalidBlockNumber)
		{
			slot++;
			continue;
		}
		buffer = col_page_read(v->rel, block, BUFFER_LOCK_SHARE, COL_PAGE_MARKS,
							   stripe->entry.first_row, 0, v->strategy);
		marks = col_page_content(BufferGetPage(buffer));
		end = Min((uint64) marks->first_row + marks->n_rows,
				  (uint64) n_slots * COL_MARK_SLOT_ROWS) /
			  COL_MARK_SLOT_ROWS;
		good = marks->first_row == slot * COL_MARK_SLOT_ROWS && end > slot;
		for (uint32 i = slot; good && i < end; i++)
			good = root->slots[i] == block;
		if (!good)
		{
			col_verify_report(v, "corrupt mark root",
							  "Slot %u leads to block %u, which has %u rows "
							  "from row %u on.",
							  slot, block, marks->n_rows, marks->first_row);
			end = slot + 1;
		}
		UnlockReleaseBuffer(buffer);
		slot = end;
	}
	for (; slot < COL_MARK_SLOTS_MAX; slot++)
	{
		if (root->slots[slot] == InvalidBlockNumber)
			continue;
		col_verify_report(v, "corrupt mark root",
						  "Slot %u leads to block %u, of %u slots.", slot,
						  root->slots[slot], n_slots);
		return;
	}
}

static void
check_stripe_root(ColVerify *v, void *arg)
{
	const ColStripe *stripe = arg;
	Buffer buffer =
		col_page_read_any(v->rel, stripe->entry.marks_block, BUFFER_LOCK_SHARE,
						  COL_PAGE_MARK_ROOT, v->strategy);
	Page page = BufferGetPage(buffer);

	if (col_page_is_foreign(page) &&
		col_page_header(page)->kind == COL_PAGE_MARK_ROOT &&
		col_page_header(page)->owner == stripe->entry.first_row)
		check_slots(v, stripe, col_page_content(page));
	UnlockReleaseBuffer(buffer);
}

/* ---- the free pages of a group ---- */

/* Block number i of a group's mark extents, or Invalid. */
static BlockNumber
extent_block(const ColDirectory *directory, uint32 i)
{
	for (int e = 0; e < COL_MARK_EXTENTS_MAX; e++)
	{
		if (i < directory->mark_extents[e].n_blocks)
			return directory->mark_extents[e].first_block + i;
		i -= directory->mark_extents[e].n_blocks;
	}
	return InvalidBlockNumber;
}

/* Is a block one of the first n of a group's mark extents? */
static bool
extents_have(const ColDirectory *directory, uint32 n, BlockNumber block)
{
	for (int e = 0; e < COL_MARK_EXTENTS_MAX && n > 0; e++)
	{
		const ColMarkExtent *extent = &directory->mark_extents[e];
		uint32 n_here = Min(n, extent->n_blocks);

		if (block - extent->first_block < n_here)
			return true;
		n -= n_here;
	}
	return false;
}

/* Is a block of a group's extents a free page?  Throws if it must be and is not. */
static bool
block_is_free(ColVerify *v, const ColVerifyGroup *group, BlockNumber block,
			  bool must)
{
	Buffer buffer = col_page_read_any(v->rel, block, BUFFER_LOCK_SHARE,
									  COL_PAGE_FREE_MARKS, v->strategy);
	Page page = BufferGetPage(buffer);
	bool free = col_page_header(page)->kind == COL_PAGE_FREE_MARKS;

	if (must)
		col_page_check(v->rel, block, page, COL_PAGE_FREE_MARKS,
					   group->ref.group, 0);
	UnlockReleaseBuffer(buffer);
	return free;
}

/* The list of a group's free pages, and where those never used begin. */
static void
check_free_pages(ColVerify *v, void *arg)
{
	const ColVerifyGroup *group = arg;
	Buffer directory_buffer =
		col_directory_read(v->rel, &group->ref, BUFFER_LOCK_SHARE);
	const ColDirectory *directory =
		col_page_content(BufferGetPage(directory_buffer));
	uint32 n_used = directory->n_mark_blocks_used;
	BlockNumber last = extent_block(directory, n_used - 1);
	BlockNumber next = extent_block(directory, n_used);
	BlockNumber block = directory->free_mark_page;
	bool last_is_listed = false;
	uint32 n = 0;

	for (; block != InvalidBlockNumber && n <= n_used; n++)
	{
		Buffer buffer =
			col_page_read(v->rel, block, BUFFER_LOCK_SHARE, COL_PAGE_FREE_MARKS,
						  group->ref.group, 0, v->strategy);

		if (!extents_have(directory, n_used, block))
			col_verify_report(v, "free mark page has not been in use",
							  "Block %u is on the list of such pages.", block);
		last_is_listed = last_is_listed || block == last;
		block = ((ColMarks *) col_page_content(BufferGetPage(buffer)))->next;
		UnlockReleaseBuffer(buffer);
	}
	if (n > n_used)
		col_verify_report(v, "list of free mark pages has no end",
						  "It has more pages than are in use, %u.", n_used);
	if (next != InvalidBlockNumber)
		(void) block_is_free(v, group, next, true);
	if (n_used > 0 && last != InvalidBlockNumber && !last_is_listed &&
		block_is_free(v, group, last, false))
		col_verify_report(v, "wrong number of blocks of marks",
						  "%u are said to be in use; block %u is not.", n_used,
						  last);
	UnlockReleaseBuffer(directory_buffer);
}

/* ---- what marks say ---- */

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
	for (uint32 i = 0; i < v->n_groups; i++)
	{
		col_verify_at(v, v->groups[i].ref.block, COL_VERIFY_NONE, NULL);
		if (v->groups[i].mark_extents[0].n_blocks > 0)
			(void) col_verify_try(v, check_free_pages, &v->groups[i]);
		col_verify_return(v, true);
	}
	for (uint32 i = 0; i < v->n_stripes; i++)
	{
		StripeMarks check = {.stripe = &v->stripes[i]};

		if (!v->sound[i] ||
			check.stripe->entry.marks_block == InvalidBlockNumber)
			continue;
		check.changes = palloc0(check.stripe->entry.n_rows);
		col_verify_at(v, check.stripe->entry.marks_block,
					  (int64) check.stripe->entry.first_row, NULL);
		(void) col_verify_try(v, check_stripe_root, &v->stripes[i]);
		(void) col_verify_try(v, check_stripe, &check);
		col_verify_return(v, col_verify_same_stripe(v, check.stripe));
		pfree(check.changes);
	}
}
