/*
 * test_fsst.c - symbol tables of short strings: what is encoded comes back,
 * value by value and as a whole, the codes are those that docs/format-fsst.md
 * asks for, and damaged tables and codes are refused or decode within bounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "src/encoding/fsst.h"
#include "test/unit/harness.h"

#define VALUES_MAX 800

/* Values one behind the other in an allocation that ends with them. */
typedef struct Strings
{
	uint32_t n_values;
	uint32_t lengths[VALUES_MAX];
	const uint8_t *values[VALUES_MAX];
	uint8_t *bytes;
	size_t n_bytes;
} Strings;

typedef enum Shape
{
	SHAPE_NONE,
	SHAPE_EMPTY,
	SHAPE_EVERY_BYTE, /* and every two in a row */
	SHAPE_ZEROES,	  /* symbols that end with zeroes, values that do not */
	SHAPE_RUNS,		  /* of one byte, of every length */
	SHAPE_NESTED,	  /* each a prefix of the next */
	SHAPE_RANDOM,
	SHAPE_FEW_BYTES,
	SHAPE_URLS,
	SHAPE_LONG, /* one value */
	SHAPES
} Shape;

static const char *const shape_names[SHAPES] = {
	"none",	  "empty",	"every byte", "zeroes", "runs",
	"nested", "random", "few bytes",  "urls",	"long"};

static void
add(Strings *strings, const void *bytes, size_t n_bytes)
{
	strings->bytes = realloc(strings->bytes, strings->n_bytes + n_bytes + 1);
	memcpy(strings->bytes + strings->n_bytes, bytes, n_bytes);
	strings->n_bytes += n_bytes;
	strings->lengths[strings->n_values++] = (uint32_t) n_bytes;
}

static uint32_t
make_url(char *url, size_t room)
{
	static const char *const words[] = {
		"index", "search", "product", "images", "category", "user",
		"page",	 "news",   "article", "view",	"session",	"account"};
	static const char *const hosts[] = {"www.example.com", "shop.example.org",
										"m.example.net", "example.com"};

	return (uint32_t) snprintf(
		url, room, "http%s://%s/%s/%s%s%u", test_below(3) ? "s" : "",
		hosts[test_below(4)], words[test_below(12)], words[test_below(12)],
		test_below(2) ? ".html?id=" : "/", (unsigned) test_below(1000000));
}

static void
add_shaped(Strings *strings, Shape shape, uint32_t i)
{
	uint8_t value[300];
	uint32_t n_bytes = (uint32_t) test_below(40);
	uint32_t j;

	for (j = 0; j < sizeof(value); j++)
		value[j] = (uint8_t) test_random();
	switch (shape)
	{
		case SHAPE_EVERY_BYTE:
			n_bytes = 256;
			for (j = 0; j < 256; j++)
				value[j] = (uint8_t) (j * (2 * i + 1));
			break;
		case SHAPE_ZEROES:
			for (j = 0; j < n_bytes; j++)
				value[j] = test_below(3) ? 0 : (uint8_t) ('a' + test_below(3));
			break;
		case SHAPE_RUNS:
			n_bytes = i % 100;
			memset(value, 'a' + (int) (i % 3), n_bytes);
			break;
		case SHAPE_NESTED:
			n_bytes = i % 20;
			for (j = 0; j < n_bytes; j++)
				value[j] = (uint8_t) ('a' + j);
			break;
		case SHAPE_FEW_BYTES:
			for (j = 0; j < n_bytes; j++)
				value[j] = (uint8_t) ("ab\xff\0"[test_below(4)]);
			break;
		case SHAPE_URLS:
			n_bytes = make_url((char *) value, sizeof(value));
			break;
		default:
			break;
	}
	add(strings, value, n_bytes);
}

static void
make_strings(Strings *strings, Shape shape)
{
	uint32_t n_values = shape == SHAPE_EVERY_BYTE ? 128 : VALUES_MAX;
	const uint8_t *at;
	uint32_t i;

	memset(strings, 0, sizeof(*strings));
	add(strings, "", 0);
	for (i = 1; i < n_values && shape > SHAPE_EMPTY && shape < SHAPE_LONG; i++)
		add_shaped(strings, shape, i);
	for (i = 1; i < 100 && shape == SHAPE_EMPTY; i++)
		add(strings, "", 0);
	if (shape == SHAPE_LONG)
	{
		char url[300];

		strings->n_values = 0;
		while (strings->n_bytes < 60000)
		{
			add(strings, url, make_url(url, sizeof(url)));
			strings->n_values = 0;
		}
		strings->lengths[0] = (uint32_t) strings->n_bytes;
		strings->n_values = 1;
	}
	if (shape == SHAPE_NONE)
		strings->n_values = 0;
	strings->bytes = realloc(strings->bytes, strings->n_bytes + 1);
	at = strings->bytes;
	for (i = 0; i < strings->n_values; i++)
	{
		strings->values[i] = at;
		at += strings->lengths[i];
	}
}

