-- VACUUM, ANALYZE, VACUUM FULL, CLUSTER, TABLESAMPLE, tablespaces
CREATE TABLE m (a int, b int, t text) USING columnar;
INSERT INTO m SELECT i, i % 100, CASE WHEN i % 10 <> 0 THEN 'v' || i % 500 END
	FROM generate_series(1, 50000) i;
DELETE FROM m WHERE a <= 1000;
ANALYZE m;
SELECT reltuples FROM pg_class WHERE oid = 'm'::regclass;
SELECT attname, null_frac, n_distinct, round(correlation::numeric, 1) AS correlation
	FROM pg_stats WHERE tablename = 'm' AND attname IN ('a', 'b') ORDER BY attname;
VACUUM m;
SELECT reltuples, relpages = pg_relation_size('m') / current_setting('block_size')::int AS pages
	FROM pg_class WHERE oid = 'm'::regclass;
VACUUM ANALYZE m;
SELECT reltuples FROM pg_class WHERE oid = 'm'::regclass;
-- estimates without statistics
CREATE TABLE e (a int) USING columnar;
INSERT INTO e SELECT generate_series(1, 100000);
CREATE FUNCTION estimate(q text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE j json;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT json) ' || q INTO j;
	RETURN (j -> 0 -> 'Plan' ->> 'Plan Rows')::bigint;
END $$;
SELECT estimate('SELECT * FROM e') BETWEEN 90000 AND 110000 AS near;
SELECT estimate('SELECT * FROM m') BETWEEN 48000 AND 50000 AS near;
-- also of rows that fill a tenth of a page each
CREATE TABLE sparse (t char(1000)) USING columnar WITH (fillfactor = 10);
INSERT INTO sparse SELECT i FROM generate_series(1, 1000) i;
SELECT estimate('SELECT * FROM sparse') BETWEEN 900 AND 1100 AS near;
DROP TABLE sparse;
-- ... and with those of before the row store, stripes or both have grown or shrunk
CREATE TABLE g (a int, t text) USING columnar;
CREATE PROCEDURE add_rows(stripes bool, n int) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('columnar.stripe_all', stripes::text, true),
		set_config('columnar.bulk_rows', (n + 1)::text, true);
	INSERT INTO g SELECT i, md5(i::text) FROM generate_series(1, n) i;
END $$;
CALL add_rows(true, 2000);
CALL add_rows(false, 1000);
ANALYZE g;
CALL add_rows(false, 200000);
SELECT estimate('SELECT * FROM g') BETWEEN 180000 AND 230000 AS near;
ANALYZE g;
CALL add_rows(true, 100000);
SELECT estimate('SELECT * FROM g') BETWEEN 250000 AND 330000 AS near;
CALL add_rows(false, 200000);
SELECT estimate('SELECT * FROM g') BETWEEN 400000 AND 560000 AS near;
TRUNCATE g;
CALL add_rows(true, 50000);
ANALYZE g;
CALL add_rows(false, 30000);
SELECT estimate('SELECT * FROM g') BETWEEN 70000 AND 90000 AS near;
ANALYZE g;
DELETE FROM g WHERE a % 10 > 0;
VACUUM g;
CALL add_rows(false, 300);
SELECT estimate('SELECT * FROM g') BETWEEN 7000 AND 11000 AS near;
DROP TABLE g;
DROP PROCEDURE add_rows;

-- rewriting gathers both stores into stripes
VACUUM FULL m;
SELECT first_row, n_rows, state FROM columnar.stripes('m');
SELECT count(*), sum(a), sum(b), count(DISTINCT t) FROM m;
CREATE INDEX m_b ON m (b, a DESC);
CLUSTER m USING m_b;
SELECT n_rows, state FROM columnar.stripes('m');
SELECT a, b FROM m LIMIT 3;
SELECT count(*), sum(a), sum(b), count(DISTINCT t) FROM m;
SET enable_seqscan = off;
SELECT a, b FROM m WHERE b = 7 AND a > 49900;
RESET enable_seqscan;
-- an open snapshot's rows and a transaction's own survive a rewrite
BEGIN;
INSERT INTO m SELECT i, 1000, 'own' FROM generate_series(1, 10000) i;
DELETE FROM m WHERE b = 1000 AND a <= 1000;
SELECT count(*), sum(a) FROM m WHERE b = 1000;
CLUSTER m;
SELECT count(*), sum(a) FROM m WHERE b = 1000;
ROLLBACK;
SELECT count(*), sum(a), sum(b), count(DISTINCT t) FROM m;
-- what a transaction has loaded itself is put in order, too
BEGIN;
CREATE TABLE loaded (a int PRIMARY KEY, b int) USING columnar;
SET LOCAL columnar.stripe_all = on;
SET LOCAL columnar.stripe_rows = 4096;
INSERT INTO loaded SELECT i, i * 7919 % 20000 FROM generate_series(1, 20000) i;
CREATE INDEX loaded_b ON loaded (b);
CLUSTER loaded USING loaded_b;
SELECT count(*), sum(a), count(*) FILTER (WHERE before > b) AS out_of_order
	FROM (SELECT a, b, lag(b) OVER () AS before FROM loaded) AS l;
