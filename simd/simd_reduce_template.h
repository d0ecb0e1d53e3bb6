/*
 * simd_reduce_template.h - sums, minima and maxima of chosen rows, for one
 * level.  Contracts: simd.h.
 *
 * Signed lanes are summed as unsigned ones with their sign bit flipped, which
 * adds a known number to each.  Floats are compared as integers: negative ones
 * with all other bits flipped, so -0.0 comes before 0.0, and NaN made the
 * largest.  AVX-512 has instructions that leave out rows; elsewhere blocks of 64
 * rows with gaps are copied to a buffer in which the gaps hold what changes
 * nothing.
 */

/* The rows of bitmap's word w, of which the last is cut off at n. */
static inline uint64_t
SIMD_NAME(rows_of)(const uint64_t *bitmap, uint32_t w, uint32_t n)
{
	uint64_t rows = bitmap != NULL ? bitmap[w] : UINT64_MAX;

	return w < n / 64 ? rows : rows & SIMD_NAME(low_bits)(n % 64);
}

/* block[i] = lanes[i] for the bits of rows, and other where there are none. */
#define FILL_GAPS(block, lanes, rows, other)                                 \
	do                                                                       \
	{                                                                        \
		uint64_t left = (rows);                                              \
		int g;                                                               \
                                                                             \
		for (g = 0; g < 64; g++)                                             \
			(block)[g] = (other);                                            \
		for (; left != 0; left &= left - 1)                                  \
			(block)[__builtin_ctzll(left)] = (lanes)[__builtin_ctzll(left)]; \
	} while (0)

/*
 * Sums of lanes, all of them, as biased: at most 2^31 lanes of 32 bits, 1024 of
 * 8 and 16 bits.  The halves of 64 bits are summed apart.
 */
