/*
 * hooks.h - where the planner asks us.
 */
#ifndef COL_HOOKS_H
#define COL_HOOKS_H

extern void col_planner_init(void);

#endif /* COL_HOOKS_H */
