/*
 * metapage.h - block 0: made before anything else is written to the file.
 */
#ifndef COL_METAPAGE_H
#define COL_METAPAGE_H

#include "postgres.h"

#include "storage/bufmgr.h"

#include "src/pg/compat.h"
#include "src/storage/format.h"

#define COL_META_BLOCK ((BlockNumber) 0)

/*
 * Makes block 0 of files that were just created: the main fork's, and the
 * init fork's of an unlogged table (which must exist).
 */
extern void col_metapage_create(const ColRelFile *file, char persistence,
								ProcNumber backend);

/* Sets block 0 to that of an empty table; the file has no other block. */
extern void col_metapage_reset(Relation rel);

/* Reads and locks block 0. */
extern Buffer col_metapage_read(Relation rel, int mode);

static inline ColMeta *
col_metapage_content(Page page)
{
	return (ColMeta *) ((char *) page + COL_PAGE_CONTENT_OFFSET);
}

/* A copy of the fixed part, without maps. */
extern void col_metapage_get(Relation rel, ColMeta *meta);

#endif /* COL_METAPAGE_H */
