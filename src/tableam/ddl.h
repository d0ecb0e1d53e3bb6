/*
 * ddl.h - table AM callbacks for a relation's files, see access/tableam.h.
 */
#ifndef COL_DDL_H
#define COL_DDL_H

#include "postgres.h"

#include "access/tableam.h"

#include "src/pg/compat.h"

extern void col_relation_set_new_filelocator(Relation rel,
											 const ColRelFile *file,
											 char persistence,
											 TransactionId *freeze_xid,
											 MultiXactId *min_multi);
extern void col_relation_nontransactional_truncate(Relation rel);
extern void col_relation_copy_data(Relation rel, const ColRelFile *file);
extern void col_relation_copy_for_cluster(
	Relation old_table, Relation new_table, Relation old_index, bool use_sort,
	TransactionId oldest_xmin, TransactionId *xid_cutoff,
	MultiXactId *multi_cutoff, double *n_tuples, double *n_vacuumed,
	double *n_recently_dead);
extern uint64 col_relation_size(Relation rel, ForkNumber fork);
extern bool col_relation_needs_toast_table(Relation rel);
extern Oid col_relation_toast_am(Relation rel);
extern void col_relation_estimate_size(Relation rel, int32 *attr_widths,
									   BlockNumber *n_pages, double *n_tuples,
									   double *all_visible_fraction);

#endif /* COL_DDL_H */
