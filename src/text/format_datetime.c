/*
 * format_datetime.c - dates and times as text, DateStyle ISO.
 */
#include <string.h>
#include "src/text/digits.h"
#include "src/text/format.h"

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

/*
 * Days are counted from March 1st of a year that is a multiple of 400, before all that
 * there is: the day that leap years add is the last one of a year.
 */
#define CYCLES_BEFORE 1000
#define DAYS_OF_CYCLE 146097
#define DAYS_BEFORE_2000 (730425 + INT64_C(1000) * DAYS_OF_CYCLE)

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
	uint64_t quarters = (uint64_t) (days + DAYS_BEFORE_2000) * 4 + 3;
	uint64_t century = quarters / DAYS_OF_CYCLE;
	uint32_t of_century = (uint32_t) (quarters % DAYS_OF_CYCLE) / 4 * 4 + 3;
	/* times 2^32 / 1461, whose fraction is the day of the year */
	uint64_t years = UINT64_C(2939745) * of_century;
	uint32_t of_year = (uint32_t) years / 2939745 / 4;
	/* months from March on have 30.6 days: times 2^16, the third being March */
	uint32_t months = 2141 * of_year + 197913;
	bool is_next_year = of_year >= 306;
	uint32_t month = (months >> 16) - (is_next_year ? 12 : 0);
	uint32_t of_month = (months & 0xffff) / 2141;
	int64_t year = (int64_t) (century * 100 + (years >> 32)) + is_next_year -
				   CYCLES_BEFORE * 400;

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
