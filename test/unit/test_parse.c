/*
 * test_parse.c - values from their texts: usual forms give the value, others are left
 * to PostgreSQL.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "src/text/parse.h"
#include "src/vector/numeric.h"
#include "test/unit/harness.h"

#define ROUNDS 2000000

/* ---- integers ---- */

static void
integers(void)
{
	static const char *const declined[] = {"",
										   "-",
										   "+1",
										   " 1",
										   "1 ",
										   "1.0",
										   "0x10",
										   "1_0",
										   "1e3",
										   "--1",
										   "a",
										   "\xff",
										   "1-",
										   "9223372036854775808",
										   "-9223372036854775808",
										   "18446744073709551617",
										   "00000000000000000001"};
	int64_t value;

	CHECK(col_parse_integer("0", &value) && value == 0);
	CHECK(col_parse_integer("-0", &value) && value == 0);
	CHECK(col_parse_integer("007", &value) && value == 7);
	CHECK(col_parse_integer("9223372036854775807", &value) &&
		  value == INT64_MAX);
	CHECK(col_parse_integer("-9223372036854775807", &value) &&
		  value == -INT64_MAX);
	for (size_t i = 0; i < sizeof(declined) / sizeof(declined[0]); i++)
	{
		test_context("%s", declined[i]);
		CHECK(!col_parse_integer(declined[i], &value));
	}
	for (int round = 0; round < 100000; round++)
	{
		int64_t wanted = (int64_t) test_random() >> test_below(64);
		char text[32];

		snprintf(text, sizeof(text), "%lld", (long long) wanted);
		test_context("%s", text);
		if (!CHECK(col_parse_integer(text, &value) && value == wanted))
			return;
	}
}

/* ---- numerics ---- */

/* As hexadecimal digits; "-": declined. */
static void
check_decimal(const char *text, int integer_digits, int scale,
			  const char *wanted)
{
	uint8_t payload[COL_PARSE_DECIMAL_BYTES];
	char got[2 * COL_PARSE_DECIMAL_BYTES + 1] = "-";
	uint32_t n_bytes = col_parse_decimal(text, integer_digits, scale, payload);

	for (uint32_t i = 0; i < n_bytes / 2; i++)
		sprintf(got + i * 4, "%04x", col_load_u16(payload + i * 2));
	test_context("%s: %s", text, got);
	CHECK(strcmp(got, wanted) == 0);
}

static void
decimals(void)
{
	static const char *const declined[] = {
		"",
		"-",
		".5",
		"5.",
		"+5",
		" 5",
		"5 ",
		"1e3",
		"NaN",
		"inf",
		"1.2.3",
		"1_0",
		"--1",
		"1-",
		"0x1",
		"1,5",
		"-.5",
		"1.0000000000000000000000000000000000000000000000000000000000000001",
		"1234567890123456789012345678901234567890123456789012345678901"};

	check_decimal("0", 0, -1, "8000");
	check_decimal("-0", 0, -1, "8000");
	check_decimal("-0.00", 0, -1, "8100");
	check_decimal("1", 0, -1, "80000001");
	check_decimal("-1", 0, -1, "a0000001");
	check_decimal("10000", 0, -1, "80010001");
	check_decimal("00012345.5", 0, -1,
				  "808100010929"
				  "1388");
	check_decimal("0.05", 0, -1, "817f01f4");
	check_decimal("0.00001", 0, -1, "82fe03e8");
	check_decimal("1.10", 0, -1, "8100000103e8");
	/* within numeric(5,2), then beyond */
	check_decimal("999.99", 3, 2, "810003e726ac");
	check_decimal("000999.9", 3, 2, "810003e72328");
	check_decimal("7", 3, 2, "81000007");
	check_decimal("0", 3, 2, "8100");
	check_decimal("1000", 3, 2, "-");
	check_decimal("1.001", 3, 2, "-");
	check_decimal("0.5", 0, 1, "80ff1388");
	check_decimal("1", 0, 1, "-");
	check_decimal("0.01", -1, 3, "-");
	check_decimal("1", 1, 64, "-");
	for (size_t i = 0; i < sizeof(declined) / sizeof(declined[0]); i++)
		check_decimal(declined[i], 0, -1, "-");
}

