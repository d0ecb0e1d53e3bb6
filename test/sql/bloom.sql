-- bloom filters: what they leave out is not there, on every type that can have one
SET max_parallel_workers_per_gather = 0;
SET columnar.stripe_rows = 4096;
SET columnar.bulk_rows = 0;
CREATE DOMAIN key AS int;
CREATE TABLE h (id int, i2 int2, i4 int4, i8 int8, k key, o oid, b bool, d date, ts timestamp,
	tz timestamptz, ti time, m money, lsn pg_lsn, x xid8, f4 float4, f8 float8, n numeric, u uuid,
	t text, c text COLLATE "C", ic text COLLATE "und-x-icu", v varchar(20), bp char(20), by bytea);
-- zones of no column leave anything out: every stripe has the smallest and the largest
INSERT INTO h
SELECT i, r % 30000, r, r * 1000003::bigint, r, r, r % 2 = 0, date '2020-01-01' + r,
	timestamp '2020-01-01' + r * interval '1 s', timestamptz '2020-01-01 00:00+00' + r * interval '1 s',
	time '00:00' + (r % 80000) * interval '1 s', r::money, ('0/' || to_hex(r))::pg_lsn, r::text::xid8,
	r / 4.0, r / 8.0, (r / 100.0)::numeric(12, 2), md5(r::text)::uuid, 't' || r, 'c' || r, 'i' || r, 'v' || r, 'b' || r,
	decode(lpad(to_hex(r), 8, '0'), 'hex')
FROM (SELECT i, CASE i % 4096 WHEN 0 THEN 0 WHEN 1 THEN 999999 ELSE (hashint4(i) & 2147483647) % 1000000 END AS r
	FROM generate_series(0, 40959) i) s;
INSERT INTO h (id) VALUES (-1);
CREATE TABLE c (LIKE h) USING columnar WITH (autovacuum_enabled = off);
SELECT columnar.set_options('c', bloom => (SELECT array_agg(attname) FROM pg_attribute WHERE attrelid = 'c'::regclass AND attnum > 1));
INSERT INTO c SELECT * FROM h ORDER BY id;
SELECT count(*) AS stripes, min(n_rows), max(n_rows) FROM columnar.stripes('c');
SELECT column_name, bloom_bytes > 0 AS has_bloom FROM columnar.columns('c') WHERE (bloom_bytes > 0) = (column_name = 'id');
SELECT bool_and(bloom_bytes < 1.6 * 40960 + 1000) AS small FROM columnar.columns('c');
SELECT count(*) FROM columnar.verify('c');

-- What a scan under a condition reads: rows, as many as the heap twin's, and whether
-- filters left out stripes.
CREATE FUNCTION twin(condition text, OUT rows bigint, OUT same bool, OUT pruned bool) LANGUAGE plpgsql AS $$
DECLARE
	plan json;
	heap text;
	columnar text;
BEGIN
	EXECUTE 'SELECT count(*), count(*) || md5(coalesce(string_agg(id::text, '','' ORDER BY id), '''')) FROM h WHERE ' || condition INTO rows, heap;
	EXECUTE 'SELECT count(*) || md5(coalesce(string_agg(id::text, '','' ORDER BY id), '''')) FROM c WHERE ' || condition INTO columnar;
	same := heap = columnar;
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT json) SELECT id FROM c WHERE ' || condition INTO plan;
	plan := plan->0->'Plan';
	pruned := coalesce((plan->>'Stripes Pruned by Bloom Filter')::int, 0) > 0;
END $$;
-- a value that is there, and one that is not, of every type
SELECT a.attname, there.same, there.rows > 0 AS found, there.pruned, absent.rows AS absent_rows, absent.pruned AS absent_pruned
FROM pg_attribute a
CROSS JOIN LATERAL (SELECT format('%I = %L::%s', attname,
	(SELECT (to_jsonb(h) ->> a.attname) FROM h WHERE id = 20000), format_type(atttypid, atttypmod)) AS condition) x
CROSS JOIN LATERAL twin(x.condition) there
CROSS JOIN LATERAL (VALUES
	('i2', '30001'), ('i4', '777'), ('i8', '777'), ('k', '777'), ('o', '777'), ('b', 'true'), ('d', '2020-01-03'),
	('ts', '2020-01-01 00:00:02.5'), ('tz', '2020-01-01 00:00:02.5+00'), ('ti', '00:00:02.5'), ('m', '3.33'),
	('lsn', '0/7'), ('x', '7'), ('f4', '3.3'), ('f8', '3.3'), ('n', '3.333'), ('u', md5('no')),
	('t', 't1x'), ('c', 'c1x'), ('ic', 'i1x'), ('v', 'v1x'), ('bp', 'b1x'), ('by', '\x00000100ff')) o (name, value)
