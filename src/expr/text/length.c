/*
 * length.c - lengths of texts, in characters or bytes.
 *
 * Those of a dictionary are computed in its order once many rows of a stripe are asked
 * for: one after another they are faster to find.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"

#include "src/expr/expr_internal.h"
#include "src/expr/text/characters.h"
#include "src/expr/text/compile.h"

typedef struct Length
{
	bool in_bytes;
	bool trimmed; /* char(n): without blanks at its end */
	/* those of a stripe's dictionary */
	uint64 stripe;
	uint32 n_lengths;
	int32 *lengths;
} Length;

static inline int32
length_of(const Length *length, const uint8 *image)
{
	ColText text = col_text_of_image(image);

	while (length->trimmed && text.n_bytes > 0 &&
		   text.bytes[text.n_bytes - 1] == ' ')
		text.n_bytes--;
	return length->in_bytes ? text.n_bytes
							: col_utf8_length(text.bytes, text.n_bytes);
}

/* The lengths of the vector's dictionary; NULL: too few rows want them. */
static const int32 *
dictionary_lengths(ColExpr *expr, const ColEval *eval, const ColVector *vector,
				   const uint64 *mask)
{
	Length *length = expr->own;

	if (length->stripe == eval->batch->stripe &&
		length->n_lengths == vector->n_dictionary)
		return length->lengths;
	if (!col_mask_is_dense(mask))
		return NULL;
	if (length->lengths)
		pfree(length->lengths);
	length->lengths = NULL;
	length->lengths = MemoryContextAlloc(expr->compiler->memory,
										 vector->n_dictionary * sizeof(int32));
	for (uint32 i = 0; i < vector->n_dictionary; i++)
		length->lengths[i] = length_of(length, vector->images[i]);
	length->stripe = eval->batch->stripe;
	length->n_lengths = vector->n_dictionary;
	return length->lengths;
}

static bool
length_values(ColExpr *expr, ColEval *eval, const uint64 *mask, ColVector *out)
{
	int32 *lanes = (int32 *) col_expr_lanes(expr, sizeof(int32));
	ColMaskWalk walk = COL_MASK_BEGIN(mask);
	const int32 *lengths = NULL;
	ColVector vector;
	int row;

	if (!col_expr_values(expr->args[0], eval, mask, &vector))
		return false;
	if (vector.kind == COL_VECTOR_DICTIONARY &&
		col_expr_is_column(expr->args[0]))
		lengths = dictionary_lengths(expr, eval, &vector, mask);
	/* of NULL it is some valid one */
	while ((row = col_mask_next(mask, &walk)) >= 0)
		lanes[row] = lengths
						 ? lengths[vector.codes[row]]
						 : length_of(expr->own, col_vector_value(&vector, row));
	col_expr_set_lanes(expr, out, eval->batch->n_rows, sizeof(int32),
					   vector.validity);
	return true;
}

ColExpr *
col_compile_length(ColCompiler *compiler, Expr *source)
{
	Length length = {.in_bytes = pg_database_encoding_max_length() == 1};
	ColExpr *expr;
	List *args;
	Oid called;

	if (!col_match_call(source, &called, &args))
		return NULL;
	switch (called)
	{
		case F_LENGTH_BPCHAR:
		case F_CHAR_LENGTH_BPCHAR:
		case F_CHARACTER_LENGTH_BPCHAR:
			length.trimmed = true;
			/* FALLTHROUGH */
		case F_LENGTH_TEXT:
		case F_CHAR_LENGTH_TEXT:
		case F_CHARACTER_LENGTH_TEXT:
		case F_TEXTLEN:
			if (!col_encoding_is_known())
				return NULL;
			break;
		case F_OCTET_LENGTH_TEXT:
		case F_OCTET_LENGTH_BPCHAR:
		case F_OCTET_LENGTH_BYTEA:
		case F_LENGTH_BYTEA:
			length.in_bytes = true;
			break;
		default:
			return NULL;
	}
	expr = col_expr_new(compiler, source, 1);
	expr->args[0] = col_expr_compile(compiler, linitial(args));
	expr->own = memcpy(MemoryContextAlloc(compiler->memory, sizeof(length)),
					   &length, sizeof(length));
	expr->values = length_values;
	return expr;
}
