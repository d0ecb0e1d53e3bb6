/*
 * simd_unpack_template.h - packing and unpacking of FOR vectors, for one level.
 * Contract and layout: simd.h.
 *
 * In two steps: between packed bits and 1024 plain lanes of T bits (this file),
 * and between these and wider lanes, with base and multiplier
 * (simd_unpack_lanes_template.h).
 */

#if SIMD_BYTES != 0

/*
 * A column is a vector's lanes of all words.  Its words are read once, with
 * shifts that are constants, as there is a function body for each width up to
 * 32 bits; wider ones share a loop.
 */
typedef uint8_t __attribute__((vector_size(SIMD_BYTES), aligned(1), may_alias))
Vector8;
typedef uint16_t __attribute__((vector_size(SIMD_BYTES), aligned(1), may_alias))
Vector16;
typedef uint32_t __attribute__((vector_size(SIMD_BYTES), aligned(1), may_alias))
Vector32;
typedef uint64_t __attribute__((vector_size(SIMD_BYTES), aligned(1), may_alias))
Vector64;

#define N_COLUMNS (SIMD_ROW_BYTES / SIMD_BYTES)
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Word word of the column at packed. */
#define WORD(T, packed, word) \
	(*(T *) ((packed) + (size_t) (word) *SIMD_ROW_BYTES))

/*
 * (next:word >> shift), where the bits above width are to be masked.  clang makes
 * one instruction of it, and wants a literal where gcc takes what turns out to
 * be constant.
 */
#if defined(__AVX512VBMI2__) && !defined(__clang__) && defined(__OPTIMIZE__)
#define JOIN_16(word, next, shift) \
	((Vector16) _mm512_shrdi_epi16((__m512i) (word), (__m512i) (next), (shift)))
#define JOIN_32(word, next, shift) \
	((Vector32) _mm512_shrdi_epi32((__m512i) (word), (__m512i) (next), (shift)))
#else
#define JOIN_16(word, next, shift) \
	((word) >> (shift) | (next) << (16 - (shift)))
#define JOIN_32(word, next, shift) \
	((word) >> (shift) | (next) << (32 - (shift)))
#endif

/* There are no shifts of bytes: lanes of 16 bits, and masks for both bytes. */
static ALWAYS_INLINE void
SIMD_NAME(unpack_column_8)(const uint8_t *packed, const unsigned width,
						   Vector8 base, uint8_t *out)
{
	unsigned row;

#pragma GCC unroll 8
	for (row = 0; row < 8; row++)
	{
		const unsigned shift = row * width % 8;
		const unsigned left = 8 - shift;
		const unsigned word = row * width / 8;
		Vector8 x = (Vector8) (WORD(const Vector16, packed, word) >> shift);

		if (width < left)
			x &= (uint8_t) SIMD_NAME(low_bits)(width);
		else if (shift != 0)
			x &= (uint8_t) SIMD_NAME(low_bits)(left);
		if (width > left)
			x |= (Vector8) (WORD(const Vector16, packed, word + 1) << left) &
				 (uint8_t) (SIMD_NAME(low_bits)(width) &
							~SIMD_NAME(low_bits)(left));
		WORD(Vector8, out, row) = x + base;
	}
}

