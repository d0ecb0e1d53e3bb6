/*
 * marks_vacuum.c - what VACUUM does with the marks of a stripe.
 *
 * A mark's transaction is resolved in a WAL record, not by a hint: the commit
 * log may be cut after the vacuum.  A row that is dead to all becomes a bit; of the
 * mark, nothing is left.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "access/transam.h"
#include "access/xlog.h"
#include "commands/vacuum.h"
#include "miscadmin.h"

#include "src/pg/compat.h"
#include "src/storage/marks/marks_tree.h"
#include "src/storage/marks/marks_vacuum.h"
#include "src/storage/page/wal.h"
#include "src/storage/stripe/directory_page.h"

/* Visits the pages of some rows of the stripe, locked exclusively. */
typedef void (*LeafVisit)(Relation rel, const ColStripe *stripe,
						  const ColMarksLeaf *leaf, void *context);

static void
visit_leaves(Relation rel, const ColStripe *stripe, LeafVisit visit,
			 void *context)
{
	uint32 row = 0;

	if (stripe->entry.marks_block == InvalidBlockNumber)
		return;
	while (row < stripe->entry.n_rows)
	{
		ColMarksLeaf leaf;
		const ColMarks *first;

		COL_VACUUM_DELAY_POINT();
		switch (col_marks_find(rel, stripe, row, BUFFER_LOCK_EXCLUSIVE, &leaf))
		{
			case COL_MARKS_GONE:
				return;
			case COL_MARKS_NONE:
				row = (row / COL_MARKS_ROWS_MAX + 1) * COL_MARKS_ROWS_MAX;
				continue;
			case COL_MARKS_FOUND:
				break;
		}
		first = col_marks_leaf_page(&leaf, 0);
		row = first->first_row + first->n_rows;
		visit(rel, stripe, &leaf, context);
		col_marks_release(&leaf);
	}
}

void
col_marks_announce_dead(Relation rel, ColMarksHorizon *horizon, uint64 xid)
{
	if (xid <= horizon->told_xid)
		return;
	horizon->told_xid = xid;
	if (RelationNeedsWAL(rel) && XLogStandbyInfoActive())
		col_wal_log_conflict(rel, FullTransactionIdFromU64(xid));
}

/* What becomes of a mark, and of the flags of its transaction. */
static ColMarkFate
judge(Relation rel, uint64 stripe, const ColMark *mark, ColMarkXact *xact,
	  const ColMarksHorizon *horizon)
{
	ColXidStatus status = col_mark_xact_status(rel, stripe, xact);

	if (status == COL_XID_ABORTED)
		return COL_MARK_DROP;
	if (status != COL_XID_COMMITTED)
		return COL_MARK_KEEP;
	if (col_mark_is_lock(mark))
		return COL_MARK_DROP;
	if (xact->xid < horizon->dead_xid)
		return COL_MARK_DIE;
	if (xact->xid < horizon->resolve_xid)
		xact->flags |= COL_MARK_XACT_COMMITTED;
	return COL_MARK_KEEP;
}

typedef struct PageVacuum
{
	ColMarksHorizon *horizon;
	ColMarksVacuumed result;
} PageVacuum;

/* Copies a page and judges its marks; returns the newest id that dead rows have. */
static uint64
judge_page(Relation rel, uint64 stripe, Buffer buffer,
		   const ColMarksHorizon *horizon, ColMarks *copy, ColMarkFate *fates)
{
	uint64 newest_dead = 0;

	memcpy(copy, col_page_content(BufferGetPage(buffer)),
		   COL_PAGE_CONTENT_BYTES);
	for (uint32 i = 0; i < copy->n_marks; i++)
	{
		const ColMark *mark = &col_marks_array(copy)[i];
		ColMarkXact *xact;

		if (!col_mark_fits(copy, mark))
			col_mark_corrupt(rel, BufferGetBlockNumber(buffer), stripe, mark);
		xact = col_marks_xact(copy, mark->xact);
		fates[i] = judge(rel, stripe, mark, xact, horizon);
		if (fates[i] == COL_MARK_DIE)
			newest_dead = Max(newest_dead, xact->xid);
	}
	return newest_dead;
}

static void
write_page(Relation rel, Buffer buffer, const ColMarks *new)
{
	GenericXLogState *state = GenericXLogStart(rel);

	memcpy(col_page_content(GenericXLogRegisterBuffer(state, buffer,
													  GENERIC_XLOG_FULL_IMAGE)),
		   new, COL_PAGE_CONTENT_BYTES);
	GenericXLogFinish(state);
}

static bool
page_differs(Buffer buffer, const ColMarks *new)
{
	return memcmp(new, col_page_content(BufferGetPage(buffer)),
				  COL_PAGE_CONTENT_BYTES) != 0;
}

/*
 * Bits are on the first page only.  It is written first: marks on the others
 * whose rows have a bit say nothing new until they are gone, too.
 */
