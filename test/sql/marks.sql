-- Pages of marks: divided, chained, used again; rows at the borders of pages
SET columnar.stripe_all = on;
CREATE FUNCTION blocks(t regclass) RETURNS bigint LANGUAGE sql AS
	'SELECT pg_relation_size(t) / 8192';
-- what is there, by scan and by index, against what should be
CREATE FUNCTION agree(t regclass, there text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
	by_scan bigint;
	by_index bigint;
	problems text;
BEGIN
	EXECUTE format('SELECT count(*) FROM %s', there) INTO n;
	EXECUTE format('SELECT count(*) FROM (SELECT id FROM %s) x FULL JOIN (SELECT id FROM %s) y USING (id) WHERE x.id IS NULL OR y.id IS NULL', t, there)
		INTO by_scan;
	SET LOCAL enable_seqscan = off;
	SET LOCAL columnar.enable_scan = off;
	EXECUTE format('SELECT count(*) FROM (SELECT id FROM %s) y LEFT JOIN LATERAL (SELECT id FROM %s WHERE id = y.id OFFSET 0) x ON true WHERE x.id IS NULL', there, t)
		INTO by_index;
	EXECUTE format('SELECT string_agg(v::text, %L) FROM columnar.verify(%L) v', '; ', t) INTO problems;
	RETURN format('%s rows, scan %s wrong, index %s wrong%s', n, by_scan, by_index, coalesce(', ' || problems, ''));
END $$;
-- rows at the borders of slots, pages and stripes
SET client_min_messages = warning;
CREATE PROCEDURE borders(n int) LANGUAGE plpgsql AS $$
DECLARE
	borders int[] := ARRAY(SELECT x FROM unnest(ARRAY[1, 2, 255, 256, 257, 258, 511, 512, 513, 32767, 32768, 32769, 65536, 65537, n - 1, n]) x
		WHERE x BETWEEN 1 AND n ORDER BY x);
	first text;
BEGIN
	DROP TABLE IF EXISTS b;
	CREATE TABLE b (id int PRIMARY KEY, v int) USING columnar WITH (autovacuum_enabled = off);
	INSERT INTO b SELECT i, 0 FROM generate_series(1, n) i;
	PERFORM FROM b WHERE id = ANY (borders) FOR UPDATE;
	UPDATE b SET v = 1 WHERE id = ANY (borders);
	COMMIT;
	first := agree('b', format('generate_series(1, %s) id', n));
	DELETE FROM b WHERE id = ANY (borders[2:cardinality(borders) - 1]);
	DELETE FROM b WHERE id = ANY (ARRAY(SELECT x - 2 FROM unnest(borders) x));
	COMMIT;
	RAISE INFO '%: %; then %; stripes %', n, first,
		agree('b', format('(SELECT id FROM generate_series(1, %s) id WHERE NOT id = ANY (%L) AND NOT id + 2 = ANY (%L)) z',
			n, borders[2:cardinality(borders) - 1], borders)),
		(SELECT string_agg(n_rows::text, ' ' ORDER BY first_row) FROM columnar.stripes('b') WHERE state = 'committed');
END $$;
CALL borders(255);
CALL borders(256);
CALL borders(257);
CALL borders(32767);
CALL borders(32768);
CALL borders(32769);
CALL borders(131071);
CALL borders(131072);
VACUUM b;
SELECT agree('b', '(SELECT id FROM b) z');
-- all of a stripe is a few runs
CREATE TABLE t (id int PRIMARY KEY, v int) USING columnar WITH (autovacuum_enabled = off);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 131072) i;
SELECT blocks('t') AS before \gset
BEGIN;
DELETE FROM t;
SELECT blocks('t') - :before AS more;
ROLLBACK;
DELETE FROM t WHERE id > 10;
SELECT blocks('t') - :before AS more, agree('t', 'generate_series(1, 10) id');
VACUUM t;
SELECT blocks('t') - :before AS more, agree('t', 'generate_series(1, 10) id');
SELECT n_rows, dead_rows FROM columnar.stripes('t');
-- rolled back again and again
INSERT INTO t SELECT i, 0 FROM generate_series(11, 131072) i;
SELECT blocks('t') AS before \gset
DO $$
BEGIN
	FOR i IN 1 .. 30 LOOP
		DELETE FROM t WHERE id BETWEEN 20 AND 20000 AND id % 20 = i % 20;
		ROLLBACK;
	END LOOP;
END $$;
SELECT blocks('t') - :before < 100 AS few_more, agree('t', 'generate_series(1, 131072) id');
-- one row locked by one transaction after another, and by ten thousand; several modes; updated and rolled back
CREATE TABLE l (id int PRIMARY KEY, v int) USING columnar WITH (autovacuum_enabled = off);
INSERT INTO l SELECT i, 0 FROM generate_series(1, 2000) i;
SELECT FROM l WHERE id = 5 FOR UPDATE;
SELECT blocks('l') AS before \gset
DO $$
BEGIN
	FOR i IN 1 .. 10000 LOOP
		PERFORM FROM l WHERE id = 5 FOR UPDATE;
		COMMIT;
	END LOOP;
	FOR i IN 1 .. 1000 LOOP
		PERFORM FROM l WHERE id BETWEEN 5 AND 7 FOR KEY SHARE;
		PERFORM FROM l WHERE id = 6 FOR SHARE;
		COMMIT;
		UPDATE l SET v = 1 WHERE id = 6;
		ROLLBACK;
		BEGIN
			DELETE FROM l WHERE id = 7;
			RAISE division_by_zero;
		EXCEPTION WHEN division_by_zero THEN NULL;
		END;
		COMMIT;
	END LOOP;
