/*
 * scan_path.c - paths of ColstoreScan, and what they cost.
 *
 * I/O: of the stripes' pages the share of the needed columns, of those the
 * share that zones do not rule out; all pages of the row store, and the
 * directory.  CPU: a row costs what it costs elsewhere, a needed column of a
 * stripe's row COLUMN_COST operators for decoding.
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_statistic.h"
#include "nodes/extensible.h"
#include "nodes/value.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/restrictinfo.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/spccache.h"
#include "utils/syscache.h"

#include "src/exec/prune_match.h"
#include "src/exec/scan.h"
#include "src/pg/compat.h"
#include "src/pg/guc.h"
#include "src/planner/scan_path.h"

/* Of decoding a value, in units of cpu_operator_cost. */
#define COLUMN_COST 0.2

/* Of handling a row, and of its conditions, what batches save. */
#define BATCH_ROW_SAVING 0.98
#define BATCH_CONDITION_SAVING 0.8

/* What of the stripes is read. */
typedef struct ScanShare
{
	int n_columns;		   /* needed */
	double width;		   /* of a row's needed columns, in bytes */
	double columns_share;  /* of the bytes: the needed columns */
	double unpruned_share; /* of the stripes: not ruled out by zones */
	int n_prune_columns;   /* whose zones are read */
} ScanShare;

static int32
column_width(Oid relid, AttrNumber attno)
{
	int32 width = get_attavgwidth(relid, attno);
	Oid type;
	int32 typmod;
	Oid collation;

	if (width > 0)
		return width;
	get_atttypetypmodcoll(relid, attno, &type, &typmod, &collation);
	return OidIsValid(type) ? get_typavgwidth(type, typmod) : 0;
}

static void
share_columns(RelOptInfo *rel, Oid relid, ScanShare *share)
{
	Bitmapset *needed = col_table_needed_columns(rel);
	int first = -FirstLowInvalidHeapAttributeNumber;
	bool whole_row = bms_is_member(first, needed);
	double all = 0;

	for (AttrNumber attno = 1; attno <= rel->max_attr; attno++)
	{
		int32 width = column_width(relid, attno);

		all += width;
		if (!whole_row && !bms_is_member(first + attno, needed))
			continue;
		share->n_columns++;
		share->width += width;
	}
	share->columns_share = all > 0 ? share->width / all : 1;
}

/* Correlation of a column's values with the order of rows, 0 if unknown. */
static double
column_correlation(PlannerInfo *root, RelOptInfo *rel, Oid relid, int column)
{
	RangeTblEntry *rte = planner_rt_fetch(rel->relid, root);
	HeapTuple tuple =
		SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid),
						Int16GetDatum(column + 1), BoolGetDatum(rte->inh));
	AttStatsSlot slot;
	double correlation = 0;

	if (!HeapTupleIsValid(tuple))
		return 0;
	if (get_attstatsslot(&slot, tuple, STATISTIC_KIND_CORRELATION, InvalidOid,
						 ATTSTATSSLOT_NUMBERS))
	{
		if (slot.nnumbers == 1)
			correlation = slot.numbers[0];
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(tuple);
	return correlation;
}

/* The columns that a term asks zones of. */
static Bitmapset *
term_columns(const ColPruneTerm *term)
{
	Bitmapset *columns = NULL;
	ListCell *cell;

	if (term->kind != COL_PRUNE_AND && term->kind != COL_PRUNE_OR)
		return bms_make_singleton(term->column);
	foreach (cell, term->terms)
		columns = bms_join(columns, term_columns(lfirst(cell)));
	return columns;
}

/*
 * What zones leave of the stripes: where a column follows the order of rows,
 * the share of rows that its conditions let pass, and one stripe more at the
 * edge; where it does not, everything.
 */
