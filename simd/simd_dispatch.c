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

#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))

typedef struct Level
{
	const SimdKernels *kernels;
	bool (*runs_here)(void);
} Level;

static bool
scalar_runs(void)
{
	return true;
}

#if defined(__x86_64__)

static bool
sse2_runs(void)
{
	return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
}

static bool
avx2_runs(void)
{
	return sse2_runs() && __builtin_cpu_supports("avx2") &&
		   __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
		   __builtin_cpu_supports("fma");
}

static bool
avx512_runs(void)
{
	return avx2_runs() && __builtin_cpu_supports("avx512f") &&
		   __builtin_cpu_supports("avx512bw") &&
		   __builtin_cpu_supports("avx512dq") &&
		   __builtin_cpu_supports("avx512vl");
}

static bool
avx512vbmi2_runs(void)
{
	return avx512_runs() && __builtin_cpu_supports("avx512vbmi") &&
		   __builtin_cpu_supports("avx512vbmi2");
}

static const Level levels[] = {{&simd_table_scalar, scalar_runs},
							   {&simd_table_sse2, sse2_runs},
							   {&simd_table_avx2, avx2_runs},
							   {&simd_table_avx512, avx512_runs},
							   {&simd_table_avx512vbmi2, avx512vbmi2_runs}};

#elif defined(__aarch64__)

/* every arm64 has NEON; the checksum's instructions came with ARMv8.1 */
static bool
neon_runs(void)
{
#if defined(__linux__)
	return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
#else
	return true;
#endif
}

static const Level levels[] = {{&simd_table_scalar, scalar_runs},
							   {&simd_table_neon, neon_runs}};

#else

static const Level levels[] = {{&simd_table_scalar, scalar_runs}};

#endif

static const SimdKernels *chosen = &simd_table_scalar;

/* The best level up to levels[top] that runs here. */
static const SimdKernels *
best_up_to(size_t top)
{
	while (!levels[top].runs_here())
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
		if (levels[i].runs_here() && n-- == 0)
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
