/*
 * prune.c - leaving out stripes and vectors by zones.
 *
 * Path: conditions -> prune_match.c -> program -> asked for each stripe (the
 * zones of one column of a group of stripes are one page), then, where zones say
 * that there are bloom filters, of those; and, in a stripe that is read, for each
 * vector.
 *
 * A zone answers "no row can pass" only when sure: what is unknown, in another
 * order than the type's (the type was changed without a rewrite), or without a
 * range is read.  NaN is outside of a zone's range, and above it.
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "src/base/bytes.h"
#include "src/exec/prune.h"
#include "src/exec/prune_match.h"
#include "src/storage/stripe/stripe_bloom.h"
#include "src/storage/stripe/zonemap.h"
#include "src/vector/numeric.h"

/*
 * Values of an ANY that filters are asked for, at most: of many absent ones some
 * seems to be there.
 */
#define BLOOM_VALUES_MAX 64

/* A term of the program, with what it is compared with in this execution. */
typedef struct PruneStep
{
	const ColPruneTerm *term;
	struct PruneStep **steps; /* AND, OR */
	int n_steps;
	int zone;			/* index of the column in the program */
	int16 column_bytes; /* typlen of the column */
	ExprState *value_state;
	FmgrInfo cast; /* fn_oid InvalidOid: none */
	FmgrInfo compare;
	int16 value_bytes; /* typlen, typbyval, typalign of a value */
	bool value_byval;
	char value_align;
	bool sorts;	  /* compare orders values, too: those of ANY are sorted */
	int n_values; /* not NULL; COMPARE: one */
	Datum *values;
	uint64 *hashes; /* of values, for filters; NULL: none are asked */
	char *prefix;	/* LIKE, PREFIX: what a value starts with */
	uint32 prefix_bytes;
} PruneStep;

struct ColPrune
{
	ColPruner pruner;
	Relation rel;
	PlanState *parent;
	PruneStep *root;
	int n_columns;
	int *columns;			 /* that are asked for, by index */
	ColZone **zones;		 /* of each column: of all slots of the group */
	const ColZone **current; /* of each column: what is asked for now */
	ColZone *vector_zones;
	int64 group;				 /* that zones are of; -1: none */
	bool asks_filters;			 /* some step does */
	ColStripeReader *reader;	 /* the stripe whose filters are asked; NULL:
								 * zones alone are */
	ColStripeReader *own_reader; /* what reader may be, made at first need */
	MemoryContext context;
	MemoryContext bind_context; /* values of this execution */
	MemoryContext ask_context;	/* of one question */
};

/* ---- making the program ---- */

/* The index of a column in the program, added if new. */
static int
program_column(ColPrune *prune, int column)
{
	for (int i = 0; i < prune->n_columns; i++)
	{
		if (prune->columns[i] == column)
			return i;
	}
	prune->columns[prune->n_columns] = column;
	return prune->n_columns++;
}

static PruneStep *
make_step(ColPrune *prune, const ColPruneTerm *term)
{
	PruneStep *step = palloc0(sizeof(*step));
	ListCell *cell;

	step->term = term;
	switch (term->kind)
	{
		case COL_PRUNE_AND:
		case COL_PRUNE_OR:
			step->steps =
				palloc(list_length(term->terms) * sizeof(PruneStep *));
			foreach (cell, term->terms)
				step->steps[step->n_steps++] = make_step(prune, lfirst(cell));
			break;
		case COL_PRUNE_COMPARE:
		case COL_PRUNE_ANY:
			step->sorts =
				term->order == COL_ORDER_BYTES ||
				(OidIsValid(term->cast)
					 ? get_func_rettype(term->cast) == term->value_type
					 : term->type == term->value_type);
			step->value_state = ExecInitExpr(term->value, prune->parent);
			fmgr_info(term->compare, &step->compare);
			if (OidIsValid(term->cast))
				fmgr_info(term->cast, &step->cast);
			get_typlenbyvalalign(term->value_type, &step->value_bytes,
								 &step->value_byval, &step->value_align);
			step->column_bytes = get_typlen(term->type);
			step->zone = program_column(prune, term->column);
			prune->asks_filters |= term->bloom != COL_BLOOM_NONE;
			break;
		case COL_PRUNE_LIKE:
		case COL_PRUNE_PREFIX:
			step->value_state = ExecInitExpr(term->value, prune->parent);
			step->value_bytes = -1;
			step->zone = program_column(prune, term->column);
			break;
		case COL_PRUNE_IS_NULL:
		case COL_PRUNE_IS_NOT_NULL:
			step->zone = program_column(prune, term->column);
			break;
	}
	return step;
}

