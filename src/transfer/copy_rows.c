/*
 * copy_rows.c - the rows of a columnar table as COPY TO writes them.
 *
 * Values of the common types are written by src/text right behind the row so far;
 * those of others come from the type's output function.  A file gets many rows at
 * once, a client a message for each.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "commands/progress.h"
#include "common/shortest_dec.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "src/tableam/scan.h"
#include "src/text/field.h"
#include "src/text/format.h"
#include "src/transfer/copy_rows.h"
#include "src/pg/zone_offset.h"

/* The message to a client that has a row. */
#define COPY_DATA 'd'

/* A file is written to when there is that much. */
#define WRITE_BYTES (64 * 1024)

/* A row with a longer value is not gathered with those before it. */
#define LONG_VALUE_BYTES (64 * 1024)

typedef struct Output Output;
typedef struct Column Column;

/* Writes a value that is not NULL. */
typedef void (*PutValue)(Output *out, Column *column, Datum value);

struct Column
{
	int index;
	PutValue put;
	FmgrInfo output; /* the type's output function */
	bool is_plain;	 /* what src/text writes is neither escaped nor quoted */
	bool is_quoted;	 /* always */
};

struct Output
{
	ColFieldStyle style;
	const char *null;
	Size null_bytes;
	Column *columns;
	int n_columns;
	StringInfoData buffer;
	Size row_begin; /* of the row that is written: complete ones come before */
	FILE *file;
	MemoryContext row_context;
	uint64 n_rows;
	uint64 n_bytes;
	uint64 reported_bytes;
	ColZoneOffset zone;
};

/* ---- bytes ---- */

static inline uint8 *
reserve(Output *out, Size n_bytes)
{
	StringInfo buffer = &out->buffer;

	if (unlikely((Size) (buffer->maxlen - buffer->len) <= n_bytes))
		enlargeStringInfo(buffer, Min(n_bytes, MaxAllocSize));
	return (uint8 *) buffer->data + buffer->len;
}

static inline void
advance(Output *out, const uint8 *end)
{
	out->buffer.len = end - (const uint8 *) out->buffer.data;
}

static inline void
put_char(Output *out, char c)
{
	uint8 *at = reserve(out, 1);

	*at = c;
	out->buffer.len++;
}

static inline void
put_null(Output *out)
{
	memcpy(reserve(out, out->null_bytes), out->null, out->null_bytes);
	out->buffer.len += out->null_bytes;
}

/* Writes complete rows to the file. */
static void
write_rows(Output *out)
{
	StringInfo buffer = &out->buffer;

	if (out->row_begin == 0)
		return;
	if (fwrite(buffer->data, out->row_begin, 1, out->file) != 1 ||
		ferror(out->file))
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not write to COPY file: %m")));
	buffer->len -= out->row_begin;
	memmove(buffer->data, buffer->data + out->row_begin, buffer->len);
	out->row_begin = 0;
}

static void
report_progress(Output *out)
{
	pgstat_progress_update_param(PROGRESS_COPY_BYTES_PROCESSED, out->n_bytes);
	pgstat_progress_update_param(PROGRESS_COPY_TUPLES_PROCESSED, out->n_rows);
	out->reported_bytes = out->n_bytes;
}

static inline void
end_row(Output *out)
{
	put_char(out, '\n');
	out->n_bytes += out->buffer.len - out->row_begin;
	if (out->file == NULL)
	{
		pq_endmessage_reuse(&out->buffer);
		pq_beginmessage_reuse(&out->buffer, COPY_DATA);
	}
	else
	{
		out->row_begin = out->buffer.len;
		if (out->row_begin >= WRITE_BYTES)
			write_rows(out);
	}
	if (out->n_bytes - out->reported_bytes >= WRITE_BYTES)
		report_progress(out);
}

/* ---- fields ---- */

static bool
is_quoted(const Output *out, const Column *column, const uint8 *bytes,
		  Size n_bytes)
{
	return column->is_quoted ||
		   (n_bytes == out->null_bytes &&
			memcmp(bytes, out->null, n_bytes) == 0) ||
		   /* by itself in a line it would be the end of the data */
		   (out->n_columns == 1 && n_bytes == 2 && bytes[0] == '\\' &&
			bytes[1] == '.');
}

/* Writes a text that may have to be escaped or quoted. */
static inline void
put_field(Output *out, const Column *column, const uint8 *bytes, Size n_bytes)
{
	const ColFieldStyle *style = &out->style;
	uint8 *at;

	if (unlikely(n_bytes > LONG_VALUE_BYTES))
		write_rows(out);
	at = reserve(out, n_bytes);
	if (likely(col_field_copy(style, at, bytes, n_bytes)) &&
		likely(!style->csv || !is_quoted(out, column, bytes, n_bytes)))
	{
		out->buffer.len += n_bytes;
		return;
	}
	at = reserve(out, n_bytes + col_field_added_bytes(style, bytes, n_bytes));
	advance(out, col_field_write(style, at, bytes, n_bytes));
}

