/*
 * batch.c - rows of a table as vectors.
 *
 * A batch of a stripe decodes nothing before a column is asked for.  Rows are
 * transposed when they are added, by-reference values copied: pages are not pinned
 * by a batch.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "src/encoding/decimal.h"
#include "src/pg/border.h"
#include "src/storage/store/batch.h"
#include "src/vector/image.h"

/* Stands for NULL. */
static const uint8 empty_image[COL_IMAGE_ALIGN_BYTES] = {COL_IMAGE_EMPTY};

ColBatch *
col_batch_create(TupleDesc desc, const int *wanted, int n_wanted)
{
	ColBatch *batch = palloc0(sizeof(*batch));

	batch->desc = desc;
	batch->wanted = wanted;
	batch->n_wanted = n_wanted;
	batch->memory = CurrentMemoryContext;
	batch->rows = AllocSetContextCreate(
		CurrentMemoryContext, "columnar batch rows", ALLOCSET_DEFAULT_SIZES);
	batch->columns = palloc0(Max(desc->natts, 1) * sizeof(ColBatchColumn));
	return batch;
}

/* The rows of the vector that are not hidden. */
static void
select_visible(ColBatch *batch, const ColRowSet *hidden)
{
	uint32 n_words = (batch->n_rows + 63) / 64;

	memset(batch->selected, 0, sizeof(batch->selected));
	for (uint32 w = 0; w < n_words; w++)
		batch->selected[w] =
			hidden ? ~hidden->bits[batch->first_row / 64 + w] : ~(uint64) 0;
	if (batch->n_rows % 64 != 0)
		batch->selected[n_words - 1] &= ((uint64) 1 << batch->n_rows % 64) - 1;
}

void
col_batch_set_stripe(ColBatch *batch, const ColTableScan *scan, uint64 stripe)
{
	StaticAssertStmt(COL_VECTOR_ROWS % 64 == 0, "vectors begin with a word");
	Assert(scan->phase == COL_SCAN_STRIPES);
	batch->number++;
	batch->stripe = stripe;
	batch->reader = scan->reader;
	batch->first_row = scan->vector_first_row;
	batch->vector = scan->vector_first_row / COL_VECTOR_ROWS;
	batch->n_rows = scan->vector_end_row - scan->vector_first_row;
	select_visible(batch, scan->hidden);
}

/* The value that rows of stripes have which were made before the column. */
static void
set_missing(ColBatch *batch, int number, ColVector *vector)
{
	const ColReaderColumn *column = &batch->reader->columns[number];
	Form_pg_attribute attribute = TupleDescAttr(batch->desc, number);
	ColBatchColumn *own = &batch->columns[number];
	static const uint64 none[COL_VECTOR_WORDS];
	static const uint8 *const empty[1] = {empty_image};
	static const uint8 zeroes[NAMEDATALEN];

	memset(vector, 0, sizeof(*vector));
	vector->kind = COL_VECTOR_CONSTANT;
	vector->phys = col_border_phys(attribute);
	vector->stride_bytes = col_border_value_bytes(attribute);
	vector->n_rows = batch->n_rows;
	if (column->missing_is_null)
	{
		vector->n_nulls = batch->n_rows;
		vector->validity = none;
		vector->images = empty;
		vector->values =
			vector->stride_bytes <= sizeof(zeroes)
				? zeroes
				: MemoryContextAllocZero(batch->rows, vector->stride_bytes);
		return;
	}
	if (own->images == NULL)
		own->images = MemoryContextAlloc(batch->memory, 2 * sizeof(uint8 *));
	own->images[0] = (const uint8 *) DatumGetPointer(column->missing);
	if (vector->phys == COL_PHYS_LANE)
	{
		own->images[1] = NULL;
		memcpy(&own->images[1], &column->missing, sizeof(Datum));
		vector->values = (const uint8 *) &own->images[1];
	}
	else
		vector->values = own->images[0];
	vector->images = own->images;
}

void
col_batch_set_view(ColBatch *batch, ColBatch *of, const int *columns,
				   uint64 stripe)
{
	batch->number++;
	batch->stripe = stripe;
	batch->of = of;
	batch->of_columns = columns;
	batch->n_rows = of->n_rows;
	memcpy(batch->selected, of->selected, sizeof(batch->selected));
}

