/*
 * key_values.c - values of a key, numbered as they are first seen.
 *
 * Of types whose equal values are equal bytes, bytes are hashed and compared; of others
 * their hash function and equality operator are called.  Codes of a dictionary are
 * looked up once a stripe, decimals once each.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/pg_locale.h"
#include "utils/typcache.h"

#include "src/group/key_values.h"
#include "src/base/hash.h"
#include "src/vector/image.h"

/* Numbers have 31 bits, of which a few mean something else. */
#define VALUES_MAX (((uint32) 1 << 31) - 16)

/* Values ahead of the one looked up that come into the cache meanwhile, step by step. */
#define FETCH_ENTRY 16
#define FETCH_PLACE 8
#define FETCH_BYTES 4

typedef struct KeyEntry
{
	uint32 hash;
	uint32 number; /* COL_NO_NUMBER: free */
} KeyEntry;

#define SMALL_MAX 512

/* A decimal that has a number. */
typedef struct DecimalEntry
{
	int64 value;
	int32 scale;
	uint32 number; /* COL_NO_NUMBER: free */
} DecimalEntry;

struct ColKeyValues
{
	int16 typlen;
	bool by_bytes;
	FmgrInfo hash;
	FmgrInfo equal;
	Oid collation;
	MemoryContext memory;
	MemoryContext scratch;
	uint32 n_values;
	uint32 room;
	Datum *values;
	KeyEntry *entries;
	uint32 n_entries; /* a power of two; 0: none yet */
	DecimalEntry *decimals;
	uint32 n_decimals;	 /* used */
	uint32 decimal_room; /* a power of two */
	/* numbers of small whole numbers */
	uint32 small[SMALL_MAX];
	/* the codes of a stripe's dictionary */
	uint64 stripe;
	uint32 *codes;
	uint32 n_codes;
};

static bool
equal_is_bytes(Oid type, Oid collation)
{
	switch (getBaseType(type))
	{
		case BYTEAOID:
		case UUIDOID:
			return true;
		case TEXTOID:
		case VARCHAROID:
			return OidIsValid(collation) &&
				   get_collation_isdeterministic(collation);
		default:
			return false;
	}
}

ColKeyValues *
col_key_values_create(Oid type, Oid collation, MemoryContext memory)
{
	ColKeyValues *values = palloc0(sizeof(*values));
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_HASH_PROC_FINFO |
														TYPECACHE_EQ_OPR_FINFO);

	values->typlen = entry->typlen;
	values->collation = collation;
	values->by_bytes = equal_is_bytes(type, collation);
	fmgr_info_copy(&values->hash, &entry->hash_proc_finfo,
				   CurrentMemoryContext);
	fmgr_info_copy(&values->equal, &entry->eq_opr_finfo, CurrentMemoryContext);
	values->memory = memory;
	memset(values->small, 0xff, sizeof(values->small));
	values->scratch = AllocSetContextCreate(
		CurrentMemoryContext, "columnar key values", ALLOCSET_SMALL_SIZES);
	return values;
}

void
col_key_values_reset(ColKeyValues *values)
{
	values->n_values = values->room = values->n_entries = 0;
	values->values = NULL;
	values->entries = NULL;
	values->decimals = NULL;
	values->n_decimals = values->decimal_room = 0;
	memset(values->small, 0xff, sizeof(values->small));
	values->stripe = 0;
	values->codes = NULL;
	values->n_codes = 0;
}

static void
bytes_of(const ColKeyValues *values, Datum value, const uint8 **bytes,
		 uint32 *n_bytes)
{
	const uint8 *image = (const uint8 *) DatumGetPointer(value);

	if (values->typlen > 0)
	{
		*bytes = image;
		*n_bytes = values->typlen;
		return;
	}
	*bytes = col_image_payload(image);
	*n_bytes = col_image_payload_bytes(image);
}

