/*
 * simd_prefix_template.h - prefix sums of lanes, for one level.  Contract:
 * simd.h.
 */
#define DEFINE_PREFIX_SUM(LANE, BITS)                                         \
	static void SIMD_NAME(prefix_sum_u##BITS)(const void *deltas, uint32_t n, \
											  uint64_t base, void *out)       \
	{                                                                         \
		const LANE *in = deltas;                                              \
		LANE *to = out;                                                       \
		LANE sum = (LANE) base;                                               \
		uint32_t i;                                                           \
                                                                              \
		for (i = 0; i < n; i++)                                               \
		{                                                                     \
			sum = (LANE) (sum + in[i]);                                       \
			to[i] = sum;                                                      \
		}                                                                     \
	}

DEFINE_PREFIX_SUM(Lane8, 8)
DEFINE_PREFIX_SUM(Lane16, 16)
DEFINE_PREFIX_SUM(Lane32, 32)
DEFINE_PREFIX_SUM(Lane64, 64)

#undef DEFINE_PREFIX_SUM
