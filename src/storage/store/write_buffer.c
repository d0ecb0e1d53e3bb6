/*
 * write_buffer.c - rows of this transaction on their way into stripes.
 *
 * Invariants:
 * W1 A stripe holds rows of one command of one (sub)transaction.
 * W2 Its entry is RESERVED before the first row gets a TID, with that
 *    (sub)transaction's id, which it keeps whenever it is flushed.
 * W3 Nothing is pending when a transaction or subtransaction has committed or
 *    prepared, when a parallel plan starts, or when a snapshot that could see a
 *    pending row begins to read.
 *    A write that fails keeps its rows: if the failure was within a
 *    subtransaction of theirs, they are still to be written.
 * W4 All writes together stay within columnar.write_memory: gathered rows take
 *    at most 3/8 of it, what they are encoded to no more than that, and one
 *    vector, raw and encoded, 1/16 each.  A single row that takes more goes to
 *    the row store.
 *
 * Memory: a context below TopTransactionContext, gone with the transaction.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xact.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/predicate.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"

#include "src/pg/compat.h"
#include "src/pg/guc.h"
#include "src/pg/input_functions.h"
#include "src/storage/page/tid.h"
#include "src/storage/store/published.h"
#include "src/storage/store/write_buffer.h"

/* Row numbers that a write takes at first; doubled when they are used up. */
#define FIRST_RESERVATION_ROWS 8192

typedef struct WriteKey
{
	Oid relid;
	SubTransactionId subxact;
	CommandId cid;
} WriteKey;

struct ColWrite
{
	WriteKey key;
	dlist_node node; /* in write_list */
	ColRelFile file;
	uint64 offered_rows;
	uint64 offered_bytes;
	bool bulk;	  /* goes to stripes */
	bool never;	  /* published: stays in the row store */
	bool rewrite; /* a new file that nobody reads before it is done */
	bool frozen;
	bool sorted; /* in the order that the table's options ask for */
	uint32 next_reservation_rows;
	ColPending *pending; /* NULL: none */
	List *held; /* of a rewrite: its first rows, HeapTuples, not yet decided */
};

static MemoryContext write_context = NULL;
static HTAB *write_table = NULL;
static dlist_head write_list = DLIST_STATIC_INIT(write_list);
static ColWrite *last_write = NULL; /* a cache of one for col_write_open */
static long sweep_at_writes = 0;
static Size gathered_bytes = 0; /* of all pending stripes */

