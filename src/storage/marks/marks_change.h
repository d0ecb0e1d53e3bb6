/*
 * marks_change.h - DELETE, UPDATE and locks of rows of stripes.
 */
#ifndef COL_MARKS_CHANGE_H
#define COL_MARKS_CHANGE_H

#include "postgres.h"

#include "access/tableam.h"
#include "nodes/lockoptions.h"
#include "storage/lmgr.h"
#include "utils/rel.h"

#include "src/storage/format.h"

/* What is to be done to a row. */
typedef struct ColMarkRequest
{
	uint64 row; /* row number */
	ColMarkKind kind;
	CommandId cid;
	Snapshot crosscheck;   /* InvalidSnapshot, or the row must be visible */
	LockWaitPolicy policy; /* for those in conflict */
	bool wait;			   /* false: TM_BeingModified at once */
	XLTW_Oper oper;		   /* for the message of who waits */
} ColMarkRequest;

/*
 * Marks a row, as heap_delete, heap_update and heap_lock_tuple would: the same
 * results, the same contents of tmfd, waiting and errors alike.  The row must
 * not be pending in this session.  A row that is nowhere is TM_Deleted.
 * own_lock is set to the strongest lock that the transaction had on it, or 0.
 */
extern TM_Result col_marks_request(Relation rel, const ColMarkRequest *request,
								   TM_FailureData *tmfd, ColMarkKind *own_lock);

/*
 * Tells an UPDATED mark of the current command where the new version is.
 */
extern void col_marks_set_next(Relation rel, uint64 row, CommandId cid,
							   ItemPointer next);

#endif /* COL_MARKS_CHANGE_H */
