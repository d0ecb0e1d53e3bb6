-- what only newer versions of PostgreSQL can do is done alike on columnar and
-- heap tables: no output, so that it is the same on all versions
SELECT current_setting('server_version_num')::int >= 170000 AS has_17,
	current_setting('server_version_num')::int >= 180000 AS has_18 \gset
SET columnar.stripe_rows = 2048;
SET client_min_messages = warning;
-- runs a statement on table c, then on h, and fails unless its rows are the same
CREATE PROCEDURE alike(statement text) LANGUAGE plpgsql AS $$
DECLARE
	columnar text;
	heap text;
BEGIN
	EXECUTE format('WITH r AS (%s) SELECT string_agg(r::text, E''\n'' ORDER BY r::text) FROM r', replace(statement, '@', 'c')) INTO columnar;
	EXECUTE format('WITH r AS (%s) SELECT string_agg(r::text, E''\n'' ORDER BY r::text) FROM r', replace(statement, '@', 'h')) INTO heap;
	IF heap IS NULL OR columnar IS DISTINCT FROM heap THEN
		RAISE 'not alike: %', statement USING DETAIL = format('columnar: %s; heap: %s', left(columnar, 300), left(heap, 300));
	END IF;
END $$;
-- 6000 rows in stripes, 50 in the row store
CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 0..1 LOOP
		INSERT INTO c (id, v) SELECT j, 'v' || j % 100 FROM generate_series(i * 6000 + 1, 6000 + i * 50) j;
		INSERT INTO h (id, v) SELECT j, 'v' || j % 100 FROM generate_series(i * 6000 + 1, 6000 + i * 50) j;
	END LOOP;
END $$;

-- MERGE that returns, and that deletes what has no match
\if :has_17
CREATE TABLE c (id int PRIMARY KEY, v text) USING columnar;
CREATE TABLE h (id int PRIMARY KEY, v text) USING heap;
CALL fill();
CREATE PROCEDURE merged(target text) LANGUAGE plpgsql AS $$ BEGIN
	EXECUTE format('CREATE TEMP TABLE merged_%1$s (action text, id int, v text); '
		'WITH m AS (MERGE INTO %1$s t USING (SELECT * FROM generate_series(3000, 6100) s) s ON t.id = s '
		'WHEN MATCHED AND t.id %% 3 = 0 THEN UPDATE SET v = ''merged'' '
		'WHEN MATCHED AND t.id %% 3 = 1 THEN DELETE '
		'WHEN NOT MATCHED THEN INSERT VALUES (s, ''new'') '
		'WHEN NOT MATCHED BY SOURCE AND t.id %% 2 = 0 THEN DELETE '
		'WHEN NOT MATCHED BY SOURCE THEN UPDATE SET v = ''alone'' '
		'RETURNING merge_action(), t.*) INSERT INTO merged_%1$s SELECT * FROM m', target);
END $$;
CALL merged('c');
CALL merged('h');
CALL alike('SELECT * FROM merged_@');
CALL alike('SELECT * FROM @');
DROP PROCEDURE merged;
DROP TABLE merged_c, merged_h;
COPY c FROM PROGRAM 'printf "70000\\tgood\\nbad\\tbad\\n"' WITH (ON_ERROR ignore);
COPY h FROM PROGRAM 'printf "70000\\tgood\\nbad\\tbad\\n"' WITH (ON_ERROR ignore);
CALL alike('SELECT * FROM @');
DROP TABLE c, h;
\endif

\if :has_18
-- columns computed when they are read
CREATE TABLE c (id int, v text, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL) USING columnar;
CREATE TABLE h (id int, v text, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL) USING heap;
CALL fill();
CALL alike('SELECT * FROM @ WHERE twice BETWEEN 11990 AND 12010 OR twice = 4');
CALL alike('SELECT sum(twice), count(*), max(v) FROM @ WHERE twice > 3000');
ALTER TABLE c ALTER twice SET EXPRESSION AS (id * 3), ADD CHECK (twice IS NOT NULL);
ALTER TABLE h ALTER twice SET EXPRESSION AS (id * 3), ADD CHECK (twice IS NOT NULL);
CALL columnar.compact('c');
CALL alike('SELECT * FROM @ WHERE twice < 3000');
ALTER TABLE c ADD more int GENERATED ALWAYS AS (length(v)), ADD plain int DEFAULT 4;
ALTER TABLE h ADD more int GENERATED ALWAYS AS (length(v)), ADD plain int DEFAULT 4;
CALL alike('SELECT * FROM @');
-- old and new rows are returned
CREATE TEMP TABLE changed_c (a text, b text);
CREATE TEMP TABLE changed_h (a text, b text);
WITH u AS (UPDATE c SET v = v || '!' WHERE id % 7 = 0 RETURNING old.*::text AS o, new.*::text AS n) INSERT INTO changed_c SELECT * FROM u;
WITH u AS (UPDATE h SET v = v || '!' WHERE id % 7 = 0 RETURNING old.*::text AS o, new.*::text AS n) INSERT INTO changed_h SELECT * FROM u;
WITH u AS (DELETE FROM c WHERE id % 11 = 0 RETURNING old.*::text AS o, new.*::text AS n) INSERT INTO changed_c SELECT * FROM u;
WITH u AS (DELETE FROM h WHERE id % 11 = 0 RETURNING old.*::text AS o, new.*::text AS n) INSERT INTO changed_h SELECT * FROM u;
CALL alike('SELECT * FROM changed_@');
CREATE UNIQUE INDEX ON c (id);
CREATE UNIQUE INDEX ON h (id);
WITH u AS (INSERT INTO c (id, v) SELECT i, 'conflict' FROM generate_series(5995, 6060) i
	ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING old.*::text AS o, new.*::text AS n) INSERT INTO changed_c SELECT * FROM u;
