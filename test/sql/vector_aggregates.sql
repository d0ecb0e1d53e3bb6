-- Aggregates and groups computed from vectors: what a heap twin gives, with rows in
-- stripes, in the row store, and marked.
SET columnar.stripe_rows = 4096;
CREATE TABLE h (id int, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8,
  n numeric(15,2), nn numeric, b bool, d date, tm time, ts timestamp, tz timestamptz,
  t text, c text COLLATE "C", bp char(6), by bytea, u uuid, o oid, m money, iv interval, nul int);
INSERT INTO h
SELECT i, i % 300 - 150, i * 7 % 1003 - 500, i * 1000000007::int8 - 9000000000000,
  CASE i % 97 WHEN 2 THEN '-0' WHEN 3 THEN '0' ELSE (i % 50) / 8.0 - 3 END,
  CASE i % 89 WHEN 2 THEN '-0' WHEN 3 THEN '0' ELSE (i % 70) / 3.0 - 9 END,
  (i % 10007) / 100.0 - 20, CASE i % 83 WHEN 1 THEN 1.0 WHEN 2 THEN 1.00 WHEN 3 THEN 1e30 ELSE i % 13 / 7.0 END,
  i % 3 = 0, CASE i % 79 WHEN 0 THEN 'infinity' ELSE date '2020-01-01' + i % 90 END,
  time '00:00' + i * interval '7 seconds',
  CASE i % 73 WHEN 0 THEN '-infinity' ELSE timestamp '2020-01-01' + i * interval '37 minutes' END,
  timestamptz '2020-01-01 00:00+00' + i * interval '53 minutes',
  (ARRAY['alpha','beta','gamma','delta','é%_x',''])[1 + i % 6] || CASE WHEN i % 11 = 0 THEN i::text ELSE '' END,
  md5((i % 3000)::text), (ARRAY['a','b ','ab','']) [1 + i % 4], decode(lpad(to_hex(i % 409), 4, '0'), 'hex'),
  md5((i % 500)::text)::uuid, i % 500, (i % 1000)::money,
  CASE i % 5 WHEN 0 THEN '1 mon' WHEN 1 THEN '30 days' ELSE make_interval(days => i % 60) END, NULL
FROM generate_series(1, 20000) i;
DO $$
DECLARE
  a record;
BEGIN
  FOR a IN SELECT attname, attnum FROM pg_attribute WHERE attrelid = 'h'::regclass AND attnum > 1 LOOP
    EXECUTE format('UPDATE h SET %I = NULL WHERE id %% %s = 5', a.attname, 20 + a.attnum);
  END LOOP;
