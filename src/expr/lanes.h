/*
 * lanes.h - which types are lanes that kernels compute on.
 */
#ifndef COL_LANES_H
#define COL_LANES_H

#include "postgres.h"

/* SimdType of lanes of a type, domains seen through; -1: it has none that compute. */
extern int col_lane_of(Oid type);

#endif /* COL_LANES_H */
