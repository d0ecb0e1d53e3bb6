/*
 * am_cluster.c - VACUUM FULL and CLUSTER: all rows into a new file.
 *
 * Rows that every snapshot sees ("clean") become stripes of the new file, in
 * the order of the index if it is a btree, or else in the one that the table's
 * options ask for, or heap rows if they are few; all of them frozen.  Heap rows that some snapshot may see differently keep their xmin,
 * xmax and update chains through heapam's rewrite; stripes of recent
 * transactions keep theirs, and are sorted with those of the same command.  A
 * table of few heap rows and nothing else is left to heapam's rewrite.
 *
 * heapam's rewrite counts the blocks of the new file by itself: it has the file
 * alone in a first pass, stripes and clean rows follow in a second one.  Nobody
 * else writes to the old table meanwhile, so both judge rows alike.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/multixact.h"
#include "access/rewriteheap.h"
#include "access/xact.h"
#include "catalog/pg_am_d.h"
#include "commands/progress.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/tuplesort.h"

#include "src/base/limits.h"
#include "src/pg/guc.h"
#include "src/storage/marks/marks_visibility.h"
#include "src/storage/page/tid.h"
#include "src/storage/store/row_sort.h"
#include "src/storage/store/write_buffer.h"
#include "src/storage/stripe/visibility.h"
#include "src/tableam/fetch.h"
#include "src/tableam/ddl.h"
#include "src/tableam/scan.h"
#include "src/tableam/slot.h"

typedef struct TableCopy
{
	Relation old_table;
	Relation new_table;
	TransactionId oldest_xmin;
	uint64 oldest_full; /* the same as a full transaction id */
	RewriteState rewrite;
	Relation index; /* sort by this btree; NULL: as they come */
	int sort_memory_kb;
	Tuplesortstate *sort;		 /* of this pass; NULL: no sorting */
	Tuplesortstate *order;		 /* of clean rows, without an index */
	ColWrite *write;			 /* clean rows */
	ColStripeWriter *recent;	 /* of recent stripes; NULL: no rows */
	Tuplesortstate *recent_sort; /* the same before that, to be sorted */
	ColStripeEntry recent_entry; /* the last of them, as it was */
	ColFateCache fates;
	TupleTableSlot *slot;
	Datum *values;
	bool *nulls;
	bool few; /* no row counts as clean */
	double n_live;
	double n_dead;
	double n_recently_dead;
} TableCopy;

/* What becomes of a row. */
typedef void (*RowTaker)(TableCopy *copy, TupleTableSlot *slot);

/* Rows that come in the order of the index; NULL: there is none. */
static Tuplesortstate *
sort_begin(TableCopy *copy)
{
	if (copy->index == NULL)
		return NULL;
	return tuplesort_begin_cluster(RelationGetDescr(copy->old_table),
								   copy->index, copy->sort_memory_kb, NULL,
								   TUPLESORT_NONE);
}

static void
sort_put(Tuplesortstate *sort, TupleTableSlot *slot)
{
	bool should_free;
	HeapTuple tuple = ExecFetchSlotHeapTuple(slot, false, &should_free);

	tuplesort_putheaptuple(sort, tuple);
	if (should_free)
		heap_freetuple(tuple);
}

/* Passes the sorted rows on, if there is something to sort. */
static void
sort_end(TableCopy *copy, Tuplesortstate **sort, RowTaker take)
{
	TupleTableSlot *slot;
	HeapTuple tuple;

	if (*sort == NULL)
		return;
	slot = MakeSingleTupleTableSlot(RelationGetDescr(copy->old_table),
									&TTSOpsHeapTuple);
	pgstat_progress_update_param(PROGRESS_CLUSTER_PHASE,
								 PROGRESS_CLUSTER_PHASE_SORT_TUPLES);
	tuplesort_performsort(*sort);
	pgstat_progress_update_param(PROGRESS_CLUSTER_PHASE,
								 PROGRESS_CLUSTER_PHASE_WRITE_NEW_HEAP);
	while ((tuple = tuplesort_getheaptuple(*sort, true)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		ExecStoreHeapTuple(tuple, slot, false);
		take(copy, slot);
	}
	tuplesort_end(*sort);
	*sort = NULL;
	ExecDropSingleTupleTableSlot(slot);
}

/* Stores the slot's row, without what dropped columns held, as clean. */
static void
copy_clean(TableCopy *copy, TupleTableSlot *slot)
{
	TupleDesc desc = RelationGetDescr(copy->new_table);
	Size bytes = 0;

	slot_getallattrs(slot);
	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped)
			slot->tts_isnull[i] = true;
	}
	if (col_write_undecided(copy->write))
		bytes = col_slot_bytes(slot);
	(void) col_write_wants_stripe(copy->write, 1, bytes);
	col_write_append(copy->write, copy->new_table, &slot, 1,
					 TABLE_INSERT_SKIP_FSM | TABLE_INSERT_FROZEN);
}

