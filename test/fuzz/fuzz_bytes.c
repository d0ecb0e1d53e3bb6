/*
 * fuzz_bytes.c - what decodes bytes below the chunk: compressed blocks, and the
 * walk over images.
 */
#include "test/fuzz/fuzz.h"

#include <lz4.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include "src/base/bytes.h"
#include "src/encoding/encoding_internal.h"
#include "src/vector/image.h"
#include "test/unit/columns.h"
#include "test/unit/harness.h"
#include "test/unit/mutate.h"

/* A block: codec, raw bytes (4), stored bytes. */
#define BLOCK_HEAD_BYTES 5
#define BLOCK_RAW_BYTES_MAX (1 << 20)

static volatile uint8_t touched;

static void
run_block(const uint8_t *bytes, size_t n_bytes)
{
	ColBlockCodec codec;
	uint32_t raw_bytes;
	uint8_t *raw;
	ColStatus status;
	uint32_t i;

	if (n_bytes < BLOCK_HEAD_BYTES)
		return;
	codec = bytes[0] % 2 ? COL_CODEC_LZ4 : COL_CODEC_ZSTD;
	raw_bytes = col_load_u32(bytes + 1);
	if (raw_bytes > BLOCK_RAW_BYTES_MAX ||
		!col_block_plausible(codec, n_bytes - BLOCK_HEAD_BYTES, raw_bytes))
		return;
	raw = malloc(raw_bytes);
	status = col_block_decompress(
		test_codecs(), codec, bytes + BLOCK_HEAD_BYTES,
		n_bytes - BLOCK_HEAD_BYTES, raw, raw_bytes, NULL, 0, NULL);
	CHECK(status == COL_OK || status == COL_CORRUPT);
	for (i = 0; status == COL_OK && i < raw_bytes; i++)
		touched = (uint8_t) (touched + raw[i]);
	free(raw);
}

/* The images of a column one behind the other, as in the payload of a vector. */
static size_t
make_images(uint8_t *bytes, size_t capacity)
{
	TestColumn column;
	uint64_t n_bytes = 0;
	uint32_t row;

	test_column_images(&column, (ImageShape) test_below(IMAGE_SHAPES),
					   COL_ORDER_BYTES, 1 + (uint32_t) test_below(100),
					   NULLS_NONE);
	for (row = 0; row < column.column.n_rows; row++)
	{
		const uint8_t *image = column.heap + column.offsets[row];

		if (n_bytes + 8 + col_image_bytes(image) <= capacity)
			n_bytes = col_image_append(bytes, n_bytes, image);
	}
	test_column_free(&column);
	return n_bytes;
}

static size_t
make_block(uint8_t *bytes, size_t capacity)
{
	static uint8_t raw[FUZZ_INPUT_BYTES];
	size_t raw_bytes = make_images(raw, capacity < 20000 ? capacity : 20000);
	uint8_t *block = bytes + BLOCK_HEAD_BYTES;
	bool is_lz4 = test_below(2) != 0;
	size_t n_bytes;

	if (raw_bytes < 2 || capacity < raw_bytes + BLOCK_HEAD_BYTES)
		return 0;
	if (is_lz4)
		n_bytes =
			(size_t) LZ4_compress_default((const char *) raw, (char *) block,
										  (int) raw_bytes, (int) raw_bytes - 1);
	else
		n_bytes = ZSTD_compress(block, raw_bytes - 1, raw, raw_bytes, 1);
	if (n_bytes == 0 || ZSTD_isError(n_bytes))
		return 0;
	bytes[0] = is_lz4;
	col_store_u32(bytes + 1, (uint32_t) raw_bytes);
	return BLOCK_HEAD_BYTES + n_bytes;
}

static void
run_walk(const uint8_t *bytes, size_t n_bytes)
{
	uint64_t position = 0;
	uint64_t before = 0;
	const uint8_t *image;

	while ((image = col_image_walk(bytes, n_bytes, &position)) != NULL)
	{
		const uint8_t *payload = col_image_payload(image);
		uint32_t i;

		CHECK(position > before && position <= n_bytes);
		CHECK(image + col_image_bytes(image) == bytes + position);
		CHECK(col_image_is_short(image) ||
			  (image - bytes) % COL_IMAGE_ALIGN_BYTES == 0);
		for (i = 0; i < col_image_payload_bytes(image); i++)
			touched = (uint8_t) (touched + payload[i]);
		before = position;
	}
}

static size_t
mutate(uint8_t *bytes, size_t n_bytes, size_t capacity, const uint8_t *other,
	   size_t n_other)
{
	(void) capacity;
	if (other && n_other < n_bytes)
		memcpy(bytes + test_below(n_bytes - n_other), other, n_other);
	else if (test_below(4) == 0)
		n_bytes = test_below(n_bytes + 1);
	else
		test_mutate_bytes(bytes, n_bytes);
	return n_bytes;
}

const FuzzTarget fuzz_blocks = {"blocks", run_block, make_block, mutate};
const FuzzTarget fuzz_walk = {"walk", run_walk, make_images, mutate};
