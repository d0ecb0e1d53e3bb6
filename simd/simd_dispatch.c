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

static const char *const features[] = {
	"sse4.2",	  "popcnt",		 "avx2",	  "bmi",	  "bmi2",
	"fma",		  "avx512f",	 "avx512bw",  "avx512dq", "avx512vl",
	"avx512vbmi", "avx512vbmi2", "vpclmulqdq"};

static const Level levels[] = {{&simd_table_scalar, 0},
							   {&simd_table_sse2, 2},
							   {&simd_table_avx2, 6},
							   {&simd_table_avx512, 10},
							   {&simd_table_avx512vbmi2, 13}};

/* The compiler wants names as they stand there. */
static bool
has_feature(unsigned n)
{
	switch (n)
	{
		case 0:
			return __builtin_cpu_supports("sse4.2");
		case 1:
			return __builtin_cpu_supports("popcnt");
		case 2:
			return __builtin_cpu_supports("avx2");
		case 3:
			return __builtin_cpu_supports("bmi");
		case 4:
			return __builtin_cpu_supports("bmi2");
		case 5:
			return __builtin_cpu_supports("fma");
		case 6:
			return __builtin_cpu_supports("avx512f");
		case 7:
			return __builtin_cpu_supports("avx512bw");
		case 8:
			return __builtin_cpu_supports("avx512dq");
		case 9:
			return __builtin_cpu_supports("avx512vl");
		case 10:
			return __builtin_cpu_supports("avx512vbmi");
		case 11:
			return __builtin_cpu_supports("avx512vbmi2");
		case 12:
			return __builtin_cpu_supports("vpclmulqdq");
	}
	return false;
}

#elif defined(__aarch64__)

static const char *const features[] = {"neon", "crc32"};

static const Level levels[] = {{&simd_table_scalar, 0}, {&simd_table_neon, 2}};

/* every arm64 has NEON; the checksum's instructions came with ARMv8.1 */
static bool
has_feature(unsigned n)
{
#if defined(__linux__)
	if (n == 1)
		return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
#endif
	return n < 2;
}

#else

static const char *const features[] = {NULL};

static const Level levels[] = {{&simd_table_scalar, 0}};

static bool
has_feature(unsigned n)
{
	(void) n;
	return false;
}

#endif

#define N_LEVELS (sizeof(levels) / sizeof(levels[0]))
#define N_FEATURES (sizeof(features) / sizeof(features[0]))

const char *
simd_cpu_feature(unsigned n, bool *present)
{
	if (n >= N_FEATURES)
		return NULL;
	*present = has_feature(n);
	return features[n];
}

static bool
runs_here(const Level *level)
{
	unsigned n;

	for (n = 0; n < level->n_features; n++)
		if (!has_feature(n))
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