static void
copy_clean_row(TableCopy *copy)
{
	copy->n_live += 1;
	if (copy->order != NULL)
		tuplesort_puttupleslot(copy->order, copy->slot);
	else if (copy->sort == NULL)
		copy_clean(copy, copy->slot);
	else
		sort_put(copy->sort, copy->slot);
}

/* Passes a heap row on with its header; dropped columns become NULL. */
static void
copy_heap_tuple(TableCopy *copy, HeapTuple tuple)
{
	TupleDesc desc = RelationGetDescr(copy->new_table);
	HeapTuple formed;

	heap_deform_tuple(tuple, RelationGetDescr(copy->old_table), copy->values,
					  copy->nulls);
	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped)
			copy->nulls[i] = true;
	}
	formed = heap_form_tuple(desc, copy->values, copy->nulls);
	rewrite_heap_tuple(copy->rewrite, tuple, formed);
	heap_freetuple(formed);
}

static void
copy_sorted_heap_tuple(TableCopy *copy, TupleTableSlot *slot)
{
	copy_heap_tuple(copy, ExecFetchSlotHeapTuple(slot, false, NULL));
}

/* Does every snapshot see this heap row, now and for good? */
static bool
heap_row_is_clean(TableCopy *copy, ColRowScan *rows, HTSV_Result *state)
{
	HeapTuple tuple = &rows->tuple;
	bool clean = false;

	LockBuffer(rows->buffer, BUFFER_LOCK_SHARE);
	*state = HeapTupleSatisfiesVacuum(tuple, copy->oldest_xmin, rows->buffer);
	if (*state == HEAPTUPLE_LIVE && !copy->few)
	{
		TransactionId xmin = HeapTupleHeaderGetXmin(tuple->t_data);

		clean = (!TransactionIdIsNormal(xmin) ||
				 TransactionIdPrecedes(xmin, copy->oldest_xmin)) &&
				(tuple->t_data->t_infomask & HEAP_XMAX_INVALID) != 0;
	}
	LockBuffer(rows->buffer, BUFFER_LOCK_UNLOCK);
	return clean;
}

/* Is there nothing but so few heap rows that they make no stripe? */
static bool
few_heap_rows(TableCopy *copy, ColTableScan *scan)
{
	uint32 n_rows = 0;
	Size bytes = 0;

	while (scan->directory.n_stripes == 0 && col_table_scan_next(scan, true))
	{
		HTSV_Result state;

		(void) heap_row_is_clean(copy, &scan->rows, &state);
		if (state == HEAPTUPLE_DEAD)
			continue;
		col_scan_store(scan, copy->slot);
		n_rows += 1;
		bytes += col_slot_bytes(copy->slot);
		if (n_rows > (uint32) col_bulk_rows || bytes > COL_BULK_AFTER_BYTES)
			return false;
	}
	return scan->directory.n_stripes == 0;
}

/* First pass: a heap row that is not clean is kept with its header, or gone. */
static void
copy_heap_row(TableCopy *copy, ColRowScan *rows)
{
	HTSV_Result state;

	if (heap_row_is_clean(copy, rows, &state))
		return;
	if (state == HEAPTUPLE_DEAD)
	{
		copy->n_dead += 1;
		if (rewrite_heap_dead_tuple(copy->rewrite, &rows->tuple))
		{
			/* an earlier version was recently dead: neither is, then */
			copy->n_dead += 1;
			copy->n_recently_dead -= 1;
		}
		return;
	}
	if (state == HEAPTUPLE_RECENTLY_DEAD ||
		state == HEAPTUPLE_DELETE_IN_PROGRESS)
		copy->n_recently_dead += 1;
	else
		copy->n_live += 1;
	if (copy->sort)
		tuplesort_putheaptuple(copy->sort, &rows->tuple);
	else
		copy_heap_tuple(copy, &rows->tuple);
}

