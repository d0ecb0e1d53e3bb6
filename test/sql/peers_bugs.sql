-- Bugs that other storages for PostgreSQL were shipped with, and that are none here.
-- docs/testing.md says which tests show the others.
CREATE EXTENSION amcheck;
CREATE EXTENSION pageinspect;
-- rows of t by sequential scan, those found one by one by the index of id, and by
-- the other indexes; amcheck looks for an entry of every row, and verify at the file
CREATE FUNCTION agree(OUT n bigint, OUT total bigint, OUT by_id bigint, OUT by_k bigint, OUT by_v bigint, OUT problems bigint)
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM bt_index_check(indexrelid, true) FROM pg_index i JOIN pg_class c ON c.oid = indexrelid JOIN pg_am a ON a.oid = relam
		WHERE indrelid = 't'::regclass AND amname = 'btree';
	PERFORM set_config('enable_seqscan', 'on', true), set_config('enable_indexscan', 'off', true),
		set_config('enable_indexonlyscan', 'off', true), set_config('enable_bitmapscan', 'off', true);
	SELECT count(*), sum(id) INTO n, total FROM t;
	PERFORM set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'on', true),
		set_config('columnar.enable_scan', 'off', true);
	SELECT count(*) INTO by_id FROM generate_series(1, 20000) i, LATERAL (SELECT v FROM t WHERE id = i OFFSET 0) x;
	SELECT count(*) INTO by_k FROM t WHERE k >= 0;
	SELECT count(*) INTO by_v FROM generate_series(0, 9) i, LATERAL (SELECT k FROM t WHERE v = 'v' || i OFFSET 0) x;
	SELECT count(*) INTO problems FROM columnar.verify('t');
END $$ SET enable_sort = on;
-- 4000 rows in stripes, 500 in the row store
CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE IF EXISTS t;
	CREATE TABLE t (id int PRIMARY KEY, k int, v text) USING columnar WITH (autovacuum_enabled = off);
	CREATE INDEX t_k ON t (k);
	CREATE INDEX t_v ON t USING hash (v);
	PERFORM set_config('columnar.stripe_all', 'on', true);
	INSERT INTO t SELECT i, i % 50, 'v' || i % 10 FROM generate_series(1, 4000) i;
	PERFORM set_config('columnar.stripe_all', 'off', true);
	INSERT INTO t SELECT i, i % 50, 'v' || i % 10 FROM generate_series(4001, 4500) i;
END $$;

-- Entries of dead rows, marked by scans (kill_prior_tuple) and then removed when a
-- page fills up (simple deletion), take none of live rows with them.
CALL fill();
DELETE FROM t WHERE id % 2 = 0;
VACUUM (INDEX_CLEANUP off) t;
SELECT * FROM agree();
SELECT sum(dead_items) > 500 AS dead FROM generate_series(1, pg_relation_size('t_pkey') / 8192 - 1) b, bt_page_stats('t_pkey', b::int);
-- the same keys come back, some in stripes, some not
INSERT INTO t SELECT i, i % 50, 'v' || i % 10 FROM generate_series(2, 500, 2) i;
SET columnar.stripe_all = on;
INSERT INTO t SELECT i, i % 50, 'v' || i % 10 FROM generate_series(502, 3000, 2) i;
RESET columnar.stripe_all;
SELECT * FROM agree();
SELECT sum(dead_items) < 1500 AS fewer_dead FROM generate_series(1, pg_relation_size('t_pkey') / 8192 - 1) b, bt_page_stats('t_pkey', b::int);
VACUUM t;
SELECT * FROM agree();

-- Nor do entries of old versions, removed when updates fill pages (bottom-up
-- deletion).
CALL fill();
SELECT pg_relation_size('t_pkey') AS size \gset
DO $$
BEGIN
	FOR i IN 1..60 LOOP
		UPDATE t SET k = k + 1 WHERE id % 40 = 7;
		COMMIT;
	END LOOP;
