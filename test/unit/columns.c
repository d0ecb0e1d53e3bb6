/*
 * columns.c - columns for the tests; see columns.h.
 */
#include "test/unit/columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "src/base/bytes.h"
#include "src/encoding/decimal.h"
#include "src/vector/image.h"
#include "test/unit/harness.h"

const char *const null_pattern_names[NULL_PATTERNS] = {
	"none",		   "all",	 "first",  "last",
	"alternating", "sparse", "random", "vectors"};

const char *const lane_shape_names[LANE_SHAPES] = {
	"constant", "sequence",	 "small",	 "random",	  "runs",
	"few",		"multiples", "extremes", "outliers",  "floats",
	"jitter",	"clock",	 "flags",	 "binary",	  "mantissa",
	"wide few", "uuids",	 "specials", "odd floats"};

const char *const image_shape_names[IMAGE_SHAPES] = {
	"empty",	"constant", "few",	   "distinct", "random", "long",  "mixed",
	"prefixes", "text",		"numeric", "numerics", "ties",	 "scales"};

static bool
pattern_is_null(NullPattern nulls, uint32_t row, uint32_t n_rows)
{
	switch (nulls)
	{
		case NULLS_ALL:
			return true;
		case NULLS_FIRST:
			return row == 0;
		case NULLS_LAST:
			return row == n_rows - 1;
		case NULLS_ALTERNATING:
			return row % 2 == 0;
		case NULLS_SPARSE:
			return test_below(300) == 0;
		case NULLS_RANDOM:
			return test_below(3) == 0;
		case NULLS_VECTORS:
			return row / 1024 % 2 == 0 || row % 200 == 7;
		default:
			return false;
	}
}

static void
column_nulls(TestColumn *test, NullPattern nulls)
{
	ColColumn *column = &test->column;
	uint32_t words = (column->n_rows + 63) / 64;
	uint32_t row;

	column->n_nulls = 0;
	if (nulls == NULLS_NONE)
		return;
	test->validity = calloc(words, sizeof(uint64_t));
	for (row = 0; row < column->n_rows; row++)
		if (pattern_is_null(nulls, row, column->n_rows))
			column->n_nulls++;
		else
			test->validity[row / 64] |= (uint64_t) 1 << row % 64;
	column->validity = test->validity;
}

static bool
column_is_null(const ColColumn *column, uint32_t row)
{
	return column->validity &&
		   (column->validity[row / 64] >> (row % 64) & 1) == 0;
}

static uint64_t
special_bits(uint16_t value_bytes)
{
	static const double specials[] = {0.0,	 -0.0,		1.0,  -1.0,	 INFINITY,
									  5e-45, -INFINITY, 1e30, -1e-30};
	uint64_t choice = test_below(12);
	uint64_t bits = 0;

	if (choice >= 9)
		return value_bytes == 4 ? 0x7fc00000U + test_below(5)
								: UINT64_C(0x7ff8000000000000) + test_below(5);
	if (value_bytes == 4)
	{
		float value = (float) specials[choice];

		memcpy(&bits, &value, 4);
	}
	else
		memcpy(&bits, &specials[choice], 8);
	return bits;
}

static uint64_t
float_bits(uint16_t value_bytes)
{
	double value = ((double) (int64_t) test_below(100000) - 30000) / 100;
	float value4 = (float) value;
	uint64_t bits = 0;

	if (value_bytes == 4)
		memcpy(&bits, &value4, 4);
	else
		memcpy(&bits, &value, 8);
	return bits;
}

/* Floats whose integers over a power of 2 are random. */
static uint64_t
binary_bits(uint16_t value_bytes)
{
	double value = (double) (test_random() >> 11) / 9007199254740992.0;
	float value4 = (float) (test_random() >> 40) / 16777216.0F;
	uint64_t bits = 0;

	if (value_bytes == 4)
		memcpy(&bits, &value4, 4);
	else
		memcpy(&bits, &value, 8);
	return bits;
}

/* Random mantissas under four exponents. */
static uint64_t
mantissa_bits(uint16_t value_bytes)
{
	uint64_t exponent =
		test_below(100) == 0 ? test_below(60) : test_below(4) * 20;

	if (value_bytes == 4)
		return (96 + exponent) << 23 | test_random() >> 41;
	return (992 + exponent * 10) << 52 | test_random() >> 12;
}

