/*
 * stripe_reader.c - the values of one FLUSHED stripe.
 *
 * Path: directory entry -> stripe header (first bytes of the stream) -> chunk
 * head at a column's first use -> one vector at a time.
 *
 * Memory: all that belongs to the stripe lives in stripe_context, reset when
 * the reader turns to another one.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tupmacs.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "simd/simd.h"
#include "src/pg/border.h"
#include "src/storage/page/page_stream.h"
#include "src/storage/stripe/stripe_reader.h"

ColStripeReader *
col_stripe_reader_create(Relation rel, TupleDesc desc,
						 BufferAccessStrategy strategy, MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(
		parent, "columnar stripe reader", ALLOCSET_SMALL_SIZES);
	ColStripeReader *reader = MemoryContextAllocZero(
		context, offsetof(ColStripeReader, columns) +
					 Max(desc->natts, 1) * sizeof(ColReaderColumn));

	reader->rel = rel;
	reader->desc = desc;
	reader->strategy = strategy;
	reader->context = context;
	reader->stripe_context = AllocSetContextCreate(context, "columnar stripe",
												   ALLOCSET_DEFAULT_SIZES);
	reader->n_columns = desc->natts;
	return reader;
}

static void
remove_holder(ColStripeReader *reader, int i)
{
	reader->n_holders--;
	memmove(&reader->holders[i], &reader->holders[i + 1],
			(reader->n_holders - i) * sizeof(ColReaderHolder));
}

static void
detach_oldest(ColStripeReader *reader)
{
	void *holder = reader->holders[0].holder;

	reader->detach(holder);
	col_stripe_reader_leave(reader, holder);
}

static void
detach_all(ColStripeReader *reader)
{
	while (reader->n_holders > 0)
		detach_oldest(reader);
}

static int
holder_index(const ColStripeReader *reader, const void *holder)
{
	int i = 0;

	while (i < reader->n_holders && reader->holders[i].holder != holder)
		i++;
	return i;
}

void
col_stripe_reader_hold(ColStripeReader *reader, void *holder,
					   void (*detach)(void *holder))
{
	int n_max = reader->pooled ? COL_READER_HOLDERS : 1;

	if (holder_index(reader, holder) < reader->n_holders)
		return;
	if (reader->n_holders == n_max)
		detach_oldest(reader);
	reader->holders[reader->n_holders++] =
		(ColReaderHolder){holder, GetCurrentSubTransactionId()};
	reader->detach = detach;
}

void
col_stripe_reader_leave(ColStripeReader *reader, void *holder)
{
	int i = holder_index(reader, holder);

	if (i < reader->n_holders)
		remove_holder(reader, i);
}

void
col_stripe_reader_end_subxact(ColStripeReader *reader, SubTransactionId subxact,
							  SubTransactionId parent, bool commit)
{
	for (int i = reader->n_holders - 1; i >= 0; i--)
	{
		if (reader->holders[i].subxact != subxact)
			continue;
		if (commit)
			reader->holders[i].subxact = parent;
		else
			remove_holder(reader, i);
	}
}

/* ColSource hook: bytes of a column's chunk. */
static ColStatus
reader_read(void *context, uint64_t offset_bytes, uint32_t n_bytes,
			uint8_t *destination)
{
	ColReaderColumn *column = context;
	ColStripeReader *reader = column->reader;
	ColStripeEntry *entry = &reader->stripe.entry;

	Assert(offset_bytes + n_bytes <= column->ref.n_bytes);
	CHECK_FOR_INTERRUPTS();
	column->read_block =
		entry->first_block +
		(column->ref.offset_bytes + offset_bytes) / COL_PAGE_CONTENT_BYTES;
	col_page_stream_read(reader->rel, entry->first_row, entry->first_block,
						 column->ref.offset_bytes + offset_bytes, n_bytes,
						 destination, reader->strategy);
	return COL_OK;
}

