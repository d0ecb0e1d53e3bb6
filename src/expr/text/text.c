/*
 * text.c - LIKE and starts_with by search for pieces of the pattern; lengths.
 *
 * LIKE is computed under deterministic collations and for patterns that are constant and
 * have neither _ nor a backslash: pieces between % have to follow each other.  That is so
 * for bytes, too, in each encoding that a server may have.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "simd/simd.h"
#include "src/expr/expr_internal.h"
#include "src/vector/image.h"

typedef struct Piece
{
	const uint8 *bytes;
	uint32 n_bytes;
} Piece;

typedef struct Like
{
	bool negated;
	bool anchored_start;
	bool anchored_end;
	int n_pieces;
	Piece *pieces;
	uint64 stripe;
	uint8 *known; /* of codes: 0 unknown, 1 no, 2 yes */
	uint32 n_known;
} Like;

static bool
like_matches(const Like *like, const uint8 *image)
{
	const SimdKernels *kernels = simd_kernels();
	const uint8 *bytes = col_image_payload(image);
	Size n_bytes = col_image_payload_bytes(image);
	Size at = 0;
	int first = 0;
	int end = like->n_pieces;

	if (like->anchored_start && first < end)
	{
		const Piece *piece = &like->pieces[first];

		if (n_bytes < piece->n_bytes ||
			memcmp(bytes, piece->bytes, piece->n_bytes) != 0)
			return false;
		at = piece->n_bytes;
		first++;
		if (like->anchored_end && first == end)
			return n_bytes == at;
	}
	if (like->anchored_end && first < end)
	{
		const Piece *piece = &like->pieces[--end];

		if (n_bytes - at < piece->n_bytes ||
			memcmp(bytes + n_bytes - piece->n_bytes, piece->bytes,
				   piece->n_bytes) != 0)
			return false;
		n_bytes -= piece->n_bytes;
	}
	for (; first < end; first++)
	{
		const Piece *piece = &like->pieces[first];

		at = kernels->find(bytes, n_bytes, at, piece->bytes, piece->n_bytes);
		if (at == SIZE_MAX)
			return false;
		at += piece->n_bytes;
	}
	return true;
}

static bool
like_test(ColExpr *expr, ColEval *eval, const uint64 *mask, ColTruth *out)
{
	Like *like = expr->own;
	ColVector vector;
	uint64 wanted[COL_VECTOR_WORDS];
	ColMaskWalk walk = {0, 0};
	bool by_code;
	int row;

	if (!col_expr_values(expr->args[0], eval, mask, &vector))
		return false;
	memset(out, 0, sizeof(*out));
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
	{
		out->unknown[w] = vector.validity ? ~vector.validity[w] : 0;
		wanted[w] = mask[w] & ~out->unknown[w];
	}
	walk.bits = wanted[0];
	by_code = vector.kind == COL_VECTOR_DICTIONARY;
	if (by_code)
		like->known = col_expr_codes(expr, eval, &vector, like->known,
									 &like->n_known, &like->stripe);
	while ((row = col_mask_next(wanted, &walk)) >= 0)
	{
		bool matches;

		if (by_code)
		{
			uint8 *known = &like->known[vector.codes[row]];

			if (*known == 0)
				*known =
					1 + like_matches(like, vector.images[vector.codes[row]]);
			matches = *known == 2;
		}
		else
			matches = like_matches(like, col_vector_value(&vector, row));
		out->yes[row / 64] |= (uint64) (matches != like->negated) << row % 64;
	}
	return true;
}

/* The pieces of a pattern; false: it has more than % in it. */
static bool
like_parse(Like *like, const char *pattern, int n_bytes)
{
	int start = 0;

	like->pieces = palloc((n_bytes + 1) * sizeof(Piece));
	like->anchored_start = n_bytes == 0 || pattern[0] != '%';
	like->anchored_end = n_bytes == 0 || pattern[n_bytes - 1] != '%';
	for (int i = 0; i <= n_bytes; i++)
	{
		if (i < n_bytes && (pattern[i] == '_' || pattern[i] == '\\'))
			return false;
		if (i < n_bytes && pattern[i] != '%')
			continue;
		if (i > start || n_bytes == 0)
			like->pieces[like->n_pieces++] =
				(Piece){(const uint8 *) pattern + start, i - start};
		start = i + 1;
	}
	return true;
}

/* Characters of UTF-8: bytes that continue none. */
static int32
count_characters(const uint8 *bytes, uint32 n_bytes)
{
	const uint64 ones = UINT64CONST(0x0101010101010101);
	uint32 continuing = 0;
	uint32 i = 0;

	for (; i + 8 <= n_bytes; i += 8)
	{
		uint64 word;

		memcpy(&word, bytes + i, sizeof(word));
		continuing += ((word >> 7 & ~(word >> 6) & ones) * ones) >> 56;
	}
	for (; i < n_bytes; i++)
		continuing += (bytes[i] & 0xc0) == 0x80;
	return n_bytes - continuing;
}

