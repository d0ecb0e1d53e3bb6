/*
 * verify_stripe.c - the stripes that have rows: stream, chunks, all values,
 * and the zones that speak of them.
 *
 * Stripes of transactions that have aborted are left out: they may have columns
 * that went with the transaction.  Dropped columns are read: their types are
 * gone, their bytes are not.
 *
 * Memory: one column of one stripe at a time.
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "src/pg/border.h"
#include "src/verify/verify.h"
#include "src/storage/page/page_stream.h"
#include "src/storage/stripe/stripe_bloom.h"
#include "src/storage/stripe/visibility.h"
#include "src/storage/stripe/zonemap.h"
#include "src/vector/image.h"

/* A stripe being read. */
typedef struct StripeCheck
{
	const ColStripe *stripe;
	ColStripeReader *reader;
	uint32 column;
	uint8 *bloom; /* the column's filter, or NULL */
	ColBloomKind bloom_kind;
	ColVerifyStats stats;
	MemoryContext context; /* of one column */
	bool wanted;
} StripeCheck;

/* Zeroes from start_bytes to end_bytes of the stream. */
static void
check_gap(ColVerify *v, const ColStripe *stripe, uint64 start_bytes,
		  uint64 end_bytes)
{
	uint8 bytes[8];

	Assert(end_bytes - start_bytes < sizeof(bytes));
	col_page_stream_read(v->rel, stripe->entry.first_row,
						 stripe->entry.first_block, start_bytes,
						 end_bytes - start_bytes, bytes, v->strategy);
	if (!col_verify_is_zero(bytes, end_bytes - start_bytes))
		col_verify_report(v, "bytes that should be zero are not",
						  "Before byte " UINT64_FORMAT " of the stripe.",
						  end_bytes);
}

/* Opens the stripe: its header; chunks follow one another. */
static void
check_stream(ColVerify *v, void *arg)
{
	StripeCheck *check = arg;
	const ColStripeEntry *entry = &check->stripe->entry;
	uint64 at = sizeof(ColStripeHeader) +
				(uint64) entry->n_columns * sizeof(ColChunkRef);

	check->wanted = col_stripe_xmin_status(v->rel, entry) != COL_XID_ABORTED;
	if (!check->wanted)
		return;
	col_stripe_reader_open(check->reader, check->stripe);
	for (uint32 i = 0; i < entry->n_columns; i++)
	{
		const ColChunkRef *ref = &check->reader->columns[i].ref;
		uint64 start = at;

		if (ref->n_bytes > 0)
			start = TYPEALIGN64(8, at);
		if (ref->offset_bytes != (ref->n_bytes > 0 ? start : 0))
			col_verify_report(v, "column chunk is misplaced",
							  "Column number %u is at " UINT64_FORMAT
							  ", " UINT64_FORMAT " was expected.",
							  i + 1, ref->offset_bytes, start);
		if (v->held != NIL)
			return;
		check_gap(v, check->stripe, at, start);
		at = start + ref->n_bytes;
		if (ref->bloom_bytes > 0)
		{
			check_gap(v, check->stripe, at, TYPEALIGN64(8, at));
			at = TYPEALIGN64(8, at) + ref->bloom_bytes;
		}
	}
	if (entry->stream_bytes != TYPEALIGN64(8, at))
		col_verify_report(v, "stripe has a wrong length",
						  "Its entry says " UINT64_FORMAT
						  ", its chunks end at " UINT64_FORMAT ".",
						  entry->stream_bytes, at);
	else
		check_gap(v, check->stripe, at, entry->stream_bytes);
}

static bool
zone_equals(const ColZone *a, const ColZone *b)
{
	return a->flags == b->flags && a->order == b->order &&
		   a->n_rows == b->n_rows && a->n_nulls == b->n_nulls &&
		   a->n_distinct == b->n_distinct &&
		   a->max_length_bytes == b->max_length_bytes &&
		   a->sum_scale == b->sum_scale && a->sum_low == b->sum_low &&
		   a->sum_high == b->sum_high && a->min_bytes == b->min_bytes &&
		   a->max_bytes == b->max_bytes &&
		   memcmp(a->min, b->min, sizeof(a->min)) == 0 &&
		   memcmp(a->max, b->max, sizeof(a->max)) == 0;
}

/* Says how zones differ; values are not for everybody's eyes. */
static void
compare_zones(ColVerify *v, const ColZone *zone, const ColZone *real,
			  const char *which)
{
	if (zone_equals(zone, real))
		return;
	col_verify_report(
		v, "zone and values disagree",
		"%s: flags %u, order %u, %u rows, %u NULLs, %u distinct, %u bytes, sum "
		"%s, min %s, max %s; the values have flags %u, order %u, %u rows, %u "
		"NULLs, %u distinct, %u bytes.",
		which, zone->flags, zone->order, zone->n_rows, zone->n_nulls,
		zone->n_distinct, zone->max_length_bytes,
		zone->sum_low == real->sum_low && zone->sum_high == real->sum_high
			? "right"
			: "wrong",
		zone->min_bytes == real->min_bytes &&
				memcmp(zone->min, real->min, sizeof(zone->min)) == 0
			? "right"
			: "wrong",
		zone->max_bytes == real->max_bytes &&
				memcmp(zone->max, real->max, sizeof(zone->max)) == 0
			? "right"
			: "wrong",
		real->flags, real->order, real->n_rows, real->n_nulls, real->n_distinct,
		real->max_length_bytes);
}

