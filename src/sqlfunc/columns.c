/*
 * columns.c - columnar.columns(table): what the stripes have of each column.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"

#include "src/pg/border.h"
#include "src/sqlfunc/open.h"
#include "src/storage/store/write_buffer.h"
#include "src/storage/stripe/stripe_reader.h"
#include "src/storage/stripe/visibility.h"
#include "src/storage/stripe/zonemap.h"
#include "src/vector/numeric.h"

PG_FUNCTION_INFO_V1(colstore_columns);

/* Different "encoding" or "encoding/codec" names that a column can have. */
#define MAX_ENCODINGS 32

typedef struct ColumnSummary
{
	int64 n_rows;
	int64 n_nulls;
	int64 raw_bytes;
	int64 stored_bytes;
	int64 bloom_bytes;
	bool has_range; /* min and max are set */
	bool no_range;	/* some stripe has values without a range */
	ColZone range;	/* min and max over all stripes */
	int64 n_values;
	bool meets;			 /* ranges of stripes do not follow one another */
	int64 n_distinct;	 /* of all stripes together */
	int64 most_distinct; /* of one stripe */
	int64 n_nearly_all;	 /* of those of which nearly all values differ */
	uint16 order;		 /* COL_ZONE_ASCENDING ... that all stripes have */
	bool no_sum;
	Datum sum; /* numeric, or 0 */
	uint32 max_length_bytes;
	int n_encodings;
	char *encodings[MAX_ENCODINGS];
} ColumnSummary;

static void
summary_add_encoding(ColumnSummary *summary, const ColChunkInfo *info)
{
	char *name = strcmp(info->codec, "none") == 0
					 ? pstrdup(info->encoding)
					 : psprintf("%s/%s", info->encoding, info->codec);

	for (int i = 0; i < summary->n_encodings; i++)
	{
		if (strcmp(summary->encodings[i], name) == 0)
			return;
	}
	if (summary->n_encodings < MAX_ENCODINGS)
		summary->encodings[summary->n_encodings++] = name;
}

static uint64
zone_lane(const uint8 *bytes)
{
	uint64 lane;

	memcpy(&lane, bytes, sizeof(lane));
	return lane;
}

/* The floating-point value whose bits a zone holds. */
static double
zone_float(ColOrder order, const uint8 *bytes)
{
	uint64 lane = zone_lane(bytes);
	uint32 low = (uint32) lane;
	float4 single;
	float8 value;

	if (order == COL_ORDER_FLOAT4)
	{
		memcpy(&single, &low, sizeof(single));
		return single;
	}
	memcpy(&value, &lane, sizeof(value));
	return value;
}

/* Compares two bounds of one order: less than, equal, greater than 0. */
static int
bound_compare(ColOrder order, const uint8 *a, int a_bytes, const uint8 *b,
			  int b_bytes)
{
	ColNumeric left;
	ColNumeric right;
	int result;

	switch (order)
	{
		case COL_ORDER_SIGNED:
			return (int64) zone_lane(a) < (int64) zone_lane(b)
					   ? -1
					   : (int64) zone_lane(a) > (int64) zone_lane(b);
		case COL_ORDER_UNSIGNED:
			return zone_lane(a) < zone_lane(b) ? -1
											   : zone_lane(a) > zone_lane(b);
		case COL_ORDER_FLOAT4:
		case COL_ORDER_FLOAT8:
			return float8_cmp_internal(zone_float(order, a),
									   zone_float(order, b));
		case COL_ORDER_BYTES:
			result = memcmp(a, b, Min(a_bytes, b_bytes));
			return result != 0 ? result : a_bytes - b_bytes;
		case COL_ORDER_NUMERIC:
			(void) col_numeric_parse(a, a_bytes, &left);
			(void) col_numeric_parse(b, b_bytes, &right);
			return col_numeric_compare(&left, &right);
		case COL_ORDER_NONE:
			break;
	}
	return 0;
}

