/*
 * options.c - columnar.set_options and columnar.reset_options.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/seclabel.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

#include "src/pg/compat.h"
#include "src/pg/table_options.h"
#include "src/tableam/columnar_am.h"

PG_FUNCTION_INFO_V1(colstore_set_options);
PG_FUNCTION_INFO_V1(colstore_reset_options);

/* Opens a table whose options the user may change, locked against others. */
static Relation
open_table(Oid relid)
{
	Relation rel = relation_open(relid, ShareUpdateExclusiveLock);

	if (!col_relation_is_columnar(rel) &&
		rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" is not a columnar table",
							   RelationGetRelationName(rel))));
	if (!object_ownercheck(RelationRelationId, relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER,
					   get_relkind_objtype(rel->rd_rel->relkind),
					   RelationGetRelationName(rel));
	return rel;
}

/* What the table's label says now. */
static Jsonb *
current_options(const ObjectAddress *object)
{
	char *label = GetSecurityLabel(object, COL_OPTIONS_PROVIDER);

	return DatumGetJsonbP(
		DirectFunctionCall1(jsonb_in, CStringGetDatum(label ? label : "{}")));
}

static void
store_options(const ObjectAddress *object, Jsonb *options)
{
	char *label = JB_ROOT_COUNT(options) == 0
					  ? NULL
					  : JsonbToCString(NULL, &options->root, VARSIZE(options));

	col_table_options_check(object, label);
	SetSecurityLabel(object, COL_OPTIONS_PROVIDER, label);
}

/* Adds an option to a JSON object that is being built. */
static void
add_option(StringInfo json, const char *name, const char *value, bool quoted)
{
	appendStringInfoString(json, json->len == 0 ? "{" : ", ");
	escape_json(json, name);
	appendStringInfoString(json, ": ");
	if (quoted)
		escape_json(json, value);
	else
		appendStringInfoString(json, value);
}

static char *
array_as_json(ArrayType *array)
{
	StringInfoData json;
	Datum *items;
	bool *nulls;
	int n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls,
					  &n);
	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(&json, i > 0 ? ", " : "");
		if (nulls[i])
			appendStringInfoString(&json, "null");
		else
			escape_json(&json, TextDatumGetCString(items[i]));
	}
	appendStringInfoChar(&json, ']');
	return json.data;
}

/*
 * colstore_set_options(regclass, stripe_rows int, codec text, sort_by text[],
 * auto_compact boolean, compact_min_rows int, profile text, columns jsonb,
 * bloom text[]): those that are not NULL.
 */
Datum
colstore_set_options(PG_FUNCTION_ARGS)
{
	StringInfoData json;
	ObjectAddress object;
	Relation rel;
	Datum merged;

	if (PG_ARGISNULL(0))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the table cannot be NULL")));
	rel = open_table(PG_GETARG_OID(0));
	initStringInfo(&json);
	if (!PG_ARGISNULL(1))
		add_option(&json, "stripe_rows", psprintf("%d", PG_GETARG_INT32(1)),
				   false);
	if (!PG_ARGISNULL(2))
		add_option(&json, "codec", text_to_cstring(PG_GETARG_TEXT_PP(2)), true);
	if (!PG_ARGISNULL(3))
		add_option(&json, "sort_by", array_as_json(PG_GETARG_ARRAYTYPE_P(3)),
				   false);
	if (!PG_ARGISNULL(4))
		add_option(&json, "auto_compact", PG_GETARG_BOOL(4) ? "true" : "false",
				   false);
	if (!PG_ARGISNULL(5))
		add_option(&json, "compact_min_rows",
				   psprintf("%d", PG_GETARG_INT32(5)), false);
	if (!PG_ARGISNULL(6))
		add_option(&json, "profile", text_to_cstring(PG_GETARG_TEXT_PP(6)),
				   true);
	if (!PG_ARGISNULL(7))
	{
		Jsonb *columns = PG_GETARG_JSONB_P(7);

		add_option(&json, "columns",
				   JsonbToCString(NULL, &columns->root, VARSIZE(columns)),
				   false);
	}
	if (!PG_ARGISNULL(8))
		add_option(&json, "bloom", array_as_json(PG_GETARG_ARRAYTYPE_P(8)),
				   false);
	appendStringInfoString(&json, json.len == 0 ? "{}" : "}");

	/* of what is set before, columns may have gone */
	col_table_options_check_columns(rel, json.data);
	ObjectAddressSet(object, RelationRelationId, RelationGetRelid(rel));
	merged = DirectFunctionCall2(
		jsonb_concat, JsonbPGetDatum(current_options(&object)),
		DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data)));
	store_options(&object, DatumGetJsonbP(merged));
	relation_close(rel, NoLock);
	PG_RETURN_VOID();
}

/*
 * colstore_reset_options(regclass, VARIADIC text[]): the named ones, or all if
 * none is named.
 */
Datum
colstore_reset_options(PG_FUNCTION_ARGS)
{
	Relation rel = open_table(PG_GETARG_OID(0));
	ArrayType *names = PG_GETARG_ARRAYTYPE_P(1);
	ObjectAddress object;
	Datum left;

	ObjectAddressSet(object, RelationRelationId, RelationGetRelid(rel));
	left = JsonbPGetDatum(current_options(&object));
	if (ArrayGetNItems(ARR_NDIM(names), ARR_DIMS(names)) == 0)
		left = DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"));
	else
	{
		col_table_options_check_names(names);
		left = DirectFunctionCall2(jsonb_delete_array, left,
								   PointerGetDatum(names));
	}
	store_options(&object, DatumGetJsonbP(left));
	relation_close(rel, NoLock);
	PG_RETURN_VOID();
}
