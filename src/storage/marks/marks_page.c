/*
 * marks_page.c - one marks page.
 *
 * Marks are in the order in which they came; a page is full long before looking
 * at all of them would take long.  Adding one logs its own bytes only.
 */
#include "postgres.h"

#include "src/storage/marks/marks_page.h"
#include "src/storage/page/wal.h"

void
col_marks_init(Page page, uint64 stripe, uint32 first_row, uint32 n_rows)
{
	ColMarks *marks;

	Assert(n_rows >= COL_MARK_SLOT_ROWS && n_rows <= COL_MARKS_ROWS_MAX);
	col_page_init(page, COL_PAGE_MARKS, stripe, 0, COL_PAGE_CONTENT_BYTES);
	marks = col_page_content(page);
	marks->first_row = first_row;
	marks->n_rows = n_rows;
	marks->next = InvalidBlockNumber;
}

void
col_marks_check(Relation rel, BlockNumber block, uint64 stripe,
				const ColMarks *marks, uint32 row)
{
	uint64 used_bytes = 0;
	bool good = marks->n_rows >= COL_MARK_SLOT_ROWS &&
				marks->n_rows <= COL_MARKS_ROWS_MAX &&
				(marks->n_rows & (marks->n_rows - 1)) == 0 &&
				marks->first_row % marks->n_rows == 0 &&
				row - marks->first_row < marks->n_rows;

	if (good)
		used_bytes = offsetof(ColMarks, dead) + marks->n_rows / 8 +
					 marks->n_marks * sizeof(ColMark) +
					 marks->n_xacts * sizeof(ColMarkXact);
	if (likely(good && used_bytes <= COL_PAGE_CONTENT_BYTES))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("marks page %u of stripe " UINT64_FORMAT
					" of table \"%s\" is corrupt",
					block, stripe, RelationGetRelationName(rel)),
			 errdetail("%u marks and %u transactions of %u rows from row %u "
					   "on; row %u was expected.",
					   marks->n_marks, marks->n_xacts, marks->n_rows,
					   marks->first_row, row)));
}

void
col_mark_corrupt(Relation rel, BlockNumber block, uint64 stripe,
				 const ColMark *mark)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("marks page %u of stripe " UINT64_FORMAT
					" of table \"%s\" has a corrupt mark",
					block, stripe, RelationGetRelationName(rel)),
			 errdetail("Kind %u, rows %u to %u, transaction %u.", mark->kind,
					   mark->first, mark->last, mark->xact)));
}

/* The index of a command's entry, or n_xacts. */
static uint32
find_xact(ColMarks *marks, uint64 xid, uint32 cid)
{
	uint32 i;

	/* the last one is the likely one */
	for (i = marks->n_xacts; i > 0; i--)
	{
		const ColMarkXact *xact = col_marks_xact(marks, i - 1);

		if (xact->xid == xid && xact->cid == cid)
			return i - 1;
	}
	return marks->n_xacts;
}

/* Makes the row part of a neighbour's run; false: it is not one. */
static bool
extend_run(Relation rel, Buffer buffer, ColMarks *marks, const ColNewMark *new,
		   uint32 xact)
{
	ColMark *mark;
	uint16 row = new->row;
	ColPatch patch = {.bytes = &row, .n_bytes = sizeof(row)};

	if (new->extend < 0)
		return false;
	mark = &col_marks_array(marks)[new->extend];
	if (mark->xact != xact || mark->kind != new->kind ||
		mark->kind == COL_MARK_UPDATED)
		return false;
	if (mark->last + 1 == row)
		patch.at = &mark->last;
	else if (mark->first == row + 1)
		patch.at = &mark->first;
	else
		return false;
	col_wal_patch(rel, buffer, &patch, 1);
	return true;
}

