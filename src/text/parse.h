/*
 * parse.h - values from the usual forms of their texts.
 *
 * Each function reads a text that a zero byte ends.  It is true if the text has the
 * usual form of the type, and the value is then the one that PostgreSQL's own input
 * function gives; of anything else it is false, and that function is to be asked: it
 * knows the unusual forms, and the messages about what has no form at all.
 */
#ifndef COL_PARSE_H
#define COL_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/text/digits.h"

#define COL_UUID_BYTES 16

/* However they are, so many digits are a number of 64 bits without a sign. */
#define COL_INTEGER_DIGITS 19

/* -?[0-9]{1,19}, within 63 bits; here, as it is over soon */
static inline bool
col_parse_integer(const char *text, int64_t *value)
{
	bool negative = *text == '-';
	const char *first = text + negative;
	const char *at = first;
	uint64_t sum = 0;

	while (col_is_digit(*at))
		sum = sum * 10 + col_digit(*at++);
	*value = (int64_t) (negative ? 0 - sum : sum);
	return *at == 0 && at > first && at - first <= COL_INTEGER_DIGITS &&
		   sum <= INT64_MAX;
}

/* Room for the payload of a numeric (src/vector/numeric.h) that was parsed. */
#define COL_PARSE_DECIMAL_BYTES 64

/*
 * -?[0-9]+(\.[0-9]+)? of few enough digits: writes the payload of a numeric, and
 * returns its bytes; 0 is false.  With scale >= 0 that is the display scale, which
 * holds all digits behind the point, and there are no more than integer_digits before
 * it; otherwise the display scale is that of the text.
 */
extern uint32_t col_parse_decimal(const char *text, int integer_digits,
								  int scale, uint8_t *payload);

/*
 * -?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,4})? with up to 19 significant digits: the
 * nearest double or float, if it is a normal number or zero.
 */
extern bool col_parse_double(const char *text, double *value);
extern bool col_parse_float(const char *text, float *value);

/* Of a valid date and time of the years 1 to 9999, hours 0 to 23. */
typedef struct ColDateTime
{
	int year;
	int month;
	int day;
	int hour;
	int minute;
	int second;
	int microsecond;
	bool has_offset;
	int offset_seconds; /* east of Greenwich */
} ColDateTime;

/* YYYY-MM-DD */
extern bool col_parse_date(const char *text, ColDateTime *parsed);

/* YYYY-MM-DD HH:MM:SS(\.[0-9]{1,6})?([+-]HH(:MM)?)? */
extern bool col_parse_timestamp(const char *text, ColDateTime *parsed);

/* Days from 2000-01-01 to the date. */
extern int32_t col_date_days(const ColDateTime *parsed);

/* Microseconds from 2000-01-01 00:00:00 to date and time, the offset apart. */
extern int64_t col_local_microseconds(const ColDateTime *parsed);

/* 32 hexadecimal digits, without hyphens or with four, as uuids are written. */
extern bool col_parse_uuid(const char *text, uint8_t *uuid);

/* Are all of n_bytes ASCII, so that there are as many characters? */
extern bool col_text_is_ascii(const char *text, size_t n_bytes);

#endif /* COL_PARSE_H */
