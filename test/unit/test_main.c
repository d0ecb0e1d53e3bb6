/*
 * test_main.c - runs every list of tests, or those whose name contains the
 * argument, and counts.
 */
#include <stdio.h>
#include <string.h>
#include "test/unit/columns.h"
#include "test/unit/harness.h"

int
main(int argc, char **argv)
{
	static const TestCase *const lists[] = {
		arena_tests,	 simd_tests,	   kernel_tests,  arithmetic_tests,
		roundtrip_tests, zone_tests,	   fsst_tests,	  bloom_tests,
		stats_tests,	 choose_tests,	   corrupt_tests, memory_tests,
		golden_tests,	 line_split_tests, parse_tests,	  format_tests,
		field_tests};
	int passed = 0;
	int failed = 0;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
	{
		const TestCase *test;

		for (test = lists[i]; test->name; test++)
		{
			double start = test_seconds();

			if (argc > 1 && strstr(test->name, argv[1]) == NULL)
				continue;
			test_failed_checks = 0;
			test_context("%s", "");
			test_seed(i + 1);
			test->run();
			printf("%-6s %-44s %6.2f s\n", test_failed_checks ? "FAILED" : "ok",
				   test->name, test_seconds() - start);
			fflush(stdout);
			if (test_failed_checks)
				failed++;
			else
				passed++;
		}
	}
	col_codecs_free(test_codecs());
	printf("%d passed, %d failed\n", passed, failed);
	return failed > 0 ? 1 : 0;
}