static ColPruned prune_stripe(void *context, const ColDirectoryCopy *directory,
							  uint32 i);
static bool prune_vector(void *context, ColStripeReader *reader, uint32 vector);

ColPrune *
col_prune_create(List *conditions, Index varno, Relation rel, PlanState *parent)
{
	ColPrune *prune;
	ColPruneTerm all = {.kind = COL_PRUNE_AND};
	ColPruneTerm *term = palloc(sizeof(*term));
	ListCell *cell;

	foreach (cell, conditions)
	{
		ColPruneTerm *part = col_prune_match(lfirst(cell), varno);

		if (part != NULL)
			all.terms = lappend(all.terms, part);
	}
	if (all.terms == NIL)
		return NULL;
	*term = all;
	prune = palloc0(sizeof(*prune));
	prune->pruner = (ColPruner){prune_stripe, prune_vector, prune};
	prune->rel = rel;
	prune->parent = parent;
	prune->context = CurrentMemoryContext;
	prune->group = -1;
	prune->bind_context = AllocSetContextCreate(
		CurrentMemoryContext, "columnar pruning values", ALLOCSET_SMALL_SIZES);
	prune->ask_context = AllocSetContextCreate(
		CurrentMemoryContext, "columnar pruning", ALLOCSET_SMALL_SIZES);
	prune->columns = palloc(RelationGetNumberOfAttributes(rel) * sizeof(int));
	prune->root = make_step(prune, term);
	prune->current = palloc0(prune->n_columns * sizeof(ColZone *));
	prune->vector_zones = palloc0(prune->n_columns * sizeof(ColZone));
	prune->zones = palloc(prune->n_columns * sizeof(ColZone *));
	for (int i = 0; i < prune->n_columns; i++)
		prune->zones[i] = palloc(COL_ZONES_MAX * sizeof(ColZone));
	return prune;
}

const ColPruner *
col_prune_pruner(ColPrune *prune)
{
	return &prune->pruner;
}

List *
col_prune_conditions(List *conditions, Index varno)
{
	List *result = NIL;
	ListCell *cell;

	foreach (cell, conditions)
	{
		if (col_prune_match(lfirst(cell), varno) != NULL)
			result = lappend(result, lfirst(cell));
	}
	return result;
}

/* ---- values of an execution ---- */

/* Keeps a value in bind_context; strings and the like flat and readable. */
static Datum
bind_copy(const PruneStep *step, Datum value)
{
	if (step->value_bytes == -1)
		return PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	return datumCopy(value, step->value_byval, step->value_bytes);
}

static int compare_values(const void *a, const void *b, void *arg);

/* The elements of an array that are not NULL, sorted. */
static void
bind_array(PruneStep *step, Datum array)
{
	ArrayType *flat = DatumGetArrayTypeP(array);
	Datum *values;
	bool *nulls;
	int n;

	deconstruct_array(flat, ARR_ELEMTYPE(flat), step->value_bytes,
					  step->value_byval, step->value_align, &values, &nulls,
					  &n);
	step->values = palloc(Max(n, 1) * sizeof(Datum));
	for (int i = 0; i < n; i++)
	{
		if (!nulls[i])
			step->values[step->n_values++] = bind_copy(step, values[i]);
	}
	if (step->sorts)
		qsort_arg(step->values, step->n_values, sizeof(Datum), compare_values,
				  step);
}

static uint64 value_hash(const PruneStep *step, Datum value);

