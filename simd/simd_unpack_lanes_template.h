/*
 * simd_unpack_lanes_template.h - packing and unpacking for one width of lanes.
 *
 * The including file (simd_unpack_template.h) defines OUT_LANE, OUT_BITS and
 * OUT_NAME(name), and the helpers for rows; they are undefined at the end.
 * Contract: simd.h.
 */

/* One row of T lanes in, the same lanes with base and multiplier out. */
#define WIDEN_ROWS(T, T_BITS)                                                 \
	do                                                                        \
	{                                                                         \
		unsigned row;                                                         \
                                                                              \
		for (row = 0; row < (T_BITS); row++)                                  \
		{                                                                     \
			uint64_t words[ROW_WORDS];                                        \
			const T *lanes = (const T *) words;                               \
			OUT_LANE *to = out + (size_t) row * (1024 / (T_BITS));            \
			int i;                                                            \
                                                                              \
			unpack_row(packed, row, width, (T_BITS), words);                  \
			if (multiplier == 1)                                              \
				for (i = 0; i < 1024 / (T_BITS); i++)                         \
					to[i] = (OUT_LANE) ((OUT_LANE) base + lanes[i]);          \
			else if (OUT_BITS == 64 && (T_BITS) <= 32 &&                      \
					 multiplier <= UINT32_MAX)                                \
				for (i = 0; i < 1024 / (T_BITS); i++)                         \
					to[i] =                                                   \
						(OUT_LANE) (base + (uint64_t) (uint32_t) multiplier * \
											   (uint32_t) lanes[i]);          \
			else                                                              \
				for (i = 0; i < 1024 / (T_BITS); i++)                         \
					to[i] =                                                   \
						(OUT_LANE) (1U * (OUT_LANE) multiplier * lanes[i] +   \
									(OUT_LANE) base);                         \
		}                                                                     \
	} while (0)

static void
OUT_NAME(unpack)(const uint8_t *packed, unsigned width, uint64_t base,
				 uint64_t multiplier, void *lanes_out)
{
	OUT_LANE *restrict out = lanes_out;
	int value;

	if (width == 0)
		for (value = 0; value < SIMD_VECTOR_VALUES; value++)
			out[value] = (OUT_LANE) base;
	else if (width <= 8)
		WIDEN_ROWS(Lane8, 8);
#if OUT_BITS >= 16
	else if (width <= 16)
		WIDEN_ROWS(Lane16, 16);
#endif
#if OUT_BITS >= 32
	else if (width <= 32)
		WIDEN_ROWS(Lane32, 32);
#endif
#if OUT_BITS >= 64
	else
		WIDEN_ROWS(Lane64, 64);
#endif
}

/* One row of lanes in, narrowed to T lanes and packed. */
#define NARROW_ROWS(T, T_BITS)                                              \
	do                                                                      \
	{                                                                       \
		unsigned row;                                                       \
                                                                            \
		for (row = 0; row < (T_BITS); row++)                                \
		{                                                                   \
			uint64_t words[ROW_WORDS];                                      \
			T *narrow = (T *) words;                                        \
			const OUT_LANE *from = in + (size_t) row * (1024 / (T_BITS));   \
			int i;                                                          \
                                                                            \
			if (multiplier == 1)                                            \
				for (i = 0; i < 1024 / (T_BITS); i++)                       \
					narrow[i] = (T) (from[i] - (OUT_LANE) base);            \
			else                                                            \
				for (i = 0; i < 1024 / (T_BITS); i++)                       \
					narrow[i] =                                             \
						(T) (1U *                                           \
							 (T) ((OUT_LANE) (from[i] - (OUT_LANE) base) >> \
								  twos) *                                   \
							 (T) inverse);                                  \
			pack_row(words, row, width, (T_BITS), packed);                  \
		}                                                                   \
	} while (0)

static void
OUT_NAME(pack)(const void *lanes_in, unsigned width, uint64_t base,
			   uint64_t multiplier, uint8_t *packed)
{
	const OUT_LANE *restrict in = lanes_in;
	unsigned twos = (unsigned) __builtin_ctzll(multiplier);
	uint64_t inverse = odd_inverse(multiplier >> twos);

	if (width == 0)
		return;
	if (width <= 8)
		NARROW_ROWS(Lane8, 8);
#if OUT_BITS >= 16
	else if (width <= 16)
		NARROW_ROWS(Lane16, 16);
#endif
#if OUT_BITS >= 32
	else if (width <= 32)
		NARROW_ROWS(Lane32, 32);
#endif
#if OUT_BITS >= 64
	else
		NARROW_ROWS(Lane64, 64);
#endif
}

#undef WIDEN_ROWS
#undef NARROW_ROWS
#undef OUT_LANE
#undef OUT_BITS
#undef OUT_NAME
