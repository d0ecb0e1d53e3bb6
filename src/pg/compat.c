/*
 * compat.c - functions that hide differences of PostgreSQL's versions.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_database.h"
#include "commands/vacuum.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "storage/bufmgr.h"
#include "storage/smgr.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "src/pg/compat.h"

/* All of its collations order by bytes. */
#ifndef COLLPROVIDER_BUILTIN
#define COLLPROVIDER_BUILTIN 'b'
#endif

TM_Result
col_heap_update(Relation rel, ItemPointer tid, HeapTuple tuple, CommandId cid,
				Snapshot crosscheck, bool wait, TM_FailureData *tmfd,
				LockTupleMode *mode, TU_UpdateIndexes *update_indexes)
{
	TM_Result result;

#if PG_VERSION_NUM < 160000
	result = heap_update(rel, tid, tuple, cid, crosscheck, wait, tmfd, mode);
	/* a heap-only version is found through the index entries of its root */
	*update_indexes = HeapTupleIsHeapOnly(tuple) ? TU_None : TU_All;
#else
	result = heap_update(rel, tid, tuple, cid, crosscheck, wait, tmfd, mode,
						 update_indexes);
#endif
	if (result != TM_Ok)
		*update_indexes = TU_None;
	return result;
}

Buffer
col_new_block(const ColRelFile *file, ForkNumber fork, bool permanent)
{
#if PG_VERSION_NUM < 160000
	return ReadBufferWithoutRelcache(*file, fork, P_NEW, RBM_ZERO_AND_LOCK,
									 NULL, permanent);
#else
	SMgrRelation smgr = smgropen(*file, INVALID_PROC_NUMBER);

	return ExtendBufferedRel(
		BMR_SMGR(smgr, permanent ? RELPERSISTENCE_PERMANENT
								 : RELPERSISTENCE_UNLOGGED),
		fork, NULL, EB_SKIP_EXTENSION_LOCK | EB_LOCK_FIRST);
#endif
}

void
col_update_relstats(Relation rel, double n_rows, BlockNumber all_visible,
					BlockNumber all_frozen pg_attribute_unused(),
					bool has_index)
{
	vac_update_relstats(
		rel, RelationGetNumberOfBlocks(rel), n_rows, all_visible,
#if PG_VERSION_NUM >= 180000
		all_frozen,
#endif
		has_index, InvalidTransactionId, InvalidMultiXactId, NULL, NULL, false);
}

bool
col_vacuum_failsafe(Relation rel)
{
#if PG_VERSION_NUM < 160000
	return vacuum_xid_failsafe_check(rel->rd_rel->relfrozenxid,
									 rel->rd_rel->relminmxid);
#else
	struct VacuumCutoffs cutoffs = {.relfrozenxid = rel->rd_rel->relfrozenxid,
									.relminmxid = rel->rd_rel->relminmxid};

	return vacuum_xid_failsafe_check(&cutoffs);
#endif
}

/*
 * Is a category of a collation, which is an attribute of the database for the default
 * one and of the collation for others, that of libc's C?
 */
static bool
is_c(Oid collation, AttrNumber of_database, AttrNumber of_collation,
	 bool of_builtin)
{
	bool is_default = collation == DEFAULT_COLLATION_OID;
	int cache = is_default ? DATABASEOID : COLLOID;
	HeapTuple tuple = SearchSysCache1(
		cache, ObjectIdGetDatum(is_default ? MyDatabaseId : collation));
	char provider;
	Datum name;
	bool isnull;
	bool result = false;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", collation);
	provider = is_default
				   ? ((Form_pg_database) GETSTRUCT(tuple))->datlocprovider
				   : ((Form_pg_collation) GETSTRUCT(tuple))->collprovider;
	name = SysCacheGetAttr(cache, tuple,
						   is_default ? of_database : of_collation, &isnull);
	if (provider == COLLPROVIDER_BUILTIN)
		result = of_builtin;
	else if (provider == COLLPROVIDER_LIBC && !isnull)
	{
		char *c_name = TextDatumGetCString(name);

		result = strcmp(c_name, "C") == 0 || strcmp(c_name, "POSIX") == 0;
		pfree(c_name);
	}
	ReleaseSysCache(tuple);
	return result;
}

bool
col_collation_is_c(Oid collation)
{
	return is_c(collation, Anum_pg_database_datcollate,
				Anum_pg_collation_collcollate, true);
}

bool
col_ctype_is_c(Oid collation)
{
	return is_c(collation, Anum_pg_database_datctype,
				Anum_pg_collation_collctype, false);
}

void
col_path_disable(Path *path pg_attribute_unused(),
				 Cost *startup_cost pg_attribute_unused())
{
#if PG_VERSION_NUM < 180000
	*startup_cost += disable_cost;
#else
	path->disabled_nodes++;
#endif
}

TableScanDesc
col_beginscan_bitmap(Relation rel, Snapshot snapshot)
{
#if PG_VERSION_NUM / 10000 == 17
	return table_beginscan_bm(rel, snapshot, 0, NULL, true);
#else
	return table_beginscan_bm(rel, snapshot, 0, NULL);
#endif
}

#if PG_VERSION_NUM < 180000

ColBitmapIterator *
col_bitmap_begin(TIDBitmap *bitmap)
{
	return (ColBitmapIterator *) tbm_begin_iterate(bitmap);
}

void
col_bitmap_block(const TBMIterateResult *result, ColBitmapBlock *block)
{
	block->block = result->blockno;
	block->recheck = result->recheck;
	block->n_offsets = result->ntuples;
	if (result->ntuples > 0)
		memcpy(block->offsets, result->offsets,
			   result->ntuples * sizeof(OffsetNumber));
}

bool
col_bitmap_next(ColBitmapIterator *iterator, ColBitmapBlock *block)
{
	const TBMIterateResult *result = tbm_iterate((TBMIterator *) iterator);

	if (result != NULL)
		col_bitmap_block(result, block);
	return result != NULL;
}

void
col_bitmap_end(ColBitmapIterator *iterator)
{
	tbm_end_iterate((TBMIterator *) iterator);
}

#else

ColBitmapIterator *
col_bitmap_begin(TIDBitmap *bitmap)
{
	return (ColBitmapIterator *) tbm_begin_private_iterate(bitmap);
}

static void
bitmap_block(TBMIterateResult *result, ColBitmapBlock *block)
{
	block->block = result->blockno;
	block->recheck = result->recheck;
	block->n_offsets = result->lossy
						   ? -1
						   : tbm_extract_page_tuple(result, block->offsets,
													lengthof(block->offsets));
}

bool
col_bitmap_next(ColBitmapIterator *iterator, ColBitmapBlock *block)
{
	TBMIterateResult result;

	if (!tbm_private_iterate((TBMPrivateIterator *) iterator, &result))
		return false;
	bitmap_block(&result, block);
	return true;
}

void
col_bitmap_end(ColBitmapIterator *iterator)
{
	tbm_end_private_iterate((TBMPrivateIterator *) iterator);
}

bool
col_bitmap_next_of_scan(TableScanDesc scan, ColBitmapBlock *block,
						uint64 *lossy_pages, uint64 *exact_pages)
{
	TBMIterateResult result;

	if (!tbm_iterate(&scan->st.rs_tbmiterator, &result))
		return false;
	bitmap_block(&result, block);
	*(result.lossy ? lossy_pages : exact_pages) += 1;
	return true;
}

#endif
