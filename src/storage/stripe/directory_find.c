/*
 * directory_find.c - the stripe of a row.
 *
 * Single rows by their TIDs, and changes of them, ask for the same stripes again and
 * again: where the last ones' entries lie is kept as long as a statement runs.
 * The lock on its table keeps them there; whatever ends that lock, or moves
 * entries, forgets them.
 */
#include "postgres.h"

#include "src/pg/compat.h"
#include "src/storage/page/metapage.h"
#include "src/storage/page/page.h"
#include "src/storage/stripe/directory.h"
#include "src/storage/stripe/directory_page.h"

#define PLACES 16

/* Where an entry lies, and the row numbers it had. */
typedef struct Place
{
	ColRelFile file;
	ColStripeRef ref;
	uint64 first_row;
	uint64 end_row;
} Place;

static Place places[PLACES];
static uint32 n_places = 0;
static uint32 oldest = 0; /* the next to be replaced */

/* Index of the last reference whose first_row is not above row, or -1. */
static int
find_ref(const ColPageRef *refs, uint32 n, uint64 row)
{
	uint32 low = 0;
	uint32 high = n;

	while (low < high)
	{
		uint32 middle = (low + high) / 2;

		if (refs[middle].first_row <= row)
			low = middle + 1;
		else
			high = middle;
	}
	return (int) low - 1;
}

/* Index of the last entry that starts at or below row, or -1. */
static int
find_entry(const ColDirectory *directory, uint64 row)
{
	uint32 low = 0;
	uint32 high = Min(directory->n_entries, COL_DIRECTORY_ENTRIES_MAX);

	while (low < high)
	{
		uint32 middle = (low + high) / 2;

		if (directory->entries[middle].first_row <= row)
			low = middle + 1;
		else
			high = middle;
	}
	return (int) low - 1;
}

/* From the meta page on. */
static bool
search(Relation rel, uint64 row, ColStripe *stripe)
{
	Buffer buffer = col_metapage_read(rel, BUFFER_LOCK_SHARE);
	ColMeta *meta = col_metapage_content(BufferGetPage(buffer));
	ColMap *map;
	BlockNumber block;
	int map_number;
	int i;

	map_number =
		find_ref(meta->maps, Min(meta->n_maps, COL_META_MAPS_MAX), row);
	block = map_number < 0 ? InvalidBlockNumber : meta->maps[map_number].block;
	UnlockReleaseBuffer(buffer);
	if (map_number < 0)
		return false;

	buffer = col_page_read(rel, block, BUFFER_LOCK_SHARE, COL_PAGE_MAP,
						   map_number, 0, NULL);
	map = col_page_content(BufferGetPage(buffer));
	i = find_ref(map->groups, Min(map->n_groups, COL_MAP_GROUPS_MAX), row);
	stripe->ref.block = i < 0 ? InvalidBlockNumber : map->groups[i].block;
	UnlockReleaseBuffer(buffer);
	if (i < 0)
		return false;
	stripe->ref.group = map_number * COL_MAP_GROUPS_MAX + i;

	buffer = col_directory_read(rel, &stripe->ref, BUFFER_LOCK_SHARE);
	i = find_entry(col_page_content(BufferGetPage(buffer)), row);
	if (i >= 0)
	{
		stripe->ref.slot = i;
		stripe->entry =
			*col_directory_entry(rel, BufferGetPage(buffer), &stripe->ref);
	}
	UnlockReleaseBuffer(buffer);
	return i >= 0 &&
		   row < stripe->entry.first_row + stripe->entry.reserved_rows;
}

void
col_directory_reread(Relation rel, ColStripe *stripe)
{
	Buffer buffer = col_directory_read(rel, &stripe->ref, BUFFER_LOCK_SHARE);

	stripe->entry =
		*col_directory_entry(rel, BufferGetPage(buffer), &stripe->ref);
	UnlockReleaseBuffer(buffer);
}

static Place *
known_place(Relation rel, uint64 row)
{
	for (uint32 i = 0; i < n_places; i++)
	{
		Place *place = &places[i];

		if (row >= place->first_row && row < place->end_row &&
			COL_REL_FILE_EQUALS(place->file, COL_REL_FILE(rel)))
			return place;
	}
	return NULL;
}

static void
remember_place(Relation rel, const ColStripe *stripe)
{
	Place *place = &places[oldest];

	*place = (Place){COL_REL_FILE(rel), stripe->ref, stripe->entry.first_row,
					 stripe->entry.first_row + stripe->entry.reserved_rows};
	oldest = (oldest + 1) % PLACES;
	n_places = Min(n_places + 1, PLACES);
}

bool
col_directory_find(Relation rel, uint64 row, ColStripe *stripe)
{
	Place *place = known_place(rel, row);

	if (place != NULL)
	{
		stripe->ref = place->ref;
		col_directory_reread(rel, stripe);
		/* unused numbers may have gone to another stripe */
		if (row < stripe->entry.first_row + stripe->entry.reserved_rows)
			return true;
		place->end_row = place->first_row;
	}
	if (!search(rel, row, stripe))
		return false;
	remember_place(rel, stripe);
	return true;
}

void
col_directory_forget(void)
{
	n_places = 0;
	oldest = 0;
}