/* The lane of row; state carries what a run needs. */
static uint64_t
shape_lane(LaneShape shape, uint16_t value_bytes, uint32_t row, uint64_t *state)
{
	switch (shape)
	{
		case LANES_CONSTANT:
			return UINT64_C(0x8081828384858687);
		case LANES_SEQUENCE:
			return 1000 + row;
		case LANES_SMALL:
			return (uint64_t) ((int64_t) test_below(23) - 11);
		case LANES_RUNS:
			if (row == 0 || test_below(60) == 0)
				*state = test_random();
			return *state;
		case LANES_FEW:
			return (test_below(5) + 1) * UINT64_C(0x123456789abcdef);
		case LANES_MULTIPLES:
			return (test_below(1000) - 500) * 60000000 + 7;
		case LANES_EXTREMES:
			switch (test_below(4))
			{
				case 0:
					return UINT64_C(0x8000000000000000) >>
						   (64 - value_bytes * 8);
				case 1:
					return UINT64_C(0x7fffffffffffffff) >>
						   (64 - value_bytes * 8);
				case 2:
					return UINT64_MAX;
				default:
					return 0;
			}
		case LANES_OUTLIERS:
			return test_below(500) == 0 ? test_random() : test_below(100);
		case LANES_FLOATS:
			return float_bits(value_bytes);
		case LANES_JITTER:
			*state +=
				1000 + test_below(8) + (test_below(400) == 0 ? 100000 : 0);
			return *state;
		case LANES_CLOCK:
			return 1 + row % 700;
		case LANES_FLAGS:
			return test_below(3) == 0;
		case LANES_BINARY:
			return binary_bits(value_bytes);
		case LANES_MANTISSA:
			return mantissa_bits(value_bytes);
		case LANES_WIDE_FEW:
			return (test_below(300) + 1) * UINT64_C(0x9e3779b97f4a7c15);
		case LANES_SPECIALS:
			return special_bits(value_bytes);
		case LANES_ODD_FLOATS:
			if (test_below(60) > 0)
				return float_bits(value_bytes);
			return test_below(2) ? special_bits(value_bytes) : test_random();
		default:
			return test_random();
	}
}

static void
column_init(TestColumn *test, ColPhys phys, ColOrder order,
			uint16_t value_bytes, uint32_t n_rows)
{
	memset(test, 0, sizeof(*test));
	test->column.phys = phys;
	test->column.order = order;
	test->column.value_bytes = value_bytes;
	test->column.n_rows = n_rows;
}

void
test_column_lanes(TestColumn *test, LaneShape shape, uint16_t value_bytes,
				  ColOrder order, uint32_t n_rows, NullPattern nulls)
{
	uint64_t state = 0;
	uint64_t lane = 0;
	uint32_t row;

	column_init(test, COL_PHYS_LANE, order, value_bytes, n_rows);
	column_nulls(test, nulls);
	test->values = malloc((size_t) n_rows * value_bytes);
	for (row = 0; row < n_rows; row++)
	{
		if (!column_is_null(&test->column, row))
			lane = shape_lane(shape, value_bytes, row, &state);
		memcpy(test->values + (size_t) row * value_bytes, &lane, value_bytes);
	}
	test->column.values = test->values;
}

void
test_column_fixed(TestColumn *test, LaneShape shape, uint16_t value_bytes,
				  ColOrder order, uint32_t n_rows, NullPattern nulls)
{
	uint64_t state = 0;
	uint32_t row;

	column_init(test, COL_PHYS_FIXED, order, value_bytes, n_rows);
	column_nulls(test, nulls);
	test->values = calloc(n_rows, value_bytes);
	for (row = 0; row < n_rows; row++)
	{
		uint8_t *value = test->values + (size_t) row * value_bytes;
		uint64_t lane = shape_lane(shape, 8, row, &state);
		uint32_t i;

		if (column_is_null(&test->column, row))
			continue;
		for (i = 0; i < value_bytes; i++)
			value[i] = (uint8_t) (lane >> i % 8 * 8) ^ (uint8_t) (i / 8);
		if (shape == LANES_UUIDS && value_bytes == 16)
		{
			uint64_t time = UINT64_C(0x018f12345678) + row * 3;

			for (i = 0; i < 6; i++)
				value[i] = (uint8_t) (time >> (40 - i * 8));
			value[6] = 0x70 | (value[6] & 0x0f);
			col_store_u64(value + 8, test_random());
			value[8] = 0x80 | (value[8] & 0x3f);
		}
	}
	test->column.values = test->values;
}

