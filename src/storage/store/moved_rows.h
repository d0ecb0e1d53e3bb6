/*
 * moved_rows.h - serializable transactions that read old copies of rows which
 * compaction has moved.
 */
#ifndef COL_MOVED_ROWS_H
#define COL_MOVED_ROWS_H

#include "postgres.h"

#include "access/htup.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

/*
 * A serializable reader depends on who has changed, elsewhere, rows of which it
 * sees old copies: locks the table and reports the conflicts.  Nothing is done for
 * other readers, nor twice in a transaction.
 */
extern void col_moved_rows_conflict(Relation rel, Snapshot snapshot);

/* The same if a heap row was deleted, by compaction maybe, or is about to be. */
extern void col_moved_rows_conflict_of(Relation rel, HeapTuple tuple,
									   Snapshot snapshot);

#endif /* COL_MOVED_ROWS_H */
