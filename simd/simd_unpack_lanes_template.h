/*
 * simd_unpack_lanes_template.h - packing and unpacking for one width of lanes.
 *
 * simd_unpack_template.h defines OUT_LANE, OUT_BITS and OUT_NAME(name), which
 * are undefined at the end, and the steps between packed bits and plain lanes.
 * Contract: simd.h.
 */

/* Plain lanes of T bits to out's; for 64 bits of 32 a shorter product will do. */
#if SIMD_BYTES != 0 && defined(__x86_64__)

#define WIDEN(T, OUT)                                                       \
	do                                                                      \
	{                                                                       \
		Lane##T plain[SIMD_VECTOR_VALUES] __attribute__((aligned(64)));     \
		const Vector##OUT bases = (Vector##OUT){0} + (OUT_LANE) base;       \
		const Vector##OUT times = (Vector##OUT){0} + (OUT_LANE) multiplier; \
		Vector##OUT *to = (Vector##OUT *) out;                              \
		const int per_vector = SIMD_BYTES / (int) sizeof(OUT_LANE);         \
                                                                            \
		SIMD_NAME(unpack_plain_u##T)(packed, width, plain);                 \
		if (multiplier == 1)                                                \
			_Pragma("GCC unroll 4") for (i = 0; i < SIMD_VECTOR_VALUES;     \
										 i += per_vector) *to++ =           \
				bases + (Vector##OUT) WIDEN_##T##_##OUT(plain + i);         \
		else if ((OUT) == 64 && multiplier <= UINT32_MAX)                   \
			_Pragma("GCC unroll 4") for (i = 0; i < SIMD_VECTOR_VALUES;     \
										 i += per_vector) *to++ =           \
				bases + (Vector##OUT) SHORT_PRODUCT(                        \
							times, WIDEN_##T##_##OUT(plain + i));           \
		else                                                                \
			_Pragma("GCC unroll 4") for (i = 0; i < SIMD_VECTOR_VALUES;     \
										 i += per_vector) *to++ =           \
				bases + times * (Vector##OUT) WIDEN_##T##_##OUT(plain + i); \
	} while (0)

#else

#define WIDEN(T, OUT)                                                          \
	do                                                                         \
	{                                                                          \
		Lane##T plain[SIMD_VECTOR_VALUES];                                     \
                                                                               \
		SIMD_NAME(unpack_plain_u##T)(packed, width, plain);                    \
		if (multiplier == 1)                                                   \
			for (i = 0; i < SIMD_VECTOR_VALUES; i++)                           \
				out[i] = (OUT_LANE) ((OUT_LANE) base + plain[i]);              \
		else if ((OUT) == 64 && multiplier <= UINT32_MAX)                      \
			for (i = 0; i < SIMD_VECTOR_VALUES; i++)                           \
				out[i] = (OUT_LANE) (base + (uint64_t) (uint32_t) multiplier * \
												(uint32_t) plain[i]);          \
		else                                                                   \
			for (i = 0; i < SIMD_VECTOR_VALUES; i++)                           \
				out[i] = (OUT_LANE) (1U * (OUT_LANE) multiplier * plain[i] +   \
									 (OUT_LANE) base);                         \
	} while (0)

#endif

#define WIDEN_TO(T, OUT) WIDEN(T, OUT)

static void
OUT_NAME(unpack)(const uint8_t *packed, unsigned width, uint64_t base,
				 uint64_t multiplier, void *lanes_out)
{
	OUT_LANE *restrict out = lanes_out;
	int i;

	if (width == 0)
		for (i = 0; i < SIMD_VECTOR_VALUES; i++)
			out[i] = (OUT_LANE) base;
#if OUT_BITS > 8
	else if (width <= 8)
		WIDEN_TO(8, OUT_BITS);
#endif
#if OUT_BITS > 16
	else if (width <= 16)
		WIDEN_TO(16, OUT_BITS);
#endif
#if OUT_BITS > 32
	else if (width <= 32)
		WIDEN_TO(32, OUT_BITS);
#endif
	else if (multiplier == 1)
		OUT_NAME(unpack_words)(packed, width, (OUT_LANE) base, out);
	else
	{
		OUT_NAME(unpack_words)(packed, width, 0, out);
		for (i = 0; i < SIMD_VECTOR_VALUES; i++)
			out[i] = (OUT_LANE) (1U * (OUT_LANE) multiplier * out[i] +
								 (OUT_LANE) base);
	}
}

/* The quotients as plain lanes of T bits, packed. */
#define NARROW(T)                                                             \
	do                                                                        \
	{                                                                         \
		Lane##T plain[SIMD_VECTOR_VALUES] __attribute__((aligned(64)));       \
                                                                              \
		if (multiplier == 1)                                                  \
			for (i = 0; i < SIMD_VECTOR_VALUES; i++)                          \
				plain[i] = (Lane##T)(in[i] - (OUT_LANE) base);                \
		else                                                                  \
			for (i = 0; i < SIMD_VECTOR_VALUES; i++)                          \
				plain[i] = (Lane##T)(                                         \
					1U *                                                      \
					(Lane##T)((OUT_LANE) (in[i] - (OUT_LANE) base) >> twos) * \
					(Lane##T) inverse);                                       \
		SIMD_NAME(pack_words_u##T)(plain, width, packed);                     \
	} while (0)

static void
OUT_NAME(pack)(const void *lanes_in, unsigned width, uint64_t base,
			   uint64_t multiplier, uint8_t *packed)
{
	const OUT_LANE *in = lanes_in;
	unsigned twos = (unsigned) __builtin_ctzll(multiplier);
	uint64_t inverse = SIMD_NAME(odd_inverse)(multiplier >> twos);
	int i;

	if (width == 0)
		return;
	if (width <= 8)
		NARROW(8);
#if OUT_BITS >= 16
	else if (width <= 16)
		NARROW(16);
#endif
#if OUT_BITS >= 32
	else if (width <= 32)
		NARROW(32);
#endif
#if OUT_BITS >= 64
	else
		NARROW(64);
#endif
}

#undef WIDEN
#undef WIDEN_TO
#undef NARROW
#undef OUT_LANE
#undef OUT_BITS
#undef OUT_NAME
