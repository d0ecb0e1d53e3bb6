/*
 * batch_source.c - batches of a scan, or of several tables one after the other.
 *
 * Path: ColstoreScans' batches -> a batch with the columns of the parent of the tables,
 * which are those of the table it is of.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/execPartition.h"
#include "executor/executor.h"
#include "optimizer/optimizer.h"

#include "simd/simd.h"
#include "src/exec/batch_source.h"
#include "src/exec/scan.h"
#include "src/pg/compat.h"

/* A row as the expressions see it; columns that nobody asks for are of any type. */
static TupleDesc
layout_desc(List *layout)
{
	List *types = linitial(layout);
	TupleDesc desc = CreateTemplateTupleDesc(list_length(types));
	ListCell *cell;

	foreach (cell, types)
	{
		int i = foreach_current_index(cell);
		Oid type = OidIsValid(lfirst_oid(cell)) ? lfirst_oid(cell) : INT4OID;

		TupleDescInitEntry(desc, i + 1, NULL, type,
						   list_nth_int(lsecond(layout), i), 0);
		TupleDescInitEntryCollation(desc, i + 1,
									list_nth_oid(lthird(layout), i));
	}
	return desc;
}

static double
count_selected(const ColBatch *batch)
{
	return simd_kernels()->count_bits(batch->selected, COL_VECTOR_ROWS);
}

/* Where the table of a plan, one of plans, has the columns of the parent. */
static int *
table_columns(List *layout, const List *plans, const Plan *plan)
{
	int n = list_length(linitial(layout));
	int *columns = palloc((n + 1) * sizeof(int));
	ListCell *cell;

	foreach (cell, plans)
	{
		List *map = list_nth(lfourth(layout), foreach_current_index(cell));

		if (lfirst(cell) != plan)
			continue;
		for (int i = 0; i < n; i++)
			columns[i] = list_nth_int(map, i);
		return columns;
	}
	elog(ERROR, "ColstoreAggregate reads a table that is not planned");
}

static void
begin_several(ColBatchSource *source, List *layout)
{
	CustomScan *plan = (CustomScan *) source->node->ss.ps.plan;
	TupleDesc desc = layout_desc(layout);
	int *wanted = palloc((desc->natts + 1) * sizeof(int));
	int n_wanted = 0;
	List *plans = list_make1(source->child->plan);
	ListCell *cell;

	foreach (cell, linitial(layout))
	{
		if (OidIsValid(lfirst_oid(cell)))
			wanted[n_wanted++] = foreach_current_index(cell);
	}
	source->batch = col_batch_create(desc, wanted, n_wanted);
	/* the parent's, whose number only the expressions know; 0: there is no column */
	source->varno =
		Max(bms_next_member(pull_varnos(NULL, (Node *) plan->custom_scan_tlist),
							-1),
			0);
	source->is_several = true;
	source->n_scans = 1;
	source->scans = &source->child;
	if (IsA(source->child, AppendState))
	{
		AppendState *append = (AppendState *) source->child;

		plans = ((Append *) append->ps.plan)->appendplans;
		source->n_scans = append->as_nplans;
		source->scans = append->appendplans;
	}
	source->batches = palloc((source->n_scans + 1) * sizeof(ColBatch *));
	source->columns = palloc((source->n_scans + 1) * sizeof(int *));
	for (int i = 0; i < source->n_scans; i++)
	{
		source->batches[i] = col_exec_scan_batches(source->scans[i]);
		source->columns[i] =
			table_columns(layout, plans, source->scans[i]->plan);
	}
}

void
col_batch_source_begin(ColBatchSource *source, CustomScanState *node,
					   List *layout, int eflags)
{
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;

	source->node = node;
	source->scan = -1;
	source->child =
		ExecInitNode(linitial(plan->custom_plans), node->ss.ps.state, eflags);
	node->custom_ps = list_make1(source->child);
	if (layout != NIL)
	{
		begin_several(source, layout);
		return;
	}
	Assert(col_exec_scan_is_ours(source->child));
	source->batch = col_exec_scan_batches(source->child);
	source->varno = ((Scan *) source->child->plan)->scanrelid;
}

/* The scans that have to be read, as parameters are now. */
static void
find_valid(ColBatchSource *source)
{
	PartitionPruneState *pruning = NULL;

	bms_free(source->valid);
	source->valid = NULL;
	if (IsA(source->child, AppendState))
		pruning = ((AppendState *) source->child)->as_prune_state;
	if (pruning != NULL && pruning->do_exec_prune && source->n_scans > 0)
		source->valid = COL_FIND_MATCHING_SUBPLANS(pruning);
	else if (source->n_scans > 0)
		source->valid = bms_add_range(NULL, 0, source->n_scans - 1);
}

/* Goes on to the next scan. */
static void
next_scan(ColBatchSource *source)
{
	MemoryContext old;

	if (source->scan == -1)
	{
		old = MemoryContextSwitchTo(source->node->ss.ps.state->es_query_cxt);
		find_valid(source);
		MemoryContextSwitchTo(old);
	}
	source->scan = bms_next_member(source->valid, source->scan);
	source->scan_stripe = 0;
	/* an Append leaves it to the first call */
	if (source->scan >= 0 && source->scans[source->scan]->chgParam != NULL)
		ExecReScan(source->scans[source->scan]);
}

static bool
next_of_several(ColBatchSource *source)
{
	if (source->scan == -1)
		next_scan(source);
	while (source->scan >= 0)
	{
		ColBatch *batch = source->batches[source->scan];

		if (col_exec_scan_next_batch(source->scans[source->scan]))
		{
			/* no two stripes of the tables have the same number */
			if (batch->stripe != 0 && batch->stripe != source->scan_stripe)
				source->n_stripes++;
			source->scan_stripe = batch->stripe;
			col_batch_set_view(source->batch, batch,
							   source->columns[source->scan],
							   batch->stripe != 0 ? source->n_stripes : 0);
			return true;
		}
		next_scan(source);
	}
	return false;
}

bool
col_batch_source_next(ColBatchSource *source)
{
	Instrumentation *instrument = source->child->instrument;
	bool found;

	if (!source->is_several)
		return col_exec_scan_next_batch(source->child);
	if (!IsA(source->child, AppendState) || instrument == NULL)
		return next_of_several(source);
	/* the Append is not executed: we are in its place */
	InstrStartNode(instrument);
	found = next_of_several(source);
	InstrStopNode(instrument, found ? count_selected(source->batch) : 0);
	return found;
}

void
col_batch_source_rescan(ColBatchSource *source)
{
	const PlanState *node = &source->node->ss.ps;

	if (node->chgParam != NULL)
		UpdateChangedParamSet(source->child, node->chgParam);
	ExecReScan(source->child);
	source->scan = -1;
	source->scan_stripe = 0;
}

void
col_batch_source_end(ColBatchSource *source)
{
	ExecEndNode(source->child);
}
