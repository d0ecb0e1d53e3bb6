/*
 * guc.h - the settings columnar.*, documented in docs/configuration.md.
 */
#ifndef COL_GUC_H
#define COL_GUC_H

#include "postgres.h"

/* Memory that rows on their way into stripes may take in a backend, kB. */
extern int col_write_memory_kb;

/* Rows of a stripe, at most. */
extern int col_stripe_rows;

/* Rows of a command that go to the row store before stripes begin. */
extern int col_bulk_rows;

/* Processes that parse the file of columnar.load. */
extern int col_load_workers;

/* Codec for what light encodings leave large (ColBlockCodec). */
extern int col_codec;

/* Level of zstd. */
extern int col_zstd_level;

/* Testing: every insert goes straight to a stripe. */
extern bool col_stripe_all;
extern bool col_auto_compact;

/* Tables whose changes are made so that logical decoding sees them. */
typedef enum ColLogicalTables
{
	COL_LOGICAL_NONE,
	COL_LOGICAL_PUBLISHED,
	COL_LOGICAL_ALL /* when wal_level is logical */
} ColLogicalTables;

extern int col_logical_tables; /* ColLogicalTables */
extern int col_compact_min_rows;
extern bool col_enable_scan;
extern bool col_enable_zone_maps;
extern bool col_enable_vectors;
extern bool col_enable_aggregate;
extern bool col_enable_topn;
extern bool col_require_vector;

extern void col_guc_init(void);

#endif /* COL_GUC_H */
