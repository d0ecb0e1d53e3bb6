/*
 * simd_select_template.h - bitmaps, selections and the lanes that they choose,
 * for one level.  Contracts: simd.h.
 *
 * Whole vectors are written where the next chosen lane belongs, as many lanes as
 * were looked at; what is too much is written over by the next one.
 */
static uint32_t
SIMD_NAME(count_bits)(const uint64_t *bitmap, uint32_t n)
{
	uint32_t count = 0;
	uint32_t w;

	for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)
		count += (uint32_t) __builtin_popcountll(bitmap[w]);
	return count;
}

static void
SIMD_NAME(selection_to_bitmap)(const uint16_t *selection, uint32_t n_selected,
							   uint32_t n, uint64_t *bitmap)
{
	uint32_t i;

	memset(bitmap, 0, SIMD_BITMAP_WORDS(n) * sizeof(*bitmap));
	for (i = 0; i < n_selected; i++)
		bitmap[selection[i] / 64] |= (uint64_t) 1 << selection[i] % 64;
}

#define DEFINE_SELECT(BITS)                                                  \
	static void SIMD_NAME(select_u##BITS)(                                   \
		const void *lanes, const uint16_t *selection, uint32_t n, void *out) \
	{                                                                        \
		const Lane##BITS *from = lanes;                                      \
		Lane##BITS *restrict to = out;                                       \
		uint32_t i;                                                          \
                                                                             \
		for (i = 0; i < n; i++)                                              \
			to[i] = from[selection[i]];                                      \
	}

DEFINE_SELECT(8)
DEFINE_SELECT(16)
DEFINE_SELECT(32)
DEFINE_SELECT(64)

/* The block of 64 rows of word w, if it is the last one as a copy. */
#define BLOCK_OF(LANE, lanes, w, n, copy)                            \
	((w) < (n) / 64                                                  \
		 ? (lanes) + (size_t) (w) *64                                \
		 : (const LANE *) memcpy((copy), (lanes) + (size_t) (w) *64, \
								 (n) % 64 * sizeof(LANE)))

/*
 * compact_block_*: writes the lanes of 64 rows that rows has, returns how
 * many.
 */
#if SIMD_BYTES == 64

