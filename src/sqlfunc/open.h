/*
 * open.h - the table that a function is asked about.
 */
#ifndef COL_OPEN_H
#define COL_OPEN_H

#include "postgres.h"

#include "utils/rel.h"

/*
 * Opens a columnar table with AccessShareLock; throws when it is another kind
 * of relation or the user has no SELECT on it.
 */
extern Relation col_sql_open_columnar(Oid relid);

#endif /* COL_OPEN_H */
