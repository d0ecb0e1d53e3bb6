/*
 * simd_float_template.h - floats from integers, for one level.  Contracts:
 * simd.h.
 *
 * Where there are fused multiplications, x / d, d a power of ten, is had from r,
 * the nearest float to 1 / d, as fast instructions divide slowly:
 *
 *   q0 = x * r; q1 = q0 + (x - q0 * d) * r; q = q1 + (x - q1 * d) * r
 *
 * where each x - q * d and each sum with a product is rounded once.  It is the
 * quotient rounded correctly: q0, of two roundings, is wrong by at most 1.5 units
 * in its last place, so its remainder is at most 1.5 * 5^22 or 1.5 * 5^10 of the
 * units it is made of, which 53 or 24 bits hold exactly; so q1 is one of the two
 * floats around the quotient; and then, by Markstein's theorem, as r is correctly
 * rounded and d has not all bits of its significand set, q is the nearest one.
 * Nothing is near the limits of the exponent, integers being at most 2^63.
 */
static const float SIMD_NAME(powers_f32)[] = {
	1e0F, 1e1F, 1e2F, 1e3F, 1e4F, 1e5F, 1e6F, 1e7F, 1e8F, 1e9F, 1e10F};

static const double SIMD_NAME(powers_f64)[] = {
	1e0,  1e1,	1e2,  1e3,	1e4,  1e5,	1e6,  1e7,	1e8,  1e9,	1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

#if SIMD_BYTES == 64

#define SET_F32 _mm512_set1_ps
#define SET_F64 _mm512_set1_pd
#define LOAD_INTEGERS(from) _mm512_loadu_si512((const void *) (from))
#define STORE_F32 _mm512_storeu_ps
#define STORE_F64 _mm512_storeu_pd
#define CONVERT_F32 _mm512_cvtepi32_ps
#define CONVERT_F64 _mm512_cvtepi64_pd
#define PRODUCT_F32 _mm512_mul_ps
#define PRODUCT_F64 _mm512_mul_pd
#define FUSED_F32 _mm512_fmadd_ps
#define FUSED_F64 _mm512_fmadd_pd
#define REMAINDER_F32 _mm512_fnmadd_ps
#define REMAINDER_F64 _mm512_fnmadd_pd
typedef __m512 FloatsF32;
typedef __m512d FloatsF64;

#elif SIMD_BYTES == 32

/*
 * The halves of an integer as floats with exponents of their own, of which the
 * high one can be made exact; the sum of both is rounded once.
 */
static inline __m256d
SIMD_NAME(convert_f64)(__m256i x)
{
	const __m256i low_exponent = _mm256_set1_epi64x(0x4330000000000000);
	const __m256i high_exponent = _mm256_set1_epi64x(0x4530000080000000);
	const __m256d both =
		_mm256_castsi256_pd(_mm256_set1_epi64x(0x4530000080100000));
	__m256i low = _mm256_blend_epi32(low_exponent, x, 0x55);
	__m256i high = _mm256_xor_si256(_mm256_srli_epi64(x, 32), high_exponent);

	return _mm256_add_pd(_mm256_sub_pd(_mm256_castsi256_pd(high), both),
						 _mm256_castsi256_pd(low));
}

#define SET_F32 _mm256_set1_ps
#define SET_F64 _mm256_set1_pd
#define LOAD_INTEGERS(from) _mm256_loadu_si256((const __m256i_u *) (from))
#define STORE_F32 _mm256_storeu_ps
#define STORE_F64 _mm256_storeu_pd
#define CONVERT_F32 _mm256_cvtepi32_ps
#define CONVERT_F64 SIMD_NAME(convert_f64)
#define PRODUCT_F32 _mm256_mul_ps
#define PRODUCT_F64 _mm256_mul_pd
#define FUSED_F32 _mm256_fmadd_ps
#define FUSED_F64 _mm256_fmadd_pd
#define REMAINDER_F32 _mm256_fnmadd_ps
#define REMAINDER_F64 _mm256_fnmadd_pd
typedef __m256 FloatsF32;
typedef __m256d FloatsF64;

#endif

#if SIMD_BYTES >= 32

#define DIVIDE_VECTORS(TYPE, LANE)                                  \
	do                                                              \
	{                                                               \
		const uint32_t per_vector = SIMD_BYTES / sizeof(LANE);      \
		const Floats##TYPE d = SET_##TYPE(divisor);                 \
		const Floats##TYPE r = SET_##TYPE(1 / divisor);             \
                                                                    \
		for (; n - i >= per_vector; i += per_vector)                \
		{                                                           \
			Floats##TYPE x = CONVERT_##TYPE(LOAD_INTEGERS(in + i)); \
			Floats##TYPE q = PRODUCT_##TYPE(x, r);                  \
                                                                    \
			q = FUSED_##TYPE(REMAINDER_##TYPE(q, d, x), r, q);      \
			q = FUSED_##TYPE(REMAINDER_##TYPE(q, d, x), r, q);      \
			STORE_##TYPE(out + i, q);                               \
		}                                                           \
	} while (0)

#define MULTIPLY_VECTORS(TYPE, LANE)                                        \
	do                                                                      \
	{                                                                       \
		const uint32_t per_vector = SIMD_BYTES / sizeof(LANE);              \
		const Floats##TYPE by = SET_##TYPE((LANE) factor);                  \
                                                                            \
		for (; n - i >= per_vector; i += per_vector)                        \
			STORE_##TYPE(                                                   \
				out + i,                                                    \
				PRODUCT_##TYPE(CONVERT_##TYPE(LOAD_INTEGERS(in + i)), by)); \
	} while (0)

#else
#define DIVIDE_VECTORS(TYPE, LANE) ((void) 0)
#define MULTIPLY_VECTORS(TYPE, LANE) ((void) 0)
#endif

#define DEFINE_FLOATS(NAME, TYPE, INTEGER, LANE)                             \
	static void SIMD_NAME(divide_##NAME)(const void *integers, uint32_t n,   \
										 unsigned power, void *floats)       \
	{                                                                        \
		const INTEGER *in = integers;                                        \
		LANE *out = floats;                                                  \
		LANE divisor = SIMD_NAME(powers_##NAME)[power];                      \
		uint32_t i = 0;                                                      \
                                                                             \
		DIVIDE_VECTORS(TYPE, LANE);                                          \
		for (; i < n; i++)                                                   \
			out[i] = (LANE) in[i] / divisor;                                 \
	}                                                                        \
                                                                             \
	static void SIMD_NAME(multiply_##NAME)(const void *integers, uint32_t n, \
										   double factor, void *floats)      \
	{                                                                        \
		const INTEGER *in = integers;                                        \
		LANE *out = floats;                                                  \
		uint32_t i = 0;                                                      \
                                                                             \
		MULTIPLY_VECTORS(TYPE, LANE);                                        \
		for (; i < n; i++)                                                   \
			out[i] = (LANE) in[i] * (LANE) factor;                           \
	}

DEFINE_FLOATS(f32, F32, LaneI32, LaneF32)
DEFINE_FLOATS(f64, F64, LaneI64, LaneF64)
