/*
 * kernels.c - the level avx512: vectors of 64 bytes, AVX-512 F, BW, DQ, VL.
 */
#if defined(__x86_64__)

#define SIMD_LEVEL avx512
#define SIMD_BYTES 64
#define SIMD_CRC32C simd_crc32c_sse42
#include "simd/simd_level_template.h"

#endif