END $$;
-- in order of id: updates have moved rows
CREATE TABLE sorted AS SELECT * FROM h ORDER BY id;
DROP TABLE h;
ALTER TABLE sorted RENAME TO h;
CREATE TABLE c (LIKE h) USING columnar;
SET columnar.bulk_rows = 3000;
INSERT INTO c SELECT * FROM h ORDER BY id;
RESET columnar.bulk_rows;
ALTER TABLE h ADD COLUMN late numeric(8,2) DEFAULT 3.25;
ALTER TABLE c ADD COLUMN late numeric(8,2) DEFAULT 3.25;
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
  ('SELECT count(*), count(i4), count(nul), sum(nul), avg(nul), min(nul), max(t) FROM @'),
  ('SELECT count(*), sum(i4), min(t) FROM @ WHERE false'), ('SELECT count(*), sum(i4), min(t) FROM @ WHERE id < 0'),
  ('SELECT sum(i2), sum(i4), sum(i8), avg(i2), avg(i4), avg(i8) FROM @'), ('SELECT sum(n), avg(n), sum(nn), avg(nn), sum(late), avg(late) FROM @'),
  ('SELECT min(i2), max(i4), min(i8), max(f4), min(f8), min(n), max(nn), min(d), max(d), min(tm), max(ts), min(ts), max(tz), min(t), max(c), min(bp), max(o), min(m), max(iv) FROM @'),
  ('SELECT round(sum(f8)::numeric, 6), round(avg(f8)::numeric, 9), round(stddev(f8)::numeric, 9), round(var_pop(f4)::numeric, 9), round(avg(f4)::numeric, 6) FROM @'),
  ('SELECT variance(i4), stddev(i2), var_pop(i8), stddev_samp(n) FROM @'), ('SELECT bool_and(b), bool_or(b), every(b or i4 > 0), bit_and(i4), bit_or(i2), bit_xor(i8) FROM @'),
  ('SELECT round(corr(i4, i2)::numeric, 9), regr_count(i4, i2), round(regr_slope(f8, f4)::numeric, 9) FROM @'),
  ('SELECT sum(n * (1 - late)), sum(i4 * 2 + 1), avg(i4 / 7), sum(n * nn), min(n + 1), max(i4 - i2), sum(length(t)) FROM @'),
  ('SELECT count(*) FILTER (WHERE b), sum(i4) FILTER (WHERE t = ''beta''), min(d) FILTER (WHERE i4 > 0), avg(n) FILTER (WHERE false) FROM @'),
  ('SELECT sum(i4) + count(*), sum(i4) / count(i4), round(sum(n) * 2, 1), CASE WHEN count(*) > 5 THEN max(i4) END FROM @'),
  ('SELECT string_agg(t, '','') FROM @ WHERE id < 50'), ('SELECT string_agg(t, '','' ORDER BY id DESC) FROM @ WHERE id < 50'), ('SELECT array_agg(i2) FROM @ WHERE id BETWEEN 100 AND 150'), ('SELECT json_agg(c) FROM @ WHERE id IN (1, 2, 5000)'),
  ('SELECT count(DISTINCT i2), count(DISTINCT t), sum(DISTINCT i4), avg(DISTINCT n), count(DISTINCT nn) FROM @'), ('SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY f8), mode() WITHIN GROUP (ORDER BY i2) FROM @'),
  ('SELECT i2, count(*) FROM @ GROUP BY i2'), ('SELECT i4, sum(i8), avg(n), min(t) FROM @ GROUP BY i4'), ('SELECT b, count(*), sum(n), max(ts) FROM @ GROUP BY b'), ('SELECT t, count(*), sum(i4), min(c) FROM @ GROUP BY t'), ('SELECT c, count(*) FROM @ GROUP BY c'),
  ('SELECT d, count(*), avg(i4) FROM @ GROUP BY d'), ('SELECT bp, count(*) FROM @ GROUP BY bp'), ('SELECT by, u, count(*) FROM @ GROUP BY by, u'), ('SELECT f4 + 0, count(*) FROM @ GROUP BY f4 + 0'), ('SELECT f8, count(*) FROM @ GROUP BY f8'), ('SELECT iv, count(*) FROM @ GROUP BY iv'),
  ('SELECT n, count(*), sum(nn) FROM @ GROUP BY n'), ('SELECT nn, count(*) FROM @ GROUP BY nn'), ('SELECT late, count(*) FROM @ GROUP BY late'), ('SELECT tz, o, m, count(*) FROM @ GROUP BY tz, o, m'), ('SELECT nul, count(*) FROM @ GROUP BY nul'),
  ('SELECT b, i2, t, count(*), sum(n) FROM @ GROUP BY b, i2, t'), ('SELECT b, t, d, i4, u, count(*) FROM @ GROUP BY b, t, d, i4, u'), ('SELECT i2, i4, i8, n, count(*) FROM @ GROUP BY i2, i4, i8, n'),
  ('SELECT i4 % 10, upper(t), count(*) FROM @ GROUP BY i4 % 10, upper(t)'), ('SELECT date_trunc(''month'', ts) AS mo, count(*), sum(i4) FROM @ GROUP BY mo'), ('SELECT extract(year FROM d), count(*) FROM @ GROUP BY 1'), ('SELECT d + 1, length(t), count(*) FROM @ GROUP BY 1, 2'), ('SELECT i4 > 0, b IS NULL, count(*) FROM @ GROUP BY 1, 2'),
  ('SELECT t FROM @ GROUP BY t'), ('SELECT i2, b FROM @ GROUP BY b, i2'), ('SELECT DISTINCT t, b FROM @'), ('SELECT DISTINCT i4 % 10 AS x, length(t) FROM @ WHERE b ORDER BY x DESC'), ('SELECT DISTINCT 1 FROM @'), ('SELECT DISTINCT n, f8, bp FROM @'), ('SELECT DISTINCT ON (i2) i2, id FROM @ ORDER BY i2, id'), ('SELECT DISTINCT count(*) FROM @ GROUP BY i2'),
  ('SELECT DISTINCT sum(id) OVER (PARTITION BY b) FROM @ WHERE id < 100'), ('SELECT DISTINCT i4 / i2 FROM @'), ('SELECT DISTINCT generate_series(1, i2) FROM @ WHERE i2 BETWEEN 1 AND 5'), ('SELECT count(*) FROM (SELECT DISTINCT ctid IS NULL, d FROM @) z'),
  ('SELECT i2 + 1 FROM @ GROUP BY i2'), ('SELECT count(*) FROM @ GROUP BY i2'), ('SELECT i2, sum(i4) FROM @ GROUP BY i2 HAVING sum(i4) > 0 AND count(*) > 3'), ('SELECT sum(i4) FROM @ HAVING count(*) > 1000000'), ('SELECT i2 FROM @ GROUP BY i2 HAVING i2 > 100'),
  ('SELECT i2, b, count(*), sum(n) FROM @ GROUP BY GROUPING SETS ((i2), (b), ())'), ('SELECT i2, b, count(*), grouping(i2) FROM @ GROUP BY ROLLUP (i2, b)'),
  ('SELECT sum(i4 / i2) FROM @'), ('SELECT sum(i4 / i2) FROM @ WHERE i2 <> 0'), ('SELECT sum(i8 * i8) FROM @'), ('SELECT i2, sum(i4 / i2) FROM @ GROUP BY i2'), ('SELECT avg(x) FROM (VALUES (1)) v, LATERAL (SELECT f8 * 1e200 AS x FROM @) y'), ('SELECT sum(f8 * 1e307) FROM @ WHERE f8 > 5'),
  ('SELECT count(DISTINCT b), count(DISTINCT f8), count(DISTINCT c), count(DISTINCT bp), count(DISTINCT iv), count(DISTINCT nul), min(DISTINCT d), max(DISTINCT ts), sum(DISTINCT i8), sum(DISTINCT late), avg(DISTINCT i2), bool_and(DISTINCT b), bit_or(DISTINCT i4) FROM @'),
  ('SELECT b, count(DISTINCT i2), count(DISTINCT t) FILTER (WHERE i4 > 0), sum(DISTINCT i4), count(*), array_agg(DISTINCT i2), string_agg(DISTINCT t, '','') FROM @ GROUP BY b'),
  ('SELECT i2, count(DISTINCT c), count(DISTINCT i8 % 10), max(DISTINCT n), round(sum(DISTINCT f8)::numeric, 6), count(DISTINCT i4 / 7) FROM @ GROUP BY i2 HAVING count(DISTINCT u) > 30'),
  ('SELECT n, d, count(DISTINCT t), array_agg(DISTINCT b ORDER BY b DESC NULLS LAST) FROM @ GROUP BY n, d'), ('SELECT count(DISTINCT i4 / i2) FROM @'), ('SELECT count(DISTINCT (i2, b)), count(DISTINCT x) FROM @ x WHERE id < 500'),
  ('SELECT t, array_agg(i4 ORDER BY i2 DESC NULLS FIRST, id), string_agg(c, t ORDER BY id) FILTER (WHERE b), sum(i4 ORDER BY i8) FROM @ WHERE id < 6000 GROUP BY t'), ('SELECT string_agg(t, '','' ORDER BY c, id), json_object_agg(id, u ORDER BY id) FROM @ WHERE id < 3000'), ('SELECT array_agg(n ORDER BY id) FROM @ WHERE id < 0'), ('SELECT sum(i4 ORDER BY i4 / i2) FROM @'),
  ('SELECT b, min(n), max(n), min(nn), max(nn), min(late), max(late), min(n * nn), max(-n) FROM @ GROUP BY b'), ('SELECT i2, min(n), max(nn) FROM @ GROUP BY i2'), ('SELECT min(x), max(x) FROM (SELECT CASE id % 5 WHEN 0 THEN ''NaN'' WHEN 1 THEN ''-infinity'' WHEN 2 THEN ''infinity'' ELSE n END x FROM @ WHERE id % 5 > 1) y'),
  ('SELECT max(x), min(-x) FROM (SELECT CASE WHEN id = 400 THEN 9e40 WHEN id < 400 THEN n ELSE nn END x FROM @) y'), ('SELECT max(CASE WHEN id = 400 THEN 7000.00 WHEN id = 11000 THEN 7000.0000 ELSE n END) FROM @'),
  ('SELECT x.t, (SELECT count(*) FROM @ y WHERE y.t = x.t AND y.i4 > 400) FROM @ x WHERE id < 40'), ('SELECT sum(s) FROM (SELECT sum(i4) s FROM @ GROUP BY t) z'), ('SELECT (SELECT sum(i4) FROM @ WHERE i2 = v) FROM generate_series(-5, 5) v'), ('SELECT count(*), sum(x.i4) FROM @ x JOIN @ y USING (id) WHERE y.b'),
  ('SELECT sum(i4) OVER (PARTITION BY b ORDER BY id) FROM @ WHERE id < 30'), ('SELECT t, count(*) FROM @ GROUP BY t ORDER BY 2 DESC, 1 LIMIT 3'), ('SELECT count(*) FROM @ WHERE ctid IS NOT NULL GROUP BY tableoid IS NULL'), ('SELECT max(x::text) FROM @ x WHERE id < 100'), ('SELECT count(x) FROM @ x');
