-- The questions of the demo.  Each begins with a line "-- ? title"; :flights
-- stands for the table.  Every answer has one order only, so that answers
-- can be compared as text.

-- ? Which routes are flown most?
SELECT origin, destination, count(*) AS flights,
       round(avg(delay), 1) AS mean_delay
  FROM :flights
 GROUP BY origin, destination
 ORDER BY flights DESC, origin, destination
 LIMIT 5;

-- ? Flights from which airports are latest, in minutes?
SELECT origin, count(*) AS flights, round(avg(delay), 1) AS mean_delay
  FROM :flights
 GROUP BY origin
HAVING count(*) >= 1000
 ORDER BY mean_delay DESC, origin
 LIMIT 5;

-- ? Which days were the worst?
SELECT date::date AS day, count(*) AS flights,
       round(avg(delay), 1) AS mean_delay, max(delay) AS longest_delay
  FROM :flights
 GROUP BY day
 ORDER BY mean_delay DESC, day
 LIMIT 5;

-- ? At what time of day do flights from Chicago (ORD) fall behind?
SELECT extract(hour FROM date)::int / 4 * 4 AS from_hour,
       count(*) AS flights, round(avg(delay), 1) AS mean_delay
  FROM :flights
 WHERE origin = 'ORD'
 GROUP BY from_hour
 ORDER BY from_hour;

-- ? What share of flights is a quarter of an hour late or more, by week?
SELECT date_trunc('week', date)::date AS week, count(*) AS flights,
       round(100.0 * count(*) FILTER (WHERE delay >= 15) / count(*), 1)
         AS late_percent
  FROM :flights
 GROUP BY week
 ORDER BY week;

-- ? Which are the longest routes, in miles?
SELECT origin, destination, max(distance) AS miles, count(*) AS flights
  FROM :flights
 GROUP BY origin, destination
 ORDER BY miles DESC, origin, destination
 LIMIT 5;
