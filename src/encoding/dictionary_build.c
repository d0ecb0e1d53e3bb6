/*
 * dictionary_build.c - the distinct values of a column, by hash, then in byte
 * order.  Used by the chooser; enc_dictionary.c reads what comes out.
 *
 * Values are told apart by their payload.  If a payload comes with both kinds
 * of header, the entry keeps the 4-byte one: a type that insists on it never
 * meets a 1-byte header, and any other reads both.
 *
 * Work is bounded: a sample decides first whether values repeat at all, the
 * entries and their bytes are limited, and a value that would need too many
 * probes (a hash that somebody has broken) ends the attempt.
 *
 * Memory: all from the encoder's arena.
 */
#include "src/encoding/encoding_internal.h"

#include "src/base/assert.h"
#include "src/base/bytes.h"
#include "src/vector/image.h"

#define FIRST_SLOTS 4096

/* The code of a value that is not among the entries, while they are gathered. */
#define OTHER UINT32_MAX

/* Rows with such values, at most: one in this many. */
#define OTHERS_ONE_IN 4

/* The sample: runs spread over the column, of this many rows. */
#define SAMPLE_RUNS 16
#define SAMPLE_RUN_ROWS 256

/* Fewer repetitions in the sample than one in this many: no dictionary. */
#define SAMPLE_REPEAT_ONE_IN 50

/*
 * Numbers are looked at in order: when after so many most were new, there is no
 * dictionary.
 */
#define NUMBERS_TRY_ROWS 16384
#define NUMBERS_NEW_MAX (NUMBERS_TRY_ROWS / 4 * 3)

/* Slots looked at for one value, at most. */
#define PROBES_MAX 256

/* Groups of equal prefix up to this are sorted by insertion. */
#define INSERTION_ENTRIES 12

/* Fewer keys than this are not worth a pass of counting. */
#define RADIX_ENTRIES 64

typedef struct BuildTable
{
	ColArena *arena;
	uint64_t *slots;  /* hash << 32 | (entry + 1), 0: free */
	uint32_t n_slots; /* a power of two */
	ColDictionaryEntry *entries;
	uint32_t n_entries;
	uint32_t entries_max;
	uint64_t heap_bytes; /* of the entries, with padding where it may be */
	bool is_image;
	uint16_t value_bytes;
	bool given_up;
	uint32_t n_others; /* rows whose value found no room */
} BuildTable;

static inline uint64_t
hash_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128) a * b;

	return (uint64_t) product ^ (uint64_t) (product >> 64);
}

/* Folded multiplication over 16 bytes a step, in the manner of wyhash. */
static inline uint32_t
hash_bytes(const uint8_t *at, uint32_t n_bytes)
{
	const uint64_t k0 = UINT64_C(0xa0761d6478bd642f);
	const uint64_t k1 = UINT64_C(0xe7037ed1a0b428db);
	uint64_t hash = n_bytes * k0;
	uint64_t a = 0;
	uint64_t b = 0;

	for (; n_bytes > 16; n_bytes -= 16, at += 16)
		hash = hash_mix(col_load_u64(at) ^ k1, col_load_u64(at + 8) ^ hash);
	if (n_bytes >= 8)
	{
		a = col_load_u64(at);
		b = col_load_u64(at + n_bytes - 8);
	}
	else if (n_bytes >= 4)
	{
		a = col_load_u32(at);
		b = col_load_u32(at + n_bytes - 4);
	}
	else if (n_bytes > 0)
		a = (uint64_t) at[0] << 16 | (uint64_t) at[n_bytes / 2] << 8 |
			at[n_bytes - 1];
	hash = hash_mix(a ^ k1, b ^ hash);
	return (uint32_t) (hash_mix(hash, k0) >> 32);
}

