/*
 * golden.c - writes the golden files and their manifest into a folder.
 *
 * Run once for a format version and commit what it writes; from then on the
 * files are input.  Every chunk case gives a good file; the bad ones are made
 * from them, each with one thing wrong and, unless the checksum is what is
 * wrong, with checksums that are right.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "src/base/bytes.h"
#include "src/encoding/encoding_format.h"
#include "test/unit/chunks.h"
#include "test/unit/golden.h"
#include "test/unit/harness.h"

static const char *folder;
static FILE *manifest;

static void
golden_write(const char *kind, const char *name, const TestChunkCase *chunk,
			 const uint8_t *bytes, uint64_t n_bytes)
{
	char path[1024];
	char result[32];
	uint32_t digest;
	ColStatus status;
	FILE *file;

	status = golden_digest(bytes, n_bytes, chunk->n_rows, chunk->phys,
						   chunk->value_bytes, &digest);
	snprintf(result, sizeof(result), "%08x", digest);
	if (status != COL_OK)
		snprintf(result, sizeof(result), "%s", golden_status_name(status));
	if ((status == COL_OK) != (strcmp(kind, "good") == 0))
	{
		fprintf(stderr, "%s/%s gives %s\n", kind, name, result);
		exit(1);
	}
	snprintf(path, sizeof(path), "%s/%s/%s.chunk", folder, kind, name);
	file = fopen(path, "wb");
	if (file == NULL || fwrite(bytes, 1, n_bytes, file) != n_bytes ||
		fclose(file) != 0)
	{
		perror(path);
		exit(1);
	}
	fprintf(manifest, "%s %s.chunk %u %u %u %s\n", kind, name,
			(unsigned) chunk->phys, chunk->value_bytes, chunk->n_rows, result);
}

/* One way to spoil the chunk of a case. */
typedef struct BadCase
{
	const char *name;
	const char *chunk;
	size_t
		offset_bytes; /* in the header, or with from_payload in the payload */
	bool from_payload;
	bool from_dictionary;
	uint8_t value;
	bool fix_checksums;
} BadCase;

#define FIELD(name) offsetof(ChunkHeader, name)
#define ENTRY(v, name)                                 \
	(sizeof(ChunkHeader) + (v) * sizeof(ChunkVector) + \
	 offsetof(ChunkVector, name))

static const BadCase bad_cases[] = {
	{"magic", "for-int2", FIELD(magic), false, false, 'X', true},
	{"newer-version", "for-int2", FIELD(version), false, false,
	 CHUNK_VERSION + 1, true},
	{"head-checksum", "for-int2", FIELD(n_rows) + 3, false, false, 1, false},
	{"entry-checksum", "for-int2", ENTRY(1, min), false, false, 0x77, false},
	{"vector-checksum", "for-int2", 3, true, false, 0xee, false},
	{"zero-multiplier", "for-int2", FIELD(multiplier), false, false, 0, true},
	{"padding", "for-int2", FIELD(zero2), false, false, 1, true},
	{"wide-vector", "for-int2", ENTRY(0, width), false, false, 17, true},
	{"unknown-encoding", "for-int2", ENTRY(0, encoding), false, false, 99,
	 true},
	{"null-count", "for-int2", ENTRY(0, nulls), false, false, 200, true},
	{"misplaced-vector", "for-int2", ENTRY(1, offset_bytes), false, false, 1,
	 true},
	{"block-checksum", "text-zstd", 9, true, false, 0xee, false},
	{"block-content", "text-zstd", 0, true, false, 0xee, true},
	{"lz4-content", "text-lz4", 0, true, false, 0x0f, true},
	{"external-image", "text-raw", 0, true, false, 0x01, true},
	{"image-too-long", "text-raw", 0, true, false, 0xff, true},
	{"dictionary-checksum", "text-dictionary", 2, false, true, 0xee, false},
	{"dictionary-image", "text-dictionary", 0, false, true, 0x01, true},
	{"dictionary-count", "text-dictionary", FIELD(n_dictionary), false, false,
	 5, true},
	{NULL, NULL, 0, false, false, 0, false}};

static void
golden_bad(const TestChunkCase *chunk, const ColBuffer *good)
{
	const BadCase *bad;

	for (bad = bad_cases; bad->name; bad++)
	{
		uint8_t *bytes;
		size_t at = bad->offset_bytes;

		if (strcmp(bad->chunk, chunk->name) != 0)
			continue;
		bytes = malloc(good->used_bytes);
		memcpy(bytes, good->data, good->used_bytes);
		if (bad->from_payload)
			at += col_load_u32(bytes + FIELD(payload_offset_bytes));
		if (bad->from_dictionary)
			at += col_load_u32(bytes + FIELD(dictionary_offset_bytes));
		bytes[at] = bad->value;
		if (bad->fix_checksums)
			test_chunk_checksums(bytes, good->used_bytes);
		golden_write("bad", bad->name, chunk, bytes, good->used_bytes);
		free(bytes);
	}
	if (strcmp(chunk->name, "for-int2") == 0)
		golden_write("bad", "truncated", chunk, good->data,
					 good->used_bytes - 1);
}

static void
golden_run(void)
{
	const TestChunkCase *chunk;
	TestMemory memory;

	test_memory_init(&memory);
	for (chunk = test_chunk_cases; chunk->name; chunk++)
	{
		TestColumn test;
		ColBuffer out;

		test_chunk_column(chunk, &test);
		if (test_chunk_encode(&test.column, chunk->codec, &memory.allocator,
							  &out, NULL))
		{
			golden_write("good", chunk->name, chunk, out.data, out.used_bytes);
			golden_bad(chunk, &out);
		}
		col_buffer_free(&out);
		test_column_free(&test);
	}
}

int
main(int argc, char **argv)
{
	char path[1024];

	if (argc != 2)
	{
		fprintf(stderr, "usage: golden FOLDER\n");
		return 2;
	}
	folder = argv[1];
	snprintf(path, sizeof(path), "%s/MANIFEST", folder);
	manifest = fopen(path, "w");
	if (manifest == NULL)
	{
		perror(path);
		return 1;
	}
	golden_run();
	return fclose(manifest) == 0 ? 0 : 1;
}
