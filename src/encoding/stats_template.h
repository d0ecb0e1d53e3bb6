/*
 * stats_template.h - one pass over the lanes of a vector, for one width.
 *
 * encoding_stats.c defines LANE (unsigned), SIGNED_LANE and LANE_NAME(name);
 * they are undefined at the end.  The loops have constant counts, so that gcc
 * -O3 vectorises them: lanes behind the last row repeat it.
 */

/*
 * in, at any alignment, to COL_VECTOR_ROWS lanes of scratch: NULL slots repeat
 * the value before them (the first ones the first value), so do the lanes
 * behind the last row.  All zeroes if there is no value.
 */
static void
LANE_NAME(stats_fill)(const uint8_t *in, const uint64_t *validity,
					  uint32_t n_rows, uint8_t *scratch)
{
	LANE *out = (LANE *) (void *) scratch;
	LANE last = 0;
	uint32_t first;
	uint32_t row;

	memcpy(out, in, (size_t) n_rows * sizeof(LANE));
	last = out[n_rows - 1];
	if (validity)
	{
		for (row = 0; row < n_rows && !col_bit_is_set(validity, row); row++)
			;
		last = row < n_rows ? out[row] : 0;
		for (first = 0; first < n_rows; first += 64)
		{
			uint64_t bits = validity[first / 64];
			uint32_t end = n_rows - first < 64 ? n_rows : first + 64;

			for (row = first; row < end; row++)
			{
				/* a mask: nulls may come in any order, a branch would miss */
				LANE keep = (LANE) ((LANE) (bits & 1) - 1);

				last = (LANE) ((last & keep) | (out[row] & (LANE) ~keep));
				out[row] = last;
				bits >>= 1;
			}
		}
	}
	for (row = n_rows; row < COL_VECTOR_ROWS; row++)
		out[row] = last;
}

static void
LANE_NAME(stats_lanes)(const uint8_t *values, bool is_signed,
					   ColVectorPlan *plan)
{
	const LANE *lanes = (const LANE *) (const void *) values;
	uint32_t n_changes = 0;
	int i;

	if (is_signed)
	{
		const SIGNED_LANE *numbers = (const SIGNED_LANE *) lanes;
		SIGNED_LANE min = numbers[0];
		SIGNED_LANE max = numbers[0];

		for (i = 0; i < COL_VECTOR_ROWS; i++)
		{
			min = numbers[i] < min ? numbers[i] : min;
			max = numbers[i] > max ? numbers[i] : max;
		}
		plan->base = (uint64_t) (int64_t) min;
		plan->range = (uint64_t) (int64_t) max - plan->base;
	}
	else
	{
		LANE min = lanes[0];
		LANE max = lanes[0];

		for (i = 0; i < COL_VECTOR_ROWS; i++)
		{
			min = lanes[i] < min ? lanes[i] : min;
			max = lanes[i] > max ? lanes[i] : max;
		}
		plan->base = min;
		plan->range = (uint64_t) max - min;
	}
	plan->first = lanes[0];
	if (plan->range != 0)
	{
		SIGNED_LANE low = (SIGNED_LANE) (LANE) (lanes[1] - lanes[0]);
		SIGNED_LANE high = low;

		for (i = 1; i < COL_VECTOR_ROWS; i++)
		{
			SIGNED_LANE delta = (SIGNED_LANE) (LANE) (lanes[i] - lanes[i - 1]);

			low = delta < low ? delta : low;
			high = delta > high ? delta : high;
			n_changes += delta != 0;
		}
		plan->delta_base = (uint64_t) (int64_t) low;
		plan->delta_range = (uint64_t) (int64_t) high - plan->delta_base;
	}
	plan->n_runs = n_changes + 1;
}

static void
LANE_NAME(stats_differences)(const uint8_t *values, uint64_t base,
							 uint64_t *differences)
{
	const LANE *lanes = (const LANE *) (const void *) values;
	int i;

	for (i = 0; i < COL_VECTOR_ROWS; i++)
		differences[i] = (LANE) (lanes[i] - (LANE) base);
}

static void
LANE_NAME(stats_deltas)(const uint8_t *values, uint64_t base, uint64_t *deltas)
{
	const LANE *lanes = (const LANE *) (const void *) values;
	int i;

	deltas[0] = 0;
	for (i = 1; i < COL_VECTOR_ROWS; i++)
		deltas[i] = (LANE) (lanes[i] - lanes[i - 1] - (LANE) base);
}

#undef LANE
#undef SIGNED_LANE
#undef LANE_NAME
