/*
 * agg_call.c - any other aggregate: its own transition function, called for each row.
 *
 * Transition functions ask who calls them (AggCheckCallContext): an AggState stands
 * for us, whose memory is that of the states.
 *
 * An ordered-set aggregate sorts the rows of a group itself: it gets them group after
 * group, so that there is one transition value at a time, whose memory goes once the
 * results are known.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "executor/nodeAgg.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_agg.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/expandeddatum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "src/agg/aggregate_internal.h"

typedef struct CallState
{
	Datum value;
	bool null;
	bool started; /* strict ones begin with their first value */
} CallState;

typedef struct Call
{
	FmgrInfo transition;
	FmgrInfo final;
	FmgrInfo serialize;
	bool has_final;
	bool has_serialize;
	bool strict;
	int final_args;
	int n_args;
	Oid type; /* of the state */
	int16 typlen;
	bool typbyval;
	Datum initial;
	bool initial_null;
	FunctionCallInfo info;
	AggState *caller;
	MemoryContext scratch;
	List *direct; /* ExprState of arguments that are not rows' */
	/* of an ordered-set aggregate: the group whose rows come */
	CallState running;
	uint32 group;
	bool is_running;
} Call;

static HeapTuple
aggregate_tuple(Oid function)
{
	HeapTuple tuple = SearchSysCache1(AGGFNOID, ObjectIdGetDatum(function));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for aggregate %u", function);
	return tuple;
}

bool
col_agg_call_is_known(const Aggref *aggref)
{
	HeapTuple tuple = aggregate_tuple(aggref->aggfnoid);
	Form_pg_aggregate form = (Form_pg_aggregate) GETSTRUCT(tuple);
	bool known = form->aggkind == AGGKIND_NORMAL &&
				 form->aggfinalmodify == AGGMODIFY_READ_ONLY &&
				 form->aggtransfn < FirstNormalObjectId;

	ReleaseSysCache(tuple);
	/* a partial result has to be one that is sent */
	if (known && DO_AGGSPLIT_SKIPFINAL(aggref->aggsplit))
		known = aggref->aggtranstype != INTERNALOID ||
				DO_AGGSPLIT_SERIALIZE(aggref->aggsplit);
	return known;
}

bool
col_agg_ordered_set_is_known(const Aggref *aggref)
{
	HeapTuple tuple = aggregate_tuple(aggref->aggfnoid);
	Form_pg_aggregate form = (Form_pg_aggregate) GETSTRUCT(tuple);
	bool known = form->aggtranstype == INTERNALOID &&
				 form->aggtransfn < FirstNormalObjectId &&
				 OidIsValid(form->aggfinalfn);

	ReleaseSysCache(tuple);
	/* direct arguments are the same for all groups */
	return known && aggref->aggsplit == AGGSPLIT_SIMPLE &&
		   !contain_var_clause((Node *) aggref->aggdirectargs);
}

/* The text of an initial value as a value of the state's type. */
static Datum
initial_value(HeapTuple tuple, Oid type, bool *null)
{
	Datum stored =
		SysCacheGetAttr(AGGFNOID, tuple, Anum_pg_aggregate_agginitval, null);
	Oid input;
	Oid parameter;

	if (*null)
		return (Datum) 0;
	getTypeInputInfo(type, &input, &parameter);
	return OidInputFunctionCall(input, TextDatumGetCString(stored), parameter,
								-1);
}

Node *
col_agg_caller(ColAggregate *aggregate)
{
	AggState *caller = makeNode(AggState);
	AggStatePerTrans transition = palloc0(sizeof(AggStatePerTransData));
	MemoryContext scratch = AllocSetContextCreate(
		CurrentMemoryContext, "columnar transition", ALLOCSET_SMALL_SIZES);

	transition->aggref = aggregate->aggref;
	transition->aggshared = aggregate->is_shared;
	caller->ss.ps.state = aggregate->parent->state;
	caller->curpertrans = transition;
	if (aggregate->aggref->aggkind != AGGKIND_NORMAL)
		caller->curaggcontext = CreateExprContext(aggregate->parent->state);
	else
	{
		/* what transition functions keep goes with the states */
		caller->curaggcontext = makeNode(ExprContext);
		caller->curaggcontext->ecxt_per_tuple_memory = aggregate->memory;
	}
	caller->tmpcontext = makeNode(ExprContext);
	caller->tmpcontext->ecxt_per_tuple_memory = scratch;
	return (Node *) caller;
}

