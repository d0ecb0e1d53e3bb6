/*
 * batch.c - one transaction of a compaction.
 *
 * Old copies get our xmax, the new stripe our xmin: every snapshot sees each row
 * once.  Writers are locked out until the transaction ends, so that none can
 * come upon an old copy and take the row for deleted.  Index entries of the new
 * copies are made here, those of old ones go with VACUUM.
 *
 * Rows keep their order, stripes first, then the row store, unless the table's
 * options ask for another.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/visibilitymap.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "commands/progress.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/lmgr.h"
#include "storage/predicate.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/tuplesort.h"

#include "src/pg/compat.h"
#include "src/compaction/batch.h"
#include "src/compaction/choose.h"
#include "src/pg/guc.h"
#include "src/storage/marks/marks_visibility.h"
#include "src/storage/page/metapage.h"
#include "src/storage/store/published.h"
#include "src/storage/store/row_scan.h"
#include "src/storage/store/row_sort.h"
#include "src/storage/store/write_buffer.h"
#include "src/storage/stripe/stripe_reader.h"
#include "src/storage/stripe/visibility.h"
#include "src/tableam/slot.h"

/* Rows that a batch moves at least before it gives way to who waits. */
#define GIVE_WAY_ROWS 8192

typedef struct Batch
{
	Relation rel;
	const ColCompactPolicy *policy;
	ColCompactState *state;
	Snapshot snapshot;
	CommandId cid;
	ColWrite *write;
	ColStripeWriter *judge; /* says what rows a stripe takes */
	TupleTableSlot *slot;
	EState *estate;
	ResultRelInfo *indexes;
	ColDirectoryCopy directory;
	uint64 n_rows;		  /* moved by this batch */
	uint64 give_way_rows; /* so many are, before it gives way */
	bool gives_way;
	ColTableOptions options;
	Tuplesortstate *sort; /* NULL: rows stay in their order */
} Batch;

/* ---- moving rows ---- */

/* Should the batch end, for it is full or somebody waits? */
static bool
batch_is_over(Batch *batch)
{
	CHECK_FOR_INTERRUPTS();
	if (batch->n_rows >= batch->options.stripe_rows)
		return true;
	if (batch->n_rows >= batch->give_way_rows &&
		LockHasWaitersRelation(batch->rel, ExclusiveLock))
		batch->gives_way = batch->state->busy = true;
	return batch->gives_way;
}

/* Puts a slot's row into the new stripe and into the indexes. */
static void
write_row(Batch *batch, TupleTableSlot *slot)
{
	col_write_append(batch->write, batch->rel, &slot, 1, 0);
	if (batch->indexes->ri_NumIndices > 0)
	{
		ResetPerTupleExprContext(batch->estate);
		list_free(COL_INSERT_INDEX_TUPLES(batch->indexes, slot, batch->estate));
	}
}

/* Takes the slot's row, at once or to be sorted. */
static void
move_row(Batch *batch)
{
	if (batch->sort != NULL)
		tuplesort_puttupleslot(batch->sort, batch->slot);
	else
		write_row(batch, batch->slot);
	batch->n_rows++;
}

/* Writes the rows that were to be sorted. */
static void
write_sorted(Batch *batch)
{
	TupleTableSlot *slot;

	if (batch->sort == NULL)
		return;
	slot = MakeSingleTupleTableSlot(RelationGetDescr(batch->rel),
									&TTSOpsMinimalTuple);
	tuplesort_performsort(batch->sort);
	while (tuplesort_gettupleslot(batch->sort, true, false, slot, NULL))
	{
		CHECK_FOR_INTERRUPTS();
		write_row(batch, slot);
	}
	tuplesort_end(batch->sort);
	ExecDropSingleTupleTableSlot(slot);
}

