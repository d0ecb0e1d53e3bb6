-- a file that is loaded by several processes is what COPY makes of it
SELECT current_setting('data_directory') || '/load.' AS file \gset
\set text :file text
\set csv :file csv
\set other :file other
CREATE TABLE source AS
SELECT i AS id, i * 1.5::float8 AS f, CASE WHEN i % 7 > 0 THEN 'text ' || i % 1000 END AS t,
	CASE i % 50 WHEN 0 THEN E'a "quoted"\nline' WHEN 1 THEN E'tab\t and \\ and \\.' WHEN 2 THEN E'\r\n'
		WHEN 3 THEN E'\\\n' WHEN 4 THEN E'ü\n\n''' ELSE repeat('x', i % 9) END AS q,
	timestamptz '2024-01-01 00:00 UTC' + i * interval '1 s' AS at
FROM generate_series(1, 20000) i;
COPY source TO :'text';
COPY source TO :'csv' (FORMAT csv, HEADER);
CREATE TABLE l (LIKE source) USING columnar;
SELECT columnar.set_options('l', stripe_rows => 1024);

-- what a table has more than the source, or less; and how much of it is in stripes
CREATE FUNCTION compare(t regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	differences bigint;
	in_stripes bigint;
	rows bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM ((SELECT id, f, t, q, at FROM %1$s EXCEPT ALL TABLE source)
		UNION ALL (TABLE source EXCEPT ALL SELECT id, f, t, q, at FROM %1$s)) x', t) INTO differences;
	EXECUTE format('SELECT count(*) FROM %s', t) INTO rows;
	SELECT sum(n_rows) INTO in_stripes FROM columnar.stripes(t) WHERE state IN ('committed', 'uncommitted');
	EXECUTE format('TRUNCATE %s', t);
	RETURN differences || ' differences' || CASE WHEN in_stripes = rows THEN ', by several' ELSE '' END;
END $$;

SELECT columnar.load('l', :'text');
-- stripes are in the order of the file
SELECT count(*), max(n_rows) FROM columnar.stripes('l');
SELECT count(*) FROM (SELECT id, lag(id) OVER (ORDER BY ctid) AS before FROM l) x WHERE id <> before + 1;
SELECT * FROM columnar.verify('l');
SELECT compare('l');
SELECT columnar.load('l', :'csv', options => 'FORMAT csv, HEADER'), compare('l');
SELECT columnar.load('l', :'csv', options => 'FORMAT csv, HEADER MATCH', workers => 5), compare('l');
SELECT columnar.load('l', :'csv', options => 'FORMAT csv, HEADER', workers => 0), compare('l');

-- ways to write the same
COPY (SELECT at, q, id, f, t FROM source) TO :'other' (DELIMITER '|', NULL 'nothing');
SELECT columnar.load('l', :'other', '{at,q,id,f,t}', 'DELIMITER ''|'', NULL ''nothing'''), compare('l');
COPY source TO :'other' (FORMAT csv, QUOTE '''', ESCAPE '\', DELIMITER ';', FORCE_QUOTE *, HEADER);
SELECT columnar.load('l', :'other', options =>
	'FORMAT csv, QUOTE '''''''', ESCAPE ''\'', DELIMITER '';'', HEADER, FORCE_NULL (t)'), compare('l');
COPY source TO :'other' (FORMAT csv, ENCODING 'latin1');
SELECT columnar.load('l', :'other', options => 'FORMAT csv, ENCODING ''latin1'''), compare('l');
SET client_encoding = 'latin1';
SELECT columnar.load('l', :'other', options => 'FORMAT csv'), compare('l');
RESET client_encoding;
-- CR LF; a quoted one is kept as it is
CREATE FUNCTION write_lines(file text, line_end text, line text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	lines text;
	large_object oid;
BEGIN
	EXECUTE format('SELECT string_agg(%s || %L, '''' ORDER BY id) FROM source', line, line_end) INTO lines;
	large_object := lo_from_bytea(0, convert_to(lines, 'utf8'));
	PERFORM lo_export(large_object, file), lo_unlink(large_object);
END $$;
SELECT write_lines(:'other', E'\r\n', $$format('%s,%s,%s,"%s",%s', id, f, t, replace(q, '"', '""'), at)$$);
SELECT columnar.load('l', :'other', options => 'FORMAT csv, FORCE_NULL (t)'), compare('l');
-- text: line feeds that are escaped
SELECT write_lines(:'other', E'\r\n', $$format(E'%s\t%s\t%s\t%s\t%s', id, f, coalesce(t, '\N'),
	replace(replace(replace(replace(q, '\', '\\'), E'\n', E'\\\n'), E'\r', '\r'), E'\t', '\t'), at)$$);
SELECT columnar.load('l', :'other'), compare('l');
-- CR alone: one piece, one worker
SELECT write_lines(:'other', E'\r', $$format(E'%s\t%s\t%s\t\t%s', id, f, coalesce(t, '\N'), at)$$);
SELECT columnar.load('l', :'other');
SELECT count(DISTINCT id), count(t) FROM l;
TRUNCATE l;
-- what ends before the file does
SELECT write_lines(:'other', E'\n', $$CASE id WHEN 15000 THEN '\.' WHEN 17000 THEN 'no row' ELSE id || E'\t' END$$);
SELECT columnar.load('l', :'other', '{id,t}');
SELECT max(id) FROM l;
TRUNCATE l;
-- formats and encodings that cannot be split
COPY source TO :'other' (FORMAT binary);
SELECT columnar.load('l', :'other', options => 'FORMAT binary'), compare('l');
COPY (SELECT id FROM source) TO :'other' (ENCODING 'sjis');
SELECT columnar.load('l', :'other', '{id}', 'ENCODING ''sjis''');
SELECT sum(n_rows) < 20000 FROM columnar.stripes('l');
TRUNCATE l;
-- no row, and few
COPY (SELECT 1 WHERE false) TO :'other';
SELECT columnar.load('l', :'other');
COPY (TABLE source LIMIT 10) TO :'other';
SELECT columnar.load('l', :'other');
TRUNCATE l;

-- what is computed, and checked, for each row
CREATE TABLE k (id int PRIMARY KEY, f float8 NOT NULL CHECK (f > 0), t text, q text, at timestamptz,
	serial bigserial, double bigint GENERATED ALWAYS AS (id * 2) STORED, seven int DEFAULT 7,
	since timestamptz DEFAULT now(), dropped int) USING columnar;
ALTER TABLE k DROP dropped;
CREATE INDEX ON k (lower(t)) WHERE t LIKE '%5%';
CREATE INDEX ON k USING gin (to_tsvector('simple', q));
SELECT columnar.set_options('k', stripe_rows => 1024);
COPY (SELECT *, id FROM source) TO :'other';
SELECT columnar.load('k', :'other', '{id,f,t,q,at,serial}');
SELECT count(*), sum(serial), sum(double), sum(seven), count(DISTINCT since) FROM k;
SET enable_seqscan = off;
SELECT count(*), sum(id) FROM k WHERE lower(t) = 'text 5' AND t LIKE '%5%';
SELECT count(*), sum(id) FROM k WHERE to_tsvector('simple', q) @@ 'quoted';
SELECT id, t FROM k WHERE id IN (1, 1024, 1025, 20000) ORDER BY id;
RESET enable_seqscan;
SELECT * FROM columnar.verify('k');
SELECT compare('k');
-- nextval is for the session
SELECT columnar.load('k', :'csv', '{id,f,t,q,at}', 'FORMAT csv, HEADER'), compare('k');

ALTER TABLE k DROP since;
-- the first error in the file, with its line, and nothing is loaded
COPY (SELECT id, CASE WHEN id < 19000 THEN f END, t, q, 1 FROM source) TO :'other' (FORMAT csv, HEADER);
SELECT columnar.load('k', :'other', '{id,f,t,q,serial}', 'FORMAT csv, HEADER');
COPY k (id, f, t, q, serial) FROM :'other' (FORMAT csv, HEADER);
COPY (SELECT id % 15000, f, t, q, CASE id WHEN 17001 THEN 'x' ELSE '1' END FROM source) TO :'other' (FORMAT csv);
SELECT columnar.load('k', :'other', '{id,f,t,q,serial}', 'FORMAT csv');
COPY k (id, f, t, q, serial) FROM :'other' (FORMAT csv);
COPY (SELECT id, 12345.5 - id, t, CASE id WHEN 17001 THEN 'x' ELSE '1' END FROM source) TO :'other';
SELECT columnar.load('k', :'other', '{id,f,t,serial}');
COPY (SELECT id, f, t, CASE id WHEN 17001 THEN 'x' ELSE '1' END FROM source) TO :'other';
SELECT columnar.load('k', :'other', '{id,f,t,serial}');
COPY (SELECT id, CASE WHEN id < 13000 THEN f END, t, q FROM source) TO :'other' (FORMAT csv);
SELECT columnar.load('k', :'other', '{id,f,t,q,serial}', 'FORMAT csv');
SELECT count(*) FROM k;
SELECT * FROM columnar.verify('k');

-- within a transaction
BEGIN;
INSERT INTO l SELECT * FROM source LIMIT 100;
SAVEPOINT s;
SELECT columnar.load('l', :'text');
SELECT count(*) FROM l;
ROLLBACK TO s;
SELECT count(*) FROM l;
TRUNCATE l;
SELECT columnar.load('l', :'text');
COMMIT;
SELECT compare('l');
BEGIN ISOLATION LEVEL SERIALIZABLE;
CREATE TABLE new (LIKE source) USING columnar;
SELECT columnar.set_options('new', stripe_rows => 1024);
SELECT columnar.load('new', :'text');
COMMIT;
SELECT compare('new');
DROP TABLE new;
BEGIN;
DO $$ BEGIN
	PERFORM columnar.load('l', current_setting('data_directory') || '/load.csv', '{id,f,t,q,at}');
EXCEPTION WHEN invalid_text_representation THEN
	RAISE NOTICE '%', SQLERRM;
END $$;
SELECT columnar.load('l', :'text');
COMMIT;
SELECT compare('l');

-- tables of which COPY does more than that
CREATE TABLE p (LIKE source) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (15000) USING columnar;
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (15000) TO (30000) USING columnar;
SELECT columnar.set_options('p', stripe_rows => 1024);
SELECT columnar.load('p', :'text');
SELECT count(*) FROM p1;
TRUNCATE p;
SELECT columnar.load('p1', :'text');
COPY (SELECT * FROM source WHERE id < 15000) TO :'other';
SELECT columnar.load('p1', :'other');
SELECT sum(n_rows) FROM columnar.stripes('p1') WHERE state = 'committed';
DROP TABLE p;
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN NEW.f := -NEW.f; RETURN NEW; END $$;
CREATE TRIGGER see BEFORE INSERT ON l FOR EACH ROW WHEN (NEW.id > 19000) EXECUTE FUNCTION see();
SELECT columnar.load('l', :'text');
SELECT count(*), sum(f) FROM l WHERE f < 0;
TRUNCATE l;
DROP TRIGGER see ON l;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
ALTER TABLE l ALTER id TYPE positive;
SELECT columnar.load('l', :'text'), compare('l');
ALTER TABLE l ALTER id TYPE int;
CREATE TEMPORARY TABLE temporary (LIKE source) USING columnar;
SELECT columnar.load('temporary', :'text'), compare('temporary');
CREATE TABLE h (LIKE source) USING heap;
SELECT columnar.load('h', :'text');
SELECT count(*) FROM h;
DROP TABLE h;

-- what is not allowed is not
\set VERBOSITY terse
CREATE ROLE load_user;
GRANT USAGE ON SCHEMA public TO load_user;
SET ROLE load_user;
SELECT columnar.load('l', :'text');
RESET ROLE;
GRANT pg_read_server_files TO load_user;
SET ROLE load_user;
SELECT columnar.load('l', :'text');
RESET ROLE;
GRANT INSERT ON l TO load_user;
SET ROLE load_user;
SELECT columnar.load('l', :'text');
RESET ROLE;
SELECT compare('l');
ALTER TABLE l ENABLE ROW LEVEL SECURITY;
SET ROLE load_user;
SELECT columnar.load('l', :'text');
RESET ROLE;
BEGIN READ ONLY;
SELECT columnar.load('l', :'text');
ROLLBACK;
SELECT columnar.load('l', 'not/there');
SELECT columnar.load('l', :'text', '{not}');
SELECT columnar.load('l', :'text', options => 'FORMAT parquet');
SELECT columnar.load('l', :'text', options => 'FORMAT text) WHERE (id > 1');
SELECT columnar.load('l', :'text', options => 'FORMAT text); SELECT (1');
SELECT columnar.load('l', :'text', workers => -1);
SELECT columnar.load('l', NULL);
SELECT columnar.load(NULL, :'text');
SELECT columnar.load('l', :'text', '{NULL}');
SELECT count(*) FROM l;
DROP TABLE l, k, source;
DROP FUNCTION compare, write_lines, see;
DROP DOMAIN positive;
REVOKE USAGE ON SCHEMA public FROM load_user;
DROP ROLE load_user;
