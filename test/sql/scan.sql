-- ColstoreScan: every condition gives what a heap twin gives, and zones leave
-- out what they should.
SET max_parallel_workers_per_gather = 0;
SET columnar.stripe_rows = 4096;
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);

CREATE TABLE h (id int, i2 int2, i8 int8, d date, ts timestamp, tz timestamptz,
  f4 float4, f8 float8, b bool, o oid, c text COLLATE "C", t text COLLATE "und-x-icu",
  v varchar(20), by bytea, u uuid, m money, dom positive, p pair, n numeric,
  nul int, a int[]);
-- 40 stripes' worth of rows, in order of id; NaN in a few of them; each tenth NULL
INSERT INTO h
SELECT i, i / 10, i * 1000000007::bigint, date '2020-01-01' + i / 100,
  timestamp '2020-01-01' + i * interval '1 hour',
  timestamptz '2020-01-01 00:00+00' + i * interval '1 hour',
  CASE WHEN i % 50000 = 7 THEN 'NaN' ELSE i / 4.0 END,
  CASE WHEN i % 50000 = 9 THEN 'NaN' WHEN i % 50000 = 11 THEN '-Infinity' ELSE i / 8.0 END,
  i > 100000, i, lpad(i::text, 40, '0'), lpad(i::text, 10, '0'),
  lpad(i::text, 10, 'x'), decode(lpad(to_hex(i), 8, '0'), 'hex'),
  lpad(to_hex(i), 32, '0')::uuid, i::money, i, ROW(i, 'p')::pair, i / 3.0,
  CASE WHEN i > 120000 THEN i END, ARRAY[i]
FROM generate_series(1, 163840) i;
CREATE TABLE c (LIKE h) USING columnar;
COPY (SELECT * FROM h ORDER BY id) TO '/tmp/columnar_scan_test.bin' (FORMAT binary);
SET columnar.bulk_rows = 999;
COPY c FROM '/tmp/columnar_scan_test.bin' (FORMAT binary);
RESET columnar.bulk_rows;
\! rm -f /tmp/columnar_scan_test.bin
-- and some in the row store
INSERT INTO h SELECT * FROM h WHERE id % 5000 = 0;
INSERT INTO c SELECT * FROM h WHERE id % 5000 = 0 LIMIT 32;
ANALYZE h, c;
SELECT count(*) AS stripes, sum(n_rows) AS rows FROM columnar.stripes('c');

-- Rows of both tables under a condition, and the stripes and vectors that the
-- columnar one read of how many.
CREATE FUNCTION twin(condition text, OUT rows bigint, OUT same bool,
  OUT stripes text, OUT vectors text) LANGUAGE plpgsql AS $$
DECLARE
  plan json;
  heap text;
  columnar text;
BEGIN
  EXECUTE 'SELECT count(*), count(*) || md5(coalesce(string_agg(x::text, '','' ORDER BY id), '''')) FROM (SELECT id, d, c, f8 FROM h WHERE ' || condition || ') x'
    INTO rows, heap;
  EXECUTE 'SELECT count(*) || md5(coalesce(string_agg(x::text, '','' ORDER BY id), '''')) FROM (SELECT id, d, c, f8 FROM c WHERE ' || condition || ') x'
    INTO columnar;
  same := heap = columnar;
  EXECUTE 'EXPLAIN (ANALYZE, FORMAT json) SELECT id FROM c WHERE ' || condition INTO plan;
  plan := plan->0->'Plan';
  WHILE plan->>'Stripes Read' IS NULL AND plan->'Plans' IS NOT NULL LOOP
    plan := plan->'Plans'->0;
  END LOOP;
  stripes := (plan->>'Stripes Read') || ' of ' || (plan->>'Stripes Read')::int + (plan->>'Stripes Pruned')::int;
  vectors := (plan->>'Vectors Read') || ' of ' || (plan->>'Vectors Read')::int + (plan->>'Vectors Pruned')::int;
END $$;

