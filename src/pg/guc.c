/*
 * guc.c - defines the settings columnar.*.
 */
#include "postgres.h"

#include <limits.h>

#include "postmaster/bgworker_internals.h"
#include "utils/guc.h"

#include "simd/simd.h"
#include "src/base/limits.h"
#include "src/encoding/encoding.h"
#include "src/pg/guc.h"

int col_write_memory_kb = 256 * 1024;
int col_stripe_rows = COL_STRIPE_ROWS_MAX;
int col_bulk_rows = 16384;
int col_load_workers = 2;
int col_codec = COL_CODEC_ZSTD;
int col_zstd_level = 3;
bool col_stripe_all = false;
bool col_auto_compact = true;
int col_logical_tables = COL_LOGICAL_PUBLISHED;
int col_compact_min_rows = 16384;
bool col_enable_scan = true;
bool col_enable_zone_maps = true;
bool col_enable_vectors = true;
bool col_enable_aggregate = true;
bool col_enable_topn = true;
bool col_require_vector = false;
static int simd_level = 0;

static const struct config_enum_entry codec_options[] = {
	{"none", COL_CODEC_NONE, false},
	{"lz4", COL_CODEC_LZ4, false},
	{"zstd", COL_CODEC_ZSTD, false},
	{NULL, 0, false}};

static const struct config_enum_entry logical_options[] = {
	{"none", COL_LOGICAL_NONE, false},
	{"published", COL_LOGICAL_PUBLISHED, false},
	{"all", COL_LOGICAL_ALL, false},
	{NULL, 0, false}};

static const struct config_enum_entry simd_options[] = {
	{"auto", 0, false}, {"scalar", 1, false}, {"sse2", 2, false},
	{"avx2", 3, false}, {"avx512", 4, false}, {"avx512vbmi2", 5, false},
	{"neon", 6, false}, {NULL, 0, false}};

static void
assign_simd_level(int value, void *extra)
{
	simd_set_level(simd_options[value].name);
}

void
col_guc_init(void)
{
	DefineCustomIntVariable(
		"columnar.write_memory",
		"Memory that rows on their way into stripes may take in a session.",
		"When it is full, the largest stripe being gathered is written.",
		&col_write_memory_kb, 256 * 1024, 8 * 1024, MAX_KILOBYTES, PGC_USERSET,
		GUC_UNIT_KB, NULL, NULL, NULL);

	DefineCustomIntVariable(
		"columnar.stripe_rows", "Rows of a stripe, at most.", NULL,
		&col_stripe_rows, COL_STRIPE_ROWS_MAX, COL_VECTOR_ROWS,
		COL_STRIPE_ROWS_MAX, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable(
		"columnar.bulk_rows",
		"Rows of a command that go to the row store before stripes begin.",
		"Loads of no more rows, and tables that are rewritten with no more, "
		"have "
		"no stripe before compaction.",
		&col_bulk_rows, 16384, 0, INT_MAX, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable(
		"columnar.load_workers",
		"Processes beside the session that columnar.load starts.",
		"As many as max_parallel_workers and max_worker_processes leave.",
		&col_load_workers, 2, 0, MAX_PARALLEL_WORKER_LIMIT, PGC_USERSET, 0,
		NULL, NULL, NULL);

	DefineCustomEnumVariable(
		"columnar.codec",
		"Codec for what light encodings leave large in new stripes.", NULL,
		&col_codec, COL_CODEC_ZSTD, codec_options, PGC_USERSET, 0, NULL, NULL,
		NULL);

	DefineCustomIntVariable("columnar.zstd_level",
							"Level of the codec zstd in new stripes.", NULL,
							&col_zstd_level, 3, 1, COL_ZSTD_LEVEL_MAX,
							PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomBoolVariable(
		"columnar.stripe_all",
		"Sends every insert straight to a stripe, for tests.", NULL,
		&col_stripe_all, false, PGC_USERSET, GUC_NOT_IN_SAMPLE, NULL, NULL,
		NULL);

	DefineCustomBoolVariable(
		"columnar.auto_compact",
		"Lets VACUUM start the compaction of a table in a background worker.",
		NULL, &col_auto_compact, true, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomIntVariable(
		"columnar.compact_min_rows",
		"Rows in the row store that automatic compaction moves to stripes; "
		"fewer stay there.",
		NULL, &col_compact_min_rows, 16384, 1, INT_MAX, PGC_USERSET, 0, NULL,
		NULL, NULL);

	DefineCustomEnumVariable(
		"columnar.logical_tables",
		"Tables whose changes are made so that logical decoding sees them.",
		"Plugins other than pgoutput, which do not go by publications, may "
		"need all.",
		&col_logical_tables, COL_LOGICAL_PUBLISHED, logical_options, PGC_SUSET,
		0, NULL, NULL, NULL);

	DefineCustomBoolVariable(
		"columnar.enable_scan",
		"Reads tables by scans that decode only the needed columns.",
		"When off, PostgreSQL's sequential scans are used.", &col_enable_scan,
		true, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomBoolVariable(
		"columnar.enable_zone_maps",
		"Leaves out stripes and vectors by the minimum and maximum of their "
		"columns.",
		NULL, &col_enable_zone_maps, true, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomBoolVariable(
		"columnar.enable_vectors",
		"Lets scans compute conditions a vector at a time.", NULL,
		&col_enable_vectors, true, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomBoolVariable(
		"columnar.enable_aggregate",
		"Lets aggregates of columnar tables be computed from vectors.", NULL,
		&col_enable_aggregate, true, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomBoolVariable(
		"columnar.enable_topn",
		"Lets the first rows of columnar tables in an order be found from "
		"vectors.",
		NULL, &col_enable_topn, true, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomBoolVariable(
		"columnar.debug_require_vector",
		"Refuses to plan aggregates of columnar tables that are not computed "
		"from vectors.",
		NULL, &col_require_vector, false, PGC_USERSET, 0, NULL, NULL, NULL);

	DefineCustomEnumVariable(
		"columnar.simd_level",
		"Instruction sets that kernels use, if the CPU has them.",
		"The best that it has are used if it is auto.", &simd_level, 0,
		simd_options, PGC_SUSET, 0, NULL, assign_simd_level, NULL);

	MarkGUCPrefixReserved("columnar");
}