static void
write_init(void)
{
	HASHCTL control = {0};

	if (write_table != NULL)
		return;
	write_context = AllocSetContextCreate(
		TopTransactionContext, "columnar writes", ALLOCSET_DEFAULT_SIZES);
	control.keysize = sizeof(WriteKey);
	control.entrysize = sizeof(ColWrite);
	control.hcxt = write_context;
	write_table = hash_create("columnar writes", 64, &control,
							  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	dlist_init(&write_list);
	sweep_at_writes = 1024;
}

static void
write_remove(ColWrite *write)
{
	if (last_write == write)
		last_write = NULL;
	dlist_delete(&write->node);
	hash_search(write_table, &write->key, HASH_REMOVE, NULL);
}

/*
 * Forgets writes without rows: whoever goes on with one only begins to count
 * anew.  Commands that nobody tells us the end of would pile up else.
 */
static void
write_sweep(void)
{
	dlist_mutable_iter iter;

	if (hash_get_num_entries(write_table) < sweep_at_writes)
		return;
	dlist_foreach_modify(iter, &write_list)
	{
		ColWrite *write = dlist_container(ColWrite, node, iter.cur);

		if (write->pending == NULL && !write->rewrite)
			write_remove(write); /* rewrites alone hold rows */
	}
	sweep_at_writes = Max(1024, 2 * hash_get_num_entries(write_table));
}

ColWrite *
col_write_open(Relation rel, CommandId cid)
{
	WriteKey key;
	ColWrite *write;
	bool found;

	memset(&key, 0, sizeof(key));
	key.relid = RelationGetRelid(rel);
	key.subxact = GetCurrentSubTransactionId();
	key.cid = cid;
	if (last_write != NULL &&
		memcmp(&last_write->key, &key, sizeof(key)) == 0 &&
		COL_REL_FILE_EQUALS(last_write->file, COL_REL_FILE(rel)))
		return last_write;

	write_init();
	write_sweep();
	write = hash_search(write_table, &key, HASH_ENTER, &found);
	if (found && !COL_REL_FILE_EQUALS(write->file, COL_REL_FILE(rel)))
	{
		/* truncated by the same command: what was pending is flushed */
		Assert(write->pending == NULL);
		dlist_delete(&write->node);
		found = false;
	}
	if (!found)
	{
		memset((char *) write + sizeof(key), 0, sizeof(*write) - sizeof(key));
		write->file = COL_REL_FILE(rel);
		write->next_reservation_rows = FIRST_RESERVATION_ROWS;
		write->rewrite = OidIsValid(rel->rd_rel->relrewrite);
		write->never = !write->rewrite && col_relation_is_published(rel);
		dlist_push_tail(&write_list, &write->node);
		col_input_functions_replace_for(rel);
	}
	last_write = write;
	return write;
}

bool
col_write_undecided(const ColWrite *write)
{
	if (write->rewrite)
		return write->offered_rows <= (uint32) col_bulk_rows;
	return !write->never && !write->bulk;
}

void
col_write_force_stripes(ColWrite *write)
{
	write->bulk = true;
	write->never = false;
}

void
col_write_say_sorted(ColWrite *write)
{
	write->sorted = true;
}

bool
col_write_wants_stripe(ColWrite *write, uint32 n_rows, Size n_bytes)
{
	if (write->never)
		return false;
	write->offered_rows += n_rows;
	write->offered_bytes += n_bytes;
	if (write->bulk)
		return true;
	write->bulk = write->offered_rows > (uint32) col_bulk_rows ||
				  (write->offered_rows > COL_BULK_AFTER_LARGE_ROWS &&
				   write->offered_bytes > COL_BULK_AFTER_BYTES);
	write->bulk = write->bulk || col_stripe_all || write->rewrite;
	return write->bulk;
}

/* Brings the session's total up to what the stripe's rows take now. */
static void
pending_count(ColPending *pending)
{
	gathered_bytes += pending->writer->memory_bytes - pending->counted_bytes;
	pending->counted_bytes = pending->writer->memory_bytes;
}

/* The write with the most gathered bytes. */
static ColWrite *
pending_largest(void)
{
	ColWrite *largest = NULL;
	dlist_iter iter;

	dlist_foreach(iter, &write_list)
	{
		ColWrite *write = dlist_container(ColWrite, node, iter.cur);

		if (write->pending &&
			(!largest || write->pending->writer->memory_bytes >
							 largest->pending->writer->memory_bytes))
			largest = write;
	}
	return largest;
}

static void
pending_free(ColWrite *write)
{
	ColPending *pending = write->pending;

	write->pending = NULL;
	Assert(gathered_bytes >= pending->counted_bytes);
	gathered_bytes -= pending->counted_bytes;
	col_stripe_writer_free(pending->writer);
	pfree(pending);
}

static void
pending_reserve(ColWrite *write, Relation rel, ColPending *pending)
{
	uint32 rows =
		Min(write->next_reservation_rows, pending->writer->options.stripe_rows);

	col_directory_reserve(rel, GetCurrentFullTransactionId(), write->key.cid,
						  rows, &pending->stripe);
}

/* Puts one row into the row store, at *tid. */
static void
row_to_row_store(ColWrite *write, Relation rel, Datum *values, bool *nulls,
				 int options, ItemPointer tid)
{
	HeapTuple tuple = heap_form_tuple(RelationGetDescr(rel), values, nulls);

	tuple->t_tableOid = RelationGetRelid(rel);
	heap_insert(rel, tuple, write->key.cid, options, NULL);
	*tid = tuple->t_self;
	heap_freetuple(tuple);
}

/*
 * Is a rewrite still so small that it may end in the row store?  Its rows are
 * kept as they came then: values keep their compression.
 */
static bool
write_holds(const ColWrite *write)
{
	Size limit_bytes = (Size) col_write_memory_kb * 1024 / 8 * 3;

	return write->rewrite && write->offered_rows <= (uint32) col_bulk_rows &&
		   write->offered_bytes <= Min(COL_BULK_AFTER_BYTES, limit_bytes);
}

static void
hold_row(ColWrite *write, Relation rel, TupleTableSlot *slot)
{
	MemoryContext old;

	slot_getallattrs(slot);
	old = MemoryContextSwitchTo(write_context);
	write->held = lappend(write->held,
						  heap_form_tuple(RelationGetDescr(rel),
										  slot->tts_values, slot->tts_isnull));
	MemoryContextSwitchTo(old);
	slot->tts_tableOid = RelationGetRelid(rel);
	ItemPointerSetInvalid(&slot->tts_tid);
}

static void
held_free(ColWrite *write)
{
	list_free_deep(write->held);
	write->held = NIL;
}

static void
held_to_row_store(ColWrite *write, Relation rel)
{
	int options = HEAP_INSERT_SKIP_FSM;
	ListCell *cell;

	if (write->frozen)
		options |= HEAP_INSERT_FROZEN;
	foreach (cell, write->held)
	{
		HeapTuple tuple = lfirst(cell);

		tuple->t_tableOid = RelationGetRelid(rel);
		heap_insert(rel, tuple, write->key.cid, options, NULL);
	}
}

/*
 * Writes out what a write has gathered.  rel may be NULL: it is opened then,
 * and when it has been dropped, its rows go with it.
 */
static void
pending_flush(ColWrite *write, Relation rel)
{
	ColPending *pending = write->pending;
	Relation opened = NULL;

	if (pending == NULL && write->held == NIL)
		return;
	if (rel == NULL)
		rel = opened = try_relation_open(write->key.relid, NoLock);
	if (rel != NULL && COL_REL_FILE_EQUALS(COL_REL_FILE(rel), write->file))
	{
		held_to_row_store(write, rel);
		if (pending != NULL && pending->writer->n_rows > 0)
		{
			if (write->frozen)
				pending->stripe.entry.flags |= COL_STRIPE_XMIN_FROZEN;
			if (write->sorted)
				pending->stripe.entry.flags |= COL_STRIPE_SORTED;
			col_stripe_writer_flush(pending->writer, rel, &pending->stripe);
		}
	}
	held_free(write);
	if (pending != NULL)
		pending_free(write);
	if (opened != NULL)
		relation_close(opened, NoLock);
}

/* Begins a stripe, which has no row numbers yet. */
static ColPending *
pending_begin(ColWrite *write, Relation rel)
{
	ColPending *pending =
		MemoryContextAllocZero(write_context, sizeof(ColPending));

	pending->writer = col_stripe_writer_create(rel, write_context);
	write->pending = pending;
	return pending;
}

/* Makes sure that the stripe has a number for one more row. */
static ColPending *
pending_make_room(ColWrite *write, Relation rel)
{
	ColPending *pending = write->pending;
	uint32 limit;
	uint32 reserved;

	if (pending == NULL)
		pending = pending_begin(write, rel);
	limit = pending->writer->options.stripe_rows;
	if (pending->stripe.entry.state != COL_STRIPE_RESERVED)
		pending_reserve(write, rel, pending);
	reserved = pending->stripe.entry.reserved_rows;
	if (pending->writer->n_rows < reserved)
		return pending;
	write->next_reservation_rows =
		Min(reserved * 2, (uint32) COL_STRIPE_ROWS_MAX);
	if (reserved < limit &&
		col_directory_extend(rel, &pending->stripe,
							 Min(write->next_reservation_rows, limit)))
		return pending;
	pending_flush(write, rel);
	pending = pending_begin(write, rel);
	pending_reserve(write, rel, pending);
	return pending;
}

/*
 * Writes stripes, the largest first, until there is room for more_bytes within
 * the limit.
 */
static void
write_limit_memory(ColWrite *write, Relation rel, Size more_bytes)
{
	Size limit_bytes = (Size) col_write_memory_kb * 1024 / 8 * 3;

	while (gathered_bytes > 0 && gathered_bytes + more_bytes > limit_bytes)
	{
		ColWrite *largest = pending_largest();

		pending_flush(largest, largest == write ? rel : NULL);
	}
}

/* Writes what must be written after a row was added. */
static void
write_after_append(ColWrite *write, Relation rel)
{
	Size budget = (Size) col_write_memory_kb * 1024;

	pending_count(write->pending);
	if (col_stripe_writer_vector_full(write->pending->writer,
									  Min(budget / 16, COL_VECTOR_IMAGE_BYTES)))
		pending_flush(write, rel);
	write_limit_memory(write, rel, 0);
}

/* Adds rows to the stripe, which has numbers for them. */
static void
append_slots(ColWrite *write, Relation rel, TupleTableSlot **slots,
			 uint32 n_rows)
{
	ColPending *pending = write->pending;
	uint64 row = pending->stripe.entry.first_row + pending->writer->n_rows;

	Assert(write->key.subxact == GetCurrentSubTransactionId()); /* W1 */
	Assert(pending->writer->n_rows + n_rows <=
		   pending->stripe.entry.reserved_rows);
	col_stripe_writer_append(pending->writer, slots, n_rows);
	for (uint32 i = 0; i < n_rows; i++)
	{
		slots[i]->tts_tableOid = RelationGetRelid(rel);
		col_tid_from_row(row + i, &slots[i]->tts_tid);
	}
	pgstat_count_heap_insert(rel, n_rows);
	write_after_append(write, rel);
}

/*
 * Adds the first few rows of some if they are small, all values of a column
 * before the next one's.  Returns how many; 0: the first one is not small.
 */
static uint32
append_small_rows(ColWrite *write, Relation rel, TupleTableSlot **slots,
				  uint32 n_slots)
{
	/* small beside the parts of the memory that W4 gives out */
	Size limit_bytes = (Size) col_write_memory_kb * 1024 / 64;
	ColPending *pending = write->pending;
	Size bytes = 0;
	Size row_bytes;
	uint32 n_rows;
	uint32 most;

	if (pending == NULL)
		pending = pending_begin(write, rel);
	most = Min(n_slots, col_stripe_writer_run_rows(pending->writer));
	for (n_rows = 0; n_rows < most; n_rows++)
	{
		if (!col_stripe_writer_takes(pending->writer, slots[n_rows],
									 limit_bytes - bytes, &row_bytes))
			break;
		bytes += row_bytes;
	}
	if (n_rows == 0)
		return 0;
	pending = pending_make_room(write, rel);
	n_rows = Min(n_rows,
				 pending->stripe.entry.reserved_rows - pending->writer->n_rows);
	append_slots(write, rel, slots, n_rows);
	return n_rows;
}

static void
append_row(ColWrite *write, Relation rel, TupleTableSlot *slot, int options)
{
	Size budget = (Size) col_write_memory_kb * 1024;
	ColPending *pending = write->pending;
	Size row_bytes;

	if (pending == NULL)
		pending = pending_begin(write, rel);
	if (!col_stripe_writer_takes(pending->writer, slot,
								 Min(budget / 8 * 3, COL_STRIPE_ROW_BYTES_MAX),
								 &row_bytes))
	{
		row_to_row_store(write, rel, slot->tts_values, slot->tts_isnull,
						 options, &slot->tts_tid);
		slot->tts_tableOid = RelationGetRelid(rel);
		return;
	}
	if (row_bytes > budget / 16)
		write_limit_memory(write, rel, row_bytes);
	pending_make_room(write, rel);
	append_slots(write, rel, &slot, 1);
}

/* Passes on the rows of a rewrite that is large enough for stripes. */
static void
held_to_stripes(ColWrite *write, Relation rel, int options)
{
	TupleTableSlot *slot =
		MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsHeapTuple);
	List *held = write->held;
	ListCell *cell;

	write->held = NIL; /* what is written meanwhile is behind them */
	foreach (cell, held)
	{
		ExecStoreHeapTuple(lfirst(cell), slot, false);
		append_row(write, rel, slot, options);
	}
	ExecDropSingleTupleTableSlot(slot);
	list_free_deep(held);
}