static void
share_unpruned(PlannerInfo *root, RelOptInfo *rel, Oid relid,
			   const ColTableFacts *facts, ScanShare *share)
{
	List **conditions = palloc0((rel->max_attr + 1) * sizeof(List *));
	Bitmapset *asked = NULL;
	ListCell *cell;

	share->unpruned_share = 1;
	foreach (cell, rel->baserestrictinfo)
	{
		RestrictInfo *info = lfirst_node(RestrictInfo, cell);
		ColPruneTerm *term = col_prune_match((Node *) info->clause, rel->relid);
		Bitmapset *columns;
		int column;

		if (term == NULL)
			continue;
		columns = term_columns(term);
		asked = bms_add_members(asked, columns);
		if (bms_get_singleton_member(columns, &column))
			conditions[column] = lappend(conditions[column], info);
	}
	share->n_prune_columns = bms_num_members(asked);
	for (int column = 0; column < rel->max_attr; column++)
	{
		double selected;
		double correlation;
		double left;

		if (conditions[column] == NIL)
			continue;
		selected = clauselist_selectivity(root, conditions[column], rel->relid,
										  JOIN_INNER, NULL);
		correlation = column_correlation(root, rel, relid, column);
		left = Min(selected + 1 / facts->n_stripes, 1);
		correlation *= correlation;
		left = correlation * left + (1 - correlation);
		share->unpruned_share = Min(share->unpruned_share, left);
	}
	pfree(conditions);
}

/* As get_parallel_divisor of PostgreSQL's costsize.c. */
static double
parallel_divisor(int workers)
{
	double leader = 1.0 - 0.3 * workers;

	return workers + (parallel_leader_participation ? Max(leader, 0) : 0);
}

static void
cost_scan(PlannerInfo *root, RelOptInfo *rel, Path *path,
		  const ColTableFacts *facts, const ScanShare *share,
		  Cost *batch_saving)
{
	double page_cost;
	double stripe_rows = facts->stripe_rows * share->unpruned_share;
	QualCost condition_cost;
	Cost startup;
	Cost disk;
	Cost cpu;

	get_tablespace_page_costs(rel->reltablespace, NULL, &page_cost);
	condition_cost = rel->baserestrictcost;
	if (path->param_info)
	{
		QualCost more;

		cost_qual_eval(&more, path->param_info->ppi_clauses, root);
		condition_cost.startup += more.startup;
		condition_cost.per_tuple += more.per_tuple;
	}
	path->rows = path->param_info ? path->param_info->ppi_rows : rel->rows;
	*batch_saving = (BATCH_ROW_SAVING * cpu_tuple_cost +
					 BATCH_CONDITION_SAVING * condition_cost.per_tuple) *
					(stripe_rows + facts->heap_rows);
	startup = condition_cost.startup + path->pathtarget->cost.startup;
	if (!enable_seqscan)
		col_path_disable(path, &startup);
	disk = page_cost *
		   (facts->heap_pages +
			facts->map_pages / 2 * (1 + share->n_prune_columns) +
			facts->stripe_pages * share->columns_share * share->unpruned_share);
	cpu = (cpu_tuple_cost + condition_cost.per_tuple) *
			  (stripe_rows + facts->heap_rows) +
		  cpu_operator_cost * COLUMN_COST * share->n_columns * stripe_rows +
		  path->pathtarget->cost.per_tuple * path->rows;
	if (path->parallel_workers > 0)
	{
		double divisor = parallel_divisor(path->parallel_workers);

		cpu /= divisor;
		*batch_saving /= divisor;
		path->rows = clamp_row_est(path->rows / divisor);
	}
	path->startup_cost = startup;
	path->total_cost = startup + disk + cpu;
}

static Plan *
scan_path_plan(PlannerInfo *root pg_attribute_unused(), RelOptInfo *rel,
			   struct CustomPath *path pg_attribute_unused(), List *tlist,
			   List *clauses, List *custom_plans pg_attribute_unused())
{
	return &col_exec_scan_plan(rel->relid, tlist,
							   extract_actual_clauses(clauses, false))
				->scan.plan;
}

static const CustomPathMethods scan_path_methods = {
	.CustomName = "ColstoreScan",
	.PlanCustomPath = scan_path_plan,
};

#define SCAN_FLAGS \
	(CUSTOMPATH_SUPPORT_PROJECTION | CUSTOMPATH_SUPPORT_BACKWARD_SCAN)

bool
col_scan_path_is_ours(const Path *path)
{
	return IsA(path, CustomPath) &&
		   ((const CustomPath *) path)->methods == &scan_path_methods;
}

Cost
col_scan_path_batch_cost(const Path *path)
{
	const CustomPath *scan = (const CustomPath *) path;

	return path->total_cost - floatVal(linitial(scan->custom_private));
}

Path *
col_scan_path_find(List *paths)
{
	ListCell *cell;

	foreach (cell, paths)
	{
		Path *path = lfirst(cell);

		if (IsA(path, ProjectionPath))
			path = ((ProjectionPath *) path)->subpath;
		if (col_scan_path_is_ours(path) && path->param_info == NULL)
			return path;
	}
	return NULL;
}

