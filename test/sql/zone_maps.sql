-- minimum and maximum of every column, gathered with the stripes
CREATE TYPE shade AS ENUM ('light', 'dark');
CREATE DOMAIN code AS text;
CREATE TABLE z (i2 int2, i4 int4, i8 int8, o oid, b bool, d date, ts timestamp,
	tz timestamptz, ti time, f4 float4, f8 float8, t text, v varchar, by bytea,
	c code, n numeric, s shade, u uuid, gone int, none int) USING columnar;
ALTER TABLE z DROP COLUMN gone;
SET timezone = 'UTC';
SET columnar.stripe_all = on;
SET columnar.stripe_rows = 2000;
INSERT INTO z SELECT i % 30000 - 15000, i - 5000, i::int8 * -1000000007, 4000000000 + i,
	i > 3000, date '2001-01-01' + i, timestamp '2001-01-01' + i * interval '1 min',
	timestamptz '2001-01-01 00:00+00' + i * interval '1 min', time '00:00' + i * interval '1 s',
	-i / 4.0, CASE i WHEN 7 THEN 'NaN' WHEN 8 THEN 'Infinity' ELSE i / 8.0 END,
	'text ' || i, repeat('v', 40) || i, decode(lpad(to_hex(i), 4, '0'), 'hex'), 'c' || i % 5,
	i, 'dark', md5(i::text)::uuid, NULL
FROM generate_series(1, 5000) i;
INSERT INTO z (t) VALUES ('a'), ('zz');
RESET columnar.stripe_all;
RESET columnar.stripe_rows;
SELECT column_name, n_rows, n_nulls, min, max FROM columnar.columns('z');
-- a column added later has no zones in the stripes before
ALTER TABLE z ADD COLUMN late int DEFAULT 3;
SET columnar.stripe_all = on;
INSERT INTO z (late) VALUES (10), (20);
RESET columnar.stripe_all;
SELECT column_name, n_rows, n_nulls, min, max FROM columnar.columns('z')
	WHERE column_name IN ('i4', 'late');
-- more stripes than the first groups of the directory have room for
CREATE TABLE g (a int, b text) USING columnar;
SET columnar.stripe_all = on;
DO $$ BEGIN FOR i IN 1..150 LOOP INSERT INTO g VALUES (i, 'b' || i); END LOOP; END $$;
RESET columnar.stripe_all;
SELECT count(*), sum(n_rows), min(first_row), max(first_row) FROM columnar.stripes('g');
SELECT column_name, n_rows, min, max FROM columnar.columns('g');
SELECT count(*), sum(a), count(DISTINCT b) FROM g;
-- a table of many columns: zones of a group on many pages
DO $$ BEGIN
	EXECUTE 'CREATE TABLE wide (' || (SELECT string_agg('c' || i || ' int', ', ') FROM generate_series(1, 1000) i) || ') USING columnar';
	EXECUTE 'INSERT INTO wide SELECT ' || (SELECT string_agg('k * ' || i, ', ') FROM generate_series(1, 1000) i) || ' FROM generate_series(1, 5000) k';
END $$;
SELECT count(*), bool_and(min = (4097 * substr(column_name, 2)::int)::text),
	bool_and(max = (5000 * substr(column_name, 2)::int)::text), sum(n_rows)
	FROM columnar.columns('wide');
SELECT sum(c1), sum(c500), sum(c1000) FROM wide;
-- rights
CREATE ROLE zone_reader;
GRANT USAGE ON SCHEMA columnar TO zone_reader;
SET ROLE zone_reader;
SELECT * FROM columnar.columns('g');
SELECT * FROM columnar.stripes('g');
RESET ROLE;
REVOKE USAGE ON SCHEMA columnar FROM zone_reader;
DROP ROLE zone_reader;
SELECT * FROM columnar.columns('pg_class');
DROP TABLE z, g, wide;
DROP DOMAIN code;
DROP TYPE shade;
