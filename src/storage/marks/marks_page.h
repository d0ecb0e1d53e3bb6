/*
 * marks_page.h - one marks page: where its parts lie, what is on it, and how it
 * changes.
 */
#ifndef COL_MARKS_PAGE_H
#define COL_MARKS_PAGE_H

#include "postgres.h"

#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "src/pg/compat.h"
#include "src/storage/format.h"
#include "src/storage/page/page.h"

static inline ColMark *
col_marks_array(ColMarks *marks)
{
	return (ColMark *) (marks->dead + marks->n_rows / 8);
}

static inline ColMarkXact *
col_marks_xact(ColMarks *marks, uint32 i)
{
	return (ColMarkXact *) ((char *) marks + COL_PAGE_CONTENT_BYTES) - 1 - i;
}

/* Bytes between the marks and their transactions. */
static inline uint32
col_marks_free_bytes(const ColMarks *marks)
{
	return COL_PAGE_CONTENT_BYTES - offsetof(ColMarks, dead) -
		   marks->n_rows / 8 - marks->n_marks * sizeof(ColMark) -
		   marks->n_xacts * sizeof(ColMarkXact);
}

/* Is a row (counted from first_row) dead to all? */
static inline bool
col_marks_is_dead(const ColMarks *marks, uint32 row)
{
	return marks->n_dead > 0 && (marks->dead[row / 8] & 1 << row % 8) != 0;
}

static inline bool
col_mark_is_lock(const ColMark *mark)
{
	return mark->kind <= COL_MARK_LOCK_EXCLUSIVE;
}

/* Formats a page of no marks. */
extern void col_marks_init(Page page, uint64 stripe, uint32 first_row,
						   uint32 n_rows);

/*
 * Throws unless what a locked marks page says of itself fits: row (of the
 * stripe) is its, and positions are on the page.
 */
extern void col_marks_check(Relation rel, BlockNumber block, uint64 stripe,
							const ColMarks *marks, uint32 row);

/* Is a mark one that its page can have? */
static inline bool
col_mark_fits(const ColMarks *marks, const ColMark *mark)
{
	return mark->xact < marks->n_xacts && mark->first <= mark->last &&
		   mark->last < marks->n_rows && mark->kind >= 1 &&
		   mark->kind <= COL_MARK_MOVED;
}

/* The error of a mark that does not fit. */
pg_noreturn extern void col_mark_corrupt(Relation rel, BlockNumber block,
										 uint64 stripe, const ColMark *mark);

/* A mark to be added. */
typedef struct ColNewMark
{
	uint32 row; /* counted from first_row */
	ColMarkKind kind;
	uint64 xid;
	uint32 cid;
	int32 extend;  /* a mark that it could be one run with, or -1 */
	int32 recycle; /* a mark that is of no use any more, or -1 */
} ColNewMark;

/*
 * Adds a mark to a page locked exclusively, WAL-logged; false: there is no
 * room.
 */
extern bool col_marks_add(Relation rel, Buffer buffer, const ColNewMark *new);

/* What becomes of a mark when a page is written anew. */
typedef enum ColMarkFate
{
	COL_MARK_KEEP,
	COL_MARK_DROP, /* it says nothing any more */
	COL_MARK_DIE   /* its rows are dead to all */
} ColMarkFate;

/*
 * Copies marks of from whose rows are to's, too, to a page that was
 * initialized, and dead rows.  fates is by index of mark in from.  Transactions
 * come along as they are needed.  Returns the number of rows that died.
 */
extern uint32 col_marks_copy(ColMarks *to, ColMarks *from,
							 const ColMarkFate *fates);

#endif /* COL_MARKS_PAGE_H */