-- of values that are computed
INSERT INTO queries (query) VALUES
  ('SELECT upper(t), length(t), count(*), min(id) FROM @ GROUP BY 1, 2'), ('SELECT nullif(upper(t), ''BETA''), count(*) FROM @ GROUP BY 1'), ('SELECT coalesce(t, c), count(*), sum(length(t)) FROM @ GROUP BY 1'), ('SELECT CASE WHEN b THEN t WHEN i2 > 0 THEN ''x'' END, sum(CASE WHEN b THEN n ELSE 0 END), sum(CASE WHEN t = ''beta'' THEN 1 ELSE 0 END) FROM @ GROUP BY 1'),
  ('SELECT CASE i2 % 5 WHEN 0 THEN 1.50 WHEN 1 THEN 1.5 WHEN 2 THEN n END AS x, count(*), min(id) FROM @ GROUP BY 1'), ('SELECT sum(CASE WHEN i2 > 0 THEN n END), avg(CASE WHEN i2 > 0 THEN nn ELSE 1.000 END), max(CASE WHEN b THEN f8 ELSE f4 END) FROM @'), ('SELECT sum(coalesce(n, 0.000)), max(coalesce(iv, ''2 days'')), sum(greatest(i4, i2, 0)), sum(least(n, nn, 3)), max(greatest(f4, f8)), min(least(d, ''2020-03-03'')) FROM @'),
  ('SELECT date_trunc(''week'', ts), date_trunc(''month'', tz), count(*), sum(i4) FROM @ GROUP BY 1, 2'), ('SELECT extract(dow from ts), extract(month from tz), date_part(''hour'', ts), count(*) FROM @ WHERE ts > ''2000-01-01'' GROUP BY 1, 2, 3'), ('SELECT sum(extract(second from tz)), max(extract(epoch from tz)), sum(extract(milliseconds from tm)), min(tz - interval ''1 month 3 days''), max(tz::date), min(tz::timestamp) FROM @'), ('SELECT d + interval ''1 month'', count(*) FROM @ GROUP BY 1'), ('SELECT extract(year from d), count(*) FROM @ GROUP BY 1'),
  ('SELECT round(n, 1), count(*), sum(trunc(n)) FROM @ GROUP BY 1'), ('SELECT round(nn, 2), count(*), sum(abs(n)), sum(n::int4), round(sum(n::float8)::numeric, 6), max(n::numeric(10,1)) FROM @ GROUP BY 1'), ('SELECT i4 IN (1, 2, 3, NULL), t IN (''alpha'', ''beta''), u NOT IN (md5(''1'')::uuid), count(*) FROM @ GROUP BY 1, 2, 3'), ('SELECT i4 IS DISTINCT FROM i2, nullif(n, 0), count(*) FROM @ GROUP BY 1, 2'), ('SELECT count(*) FILTER (WHERE t IN (''alpha'', ''gamma'')), sum(CASE WHEN i2 = 0 THEN 0 ELSE 100 / i2 END), sum(10 / nullif(i2, 0)), avg(length(c)) FROM @'), ('SELECT sum(CASE WHEN i2 = 3 THEN 1 / (i2 - 3) ELSE 1 END) FROM @');