#define DEFINE_UNPACK_COLUMN(T)                                          \
	static ALWAYS_INLINE void SIMD_NAME(unpack_column_##T)(              \
		const uint8_t *packed, const unsigned width, Vector##T base,     \
		uint8_t *out)                                                    \
	{                                                                    \
		unsigned row;                                                    \
                                                                         \
		_Pragma("GCC unroll 32") for (row = 0; row < (T); row++)         \
		{                                                                \
			const unsigned shift = row * width % (T);                    \
			const unsigned word = row * width / (T);                     \
			Vector##T x = WORD(const Vector##T, packed, word);           \
                                                                         \
			if (shift + width > (T))                                     \
				x = JOIN_##T(x, WORD(const Vector##T, packed, word + 1), \
							 shift);                                     \
			else                                                         \
				x >>= shift;                                             \
			if (shift + width != (T))                                    \
				x &= (uint##T##_t) SIMD_NAME(low_bits)(width);           \
			WORD(Vector##T, out, row) = x + base;                        \
		}                                                                \
	}

DEFINE_UNPACK_COLUMN(16)
DEFINE_UNPACK_COLUMN(32)

/* A function for each width, a constant in its body, and one without base. */
#define DEFINE_UNPACK(NAME, T, WIDTH, BASE)                           \
	static __attribute__((noinline)) void SIMD_NAME(NAME##_##WIDTH)(  \
		const uint8_t *packed, uint##T##_t base, uint8_t *out)        \
	{                                                                 \
		const Vector##T bases = (Vector##T){0} + (uint##T##_t)(BASE); \
		int column;                                                   \
                                                                      \
		(void) base;                                                  \
		for (column = 0; column < N_COLUMNS; column++)                \
			SIMD_NAME(unpack_column_##T)                              \
		(packed + column * SIMD_BYTES, (WIDTH), bases,                \
		 out + column * SIMD_BYTES);                                  \
	}

#define DEFINE_UNPACK_WIDTH(T, WIDTH)           \
	DEFINE_UNPACK(unpack_words, T, WIDTH, base) \
	DEFINE_UNPACK(unpack_plain, T, WIDTH, 0)

/* The reverse; lanes fit width. */
#define DEFINE_PACK_WIDTH(T, WIDTH)                                      \
	static __attribute__((noinline)) void SIMD_NAME(pack_words_##WIDTH)( \
		const uint8_t *lanes, uint8_t *packed)                           \
	{                                                                    \
		int column;                                                      \
                                                                         \
		for (column = 0; column < N_COLUMNS; column++)                   \
		{                                                                \
			const uint8_t *in = lanes + column * SIMD_BYTES;             \
			uint8_t *to = packed + column * SIMD_BYTES;                  \
			Vector##T word = {0};                                        \
			unsigned row;                                                \
                                                                         \
			_Pragma("GCC unroll 32") for (row = 0; row < (T); row++)     \
			{                                                            \
				const unsigned shift = row * (WIDTH) % (T);              \
				Vector##T x = WORD(const Vector##T, in, row);            \
                                                                         \
				word |= SHIFT_LEFT_##T(x, shift);                        \
				if (shift + (WIDTH) < (T))                               \
					continue;                                            \
				WORD(Vector##T, to, row *(WIDTH) / (T)) = word;          \
				word = shift + (WIDTH) == (T)                            \
						   ? (Vector##T){0}                              \
						   : SHIFT_RIGHT_##T(x, ((T) -shift) % (T));     \
			}                                                            \
		}                                                                \
	}

/* what a byte would shift into its neighbour is masked before */
#define SHIFT_LEFT_8(x, shift) \
	((Vector8) ((Vector16) ((x) & (uint8_t) (0xff >> (shift))) << (shift)))
#define SHIFT_RIGHT_8(x, shift) \
	((Vector8) ((Vector16) ((x) & (uint8_t) (0xff << (shift))) >> (shift)))
#define SHIFT_LEFT_16(x, shift) ((x) << (shift))
#define SHIFT_RIGHT_16(x, shift) ((x) >> (shift))
#define SHIFT_LEFT_32(x, shift) ((x) << (shift))
#define SHIFT_RIGHT_32(x, shift) ((x) >> (shift))

#define EACH_WIDTH_8(DO) \
	DO(8, 1) DO(8, 2) DO(8, 3) DO(8, 4) DO(8, 5) DO(8, 6) DO(8, 7) DO(8, 8)
#define EACH_WIDTH_16(DO) \
	DO(16, 9)             \
	DO(16, 10)            \
	DO(16, 11) DO(16, 12) DO(16, 13) DO(16, 14) DO(16, 15) DO(16, 16)
#define EACH_WIDTH_32(DO) \
	DO(32, 17)            \
	DO(32, 18)            \
	DO(32, 19)            \
	DO(32, 20)            \
	DO(32, 21)            \
	DO(32, 22)            \
	DO(32, 23)            \
	DO(32, 24)            \
	DO(32, 25)            \
	DO(32, 26)            \
	DO(32, 27) DO(32, 28) DO(32, 29) DO(32, 30) DO(32, 31) DO(32, 32)

EACH_WIDTH_8(DEFINE_UNPACK_WIDTH)
EACH_WIDTH_16(DEFINE_UNPACK_WIDTH)
EACH_WIDTH_32(DEFINE_UNPACK_WIDTH)
EACH_WIDTH_8(DEFINE_PACK_WIDTH)
EACH_WIDTH_16(DEFINE_PACK_WIDTH)
EACH_WIDTH_32(DEFINE_PACK_WIDTH)

#define UNPACK_CASE(T, WIDTH)                               \
	case WIDTH:                                             \
		SIMD_NAME(unpack_words_##WIDTH)(packed, base, out); \
		break;
#define PLAIN_CASE(T, WIDTH)                             \
	case WIDTH:                                          \
		SIMD_NAME(unpack_plain_##WIDTH)(packed, 0, out); \
		break;
#define PACK_CASE(T, WIDTH)                           \
	case WIDTH:                                       \
		SIMD_NAME(pack_words_##WIDTH)(lanes, packed); \
		break;

#define DEFINE_WORDS(T)                                                       \
	static void SIMD_NAME(unpack_words_u##T)(                                 \
		const uint8_t *packed, unsigned width, Lane##T base, void *out)       \
	{                                                                         \
		switch (width)                                                        \
		{                                                                     \
			EACH_WIDTH_##T(UNPACK_CASE)                                       \
		}                                                                     \
	}                                                                         \
                                                                              \
	static void SIMD_NAME(unpack_plain_u##T)(const uint8_t *packed,           \
											 unsigned width, void *out)       \
	{                                                                         \
		switch (width)                                                        \
		{                                                                     \
			EACH_WIDTH_##T(PLAIN_CASE)                                        \
		}                                                                     \
	}                                                                         \
                                                                              \
	static void SIMD_NAME(pack_words_u##T)(const void *lanes, unsigned width, \
										   uint8_t *packed)                   \
	{                                                                         \
		switch (width)                                                        \
		{                                                                     \
			EACH_WIDTH_##T(PACK_CASE)                                         \
		}                                                                     \
	}

DEFINE_WORDS(8)
DEFINE_WORDS(16)
DEFINE_WORDS(32)

#if defined(__AVX512VBMI2__)
#define JOIN_64(word, next, shifts)                                    \
	((Vector64) _mm512_shrdv_epi64((__m512i) (word), (__m512i) (next), \
								   (__m512i) (shifts)))
#elif SIMD_BYTES == 64
#define JOIN_64(word, next, shifts)                     \
	((word) >> (shifts) | (Vector64) _mm512_sllv_epi64( \
							  (__m512i) (next), (__m512i) (64 - (shifts))))
#elif SIMD_BYTES == 32
#define JOIN_64(word, next, shifts)                     \
	((word) >> (shifts) | (Vector64) _mm256_sllv_epi64( \
							  (__m256i) (next), (__m256i) (64 - (shifts))))
#else
/* next by 64 - shift, which may be 64 */
#define JOIN_64(word, next, shifts) \
	((word) >> (shifts) | (next) << 1 << (63 - (shifts)))
#endif

/* Shifts of a vector by a vector came with AVX2. */
#if SIMD_BYTES == 16
typedef unsigned Shifts;
#else
typedef Vector64 Shifts;
#endif

/*
 * Widths 33 .. 64.  The next word is joined always; the last row, which has
 * none behind it, needs none.
 */
static void
SIMD_NAME(unpack_words_u64)(const uint8_t *packed, unsigned width, Lane64 base,
							void *out)
{
	const Vector64 mask = (Vector64){0} + SIMD_NAME(low_bits)(width);
	const Vector64 bases = (Vector64){0} + base;
	const uint8_t *last = packed + (size_t) (width - 1) * SIMD_ROW_BYTES;
	uint8_t *to = out;
	Shifts shifts = {0};
	unsigned bit;

	for (bit = 0; bit < 64 * width; bit += width)
	{
		const uint8_t *word = packed + (size_t) (bit / 64) * SIMD_ROW_BYTES;
		const uint8_t *next = word < last ? word + SIMD_ROW_BYTES : last;
		int column;

#pragma GCC unroll 8
		for (column = 0; column < N_COLUMNS; column++)
		{
			Vector64 low = ((const Vector64 *) word)[column];
			Vector64 high = ((const Vector64 *) next)[column];

			((Vector64 *) to)[column] =
				(JOIN_64(low, high, shifts) & mask) + bases;
		}
		shifts = (shifts + width) & 63;
		to += SIMD_ROW_BYTES;
	}
}

static void
SIMD_NAME(pack_words_u64)(const void *lanes, unsigned width, uint8_t *packed)
{
	int column;

	for (column = 0; column < N_COLUMNS; column++)
	{
		const Vector64 *in = (const Vector64 *) lanes + column;
		Vector64 *to = (Vector64 *) packed + column;
		Vector64 word = {0};
		unsigned shift = 0;
		int row;

		for (row = 0; row < 64; row++)
		{
			Vector64 x = in[row * N_COLUMNS];

			word |= x << shift;
			shift += width;
			if (shift < 64)
				continue;
			*to = word;
			to += N_COLUMNS;
			shift -= 64;
			word = x >> (width - shift - 1) >> 1;
		}
	}
}

#else

/*
 * All lanes of a row shift by the same count, so a row of 128 bytes is treated
 * as sixteen 64-bit words whatever T is: bits that a shift brings over from the
 * neighbouring lane fall to a mask that repeats every T bits.
 */
#define ROW_WORDS (SIMD_ROW_BYTES / 8)

/* A mask of word_bits bits repeated over 64. */
static inline uint64_t
repeat_mask(uint64_t mask, unsigned word_bits)
{
	for (; word_bits < 64; word_bits *= 2)
		mask |= mask << word_bits;
	return mask;
}

/*
 * Where row r of a packed vector lies: its first word, the shift in it, the
 * mask of the bits in it, and of those in the next word (0: none).
 */
typedef struct RowPlace
{
	size_t offset_bytes;
	unsigned shift;
	uint64_t mask;
	uint64_t next_mask;
} RowPlace;

static inline RowPlace
row_place(unsigned row, unsigned width, unsigned word_bits)
{
	RowPlace place;
	unsigned first_bit = row * width;
	unsigned left;

	place.offset_bytes = (size_t) (first_bit / word_bits) * SIMD_ROW_BYTES;
	place.shift = first_bit % word_bits;
	left = word_bits - place.shift;
	place.mask = repeat_mask(SIMD_NAME(low_bits)(width < left ? width : left),
							 word_bits);
	place.next_mask = 0;
	if (width > left)
		place.next_mask = repeat_mask(
			SIMD_NAME(low_bits)(width) & ~SIMD_NAME(low_bits)(left), word_bits);
	return place;
}

/* Row row of packed as 128 bytes of T lanes. */
static inline void
unpack_row(const uint8_t *packed, unsigned row, unsigned width,
		   unsigned word_bits, AnyWord *restrict lanes)
{
	RowPlace place = row_place(row, width, word_bits);
	const AnyWord *words = (const AnyWord *) (packed + place.offset_bytes);
	int k;

	for (k = 0; k < ROW_WORDS; k++)
		lanes[k] = words[k] >> place.shift & place.mask;
	if (place.next_mask != 0)
		for (k = 0; k < ROW_WORDS; k++)
			lanes[k] |= words[k + ROW_WORDS] << (word_bits - place.shift) &
						place.next_mask;
}

/*
 * Adds row row, 128 bytes of T lanes that fit width, to packed.  A word is
 * written, not or-ed, by the row that brings its lowest bit.
 */
static inline void
pack_row(const AnyWord *restrict lanes, unsigned row, unsigned width,
		 unsigned word_bits, uint8_t *packed)
{
	RowPlace place = row_place(row, width, word_bits);
	AnyWord *words = (AnyWord *) (packed + place.offset_bytes);
	unsigned back = word_bits - place.shift;
	int k;

	if (place.shift == 0)
		for (k = 0; k < ROW_WORDS; k++)
			words[k] = lanes[k];
	else
		for (k = 0; k < ROW_WORDS; k++)
			words[k] |= (lanes[k] & place.mask) << place.shift;
	if (place.next_mask != 0)
		for (k = 0; k < ROW_WORDS; k++)
			words[k + ROW_WORDS] = (lanes[k] & place.next_mask) >> back;
}

#define DEFINE_WORDS(T)                                                       \
	static void SIMD_NAME(unpack_words_u##T)(                                 \
		const uint8_t *packed, unsigned width, Lane##T base, void *out)       \
	{                                                                         \
		Lane##T *lanes = out;                                                 \
		unsigned row;                                                         \
		int i;                                                                \
                                                                              \
		for (row = 0; row < (T); row++)                                       \
			unpack_row(packed, row, width, (T),                               \
					   (AnyWord *) out + (size_t) row * ROW_WORDS);           \
		for (i = 0; i < SIMD_VECTOR_VALUES; i++)                              \
			lanes[i] = (Lane##T)(lanes[i] + base);                            \
	}                                                                         \
                                                                              \
	static void SIMD_NAME(pack_words_u##T)(const void *lanes, unsigned width, \
										   uint8_t *packed)                   \
	{                                                                         \
		unsigned row;                                                         \
                                                                              \
		for (row = 0; row < (T); row++)                                       \
			pack_row((const AnyWord *) lanes + (size_t) row * ROW_WORDS, row, \
					 width, (T), packed);                                     \
	}

DEFINE_WORDS(8)
DEFINE_WORDS(16)
DEFINE_WORDS(32)
DEFINE_WORDS(64)

#define DEFINE_PLAIN(T)                                                 \
	static void SIMD_NAME(unpack_plain_u##T)(const uint8_t *packed,     \
											 unsigned width, void *out) \
	{                                                                   \
		SIMD_NAME(unpack_words_u##T)(packed, width, 0, out);            \
	}

DEFINE_PLAIN(8)
DEFINE_PLAIN(16)
DEFINE_PLAIN(32)

#endif

/* Inverse of an odd number modulo 2^64, by Newton's iteration. */
static inline uint64_t
SIMD_NAME(odd_inverse)(uint64_t odd)
{
	uint64_t inverse = odd * 3 ^ 2;
	int i;

	for (i = 0; i < 4; i++)
		inverse *= 2 - odd * inverse;
	return inverse;
}

#if SIMD_BYTES != 0 && defined(__x86_64__)
#include "simd/simd_widen_template.h"
#endif

#define OUT_LANE Lane8
#define OUT_BITS 8
#define OUT_NAME(name) SIMD_NAME(name##_u8)
#include "simd/simd_unpack_lanes_template.h"

#define OUT_LANE Lane16
#define OUT_BITS 16
#define OUT_NAME(name) SIMD_NAME(name##_u16)
#include "simd/simd_unpack_lanes_template.h"

#define OUT_LANE Lane32
#define OUT_BITS 32
#define OUT_NAME(name) SIMD_NAME(name##_u32)
#include "simd/simd_unpack_lanes_template.h"

#define OUT_LANE Lane64
#define OUT_BITS 64
#define OUT_NAME(name) SIMD_NAME(name##_u64)
#include "simd/simd_unpack_lanes_template.h"
