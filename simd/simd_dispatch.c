/*
 * simd_dispatch.c - which table of kernels runs.
 *
 * The best level of the CPU is chosen when the library is loaded (the
 * compiler's runtime asks CPUID, and XCR0 for what the system saves); a lower
 * one may be asked for later.  All levels give the same results, so whoever
 * keeps an older table is right as well.  A new level adds its table here,
 * behind those it is better than.
 */
#include "simd/simd.h"
#include "simd/simd_levels.h"

#include <string.h>

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#include <asm/hwcap.h>
#endif

/*
 * What kernels use of CPUs, and the levels, each of which needs the first so many
 * features.
 */
typedef struct Level
{
	const SimdKernels *kernels;
	unsigned n_features;
} Level;

#if defined(__x86_64__)

#define EACH_FEATURE(DO)                                          \
	DO("sse4.2")                                                  \
	DO("popcnt")                                                  \
	DO("avx2")                                                    \
	DO("bmi")                                                     \
	DO("bmi2")                                                    \
	DO("fma")                                                     \
	DO("avx512f")                                                 \
	DO("avx512bw") DO("avx512dq") DO("avx512vl") DO("avx512vbmi") \
		DO("avx512vbmi2")
#define CPU_HAS(name) (__builtin_cpu_supports(name) != 0)

static const Level levels[] = {{&simd_table_scalar, 0},
							   {&simd_table_sse2, 2},
							   {&simd_table_avx2, 6},
							   {&simd_table_avx512, 10},
							   {&simd_table_avx512vbmi2, 12}};

#elif defined(__aarch64__)

/* every arm64 has NEON; the checksum's instructions came with ARMv8.1 */
#define EACH_FEATURE(DO) DO("neon") DO("crc32")
#if defined(__linux__)
#define CPU_HAS(name) \
	((name)[0] == 'n' || (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0)
#else
#define CPU_HAS(name) true
#endif

static const Level levels[] = {{&simd_table_scalar, 0}, {&simd_table_neon, 2}};

#else

#define EACH_FEATURE(DO)

static const Level levels[] = {{&simd_table_scalar, 0}};

#endif

#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

const char *
simd_cpu_feature(unsigned n, bool *present)
{
#define FEATURE(name)             \
	if (n-- == 0)                 \
	{                             \
		*present = CPU_HAS(name); \
		return name;              \
	}

	EACH_FEATURE(FEATURE)
	(void) n;
	return NULL;
}

static bool
runs_here(const Level *level)
{
	unsigned n;
	bool present;

	for (n = 0; n < level->n_features; n++)
		if (simd_cpu_feature(n, &present) == NULL || !present)
			return false;
	return true;
}

static const SimdKernels *chosen = &simd_table_scalar;

/* The best level up to levels[top] that runs here. */
static const SimdKernels *
best_up_to(size_t top)
{
	while (!runs_here(&levels[top]))
		top--;
	return levels[top].kernels;
}

static void __attribute__((constructor)) choose_at_load(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
#endif
	chosen = best_up_to(N_LEVELS - 1);
}

const SimdKernels *
simd_kernels(void)
{
	return chosen;
}

const SimdKernels *
simd_kernels_scalar(void)
{
	return &simd_table_scalar;
}

const SimdKernels *
simd_level_table(unsigned n)
{
	size_t i;

	for (i = 0; i < N_LEVELS; i++)
		if (runs_here(&levels[i]) && n-- == 0)
			return levels[i].kernels;
	return NULL;
}

const SimdKernels *
simd_set_level(const char *name)
{
	size_t top = N_LEVELS - 1;

	while (top > 0 && strcmp(levels[top].kernels->name, name) != 0)
		top--;
	if (strcmp(levels[top].kernels->name, name) != 0)
		top = N_LEVELS - 1;
	chosen = best_up_to(top);
	return chosen;
}
