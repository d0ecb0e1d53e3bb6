/*
 * prune_match.h - which conditions say something about zones.
 */
#ifndef COL_PRUNE_MATCH_H
#define COL_PRUNE_MATCH_H

#include "postgres.h"

#include "access/stratnum.h"
#include "nodes/primnodes.h"

#include "src/encoding/encoding.h"

typedef enum ColPruneKind
{
	COL_PRUNE_COMPARE,	   /* column op value */
	COL_PRUNE_ANY,		   /* column op ANY (array) */
	COL_PRUNE_LIKE,		   /* column LIKE pattern */
	COL_PRUNE_PREFIX,	   /* column ^@ prefix */
	COL_PRUNE_IS_NULL,	   /* column IS NULL */
	COL_PRUNE_IS_NOT_NULL, /* column IS NOT NULL */
	COL_PRUNE_AND,
	COL_PRUNE_OR
} ColPruneKind;

/* What of a condition can be asked of a zone. */
typedef struct ColPruneTerm
{
	ColPruneKind kind;
	List *terms; /* AND, OR: of ColPruneTerm */
	/* all others */
	int column;		/* 0-based */
	Oid type;		/* of the column, or what a domain is over */
	Oid cast;		/* function that makes what is compared of a value of the
				  * column, larger of larger; InvalidOid: the value itself */
	ColOrder order; /* of its zones */
	/* COMPARE, ANY; LIKE, PREFIX: value alone */
	StrategyNumber strategy; /* btree's: what the operator asks for */
	Expr *value;			 /* has no column of the table, is not volatile */
	Oid value_type;			 /* of it, or of the array's elements */
	Oid collation;			 /* of the operator */
	Oid compare;		/* btree's function of what is compared and value */
	ColBloomKind bloom; /* equality: how filters hash it; NONE: they do not */
} ColPruneTerm;

/*
 * The part of a condition on table varno that zones can answer; NULL: none.
 * A zone in which no row can pass the part has none that passes the whole.
 */
extern ColPruneTerm *col_prune_match(Node *condition, Index varno);

#endif /* COL_PRUNE_MATCH_H */
