/*
 * page.h - pages that are not heapam's: making them, telling them apart,
 * checking what is read.
 */
#ifndef COL_PAGE_H
#define COL_PAGE_H

#include "postgres.h"

#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "utils/rel.h"

#include "src/storage/format.h"

static inline ColPageHeader *
col_page_header(Page page)
{
	return (ColPageHeader *) ((char *) page + SizeOfPageHeaderData);
}

static inline void *
col_page_content(Page page)
{
	return (char *) page + COL_PAGE_CONTENT_OFFSET;
}

/* Is it a page of ours?  False for heap pages and for zeroed ones. */
extern bool col_page_is_foreign(Page page);

/* Formats a page of ours over whatever it holds: content zeroed. */
extern void col_page_init(Page page, ColPageKind kind, uint64 owner,
						  uint32 sequence, uint32 used_bytes);

/*
 * Throws ERRCODE_DATA_CORRUPTED unless page is one of ours, of that kind,
 * owner and sequence, and of a version this library reads.
 */
extern void col_page_check(Relation rel, BlockNumber block, Page page,
						   ColPageKind kind, uint64 owner, uint32 sequence);

/*
 * Reads block, locks it in mode and checks it as col_page_check does; the
 * caller unlocks and releases.  Throws ERRCODE_DATA_CORRUPTED for blocks beyond
 * the end of the file, too.
 */
extern Buffer col_page_read(Relation rel, BlockNumber block, int mode,
							ColPageKind kind, uint64 owner, uint32 sequence,
							BufferAccessStrategy strategy);

/*
 * The same without the check; kind is what an error calls it.
 */
extern Buffer col_page_read_any(Relation rel, BlockNumber block, int mode,
								ColPageKind kind,
								BufferAccessStrategy strategy);

#endif /* COL_PAGE_H */
