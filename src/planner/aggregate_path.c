/*
 * aggregate_path.c - paths of ColstoreAggregate, and what they cost.
 *
 * Above paths of ColstoreScan alone, or, in parallel, below a Gather and PostgreSQL's
 * own final aggregate.  Of a row, looking up its group costs LOOKUP_COST operators, a key or
 * an argument VALUE_COST.
 */
#include "postgres.h"

#include "nodes/extensible.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/appendinfo.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/tlist.h"
#include "utils/selfuncs.h"
#include "utils/typcache.h"

#include "src/agg/aggregate.h"
#include "src/group/groups.h"
#include "src/exec/aggregate.h"
#include "src/exec/topn.h"
#include "src/pg/compat.h"
#include "src/pg/guc.h"
#include "src/planner/aggregate_path.h"
#include "src/planner/batch_source_path.h"
#include "src/planner/group_count.h"
#include "src/planner/sort_keys.h"

/* Of adding a value to a state or of a key, in units of cpu_operator_cost. */
#define LOOKUP_COST 2.0
#define VALUE_COST 0.4

/* Of reading a table, what it costs to ask its zones instead. */
#define ZONED_SHARE 0.02

/* Groups that are wanted by LIMIT up to which only they are returned. */
#define TOP_GROUPS_MAX 10000

/*
 * Keys and aggregates of all grouping sets at most: each has some 8 kB beside what groups
 * take.
 */
#define SETS_PARTS_MAX 1024

/* What is grouped. */
typedef struct Grouping
{
	List *keys;
	List *collations;
	List *refs; /* of their clauses */
	List *sets; /* of refs: sets of keys that rows are grouped by */
	List *having;
	Bitmapset *transitions; /* aggtransno: those that are computed */
	int n_arguments;		/* of them */
	bool is_zoned;			/* zones may tell what they make of a stripe */
	ColBatchSourcePath source;
} Grouping;

/* Is the expression made of keys and of aggregates that are known? */
static bool
has_unknown_walker(Node *node, Grouping *grouping)
{
	if (node == NULL)
		return false;
	if (list_member(grouping->keys, node))
		return false;
	if (IsA(node, Aggref))
	{
		const Aggref *aggref = (const Aggref *) node;

		grouping->is_zoned &= col_aggregate_is_zoned(aggref);
		if (!bms_is_member(aggref->aggtransno, grouping->transitions))
		{
			grouping->transitions =
				bms_add_member(grouping->transitions, aggref->aggtransno);
			grouping->n_arguments += list_length(aggref->args);
		}
		/* rows that wait on disk are computed again */
		return ((Aggref *) node)->agglevelsup > 0 ||
			   contain_volatile_functions(node) ||
			   !col_aggregate_is_known((Aggref *) node);
	}
	if (IsA(node, GroupingFunc))
		return ((GroupingFunc *) node)->agglevelsup > 0;
	if (IsA(node, Var) || IsA(node, PlaceHolderVar))
		return true;
	return expression_tree_walker(node, has_unknown_walker, grouping);
}

/* Keys and aggregates of all sets. */
static double
count_parts(const Grouping *grouping)
{
	double n = 0;
	ListCell *cell;

	foreach (cell, grouping->sets)
		n += bms_num_members(grouping->transitions) + list_length(lfirst(cell));
	return n;
}

static bool
grouping_is_known(const PathTarget *target, Grouping *grouping)
{
	ListCell *cell;

	foreach (cell, grouping->keys)
	{
		if (!col_groups_key_is_known(exprType(lfirst(cell))) ||
			contain_volatile_functions(lfirst(cell)))
			return false;
	}
	grouping->transitions = NULL;
	grouping->n_arguments = 0;
	grouping->is_zoned = true;
	return list_length(grouping->keys) <= COL_GROUPS_KEYS_MAX &&
		   !has_unknown_walker((Node *) target->exprs, grouping) &&
		   !has_unknown_walker((Node *) grouping->having, grouping) &&
		   (list_length(grouping->sets) == 1 ||
			count_parts(grouping) <= SETS_PARTS_MAX);
}

