/*
 * spill.c - rows of batches on disk, in partitions.
 *
 * Partitions are tapes of one temporary file, whose blocks are used again once they
 * are read.  A partition that waits takes no memory but its entry in a list; the last
 * one written is the first one read, so that few wait.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/logtape.h"
#include "utils/memutils.h"

#include "src/base/hash.h"
#include "src/exec/spill.h"

#define PARTITIONS_MIN 4
#define PARTITIONS_MAX 64

typedef struct Partition
{
	LogicalTape *tape; /* NULL: nothing has been written */
	int set;
	int level; /* how often its rows were written before */
} Partition;

struct ColSpill
{
	ColBatch *batch;
	Bitmapset *columns;
	MemoryContext memory;
	LogicalTapeSet *tapes; /* NULL: nothing has been written */
	int n_partitions;	   /* that are written at once, a power of two */
	List *written;		   /* arrays of Partition, one for each set */
	List *waiting;		   /* of Partition */
	LogicalTape *reading;
	int level;			 /* of the rows that are written */
	TupleTableSlot *out; /* a row to write */
	TupleTableSlot *in;	 /* a row that was read */
	uint8 *tuple;		 /* which is here */
	Size room;
	int64 n_read;
	uint64 disk_bytes;
};

ColSpill *
col_spill_create(EState *estate, ColBatch *batch, Bitmapset *columns,
				 Size memory_bytes)
{
	ColSpill *spill = palloc0(sizeof(*spill));
	Size n = memory_bytes / 4 / BLCKSZ;

	spill->batch = batch;
	spill->columns = columns;
	spill->n_partitions =
		pg_prevpower2_32((uint32) Min(Max(n, PARTITIONS_MIN), PARTITIONS_MAX));
	spill->memory = AllocSetContextCreate(
		CurrentMemoryContext, "columnar spill", ALLOCSET_DEFAULT_SIZES);
	spill->out = ExecInitExtraTupleSlot(estate, batch->desc, &TTSOpsVirtual);
	spill->in =
		ExecInitExtraTupleSlot(estate, batch->desc, &TTSOpsMinimalTuple);
	memset(spill->out->tts_isnull, true, batch->desc->natts);
	return spill;
}

/* The partitions of a set that are written. */
static Partition *
find_partitions(ColSpill *spill, int set)
{
	ListCell *cell;
	Partition *partitions;

	foreach (cell, spill->written)
	{
		partitions = lfirst(cell);
		if (partitions->set == set)
			return partitions;
	}
	if (spill->tapes == NULL)
		spill->tapes = LogicalTapeSetCreate(true, NULL, -1);
	partitions = palloc0(spill->n_partitions * sizeof(Partition));
	for (int p = 0; p < spill->n_partitions; p++)
	{
		partitions[p].set = set;
		partitions[p].level = spill->level;
	}
	spill->written = lappend(spill->written, partitions);
	return partitions;
}

static void
write_row(ColSpill *spill, LogicalTape *tape, uint64 hash)
{
	bool is_copy;
	MinimalTuple tuple = ExecFetchSlotMinimalTuple(spill->out, &is_copy);

	LogicalTapeWrite(tape, &hash, sizeof(hash));
	LogicalTapeWrite(tape, tuple, tuple->t_len);
	if (is_copy)
		pfree(tuple);
}

/* The row of the batch as the slot's. */
static void
fill_out(ColSpill *spill, uint32 row)
{
	int column = -1;

	ExecClearTuple(spill->out);
	while ((column = bms_next_member(spill->columns, column)) >= 0)
		spill->out->tts_values[column] =
			col_vector_datum(col_batch_column(spill->batch, column), row,
							 &spill->out->tts_isnull[column]);
	ExecStoreVirtualTuple(spill->out);
}

