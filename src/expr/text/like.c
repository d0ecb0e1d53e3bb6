/*
 * like.c - LIKE, ILIKE, starts_with, and regular expressions that ask no more: by search
 * for the pieces of a pattern that stand between %.
 *
 * Under deterministic collations, and in encodings in which characters are found by
 * bytes.  ILIKE is LIKE of both in lower case.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "simd/simd.h"
#include "src/expr/expr_internal.h"
#include "src/expr/text/characters.h"
#include "src/expr/text/compile.h"
#include "src/pg/compat.h"

/* Characters that are not known, then known bytes. */
typedef struct Part
{
	uint32 n_any;
	ColText known;
} Part;

/* What stands between two %: parts that follow each other. */
typedef struct Piece
{
	int n_parts;
	Part *parts;
	uint32 n_chars;
	bool is_plain; /* one part, known from its begin */
} Piece;

typedef struct Like
{
	bool negated;
	bool utf8;
	bool anchored_start;
	bool anchored_end;
	int n_pieces;
	Piece *pieces;
	uint64 stripe;
	uint8 *known; /* of codes: 0 unknown, 1 no, 2 yes */
	uint32 n_known;
} Like;

/* Where the piece ends that stands at a place; SIZE_MAX: it does not. */
static size_t
piece_end(const Like *like, const Piece *piece, int from_part, ColText text,
		  size_t at)
{
	for (int i = from_part; i < piece->n_parts; i++)
	{
		const Part *part = &piece->parts[i];

		for (uint32 n = part->n_any; n > 0; n--)
		{
			if (at >= text.n_bytes)
				return SIZE_MAX;
			at = col_text_forward(text, (uint32) at, 1, like->utf8);
		}
		if (text.n_bytes - at < part->known.n_bytes ||
			memcmp(text.bytes + at, part->known.bytes, part->known.n_bytes) !=
				0)
			return SIZE_MAX;
		at += part->known.n_bytes;
	}
	return at;
}

/* Where the piece ends that is found first at or after a place. */
static size_t
find_piece(const Like *like, const Piece *piece, ColText text, size_t at)
{
	const ColText *known = &piece->parts[0].known;

	for (uint32 n = piece->parts[0].n_any; n > 0; n--)
	{
		if (at >= text.n_bytes)
			return SIZE_MAX;
		at = col_text_forward(text, (uint32) at, 1, like->utf8);
	}
	for (;; at++)
	{
		size_t end;

		at = simd_kernels()->find(text.bytes, text.n_bytes, at, known->bytes,
								  known->n_bytes);
		if (at == SIZE_MAX || piece->n_parts == 1)
			return at == SIZE_MAX ? at : at + known->n_bytes;
		end = piece_end(like, piece, 1, text, at + known->n_bytes);
		if (end != SIZE_MAX)
			return end;
		if (at >= text.n_bytes)
			return SIZE_MAX;
	}
}

/* Does the text end with the piece, which begins at or after a place? */
static bool
piece_is_last(const Like *like, const Piece *piece, ColText text, size_t at,
			  size_t *begin)
{
	uint32 missing = 0;

	if (piece->is_plain)
	{
		if (text.n_bytes < piece->parts[0].known.n_bytes)
			return false;
		*begin = text.n_bytes - piece->parts[0].known.n_bytes;
	}
	else
		*begin = col_text_back(text, text.n_bytes, piece->n_chars, like->utf8,
							   &missing);
	return missing == 0 && *begin >= at &&
		   piece_end(like, piece, 0, text, *begin) == text.n_bytes;
}