bool
col_marks_add(Relation rel, Buffer buffer, const ColNewMark *new)
{
	ColMarks *marks = col_page_content(BufferGetPage(buffer));
	ColMarkXact xact = {.xid = new->xid, .cid = new->cid};
	ColMark mark = {.first = new->row, .last = new->row, .kind = new->kind};
	uint32 xact_index = find_xact(marks, new->xid, new->cid);
	uint16 counts[2] = {marks->n_marks, marks->n_xacts};
	uint32 needed_bytes = 0;
	ColPatch patches[3];
	int n = 0;

	StaticAssertStmt(offsetof(ColMarks, n_xacts) ==
						 offsetof(ColMarks, n_marks) + sizeof(uint16),
					 "the two counts are one patch");
	if (xact_index < marks->n_xacts &&
		extend_run(rel, buffer, marks, new, xact_index))
		return true;
	if (xact_index == marks->n_xacts)
	{
		needed_bytes += sizeof(ColMarkXact);
		counts[1]++;
		patches[n++] =
			(ColPatch){col_marks_xact(marks, xact_index), &xact, sizeof(xact)};
	}
	mark.xact = xact_index;
	if (new->recycle >= 0)
		patches[n++] = (ColPatch){&col_marks_array(marks)[new->recycle], &mark,
								  sizeof(mark)};
	else
	{
		needed_bytes += sizeof(ColMark);
		patches[n++] = (ColPatch){&col_marks_array(marks)[counts[0]++], &mark,
								  sizeof(mark)};
	}
	if (needed_bytes > col_marks_free_bytes(marks))
		return false;
	patches[n++] = (ColPatch){&marks->n_marks, counts, sizeof(counts)};
	col_wal_patch(rel, buffer, patches, n);
	return true;
}

/* Sets the bits of rows first .. last; returns how many were not set. */
static uint32
set_dead(ColMarks *marks, uint32 first, uint32 last)
{
	uint32 n = 0;

	for (uint32 row = first; row <= last; row++)
	{
		if (marks->dead[row / 8] & 1 << row % 8)
			continue;
		marks->dead[row / 8] |= 1 << row % 8;
		n++;
	}
	marks->n_dead += n;
	return n;
}

/* Takes over the dead rows of from that are to's. */
static void
copy_dead(ColMarks *to, const ColMarks *from)
{
	uint32 first = Max(to->first_row, from->first_row);
	uint32 end =
		Min(to->first_row + to->n_rows, from->first_row + from->n_rows);

	if (from->n_dead == 0)
		return;
	for (uint32 row = first; row < end; row++)
	{
		if (col_marks_is_dead(from, row - from->first_row))
			set_dead(to, row - to->first_row, row - to->first_row);
	}
}

uint32
col_marks_copy(ColMarks *to, ColMarks *from, const ColMarkFate *fates)
{
	uint32 n_died = 0;

	copy_dead(to, from);
	to->flags |= from->flags & COL_MARKS_INDEXED;
	for (uint32 i = 0; i < from->n_marks; i++)
	{
		ColMark mark = col_marks_array(from)[i];
		const ColMarkXact *xact = col_marks_xact(from, mark.xact);
		uint32 first = Max(from->first_row + mark.first, to->first_row);
		uint32 end =
			Min(from->first_row + mark.last + 1, to->first_row + to->n_rows);

		if (fates[i] == COL_MARK_DROP || first >= end)
			continue;
		mark.first = first - to->first_row;
		mark.last = end - 1 - to->first_row;
		if (fates[i] == COL_MARK_DIE)
		{
			n_died += set_dead(to, mark.first, mark.last);
			continue;
		}
		mark.xact = find_xact(to, xact->xid, xact->cid);
		if (mark.xact == to->n_xacts)
			*col_marks_xact(to, to->n_xacts++) = *xact;
		else
			col_marks_xact(to, mark.xact)->flags |= xact->flags;
		col_marks_array(to)[to->n_marks++] = mark;
	}
	if (n_died > 0)
		to->flags |= COL_MARKS_INDEXED;
	return n_died;
}
