/*
 * bloom.c - filters: values to hashes, hashes to blocks.
 *
 * The bytes are described in docs/format.md; hashes are part of the format.  Blocks
 * and salts are those of Parquet's filters (after Putze, Sanders, Singler 2007).
 */
#include "src/encoding/bloom.h"

#include <math.h>

#include "simd/simd.h"
#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/base/hash.h"
#include "src/encoding/encoding_internal.h"
#include "src/vector/image.h"
#include "src/vector/numeric.h"

#define BITS_PER_VALUE 12
#define BLOCK_BITS (COL_BLOOM_BLOCK_BYTES * 8)
#define BLOCK_WORDS 8

#define HASH_START UINT64_C(0xa0761d6478bd642f)
#define HASH_WORD UINT64_C(0xe7037ed1a0b428db)
#define HASH_END UINT64_C(0x8ebc6af09c88c6e3)

static const uint32_t bloom_salts[BLOCK_WORDS] = {
	0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
	0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};

/* ---- hashes ---- */

static inline uint64_t
hash_word(uint64_t hash, uint64_t word)
{
	return col_hash_mix(hash ^ word, HASH_WORD);
}

static uint64_t
hash_bytes(uint64_t start, const uint8_t *bytes, uint32_t n_bytes)
{
	uint64_t hash = start;
	uint32_t left = n_bytes;

	for (; left >= 8; left -= 8, bytes += 8)
		hash = hash_word(hash, col_load_u64(bytes));
	if (left > 0)
		hash = hash_word(hash, col_load_uint(bytes, left));
	return col_hash_mix(hash ^ n_bytes, HASH_END);
}

static uint64_t
hash_lane(uint64_t lane)
{
	return col_hash_mix(hash_word(HASH_START, lane) ^ sizeof(lane), HASH_END);
}

static uint64_t
hash_float(const uint8_t *value, uint32_t n_bytes)
{
	double number;
	uint64_t bits;

	if (n_bytes == 4)
	{
		float single;

		memcpy(&single, value, sizeof(single));
		number = single;
	}
	else
		memcpy(&number, value, sizeof(number));
	if (isnan(number))
		return hash_lane(UINT64_C(0x7ff8000000000000));
	memcpy(&bits, &number, sizeof(bits));
	return hash_lane(number == 0 ? 0 : bits);
}

/* By its digits: 1.0 and 1.00 are the same. */
static uint64_t
hash_numeric(const uint8_t *payload, uint32_t n_bytes)
{
	ColNumeric numeric;
	uint64_t start;

	if (!col_numeric_parse(payload, n_bytes, &numeric))
		return hash_bytes(HASH_START, payload, n_bytes);
	start = (uint64_t) (uint32_t) numeric.weight << 32 |
			(uint64_t) (uint8_t) numeric.kind << 8 | numeric.is_negative;
	return hash_bytes(hash_word(HASH_START, start), numeric.digits,
					  numeric.n_digits * 2);
}

static uint64_t
hash_value(ColBloomKind kind, const uint8_t *value, uint32_t n_bytes)
{
	unsigned unused_bits = 64 - n_bytes * 8;

	switch (kind)
	{
		case COL_BLOOM_SIGNED:
			return hash_lane(
				(uint64_t) ((int64_t) (col_load_uint(value, n_bytes)
									   << unused_bits) >>
							unused_bits));
		case COL_BLOOM_UNSIGNED:
			return hash_lane(col_load_uint(value, n_bytes));
		case COL_BLOOM_FLOAT:
			return hash_float(value, n_bytes);
		case COL_BLOOM_NUMERIC:
			return hash_numeric(value, n_bytes);
		case COL_BLOOM_BLANKS:
			while (n_bytes > 0 && value[n_bytes - 1] == ' ')
				n_bytes--;
			break;
		default:
			break;
	}
	return hash_bytes(HASH_START, value, n_bytes);
}

uint64_t
col_bloom_hash(ColBloomKind kind, const uint8_t *value, uint32_t n_bytes)
{
	uint64_t hash = hash_value(kind, value, n_bytes);

	return hash != 0 ? hash : 1;
}

