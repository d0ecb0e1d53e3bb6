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
#include "src/storage/stripe/directory_page.h"
#include "src/storage/stripe/zonemap.h"

/*
 * The group of a stripe, read from its directory page.
 */
static void
zone_group(Relation rel, const ColStripe *stripe, ColGroup *group)
{
	Buffer buffer = col_directory_read(rel, &stripe->ref, BUFFER_LOCK_SHARE);
	const ColDirectory *directory = col_page_content(BufferGetPage(buffer));

	group->block = stripe->ref.block;
	group->number = stripe->ref.group;
	group->capacity = directory->capacity;
	group->zones_block = directory->zones_block;
	group->n_columns = directory->n_columns;
	UnlockReleaseBuffer(buffer);
}

/* Checks what positions are computed from. */
static void
zone_check_group(Relation rel, const ColGroup *group, uint32 slot)
{
	if (group->capacity > 0 && group->capacity <= COL_ZONES_MAX &&
		slot < group->capacity)
		return;
	ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
					errmsg("directory page %u of table \"%s\" has capacity %u",
						   group->block, RelationGetRelationName(rel),
						   group->capacity)));
}

/* The zone page of a column, locked; the column's first entry on it. */
static Buffer
zone_page(Relation rel, const ColGroup *group, uint32 column, int mode,
		  uint32 *first_entry)
{
	uint32 columns_per_page = col_zones_columns_per_page(group->capacity);
	uint32 number = column / columns_per_page;

	*first_entry = (column % columns_per_page) * group->capacity;
	return col_page_read(rel, group->zones_block + number, mode, COL_PAGE_ZONES,
						 group->number, number, NULL);
}

void
col_zonemap_pack(const ColZone *zone, ColZoneEntry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->flags = zone->flags;
	entry->order = zone->order;
	entry->min_bytes = zone->min_bytes;
	entry->max_bytes = zone->max_bytes;
	entry->sum_scale = zone->sum_scale;
	entry->n_rows = zone->n_rows;
	entry->n_nulls = zone->n_nulls;
	entry->n_distinct = zone->n_distinct;
	entry->max_length_bytes = zone->max_length_bytes;
	if (zone->order == COL_ORDER_BYTES)
	{
		Assert(zone->min_bytes <= sizeof(entry->values.bytes.min));
		Assert(zone->max_bytes <= sizeof(entry->values.bytes.max));
		memcpy(entry->values.bytes.min, zone->min, zone->min_bytes);
		memcpy(entry->values.bytes.max, zone->max, zone->max_bytes);
		return;
	}
	Assert(zone->min_bytes <= sizeof(entry->values.numbers.min));
	Assert(zone->max_bytes <= sizeof(entry->values.numbers.max));
	memcpy(entry->values.numbers.min, zone->min, zone->min_bytes);
	memcpy(entry->values.numbers.max, zone->max, zone->max_bytes);
	entry->values.numbers.sum_low = zone->sum_low;
	entry->values.numbers.sum_high = zone->sum_high;
}

void
col_zonemap_unpack(const ColZoneEntry *entry, ColZone *zone)
{
	bool is_bytes = entry->order == COL_ORDER_BYTES;
	uint8 value_bytes =
		is_bytes ? COL_ZONE_VALUE_BYTES : COL_ZONE_NUMERIC_BYTES;

	memset(zone, 0, sizeof(*zone));
	zone->flags = entry->flags;
	zone->order = entry->order;
	zone->min_bytes = Min(entry->min_bytes, value_bytes);
	zone->max_bytes = Min(entry->max_bytes, value_bytes);
	zone->sum_scale = entry->sum_scale;
	zone->n_rows = entry->n_rows;
	zone->n_nulls = entry->n_nulls;
	zone->n_distinct = entry->n_distinct;
	zone->max_length_bytes = entry->max_length_bytes;
	memcpy(zone->min,
		   is_bytes ? entry->values.bytes.min : entry->values.numbers.min,
		   zone->min_bytes);
	memcpy(zone->max,
		   is_bytes ? entry->values.bytes.max : entry->values.numbers.max,
		   zone->max_bytes);
	if (is_bytes)
		return;
	zone->sum_low = entry->values.numbers.sum_low;
	zone->sum_high = entry->values.numbers.sum_high;
}

void
col_zonemap_write(Relation rel, const ColStripe *stripe, const ColZone *zones,
				  uint32 n_columns)
{
	ColGroup group;
	uint32 columns_per_page;

	zone_group(rel, stripe, &group);
	zone_check_group(rel, &group, stripe->ref.slot);
	columns_per_page = col_zones_columns_per_page(group.capacity);
	n_columns = Min(n_columns, group.n_columns);
	for (uint32 first = 0; first < n_columns; first += columns_per_page)
	{
		uint32 end = Min(first + columns_per_page, n_columns);
		uint32 at;
		Buffer buffer =
			zone_page(rel, &group, first, BUFFER_LOCK_EXCLUSIVE, &at);
		GenericXLogState *state = GenericXLogStart(rel);
		ColZoneEntry *entries =
			col_page_content(GenericXLogRegisterBuffer(state, buffer, 0));

		Assert(at == 0);
		for (uint32 column = first; column < end; column++)
		{
			col_zonemap_pack(
				&zones[column],
				&entries[(column - first) * group.capacity + stripe->ref.slot]);
		}
		GenericXLogFinish(state);
		UnlockReleaseBuffer(buffer);
	}
}

bool
col_zonemap_read(Relation rel, const ColStripe *stripe, uint32 column,
				 ColZone *zone)
{
	ColGroup group;
	Buffer buffer;
	uint32 first;
	const ColZoneEntry *entries;

	memset(zone, 0, sizeof(*zone));
	zone_group(rel, stripe, &group);
	zone_check_group(rel, &group, stripe->ref.slot);
	if (column >= group.n_columns)
		return false;
	buffer = zone_page(rel, &group, column, BUFFER_LOCK_SHARE, &first);
	entries = col_page_content(BufferGetPage(buffer));
	col_zonemap_unpack(&entries[first + stripe->ref.slot], zone);
	UnlockReleaseBuffer(buffer);
	return zone->n_rows > 0;
}

void
col_zonemap_read_group(Relation rel, const ColGroup *group, uint32 column,
					   ColZone *zones)
{
	Buffer buffer;
	uint32 first;
	const ColZoneEntry *entries;

	zone_check_group(rel, group, 0);
	if (column >= group->n_columns)
	{
		memset(zones, 0, group->capacity * sizeof(ColZone));
		return;
	}
	buffer = zone_page(rel, group, column, BUFFER_LOCK_SHARE, &first);
	entries = col_page_content(BufferGetPage(buffer));
	for (uint32 slot = 0; slot < group->capacity; slot++)
		col_zonemap_unpack(&entries[first + slot], &zones[slot]);
	UnlockReleaseBuffer(buffer);
}