static void
train(ColFsstTable *table, const Strings *strings)
{
	TestMemory memory;

	test_memory_init(&memory);
	CHECK(col_fsst_train(table, strings->values, strings->lengths,
						 strings->n_values, &memory.allocator) == COL_OK);
	CHECK(memory.n_live == 0);
}

/* What docs/format-fsst.md says of a writer, word for word. */
static size_t
encode_naively(const ColFsstTable *table, const uint8_t *in, size_t n_bytes,
			   uint8_t *out)
{
	const uint8_t *start = out;

	while (n_bytes > 0)
	{
		uint32_t length = 0;
		uint32_t best = COL_FSST_ESCAPE;
		uint32_t code;

		for (code = 0; code < table->n_symbols; code++)
			if (table->lengths[code] > length &&
				table->lengths[code] <= n_bytes &&
				memcmp(&table->symbols[code], in, table->lengths[code]) == 0)
			{
				best = code;
				length = table->lengths[code];
			}
		*out++ = (uint8_t) best;
		if (best == COL_FSST_ESCAPE)
		{
			*out++ = *in;
			length = 1;
		}
		in += length;
		n_bytes -= length;
	}
	return (size_t) (out - start);
}

/* As col_fsst_decode, a byte at a time. */
static int64_t
decode_naively(const ColFsstTable *table, const uint8_t *in, size_t n_bytes,
			   uint8_t *out, size_t capacity_bytes)
{
	size_t used_bytes = 0;
	size_t i;

	for (i = 0; i < n_bytes; i++)
	{
		const uint8_t *bytes = (const uint8_t *) &table->symbols[in[i]];
		uint32_t length = table->lengths[in[i]];

		if (in[i] == COL_FSST_ESCAPE && i + 1 < n_bytes)
		{
			bytes = &in[++i];
			length = 1;
		}
		else if (in[i] >= table->n_symbols)
			return -1;
		if (length > capacity_bytes - used_bytes)
			return -1;
		memcpy(out + used_bytes, bytes, length);
		used_bytes += length;
	}
	return (int64_t) used_bytes;
}

/*
 * Decodes from and into allocations of no byte more than is allowed; the
 * result, which must be that of decode_naively.  expected: what must come out,
 * may be NULL.
 */
static int64_t
decode_checked(const ColFsstTable *table, const uint8_t *codes, size_t n_codes,
			   const uint8_t *expected, size_t capacity_bytes)
{
	uint8_t *in = malloc(n_codes + !n_codes);
	uint8_t *out = malloc(capacity_bytes + COL_FSST_SLACK_BYTES);
	uint8_t *naive = malloc(capacity_bytes + 1);
	int64_t n_bytes;

	memcpy(in, codes, n_codes);
	n_bytes = col_fsst_decode(table, in, n_codes, out, capacity_bytes);
	CHECK(n_bytes == decode_naively(table, in, n_codes, naive, capacity_bytes));
	if (n_bytes > 0)
	{
		CHECK(memcmp(out, naive, (size_t) n_bytes) == 0);
		if (expected)
			CHECK(memcmp(out, expected, (size_t) n_bytes) == 0);
	}
	free(in);
	free(out);
	free(naive);
	return n_bytes;
}

/* The codes of all values, each encoded, compared and decoded alone. */
static size_t
encode_all(const ColFsstEncoder *encoder, const Strings *strings,
		   uint8_t *codes)
{
	uint8_t *naive = malloc(2 * strings->n_bytes + 1);
	size_t n_codes = 0;
	uint32_t i;

	for (i = 0; i < strings->n_values; i++)
	{
		uint32_t length = strings->lengths[i];
		uint8_t *value = malloc(length + !length);
		uint8_t *out = malloc(2 * (size_t) length + !length);
		size_t n_out;

		/* neither a byte more is read than the value has, nor written */
		memcpy(value, strings->values[i], length);
		n_out = col_fsst_encode(encoder, value, length, out);
		CHECK(n_out <= 2 * (size_t) length);
		CHECK(n_out == encode_naively(&encoder->table, value, length, naive) &&
			  memcmp(out, naive, n_out) == 0);
		CHECK(decode_checked(&encoder->table, out, n_out, value, length) ==
			  length);
		if (length > 0)
			CHECK(decode_checked(&encoder->table, out, n_out, NULL,
								 test_below(length)) == -1);
		memcpy(codes + n_codes, out, n_out);
		n_codes += n_out;
		free(value);
		free(out);
	}
	free(naive);
	return n_codes;
}

