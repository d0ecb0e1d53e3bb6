-- UPDATE, DELETE, MERGE and locks of rows of stripes, beside a heap table
SET columnar.stripe_all = on;
CREATE TABLE c (id int PRIMARY KEY, k int, v text, n numeric) USING columnar
	WITH (autovacuum_enabled = off);
CREATE TABLE h (LIKE c INCLUDING ALL) USING heap
	WITH (autovacuum_enabled = off);
CREATE INDEX c_k ON c (k);
CREATE INDEX h_k ON h (k);
-- runs a statement on both tables (@) and says whether they are equal
CREATE FUNCTION twin(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	c_rows bigint;
	h_rows bigint;
	differ bigint;
BEGIN
	EXECUTE replace(statement, '@', 'c');
	GET DIAGNOSTICS c_rows = ROW_COUNT;
	EXECUTE replace(statement, '@', 'h');
	GET DIAGNOSTICS h_rows = ROW_COUNT;
	SELECT count(*) INTO differ FROM
		((TABLE c EXCEPT ALL TABLE h) UNION ALL (TABLE h EXCEPT ALL TABLE c)) d;
	RETURN format('%s rows%s', c_rows,
		CASE WHEN c_rows = h_rows AND differ = 0 THEN '' ELSE format(', DIFFERENT: heap %s rows, %s differ', h_rows, differ) END);
END $$;
-- the same by index and by sequential scan
CREATE FUNCTION by_index() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	differ bigint;
	n bigint;
BEGIN
	SET LOCAL enable_seqscan = off;
	SET LOCAL columnar.enable_scan = off;
	SELECT count(*), count(*) FILTER (WHERE c.v IS DISTINCT FROM h.v OR c.k IS DISTINCT FROM h.k)
	INTO n, differ FROM generate_series(1, 200000, 7) i
	LEFT JOIN LATERAL (SELECT * FROM c WHERE id = i OFFSET 0) c ON true
	LEFT JOIN LATERAL (SELECT * FROM h WHERE id = i OFFSET 0) h ON true;
	RETURN format('%s keys, %s differ', n, differ);
END $$;
SELECT twin($$ INSERT INTO @ SELECT i, i % 100, 'v' || i, i / 7.0 FROM generate_series(1, 200000) i $$);
SELECT n_rows, dead_rows, state FROM columnar.stripes('c');
-- single rows, runs, scattered rows, nothing
SELECT twin($$ DELETE FROM @ WHERE id = 77 $$);
SELECT twin($$ DELETE FROM @ WHERE id BETWEEN 1000 AND 1999 $$);
SELECT twin($$ DELETE FROM @ WHERE id % 13 = 5 $$);
SELECT twin($$ DELETE FROM @ WHERE id = 77 $$);
SELECT twin($$ UPDATE @ SET v = 'one' WHERE id = 5000 $$);
SELECT twin($$ UPDATE @ SET v = v || '!', k = k + 1 WHERE id % 11 = 3 $$);
SELECT twin($$ UPDATE @ SET v = v || '?' WHERE id % 11 = 3 AND id % 2 = 0 $$);
SELECT twin($$ UPDATE @ SET id = -id WHERE id % 1009 = 0 $$);
SELECT twin($$ DELETE FROM @ WHERE v LIKE '%!?' $$);
SELECT by_index();
SELECT * FROM columnar.verify('c');
-- every row of a page of marks, one by one
SELECT twin($$ DELETE FROM @ WHERE id BETWEEN 20000 AND 40000 AND id % 2 = 0 $$);
SELECT twin($$ UPDATE @ SET n = -n WHERE id BETWEEN 20000 AND 40000 $$);
SELECT * FROM columnar.verify('c');
-- MERGE, upserts, RETURNING, FROM and USING
CREATE TABLE source AS SELECT i AS id, 'm' || i AS v FROM generate_series(190000, 210000, 10) i;
SELECT twin($$ MERGE INTO @ AS t USING source s ON t.id = s.id
	WHEN MATCHED AND s.id % 20 = 0 THEN DELETE
	WHEN MATCHED THEN UPDATE SET v = s.v
	WHEN NOT MATCHED THEN INSERT VALUES (s.id, 0, s.v, 1) $$);
SELECT twin($$ INSERT INTO @ SELECT i, 1, 'up', 0 FROM generate_series(60000, 70000, 3) i
	ON CONFLICT (id) DO UPDATE SET v = excluded.v || @.v, n = @.n + 1 $$);
SELECT twin($$ INSERT INTO @ SELECT i, 1, 'no', 0 FROM generate_series(60000, 70000) i ON CONFLICT DO NOTHING $$);
SELECT twin($$ UPDATE @ SET v = s.v FROM source s WHERE s.id + 5 = @.id $$);
SELECT twin($$ DELETE FROM @ USING source s WHERE s.id + 3 = @.id $$);
INSERT INTO c VALUES (60001, 1, 'x', 1), (300000, 1, 'x', 1)
	ON CONFLICT (id) DO UPDATE SET v = 'returned' RETURNING id, v, xmax <> 0 AS updated;
INSERT INTO h VALUES (60001, 1, 'x', 1), (300000, 1, 'x', 1)
	ON CONFLICT (id) DO UPDATE SET v = 'returned';
SELECT twin($$ DELETE FROM @ WHERE id IN (60001, 300000) $$);
DELETE FROM c WHERE id = 90000 RETURNING *;
UPDATE c SET v = 'new' WHERE id = 90001 RETURNING *;
DELETE FROM h WHERE id = 90000;
UPDATE h SET v = 'new' WHERE id = 90001;
SELECT twin($$ DELETE FROM @ WHERE id IN (90000, 90001) $$);
-- xmax of rows that go, and of rows that stay
BEGIN;
DELETE FROM c WHERE id = 90002
	RETURNING id, xmax = pg_current_xact_id()::xid AS ours, xmin <> xmax AS inserted_before;
SELECT xmax = '0'::xid AS untouched FROM c WHERE id = 90003;
ROLLBACK;
SELECT by_index();
-- one command sees neither its own changes nor those of a cursor's future
BEGIN;
DECLARE before CURSOR FOR SELECT count(*) OVER (), id FROM c WHERE id BETWEEN 100001 AND 100010;
SELECT twin($$ UPDATE @ SET k = k + 1 WHERE id BETWEEN 100001 AND 100010 $$);
SELECT twin($$ UPDATE @ SET k = k + 1 WHERE id BETWEEN 100001 AND 100010 $$);
FETCH 1 FROM before;
SELECT twin($$ DELETE FROM @ WHERE id BETWEEN 100001 AND 100005 $$);
FETCH 1 FROM before;
COMMIT;
-- savepoints
BEGIN;
SELECT twin($$ DELETE FROM @ WHERE id BETWEEN 110000 AND 110100 $$);
SAVEPOINT a;
SELECT twin($$ DELETE FROM @ WHERE id BETWEEN 110050 AND 110200 $$);
SELECT twin($$ UPDATE @ SET v = 'a' WHERE id BETWEEN 110201 AND 110300 $$);
SAVEPOINT b;
SELECT twin($$ UPDATE @ SET v = 'b' WHERE id BETWEEN 110250 AND 110350 $$);
ROLLBACK TO b;
SELECT twin($$ SELECT $$);
ROLLBACK TO a;
SELECT twin($$ UPDATE @ SET v = 'after' WHERE id BETWEEN 110050 AND 110250 $$);
COMMIT;
SELECT twin($$ UPDATE @ SET v = 'later' WHERE id BETWEEN 110000 AND 110400 $$);
BEGIN;
SELECT twin($$ DELETE FROM @ WHERE id < 150000 $$);
ROLLBACK;
SELECT twin($$ SELECT $$);
-- rows of this transaction, still in memory
BEGIN;
SELECT twin($$ INSERT INTO @ SELECT i, 0, 'mine', 0 FROM generate_series(400001, 401000) i $$);
SELECT twin($$ UPDATE @ SET v = 'changed' WHERE id = 400500 $$);
SELECT twin($$ DELETE FROM @ WHERE id = 400501 $$);
SELECT twin($$ DELETE FROM @ WHERE id > 400900 $$);
COMMIT;
SELECT twin($$ DELETE FROM @ WHERE id > 400000 $$);
-- row locks
BEGIN;
SELECT id FROM c WHERE id IN (120001, 120002) ORDER BY id FOR UPDATE;
SELECT id FROM c WHERE id IN (120001, 120002) ORDER BY id FOR KEY SHARE;
SELECT id FROM c WHERE id IN (120003, 120004) ORDER BY id FOR SHARE NOWAIT;
SELECT id FROM c WHERE id IN (120003, 120004) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED;
SELECT twin($$ UPDATE @ SET v = 'locked' WHERE id = 120001 $$);
COMMIT;
-- WHERE CURRENT OF
BEGIN;
DECLARE at CURSOR FOR SELECT * FROM c WHERE id IN (130004, 130006);
FETCH 1 FROM at;
UPDATE c SET v = 'current' WHERE CURRENT OF at;
FETCH 1 FROM at;
DELETE FROM c WHERE CURRENT OF at;
FETCH 1 FROM at;
COMMIT;
UPDATE h SET v = 'current' WHERE id = 130004;
DELETE FROM h WHERE id = 130006;
SELECT twin($$ SELECT $$);
-- the same where scanning the whole table would cost less than finding the row
CREATE TABLE small (id int) USING columnar;
INSERT INTO small VALUES (1), (2);
BEGIN;
DECLARE at CURSOR FOR SELECT * FROM small;
FETCH 1 FROM at;
UPDATE small SET id = 11 WHERE CURRENT OF at;
FETCH 1 FROM at;
DELETE FROM small WHERE CURRENT OF at;
COMMIT;
SELECT * FROM small;
DROP TABLE small;
-- constraints
INSERT INTO c VALUES (130004, 0, 'duplicate', 0);
INSERT INTO c VALUES (130007, 0, 'duplicate', 0);
UPDATE c SET id = 130007 WHERE id = 130004;
SELECT twin($$ INSERT INTO @ VALUES (130006, 0, 'again', 0) $$);
-- index builds, ANALYZE, TABLESAMPLE, CLUSTER see what is left
CREATE INDEX c_v ON c (v);
CREATE INDEX h_v ON h (v);
CREATE UNIQUE INDEX CONCURRENTLY c_idk ON c (id, k);
SELECT count(*) = (SELECT count(*) FROM h) AS all_rows FROM c TABLESAMPLE SYSTEM (100);
SELECT count(*) > 0 AS some FROM c TABLESAMPLE BERNOULLI (10);
ANALYZE c;
SELECT reltuples BETWEEN 0.9 * (SELECT count(*) FROM c) AND 1.1 * (SELECT count(*) FROM c) AS good FROM pg_class WHERE relname = 'c';
SET enable_seqscan = off;
SET columnar.enable_scan = off;
SELECT (SELECT count(*) FROM c WHERE v >= '') = (SELECT count(*) FROM h WHERE v >= '') AS equal;
RESET enable_seqscan;
RESET columnar.enable_scan;
-- VACUUM: dead rows become bits, their index entries go
SELECT pg_relation_size('c_k') AS k_before \gset
VACUUM c;
SELECT sum(n_rows) - sum(dead_rows) + (SELECT count(*) FROM c WHERE ctid < '(2147483648,1)') = (SELECT count(*) FROM h) AS counted FROM columnar.stripes('c') WHERE state = 'committed';
SELECT reltuples = (SELECT count(*) FROM h) AS right FROM pg_class WHERE relname = 'c';
SELECT * FROM columnar.verify('c');
SELECT twin($$ SELECT $$), by_index();
SELECT twin($$ DELETE FROM @ WHERE id % 3 = 0 $$);
SELECT twin($$ INSERT INTO @ SELECT i, 1, 'again', 0 FROM generate_series(3, 100000, 3) i $$);
VACUUM c;
VACUUM c;
SELECT twin($$ SELECT $$), by_index();
SELECT * FROM columnar.verify('c');
-- a stripe without a live row goes
SELECT count(*) AS stripes FROM columnar.stripes('c') WHERE state = 'committed' \gset
SELECT twin($$ DELETE FROM @ WHERE id < 160000 $$);
VACUUM c;
SELECT count(*) < :stripes AS fewer FROM columnar.stripes('c') WHERE state = 'committed';
SELECT * FROM columnar.verify('c');
SELECT twin($$ INSERT INTO @ SELECT i, i % 100, 'w' || i, 0 FROM generate_series(1, 100000) i $$);
SELECT twin($$ UPDATE @ SET v = 'x' WHERE id % 2 = 0 $$), by_index();
SELECT * FROM columnar.verify('c');
CLUSTER c USING c_pkey;
SELECT twin($$ SELECT $$), by_index();
VACUUM FULL c;
SELECT twin($$ DELETE FROM @ WHERE id % 5 = 0 $$), by_index();
ALTER TABLE c ALTER k TYPE bigint;
ALTER TABLE h ALTER k TYPE bigint;
SELECT twin($$ UPDATE @ SET k = k * 10000000000 WHERE id % 7 = 0 $$), by_index();
SELECT * FROM columnar.verify('c');
DROP TABLE c, h, source;
DROP FUNCTION twin, by_index;
-- triggers with transition tables, foreign keys both ways, rules, row security
CREATE TABLE parent (id int PRIMARY KEY, v text) USING columnar;
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent ON UPDATE CASCADE ON DELETE CASCADE, v text) USING columnar;
INSERT INTO parent SELECT i, 'p' || i FROM generate_series(1, 2000) i;
INSERT INTO child SELECT i, i % 2000 + 1, 'c' || i FROM generate_series(1, 10000) i;
CREATE TABLE log (what text, n bigint, s numeric);
CREATE FUNCTION log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		INSERT INTO log SELECT TG_TABLE_NAME || ' ' || TG_OP, count(*), sum(o.id * 10 + n.id) FROM o FULL JOIN n USING (v);
	ELSE
		INSERT INTO log SELECT TG_TABLE_NAME || ' ' || TG_OP, count(*), sum(id) FROM o;
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER up AFTER UPDATE ON child REFERENCING OLD TABLE o NEW TABLE n EXECUTE FUNCTION log();
CREATE TRIGGER del AFTER DELETE ON child REFERENCING OLD TABLE o EXECUTE FUNCTION log();
CREATE FUNCTION each() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'DELETE' THEN
		RETURN CASE WHEN OLD.id % 2 = 0 THEN OLD END;
	END IF;
	NEW.v := NEW.v || ' by trigger';
	RETURN NEW;
