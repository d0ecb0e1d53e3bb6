/*
 * table_options.h - settings of one table.
 *
 * They are the table's security label of the provider "columnar", a JSON object:
 * PostgreSQL dumps it with the table, before its rows, and drops it with it.  What a
 * partition does not say is its parent's; what no parent says, the session's.
 */
#ifndef COL_TABLE_OPTIONS_H
#define COL_TABLE_OPTIONS_H

#include "postgres.h"

#include "access/attnum.h"
#include "catalog/objectaddress.h"
#include "nodes/pg_list.h"
#include "utils/array.h"
#include "utils/rel.h"

#include "src/encoding/encoding.h"

/* The provider of the labels. */
#define COL_OPTIONS_PROVIDER "columnar"

typedef struct ColTableOptions
{
	uint32 stripe_rows; /* at most */
	ColEncodeOptions encode;
	bool auto_compact;
	uint32 compact_min_rows;
	List *sort_by; /* names of columns, as String nodes */
} ColTableOptions;

/* The settings that hold for a table; sort_by is allocated here. */
extern void col_table_options_get(Relation rel, ColTableOptions *options);

/*
 * Columns of the table that sort_by names, as far as there are any: the first
 * dropped one ends the list.  Returns how many; columns has room for
 * INDEX_MAX_KEYS.
 */
extern int col_table_options_sort(Relation rel, const ColTableOptions *options,
								  AttrNumber *columns);

/*
 * Throws when a label is not what a table may have; NULL is no label.  As
 * PostgreSQL calls it for SECURITY LABEL.
 */
extern void col_table_options_check(const ObjectAddress *object,
									const char *label);

/* Throws when an array of text has what is no option. */
extern void col_table_options_check_names(ArrayType *names);

/* A label in which a column of sort_by has another name. */
extern char *col_table_options_rename(const char *label, const char *old_name,
									  const char *new_name);

/* Throws when the label names no columns that rows of rel can be sorted by. */
extern void col_table_options_check_sort(Relation rel, const char *label);

#endif /* COL_TABLE_OPTIONS_H */
