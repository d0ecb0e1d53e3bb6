/*
 * input_functions.c - COPY FROM reads values faster.
 *
 * Invariant: each function here gives the datum that the function whose place it
 * takes gives, or calls it.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "commands/copyfrom_internal.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "src/pg/input_functions.h"
#include "src/text/parse.h"

/* ---- integers ---- */

static Datum
read_int2(PG_FUNCTION_ARGS)
{
	int64 value;

	if (col_parse_integer(PG_GETARG_CSTRING(0), &value) &&
		value >= PG_INT16_MIN && value <= PG_INT16_MAX)
		PG_RETURN_INT16((int16) value);
	return int2in(fcinfo);
}

static Datum
read_int4(PG_FUNCTION_ARGS)
{
	int64 value;

	if (col_parse_integer(PG_GETARG_CSTRING(0), &value) &&
		value >= PG_INT32_MIN && value <= PG_INT32_MAX)
		PG_RETURN_INT32((int32) value);
	return int4in(fcinfo);
}

static Datum
read_int8(PG_FUNCTION_ARGS)
{
	int64 value;

	if (col_parse_integer(PG_GETARG_CSTRING(0), &value))
		PG_RETURN_INT64(value);
	return int8in(fcinfo);
}

/* ---- other numbers ---- */

static Datum
read_numeric(PG_FUNCTION_ARGS)
{
	int32 typmod = PG_GETARG_INT32(2);
	int scale = -1;
	int integer_digits = 0;
	uint8 payload[COL_PARSE_DECIMAL_BYTES];
	uint32 n_bytes;
	struct varlena *result;

	if (typmod >= (int32) VARHDRSZ)
	{
		/* precision in the upper 16 bits, scale in the lower 11, signed */
		scale = (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
		integer_digits = (((typmod - VARHDRSZ) >> 16) & 0xffff) - scale;
		if (scale < 0)
			return numeric_in(fcinfo);
	}
	n_bytes =
		col_parse_decimal(PG_GETARG_CSTRING(0), integer_digits, scale, payload);
	if (n_bytes == 0)
		return numeric_in(fcinfo);
	result = palloc(VARHDRSZ + n_bytes);
	SET_VARSIZE(result, VARHDRSZ + n_bytes);
	memcpy(VARDATA(result), payload, n_bytes);
	PG_RETURN_POINTER(result);
}

static Datum
read_float8(PG_FUNCTION_ARGS)
{
	double value;

	if (col_parse_double(PG_GETARG_CSTRING(0), &value))
		PG_RETURN_FLOAT8(value);
	return float8in(fcinfo);
}

static Datum
read_float4(PG_FUNCTION_ARGS)
{
	float value;

	if (col_parse_float(PG_GETARG_CSTRING(0), &value))
		PG_RETURN_FLOAT4(value);
	return float4in(fcinfo);
}

/* ---- dates and times ---- */

static Datum
read_date(PG_FUNCTION_ARGS)
{
	ColDateTime parsed;

	if (col_parse_date(PG_GETARG_CSTRING(0), &parsed))
		PG_RETURN_DATEADT(col_date_days(&parsed));
	return date_in(fcinfo);
}

/* Does a timestamp keep all digits of its seconds? */
static bool
fraction_fits(const ColDateTime *parsed, int32 typmod)
{
	static const int units[MAX_TIMESTAMP_PRECISION + 1] = {
		1000000, 100000, 10000, 1000, 100, 10, 1};

	return typmod == -1 || (typmod >= 0 && typmod <= MAX_TIMESTAMP_PRECISION &&
							parsed->microsecond % units[typmod] == 0);
}

static Datum
read_timestamp(PG_FUNCTION_ARGS)
{
	ColDateTime parsed;

	if (col_parse_timestamp(PG_GETARG_CSTRING(0), &parsed) &&
		!parsed.has_offset && fraction_fits(&parsed, PG_GETARG_INT32(2)))
		PG_RETURN_TIMESTAMP(col_local_microseconds(&parsed));
	return timestamp_in(fcinfo);
}

/* Of a date and time without an offset: that of the session's time zone. */
static int
session_offset_seconds(const ColDateTime *parsed)
{
	struct pg_tm tm = {0};
	long fixed;

	if (pg_get_timezone_offset(session_timezone, &fixed))
		return (int) fixed;
	tm.tm_year = parsed->year;
	tm.tm_mon = parsed->month;
	tm.tm_mday = parsed->day;
	tm.tm_hour = parsed->hour;
	tm.tm_min = parsed->minute;
	tm.tm_sec = parsed->second;
	return -DetermineTimeZoneOffset(&tm, session_timezone);
}

static Datum
read_timestamptz(PG_FUNCTION_ARGS)
{
	ColDateTime parsed;

	if (col_parse_timestamp(PG_GETARG_CSTRING(0), &parsed) &&
		fraction_fits(&parsed, PG_GETARG_INT32(2)))
	{
		if (!parsed.has_offset)
			parsed.offset_seconds = session_offset_seconds(&parsed);
		PG_RETURN_TIMESTAMPTZ(col_local_microseconds(&parsed) -
							  parsed.offset_seconds * USECS_PER_SEC);
	}
	return timestamptz_in(fcinfo);
}

/* ---- others ---- */

static Datum
read_uuid(PG_FUNCTION_ARGS)
{
	pg_uuid_t uuid;
	pg_uuid_t *result;

	if (!col_parse_uuid(PG_GETARG_CSTRING(0), uuid.data))
		return uuid_in(fcinfo);
	result = palloc(sizeof(*result));
	*result = uuid;
	PG_RETURN_UUID_P(result);
}

/* n_bytes of text and spaces behind it, as a value of total_bytes with its header. */
static Datum
make_text(const char *text, Size n_bytes, Size total_bytes)
{
	struct varlena *result = palloc(total_bytes);

	SET_VARSIZE(result, total_bytes);
	memcpy(VARDATA(result), text, n_bytes);
	memset(VARDATA(result) + n_bytes, ' ', total_bytes - VARHDRSZ - n_bytes);
	return PointerGetDatum(result);
}

static Datum
read_text(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	Size n_bytes = strlen(text);

	return make_text(text, n_bytes, VARHDRSZ + n_bytes);
}

/* What has no more bytes than letters are allowed fits. */
static Datum
read_varchar(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	int32 typmod = PG_GETARG_INT32(2);
	Size n_bytes = strlen(text);

	if (typmod >= (int32) VARHDRSZ && n_bytes > (Size) (typmod - VARHDRSZ))
		return varcharin(fcinfo);
	return make_text(text, n_bytes, VARHDRSZ + n_bytes);
}

/* A text without letters of more bytes is filled up with spaces. */
static Datum
read_bpchar(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	int32 typmod = PG_GETARG_INT32(2);
	Size n_bytes = strlen(text);

	if (typmod < (int32) VARHDRSZ || n_bytes > (Size) (typmod - VARHDRSZ) ||
		!col_text_is_ascii(text, n_bytes))
		return bpcharin(fcinfo);
	return make_text(text, n_bytes, typmod);
}

/* ---- the COPY ---- */

static PGFunction
faster_function(PGFunction function)
{
	static const struct
	{
		PGFunction own;
		PGFunction faster;
	} functions[] = {{int2in, read_int2},
					 {int4in, read_int4},
					 {int8in, read_int8},
					 {numeric_in, read_numeric},
					 {float8in, read_float8},
					 {float4in, read_float4},
					 {date_in, read_date},
					 {timestamp_in, read_timestamp},
					 {timestamptz_in, read_timestamptz},
					 {uuid_in, read_uuid},
					 {textin, read_text},
					 {varcharin, read_varchar},
					 {bpcharin, read_bpchar}};

	for (int i = 0; i < lengthof(functions); i++)
	{
		if (functions[i].own == function)
			return functions[i].faster;
	}
	return NULL;
}

void
col_input_functions_replace(CopyFromState copy)
{
	int n_replaced = 0;
	ListCell *cell;

	/* in the binary format they are functions that receive */
	foreach (cell, copy->attnumlist)
	{
		FmgrInfo *function = &copy->in_functions[lfirst_int(cell) - 1];
		PGFunction faster = faster_function(function->fn_addr);

		if (faster == NULL)
			continue;
		function->fn_addr = faster;
		n_replaced++;
	}
	if (n_replaced > 0)
		elog(DEBUG1, "input functions of %d columns are columnar's",
			 n_replaced);
}

void
col_input_functions_replace_for(Relation rel)
{
	CopyFromState copy;

	if (error_context_stack == NULL ||
		error_context_stack->callback != CopyFromErrorCallback)
		return;
	copy = error_context_stack->arg;
	if (copy->rel == rel ||
		(rel->rd_rel->relispartition &&
		 copy->rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE))
		col_input_functions_replace(copy);
}