static void
throw_status(ColReaderColumn *column, ColStatus status, const ColError *error)
{
	ColStripeReader *reader = column->reader;
	uint32 number = column - reader->columns;

	if (status != COL_OK)
		col_border_throw(reader->rel, reader->stripe.entry.first_row,
						 NameStr(TupleDescAttr(reader->desc, number)->attname),
						 column->read_block, status, error);
}

/* Can values of that class be in that order? */
static bool
order_fits(ColOrder order, Form_pg_attribute attribute)
{
	switch (order)
	{
		case COL_ORDER_NONE:
			return true;
		case COL_ORDER_BYTES:
			return col_border_phys(attribute) != COL_PHYS_LANE;
		case COL_ORDER_NUMERIC:
			return col_border_phys(attribute) == COL_PHYS_IMAGE;
		case COL_ORDER_FLOAT4:
			return attribute->attbyval && attribute->attlen == 4;
		case COL_ORDER_FLOAT8:
			return attribute->attbyval && attribute->attlen == 8;
		default:
			return attribute->attbyval && order <= COL_ORDER_UNSIGNED;
	}
}

/* Values that a column's bloom filter does not know of are lost to pruning. */
static void
check_bloom(ColVerify *v, StripeCheck *check, const ColVector *vector)
{
	const ColReaderColumn *column = &check->reader->columns[check->column];

	for (uint32 row = 0; row < vector->n_rows && v->held == NIL; row++)
	{
		const uint8 *value = col_vector_value(vector, row);
		uint32 n_bytes = vector->stride_bytes;
		uint64 hash;
		ColBloomPiece piece;

		if (col_vector_is_null(vector, row))
			continue;
		if (vector->phys == COL_PHYS_IMAGE)
		{
			n_bytes = col_image_payload_bytes(value);
			value = col_image_payload(value);
		}
		hash = col_bloom_hash(check->bloom_kind, value, n_bytes);
		piece = col_bloom_piece(column->ref.bloom_bytes, hash);
		if (!col_bloom_has(check->bloom + piece.offset_bytes, piece.block,
						   hash))
			col_verify_report(v, "bloom filter and values disagree",
							  "The filter lacks a value.");
	}
}

/* Reads the filter of the column, if it has one. */
static void
read_bloom(ColVerify *v, StripeCheck *check)
{
	Form_pg_attribute attribute =
		TupleDescAttr(check->reader->desc, check->column);

	check->bloom =
		col_stripe_bloom(check->reader, check->column, &check->bloom_kind);
	if (check->bloom == NULL ||
		col_bloom_fits(check->bloom_kind, col_border_phys(attribute),
					   col_border_value_bytes(attribute)))
		return;
	col_verify_report(v, "bloom filter and values disagree",
					  "Values of the column have no filter of kind %d.",
					  (int) check->bloom_kind);
	check->bloom = NULL;
}

/* Decodes vector number i, whose own zone is right; adds its values. */
static void
check_vector(ColVerify *v, ColReaderColumn *column, uint32 i,
			 uint16 value_bytes, ColVerifyValues *all)
{
	ColVerifyValues values;
	ColError error = {0};
	ColZone said;
	ColZone real;
	char which[32];

	throw_status(column,
				 col_chunk_read(column->chunk, i, &column->vector, &error),
				 &error);
	col_verify_values_of(&values, &column->vector, all->order, value_bytes);
	col_verify_values_add(all, &values);
	col_chunk_vector_zone(column->chunk, i, &said);
	if (said.order == COL_ORDER_NONE)
	{
		/* nothing is said but the counts */
		values.order = COL_ORDER_NONE;
		values.has_nan = values.has_range = false;
	}
	col_verify_values_zone(&values, &real);
	snprintf(which, sizeof(which), "vector %u", i);
	compare_zones(v, &said, &real, which);
}

/*
 * pg_upgrade makes dropped columns anew, none of them by value: only a chunk
 * says whether its values are.
 */
