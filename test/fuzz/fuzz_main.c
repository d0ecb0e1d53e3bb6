/*
 * fuzz_main.c - the target that FUZZ_TARGET names, as libFuzzer wants it; see
 * fuzz.h.
 */
#include "test/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "test/unit/harness.h"

static const FuzzTarget *const targets[] = {&fuzz_lanes,  &fuzz_fixed,
											&fuzz_images, &fuzz_fsst,
											&fuzz_blocks, &fuzz_walk};

static const FuzzTarget *target;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("FUZZ_TARGET");
	size_t i;

	(void) argc;
	(void) argv;
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (name && strcmp(name, targets[i]->name) == 0)
			target = targets[i];
	if (target)
		return 0;
	fprintf(stderr, "FUZZ_TARGET is one of:");
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		fprintf(stderr, " %s", targets[i]->name);
	fprintf(stderr, "\n");
	exit(2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
	target->run(bytes, n_bytes);
	if (test_failed_checks > 0)
		abort();
	return 0;
}

/* An empty input becomes a good one, as one in 50 others does. */
size_t
LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n_bytes, size_t capacity,
						unsigned seed)
{
	static uint8_t other[FUZZ_INPUT_BYTES];
	size_t n_other = 0;

	test_seed(seed);
	if (n_bytes <= 1 || test_below(50) == 0)
		return target->make(bytes, capacity);
	if (test_below(4) == 0)
		n_other = target->make(other, sizeof(other));
	return target->mutate(bytes, n_bytes, capacity, n_other > 0 ? other : NULL,
						  n_other);
}
