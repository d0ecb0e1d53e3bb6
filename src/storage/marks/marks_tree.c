/*
 * marks_tree.c - the marks pages of a stripe.
 *
 * A stripe's marks_block, once set, never changes.  It is a marks page while
 * that is enough, then a root that maps each slot of COL_MARK_SLOT_ROWS rows to a
 * marks page.  A full page is divided in two halves of its rows; one of a single
 * slot gets a chain of pages behind it, all under the lock of the first.
 *
 * Pages come from the extents of the stripe's directory group.
 *
 * Invariants:
 * K1 All marks of a row lie on pages that are reached through the lock of one.
 * K2 Each change of who has which rows is one WAL record.
 *
 * Lock order: directory page, root, marks page, pages behind it, new pages.
 * Only who changes the tree takes the first exclusively; others hold the root,
 * shared, until they have the marks page.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "access/transam.h"
#include "miscadmin.h"
#include "storage/lmgr.h"

#include "src/storage/marks/marks_tree.h"
#include "src/storage/marks/marks_visibility.h"
#include "src/storage/page/extent.h"
#include "src/storage/page/metapage.h"
#include "src/storage/stripe/directory_free.h"
#include "src/storage/stripe/directory_page.h"

/* Mark blocks that a group gets first; then as many as it has. */
#define FIRST_EXTENT_BLOCKS 4
/* The last extent has what a group of full stripes can need. */
#define LAST_EXTENT_BLOCKS 65536

/* ---- finding ---- */

/* Is the page a root or a marks page of the stripe? */
static bool
is_stripes_page(Page page, uint64 stripe)
{
	const ColPageHeader *header = col_page_header(page);

	return col_page_is_foreign(page) && header->owner == stripe &&
		   (header->kind == COL_PAGE_MARK_ROOT ||
			header->kind == COL_PAGE_MARKS);
}

/* A page is not the stripe's: fine if the stripe has died. */
static void
check_gone(Relation rel, const ColStripe *stripe, BlockNumber block)
{
	ColStripe now = *stripe;

	col_directory_reread(rel, &now);
	if (now.entry.state != COL_STRIPE_DEAD)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("block %u of table \"%s\" is not the marks page "
							   "of stripe " UINT64_FORMAT " expected there",
							   block, RelationGetRelationName(rel),
							   stripe->entry.first_row)));
}

/*
 * Reads the stripe's root or only marks page; Invalid: it is another's, and the
 * stripe has died, as it may have if the directory page is not locked.
 */
static Buffer
read_top(Relation rel, const ColStripe *stripe, BlockNumber block, int mode,
		 bool may_be_gone)
{
	Buffer buffer = col_page_read_any(rel, block, mode, COL_PAGE_MARKS, NULL);
	Page page = BufferGetPage(buffer);
	uint64 owner = stripe->entry.first_row;

	if (unlikely(may_be_gone && !is_stripes_page(page, owner)))
	{
		UnlockReleaseBuffer(buffer);
		check_gone(rel, stripe, block);
		return InvalidBuffer;
	}
	col_page_check(rel, block, page,
				   is_stripes_page(page, owner) ? col_page_header(page)->kind
												: COL_PAGE_MARKS,
				   owner, 0);
	return buffer;
}

static bool
is_root(Buffer buffer)
{
	return col_page_header(BufferGetPage(buffer))->kind == COL_PAGE_MARK_ROOT;
}

/* The place of a row's slot on a root page. */
static BlockNumber *
root_slot(Relation rel, const ColStripe *stripe, Page page, uint32 row)
{
	ColMarkRoot *root = col_page_content(page);
	uint32 slot = row / COL_MARK_SLOT_ROWS;

	if (root->n_slots > COL_MARK_SLOTS_MAX || slot >= root->n_slots)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("mark root %u of stripe " UINT64_FORMAT
						" of table \"%s\" is corrupt",
						stripe->entry.marks_block, stripe->entry.first_row,
						RelationGetRelationName(rel)),
				 errdetail("It has %u slots; row %u needs slot %u.",
						   root->n_slots, row, slot)));
	return &root->slots[slot];
}

