/*
 * zone_offset.h - how far the session's time zone is from UTC.
 */
#ifndef COL_ZONE_OFFSET_H
#define COL_ZONE_OFFSET_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "pgtime.h"

#define COL_ZONE_PERIODS 64

/* Periods in which the distance is known; all zero: none is. */
typedef struct ColZoneOffset
{
	struct
	{
		pg_time_t begin;
		pg_time_t end;
		int32 east_seconds;
	} periods[COL_ZONE_PERIODS];
} ColZoneOffset;

/* Seconds that local time is ahead of UTC at that finite time. */
extern int32 col_zone_offset(ColZoneOffset *zone, TimestampTz time);

#endif /* COL_ZONE_OFFSET_H */
