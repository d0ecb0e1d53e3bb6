/*
 * stats_float_template.h - range of float lanes in PostgreSQL's order.
 *
 * encoding_stats.c defines FLOAT, FLOAT_BITS and FLOAT_NAME(name); they are
 * undefined at the end.  NaN is left out and flagged.  A zero becomes -0.0 as
 * min and +0.0 as max, since the two are equal.
 */
static void
FLOAT_NAME(stats_float)(const uint8_t *lanes, uint32_t n_rows,
						ChunkVector *entry)
{
	const FLOAT *values = (const FLOAT *) (const void *) lanes;
	FLOAT min = (FLOAT) __builtin_inf();
	FLOAT max = -(FLOAT) __builtin_inf();
	FLOAT_BITS bits = 0;
	uint32_t n_nan = 0;
	uint32_t row;

	for (row = 0; row < n_rows; row++)
	{
		FLOAT value = values[row];

		n_nan += value != value;
		min = value < min ? value : min;
		max = value > max ? value : max;
	}
	if (n_nan > 0)
		entry->nulls |= CHUNK_VECTOR_HAS_NAN;
	if (n_nan == n_rows)
		return;
	entry->nulls |= CHUNK_VECTOR_HAS_RANGE;
	min = min == 0 ? (FLOAT) -0.0 : min;
	max = max == 0 ? (FLOAT) 0.0 : max;
	memcpy(&bits, &min, sizeof(bits));
	entry->min = (int64_t) (uint64_t) bits;
	memcpy(&bits, &max, sizeof(bits));
	entry->max = (int64_t) (uint64_t) bits;
}

#undef FLOAT
#undef FLOAT_BITS
#undef FLOAT_NAME