static Plan *
aggregate_path_plan(PlannerInfo *root, RelOptInfo *rel pg_attribute_unused(),
					struct CustomPath *path, List *tlist,
					List *clauses pg_attribute_unused(), List *custom_plans)
{
	List *grouping = path->custom_private;
	CustomScan *plan = col_exec_aggregate_plan(
		custom_plans, list_nth(grouping, 5), tlist, list_nth(grouping, 4),
		linitial(grouping), lsecond(grouping), lthird(grouping),
		lfourth(grouping));

	if (list_length(grouping) > 6)
		col_exec_aggregate_top(
			plan, col_sort_keys(root),
			strtoll(strVal(list_nth(grouping, 6)), NULL, 10));
	return &plan->scan.plan;
}

static const CustomPathMethods aggregate_path_methods = {
	.CustomName = "ColstoreAggregate",
	.PlanCustomPath = aggregate_path_plan,
};

static Path *
aggregate_path_create(PlannerInfo *root, RelOptInfo *rel, List *scans,
					  PathTarget *target, const Grouping *grouping,
					  double n_groups)
{
	CustomPath *path = makeNode(CustomPath);
	double operators = 0; /* of a row */
	bool parallel_safe = rel->consider_parallel;
	ListCell *cell;

	foreach (cell, grouping->sets)
	{
		int n_keys = list_length(lfirst(cell));

		operators += VALUE_COST * grouping->n_arguments;
		if (n_keys > 0)
			operators +=
				LOOKUP_COST +
				VALUE_COST * (bms_num_members(grouping->transitions) + n_keys);
	}

	foreach (cell, scans)
		parallel_safe &= ((Path *) lfirst(cell))->parallel_safe;
	path->path.pathtype = T_CustomScan;
	path->path.parent = rel;
	path->path.pathtarget = target;
	path->path.parallel_safe = parallel_safe;
	path->path.parallel_workers = col_batch_source_workers(scans);
	path->path.rows = n_groups;
	path->path.startup_cost =
		col_batch_source_cost(scans) +
		operators * cpu_operator_cost * col_batch_source_rows(scans);
	if (grouping->keys == NIL && grouping->is_zoned &&
		list_length(scans) == 1 &&
		((const Path *) linitial(scans))->parent->baserestrictinfo == NIL)
		path->path.startup_cost *= ZONED_SHARE;
	path->path.total_cost =
		path->path.startup_cost + target->cost.startup +
		(cpu_tuple_cost + target->cost.per_tuple) * n_groups;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths =
		list_make1(col_batch_source_path(root, &grouping->source, scans));
	path->custom_private =
		list_make5(grouping->keys, grouping->collations, grouping->refs,
				   grouping->sets, grouping->having);
	path->custom_private =
		lappend(path->custom_private, grouping->source.layout);
	path->methods = &aggregate_path_methods;
	return &path->path;
}

/* The keys of a set. */
static List *
set_keys(const Grouping *grouping, const List *set)
{
	List *keys = NIL;
	ListCell *key;
	ListCell *ref;

	forboth(key, grouping->keys, ref, grouping->refs)
	{
		if (list_member_int(set, lfirst_int(ref)))
			keys = lappend(keys, lfirst(key));
	}
	return keys;
}

static double
estimate_groups(PlannerInfo *root, const Grouping *grouping, const List *scans)
{
	double rows = col_batch_source_rows(scans);
	double n_groups = 0;
	ListCell *cell;

	foreach (cell, grouping->sets)
	{
		List *keys = set_keys(grouping, lfirst(cell));

		n_groups += col_group_count(root, keys, rows);
	}
	return n_groups;
}

