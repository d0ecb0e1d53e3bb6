/*
 * test_simd.c - kernels against oracles that are written the slow way: every
 * width and lane, every length of a checksum, any alignment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "simd/simd.h"
#include "test/unit/guarded.h"
#include "test/unit/harness.h"

/* value i of a packed vector, bit by bit, straight from the layout's text */
static uint64_t
oracle_unpack(const uint8_t *packed, unsigned width, unsigned i)
{
	unsigned bits = width <= 8 ? 8 : width <= 16 ? 16 : width <= 32 ? 32 : 64;
	unsigned lanes = 1024 / bits;
	unsigned lane = i % lanes;
	unsigned row = i / lanes;
	uint64_t value = 0;
	unsigned b;

	for (b = 0; b < width; b++)
	{
		unsigned bit = row * width + b;
		unsigned byte = bit / bits * 128 + lane * (bits / 8) + bit % bits / 8;

		value |= (uint64_t) (packed[byte] >> bit % 8 & 1) << b;
	}
	return value;
}

static uint64_t
lane_of(const void *lanes, unsigned lane_bytes, unsigned i)
{
	uint64_t value = 0;

	memcpy(&value, (const uint8_t *) lanes + (size_t) i * lane_bytes,
		   lane_bytes);
	return value;
}

static uint64_t
lane_mask(unsigned lane_bytes)
{
	return lane_bytes == 8 ? UINT64_MAX : ((uint64_t) 1 << lane_bytes * 8) - 1;
}

/* Packed bytes end at or before a page that must not be read. */
static void
check_unpack(const SimdKernels *kernels, unsigned width, unsigned lane_bytes,
			 uint64_t base, uint64_t multiplier)
{
	static uint64_t out[SIMD_VECTOR_VALUES];
	size_t n_bytes = SIMD_PACKED_BYTES(width);
	size_t misaligned = test_below(2) ? 0 : test_below(8);
	Guarded guarded;
	uint8_t *packed;
	bool good = true;
	unsigned i;

	guarded_open(&guarded);
	packed = guarded.end - n_bytes - misaligned;
	for (i = 0; i < n_bytes; i++)
		packed[i] = (uint8_t) test_random();
	test_context("unpack %s, width %u to %u bytes", kernels->name, width,
				 lane_bytes);
	kernels->unpack[simd_lane_index(lane_bytes)](packed, width, base,
												 multiplier, out);
	for (i = 0; i < SIMD_VECTOR_VALUES && good; i++)
	{
		uint64_t value = oracle_unpack(packed, width, i);

		good = CHECK(simd_unpack_one(packed, width, i) == value) &&
			   CHECK(lane_of(out, lane_bytes, i) ==
					 ((base + multiplier * value) & lane_mask(lane_bytes)));
	}
	guarded_close(&guarded);
}

static void
unpack_every_width(void)
{
	const SimdKernels *kernels;
	unsigned lane_bytes;
	unsigned width;
	unsigned n;

	for (n = 0; (kernels = simd_level_table(n)) != NULL; n++)
		for (lane_bytes = 1; lane_bytes <= 8; lane_bytes *= 2)
			for (width = 0; width <= lane_bytes * 8; width++)
			{
				check_unpack(kernels, width, lane_bytes, 0, 1);
				check_unpack(kernels, width, lane_bytes, test_random(), 1);
				check_unpack(kernels, width, lane_bytes, test_random(),
							 60000000);
				check_unpack(kernels, width, lane_bytes, test_random(),
							 test_random());
			}
}

static void
check_pack(const SimdKernels *kernels, unsigned width, unsigned lane_bytes,
		   uint64_t multiplier)
{
	static uint64_t lanes[SIMD_VECTOR_VALUES];
	uint64_t base = test_random();
	size_t n_bytes = SIMD_PACKED_BYTES(width);
	uint8_t *packed = malloc(n_bytes + 1);
	uint64_t limit = width == 64 ? UINT64_MAX : ((uint64_t) 1 << width) - 1;
	uint64_t values[SIMD_VECTOR_VALUES];
	bool good = true;
	unsigned i;

	if (limit > lane_mask(lane_bytes) / multiplier)
		limit = lane_mask(lane_bytes) / multiplier;
	for (i = 0; i < SIMD_VECTOR_VALUES; i++)
	{
		uint64_t lane;

		values[i] = limit == UINT64_MAX ? test_random() : test_below(limit + 1);
		lane = base + multiplier * values[i];
		memcpy((uint8_t *) lanes + (size_t) i * lane_bytes, &lane, lane_bytes);
	}
	packed[n_bytes] = 0x5a;
	test_context("pack %s, width %u of %u bytes by %llu", kernels->name, width,
				 lane_bytes, (unsigned long long) multiplier);
	kernels->pack[simd_lane_index(lane_bytes)](lanes, width, base, multiplier,
											   packed);
	CHECK(packed[n_bytes] == 0x5a);
	for (i = 0; i < SIMD_VECTOR_VALUES && good; i++)
		good = CHECK(oracle_unpack(packed, width, i) ==
					 (width == 0 ? 0 : values[i]));
	free(packed);
}

static void
pack_every_width(void)
{
	static const uint64_t multipliers[] = {1, 2, 3, 7, 60, 100};
	const SimdKernels *kernels;
	unsigned lane_bytes;
	unsigned width;
	unsigned m;
	unsigned n;

	for (n = 0; (kernels = simd_level_table(n)) != NULL; n++)
	{
		for (lane_bytes = 1; lane_bytes <= 8; lane_bytes *= 2)
			for (width = 0; width <= lane_bytes * 8; width++)
				for (m = 0; m < 6; m++)
					check_pack(kernels, width, lane_bytes, multipliers[m]);
		check_pack(kernels, 20, 8, 60000000);
		check_pack(kernels, 10, 8, UINT64_C(86400000000));
	}
}

