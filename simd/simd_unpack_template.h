/*
 * simd_unpack_template.h - packing and unpacking of FOR vectors, for one level.
 * Contract and layout: simd.h.
 *
 * All lanes of a row shift by the same count, so a row of 128 bytes is treated
 * as sixteen 64-bit words whatever T is: bits that a shift brings over from the
 * neighbouring lane fall to a mask that repeats every T bits.  The inner loops
 * over words and lanes have constant counts and no branches: gcc -O3 vectorises
 * them.
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
		   unsigned word_bits, uint64_t *restrict lanes)
{
	RowPlace place = row_place(row, width, word_bits);
	const AnyWord *words = (const AnyWord *) (packed + place.offset_bytes);
	int k;

	if (place.next_mask == 0)
	{
		for (k = 0; k < ROW_WORDS; k++)
			lanes[k] = words[k] >> place.shift & place.mask;
		return;
	}
	for (k = 0; k < ROW_WORDS; k++)
		lanes[k] = (words[k] >> place.shift & place.mask) |
				   (words[k + ROW_WORDS] << (word_bits - place.shift) &
					place.next_mask);
}

/*
 * Adds row row, 128 bytes of T lanes that fit width, to packed.  A word is
 * written, not or-ed, by the row that brings its lowest bit.
 */
static inline void
pack_row(const uint64_t *restrict lanes, unsigned row, unsigned width,
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

/* Inverse of an odd number modulo 2^64, by Newton's iteration. */
static inline uint64_t
odd_inverse(uint64_t odd)
{
	uint64_t inverse = odd * 3 ^ 2;
	int i;

	for (i = 0; i < 4; i++)
		inverse *= 2 - odd * inverse;
	return inverse;
}

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
