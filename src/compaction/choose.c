/*
 * choose.c - what a compaction finds worth doing.
 */
#include "postgres.h"

#include "src/compaction/choose.h"
#include "src/pg/guc.h"
#include "src/storage/stripe/visibility.h"

typedef struct Choice
{
	Relation rel;
	const ColTableOptions *options;
	const ColCompactPolicy *policy;
	const ColDirectoryCopy *directory;
	uint64 end_row;
	bool merge; /* small stripes */
} Choice;

/* Live rows of a stripe, as far as the directory knows. */
static uint32
live_rows(const ColStripeEntry *entry)
{
	return entry->n_rows - entry->dead_rows;
}

/* Bytes of values that end a stripe before it has all its rows. */
static uint64
full_bytes(void)
{
	return (uint64) col_write_memory_kb * 1024 / 32;
}

static bool
is_small(const Choice *choice, const ColStripeEntry *entry)
{
	return live_rows(entry) < choice->options->stripe_rows / 2 &&
		   entry->raw_bytes < full_bytes();
}

/* Could the stripe be replaced at all? */
static bool
is_candidate(const Choice *choice, const ColStripeEntry *entry)
{
	return entry->state == COL_STRIPE_FLUSHED &&
		   entry->first_row < choice->end_row &&
		   col_stripe_xmin_status(choice->rel, entry) == COL_XID_COMMITTED &&
		   (entry->xmax == 0 ||
			col_stripe_xmax_status(choice->rel, entry) == COL_XID_ABORTED);
}

/* Are the small stripes of a table enough to be merged? */
static bool
merges_small(const Choice *choice)
{
	const ColCompactPolicy *policy = choice->policy;
	uint32 n_small = 0;
	uint64 n_rows = 0;

	if (!policy->merges)
		return false;
	for (uint32 i = 0; i < choice->directory->n_stripes; i++)
	{
		const ColStripeEntry *entry = &choice->directory->stripes[i].entry;

		if (!is_candidate(choice, entry) || !is_small(choice, entry))
			continue;
		n_small++;
		n_rows += live_rows(entry);
	}
	return n_small >= policy->min_small_stripes ||
		   (policy->merge_when_full && n_small > 1 &&
			n_rows >= choice->options->stripe_rows);
}

static bool
is_chosen(const Choice *choice, const ColStripeEntry *entry)
{
	if (!is_candidate(choice, entry))
		return false;
	if ((uint64) entry->dead_rows * 5 >= entry->n_rows)
		return true;
	if (is_small(choice, entry))
		return choice->merge;
	return choice->options->sort_by != NIL &&
		   (entry->flags & COL_STRIPE_SORTED) == 0;
}

static Choice
choice_of(Relation rel, const ColTableOptions *options,
		  const ColCompactPolicy *policy, const ColDirectoryCopy *directory,
		  uint64 end_row)
{
	Choice choice = {rel, options, policy, directory, end_row, false};

	choice.merge = merges_small(&choice);
	return choice;
}

uint32
col_compact_heap_rows(const ColTableOptions *options,
					  const ColCompactPolicy *policy)
{
	return policy->automatic ? options->compact_min_rows
							 : policy->min_heap_rows;
}

List *
col_compact_choose(Relation rel, const ColTableOptions *options,
				   const ColCompactPolicy *policy,
				   const ColDirectoryCopy *directory, uint64 end_row)
{
	Choice choice = choice_of(rel, options, policy, directory, end_row);
	List *chosen = NIL;
	uint64 n_rows = 0;

	for (uint32 i = 0; i < directory->n_stripes; i++)
	{
		const ColStripeEntry *entry = &directory->stripes[i].entry;

		if (!is_chosen(&choice, entry))
			continue;
		if (n_rows > 0 && n_rows + live_rows(entry) > options->stripe_rows)
			break;
		n_rows += live_rows(entry);
		chosen = lappend_int(chosen, i);
	}
	return chosen;
}

bool
col_compact_is_worth(Relation rel, const ColTableOptions *options,
					 const ColCompactPolicy *policy, double heap_rows)
{
	ColDirectoryCopy directory;
	Choice choice;
	bool worth = heap_rows >= col_compact_heap_rows(options, policy);

	col_directory_load(rel, &directory);
	choice = choice_of(rel, options, policy, &directory, PG_UINT64_MAX);
	for (uint32 i = 0; i < directory.n_stripes && !worth; i++)
		worth = is_chosen(&choice, &directory.stripes[i].entry);
	col_directory_copy_free(&directory);
	return worth;
}
