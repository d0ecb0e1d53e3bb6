/*
 * csv.h - a CSV file on standard output.  Text is quoted where it must be, and
 * where it is empty: COPY takes what is empty and not quoted for NULL.
 */
#ifndef BENCH_CSV_H
#define BENCH_CSV_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char csv_buffer[1 << 20];
static size_t csv_used;

static inline void
csv_flush(void)
{
	if (fwrite(csv_buffer, 1, csv_used, stdout) != csv_used)
	{
		perror("cannot write");
		exit(1);
	}
	csv_used = 0;
}

/* Ends the row; one takes less than half of the buffer. */
static inline void
csv_row(void)
{
	csv_buffer[csv_used - 1] = '\n';
	if (csv_used > sizeof(csv_buffer) / 2)
		csv_flush();
}

static inline void
csv_raw(const char *text)
{
	size_t length = strlen(text);

	memcpy(csv_buffer + csv_used, text, length);
	csv_used += length;
	csv_buffer[csv_used++] = ',';
}

static inline void
csv_text(const char *text)
{
	if (text[0] && !strpbrk(text, ",\"\n\r"))
	{
		csv_raw(text);
		return;
	}
	csv_buffer[csv_used++] = '"';
	for (; *text; text++)
	{
		if (*text == '"')
			csv_buffer[csv_used++] = '"';
		csv_buffer[csv_used++] = *text;
	}
	csv_buffer[csv_used++] = '"';
	csv_buffer[csv_used++] = ',';
}

static inline void
csv_number(int64_t value)
{
	char digits[24];
	char *at = digits + sizeof(digits);
	uint64_t rest = value < 0 ? -(uint64_t) value : (uint64_t) value;

	*--at = 0;
	do
		*--at = (char) ('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		*--at = '-';
	csv_raw(at);
}

/* A number in units of 10^-2. */
static inline void
csv_cents(int64_t value)
{
	char digits[32];
	uint64_t rest = value < 0 ? -(uint64_t) value : (uint64_t) value;

	snprintf(digits, sizeof(digits), "%s%llu.%02llu", value < 0 ? "-" : "",
			 (unsigned long long) (rest / 100),
			 (unsigned long long) (rest % 100));
	csv_raw(digits);
}

/* Days since 1970-01-01 as a date (Howard Hinnant's civil_from_days). */
static inline void
csv_format_date(char *text, int32_t days)
{
	uint32_t z = (uint32_t) (days + 719468);
	uint32_t era = z / 146097;
	uint32_t doe = z % 146097;
	uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint32_t mp = (5 * doy + 2) / 153;
	uint32_t day = doy - (153 * mp + 2) / 5 + 1;
	uint32_t month = mp < 10 ? mp + 3 : mp - 9;
	uint32_t year = yoe + era * 400 + (month <= 2);

	text[0] = (char) ('0' + year / 1000 % 10);
	text[1] = (char) ('0' + year / 100 % 10);
	text[2] = (char) ('0' + year / 10 % 10);
	text[3] = (char) ('0' + year % 10);
	text[4] = text[7] = '-';
	text[5] = (char) ('0' + month / 10);
	text[6] = (char) ('0' + month % 10);
	text[8] = (char) ('0' + day / 10);
	text[9] = (char) ('0' + day % 10);
	text[10] = 0;
}

static inline void
csv_date(int32_t days)
{
	char text[16];

	csv_format_date(text, days);
	csv_raw(text);
}

/* Seconds since 1970-01-01 as a timestamp. */
static inline void
csv_time(int64_t seconds)
{
	char text[24];
	int second = (int) (seconds % 86400);
	int parts[3] = {second / 3600, second / 60 % 60, second % 60};

	csv_format_date(text, (int32_t) (seconds / 86400));
	for (int i = 0; i < 3; i++)
	{
		text[10 + 3 * i] = i ? ':' : ' ';
		text[11 + 3 * i] = (char) ('0' + parts[i] / 10);
		text[12 + 3 * i] = (char) ('0' + parts[i] % 10);
	}
	text[19] = 0;
	csv_raw(text);
}

#endif
