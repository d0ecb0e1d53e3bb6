/*
 * in_list.c - x = ANY and x <> ALL of a constant array: IN and NOT IN.
 *
 * Lanes and decimals become int64: they are compared with each of few values, and
 * looked up in a set of many.  Strings of bytes are looked up, those of a dictionary
 * once a stripe.  Any other operator with ANY or ALL, of few values, is the OR or AND
 * of its comparisons with each.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "src/base/hash.h"
#include "src/encoding/decimal.h"
#include "src/expr/expr_internal.h"
#include "src/vector/image.h"

/* Values up to which vectors are compared with each: kernels do 5 or more a cycle. */
#define COMPARED_MAX 16
/* Values up to which other operators are compared with each. */
#define EACH_MAX 32

typedef struct InList
{
	ColCompareClass class;
	bool negated; /* NOT IN */
	bool has_null;
	int lane; /* SimdType of x */
	int16 typlen;
	int n_elements; /* that are not NULL */
	Datum *elements;
	/* as int64, at a scale if they are decimals: those that x can be */
	int scale;
	int n_values;
	int64 *values;
	/* the set: a power of two of places, 1 + number of a value, or 0 */
	uint32 n_places;
	uint32 *places;
	/* of the codes of the stripe's dictionary: 0 unknown, 1 no, 2 yes */
	uint64 stripe;
	uint8 *known;
	uint32 n_known;
} InList;

