/*
 * image.h - images: variable-length values with PostgreSQL's varlena header,
 * as vector.h describes them.
 *
 * col_image_* trust their image; only col_image_walk may be given bytes that
 * were read.  Images in a payload are laid one after another; one with a
 * 4-byte header starts at a multiple of COL_IMAGE_ALIGN_BYTES from the start of
 * the payload, and the gap before it holds zeroes (a 1-byte header is odd, so a
 * zero byte off alignment is always padding).
 */
#ifndef COL_IMAGE_H
#define COL_IMAGE_H

#include <stdbool.h>
#include <stdint.h>
#include "src/base/bytes.h"
#include "src/base/limits.h"

/* A 1-byte header that says external pointer: never valid here. */
#define COL_IMAGE_EXTERNAL 0x01

/* Length with header that a 4-byte header can hold. */
#define COL_IMAGE_BYTES_MAX 0x3fffffffU

/* The image of the empty value. */
#define COL_IMAGE_EMPTY 0x03

static inline bool
col_image_is_short(const uint8_t *image)
{
	return (image[0] & 1) != 0;
}

/* Bytes of the image, header included. */
static inline uint32_t
col_image_bytes(const uint8_t *image)
{
	return col_image_is_short(image) ? (uint32_t) image[0] >> 1
									 : col_load_u32(image) >> 2;
}

static inline uint32_t
col_image_header_bytes(const uint8_t *image)
{
	return col_image_is_short(image) ? 1 : 4;
}

static inline const uint8_t *
col_image_payload(const uint8_t *image)
{
	return image + col_image_header_bytes(image);
}

static inline uint32_t
col_image_payload_bytes(const uint8_t *image)
{
	return col_image_bytes(image) - col_image_header_bytes(image);
}

/* Where an image with such a header may start, at or after position. */
static inline uint64_t
col_image_start(uint64_t position, bool is_short)
{
	return is_short ? position : col_align_up(position, COL_IMAGE_ALIGN_BYTES);
}

/*
 * The image at or, behind padding, after *position in payload[0 ..
 * payload_bytes), which is checked; NULL: there is none, the bytes are
 * corrupt.  *position moves behind the image.
 */
static inline const uint8_t *
col_image_walk(const uint8_t *payload, uint64_t payload_bytes,
			   uint64_t *position)
{
	uint64_t at = *position;
	uint64_t n_bytes;

	if (at >= payload_bytes)
		return NULL;
	if ((payload[at] & 1) != 0)
	{
		if (payload[at] == COL_IMAGE_EXTERNAL)
			return NULL;
		n_bytes = (uint64_t) payload[at] >> 1;
	}
	else
	{
		if ((at & (COL_IMAGE_ALIGN_BYTES - 1)) != 0)
		{
			if (payload[at] != 0)
				return NULL;
			at = col_align_up(at, COL_IMAGE_ALIGN_BYTES);
		}
		if (at >= payload_bytes || payload_bytes - at < 4 ||
			(payload[at] & 3) != 0)
			return NULL;
		n_bytes = col_load_u32(payload + at) >> 2;
		if (n_bytes < 4)
			return NULL;
	}
	if (n_bytes > payload_bytes - at)
		return NULL;
	*position = at + n_bytes;
	return payload + at;
}

#endif /* COL_IMAGE_H */
