/*
 * expr_internal.h - what the files of expr/ share.
 */
#ifndef COL_EXPR_INTERNAL_H
#define COL_EXPR_INTERNAL_H

#include "src/expr/expr.h"
#include "src/expr/lanes.h"

#include "simd/simd.h"
#include "src/vector/image.h"

typedef bool (*ColExprValues)(ColExpr *expr, ColEval *eval, const uint64 *mask,
							  ColVector *out);
typedef bool (*ColExprTest)(ColExpr *expr, ColEval *eval, const uint64 *mask,
							ColTruth *out);

struct ColExpr
{
	/* at least one of them; false: some row of mask needs PostgreSQL's answer */
	ColExprValues values;
	ColExprTest test;
	bool by_rows; /* PostgreSQL evaluates it: may throw */
	Expr *source;
	ColCompiler *compiler;
	Oid type;
	int16 typlen;
	bool typbyval;
	int n_args;
	ColExpr **args;
	void *own; /* of the kernel */
	/* results, made when first needed */
	uint8 *lanes;
	uint64 *validity;
	const uint8 **images;
	/* shared: what was computed last */
	bool is_shared;
	uint64 memo_batch;
	uint64 memo_mask[COL_VECTOR_WORDS];
	ColVector memo;
	/* PostgreSQL's evaluation */
	ExprState *state;
	Bitmapset *columns; /* that it looks at, 0-based */
};

/* A new expression of the type of source. */
extern ColExpr *col_expr_new(ColCompiler *compiler, Expr *source, int n_args);

/* The function that an operator or a function's call calls; false: it is neither. */
extern bool col_match_call(Expr *source, Oid *function, List **args);

/* Compilers of kernels; NULL: there is none for the expression. */
extern ColExpr *col_compile_leaf(ColCompiler *compiler, Expr *expr);
extern ColExpr *col_compile_boolean(ColCompiler *compiler, Expr *expr);
extern ColExpr *col_compile_compare(ColCompiler *compiler, Expr *expr);
extern ColExpr *col_compile_compare_time(ColCompiler *compiler, Expr *expr);
extern ColExpr *col_compile_in_list(ColCompiler *compiler, Expr *expr);
extern ColExpr *col_compile_conditional(ColCompiler *compiler, Expr *expr);
extern ColExpr *col_compile_arithmetic(ColCompiler *compiler, Expr *expr);
extern ColExpr *col_compile_decimal(ColCompiler *compiler, Expr *expr);
extern ColExpr *col_compile_rounding(ColCompiler *compiler, Expr *expr);
extern ColExpr *col_compile_time(ColCompiler *compiler, Expr *expr);
extern ColExpr *col_compile_text(ColCompiler *compiler, Expr *expr);
extern ColExpr *col_compile_call(ColCompiler *compiler, Expr *expr);
extern ColExpr *col_compile_rows(ColCompiler *compiler, Expr *expr);

/* How values are compared; see compare.c. */
typedef enum ColCompareClass
{
	COL_COMPARE_NONE,
	COL_COMPARE_INTEGERS,
	COL_COMPARE_FLOATS,
	COL_COMPARE_LANES, /* of one type, lanes of 8 or fewer bytes */
	COL_COMPARE_DECIMALS,
	COL_COMPARE_BYTES, /* images or fixed length */
	COL_COMPARE_PADDED /* images of char(n): without blanks at their end */
} ColCompareClass;

static inline bool
col_compares_bytes(ColCompareClass class)
{
	return class == COL_COMPARE_BYTES || class == COL_COMPARE_PADDED;
}

/* The bytes of a value that are compared; typlen is the length of all, or -1: images. */
static inline uint32
col_compared_bytes(ColCompareClass class, int typlen, const uint8 *value,
				   const uint8 **bytes)
{
	uint32 n_bytes;

	if (typlen > 0)
	{
		*bytes = value;
		return typlen;
	}
	*bytes = col_image_payload(value);
	n_bytes = col_image_payload_bytes(value);
	while (class == COL_COMPARE_PADDED && n_bytes > 0 &&
		   (*bytes)[n_bytes - 1] == ' ')
		n_bytes--;
	return n_bytes;
}

/* Their order, as memcmp tells it. */
extern int col_compare_bytes_order(ColCompareClass class, int typlen,
								   const uint8 *a, const uint8 *b);

/* What an operator asks for, in its left type's default order; false: nothing known. */
extern bool col_compare_op(Oid operator, Oid left, SimdCompareOp *op);

/* What it asks for with its arguments exchanged. */
extern SimdCompareOp col_compare_commuted(SimdCompareOp op);

