/*
 * fuzz_fsst.c - a symbol table, and codes behind it: refused, or decoded
 * within bounds to a value that comes back from its codes.
 */
#include "test/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include "src/encoding/fsst.h"
#include "src/vector/image.h"
#include "test/unit/columns.h"
#include "test/unit/harness.h"
#include "test/unit/mutate.h"

#define VALUES 60
#define INPUTS 50
#define INPUT_BYTES 8192

/* Into an allocation that ends where the slack does. */
static int64_t
decode(const ColFsstTable *table, const uint8_t *codes, size_t n_codes,
	   size_t capacity_bytes, uint8_t **out)
{
	*out = malloc(capacity_bytes + COL_FSST_SLACK_BYTES);
	return col_fsst_decode(table, codes, n_codes, *out, capacity_bytes);
}

static void
run(const uint8_t *bytes, size_t n_bytes)
{
	static ColFsstEncoder encoder;
	ColFsstTable table;
	uint8_t written[COL_FSST_TABLE_BYTES_MAX];
	size_t table_bytes = col_fsst_table_read(&table, bytes, n_bytes);
	const uint8_t *codes = bytes + table_bytes;
	size_t n_codes = n_bytes - table_bytes;
	uint8_t *value;
	uint8_t *other;
	uint8_t *again;
	int64_t n_value;
	size_t n_again;

	if (table_bytes == 0)
		return;
	CHECK(col_fsst_table_bytes(&table) == table_bytes);
	col_fsst_table_write(&table, written);
	CHECK(memcmp(written, bytes, table_bytes) == 0);

	n_value =
		decode(&table, codes, n_codes, n_codes * COL_FSST_SYMBOL_BYTES, &value);
	CHECK(n_value >= -1);
	if (n_value > 0)
	{
		CHECK(decode(&table, codes, n_codes, (size_t) n_value, &other) ==
			  n_value);
		CHECK(memcmp(value, other, (size_t) n_value) == 0);
		free(other);
		CHECK(decode(&table, codes, n_codes, (size_t) n_value - 1, &other) ==
			  -1);
		free(other);

		col_fsst_encoder_init(&encoder, &table);
		again = malloc((size_t) n_value * 2);
		n_again = col_fsst_encode(&encoder, value, (size_t) n_value, again);
		CHECK(decode(&table, again, n_again, (size_t) n_value, &other) ==
			  n_value);
		CHECK(memcmp(value, other, (size_t) n_value) == 0);
		free(other);
		free(again);
	}
	free(value);
}

/* Training takes long: a few inputs are made, once each. */
static size_t
build(uint8_t *bytes, size_t capacity)
{
	static ColFsstEncoder encoder;
	const uint8_t *values[VALUES];
	uint32_t lengths[VALUES];
	TestColumn column;
	TestMemory memory;
	ColFsstTable table;
	size_t n_bytes;
	uint32_t i;

	test_column_images(&column,
					   test_below(2) ? IMAGES_TEXT
									 : (ImageShape) test_below(IMAGE_SHAPES),
					   COL_ORDER_BYTES, VALUES, NULLS_NONE);
	for (i = 0; i < VALUES; i++)
	{
		const uint8_t *image = column.heap + column.offsets[i];

		values[i] = col_image_payload(image);
		lengths[i] = col_image_payload_bytes(image);
	}
	test_memory_init(&memory);
	CHECK(col_fsst_train(&table, values, lengths, VALUES, &memory.allocator) ==
		  COL_OK);
	col_fsst_encoder_init(&encoder, &table);
	n_bytes = col_fsst_table_bytes(&table);
	col_fsst_table_write(&table, bytes);
	for (i = (uint32_t) test_below(VALUES); i < VALUES; i++)
		if (2 * (size_t) lengths[i] <= capacity - n_bytes)
			n_bytes += col_fsst_encode(&encoder, values[i], lengths[i],
									   bytes + n_bytes);
	test_column_free(&column);
	return n_bytes;
}

static size_t
make(uint8_t *bytes, size_t capacity)
{
	static uint8_t inputs[INPUTS][INPUT_BYTES];
	static size_t lengths[INPUTS];
	uint64_t i = test_below(INPUTS);
	uint64_t seed = test_random();

	if (lengths[i] == 0)
	{
		test_seed(i);
		lengths[i] = build(inputs[i], INPUT_BYTES);
		test_seed(seed);
	}
	if (lengths[i] > capacity)
		return 0;
	memcpy(bytes, inputs[i], lengths[i]);
	return lengths[i];
}

static size_t
mutate(uint8_t *bytes, size_t n_bytes, size_t capacity, const uint8_t *other,
	   size_t n_other)
{
	/* the codes of one table with another */
	if (other && n_other <= capacity && test_below(2))
	{
		n_bytes = n_other;
		memcpy(bytes + n_bytes / 2, other + n_bytes / 2, n_bytes - n_bytes / 2);
	}
	else if (test_below(4) == 0)
		n_bytes = test_below(n_bytes + 1);
	else if (test_below(4) == 0 && n_bytes >= COL_FSST_TABLE_HEAD_BYTES)
		test_mutate_bytes(bytes, COL_FSST_TABLE_HEAD_BYTES);
	else
		test_mutate_bytes(bytes, n_bytes);
	return n_bytes;
}

const FuzzTarget fuzz_fsst = {"fsst", run, make, mutate};
