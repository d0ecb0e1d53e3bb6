/*
 * kernels.c - the level sse2: vectors of 16 bytes, SSE2 to SSE4.2.
 */
#if defined(__x86_64__)

#define SIMD_LEVEL sse2
#define SIMD_BYTES 16
#define SIMD_CRC32C simd_crc32c_sse42
#include "simd/simd_level_template.h"

#endif