/*
 * Did every snapshot see the stripe's rows come?  Their xmin may be older than
 * relfrozenxid: nothing that heapam reads may bear it.
 */
static bool
xmin_is_old(const TableCopy *copy, const ColStripeEntry *entry)
{
	return (entry->flags & COL_STRIPE_XMIN_FROZEN) != 0 ||
		   (entry->xmin < copy->oldest_full &&
			col_stripe_xmin_status(copy->old_table, entry) ==
				COL_XID_COMMITTED);
}

/* A row of a stripe as a heap tuple that says what its mark says. */
static HeapTuple
form_changed_tuple(TableCopy *copy, const ColStripe *stripe, uint32 row,
				   const ColRowChange *change)
{
	HeapTuple tuple;
	HeapTupleHeader header;

	slot_getallattrs(copy->slot);
	tuple = heap_form_tuple(RelationGetDescr(copy->old_table),
							copy->slot->tts_values, copy->slot->tts_isnull);
	tuple->t_tableOid = RelationGetRelid(copy->old_table);
	col_tid_from_row(stripe->entry.first_row + row, &tuple->t_self);
	header = tuple->t_data;
	header->t_infomask &= ~HEAP_XACT_MASK;
	header->t_infomask2 &= ~HEAP2_XACT_MASK;
	HeapTupleHeaderSetXmin(header, (TransactionId) stripe->entry.xmin);
	if (xmin_is_old(copy, &stripe->entry))
		HeapTupleHeaderSetXminFrozen(header);
	HeapTupleHeaderSetCmin(header, stripe->entry.cmin);
	HeapTupleHeaderSetXmax(header, (TransactionId) change->xid);
	header->t_infomask2 |= HEAP_KEYS_UPDATED;
	header->t_ctid = tuple->t_self;
	return tuple;
}

/*
 * First pass: rows of a stripe that some snapshot may still see, though they were
 * deleted, become heap rows, whose xmax says so.
 */
static void
copy_changed_rows(TableCopy *copy, const ColStripe *stripe)
{
	uint32 n_rows = stripe->entry.n_rows;

	for (uint32 row = 0; row < n_rows; row++)
	{
		ColRowChange change;
		ItemPointerData tid;
		HeapTuple tuple;

		if (col_fate_of_row(&copy->fates, copy->old_table, stripe, row,
							copy->oldest_xmin) != COL_ROW_RECENTLY_DEAD)
			continue;
		CHECK_FOR_INTERRUPTS();
		col_tid_from_row(stripe->entry.first_row + row, &tid);
		if (!col_marks_row_change(copy->old_table, stripe, row, &change) ||
			!col_fetch_stripe_row(copy->old_table, &tid, SnapshotAny,
								  copy->slot))
			continue;
		copy->n_recently_dead += 1;
		tuple = form_changed_tuple(copy, stripe, row, &change);
		if (copy->sort)
			tuplesort_putheaptuple(copy->sort, tuple);
		else
			copy_heap_tuple(copy, tuple);
		heap_freetuple(tuple);
	}
	ExecClearTuple(copy->slot);
}

/* The same for all stripes. */
static void
copy_changed_stripes(TableCopy *copy, const ColDirectoryCopy *directory)
{
	for (uint32 i = 0; i < directory->n_stripes; i++)
	{
		const ColStripe *stripe = &directory->stripes[i];

		if (stripe->entry.state == COL_STRIPE_FLUSHED &&
			(stripe->entry.marks_block != InvalidBlockNumber ||
			 stripe->entry.xmax != 0) &&
			col_stripe_xmin_status(copy->old_table, &stripe->entry) !=
				COL_XID_ABORTED)
			copy_changed_rows(copy, stripe);
	}
}

/* Writes what is gathered of recent stripes. */
static void
recent_flush(TableCopy *copy)
{
	const ColStripeEntry *old = &copy->recent_entry;
	ColStripe stripe;

	if (copy->recent == NULL)
		return;
	col_directory_reserve(copy->new_table, FullTransactionIdFromU64(old->xmin),
						  old->cmin, copy->recent->n_rows, &stripe);
	stripe.entry.flags = old->flags;
	col_stripe_writer_flush(copy->recent, copy->new_table, &stripe);
	col_stripe_writer_free(copy->recent);
	copy->recent = NULL;
}

