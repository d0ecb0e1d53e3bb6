/*
 * load_plan.h - can processes beside the session parse the rows of a COPY?
 */
#ifndef COL_LOAD_PLAN_H
#define COL_LOAD_PLAN_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "utils/rel.h"

#include "src/transfer/line_split.h"

/* What is to be known of the file. */
typedef struct ColLoadFormat
{
	ColLineSplit split; /* at its beginning */
	bool has_header;
	int encoding;
	bool encoding_given; /* by the statement */
} ColLoadFormat;

/*
 * Whether the user may, the file can be split, and all that is computed for a row
 * before it is stored is parallel safe.  Throws when the options are not COPY's.
 */
extern bool col_load_plan(Relation rel, const CopyStmt *statement,
						  ColLoadFormat *format);

#endif /* COL_LOAD_PLAN_H */
