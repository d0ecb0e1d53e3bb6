/*
 * simd_dispatch.c - which table of kernels runs: asks the CPU, keeps nothing.
 *
 * A table is constant; the question is a load and a test (the compiler's
 * runtime reads CPUID once, before main).  A new level adds its table here, best
 * first, and its folder.
 */
#include "simd/simd.h"
#include "simd/simd_scalar.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#include <asm/hwcap.h>
#endif

#define SCALAR_PACKING                                                       \
	.unpack = {simd_unpack_for_u8, simd_unpack_for_u16, simd_unpack_for_u32, \
			   simd_unpack_for_u64},                                         \
	.pack = {simd_pack_for_u8, simd_pack_for_u16, simd_pack_for_u32,         \
			 simd_pack_for_u64}

static const SimdKernels scalar_kernels = {
	.name = "scalar", SCALAR_PACKING, .crc32c = simd_crc32c_table};

#if defined(__x86_64__)
static const SimdKernels crc_kernels = {
	.name = "scalar+sse4.2", SCALAR_PACKING, .crc32c = simd_crc32c_sse42};
#elif defined(__aarch64__)
static const SimdKernels crc_kernels = {
	.name = "scalar+crc", SCALAR_PACKING, .crc32c = simd_crc32c_arm64};
#endif

const SimdKernels *
simd_kernels_scalar(void)
{
	return &scalar_kernels;
}

const SimdKernels *
simd_kernels(void)
{
#if defined(__x86_64__)
	if (__builtin_cpu_supports("sse4.2"))
		return &crc_kernels;
#elif defined(__aarch64__) && defined(__linux__)
	if ((getauxval(AT_HWCAP) & HWCAP_CRC32) != 0)
		return &crc_kernels;
#elif defined(__aarch64__)
	return &crc_kernels;
#endif
	return &scalar_kernels;
}