void
col_agg_call_prepare(ColAggregate *aggregate)
{
	Aggref *aggref = aggregate->aggref;
	HeapTuple tuple = aggregate_tuple(aggref->aggfnoid);
	Form_pg_aggregate form = (Form_pg_aggregate) GETSTRUCT(tuple);
	Call *call = palloc0(sizeof(*call));
	Oid inputs[FUNC_MAX_ARGS];
	int n_inputs = get_aggregate_argtypes(aggref, inputs);
	int n_direct = list_length(aggref->aggdirectargs);
	Expr *expr;

	aggregate->own = call;
	call->type = aggref->aggtranstype;
	get_typlenbyval(call->type, &call->typlen, &call->typbyval);
	call->n_args = n_inputs - n_direct;
	call->final_args = (form->aggfinalextra ? n_inputs : n_direct) + 1;
	call->direct = ExecInitExprList(aggref->aggdirectargs, aggregate->parent);
	call->initial = initial_value(tuple, call->type, &call->initial_null);
	build_aggregate_transfn_expr(
		inputs, n_inputs, n_direct, aggref->aggvariadic, call->type,
		aggref->inputcollid, form->aggtransfn, InvalidOid, &expr, NULL);
	fmgr_info(form->aggtransfn, &call->transition);
	fmgr_info_set_expr((Node *) expr, &call->transition);
	call->strict = call->transition.fn_strict;
	if (aggregate->is_partial && OidIsValid(form->aggserialfn) &&
		call->type == INTERNALOID)
	{
		build_aggregate_serialfn_expr(form->aggserialfn, &expr);
		fmgr_info(form->aggserialfn, &call->serialize);
		fmgr_info_set_expr((Node *) expr, &call->serialize);
		call->has_serialize = true;
	}
	else if (!aggregate->is_partial && OidIsValid(form->aggfinalfn))
	{
		build_aggregate_finalfn_expr(inputs, call->final_args, call->type,
									 aggref->aggtype, aggref->inputcollid,
									 form->aggfinalfn, &expr);
		fmgr_info(form->aggfinalfn, &call->final);
		fmgr_info_set_expr((Node *) expr, &call->final);
		call->has_final = true;
	}
	ReleaseSysCache(tuple);

	call->caller = (AggState *) col_agg_caller(aggregate);
	call->scratch = call->caller->tmpcontext->ecxt_per_tuple_memory;
	call->info = palloc0(SizeForFunctionCallInfo(call->n_args + 1));
	InitFunctionCallInfoData(*call->info, &call->transition, call->n_args + 1,
							 aggref->inputcollid, (Node *) call->caller, NULL);
}

static void
call_init(ColAggregate *aggregate, void *place)
{
	const Call *call = aggregate->own;
	CallState *state = place;
	MemoryContext old = MemoryContextSwitchTo(aggregate->memory);

	state->null = call->initial_null;
	state->started = !call->initial_null;
	if (!state->null)
		state->value = datumCopy(call->initial, call->typbyval, call->typlen);
	MemoryContextSwitchTo(old);
}

/* Replaces a state by what the transition function has returned. */
static void
keep_value(ColAggregate *aggregate, CallState *state, Datum value, bool null)
{
	const Call *call = aggregate->own;

	if (!call->typbyval &&
		DatumGetPointer(value) != DatumGetPointer(state->value))
	{
		MemoryContext old = MemoryContextSwitchTo(aggregate->memory);

		if (!null)
			value = call->typlen == -1 &&
							VARATT_IS_EXTERNAL_EXPANDED_RW(
								DatumGetPointer(value)) &&
							MemoryContextGetParent(
								DatumGetEOHP(value)->eoh_context) ==
								CurrentMemoryContext
						? value
						: datumCopy(value, false, call->typlen);
		if (!state->null)
		{
			if (call->typlen == -1 &&
				VARATT_IS_EXTERNAL_EXPANDED_RW(DatumGetPointer(state->value)))
				DeleteExpandedObject(state->value);
			else
				pfree(DatumGetPointer(state->value));
		}
		MemoryContextSwitchTo(old);
	}
	state->value = value;
	state->null = null;
}

static void
call_row(ColAggregate *aggregate, const ColVector *args, uint32 row,
		 CallState *state)
{
	Call *call = aggregate->own;
	FunctionCallInfo info = call->info;
	MemoryContext old;
	Datum result;

	MemoryContextReset(call->scratch);
	old = MemoryContextSwitchTo(call->scratch);
	for (int i = 0; i < call->n_args; i++)
	{
		info->args[i + 1].value =
			col_vector_datum(&args[i], row, &info->args[i + 1].isnull);
		if (call->strict && info->args[i + 1].isnull)
		{
			MemoryContextSwitchTo(old);
			return;
		}
	}
	if (call->strict && !state->started)
	{
		/* the first value is the state */
		MemoryContextSwitchTo(aggregate->memory);
		state->value =
			datumCopy(info->args[1].value, call->typbyval, call->typlen);
		state->null = false;
		state->started = true;
		MemoryContextSwitchTo(old);
		return;
	}
	if (call->strict && state->null)
	{
		MemoryContextSwitchTo(old);
		return;
	}
	info->args[0].value = state->value;
	info->args[0].isnull = state->null;
	info->isnull = false;
	result = FunctionCallInvoke(info);
	keep_value(aggregate, state, result, info->isnull);
	MemoryContextSwitchTo(old);
}