Path *
col_scan_path_like(List *paths, bool parallel)
{
	ListCell *cell;

	foreach (cell, paths)
	{
		Path *path = lfirst(cell);
		CustomPath *scan;

		if (IsA(path, ProjectionPath))
			path = ((ProjectionPath *) path)->subpath;
		if (path->param_info != NULL ||
			(path->pathtype != T_SeqScan && !col_scan_path_is_ours(path)))
			continue;
		scan = makeNode(CustomPath);
		scan->path = *path;
		scan->path.type = T_CustomPath;
		scan->path.pathtype = T_CustomScan;
		scan->path.parallel_aware = parallel;
		scan->path.parallel_workers = parallel ? 1 : 0;
		scan->flags = SCAN_FLAGS;
		scan->methods = &scan_path_methods;
		scan->custom_private = col_scan_path_is_ours(path)
								   ? ((CustomPath *) path)->custom_private
								   : list_make1(makeFloat("0"));
		return &scan->path;
	}
	return NULL;
}

bool
col_scan_gives_batches(RelOptInfo *rel)
{
	Bitmapset *needed = col_table_needed_columns(rel);
	int first = bms_next_member(needed, -1);
	ListCell *cell;

	if (first >= 0 && first < -FirstLowInvalidHeapAttributeNumber)
		return false;
	foreach (cell, rel->baserestrictinfo)
	{
		if (lfirst_node(RestrictInfo, cell)->pseudoconstant)
			return false;
	}
	return true;
}

static Path *
scan_path_create(PlannerInfo *root, RelOptInfo *rel, const ColTableFacts *facts,
				 const ScanShare *share, int workers)
{
	CustomPath *path = makeNode(CustomPath);
	Cost batch_saving;

	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = rel->reltarget;
	path->path.param_info =
		get_baserel_parampathinfo(root, rel, rel->lateral_relids);
	path->path.parallel_aware = workers > 0;
	path->path.parallel_safe = rel->consider_parallel;
	path->path.parallel_workers = workers;
	path->flags = SCAN_FLAGS;
	path->methods = &scan_path_methods;
	cost_scan(root, rel, &path->path, facts, share, &batch_saving);
	path->custom_private =
		list_make1(makeFloat(psprintf("%.17g", batch_saving)));
	return &path->path;
}

/* The paths of the list that are not sequential scans. */
static List *
without_seqscans(List *paths)
{
	List *kept = NIL;
	ListCell *cell;

	foreach (cell, paths)
	{
		Path *path = lfirst(cell);

		if (path->pathtype != T_SeqScan)
			kept = lappend(kept, path);
	}
	return kept;
}

/* WHERE CURRENT OF: nothing but a TID scan can do that. */
static bool
has_current_of(const RelOptInfo *rel)
{
	ListCell *cell;

	foreach (cell, rel->baserestrictinfo)
	{
		if (IsA(lfirst_node(RestrictInfo, cell)->clause, CurrentOfExpr))
			return true;
	}
	return false;
}

/*
 * Workers as a heap scan of the rows and columns that are read would get:
 * compressed pages say little about the work.
 */
static int
scan_workers(RelOptInfo *rel, const ColTableFacts *facts,
			 const ScanShare *share)
{
	double rows = facts->stripe_rows * share->unpruned_share;
	double row_bytes =
		share->width + MAXALIGN(SizeofHeapTupleHeader) + sizeof(ItemIdData);

	return compute_parallel_worker(
		rel, facts->heap_pages + ceil(rows * row_bytes / BLCKSZ), -1,
		max_parallel_workers_per_gather);
}

void
col_scan_paths_replace(PlannerInfo *root, RelOptInfo *rel,
					   const ColTableFacts *facts)
{
	Oid relid = planner_rt_fetch(rel->relid, root)->relid;
	ScanShare share = {0};
	int workers;

	if (has_current_of(rel))
		return;
	share_columns(rel, relid, &share);
	share_unpruned(root, rel, relid, facts, &share);
	rel->pathlist = without_seqscans(rel->pathlist);
	add_path(rel, scan_path_create(root, rel, facts, &share, 0));
	if (!rel->consider_parallel || rel->lateral_relids != NULL)
		return;
	rel->partial_pathlist = without_seqscans(rel->partial_pathlist);
	workers = scan_workers(rel, facts, &share);
	if (workers > 0)
		add_partial_path(rel,
						 scan_path_create(root, rel, facts, &share, workers));
}
