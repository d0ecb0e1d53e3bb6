/*
 * page_stream.c - a stream of bytes in the content of consecutive pages.
 *
 * Every data page names its owner and its place in the stream: reading checks
 * both, so that a misdirected page is an error and never data.
 */
#include "postgres.h"

#include "src/storage/page/page.h"
#include "src/storage/page/page_stream.h"

typedef struct StreamWriter
{
	uint64 owner;
	const ColStreamPiece *pieces;
	uint64 left_bytes; /* of the whole stream */
	uint64 piece_offset_bytes;
	ColExtentAnnounce announce;
	void *context;
} StreamWriter;

static void
stream_announce(Relation rel, BlockNumber first_block, uint32 n_blocks,
				void *context)
{
	StreamWriter *writer = context;

	if (writer->announce)
		writer->announce(rel, first_block, n_blocks, writer->context);
}

static void
stream_fill(Page page, uint32 i, BlockNumber block pg_attribute_unused(),
			void *context)
{
	StreamWriter *writer = context;
	uint32 used = Min(writer->left_bytes, COL_PAGE_CONTENT_BYTES);
	uint8 *to;

	col_page_init(page, COL_PAGE_DATA, writer->owner, i, used);
	to = col_page_content(page);
	Assert(used > 0);
	writer->left_bytes -= used;
	while (used > 0)
	{
		uint64 n = writer->pieces->n_bytes - writer->piece_offset_bytes;

		n = Min(n, used);
		memcpy(to, writer->pieces->data + writer->piece_offset_bytes, n);
		to += n;
		used -= n;
		writer->piece_offset_bytes += n;
		if (writer->piece_offset_bytes == writer->pieces->n_bytes)
		{
			writer->pieces++;
			writer->piece_offset_bytes = 0;
		}
	}
}

static void
stream_begin(StreamWriter *writer, uint64 owner, const ColStreamPiece *pieces,
			 int n_pieces)
{
	memset(writer, 0, sizeof(*writer));
	writer->owner = owner;
	writer->pieces = pieces;
	for (int i = 0; i < n_pieces; i++)
		writer->left_bytes += pieces[i].n_bytes;
	Assert(writer->left_bytes > 0);
}

BlockNumber
col_page_stream_write(Relation rel, uint64 owner, const ColStreamPiece *pieces,
					  int n_pieces, ColExtentAnnounce announce, void *context)
{
	StreamWriter writer;

	stream_begin(&writer, owner, pieces, n_pieces);
	writer.announce = announce;
	writer.context = context;
	return col_extent_append(rel, col_page_stream_blocks(writer.left_bytes),
							 stream_announce, stream_fill, &writer);
}

void
col_page_stream_overwrite(Relation rel, uint64 owner,
						  const ColStreamPiece *pieces, int n_pieces,
						  BlockNumber first_block)
{
	StreamWriter writer;

	stream_begin(&writer, owner, pieces, n_pieces);
	col_extent_overwrite(rel, first_block,
						 col_page_stream_blocks(writer.left_bytes), stream_fill,
						 &writer);
}

void
col_page_stream_read(Relation rel, uint64 owner, BlockNumber first_block,
					 uint64 offset_bytes, uint64 n_bytes, uint8 *destination,
					 BufferAccessStrategy strategy)
{
	uint32 sequence = offset_bytes / COL_PAGE_CONTENT_BYTES;
	uint32 skip = offset_bytes % COL_PAGE_CONTENT_BYTES;

	while (n_bytes > 0)
	{
		uint32 n = Min(n_bytes, COL_PAGE_CONTENT_BYTES - skip);
		Buffer buffer =
			col_page_read(rel, first_block + sequence, BUFFER_LOCK_SHARE,
						  COL_PAGE_DATA, owner, sequence, strategy);

		memcpy(destination,
			   (uint8 *) col_page_content(BufferGetPage(buffer)) + skip, n);
		UnlockReleaseBuffer(buffer);
		destination += n;
		n_bytes -= n;
		sequence++;
		skip = 0;
	}
}
