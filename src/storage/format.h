/*
 * format.h - every on-disk struct of a columnar table's main fork, to the
 * byte.  docs/format.md says the same in words and changes in the same commit.
 *
 * All integers are little-endian as the machine writes them (x86-64, arm64).
 * A page that is not a heap page ("foreign" to heapam) starts with a standard
 * page header whose pd_lower = pd_upper = pd_special = SizeOfPageHeaderData:
 * an empty heap page without free space.  ColPageHeader follows, then content.
 */
#ifndef COL_FORMAT_H
#define COL_FORMAT_H

#include "postgres.h"

#include "storage/block.h"
#include "storage/bufpage.h"
#include "storage/itemptr.h"

#include "src/base/limits.h"

#define COL_PAGE_MAGIC 0x504C4F43 /* "COLP" */
#define COL_FORMAT_VERSION 4
#define COL_STRIPE_MAGIC 0x534C4F43 /* "COLS" */

typedef enum ColPageKind
{
	COL_PAGE_META = 1,
	COL_PAGE_MAP = 2,
	COL_PAGE_DIRECTORY = 3,
	COL_PAGE_ZONES = 4,
	COL_PAGE_DATA = 5,
	COL_PAGE_MARK_ROOT = 6,
	COL_PAGE_MARKS = 7,
	COL_PAGE_FREE_MARKS = 8
} ColPageKind;

/* At offset SizeOfPageHeaderData (24) of every page of ours. */
typedef struct ColPageHeader
{
	uint32 magic;	   /* 0: COL_PAGE_MAGIC */
	uint16 kind;	   /* 4: ColPageKind */
	uint16 version;	   /* 6: COL_FORMAT_VERSION */
	uint64 owner;	   /* 8: data, mark root, marks: first row of the stripe;
						* directory, zones, free marks: number of the group;
						* map: number of the map; meta: 0 */
	uint32 sequence;   /* 16: number of the page within its owner */
	uint32 used_bytes; /* 20: bytes of content in use */
} ColPageHeader;

StaticAssertDecl(sizeof(ColPageHeader) == 24, "page header");
StaticAssertDecl(SizeOfPageHeaderData == 24, "PostgreSQL's page header");

#define COL_PAGE_CONTENT_OFFSET (SizeOfPageHeaderData + sizeof(ColPageHeader))
#define COL_PAGE_CONTENT_BYTES (BLCKSZ - COL_PAGE_CONTENT_OFFSET)

/* Points to a map page or a directory group; sorted by first_row. */
typedef struct ColPageRef
{
	uint64 first_row;  /* 0: no row below it is found through here */
	BlockNumber block; /* 8 */
	uint32 zero;	   /* 12 */
} ColPageRef;

StaticAssertDecl(sizeof(ColPageRef) == 16, "page reference");

/* Content of block 0. */
typedef struct ColMeta
{
	uint64 next_row;			/* 0: the next row number to hand out */
	uint64 stripe_rows;			/* 8: rows in FLUSHED stripes not known to be
								 * dead or replaced, for estimates */
	uint32 foreign_blocks;		/* 16: blocks that are not heap's, this one
								  * included, for estimates */
	uint32 n_groups;			/* 20: directory groups */
	BlockNumber last_directory; /* 24: directory page of the last group, or
								  * InvalidBlockNumber */
	uint32 n_maps;				/* 28: entries of maps */
	ColPageRef maps[FLEXIBLE_ARRAY_MEMBER]; /* 32 */
} ColMeta;

#define COL_META_MAPS_MAX \
	((COL_PAGE_CONTENT_BYTES - offsetof(ColMeta, maps)) / sizeof(ColPageRef))

/* Content of a map page. */
typedef struct ColMap
{
	uint32 n_groups;						  /* 0: entries of groups */
	uint32 free_blocks;						  /* 4: of all its groups */
	ColPageRef groups[FLEXIBLE_ARRAY_MEMBER]; /* 8 */
} ColMap;

