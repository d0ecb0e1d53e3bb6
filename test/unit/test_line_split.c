/*
 * test_line_split.c - ends of records are found as COPY finds them, byte by byte, in
 * whatever portions the bytes come.
 */
#include <string.h>
#include "src/transfer/line_split.h"
#include "test/unit/harness.h"

#define FILE_BYTES_MAX 200

/* What is to be known behind each byte. */
typedef struct Expected
{
	uint64_t n_records;
	uint64_t n_lines;
	bool has_cr;
} Expected;

/* The states of COPY's own loop over the characters of a line. */
static void
expect(const ColLineSplit *format, const char *bytes, size_t n_bytes,
	   Expected *expected)
{
	Expected now = {0};
	bool in_quotes = false;
	bool escaped = false;
	bool before_escaped = false;

	for (size_t i = 0; i < n_bytes; i++)
	{
		char c = bytes[i];
		bool this_escaped = escaped;

		if (format->csv)
		{
			char escape = format->escape == format->quote ? 0 : format->escape;
			char line_end = now.n_records == 0 || now.has_cr ? '\r' : '\n';

			if (in_quotes && c == escape)
				escaped = !escaped;
			if (c == format->quote && !escaped)
				in_quotes = !in_quotes;
			if (c != escape)
				escaped = false;
			this_escaped = in_quotes;
			now.n_lines += in_quotes && c == line_end;
		}
		else
			escaped = c == '\\' && !escaped;
		if (c == '\n' && !this_escaped)
		{
			if (now.n_records == 0)
				now.has_cr = i > 0 && bytes[i - 1] == '\r' && !before_escaped;
			now.n_records++;
			now.n_lines++;
		}
		before_escaped = this_escaped && !format->csv;
		expected[i] = now;
	}
}

static size_t
random_bytes(const ColLineSplit *format, char *bytes)
{
	const char common[] = {'a',	 '\n',			'\r',
						   '\\', format->quote, format->escape};
	size_t n_bytes = test_below(FILE_BYTES_MAX) + 1;

	for (size_t i = 0; i < n_bytes; i++)
		bytes[i] = common[test_below(sizeof(common))];
	return n_bytes;
}

static ColLineSplit
random_format(void)
{
	ColLineSplit format = {.csv = test_below(3) > 0};

	format.quote = format.csv ? '"' : 'q';
	format.escape = test_below(2) ? format.quote : format.csv ? '!' : 'e';
	if (format.csv && test_below(8) == 0)
		format.escape = '\\';
	return format;
}

static bool
is_expected(const ColLineSplit *split, const Expected *expected)
{
	return split->n_records == expected->n_records &&
		   split->n_lines == expected->n_lines &&
		   split->has_cr == expected->has_cr;
}

/* In one portion, and in random ones, each looked at up to some record. */
static void
splits_as_copy_does(void)
{
	for (int round = 0; round < 100000; round++)
	{
		ColLineSplit format = random_format();
		ColLineSplit split = format;
		char bytes[FILE_BYTES_MAX];
		Expected expected[FILE_BYTES_MAX];
		size_t n_bytes = random_bytes(&format, bytes);
		size_t done = 0;

		test_context("round %d", round);
		expect(&format, bytes, n_bytes, expected);
		if (!CHECK(col_line_split(&split, bytes, n_bytes, UINT64_MAX) ==
				   n_bytes) ||
			!CHECK(is_expected(&split, &expected[n_bytes - 1])))
			return;
		split = format;
		while (done < n_bytes)
		{
			size_t portion = test_below(n_bytes - done) + 1;
			uint64_t wanted = split.n_records + test_below(3) + 1;
			size_t n = col_line_split(&split, bytes + done, portion, wanted);

			if (!CHECK(n > 0 && n <= portion) ||
				!CHECK(is_expected(&split, &expected[done + n - 1])) ||
				!CHECK(split.n_records <= wanted) ||
				!CHECK(n == portion || (split.n_records == wanted &&
										bytes[done + n - 1] == '\n')))
				return;
			done += n;
		}
	}
}

static void
looks_at_nothing_more(void)
{
	ColLineSplit split = {0};

	CHECK(col_line_split(&split, "", 0, 1) == 0);
	CHECK(col_line_split(&split, "a\nb\n", 4, 1) == 2);
	CHECK(col_line_split(&split, "b\n", 2, 1) == 0);
	CHECK(col_line_split(&split, "b\n", 2, 2) == 2);
}

const TestCase line_split_tests[] = {
	{"line split: as COPY does", splits_as_copy_does},
	{"line split: no further than asked", looks_at_nothing_more},
	{NULL, NULL}};
