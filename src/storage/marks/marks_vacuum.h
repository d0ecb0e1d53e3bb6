/*
 * marks_vacuum.h - what VACUUM does with the marks of a stripe.  The table is
 * locked against other vacuums.
 */
#ifndef COL_MARKS_VACUUM_H
#define COL_MARKS_VACUUM_H

#include "postgres.h"

#include "utils/rel.h"

#include "src/storage/marks/marks_visibility.h"

/* How far a vacuum goes. */
typedef struct ColMarksHorizon
{
	uint64 resolve_xid; /* full ids below it are resolved, if they have ended */
	uint64 dead_xid;	/* what ids below it have deleted is dead to all */
	uint64
		told_xid; /* the newest one that standbys were told of; starts as 0 */
} ColMarksHorizon;

/* What the marks of a stripe came to. */
typedef struct ColMarksVacuumed
{
	uint32 dead_rows;
	bool indexed; /* indexes may still name some of them */
} ColMarksVacuumed;

/*
 * Resolves transactions, removes marks that say nothing any more, and makes
 * bits of those of rows that are dead to all.  What a standby's queries may
 * still see is announced first.
 */
extern ColMarksVacuumed col_marks_vacuum(Relation rel, const ColStripe *stripe,
										 ColMarksHorizon *horizon);

/* Tells standbys of deletions by xid, and by any before it. */
extern void col_marks_announce_dead(Relation rel, ColMarksHorizon *horizon,
									uint64 xid);

/* Notes that no index names dead rows of the stripe any more. */
extern void col_marks_forget_indexed(Relation rel, const ColStripe *stripe);

/*
 * Gives the pages of a stripe that is DEAD back to its group.
 */
extern void col_marks_free(Relation rel, const ColStripe *stripe);

#endif /* COL_MARKS_VACUUM_H */
