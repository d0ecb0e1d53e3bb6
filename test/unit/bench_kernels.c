/*
 * bench_kernels.c - values per cycle of each kernel at each level.
 *
 * Cycles are not counted but timed: a chain of additions, each of which needs
 * the one before and so takes a cycle, says how many cycles of this core pass
 * in a second while nothing else is measured.  It runs before each case, as the
 * clock changes with load.  A case is called often on inputs in the nearest
 * cache; the best of many samples counts.
 */
#include "test/unit/bench_kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "simd/simd.h"
#include "test/unit/harness.h"

#define ROWS SIMD_VECTOR_VALUES
#define SAMPLES 60
#define TEXT_BYTES 16384

#define ALIGNED __attribute__((aligned(64)))

static uint8_t packed[SIMD_PACKED_BYTES(64)] ALIGNED;
static uint64_t lanes[ROWS] ALIGNED;
static double floats[ROWS] ALIGNED;
static uint32_t codes[ROWS] ALIGNED;
static uint64_t dictionary[512] ALIGNED;
static uint16_t selection[ROWS] ALIGNED;
static uint64_t bitmap[ROWS / 64] ALIGNED;
static uint64_t half[ROWS / 64] ALIGNED;
static uint64_t out[2 * ROWS + 64] ALIGNED;
static uint8_t text[TEXT_BYTES] ALIGNED;

/* What a case is given: a width of bits, or whatever it makes of it. */
typedef void (*Run)(const SimdKernels *kernels, unsigned argument);

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static double
cycles_in_second(void)
{
	double best = 1e9;
	uint64_t sum = 1;
	uint64_t step = (uint64_t) SAMPLES;
	int sample;

	/* a number in a register: some cores add constants without a cycle */
	__asm__ volatile("" : "+r"(step));
	for (sample = 0; sample < SAMPLES; sample++)
	{
		double start = seconds();
		int i;
		int k;

		for (i = 0; i < 1000; i++)
#pragma GCC unroll 32
			for (k = 0; k < 32; k++)
			{
				sum += step;
				__asm__ volatile("" : "+r"(sum));
			}
		start = seconds() - start;
		best = start < best ? start : best;
	}
	return 32000 / best;
}

static double
values_per_cycle(const SimdKernels *kernels, Run run, unsigned argument,
				 double values)
{
	double frequency = cycles_in_second();
	double best = 1e9;
	int calls = 8;
	int sample;

	for (sample = 0; sample < SAMPLES; sample++)
	{
		double start = seconds();
		int i;

		for (i = 0; i < calls; i++)
			run(kernels, argument);
		start = (seconds() - start) / calls;
		best = start < best ? start : best;
		/* 20 microseconds and more, less than a time slice */
		if (start * calls < 20e-6)
			calls *= 2;
	}
	return values / (best * frequency);
}

/* A line: the levels one beside the other, and what the best should reach. */
static void
bench(const char *name, Run run, unsigned argument, double values,
	  double target)
{
	const SimdKernels *kernels;
	unsigned n;

	printf("%-34s", name);
	for (n = 0; (kernels = simd_level_table(n)) != NULL; n++)
		printf(" %12.2f", values_per_cycle(kernels, run, argument, values));
	if (target > 0)
		printf("   target %g", target);
	printf("\n");
	fflush(stdout);
}

/* argument: width * 4 + lane */
static void
run_unpack(const SimdKernels *kernels, unsigned argument)
{
	kernels->unpack[argument % 4](packed, argument / 4, 1000, 1, out);
}

static void
run_unpack_times(const SimdKernels *kernels, unsigned argument)
{
	kernels->unpack[argument % 4](packed, argument / 4, 1000, 60000000, out);
}

static void
run_pack(const SimdKernels *kernels, unsigned argument)
{
	kernels->pack[argument % 4](lanes, argument / 4, 0, 1, packed);
}

static void
bench_packing(void)
{
	static const unsigned widths[] = {1,  3,  5,  7,  8,  9,  11, 13,
									  16, 17, 20, 25, 32, 33, 40, 57};
	static const double targets[] = {30, 17, 10, 5};
	char name[64];
	unsigned lane;
	size_t w;

	for (lane = 0; lane < 4; lane++)
		for (w = 0; w < sizeof(widths) / sizeof(widths[0]); w++)
		{
			if (widths[w] > 8U << lane)
				break;
			snprintf(name, sizeof(name), "unpack %u bits to u%u", widths[w],
					 8U << lane);
			bench(name, run_unpack, widths[w] * 4 + lane, ROWS, targets[lane]);
		}
	for (lane = 0; lane < 4; lane++)
	{
		snprintf(name, sizeof(name), "unpack 5 bits to u%u, times", 8U << lane);
		bench(name, run_unpack_times, 5 * 4 + lane, ROWS, 0);
	}
	bench("unpack 20 bits to u64, times", run_unpack_times, 20 * 4 + 3, ROWS,
		  0);
	memset(lanes, 0, sizeof(lanes));
	for (lane = 0; lane < 4; lane++)
		for (w = 2; w < 13 && (8U << lane) > widths[w]; w += 5)
		{
			snprintf(name, sizeof(name), "pack u%u to %u bits", 8U << lane,
					 widths[w]);
			bench(name, run_pack, widths[w] * 4 + lane, ROWS, 0);
		}
}

