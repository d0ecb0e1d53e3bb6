-- VACUUM: stripes of aborted transactions go, their blocks come back into use
CREATE TABLE v (id int PRIMARY KEY, a int, b text) USING columnar
	WITH (autovacuum_enabled = off);
CREATE INDEX v_a ON v (a);
CREATE INDEX v_b ON v USING hash (b);
CREATE INDEX v_g ON v USING gin ((ARRAY[a]));
CREATE INDEX v_p ON v (b) WHERE id <= 1000;
SET columnar.stripe_all = on;
INSERT INTO v SELECT i, i % 100, 'b' || i FROM generate_series(1, 20000) i;
CREATE FUNCTION blocks() RETURNS bigint LANGUAGE sql AS
	$$ SELECT pg_relation_size('v') / current_setting('block_size')::int $$;
BEGIN;
INSERT INTO v SELECT i, i % 100, 'b' || i FROM generate_series(20001, 220000) i;
ROLLBACK;
BEGIN;
INSERT INTO v SELECT i, i % 100, 'b' || i FROM generate_series(20001, 120000) i;
SAVEPOINT s;
INSERT INTO v SELECT i, i % 100, 'b' || i FROM generate_series(120001, 220000) i;
ROLLBACK TO s;
COMMIT;
SELECT * FROM columnar.verify('v');
SELECT state, n_rows, n_blocks > 0 AS blocks FROM columnar.stripes('v');
SELECT blocks() AS before, pg_relation_size('v_a') AS a_before \gset
-- resolved, but not removed
VACUUM (INDEX_CLEANUP off) v;
SELECT state, n_rows, n_blocks > 0 AS blocks FROM columnar.stripes('v');
-- removed: free extents that touch are one
VACUUM (TRUNCATE off) v;
SELECT state, n_rows, n_blocks > 0 AS blocks FROM columnar.stripes('v');
ANALYZE v;
VACUUM (TRUNCATE off) v;
SELECT relname, CASE WHEN relname = 'v_p' THEN reltuples BETWEEN 700 AND 1300 ELSE reltuples = 120000 END AS right FROM pg_class WHERE relname ~ '^v(_|$)' ORDER BY 1;
SELECT count(*), sum(id) FROM v;
-- used again: neither the table nor the index grows
INSERT INTO v SELECT i, i % 100, 'b' || i FROM generate_series(120001, 220000) i;
SELECT blocks() = :before AS table_same;
INSERT INTO v SELECT i, i % 100, 'b' || i FROM generate_series(220001, 320000) i;
SELECT blocks() = :before AS table_same;
SELECT state, n_rows, n_blocks > 0 AS blocks FROM columnar.stripes('v');
SELECT count(*), sum(id), sum(a), count(DISTINCT b) FROM v;
SET enable_seqscan = off;
SELECT id FROM v WHERE id = 200000;
SELECT count(*) FROM v WHERE a = 7;
SELECT id FROM v WHERE b = 'b150000';
SELECT count(*) FROM v WHERE ARRAY[a] @> ARRAY[7];
RESET enable_seqscan;
-- a stripe that takes free blocks and is rolled back gives them back
BEGIN;
INSERT INTO v SELECT i, i % 100, 'b' || i FROM generate_series(400001, 420000) i;
ROLLBACK;
SELECT sum(n_blocks) AS free FROM columnar.stripes('v') WHERE state IN ('dead', 'aborted') \gset
VACUUM (TRUNCATE off) v;
SELECT sum(n_blocks) = :free AS same FROM columnar.stripes('v') WHERE state IN ('dead', 'aborted');
SELECT blocks() = :before AS table_same;
VACUUM (TRUNCATE off) v;
SELECT count(*), sum(id) FROM v;

-- the visibility map: bits of our blocks are set, and set again when lost
CREATE EXTENSION pg_visibility;
SELECT count(*) FILTER (WHERE NOT all_visible) AS invisible FROM pg_visibility_map('v');
SELECT pg_truncate_visibility_map('v');
SELECT count(*) FILTER (WHERE NOT all_visible) = count(*) AS lost FROM pg_visibility_map('v');
VACUUM (TRUNCATE off) v;
SELECT count(*) FILTER (WHERE NOT all_visible) AS invisible FROM pg_visibility_map('v');
DROP EXTENSION pg_visibility;
SELECT * FROM columnar.verify('v');

-- temporary and unlogged tables, partitions
CREATE TEMP TABLE vt (LIKE v INCLUDING INDEXES) USING columnar;
INSERT INTO vt SELECT i, i, 'b' || i FROM generate_series(1, 5000) i;
BEGIN;
INSERT INTO vt SELECT i, i, 'b' || i FROM generate_series(5001, 15000) i;
ROLLBACK;
VACUUM (PARALLEL 2) vt;
SELECT state, n_rows, n_blocks > 0 AS blocks FROM columnar.stripes('vt');
INSERT INTO vt SELECT i, i, 'b' || i FROM generate_series(5001, 15000) i;
SELECT count(*), sum(id) FROM vt;
CREATE UNLOGGED TABLE vu (id int) USING columnar;
BEGIN;
INSERT INTO vu SELECT generate_series(1, 5000);
ROLLBACK;
INSERT INTO vu SELECT generate_series(1, 5000);
VACUUM vu;
INSERT INTO vu SELECT generate_series(1, 5000);
SELECT state, n_rows, n_blocks > 0 AS blocks FROM columnar.stripes('vu');
CREATE TABLE vp (id int, k int) PARTITION BY LIST (k);
CREATE TABLE vp1 PARTITION OF vp FOR VALUES IN (0) USING columnar;
CREATE TABLE vp2 PARTITION OF vp FOR VALUES IN (1) USING columnar;
INSERT INTO vp SELECT i, i % 2 FROM generate_series(1, 10000) i;
VACUUM (ANALYZE) vp;
SELECT relname, reltuples FROM pg_class WHERE relname ~ '^vp' ORDER BY 1;

-- more dead stripes than a directory page holds
CREATE TABLE vm (id int) USING columnar;
DO $$ BEGIN
	FOR i IN 1..300 LOOP
		BEGIN
			INSERT INTO vm VALUES (i);
			IF i % 3 > 0 THEN
				RAISE division_by_zero;
			END IF;
		EXCEPTION WHEN division_by_zero THEN
		END;
	END LOOP;
END $$;
SELECT state, count(*), sum(n_blocks) FROM columnar.stripes('vm') GROUP BY 1 ORDER BY 1;
VACUUM (TRUNCATE off) vm;
SELECT state, count(*), count(*) FILTER (WHERE n_blocks > 0) > 0 AS blocks FROM columnar.stripes('vm') GROUP BY 1 ORDER BY 1;
SELECT pg_relation_size('vm') AS before \gset
DO $$ BEGIN
	FOR i IN 1..100 LOOP
		BEGIN
			INSERT INTO vm VALUES (i);
		EXCEPTION WHEN division_by_zero THEN
		END;
	END LOOP;
END $$;
SELECT pg_relation_size('vm') - :before < 20 * 8192 AS reused;
SELECT count(*), sum(id) FROM vm;
SELECT * FROM columnar.verify('vm');
RESET columnar.stripe_all;
DROP TABLE v, vt, vu, vp, vm;
DROP FUNCTION blocks();
