/*
 * worker.h - automatic compaction, in a background worker.
 */
#ifndef COL_COMPACTION_WORKER_H
#define COL_COMPACTION_WORKER_H

#include "postgres.h"

#include "utils/rel.h"

#include "src/compaction/batch.h"

/*
 * Starts a worker for a table that VACUUM is done with, if there is something
 * to do (it has about heap_rows rows in its row store) and a free slot.
 */
extern void col_compaction_start(Relation rel, double heap_rows);

/* compaction.c: tells pg_stat_progress_cluster how far it is. */
extern void col_compact_report(Oid relid, const ColCompactState *state);

/* The worker's main function: PostgreSQL finds it by its name. */
extern PGDLLEXPORT void colstore_compaction_main(Datum relid);

#endif /* COL_COMPACTION_WORKER_H */