void
col_write_append(ColWrite *write, Relation rel, TupleTableSlot **slots,
				 uint32 n_slots, int options)
{
	CheckForSerializableConflictIn(rel, NULL, InvalidBlockNumber);
	write->frozen = (options & TABLE_INSERT_FROZEN) != 0;
	if (write_holds(write))
	{
		for (uint32 i = 0; i < n_slots; i++)
			hold_row(write, rel, slots[i]);
		return;
	}
	if (write->held != NIL)
		held_to_stripes(write, rel, options);
	for (uint32 i = 0; i < n_slots;)
	{
		uint32 n_rows = append_small_rows(write, rel, slots + i, n_slots - i);

		if (n_rows == 0)
			append_row(write, rel, slots[i], options);
		i += Max(n_rows, 1);
	}
}

ColPending *
col_write_find(Relation rel, uint64 row)
{
	dlist_iter iter;

	if (write_table == NULL)
		return NULL;
	dlist_foreach(iter, &write_list)
	{
		ColWrite *write = dlist_container(ColWrite, node, iter.cur);
		ColPending *pending = write->pending;

		if (pending && write->key.relid == RelationGetRelid(rel) &&
			COL_REL_FILE_EQUALS(write->file, COL_REL_FILE(rel)) &&
			pending->stripe.entry.state == COL_STRIPE_RESERVED &&
			row >= pending->stripe.entry.first_row &&
			row < pending->stripe.entry.first_row + pending->writer->n_rows)
			return pending;
	}
	return NULL;
}

