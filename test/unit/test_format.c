/*
 * test_format.c - values as text: against the C library, and against calendars that
 * are counted day by day.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "src/text/format.h"
#include "test/unit/harness.h"

static bool
is_text(const uint8_t *begin, const uint8_t *end, const char *expected)
{
	size_t n_bytes = (size_t) (end - begin);

	if (n_bytes == strlen(expected) && memcmp(begin, expected, n_bytes) == 0)
		return true;
	test_context("\"%.*s\" instead of \"%s\"", (int) n_bytes, begin, expected);
	return false;
}

static void
check_integer(int64_t value)
{
	uint8_t at[COL_FORMAT_BYTES];
	char expected[COL_FORMAT_BYTES];

	snprintf(expected, sizeof(expected), "%" PRId64, value);
	CHECK(is_text(at, col_format_signed(at, value), expected));
	snprintf(expected, sizeof(expected), "%" PRIu64, (uint64_t) value);
	CHECK(is_text(at, col_format_unsigned(at, (uint64_t) value), expected));
}

static void
integers(void)
{
	uint64_t power = 1;

	check_integer(0);
	check_integer(INT64_MIN);
	check_integer(INT64_MAX);
	for (int i = 0; i < 20; i++, power *= 10)
	{
		check_integer((int64_t) power);
		check_integer((int64_t) (power - 1));
		check_integer((int64_t) (0 - power));
	}
	for (int i = 0; i < 100000; i++)
		check_integer((int64_t) (test_random() >> test_below(64)));
}

/* What is written is the shortest form, and it is for what has 6 places. */
static void
check_short_float(double value, bool is_short)
{
	uint8_t at[COL_FORMAT_BYTES];
	char expected[COL_FORMAT_BYTES];
	uint8_t *end = col_format_short_float(at, value);

	test_context("%.17g", value);
	CHECK((end != NULL) == is_short);
	snprintf(expected, sizeof(expected), "%.15g", value);
	if (end != NULL && strtod(expected, NULL) == value)
		CHECK(is_text(at, end, expected));
	else
		CHECK(end == NULL);
}

static void
short_floats(void)
{
	check_short_float(0, true);
	check_short_float(-0.0, true);
	check_short_float(0.0001, true);
	check_short_float(0.00009, false);
	check_short_float(999999999, true);
	check_short_float(1e9, false);
	check_short_float(0.1 + 0.2, false);
	check_short_float(-0.000001, false);
	check_short_float(NAN, false);
	check_short_float(INFINITY, false);
	check_short_float(-INFINITY, false);
	check_short_float(5e-324, false);
	for (int i = 0; i < 300000; i++)
	{
		double power = pow(10, (double) test_below(7));
		int64_t units = (int64_t) (test_random() >> (24 + test_below(40)));
		double value = (double) units / power;

		if (fabs(value) >= 0.0001 && fabs(value) < 1e9)
			check_short_float(test_below(2) ? value : -value, true);
	}
	for (int i = 0; i < 300000; i++)
	{
		double value = (double) (test_random() >> 11) / (1 << 30);
		uint8_t at[COL_FORMAT_BYTES];
		uint8_t *end = col_format_short_float(at, value);

		if (end == NULL)
			continue;
		*end = 0;
		test_context("%.17g", value);
		CHECK(strtod((char *) at, NULL) == value);
	}
}