static bool
table_init(BuildTable *table, const ColColumn *column, uint32_t entries_max,
		   ColArena *arena)
{
	table->arena = arena;
	table->n_slots = FIRST_SLOTS;
	table->slots = col_arena_zalloc(arena, FIRST_SLOTS * sizeof(uint64_t));
	table->entries_max = column->n_rows < COL_DICTIONARY_ENTRIES_MAX
							 ? column->n_rows
							 : COL_DICTIONARY_ENTRIES_MAX;
	if (entries_max > 0 && entries_max < table->entries_max)
		table->entries_max = entries_max;
	table->entries =
		col_arena_alloc(arena, table->entries_max * sizeof(ColDictionaryEntry));
	table->n_entries = 0;
	table->heap_bytes = 0;
	table->is_image = column->phys == COL_PHYS_IMAGE;
	table->value_bytes = column->value_bytes;
	table->given_up = false;
	table->n_others = 0;
	return table->slots != NULL && table->entries != NULL;
}

static bool
table_grow(BuildTable *table)
{
	uint32_t n_slots = table->n_slots * 4;
	uint64_t *slots =
		col_arena_zalloc(table->arena, n_slots * sizeof(uint64_t));
	uint32_t i;

	if (slots == NULL)
		return false;
	for (i = 0; i < table->n_entries; i++)
	{
		uint32_t hash = table->entries[i].hash;
		uint32_t slot = hash & (n_slots - 1);

		while (slots[slot] != 0)
			slot = (slot + 1) & (n_slots - 1);
		slots[slot] = (uint64_t) hash << 32 | (i + 1);
	}
	table->slots = slots;
	table->n_slots = n_slots;
	return true;
}

/* What value takes in the section, at most. */
static uint64_t
table_value_bytes(const BuildTable *table, const uint8_t *value)
{
	if (!table->is_image)
		return table->value_bytes;
	if (col_image_is_short(value))
		return col_image_bytes(value);
	return (uint64_t) col_image_bytes(value) + COL_IMAGE_ALIGN_BYTES - 1;
}

/* Adds an entry at the free slot; OTHER: there is no room for it. */
static uint32_t
table_add(BuildTable *table, uint32_t slot, const ColDictionaryEntry *entry)
{
	uint64_t heap_bytes =
		table->heap_bytes + table_value_bytes(table, entry->value);

	if (table->n_entries == table->entries_max ||
		heap_bytes > COL_DICTIONARY_HEAP_BYTES)
	{
		/* text that finds no room lies beside the dictionary */
		table->given_up = !table->is_image;
		return OTHER;
	}
	table->heap_bytes = heap_bytes;
	table->entries[table->n_entries] = *entry;
	table->n_entries++;
	table->slots[slot] = (uint64_t) entry->hash << 32 | table->n_entries;
	return table->n_entries - 1;
}

/* The entry of value, found or added, or OTHER; given_up may be set. */
static inline uint32_t
table_find(BuildTable *table, const uint8_t *value)
{
	ColDictionaryEntry entry;
	uint32_t slot;
	uint32_t probes;

	entry.value = value;
	entry.payload = table->is_image ? col_image_payload(value) : value;
	entry.payload_bytes =
		table->is_image ? col_image_payload_bytes(value) : table->value_bytes;
	entry.hash = hash_bytes(entry.payload, entry.payload_bytes);
	slot = entry.hash & (table->n_slots - 1);
	for (probes = 0; probes < PROBES_MAX; probes++)
	{
		uint64_t word = table->slots[slot];
		ColDictionaryEntry *known;

		if (word == 0)
			return table_add(table, slot, &entry);
		known = &table->entries[(uint32_t) word - 1];
		if ((uint32_t) (word >> 32) == entry.hash &&
			known->payload_bytes == entry.payload_bytes &&
			memcmp(known->payload, entry.payload, entry.payload_bytes) == 0)
		{
			if (table->is_image && col_image_is_short(known->value) &&
				!col_image_is_short(value))
			{
				table->heap_bytes += table_value_bytes(table, value);
				table->given_up = table->heap_bytes > COL_DICTIONARY_HEAP_BYTES;
				*known = entry;
			}
			return (uint32_t) word - 1;
		}
		slot = (slot + 1) & (table->n_slots - 1);
	}
	table->given_up = true;
	return 0;
}

