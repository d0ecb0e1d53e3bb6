-- The first rows in an order, found from vectors: what a heap twin gives.
SET columnar.stripe_rows = 4096;
CREATE TABLE h (id int, i int, f float8, n numeric(10,2), d date, t text, c text COLLATE "C", b bool, iv interval, pad text);
INSERT INTO h SELECT i, i * 7919 % 5003, CASE i % 61 WHEN 0 THEN 'NaN' WHEN 1 THEN '-Infinity' ELSE i % 997 / 3.0 END,
  i % 1009 / 7.0, date '2020-01-01' + i % 500, md5((i % 3000)::text), md5(i::text), i % 2 = 0, make_interval(mins => i % 777), repeat('x', 100)
FROM generate_series(1, 20000) i;
UPDATE h SET i = NULL, f = NULL, n = NULL, d = NULL, t = NULL WHERE id % 50 = 1;
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
CREATE FUNCTION twin(query text, OUT same bool, OUT vectors bool) LANGUAGE plpgsql AS $$
DECLARE
  plan text;
BEGIN
  same := answer(replace(query, '@', 'h')) = answer(replace(query, '@', 'c'));
  EXECUTE 'EXPLAIN (FORMAT json) ' || replace(query, '@', 'c') INTO plan;
  vectors := plan ~ 'ColstoreTopN';
END $$;
CREATE TABLE queries (q serial, query text);
INSERT INTO queries (query) VALUES
  ('SELECT id, i FROM @ ORDER BY i, id LIMIT 10'), ('SELECT id, i FROM @ ORDER BY i DESC, id LIMIT 10'), ('SELECT id, i FROM @ ORDER BY i DESC NULLS LAST, id LIMIT 10'), ('SELECT id, i FROM @ ORDER BY i NULLS FIRST, id LIMIT 500'),
  ('SELECT id FROM @ ORDER BY f, id LIMIT 700'), ('SELECT id FROM @ ORDER BY f DESC NULLS LAST, id DESC LIMIT 700'), ('SELECT id, n FROM @ ORDER BY n, id LIMIT 10 OFFSET 30'), ('SELECT * FROM @ ORDER BY n DESC, d, id LIMIT 3'),
  ('SELECT id FROM @ ORDER BY t, id LIMIT 20'), ('SELECT c FROM @ ORDER BY c DESC LIMIT 20'), ('SELECT id FROM @ ORDER BY b, iv DESC, id LIMIT 20'), ('SELECT id FROM @ ORDER BY i + 1 DESC NULLS LAST, upper(t), id LIMIT 5'),
  ('SELECT id, (SELECT count(*) FROM h z WHERE z.id < x.id) FROM @ x ORDER BY d DESC, id LIMIT 4'), ('SELECT x FROM @ x WHERE t LIKE ''%ab%'' ORDER BY c LIMIT 4'), ('SELECT id FROM @ WHERE i = 5 ORDER BY c LIMIT 4'), ('SELECT id FROM @ ORDER BY id LIMIT 100000'),
  ('SELECT id FROM @ ORDER BY id FETCH FIRST 3 ROWS ONLY'), ('SELECT i FROM @ ORDER BY i FETCH FIRST 7 ROWS WITH TIES'), ('SELECT DISTINCT i FROM @ ORDER BY i LIMIT 5'), ('SELECT i, count(*) FROM @ GROUP BY i ORDER BY 2 DESC, 1 LIMIT 5'), ('SELECT id, row_number() OVER (ORDER BY id) FROM @ ORDER BY id DESC LIMIT 3'),
  ('SELECT (SELECT y.id FROM @ y WHERE y.i > v ORDER BY y.i, y.id LIMIT 1) FROM generate_series(0, 5000, 700) v'), ('SELECT x.id, y.id FROM (SELECT * FROM @ ORDER BY i, id LIMIT 5) x JOIN (SELECT * FROM @ ORDER BY f DESC, id LIMIT 5) y ON true'), ('SELECT id, ctid IS NULL FROM @ ORDER BY id LIMIT 3'), ('SELECT id FROM @ ORDER BY id LIMIT 0'), ('SELECT unnest(ARRAY[id, i]) FROM @ ORDER BY id LIMIT 3');
SET max_parallel_workers_per_gather = 0;
SELECT q, query, t.* FROM queries, twin(query) t ORDER BY q;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same ORDER BY q;
SET columnar.enable_topn = off;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same OR vectors ORDER BY q;
RESET columnar.enable_topn;
-- not of what takes more than work_mem
SET work_mem = '64kB';
SELECT vectors FROM twin('SELECT * FROM @ ORDER BY i, id LIMIT 10000');
RESET work_mem;
SET max_parallel_workers_per_gather = 0;
EXPLAIN (COSTS OFF, VERBOSE) SELECT id + 1 FROM c WHERE b ORDER BY i DESC, t LIMIT 3;
-- for cursors, and again with other parameters
BEGIN;
DECLARE cursor_of_c SCROLL CURSOR FOR SELECT id FROM c ORDER BY c LIMIT 5;
FETCH 2 FROM cursor_of_c;
FETCH BACKWARD 1 FROM cursor_of_c;
FETCH 10 FROM cursor_of_c;
COMMIT;
-- keys that throw do so for all rows
SELECT id FROM c ORDER BY id, 10 / (id - 5000) LIMIT 3;
DROP TABLE h, c, queries;
DROP FUNCTION twin, answer;
