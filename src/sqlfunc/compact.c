/*
 * compact.c - CALL columnar.compact(table).
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_inherits.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "src/pg/compat.h"
#include "src/compaction/compaction.h"
#include "src/tableam/columnar_am.h"

PG_FUNCTION_INFO_V1(colstore_compact);

static void
require_own_transactions(FunctionCallInfo fcinfo)
{
	CallContext *context = (CallContext *) fcinfo->context;

	if (context != NULL && IsA(context, CallContext) && !context->atomic)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
			 errmsg("columnar.compact cannot run inside a transaction block"),
			 errdetail("It commits every batch of rows that it has moved, so "
					   "that writers wait for a moment only.")));
}

/* The columnar tables that a table's name stands for, to outlive transactions. */
static List *
tables_of(Oid relid, MemoryContext context)
{
	Relation rel = table_open(relid, AccessShareLock);
	MemoryContext old;
	List *tables = NIL;
	ListCell *cell;

	if (!COL_MAY_MAINTAIN(relid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER,
					   get_relkind_objtype(rel->rd_rel->relkind),
					   RelationGetRelationName(rel));
	if (!col_relation_is_columnar(rel) &&
		rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("\"%s\" is not a columnar table",
							   RelationGetRelationName(rel))));
	foreach (cell, rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE
					   ? find_all_inheritors(relid, AccessShareLock, NULL)
					   : list_make1_oid(relid))
	{
		Relation member = table_open(lfirst_oid(cell), NoLock);

		old = MemoryContextSwitchTo(context);
		if (col_relation_is_columnar(member))
			tables = lappend_oid(tables, lfirst_oid(cell));
		MemoryContextSwitchTo(old);
		table_close(member, NoLock);
	}
	table_close(rel, AccessShareLock);
	return tables;
}

static void
next_transaction(void)
{
	SPI_commit();
}

/*
 * colstore_compact(regclass): of a table of the user, or all partitions of
 * one.  Not within a transaction block.
 */
Datum
colstore_compact(PG_FUNCTION_ARGS)
{
	Oid relid = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	List *tables;
	ListCell *cell;

	if (!OidIsValid(relid))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the table to be compacted cannot be NULL")));
	require_own_transactions(fcinfo);
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	tables = tables_of(relid, PortalContext);
	SPI_commit();
	foreach (cell, tables)
		col_compact_table(lfirst_oid(cell), next_transaction);
	list_free(tables);
	SPI_finish();
	PG_RETURN_VOID();
}
