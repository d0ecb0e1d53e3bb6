/*
 * simd_compare_template.h - comparisons of lanes with constants into a bitmap,
 * for one level.  Contract: simd.h.
 *
 * What vectors answer is whether lanes are equal to, less than, or at most a
 * constant that is no NaN; the other operators are one of these and its
 * reverse, which puts NaN where PostgreSQL has it, above everything.
 */
typedef enum Question
{
	ASK_EQUAL,
	ASK_LESS,
	ASK_AT_MOST,
	ASK_BETWEEN,
	ASK_NAN
} Question;

#if SIMD_BYTES == 64

/* Bits of 64 lanes: each vector's mask goes to its place in memory. */
#define DEFINE_ANSWER(TYPE, LANE, VECTOR, LOAD, SET, CMP, EQ, LT, LE, NE, NLT, \
					  NLE)                                                     \
	static inline __attribute__((always_inline)) void SIMD_NAME(               \
		answer_##TYPE)(const LANE *lanes, Question ask, LANE first, LANE last, \
					   bool invert, uint64_t *word)                            \
	{                                                                          \
		enum                                                                   \
		{                                                                      \
			PER_VECTOR = 64 / sizeof(LANE)                                     \
		};                                                                     \
		VECTOR low = SET(first);                                               \
		VECTOR high = SET(last);                                               \
		int v;                                                                 \
                                                                               \
		_Pragma("GCC unroll 8") for (v = 0; v < (int) sizeof(LANE); v++)       \
		{                                                                      \
			VECTOR x = LOAD((const void *) (lanes + v * PER_VECTOR));          \
			uint64_t bits;                                                     \
                                                                               \
			if (ask == ASK_EQUAL)                                              \
				bits = invert ? CMP(x, low, NE) : CMP(x, low, EQ);             \
			else if (ask == ASK_LESS)                                          \
				bits = invert ? CMP(x, low, NLT) : CMP(x, low, LT);            \
			else if (ask == ASK_AT_MOST)                                       \
				bits = invert ? CMP(x, low, NLE) : CMP(x, low, LE);            \
			else if (ask == ASK_BETWEEN)                                       \
				bits = CMP(low, x, LE) & CMP(x, high, LE);                     \
			else                                                               \
				bits = invert ? CMP(x, x, EQ) : CMP(x, x, NE);                 \
			memcpy((uint8_t *) word + v * PER_VECTOR / 8, &bits,               \
				   PER_VECTOR / 8);                                            \
		}                                                                      \
	}

#define DEFINE_INT_ANSWER(TYPE, LANE, BITS, EPI)                              \
	DEFINE_ANSWER(TYPE, LANE, __m512i, _mm512_loadu_si512,                    \
				  _mm512_set1_epi##BITS, _mm512_cmp_##EPI##_mask,             \
				  _MM_CMPINT_EQ, _MM_CMPINT_LT, _MM_CMPINT_LE, _MM_CMPINT_NE, \
				  _MM_CMPINT_NLT, _MM_CMPINT_NLE)

DEFINE_INT_ANSWER(i8, LaneI8, 8, epi8)
DEFINE_INT_ANSWER(i16, LaneI16, 16, epi16)
DEFINE_INT_ANSWER(i32, LaneI32, 32, epi32)
DEFINE_INT_ANSWER(i64, LaneI64, 64, epi64)
DEFINE_INT_ANSWER(u8, Lane8, 8, epu8)
DEFINE_INT_ANSWER(u16, Lane16, 16, epu16)
DEFINE_INT_ANSWER(u32, Lane32, 32, epu32)
DEFINE_INT_ANSWER(u64, Lane64, 64, epu64)
DEFINE_ANSWER(f32, LaneF32, __m512, _mm512_loadu_ps, _mm512_set1_ps,
			  _mm512_cmp_ps_mask, _CMP_EQ_OQ, _CMP_LT_OQ, _CMP_LE_OQ,
			  _CMP_NEQ_UQ, _CMP_NLT_UQ, _CMP_NLE_UQ)
DEFINE_ANSWER(f64, LaneF64, __m512d, _mm512_loadu_pd, _mm512_set1_pd,
			  _mm512_cmp_pd_mask, _CMP_EQ_OQ, _CMP_LT_OQ, _CMP_LE_OQ,
			  _CMP_NEQ_UQ, _CMP_NLT_UQ, _CMP_NLE_UQ)

#undef DEFINE_INT_ANSWER
#undef DEFINE_ANSWER

#elif SIMD_BYTES != 0

/* Bits of 64 lanes, from vectors whose lanes are all ones or zero. */
#if defined(__aarch64__)