/* Moves the rows of one stripe that the snapshot sees. */
static void
move_stripe(Batch *batch, ColStripe *stripe)
{
	ColRowSet *hidden =
		col_marks_hidden_rows(batch->rel, stripe, batch->snapshot);
	ColStripeReader *reader = col_stripe_reader_create(
		batch->rel, RelationGetDescr(batch->rel), NULL, CurrentMemoryContext);
	uint64 before = batch->n_rows;
	uint32 n_live = stripe->entry.n_rows - stripe->entry.dead_rows;

	/* merged ones make one that is twice as large at least */
	if (2 * n_live < batch->options.stripe_rows)
		batch->give_way_rows = Max(batch->give_way_rows, 2 * n_live);
	col_directory_replace(batch->rel, stripe, GetCurrentFullTransactionId(),
						  batch->cid);
	batch->state->n_replaced++;
	batch->state->n_left_blocks += stripe->entry.n_blocks;
	if (hidden == NULL || hidden->n_set < stripe->entry.n_rows)
		col_stripe_reader_open(reader, stripe);
	for (uint32 row = 0; row < stripe->entry.n_rows; row++)
	{
		CHECK_FOR_INTERRUPTS();
		if (hidden != NULL && col_row_set_has(hidden, row))
			continue;
		col_slot_store_stripe(batch->slot, reader, row);
		move_row(batch);
		pgstat_count_heap_delete(batch->rel);
	}
	ExecClearTuple(batch->slot);
	col_stripe_reader_free(reader);
	if (hidden)
		pfree(hidden);
	batch->state->n_stripe_rows += batch->n_rows - before;
}

/*
 * Deletes a heap row so that pgoutput takes no notice: a deletion without the old
 * row says nothing to it.  The entry of the relation cache is ours alone.
 */
static TM_Result
delete_unseen(Batch *batch, ItemPointer tid)
{
	char identity = batch->rel->rd_rel->relreplident;
	TM_FailureData failure;
	TM_Result result;

	batch->rel->rd_rel->relreplident = REPLICA_IDENTITY_NOTHING;
	PG_TRY();
	{
		result = heap_delete(batch->rel, tid, batch->cid, InvalidSnapshot,
							 false, &failure, false);
	}
	PG_FINALLY();
	{
		batch->rel->rd_rel->relreplident = identity;
	}
	PG_END_TRY();
	return result;
}

/* Moves one row of the row store, unless it is too large. */
static void
move_heap_row(Batch *batch, ColRowScan *rows)
{
	Size limit_bytes = Min((Size) col_write_memory_kb * 1024 / 8 * 3,
						   COL_STRIPE_ROW_BYTES_MAX);
	ItemPointerData tid = rows->tuple.t_self;
	Size bytes;

	col_slot_store_heap(batch->slot, batch->rel, &rows->tuple, rows->buffer);
	if (!col_stripe_writer_takes(batch->judge, batch->slot, limit_bytes,
								 &bytes))
		return;
	/* what it has of TOAST can still be read until the transaction ends */
	if (delete_unseen(batch, &tid) != TM_Ok)
		return;
	move_row(batch);
	batch->state->n_heap_rows++;
}

/* The next heap page to be compacted from block on, or n_blocks. */
static BlockNumber
next_heap_page(Batch *batch, const ColRowScan *rows, BlockNumber block,
			   Buffer *map)
{
	for (;; block++)
	{
		CHECK_FOR_INTERRUPTS();
		block = col_row_scan_skip(rows, block);
		if (block >= rows->n_blocks || !batch->policy->cold_only ||
			VM_ALL_VISIBLE(batch->rel, block, map))
			return block;
	}
}

/* Has the table that many rows in the pages that are looked at? */
static bool
has_heap_rows(Batch *batch, ColRowScan *rows, uint32 wanted)
{
	Buffer map = InvalidBuffer;
	uint64 n = 0;

	for (BlockNumber block = 0; n < wanted; block++)
	{
		block = next_heap_page(batch, rows, block, &map);
		if (block >= rows->n_blocks)
			break;
		col_row_scan_page(rows, block, true);
		n += rows->n_tuples;
	}
	if (BufferIsValid(map))
		ReleaseBuffer(map);
	return n >= wanted;
}