/* Is value the last one that was looked for, with the same kind of header? */
static inline bool
is_same_value(const BuildTable *table, const uint8_t *value,
			  const uint8_t *last)
{
	uint32_t n_bytes = table->value_bytes;

	if (last == NULL || value[0] != last[0])
		return false;
	if (table->is_image)
	{
		n_bytes = col_image_bytes(value);
		if (n_bytes != col_image_bytes(last))
			return false;
	}
	return n_bytes == 1 || memcmp(value, last, n_bytes) == 0;
}

static inline bool
table_is_full(const BuildTable *table)
{
	return table->n_entries > table->n_slots / 2;
}

static bool
build_is_numbers(const ColColumn *column)
{
	return column->phys == COL_PHYS_LANE || column->order == COL_ORDER_NUMERIC;
}

/* Do values repeat often enough to build the whole table? */
static ColStatus
build_sample(ColEncoder *encoder, BuildTable *table, bool *repeats)
{
	const ColColumn *column = encoder->column;
	uint32_t n_values = 0;
	uint32_t run;

	col_assert(table->n_entries == 0);
	*repeats = true;
	if (column->n_rows < 2 * SAMPLE_RUNS * SAMPLE_RUN_ROWS ||
		build_is_numbers(column))
		return COL_OK;
	for (run = 0; run < SAMPLE_RUNS; run++)
	{
		uint32_t row =
			(uint32_t) ((uint64_t) column->n_rows * run / SAMPLE_RUNS);
		uint32_t end = row + SAMPLE_RUN_ROWS;

		for (; row < end && !table->given_up; row++)
		{
			if (col_column_is_null(column, row))
				continue;
			if (table_is_full(table) && !table_grow(table))
				return col_error(encoder->error, COL_NO_MEMORY,
								 "out of memory for a dictionary", 0, 0);
			table_find(table, col_column_value(column, row));
			n_values++;
		}
	}
	*repeats = !table->given_up &&
			   (n_values == 0 || (n_values - table->n_entries) *
										 (uint64_t) SAMPLE_REPEAT_ONE_IN >=
									 n_values);
	table->n_entries = 0;
	table->heap_bytes = 0;
	memset(table->slots, 0, table->n_slots * sizeof(uint64_t));
	return COL_OK;
}

/* The code of every row; a NULL repeats the one before, or the first. */
static ColStatus
build_codes(ColEncoder *encoder, BuildTable *table, uint32_t *codes)
{
	const ColColumn *column = encoder->column;
	const uint8_t *last = NULL;
	uint32_t found = 0; /* of last */
	uint32_t code = 0;
	uint32_t row;

	for (row = 0; row < column->n_rows && !table->given_up; row++)
	{
		if (col_column_is_null(column, row))
			codes[row] = code;
		else
		{
			const uint8_t *value = col_column_value(column, row);

			if (table_is_full(table) && !table_grow(table))
				return col_error(encoder->error, COL_NO_MEMORY,
								 "out of memory for a dictionary", 0, 0);
			if (!is_same_value(table, value, last))
				found = table_find(table, value);
			last = value;
			if (found == OTHER)
				table->n_others++;
			else
				code = found;
			codes[row] = found;
		}
		if (table->n_others > column->n_rows / OTHERS_ONE_IN)
			table->given_up = true;
		if (row == NUMBERS_TRY_ROWS && table->n_entries > NUMBERS_NEW_MAX &&
			build_is_numbers(column))
			table->given_up = true;
	}
	return COL_OK;
}

/* Which rows have other values; their codes become n_entries. */
static ColStatus
build_others(ColEncoder *encoder, ColDictionary *dictionary)
{
	uint32_t row;

	dictionary->others =
		col_arena_zalloc(encoder->arena, encoder->n_vectors * COL_VECTOR_WORDS *
											 sizeof(uint64_t));
	if (dictionary->others == NULL)
		return col_error(encoder->error, COL_NO_MEMORY,
						 "out of memory for a dictionary", 0, 0);
	for (row = 0; row < encoder->column->n_rows; row++)
		if (dictionary->codes[row] == OTHER)
		{
			dictionary->codes[row] = dictionary->n_entries;
			dictionary->others[row / 64] |= (uint64_t) 1 << row % 64;
		}
	return COL_OK;
}

