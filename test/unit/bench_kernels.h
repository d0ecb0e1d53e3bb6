/*
 * bench_kernels.h - micro-benchmark of the kernels.
 */
#ifndef TEST_BENCH_KERNELS_H
#define TEST_BENCH_KERNELS_H

/*
 * Prints values per cycle of each kernel at each level, beside the target of
 * the best level where there is one.
 */
extern void bench_kernels(void);

#endif /* TEST_BENCH_KERNELS_H */
