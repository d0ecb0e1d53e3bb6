/*
 * table_options.c - settings of one table.
 */
#include "postgres.h"

#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/seclabel.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "src/base/limits.h"
#include "src/pg/guc.h"
#include "src/pg/table_options.h"

static void
throw_bad(const char *name, const char *wanted)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("invalid value of the option \"%s\"", name),
					errdetail("It must be %s.", wanted)));
}

/* ---- one option ---- */

static uint32
integer_of(const char *name, const JsonbValue *value, int min, int max)
{
	int64 number = PG_INT64_MIN;

	if (value->type == jbvNumeric)
		number = DatumGetInt64(DirectFunctionCall1(
			numeric_int8, NumericGetDatum(value->val.numeric)));
	if (number < min || number > max)
		throw_bad(name, psprintf("an integer from %d to %d", min, max));
	return (uint32) number;
}

static char *
string_of(const JsonbValue *value)
{
	return value->type == jbvString
			   ? pnstrdup(value->val.string.val, value->val.string.len)
			   : NULL;
}

static void
set_stripe_rows(ColTableOptions *options, const JsonbValue *value)
{
	options->stripe_rows =
		integer_of("stripe_rows", value, COL_VECTOR_ROWS, COL_STRIPE_ROWS_MAX);
}

static void
set_codec(ColTableOptions *options, const JsonbValue *value)
{
	char *codec = string_of(value);
	int level = 0;
	int end = 0;

	if (codec != NULL && strcmp(codec, "none") == 0)
		options->encode.codec = COL_CODEC_NONE;
	else if (codec != NULL && strcmp(codec, "lz4") == 0)
		options->encode.codec = COL_CODEC_LZ4;
	else if (codec != NULL && strcmp(codec, "zstd") == 0)
		options->encode.codec = COL_CODEC_ZSTD;
	else if (codec != NULL && sscanf(codec, "zstd:%2d%n", &level, &end) == 1 &&
			 codec[end] == '\0' && level >= 1 && level <= COL_ZSTD_LEVEL_MAX)
	{
		options->encode.codec = COL_CODEC_ZSTD;
		options->encode.level = level;
	}
	else
		throw_bad("codec", psprintf("none, lz4, zstd, or zstd:1 to zstd:%d",
									COL_ZSTD_LEVEL_MAX));
}

static void
set_auto_compact(ColTableOptions *options, const JsonbValue *value)
{
	if (value->type != jbvBool)
		throw_bad("auto_compact", "true or false");
	options->auto_compact = value->val.boolean;
}

static void
set_compact_min_rows(ColTableOptions *options, const JsonbValue *value)
{
	options->compact_min_rows =
		integer_of("compact_min_rows", value, 1, PG_INT32_MAX);
}

static void
set_sort_by(ColTableOptions *options, const JsonbValue *value)
{
	const char *wanted = "a list of different names of columns";
	uint32 n;

	options->sort_by = NIL;
	if (value->type != jbvBinary ||
		!JsonContainerIsArray(value->val.binary.data))
		throw_bad("sort_by", wanted);
	n = JsonContainerSize(value->val.binary.data);
	if (n > INDEX_MAX_KEYS)
		throw_bad("sort_by", psprintf("at most %d columns", INDEX_MAX_KEYS));
	for (uint32 i = 0; i < n; i++)
	{
		JsonbValue *item =
			getIthJsonbValueFromContainer(value->val.binary.data, i);
		char *name = string_of(item);
		String *node = name == NULL ? NULL : makeString(name);

		if (node == NULL || list_member(options->sort_by, node))
			throw_bad("sort_by", wanted);
		options->sort_by = lappend(options->sort_by, node);
	}
}

static const struct
{
	const char *name;
	void (*set)(ColTableOptions *options, const JsonbValue *value);
} kinds[] = {{"stripe_rows", set_stripe_rows},
			 {"codec", set_codec},
			 {"sort_by", set_sort_by},
			 {"auto_compact", set_auto_compact},
			 {"compact_min_rows", set_compact_min_rows}};

/* ---- a label ---- */

static Size
find_kind(const char *name)
{
	for (Size i = 0; i < lengthof(kinds); i++)
	{
		if (strcmp(kinds[i].name, name) == 0)
			return i;
	}
	ereport(
		ERROR,
		(errcode(ERRCODE_UNDEFINED_PARAMETER),
		 errmsg("columnar tables have no option \"%s\"", name),
		 errhint("Options are stripe_rows, codec, sort_by, auto_compact, and "
				 "compact_min_rows.")));
}

