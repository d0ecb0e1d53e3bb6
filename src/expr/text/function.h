/*
 * function.h - functions of text without PostgreSQL's code.
 */
#ifndef COL_TEXT_FUNCTION_H
#define COL_TEXT_FUNCTION_H

#include "postgres.h"

#include "nodes/pg_list.h"

/*
 * The result, in memory, for arguments that are not NULL; false: only PostgreSQL's
 * function knows it, or throws.
 */
typedef bool (*ColTextFunction)(const NullableDatum *args, MemoryContext memory,
								Datum *result);

/*
 * The same as PostgreSQL's function with those arguments, which are expressions; NULL:
 * there is none.  total: it never returns false, but for what does not fit into memory.
 */
extern ColTextFunction col_text_function(Oid function, List *args,
										 Oid collation, bool *total);

#endif /* COL_TEXT_FUNCTION_H */
