/*
 * rows.c - expressions evaluated by PostgreSQL, row by row.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/datum.h"
#include "utils/memutils.h"

#include "src/expr/expr_internal.h"
#include "src/vector/image.h"

static const uint8 empty_image[COL_IMAGE_ALIGN_BYTES] = {COL_IMAGE_EMPTY};

/* Makes what PostgreSQL's evaluation needs. */
static void
rows_prepare(ColExpr *expr)
{
	ColCompiler *compiler = expr->compiler;
	MemoryContext old = MemoryContextSwitchTo(compiler->memory);
	Bitmapset *attributes = NULL;
	int whole_row = -FirstLowInvalidHeapAttributeNumber;

	if (expr->state == NULL)
	{
		pull_varattnos((Node *) expr->source, compiler->varno, &attributes);
		for (int i = 0; i < compiler->desc->natts; i++)
		{
			if (!TupleDescAttr(compiler->desc, i)->attisdropped &&
				(bms_is_member(whole_row, attributes) ||
				 bms_is_member(whole_row + i + 1, attributes)))
				expr->columns = bms_add_member(expr->columns, i);
		}
		expr->state = ExecInitExpr(expr->source, compiler->parent);
	}
	MemoryContextSwitchTo(old);
}

static bool
rows_only(ColExpr *expr, ColEval *eval, const uint64 *mask, ColVector *out)
{
	if (eval->quiet)
		return false;
	col_rows_values(expr, eval, mask, out);
	return true;
}

ColExpr *
col_compile_rows(ColCompiler *compiler, Expr *source)
{
	ColExpr *expr = col_expr_new(compiler, source, 0);

	expr->by_rows = true;
	expr->values = rows_only;
	rows_prepare(expr);
	return expr;
}

/* The columns that expr looks at, as far as they are in batches. */
static void
fill_slot(ColExpr *expr, ColEval *eval, const ColVector **vectors, uint32 row)
{
	TupleTableSlot *slot = eval->slot;
	int column = -1;

	ExecClearTuple(slot);
	while ((column = bms_next_member(expr->columns, column)) >= 0)
		slot->tts_values[column] =
			col_vector_datum(vectors[column], row, &slot->tts_isnull[column]);
	ExecStoreVirtualTuple(slot);
}

/* Stores a result that is not NULL. */
static void
store_value(ColExpr *expr, ColEval *eval, uint32 row, Datum value)
{
	if (expr->typbyval)
		memcpy(expr->lanes + (Size) row * expr->typlen, &value, expr->typlen);
	else if (expr->typlen > 0)
		memcpy(expr->lanes + (Size) row * expr->typlen, DatumGetPointer(value),
			   expr->typlen);
	else
	{
		MemoryContext old = MemoryContextSwitchTo(eval->memory);
		struct varlena *stored = (struct varlena *) DatumGetPointer(value);
		struct varlena *plain = pg_detoast_datum_packed(stored);

		if (plain == stored)
			plain = memcpy(palloc(VARSIZE_ANY(stored)), stored,
						   VARSIZE_ANY(stored));
		expr->images[row] = (const uint8 *) plain;
		MemoryContextSwitchTo(old);
	}
}

void
col_rows_values(ColExpr *expr, ColEval *eval, const uint64 *mask,
				ColVector *out)
{
	ExprContext *econtext = eval->econtext;
	uint32 n_rows = eval->batch->n_rows;
	const ColVector **vectors;
	uint64 *validity = col_expr_validity(expr);
	ColMaskWalk walk = COL_MASK_BEGIN(mask);
	int column = -1;
	int row;

	rows_prepare(expr);
	vectors = MemoryContextAlloc(eval->memory,
								 (eval->slot->tts_tupleDescriptor->natts + 1) *
									 sizeof(ColVector *));
	while ((column = bms_next_member(expr->columns, column)) >= 0)
		vectors[column] = col_batch_column(eval->batch, column);
	if (expr->typlen == -1)
	{
		col_expr_images(expr);
		for (uint32 i = 0; i < n_rows; i++)
			expr->images[i] = empty_image;
	}
	else
		col_expr_lanes(expr, expr->typlen);
	memset(validity, 0, COL_VECTOR_WORDS * sizeof(uint64));
	econtext->ecxt_scantuple = eval->slot;
	while ((row = col_mask_next(mask, &walk)) >= 0)
	{
		bool null;
		Datum value;

		CHECK_FOR_INTERRUPTS();
		ResetExprContext(econtext);
		fill_slot(expr, eval, vectors, row);
		value = ExecEvalExprSwitchContext(expr->state, econtext, &null);
		if (null)
			continue;
		store_value(expr, eval, row, value);
		validity[row / 64] |= (uint64) 1 << row % 64;
	}
	ResetExprContext(econtext);
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
}
