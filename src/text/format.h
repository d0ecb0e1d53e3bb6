/*
 * format.h - values as PostgreSQL's output functions write them, with DateStyle ISO.
 *
 * Each writes at at, where COL_FORMAT_BYTES (col_format_numeric: as many as it says)
 * can be written, and returns the end of the text; no NUL follows.
 */
#ifndef COL_TEXT_FORMAT_H
#define COL_TEXT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/vector/numeric.h"

/* Room for any value but a numeric. */
#define COL_FORMAT_BYTES 64

/* What these write consists of. */
#define COL_FORMAT_ALPHABET \
	"0123456789+-.: abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

extern uint8_t *col_format_unsigned(uint8_t *at, uint64_t value);
extern uint8_t *col_format_signed(uint8_t *at, int64_t value);

/*
 * A float8 that is a decimal of at most 15 digits, few of them behind the point, in
 * its shortest form; NULL: it is another one.
 */
extern uint8_t *col_format_short_float(uint8_t *at, double value);

/* Days since 2000-01-01; the lowest and the highest are infinities. */
extern uint8_t *col_format_date(uint8_t *at, int32_t days);

/* Microseconds of a day. */
extern uint8_t *col_format_time(uint8_t *at, int64_t microseconds);

/* Microseconds since 2000-01-01 00:00; the lowest and the highest are infinities. */
extern uint8_t *col_format_timestamp(uint8_t *at, int64_t microseconds);

/* The same in a zone that is east_seconds ahead of UTC, with the zone. */
extern uint8_t *col_format_timestamptz(uint8_t *at, int64_t microseconds,
									   int32_t east_seconds);

/* 16 bytes. */
extern uint8_t *col_format_uuid(uint8_t *at, const uint8_t *bytes);

/* Room that a numeric takes at most. */
extern size_t col_format_numeric_bytes(const ColNumeric *numeric);
extern uint8_t *col_format_numeric(uint8_t *at, const ColNumeric *numeric);

#endif /* COL_TEXT_FORMAT_H */
