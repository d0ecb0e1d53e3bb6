/*
 * index_cost.c - what index scans of columnar tables cost.
 *
 * PostgreSQL charges pages for the rows that an index finds; a row of a stripe
 * costs the decoding of a vector of every needed column, or none when only its
 * visibility is asked for (index-only scans).  It is added to the cost of the
 * index, whose access method is asked first.  Rows that follow the order of
 * the index share vectors.
 */
#include "postgres.h"

#include <math.h>

#include "access/amapi.h"
#include "access/sysattr.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"

#include "parser/parsetree.h"
#include "src/base/limits.h"
#include "src/pg/compat.h"
#include "src/planner/index_cost.h"
#include "src/planner/table_facts.h"
#include "src/storage/stripe/reader_pool.h"

/* Of decoding a vector of a column for one row. */
#define VECTOR_COST 4.0

/* Of turning to another stripe. */
#define STRIPE_COST 2.0

/* Between: rows that follow the index come in whole pieces, others singly. */
static double
pieces(double rows, double piece_rows, double correlation)
{
	double ordered = correlation * correlation;

	return ordered * ceil(rows / piece_rows) + (1 - ordered) * rows;
}

/*
 * How often a scan turns to another stripe: as long as all fit into the cache of
 * open ones, once each for all scans of a loop.
 */
static double
turns(double rows, double n_stripes, double correlation, double loop_count)
{
	double n = pieces(rows, COL_STRIPE_ROWS_MAX, correlation);

	if (n_stripes <= COL_POOL_READERS)
		return Min(n, n_stripes / Max(loop_count, 1));
	return n * (1 - COL_POOL_READERS / n_stripes);
}

static double
n_needed_columns(RelOptInfo *rel)
{
	Bitmapset *needed = col_table_needed_columns(rel);

	if (bms_is_member(-FirstLowInvalidHeapAttributeNumber, needed))
		return rel->max_attr;
	return bms_num_members(needed);
}

static void
index_cost(PlannerInfo *root, IndexPath *path, double loop_count,
		   Cost *startup_cost, Cost *total_cost, Selectivity *selectivity,
		   double *correlation, double *pages)
{
	RelOptInfo *rel = path->indexinfo->rel;
	amcostestimate_function original =
		GetIndexAmRoutineByAmId(path->indexinfo->relam, false)->amcostestimate;
	ColTableFacts facts;
	double rows;

	original(root, path, loop_count, startup_cost, total_cost, selectivity,
			 correlation, pages);
	if (rel->tuples <= 0 ||
		!col_table_facts(root, rel, planner_rt_fetch(rel->relid, root)->relid,
						 &facts))
		return;
	rows = *selectivity * facts.stripe_rows;
	*total_cost +=
		STRIPE_COST * turns(rows, facts.n_stripes, *correlation, loop_count);
	if (path->path.pathtype == T_IndexOnlyScan)
		*total_cost += cpu_tuple_cost * rows;
	else
		*total_cost += pieces(rows, COL_VECTOR_ROWS, *correlation) *
					   n_needed_columns(rel) * VECTOR_COST;
}

void
col_index_costs_replace(RelOptInfo *rel)
{
	ListCell *cell;

	foreach (cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		index->amcostestimate = COL_COST_ESTIMATE(index_cost);
	}
}
