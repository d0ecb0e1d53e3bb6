/*
 * simd_arithmetic_template.h - operations on two columns of lanes, and wider lanes, for
 * one level.  Contracts: simd.h.
 *
 * Whether all results are right is found on the way: a sum that overflows differs in sign
 * from what was added; products fit if the bits of the largest factors do; floats that
 * overflow or underflow come out infinite, or zero.
 *
 * Steps are written once, for blocks of lanes: vectors, and single lanes in plain C and
 * behind the last whole vector.
 */
#if SIMD_BYTES != 0
#define BLOCK_BYTES(LANE) SIMD_BYTES
#else
#define BLOCK_BYTES(LANE) sizeof(LANE)
#endif
#define BLOCK_LANES(LANE) (BLOCK_BYTES(LANE) / sizeof(LANE))

#define DEFINE_BLOCKS(LANE)                                                    \
	typedef LANE                                                               \
		__attribute__((vector_size(BLOCK_BYTES(LANE)), aligned(1), may_alias)) \
		Block##LANE;                                                           \
	typedef LANE                                                               \
		__attribute__((vector_size(sizeof(LANE)), aligned(1), may_alias))      \
		One##LANE;

DEFINE_BLOCKS(Lane16)
DEFINE_BLOCKS(Lane32)
DEFINE_BLOCKS(Lane64)
DEFINE_BLOCKS(LaneI16)
DEFINE_BLOCKS(LaneI32)
DEFINE_BLOCKS(LaneI64)
DEFINE_BLOCKS(LaneF32)
DEFINE_BLOCKS(LaneF64)