ColStatus
col_dictionary_build(ColEncoder *encoder, ColDictionary *dictionary)
{
	const ColColumn *column = encoder->column;
	BuildTable table;
	ColStatus status;
	uint32_t *codes;
	bool repeats;

	memset(dictionary, 0, sizeof(*dictionary));
	codes = col_arena_alloc(encoder->arena,
							(size_t) column->n_rows * sizeof(uint32_t));
	if (codes == NULL ||
		!table_init(&table, column, encoder->options->dictionary_entries,
					encoder->arena))
		return col_error(encoder->error, COL_NO_MEMORY,
						 "out of memory for a dictionary", 0, 0);
	status = build_sample(encoder, &table, &repeats);
	if (status != COL_OK || !repeats)
		return status;
	status = build_codes(encoder, &table, codes);
	if (status != COL_OK || table.given_up)
		return status;
	col_assert(table.n_entries > 0 && table.n_entries <= table.entries_max);
	dictionary->n_entries = table.n_entries;
	dictionary->entries = table.entries;
	dictionary->raw_bytes = table.heap_bytes;
	dictionary->codes = codes;
	dictionary->n_others = table.n_others;
	return table.n_others > 0 ? build_others(encoder, dictionary) : COL_OK;
}

/* An entry while the dictionary is sorted: 8 bytes behind what all share. */
typedef struct SortKey
{
	uint64_t prefix;
	uint32_t entry;
} SortKey;

typedef struct SortRun
{
	const ColDictionaryEntry *entries;
	uint32_t shared_bytes; /* at the start of all payloads */
	SortKey *keys;
	SortKey *scratch;
} SortRun;

static int
sort_compare(const SortRun *run, const SortKey *a, const SortKey *b)
{
	const ColDictionaryEntry *left = &run->entries[a->entry];
	const ColDictionaryEntry *right = &run->entries[b->entry];
	uint32_t shorter = left->payload_bytes < right->payload_bytes
						   ? left->payload_bytes
						   : right->payload_bytes;
	int order;

	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	order =
		memcmp(left->payload + run->shared_bytes,
			   right->payload + run->shared_bytes, shorter - run->shared_bytes);
	if (order != 0)
		return order;
	return left->payload_bytes < right->payload_bytes ? -1 : 1;
}

static void
sort_insertion(const SortRun *run, SortKey *keys, uint32_t n_keys)
{
	uint32_t i;

	for (i = 1; i < n_keys; i++)
	{
		SortKey key = keys[i];
		uint32_t j = i;

		while (j > 0 && sort_compare(run, &key, &keys[j - 1]) < 0)
		{
			keys[j] = keys[j - 1];
			j--;
		}
		keys[j] = key;
	}
}

/* Merges two neighbouring sorted runs of from into to. */
static void
sort_merge_two(const SortRun *run, const SortKey *from, uint32_t middle,
			   uint32_t end, SortKey *to)
{
	uint32_t left = 0;
	uint32_t right = middle;
	uint32_t i;

	for (i = 0; i < end; i++)
	{
		bool take_left =
			right == end ||
			(left < middle && sort_compare(run, &from[left], &from[right]) < 0);

		to[i] = take_left ? from[left++] : from[right++];
	}
}

