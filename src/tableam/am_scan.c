/*
 * am_scan.c - sequential scans, alone and in parallel.
 */
#include "postgres.h"

#include "access/skey.h"
#include "pgstat.h"
#include "storage/predicate.h"
#include "utils/snapmgr.h"

#include "src/pg/compat.h"
#include "src/storage/store/moved_rows.h"
#include "src/tableam/scan.h"
#include "src/tableam/slot.h"

TableScanDesc
col_scan_begin(Relation rel, Snapshot snapshot, int nkeys,
			   struct ScanKeyData *key, ParallelTableScanDesc parallel,
			   uint32 flags)
{
	ColScanDesc *desc;

	RelationIncrementReferenceCount(rel);
	desc = palloc0(sizeof(*desc));
	desc->base.rs_rd = rel;
	desc->base.rs_snapshot = snapshot;
	desc->base.rs_nkeys = nkeys;
	desc->base.rs_flags = flags;
	desc->base.rs_parallel = parallel;
	if (nkeys > 0)
	{
		desc->base.rs_key = palloc(nkeys * sizeof(ScanKeyData));
		if (key != NULL)
			memcpy(desc->base.rs_key, key, nkeys * sizeof(ScanKeyData));
	}
	desc->sample.block = InvalidBlockNumber;
	desc->sample.fates.context = CurrentMemoryContext;

	if (flags & (SO_TYPE_SEQSCAN | SO_TYPE_SAMPLESCAN | SO_TYPE_TIDRANGESCAN))
	{
		PredicateLockRelation(rel, snapshot);
		if (snapshot)
			col_moved_rows_conflict(rel, snapshot);
	}
	col_table_scan_begin(&desc->scan, rel, snapshot ? snapshot : SnapshotAny,
						 (ColParallelScan *) parallel);
	if (flags & SO_TYPE_SEQSCAN)
		pgstat_count_heap_scan(rel);
	return (TableScanDesc) desc;
}

void
col_scan_end(TableScanDesc base)
{
	ColScanDesc *desc = (ColScanDesc *) base;

	col_table_scan_end(&desc->scan);
	RelationDecrementReferenceCount(base->rs_rd);
	if (base->rs_key)
		pfree(base->rs_key);
	if (base->rs_flags & SO_TEMP_SNAPSHOT)
		UnregisterSnapshot(base->rs_snapshot);
	pfree(desc);
}

void
col_scan_rescan(TableScanDesc base, struct ScanKeyData *key,
				bool set_params pg_attribute_unused(),
				bool allow_strat pg_attribute_unused(),
				bool allow_sync pg_attribute_unused(),
				bool allow_pagemode pg_attribute_unused())
{
	ColScanDesc *desc = (ColScanDesc *) base;

	if (key != NULL && base->rs_nkeys > 0)
		memcpy(base->rs_key, key, base->rs_nkeys * sizeof(ScanKeyData));
	col_table_scan_rewind(&desc->scan);
	desc->sample.block = InvalidBlockNumber;
	desc->bitmap.next = desc->bitmap.n_offsets = 0;
	if (base->rs_flags & SO_TYPE_SEQSCAN)
		pgstat_count_heap_scan(base->rs_rd);
}

void
col_scan_store(ColTableScan *scan, TupleTableSlot *slot)
{
	if (scan->phase == COL_SCAN_STRIPES)
		col_slot_store_stripe(slot, scan->reader, scan->row);
	else
		col_slot_store_heap(slot, scan->rel, &scan->rows.tuple,
							scan->rows.buffer);
}

/* Does the row in slot pass the scan keys?  Seldom are there any. */
static bool
scan_keys_match(TableScanDesc base, TupleTableSlot *slot)
{
	for (int i = 0; i < base->rs_nkeys; i++)
	{
		ScanKey key = &base->rs_key[i];
		bool isnull;
		Datum value;

		if (key->sk_flags & SK_ISNULL)
			return false;
		value = slot_getattr(slot, key->sk_attno, &isnull);
		if (isnull ||
			!DatumGetBool(FunctionCall2Coll(&key->sk_func, key->sk_collation,
											value, key->sk_argument)))
			return false;
	}
	return true;
}

bool
col_scan_getnextslot(TableScanDesc base, ScanDirection direction,
					 TupleTableSlot *slot)
{
	ColScanDesc *desc = (ColScanDesc *) base;

	if (unlikely(desc->scan.desc != slot->tts_tupleDescriptor))
		col_table_scan_set_desc(&desc->scan, slot->tts_tupleDescriptor);
	while (
		col_table_scan_next(&desc->scan, !ScanDirectionIsBackward(direction)))
	{
		col_scan_store(&desc->scan, slot);
		if (base->rs_nkeys > 0 && !scan_keys_match(base, slot))
			continue;
		pgstat_count_heap_getnext(base->rs_rd);
		return true;
	}
	ExecClearTuple(slot);
	return false;
}

Size
col_parallelscan_estimate(Relation rel pg_attribute_unused())
{
	return sizeof(ColParallelScan);
}

Size
col_parallelscan_initialize(Relation rel, ParallelTableScanDesc parallel)
{
	COL_PARALLEL_SCAN_NAME(parallel, rel);
	parallel->phs_syncscan = false;
	col_parallel_scan_init((ColParallelScan *) parallel, rel);
	return sizeof(ColParallelScan);
}

void
col_parallelscan_reinitialize(Relation rel pg_attribute_unused(),
							  ParallelTableScanDesc parallel)
{
	col_parallel_scan_reset((ColParallelScan *) parallel);
}