static Jsonb *
parse(const char *label)
{
	return DatumGetJsonbP(
		DirectFunctionCall1(jsonb_in, CStringGetDatum(label)));
}

/* Takes over what a label says. */
static void
read_label(ColTableOptions *options, const char *label)
{
	Jsonb *json = parse(label);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;
	char *name = NULL;

	if (!JB_ROOT_IS_OBJECT(json))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("options of a table must be a JSON object")));
	iterator = JsonbIteratorInit(&json->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = string_of(&value);
		else if (token == WJB_VALUE)
			kinds[find_kind(name)].set(options, &value);
	}
	pfree(json);
}

static void
read_label_of(ColTableOptions *options, Oid relid)
{
	ObjectAddress object;
	char *label;

	ObjectAddressSet(object, RelationRelationId, relid);
	label = GetSecurityLabel(&object, COL_OPTIONS_PROVIDER);
	if (label == NULL)
		return;
	read_label(options, label);
	pfree(label);
}

void
col_table_options_get(Relation rel, ColTableOptions *options)
{
	/* the new file of a table that is rewritten is no table of its own */
	Oid relid = OidIsValid(rel->rd_rel->relrewrite) ? rel->rd_rel->relrewrite
													: RelationGetRelid(rel);

	*options = (ColTableOptions){
		.stripe_rows = col_stripe_rows,
		.encode = {.codec = col_codec, .level = col_zstd_level},
		.auto_compact = col_auto_compact,
		.compact_min_rows = col_compact_min_rows};
	if (get_rel_relispartition(relid))
	{
		List *ancestors = get_partition_ancestors(relid);

		/* the root is the last */
		for (int i = list_length(ancestors) - 1; i >= 0; i--)
			read_label_of(options, list_nth_oid(ancestors, i));
		list_free(ancestors);
	}
	read_label_of(options, relid);
}

int
col_table_options_sort(Relation rel, const ColTableOptions *options,
					   AttrNumber *columns)
{
	ListCell *cell;
	int n = 0;

	foreach (cell, options->sort_by)
	{
		AttrNumber column =
			get_attnum(RelationGetRelid(rel), strVal(lfirst(cell)));

		if (column <= 0)
			break;
		columns[n++] = column;
	}
	return n;
}

void
col_table_options_check(const ObjectAddress *object, const char *label)
{
	ColTableOptions options = {0};

	if (object->classId != RelationRelationId || object->objectSubId != 0)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("only tables have options of columnar")));
	if (label != NULL)
		read_label(&options, label);
}

void
col_table_options_check_names(ArrayType *names)
{
	Datum *items;
	bool *nulls;
	int n;

	deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls,
					  &n);
	for (int i = 0; i < n; i++)
		(void) find_kind(nulls[i] ? "" : TextDatumGetCString(items[i]));
}

char *
col_table_options_rename(const char *label, const char *old_name,
						 const char *new_name)
{
	Jsonb *json = parse(label);
	JsonbIterator *iterator = JsonbIteratorInit(&json->root);
	JsonbParseState *state = NULL;
	JsonbIteratorToken token;
	JsonbValue value;
	JsonbValue *built = NULL;
	Jsonb *renamed;

	while ((token = JsonbIteratorNext(&iterator, &value, false)) != WJB_DONE)
	{
		/* names of columns are the only items of arrays */
		if (token == WJB_ELEM && value.type == jbvString &&
			strcmp(string_of(&value), old_name) == 0)
		{
			value.val.string.val = pstrdup(new_name);
			value.val.string.len = strlen(new_name);
		}
		built = pushJsonbValue(
			&state, token,
			token == WJB_KEY || token == WJB_VALUE || token == WJB_ELEM ? &value
																		: NULL);
	}
	renamed = JsonbValueToJsonb(built);
	return JsonbToCString(NULL, &renamed->root, VARSIZE(renamed));
}

void
col_table_options_check_sort(Relation rel, const char *label)
{
	ColTableOptions options = {0};
	ListCell *cell;

	read_label(&options, label);
	foreach (cell, options.sort_by)
	{
		const char *name = strVal(lfirst(cell));
		AttrNumber column = get_attnum(RelationGetRelid(rel), name);
		Oid type;

		if (column <= 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist",
							name, RelationGetRelationName(rel))));
		type = get_atttype(RelationGetRelid(rel), column);
		if (!OidIsValid(lookup_type_cache(type, TYPECACHE_LT_OPR)->lt_opr))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_FUNCTION),
					 errmsg("rows cannot be sorted by column \"%s\"", name),
					 errdetail("Its type %s has no default operator class "
							   "for btree.",
							   format_type_be(type))));
	}
}
