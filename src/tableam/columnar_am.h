/*
 * columnar_am.h - is this table one of ours?
 */
#ifndef COL_COLUMNAR_AM_H
#define COL_COLUMNAR_AM_H

#include "postgres.h"

#include "utils/rel.h"

/* Does rel use the access method of this library? */
extern bool col_relation_is_columnar(Relation rel);

#endif /* COL_COLUMNAR_AM_H */
