/*
 * wal.c - WAL of whole pages, many to a record, and of a few bytes of one.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "access/nbtxlog.h"
#include "access/xloginsert.h"
#include "catalog/pg_control.h"
#include "miscadmin.h"

#include "src/pg/compat.h"
#include "src/storage/format.h"
#include "src/storage/page/wal.h"

void
col_wal_log_new_pages(Relation rel, Buffer *buffers, int n)
{
	Assert(n > 0 && n <= COL_WAL_BATCH_BUFFERS);

	if (RelationNeedsWAL(rel))
		XLogEnsureRecordSpace(COL_WAL_BATCH_BUFFERS - 1, 0);

	START_CRIT_SECTION();
	for (int i = 0; i < n; i++)
		MarkBufferDirty(buffers[i]);
	if (RelationNeedsWAL(rel))
	{
		XLogRecPtr lsn;

		XLogBeginInsert();
		for (int i = 0; i < n; i++)
			XLogRegisterBuffer(i, buffers[i],
							   REGBUF_FORCE_IMAGE | REGBUF_STANDARD);
		lsn = XLogInsert(RM_XLOG_ID, XLOG_FPI);
		for (int i = 0; i < n; i++)
			PageSetLSN(BufferGetPage(buffers[i]), lsn);
	}
	END_CRIT_SECTION();
}

/* A btree's record for a page that is used again does it, and touches no page. */
void
col_wal_log_conflict(Relation rel, FullTransactionId xid)
{
	xl_btree_reuse_page record = COL_BTREE_REUSE_PAGE(rel, xid);

	XLogBeginInsert();
	XLogRegisterData((char *) &record, SizeOfBtreeReusePage);
	XLogInsert(RM_BTREE_ID, XLOG_BTREE_REUSE_PAGE);
}

/* The record of generic_xlog.c: for each change offset, number of bytes, bytes. */
void
col_wal_patch(Relation rel, Buffer buffer, const ColPatch *patches, int n)
{
	Page page = BufferGetPage(buffer);
	char record[COL_WAL_PATCHES_MAX * 2 * sizeof(OffsetNumber) + 256];
	char *end = record;

	Assert(n > 0 && n <= COL_WAL_PATCHES_MAX);
	for (int i = 0; i < n; i++)
	{
		OffsetNumber offset = (char *) patches[i].at - (char *) page;
		OffsetNumber n_bytes = patches[i].n_bytes;

		Assert(offset >= COL_PAGE_CONTENT_OFFSET && offset + n_bytes <= BLCKSZ);
		Assert(end + 2 * sizeof(OffsetNumber) + n_bytes <=
			   record + sizeof(record));
		memcpy(end, &offset, sizeof(offset));
		memcpy(end + sizeof(offset), &n_bytes, sizeof(n_bytes));
		memcpy(end + 2 * sizeof(offset), patches[i].bytes, n_bytes);
		end += 2 * sizeof(offset) + n_bytes;
	}

	START_CRIT_SECTION();
	for (int i = 0; i < n; i++)
		memcpy(patches[i].at, patches[i].bytes, patches[i].n_bytes);
	MarkBufferDirty(buffer);
	if (RelationNeedsWAL(rel))
	{
		XLogRecPtr lsn;

		XLogBeginInsert();
		XLogRegisterBuffer(0, buffer, REGBUF_STANDARD);
		XLogRegisterBufData(0, record, end - record);
		lsn = XLogInsert(RM_GENERIC_ID, 0);
		PageSetLSN(page, lsn);
	}
	END_CRIT_SECTION();
}
