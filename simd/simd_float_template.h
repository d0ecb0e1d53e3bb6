/*
 * simd_float_template.h - floats from integers, for one level.  Contracts:
 * simd.h.
 */
static void
SIMD_NAME(divide_f32)(const void *integers, uint32_t n, unsigned power,
					  void *floats)
{
	static const float powers[] = {1e0F, 1e1F, 1e2F, 1e3F, 1e4F, 1e5F,
								   1e6F, 1e7F, 1e8F, 1e9F, 1e10F};
	const LaneI32 *in = integers;
	LaneF32 *out = floats;
	float divisor = powers[power];
	uint32_t i;

	for (i = 0; i < n; i++)
		out[i] = (float) in[i] / divisor;
}

static void
SIMD_NAME(divide_f64)(const void *integers, uint32_t n, unsigned power,
					  void *floats)
{
	static const double powers[] = {
		1e0,  1e1,	1e2,  1e3,	1e4,  1e5,	1e6,  1e7,	1e8,  1e9,	1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	const LaneI64 *in = integers;
	LaneF64 *out = floats;
	double divisor = powers[power];
	uint32_t i;

	for (i = 0; i < n; i++)
		out[i] = (double) in[i] / divisor;
}

static void
SIMD_NAME(multiply_f32)(const void *integers, uint32_t n, double factor,
						void *floats)
{
	const LaneI32 *in = integers;
	LaneF32 *out = floats;
	float by = (float) factor;
	uint32_t i;

	for (i = 0; i < n; i++)
		out[i] = (float) in[i] * by;
}

static void
SIMD_NAME(multiply_f64)(const void *integers, uint32_t n, double factor,
						void *floats)
{
	const LaneI64 *in = integers;
	LaneF64 *out = floats;
	uint32_t i;

	for (i = 0; i < n; i++)
		out[i] = (double) in[i] * factor;
}
