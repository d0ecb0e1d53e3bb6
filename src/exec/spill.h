/*
 * spill.h - rows of batches on disk, in partitions, for groups that memory has no
 * room for.
 *
 * WRITE  rows and hashes of their keys -> one of several partitions
 * READ   a partition -> batches; its rows may be written again, to partitions by other
 *        bits of the same hashes
 */
#ifndef COL_EXEC_SPILL_H
#define COL_EXEC_SPILL_H

#include "postgres.h"

#include "nodes/execnodes.h"

#include "src/storage/store/batch.h"

typedef struct ColSpill ColSpill;

/*
 * Rows of batch, of which columns (0-based) are kept; the others are NULL when rows are
 * read back.  memory_bytes is about what buffers may take.
 */
extern ColSpill *col_spill_create(EState *estate, ColBatch *batch,
								  Bitmapset *columns, Size memory_bytes);

/* Writes rows of the batch, for set: what is read together was written for the same. */
extern void col_spill_write(ColSpill *spill, int set, const uint16 *rows,
							uint32 n_rows, const uint64 *hashes);

/* What was written is a partition to read now; returns its set, -1: there is none. */
extern int col_spill_next(ColSpill *spill);

/* Sets the batch to the next rows of the partition; false: there are no more. */
extern bool col_spill_read(ColSpill *spill);

/* Partitions that have been read, and bytes on disk at most. */
extern int64 col_spill_partitions(const ColSpill *spill);
extern uint64 col_spill_disk_bytes(const ColSpill *spill);

/* Gives up what is not read yet. */
extern void col_spill_reset(ColSpill *spill);

#endif /* COL_EXEC_SPILL_H */