static void
sort_merge(const SortRun *run, SortKey *keys, SortKey *scratch, uint32_t n_keys)
{
	SortKey *from = keys;
	SortKey *to = scratch;
	uint32_t width;
	uint32_t start;

	for (start = 0; start < n_keys; start += INSERTION_ENTRIES)
		sort_insertion(run, keys + start,
					   n_keys - start < INSERTION_ENTRIES ? n_keys - start
														  : INSERTION_ENTRIES);
	for (width = INSERTION_ENTRIES; width < n_keys; width *= 2)
	{
		SortKey *other = from;

		for (start = 0; start < n_keys; start += 2 * width)
		{
			uint32_t left = n_keys - start;
			uint32_t middle = left < width ? left : width;
			uint32_t end = left < 2 * width ? left : 2 * width;

			sort_merge_two(run, from + start, middle, end, to + start);
		}
		from = to;
		to = other;
	}
	if (from != keys)
		memcpy(keys, from, n_keys * sizeof(SortKey));
}

/* Sorts by prefix alone: counting, byte by byte, the lowest first. */
static void
sort_radix(SortKey *keys, SortKey *scratch, uint32_t n_keys)
{
	SortKey *from = keys;
	SortKey *to = scratch;
	unsigned shift;

	for (shift = 0; shift < 64; shift += 8)
	{
		uint32_t starts[256] = {0};
		uint32_t sum = 0;
		SortKey *other = from;
		uint32_t i;

		for (i = 0; i < n_keys; i++)
			starts[from[i].prefix >> shift & 0xff]++;
		if (starts[from[0].prefix >> shift & 0xff] == n_keys)
			continue;
		for (i = 0; i < 256; i++)
		{
			uint32_t count = starts[i];

			starts[i] = sum;
			sum += count;
		}
		for (i = 0; i < n_keys; i++)
			to[starts[from[i].prefix >> shift & 0xff]++] = from[i];
		from = to;
		to = other;
	}
	if (from != keys)
		memcpy(keys, from, n_keys * sizeof(SortKey));
}

/* Bytes that all payloads start with. */
static uint32_t
sort_shared_bytes(const ColDictionary *dictionary)
{
	const ColDictionaryEntry *first = &dictionary->entries[0];
	uint32_t shared = first->payload_bytes;
	uint32_t i;

	for (i = 1; i < dictionary->n_entries && shared > 0; i++)
	{
		const ColDictionaryEntry *entry = &dictionary->entries[i];
		uint32_t same = 0;

		if (shared > entry->payload_bytes)
			shared = entry->payload_bytes;
		while (same < shared && entry->payload[same] == first->payload[same])
			same++;
		shared = same;
	}
	return shared;
}

/* A lane so that keys are in the order of the values, as far as it has one. */
static uint64_t
sort_lane_key(const ColColumn *column, const uint8_t *value)
{
	uint32_t bits = column->value_bytes * 8U;
	uint64_t lane = col_load_uint(value, column->value_bytes);
	uint64_t sign = (uint64_t) 1 << (bits - 1);

	if (column->order == COL_ORDER_SIGNED)
		return lane ^ sign;
	if (!col_order_is_float(column->order))
		return lane;
	return (lane & sign) != 0 ? ~lane & (sign | (sign - 1)) : lane | sign;
}

static void
sort_fill_keys(const ColColumn *column, const ColDictionary *dictionary,
			   SortRun *run)
{
	uint32_t i;

	for (i = 0; i < dictionary->n_entries; i++)
	{
		const ColDictionaryEntry *entry = &dictionary->entries[i];
		uint32_t left = entry->payload_bytes - run->shared_bytes;

		run->keys[i].entry = i;
		if (column->phys == COL_PHYS_LANE)
			run->keys[i].prefix = sort_lane_key(column, entry->value);
		else
			run->keys[i].prefix = __builtin_bswap64(col_load_uint(
				entry->payload + run->shared_bytes, left < 8 ? left : 8));
	}
}

/*
 * Keys of the same prefix get the 8 bytes of their payloads at depth instead, zeroes
 * behind the end; false: none has any.
 */
static bool
sort_next_prefix(const SortRun *run, SortKey *keys, uint32_t n_keys,
				 uint32_t depth)
{
	bool any = false;
	uint32_t i;

	for (i = 0; i < n_keys; i++)
	{
		const ColDictionaryEntry *entry = &run->entries[keys[i].entry];
		uint32_t left =
			entry->payload_bytes > depth ? entry->payload_bytes - depth : 0;

		any |= left > 0;
		keys[i].prefix =
			left == 0 ? 0
					  : __builtin_bswap64(col_load_uint(entry->payload + depth,
														left < 8 ? left : 8));
	}
	return any;
}

