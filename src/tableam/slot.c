/*
 * slot.c - the tuple slot of columnar tables.
 *
 * It has four contents:
 *   VALUES   plain values, as a virtual slot has them; done by TTSOpsVirtual
 *   HEAP     a tuple in a pinned buffer; done by TTSOpsBufferHeapTuple
 *   STRIPE   a row of an open stripe reader: values are fetched up to the
 *            attribute asked for; they stay until the slot gets another row, as
 *            join nodes pass them on: those of a reader of the pool, which
 *            decodes rows of other scans in between, are copied
 *   WAITING  a row of a stripe that another transaction has not written yet
 * Materializing STRIPE and WAITING turns them into VALUES.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/xact.h"
#include "storage/lmgr.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "src/pg/compat.h"
#include "src/storage/marks/marks_visibility.h"
#include "src/storage/page/tid.h"
#include "src/storage/stripe/visibility.h"
#include "src/tableam/slot.h"

typedef enum SlotContent
{
	SLOT_VALUES = 0,
	SLOT_HEAP,
	SLOT_STRIPE,
	SLOT_WAITING
} SlotContent;

typedef struct ColSlot
{
	union
	{
		TupleTableSlot base;
		VirtualTupleTableSlot values;
		BufferHeapTupleTableSlot heap;
	} u;
	SlotContent content;
	TransactionId xmin; /* STRIPE and what became of it */
	TransactionId xmax; /* VALUES just written: of a lock carried over */
	CommandId cmin;
	ColStripeReader *reader; /* STRIPE */
	uint32 row;				 /* STRIPE: of the stripe */
	MemoryContext copies;	 /* of values; NULL: none yet */
	Relation rel;			 /* WAITING */
} ColSlot;

static void
slot_init(TupleTableSlot *slot)
{
	ColSlot *ours = (ColSlot *) slot;

	memset((char *) ours + sizeof(TupleTableSlot), 0,
		   sizeof(ColSlot) - sizeof(TupleTableSlot));
}

static void
slot_release(TupleTableSlot *slot)
{
	ColSlot *ours = (ColSlot *) slot;

	if (ours->copies != NULL)
		MemoryContextDelete(ours->copies);
	ours->copies = NULL;
}

static inline void
slot_drop_copies(ColSlot *ours)
{
	if (unlikely(ours->copies != NULL))
		MemoryContextReset(ours->copies);
}

/* Lets go of the stripe reader. */
static void
slot_leave_reader(ColSlot *ours)
{
	if (ours->reader != NULL)
		col_stripe_reader_leave(ours->reader, ours);
	ours->reader = NULL;
}

/* The reader's call: keep the row, but not in its memory. */
static void
slot_detach(void *holder)
{
	ExecMaterializeSlot((TupleTableSlot *) holder);
}

static void
slot_clear(TupleTableSlot *slot)
{
	ColSlot *ours = (ColSlot *) slot;

	slot_leave_reader(ours);
	if (ours->content == SLOT_HEAP)
	{
		TTSOpsBufferHeapTuple.clear(slot);
		/* the same bytes are VirtualTupleTableSlot.data next */
		Assert(ours->u.heap.base.tuple == NULL);
		ours->u.values.data = NULL;
	}
	else
		TTSOpsVirtual.clear(slot);
	slot_drop_copies(ours);
	ours->content = SLOT_VALUES;
	ours->xmin = InvalidTransactionId;
	ours->xmax = InvalidTransactionId;
	ours->cmin = InvalidCommandId;
	ours->rel = NULL;
}

/* Makes the slot hold a row of values, all of them valid. */
static void
slot_set_values(TupleTableSlot *slot)
{
	slot->tts_flags &= ~TTS_FLAG_EMPTY;
	slot->tts_nvalid = slot->tts_tupleDescriptor->natts;
}

/*
 * Waits for the writer of the row, then reads it where it is now; NULLs if
 * there is none.
 */
