/*
 * simd_levels.h - the tables of the levels, one a folder, and the kernels of
 * the checksum; simd_dispatch.c chooses among the tables.
 */
#ifndef SIMD_LEVELS_H
#define SIMD_LEVELS_H

#include "simd/simd.h"

extern const SimdKernels simd_table_scalar;

extern uint32_t simd_crc32c_table(uint32_t crc, const void *bytes,
								  size_t n_bytes);

#if defined(__x86_64__)

extern const SimdKernels simd_table_sse2;
extern const SimdKernels simd_table_avx2;
extern const SimdKernels simd_table_avx512;
extern const SimdKernels simd_table_avx512vbmi2;

extern uint32_t simd_crc32c_sse42(uint32_t crc, const void *bytes,
								  size_t n_bytes);
extern uint32_t simd_crc32c_vpclmul(uint32_t crc, const void *bytes,
									size_t n_bytes);

#elif defined(__aarch64__)

extern const SimdKernels simd_table_neon;

extern uint32_t simd_crc32c_arm64(uint32_t crc, const void *bytes,
								  size_t n_bytes);

#endif

#endif /* SIMD_LEVELS_H */
