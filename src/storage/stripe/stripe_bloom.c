/*
 * stripe_bloom.c - bloom filters of stripes: where they lie, and one piece of them
 * at a time.
 */
#include "postgres.h"

#include "src/pg/border.h"
#include "src/storage/page/page_stream.h"
#include "src/storage/stripe/stripe_bloom.h"

static void
bloom_throw(ColStripeReader *reader, int number, const ColError *error)
{
	col_border_throw(reader->rel, reader->stripe.entry.first_row,
					 NameStr(TupleDescAttr(reader->desc, number)->attname),
					 reader->columns[number].read_block, COL_CORRUPT, error);
}

/* Reads a piece of the filter to bytes, and checks it. */
static void
read_piece(ColStripeReader *reader, int number, uint32 offset_bytes,
		   uint32 n_bytes, uint8 *bytes, ColBloomKind *kind)
{
	const ColStripeEntry *entry = &reader->stripe.entry;
	ColReaderColumn *column = &reader->columns[number];
	uint64 start = column->ref.offset_bytes +
				   TYPEALIGN64(8, column->ref.n_bytes) + offset_bytes;
	ColError error = {0};

	column->read_block = entry->first_block + start / COL_PAGE_CONTENT_BYTES;
	col_page_stream_read(reader->rel, entry->first_row, entry->first_block,
						 start, n_bytes, bytes, reader->strategy);
	if (col_bloom_check(bytes, n_bytes, kind, &error) != COL_OK)
		bloom_throw(reader, number, &error);
}

/* Where the filter knows of a hash; throws for one that cannot be. */
static ColBloomPiece
find_piece(ColStripeReader *reader, int number, uint64 hash)
{
	uint32 n_bytes = reader->columns[number].ref.bloom_bytes;
	ColBloomPiece piece = col_bloom_piece(n_bytes, hash);
	ColError error = {COL_CORRUPT, "length of a filter", {n_bytes, 0}};

	if (piece.n_bytes == 0)
		bloom_throw(reader, number, &error);
	return piece;
}

bool
col_stripe_may_have(ColStripeReader *reader, int number, ColBloomKind kind,
					uint64 hash)
{
	uint8 bytes[COL_BLOOM_PIECE_BYTES];
	ColBloomPiece piece;
	ColBloomKind found;

	if (reader->columns[number].ref.bloom_bytes == 0)
		return true;
	piece = find_piece(reader, number, hash);
	read_piece(reader, number, piece.offset_bytes, piece.n_bytes, bytes,
			   &found);
	return found != kind || col_bloom_has(bytes, piece.block, hash);
}

uint8 *
col_stripe_bloom(ColStripeReader *reader, int number, ColBloomKind *kind)
{
	uint32 n_bytes = reader->columns[number].ref.bloom_bytes;
	ColBloomKind first = COL_BLOOM_NONE;
	uint8 *filter;

	if (n_bytes == 0)
		return NULL;
	(void) find_piece(reader, number, 0);
	filter = palloc(n_bytes);
	for (uint32 at = 0; at < n_bytes; at += COL_BLOOM_PIECE_BYTES)
	{
		ColError error = {COL_CORRUPT, "kinds of a filter's pieces", {0, 0}};

		read_piece(reader, number, at, Min(n_bytes - at, COL_BLOOM_PIECE_BYTES),
				   filter + at, kind);
		if (at > 0 && *kind != first)
			bloom_throw(reader, number, &error);
		first = *kind;
	}
	return filter;
}