/* Equal values have equal bits. */
static inline int64
bits_of_double(double value)
{
	int64 bits;

	if (value != value)
		return PG_INT64_MAX;
	value += 0.0; /* of -0.0 it makes 0.0 */
	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static inline uint32
place_of_value(const InList *list, int64 value)
{
	return col_hash_mix((uint64) value, COL_HASH_FACTOR) & (list->n_places - 1);
}

static bool
has_value(const InList *list, int64 value)
{
	for (uint32 place = place_of_value(list, value);;
		 place = (place + 1) & (list->n_places - 1))
	{
		uint32 number = list->places[place];

		if (number == 0)
			return false;
		if (list->values[number - 1] == value)
			return true;
	}
}

static void
add_value(InList *list, int64 value)
{
	uint32 place = place_of_value(list, value);

	if (has_value(list, value))
		return;
	while (list->places[place] != 0)
		place = (place + 1) & (list->n_places - 1);
	list->values[list->n_values++] = value;
	list->places[place] = list->n_values;
}

/* The place of the value, or the free one where it would be. */
static uint32
find_bytes(const InList *list, const uint8 *value)
{
	const uint8 *bytes;
	uint32 n_bytes =
		col_compared_bytes(list->class, list->typlen, value, &bytes);
	uint32 place;

	for (place = hash_bytes(bytes, n_bytes) & (list->n_places - 1);
		 list->places[place] != 0; place = (place + 1) & (list->n_places - 1))
	{
		const uint8 *other;
		uint32 n_other =
			col_compared_bytes(list->class, list->typlen,
							   (const uint8 *) DatumGetPointer(
								   list->elements[list->places[place] - 1]),
							   &other);

		if (n_other == n_bytes && memcmp(other, bytes, n_bytes) == 0)
			break;
	}
	return place;
}

/* Rows of wanted whose value is in the list. */
static void
find_lanes(const InList *list, const ColVector *vector, int lane,
		   const uint64 *wanted, uint64 *yes)
{
	ColMaskWalk walk = COL_MASK_BEGIN(wanted);
	int64 scratch[COL_VECTOR_ROWS];
	const int64 *lanes;
	int row;

	if (list->n_values <= COMPARED_MAX && vector->kind == COL_VECTOR_FLAT &&
		list->class != COL_COMPARE_FLOATS)
	{
		static const int64 minima[] = {[SIMD_U8] = 0,
									   [SIMD_I16] = INT16_MIN,
									   [SIMD_I32] = INT32_MIN,
									   [SIMD_U32] = 0,
									   [SIMD_I64] = INT64_MIN};
		static const int64 maxima[] = {[SIMD_U8] = UINT8_MAX,
									   [SIMD_I16] = INT16_MAX,
									   [SIMD_I32] = INT32_MAX,
									   [SIMD_U32] = UINT32_MAX,
									   [SIMD_I64] = INT64_MAX};
		SimdCompare compare = simd_kernels()->compare[lane];

		for (int i = 0; i < list->n_values; i++)
		{
			uint64 equal[COL_VECTOR_WORDS] = {0};

			if (list->values[i] < minima[lane] ||
				list->values[i] > maxima[lane])
				continue;
			compare(vector->values, vector->n_rows, SIMD_EQ, &list->values[i],
					equal);
			for (int w = 0; w < COL_VECTOR_WORDS; w++)
				yes[w] |= equal[w];
		}
		return;
	}
	if (list->class == COL_COMPARE_FLOATS)
	{
		const double *floats =
			col_lanes_double(vector, lane, (double *) scratch);

		while ((row = col_mask_next(wanted, &walk)) >= 0)
			yes[row / 64] |=
				(uint64) has_value(list, bits_of_double(floats[row]))
				<< row % 64;
		return;
	}
	lanes = col_lanes_int64(vector, lane, scratch);
	while ((row = col_mask_next(wanted, &walk)) >= 0)
		yes[row / 64] |= (uint64) has_value(list, lanes[row]) << row % 64;
}

static void
find_strings(ColExpr *expr, ColEval *eval, const ColVector *vector,
			 const uint64 *wanted, uint64 *yes)
{
	InList *list = expr->own;
	ColMaskWalk walk = COL_MASK_BEGIN(wanted);
	bool by_code = vector->kind == COL_VECTOR_DICTIONARY;
	int row;

	if (by_code)
		list->known = col_expr_codes(expr, eval, vector, list->known,
									 &list->n_known, &list->stripe);
	while ((row = col_mask_next(wanted, &walk)) >= 0)
	{
		uint8 *known = by_code ? &list->known[vector->codes[row]] : NULL;
		bool found;

		if (known && *known != 0)
			found = *known == 2;
		else
			found =
				list->places[find_bytes(list, col_vector_value(vector, row))] !=
				0;
		if (known)
			*known = 1 + found;
		yes[row / 64] |= (uint64) found << row % 64;
	}
}

/* The set of the elements as decimals of a scale. */
static void
set_scale(InList *list, int scale)
{
	if (list->scale == scale)
		return;
	list->scale = scale;
	list->n_values = 0;
	memset(list->places, 0, list->n_places * sizeof(uint32));
	for (int i = 0; i < list->n_elements; i++)
	{
		ColInt128 value;

		if (col_decimal_parse(
				(const uint8 *) DatumGetPointer(list->elements[i]), scale,
				&value) &&
			value == (int64) value)
			add_value(list, (int64) value);
	}
}

static bool
in_list_test(ColExpr *expr, ColEval *eval, const uint64 *mask, ColTruth *out)
{
	InList *list = expr->own;
	uint64 wanted[COL_VECTOR_WORDS];
	ColVector vector;

	if (!col_expr_values(expr->args[0], eval, mask, &vector))
		return false;
	vector.n_rows = eval->batch->n_rows;
	memset(out, 0, sizeof(*out));
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		out->unknown[w] = vector.validity ? ~vector.validity[w] : 0;
		wanted[w] = mask[w] & ~out->unknown[w];
	}
	switch (list->class)
	{
		case COL_COMPARE_DECIMALS:
			if (!col_as_decimals(expr->args[0], eval, mask, &vector))
				return false;
			set_scale(list, vector.scale);
			find_lanes(list, &vector, SIMD_I64, wanted, out->yes);
			break;
		case COL_COMPARE_BYTES:
		case COL_COMPARE_PADDED:
			find_strings(expr, eval, &vector, wanted, out->yes);
			break;
		default:
			find_lanes(list, &vector, list->lane, wanted, out->yes);
	}
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		uint64 found = out->yes[w] & ~out->unknown[w];

		if (list->has_null)
			out->unknown[w] |= ~found;
		out->yes[w] = (list->negated ? ~found : found) & ~out->unknown[w];
	}
	return true;
}

/* Elements as int64 of the lanes of their type. */
static void
add_lanes(InList *list, int lane)
{
	for (int i = 0; i < list->n_elements; i++)
	{
		ColVector one = {.kind = COL_VECTOR_FLAT,
						 .n_rows = 1,
						 .values = (const uint8 *) &list->elements[i]};
		int64 scratch[2];

		if (list->class == COL_COMPARE_FLOATS)
			add_value(list, bits_of_double(*col_lanes_double(
								&one, lane, (double *) scratch)));
		else
			add_value(list, *col_lanes_int64(&one, lane, scratch));
	}
}

