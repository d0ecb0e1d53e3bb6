/*
 * call.c - functions without a kernel: called for each row that is wanted, or once for
 * each value of a dictionary.
 *
 * Only of strict functions that are not volatile and return no sets.  What is not
 * leakproof may throw, unless text/ has it.
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "src/expr/expr_internal.h"
#include "src/expr/text/function.h"
#include "src/expr/text/regex.h"
#include "src/vector/image.h"

static const uint8 empty_image[COL_IMAGE_ALIGN_BYTES] = {COL_IMAGE_EMPTY};

typedef struct Call
{
	FmgrInfo function;
	FunctionCallInfo info;
	MemoryContext scratch; /* of a call */
	ColTextFunction text;  /* asked first, or NULL */
	ColRegex *regex;	   /* of regexp_replace, or NULL */
	bool leakproof;
	/* results for the codes of the stripe's dictionary */
	uint64 stripe;
	uint8 *known; /* 0: not called yet, 1: NULL, 2: a value */
	uint32 n_known;
	Datum *results;
	MemoryContext memory; /* what results point to */
} Call;

/* The result, in memory that stays. */
static Datum
keep_result(const ColExpr *expr, Datum value, MemoryContext memory)
{
	MemoryContext old;
	void *kept;

	if (expr->typbyval)
		return value;
	old = MemoryContextSwitchTo(memory);
	if (expr->typlen > 0)
		kept =
			memcpy(palloc(expr->typlen), DatumGetPointer(value), expr->typlen);
	else
	{
		struct varlena *stored = (struct varlena *) DatumGetPointer(value);

		kept = pg_detoast_datum_packed(stored);
		if (kept == stored)
			kept = memcpy(palloc(VARSIZE_ANY(stored)), stored,
						  VARSIZE_ANY(stored));
	}
	MemoryContextSwitchTo(old);
	return PointerGetDatum(kept);
}

/*
 * Calls for a row; valid: the result is a value, kept in memory.  False: that may throw,
 * and eval is quiet.
 */
static bool
call_row(ColExpr *expr, const ColEval *eval, const ColVector *vectors,
		 uint32 row, MemoryContext memory, Datum *result, bool *valid)
{
	Call *call = expr->own;
	FunctionCallInfo info = call->info;
	MemoryContext old;

	MemoryContextReset(call->scratch);
	old = MemoryContextSwitchTo(call->scratch);
	for (int i = 0; i < expr->n_args; i++)
	{
		info->args[i].value =
			col_vector_datum(&vectors[i], row, &info->args[i].isnull);
		if (info->args[i].isnull)
		{
			MemoryContextSwitchTo(old);
			*valid = false;
			return true;
		}
	}
	*valid = true;
	if (call->regex)
		*result = col_regex_replace(
			call->regex, (const uint8 *) DatumGetPointer(info->args[0].value),
			memory);
	if (call->regex || (call->text && call->text(info->args, memory, result)))
	{
		MemoryContextSwitchTo(old);
		return true;
	}
	if (eval->quiet && !call->leakproof)
	{
		MemoryContextSwitchTo(old);
		return false;
	}
	info->isnull = false;
	*result = FunctionCallInvoke(info);
	MemoryContextSwitchTo(old);
	*valid = !info->isnull;
	if (*valid)
		*result = keep_result(expr, *result, memory);
	return true;
}

/* The one argument that is not constant, if it is by a dictionary; -1: not so. */
static int
dictionary_argument(const ColExpr *expr, const ColVector *vectors)
{
	int found = -1;

	for (int i = 0; i < expr->n_args; i++)
	{
		if (col_expr_is_once(expr->args[i]))
			continue;
		if (found >= 0 || vectors[i].kind != COL_VECTOR_DICTIONARY)
			return -1;
		found = i;
	}
	return found;
}

/* Room for results of the codes of a dictionary. */
static void
prepare_codes(ColExpr *expr, ColEval *eval, const ColVector *vector)
{
	Call *call = expr->own;
	uint64 before = call->stripe;

	call->known = col_expr_codes(expr, eval, vector, call->known,
								 &call->n_known, &call->stripe);
	if (call->stripe == before)
		return;
	MemoryContextReset(call->memory);
	call->results =
		MemoryContextAlloc(call->memory, call->n_known * sizeof(Datum));
	for (uint32 i = 0; i < call->n_known; i++)
		call->results[i] = PointerGetDatum(empty_image);
}

static void
store_result(ColExpr *expr, uint32 row, Datum value)
{
	if (expr->typbyval)
		memcpy(expr->lanes + (Size) row * expr->typlen, &value, expr->typlen);
	else if (expr->typlen > 0)
		memcpy(expr->lanes + (Size) row * expr->typlen, DatumGetPointer(value),
			   expr->typlen);
	else
		expr->images[row] = (const uint8 *) DatumGetPointer(value);
}