/* A value of variable length, neither compressed nor elsewhere. */
static inline struct varlena *
detoast(Datum value)
{
	struct varlena *image = (struct varlena *) DatumGetPointer(value);

	return VARATT_IS_COMPRESSED(image) || VARATT_IS_EXTERNAL(image)
			   ? pg_detoast_datum_packed(image)
			   : image;
}

static void
put_text(Output *out, Column *column, Datum value)
{
	struct varlena *image = detoast(value);

	put_field(out, column, (const uint8 *) VARDATA_ANY(image),
			  VARSIZE_ANY_EXHDR(image));
}

static void
put_by_output(Output *out, Column *column, Datum value)
{
	const char *text = OutputFunctionCall(&column->output, value);

	put_field(out, column, (const uint8 *) text, strlen(text));
}

/* Where a value of src/text goes: behind the row, or aside to be looked at. */
static inline uint8 *
place(Output *out, const Column *column, Size n_bytes)
{
	return likely(column->is_plain) ? reserve(out, n_bytes) : palloc(n_bytes);
}

static inline void
put_placed(Output *out, const Column *column, const uint8 *begin,
		   const uint8 *end)
{
	if (likely(column->is_plain))
		advance(out, end);
	else
		put_field(out, column, begin, end - begin);
}

static void
put_numeric(Output *out, Column *column, Datum value)
{
	struct varlena *image = detoast(value);
	ColNumeric numeric;
	uint8 *at;

	if (!col_numeric_parse((const uint8 *) VARDATA_ANY(image),
						   VARSIZE_ANY_EXHDR(image), &numeric))
		elog(ERROR, "invalid numeric value");
	at = place(out, column, col_format_numeric_bytes(&numeric));
	put_placed(out, column, at, col_format_numeric(at, &numeric));
}

static uint8 *
format_float8(uint8 *at, float8 value)
{
	uint8 *end = col_format_short_float(at, value);

	return end != NULL
			   ? end
			   : at + double_to_shortest_decimal_bufn(value, (char *) at);
}

static uint8 *
format_timestamptz(Output *out, uint8 *at, TimestampTz value)
{
	int32 east_seconds =
		TIMESTAMP_NOT_FINITE(value) ? 0 : col_zone_offset(&out->zone, value);

	return col_format_timestamptz(at, value, east_seconds);
}

static inline uint8 *
format_bool(uint8 *at, bool value)
{
	*at = value ? 't' : 'f';
	return at + 1;
}

/* Makes a PutValue of an expression that writes value at at and gives the end. */
#define PUT_SHORT(name, expression)                            \
	static void name(Output *out, Column *column, Datum value) \
	{                                                          \
		uint8 *at = place(out, column, COL_FORMAT_BYTES);      \
                                                               \
		put_placed(out, column, at, expression);               \
	}

PUT_SHORT(put_int2, col_format_signed(at, DatumGetInt16(value)))
PUT_SHORT(put_int4, col_format_signed(at, DatumGetInt32(value)))
PUT_SHORT(put_int8, col_format_signed(at, DatumGetInt64(value)))
PUT_SHORT(put_oid, col_format_unsigned(at, DatumGetObjectId(value)))
PUT_SHORT(put_bool, format_bool(at, DatumGetBool(value)))
PUT_SHORT(put_float4, at + float_to_shortest_decimal_bufn(DatumGetFloat4(value),
														  (char *) at))
PUT_SHORT(put_float8, format_float8(at, DatumGetFloat8(value)))
PUT_SHORT(put_date, col_format_date(at, DatumGetDateADT(value)))
PUT_SHORT(put_time, col_format_time(at, DatumGetTimeADT(value)))
PUT_SHORT(put_timestamp, col_format_timestamp(at, DatumGetTimestamp(value)))
PUT_SHORT(put_timestamptz,
		  format_timestamptz(out, at, DatumGetTimestampTz(value)))
PUT_SHORT(put_uuid, col_format_uuid(at, DatumGetUUIDP(value)->data))

static void
put_row(Output *out, const Datum *values, const bool *nulls)
{
	for (int i = 0; i < out->n_columns; i++)
	{
		Column *column = &out->columns[i];

		if (i > 0)
			put_char(out, out->style.delimiter);
		if (nulls[column->index])
			put_null(out);
		else
			column->put(out, column, values[column->index]);
	}
	end_row(out);
}

/* ---- preparations ---- */

/* Who writes what that output function would. */
static PutValue
find_put(Oid function)
{
	bool is_iso = DateStyle == USE_ISO_DATES;
	bool is_shortest = extra_float_digits > 0;

	switch (function)
	{
		case F_TEXTOUT:
		case F_VARCHAROUT:
		case F_BPCHAROUT:
		case F_JSON_OUT:
			return put_text;
		case F_NUMERIC_OUT:
			return put_numeric;
		case F_INT2OUT:
			return put_int2;
		case F_INT4OUT:
			return put_int4;
		case F_INT8OUT:
			return put_int8;
		case F_OIDOUT:
			return put_oid;
		case F_BOOLOUT:
			return put_bool;
		case F_FLOAT4OUT:
			return is_shortest ? put_float4 : put_by_output;
		case F_FLOAT8OUT:
			return is_shortest ? put_float8 : put_by_output;
		case F_DATE_OUT:
			return is_iso ? put_date : put_by_output;
		case F_TIME_OUT:
			return put_time;
		case F_TIMESTAMP_OUT:
			return is_iso ? put_timestamp : put_by_output;
		case F_TIMESTAMPTZ_OUT:
			return is_iso ? put_timestamptz : put_by_output;
		case F_UUID_OUT:
			return put_uuid;
		default:
			return put_by_output;
	}
}

