/*
 * load_plan.c - can processes beside the session parse the rows of a COPY?
 *
 * The leader writes rows and index entries; defaults, generated columns,
 * constraints and input functions are evaluated by workers.  Whatever is in doubt
 * is left to COPY, which also says what is not allowed.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/copy.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/clauses.h"
#include "rewrite/rewriteHandler.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/relcache.h"
#include "utils/rls.h"
#include "utils/typcache.h"

#include "src/storage/store/published.h"
#include "src/tableam/columnar_am.h"
#include "src/transfer/load_plan.h"

/* Options of COPY that mean nothing but how the file is read, row by row. */
static const char *const known_options[] = {
	"format", "delimiter", "null",			 "header",	   "quote",
	"escape", "encoding",  "force_not_null", "force_null", NULL};

static bool
options_are_known(const List *options)
{
	const ListCell *cell;

	foreach (cell, options)
	{
		const char *const *known = known_options;

		while (*known != NULL &&
			   strcmp(*known, lfirst_node(DefElem, cell)->defname) != 0)
			known++;
		if (*known == NULL)
			return false;
	}
	return true;
}

/* Fills *format; false if the file cannot be split. */
static bool
plan_format(const CopyStmt *statement, ColLoadFormat *format)
{
	CopyFormatOptions options = {0};

	ProcessCopyOptions(NULL, &options, true, statement->options);
	if (options.binary || !options_are_known(statement->options))
		return false;
	memset(format, 0, sizeof(*format));
	format->has_header = options.header_line != 0;
	format->encoding_given = options.file_encoding >= 0;
	format->encoding = format->encoding_given ? options.file_encoding
											  : pg_get_client_encoding();
	format->split.csv = options.csv_mode;
	if (options.csv_mode)
	{
		format->split.quote = options.quote[0];
		format->split.escape = options.escape[0];
	}
	/* in others, a part of a character may be a quote or a backslash */
	return PG_VALID_BE_ENCODING(format->encoding);
}

static bool
user_may(Relation rel)
{
	Oid user = GetUserId();

	return has_privs_of_role(user, ROLE_PG_READ_SERVER_FILES) &&
		   !XactReadOnly &&
		   pg_class_aclcheck(RelationGetRelid(rel), user, ACL_INSERT) ==
			   ACLCHECK_OK &&
		   check_enable_rls(RelationGetRelid(rel), InvalidOid, true) !=
			   RLS_ENABLED;
}

static bool
has_insert_triggers(Relation rel)
{
	const TriggerDesc *triggers = rel->trigdesc;

	return triggers != NULL && (triggers->trig_insert_before_row ||
								triggers->trig_insert_after_row ||
								triggers->trig_insert_instead_row ||
								triggers->trig_insert_before_statement ||
								triggers->trig_insert_after_statement ||
								triggers->trig_insert_new_table);
}

/* Is an expression, or a list of them, safe to evaluate in a worker? */
static bool
is_safe(Node *expression)
{
	PlannerInfo *root = makeNode(PlannerInfo);

	root->parse = makeNode(Query);
	root->parse->commandType = CMD_SELECT;
	root->glob = makeNode(PlannerGlobal);
	root->query_level = 1;
	return is_parallel_safe(root, expression);
}

/*
 * Are values of a type read without what is not parallel safe?  Of domains and
 * composite types only if they have nothing to check.
 */
static bool
type_is_safe(Oid type)
{
	Oid base = getBaseType(type);
	Oid element = get_element_type(base);
	Oid input;
	Oid parameter;

	if (base != type && DomainHasConstraints(type))
		return false;
	if (OidIsValid(element))
		return type_is_safe(element);
	if (get_typtype(base) == TYPTYPE_RANGE)
		return type_is_safe(get_range_subtype(base));
	if (get_typtype(base) != TYPTYPE_BASE && get_typtype(base) != TYPTYPE_ENUM)
		return false;
	getTypeInputInfo(base, &input, &parameter);
	return func_parallel(input) == PROPARALLEL_SAFE;
}

/* Input functions of columns in the file, defaults and expressions of others. */
static bool
columns_are_safe(Relation rel, List *names)
{
	TupleDesc desc = RelationGetDescr(rel);
	List *in_file = CopyGetAttnums(desc, rel, names);

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (attribute->attisdropped)
			continue;
		if (list_member_int(in_file, i + 1)
				? !type_is_safe(attribute->atttypid)
				: !is_safe(build_column_default(rel, i + 1)))
			return false;
	}
	return true;
}

static bool
constraints_are_safe(Relation rel)
{
	TupleConstr *constraints = RelationGetDescr(rel)->constr;

	for (int i = 0; constraints != NULL && i < constraints->num_check; i++)
	{
		if (!is_safe(stringToNode(constraints->check[i].ccbin)))
			return false;
	}
	return !rel->rd_rel->relispartition ||
		   is_safe((Node *) RelationGetPartitionQual(rel));
}

/* The leader evaluates them, but while there are workers. */
static bool
indexes_are_safe(Relation rel)
{
	List *indexes = RelationGetIndexList(rel);
	ListCell *cell;
	bool safe = true;

	foreach (cell, indexes)
	{
		Relation index = RelationIdGetRelation(lfirst_oid(cell));

		safe = safe && is_safe((Node *) RelationGetIndexExpressions(index)) &&
			   is_safe((Node *) RelationGetIndexPredicate(index));
		RelationClose(index);
	}
	return safe;
}

bool
col_load_plan(Relation rel, const CopyStmt *statement, ColLoadFormat *format)
{
	return plan_format(statement, format) && !IsInParallelMode() &&
		   rel->rd_rel->relkind == RELKIND_RELATION &&
		   rel->rd_rel->relpersistence != RELPERSISTENCE_TEMP &&
		   col_relation_is_columnar(rel) && user_may(rel) &&
		   !col_relation_is_published(rel) && !has_insert_triggers(rel) &&
		   columns_are_safe(rel, statement->attlist) &&
		   constraints_are_safe(rel) && indexes_are_safe(rel);
}