/* Digits by chance, and what the payload says of them. */
static void
random_decimals(void)
{
	for (int round = 0; round < ROUNDS / 4; round++)
	{
		static const char few[] = "0001234567899";
		uint8_t payload[COL_PARSE_DECIMAL_BYTES];
		char text[80];
		char again[200] = "";
		char *at = again;
		int n_integer = (int) test_below(30) + 1;
		int n_fraction = (int) test_below(30);
		int i = 0;
		ColNumeric numeric;
		uint32_t n_bytes;

		for (; i < n_integer; i++)
			text[i] = few[test_below(13)];
		if (n_fraction > 0)
			text[i++] = '.';
		for (; i < n_integer + (n_fraction > 0) + n_fraction; i++)
			text[i] = few[test_below(13)];
		text[i] = 0;
		test_context("%s", text);
		n_bytes = col_parse_decimal(text, 0, -1, payload);
		if (!CHECK(n_bytes > 0 &&
				   col_numeric_parse(payload, n_bytes, &numeric)))
			return;
		CHECK(numeric.n_digits == (n_bytes - 2) / 2);
		CHECK(numeric.display_scale == (uint32_t) n_fraction);
		/* all groups from 10000^7 to 10000^-8, as digits */
		for (int weight = 7; weight >= -8; weight--)
		{
			int digit = numeric.weight - weight;
			bool has = digit >= 0 && digit < (int) numeric.n_digits;

			at += sprintf(at, weight == -1 ? ".%04u" : "%04u",
						  has ? col_numeric_digit(&numeric, (uint32_t) digit)
							  : 0);
		}
		at = again + 32 - n_integer;
		at[n_integer + (n_fraction > 0) + n_fraction] = 0;
		if (!CHECK(strcmp(at, text) == 0))
			return;
	}
}

/* ---- floating point ---- */

/* As strtod has it, bit by bit, or declined; is it the value? */
static bool
check_double(const char *text)
{
	double value;
	double wanted = strtod(text, NULL);
	bool done = col_parse_double(text, &value);

	test_context("%s", text);
	CHECK(!done || memcmp(&value, &wanted, sizeof(value)) == 0);
	return done;
}

static bool
check_float(const char *text)
{
	float value;
	float wanted = strtof(text, NULL);
	bool done = col_parse_float(text, &value);

	test_context("%s", text);
	CHECK(!done || memcmp(&value, &wanted, sizeof(value)) == 0);
	return done;
}

static void
floats(void)
{
	static const char *const good[] = {"0",
									   "-0",
									   "-0.0",
									   "0e999",
									   "1",
									   "-1.5",
									   "0.1",
									   "1e22",
									   "123456789.123456789",
									   "00000000000000000000000.5",
									   "1E+05",
									   "1e-5",
									   "9007199254740991",
									   "8.5e15"};
	static const char *const declined[] = {
		"",		 "-",		"+1",	   ".5",	 "5.",
		" 1",	 "1 ",		"nan",	   "inf",	 "1e",
		"1e+",	 "0x1p3",	"1e99999", "1.5f",	 "1,5",
		"1e400", "-1e-400", "5e-324",  "1e-320", "12345678901234567890"};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
	{
		CHECK(check_double(good[i]));
		CHECK(check_float(good[i]));
	}
	for (size_t i = 0; i < sizeof(declined) / sizeof(declined[0]); i++)
	{
		CHECK(!check_double(declined[i]));
		CHECK(!check_float(declined[i]));
	}
	/* exactly between two doubles */
	CHECK(!check_double("1e23"));
	CHECK(check_float("1e23"));
}

/* Nearly all that has up to 17 digits is done here, whatever its bits. */
static void
random_doubles(void)
{
	int n_done = 0;
	int n_of_float = 0;
	char text[64];

	for (int round = 0; round < ROUNDS; round++)
	{
		uint64_t bits = test_random();
		uint32_t bits_of_float = (uint32_t) bits;
		double value;
		float narrow;

		memcpy(&value, &bits, sizeof(value));
		memcpy(&narrow, &bits_of_float, sizeof(narrow));
		snprintf(text, sizeof(text), "%.*g", (int) test_below(3) + 15, value);
		n_done += check_double(text);
		snprintf(text, sizeof(text), "%.9g", narrow);
		n_of_float += check_float(text);
		if (test_failed_checks)
			return;
	}
	test_context("%d, %d of %d", n_done, n_of_float, ROUNDS);
	CHECK(n_done > ROUNDS / 1000 * 995);
	CHECK(n_of_float > ROUNDS / 1000 * 985);
}