static void
header_corrupt(ColStripeReader *reader, const char *what, uint64 found,
			   uint64 expected)
{
	ColError error = {COL_CORRUPT, what, {found, expected}};

	col_border_throw(reader->rel, reader->stripe.entry.first_row, NULL,
					 reader->stripe.entry.first_block, COL_CORRUPT, &error);
}

/* Checks the stripe's header against its directory entry. */
static void
header_check(ColStripeReader *reader, const ColStripeHeader *header)
{
	const ColStripeEntry *entry = &reader->stripe.entry;

	if (header->magic != COL_STRIPE_MAGIC)
		header_corrupt(reader, "stripe header has another magic number",
					   header->magic, COL_STRIPE_MAGIC);
	if (header->version > COL_FORMAT_VERSION)
	{
		ColError error = {COL_UNSUPPORTED_VERSION,
						  "stripe header is newer",
						  {header->version, COL_FORMAT_VERSION}};

		col_border_throw(reader->rel, entry->first_row, NULL,
						 entry->first_block, COL_UNSUPPORTED_VERSION, &error);
	}
	if (header->version != COL_FORMAT_VERSION)
		header_corrupt(reader, "stripe header has an unknown version",
					   header->version, COL_FORMAT_VERSION);
	if (header->first_row != entry->first_row)
		header_corrupt(reader, "stripe header belongs to another stripe",
					   header->first_row, entry->first_row);
	if (header->n_rows != entry->n_rows)
		header_corrupt(reader, "stripe header has another number of rows",
					   header->n_rows, entry->n_rows);
	if (header->n_columns != entry->n_columns)
		header_corrupt(reader, "stripe header has another number of columns",
					   header->n_columns, entry->n_columns);
	if (header->n_columns > reader->n_columns)
		header_corrupt(reader, "stripe has more columns than the table",
					   header->n_columns, reader->n_columns);
	if (header->stream_bytes != entry->stream_bytes ||
		header->stream_bytes >
			(uint64) entry->n_blocks * COL_PAGE_CONTENT_BYTES)
		header_corrupt(reader, "stripe header has another length",
					   header->stream_bytes, entry->stream_bytes);
}

/* Reads header and chunk references into the columns. */
static void
reader_read_header(ColStripeReader *reader)
{
	const ColStripeEntry *entry = &reader->stripe.entry;
	ColStripeHeader header;
	Size head_bytes =
		sizeof(header) + (Size) entry->n_columns * sizeof(ColChunkRef);
	uint8 *head = palloc(head_bytes);
	ColChunkRef *refs = (ColChunkRef *) (head + sizeof(header));
	uint32 crc;

	if (head_bytes > (uint64) entry->n_blocks * COL_PAGE_CONTENT_BYTES)
		header_corrupt(reader, "stripe is shorter than its header",
					   entry->n_blocks, head_bytes);
	col_page_stream_read(reader->rel, entry->first_row, entry->first_block, 0,
						 head_bytes, head, reader->strategy);
	memcpy(&header, head, sizeof(header));
	header_check(reader, &header);
	crc = header.crc;
	((ColStripeHeader *) head)->crc = 0;
	if (simd_kernels()->crc32c(0, head, head_bytes) != crc)
		header_corrupt(reader, "stripe header has a wrong checksum",
					   simd_kernels()->crc32c(0, head, head_bytes), crc);

	for (uint32 i = 0; i < header.n_columns; i++)
	{
		uint64 n_bytes = refs[i].n_bytes;

		if (refs[i].bloom_bytes > 0)
			n_bytes = TYPEALIGN64(8, n_bytes) + refs[i].bloom_bytes;
		if (refs[i].n_bytes > header.stream_bytes ||
			n_bytes > header.stream_bytes ||
			refs[i].offset_bytes > header.stream_bytes - n_bytes)
			header_corrupt(reader, "chunk lies outside its stripe",
						   refs[i].offset_bytes, header.stream_bytes);
		reader->columns[i].ref = refs[i];
	}
	pfree(head);
}

