/*
 * copy_rows.h - the rows of a columnar table as COPY TO writes them.
 */
#ifndef COL_COPY_ROWS_H
#define COL_COPY_ROWS_H

#include "postgres.h"

#include "commands/copy.h"
#include "nodes/pg_list.h"
#include "utils/rel.h"

/* What is written, and where. */
typedef struct ColCopyTo
{
	Relation rel;
	List *attnums;
	CopyFormatOptions options; /* text or CSV; null_print as it is written */
	List *quoted;			   /* numbers of columns that are always quoted */
	FILE *file;				   /* NULL: the client */
} ColCopyTo;

/* Writes the header and all rows that the active snapshot sees; counts rows. */
extern uint64 col_copy_rows(const ColCopyTo *copy);

#endif /* COL_COPY_ROWS_H */
