/*
 * simd.h - the table of kernels, and the contract of each.
 *
 * Kernels know nothing of chunks, vectors or PostgreSQL.  They trust their
 * arguments, allocate nothing and keep no state.  A table holds one function a
 * kernel, all of one level; simd_kernels() gives the best table for this CPU.
 * All levels give the same bits.  Lanes and words are aligned to their size,
 * where nothing else is said; n may be 0.
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

#include <stdbool.h>
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
 * out[i] = base + deltas[0] + ... + deltas[i], modulo the width of the lanes,
 * for n lanes.  out may be deltas.
 */
typedef void (*SimdPrefixSum)(const void *deltas, uint32_t n, uint64_t base,
							  void *out);

/*
 * floats[i] = integers[i] / 10^power, correctly rounded where the integer is
 * exact as a float: int32 below 2^24, power 0 .. 10, for float4; int64 below
 * 2^53, power 0 .. 22, for float8.  Other integers are rounded to a float first.
 * floats may be integers.
 */
typedef void (*SimdDivide)(const void *integers, uint32_t n, unsigned power,
						   void *floats);
#define SIMD_POWER_MAX_F32 10
#define SIMD_POWER_MAX_F64 22

/*
 * floats[i] = integers[i] * factor, rounded once where the integer is exact as
 * a float.  factor is a float8, for float4 a value of that type.
 */
typedef void (*SimdMultiply)(const void *integers, uint32_t n, double factor,
							 void *floats);

/*
 * out[i] = dictionary[codes[i]], values of 1, 2, 4, 8 bytes, aligned, or 16
 * bytes at any alignment.  Nobody checks codes: see SimdMaxU32.  out must not
 * overlap the others.
 */
typedef void (*SimdGather)(const void *dictionary, const uint32_t *codes,
						   uint32_t n, void *out);

/* The largest of n codes, 0 of none. */
typedef uint32_t (*SimdMaxU32)(const uint32_t *codes, uint32_t n);

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
	SimdPrefixSum prefix_sum[4];
	SimdDivide divide[2];	  /* int32 to float4, int64 to float8 */
	SimdMultiply multiply[2]; /* int32 to float4, int64 to float8 */
	SimdGather gather[5];	  /* values of 1, 2, 4, 8, 16 bytes */
	SimdMaxU32 max_u32;
	SimdCrc32c crc32c;
} SimdKernels;

/* The table in use: the best for this CPU, or as simd_set_level chose. */
extern const SimdKernels *simd_kernels(void);

/* The table that runs anywhere: the oracle of the others. */
extern const SimdKernels *simd_kernels_scalar(void);

/*
 * Table n of those that this CPU can run, 0 being scalar, the oracle of the
 * others, and the last one the best; NULL behind it.
 */
extern const SimdKernels *simd_level_table(unsigned n);

/*
 * Makes name the level of simd_kernels(): scalar, sse2, avx2, avx512,
 * avx512vbmi2, neon.  If the CPU cannot run it, the next lower one that it can;
 * for any other name (auto), or one of another architecture, the best.  Returns
 * the table.
 */
extern const SimdKernels *simd_set_level(const char *name);

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
