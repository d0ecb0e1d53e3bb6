-- columnar.verify finds nothing wrong in healthy tables
SET timezone = 'UTC';
CREATE TABLE v_empty (a int) USING columnar;
SELECT * FROM columnar.verify('v_empty');
-- row store only, with dead rows, HOT chains, nulls, long values, locks
CREATE TABLE v_rows (a int PRIMARY KEY, b text, c int) USING columnar;
INSERT INTO v_rows SELECT i, CASE WHEN i % 3 > 0 THEN repeat('x', i) END FROM generate_series(1, 2000) i;
UPDATE v_rows SET c = 1 WHERE a % 7 = 0;
DELETE FROM v_rows WHERE a % 5 = 0;
SELECT count(*) FROM (SELECT FROM v_rows FOR UPDATE) x;
SELECT * FROM columnar.verify('v_rows');
VACUUM v_rows;
ALTER TABLE v_rows ADD COLUMN d int DEFAULT 5;
INSERT INTO v_rows VALUES (0, repeat('long', 100000), 1, 2);
SELECT * FROM columnar.verify('v_rows');
-- every type and encoding, NULLs of all kinds, several stripes and vectors
CREATE TABLE v_types (i2 int2, i4 int4, i8 int8, o oid, b bool, c "char", d date, ts timestamptz,
	f4 float4, f8 float8, t text, long text, u uuid, n numeric, nm name, i interval, a int[],
	by bytea, tt tid, none int, sparse int, const int, consttext text, gone int) USING columnar;
ALTER TABLE v_types DROP COLUMN gone;
SET columnar.stripe_all = on;
SET columnar.stripe_rows = 3000;
CREATE FUNCTION v_row(i int) RETURNS v_types LANGUAGE sql AS $$
	SELECT (i % 30000 - 15000)::int2, i * 7919 % 100003, i::int8 * -1000000007, 4000000000 + i % 3,
	i % 2 = 0, CASE WHEN i % 7 > 0 THEN chr(65 + i % 26)::"char" END, date '2001-01-01' + i,
	CASE WHEN i < 2048 THEN timestamptz '2001-01-01' + i * interval '1 min' END,
	CASE i WHEN 7 THEN 'NaN'::float4 WHEN 8 THEN 'Infinity' ELSE -i / 4.0 END,
	CASE i % 1000 WHEN 7 THEN 'NaN'::float8 WHEN 8 THEN '-Infinity' WHEN 9 THEN '-0'
	ELSE sqrt(i) END,
	CASE WHEN i % 11 > 0 THEN 'text ' || i % 50 END, repeat(md5(i::text), 1 + i % 3), md5(i::text)::uuid,
	i / 100.0, ('name' || i % 10)::name, i * interval '1 s', ARRAY[i, NULL, -i],
	CASE i % 5 WHEN 0 THEN repeat('\xff'::text, 1)::bytea WHEN 1 THEN decode(repeat('ff', 40), 'hex')
	ELSE decode(md5(i::text), 'hex') END, ('(' || i || ',1)')::tid, NULL::int,
	CASE WHEN i = 1500 THEN 1 END, 42, repeat('c', 300) $$;
INSERT INTO v_types SELECT (v_row(i)).* FROM generate_series(1, 5000) i;
SET columnar.codec = lz4;
INSERT INTO v_types SELECT (v_row(i)).* FROM generate_series(5001, 8000) i;
SET columnar.codec = none;
INSERT INTO v_types SELECT (v_row(i)).* FROM generate_series(8001, 11000) i;
INSERT INTO v_types (f8) VALUES ('NaN'), (NULL);
INSERT INTO v_types (f4, f8, t) VALUES ('0', '-0', '');
INSERT INTO v_types DEFAULT VALUES;
RESET columnar.codec;
SELECT * FROM columnar.verify('v_types');
-- columns that came and went
ALTER TABLE v_types DROP COLUMN long, DROP COLUMN u, ADD COLUMN late text DEFAULT 'later';
INSERT INTO v_types (i4, late) VALUES (1, 'x'), (2, NULL);
ALTER TABLE v_types ALTER COLUMN i4 TYPE oid, ALTER COLUMN t TYPE varchar;
SELECT * FROM columnar.verify('v_types');
-- aborted stripes, before and after they are known to be; reserved ones
BEGIN;
ALTER TABLE v_types ADD COLUMN aborted int;
INSERT INTO v_types (aborted) SELECT generate_series(1, 4000);
ROLLBACK;
SELECT * FROM columnar.verify('v_types');
BEGIN;
SAVEPOINT a;
INSERT INTO v_types (i4) SELECT generate_series(1, 4000);
ROLLBACK TO a;
INSERT INTO v_types (i4) SELECT generate_series(1, 100);
SELECT * FROM columnar.verify('v_types');
COMMIT;
VACUUM v_types;
SELECT * FROM columnar.verify('v_types');
VACUUM FREEZE v_types;
SELECT * FROM columnar.verify('v_types');
-- more stripes than the first groups have room for, zones on many pages
CREATE TABLE v_groups (a int, b text) USING columnar;
DO $$ BEGIN FOR i IN 1..150 LOOP INSERT INTO v_groups VALUES (i, 'b' || i); END LOOP; END $$;
ALTER TABLE v_groups ADD COLUMN c int;
INSERT INTO v_groups VALUES (1, 'c', 1);
SELECT * FROM columnar.verify('v_groups');
DO $$ BEGIN
	EXECUTE 'CREATE TABLE v_wide (' || (SELECT string_agg('c' || i || ' int', ', ') FROM generate_series(1, 1000) i) || ') USING columnar';
	EXECUTE 'INSERT INTO v_wide SELECT ' || (SELECT string_agg('k * ' || i, ', ') FROM generate_series(1, 1000) i) || ' FROM generate_series(1, 100) k';