/* Hashes of the values, if filters are to be asked for them. */
static void
bind_hashes(PruneStep *step)
{
	step->hashes = NULL;
	if (step->term->bloom == COL_BLOOM_NONE ||
		step->n_values > BLOOM_VALUES_MAX)
		return;
	step->hashes = palloc(step->n_values * sizeof(uint64));
	for (int i = 0; i < step->n_values; i++)
		step->hashes[i] = value_hash(step, step->values[i]);
}

/*
 * What the values that are LIKE the pattern, or ^@ the prefix, start with.  A pattern
 * that ends within an escape is an error of its own, for the rows that meet it.
 */
static void
bind_prefix(PruneStep *step, Datum value)
{
	const char *pattern = VARDATA_ANY(DatumGetPointer(value));
	uint32 n_bytes = VARSIZE_ANY_EXHDR(DatumGetPointer(value));
	bool is_like = step->term->kind == COL_PRUNE_LIKE;

	step->prefix = palloc(n_bytes + 1);
	step->prefix_bytes = 0;
	for (uint32 i = 0; i < n_bytes; i++)
	{
		if (is_like && (pattern[i] == '%' || pattern[i] == '_'))
			break;
		if (is_like && pattern[i] == '\\' && ++i == n_bytes)
			step->prefix_bytes = 0;
		else
			step->prefix[step->prefix_bytes++] = pattern[i];
	}
}

static void
bind_step(PruneStep *step, ExprContext *econtext)
{
	Datum value;
	bool isnull;
	MemoryContext bind_context = CurrentMemoryContext;

	for (int i = 0; i < step->n_steps; i++)
		bind_step(step->steps[i], econtext);
	if (step->value_state == NULL)
		return;
	step->n_values = 0;
	step->values = NULL;
	value = ExecEvalExprSwitchContext(step->value_state, econtext, &isnull);
	MemoryContextSwitchTo(bind_context);
	if (isnull)
		return;
	if (step->term->kind == COL_PRUNE_ANY)
		bind_array(step, value);
	else
	{
		step->values = palloc(sizeof(Datum));
		step->values[step->n_values++] = bind_copy(step, value);
	}
	bind_hashes(step);
	if (step->term->kind == COL_PRUNE_LIKE ||
		step->term->kind == COL_PRUNE_PREFIX)
		bind_prefix(step, step->values[0]);
}

void
col_prune_bind(ColPrune *prune, ExprContext *econtext)
{
	MemoryContext old;

	MemoryContextReset(prune->bind_context);
	old = MemoryContextSwitchTo(prune->bind_context);
	bind_step(prune->root, econtext);
	MemoryContextSwitchTo(old);
}

/* ---- asking a zone ---- */

/* The bytes of a value of a type whose zones are in byte order. */
static const uint8 *
value_payload(const PruneStep *step, Datum value, uint32 *n_bytes)
{
	if (step->value_bytes > 0)
	{
		*n_bytes = step->value_bytes;
		return (const uint8 *) DatumGetPointer(value);
	}
	*n_bytes = VARSIZE_ANY_EXHDR(DatumGetPointer(value));
	return (const uint8 *) VARDATA_ANY(DatumGetPointer(value));
}

static uint64
value_hash(const PruneStep *step, Datum value)
{
	const uint8 *bytes = (const uint8 *) &value;
	uint32 n_bytes = step->value_bytes;

	if (!step->value_byval)
		bytes = value_payload(step, value, &n_bytes);
	return col_bloom_hash(step->term->bloom, bytes, n_bytes);
}

static int
compare_bytes(const uint8 *a, uint32 a_bytes, const uint8 *b, uint32 b_bytes)
{
	int order = memcmp(a, b, Min(a_bytes, b_bytes));

	if (order != 0)
		return order;
	return a_bytes < b_bytes ? -1 : a_bytes > b_bytes;
}

/* Order of two values of an ANY array. */
static int
compare_values(const void *a, const void *b, void *arg)
{
	PruneStep *step = arg;
	Datum first = *(const Datum *) a;
	Datum second = *(const Datum *) b;

	if (step->term->order == COL_ORDER_BYTES)
	{
		uint32 first_bytes;
		uint32 second_bytes;
		const uint8 *x = value_payload(step, first, &first_bytes);
		const uint8 *y = value_payload(step, second, &second_bytes);

		return compare_bytes(x, first_bytes, y, second_bytes);
	}
	return DatumGetInt32(FunctionCall2Coll(
		&step->compare, step->term->collation, first, second));
}