void
col_write_flush_for_read(Relation rel, Snapshot snapshot)
{
	dlist_iter iter;

	if (write_table == NULL)
		return;
	dlist_foreach(iter, &write_list)
	{
		ColWrite *write = dlist_container(ColWrite, node, iter.cur);

		if (write->key.relid != RelationGetRelid(rel) ||
			(write->pending == NULL && write->held == NIL))
			continue;
		if (IsMVCCSnapshot(snapshot) && write->key.cid >= snapshot->curcid)
			continue;
		pending_flush(write, rel);
		if (!write->rewrite)
		{
			write->bulk = false;
			write->offered_rows = 0;
			write->offered_bytes = 0;
		}
	}
}

void
col_write_flush_relation(Relation rel)
{
	dlist_iter iter;

	if (write_table == NULL)
		return;
	dlist_foreach(iter, &write_list)
	{
		ColWrite *write = dlist_container(ColWrite, node, iter.cur);

		if (write->key.relid == RelationGetRelid(rel))
			pending_flush(write, rel);
	}
}

/*
 * Ends the writes of a subtransaction, or of one of its commands: what they
 * have gathered is written, or dropped.
 */
static void
writes_end(SubTransactionId subxact, CommandId cid, bool any_cid, bool keep)
{
	dlist_mutable_iter iter;

	if (write_table == NULL)
		return;
	dlist_foreach_modify(iter, &write_list)
	{
		ColWrite *write = dlist_container(ColWrite, node, iter.cur);

		if (write->key.subxact != subxact ||
			(!any_cid && write->key.cid != cid))
			continue;
		if (keep)
			pending_flush(write, NULL);
		else
		{
			held_free(write);
			if (write->pending)
				pending_free(write);
		}
		Assert(write->pending == NULL && write->held == NIL); /* W3 */
		write_remove(write);
	}
}

void
col_write_end_command(CommandId cid)
{
	writes_end(GetCurrentSubTransactionId(), cid, false, true);
}

void
col_write_end_subxact(SubTransactionId subxact)
{
	writes_end(subxact, 0, true, true);
}

void
col_write_abort_subxact(SubTransactionId subxact)
{
	writes_end(subxact, 0, true, false);
}

void
col_write_flush_all(void)
{
	dlist_iter iter;

	if (write_table == NULL)
		return;
	dlist_foreach(iter, &write_list)
		pending_flush(dlist_container(ColWrite, node, iter.cur), NULL);
}

void
col_write_end_xact(void)
{
	/* the memory goes with TopTransactionContext */
	write_context = NULL;
	write_table = NULL;
	last_write = NULL;
	gathered_bytes = 0;
	dlist_init(&write_list);
}
