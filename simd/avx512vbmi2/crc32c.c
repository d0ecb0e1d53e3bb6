/*
 * crc32c.c - CRC-32C by carry-less multiplication of vectors.  Contract: simd.h.
 *
 * As in "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
 * Instruction" (Gopal and others, 2009): 16 bytes that are followed by d bits
 * count as the product of their halves with x^(d + 32) and x^(d - 32), modulo the
 * polynomial, put d bits on.  Four vectors go on by 256 bytes at a time, then
 * become one, then 16 bytes, of which the instruction for the checksum takes
 * care, as it does of what is too short for this.
 */
#if defined(__x86_64__)

#include "simd/simd_levels.h"

#include <immintrin.h>
#include <string.h>

/* bit-reflected remainders of x^(d + 32) and x^(d - 32), a bit to the left */
#define POWERS_2048 0xdcb17aa4, 0xb9e02b86
#define POWERS_512 0x740eef02, 0x9e4addf8
#define POWERS_384_256_128 \
	0x1c291d04, 0x1d82c63da, 0x1384aa63a, 0xba4fc28e, 0xf20c0dfe, 0x14cd00bd6

#define STEP_BYTES 256

/* bytes put on as far as powers say, and what lies there */
static inline __m512i
fold(__m512i bytes, __m512i powers, __m512i there)
{
	return _mm512_ternarylogic_epi64(
		_mm512_clmulepi64_epi128(bytes, powers, 0x00),
		_mm512_clmulepi64_epi128(bytes, powers, 0x11), there, 0x96);
}

static inline __m512i
load(const uint8_t *at)
{
	return _mm512_loadu_si512((const void *) at);
}

static inline __m512i
all_lanes(long long low, long long high)
{
	return _mm512_set_epi64(high, low, high, low, high, low, high, low);
}

uint32_t
simd_crc32c_vpclmul(uint32_t crc, const void *bytes, size_t n_bytes)
{
	const __m512i far = all_lanes(POWERS_2048);
	const __m512i near = all_lanes(POWERS_512);
	/* the last 16 bytes stay */
	static const uint64_t last_powers[8] = {POWERS_384_256_128};
	const __m512i last = _mm512_loadu_si512((const void *) last_powers);
	const uint8_t *at = bytes;
	__m512i v[4];
	__m512i x;
	__m128i end;
	uint64_t state;
	int i;

	if (n_bytes < STEP_BYTES)
		return simd_crc32c_sse42(crc, bytes, n_bytes);
	for (i = 0; i < 4; i++)
		v[i] = load(at + i * 64);
	v[0] = _mm512_xor_si512(
		v[0], _mm512_zextsi128_si512(_mm_cvtsi32_si128((int) ~crc)));
	at += STEP_BYTES;
	n_bytes -= STEP_BYTES;
	for (; n_bytes >= STEP_BYTES; n_bytes -= STEP_BYTES, at += STEP_BYTES)
		for (i = 0; i < 4; i++)
			v[i] = fold(v[i], far, load(at + i * 64));
	x = fold(v[0], near, v[1]);
	x = fold(x, near, v[2]);
	x = fold(x, near, v[3]);
	for (; n_bytes >= 64; n_bytes -= 64, at += 64)
		x = fold(x, near, load(at));
	end = _mm512_extracti32x4_epi32(x, 3);
	x = fold(x, last, _mm512_setzero_si512());
	end = _mm_xor_si128(end, _mm512_castsi512_si128(x));
	end = _mm_xor_si128(end, _mm512_extracti32x4_epi32(x, 1));
	end = _mm_xor_si128(end, _mm512_extracti32x4_epi32(x, 2));
	state = _mm_crc32_u64(0, (uint64_t) _mm_cvtsi128_si64(end));
	state = _mm_crc32_u64(state, (uint64_t) _mm_extract_epi64(end, 1));
	for (; n_bytes >= 8; n_bytes -= 8, at += 8)
	{
		uint64_t word;

		memcpy(&word, at, 8);
		state = _mm_crc32_u64(state, word);
	}
	for (; n_bytes > 0; n_bytes--)
		state = _mm_crc32_u8((uint32_t) state, *at++);
	return ~(uint32_t) state;
}

#endif
