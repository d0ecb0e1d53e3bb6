/*
 * load.c - columnar.load(table, path): COPY FROM a file by several processes.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "src/pg/guc.h"
#include "src/transfer/load.h"

PG_FUNCTION_INFO_V1(colstore_load);

static void
append_columns(StringInfo statement, ArrayType *names)
{
	Datum *datums;
	bool *nulls;
	int n;

	deconstruct_array(names, TEXTOID, -1, false, TYPALIGN_INT, &datums, &nulls,
					  &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
							errmsg("name of a column cannot be NULL")));
		appendStringInfo(statement, "%s%s", i == 0 ? " (" : ", ",
						 quote_identifier(TextDatumGetCString(datums[i])));
	}
	if (n > 0)
		appendStringInfoChar(statement, ')');
}

/* The statement that does the same with one process. */
static char *
copy_statement(Relation rel, const char *path, ArrayType *columns,
			   const char *options)
{
	StringInfoData statement;

	initStringInfo(&statement);
	appendStringInfo(&statement, "COPY %s",
					 quote_qualified_identifier(
						 get_namespace_name(RelationGetNamespace(rel)),
						 RelationGetRelationName(rel)));
	if (columns != NULL)
		append_columns(&statement, columns);
	appendStringInfo(&statement, " FROM %s", quote_literal_cstr(path));
	/* what is an option ends with a line, lest a comment swallow the rest */
	if (strspn(options, " \t\r\n") < strlen(options))
		appendStringInfo(&statement, " WITH (%s\n)", options);
	return statement.data;
}

/*
 * The parsed statement; options that make something else of it than COPY FROM that
 * file are refused.
 */
static const CopyStmt *
parsed_statement(SPIPlanPtr plan, const char *path)
{
	List *sources = SPI_plan_get_plan_sources(plan);
	CachedPlanSource *source = linitial(sources);
	CopyStmt *statement = (CopyStmt *) source->raw_parse_tree->stmt;

	if (list_length(sources) != 1 || !IsA(statement, CopyStmt) ||
		!statement->is_from || statement->is_program ||
		statement->filename == NULL || strcmp(statement->filename, path) != 0 ||
		statement->whereClause != NULL)
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
						errmsg("not a list of options of COPY")));
	return statement;
}

static uint64
load(Relation rel, const char *source, const char *path, int n_workers)
{
	SPIPlanPtr plan = SPI_prepare(source, 0, NULL);
	uint64 n_rows;
	bool done;

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s",
			 SPI_result_code_string(SPI_result));
	/* as SPI does for a command */
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	done =
		col_load(rel, parsed_statement(plan, path), source, n_workers, &n_rows);
	PopActiveSnapshot();
	CommandCounterIncrement();
	if (done)
		return n_rows;
	if (SPI_execute_plan(plan, NULL, NULL, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "SPI_execute_plan failed: %s",
			 SPI_result_code_string(SPI_result));
	return SPI_processed;
}

/*
 * colstore_load(regclass, path text, columns text[], options text, workers int)
 */
Datum
colstore_load(PG_FUNCTION_ARGS)
{
	Relation rel;
	char *path;
	const char *source;
	int n_workers = PG_ARGISNULL(4) ? col_load_workers : PG_GETARG_INT32(4);
	uint64 n_rows;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("the table and the file cannot be NULL")));
	if (n_workers < 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("number of workers cannot be less than zero")));
	rel = table_open(PG_GETARG_OID(0), RowExclusiveLock);
	path = text_to_cstring(PG_GETARG_TEXT_PP(1));
	source = copy_statement(
		rel, path, PG_ARGISNULL(2) ? NULL : PG_GETARG_ARRAYTYPE_P(2),
		PG_ARGISNULL(3) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(3)));
	SPI_connect();
	n_rows = load(rel, source, path, n_workers);
	SPI_finish();
	table_close(rel, NoLock);
	PG_RETURN_INT64(n_rows);
}