END $$;
SELECT * FROM columnar.verify('v_wide');
-- the session's own rows, a cursor's rows, no columns at all
BEGIN;
INSERT INTO v_groups SELECT i, 'mine', i FROM generate_series(1, 3500) i;
SELECT * FROM columnar.verify('v_groups');
ROLLBACK;
CREATE TABLE v_none () USING columnar;
INSERT INTO v_none SELECT FROM generate_series(1, 10);
SELECT * FROM columnar.verify('v_none');
-- rewritten, truncated, and in one transaction with what made it
VACUUM FULL v_groups;
CLUSTER v_rows USING v_rows_pkey;
SELECT * FROM columnar.verify('v_groups') UNION ALL SELECT * FROM columnar.verify('v_rows');
BEGIN;
TRUNCATE v_groups;
INSERT INTO v_groups SELECT i, 'new', i FROM generate_series(1, 100) i;
CREATE TABLE v_fresh USING columnar AS SELECT i, i::text AS t FROM generate_series(1, 10000) i;
SELECT * FROM columnar.verify('v_groups') UNION ALL SELECT * FROM columnar.verify('v_fresh');
COMMIT;
SELECT * FROM columnar.verify('v_groups') UNION ALL SELECT * FROM columnar.verify('v_fresh');
-- temporary and unlogged tables, materialized views, partitions
CREATE TEMP TABLE v_temp USING columnar AS SELECT i FROM generate_series(1, 10000) i;
CREATE UNLOGGED TABLE v_unlogged USING columnar AS SELECT i FROM generate_series(1, 10000) i;
CREATE MATERIALIZED VIEW v_view USING columnar AS SELECT i FROM generate_series(1, 10000) i;
CREATE TABLE v_parted (a int) PARTITION BY RANGE (a);
CREATE TABLE v_part PARTITION OF v_parted DEFAULT USING columnar;
INSERT INTO v_parted SELECT generate_series(1, 10000);
RESET columnar.stripe_all;
RESET columnar.stripe_rows;
SELECT relname, v.* FROM pg_class, columnar.verify(oid) v
	WHERE relname IN ('v_temp', 'v_unlogged', 'v_view', 'v_part');
-- what it is not for
SELECT * FROM columnar.verify('v_parted');
SELECT * FROM columnar.verify('pg_class');
SELECT * FROM columnar.verify('v_rows_pkey');
SELECT * FROM columnar.verify(NULL);
CREATE ROLE v_reader;
GRANT USAGE ON SCHEMA columnar TO v_reader;
SET ROLE v_reader;
SELECT * FROM columnar.verify('v_rows');
RESET ROLE;
GRANT SELECT ON v_rows TO v_reader;
SET ROLE v_reader;
SELECT * FROM columnar.verify('v_rows');
RESET ROLE;
-- it can be cancelled
SET statement_timeout = '1ms';
SELECT count(*) FROM generate_series(1, 100000), columnar.verify('v_types');
RESET statement_timeout;
REVOKE USAGE ON SCHEMA columnar FROM v_reader;
REVOKE SELECT ON v_rows FROM v_reader;
DROP ROLE v_reader;
DROP FUNCTION v_row;
DROP MATERIALIZED VIEW v_view;
DROP TABLE v_empty, v_rows, v_types, v_groups, v_wide, v_none, v_fresh, v_temp, v_unlogged, v_parted;
-- rows of a transaction that added a column and was rolled back
CREATE TABLE v_added (id int) USING columnar;
INSERT INTO v_added VALUES (1);
BEGIN;
ALTER TABLE v_added ADD COLUMN more int;
INSERT INTO v_added VALUES (2, 2);
ROLLBACK;
SELECT * FROM columnar.verify('v_added');
DROP TABLE v_added;
-- dropped columns, and as pg_upgrade makes them: none by value
CREATE TABLE v_dropped (id int, a int, b bool, c smallint, d float8, e macaddr8, f uuid, g text) USING columnar;
SET columnar.stripe_all = on;
INSERT INTO v_dropped SELECT i, i, i > 7, i % 9, i, '08:00:2b:01:02:03:04:05',
	'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', i FROM generate_series(1, 5000) i;
RESET columnar.stripe_all;
ALTER TABLE v_dropped DROP a, DROP b, DROP c, DROP d, DROP e, DROP f, DROP g;
SELECT * FROM columnar.verify('v_dropped');
UPDATE pg_attribute SET attbyval = false WHERE attrelid = 'v_dropped'::regclass AND attisdropped;
SELECT * FROM columnar.verify('v_dropped');
SELECT count(*), sum(id) FROM v_dropped;
DROP TABLE v_dropped;
