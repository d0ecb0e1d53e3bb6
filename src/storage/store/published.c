/*
 * published.c - tables whose changes logical decoding must see.
 *
 * The moved copy is inserted as command cid, unseen by decoding, and changed as
 * cid + 1, as heapam refuses to change what the same command has inserted.  Then
 * the command ids are set back to cid, lest the running command sees the copy, or a
 * later one both versions.  They mean nothing to anybody else, nor after a crash.
 *
 * The copy has no index entries.  So its new version must not be heap-only,
 * reachable through the copy alone: what heapam says of that is undone, WAL-logged.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/pg_publication.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "replication/slot.h"
#include "storage/bufmgr.h"
#include "utils/relcache.h"

#include "src/pg/compat.h"
#include "src/pg/guc.h"
#include "src/storage/page/wal.h"
#include "src/storage/store/published.h"

bool
col_relation_is_published(Relation rel)
{
	PublicationDesc description;

	if (!RelationIsPermanent(rel) || rel->rd_rel->relkind != RELKIND_RELATION)
		return false;
	if (col_logical_tables != COL_LOGICAL_PUBLISHED)
		return col_logical_tables == COL_LOGICAL_ALL && XLogLogicalInfoActive();
	RelationBuildPublicationDesc(rel, &description);
	return description.pubactions.pubinsert ||
		   description.pubactions.pubupdate || description.pubactions.pubdelete;
}

bool
col_relation_has_other_decoder(Relation rel)
{
	bool found = false;

	if (!RelationIsLogicallyLogged(rel))
		return false;
	LWLockAcquire(ReplicationSlotControlLock, LW_SHARED);
	for (int i = 0; i < max_replication_slots; i++)
	{
		const ReplicationSlot *slot = &ReplicationSlotCtl->replication_slots[i];

		if (slot->in_use && slot->data.database == MyDatabaseId &&
			strcmp(NameStr(slot->data.plugin), "pgoutput") != 0)
			found = true;
	}
	LWLockRelease(ReplicationSlotControlLock);
	return found;
}

/* The tuple of a TID on a page that is locked. */
static HeapTupleHeader
tuple_on_page(Page page, const ItemPointerData *tid)
{
	ItemId item = PageGetItemId(page, ItemPointerGetOffsetNumber(tid));

	Assert(ItemIdIsNormal(item));
	return (HeapTupleHeader) PageGetItem(page, item);
}

/*
 * Sets the command ids of a tuple to cid, for good and all: without a
 * combination, it is the one of insertion and deletion alike.  And it is no part of a
 * HOT chain.
 */
static void
set_command(Relation rel, const ItemPointerData *tid, CommandId cid)
{
	Buffer buffer = ReadBuffer(rel, ItemPointerGetBlockNumber(tid));
	HeapTupleHeader tuple;
	uint16 infomask;
	uint16 infomask2;

	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	tuple = tuple_on_page(BufferGetPage(buffer), tid);
	infomask = tuple->t_infomask & ~HEAP_COMBOCID;
	infomask2 = tuple->t_infomask2 & ~(HEAP_HOT_UPDATED | HEAP_ONLY_TUPLE);
	{
		ColPatch patches[] = {
			{&tuple->t_choice.t_heap.t_field3.t_cid, &cid, sizeof(cid)},
			{&tuple->t_infomask2, &infomask2, sizeof(infomask2)},
			{&tuple->t_infomask, &infomask, sizeof(infomask)}};

		col_wal_patch(rel, buffer, patches, lengthof(patches));
	}
	UnlockReleaseBuffer(buffer);
}

static void
move_copy(Relation rel, HeapTuple copy, CommandId cid, ItemPointer moved)
{
	copy->t_tableOid = RelationGetRelid(rel);
	heap_insert(rel, copy, cid, HEAP_INSERT_NO_LOGICAL, NULL);
	pgstat_count_heap_insert(rel, -1);
	*moved = copy->t_self;
	/* TOAST goes by the current command: it would not delete what it inserted */
	if (copy->t_len > TOAST_TUPLE_THRESHOLD)
		CommandCounterIncrement();
}

static void
check_changed(Relation rel, TM_Result result)
{
	if (result != TM_Ok)
		elog(ERROR, "could not change a moved row of table \"%s\": %d",
			 RelationGetRelationName(rel), (int) result);
}

void
col_published_delete(Relation rel, HeapTuple copy, CommandId cid,
					 bool changing_part, ItemPointer moved)
{
	TM_FailureData failure;

	move_copy(rel, copy, cid, moved);
	check_changed(rel, heap_delete(rel, moved, cid + 1, InvalidSnapshot, true,
								   &failure, changing_part));
	set_command(rel, moved, cid);
}

void
col_published_update(Relation rel, HeapTuple copy, HeapTuple new, CommandId cid,
					 ItemPointer moved)
{
	TM_FailureData failure;
	LockTupleMode mode;
	TU_UpdateIndexes update_indexes;

	move_copy(rel, copy, cid, moved);
	new->t_tableOid = RelationGetRelid(rel);
	check_changed(rel,
				  col_heap_update(rel, moved, new, cid + 1, InvalidSnapshot,
								  true, &failure, &mode, &update_indexes));
	set_command(rel, moved, cid);
	set_command(rel, &new->t_self, cid);
}
