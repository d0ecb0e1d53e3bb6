-- a row that heap could not store is refused on every path into a stripe
CREATE TABLE h () USING heap;
CREATE TABLE c () USING columnar;
-- runs a statement for both; {T} is the table; tells what happened if it differs
CREATE FUNCTION twice(statement text, OUT result text) LANGUAGE plpgsql AS $$
DECLARE
	of_table text[];
BEGIN
	FOR i IN 1..2 LOOP
		BEGIN
			EXECUTE replace(statement, '{T}', (ARRAY['h', 'c'])[i]);
			of_table[i] := 'accepted';
		EXCEPTION WHEN OTHERS THEN
			of_table[i] := SQLSTATE || ' ' || SQLERRM;
		END;
	END LOOP;
	result := CASE WHEN of_table[1] = of_table[2] THEN of_table[1]
		ELSE 'heap: ' || of_table[1] || ', columnar: ' || of_table[2] END;
END $$;
-- new twins of these columns
CREATE FUNCTION twins(columns text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE h, c;
	EXECUTE format('CREATE TABLE h (%s) USING heap', columns);
	EXECUTE format('CREATE TABLE c (%s) USING columnar', columns);
END $$;
SET columnar.stripe_all = on;

-- storage PLAIN: a byte more or less
SELECT twins('a int, t text');
ALTER TABLE h ALTER t SET STORAGE plain;
ALTER TABLE c ALTER t SET STORAGE plain;
SELECT n, twice('INSERT INTO {T} VALUES (1, repeat(''x'', ' || n || '))')
	FROM (VALUES (8100), (8128), (8129), (8136), (8137), (9000)) v(n);
SELECT (SELECT count(*) FROM h) AS in_heap, (SELECT sum(n_rows) FROM columnar.stripes('c')) AS in_stripes;
SELECT twice('INSERT INTO {T} VALUES (1, NULL), (2, repeat(''x'', 9000)), (3, NULL)');
SELECT twice('INSERT INTO {T} SELECT i, repeat(''x'', i) FROM generate_series(1, 9000) i');
SELECT twice('COPY {T} FROM PROGRAM ''printf "1,%08128d\n"'' CSV');
SELECT twice('COPY {T} FROM PROGRAM ''printf "1,%08129d\n"'' CSV');
-- what was compressed in another table stays so where that is all that helps
CREATE TABLE compressed AS SELECT repeat('x', 20000) AS t;
SELECT twice('INSERT INTO {T} SELECT 5, t FROM compressed');
SELECT a, length(t), ctid < '(2147483648,0)' AS in_row_store FROM c WHERE a = 5;
SELECT twice('UPDATE {T} SET t = t || ''y'' WHERE a = 5');
ALTER TABLE compressed ALTER t SET STORAGE external;
UPDATE compressed SET t = t || 'y';
SELECT twice('INSERT INTO {T} SELECT 6, t FROM compressed');

-- how many columns may have a value
CREATE FUNCTION border(type text, columns int, value text, setting text DEFAULT NULL,
	OUT most int, OUT "then" text) LANGUAGE plpgsql AS $$
DECLARE
	low int := 0;
	high int := columns + 1;
	middle int;
	result text;
BEGIN
	PERFORM twins(string_agg('c' || i || ' ' || type, ',')) FROM generate_series(1, columns) i;
	IF setting IS NOT NULL THEN
		PERFORM twice('ALTER TABLE {T} ' || string_agg('ALTER c' || i || ' SET ' || setting, ','))
			FROM generate_series(1, columns) i;
	END IF;
	-- both agree at each step
	WHILE high > low + 1 LOOP
		middle := (low + high) / 2;
		result := twice('INSERT INTO {T} SELECT '
			|| (SELECT string_agg(replace(value, '#', i::text), ',') FROM generate_series(1, middle) i));
		IF result = 'accepted' THEN
			low := middle;
		ELSE
			high := middle;
			"then" := result;
			EXIT WHEN result !~ '^54000 row is too big';
		END IF;
	END LOOP;
	most := low;
END $$;
SELECT * FROM border('int8', 1200, '#');
SELECT * FROM border('int4', 1600, '#');
SELECT * FROM border('timetz', 700, '''00:00+2''');
-- values that TOAST can move, shrink, or neither
SELECT storage, length, b.*
	FROM (VALUES ('main'), ('external'), ('extended')) s(storage),
	(VALUES (17), (23), (24), (1000)) l(length),
	border('text', 480, 'left(repeat(md5(''#''), 40), ' || length || ')', 'STORAGE ' || storage) b;
-- in columns of storage PLAIN (short values heap's INSERT packs by the type's storage, its COPY by the column's)
SELECT * FROM border('text', 50, 'repeat(''x'', 200)', 'STORAGE plain');
-- some compress to up to 24 bytes, which is more than a pointer
SELECT method, length, b.*
	FROM (VALUES ('pglz'), ('lz4')) m(method), (VALUES (40), (600), (1500), (6000)) l(length),
	border('text', 480, 'repeat(chr(65 + #), ' || length || ')', 'COMPRESSION ' || method) b;
-- alignment, numbers, arrays, and toasted input
SELECT type, value, b.*
	FROM (VALUES ('numeric', 940, '#.5'), ('numeric', 480, 'repeat(''9'', 300)::numeric'), ('int8[]', 480, 'ARRAY[#::int8]'),
		('int4[]', 480, '(SELECT array_agg(x) FROM generate_series(1, #) x)'), ('point', 520, 'point(#, 1)'),
		('tsvector', 480, '''a b c'''), ('int4range', 580, 'int4range(#, # + 5)'), ('text', 480, '(SELECT t FROM compressed)'),
		('varchar(10)', 780, 'repeat(''v'', 10)')) t(type, columns, value),
	border(type, columns, value) b;
SELECT (SELECT reltoastrelid <> 0 FROM pg_class WHERE oid = 'h'::regclass) =
	(SELECT reltoastrelid <> 0 FROM pg_class WHERE oid = 'c'::regclass) AS same;

-- rewrites
CREATE FUNCTION noise(i int, n int) RETURNS text LANGUAGE sql AS
	$$ SELECT string_agg(md5((i * 1000 + j)::text), '') FROM generate_series(1, n) j $$;
SELECT twins('a int, t text');
SELECT twice('INSERT INTO {T} SELECT i, noise(i, 300) FROM generate_series(1, 20) i');
ALTER TABLE h ALTER t SET STORAGE plain;
ALTER TABLE c ALTER t SET STORAGE plain;
SELECT twice('ALTER TABLE {T} ALTER a TYPE int8');
SELECT twice('ALTER TABLE {T} ADD COLUMN r float8 DEFAULT random()');
VACUUM FULL h;
VACUUM FULL c;
CREATE INDEX ON h (a);
CREATE INDEX ON c (a);
CLUSTER h USING h_a_idx;
CLUSTER c USING c_a_idx;
ALTER TABLE h SET ACCESS METHOD columnar;
ALTER TABLE c SET ACCESS METHOD heap;
SELECT (SELECT (count(*), sum(length(t))) FROM h) = (SELECT (count(*), sum(length(t))) FROM c) AS same;
-- what dropped columns held counts for nothing
ALTER TABLE h DROP COLUMN t;
ALTER TABLE c DROP COLUMN t;
VACUUM FULL h;
VACUUM FULL c;
SELECT (SELECT (count(*), sum(a)) FROM h) = (SELECT (count(*), sum(a)) FROM c) AS same;
-- rows that grow too wide by columns added later
DO $$ BEGIN
	PERFORM twins(string_agg('c' || i || ' int8', ',')) FROM generate_series(1, 990) i;
	PERFORM twice('INSERT INTO {T} SELECT ' || string_agg(i::text, ',')) FROM generate_series(1, 990) i;
	PERFORM twice('ALTER TABLE {T} ' || string_agg('ADD d' || i || ' int8 DEFAULT 1', ',')) FROM generate_series(1, 100) i;
END $$;
VACUUM FULL h;
VACUUM FULL c;
-- in a stripe that not everybody sees yet
\set VERBOSITY terse
BEGIN;
TRUNCATE c;
DO $$ BEGIN
	EXECUTE 'INSERT INTO c SELECT ' || string_agg(i::text, ',') FROM generate_series(1, 850) i;
	EXECUTE 'ALTER TABLE c ' || string_agg('ADD e' || i || ' int8 DEFAULT 1', ',') FROM generate_series(1, 100) i;
END $$;
CREATE INDEX i ON c (c1);
SELECT state FROM columnar.stripes('c');
CLUSTER c USING i;
ROLLBACK;
\set VERBOSITY default
-- materialized views
CREATE TABLE source (a int, t text);
CREATE MATERIALIZED VIEW hm USING heap AS SELECT * FROM source;
CREATE MATERIALIZED VIEW cm USING columnar AS SELECT * FROM source;
ALTER MATERIALIZED VIEW hm ALTER t SET STORAGE plain;
ALTER MATERIALIZED VIEW cm ALTER t SET STORAGE plain;
INSERT INTO source SELECT i, repeat('x', i) FROM generate_series(1, 2000) i;
SELECT twice('REFRESH MATERIALIZED VIEW {T}m');
INSERT INTO source VALUES (0, repeat('x', 10000));
SELECT twice('REFRESH MATERIALIZED VIEW {T}m');
INSERT INTO source VALUES (0, noise(0, 300));
SELECT twice('REFRESH MATERIALIZED VIEW {T}m');

-- large values: stripes hold rows that fit their memory, the row store the rest
RESET columnar.stripe_all;
CREATE TABLE large (id int, t text) USING columnar;
CREATE TABLE source_of_large (id int, t text) USING heap;
ALTER TABLE source_of_large ALTER t SET STORAGE external;
INSERT INTO source_of_large SELECT id, repeat(md5(id::text), kb * 32) FROM (VALUES (1, 100), (2, 2900),
	(3, 3200), (4, 16384)) v(id, kb);
CREATE FUNCTION places(OUT id int, OUT kb int, OUT same bool, OUT in_stripe bool) RETURNS SETOF record
	LANGUAGE sql AS $$
	SELECT l.id, length(l.t) / 1024, l.t = repeat(md5((l.id % 10)::text), length(l.t) / 32),
		l.ctid >= '(2147483648,0)' FROM large l ORDER BY l.id $$;
SET columnar.write_memory = '8MB';
SET columnar.stripe_all = on;
INSERT INTO large SELECT * FROM source_of_large;
INSERT INTO large SELECT id + 10, t || '' FROM source_of_large;
SELECT * FROM places();
VACUUM FULL large;
SELECT * FROM places();
SET columnar.write_memory = '64MB';
ALTER TABLE large ALTER id TYPE bigint;
SELECT l.id, l.ctid >= '(2147483648,0)' AS in_stripe FROM large l ORDER BY 1;
ALTER TABLE large ALTER id TYPE int;
-- indexes, COPY, COPY FREEZE
SET columnar.write_memory = '8MB';
CREATE UNIQUE INDEX ON large (id);
COPY large FROM PROGRAM 'for i in 21 22 23; do printf "$i,"; yes eccbc87e4b5ce2fe28308fd9f2a7baf3 | head -n $((i % 2 * 100000 + 5)) | tr -d "\n"; echo; done' CSV;
SET enable_seqscan = off;
SELECT id, length(t) FROM large WHERE id IN (4, 14, 21, 22, 23) ORDER BY id;
INSERT INTO large SELECT * FROM source_of_large;
RESET enable_seqscan;
BEGIN;
TRUNCATE large;
COPY large FROM PROGRAM 'for i in 3 13; do printf "$i,"; yes eccbc87e4b5ce2fe28308fd9f2a7baf3 | head -n 120000 | tr -d "\n"; echo; done; seq -f "%.0f," 100 2100' CSV FREEZE;
COMMIT;
SELECT count(*), sum(length(t)) FROM large;
RESET columnar.write_memory;
RESET columnar.stripe_all;

DROP MATERIALIZED VIEW hm, cm;
DROP TABLE h, c, compressed, source, large, source_of_large;
DROP FUNCTION twice, twins, border, places, noise;