static bool
like_matches(const Like *like, const uint8 *image)
{
	ColText text = col_text_of_image(image);
	size_t at = 0;
	int first = 0;
	int end = like->n_pieces;

	if (like->anchored_start && first < end)
	{
		at = piece_end(like, &like->pieces[first++], 0, text, 0);
		if (at == SIZE_MAX)
			return false;
		if (like->anchored_end && first == end)
			return at == text.n_bytes;
	}
	if (like->anchored_end && first < end)
	{
		size_t begin;

		if (!piece_is_last(like, &like->pieces[--end], text, at, &begin))
			return false;
		text.n_bytes = begin;
	}
	for (; first < end; first++)
	{
		at = find_piece(like, &like->pieces[first], text, at);
		if (at == SIZE_MAX)
			return false;
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
	uint8 *known = NULL;
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
	if (vector.kind == COL_VECTOR_DICTIONARY)
	{
		uint64 before = like->stripe;

		known = like->known = col_expr_codes(expr, eval, &vector, like->known,
											 &like->n_known, &like->stripe);
		/* in their order they are faster to find */
		if (like->stripe != before && col_expr_is_column(expr->args[0]) &&
			col_mask_is_dense(wanted))
			for (uint32 i = 0; i < vector.n_dictionary; i++)
				known[i] = 1 + like_matches(like, vector.images[i]);
	}
	while ((row = col_mask_next(wanted, &walk)) >= 0)
	{
		bool matches;

		if (known)
		{
			uint32 code = vector.codes[row];

			if (known[code] == 0)
				known[code] = 1 + like_matches(like, vector.images[code]);
			matches = known[code] == 2;
		}
		else
			matches = like_matches(like, col_vector_value(&vector, row));
		out->yes[row / 64] |= (uint64) (matches != like->negated) << row % 64;
	}
	return true;
}

/* A pattern as it is read. */
typedef enum TokenKind
{
	TOKEN_BYTE,
	TOKEN_ANY, /* a character */
	TOKEN_SOME /* any number of them */
} TokenKind;

typedef struct Token
{
	TokenKind kind;
	uint8 byte;
} Token;

/* False: it throws. */
static bool
read_like(ColText pattern, Token *tokens, int *n)
{
	for (uint32 i = 0; i < pattern.n_bytes; i++)
	{
		uint8 byte = pattern.bytes[i];

		if (byte == '%' || byte == '_')
		{
			tokens[(*n)++].kind = byte == '%' ? TOKEN_SOME : TOKEN_ANY;
			continue;
		}
		if (byte == '\\')
		{
			if (++i == pattern.n_bytes)
				return false;
			byte = pattern.bytes[i];
		}
		tokens[(*n)++] = (Token){TOKEN_BYTE, byte};
	}
	return true;
}

static void
read_prefix(ColText prefix, Token *tokens, int *n)
{
	for (uint32 i = 0; i < prefix.n_bytes; i++)
		tokens[(*n)++] = (Token){TOKEN_BYTE, prefix.bytes[i]};
	tokens[(*n)++].kind = TOKEN_SOME;
}

/* A regular expression of characters, ., .* and .+, and ^ and $; false: another one. */
static bool
read_regex(ColText regex, Token *tokens, int *n)
{
	bool anchored = regex.n_bytes > 0 && regex.bytes[0] == '^';

	if (!anchored)
		tokens[(*n)++].kind = TOKEN_SOME;
	for (uint32 i = anchored; i < regex.n_bytes; i++)
	{
		uint8 byte = regex.bytes[i];
		uint8 next = i + 1 < regex.n_bytes ? regex.bytes[i + 1] : '\0';

		if (byte == '$' && i + 1 == regex.n_bytes)
			return true;
		if (strchr("\\()[]{}|^$*+?", byte) != NULL ||
			(byte != '.' && next != '\0' && strchr("*+?{", next) != NULL))
			return false;
		if (byte != '.')
			tokens[(*n)++] = (Token){TOKEN_BYTE, byte};
		else if (next != '*' && next != '+')
			tokens[(*n)++].kind = TOKEN_ANY;
		else
		{
			if (next == '+')
				tokens[(*n)++].kind = TOKEN_ANY;
			tokens[(*n)++].kind = TOKEN_SOME;
			i++;
		}
	}
	tokens[(*n)++].kind = TOKEN_SOME;
	return true;
}

/* Adds a piece of tokens; bytes is where its bytes go, and moves behind them. */
static void
add_piece(Like *like, const Token *tokens, int n, uint8 **bytes)
{
	Piece *piece = &like->pieces[like->n_pieces++];
	Part *part = NULL;

	piece->parts = palloc0((n + 1) * sizeof(Part));
	piece->n_parts = 1;
	part = &piece->parts[0];
	part->known.bytes = *bytes;
	for (int i = 0; i < n; i++)
	{
		if (tokens[i].kind == TOKEN_BYTE)
		{
			piece->n_chars += !like->utf8 || !col_is_continuing(tokens[i].byte);
			*(*bytes)++ = tokens[i].byte;
			part->known.n_bytes++;
			continue;
		}
		piece->n_chars++;
		if (part->known.n_bytes > 0)
		{
			part = &piece->parts[piece->n_parts++];
			part->known.bytes = *bytes;
		}
		part->n_any++;
	}
	piece->is_plain = piece->n_parts == 1 && piece->parts[0].n_any == 0;
}

static void
make_pieces(Like *like, const Token *tokens, int n)
{
	uint8 *bytes = palloc(n + 1);
	int start = 0;

	like->utf8 = col_encoding_is_utf8();
	like->pieces = palloc0((n + 1) * sizeof(Piece));
	like->anchored_start = n == 0 || tokens[0].kind != TOKEN_SOME;
	like->anchored_end = n == 0 || tokens[n - 1].kind != TOKEN_SOME;
	for (int i = 0; i <= n; i++)
	{
		if (i < n && tokens[i].kind != TOKEN_SOME)
			continue;
		if (i > start || n == 0)
			add_piece(like, tokens + start, i - start, &bytes);
		start = i + 1;
	}
}

typedef enum LikeKind
{
	LIKE,
	ILIKE,
	PREFIX,
	REGEX
} LikeKind;

/* What a function asks; false: something else. */
static bool
find_kind(Oid function, LikeKind *kind, bool *negated)
{
	*negated = false;
	switch (function)
	{
		case F_TEXTNLIKE:
		case F_NOTLIKE_TEXT_TEXT:
		case F_BPCHARNLIKE:
			*negated = true;
			/* FALLTHROUGH */
		case F_TEXTLIKE:
		case F_LIKE_TEXT_TEXT:
		case F_BPCHARLIKE:
			*kind = LIKE;
			return true;
		case F_TEXTICNLIKE:
			*negated = true;
			/* FALLTHROUGH */
		case F_TEXTICLIKE:
			*kind = ILIKE;
			return true;
		case F_STARTS_WITH:
			*kind = PREFIX;
			return true;
		case F_TEXTREGEXNE:
			*negated = true;
			/* FALLTHROUGH */
		case F_TEXTREGEXEQ:
			*kind = REGEX;
			return true;
		default:
			return false;
	}
}

/* Makes like what the pattern asks for; false: it cannot be. */
static bool
read_pattern(Like *like, LikeKind kind, ColText pattern)
{
	Token *tokens = palloc0((2 * pattern.n_bytes + 2) * sizeof(Token));
	bool known = true;
	int n = 0;

	if (kind == PREFIX)
		read_prefix(pattern, tokens, &n);
	else if (kind == REGEX)
		known = read_regex(pattern, tokens, &n);
	else
		known = read_like(pattern, tokens, &n);
	/* a character is a byte of ILIKE under C in some versions */
	for (int i = 0; kind == ILIKE && i < n; i++)
		known &= tokens[i].kind != TOKEN_ANY || !col_encoding_is_utf8();
	if (known)
		make_pieces(like, tokens, n);
	return known;
}

ColExpr *
col_compile_like(ColCompiler *compiler, Expr *source)
{
	MemoryContext old;
	Oid function;
	Oid collation = exprInputCollation((Node *) source);
	Expr *text;
	List *args;
	Const *pattern;
	LikeKind kind;
	Like *like;
	ColExpr *expr;
	Datum value;
	struct varlena *plain;
	bool known;

	like = MemoryContextAllocZero(compiler->memory, sizeof(*like));
	if (!col_match_call(source, &function, &args) ||
		!find_kind(function, &kind, &like->negated))
		return NULL;
	text = linitial(args);
	pattern = lsecond(args);
	if (!IsA(pattern, Const) || pattern->constisnull ||
		!OidIsValid(collation) || !get_collation_isdeterministic(collation) ||
		(kind != PREFIX && !col_encoding_is_known()) ||
		(kind == ILIKE && !col_encoding_is_utf8() &&
		 !col_ctype_is_c(collation)))
		return NULL;
	old = MemoryContextSwitchTo(compiler->memory);
	value = pattern->constvalue;
	if (kind == ILIKE)
	{
		value = DirectFunctionCall1Coll(lower, collation, value);
		text =
			(Expr *) makeFuncExpr(F_LOWER_TEXT, TEXTOID, list_make1(text),
								  collation, collation, COERCE_EXPLICIT_CALL);
	}
	plain = pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));
	known = read_pattern(like, kind,
						 (ColText){(const uint8 *) VARDATA_ANY(plain),
								   VARSIZE_ANY_EXHDR(plain)});
	MemoryContextSwitchTo(old);
	if (!known)
		return NULL;
	expr = col_expr_new(compiler, source, 1);
	expr->args[0] = col_expr_compile(compiler, text);
	expr->own = like;
	expr->test = like_test;
	return expr;
}