#define DEFINE_SUM_SMALL(BITS)                                     \
	static inline unsigned __int128 SIMD_NAME(biased_sum_u##BITS)( \
		const Lane##BITS *lanes, uint32_t n, Lane##BITS bias)      \
	{                                                              \
		unsigned __int128 total = 0;                               \
		uint32_t start;                                            \
                                                                   \
		for (start = 0; start < n; start += 1024)                  \
		{                                                          \
			uint32_t end = n - start < 1024 ? n : start + 1024;    \
			uint32_t sum = 0;                                      \
			uint32_t i;                                            \
                                                                   \
			for (i = start; i < end; i++)                          \
				sum += (Lane##BITS)(lanes[i] ^ bias);              \
			total += sum;                                          \
		}                                                          \
		return total;                                              \
	}

DEFINE_SUM_SMALL(8)
DEFINE_SUM_SMALL(16)

static inline unsigned __int128
SIMD_NAME(biased_sum_u32)(const Lane32 *lanes, uint32_t n, Lane32 bias)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
		sum += lanes[i] ^ bias;
	return sum;
}

static inline unsigned __int128
SIMD_NAME(biased_sum_u64)(const Lane64 *lanes, uint32_t n, Lane64 bias)
{
	uint64_t sum = 0;
	uint64_t high = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
	{
		uint64_t lane = lanes[i] ^ bias;

		sum += lane;
		high += lane >> 32;
	}
	/* sum lacks what went over 64 bits; the low halves' sum does not */
	return ((unsigned __int128) high << 32) + (sum - (high << 32));
}

#if SIMD_BYTES == 64

/* Modulo 2^64, which the compiler's own reduction need not be. */
static inline uint64_t
SIMD_NAME(add_up)(__m512i x)
{
	uint64_t lanes[8];
	uint64_t sum = 0;
	int i;

	_mm512_storeu_si512(lanes, x);
	for (i = 0; i < 8; i++)
		sum += lanes[i];
	return sum;
}

static inline unsigned __int128
SIMD_NAME(chosen_sum_u32)(const Lane32 *lanes, uint32_t n,
						  const uint64_t *bitmap, Lane32 bias,
						  uint64_t *n_chosen)
{
	__m512i flip = _mm512_set1_epi32((int) bias);
	__m512i all[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
	__m512i high[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
	uint64_t high_sum;
	uint32_t w;

	for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)
	{
		uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);
		const Lane32 *from = lanes + (size_t) w * 64;
		int v;

		*n_chosen += (uint64_t) __builtin_popcountll(rows);
		for (v = 0; v < 4; v++)
		{
			__mmask16 mask = (__mmask16) (rows >> v * 16);
			__m512i x = _mm512_maskz_xor_epi32(
				mask, _mm512_maskz_loadu_epi32(mask, from + v * 16), flip);

			all[v % 2] = _mm512_add_epi64(all[v % 2], x);
			high[v % 2] =
				_mm512_add_epi64(high[v % 2], _mm512_srli_epi64(x, 32));
		}
	}
	high_sum = SIMD_NAME(add_up)(_mm512_add_epi64(high[0], high[1]));
	/* both halves of 64 bits, their sums below 2^63 */
	return SIMD_NAME(add_up)(_mm512_add_epi64(all[0], all[1])) -
		   (high_sum << 32) + high_sum;
}

static inline unsigned __int128
SIMD_NAME(chosen_sum_u64)(const Lane64 *lanes, uint32_t n,
						  const uint64_t *bitmap, Lane64 bias,
						  uint64_t *n_chosen)
{
	__m512i flip = _mm512_set1_epi64((long long) bias);
	__m512i all[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
	__m512i high[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
	uint64_t high_sum;
	uint64_t sum;
	uint32_t w;

	for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)
	{
		uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);
		const Lane64 *from = lanes + (size_t) w * 64;
		int v;

		*n_chosen += (uint64_t) __builtin_popcountll(rows);
		for (v = 0; v < 8; v++)
		{
			__mmask8 mask = (__mmask8) (rows >> v * 8);
			__m512i x = _mm512_maskz_xor_epi64(
				mask, _mm512_maskz_loadu_epi64(mask, from + v * 8), flip);

			all[v % 2] = _mm512_add_epi64(all[v % 2], x);
			high[v % 2] =
				_mm512_add_epi64(high[v % 2], _mm512_srli_epi64(x, 32));
		}
	}
	high_sum = SIMD_NAME(add_up)(_mm512_add_epi64(high[0], high[1]));
	sum = SIMD_NAME(add_up)(_mm512_add_epi64(all[0], all[1]));
	return ((unsigned __int128) high_sum << 32) + (sum - (high_sum << 32));
}

#define CHOSEN_BY_BLOCKS(DEFINE) DEFINE(8) DEFINE(16)

#else

#define CHOSEN_BY_BLOCKS(DEFINE) DEFINE(8) DEFINE(16) DEFINE(32) DEFINE(64)

#endif

/* Runs of whole words at once, other words by a block with gaps filled. */
#define DEFINE_CHOSEN_SUM(BITS)                                              \
	static inline unsigned __int128 SIMD_NAME(chosen_sum_u##BITS)(           \
		const Lane##BITS *lanes, uint32_t n, const uint64_t *bitmap,         \
		Lane##BITS bias, uint64_t *n_chosen)                                 \
	{                                                                        \
		unsigned __int128 total = 0;                                         \
		uint32_t n_words = SIMD_BITMAP_WORDS(n);                             \
		uint32_t w = 0;                                                      \
                                                                             \
		while (w < n_words)                                                  \
		{                                                                    \
			uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);                \
			const Lane##BITS *from = lanes + (size_t) w * 64;                \
			Lane##BITS block[64];                                            \
			uint32_t whole = 0;                                              \
                                                                             \
			while (rows == UINT64_MAX)                                       \
			{                                                                \
				whole++;                                                     \
				rows = ++w < n_words ? SIMD_NAME(rows_of)(bitmap, w, n) : 0; \
			}                                                                \
			if (whole > 0)                                                   \
			{                                                                \
				total +=                                                     \
					SIMD_NAME(biased_sum_u##BITS)(from, whole * 64, bias);   \
				*n_chosen += (uint64_t) whole * 64;                          \
				continue;                                                    \
			}                                                                \
			w++;                                                             \
			if (rows == 0)                                                   \
				continue;                                                    \
			FILL_GAPS(block, from, rows, bias);                              \
			total += SIMD_NAME(biased_sum_u##BITS)(block, 64, bias);         \
			*n_chosen += (uint64_t) __builtin_popcountll(rows);              \
		}                                                                    \
		return total;                                                        \
	}

CHOSEN_BY_BLOCKS(DEFINE_CHOSEN_SUM)

#define DEFINE_SUM(TYPE, BITS, BIAS)                                          \
	static __int128 SIMD_NAME(sum_##TYPE)(const void *lanes, uint32_t n,      \
										  const uint64_t *bitmap)             \
	{                                                                         \
		const Lane##BITS bias = (Lane##BITS)(BIAS);                           \
		uint64_t n_chosen = 0;                                                \
		unsigned __int128 total =                                             \
			SIMD_NAME(chosen_sum_u##BITS)(lanes, n, bitmap, bias, &n_chosen); \
                                                                              \
		return (__int128) total - (__int128) n_chosen * (__int128) bias;      \
	}

DEFINE_SUM(i8, 8, 1 << 7)
DEFINE_SUM(i16, 16, 1 << 15)
DEFINE_SUM(i32, 32, UINT32_C(1) << 31)
DEFINE_SUM(i64, 64, UINT64_C(1) << 63)
DEFINE_SUM(u8, 8, 0)
DEFINE_SUM(u16, 16, 0)
DEFINE_SUM(u32, 32, 0)
DEFINE_SUM(u64, 64, 0)

/* ---- sums of floats ---- */

#define N_FLOAT_SUMS 32

/* The sums of all lanes as one, see SimdSumFloat. */
static inline double
SIMD_NAME(join_sums)(double *sums)
{
	int half;
	int k;

	for (half = N_FLOAT_SUMS / 2; half > 0; half /= 2)
		for (k = 0; k < half; k++)
			sums[k] += sums[k + half];
	return sums[0] == sums[0] ? sums[0] : __builtin_nan("");
}

#if SIMD_BYTES == 64

#define DEFINE_SUM_FLOAT(TYPE, LANE, LOAD)                                     \
	static double SIMD_NAME(sum_##TYPE)(const void *lanes, uint32_t n,         \
										const uint64_t *bitmap)                \
	{                                                                          \
		__m512d nothing = _mm512_set1_pd(-0.0);                                \
		__m512d sums[4] = {nothing, nothing, nothing, nothing};                \
		uint32_t w;                                                            \
                                                                               \
		for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)                             \
		{                                                                      \
			uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);                  \
			const LANE *from = (const LANE *) lanes + (size_t) w * 64;         \
			int v;                                                             \
                                                                               \
			_Pragma("GCC unroll 8") for (v = 0; v < 8; v++)                    \
			{                                                                  \
				__mmask8 mask = (__mmask8) (rows >> v * 8);                    \
                                                                               \
				sums[v % 4] = _mm512_mask_add_pd(                              \
					sums[v % 4], mask, sums[v % 4], LOAD(mask, from + v * 8)); \
			}                                                                  \
		}                                                                      \
		return SIMD_NAME(join_sums)((double *) sums);                          \
	}

#define LOAD_F32(mask, from) \
	_mm512_maskz_cvtps_pd((mask), _mm256_maskz_loadu_ps((mask), (from)))

DEFINE_SUM_FLOAT(f32, LaneF32, LOAD_F32)
DEFINE_SUM_FLOAT(f64, LaneF64, _mm512_maskz_loadu_pd)

#else

#define DEFINE_SUM_FLOAT(TYPE, LANE)                                   \
	static double SIMD_NAME(sum_##TYPE)(const void *lanes, uint32_t n, \
										const uint64_t *bitmap)        \
	{                                                                  \
		double sums[N_FLOAT_SUMS];                                     \
		uint32_t w;                                                    \
		int k;                                                         \
                                                                       \
		for (k = 0; k < N_FLOAT_SUMS; k++)                             \
			sums[k] = -0.0;                                            \
		for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)                     \
		{                                                              \
			uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);          \
			const LANE *from = (const LANE *) lanes + (size_t) w * 64; \
			LANE block[64];                                            \
                                                                       \
			if (rows == 0)                                             \
				continue;                                              \
			if (rows != UINT64_MAX)                                    \
			{                                                          \
				FILL_GAPS(block, from, rows, -0.0F);                   \
				from = block;                                          \
			}                                                          \
			for (k = 0; k < N_FLOAT_SUMS; k++)                         \
				sums[k] += (double) from[k];                           \
			for (k = 0; k < N_FLOAT_SUMS; k++)                         \
				sums[k] += (double) from[k + N_FLOAT_SUMS];            \
		}                                                              \
		return SIMD_NAME(join_sums)(sums);                             \
	}

