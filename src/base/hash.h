/*
 * hash.h - mixing of 64-bit words, and bytes by it.  Pure C.
 */
#ifndef COL_HASH_H
#define COL_HASH_H

#include <stdint.h>
#include <string.h>

/* Odd, with bits all over. */
#define COL_HASH_FACTOR UINT64_C(0x9e3779b97f4a7c15)

/* Both halves of the product, folded (as in wyhash). */
static inline uint64_t
col_hash_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128) a * b;

	return (uint64_t) product ^ (uint64_t) (product >> 64);
}

/* Of n bytes, 16 at a time, the last ones once more if they do not come out even. */
static inline uint64_t
col_hash_bytes(const uint8_t *bytes, uint32_t n)
{
	uint64_t hash = n * COL_HASH_FACTOR;
	uint64_t words[2] = {0, 0};
	uint32_t i = 0;

	for (; n - i > 16; i += 16)
	{
		memcpy(words, bytes + i, 16);
		hash = col_hash_mix(words[0] ^ hash, words[1] ^ COL_HASH_FACTOR);
	}
	if (n >= 16)
		memcpy(words, bytes + n - 16, 16);
	else if (n >= 8)
	{
		memcpy(&words[0], bytes, 8);
		memcpy(&words[1], bytes + n - 8, 8);
	}
	else
		memcpy(words, bytes, n);
	hash = col_hash_mix(words[0] ^ hash, words[1] ^ COL_HASH_FACTOR);
	return col_hash_mix(hash, ~COL_HASH_FACTOR);
}

#endif /* COL_HASH_H */
