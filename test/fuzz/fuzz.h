/*
 * fuzz.h - fuzz targets: what decodes bytes that are not trusted, and the
 * damage that reaches it.
 *
 * One program has all targets; FUZZ_TARGET (environment) names the one that
 * runs.  It is linked with clang's libFuzzer, or with driver.c, which takes the
 * same options and only has chance to go by.  A target fails by a sanitizer's
 * report or a failed CHECK of test/unit/harness.h.
 */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of an input, at most. */
#define FUZZ_INPUT_BYTES 100000

typedef struct FuzzTarget
{
	const char *name;

	void (*run)(const uint8_t *bytes, size_t n_bytes);

	/* a good input, with the random numbers of test/unit/harness.h */
	size_t (*make)(uint8_t *bytes, size_t capacity);

	/*
	 * Damages bytes in place; the new length, at most capacity.  other: another
	 * good input.
	 */
	size_t (*mutate)(uint8_t *bytes, size_t n_bytes, size_t capacity,
					 const uint8_t *other, size_t n_other);
} FuzzTarget;

/* fuzz_*.c */
extern const FuzzTarget fuzz_lanes;
extern const FuzzTarget fuzz_fixed;
extern const FuzzTarget fuzz_images;
extern const FuzzTarget fuzz_fsst;
extern const FuzzTarget fuzz_blocks;
extern const FuzzTarget fuzz_walk;

/* What libFuzzer calls (fuzz_main.c). */
extern int LLVMFuzzerInitialize(int *argc, char ***argv);
extern int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);
extern size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n_bytes,
									  size_t capacity, unsigned seed);

#endif /* TEST_FUZZ_H */
