/*
 * load_worker.c - parses pieces of a file and encodes them as stripes.
 *
 * Path: piece of the file -> COPY's parser -> constraints -> stripe writer ->
 * encoding -> queue to the leader.  Nothing of the table's file is read or written
 * here.
 *
 * Memory: a stripe being gathered and encoded, within columnar.write_memory as in
 * storage/store/write_buffer.c.
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "access/sysattr.h"
#include "access/table.h"
#include "commands/copy.h"
#include "commands/copyfrom_internal.h"
#include "commands/progress.h"
#include "executor/executor.h"
#include "executor/nodeModifyTable.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parser.h"
#include "parser/parse_relation.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "src/pg/compat.h"
#include "src/pg/guc.h"
#include "src/pg/input_functions.h"
#include "src/storage/stripe/stripe_writer.h"
#include "src/transfer/load_message.h"

typedef struct LoadWorker
{
	const ColLoadShared *shared;
	shm_mq_handle *pieces;
	shm_mq_handle *results;
	Relation rel;
	CopyStmt *statement;
	ParseState *pstate;
	EState *estate;
	ResultRelInfo *target;
	Size budget;	  /* columnar.write_memory */
	Size limit_bytes; /* of it, for the rows of a stripe */
	/* rows on their way into the stripe, then the current one */
	TupleTableSlot *run[COL_COLUMN_RUN_ROWS];
	uint32 n_run;
	Size run_bytes; /* of their long values */
	int file;
	ColLoadPiece piece;
	uint64 n_read; /* bytes of the piece */
	CopyFromState copy;
	ColStripeWriter *writer; /* NULL: no row yet */
	uint64 *lines;			 /* of its rows, if wanted */
	uint64 first_line;		 /* of its rows */
} LoadWorker;

/* COPY's callback for data has no argument. */
static LoadWorker *reading = NULL;

static void
send_parts(LoadWorker *worker, shm_mq_iovec *parts, int n_parts)
{
	/* without a leader there is nothing left to do */
	if (shm_mq_sendv(worker->results, parts, n_parts, false, true) !=
		SHM_MQ_SUCCESS)
		proc_exit(1);
}

static void
send_result(LoadWorker *worker, ColLoadResult *result, const void *data,
			Size n_bytes)
{
	shm_mq_iovec parts[] = {{(const char *) result, sizeof(*result)},
							{data, n_bytes}};

	send_parts(worker, parts, data ? 2 : 1);
}

/* ---- rows ---- */