static uint32
value_hash(ColKeyValues *values, Datum value)
{
	const uint8 *bytes;
	uint32 n_bytes;

	if (!values->by_bytes)
		return DatumGetUInt32(
			FunctionCall1Coll(&values->hash, values->collation, value));
	bytes_of(values, value, &bytes, &n_bytes);
	return (uint32) (col_hash_bytes(bytes, n_bytes) >> 32);
}

static bool
values_equal(ColKeyValues *values, Datum a, Datum b)
{
	const uint8 *a_bytes;
	const uint8 *b_bytes;
	uint32 n_a;
	uint32 n_b;

	if (!values->by_bytes)
		return DatumGetBool(
			FunctionCall2Coll(&values->equal, values->collation, a, b));
	bytes_of(values, a, &a_bytes, &n_a);
	bytes_of(values, b, &b_bytes, &n_b);
	return n_a == n_b && memcmp(a_bytes, b_bytes, n_a) == 0;
}

static void
grow_entries(ColKeyValues *values)
{
	uint32 n_entries = Max(values->n_entries * 2, 256);
	KeyEntry *entries = MemoryContextAllocHuge(
		values->memory, (Size) n_entries * sizeof(KeyEntry));

	for (uint32 i = 0; i < n_entries; i++)
		entries[i].number = COL_NO_NUMBER;
	for (uint32 i = 0; i < values->n_entries; i++)
	{
		uint32 place = values->entries[i].hash & (n_entries - 1);

		if (values->entries[i].number == COL_NO_NUMBER)
			continue;
		while (entries[place].number != COL_NO_NUMBER)
			place = (place + 1) & (n_entries - 1);
		entries[place] = values->entries[i];
	}
	if (values->entries)
		pfree(values->entries);
	values->entries = entries;
	values->n_entries = n_entries;
}

static Size
value_bytes(const ColKeyValues *values, Datum value)
{
	return values->typlen > 0 ? (Size) values->typlen
							  : VARSIZE_ANY(DatumGetPointer(value));
}

/* A copy of a value, as a new one. */
static uint32
add_value(ColKeyValues *values, Datum value)
{
	MemoryContext old;

	if (values->n_values == VALUES_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("too many values of a grouping key in memory"),
						errhint("Lower work_mem or hash_mem_multiplier.")));
	old = MemoryContextSwitchTo(values->memory);
	if (values->n_values == values->room)
	{
		values->room = Max(values->room * 2, 64);
		values->values =
			values->values
				? repalloc_huge(values->values, values->room * sizeof(Datum))
				: palloc(values->room * sizeof(Datum));
	}
	values->values[values->n_values] = datumCopy(value, false, values->typlen);
	MemoryContextSwitchTo(old);
	return values->n_values++;
}

/*
 * The number of a value of that hash; COL_NO_NUMBER: it has none and is not to be added.
 */
static uint32
find_value(ColKeyValues *values, Datum value, uint32 hash, bool add)
{
	uint32 place;

	if (values->n_entries < values->n_values * 2 + 2)
		grow_entries(values);
	place = hash & (values->n_entries - 1);
	for (;; place = (place + 1) & (values->n_entries - 1))
	{
		KeyEntry *entry = &values->entries[place];

		if (entry->number == COL_NO_NUMBER)
		{
			if (!add)
				return COL_NO_NUMBER;
			entry->hash = hash;
			entry->number = add_value(values, value);
			return entry->number;
		}
		if (entry->hash == hash &&
			values_equal(values, values->values[entry->number], value))
			return entry->number;
	}
}

