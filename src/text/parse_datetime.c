/*
 * parse_datetime.c - dates and timestamps in the ISO form, which means the same
 * whatever DateStyle is.
 */
#include "src/text/parse.h"

#include "src/text/digits.h"

#define DATE_CHARS 10
#define SECONDS_CHARS 19 /* of date and time without a fraction */
#define FRACTION_DIGITS 6
#define OFFSET_HOURS_MAX 15
#define SECONDS_A_DAY 86400
#define MICROSECONDS INT64_C(1000000)

/* Days from 0000-03-01 to 2000-01-01. */
#define EPOCH_DAYS 730425

static bool
is_leap(uint32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Fields of a date, at the start of text; nothing behind a byte that is wrong is read. */
static bool
parse_fields(const char *text, ColDateTime *parsed)
{
	static const uint8_t days_of_month[13] = {0,  31, 29, 31, 30, 31, 30,
											  31, 31, 30, 31, 30, 31};
	uint32_t century = col_two_digits(text);
	uint32_t year;
	uint32_t month;
	uint32_t day;

	if (century > 99 || (year = col_two_digits(text + 2)) > 99 ||
		text[4] != '-' || (month = col_two_digits(text + 5)) > 12 ||
		text[7] != '-' || (day = col_two_digits(text + 8)) > 31)
		return false;
	year += century * 100;
	if (year == 0 || month == 0 || day == 0 || day > days_of_month[month] ||
		(month == 2 && day == 29 && !is_leap(year)))
		return false;
	parsed->year = (int) year;
	parsed->month = (int) month;
	parsed->day = (int) day;
	return true;
}

bool
col_parse_date(const char *text, ColDateTime *parsed)
{
	return parse_fields(text, parsed) && text[DATE_CHARS] == 0;
}

/* The digits behind the point of seconds; NULL: there are none, or too many. */
static const char *
parse_fraction(const char *at, ColDateTime *parsed)
{
	int n = 0;
	int fraction = 0;

	for (; col_is_digit(*at) && n < FRACTION_DIGITS; n++)
		fraction = fraction * 10 + (int) col_digit(*at++);
	if (n == 0 || col_is_digit(*at))
		return NULL;
	for (; n < FRACTION_DIGITS; n++)
		fraction *= 10;
	parsed->microsecond = fraction;
	return at;
}

/* What is left of text is an offset. */
static bool
parse_offset(const char *at, ColDateTime *parsed)
{
	bool negative = *at == '-';
	uint32_t hours;
	uint32_t minutes = 0;

	if ((*at != '+' && *at != '-') ||
		(hours = col_two_digits(at + 1)) > OFFSET_HOURS_MAX)
		return false;
	at += 3;
	if (*at == ':')
	{
		if ((minutes = col_two_digits(at + 1)) > 59)
			return false;
		at += 3;
	}
	parsed->has_offset = true;
	parsed->offset_seconds = (int) (hours * 60 + minutes) * 60;
	if (negative)
		parsed->offset_seconds = -parsed->offset_seconds;
	return *at == 0;
}

bool
col_parse_timestamp(const char *text, ColDateTime *parsed)
{
	const char *at = text + SECONDS_CHARS;
	uint32_t hour;
	uint32_t minute;
	uint32_t second;

	if (!parse_fields(text, parsed) || text[DATE_CHARS] != ' ' ||
		(hour = col_two_digits(text + 11)) > 23 || text[13] != ':' ||
		(minute = col_two_digits(text + 14)) > 59 || text[16] != ':' ||
		(second = col_two_digits(text + 17)) > 59)
		return false;
	parsed->hour = (int) hour;
	parsed->minute = (int) minute;
	parsed->second = (int) second;
	parsed->microsecond = 0;
	parsed->has_offset = false;
	if (*at == '.' && (at = parse_fraction(at + 1, parsed)) == NULL)
		return false;
	return *at == 0 || parse_offset(at, parsed);
}

int32_t
col_date_days(const ColDateTime *parsed)
{
	/* of a year that begins in March, so that its last day is the leap day */
	int year = parsed->year - (parsed->month < 3);
	int month = parsed->month + (parsed->month < 3 ? 9 : -3);

	return year * 365 + year / 4 - year / 100 + year / 400 +
		   (month * 153 + 2) / 5 + parsed->day - 1 - EPOCH_DAYS;
}

int64_t
col_local_microseconds(const ColDateTime *parsed)
{
	int64_t seconds = (int64_t) col_date_days(parsed) * SECONDS_A_DAY +
					  parsed->hour * 3600 + parsed->minute * 60 +
					  parsed->second;

	return seconds * MICROSECONDS + parsed->microsecond;
}
