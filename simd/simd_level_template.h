/*
 * simd_level_template.h - all kernels of one level, and their table.
 *
 * A level's folder has one file that includes this one; it defines
 *   SIMD_LEVEL  the level's name as a word, also the end of its functions' names
 *   SIMD_BYTES  the bytes of its vectors, 0 for plain C
 *   SIMD_CRC32C the kernel of the checksum
 * and is compiled with the flags that flags.mk has for the folder.
 */
#include "simd/simd.h"
#include "simd/simd_levels.h"

#include <string.h>

#if SIMD_BYTES != 0 && defined(__x86_64__)
#include <immintrin.h>
#elif SIMD_BYTES != 0 && defined(__aarch64__)
#include <arm_neon.h>
#endif

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
typedef int8_t __attribute__((may_alias)) LaneI8;
typedef int16_t __attribute__((may_alias)) LaneI16;
typedef int32_t __attribute__((may_alias)) LaneI32;
typedef int64_t __attribute__((may_alias)) LaneI64;
typedef float __attribute__((may_alias)) LaneF32;
typedef double __attribute__((may_alias)) LaneF64;

/* The lowest n bits, n 0 .. 64. */
static inline uint64_t
SIMD_NAME(low_bits)(unsigned n)
{
	return n >= 64 ? UINT64_MAX : ((uint64_t) 1 << n) - 1;
}

#include "simd/simd_unpack_template.h"
#include "simd/simd_prefix_template.h"
#include "simd/simd_float_template.h"
#include "simd/simd_gather_template.h"
#include "simd/simd_compare_template.h"
#include "simd/simd_reduce_template.h"
#include "simd/simd_select_template.h"
#include "simd/simd_arithmetic_template.h"
#include "simd/simd_hash_template.h"
#include "simd/simd_text_template.h"

#define EACH_LANE(name)                                                 \
	SIMD_NAME(name##_u8), SIMD_NAME(name##_u16), SIMD_NAME(name##_u32), \
		SIMD_NAME(name##_u64)
#define EACH_INT(name)                                                  \
	SIMD_NAME(name##_i8), SIMD_NAME(name##_i16), SIMD_NAME(name##_i32), \
		SIMD_NAME(name##_i64), EACH_LANE(name)
#define EACH_FLOAT(name) SIMD_NAME(name##_f32), SIMD_NAME(name##_f64)

const SimdKernels SIMD_NAME(simd_table) = {
	.name = SIMD_TEXT_VALUE(SIMD_LEVEL),
	.unpack = {EACH_LANE(unpack)},
	.pack = {EACH_LANE(pack)},
	.prefix_sum = {EACH_LANE(prefix_sum)},
	.divide = {EACH_FLOAT(divide)},
	.multiply = {EACH_FLOAT(multiply)},
	.gather = {EACH_LANE(gather), SIMD_NAME(gather_b16)},
	.max_u32 = SIMD_NAME(max_u32),
	.compare = {EACH_INT(compare), EACH_FLOAT(compare)},
	.sum_int = {EACH_INT(sum)},
	.sum_float = {EACH_FLOAT(sum)},
	.min_max = {EACH_INT(min_max), EACH_FLOAT(min_max)},
	.count_bits = SIMD_NAME(count_bits),
	.bitmap_to_selection = SIMD_NAME(bitmap_to_selection),
	.selection_to_bitmap = SIMD_NAME(selection_to_bitmap),
	.compact = {EACH_LANE(compact)},
	.select = {EACH_LANE(select)},
	.arithmetic = {[SIMD_I16] = SIMD_NAME(arithmetic_i16),
				   [SIMD_I32] = SIMD_NAME(arithmetic_i32),
				   [SIMD_I64] = SIMD_NAME(arithmetic_i64),
				   [SIMD_F32] = SIMD_NAME(arithmetic_f32),
				   [SIMD_F64] = SIMD_NAME(arithmetic_f64)},
	.widen = {SIMD_NAME(widen_i16_i32), SIMD_NAME(widen_i16_i64),
			  SIMD_NAME(widen_i32_i64), SIMD_NAME(widen_i32_f64),
			  SIMD_NAME(widen_f32_f64)},
	.hash64 = SIMD_NAME(hash64),
	.find = SIMD_NAME(find),
	.crc32c = SIMD_CRC32C};