static void
slot_resolve_waiting(TupleTableSlot *slot)
{
	ColSlot *ours = (ColSlot *) slot;
	Relation rel = ours->rel;
	uint64 row = col_tid_to_row(&slot->tts_tid);
	int natts = slot->tts_tupleDescriptor->natts;
	ColStripe stripe;
	ColStripeReader *reader;

	XactLockTableWait(ours->xmin, rel, &slot->tts_tid,
					  XLTW_RecheckExclusionConstr);
	if (!col_directory_find(rel, row, &stripe) ||
		stripe.entry.state != COL_STRIPE_FLUSHED ||
		row >= stripe.entry.first_row + stripe.entry.n_rows ||
		col_stripe_xmin_status(rel, &stripe.entry) != COL_XID_COMMITTED)
	{
		memset(slot->tts_isnull, true, natts * sizeof(bool));
		ours->content = SLOT_VALUES;
		slot_set_values(slot);
		return;
	}
	reader = col_stripe_reader_create(rel, slot->tts_tupleDescriptor, NULL,
									  slot->tts_mcxt);
	col_stripe_reader_open(reader, &stripe);
	col_stripe_reader_fill(reader, row - stripe.entry.first_row, 0, natts,
						   slot->tts_values, slot->tts_isnull);
	ours->content = SLOT_VALUES;
	slot_set_values(slot);
	TTSOpsVirtual.materialize(slot);
	col_stripe_reader_free(reader);
}