/* Locks the pages behind the first one of leaf. */
static void
lock_chain(Relation rel, const ColStripe *stripe, uint32 row, int mode,
		   ColMarksLeaf *leaf)
{
	leaf->n_pages = 1;
	for (;;)
	{
		int last = leaf->n_pages - 1;
		ColMarks *marks = col_marks_leaf_page(leaf, last);
		BlockNumber block = BufferGetBlockNumber(leaf->buffers[last]);

		col_marks_check(rel, block, stripe->entry.first_row, marks, row);
		if (marks->next == InvalidBlockNumber)
			return;
		if (leaf->n_pages == COL_MARKS_CHAIN_MAX)
			ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
							errmsg("marks page %u of stripe " UINT64_FORMAT
								   " of table \"%s\" is not the last one",
								   block, stripe->entry.first_row,
								   RelationGetRelationName(rel))));
		leaf->buffers[leaf->n_pages] =
			col_page_read(rel, marks->next, mode, COL_PAGE_MARKS,
						  stripe->entry.first_row, 0, NULL);
		leaf->n_pages++;
	}
}

ColMarksFound
col_marks_find(Relation rel, const ColStripe *stripe, uint32 row, int mode,
			   ColMarksLeaf *leaf)
{
	Buffer top;
	Buffer buffer;
	BlockNumber block;

	Assert(row < COL_STRIPE_ROWS_MAX);
	if (stripe->entry.marks_block == InvalidBlockNumber)
		return COL_MARKS_NONE;
	top = read_top(rel, stripe, stripe->entry.marks_block, BUFFER_LOCK_SHARE,
				   true);
	if (top == InvalidBuffer)
		return COL_MARKS_GONE;
	if (!is_root(top) && mode == BUFFER_LOCK_EXCLUSIVE)
	{
		LockBuffer(top, BUFFER_LOCK_UNLOCK);
		LockBuffer(top, BUFFER_LOCK_EXCLUSIVE);
		/* it may have become a root meanwhile, or another's page */
		if (!is_stripes_page(BufferGetPage(top), stripe->entry.first_row) ||
			is_root(top))
		{
			UnlockReleaseBuffer(top);
			return col_marks_find(rel, stripe, row, mode, leaf);
		}
	}
	if (!is_root(top))
	{
		leaf->buffers[0] = top;
		lock_chain(rel, stripe, row, mode, leaf);
		return COL_MARKS_FOUND;
	}

	block = *root_slot(rel, stripe, BufferGetPage(top), row);
	if (block == InvalidBlockNumber)
	{
		UnlockReleaseBuffer(top);
		return COL_MARKS_NONE;
	}
	buffer = col_page_read(rel, block, mode, COL_PAGE_MARKS,
						   stripe->entry.first_row, 0, NULL);
	UnlockReleaseBuffer(top);
	leaf->buffers[0] = buffer;
	lock_chain(rel, stripe, row, mode, leaf);
	return COL_MARKS_FOUND;
}

void
col_marks_release(ColMarksLeaf *leaf)
{
	while (leaf->n_pages > 0)
		UnlockReleaseBuffer(leaf->buffers[--leaf->n_pages]);
}

/* ---- pages to use ---- */

/* The mark blocks that a group has, used or not. */
static uint32
mark_blocks(const ColDirectory *directory)
{
	uint32 n = 0;

	for (int i = 0; i < COL_MARK_EXTENTS_MAX; i++)
		n += directory->mark_extents[i].n_blocks;
	return n;
}

static void
fill_free(Page page, uint32 i pg_attribute_unused(),
		  BlockNumber block pg_attribute_unused(), void *context)
{
	const ColStripeRef *ref = context;
	ColMarks *marks = col_page_content(page);

	col_page_init(page, COL_PAGE_FREE_MARKS, ref->group, 0,
				  COL_PAGE_CONTENT_BYTES);
	marks->next = InvalidBlockNumber;
}

/*
 * Gives the group of a stripe another extent of mark blocks, unless another
 * session just did.
 */