static void
send_stripe(LoadWorker *worker)
{
	ColStripeWriter *writer = worker->writer;
	MemoryContext context;
	MemoryContext old;
	ColEncodedStripe encoded;
	ColLoadResult result = {.kind = COL_LOAD_STRIPE,
							.line = worker->first_line};
	shm_mq_iovec *parts;
	int n = 0;

	if (writer == NULL || writer->n_rows == 0)
		return;
	context = AllocSetContextCreate(writer->context, "columnar stripe encoding",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	col_stripe_writer_encode(writer, worker->rel, 0, &encoded);
	result.n_rows = encoded.n_rows;
	result.n_columns = encoded.n_columns;
	result.raw_bytes = encoded.raw_bytes;
	parts = palloc((4 + encoded.n_pieces) * sizeof(shm_mq_iovec));
	parts[n++] = (shm_mq_iovec){(const char *) &result, sizeof(result)};
	parts[n++] = (shm_mq_iovec){(const char *) encoded.refs,
								encoded.n_columns * sizeof(ColChunkRef)};
	if (worker->lines != NULL)
		parts[n++] = (shm_mq_iovec){(const char *) worker->lines,
									encoded.n_rows * sizeof(uint64)};
	parts[n++] = (shm_mq_iovec){(const char *) encoded.zones,
								encoded.n_columns * sizeof(ColZone)};
	for (uint32 i = 0; i < encoded.n_pieces; i++)
		parts[n++] = (shm_mq_iovec){(const char *) encoded.pieces[i].data,
									encoded.pieces[i].n_bytes};
	send_parts(worker, parts, n);
	MemoryContextSwitchTo(old);
	worker->writer = NULL;
	col_stripe_writer_free(writer);
}

static void
send_row(LoadWorker *worker)
{
	ColLoadResult result = {.kind = COL_LOAD_ROW,
							.line = worker->copy->cur_lineno};
	TupleTableSlot *slot = worker->run[worker->n_run];
	HeapTuple tuple = heap_form_tuple(RelationGetDescr(worker->rel),
									  slot->tts_values, slot->tts_isnull);

	send_result(worker, &result, tuple->t_data, tuple->t_len);
	heap_freetuple(tuple);
}

static ColStripeWriter *
get_writer(LoadWorker *worker)
{
	if (worker->writer == NULL)
		worker->writer =
			col_stripe_writer_create(worker->rel, TopTransactionContext);
	return worker->writer;
}

/* Adds the rows of the run to the stripe, which is sent when it is full. */
static void
append_run(LoadWorker *worker)
{
	ColStripeWriter *writer = worker->writer;

	if (worker->n_run == 0)
		return;
	col_stripe_writer_append(writer, worker->run, worker->n_run);
	worker->n_run = 0;
	worker->run_bytes = 0;
	if (writer->n_rows == writer->options.stripe_rows ||
		writer->memory_bytes > worker->limit_bytes ||
		col_stripe_writer_vector_full(
			writer, Min(worker->budget / 16, COL_VECTOR_IMAGE_BYTES)))
		send_stripe(worker);
}

/* Turns to a new run; the current row, which is not in it yet, stays. */
static void
end_run(LoadWorker *worker)
{
	uint32 current = worker->n_run;
	TupleTableSlot *slot = worker->run[current];

	append_run(worker);
	worker->run[current] = worker->run[0];
	worker->run[0] = slot;
}

/*
 * Takes the current row: into the run, all of which goes to the stripe at once, all
 * values of a column before the next one's.  Rows of a run are small, or one.
 */
static void
take_row(LoadWorker *worker)
{
	ColStripeWriter *writer = get_writer(worker);
	uint32 row;
	Size row_bytes;

	if (!col_stripe_writer_takes(writer, worker->run[worker->n_run],
								 worker->limit_bytes, &row_bytes))
	{
		end_run(worker);
		send_row(worker);
		return;
	}
	if (row_bytes > worker->budget / 64)
	{
		end_run(worker);
		if (get_writer(worker)->memory_bytes + row_bytes > worker->limit_bytes)
			send_stripe(worker);
		writer = get_writer(worker);
	}
	row = writer->n_rows + worker->n_run;
	if (row == 0)
		worker->first_line = worker->copy->cur_lineno;
	if (worker->lines != NULL)
		worker->lines[row] = worker->copy->cur_lineno;
	worker->n_run++;
	worker->run_bytes += row_bytes;
	if (worker->n_run == col_stripe_writer_run_rows(writer) ||
		row + 1 == writer->options.stripe_rows ||
		worker->run_bytes > worker->budget / 64)
		append_run(worker);
}

/* What COPY does with a row before it is stored. */
static void
check_row(LoadWorker *worker, TupleTableSlot *slot)
{
	TupleConstr *constraints = RelationGetDescr(worker->rel)->constr;

	if (constraints != NULL && constraints->has_generated_stored)
		ExecComputeStoredGenerated(worker->target, worker->estate, slot,
								   CMD_INSERT);
	if (constraints != NULL)
		ExecConstraints(worker->target, slot, worker->estate);
	if (worker->rel->rd_rel->relispartition)
		ExecPartitionCheck(worker->target, slot, worker->estate, true);
}

/* ---- pieces ---- */

static int
read_file(void *buffer, int min_bytes pg_attribute_unused(), int max_bytes)
{
	LoadWorker *worker = reading;
	ColLoadPiece *piece = &worker->piece;
	Size wanted = Min((uint64) max_bytes, piece->n_bytes - worker->n_read);
	ssize_t n;

	if (wanted == 0)
		return 0;
	pgstat_report_wait_start(WAIT_EVENT_COPY_FILE_READ);
	n = pg_pread(worker->file, buffer, wanted,
				 piece->offset_bytes + worker->n_read);
	pgstat_report_wait_end();
	if (n < 0)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not read from COPY file: %m")));
	if (n == 0)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("file \"%s\" was truncated while it was loaded",
							   worker->statement->filename)));
	worker->n_read += n;
	return n;
}

/* COPY's state, as if it had read all that is before the piece. */
static void
begin_piece(LoadWorker *worker)
{
	List *options = worker->statement->options;

	if (!worker->shared->encoding_given)
		options =
			lappend(list_copy(options),
					makeDefElem("encoding",
								(Node *) makeString(pstrdup(pg_encoding_to_char(
									worker->shared->encoding))),
								-1));
	reading = worker;
	worker->n_read = 0;
	worker->copy =
		BeginCopyFrom(worker->pstate, worker->rel, NULL, NULL, false, read_file,
					  worker->statement->attlist, options);
	col_input_functions_replace(worker->copy);
	/* the leader's alone is shown */
	pgstat_progress_end_command();
	if (worker->piece.offset_bytes > 0)
	{
		worker->copy->cur_lineno = worker->piece.n_lines_before;
		worker->copy->eol_type = worker->piece.has_cr ? EOL_CRNL : EOL_NL;
	}
}

static void
load_piece(LoadWorker *worker)
{
	ExprContext *econtext = GetPerTupleExprContext(worker->estate);
	MemoryContext old = CurrentMemoryContext;
	ColLoadResult result = {.kind = COL_LOAD_DONE};
	ErrorContextCallback callback;

	begin_piece(worker);
	callback.callback = CopyFromErrorCallback;
	callback.arg = worker->copy;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	for (;;)
	{
		TupleTableSlot *slot = worker->run[worker->n_run];

		CHECK_FOR_INTERRUPTS();
		/* what the run refers to is there */
		if (worker->n_run == 0)
			ResetPerTupleExprContext(worker->estate);
		MemoryContextSwitchTo(GetPerTupleMemoryContext(worker->estate));
		ExecClearTuple(slot);
		if (!NextCopyFrom(worker->copy, econtext, slot->tts_values,
						  slot->tts_isnull))
			break;
		ExecStoreVirtualTuple(slot);
		slot->tts_tableOid = RelationGetRelid(worker->rel);
		check_row(worker, slot);
		take_row(worker);
	}
	append_run(worker);
	send_stripe(worker);
	MemoryContextSwitchTo(old);
	error_context_stack = callback.previous;
	result.is_last = !worker->copy->input_reached_eof;
	EndCopyFrom(worker->copy);
	send_result(worker, &result, NULL, 0);
}

