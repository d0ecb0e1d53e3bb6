/*
 * function.c - functions of text without PostgreSQL's code: parts, search, case,
 * concatenation.
 *
 * Each leaves to PostgreSQL what it does not know surely: what throws, and the case of
 * letters that are not ASCII under collations other than C.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "common/int.h"
#include "fmgr.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "simd/simd.h"
#include "src/expr/text/characters.h"
#include "src/expr/text/function.h"
#include "src/pg/compat.h"

static inline ColText
text_of(NullableDatum arg)
{
	return col_text_of_image((const uint8 *) DatumGetPointer(arg.value));
}

/* Room for a result of n_bytes, which fit. */
static uint8 *
new_text(MemoryContext memory, Size n_bytes, Datum *result)
{
	struct varlena *text = MemoryContextAlloc(memory, VARHDRSZ + n_bytes);

	SET_VARSIZE(text, VARHDRSZ + n_bytes);
	*result = PointerGetDatum(text);
	return (uint8 *) VARDATA(text);
}

static bool
give_part(ColText text, uint32 begin, uint32 end, MemoryContext memory,
		  Datum *result)
{
	uint32 n_bytes = end > begin ? end - begin : 0;

	memcpy(new_text(memory, n_bytes, result), text.bytes + begin, n_bytes);
	return true;
}

/* ---- parts ---- */

static bool
call_left(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	ColText text = text_of(args[0]);
	int32 n = DatumGetInt32(args[1].value);
	bool utf8 = col_encoding_is_utf8();
	uint32 missing;
	uint32 end;

	/* without as many at the end */
	if (n < 0)
		end = col_text_back(text, text.n_bytes, -(uint32) n, utf8, &missing);
	else
		end = col_text_forward(text, 0, n, utf8);
	return give_part(text, 0, end, memory, result);
}

static bool
call_right(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	ColText text = text_of(args[0]);
	int32 n = DatumGetInt32(args[1].value);
	bool utf8 = col_encoding_is_utf8();
	uint32 missing;
	uint32 begin;

	if (n == PG_INT32_MIN)
		return false;
	/* without as many at the begin */
	if (n < 0)
		begin = col_text_forward(text, 0, -(uint32) n, utf8);
	else
		begin = col_text_back(text, text.n_bytes, n, utf8, &missing);
	return give_part(text, begin, text.n_bytes, memory, result);
}

/* Characters from the one numbered first to the one before end. */
static bool
give_characters(ColText text, int32 first, int32 end, MemoryContext memory,
				Datum *result)
{
	bool utf8 = col_encoding_is_utf8();
	uint32 from;
	uint32 to;

	first = Max(first, 1);
	if (end <= first)
		return give_part(text, 0, 0, memory, result);
	from = col_text_forward(text, 0, first - 1, utf8);
	to = end == PG_INT32_MAX ? text.n_bytes
							 : col_text_forward(text, from, end - first, utf8);
	return give_part(text, from, to, memory, result);
}

static bool
call_substring_from(const NullableDatum *args, MemoryContext memory,
					Datum *result)
{
	return give_characters(text_of(args[0]), DatumGetInt32(args[1].value),
						   PG_INT32_MAX, memory, result);
}

static bool
call_substring(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	int32 first = DatumGetInt32(args[1].value);
	int32 length = DatumGetInt32(args[2].value);
	int32 end;

	if (length < 0)
		return false;
	if (pg_add_s32_overflow(first, length, &end))
		end = PG_INT32_MAX;
	return give_characters(text_of(args[0]), first, end, memory, result);
}

/* The set has ASCII characters only. */
static bool
trim(const NullableDatum *args, ColText set, bool begin, bool end,
	 MemoryContext memory, Datum *result)
{
	ColText text = text_of(args[0]);
	uint32 from = 0;
	uint32 to = text.n_bytes;

	while (begin && from < to &&
		   memchr(set.bytes, text.bytes[from], set.n_bytes) != NULL)
		from++;
	while (end && from < to &&
		   memchr(set.bytes, text.bytes[to - 1], set.n_bytes) != NULL)
		to--;
	return give_part(text, from, to, memory, result);
}

static const ColText blank = {(const uint8 *) " ", 1};

static bool
call_btrim(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	return trim(args, blank, true, true, memory, result);
}

static bool
call_ltrim(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	return trim(args, blank, true, false, memory, result);
}

static bool
call_rtrim(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	return trim(args, blank, false, true, memory, result);
}

static bool
call_btrim_set(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	return trim(args, text_of(args[1]), true, true, memory, result);
}

static bool
call_ltrim_set(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	return trim(args, text_of(args[1]), true, false, memory, result);
}

