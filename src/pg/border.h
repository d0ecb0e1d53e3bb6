/*
 * border.h - where the pure C layers meet PostgreSQL: memory, errors, types.
 */
#ifndef COL_BORDER_H
#define COL_BORDER_H

#include "postgres.h"

#include "access/tupdesc.h"
#include "storage/block.h"
#include "utils/palloc.h"
#include "utils/rel.h"

#include "src/base/arena.h"
#include "src/base/status.h"
#include "src/encoding/encoding.h"
#include "src/pg/compat.h"
#include "src/vector/vector.h"

/*
 * An allocator over a memory context, itself allocated there: what it gives
 * goes with the context at the latest.  Its hooks do not throw.
 */
extern const ColAllocator *col_border_allocator(MemoryContext context);

/* The compression contexts of this process; throws when out of memory. */
extern ColCodecs *col_border_codecs(void);

/*
 * Throws what a pure C function returned.  The place of a corruption: stripe is
 * its first row number, column its name or NULL, block the one that was read
 * last or InvalidBlockNumber.
 */
pg_noreturn extern void col_border_throw(Relation rel, uint64 stripe,
										 const char *column, BlockNumber block,
										 ColStatus status,
										 const ColError *error);

/*
 * Do rows have values of the column?  Not of one that was dropped, or that is
 * computed when it is read; what is in a stripe all the same may be of a type
 * that the column no longer has.
 */
extern bool col_border_is_stored(Form_pg_attribute attribute);

/* Physical class of a column that is stored; zone order of a type. */
extern ColPhys col_border_phys(Form_pg_attribute attribute);
extern ColOrder col_border_order(Oid type);

/*
 * What bloom filters hash of values of a type whose equal values are equal bytes, or
 * can be made so; COL_BLOOM_NONE of others.  Strings are equal by bytes only
 * under deterministic collations.
 */
extern ColBloomKind col_border_bloom_kind(Oid type);

/* A sum of a zone, high and low half / 10^scale, as numeric. */
extern Datum col_border_numeric(uint64 low, int64 high, int scale);

/* Bytes of a value: LANE, FIXED; 0 for IMAGE. */
extern uint16 col_border_value_bytes(Form_pg_attribute attribute);

#endif /* COL_BORDER_H */
