/*
 * driver.c - runs a fuzz target where libFuzzer is not: it takes good inputs
 * and damages each several times over, by chance alone.
 *
 *   FUZZ_TARGET=name fuzz [-seed=n] [-max_total_time=seconds]
 *                         [-artifact_prefix=path] [file ...]
 *
 * With files these are run instead.  What runs is kept in PATHcurrent, which is
 * there after a failure and removed at the end.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "test/fuzz/fuzz.h"
#include "test/unit/harness.h"

/* Damages to an input before the next one is made. */
#define DEPTH 8

static int kept = -1;

static void
complain(const char *what, const char *path)
{
	fprintf(stderr, "fuzz: %s %s\n", what, path);
	exit(2);
}

/* Runs a copy that ends where its allocation ends. */
static void
run(const uint8_t *bytes, size_t n_bytes)
{
	uint8_t *copy = malloc(n_bytes + !n_bytes);

	memcpy(copy, bytes, n_bytes);
	LLVMFuzzerTestOneInput(copy, n_bytes);
	free(copy);
}

static void
run_kept(const uint8_t *bytes, size_t n_bytes)
{
	if (pwrite(kept, bytes, n_bytes, 0) != (ssize_t) n_bytes ||
		ftruncate(kept, (off_t) n_bytes) != 0)
		complain("cannot write", "the input");
	run(bytes, n_bytes);
}

static void
run_file(const char *path)
{
	static uint8_t bytes[FUZZ_INPUT_BYTES];
	FILE *file = fopen(path, "rb");
	size_t n_bytes;

	if (file == NULL)
		complain("cannot open", path);
	n_bytes = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	run(bytes, n_bytes);
	printf("%s: ok\n", path);
}

static uint64_t
run_for(double seconds, unsigned seed)
{
	static uint8_t bytes[FUZZ_INPUT_BYTES];
	double end = test_seconds() + seconds;
	uint64_t n_runs = 0;

	do
	{
		size_t n_bytes = 0;
		int depth;

		for (depth = 0; depth < DEPTH; depth++)
		{
			n_bytes = LLVMFuzzerCustomMutator(bytes, n_bytes, sizeof(bytes),
											  seed++ * 2654435761U);
			run_kept(bytes, n_bytes);
			n_runs++;
		}
	} while (test_seconds() < end);
	return n_runs;
}

/* The value of an option name=value; NULL: it is another. */
static const char *
option(const char *argument, const char *name)
{
	size_t n = strlen(name);

	return strncmp(argument, name, n) == 0 ? argument + n : NULL;
}

int
main(int argc, char **argv)
{
	const char *prefix = "";
	double seconds = 5;
	unsigned seed = 1;
	char path[4096];
	const char *value;
	int n_files = 0;
	int i;

	LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++)
	{
		if ((value = option(argv[i], "-seed=")) != NULL)
			seed = (unsigned) strtoul(value, NULL, 10);
		else if ((value = option(argv[i], "-max_total_time=")) != NULL)
			seconds = atof(value);
		else if ((value = option(argv[i], "-artifact_prefix=")) != NULL)
			prefix = value;
		else if (argv[i][0] != '-')
		{
			run_file(argv[i]);
			n_files++;
		}
	}
	if (n_files > 0)
		return 0;
	snprintf(path, sizeof(path), "%scurrent", prefix);
	kept = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);
	if (kept < 0)
		complain("cannot write", path);
	printf("%llu runs\n", (unsigned long long) run_for(seconds, seed));
	unlink(path);
	return 0;
}
