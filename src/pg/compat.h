/*
 * compat.h - with compat.c, all that knows PostgreSQL's versions.
 *
 * The rest of the tree reads the same on every version: names that differ are
 * the newest version's where older ones can have them, else ones made up here.
 */
#ifndef COL_COMPAT_H
#define COL_COMPAT_H

#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "nodes/pathnodes.h"
#include "nodes/tidbitmap.h"
#include "utils/rel.h"

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM / 10000 == 16 || \
	PG_VERSION_NUM >= 190000
#error "columnar is built and tested on PostgreSQL 15, 17 and 18"
#endif

/* ---- names ---- */

#if PG_VERSION_NUM < 160000
#include "storage/relfilenode.h"

typedef RelFileNode ColRelFile; /* the identity of a relation's files */
#define COL_REL_FILE(rel) ((rel)->rd_node)
#define COL_REL_FILE_EQUALS(a, b) RelFileNodeEquals(a, b)
#define relation_set_new_filelocator relation_set_new_filenode
#define RelationSetNewRelfilenumber RelationSetNewRelfilenode

typedef bool TU_UpdateIndexes;
#define TU_None false
#define TU_All true

typedef PGAlignedBlock PGIOAlignedBlock;

/* for relations only */
#define object_ownercheck(classid, objectid, roleid) \
	pg_class_ownercheck(objectid, roleid)

#define COL_PENDING_LIVE_ROWS(rel) \
	((rel)->pgstat_info->t_counts.t_delta_live_tuples)
#define COL_STATS_LIVE_ROWS(stats) ((stats).n_live_tuples)
#define COL_COUNT_ROWS_RETURNED(rel, n)                            \
	do                                                             \
	{                                                              \
		if (pgstat_should_count_relation(rel))                     \
			(rel)->pgstat_info->t_counts.t_tuples_returned += (n); \
	} while (0)
#else
#include "storage/relfilelocator.h"

typedef RelFileLocator ColRelFile;
#define COL_REL_FILE(rel) ((rel)->rd_locator)
#define COL_REL_FILE_EQUALS(a, b) RelFileLocatorEquals(a, b)

#define COL_PENDING_LIVE_ROWS(rel) \
	((rel)->pgstat_info->counts.delta_live_tuples)
#define COL_STATS_LIVE_ROWS(stats) ((stats).live_tuples)
#define COL_COUNT_ROWS_RETURNED(rel, n)                        \
	do                                                         \
	{                                                          \
		if (pgstat_should_count_relation(rel))                 \
			(rel)->pgstat_info->counts.tuples_returned += (n); \
	} while (0)
#endif

#if PG_VERSION_NUM < 170000
#include "storage/backendid.h"

typedef BackendId ProcNumber;
#define INVALID_PROC_NUMBER InvalidBackendId
#define ProcNumberForTempRelations() BackendIdForTempRelations()
#define COL_MY_LXID (MyProc->lxid)

/* As for maintenance since 17: functions of indexes find pg_catalog only. */
#define RestrictSearchPath() ((void) 0)
#define COL_MAY_MAINTAIN(relid, role) \
	object_ownercheck(RelationRelationId, relid, role)
#else
#define TestForOldSnapshot(snapshot, rel, page) ((void) 0)
#define COL_MY_LXID (MyProc->vxid.lxid)
#define COL_MAY_MAINTAIN(relid, role)                      \
	(object_ownercheck(RelationRelationId, relid, role) || \
	 pg_class_aclcheck(relid, role, ACL_MAINTAIN) == ACLCHECK_OK)
#endif

#if PG_VERSION_NUM < 180000
#define COL_FIND_MATCHING_SUBPLANS(pruning) \
	ExecFindMatchingSubPlans(pruning, false)
#else
#define COL_FIND_MATCHING_SUBPLANS(pruning) \
	ExecFindMatchingSubPlans(pruning, false, NULL)
#endif

#if PG_VERSION_NUM < 180000
#include "commands/explain.h"

