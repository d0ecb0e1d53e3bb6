/*
 * simd_level_template.h - all kernels of one level, and their table.
 *
 * A level's folder has one file that includes this one; it defines
 *   SIMD_LEVEL  the level's name as a word, also the end of its functions' names
 *   SIMD_CRC32C the kernel of the checksum
 * and is compiled with the flags that flags.mk has for the folder.
 */
#include "simd/simd.h"
#include "simd/simd_levels.h"

#include <string.h>

#define SIMD_GLUE(name, level) name##_##level
#define SIMD_GLUE_VALUES(name, level) SIMD_GLUE(name, level)
#define SIMD_NAME(name) SIMD_GLUE_VALUES(name, SIMD_LEVEL)
#define SIMD_TEXT(word) #word
#define SIMD_TEXT_VALUE(word) SIMD_TEXT(word)

/* A 64-bit word at any alignment, and lanes that alias anything. */
typedef uint64_t __attribute__((aligned(1), may_alias)) AnyWord;
typedef uint8_t __attribute__((may_alias)) Lane8;
typedef uint16_t __attribute__((may_alias)) Lane16;
typedef uint32_t __attribute__((may_alias)) Lane32;
typedef uint64_t __attribute__((may_alias)) Lane64;

#include "simd/simd_unpack_template.h"
#include "simd/simd_prefix_template.h"
#include "simd/simd_float_template.h"
#include "simd/simd_gather_template.h"

#define SIMD_EACH_LANE(name)                                                \
	{                                                                       \
		SIMD_NAME(name##_u8), SIMD_NAME(name##_u16), SIMD_NAME(name##_u32), \
			SIMD_NAME(name##_u64)                                           \
	}

const SimdKernels SIMD_NAME(simd_table) = {
	.name = SIMD_TEXT_VALUE(SIMD_LEVEL),
	.unpack = SIMD_EACH_LANE(unpack),
	.pack = SIMD_EACH_LANE(pack),
	.prefix_sum = SIMD_EACH_LANE(prefix_sum),
	.divide = {SIMD_NAME(divide_f32), SIMD_NAME(divide_f64)},
	.multiply = {SIMD_NAME(multiply_f32), SIMD_NAME(multiply_f64)},
	.gather = {SIMD_NAME(gather_u8), SIMD_NAME(gather_u16),
			   SIMD_NAME(gather_u32), SIMD_NAME(gather_u64),
			   SIMD_NAME(gather_b16)},
	.max_u32 = SIMD_NAME(max_u32),
	.crc32c = SIMD_CRC32C};
