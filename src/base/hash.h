/*
 * hash.h - mixing of 64-bit words.  Pure C.
 */
#ifndef COL_HASH_H
#define COL_HASH_H

#include <stdint.h>

/* Odd, with bits all over. */
#define COL_HASH_FACTOR UINT64_C(0x9e3779b97f4a7c15)

/* Both halves of the product, folded (as in wyhash). */
static inline uint64_t
col_hash_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128) a * b;

	return (uint64_t) product ^ (uint64_t) (product >> 64);
}

#endif /* COL_HASH_H */
