/*
 * bytes.h - little-endian loads and stores at any alignment, small integer
 * helpers, and cursors that cannot leave their bytes.
 *
 * A cursor that would leave its bytes sets failed and stays failed: reads
 * then give zeroes and writes do nothing, so that a caller may check once at
 * the end.  Pure C, no memory is allocated here.
 */
#ifndef COL_BYTES_H
#define COL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "columnar needs a little-endian machine"
#endif

static inline uint16_t
col_load_u16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint32_t
col_load_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline uint64_t
col_load_u64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static inline void
col_store_u16(uint8_t *at, uint16_t value)
{
	memcpy(at, &value, sizeof(value));
}

static inline void
col_store_u32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static inline void
col_store_u64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* n_bytes (1..8) at at as an unsigned integer */
static inline uint64_t
col_load_uint(const uint8_t *at, uint32_t n_bytes)
{
	uint64_t value = 0;

	memcpy(&value, at, n_bytes);
	return value;
}

/* Bits that value needs: 0 for 0, 64 at most. */
static inline uint32_t
col_bit_width(uint64_t value)
{
	return value == 0 ? 0 : 64 - (uint32_t) __builtin_clzll(value);
}

/* value rounded up to a multiple of align_bytes, a power of two */
static inline uint64_t
col_align_up(uint64_t value, uint64_t align_bytes)
{
	return (value + align_bytes - 1) & ~(align_bytes - 1);
}

typedef struct ColReadCursor
{
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
} ColReadCursor;

static inline void
col_read_init(ColReadCursor *cursor, const uint8_t *bytes, size_t n_bytes)
{
	cursor->at = bytes;
	cursor->end = bytes + n_bytes;
	cursor->failed = false;
}

static inline size_t
col_read_left_bytes(const ColReadCursor *cursor)
{
	return (size_t) (cursor->end - cursor->at);
}

/* The next n_bytes, which stay where they are; NULL: there are fewer. */
static inline const uint8_t *
col_read_bytes(ColReadCursor *cursor, size_t n_bytes)
{
	const uint8_t *at = cursor->at;

	if (cursor->failed || n_bytes > col_read_left_bytes(cursor))
	{
		cursor->failed = true;
		return NULL;
	}
	cursor->at += n_bytes;
	return at;
}

static inline uint8_t
col_read_u8(ColReadCursor *cursor)
{
	const uint8_t *at = col_read_bytes(cursor, 1);

	return at ? *at : 0;
}

static inline uint16_t
col_read_u16(ColReadCursor *cursor)
{
	const uint8_t *at = col_read_bytes(cursor, 2);

	return at ? col_load_u16(at) : 0;
}

static inline uint32_t
col_read_u32(ColReadCursor *cursor)
{
	const uint8_t *at = col_read_bytes(cursor, 4);

	return at ? col_load_u32(at) : 0;
}

static inline uint64_t
col_read_u64(ColReadCursor *cursor)
{
	const uint8_t *at = col_read_bytes(cursor, 8);

	return at ? col_load_u64(at) : 0;
}

typedef struct ColWriteCursor
{
	uint8_t *at;
	uint8_t *end;
	bool failed;
} ColWriteCursor;

static inline void
col_write_init(ColWriteCursor *cursor, uint8_t *bytes, size_t n_bytes)
{
	cursor->at = bytes;
	cursor->end = bytes + n_bytes;
	cursor->failed = false;
}

/* Room for the next n_bytes, to be filled by the caller; NULL: no room. */
static inline uint8_t *
col_write_room(ColWriteCursor *cursor, size_t n_bytes)
{
	uint8_t *at = cursor->at;

	if (cursor->failed || n_bytes > (size_t) (cursor->end - cursor->at))
	{
		cursor->failed = true;
		return NULL;
	}
	cursor->at += n_bytes;
	return at;
}

static inline void
col_write_bytes(ColWriteCursor *cursor, const void *bytes, size_t n_bytes)
{
	uint8_t *at = col_write_room(cursor, n_bytes);

	if (at && n_bytes > 0)
		memcpy(at, bytes, n_bytes);
}

static inline void
col_write_u8(ColWriteCursor *cursor, uint8_t value)
{
	col_write_bytes(cursor, &value, sizeof(value));
}

static inline void
col_write_u16(ColWriteCursor *cursor, uint16_t value)
{
	col_write_bytes(cursor, &value, sizeof(value));
}

static inline void
col_write_u32(ColWriteCursor *cursor, uint32_t value)
{
	col_write_bytes(cursor, &value, sizeof(value));
}

static inline void
col_write_u64(ColWriteCursor *cursor, uint64_t value)
{
	col_write_bytes(cursor, &value, sizeof(value));
}

#endif /* COL_BYTES_H */
