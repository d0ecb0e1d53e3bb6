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
#include "src/pg/border.h"
#include "src/pg/compat.h"
#include "src/pg/guc.h"
#include "src/pg/table_options.h"

/* column: NULL, or the one that the option is of */
pg_noreturn static void
throw_bad_of(const char *column, const char *name, const char *wanted)
{
	char *which = psprintf("\"%s\"", name);

	if (column != NULL)
		which = psprintf("\"%s\" of column \"%s\"", name, column);
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("invalid value of the option %s", which),
					errdetail("It must be %s.", wanted)));
}

pg_noreturn static void
throw_bad(const char *name, const char *wanted)
{
	throw_bad_of(NULL, name, wanted);
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

/* What a codec's name stands for; column: NULL, or the one that it is for. */
static void
read_codec(const char *column, const JsonbValue *value,
		   ColEncodeOptions *encode)
{
	char *codec = string_of(value);
	int level = 0;
	int end = 0;

	if (codec != NULL && strcmp(codec, "none") == 0)
		encode->codec = COL_CODEC_NONE;
	else if (codec != NULL && strcmp(codec, "lz4") == 0)
		encode->codec = COL_CODEC_LZ4;
	else if (codec != NULL && strcmp(codec, "zstd") == 0)
	{
		encode->codec = COL_CODEC_ZSTD;
		encode->level = col_zstd_level;
	}
	else if (codec != NULL && sscanf(codec, "zstd:%2d%n", &level, &end) == 1 &&
			 codec[end] == '\0' && level >= 1 && level <= COL_ZSTD_LEVEL_MAX)
	{
		encode->codec = COL_CODEC_ZSTD;
		encode->level = level;
	}
	else
		throw_bad_of(column, "codec",
					 psprintf("none, lz4, zstd, or zstd:1 to zstd:%d",
							  COL_ZSTD_LEVEL_MAX));
}

static void
set_codec(ColTableOptions *options, const JsonbValue *value)
{
	read_codec(NULL, value, &options->encode);
	options->has_codec = true;
}

static void
set_profile(ColTableOptions *options, const JsonbValue *value)
{
	char *profile = string_of(value);

	if (profile != NULL && strcmp(profile, "fast") == 0)
		options->encode.profile = COL_PROFILE_FAST;
	else if (profile != NULL && strcmp(profile, "balanced") == 0)
		options->encode.profile = COL_PROFILE_BALANCED;
	else if (profile != NULL && strcmp(profile, "small") == 0)
		options->encode.profile = COL_PROFILE_SMALL;
	else
		throw_bad("profile", "fast, balanced, or small");
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

/* Different names of columns, as String nodes. */
static List *
read_names(const char *option, const JsonbValue *value, uint32 n_max)
{
	const char *wanted = "a list of different names of columns";
	List *names = NIL;
	uint32 n;

	if (value->type != jbvBinary ||
		!JsonContainerIsArray(value->val.binary.data))
		throw_bad(option, wanted);
	n = JsonContainerSize(value->val.binary.data);
	if (n > n_max)
		throw_bad(option, psprintf("at most %u columns", n_max));
	for (uint32 i = 0; i < n; i++)
	{
		JsonbValue *item =
			getIthJsonbValueFromContainer(value->val.binary.data, i);
		char *name = string_of(item);
		String *node = name == NULL ? NULL : makeString(name);

		if (node == NULL || list_member(names, node))
			throw_bad(option, wanted);
		names = lappend(names, node);
	}
	return names;
}

static void
set_sort_by(ColTableOptions *options, const JsonbValue *value)
{
	options->sort_by = read_names("sort_by", value, INDEX_MAX_KEYS);
}

static void
set_bloom(ColTableOptions *options, const JsonbValue *value)
{
	options->bloom = read_names("bloom", value, MaxAttrNumber);
}

/* The choices that fit a class, or all if phys is 0, as users write them. */
static char *
choices_of(ColPhys phys, ColOrder order)
{
	StringInfoData list;

	initStringInfo(&list);
	for (int choice = 0; choice < COL_ENCODING_CHOICES; choice++)
	{
		if (phys == 0 || col_encoding_choice_fits(choice, phys, order))
			appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "",
							 col_encoding_choice_name(choice));
	}
	return list.data;
}

static uint8
read_encoding(const char *column, const JsonbValue *value)
{
	char *encoding = string_of(value);

	for (int choice = 0; encoding && choice < COL_ENCODING_CHOICES; choice++)
	{
		if (strcmp(encoding, col_encoding_choice_name(choice)) == 0)
			return choice;
	}
	throw_bad_of(column, "encoding",
				 psprintf("one of %s", choices_of(0, COL_ORDER_NONE)));
}

/* What the option "columns" says of one. */
static ColColumnOptions *
read_column(char *name, const JsonbValue *value)
{
	ColColumnOptions *column = palloc0(sizeof(*column));
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue item;
	char *key = NULL;

	column->name = name;
	if (value->type != jbvBinary ||
		!JsonContainerIsObject(value->val.binary.data))
		throw_bad("columns", "an object with an object for each column");
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = string_of(&item);
		else if (token == WJB_VALUE && strcmp(key, "codec") == 0)
		{
			read_codec(name, &item, &column->encode);
			column->has_codec = true;
		}
		else if (token == WJB_VALUE && strcmp(key, "encoding") == 0)
			column->encode.encoding = read_encoding(name, &item);
		else if (token == WJB_VALUE)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_PARAMETER),
					 errmsg("columns of columnar tables have no option \"%s\"",
							key),
					 errhint("Options of a column are codec and encoding.")));
	}
	return column;
}

