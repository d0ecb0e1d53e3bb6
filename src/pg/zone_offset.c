/*
 * zone_offset.c - how far the session's time zone is from UTC.
 *
 * The zone is asked once for each period without a change; periods are found by bits
 * of the time, so that each serves 48 days.
 */
#include "postgres.h"

#include "src/pg/zone_offset.h"

#define PERIOD_BITS 22

/* 1900 to 2100: where the zone's table says all. */
#define KNOWN_BEGIN INT64CONST(-2208988800)
#define KNOWN_END INT64CONST(4102444800)

#define SECONDS_BEFORE_2000 \
	((pg_time_t) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

static int32
ask_zone(pg_time_t time)
{
	const struct pg_tm *local = pg_localtime(&time, session_timezone);

	return local != NULL ? local->tm_gmtoff : 0;
}

/* When the distance changes next. */
static pg_time_t
next_change(pg_time_t time)
{
	long offset_before;
	long offset_after;
	int dst_before;
	int dst_after;
	pg_time_t boundary;

	return pg_next_dst_boundary(&time, &offset_before, &dst_before, &boundary,
								&offset_after, &dst_after,
								session_timezone) == 1
			   ? boundary
			   : PG_INT64_MAX;
}

int32
col_zone_offset(ColZoneOffset *zone, TimestampTz microseconds)
{
	pg_time_t time = microseconds / USECS_PER_SEC;
	int i;

	if (microseconds % USECS_PER_SEC < 0)
		time--;
	time += SECONDS_BEFORE_2000;
	if (time < KNOWN_BEGIN || time >= KNOWN_END)
		return ask_zone(time);
	i = (time >> PERIOD_BITS) & (COL_ZONE_PERIODS - 1);
	if (time < zone->periods[i].begin || time >= zone->periods[i].end)
	{
		zone->periods[i].begin = time;
		zone->periods[i].end = next_change(time);
		zone->periods[i].east_seconds = ask_zone(time);
	}
	return zone->periods[i].east_seconds;
}
