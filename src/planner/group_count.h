/*
 * group_count.h - how many groups there will be.
 */
#ifndef COL_GROUP_COUNT_H
#define COL_GROUP_COUNT_H

#include "postgres.h"

#include "nodes/pathnodes.h"

/* The groups that rows have by keys, 1 if there are no keys. */
extern double col_group_count(PlannerInfo *root, List *keys, double rows);

#endif /* COL_GROUP_COUNT_H */
