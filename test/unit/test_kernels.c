/*
 * test_kernels.c - kernels over lanes, bitmaps and bytes against oracles that
 * go a row at a time: every level, every length up to two vectors and a row,
 * shaped data, inputs that end at a page which must not be read.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "simd/simd.h"
#include "test/unit/guarded.h"
#include "test/unit/harness.h"

#define ROWS_MAX (2 * SIMD_VECTOR_VALUES + 1)
#define ROOM_MAX SIMD_ROOM(ROWS_MAX)
#define WORDS_MAX SIMD_BITMAP_WORDS(ROWS_MAX)
#define CANARY 0x5a

static const unsigned type_bytes[SIMD_N_TYPES] = {1, 2, 4, 8, 1, 2, 4, 8, 4, 8};
static const char *const type_names[SIMD_N_TYPES] = {
	"i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "f32", "f64"};

typedef enum Shape
{
	SHAPE_RANDOM,
	SHAPE_SMALL,
	SHAPE_FLAT,
	SHAPE_EDGES,
	SHAPE_TWO_EDGES, /* the same two for all lanes */
	N_SHAPES
} Shape;

/* A number that is near the edge of something, for a lane of any type. */
static uint64_t
edge(SimdType type)
{
	static const double floats[] = {0.0,   -0.0,   INFINITY,  -INFINITY, NAN,
									1.0,   -1.0,   5e-324,	  -5e-324,	 2.0,
									1e300, -1e300, 3.4028e38, 1.1754e-38};
	static const uint64_t integers[] = {
		0,
		1,
		UINT64_MAX,
		127,
		128,
		32767,
		32768,
		INT32_MAX,
		UINT64_C(0x80000000),
		INT64_MAX,
		UINT64_C(0x8000000000000000),
	};
	uint64_t bits = 0;
	double value = floats[test_below(sizeof(floats) / sizeof(floats[0]))];
	float narrow = (float) value;

	if (type == SIMD_F64)
		memcpy(&bits, &value, 8);
	else if (type == SIMD_F32)
		memcpy(&bits, &narrow, 4);
	else
		return integers[test_below(sizeof(integers) / sizeof(integers[0]))];
	/* NaN of either sign, with and without a payload, also signalling */
	if (value != value)
		bits ^= test_below(4) << (type == SIMD_F64 ? 50 : 21) |
				test_below(2) << (type == SIMD_F64 ? 63 : 31) | 1;
	return bits;
}

static uint64_t
shaped(SimdType type, Shape shape)
{
	uint64_t bits = test_random();
	double value = (double) test_below(7) - 3;
	float narrow = (float) value;

	if (shape == SHAPE_EDGES)
		return edge(type);
	if (shape == SHAPE_SMALL && type == SIMD_F64)
		memcpy(&bits, &value, 8);
	else if (shape == SHAPE_SMALL && type == SIMD_F32)
		memcpy(&bits, &narrow, 4);
	else if (shape == SHAPE_SMALL)
		bits = (uint64_t) ((int64_t) test_below(7) - 3);
	return bits;
}

static void
fill_lanes(void *lanes, SimdType type, Shape shape, uint32_t n)
{
	uint64_t two[2] = {edge(type), edge(type)};
	uint64_t bits = shaped(type, shape);
	uint32_t i;

	for (i = 0; i < n; i++)
	{
		if (shape == SHAPE_TWO_EDGES)
			bits = two[test_below(2)];
		else if (shape != SHAPE_FLAT)
			bits = shaped(type, shape);
		memcpy((uint8_t *) lanes + (size_t) i * type_bytes[type], &bits,
			   type_bytes[type]);
	}
}

/* how: 0 nothing, 1 everything, 2 half, 3 few, 4 whole words and others */
#define N_BITMAPS 5

static void
fill_bitmap(uint64_t *bitmap, int how)
{
	uint32_t w;
	int i;

	for (w = 0; w < WORDS_MAX; w++)
	{
		bitmap[w] = how == 0 ? 0 : how == 1 ? UINT64_MAX : test_random();
		for (i = 0; how == 3 && i < 4; i++)
			bitmap[w] &= test_random();
		if (how == 4 && test_below(3) != 0)
			bitmap[w] = test_below(2) != 0 ? UINT64_MAX : 0;
	}
}

static bool
has_bit(const uint64_t *bitmap, uint32_t row)
{
	return bitmap[row / 64] >> row % 64 & 1;
}

