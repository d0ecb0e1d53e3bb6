/*
 * copy_to.h - COPY TO from columnar tables.
 */
#ifndef COL_COPY_TO_H
#define COL_COPY_TO_H

/* Installs the hook. */
extern void col_copy_to_init(void);

#endif /* COL_COPY_TO_H */