static int
days_of_month(int64_t year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

static void
check_day(int32_t days, int64_t year, int month, int day)
{
	uint8_t at[COL_FORMAT_BYTES];
	char date[COL_FORMAT_BYTES];
	char expected[2 * COL_FORMAT_BYTES];
	const char *era = year <= 0 ? " BC" : "";

	snprintf(date, sizeof(date), "%04" PRId64 "-%02d-%02d",
			 year <= 0 ? 1 - year : year, month, day);
	snprintf(expected, sizeof(expected), "%s%s", date, era);
	CHECK(is_text(at, col_format_date(at, days), expected));
	snprintf(expected, sizeof(expected), "%s 23:59:59.9999%s", date, era);
	CHECK(is_text(
		at, col_format_timestamp(at, (days + INT64_C(1)) * 86400000000 - 100),
		expected));
}

/* From 5000 BC on, and the last days that PostgreSQL has. */
static void
days(void)
{
	int64_t year = 2000;
	int month = 1;
	int day = 1;
	int64_t n = 0;

	for (; year < 12000; n++)
	{
		check_day((int32_t) n, year, month, day);
		if (++day > days_of_month(year, month))
		{
			day = 1;
			month = month % 12 + 1;
			year += month == 1;
		}
	}
	year = 2000;
	month = day = 1;
	for (n = 0; year > -5000; n--)
	{
		check_day((int32_t) n, year, month, day);
		if (--day == 0)
		{
			month = month == 1 ? 12 : month - 1;
			year -= month == 12;
			day = days_of_month(year, month);
		}
	}
}

static void
times(void)
{
	uint8_t at[COL_FORMAT_BYTES];
	const int64_t hour = INT64_C(3600000000);

	CHECK(is_text(at, col_format_date(at, INT32_MIN), "-infinity"));
	CHECK(is_text(at, col_format_date(at, INT32_MAX), "infinity"));
	CHECK(is_text(at, col_format_date(at, 2145031948), "5874897-12-31"));
	CHECK(is_text(at, col_format_time(at, 0), "00:00:00"));
	CHECK(is_text(at, col_format_time(at, 24 * hour), "24:00:00"));
	CHECK(is_text(at, col_format_time(at, 13 * hour + 10), "13:00:00.00001"));
	CHECK(is_text(at, col_format_timestamp(at, INT64_MIN), "-infinity"));
	CHECK(is_text(at, col_format_timestamp(at, INT64_MAX), "infinity"));
	CHECK(is_text(at, col_format_timestamp(at, -1),
				  "1999-12-31 23:59:59.999999"));
	CHECK(is_text(at, col_format_timestamptz(at, INT64_MAX, 0), "infinity"));
	CHECK(is_text(at, col_format_timestamptz(at, -hour, 3600),
				  "2000-01-01 00:00:00+01"));
	CHECK(is_text(at, col_format_timestamptz(at, 0, -12600),
				  "1999-12-31 20:30:00-03:30"));
	CHECK(is_text(at, col_format_timestamptz(at, 0, 61),
				  "2000-01-01 00:01:01+00:01:01"));
	CHECK(is_text(at, col_format_timestamptz(at, 0, -3601),
				  "1999-12-31 22:59:59-01:00:01"));
	CHECK(is_text(at,
				  col_format_timestamptz(at, -730500 * 24 * hour, -8 * 3600),
				  "0002-12-16 16:00:00-08 BC"));
}

/* A numeric of n_digits groups, as an image has it. */
static void
check_numeric(uint16_t header, const uint16_t *digits, uint32_t n_digits,
			  const char *expected)
{
	uint8_t payload[32];
	uint8_t at[512];
	ColNumeric numeric;
	uint8_t *end;

	col_store_u16(payload, header);
	memcpy(payload + 2, digits, n_digits * 2);
	CHECK(col_numeric_parse(payload, 2 + n_digits * 2, &numeric));
	end = col_format_numeric(at, &numeric);
	CHECK(is_text(at, end, expected));
	CHECK((size_t) (end - at) <= col_format_numeric_bytes(&numeric));
}

/* Of a short header: sign, digits behind the point, weight. */
#define HEADER(negative, scale, weight) \
	(uint16_t)(0x8000 | (negative) << 13 | (scale) << 7 | ((weight) &0x7f))

static void
numerics(void)
{
	const uint16_t digits[] = {12, 3400, 5};

	check_numeric(COL_NUMERIC_NAN_HEADER, digits, 0, "NaN");
	check_numeric(COL_NUMERIC_INFINITY_HEADER, digits, 0, "Infinity");
	check_numeric(COL_NUMERIC_MINUS_INFINITY_HEADER, digits, 0, "-Infinity");
	check_numeric(HEADER(0, 0, 0), digits, 0, "0");
	check_numeric(HEADER(0, 3, 0), digits, 0, "0.000");
	check_numeric(HEADER(1, 2, 0), digits, 2, "-12.34");
	check_numeric(HEADER(0, 1, 0), digits, 1, "12.0");
	check_numeric(HEADER(0, 9, 0), digits, 3, "12.340000050");
	check_numeric(HEADER(0, 0, 3), digits, 3, "12340000050000");
	check_numeric(HEADER(0, 2, 4), digits, 1, "120000000000000000.00");
	check_numeric(HEADER(1, 12, -2), digits, 2, "-0.000000123400");
	check_numeric(HEADER(0, 63, 0), digits, 1,
				  "12.000000000000000000000000000000000000000000000000000000"
				  "000000000");
}

static void
uuids(void)
{
	uint8_t at[COL_FORMAT_BYTES];
	uint8_t bytes[16];

	for (int i = 0; i < 16; i++)
		bytes[i] = (uint8_t) (i * 17);
	CHECK(is_text(at, col_format_uuid(at, bytes),
				  "00112233-4455-6677-8899-aabbccddeeff"));
}

const TestCase format_tests[] = {{"format: integers", integers},
								 {"format: short floats", short_floats},
								 {"format: days", days},
								 {"format: times", times},
								 {"format: numerics", numerics},
								 {"format: uuids", uuids},
								 {NULL, NULL}};
