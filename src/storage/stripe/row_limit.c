/*
 * row_limit.c - which rows a heap page could hold.
 *
 * heap_toast_insert_or_update ends in the same row whenever that is too big for
 * a page: by then every value that may be was compressed or moved out of line.
 * That row's size is computed here, without writing anything.
 *
 * Memory: what col_row_limit_create was given; a child of it for each row that
 * needs a closer look.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/toast_internals.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "src/storage/stripe/row_limit.h"

/* Values up to here TOAST leaves alone. */
#define SMALL_BYTES MAXALIGN(TOAST_POINTER_SIZE)

/* Longer values do not compress to SMALL_BYTES, whatever the method. */
#define COMPRESS_WORTH_BYTES 8192

struct ColRowLimit
{
	TupleDesc desc;
	bool has_toast;
	MemoryContext row_context;
	Datum *values; /* of the row as heapam would store it */
	int n_images;
	int images[FLEXIBLE_ARRAY_MEMBER]; /* columns of variable length */
};

/* May heapam move values of the column out of line? */
static inline bool
column_is_movable(Form_pg_attribute attribute, bool has_toast)
{
	return has_toast && attribute->attstorage != TYPSTORAGE_PLAIN;
}

/* A bound of the rows' sizes; false: there is none. */
static bool
row_bytes_bound(Relation rel, Size *bytes)
{
	TupleDesc desc = RelationGetDescr(rel);
	bool has_toast = OidIsValid(rel->rd_rel->reltoastrelid);

	*bytes = 0;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (attribute->attisdropped)
			continue;
		*bytes = att_align_nominal(*bytes, attribute->attalign);
		if (attribute->attlen > 0)
			*bytes += attribute->attlen;
		else if (column_is_movable(attribute, has_toast))
			*bytes += SMALL_BYTES;
		else
		{
			int32 most =
				type_maximum_size(attribute->atttypid, attribute->atttypmod);

			if (most < 0)
				return false;
			*bytes += most;
		}
	}
	*bytes += MAXALIGN(SizeofHeapTupleHeader + BITMAPLEN(desc->natts));
	return true;
}

ColRowLimit *
col_row_limit_create(Relation rel, MemoryContext context)
{
	TupleDesc desc = RelationGetDescr(rel);
	ColRowLimit *limit;
	Size bytes;

	if (row_bytes_bound(rel, &bytes) && MAXALIGN(bytes) <= MaxHeapTupleSize)
		return NULL;
	limit =
		MemoryContextAllocZero(context, offsetof(ColRowLimit, images) +
											(Size) desc->natts * sizeof(int));
	limit->desc = desc;
	limit->has_toast = OidIsValid(rel->rd_rel->reltoastrelid);
	limit->row_context = AllocSetContextCreate(context, "columnar row limit",
											   ALLOCSET_SMALL_SIZES);
	limit->values =
		MemoryContextAlloc(context, Max(desc->natts, 1) * sizeof(Datum));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (!attribute->attisdropped && attribute->attlen < 0)
			limit->images[limit->n_images++] = i;
	}
	Assert(limit->n_images <= desc->natts);
	return limit;
}

/* Something that looks like a value out of line. */
static Datum
external_pointer(void)
{
	static union
	{
		struct varlena header;
		char bytes[TOAST_POINTER_SIZE];
	} pointer;

	SET_VARTAG_EXTERNAL(&pointer, VARTAG_ONDISK);
	return PointerGetDatum(&pointer);
}

