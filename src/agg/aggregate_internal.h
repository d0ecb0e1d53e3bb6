/*
 * aggregate_internal.h - kinds of aggregates.
 */
#ifndef COL_AGGREGATE_INTERNAL_H
#define COL_AGGREGATE_INTERNAL_H

#include "src/agg/aggregate.h"

#include "fmgr.h"

#include "src/encoding/encoding.h"

#define COL_AGG_ARGS_MAX 8

/* How an aggregate is computed. */
typedef struct ColAggKind
{
	Oid function; /* the aggregate's; InvalidOid: any */
	Size state_bytes;
	int lane;	   /* SimdType of its argument, where one kind serves several */
	bool in_order; /* the result depends on the order of rows */
	/* a new state; NULL: zeroes */
	void (*init)(ColAggregate *aggregate, void *state);
	/* rows of one group are added by their mask alone */
	bool by_mask;
	/* rows whose values, of args, may be NULL */
	void (*add)(ColAggregate *aggregate, const ColVector *args,
				const ColAggRows *rows);
	/*
	 * Adds the rows of a stripe to state (NULL: nothing yet), of which the zone of the
	 * argument is known, or that of nothing but rows; false: it does not tell.
	 */
	bool (*zone)(ColAggregate *aggregate, void *state, const ColZone *zone);
	/* all rows have been added; NULL: nothing to do */
	void (*finish)(ColAggregate *aggregate);
	/* gives up what is not in the states; NULL: nothing is */
	void (*reset)(ColAggregate *aggregate);
	/* states are results: those with the same rows have their own */
	bool own_results;
	Datum (*result)(ColAggregate *aggregate, void *state, bool *null);
	Datum (*partial)(ColAggregate *aggregate, void *state, bool *null);
} ColAggKind;

struct ColAggregate
{
	const ColAggKind *kind;
	Aggref *aggref;
	ColAggregate *same; /* gets the rows; NULL: this one */
	List *sharers;		/* for which it does */
	bool is_partial;
	bool is_shared; /* a partial state of others, too */
	int n_args;
	int n_inputs; /* arguments, then what ORDER BY has beside */
	ColExpr *inputs[COL_AGG_ARGS_MAX];
	ColExpr *filter;
	uint8 *states;
	uint32 n_groups; /* begun */
	uint32 room;	 /* for groups */
	MemoryContext memory;
	void *own;					  /* of the kind, for all groups */
	struct ColSorted *sorted;	  /* NULL: no ORDER BY, no DISTINCT */
	struct ColDistinct *distinct; /* rows that it cannot tell are sorted */
	PlanState *parent;
	uint16 filtered_rows[COL_VECTOR_ROWS];
	uint32 filtered_groups[COL_VECTOR_ROWS];
	uint64 filtered_mask[COL_VECTOR_WORDS];
};

static inline void *
col_agg_state(const ColAggregate *aggregate, uint32 group)
{
	return aggregate->states + (Size) group * aggregate->kind->state_bytes;
}

/* Tables of kinds, ended by a kind without add. */
extern const ColAggKind col_agg_counts[];
extern const ColAggKind col_agg_integers[];
extern const ColAggKind col_agg_decimals[];
extern const ColAggKind col_agg_floats[];
extern const ColAggKind col_agg_extremes[];
extern const ColAggKind col_agg_decimal_extremes[];
extern const ColAggKind col_agg_text_extremes[];
extern const ColAggKind col_agg_variances[];

/* Any aggregate by its own transition function. */
extern const ColAggKind col_agg_call;
extern bool col_agg_call_is_known(const Aggref *aggref);

/* The same of aggregates WITHIN GROUP, which get rows group after group. */
extern const ColAggKind col_agg_ordered_set;
extern bool col_agg_ordered_set_is_known(const Aggref *aggref);

/* Of either. */
extern void col_agg_call_prepare(ColAggregate *aggregate);

/*
 * Stands for us when functions of aggregates are called, as their context: what they keep
 * goes with the states.
 */
extern Node *col_agg_caller(ColAggregate *aggregate);

/*
 * Count and sum, finite, in the form that partial aggregates of int8 or numeric are sent;
 * specials of numeric: how many NaN, infinity, -infinity there are beside.
 */
extern bytea *col_agg_serialize(int64 n, Datum sum, bool numeric,
								const int64 *specials);

/* The same with the sum of squares, as aggregates of the variance family are sent. */
extern bytea *col_agg_serialize_squares(int64 n, Datum sum, Datum squares,
										bool numeric);

#endif /* COL_AGGREGATE_INTERNAL_H */
