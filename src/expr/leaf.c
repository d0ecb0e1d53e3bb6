/*
 * leaf.c - columns, constants, and what is computed once a scan.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"

#include "src/expr/expr_internal.h"
#include "src/pg/border.h"
#include "src/vector/image.h"

static const uint64 no_rows[COL_VECTOR_WORDS];
static const uint8 empty_image[COL_IMAGE_ALIGN_BYTES] = {COL_IMAGE_EMPTY};
static const uint8 zero_value[NAMEDATALEN];

/* One value for all rows. */
typedef struct Once
{
	bool bound;
	ExprState *state; /* NULL: a constant */
	Datum value;
	uint8 *copy; /* what value points to, or NULL */
	const uint8 *image;
	ColVector vector;
} Once;

static bool
column_values(ColExpr *expr, ColEval *eval,
			  const uint64 *mask pg_attribute_unused(), ColVector *out)
{
	int column = *(int *) expr->own;

	*out = *(expr->type == NUMERICOID ? col_batch_decimals(eval->batch, column)
									  : col_batch_column(eval->batch, column));
	return true;
}

bool
col_expr_is_column(const ColExpr *expr)
{
	return expr->values == column_values;
}

bool
col_expr_validity_of(ColExpr *expr, ColEval *eval, const uint64 *mask,
					 const uint64 **validity)
{
	ColVector vector;

	if (col_expr_is_column(expr))
	{
		*validity = col_batch_validity(eval->batch, *(int *) expr->own);
		return true;
	}
	if (!col_expr_values(expr, eval, mask, &vector))
		return false;
	*validity = vector.validity;
	return true;
}

static ColExpr *
compile_column(ColCompiler *compiler, Var *var)
{
	ColExpr *expr;

	if (var->varno != compiler->varno || var->varlevelsup != 0 ||
		var->varattno <= 0)
		return NULL;
	expr = col_expr_new(compiler, (Expr *) var, 0);
	expr->own = MemoryContextAlloc(compiler->memory, sizeof(int));
	*(int *) expr->own = var->varattno - 1;
	expr->values = column_values;
	return expr;
}

/* The vector of a value, which stays with expr. */
static void
once_set(ColExpr *expr, Datum value, bool null)
{
	Once *once = expr->own;
	ColVector *vector = &once->vector;
	MemoryContext old = MemoryContextSwitchTo(expr->compiler->memory);

	if (once->copy)
		pfree(once->copy);
	once->copy = NULL;
	memset(vector, 0, sizeof(*vector));
	vector->kind = COL_VECTOR_CONSTANT;
	vector->stride_bytes = expr->typlen > 0 ? expr->typlen : 0;
	vector->values = zero_value;
	once->image = empty_image;
	vector->images = &once->image;
	vector->phys = expr->typbyval		? COL_PHYS_LANE
				   : expr->typlen == -1 ? COL_PHYS_IMAGE
										: COL_PHYS_FIXED;
	if (null)
		vector->validity = no_rows;
	else if (expr->typbyval)
	{
		once->value = value;
		vector->values = (const uint8 *) &once->value;
	}
	else if (expr->typlen == -1)
	{
		struct varlena *plain =
			pg_detoast_datum_packed((struct varlena *) DatumGetPointer(value));

		/* aligned, and in memory of our own */
		once->image = once->copy =
			memcpy(palloc(VARSIZE_ANY(plain)), plain, VARSIZE_ANY(plain));
	}
	else
		vector->values = once->copy =
			memcpy(palloc(expr->typlen), DatumGetPointer(value), expr->typlen);
	once->bound = true;
	MemoryContextSwitchTo(old);
}

static bool
once_values(ColExpr *expr, ColEval *eval,
			const uint64 *mask pg_attribute_unused(), ColVector *out)
{
	Once *once = expr->own;

	if (!once->bound)
	{
		bool null;
		Datum value;

		ResetExprContext(eval->econtext);
		value = ExecEvalExprSwitchContext(once->state, eval->econtext, &null);
		once_set(expr, value, null);
	}
	*out = once->vector;
	out->n_rows = eval->batch->n_rows;
	out->n_nulls = out->validity ? out->n_rows : 0;
	return true;
}

bool
col_expr_is_once(const ColExpr *expr)
{
	return expr->values == once_values;
}

static ColExpr *
compile_once(ColCompiler *compiler, Expr *source)
{
	ColExpr *expr = col_expr_new(compiler, source, 0);
	Once *once = MemoryContextAllocZero(compiler->memory, sizeof(Once));

	if (expr->typlen < -1 || expr->typlen > NAMEDATALEN)
		return NULL;
	expr->own = once;
	expr->values = once_values;
	if (IsA(source, Const))
		once_set(expr, ((Const *) source)->constvalue,
				 ((Const *) source)->constisnull);
	else
	{
		once->state = ExecInitExpr(source, compiler->parent);
		/* a parameter has its value; what computes may throw */
		expr->by_rows = !IsA(source, Param);
	}
	return expr;
}

void
col_compiler_rebind(ColCompiler *compiler)
{
	ListCell *cell;

	foreach (cell, compiler->all)
	{
		ColExpr *expr = lfirst(cell);

		expr->memo_batch = 0;
		if (expr->values == once_values && ((Once *) expr->own)->state != NULL)
			((Once *) expr->own)->bound = false;
	}
}

/* Another name for the same bytes. */
static ColExpr *
compile_relabel(ColCompiler *compiler, RelabelType *relabel)
{
	ColExpr *arg = col_expr_compile(compiler, relabel->arg);
	ColExpr *expr;

	if (arg->by_rows)
		return NULL;
	expr = MemoryContextAlloc(compiler->memory, sizeof(*expr));
	*expr = *arg;
	expr->source = (Expr *) relabel;
	expr->type = relabel->resulttype;
	expr->is_shared = false;
	return expr;
}

ColExpr *
col_compile_leaf(ColCompiler *compiler, Expr *expr)
{
	if (IsA(expr, Var))
		return compile_column(compiler, (Var *) expr);
	if (IsA(expr, Const) || IsA(expr, Param))
		return compile_once(compiler, expr);
	if (IsA(expr, RelabelType) &&
		get_typlen(((RelabelType *) expr)->resulttype) ==
			get_typlen(exprType((Node *) ((RelabelType *) expr)->arg)))
		return compile_relabel(compiler, (RelabelType *) expr);
	if (!contain_var_clause((Node *) expr) &&
		!contain_volatile_functions((Node *) expr) &&
		!contain_subplans((Node *) expr))
		return compile_once(compiler, expr);
	return NULL;
}
