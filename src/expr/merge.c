/*
 * merge.c - one result of the rows of several vectors.
 *
 * Values are copied at once, as what they come from may be computed again for other rows.
 * Decimals stay so as long as all have the same display scale.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "src/encoding/decimal.h"
#include "src/expr/expr_internal.h"
#include "src/vector/image.h"

static const uint8 empty_image[COL_IMAGE_ALIGN_BYTES] = {COL_IMAGE_EMPTY};

void
col_merge_begin(ColMerge *merge, ColExpr *expr, ColEval *eval)
{
	merge->expr = expr;
	merge->eval = eval;
	merge->form = COL_MERGE_NOTHING;
	merge->scale = 0;
	memset(col_expr_validity(expr), 0, COL_VECTOR_WORDS * sizeof(uint64));
	if (expr->typlen == -1)
	{
		col_expr_images(expr);
		for (int i = 0; i < COL_VECTOR_ROWS; i++)
			expr->images[i] = empty_image;
	}
	if (expr->typlen > 0 || expr->type == NUMERICOID)
		col_expr_lanes(expr, Max(expr->typlen, 1));
}

#define COPY_LANES(type)                                               \
	do                                                                 \
	{                                                                  \
		type *to = (type *) merge->expr->lanes;                        \
		const type *from = (const type *) vector->values;              \
                                                                       \
		for (int w = 0; w < COL_VECTOR_WORDS; w++)                     \
		{                                                              \
			uint64 bits = rows[w];                                     \
                                                                       \
			if (bits == ~(uint64) 0)                                   \
				for (int i = 0; i < 64; i++)                           \
					to[w * 64 + i] = from[step * (w * 64 + i)];        \
			for (; bits != 0 && bits != ~(uint64) 0; bits &= bits - 1) \
			{                                                          \
				int i = w * 64 + __builtin_ctzll(bits);                \
                                                                       \
				to[i] = from[step * i];                                \
			}                                                          \
		}                                                              \
	} while (0)

static void
copy_lanes(ColMerge *merge, const ColVector *vector, const uint64 *rows)
{
	int step = vector->kind == COL_VECTOR_CONSTANT ? 0 : 1;

	switch (vector->stride_bytes)
	{
		case 1:
			COPY_LANES(uint8);
			break;
		case 2:
			COPY_LANES(uint16);
			break;
		case 4:
			COPY_LANES(uint32);
			break;
		default:
			COPY_LANES(uint64);
	}
}

static const uint8 *
image_of_decimal(ColMerge *merge, int64 value, int scale)
{
	uint8 *image =
		MemoryContextAlloc(merge->eval->memory, COL_DECIMAL_IMAGE_BYTES);

	col_decimal_image(value, scale, scale, image);
	return image;
}

/* Rows of a vector, which may have decimals, as images. */
static void
copy_images(ColMerge *merge, const ColVector *vector, const uint64 *rows)
{
	ColMaskWalk walk = COL_MASK_BEGIN(rows);
	int row;

	while ((row = col_mask_next(rows, &walk)) >= 0)
	{
		const uint8 *value = col_vector_value(vector, row);

		merge->expr->images[row] =
			vector->phys == COL_PHYS_DECIMAL
				? image_of_decimal(merge, *(const int64 *) value, vector->scale)
				: value;
	}
}

/* What was merged as decimals becomes images. */
static void
leave_decimals(ColMerge *merge)
{
	ColVector decimals = {.kind = COL_VECTOR_FLAT,
						  .phys = COL_PHYS_DECIMAL,
						  .stride_bytes = sizeof(int64),
						  .scale = merge->scale,
						  .values = merge->expr->lanes};

	if (merge->form == COL_MERGE_DECIMALS)
		copy_images(merge, &decimals, merge->expr->validity);
	merge->form = COL_MERGE_IMAGES;
}

void
col_merge_add(ColMerge *merge, const ColVector *vector, const uint64 *mask)
{
	ColExpr *expr = merge->expr;
	ColVector decimals = *vector;
	uint64 rows[COL_VECTOR_WORDS];
	ColMaskWalk walk;
	int row;

	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		rows[w] = mask[w] & (vector->validity ? vector->validity[w] : mask[w]);
	if (col_mask_is_empty(rows))
		return;
	walk = (ColMaskWalk) COL_MASK_BEGIN(rows);
	if (vector->phys == COL_PHYS_LANE)
		copy_lanes(merge, vector, rows);
	else if (vector->phys == COL_PHYS_FIXED)
	{
		while ((row = col_mask_next(rows, &walk)) >= 0)
			memcpy(expr->lanes + (Size) row * expr->typlen,
				   col_vector_value(vector, row), expr->typlen);
	}
	else if (expr->type == NUMERICOID && merge->form != COL_MERGE_IMAGES &&
			 (vector->kind == COL_VECTOR_CONSTANT ||
			  vector->phys == COL_PHYS_DECIMAL) &&
			 col_as_decimals(expr, merge->eval, rows, &decimals) &&
			 (merge->form == COL_MERGE_NOTHING ||
			  merge->scale == decimals.scale))
	{
		merge->form = COL_MERGE_DECIMALS;
		merge->scale = decimals.scale;
		copy_lanes(merge, &decimals, rows);
	}
	else
	{
		leave_decimals(merge);
		copy_images(merge, vector, rows);
	}
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		expr->validity[w] |= rows[w];
}

void
col_merge_end(ColMerge *merge, ColVector *out)
{
	ColExpr *expr = merge->expr;

	col_expr_set_lanes(expr, out, merge->eval->batch->n_rows,
					   merge->form == COL_MERGE_DECIMALS ? sizeof(int64)
														 : Max(expr->typlen, 0),
					   expr->validity);
	if (merge->form == COL_MERGE_DECIMALS)
	{
		out->phys = COL_PHYS_DECIMAL;
		out->scale = merge->scale;
	}
	else if (!expr->typbyval)
		out->phys = expr->typlen == -1 ? COL_PHYS_IMAGE : COL_PHYS_FIXED;
	out->images = expr->images;
}
