/*
 * decimal.h - PostgreSQL's numeric as an integer and a scale, and back.
 *
 * The image of a numeric (a varlena, image.h) holds base-10000 digits, a weight, a sign
 * and a display scale: the digits that are shown behind the point.  A value v of
 * display scale s is the integer v * 10^s.  NaN and infinities are no decimals.
 */
#ifndef COL_DECIMAL_H
#define COL_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

typedef __int128 ColInt128;
typedef unsigned __int128 ColUint128;

/* Largest scale that is handled. */
#define COL_DECIMAL_SCALE_MAX 37

/* Bytes of an image that col_decimal_image writes, at most. */
#define COL_DECIMAL_IMAGE_BYTES 32

/* The display scale of an image; -1: NaN, infinity, or no numeric. */
extern int col_decimal_scale(const uint8_t *image);

/*
 * *scaled = value * 10^scale; false: the value is no decimal, does not fit 37 digits,
 * or has digits behind that scale.
 */
extern bool col_decimal_parse(const uint8_t *image, int scale,
							  ColInt128 *scaled);

/*
 * Writes the image of scaled / 10^scale with a display scale as PostgreSQL would
 * make it, with a 1-byte header, and returns its bytes.  Any arguments are safe:
 * scale and display_scale are taken modulo 64.
 */
extern uint32_t col_decimal_image(ColInt128 scaled, int scale,
								  int display_scale, uint8_t *image);

#endif /* COL_DECIMAL_H */