/* A numeric of its payload. */
static Datum
numeric_datum(const uint8 *payload, uint8 n_bytes)
{
	struct varlena *numeric = palloc(VARHDRSZ + n_bytes);

	SET_VARSIZE(numeric, VARHDRSZ + n_bytes);
	memcpy(VARDATA(numeric), payload, n_bytes);
	return PointerGetDatum(numeric);
}

/* A bound of a zone as a value of the column's type. */
static Datum
zone_datum(const PruneStep *step, const uint8 *bound, uint8 n_bytes)
{
	uint64 bits = col_load_u64(bound);

	if (step->term->order == COL_ORDER_NUMERIC)
		return numeric_datum(bound, n_bytes);

	if (step->term->order == COL_ORDER_FLOAT8)
	{
		float8 value;

		memcpy(&value, &bits, sizeof(value));
		return Float8GetDatum(value);
	}
	if (step->term->order == COL_ORDER_FLOAT4)
	{
		float4 value;

		memcpy(&value, &bits, sizeof(value));
		return Float4GetDatum(value);
	}
	switch (step->column_bytes)
	{
		case 1:
			return CharGetDatum((char) bits);
		case 2:
			return Int16GetDatum((int16) bits);
		case 4:
			return Int32GetDatum((int32) bits);
		default:
			return Int64GetDatum((int64) bits);
	}
}

/* Can a bound of a type that is not in byte order have that length? */
static bool
bound_is_good(ColOrder order, const uint8 *bound, uint8 n_bytes)
{
	ColNumeric numeric;

	if (order == COL_ORDER_NUMERIC)
		return col_numeric_parse(bound, n_bytes, &numeric);
	return n_bytes == 8;
}

static Datum
nan_datum(ColOrder order)
{
	uint8 payload[2];

	switch (order)
	{
		case COL_ORDER_NUMERIC:
			col_store_u16(payload, COL_NUMERIC_NAN_HEADER);
			return numeric_datum(payload, sizeof(payload));
		case COL_ORDER_FLOAT4:
			return Float4GetDatum(get_float4_nan());
		default:
			return Float8GetDatum(get_float8_nan());
	}
}

/* What a comparison looks at: bounds, or NaN where the zone has some. */
typedef struct ZoneRange
{
	const ColZone *zone;
	Datum min; /* not of byte order */
	Datum max;
} ZoneRange;

/*
 * Local times that a zone leaves out are those of a moment after what follows them: the
 * instants of a range can lie outside of those of its bounds, by what clocks were changed.
 */
static void
widen_local(ZoneRange *range)
{
	Timestamp min = DatumGetTimestamp(range->min);
	Timestamp max = DatumGetTimestamp(range->max);

	if (!TIMESTAMP_NOT_FINITE(min))
		range->min = TimestampGetDatum(Max(min, MIN_TIMESTAMP + USECS_PER_DAY) -
									   USECS_PER_DAY);
	if (!TIMESTAMP_NOT_FINITE(max))
		range->max =
			TimestampGetDatum(Min(max + USECS_PER_DAY, END_TIMESTAMP - 1));
}

/* False: the zone does not say what its values lie between. */
static bool
zone_range(PruneStep *step, const ColZone *zone, ZoneRange *range)
{
	bool has_range = (zone->flags & COL_ZONE_HAS_RANGE) != 0;
	bool has_nan = (zone->flags & COL_ZONE_HAS_NAN) != 0;
	ColOrder order = step->term->order;

	range->zone = zone;
	if ((!has_range && !has_nan) || zone->order != order)
		return false;
	if (order == COL_ORDER_BYTES)
		return has_range;
	if (has_range && (!bound_is_good(order, zone->min, zone->min_bytes) ||
					  !bound_is_good(order, zone->max, zone->max_bytes)))
		return false;
	if (order == COL_ORDER_NUMERIC && !has_range)
		return false; /* NaN, but perhaps not alone: others may be too long */
	if (has_range)
	{
		range->min = zone_datum(step, zone->min, zone->min_bytes);
		range->max = zone_datum(step, zone->max, zone->max_bytes);
	}
	if (has_nan)
	{
		range->max = nan_datum(order);
		if (!has_range)
			range->min = range->max;
	}
	if (OidIsValid(step->cast.fn_oid))
	{
		range->min = FunctionCall1(&step->cast, range->min);
		range->max = FunctionCall1(&step->cast, range->max);
	}
	if (step->term->type == TIMESTAMPOID &&
		step->term->value_type == TIMESTAMPTZOID)
		widen_local(range);
	return true;
}