SET max_parallel_workers_per_gather = 0;
SELECT q, left(query, 176) AS query, t.* FROM queries, twin(query) t ORDER BY q;
SELECT level FROM unnest(ARRAY['scalar','sse2','avx2','avx512']) level
WHERE set_config('columnar.simd_level', level, false) IS NOT NULL
  AND EXISTS (SELECT 1 FROM queries, twin(query) t WHERE NOT same);
RESET columnar.simd_level;
-- with more groups than memory has room for
CREATE TABLE many_groups AS SELECT query FROM queries WHERE false;
INSERT INTO many_groups VALUES
  ('SELECT id, count(*), sum(n), min(t), array_agg(i4) FROM @ GROUP BY id'),
  ('SELECT c, f8, count(*), sum(nn), avg(i8) FROM @ GROUP BY c, f8'),
  ('SELECT n, tz, bp, o, count(*), count(*) FILTER (WHERE b), max(f4) FROM @ WHERE i2 > -100 GROUP BY n, tz, bp, o'),
  ('SELECT n, by, u, string_agg(t, '','') FROM @ GROUP BY n, by, u HAVING count(*) > 1'),
  ('SELECT i8 + 1, i4 % 7 FROM @ GROUP BY 1, 2'), ('SELECT DISTINCT c, i4, b FROM @'), ('SELECT b, count(DISTINCT id), count(DISTINCT c), array_agg(DISTINCT i8), sum(n ORDER BY f8) FROM @ GROUP BY b'), ('SELECT c, count(DISTINCT id) FROM @ GROUP BY c'), ('SELECT count(DISTINCT id), sum(DISTINCT i8) FROM @'),
  ('SELECT x.i2, (SELECT count(*) FROM (SELECT id, max(t) FROM @ y WHERE y.i2 > x.i2 - 2 GROUP BY id) z) FROM @ x WHERE id < 5');
SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET enable_sort = off;
SELECT query, t.* FROM many_groups, twin(query) t;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same ORDER BY q;
CREATE FUNCTION spilled(query text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, FORMAT json) ' || query INTO plan;
  RETURN (plan->0->'Plan'->>'Batches')::int > 10 AND (plan->0->'Plan'->>'Disk Usage')::int > 100
    AND (plan->0->'Plan'->>'Memory Usage')::int < 500;
END $$;
SELECT spilled('SELECT id, count(*) FROM c GROUP BY id'), spilled('SELECT i2, count(*) FROM c GROUP BY i2');
-- partitions that are never read
BEGIN;
DECLARE many CURSOR FOR SELECT id, count(DISTINCT t), array_agg(i4 ORDER BY c) FROM c GROUP BY id;
MOVE 5 IN many;
CLOSE many;
DECLARE held CURSOR WITH HOLD FOR SELECT id, max(t) FROM c GROUP BY id;
COMMIT;
MOVE ALL IN held;
CLOSE held;
SELECT count(*) FROM (SELECT id FROM c GROUP BY id LIMIT 3) x;
RESET work_mem; RESET hash_mem_multiplier; RESET enable_sort;
DROP FUNCTION spilled;
-- by PostgreSQL's nodes above vectors, in parallel, all in the row store
SET columnar.enable_aggregate = off;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same OR vectors ORDER BY q;
RESET columnar.enable_aggregate;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
-- order, and which of equal values is shown, are open
SET max_parallel_workers_per_gather = 2;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same AND query !~ '(string|array|json)_agg\([a-z0-9]+[,)]|GROUP BY (iv|nn)$|7000.0000' ORDER BY q;
-- a key that cannot be hashed
SET enable_sort = off;
SELECT count(*) FROM (SELECT m, count(*) FROM c GROUP BY m) x;
RESET enable_sort;
SET parallel_leader_participation = off;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same AND query !~ '(string|array|json)_agg\([a-z0-9]+[,)]|GROUP BY (iv|nn)$|7000.0000' ORDER BY q;
RESET parallel_leader_participation;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE moved USING columnar AS SELECT * FROM c;
TRUNCATE c;
SET columnar.bulk_rows = 1000000;
INSERT INTO c SELECT * FROM moved;
SELECT n_stripes FROM (SELECT count(*) AS n_stripes FROM columnar.stripes('c')) s;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same ORDER BY q;
RESET columnar.bulk_rows;