static void
recent_append(TableCopy *copy, TupleTableSlot *slot)
{
	Size budget = (Size) col_write_memory_kb * 1024;
	Size bytes;

	if (copy->recent == NULL)
		copy->recent =
			col_stripe_writer_create(copy->new_table, CurrentMemoryContext);
	/* whatever its size: it was in a stripe before */
	(void) col_stripe_writer_takes(copy->recent, slot, 0, &bytes);
	col_stripe_writer_append(copy->recent, &slot, 1);
	if (copy->recent->n_rows >= (uint32) col_stripe_rows ||
		copy->recent->memory_bytes > budget / 8 * 3 ||
		col_stripe_writer_vector_full(copy->recent,
									  Min(budget / 16, COL_VECTOR_IMAGE_BYTES)))
		recent_flush(copy);
}

/* Ends the copy of the recent stripes that are under way. */
static void
recent_end(TableCopy *copy)
{
	sort_end(copy, &copy->recent_sort, recent_append);
	recent_flush(copy);
}

/*
 * May rows of a recent stripe go where those before went?  Stripes of one command
 * are sorted together.
 */
static bool
recent_goes_on(const TableCopy *copy, const ColStripeEntry *entry)
{
	const ColStripeEntry *last = &copy->recent_entry;

	if (copy->recent_sort == NULL)
		return entry->first_row == last->first_row;
	return entry->xmin == last->xmin && entry->cmin == last->cmin &&
		   entry->flags == last->flags;
}

static void
copy_recent_row(TableCopy *copy, const ColStripeEntry *entry)
{
	copy->n_live += 1;
	if (!recent_goes_on(copy, entry))
		recent_end(copy);
	copy->recent_entry = *entry;
	if (copy->recent_sort == NULL)
		copy->recent_sort = sort_begin(copy);
	if (copy->recent_sort == NULL)
		recent_append(copy, copy->slot);
	else
		sort_put(copy->recent_sort, copy->slot);
}

/* Second pass: is a row of a stripe live?  Counts those that are gone. */
static bool
row_is_live(TableCopy *copy, const ColStripe *stripe, uint32 row)
{
	switch (col_fate_of_row(&copy->fates, copy->old_table, stripe, row,
							copy->oldest_xmin))
	{
		case COL_ROW_LIVE:
		case COL_ROW_DYING: /* not while we have the table locked */
			return true;
		case COL_ROW_DELETED_BY_US:
		case COL_ROW_DEAD:
			copy->n_dead += 1;
			return false;
		case COL_ROW_RECENTLY_DEAD: /* the first pass has copied it */
		case COL_ROW_VACUUMED:
			break;
	}
	return false;
}

/* A row of a stripe: clean, of a recent transaction, or gone. */
static void
copy_stripe_row(TableCopy *copy, ColTableScan *scan)
{
	const ColStripe *stripe = &scan->reader->stripe;
	const ColStripeEntry *entry = &stripe->entry;

	if (col_stripe_xmin_status(copy->old_table, entry) == COL_XID_ABORTED)
	{
		copy->n_dead += 1;
		return;
	}
	if (!row_is_live(copy, stripe, scan->row))
		return;
	col_scan_store(scan, copy->slot);
	if (xmin_is_old(copy, entry))
	{
		copy_clean_row(copy);
		return;
	}
	copy_recent_row(copy, entry);
}

/* Second pass: the order of clean rows, if there is one. */
static void
order_begin(TableCopy *copy)
{
	ColTableOptions options;

	copy->sort = sort_begin(copy);
	col_table_options_get(copy->old_table, &options);
	if (copy->index == NULL)
		copy->order = col_row_sort_begin(copy->old_table, &options);
	if (copy->sort != NULL || copy->order != NULL)
		col_write_say_sorted(copy->write);
}