#define COL_MAP_GROUPS_MAX \
	((COL_PAGE_CONTENT_BYTES - offsetof(ColMap, groups)) / sizeof(ColPageRef))

typedef enum ColStripeState
{
	COL_STRIPE_RESERVED = 1, /* row numbers taken, no data yet, maybe never */
	COL_STRIPE_FLUSHED = 2,	 /* data and zones are complete */
	COL_STRIPE_DEAD = 3		 /* no snapshot will ever see it, no index names it;
						 * what blocks it still has are free */
} ColStripeState;

/* Flags of a stripe entry. */
#define COL_STRIPE_XMIN_COMMITTED 0x01 /* resolved by vacuum */
#define COL_STRIPE_XMIN_ABORTED 0x02   /* resolved by vacuum: dead to all */
#define COL_STRIPE_XMIN_FROZEN 0x04	   /* visible to every snapshot */
#define COL_STRIPE_XMIN_KNOWN 0x07	   /* any of them */
/* RESERVED: all its blocks were free ones of the table, none is heap's. */
#define COL_STRIPE_EXTENT_OURS 0x08
#define COL_STRIPE_XMAX_COMMITTED 0x10 /* resolved by vacuum */
#define COL_STRIPE_SORTED 0x20		   /* in an order the table asked for */

/* One stripe. */
typedef struct ColStripeEntry
{
	uint64 first_row;		 /* 0: number of its first row */
	uint64 xmin;			 /* 8: full transaction id of the inserter */
	uint64 xmax;			 /* 16: 0, or of the transaction that replaced it */
	uint32 cmin;			 /* 24: command that inserted */
	uint32 cmax;			 /* 28: command that replaced */
	uint32 reserved_rows;	 /* 32: row numbers that belong to it */
	uint32 n_rows;			 /* 36: rows, once FLUSHED */
	BlockNumber first_block; /* 40: its data pages, or InvalidBlockNumber */
	uint32 n_blocks;		 /* 44 */
	uint8 state;			 /* 48: ColStripeState */
	uint8 flags;			 /* 49: COL_STRIPE_XMIN_... */
	uint16 n_columns;		 /* 50: attributes of the table when written */
	BlockNumber marks_block; /* 52: InvalidBlockNumber: no row is marked */
	uint64 stream_bytes;	 /* 56: of its encoded stream */
	uint64 raw_bytes;		 /* 64: of the values as they came in */
	uint32 dead_rows;		 /* 72: of them dead to all, as VACUUM counted */
	uint32 zero;			 /* 76 */
} ColStripeEntry;

StaticAssertDecl(sizeof(ColStripeEntry) == 80, "stripe entry");

#define COL_DIRECTORY_ENTRIES_MAX 100

/* Blocks for mark pages. */
typedef struct ColMarkExtent
{
	BlockNumber first_block; /* 0 */
	uint32 n_blocks;		 /* 4: 0: none */
} ColMarkExtent;

#define COL_MARK_EXTENTS_MAX 14

/* Content of a directory page: the stripes of one group. */
typedef struct ColDirectory
{
	uint32 capacity;		 /* 0: entries it may get */
	uint32 n_entries;		 /* 4: entries it has */
	BlockNumber zones_block; /* 8: its first zone page */
	uint32 n_zone_blocks;	 /* 12 */
	uint32 n_columns;		 /* 16: columns with zones */
	uint32 free_blocks;		 /* 20: of its DEAD entries */
	ColStripeEntry entries[COL_DIRECTORY_ENTRIES_MAX]; /* 24 */
	BlockNumber free_mark_page; /* 8024: first of a list, or Invalid... */
	uint32 n_mark_blocks_used;	/* 8028: of mark_extents, from the first on */
	ColMarkExtent mark_extents[COL_MARK_EXTENTS_MAX]; /* 8032 */
} ColDirectory;