static void
grow_extents(Relation rel, const ColStripeRef *ref, uint32 n_needed)
{
	BlockNumber first_block;
	GenericXLogState *state;
	ColDirectory *directory;
	uint32 n_blocks;
	int used = 0;
	Buffer meta_buffer;
	Buffer buffer;

	LockPage(rel, ref->block, ExclusiveLock);
	buffer = col_directory_read(rel, ref, BUFFER_LOCK_SHARE);
	directory = col_page_content(BufferGetPage(buffer));
	n_blocks = mark_blocks(directory);
	if (directory->n_mark_blocks_used + n_needed <= n_blocks)
	{
		UnlockReleaseBuffer(buffer);
		UnlockPage(rel, ref->block, ExclusiveLock);
		return;
	}
	while (used < COL_MARK_EXTENTS_MAX &&
		   directory->mark_extents[used].n_blocks > 0)
		used++;
	UnlockReleaseBuffer(buffer);
	if (used == COL_MARK_EXTENTS_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many rows in stripes of table \"%s\" are being "
						"changed or locked",
						RelationGetRelationName(rel)),
				 errhint("VACUUM the table.")));
	n_blocks = used == COL_MARK_EXTENTS_MAX - 1
				   ? LAST_EXTENT_BLOCKS
				   : Max(n_blocks, FIRST_EXTENT_BLOCKS);
	if (col_directory_detach(rel, n_blocks, &first_block))
		col_extent_overwrite(rel, first_block, n_blocks, fill_free,
							 unconstify(ColStripeRef *, ref));
	else
		first_block = col_extent_append(rel, n_blocks, NULL, fill_free,
										unconstify(ColStripeRef *, ref));

	meta_buffer = col_metapage_read(rel, BUFFER_LOCK_EXCLUSIVE);
	buffer = col_directory_read(rel, ref, BUFFER_LOCK_EXCLUSIVE);
	state = GenericXLogStart(rel);
	col_metapage_content(GenericXLogRegisterBuffer(state, meta_buffer, 0))
		->foreign_blocks += n_blocks;
	directory = col_page_content(GenericXLogRegisterBuffer(state, buffer, 0));
	directory->mark_extents[used] = (ColMarkExtent){first_block, n_blocks};
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
	UnlockReleaseBuffer(meta_buffer);
	UnlockPage(rel, ref->block, ExclusiveLock);
}

/* The block of a group's mark extents that is used next; it has one. */
static BlockNumber
next_unused(const ColDirectory *directory)
{
	uint32 n = directory->n_mark_blocks_used;

	for (int i = 0; i < COL_MARK_EXTENTS_MAX; i++)
	{
		if (n < directory->mark_extents[i].n_blocks)
			return directory->mark_extents[i].first_block + n;
		n -= directory->mark_extents[i].n_blocks;
	}
	elog(ERROR, "no mark block is left");
}

/* A change of the tree: the directory page, and new pages, locked. */
typedef struct TreeChange
{
	Relation rel;
	const ColStripe *stripe; /* as the caller knows it */
	uint32 row;
	GenericXLogState *state;
	Buffer directory_buffer;
	ColDirectory *directory; /* to be changed */
	ColStripeEntry *entry;	 /* to be changed */
	int n_new;
	Buffer new_buffers[2];
	Page new_pages[2];
} TreeChange;

/* Begins a change: the entry is as it is now. */
static void
change_begin(TreeChange *change)
{
	const ColStripeRef *ref = &change->stripe->ref;

	change->directory_buffer =
		col_directory_read(change->rel, ref, BUFFER_LOCK_EXCLUSIVE);
	change->directory =
		col_page_content(BufferGetPage(change->directory_buffer));
	change->entry = col_directory_entry(
		change->rel, BufferGetPage(change->directory_buffer), ref);
	change->n_new = 0;
}

/* Has the group that many pages to use? */
static bool
change_has_pages(const TreeChange *change, uint32 n)
{
	uint32 n_unused =
		mark_blocks(change->directory) - change->directory->n_mark_blocks_used;

	/* of the list, one at a time is taken */
	return change->directory->free_mark_page != InvalidBlockNumber
			   ? n_unused + 1 >= n
			   : n_unused >= n;
}

/* Registers the directory page: from here on entry and directory are copies. */
static void
change_register(TreeChange *change)
{
	Page page;

	change->state = GenericXLogStart(change->rel);
	page =
		GenericXLogRegisterBuffer(change->state, change->directory_buffer, 0);
	change->directory = col_page_content(page);
	change->entry =
		col_directory_entry(change->rel, page, &change->stripe->ref);
}

