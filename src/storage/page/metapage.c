/*
 * metapage.c - block 0 of a columnar table.
 *
 * Invariant M1: block 0 exists and is the meta page whenever anything can be
 * inserted: it is made with the file (main and init fork), survives truncation,
 * and heapam never gets block 0.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "access/xlog.h"
#include "access/xloginsert.h"
#include "miscadmin.h"
#include "storage/smgr.h"

#include "src/storage/page/metapage.h"
#include "src/storage/page/page.h"

static void
metapage_init(Page page)
{
	ColMeta *meta;

	col_page_init(page, COL_PAGE_META, 0, 0, offsetof(ColMeta, maps));
	meta = col_metapage_content(page);
	meta->foreign_blocks = 1;
	meta->last_directory = InvalidBlockNumber;
}

/* Writes block 0 of a fork past the buffer manager. */
static void
metapage_write(SMgrRelation smgr, ForkNumber fork)
{
	PGIOAlignedBlock block;

	metapage_init((Page) block.data);
	PageSetChecksumInplace((Page) block.data, COL_META_BLOCK);
	smgrextend(smgr, fork, COL_META_BLOCK, block.data, true);
}

void
col_metapage_create(const ColRelFile *file, char persistence,
					ProcNumber backend)
{
	SMgrRelation smgr = smgropen(*file, backend);
	Buffer buffer;

	if (persistence == RELPERSISTENCE_TEMP)
	{
		metapage_write(smgr, MAIN_FORKNUM);
		return;
	}
	if (persistence == RELPERSISTENCE_UNLOGGED)
	{
		PGIOAlignedBlock block;

		/* the init fork is logged and synced: a crash recreates main from it */
		metapage_init((Page) block.data);
		log_newpage((ColRelFile *) file, INIT_FORKNUM, COL_META_BLOCK,
					(Page) block.data, true);
		PageSetChecksumInplace((Page) block.data, COL_META_BLOCK);
		smgrextend(smgr, INIT_FORKNUM, COL_META_BLOCK, block.data, true);
		smgrimmedsync(smgr, INIT_FORKNUM);
	}

	buffer = col_new_block(file, MAIN_FORKNUM,
						   persistence == RELPERSISTENCE_PERMANENT);
	Assert(BufferGetBlockNumber(buffer) == COL_META_BLOCK);
	START_CRIT_SECTION();
	metapage_init(BufferGetPage(buffer));
	MarkBufferDirty(buffer);
	if (persistence == RELPERSISTENCE_PERMANENT && XLogIsNeeded())
		log_newpage_buffer(buffer, true);
	END_CRIT_SECTION();
	UnlockReleaseBuffer(buffer);
}

void
col_metapage_reset(Relation rel)
{
	Buffer buffer = ReadBuffer(rel, COL_META_BLOCK);
	GenericXLogState *state;
	Page page;

	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	state = GenericXLogStart(rel);
	page = GenericXLogRegisterBuffer(state, buffer, GENERIC_XLOG_FULL_IMAGE);
	metapage_init(page);
	GenericXLogFinish(state);
	UnlockReleaseBuffer(buffer);
}

Buffer
col_metapage_read(Relation rel, int mode)
{
	return col_page_read(rel, COL_META_BLOCK, mode, COL_PAGE_META, 0, 0, NULL);
}

void
col_metapage_get(Relation rel, ColMeta *meta)
{
	Buffer buffer = col_metapage_read(rel, BUFFER_LOCK_SHARE);

	memcpy(meta, col_metapage_content(BufferGetPage(buffer)),
		   offsetof(ColMeta, maps));
	UnlockReleaseBuffer(buffer);
}
