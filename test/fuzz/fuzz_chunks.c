/*
 * fuzz_chunks.c - column chunks of each physical class: whatever the bytes are,
 * opening and reading them gives an error or values within bounds, and parts
 * of vectors are what the vectors are.
 */
#include "test/fuzz/fuzz.h"

#include <string.h>
#include "test/unit/harness.h"
#include "test/unit/mutate.h"

/* The chunk is asked for as what it says it is, and of this class. */
static void
run(ColPhys phys, const uint8_t *bytes, size_t n_bytes)
{
	ChunkHeader header;
	ColColumn expected;
	ColStatus status;
	bool same;

	memset(&header, 0, sizeof(header));
	memcpy(&header, bytes, n_bytes < sizeof(header) ? n_bytes : sizeof(header));
	memset(&expected, 0, sizeof(expected));
	expected.phys = phys;
	expected.value_bytes = header.value_bytes;
	expected.n_rows = header.n_rows % (COL_STRIPE_ROWS_MAX + 1);
	if (expected.n_rows == 0)
		expected.n_rows = 1;
	if (phys == COL_PHYS_LANE &&
		(header.value_bytes > 8 || header.value_bytes == 0 ||
		 (header.value_bytes & (header.value_bytes - 1))))
		expected.value_bytes = 8;
	if (phys == COL_PHYS_FIXED &&
		(header.value_bytes == 0 || header.value_bytes > COL_FIXED_BYTES_MAX))
		expected.value_bytes = 16;
	if (phys == COL_PHYS_IMAGE)
		expected.value_bytes = 0;
	status = test_chunk_read_all(bytes, n_bytes, &expected, NULL, &same, NULL);
	CHECK(status == COL_OK || status == COL_CORRUPT ||
		  status == COL_UNSUPPORTED_VERSION || status == COL_NO_MEMORY);
}

static void
run_lanes(const uint8_t *bytes, size_t n_bytes)
{
	run(COL_PHYS_LANE, bytes, n_bytes);
}

static void
run_fixed(const uint8_t *bytes, size_t n_bytes)
{
	run(COL_PHYS_FIXED, bytes, n_bytes);
}

static void
run_images(const uint8_t *bytes, size_t n_bytes)
{
	run(COL_PHYS_IMAGE, bytes, n_bytes);
}

static size_t
make_lanes(uint8_t *bytes, size_t capacity)
{
	return test_random_chunk(COL_PHYS_LANE, bytes, capacity);
}

static size_t
make_fixed(uint8_t *bytes, size_t capacity)
{
	return test_random_chunk(COL_PHYS_FIXED, bytes, capacity);
}

static size_t
make_images(uint8_t *bytes, size_t capacity)
{
	return test_random_chunk(COL_PHYS_IMAGE, bytes, capacity);
}

const FuzzTarget fuzz_lanes = {"lanes", run_lanes, make_lanes,
							   test_mutate_chunk};
const FuzzTarget fuzz_fixed = {"fixed", run_fixed, make_fixed,
							   test_mutate_chunk};
const FuzzTarget fuzz_images = {"images", run_images, make_images,
								test_mutate_chunk};
