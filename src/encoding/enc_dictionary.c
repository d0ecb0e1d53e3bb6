/*
 * enc_dictionary.c - reading a dictionary: its section as images, and codes.
 *
 * The section holds the distinct values, in order of their payloads by memcmp
 * and then by length, as enc_raw.c lays out values; codes are the numbers of
 * entries, in vectors of unsigned 4-byte lanes of their own encodings.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"

ColStatus
col_dictionary_images(const uint8_t *section, uint64_t raw_bytes,
					  uint32_t n_entries, const uint8_t **images,
					  ColError *error)
{
	col_assert(raw_bytes <= UINT32_MAX);
	return col_raw_images_decode(section, (uint32_t) raw_bytes, NULL, 0,
								 n_entries, images, error);
}