/* Packed bytes are a format: one vector, spelled out. */
static void
pack_layout_is_fixed(void)
{
	uint16_t lanes[SIMD_VECTOR_VALUES];
	uint8_t packed[9 * SIMD_ROW_BYTES];
	const SimdKernels *kernels;
	unsigned n;
	int i;

	for (i = 0; i < SIMD_VECTOR_VALUES; i++)
		lanes[i] = (uint16_t) (i / 64);
	for (n = 0; (kernels = simd_level_table(n)) != NULL; n++)
	{
		kernels->pack[1](lanes, 9, 0, 1, packed);
		/* rows 0 and 1 share the first word: 0 | 1 << 9, the high bits of 1 */
		CHECK(packed[0] == 0x00 && packed[1] == 0x02);
		CHECK(packed[126] == 0x00 && packed[127] == 0x02);
		/* word 1 starts with the top 2 bits of row 1, then row 2 from bit 2 */
		CHECK(packed[128] == 2 << 2 && packed[129] == 3 << 3);
	}
}

/* The checksum bit by bit. */
static uint32_t
oracle_crc32c(uint32_t crc, const uint8_t *bytes, size_t n_bytes)
{
	crc = ~crc;
	while (n_bytes-- > 0)
	{
		int b;

		crc ^= *bytes++;
		for (b = 0; b < 8; b++)
			crc = crc >> 1 ^ ((crc & 1) ? 0x82f63b78U : 0);
	}
	return ~crc;
}

static void
crc32c_known_vectors(void)
{
	const SimdKernels *kernels;
	uint8_t bytes[48];
	unsigned t;
	int i;

	for (t = 0; (kernels = simd_level_table(t)) != NULL; t++)
	{
		SimdCrc32c crc32c = kernels->crc32c;

		test_context("crc32c %s", kernels->name);
		CHECK(crc32c(0, "", 0) == 0);
		CHECK(crc32c(0, "123456789", 9) == 0xe3069283U);
		/* RFC 3720, appendix B.4 */
		memset(bytes, 0, 32);
		CHECK(crc32c(0, bytes, 32) == 0x8a9136aaU);
		memset(bytes, 0xff, 32);
		CHECK(crc32c(0, bytes, 32) == 0x62a8ab43U);
		for (i = 0; i < 32; i++)
			bytes[i] = (uint8_t) i;
		CHECK(crc32c(0, bytes, 32) == 0x46dd794eU);
		for (i = 0; i < 32; i++)
			bytes[i] = (uint8_t) (31 - i);
		CHECK(crc32c(0, bytes, 32) == 0x113fdb5cU);
	}
}

static void
crc32c_every_length(void)
{
	const SimdKernels *kernels;
	size_t n_bytes;

	for (n_bytes = 0; n_bytes < 5000; n_bytes += n_bytes < 900 ? 1 : 37)
	{
		size_t misaligned = test_below(8);
		uint8_t *allocation = malloc(n_bytes + misaligned + 1);
		uint8_t *bytes = allocation + misaligned;
		uint32_t start = (uint32_t) test_random();
		uint32_t expected;
		size_t split = test_below(n_bytes + 1);
		size_t i;
		unsigned t;

		for (i = 0; i < n_bytes; i++)
			bytes[i] = (uint8_t) test_random();
		expected = oracle_crc32c(start, bytes, n_bytes);
		for (t = 0; (kernels = simd_level_table(t)) != NULL; t++)
		{
			SimdCrc32c crc32c = kernels->crc32c;

			test_context("crc32c %s of %zu bytes", kernels->name, n_bytes);
			CHECK(crc32c(start, bytes, n_bytes) == expected);
			CHECK(crc32c(crc32c(start, bytes, split), bytes + split,
						 n_bytes - split) == expected);
		}
		free(allocation);
	}
}

/* Names choose levels; others, and what is not there, the best. */
static void
levels_are_chosen(void)
{
	static const char *const others[] = {"auto", "", "none", "avx51"};
	const SimdKernels *best = simd_kernels();
	const SimdKernels *kernels;
	unsigned n;
	size_t i;

	for (n = 0; (kernels = simd_level_table(n)) != NULL; n++)
	{
		test_context("level %s", kernels->name);
		CHECK(simd_set_level(kernels->name) == kernels);
		CHECK(simd_kernels() == kernels);
		CHECK(simd_level_table(n + 1) != NULL || kernels == best);
	}
	CHECK(n > 0 && simd_level_table(0) == simd_kernels_scalar());
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
	{
		simd_set_level("scalar");
		CHECK(simd_set_level(others[i]) == best);
		CHECK(simd_kernels() == best);
	}
#if defined(__x86_64__)
	CHECK(simd_set_level("neon") == best);
	CHECK(simd_set_level("avx512vbmi2") == best);
#elif defined(__aarch64__)
	CHECK(simd_set_level("avx2") == best);
#endif
	simd_set_level("auto");
}

const TestCase simd_tests[] = {
	{"simd: levels are chosen by name", levels_are_chosen},
	{"simd: unpack, every width and lane", unpack_every_width},
	{"simd: pack, every width and lane", pack_every_width},
	{"simd: pack, the layout is fixed", pack_layout_is_fixed},
	{"simd: crc32c, known vectors", crc32c_known_vectors},
	{"simd: crc32c, every length and alignment", crc32c_every_length},
	{NULL, NULL}};
