/*
 * simd_hash_template.h - hashes of keys, for one level.  Contract: simd.h.
 *
 * The function is Jon Maiga's xmxmx.
 */
static void
SIMD_NAME(hash64)(const uint64_t *keys, uint32_t n, uint64_t *out)
{
	const uint64_t factor = UINT64_C(0xe9846af9b1a615d);
	uint32_t i;

	for (i = 0; i < n; i++)
	{
		uint64_t x = keys[i];

		x = (x ^ x >> 32) * factor;
		x = (x ^ x >> 32) * factor;
		out[i] = x ^ x >> 28;
	}
}
