/*
 * kernels.c - the level scalar: plain C, the oracle of the others.
 */
#define SIMD_LEVEL scalar
#define SIMD_BYTES 0
#define SIMD_CRC32C simd_crc32c_table
#include "simd/simd_level_template.h"
