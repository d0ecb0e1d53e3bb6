/*
 * wal.c - WAL of whole pages, many to a record.
 */
#include "postgres.h"

#include "access/xloginsert.h"
#include "catalog/pg_control.h"
#include "miscadmin.h"

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