END $$;
SELECT blocks('l') - :before AS more, agree('l', 'generate_series(1, 2000) id');
-- in one transaction, with savepoints that stay
DO $$
BEGIN
	FOR i IN 1 .. 3000 LOOP
		BEGIN
			PERFORM FROM l WHERE id = 8 FOR UPDATE;
			IF i % 2 = 0 THEN
				RAISE division_by_zero;
			END IF;
		EXCEPTION WHEN division_by_zero THEN NULL;
		END;
	END LOOP;
END $$;
SELECT blocks('l') - :before < 20 AS few_more, agree('l', 'generate_series(1, 2000) id');
-- each row changed by a transaction of its own: pages are divided many times
CREATE TABLE d (id int PRIMARY KEY, v int) USING columnar WITH (autovacuum_enabled = off);
INSERT INTO d SELECT i, 0 FROM generate_series(1, 33000) i;
DO $$
BEGIN
	FOR i IN 1 .. 4000 LOOP
		DELETE FROM d WHERE id = 1 + i * 7919 % 33000;
		COMMIT;
	END LOOP;
	FOR i IN 1 .. 256 LOOP
		UPDATE d SET v = 1 WHERE id = 1280 + i AND v = 0;
		COMMIT;
	END LOOP;
END $$;
SELECT agree('d', '(SELECT * FROM generate_series(1, 33000) id EXCEPT SELECT 1 + i * 7919 % 33000 FROM generate_series(1, 4000) i) z (id)');
VACUUM d;
SELECT agree('d', '(SELECT * FROM generate_series(1, 33000) id EXCEPT SELECT 1 + i * 7919 % 33000 FROM generate_series(1, 4000) i) z (id)');
SELECT n_rows, dead_rows FROM columnar.stripes('d');
SELECT blocks('d') AS before \gset
UPDATE d SET v = 2;
VACUUM d;
SELECT state FROM columnar.stripes('d');
INSERT INTO d SELECT i, 0 FROM generate_series(40001, 73000) i;
DO $$
BEGIN
	FOR i IN 1 .. 1000 LOOP
		DELETE FROM d WHERE id = 40001 + i * 7919 % 33000;
		COMMIT;
	END LOOP;
END $$;
SELECT count(*) FROM d WHERE id > 40000;
SELECT * FROM columnar.verify('d');
-- a chain of pages: many transactions have locks on the rows of one slot
CREATE TABLE k (id int PRIMARY KEY, v int) USING columnar WITH (autovacuum_enabled = off);
INSERT INTO k SELECT i, 0 FROM generate_series(1, 3000) i;
\set ECHO none
\o /dev/null
SELECT q FROM generate_series(1, 16) i, LATERAL (VALUES (1, 'BEGIN'),
	(2, format('SELECT count(*) FROM (SELECT FROM k WHERE id BETWEEN 513 AND 768 AND id %% 2 = 0 FOR %s) x', CASE i % 2 WHEN 0 THEN 'KEY SHARE' ELSE 'SHARE' END)),
	(3, format('PREPARE TRANSACTION %L', 'chain' || i))) c (n, q) ORDER BY i, n \gexec
\o
\set ECHO all
SELECT agree('k', 'generate_series(1, 3000) id');
SELECT id FROM k WHERE id BETWEEN 513 AND 768 FOR UPDATE SKIP LOCKED LIMIT 3;
SELECT id FROM k WHERE id = 514 FOR UPDATE NOWAIT;
SELECT id FROM k WHERE id = 514 FOR SHARE NOWAIT;
DELETE FROM k WHERE id BETWEEN 513 AND 768 AND id % 4 = 1;
UPDATE k SET v = 1 WHERE id BETWEEN 513 AND 768 AND id % 8 = 3;
SELECT agree('k', '(SELECT id FROM generate_series(1, 3000) id WHERE id NOT BETWEEN 513 AND 768 OR id % 4 <> 1) z');
VACUUM k;
SELECT agree('k', '(SELECT id FROM generate_series(1, 3000) id WHERE id NOT BETWEEN 513 AND 768 OR id % 4 <> 1) z');
SELECT n_rows, dead_rows FROM columnar.stripes('k');
SELECT n_rows - dead_rows + (SELECT count(*) FROM k WHERE ctid < '(2147483648,1)') AS counted FROM columnar.stripes('k');
INSERT INTO k SELECT i, 2 FROM generate_series(513, 768, 4) i;
VACUUM k;
SELECT agree('k', 'generate_series(1, 3000) id');
\set ECHO none
SELECT format('%s PREPARED %L', CASE i % 3 WHEN 0 THEN 'COMMIT' ELSE 'ROLLBACK' END, 'chain' || i) FROM generate_series(1, 16) i \gexec
\set ECHO all
VACUUM k;
SELECT agree('k', 'generate_series(1, 3000) id');
SELECT count(*) FROM (SELECT FROM k WHERE id BETWEEN 513 AND 768 FOR UPDATE NOWAIT) x;
DELETE FROM k WHERE id BETWEEN 513 AND 768;
VACUUM k;
SELECT agree('k', '(SELECT id FROM generate_series(1, 3000) id WHERE id NOT BETWEEN 513 AND 768) z');
SELECT n_rows, dead_rows FROM columnar.stripes('k') ORDER BY first_row;
DELETE FROM k;
VACUUM k;
SELECT agree('k', '(SELECT 1 AS id WHERE false) z');
DROP TABLE b, t, l, d, k;
DROP FUNCTION blocks, agree;
DROP PROCEDURE borders;