CROSS JOIN LATERAL twin(format('%I = %L::%s', o.name, o.value, format_type(atttypid, atttypmod))) absent
WHERE a.attrelid = 'c'::regclass AND a.attnum > 1 AND o.name = a.attname AND there.same AND absent.same
ORDER BY a.attnum;
-- IN, = ANY, OR, AND; values of other types; what filters do not answer
SELECT condition, t.* FROM (VALUES
	(1, 'i4 IN (777, 778, 779)'), (2, 'i4 = ANY (''{777,NULL}'')'), (3, 'i4 = ANY (''{}'')'),
	(4, 'i4 = 777 OR t = ''t1x'''), (5, 'i4 = 777 OR id = 5'), (6, 'i4 = 777 AND i4 > 5'),
	(7, 'i4 = 777::int8'), (8, 'i8 = 777::int2'), (9, 'i2 = 12345678901'), (10, 'k = 777'),
	(11, 'f4 = 3.3::float8'), (12, 'f8 = 3.3::float4'), (13, 'n = 3.333000'), (14, 'n = 5'), (15, 'n = ''NaN'''),
	(16, 'd = timestamp ''2020-01-03'''), (17, 'i4 = 777.0'), (18, 'i4 = 777.5'), (19, 't = ''t1x''::varchar'),
	(20, 'v = ''v1x''::text'), (21, 'bp = ''b1x '''), (22, 'bp = ''b1x''::text'), (23, 't = ''t1x'' COLLATE "C"'),
	(24, 'i4 <> 777'), (25, 'NOT i4 = 777'), (26, 'i4 = id'), (27, 't LIKE ''t1x'''), (28, 'i4 IS NOT DISTINCT FROM 777'),
	(29, 'f8 = ''NaN'''), (30, 'i4 = (SELECT 777)'), (31, 'i4 = NULL'),
	(32, 'i4 = ANY (ARRAY(SELECT generate_series(700, 720)))'), (33, 'i4 = ANY (ARRAY(SELECT generate_series(700, 800)))'))
	c (n, condition), twin(condition) t ORDER BY n;
-- random values: nothing that is there is left out
SELECT count(*), bool_and(same) FROM generate_series(0, 40959, 331) s
CROSS JOIN LATERAL (SELECT * FROM h WHERE id = s) h
CROSS JOIN LATERAL (VALUES (format('i4 = %s', i4)), (format('n = %s', n)), (format('n = %s', n::numeric(20, 5))), (format('f4 = %L', f4)),
	(format('f8 = %L', f8)), (format('bp = %L', bp)), (format('u = %L', u)), (format('by = %L', by)), (format('ic = %L', ic)),
	(format('i8 IN (%s, 1, 2)', i8)), (format('ts = %L', ts))) q (condition)
