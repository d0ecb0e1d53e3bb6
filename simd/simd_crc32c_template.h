/*
 * simd_crc32c_template.h - the hardware CRC-32C kernel.
 *
 * The including file defines CRC_FUNCTION, CRC_TARGET (its attribute), CRC_U64
 * and CRC_U8 (one step of the instruction).  Contract: simd.h.
 */

/* crc moved behind as many zero bytes as the table was made for */
static inline uint32_t
crc_shift(const uint32_t table[4][256], uint64_t crc)
{
	return table[0][crc & 0xff] ^ table[1][crc >> 8 & 0xff] ^
		   table[2][crc >> 16 & 0xff] ^ table[3][crc >> 24 & 0xff];
}

/* Three streams of run_bytes each, as often as they fit. */
#define CRC_THREE_STREAMS(run_bytes, table)                 \
	while (n_bytes >= 3 * (run_bytes))                      \
	{                                                       \
		uint64_t crc1 = 0;                                  \
		uint64_t crc2 = 0;                                  \
		size_t i;                                           \
                                                            \
		for (i = 0; i < (run_bytes); i += 8)                \
		{                                                   \
			uint64_t words[3];                              \
                                                            \
			memcpy(&words[0], at + i, 8);                   \
			memcpy(&words[1], at + i + (run_bytes), 8);     \
			memcpy(&words[2], at + i + 2 * (run_bytes), 8); \
			crc0 = CRC_U64(crc0, words[0]);                 \
			crc1 = CRC_U64(crc1, words[1]);                 \
			crc2 = CRC_U64(crc2, words[2]);                 \
		}                                                   \
		crc0 = crc_shift((table), crc0) ^ crc1;             \
		crc0 = crc_shift((table), crc0) ^ crc2;             \
		at += 3 * (run_bytes);                              \
		n_bytes -= 3 * (run_bytes);                         \
	}

CRC_TARGET uint32_t
CRC_FUNCTION(uint32_t crc, const void *bytes, size_t n_bytes)
{
	const uint8_t *at = bytes;
	uint64_t crc0 = (uint32_t) ~crc;

	CRC_THREE_STREAMS((size_t) CRC32C_LONG_BYTES, crc32c_long);
	CRC_THREE_STREAMS((size_t) CRC32C_SHORT_BYTES, crc32c_short);
	for (; n_bytes >= 8; n_bytes -= 8)
	{
		uint64_t word;

		memcpy(&word, at, 8);
		crc0 = CRC_U64(crc0, word);
		at += 8;
	}
	for (; n_bytes > 0; n_bytes--)
		crc0 = CRC_U8(crc0, *at++);
	return ~(uint32_t) crc0;
}
