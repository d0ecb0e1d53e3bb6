/*
 * compaction.h - CALL columnar.compact(), and the compaction that VACUUM starts.
 */
#ifndef COL_COMPACTION_H
#define COL_COMPACTION_H

#include "postgres.h"

#include "src/compaction/batch.h"

/* What CALL columnar.compact() does. */
extern const ColCompactPolicy col_compact_manual;

/* What is done by itself; from the settings. */
extern ColCompactPolicy col_compact_automatic(void);

/*
 * Ends the current transaction and begins another; the caller's way to do
 * so.
 */
typedef void (*ColNextTransaction)(void);

/*
 * Compacts a table, batch by batch, each in a transaction of its own.  Begins
 * and ends within a transaction.  Who waits for a lock on the table is let
 * pass between batches.
 */
extern void col_compact_table(Oid relid, ColNextTransaction next_transaction);

/* Lets VACUUM start the automatic one. */
extern void col_compaction_init(void);

#endif /* COL_COMPACTION_H */
