/*
 * column_writer.h - the values of one column gathered for a stripe, readable
 * row by row until they are encoded.
 */
#ifndef COL_COLUMN_WRITER_H
#define COL_COLUMN_WRITER_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "executor/tuptable.h"

#include "src/encoding/encoding.h"

/* Rows that are added at once share a word of validity. */
#define COL_COLUMN_RUN_ROWS 64

typedef struct ColColumnWriter
{
	ColPhys phys;
	ColOrder order;
	uint16 value_bytes;	  /* LANE, FIXED */
	bool is_stored;		  /* false: nothing is kept */
	bool may_be_short;	  /* images may get 1-byte headers */
	uint32 capacity_rows; /* of values or offsets, and of validity */
	uint8 *values;		  /* LANE, FIXED */
	uint32 *offsets;	  /* IMAGE: where the image starts in heap */
	uint8 *heap;		  /* IMAGE */
	uint32 heap_used_bytes;
	uint32 heap_capacity_bytes;
	uint32 vector_start_bytes; /* heap_used_bytes when the vector began */
	uint64 *validity;		   /* bit set: not null */
} ColColumnWriter;

/* Prepares an empty writer; it allocates in context. */
extern void col_column_writer_init(ColColumnWriter *writer,
								   Form_pg_attribute attribute);

/*
 * Adds the values of one column (counted from 0) of n_rows slots, whose values are all
 * deformed, as rows from number row on: each row once, in order, and no run
 * crosses a multiple of COL_COLUMN_RUN_ROWS.  Toasted, compressed and expanded
 * values are stored plain.  Returns by how many bytes the writer's memory
 * grew.  On an error the same row is the next one.
 */
extern Size col_column_writer_append(ColColumnWriter *writer,
									 MemoryContext context, uint32 row,
									 TupleTableSlot **slots, int column,
									 uint32 n_rows);

/*
 * The value of a row added before, pointing into the writer for types by
 * reference: good until the next append.
 */
extern Datum col_column_writer_get(const ColColumnWriter *writer, uint32 row,
								   bool *isnull);

/* Bytes of the gathered values, for the encoder's output buffer. */
extern Size col_column_writer_bytes(const ColColumnWriter *writer,
									uint32 n_rows);

/* Hands the first n_rows to the encoder; points into the writer. */
extern void col_column_writer_column(const ColColumnWriter *writer,
									 uint32 n_rows, ColColumn *column);

#endif /* COL_COLUMN_WRITER_H */