/* What TOAST leaves of a value in the row when it must do all it can. */
static Datum
value_toasted(const ColRowLimit *limit, int column, Datum value, bool plain)
{
	Form_pg_attribute attribute = TupleDescAttr(limit->desc, column);
	bool movable = column_is_movable(attribute, limit->has_toast);
	bool compressible = attribute->attstorage == TYPSTORAGE_EXTENDED ||
						attribute->attstorage == TYPSTORAGE_MAIN;
	struct varlena *image = (struct varlena *) DatumGetPointer(value);
	Size bytes;

	compressible = compressible && (!movable || toast_raw_datum_size(value) <=
													COMPRESS_WORTH_BYTES);
	if (VARATT_IS_EXTERNAL(image))
	{
		if (movable && !compressible)
			return external_pointer();
		image = attribute->attstorage == TYPSTORAGE_PLAIN
					? detoast_attr(image)
					: detoast_external_attr(image);
		bytes = VARSIZE_ANY(image);
	}
	else if (attribute->attstorage != TYPSTORAGE_PLAIN &&
			 VARATT_CAN_MAKE_SHORT(image))
		bytes = VARATT_CONVERTED_SHORT_SIZE(image);
	else
		bytes = VARSIZE_ANY(image);
	if (plain && VARATT_IS_COMPRESSED(image))
	{
		image = detoast_attr(image);
		bytes = VARSIZE_ANY(image);
	}

	if (bytes <= SMALL_BYTES)
		return PointerGetDatum(image);
	if (compressible && !VARATT_IS_COMPRESSED(image))
	{
		Datum compressed = toast_compress_datum(PointerGetDatum(image),
												attribute->attcompression);

		if (DatumGetPointer(compressed) != NULL &&
			(!movable || VARSIZE(DatumGetPointer(compressed)) <= SMALL_BYTES))
			return compressed;
	}
	return movable ? external_pointer() : PointerGetDatum(image);
}

/* Size of a heap row with such values, null bitmap and all. */
static Size
row_bytes(const ColRowLimit *limit, const Datum *values, const bool *nulls)
{
	Size header_bytes = SizeofHeapTupleHeader;

	for (int i = 0; i < limit->desc->natts; i++)
	{
		if (nulls[i])
		{
			header_bytes += BITMAPLEN(limit->desc->natts);
			break;
		}
	}
	return MAXALIGN(MAXALIGN(header_bytes) +
					heap_compute_data_size(limit->desc,
										   unconstify(Datum *, values),
										   unconstify(bool *, nulls)));
}

/* The size of the row after all that TOAST can do. */
static Size
row_bytes_toasted(ColRowLimit *limit, const Datum *values, const bool *nulls,
				  bool plain)
{
	MemoryContext old = MemoryContextSwitchTo(limit->row_context);
	Size bytes;

	memcpy(limit->values, values, limit->desc->natts * sizeof(Datum));
	for (int i = 0; i < limit->n_images; i++)
	{
		int column = limit->images[i];

		if (!nulls[column])
			limit->values[column] =
				value_toasted(limit, column, values[column], plain);
	}
	bytes = row_bytes(limit, limit->values, nulls);
	MemoryContextSwitchTo(old);
	MemoryContextReset(limit->row_context);
	return bytes;
}

/*
 * Is the row small enough whatever TOAST does?  *all_plain: no value is
 * compressed or elsewhere.
 */
static bool
row_is_small(ColRowLimit *limit, const Datum *values, const bool *nulls,
			 bool *all_plain)
{
	Size more_bytes = 0;

	*all_plain = true;
	for (int i = 0; i < limit->n_images; i++)
	{
		int column = limit->images[i];
		struct varlena *image;

		if (nulls[column])
			continue;
		image = (struct varlena *) DatumGetPointer(values[column]);
		if (likely(!VARATT_IS_COMPRESSED(image) && !VARATT_IS_EXTERNAL(image)))
			continue;
		/* up to SMALL_BYTES and padding will be left of it, if it may move */
		if (!column_is_movable(TupleDescAttr(limit->desc, column),
							   limit->has_toast))
			more_bytes = MaxHeapTupleSize;
		more_bytes += SMALL_BYTES + MAXIMUM_ALIGNOF;
		*all_plain = false;
	}
	return more_bytes < MaxHeapTupleSize &&
		   row_bytes(limit, values, nulls) + more_bytes <= MaxHeapTupleSize;
}

bool
col_row_limit_check(ColRowLimit *limit, const Datum *values, const bool *nulls)
{
	bool all_plain;
	Size bytes;

	if (row_is_small(limit, values, nulls, &all_plain))
		return true;
	bytes = row_bytes_toasted(limit, values, nulls, false);
	if (bytes > MaxHeapTupleSize)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("row is too big: size %zu, maximum size %zu",
							   bytes, MaxHeapTupleSize)));
	return all_plain ||
		   row_bytes_toasted(limit, values, nulls, true) <= MaxHeapTupleSize;
}