void
col_stripe_reader_open(ColStripeReader *reader, const ColStripe *stripe)
{
	MemoryContext old;

	Assert(stripe->entry.state == COL_STRIPE_FLUSHED);
	detach_all(reader);
	reader->broken = true;
	MemoryContextReset(reader->stripe_context);
	old = MemoryContextSwitchTo(reader->stripe_context);
	reader->allocator = col_border_allocator(reader->stripe_context);
	reader->stripe = *stripe;
	memset(reader->columns, 0, reader->n_columns * sizeof(ColReaderColumn));
	reader_read_header(reader);
	for (uint32 i = 0; i < reader->n_columns; i++)
	{
		ColReaderColumn *column = &reader->columns[i];

		column->reader = reader;
		column->read_block = InvalidBlockNumber;
		column->absent = column->ref.n_bytes == 0 ||
						 !col_border_is_stored(TupleDescAttr(reader->desc, i));
		column->missing_is_null = true;
		if (i >= stripe->entry.n_columns)
			column->missing =
				getmissingattr(reader->desc, i + 1, &column->missing_is_null);
	}
	reader->broken = false;
	MemoryContextSwitchTo(old);
}

static void
column_throw(ColReaderColumn *column, ColStatus status, const ColError *error)
{
	ColStripeReader *reader = column->reader;
	int number = column - reader->columns;

	col_border_throw(reader->rel, reader->stripe.entry.first_row,
					 NameStr(TupleDescAttr(reader->desc, number)->attname),
					 column->read_block, status, error);
}

ColChunkReader *
col_stripe_reader_chunk(ColStripeReader *reader, int number)
{
	ColReaderColumn *column = &reader->columns[number];
	Form_pg_attribute attribute = TupleDescAttr(reader->desc, number);
	ColSource source = {.read = reader_read,
						.context = column,
						.chunk_bytes = column->ref.n_bytes};
	ColError error = {0};
	ColStatus status;

	if (column->chunk != NULL || column->absent)
		return column->chunk;
	status = col_chunk_open(
		&source, reader->stripe.entry.n_rows, col_border_phys(attribute),
		col_border_value_bytes(attribute), col_border_codecs(),
		reader->allocator, &column->chunk, &error);
	if (status != COL_OK)
		column_throw(column, status, &error);
	return column->chunk;
}

static ColReaderShape
vector_shape(const ColVector *vector)
{
	if (vector->phys == COL_PHYS_IMAGE)
		return vector->kind == COL_VECTOR_DICTIONARY ? COL_SHAPE_DICTIONARY
													 : COL_SHAPE_IMAGE;
	if (vector->phys == COL_PHYS_FIXED)
		return COL_SHAPE_FIXED;
	switch (vector->stride_bytes)
	{
		case 8:
			return COL_SHAPE_LANE8;
		case 4:
			return COL_SHAPE_LANE4;
		case 2:
			return COL_SHAPE_LANE2;
		default:
			return COL_SHAPE_LANE1;
	}
}

/* Decodes the vector that holds row, or a part of it. */
static void
column_decode(ColReaderColumn *column, uint32 row)
{
	ColStripeReader *reader = column->reader;
	ColChunkReader *chunk =
		col_stripe_reader_chunk(reader, column - reader->columns);
	uint32 vector = row / COL_VECTOR_ROWS;
	ColError error = {0};
	ColStatus status;
	uint32_t first = 0;
	uint32_t end;

	Assert(!column->absent);
	column->n_rows = 0;
	if (reader->pooled)
		status = col_chunk_read_part(chunk, row, &column->vector, &first, &end,
									 &error);
	else
	{
		status = col_chunk_read(chunk, vector, &column->vector, &error);
		end = column->vector.n_rows;
	}
	if (status != COL_OK)
		column_throw(column, status, &error);
	column->first_row = vector * COL_VECTOR_ROWS + first;
	column->n_rows = end - first;
	column->shape = vector_shape(&column->vector);
	column->row_mask =
		column->vector.kind == COL_VECTOR_CONSTANT ? 0 : PG_UINT32_MAX;
}