StaticAssertDecl(sizeof(ColDirectory) == COL_PAGE_CONTENT_BYTES,
				 "directory page");

/*
 * Marks: what has happened to rows of a stripe after it was written.
 *
 * The stripe's marks_block is a marks page, if it has at most
 * COL_MARKS_ROWS_MAX rows, or a mark root page, which may have been a marks page
 * before.  A marks page stands for n_rows rows from first_row on, both multiples of
 * COL_MARK_SLOT_ROWS; what is not marked need not have one.
 */
#define COL_MARK_SLOT_ROWS 256
#define COL_MARK_SLOTS_MAX (COL_STRIPE_ROWS_MAX / COL_MARK_SLOT_ROWS)
#define COL_MARKS_ROWS_MAX 32768

/* Content of a mark root page. */
typedef struct ColMarkRoot
{
	uint32 n_slots; /* 0: ceil(rows of the stripe / COL_MARK_SLOT_ROWS) */
	uint32 zero;	/* 4 */
	BlockNumber slots[COL_MARK_SLOTS_MAX]; /* 8: marks page of each slot, or
											* InvalidBlockNumber; neighbours may
											* share one */
} ColMarkRoot;

StaticAssertDecl(sizeof(ColMarkRoot) <= COL_PAGE_CONTENT_BYTES, "mark root");

/* Kinds of marks; lock modes are in order of strength. */
typedef enum ColMarkKind
{
	COL_MARK_LOCK_KEY_SHARE = 1,
	COL_MARK_LOCK_SHARE = 2,
	COL_MARK_LOCK_NO_KEY_EXCLUSIVE = 3,
	COL_MARK_LOCK_EXCLUSIVE = 4,
	COL_MARK_DELETED = 5,
	COL_MARK_UPDATED = 6, /* next is the new version's TID */
	COL_MARK_MOVED = 7	  /* to another partition */
} ColMarkKind;

/* What one command did to a row, or to a run of rows. */
typedef struct ColMark
{
	uint16 first;		  /* 0: row, counted from the page's first_row */
	uint16 last;		  /* 2: of the run */
	uint16 xact;		  /* 4: index of a ColMarkXact */
	uint8 kind;			  /* 6: ColMarkKind */
	uint8 zero;			  /* 7 */
	ItemPointerData next; /* 8: UPDATED; invalid (0, 0) until it is known */
} ColMark;

StaticAssertDecl(sizeof(ColMark) == 14, "mark");

/* A command that has made marks. */
typedef struct ColMarkXact
{
	uint64 xid;	  /* 0: full id of the (sub)transaction */
	uint32 cid;	  /* 8: command id */
	uint32 flags; /* 12: COL_MARK_XACT_... */
} ColMarkXact;

StaticAssertDecl(sizeof(ColMarkXact) == 16, "transaction of marks");

#define COL_MARK_XACT_COMMITTED 0x01 /* resolved by vacuum */
#define COL_MARK_XACT_ABORTED 0x02	 /* resolved by vacuum */

/*
 * Content of a marks page: this, then a bitmap of dead rows (n_rows bits), the
 * marks; at the end of the page the transactions, the last one first.
 */
typedef struct ColMarks
{
	uint32 first_row; /* 0: of the stripe */
	uint32 n_rows;	  /* 4: a power of two, up to COL_MARKS_ROWS_MAX */
	uint16 n_marks;	  /* 8 */
	uint16 n_xacts;	  /* 10 */
	uint32 n_dead;	  /* 12: bits that are set */
	uint32 flags;	  /* 16: COL_MARKS_... */
	BlockNumber next; /* 20: a page with more marks of these rows (its own
					   * bitmap is empty), or InvalidBlockNumber.  Of a free
					   * page: the next free one */
	uint64 zero;	  /* 24 */
	uint8 dead[FLEXIBLE_ARRAY_MEMBER]; /* 32 */
} ColMarks;

