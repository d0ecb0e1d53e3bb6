/*
 * verify.h - between the files of columnar.verify().
 *
 *   verify.c            the function, what is reported, errors caught
 *   verify_directory.c  meta, map and directory pages: what there should be
 *   verify_blocks.c     every block of the file: whose it is, its header
 *   verify_heap.c       heap pages
 *   verify_zones.c      zone pages
 *   verify_stripe.c     streams and chunks of stripes, all values decoded
 *   verify_values.c     the zone that values really have
 *   verify_marks.c      mark pages, and what they say of each stripe
 *
 * Pages are copied under a share lock and checked in the copy.  The table may
 * be written meanwhile: what more than one page says is looked at again before
 * a difference is reported.
 */
#ifndef COL_VERIFY_H
#define COL_VERIFY_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/pg_list.h"
#include "storage/bufmgr.h"
#include "utils/rel.h"

#include "src/encoding/encoding.h"
#include "src/storage/stripe/directory.h"

/* No block, no stripe. */
#define COL_VERIFY_NONE (-1)

/* What a problem is about. */
typedef struct ColVerifyPlace
{
	int64 block;		/* or COL_VERIFY_NONE */
	int64 stripe;		/* its first row, or COL_VERIFY_NONE */
	const char *column; /* or NULL */
} ColVerifyPlace;

/* A directory group whose page could be read. */
typedef struct ColVerifyGroup
{
	ColStripeRef ref; /* slot is 0 */
	uint64 first_row; /* of the map's reference */
	BlockNumber zones_block;
	uint32 n_zone_blocks;
	uint32 n_columns;
	uint32 capacity;
	uint32 n_entries;
	uint32 free_blocks;
	uint32 first_stripe; /* of its entries in stripes */
	ColMarkExtent mark_extents[COL_MARK_EXTENTS_MAX]; /* those that are sound */
} ColVerifyGroup;

typedef struct ColVerify
{
	Relation rel;
	ReturnSetInfo *result;
	MemoryContext context; /* lives as long as the call */
	BufferAccessStrategy strategy;
	BlockNumber n_blocks;		   /* of the file at the start */
	ColVerifyPlace place;		   /* what is being looked at */
	const BlockNumber *read_block; /* what is being read there, or NULL */
	List *held;					   /* problems not yet returned */

	/* the directory; whole: nothing of it was unreadable */
	bool whole;
	uint32 n_maps;
	ColPageRef *maps;
	uint32 n_groups;
	ColVerifyGroup *groups;
	uint32 n_stripes;
	uint32 stripes_capacity;
	ColStripe *stripes; /* of groups, in order; not all need be sound */
	bool *sound;		/* of stripes: fit to be read */
} ColVerify;

/* verify.c */

/*
 * Notes a problem at v->place.  detail is a format, as sentences.
 */
extern void col_verify_report(ColVerify *v, const char *problem,
							  const char *detail, ...)
	pg_attribute_printf(3, 4);

/* Returns the problems noted since the last call, or forgets them. */
extern void col_verify_return(ColVerify *v, bool really);

/*
 * Runs step; an error that it throws for what it read becomes a problem, and
 * the result is false.  Whatever step locks, pins and leaves is released then.
 * Cancellation and lack of resources are thrown on.
 */
typedef void (*ColVerifyStep)(ColVerify *v, void *arg);
extern bool col_verify_try(ColVerify *v, ColVerifyStep step, void *arg);

/*
 * Sets v->place; returns it as it was.
 */
extern ColVerifyPlace col_verify_at(ColVerify *v, int64 block, int64 stripe,
									const char *column);

/* Copies a page, whatever it is, under a share lock.  Throws. */
extern void col_verify_copy_page(ColVerify *v, BlockNumber block,
								 PGAlignedBlock *copy);

/* Is the entry of a stripe still as it was?  False also if it is unreadable. */
extern bool col_verify_same_stripe(ColVerify *v, const ColStripe *stripe);

/* Are all bytes zero? */
extern bool col_verify_is_zero(const void *bytes, Size n_bytes);

/* verify_directory.c: fills the directory of v. */
extern void col_verify_directory(ColVerify *v);

/* verify_blocks.c: looks at every block. */
extern void col_verify_blocks(ColVerify *v);

/* verify_heap.c: a page that is nobody else's; not a new one. */
extern void col_verify_heap_page(ColVerify *v, Page page);

/* verify_zones.c: zone page number of a group, its header being right. */
extern void col_verify_zone_page(ColVerify *v, const ColVerifyGroup *group,
								 uint32 number, Page page);

/* verify_stripe.c: all stripes that have rows. */
extern void col_verify_stripes(ColVerify *v);

/* verify_marks.c: a page of a group's mark extents, its header being right. */
extern void col_verify_marks_page(ColVerify *v, BlockNumber block, uint32 group,
								  Page page);

/* verify_marks.c: the marks of all stripes. */
extern void col_verify_marks(ColVerify *v);

/* verify_values.c */

/* Smallest and largest bytes, cut to one more than a zone keeps. */
typedef struct ColVerifyBytes
{
	uint32 n_bytes;
	uint8 bytes[COL_ZONE_VALUE_BYTES + 1];
} ColVerifyBytes;

/* The values of some vectors. */
typedef struct ColVerifyValues
{
	ColOrder order;
	uint32 n_rows;
	uint32 n_nulls;
	bool has_nan;
	bool has_range;
	int64 min; /* lanes, extended by order; floats as their bits */
	int64 max;
	ColVerifyBytes min_bytes; /* order BYTES */
	ColVerifyBytes max_bytes;
} ColVerifyValues;

/*
 * The values of a vector, in order, which must be one that its physical class
 * can have; value_bytes is that of the column.
 */
extern void col_verify_values_of(ColVerifyValues *values,
								 const ColVector *vector, ColOrder order,
								 uint16 value_bytes);

/* Adds some values to others of the same order. */
extern void col_verify_values_add(ColVerifyValues *values,
								  const ColVerifyValues *more);

/* The zone that they have. */
extern void col_verify_values_zone(const ColVerifyValues *values,
								   ColZone *zone);

/* What a zone says of a column's values in order, gathered value by value. */
typedef struct ColVerifyStats
{
	ColOrder order;
	uint16 value_bytes; /* of lanes and fixed values */
	bool any;			/* there is a value before */
	bool unsound;		/* some value is none of the order */
	uint16 flags;		/* of order, NaN */
	uint8 *last;		/* a copy of the value before: a lane, or bytes */
	uint32 last_bytes;
	uint32 last_capacity_bytes;
	int128 total;	   /* of integers */
	Datum sum;		   /* numeric, or 0 */
	bool no_sum;	   /* some value cannot be summed */
	Datum min_numeric; /* or 0 */
	Datum max_numeric;
	uint32 n_distinct;
	uint32 n_slots;
	uint64 *slots; /* hashes, 0: free */
	uint32 max_length_bytes;
} ColVerifyStats;

extern void col_verify_stats_init(ColVerifyStats *stats, ColOrder order,
								  uint16 value_bytes, uint32 n_rows);

/* Adds the values of the next vector. */
extern void col_verify_stats_add(ColVerifyStats *stats,
								 const ColVector *vector);

/*
 * Adds to a zone what they are; said: the zone that was read, whose number of
 * distinct values may be an estimate.
 */
extern void col_verify_stats_zone(const ColVerifyStats *stats,
								  const ColZone *said, ColZone *zone);

#endif /* COL_VERIFY_H */
