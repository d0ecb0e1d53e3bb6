/*
 * input_functions.h - COPY FROM reads values faster.
 *
 * COPY calls an input function for each value.  Those of known types are replaced,
 * for one COPY, by ours, which read the usual form of a text themselves and ask the
 * type's own function about any other: results and messages are the same.
 */
#ifndef COL_INPUT_FUNCTIONS_H
#define COL_INPUT_FUNCTIONS_H

#include "postgres.h"

#include "commands/copy.h"
#include "utils/rel.h"

/* Replaces the input functions of a COPY, as far as they are of known types. */
extern void col_input_functions_replace(CopyFromState copy);

/* The same for the COPY that calls the access method for rel now, if there is one. */
extern void col_input_functions_replace_for(Relation rel);

#endif /* COL_INPUT_FUNCTIONS_H */
