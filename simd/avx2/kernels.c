/*
 * kernels.c - the level avx2: vectors of 32 bytes, AVX2, BMI2, FMA.
 */
#if defined(__x86_64__)

#define SIMD_LEVEL avx2
#define SIMD_BYTES 32
#define SIMD_CRC32C simd_crc32c_sse42
#include "simd/simd_level_template.h"

#endif