void
col_stripe_reader_vector(ColStripeReader *reader, int number, uint32 v,
						 bool decimals, ColVector *vector)
{
	ColReaderColumn *column = &reader->columns[number];
	uint32 row = v * COL_VECTOR_ROWS;

	Assert(!reader->pooled && !column->absent);
	if (decimals)
	{
		ColError error = {0};
		ColStatus status = col_chunk_read_decimals(
			col_stripe_reader_chunk(reader, number), v, vector, &error);

		if (status != COL_OK)
			column_throw(column, status, &error);
		if (vector->phys == COL_PHYS_DECIMAL)
			return;
		column->n_rows = 0; /* what was decoded is gone */
	}
	if (row - column->first_row >= column->n_rows)
		column_decode(column, row);
	*vector = column->vector;
}

const uint64 *
col_stripe_reader_validity(ColStripeReader *reader, int number, uint32 v)
{
	const uint64 *validity;
	ColError error = {0};
	ColStatus status;

	Assert(!reader->pooled && !reader->columns[number].absent);
	status = col_chunk_validity(col_stripe_reader_chunk(reader, number), v,
								&validity, &error);
	if (status != COL_OK)
		column_throw(&reader->columns[number], status, &error);
	return validity;
}

/* The value of a row of the decoded vector that is not NULL. */
static inline Datum
column_datum(const ColReaderColumn *column, uint32 row)
{
	const ColVector *vector = &column->vector;

	row &= column->row_mask;
	switch (column->shape)
	{
		case COL_SHAPE_LANE8:
			return Int64GetDatum(((const int64 *) vector->values)[row]);
		case COL_SHAPE_LANE4:
			return Int32GetDatum(((const int32 *) vector->values)[row]);
		case COL_SHAPE_LANE2:
			return Int16GetDatum(((const int16 *) vector->values)[row]);
		case COL_SHAPE_LANE1:
			return CharGetDatum(((const char *) vector->values)[row]);
		case COL_SHAPE_FIXED:
			return PointerGetDatum(vector->values +
								   (Size) row * vector->stride_bytes);
		case COL_SHAPE_IMAGE:
			return PointerGetDatum(vector->images[row]);
		case COL_SHAPE_DICTIONARY:
			return PointerGetDatum(vector->images[vector->codes[row]]);
	}
	pg_unreachable();
}

/* Fills values[i] and nulls[i] with column i of a row. */
static inline void
reader_fill_column(ColStripeReader *reader, int i, uint32 row, Datum *values,
				   bool *nulls)
{
	ColReaderColumn *column = &reader->columns[i];
	uint32 in_vector = row % COL_VECTOR_ROWS;

	if (unlikely(column->absent))
	{
		values[i] = column->missing;
		nulls[i] = column->missing_is_null;
		return;
	}
	if (unlikely(row - column->first_row >= column->n_rows))
		column_decode(column, row);
	if (unlikely(col_vector_is_null(&column->vector, in_vector)))
	{
		values[i] = (Datum) 0;
		nulls[i] = true;
		return;
	}
	nulls[i] = false;
	values[i] = column_datum(column, in_vector);
}

void
col_stripe_reader_fill(ColStripeReader *reader, uint32 row, int first, int end,
					   Datum *values, bool *nulls)
{
	Assert(row < reader->stripe.entry.n_rows);
	if (reader->wanted == NULL)
	{
		for (int i = first; i < end; i++)
			reader_fill_column(reader, i, row, values, nulls);
		return;
	}
	for (int w = 0; w < reader->n_wanted && reader->wanted[w] < end; w++)
	{
		if (reader->wanted[w] >= first)
			reader_fill_column(reader, reader->wanted[w], row, values, nulls);
	}
}

void
col_stripe_reader_want(ColStripeReader *reader, const int *wanted, int n_wanted)
{
	reader->wanted = wanted;
	reader->n_wanted = n_wanted;
}

void
col_stripe_reader_free(ColStripeReader *reader)
{
	detach_all(reader);
	MemoryContextDelete(reader->context);
}
