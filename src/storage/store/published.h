/*
 * published.h - tables whose changes logical decoding must see.
 *
 * It sees what heapam logs, and nothing of stripes.  So new rows of such a table
 * go to the row store; a row of a stripe is moved there by the command that
 * changes it, which is then heapam's business, replica identity and all.
 */
#ifndef COL_PUBLISHED_H
#define COL_PUBLISHED_H

#include "postgres.h"

#include "access/htup.h"
#include "utils/rel.h"

/*
 * Must changes of the table be decoded?  It is published, itself or through a
 * parent, a schema, or all tables; or columnar.logical_tables says so.
 */
extern bool col_relation_is_published(Relation rel);

/*
 * Could a plugin other than pgoutput decode changes of the table?  Those that
 * are without old and new row mean nothing to pgoutput only.
 */
extern bool col_relation_has_other_decoder(Relation rel);

/*
 * Moves a row (a copy of it, formed for rel) to the row store and deletes it
 * there, both as command cid.  *moved: where it was.  changing_part: it goes
 * on in another partition.
 */
extern void col_published_delete(Relation rel, HeapTuple copy, CommandId cid,
								 bool changing_part, ItemPointer moved);

/*
 * Moves a row to the row store and updates it there to another, both as command
 * cid.  The new version, whose t_self is set, needs entries in all indexes.
 */
extern void col_published_update(Relation rel, HeapTuple copy, HeapTuple new,
								 CommandId cid, ItemPointer moved);

#endif /* COL_PUBLISHED_H */
