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
 * Types of lanes, in PostgreSQL's order: floats with NaN as the greatest value,
 * equal to NaN, and -0.0 equal to 0.0.
 */
typedef enum SimdType
{
	SIMD_I8,
	SIMD_I16,
	SIMD_I32,
	SIMD_I64,
	SIMD_U8,
	SIMD_U16,
	SIMD_U32,
	SIMD_U64,
	SIMD_F32,
	SIMD_F64,
	SIMD_N_TYPES
} SimdType;

/*
 * A bitmap has a bit a row, row i in bit i % 64 of word i / 64, and no bits set
 * behind the last row.
 */
#define SIMD_BITMAP_WORDS(n) (((n) + 63) / 64)

/* Rows rounded up to whole words: room that some outputs need. */
#define SIMD_ROOM(n) (((n) + 63) & ~63U)

typedef enum SimdCompareOp
{
	SIMD_EQ,
	SIMD_NE,
	SIMD_LT,
	SIMD_LE,
	SIMD_GT,
	SIMD_GE,
	SIMD_BETWEEN /* two constants, both included */
} SimdCompareOp;

/* Sets in bitmap the rows i of n where lanes[i] op *constants. */
typedef void (*SimdCompare)(const void *lanes, uint32_t n, SimdCompareOp op,
							const void *constants, uint64_t *bitmap);

/*
 * The sum of the rows of n that bitmap has (NULL: of all), exactly.  n < 2^31.
 */
typedef __int128 (*SimdSumInt)(const void *lanes, uint32_t n,
							   const uint64_t *bitmap);

/*
 * The same of floats, as float8, in an order that does not depend on the level:
 * 32 sums start with -0.0, which changes nothing it is added to; row i is added
 * to sum i % 32, a row that is left out as -0.0; then sum k + 16 is added to
 * sum k, k + 8 to k, and so on to the last one.  A NaN comes out as the
 * positive quiet one without payload.
 */
typedef double (*SimdSumFloat)(const void *lanes, uint32_t n,
							   const uint64_t *bitmap);

/*
 * Smallest and largest lane of the rows of n that bitmap has (NULL: all); false
 * and nothing written if there is none.  Of zeroes -0.0 is the smaller; NaN is
 * written as the positive quiet one without payload.
 */
typedef bool (*SimdMinMax)(const void *lanes, uint32_t n,
						   const uint64_t *bitmap, void *min, void *max);

/* Bits set in a bitmap of n rows. */
typedef uint32_t (*SimdCountBits)(const uint64_t *bitmap, uint32_t n);

/*
 * Row numbers of the bits of a bitmap of n <= 65536 rows, in order; returns how
 * many.  selection: room for SIMD_ROOM(n), arbitrary behind the last.
 */
typedef uint32_t (*SimdBitmapToSelection)(const uint64_t *bitmap, uint32_t n,
										  uint16_t *selection);

/* The reverse: a bitmap of n rows with the bits of n_selected row numbers. */
typedef void (*SimdSelectionToBitmap)(const uint16_t *selection,
									  uint32_t n_selected, uint32_t n,
									  uint64_t *bitmap);

/*
 * The lanes of n rows that bitmap has, in order; returns how many.  out: room
 * for SIMD_ROOM(n) lanes, arbitrary behind the last; must not overlap lanes.
 */
typedef uint32_t (*SimdCompact)(const void *lanes, uint32_t n,
								const uint64_t *bitmap, void *out);

/* out[i] = lanes[selection[i]], n of them; out must not overlap lanes. */
typedef void (*SimdSelect)(const void *lanes, const uint16_t *selection,
						   uint32_t n, void *out);

typedef enum SimdOperation
{
	SIMD_ADD,
	SIMD_SUBTRACT,
	SIMD_MULTIPLY,
	SIMD_DIVIDE /* floats */
} SimdOperation;

/*
 * out[i] = a[i] operation b[i] for n lanes; where a_once (b_once) is set, a (b) is one
 * lane, for all of them, not both.  True: all results are right.  False: some may
 * overflow, underflow, or divide by zero, and out is arbitrary; of floats also when an
 * infinity comes out of one, of integers when products are near the limit.  Sums of
 * floats are rounded in the lanes' type.  out may be a or b.
 */
typedef bool (*SimdArithmetic)(SimdOperation operation, const void *a,
							   bool a_once, const void *b, bool b_once,
							   uint32_t n, void *out);

/* Lanes of one type as those of a wider one; out must not overlap lanes. */
typedef void (*SimdWiden)(const void *lanes, uint32_t n, void *out);

typedef enum SimdWidening
{
	SIMD_I16_TO_I32,
	SIMD_I16_TO_I64,
	SIMD_I32_TO_I64,
	SIMD_I32_TO_F64,
	SIMD_F32_TO_F64,
	SIMD_N_WIDENINGS
} SimdWidening;

/*
 * Hashes of keys of 8 bytes: a bijection of which each bit depends on each bit
 * of the key.  Fixed for ever, as it may be on disk:
 *   x ^= x >> 32; x *= 0xe9846af9b1a615d; x ^= x >> 32;
 *   x *= 0xe9846af9b1a615d; x ^= x >> 28
 * out may be keys.
 */
typedef void (*SimdHash64)(const uint64_t *keys, uint32_t n, uint64_t *out);

/*
 * Where needle begins in bytes, first at or behind from <= n_bytes: its offset,
 * or SIZE_MAX.  A needle of no bytes is at from.
 */
typedef size_t (*SimdFind)(const uint8_t *bytes, size_t n_bytes, size_t from,
						   const uint8_t *needle, size_t needle_bytes);

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
	SimdCompare compare[SIMD_N_TYPES];
	SimdSumInt sum_int[8];	   /* SIMD_I8 to SIMD_U64 */
	SimdSumFloat sum_float[2]; /* float4, float8 */
	SimdMinMax min_max[SIMD_N_TYPES];
	SimdCountBits count_bits;
	SimdBitmapToSelection bitmap_to_selection;
	SimdSelectionToBitmap selection_to_bitmap;
	SimdCompact compact[4];					 /* lanes of 1, 2, 4, 8 bytes */
	SimdSelect select[4];					 /* lanes of 1, 2, 4, 8 bytes */
	SimdArithmetic arithmetic[SIMD_N_TYPES]; /* i16 to i64, f32, f64 */
	SimdWiden widen[SIMD_N_WIDENINGS];
	SimdHash64 hash64;
	SimdFind find;
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

/*
 * Name of feature n of those that kernels use on this architecture, and whether
 * the CPU has it; NULL behind the last.
 */
extern const char *simd_cpu_feature(unsigned n, bool *present);

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
