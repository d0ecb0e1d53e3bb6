/*
 * directory_page.h - directory pages, between the files of the directory.
 */
#ifndef COL_DIRECTORY_PAGE_H
#define COL_DIRECTORY_PAGE_H

#include "postgres.h"

#include "storage/bufpage.h"

#include "src/storage/stripe/directory.h"

/* Reads and locks the directory page of ref. */
extern Buffer col_directory_read(Relation rel, const ColStripeRef *ref,
								 int mode);

/* The entry of ref on a locked directory page, checked. */
extern ColStripeEntry *col_directory_entry(Relation rel, Page page,
										   const ColStripeRef *ref);

#endif /* COL_DIRECTORY_PAGE_H */
