/*
 * test_arithmetic.c - operations on lanes against one lane at a time: every level, type,
 * operation and form of input, lengths up to two vectors, values near every limit, inputs
 * that end at a page which must not be read.
 */
#include <math.h>
#include <string.h>
#include "simd/simd.h"
#include "test/unit/guarded.h"
#include "test/unit/harness.h"

#define ROWS_MAX (2 * SIMD_VECTOR_VALUES + 1)
#define CANARY 0x5a

typedef struct Outcome
{
	bool wrong; /* is reported as such */
	bool may;	/* be reported */
	uint64_t lane;
} Outcome;

static unsigned
lane_bytes(SimdType type)
{
	return type == SIMD_I16 ? 2 : type == SIMD_I32 || type == SIMD_F32 ? 4 : 8;
}

static int64_t
int_of(SimdType type, uint64_t lane)
{
	return type == SIMD_I16	  ? (int16_t) lane
		   : type == SIMD_I32 ? (int32_t) lane
							  : (int64_t) lane;
}

static Outcome
int_outcome(SimdOperation operation, SimdType type, uint64_t a, uint64_t b)
{
	__int128 x = int_of(type, a);
	__int128 y = int_of(type, b);
	__int128 r = operation == SIMD_ADD		  ? x + y
				 : operation == SIMD_SUBTRACT ? x - y
											  : x * y;
	Outcome outcome;

	outcome.lane = (uint64_t) r;
	outcome.wrong = int_of(type, outcome.lane) != r;
	outcome.may = outcome.wrong;
	return outcome;
}

static Outcome
float_outcome(SimdOperation operation, double x, double y, double r)
{
	Outcome outcome = {0};

	outcome.wrong =
		(operation == SIMD_DIVIDE && y == 0) ||
		(isinf(r) && !isinf(x) && !isinf(y)) ||
		(operation == SIMD_MULTIPLY && r == 0 && x != 0 && y != 0) ||
		(operation == SIMD_DIVIDE && r == 0 && x != 0 && !isinf(y));
	outcome.may = outcome.wrong || isinf(x) || isinf(y);
	return outcome;
}

#define FLOAT_OUTCOME(type, a, b)                               \
	do                                                          \
	{                                                           \
		volatile type x;                                        \
		volatile type y;                                        \
		volatile type r;                                        \
                                                                \
		memcpy((void *) &x, &(a), sizeof(type));                \
		memcpy((void *) &y, &(b), sizeof(type));                \
		r = operation == SIMD_ADD		 ? x + y                \
			: operation == SIMD_SUBTRACT ? x - y                \
			: operation == SIMD_MULTIPLY ? x * y                \
										 : x / y;               \
		outcome = float_outcome(operation, x, y, r);            \
		memcpy(&outcome.lane, (const void *) &r, sizeof(type)); \
	} while (0)

static Outcome
outcome_of(SimdOperation operation, SimdType type, uint64_t a, uint64_t b)
{
	Outcome outcome;

	if (type == SIMD_F64)
		FLOAT_OUTCOME(double, a, b);
	else if (type == SIMD_F32)
		FLOAT_OUTCOME(float, a, b);
	else
		outcome = int_outcome(operation, type, a, b);
	return outcome;
}

/* A number of few bits, seldom one near a limit. */
static uint64_t
some_lane(SimdType type, unsigned bits, unsigned rare)
{
	static const double limits[] = {0.0,	 INFINITY, -INFINITY, NAN,	  1e300,
									-1e-300, 5e-324,   3e38,	  -1e-38, -0.0};
	int64_t number =
		(int64_t) (test_random() >> (64 - bits)) * (test_below(2) ? 1 : -1);
	double value = (double) number / 16;
	float narrow;
	uint64_t lane = 0;

	if (test_below(rare) == 0)
	{
		number = INT64_MAX >> test_below(64);
		number = test_below(2) ? number : -number - 1;
		value = limits[test_below(sizeof(limits) / sizeof(limits[0]))];
	}
	narrow = (float) value;
	if (type == SIMD_F64)
		memcpy(&lane, &value, 8);
	else if (type == SIMD_F32)
		memcpy(&lane, &narrow, 4);
	else
		memcpy(&lane, &number, 8);
	return lane;
}

/* NaN of whatever sign and payload are the same. */
static bool
is_same(SimdType type, uint64_t a, uint64_t b)
{
	double wide[2];
	float narrow[2];

	if (type == SIMD_F64)
	{
		memcpy(&wide[0], &a, 8);
		memcpy(&wide[1], &b, 8);
		return isnan(wide[0]) ? isnan(wide[1]) : a == b;
	}
	if (type == SIMD_F32)
	{
		memcpy(&narrow[0], &a, 4);
		memcpy(&narrow[1], &b, 4);
		return isnan(narrow[0]) ? isnan(narrow[1])
								: (uint32_t) a == (uint32_t) b;
	}
	return int_of(type, a) == int_of(type, b);
}

/* Products are refused from a quarter of the limit on, by the largest factors of rows. */
static bool
may_refuse(SimdOperation operation, SimdType type, const uint64_t *a,
		   const uint64_t *b, uint32_t n)
{
	long double largest[2] = {1, 1};
	uint32_t i;

	if (operation != SIMD_MULTIPLY || type == SIMD_F32 || type == SIMD_F64)
		return false;
	for (i = 0; i < n; i++)
	{
		largest[0] = fmaxl(largest[0], fabsl((long double) int_of(type, a[i])));
		largest[1] = fmaxl(largest[1], fabsl((long double) int_of(type, b[i])));
	}
	return largest[0] * largest[1] >= ldexpl(1, (int) lane_bytes(type) * 8 - 4);
}

