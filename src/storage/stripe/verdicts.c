/*
 * verdicts.c - how columns of tables were encoded last: a table of fixed size, in
 * which a column has one place, whatever column was there before.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "src/storage/stripe/verdicts.h"

#define VERDICT_PLACES 1024

typedef struct VerdictPlace
{
	Oid table; /* its Oid: a rewritten table has the same columns */
	int column;
	ColVerdict verdict;
} VerdictPlace;

static VerdictPlace *places = NULL;

ColVerdict *
col_verdict(Relation rel, int column)
{
	Oid table = RelationGetRelid(rel);
	uint32 hash = hash_combine(murmurhash32(table), 0) + (uint32) column;
	VerdictPlace *place;

	if (places == NULL)
		places = MemoryContextAllocZero(TopMemoryContext,
										VERDICT_PLACES * sizeof(VerdictPlace));
	place = &places[hash % VERDICT_PLACES];
	if (place->table != table || place->column != column)
	{
		memset(place, 0, sizeof(*place));
		place->table = table;
		place->column = column;
	}
	return &place->verdict;
}
