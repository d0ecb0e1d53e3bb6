/*
 * compat.h - the only file that knows PostgreSQL versions.
 *
 * Names that differ between versions get one spelling here, so that the rest
 * of the tree reads the same on all of them.
 */
#ifndef COL_COMPAT_H
#define COL_COMPAT_H

#include "postgres.h"
#include "storage/relfilenode.h"
#include "utils/rel.h"

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 160000
#error "columnar is built and tested on PostgreSQL 15"
#endif

/* The identity of a relation's files: RelFileNode on 15. */
typedef RelFileNode ColRelFile;
#define COL_REL_FILE(rel) ((rel)->rd_node)
#define COL_REL_FILE_EQUALS(a, b) RelFileNodeEquals(a, b)

/* The last argument of tuple_update: bool * on 15. */
typedef bool ColUpdateIndexes;

#endif /* COL_COMPAT_H */
