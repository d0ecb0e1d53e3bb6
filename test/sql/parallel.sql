-- parallel scans see every row once, and pending rows of this transaction
CREATE TABLE p (a int, b text) USING columnar;
INSERT INTO p SELECT i, 'b' || i % 13 FROM generate_series(1, 5000) i;
INSERT INTO p SELECT i, 'b' || i % 13 FROM generate_series(5001, 100000) i;
DO $$ BEGIN FOR i IN 1..3 LOOP
	INSERT INTO p SELECT j, 'b' FROM generate_series(100000 + i * 6000 - 5999, 100000 + i * 6000) j;
END LOOP; END $$;
ANALYZE p;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET min_parallel_index_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT * FROM p;
SELECT count(*), sum(a), count(DISTINCT b) FROM p;
SELECT count(*), sum(x.a) FROM p x JOIN p y ON x.a = y.a WHERE y.b = 'b7';
-- the same scan again and again: shared state is set back
EXPLAIN (COSTS OFF) SELECT (SELECT count(*) FROM p WHERE b <> g.b) FROM (VALUES ('b1'), ('b')) g(b);
SELECT (SELECT count(*) FROM p WHERE b <> g.b) FROM (VALUES ('b1'), ('b')) g(b);
BEGIN;
INSERT INTO p SELECT i, 'new' FROM generate_series(1, 20000) i;
SELECT count(*), sum(a), count(DISTINCT b) FROM p;
SAVEPOINT s;
INSERT INTO p SELECT i, 'newer' FROM generate_series(1, 20000) i;
SELECT count(*), sum(a), count(DISTINCT b) FROM p;
ROLLBACK TO s;
SELECT count(*), sum(a), count(DISTINCT b) FROM p;
ROLLBACK;
SELECT count(*), sum(a), count(DISTINCT b) FROM p;
-- index scans in workers
CREATE INDEX ON p (a);
SET enable_seqscan = off;
SET enable_indexonlyscan = off;
SELECT count(b), sum(a) FROM p WHERE a BETWEEN 2000 AND 90000;
DROP TABLE p;