static void
call_add(ColAggregate *aggregate, const ColVector *args, const ColAggRows *rows)
{
	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		if (i % 64 == 0)
			CHECK_FOR_INTERRUPTS();
		call_row(aggregate, args, rows->rows[i],
				 col_agg_state(aggregate,
							   rows->groups ? rows->groups[i] : rows->group));
	}
}

/* Direct arguments follow the state, then NULLs up to n_args. */
static Datum
call_function(ColAggregate *aggregate, FmgrInfo *function,
			  const CallState *state, int n_args, bool *null)
{
	const Call *call = aggregate->own;
	LOCAL_FCINFO(info, FUNC_MAX_ARGS);
	bool any_null = state->null;
	Datum result;

	InitFunctionCallInfoData(*info, function, n_args,
							 aggregate->aggref->inputcollid,
							 (Node *) call->caller, NULL);
	info->args[0].value =
		MakeExpandedObjectReadOnly(state->value, state->null, call->typlen);
	info->args[0].isnull = state->null;
	for (int i = 1; i < n_args; i++)
	{
		NullableDatum *arg = &info->args[i];

		arg->value = (Datum) 0;
		arg->isnull = true;
		if (i <= list_length(call->direct))
			arg->value =
				ExecEvalExpr((ExprState *) list_nth(call->direct, i - 1),
							 aggregate->parent->ps_ExprContext, &arg->isnull);
		any_null |= arg->isnull;
	}
	*null = true;
	if (function->fn_strict && any_null)
		return (Datum) 0;
	info->isnull = false;
	result = FunctionCallInvoke(info);
	*null = info->isnull;
	return result;
}

static Datum
call_result(ColAggregate *aggregate, void *place, bool *null)
{
	Call *call = aggregate->own;
	CallState *state = place;

	if (call->has_serialize)
		return call_function(aggregate, &call->serialize, state, 1, null);
	if (call->has_final)
		return call_function(aggregate, &call->final, state, call->final_args,
							 null);
	*null = state->null;
	return state->null
			   ? (Datum) 0
			   : MakeExpandedObjectReadOnly(state->value, false, call->typlen);
}

const ColAggKind col_agg_call = {.function = InvalidOid,
								 .state_bytes = sizeof(CallState),
								 .in_order = true,
								 .init = call_init,
								 .add = call_add,
								 .result = call_result};

/* The result of the group whose rows have been added. */
static void
keep_result(ColAggregate *aggregate, uint32 group, const CallState *running)
{
	Call *call = aggregate->own;
	CallState *state = col_agg_state(aggregate, group);
	int16 typlen;
	bool typbyval;
	Datum result;
	MemoryContext old;

	MemoryContextReset(call->scratch);
	old = MemoryContextSwitchTo(call->scratch);
	result = call_function(aggregate, &call->final, running, call->final_args,
						   &state->null);
	MemoryContextSwitchTo(aggregate->memory);
	get_typlenbyval(aggregate->aggref->aggtype, &typlen, &typbyval);
	if (!state->null)
		state->value = datumCopy(result, typbyval, typlen);
	state->started = true;
	MemoryContextSwitchTo(old);
}

static void
ordered_set_finish(ColAggregate *aggregate)
{
	Call *call = aggregate->own;
	ListCell *cell;

	if (!call->is_running)
		return;
	keep_result(aggregate, call->group, &call->running);
	foreach (cell, aggregate->sharers)
		keep_result(lfirst(cell), call->group, &call->running);
	ReScanExprContext(call->caller->curaggcontext);
	call->is_running = false;
}

static void
ordered_set_add(ColAggregate *aggregate, const ColVector *args,
				const ColAggRows *rows)
{
	Call *call = aggregate->own;

	for (uint32 i = 0; i < rows->n_rows; i++)
	{
		uint32 group = rows->groups ? rows->groups[i] : rows->group;

		if (i % 64 == 0)
			CHECK_FOR_INTERRUPTS();
		if (call->is_running && group != call->group)
			ordered_set_finish(aggregate);
		if (!call->is_running)
		{
			call->running = (CallState){.null = true};
			call->group = group;
			call->is_running = true;
		}
		call_row(aggregate, args, rows->rows[i], &call->running);
	}
}

static void
ordered_set_reset(ColAggregate *aggregate)
{
	Call *call = aggregate->own;

	ReScanExprContext(call->caller->curaggcontext);
	call->is_running = false;
}

static Datum
ordered_set_result(ColAggregate *aggregate, void *place, bool *null)
{
	Call *call = aggregate->own;
	const CallState *state = place;
	const CallState none = {.null = true};

	if (!state->started) /* not one row passed the filter */
		return call_function(aggregate, &call->final, &none, call->final_args,
							 null);
	*null = state->null;
	return state->value;
}

const ColAggKind col_agg_ordered_set = {.function = InvalidOid,
										.state_bytes = sizeof(CallState),
										.in_order = true,
										.own_results = true,
										.add = ordered_set_add,
										.finish = ordered_set_finish,
										.reset = ordered_set_reset,
										.result = ordered_set_result};
