/*
 * load.c - a file that COPY reads, loaded by several processes at once: the leader.
 *
 * It cuts the file into pieces of as many records as a stripe has, sends them to the
 * workers in turn, and writes what these make of them in the order of the file.
 * Transaction id, row numbers, pages and index entries are its business alone.
 *
 * Invariants:
 * L1 The transaction has its id before there are workers.
 * L2 What is written is all that comes before an error in the file, as with COPY:
 *    the error that is thrown is the first one.
 * L3 A worker has PIECES_AHEAD pieces at most that are not written.
 */
#include "postgres.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/heapam.h"
#include "access/parallel.h"
#include "access/xact.h"
#include "commands/progress.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker_internals.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "storage/predicate.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"

#include "src/pg/compat.h"
#include "src/pg/table_options.h"
#include "src/storage/store/write_buffer.h"
#include "src/storage/stripe/stripe_writer.h"
#include "src/tableam/slot.h"
#include "src/transfer/load.h"
#include "src/transfer/load_message.h"
#include "src/transfer/load_plan.h"

/* Pieces that a worker has at once: one to work at, and the next. */
#define PIECES_AHEAD 2

/* A piece ends with the record that makes it larger than this. */
#define PIECE_BYTES_MAX (128 * 1024 * 1024)

#define READ_BYTES (256 * 1024)

typedef struct LoadFile
{
	int descriptor;
	struct stat stat;
	ColLineSplit split;
	uint64 offset_bytes; /* all before it is in pieces */
	char *buffer;
	Size begin; /* of what is in the buffer and in no piece */
	Size end;
	bool at_end; /* nothing is to be read any more */
} LoadFile;

typedef struct Load
{
	Relation rel;
	LoadFile file;
	uint32 piece_rows;
	ParallelContext *parallel;
	shm_mq_handle **pieces;	 /* of each worker */
	shm_mq_handle **results; /* of each worker */
	CommandId cid;
	MemoryContext context; /* of one result */
	EState *estate;
	ResultRelInfo *indexes;
	TupleTableSlot *slot;	   /* for rows of stripes */
	TupleTableSlot *heap_slot; /* for rows of the row store */
	uint64 n_rows;
	uint64 line; /* of the row that gets its index entries; 0: none */
} Load;

/* ---- the file ---- */

/* Makes sure that the buffer has something; false: the file has no more. */
static bool
fill_buffer(LoadFile *file)
{
	ssize_t n;

	if (file->begin < file->end)
		return true;
	if (file->at_end)
		return false;
	pgstat_report_wait_start(WAIT_EVENT_COPY_FILE_READ);
	n = read(file->descriptor, file->buffer, READ_BYTES);
	pgstat_report_wait_end();
	if (n < 0)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not read from COPY file: %m")));
	file->begin = 0;
	file->end = n;
	file->at_end = n == 0;
	return n > 0;
}

/*
 * How many records a piece should have: as many as a stripe, or somewhat fewer, so
 * that each worker gets as many pieces.  Judged by the first bytes of the file.
 */
static uint32
piece_records(LoadFile *file, uint32 stripe_rows, int n_workers)
{
	ColLineSplit sample = file->split;
	double n_records;
	double n_pieces;

	if (!fill_buffer(file))
		return stripe_rows;
	(void) col_line_split(&sample, file->buffer, file->end, PG_UINT64_MAX);
	/* rather too many: it would be a piece more */
	n_records =
		1.02 * sample.n_records / file->end * (double) file->stat.st_size;
	if (n_records <= stripe_rows)
		return stripe_rows;
	n_pieces = n_workers * ceil(n_records / stripe_rows / n_workers);
	return Max(ceil(n_records / n_pieces), stripe_rows / 2);
}

/* Cuts off the next piece; false: there is none. */
static bool
next_piece(LoadFile *file, uint32 n_records, ColLoadPiece *piece)
{
	ColLineSplit *split = &file->split;
	uint64 last = split->n_records + n_records;

	*piece = (ColLoadPiece){.offset_bytes = file->offset_bytes,
							.n_lines_before = split->n_lines,
							.has_cr = split->has_cr};
	while (split->n_records < last && fill_buffer(file))
	{
		Size n = col_line_split(split, file->buffer + file->begin,
								file->end - file->begin, last);

		CHECK_FOR_INTERRUPTS();
		file->begin += n;
		piece->n_bytes += n;
		if (piece->n_bytes > PIECE_BYTES_MAX && split->n_records < last)
			last = split->n_records + 1;
	}
	file->offset_bytes += piece->n_bytes;
	return piece->n_bytes > 0;
}

