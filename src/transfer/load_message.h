/*
 * load_message.h - what leader and workers of a load tell each other.
 *
 * The leader sends pieces of the file, round robin, in their order; a worker answers
 * each with messages, the last of them LOAD_DONE or LOAD_FAILED.  Who hangs up
 * the queue of pieces has no more.
 */
#ifndef COL_LOAD_MESSAGE_H
#define COL_LOAD_MESSAGE_H

#include "postgres.h"

#include "access/parallel.h"

/* Keys of the table of contents; those of queues plus the worker's number. */
#define COL_LOAD_KEY_SHARED UINT64CONST(1)
#define COL_LOAD_KEY_PIECES UINT64CONST(0x100000)
#define COL_LOAD_KEY_RESULTS UINT64CONST(0x200000)

/* Bytes of the queues of a worker; stripes pass through that of results. */
#define COL_LOAD_PIECES_BYTES (16 * 1024)
#define COL_LOAD_RESULTS_BYTES (4 * 1024 * 1024)

/* What all workers are to know; the file is the one that the leader has open. */
typedef struct ColLoadShared
{
	Oid relid;
	int encoding;		 /* of the file */
	bool encoding_given; /* by the statement */
	bool has_indexes;	 /* the leader wants to know the lines of rows */
	uint64 device;
	uint64 inode;
	char statement[FLEXIBLE_ARRAY_MEMBER];
} ColLoadShared;

/* Records of the file. */
typedef struct ColLoadPiece
{
	uint64 offset_bytes;
	uint64 n_bytes;
	uint64
		n_lines_before; /* 0: the piece begins with the header, if there is one */
	bool has_cr;	 /* lines end in CR LF; means nothing in the first piece */
	bool is_refused; /* no piece: throw the error of the one that failed */
} ColLoadPiece;

typedef enum ColLoadKind
{
	COL_LOAD_STRIPE, /* refs, lines if wanted, zones, chunks follow */
	COL_LOAD_ROW, /* too large for a stripe; the data of its heap tuple follows */
	COL_LOAD_DONE,
	COL_LOAD_FAILED /* the worker waits to be told to throw its error */
} ColLoadKind;

typedef struct ColLoadResult
{
	ColLoadKind kind;
	bool is_last;	  /* DONE: the file says that it ends here */
	uint32 n_rows;	  /* STRIPE */
	uint32 n_columns; /* STRIPE */
	uint64 raw_bytes; /* STRIPE */
	uint64 line;	  /* STRIPE, ROW: of the first row */
} ColLoadResult;

/* The worker's entry point. */
extern PGDLLEXPORT void colstore_load_worker(dsm_segment *segment,
											 shm_toc *contents);

#endif /* COL_LOAD_MESSAGE_H */
