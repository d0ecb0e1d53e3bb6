/*
 * parse_float.c - the floating point number that is nearest to a decimal one.
 *
 * Digits are gathered to an integer w, so that the number is w * 10^q.  If both are
 * exact as doubles, one operation rounds correctly.  Otherwise w, shifted to 64 bits, is
 * multiplied by the 128 leading bits of 5^q, the rest of which is cut: the product is
 * too small by less than two units of its 128 leading bits.  Its fraction behind the
 * bits of the result says which way to round, unless the half is within those units.
 */
#include "src/text/parse.h"

#include <string.h>

#include "src/text/digits.h"

typedef unsigned __int128 Wide;

#define EXPONENT_MIN (-342)
#define EXPONENT_MAX 308
#define DIGITS_MAX 19
#define EXPONENT_DIGITS_MAX 4
#define EXACT_POWER 22

/* Words of 32 bits that hold 5^308, and 128 bits and more of 2^1279 / 5^342. */
#define POWER_WORDS 40

/* How a number of a type lies in its bits. */
typedef struct FloatLayout
{
	int mantissa_bits; /* without the leading one */
	int exponent_max;  /* of infinity, as stored */
} FloatLayout;

static const FloatLayout double_layout = {52, 0x7ff};
static const FloatLayout float_layout = {23, 0xff};

/* Leading bits of 5^q: high, low; 0 before they are computed. */
static uint64_t powers_of_5[EXPONENT_MAX - EXPONENT_MIN + 1][2];

/* ---- the table ---- */

/* The 128 leading bits of a number of words, the least first. */
static void
store_leading_bits(int q, const uint32_t *words)
{
	uint64_t *power = powers_of_5[q - EXPONENT_MIN];
	Wide bits = 0;
	int top = POWER_WORDS - 1;
	int shift;

	while (words[top] == 0)
		top--;
	shift = __builtin_clz(words[top]);
	for (int i = 0; i < 4; i++)
		bits = bits << 32 | (top - i >= 0 ? words[top - i] : 0);
	if (shift > 0)
		bits = bits << shift |
			   (top >= 4 ? (uint64_t) words[top - 4] >> (32 - shift) : 0);
	power[0] = (uint64_t) (bits >> 64);
	power[1] = (uint64_t) bits;
}

/* Division by 5 again and again, each time cut, is division by the power, cut. */
static void
compute_powers(void)
{
	uint32_t words[POWER_WORDS] = {[POWER_WORDS - 1] = UINT32_C(1) << 31};

	for (int q = -1; q >= EXPONENT_MIN; q--)
	{
		uint64_t rest = 0;

		for (int i = POWER_WORDS - 1; i >= 0; i--)
		{
			rest = rest << 32 | words[i];
			words[i] = (uint32_t) (rest / 5);
			rest %= 5;
		}
		store_leading_bits(q, words);
	}
	memset(words, 0, sizeof(words));
	words[0] = 1;
	for (int q = 0; q <= EXPONENT_MAX; q++)
	{
		uint64_t carry = 0;

		store_leading_bits(q, words);
		for (int i = 0; i < POWER_WORDS; i++)
		{
			carry += (uint64_t) words[i] * 5;
			words[i] = (uint32_t) carry;
			carry >>= 32;
		}
	}
}

/* ---- numbers ---- */

/* A decimal number: w * 10^q. */
typedef struct Decimal
{
	bool negative;
	uint64_t w;
	int q;
} Decimal;

static bool
parse_exponent(const char *at, int *exponent)
{
	bool negative = *at == '-';
	const char *first = at += *at == '-' || *at == '+';

	*exponent = 0;
	while (col_is_digit(*at) && at - first < EXPONENT_DIGITS_MAX)
		*exponent = *exponent * 10 + (int) col_digit(*at++);
	if (negative)
		*exponent = -*exponent;
	return at > first && *at == 0;
}

