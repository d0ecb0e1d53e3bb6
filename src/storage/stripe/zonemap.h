/*
 * zonemap.h - what is known of the values of each column of each stripe.
 */
#ifndef COL_ZONEMAP_H
#define COL_ZONEMAP_H

#include "postgres.h"

#include "utils/rel.h"

#include "src/encoding/encoding.h"
#include "src/storage/stripe/directory.h"

/*
 * Writes the zones of a RESERVED stripe, one for each of n_columns columns;
 * columns that the group has no zones for are left out.
 */
extern void col_zonemap_write(Relation rel, const ColStripe *stripe,
							  const ColZone *zones, uint32 n_columns);

/*
 * Reads the zone of one column; false when nothing is known.
 */
extern bool col_zonemap_read(Relation rel, const ColStripe *stripe,
							 uint32 column, ColZone *zone);

#endif /* COL_ZONEMAP_H */
