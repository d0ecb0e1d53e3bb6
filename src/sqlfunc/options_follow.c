/*
 * options_follow.c - options of tables follow what DDL does: a column that is
 * renamed, a table made LIKE another.
 *
 * CREATE TABLE changes its own parse tree, and it may be the first statement of a
 * session that knows columnar: event triggers, which load the library, look at the
 * tree before and after.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "commands/event_trigger.h"
#include "commands/seclabel.h"
#include "fmgr.h"
#include "nodes/parsenodes.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "src/pg/table_options.h"
#include "src/sqlfunc/options_follow.h"

PG_FUNCTION_INFO_V1(colstore_follow_ddl);

static object_access_hook_type previous_hook;

/* ---- columns that are renamed ---- */

/* The name that an attribute has now, before others see it. */
static char *
new_column_name(Oid relid, int column)
{
	Relation catalog = table_open(AttributeRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple tuple;
	char *name = NULL;

	ScanKeyInit(&keys[0], Anum_pg_attribute_attrelid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[1], Anum_pg_attribute_attnum, BTEqualStrategyNumber,
				F_INT2EQ, Int16GetDatum((int16) column));
	scan = systable_beginscan(catalog, AttributeRelidNumIndexId, true,
							  SnapshotSelf, 2, keys);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		name =
			pstrdup(NameStr(((Form_pg_attribute) GETSTRUCT(tuple))->attname));
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return name;
}

static void
follow_column(Oid relid, int column)
{
	ObjectAddress object;
	char *label;
	char *old_name;
	char *new_name;

	ObjectAddressSet(object, RelationRelationId, relid);
	label = GetSecurityLabel(&object, COL_OPTIONS_PROVIDER);
	if (label == NULL)
		return;
	old_name = get_attname(relid, column, true);
	new_name = new_column_name(relid, column);
	if (old_name == NULL || new_name == NULL || strcmp(old_name, new_name) == 0)
		return;
	SetSecurityLabel(&object, COL_OPTIONS_PROVIDER,
					 col_table_options_rename(label, old_name, new_name));
}

static void
follow_object(ObjectAccessType access, Oid class_id, Oid object_id, int sub_id,
			  void *argument)
{
	if (previous_hook)
		previous_hook(access, class_id, object_id, sub_id, argument);
	if (access == OAT_POST_ALTER && class_id == RelationRelationId &&
		sub_id > 0)
		follow_column(object_id, sub_id);
}

/* ---- tables made LIKE others ---- */

/* A statement that is being executed, and the tables whose options it takes. */
typedef struct LikeStatement
{
	const void *parsetree;
	List *sources; /* Oids */
} LikeStatement;

static List *statements = NIL; /* in TopTransactionContext */

static void
forget_statements(void *argument pg_attribute_unused())
{
	statements = NIL;
}

static LikeStatement *
find_statement(const void *parsetree)
{
	ListCell *cell;

	foreach (cell, statements)
	{
		LikeStatement *statement = lfirst(cell);

		if (statement->parsetree == parsetree)
			return statement;
	}
	return NULL;
}

/* Remembers which tables a new one is like, their storage included. */
static void
like_begin(CreateStmt *create)
{
	MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
	LikeStatement *statement = find_statement(create);
	ListCell *cell;

	if (statement == NULL)
	{
		if (statements == NIL)
		{
			MemoryContextCallback *callback =
				palloc0(sizeof(MemoryContextCallback));

			callback->func = forget_statements;
			MemoryContextRegisterResetCallback(TopTransactionContext, callback);
		}
		statement = palloc0(sizeof(LikeStatement));
		statement->parsetree = create;
		statements = lappend(statements, statement);
	}
	statement->sources = NIL;
	/* IF NOT EXISTS: nothing will be made */
	if (!create->if_not_exists ||
		!OidIsValid(RangeVarGetRelid(create->relation, NoLock, true)))
	{
		foreach (cell, create->tableElts)
		{
			TableLikeClause *like = lfirst(cell);

			if (IsA(like, TableLikeClause) &&
				(like->options & CREATE_TABLE_LIKE_STORAGE) != 0)
				statement->sources =
					lappend_oid(statement->sources,
								RangeVarGetRelid(like->relation, NoLock, true));
		}
	}
	MemoryContextSwitchTo(old);
}

static void
like_end(CreateStmt *create)
{
	LikeStatement *statement = find_statement(create);
	ObjectAddress object;
	ListCell *cell;

	if (statement == NULL || statement->sources == NIL)
		return;
	ObjectAddressSet(object, RelationRelationId,
					 RangeVarGetRelid(create->relation, NoLock, true));
	foreach (cell, statement->sources)
	{
		ObjectAddress source;
		char *label;

		ObjectAddressSet(source, RelationRelationId, lfirst_oid(cell));
		label = GetSecurityLabel(&source, COL_OPTIONS_PROVIDER);
		if (label != NULL && OidIsValid(object.objectId))
			SetSecurityLabel(&object, COL_OPTIONS_PROVIDER, label);
	}
	statement->sources = NIL;
}

/* colstore_follow_ddl(): event trigger at the start and the end of CREATE TABLE. */
Datum
colstore_follow_ddl(PG_FUNCTION_ARGS)
{
	EventTriggerData *data = (EventTriggerData *) fcinfo->context;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("colstore_follow_ddl is for event triggers")));
	if (IsA(data->parsetree, CreateStmt))
	{
		if (strcmp(data->event, "ddl_command_start") == 0)
			like_begin((CreateStmt *) data->parsetree);
		else
			like_end((CreateStmt *) data->parsetree);
	}
	PG_RETURN_NULL();
}

void
col_options_init(void)
{
	register_label_provider(COL_OPTIONS_PROVIDER, col_table_options_check);
	previous_hook = object_access_hook;
	object_access_hook = follow_object;
}
