/*
 * read_ahead.h - PostgreSQL's bitmap heap scans do not read columnar tables
 * ahead.
 */
#ifndef COL_READ_AHEAD_H
#define COL_READ_AHEAD_H

extern void col_read_ahead_init(void);

#endif /* COL_READ_AHEAD_H */