static void
set_columns(ColTableOptions *options, const JsonbValue *value)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue item;
	char *name = NULL;

	options->columns = NIL;
	if (value->type != jbvBinary ||
		!JsonContainerIsObject(value->val.binary.data))
		throw_bad("columns", "an object with an object for each column");
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			name = string_of(&item);
		else if (token == WJB_VALUE)
			options->columns =
				lappend(options->columns, read_column(name, &item));
	}
}

static const struct
{
	const char *name;
	void (*set)(ColTableOptions *options, const JsonbValue *value);
} kinds[] = {{"stripe_rows", set_stripe_rows},
			 {"profile", set_profile},
			 {"codec", set_codec},
			 {"columns", set_columns},
			 {"bloom", set_bloom},
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
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_PARAMETER),
			 errmsg("columnar tables have no option \"%s\"", name),
			 errhint("Options are stripe_rows, profile, codec, columns, bloom, "
					 "sort_by, auto_compact, and compact_min_rows.")));
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

/* A profile's codec, where no other is asked for. */
static void
set_profile_codec(ColTableOptions *options)
{
	if (options->has_codec)
		return;
	if (options->encode.profile == COL_PROFILE_FAST)
		options->encode.codec = COL_CODEC_LZ4;
	else if (options->encode.profile == COL_PROFILE_SMALL)
	{
		options->encode.codec = COL_CODEC_ZSTD;
		options->encode.level = COL_ZSTD_LEVEL_SMALL;
	}
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
	set_profile_codec(options);
}

/* Does the column's collation, if it has one, tell strings apart by bytes? */
static bool
is_equal_by_bytes(Form_pg_attribute attribute)
{
	return !OidIsValid(attribute->attcollation) ||
		   get_collation_isdeterministic(attribute->attcollation);
}

