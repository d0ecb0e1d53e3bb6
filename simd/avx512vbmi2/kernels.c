/*
 * kernels.c - the level avx512vbmi2: AVX-512 with VBMI, VBMI2 and VPCLMULQDQ.
 */
#if defined(__x86_64__)

#define SIMD_LEVEL avx512vbmi2
#define SIMD_BYTES 64
#define SIMD_CRC32C simd_crc32c_vpclmul
#include "simd/simd_level_template.h"

#endif
