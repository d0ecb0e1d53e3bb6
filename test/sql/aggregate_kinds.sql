-- Kinds of aggregates, computed from vectors: what a heap twin gives.
SET columnar.stripe_rows = 4096;
CREATE TABLE h (id int, g int, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric(12,2), nn numeric,
  t text, c text COLLATE "C", v varchar(9), d date, ts timestamp, iv interval, b bool, nul int);
INSERT INTO h
SELECT i, i % 101, i % 300 - 150, i * 7919 % 100003 - 50000, (i - 10000) * 900000000000007, i % 50 / 8.0, CASE i % 701 WHEN 3 THEN 'NaN' ELSE i % 977 / 3.0 END,
  (i % 10007) / 100.0 - 20, CASE i % 83 WHEN 1 THEN 1.0 WHEN 2 THEN 1.00 WHEN 3 THEN 1e30 WHEN 4 THEN -1e-20 ELSE i % 13 / 7.0 END,
  (ARRAY['alpha','Beta','gamma','éa','']) [1 + i % 5] || CASE WHEN i % 3 = 0 THEN (i % 600)::text ELSE '' END, md5((i % 700)::text), 'v' || i % 77,
  date '2020-01-01' + i % 90, timestamp '2020-01-01' + i * interval '37 minutes',
  make_interval(days => i % 60), i % 3 = 0, NULL
FROM generate_series(1, 20000) i;
DO $$
DECLARE
  a record;
BEGIN
  FOR a IN SELECT attname, attnum FROM pg_attribute WHERE attrelid = 'h'::regclass AND attnum > 2 LOOP
    EXECUTE format('UPDATE h SET %I = NULL WHERE id %% %s = 5 OR g = %s', a.attname, 20 + a.attnum, a.attnum);
  END LOOP;
END $$;
CREATE TABLE sorted AS SELECT * FROM h ORDER BY id;
DROP TABLE h;
ALTER TABLE sorted RENAME TO h;
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
-- states that several aggregates have are kept once
INSERT INTO queries (query) VALUES
  ('SELECT sum(i4), avg(i4), sum(i8), avg(i8), avg(n), sum(n), sum(i4 + 1), avg(i4 + 1), count(i4), count(*), count(i8) FROM @'),
  ('SELECT g, sum(i4), avg(i4), sum(nn), avg(nn), sum(i4) FILTER (WHERE b), avg(i4) FILTER (WHERE b), avg(i4) FILTER (WHERE NOT b) FROM @ GROUP BY g'),
  ('SELECT g, sum(DISTINCT i4), avg(DISTINCT i4), sum(i4), avg(n ORDER BY id), sum(n ORDER BY id), count(DISTINCT i4) FROM @ GROUP BY g'),
  ('SELECT g, variance(i4), stddev(i4), var_pop(i4), stddev_pop(i4), variance(nn), stddev_samp(nn), bool_and(b), every(b) FROM @ GROUP BY g HAVING sum(i4) > avg(i4)'),
  ('SELECT b, round(stddev(f8)::numeric, 9), round(var_pop(f8)::numeric, 9), round(avg(f4)::numeric, 6), round(variance(f4)::numeric, 9) FROM @ WHERE f8 <> ''NaN'' GROUP BY b'),
  ('SELECT regr_count(f4, i4), round(regr_avgx(f4, i4)::numeric, 6), round(corr(f4, i4)::numeric, 9), round(regr_slope(f4, i4)::numeric, 9) FROM @'),
  ('SELECT sum(i4) / 2, avg(i4) * 2 FROM @ HAVING avg(i4) > -1e9 AND sum(i8) IS NOT NULL');
