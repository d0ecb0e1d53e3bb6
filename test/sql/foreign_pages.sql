-- heapam never lands on a page that is ours: at the start (the meta page), in
-- the midst and at the end of the file
CREATE TABLE f (a int, b text) USING columnar;
SELECT pg_relation_size('f') / current_setting('block_size')::int AS blocks;
INSERT INTO f VALUES (1, 'first');
SELECT ctid, a FROM f;
-- stripes follow a half-filled heap page; the next rows go on filling it
INSERT INTO f SELECT i, 'x' FROM generate_series(2, 5000) i;
INSERT INTO f VALUES (5001, 'after');
SELECT (ctid::text::point)[0] < 2147483648 AS heap, a FROM f WHERE a = 5001;
\c
INSERT INTO f VALUES (5002, 'another session');
SELECT (SELECT (ctid::text::point)[0] FROM f WHERE a = 5002) -
	(SELECT (ctid::text::point)[0] FROM f WHERE a = 5001) AS same_page;
-- fill the row store beyond the stripe, in turn with stripes
DO $$ BEGIN FOR i IN 1..10 LOOP
	INSERT INTO f SELECT j, repeat('y', 100) FROM generate_series(1, 300) j;
	INSERT INTO f SELECT j, 'z' FROM generate_series(1, 5000) j;
END LOOP; END $$;
SELECT b = 'z' AS z, count(*), sum(a) FROM f GROUP BY 1 ORDER BY 1;
-- delete, vacuum, reuse of heap pages between the stripes
DELETE FROM f WHERE b LIKE 'yy%';
VACUUM f;
SELECT pg_relation_size('f') AS before \gset
INSERT INTO f SELECT j, repeat('w', 100) FROM generate_series(1, 2000) j;
SELECT pg_relation_size('f') - :before AS grown;
SELECT left(b, 1), count(*), sum(a) FROM f GROUP BY 1 ORDER BY 1;
VACUUM (FREEZE, DISABLE_PAGE_SKIPPING) f;
SELECT left(b, 1), count(*), sum(a) FROM f GROUP BY 1 ORDER BY 1;
-- truncation keeps the meta page
BEGIN;
TRUNCATE f;
INSERT INTO f VALUES (1, 'new');
TRUNCATE f;
INSERT INTO f VALUES (2, 'newer');
SELECT ctid, a FROM f;
ROLLBACK;
SELECT count(*) FROM f;
TRUNCATE f;
SELECT pg_relation_size('f') / current_setting('block_size')::int AS blocks;
VACUUM f;
SELECT pg_relation_size('f') / current_setting('block_size')::int AS blocks;
DROP TABLE f;
