/*
 * prune_match.c - which conditions say something about zones.
 *
 * A comparison counts when its operator is of the default btree family of the
 * column's type: then that family's function compares the zone's minimum and
 * maximum with the value, whatever the value's type, and nothing is ever
 * converted.  Zones of strings are in the order of bytes: those of a
 * collation that is not C answer equality only, and of a nondeterministic one
 * nothing.
 */
#include "postgres.h"

#include "access/nbtree.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "src/exec/prune_match.h"
#include "src/pg/border.h"

static bool
is_string(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* Casts that never fail and keep the order. */
static bool
is_monotone_cast(Oid function)
{
	switch (function)
	{
		case F_INT4_INT2:
		case F_INT8_INT2:
		case F_INT8_INT4:
		case F_NUMERIC_INT2:
		case F_NUMERIC_INT4:
		case F_NUMERIC_INT8:
		case F_FLOAT8_INT2:
		case F_FLOAT8_INT4:
		case F_FLOAT8_INT8:
		case F_FLOAT8_FLOAT4:
			return true;
		default:
			return false;
	}
}

/* A column as it stands in a condition. */
typedef struct MatchedColumn
{
	Var *var;
	Oid cast; /* of its values, or InvalidOid */
	Oid type; /* what is compared, domains seen through */
} MatchedColumn;

static Node *
without_relabels(Node *node)
{
	while (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

/*
 * Is the expression a column of table varno that has ordered zones or may have
 * filters, perhaps relabelled or cast?
 */
static bool
match_column(Node *node, Index varno, MatchedColumn *column)
{
	Oid own;
	Var *var;

	column->type = getBaseType(exprType(node));
	column->cast = InvalidOid;
	node = without_relabels(node);
	if (IsA(node, FuncExpr) && is_monotone_cast(((FuncExpr *) node)->funcid))
	{
		column->cast = ((FuncExpr *) node)->funcid;
		node = without_relabels(linitial(((FuncExpr *) node)->args));
	}
	if (!IsA(node, Var))
		return false;
	column->var = var = (Var *) node;
	if (var->varno != varno || var->varlevelsup != 0 || var->varattno <= 0)
		return false;
	own = getBaseType(var->vartype);
	if (col_border_order(own) == COL_ORDER_NONE &&
		col_border_bloom_kind(own) == COL_BLOOM_NONE)
		return false;
	return OidIsValid(column->cast) || own == column->type ||
		   (is_string(own) && is_string(column->type));
}

/* Is the value known before the scan, and the same for all rows? */
static bool
is_known(Node *node)
{
	return !contain_var_clause(node) && !contain_volatile_functions(node) &&
		   !contain_subplans(node);
}

static ColPruneTerm *
make_column_term(ColPruneKind kind, const Var *var)
{
	ColPruneTerm *term = palloc0(sizeof(*term));

	term->kind = kind;
	term->column = var->varattno - 1;
	term->type = getBaseType(var->vartype);
	term->order = col_border_order(term->type);
	return term;
}

/* Do zones in byte order answer this operator under this collation? */
static bool
bytes_answer(StrategyNumber strategy, Oid type, Oid collation)
{
	if (!is_string(type))
		return true; /* bytea, uuid: bytes are their order */
	if (!OidIsValid(collation))
		return false;
	if (strategy == BTEqualStrategyNumber)
		return get_collation_isdeterministic(collation);
	return col_collation_is_c(collation);
}

/*
 * How filters of a column hash what it is compared with; a cast, and types whose
 * values they would hash in another way, leave that open.
 */
static ColBloomKind
bloom_of(const ColPruneTerm *term, Oid type, Oid collation)
{
	ColBloomKind kind = col_border_bloom_kind(term->type);

	if (term->strategy != BTEqualStrategyNumber || OidIsValid(term->cast) ||
		(kind != col_border_bloom_kind(type)))
		return COL_BLOOM_NONE;
	if (kind == COL_BLOOM_SIGNED && type != term->type &&
		!(is_integer(type) && is_integer(term->type)))
		return COL_BLOOM_NONE;
	if (kind == COL_BLOOM_UNSIGNED && type != term->type)
		return COL_BLOOM_NONE;
	if ((is_string(type) || type == BPCHAROID) &&
		(!OidIsValid(collation) || !get_collation_isdeterministic(collation)))
		return COL_BLOOM_NONE;
	return kind;
}

/*
 * column operator value, or ANY of an array of values.
 */
static ColPruneTerm *
match_comparison(ColPruneKind kind, const MatchedColumn *column, Oid operator,
				 Oid collation, Node *value)
{
	Oid type = column->type;
	Oid family = lookup_type_cache(type, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	int strategy;
	Oid left;
	Oid right;
	Oid compare;
	ColPruneTerm *term;

	if (!OidIsValid(family) || !op_in_opfamily(operator, family))
		return NULL;
	get_op_opfamily_properties(operator, family, false, &strategy, &left,
							   &right);
	compare = get_opfamily_proc(family, left, right, BTORDER_PROC);
	if (getBaseType(left) != type && !(is_string(left) && is_string(type)))
		return NULL;
	if (!OidIsValid(compare))
		return NULL;
	term = make_column_term(kind, column->var);
	term->cast = column->cast;
	if (term->order == COL_ORDER_BYTES &&
		((right != left && !(is_string(left) && is_string(right))) ||
		 !bytes_answer(strategy, type, collation)))
		return NULL;
	term->strategy = strategy;
	term->bloom = bloom_of(term, right, collation);
	if (term->order == COL_ORDER_NONE && term->bloom == COL_BLOOM_NONE)
		return NULL;
	term->value = (Expr *) value;
	term->value_type = right;
	term->collation = collation;
	term->compare = compare;
	return term;
}

/* column LIKE or ^@ value: where bytes say what is equal. */
static ColPruneTerm *
match_prefix(const OpExpr *clause, const MatchedColumn *column, Node *value)
{
	bool is_like = clause->opno == OID_TEXT_LIKE_OP;
	ColPruneTerm *term;

	if ((!is_like && clause->opfuncid != F_STARTS_WITH) ||
		!is_string(column->type) ||
		!bytes_answer(BTEqualStrategyNumber, column->type, clause->inputcollid))
		return NULL;
	term = make_column_term(is_like ? COL_PRUNE_LIKE : COL_PRUNE_PREFIX,
							column->var);
	term->value = (Expr *) value;
	term->value_type = exprType(value);
	return term;
}

static ColPruneTerm *
match_operator(OpExpr *clause, Index varno)
{
	Node *left;
	Node *right;
	MatchedColumn column;
	Oid commutator;

	if (list_length(clause->args) != 2 || clause->opretset)
		return NULL;
	left = linitial(clause->args);
	right = lsecond(clause->args);
	if (match_column(left, varno, &column) && is_known(right))
	{
		ColPruneTerm *term = match_prefix(clause, &column, right);

		return term ? term
					: match_comparison(COL_PRUNE_COMPARE, &column, clause->opno,
									   clause->inputcollid, right);
	}
	if (!match_column(right, varno, &column) || !is_known(left))
		return NULL;
	commutator = get_commutator(clause->opno);
	if (!OidIsValid(commutator))
		return NULL;
	return match_comparison(COL_PRUNE_COMPARE, &column, commutator,
							clause->inputcollid, left);
}

static ColPruneTerm *
match_any(ScalarArrayOpExpr *clause, Index varno)
{
	Node *left = linitial(clause->args);
	Node *right = lsecond(clause->args);
	MatchedColumn column;

	if (!clause->useOr || !match_column(left, varno, &column) ||
		!is_known(right))
		return NULL;
	return match_comparison(COL_PRUNE_ANY, &column, clause->opno,
							clause->inputcollid, right);
}

static ColPruneTerm *
match_null_test(NullTest *test, Index varno)
{
	Var *var = (Var *) test->arg;

	/* of a row, IS NULL is about its fields */
	if (test->argisrow || !IsA(var, Var) || var->varno != varno ||
		var->varlevelsup != 0 || var->varattno <= 0)
		return NULL;
	return make_column_term(test->nulltesttype == IS_NULL
								? COL_PRUNE_IS_NULL
								: COL_PRUNE_IS_NOT_NULL,
							var);
}

/* A boolean column, as a condition, that has to be value. */
static ColPruneTerm *
match_boolean(Node *node, Index varno, bool value)
{
	MatchedColumn column;

	if (!match_column(node, varno, &column) || column.type != BOOLOID)
		return NULL;
	return match_comparison(COL_PRUNE_COMPARE, &column, BooleanEqualOperator,
							InvalidOid, makeBoolConst(value, false));
}

static ColPruneTerm *
match_boolean_test(BooleanTest *test, Index varno)
{
	switch (test->booltesttype)
	{
		case IS_TRUE:
			return match_boolean((Node *) test->arg, varno, true);
		case IS_FALSE:
			return match_boolean((Node *) test->arg, varno, false);
		default:
			return NULL;
	}
}

/* AND: of what can be answered; OR: only if all of it can. */
static ColPruneTerm *
match_junction(BoolExpr *clause, Index varno)
{
	bool is_and = clause->boolop == AND_EXPR;
	ColPruneTerm *term;
	List *terms = NIL;
	ListCell *cell;

	foreach (cell, clause->args)
	{
		ColPruneTerm *part = col_prune_match(lfirst(cell), varno);

		if (part != NULL)
			terms = lappend(terms, part);
		else if (!is_and)
			return NULL;
	}
	if (terms == NIL)
		return NULL;
	term = palloc0(sizeof(*term));
	term->kind = is_and ? COL_PRUNE_AND : COL_PRUNE_OR;
	term->terms = terms;
	return term;
}

ColPruneTerm *
col_prune_match(Node *condition, Index varno)
{
	check_stack_depth();
	switch (nodeTag(condition))
	{
		case T_OpExpr:
			return match_operator((OpExpr *) condition, varno);
		case T_ScalarArrayOpExpr:
			return match_any((ScalarArrayOpExpr *) condition, varno);
		case T_NullTest:
			return match_null_test((NullTest *) condition, varno);
		case T_BooleanTest:
			return match_boolean_test((BooleanTest *) condition, varno);
		case T_BoolExpr:
			if (((BoolExpr *) condition)->boolop != NOT_EXPR)
				return match_junction((BoolExpr *) condition, varno);
			return match_boolean(linitial(((BoolExpr *) condition)->args),
								 varno, false);
		default:
			return match_boolean(condition, varno, true);
	}
}
