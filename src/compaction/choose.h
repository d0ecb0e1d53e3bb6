/*
 * choose.h - what a compaction finds worth doing.
 */
#ifndef COL_COMPACTION_CHOOSE_H
#define COL_COMPACTION_CHOOSE_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/rel.h"

#include "src/pg/table_options.h"
#include "src/storage/stripe/directory.h"

/* What is worth the work. */
typedef struct ColCompactPolicy
{
	bool automatic;			  /* min_heap_rows: as the table's options say */
	uint32 min_heap_rows;	  /* fewer in the row store stay there */
	bool cold_only;			  /* heap pages that are all-visible */
	bool merges;			  /* small stripes: */
	uint32 min_small_stripes; /* that many, */
	bool merge_when_full;	  /* or as many as make a full one */
} ColCompactPolicy;

/* Rows that the row store must have to be compacted. */
extern uint32 col_compact_heap_rows(const ColTableOptions *options,
									const ColCompactPolicy *policy);

/*
 * The stripes of one batch, as a list of indexes into the directory: as many rows
 * as fill a stripe.  Stripes are replaced when they are sparse, small and enough,
 * or not in the order that the options ask for.
 */
extern List *col_compact_choose(Relation rel, const ColTableOptions *options,
								const ColCompactPolicy *policy,
								const ColDirectoryCopy *directory,
								uint64 end_row);

/*
 * Is there anything to do for the policy, if the row store has about heap_rows
 * rows?  Reads the directory.  rel is locked in AccessShareLock at least.
 */
extern bool col_compact_is_worth(Relation rel, const ColTableOptions *options,
								 const ColCompactPolicy *policy,
								 double heap_rows);

#endif /* COL_COMPACTION_CHOOSE_H */