SELECT condition, t.* FROM (VALUES
  (1, 'id = 70000'), (2, '70000 = id'), (3, 'id < 5000'), (4, '5000 > id'),
  (5, 'id <= 4096'), (6, 'id >= 160000'), (7, 'id > 163839'), (8, 'id > 163840'),
  (9, 'id BETWEEN 40000 AND 41000'), (10, 'id IN (1, 80000, 163840, 9999999)'),
  (11, 'id = ANY (ARRAY[NULL, 5, 5])'), (12, 'id = ANY (NULL::int[])'), (13, 'id = ANY (''{}'')'),
  (14, 'id < ANY (ARRAY[10, 3000])'), (15, 'id = 70000::bigint'), (16, 'id < 3000000000'),
  (17, 'id = 70000.0'), (18, 'i2 = 7000'), (19, 'i2 > 16000::int8'), (20, 'i2 < 100000'),
  (21, 'i8 = 70000000490000'), (22, 'i8 < 9000000000::int8'),
  (23, 'd = ''2021-01-01'''), (24, 'd BETWEEN ''2021-01-01'' AND ''2021-01-03'''),
  (25, 'd < timestamp ''2020-01-02 00:00'''), (26, 'd >= timestamptz ''2024-06-01 00:00+00'''),
  (27, 'd < ''infinity'' AND d > ''-infinity'' AND id < 10'), (28, 'ts < date ''2020-01-03'''),
  (29, 'tz >= ''2038-01-01 00:00+00'''), (30, 'tz > ts AND id < 5'),
  (31, 'f4 > 40900'), (32, 'f4 = ''NaN'''), (33, 'f4 < 100'), (34, 'f8 = ''-Infinity'''),
  (35, 'f8 >= ''NaN'''), (36, 'f8 < 100::float4'), (37, 'f8 BETWEEN 1000 AND 1001'), (38, 'f4 = 0.1'),
  (39, 'b'), (40, 'NOT b'), (41, 'b IS TRUE'), (42, 'b IS FALSE'), (43, 'b IS NOT TRUE'), (44, 'b = false'),
  (45, 'o = 70000'), (46, 'o > 163000'),
  (47, 'c < lpad(''100'', 40, ''0'')'), (48, 'c = lpad(''70000'', 40, ''0'')'),
  (49, 'c >= lpad(''163800'', 40, ''0'')'), (50, 't = lpad(''70000'', 10, ''0'')'),
  (51, 't > lpad(''163800'', 10, ''0'')'), (52, 't COLLATE "C" > lpad(''163800'', 10, ''0'')'),
  (53, 'v = lpad(''70000'', 10, ''x'')'), (54, 'v IN (lpad(''7'', 10, ''x''), lpad(''163840'', 10, ''x''))'),
  (55, 'by = ''\x00011170'''), (56, 'by < ''\x000000ff'''), (57, 'u = lpad(''11170'', 32, ''0'')::uuid'),
  (58, 'u > lpad(''27f00'', 32, ''0'')::uuid'), (59, 'm = 70000::money'),
  (60, 'dom = 70000'), (61, 'dom < 10'), (62, 'n = 10'), (63, 'nul IS NULL'), (64, 'nul IS NOT NULL'),
  (65, 'nul = 5'), (66, 'nul > 163830'), (67, 'id IS NULL'), (68, 'id IS NOT NULL AND id < 3'),
  (69, 'p IS NULL'), (70, 'p IS NOT NULL AND id < 3'), (71, 'a = ARRAY[70000]'),
  (72, 'id < 10 OR id > 163830'), (73, 'id < 10 OR n = 3'), (74, 'id < 10 OR nul > 163830 AND b'),
  (75, 'id = 70000 AND d < ''2020-02-01'''), (76, 'NOT (id > 10)'), (77, 'id <> 5 AND id < 8'),
  (78, 'id + 0 = 5'), (79, 'id = (SELECT 70000)'), (80, 'id IN (SELECT 70000)'),
  (81, 'id = length(c) * 1000'), (82, 'tz < now() - interval ''100 years'''),
  (83, 'id::int8 = 70000'), (84, 'id::oid = 70000'), (85, 'id NOT IN (1, 2) AND id < 5'), (86, 'id > 163839.5'), (87, 'i8 < 1e10'), (88, 'i2 = 7.0::float8'), (89, 'id IN (1.5, 2.0, 7.5)'), (90, 'f4 > 40900::float8'),
  (91, 't LIKE ''00001638%'''), (92, 't LIKE ''0000163840'''), (93, 't LIKE ''%7'' AND id < 10'),
  (94, 't LIKE ''000016\384_'''), (95, 't ^@ ''00001638'''), (96, 'starts_with(t, ''00001638'')'), (97, 't LIKE ''x%'''),
  (98, 't LIKE NULL'), (99, 'v LIKE ''xxxx10000%'''), (100, 't ILIKE ''00001638%'''), (101, 't NOT LIKE ''0000%'''),
  (102, 't LIKE '''''), (103, 'c LIKE ''%'' AND id < 5'), (104, 't LIKE ''000016384'''), (105, 't LIKE (SELECT ''00001638%'')'),
  (106, 't LIKE ''0000000005%'' OR t LIKE ''00000000_7''')) q (k, condition),
  twin(condition) t ORDER BY k;