-- partitions that are aggregated on their own, whatever the order of their columns
CREATE TABLE parts (k int, v numeric, t text) PARTITION BY RANGE (k);
CREATE TABLE parts_1 (gone int, t text, v numeric, k int) USING columnar;
ALTER TABLE parts_1 DROP gone;
ALTER TABLE parts ATTACH PARTITION parts_1 FOR VALUES FROM (MINVALUE) TO (0);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (0) TO (MAXVALUE) PARTITION BY LIST (k);
CREATE TABLE parts_3 PARTITION OF parts_2 DEFAULT USING columnar;
CREATE TABLE parts_4 PARTITION OF parts_2 FOR VALUES IN (3);
CREATE TABLE parts_heap AS SELECT i2 AS k, n AS v, t FROM h WHERE i2 IS NOT NULL;
INSERT INTO parts SELECT * FROM parts_heap;
ANALYZE parts;
SET enable_partitionwise_aggregate = on;
EXPLAIN (COSTS OFF) SELECT k, sum(v), max(t) FROM parts GROUP BY k HAVING count(DISTINCT t) > 2;
SELECT count(*) FROM (
  (SELECT k, sum(v), max(t) FROM parts GROUP BY k HAVING count(DISTINCT t) > 2
   EXCEPT SELECT k, sum(v), max(t) FROM parts_heap GROUP BY k HAVING count(DISTINCT t) > 2)
  UNION ALL
  (SELECT k, sum(v), max(t) FROM parts_heap GROUP BY k HAVING count(DISTINCT t) > 2
   EXCEPT SELECT k, sum(v), max(t) FROM parts GROUP BY k HAVING count(DISTINCT t) > 2)) x;
SELECT (SELECT sum(v) FROM parts) = (SELECT sum(v) FROM parts_heap),
  (SELECT array_agg(x ORDER BY x) FROM (SELECT t || k % 2 AS x, sum(v), min(k) FROM parts GROUP BY 1) y)
  = (SELECT array_agg(x ORDER BY x) FROM (SELECT t || k % 2 AS x, sum(v), min(k) FROM parts_heap GROUP BY 1) y);
RESET enable_partitionwise_aggregate;
DROP TABLE parts, parts_heap;
-- a generic plan, executed again; what cannot come from vectors can be refused
PREPARE p (int) AS SELECT b, sum(i4), count(*) FROM c WHERE i2 < $1 GROUP BY b ORDER BY b;
SET plan_cache_mode = force_generic_plan;
EXECUTE p(10);
EXECUTE p(-140);
EXECUTE p(-1000);
RESET plan_cache_mode;
SET columnar.debug_require_vector = on;
SELECT sum(i4) FROM moved;
SELECT i2 AS x, i2 AS y, sum(i4) FROM moved GROUP BY GROUPING SETS ((1), (2));
RESET columnar.debug_require_vector;
EXPLAIN (COSTS OFF, VERBOSE) SELECT i2 + 1, b, sum(n * 2) FILTER (WHERE t = 'beta') + 1 FROM moved WHERE i4 > 5 GROUP BY i2, b HAVING count(*) > 2;
-- conditions that are asked once, by a Result between the aggregate and the scan
SELECT count(*) > 0 FROM moved WHERE now() IS NOT NULL;
SELECT count(*) FROM moved WHERE i4 > 5 AND now() IS NULL;
-- whole rows of a table with dropped columns
ALTER TABLE moved ADD COLUMN gone text DEFAULT 'x';
ALTER TABLE moved DROP COLUMN gone, DROP COLUMN t;
SELECT count(x::text), count(x) FROM moved x;
SELECT array_length(array_agg(x), 1) FROM (SELECT string_agg(t, ',') x FROM c GROUP BY i2) y;
-- what gives another value each time is computed once for a row
CREATE SEQUENCE numbers;
SELECT sum(nextval('numbers')) >= 0 AS plus FROM c;
SELECT last_value = (SELECT count(*) FROM c) AS once FROM numbers;
SELECT count(*) > 2 AS several FROM (SELECT floor(random() * 3), count(DISTINCT random()) FROM c GROUP BY 1) x;
DROP SEQUENCE numbers;
-- of equal keys a group shows the look of its own first row
CREATE TABLE looks USING columnar AS SELECT i % 2 AS g, CASE i % 4 WHEN 0 THEN 1.00 WHEN 1 THEN 1.0 ELSE 1.000 END AS n,
  CASE i % 4 WHEN 0 THEN interval '1 mon' WHEN 1 THEN interval '30 days' ELSE interval '720:00' END AS iv FROM generate_series(0, 5000) i;
SELECT g, n, iv, count(*) FROM looks GROUP BY g, n, iv ORDER BY g;
SELECT g, sum(DISTINCT n), sum(DISTINCT n + 0.0) FROM looks GROUP BY g ORDER BY g;
DROP TABLE looks;
DROP TABLE h, c, moved, queries, many_groups;
DROP FUNCTION twin, answer;