ColEncodeOptions
col_table_options_encode(const ColTableOptions *options,
						 Form_pg_attribute attribute)
{
	ColEncodeOptions encode = options->encode;
	ListCell *cell;

	foreach (cell, options->columns)
	{
		const ColColumnOptions *column = lfirst(cell);

		if (strcmp(column->name, NameStr(attribute->attname)) != 0)
			continue;
		if (column->has_codec)
		{
			encode.codec = column->encode.codec;
			encode.level = column->encode.level;
		}
		if (col_encoding_choice_fits(column->encode.encoding,
									 col_border_phys(attribute),
									 col_border_order(attribute->atttypid)))
			encode.encoding = column->encode.encoding;
	}
	if (list_member(options->bloom, makeString(NameStr(attribute->attname))) &&
		is_equal_by_bytes(attribute))
		encode.bloom = col_border_bloom_kind(attribute->atttypid);
	return encode;
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

/*
 * Names of columns are the items of arrays, and the keys of the option
 * "columns".
 */
static bool
is_column_name(JsonbIteratorToken token, const char *option, int depth)
{
	return token == WJB_ELEM ||
		   (token == WJB_KEY && depth == 2 && strcmp(option, "columns") == 0);
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
	char *option = NULL;
	int depth = 0;

	while ((token = JsonbIteratorNext(&iterator, &value, false)) != WJB_DONE)
	{
		bool is_scalar = token < WJB_BEGIN_ARRAY;

		if (token == WJB_KEY && depth == 1)
			option = string_of(&value);
		else if (is_column_name(token, option, depth) &&
				 value.type == jbvString)
		{
			const char *name = string_of(&value);

			if (strcmp(name, new_name) == 0)
			{
				if (token == WJB_KEY)
					(void) JsonbIteratorNext(&iterator, &value, true);
				continue;
			}
			if (strcmp(name, old_name) == 0)
			{
				value.val.string.val = pstrdup(new_name);
				value.val.string.len = strlen(new_name);
			}
		}
		else if (!is_scalar)
			depth +=
				token == WJB_BEGIN_ARRAY || token == WJB_BEGIN_OBJECT ? 1 : -1;
		built = pushJsonbValue(&state, token, is_scalar ? &value : NULL);
	}
	renamed = JsonbValueToJsonb(built);
	return JsonbToCString(NULL, &renamed->root, VARSIZE(renamed));
}

/* The column of a name, which rel must have. */
static Form_pg_attribute
find_column(Relation rel, const char *name)
{
	AttrNumber column = get_attnum(RelationGetRelid(rel), name);

	if (column <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist", name,
						RelationGetRelationName(rel))));
	return TupleDescAttr(RelationGetDescr(rel), column - 1);
}

static void
check_sort(Relation rel, const char *name)
{
	Oid type = find_column(rel, name)->atttypid;

	if (!OidIsValid(lookup_type_cache(type, TYPECACHE_LT_OPR)->lt_opr))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
						errmsg("rows cannot be sorted by column \"%s\"", name),
						errdetail("Its type %s has no default operator class "
								  "for btree.",
								  format_type_be(type))));
}

static void
check_encoding(Relation rel, const ColColumnOptions *column)
{
	Form_pg_attribute attribute = find_column(rel, column->name);
	ColPhys phys = col_border_phys(attribute);
	ColOrder order = col_border_order(attribute->atttypid);
	ColEncodingChoice choice = column->encode.encoding;

	if (!col_encoding_choice_fits(choice, phys, order))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("encoding \"%s\" does not fit column \"%s\"",
							   col_encoding_choice_name(choice), column->name),
						errdetail("Those of type %s are %s.",
								  format_type_be(attribute->atttypid),
								  choices_of(phys, order))));
}

static void
check_bloom(Relation rel, const char *name)
{
	Form_pg_attribute attribute = find_column(rel, name);

	if (col_border_bloom_kind(attribute->atttypid) == COL_BLOOM_NONE)
		ereport(
			ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("column \"%s\" cannot have a bloom filter", name),
			 errdetail("Equal values of type %s may differ in their bytes.",
					   format_type_be(attribute->atttypid)),
			 errhint("Types that can are integers, floats, numeric, boolean, "
					 "date, time, timestamp, money, oid, pg_lsn, xid8, uuid, "
					 "bytea, text, varchar, and char.")));
	if (!is_equal_by_bytes(attribute))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("column \"%s\" cannot have a bloom filter", name),
				 errdetail("Its collation \"%s\" is not deterministic: equal "
						   "strings may differ in their bytes.",
						   get_collation_name(attribute->attcollation))));
}

void
col_table_options_check_columns(Relation rel, const char *label)
{
	ColTableOptions options = {0};
	ListCell *cell;

	read_label(&options, label);
	foreach (cell, options.sort_by)
		check_sort(rel, strVal(lfirst(cell)));
	foreach (cell, options.columns)
		check_encoding(rel, lfirst(cell));
	foreach (cell, options.bloom)
		check_bloom(rel, strVal(lfirst(cell)));
}
