/*
 * am_ddl.c - a relation's files: creation, truncation, copying, sizes.
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/heapam.h"
#include "catalog/pg_am_d.h"
#include "catalog/storage.h"
#include "catalog/storage_xlog.h"
#include "optimizer/plancat.h"
#include "storage/bufmgr.h"
#include "storage/smgr.h"
#include "utils/relcache.h"

#include "src/storage/page/metapage.h"
#include "src/storage/store/write_buffer.h"
#include "src/storage/stripe/reader_pool.h"
#include "src/tableam/ddl.h"
#include "src/tableam/vacuum.h"

void
col_relation_set_new_filelocator(Relation rel, const ColRelFile *file,
								 char persistence, TransactionId *freeze_xid,
								 MultiXactId *min_multi)
{
	/* if the old file comes back with a rollback, its rows must be in it */
	col_write_flush_relation(rel);
	GetHeapamTableAmRoutine()->relation_set_new_filelocator(
		rel, file, persistence, freeze_xid, min_multi);
	col_metapage_create(file, persistence,
						persistence == RELPERSISTENCE_TEMP
							? ProcNumberForTempRelations()
							: INVALID_PROC_NUMBER);
}

void
col_relation_nontransactional_truncate(Relation rel)
{
	col_write_flush_relation(rel);
	col_reader_pool_forget(rel);
	col_directory_forget();
	RelationTruncate(rel, COL_META_BLOCK + 1);
	col_metapage_reset(rel);
}

/*
 * Gives an index new files with what is in its old ones, as SET TABLESPACE does
 * with those of its table.
 */
static void
copy_index(Oid index_oid)
{
	Relation index = index_open(index_oid, AccessExclusiveLock);
	char persistence = index->rd_rel->relpersistence;
	ColRelFile old_file = COL_REL_FILE(index);
	SMgrRelation from, to;

	FlushRelationBuffers(index);
	RelationSetNewRelfilenumber(index, persistence);
	from = smgropen(old_file, index->rd_backend);
	to = RelationGetSmgr(index);
	for (ForkNumber fork = MAIN_FORKNUM; fork <= MAX_FORKNUM; fork++)
	{
		if (!smgrexists(from, fork))
			continue;
		if (fork != MAIN_FORKNUM)
		{
			smgrcreate(to, fork, false);
			if (persistence == RELPERSISTENCE_PERMANENT || fork == INIT_FORKNUM)
				log_smgrcreate(&COL_REL_FILE(index), fork);
		}
		RelationCopyStorage(from, to, fork, persistence);
	}
	index_close(index, NoLock);
}

/*
 * The rows that the transaction adds from here on are gone from the old file if it
 * is rolled back, and others get their TIDs.  So must be their index entries.
 */
void
col_relation_copy_data(Relation rel, const ColRelFile *file)
{
	List *indexes;
	ListCell *cell;

	col_write_flush_relation(rel);
	indexes = RelationGetIndexList(rel);
	foreach (cell, indexes)
		copy_index(lfirst_oid(cell));
	GetHeapamTableAmRoutine()->relation_copy_data(rel, file);
}

uint64
col_relation_size(Relation rel, ForkNumber fork)
{
	if (fork == MAIN_FORKNUM)
		col_vacuum_size_asked(rel);
	return table_block_relation_size(rel, fork);
}

bool
col_relation_needs_toast_table(Relation rel)
{
	return GetHeapamTableAmRoutine()->relation_needs_toast_table(rel);
}

Oid
col_relation_toast_am(Relation rel pg_attribute_unused())
{
	return HEAP_TABLE_AM_OID;
}

/* By the width of a row: as many to a page as heapam puts there, at least one. */
static double
estimate_heap_rows(Relation rel, int32 *attr_widths, BlockNumber heap_blocks)
{
	int32 width = get_rel_data_width(rel, attr_widths) +
				  MAXALIGN(SizeofHeapTupleHeader) + sizeof(ItemIdData);
	int32 used = (BLCKSZ - SizeOfPageHeaderData) *
				 RelationGetFillFactor(rel, HEAP_DEFAULT_FILLFACTOR) / 100;

	return (double) Max(used / width, 1) * heap_blocks;
}

/*
 * Pages are all of the file, as that is what a scan reads.  Rows are what the last
 * ANALYZE or VACUUM counted, scaled by how the file has grown; with stripes, whose
 * pages have more rows than the row store's, only if it has hardly grown since, else
 * those of the stripes plus the row store's by the width of a row.
 */
void
col_relation_estimate_size(Relation rel, int32 *attr_widths,
						   BlockNumber *n_pages, double *n_tuples,
						   double *all_visible_fraction)
{
	BlockNumber blocks = RelationGetNumberOfBlocks(rel);
	double reltuples = rel->rd_rel->reltuples;
	BlockNumber relpages = rel->rd_rel->relpages;
	BlockNumber all_visible = rel->rd_rel->relallvisible;
	BlockNumber heap_blocks;
	double heap_share = 1; /* of the rows */
	ColMeta meta;

	col_metapage_get(rel, &meta);
	heap_blocks = blocks - Min(blocks, meta.foreign_blocks);
	if (meta.n_groups == 0)
	{
		/* as heap: without the meta page, and never seen as almost empty */
		if (heap_blocks < 10 && reltuples < 0 && !rel->rd_rel->relhassubclass)
			heap_blocks = 10;
		*n_pages = heap_blocks;
		relpages = relpages > 0 ? relpages - 1 : 0;
		all_visible = all_visible > 0 ? all_visible - 1 : 0;
		if (heap_blocks == 0)
			*n_tuples = 0;
		else if (reltuples >= 0 && relpages > 0)
			*n_tuples = rint(reltuples / relpages * heap_blocks);
		else
			*n_tuples = estimate_heap_rows(rel, attr_widths, heap_blocks);
	}
	else
	{
		*n_pages = blocks;
		if (reltuples >= 0 && blocks >= 0.9 * relpages &&
			blocks <= 1.1 * relpages)
			*n_tuples = rint(reltuples / Max(relpages, 1) * blocks);
		else
			*n_tuples = (double) meta.stripe_rows +
						estimate_heap_rows(rel, attr_widths, heap_blocks);
		all_visible -= Min(all_visible, meta.foreign_blocks);
		heap_share = *n_tuples > 0 ? 1 - meta.stripe_rows / *n_tuples : 1;
	}
	/*
	 * Index-only scans look up the visibility of a stripe's row without reading
	 * a page of it (what that costs: src/planner/index_cost.c).
	 */
	heap_share = Max(heap_share, 0);
	*all_visible_fraction = 1 - heap_share;
	if (heap_blocks > 0)
		*all_visible_fraction +=
			Min((double) all_visible / heap_blocks, 1.0) * heap_share;
}