/* The next piece; false: there is no more. */
static bool
next_piece(LoadWorker *worker)
{
	Size n_bytes;
	void *data;

	if (shm_mq_receive(worker->pieces, &n_bytes, &data, false) !=
		SHM_MQ_SUCCESS)
		return false;
	Assert(n_bytes == sizeof(ColLoadPiece));
	worker->piece = *(const ColLoadPiece *) data;
	return true;
}

/*
 * Waits until the leader has written all that comes before the piece that failed:
 * the first error in the file is the one to be thrown.
 */
static void
wait_for_turn(LoadWorker *worker)
{
	ColLoadResult result = {.kind = COL_LOAD_FAILED};

	LWLockReleaseAll();
	send_result(worker, &result, NULL, 0);
	while (next_piece(worker) && !worker->piece.is_refused)
		;
}

/* ---- the worker ---- */

static void
open_file(LoadWorker *worker)
{
	const char *path = worker->statement->filename;
	struct stat stat;

	worker->file = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	if (worker->file < 0 || fstat(worker->file, &stat) < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" for reading: %m", path)));
	if (stat.st_dev != worker->shared->device ||
		stat.st_ino != worker->shared->inode)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("file \"%s\" was replaced while it was loaded", path)));
}

static void
open_target(LoadWorker *worker)
{
	Relation rel = table_open(worker->shared->relid, RowExclusiveLock);
	ParseNamespaceItem *item;
	ListCell *cell;

	worker->rel = rel;
	worker->budget = (Size) col_write_memory_kb * 1024;
	worker->limit_bytes = Min(worker->budget / 8 * 3, COL_STRIPE_ROW_BYTES_MAX);
	/* says which columns a message about a constraint may show */
	worker->pstate = make_parsestate(NULL);
	item = addRangeTableEntryForRelation(worker->pstate, rel, RowExclusiveLock,
										 NULL, false, false);
	foreach (cell, CopyGetAttnums(RelationGetDescr(rel), rel,
								  worker->statement->attlist))
		COL_INSERTED_COLUMNS(item) = bms_add_member(
			COL_INSERTED_COLUMNS(item),
			lfirst_int(cell) - FirstLowInvalidHeapAttributeNumber);
	worker->estate = CreateExecutorState();
	COL_INIT_RANGE_TABLE(worker->estate, worker->pstate);
	worker->target = makeNode(ResultRelInfo);
	ExecInitResultRelation(worker->estate, worker->target, 1);
	for (int i = 0; i < COL_COLUMN_RUN_ROWS; i++)
		worker->run[i] =
			MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsVirtual);
	if (worker->shared->has_indexes)
		worker->lines = palloc(COL_STRIPE_ROWS_MAX * sizeof(uint64));
}

static void
attach(LoadWorker *worker, dsm_segment *segment, shm_toc *contents)
{
	shm_mq *pieces = shm_toc_lookup(
		contents, COL_LOAD_KEY_PIECES + ParallelWorkerNumber, false);
	shm_mq *results = shm_toc_lookup(
		contents, COL_LOAD_KEY_RESULTS + ParallelWorkerNumber, false);

	worker->shared = shm_toc_lookup(contents, COL_LOAD_KEY_SHARED, false);
	shm_mq_set_receiver(pieces, MyProc);
	shm_mq_set_sender(results, MyProc);
	worker->pieces = shm_mq_attach(pieces, segment, NULL);
	worker->results = shm_mq_attach(results, segment, NULL);
}

void
colstore_load_worker(dsm_segment *segment, shm_toc *contents)
{
	LoadWorker worker = {0};
	RawStmt *parsed;

	attach(&worker, segment, contents);
	parsed = linitial_node(
		RawStmt, raw_parser(worker.shared->statement, RAW_PARSE_DEFAULT));
	worker.statement = castNode(CopyStmt, parsed->stmt);
	while (next_piece(&worker))
	{
		PG_TRY();
		{
			if (worker.rel == NULL)
			{
				open_file(&worker);
				open_target(&worker);
			}
			load_piece(&worker);
		}
		PG_CATCH();
		{
			wait_for_turn(&worker);
			PG_RE_THROW();
		}
		PG_END_TRY();
	}
	if (worker.rel == NULL)
		return;
	for (int i = 0; i < COL_COLUMN_RUN_ROWS; i++)
		ExecDropSingleTupleTableSlot(worker.run[i]);
	ExecCloseResultRelations(worker.estate);
	ExecCloseRangeTableRelations(worker.estate);
	FreeExecutorState(worker.estate);
	CloseTransientFile(worker.file);
	table_close(worker.rel, NoLock);
}
