/*
 * test_golden.c - reads the golden files; see golden.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "simd/simd.h"
#include "src/vector/image.h"
#include "test/unit/columns.h"
#include "test/unit/golden.h"
#include "test/unit/harness.h"

const char *
golden_status_name(ColStatus status)
{
	switch (status)
	{
		case COL_OK:
			return "ok";
		case COL_NO_MEMORY:
			return "no-memory";
		case COL_CORRUPT:
			return "corrupt";
		case COL_UNSUPPORTED_VERSION:
			return "unsupported-version";
		case COL_TOO_LARGE:
			return "too-large";
		case COL_INTERNAL:
			break;
	}
	return "internal";
}

static uint32_t
digest_vector(uint32_t digest, const ColVector *vector, uint16_t value_bytes)
{
	SimdCrc32c crc32c = simd_kernels_scalar()->crc32c;
	uint32_t row;

	for (row = 0; row < vector->n_rows; row++)
	{
		const uint8_t *value = col_vector_value(vector, row);
		uint32_t n_bytes = value_bytes;
		uint8_t is_value = !col_vector_is_null(vector, row);

		digest = crc32c(digest, &is_value, 1);
		if (!is_value)
			continue;
		if (vector->phys == COL_PHYS_IMAGE)
		{
			n_bytes = col_image_payload_bytes(value);
			value = col_image_payload(value);
		}
		digest = crc32c(digest, &n_bytes, sizeof(n_bytes));
		digest = crc32c(digest, value, n_bytes);
	}
	return digest;
}

ColStatus
golden_digest(const uint8_t *bytes, uint64_t n_bytes, uint32_t n_rows,
			  ColPhys phys, uint16_t value_bytes, uint32_t *digest)
{
	TestMemory memory;
	TestBytes stored;
	ColSource source;
	ColChunkReader *reader;
	ColStatus status;
	uint32_t v;

	*digest = 0;
	test_memory_init(&memory);
	test_source(&stored, bytes, n_bytes, &source);
	status = col_chunk_open(&source, n_rows, phys, value_bytes, test_codecs(),
							&memory.allocator, &reader, NULL);
	for (v = 0; status == COL_OK && v * COL_VECTOR_ROWS < n_rows; v++)
	{
		ColVector vector;

		status = col_chunk_read(reader, v, &vector, NULL);
		if (status == COL_OK)
			*digest = digest_vector(*digest, &vector, value_bytes);
	}
	col_chunk_close(reader);
	return status;
}

static uint8_t *
golden_load(const char *folder, const char *name, uint64_t *n_bytes)
{
	char path[1024];
	uint8_t *bytes;
	FILE *file;
	long length;

	snprintf(path, sizeof(path), "%s/%s/%s", TEST_GOLDEN_DIR, folder, name);
	file = fopen(path, "rb");
	if (!CHECK(file != NULL))
		return NULL;
	fseek(file, 0, SEEK_END);
	length = ftell(file);
	fseek(file, 0, SEEK_SET);
	bytes = malloc((size_t) length + 1);
	*n_bytes = fread(bytes, 1, (size_t) length, file);
	CHECK(*n_bytes == (uint64_t) length);
	fclose(file);
	return bytes;
}

/* Checks the files of one folder; returns how many there were. */
static int
golden_check(const char *wanted)
{
	FILE *manifest = fopen(TEST_GOLDEN_DIR "/MANIFEST", "r");
	char line[512];
	int n_files = 0;

	if (!CHECK(manifest != NULL))
		return 0;
	while (fgets(line, sizeof(line), manifest))
	{
		char folder[8];
		char name[128];
		char result[32];
		char found[32];
		unsigned phys;
		unsigned value_bytes;
		unsigned n_rows;
		uint64_t n_bytes;
		uint32_t digest;
		ColStatus status;
		uint8_t *bytes;

		if (sscanf(line, "%7s %127s %u %u %u %31s", folder, name, &phys,
				   &value_bytes, &n_rows, result) != 6 ||
			strcmp(folder, wanted) != 0)
			continue;
		test_context("%s/%s", folder, name);
		bytes = golden_load(folder, name, &n_bytes);
		if (bytes == NULL)
			continue;
		status = golden_digest(bytes, n_bytes, n_rows, (ColPhys) phys,
							   (uint16_t) value_bytes, &digest);
		snprintf(found, sizeof(found), "%08x", digest);
		if (status != COL_OK)
			snprintf(found, sizeof(found), "%s", golden_status_name(status));
		CHECK(strcmp(found, result) == 0);
		free(bytes);
		n_files++;
	}
	fclose(manifest);
	return n_files;
}

static void
good_files_are_read(void)
{
	CHECK(golden_check("good") >= 20);
}

static void
bad_files_are_refused(void)
{
	CHECK(golden_check("bad") >= 10);
}

const TestCase golden_tests[] = {
	{"golden: good files are read", good_files_are_read},
	{"golden: bad files are refused", bad_files_are_refused},
	{NULL, NULL}};
