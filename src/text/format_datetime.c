/*
 * format_datetime.c - dates and times as text, DateStyle ISO.
 */
#include <string.h>
#include "src/text/digits.h"
#include "src/text/format.h"

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

/* Days from 0000-03-01, where the calendar's rules are counted from. */
#define DAYS_BEFORE_2000 730425
#define DAYS_OF_400_YEARS 146097

static inline uint8_t *
put_2_digits(uint8_t *at, uint32_t value)
{
	col_put_2_digits(at, value);
	return at + 2;
}

static uint8_t *
put_string(uint8_t *at, const char *string)
{
	size_t n_bytes = strlen(string);

	memcpy(at, string, n_bytes);
	return at + n_bytes;
}

/* Writes a day without its era; true in *is_bc: that is to follow. */
static uint8_t *
put_day(uint8_t *at, int64_t days, bool *is_bc)
{
	/* of years that begin in March: the day that leap years add is the last */
	int64_t day = days + DAYS_BEFORE_2000;
	int64_t cycle =
		(day >= 0 ? day : day - (DAYS_OF_400_YEARS - 1)) / DAYS_OF_400_YEARS;
	uint32_t of_cycle = (uint32_t) (day - cycle * DAYS_OF_400_YEARS);
	uint32_t year_of_cycle = (of_cycle - of_cycle / 1460 + of_cycle / 36524 -
							  of_cycle / (DAYS_OF_400_YEARS - 1)) /
							 365;
	uint32_t of_year = of_cycle - (365 * year_of_cycle + year_of_cycle / 4 -
								   year_of_cycle / 100);
	uint32_t month_from_march = (5 * of_year + 2) / 153;
	uint32_t of_month = of_year - (153 * month_from_march + 2) / 5;
	uint32_t month =
		month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	int64_t year = cycle * 400 + year_of_cycle + (month <= 2);

	*is_bc = year <= 0;
	if (year <= 0)
		year = 1 - year;
	if (year <= 9999)
	{
		col_put_4_digits(at, (uint32_t) year);
		at += 4;
	}
	else
		at = col_format_unsigned(at, (uint64_t) year);
	*at++ = '-';
	at = put_2_digits(at, month);
	*at++ = '-';
	return put_2_digits(at, of_month + 1);
}

static uint8_t *
put_era(uint8_t *at, bool is_bc)
{
	return is_bc ? put_string(at, " BC") : at;
}

uint8_t *
col_format_date(uint8_t *at, int32_t days)
{
	bool is_bc;

	if (days == INT32_MIN)
		return put_string(at, "-infinity");
	if (days == INT32_MAX)
		return put_string(at, "infinity");
	at = put_day(at, days, &is_bc);
	return put_era(at, is_bc);
}

uint8_t *
col_format_time(uint8_t *at, int64_t microseconds)
{
	uint32_t seconds = (uint32_t) (microseconds / SECOND);
	uint32_t fraction = (uint32_t) (microseconds % SECOND);

	at = put_2_digits(at, seconds / 3600);
	*at++ = ':';
	at = put_2_digits(at, seconds / 60 % 60);
	*at++ = ':';
	at = put_2_digits(at, seconds % 60);
	if (fraction == 0)
		return at;
	*at++ = '.';
	col_put_2_digits(at, fraction / 10000);
	col_put_4_digits(at + 2, fraction % 10000);
	at += 6;
	while (at[-1] == '0')
		at--;
	return at;
}

static bool
is_infinite(int64_t microseconds)
{
	return microseconds == INT64_MIN || microseconds == INT64_MAX;
}

static uint8_t *
put_infinity(uint8_t *at, int64_t microseconds)
{
	return put_string(at, microseconds < 0 ? "-infinity" : "infinity");
}

static uint8_t *
put_timestamp(uint8_t *at, int64_t microseconds, bool *is_bc)
{
	int64_t of_day = microseconds % DAY;
	int64_t days = microseconds / DAY;

	if (of_day < 0)
	{
		of_day += DAY;
		days--;
	}
	at = put_day(at, days, is_bc);
	*at++ = ' ';
	return col_format_time(at, of_day);
}

uint8_t *
col_format_timestamp(uint8_t *at, int64_t microseconds)
{
	bool is_bc;

	if (is_infinite(microseconds))
		return put_infinity(at, microseconds);
	at = put_timestamp(at, microseconds, &is_bc);
	return put_era(at, is_bc);
}

uint8_t *
col_format_timestamptz(uint8_t *at, int64_t microseconds, int32_t east_seconds)
{
	uint32_t distance =
		(uint32_t) (east_seconds < 0 ? -east_seconds : east_seconds);
	bool is_bc;

	if (is_infinite(microseconds))
		return put_infinity(at, microseconds);
	at = put_timestamp(at, microseconds + east_seconds * SECOND, &is_bc);
	*at++ = east_seconds < 0 ? '-' : '+';
	at = put_2_digits(at, distance / 3600);
	if (distance % 3600 != 0)
	{
		*at++ = ':';
		at = put_2_digits(at, distance / 60 % 60);
	}
	if (distance % 60 != 0)
	{
		*at++ = ':';
		at = put_2_digits(at, distance % 60);
	}
	return put_era(at, is_bc);
}
