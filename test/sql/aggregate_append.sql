-- Aggregates of several tables, computed from the vectors of one after the other: what
-- heap twins give.
SET columnar.stripe_rows = 4096;
CREATE FUNCTION make(t text, method text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- columns in another order, dropped, added later
  EXECUTE format('CREATE TABLE %1$s (id int, k int, v numeric(9,2), t text, d date, f float8) PARTITION BY RANGE (k);
    CREATE TABLE %1$s_1 (gone int, t text, d date, k int, v numeric(9,2), id int) USING %2$s;
    INSERT INTO %1$s_1 SELECT 1, ''old'' || i %% 7, ''2020-02-02'', -5, i / 4.0, -i FROM generate_series(1, 5000) i;
    ALTER TABLE %1$s_1 DROP gone, ADD f float8 DEFAULT 2.5;
    ALTER TABLE %1$s ATTACH PARTITION %1$s_1 FOR VALUES FROM (MINVALUE) TO (0);
    CREATE TABLE %1$s_2 PARTITION OF %1$s FOR VALUES FROM (0) TO (100) PARTITION BY LIST (k);
    CREATE TABLE %1$s_3 PARTITION OF %1$s_2 FOR VALUES IN (1, 2, 3, 4, 5) USING %2$s;
    CREATE TABLE %1$s_4 PARTITION OF %1$s_2 DEFAULT USING %2$s;
    CREATE TABLE %1$s_5 PARTITION OF %1$s FOR VALUES FROM (100) TO (200) USING %2$s;
    CREATE TABLE %1$s_6 PARTITION OF %1$s FOR VALUES FROM (200) TO (300) USING %2$s;
    CREATE TABLE %1$s_old (id int, k int, v numeric(9,2), t text) USING %2$s;
    CREATE TABLE %1$s_new (t text, k int, more float4) INHERITS (%1$s_old) USING %2$s;
    CREATE TABLE %1$s_mix (id int, k int, v numeric(9,2), t text) USING %2$s;
    CREATE TABLE %1$s_heap () INHERITS (%1$s_mix) USING heap', t, method);
END $$;
SELECT make('h', 'heap'), make('c', 'columnar');
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['h', 'c'] LOOP
    SET columnar.bulk_rows = 3000;
    EXECUTE format('INSERT INTO %1$s SELECT i, CASE WHEN i %% 40 < 20 THEN i %% 40 - 10 ELSE 100 + i %% 50 END, i %% 997 / 4.0,
        CASE WHEN i %% 31 > 0 THEN chr(97 + i %% 5) || chr(97 + i / 6000) END, date ''2020-01-01'' + i %% 50, i %% 77 / 8.0 FROM generate_series(1, 20000) i;
      INSERT INTO %1$s_old SELECT i, i %% 9, i / 8.0, ''t'' || i %% 50 FROM generate_series(1, 6000) i;
      INSERT INTO %1$s_new SELECT i, i %% 11, i / 8.0, ''t'' || i %% 60, i FROM generate_series(1, 9000) i;
      INSERT INTO %1$s_mix SELECT * FROM %1$s_old; INSERT INTO %1$s_heap SELECT * FROM %1$s_old', t);
    RESET columnar.bulk_rows;
    EXECUTE format('INSERT INTO %1$s SELECT i, i %% 150, i, ''late'', NULL, -1 FROM generate_series(1, 200) i;
      DELETE FROM %1$s WHERE id %% 50 = 7; UPDATE %1$s SET f = NULL WHERE id %% 30 = 2; ANALYZE %1$s, %1$s_old, %1$s_mix', t);
  END LOOP;
END $$;

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
  ('SELECT count(*), count(f), sum(v), min(d), max(t), avg(k) FROM @'), ('SELECT k, count(*), sum(v), max(d), min(f) FROM @ GROUP BY k'),
  ('SELECT t, count(*), sum(v), min(id), max(f) FROM @ GROUP BY t'), ('SELECT t, d, f, count(*), sum(k) FROM @ GROUP BY t, d, f'),
  ('SELECT upper(t), d + k, count(*) FILTER (WHERE f > 2), sum(v * k) FROM @ GROUP BY 1, 2 HAVING count(*) > 1'),
  ('SELECT t, count(DISTINCT d), count(DISTINCT v), array_agg(id ORDER BY id, k), percentile_cont(0.5) WITHIN GROUP (ORDER BY f) FROM @ GROUP BY t'),
  ('SELECT DISTINCT t, k FROM @'), ('SELECT DISTINCT f FROM @ WHERE k > 10'), ('SELECT k, t, count(*), GROUPING(k, t) FROM @ GROUP BY CUBE (k, t)'),
  -- conditions, partitions that are left out
  ('SELECT t, count(*) FROM @ WHERE t LIKE ''a%'' AND f < 3 GROUP BY t'), ('SELECT t, count(*) FROM @ WHERE k BETWEEN 1 AND 5 OR k > 120 GROUP BY t'), ('SELECT count(*), max(t) FROM @ WHERE k = 3'), ('SELECT count(*), max(t) FROM @ WHERE k > 1000'), ('SELECT t, sum(v) FROM @ WHERE k < 0 GROUP BY t'),
  ('SELECT count(*) FROM @ WHERE now() IS NULL'), ('SELECT t, sum(10 / (k - 3)) FROM @ GROUP BY t'), ('SELECT t, sum(10 / (k - 3)) FROM @ WHERE k <> 3 GROUP BY t'),
  -- again and again
  ('SELECT x, (SELECT count(*) || max(t) || sum(v) FROM @ WHERE k < x AND t > ''ab''), (SELECT max(n) FROM (SELECT upper(t), count(*) AS n FROM @ WHERE id % 2 = x % 2 AND k > x GROUP BY 1) z) FROM generate_series(-10, 130, 20) x'),
  ('SELECT x, (SELECT count(*) || max(t) || sum(v) FROM @ WHERE k = x), (SELECT count(*) FROM (SELECT t FROM @ WHERE k BETWEEN x AND x + 2 GROUP BY t) z) FROM generate_series(-12, 310, 7) x'),
  ('SELECT a.t, (SELECT count(*) FROM @ b WHERE b.t = a.t AND b.k < 50) FROM (SELECT DISTINCT t FROM @) a'),
  -- what the tables are
  ('SELECT count(*) FROM @ WHERE tableoid IS NULL'), ('SELECT count(x), max(x::text) FROM @ x'), ('SELECT generate_series(1, k), count(*) FROM @ WHERE k BETWEEN 1 AND 3 GROUP BY 1'), ('SELECT t, generate_series(1, 2), count(*) FROM @ GROUP BY 1'),
  ('SELECT a.t, count(*) FROM @ a JOIN @_old b USING (id) GROUP BY a.t'),
  -- inheritance; a heap table below leaves it to PostgreSQL
  ('SELECT t, count(*), sum(v), max(k) FROM @_old GROUP BY t'), ('SELECT t, count(*), sum(v) FROM ONLY @_old GROUP BY t'), ('SELECT t, count(*), sum(v) FROM @_mix GROUP BY t'),
  -- UNION ALL, of columns of one type
  ('SELECT t, count(*), sum(v) FROM (SELECT t, v FROM @ UNION ALL SELECT t, v FROM @_old) u GROUP BY t'), ('SELECT x, y, count(*), min(z) FROM (SELECT id AS x, t AS y, k AS z FROM ONLY @_old UNION ALL SELECT k, t, id FROM @_new UNION ALL SELECT k, t, k FROM @_4) u WHERE x > 3 GROUP BY x, y'),
  ('SELECT t, count(*), sum(v) FROM (SELECT t, v FROM @ UNION ALL SELECT ''x'', 1.5 FROM @_old UNION ALL SELECT t, k FROM @) u GROUP BY t'), ('SELECT t, count(*) FROM (SELECT t FROM @_old WHERE k = 3 UNION ALL SELECT t FROM @_3) u GROUP BY t'),
  ('SELECT x, count(*) FROM (SELECT k::int8 AS x FROM @_old UNION ALL SELECT id FROM @_3) u GROUP BY x'), ('SELECT x, count(*) FROM (SELECT v AS x FROM @_old UNION ALL SELECT v * 2 FROM @_3) u GROUP BY x'), ('SELECT x COLLATE "POSIX", count(*) FROM (SELECT t COLLATE "C" AS x FROM @_old UNION ALL SELECT t FROM @_3) u GROUP BY 1'), ('SELECT x, count(*) FROM (SELECT id AS x, k FROM @_3 UNION ALL SELECT id, k FROM @_3) u WHERE k > 2 GROUP BY x');
SET max_parallel_workers_per_gather = 0;
SELECT q, query, t.* FROM queries, twin(query) t ORDER BY q;
EXPLAIN (COSTS OFF) SELECT t, count(*), sum(v) FROM c WHERE k > 2 GROUP BY t;
-- groups on disk are whole, whatever tables they are of
SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET enable_sort = off;
INSERT INTO queries (query) VALUES ('SELECT id, t, count(*), sum(v), max(k) FROM @ GROUP BY id, t'), ('SELECT count(*) FILTER (WHERE t IS NULL), count(*) FILTER (WHERE v IS NOT NULL), sum(k) FILTER (WHERE d IS NULL AND f IS NULL) FROM @'), ('SELECT id, count(*), string_agg(t, '','' ORDER BY k, t) FROM (SELECT id, t, k FROM @_old UNION ALL SELECT id, t, k FROM @) u GROUP BY id');
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same ORDER BY q;
SELECT (SELECT vectors AND same FROM queries, twin(query) WHERE query ~ 'GROUP BY id, t') AS by_vectors;
RESET work_mem; RESET hash_mem_multiplier; RESET enable_sort;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same ORDER BY q;
SET min_parallel_table_scan_size = '16kB';
EXPLAIN (COSTS OFF) SELECT t, count(*), sum(v) FROM c GROUP BY t;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same ORDER BY q;
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_aggregate = on;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same ORDER BY q;
RESET enable_partitionwise_aggregate;
-- a generic plan
PREPARE p (int) AS SELECT t, sum(v), count(*) FROM c WHERE k < $1 GROUP BY t ORDER BY t LIMIT 3;
SET plan_cache_mode = force_generic_plan;
EXECUTE p(10);
EXECUTE p(-10);
EXECUTE p(1000);
EXPLAIN (COSTS OFF) EXECUTE p(2);
DROP TABLE c_4;
EXECUTE p(1000);
RESET plan_cache_mode;
DROP TABLE h, c, h_old, c_old, h_mix, c_mix, queries CASCADE;
DROP FUNCTION make, answer, twin;