END $$;
CREATE TRIGGER row BEFORE UPDATE OR DELETE ON parent FOR EACH ROW EXECUTE FUNCTION each();
DELETE FROM parent WHERE id IN (1, 2, 3, 4);
UPDATE parent SET id = id + 10000 WHERE id IN (5, 6);
SELECT * FROM log ORDER BY what, n, s;
SELECT count(*), sum(parent) FROM child;
SELECT * FROM parent WHERE id IN (1, 2, 3, 4, 5, 6, 10005, 10006) ORDER BY id;
INSERT INTO child VALUES (20000, 2, 'no parent');
INSERT INTO child VALUES (20000, 10005, 'parent moved');
ALTER TABLE parent DISABLE TRIGGER row;
ALTER TABLE child DROP CONSTRAINT child_parent_fkey, ADD FOREIGN KEY (parent) REFERENCES parent DEFERRABLE INITIALLY DEFERRED;
DELETE FROM parent WHERE id = 100;
BEGIN;
DELETE FROM parent WHERE id = 100;
UPDATE child SET parent = 101 WHERE parent = 100;
COMMIT;
SELECT count(*) FROM child WHERE parent = 101;
CREATE RULE gone AS ON DELETE TO child DO INSTEAD UPDATE child SET v = 'gone' WHERE id = OLD.id;
DELETE FROM child WHERE id BETWEEN 7 AND 9;
SELECT id, v FROM child WHERE v = 'gone' ORDER BY id;
DROP TABLE parent, child, log CASCADE;
DROP FUNCTION log(), each();
-- to another partition
CREATE TABLE part (id int, k int, PRIMARY KEY (id, k)) PARTITION BY RANGE (k);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10) USING columnar;
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (10) TO (20) USING columnar;
INSERT INTO part SELECT i, i % 20 FROM generate_series(1, 2000) i;
UPDATE part SET k = k + 10 WHERE k < 10 AND id % 100 < 20;
SELECT tableoid::regclass, count(*), sum(id) FROM part GROUP BY 1 ORDER BY 1;
DROP TABLE part;
-- exclusion constraints
CREATE TABLE booked (room int, during int4range, EXCLUDE USING gist (during WITH &&)) USING columnar;
INSERT INTO booked SELECT i, int4range(i * 10, i * 10 + 5) FROM generate_series(1, 3000) i;
INSERT INTO booked VALUES (1, '[1004,1006)');
DELETE FROM booked WHERE room = 100;
INSERT INTO booked VALUES (1, '[1000,1006)');
UPDATE booked SET during = '[1010,1012)' WHERE room = 200;
DROP TABLE booked;
-- temporary tables, materialized views, a table with nothing but marks
CREATE TEMP TABLE temporary (id int) USING columnar;
INSERT INTO temporary SELECT generate_series(1, 3000);
DELETE FROM temporary WHERE id % 2 = 0;
UPDATE temporary SET id = -id WHERE id < 100;
VACUUM temporary;
SELECT count(*), sum(id) FROM temporary;
DELETE FROM temporary;
VACUUM temporary;
SELECT count(*) FROM temporary;
SELECT state, n_rows, dead_rows FROM columnar.stripes('temporary');
DROP TABLE temporary;
CREATE TABLE base (id int PRIMARY KEY, v text) USING columnar;
INSERT INTO base SELECT i, 'b' || i FROM generate_series(1, 3000) i;
CREATE MATERIALIZED VIEW m USING columnar AS SELECT * FROM base;
CREATE UNIQUE INDEX ON m (id);
DELETE FROM base WHERE id > 10;
UPDATE base SET v = 'new' WHERE id = 3;
REFRESH MATERIALIZED VIEW CONCURRENTLY m;
SELECT * FROM m ORDER BY id;
DROP MATERIALIZED VIEW m;
DROP TABLE base;
