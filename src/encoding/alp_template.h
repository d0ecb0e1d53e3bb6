/*
 * alp_template.h - floats as scaled integers, for one width.
 *
 * enc_alp.c defines FLOAT, BITS, INTEGER, ALP_NAME(name), MANTISSA_BITS (of the
 * largest integer that is exact) and POWER(k), 10^k exactly; they are undefined at the
 * end.
 */

static inline BITS
ALP_NAME(bits)(FLOAT value)
{
	BITS bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* integer / 10^k, or integer * 10^-k; binary: integer / 2^k.  All correctly rounded. */
static inline FLOAT
ALP_NAME(decode_one)(INTEGER integer, bool binary, int k)
{
	FLOAT value = (FLOAT) integer;

	if (binary)
		return value * ALP_NAME(power_of_2)(-k);
	return k >= 0 ? value / POWER(k) : value * POWER(-k);
}

/* The integer of value, if it comes back bit by bit. */
static inline bool
ALP_NAME(encode_one)(FLOAT value, bool binary, int k, INTEGER *integer)
{
	FLOAT scaled;
	FLOAT rest;

	if (binary)
		scaled = value * ALP_NAME(power_of_2)(k);
	else
		scaled = k >= 0 ? value * POWER(k) : value / POWER(-k);
	/* false for NaN too */
	if (!(scaled < (FLOAT) ((INTEGER) 1 << MANTISSA_BITS) &&
		  scaled > -(FLOAT) ((INTEGER) 1 << MANTISSA_BITS)))
		return false;
	/* to the nearest: adding a half would round what is large twice */
	*integer = (INTEGER) scaled;
	rest = scaled - (FLOAT) *integer;
	*integer += (rest >= (FLOAT) 0.5) - (rest <= (FLOAT) -0.5);
	return ALP_NAME(bits)(ALP_NAME(decode_one)(*integer, binary, k)) ==
		   ALP_NAME(bits)(value);
}

/*
 * The scale of a sample: the smallest that nearly all have.  A value that has one of k
 * digits has all larger ones too, as long as the integer is exact.
 */
static bool
ALP_NAME(find_scale)(const FLOAT *sample, uint32_t n_sample, bool binary,
					 int lowest, int highest, int *k)
{
	uint32_t good;
	uint32_t i;

	for (*k = lowest; *k <= highest; (*k)++)
	{
		good = 0;
		for (i = 0; i < n_sample; i++)
		{
			INTEGER integer;

			good += ALP_NAME(encode_one)(sample[i], binary, *k, &integer);
			if (i + 1 - good > n_sample / SAMPLE_BAD_ONE_IN)
				break;
		}
		if (i == n_sample)
			return true;
	}
	return false;
}

/*
 * Integers of all rows; rows that have none, or are NULL, repeat the one before, and the
 * first are marked.  Returns their number.
 */
static uint32_t
ALP_NAME(convert)(const ColColumn *column, bool binary, int k,
				  INTEGER *integers, uint64_t *marked)
{
	const FLOAT *values = (const FLOAT *) (const void *) column->values;
	INTEGER last = 0;
	uint32_t n_marked = 0;
	uint32_t row;

	for (row = 0; row < column->n_rows; row++)
	{
		INTEGER integer;

		if (!col_column_is_null(column, row))
		{
			if (ALP_NAME(encode_one)(values[row], binary, k, &integer))
				last = integer;
			else
			{
				marked[row / 64] |= (uint64_t) 1 << row % 64;
				n_marked++;
			}
		}
		integers[row] = last;
	}
	return n_marked;
}

#undef FLOAT
#undef BITS
#undef INTEGER
#undef ALP_NAME
#undef MANTISSA_BITS
#undef POWER