/* Appends an image of payload; a 4-byte header if it must, or if asked. */
static void
column_add_image(TestColumn *test, uint32_t row, const uint8_t *payload,
				 uint32_t payload_bytes, bool long_header)
{
	ColColumn *column = &test->column;
	bool is_short = payload_bytes <= 126 && !long_header;
	uint64_t start = col_image_start(column->heap_bytes, is_short);
	uint32_t image_bytes = payload_bytes + (is_short ? 1 : 4);

	if (start + image_bytes > test->heap_capacity)
	{
		test->heap_capacity = (start + image_bytes) * 2 + 1000;
		test->heap = realloc(test->heap, test->heap_capacity);
	}
	memset(test->heap + column->heap_bytes, 0, start - column->heap_bytes);
	if (is_short)
		test->heap[start] = (uint8_t) (image_bytes << 1 | 1);
	else
		col_store_u32(test->heap + start, image_bytes << 2);
	if (payload_bytes > 0)
		memcpy(test->heap + start + (is_short ? 1 : 4), payload, payload_bytes);
	test->offsets[row] = (uint32_t) start;
	column->heap_bytes = (uint32_t) (start + image_bytes);
	column->heap = test->heap;
}

static uint32_t
random_payload(uint8_t *payload, uint32_t n_bytes)
{
	uint32_t i;

	for (i = 0; i < n_bytes; i++)
		payload[i] = (uint8_t) test_random();
	return n_bytes;
}

static uint32_t
text_payload(uint8_t *payload)
{
	static const char *const words[] = {
		"select",  "carefully", "express", "requests", "sleep",	   "furiously",
		"regular", "deposits",	"final",   "accounts", "blithely", "pending"};
	uint32_t n_bytes = 0;
	uint64_t n_words = 3 + test_below(15);

	while (n_words-- > 0)
		n_bytes += (uint32_t) sprintf((char *) payload + n_bytes, "%s ",
									  words[test_below(12)]);
	return n_bytes;
}

static uint32_t
tie_payload(uint8_t *payload)
{
	uint32_t n_bytes = 28 + (uint32_t) test_below(8);

	memset(payload, test_below(2) ? 0xff : 0x00, n_bytes);
	if (test_below(2))
		payload[test_below(n_bytes)] = (uint8_t) test_random();
	return n_bytes;
}

/* The payload of row, in room for 600,000 bytes; its length. */
/* A numeric as PostgreSQL lays it out, without the header of the image. */
static uint32_t
numeric_payload(ImageShape shape, uint8_t *payload)
{
	uint8_t image[COL_DECIMAL_IMAGE_BYTES];
	ColInt128 scaled = (int64_t) test_below(2000000) - 1000000;
	int scale = 2;
	uint32_t n_bytes;

	if (shape != IMAGES_NUMERIC)
	{
		uint64_t kind = test_below(shape == IMAGES_NUMERICS ? 60 : 600);

		if (kind < 3)
		{
			/* NaN, infinity, minus infinity */
			col_store_u16(payload, (uint16_t) (0xc000 + kind * 0x1000));
			return 2;
		}
		scale = (int) test_below(5);
		if (kind < 6)
			scaled *= (ColInt128) UINT64_C(1000000000000000000) * 1000;
		if (kind == 6)
			scale = 30;
	}
	n_bytes = col_decimal_image(scaled, scale, scale, image);
	memcpy(payload, image + 1, n_bytes - 1);
	return n_bytes - 1;
}

