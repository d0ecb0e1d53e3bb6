/*
 * verify.c - columnar.verify(table): what is wrong with a table's file.
 *
 * Bytes are not trusted: whatever is read goes through the checks of the reading
 * code, within an internal subtransaction whose error becomes a row of the
 * result, and through those of the files beside this one.
 *
 * Locks: AccessShareLock on the table; one page at a time is locked, shared,
 * while it is copied.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/xact.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "src/sqlfunc/open.h"
#include "src/verify/verify.h"
#include "src/storage/page/page.h"
#include "src/storage/store/write_buffer.h"

PG_FUNCTION_INFO_V1(colstore_verify);

/* A row of the result. */
typedef struct VerifyProblem
{
	ColVerifyPlace place;
	char *problem;
	char *detail;
} VerifyProblem;

static void
hold_problem(ColVerify *v, const char *problem, const char *detail)
{
	MemoryContext old = MemoryContextSwitchTo(v->context);
	VerifyProblem *row = palloc(sizeof(VerifyProblem));

	row->place = v->place;
	if (row->place.column)
		row->place.column = pstrdup(row->place.column);
	row->problem = pstrdup(problem);
	row->detail = detail ? pstrdup(detail) : NULL;
	v->held = lappend(v->held, row);
	MemoryContextSwitchTo(old);
}

void
col_verify_report(ColVerify *v, const char *problem, const char *detail, ...)
{
	StringInfoData text;

	initStringInfo(&text);
	for (;;)
	{
		va_list args;
		int needed;

		va_start(args, detail);
		needed = appendStringInfoVA(&text, detail, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&text, needed);
	}
	hold_problem(v, problem, text.data);
	pfree(text.data);
}

static void
put_problem(ColVerify *v, const VerifyProblem *row)
{
	Datum values[5] = {0};
	bool nulls[5] = {0};
	NameData column;

	nulls[0] = row->place.block == COL_VERIFY_NONE;
	values[0] = Int64GetDatum(row->place.block);
	nulls[1] = row->place.stripe == COL_VERIFY_NONE;
	values[1] = Int64GetDatum(row->place.stripe);
	nulls[2] = row->place.column == NULL;
	if (row->place.column)
	{
		namestrcpy(&column, row->place.column);
		values[2] = NameGetDatum(&column);
	}
	values[3] = CStringGetTextDatum(row->problem);
	nulls[4] = row->detail == NULL;
	if (row->detail)
		values[4] = CStringGetTextDatum(row->detail);
	tuplestore_putvalues(v->result->setResult, v->result->setDesc, values,
						 nulls);
}

void
col_verify_return(ColVerify *v, bool really)
{
	ListCell *cell;

	foreach (cell, v->held)
	{
		VerifyProblem *row = lfirst(cell);

		if (really)
			put_problem(v, row);
		pfree(row->problem);
		if (row->detail)
			pfree(row->detail);
		pfree(row);
	}
	list_free(v->held);
	v->held = NIL;
}

ColVerifyPlace
col_verify_at(ColVerify *v, int64 block, int64 stripe, const char *column)
{
	ColVerifyPlace before = v->place;

	v->place.block = block;
	v->place.stripe = stripe;
	v->place.column = column;
	return before;
}

/*
 * Errors that tell nothing of the table: somebody wants an end of it, or
 * something has run out.
 */
static bool
is_not_about_table(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_INSUFFICIENT_RESOURCES:
			return true;
		default:
			return false;
	}
}

bool
col_verify_try(ColVerify *v, ColVerifyStep step, void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool good = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		step(v, arg);
		ReleaseCurrentSubTransaction();
		good = true;
	}
	PG_CATCH();
	{
		ErrorData *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (is_not_about_table(error->sqlerrcode))
			ReThrowError(error);
		if (v->read_block && *v->read_block != InvalidBlockNumber)
			v->place.block = *v->read_block;
		hold_problem(v, error->message, error->detail);
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return good;
}

void
col_verify_copy_page(ColVerify *v, BlockNumber block, PGAlignedBlock *copy)
{
	Buffer buffer;

	CHECK_FOR_INTERRUPTS();
	if (block >= v->n_blocks && block >= RelationGetNumberOfBlocks(v->rel))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
						errmsg("block %u is beyond the end of the file", block),
						errdetail("The file has %u blocks.", v->n_blocks)));
	buffer = ReadBufferExtended(v->rel, MAIN_FORKNUM, block, RBM_NORMAL,
								v->strategy);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	memcpy(copy->data, BufferGetPage(buffer), BLCKSZ);
	UnlockReleaseBuffer(buffer);
}

typedef struct SameStripe
{
	const ColStripe *stripe;
	bool same;
} SameStripe;

static void
compare_stripe(ColVerify *v, void *arg)
{
	SameStripe *compare = arg;
	const ColStripe *stripe = compare->stripe;
	PGAlignedBlock copy;
	ColDirectory *directory = col_page_content(copy.data);
	ColStripeEntry *now;

	col_verify_copy_page(v, stripe->ref.block, &copy);
	now = &directory->entries[stripe->ref.slot];
	compare->same = now->first_row == stripe->entry.first_row &&
					now->first_block == stripe->entry.first_block &&
					now->n_blocks == stripe->entry.n_blocks &&
					now->state == stripe->entry.state;
}

bool
col_verify_same_stripe(ColVerify *v, const ColStripe *stripe)
{
	SameStripe compare = {stripe, false};

	Assert(stripe->ref.slot < COL_DIRECTORY_ENTRIES_MAX);
	return col_verify_try(v, compare_stripe, &compare) && compare.same;
}

bool
col_verify_is_zero(const void *bytes, Size n_bytes)
{
	const char *at = bytes;

	for (Size i = 0; i < n_bytes; i++)
	{
		if (at[i] != 0)
			return false;
	}
	return true;
}

/*
 * colstore_verify(regclass) returns a row for each thing that is wrong with the
 * table; needs SELECT on it.
 */
Datum
colstore_verify(PG_FUNCTION_ARGS)
{
	Relation rel = col_sql_open_columnar(PG_GETARG_OID(0));
	ColVerify v = {.rel = rel, .result = (ReturnSetInfo *) fcinfo->resultinfo};
	MemoryContext old;

	if (RELATION_IS_OTHER_TEMP(rel))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot verify temporary tables of other sessions")));
	InitMaterializedSRF(fcinfo, 0);
	col_write_flush_relation(rel);

	v.context = AllocSetContextCreate(CurrentMemoryContext, "columnar verify",
									  ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(v.context);
	v.strategy = GetAccessStrategy(BAS_BULKREAD);
	/* before the directory: it names what exists, but for groups being made */
	v.n_blocks = RelationGetNumberOfBlocks(rel);
	col_verify_at(&v, COL_VERIFY_NONE, COL_VERIFY_NONE, NULL);
	col_verify_directory(&v);
	col_verify_blocks(&v);
	col_verify_stripes(&v);
	col_verify_marks(&v);
	MemoryContextSwitchTo(old);
	FreeAccessStrategy(v.strategy);
	MemoryContextDelete(v.context);
	table_close(rel, AccessShareLock);
	return (Datum) 0;
}