CROSS JOIN LATERAL twin(condition);
-- parameters
SET plan_cache_mode = force_generic_plan;
PREPARE by_key (int) AS SELECT count(*) FROM c WHERE i4 = $1;
PREPARE by_keys (int[]) AS SELECT count(*) FROM c WHERE i4 = ANY ($1);
EXECUTE by_key (777);
SELECT i4 AS there FROM h WHERE id = 20000 \gset
EXECUTE by_key (:there);
EXECUTE by_key (NULL);
EXECUTE by_keys (ARRAY[777, :there, NULL]);
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE by_key (777);
RESET plan_cache_mode;
SELECT count(*) FROM h JOIN c USING (i4) WHERE h.id < 30;
SET columnar.enable_zone_maps = off;
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT FROM c WHERE i4 = 777;
RESET columnar.enable_zone_maps;
-- in parallel
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT count(*) FROM c WHERE i4 = (SELECT i4 FROM h WHERE id = 20000);
SELECT count(*) FROM c WHERE i4 = 777;
RESET max_parallel_workers_per_gather;
SET max_parallel_workers_per_gather = 0;
-- rows that are changed, moved and rewritten
UPDATE c SET i4 = 777 WHERE id = 20000;
UPDATE h SET i4 = 777 WHERE id = 20000;
DELETE FROM c WHERE id % 10 = 1;
DELETE FROM h WHERE id % 10 = 1;
SELECT * FROM twin('i4 = 777');
CALL columnar.compact('c');
SELECT * FROM twin('i4 = 777');
SELECT * FROM twin('i4 = 778');
SELECT column_name FROM columnar.columns('c') WHERE (bloom_bytes > 0) = (column_name = 'id');
VACUUM FULL c;
SELECT * FROM twin('i4 = 777');
SELECT count(*) FROM columnar.verify('c');
-- columns that are renamed, dropped, of another type; other options
ALTER TABLE c DROP b, DROP m;
ALTER TABLE c RENAME i4 TO renamed;
ALTER TABLE c ALTER v TYPE text, ALTER o TYPE int, ALTER k TYPE int;
SELECT bloom FROM columnar.options WHERE "table" = 'c'::regclass;
SELECT count(*) FROM c WHERE renamed = 777;
SELECT count(*) FROM c WHERE v = (SELECT v FROM h WHERE id = 20000);
SELECT count(*) FROM c WHERE o = (SELECT o::int FROM h WHERE id = 20000);
SELECT columnar.reset_options('c', 'bloom');
VACUUM FULL c;
SELECT sum(bloom_bytes) FROM columnar.columns('c');
-- a file that several processes load
SELECT current_setting('data_directory') || '/bloom.csv' AS file \gset
COPY h TO :'file' (FORMAT csv);
CREATE TABLE l (LIKE h) USING columnar;
SELECT columnar.set_options('l', bloom => '{i4,t}');
SELECT columnar.load('l', :'file', options => 'FORMAT csv', workers => 2);
SELECT column_name FROM columnar.columns('l') WHERE bloom_bytes > 0;
SELECT count(*) FROM l WHERE i4 = 777 OR t = 't' || :there;
SELECT count(*) FROM h WHERE i4 = 777 OR t = 't' || :there;
SELECT count(*) FROM columnar.verify('l');
DROP TABLE l;
-- a type changes without a rewrite: filters that hash in another way are not asked
CREATE TABLE w (o oid, v varchar) USING columnar;
SELECT columnar.set_options('w', bloom => '{o,v}');
INSERT INTO w SELECT 4000000000 + i * 7, i || ' ' FROM generate_series(1, 5000) i;
ALTER TABLE w ALTER o TYPE int4, ALTER v TYPE bpchar;
SELECT count(*) FROM w WHERE o = (4000000007)::oid::int4;
SELECT count(*) FROM w WHERE v = '77';
SELECT count(*) FROM columnar.verify('w');
-- equal values with other bytes
CREATE TABLE e (f4 float4, f8 float8, n numeric, bp char(5)) USING columnar;
SELECT columnar.set_options('e', bloom => '{f4,f8,n,bp}');
INSERT INTO e VALUES ('-0', '-0', '1.00', 'a'), ('NaN', 'NaN', 'NaN', ''), (0.5, 0.5, 'Infinity', 'b  '), (NULL, NULL, NULL, NULL);
SELECT count(*) FILTER (WHERE f4 = 0), count(*) FILTER (WHERE f8 = 0) FROM e;
SELECT count(*) FROM e WHERE f4 = 0;
SELECT count(*) FROM e WHERE f8 = '-0';
SELECT count(*) FROM e WHERE f4 = 'NaN'::float8;
SELECT count(*) FROM e WHERE f8 = 'NaN'::float4;
SELECT count(*) FROM e WHERE n = 1;
SELECT count(*) FROM e WHERE n = 1.000;
SELECT count(*) FROM e WHERE n = 'NaN';
SELECT count(*) FROM e WHERE n = 'Infinity';
SELECT count(*) FROM e WHERE bp = 'b';
SELECT count(*) FROM e WHERE bp = '  ';
SELECT count(*) FROM e WHERE bp IN ('zz', 'a');
-- collations that are not deterministic
CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE s (b text COLLATE blind, t text, bp char(5) COLLATE blind) USING columnar;
SELECT columnar.set_options('s', bloom => '{b}');
SELECT columnar.set_options('s', bloom => '{bp}');
SELECT columnar.set_options('s', bloom => '{t}');
INSERT INTO s SELECT 'k' || i, 'k' || i FROM generate_series(1, 3000) i;
SELECT count(*) FROM s WHERE t = 'K77' COLLATE blind;
SELECT count(*) FROM s WHERE t IN ('K77' COLLATE blind, 'x');
ALTER TABLE s ALTER t TYPE text COLLATE blind;
SELECT count(*) FROM s WHERE t = 'K77';
INSERT INTO s (t) SELECT 'k' || i FROM generate_series(1, 3000) i;
SELECT count(*) FROM s WHERE t = 'K77';
-- mistakes
CREATE TABLE no (i interval, j jsonb, a int[], p point, n name, t timetz) USING columnar;
SELECT columnar.set_options('no', bloom => '{i}');
SELECT columnar.set_options('no', bloom => '{j}');
SELECT columnar.set_options('no', bloom => '{t}');
SELECT columnar.set_options('no', bloom => '{nix}');
SELECT columnar.set_options('no', bloom => '{a,a}');
SECURITY LABEL FOR columnar ON TABLE no IS '{"bloom": ["i", "nix"]}';
INSERT INTO no VALUES ('1 mon');
SELECT count(*) FROM no WHERE i = '30 days';
SELECT bool_and(bloom_bytes = 0) FROM columnar.columns('no');
DROP TABLE h, c, w, e, s, no;
DROP FUNCTION twin;
DROP COLLATION blind;
DROP DOMAIN key;
