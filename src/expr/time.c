/*
 * time.c - dates, times and intervals: date_trunc, extract, date_part, intervals that are
 * constant, casts in the session's time zone.
 *
 * Days are numbered from 2000-01-01 on.  What lies outside the years that follow, or is
 * infinite where that matters, is left to PostgreSQL.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "src/expr/expr_internal.h"
#include "src/pg/zone_offset.h"

/* Years 1 to 9939: all after Christ, and far from where types end. */
#define DAY_MIN (-730000)
#define DAY_MAX 2900000

/* 1971 to 2099: no zone changes twice in four days. */
#define CALM_DAY_MIN (-10500)
#define CALM_DAY_MAX 36500

/* Intervals to which timestamps are added, each part. */
#define INTERVAL_DAYS_MAX 400000

typedef enum Operation
{
	TRUNCATE,
	EXTRACT_NUMERIC,
	EXTRACT_FLOAT,
	ADD_INTERVAL,
	SUBTRACT_INTERVAL,
	CAST
} Operation;

/* The month that a day was in last. */
typedef struct Month
{
	int begin; /* first day, and the one after the last; none yet: both 0 */
	int end;
	int year;
	int month;
	int new_year; /* day */
} Month;

typedef struct Time
{
	Operation operation;
	Oid from;
	Oid to;
	int unit;  /* DTK_ */
	int scale; /* of what is extracted */
	Interval interval;
	Month month;
	/* the zone that offsets are of, and its offset if that never changes */
	pg_tz *zone;
	bool zone_is_fixed;
	int64 east; /* microseconds */
	ColZoneOffset offsets;
} Time;

static inline int64
floor_divide(int64 a, int64 b)
{
	return a / b - (a % b < 0);
}

static inline int
floor_modulo(int a, int b)
{
	int rest = a % b;

	return rest < 0 ? rest + b : rest;
}

static int
day_of(int year, int month, int day)
{
	return date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
}

static inline const Month *
month_of(Time *time, int day)
{
	Month *month = &time->month;
	int mday;

	if (day >= month->begin && day < month->end)
		return month;
	j2date(day + POSTGRES_EPOCH_JDATE, &month->year, &month->month, &mday);
	month->begin = day - mday + 1;
	month->end = month->begin + day_tab[isleap(month->year)][month->month - 1];
	month->new_year = day_of(month->year, 1, 1);
	return month;
}

/* What is known of the zone is of the session's. */
static void
use_zone(Time *time)
{
	long east;

	if (time->zone == session_timezone)
		return;
	time->zone = session_timezone;
	memset(&time->offsets, 0, sizeof(time->offsets));
	time->zone_is_fixed = pg_get_timezone_offset(session_timezone, &east);
	time->east = time->zone_is_fixed ? east * USECS_PER_SEC : 0;
}

static inline int64
local_of_utc(Time *time, int64 utc)
{
	if (time->zone_is_fixed)
		return utc + time->east;
	return utc + col_zone_offset(&time->offsets, utc) * USECS_PER_SEC;
}