/* Takes a page to use; returns its block. */
static BlockNumber
change_take_page(TreeChange *change)
{
	ColDirectory *directory = change->directory;
	bool listed = directory->free_mark_page != InvalidBlockNumber;
	BlockNumber block =
		listed ? directory->free_mark_page : next_unused(directory);
	Buffer buffer =
		col_page_read(change->rel, block, BUFFER_LOCK_EXCLUSIVE,
					  COL_PAGE_FREE_MARKS, change->stripe->ref.group, 0, NULL);
	Page page = GenericXLogRegisterBuffer(change->state, buffer,
										  GENERIC_XLOG_FULL_IMAGE);

	if (listed)
		directory->free_mark_page = ((ColMarks *) col_page_content(page))->next;
	else
		directory->n_mark_blocks_used++;
	change->new_buffers[change->n_new] = buffer;
	change->new_pages[change->n_new++] = page;
	return block;
}

static void
change_end(TreeChange *change, bool done)
{
	if (done)
		GenericXLogFinish(change->state);
	while (change->n_new > 0)
		UnlockReleaseBuffer(change->new_buffers[--change->n_new]);
	UnlockReleaseBuffer(change->directory_buffer);
}

/* ---- making room ---- */

/* Rows of the page that a stripe of n_rows begins with. */
static uint32
first_page_rows(uint32 n_rows)
{
	uint32 rows = COL_MARK_SLOT_ROWS;

	while (rows < n_rows && rows < COL_MARKS_ROWS_MAX)
		rows *= 2;
	return rows;
}

static ColMarkRoot *
init_root(Page page, uint64 stripe, uint32 n_rows)
{
	ColMarkRoot *root = col_page_content(page);

	col_page_init(page, COL_PAGE_MARK_ROOT, stripe, 0, COL_PAGE_CONTENT_BYTES);
	root->n_slots = (n_rows - 1) / COL_MARK_SLOT_ROWS + 1;
	for (uint32 i = 0; i < COL_MARK_SLOTS_MAX; i++)
		root->slots[i] = InvalidBlockNumber;
	return root;
}

/* Lets the slots of a page's rows lead to it. */
static void
set_slots(ColMarkRoot *root, const ColMarks *marks, BlockNumber block)
{
	uint32 first = marks->first_row / COL_MARK_SLOT_ROWS;
	uint32 end = Min(first + marks->n_rows / COL_MARK_SLOT_ROWS, root->n_slots);

	for (uint32 i = first; i < end; i++)
		root->slots[i] = block;
}

/* The stripe's first mark: one page, or a root and one. */
static bool
make_first(TreeChange *change)
{
	uint64 stripe = change->stripe->entry.first_row;
	uint32 stripe_rows = change->entry->n_rows;
	uint32 n_rows = first_page_rows(stripe_rows);
	bool with_root = stripe_rows > n_rows;
	BlockNumber block;

	if (!change_has_pages(change, 1 + with_root))
		return false;
	change_register(change);
	block = change_take_page(change);
	change->entry->marks_block = block;
	if (with_root)
	{
		ColMarkRoot *root =
			init_root(change->new_pages[0], stripe, stripe_rows);

		block = change_take_page(change);
		col_marks_init(change->new_pages[1], stripe,
					   change->row / n_rows * n_rows, n_rows);
		set_slots(root, col_page_content(change->new_pages[1]), block);
	}
	else
		col_marks_init(change->new_pages[0], stripe, 0, n_rows);
	return true;
}

/* The first mark among the rows of some slots of a root. */
static bool
make_in_root(TreeChange *change, Buffer root_buffer)
{
	BlockNumber block;
	ColMarkRoot *root;

	if (!change_has_pages(change, 1))
		return false;
	change_register(change);
	root = col_page_content(
		GenericXLogRegisterBuffer(change->state, root_buffer, 0));
	block = change_take_page(change);
	col_marks_init(change->new_pages[0], change->stripe->entry.first_row,
				   change->row / COL_MARKS_ROWS_MAX * COL_MARKS_ROWS_MAX,
				   COL_MARKS_ROWS_MAX);
	set_slots(root, col_page_content(change->new_pages[0]), block);
	return true;
}