static void
restore_dropped(ColVerify *v, StripeCheck *check)
{
	const ColStripeEntry *entry = &check->stripe->entry;
	const ColChunkRef *ref = &check->reader->columns[check->column].ref;
	Form_pg_attribute given =
		TupleDescAttr(RelationGetDescr(v->rel), check->column);
	uint8 start[COL_CHUNK_PHYS_BYTES];

	if (!given->attisdropped || given->attbyval ||
		(given->attlen != 1 && given->attlen != 2 && given->attlen != 4 &&
		 given->attlen != 8) ||
		ref->n_bytes < sizeof(start))
		return;
	col_page_stream_read(v->rel, entry->first_row, entry->first_block,
						 ref->offset_bytes, sizeof(start), start, v->strategy);
	TupleDescAttr(check->reader->desc, check->column)->attbyval =
		col_chunk_phys(start) == COL_PHYS_LANE;
}

/* Decodes a column; its zones are right. */
static void
check_values(ColVerify *v, StripeCheck *check)
{
	ColReaderColumn *column = &check->reader->columns[check->column];
	Form_pg_attribute attribute =
		TupleDescAttr(check->reader->desc, check->column);
	uint32 n_rows = check->stripe->entry.n_rows;
	ColChunkReader *chunk;
	ColVerifyValues all = {0};
	ColError error = {0};
	ColZone zone;
	ColZone real;

	restore_dropped(v, check);
	chunk = col_stripe_reader_chunk(check->reader, check->column);
	read_bloom(v, check);
	if (!col_zonemap_read(v->rel, check->stripe, check->column, &zone))
	{
		/* what vectors say is checked even so */
		col_verify_report(v, "zone is missing",
						  "The stripe has values of the column.");
		col_chunk_vector_zone(chunk, 0, &zone);
	}
	if (order_fits(zone.order, attribute))
		all.order = zone.order;
	else
		col_verify_report(v, "zone and values disagree",
						  "The type has no order %u.", zone.order);
	col_verify_stats_init(&check->stats, all.order,
						  col_border_value_bytes(attribute), n_rows);
	for (uint32 i = 0; i * COL_VECTOR_ROWS < n_rows && v->held == NIL; i++)
	{
		CHECK_FOR_INTERRUPTS();
		check_vector(v, column, i, attribute->attlen, &all);
		col_verify_stats_add(&check->stats, &column->vector);
		if (check->bloom != NULL)
			check_bloom(v, check, &column->vector);
	}
	throw_status(column, col_chunk_check_gaps(chunk, &error), &error);
	if (v->held != NIL)
		return;
	col_verify_values_zone(&all, &real);
	col_verify_stats_zone(&check->stats, &zone, &real);
	if (column->ref.bloom_bytes > 0)
		real.flags |= COL_ZONE_HAS_BLOOM;
	compare_zones(v, &zone, &real, "zone map");
}

static void
check_column(ColVerify *v, void *arg)
{
	StripeCheck *check = arg;
	MemoryContext old = MemoryContextSwitchTo(check->context);

	check_values(v, check);
	MemoryContextSwitchTo(old);
}

static void
check_columns(ColVerify *v, StripeCheck *check)
{
	const ColStripeEntry *entry = &check->stripe->entry;

	for (uint32 i = 0; i < entry->n_columns; i++)
	{
		ColReaderColumn *column = &check->reader->columns[i];
		Form_pg_attribute attribute = TupleDescAttr(check->reader->desc, i);

		if (column->absent)
			continue;
		check->column = i;
		col_verify_at(v,
					  entry->first_block +
						  column->ref.offset_bytes / COL_PAGE_CONTENT_BYTES,
					  (int64) entry->first_row, NameStr(attribute->attname));
		v->read_block = &column->read_block;
		if (col_verify_try(v, check_column, check))
			col_chunk_close(column->chunk);
		MemoryContextReset(check->context);
		v->read_block = NULL;
		column->chunk = NULL;
		col_verify_return(v, v->held != NIL &&
								 col_verify_same_stripe(v, check->stripe));
	}
}

void
col_verify_stripes(ColVerify *v)
{
	TupleDesc desc = CreateTupleDescCopyConstr(RelationGetDescr(v->rel));
	StripeCheck check = {0};

	for (int i = 0; i < desc->natts; i++)
		TupleDescAttr(desc, i)->attisdropped = false;
	check.reader =
		col_stripe_reader_create(v->rel, desc, v->strategy, v->context);
	check.context = AllocSetContextCreate(v->context, "columnar verify column",
										  ALLOCSET_DEFAULT_SIZES);
	for (uint32 i = 0; i < v->n_stripes; i++)
	{
		const ColStripe *stripe = &v->stripes[i];

		if (!v->sound[i] || stripe->entry.state != COL_STRIPE_FLUSHED)
			continue;
		CHECK_FOR_INTERRUPTS();
		check.stripe = stripe;
		col_verify_at(v, stripe->entry.first_block,
					  (int64) stripe->entry.first_row, NULL);
		if (col_verify_try(v, check_stream, &check) && check.wanted &&
			v->held == NIL)
			check_columns(v, &check);
		else
			col_verify_return(v, v->held != NIL &&
									 col_verify_same_stripe(v, stripe));
	}
	col_stripe_reader_free(check.reader);
}
