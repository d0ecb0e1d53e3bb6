/*
 * enc_front.c - front coding of sorted images: each payload without the bytes that it
 * shares with the one before (Witten, Moffat, Bell, "Managing Gigabytes", 1999).
 *
 *   u32 bytes of the lengths | u32 bytes of the ends | u32 bytes of the images as they
 *   lie in memory | u32 zero
 *   n shared lengths of 1 byte
 *   n lengths of what follows the shared bytes: 1 byte, or 255 and 4 bytes
 *   what follows the shared bytes, one after the other
 *
 * Images have a 1-byte header where their length allows it, otherwise one of 4 bytes;
 * other headers are not front coded.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/vector/image.h"

#define HEAD_BYTES 16
#define LONG_LENGTH 255
#define SHARED_MAX 255

/* Payload bytes of an image with a 1-byte header, at most. */
#define SHORT_PAYLOAD_MAX 126

static uint32_t
front_shared(const ColDictionaryEntry *before, const ColDictionaryEntry *entry)
{
	uint32_t limit = before->payload_bytes < entry->payload_bytes
						 ? before->payload_bytes
						 : entry->payload_bytes;
	uint32_t shared = 0;

	if (limit > SHARED_MAX)
		limit = SHARED_MAX;
	while (shared < limit && before->payload[shared] == entry->payload[shared])
		shared++;
	return shared;
}

bool
col_front_fits(const ColDictionary *dictionary, uint32_t *part_bytes)
{
	uint64_t end_bytes = 0;
	uint32_t length_bytes = 0;
	uint32_t i;

	for (i = 0; i < dictionary->n_entries; i++)
	{
		const ColDictionaryEntry *entry = &dictionary->entries[i];
		bool is_short = entry->payload_bytes <= SHORT_PAYLOAD_MAX;
		uint32_t rest = entry->payload_bytes;

		if (col_image_is_short(entry->value) != is_short)
			return false;
		if (i > 0)
			rest -= front_shared(&dictionary->entries[i - 1], entry);
		length_bytes += rest < LONG_LENGTH ? 1 : 5;
		end_bytes += rest;
	}
	part_bytes[0] = HEAD_BYTES + dictionary->n_entries;
	part_bytes[1] = length_bytes;
	part_bytes[2] = (uint32_t) end_bytes;
	return true;
}

void
col_front_encode(const ColDictionary *dictionary, const uint32_t *part_bytes,
				 uint8_t *destination)
{
	uint8_t *shared_lengths = destination + HEAD_BYTES;
	uint8_t *lengths = destination + part_bytes[0];
	uint8_t *ends = lengths + part_bytes[1];
	uint64_t image_bytes = 0;
	uint32_t i;

	for (i = 0; i < dictionary->n_entries; i++)
	{
		const ColDictionaryEntry *entry = &dictionary->entries[i];
		uint32_t shared =
			i > 0 ? front_shared(&dictionary->entries[i - 1], entry) : 0;
		uint32_t rest = entry->payload_bytes - shared;

		image_bytes =
			col_image_start(image_bytes, col_image_is_short(entry->value)) +
			col_image_bytes(entry->value);
		shared_lengths[i] = (uint8_t) shared;
		*lengths++ = (uint8_t) (rest < LONG_LENGTH ? rest : LONG_LENGTH);
		if (rest >= LONG_LENGTH)
		{
			col_store_u32(lengths, rest);
			lengths += 4;
		}
		memcpy(ends, entry->payload + shared, rest);
		ends += rest;
	}
	col_store_u32(destination, part_bytes[1]);
	col_store_u32(destination + 4, part_bytes[2]);
	col_store_u32(destination + 8, (uint32_t) image_bytes);
	col_store_u32(destination + 12, 0);
	col_assert(image_bytes == dictionary->raw_bytes);
}

/* The image of a payload whose first bytes are those of before, at room. */
static uint8_t *
front_image(uint8_t *room, const uint8_t *before, uint32_t shared,
			const uint8_t *rest, uint32_t rest_bytes)
{
	uint32_t payload_bytes = shared + rest_bytes;
	uint8_t *payload;

	if (payload_bytes <= SHORT_PAYLOAD_MAX)
	{
		room[0] = (uint8_t) ((payload_bytes + 1) << 1 | 1);
		payload = room + 1;
	}
	else
	{
		col_store_u32(room, (payload_bytes + 4) << 2);
		payload = room + 4;
	}
	if (shared > 0)
		memcpy(payload, before, shared);
	if (rest_bytes > 0)
		memcpy(payload + shared, rest, rest_bytes);
	return payload;
}

ColStatus
col_front_decode(const uint8_t *section, uint64_t n_bytes, uint32_t n_entries,
				 ColArena *arena, const uint8_t **images, ColError *error)
{
	uint64_t length_bytes = n_bytes >= HEAD_BYTES ? col_load_u32(section) : 0;
	uint64_t end_bytes = n_bytes >= HEAD_BYTES ? col_load_u32(section + 4) : 0;
	uint64_t image_bytes =
		n_bytes >= HEAD_BYTES ? col_load_u32(section + 8) : 0;
	const uint8_t *shared_lengths = section + HEAD_BYTES;
	ColReadCursor lengths;
	ColReadCursor ends;
	uint8_t *room;
	const uint8_t *before = NULL;
	uint32_t before_bytes = 0;
	uint64_t position = 0;
	uint32_t i;

	if (n_bytes < HEAD_BYTES ||
		HEAD_BYTES + n_entries + length_bytes + end_bytes != n_bytes ||
		image_bytes > COL_DICTIONARY_HEAP_BYTES ||
		col_load_u32(section + 12) != 0)
		return col_error(error, COL_CORRUPT, "lengths of a front-coded section",
						 length_bytes + end_bytes, n_bytes);
	room = col_arena_zalloc(arena, image_bytes);
	if (room == NULL)
		return col_error(error, COL_NO_MEMORY,
						 "out of memory for reading a column chunk", 0, 0);
	col_read_init(&lengths, shared_lengths + n_entries, length_bytes);
	col_read_init(&ends, shared_lengths + n_entries + length_bytes, end_bytes);
	for (i = 0; i < n_entries; i++)
	{
		uint32_t shared = shared_lengths[i];
		uint32_t rest_bytes = col_read_u8(&lengths);
		const uint8_t *rest;
		uint64_t start;
		uint64_t n;

		if (rest_bytes == LONG_LENGTH)
			rest_bytes = col_read_u32(&lengths);
		rest = col_read_bytes(&ends, rest_bytes);
		if (rest == NULL || lengths.failed || shared > before_bytes)
			return col_error(error, COL_CORRUPT, "front-coded entry", i,
							 shared);
		n = (uint64_t) shared + rest_bytes;
		start = col_image_start(position, n <= SHORT_PAYLOAD_MAX);
		position = start + n + (n <= SHORT_PAYLOAD_MAX ? 1 : 4);
		if (position > image_bytes)
			return col_error(error, COL_CORRUPT, "front-coded entry is long", i,
							 n);
		images[i] = room + start;
		before = front_image(room + start, before, shared, rest, rest_bytes);
		before_bytes = (uint32_t) n;
	}
	if (position != image_bytes || col_read_left_bytes(&lengths) > 0 ||
		col_read_left_bytes(&ends) > 0)
		return col_error(error, COL_CORRUPT,
						 "bytes left behind front-coded entries", position,
						 image_bytes);
	return COL_OK;
}
