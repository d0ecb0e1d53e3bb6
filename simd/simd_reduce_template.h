/*
 * simd_reduce_template.h - sums, minima and maxima of chosen rows, for one
 * level.  Contracts: simd.h.
 *
 * Signed lanes are summed as unsigned ones with their sign bit flipped, which
 * adds a known number to each.  Floats are compared as integers: negative ones
 * with all other bits flipped, so -0.0 comes before 0.0, and NaN made the
 * largest.  AVX-512 leaves out rows, and has floats' minima; elsewhere blocks of
 * 64 rows with gaps are copied to a buffer where the gaps hold what changes
 * nothing.
 */

/* The rows of bitmap's word w, of which the last is cut off at n. */
static inline uint64_t
SIMD_NAME(rows_of)(const uint64_t *bitmap, uint32_t w, uint32_t n)
{
	uint64_t rows = bitmap != NULL ? bitmap[w] : UINT64_MAX;

	return w < n / 64 ? rows : rows & SIMD_NAME(low_bits)(n % 64);
}

#if SIMD_BYTES == 16 || SIMD_BYTES == 32

/* Ones in the lanes of vector v of 64 rows that rows has. */
#define ROWS_AS_LANES(BITS)                                                 \
	static inline __attribute__((always_inline)) Vector##BITS SIMD_NAME(    \
		rows_as_u##BITS)(uint64_t rows, int v)                              \
	{                                                                       \
		static const Lane##BITS weights[SIMD_BYTES * 8 / (BITS)] = WEIGHTS; \
		const Vector##BITS weight = *(const Vector##BITS *) weights;        \
		const int per_vector = SIMD_BYTES * 8 / (BITS);                     \
                                                                            \
		return (Vector##BITS)(                                              \
			(((Vector##BITS){0} + (Lane##BITS)(rows >> v * per_vector)) &   \
			 weight) == weight);                                            \
	}

#if SIMD_BYTES == 16
#define WEIGHTS \
	{           \
		1, 2    \
	}
ROWS_AS_LANES(64)
#undef WEIGHTS
#define WEIGHTS    \
	{              \
		1, 2, 4, 8 \
	}
ROWS_AS_LANES(32)
#undef WEIGHTS
#define WEIGHTS                     \
	{                               \
		1, 2, 4, 8, 16, 32, 64, 128 \
	}
ROWS_AS_LANES(16)
#else
#define WEIGHTS    \
	{              \
		1, 2, 4, 8 \
	}
ROWS_AS_LANES(64)
#undef WEIGHTS
#define WEIGHTS                     \
	{                               \
		1, 2, 4, 8, 16, 32, 64, 128 \
	}
ROWS_AS_LANES(32)
#undef WEIGHTS
#define WEIGHTS                                                               \
	{                                                                         \
		1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, \
			32768                                                             \
	}
ROWS_AS_LANES(16)
#endif

/* A byte of ones for each bit of byte, the lowest first. */
static inline uint64_t
SIMD_NAME(bytes_of_bits)(uint64_t byte)
{
	uint64_t bits = byte * UINT64_C(0x0101010101010101);

	/* bit k of byte k, carried to bit 7 where it is set */
	bits &= UINT64_C(0x8040201008040201);
	bits += UINT64_C(0x00406070787c7e7f);
	return (bits >> 7 & UINT64_C(0x0101010101010101)) * 0xff;
}

static inline __attribute__((always_inline)) Vector8
SIMD_NAME(rows_as_u8)(uint64_t rows, int v)
{
	Vector64 bytes = {0};
	int k;

	for (k = 0; k < SIMD_BYTES / 8; k++)
		bytes[k] =
			SIMD_NAME(bytes_of_bits)(rows >> (v * SIMD_BYTES + k * 8) & 0xff);
	return (Vector8) bytes;
}

#define FILL_FROM(BITS)                                                \
	do                                                                 \
	{                                                                  \
		const Vector##BITS others = (Vector##BITS){0} + other;         \
		int v;                                                         \
                                                                       \
		for (v = 0; v < (BITS) *8 / SIMD_BYTES; v++)                   \
		{                                                              \
			Vector##BITS chosen = SIMD_NAME(rows_as_u##BITS)(rows, v); \
                                                                       \
			((Vector##BITS *) block)[v] =                              \
				(((const Vector##BITS *) lanes)[v] & chosen) |         \
				(others & ~chosen);                                    \
		}                                                              \
	} while (0)

#else

#define FILL_FROM(BITS)                                  \
	do                                                   \
	{                                                    \
		int i;                                           \
                                                         \
		for (i = 0; i < 64; i++)                         \
			block[i] = rows >> i & 1 ? lanes[i] : other; \
	} while (0)

#endif

#if SIMD_BYTES != 64

/*
 * block[i] = lanes[i] for the bits of rows, and other where there are none.  If
 * fewer than 64 can be read, no bits are set behind them.
 */
#define DEFINE_FILL_GAPS(BITS)                                     \
	static inline void SIMD_NAME(fill_gaps_u##BITS)(               \
		void *block_out, const void *lanes_in, uint32_t n_lanes,   \
		uint64_t rows, Lane##BITS other)                           \
	{                                                              \
		const Lane##BITS *lanes = lanes_in;                        \
		Lane##BITS *block = block_out;                             \
		Lane##BITS copy[64] = {0};                                 \
                                                                   \
		if (n_lanes < 64)                                          \
			lanes = memcpy(copy, lanes, n_lanes * sizeof(*lanes)); \
		FILL_FROM(BITS);                                           \
	}

DEFINE_FILL_GAPS(8)
DEFINE_FILL_GAPS(16)
DEFINE_FILL_GAPS(32)
DEFINE_FILL_GAPS(64)

#endif

#if SIMD_BYTES == 64

static inline uint64_t
SIMD_NAME(sum_of_lanes)(__m512i vector)
{
	uint64_t lanes[8];
	uint64_t sum = 0;
	int i;

	_mm512_storeu_si512((void *) lanes, vector);
	for (i = 0; i < 8; i++)
		sum += lanes[i];
	return sum;
}

/* Rows that are left out become zero, and as biased count like all others. */
static inline unsigned __int128
SIMD_NAME(chosen_sum_u8)(const Lane8 *lanes, uint32_t n, const uint64_t *bitmap,
						 Lane8 bias, uint64_t *n_biased)
{
	const __m512i flip = _mm512_set1_epi8((char) bias);
	__m512i sums = _mm512_setzero_si512();
	uint32_t w;

	for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)
	{
		__m512i x = _mm512_maskz_loadu_epi8(SIMD_NAME(rows_of)(bitmap, w, n),
											lanes + (size_t) w * 64);

		sums = _mm512_add_epi64(sums, _mm512_sad_epu8(_mm512_xor_si512(x, flip),
													  _mm512_setzero_si512()));
	}
	*n_biased = (uint64_t) w * 64;
	return SIMD_NAME(sum_of_lanes)(sums);
}

/* Products with 1 of signed lanes, summed in pairs; 8192 rows fit 32 bits. */
static inline unsigned __int128
SIMD_NAME(chosen_sum_u16)(const Lane16 *lanes, uint32_t n,
						  const uint64_t *bitmap, Lane16 bias,
						  uint64_t *n_biased)
{
	const __m512i flip = _mm512_set1_epi16((short) (bias ^ 0x8000));
	const uint32_t n_words = SIMD_BITMAP_WORDS(n);
	int64_t total = 0;
	uint32_t w = 0;

	while (w < n_words)
	{
		const uint32_t end = n_words - w < 128 ? n_words : w + 128;
		__m512i sums = _mm512_setzero_si512();

		for (; w < end; w++)
		{
			uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);
			const Lane16 *from = lanes + (size_t) w * 64;
			int v;

			for (v = 0; v < 2; v++)
				sums = _mm512_add_epi32(
					sums, _mm512_madd_epi16(
							  _mm512_xor_si512(_mm512_maskz_loadu_epi16(
												   (__mmask32) (rows >> v * 32),
												   from + v * 32),
											   flip),
							  _mm512_set1_epi16(1)));
		}
		total += _mm512_reduce_add_epi32(sums);
	}
	/* signed as they were, every lane of a word lacks 0x8000 */
	*n_biased = (uint64_t) n_words * 64;
	return (unsigned __int128) (total + (int64_t) *n_biased * 0x8000);
}

/* Both halves of 64 bits are summed: all of them, and the high ones apart. */
#define SUM_VECTOR(x)                                                   \
	do                                                                  \
	{                                                                   \
		__m512i lane = (x);                                             \
                                                                        \
		all[v % 2] = _mm512_add_epi64(all[v % 2], lane);                \
		high[v % 2] =                                                   \
			_mm512_add_epi64(high[v % 2], _mm512_srli_epi64(lane, 32)); \
	} while (0)

#define DEFINE_CHOSEN_SUM(BITS)                                               \
	static inline unsigned __int128 SIMD_NAME(chosen_sum_u##BITS)(            \
		const Lane##BITS *lanes, uint32_t n, const uint64_t *bitmap,          \
		Lane##BITS bias, uint64_t *n_biased)                                  \
	{                                                                         \
		const __m512i flip = (__m512i) ((Vector##BITS){0} + bias);            \
		__m512i all[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};    \
		__m512i high[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};   \
		uint64_t high_sum;                                                    \
		uint64_t low_sum;                                                     \
		uint32_t w;                                                           \
                                                                              \
		for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)                            \
		{                                                                     \
			uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);                 \
			const Lane##BITS *from = lanes + (size_t) w * 64;                 \
			unsigned v;                                                       \
                                                                              \
			*n_biased += (uint64_t) __builtin_popcountll(rows);               \
			if (rows == UINT64_MAX)                                           \
				_Pragma("GCC unroll 8") for (v = 0; v < (BITS) / 8; v++)      \
					SUM_VECTOR(_mm512_xor_si512(                              \
						_mm512_loadu_si512(                                   \
							(const void *) (from + v * (512 / (BITS)))),      \
						flip));                                               \
			else                                                              \
				_Pragma("GCC unroll 8") for (v = 0; v < (BITS) / 8; v++)      \
					SUM_VECTOR(_mm512_maskz_xor_epi##BITS(                    \
						(__mmask16) (rows >> v * (512 / (BITS))),             \
						_mm512_maskz_loadu_epi##BITS(                         \
							(__mmask16) (rows >> v * (512 / (BITS))),         \
							from + v * (512 / (BITS))),                       \
						flip));                                               \
		}                                                                     \
		high_sum =                                                            \
			SIMD_NAME(sum_of_lanes)(_mm512_add_epi64(high[0], high[1]));      \
		low_sum = SIMD_NAME(sum_of_lanes)(_mm512_add_epi64(all[0], all[1])) - \
				  (high_sum << 32);                                           \
		/* what a lane of 64 bits has above 32 counts 2^32 times */           \
		return ((unsigned __int128) high_sum << ((BITS) == 64 ? 32 : 0)) +    \
			   low_sum;                                                       \
	}

DEFINE_CHOSEN_SUM(32)
DEFINE_CHOSEN_SUM(64)

#else

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

/* Runs of whole words at once, other words by a block with gaps filled. */
#define DEFINE_CHOSEN_SUM(BITS)                                                \
	static inline unsigned __int128 SIMD_NAME(chosen_sum_u##BITS)(             \
		const Lane##BITS *lanes, uint32_t n, const uint64_t *bitmap,           \
		Lane##BITS bias, uint64_t *n_biased)                                   \
	{                                                                          \
		unsigned __int128 total = 0;                                           \
		uint32_t n_words = SIMD_BITMAP_WORDS(n);                               \
		uint32_t w = 0;                                                        \
                                                                               \
		while (w < n_words)                                                    \
		{                                                                      \
			uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);                  \
			const Lane##BITS *from = lanes + (size_t) w * 64;                  \
			Lane##BITS block[64];                                              \
			uint32_t whole = 0;                                                \
                                                                               \
			while (rows == UINT64_MAX)                                         \
			{                                                                  \
				whole++;                                                       \
				rows = ++w < n_words ? SIMD_NAME(rows_of)(bitmap, w, n) : 0;   \
			}                                                                  \
			if (whole > 0)                                                     \
			{                                                                  \
				total +=                                                       \
					SIMD_NAME(biased_sum_u##BITS)(from, whole * 64, bias);     \
				*n_biased += (uint64_t) whole * 64;                            \
				continue;                                                      \
			}                                                                  \
			SIMD_NAME(fill_gaps_u##BITS)(block, from, n - w * 64, rows, bias); \
			w++;                                                               \
			total += SIMD_NAME(biased_sum_u##BITS)(block, 64, bias);           \
			*n_biased += (uint64_t) __builtin_popcountll(rows);                \
		}                                                                      \
		return total;                                                          \
	}

DEFINE_CHOSEN_SUM(8)
DEFINE_CHOSEN_SUM(16)
DEFINE_CHOSEN_SUM(32)
DEFINE_CHOSEN_SUM(64)

#endif

#define DEFINE_SUM(TYPE, BITS, BIAS)                                          \
	static __int128 SIMD_NAME(sum_##TYPE)(const void *lanes, uint32_t n,      \
										  const uint64_t *bitmap)             \
	{                                                                         \
		const Lane##BITS bias = (Lane##BITS)(BIAS);                           \
		uint64_t n_biased = 0;                                                \
		unsigned __int128 total =                                             \
			SIMD_NAME(chosen_sum_u##BITS)(lanes, n, bitmap, bias, &n_biased); \
                                                                              \
		return (__int128) total - (__int128) n_biased * (__int128) bias;      \
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
			if (rows == UINT64_MAX)                                            \
			{                                                                  \
				_Pragma("GCC unroll 8") for (v = 0; v < 8; v++) sums[v % 4] =  \
					_mm512_add_pd(sums[v % 4], LOAD##_ALL(from + v * 8));      \
				continue;                                                      \
			}                                                                  \
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
#define LOAD_F32_ALL(from) _mm512_cvtps_pd(_mm256_loadu_ps(from))
#define LOAD_F64 _mm512_maskz_loadu_pd
#define LOAD_F64_ALL _mm512_loadu_pd

DEFINE_SUM_FLOAT(f32, LaneF32, LOAD_F32)
DEFINE_SUM_FLOAT(f64, LaneF64, LOAD_F64)

#else

#define DEFINE_SUM_FLOAT(TYPE, LANE, BITS)                             \
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
				SIMD_NAME(fill_gaps_u##BITS)                           \
				(block, from, n - w * 64, rows,                        \
				 (Lane##BITS) 1 << ((BITS) -1));                       \
				from = block;                                          \
			}                                                          \
			for (k = 0; k < N_FLOAT_SUMS; k++)                         \
				sums[k] += (double) from[k];                           \
			for (k = 0; k < N_FLOAT_SUMS; k++)                         \
				sums[k] += (double) from[k + N_FLOAT_SUMS];            \
		}                                                              \
		return SIMD_NAME(join_sums)(sums);                             \
	}

DEFINE_SUM_FLOAT(f32, LaneF32, 32)
DEFINE_SUM_FLOAT(f64, LaneF64, 64)

#endif

/* ---- smallest and largest ---- */

#if SIMD_BYTES != 64

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

#define DEFINE_MIN_MAX(TYPE, LANE, BITS, KEY, TO_KEY, FROM_KEY)          \
	static bool SIMD_NAME(min_max_##TYPE)(const void *lanes, uint32_t n, \
										  const uint64_t *bitmap,        \
										  void *min_out, void *max_out)  \
	{                                                                    \
		bool found = false;                                              \
		KEY min = 0;                                                     \
		KEY max = 0;                                                     \
		LANE lane;                                                       \
		uint32_t w;                                                      \
                                                                         \
		for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)                       \
		{                                                                \
			uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);            \
			const LANE *from = (const LANE *) lanes + (size_t) w * 64;   \
			LANE block[64];                                              \
			int i;                                                       \
                                                                         \
			if (rows == 0)                                               \
				continue;                                                \
			if (!found)                                                  \
				min = max = TO_KEY(from[__builtin_ctzll(rows)]);         \
			found = true;                                                \
			if (rows != UINT64_MAX)                                      \
			{                                                            \
				SIMD_NAME(fill_gaps_u##BITS)                             \
				(block, from, n - w * 64, rows,                          \
				 (Lane##BITS) from[__builtin_ctzll(rows)]);              \
				from = block;                                            \
			}                                                            \
			for (i = 0; i < 64; i++)                                     \
			{                                                            \
				KEY key = TO_KEY(from[i]);                               \
                                                                         \
				min = key < min ? key : min;                             \
				max = key > max ? key : max;                             \
			}                                                            \
		}                                                                \
		if (!found)                                                      \
			return false;                                                \
		lane = (LANE) FROM_KEY(min);                                     \
		memcpy(min_out, &lane, sizeof(lane));                            \
		lane = (LANE) FROM_KEY(max);                                     \
		memcpy(max_out, &lane, sizeof(lane));                            \
		return true;                                                     \
	}

DEFINE_MIN_MAX(i8, LaneI8, 8, LaneI8, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(i16, LaneI16, 16, LaneI16, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(i32, LaneI32, 32, LaneI32, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(i64, LaneI64, 64, LaneI64, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(u8, Lane8, 8, Lane8, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(u16, Lane16, 16, Lane16, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(u32, Lane32, 32, Lane32, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(u64, Lane64, 64, Lane64, AS_IT_IS, AS_IT_IS)
DEFINE_MIN_MAX(f32, Lane32, 32, LaneI32, SIMD_NAME(key_f32),
			   SIMD_NAME(bits_f32))
DEFINE_MIN_MAX(f64, Lane64, 64, LaneI64, SIMD_NAME(key_f64),
			   SIMD_NAME(bits_f64))

#else

#define MIN_MAX_WORD(rows, BITS, MASK, EPI, MIN, MAX)                          \
	do                                                                         \
	{                                                                          \
		_Pragma("GCC unroll 8") for (v = 0; v < (BITS) / 8; v++)               \
		{                                                                      \
			MASK mask = (MASK) ((rows) >> v * PER_VECTOR);                     \
			__m512i x = _mm512_maskz_loadu_##EPI(mask, from + v * PER_VECTOR); \
                                                                               \
			min[v % 2] = MIN(min[v % 2], mask, min[v % 2], x);                 \
			max[v % 2] = MAX(max[v % 2], mask, max[v % 2], x);                 \
		}                                                                      \
	} while (0)

#define DEFINE_MIN_MAX(TYPE, LANE, BITS, MASK, EPI, MIN, MAX)             \
	static bool SIMD_NAME(min_max_##TYPE)(const void *lanes, uint32_t n,  \
										  const uint64_t *bitmap,         \
										  void *min_out, void *max_out)   \
	{                                                                     \
		enum                                                              \
		{                                                                 \
			PER_VECTOR = 512 / (BITS)                                     \
		};                                                                \
		__m512i min[2];                                                   \
		__m512i max[2];                                                   \
		const LANE *mins = (const LANE *) min;                            \
		const LANE *maxs = (const LANE *) max;                            \
		LANE least = 0;                                                   \
		LANE greatest = 0;                                                \
		bool found = false;                                               \
		uint32_t w;                                                       \
		int v;                                                            \
                                                                          \
		for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)                        \
		{                                                                 \
			uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);             \
			const LANE *from = (const LANE *) lanes + (size_t) w * 64;    \
                                                                          \
			if (rows == 0)                                                \
				continue;                                                 \
			if (!found)                                                   \
				min[0] = min[1] = max[0] = max[1] =                       \
					(__m512i) ((Vector##BITS){0} +                        \
							   (Lane##BITS) from[__builtin_ctzll(rows)]); \
			found = true;                                                 \
			/* constant masks cost nothing */                             \
			if (rows == UINT64_MAX)                                       \
				MIN_MAX_WORD(UINT64_MAX, BITS, MASK, EPI, MIN, MAX);      \
			else                                                          \
				MIN_MAX_WORD(rows, BITS, MASK, EPI, MIN, MAX);            \
		}                                                                 \
		if (!found)                                                       \
			return false;                                                 \
		min[0] = MIN(min[0], (MASK) -1, min[0], min[1]);                  \
		max[0] = MAX(max[0], (MASK) -1, max[0], max[1]);                  \
		least = mins[0];                                                  \
		greatest = maxs[0];                                               \
		for (v = 0; v < PER_VECTOR; v++)                                  \
		{                                                                 \
			least = mins[v] < least ? mins[v] : least;                    \
			greatest = maxs[v] > greatest ? maxs[v] : greatest;           \
		}                                                                 \
		memcpy(min_out, &least, sizeof(least));                           \
		memcpy(max_out, &greatest, sizeof(greatest));                     \
		return true;                                                      \
	}

#define DEFINE_MIN_MAX_INT(SIGNED, UNSIGNED, BITS, MASK)                 \
	DEFINE_MIN_MAX(SIGNED, LaneI##BITS, BITS, MASK, epi##BITS,           \
				   _mm512_mask_min_epi##BITS, _mm512_mask_max_epi##BITS) \
	DEFINE_MIN_MAX(UNSIGNED, Lane##BITS, BITS, MASK, epi##BITS,          \
				   _mm512_mask_min_epu##BITS, _mm512_mask_max_epu##BITS)

DEFINE_MIN_MAX_INT(i8, u8, 8, __mmask64)
DEFINE_MIN_MAX_INT(i16, u16, 16, __mmask32)
DEFINE_MIN_MAX_INT(i32, u32, 32, __mmask16)
DEFINE_MIN_MAX_INT(i64, u64, 64, __mmask8)

/*
 * Floats: the instructions give their second operand if the first is NaN or both
 * are zeroes.  So NaN is left out, and looked for apart; which zero it is, and
 * whether an infinity was there or is what the search began with, is found out
 * where it matters.
 */
#define MIN_MAX_FLOATS(rows, BITS, MASK, PS, VECTOR)                           \
	do                                                                         \
	{                                                                          \
		_Pragma("GCC unroll 8") for (v = 0; v < (BITS) / 8; v += 2)            \
		{                                                                      \
			const int k = v % 4;                                               \
			MASK mask[2] = {(MASK) ((rows) >> v * PER_VECTOR),                 \
							(MASK) ((rows) >> (v + 1) * PER_VECTOR)};          \
			VECTOR x[2] = {                                                    \
				_mm512_maskz_loadu_##PS(mask[0], from + v * PER_VECTOR),       \
				_mm512_maskz_loadu_##PS(mask[1],                               \
										from + (v + 1) * PER_VECTOR)};         \
                                                                               \
			min[k] = _mm512_mask_min_##PS(min[k], mask[0], x[0], min[k]);      \
			max[k] = _mm512_mask_max_##PS(max[k], mask[0], x[0], max[k]);      \
			min[k + 1] =                                                       \
				_mm512_mask_min_##PS(min[k + 1], mask[1], x[1], min[k + 1]);   \
			max[k + 1] =                                                       \
				_mm512_mask_max_##PS(max[k + 1], mask[1], x[1], max[k + 1]);   \
			ordered[k / 2] = _mm512_mask_cmp_##PS##_mask(ordered[k / 2], x[0], \
														 x[1], _CMP_ORD_Q);    \
		}                                                                      \
	} while (0)

#define DEFINE_MIN_MAX_FLOAT(TYPE, LANE, BITS, MASK, PS, VECTOR)           \
	/* is a chosen lane of these bits? */                                  \
	static bool SIMD_NAME(has_##TYPE)(const LANE *lanes, uint32_t n,       \
									  const uint64_t *bitmap, LANE value)  \
	{                                                                      \
		enum                                                               \
		{                                                                  \
			PER_VECTOR = 512 / (BITS)                                      \
		};                                                                 \
		const __m512i wanted = (__m512i) _mm512_set1_##PS(value);          \
		uint32_t w;                                                        \
		int v;                                                             \
                                                                           \
		for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)                         \
		{                                                                  \
			uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);              \
			uint64_t good = 0;                                             \
                                                                           \
			for (v = 0; v < (BITS) / 8; v++)                               \
			{                                                              \
				MASK mask = (MASK) (rows >> v * PER_VECTOR);               \
                                                                           \
				good |= _mm512_mask_cmpeq_epi##BITS##_mask(                \
					mask,                                                  \
					_mm512_maskz_loadu_epi##BITS(                          \
						mask, lanes + (size_t) w * 64 + v * PER_VECTOR),   \
					wanted);                                               \
			}                                                              \
			if (good != 0)                                                 \
				return true;                                               \
		}                                                                  \
		return false;                                                      \
	}                                                                      \
                                                                           \
	static bool SIMD_NAME(min_max_##TYPE)(const void *lanes, uint32_t n,   \
										  const uint64_t *bitmap,          \
										  void *min_out, void *max_out)    \
	{                                                                      \
		enum                                                               \
		{                                                                  \
			PER_VECTOR = 512 / (BITS)                                      \
		};                                                                 \
		const LANE infinity = (LANE) __builtin_inf();                      \
		VECTOR min[4];                                                     \
		VECTOR max[4];                                                     \
		MASK ordered[2] = {(MASK) -1, (MASK) -1};                          \
		uint64_t any = 0;                                                  \
		LANE least;                                                        \
		LANE greatest;                                                     \
		uint32_t w;                                                        \
		int v;                                                             \
                                                                           \
		for (v = 0; v < 4; v++)                                            \
		{                                                                  \
			min[v] = _mm512_set1_##PS(infinity);                           \
			max[v] = _mm512_set1_##PS(-infinity);                          \
		}                                                                  \
		for (w = 0; w < SIMD_BITMAP_WORDS(n); w++)                         \
		{                                                                  \
			uint64_t rows = SIMD_NAME(rows_of)(bitmap, w, n);              \
			const LANE *from = (const LANE *) lanes + (size_t) w * 64;     \
                                                                           \
			any |= rows;                                                   \
			if (rows == UINT64_MAX)                                        \
				MIN_MAX_FLOATS(UINT64_MAX, BITS, MASK, PS, VECTOR);        \
			else                                                           \
				MIN_MAX_FLOATS(rows, BITS, MASK, PS, VECTOR);              \
		}                                                                  \
		if (any == 0)                                                      \
			return false;                                                  \
		least = _mm512_reduce_min_##PS(                                    \
			_mm512_min_##PS(_mm512_min_##PS(min[0], min[1]),               \
							_mm512_min_##PS(min[2], min[3])));             \
		greatest = _mm512_reduce_max_##PS(                                 \
			_mm512_max_##PS(_mm512_max_##PS(max[0], max[1]),               \
							_mm512_max_##PS(max[2], max[3])));             \
		if (least == infinity &&                                           \
			!SIMD_NAME(has_##TYPE)(lanes, n, bitmap, infinity))            \
			least = (LANE) __builtin_nan("");                              \
		if (least == 0)                                                    \
			least = SIMD_NAME(has_##TYPE)(lanes, n, bitmap, -(LANE) 0.0)   \
						? -(LANE) 0.0                                      \
						: (LANE) 0.0;                                      \
		if (greatest == 0)                                                 \
			greatest = SIMD_NAME(has_##TYPE)(lanes, n, bitmap, (LANE) 0.0) \
						   ? (LANE) 0.0                                    \
						   : -(LANE) 0.0;                                  \
		if ((MASK) (ordered[0] & ordered[1]) != (MASK) -1)                 \
			greatest = (LANE) __builtin_nan("");                           \
		memcpy(min_out, &least, sizeof(least));                            \
		memcpy(max_out, &greatest, sizeof(greatest));                      \
		return true;                                                       \
	}

DEFINE_MIN_MAX_FLOAT(f32, LaneF32, 32, __mmask16, ps, __m512)
DEFINE_MIN_MAX_FLOAT(f64, LaneF64, 64, __mmask8, pd, __m512d)

#endif
