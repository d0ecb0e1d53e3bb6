/*
 * harness.c - the unit tests' framework; see harness.h.
 */
#include "test/unit/harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPORTS_MAX 5

int test_failed_checks;
static char context_text[256];
static uint64_t random_state;

bool
test_check(bool good, const char *what, const char *file, int line)
{
	if (good)
		return true;
	test_failed_checks++;
	if (test_failed_checks <= REPORTS_MAX)
		fprintf(stderr, "%s:%d: failed: %s (%s)\n", file, line, what,
				context_text);
	return false;
}

void
test_context(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(context_text, sizeof(context_text), format, arguments);
	va_end(arguments);
}

void
test_seed(uint64_t seed)
{
	random_state = seed;
}

uint64_t
test_random(void)
{
	uint64_t z;

	random_state += UINT64_C(0x9e3779b97f4a7c15);
	z = random_state;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* The bytes of an allocation are kept in front of it. */
#define MEMORY_PREFIX 16

static void *
memory_allocate(void *context, size_t bytes)
{
	TestMemory *memory = context;
	uint8_t *allocation;

	memory->n_calls++;
	if (memory->fail_at > 0 && --memory->fail_at == 0)
		return NULL;
	if (memory->max_bytes > 0 && bytes > memory->max_bytes)
		return NULL;
	allocation = malloc(bytes + MEMORY_PREFIX);
	if (allocation == NULL)
		return NULL;
	memcpy(allocation, &bytes, sizeof(bytes));
	memory->n_live++;
	memory->live_bytes += bytes;
	if (memory->live_bytes > memory->peak_bytes)
		memory->peak_bytes = memory->live_bytes;
	return allocation + MEMORY_PREFIX;
}

static void
memory_release(void *context, void *pointer)
{
	TestMemory *memory = context;
	uint8_t *allocation = (uint8_t *) pointer - MEMORY_PREFIX;
	size_t bytes;

	memcpy(&bytes, allocation, sizeof(bytes));
	memory->n_live--;
	memory->live_bytes -= bytes;
	free(allocation);
}

void
test_memory_init(TestMemory *memory)
{
	memset(memory, 0, sizeof(*memory));
	memory->allocator.allocate = memory_allocate;
	memory->allocator.release = memory_release;
	memory->allocator.context = memory;
}

double
test_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}
