/*
 * simd_crc32c.c - CRC-32C by table, by SSE 4.2 and by the arm64 CRC
 * instructions.  Contract: simd.h.
 *
 * The instruction takes three cycles and a new one can start each cycle, so the
 * hardware kernels run three streams over neighbouring runs of bytes and join
 * them: the checksum of a run is moved behind n zero bytes by a multiplication
 * modulo the polynomial, here by a table of 4 * 256 words for each of two
 * run lengths (the method of Mark Adler's crc32c.c).  The instruction sets are
 * asked for function by function, so this file needs no flags.
 */
#include "simd/simd.h"
#include "simd/simd_levels.h"

#include "simd/simd_crc32c_tables.h"

#include <string.h>

uint32_t
simd_crc32c_table(uint32_t crc, const void *bytes, size_t n_bytes)
{
	const uint8_t *at = bytes;

	crc = ~crc;
	while (n_bytes >= 8)
	{
		uint64_t word;

		memcpy(&word, at, 8);
		word ^= crc;
		crc =
			crc32c_tables[7][word & 0xff] ^ crc32c_tables[6][word >> 8 & 0xff] ^
			crc32c_tables[5][word >> 16 & 0xff] ^
			crc32c_tables[4][word >> 24 & 0xff] ^
			crc32c_tables[3][word >> 32 & 0xff] ^
			crc32c_tables[2][word >> 40 & 0xff] ^
			crc32c_tables[1][word >> 48 & 0xff] ^ crc32c_tables[0][word >> 56];
		at += 8;
		n_bytes -= 8;
	}
	for (; n_bytes > 0; n_bytes--)
		crc = crc32c_tables[0][(crc ^ *at++) & 0xff] ^ crc >> 8;
	return ~crc;
}

#if defined(__x86_64__)

#include <nmmintrin.h>
#define CRC_TARGET __attribute__((target("sse4.2")))
#define CRC_U64(crc, word) _mm_crc32_u64((crc), (word))
#define CRC_U8(crc, byte) _mm_crc32_u8((uint32_t) (crc), (byte))
#define CRC_FUNCTION simd_crc32c_sse42
#include "simd/simd_crc32c_template.h"

#elif defined(__aarch64__)

#if defined(__clang__)
#define CRC_TARGET __attribute__((target("crc")))
#define CRC_U64(crc, word) __builtin_arm_crc32cd((uint32_t) (crc), (word))
#define CRC_U8(crc, byte) __builtin_arm_crc32cb((uint32_t) (crc), (byte))
#else
#define CRC_TARGET __attribute__((target("+crc")))
#define CRC_U64(crc, word) __builtin_aarch64_crc32cx((uint32_t) (crc), (word))
#define CRC_U8(crc, byte) __builtin_aarch64_crc32cb((uint32_t) (crc), (byte))
#endif
#define CRC_FUNCTION simd_crc32c_arm64
#include "simd/simd_crc32c_template.h"

#endif