static void
values_come_back(void)
{
	static Strings strings;
	static ColFsstEncoder encoder;
	ColFsstTable table;
	int trained;
	int shape;

	/* each with the table of its own kind, and with those of all others */
	for (trained = 0; trained < SHAPES; trained++)
	{
		make_strings(&strings, (Shape) trained);
		train(&table, &strings);
		free(strings.bytes);
		col_fsst_encoder_init(&encoder, &table);
		for (shape = 0; shape < SHAPES; shape++)
		{
			uint8_t *codes;
			size_t n_codes;

			test_context("%s, table of %s", shape_names[shape],
						 shape_names[trained]);
			make_strings(&strings, (Shape) shape);
			codes = malloc(2 * strings.n_bytes + 1);
			n_codes = encode_all(&encoder, &strings, codes);
			CHECK(decode_checked(&table, codes, n_codes, strings.bytes,
								 strings.n_bytes) == (int64_t) strings.n_bytes);
			free(codes);
			free(strings.bytes);
		}
	}
}

static bool
same_table(const ColFsstTable *a, const ColFsstTable *b)
{
	return a->n_symbols == b->n_symbols &&
		   memcmp(a->symbols, b->symbols, sizeof(a->symbols)) == 0 &&
		   memcmp(a->lengths, b->lengths, sizeof(a->lengths)) == 0;
}

static void
tables_come_back(void)
{
	static Strings strings;
	uint8_t bytes[COL_FSST_TABLE_BYTES_MAX + 1];
	ColFsstTable table;
	ColFsstTable again;
	int shape;

	for (shape = 0; shape < SHAPES; shape++)
	{
		size_t n_bytes;
		size_t i;

		test_context("%s", shape_names[shape]);
		make_strings(&strings, (Shape) shape);
		train(&table, &strings);
		train(&again, &strings);
		CHECK(same_table(&table, &again));
		n_bytes = col_fsst_table_bytes(&table);
		CHECK(n_bytes <= COL_FSST_TABLE_BYTES_MAX);
		col_fsst_table_write(&table, bytes);
		bytes[n_bytes] = 1; /* what follows is not looked at */
		CHECK(col_fsst_table_read(&again, bytes, n_bytes + 1) == n_bytes);
		CHECK(same_table(&table, &again));
		for (i = 0; i < n_bytes; i++)
		{
			uint8_t *cut = malloc(i + !i);

			memcpy(cut, bytes, i);
			CHECK(col_fsst_table_read(&again, cut, i) == 0);
			free(cut);
		}
		free(strings.bytes);
	}
}

static size_t
read_table(const char *bytes, size_t n_bytes)
{
	ColFsstTable table;

	return col_fsst_table_read(&table, (const uint8_t *) bytes, n_bytes);
}

static void
other_forms_of_a_table_are_refused(void)
{
	uint8_t full[8 + 8 * 255];
	ColFsstTable table;
	uint32_t i;

	CHECK(read_table("\0\0\0\0\0\0\0\0", 8) == 8);
	CHECK(read_table("\2\1\0\0\0\0\0\0abca", 12) == 12);
	CHECK(read_table("\2\0\0\0\0\0\0\0ba", 10) == 0);
	CHECK(read_table("\2\0\0\0\0\0\0\0aa", 10) == 0);
	/* bytes are compared as memcmp does, not as numbers */
	CHECK(read_table("\0\2\0\0\0\0\0\0a\377b\0", 12) == 12);
	CHECK(read_table("\0\2\0\0\0\0\0\0b\0a\377", 12) == 0);

	memset(full, 0, sizeof(full));
	full[7] = 255;
	for (i = 0; i < 255; i++)
		full[8 + 8 * i] = (uint8_t) i;
	CHECK(col_fsst_table_read(&table, full, sizeof(full)) == sizeof(full));
	CHECK(table.n_symbols == 255 && table.lengths[254] == 8);
	full[0] = 1;
	CHECK(col_fsst_table_read(&table, full, sizeof(full)) == 0);
}

