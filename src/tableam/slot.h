/*
 * slot.h - the tuple slot of columnar tables: a heap tuple in a pinned buffer,
 * a row of a stripe decoded when looked at, or plain values.
 */
#ifndef COL_SLOT_H
#define COL_SLOT_H

#include "postgres.h"

#include "executor/tuptable.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "src/storage/stripe/stripe_reader.h"
#include "src/storage/store/write_buffer.h"

extern const TupleTableSlotOps col_slot_ops;

static inline bool
col_slot_is_ours(const TupleTableSlot *slot)
{
	return slot->tts_ops == &col_slot_ops;
}

/*
 * Stores a heap tuple of a pinned buffer; the slot takes a pin of its own.
 */
extern void col_slot_store_heap(TupleTableSlot *slot, Relation rel,
								HeapTuple tuple, Buffer buffer);

/*
 * Stores a row of the stripe that reader has open: columns are decoded when
 * asked for.  When the reader turns to another stripe or goes, the slot gets a
 * copy of the row.
 */
extern void col_slot_store_stripe(TupleTableSlot *slot, ColStripeReader *reader,
								  uint32 row);

/* Stores a copy of a row of our own that is still in the write buffer. */
extern void col_slot_store_pending(TupleTableSlot *slot, Relation rel,
								   ColPending *pending, uint64 row);

/*
 * Stores a row that another transaction has still in its memory: who asks for
 * its columns waits for that transaction, and then finds them in the stripe,
 * or NULLs if it aborted.  Unique checks never ask.
 */
extern void col_slot_store_foreign_pending(TupleTableSlot *slot, Relation rel,
										   const ColStripe *stripe, uint64 row);

/* Bytes of the values of a slot of any kind, near enough. */
extern Size col_slot_bytes(TupleTableSlot *slot);

/* What the system columns show of values that were just written. */
extern void col_slot_set_written(TupleTableSlot *slot, TransactionId xmin,
								 TransactionId xmax, CommandId cmin);

#endif /* COL_SLOT_H */