static bool
call_values(ColExpr *expr, ColEval *eval, const uint64 *mask, ColVector *out)
{
	Call *call = expr->own;
	ColMaskWalk walk = COL_MASK_BEGIN(mask);
	uint32 n_rows = eval->batch->n_rows;
	uint64 *validity = col_expr_validity(expr);
	ColVector vectors[FUNC_MAX_ARGS];
	bool is_dictionary; /* results by the codes of the argument */
	int by_code;
	int row;

	if (eval->quiet && expr->by_rows)
		return false;
	for (int i = 0; i < expr->n_args; i++)
	{
		if (!col_expr_values(expr->args[i], eval, mask, &vectors[i]))
			return false;
	}
	by_code = dictionary_argument(expr, vectors);
	if (by_code >= 0)
		prepare_codes(expr, eval, &vectors[by_code]);
	is_dictionary = by_code >= 0 && expr->typlen == -1;
	if (is_dictionary)
		;
	else if (expr->typlen == -1)
	{
		col_expr_images(expr);
		for (uint32 i = 0; i < n_rows; i++)
			expr->images[i] = empty_image;
	}
	else
		col_expr_lanes(expr, expr->typlen);
	memset(validity, 0, COL_VECTOR_WORDS * sizeof(uint64));
	while ((row = col_mask_next(mask, &walk)) >= 0)
	{
		Datum result = (Datum) 0;
		bool valid;

		CHECK_FOR_INTERRUPTS();
		if (by_code >= 0 && !col_vector_is_null(&vectors[by_code], row))
		{
			uint32 code = vectors[by_code].codes[row];

			if (call->known[code] == 0)
			{
				if (!call_row(expr, eval, vectors, row, call->memory,
							  &call->results[code], &valid))
					return false;
				call->known[code] = 1 + valid;
			}
			valid = call->known[code] == 2;
			result = call->results[code];
		}
		else if (!call_row(expr, eval, vectors, row, eval->memory, &result,
						   &valid))
			return false;
		if (!valid)
			continue;
		if (!is_dictionary)
			store_result(expr, row, result);
		validity[row / 64] |= (uint64) 1 << row % 64;
	}
	memset(out, 0, sizeof(*out));
	out->kind = COL_VECTOR_FLAT;
	out->phys = expr->typbyval		 ? COL_PHYS_LANE
				: expr->typlen == -1 ? COL_PHYS_IMAGE
									 : COL_PHYS_FIXED;
	out->stride_bytes = expr->typlen > 0 ? expr->typlen : 0;
	out->n_rows = n_rows;
	out->values = expr->lanes;
	out->images = expr->images;
	out->validity = validity;
	if (is_dictionary)
	{
		out->kind = COL_VECTOR_DICTIONARY;
		out->images = (const uint8 *const *) call->results;
		out->codes = vectors[by_code].codes;
		out->n_dictionary = vectors[by_code].n_dictionary;
	}
	return true;
}

/* A function and its arguments, of nodes that call one; false: another node. */
static bool
match_call(Expr *source, Oid *function, List **args, Oid *collation)
{
	if (IsA(source, OpExpr))
	{
		set_opfuncid((OpExpr *) source);
		*function = ((OpExpr *) source)->opfuncid;
		*args = ((OpExpr *) source)->args;
		*collation = ((OpExpr *) source)->inputcollid;
		return !((OpExpr *) source)->opretset;
	}
	if (!IsA(source, FuncExpr))
		return false;
	*function = ((FuncExpr *) source)->funcid;
	*args = ((FuncExpr *) source)->args;
	*collation = ((FuncExpr *) source)->inputcollid;
	return !((FuncExpr *) source)->funcretset &&
		   !((FuncExpr *) source)->funcvariadic;
}

static bool
type_is_plain(Oid type)
{
	return get_typlen(type) >= -1 && get_typtype(type) != TYPTYPE_PSEUDO;
}

/* regexp_replace by constants, where they are simple enough; else NULL. */
static ColRegex *
compile_regex(ColCompiler *compiler, Oid function, List *args, Oid collation)
{
	MemoryContext old;
	ColRegex *regex;

	if (function != F_REGEXP_REPLACE_TEXT_TEXT_TEXT ||
		!IsA(lsecond(args), Const) || lsecond_node(Const, args)->constisnull ||
		!IsA(lthird(args), Const) || lthird_node(Const, args)->constisnull ||
		!OidIsValid(collation) || !get_collation_isdeterministic(collation))
		return NULL;
	old = MemoryContextSwitchTo(compiler->memory);
	regex = col_regex_compile(lsecond_node(Const, args)->constvalue,
							  lthird_node(Const, args)->constvalue);
	MemoryContextSwitchTo(old);
	return regex;
}

ColExpr *
col_compile_call(ColCompiler *compiler, Expr *source)
{
	Oid function;
	Oid collation;
	List *args;
	ListCell *cell;
	Call *call;
	ColExpr *expr;
	bool total;

	if (!match_call(source, &function, &args, &collation) ||
		!func_strict(function) ||
		func_volatile(function) == PROVOLATILE_VOLATILE || args == NIL ||
		!type_is_plain(exprType((Node *) source)) ||
		contain_subplans((Node *) source))
		return NULL;
	foreach (cell, args)
	{
		if (!type_is_plain(exprType(lfirst(cell))))
			return NULL;
	}
	expr = col_expr_new(compiler, source, list_length(args));
	call = MemoryContextAllocZero(compiler->memory, sizeof(*call));
	expr->own = call;
	for (int i = 0; i < expr->n_args; i++)
		expr->args[i] = col_expr_compile(compiler, list_nth(args, i));
	fmgr_info_cxt(function, &call->function, compiler->memory);
	fmgr_info_set_expr((Node *) source, &call->function);
	call->info = MemoryContextAllocZero(compiler->memory,
										SizeForFunctionCallInfo(expr->n_args));
	InitFunctionCallInfoData(*call->info, &call->function, expr->n_args,
							 collation, NULL, NULL);
	call->scratch = AllocSetContextCreate(
		compiler->memory, "columnar function call", ALLOCSET_SMALL_SIZES);
	call->memory = AllocSetContextCreate(
		compiler->memory, "columnar function results", ALLOCSET_SMALL_SIZES);
	call->leakproof = get_func_leakproof(function);
	call->text = col_text_function(function, args, collation, &total);
	call->regex = compile_regex(compiler, function, args, collation);
	expr->by_rows =
		!call->leakproof && !call->regex && (call->text == NULL || !total);
	expr->values = call_values;
	return expr;
}