END $$;
SELECT * FROM agree();
SELECT pg_relation_size('t_pkey') <= 1.1 * :size AS bounded;
-- with an old snapshot that sees the first versions
CREATE EXTENSION IF NOT EXISTS dblink;
SELECT dblink_connect('old', format('dbname=%s port=%s host=%s', current_database(), current_setting('port'), current_setting('unix_socket_directories'))) \gset ignored_
SELECT dblink_exec('old', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SET enable_seqscan = off; SET columnar.enable_scan = off') \gset ignored_
SELECT * FROM dblink('old', 'SELECT count(*), sum(k) FROM t WHERE id > 0') AS x (n bigint, sum bigint);
DO $$
BEGIN
	FOR i IN 1..60 LOOP
		UPDATE t SET k = k + 1 WHERE id % 40 = 8;
		COMMIT;
	END LOOP;
END $$;
DELETE FROM t WHERE id % 40 = 9;
VACUUM t;
SELECT * FROM agree();
SELECT * FROM dblink('old', 'SELECT count(*), sum(k) FROM t WHERE id > 0') AS x (n bigint, sum bigint);
SELECT dblink_exec('old', 'COMMIT'), dblink_disconnect('old') \gset ignored_
VACUUM t;
SELECT * FROM agree();

-- A rolled back savepoint with rows of a unique index leaves the keys free, also in
-- the same transaction, in stripes and in the row store.
CALL fill();
BEGIN;
SAVEPOINT a;
SET LOCAL columnar.stripe_all = on;
INSERT INTO t SELECT i, 1, 'v1' FROM generate_series(5001, 6000) i;
SELECT count(*) FROM t WHERE id > 5000;
ROLLBACK TO a;
INSERT INTO t SELECT i, 2, 'v2' FROM generate_series(5001, 6000) i;
SAVEPOINT b;
INSERT INTO t VALUES (1, 0, 'duplicate');
ROLLBACK TO b;
INSERT INTO t SELECT i, 3, 'v3' FROM generate_series(6001, 7000) i;
SAVEPOINT c;
DELETE FROM t WHERE id BETWEEN 1 AND 10;
INSERT INTO t SELECT i, 4, 'v4' FROM generate_series(1, 10) i;
ROLLBACK TO c;
INSERT INTO t VALUES (5, 0, 'duplicate');
ROLLBACK TO c;
DELETE FROM t WHERE id BETWEEN 1 AND 10;
INSERT INTO t SELECT i, 5, 'v5' FROM generate_series(1, 10) i;
COMMIT;
BEGIN;
SAVEPOINT a;
SET LOCAL columnar.stripe_all = on;
INSERT INTO t SELECT i, 1, 'v1' FROM generate_series(7001, 7010) i;
INSERT INTO t VALUES (7001, 0, 'duplicate');
ROLLBACK TO a;
INSERT INTO t SELECT i, 1, 'v1' FROM generate_series(7001, 7010) i;
RELEASE a;
ROLLBACK;
INSERT INTO t SELECT i, 6, 'v6' FROM generate_series(7001, 7010) i;
SELECT * FROM agree();
SELECT k, count(*) FROM t WHERE id > 5000 OR id <= 10 GROUP BY k ORDER BY k;

-- What the visibility map says of pages whose rows were changed is not believed by
-- index-only scans, nor by those of an older snapshot.
CALL fill();
VACUUM (FREEZE) t;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET columnar.enable_scan = off;
EXPLAIN (COSTS OFF) SELECT count(*), sum(id) FROM t WHERE id > 0;
SELECT count(*), sum(id) FROM t WHERE id > 0;
SELECT dblink_connect('old', format('dbname=%s port=%s host=%s', current_database(), current_setting('port'), current_setting('unix_socket_directories'))) \gset ignored_
SELECT dblink_exec('old', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SET enable_seqscan = off; SET enable_bitmapscan = off; SET columnar.enable_scan = off') \gset ignored_
SELECT * FROM dblink('old', 'SELECT count(*), sum(id) FROM t WHERE id > 0') AS x (n bigint, sum bigint);
DELETE FROM t WHERE id % 3 = 0;
UPDATE t SET id = -id WHERE id % 3 = 1;
SELECT count(*), sum(id) FROM t WHERE id > 0;
VACUUM t;
SELECT count(*), sum(id) FROM t WHERE id > 0;
SELECT * FROM dblink('old', 'SELECT count(*), sum(id) FROM t WHERE id > 0') AS x (n bigint, sum bigint);
CALL columnar.compact('t');
VACUUM t;
SELECT count(*), sum(id) FROM t WHERE id > 0;
SELECT * FROM dblink('old', 'SELECT count(*), sum(id) FROM t WHERE id > 0') AS x (n bigint, sum bigint);
SELECT dblink_exec('old', 'COMMIT'), dblink_disconnect('old') \gset ignored_
VACUUM (FREEZE) t;
SELECT count(*), sum(id) FROM t WHERE id > 0;
-- pages that were stripes', then free, then others'
TRUNCATE t;
INSERT INTO t VALUES (1), (2), (3);
BEGIN;
INSERT INTO t VALUES (4);
DELETE FROM t WHERE id = 1;
ROLLBACK;
DELETE FROM t WHERE id = 2;
SELECT count(*), sum(id) FROM t WHERE id > 0;
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET columnar.enable_scan;

-- relfrozenxid advances, with rows of stripes that were changed and with aborted ones.
CALL fill();
BEGIN;
SET LOCAL columnar.stripe_all = on;
INSERT INTO t SELECT i FROM generate_series(8001, 9000) i;
ROLLBACK;
UPDATE t SET v = 'updated' WHERE id % 5 = 0;
DELETE FROM t WHERE id % 7 = 0;
BEGIN;
SELECT count(*) FROM (SELECT FROM t WHERE id % 11 = 0 FOR UPDATE) x;
ROLLBACK;
SELECT relfrozenxid AS before FROM pg_class WHERE relname = 't' \gset
VACUUM (FREEZE) t;
SELECT age(relfrozenxid) < age(:'before'::xid) AS advanced FROM pg_class WHERE relname = 't';
SELECT * FROM agree();

-- Compaction by a superuser runs the owner's code as the owner, who gets no further.
CREATE ROLE plain;
CREATE TABLE owned (id int) USING columnar WITH (autovacuum_enabled = off);
INSERT INTO owned SELECT i FROM generate_series(1, 1500) i;
CREATE FUNCTION take(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE what;
	RAISE NOTICE '%: done', what;
EXCEPTION WHEN OTHERS THEN
	RAISE NOTICE '%: %', what, sqlerrm;
END $$;
CREATE FUNCTION trap(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF i = 5 THEN
		RAISE NOTICE 'runs as %', current_user;
		PERFORM public.take('SET SESSION AUTHORIZATION DEFAULT'), public.take('RESET ROLE'), public.take('CREATE TEMP TABLE taken ()');
	END IF;
	RETURN i;
END $$;
ALTER TABLE owned OWNER TO plain;
ALTER FUNCTION take OWNER TO plain;
ALTER FUNCTION trap OWNER TO plain;
CREATE INDEX ON owned (trap(id));
CALL columnar.compact('owned');
SELECT current_user = session_user AS back, count(*) FILTER (WHERE ctid < '(2147483648,1)') AS row_store FROM owned;
DROP OWNED BY plain;
DROP ROLE plain;

-- Names with upper case, quotes, dots, blanks and letters beyond ASCII.
CREATE SCHEMA "My.Schema";
CREATE TABLE "My.Schema"."The ""Table"".x" ("Id" int PRIMARY KEY, "select" int, "a.b" text, "ÄÖ" text, "qu""ote'" int)
	USING columnar WITH (autovacuum_enabled = off);
CREATE INDEX "Index.One" ON "My.Schema"."The ""Table"".x" ("a.b", (upper("ÄÖ")));
INSERT INTO "My.Schema"."The ""Table"".x" SELECT i, i, 'ab' || i % 10, 'ä', -i FROM generate_series(1, 6000) i;
UPDATE "My.Schema"."The ""Table"".x" SET "select" = "select" + 1, "qu""ote'" = 0 WHERE "Id" % 100 = 0;
DELETE FROM "My.Schema"."The ""Table"".x" WHERE "a.b" = 'ab7';
VACUUM (ANALYZE) "My.Schema"."The ""Table"".x";
CALL columnar.compact('"My.Schema"."The ""Table"".x"');
VACUUM "My.Schema"."The ""Table"".x";
SELECT count(*), sum("select"), sum("qu""ote'"), min("ÄÖ"), max("a.b") FROM "My.Schema"."The ""Table"".x";
SELECT count(*) FILTER (WHERE ctid < '(2147483648,1)') AS row_store FROM "My.Schema"."The ""Table"".x";
SELECT column_name, n_rows, min, max FROM columnar.columns('"My.Schema"."The ""Table"".x"');
SELECT sum(n_rows) FROM columnar.stripes('"My.Schema"."The ""Table"".x"') WHERE state = 'committed';
SELECT * FROM columnar.verify('"My.Schema"."The ""Table"".x"');
EXPLAIN (VERBOSE, COSTS OFF) SELECT "a.b" FROM "My.Schema"."The ""Table"".x" x WHERE "select" < 10 AND "ÄÖ" = 'ä';
CREATE DATABASE "Data.Base ""x""";
\set before :DBNAME
\c "Data.Base ""x"""
CREATE EXTENSION columnar;
CREATE SCHEMA "My.Schema";
CREATE TABLE "My.Schema"."T" ("Id" int PRIMARY KEY, v text) USING columnar WITH (autovacuum_enabled = off);
DO $$ BEGIN FOR j IN 0..6 LOOP INSERT INTO "My.Schema"."T" SELECT j * 4000 + i, 'v' FROM generate_series(1, 4000) i; END LOOP; END $$;
SET columnar.auto_compact = on;
VACUUM "My.Schema"."T";
-- by a worker
DO $$ BEGIN
	FOR i IN 1..600 LOOP
		EXIT WHEN NOT EXISTS (SELECT FROM "My.Schema"."T" WHERE ctid < '(2147483648,1)');
		PERFORM pg_sleep(0.05);
		COMMIT;
	END LOOP;
END $$;
SELECT count(*), count(*) FILTER (WHERE ctid < '(2147483648,1)') AS row_store FROM "My.Schema"."T";
\c :"before"
DROP DATABASE "Data.Base ""x""" (FORCE);
DROP SCHEMA "My.Schema" CASCADE;
DROP TABLE t;
DROP FUNCTION agree;
DROP PROCEDURE fill;
DROP EXTENSION amcheck, pageinspect, dblink;