/* Halves between two numbers, exactly and with a last digit more or less. */
static void
halfway_floats(void)
{
	for (int round = 0; round < ROUNDS / 2; round++)
	{
		uint64_t w = (UINT64_C(1) << 53) + test_random() / 2048;
		char text[64];

		/* integers beyond 2^53, times a small power of ten */
		snprintf(text, sizeof(text), "%lluE%d",
				 (unsigned long long) (w * 2 + 1 + test_below(3) - 1),
				 (int) test_below(12) - 6);
		check_double(text);
		snprintf(text, sizeof(text), "%llu",
				 (unsigned long long) (w << test_below(3)) + 2 - test_below(5));
		check_double(text);
		w = (UINT64_C(1) << 24) + test_below(UINT64_C(1) << 24);
		snprintf(text, sizeof(text), "%llu.%llu", (unsigned long long) w,
				 (unsigned long long) test_below(12));
		check_float(text);
		snprintf(text, sizeof(text), "%.17g",
				 (double) (2 * w + 1) / (double) (1 << test_below(30)));
		check_float(text);
		if (test_failed_checks)
			return;
	}
}

/* Any bytes of a number's alphabet: what is taken is what strtod takes all of. */
static void
random_number_texts(void)
{
	static const char common[] = "0123456789.-e+E 00x";

	for (int round = 0; round < ROUNDS; round++)
	{
		char text[24];
		int n = (int) test_below(12);
		char *end;
		double value;

		for (int i = 0; i < n; i++)
			text[i] = common[test_below(sizeof(common) - 1)];
		text[n] = 0;
		check_double(text);
		check_float(text);
		strtod(text, &end);
		if (!CHECK(!col_parse_double(text, &value) || *end == 0))
			return;
	}
}

/* ---- dates and times ---- */

static void
dates(void)
{
	static const char *const declined[] = {"",
										   "2001",
										   "2001-02",
										   "2001-2-3",
										   "2001-02-29",
										   "1900-02-29",
										   "2001-13-01",
										   "2001-00-01",
										   "2001-01-00",
										   "2001-01-32",
										   "2001-04-31",
										   "0000-01-01",
										   "2001/01/01",
										   "20010101",
										   "2001-01-01 ",
										   " 2001-01-01",
										   "12001-01-01",
										   "-2001-01-01",
										   "2001-01-01 BC",
										   "infinity",
										   "epoch",
										   "01-02-2001",
										   "2001-01-0a",
										   "2001-01-01T"};
	ColDateTime parsed;
	int32_t days = -730119; /* of 0001-01-01 */

	for (size_t i = 0; i < sizeof(declined) / sizeof(declined[0]); i++)
	{
		test_context("%s", declined[i]);
		CHECK(!col_parse_date(declined[i], &parsed));
	}
	/* every day there is, in turn */
	for (int year = 1; year <= 9999; year++)
		for (int month = 1; month <= 12; month++)
			for (int day = 1; day <= 31; day++)
			{
				char text[32];

				snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month,
						 day);
				if (!col_parse_date(text, &parsed))
				{
					test_context("%s", text);
					CHECK(day > 28);
				}
				else if (col_date_days(&parsed) != days++)
				{
					test_context("%s", text);
					CHECK(false);
					return;
				}
			}
	CHECK(days == 2921940); /* of 10000-01-01 */
}

