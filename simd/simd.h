/*
 * simd.h - the table of kernels, and the contract of each.
 *
 * Kernels know nothing of chunks, vectors or PostgreSQL.  They trust their
 * arguments, allocate nothing and keep no state.  A table holds one function a
 * kernel, all of one level; simd_kernels() gives the best table for this CPU.
 *
 * Packed integers, the layout of a FOR vector of SIMD_VECTOR_VALUES values:
 * T is the narrowest of 8, 16, 32, 64 bits that holds width, L = 1024 / bits
 * of T lanes; value i lies in lane i % L, row i / L.  A lane is a sequence of T
 * words, in which row r takes the bits r * width .. (r + 1) * width - 1, counted
 * from the lowest bit of its first word; word k of all lanes lies together, at
 * byte k * 128.  So a vector takes width * 128 bytes, and width 8, 16, 32, 64
 * are plain little-endian arrays.  Width 0 takes no bytes.
 */
#ifndef SIMD_H
#define SIMD_H

#include <stddef.h>
#include <stdint.h>

#define SIMD_VECTOR_VALUES 1024

/* Bytes of one word of all lanes, whatever T is. */
#define SIMD_ROW_BYTES 128

#define SIMD_PACKED_BYTES(width) ((uint32_t) (width) *SIMD_ROW_BYTES)

/*
 * out[i] = base + multiplier * packed[i], modulo the width of out's lanes, for
 * all 1024 values.  width <= bits of out's lanes.  packed: width * 128 readable
 * bytes at any alignment.  out: aligned to its lanes; must not overlap packed.
 */
typedef void (*SimdUnpack)(const uint8_t *packed, unsigned width, uint64_t base,
						   uint64_t multiplier, void *out);

/*
 * The reverse: packs (lanes[i] - base) / multiplier, where the difference is
 * taken modulo the width of lanes, must be a multiple of multiplier (> 0) and
 * the quotient must fit width.  Writes width * 128 bytes.
 */
typedef void (*SimdPack)(const void *lanes, unsigned width, uint64_t base,
						 uint64_t multiplier, uint8_t *packed);

/*
 * CRC-32C (Castagnoli, reflected, as in RFC 3720) of bytes continued from crc,
 * which is 0 at the start; crc32c(crc32c(0, a), b) = crc32c(0, ab).
 */
typedef uint32_t (*SimdCrc32c)(uint32_t crc, const void *bytes, size_t n_bytes);

typedef struct SimdKernels
{
	const char *name;
	SimdUnpack unpack[4]; /* out lanes of 1, 2, 4, 8 bytes */
	SimdPack pack[4];	  /* lanes of 1, 2, 4, 8 bytes */
	SimdCrc32c crc32c;
} SimdKernels;

/* The best table for this CPU; always the same one, never NULL. */
extern const SimdKernels *simd_kernels(void);

/* The table that runs anywhere: the oracle of the others. */
extern const SimdKernels *simd_kernels_scalar(void);

/* Index of lanes of lane_bytes in unpack[] and pack[]. */
static inline unsigned
simd_lane_index(unsigned lane_bytes)
{
	return (unsigned) __builtin_ctz(lane_bytes);
}

/* Bits of T for a width of 1 .. 64. */
static inline unsigned
simd_word_bits(unsigned width)
{
	return width <= 8 ? 8 : width <= 16 ? 16 : width <= 32 ? 32 : 64;
}

/* Point access: the packed value of row, without base and multiplier. */
static inline uint64_t
simd_unpack_one(const uint8_t *packed, unsigned width, unsigned row)
{
	unsigned bits = width == 0 ? 8 : simd_word_bits(width);
	unsigned lanes = 1024 / bits;
	unsigned first_bit = row / lanes * width;
	unsigned shift = first_bit % bits;
	const uint8_t *at = packed + (size_t) (first_bit / bits) * SIMD_ROW_BYTES +
						(size_t) (row % lanes) * (bits / 8);
	uint64_t word = 0;
	uint64_t value;

	if (width == 0)
		return 0;
	__builtin_memcpy(&word, at, bits / 8);
	value = word >> shift;
	if (shift + width > bits)
	{
		word = 0;
		__builtin_memcpy(&word, at + SIMD_ROW_BYTES, bits / 8);
		value |= word << (bits - shift);
	}
	return width == 64 ? value : value & (((uint64_t) 1 << width) - 1);
}

#endif /* SIMD_H */