/* Is no text of COL_FORMAT_ALPHABET ever escaped or quoted? */
static bool
alphabet_is_plain(const Output *out)
{
	static const char alphabet[] = COL_FORMAT_ALPHABET;

	for (const char *c = alphabet; *c != '\0'; c++)
	{
		if (out->style.special[(uint8) *c] != 0)
			return false;
	}
	/* what looks like NULL is quoted */
	return !out->style.csv || strspn(out->null, alphabet) < out->null_bytes ||
		   out->null_bytes == 0;
}

static void
prepare_style(Output *out, const CopyFormatOptions *options)
{
	if (options->csv_mode)
		col_field_style_csv(&out->style, options->delim[0], options->quote[0],
							options->escape[0]);
	else
		col_field_style_text(&out->style, options->delim[0]);
	out->null = options->null_print;
	out->null_bytes = options->null_print_len;
}

static void
prepare_columns(Output *out, const ColCopyTo *copy)
{
	TupleDesc desc = RelationGetDescr(copy->rel);
	bool is_plain = alphabet_is_plain(out);
	ListCell *cell;

	out->columns = palloc0(list_length(copy->attnums) * sizeof(Column) + 1);
	foreach (cell, copy->attnums)
	{
		Column *column = &out->columns[out->n_columns++];
		int attnum = lfirst_int(cell);
		bool is_varlena;
		Oid function;

		column->index = attnum - 1;
		getTypeOutputInfo(TupleDescAttr(desc, attnum - 1)->atttypid, &function,
						  &is_varlena);
		fmgr_info(function, &column->output);
		column->put = find_put(function);
		column->is_quoted = list_member_int(copy->quoted, attnum);
		column->is_plain = is_plain && !column->is_quoted;
	}
}

static void
put_header(Output *out, TupleDesc desc)
{
	for (int i = 0; i < out->n_columns; i++)
	{
		Column column = out->columns[i];
		const char *name = NameStr(TupleDescAttr(desc, column.index)->attname);

		column.is_quoted = false;
		if (i > 0)
			put_char(out, out->style.delimiter);
		put_field(out, &column, (const uint8 *) name, strlen(name));
	}
	end_row(out);
}

static int
compare_ints(const void *a, const void *b)
{
	return *(const int *) a - *(const int *) b;
}

/* Begins a scan that decodes only the columns that are written. */
static TableScanDesc
begin_scan(const Output *out, Relation rel)
{
	TableScanDesc scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL);
	int *wanted = palloc(out->n_columns * sizeof(int) + 1);

	for (int i = 0; i < out->n_columns; i++)
		wanted[i] = out->columns[i].index;
	qsort(wanted, out->n_columns, sizeof(int), compare_ints);
	col_table_scan_restrict(&((ColScanDesc *) scan)->scan, wanted,
							out->n_columns, NULL, NULL);
	return scan;
}

/* Writes all rows; those of stripes without a slot. */
static void
put_rows(Output *out, Relation rel)
{
	TableScanDesc base = begin_scan(out, rel);
	ColTableScan *scan = &((ColScanDesc *) base)->scan;
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	int n_columns = RelationGetNumberOfAttributes(rel);
	Datum *values = palloc(n_columns * sizeof(Datum) + 1);
	bool *nulls = palloc(n_columns * sizeof(bool) + 1);
	MemoryContext old = MemoryContextSwitchTo(out->row_context);

	while (col_table_scan_next(scan, true))
	{
		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(out->row_context);
		pgstat_count_heap_getnext(rel);
		out->n_rows++;
		if (scan->phase == COL_SCAN_STRIPES)
		{
			col_stripe_reader_fill(scan->reader, scan->row, 0, n_columns,
								   values, nulls);
			put_row(out, values, nulls);
			continue;
		}
		col_scan_store(scan, slot);
		slot_getallattrs(slot);
		put_row(out, slot->tts_values, slot->tts_isnull);
	}
	MemoryContextSwitchTo(old);
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(base);
}

uint64
col_copy_rows(const ColCopyTo *copy)
{
	Output *out = palloc0(sizeof(*out));

	out->file = copy->file;
	pq_beginmessage(&out->buffer, COPY_DATA);
	out->row_context = AllocSetContextCreate(
		CurrentMemoryContext, "columnar COPY TO row", ALLOCSET_DEFAULT_SIZES);
	prepare_style(out, &copy->options);
	prepare_columns(out, copy);
	if (copy->options.header_line)
		put_header(out, RelationGetDescr(copy->rel));
	put_rows(out, copy->rel);
	write_rows(out);
	report_progress(out);
	MemoryContextDelete(out->row_context);
	return out->n_rows;
}