/* Passes the clean rows on in their order. */
static void
order_end(TableCopy *copy)
{
	TupleTableSlot *slot;

	sort_end(copy, &copy->sort, copy_clean);
	if (copy->order == NULL)
		return;
	slot = MakeSingleTupleTableSlot(RelationGetDescr(copy->old_table),
									&TTSOpsMinimalTuple);
	pgstat_progress_update_param(PROGRESS_CLUSTER_PHASE,
								 PROGRESS_CLUSTER_PHASE_SORT_TUPLES);
	tuplesort_performsort(copy->order);
	pgstat_progress_update_param(PROGRESS_CLUSTER_PHASE,
								 PROGRESS_CLUSTER_PHASE_WRITE_NEW_HEAP);
	while (tuplesort_gettupleslot(copy->order, true, false, slot, NULL))
	{
		CHECK_FOR_INTERRUPTS();
		copy_clean(copy, slot);
	}
	tuplesort_end(copy->order);
	ExecDropSingleTupleTableSlot(slot);
}

void
col_relation_copy_for_cluster(Relation old_table, Relation new_table,
							  Relation old_index,
							  bool use_sort pg_attribute_unused(),
							  TransactionId oldest_xmin,
							  TransactionId *xid_cutoff,
							  MultiXactId *multi_cutoff, double *n_tuples,
							  double *n_vacuumed, double *n_recently_dead)
{
	TupleDesc desc = RelationGetDescr(old_table);
	TableCopy copy = {.old_table = old_table,
					  .new_table = new_table,
					  .oldest_xmin = oldest_xmin};
	FullTransactionId next;
	TableScanDesc base;
	ColTableScan *scan;

	next = ReadNextFullTransactionId();
	copy.oldest_full = U64FromFullTransactionId(next) -
					   (uint32) (XidFromFullTransactionId(next) - oldest_xmin);
	copy.rewrite = begin_heap_rewrite(old_table, new_table, oldest_xmin,
									  *xid_cutoff, *multi_cutoff);
	copy.write = col_write_open(new_table, GetCurrentCommandId(true));
	copy.slot = table_slot_create(old_table, NULL);
	copy.fates.context = CurrentMemoryContext;
	copy.values = palloc(Max(desc->natts, 1) * sizeof(Datum));
	copy.nulls = palloc(Max(desc->natts, 1) * sizeof(bool));
	if (old_index != NULL && old_index->rd_rel->relam == BTREE_AM_OID)
		copy.index = old_index;
	else if (old_index != NULL)
		ereport(WARNING,
				(errmsg("table \"%s\" is rewritten, but not in the order of "
						"index \"%s\"",
						RelationGetRelationName(old_table),
						RelationGetRelationName(old_index)),
				 errdetail("Rows of columnar tables can be ordered by btree "
						   "indexes only.")));
	pgstat_progress_update_param(PROGRESS_CLUSTER_PHASE,
								 PROGRESS_CLUSTER_PHASE_SEQ_SCAN_HEAP);

	base = table_beginscan(old_table, SnapshotAny, 0, NULL);
	scan = &((ColScanDesc *) base)->scan;
	copy.few = few_heap_rows(&copy, scan);
	col_table_scan_rewind(scan);

	copy.sort_memory_kb = maintenance_work_mem;
	copy.sort = sort_begin(&copy);
	while (col_table_scan_next(scan, true) && scan->phase == COL_SCAN_ROWS)
		copy_heap_row(&copy, &scan->rows);
	copy_changed_stripes(&copy, &scan->directory);
	sort_end(&copy, &copy.sort, copy_sorted_heap_tuple);
	end_heap_rewrite(copy.rewrite);

	copy.sort_memory_kb = maintenance_work_mem / 2; /* recent and clean rows */
	order_begin(&copy);
	col_table_scan_rewind(scan);
	while (col_table_scan_next(scan, true))
	{
		HTSV_Result state;

		CHECK_FOR_INTERRUPTS();
		if (scan->phase == COL_SCAN_STRIPES)
			copy_stripe_row(&copy, scan);
		else if (heap_row_is_clean(&copy, &scan->rows, &state))
		{
			col_scan_store(scan, copy.slot);
			copy_clean_row(&copy);
		}
	}
	ExecDropSingleTupleTableSlot(copy.slot);
	table_endscan(base);
	recent_end(&copy);
	order_end(&copy);
	col_write_flush_relation(new_table);

	*n_tuples = copy.n_live;
	*n_vacuumed = copy.n_dead;
	*n_recently_dead = copy.n_recently_dead;
}
