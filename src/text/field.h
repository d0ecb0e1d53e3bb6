/*
 * field.h - values among others in a line of COPY, text or CSV: what is escaped, what
 * is quoted.
 */
#ifndef COL_TEXT_FIELD_H
#define COL_TEXT_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct ColFieldStyle
{
	bool csv;
	uint8_t delimiter;
	uint8_t quote;		  /* CSV */
	uint8_t escape;		  /* CSV */
	uint64_t needles[2];  /* two bytes, 8 times each: with those below 0x20 all
						   * that is special is among them */
	uint8_t special[256]; /* text: what follows the backslash; CSV: not 0: the
						   * field is quoted */
} ColFieldStyle;

extern void col_field_style_text(ColFieldStyle *style, uint8_t delimiter);
extern void col_field_style_csv(ColFieldStyle *style, uint8_t delimiter,
								uint8_t quote, uint8_t escape);

/*
 * Copies a field, if nothing of it is special; false: something is, and what is at at
 * does not count.
 */
extern bool col_field_copy(const ColFieldStyle *style, uint8_t *at,
						   const uint8_t *bytes, size_t n_bytes);

/* How many bytes a field gets by escapes, and in CSV by its quotes. */
extern size_t col_field_added_bytes(const ColFieldStyle *style,
									const uint8_t *bytes, size_t n_bytes);

/* Writes a field escaped, in CSV quoted; returns its end. */
extern uint8_t *col_field_write(const ColFieldStyle *style, uint8_t *at,
								const uint8_t *bytes, size_t n_bytes);

#endif /* COL_TEXT_FIELD_H */
