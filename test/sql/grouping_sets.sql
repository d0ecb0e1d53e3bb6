-- Grouping sets computed from vectors: what a heap twin gives.
SET columnar.stripe_rows = 4096;
CREATE TABLE h (id int, a int, b text, d date, n numeric, f float8, nul int);
INSERT INTO h
SELECT i, CASE WHEN i % 17 > 0 THEN i % 7 END, CASE WHEN i % 19 > 0 THEN (ARRAY['x','y','é','']) [1 + i % 4] END,
  date '2020-01-01' + i % 40, round(i % 90 / 4.0, 2), i % 33 / 8.0, NULL
FROM generate_series(1, 20000) i;
CREATE TABLE c (LIKE h) USING columnar;
SET columnar.bulk_rows = 3000;
INSERT INTO c SELECT * FROM h ORDER BY id;
RESET columnar.bulk_rows;
DELETE FROM h WHERE id % 50 = 7 OR id BETWEEN 9000 AND 10100;
DELETE FROM c WHERE id % 50 = 7 OR id BETWEEN 9000 AND 10100;
ANALYZE h, c;

-- The sorted rows of a query on both tables, errors by their message.
CREATE FUNCTION answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
BEGIN
  EXECUTE 'SELECT count(*) || '' '' || coalesce(string_agg(x::text, E''\n'' ORDER BY x::text COLLATE "C"), '''') FROM (' || query || ') x'
    INTO answer;
  RETURN answer;
EXCEPTION WHEN data_exception THEN
  RETURN sqlerrm;
END $$;
CREATE FUNCTION twin(query text, OUT rows text, OUT same bool, OUT vectors bool) LANGUAGE plpgsql AS $$
DECLARE
  heap text := answer(replace(query, '@', 'h'));
  plan text;
BEGIN
  rows := regexp_replace(split_part(heap, E'\n', 1), ' .*', '');
  IF heap !~ '^\d' THEN rows := heap; END IF;
  same := heap = answer(replace(query, '@', 'c'));
  EXECUTE 'EXPLAIN (FORMAT json) ' || replace(query, '@', 'c') INTO plan;
  vectors := plan ~ 'ColstoreAggregate';
END $$;
CREATE TABLE queries (q serial, query text);
INSERT INTO queries (query) VALUES
  ('SELECT a, b, count(*), sum(n) FROM @ GROUP BY GROUPING SETS ((a), (b), ())'),
  ('SELECT a, b, count(*), min(d), avg(n) FROM @ GROUP BY ROLLUP (a, b)'),
  ('SELECT a, b, d, count(*), max(f) FROM @ GROUP BY CUBE (a, b, d)'),
  ('SELECT a, b, count(*) FROM @ GROUP BY a, CUBE (b, d)'),
  ('SELECT a, b, d, count(*) FROM @ GROUP BY ROLLUP (a, b), ROLLUP (a, d)'),
  ('SELECT a, b, d, count(*) FROM @ GROUP BY DISTINCT ROLLUP (a, b), ROLLUP (a, d)'),
  ('SELECT a, count(*) FROM @ GROUP BY GROUPING SETS ((a), (a), (), ())'),
  ('SELECT a, b, sum(f) FROM @ GROUP BY GROUPING SETS ((a, b), ROLLUP (b), CUBE (a))'),
  ('SELECT (a, b), count(*) FROM @ GROUP BY ROLLUP ((a, b), d)'),
  -- what the sets are
  ('SELECT a, b, GROUPING(a), GROUPING(b), GROUPING(a, b), GROUPING(b, a), count(*) FROM @ GROUP BY CUBE (a, b)'),
  ('SELECT GROUPING(a) + GROUPING(b) AS level, sum(count(*)) OVER (PARTITION BY GROUPING(a)) FROM @ GROUP BY ROLLUP (a, b)'),
  ('SELECT CASE WHEN GROUPING(b) = 1 THEN ''all'' ELSE coalesce(b, ''none'') END AS x, count(*) FROM @ GROUP BY ROLLUP (b)'),
  ('SELECT a, GROUPING(a), count(*) FROM @ GROUP BY a'),
  ('SELECT a, count(*) FROM @ GROUP BY ROLLUP (a) HAVING GROUPING(a) = 1 OR count(*) > 2600'),
  ('SELECT a, b, count(*) FROM @ GROUP BY CUBE (a, b) HAVING a > 2'),
  ('SELECT a, b FROM @ GROUP BY ROLLUP (a, b) HAVING b IS NULL'),
  -- no rows: of those without keys one
  ('SELECT a, b, count(*), sum(n) FROM @ WHERE id < 0 GROUP BY GROUPING SETS ((a), (b), ())'),
  ('SELECT count(*), GROUPING(a) FROM @ WHERE id < 0 GROUP BY GROUPING SETS ((a), (), ())'),
  ('SELECT a, count(*) FROM @ WHERE id < 0 GROUP BY GROUPING SETS ((a), (a, b))'),
  ('SELECT a, count(*) FROM @ WHERE id < 0 GROUP BY ROLLUP (a) HAVING count(*) > 0'),
  ('SELECT count(*), max(b) FROM @ GROUP BY ()'), ('SELECT 1 AS one FROM @ GROUP BY GROUPING SETS ((), ())'),
  -- keys that are computed, shown or not, alike
  ('SELECT a + 1, upper(b), count(*) FROM @ GROUP BY ROLLUP (a + 1, upper(b))'),
  ('SELECT a, a + 1, a + 2, count(*) FROM @ GROUP BY GROUPING SETS ((a), (a + 1), (a, a + 1))'),
  ('SELECT count(*) FROM @ GROUP BY CUBE (a, b, nul)'), ('SELECT a FROM @ GROUP BY ROLLUP (a)'),
  ('SELECT 1 AS one, count(*) FROM @ GROUP BY ROLLUP (1)'), ('SELECT a AS x, a AS y, count(*) FROM @ GROUP BY GROUPING SETS ((1), (2), ())'),
  ('SELECT x, y, count(*) FROM (SELECT a AS x, a AS y FROM @) z GROUP BY CUBE (x, y)'),
  ('SELECT x, count(*) FROM (SELECT 5 AS x, b FROM @) z GROUP BY GROUPING SETS ((x), (b))'),
  ('SELECT n, d, count(*) FROM @ GROUP BY GROUPING SETS ((n), (n, d))'), ('SELECT f, nul, count(*) FROM @ GROUP BY CUBE (f, nul)'),
  ('SELECT a, b, d, f, id % 2, id % 3, id % 5, count(*) FROM @ WHERE id < 900 GROUP BY CUBE (a, b, d, f, 5, 6, 7)'),
  ('SELECT id % 2, id % 3, id % 4, id % 5, id % 6, id % 7, id % 8, id % 9, id % 10, count(*) FROM @ WHERE id < 30 GROUP BY CUBE (1, 2, 3, 4, 5, 6, 7, 8, 9)'),
  -- aggregates of all kinds
  ('SELECT a, b, count(*) FILTER (WHERE n > 3), sum(id) FILTER (WHERE a = 1), count(nul) FROM @ GROUP BY CUBE (a, b)'),
  ('SELECT a, b, count(DISTINCT d), count(DISTINCT n), sum(DISTINCT a), count(DISTINCT b) FILTER (WHERE f > 1) FROM @ GROUP BY CUBE (a, b)'),
  ('SELECT a, b, string_agg(b, '','' ORDER BY id), array_agg(DISTINCT n), (array_agg(id ORDER BY f DESC, id))[3] FROM @ GROUP BY ROLLUP (a, b)'),
  ('SELECT a, b, sum(a), count(a), sum(a + 1), min(a || b) FROM @ GROUP BY GROUPING SETS ((a), (b), (a, b), ())'),
  ('SELECT b, array_agg(id), bool_and(a > 0), variance(a), round(stddev(f)::numeric, 9) FROM @ WHERE id < 900 GROUP BY ROLLUP (b)'),
  ('SELECT a, sum(10 / (a - 3)) FROM @ GROUP BY ROLLUP (a)'), ('SELECT a, sum(10 / (a - 3)) FROM @ WHERE a <> 3 GROUP BY ROLLUP (a)'),
  -- in and around other queries
  ('SELECT * FROM (SELECT a, b, count(*) AS n FROM @ GROUP BY CUBE (a, b)) x WHERE b IS NULL'),
  ('SELECT DISTINCT a, count(*) > 500 FROM @ GROUP BY CUBE (a, b)'),
  ('SELECT a, b, count(*) FROM @ GROUP BY ROLLUP (a, b) ORDER BY 3 DESC, 1, 2 LIMIT 5'),
  ('SELECT v, (SELECT sum(x.n) FROM (SELECT count(*) AS n FROM @ WHERE a < v GROUP BY ROLLUP (b, d)) x) FROM generate_series(-1, 6, 3) v'),
  ('SELECT v, (SELECT max(GROUPING(v) + z.a) FROM @ z) FROM (VALUES (1), (2)) w (v) GROUP BY ROLLUP (v)'),
  ('SELECT a, count(*), (SELECT count(*) FROM @ y WHERE y.a = x.a) FROM @ x GROUP BY ROLLUP (a)');
SET max_parallel_workers_per_gather = 0;
SELECT q, query, t.* FROM queries, twin(query) t ORDER BY q;
EXPLAIN (COSTS OFF) SELECT a, b, count(*), GROUPING(a) FROM c GROUP BY CUBE (a, b) HAVING GROUPING(b) = 0;
EXPLAIN (COSTS OFF, FORMAT yaml) SELECT a, count(*) FROM c GROUP BY ROLLUP (a, upper(b));
EXPLAIN (COSTS OFF, VERBOSE) SELECT a, GROUPING(a, b) + 1, count(*) FROM c GROUP BY GROUPING SETS ((a), (b));

-- with more groups than memory has room for: each set's go to disk
CREATE TABLE many AS SELECT query FROM queries WHERE false;
INSERT INTO many VALUES
  ('SELECT id, a, count(*), sum(n), GROUPING(id, a) FROM @ GROUP BY ROLLUP (a, id)'),
  ('SELECT id, d, f, count(*), max(b), avg(n) FROM @ GROUP BY GROUPING SETS ((id), (id, d), (id), (d, f), ())'),
  ('SELECT id, b, count(DISTINCT a), string_agg(b, '','' ORDER BY n, id) FILTER (WHERE a > 1) FROM @ GROUP BY CUBE (id, b)'),
  ('SELECT id % 7000 AS x, d, count(*) FROM @ GROUP BY CUBE (1, d) HAVING GROUPING(d) = 0'),
  ('SELECT v, (SELECT count(*) FROM (SELECT id, max(b) FROM @ WHERE a > v GROUP BY ROLLUP (id, n)) z) FROM generate_series(0, 4) v');
SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET enable_sort = off;
SELECT query, t.* FROM many, twin(query) t;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same ORDER BY q;
CREATE FUNCTION spilled(query text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, FORMAT json) ' || query INTO plan;
  RETURN (plan->0->'Plan'->>'Batches')::int > 10 AND (plan->0->'Plan'->>'Disk Usage')::int > 100
    AND (plan->0->'Plan'->>'Memory Usage')::int < 500;
END $$;
SELECT spilled('SELECT id, a, count(*) FROM c GROUP BY ROLLUP (id, a)'), spilled('SELECT a, b, count(*) FROM c GROUP BY CUBE (a, b)');
-- partitions that are never read
BEGIN;
DECLARE few CURSOR FOR SELECT id, count(DISTINCT b) FROM c GROUP BY ROLLUP (id, d);
MOVE 30000 IN few;
CLOSE few;
COMMIT;
RESET work_mem; RESET hash_mem_multiplier; RESET enable_sort;
-- by PostgreSQL's nodes above vectors, and in parallel
SET columnar.enable_aggregate = off;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same OR vectors ORDER BY q;
RESET columnar.enable_aggregate;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same AND query !~ 'array_agg' ORDER BY q;
DROP TABLE h, c, queries, many;
DROP FUNCTION answer, twin, spilled;