/* Adds what a zone says beside min and max, before those are added. */
static void
summary_add_stats(ColumnSummary *summary, const ColZone *zone)
{
	const ColZone *range = &summary->range;
	uint32 n_values = zone->n_rows - zone->n_nulls;

	if ((zone->flags & COL_ZONE_HAS_RANGE) == 0 || summary->no_range ||
		(summary->has_range && zone->order != range->order))
		summary->meets = true;
	else if (summary->has_range)
	{
		int order = bound_compare(zone->order, zone->min, zone->min_bytes,
								  range->max, range->max_bytes);

		summary->meets |= order < 0;
		summary->n_distinct -= order == 0; /* in both */
	}
	summary->order =
		summary->n_values == 0 ? zone->flags : summary->order & zone->flags;
	summary->n_values += n_values;
	summary->n_distinct += zone->n_distinct;
	summary->most_distinct = Max(summary->most_distinct, zone->n_distinct);
	if (zone->n_distinct >= n_values / 10 * 9)
		summary->n_nearly_all += zone->n_distinct;
	summary->max_length_bytes =
		Max(summary->max_length_bytes, zone->max_length_bytes);
	if ((zone->flags & COL_ZONE_HAS_SUM) == 0)
		summary->no_sum = true;
	else
	{
		Datum sum =
			col_border_numeric(zone->sum_low, zone->sum_high, zone->sum_scale);

		summary->sum =
			summary->sum == 0
				? sum
				: DirectFunctionCall2(numeric_add, summary->sum, sum);
	}
}

/*
 * Different values over all stripes, about: if their ranges follow one another, or
 * nearly all values of a stripe differ, all of a stripe's are new; else the stripe
 * with the most has them all.
 */
static int64
summary_distinct(const ColumnSummary *summary)
{
	if (!summary->meets)
		return summary->n_distinct;
	return Max(summary->most_distinct, summary->n_nearly_all);
}

static const char *
summary_order(const ColumnSummary *summary)
{
	if (summary->order & COL_ZONE_STRICTLY_ASCENDING)
		return "strictly ascending";
	if (summary->order & COL_ZONE_ASCENDING)
		return "ascending";
	return summary->order & COL_ZONE_DESCENDING ? "descending" : NULL;
}

static void
summary_add_zone(ColumnSummary *summary, const ColZone *zone)
{
	ColZone *range = &summary->range;

	summary->n_rows += zone->n_rows;
	summary->n_nulls += zone->n_nulls;
	if (zone->n_nulls == zone->n_rows)
		return;
	summary_add_stats(summary, zone);
	if ((zone->flags & COL_ZONE_HAS_RANGE) == 0 ||
		(summary->has_range && zone->order != range->order))
	{
		summary->no_range = true;
		return;
	}
	if (!summary->has_range)
	{
		*range = *zone;
		summary->has_range = true;
		return;
	}
	if (bound_compare(zone->order, zone->min, zone->min_bytes, range->min,
					  range->min_bytes) < 0)
	{
		memcpy(range->min, zone->min, sizeof(range->min));
		range->min_bytes = zone->min_bytes;
	}
	if (bound_compare(zone->order, zone->max, zone->max_bytes, range->max,
					  range->max_bytes) > 0)
	{
		memcpy(range->max, zone->max, sizeof(range->max));
		range->max_bytes = zone->max_bytes;
	}
}

/* A bound as the column's type prints it; text as far as it was kept. */
static Datum
bound_text(Form_pg_attribute attribute, const ColZone *zone, const uint8 *bytes,
		   int n_bytes)
{
	uint64 lane;
	Datum value;
	Oid output;
	bool varlena;

	getTypeOutputInfo(attribute->atttypid, &output, &varlena);
	if (zone->order == COL_ORDER_NUMERIC)
		value = PointerGetDatum(
			cstring_to_text_with_len((const char *) bytes, n_bytes));
	else if (zone->order == COL_ORDER_BYTES && attribute->attlen > 0)
	{
		/* a zone keeps short ones whole */
		char *fixed = palloc0(Max(attribute->attlen, n_bytes));

		memcpy(fixed, bytes, n_bytes);
		value = PointerGetDatum(fixed);
	}
	else if (zone->order == COL_ORDER_BYTES)
	{
		if (getBaseType(attribute->atttypid) != BYTEAOID)
			n_bytes = pg_mbcliplen((const char *) bytes, n_bytes, n_bytes);
		value = PointerGetDatum(
			cstring_to_text_with_len((const char *) bytes, n_bytes));
	}
	else
	{
		lane = zone_lane(bytes);
		switch (attribute->attlen)
		{
			case 1:
				value = CharGetDatum((char) lane);
				break;
			case 2:
				value = Int16GetDatum((int16) lane);
				break;
			case 4:
				value = Int32GetDatum((int32) lane);
				break;
			default:
				value = Int64GetDatum((int64) lane);
		}
	}
	return CStringGetTextDatum(OidOutputFunctionCall(output, value));
}