/* What marks say nothing any more: of aborted transactions, finished locks. */
static void
judge_marks(Relation rel, uint64 stripe, BlockNumber block, ColMarks *marks,
			ColMarkFate *fates)
{
	for (uint32 i = 0; i < marks->n_marks; i++)
	{
		const ColMark *mark = &col_marks_array(marks)[i];
		ColXidStatus status;

		if (!col_mark_fits(marks, mark))
			col_mark_corrupt(rel, block, stripe, mark);
		status = col_mark_xact_status(rel, stripe,
									  col_marks_xact(marks, mark->xact));
		fates[i] = status == COL_XID_ABORTED || (status == COL_XID_COMMITTED &&
												 col_mark_is_lock(mark))
					   ? COL_MARK_DROP
					   : COL_MARK_KEEP;
	}
}

/* A page is divided, or gets another one behind it, when less is left. */
#define ROOM_BYTES (COL_PAGE_CONTENT_BYTES / 4)

/* Writes a page anew without useless marks, if that leaves room enough. */
static bool
prune_page(TreeChange *change, Buffer buffer, ColMarks *marks,
		   const ColMarkFate *fates)
{
	PGAlignedBlock block;
	ColMarks *pruned = col_page_content(block.data);
	GenericXLogState *state;
	Page page;

	col_marks_init(block.data, change->stripe->entry.first_row,
				   marks->first_row, marks->n_rows);
	(void) col_marks_copy(pruned, marks, fates);
	pruned->next = marks->next;
	if (col_marks_free_bytes(pruned) < ROOM_BYTES)
		return false;
	state = GenericXLogStart(change->rel);
	page = GenericXLogRegisterBuffer(state, buffer, GENERIC_XLOG_FULL_IMAGE);
	memcpy(col_page_content(page), pruned, COL_PAGE_CONTENT_BYTES);
	GenericXLogFinish(state);
	return true;
}

/* Divides a page: its rows' halves are on two pages then. */
static bool
split_page(TreeChange *change, Buffer root_buffer, Buffer buffer,
		   const ColMarkFate *fates)
{
	uint64 stripe = change->stripe->entry.first_row;
	bool new_root = root_buffer == InvalidBuffer;
	PGAlignedBlock copy;
	ColMarks *old = col_page_content(copy.data);
	uint32 half;
	BlockNumber blocks[2];
	Page pages[2];
	ColMarkRoot *root;

	if (!change_has_pages(change, 1 + new_root))
		return false;
	memcpy(copy.data, BufferGetPage(buffer), BLCKSZ);
	half = old->n_rows / 2;
	change_register(change);
	if (new_root)
	{
		/* the stripe's page becomes its root: who knows its block finds it */
		root = init_root(GenericXLogRegisterBuffer(change->state, buffer,
												   GENERIC_XLOG_FULL_IMAGE),
						 stripe, change->entry->n_rows);
		blocks[0] = change_take_page(change);
		blocks[1] = change_take_page(change);
		pages[0] = change->new_pages[0];
		pages[1] = change->new_pages[1];
	}
	else
	{
		root = col_page_content(
			GenericXLogRegisterBuffer(change->state, root_buffer, 0));
		blocks[0] = BufferGetBlockNumber(buffer);
		pages[0] = GenericXLogRegisterBuffer(change->state, buffer,
											 GENERIC_XLOG_FULL_IMAGE);
		blocks[1] = change_take_page(change);
		pages[1] = change->new_pages[0];
	}
	for (int i = 0; i < 2; i++)
	{
		ColMarks *marks = col_page_content(pages[i]);

		col_marks_init(pages[i], stripe, old->first_row + i * half, half);
		(void) col_marks_copy(marks, old, fates);
		set_slots(root, marks, blocks[i]);
	}
	return true;
}

/* Appends a page to those of one slot's rows. */
static bool
chain_page(TreeChange *change, const ColMarksLeaf *leaf)
{
	const ColMarks *first = col_marks_leaf_page(leaf, 0);
	ColMarks *last;
	BlockNumber block;

	if (leaf->n_pages == COL_MARKS_CHAIN_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("too many transactions lock rows of table \"%s\"",
						RelationGetRelationName(change->rel)),
				 errdetail("Rows near row %u of stripe " UINT64_FORMAT
						   " have %d pages of locks.",
						   change->row, change->stripe->entry.first_row,
						   leaf->n_pages),
				 errhint("Try again when some of them have ended.")));
	if (!change_has_pages(change, 1))
		return false;
	change_register(change);
	block = change_take_page(change);
	col_marks_init(change->new_pages[0], change->stripe->entry.first_row,
				   first->first_row, first->n_rows);
	last = col_page_content(GenericXLogRegisterBuffer(
		change->state, leaf->buffers[leaf->n_pages - 1], 0));
	last->next = block;
	return true;
}

