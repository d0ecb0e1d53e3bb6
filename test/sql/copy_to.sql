-- COPY TO from columnar tables writes what it does from heap tables, byte for byte
CREATE SCHEMA copy_to;
SET search_path = copy_to, public;
SET client_min_messages = warning;
SELECT current_setting('data_directory') || '/copy_to.' AS file \gset
\set other :file other

-- what COPY writes of two tables: the same, and of the first one by columnar?
CREATE FUNCTION same(a text, b text, options text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	file text := current_setting('data_directory') || '/copy_to.';
	a_rows bigint;
	b_rows bigint;
BEGIN
	EXECUTE format('COPY %s TO %L %s', b, file || 'b', options);
	GET DIAGNOSTICS b_rows = ROW_COUNT;
	EXECUTE format('COPY %s TO %L %s', a, file || 'a', options);
	GET DIAGNOSTICS a_rows = ROW_COUNT;
	RETURN CASE WHEN a_rows <> b_rows THEN format('%s rows instead of %s', a_rows, b_rows)
		WHEN pg_read_binary_file(file || 'a') = pg_read_binary_file(file || 'b') THEN 'same' ELSE 'DIFFERENT' END;
END $$;
CREATE FUNCTION compare(t text, columns text DEFAULT '') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	options text;
BEGIN
	FOREACH options IN ARRAY array['',
		'(FORMAT csv)', '(HEADER)', '(FORMAT csv, HEADER)', '(NULL ''nothing'')', '(NULL '''')',
		'(DELIMITER ''|'')', '(DELIMITER ''-'')', '(DELIMITER '':'', NULL ''\)'')', E'(DELIMITER E''\\b'')', E'(DELIMITER E''\\x01'')',
		'(DELIMITER '' '', NULL ''0'', HEADER)', '(FORMAT csv, DELIMITER ''|'', NULL ''t'')', '(FORMAT csv, DELIMITER ''1'')',
		'(FORMAT csv, QUOTE ''e'')', '(FORMAT csv, QUOTE '''''''', ESCAPE ''\'', HEADER)', '(FORMAT csv, NULL ''0'')',
		'(FORMAT csv, NULL ''2024-01-01'')', '(FORMAT csv, NULL ''%'')', '(FORMAT csv, FORCE_QUOTE *, HEADER)', '(FORMAT csv, ESCAPE ''x'')',
		'(FORMAT csv, FORCE_QUOTE *, NULL ''NULL'', QUOTE ''~'')', '(ENCODING ''sql_ascii'')', '(FORMAT binary)', '(ENCODING ''latin1'')']
	LOOP
		RETURN NEXT same(t || columns, t || '_heap' || columns, options);
	END LOOP;
END $$;
-- a heap table with the rows that a columnar one has, in that order
CREATE PROCEDURE make_twin(t text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('DROP TABLE IF EXISTS %1$s_heap', t);
	EXECUTE format('CREATE TABLE %1$s_heap USING heap AS TABLE %1$s', t);
END $$;

-- ours is told of: not what has another format, encoding or source
CREATE TABLE small (a int, b text DEFAULT 'x') USING columnar;
INSERT INTO small VALUES (1, 'one'), (2, NULL);
CREATE TABLE small_heap AS TABLE small;
SET client_min_messages = debug1;
COPY small TO STDOUT;
COPY small (b) TO :'other' (FORMAT csv);
COPY small_heap TO STDOUT;
COPY (TABLE small) TO STDOUT;
COPY small TO :'other' (FORMAT binary);
COPY small TO STDOUT (ENCODING 'latin1');
COPY small TO STDOUT (ENCODING 'sql_ascii', HEADER);
COPY small TO PROGRAM 'cat >/dev/null';
SET client_min_messages = warning;

-- every type, in stripes and in the row store
CREATE TYPE mood AS ENUM ('sad', 'so, so', E'tab\t');
CREATE DOMAIN amount AS numeric(12, 2);
CREATE DOMAIN word AS text;
CREATE TYPE pair AS (a int, b text);
CREATE TABLE types (i int, b bool, i2 int2, i4 int4, i8 int8, o oid, f4 float4, f8 float8, n numeric, n2 numeric(12, 2), am amount,
	d date, t time, tz timetz, ts timestamp, tstz timestamptz, iv interval, u uuid, tx text, vc varchar(50), c char(7), w word,
	c1 "char", na name, js json, jb jsonb, by bytea, ia int[], ta text[], m mood, p pair, r int4range, ip inet, bi bit(5), pt point)
	USING columnar;
SELECT columnar.set_options('types', stripe_rows => 1024);
CREATE FUNCTION rows_of_types(first int, last int) RETURNS SETOF types LANGUAGE sql AS $$
	SELECT i, i % 3 = 0, (i8 % 32768)::int2, (i8 % 2147483648)::int4, i8, i8 & 4294967295,
		CASE i % 5 WHEN 0 THEN i8 ELSE i8 / 1e15 END, CASE i % 7 WHEN 0 THEN i8 WHEN 1 THEN i / 100.0 WHEN 2 THEN i8 / 3e30
			WHEN 3 THEN -i / 1e6 WHEN 4 THEN i8 / 7e9 ELSE i::float8 / 7 END,
		CASE i % 6 WHEN 0 THEN i8 ELSE i8 / (10::numeric ^ (i % 40)) END, i * 1.37 - 500, -i / 8.0,
		date '2024-01-01' + (i8 % 1000000)::int, time '00:00' + i8 % 86400000000 * interval '1 us', time '12:00' + i * interval '1 min',
		timestamp '2000-01-01' + i8 % 90000000000000 * interval '10 us', timestamptz '2000-01-01 UTC' + i8 % 40000000000000 * interval '100 us',
		i8 * interval '1 us', md5(i::text)::uuid, x, left(x, 50), left(x, 7), x,
		chr(i % 95 + 32)::"char", left(x, 60), to_json(x), jsonb_build_object('k', x), decode(md5(i::text), 'hex'), array[i, NULL, i8 % 100],
		array[x, '"'], (array['sad', 'so, so', E'tab\t'])[i % 3 + 1]::mood, row(i, x)::pair, int4range(i, i + 5),
		('10.0.' || i % 256 || '.1')::inet, (i % 32)::bit(5), point(i, i / 3.0)
	FROM (SELECT n AS i, ('x' || substr(md5(n::text), 1, 16))::bit(64)::bigint AS i8,
		CASE n % 40 WHEN 0 THEN '' WHEN 1 THEN '\.' WHEN 2 THEN '\N' WHEN 3 THEN E'a\tb' WHEN 4 THEN E'line\nline' WHEN 5 THEN E'\r'
			WHEN 6 THEN E'\b\f\v\x01\x1f\x7f' WHEN 7 THEN 'quote " and ''' WHEN 8 THEN 'back\slash' WHEN 9 THEN 'comma, bar|' WHEN 10 THEN 'nothing'
			WHEN 11 THEN '0' WHEN 12 THEN 't' WHEN 13 THEN '2024-01-01' WHEN 14 THEN 'äöü ß' WHEN 15 THEN repeat('long ', 2000)
			WHEN 16 THEN repeat(E'tab\t"', 3000) WHEN 17 THEN 'NULL' WHEN 18 THEN '%' WHEN 19 THEN 'ends with \' WHEN 20 THEN ','
			ELSE repeat(chr(n % 26 + 97), n % 30) || CASE WHEN n % 3 = 0 THEN chr(n % 127 + 1) ELSE '' END END AS x
		FROM generate_series(first, last) n) g $$;
SET columnar.stripe_all = on;
INSERT INTO types SELECT * FROM rows_of_types(1, 2500);
RESET columnar.stripe_all;
INSERT INTO types SELECT * FROM rows_of_types(2501, 2800);
-- NULLs and ends of ranges
INSERT INTO types (i) SELECT generate_series(3000, 3010);
INSERT INTO types (i, f4, f8, n, d, ts, tstz, i2, i4, i8) VALUES
	(4000, 'NaN', 'NaN', 'NaN', 'infinity', 'infinity', 'infinity', -32768, -2147483648, -9223372036854775808),
	(4001, 'Infinity', 'Infinity', 'Infinity', '-infinity', '-infinity', '-infinity', 32767, 2147483647, 9223372036854775807),
	(4002, '-Infinity', '-Infinity', '-Infinity', '4713-01-01 BC', '4713-01-01 00:00:00 BC', '4713-01-01 00:00:00+00 BC', 0, 0, 0),
	(4003, '-0', '-0', '0.000', '5874897-12-31', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', 1, 1, 1),
	(4004, '1e-45', '5e-324', '1e-1000', '0001-12-31 BC', '0001-12-31 23:59:59.5 BC', '0001-12-31 23:59:59.5+00 BC', -1, -1, -1),
	(4005, '3.4e38', '1.7976931348623157e308', '1e1000', '0001-01-01', '0001-01-01', '0001-01-01 00:00+00', 9, 9, 9),
	(4006, '0.0001', '0.0001', '-0.00010', '2000-02-29', '2000-02-29 12:00', '1883-11-18 12:03:57+00', 10, 10, 10),
	(4007, '1e15', '1e15', '9999.9999', '1900-03-01', '1999-12-31 23:59:59.9', '2100-01-01 00:00+00', 99, 99, 99),
	(4008, '999999', '999999999.999999', '10000', '9999-12-31', '9999-12-31', '1900-01-01 00:00+00', 100, 100, 100),
	(4009, '1e6', '123456789012345', '12345.6789e20', '10000-01-01', '10000-01-01', '2437-10-25 01:00+00', 101, 1000, 10000);
CALL make_twin('types');
SELECT same, count(*) FROM compare('types') same GROUP BY same;
SELECT same, count(*) FROM compare('types', ' (tx, i, n, p)') same GROUP BY same;
SELECT same, count(*) FROM compare('types', ' (tx)') same GROUP BY same;
SELECT same, count(*) FROM compare('types', ' (i8)') same GROUP BY same;
SELECT same('types', 'types_heap', '(FORMAT csv, FORCE_QUOTE (i, tx, d), QUOTE ''1'')');
SELECT same('types (d, i)', 'types_heap (d, i)', '(FORMAT csv, FORCE_QUOTE (d))');

-- settings that say how values are written
SET DateStyle = 'German';
SELECT same('types', 'types_heap', '');
SET DateStyle = 'SQL, DMY';
SELECT same('types', 'types_heap', '(FORMAT csv)');
SET DateStyle = 'Postgres, MDY';
SELECT same('types', 'types_heap', '');
SET DateStyle = 'ISO, DMY';
SELECT same('types', 'types_heap', '');
RESET DateStyle;
SET extra_float_digits = 0;
SELECT same('types', 'types_heap', '');
SET extra_float_digits = -10;
SELECT same('types', 'types_heap', '');
SET extra_float_digits = 3;
SELECT same('types', 'types_heap', '');
RESET extra_float_digits;
SET bytea_output = 'escape';
SET IntervalStyle = 'iso_8601';
SELECT same('types', 'types_heap', '');
RESET bytea_output;
RESET IntervalStyle;

-- zones: each hour around changes, in both stores, and from one period to another
CREATE TABLE zones (at timestamptz) USING columnar;
CREATE FUNCTION hours() RETURNS SETOF timestamptz LANGUAGE sql AS $$
	SELECT timestamptz '1890-01-01 00:59:59.75+00' + n * interval '577 hours' FROM generate_series(0, 4000) n
	UNION ALL SELECT timestamptz '2024-01-01 00:00+00' + n * interval '30 min' FROM generate_series(0, 366 * 48) n
	UNION ALL SELECT timestamptz '2090-01-01 00:00+00' + n * interval '900 hours' FROM generate_series(0, 4000) n
	UNION ALL SELECT timestamptz '2024-01-01 00:00+00' + (n * 7919 % 100000) * interval '1 hour' FROM generate_series(0, 5000) n $$;
SET columnar.stripe_all = on;
INSERT INTO zones SELECT * FROM hours();
RESET columnar.stripe_all;
INSERT INTO zones SELECT * FROM hours() LIMIT 3000;
CALL make_twin('zones');
CREATE FUNCTION in_zone(zone text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('TimeZone', zone, true);
	RETURN same('zones', 'zones_heap', '');
END $$;
SELECT in_zone(zone), count(*) FROM unnest(array['UTC', 'Europe/Berlin', 'America/New_York', 'Africa/Casablanca', 'Australia/Lord_Howe',
	'Asia/Kolkata', 'America/St_Johns', 'Africa/Monrovia', 'Pacific/Apia', '<X>-5:30', 'EST5EDT', 'XXX3YYY,M3.2.0,M11.1.0', 'Europe/Dublin', 'Antarctica/Troll'])
	zone GROUP BY 1;

-- rows that are deleted or updated, by this transaction and by an earlier one
DELETE FROM types WHERE i % 5 = 0;
UPDATE types SET tx = 'changed', n = 17 WHERE i % 11 = 3;
CALL make_twin('types');
SELECT same('types', 'types_heap', '');
BEGIN;
DELETE FROM types WHERE i % 7 = 0;
INSERT INTO types SELECT * FROM rows_of_types(5000, 5100);
SET LOCAL columnar.stripe_all = on;
INSERT INTO types SELECT * FROM rows_of_types(6000, 6100);
CALL make_twin('types');
SELECT same('types', 'types_heap', '(FORMAT csv, HEADER)');
ROLLBACK;
SELECT same('types', 'types_heap', '');

-- columns that are dropped, added, generated
ALTER TABLE types DROP COLUMN i2, DROP COLUMN pt, DROP COLUMN js;
ALTER TABLE types ADD COLUMN added text DEFAULT E'with\ttab', ADD COLUMN added_null int;
INSERT INTO types (i, added) VALUES (7000, 'own');
CALL make_twin('types');
SELECT same('types', 'types_heap', '(HEADER)');
CREATE TABLE generated (a int, g int GENERATED ALWAYS AS (a * 2) STORED, "b,	c" int) USING columnar;
INSERT INTO generated VALUES (1, DEFAULT, 3);
COPY generated TO STDOUT (HEADER);
COPY generated TO STDOUT (FORMAT csv, HEADER);
COPY generated ("b,	c", a) TO STDOUT;
\set VERBOSITY sqlstate
COPY generated (g) TO STDOUT;
\set VERBOSITY default

-- nothing at all
CREATE TABLE no_rows (a int, b text) USING columnar;
COPY no_rows TO STDOUT;
COPY no_rows TO STDOUT (HEADER);
CREATE TABLE no_columns () USING columnar;
INSERT INTO no_columns DEFAULT VALUES;
INSERT INTO no_columns DEFAULT VALUES;
COPY no_columns TO STDOUT;
COPY no_columns TO STDOUT (FORMAT csv, HEADER);
CREATE TABLE one (t text) USING columnar;
INSERT INTO one VALUES ('\.'), (NULL), (''), ('\N');
COPY one TO STDOUT;
COPY one TO STDOUT (FORMAT csv);

-- only the table itself; of what is no table, nothing
CREATE TABLE child () INHERITS (small) USING columnar;
INSERT INTO child VALUES (3, 'of the child');
COPY small TO STDOUT;
CREATE TABLE parts (a int) PARTITION BY LIST (a);
CREATE TABLE part1 PARTITION OF parts DEFAULT USING columnar;
INSERT INTO parts VALUES (1);
COPY part1 TO STDOUT;
\set VERBOSITY sqlstate
COPY parts TO STDOUT;
CREATE VIEW v AS TABLE small;
COPY v TO STDOUT;
\set VERBOSITY default

-- what COPY refuses, in its words
CREATE FUNCTION refusal(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	refused text[];
	t text;
	hint text;
BEGIN
	FOREACH t IN ARRAY array['small', 'small_heap'] LOOP
		BEGIN
			EXECUTE replace(statement, 'small', t);
			RETURN 'no error';
		EXCEPTION WHEN others THEN
			GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
			refused := refused || (SQLSTATE || replace(SQLERRM, 'small_heap', 'small') || hint);
		END;
	END LOOP;
	RETURN CASE WHEN refused[1] = refused[2] THEN left(refused[1], 5) ELSE refused[1] || ' INSTEAD OF ' || refused[2] END;
END $$;
CREATE FUNCTION refusals(file text) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT refusal(format('COPY small %s TO %L %s', columns, name, options)) FROM (VALUES
		('(c)', file, ''), ('(a, a)', file, ''), ('(ctid)', file, ''), ('', file, '(DELIMITER ''ab'')'), ('', file, '(FORMAT csv, FORCE_QUOTE (c))'),
		('(a)', file, '(FORMAT csv, FORCE_QUOTE (b))'), ('', file, '(QUOTE ''"'')'), ('', file, '(FORMAT xml)'),
		('', file, '(HEADER match)'), ('', file, '(FORMAT csv, FORMAT csv)'), ('', 'relative', ''), ('', '/nowhere/file', ''), ('', '/dev/full', ''),
		('', regexp_replace(file, '/[^/]*$', ''), '')) refused (columns, name, options) $$;
SELECT refusals(:'other');
\set VERBOSITY sqlstate

-- rights
CREATE ROLE col_copy_to_reader;
GRANT USAGE ON SCHEMA copy_to TO col_copy_to_reader;
SET ROLE col_copy_to_reader;
COPY small TO STDOUT;
SELECT refusals(:'other');
RESET ROLE;
GRANT SELECT (a) ON small, small_heap TO col_copy_to_reader;
SET ROLE col_copy_to_reader;
COPY small (a) TO STDOUT;
COPY small (a, b) TO STDOUT;
COPY small TO STDOUT;
COPY small (a) TO :'other';
SELECT refusals(:'other');
RESET ROLE;
GRANT pg_write_server_files TO col_copy_to_reader;
SET ROLE col_copy_to_reader;
COPY small (a) TO :'other';
SELECT refusals(:'other');
RESET ROLE;
GRANT SELECT ON small, small_heap TO col_copy_to_reader;
SET ROLE col_copy_to_reader;
COPY small TO STDOUT;
RESET ROLE;

-- row security
ALTER TABLE small ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON small USING (a = 1);
COPY small TO STDOUT;
SET ROLE col_copy_to_reader;
COPY small TO STDOUT;
SET row_security = off;
COPY small TO STDOUT;
RESET row_security;
RESET ROLE;
ALTER TABLE small DISABLE ROW LEVEL SECURITY;
REVOKE ALL ON small, small_heap FROM col_copy_to_reader;
REVOKE USAGE ON SCHEMA copy_to FROM col_copy_to_reader;
DROP ROLE col_copy_to_reader;

-- a function of the user among the output functions
CREATE TYPE shout;
CREATE FUNCTION shout_in(cstring) RETURNS shout LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION shout_out(shout) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE shout (INPUT = shout_in, OUTPUT = shout_out);
CREATE TABLE shouts (a shout, b int) USING columnar;
INSERT INTO shouts VALUES (E'HE\tY', 1), (NULL, 2);
COPY shouts TO STDOUT;
-- in a read-only transaction
BEGIN READ ONLY;
COPY small TO STDOUT;
COMMIT;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA copy_to CASCADE;
