/*
 * simd_scalar.h - the kernels of the scalar level and the CRC kernels, as
 * simd_dispatch.c puts them into tables.  Contracts: simd.h.
 */
#ifndef SIMD_SCALAR_H
#define SIMD_SCALAR_H

#include "simd/simd.h"

extern void simd_unpack_for_u8(const uint8_t *packed, unsigned width,
							   uint64_t base, uint64_t multiplier, void *out);
extern void simd_unpack_for_u16(const uint8_t *packed, unsigned width,
								uint64_t base, uint64_t multiplier, void *out);
extern void simd_unpack_for_u32(const uint8_t *packed, unsigned width,
								uint64_t base, uint64_t multiplier, void *out);
extern void simd_unpack_for_u64(const uint8_t *packed, unsigned width,
								uint64_t base, uint64_t multiplier, void *out);

extern void simd_pack_for_u8(const void *lanes, unsigned width, uint64_t base,
							 uint64_t multiplier, uint8_t *packed);
extern void simd_pack_for_u16(const void *lanes, unsigned width, uint64_t base,
							  uint64_t multiplier, uint8_t *packed);
extern void simd_pack_for_u32(const void *lanes, unsigned width, uint64_t base,
							  uint64_t multiplier, uint8_t *packed);
extern void simd_pack_for_u64(const void *lanes, unsigned width, uint64_t base,
							  uint64_t multiplier, uint8_t *packed);

extern uint32_t simd_crc32c_table(uint32_t crc, const void *bytes,
								  size_t n_bytes);

#if defined(__x86_64__)
extern uint32_t simd_crc32c_sse42(uint32_t crc, const void *bytes,
								  size_t n_bytes);
#elif defined(__aarch64__)
extern uint32_t simd_crc32c_arm64(uint32_t crc, const void *bytes,
								  size_t n_bytes);
#endif

#endif /* SIMD_SCALAR_H */
