/*
 * row_sort.c - rows put in the order that a table's options ask for.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/typcache.h"

#include "src/storage/store/row_sort.h"

Tuplesortstate *
col_row_sort_begin(Relation rel, const ColTableOptions *options)
{
	TupleDesc desc = RelationGetDescr(rel);
	AttrNumber columns[INDEX_MAX_KEYS];
	Oid operators[INDEX_MAX_KEYS];
	Oid collations[INDEX_MAX_KEYS];
	bool nulls_first[INDEX_MAX_KEYS] = {false};
	int n = col_table_options_sort(rel, options, columns);

	for (int i = 0; i < n; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, columns[i] - 1);

		operators[i] =
			lookup_type_cache(column->atttypid, TYPECACHE_LT_OPR)->lt_opr;
		collations[i] = column->attcollation;
		if (!OidIsValid(operators[i])) /* its type has changed */
			n = i;
	}
	return n == 0
			   ? NULL
			   : tuplesort_begin_heap(desc, n, columns, operators, collations,
									  nulls_first, maintenance_work_mem, NULL,
									  TUPLESORT_NONE);
}