/* 64 bytes of ones or zeroes, 16 a vector, to bits. */
static inline uint64_t
SIMD_NAME(bits_of_bytes)(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d)
{
	static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128,
										1, 2, 4, 8, 16, 32, 64, 128};
	uint8x16_t weight = vld1q_u8(weights);
	uint8x16_t low = vpaddq_u8(vandq_u8(a, weight), vandq_u8(b, weight));
	uint8x16_t high = vpaddq_u8(vandq_u8(c, weight), vandq_u8(d, weight));

	low = vpaddq_u8(low, high);
	low = vpaddq_u8(low, low);
	return vgetq_lane_u64(vreinterpretq_u64_u8(low), 0);
}

/* halves the width of the lanes of n pairs of vectors */
#define NARROW_PAIRS(masks, n)                                               \
	do                                                                       \
	{                                                                        \
		int p;                                                               \
                                                                             \
		for (p = 0; p < (n); p++)                                            \
			(masks)[p] = (Masks) vuzp1q_u8((uint8x16_t) (masks)[2 * p],      \
										   (uint8x16_t) (masks)[2 * p + 1]); \
	} while (0)

typedef uint8x16_t Masks;

/*
 * All bytes of a lane are alike, so taking every second byte narrows lanes of
 * any width.
 */
static inline __attribute__((always_inline)) uint64_t
SIMD_NAME(bits_of)(Masks *masks, int lane_bytes)
{
	if (lane_bytes == 8)
		NARROW_PAIRS(masks, 16);
	if (lane_bytes >= 4)
		NARROW_PAIRS(masks, 8);
	if (lane_bytes >= 2)
		NARROW_PAIRS(masks, 4);
	return SIMD_NAME(bits_of_bytes)(masks[0], masks[1], masks[2], masks[3]);
}

#undef NARROW_PAIRS

#elif SIMD_BYTES == 16

typedef __m128i Masks;

static inline __attribute__((always_inline)) uint64_t
SIMD_NAME(bits_of)(Masks *masks, int lane_bytes)
{
	uint64_t bits = 0;
	int v;

	if (lane_bytes == 8)
		for (v = 0; v < 16; v++)
			masks[v] = _mm_packs_epi32(masks[2 * v], masks[2 * v + 1]);
	if (lane_bytes >= 4)
		for (v = 0; v < 8; v++)
			masks[v] = _mm_packs_epi32(masks[2 * v], masks[2 * v + 1]);
	if (lane_bytes >= 2)
		for (v = 0; v < 4; v++)
			masks[v] = _mm_packs_epi16(masks[2 * v], masks[2 * v + 1]);
	for (v = 0; v < 4; v++)
		bits |= (uint64_t) (uint32_t) _mm_movemask_epi8(masks[v]) << 16 * v;
	return bits;
}

#else

typedef __m256i Masks;

static inline __attribute__((always_inline)) uint64_t
SIMD_NAME(bits_of)(Masks *masks, int lane_bytes)
{
	uint64_t bits = 0;
	int v;

	if (lane_bytes == 8)
		for (v = 0; v < 16; v++)
			bits |= (uint64_t) (unsigned) _mm256_movemask_pd(
						_mm256_castsi256_pd(masks[v]))
					<< 4 * v;
	else if (lane_bytes == 4)
		for (v = 0; v < 8; v++)
			bits |= (uint64_t) (unsigned) _mm256_movemask_ps(
						_mm256_castsi256_ps(masks[v]))
					<< 8 * v;
	else
		for (v = 0; v < 2; v++)
		{
			Masks bytes = masks[v];

			if (lane_bytes == 2)
				bytes = _mm256_permute4x64_epi64(
					_mm256_packs_epi16(masks[2 * v], masks[2 * v + 1]), 0xd8);
			bits |= (uint64_t) (uint32_t) _mm256_movemask_epi8(bytes) << 32 * v;
		}
	return bits;
}

#endif

