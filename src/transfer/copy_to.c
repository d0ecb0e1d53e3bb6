/*
 * copy_to.c - COPY TO from columnar tables: which of them are ours.
 *
 * It is what PostgreSQL's own COPY does, in the same order, by the same checks: but
 * whatever else would fail is left to that, which then says so.
 *
 * Hooks that were there before ours would not learn of a statement that is ours: if
 * there are any, none is.
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_authid.h"
#include "commands/copy.h"
#include "commands/progress.h"
#include "executor/executor.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/parse_relation.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "tcop/cmdtag.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/rls.h"

#include "src/pg/compat.h"
#include "src/tableam/columnar_am.h"
#include "src/transfer/copy_rows.h"
#include "src/transfer/copy_to.h"

/* Is it a table or a file that COPY would not refuse before it opens them? */
static bool
statement_is_ours(const CopyStmt *statement)
{
	if (statement->is_from || statement->relation == NULL ||
		statement->is_program)
		return false;
	if (statement->filename == NULL)
		return whereToSendOutput == DestRemote;
	return is_absolute_path(statement->filename) &&
		   has_privs_of_role(GetUserId(), ROLE_PG_WRITE_SERVER_FILES);
}

/* Throws unless the user may read the columns; false: row security applies. */
static bool
check_rights(ParseState *pstate, Relation rel, List *attnums)
{
	ParseNamespaceItem *item = addRangeTableEntryForRelation(
		pstate, rel, AccessShareLock, NULL, false, false);
	ListCell *cell;

	COL_REQUIRED_PERMISSIONS(item) = ACL_SELECT;
	foreach (cell, attnums)
		COL_SELECTED_COLUMNS(item) = bms_add_member(
			COL_SELECTED_COLUMNS(item),
			lfirst_int(cell) - FirstLowInvalidHeapAttributeNumber);
	COL_CHECK_PERMISSIONS(pstate, item);
	return check_enable_rls(RelationGetRelid(rel), InvalidOid, false) !=
		   RLS_ENABLED;
}

static bool
needs_no_conversion(const CopyFormatOptions *options)
{
	int encoding = options->file_encoding >= 0 ? options->file_encoding
											   : pg_get_client_encoding();

	return encoding == GetDatabaseEncoding() || encoding == PG_SQL_ASCII;
}

/* Fills in the options; false: they are not for us. */
static bool
plan_format(ColCopyTo *copy, ParseState *pstate, List *options)
{
	CopyFormatOptions *format = &copy->options;

	ProcessCopyOptions(pstate, format, false, options);
	if (format->binary || !needs_no_conversion(format))
		return false;
	if (format->force_quote_all)
		copy->quoted = copy->attnums;
	else if (format->force_quote != NIL)
		copy->quoted = CopyGetAttnums(RelationGetDescr(copy->rel), copy->rel,
									  format->force_quote);
	return list_difference_int(copy->quoted, copy->attnums) == NIL;
}

/* Opens the file for writing; NULL: it cannot be. */
static FILE *
open_file(const char *name)
{
	mode_t old_mask = umask(S_IWGRP | S_IWOTH);
	struct stat status;
	FILE *file;

	PG_TRY();
	{
		file = AllocateFile(name, PG_BINARY_W);
	}
	PG_FINALLY();
	{
		umask(old_mask);
	}
	PG_END_TRY();
	if (file != NULL &&
		(fstat(fileno(file), &status) != 0 || S_ISDIR(status.st_mode)))
	{
		FreeFile(file);
		return NULL;
	}
	return file;
}

static void
start_progress(const ColCopyTo *copy)
{
	const int columns[] = {PROGRESS_COPY_COMMAND, PROGRESS_COPY_TYPE};
	const int64 values[] = {PROGRESS_COPY_COMMAND_TO,
							copy->file != NULL ? PROGRESS_COPY_TYPE_FILE
											   : PROGRESS_COPY_TYPE_PIPE};

	pgstat_progress_start_command(PROGRESS_COMMAND_COPY,
								  RelationGetRelid(copy->rel));
	pgstat_progress_update_multi_param(2, columns, values);
}

/* Tells the client that so many columns of text come. */
static void
send_begin(int n_columns)
{
	StringInfoData message;

	pq_beginmessage(&message, 'H');
	pq_sendbyte(&message, 0);
	pq_sendint16(&message, n_columns);
	for (int i = 0; i < n_columns; i++)
		pq_sendint16(&message, 0);
	pq_endmessage(&message);
}

static uint64
copy_out(const ColCopyTo *copy, const char *file_name)
{
	uint64 n_rows;

	ereport(DEBUG1, (errmsg_internal("columnar writes the rows of COPY TO")));
	start_progress(copy);
	if (copy->file == NULL)
		send_begin(list_length(copy->attnums));
	n_rows = col_copy_rows(copy);
	if (copy->file == NULL)
		pq_putemptymessage('c');
	else if (FreeFile(copy->file) != 0)
		ereport(ERROR, (errcode_for_file_access(),
						errmsg("could not close file \"%s\": %m", file_name)));
	pgstat_progress_end_command();
	return n_rows;
}

/* Copies rel; false: nothing has been done, PostgreSQL's COPY is to. */
static bool
copy_relation(Relation rel, const CopyStmt *statement, ParseState *pstate,
			  uint64 *n_rows)
{
	ColCopyTo copy = {.rel = rel};

	if (rel->rd_rel->relkind != RELKIND_RELATION ||
		!col_relation_is_columnar(rel))
		return false;
	copy.attnums =
		CopyGetAttnums(RelationGetDescr(rel), rel, statement->attlist);
	if (!check_rights(pstate, rel, copy.attnums) ||
		!plan_format(&copy, pstate, statement->options))
		return false;
	if (statement->filename != NULL)
	{
		copy.file = open_file(statement->filename);
		if (copy.file == NULL)
			return false;
	}
	*n_rows = copy_out(&copy, statement->filename);
	return true;
}

/* Does what the statement says; false: it is not for us. */
static bool
copy_to(const CopyStmt *statement, const char *source,
		QueryEnvironment *environment, QueryCompletion *completion)
{
	MemoryContext context;
	MemoryContext old;
	ParseState *pstate;
	Relation rel;
	uint64 n_rows;
	bool done;

	if (!statement_is_ours(statement))
		return false;
	rel = table_openrv_extended(statement->relation, AccessShareLock, true);
	if (rel == NULL)
		return false;
	context = AllocSetContextCreate(CurrentMemoryContext, "columnar COPY TO",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	pstate = make_parsestate(NULL);
	pstate->p_sourcetext = source;
	pstate->p_queryEnv = environment;
	done = copy_relation(rel, statement, pstate, &n_rows);
	free_parsestate(pstate);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	table_close(rel, NoLock);
	if (done && completion != NULL)
		SetQueryCompletion(completion, CMDTAG_COPY, n_rows);
	return done;
}

static void
utility_hook(PlannedStmt *statement, const char *source, bool read_only_tree,
			 ProcessUtilityContext context, ParamListInfo params,
			 QueryEnvironment *environment, DestReceiver *dest,
			 QueryCompletion *completion)
{
	Node *utility = statement->utilityStmt;

	if (IsA(utility, CopyStmt) &&
		copy_to((CopyStmt *) utility, source, environment, completion))
		return;
	standard_ProcessUtility(statement, source, read_only_tree, context, params,
							environment, dest, completion);
}

void
col_copy_to_init(void)
{
	if (ProcessUtility_hook == NULL)
		ProcessUtility_hook = utility_hook;
}