/* A guarded copy of the first n rows of bitmap. */
static uint64_t *
guarded_bitmap(Guarded *guarded, const uint64_t *bitmap, uint32_t n)
{
	uint64_t *copy =
		guarded_copy(guarded, bitmap, SIMD_BITMAP_WORDS(n) * sizeof(*bitmap));

	if (n % 64 != 0)
		copy[n / 64] &= ((uint64_t) 1 << n % 64) - 1;
	return copy;
}

/* -1, 0, 1 in PostgreSQL's order; zeroes are equal. */
static int
compare_lanes(SimdType type, const void *left, const void *right)
{
	int64_t a = 0;
	int64_t b = 0;

#define COMPARE_AS(T)                 \
	do                                \
	{                                 \
		T l;                          \
		T r;                          \
                                      \
		memcpy(&l, left, sizeof(l));  \
		memcpy(&r, right, sizeof(r)); \
		a = l > r;                    \
		b = l < r;                    \
		if (l != l || r != r)         \
		{                             \
			a = l != l;               \
			b = r != r;               \
		}                             \
	} while (0)

	switch (type)
	{
		case SIMD_I8:
			COMPARE_AS(int8_t);
			break;
		case SIMD_I16:
			COMPARE_AS(int16_t);
			break;
		case SIMD_I32:
			COMPARE_AS(int32_t);
			break;
		case SIMD_I64:
			COMPARE_AS(int64_t);
			break;
		case SIMD_U8:
			COMPARE_AS(uint8_t);
			break;
		case SIMD_U16:
			COMPARE_AS(uint16_t);
			break;
		case SIMD_U32:
			COMPARE_AS(uint32_t);
			break;
		case SIMD_U64:
			COMPARE_AS(uint64_t);
			break;
		case SIMD_F32:
			COMPARE_AS(float);
			break;
		case SIMD_F64:
			COMPARE_AS(double);
			break;
		default:
			break;
	}
	return (int) (a - b);
}

static bool
holds(SimdType type, SimdCompareOp op, const uint8_t *lane,
	  const uint8_t *constants)
{
	int first = compare_lanes(type, lane, constants);

	switch (op)
	{
		case SIMD_EQ:
			return first == 0;
		case SIMD_NE:
			return first != 0;
		case SIMD_LT:
			return first < 0;
		case SIMD_LE:
			return first <= 0;
		case SIMD_GT:
			return first > 0;
		case SIMD_GE:
			return first >= 0;
		case SIMD_BETWEEN:
			return first >= 0 &&
				   compare_lanes(type, lane, constants + type_bytes[type]) <= 0;
	}
	return false;
}

static void
check_compare(SimdType type, Shape shape, SimdCompareOp op, uint32_t step)
{
	static uint8_t lanes[ROWS_MAX * 8];
	static const float nan = NAN;
	static const double wide_nan = NAN;
	uint8_t constants[16] __attribute__((aligned(8)));
	unsigned bytes = type_bytes[type];
	uint64_t expected[WORDS_MAX] = {0};
	uint64_t found[WORDS_MAX + 1];
	const SimdKernels *kernels;
	Guarded guarded;
	uint32_t n;
	unsigned k;
	uint32_t i;

	fill_lanes(lanes, type, shape, ROWS_MAX);
	fill_lanes(constants, type, test_below(2) ? shape : SHAPE_EDGES, 2);
	if (test_below(2))
		memcpy(constants, lanes + 7 * bytes, bytes);
	for (i = 0; i < 2; i++)
		if (type >= SIMD_F32 && test_below(4) == 0)
			memcpy(constants + i * bytes,
				   type == SIMD_F64 ? (void *) &wide_nan : (void *) &nan,
				   bytes);
	for (i = 0; i < ROWS_MAX; i++)
		if (holds(type, op, lanes + (size_t) i * bytes, constants))
			expected[i / 64] |= (uint64_t) 1 << i % 64;
	guarded_open(&guarded);
	for (n = 0; n <= ROWS_MAX; n += step)
	{
		const void *in = guarded_copy(&guarded, lanes, (size_t) n * bytes);

		for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
		{
			uint32_t words = SIMD_BITMAP_WORDS(n);
			bool good;

			test_context("compare %s, %s, shape %d, operator %d, %u rows",
						 kernels->name, type_names[type], shape, op, n);
			memset(found, CANARY, sizeof(found));
			kernels->compare[type](in, n, op, constants, found);
			good = memcmp(found, expected, n / 64 * 8) == 0 &&
				   ((const uint8_t *) found)[words * 8] == CANARY;
			if (n % 64 != 0)
				good = good &&
					   found[n / 64] ==
						   (expected[n / 64] & (((uint64_t) 1 << n % 64) - 1));
			CHECK(good);
		}
	}
	guarded_close(&guarded);
}