#define DEFINE_ANSWER(TYPE, LANE)                                              \
	static inline __attribute__((always_inline)) void SIMD_NAME(               \
		answer_##TYPE)(const LANE *lanes, Question ask, LANE first, LANE last, \
					   bool invert, uint64_t *word)                            \
	{                                                                          \
		typedef LANE                                                           \
			__attribute__((vector_size(SIMD_BYTES), aligned(1), may_alias))    \
			Vector;                                                            \
		enum                                                                   \
		{                                                                      \
			N_VECTORS = 64 * sizeof(LANE) / SIMD_BYTES                         \
		};                                                                     \
		const Vector *in = (const Vector *) lanes;                             \
		Vector zero = {0};                                                     \
		Vector low = zero + first;                                             \
		Vector high = zero + last;                                             \
		Masks masks[N_VECTORS];                                                \
		int v;                                                                 \
                                                                               \
		_Pragma("GCC unroll 32") for (v = 0; v < N_VECTORS; v++)               \
		{                                                                      \
			if (ask == ASK_EQUAL)                                              \
				masks[v] = (Masks) (in[v] == low);                             \
			else if (ask == ASK_LESS)                                          \
				masks[v] = (Masks) (in[v] < low);                              \
			else if (ask == ASK_AT_MOST)                                       \
				masks[v] = (Masks) (in[v] <= low);                             \
			else if (ask == ASK_BETWEEN)                                       \
				masks[v] = (Masks) ((low <= in[v]) & (in[v] <= high));         \
			else                                                               \
				masks[v] = (Masks) (in[v] != in[v]);                           \
		}                                                                      \
		*word = SIMD_NAME(bits_of)(masks, sizeof(LANE)) ^                      \
				(invert ? UINT64_MAX : 0);                                     \
	}

DEFINE_ANSWER(i8, LaneI8)
DEFINE_ANSWER(i16, LaneI16)
DEFINE_ANSWER(i32, LaneI32)
DEFINE_ANSWER(i64, LaneI64)
DEFINE_ANSWER(u8, Lane8)
DEFINE_ANSWER(u16, Lane16)
DEFINE_ANSWER(u32, Lane32)
DEFINE_ANSWER(u64, Lane64)
DEFINE_ANSWER(f32, LaneF32)
DEFINE_ANSWER(f64, LaneF64)

#undef DEFINE_ANSWER

#endif

#if SIMD_BYTES != 0