static void
check_operation(SimdOperation operation, SimdType type, uint32_t n,
				unsigned bits, unsigned rare)
{
	static uint64_t a[ROWS_MAX];
	static uint64_t b[ROWS_MAX];
	static uint8_t packed[2][ROWS_MAX * 8];
	static uint8_t out[ROWS_MAX * 8 + 8];
	unsigned bytes = lane_bytes(type);
	unsigned once = test_below(3);
	bool wrong = false;
	bool may;
	const SimdKernels *kernels;
	Guarded guarded[2];
	uint32_t i;
	unsigned k;

	for (i = 0; i < n; i++)
	{
		a[i] = once == 1 && i > 0 ? a[0] : some_lane(type, bits, rare);
		b[i] = once == 2 && i > 0 ? b[0] : some_lane(type, bits, rare);
		memcpy(packed[0] + i * bytes, &a[i], bytes);
		memcpy(packed[1] + i * bytes, &b[i], bytes);
	}
	may = may_refuse(operation, type, a, b, n);
	for (i = 0; i < n; i++)
	{
		Outcome outcome = outcome_of(operation, type, a[i], b[i]);

		wrong |= outcome.wrong;
		may |= outcome.may;
	}
	guarded_open(&guarded[0]);
	guarded_open(&guarded[1]);
	for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
	{
		const void *x =
			guarded_copy(&guarded[0], packed[0], (once == 1 ? 1 : n) * bytes);
		const void *y =
			guarded_copy(&guarded[1], packed[1], (once == 2 ? 1 : n) * bytes);
		bool right;

		test_context("arithmetic %s, operation %d, type %d, %u rows, once %u",
					 kernels->name, operation, type, n, once);
		memset(out, CANARY, sizeof(out));
		right = kernels->arithmetic[type](operation, x, once == 1, y, once == 2,
										  n, out);
		CHECK(!right || !wrong);
		CHECK(right || may);
		CHECK(out[n * bytes] == CANARY);
		for (i = 0; right && i < n; i++)
		{
			uint64_t lane = 0;

			memcpy(&lane, out + i * bytes, bytes);
			if (!CHECK(is_same(type, lane,
							   outcome_of(operation, type, a[i], b[i]).lane)))
				break;
		}
	}
	guarded_close(&guarded[0]);
	guarded_close(&guarded[1]);
}

static void
operations(void)
{
	static const SimdType types[] = {SIMD_I16, SIMD_I32, SIMD_I64, SIMD_F32,
									 SIMD_F64};
	unsigned t;
	int operation;
	int round;

	for (t = 0; t < sizeof(types) / sizeof(types[0]); t++)
		for (operation = SIMD_ADD; operation <= SIMD_DIVIDE; operation++)
		{
			if (operation == SIMD_DIVIDE && types[t] < SIMD_F32)
				continue;
			for (round = 0; round < 400; round++)
			{
				uint32_t n =
					round < 140 ? (uint32_t) round : test_below(ROWS_MAX);
				unsigned bits = 1 + test_below(lane_bytes(types[t]) * 8 - 1);

				check_operation((SimdOperation) operation, types[t], n, bits,
								round % 2 ? 1000000 : 1 + test_below(2000));
			}
		}
}

#define CHECK_WIDEN(widening, from_type, to_type)                      \
	do                                                                 \
	{                                                                  \
		const from_type *in =                                          \
			guarded_copy(&guarded, bytes, n * sizeof(from_type));      \
		const to_type *to = (const to_type *) out;                     \
                                                                       \
		memset(out, CANARY, sizeof(out));                              \
		kernels->widen[widening](in, n, out);                          \
		CHECK(((const uint8_t *) out)[n * sizeof(to_type)] == CANARY); \
		for (i = 0; i < n; i++)                                        \
			if (!CHECK(to[i] == (to_type) in[i] || in[i] != in[i]))    \
				break;                                                 \
	} while (0)

static void
widenings(void)
{
	static uint64_t bytes[ROWS_MAX];
	static uint64_t out[ROWS_MAX + 1];
	const SimdKernels *kernels;
	Guarded guarded;
	uint32_t n;
	uint32_t i;
	unsigned k;

	guarded_open(&guarded);
	for (n = 0; n <= ROWS_MAX; n += n < 130 ? 1 : 97)
	{
		for (i = 0; i < n; i++)
			bytes[i] = test_random();
		for (k = 0; (kernels = simd_level_table(k)) != NULL; k++)
		{
			test_context("widen %s, %u rows", kernels->name, n);
			CHECK_WIDEN(SIMD_I16_TO_I32, int16_t, int32_t);
			CHECK_WIDEN(SIMD_I16_TO_I64, int16_t, int64_t);
			CHECK_WIDEN(SIMD_I32_TO_I64, int32_t, int64_t);
			CHECK_WIDEN(SIMD_I32_TO_F64, int32_t, double);
			CHECK_WIDEN(SIMD_F32_TO_F64, float, double);
		}
	}
	guarded_close(&guarded);
}

const TestCase arithmetic_tests[] = {
	{"arithmetic: every type and operation", operations},
	{"arithmetic: wider lanes", widenings},
	{NULL, NULL}};
