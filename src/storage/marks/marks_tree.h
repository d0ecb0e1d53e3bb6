/*
 * marks_tree.h - the marks pages of a stripe: finding a row's, making room.
 */
#ifndef COL_MARKS_TREE_H
#define COL_MARKS_TREE_H

#include "postgres.h"

#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "src/storage/marks/marks_page.h"
#include "src/storage/stripe/directory.h"

/*
 * Pages that one row's marks may lie on: more locks than a page takes are
 * refused.
 */
#define COL_MARKS_CHAIN_MAX 32

/* The pages of the marks of some rows, all locked in one mode, the first first. */
typedef struct ColMarksLeaf
{
	int n_pages;
	Buffer buffers[COL_MARKS_CHAIN_MAX];
} ColMarksLeaf;

static inline ColMarks *
col_marks_leaf_page(const ColMarksLeaf *leaf, int i)
{
	Assert(i < leaf->n_pages);
	return col_page_content(BufferGetPage(leaf->buffers[i]));
}

typedef enum ColMarksFound
{
	COL_MARKS_NONE,	 /* the row has no page: it is not marked */
	COL_MARKS_FOUND, /* leaf is locked */
	COL_MARKS_GONE	 /* the pages are not this stripe's any more */
} ColMarksFound;

/*
 * Finds and locks the pages for a row (0-based) of a stripe.  Of stripe, ref and
 * first_row, and marks_block are used; an old marks_block is fine, if it is
 * not Invalid.  GONE: the stripe has died, or it is corrupt, which is an error
 * if its entry does not say DEAD by now.
 */
extern ColMarksFound col_marks_find(Relation rel, const ColStripe *stripe,
									uint32 row, int mode, ColMarksLeaf *leaf);

extern void col_marks_release(ColMarksLeaf *leaf);

/*
 * Sees to it that the pages for a row have room for one more mark: removes
 * marks that say nothing any more, divides the page, or makes a first one.
 * Others may use up the room before the caller does.  No lock may be held.
 */
extern void col_marks_make_room(Relation rel, const ColStripe *stripe,
								uint32 row);

#endif /* COL_MARKS_TREE_H */
