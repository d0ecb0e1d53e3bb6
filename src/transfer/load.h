/*
 * load.h - a file that COPY reads, loaded by several processes at once.
 */
#ifndef COL_LOAD_H
#define COL_LOAD_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "utils/rel.h"

/*
 * Does with n_workers processes what the statement, COPY FROM of a server's file,
 * does; source is its text.  To be called with a snapshot, as a command of its own.
 * Returns false, and has done nothing, if it is no work for several: COPY itself is
 * then to do it, or to say what is wrong with it.
 */
extern bool col_load(Relation rel, const CopyStmt *statement,
					 const char *source, int n_workers, uint64 *n_rows);

#endif /* COL_LOAD_H */
