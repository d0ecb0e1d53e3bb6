/*
 * text.c - what there is of texts; and concat, which is || of what is not NULL.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "src/expr/expr_internal.h"
#include "src/expr/text/compile.h"

static Expr *
or_empty(Expr *arg, Oid collation)
{
	CoalesceExpr *coalesce = makeNode(CoalesceExpr);

	coalesce->coalescetype = TEXTOID;
	coalesce->coalescecollid = collation;
	coalesce->args = list_make2(
		arg, makeConst(TEXTOID, -1, collation, -1,
					   PointerGetDatum(cstring_to_text("")), false, false));
	coalesce->location = -1;
	return (Expr *) coalesce;
}

static bool
concat_values(ColExpr *expr, ColEval *eval, const uint64 *mask, ColVector *out)
{
	return col_expr_values(expr->args[0], eval, mask, out);
}

/* concat(a, b) is coalesce(a, '') || coalesce(b, ''). */
ColExpr *
col_compile_concat(ColCompiler *compiler, Expr *source)
{
	FuncExpr *call = (FuncExpr *) source;
	MemoryContext old;
	Expr *joined = NULL;
	ListCell *cell;
	ColExpr *expr;

	if (!IsA(source, FuncExpr) || call->funcid != F_CONCAT ||
		call->funcvariadic)
		return NULL;
	foreach (cell, call->args)
	{
		if (exprType(lfirst(cell)) != TEXTOID)
			return NULL;
	}
	old = MemoryContextSwitchTo(compiler->memory);
	foreach (cell, call->args)
	{
		Expr *arg = or_empty(lfirst(cell), call->inputcollid);

		joined = joined == NULL ? arg
								: (Expr *) makeFuncExpr(F_TEXTCAT, TEXTOID,
														list_make2(joined, arg),
														call->inputcollid,
														call->inputcollid,
														COERCE_EXPLICIT_CALL);
	}
	MemoryContextSwitchTo(old);
	/* PostgreSQL evaluates what it was, not what it is compiled as */
	expr = col_expr_new(compiler, source, 1);
	expr->args[0] = col_expr_compile(compiler, joined);
	expr->values = concat_values;
	return expr;
}

ColExpr *
col_compile_text(ColCompiler *compiler, Expr *source)
{
	ColExpr *expr = col_compile_length(compiler, source);

	if (expr == NULL)
		expr = col_compile_like(compiler, source);
	return expr ? expr : col_compile_concat(compiler, source);
}