/* Adds what one stripe has of each column. */
static void
summarize_stripe(Relation rel, ColStripeReader *reader, const ColStripe *stripe,
				 ColumnSummary *summaries)
{
	col_stripe_reader_open(reader, stripe);
	for (uint32 i = 0; i < reader->n_columns; i++)
	{
		ColChunkReader *chunk = col_stripe_reader_chunk(reader, i);
		ColChunkInfo info;
		ColZone zone;

		if (chunk == NULL)
			continue;
		col_chunk_info(chunk, &info);
		summary_add_encoding(&summaries[i], &info);
		summaries[i].raw_bytes += info.raw_bytes;
		summaries[i].stored_bytes += reader->columns[i].ref.n_bytes;
		summaries[i].bloom_bytes += reader->columns[i].ref.bloom_bytes;
		if (col_zonemap_read(rel, stripe, i, &zone))
			summary_add_zone(&summaries[i], &zone);
		else
			summaries[i].no_range = true;
	}
}

/* hidden: what it tells of values is not for this user. */
static void
put_summary(ReturnSetInfo *result, Form_pg_attribute attribute,
			const ColumnSummary *summary, bool hidden)
{
	Datum values[13] = {0};
	bool nulls[13] = {0};
	Datum encodings[MAX_ENCODINGS];
	Oid type = getBaseType(attribute->atttypid);
	bool has_values = summary->n_values > 0 && !hidden;
	bool has_sum = has_values && !summary->no_sum &&
				   (type == INT2OID || type == INT4OID || type == INT8OID ||
					type == NUMERICOID);
	const char *order = summary_order(summary);
	bool range = summary->has_range && !summary->no_range && !hidden;

	for (int i = 0; i < summary->n_encodings; i++)
		encodings[i] = CStringGetTextDatum(summary->encodings[i]);
	values[0] = NameGetDatum(&attribute->attname);
	values[1] = PointerGetDatum(construct_array(
		encodings, summary->n_encodings, TEXTOID, -1, false, TYPALIGN_INT));
	values[2] = Int64GetDatum(summary->n_rows);
	values[3] = Int64GetDatum(summary->n_nulls);
	values[4] = Int64GetDatum(summary->raw_bytes);
	values[5] = Int64GetDatum(summary->stored_bytes);
	values[8] = Int64GetDatum(summary->bloom_bytes);
	nulls[3] = hidden;
	nulls[6] = nulls[7] = !range;
	if (range)
	{
		values[6] = bound_text(attribute, &summary->range, summary->range.min,
							   summary->range.min_bytes);
		values[7] = bound_text(attribute, &summary->range, summary->range.max,
							   summary->range.max_bytes);
	}
	nulls[9] = hidden;
	values[9] = Int64GetDatum(summary_distinct(summary));
	nulls[10] = !has_sum;
	if (has_sum)
		values[10] = summary->sum;
	nulls[11] = !has_values || order == NULL;
	if (!nulls[11])
		values[11] = CStringGetTextDatum(order);
	nulls[12] = !has_values || attribute->attlen != -1;
	values[12] = Int32GetDatum((int32) summary->max_length_bytes);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * colstore_columns(regclass) returns a row for each column, over the stripes
 * that are committed or our own; needs SELECT on the table.  min and max are
 * NULL where the type has no zones or some stripe has none; what tells of values
 * and the number of NULLs also where row security hides rows, as in pg_stats.
 */
Datum
colstore_columns(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation rel = col_sql_open_columnar(PG_GETARG_OID(0));
	TupleDesc desc = RelationGetDescr(rel);
	bool hidden = check_enable_rls(RelationGetRelid(rel), InvalidOid, true) ==
				  RLS_ENABLED;
	ColumnSummary *summaries =
		palloc0(Max(desc->natts, 1) * sizeof(ColumnSummary));
	ColStripeReader *reader;
	ColDirectoryCopy copy;

	InitMaterializedSRF(fcinfo, 0);
	col_write_flush_relation(rel);
	col_directory_load(rel, &copy);
	reader = col_stripe_reader_create(rel, desc, NULL, CurrentMemoryContext);
	for (uint32 i = 0; i < copy.n_stripes; i++)
	{
		const ColStripe *stripe = &copy.stripes[i];

		CHECK_FOR_INTERRUPTS();
		if (stripe->entry.state == COL_STRIPE_FLUSHED &&
			col_stripe_visible(rel, &stripe->entry, SnapshotSelf))
			summarize_stripe(rel, reader, stripe, summaries);
	}
	col_stripe_reader_free(reader);
	for (int i = 0; i < desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped)
			put_summary(result, TupleDescAttr(desc, i), &summaries[i], hidden);
	}
	col_directory_copy_free(&copy);
	table_close(rel, AccessShareLock);
	return (Datum) 0;
}
