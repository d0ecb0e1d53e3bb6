/*
 * simd_gather_template.h - values of a dictionary by their codes, for one
 * level.  Contracts: simd.h.
 */
typedef struct Value16
{
	uint64_t words[2];
} __attribute__((may_alias, aligned(1))) Value16;

#define DEFINE_GATHER(VALUE, NAME)                                            \
	static void SIMD_NAME(gather_##NAME)(                                     \
		const void *dictionary, const uint32_t *codes, uint32_t n, void *out) \
	{                                                                         \
		const VALUE *values = dictionary;                                     \
		VALUE *restrict to = out;                                             \
		uint32_t i;                                                           \
                                                                              \
		for (i = 0; i < n; i++)                                               \
			to[i] = values[codes[i]];                                         \
	}

DEFINE_GATHER(Lane8, u8)
DEFINE_GATHER(Lane16, u16)
DEFINE_GATHER(Lane32, u32)
DEFINE_GATHER(Lane64, u64)
DEFINE_GATHER(Value16, b16)

#undef DEFINE_GATHER

static uint32_t
SIMD_NAME(max_u32)(const uint32_t *codes, uint32_t n)
{
	uint32_t max = 0;
	uint32_t i;

	for (i = 0; i < n; i++)
		max = codes[i] > max ? codes[i] : max;
	return max;
}
