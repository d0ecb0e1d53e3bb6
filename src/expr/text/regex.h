/*
 * regex.h - regexp_replace of whole texts by patterns that can be followed byte by byte.
 */
#ifndef COL_REGEX_H
#define COL_REGEX_H

#include "postgres.h"

typedef struct ColRegex ColRegex;

/*
 * What regexp_replace(text, pattern, replacement) does, in the current memory context;
 * NULL: not known here.
 */
extern ColRegex *col_regex_compile(Datum pattern, Datum replacement);

/* The result for an image, in memory. */
extern Datum col_regex_replace(const ColRegex *regex, const uint8 *image,
							   MemoryContext memory);

#endif /* COL_REGEX_H */
