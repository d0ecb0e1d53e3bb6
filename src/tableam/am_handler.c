/*
 * am_handler.c - the table access method's routine table, nothing else.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/heaptoast.h"
#include "access/tableam.h"
#include "fmgr.h"

#include "src/pg/compat.h"
#include "src/tableam/columnar_am.h"
#include "src/tableam/ddl.h"
#include "src/tableam/index.h"
#include "src/tableam/modify.h"
#include "src/tableam/scan.h"
#include "src/tableam/slot.h"
#include "src/tableam/vacuum.h"

PG_FUNCTION_INFO_V1(colstore_handler);

static const TupleTableSlotOps *
slot_callbacks(Relation rel pg_attribute_unused())
{
	return &col_slot_ops;
}

COL_ANALYZE_CALLBACK(col_scan_analyze_turn)
COL_BITMAP_CALLBACKS(col_scan_bitmap_turn, col_scan_bitmap_next)

static const TableAmRoutine columnar_routine = {
	.type = T_TableAmRoutine,
	.slot_callbacks = slot_callbacks,

	.scan_begin = col_scan_begin,
	.scan_end = col_scan_end,
	.scan_rescan = col_scan_rescan,
	.scan_getnextslot = col_scan_getnextslot,
	.scan_set_tidrange = col_scan_set_tidrange,
	.scan_getnextslot_tidrange = col_scan_getnextslot_tidrange,

	.parallelscan_estimate = col_parallelscan_estimate,
	.parallelscan_initialize = col_parallelscan_initialize,
	.parallelscan_reinitialize = col_parallelscan_reinitialize,

	.index_fetch_begin = col_index_fetch_begin,
	.index_fetch_reset = col_index_fetch_reset,
	.index_fetch_end = col_index_fetch_end,
	.index_fetch_tuple = col_index_fetch_tuple,

	.tuple_insert = col_tuple_insert,
	.tuple_insert_speculative = col_tuple_insert_speculative,
	.tuple_complete_speculative = col_tuple_complete_speculative,
	.multi_insert = col_multi_insert,
	.tuple_delete = col_tuple_delete,
	.tuple_update = col_tuple_update,
	.tuple_lock = col_tuple_lock,
	.finish_bulk_insert = col_finish_bulk_insert,

	.tuple_fetch_row_version = col_tuple_fetch_row_version,
	.tuple_get_latest_tid = col_tuple_get_latest_tid,
	.tuple_tid_valid = col_tuple_tid_valid,
	.tuple_satisfies_snapshot = col_tuple_satisfies_snapshot,
	.index_delete_tuples = col_index_delete_tuples,

	.relation_set_new_filelocator = col_relation_set_new_filelocator,
	.relation_nontransactional_truncate =
		col_relation_nontransactional_truncate,
	.relation_copy_data = col_relation_copy_data,
	.relation_copy_for_cluster = col_relation_copy_for_cluster,
	.relation_vacuum = col_relation_vacuum,
	COL_ANALYZE_ROUTINE,
	.scan_analyze_next_tuple = col_scan_analyze_next_tuple,
	.index_build_range_scan = col_index_build_range_scan,
	.index_validate_scan = col_index_validate_scan,

	.relation_size = col_relation_size,
	.relation_needs_toast_table = col_relation_needs_toast_table,
	.relation_toast_am = col_relation_toast_am,
	.relation_fetch_toast_slice = heap_fetch_toast_slice,
	.relation_estimate_size = col_relation_estimate_size,

	COL_BITMAP_ROUTINES,
	.scan_sample_next_block = col_scan_sample_next_block,
	.scan_sample_next_tuple = col_scan_sample_next_tuple,
};

bool
col_relation_is_columnar(Relation rel)
{
	return rel->rd_tableam == &columnar_routine;
}

/* colstore_handler(internal) returns table_am_handler */
Datum
colstore_handler(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(&columnar_routine);
}
