/*
 * simd_prefix_template.h - prefix sums of lanes, for one level.  Contract:
 * simd.h.
 *
 * A vector of sums of the last 1, 2, 4, .. deltas is that of half as many plus
 * the same so many lanes before, which come from this vector and the one before.
 * What sums as many as the vector has lanes is added to the previous result.
 */
#if SIMD_BYTES == 64

/* x moved up by so many bytes, the last of before below it */
#define SHIFT_IN(before, x, bytes)                                        \
	((bytes) % 4 == 0                                                     \
		 ? _mm512_alignr_epi32((x), (before), (16 - (bytes) / 4) % 16)    \
		 : _mm512_alignr_epi8((x), _mm512_alignr_epi64((x), (before), 6), \
							  (16 - (bytes)) % 16))
typedef __m512i Deltas;

#elif SIMD_BYTES == 32

#define SHIFT_IN(before, x, bytes)                                            \
	((bytes) == 16 ? _mm256_permute2x128_si256((before), (x), 0x21)           \
				   : _mm256_alignr_epi8(                                      \
						 (x), _mm256_permute2x128_si256((before), (x), 0x21), \
						 (16 - (bytes)) % 16))
typedef __m256i Deltas;

#elif SIMD_BYTES == 16 && defined(__x86_64__)

#define SHIFT_IN(before, x, bytes) \
	_mm_alignr_epi8((x), (before), (16 - (bytes)) % 16)
typedef __m128i Deltas;

#elif SIMD_BYTES == 16

#define SHIFT_IN(before, x, bytes) vextq_u8((before), (x), (16 - (bytes)) % 16)
typedef uint8x16_t Deltas;

#endif

#if SIMD_BYTES != 0

/* x plus what is so many lanes before it */
#define ADD_SHIFTED(BITS, lanes)                                      \
	if (SIMD_BYTES * 8 / (BITS) > (lanes))                            \
	{                                                                 \
		const Deltas sums = x;                                        \
                                                                      \
		x = (Deltas) ((Vector##BITS) x +                              \
					  (Vector##BITS) SHIFT_IN(before[step], x,        \
											  (lanes) * (BITS) / 8)); \
		before[step++] = sums;                                        \
	}

#define PREFIX_VECTORS(BITS)                                       \
	do                                                             \
	{                                                              \
		const uint32_t per_vector = SIMD_BYTES * 8 / (BITS);       \
		Vector##BITS sums = (Vector##BITS){0} + sum;               \
		Deltas before[6] = {0};                                    \
                                                                   \
		for (; n - i >= per_vector; i += per_vector)               \
		{                                                          \
			Deltas x = (Deltas) * (const Vector##BITS *) (in + i); \
			int step = 0;                                          \
                                                                   \
			ADD_SHIFTED(BITS, 1)                                   \
			ADD_SHIFTED(BITS, 2)                                   \
			ADD_SHIFTED(BITS, 4)                                   \
			ADD_SHIFTED(BITS, 8)                                   \
			ADD_SHIFTED(BITS, 16)                                  \
			ADD_SHIFTED(BITS, 32)                                  \
			sums += (Vector##BITS) x;                              \
			*(Vector##BITS *) (to + i) = sums;                     \
		}                                                          \
		sum = sums[per_vector - 1];                                \
	} while (0)

#else
#define PREFIX_VECTORS(BITS) ((void) 0)
#endif

#define DEFINE_PREFIX_SUM(BITS)                                               \
	static void SIMD_NAME(prefix_sum_u##BITS)(const void *deltas, uint32_t n, \
											  uint64_t base, void *out)       \
	{                                                                         \
		const Lane##BITS *in = deltas;                                        \
		Lane##BITS *to = out;                                                 \
		Lane##BITS sum = (Lane##BITS) base;                                   \
		uint32_t i = 0;                                                       \
                                                                              \
		PREFIX_VECTORS(BITS);                                                 \
		for (; i < n; i++)                                                    \
		{                                                                     \
			sum = (Lane##BITS)(sum + in[i]);                                  \
			to[i] = sum;                                                      \
		}                                                                     \
	}

DEFINE_PREFIX_SUM(8)
DEFINE_PREFIX_SUM(16)
DEFINE_PREFIX_SUM(32)
DEFINE_PREFIX_SUM(64)