static void
compare_every_type(void)
{
	int type;
	int shape;
	int op;

	for (type = 0; type < SIMD_N_TYPES; type++)
		for (shape = 0; shape < N_SHAPES; shape++)
			for (op = SIMD_EQ; op <= SIMD_BETWEEN; op++)
			{
				int again;

				/* every length once, else some */
				for (again = 0; again < 8; again++)
					check_compare((SimdType) type, (Shape) shape,
								  (SimdCompareOp) op,
								  again > 0					 ? 683
								  : op == (type + shape) % 7 ? 1
															 : 31);
			}
}

/* Every length with some of the shapes and bitmaps, with all of them some. */
static bool
is_checked(Shape shape, int how, uint32_t n)
{
	return (shape < SHAPE_TWO_EDGES && (shape + how) % 3 == 0) || n % 13 == 0;
}

/* 32 sums, joined from the outside in */
static double
oracle_sum_float(SimdType type, const uint8_t *lanes, uint32_t n,
				 const uint64_t *bitmap)
{
	double sums[32];
	uint32_t i;
	int half;
	int k;

	for (k = 0; k < 32; k++)
		sums[k] = -0.0;
	for (i = 0; i < n; i++)
	{
		double value;
		float narrow;

		memcpy(&narrow, lanes + (size_t) i * type_bytes[type], 4);
		if (type == SIMD_F32)
			value = narrow;
		else
			memcpy(&value, lanes + (size_t) i * 8, 8);
		if (bitmap == NULL || has_bit(bitmap, i))
			sums[i % 32] += value;
	}
	for (half = 16; half > 0; half /= 2)
		for (k = 0; k < half; k++)
			sums[k] += sums[k + half];
	return isnan(sums[0]) ? NAN : sums[0];
}

static __int128
oracle_lane(SimdType type, const uint8_t *lane)
{
	uint64_t value = 0;
	unsigned unused = 64 - type_bytes[type] * 8;

	memcpy(&value, lane, type_bytes[type]);
	if (type < SIMD_U8)
		return (int64_t) (value << unused) >> unused;
	return value;
}

static void
check_sum(SimdType type, Shape shape, int how)
{
	static uint8_t lanes[ROWS_MAX * 8];
	uint64_t bitmap[WORDS_MAX];
	unsigned bytes = type_bytes[type];
	const SimdKernels *kernels;
	__int128 sum = 0;
	Guarded guarded[2];
	uint32_t n;
	unsigned k;

	fill_lanes(lanes, type, shape, ROWS_MAX);
	fill_bitmap(bitmap, how);
	guarded_open(&guarded[0]);
	guarded_open(&guarded[1]);
	for (n = 0; n <= ROWS_MAX; n++)
	{
		const void *in = guarded_copy(&guarded[0], lanes, (size_t) n * bytes);
		const uint64_t *rows =
			how == 1 ? NULL : guarded_bitmap(&guarded[1], bitmap, n);

		if (n > 0 && has_bit(bitmap, n - 1) && type < SIMD_F32)
			sum += oracle_lane(type, lanes + (size_t) (n - 1) * bytes);
		if (!is_checked(shape, how, n))
			continue;
		for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
		{
			test_context("sum %s, %s, shape %d, bitmap %d, %u rows",
						 kernels->name, type_names[type], shape, how, n);
			if (type < SIMD_F32)
				CHECK(kernels->sum_int[type](in, n, rows) == sum);
			else
			{
				double expected = oracle_sum_float(type, lanes, n, rows);
				double found = kernels->sum_float[type - SIMD_F32](in, n, rows);

				CHECK(memcmp(&expected, &found, sizeof(found)) == 0);
			}
		}
	}
	guarded_close(&guarded[0]);
	guarded_close(&guarded[1]);
}