#define pg_noreturn __attribute__((noreturn))

/* A column that is computed when it is read: none yet. */
#define ATTRIBUTE_GENERATED_VIRTUAL 'v'
#else
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif

/* ---- initializers of PostgreSQL's structs ---- */

#if PG_VERSION_NUM < 160000
#define COL_BTREE_REUSE_PAGE(rel, xid)                           \
	{                                                            \
		.node = COL_REL_FILE(rel), .latestRemovedFullXid = (xid) \
	}
#define COL_INDEX_VACUUM_TABLE(rel)
#else
#define COL_BTREE_REUSE_PAGE(rel, xid)                                 \
	{                                                                  \
		.locator = COL_REL_FILE(rel), .snapshotConflictHorizon = (xid) \
	}
#define COL_INDEX_VACUUM_TABLE(rel) .heaprel = (rel)
#endif

/* How a tuple slot tells whether its row is the current transaction's. */
#if PG_VERSION_NUM < 170000
#define COL_SLOT_IS_CURRENT_XACT(function)
#else
#define COL_SLOT_IS_CURRENT_XACT(function) .is_current_xact_tuple = (function)
#endif

/* ---- signatures ---- */

#if PG_VERSION_NUM < 160000
#define COL_TUPLESORT_GETDATUM(sort, value, isnull) \
	tuplesort_getdatum(sort, true, value, isnull, NULL)

/* An update that is not HOT. */
#define COL_COUNT_UPDATE(rel) pgstat_count_heap_update(rel, false)

/* What says something of a partitioned table as it is said of the partition rel. */
#define COL_ADJUST_TO_CHILD(root, node, rel)                     \
	adjust_appendrel_attrs_multilevel(root, node, (rel)->relids, \
									  (rel)->top_parent_relids)

/* Makes index entries of a new row. */
#define COL_INSERT_INDEX_TUPLES(info, slot, estate) \
	ExecInsertIndexTuples(info, slot, estate, false, false, NULL, NIL)

/* Of a table that rows are inserted into: the columns that are given values. */
#define COL_INSERTED_COLUMNS(item) ((item)->p_rte->insertedCols)

/* Of a table that is read: what the user must be allowed, else an error. */
#define COL_SELECTED_COLUMNS(item) ((item)->p_rte->selectedCols)
#define COL_REQUIRED_PERMISSIONS(item) ((item)->p_rte->requiredPerms)
#define COL_CHECK_PERMISSIONS(pstate, item) \
	((void) (item), ExecCheckRTPerms((pstate)->p_rtable, true))
#define COL_INIT_RANGE_TABLE(estate, pstate) \
	ExecInitRangeTable(estate, (pstate)->p_rtable)
#else
#define COL_TUPLESORT_GETDATUM(sort, value, isnull) \
	tuplesort_getdatum(sort, true, false, value, isnull, NULL)
#define COL_COUNT_UPDATE(rel) pgstat_count_heap_update(rel, false, true)
#define COL_ADJUST_TO_CHILD(root, node, rel) \
	adjust_appendrel_attrs_multilevel(root, node, rel, (rel)->top_parent)
#define COL_INSERT_INDEX_TUPLES(info, slot, estate) \
	ExecInsertIndexTuples(info, slot, estate, false, false, NULL, NIL, false)
#define COL_INSERTED_COLUMNS(item) ((item)->p_perminfo->insertedCols)
#define COL_SELECTED_COLUMNS(item) ((item)->p_perminfo->selectedCols)
#define COL_REQUIRED_PERMISSIONS(item) ((item)->p_perminfo->requiredPerms)
#define COL_CHECK_PERMISSIONS(pstate, item)                                  \
	ExecCheckPermissions((pstate)->p_rtable, list_make1((item)->p_perminfo), \
						 true)
#endif

#if PG_VERSION_NUM >= 160000 && PG_VERSION_NUM < 180000
#define COL_INIT_RANGE_TABLE(estate, pstate) \
	ExecInitRangeTable(estate, (pstate)->p_rtable, (pstate)->p_rteperminfos)