static void
run_prefix(const SimdKernels *kernels, unsigned lane)
{
	kernels->prefix_sum[lane](lanes, ROWS, 7, out);
}

static void
run_divide(const SimdKernels *kernels, unsigned width)
{
	kernels->divide[width](lanes, ROWS, 2, out);
}

static void
run_multiply(const SimdKernels *kernels, unsigned width)
{
	kernels->multiply[width](lanes, ROWS, 0.25, out);
}

static void
run_gather(const SimdKernels *kernels, unsigned lane)
{
	kernels->gather[lane](dictionary, codes, ROWS, out);
}

static void
run_max(const SimdKernels *kernels, unsigned argument)
{
	(void) argument;
	out[0] = kernels->max_u32(codes, ROWS);
}

/* argument: operator * 16 + type */
static void
run_compare(const SimdKernels *kernels, unsigned argument)
{
	static const uint64_t constants[2] = {0, 77};
	unsigned type = argument % 16;

	kernels->compare[type](type < SIMD_F32 ? (void *) lanes : (void *) floats,
						   ROWS, (SimdCompareOp) (argument / 16), constants,
						   out);
}

/* argument: whole * 16 + type */
static void
run_sum(const SimdKernels *kernels, unsigned argument)
{
	const uint64_t *rows = argument >= 16 ? NULL : half;
	unsigned type = argument % 16;

	if (type < SIMD_F32)
		out[0] = (uint64_t) kernels->sum_int[type](lanes, ROWS, rows);
	else
		out[0] =
			(uint64_t) kernels->sum_float[type - SIMD_F32](floats, ROWS, rows);
}

static void
run_min_max(const SimdKernels *kernels, unsigned argument)
{
	unsigned type = argument % 16;

	kernels->min_max[type](type < SIMD_F32 ? (void *) lanes : (void *) floats,
						   ROWS, argument >= 16 ? NULL : half, out, out + 1);
}

static void
run_count(const SimdKernels *kernels, unsigned argument)
{
	(void) argument;
	out[0] = kernels->count_bits(bitmap, ROWS);
}

static void
run_to_selection(const SimdKernels *kernels, unsigned argument)
{
	(void) argument;
	kernels->bitmap_to_selection(half, ROWS, (uint16_t *) out);
}

static void
run_to_bitmap(const SimdKernels *kernels, unsigned argument)
{
	(void) argument;
	kernels->selection_to_bitmap(selection, ROWS / 2, ROWS, out);
}

static void
run_compact(const SimdKernels *kernels, unsigned lane)
{
	kernels->compact[lane](lanes, ROWS, half, out);
}

static void
run_select(const SimdKernels *kernels, unsigned lane)
{
	kernels->select[lane](lanes, selection, ROWS / 2, out);
}

static void
run_arithmetic(const SimdKernels *kernels, unsigned argument)
{
	kernels->arithmetic[argument % 16]((SimdOperation) (argument / 16), lanes,
									   false, lanes, false, ROWS, out);
}

static void
run_widen(const SimdKernels *kernels, unsigned argument)
{
	kernels->widen[argument](lanes, ROWS, out);
}

static void
bench_arithmetic(void)
{
	static const SimdType types[] = {SIMD_I16, SIMD_I32, SIMD_I64, SIMD_F32,
									 SIMD_F64};
	static const char *const names[] = {"i16", "i32", "i64", "f32", "f64"};
	char name[64];
	unsigned t;

	memset(lanes, 0, sizeof(lanes));
	for (t = 0; t < 5; t++)
	{
		snprintf(name, sizeof(name), "add %s", names[t]);
		bench(name, run_arithmetic, SIMD_ADD * 16 + types[t], ROWS, 0);
		snprintf(name, sizeof(name), "product %s", names[t]);
		bench(name, run_arithmetic, SIMD_MULTIPLY * 16 + types[t], ROWS, 0);
	}
	bench("widen i16 to i32", run_widen, SIMD_I16_TO_I32, ROWS, 0);
	bench("widen i32 to i64", run_widen, SIMD_I32_TO_I64, ROWS, 0);
	bench("widen i32 to f64", run_widen, SIMD_I32_TO_F64, ROWS, 0);
}