static void
sum_every_type(void)
{
	int type;
	int shape;
	int how;

	for (type = 0; type < SIMD_N_TYPES; type++)
		for (shape = 0; shape < N_SHAPES; shape++)
			for (how = 0; how < N_BITMAPS; how++)
				check_sum((SimdType) type, (Shape) shape, how);
}

static bool
is_nan(SimdType type, const uint8_t *lane)
{
	float narrow;
	double value;

	memcpy(&narrow, lane, 4);
	if (type == SIMD_F64)
	{
		memcpy(&value, lane, 8);
		return isnan(value);
	}
	return type == SIMD_F32 && isnan(narrow);
}

/* PostgreSQL's order, -0.0 before 0.0 */
static bool
comes_before(SimdType type, const uint8_t *left, const uint8_t *right)
{
	int order = compare_lanes(type, left, right);

	if (order == 0 && type >= SIMD_F32 && !is_nan(type, left))
		return left[type_bytes[type] - 1] > right[type_bytes[type] - 1];
	return order < 0;
}

static void
make_canonical(SimdType type, uint8_t *lane)
{
	float narrow = NAN;
	double value = NAN;

	if (is_nan(type, lane))
		memcpy(lane, type == SIMD_F64 ? (void *) &value : (void *) &narrow,
			   type_bytes[type]);
}

static void
check_min_max(SimdType type, Shape shape, int how)
{
	static uint8_t lanes[(ROWS_MAX + 1) * 8];
	uint64_t bitmap[WORDS_MAX];
	unsigned bytes = type_bytes[type];
	const SimdKernels *kernels;
	uint8_t expected[2][8] = {{0}, {0}};
	bool any = false;
	Guarded guarded[2];
	uint32_t n;
	unsigned k;

	fill_lanes(lanes, type, shape, ROWS_MAX);
	fill_bitmap(bitmap, how);
	guarded_open(&guarded[0]);
	guarded_open(&guarded[1]);
	for (n = 0; n <= ROWS_MAX; n++)
	{
		const void *in = guarded_copy(&guarded[0], lanes, (size_t) n * bytes);
		const uint64_t *rows =
			how == 1 ? NULL : guarded_bitmap(&guarded[1], bitmap, n);

		if (n > 0 && has_bit(bitmap, n - 1))
		{
			const uint8_t *lane = lanes + (size_t) (n - 1) * bytes;

			if (!any || comes_before(type, lane, expected[0]))
				memcpy(expected[0], lane, bytes);
			if (!any || comes_before(type, expected[1], lane))
				memcpy(expected[1], lane, bytes);
			make_canonical(type, expected[0]);
			make_canonical(type, expected[1]);
			any = true;
		}
		if (!is_checked(shape, how, n))
			continue;
		for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
		{
			uint8_t found[2][8] __attribute__((aligned(8)));
			bool good;

			test_context("min_max %s, %s, shape %d, bitmap %d, %u rows",
						 kernels->name, type_names[type], shape, how, n);
			good = kernels->min_max[type](in, n, rows, found[0], found[1]);
			CHECK(good == any);
			if (good && any)
				CHECK(memcmp(found[0], expected[0], bytes) == 0 &&
					  memcmp(found[1], expected[1], bytes) == 0);
		}
	}
	guarded_close(&guarded[0]);
	guarded_close(&guarded[1]);
}

static void
min_max_every_type(void)
{
	int type;
	int shape;
	int how;

	for (type = 0; type < SIMD_N_TYPES; type++)
		for (shape = 0; shape < N_SHAPES; shape++)
			for (how = 0; how < N_BITMAPS; how++)
			{
				int again = shape == SHAPE_TWO_EDGES ? 20 : 1;

				while (again-- > 0)
					check_min_max((SimdType) type, (Shape) shape, how);
			}
}