const ColVector *
col_batch_column(ColBatch *batch, int number)
{
	ColBatchColumn *column = &batch->columns[number];

	if (batch->of)
		return col_batch_column(batch->of, batch->of_columns[number]);
	if (column->vector_batch == batch->number)
		return &column->vector;
	if (batch->stripe == 0)
		elog(ERROR, "column %d of a batch of rows has not been asked for",
			 number + 1);
	if (batch->reader->columns[number].absent)
		set_missing(batch, number, &column->vector);
	else
		col_stripe_reader_vector(batch->reader, number, batch->vector, false,
								 &column->vector);
	column->vector_batch = batch->number;
	return &column->vector;
}

const uint64 *
col_batch_validity(ColBatch *batch, int number)
{
	ColBatchColumn *column = &batch->columns[number];

	if (batch->of)
		return col_batch_validity(batch->of, batch->of_columns[number]);
	if (column->vector_batch == batch->number || batch->stripe == 0 ||
		batch->reader->columns[number].absent)
		return col_batch_column(batch, number)->validity;
	return col_stripe_reader_validity(batch->reader, number, batch->vector);
}

const ColVector *
col_batch_decimals(ColBatch *batch, int number)
{
	ColBatchColumn *column = &batch->columns[number];

	if (batch->of)
		return col_batch_decimals(batch->of, batch->of_columns[number]);
	if (batch->stripe == 0 || batch->reader->columns[number].absent)
		return col_batch_column(batch, number);
	if (column->decimals_batch != batch->number)
	{
		col_stripe_reader_vector(batch->reader, number, batch->vector, true,
								 &column->decimals);
		column->decimals_batch = batch->number;
		if (column->decimals.phys != COL_PHYS_DECIMAL)
		{
			column->vector = column->decimals;
			column->vector_batch = batch->number;
		}
	}
	return &column->decimals;
}

/* Room for rows of a column. */
static void
make_room(ColBatch *batch, int number)
{
	ColBatchColumn *column = &batch->columns[number];
	Form_pg_attribute attribute = TupleDescAttr(batch->desc, number);
	MemoryContext old = MemoryContextSwitchTo(batch->memory);

	column->validity = palloc(COL_VECTOR_WORDS * sizeof(uint64));
	if (col_border_phys(attribute) == COL_PHYS_IMAGE)
		column->images = palloc(COL_VECTOR_ROWS * sizeof(uint8 *));
	else
		column->values =
			palloc0(COL_VECTOR_ROWS * (Size) col_border_value_bytes(attribute) +
					COL_TAIL_BYTES);
	MemoryContextSwitchTo(old);
}

void
col_batch_set_rows(ColBatch *batch)
{
	batch->number++;
	batch->stripe = 0;
	batch->reader = NULL;
	batch->of = NULL;
	batch->n_rows = 0;
	memset(batch->selected, 0, sizeof(batch->selected));
	MemoryContextReset(batch->rows);
	for (int w = 0; w < batch->n_wanted; w++)
	{
		int number = batch->wanted[w];
		ColBatchColumn *column = &batch->columns[number];
		Form_pg_attribute attribute = TupleDescAttr(batch->desc, number);
		ColVector *vector = &column->vector;

		if (column->validity == NULL)
			make_room(batch, number);
		memset(column->validity, 0, COL_VECTOR_WORDS * sizeof(uint64));
		memset(vector, 0, sizeof(*vector));
		vector->kind = COL_VECTOR_FLAT;
		vector->phys = col_border_phys(attribute);
		vector->stride_bytes = col_border_value_bytes(attribute);
		vector->values = column->values;
		vector->images = column->images;
		column->vector_batch = batch->number;
	}
}

/* A value that is a varlena as the image that vectors have. */
static const uint8 *
copy_image(ColBatch *batch, Datum value)
{
	MemoryContext old = MemoryContextSwitchTo(batch->rows);
	struct varlena *stored = (struct varlena *) DatumGetPointer(value);
	struct varlena *plain = pg_detoast_datum_packed(stored);

	if (plain == stored)
	{
		Size bytes = VARSIZE_ANY(plain);

		plain = memcpy(palloc(bytes), stored, bytes);
	}
	MemoryContextSwitchTo(old);
	return (const uint8 *) plain;
}