-- a parameter, known at run time only; rescans with other values
PREPARE by_id(int) AS SELECT count(*), min(id) FROM c WHERE id BETWEEN $1 AND $1 + 10;
SET plan_cache_mode = force_generic_plan;
EXPLAIN (COSTS OFF) EXECUTE by_id(5);
EXECUTE by_id(5);
EXECUTE by_id(163840);
EXECUTE by_id(NULL);
RESET plan_cache_mode;
SELECT x, n FROM (VALUES (10), (70000), (NULL), (200000)) v (x),
  LATERAL (SELECT count(*) AS n FROM c WHERE c.id = v.x OFFSET 0) s ORDER BY x;
SELECT x, (SELECT sum(id) FROM c WHERE id > 163830 AND id < v.x) FROM (VALUES (163833), (5), (163840)) v (x);

-- columns that are read; system columns; whole rows
EXPLAIN (VERBOSE, COSTS OFF) SELECT d FROM c WHERE id < 10;
EXPLAIN (VERBOSE, COSTS OFF) SELECT count(*) FROM c;
EXPLAIN (VERBOSE, COSTS OFF) SELECT x FROM c x WHERE id = 1;
SELECT tableoid::regclass, ctid, cmin, xmin = xmax FROM c WHERE id IN (1, 163840);
SELECT x FROM c x WHERE id = 70001;

-- cursors both ways, held ones, moves
BEGIN;
DECLARE k SCROLL CURSOR WITH HOLD FOR SELECT id FROM c WHERE id IN (5000, 1, 70000, 163840);
FETCH 2 FROM k;
FETCH BACKWARD 1 FROM k;
FETCH ALL FROM k;
FETCH BACKWARD ALL FROM k;
FETCH LAST FROM k;
FETCH FIRST FROM k;
COMMIT;
FETCH ABSOLUTE 3 FROM k;
CLOSE k;

-- in parallel, where counts come together
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT count(*) FROM c WHERE id > 100000;
SELECT condition, t.* FROM (VALUES
  ('id > 100000'), ('b'), ('c >= lpad(''163800'', 40, ''0'')'), ('f4 = ''NaN'''), ('id < 0')) q (condition),
  twin(condition) t;
-- a Gather that is run again and again
SET enable_material = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT count(*), sum(c.id) FROM (VALUES (1), (2), (3)) v (x)
  LEFT JOIN (SELECT id FROM c WHERE id < 100 LIMIT 50) c ON c.id > v.x;
RESET enable_material;
RESET enable_hashjoin;
RESET enable_mergejoin;
SET max_parallel_workers_per_gather = 0;

-- switched off, one and the other
SET columnar.enable_zone_maps = off;
SELECT * FROM twin('id = 70000');
SET columnar.enable_scan = off;
EXPLAIN (COSTS OFF) SELECT id FROM c WHERE id = 70000;
SELECT * FROM twin('id = 70000');
RESET columnar.enable_scan;
RESET columnar.enable_zone_maps;

