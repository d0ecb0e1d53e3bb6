/*
 * zonemap.c - zones of stripes, column by column: pruning by one column reads
 * one page per group and column, not every stripe.
 *
 * Zones are written before their stripe is FLUSHED, so whoever sees it FLUSHED
 * sees its zones.
 */
#include "postgres.h"

#include "access/generic_xlog.h"
#include "storage/bufmgr.h"

#include "src/storage/page/page.h"
#include "src/storage/stripe/zonemap.h"

/* Where the zones of a stripe's group lie. */
typedef struct ZoneLayout
{
	BlockNumber first_block;
	uint32 n_columns;
	uint32 capacity;
	uint32 columns_per_page;
} ZoneLayout;

static void
zone_layout(Relation rel, const ColStripe *stripe, ZoneLayout *layout)
{
	Buffer buffer =
		col_page_read(rel, stripe->ref.block, BUFFER_LOCK_SHARE,
					  COL_PAGE_DIRECTORY, stripe->ref.group, 0, NULL);
	const ColDirectory *directory = col_page_content(BufferGetPage(buffer));

	layout->first_block = directory->zones_block;
	layout->n_columns = directory->n_columns;
	layout->capacity = directory->capacity;
	UnlockReleaseBuffer(buffer);
	if (layout->capacity == 0 || layout->capacity > COL_ZONES_MAX ||
		stripe->ref.slot >= layout->capacity)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("directory page %u of table \"%s\" has capacity %u",
						stripe->ref.block, RelationGetRelationName(rel),
						layout->capacity)));
	layout->columns_per_page = col_zones_columns_per_page(layout->capacity);
}

/* The entry of a column on its page, for the stripe's slot. */
static ColZoneEntry *
zone_entry(Page page, const ZoneLayout *layout, uint32 column, uint32 slot)
{
	ColZoneEntry *entries = col_page_content(page);

	return &entries[(column % layout->columns_per_page) * layout->capacity +
					slot];
}

void
col_zonemap_write(Relation rel, const ColStripe *stripe, const ColZone *zones,
				  uint32 n_columns)
{
	ZoneLayout layout;

	zone_layout(rel, stripe, &layout);
	n_columns = Min(n_columns, layout.n_columns);
	for (uint32 first = 0; first < n_columns; first += layout.columns_per_page)
	{
		uint32 number = first / layout.columns_per_page;
		uint32 end = Min(first + layout.columns_per_page, n_columns);
		Buffer buffer = col_page_read(rel, layout.first_block + number,
									  BUFFER_LOCK_EXCLUSIVE, COL_PAGE_ZONES,
									  stripe->ref.group, number, NULL);
		GenericXLogState *state = GenericXLogStart(rel);
		Page page = GenericXLogRegisterBuffer(state, buffer, 0);

		for (uint32 column = first; column < end; column++)
		{
			const ColZone *zone = &zones[column];
			ColZoneEntry *entry =
				zone_entry(page, &layout, column, stripe->ref.slot);

			Assert(zone->min_bytes <= COL_ZONE_VALUE_BYTES);
			Assert(zone->max_bytes <= COL_ZONE_VALUE_BYTES);
			memset(entry, 0, sizeof(*entry));
			entry->flags = zone->flags;
			entry->order = zone->order;
			entry->min_bytes = zone->min_bytes;
			entry->max_bytes = zone->max_bytes;
			entry->n_rows = zone->n_rows;
			entry->n_nulls = zone->n_nulls;
			memcpy(entry->min, zone->min, zone->min_bytes);
			memcpy(entry->max, zone->max, zone->max_bytes);
		}
		GenericXLogFinish(state);
		UnlockReleaseBuffer(buffer);
	}
}

bool
col_zonemap_read(Relation rel, const ColStripe *stripe, uint32 column,
				 ColZone *zone)
{
	ZoneLayout layout;
	uint32 number;
	Buffer buffer;
	const ColZoneEntry *entry;

	memset(zone, 0, sizeof(*zone));
	zone_layout(rel, stripe, &layout);
	if (column >= layout.n_columns)
		return false;
	number = column / layout.columns_per_page;
	buffer = col_page_read(rel, layout.first_block + number, BUFFER_LOCK_SHARE,
						   COL_PAGE_ZONES, stripe->ref.group, number, NULL);
	entry =
		zone_entry(BufferGetPage(buffer), &layout, column, stripe->ref.slot);
	zone->flags = entry->flags;
	zone->order = entry->order;
	zone->min_bytes = Min(entry->min_bytes, COL_ZONE_VALUE_BYTES);
	zone->max_bytes = Min(entry->max_bytes, COL_ZONE_VALUE_BYTES);
	zone->n_rows = entry->n_rows;
	zone->n_nulls = entry->n_nulls;
	memcpy(zone->min, entry->min, zone->min_bytes);
	memcpy(zone->max, entry->max, zone->max_bytes);
	UnlockReleaseBuffer(buffer);
	return zone->n_rows > 0;
}
