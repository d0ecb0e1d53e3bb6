/*
 * row_limit.h - which rows a heap page could hold.
 *
 * An UPDATE moves a row of a stripe into the row store, and ALTER TABLE may move
 * the whole table to heap: a stripe takes no row that heapam would refuse.
 */
#ifndef COL_ROW_LIMIT_H
#define COL_ROW_LIMIT_H

#include "postgres.h"

#include "utils/rel.h"

typedef struct ColRowLimit ColRowLimit;

/*
 * Prepares the check for rows of rel, in context; NULL: no row of this table can
 * be too big, as is so for nearly all of them.
 */
extern ColRowLimit *col_row_limit_create(Relation rel, MemoryContext context);

/*
 * Throws as heapam does when a row of these values is too big for a page after
 * all that TOAST can do.  Returns false if heapam could store the row as it is,
 * but not again once its values are plain as a stripe keeps them: a compressed
 * value in a column of storage PLAIN.
 */
extern bool col_row_limit_check(ColRowLimit *limit, const Datum *values,
								const bool *nulls);

#endif /* COL_ROW_LIMIT_H */