bool
col_bloom_fits(ColBloomKind kind, ColPhys phys, uint16_t value_bytes)
{
	switch (kind)
	{
		case COL_BLOOM_SIGNED:
		case COL_BLOOM_UNSIGNED:
			return phys == COL_PHYS_LANE;
		case COL_BLOOM_FLOAT:
			return phys == COL_PHYS_LANE && value_bytes >= 4;
		case COL_BLOOM_BYTES:
			return phys != COL_PHYS_LANE;
		case COL_BLOOM_BLANKS:
		case COL_BLOOM_NUMERIC:
			return phys == COL_PHYS_IMAGE;
		default:
			return false;
	}
}

/* ---- the filter ---- */

static inline uint32_t
block_of(uint32_t n_blocks, uint64_t hash)
{
	return (uint32_t) ((hash >> 32) * n_blocks >> 32);
}

/* Where a block starts in the filter. */
static inline uint64_t
block_offset_bytes(uint32_t block)
{
	return (uint64_t) (block / COL_BLOOM_PIECE_BLOCKS + 1) *
			   COL_BLOOM_PIECE_HEAD_BYTES +
		   (uint64_t) block * COL_BLOOM_BLOCK_BYTES;
}

static inline uint32_t
block_bit(uint64_t hash, int word)
{
	return (uint32_t) 1 << ((uint32_t) hash * bloom_salts[word] >> 27);
}

static void
block_set(uint8_t *block, uint64_t hash)
{
	int word;

	for (word = 0; word < BLOCK_WORDS; word++)
		col_store_u32(block + word * 4,
					  col_load_u32(block + word * 4) | block_bit(hash, word));
}

/*
 * Hashes of the column's values: *n_hashes different ones, in a table that is 0
 * where it is free.  NULL: no memory.
 */
static uint64_t *
distinct_hashes(const ColColumn *column, ColBloomKind kind, ColArena *arena,
				uint32_t *n_slots, uint32_t *n_hashes)
{
	uint32_t slots = 64;
	uint64_t *table;
	uint32_t row;

	while (slots < 2 * (column->n_rows - column->n_nulls))
		slots *= 2;
	*n_slots = slots;
	*n_hashes = 0;
	table = col_arena_zalloc(arena, (size_t) slots * sizeof(uint64_t));
	for (row = 0; table && row < column->n_rows; row++)
	{
		const uint8_t *value = col_column_value(column, row);
		uint32_t n_bytes = column->value_bytes;
		uint64_t hash;
		uint32_t slot;

		if (col_column_is_null(column, row))
			continue;
		if (column->phys == COL_PHYS_IMAGE)
		{
			n_bytes = col_image_payload_bytes(value);
			value = col_image_payload(value);
		}
		hash = col_bloom_hash(kind, value, n_bytes);
		slot = (uint32_t) hash & (slots - 1);
		while (table[slot] != 0 && table[slot] != hash)
			slot = (slot + 1) & (slots - 1);
		*n_hashes += table[slot] == 0;
		table[slot] = hash;
	}
	return table;
}

/* Heads of all pieces, the blocks being done. */
static void
seal_pieces(uint8_t *filter, uint32_t filter_bytes, ColBloomKind kind)
{
	uint32_t at;

	for (at = 0; at < filter_bytes; at += COL_BLOOM_PIECE_BYTES)
	{
		uint32_t left = filter_bytes - at;
		uint32_t n_bytes =
			left < COL_BLOOM_PIECE_BYTES ? left : COL_BLOOM_PIECE_BYTES;

		filter[at + 4] = (uint8_t) kind;
		col_store_u32(filter + at,
					  simd_kernels()->crc32c(0, filter + at + 4, n_bytes - 4));
	}
}

