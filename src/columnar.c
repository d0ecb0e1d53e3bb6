/*
 * columnar.c - the module: calls each layer's init.
 */
#include "postgres.h"

#include "fmgr.h"

#include "src/compaction/compaction.h"
#include "src/exec/aggregate.h"
#include "src/exec/bitmap_scan.h"
#include "src/exec/read_ahead.h"
#include "src/exec/scan.h"
#include "src/exec/topn.h"
#include "src/pg/guc.h"
#include "src/planner/hooks.h"
#include "src/sqlfunc/options_follow.h"
#include "src/tableam/xact.h"
#include "src/transfer/copy_to.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	col_guc_init();
	col_xact_init();
	col_compaction_init();
	col_copy_to_init();
	col_bitmap_scan_init();
	col_read_ahead_init();
	col_exec_scan_init();
	col_exec_aggregate_init();
	col_exec_topn_init();
	col_planner_init();
	col_options_init();
}