static void
move_heap_rows(Batch *batch)
{
	ColCompactState *state = batch->state;
	ColRowScan rows;
	Buffer map = InvalidBuffer;

	col_row_scan_begin(&rows, batch->rel, batch->snapshot, &batch->directory,
					   RelationGetNumberOfBlocks(batch->rel), NULL);
	if (state->next_block == 0 &&
		!has_heap_rows(batch, &rows,
					   col_compact_heap_rows(&batch->options, batch->policy)))
		state->heap_done = true;
	while (!state->heap_done && !batch_is_over(batch))
	{
		BlockNumber block =
			next_heap_page(batch, &rows, state->next_block, &map);

		if (block >= rows.n_blocks)
		{
			state->heap_done = true;
			break;
		}
		col_row_scan_page(&rows, block, true);
		/* a stripe is full before the page is: it is the next one's */
		if (batch->n_rows > 0 &&
			batch->n_rows + rows.n_tuples > batch->options.stripe_rows)
			break;
		while (col_row_scan_step(&rows, true))
			move_heap_row(batch, &rows);
		ExecClearTuple(batch->slot);
		state->n_left_blocks += rows.n_tuples > 0;
		state->next_block = block + 1;
	}
	if (BufferIsValid(map))
		ReleaseBuffer(map);
	col_row_scan_end(&rows);
}

/* ---- the batch ---- */

static void
batch_begin(Batch *batch)
{
	Relation rel = batch->rel;

	PushActiveSnapshot(GetTransactionSnapshot());
	batch->snapshot = GetActiveSnapshot();
	batch->cid = GetCurrentCommandId(true);
	batch->slot =
		MakeSingleTupleTableSlot(RelationGetDescr(rel), &col_slot_ops);
	batch->judge = col_stripe_writer_create(rel, CurrentMemoryContext);
	batch->write = col_write_open(rel, batch->cid);
	col_write_force_stripes(batch->write);
	batch->sort = col_row_sort_begin(rel, &batch->options);
	if (batch->sort != NULL)
		col_write_say_sorted(batch->write);
	batch->estate = CreateExecutorState();
	batch->indexes = makeNode(ResultRelInfo);
	InitResultRelInfo(batch->indexes, rel, 0, NULL, 0);
	ExecOpenIndices(batch->indexes, false);
	col_directory_load(rel, &batch->directory);
	if (!batch->state->begun)
	{
		ColMeta meta;

		col_metapage_get(rel, &meta);
		batch->state->end_row = meta.next_row;
		batch->state->begun = true;
	}
}

static void
batch_end(Batch *batch)
{
	write_sorted(batch);
	col_write_flush_relation(batch->rel);
	col_write_end_command(batch->cid);
	col_directory_copy_free(&batch->directory);
	ExecCloseIndices(batch->indexes);
	FreeExecutorState(batch->estate);
	col_stripe_writer_free(batch->judge);
	ExecDropSingleTupleTableSlot(batch->slot);
	PopActiveSnapshot();
}

bool
col_compact_batch(Relation rel, const ColCompactPolicy *policy,
				  ColCompactState *state)
{
	Batch batch = {.rel = rel,
				   .policy = policy,
				   .state = state,
				   .give_way_rows = GIVE_WAY_ROWS};
	ColCompactPolicy stripes_policy = *policy;
	List *stripes;
	ListCell *cell;
	Oid user;
	int security;
	int guc_level;

	Assert(CheckRelationLockedByMe(rel, ExclusiveLock, true));
	/* expressions of indexes are the owner's */
	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(rel->rd_rel->relowner,
						   security | SECURITY_RESTRICTED_OPERATION);
	guc_level = NewGUCNestLevel();
	RestrictSearchPath();

	col_table_options_get(rel, &batch.options);
	batch_begin(&batch);
	/* between writers, the row store is what matters */
	if (policy->automatic && state->busy)
		stripes_policy.merges = false;
	stripes = col_compact_choose(rel, &batch.options, &stripes_policy,
								 &batch.directory, state->end_row);
	foreach (cell, stripes)
	{
		move_stripe(&batch, &batch.directory.stripes[lfirst_int(cell)]);
		if (batch_is_over(&batch))
			break;
	}
	/* another plugin might take the deletions for real ones */
	state->heap_done = state->heap_done || col_relation_has_other_decoder(rel);
	if (!state->heap_done)
		move_heap_rows(&batch);
	batch_end(&batch);
	if (batch.n_rows > 0)
		state->last_xid = GetCurrentTransactionId();

	/*
	 * Serializable readers have locked rows by their TIDs.  Who locks one from
	 * now on sees that the row has moved.
	 */
	TransferPredicateLocksToHeapRelation(rel);

	AtEOXact_GUC(false, guc_level);
	SetUserIdAndSecContext(user, security);
	return stripes != NIL || !state->heap_done;
}
