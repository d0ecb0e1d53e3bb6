/*
 * write_buffer.h - rows of this transaction on their way into stripes.
 *
 * A write is one command of one (sub)transaction into one relation.  Its first
 * rows go to the row store; once it has shown to be a bulk load they gather
 * here and become stripes.  A row gets its TID when it is accepted, so that
 * index entries can be made at once.
 */
#ifndef COL_WRITE_BUFFER_H
#define COL_WRITE_BUFFER_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "src/storage/stripe/directory.h"
#include "src/storage/stripe/stripe_writer.h"

/* A stripe being gathered. */
typedef struct ColPending
{
	ColStripe stripe; /* RESERVED */
	ColStripeWriter *writer;
	Size counted_bytes; /* of the writer's memory, in the session's total */
} ColPending;

/*
 * A command sends its first rows, columnar.bulk_rows of them, to the row store before
 * stripes begin; fewer when they are large.  A rewrite with no more rows ends there.
 */
#define COL_BULK_AFTER_LARGE_ROWS 100
#define COL_BULK_AFTER_BYTES (16 * 1024 * 1024)

typedef struct ColWrite ColWrite;

/* The write of command cid of the current (sub)transaction into rel. */
extern ColWrite *col_write_open(Relation rel, CommandId cid);

/* Does the size of rows still matter to where they go? */
extern bool col_write_undecided(const ColWrite *write);

/* Sends all rows of a write to stripes, whatever else speaks against it. */
extern void col_write_force_stripes(ColWrite *write);

/* The rows of a write come in the order that the table's options ask for. */
extern void col_write_say_sorted(ColWrite *write);

/*
 * Should n_rows more rows of n_bytes, offered together, go to stripes?  Counts them
 * as offered.
 */
extern bool col_write_wants_stripe(ColWrite *write, uint32 n_rows,
								   Size n_bytes);

/*
 * Accepts the rows of slots for stripes and sets their tts_tid.  May write a
 * stripe when it, or the memory for all of them, is full.  A row that is too
 * large for a stripe goes to the row store; one that heapam could not store is
 * an error.  Of the options (TABLE_INSERT_...) FROZEN counts for both.
 */
extern void col_write_append(ColWrite *write, Relation rel,
							 TupleTableSlot **slots, uint32 n_slots,
							 int options);

/*
 * The stripe being gathered that holds row, or NULL.
 */
extern ColPending *col_write_find(Relation rel, uint64 row);

/*
 * Writes out what a reader with this snapshot may have to see of rel: rows of
 * earlier commands for MVCC snapshots, all rows for others.  The commands they
 * came from go on in the row store for a while, lest reading in turn with
 * writing makes stripes of single rows.
 */
extern void col_write_flush_for_read(Relation rel, Snapshot snapshot);

/* Writes out all rows of rel, whose file may be swapped next. */
extern void col_write_flush_relation(Relation rel);

/* Writes out and ends the writes of command cid. */
extern void col_write_end_command(CommandId cid);

/* Writes out all that is pending. */
extern void col_write_flush_all(void);

/* Writes out and ends the writes of a subtransaction about to commit. */
extern void col_write_end_subxact(SubTransactionId subxact);

/* Forgets the writes of an aborted subtransaction. */
extern void col_write_abort_subxact(SubTransactionId subxact);

/* Forgets everything: the transaction has ended. */
extern void col_write_end_xact(void);

#endif /* COL_WRITE_BUFFER_H */