SELECT first_row, n_rows FROM columnar.stripes('loaded');
SELECT * FROM columnar.verify('loaded');
ROLLBACK;
-- an index that has no order to give
CREATE TABLE g (p point) USING columnar;
INSERT INTO g SELECT point(i, i) FROM generate_series(1, 5000) i;
CREATE INDEX g_p ON g USING gist (p);
CLUSTER g USING g_p;
SELECT count(*) FROM g;
DROP TABLE g;
-- few rows stay heap rows
CREATE TABLE few (a int) USING columnar;
INSERT INTO few VALUES (1), (2), (3);
DELETE FROM few WHERE a = 2;
VACUUM FULL few;
SELECT ctid, a FROM few;
SELECT count(*) FROM columnar.stripes('few');

-- in the order of an index, whoever has changed them
CREATE UNIQUE INDEX few_a ON few (a);
INSERT INTO few VALUES (2), (5), (4);
BEGIN;
UPDATE few SET a = 10 WHERE a = 1;
UPDATE few SET a = -a WHERE a = 5;
CLUSTER few USING few_a;
SELECT a FROM few;
COMMIT;
SELECT a FROM few;
-- and their values stay as they were compressed
CREATE TABLE toasted (id int, v text COMPRESSION pglz, gone int) USING columnar;
INSERT INTO toasted SELECT i, repeat('1234567890', 500 + 5000 * (i % 2)), 1 FROM generate_series(1, 10) i;
INSERT INTO toasted SELECT 11, string_agg(md5(i::text), ''), 1 FROM generate_series(1, 4000) i;
ALTER TABLE toasted ALTER COLUMN v SET COMPRESSION lz4;
ALTER TABLE toasted DROP COLUMN gone;
SELECT pg_column_compression(v) AS compression, count(*), sum(length(v)), md5(string_agg(v, ',' ORDER BY id)) FROM toasted GROUP BY 1;
VACUUM FULL toasted;
SELECT pg_column_compression(v) AS compression, count(*), sum(length(v)), md5(string_agg(v, ',' ORDER BY id)) FROM toasted GROUP BY 1;
ALTER TABLE toasted ADD COLUMN more float8 DEFAULT random();
SELECT pg_column_compression(v) AS compression, count(*), sum(length(v)), md5(string_agg(v, ',' ORDER BY id)) FROM toasted GROUP BY 1;
SELECT count(*) FROM columnar.stripes('toasted');
-- more of them become a stripe
INSERT INTO toasted SELECT i, 'v' || i, i FROM generate_series(12, 1000) i;
VACUUM FULL toasted;
SELECT count(*) FROM columnar.stripes('toasted');
INSERT INTO toasted VALUES (1001, 'v1001', 1);
SET columnar.bulk_rows = 1000;
VACUUM FULL toasted;
RESET columnar.bulk_rows;
SELECT first_row, n_rows FROM columnar.stripes('toasted');
SELECT count(*), sum(length(v)), count(more) FROM toasted;
DROP TABLE toasted;

SELECT count(*) FROM m TABLESAMPLE BERNOULLI (100);
SELECT count(*) FROM m TABLESAMPLE SYSTEM (100);
SELECT count(*) BETWEEN 4000 AND 6000 AS tenth FROM m TABLESAMPLE BERNOULLI (10) REPEATABLE (1);
SELECT count(*) = count(DISTINCT a) AS once FROM m TABLESAMPLE SYSTEM (50) REPEATABLE (2);
-- a sample of the row store has the rows that it has of a heap table
CREATE TABLE sampled (a int, t text) USING columnar;
CREATE TABLE sampled_heap (a int, t text) USING heap;
SELECT count(*) FROM sampled TABLESAMPLE SYSTEM (100);
INSERT INTO sampled SELECT i, repeat('x', 100) FROM generate_series(1, 3000) i;
INSERT INTO sampled_heap TABLE sampled;
DELETE FROM sampled WHERE a % 7 = 0;
DELETE FROM sampled_heap WHERE a % 7 = 0;
SELECT count(*) BETWEEN 1 AND 3000 AS some, array_agg(a) = (SELECT array_agg(a) FROM sampled_heap TABLESAMPLE SYSTEM (30) REPEATABLE (1)) AS same
	FROM sampled TABLESAMPLE SYSTEM (30) REPEATABLE (1);
SELECT count(*) BETWEEN 1 AND 3000 AS some, array_agg(a) = (SELECT array_agg(a) FROM sampled_heap TABLESAMPLE BERNOULLI (30) REPEATABLE (1)) AS same
	FROM sampled TABLESAMPLE BERNOULLI (30) REPEATABLE (1);
BEGIN;
SELECT seq_scan AS scans, seq_tup_read AS reads FROM pg_stat_xact_user_tables WHERE relname = 'sampled' \gset
SELECT count(*) FROM sampled TABLESAMPLE SYSTEM (100);
SELECT seq_scan - :scans AS scans, seq_tup_read - :reads AS reads FROM pg_stat_xact_user_tables WHERE relname = 'sampled';
ROLLBACK;
DROP TABLE sampled, sampled_heap;

-- TIDs
SELECT count(*) FROM m WHERE ctid = '(2147483648,1)';
SELECT a = (SELECT a FROM m OFFSET 291 LIMIT 1) AS same FROM m WHERE ctid = '(2147483649,1)';
SELECT count(*) FROM m WHERE ctid = ANY (ARRAY['(0,1)', '(2147483648,291)', '(2147483648,292)', '(4294967294,1)']::tid[]);
SELECT count(*) FROM m WHERE ctid < '(2147483649,1)';

CREATE TABLE copied USING columnar AS TABLE m;
SELECT count(*), sum(a), sum(b), count(DISTINCT t) FROM copied;
DROP TABLE m, e, few, copied;
DROP FUNCTION estimate;
