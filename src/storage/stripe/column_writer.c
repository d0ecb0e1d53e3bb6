/*
 * column_writer.c - the values of one column gathered for a stripe.
 *
 * Memory belongs to the context that append is given, always the same one.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#include "src/pg/border.h"
#include "src/storage/stripe/column_writer.h"

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

/*
 * Makes room for rows up to those of row's word of validity; returns by how
 * many bytes memory grew.
 */
static Size
writer_grow_rows(ColColumnWriter *writer, MemoryContext context, uint32 row)
{
	uint32 rows = writer->capacity_rows;
	uint32 new_rows = rows ? rows * 2 : COL_COLUMN_RUN_ROWS;
	Size value_bytes =
		writer->phys == COL_PHYS_IMAGE ? sizeof(uint32) : writer->value_bytes;

	if (row < rows)
		return 0;
	Assert(row == rows && rows % COL_COLUMN_RUN_ROWS == 0);
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

/*
 * Adds the images of a run; short ones, nearly all, here, without looking at the
 * writer for each.
 */
static uint64
writer_append_images(ColColumnWriter *writer, MemoryContext context, uint32 row,
					 TupleTableSlot **slots, int column, uint32 n_rows,
					 Size *grown)
{
	uint32 *offsets = writer->offsets + row;
	uint64 valid = 0;
	uint8 *end = writer->heap + writer->heap_used_bytes;
	Size room_bytes = writer->heap_capacity_bytes - writer->heap_used_bytes;

	for (uint32 i = 0; i < n_rows; i++)
	{
		Datum value = slots[i]->tts_values[column];
		struct varlena *image = (struct varlena *) DatumGetPointer(value);
		Size bytes;

		offsets[i] = writer->heap_capacity_bytes - room_bytes;
		if (slots[i]->tts_isnull[column])
			continue;
		valid |= UINT64CONST(1) << i;
		if (likely(VARATT_IS_4B_U(image) && writer->may_be_short &&
				   VARATT_CAN_MAKE_SHORT(image)) &&
			(bytes = VARATT_CONVERTED_SHORT_SIZE(image)) <= room_bytes)
		{
			SET_VARSIZE_SHORT(end, bytes);
			memcpy(end + 1, VARDATA(image), bytes - 1);
			end += bytes;
			room_bytes -= bytes;
			continue;
		}
		writer->heap_used_bytes = writer->heap_capacity_bytes - room_bytes;
		*grown += writer_append_image(writer, context, row + i, value);
		end = writer->heap + writer->heap_used_bytes;
		room_bytes = writer->heap_capacity_bytes - writer->heap_used_bytes;
	}
	writer->heap_used_bytes = writer->heap_capacity_bytes - room_bytes;
	return valid;
}

/* The values of a run of lanes; a NULL repeats what is before it. */
#define APPEND_LANES(type, from_datum)                            \
	do                                                            \
	{                                                             \
		type *values = (type *) writer->values + row;             \
		type value = row > 0 ? values[-1] : 0;                    \
                                                                  \
		for (uint32 i = 0; i < n_rows; i++)                       \
		{                                                         \
			bool isnull = slots[i]->tts_isnull[column];           \
                                                                  \
			if (!isnull)                                          \
				value = from_datum(slots[i]->tts_values[column]); \
			values[i] = value;                                    \
			valid |= (uint64) !isnull << i;                       \
		}                                                         \
	} while (0)

/* The same for values of any fixed length. */
static uint64
writer_append_fixed(ColColumnWriter *writer, uint32 row, TupleTableSlot **slots,
					int column, uint32 n_rows)
{
	uint8 *values = writer->values + (Size) row * writer->value_bytes;
	uint64 valid = 0;

	for (uint32 i = 0; i < n_rows; i++, values += writer->value_bytes)
	{
		if (!slots[i]->tts_isnull[column])
		{
			memcpy(values, DatumGetPointer(slots[i]->tts_values[column]),
				   writer->value_bytes);
			valid |= UINT64CONST(1) << i;
		}
		else if (row + i == 0)
			memset(values, 0, writer->value_bytes);
		else
			memcpy(values, values - writer->value_bytes, writer->value_bytes);
	}
	return valid;
}

Size
col_column_writer_append(ColColumnWriter *writer, MemoryContext context,
						 uint32 row, TupleTableSlot **slots, int column,
						 uint32 n_rows)
{
	uint32 shift = row % COL_COLUMN_RUN_ROWS;
	uint64 valid = 0; /* of the run */
	uint64 *word;
	Size grown;

	Assert(n_rows > 0 && shift + n_rows <= COL_COLUMN_RUN_ROWS);
	if (!writer->is_stored)
		return 0;
	grown = writer_grow_rows(writer, context, row);
	if (row % COL_VECTOR_ROWS == 0)
		writer->vector_start_bytes = writer->heap_used_bytes;

	switch (writer->phys)
	{
		case COL_PHYS_LANE:
			if (writer->value_bytes == 8)
				APPEND_LANES(int64, DatumGetInt64);
			else if (writer->value_bytes == 4)
				APPEND_LANES(int32, DatumGetInt32);
			else if (writer->value_bytes == 2)
				APPEND_LANES(int16, DatumGetInt16);
			else
				APPEND_LANES(uint8, DatumGetUInt8);
			break;
		case COL_PHYS_FIXED:
			valid = writer_append_fixed(writer, row, slots, column, n_rows);
			break;
		case COL_PHYS_IMAGE:
			valid = writer_append_images(writer, context, row, slots, column,
										 n_rows, &grown);
			break;
		case COL_PHYS_DECIMAL: /* of vectors that are read only */
			Assert(false);
			break;
	}
	word = &writer->validity[row / COL_COLUMN_RUN_ROWS];
	if (shift == 0)
		*word = valid;
	else /* what is behind may be of an attempt that failed */
		*word = (*word & ((UINT64CONST(1) << shift) - 1)) | valid << shift;
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
	uint64 n_valid = 0;

	if (writer->is_stored)
		for (uint32 row = 0; row < n_rows; row += COL_COLUMN_RUN_ROWS)
			n_valid +=
				pg_popcount64(writer->validity[row / COL_COLUMN_RUN_ROWS]);
	memset(column, 0, sizeof(*column));
	column->phys = writer->phys;
	column->order = writer->order;
	column->value_bytes = writer->value_bytes;
	column->n_rows = n_rows;
	column->n_nulls = n_rows - (uint32) n_valid;
	column->validity = column->n_nulls > 0 ? writer->validity : NULL;
	column->values = writer->values;
	column->offsets = writer->offsets;
	column->heap = writer->heap;
	column->heap_bytes = writer->heap_used_bytes;
}
