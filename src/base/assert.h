/*
 * assert.h - assertions of the pure C layers.
 *
 * COL_ASSERT is defined by the unit tests and by debug builds.  Without it the
 * condition is compiled, so that it cannot rot, and not evaluated.  An
 * assertion states our own bug, never a property of bytes that were read.
 */
#ifndef COL_ASSERT_H
#define COL_ASSERT_H

#ifdef COL_ASSERT
#include <assert.h>
#define col_assert(condition) assert(condition)
#else
#define col_assert(condition) ((void) sizeof((condition) ? 1 : 0))
#endif

#endif /* COL_ASSERT_H */