static void
check_selections(int how)
{
	uint64_t bitmap[WORDS_MAX];
	uint16_t expected[ROWS_MAX];
	uint16_t found[ROOM_MAX + 1];
	uint64_t back[WORDS_MAX + 1];
	const SimdKernels *kernels;
	uint32_t n_expected = 0;
	Guarded guarded;
	uint32_t n;
	unsigned k;

	fill_bitmap(bitmap, how);
	guarded_open(&guarded);
	for (n = 0; n <= ROWS_MAX; n++)
	{
		const uint64_t *rows = guarded_bitmap(&guarded, bitmap, n);
		uint32_t room = SIMD_ROOM(n);

		if (n > 0 && has_bit(bitmap, n - 1))
			expected[n_expected++] = (uint16_t) (n - 1);
		for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
		{
			test_context("selection %s, bitmap %d, %u rows", kernels->name, how,
						 n);
			memset(found, CANARY, sizeof(found));
			memset(back, CANARY, sizeof(back));
			CHECK(kernels->count_bits(rows, n) == n_expected);
			CHECK(kernels->bitmap_to_selection(rows, n, found) == n_expected);
			CHECK(memcmp(found, expected, n_expected * 2) == 0);
			CHECK(((const uint8_t *) found)[room * 2] == CANARY);
			kernels->selection_to_bitmap(expected, n_expected, n, back);
			CHECK(memcmp(back, rows, SIMD_BITMAP_WORDS(n) * 8) == 0);
			CHECK(((const uint8_t *) back)[SIMD_BITMAP_WORDS(n) * 8] == CANARY);
		}
	}
	guarded_close(&guarded);
}

/* All 65536 rows, so that row numbers reach the width of a selection's. */
static void
selections_of_many_rows(void)
{
	static uint64_t bitmap[1024];
	static uint16_t found[65536];
	const SimdKernels *kernels;
	unsigned k;
	uint32_t i;

	memset(bitmap, 0xff, sizeof(bitmap));
	for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
	{
		bool good = true;

		test_context("selection %s", kernels->name);
		CHECK(kernels->bitmap_to_selection(bitmap, 65536, found) == 65536);
		for (i = 0; i < 65536; i++)
			good = good && found[i] == i;
		CHECK(good);
	}
}

static void
selections(void)
{
	int how;

	for (how = 0; how < N_BITMAPS; how++)
		check_selections(how);
	selections_of_many_rows();
}

static void
check_compact(unsigned lane, int how)
{
	static uint8_t lanes[ROWS_MAX * 8];
	static uint8_t expected[ROWS_MAX * 8];
	static uint8_t found[(ROOM_MAX + 1) * 8] __attribute__((aligned(8)));
	unsigned bytes = 1U << lane;
	uint64_t bitmap[WORDS_MAX];
	uint16_t selection[ROWS_MAX];
	const SimdKernels *kernels;
	uint32_t n_expected = 0;
	Guarded guarded[3];
	uint32_t n;
	unsigned k;
	int g;

	fill_lanes(lanes, (SimdType) (SIMD_U8 + lane), SHAPE_RANDOM, ROWS_MAX);
	fill_bitmap(bitmap, how);
	for (g = 0; g < 3; g++)
		guarded_open(&guarded[g]);
	for (n = 0; n <= ROWS_MAX; n++)
	{
		const void *in = guarded_copy(&guarded[0], lanes, (size_t) n * bytes);
		const uint64_t *rows = guarded_bitmap(&guarded[1], bitmap, n);
		const uint16_t *chosen;

		if (n > 0 && has_bit(bitmap, n - 1))
		{
			memcpy(expected + (size_t) n_expected * bytes,
				   lanes + (size_t) (n - 1) * bytes, bytes);
			selection[n_expected++] = (uint16_t) (n - 1);
		}
		chosen = guarded_copy(&guarded[2], selection, n_expected * 2);
		for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
		{
			test_context("compact %s, %u bytes, bitmap %d, %u rows",
						 kernels->name, bytes, how, n);
			memset(found, CANARY, sizeof(found));
			CHECK(kernels->compact[lane](in, n, rows, found) == n_expected);
			CHECK(memcmp(found, expected, (size_t) n_expected * bytes) == 0);
			CHECK(found[SIMD_ROOM(n) * bytes] == CANARY);
			memset(found, CANARY, sizeof(found));
			kernels->select[lane](in, chosen, n_expected, found);
			CHECK(memcmp(found, expected, (size_t) n_expected * bytes) == 0);
			CHECK(found[n_expected * bytes] == CANARY);
		}
	}
	for (g = 0; g < 3; g++)
		guarded_close(&guarded[g]);
}

static void
compact_every_lane(void)
{
	unsigned lane;
	int how;

	for (lane = 0; lane < 4; lane++)
		for (how = 0; how < N_BITMAPS; how++)
			check_compact(lane, how);
}