/* Partial aggregates by workers, finished by PostgreSQL, which hashes the keys. */
static void
add_parallel_path(PlannerInfo *root, RelOptInfo *grouped,
				  GroupPathExtraData *extra, const Grouping *grouping,
				  double n_groups)
{
	RelOptInfo *partial =
		fetch_upper_rel(root, UPPERREL_PARTIAL_GROUP_AGG, grouped->relids);
	List *scans = grouping->source.partial_scans;
	Grouping part = *grouping;
	Path *path;
	double rows;

	if (scans == NIL || !grouped->consider_parallel ||
		!extra->partial_costs_set || partial->reltarget->exprs == NIL ||
		(grouping->keys != NIL && (extra->flags & GROUPING_CAN_USE_HASH) == 0))
		return;
	part.having = NIL;
	if (!grouping_is_known(partial->reltarget, &part))
		return;
	path = aggregate_path_create(root, partial, scans, partial->reltarget,
								 &part, estimate_groups(root, grouping, scans));
	path->parallel_safe = true;
	rows = path->rows * path->parallel_workers;
	path = (Path *) create_gather_path(root, partial, path, partial->reltarget,
									   NULL, &rows);
	add_path(grouped, (Path *) create_agg_path(
						  root, grouped, path, grouped->reltarget,
						  grouping->keys != NIL ? AGG_HASHED : AGG_PLAIN,
						  AGGSPLIT_FINAL_DESERIAL, root->parse->groupClause,
						  grouping->having, &extra->agg_final_costs, n_groups));
}

/* The keys of GROUP BY or DISTINCT; false: some are not compared as groups.c does. */
static bool
find_keys(PlannerInfo *root, List *clauses, Grouping *grouping)
{
	ListCell *cell;

	foreach (cell, clauses)
	{
		SortGroupClause *clause = lfirst_node(SortGroupClause, cell);
		Expr *key =
			(Expr *) get_sortgroupclause_expr(clause, root->processed_tlist);
		TypeCacheEntry *entry =
			lookup_type_cache(exprType((Node *) key), TYPECACHE_EQ_OPR);

		if (clause->eqop != entry->eq_opr)
			return false;
		grouping->keys = lappend(grouping->keys, key);
		grouping->collations =
			lappend_oid(grouping->collations, exprCollation((Node *) key));
		grouping->refs = lappend_int(grouping->refs, clause->tleSortGroupRef);
	}
	grouping->sets = list_make1(grouping->refs);
	return true;
}

/*
 * The query's grouping sets, if it has any.  False: not all keys are told apart where
 * the target list shows them, so that some might not become NULL.
 */
static bool
find_sets(const Query *query, Grouping *grouping)
{
	List *seen = NIL;
	ListCell *cell;

	if (query->groupingSets == NIL)
		return true;
	grouping->sets = query->groupingSets;
	foreach (cell, grouping->keys)
	{
		if (IsA(lfirst(cell), Const) || list_member(seen, lfirst(cell)))
			return false;
		seen = lappend(seen, lfirst(cell));
	}
	return true;
}

/* What is not computed from vectors is an error if the user wants to know. */
static void
leave_to_postgres(void)
{
	if (col_require_vector)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("an aggregate is not computed from vectors"),
						errhint("Unset columnar.debug_require_vector.")));
}

void
col_aggregate_paths_add(PlannerInfo *root, RelOptInfo *input,
						RelOptInfo *grouped, GroupPathExtraData *extra)
{
	Grouping grouping = {0};
	double n_groups;
	bool known;

	if (!col_batch_source_find(root, input, &grouping.source))
		return;
	grouping.having = (List *) extra->havingQual;
	known = find_keys(root, root->parse->groupClause, &grouping) &&
			find_sets(root->parse, &grouping);
	if (IS_OTHER_REL(input)) /* a partition, of partition-wise aggregation */
		grouping.keys =
			(List *) COL_ADJUST_TO_CHILD(root, (Node *) grouping.keys, input);
	if (!known || !grouping_is_known(grouped->reltarget, &grouping) ||
		!col_batch_source_gives(root, input,
								list_make3(grouped->reltarget->exprs,
										   grouping.keys, grouping.having),
								&grouping.source))
	{
		leave_to_postgres();
		return;
	}
	n_groups = estimate_groups(root, &grouping, grouping.source.scans);
	add_path(grouped,
			 aggregate_path_create(root, grouped, grouping.source.scans,
								   grouped->reltarget, &grouping, n_groups));
	add_parallel_path(root, grouped, extra, &grouping, n_groups);
}