void
col_spill_write(ColSpill *spill, int set, const uint16 *rows, uint32 n_rows,
				const uint64 *hashes)
{
	MemoryContext old = MemoryContextSwitchTo(spill->memory);
	Partition *partitions = find_partitions(spill, set);

	for (uint32 i = 0; i < n_rows; i++)
	{
		/* each level has bits of its own */
		uint64 bits = col_hash_mix(hashes[i] ^ spill->level, COL_HASH_FACTOR);
		Partition *partition =
			&partitions[bits >> 32 & (spill->n_partitions - 1)];

		CHECK_FOR_INTERRUPTS();
		if (partition->tape == NULL)
			partition->tape = LogicalTapeCreate(spill->tapes);
		fill_out(spill, rows[i]);
		write_row(spill, partition->tape, hashes[i]);
	}
	ExecClearTuple(spill->out);
	MemoryContextSwitchTo(old);
}

/* What is written waits to be read. */
static void
end_writing(ColSpill *spill)
{
	ListCell *cell;

	foreach (cell, spill->written)
	{
		Partition *partitions = lfirst(cell);

		for (int p = 0; p < spill->n_partitions; p++)
		{
			if (partitions[p].tape == NULL)
				continue;
			LogicalTapeRewindForRead(partitions[p].tape, BLCKSZ);
			spill->waiting = lappend(spill->waiting, &partitions[p]);
		}
	}
	list_free(spill->written);
	spill->written = NIL;
	if (spill->tapes)
		spill->disk_bytes =
			Max(spill->disk_bytes,
				(uint64) LogicalTapeSetBlocks(spill->tapes) * BLCKSZ);
}

int
col_spill_next(ColSpill *spill)
{
	MemoryContext old = MemoryContextSwitchTo(spill->memory);
	Partition *partition;

	if (spill->reading)
		LogicalTapeClose(spill->reading);
	spill->reading = NULL;
	end_writing(spill);
	MemoryContextSwitchTo(old);
	if (spill->waiting == NIL)
		return -1;
	partition = llast(spill->waiting);
	spill->waiting = list_delete_last(spill->waiting);
	spill->reading = partition->tape;
	spill->level = partition->level + 1;
	spill->n_read++;
	return partition->set;
}

static void
read_bytes(ColSpill *spill, void *bytes, Size n_bytes)
{
	if (LogicalTapeRead(spill->reading, bytes, n_bytes) != n_bytes)
		elog(ERROR, "a temporary file of ColstoreAggregate is too short");
}

/* Reads a row into the slot. */
static bool
read_row(ColSpill *spill)
{
	uint64 hash;
	uint32 n_bytes;
	size_t n = LogicalTapeRead(spill->reading, &hash, sizeof(hash));

	ExecClearTuple(spill->in);
	if (n == 0)
		return false;
	if (n != sizeof(hash))
		elog(ERROR, "a temporary file of ColstoreAggregate is too short");
	read_bytes(spill, &n_bytes, sizeof(n_bytes));
	if (n_bytes > spill->room)
	{
		if (spill->tuple)
			pfree(spill->tuple);
		spill->room = Max(n_bytes, 1024);
		spill->tuple = MemoryContextAlloc(spill->memory, spill->room);
	}
	memcpy(spill->tuple, &n_bytes, sizeof(n_bytes));
	read_bytes(spill, spill->tuple + sizeof(n_bytes),
			   n_bytes - sizeof(n_bytes));
	ExecStoreMinimalTuple((MinimalTuple) spill->tuple, spill->in, false);
	return true;
}

bool
col_spill_read(ColSpill *spill)
{
	CHECK_FOR_INTERRUPTS();
	col_batch_set_rows(spill->batch);
	while (spill->batch->n_rows < COL_VECTOR_ROWS && read_row(spill))
		col_batch_add(spill->batch, spill->in);
	ExecClearTuple(spill->in);
	return spill->batch->n_rows > 0;
}

int64
col_spill_partitions(const ColSpill *spill)
{
	return spill->n_read;
}

uint64
col_spill_disk_bytes(const ColSpill *spill)
{
	return spill->disk_bytes;
}

void
col_spill_reset(ColSpill *spill)
{
	ExecClearTuple(spill->in);
	ExecClearTuple(spill->out);
	if (spill->tapes)
		LogicalTapeSetClose(spill->tapes);
	spill->tapes = NULL;
	spill->reading = NULL;
	spill->written = spill->waiting = NIL;
	spill->tuple = NULL;
	spill->room = 0;
	spill->level = 0;
	MemoryContextReset(spill->memory);
}
