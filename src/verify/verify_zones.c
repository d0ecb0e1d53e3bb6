/*
 * verify_zones.c - zone pages: the form of each entry, and what it has in
 * common with its stripe.  Values are compared by verify_stripe.c.
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "storage/bufmgr.h"

#include "src/verify/verify.h"
#include "src/storage/page/page.h"
#include "src/storage/stripe/zonemap.h"
#include "src/vector/numeric.h"

static int64
zone_lane(const uint8 *bytes)
{
	int64 lane;

	memcpy(&lane, bytes, sizeof(lane));
	return lane;
}

static bool
is_after(const ColZone *zone)
{
	int64 min = zone_lane(zone->min);
	int64 max = zone_lane(zone->max);
	float4 min4;
	float4 max4;
	float8 min8;
	float8 max8;
	ColNumeric min_numeric;
	ColNumeric max_numeric;
	int order;

	switch (zone->order)
	{
		case COL_ORDER_SIGNED:
			return min > max;
		case COL_ORDER_UNSIGNED:
			return (uint64) min > (uint64) max;
		case COL_ORDER_FLOAT4:
			memcpy(&min4, zone->min, sizeof(min4));
			memcpy(&max4, zone->max, sizeof(max4));
			return !(min4 <= max4);
		case COL_ORDER_FLOAT8:
			memcpy(&min8, zone->min, sizeof(min8));
			memcpy(&max8, zone->max, sizeof(max8));
			return !(min8 <= max8);
		case COL_ORDER_NUMERIC:
			return !col_numeric_parse(zone->min, zone->min_bytes,
									  &min_numeric) ||
				   !col_numeric_parse(zone->max, zone->max_bytes,
									  &max_numeric) ||
				   col_numeric_compare(&min_numeric, &max_numeric) > 0;
		default:
			order = memcmp(zone->min, zone->max,
						   Min(zone->min_bytes, zone->max_bytes));
			return order > 0 ||
				   (order == 0 && zone->min_bytes > zone->max_bytes);
	}
}

/* Can min and max of an order have these lengths? */
static bool
lengths_fit(const ColZone *zone)
{
	switch (zone->order)
	{
		case COL_ORDER_BYTES:
			return true;
		case COL_ORDER_NUMERIC:
			return zone->min_bytes >= 2 && zone->max_bytes >= 2;
		default:
			return zone->min_bytes == 8 && zone->max_bytes == 8;
	}
}

/* What is wrong with what an entry says beside min and max. */
static const char *
stats_problem(const ColZone *zone)
{
	uint32 n_values = zone->n_rows - zone->n_nulls;
	uint16 order_flags =
		COL_ZONE_ASCENDING | COL_ZONE_STRICTLY_ASCENDING | COL_ZONE_DESCENDING;

	if ((zone->flags & COL_ZONE_HAS_SUM) != 0 &&
		zone->order != COL_ORDER_SIGNED && zone->order != COL_ORDER_NUMERIC)
		return "sum of a type without";
	if ((zone->flags & COL_ZONE_HAS_SUM) == 0 &&
		(zone->sum_low != 0 || zone->sum_high != 0 || zone->sum_scale != 0))
		return "sum without its flag";
	if (zone->sum_scale != 0 && zone->order != COL_ORDER_NUMERIC)
		return "scale of a sum";
	if ((zone->flags & order_flags) != 0 &&
		(zone->order == COL_ORDER_NONE || n_values == 0))
		return "order of rows without values or order";
	if ((zone->flags & COL_ZONE_STRICTLY_ASCENDING) != 0 &&
		((zone->flags & COL_ZONE_ASCENDING) == 0 ||
		 zone->n_distinct != n_values))
		return "strict order of rows";
	if (zone->n_distinct > n_values ||
		(zone->n_distinct == 0) != (n_values == 0))
		return "number of distinct values";
	return NULL;
}

