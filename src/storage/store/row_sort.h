/*
 * row_sort.h - rows put in the order that a table's options ask for.
 */
#ifndef COL_ROW_SORT_H
#define COL_ROW_SORT_H

#include "postgres.h"

#include "utils/rel.h"
#include "utils/tuplesort.h"

#include "src/pg/table_options.h"

/*
 * Begins a sort of slots by the columns of sort_by, NULLs last, within
 * maintenance_work_mem; NULL: the options ask for no order.
 */
extern Tuplesortstate *col_row_sort_begin(Relation rel,
										  const ColTableOptions *options);

#endif /* COL_ROW_SORT_H */
