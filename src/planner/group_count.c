/*
 * group_count.c - how many groups there will be: PostgreSQL's estimate, which takes an
 * expression to have as many values as its columns; parts of times, truncated times and
 * remainders have fewer.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"
#include "utils/timestamp.h"

#include "src/planner/group_count.h"

/* The unit that the first argument names; -1: it is none, or not known yet. */
static int
named_unit(const FuncExpr *call)
{
	const Const *name = linitial(call->args);
	char *spelled;
	char *lower;
	int unit;

	if (!IsA(name, Const) || name->constisnull)
		return -1;
	spelled = TextDatumGetCString(name->constvalue);
	lower = downcase_truncate_identifier(spelled, strlen(spelled), false);
	switch (DecodeUnits(0, lower, &unit))
	{
		case UNITS:
			return unit;
		case UNKNOWN_FIELD:
			return DecodeSpecial(0, lower, &unit) == UNITS ? unit : -1;
		default:
			return -1;
	}
}

/* Values that a part of a time has; 0: many. */
static double
part_count(int unit)
{
	switch (unit)
	{
		case DTK_QUARTER:
			return 4;
		case DTK_DOW:
		case DTK_ISODOW:
			return 7;
		case DTK_MONTH:
			return 12;
		case DTK_HOUR:
			return 24;
		case DTK_DAY:
			return 31;
		case DTK_WEEK:
			return 53;
		case DTK_MINUTE:
			return 60;
		case DTK_DOY:
			return 366;
		default:
			return 0;
	}
}

/* Seconds of a unit of time; 0: not one that is known here. */
static double
unit_seconds(int unit)
{
	switch (unit)
	{
		case DTK_SECOND:
			return 1;
		case DTK_MINUTE:
			return SECS_PER_MINUTE;
		case DTK_HOUR:
			return SECS_PER_HOUR;
		case DTK_DAY:
			return SECS_PER_DAY;
		case DTK_WEEK:
			return 7.0 * SECS_PER_DAY;
		case DTK_MONTH:
			return 30.0 * SECS_PER_DAY;
		case DTK_QUARTER:
			return 91.0 * SECS_PER_DAY;
		case DTK_YEAR:
			return 365.0 * SECS_PER_DAY;
		default:
			return 0;
	}
}

static double
seconds_of(Datum value, Oid type)
{
	return type == DATEOID
			   ? (double) DatumGetInt32(value) * SECS_PER_DAY
			   : (double) DatumGetInt64(value) / (double) USECS_PER_SEC;
}

/* Seconds between the first and the last time of an expression; 0: not known. */
static double
time_span(PlannerInfo *root, Node *expr)
{
	VariableStatData variable;
	AttStatsSlot slot;
	double span = 0;

	examine_variable(root, expr, 0, &variable);
	if (HeapTupleIsValid(variable.statsTuple) &&
		get_attstatsslot(&slot, variable.statsTuple, STATISTIC_KIND_HISTOGRAM,
						 InvalidOid, ATTSTATSSLOT_VALUES))
	{
		if (slot.nvalues > 1 &&
			(slot.valuetype == DATEOID || slot.valuetype == TIMESTAMPOID ||
			 slot.valuetype == TIMESTAMPTZOID))
			span = seconds_of(slot.values[slot.nvalues - 1], slot.valuetype) -
				   seconds_of(slot.values[0], slot.valuetype);
		free_attstatsslot(&slot);
	}
	ReleaseVariableStats(variable);
	return span;
}

static double
call_count(PlannerInfo *root, const FuncExpr *call)
{
	double seconds;

	switch (call->funcid)
	{
		case F_DATE_TRUNC_TEXT_TIMESTAMP:
		case F_DATE_TRUNC_TEXT_TIMESTAMPTZ:
			seconds = unit_seconds(named_unit(call));
			return seconds == 0
					   ? 0
					   : ceil(time_span(root, lsecond(call->args)) / seconds);
		case F_EXTRACT_TEXT_DATE:
		case F_EXTRACT_TEXT_TIMESTAMP:
		case F_EXTRACT_TEXT_TIMESTAMPTZ:
		case F_DATE_PART_TEXT_DATE:
		case F_DATE_PART_TEXT_TIMESTAMP:
		case F_DATE_PART_TEXT_TIMESTAMPTZ:
			if (named_unit(call) == DTK_YEAR)
				return ceil(time_span(root, lsecond(call->args)) /
							unit_seconds(DTK_YEAR));
			return part_count(named_unit(call));
		default:
			return 0;
	}
}

/* Of integers, by a constant. */
static double
remainder_count(const OpExpr *remainder)
{
	const Const *divisor = llast(remainder->args);

	if (!IsA(divisor, Const) || divisor->constisnull)
		return 0;
	switch (get_opcode(remainder->opno))
	{
		case F_INT2MOD:
			return fabs((double) DatumGetInt16(divisor->constvalue));
		case F_INT4MOD:
			return fabs((double) DatumGetInt32(divisor->constvalue));
		case F_INT8MOD:
			return fabs((double) DatumGetInt64(divisor->constvalue));
		default:
			return 0;
	}
}

/* How many values the key has at most; 0: not known. */
static double
value_count(PlannerInfo *root, Node *key)
{
	if (IsA(key, FuncExpr) && list_length(((FuncExpr *) key)->args) == 2)
		return call_count(root, (const FuncExpr *) key);
	if (IsA(key, OpExpr))
		return remainder_count((const OpExpr *) key);
	return 0;
}

double
col_group_count(PlannerInfo *root, List *keys, double rows)
{
	List *others = NIL;
	double n_known = 1;
	double n_others = 1;
	ListCell *cell;

	if (keys == NIL)
		return 1;
	foreach (cell, keys)
	{
		double n = value_count(root, lfirst(cell));

		if (n > 0)
			n_known *= n;
		else
			others = lappend(others, lfirst(cell));
	}
	if (others != NIL)
		n_others = estimate_num_groups(root, others, rows, NULL, NULL);
	if (list_length(others) == list_length(keys))
		return n_others;
	return Min(n_others * n_known,
			   estimate_num_groups(root, keys, rows, NULL, NULL));
}
