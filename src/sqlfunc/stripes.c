/*
 * stripes.c - columnar.stripes(table): what the directory says.
 */
#include "postgres.h"

#include "access/table.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "src/sqlfunc/open.h"
#include "src/storage/store/write_buffer.h"
#include "src/storage/stripe/directory.h"
#include "src/storage/stripe/visibility.h"

PG_FUNCTION_INFO_V1(colstore_stripes);

static const char *
stripe_state_name(Relation rel, const ColStripeEntry *entry)
{
	if (entry->state == COL_STRIPE_DEAD)
		return "dead";
	switch (col_stripe_xmin_status(rel, entry))
	{
		case COL_XID_CURRENT:
		case COL_XID_IN_PROGRESS:
			return entry->state == COL_STRIPE_FLUSHED ? "uncommitted"
													  : "reserved";
		case COL_XID_COMMITTED:
			if (entry->xmax != 0 &&
				col_stripe_xmax_status(rel, entry) == COL_XID_COMMITTED)
				return "replaced";
			return entry->state == COL_STRIPE_FLUSHED ? "committed" : "empty";
		case COL_XID_ABORTED:
			break;
	}
	return "aborted";
}

/*
 * colstore_stripes(regclass) returns a row for each stripe, in order of row
 * numbers; needs SELECT on the table.
 */
Datum
colstore_stripes(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Relation rel = col_sql_open_columnar(PG_GETARG_OID(0));
	ColDirectoryCopy copy;

	InitMaterializedSRF(fcinfo, 0);
	col_write_flush_relation(rel);
	col_directory_load(rel, &copy);
	for (uint32 i = 0; i < copy.n_stripes; i++)
	{
		const ColStripeEntry *entry = &copy.stripes[i].entry;
		Datum values[8];
		bool nulls[8] = {0};

		values[0] = Int64GetDatum((int64) entry->first_row);
		values[1] = Int64GetDatum(entry->n_rows);
		values[2] = Int64GetDatum(entry->dead_rows);
		values[3] = CStringGetTextDatum(stripe_state_name(rel, entry));
		values[4] = Int64GetDatum(entry->first_block);
		nulls[4] = entry->first_block == InvalidBlockNumber;
		values[5] = Int64GetDatum(entry->n_blocks);
		values[6] = Int64GetDatum((int64) entry->raw_bytes);
		values[7] = Int64GetDatum((int64) entry->stream_bytes);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	col_directory_copy_free(&copy);
	table_close(rel, AccessShareLock);
	return (Datum) 0;
}