/* An expression that finds x in the elements. */
static ColExpr *
compile_set(ColCompiler *compiler, ScalarArrayOpExpr *source, Oid type,
			ColCompareClass class, const Datum *elements, const bool *nulls,
			int n_elements)
{
	ColExpr *expr = col_expr_new(compiler, (Expr *) source, 1);
	InList *list = MemoryContextAllocZero(compiler->memory, sizeof(*list));
	Expr *x = linitial(source->args);

	expr->args[0] = col_expr_compile(compiler, x);
	expr->own = list;
	expr->test = in_list_test;
	list->class = class;
	list->negated = !source->useOr;
	list->lane = col_lane_of(exprType((Node *) x));
	list->typlen = get_typlen(type);
	list->scale = -1;
	list->n_places = 4;
	while (list->n_places < (uint32) n_elements * 2)
		list->n_places *= 2;
	list->places = MemoryContextAllocZero(compiler->memory,
										  list->n_places * sizeof(uint32));
	list->values =
		MemoryContextAlloc(compiler->memory, (n_elements + 1) * sizeof(int64));
	list->elements =
		MemoryContextAlloc(compiler->memory, (n_elements + 1) * sizeof(Datum));
	for (int i = 0; i < n_elements; i++)
	{
		if (nulls[i])
			list->has_null = true;
		else
			list->elements[list->n_elements++] = elements[i];
	}
	if (col_compares_bytes(class))
	{
		for (int i = 0; i < list->n_elements; i++)
			list->places[find_bytes(list, (const uint8 *) DatumGetPointer(
											  list->elements[i]))] = i + 1;
	}
	else if (class != COL_COMPARE_DECIMALS)
		add_lanes(list, col_lane_of(type));
	return expr;
}

/* The comparisons with each element, one after the other; NULL: not so. */
static ColExpr *
compile_each(ColCompiler *compiler, ScalarArrayOpExpr *source, Oid type,
			 const Datum *elements, const bool *nulls, int n_elements)
{
	Expr *x = linitial(source->args);
	List *tests = NIL;
	int16 typlen;
	bool typbyval;

	/* x is asked for each */
	if (n_elements == 0 || n_elements > EACH_MAX ||
		!col_expr_is_quiet(col_expr_compile(compiler, x)))
		return NULL;
	get_typlenbyval(type, &typlen, &typbyval);
	for (int i = 0; i < n_elements; i++)
	{
		Const *element = makeConst(type, -1, get_typcollation(type), typlen,
								   elements[i], nulls[i], typbyval);
		Expr *test =
			make_opclause(source->opno, BOOLOID, false, x, (Expr *) element,
						  InvalidOid, source->inputcollid);

		set_opfuncid((OpExpr *) test);
		tests = lappend(tests, test);
	}
	return col_expr_compile(compiler, source->useOr ? make_orclause(tests)
													: make_andclause(tests));
}

ColExpr *
col_compile_in_list(ColCompiler *compiler, Expr *expr)
{
	ScalarArrayOpExpr *source = (ScalarArrayOpExpr *) expr;
	MemoryContext old;
	ColCompareClass class;
	SimdCompareOp op;
	Const *array;
	ArrayType *values;
	Oid type;
	int16 typlen;
	bool typbyval;
	char typalign;
	Datum *elements;
	bool *nulls;
	int n_elements;

	if (!IsA(expr, ScalarArrayOpExpr) || !IsA(lsecond(source->args), Const) ||
		contain_volatile_functions(linitial(source->args)))
		return NULL;
	array = lsecond_node(Const, source->args);
	if (array->constisnull)
		return NULL;
	old = MemoryContextSwitchTo(compiler->memory);
	values = DatumGetArrayTypeP(array->constvalue);
	type = ARR_ELEMTYPE(values);
	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	deconstruct_array(values, type, typlen, typbyval, typalign, &elements,
					  &nulls, &n_elements);
	MemoryContextSwitchTo(old);
	class = col_compare_operator(source->opno, source->inputcollid, &op);
	if (n_elements > 0 && class != COL_COMPARE_NONE &&
		op == (source->useOr ? SIMD_EQ : SIMD_NE))
		return compile_set(compiler, source, type, class, elements, nulls,
						   n_elements);
	return compile_each(compiler, source, type, elements, nulls, n_elements);
}
