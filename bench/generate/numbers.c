/*
 * numbers.c - rows of an id, a random double and a short name: numbers ROWS
 * writes them as CSV, each double with as few digits as name no other.
 */
#include "bench/generate/csv.h"
#include "bench/generate/random.h"

int
main(int argc, char **argv)
{
	static const char *const first[] = {"anna",	 "bert", "chloe", "david",
										"elena", "finn", "greta", "hugo"};
	static const char *const last[] = {"adler", "brandt", "costa",	"dubois",
									   "evans", "fuchs",  "garcia", "hansen"};
	Random dice = random_of(53);
	long n_rows = argc > 1 ? atol(argv[1]) : 0;

	for (long id = 1; id <= n_rows; id++)
	{
		double value = (double) (next(&dice) >> 11) / 9007199254740992.0;
		uint64_t name = next(&dice);
		char text[40];

		csv_number(id);
		for (int digits = 15; digits <= 17; digits++)
		{
			snprintf(text, sizeof(text), "%.*g", digits, value);
			if (strtod(text, NULL) == value)
				break;
		}
		csv_raw(text);
		snprintf(text, sizeof(text), "%s.%s%u", first[name & 7],
				 last[name >> 3 & 7], (unsigned) (name >> 6 & 1023));
		csv_raw(text);
		csv_row();
	}
	csv_flush();
	return 0;
}