/* The answers of all rows; those behind the last whole word by a copy. */
#define DEFINE_ASK(TYPE, LANE)                                                \
	static inline __attribute__((always_inline)) void SIMD_NAME(ask_##TYPE)(  \
		const LANE *lanes, uint32_t n, Question ask, LANE first, LANE last,   \
		bool invert, uint64_t *bitmap)                                        \
	{                                                                         \
		LANE rest[64] = {0};                                                  \
		uint32_t w;                                                           \
                                                                              \
		for (w = 0; w < n / 64; w++)                                          \
			SIMD_NAME(answer_##TYPE)                                          \
		(lanes + (size_t) w * 64, ask, first, last, invert, bitmap + w);      \
		if (n % 64 == 0)                                                      \
			return;                                                           \
		memcpy(rest, lanes + (size_t) w * 64, n % 64 * sizeof(LANE));         \
		SIMD_NAME(answer_##TYPE)(rest, ask, first, last, invert, bitmap + w); \
		bitmap[w] &= SIMD_NAME(low_bits)(n % 64);                             \
	}

/* Operators by questions, where no constant is NaN. */
#define OPERATOR(TYPE, op, ask, invert)                                        \
	case op:                                                                   \
		SIMD_NAME(ask_##TYPE)(lanes, n, (ask), first, last, (invert), bitmap); \
		break;

#define DEFINE_OPERATORS(TYPE, LANE)                                     \
	DEFINE_ASK(TYPE, LANE)                                               \
                                                                         \
	static void SIMD_NAME(operate_##TYPE)(const LANE *lanes, uint32_t n, \
										  SimdCompareOp op, LANE first,  \
										  LANE last, uint64_t *bitmap)   \
	{                                                                    \
		switch (op)                                                      \
		{                                                                \
			OPERATOR(TYPE, SIMD_EQ, ASK_EQUAL, false)                    \
			OPERATOR(TYPE, SIMD_NE, ASK_EQUAL, true)                     \
			OPERATOR(TYPE, SIMD_LT, ASK_LESS, false)                     \
			OPERATOR(TYPE, SIMD_GE, ASK_LESS, true)                      \
			OPERATOR(TYPE, SIMD_LE, ASK_AT_MOST, false)                  \
			OPERATOR(TYPE, SIMD_GT, ASK_AT_MOST, true)                   \
			OPERATOR(TYPE, SIMD_BETWEEN, ASK_BETWEEN, false)             \
		}                                                                \
	}

#define DEFINE_COMPARE_INT(TYPE, LANE)                       \
	DEFINE_OPERATORS(TYPE, LANE)                             \
                                                             \
	static void SIMD_NAME(compare_##TYPE)(                   \
		const void *lanes, uint32_t n, SimdCompareOp op,     \
		const void *constants, uint64_t *bitmap)             \
	{                                                        \
		const LANE *c = constants;                           \
                                                             \
		SIMD_NAME(operate_##TYPE)                            \
		(lanes, n, op, c[0], c[op == SIMD_BETWEEN], bitmap); \
	}

/* Nothing is above NaN: what is asked then is which rows are NaN. */
#define DEFINE_COMPARE_FLOAT(TYPE, LANE)                                  \
	DEFINE_OPERATORS(TYPE, LANE)                                          \
                                                                          \
	static void SIMD_NAME(compare_##TYPE)(                                \
		const void *lanes, uint32_t n, SimdCompareOp op,                  \
		const void *constants, uint64_t *bitmap)                          \
	{                                                                     \
		const LANE *c = constants;                                        \
		LANE first = c[0];                                                \
		LANE last = c[op == SIMD_BETWEEN];                                \
                                                                          \
		if (op == SIMD_BETWEEN && last != last && first == first)         \
			op = SIMD_GE;                                                 \
		if (first == first)                                               \
			SIMD_NAME(operate_##TYPE)(lanes, n, op, first, last, bitmap); \
		else if (op == SIMD_LE)                                           \
			SIMD_NAME(fill_bits)(bitmap, n, UINT64_MAX);                  \
		else if (op == SIMD_GT || (op == SIMD_BETWEEN && last == last))   \
			SIMD_NAME(fill_bits)(bitmap, n, 0);                           \
		else                                                              \
			SIMD_NAME(ask_##TYPE)                                         \
		(lanes, n, ASK_NAN, first, last, op == SIMD_NE || op == SIMD_LT,  \
		 bitmap);                                                         \
	}

/* Every row's bit as the lowest of word. */
static inline void
SIMD_NAME(fill_bits)(uint64_t *bitmap, uint32_t n, uint64_t word)
{
	uint32_t w;

	for (w = 0; w < n / 64; w++)
		bitmap[w] = word;
	if (n % 64 != 0)
		bitmap[w] = word & SIMD_NAME(low_bits)(n % 64);
}

#else

/* The oracle: PostgreSQL's order, a row at a time. */
#define INT_LESS(a, b) ((a) < (b))
#define FLOAT_LESS(a, b) ((a) == (a) && ((b) != (b) || (a) < (b)))

#define DEFINE_COMPARE(TYPE, LANE, LESS)                           \
	static void SIMD_NAME(compare_##TYPE)(                         \
		const void *lanes, uint32_t n, SimdCompareOp op,           \
		const void *constants, uint64_t *bitmap)                   \
	{                                                              \
		const LANE *in = lanes;                                    \
		const LANE *c = constants;                                 \
		LANE first = c[0];                                         \
		LANE last = c[op == SIMD_BETWEEN];                         \
		uint32_t i;                                                \
                                                                   \
		memset(bitmap, 0, SIMD_BITMAP_WORDS(n) * sizeof(*bitmap)); \
		for (i = 0; i < n; i++)                                    \
		{                                                          \
			LANE x = in[i];                                        \
			bool less = LESS(x, first);                            \
			bool more = LESS(first, x);                            \
			bool good = false;                                     \
                                                                   \
			switch (op)                                            \
			{                                                      \
				case SIMD_EQ:                                      \
					good = !less && !more;                         \
					break;                                         \
				case SIMD_NE:                                      \
					good = less || more;                           \
					break;                                         \
				case SIMD_LT:                                      \
					good = less;                                   \
					break;                                         \
				case SIMD_LE:                                      \
					good = !more;                                  \
					break;                                         \
				case SIMD_GT:                                      \
					good = more;                                   \
					break;                                         \
				case SIMD_GE:                                      \
					good = !less;                                  \
					break;                                         \
				case SIMD_BETWEEN:                                 \
					good = !less && !LESS(last, x);                \
					break;                                         \
			}                                                      \
			bitmap[i / 64] |= (uint64_t) good << i % 64;           \
		}                                                          \
	}

#define DEFINE_COMPARE_INT(TYPE, LANE) DEFINE_COMPARE(TYPE, LANE, INT_LESS)
#define DEFINE_COMPARE_FLOAT(TYPE, LANE) DEFINE_COMPARE(TYPE, LANE, FLOAT_LESS)

#endif

DEFINE_COMPARE_INT(i8, LaneI8)
DEFINE_COMPARE_INT(i16, LaneI16)
DEFINE_COMPARE_INT(i32, LaneI32)
DEFINE_COMPARE_INT(i64, LaneI64)
DEFINE_COMPARE_INT(u8, Lane8)
DEFINE_COMPARE_INT(u16, Lane16)
DEFINE_COMPARE_INT(u32, Lane32)
DEFINE_COMPARE_INT(u64, Lane64)
DEFINE_COMPARE_FLOAT(f32, LaneF32)
DEFINE_COMPARE_FLOAT(f64, LaneF64)