/* Order of the zone's minimum (or maximum) and a value. */
static int
compare_bound(PruneStep *step, const ZoneRange *range, bool minimum,
			  Datum value)
{
	if (step->term->order == COL_ORDER_BYTES)
	{
		uint32 n_bytes;
		const uint8 *payload = value_payload(step, value, &n_bytes);

		return compare_bytes(minimum ? range->zone->min : range->zone->max,
							 minimum ? range->zone->min_bytes
									 : range->zone->max_bytes,
							 payload, n_bytes);
	}
	return DatumGetInt32(
		FunctionCall2Coll(&step->compare, step->term->collation,
						  minimum ? range->min : range->max, value));
}

/* Can a row of the range stand in the operator's relation to value? */
static bool
value_possible(PruneStep *step, const ZoneRange *range, Datum value)
{
	switch (step->term->strategy)
	{
		case BTLessStrategyNumber:
			return compare_bound(step, range, true, value) < 0;
		case BTLessEqualStrategyNumber:
			return compare_bound(step, range, true, value) <= 0;
		case BTEqualStrategyNumber:
			return compare_bound(step, range, true, value) <= 0 &&
				   compare_bound(step, range, false, value) >= 0;
		case BTGreaterEqualStrategyNumber:
			return compare_bound(step, range, false, value) >= 0;
		case BTGreaterStrategyNumber:
			return compare_bound(step, range, false, value) > 0;
		default:
			return true;
	}
}