-- of rows in order
INSERT INTO queries (query) VALUES
  ('SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY i4), percentile_cont(0.9) WITHIN GROUP (ORDER BY i4), percentile_disc(0.1) WITHIN GROUP (ORDER BY i4 DESC), mode() WITHIN GROUP (ORDER BY i2), percentile_disc(0.5) WITHIN GROUP (ORDER BY t) FROM @'),
  ('SELECT g, percentile_cont(0.5) WITHIN GROUP (ORDER BY n), percentile_disc(0.3) WITHIN GROUP (ORDER BY n), mode() WITHIN GROUP (ORDER BY i2), count(*), sum(i4) FROM @ GROUP BY g'),
  ('SELECT g, percentile_cont(0.5) WITHIN GROUP (ORDER BY f8), percentile_cont(0.25) WITHIN GROUP (ORDER BY f8), percentile_cont(ARRAY[0, 0.5, NULL, 1]) WITHIN GROUP (ORDER BY f8), percentile_cont(0.5) WITHIN GROUP (ORDER BY f8 DESC) FROM @ GROUP BY g'),
  ('SELECT g, percentile_disc(ARRAY[0.9, 0.1]) WITHIN GROUP (ORDER BY t), percentile_disc(0.5) WITHIN GROUP (ORDER BY c DESC), mode() WITHIN GROUP (ORDER BY v), percentile_disc(0.5) WITHIN GROUP (ORDER BY ts) FROM @ GROUP BY g'),
  ('SELECT b, percentile_cont(0.7) WITHIN GROUP (ORDER BY iv), percentile_cont(ARRAY[[0.1, 0.2], [0.3, 0.4]]) WITHIN GROUP (ORDER BY iv), percentile_disc(0.5) WITHIN GROUP (ORDER BY d), mode() WITHIN GROUP (ORDER BY nul) FROM @ GROUP BY b'),
  ('SELECT g, rank(0) WITHIN GROUP (ORDER BY i4), dense_rank(100) WITHIN GROUP (ORDER BY i2 DESC), percent_rank(3.5) WITHIN GROUP (ORDER BY n), cume_dist(''gamma'', 7) WITHIN GROUP (ORDER BY t, i4) FROM @ GROUP BY g'),
  ('SELECT rank(0) WITHIN GROUP (ORDER BY i4), dense_rank(''x'') WITHIN GROUP (ORDER BY t NULLS FIRST), cume_dist(NULL) WITHIN GROUP (ORDER BY i2) FROM @'),
  ('SELECT g, percentile_cont(0.5) WITHIN GROUP (ORDER BY i4) FILTER (WHERE b), percentile_cont(0.5) WITHIN GROUP (ORDER BY i4) FILTER (WHERE g % 7 = 1 AND b), rank(5) WITHIN GROUP (ORDER BY i4) FILTER (WHERE g = 3), mode() WITHIN GROUP (ORDER BY i4 % 3) FILTER (WHERE false) FROM @ GROUP BY g'),
  ('SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY i4), mode() WITHIN GROUP (ORDER BY t), rank(1) WITHIN GROUP (ORDER BY i2), cume_dist(1) WITHIN GROUP (ORDER BY i2) FROM @ WHERE id < 0'), ('SELECT g, mode() WITHIN GROUP (ORDER BY t) FROM @ WHERE id < 0 GROUP BY g'),
  ('SELECT g % 5 AS x, b, percentile_cont(0.5) WITHIN GROUP (ORDER BY i8), mode() WITHIN GROUP (ORDER BY t), GROUPING(b) FROM @ GROUP BY CUBE (1, b)'),
  ('SELECT g, percentile_disc(0.5) WITHIN GROUP (ORDER BY i4) FROM @ GROUP BY g HAVING percentile_disc(0.5) WITHIN GROUP (ORDER BY i4) > 100 AND percentile_disc(0.9) WITHIN GROUP (ORDER BY i4) > 100'),
  ('SELECT id % 5000 AS x, percentile_cont(0.5) WITHIN GROUP (ORDER BY i4), mode() WITHIN GROUP (ORDER BY b), rank(0) WITHIN GROUP (ORDER BY i8), array_agg(t ORDER BY id) FROM @ GROUP BY 1'),
  ('SELECT percentile_cont(1.5) WITHIN GROUP (ORDER BY i4) FROM @'), ('SELECT g, percentile_cont(0.5) WITHIN GROUP (ORDER BY 10 / i4) FROM @ GROUP BY g'), ('SELECT g, percentile_cont(g / 200.0) WITHIN GROUP (ORDER BY i4) FROM @ GROUP BY g'),
  ('SELECT x, (SELECT percentile_disc(x) WITHIN GROUP (ORDER BY i4) FROM @ WHERE g > x * 100), (SELECT max(m) FROM (SELECT percentile_cont(ARRAY[x, 0.5]) WITHIN GROUP (ORDER BY i4) AS m FROM @ GROUP BY g) z) FROM generate_series(0, 1, 0.4) x');
