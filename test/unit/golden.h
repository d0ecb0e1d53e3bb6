/*
 * golden.h - golden files: chunks as an earlier build wrote them, which every
 * later build must read (good/) or refuse (bad/).
 *
 * test/golden/MANIFEST has a line a file: good or bad, its name, physical
 * class, value length, rows, and the digest of its values or the status it
 * must give.
 */
#ifndef TEST_GOLDEN_H
#define TEST_GOLDEN_H

#include "src/encoding/encoding.h"

/*
 * Reads all of a chunk; *digest is the CRC-32C of, for every row, a byte that
 * says whether it is a value, then its length (4 bytes) and bytes (images:
 * without header).
 */
extern ColStatus golden_digest(const uint8_t *bytes, uint64_t n_bytes,
							   uint32_t n_rows, ColPhys phys,
							   uint16_t value_bytes, uint32_t *digest);

extern const char *golden_status_name(ColStatus status);

#endif /* TEST_GOLDEN_H */
