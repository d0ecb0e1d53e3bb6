/*
 * stripe_writer.h - rows gathered for a stripe, and their way to its pages.
 */
#ifndef COL_STRIPE_WRITER_H
#define COL_STRIPE_WRITER_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "src/pg/table_options.h"
#include "src/storage/page/page_stream.h"
#include "src/storage/stripe/column_writer.h"
#include "src/storage/stripe/directory.h"
#include "src/storage/stripe/row_limit.h"

typedef struct ColStripeWriter
{
	MemoryContext context; /* all it has, itself included */
	uint32 n_columns;
	uint32 n_rows;
	Size memory_bytes; /* of the gathered rows */
	uint64 raw_bytes;  /* of their values */
	ColTableOptions options;
	ColEncodeOptions *encode; /* of each column that is stored */
	ColRowLimit *row_limit;	  /* NULL: no row is too big for a heap page */
	uint32 n_images;
	uint16 *images; /* columns of variable length */
	ColColumnWriter columns[FLEXIBLE_ARRAY_MEMBER];
} ColStripeWriter;

/* Rows as they go to pages, without the numbers that they get there. */
typedef struct ColEncodedStripe
{
	uint32 n_rows;
	uint32 n_columns;
	uint64 raw_bytes;
	const ColChunkRef *refs; /* of each column */
	const ColZone *zones;	 /* of each column */
	uint32 n_pieces;
	const ColStreamPiece *pieces; /* chunks in the order of the stream */
} ColEncodedStripe;

/* An empty writer in a new context below parent. */
extern ColStripeWriter *col_stripe_writer_create(Relation rel,
												 MemoryContext parent);

/*
 * Should the row of a slot go into a stripe?  Throws when heapam could not store
 * it either.  *row_bytes: of its long values, plain.
 */
extern bool col_stripe_writer_takes(ColStripeWriter *writer,
									TupleTableSlot *slot, Size limit_bytes,
									Size *row_bytes);

/* How many rows can be added at once: 1 at least. */
extern uint32 col_stripe_writer_run_rows(const ColStripeWriter *writer);

/*
 * Adds the rows of n_rows slots, which it takes, at most
 * col_stripe_writer_run_rows of them.  On an error none is added.
 */
extern void col_stripe_writer_append(ColStripeWriter *writer,
									 TupleTableSlot **slots, uint32 n_rows);

/*
 * True when some vector has more than limit_bytes of images, so that the stripe
 * should end lest encoding or decoding it takes too much memory.
 */
extern bool col_stripe_writer_vector_full(const ColStripeWriter *writer,
										  Size limit_bytes);

/*
 * Encodes the rows (at least one); they stay.  All memory of what is encoded is
 * allocated here.  stripe: its first row number if there is one, for errors.
 */
extern void col_stripe_writer_encode(ColStripeWriter *writer, Relation rel,
									 uint64 stripe, ColEncodedStripe *encoded);

/*
 * Writes pages and zones, and makes the RESERVED stripe, which has as many numbers
 * at least, FLUSHED.  On an error it stays RESERVED: invisible.
 */
extern void col_stripe_write(const ColEncodedStripe *encoded, Relation rel,
							 ColStripe *stripe);

/*
 * Encodes the rows (at least one), writes pages and zones, and makes the
 * RESERVED stripe FLUSHED.  Needs memory for what is encoded, less than the
 * values, and some vectors.  On an error the stripe stays RESERVED: invisible,
 * and the rows stay here: it can be tried again, as it must be when a
 * subtransaction failed to write the rows of its parent.
 */
extern void col_stripe_writer_flush(ColStripeWriter *writer, Relation rel,
									ColStripe *stripe);

extern void col_stripe_writer_free(ColStripeWriter *writer);

#endif /* COL_STRIPE_WRITER_H */