WITH u AS (INSERT INTO h (id, v) SELECT i, 'conflict' FROM generate_series(5995, 6060) i
	ON CONFLICT (id) DO UPDATE SET v = excluded.v RETURNING old.*::text AS o, new.*::text AS n) INSERT INTO changed_h SELECT * FROM u;
CALL alike('SELECT * FROM changed_@');
CALL alike('SELECT * FROM @');
DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM columnar.verify('c')), 'damaged'; END $$;
DROP TABLE c, h, changed_c, changed_h;
-- the type of such a column changes without a rewrite
CREATE TABLE c (id int, v text, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL) USING columnar;
CREATE TABLE h (id int, v text, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL) USING heap;
CALL fill();
ALTER TABLE c ALTER twice TYPE numeric;
ALTER TABLE h ALTER twice TYPE numeric;
CALL alike('SELECT * FROM @');
CALL fill();
DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM columnar.verify('c')), 'damaged'; END $$;
CALL columnar.compact('c');
VACUUM FULL c;
CALL alike('SELECT * FROM @');
ALTER TABLE c ALTER twice TYPE text;
ALTER TABLE h ALTER twice TYPE text;
ALTER TABLE c DROP twice, ALTER id TYPE bigint, ADD four bigint GENERATED ALWAYS AS (id * 4) NOT NULL;
ALTER TABLE h DROP twice, ALTER id TYPE bigint, ADD four bigint GENERATED ALWAYS AS (id * 4) NOT NULL;
CALL alike('SELECT * FROM @');
DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM columnar.verify('c')), 'damaged'; END $$;
DROP TABLE c, h;
-- keys over periods, and foreign keys to them
CREATE EXTENSION btree_gist;
CREATE TABLE c (id int, v text, during int4range DEFAULT '[1,10)', PRIMARY KEY (id, during WITHOUT OVERLAPS)) USING columnar;
CREATE TABLE h (id int, v text, during int4range DEFAULT '[1,10)', PRIMARY KEY (id, during WITHOUT OVERLAPS)) USING heap;
CREATE TABLE refers_c (id int, during int4range, FOREIGN KEY (id, PERIOD during) REFERENCES c (id, PERIOD during)) USING columnar;
CREATE TABLE refers_h (id int, during int4range, FOREIGN KEY (id, PERIOD during) REFERENCES h (id, PERIOD during)) USING heap;
CALL fill();
CREATE FUNCTION try(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	RETURN sqlstate;
END $$;
CALL alike('SELECT s, try(s) FROM unnest(ARRAY[try(''INSERT INTO @ VALUES (5, NULL, ''''[9,12)'''')''), try(''INSERT INTO @ VALUES (5, NULL, ''''[10,12)'''')''),
	try(''INSERT INTO @ VALUES (6001, NULL, ''''[9,12)'''')''), try(''INSERT INTO refers_@ VALUES (5, ''''[3,11)''''), (6001, ''''[2,3)'''')''),
	try(''INSERT INTO refers_@ VALUES (5, ''''[3,13)'''')''), try(''DELETE FROM @ WHERE id = 5''), try(''DELETE FROM @ WHERE id = 6''),
	try(''UPDATE @ SET during = ''''[2,10)'''' WHERE id = 6001'')]) s');
CALL alike('SELECT * FROM @');
CALL alike('SELECT * FROM refers_@');
DROP TABLE refers_c, refers_h, c, h;
DROP FUNCTION try;
DROP EXTENSION btree_gist;
-- constraints that hold from now on
CREATE TABLE c (id int, v text) USING columnar;
CREATE TABLE h (id int, v text) USING heap;
CALL fill();
INSERT INTO c VALUES (NULL, 'null');
INSERT INTO h VALUES (NULL, 'null');
ALTER TABLE c ADD CONSTRAINT later NOT NULL id NOT VALID;
ALTER TABLE h ADD CONSTRAINT later NOT NULL id NOT VALID;
UPDATE c SET id = 0 WHERE id IS NULL;
UPDATE h SET id = 0 WHERE id IS NULL;
ALTER TABLE c VALIDATE CONSTRAINT later;
ALTER TABLE h VALIDATE CONSTRAINT later;
-- GIN indexes made by several processes
SET max_parallel_maintenance_workers = 2;
SET min_parallel_table_scan_size = 0;
CREATE INDEX c_gin ON c USING gin (string_to_array(v, ' ')) WHERE id <> 17;
CREATE INDEX h_gin ON h USING gin (string_to_array(v, ' ')) WHERE id <> 17;
SET enable_seqscan = off;
CALL alike('SELECT * FROM @ WHERE string_to_array(v, '' '') && ''{v17}'' AND id <> 17');
CALL alike('SELECT count(*), sum(id) FROM @ WHERE string_to_array(v, '' '') && ''{v17,v3,null}'' AND id <> 17');
RESET enable_seqscan;
RESET min_parallel_table_scan_size;
RESET max_parallel_maintenance_workers;
DROP TABLE c, h;
\endif
DROP PROCEDURE alike, fill;
