/*
 * simd_widen_template.h - vectors of wide lanes from narrow ones in memory, for
 * one level of x86-64; from plain C, compilers make them in several steps.
 *
 * WIDEN_T_OUT(from) is a vector of OUT bits a lane of the lanes of T bits at
 * from, SHORT_PRODUCT the products of lanes of 64 bits below 2^32.
 */

/* A half, a quarter, an eighth of a vector; narrow ones by way of a register. */
static inline __attribute__((always_inline)) __m128i
SIMD_NAME(load_4)(const void *from)
{
	int bytes;

	memcpy(&bytes, from, sizeof(bytes));
	return _mm_cvtsi32_si128(bytes);
}

static inline __attribute__((always_inline)) __m128i
SIMD_NAME(load_2)(const void *from)
{
	uint16_t bytes;

	memcpy(&bytes, from, sizeof(bytes));
	return _mm_cvtsi32_si128(bytes);
}

#define LOAD_8(from) _mm_loadl_epi64((const __m128i_u *) (from))
#define LOAD_16(from) _mm_loadu_si128((const __m128i_u *) (from))
#define LOAD_32(from) _mm256_loadu_si256((const __m256i_u *) (from))

#if SIMD_BYTES == 64

#define WIDEN_8_16(from) _mm512_cvtepu8_epi16(LOAD_32(from))
#define WIDEN_8_32(from) _mm512_cvtepu8_epi32(LOAD_16(from))
#define WIDEN_8_64(from) _mm512_cvtepu8_epi64(LOAD_8(from))
#define WIDEN_16_32(from) _mm512_cvtepu16_epi32(LOAD_32(from))
#define WIDEN_16_64(from) _mm512_cvtepu16_epi64(LOAD_16(from))
#define WIDEN_32_64(from) _mm512_cvtepu32_epi64(LOAD_32(from))
#define SHORT_PRODUCT(x, y) _mm512_mul_epu32((__m512i) (x), (__m512i) (y))

#elif SIMD_BYTES == 32

#define WIDEN_8_16(from) _mm256_cvtepu8_epi16(LOAD_16(from))
#define WIDEN_8_32(from) _mm256_cvtepu8_epi32(LOAD_8(from))
#define WIDEN_8_64(from) _mm256_cvtepu8_epi64(SIMD_NAME(load_4)(from))
#define WIDEN_16_32(from) _mm256_cvtepu16_epi32(LOAD_16(from))
#define WIDEN_16_64(from) _mm256_cvtepu16_epi64(LOAD_8(from))
#define WIDEN_32_64(from) _mm256_cvtepu32_epi64(LOAD_16(from))
#define SHORT_PRODUCT(x, y) _mm256_mul_epu32((__m256i) (x), (__m256i) (y))

#else

#define WIDEN_8_16(from) _mm_cvtepu8_epi16(LOAD_8(from))
#define WIDEN_8_32(from) _mm_cvtepu8_epi32(SIMD_NAME(load_4)(from))
#define WIDEN_8_64(from) _mm_cvtepu8_epi64(SIMD_NAME(load_2)(from))
#define WIDEN_16_32(from) _mm_cvtepu16_epi32(LOAD_8(from))
#define WIDEN_16_64(from) _mm_cvtepu16_epi64(SIMD_NAME(load_4)(from))
#define WIDEN_32_64(from) _mm_cvtepu32_epi64(LOAD_8(from))
#define SHORT_PRODUCT(x, y) _mm_mul_epu32((__m128i) (x), (__m128i) (y))

#endif