ColStatus
col_bloom_build(const ColColumn *column, ColBloomKind kind,
				const ColAllocator *allocator, ColBuffer *out,
				uint32_t *n_bytes, ColError *error)
{
	ColArena arena;
	uint64_t *hashes;
	uint32_t n_slots;
	uint32_t n_hashes;
	uint32_t n_blocks;
	uint8_t *filter = NULL;
	uint32_t slot;

	*n_bytes = 0;
	col_assert(col_bloom_fits(kind, column->phys, column->value_bytes));
	if (column->n_nulls == column->n_rows)
		return COL_OK;
	col_arena_init(&arena, allocator);
	hashes = distinct_hashes(column, kind, &arena, &n_slots, &n_hashes);
	if (hashes != NULL)
	{
		n_blocks = (n_hashes * BITS_PER_VALUE + BLOCK_BITS - 1) / BLOCK_BITS;
		*n_bytes =
			(uint32_t) block_offset_bytes(n_blocks - 1) + COL_BLOOM_BLOCK_BYTES;
		filter = col_buffer_reserve(out, *n_bytes);
	}
	if (filter != NULL)
	{
		memset(filter, 0, *n_bytes);
		for (slot = 0; slot < n_slots; slot++)
		{
			if (hashes[slot] != 0)
				block_set(filter + block_offset_bytes(
									   block_of(n_blocks, hashes[slot])),
						  hashes[slot]);
		}
		seal_pieces(filter, *n_bytes, kind);
		out->used_bytes += *n_bytes;
	}
	col_arena_free(&arena);
	if (filter == NULL)
		return col_error(error, COL_NO_MEMORY, "out of memory for a filter",
						 column->n_rows, 0);
	return COL_OK;
}

ColBloomPiece
col_bloom_piece(uint32_t filter_bytes, uint64_t hash)
{
	ColBloomPiece piece = {0, 0, 0};
	uint32_t n_whole = filter_bytes / COL_BLOOM_PIECE_BYTES;
	uint32_t rest = filter_bytes % COL_BLOOM_PIECE_BYTES;
	uint32_t n_blocks = n_whole * COL_BLOOM_PIECE_BLOCKS;
	uint32_t number;

	if (rest > 0)
	{
		if (rest <= COL_BLOOM_PIECE_HEAD_BYTES ||
			(rest - COL_BLOOM_PIECE_HEAD_BYTES) % COL_BLOOM_BLOCK_BYTES != 0)
			return piece;
		n_blocks += (rest - COL_BLOOM_PIECE_HEAD_BYTES) / COL_BLOOM_BLOCK_BYTES;
	}
	if (n_blocks == 0)
		return piece;
	piece.block = block_of(n_blocks, hash);
	number = piece.block / COL_BLOOM_PIECE_BLOCKS;
	piece.block %= COL_BLOOM_PIECE_BLOCKS;
	piece.offset_bytes = number * COL_BLOOM_PIECE_BYTES;
	piece.n_bytes = number < n_whole ? COL_BLOOM_PIECE_BYTES : rest;
	return piece;
}

ColStatus
col_bloom_check(const uint8_t *piece, uint32_t n_bytes, ColBloomKind *kind,
				ColError *error)
{
	uint32_t crc;

	col_assert(n_bytes > COL_BLOOM_PIECE_HEAD_BYTES);
	crc = simd_kernels()->crc32c(0, piece + 4, n_bytes - 4);
	if (crc != col_load_u32(piece))
		return col_error(error, COL_CORRUPT,
						 "checksum of a filter does not match", crc,
						 col_load_u32(piece));
	if (piece[4] == COL_BLOOM_NONE || piece[4] > COL_BLOOM_NUMERIC ||
		piece[5] != 0 || col_load_u16(piece + 6) != 0)
		return col_error(error, COL_CORRUPT, "kind of a filter",
						 col_load_u32(piece + 4), COL_BLOOM_NUMERIC);
	*kind = (ColBloomKind) piece[4];
	return COL_OK;
}

bool
col_bloom_has(const uint8_t *piece, uint32_t block, uint64_t hash)
{
	const uint8_t *words = piece + COL_BLOOM_PIECE_HEAD_BYTES +
						   (size_t) block * COL_BLOOM_BLOCK_BYTES;
	bool has = true;
	int word;

	for (word = 0; word < BLOCK_WORDS; word++)
		has &= (col_load_u32(words + word * 4) & block_bit(hash, word)) != 0;
	return has;
}
