-- every index kind but BRIN, on both stores
CREATE TABLE i (id int, t text, a int[], p point, r int4range, u uuid) USING columnar;
CREATE TABLE ih (LIKE i) USING heap;
INSERT INTO ih SELECT i, 't' || i % 1000, ARRAY[i % 100, i % 7], point(i % 100, i / 100),
	int4range(i, i + 5), md5(i::text)::uuid FROM generate_series(1, 20000) i;
INSERT INTO i SELECT * FROM ih ORDER BY id;
CREATE INDEX i_btree ON i (id);
CREATE INDEX i_hash ON i USING hash (t);
CREATE INDEX i_gin ON i USING gin (a);
CREATE INDEX i_gist ON i USING gist (r);
CREATE INDEX i_spgist ON i USING spgist (p);
CREATE INDEX i_expr ON i (lower(t), id) WHERE id % 2 = 0;
-- rows that come after the indexes, in both stores
INSERT INTO ih SELECT i, 't' || i % 1000, ARRAY[i % 100, i % 7], point(i % 100, i / 100),
	int4range(i, i + 5), md5(i::text)::uuid FROM generate_series(20001, 30000) i;
INSERT INTO i SELECT * FROM ih WHERE id > 20000 ORDER BY id;

CREATE FUNCTION check_index(index text, predicate text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	plan text := '';
	line text;
	by_index bigint[];
	by_heap bigint[];
BEGIN
	SET LOCAL enable_seqscan = off;
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) SELECT id FROM i WHERE ' || predicate LOOP
		plan := plan || line;
	END LOOP;
	IF plan NOT LIKE '%' || index || '%' THEN
		RETURN 'not used: ' || plan;
	END IF;
	EXECUTE 'SELECT array_agg(id ORDER BY id) FROM i WHERE ' || predicate INTO by_index;
	EXECUTE 'SELECT array_agg(id ORDER BY id) FROM ih WHERE ' || predicate INTO by_heap;
	IF by_index IS NULL OR by_index <> by_heap THEN
		RETURN format('differs: %s rows, not %s', cardinality(by_index), cardinality(by_heap));
	END IF;
	RETURN 'ok, ' || cardinality(by_index) || ' rows';
END $$;

SELECT check_index('i_btree', 'id = 4000');
SELECT check_index('i_btree', 'id = 15000');
SELECT check_index('i_btree', 'id BETWEEN 4000 AND 4200');
SELECT check_index('i_btree', 'id > 19990 AND id < 25000');
SELECT check_index('i_hash', 't = ''t77''');
SELECT check_index('i_gin', 'a @> ARRAY[77, 3]');
SELECT check_index('i_gist', 'r @> 14999');
SELECT check_index('i_gist', 'r && ''[3990,4110)''');
SELECT check_index('i_spgist', 'p <@ box ''(10,20),(12,60)''');
SELECT check_index('i_expr', 'lower(t) = ''t78'' AND id % 2 = 0');

-- order by index, both ways; distance order
SET enable_seqscan = off;
SELECT array_agg(id) FROM (SELECT id FROM i WHERE id BETWEEN 4094 AND 4099 ORDER BY id DESC) x;
SELECT id FROM i ORDER BY p <-> point(50.2, 100.1) LIMIT 3;
-- the planner knows that an index-only scan decodes nothing
CREATE TABLE narrow (x int, t text) USING columnar;
INSERT INTO narrow SELECT (i * 7919) % 100000, 't' || i FROM generate_series(1, 100000) i;
CREATE INDEX ON narrow (x);
ANALYZE narrow;
EXPLAIN (COSTS OFF) SELECT x FROM narrow WHERE x IN (1, 42, 7) ORDER BY x;
SELECT x FROM narrow WHERE x IN (1, 42, 7) ORDER BY x;
DROP TABLE narrow;
-- index-only
SELECT count(id), sum(id) FROM i WHERE id > 100;
RESET enable_seqscan;

-- joins by index: rescans, mark and restore
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT count(*), sum(i.id) FROM generate_series(1, 30000, 100) g JOIN i ON i.id = g;
RESET enable_mergejoin;
SET enable_nestloop = off;
SELECT count(*) FROM i JOIN ih USING (id) WHERE i.t = ih.t;
RESET enable_hashjoin;
RESET enable_nestloop;

-- unique keys
CREATE TABLE k (id int PRIMARY KEY, t text UNIQUE) USING columnar;
INSERT INTO k SELECT i, 'k' || i FROM generate_series(1, 10000) i;
INSERT INTO k VALUES (4096, 'x');
INSERT INTO k VALUES (4097, 'x');
INSERT INTO k VALUES (0, 'k9999');
-- within one load: both in stripes, one in each store
INSERT INTO k SELECT 20000 + i % 7000, 'y' || i FROM generate_series(1, 9000) i;
INSERT INTO k SELECT 20000 + i % 8999, 'y' || i FROM generate_series(1, 9000) i;
COPY k FROM PROGRAM 'for i in $(seq 30000 34000) 33000; do echo "$i,z$i"; done' CSV;
SELECT count(*) FROM k;
INSERT INTO k VALUES (4097, 'none'), (50000, 'some') ON CONFLICT DO NOTHING;
SELECT count(*), max(id) FROM k;
-- a key whose load was rolled back is free again
BEGIN;
INSERT INTO k SELECT i, 'w' || i FROM generate_series(60001, 70000) i;
ROLLBACK;
INSERT INTO k SELECT i, 'w' || i FROM generate_series(60001, 70000) i;
BEGIN;
SAVEPOINT s;
INSERT INTO k SELECT i, 'v' || i FROM generate_series(80001, 90000) i;
ROLLBACK TO s;
INSERT INTO k SELECT i, 'v' || i FROM generate_series(80001, 90000) i;
COMMIT;
SELECT count(*), sum(id) FROM k;
-- deferred
CREATE TABLE d (id int UNIQUE DEFERRABLE INITIALLY DEFERRED) USING columnar;
BEGIN;
INSERT INTO d SELECT i % 9000 FROM generate_series(1, 10000) i;
COMMIT;
BEGIN;
INSERT INTO d SELECT generate_series(1, 10000);
COMMIT;
SELECT count(*) FROM d;

