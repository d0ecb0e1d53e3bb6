/*
 * harness.h - the unit tests' own small framework.
 *
 * A test is a function of no arguments in one of the lists of main.c; CHECK
 * counts a failure and goes on, so a test reports all that is wrong.
 */
#ifndef TEST_HARNESS_H
#define TEST_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "src/base/arena.h"

typedef struct TestCase
{
	const char *name;
	void (*run)(void);
} TestCase;

/* One list a file, ended by a NULL name. */
extern const TestCase arena_tests[];
extern const TestCase simd_tests[];
extern const TestCase kernel_tests[];
extern const TestCase arithmetic_tests[];
extern const TestCase roundtrip_tests[];
extern const TestCase zone_tests[];
extern const TestCase bloom_tests[];
extern const TestCase stats_tests[];
extern const TestCase choose_tests[];
extern const TestCase fsst_tests[];
extern const TestCase corrupt_tests[];
extern const TestCase memory_tests[];
extern const TestCase golden_tests[];
extern const TestCase line_split_tests[];
extern const TestCase parse_tests[];
extern const TestCase format_tests[];
extern const TestCase field_tests[];

/* Failed checks of the test that runs. */
extern int test_failed_checks;

/* Reports a failed condition (the first few of a test) and counts it. */
extern bool test_check(bool good, const char *what, const char *file, int line);
#define CHECK(condition) test_check((condition), #condition, __FILE__, __LINE__)

/* Says, before a failure is reported, which case of a loop it is. */
extern void test_context(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* A generator of repeatable numbers (splitmix64). */
extern void test_seed(uint64_t seed);
extern uint64_t test_random(void);

/* 0 .. limit - 1 */
static inline uint64_t
test_below(uint64_t limit)
{
	return test_random() % limit;
}

/*
 * An allocator over malloc that counts what is alive and can be told to fail:
 * fail_at = n fails the nth call from now (1 is the next), 0 never; one of more
 * than max_bytes fails, 0: any may succeed.
 */
typedef struct TestMemory
{
	ColAllocator allocator;
	int64_t n_live;
	int64_t n_calls;
	int64_t fail_at;
	size_t max_bytes;
	size_t peak_bytes;
	size_t live_bytes;
} TestMemory;

extern void test_memory_init(TestMemory *memory);

/* Seconds of processor time since some start. */
extern double test_seconds(void);

#endif /* TEST_HARNESS_H */
