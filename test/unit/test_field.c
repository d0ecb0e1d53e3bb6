/*
 * test_field.c - fields of COPY are escaped and quoted as by looking at each byte.
 */
#include <string.h>
#include "src/text/field.h"
#include "test/unit/guarded.h"
#include "test/unit/harness.h"

#define BYTES_MAX 60

/* COPY's own rules, byte by byte; true: the field is written as it is. */
static bool
expect(const ColFieldStyle *style, const uint8_t *bytes, size_t n_bytes,
	   uint8_t *written, size_t *n_written)
{
	static const char controls[] = "\b\f\n\r\t\v";
	bool is_plain = true;
	size_t n = 0;

	if (style->csv)
		written[n++] = style->quote;
	for (size_t i = 0; i < n_bytes; i++)
	{
		uint8_t c = bytes[i];
		const char *name = c == 0 ? NULL : strchr(controls, c);

		if (style->csv)
		{
			if (c == style->delimiter || c == style->quote || c == '\n' ||
				c == '\r')
				is_plain = false;
			if (c == style->quote || c == style->escape)
				written[n++] = style->escape;
			written[n++] = c;
			continue;
		}
		if (name != NULL || c == '\\' || c == style->delimiter)
		{
			is_plain = false;
			written[n++] = '\\';
		}
		written[n++] = name != NULL ? (uint8_t) "bfnrtv"[name - controls] : c;
	}
	if (style->csv)
		written[n++] = style->quote;
	*n_written = n;
	return is_plain;
}

static void
check_field(const ColFieldStyle *style, const uint8_t *bytes, size_t n_bytes)
{
	uint8_t written[2 * BYTES_MAX + 2];
	uint8_t at[2 * BYTES_MAX + 2];
	size_t n_written;
	bool is_plain = expect(style, bytes, n_bytes, written, &n_written);
	size_t added = col_field_added_bytes(style, bytes, n_bytes);

	CHECK(col_field_copy(style, at, bytes, n_bytes) == is_plain);
	if (is_plain)
		CHECK(memcmp(at, bytes, n_bytes) == 0);
	CHECK(n_bytes + added == n_written);
	CHECK(col_field_write(style, at, bytes, n_bytes) == at + n_written);
	CHECK(memcmp(at, written, n_written) == 0);
}

/* In memory that ends with the field. */
static void
fields(void)
{
	static const uint8_t bytes_of_interest[] = {'\b', '\t', '\n', '\v', '\f',
												'\r', '\\', '"',  ',',	'|',
												1,	  0x1f, 0x80, 0xff, 0xdc};

	Guarded guarded;

	guarded_open(&guarded);
	for (int round = 0; round < 200000; round++)
	{
		uint8_t bytes[BYTES_MAX];
		size_t n_bytes = test_below(BYTES_MAX + 1);
		ColFieldStyle style;
		uint8_t delimiter = "\t|,\1\b"[test_below(5)];

		if (test_below(2))
			col_field_style_text(&style, delimiter);
		else
			col_field_style_csv(&style, delimiter, test_below(2) ? '"' : 'q',
								test_below(2) ? '"' : '\\');
		for (size_t i = 0; i < n_bytes; i++)
			bytes[i] =
				test_below(40) == 0
					? bytes_of_interest[test_below(sizeof(bytes_of_interest))]
					: (uint8_t) (test_below(95) + 0x20);
		test_context("round %d, %zu bytes", round, n_bytes);
		check_field(&style, guarded_copy(&guarded, bytes, n_bytes), n_bytes);
	}
	guarded_close(&guarded);
}

const TestCase field_tests[] = {{"field: random ones", fields}, {NULL, NULL}};
