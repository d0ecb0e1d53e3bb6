/*
 * page.c - pages that are not heapam's.
 *
 * Invariant P1: such a page has pd_lower = pd_upper = pd_special =
 * SizeOfPageHeaderData and PD_ALL_VISIBLE: heapam finds no line pointer and no
 * free space on it, and vacuum nothing to do.  PageInit refuses that shape, so
 * the header is set by hand; pd_prune_xid stays 0.
 */
#include "postgres.h"

#include "storage/buf_internals.h"
#include "storage/lwlock.h"
#include "storage/smgr.h"

#include "src/storage/page/page.h"

bool
col_page_is_foreign(Page page)
{
	PageHeader header = (PageHeader) page;

	return header->pd_upper == SizeOfPageHeaderData &&
		   header->pd_special == SizeOfPageHeaderData &&
		   col_page_header(page)->magic == COL_PAGE_MAGIC;
}

void
col_page_init(Page page, ColPageKind kind, uint64 owner, uint32 sequence,
			  uint32 used_bytes)
{
	PageHeader header = (PageHeader) page;
	ColPageHeader *ours = col_page_header(page);

	Assert(used_bytes <= COL_PAGE_CONTENT_BYTES);
	memset(page, 0, BLCKSZ);
	header->pd_flags = PD_ALL_VISIBLE;
	header->pd_lower = SizeOfPageHeaderData;
	header->pd_upper = SizeOfPageHeaderData;
	header->pd_special = SizeOfPageHeaderData;
	PageSetPageSizeAndVersion(page, BLCKSZ, PG_PAGE_LAYOUT_VERSION);
	ours->magic = COL_PAGE_MAGIC;
	ours->kind = kind;
	ours->version = COL_FORMAT_VERSION;
	ours->owner = owner;
	ours->sequence = sequence;
	ours->used_bytes = used_bytes;
	Assert(PageGetHeapFreeSpace(page) == 0); /* P1 */
	Assert(PageGetMaxOffsetNumber(page) == 0);
}

static const char *
page_kind_name(ColPageKind kind)
{
	switch (kind)
	{
		case COL_PAGE_META:
			return "meta";
		case COL_PAGE_MAP:
			return "map";
		case COL_PAGE_DIRECTORY:
			return "directory";
		case COL_PAGE_ZONES:
			return "zone map";
		case COL_PAGE_DATA:
			return "data";
		case COL_PAGE_MARK_ROOT:
			return "mark root";
		case COL_PAGE_MARKS:
			return "marks";
		case COL_PAGE_FREE_MARKS:
			return "free marks";
	}
	return "unknown";
}

void
col_page_check(Relation rel, BlockNumber block, Page page, ColPageKind kind,
			   uint64 owner, uint32 sequence)
{
	const ColPageHeader *ours = col_page_header(page);

	if (likely(col_page_is_foreign(page) && ours->kind == kind &&
			   ours->version == COL_FORMAT_VERSION && ours->owner == owner &&
			   ours->sequence == sequence &&
			   ours->used_bytes <= COL_PAGE_CONTENT_BYTES))
		return;

	if (col_page_is_foreign(page) && ours->version > COL_FORMAT_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("block %u of table \"%s\" has format version "
						"%u, newer than this library reads",
						block, RelationGetRelationName(rel), ours->version),
				 errhint("Update the columnar extension's library.")));
	if (col_page_is_foreign(page) && ours->version < COL_FORMAT_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("block %u of table \"%s\" has format version "
						"%u, older than this library reads",
						block, RelationGetRelationName(rel), ours->version),
				 errhint("Dump the table with the library that wrote it, and "
						 "restore it with this one.")));
	ereport(
		ERROR,
		(errcode(ERRCODE_DATA_CORRUPTED),
		 errmsg("block %u of table \"%s\" is not the %s page expected there",
				block, RelationGetRelationName(rel), page_kind_name(kind)),
		 errdetail("Expected owner " UINT64_FORMAT ", sequence %u; found magic "
				   "%08X, kind %u, version %u, owner " UINT64_FORMAT
				   ", sequence %u, %u bytes used.",
				   owner, sequence, ours->magic, ours->kind, ours->version,
				   ours->owner, ours->sequence, ours->used_bytes)));
}

/* What a page is read for. */
typedef struct PageRead
{
	Relation rel;
	BlockNumber block;
	ColPageKind kind;
} PageRead;

/* Says whose page could not be read. */
static void
page_read_context(void *arg)
{
	const PageRead *read = arg;

	errcontext("reading the %s page in block %u of table \"%s\"",
			   page_kind_name(read->kind), read->block,
			   RelationGetRelationName(read->rel));
}

/*
 * Something refers to a block: is it one of the file?  The storage manager
 * remembers the size that it saw last; the file may have grown since.
 */
static bool
is_in_file(Relation rel, BlockNumber block)
{
	BlockNumber n_blocks =
		RelationGetSmgr(rel)->smgr_cached_nblocks[MAIN_FORKNUM];

	return (n_blocks != InvalidBlockNumber && block < n_blocks) ||
		   block < RelationGetNumberOfBlocks(rel);
}

/*
 * Reads a block.  Those beyond the end are not left to the buffer manager, which
 * takes InvalidBlockNumber for a new one, nor to md.c, which reports them with
 * the error of whatever failed last: a full disk, after a write that went well.
 */
static Buffer
page_read_buffer(PageRead *read, BufferAccessStrategy strategy)
{
	ErrorContextCallback context = {.previous = error_context_stack,
									.callback = page_read_context,
									.arg = read};
	Buffer buffer;

	if (!is_in_file(read->rel, read->block))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("table \"%s\" refers to a %s page in block %u, which "
						"is beyond the end of its file",
						RelationGetRelationName(read->rel),
						page_kind_name(read->kind), read->block)));
	error_context_stack = &context;
	buffer = ReadBufferExtended(read->rel, MAIN_FORKNUM, read->block,
								RBM_NORMAL, strategy);
	error_context_stack = context.previous;
	return buffer;
}

/*
 * Would locking the page wait for ourselves?  It does where a page refers to
 * itself or back, and nothing would ever end such a wait.
 */
static bool
page_is_locked_by_us(Buffer buffer, int mode)
{
	LWLock *lock;

	if (BufferIsLocal(buffer))
		return false;
	lock = BufferDescriptorGetContentLock(GetBufferDescriptor(buffer - 1));
	return mode == BUFFER_LOCK_EXCLUSIVE
			   ? LWLockHeldByMe(lock)
			   : LWLockHeldByMeInMode(lock, LW_EXCLUSIVE);
}

Buffer
col_page_read_any(Relation rel, BlockNumber block, int mode, ColPageKind kind,
				  BufferAccessStrategy strategy)
{
	PageRead read = {.rel = rel, .block = block, .kind = kind};
	Buffer buffer = page_read_buffer(&read, strategy);

	if (unlikely(page_is_locked_by_us(buffer, mode)))
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("block %u of table \"%s\" is not the %s page expected "
					"there",
					block, RelationGetRelationName(rel), page_kind_name(kind)),
			 errdetail("It is the page that refers to it, or one before.")));
	LockBuffer(buffer, mode);
	return buffer;
}

Buffer
col_page_read(Relation rel, BlockNumber block, int mode, ColPageKind kind,
			  uint64 owner, uint32 sequence, BufferAccessStrategy strategy)
{
	Buffer buffer = col_page_read_any(rel, block, mode, kind, strategy);

	col_page_check(rel, block, BufferGetPage(buffer), kind, owner, sequence);
	return buffer;
}
