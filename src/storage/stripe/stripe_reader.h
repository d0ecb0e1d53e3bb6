/*
 * stripe_reader.h - the values of one FLUSHED stripe, decoded vector by vector
 * and column by column, as they are asked for.
 */
#ifndef COL_STRIPE_READER_H
#define COL_STRIPE_READER_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "src/encoding/encoding.h"
#include "src/storage/stripe/directory.h"

typedef struct ColStripeReader ColStripeReader;

/* How a value of the decoded vector becomes a Datum. */
typedef enum ColReaderShape
{
	COL_SHAPE_LANE8,
	COL_SHAPE_LANE4,
	COL_SHAPE_LANE2,
	COL_SHAPE_LANE1,
	COL_SHAPE_FIXED,
	COL_SHAPE_IMAGE,	 /* images[row] */
	COL_SHAPE_DICTIONARY /* images[codes[row]] */
} ColReaderShape;

/* Where one column of the reader stands. */
typedef struct ColReaderColumn
{
	ColStripeReader *reader;
	ColChunkReader *chunk; /* NULL: not opened yet, or absent */
	ColChunkRef ref;
	BlockNumber read_block; /* first one of the last read, for errors */
	ColVector vector;
	uint32 first_row;	  /* in the stripe, of what is decoded */
	uint32 n_rows;		  /* 0: nothing is */
	ColReaderShape shape; /* of vector */
	uint32 row_mask;	  /* 0: the first value stands for all rows */
	bool absent;		  /* no chunk is read: missing, or not stored */
	bool missing_is_null;
	Datum missing; /* of an absent column */
} ColReaderColumn;

/* Of a pooled reader; others have one. */
#define COL_READER_HOLDERS 8

/* What refers to what is decoded, and in which subtransaction it began to. */
typedef struct ColReaderHolder
{
	void *holder;
	SubTransactionId subxact;
} ColReaderHolder;

struct ColStripeReader
{
	Relation rel;
	TupleDesc desc;
	ColStripe stripe;
	BufferAccessStrategy strategy;
	MemoryContext context; /* the reader itself */
	MemoryContext stripe_context;
	const ColAllocator *allocator; /* over stripe_context */
	uint32 n_columns;			   /* of desc */
	const int *wanted;			   /* columns to decode, ascending; NULL: all */
	int n_wanted;
	bool pooled; /* for rows of many scans: decode no more than one needs */
	bool broken; /* an error came while it was opened */
	ColReaderHolder holders[COL_READER_HOLDERS]; /* oldest first */
	int n_holders;
	void (*detach)(void *holder); /* makes it let go */
	ColReaderColumn columns[FLEXIBLE_ARRAY_MEMBER];
};

/*
 * A reader for stripes of rel in a context below parent; opens none yet.
 * desc and strategy (may be NULL) must outlive it.
 */
extern ColStripeReader *col_stripe_reader_create(Relation rel, TupleDesc desc,
												 BufferAccessStrategy strategy,
												 MemoryContext parent);

/*
 * Lets col_stripe_reader_fill leave out all columns but these n_wanted ones
 * (0-based, ascending): their values and nulls are not touched.  The array must
 * outlive the reader.
 */
extern void col_stripe_reader_want(ColStripeReader *reader, const int *wanted,
								   int n_wanted);

/*
 * Turns to a FLUSHED stripe: what was decoded of another one is gone.
 */
extern void col_stripe_reader_open(ColStripeReader *reader,
								   const ColStripe *stripe);

/*
 * Fills values and nulls of columns first .. end - 1 (0-based) for a row of
 * the stripe (0-based).  Values by reference point into the reader and stay
 * until another vector of the column is decoded.
 */
extern void col_stripe_reader_fill(ColStripeReader *reader, uint32 row,
								   int first, int end, Datum *values,
								   bool *nulls);

/*
 * Vector number v of a column: what is decoded stays until another vector of the column
 * is.  As decimals, if they are wanted and the chunk has them; that does not touch
 * what was decoded otherwise.  The column must not be absent.
 */
extern void col_stripe_reader_vector(ColStripeReader *reader, int column,
									 uint32 v, bool decimals,
									 ColVector *vector);

/*
 * Which rows of vector number v of a column are not NULL; NULL: all.  Nothing else is
 * decoded.  The column must not be absent.
 */
extern const uint64 *col_stripe_reader_validity(ColStripeReader *reader,
												int column, uint32 v);

/*
 * Notes that holder (a slot) refers to the reader's stripe.  It is detached before
 * the reader turns to another stripe or goes, and when there are too many
 * holders: one may refer to what is decoded; of a pooled reader some, which copy
 * what they need.  A holder that goes first says so.
 */
extern void col_stripe_reader_hold(ColStripeReader *reader, void *holder,
								   void (*detach)(void *holder));
extern void col_stripe_reader_leave(ColStripeReader *reader, void *holder);

/*
 * The end of a subtransaction: holders are the parent's, or were lost with it.
 */
extern void col_stripe_reader_end_subxact(ColStripeReader *reader,
										  SubTransactionId subxact,
										  SubTransactionId parent, bool commit);

/*
 * The open chunk of a column, or NULL when the stripe has none: what the
 * column is there is said by its definition alone.
 */
extern ColChunkReader *col_stripe_reader_chunk(ColStripeReader *reader,
											   int column);

extern void col_stripe_reader_free(ColStripeReader *reader);

#endif /* COL_STRIPE_READER_H */
