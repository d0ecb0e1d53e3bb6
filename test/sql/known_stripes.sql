-- What zones tell of stripes whose rows are all seen is not read: the answers are those of
-- reading.
SET columnar.stripe_rows = 4096;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE c (id int, i2 int2, i4 int4, i8 int8, o oid, n numeric(12,2), nn numeric, f float8, d date, ts timestamptz, t text, b bool, none int, gone int) USING columnar;
SET columnar.bulk_rows = 500;
INSERT INTO c SELECT i, i % 300 - 150, i * 7919 % 100003 - 50000, i * 461168601842738::int8, i % 70, (i % 10007) / 100.0 - 20,
  CASE WHEN i < 12000 THEN i / 7.0 WHEN i = 13000 THEN 'NaN' ELSE 1.00 END, CASE i % 50 WHEN 0 THEN 'NaN' WHEN 1 THEN '-0' ELSE i / 3.0 END,
  CASE WHEN i % 900 = 0 THEN 'infinity' ELSE date '2020-01-01' + i % 900 END, timestamptz '2020-01-01 00:00+00' + i * interval '53 minutes', md5(i::text), i % 3 = 0, NULL, 1
FROM generate_series(1, 20000) i;
ALTER TABLE c ADD COLUMN late int DEFAULT 7, DROP COLUMN gone;
ANALYZE c;
CREATE FUNCTION known(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, FORMAT json) ' || query INTO plan;
  RETURN (regexp_match(plan::text, '"Stripes Known by Zones": (\d+)'))[1];
END $$;
CREATE FUNCTION both_ways(what text, OUT same bool, OUT known bigint, OUT answer text) LANGUAGE plpgsql AS $$
DECLARE
  read text;
  query text := 'SELECT ROW(' || what || ') FROM c';
BEGIN
  EXECUTE query INTO answer;
  known := known(query);
  SET columnar.enable_zone_maps = off;
  EXECUTE query INTO read;
  RESET columnar.enable_zone_maps;
  same := read = answer;
END $$;
CREATE TABLE asked (q serial, what text);
INSERT INTO asked (what) VALUES ('count(*)'), ('count(none), count(t), count(i4), count(d)'), ('sum(i2), sum(i4), sum(i8), avg(i2), avg(i4), avg(i8)'), ('sum(n), avg(n), sum(n) + sum(id)'), ('sum(nn), avg(nn)'), ('min(i2), max(i2), min(i4), max(i4), min(i8), max(i8), min(o), max(o)'),
  ('min(d), max(d), min(ts), max(ts)'), ('sum(none), avg(none), min(none), max(none), count(*)'), ('sum(id), sum(late), count(late)'),
  -- not these
  ('min(f), max(f)'), ('sum(f)'), ('count(*), max(t)'), ('sum(i4 + 1)'), ('count(*) FILTER (WHERE b)'), ('count(DISTINCT i2)'), ('bit_or(i4)'), ('min(n)');
SELECT q, what, x.* FROM asked, both_ways(what) x ORDER BY q;
-- rows that are marked, by whom they are not seen yet, or again
DELETE FROM c WHERE id = 5000;
SELECT x.* FROM both_ways('count(*), sum(id), min(id), max(id)') x;
BEGIN;
DELETE FROM c WHERE id = 20000;
UPDATE c SET i4 = 1000000 WHERE id = 1;
SELECT x.* FROM both_ways('count(*), sum(id), max(id), max(i4)') x;
ROLLBACK;
SELECT x.* FROM both_ways('count(*), sum(id), max(id), max(i4)') x;
BEGIN;
INSERT INTO c (id, i4) SELECT i, 500000 + i FROM generate_series(20001, 30000) i;
SELECT x.* FROM both_ways('count(*), sum(id), max(id), max(i4)') x;
SAVEPOINT s;
INSERT INTO c (id, i4) SELECT i, 500000 + i FROM generate_series(30001, 40000) i;
ROLLBACK TO s;
SELECT x.* FROM both_ways('count(*), sum(id), max(id), max(i4)') x;
ROLLBACK;
SELECT x.* FROM both_ways('count(*), sum(id), max(id), max(i4)') x;
-- by several processes, again with other rows, with conditions on the result
SELECT known('SELECT count(*) FROM c WHERE id > 0'), known('SELECT count(*) FROM c HAVING count(*) > 5'), known('SELECT count(*) FROM c GROUP BY id % 2');
SELECT i, (SELECT count(*) + i FROM c) FROM generate_series(1, 3) i;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT q, what, x.same FROM asked, both_ways(what) x WHERE NOT same ORDER BY q;
DROP TABLE c, asked;
DROP FUNCTION both_ways, known;
