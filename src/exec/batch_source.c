/*
 * batch_source.c - batches of a scan, or of several tables one after the other.
 *
 * Path: ColstoreScans' batches -> a batch with the columns of the parent of the tables,
 * which are those of the table it is of.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "optimizer/optimizer.h"

#include "src/exec/batch_source.h"
#include "src/exec/scan.h"

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

static void
begin_several(ColBatchSource *source, List *layout)
{
	CustomScan *plan = (CustomScan *) source->node->ss.ps.plan;
	TupleDesc desc = layout_desc(layout);
	int *wanted = palloc((desc->natts + 1) * sizeof(int));
	int n_wanted = 0;
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
	source->n_scans = list_length(source->node->custom_ps);
	source->batches = palloc(source->n_scans * sizeof(ColBatch *));
	source->columns = palloc(source->n_scans * sizeof(int *));
	foreach (cell, source->node->custom_ps)
	{
		int scan = foreach_current_index(cell);
		List *columns = list_nth(lfourth(layout), scan);

		source->batches[scan] = col_exec_scan_batches(lfirst(cell));
		source->columns[scan] = palloc((desc->natts + 1) * sizeof(int));
		for (int i = 0; i < desc->natts; i++)
			source->columns[scan][i] = list_nth_int(columns, i);
	}
}

void
col_batch_source_begin(ColBatchSource *source, CustomScanState *node,
					   List *layout, int eflags)
{
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	ListCell *cell;

	source->node = node;
	foreach (cell, plan->custom_plans)
	{
		PlanState *scan = ExecInitNode(lfirst(cell), node->ss.ps.state, eflags);

		Assert(col_exec_scan_is_ours(scan));
		node->custom_ps = lappend(node->custom_ps, scan);
	}
	if (layout != NIL)
	{
		begin_several(source, layout);
		return;
	}
	source->batch = col_exec_scan_batches(linitial(node->custom_ps));
	source->varno = ((Scan *) linitial(plan->custom_plans))->scanrelid;
}

bool
col_batch_source_next(ColBatchSource *source)
{
	if (source->n_scans == 0)
		return col_exec_scan_next_batch(linitial(source->node->custom_ps));
	while (source->scan < source->n_scans)
	{
		ColBatch *batch = source->batches[source->scan];

		if (col_exec_scan_next_batch(
				list_nth(source->node->custom_ps, source->scan)))
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
		source->scan++;
		source->scan_stripe = 0;
	}
	return false;
}

void
col_batch_source_rescan(ColBatchSource *source)
{
	PlanState *node = &source->node->ss.ps;
	ListCell *cell;

	foreach (cell, source->node->custom_ps)
	{
		if (node->chgParam != NULL)
			UpdateChangedParamSet(lfirst(cell), node->chgParam);
		ExecReScan(lfirst(cell));
	}
	source->scan = 0;
	source->scan_stripe = 0;
}

void
col_batch_source_end(ColBatchSource *source)
{
	ListCell *cell;

	foreach (cell, source->node->custom_ps)
		ExecEndNode(lfirst(cell));
}