/* What it took to make room. */
typedef enum RoomResult
{
	ROOM_MADE,
	ROOM_NOTHING_DONE, /* there was room, or pages were pruned */
	ROOM_NO_PAGES
} RoomResult;

/* Makes room on pages that exist and are locked. */
static RoomResult
make_on_leaf(TreeChange *change, Buffer root_buffer, const ColMarksLeaf *leaf)
{
	ColMarks *first = col_marks_leaf_page(leaf, 0);
	ColMarkFate *fates =
		palloc(COL_PAGE_CONTENT_BYTES / sizeof(ColMark) * sizeof(*fates));
	bool done;

	for (int i = 0; i < leaf->n_pages; i++)
	{
		ColMarks *marks = col_marks_leaf_page(leaf, i);

		if (col_marks_free_bytes(marks) >= ROOM_BYTES)
			return ROOM_NOTHING_DONE;
	}
	for (int i = leaf->n_pages - 1; i >= 0; i--)
	{
		ColMarks *marks = col_marks_leaf_page(leaf, i);

		judge_marks(change->rel, change->stripe->entry.first_row,
					BufferGetBlockNumber(leaf->buffers[i]), marks, fates);
		if (prune_page(change, leaf->buffers[i], marks, fates))
			return ROOM_NOTHING_DONE;
	}
	/* fates are those of the first page */
	if (first->n_rows > COL_MARK_SLOT_ROWS)
		done = split_page(change, root_buffer, leaf->buffers[0], fates);
	else
		done = chain_page(change, leaf);
	pfree(fates);
	return done ? ROOM_MADE : ROOM_NO_PAGES;
}

/* One attempt; false: the group needs more pages first. */
static bool
try_make_room(TreeChange *change)
{
	RoomResult result;
	Buffer root_buffer = InvalidBuffer;
	Buffer top;
	ColMarksLeaf leaf = {0};
	BlockNumber block;

	change_begin(change);
	if (change->entry->state != COL_STRIPE_FLUSHED)
	{
		change_end(change, false);
		return true;
	}
	if (change->entry->marks_block == InvalidBlockNumber)
	{
		bool done = make_first(change);

		change_end(change, done);
		return done;
	}

	top = read_top(change->rel, change->stripe, change->entry->marks_block,
				   BUFFER_LOCK_EXCLUSIVE, false);
	if (is_root(top))
	{
		root_buffer = top;
		block = *root_slot(change->rel, change->stripe, BufferGetPage(top),
						   change->row);
		if (block == InvalidBlockNumber)
		{
			bool done = make_in_root(change, root_buffer);

			change_end(change, done);
			UnlockReleaseBuffer(root_buffer);
			return done;
		}
		leaf.buffers[0] = col_page_read(
			change->rel, block, BUFFER_LOCK_EXCLUSIVE, COL_PAGE_MARKS,
			change->stripe->entry.first_row, 0, NULL);
	}
	else
		leaf.buffers[0] = top;
	lock_chain(change->rel, change->stripe, change->row, BUFFER_LOCK_EXCLUSIVE,
			   &leaf);
	result = make_on_leaf(change, root_buffer, &leaf);
	change_end(change, result == ROOM_MADE);
	col_marks_release(&leaf);
	if (BufferIsValid(root_buffer))
		UnlockReleaseBuffer(root_buffer);
	return result != ROOM_NO_PAGES;
}

void
col_marks_make_room(Relation rel, const ColStripe *stripe, uint32 row)
{
	TreeChange change = {.rel = rel, .stripe = stripe, .row = row};

	/* of two pages, one may be on the list */
	while (!try_make_room(&change))
	{
		CHECK_FOR_INTERRUPTS();
		grow_extents(rel, &stripe->ref, 2);
	}
}
