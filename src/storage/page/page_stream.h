/*
 * page_stream.h - a stream of bytes in the content of consecutive pages.
 */
#ifndef COL_PAGE_STREAM_H
#define COL_PAGE_STREAM_H

#include "postgres.h"

#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "src/storage/format.h"
#include "src/storage/page/extent.h"

/* A piece of memory that goes into the stream; pieces follow one another. */
typedef struct ColStreamPiece
{
	const uint8 *data;
	uint64 n_bytes;
} ColStreamPiece;

static inline uint64
col_page_stream_blocks(uint64 n_bytes)
{
	return n_bytes / COL_PAGE_CONTENT_BYTES +
		   (n_bytes % COL_PAGE_CONTENT_BYTES > 0);
}

/*
 * Appends an extent of data pages of owner that holds the pieces.  announce is
 * called as in col_extent_append.  Returns the first block.
 */
extern BlockNumber
col_page_stream_write(Relation rel, uint64 owner, const ColStreamPiece *pieces,
					  int n_pieces, ColExtentAnnounce announce, void *context);

/*
 * Writes the pieces over blocks that are ours and enough for them.
 */
extern void col_page_stream_overwrite(Relation rel, uint64 owner,
									  const ColStreamPiece *pieces,
									  int n_pieces, BlockNumber first_block);

/*
 * Copies n_bytes at offset_bytes of the stream that starts in first_block.
 * The range must lie within the stream.  Throws for a page that is not of
 * owner.
 */
extern void col_page_stream_read(Relation rel, uint64 owner,
								 BlockNumber first_block, uint64 offset_bytes,
								 uint64 n_bytes, uint8 *destination,
								 BufferAccessStrategy strategy);

#endif /* COL_PAGE_STREAM_H */