static void
other_codes_are_refused(void)
{
	static const uint8_t bytes[] = {1,	 1,	  0,   0,	0,	 0,	  0,
									1,	 'a', 'b', 'c', 'l', 'o', 'n',
									'g', 'e', 's', 't', '!'};
	ColFsstTable table;
	ColFsstTable none;

	CHECK(col_fsst_table_read(&table, bytes, sizeof(bytes)) == sizeof(bytes));
	CHECK(table.n_symbols == 3);
	CHECK(col_fsst_table_read(&none, (const uint8_t *) "\0\0\0\0\0\0\0", 8) ==
		  8);
#define DECODE(codes, expected)                                          \
	decode_checked(&table, (const uint8_t *) (codes), sizeof(codes) - 1, \
				   (const uint8_t *) (expected), sizeof(expected) - 1)
	CHECK(DECODE("", "") == 0);
	CHECK(DECODE("\0\1\2", "abclongest!") == 11);
	CHECK(DECODE("\0\1\2", "abclongest") == -1);
	CHECK(DECODE("\2\2\2\2", "longest!longest!longest!longest!") == 32);
	CHECK(DECODE("\2\2\2\2", "longest!longest!longest!longest") == -1);
	CHECK(DECODE("\2\2\2\2", "") == -1);
	CHECK(DECODE("\377\0\377\377\377z", "\0\377z") == 3);
	CHECK(DECODE("\0\377", "a...") == -1);
	CHECK(DECODE("\377", "....") == -1);
	CHECK(DECODE("\0\0\0\377", "aaa....") == -1);
	CHECK(DECODE("\3", "........") == -1);
	CHECK(DECODE("\0\0\0\376", "aaa........") == -1);
#undef DECODE
	CHECK(decode_checked(&none, (const uint8_t *) "\0", 1, NULL, 8) == -1);
}

/* Damage of tables and codes: what is read is read as the naive decoder does. */
static void
damage_stays_in_bounds(void)
{
	static Strings strings;
	static ColFsstEncoder encoder;
	uint8_t bytes[COL_FSST_TABLE_BYTES_MAX];
	uint8_t codes[4096];
	ColFsstTable table;
	int readable = 0;
	int i;

	for (i = 0; i < 20000; i++)
	{
		size_t n_bytes;
		size_t n_codes;
		int n;

		if (i % 2000 == 0)
		{
			free(strings.bytes);
			make_strings(&strings, (Shape) (i / 2000));
			train(&table, &strings);
			col_fsst_encoder_init(&encoder, &table);
		}
		n_bytes = col_fsst_table_bytes(&encoder.table);
		col_fsst_table_write(&encoder.table, bytes);
		for (n = (int) test_below(3); n > 0; n--)
			bytes[test_below(test_below(2) ? 8 : n_bytes)] =
				(uint8_t) test_below(test_below(2) ? 4 : 256);
		if (col_fsst_table_read(&table, bytes, n_bytes) == 0)
			continue;
		readable++;
		n_codes = test_below(100);
		if (strings.n_bytes > n_codes)
			n_codes = col_fsst_encode(
				&encoder, strings.bytes + test_below(strings.n_bytes - n_codes),
				n_codes, codes);
		else
			memset(codes, 0, n_codes);
		for (n = (int) test_below(4); n > 0 && n_codes > 0; n--)
			codes[test_below(n_codes)] =
				(uint8_t) (test_below(2) ? 255 : test_random());
		decode_checked(&table, codes, n_codes, NULL, test_below(300));
	}
	CHECK(readable > 5000);
	free(strings.bytes);
}

static void
urls_shrink(void)
{
	static Strings strings;
	static ColFsstEncoder encoder;
	ColFsstTable table;
	uint8_t *codes;

	make_strings(&strings, SHAPE_URLS);
	train(&table, &strings);
	col_fsst_encoder_init(&encoder, &table);
	codes = malloc(2 * strings.n_bytes);
	CHECK(col_fsst_encode(&encoder, strings.bytes, strings.n_bytes, codes) <
		  strings.n_bytes / 3);
	free(codes);
	free(strings.bytes);
}

static void
no_memory_for_training(void)
{
	static Strings strings;
	TestMemory memory;
	ColFsstTable table;

	make_strings(&strings, SHAPE_URLS);
	test_memory_init(&memory);
	memory.fail_at = 1;
	CHECK(col_fsst_train(&table, strings.values, strings.lengths,
						 strings.n_values, &memory.allocator) == COL_NO_MEMORY);
	free(strings.bytes);
}

const TestCase fsst_tests[] = {
	{"fsst: values come back", values_come_back},
	{"fsst: tables come back", tables_come_back},
	{"fsst: other forms of a table are refused",
	 other_forms_of_a_table_are_refused},
	{"fsst: other codes are refused", other_codes_are_refused},
	{"fsst: damage stays in bounds", damage_stays_in_bounds},
	{"fsst: urls shrink", urls_shrink},
	{"fsst: no memory for training", no_memory_for_training},
	{NULL, NULL}};
