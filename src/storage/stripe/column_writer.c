/*
 * column_writer.c - the values of one column gathered for a stripe.
 *
 * Memory belongs to the context that append is given, always the same one.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "utils/memutils.h"

#include "src/pg/border.h"
#include "src/storage/stripe/column_writer.h"

#define INITIAL_ROWS 64
#define INITIAL_HEAP_BYTES 1024

/* A heap doubles up to here, and grows by a quarter from then on. */
#define LARGE_HEAP_BYTES (4 * 1024 * 1024)

void
col_column_writer_init(ColColumnWriter *writer, Form_pg_attribute attribute)
{
	memset(writer, 0, sizeof(*writer));
	writer->is_stored = col_border_is_stored(attribute);
	if (!writer->is_stored)
		return;
	writer->phys = col_border_phys(attribute);
	writer->order = col_border_order(attribute->atttypid);
	writer->value_bytes = col_border_value_bytes(attribute);
	writer->may_be_short = attribute->attstorage != TYPSTORAGE_PLAIN;
}

static void *
grow(MemoryContext context, void *old, Size bytes)
{
	return old ? repalloc_huge(old, bytes)
			   : MemoryContextAllocHuge(context, bytes);
}

/* Makes room for row; returns by how many bytes memory grew. */
static Size
writer_grow_rows(ColColumnWriter *writer, MemoryContext context, uint32 row)
{
	uint32 rows = writer->capacity_rows;
	uint32 new_rows = rows ? rows * 2 : INITIAL_ROWS;
	Size value_bytes =
		writer->phys == COL_PHYS_IMAGE ? sizeof(uint32) : writer->value_bytes;

	if (row < rows)
		return 0;
	Assert(row == rows);
	if (writer->phys == COL_PHYS_IMAGE)
		writer->offsets =
			grow(context, writer->offsets, new_rows * value_bytes);
	else
		writer->values = grow(context, writer->values, new_rows * value_bytes);
	writer->validity = grow(context, writer->validity, new_rows / 8);
	writer->capacity_rows = new_rows;
	return (Size) (new_rows - rows) * value_bytes + (new_rows - rows) / 8;
}

static Size
writer_grow_heap(ColColumnWriter *writer, MemoryContext context, Size bytes)
{
	Size needed = (Size) writer->heap_used_bytes + bytes;
	Size old = writer->heap_capacity_bytes;
	Size capacity = old ? old : INITIAL_HEAP_BYTES;

	if (needed <= old)
		return 0;
	while (capacity < needed)
		capacity += capacity < LARGE_HEAP_BYTES ? capacity : capacity / 4;
	if (capacity > PG_UINT32_MAX)
		capacity = PG_UINT32_MAX;
	if (needed > capacity)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("stripe needs more than 4 GB in one column")));
	writer->heap = grow(context, writer->heap, capacity);
	writer->heap_capacity_bytes = capacity;
	return capacity - old;
}

/* Adds an image in its plain form. */
static Size
writer_append_image(ColColumnWriter *writer, MemoryContext context, uint32 row,
					Datum value)
{
	struct varlena *given = (struct varlena *) DatumGetPointer(value);
	struct varlena *plain = given;
	uint32 start = writer->heap_used_bytes;
	Size grown;

	if (VARATT_IS_EXTERNAL(given) || VARATT_IS_COMPRESSED(given))
		plain = detoast_attr(given);

	if (VARATT_IS_SHORT(plain) && writer->may_be_short)
	{
		Size bytes = VARSIZE_SHORT(plain);

		grown = writer_grow_heap(writer, context, bytes);
		memcpy(writer->heap + start, plain, bytes);
		writer->heap_used_bytes = start + bytes;
	}
	else if (writer->may_be_short && VARATT_CAN_MAKE_SHORT(plain))
	{
		Size bytes = VARATT_CONVERTED_SHORT_SIZE(plain);

		grown = writer_grow_heap(writer, context, bytes);
		SET_VARSIZE_SHORT(writer->heap + start, bytes);
		memcpy(writer->heap + start + 1, VARDATA(plain), bytes - 1);
		writer->heap_used_bytes = start + bytes;
	}
	else
	{
		Size bytes = VARSIZE_ANY_EXHDR(plain) + VARHDRSZ;
		Size aligned = TYPEALIGN(COL_IMAGE_ALIGN_BYTES, (Size) start);

		grown = writer_grow_heap(writer, context, aligned - start + bytes);
		memset(writer->heap + start, 0, aligned - start);
		start = aligned;
		SET_VARSIZE(writer->heap + start, bytes);
		memcpy(writer->heap + start + VARHDRSZ, VARDATA_ANY(plain),
			   bytes - VARHDRSZ);
		writer->heap_used_bytes = start + bytes;
	}
	Assert(writer->heap_used_bytes <= writer->heap_capacity_bytes);
	writer->offsets[row] = start;
	if (plain != given)
		pfree(plain);
	return grown;
}