#elif PG_VERSION_NUM >= 180000
#define COL_INIT_RANGE_TABLE(estate, pstate)                                 \
	ExecInitRangeTable(estate, (pstate)->p_rtable, (pstate)->p_rteperminfos, \
					   bms_make_singleton(1))
#endif

#if PG_VERSION_NUM < 180000
#define COL_COST_ESTIMATE(function) ((void (*)())(function))
#define COL_RUN_ONCE_PARAMETER , bool once
#define COL_RUN_ONCE , once

/* Callers of copy_minimal_tuple want that many bytes before the tuple. */
#define COL_EXTRA_PARAMETER
#define COL_EXTRA

/* Workers check whether they scan the same table. */
#define COL_PARALLEL_SCAN_NAME(parallel, rel) \
	((parallel)->phs_relid = RelationGetRelid(rel))

/* A BitmapHeapScanState: the executor reads ahead, from 18 on heapam does. */
#define COL_READ_NOT_AHEAD(state) ((state)->prefetch_maximum = 0)

/* Locks without waiting; log: whether to log what cannot be had, if set so. */
#define COL_TRY_LOCK_TUPLE(rel, tid, mode, log) \
	((void) (log), ConditionalLockTuple(rel, tid, mode))
#define COL_TRY_XACT_WAIT(xid, log) \
	((void) (log), ConditionalXactLockTableWait(xid))
#define COL_VACUUM_DELAY_POINT() vacuum_delay_point()
#else
#define COL_COST_ESTIMATE(function) (function)
#define COL_RUN_ONCE_PARAMETER
#define COL_RUN_ONCE
#define COL_EXTRA_PARAMETER , Size extra
#define COL_EXTRA , extra
#define COL_PARALLEL_SCAN_NAME(parallel, rel) \
	((parallel)->phs_locator = COL_REL_FILE(rel))
#define COL_READ_NOT_AHEAD(state) ((void) (state))
#define COL_TRY_LOCK_TUPLE(rel, tid, mode, log) \
	ConditionalLockTuple(rel, tid, mode, (log) && log_lock_failures)
#define COL_TRY_XACT_WAIT(xid, log) \
	ConditionalXactLockTableWait(xid, (log) && log_lock_failures)
#define COL_VACUUM_DELAY_POINT() vacuum_delay_point(false)
#endif

/* heap_update; *update_indexes says which indexes need entries. */
extern TM_Result col_heap_update(Relation rel, ItemPointer tid, HeapTuple tuple,
								 CommandId cid, Snapshot crosscheck, bool wait,
								 TM_FailureData *tmfd, LockTupleMode *mode,
								 TU_UpdateIndexes *update_indexes);

/* Adds a block to a file that nobody else knows: pinned, locked, zeros. */
extern Buffer col_new_block(const ColRelFile *file, ForkNumber fork,
							bool permanent);

/* vac_update_relstats without transaction ids. */
extern void col_update_relstats(Relation rel, double n_rows,
								BlockNumber all_visible, BlockNumber all_frozen,
								bool has_index);

/* Are ids of the table about to run out? */
extern bool col_vacuum_failsafe(Relation rel);

/*
 * Does the collation order by bytes?  (PostgreSQL's function needs the headers of
 * ICU.)
 */
extern bool col_collation_is_c(Oid collation);

/* Do its letters have cases in ASCII only?  False where that is not known. */
extern bool col_ctype_is_c(Oid collation);

/* A path that a setting forbids is taken only if there is no other. */
extern void col_path_disable(Path *path, Cost *startup_cost);

/* ---- pages of a TID bitmap ---- */

typedef struct ColBitmapBlock
{
	BlockNumber block;
	bool recheck;
	int n_offsets; /* -1: all of the block */
	OffsetNumber offsets[MaxHeapTuplesPerPage];
} ColBitmapBlock;