/* The lanes of a block from i on, or the first in each; a difference keeps -0.0. */
#define INPUT(BLOCK, lanes, once)                  \
	((once) ? (BLOCK) (lanes##_first - (BLOCK){0}) \
			: *(const BLOCK *) ((lanes) + i))

#define IS_NOT_ZERO(block) SIMD_NAME(is_not_zero)(&(block), sizeof(block))

static inline bool
SIMD_NAME(is_not_zero)(const void *block, size_t n_bytes)
{
	const uint8_t *bytes = block;
	uint8_t any = 0;
	size_t i;

	for (i = 0; i < n_bytes; i++)
		any |= bytes[i];
	return any != 0;
}

#define SUM_STEP(BLOCK, over)                         \
	do                                                \
	{                                                 \
		BLOCK x = INPUT(BLOCK, a, a_once);            \
		BLOCK y = INPUT(BLOCK, b, b_once);            \
		BLOCK r = subtract ? x - y : x + y;           \
                                                      \
		over |= (x ^ r) & (subtract ? x ^ y : y ^ r); \
		*(BLOCK *) (out + i) = r;                     \
	} while (0)

#define PRODUCT_STEP(BLOCK) \
	*(BLOCK *) (out + i) = INPUT(BLOCK, a, a_once) * INPUT(BLOCK, b, b_once)

/* Lanes are those of LANE without a sign; SIGNED's have one. */
#define DEFINE_INT_ARITHMETIC(TYPE, LANE, SIGNED, BITS)                        \
	static inline __attribute__((always_inline)) bool SIMD_NAME(               \
		sum_##TYPE##s)(const LANE *a, const bool a_once, const LANE *b,        \
					   const bool b_once, const bool subtract, uint32_t n,     \
					   LANE *out)                                              \
	{                                                                          \
		const LANE a_first = *a;                                               \
		const LANE b_first = *b;                                               \
		Block##LANE overs = {0};                                               \
		One##LANE over = {0};                                                  \
		uint32_t i = 0;                                                        \
                                                                               \
		for (; n - i >= BLOCK_LANES(LANE); i += BLOCK_LANES(LANE))             \
			SUM_STEP(Block##LANE, overs);                                      \
		for (; i < n; i++)                                                     \
			SUM_STEP(One##LANE, over);                                         \
		overs >>= BITS - 1;                                                    \
		over >>= BITS - 1;                                                     \
		return !IS_NOT_ZERO(overs) && !IS_NOT_ZERO(over);                      \
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
		for (; n - i >= BLOCK_LANES(LANE); i += BLOCK_LANES(LANE))             \
			PRODUCT_STEP(Block##LANE);                                         \
		for (; i < n; i++)                                                     \
			PRODUCT_STEP(One##LANE);                                           \
	}                                                                          \
                                                                               \
	/* bits of the largest of n lanes without its sign */                      \
	static int SIMD_NAME(magnitude_##TYPE)(const SIGNED *lanes, uint32_t n)    \
	{                                                                          \
		Block##SIGNED anys = {0};                                              \
		SIGNED folded[BLOCK_LANES(SIGNED)];                                    \
		SIGNED any = 0;                                                        \
		uint32_t i = 0;                                                        \
		uint32_t k;                                                            \
                                                                               \
		for (; n - i >= BLOCK_LANES(SIGNED); i += BLOCK_LANES(SIGNED))         \
		{                                                                      \
			Block##SIGNED x = *(const Block##SIGNED *) (lanes + i);            \
                                                                               \
			anys |= x ^ (x >> (BITS - 1));                                     \
		}                                                                      \
		memcpy(folded, &anys, sizeof(folded));                                 \
		for (k = 0; k < BLOCK_LANES(SIGNED); k++)                              \
			any |= folded[k];                                                  \
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

/* Of floats without their sign. */
#define IS_ZERO(bits) (((bits) << 1) == 0)
#define IS_INFINITE(bits, infinity) (((bits) << 1) == (infinity))

#define FLOAT_STEP(BLOCK, BITS_BLOCK, infinity, bad)               \
	do                                                             \
	{                                                              \
		BLOCK x = INPUT(BLOCK, a, a_once);                         \
		BLOCK y = INPUT(BLOCK, b, b_once);                         \
		BLOCK r = operation == SIMD_ADD		   ? x + y             \
				  : operation == SIMD_SUBTRACT ? x - y             \
				  : operation == SIMD_MULTIPLY ? x * y             \
											   : x / y;            \
                                                                   \
		bad |= (BITS_BLOCK) IS_INFINITE((BITS_BLOCK) r, infinity); \
		if (operation == SIMD_MULTIPLY)                            \
			bad |= (BITS_BLOCK) (IS_ZERO((BITS_BLOCK) r) &         \
								 ~(IS_ZERO((BITS_BLOCK) x) |       \
								   IS_ZERO((BITS_BLOCK) y)));      \
		else if (operation == SIMD_DIVIDE)                         \
			bad |= (BITS_BLOCK) (IS_ZERO((BITS_BLOCK) y) |         \
								 (IS_ZERO((BITS_BLOCK) r) &        \
								  ~IS_ZERO((BITS_BLOCK) x)));      \
		*(BLOCK *) (out + i) = r;                                  \
	} while (0)

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
		Block##BITS bads = {0};                                                \
		One##BITS bad = {0};                                                   \
		uint32_t i = 0;                                                        \
                                                                               \
		for (; n - i >= BLOCK_LANES(LANE); i += BLOCK_LANES(LANE))             \
			FLOAT_STEP(Block##LANE, Block##BITS, infinity, bads);              \
		for (; i < n; i++)                                                     \
			FLOAT_STEP(One##LANE, One##BITS, infinity, bad);                   \
		return !IS_NOT_ZERO(bads) && !IS_NOT_ZERO(bad);                        \
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

/* As many lanes as a block of TO has. */
#define DEFINE_WIDEN(NAME, FROM, TO)                                    \
	static void SIMD_NAME(widen_##NAME)(const void *lanes, uint32_t n,  \
										void *out)                      \
	{                                                                   \
		typedef FROM                                                    \
			__attribute__((vector_size(BLOCK_LANES(TO) * sizeof(FROM)), \
						   aligned(1), may_alias)) Narrow;              \
		const FROM *from = lanes;                                       \
		TO *to = out;                                                   \
		uint32_t i = 0;                                                 \
                                                                        \
		for (; n - i >= BLOCK_LANES(TO); i += BLOCK_LANES(TO))          \
			*(Block##TO *) (to + i) = __builtin_convertvector(          \
				*(const Narrow *) (from + i), Block##TO);               \
		for (; i < n; i++)                                              \
			to[i] = (TO) from[i];                                       \
	}

DEFINE_WIDEN(i16_i32, LaneI16, LaneI32)
DEFINE_WIDEN(i16_i64, LaneI16, LaneI64)
DEFINE_WIDEN(i32_i64, LaneI32, LaneI64)
DEFINE_WIDEN(i32_f64, LaneI32, LaneF64)
DEFINE_WIDEN(f32_f64, LaneF32, LaneF64)
