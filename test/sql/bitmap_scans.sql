-- bitmap scans, over both stores
CREATE TABLE b (id int, x int, y int, a int[], t text) USING columnar;
INSERT INTO b SELECT i, i % 1000, i % 77, ARRAY[i % 100, i % 7], 't' || i FROM generate_series(1, 60000) i;
CREATE TABLE bh AS TABLE b;
CREATE INDEX b_x ON b (x);
CREATE INDEX b_y ON b (y);
CREATE INDEX b_a ON b USING gin (a);
ANALYZE b;
SET enable_seqscan = off;
SET enable_indexscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM b WHERE x = 5 AND t <> 't5';
SELECT count(*), sum(id) FROM b WHERE x = 5 AND t <> 't5';
SELECT count(*), sum(id) FROM bh WHERE x = 5 AND t <> 't5';
EXPLAIN (COSTS OFF) SELECT id FROM b WHERE (x = 5 OR y = 3) AND a @> ARRAY[5];
SELECT count(*), sum(id) FROM b WHERE (x = 5 OR y = 3) AND a @> ARRAY[5];
SELECT count(*), sum(id) FROM bh WHERE (x = 5 OR y = 3) AND a @> ARRAY[5];

-- lossy pages are rechecked, in both stores
SET work_mem = '64kB';
CREATE TABLE w (a int, b text) USING columnar;
SET columnar.stripe_rows = 1024;
INSERT INTO w SELECT i % 3, repeat('w', 40) || i FROM generate_series(1, 250000) i;
RESET columnar.stripe_rows;
DO $$ BEGIN FOR i IN 1..60 LOOP INSERT INTO w SELECT j % 3, repeat('r', 40) || j FROM generate_series(1, 4000) j; END LOOP; END $$;
CREATE INDEX ON w (a);
CREATE FUNCTION lossy(q text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || q LOOP
		IF line LIKE '%Heap Blocks:% lossy=%' THEN
			RETURN 'lossy';
		END IF;
	END LOOP;
	RETURN 'exact';
END $$;
SELECT lossy('SELECT count(b) FROM w WHERE a = 1');
SELECT count(b), count(DISTINCT left(b, 1)) FROM w WHERE a = 1;
SET enable_bitmapscan = off;
SET enable_seqscan = on;
SELECT count(b), count(DISTINCT left(b, 1)) FROM w WHERE a = 1;
RESET enable_bitmapscan;
RESET work_mem;

-- as the inner side of a join: rescans with parameters
SET enable_seqscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT count(*), sum(b.id) FROM (VALUES (1), (500), (999), (NULL)) v(x) JOIN b ON b.x = v.x;
SELECT count(*), sum(b.id) FROM (VALUES (1), (500), (999), (NULL)) v(x) JOIN b ON b.x = v.x;
SELECT count(*), sum(bh.id) FROM (VALUES (1), (500), (999), (NULL)) v(x) JOIN bh ON bh.x = v.x;
-- in a prepared statement, and an update of what it finds in the row store
PREPARE p (int) AS SELECT count(*), sum(id) FROM b WHERE x = $1 AND id < 50000;
SET plan_cache_mode = force_generic_plan;
EXECUTE p (7);
EXECUTE p (8);
RESET plan_cache_mode;
UPDATE b SET y = -1 WHERE x = 7 AND id < 4000;
SELECT count(*), sum(id) FROM b WHERE y = -1;
-- with rows that came after the executor had started
CREATE TABLE late (id int, x int) USING columnar;
INSERT INTO late VALUES (1, 1);
CREATE INDEX ON late (x);
BEGIN;
DECLARE c CURSOR FOR SELECT count(*), sum(id) FROM late WHERE x = 1;
INSERT INTO late SELECT i, i % 3 FROM generate_series(1, 60000) i;
FETCH c;
COMMIT;
SELECT count(*), sum(id) FROM late WHERE x = 1;
DROP TABLE late;
-- where EvalPlanQual could run them again, they are a node of ours
RESET enable_seqscan;
EXPLAIN (COSTS OFF) UPDATE bh SET y = (SELECT max(b.y) FROM b WHERE b.x = bh.x) WHERE id = 50007;
BEGIN;
UPDATE bh SET y = (SELECT max(b.y) FROM b WHERE b.x = bh.x) WHERE id = 50007 RETURNING y;
ROLLBACK;
SET enable_seqscan = off;
-- a partitioned parent, and rows of this transaction
BEGIN;
INSERT INTO b SELECT i, 2000, 0, NULL, NULL FROM generate_series(1, 6000) i;
SELECT count(*), sum(id) FROM b WHERE x = 2000;
SAVEPOINT s;
INSERT INTO b SELECT i, 2000, 0, NULL, NULL FROM generate_series(1, 6000) i;
ROLLBACK TO s;
SELECT count(*), sum(id) FROM b WHERE x = 2000;
ROLLBACK;
SELECT count(*), sum(id) FROM b WHERE x = 2000;
-- in parallel
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
SELECT count(*), sum(id) FROM b WHERE x < 500;
SELECT count(*), sum(id) FROM bh WHERE x < 500;
CREATE INDEX b_id ON b (id);
SET enable_indexonlyscan = off;
EXPLAIN (COSTS OFF) SELECT count(*), sum(x) FROM b WHERE id > 2000 AND id < 40000;
SELECT count(*), sum(x) FROM b WHERE id > 2000 AND id < 40000;
SELECT count(*), sum(x) FROM bh WHERE id > 2000 AND id < 40000;
DROP TABLE b, bh, w;
DROP FUNCTION lossy;