static uint32_t
shape_payload(ImageShape shape, uint32_t row, uint8_t *payload)
{
	switch (shape)
	{
		case IMAGES_EMPTY:
			return 0;
		case IMAGES_CONSTANT:
			memcpy(payload, "always the same", 15);
			return 15;
		case IMAGES_FEW:
			return (uint32_t) sprintf((char *) payload, "carrier %d",
									  (int) test_below(20));
		case IMAGES_DISTINCT:
			return (uint32_t) sprintf((char *) payload, "%08x-%u",
									  (unsigned) test_random(), row);
		case IMAGES_LONG:
			if (row % 700 == 5)
				return random_payload(payload,
									  200000 + (uint32_t) test_below(200000));
			return random_payload(payload, 120 + (uint32_t) test_below(20));
		case IMAGES_MIXED:
			return (uint32_t) sprintf((char *) payload, "m%d",
									  (int) test_below(500));
		case IMAGES_PREFIXES:
			memset(payload, 'a', 40);
			return (uint32_t) test_below(40) +
				   (uint32_t) sprintf((char *) payload + 30, "%c",
									  (int) ('a' + test_below(2)));
		case IMAGES_TEXT:
			return text_payload(payload);
		case IMAGES_NUMERIC:
		case IMAGES_NUMERICS:
		case IMAGES_SCALES:
			return numeric_payload(shape, payload);
		case IMAGES_TIES:
			return tie_payload(payload);
		default:
			return random_payload(payload, (uint32_t) test_below(60));
	}
}

void
test_column_images(TestColumn *test, ImageShape shape, ColOrder order,
				   uint32_t n_rows, NullPattern nulls)
{
	uint8_t *payload = malloc(600000);
	uint32_t row;

	column_init(test, COL_PHYS_IMAGE, order, 0, n_rows);
	column_nulls(test, nulls);
	test->offsets = calloc(n_rows, sizeof(uint32_t));
	for (row = 0; row < n_rows; row++)
	{
		uint32_t payload_bytes;

		test->offsets[row] = test->column.heap_bytes;
		if (column_is_null(&test->column, row))
			continue;
		payload_bytes = shape_payload(shape, row, payload);
		column_add_image(test, row, payload, payload_bytes,
						 shape == IMAGES_MIXED && test_below(3) == 0);
	}
	test->column.offsets = test->offsets;
	free(payload);
}

void
test_column_strings(TestColumn *test, const char *const *strings,
					uint32_t n_rows)
{
	uint32_t row;

	column_init(test, COL_PHYS_IMAGE, COL_ORDER_BYTES, 0, n_rows);
	test->offsets = calloc(n_rows, sizeof(uint32_t));
	test->validity = calloc((n_rows + 63) / 64, sizeof(uint64_t));
	test->column.validity = test->validity;
	for (row = 0; row < n_rows; row++)
	{
		test->offsets[row] = test->column.heap_bytes;
		if (strings[row] == NULL)
		{
			test->column.n_nulls++;
			continue;
		}
		test->validity[row / 64] |= (uint64_t) 1 << row % 64;
		column_add_image(test, row, (const uint8_t *) strings[row],
						 (uint32_t) strlen(strings[row]), false);
	}
	test->column.offsets = test->offsets;
}

void
test_column_free(TestColumn *test)
{
	free(test->values);
	free(test->validity);
	free(test->offsets);
	free(test->heap);
	memset(test, 0, sizeof(*test));
}

static ColStatus
bytes_read(void *context, uint64_t offset_bytes, uint32_t n_bytes,
		   uint8_t *destination)
{
	TestBytes *bytes = context;

	if (!CHECK(offset_bytes <= bytes->n_bytes &&
			   n_bytes <= bytes->n_bytes - offset_bytes))
		return COL_CORRUPT;
	if (n_bytes > 0)
		memcpy(destination, bytes->bytes + offset_bytes, n_bytes);
	bytes->n_reads++;
	bytes->n_read_bytes += n_bytes;
	return COL_OK;
}

void
test_source(TestBytes *bytes, const uint8_t *data, uint64_t n_bytes,
			ColSource *source)
{
	memset(bytes, 0, sizeof(*bytes));
	bytes->bytes = data;
	bytes->n_bytes = n_bytes;
	source->read = bytes_read;
	source->context = bytes;
	source->chunk_bytes = n_bytes;
}

static bool
image_equals(const uint8_t *expected, const uint8_t *found)
{
	uint32_t payload_bytes = col_image_payload_bytes(expected);

	if (!col_image_is_short(found) &&
		((uintptr_t) found & (COL_IMAGE_ALIGN_BYTES - 1)) != 0)
		return false;
	return col_image_payload_bytes(found) == payload_bytes &&
		   memcmp(col_image_payload(expected), col_image_payload(found),
				  payload_bytes) == 0;
}