/* Opens the file if it is one that can be read anywhere. */
static bool
open_file(LoadFile *file, const char *path, const ColLoadFormat *format)
{
	memset(file, 0, sizeof(*file));
	file->descriptor = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	if (file->descriptor < 0)
		return false;
	if (fstat(file->descriptor, &file->stat) < 0 ||
		!S_ISREG(file->stat.st_mode))
	{
		CloseTransientFile(file->descriptor);
		return false;
	}
	file->split = format->split;
	file->buffer = palloc(READ_BYTES);
	return true;
}

/* ---- writing ---- */

static void
row_context(void *argument)
{
	Load *load = argument;

	if (load->line > 0)
		errcontext("COPY %s, line " UINT64_FORMAT,
				   RelationGetRelationName(load->rel), load->line);
}

static void
insert_index_entries(Load *load, TupleTableSlot *slot, uint64 line)
{
	load->line = line;
	ResetPerTupleExprContext(load->estate);
	list_free(COL_INSERT_INDEX_TUPLES(load->indexes, slot, load->estate));
	load->line = 0;
}

static void
index_stripe(Load *load, ColStripe *stripe, const uint64 *lines)
{
	ColStripeReader *reader = col_stripe_reader_create(
		load->rel, RelationGetDescr(load->rel), NULL, load->context);

	col_stripe_reader_open(reader, stripe);
	for (uint32 row = 0; row < stripe->entry.n_rows; row++)
	{
		CHECK_FOR_INTERRUPTS();
		col_slot_store_stripe(load->slot, reader, row);
		insert_index_entries(load, load->slot, lines[row]);
	}
	ExecClearTuple(load->slot);
	col_stripe_reader_free(reader);
}

static bool
has_indexes(const Load *load)
{
	return load->indexes->ri_NumIndices > 0;
}

/* Writes an encoded stripe, which lies behind the head of its message. */
static void
write_stripe(Load *load, const ColLoadResult *result, Size n_bytes)
{
	const uint8 *p = (const uint8 *) (result + 1);
	const uint8 *end = (const uint8 *) result + n_bytes;
	ColEncodedStripe encoded = {.n_rows = result->n_rows,
								.n_columns = result->n_columns,
								.raw_bytes = result->raw_bytes,
								.n_pieces = 1};
	const uint64 *lines = NULL;
	ColStreamPiece chunks;
	ColStripe stripe;

	encoded.refs = (const ColChunkRef *) p;
	p += result->n_columns * sizeof(ColChunkRef);
	if (has_indexes(load))
	{
		lines = (const uint64 *) p;
		p += result->n_rows * sizeof(uint64);
	}
	encoded.zones = (const ColZone *) p;
	p += result->n_columns * sizeof(ColZone);
	chunks = (ColStreamPiece){p, end - p};
	encoded.pieces = &chunks;
	CheckForSerializableConflictIn(load->rel, NULL, InvalidBlockNumber);
	col_directory_reserve(load->rel, GetCurrentFullTransactionId(), load->cid,
						  result->n_rows, &stripe);
	col_stripe_write(&encoded, load->rel, &stripe);
	pgstat_count_heap_insert(load->rel, result->n_rows);
	load->n_rows += result->n_rows;
	if (has_indexes(load))
		index_stripe(load, &stripe, lines);
}

/* Writes a row that is too large for a stripe. */
static void
write_row(Load *load, const ColLoadResult *result, Size n_bytes)
{
	HeapTupleData tuple = {.t_len = n_bytes - sizeof(*result),
						   .t_tableOid = RelationGetRelid(load->rel),
						   .t_data = (HeapTupleHeader) (result + 1)};

	heap_insert(load->rel, &tuple, load->cid, 0, NULL);
	load->n_rows++;
	if (has_indexes(load))
	{
		ExecStoreHeapTuple(&tuple, load->heap_slot, false);
		load->heap_slot->tts_tid = tuple.t_self;
		insert_index_entries(load, load->heap_slot, result->line);
		ExecClearTuple(load->heap_slot);
	}
}

/* ---- workers ---- */

/* Why it has hung up may be on its way to us, as an interrupt. */
pg_noreturn static void
report_lost_worker(void)
{
	for (int i = 0; i < 10; i++)
	{
		CHECK_FOR_INTERRUPTS();
		(void) WaitLatch(MyLatch,
						 WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 100,
						 PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
	CHECK_FOR_INTERRUPTS();
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("lost connection to parallel worker")));
}

static void
send_piece(Load *load, int worker, ColLoadPiece *piece)
{
	if (shm_mq_send(load->pieces[worker], sizeof(*piece), piece, false, true) !=
		SHM_MQ_SUCCESS)
		report_lost_worker();
}

static const ColLoadResult *
receive_result(Load *load, int worker, Size *n_bytes)
{
	void *data;

	if (shm_mq_receive(load->results[worker], n_bytes, &data, false) !=
		SHM_MQ_SUCCESS)
		report_lost_worker();
	return data;
}