-- exclusion
CREATE TABLE e (r int4range, EXCLUDE USING gist (r WITH &&)) USING columnar;
INSERT INTO e SELECT int4range(i * 10, i * 10 + 10) FROM generate_series(1, 6000) i;
INSERT INTO e VALUES ('[59999,60005)');
INSERT INTO e SELECT int4range(i * 10, i * 10 + 11) FROM generate_series(10000, 16000) i;
SELECT count(*) FROM e;

-- builds on top of both stores
CREATE UNIQUE INDEX CONCURRENTLY k_both ON k (t, id);
REINDEX TABLE CONCURRENTLY k;
REINDEX TABLE i;
SELECT check_index('i_btree', 'id BETWEEN 4000 AND 4200');
SELECT check_index('i_gin', 'a @> ARRAY[77, 3]');
CREATE UNIQUE INDEX not_unique ON i (t);
CREATE UNIQUE INDEX CONCURRENTLY not_unique ON i (t);
SELECT indisvalid FROM pg_index WHERE indexrelid = 'not_unique'::regclass;
DROP INDEX not_unique;

-- in parallel
SET min_parallel_table_scan_size = 0;
SET max_parallel_maintenance_workers = 2;
ALTER TABLE i SET (parallel_workers = 2);
CREATE INDEX i_parallel ON i (u);
SELECT check_index('i_parallel', 'u = md5(''12345'')::uuid');
RESET min_parallel_table_scan_size;
RESET max_parallel_maintenance_workers;

-- a scan that meets rows of an aborted stripe lets their index entries go
CREATE TABLE aborted (id int, t text) USING columnar;
CREATE INDEX aborted_id ON aborted (id);
SET columnar.stripe_all = on;
SET enable_seqscan = off;
SET enable_indexonlyscan = off;
SET enable_bitmapscan = off;
INSERT INTO aborted VALUES (-1, 'makes the first pages');
CREATE PROCEDURE insert_and_fail() LANGUAGE plpgsql AS $$
BEGIN
	PERFORM * FROM aborted WHERE id > 0;
	INSERT INTO aborted SELECT i, 'gone' FROM generate_series(1, 100) i;
	RAISE 'undone';
EXCEPTION WHEN raise_exception THEN
END $$;
SELECT pg_relation_size('aborted_id') AS size_before \gset
DO $$ BEGIN FOR i IN 1 .. 50 LOOP CALL insert_and_fail(); END LOOP; END $$;
SELECT pg_relation_size('aborted_id') = :size_before AS same_size, count(*) FROM aborted WHERE id < 100;
RESET columnar.stripe_all;
RESET enable_seqscan;
RESET enable_indexonlyscan;
RESET enable_bitmapscan;
DROP PROCEDURE insert_and_fail;
DROP TABLE aborted;

-- values of a row stay while another scan of the statement reads the same stripes
CREATE TABLE held (id int, v text, w numeric, n name) USING columnar;
CREATE INDEX held_id ON held (id);
SET columnar.stripe_all = on;
DO $$ BEGIN
	FOR s IN 0 .. 19 LOOP
		INSERT INTO held SELECT i, 'v' || i, i, 'n' || i FROM generate_series(s * 3000, s * 3000 + 2999) i;
	END LOOP;
END $$;
ALTER TABLE held ADD COLUMN m text DEFAULT 'missing';
RESET columnar.stripe_all;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SET enable_memoize = off;
SET columnar.enable_scan = off;
SET max_parallel_workers_per_gather = 0;
SET join_collapse_limit = 1;
CREATE VIEW held_pairs AS
	SELECT a.id, b.id AS other, (a.v, a.w, a.n, a.m) = ('v' || a.id, a.id, 'n' || a.id, 'missing') AS a_right,
		(b.v, b.w, b.n, b.m) = ('v' || b.id, b.id, 'n' || b.id, 'missing') AS b_right
	FROM generate_series(0, 59999, 1000) x(i) JOIN held a ON a.id = x.i
		CROSS JOIN generate_series(2999, 32999, 3000) y(d) JOIN held b ON b.id = (x.i + y.d) % 60000;
EXPLAIN (COSTS off) SELECT a_right, b_right FROM held_pairs;
SELECT a_right, b_right, count(*) FROM held_pairs GROUP BY a_right, b_right;
DROP VIEW held_pairs;
DROP TABLE held;
RESET enable_seqscan;
RESET enable_bitmapscan;
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;
RESET enable_memoize;
RESET columnar.enable_scan;
RESET max_parallel_workers_per_gather;
RESET join_collapse_limit;

-- BRIN is refused; by this session, as a worker of 18 would say that it is one
SET max_parallel_maintenance_workers = 0;
CREATE INDEX ON i USING brin (id);

DROP TABLE i, ih, k, d, e;
DROP FUNCTION check_index;
