-- VACUUM: emptied heap pages become free extents, the free tail goes back
CREATE TABLE c (id int PRIMARY KEY, k int, v text) USING columnar
	WITH (autovacuum_enabled = off);
CREATE TABLE h (LIKE c) USING heap;
CREATE FUNCTION blocks() RETURNS bigint LANGUAGE sql AS
	$$ SELECT pg_relation_size('c') / current_setting('block_size')::int $$;
INSERT INTO c SELECT -i, 1, 'loaded' FROM generate_series(1, 10000) i;
DO $$ BEGIN FOR j IN 0..49 LOOP INSERT INTO c SELECT j * 4000 + i, i % 100, repeat('v', 20) || i FROM generate_series(1, 4000) i; END LOOP; END $$;
INSERT INTO h TABLE c;
SELECT blocks() > 1500 AS large;
CALL columnar.compact('c');
SELECT blocks() > 1500 AS large;
VACUUM (TRUNCATE off) c;
SELECT blocks() > 1500 AS large, sum(n_blocks) > 1300 AS free FROM columnar.stripes('c') WHERE state = 'dead';
SELECT * FROM columnar.verify('c');
VACUUM c;
SELECT blocks() < 150 AS small FROM columnar.stripes('c') WHERE state = 'dead' LIMIT 1;
SELECT * FROM columnar.verify('c');
SELECT count(*) AS differ FROM ((TABLE c EXCEPT ALL TABLE h) UNION ALL (TABLE h EXCEPT ALL TABLE c)) d;
SELECT count(*) FROM generate_series(1, 200000, 17) i, LATERAL (SELECT * FROM c WHERE id = i OFFSET 0) x;
-- what is free is used before the file grows: by stripes, marks, the directory
DO $$ BEGIN FOR j IN 0..49 LOOP INSERT INTO c SELECT 1000000 + j * 4000 + i, i % 100, repeat('v', 20) || i FROM generate_series(1, 4000) i; END LOOP; END $$;
CALL columnar.compact('c');
VACUUM (TRUNCATE off) c;
SELECT blocks() AS before \gset
INSERT INTO c SELECT 2000000 + i, i, md5(i::text) FROM generate_series(1, 50000) i;
SET columnar.stripe_all = on;
DO $$ BEGIN FOR i IN 1..120 LOOP INSERT INTO c VALUES (3000000 + i, i, 'one'); END LOOP; END $$;
RESET columnar.stripe_all;
DELETE FROM c WHERE id > 2000000 AND id % 7 = 0;
SELECT blocks() = :before AS same;
SELECT * FROM columnar.verify('c');
SELECT count(*), sum(id) FROM c;
-- pages that new rows need are left; a table without stripes is heap's business
DELETE FROM c WHERE id > 0;
VACUUM c;
VACUUM c;
SELECT blocks() < :before AS smaller, count(*) FROM c;
SELECT * FROM columnar.verify('c');
INSERT INTO c SELECT i, 1, 'row' FROM generate_series(1, 3000) i;
SELECT count(*) FROM c WHERE ctid < '(300,1)';
DROP TABLE c, h;
CREATE TABLE c (id int) USING columnar;
INSERT INTO c SELECT i FROM generate_series(1, 4000) i;
INSERT INTO c SELECT i FROM generate_series(1, 4000) i;
DELETE FROM c;
VACUUM c;
SELECT blocks() > 20 AS as_before, count(*) AS stripes FROM columnar.stripes('c');
DROP TABLE c;
DROP FUNCTION blocks;
-- a few empty heap pages at the end of the file do not keep the rest
CREATE TABLE tail (id int PRIMARY KEY, v text) USING columnar WITH (autovacuum_enabled = off);
DO $$ BEGIN FOR j IN 0..9 LOOP INSERT INTO tail SELECT j * 4000 + i, repeat('v', 100) FROM generate_series(1, 4000) i; END LOOP; END $$;
CALL columnar.compact('tail');
INSERT INTO tail SELECT -i, repeat('v', 100) FROM generate_series(1, 100) i;
SELECT pg_relation_size('tail') > 4000000 AS large;
DELETE FROM tail WHERE id < 0;
VACUUM tail;
SELECT pg_relation_size('tail') < 1000000 AS small, count(*), sum(id) FROM tail;
SELECT * FROM columnar.verify('tail');
DROP TABLE tail;