static bool
length_values(ColExpr *expr, ColEval *eval, const uint64 *mask, ColVector *out)
{
	bool in_bytes = *(bool *) expr->own;
	int32 *lanes = (int32 *) col_expr_lanes(expr, sizeof(int32));
	ColMaskWalk walk = COL_MASK_BEGIN(mask);
	ColVector vector;
	int row;

	if (!col_expr_values(expr->args[0], eval, mask, &vector))
		return false;
	while ((row = col_mask_next(mask, &walk)) >= 0)
	{
		/* of NULL it is some valid one */
		const uint8 *image = col_vector_value(&vector, row);
		uint32 n_bytes = col_image_payload_bytes(image);

		lanes[row] = in_bytes
						 ? (int32) n_bytes
						 : count_characters(col_image_payload(image), n_bytes);
	}
	col_expr_set_lanes(expr, out, eval->batch->n_rows, sizeof(int32),
					   vector.validity);
	return true;
}

static ColExpr *
compile_length(ColCompiler *compiler, Expr *source)
{
	bool in_bytes = pg_database_encoding_max_length() == 1;
	ColExpr *expr;
	List *args;
	Oid called;

	if (!col_match_call(source, &called, &args))
		return NULL;
	switch (called)
	{
		case F_LENGTH_TEXT:
		case F_CHAR_LENGTH_TEXT:
		case F_CHARACTER_LENGTH_TEXT:
		case F_TEXTLEN:
			if (!in_bytes && GetDatabaseEncoding() != PG_UTF8)
				return NULL;
			break;
		case F_OCTET_LENGTH_TEXT:
		case F_OCTET_LENGTH_BYTEA:
		case F_LENGTH_BYTEA:
			in_bytes = true;
			break;
		default:
			return NULL;
	}
	expr = col_expr_new(compiler, source, 1);
	expr->args[0] = col_expr_compile(compiler, linitial(args));
	expr->own = MemoryContextAlloc(compiler->memory, sizeof(bool));
	*(bool *) expr->own = in_bytes;
	expr->values = length_values;
	return expr;
}

static ColExpr *
compile_like(ColCompiler *compiler, Expr *source)
{
	MemoryContext old;
	Oid function;
	Oid collation;
	List *args;
	Const *pattern;
	Like *like;
	ColExpr *expr;
	struct varlena *text;
	bool parsed = true;

	if (IsA(source, OpExpr))
	{
		set_opfuncid((OpExpr *) source);
		function = ((OpExpr *) source)->opfuncid;
		args = ((OpExpr *) source)->args;
		collation = ((OpExpr *) source)->inputcollid;
	}
	else if (IsA(source, FuncExpr))
	{
		function = ((FuncExpr *) source)->funcid;
		args = ((FuncExpr *) source)->args;
		collation = ((FuncExpr *) source)->inputcollid;
	}
	else
		return NULL;
	if ((function != F_TEXTLIKE && function != F_TEXTNLIKE &&
		 function != F_LIKE_TEXT_TEXT && function != F_NOTLIKE_TEXT_TEXT &&
		 function != F_STARTS_WITH) ||
		!IsA(lsecond(args), Const) || !OidIsValid(collation) ||
		!get_collation_isdeterministic(collation))
		return NULL;
	pattern = lsecond_node(Const, args);
	if (pattern->constisnull)
		return NULL;
	old = MemoryContextSwitchTo(compiler->memory);
	text = pg_detoast_datum_packed(
		(struct varlena *) DatumGetPointer(pattern->constvalue));
	like = palloc0(sizeof(*like));
	like->negated = function == F_TEXTNLIKE || function == F_NOTLIKE_TEXT_TEXT;
	if (function == F_STARTS_WITH)
	{
		like->pieces = palloc(sizeof(Piece));
		like->pieces[0] =
			(Piece){(const uint8 *) VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text)};
		like->n_pieces = 1;
		like->anchored_start = true;
	}
	else
		parsed = like_parse(like, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
	MemoryContextSwitchTo(old);
	if (!parsed)
		return NULL;
	expr = col_expr_new(compiler, source, 1);
	expr->args[0] = col_expr_compile(compiler, linitial(args));
	expr->own = like;
	expr->test = like_test;
	return expr;
}

ColExpr *
col_compile_text(ColCompiler *compiler, Expr *source)
{
	ColExpr *expr = compile_length(compiler, source);

	return expr ? expr : compile_like(compiler, source);
}
