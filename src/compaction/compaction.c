/*
 * compaction.c - the batches of a compaction that a user has called for.
 */
#include "postgres.h"

#include "access/table.h"
#include "commands/progress.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/lmgr.h"

#include "src/compaction/compaction.h"
#include "src/compaction/worker.h"
#include "src/pg/guc.h"
#include "src/storage/store/write_buffer.h"
#include "src/tableam/columnar_am.h"

/* Of pg_stat_progress_cluster's parameters: its command is then no known one. */
#define PROGRESS_COMMAND_COMPACT 100

/* What a user calls for is done for that many rows of the row store at least. */
#define HEAP_ROWS_MIN 1000

const ColCompactPolicy col_compact_manual = {.min_heap_rows = HEAP_ROWS_MIN,
											 .cold_only = false,
											 .merges = true,
											 .min_small_stripes = 2,
											 .merge_when_full = true};

ColCompactPolicy
col_compact_automatic(void)
{
	return (ColCompactPolicy){.automatic = true,
							  .cold_only = true,
							  .merges = true,
							  .min_small_stripes = 8,
							  .merge_when_full = true};
}

void
col_compact_report(Oid relid, const ColCompactState *state)
{
	const int index[] = {PROGRESS_CLUSTER_COMMAND,
						 PROGRESS_CLUSTER_HEAP_TUPLES_SCANNED,
						 PROGRESS_CLUSTER_HEAP_TUPLES_WRITTEN,
						 PROGRESS_CLUSTER_INDEX_REBUILD_COUNT};
	const int64 values[] = {PROGRESS_COMMAND_COMPACT, state->n_heap_rows,
							state->n_stripe_rows, state->n_replaced};

	if (!state->begun)
		pgstat_progress_start_command(PROGRESS_COMMAND_CLUSTER, relid);
	pgstat_progress_update_multi_param(lengthof(index), index, values);
}

void
col_compact_table(Oid relid, ColNextTransaction next_transaction)
{
	ColCompactState state = {0};
	bool more = true;

	col_compact_report(relid, &state);
	while (more)
	{
		Relation rel = try_table_open(relid, ExclusiveLock);

		CHECK_FOR_INTERRUPTS();
		more = false;
		if (rel != NULL)
		{
			if (col_relation_is_columnar(rel))
				more = col_compact_batch(rel, &col_compact_manual, &state);
			table_close(rel, NoLock);
		}
		col_compact_report(relid, &state);
		next_transaction();
	}
	pgstat_progress_end_command();
}
