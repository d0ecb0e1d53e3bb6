/*
 * distinct.c - values that a DISTINCT aggregate has seen: groups whose keys are the
 * number of the aggregate's group and the value.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "src/agg/distinct.h"
#include "src/group/groups.h"

/* Some of the rows of a batch. */
typedef struct Part
{
	uint64 mask[COL_VECTOR_WORDS];
	uint16 rows[COL_VECTOR_ROWS];
	uint32 groups[COL_VECTOR_ROWS];
} Part;

struct ColDistinct
{
	ColGroups *set;
	MemoryContext memory;
	bool is_full;
	uint32 found[COL_VECTOR_ROWS];
	Part fresh;
	Part late;
};

ColDistinct *
col_distinct_create(ColCompiler *compiler, const ColAggregate *aggregate,
					bool is_grouped)
{
	const Aggref *aggref = aggregate->aggref;
	SortGroupClause *clause;
	ColDistinct *distinct;
	Expr *value;
	Oid collation;

	if (aggregate->n_inputs != 1 || aggregate->kind->in_order ||
		list_length(aggref->aggdistinct) != 1 || aggref->aggorder != NIL)
		return NULL;
	clause = linitial_node(SortGroupClause, aggref->aggdistinct);
	value = linitial_node(TargetEntry, aggref->args)->expr;
	if (!col_groups_key_is_known(exprType((Node *) value)) ||
		clause->eqop !=
			lookup_type_cache(exprType((Node *) value), TYPECACHE_EQ_OPR)
				->eq_opr)
		return NULL;
	distinct = palloc0(sizeof(*distinct));
	distinct->memory = aggregate->memory;
	collation = exprCollation((Node *) value);
	distinct->set = col_groups_create(compiler, list_make1(value), &collation,
									  is_grouped, aggregate->memory);
	return distinct;
}

static void
add_row(Part *part, ColAggRows *rows, uint16 row, uint32 group)
{
	part->mask[row / 64] |= (uint64) 1 << row % 64;
	part->rows[rows->n_rows] = row;
	part->groups[rows->n_rows++] = group;
}

static void
begin_part(Part *part, const ColAggRows *rows, ColAggRows *out)
{
	memset(part->mask, 0, sizeof(part->mask));
	out->mask = part->mask;
	out->rows = part->rows;
	out->n_rows = 0;
	out->groups = rows->groups ? part->groups : NULL;
	out->group = rows->group;
	out->masks = NULL;
}

void
col_distinct_split(ColDistinct *distinct, ColEval *eval, const ColAggRows *rows,
				   ColAggRows *fresh, ColAggRows *late)
{
	uint32 next = col_groups_count(distinct->set);

	if (!distinct->is_full)
		distinct->is_full = MemoryContextMemAllocated(distinct->memory, true) +
								col_groups_growth(distinct->set, rows->n_rows) >
							get_hash_memory_limit();
	col_groups_find(distinct->set, eval, rows->mask, rows->groups, rows->rows,
					rows->n_rows, !distinct->is_full, distinct->found);
	begin_part(&distinct->fresh, rows, fresh);
	begin_part(&distinct->late, rows, late);
	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		uint32 group = rows->groups ? rows->groups[i] : 0;

		if (distinct->found[i] == COL_NO_GROUP)
			add_row(&distinct->late, late, rows->rows[i], group);
		else if (distinct->found[i] == next)
		{
			/* numbers are given in the order of rows */
			add_row(&distinct->fresh, fresh, rows->rows[i], group);
			next++;
		}
	}
}

void
col_distinct_reset(ColDistinct *distinct)
{
	col_groups_reset(distinct->set);
	distinct->is_full = false;
}