void
col_distinct_paths_add(PlannerInfo *root, RelOptInfo *input,
					   RelOptInfo *distinct)
{
	Query *query = root->parse;
	PathTarget *target = root->upper_targets[UPPERREL_DISTINCT];
	Grouping grouping = {0};
	List *scans;
	Path *path;
	double n_groups;
	double rows;

	/* otherwise input is what is made of a table, not the table */
	if (!col_batch_source_find(root, input, &grouping.source))
		return;
	if (query->hasDistinctOn || query->hasTargetSRFs ||
		!find_keys(root, query->distinctClause, &grouping) ||
		!grouping_is_known(target, &grouping) ||
		!col_batch_source_gives(root, input,
								list_make2(target->exprs, grouping.keys),
								&grouping.source))
	{
		leave_to_postgres();
		return;
	}
	n_groups = estimate_groups(root, &grouping, grouping.source.scans);
	add_path(distinct,
			 aggregate_path_create(root, distinct, grouping.source.scans,
								   target, &grouping, n_groups));
	scans = grouping.source.partial_scans;
	if (scans == NIL || !distinct->consider_parallel ||
		!grouping_is_hashable(query->distinctClause))
		return;
	path = aggregate_path_create(root, distinct, scans, target, &grouping,
								 estimate_groups(root, &grouping, scans));
	rows = path->rows * path->parallel_workers;
	path =
		(Path *) create_gather_path(root, distinct, path, target, NULL, &rows);
	add_path(distinct,
			 (Path *) create_agg_path(root, distinct, path, target, AGG_HASHED,
									  AGGSPLIT_SIMPLE, query->distinctClause,
									  NIL, NULL, n_groups));
}

/* Rows that the query's LIMIT and OFFSET need, if they are known; 0: not, or all. */
static double
limit_rows(const Query *query)
{
	Const *count = (Const *) query->limitCount;
	Const *offset = (Const *) query->limitOffset;
	double rows;

	if (query->limitOption != LIMIT_OPTION_COUNT || count == NULL ||
		!IsA(count, Const) || count->constisnull ||
		(offset && !IsA(offset, Const)))
		return 0;
	rows = (double) DatumGetInt64(count->constvalue);
	if (offset && !offset->constisnull)
		rows += Max((double) DatumGetInt64(offset->constvalue), 0);
	return rows;
}

/* Are the keys of ORDER BY grouping keys or aggregates, all of them? */
static bool
sorts_groups(const List *sort_keys, const List *grouping_keys)
{
	ListCell *cell;

	foreach (cell, sort_keys)
	{
		Expr *key = ((const ColSortKey *) lfirst(cell))->expr;

		if (!IsA(key, Aggref) && !list_member(grouping_keys, key))
			return false;
	}
	return sort_keys != NIL && list_length(sort_keys) <= INDEX_MAX_KEYS;
}

void
col_top_groups_paths_add(PlannerInfo *root, RelOptInfo *input,
						 RelOptInfo *ordered)
{
	const Query *query = root->parse;
	PathTarget *target = root->upper_targets[UPPERREL_ORDERED];
	double n_rows = limit_rows(query);
	ListCell *cell;

	if (n_rows < 1 || n_rows > TOP_GROUPS_MAX || root->sort_pathkeys == NIL ||
		query->hasWindowFuncs || query->hasTargetSRFs ||
		query->distinctClause != NIL || query->setOperations != NULL)
		return;
	foreach (cell, input->pathlist)
	{
		CustomPath *groups = lfirst(cell);
		CustomPath *top;
		Path *path;

		if (!IsA(groups, CustomPath) ||
			groups->methods != &aggregate_path_methods ||
			groups->path.rows <= n_rows ||
			!sorts_groups(col_sort_keys(root),
						  linitial(groups->custom_private)))
			continue;
		top = makeNode(CustomPath);
		memcpy(top, groups, sizeof(*top));
		top->custom_private = lappend(list_copy(groups->custom_private),
									  makeString(psprintf("%.0f", n_rows)));
		top->path.rows = n_rows;
		top->path.startup_cost += cpu_operator_cost *
								  list_length(root->sort_pathkeys) *
								  groups->path.rows;
		top->path.total_cost =
			top->path.startup_cost + groups->path.pathtarget->cost.startup +
			(cpu_tuple_cost + groups->path.pathtarget->cost.per_tuple) * n_rows;
		path = (Path *) create_sort_path(root, ordered, &top->path,
										 root->sort_pathkeys, n_rows);
		if (path->pathtarget != target)
			path = apply_projection_to_path(root, ordered, path, target);
		add_path(ordered, path);
		return; /* add_path may have changed the list */
	}
}