static bool
call_rtrim_set(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	return trim(args, text_of(args[1]), false, true, memory, result);
}

/* ---- search ---- */

static inline size_t
find(ColText text, size_t from, ColText needle)
{
	return simd_kernels()->find(text.bytes, text.n_bytes, from, needle.bytes,
								needle.n_bytes);
}

static bool
call_position(const NullableDatum *args,
			  MemoryContext memory pg_attribute_unused(), Datum *result)
{
	ColText text = text_of(args[0]);
	size_t at = find(text, 0, text_of(args[1]));

	*result = Int32GetDatum(
		at == SIZE_MAX ? 0 : 1 + col_text_length(text.bytes, (uint32) at));
	return true;
}

static bool
call_replace(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	ColText text = text_of(args[0]);
	ColText needle = text_of(args[1]);
	ColText with = text_of(args[2]);
	Size n_found = 0;
	Size n_bytes;
	size_t from = 0;
	size_t at;
	uint8 *to;

	if (needle.n_bytes > 0)
	{
		for (; (at = find(text, from, needle)) != SIZE_MAX;
			 from = at + needle.n_bytes)
			n_found++;
	}
	n_bytes = text.n_bytes - n_found * needle.n_bytes + n_found * with.n_bytes;
	if (n_bytes > MaxAllocSize - VARHDRSZ)
		return false;
	to = new_text(memory, n_bytes, result);
	for (from = 0; n_found > 0; n_found--)
	{
		at = find(text, from, needle);
		memcpy(to, text.bytes + from, at - from);
		to += at - from;
		memcpy(to, with.bytes, with.n_bytes);
		to += with.n_bytes;
		from = at + needle.n_bytes;
	}
	memcpy(to, text.bytes + from, text.n_bytes - from);
	return true;
}

static bool
call_split_part(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	ColText text = text_of(args[0]);
	ColText between = text_of(args[1]);
	int32 n = DatumGetInt32(args[2].value);
	size_t from = 0;
	size_t at = SIZE_MAX;

	if (n < 1)
		return false;
	for (;; from = at + between.n_bytes)
	{
		if (between.n_bytes > 0)
			at = find(text, from, between);
		if (--n == 0 || at == SIZE_MAX)
			break;
	}
	if (n > 0)
		return give_part(text, 0, 0, memory, result);
	return give_part(text, from, at == SIZE_MAX ? text.n_bytes : at, memory,
					 result);
}

/* ---- case ---- */

/* ASCII letters between first and last get another case; true: all were ASCII. */
static bool
change_case(ColText text, uint8 first, uint8 last, uint8 *to)
{
	const uint64 ones = UINT64CONST(0x0101010101010101);
	uint64 high = 0;
	uint32 i = 0;

	for (; i + 8 <= text.n_bytes; i += 8)
	{
		uint64 word;
		uint64 low_bits;
		uint64 letters;

		memcpy(&word, text.bytes + i, sizeof(word));
		high |= word;
		low_bits = word & ones * 0x7f;
		letters = (low_bits + ones * (0x80 - first)) ^
				  (low_bits + ones * (0x7f - last));
		word ^= (letters & ~word & ones * 0x80) >> 2;
		memcpy(to + i, &word, sizeof(word));
	}
	for (; i < text.n_bytes; i++)
	{
		uint8 byte = text.bytes[i];

		high |= byte;
		to[i] = byte >= first && byte <= last ? byte ^ 0x20 : byte;
	}
	return (high & ones * 0x80) == 0;
}

static bool
call_lower_c(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	ColText text = text_of(args[0]);

	(void) change_case(text, 'A', 'Z', new_text(memory, text.n_bytes, result));
	return true;
}

static bool
call_upper_c(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	ColText text = text_of(args[0]);

	(void) change_case(text, 'a', 'z', new_text(memory, text.n_bytes, result));
	return true;
}

static bool
call_lower(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	ColText text = text_of(args[0]);

	if (change_case(text, 'A', 'Z', new_text(memory, text.n_bytes, result)))
		return true;
	pfree(DatumGetPointer(*result));
	return false;
}

static bool
call_upper(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	ColText text = text_of(args[0]);

	if (change_case(text, 'a', 'z', new_text(memory, text.n_bytes, result)))
		return true;
	pfree(DatumGetPointer(*result));
	return false;
}