Size
col_column_writer_append(ColColumnWriter *writer, MemoryContext context,
						 uint32 row, Datum value, bool isnull)
{
	Size grown;
	uint64 bit = UINT64CONST(1) << (row % 64);

	if (!writer->is_stored)
		return 0;
	grown = writer_grow_rows(writer, context, row);
	if (row % COL_VECTOR_ROWS == 0)
		writer->vector_start_bytes = writer->heap_used_bytes;
	if (row % 64 == 0)
		writer->validity[row / 64] = 0;

	if (isnull)
	{
		writer->n_nulls++;
		if (writer->phys == COL_PHYS_IMAGE)
			writer->offsets[row] = writer->heap_used_bytes;
		else if (row == 0)
			memset(writer->values, 0, writer->value_bytes);
		else
			memcpy(writer->values + (Size) row * writer->value_bytes,
				   writer->values + (Size) (row - 1) * writer->value_bytes,
				   writer->value_bytes);
		return grown;
	}

	switch (writer->phys)
	{
		case COL_PHYS_LANE:
			if (writer->value_bytes == 8)
				((int64 *) writer->values)[row] = DatumGetInt64(value);
			else if (writer->value_bytes == 4)
				((int32 *) writer->values)[row] = DatumGetInt32(value);
			else if (writer->value_bytes == 2)
				((int16 *) writer->values)[row] = DatumGetInt16(value);
			else
				writer->values[row] = DatumGetUInt8(value);
			break;
		case COL_PHYS_FIXED:
			memcpy(writer->values + (Size) row * writer->value_bytes,
				   DatumGetPointer(value), writer->value_bytes);
			break;
		case COL_PHYS_IMAGE:
			grown += writer_append_image(writer, context, row, value);
			break;
	}
	writer->validity[row / 64] |= bit;
	return grown;
}

Datum
col_column_writer_get(const ColColumnWriter *writer, uint32 row, bool *isnull)
{
	*isnull = !writer->is_stored ||
			  (writer->validity[row / 64] >> (row % 64) & 1) == 0;
	if (*isnull)
		return (Datum) 0;
	if (writer->phys == COL_PHYS_IMAGE)
		return PointerGetDatum(writer->heap + writer->offsets[row]);
	return fetch_att(writer->values + (Size) row * writer->value_bytes,
					 writer->phys == COL_PHYS_LANE, writer->value_bytes);
}

Size
col_column_writer_bytes(const ColColumnWriter *writer, uint32 n_rows)
{
	return writer->phys == COL_PHYS_IMAGE ? writer->heap_used_bytes
										  : (Size) n_rows * writer->value_bytes;
}

void
col_column_writer_column(const ColColumnWriter *writer, uint32 n_rows,
						 ColColumn *column)
{
	memset(column, 0, sizeof(*column));
	column->phys = writer->phys;
	column->order = writer->order;
	column->value_bytes = writer->value_bytes;
	column->n_rows = n_rows;
	column->n_nulls = writer->n_nulls;
	column->validity = writer->n_nulls > 0 ? writer->validity : NULL;
	column->values = writer->values;
	column->offsets = writer->offsets;
	column->heap = writer->heap;
	column->heap_bytes = writer->heap_used_bytes;
}