/* Room for one more decimal. */
static void
grow_decimals(ColKeyValues *values)
{
	uint32 room = Max(values->decimal_room * 2, 256);
	DecimalEntry *entries = MemoryContextAllocHuge(
		values->memory, (Size) room * sizeof(DecimalEntry));

	for (uint32 i = 0; i < room; i++)
		entries[i].number = COL_NO_NUMBER;
	for (uint32 i = 0; i < values->decimal_room; i++)
	{
		const DecimalEntry *entry = &values->decimals[i];
		uint32 place;

		if (entry->number == COL_NO_NUMBER)
			continue;
		place = col_hash_mix(entry->value ^ COL_HASH_FACTOR, ~COL_HASH_FACTOR) &
				(room - 1);
		while (entries[place].number != COL_NO_NUMBER)
			place = (place + 1) & (room - 1);
		entries[place] = *entry;
	}
	if (values->decimals)
		pfree(values->decimals);
	values->decimals = entries;
	values->decimal_room = room;
}

static uint32
find_decimal(ColKeyValues *values, const ColVector *vector, uint32 row,
			 bool add)
{
	int64 value = *(const int64 *) col_vector_value(vector, row);
	uint32 place;
	bool null;

	if (values->decimal_room < values->n_decimals * 2 + 2)
		grow_decimals(values);
	place = col_hash_mix(value ^ COL_HASH_FACTOR, ~COL_HASH_FACTOR) &
			(values->decimal_room - 1);
	for (;; place = (place + 1) & (values->decimal_room - 1))
	{
		DecimalEntry *entry = &values->decimals[place];
		MemoryContext old;
		Datum datum;

		if (entry->number == COL_NO_NUMBER)
		{
			MemoryContextReset(values->scratch);
			old = MemoryContextSwitchTo(values->scratch);
			datum = col_vector_datum(vector, row, &null);
			entry->number =
				find_value(values, datum, value_hash(values, datum), add);
			MemoryContextSwitchTo(old);
			if (entry->number == COL_NO_NUMBER)
				return COL_NO_NUMBER;
			entry->value = value;
			entry->scale = vector->scale;
			values->n_decimals++;
			return entry->number;
		}
		if (entry->value == value && entry->scale == vector->scale)
			return entry->number;
	}
}

static void
prepare_codes(ColKeyValues *values, const ColVector *vector, uint64 stripe)
{
	if (values->stripe == stripe && values->n_codes == vector->n_dictionary)
		return;
	if (values->codes)
		pfree(values->codes);
	values->codes = MemoryContextAllocHuge(
		values->memory, vector->n_dictionary * sizeof(uint32));
	memset(values->codes, 0xff, vector->n_dictionary * sizeof(uint32));
	values->n_codes = vector->n_dictionary;
	values->stripe = stripe;
}

/* The next step towards the value that a hash may be of. */
static inline void
fetch_ahead(const ColKeyValues *values, const uint32 *hashes, uint32 i,
			uint32 n)
{
	uint32 mask = values->n_entries - 1;

	if (i + FETCH_ENTRY < n)
		__builtin_prefetch(&values->entries[hashes[i + FETCH_ENTRY] & mask]);
	if (i + FETCH_PLACE < n)
	{
		uint32 hash = hashes[i + FETCH_PLACE];
		const KeyEntry *entry = &values->entries[hash & mask];

		if (entry->hash == hash && entry->number != COL_NO_NUMBER)
			__builtin_prefetch(&values->values[entry->number]);
	}
	if (i + FETCH_BYTES < n)
	{
		uint32 hash = hashes[i + FETCH_BYTES];
		const KeyEntry *entry = &values->entries[hash & mask];

		if (entry->hash == hash && entry->number != COL_NO_NUMBER)
			__builtin_prefetch(DatumGetPointer(values->values[entry->number]));
	}
}

