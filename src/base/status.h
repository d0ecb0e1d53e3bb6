/*
 * status.h - how the pure C layers report failure.  Nothing here throws: a
 * function returns a status, and describes it in a ColError when one is
 * given.  The border (src/pg/border.c) turns it into an ereport.
 */
#ifndef COL_STATUS_H
#define COL_STATUS_H

#include <stdint.h>

typedef enum ColStatus
{
	COL_OK = 0,
	COL_NO_MEMORY,			 /* an allocator hook returned NULL */
	COL_CORRUPT,			 /* encoded bytes break their format */
	COL_UNSUPPORTED_VERSION, /* written by a newer format version */
	COL_TOO_LARGE,			 /* input beyond a documented limit */
	COL_INTERNAL			 /* a library call failed that cannot fail */
} ColStatus;

/* What went wrong; what is a constant string, detail may be zero. */
typedef struct ColError
{
	ColStatus status;
	const char *what;	/* lower case, no full stop, never NULL once set */
	uint64_t detail[2]; /* numbers that belong to what: found, expected */
} ColError;

/*
 * Sets *error, which may be NULL, and returns status, so that a caller writes
 * return col_error(error, COL_CORRUPT, "dictionary code out of range", c, n).
 */
static inline ColStatus
col_error(ColError *error, ColStatus status, const char *what, uint64_t found,
		  uint64_t expected)
{
	if (error)
	{
		error->status = status;
		error->what = what;
		error->detail[0] = found;
		error->detail[1] = expected;
	}
	return status;
}

#endif /* COL_STATUS_H */
