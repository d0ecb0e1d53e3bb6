/*
 * simd_arithmetic_template.h - operations on two columns of lanes, and wider lanes, for
 * one level.  Contracts: simd.h.
 *
 * Whether all results are right is found on the way: a sum that overflows differs in sign
 * from what was added; products fit if the bits of the largest factors do; floats that
 * overflow or underflow come out infinite, or zero.
 *
 * Vectors first, then the lanes behind the last whole one, which are all in plain C.
 */
#if SIMD_BYTES != 0
#define BLOCK_LANES(LANE) (SIMD_BYTES / sizeof(LANE))

#define DEFINE_BLOCK(LANE)                                              \
	typedef LANE                                                        \
		__attribute__((vector_size(SIMD_BYTES), aligned(1), may_alias)) \
		Block##LANE

DEFINE_BLOCK(Lane16);
DEFINE_BLOCK(Lane32);
DEFINE_BLOCK(Lane64);
DEFINE_BLOCK(LaneI16);
DEFINE_BLOCK(LaneI32);
DEFINE_BLOCK(LaneI64);
DEFINE_BLOCK(LaneF32);
DEFINE_BLOCK(LaneF64);

/* The lanes of a block from i on, or the first in each; a difference keeps -0.0. */
#define INPUT(BLOCK, lanes, once)                  \
	((once) ? (BLOCK) (lanes##_first - (BLOCK){0}) \
			: *(const BLOCK *) ((lanes) + i))

/* Is any bit of a block set? */
static inline bool
SIMD_NAME(is_not_zero)(const void *block)
{
	uint64_t words[SIMD_BYTES / 8];
	uint64_t any = 0;
	size_t i;

	memcpy(words, block, sizeof(words));
	for (i = 0; i < SIMD_BYTES / 8; i++)
		any |= words[i];
	return any != 0;
}

#define SUM_BLOCKS(LANE, BITS)                                     \
	do                                                             \
	{                                                              \
		Block##LANE overs = {0};                                   \
                                                                   \
		for (; n - i >= BLOCK_LANES(LANE); i += BLOCK_LANES(LANE)) \
		{                                                          \
			Block##LANE x = INPUT(Block##LANE, a, a_once);         \
			Block##LANE y = INPUT(Block##LANE, b, b_once);         \
			Block##LANE r = subtract ? x - y : x + y;              \
                                                                   \
			overs |= (x ^ r) & (subtract ? x ^ y : y ^ r);         \
			*(Block##LANE *) (out + i) = r;                        \
		}                                                          \
		overs >>= BITS - 1;                                        \
		over = SIMD_NAME(is_not_zero)(&overs);                     \
	} while (0)

#define PRODUCT_BLOCKS(LANE)                                   \
	for (; n - i >= BLOCK_LANES(LANE); i += BLOCK_LANES(LANE)) \
	*(Block##LANE *) (out + i) =                               \
		INPUT(Block##LANE, a, a_once) * INPUT(Block##LANE, b, b_once)

#define MAGNITUDE_BLOCKS(SIGNED, BITS)                                 \
	do                                                                 \
	{                                                                  \
		Block##SIGNED anys = {0};                                      \
		SIGNED folded[BLOCK_LANES(SIGNED)];                            \
		uint32_t k;                                                    \
                                                                       \
		for (; n - i >= BLOCK_LANES(SIGNED); i += BLOCK_LANES(SIGNED)) \
		{                                                              \
			Block##SIGNED x = *(const Block##SIGNED *) (lanes + i);    \
                                                                       \
			anys |= x ^ (x >> (BITS - 1));                             \
		}                                                              \
		memcpy(folded, &anys, sizeof(folded));                         \
		for (k = 0; k < BLOCK_LANES(SIGNED); k++)                      \
			any |= folded[k];                                          \
	} while (0)

/* Of floats without their sign. */
#define IS_ZERO(bits) (((bits) << 1) == 0)
#define IS_INFINITE(bits, infinity) (((bits) << 1) == (infinity))

#define FLOAT_BLOCKS(LANE, BITS, infinity)                                   \
	do                                                                       \
	{                                                                        \
		Block##BITS bads = {0};                                              \
                                                                             \
		for (; n - i >= BLOCK_LANES(LANE); i += BLOCK_LANES(LANE))           \
		{                                                                    \
			Block##LANE x = INPUT(Block##LANE, a, a_once);                   \
			Block##LANE y = INPUT(Block##LANE, b, b_once);                   \
			Block##LANE r = operation == SIMD_ADD		 ? x + y             \
							: operation == SIMD_SUBTRACT ? x - y             \
							: operation == SIMD_MULTIPLY ? x * y             \
														 : x / y;            \
                                                                             \
			bads |= (Block##BITS) IS_INFINITE((Block##BITS) r, infinity);    \
			if (operation == SIMD_MULTIPLY)                                  \
				bads |= (Block##BITS)(                                       \
					IS_ZERO((Block##BITS) r) &                               \
					~(IS_ZERO((Block##BITS) x) | IS_ZERO((Block##BITS) y))); \
			else if (operation == SIMD_DIVIDE)                               \
				bads |= (Block##BITS)(                                       \
					IS_ZERO((Block##BITS) y) |                               \
					(IS_ZERO((Block##BITS) r) & ~IS_ZERO((Block##BITS) x))); \
			*(Block##LANE *) (out + i) = r;                                  \
		}                                                                    \
		bad = SIMD_NAME(is_not_zero)(&bads);                                 \
	} while (0)

#define WIDEN_BLOCKS(FROM, TO)                                          \
	do                                                                  \
	{                                                                   \
		typedef FROM                                                    \
			__attribute__((vector_size(BLOCK_LANES(TO) * sizeof(FROM)), \
						   aligned(1), may_alias)) Narrow;              \
                                                                        \
		for (; n - i >= BLOCK_LANES(TO); i += BLOCK_LANES(TO))          \
			*(Block##TO *) (to + i) = __builtin_convertvector(          \
				*(const Narrow *) (from + i), Block##TO);               \
	} while (0)

#else
#define SUM_BLOCKS(LANE, BITS) over = false
#define PRODUCT_BLOCKS(LANE) ((void) 0)
#define MAGNITUDE_BLOCKS(SIGNED, BITS) ((void) 0)
#define FLOAT_BLOCKS(LANE, BITS, infinity) bad = false
#define WIDEN_BLOCKS(FROM, TO) ((void) 0)
#endif

/* Lane i, or the first for all. */
#define LANE_INPUT(lanes, once) ((once) ? lanes##_first : (lanes)[i])

/* Lanes are those of LANE without a sign; SIGNED's have one. */
#define DEFINE_INT_ARITHMETIC(TYPE, LANE, SIGNED, BITS)                        \
	static inline __attribute__((always_inline)) bool SIMD_NAME(               \
		sum_##TYPE##s)(const LANE *a, const bool a_once, const LANE *b,        \
					   const bool b_once, const bool subtract, uint32_t n,     \
					   LANE *out)                                              \
	{                                                                          \
		const LANE a_first = *a;                                               \
		const LANE b_first = *b;                                               \
		bool over;                                                             \
		uint32_t i = 0;                                                        \
                                                                               \
		SUM_BLOCKS(LANE, BITS);                                                \
		for (; i < n; i++)                                                     \
		{                                                                      \
			LANE x = LANE_INPUT(a, a_once);                                    \
			LANE y = LANE_INPUT(b, b_once);                                    \
			LANE r = (LANE) (subtract ? x - y : x + y);                        \
                                                                               \
			over |= ((x ^ r) & (subtract ? x ^ y : y ^ r)) >> (BITS - 1) & 1;  \
			out[i] = r;                                                        \
		}                                                                      \
		return !over;                                                          \
	}                                                                          \
                                                                               \
	static inline __attribute__((always_inline)) void SIMD_NAME(               \
		product_##TYPE##s)(const LANE *a, const bool a_once, const LANE *b,    \
						   const bool b_once, uint32_t n, LANE *out)           \
	{                                                                          \
		const LANE a_first = *a;                                               \
		const LANE b_first = *b;                                               \
		uint32_t i = 0;                                                        \
                                                                               \
		PRODUCT_BLOCKS(LANE);                                                  \
		for (; i < n; i++)                                                     \
			out[i] = (LANE) ((uint64_t) LANE_INPUT(a, a_once) *                \
							 LANE_INPUT(b, b_once));                           \
	}                                                                          \
                                                                               \
	/* bits of the largest of n lanes without its sign */                      \
	static int SIMD_NAME(magnitude_##TYPE)(const SIGNED *lanes, uint32_t n)    \
	{                                                                          \
		SIGNED any = 0;                                                        \
		uint32_t i = 0;                                                        \
                                                                               \
		MAGNITUDE_BLOCKS(SIGNED, BITS);                                        \
		for (; i < n; i++)                                                     \
			any |= lanes[i] ^ (lanes[i] >> (BITS - 1));                        \
		return any == 0 ? 0 : 64 - __builtin_clzll((uint64_t) any);            \
	}                                                                          \
                                                                               \
	static bool SIMD_NAME(arithmetic_##TYPE)(                                  \
		SimdOperation operation, const void *a, bool a_once, const void *b,    \
		bool b_once, uint32_t n, void *out)                                    \
	{                                                                          \
		if (n == 0)                                                            \
			return true;                                                       \
		if (operation == SIMD_MULTIPLY &&                                      \
			SIMD_NAME(magnitude_##TYPE)(a, a_once ? 1 : n) +                   \
					SIMD_NAME(magnitude_##TYPE)(b, b_once ? 1 : n) >           \
				BITS - 2)                                                      \
			return false;                                                      \
		if (operation == SIMD_MULTIPLY && a_once)                              \
			SIMD_NAME(product_##TYPE##s)(b, false, a, true, n, out);           \
		else if (operation == SIMD_MULTIPLY && b_once)                         \
			SIMD_NAME(product_##TYPE##s)(a, false, b, true, n, out);           \
		else if (operation == SIMD_MULTIPLY)                                   \
			SIMD_NAME(product_##TYPE##s)(a, false, b, false, n, out);          \
		else if (operation == SIMD_ADD && a_once)                              \
			return SIMD_NAME(sum_##TYPE##s)(b, false, a, true, false, n, out); \
		else if (operation == SIMD_ADD && b_once)                              \
			return SIMD_NAME(sum_##TYPE##s)(a, false, b, true, false, n, out); \
		else if (operation == SIMD_ADD)                                        \
			return SIMD_NAME(sum_##TYPE##s)(a, false, b, false, false, n,      \
											out);                              \
		else if (a_once)                                                       \
			return SIMD_NAME(sum_##TYPE##s)(a, true, b, false, true, n, out);  \
		else if (b_once)                                                       \
			return SIMD_NAME(sum_##TYPE##s)(a, false, b, true, true, n, out);  \
		else                                                                   \
			return SIMD_NAME(sum_##TYPE##s)(a, false, b, false, true, n, out); \
		return true;                                                           \
	}

DEFINE_INT_ARITHMETIC(i16, Lane16, LaneI16, 16)
DEFINE_INT_ARITHMETIC(i32, Lane32, LaneI32, 32)
DEFINE_INT_ARITHMETIC(i64, Lane64, LaneI64, 64)

#define FLOAT_OPERATION(TYPE, operation)                                    \
	(a_once ? SIMD_NAME(float_##TYPE)(operation, a, true, b, false, n, out) \
	 : b_once                                                               \
		 ? SIMD_NAME(float_##TYPE)(operation, a, false, b, true, n, out)    \
		 : SIMD_NAME(float_##TYPE)(operation, a, false, b, false, n, out))

#define DEFINE_FLOAT_ARITHMETIC(TYPE, LANE, BITS, infinity)                    \
	static inline __attribute__((always_inline)) bool SIMD_NAME(float_##TYPE)( \
		const SimdOperation operation, const LANE *a, const bool a_once,       \
		const LANE *b, const bool b_once, uint32_t n, LANE *out)               \
	{                                                                          \
		const LANE a_first = *a;                                               \
		const LANE b_first = *b;                                               \
		bool bad;                                                              \
		uint32_t i = 0;                                                        \
                                                                               \
		FLOAT_BLOCKS(LANE, BITS, infinity);                                    \
		for (; i < n; i++)                                                     \
		{                                                                      \
			LANE x = LANE_INPUT(a, a_once);                                    \
			LANE y = LANE_INPUT(b, b_once);                                    \
			LANE r = operation == SIMD_ADD		  ? x + y                      \
					 : operation == SIMD_SUBTRACT ? x - y                      \
					 : operation == SIMD_MULTIPLY ? x * y                      \
												  : x / y;                     \
                                                                               \
			bad |=                                                             \
				__builtin_isinf(r) ||                                          \
				(operation == SIMD_MULTIPLY && r == 0 && x != 0 && y != 0) ||  \
				(operation == SIMD_DIVIDE && (y == 0 || (r == 0 && x != 0)));  \
			out[i] = r;                                                        \
		}                                                                      \
		return !bad;                                                           \
	}                                                                          \
                                                                               \
	static bool SIMD_NAME(arithmetic_##TYPE)(                                  \
		SimdOperation operation, const void *a, bool a_once, const void *b,    \
		bool b_once, uint32_t n, void *out)                                    \
	{                                                                          \
		if (n == 0)                                                            \
			return true;                                                       \
		switch (operation)                                                     \
		{                                                                      \
			case SIMD_ADD:                                                     \
				return FLOAT_OPERATION(TYPE, SIMD_ADD);                        \
			case SIMD_SUBTRACT:                                                \
				return FLOAT_OPERATION(TYPE, SIMD_SUBTRACT);                   \
			case SIMD_MULTIPLY:                                                \
				return FLOAT_OPERATION(TYPE, SIMD_MULTIPLY);                   \
			default:                                                           \
				return FLOAT_OPERATION(TYPE, SIMD_DIVIDE);                     \
		}                                                                      \
	}

DEFINE_FLOAT_ARITHMETIC(f32, LaneF32, Lane32, UINT32_C(0xff000000))
DEFINE_FLOAT_ARITHMETIC(f64, LaneF64, Lane64, UINT64_C(0xffe0000000000000))

#define DEFINE_WIDEN(NAME, FROM, TO)                                   \
	static void SIMD_NAME(widen_##NAME)(const void *lanes, uint32_t n, \
										void *out)                     \
	{                                                                  \
		const FROM *from = lanes;                                      \
		TO *to = out;                                                  \
		uint32_t i = 0;                                                \
                                                                       \
		WIDEN_BLOCKS(FROM, TO);                                        \
		for (; i < n; i++)                                             \
			to[i] = (TO) from[i];                                      \
	}

DEFINE_WIDEN(i16_i32, LaneI16, LaneI32)
DEFINE_WIDEN(i16_i64, LaneI16, LaneI64)
DEFINE_WIDEN(i32_i64, LaneI32, LaneI64)
DEFINE_WIDEN(i32_f64, LaneI32, LaneF64)
DEFINE_WIDEN(f32_f64, LaneF32, LaneF64)
