-- The first groups in an order are all that the aggregate gives to the sort above it: what
-- a heap twin gives.
SET columnar.stripe_rows = 4096;
CREATE TABLE h (id int, i int, k int, n numeric, f float8, t text, c char(5), iv interval);
INSERT INTO h SELECT i, i * 7919 % 5003, i % 37, CASE i % 3 WHEN 0 THEN (i % 1009) / 7.0 WHEN 1 THEN 1.0 ELSE 1.00 END,
  CASE i % 61 WHEN 0 THEN 'NaN' WHEN 1 THEN '-Infinity' ELSE i % 997 / 3.0 END, md5((i % 3000)::text), left(md5((i % 200)::text), i % 4),
  CASE i % 5 WHEN 0 THEN interval '1 mon' WHEN 1 THEN interval '30 days' ELSE make_interval(mins => i % 777) END
FROM generate_series(1, 20000) i;
UPDATE h SET i = NULL, n = NULL, t = NULL WHERE id % 50 = 1;
CREATE TABLE c (LIKE h) USING columnar;
SET columnar.bulk_rows = 1500;
INSERT INTO c SELECT * FROM h ORDER BY id;
DELETE FROM h WHERE id % 13 = 0;
DELETE FROM c WHERE id % 13 = 0;
ANALYZE h, c;
CREATE FUNCTION answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
BEGIN
  EXECUTE 'SELECT string_agg(x::text, E''\n'') FROM (' || query || ') x' INTO answer;
  RETURN answer;
END $$;
CREATE FUNCTION twin(query text, OUT same bool, OUT few bool) LANGUAGE plpgsql AS $$
DECLARE
  plan text;
BEGIN
  same := answer(replace(query, '@', 'h')) IS NOT DISTINCT FROM answer(replace(query, '@', 'c'));
  EXECUTE 'EXPLAIN (FORMAT json) ' || replace(query, '@', 'c') INTO plan;
  few := plan ~ 'Groups Wanted';
END $$;
CREATE TABLE queries (q serial, query text);
INSERT INTO queries (query) VALUES
  ('SELECT i, count(*) FROM @ GROUP BY i ORDER BY 2 DESC, i LIMIT 10'), ('SELECT i, count(*) FROM @ GROUP BY i ORDER BY 2, i DESC LIMIT 10 OFFSET 5'), ('SELECT i, count(*) FROM @ GROUP BY i ORDER BY i NULLS FIRST LIMIT 3'), ('SELECT i FROM @ GROUP BY i ORDER BY i DESC LIMIT 3'),
  ('SELECT t, sum(n), avg(n) FROM @ GROUP BY t ORDER BY sum(n) DESC NULLS LAST, t LIMIT 20'), ('SELECT t FROM @ GROUP BY t ORDER BY avg(f), t LIMIT 20'), ('SELECT t, max(f) FROM @ GROUP BY t HAVING count(*) > 6 ORDER BY 2 DESC, 1 DESC LIMIT 20'), ('SELECT c, t, min(id) FROM @ GROUP BY c, t ORDER BY 1 DESC, 3, 2 LIMIT 7'),
  ('SELECT k, trim_scale(n), count(*) FROM @ GROUP BY k, n ORDER BY 3 DESC, k, n LIMIT 30'), ('SELECT justify_interval(iv), k, min(id) FROM @ GROUP BY iv, k ORDER BY iv DESC, 3 LIMIT 30'), ('SELECT t, array_agg(id ORDER BY id) FROM @ GROUP BY t ORDER BY 2 DESC LIMIT 5'), ('SELECT t, count(DISTINCT k) FROM @ GROUP BY t ORDER BY 2 DESC, 1 LIMIT 5'),
  ('SELECT upper(t), count(*) FILTER (WHERE k = 3) FROM @ GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5'), ('SELECT t, sum(id) + 1 FROM @ GROUP BY t ORDER BY sum(id) DESC, t LIMIT 5'), ('SELECT x.t, (SELECT count(*) FROM h WHERE h.t = x.t) FROM (SELECT t, sum(id) FROM @ GROUP BY t ORDER BY 2 LIMIT 4) x'), ('SELECT i, count(*) FROM @ GROUP BY i ORDER BY i LIMIT 0'),
  ('SELECT i, k, count(*) FROM @ GROUP BY ROLLUP (i, k) ORDER BY 3 DESC, 1, 2 LIMIT 10'), ('SELECT i, k, count(*) FROM @ GROUP BY CUBE (i, k) HAVING count(*) < 300 ORDER BY 3 DESC, 1, 2 LIMIT 50'), ('SELECT v, (SELECT sum(y.id) FROM @ y WHERE y.k > v GROUP BY y.i ORDER BY 1 DESC LIMIT 1) FROM generate_series(0, 40, 7) v'), ('SELECT i, count(*) FROM @ WHERE id < 0 GROUP BY i ORDER BY i LIMIT 3'),
  -- not for these, of which more groups are needed, or the order is another's
  ('SELECT i, count(*) FROM @ GROUP BY i ORDER BY 2, i LIMIT 100000'), ('SELECT k, sum(n) / count(*) AS ratio FROM @ GROUP BY k ORDER BY ratio, k LIMIT 3'), ('SELECT DISTINCT count(*) FROM @ GROUP BY i ORDER BY 1 LIMIT 3'), ('SELECT i, row_number() OVER (ORDER BY i) FROM @ GROUP BY i ORDER BY i LIMIT 3'), ('SELECT i, unnest(ARRAY[1, 2]) AS u FROM @ GROUP BY i ORDER BY i, u LIMIT 5'), ('SELECT count(*) FROM @ GROUP BY i ORDER BY 1 FETCH FIRST 3 ROWS WITH TIES'), ('SELECT i, count(*) FROM @ GROUP BY i ORDER BY i LIMIT (SELECT 3)');
SET max_parallel_workers_per_gather = 0;
SELECT q, query, t.* FROM queries, twin(query) t ORDER BY q;
SET work_mem = '64kB';
SET hash_mem_multiplier = 1;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same ORDER BY q;
RESET work_mem;
RESET hash_mem_multiplier;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same ORDER BY q;
SET max_parallel_workers_per_gather = 0;
SET columnar.enable_topn = off;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same OR few ORDER BY q;
RESET columnar.enable_topn;
EXPLAIN (COSTS OFF) SELECT i, avg(n) FROM c GROUP BY i HAVING count(*) > 2 ORDER BY count(*) DESC, i LIMIT 3 OFFSET 2;
EXPLAIN (COSTS OFF, ANALYZE, TIMING OFF, SUMMARY OFF) SELECT k, avg(id) FROM c GROUP BY k HAVING k > 5 AND count(*) > 498 ORDER BY count(*) DESC, k LIMIT 3;
-- again with other parameters, and by a cursor
PREPARE p (int) AS SELECT i, sum(id) FROM c WHERE k < $1 GROUP BY i ORDER BY 2 DESC, i LIMIT 2;
SET plan_cache_mode = force_generic_plan;
EXECUTE p (5);
EXECUTE p (30);
RESET plan_cache_mode;
BEGIN;
DECLARE cursor_of_c SCROLL CURSOR FOR SELECT i, count(*) FROM c GROUP BY i ORDER BY 2 DESC, 1 LIMIT 5;
FETCH 2 FROM cursor_of_c;
FETCH BACKWARD 1 FROM cursor_of_c;
FETCH 10 FROM cursor_of_c;
COMMIT;
DROP TABLE h, c, queries;
DROP FUNCTION twin, answer;