static void
prefix_sums(void)
{
	static uint8_t lanes[ROWS_MAX * 8];
	static uint64_t found[ROWS_MAX + 1];
	const SimdKernels *kernels;
	unsigned lane;
	unsigned k;
	uint32_t n;

	for (lane = 0; lane < 4; lane++)
	{
		unsigned bytes = 1U << lane;
		uint64_t base = test_random();
		uint8_t expected[ROWS_MAX * 8];
		uint64_t sum = base;
		Guarded guarded;
		uint32_t i;

		fill_lanes(lanes, (SimdType) (SIMD_U8 + lane), SHAPE_RANDOM, ROWS_MAX);
		for (i = 0; i < ROWS_MAX; i++)
		{
			uint64_t delta = 0;

			memcpy(&delta, lanes + (size_t) i * bytes, bytes);
			sum += delta;
			memcpy(expected + (size_t) i * bytes, &sum, bytes);
		}
		guarded_open(&guarded);
		for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
			for (n = 0; n <= ROWS_MAX; n++)
			{
				void *in = guarded_copy(&guarded, lanes, (size_t) n * bytes);

				test_context("prefix_sum %s, %u bytes, %u rows", kernels->name,
							 bytes, n);
				memset(found, CANARY, sizeof(found));
				kernels->prefix_sum[lane](in, n, base, found);
				CHECK(memcmp(found, expected, (size_t) n * bytes) == 0);
				CHECK(((const uint8_t *) found)[n * bytes] == CANARY);
				kernels->prefix_sum[lane](in, n, base, in);
				CHECK(memcmp(in, expected, (size_t) n * bytes) == 0);
			}
		guarded_close(&guarded);
	}
}

static void
gathers(void)
{
	static uint8_t values[3000 * 16];
	static uint32_t codes[ROWS_MAX];
	static uint64_t found[ROWS_MAX * 2 + 2];
	const SimdKernels *kernels;
	Guarded guarded[2];
	unsigned lane;
	unsigned k;
	uint32_t n;
	uint32_t i;

	for (i = 0; i < sizeof(values); i++)
		values[i] = (uint8_t) test_random();
	guarded_open(&guarded[0]);
	guarded_open(&guarded[1]);
	for (lane = 0; lane < 5; lane++)
		for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
			for (n = 0; n <= ROWS_MAX; n++)
			{
				unsigned bytes = 1U << lane;
				uint32_t n_values = 1 + (uint32_t) test_below(3000);
				const void *from =
					guarded_copy(&guarded[0], values, n_values * bytes);
				uint32_t max = 0;
				const uint32_t *in;
				bool good = true;

				for (i = 0; i < n; i++)
				{
					codes[i] = (uint32_t) test_below(n_values);
					max = codes[i] > max ? codes[i] : max;
				}
				in = guarded_copy(&guarded[1], codes, n * 4);
				test_context("gather %s, %u bytes, %u rows", kernels->name,
							 bytes, n);
				memset(found, CANARY, sizeof(found));
				kernels->gather[lane](from, in, n, found);
				for (i = 0; i < n && good; i++)
					good =
						memcmp((uint8_t *) found + (size_t) i * bytes,
							   values + (size_t) codes[i] * bytes, bytes) == 0;
				CHECK(good);
				CHECK(((const uint8_t *) found)[n * bytes] == CANARY);
				CHECK(kernels->max_u32(in, n) == max);
			}
	codes[0] = UINT32_MAX;
	for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
		CHECK(kernels->max_u32(codes, ROWS_MAX) == UINT32_MAX);
	guarded_close(&guarded[0]);
	guarded_close(&guarded[1]);
}

/* An integer of at most so many bits, often near a power of 2 or of 10. */
static int64_t
some_integer(unsigned bits)
{
	uint64_t limit = (uint64_t) 1 << bits;
	uint64_t value = test_random() >> (64 - bits) >> test_below(bits);
	unsigned powers = (unsigned) test_below(17);

	if (test_below(4) == 0)
	{
		value = (uint64_t) 1 << test_below(bits);
		if (test_below(2))
			for (value = 1 + test_below(9); powers > 0 && value < limit / 10;
				 powers--)
				value *= 10;
		value += test_below(3) - 1;
	}
	if (value >= limit)
		value = limit - 1;
	return test_below(2) ? -(int64_t) value : (int64_t) value;
}