/* The zone is asked as PostgreSQL asks it where it might change nearby. */
static int64
utc_of_local(Time *time, int64 local)
{
	int64 day = floor_divide(local, USECS_PER_DAY);
	int64 second = (local - day * USECS_PER_DAY) / USECS_PER_SEC;
	struct pg_tm tm = {0};

	if (time->zone_is_fixed)
		return local - time->east;
	if (day > CALM_DAY_MIN && day < CALM_DAY_MAX)
	{
		int32 before =
			col_zone_offset(&time->offsets, local - 2 * USECS_PER_DAY);

		if (before ==
			col_zone_offset(&time->offsets, local + 2 * USECS_PER_DAY))
			return local - before * USECS_PER_SEC;
	}
	j2date(day + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	tm.tm_hour = second / SECS_PER_HOUR;
	tm.tm_min = second / SECS_PER_MINUTE % MINS_PER_HOUR;
	tm.tm_sec = second % SECS_PER_MINUTE;
	return local +
		   DetermineTimeZoneOffset(&tm, session_timezone) * USECS_PER_SEC;
}

/* The first day of the unit that the day is in. */
static int
truncate_day(Time *time, int day)
{
	const Month *month;
	int year;

	if (time->unit == DTK_DAY)
		return day;
	if (time->unit == DTK_WEEK) /* day 0 was a Saturday */
		return day - floor_modulo(day + 5, 7);
	month = month_of(time, day);
	year = month->year;
	switch (time->unit)
	{
		case DTK_MONTH:
			return month->begin;
		case DTK_QUARTER:
			return day_of(year, (month->month - 1) / 3 * 3 + 1, 1);
		case DTK_YEAR:
			return month->new_year;
		case DTK_DECADE:
			return day_of(year / 10 * 10, 1, 1);
		case DTK_CENTURY:
			return day_of((year + 99) / 100 * 100 - 99, 1, 1);
		default:
			return day_of((year + 999) / 1000 * 1000 - 999, 1, 1);
	}
}

/* The microseconds behind the beginning of a unit shorter than a day; -1: it is longer. */
static inline int64
within_unit(int unit, int64 local)
{
	/* divisions by constants are products */
	switch (unit)
	{
		case DTK_MICROSEC:
			return 0;
		case DTK_MILLISEC:
			return local - floor_divide(local, 1000) * 1000;
		case DTK_SECOND:
			return local - floor_divide(local, USECS_PER_SEC) * USECS_PER_SEC;
		case DTK_MINUTE:
			return local -
				   floor_divide(local, USECS_PER_MINUTE) * USECS_PER_MINUTE;
		case DTK_HOUR:
			return local - floor_divide(local, USECS_PER_HOUR) * USECS_PER_HOUR;
		default:
			return -1;
	}
}

static int64
truncated(Time *time, int64 value)
{
	bool zoned = time->from == TIMESTAMPTZOID;
	int64 local = zoned ? local_of_utc(time, value) : value;
	int64 within = within_unit(time->unit, local);

	if (within >= 0)
		return value - within;
	local =
		truncate_day(time, floor_divide(local, USECS_PER_DAY)) * USECS_PER_DAY;
	return zoned ? utc_of_local(time, local) : local;
}

/* A field, times 10^scale; day is the value's, of which within is behind. */
static int64
extracted(Time *time, int64 day, int64 within)
{
	const Month *month;
	int year;

	switch (time->unit)
	{
		case DTK_MICROSEC:
		case DTK_MILLISEC:
		case DTK_SECOND:
			return within % USECS_PER_MINUTE;
		case DTK_MINUTE:
			return within / USECS_PER_MINUTE % MINS_PER_HOUR;
		case DTK_HOUR:
			return within / USECS_PER_HOUR;
		case DTK_DOW:
			return floor_modulo(day + 6, 7);
		case DTK_ISODOW:
			return floor_modulo(day + 5, 7) + 1;
		default:
			break;
	}
	month = month_of(time, day);
	year = month->year;
	switch (time->unit)
	{
		case DTK_DAY:
			return day - month->begin + 1;
		case DTK_MONTH:
			return month->month;
		case DTK_QUARTER:
			return (month->month - 1) / 3 + 1;
		case DTK_YEAR:
			return year;
		case DTK_DECADE:
			return year / 10;
		case DTK_CENTURY:
			return (year + 99) / 100;
		case DTK_MILLENNIUM:
			return (year + 999) / 1000;
		case DTK_DOY:
			return day - month->new_year + 1;
		case DTK_WEEK:
			return date2isoweek(year, month->month, day - month->begin + 1);
		default:
			return date2isoyear(year, month->month, day - month->begin + 1);
	}
}

static int64
extract_value(Time *time, int64 value)
{
	int64 until_2000 =
		(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	int64 day;

	if (time->from == DATEOID)
		return time->unit == DTK_EPOCH
				   ? value * SECS_PER_DAY + until_2000 / USECS_PER_SEC
				   : extracted(time, value, 0);
	if (time->from == TIMEOID)
		return time->unit == DTK_EPOCH ? value : extracted(time, 0, value);
	if (time->unit == DTK_EPOCH)
		return value + until_2000;
	if (time->from == TIMESTAMPTZOID)
		value = local_of_utc(time, value);
	day = floor_divide(value, USECS_PER_DAY);
	return extracted(time, day, value - day * USECS_PER_DAY);
}

/* The fields of an interval have its signs. */
static int64
interval_field(const Time *time, const Interval *interval)
{
	switch (time->unit)
	{
		case DTK_MICROSEC:
		case DTK_MILLISEC:
		case DTK_SECOND:
			return interval->time % USECS_PER_MINUTE;
		case DTK_MINUTE:
			return interval->time / USECS_PER_MINUTE % MINS_PER_HOUR;
		case DTK_HOUR:
			return interval->time / USECS_PER_HOUR;
		case DTK_DAY:
			return interval->day;
		case DTK_MONTH:
			return interval->month % MONTHS_PER_YEAR;
		default:
			return interval->month / MONTHS_PER_YEAR;
	}
}

/* What date_part makes of it. */
static double
float_of_extracted(const Time *time, int64 value)
{
	switch (time->unit)
	{
		case DTK_EPOCH:
			return value / 1000000.0;
		case DTK_SECOND:
			return value / USECS_PER_SEC + value % USECS_PER_SEC / 1000000.0;
		case DTK_MILLISEC:
			return value / USECS_PER_SEC * 1000.0 +
				   value % USECS_PER_SEC / 1000.0;
		default:
			return (double) value;
	}
}

static int64
add_interval(Time *time, int64 value)
{
	bool zoned = time->from == TIMESTAMPTZOID;

	if (time->interval.month != 0)
	{
		int64 local = zoned ? local_of_utc(time, value) : value;
		int64 day = floor_divide(local, USECS_PER_DAY);
		int64 within = local - day * USECS_PER_DAY;
		const Month *month = month_of(time, day);
		int n = month->year * MONTHS_PER_YEAR + month->month - 1 +
				time->interval.month;
		int year = (int) floor_divide(n, MONTHS_PER_YEAR);
		int first = n - year * MONTHS_PER_YEAR;
		int last = day_tab[isleap(year)][first];

		day = day_of(year, first + 1, Min(day - month->begin + 1, last));
		local = day * USECS_PER_DAY + within;
		value = zoned ? utc_of_local(time, local) : local;
	}
	if (time->interval.day != 0)
	{
		int64 days = time->interval.day * USECS_PER_DAY;

		value = zoned ? utc_of_local(time, local_of_utc(time, value) + days)
					  : value + days;
	}
	return value + time->interval.time;
}

static int64
cast_value(Time *time, int64 value)
{
	if (time->from == DATEOID)
		return utc_of_local(time, value * USECS_PER_DAY);
	if (time->from == TIMESTAMPOID)
		return utc_of_local(time, value);
	value = local_of_utc(time, value);
	return time->to == DATEOID ? floor_divide(value, USECS_PER_DAY) : value;
}

/* Of lanes: a value whose day is within range. */
static int64
compute(Time *time, int64 value)
{
	switch (time->operation)
	{
		case TRUNCATE:
			return truncated(time, value);
		case EXTRACT_NUMERIC:
		case EXTRACT_FLOAT:
			return extract_value(time, value);
		case ADD_INTERVAL:
		case SUBTRACT_INTERVAL:
			return add_interval(
				time, time->from == DATEOID ? value * USECS_PER_DAY : value);
		default:
			return cast_value(time, value);
	}
}

/* The result for a row that is not NULL; false: PostgreSQL knows it. */
static inline bool
compute_row(Time *time, const ColVector *vector, const int64 *lanes, int row,
			int64 *result)
{
	bool days = time->from == DATEOID;
	Interval interval;

	if (time->from != INTERVALOID)
	{
		if (lanes[row] < DAY_MIN * (days ? 1 : USECS_PER_DAY) ||
			lanes[row] > DAY_MAX * (days ? 1 : USECS_PER_DAY))
			return false;
		*result = compute(time, lanes[row]);
		return true;
	}
	memcpy(&interval, col_vector_value(vector, row), sizeof(interval));
	/* those of infinity, in some versions */
	if (interval.month == PG_INT32_MAX || interval.month == PG_INT32_MIN)
		return false;
	*result = interval_field(time, &interval);
	return true;
}

static bool
time_values(ColExpr *expr, ColEval *eval, const uint64 *mask, ColVector *out)
{
	Time *time = expr->own;
	uint32 n = eval->batch->n_rows;
	uint8 *lanes = col_expr_lanes(expr, sizeof(int64));
	int64 scratch[COL_VECTOR_ROWS];
	uint64 wanted[COL_VECTOR_WORDS];
	ColMaskWalk walk;
	const int64 *values = NULL;
	ColVector vector;
	int row;

	if (!col_expr_values(expr->args[0], eval, mask, &vector))
		return false;
	vector.n_rows = n;
	use_zone(time);
	if (time->from != INTERVALOID)
		values = col_lanes_int64(
			&vector, time->from == DATEOID ? SIMD_I32 : SIMD_I64, scratch);
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		wanted[w] = mask[w] & (vector.validity ? vector.validity[w] : mask[w]);
	walk = (ColMaskWalk) COL_MASK_BEGIN(wanted);
	while ((row = col_mask_next(wanted, &walk)) >= 0)
	{
		int64 result;

		if (!compute_row(time, &vector, values, row, &result))
			return false;
		if (time->operation == EXTRACT_FLOAT)
			((double *) lanes)[row] = float_of_extracted(time, result);
		else if (time->to == DATEOID)
			((int32 *) lanes)[row] = (int32) result;
		else
			((int64 *) lanes)[row] = result;
	}
	col_expr_set_lanes(expr, out, n,
					   time->to == DATEOID ? sizeof(int32) : sizeof(int64),
					   vector.validity);
	if (time->operation == EXTRACT_NUMERIC)
	{
		out->phys = COL_PHYS_DECIMAL;
		out->scale = time->scale;
	}
	return true;
}

/* The unit that a text names; false: none that is known here. */
static bool
find_unit(Time *time, const Const *name)
{
	bool truncate = time->operation == TRUNCATE;
	text *name_text = DatumGetTextPP(name->constvalue);
	char *lower = downcase_truncate_identifier(
		VARDATA_ANY(name_text), VARSIZE_ANY_EXHDR(name_text), false);
	int type = DecodeUnits(0, lower, &time->unit);

	if (type == UNKNOWN_FIELD && !truncate)
		type = DecodeSpecial(0, lower, &time->unit);
	if (type == RESERV && time->from != INTERVALOID)
	{
		time->scale = time->from == DATEOID ? 0 : 6;
		return time->unit == DTK_EPOCH && !truncate;
	}
	if (type != UNITS)
		return false;
	switch (time->unit)
	{
		case DTK_MICROSEC:
		case DTK_MILLISEC:
		case DTK_SECOND:
			time->scale = time->unit == DTK_SECOND	   ? 6
						  : time->unit == DTK_MILLISEC ? 3
													   : 0;
			return time->from != DATEOID;
		case DTK_MINUTE:
		case DTK_HOUR:
			return time->from != DATEOID;
		case DTK_DAY:
		case DTK_MONTH:
		case DTK_YEAR:
			return time->from != TIMEOID;
		case DTK_WEEK:
		case DTK_QUARTER:
		case DTK_DECADE:
		case DTK_CENTURY:
		case DTK_MILLENNIUM:
			return time->from != TIMEOID && time->from != INTERVALOID;
		case DTK_DOW:
		case DTK_ISODOW:
		case DTK_DOY:
		case DTK_ISOYEAR:
			return !truncate && time->from != TIMEOID &&
				   time->from != INTERVALOID;
		default:
			return false;
	}
}

/* The interval, or minus it; false: it is too long. */
static bool
set_interval(Time *time, const Const *constant)
{
	const Interval *interval = DatumGetIntervalP(constant->constvalue);
	int sign = time->operation == SUBTRACT_INTERVAL ? -1 : 1;

	if (interval->month > INTERVAL_DAYS_MAX / 31 ||
		interval->month < -INTERVAL_DAYS_MAX / 31 ||
		interval->day > INTERVAL_DAYS_MAX ||
		interval->day < -INTERVAL_DAYS_MAX ||
		interval->time > INTERVAL_DAYS_MAX * USECS_PER_DAY ||
		interval->time < -INTERVAL_DAYS_MAX * USECS_PER_DAY)
		return false;
	time->interval.month = sign * interval->month;
	time->interval.day = sign * interval->day;
	time->interval.time = sign * interval->time;
	return true;
}

ColExpr *
col_compile_time(ColCompiler *compiler, Expr *source)
{
	static const struct
	{
		Oid function;
		Operation operation;
	} functions[] = {{F_DATE_TRUNC_TEXT_TIMESTAMP, TRUNCATE},
					 {F_DATE_TRUNC_TEXT_TIMESTAMPTZ, TRUNCATE},
					 {F_EXTRACT_TEXT_DATE, EXTRACT_NUMERIC},
					 {F_EXTRACT_TEXT_TIMESTAMP, EXTRACT_NUMERIC},
					 {F_EXTRACT_TEXT_TIMESTAMPTZ, EXTRACT_NUMERIC},
					 {F_EXTRACT_TEXT_TIME, EXTRACT_NUMERIC},
					 {F_EXTRACT_TEXT_INTERVAL, EXTRACT_NUMERIC},
					 {F_DATE_PART_TEXT_TIME, EXTRACT_FLOAT},
					 {F_DATE_PART_TEXT_INTERVAL, EXTRACT_FLOAT},
					 {F_DATE_PART_TEXT_TIMESTAMP, EXTRACT_FLOAT},
					 {F_DATE_PART_TEXT_TIMESTAMPTZ, EXTRACT_FLOAT},
					 {F_TIMESTAMP_PL_INTERVAL, ADD_INTERVAL},
					 {F_TIMESTAMPTZ_PL_INTERVAL, ADD_INTERVAL},
					 {F_DATE_PL_INTERVAL, ADD_INTERVAL},
					 {F_TIMESTAMP_MI_INTERVAL, SUBTRACT_INTERVAL},
					 {F_TIMESTAMPTZ_MI_INTERVAL, SUBTRACT_INTERVAL},
					 {F_DATE_MI_INTERVAL, SUBTRACT_INTERVAL},
					 {F_TIMESTAMPTZ_DATE, CAST},
					 {F_TIMESTAMPTZ_TIMESTAMP, CAST},
					 {F_TIMESTAMP_TIMESTAMPTZ, CAST},
					 {F_DATE_TIMESTAMPTZ, CAST}};
	Time time = {0};
	ColExpr *expr;
	List *args;
	Oid called;
	Const *constant = NULL;
	int i = 0;

	if (!col_match_call(source, &called, &args))
		return NULL;
	while (i < lengthof(functions) && functions[i].function != called)
		i++;
	if (i == lengthof(functions))
		return NULL;
	time.operation = functions[i].operation;
	if (time.operation != CAST)
	{
		bool first = time.operation < ADD_INTERVAL;
		Node *given = first ? linitial(args) : lsecond(args);

		if (!IsA(given, Const) || ((Const *) given)->constisnull)
			return NULL;
		constant = (Const *) given;
		args = list_make1(first ? lsecond(args) : linitial(args));
	}
	time.from = getBaseType(exprType(linitial(args)));
	time.to = exprType((Node *) source);
	if (constant &&
		!(time.operation < ADD_INTERVAL ? find_unit(&time, constant)
										: set_interval(&time, constant)))
		return NULL;
	expr = col_expr_new(compiler, source, 1);
	expr->args[0] = col_expr_compile(compiler, linitial(args));
	expr->own = memcpy(MemoryContextAlloc(compiler->memory, sizeof(time)),
					   &time, sizeof(time));
	expr->values = time_values;
	return expr;
}
