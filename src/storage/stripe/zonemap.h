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

/*
 * Reads the zones of one column for all slots of a group into zones, which has
 * room for COL_ZONES_MAX; n_rows is 0 where nothing is known.
 */
extern void col_zonemap_read_group(Relation rel, const ColGroup *group,
								   uint32 column, ColZone *zones);

/*
 * A zone as it lies on its page, and back; lengths that do not fit are cut.
 */
extern void col_zonemap_pack(const ColZone *zone, ColZoneEntry *entry);
extern void col_zonemap_unpack(const ColZoneEntry *entry, ColZone *zone);

#endif /* COL_ZONEMAP_H */