/* Is one of the sorted values in the range? */
static bool
any_equal_possible(PruneStep *step, const ZoneRange *range)
{
	int low = 0;
	int high = step->n_values;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (compare_bound(step, range, true, step->values[middle]) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < step->n_values &&
		   compare_bound(step, range, false, step->values[low]) >= 0;
}

static bool
range_possible(PruneStep *step, const ZoneRange *range)
{
	if (step->term->strategy == BTEqualStrategyNumber && step->sorts)
		return any_equal_possible(step, range);
	for (int i = 0; i < step->n_values; i++)
	{
		if (value_possible(step, range, step->values[i]))
			return true;
	}
	return false;
}

/* May one of the values be in the stripe that filters are asked of? */
static bool
filter_possible(ColPrune *prune, PruneStep *step, const ZoneRange *range)
{
	for (int i = 0; i < step->n_values; i++)
	{
		if ((range == NULL || value_possible(step, range, step->values[i])) &&
			col_stripe_may_have(prune->reader, step->term->column,
								step->term->bloom, step->hashes[i]))
			return true;
	}
	return false;
}

/* Can a value start with the step's prefix? */
static bool
prefix_possible(const PruneStep *step, const ColZone *zone)
{
	const uint8 *prefix = (const uint8 *) step->prefix;

	if (step->n_values == 0 || zone->n_nulls == zone->n_rows)
		return false;
	if ((zone->flags & COL_ZONE_HAS_RANGE) == 0 ||
		zone->order != COL_ORDER_BYTES)
		return true;
	return memcmp(zone->min, prefix,
				  Min(zone->min_bytes, step->prefix_bytes)) <= 0 &&
		   compare_bytes(zone->max, zone->max_bytes, prefix,
						 step->prefix_bytes) >= 0;
}

static bool
comparison_possible(ColPrune *prune, PruneStep *step, const ColZone *zone)
{
	ZoneRange range;
	bool has_range;

	/* btree's operators are strict */
	if (step->n_values == 0 || zone->n_nulls == zone->n_rows)
		return false;
	has_range = zone_range(step, zone, &range);
	if (has_range && !range_possible(step, &range))
		return false;
	if (prune->reader != NULL && step->hashes != NULL &&
		(zone->flags & COL_ZONE_HAS_BLOOM) != 0)
		return filter_possible(prune, step, has_range ? &range : NULL);
	return true;
}

/* Can a row of the current zones pass? */
static bool
step_possible(ColPrune *prune, PruneStep *step)
{
	const ColZone *zone;

	switch (step->term->kind)
	{
		case COL_PRUNE_AND:
			for (int i = 0; i < step->n_steps; i++)
			{
				if (!step_possible(prune, step->steps[i]))
					return false;
			}
			return true;
		case COL_PRUNE_OR:
			for (int i = 0; i < step->n_steps; i++)
			{
				if (step_possible(prune, step->steps[i]))
					return true;
			}
			return false;
		default:
			break;
	}
	zone = prune->current[step->zone];
	if (zone->n_rows == 0)
		return true;
	if (step->term->kind == COL_PRUNE_IS_NULL)
		return zone->n_nulls > 0;
	if (step->term->kind == COL_PRUNE_IS_NOT_NULL)
		return zone->n_nulls < zone->n_rows;
	if (step->term->kind == COL_PRUNE_LIKE ||
		step->term->kind == COL_PRUNE_PREFIX)
		return prefix_possible(step, zone);
	return comparison_possible(prune, step, zone);
}

/* Can a row of the current zones pass the program? */
static bool
ask(ColPrune *prune)
{
	MemoryContext old = MemoryContextSwitchTo(prune->ask_context);
	bool possible = step_possible(prune, prune->root);

	MemoryContextSwitchTo(old);
	MemoryContextReset(prune->ask_context);
	return possible;
}

/* The same, once zones have said yes, of the filters of the stripe as well. */
static bool
ask_filters(ColPrune *prune, const ColStripe *stripe)
{
	bool has_filter = false;
	bool possible;

	for (int c = 0; c < prune->n_columns; c++)
		has_filter |= (prune->current[c]->flags & COL_ZONE_HAS_BLOOM) != 0;
	if (!has_filter)
		return true;
	if (prune->own_reader == NULL)
		prune->own_reader = col_stripe_reader_create(
			prune->rel, RelationGetDescr(prune->rel), NULL, prune->context);
	col_stripe_reader_open(prune->own_reader, stripe);
	prune->reader = prune->own_reader;
	possible = ask(prune);
	prune->reader = NULL;
	return possible;
}

static ColPruned
prune_stripe(void *context, const ColDirectoryCopy *directory, uint32 i)
{
	ColPrune *prune = context;
	const ColStripeRef *ref = &directory->stripes[i].ref;
	const ColGroup *group = &directory->groups[ref->group];

	if (prune->group != ref->group)
	{
		prune->group = -1;
		for (int c = 0; c < prune->n_columns; c++)
			col_zonemap_read_group(prune->rel, group, prune->columns[c],
								   prune->zones[c]);
		prune->group = ref->group;
	}
	for (int c = 0; c < prune->n_columns; c++)
		prune->current[c] = &prune->zones[c][ref->slot];
	if (!ask(prune))
		return COL_PRUNED_BY_ZONE;
	if (prune->asks_filters && !ask_filters(prune, &directory->stripes[i]))
		return COL_PRUNED_BY_BLOOM;
	return COL_NOT_PRUNED;
}

static bool
prune_vector(void *context, ColStripeReader *reader, uint32 vector)
{
	ColPrune *prune = context;

	for (int c = 0; c < prune->n_columns; c++)
	{
		ColZone *zone = &prune->vector_zones[c];
		ColChunkReader *chunk =
			col_stripe_reader_chunk(reader, prune->columns[c]);

		if (chunk != NULL)
			col_chunk_vector_zone(chunk, vector, zone);
		else
			memset(zone, 0, sizeof(*zone));
		prune->current[c] = zone;
	}
	return ask(prune);
}