typedef struct ColBitmapIterator ColBitmapIterator;

extern ColBitmapIterator *col_bitmap_begin(TIDBitmap *bitmap);
extern bool col_bitmap_next(ColBitmapIterator *iterator, ColBitmapBlock *block);
extern void col_bitmap_end(ColBitmapIterator *iterator);

extern TableScanDesc col_beginscan_bitmap(Relation rel, Snapshot snapshot);

/* ---- callbacks of the table access method ---- */

/*
 * Bitmap scans: made of turn, which turns to a block of the bitmap and is false
 * if it has no rows, and next, which is false if it has no more.
 * Up to 17 the executor iterates over the bitmap, from 18 on the access method.
 */
#if PG_VERSION_NUM < 180000
extern void col_bitmap_block(const TBMIterateResult *result,
							 ColBitmapBlock *block);

#define COL_BITMAP_CALLBACKS(turn, next)                           \
	static bool bitmap_next_block(TableScanDesc scan,              \
								  struct TBMIterateResult *result) \
	{                                                              \
		ColBitmapBlock block;                                      \
                                                                   \
		col_bitmap_block(result, &block);                          \
		return turn(scan, &block);                                 \
	}                                                              \
	static bool bitmap_next_tuple(                                 \
		TableScanDesc scan,                                        \
		struct TBMIterateResult *result pg_attribute_unused(),     \
		TupleTableSlot *slot)                                      \
	{                                                              \
		return next(scan, slot);                                   \
	}

#define COL_BITMAP_ROUTINES                      \
	.scan_bitmap_next_block = bitmap_next_block, \
	.scan_bitmap_next_tuple = bitmap_next_tuple
#else
/* The next block of the scan's bitmap; counts it. */
extern bool col_bitmap_next_of_scan(TableScanDesc scan, ColBitmapBlock *block,
									uint64 *lossy_pages, uint64 *exact_pages);

#define COL_BITMAP_CALLBACKS(turn, next)                                    \
	static bool bitmap_next_tuple(TableScanDesc scan, TupleTableSlot *slot, \
								  bool *recheck, uint64 *lossy_pages,       \
								  uint64 *exact_pages)                      \
	{                                                                       \
		while (!next(scan, slot))                                           \
		{                                                                   \
			ColBitmapBlock block;                                           \
                                                                            \
			if (!col_bitmap_next_of_scan(scan, &block, lossy_pages,         \
										 exact_pages))                      \
				return false;                                               \
			*recheck = block.recheck;                                       \
			(void) turn(scan, &block);                                      \
		}                                                                   \
		return true;                                                        \
	}

#define COL_BITMAP_ROUTINES .scan_bitmap_next_tuple = bitmap_next_tuple
#endif

/*
 * ANALYZE: made of turn, which turns to a chosen block and is false if it has no
 * rows.  From 17 on blocks come read, from a stream that ends.
 */
#if PG_VERSION_NUM < 170000
#define COL_ANALYZE_CALLBACK(turn)                                        \
	static bool analyze_next_block(TableScanDesc scan, BlockNumber block, \
								   BufferAccessStrategy strategy)         \
	{                                                                     \
		return turn(scan, block, strategy);                               \
	}
#else
#include "storage/read_stream.h"

#define COL_ANALYZE_CALLBACK(turn)                                            \
	static bool analyze_next_block(TableScanDesc scan, ReadStream *stream)    \
	{                                                                         \
		Buffer buffer;                                                        \
		bool found = false;                                                   \
                                                                              \
		while (!found &&                                                      \
			   BufferIsValid(buffer = read_stream_next_buffer(stream, NULL))) \
		{                                                                     \
			found = turn(scan, BufferGetBlockNumber(buffer), NULL);           \
			ReleaseBuffer(buffer);                                            \
		}                                                                     \
		return found;                                                         \
	}
#endif

#define COL_ANALYZE_ROUTINE .scan_analyze_next_block = analyze_next_block

#endif /* COL_COMPAT_H */
