/*
 * aggregate.h - aggregate functions over batches, for one group or many.
 *
 * States of an aggregate lie in one array, group after group.  The owner numbers the
 * groups from 0 on and makes room before it adds rows of new ones.
 */
#ifndef COL_AGGREGATE_H
#define COL_AGGREGATE_H

#include "postgres.h"

#include "nodes/primnodes.h"

#include "src/encoding/encoding.h"
#include "src/expr/expr.h"

typedef struct ColAggregate ColAggregate;

/* Rows of a batch that are added. */
typedef struct ColAggRows
{
	const uint64 *mask;	  /* the rows */
	const uint16 *rows;	  /* the same as numbers, ascending */
	uint32 n_rows;		  /* of them */
	const uint32 *groups; /* for each of rows; NULL: all are of one, group */
	uint32 group;
	const struct ColGroupMasks *masks; /* the rows apart by group, or NULL */
} ColAggRows;

/* Can the aggregate be computed?  Its result is as aggref->aggsplit says. */
extern bool col_aggregate_is_known(const Aggref *aggref);

/*
 * For an aggregate that is known, one of those of the plan; others, n of them, get the same
 * rows: what has the same states as one of them is added up once.  Rows come with groups,
 * or are all of group 0.  A partial result may be
 * that of others of the plan, too (is_shared).  States and results live in memory, which
 * belongs to the caller; arguments are compiled by compiler.
 */
extern ColAggregate *col_aggregate_create(ColCompiler *compiler, Aggref *aggref,
										  bool is_grouped, bool is_shared,
										  ColAggregate *const *others, int n,
										  MemoryContext memory);

/* Makes room for states of n_groups groups, and begins the new ones. */
extern void col_aggregate_grow(ColAggregate *aggregate, uint32 n_groups);

extern void col_aggregate_add(ColAggregate *aggregate, ColEval *eval,
							  const ColAggRows *rows);

/* May zones tell what it makes of the rows of a stripe? */
extern bool col_aggregate_is_zoned(const Aggref *aggref);

/*
 * The column (0-based) whose zones may tell what the aggregate makes of the rows of a whole
 * stripe; COL_NO_COLUMN: their number does; COL_NOT_BY_ZONE: neither.
 */
#define COL_NO_COLUMN (-1)
#define COL_NOT_BY_ZONE (-2)
extern int col_aggregate_zone_column(const ColAggregate *aggregate);

/*
 * Adds the rows of a stripe to the only group by the column's zone, of which n_rows is set in
 * any case; only asks unless add is set.  False: it does not tell.
 */
extern bool col_aggregate_add_zone(ColAggregate *aggregate, const ColZone *zone,
								   bool add);

/* All rows have been added: to be called before results are asked for. */
extern void col_aggregate_finish(ColAggregate *aggregate);

/*
 * The result of a group, or its transition value for a partial aggregate; by reference,
 * it is in the current memory context or stays with the states.
 */
extern Datum col_aggregate_result(ColAggregate *aggregate, uint32 group,
								  bool *null);

/* Bytes that room for n_groups groups takes beyond what there is. */
extern Size col_aggregate_growth(const ColAggregate *aggregate,
								 uint32 n_groups);

/* Forgets all groups; memory has been or is reset by the caller. */
extern void col_aggregate_reset(ColAggregate *aggregate);

#endif /* COL_AGGREGATE_H */
