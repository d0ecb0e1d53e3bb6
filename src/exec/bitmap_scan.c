/*
 * bitmap_scan.c - ColstoreBitmapScan: the rows of a TID bitmap.
 *
 * As PostgreSQL's bitmap heap scan, but without reading ahead by block number
 * and without asking the visibility map: a synthetic block has neither.  Used
 * where PostgreSQL's node cannot be kept from reading ahead (read_ahead.c).
 *
 * Plan: custom_plans = the bitmap's plan, custom_exprs = what to recheck of
 * rows of lossy pages.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/extensible.h"
#include "nodes/makefuncs.h"
#include "nodes/tidbitmap.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "src/exec/bitmap_scan.h"
#include "src/pg/compat.h"
#include "src/tableam/scan.h"

typedef struct ColBitmapScanState
{
	CustomScanState css; /* must be first */
	ExprState *recheck;	 /* bitmap's conditions */
	TableScanDesc scan;
	TIDBitmap *bitmap; /* NULL: not made yet */
	ColBitmapIterator *iterator;
	bool has_block;		  /* block is the current one */
	ColBitmapBlock block; /* of the bitmap */
	int64 exact_pages;
	int64 lossy_pages;
	int64 rows_removed; /* by recheck */
} ColBitmapScanState;

static Node *bitmap_scan_create_state(CustomScan *plan);
static void bitmap_scan_begin(CustomScanState *node, EState *estate,
							  int eflags);
static TupleTableSlot *bitmap_scan_exec(CustomScanState *node);
static void bitmap_scan_end(CustomScanState *node);
static void bitmap_scan_rescan(CustomScanState *node);
static void bitmap_scan_explain(CustomScanState *node, List *ancestors,
								ExplainState *es);

static const CustomScanMethods bitmap_scan_methods = {
	.CustomName = "ColstoreBitmapScan",
	.CreateCustomScanState = bitmap_scan_create_state,
};

static const CustomExecMethods bitmap_scan_exec_methods = {
	.CustomName = "ColstoreBitmapScan",
	.BeginCustomScan = bitmap_scan_begin,
	.ExecCustomScan = bitmap_scan_exec,
	.EndCustomScan = bitmap_scan_end,
	.ReScanCustomScan = bitmap_scan_rescan,
	.ExplainCustomScan = bitmap_scan_explain,
};

void
col_bitmap_scan_init(void)
{
	RegisterCustomScanMethods(&bitmap_scan_methods);
}

CustomScan *
col_bitmap_scan_plan(BitmapHeapScan *heap_scan)
{
	CustomScan *plan = makeNode(CustomScan);

	plan->scan.plan.targetlist = heap_scan->scan.plan.targetlist;
	plan->scan.plan.qual = heap_scan->scan.plan.qual;
	plan->scan.scanrelid = heap_scan->scan.scanrelid;
	plan->custom_plans = list_make1(outerPlan(heap_scan));
	plan->custom_exprs = heap_scan->bitmapqualorig;
	plan->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	plan->methods = &bitmap_scan_methods;
	return plan;
}

static Node *
bitmap_scan_create_state(CustomScan *plan pg_attribute_unused())
{
	ColBitmapScanState *state =
		(ColBitmapScanState *) newNode(sizeof(*state), T_CustomScanState);

	state->css.methods = &bitmap_scan_exec_methods;
	return (Node *) state;
}

static void
bitmap_scan_begin(CustomScanState *node, EState *estate, int eflags)
{
	ColBitmapScanState *state = (ColBitmapScanState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	Relation rel = node->ss.ss_currentRelation;

	/* the slot of the table, decoded as far as needed, not a virtual one */
	ExecInitScanTupleSlot(estate, &node->ss, RelationGetDescr(rel),
						  table_slot_callbacks(rel));
	ExecAssignScanProjectionInfo(&node->ss);
	node->ss.ps.qual = ExecInitQual(plan->scan.plan.qual, &node->ss.ps);
	state->recheck = ExecInitQual(plan->custom_exprs, &node->ss.ps);
	node->custom_ps =
		list_make1(ExecInitNode(linitial(plan->custom_plans), estate, eflags));
	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	state->scan = col_beginscan_bitmap(rel, estate->es_snapshot);
}

/* Makes the bitmap at the first call. */
static void
bitmap_scan_prepare(ColBitmapScanState *state)
{
	Node *bitmap;

	if (state->bitmap != NULL)
		return;
	bitmap = MultiExecProcNode(linitial(state->css.custom_ps));
	if (bitmap == NULL || !IsA(bitmap, TIDBitmap))
		elog(ERROR, "unrecognized result from subplan");
	state->bitmap = (TIDBitmap *) bitmap;
	state->iterator = col_bitmap_begin(state->bitmap);
	state->has_block = false;
}

/* Turns to the next page of the bitmap; false: there is none. */
static bool
bitmap_scan_next_page(ColBitmapScanState *state)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (!col_bitmap_next(state->iterator, &state->block))
			return false;
		if (!col_scan_bitmap_turn(state->scan, &state->block))
			continue;
		state->has_block = true;
		if (state->block.n_offsets >= 0)
			state->exact_pages++;
		else
			state->lossy_pages++;
		return true;
	}
}

