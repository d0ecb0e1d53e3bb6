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
#include "catalog/pg_attribute.h"
#include "nodes/pg_list.h"
#include "utils/array.h"
#include "utils/rel.h"

#include "src/encoding/encoding.h"

/* The provider of the labels. */
#define COL_OPTIONS_PROVIDER "columnar"

/* What a table says of one of its columns. */
typedef struct ColColumnOptions
{
	char *name;
	bool has_codec;
	ColEncodeOptions encode; /* codec and level if has_codec, encoding */
} ColColumnOptions;

typedef struct ColTableOptions
{
	uint32 stripe_rows;		 /* at most */
	bool has_codec;			 /* the codec is not the session's */
	ColEncodeOptions encode; /* of columns that nothing else is said of */
	bool auto_compact;
	uint32 compact_min_rows;
	List *sort_by; /* names of columns, as String nodes */
	List *columns; /* of ColColumnOptions */
	List *bloom;   /* names of columns with bloom filters */
} ColTableOptions;

/* The settings that hold for a table; its lists are allocated here. */
extern void col_table_options_get(Relation rel, ColTableOptions *options);

/*
 * How a column that is stored is encoded.  An encoding that no longer fits its
 * type does not count.
 */
extern ColEncodeOptions col_table_options_encode(const ColTableOptions *options,
												 Form_pg_attribute attribute);

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

/*
 * A label in which a column has another name; what the label says of a column
 * of the new name, which is gone, is left out.
 */
extern char *col_table_options_rename(const char *label, const char *old_name,
									  const char *new_name);

/*
 * Throws when the label names columns that rel does not have, or says of one what
 * its type does not allow.
 */
extern void col_table_options_check_columns(Relation rel, const char *label);

#endif /* COL_TABLE_OPTIONS_H */