/* How an operator's arguments are compared, and what it asks for. */
extern ColCompareClass col_compare_operator(Oid operator, Oid collation,
											SimdCompareOp *op);

/*
 * What is known of the codes of a vector by dictionary, a byte each: known as it
 * is while the stripe is the same, else all zero.
 */
extern uint8 *col_expr_codes(ColExpr *expr, ColEval *eval,
							 const ColVector *vector, uint8 *known,
							 uint32 *n_known, uint64 *stripe);

/* rows.c: PostgreSQL's evaluation, of any expression; throws. */
extern void col_rows_values(ColExpr *expr, ColEval *eval, const uint64 *mask,
							ColVector *out);

/*
 * Is the value the same for all rows of the scan?  That of a vector of a column may be
 * so for its rows alone.
 */
extern bool col_expr_is_once(const ColExpr *expr);

/* Is it a column?  Then all of a dictionary's values are there; of others those asked for. */
extern bool col_expr_is_column(const ColExpr *expr);

/* Which of the values are not NULL; NULL: all.  Those of a column are not decoded. */
extern bool col_expr_validity_of(ColExpr *expr, ColEval *eval,
								 const uint64 *mask, const uint64 **validity);

/* Room for a result: lanes for COL_VECTOR_ROWS values of 8 bytes or value_bytes. */
extern uint8 *col_expr_lanes(ColExpr *expr, Size value_bytes);
extern uint64 *col_expr_validity(ColExpr *expr);
extern const uint8 **col_expr_images(ColExpr *expr);

/* A flat vector of lanes of expr's own. */
extern void col_expr_set_lanes(ColExpr *expr, ColVector *out, uint32 n_rows,
							   int lane_bytes, const uint64 *validity);

/* Lanes of a vector as int64 or double; scratch has room for a vector. */
extern const int64 *col_lanes_int64(const ColVector *vector, int lane,
									int64 *scratch);
extern const double *col_lanes_double(const ColVector *vector, int lane,
									  double *scratch);

/*
 * Lanes of a vector as those of type to, by a kernel, and whether there is only one, for
 * all rows; NULL: no kernel makes them.
 */
extern const void *col_lanes_as(const ColVector *vector, int lane, int to,
								void *scratch, bool *once);

/* A numeric vector as decimals; false: it cannot be. */
extern bool col_as_decimals(ColExpr *expr, ColEval *eval, const uint64 *mask,
							ColVector *vector);

/* A result of expr that is made of the rows of several vectors. */
typedef struct ColMerge
{
	ColExpr *expr;
	ColEval *eval;
	enum
	{
		COL_MERGE_NOTHING, /* no numeric yet */
		COL_MERGE_DECIMALS,
		COL_MERGE_IMAGES
	} form;
	int scale; /* of decimals */
} ColMerge;

/* Begins with NULL in all rows. */
extern void col_merge_begin(ColMerge *merge, ColExpr *expr, ColEval *eval);

/* Copies what the rows of mask have that are not NULL in vector. */
extern void col_merge_add(ColMerge *merge, const ColVector *vector,
						  const uint64 *mask);
extern void col_merge_end(ColMerge *merge, ColVector *out);

/* Validity of a row that needs all of them: NULL if all are valid. */
extern const uint64 *col_expr_valid_both(ColExpr *expr, const ColVector *a,
										 const ColVector *b);

static inline bool
col_mask_is_empty(const uint64 *mask)
{
	uint64 any = 0;

	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		any |= mask[w];
	return any == 0;
}

/* Are so many rows wanted that all of a dictionary may well be? */
static inline bool
col_mask_is_dense(const uint64 *mask)
{
	int n = 0;

	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		n += __builtin_popcountll(mask[w]);
	return n >= COL_VECTOR_ROWS / 2;
}

/* For each row of a mask: for (COL_MASK_ROWS(mask, row)) */
typedef struct ColMaskWalk
{
	uint32 word;
	uint64 bits;
} ColMaskWalk;

static inline int32
col_mask_next(const uint64 *mask, ColMaskWalk *walk)
{
	int bit;

	while (walk->bits == 0)
	{
		if (++walk->word >= COL_VECTOR_WORDS)
			return -1;
		walk->bits = mask[walk->word];
	}
	bit = __builtin_ctzll(walk->bits);
	walk->bits &= walk->bits - 1;
	return walk->word * 64 + bit;
}

#define COL_MASK_BEGIN(mask) \
	{                        \
		0, (mask)[0]         \
	}

#endif /* COL_EXPR_INTERNAL_H */
