/*
 * line_split.h - where the records of a file end that COPY reads, without parsing
 * them.
 *
 * Only what decides it is looked at: line feeds, CSV's quotes, text's backslashes.
 * A file whose lines end in carriage returns alone has one record, all of it.
 */
#ifndef COL_LINE_SPLIT_H
#define COL_LINE_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ColLineSplit
{
	bool csv;
	char quote;	 /* csv */
	char escape; /* csv; the same as quote: one character does both */

	/* of what has been looked at, zeros at first */
	uint64_t n_records;
	uint64_t n_lines;  /* as COPY counts them in its messages */
	bool in_quotes;	   /* csv: the next byte is */
	bool escaped;	   /* the next byte is */
	bool has_cr;	   /* the first record ends in CR LF */
	char last;		   /* byte */
	bool last_escaped; /* text: it was */
} ColLineSplit;

/*
 * Looks at n_bytes more of the file, but no further than to the end of record number
 * n_records (counted from 1), and returns how many it has looked at.
 */
extern size_t col_line_split(ColLineSplit *split, const char *bytes,
							 size_t n_bytes, uint64_t n_records);

#endif /* COL_LINE_SPLIT_H */