/* What is wrong with an entry by itself. */
static const char *
zone_problem(const ColZoneEntry *entry)
{
	ColZone unpacked;
	ColZone *zone = &unpacked;
	ColZoneEntry packed;
	bool has_range = (entry->flags & COL_ZONE_HAS_RANGE) != 0;
	uint16 of_bytes = COL_ZONE_MIN_CUT | COL_ZONE_MAX_CUT;

	if (entry->n_rows == 0)
		return col_verify_is_zero(entry, sizeof(*entry)) ? NULL
														 : "it has no rows";
	col_zonemap_unpack(entry, zone);
	if (zone->flags >= COL_ZONE_DISTINCT_EXACT << 1)
		return "unknown flags";
	if (zone->order > COL_ORDER_NUMERIC)
		return "unknown order";
	col_zonemap_pack(zone, &packed);
	if (memcmp(&packed, entry, sizeof(packed)) != 0)
		return "length of min or max";
	if ((zone->flags & COL_ZONE_HAS_NAN) != 0 &&
		zone->order != COL_ORDER_FLOAT4 && zone->order != COL_ORDER_FLOAT8 &&
		zone->order != COL_ORDER_NUMERIC)
		return "NaN in a type without";
	if ((zone->flags & of_bytes) != 0 &&
		(zone->order != COL_ORDER_BYTES || !has_range))
		return "cut without a range of bytes";
	if (zone->n_nulls > zone->n_rows)
		return "more NULLs than rows";
	if (stats_problem(zone) != NULL)
		return stats_problem(zone);
	if (!has_range)
		return zone->min_bytes == 0 && zone->max_bytes == 0
				   ? NULL
				   : "min or max without a range";
	if (zone->order == COL_ORDER_NONE || zone->n_nulls == zone->n_rows)
		return "range without values";
	if (!lengths_fit(zone))
		return "length of min or max";
	return is_after(zone) ? "min is above max" : NULL;
}

/* The entries that a group has by now; zones are written after they are made. */
static uint32
entries_now(ColVerify *v, const ColVerifyGroup *group)
{
	PGAlignedBlock copy;

	col_verify_copy_page(v, group->ref.block, &copy);
	return ((ColDirectory *) col_page_content(copy.data))->n_entries;
}

static void
check_zone(ColVerify *v, const ColVerifyGroup *group, uint32 column,
		   uint32 slot, const ColZoneEntry *zone)
{
	TupleDesc desc = RelationGetDescr(v->rel);
	const char *problem = zone_problem(zone);
	const ColStripe *stripe = NULL;
	ColVerifyPlace before;

	if (slot < group->n_entries)
		stripe = &v->stripes[group->first_stripe + slot];
	else if (problem == NULL && zone->n_rows > 0 &&
			 slot >= entries_now(v, group))
		problem = "there is no such stripe";
	if (problem == NULL && stripe != NULL && zone->n_rows > 0 &&
		stripe->entry.state == COL_STRIPE_FLUSHED &&
		zone->n_rows != stripe->entry.n_rows)
		problem = "another number of rows than the stripe";
	if (problem == NULL)
		return;

	before = col_verify_at(
		v, v->place.block,
		stripe ? (int64) stripe->entry.first_row : COL_VERIFY_NONE,
		column < desc->natts ? NameStr(TupleDescAttr(desc, column)->attname)
							 : NULL);
	col_verify_report(v, "corrupt zone",
					  "Column number %u, slot %u: %s.  Flags %u, order %u, "
					  "%u rows, %u NULLs.",
					  column + 1, slot, problem, zone->flags, zone->order,
					  zone->n_rows, zone->n_nulls);
	v->place = before;
}

void
col_verify_zone_page(ColVerify *v, const ColVerifyGroup *group, uint32 number,
					 Page page)
{
	const ColZoneEntry *zones = col_page_content(page);
	uint32 columns_per_page = col_zones_columns_per_page(group->capacity);
	uint32 first = number * columns_per_page;
	uint32 end = Min(first + columns_per_page, group->n_columns);
	uint32 n_zones = (end - first) * group->capacity;

	for (uint32 i = 0; i < n_zones; i++)
		check_zone(v, group, first + i / group->capacity, i % group->capacity,
				   &zones[i]);
	if (col_page_header(page)->used_bytes != COL_PAGE_CONTENT_BYTES)
		col_verify_report(v, "page says a wrong number of bytes in use",
						  "%u bytes are said to be in use, %u are.",
						  col_page_header(page)->used_bytes,
						  (uint32) COL_PAGE_CONTENT_BYTES);
	if (!col_verify_is_zero(&zones[n_zones],
							COL_PAGE_CONTENT_BYTES -
								n_zones * sizeof(ColZoneEntry)))
		col_verify_report(v, "bytes that should be zero are not",
						  "They are behind the zones.");
}
