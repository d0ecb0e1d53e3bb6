/*
 * random.h - random numbers of the generators: whole numbers only, so that a
 * table is the same on every machine.
 */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

typedef struct Random
{
	uint64_t state;
} Random;

/* Bits of x well mixed (the finalizer of splitmix64). */
static inline uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static inline Random
random_of(uint64_t seed)
{
	return (Random){mix(seed) | 1};
}

/* 64 random bits (xorshift64*). */
static inline uint64_t
next(Random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 0x2545f4914f6cdd1d;
}

/* 0 to n - 1, all equally likely. */
static inline uint32_t
below(Random *r, uint32_t n)
{
	return (uint32_t) (((next(r) >> 32) * n) >> 32);
}

static inline int64_t
between(Random *r, int64_t low, int64_t high)
{
	return low + (int64_t) (((unsigned __int128) next(r) *
							 (uint64_t) (high - low + 1)) >>
							64);
}

/* True n times out of 1000. */
static inline int
chance(Random *r, uint32_t n)
{
	return below(r, 1000) < n;
}

/*
 * A rank from 0 to 2^bits - 2, the popular ones first, as Zipf has it: each
 * doubling of the rank is as likely as the one before.
 */
static inline uint32_t
skewed(Random *r, unsigned bits)
{
	uint32_t first = (uint32_t) 1 << below(r, bits);

	return first + below(r, first) - 1;
}

#endif