DEFINE_SUM_FLOAT(f32, LaneF32)
DEFINE_SUM_FLOAT(f64, LaneF64)

#endif

/* ---- smallest and largest ---- */

/* Lanes as they are, and floats by keys in their order. */
#define AS_IT_IS(bits) (bits)

#define DEFINE_FLOAT_KEYS(BITS, INFINITY_BITS)                           \
	static inline LaneI##BITS SIMD_NAME(key_f##BITS)(Lane##BITS bits)    \
	{                                                                    \
		const Lane##BITS magnitude = (Lane##BITS) - 1 >> 1;              \
                                                                         \
		if ((bits & magnitude) > (INFINITY_BITS))                        \
			bits = (INFINITY_BITS) | (INFINITY_BITS) >> 1;               \
		return (LaneI##BITS)(                                            \
			bits ^ ((Lane##BITS) - (bits >> (BITS - 1)) & magnitude));   \
	}                                                                    \
                                                                         \
	static inline Lane##BITS SIMD_NAME(bits_f##BITS)(LaneI##BITS key)    \
	{                                                                    \
		const Lane##BITS magnitude = (Lane##BITS) - 1 >> 1;              \
		Lane##BITS bits = (Lane##BITS) key;                              \
                                                                         \
		return bits ^ ((Lane##BITS) - (bits >> (BITS - 1)) & magnitude); \
	}

DEFINE_FLOAT_KEYS(32, UINT32_C(0x7f800000))
DEFINE_FLOAT_KEYS(64, UINT64_C(0x7ff0000000000000))

#define DEFINE_MIN_MAX(TYPE, LANE, KEY, TO_KEY, FROM_KEY)                  \
	static bool SIMD_NAME(min_max_##TYPE)(const void *lanes, uint32_t n,   \
										  const uint64_t *bitmap,          \
										  void *min_out, void *max_out)    \
	{                                                                      \
		bool found = false;                                                \
		KEY min = 0;                                                       \
		KEY max = 0;                                                       \
		LANE lane;                                                         \
		uint32_t w;                                                        \
                                                                           \
		for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)                         \
		{                                                                  \
			uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);              \
			const LANE *from = (const LANE *) lanes + (size_t) w * 64;     \
			LANE block[64];                                                \
			int i;                                                         \
                                                                           \
			if (rows == 0)                                                 \
				continue;                                                  \
			if (!found)                                                    \
				min = max = TO_KEY(from[__builtin_ctzll(rows)]);           \
			found = true;                                                  \
			if (rows != UINT64_MAX)                                        \
			{                                                              \
				FILL_GAPS(block, from, rows, from[__builtin_ctzll(rows)]); \
				from = block;                                              \
			}                                                              \
			for (i = 0; i < 64; i++)                                       \
			{                                                              \
				KEY key = TO_KEY(from[i]);                                 \
                                                                           \
				min = key < min ? key : min;                               \
				max = key > max ? key : max;                               \
			}                                                              \
		}                                                                  \
		if (!found)                                                        \
			return false;                                                  \
		lane = (LANE) FROM_KEY(min);                                       \
		memcpy(min_out, &lane, sizeof(lane));                              \
		lane = (LANE) FROM_KEY(max);                                       \
		memcpy(max_out, &lane, sizeof(lane));                              \
		return true;                                                       \
	}

DEFINE_MIN_MAX(i8, LaneI8, LaneI8, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(i16, LaneI16, LaneI16, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(i32, LaneI32, LaneI32, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(i64, LaneI64, LaneI64, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(u8, Lane8, Lane8, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(u16, Lane16, Lane16, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(u32, Lane32, Lane32, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(u64, Lane64, Lane64, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(f32, Lane32, LaneI32, SIMD_NAME(key_f32), SIMD_NAME(bits_f32))
DEFINE_MIN_MAX(f64, Lane64, LaneI64, SIMD_NAME(key_f64), SIMD_NAME(bits_f64))
