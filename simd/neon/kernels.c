/*
 * kernels.c - the level neon: vectors of 16 bytes of arm64.
 */
#if defined(__aarch64__)

#define SIMD_LEVEL neon
#define SIMD_BYTES 16
#define SIMD_CRC32C simd_crc32c_arm64
#include "simd/simd_level_template.h"

#endif