/* Looks up n images, of those of rows; of a dictionary, its codes' too. */
static void
find_images(ColKeyValues *values, const ColVector *vector, const uint16 *rows,
			const uint16 *images, uint32 n, bool add, uint64 *words)
{
	MemoryContext old = MemoryContextSwitchTo(values->scratch);
	uint32 hashes[COL_VECTOR_ROWS];

	for (uint32 i = 0; i < n; i++)
		hashes[i] = value_hash(
			values, PointerGetDatum(col_vector_value(vector, rows[images[i]])));
	if (values->n_entries == 0)
		grow_entries(values);
	for (uint32 i = 0; i < n; i++)
	{
		uint32 row = rows[images[i]];
		uint32 number;

		fetch_ahead(values, hashes, i, n);
		number =
			find_value(values, PointerGetDatum(col_vector_value(vector, row)),
					   hashes[i], add);
		if (vector->kind == COL_VECTOR_DICTIONARY)
			values->codes[vector->codes[row]] = number;
		words[images[i]] = number;
	}
	MemoryContextSwitchTo(old);
}

void
col_key_values_find(ColKeyValues *values, const ColVector *vector,
					uint64 stripe, const uint16 *rows, uint32 n_rows, bool add,
					uint64 *words)
{
	uint16 images[COL_VECTOR_ROWS];
	uint32 n_images = 0;

	if (vector->kind == COL_VECTOR_DICTIONARY)
		prepare_codes(values, vector, stripe);
	MemoryContextReset(values->scratch);
	for (uint32 i = 0; i < n_rows; i++)
	{
		uint32 row = rows[i];

		if (col_vector_is_null(vector, row))
			continue;
		if (vector->phys == COL_PHYS_DECIMAL)
		{
			uint64 value = *(const uint64 *) col_vector_value(vector, row);
			uint32 *small = value < SMALL_MAX && vector->scale == 0
								? &values->small[value]
								: NULL;

			words[i] = small && *small != COL_NO_NUMBER
						   ? *small
						   : find_decimal(values, vector, row, add);
			if (small)
				*small = words[i];
			continue;
		}
		if (vector->kind == COL_VECTOR_DICTIONARY)
		{
			words[i] = values->codes[vector->codes[row]];
			if (words[i] != COL_NO_NUMBER)
				continue;
		}
		images[n_images++] = i;
	}
	if (n_images > 0)
		find_images(values, vector, rows, images, n_images, add, words);
}

uint32
col_key_values_hash(ColKeyValues *values, const ColVector *vector, uint32 row)
{
	MemoryContext old = MemoryContextSwitchTo(values->scratch);
	uint32 hash;
	bool null;

	hash = value_hash(values, col_vector_datum(vector, row, &null));
	MemoryContextSwitchTo(old);
	MemoryContextReset(values->scratch);
	return hash;
}

bool
col_key_values_differ(const ColKeyValues *values)
{
	return !values->by_bytes;
}

Datum
col_key_values_look(ColKeyValues *values, uint64 number,
					const ColVector *vector, uint32 row)
{
	Datum known = values->values[number];
	MemoryContext old = MemoryContextSwitchTo(values->scratch);
	bool null;
	Datum look = col_vector_datum(vector, row, &null);
	Size bytes = value_bytes(values, look);

	if (bytes == value_bytes(values, known) &&
		memcmp(DatumGetPointer(look), DatumGetPointer(known), bytes) == 0)
		look = known;
	else
	{
		MemoryContextSwitchTo(values->memory);
		look = datumCopy(look, false, values->typlen);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(values->scratch);
	return look;
}

Size
col_key_values_growth(const ColKeyValues *values, uint32 n)
{
	Size entries = Max(values->n_entries, 256);
	Size room = Max(values->room, 64);
	Size decimals = values->decimal_room;

	while (entries < ((Size) values->n_values + n) * 2 + 2)
		entries *= 2;
	while (room < (Size) values->n_values + n)
		room *= 2;
	while (decimals > 0 && decimals < ((Size) values->n_decimals + n) * 2 + 2)
		decimals *= 2;
	return (entries - values->n_entries) * sizeof(KeyEntry) +
		   (room - values->room) * sizeof(Datum) +
		   (decimals - values->decimal_room) * sizeof(DecimalEntry);
}

Datum
col_key_values_get(const ColKeyValues *values, uint64 number)
{
	Assert(number < values->n_values);
	return values->values[number];
}