static bool
parse_number(const char *text, Decimal *number)
{
	const char *at = text + (*text == '-');
	const char *first = at;
	const char *point = NULL;
	const char *significant;
	uint64_t w = 0;
	int n_digits;

	number->negative = *text == '-';
	number->q = 0;
	while (col_is_digit(*at))
		w = w * 10 + col_digit(*at++);
	if (at == first)
		return false;
	n_digits = (int) (at - first);
	if (*at == '.')
	{
		point = ++at;
		while (col_is_digit(*at))
			w = w * 10 + col_digit(*at++);
		if (at == point)
			return false;
		number->q = (int) (point - at);
		n_digits += (int) (at - point);
	}
	if (n_digits > DIGITS_MAX)
	{
		/* zeroes in front do not count */
		for (significant = first; *significant == '0' || *significant == '.';
			 significant++)
			n_digits -= *significant == '0';
		if (n_digits > DIGITS_MAX)
			return false;
	}
	number->w = w;
	if (*at == 'e' || *at == 'E')
	{
		int exponent;

		if (!parse_exponent(at + 1, &exponent))
			return false;
		number->q += exponent;
		return true;
	}
	return *at == 0;
}

/*
 * The bits of the number of that layout that is nearest to w * 10^q, w not 0; false:
 * that is not known, or it is no normal number.
 */
static bool
nearest(uint64_t w, int q, const FloatLayout *layout, uint64_t *bits)
{
	const uint64_t *power;
	int shift = __builtin_clzll(w);
	int n_fraction; /* bits of the product behind the mantissa */
	int exponent;
	Wide product;
	Wide half;
	Wide fraction;
	uint64_t mantissa;

	if (q < EXPONENT_MIN || q > EXPONENT_MAX)
		return false;
	if (powers_of_5[0][0] == 0)
		compute_powers();
	power = powers_of_5[q - EXPONENT_MIN];
	w <<= shift;
	product = (Wide) w * power[0] + (uint64_t) ((Wide) w * power[1] >> 64);

	/* the leading bit of 5^q counts 2^floor(q * log2(5)), the product's one more or not */
	n_fraction = 126 - layout->mantissa_bits + (int) (product >> 127);
	exponent = (152170 * q >> 16) + q + 63 - shift + (int) (product >> 127) +
			   (layout->exponent_max >> 1);
	half = (Wide) 1 << (n_fraction - 1);
	fraction = product & (((Wide) 1 << n_fraction) - 1);
	if (fraction <= half && fraction + 2 >= half)
		return false;
	mantissa = (uint64_t) (product >> n_fraction) + (fraction > half);
	if (mantissa >> (layout->mantissa_bits + 1))
	{
		mantissa >>= 1;
		exponent++;
	}
	if (exponent <= 0 || exponent >= layout->exponent_max)
		return false;
	*bits = (mantissa & ((UINT64_C(1) << layout->mantissa_bits) - 1)) |
			(uint64_t) exponent << layout->mantissa_bits;
	return true;
}

bool
col_parse_double(const char *text, double *value)
{
	static const double exact_powers[EXACT_POWER + 1] = {
		1e0,  1e1,	1e2,  1e3,	1e4,  1e5,	1e6,  1e7,	1e8,  1e9,	1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	Decimal number;
	uint64_t bits;

	if (!parse_number(text, &number))
		return false;
	if (number.w == 0)
		*value = 0;
	else if (number.w >> 53 == 0 && number.q >= -EXACT_POWER &&
			 number.q <= EXACT_POWER)
		*value = number.q < 0 ? (double) number.w / exact_powers[-number.q]
							  : (double) number.w * exact_powers[number.q];
	else if (nearest(number.w, number.q, &double_layout, &bits))
		memcpy(value, &bits, sizeof(*value));
	else
		return false;
	if (number.negative)
		*value = -*value;
	return true;
}

bool
col_parse_float(const char *text, float *value)
{
	Decimal number;
	uint64_t bits = 0;
	uint32_t bits_of_float;

	if (!parse_number(text, &number) ||
		(number.w != 0 && !nearest(number.w, number.q, &float_layout, &bits)))
		return false;
	bits_of_float = (uint32_t) bits | (uint32_t) number.negative << 31;
	memcpy(value, &bits_of_float, sizeof(*value));
	return true;
}