-- variances: exact, whatever the size and scale of values
INSERT INTO queries (query) VALUES
  ('SELECT variance(i2), stddev(i4), var_pop(i8), stddev_pop(i8), var_samp(n), stddev_samp(nn), variance(nul), stddev(n * nn), stddev(n - 5.00000) FROM @'),
  ('SELECT g, variance(i2), stddev(i2), var_pop(i4), stddev_pop(i4), var_samp(i8), stddev_samp(i8), variance(n), stddev(n), var_pop(nn), stddev_pop(nn) FROM @ GROUP BY g'),
  ('SELECT g, variance(x), stddev(x), var_pop(x), count(x) FROM (SELECT g, CASE id % 7 WHEN 1 THEN n WHEN 2 THEN n / 3 WHEN 3 THEN round(n) WHEN 4 THEN n * 1e15 WHEN 5 THEN 1e-30 WHEN 6 THEN 12345678901234567890123456789.5 END AS x FROM @) y GROUP BY g'),
  ('SELECT g, variance(x), stddev_pop(x) FROM (SELECT g, CASE WHEN g % 7 = 1 AND id > 9000 THEN ''NaN'' WHEN g % 7 = 2 AND id < 3000 THEN ''infinity'' WHEN g % 7 = 3 AND i4 > 0 THEN ''-infinity'' WHEN g % 7 > 4 THEN 7.50 ELSE nn END AS x FROM @) y GROUP BY g'),
  ('SELECT id % 9000 AS x, variance(i8), stddev(n), var_pop(nn), stddev_samp(i2) FROM @ WHERE id <> 9500 GROUP BY 1'),
  ('SELECT variance(x), stddev(x), var_pop(x), min(x) FROM (SELECT CASE id % 3 WHEN 0 THEN 9223372036854775807 WHEN 1 THEN -9223372036854775808 END AS x FROM @) y'), ('SELECT b, variance(x) FROM (SELECT b, 92233720368547758.07 - id % 2 * 0.01 AS x FROM @) y GROUP BY b'),
  ('SELECT g, variance(DISTINCT i4), stddev(i8 ORDER BY id), variance(n) FILTER (WHERE b), stddev(5), variance(2.50) FROM @ GROUP BY g'),
-- bits
  ('SELECT bit_and(i2), bit_or(i2), bit_xor(i2), bit_and(i4), bit_or(i4), bit_xor(i4), bit_and(i8), bit_or(i8), bit_xor(i8), bit_or(nul), bit_xor(7) FROM @'),
  ('SELECT g, bit_and(i2), bit_or(i2), bit_xor(i2), bit_and(i4), bit_or(i4), bit_xor(i4), bit_and(i8), bit_or(i8), bit_xor(i8) FILTER (WHERE b), bit_xor(DISTINCT i2), bit_and(i4 | 3) FROM @ GROUP BY g'),
  ('SELECT g, bit_and(i4::bit(9)) FROM @ GROUP BY g'), ('SELECT bit_and(i2), bit_xor(i8) FROM @ WHERE id < 0'),
-- texts
  ('SELECT min(t), max(t), min(c), max(c), min(v), max(v), max(t COLLATE "POSIX"), min(upper(t)), max(t || id), min(nul::text), max(''k''::text), min(d::text) FROM @'),
  ('SELECT g, min(t), max(t), min(c), max(c), min(v), max(v), max(t || id), min(t) FILTER (WHERE b), max(repeat(t, 200)), min(CASE WHEN b THEN t END) FROM @ GROUP BY g'),
  ('SELECT id % 3000 AS x, min(t), max(c), max(repeat(c, id % 5)) FROM @ GROUP BY 1'), ('SELECT min(t), max(c) FROM @ WHERE id < 0'), ('SELECT g, min(lower(t) COLLATE nocase), max(upper(t) COLLATE nocase) FROM @ GROUP BY g'), ('SELECT max(t COLLATE nocase), min(v COLLATE nocase) FROM @');
CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SET max_parallel_workers_per_gather = 0;
SELECT q, query, t.* FROM queries, twin(query) t ORDER BY q;
CREATE FUNCTION memory(aggregates text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE format('EXPLAIN (ANALYZE, FORMAT json) SELECT id, %s FROM c GROUP BY id', aggregates) INTO plan;
  RETURN plan->0->'Plan'->>'Memory Usage';
END $$;
SELECT memory('sum(i4)') = memory('sum(i4), avg(i4)') AS integers, memory('avg(n)') = memory('sum(n), avg(n)') AS numerics,
  memory('variance(f8)') = memory('stddev(f8), var_pop(f8), variance(f8)') AS floats, memory('corr(i2, i4)') = memory('corr(i2, i4), regr_r2(i2, i4)') AS calls,
  memory('sum(i4)') = memory('sum(i4), avg(i4 + 1)') AS others;
SET work_mem = '64kB'; SET hash_mem_multiplier = 1; SET enable_sort = off;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same ORDER BY q;
RESET work_mem; RESET hash_mem_multiplier; RESET enable_sort;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT q, query, t.* FROM queries, twin(query) t WHERE NOT same ORDER BY q;
DROP TABLE h, c, queries;
DROP FUNCTION answer, twin, memory;
DROP COLLATION nocase;
