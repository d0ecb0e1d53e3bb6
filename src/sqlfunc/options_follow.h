/*
 * options_follow.h - options of tables follow what DDL does.
 */
#ifndef COL_OPTIONS_FOLLOW_H
#define COL_OPTIONS_FOLLOW_H

/* Once, at start: the provider of their labels, and what follows DDL. */
extern void col_options_init(void);

#endif /* COL_OPTIONS_FOLLOW_H */
