/*
 * xact.h - when pending rows are written: hooks of transactions and queries.
 */
#ifndef COL_XACT_H
#define COL_XACT_H

/* Registers the callbacks, once per process. */
extern void col_xact_init(void);

#endif /* COL_XACT_H */