static void
run_hash(const SimdKernels *kernels, unsigned argument)
{
	(void) argument;
	kernels->hash64(lanes, ROWS, out);
}

static void
run_find(const SimdKernels *kernels, unsigned argument)
{
	(void) argument;
	out[0] =
		kernels->find(text, sizeof(text), 0, (const uint8_t *) "columnar", 8);
}

static void
run_crc(const SimdKernels *kernels, unsigned argument)
{
	out[0] = kernels->crc32c(0, text, argument);
}

static void
bench_types(const char *what, Run run, unsigned argument, const double *targets)
{
	static const char *const names[SIMD_N_TYPES] = {
		"i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64"};
	char name[64];
	unsigned type;

	for (type = 0; type < SIMD_N_TYPES; type++)
	{
		if (type >= SIMD_U8 && type < SIMD_U64)
			continue;
		snprintf(name, sizeof(name), "%s %s", what, names[type]);
		bench(name, run, argument * 16 + type, ROWS, targets[type]);
	}
}

static void
bench_lanes(const char *what, Run run, unsigned n_lanes, double target)
{
	char name[64];
	unsigned lane;

	for (lane = 0; lane < n_lanes; lane++)
	{
		snprintf(name, sizeof(name), "%s %u bytes", what, 1U << lane);
		bench(name, run, lane, ROWS, target);
	}
}

static void
fill_inputs(void)
{
	uint32_t n_selected = 0;
	uint32_t i;

	for (i = 0; i < ROWS; i++)
	{
		lanes[i] = test_random() >> 12;
		floats[i] = (double) (lanes[i] >> 20) - 1e9;
		codes[i] = (uint32_t) test_below(512);
	}
	for (i = 0; i < ROWS / 64; i++)
	{
		uint64_t chosen = 0;

		bitmap[i] = test_random();
		/* half of the rows, exactly */
		while (__builtin_popcountll(chosen) < 32)
			chosen |= (uint64_t) 1 << test_below(64);
		half[i] = chosen;
	}
	for (i = 0; i < ROWS; i++)
		if (half[i / 64] >> i % 64 & 1)
			selection[n_selected++] = (uint16_t) i;
	for (i = 0; i < sizeof(packed); i++)
		packed[i] = (uint8_t) test_random();
	for (i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t) ('a' + test_below(26));
}

void
bench_kernels(void)
{
	static const double compare_targets[SIMD_N_TYPES] = {
		[SIMD_I32] = 12, [SIMD_I64] = 6, [SIMD_F32] = 12, [SIMD_F64] = 6};
	static const double sum_targets[SIMD_N_TYPES] = {[SIMD_I32] = 8};
	static const double min_max_targets[SIMD_N_TYPES] = {[SIMD_F64] = 6};
	static const double none[SIMD_N_TYPES] = {0};
	const SimdKernels *kernels;
	unsigned n;

	printf("values per cycle, %.2f GHz   ", cycles_in_second() / 1e9);
	printf("      ");
	for (n = 0; (kernels = simd_level_table(n)) != NULL; n++)
		printf(" %12s", kernels->name);
	printf("\n");
	fill_inputs();
	bench_packing();
	fill_inputs();
	bench_types("compare < ", run_compare, SIMD_LT, compare_targets);
	bench_types("between", run_compare, SIMD_BETWEEN, none);
	bench_types("sum", run_sum, 1, sum_targets);
	bench_types("sum of half", run_sum, 0, sum_targets);
	bench_types("min and max", run_min_max, 1, min_max_targets);
	bench_types("min and max of half", run_min_max, 0, none);
	bench("count bits", run_count, 0, ROWS, 0);
	bench("bitmap to selection, of rows", run_to_selection, 0, ROWS, 5);
	bench("selection to bitmap, of chosen", run_to_bitmap, 0, ROWS / 2, 0);
	bench_lanes("compact half, of rows,", run_compact, 4, 5);
	bench_lanes("select half, of chosen,", run_select, 4, 0);
	bench_lanes("prefix sum", run_prefix, 4, 0);
	bench("divide int32", run_divide, 0, ROWS, 0);
	bench("divide int64", run_divide, 1, ROWS, 0);
	bench("multiply int32", run_multiply, 0, ROWS, 0);
	bench("multiply int64", run_multiply, 1, ROWS, 0);
	bench_lanes("gather", run_gather, 5, 1);
	bench("largest code", run_max, 0, ROWS, 0);
	bench_arithmetic();
	bench("hash of 8 bytes", run_hash, 0, ROWS, 2);
	bench("search, bytes", run_find, 0, sizeof(text), 0);
	bench("crc32c of 128, bytes", run_crc, 128, 128, 0);
	bench("crc32c of 8192, bytes", run_crc, 8192, 8192, 0);
}