/* Lets a worker throw its error, which comes to us as an interrupt. */
pg_noreturn static void
throw_error_of(Load *load, int worker)
{
	ColLoadPiece refusal = {.is_refused = true};
	Size n_bytes;

	send_piece(load, worker, &refusal);
	for (;;)
		(void) receive_result(load, worker, &n_bytes);
}

/* Writes what a worker makes of its next piece; false: the file ends with it. */
static bool
write_piece(Load *load, int worker)
{
	for (;;)
	{
		Size n_bytes;
		const ColLoadResult *result = receive_result(load, worker, &n_bytes);
		MemoryContext old = MemoryContextSwitchTo(load->context);

		switch (result->kind)
		{
			case COL_LOAD_STRIPE:
				write_stripe(load, result, n_bytes);
				break;
			case COL_LOAD_ROW:
				write_row(load, result, n_bytes);
				break;
			case COL_LOAD_DONE:
				MemoryContextSwitchTo(old);
				return !result->is_last;
			case COL_LOAD_FAILED:
				throw_error_of(load, worker);
		}
		MemoryContextSwitchTo(old);
		MemoryContextReset(load->context);
		pgstat_progress_update_param(PROGRESS_COPY_TUPLES_PROCESSED,
									 load->n_rows);
	}
}

/*
 * Sends pieces and writes what comes back, from the first piece on.  False: the file
 * has said that it ends before its last piece.
 */
static bool
run(Load *load, ColLoadPiece *piece)
{
	int n_workers = load->parallel->nworkers_launched;
	uint64 ends[MAX_PARALLEL_WORKER_LIMIT * PIECES_AHEAD];
	int window = n_workers * PIECES_AHEAD;
	bool has_piece = true;
	uint64 n_sent = 0;

	for (uint64 n_written = 0;; n_written++)
	{
		while (has_piece && n_sent < n_written + window)
		{
			send_piece(load, n_sent % n_workers, piece);
			ends[n_sent % window] = piece->offset_bytes + piece->n_bytes;
			n_sent++;
			has_piece = next_piece(&load->file, load->piece_rows, piece);
		}
		if (n_written == n_sent)
			return true;
		if (!write_piece(load, n_written % n_workers))
			return false;
		pgstat_progress_update_param(PROGRESS_COPY_BYTES_PROCESSED,
									 ends[n_written % window]);
	}
}

static void
create_queues(Load *load, int n_workers, const ColLoadShared *shared,
			  Size shared_bytes)
{
	ParallelContext *parallel = load->parallel;
	shm_toc_estimator *estimator = &parallel->estimator;
	void *space;

	shm_toc_estimate_chunk(estimator, shared_bytes);
	shm_toc_estimate_keys(estimator, 1 + 2 * n_workers);
	for (int i = 0; i < n_workers; i++)
	{
		shm_toc_estimate_chunk(estimator, COL_LOAD_PIECES_BYTES);
		shm_toc_estimate_chunk(estimator, COL_LOAD_RESULTS_BYTES);
	}
	InitializeParallelDSM(parallel);
	space = shm_toc_allocate(parallel->toc, shared_bytes);
	memcpy(space, shared, shared_bytes);
	shm_toc_insert(parallel->toc, COL_LOAD_KEY_SHARED, space);
	for (int i = 0; i < parallel->nworkers; i++)
	{
		shm_mq *queue = shm_mq_create(
			shm_toc_allocate(parallel->toc, COL_LOAD_PIECES_BYTES),
			COL_LOAD_PIECES_BYTES);

		shm_mq_set_sender(queue, MyProc);
		shm_toc_insert(parallel->toc, COL_LOAD_KEY_PIECES + i, queue);
		load->pieces[i] = shm_mq_attach(queue, parallel->seg, NULL);
		queue = shm_mq_create(
			shm_toc_allocate(parallel->toc, COL_LOAD_RESULTS_BYTES),
			COL_LOAD_RESULTS_BYTES);
		shm_mq_set_receiver(queue, MyProc);
		shm_toc_insert(parallel->toc, COL_LOAD_KEY_RESULTS + i, queue);
		load->results[i] = shm_mq_attach(queue, parallel->seg, NULL);
	}
}