static void
timestamps(void)
{
	static const char *const declined[] = {"2001-02-03",
										   "2001-02-03 ",
										   "2001-02-03 04",
										   "2001-02-03 04:05",
										   "2001-02-03 4:05:06",
										   "2001-02-03 04:05:6",
										   "2001-02-03 24:00:00",
										   "2001-02-03 23:60:00",
										   "2001-02-03 23:59:60",
										   "2001-02-29 01:02:03",
										   "2001-02-03T04:05:06",
										   "2001-02-03  04:05:06",
										   "2001-02-03 04:05:06.",
										   "2001-02-03 04:05:06.1234567",
										   "2001-02-03 04:05:06 ",
										   "2001-02-03 04:05:06 PM",
										   "2001-02-03 04:05:06Z",
										   "2001-02-03 04:05:06 +02",
										   "2001-02-03 04:05:06+2",
										   "2001-02-03 04:05:06+0200",
										   "2001-02-03 04:05:06+16",
										   "2001-02-03 04:05:06+02:60",
										   "2001-02-03 04:05:06+02:",
										   "2001-02-03 04:05:06+02:00:00",
										   "2001-02-03 04:05:06 UTC",
										   "infinity"};
	ColDateTime parsed;

	for (size_t i = 0; i < sizeof(declined) / sizeof(declined[0]); i++)
	{
		test_context("%s", declined[i]);
		CHECK(!col_parse_timestamp(declined[i], &parsed));
	}
	test_context("%s", "");
	CHECK(col_parse_timestamp("2000-01-01 00:00:00", &parsed) &&
		  !parsed.has_offset && col_local_microseconds(&parsed) == 0);
	CHECK(col_parse_timestamp("1999-12-31 23:59:59.999999", &parsed) &&
		  col_local_microseconds(&parsed) == -1);
	CHECK(col_parse_timestamp("2000-01-02 03:04:05.6", &parsed) &&
		  col_local_microseconds(&parsed) == INT64_C(97445600000));
	CHECK(col_parse_timestamp("2000-01-01 00:00:00.000001-15:59", &parsed) &&
		  parsed.has_offset && parsed.offset_seconds == -57540 &&
		  col_local_microseconds(&parsed) == 1);
	CHECK(col_parse_timestamp("2000-01-01 00:00:00+05:30", &parsed) &&
		  parsed.has_offset && parsed.offset_seconds == 19800);
	CHECK(col_parse_timestamp("2000-01-01 00:00:00+00", &parsed) &&
		  parsed.has_offset && parsed.offset_seconds == 0);
}

/* ---- uuids, texts ---- */

static void
uuids(void)
{
	static const char usual[] = "a0eebc99-9c0b-4ef8-BB6D-6bb9bd380a11";
	static const uint8_t wanted[COL_UUID_BYTES] = {
		0xa0, 0xee, 0xbc, 0x99, 0x9c, 0x0b, 0x4e, 0xf8,
		0xbb, 0x6d, 0x6b, 0xb9, 0xbd, 0x38, 0x0a, 0x11};
	static const char *const declined[] = {
		"",
		"a",
		"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
		"a0eebc999c0b4ef8bb6d6bb9bd380a1",
		"a0eebc999c0b4ef8bb6d6bb9bd380a11a",
		"a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
		"a0eebc99-9c0b4ef8bb6d6bb9bd380a11",
		"a0eebc999c0b-4ef8-bb6d-6bb9bd380a11",
		"a0eebc99-9c0b-4ef8-bb6d6bb9bd380a11",
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-",
		" a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"};
	uint8_t uuid[COL_UUID_BYTES];

	CHECK(col_parse_uuid(usual, uuid) && memcmp(uuid, wanted, 16) == 0);
	CHECK(col_parse_uuid("a0eebc999c0b4ef8bb6d6bb9bd380a11", uuid) &&
		  memcmp(uuid, wanted, 16) == 0);
	for (size_t i = 0; i < sizeof(declined) / sizeof(declined[0]); i++)
	{
		test_context("%s", declined[i]);
		CHECK(!col_parse_uuid(declined[i], uuid));
	}
	/* each byte changed to each other */
	for (size_t i = 0; usual[i] != 0; i++)
		for (int c = 0; c < 256; c++)
		{
			char text[sizeof(usual)];
			bool good = usual[i] == '-' ? c == '-'
										: c != 0 && strchr("0123456789abcdef"
														   "ABCDEF",
														   c) != NULL;

			memcpy(text, usual, sizeof(usual));
			text[i] = (char) c;
			test_context("%s", text);
			CHECK(col_parse_uuid(text, uuid) == good);
		}
}

static void
ascii(void)
{
	char text[40];

	for (size_t n = 0; n <= sizeof(text); n++)
	{
		memset(text, 0x7f, sizeof(text));
		CHECK(col_text_is_ascii(text, n));
		for (size_t i = 0; i < sizeof(text); i++)
		{
			text[i] = (char) 0x80;
			CHECK(col_text_is_ascii(text, n) == (i >= n));
			text[i] = 1;
		}
	}
}

const TestCase parse_tests[] = {
	{"parse: integers", integers},
	{"parse: numerics", decimals},
	{"parse: numerics by chance", random_decimals},
	{"parse: floating point", floats},
	{"parse: floating point by chance", random_doubles},
	{"parse: halves between floating point numbers", halfway_floats},
	{"parse: what may look like a number", random_number_texts},
	{"parse: every date", dates},
	{"parse: timestamps", timestamps},
	{"parse: uuids", uuids},
	{"parse: ASCII", ascii},
	{NULL, NULL}};
