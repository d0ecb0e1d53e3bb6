/*
 * lanes.c - which types are lanes that kernels compute on, and their conversion.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "src/expr/expr_internal.h"

int
col_lane_of(Oid type)
{
	switch (getBaseType(type))
	{
		case BOOLOID:
			return SIMD_U8;
		case INT2OID:
			return SIMD_I16;
		case INT4OID:
		case DATEOID:
			return SIMD_I32;
		case OIDOID:
			return SIMD_U32;
		case INT8OID:
		case CASHOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return SIMD_I64;
		case FLOAT4OID:
			return SIMD_F32;
		case FLOAT8OID:
			return SIMD_F64;
		default:
			return -1;
	}
}

#define WIDEN(type, to)                                    \
	do                                                     \
	{                                                      \
		const type *lanes = (const type *) vector->values; \
                                                           \
		if (vector->kind == COL_VECTOR_CONSTANT)           \
			for (uint32 i = 0; i < COL_VECTOR_ROWS; i++)   \
				scratch[i] = (to) lanes[0];                \
		else                                               \
			for (uint32 i = 0; i < n; i++)                 \
				scratch[i] = (to) lanes[i];                \
	} while (0)

const int64 *
col_lanes_int64(const ColVector *vector, int lane, int64 *scratch)
{
	uint32 n = vector->n_rows;

	if (vector->kind == COL_VECTOR_FLAT && vector->stride_bytes == 8)
		return (const int64 *) vector->values;
	switch (lane)
	{
		case SIMD_U8:
			WIDEN(uint8, int64);
			break;
		case SIMD_I16:
			WIDEN(int16, int64);
			break;
		case SIMD_I32:
			WIDEN(int32, int64);
			break;
		case SIMD_U32:
			WIDEN(uint32, int64);
			break;
		default:
			WIDEN(int64, int64);
	}
	return scratch;
}

const double *
col_lanes_double(const ColVector *vector, int lane, double *scratch)
{
	uint32 n = vector->n_rows;

	if (vector->kind == COL_VECTOR_FLAT && lane == SIMD_F64)
		return (const double *) vector->values;
	switch (lane)
	{
		case SIMD_F32:
			WIDEN(float, double);
			break;
		case SIMD_F64:
			WIDEN(double, double);
			break;
		case SIMD_I16:
			WIDEN(int16, double);
			break;
		case SIMD_I32:
			WIDEN(int32, double);
			break;
		default:
			WIDEN(int64, double);
	}
	return scratch;
}

const void *
col_lanes_as(const ColVector *vector, int lane, int to, void *scratch,
			 bool *once)
{
	static const struct
	{
		int from;
		int to;
	} widenings[] = {[SIMD_I16_TO_I32] = {SIMD_I16, SIMD_I32},
					 [SIMD_I16_TO_I64] = {SIMD_I16, SIMD_I64},
					 [SIMD_I32_TO_I64] = {SIMD_I32, SIMD_I64},
					 [SIMD_I32_TO_F64] = {SIMD_I32, SIMD_F64},
					 [SIMD_F32_TO_F64] = {SIMD_F32, SIMD_F64}};

	*once = vector->kind == COL_VECTOR_CONSTANT;
	if (lane == to)
		return vector->values;
	for (int i = 0; i < lengthof(widenings); i++)
	{
		if (widenings[i].from != lane || widenings[i].to != to)
			continue;
		simd_kernels()->widen[i](vector->values, *once ? 1 : vector->n_rows,
								 scratch);
		return scratch;
	}
	return NULL;
}

const uint64 *
col_expr_valid_both(ColExpr *expr, const ColVector *a, const ColVector *b)
{
	uint64 *validity;

	if (a->validity == NULL)
		return b->validity;
	if (b->validity == NULL)
		return a->validity;
	validity = col_expr_validity(expr);
	for (int w = 0; w < COL_VECTOR_WORDS; w++)
		validity[w] = a->validity[w] & b->validity[w];
	return validity;
}