-- types changed without a rewrite have other orders than their zones
CREATE TABLE retyped (i int, v varchar(10)) USING columnar;
SET columnar.bulk_rows = 999;
COPY retyped FROM PROGRAM 'seq -5 4995 | sed "s/.*/&\tv&/"';
RESET columnar.bulk_rows;
ALTER TABLE retyped ALTER i TYPE oid, ALTER v TYPE text;
CREATE FUNCTION analyzed(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ' || query LOOP
    RETURN NEXT regexp_replace(line, 'rows=(\d+)\.00', 'rows=\1');
  END LOOP;
END $$;
SELECT analyzed('SELECT count(*) FROM retyped WHERE i > 4294967290');
SELECT count(*) FROM retyped WHERE v = 'v17';

-- columns added later: their default stands for the rows before
ALTER TABLE retyped ADD extra int DEFAULT 42, ADD gone int;
SELECT count(*) FILTER (WHERE extra = 42) AS all, count(gone) AS none FROM retyped WHERE extra > 41;
SELECT count(*) FROM retyped WHERE extra IS NULL OR gone IS NOT NULL;
SELECT count(*) FROM retyped WHERE gone IS NULL;

-- prepared for a table of no columns, and of nothing but dropped ones
CREATE TABLE bare () USING columnar;
SET columnar.bulk_rows = 999;
COPY bare FROM PROGRAM 'yes "" | head -3000';
RESET columnar.bulk_rows;
SELECT count(*) FROM bare;
ALTER TABLE retyped DROP i, DROP v, DROP extra, DROP gone;
SELECT count(*) FROM retyped;
SELECT * FROM retyped LIMIT 2;

-- inheritance: the parent is scanned as itself
CREATE TABLE child () INHERITS (c) USING columnar;
INSERT INTO child SELECT * FROM h WHERE id <= 4999;
SELECT count(*), count(*) FILTER (WHERE tableoid = 'child'::regclass) FROM c WHERE id < 3;
SELECT count(*) FROM ONLY c WHERE id < 3;
DROP TABLE child;

-- a nondeterministic collation is not answered by bytes
CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE names (n text COLLATE blind) USING columnar;
SET columnar.bulk_rows = 999;
COPY names FROM PROGRAM 'seq 1 3000 | sed "s/^/Name/"';
RESET columnar.bulk_rows;
SELECT count(*) FROM names WHERE n = 'NAME7';

-- local times that a zone leaves out come after those that follow
SET timezone = 'America/New_York';
CREATE TABLE local (t timestamp) USING columnar;
SET columnar.bulk_rows = 999;
INSERT INTO local SELECT unnest(ARRAY['2020-03-08 02:59', '2020-03-08 03:00']::timestamp[]) FROM generate_series(1, 1000);
RESET columnar.bulk_rows;
SELECT count(*) FROM local WHERE t > timestamptz '2020-03-08 07:15+00';
SELECT count(*) FROM local WHERE t <= timestamptz '2020-03-08 07:15+00';
SELECT count(*) FROM local WHERE t > timestamptz '2020-03-10 07:15+00';
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT * FROM local WHERE t > timestamptz '2020-03-10 07:15+00';
DROP TABLE local;
RESET timezone;

-- costs: many fetches through an index cost more than reading the needed columns
CREATE INDEX c_id ON c (id);
CREATE INDEX c_n ON c (n);
ANALYZE c;
EXPLAIN (COSTS OFF) SELECT * FROM c WHERE n = 10;
EXPLAIN (COSTS OFF) SELECT count(d) FROM c WHERE n < 30000;
EXPLAIN (COSTS OFF) SELECT n FROM c ORDER BY n LIMIT 3;
DROP TABLE h, c, retyped, bare, names;
DROP FUNCTION twin, analyzed;
DROP TYPE pair;
DROP DOMAIN positive;
DROP COLLATION blind;