#define DEFINE_COMPACT_BLOCK(BITS, EPI, PER_VECTOR)                            \
	static inline uint32_t SIMD_NAME(compact_block_u##BITS)(                   \
		const Lane##BITS *lanes, uint64_t rows, Lane##BITS *out)               \
	{                                                                          \
		uint32_t count = 0;                                                    \
		int v;                                                                 \
                                                                               \
		for (v = 0; v < 64 / (PER_VECTOR); v++)                                \
		{                                                                      \
			uint64_t chosen =                                                  \
				rows >> v * (PER_VECTOR) &SIMD_NAME(low_bits)(PER_VECTOR);     \
			__m512i x =                                                        \
				_mm512_loadu_si512((const void *) (lanes + v * (PER_VECTOR))); \
                                                                               \
			_mm512_storeu_si512((void *) (out + count),                        \
								_mm512_maskz_compress_##EPI(chosen, x));       \
			count += (uint32_t) __builtin_popcountll(chosen);                  \
		}                                                                      \
		return count;                                                          \
	}

DEFINE_COMPACT_BLOCK(32, epi32, 16)
DEFINE_COMPACT_BLOCK(64, epi64, 8)

#if defined(__AVX512VBMI2__)

DEFINE_COMPACT_BLOCK(8, epi8, 64)
DEFINE_COMPACT_BLOCK(16, epi16, 32)

#else

/* narrow lanes are compressed as lanes of 32 bits */
#define DEFINE_COMPACT_NARROW(BITS, EPI)                                    \
	static inline uint32_t SIMD_NAME(compact_block_u##BITS)(                \
		const Lane##BITS *lanes, uint64_t rows, Lane##BITS *out)            \
	{                                                                       \
		uint32_t count = 0;                                                 \
		int v;                                                              \
                                                                            \
		for (v = 0; v < 4; v++)                                             \
		{                                                                   \
			__mmask16 chosen = (__mmask16) (rows >> v * 16);                \
			__m512i x =                                                     \
				_mm512_cvt##EPI##_epi32(LOAD_NARROW(BITS, lanes + v * 16)); \
                                                                            \
			STORE_NARROW(BITS, out + count,                                 \
						 _mm512_cvtepi32_##EPI(                             \
							 _mm512_maskz_compress_epi32(chosen, x)));      \
			count += (uint32_t) __builtin_popcount(chosen);                 \
		}                                                                   \
		return count;                                                       \
	}

#define LOAD_NARROW(BITS, from) LOAD_NARROW_##BITS(from)
#define LOAD_NARROW_8(from) _mm_loadu_si128((const __m128i_u *) (from))
#define LOAD_NARROW_16(from) _mm256_loadu_si256((const __m256i_u *) (from))
#define STORE_NARROW(BITS, to, x) STORE_NARROW_##BITS(to, x)
#define STORE_NARROW_8(to, x) _mm_storeu_si128((__m128i_u *) (to), (x))
#define STORE_NARROW_16(to, x) _mm256_storeu_si256((__m256i_u *) (to), (x))

DEFINE_COMPACT_NARROW(8, epi8)
DEFINE_COMPACT_NARROW(16, epi16)

#endif

#elif SIMD_BYTES == 32

/* The numbers of the bits of byte, one a byte, the lowest first. */
static inline uint64_t
SIMD_NAME(bit_numbers)(unsigned byte)
{
	uint64_t bytes = _pdep_u64(byte, UINT64_C(0x0101010101010101)) * 0xff;

	return _pext_u64(UINT64_C(0x0706050403020100), bytes);
}

static inline uint32_t
SIMD_NAME(compact_block_u8)(const Lane8 *lanes, uint64_t rows, Lane8 *out)
{
	uint32_t count = 0;
	int v;

	for (v = 0; v < 8; v++)
	{
		unsigned byte = rows >> v * 8 & 0xff;
		uint64_t x;

		memcpy(&x, lanes + v * 8, 8);
		x = _pext_u64(x, _pdep_u64(byte, UINT64_C(0x0101010101010101)) * 0xff);
		memcpy(out + count, &x, 8);
		count += (uint32_t) __builtin_popcount(byte);
	}
	return count;
}

static inline uint32_t
SIMD_NAME(compact_block_u16)(const Lane16 *lanes, uint64_t rows, Lane16 *out)
{
	uint32_t count = 0;
	int v;

	for (v = 0; v < 8; v++)
	{
		unsigned byte = rows >> v * 8 & 0xff;
		__m128i x = _mm_loadu_si128((const __m128i_u *) (lanes + v * 8));
		__m128i from = _mm_cvtepu8_epi16(
			_mm_cvtsi64_si128((long long) SIMD_NAME(bit_numbers)(byte)));

		/* lane k is bytes 2k and 2k + 1 */
		from = _mm_add_epi16(_mm_mullo_epi16(from, _mm_set1_epi16(0x202)),
							 _mm_set1_epi16(0x100));
		_mm_storeu_si128((__m128i_u *) (out + count),
						 _mm_shuffle_epi8(x, from));
		count += (uint32_t) __builtin_popcount(byte);
	}
	return count;
}

static inline uint32_t
SIMD_NAME(compact_block_u32)(const Lane32 *lanes, uint64_t rows, Lane32 *out)
{
	uint32_t count = 0;
	int v;

	for (v = 0; v < 8; v++)
	{
		unsigned byte = rows >> v * 8 & 0xff;
		__m256i x = _mm256_loadu_si256((const __m256i_u *) (lanes + v * 8));
		__m256i from = _mm256_cvtepu8_epi32(
			_mm_cvtsi64_si128((long long) SIMD_NAME(bit_numbers)(byte)));

		_mm256_storeu_si256((__m256i_u *) (out + count),
							_mm256_permutevar8x32_epi32(x, from));
		count += (uint32_t) __builtin_popcount(byte);
	}
	return count;
}

static inline uint32_t
SIMD_NAME(compact_block_u64)(const Lane64 *lanes, uint64_t rows, Lane64 *out)
{
	uint32_t count = 0;
	int v;

	for (v = 0; v < 16; v++)
	{
		unsigned nibble = rows >> v * 4 & 0xf;
		unsigned pairs = _pdep_u32(nibble, 0x55) * 3;
		__m256i x = _mm256_loadu_si256((const __m256i_u *) (lanes + v * 4));
		__m256i from = _mm256_cvtepu8_epi32(
			_mm_cvtsi64_si128((long long) SIMD_NAME(bit_numbers)(pairs)));

		_mm256_storeu_si256((__m256i_u *) (out + count),
							_mm256_permutevar8x32_epi32(x, from));
		count += (uint32_t) __builtin_popcount(nibble);
	}
	return count;
}

#else

/* every lane is written, and kept if the place moves on */
#define DEFINE_COMPACT_BLOCK(BITS)                               \
	static inline uint32_t SIMD_NAME(compact_block_u##BITS)(     \
		const Lane##BITS *lanes, uint64_t rows, Lane##BITS *out) \
	{                                                            \
		uint32_t count = 0;                                      \
		int i;                                                   \
                                                                 \
		for (i = 0; i < 64; i++)                                 \
		{                                                        \
			out[count] = lanes[i];                               \
			count += rows >> i & 1;                              \
		}                                                        \
		return count;                                            \
	}

DEFINE_COMPACT_BLOCK(8)
DEFINE_COMPACT_BLOCK(16)
DEFINE_COMPACT_BLOCK(32)
DEFINE_COMPACT_BLOCK(64)

#endif

#define DEFINE_COMPACT(BITS)                                              \
	static uint32_t SIMD_NAME(compact_u##BITS)(                           \
		const void *lanes, uint32_t n, const uint64_t *bitmap, void *out) \
	{                                                                     \
		const Lane##BITS *from = lanes;                                   \
		Lane##BITS *to = out;                                             \
		Lane##BITS copy[64] = {0};                                        \
		uint32_t w;                                                       \
                                                                          \
		for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)                        \
			to += SIMD_NAME(compact_block_u##BITS)(                       \
				BLOCK_OF(Lane##BITS, from, w, n, copy), bitmap[w], to);   \
		return (uint32_t) (to - (Lane##BITS *) out);                      \
	}

DEFINE_COMPACT(8)
DEFINE_COMPACT(16)
DEFINE_COMPACT(32)
DEFINE_COMPACT(64)

/* ---- selections ---- */

#if SIMD_BYTES == 64

static uint32_t
SIMD_NAME(bitmap_to_selection)(const uint64_t *bitmap, uint32_t n,
							   uint16_t *selection)
{
	uint16_t *to = selection;
	uint16_t numbers[64];
	uint32_t w;
	int i;

	for (i = 0; i < 64; i++)
		numbers[i] = (uint16_t) i;
	for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)
	{
		to += SIMD_NAME(compact_block_u16)(numbers, bitmap[w], to);
		for (i = 0; i < 64; i++)
			numbers[i] = (uint16_t) (numbers[i] + 64);
	}
	return (uint32_t) (to - selection);
}

#elif SIMD_BYTES == 32

static uint32_t
SIMD_NAME(bitmap_to_selection)(const uint64_t *bitmap, uint32_t n,
							   uint16_t *selection)
{
	uint16_t *to = selection;
	uint32_t row;

	for (row = 0; row < n; row += 8)
	{
		unsigned byte = bitmap[row / 64] >> row % 64 & 0xff;
		__m128i numbers = _mm_cvtepu8_epi16(
			_mm_cvtsi64_si128((long long) SIMD_NAME(bit_numbers)(byte)));

		_mm_storeu_si128((__m128i_u *) to,
						 _mm_add_epi16(numbers, _mm_set1_epi16((short) row)));
		to += __builtin_popcount(byte);
	}
	return (uint32_t) (to - selection);
}

#else

static uint32_t
SIMD_NAME(bitmap_to_selection)(const uint64_t *bitmap, uint32_t n,
							   uint16_t *selection)
{
	uint16_t *to = selection;
	uint32_t w;

	for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)
	{
		uint64_t left = bitmap[w];

		for (; left != 0; left &= left - 1)
			*to++ = (uint16_t) (w * 64 + (unsigned) __builtin_ctzll(left));
	}
	return (uint32_t) (to - selection);
}

#endif