static void
add_value(ColBatch *batch, ColBatchColumn *column, Datum value, bool null)
{
	ColVector *vector = &column->vector;
	uint32 row = batch->n_rows;
	uint8 *place = column->values + (Size) row * vector->stride_bytes;

	if (null)
	{
		vector->n_nulls++;
		if (vector->phys == COL_PHYS_IMAGE)
			column->images[row] = empty_image;
		else
			memset(place, 0, vector->stride_bytes);
		return;
	}
	column->validity[row / 64] |= (uint64) 1 << row % 64;
	if (vector->phys == COL_PHYS_IMAGE)
		column->images[row] = copy_image(batch, value);
	else if (vector->phys == COL_PHYS_LANE)
		memcpy(place, &value, vector->stride_bytes);
	else
		memcpy(place, DatumGetPointer(value), vector->stride_bytes);
}

void
col_batch_add(ColBatch *batch, TupleTableSlot *slot)
{
	uint32 row = batch->n_rows;

	Assert(row < COL_VECTOR_ROWS && batch->stripe == 0);
	if (batch->n_wanted > 0)
		slot_getsomeattrs(slot, batch->wanted[batch->n_wanted - 1] + 1);
	for (int w = 0; w < batch->n_wanted; w++)
	{
		int number = batch->wanted[w];
		ColBatchColumn *column = &batch->columns[number];

		add_value(batch, column, slot->tts_values[number],
				  slot->tts_isnull[number]);
		column->vector.n_rows = row + 1;
		column->vector.validity =
			column->vector.n_nulls > 0 ? column->validity : NULL;
	}
	batch->selected[row / 64] |= (uint64) 1 << row % 64;
	batch->n_rows++;
}

Datum
col_vector_datum(const ColVector *vector, uint32 row, bool *null)
{
	const uint8 *value;

	*null = col_vector_is_null(vector, row);
	if (*null)
		return (Datum) 0;
	value = col_vector_value(vector, row);
	if (vector->phys == COL_PHYS_DECIMAL)
	{
		uint8 *image = palloc(COL_DECIMAL_IMAGE_BYTES);

		col_decimal_image(*(const int64 *) value, vector->scale, vector->scale,
						  image);
		return PointerGetDatum(image);
	}
	if (vector->phys != COL_PHYS_LANE)
		return PointerGetDatum(value);
	switch (vector->stride_bytes)
	{
		case 8:
			return Int64GetDatum(*(const int64 *) value);
		case 4:
			return Int32GetDatum(*(const int32 *) value);
		case 2:
			return Int16GetDatum(*(const int16 *) value);
		default:
			return CharGetDatum(*(const char *) value);
	}
}

void
col_batch_scan_begin(ColBatchScan *batches, ColTableScan *scan, ColBatch *batch)
{
	batches->scan = scan;
	batches->batch = batch;
	batches->slot = MakeSingleTupleTableSlot(batch->desc, &TTSOpsHeapTuple);
	batches->pending = false;
	batches->stripe = -1;
}

/* Collects rows of the row store, the first of which is the scan's. */
static void
collect_rows(ColBatchScan *batches)
{
	ColTableScan *scan = batches->scan;
	ColBatch *batch = batches->batch;

	col_batch_set_rows(batch);
	do
	{
		ExecStoreHeapTuple(&scan->rows.tuple, batches->slot, false);
		col_batch_add(batch, batches->slot);
		ExecClearTuple(batches->slot);
		batches->pending = false;
		if (batch->n_rows == COL_VECTOR_ROWS)
			return;
		batches->pending = col_table_scan_next(scan, true);
	} while (batches->pending && scan->phase == COL_SCAN_ROWS);
}

bool
col_batch_scan_next(ColBatchScan *batches)
{
	ColTableScan *scan = batches->scan;

	CHECK_FOR_INTERRUPTS();
	if (!batches->pending && !col_table_scan_next(scan, true))
		return false;
	batches->pending = false;
	if (scan->phase == COL_SCAN_ROWS)
	{
		collect_rows(batches);
		return true;
	}
	if (batches->stripe != scan->stripe)
	{
		batches->stripe = scan->stripe;
		batches->n_stripes++;
	}
	col_batch_set_stripe(batches->batch, scan, batches->n_stripes);
	scan->row = scan->vector_end_row - 1;
	return true;
}

void
col_batch_scan_end(ColBatchScan *batches)
{
	ExecDropSingleTupleTableSlot(batches->slot);
}
