/*
 * rle_template.h - run-length encoding and decoding of one width of lanes.
 *
 * enc_rle.c defines LANE and LANE_NAME(name); they are undefined at the end.
 */

/* Lanes that one step of a fill writes: 32 bytes, less than COL_TAIL_BYTES. */
#define FILL_LANES (32 / sizeof(LANE))

static void
LANE_NAME(rle_encode)(const ColVectorPlan *plan, uint64_t multiplier,
					  const uint8_t *lanes_in, uint8_t *destination)
{
	const LANE *lanes = (const LANE *) (const void *) lanes_in;
	uint32_t value_bytes = plan->entry.width / 8U;
	uint8_t *ends = destination + (size_t) plan->n_runs * value_bytes;
	uint32_t run = 0;
	uint32_t row;

	for (row = 0; row < plan->n_rows; row++)
	{
		uint64_t packed;

		if (row + 1 < plan->n_rows && lanes[row + 1] == lanes[row])
			continue;
		packed = (LANE) (lanes[row] - (LANE) plan->base) / multiplier;
		memcpy(destination + (size_t) run * value_bytes, &packed, value_bytes);
		col_store_u16(ends + (size_t) run * RUN_END_BYTES,
					  (uint16_t) (row + 1));
		run++;
	}
	col_assert(run == plan->n_runs);
}

/*
 * Fills scratch run by run, in steps that may go beyond a run's end: the next
 * run writes over it, and behind the last lie COL_TAIL_BYTES.
 */
static inline bool
LANE_NAME(rle_decode_width)(ColLaneDecode *decode, uint32_t value_bytes)
{
	uint32_t prefix_bytes = col_lane_prefix_bytes(decode->shape);
	uint32_t n_runs =
		(decode->entry->bytes - prefix_bytes) / (value_bytes + RUN_END_BYTES);
	const uint8_t *values = decode->payload + prefix_bytes;
	const uint8_t *ends = values + (size_t) n_runs * value_bytes;
	uint64_t base = col_lane_base(decode);
	uint64_t multiplier = decode->shape->multiplier;
	LANE *out = (LANE *) (void *) decode->scratch;
	uint32_t row = 0;
	uint32_t run;

	for (run = 0; run < n_runs; run++)
	{
		uint32_t end = col_load_u16(ends + (size_t) run * RUN_END_BYTES);
		uint64_t packed = 0;
		LANE lane;

		if (end <= row || end > decode->n_rows)
			return false;
		memcpy(&packed, values + (size_t) run * value_bytes, value_bytes);
		lane = (LANE) (base + multiplier * packed);
		for (; row < end; row += FILL_LANES)
		{
			uint32_t i;

			for (i = 0; i < FILL_LANES; i++)
				out[row + i] = lane;
		}
		row = end;
	}
	return row == decode->n_rows;
}

static bool
LANE_NAME(rle_decode)(ColLaneDecode *decode)
{
	switch (decode->entry->width)
	{
		case 8:
			return LANE_NAME(rle_decode_width)(decode, 1);
		case 16:
			return LANE_NAME(rle_decode_width)(decode, 2);
		case 32:
			return LANE_NAME(rle_decode_width)(decode, 4);
		default:
			return LANE_NAME(rle_decode_width)(decode, 8);
	}
}

#undef FILL_LANES
#undef LANE
#undef LANE_NAME