/* Starts workers, as many as can be had; false: none. */
static bool
start_workers(Load *load, int n_workers, const ColLoadFormat *format,
			  const char *source)
{
	Size shared_bytes = offsetof(ColLoadShared, statement) + strlen(source) + 1;
	ColLoadShared *shared = palloc0(shared_bytes);

	shared->relid = RelationGetRelid(load->rel);
	shared->encoding = format->encoding;
	shared->encoding_given = format->encoding_given;
	shared->has_indexes = has_indexes(load);
	shared->device = load->file.stat.st_dev;
	shared->inode = load->file.stat.st_ino;
	strcpy(shared->statement, source);
	load->pieces = palloc(n_workers * sizeof(shm_mq_handle *));
	load->results = palloc(n_workers * sizeof(shm_mq_handle *));
	load->parallel =
		CreateParallelContext("columnar", "colstore_load_worker", n_workers);
	create_queues(load, n_workers, shared, shared_bytes);
	LaunchParallelWorkers(load->parallel);
	if (load->parallel->nworkers_launched == 0)
		return false;
	WaitForParallelWorkersToAttach(load->parallel);
	for (int i = 0; i < load->parallel->nworkers_launched; i++)
	{
		BackgroundWorkerHandle *handle = load->parallel->worker[i].bgwhandle;

		shm_mq_set_handle(load->pieces[i], handle);
		shm_mq_set_handle(load->results[i], handle);
	}
	return true;
}

/* ---- the load ---- */

static void
start_progress(Load *load)
{
	const int columns[] = {PROGRESS_COPY_COMMAND, PROGRESS_COPY_TYPE,
						   PROGRESS_COPY_BYTES_TOTAL};
	const int64 values[] = {PROGRESS_COPY_COMMAND_FROM, PROGRESS_COPY_TYPE_FILE,
							load->file.stat.st_size};

	pgstat_progress_start_command(PROGRESS_COMMAND_COPY,
								  RelationGetRelid(load->rel));
	pgstat_progress_update_multi_param(3, columns, values);
}

static void
begin_writing(Load *load)
{
	TupleDesc desc = RelationGetDescr(load->rel);

	/* as before a parallel plan; and workers see what was done before */
	col_write_flush_all();
	(void) GetCurrentFullTransactionId(); /* L1 */
	load->cid = GetCurrentCommandId(true);
	load->context = AllocSetContextCreate(CurrentMemoryContext, "columnar load",
										  ALLOCSET_DEFAULT_SIZES);
	load->slot = MakeSingleTupleTableSlot(desc, &col_slot_ops);
	load->heap_slot = MakeSingleTupleTableSlot(desc, &TTSOpsHeapTuple);
	load->estate = CreateExecutorState();
	load->indexes = makeNode(ResultRelInfo);
	InitResultRelInfo(load->indexes, load->rel, 0, NULL, 0);
	ExecOpenIndices(load->indexes, false);
}

static void
end_writing(Load *load)
{
	ExecCloseIndices(load->indexes);
	FreeExecutorState(load->estate);
	ExecDropSingleTupleTableSlot(load->slot);
	ExecDropSingleTupleTableSlot(load->heap_slot);
	MemoryContextDelete(load->context);
}

/* Loads the file, whose first piece is given; false: there are no workers. */
static bool
run_workers(Load *load, int n_workers, const ColLoadFormat *format,
			const char *source, ColLoadPiece *piece)
{
	ErrorContextCallback callback = {
		.previous = error_context_stack, .callback = row_context, .arg = load};
	bool started;

	begin_writing(load);
	EnterParallelMode();
	started = start_workers(load, n_workers, format, source);
	if (started)
	{
		bool complete;

		start_progress(load);
		error_context_stack = &callback;
		complete = run(load, piece);
		error_context_stack = callback.previous;
		for (int i = 0; i < load->parallel->nworkers_launched; i++)
			shm_mq_detach(load->pieces[i]);
		/* workers that read beyond the end of data are not waited for */
		if (complete)
			WaitForParallelWorkersToFinish(load->parallel);
		pgstat_progress_end_command();
	}
	DestroyParallelContext(load->parallel);
	ExitParallelMode();
	end_writing(load);
	return started;
}

bool
col_load(Relation rel, const CopyStmt *statement, const char *source,
		 int n_workers, uint64 *n_rows)
{
	Load load = {.rel = rel};
	ColLoadFormat format;
	ColTableOptions options;
	ColLoadPiece piece;
	bool loaded = false;

	n_workers = Min(n_workers, MAX_PARALLEL_WORKER_LIMIT);
	if (n_workers == 0 || !col_load_plan(rel, statement, &format) ||
		!open_file(&load.file, statement->filename, &format))
		return false;
	col_table_options_get(rel, &options);
	load.piece_rows = piece_records(&load.file, options.stripe_rows, n_workers);
	/* what is one stripe at most is no work for several */
	if (next_piece(&load.file, load.piece_rows + format.has_header, &piece) &&
		piece.n_bytes < load.file.stat.st_size)
		loaded = run_workers(&load, n_workers, &format, source, &piece);
	CloseTransientFile(load.file.descriptor);
	*n_rows = load.n_rows;
	return loaded;
}