/* Is the slot of row right?  A NULL's only has to be readable. */
static bool
value_equals(const ColColumn *column, uint32_t row, const ColVector *vector,
			 uint32_t vector_row)
{
	const uint8_t *found = col_vector_value(vector, vector_row);
	bool is_null = column_is_null(column, row);

	if (col_vector_is_null(vector, vector_row) != is_null)
		return false;
	if (column->phys == COL_PHYS_IMAGE)
	{
		if (is_null)
			return col_image_bytes(found) > 0;
		return image_equals(column->heap + column->offsets[row], found);
	}
	if (column->phys == COL_PHYS_FIXED &&
		((uintptr_t) found & (COL_IMAGE_ALIGN_BYTES - 1)) != 0)
		return false;
	return is_null ||
		   memcmp(column->values + (size_t) row * column->value_bytes, found,
				  column->value_bytes) == 0;
}

bool
test_vector_equals(const ColColumn *column, uint32_t v, const ColVector *vector)
{
	uint32_t first = v * COL_VECTOR_ROWS;
	uint32_t n_nulls = 0;
	uint32_t row;

	if (!CHECK(vector->phys == column->phys))
		return false;
	for (row = 0; row < vector->n_rows; row++)
	{
		if (!CHECK(value_equals(column, first + row, vector, row)))
			return false;
		n_nulls += column_is_null(column, first + row);
	}
	return CHECK(vector->n_nulls == n_nulls) &&
		   CHECK((vector->validity != NULL) == (n_nulls > 0));
}

ColCodecs *
test_codecs(void)
{
	static ColCodecs *codecs;

	if (codecs == NULL)
		codecs = col_codecs_create();
	return codecs;
}

/* Is the part that is unpacked for a row what the column has there? */
static bool
part_equals(const ColColumn *column, ColChunkReader *reader, uint32_t row)
{
	uint32_t vector_row = row - row % COL_VECTOR_ROWS;
	ColVector vector;
	ColError error;
	uint32_t first;
	uint32_t end;

	if (!CHECK(col_chunk_read_part(reader, row, &vector, &first, &end,
								   &error) == COL_OK) ||
		!CHECK(vector_row + first <= row && row < vector_row + end) ||
		!CHECK(vector_row + end <= column->n_rows))
		return false;
	while (first < end &&
		   value_equals(column, vector_row + first, &vector, first))
		first++;
	return CHECK(first == end);
}

static bool
roundtrip_read(const ColColumn *column, const ColBuffer *out,
			   const ColAllocator *allocator, ColChunkInfo *info)
{
	uint32_t n_vectors =
		(column->n_rows + COL_VECTOR_ROWS - 1) / COL_VECTOR_ROWS;
	ColChunkReader *reader;
	TestBytes bytes;
	ColSource source;
	ColVector vector;
	ColError error;
	bool good;
	uint32_t i;

	test_source(&bytes, out->data, out->used_bytes, &source);
	if (!CHECK(col_chunk_open(&source, column->n_rows, column->phys,
							  column->value_bytes, test_codecs(), allocator,
							  &reader, &error) == COL_OK))
	{
		test_context("%s %llu %llu", error.what,
					 (unsigned long long) error.detail[0],
					 (unsigned long long) error.detail[1]);
		return CHECK(false);
	}
	good = true;
	for (i = 0; i < n_vectors + 8 && good; i++)
	{
		uint32_t v = i < n_vectors ? i : (uint32_t) test_below(n_vectors);

		good = CHECK(col_chunk_read(reader, v, &vector, &error) == COL_OK) &&
			   test_vector_equals(column, v, &vector);
	}
	for (i = 0; i < 20 && good; i++)
		good =
			part_equals(column, reader, (uint32_t) test_below(column->n_rows));
	if (info)
		col_chunk_info(reader, info);
	col_chunk_close(reader);
	return good;
}

bool
test_roundtrip(const ColColumn *column, ColBlockCodec codec, uint64_t *bytes,
			   ColChunkInfo *info)
{
	ColEncodeOptions options = {.codec = codec, .level = 3};
	TestMemory memory;
	ColBuffer out;
	ColZone zone;
	ColError error;
	bool good;

	test_memory_init(&memory);
	col_buffer_init(&out, &memory.allocator);
	good = CHECK(col_chunk_encode(column, &options, test_codecs(),
								  &memory.allocator, &out, &zone,
								  &error) == COL_OK);
	if (good)
		good = roundtrip_read(column, &out, &memory.allocator, info);
	if (bytes)
		*bytes = out.used_bytes;
	col_buffer_free(&out);
	return CHECK(memory.n_live == 0) && good;
}