/* Makes values first .. end - 1 by reference the slot's own. */
static void
slot_copy_values(TupleTableSlot *slot, int first, int end)
{
	ColSlot *ours = (ColSlot *) slot;
	MemoryContext old;

	if (ours->copies == NULL)
		ours->copies = AllocSetContextCreate(
			slot->tts_mcxt, "columnar slot values", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(ours->copies);
	for (int i = first; i < end; i++)
	{
		Form_pg_attribute attribute =
			TupleDescAttr(slot->tts_tupleDescriptor, i);

		if (!slot->tts_isnull[i] && !attribute->attbyval)
			slot->tts_values[i] =
				datumCopy(slot->tts_values[i], false, attribute->attlen);
	}
	MemoryContextSwitchTo(old);
}

static void
slot_getsomeattrs_ours(TupleTableSlot *slot, int natts)
{
	ColSlot *ours = (ColSlot *) slot;

	switch (ours->content)
	{
		case SLOT_STRIPE:
			col_stripe_reader_fill(ours->reader, ours->row, slot->tts_nvalid,
								   natts, slot->tts_values, slot->tts_isnull);
			if (ours->reader->pooled)
				slot_copy_values(slot, slot->tts_nvalid, natts);
			slot->tts_nvalid = natts;
			break;
		case SLOT_HEAP:
			TTSOpsBufferHeapTuple.getsomeattrs(slot, natts);
			break;
		case SLOT_WAITING:
			slot_resolve_waiting(slot);
			break;
		case SLOT_VALUES:
			elog(ERROR, "values slot asked for more attributes than it has");
	}
}

/* Who has changed or is changing a row of a stripe: looked up when asked for. */
static TransactionId
stripe_row_xmax(TupleTableSlot *slot)
{
	Relation rel = table_open(slot->tts_tableOid, NoLock);
	uint64 row = col_tid_to_row(&slot->tts_tid);
	TransactionId xmax = InvalidTransactionId;
	ColStripe stripe;
	ColRowChange change;

	if (col_directory_find(rel, row, &stripe) &&
		stripe.entry.state == COL_STRIPE_FLUSHED &&
		row < stripe.entry.first_row + stripe.entry.n_rows &&
		col_marks_row_change(rel, &stripe, row - stripe.entry.first_row,
							 &change))
		xmax = (TransactionId) change.xid;
	table_close(rel, NoLock);
	return xmax;
}

static Datum
slot_getsysattr_ours(TupleTableSlot *slot, int attnum, bool *isnull)
{
	ColSlot *ours = (ColSlot *) slot;

	if (ours->content == SLOT_HEAP)
		return TTSOpsBufferHeapTuple.getsysattr(slot, attnum, isnull);
	if (!TransactionIdIsValid(ours->xmin))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot retrieve a system column in this context")));
	*isnull = false;
	switch (attnum)
	{
		case MinTransactionIdAttributeNumber:
			return TransactionIdGetDatum(ours->xmin);
		case MaxTransactionIdAttributeNumber:
			if (col_tid_is_stripe(&slot->tts_tid))
				return TransactionIdGetDatum(stripe_row_xmax(slot));
			return TransactionIdGetDatum(ours->xmax);
		case MinCommandIdAttributeNumber:
		case MaxCommandIdAttributeNumber:
			return CommandIdGetDatum(ours->cmin);
		default:
			elog(ERROR, "unexpected system attribute %d", attnum);
	}
}

pg_attribute_unused() static bool slot_is_current_xact(TupleTableSlot *slot)
{
	bool isnull;

	return TransactionIdIsCurrentTransactionId(DatumGetTransactionId(
		slot_getsysattr_ours(slot, MinTransactionIdAttributeNumber, &isnull)));
}

static void
slot_materialize(TupleTableSlot *slot)
{
	ColSlot *ours = (ColSlot *) slot;

	if (ours->content == SLOT_HEAP)
	{
		TTSOpsBufferHeapTuple.materialize(slot);
		return;
	}
	if (ours->content != SLOT_VALUES)
	{
		slot_getallattrs(slot);
		ours->content = SLOT_VALUES;
		if (ours->reader == NULL || !ours->reader->pooled)
			TTSOpsVirtual.materialize(slot);
		slot_leave_reader(ours);
		return;
	}
	TTSOpsVirtual.materialize(slot);
}

static void
slot_copy(TupleTableSlot *to, TupleTableSlot *from)
{
	ColSlot *ours = (ColSlot *) to;

	slot_clear(to);
	TTSOpsVirtual.copyslot(to, from);
	to->tts_tid = from->tts_tid;
	to->tts_tableOid = from->tts_tableOid;
	if (col_slot_is_ours(from))
	{
		ColSlot *source = (ColSlot *) from;

		ours->xmin = source->xmin;
		ours->xmax = source->xmax;
		ours->cmin = source->cmin;
		if (source->content == SLOT_HEAP && source->u.heap.base.tuple != NULL)
		{
			HeapTupleHeader header = source->u.heap.base.tuple->t_data;

			ours->xmin = HeapTupleHeaderGetXmin(header);
			ours->xmax = HeapTupleHeaderGetRawXmax(header);
			ours->cmin = HeapTupleHeaderGetRawCommandId(header);
		}
	}
}

static HeapTuple
slot_copy_heap_tuple(TupleTableSlot *slot)
{
	ColSlot *ours = (ColSlot *) slot;
	HeapTuple tuple;

	if (ours->content == SLOT_HEAP)
		return TTSOpsBufferHeapTuple.copy_heap_tuple(slot);
	slot_getallattrs(slot);
	tuple = heap_form_tuple(slot->tts_tupleDescriptor, slot->tts_values,
							slot->tts_isnull);
	tuple->t_self = slot->tts_tid;
	tuple->t_tableOid = slot->tts_tableOid;
	if (TransactionIdIsValid(ours->xmin))
	{
		HeapTupleHeaderSetXmin(tuple->t_data, ours->xmin);
		HeapTupleHeaderSetXmax(tuple->t_data, InvalidTransactionId);
		tuple->t_data->t_infomask |= HEAP_XMAX_INVALID;
		tuple->t_data->t_ctid = slot->tts_tid;
	}
	return tuple;
}

static MinimalTuple
slot_copy_minimal_tuple(TupleTableSlot *slot COL_EXTRA_PARAMETER)
{
	if (((ColSlot *) slot)->content == SLOT_HEAP)
		return TTSOpsBufferHeapTuple.copy_minimal_tuple(slot COL_EXTRA);
	slot_getallattrs(slot);
	return heap_form_minimal_tuple(slot->tts_tupleDescriptor, slot->tts_values,
								   slot->tts_isnull COL_EXTRA);
}

const TupleTableSlotOps col_slot_ops = {
	.base_slot_size = sizeof(ColSlot),
	.init = slot_init,
	.release = slot_release,
	.clear = slot_clear,
	.getsomeattrs = slot_getsomeattrs_ours,
	.getsysattr = slot_getsysattr_ours,
	.materialize = slot_materialize,
	.copyslot = slot_copy,
	.get_heap_tuple = NULL,
	.get_minimal_tuple = NULL,
	.copy_heap_tuple = slot_copy_heap_tuple,
	.copy_minimal_tuple = slot_copy_minimal_tuple,
	COL_SLOT_IS_CURRENT_XACT(slot_is_current_xact)};

void
col_slot_store_heap(TupleTableSlot *slot, Relation rel, HeapTuple tuple,
					Buffer buffer)
{
	ColSlot *ours = (ColSlot *) slot;
	BufferHeapTupleTableSlot *heap = &ours->u.heap;

	Assert(col_slot_is_ours(slot));
	Assert(BufferIsValid(buffer));
	if (ours->content != SLOT_HEAP || TTS_SHOULDFREE(slot) ||
		heap->buffer != buffer)
	{
		/* keep the page pinned when the slot lets go of it */
		IncrBufferRefCount(buffer);
		slot_clear(slot);
		heap->buffer = buffer;
		ours->content = SLOT_HEAP;
	}
	slot->tts_flags &= ~TTS_FLAG_EMPTY;
	slot->tts_nvalid = 0;
	heap->base.tupdata = *tuple;
	heap->base.tuple = &heap->base.tupdata;
	heap->base.off = 0;
	slot->tts_tid = tuple->t_self;
	slot->tts_tableOid = RelationGetRelid(rel);
}

void
col_slot_store_stripe(TupleTableSlot *slot, ColStripeReader *reader, uint32 row)
{
	ColSlot *ours = (ColSlot *) slot;
	const ColStripeEntry *entry = &reader->stripe.entry;

	slot_drop_copies(ours);
	if (likely(ours->content == SLOT_STRIPE && ours->reader == reader &&
			   ours->row + 1 == row))
	{
		/* the next row of a scan */
		ours->row = row;
		slot->tts_nvalid = 0;
		col_tid_advance(&slot->tts_tid);
		return;
	}
	if (ours->content != SLOT_STRIPE || ours->reader != reader)
		slot_clear(slot);
	col_stripe_reader_hold(reader, slot, slot_detach);
	/* what the reader leaves out must not be what another row has left */
	if (reader->wanted != NULL)
		memset(slot->tts_isnull, true,
			   slot->tts_tupleDescriptor->natts * sizeof(bool));
	ours->content = SLOT_STRIPE;
	ours->reader = reader;
	ours->row = row;
	ours->xmin = entry->flags & COL_STRIPE_XMIN_FROZEN
					 ? FrozenTransactionId
					 : (TransactionId) entry->xmin;
	ours->cmin = entry->cmin;
	slot->tts_flags &= ~TTS_FLAG_EMPTY;
	slot->tts_nvalid = 0;
	slot->tts_tableOid = RelationGetRelid(reader->rel);
	col_tid_from_row(entry->first_row + row, &slot->tts_tid);
}

void
col_slot_store_pending(TupleTableSlot *slot, Relation rel, ColPending *pending,
					   uint64 row)
{
	const ColStripeEntry *entry = &pending->stripe.entry;
	uint32 in_stripe = row - entry->first_row;
	ColSlot *ours = (ColSlot *) slot;

	slot_clear(slot);
	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
		slot->tts_values[i] = col_column_writer_get(
			&pending->writer->columns[i], in_stripe, &slot->tts_isnull[i]);
	slot_set_values(slot);
	TTSOpsVirtual.materialize(slot);
	ours->xmin = (TransactionId) entry->xmin;
	ours->cmin = entry->cmin;
	slot->tts_tableOid = RelationGetRelid(rel);
	col_tid_from_row(row, &slot->tts_tid);
}

void
col_slot_store_foreign_pending(TupleTableSlot *slot, Relation rel,
							   const ColStripe *stripe, uint64 row)
{
	ColSlot *ours = (ColSlot *) slot;

	slot_clear(slot);
	ours->content = SLOT_WAITING;
	ours->rel = rel;
	ours->xmin = (TransactionId) stripe->entry.xmin;
	ours->cmin = stripe->entry.cmin;
	slot->tts_flags &= ~TTS_FLAG_EMPTY;
	slot->tts_nvalid = 0;
	slot->tts_tableOid = RelationGetRelid(rel);
	col_tid_from_row(row, &slot->tts_tid);
}

Size
col_slot_bytes(TupleTableSlot *slot)
{
	TupleDesc desc = slot->tts_tupleDescriptor;
	Size bytes = 0;

	slot_getallattrs(slot);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (!slot->tts_isnull[i])
			bytes += attribute->attlen > 0
						 ? (Size) attribute->attlen
						 : toast_raw_datum_size(slot->tts_values[i]);
	}
	return bytes;
}

void
col_slot_set_written(TupleTableSlot *slot, TransactionId xmin,
					 TransactionId xmax, CommandId cmin)
{
	ColSlot *ours = (ColSlot *) slot;

	Assert(col_slot_is_ours(slot));
	if (ours->content == SLOT_HEAP)
		return;
	ours->xmin = xmin;
	ours->xmax = xmax;
	ours->cmin = cmin;
}