/*
 * Sorts keys whose payloads are the same before depth, where their prefixes are: by
 * these, then those that have one prefix by what follows.
 */
static void
sort_keys(const SortRun *run, SortKey *keys, SortKey *scratch, uint32_t n_keys,
		  uint32_t depth)
{
	uint32_t start;
	uint32_t end;

	if (n_keys < RADIX_ENTRIES)
	{
		sort_merge(run, keys, scratch, n_keys);
		return;
	}
	sort_radix(keys, scratch, n_keys);
	for (start = 0; start < n_keys; start = end)
	{
		for (end = start + 1; end < n_keys; end++)
			if (keys[end].prefix != keys[start].prefix)
				break;
		if (end - start < 2)
			continue;
		if (sort_next_prefix(run, keys + start, end - start, depth + 8))
			sort_keys(run, keys + start, scratch + start, end - start,
					  depth + 8);
		else
			sort_merge(run, keys + start, scratch + start, end - start);
	}
}

ColStatus
col_dictionary_sort(ColEncoder *encoder, ColDictionary *dictionary)
{
	uint32_t n_entries = dictionary->n_entries;
	uint32_t n_rows = encoder->column->n_rows;
	ColDictionaryEntry *sorted =
		col_arena_alloc(encoder->arena, n_entries * sizeof(ColDictionaryEntry));
	uint32_t *ranks =
		col_arena_alloc(encoder->arena, n_entries * sizeof(uint32_t));
	SortRun run;
	uint64_t bytes = 0;
	uint32_t i;

	col_assert(n_entries > 0);
	run.entries = dictionary->entries;
	run.keys = col_arena_alloc(encoder->arena, n_entries * sizeof(SortKey));
	run.scratch = col_arena_alloc(encoder->arena, n_entries * sizeof(SortKey));
	if (!sorted || !ranks || !run.keys || !run.scratch)
		return col_error(encoder->error, COL_NO_MEMORY,
						 "out of memory for a dictionary", n_entries, 0);
	run.shared_bytes = encoder->column->phys == COL_PHYS_LANE
						   ? 0
						   : sort_shared_bytes(dictionary);
	sort_fill_keys(encoder->column, dictionary, &run);
	sort_keys(&run, run.keys, run.scratch, n_entries, run.shared_bytes);
	for (i = 0; i < n_entries; i++)
	{
		sorted[i] = dictionary->entries[run.keys[i].entry];
		ranks[run.keys[i].entry] = i;
		if (encoder->column->phys == COL_PHYS_IMAGE)
			bytes =
				col_image_start(bytes, col_image_is_short(sorted[i].value)) +
				col_image_bytes(sorted[i].value);
		else
			bytes += encoder->column->value_bytes;
	}
	for (i = 0; i < n_rows; i++)
		if (dictionary->codes[i] < n_entries)
			dictionary->codes[i] = ranks[dictionary->codes[i]];
	col_assert(bytes <= dictionary->raw_bytes);
	dictionary->entries = sorted;
	dictionary->raw_bytes = bytes;
	return COL_OK;
}

void
col_dictionary_lay_out(const ColEncoder *encoder,
					   const ColDictionary *dictionary, uint8_t *destination)
{
	uint32_t value_bytes = encoder->column->value_bytes;
	uint64_t position = 0;
	uint32_t i;

	for (i = 0; i < dictionary->n_entries; i++)
	{
		const uint8_t *value = dictionary->entries[i].value;

		if (encoder->column->phys == COL_PHYS_IMAGE)
			position = col_image_append(destination, position, value);
		else
		{
			memcpy(destination + position, value, value_bytes);
			position += value_bytes;
		}
	}
	col_assert(position == dictionary->raw_bytes);
}
