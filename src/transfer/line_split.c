/*
 * line_split.c - where the records of a file end that COPY reads.
 *
 * The rules are those of COPY: csv: an unquoted line feed ends a record, an escape
 * counts within quotes only; text: a line feed that no backslash escapes does.
 * Line feeds that do not go with the line ends of the first record are errors,
 * which whoever parses the record will find.
 */
#include <string.h>

#include "src/transfer/line_split.h"

static uint64_t
count_bytes(const char *bytes, const char *end, char wanted)
{
	uint64_t n = 0;

	while (bytes < end && (bytes = memchr(bytes, wanted, end - bytes)) != NULL)
	{
		n++;
		bytes++;
	}
	return n;
}

/* Notes the end of a record, whose line feed is at p. */
static void
end_record(ColLineSplit *split, const char *bytes, const char *p,
		   bool cr_escaped)
{
	char before = p > bytes ? p[-1] : split->last;

	if (split->n_records == 0)
		split->has_cr = before == '\r' && !cr_escaped;
	split->n_records++;
	split->n_lines++;
}

/* Returns where the quotes end, behind the last one, or end. */
static const char *
skip_quoted(ColLineSplit *split, const char *p, const char *end)
{
	const char *start = p;
	char line_end = split->n_records == 0 || split->has_cr ? '\r' : '\n';

	if (split->escape == split->quote)
	{
		p = memchr(p, split->quote, end - p);
		split->in_quotes = p == NULL;
		p = p == NULL ? end : p + 1;
	}
	else
	{
		for (; p < end && split->in_quotes; p++)
		{
			if (*p == split->quote && !split->escaped)
				split->in_quotes = false;
			split->escaped = *p == split->escape && !split->escaped;
		}
	}
	split->n_lines += count_bytes(start, p, line_end);
	return p;
}

static const char *
split_csv(ColLineSplit *split, const char *bytes, const char *end,
		  uint64_t n_records)
{
	const char *p = bytes;

	while (p < end)
	{
		const char *quote;
		const char *plain_end;

		if (split->in_quotes)
			p = skip_quoted(split, p, end);
		if (p == end)
			break;
		quote = memchr(p, split->quote, end - p);
		plain_end = quote ? quote : end;
		while (p < plain_end && (p = memchr(p, '\n', plain_end - p)) != NULL)
		{
			end_record(split, bytes, p, false);
			p++;
			if (split->n_records == n_records)
				return p;
		}
		p = plain_end;
		if (quote != NULL)
		{
			split->in_quotes = true;
			p++;
		}
	}
	return end;
}

/* Does a backslash escape the byte at p? */
static bool
is_escaped(const ColLineSplit *split, const char *bytes, const char *p)
{
	const char *start = p;

	while (p > bytes && p[-1] == '\\')
		p--;
	return ((start - p) % 2 == 1) != (p == bytes && split->escaped);
}

static const char *
split_text(ColLineSplit *split, const char *bytes, const char *end,
		   uint64_t n_records)
{
	const char *p = bytes;

	while (p < end && (p = memchr(p, '\n', end - p)) != NULL)
	{
		if (!is_escaped(split, bytes, p))
		{
			bool cr_escaped = p > bytes ? is_escaped(split, bytes, p - 1)
										: split->last_escaped;

			end_record(split, bytes, p, cr_escaped);
			if (split->n_records == n_records)
			{
				split->escaped = false;
				return p + 1;
			}
		}
		p++;
	}
	split->last_escaped = is_escaped(split, bytes, end - 1);
	split->escaped = is_escaped(split, bytes, end);
	return end;
}

size_t
col_line_split(ColLineSplit *split, const char *bytes, size_t n_bytes,
			   uint64_t n_records)
{
	const char *end = bytes + n_bytes;
	const char *p;

	if (n_bytes == 0 || split->n_records >= n_records)
		return 0;
	p = split->csv ? split_csv(split, bytes, end, n_records)
				   : split_text(split, bytes, end, n_records);
	split->last = p[-1];
	return p - bytes;
}