static void
vacuum_leaf(Relation rel, const ColStripe *stripe, const ColMarksLeaf *leaf,
			void *context)
{
	PageVacuum *vacuum = context;
	uint64 number = stripe->entry.first_row;
	ColMarkFate fates[COL_PAGE_CONTENT_BYTES / sizeof(ColMark)];
	PGAlignedBlock old_block;
	PGAlignedBlock new_block;
	ColMarks *old = col_page_content(old_block.data);
	ColMarks *new = col_page_content(new_block.data);
	const ColMarks *first = col_marks_leaf_page(leaf, 0);
	uint64 newest_dead = 0;

	col_marks_init(new_block.data, number, first->first_row, first->n_rows);
	new->next = first->next;
	for (int p = 0; p < leaf->n_pages; p++)
	{
		uint64 dead = judge_page(rel, number, leaf->buffers[p], vacuum->horizon,
								 old, fates);

		newest_dead = Max(newest_dead, dead);
		for (uint32 i = 0; p > 0 && i < old->n_marks; i++)
		{
			if (fates[i] == COL_MARK_KEEP)
				fates[i] = COL_MARK_DROP;
		}
		(void) col_marks_copy(new, old, fates);
	}
	if (page_differs(leaf->buffers[0], new))
	{
		col_marks_announce_dead(rel, vacuum->horizon, newest_dead);
		write_page(rel, leaf->buffers[0], new);
	}
	vacuum->result.dead_rows += new->n_dead;
	vacuum->result.indexed =
		vacuum->result.indexed || (new->flags &COL_MARKS_INDEXED) != 0;

	for (int p = 1; p < leaf->n_pages; p++)
	{
		(void) judge_page(rel, number, leaf->buffers[p], vacuum->horizon, old,
						  fates);
		for (uint32 i = 0; i < old->n_marks; i++)
		{
			if (fates[i] == COL_MARK_DIE)
				fates[i] = COL_MARK_DROP;
		}
		col_marks_init(new_block.data, number, old->first_row, old->n_rows);
		(void) col_marks_copy(new, old, fates);
		new->next = old->next;
		if (page_differs(leaf->buffers[p], new))
			write_page(rel, leaf->buffers[p], new);
	}
}

ColMarksVacuumed
col_marks_vacuum(Relation rel, const ColStripe *stripe,
				 ColMarksHorizon *horizon)
{
	PageVacuum vacuum = {.horizon = horizon};

	visit_leaves(rel, stripe, vacuum_leaf, &vacuum);
	return vacuum.result;
}

static void
forget_indexed(Relation rel, const ColStripe *stripe pg_attribute_unused(),
			   const ColMarksLeaf *leaf, void *context pg_attribute_unused())
{
	for (int p = 0; p < leaf->n_pages; p++)
	{
		ColMarks *marks = col_marks_leaf_page(leaf, p);
		uint32 flags = marks->flags & ~COL_MARKS_INDEXED;
		ColPatch patch = {&marks->flags, &flags, sizeof(flags)};

		if (marks->flags != flags)
			col_wal_patch(rel, leaf->buffers[p], &patch, 1);
	}
}

void
col_marks_forget_indexed(Relation rel, const ColStripe *stripe)
{
	visit_leaves(rel, stripe, forget_indexed, NULL);
}

/* ---- the pages of a dead stripe ---- */

/* Gives one page back. */
static void
free_page(Relation rel, const ColStripe *stripe, BlockNumber block)
{
	Buffer directory_buffer =
		col_directory_read(rel, &stripe->ref, BUFFER_LOCK_EXCLUSIVE);
	Buffer buffer = col_page_read_any(rel, block, BUFFER_LOCK_EXCLUSIVE,
									  COL_PAGE_MARKS, NULL);
	GenericXLogState *state = GenericXLogStart(rel);
	ColDirectory *directory =
		col_page_content(GenericXLogRegisterBuffer(state, directory_buffer, 0));
	Page page =
		GenericXLogRegisterBuffer(state, buffer, GENERIC_XLOG_FULL_IMAGE);

	col_page_init(page, COL_PAGE_FREE_MARKS, stripe->ref.group, 0,
				  COL_PAGE_CONTENT_BYTES);
	((ColMarks *) col_page_content(page))->next = directory->free_mark_page;
	directory->free_mark_page = block;
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	UnlockReleaseBuffer(directory_buffer);
}

/* Copies a page that should be the stripe's; false: it is not. */
static bool
copy_page(Relation rel, const ColStripe *stripe, BlockNumber block,
		  PGAlignedBlock *copy)
{
	Buffer buffer =
		col_page_read_any(rel, block, BUFFER_LOCK_SHARE, COL_PAGE_MARKS, NULL);
	const ColPageHeader *header;

	memcpy(copy->data, BufferGetPage(buffer), BLCKSZ);
	UnlockReleaseBuffer(buffer);
	header = col_page_header(copy->data);
	return col_page_is_foreign(copy->data) &&
		   header->owner == stripe->entry.first_row &&
		   (header->kind == COL_PAGE_MARKS ||
			header->kind == COL_PAGE_MARK_ROOT);
}

/* Gives back a marks page and those behind it. */
static void
free_chain(Relation rel, const ColStripe *stripe, BlockNumber block)
{
	for (int i = 0; i < COL_MARKS_CHAIN_MAX && block != InvalidBlockNumber; i++)
	{
		PGAlignedBlock copy;

		if (!copy_page(rel, stripe, block, &copy))
			return;
		free_page(rel, stripe, block);
		block = ((ColMarks *) col_page_content(copy.data))->next;
	}
}

void
col_marks_free(Relation rel, const ColStripe *stripe)
{
	BlockNumber last = InvalidBlockNumber;
	PGAlignedBlock copy;
	const ColMarkRoot *root = col_page_content(copy.data);

	if (stripe->entry.marks_block == InvalidBlockNumber ||
		!copy_page(rel, stripe, stripe->entry.marks_block, &copy))
		return;
	if (col_page_header(copy.data)->kind == COL_PAGE_MARKS)
	{
		free_chain(rel, stripe, stripe->entry.marks_block);
		return;
	}
	for (uint32 i = 0; i < Min(root->n_slots, COL_MARK_SLOTS_MAX); i++)
	{
		COL_VACUUM_DELAY_POINT();
		if (root->slots[i] != InvalidBlockNumber && root->slots[i] != last)
			free_chain(rel, stripe, root->slots[i]);
		last = root->slots[i];
	}
	free_page(rel, stripe, stripe->entry.marks_block);
}