/* Do ASCII letters have ASCII's cases, as they do in most collations? */
static bool
ascii_is_usual(Oid collation, PGFunction function, uint8 first, uint8 last)
{
	char all[128];
	char changed[128];
	text *result;

	for (int i = 0; i < 127; i++)
		all[i] = i + 1;
	all[127] = '\0';
	(void) change_case((ColText){(uint8 *) all, 127}, first, last,
					   (uint8 *) changed);
	result = DatumGetTextPP(DirectFunctionCall1Coll(
		function, collation, PointerGetDatum(cstring_to_text(all))));
	return VARSIZE_ANY_EXHDR(result) == 127 &&
		   memcmp(VARDATA_ANY(result), changed, 127) == 0;
}

static ColTextFunction
case_function(bool to_upper, Oid collation, bool *total)
{
	if (!OidIsValid(collation))
		return NULL;
	*total = col_ctype_is_c(collation);
	if (*total)
		return to_upper ? call_upper_c : call_lower_c;
	if (to_upper)
		return ascii_is_usual(collation, upper, 'a', 'z') ? call_upper : NULL;
	return ascii_is_usual(collation, lower, 'A', 'Z') ? call_lower : NULL;
}

/* ---- concatenation ---- */

static bool
call_concatenate(const NullableDatum *args, MemoryContext memory, Datum *result)
{
	ColText a = text_of(args[0]);
	ColText b = text_of(args[1]);
	Size n_bytes = (Size) a.n_bytes + b.n_bytes;
	uint8 *to;

	if (n_bytes > MaxAllocSize - VARHDRSZ)
		return false;
	to = new_text(memory, n_bytes, result);
	memcpy(to, a.bytes, a.n_bytes);
	memcpy(to + a.n_bytes, b.bytes, b.n_bytes);
	return true;
}

/* Is the argument a constant of at least min? */
static bool
is_at_least(List *args, int i, int32 min)
{
	Const *arg = (Const *) list_nth(args, i);

	return IsA(arg, Const) && !arg->constisnull &&
		   DatumGetInt32(arg->constvalue) >= min;
}

/* Is the argument a constant of ASCII characters? */
static bool
is_ascii(List *args, int i)
{
	Const *arg = (Const *) list_nth(args, i);
	text *value;

	if (!IsA(arg, Const) || arg->constisnull)
		return false;
	value = DatumGetTextPP(arg->constvalue);
	for (int at = 0; at < VARSIZE_ANY_EXHDR(value); at++)
	{
		if (IS_HIGHBIT_SET(VARDATA_ANY(value)[at]))
			return false;
	}
	return true;
}

ColTextFunction
col_text_function(Oid function, List *args, Oid collation, bool *total)
{
	static const struct
	{
		Oid function;
		ColTextFunction call;
		bool searches;	/* bytes, which must be what is equal */
		bool trims_set; /* of bytes */
	} functions[] = {{F_LEFT, call_left, false, false},
					 {F_RIGHT, call_right, false, false},
					 {F_SUBSTRING_TEXT_INT4, call_substring_from, false, false},
					 {F_SUBSTR_TEXT_INT4, call_substring_from, false, false},
					 {F_SUBSTRING_TEXT_INT4_INT4, call_substring, false, false},
					 {F_SUBSTR_TEXT_INT4_INT4, call_substring, false, false},
					 {F_BTRIM_TEXT, call_btrim, false, false},
					 {F_LTRIM_TEXT, call_ltrim, false, false},
					 {F_RTRIM_TEXT, call_rtrim, false, false},
					 {F_TEXT_BPCHAR, call_rtrim, false, false},
					 {F_BTRIM_TEXT_TEXT, call_btrim_set, false, true},
					 {F_LTRIM_TEXT_TEXT, call_ltrim_set, false, true},
					 {F_RTRIM_TEXT_TEXT, call_rtrim_set, false, true},
					 {F_STRPOS, call_position, true, false},
					 {F_POSITION_TEXT_TEXT, call_position, true, false},
					 {F_REPLACE, call_replace, true, false},
					 {F_SPLIT_PART, call_split_part, true, false},
					 {F_TEXTCAT, call_concatenate, false, false}};

	*total = true;
	if (!col_encoding_is_known())
		return NULL;
	if (function == F_LOWER_TEXT || function == F_UPPER_TEXT)
		return case_function(function == F_UPPER_TEXT, collation, total);
	for (int i = 0; i < lengthof(functions); i++)
	{
		if (functions[i].function != function)
			continue;
		if (functions[i].searches &&
			(!OidIsValid(collation) ||
			 !get_collation_isdeterministic(collation)))
			return NULL;
		if (functions[i].call == call_substring)
			*total = is_at_least(args, 2, 0);
		else if (functions[i].call == call_split_part)
			*total = is_at_least(args, 2, 1);
		else if (functions[i].trims_set && !is_ascii(args, 1))
			return NULL;
		return functions[i].call;
	}
	return NULL;
}
