/*
 * directory.h - which stripes a table has, sorted by row number.
 *
 * meta page -> map pages -> directory pages (groups of stripe entries).
 * An entry keeps its slot, and a group moves only while nobody else uses the table:
 * (block, slot) names a stripe for whoever has a lock on it.
 */
#ifndef COL_DIRECTORY_H
#define COL_DIRECTORY_H

#include "postgres.h"

#include "access/transam.h"
#include "utils/rel.h"

#include "src/storage/format.h"

/* Where a stripe's entry lies. */
typedef struct ColStripeRef
{
	BlockNumber block; /* directory page */
	uint32 group;	   /* its group */
	uint32 slot;	   /* in the group */
} ColStripeRef;

/* A stripe as a scan or a fetch sees it: a copy of its entry. */
typedef struct ColStripe
{
	ColStripeRef ref;
	ColStripeEntry entry;
} ColStripe;

/*
 * Takes rows row numbers for a stripe that xid and command cid will write:
 * appends a RESERVED entry, WAL-logged.  Row numbers are never handed out
 * twice.  Throws when they are used up.
 */
extern void col_directory_reserve(Relation rel, FullTransactionId xid,
								  CommandId cid, uint32 rows,
								  ColStripe *stripe);

/*
 * Appends an entry that is DEAD from the start, to have free blocks.
 */
extern void col_directory_append_dead(Relation rel, ColStripe *stripe);

/*
 * Lets a RESERVED stripe have rows row numbers in all (more than now); false
 * when others have taken numbers behind it.
 */
extern bool col_directory_extend(Relation rel, ColStripe *stripe, uint32 rows);

/* Records, before they exist, the blocks of a RESERVED stripe. */
extern void col_directory_set_extent(Relation rel, ColStripe *stripe,
									 BlockNumber first_block, uint32 n_blocks);

/*
 * Makes a RESERVED stripe FLUSHED with what entry says of it (n_rows,
 * n_columns, stream_bytes, raw_bytes, flags), and gives row numbers that were not
 * used back when nobody has taken numbers behind them.
 */
extern void col_directory_flushed(Relation rel, ColStripe *stripe);

/*
 * The stripe whose reserved numbers hold row; false when there is none.
 */
extern bool col_directory_find(Relation rel, uint64 row, ColStripe *stripe);

/*
 * Forgets where entries were found: before a statement, when locks are given up, and
 * when entries move or go with their file.
 */
extern void col_directory_forget(void);

/* Brings the copy of an entry up to date. */
extern void col_directory_reread(Relation rel, ColStripe *stripe);

/* Consecutive blocks that are not heap's. */
typedef struct ColBlockRange
{
	BlockNumber first_block;
	uint32 n_blocks;
	int64 stripe; /* index of the stripe whose data it is, or -1 */
} ColBlockRange;

/* A group of entries, and where its zones lie. */
typedef struct ColGroup
{
	BlockNumber block; /* directory page */
	uint32 number;
	uint32 capacity;
	BlockNumber zones_block; /* first zone page */
	uint32 n_zone_blocks;
	uint32 n_columns; /* with zones */
} ColGroup;

/* A copy of the directory, as a scan starts from it. */
typedef struct ColDirectoryCopy
{
	uint32 n_stripes;
	ColStripe *stripes; /* in order of row numbers; (block, slot) order */
	uint32 n_ranges;
	ColBlockRange *ranges; /* sorted; of meta, map, directory and zone pages
							* and of FLUSHED and DEAD stripes */
	uint32 n_groups;
	ColGroup *groups; /* by number */
} ColDirectoryCopy;

/*
 * Adds flags to the entries of a group, by slot, in one WAL record.  Rows of a
 * stripe that is found to be aborted no longer count.  flags has room for
 * COL_DIRECTORY_ENTRIES_MAX.
 */
extern void col_directory_resolve(Relation rel, const ColGroup *group,
								  const uint8 *flags);

/*
 * Marks a FLUSHED stripe as replaced by the current command of xid: its rows no
 * longer count.
 */
extern void col_directory_replace(Relation rel, ColStripe *stripe,
								  FullTransactionId xid, CommandId cid);

/*
 * Notes how the transaction that replaced a stripe has ended: if it has
 * aborted, it is as if it had never been.
 */
extern void col_directory_resolve_replaced(Relation rel, ColStripe *stripe,
										   bool committed);

/*
 * Notes how many rows of a FLUSHED stripe are dead to all: they no longer count.
 */
extern void col_directory_set_dead_rows(Relation rel, ColStripe *stripe,
										uint32 dead_rows);

/* Copies the whole directory into the current memory context. */
extern void col_directory_load(Relation rel, ColDirectoryCopy *copy);

/* The range that holds block; NULL: it may be a heap page. */
extern const ColBlockRange *col_directory_range(const ColDirectoryCopy *copy,
												BlockNumber block);

extern void col_directory_copy_free(ColDirectoryCopy *copy);

/* Zones: layout of a group of that capacity. */
static inline uint32
col_zones_columns_per_page(uint32 capacity)
{
	return COL_ZONES_MAX / capacity;
}

#endif /* COL_DIRECTORY_H */