#define COL_MARKS_INDEXED 0x01 /* indexes may still name dead rows */

StaticAssertDecl(offsetof(ColMarks, dead) == 32, "marks page");

/*
 * One column of one stripe.  A zone page holds whole columns: the entries of
 * column c (0-based) of a group of capacity k start at entry
 * (c % columns per page) * k of zone page c / columns per page, where columns
 * per page = COL_ZONES_MAX / k.
 */
typedef struct ColZoneEntry
{
	uint16 flags;			 /* 0: COL_ZONE_... of src/encoding/encoding.h */
	uint8 order;			 /* 2: ColOrder of min and max */
	uint8 min_bytes;		 /* 3 */
	uint8 max_bytes;		 /* 4 */
	uint8 sum_scale;		 /* 5 */
	uint16 zero;			 /* 6 */
	uint32 n_rows;			 /* 8: 0: nothing is known */
	uint32 n_nulls;			 /* 12 */
	uint32 n_distinct;		 /* 16 */
	uint32 max_length_bytes; /* 20 */
	union					 /* 24 */
	{
		struct
		{
			uint8 min[COL_ZONE_VALUE_BYTES]; /* 24 */
			uint8 max[COL_ZONE_VALUE_BYTES]; /* 52 */
		} bytes;							 /* order BYTES */
		struct
		{
			uint8 min[COL_ZONE_NUMERIC_BYTES]; /* 24 */
			uint8 max[COL_ZONE_NUMERIC_BYTES]; /* 44 */
			uint64 sum_low;					   /* 64 */
			int64 sum_high;					   /* 72 */
		} numbers;							   /* all others */
	} values;
} ColZoneEntry;

StaticAssertDecl(sizeof(ColZoneEntry) == 80, "zone entry");

#define COL_ZONES_MAX COL_DIRECTORY_ENTRIES_MAX
StaticAssertDecl(COL_ZONES_MAX * sizeof(ColZoneEntry) <= COL_PAGE_CONTENT_BYTES,
				 "zone page");

/*
 * A stripe's data pages carry one stream of bytes: this header, n_columns
 * chunk references, then the chunks, each starting at a multiple of 8, and
 * followed by its column's bloom filter, if there is one, at the next multiple.
 */
typedef struct ColStripeHeader
{
	uint32 magic;		 /* 0: COL_STRIPE_MAGIC */
	uint16 version;		 /* 4: COL_FORMAT_VERSION */
	uint16 n_columns;	 /* 6 */
	uint32 n_rows;		 /* 8 */
	uint32 crc;			 /* 12: CRC-32C of header (this as 0) and references */
	uint64 first_row;	 /* 16 */
	uint64 stream_bytes; /* 24 */
} ColStripeHeader;

StaticAssertDecl(sizeof(ColStripeHeader) == 32, "stripe header");

typedef struct ColChunkRef
{
	uint64 offset_bytes; /* 0: from the start of the stream */
	uint64 n_bytes;		 /* 8: 0: column is not stored, all rows NULL */
	uint32 bloom_bytes;	 /* 16: of its bloom filter; 0: none */
	uint32 zero;		 /* 20 */
} ColChunkRef;

StaticAssertDecl(sizeof(ColChunkRef) == 24, "chunk reference");

/*
 * Row numbers and TIDs: row n has TID
 * (COL_TID_FIRST_BLOCK + n / COL_TID_ROWS, n % COL_TID_ROWS + 1).
 * 291 = MaxHeapTuplesPerPage with 8 kB pages, the most that TID bitmaps take.
 */
#define COL_TID_FIRST_BLOCK ((BlockNumber) 0x80000000)
#define COL_TID_ROWS 291
#define COL_ROWS_MAX \
	((uint64) (MaxBlockNumber - COL_TID_FIRST_BLOCK) * COL_TID_ROWS)

#endif /* COL_FORMAT_H */