/* One whose quotient by power is near the middle between two floats. */
static int64_t
hard_integer(unsigned bits, double power)
{
	uint64_t limit = (uint64_t) 1 << bits;
	double quotient = (double) (test_random() % limit) / power;
	long double middle;

	if (bits == 24)
		middle = ((long double) (float) quotient +
				  (long double) nextafterf((float) quotient, 1e30F)) /
				 2;
	else
		middle = ((long double) quotient +
				  (long double) nextafter(quotient, 1e300)) /
				 2;
	return (int64_t) (middle * power) + (int64_t) test_below(3) - 1;
}

/* The compiler's division and multiplication, one at a time. */
static void
check_floats(unsigned power, uint32_t n)
{
	static const double powers[] = {
		1e0,  1e1,	1e2,  1e3,	1e4,  1e5,	1e6,  1e7,	1e8,  1e9,	1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	static int64_t wide[ROWS_MAX];
	static int32_t narrow[ROWS_MAX];
	static double wide_by[2][ROWS_MAX];
	static float narrow_by[2][ROWS_MAX];
	static uint64_t found[ROWS_MAX + 1];
	volatile double factor = powers[power];
	volatile float narrow_factor = (float) powers[power];
	const SimdKernels *kernels;
	Guarded guarded;
	unsigned k;
	uint32_t i;

	if (test_below(2))
	{
		/* powers of 2 below 1, for the products */
		factor = ldexp(1, -(int) test_below(1075));
		narrow_factor = ldexpf(1, -(int) test_below(150));
	}
	for (i = 0; i < n; i++)
	{
		/* now and then larger than what is exact */
		wide[i] = some_integer(test_below(64) ? 53 : 63);
		narrow[i] = (int32_t) some_integer(test_below(64) ? 24 : 31);
		if (test_below(2))
		{
			wide[i] = hard_integer(53, powers[power]);
			narrow[i] = (int32_t) hard_integer(24, powers[power]);
		}
		wide_by[0][i] = (double) wide[i] / powers[power];
		wide_by[1][i] = (double) wide[i] * factor;
		narrow_by[1][i] = (float) narrow[i] * narrow_factor;
		if (power <= SIMD_POWER_MAX_F32)
			narrow_by[0][i] = (float) narrow[i] / (float) powers[power];
	}
	guarded_open(&guarded);
	for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
	{
		int64_t *in = guarded_copy(&guarded, wide, n * 8);

		test_context("floats %s, power %u, %u rows", kernels->name, power, n);
		memset(found, CANARY, sizeof(found));
		kernels->divide[1](in, n, power, found);
		CHECK(memcmp(found, wide_by[0], n * 8) == 0);
		CHECK(((const uint8_t *) found)[n * 8] == CANARY);
		kernels->multiply[1](in, n, factor, found);
		CHECK(memcmp(found, wide_by[1], n * 8) == 0);
		kernels->divide[1](in, n, power, in);
		CHECK(memcmp(in, wide_by[0], n * 8) == 0);
		in = guarded_copy(&guarded, wide, n * 8);
		kernels->multiply[1](in, n, factor, in);
		CHECK(memcmp(in, wide_by[1], n * 8) == 0);

		in = guarded_copy(&guarded, narrow, n * 4);
		memset(found, CANARY, sizeof(found));
		kernels->multiply[0](in, n, narrow_factor, found);
		CHECK(memcmp(found, narrow_by[1], n * 4) == 0);
		CHECK(((const uint8_t *) found)[n * 4] == CANARY);
		if (power > SIMD_POWER_MAX_F32)
			continue;
		kernels->divide[0](in, n, power, found);
		CHECK(memcmp(found, narrow_by[0], n * 4) == 0);
		kernels->divide[0](in, n, power, in);
		CHECK(memcmp(in, narrow_by[0], n * 4) == 0);
	}
	guarded_close(&guarded);
}

static void
floats_of_integers(void)
{
	uint32_t n;
	int round;

	for (n = 0; n <= ROWS_MAX; n++)
		check_floats(n % (SIMD_POWER_MAX_F64 + 1), n);
	for (round = 0; round < 40 * (SIMD_POWER_MAX_F64 + 1); round++)
		check_floats((unsigned) round % (SIMD_POWER_MAX_F64 + 1), ROWS_MAX);
}

static void
hashes(void)
{
	/* the format: these never change */
	static const uint64_t known[][2] = {
		{0, 0},
		{1, UINT64_C(0x3c0aad46f555e0b9)},
		{UINT64_MAX, UINT64_C(0x9055d46b73492210)},
		{UINT64_C(0x0123456789abcdef), UINT64_C(0x960cbea3c15f985a)}};
	static uint64_t keys[ROWS_MAX];
	static uint64_t found[ROWS_MAX + 1];
	const SimdKernels *kernels;
	Guarded guarded;
	unsigned k;
	uint32_t n;
	uint32_t i;

	for (i = 0; i < ROWS_MAX; i++)
		keys[i] = test_random();
	guarded_open(&guarded);
	for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
	{
		for (n = 0; n <= ROWS_MAX; n++)
		{
			uint64_t *in = guarded_copy(&guarded, keys, n * 8);
			bool good = true;

			test_context("hash64 %s, %u rows", kernels->name, n);
			found[n] = UINT64_C(0x5a5a);
			kernels->hash64(in, n, found);
			for (i = 0; i < n; i++)
			{
				uint64_t x = keys[i];

				x = (x ^ x >> 32) * UINT64_C(0xe9846af9b1a615d);
				x = (x ^ x >> 32) * UINT64_C(0xe9846af9b1a615d);
				good = good && found[i] == (x ^ x >> 28);
			}
			CHECK(good && found[n] == UINT64_C(0x5a5a));
			kernels->hash64(in, n, in);
			CHECK(memcmp(in, found, n * 8) == 0);
		}
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		{
			kernels->hash64(known[i], 1, found);
			test_context("hash64 %s of %llx: %llx", kernels->name,
						 (unsigned long long) known[i][0],
						 (unsigned long long) found[0]);
			CHECK(found[0] == known[i][1]);
		}
	}
	guarded_close(&guarded);
}

static size_t
oracle_find(const uint8_t *bytes, size_t n_bytes, size_t from,
			const uint8_t *needle, size_t needle_bytes)
{
	for (; from + needle_bytes <= n_bytes; from++)
		if (memcmp(bytes + from, needle, needle_bytes) == 0)
			return from;
	return SIZE_MAX;
}

/* Few different bytes, so that needles are nearly there everywhere. */
static void
finds(void)
{
	uint8_t bytes[600];
	uint8_t needle[80];
	Guarded guarded[2];
	const SimdKernels *kernels;
	int round;

	guarded_open(&guarded[0]);
	guarded_open(&guarded[1]);
	for (round = 0; round < 30000; round++)
	{
		size_t n_bytes = test_below(sizeof(bytes) + 1);
		size_t needle_bytes =
			test_below(test_below(4) ? 5 : sizeof(needle) + 1);
		unsigned letters = 1 + (unsigned) test_below(3);
		size_t from = test_below(2) ? 0 : test_below(n_bytes + 1);
		const uint8_t *in;
		const uint8_t *what;
		size_t expected;
		size_t i;
		unsigned k;

		for (i = 0; i < n_bytes; i++)
			bytes[i] = (uint8_t) (0xfe + test_below(letters));
		for (i = 0; i < needle_bytes; i++)
			needle[i] = (uint8_t) (0xfe + test_below(letters));
		if (needle_bytes <= n_bytes && test_below(2))
			memcpy(needle, bytes + test_below(n_bytes - needle_bytes + 1),
				   needle_bytes);
		in = guarded_copy(&guarded[0], bytes, n_bytes);
		what = guarded_copy(&guarded[1], needle, needle_bytes);
		expected = oracle_find(bytes, n_bytes, from, needle, needle_bytes);
		for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
		{
			test_context("find %s, %zu bytes from %zu of %zu", kernels->name,
						 needle_bytes, from, n_bytes);
			CHECK(kernels->find(in, n_bytes, from, what, needle_bytes) ==
				  expected);
		}
	}
	guarded_close(&guarded[0]);
	guarded_close(&guarded[1]);
}

const TestCase kernel_tests[] = {
	{"kernels: compare, every type and operator", compare_every_type},
	{"kernels: sum, every type", sum_every_type},
	{"kernels: min and max, every type", min_max_every_type},
	{"kernels: bitmaps and selections", selections},
	{"kernels: compact and select, every lane", compact_every_lane},
	{"kernels: prefix sums, every lane", prefix_sums},
	{"kernels: gather and the largest code", gathers},
	{"kernels: floats of integers", floats_of_integers},
	{"kernels: hashes of keys", hashes},
	{"kernels: search in bytes", finds},
	{NULL, NULL}};