/* ExecScan's access method. */
static TupleTableSlot *
bitmap_scan_next(ScanState *scan_state)
{
	ColBitmapScanState *state = (ColBitmapScanState *) scan_state;
	TupleTableSlot *slot = scan_state->ss_ScanTupleSlot;
	ExprContext *econtext = scan_state->ps.ps_ExprContext;

	bitmap_scan_prepare(state);
	for (;;)
	{
		if (!state->has_block && !bitmap_scan_next_page(state))
			return ExecClearTuple(slot);
		CHECK_FOR_INTERRUPTS();
		if (!col_scan_bitmap_next(state->scan, slot))
		{
			state->has_block = false;
			continue;
		}
		if (state->block.recheck)
		{
			econtext->ecxt_scantuple = slot;
			if (!ExecQualAndReset(state->recheck, econtext))
			{
				state->rows_removed++;
				continue;
			}
		}
		return slot;
	}
}

/* ExecScan's recheck method, for EvalPlanQual. */
static bool
bitmap_scan_recheck(ScanState *scan_state, TupleTableSlot *slot)
{
	ColBitmapScanState *state = (ColBitmapScanState *) scan_state;
	ExprContext *econtext = scan_state->ps.ps_ExprContext;

	econtext->ecxt_scantuple = slot;
	return ExecQualAndReset(state->recheck, econtext);
}

static TupleTableSlot *
bitmap_scan_exec(CustomScanState *node)
{
	return ExecScan(&node->ss, bitmap_scan_next, bitmap_scan_recheck);
}

static void
bitmap_scan_drop_bitmap(ColBitmapScanState *state)
{
	if (state->iterator)
		col_bitmap_end(state->iterator);
	if (state->bitmap)
		tbm_free(state->bitmap);
	state->iterator = NULL;
	state->bitmap = NULL;
	state->has_block = false;
}

static void
bitmap_scan_end(CustomScanState *node)
{
	ColBitmapScanState *state = (ColBitmapScanState *) node;

	bitmap_scan_drop_bitmap(state);
	ExecClearTuple(node->ss.ss_ScanTupleSlot);
	ExecEndNode(linitial(node->custom_ps));
	if (state->scan)
		table_endscan(state->scan);
}

static void
bitmap_scan_rescan(CustomScanState *node)
{
	ColBitmapScanState *state = (ColBitmapScanState *) node;
	PlanState *child = linitial(node->custom_ps);

	bitmap_scan_drop_bitmap(state);
	table_rescan(state->scan, NULL);
	ExecScanReScan(&node->ss);
	if (child->chgParam == NULL)
		ExecReScan(child);
}

static void
bitmap_scan_explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	ColBitmapScanState *state = (ColBitmapScanState *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;

	if (plan->custom_exprs != NIL)
	{
		List *context = set_deparse_context_plan(es->deparse_cxt,
												 node->ss.ps.plan, ancestors);
		bool prefix = list_length(es->rtable) > 1 || es->verbose;
		Node *condition = (Node *) make_ands_explicit(plan->custom_exprs);

		ExplainPropertyText(
			"Recheck Cond",
			deparse_expression(condition, context, prefix, false), es);
	}
	if (!es->analyze)
		return;
	if (state->rows_removed > 0 || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyInteger("Rows Removed by Index Recheck", NULL,
							   state->rows_removed, es);
	ExplainPropertyInteger("Exact TID Blocks", NULL, state->exact_pages, es);
	if (state->lossy_pages > 0 || es->format != EXPLAIN_FORMAT_TEXT)
		ExplainPropertyInteger("Lossy TID Blocks", NULL, state->lossy_pages,
							   es);
}
