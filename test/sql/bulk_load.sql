-- what goes to stripes, and what to the row store
CREATE FUNCTION stores(t regclass, OUT stripes bigint, OUT in_stripes bigint,
	OUT in_row_store bigint) LANGUAGE plpgsql AS $$
BEGIN
	SELECT count(*), COALESCE(sum(n_rows), 0) INTO stripes, in_stripes
		FROM columnar.stripes(t) WHERE state = 'committed';
	EXECUTE format('SELECT count(*) FROM %s', t) INTO in_row_store;
	in_row_store := in_row_store - in_stripes;
END $$;

CREATE TABLE l (a int, b text) USING columnar;

-- INSERT ... SELECT: its first rows to the row store
INSERT INTO l SELECT i, 'few' FROM generate_series(1, 4096) i;
SELECT * FROM stores('l');
INSERT INTO l SELECT i, 'more' FROM generate_series(1, 10000) i;
SELECT * FROM stores('l');
SELECT b, count(*), sum(a) FROM l GROUP BY b ORDER BY b;

-- single inserts never, whatever the transaction
TRUNCATE l;
DO $$ BEGIN FOR i IN 1..5000 LOOP INSERT INTO l VALUES (i, 'one'); END LOOP; END $$;
SELECT * FROM stores('l');

-- COPY: as many rows as columnar.bulk_rows go to the row store, batches behind them to
-- stripes
TRUNCATE l;
SET columnar.bulk_rows = 999;
COPY l FROM PROGRAM 'seq 1 999 | sed s/$/,short/' CSV;
SELECT * FROM stores('l');
COPY l FROM PROGRAM 'seq 1 1000 | sed s/$/,full/' CSV;
SELECT * FROM stores('l');
SET columnar.bulk_rows = 2500;
COPY l FROM PROGRAM 'seq 1 300000 | sed s/$/,long/' CSV;
SELECT * FROM stores('l');
RESET columnar.bulk_rows;
SELECT n_rows FROM columnar.stripes('l');
SELECT b, count(*), sum(a) FROM l GROUP BY b ORDER BY b;
-- wide rows
TRUNCATE l;
COPY l FROM PROGRAM 'seq 1 40 | while read i; do printf "%d,%05000d\n" $i $i; done' CSV;
SELECT stripes > 0 AS stripes, in_stripes + in_row_store AS rows FROM stores('l');
SELECT count(*), sum(a), sum(b::numeric), min(length(b)) FROM l;
-- a hundred rows, once they have 16 MB
TRUNCATE l;
COPY l FROM PROGRAM 'seq 1 200 | while read i; do printf "%d,%0100000d\n" $i $i; done' CSV;
SELECT stripes > 0 AS stripes, in_stripes + in_row_store AS rows FROM stores('l');
SELECT count(*), sum(a), min(length(b)) FROM l;
-- at once
TRUNCATE l;
SET columnar.bulk_rows = 0;
COPY l FROM PROGRAM 'seq 1 3 | sed s/$/,few/' CSV;
INSERT INTO l SELECT i, 'few' FROM generate_series(1, 2) i;
RESET columnar.bulk_rows;
SELECT * FROM stores('l');
-- large rows need not be many, inserted or rewritten
TRUNCATE l;
INSERT INTO l SELECT i, repeat(md5(i::text), 2000) FROM generate_series(1, 300) i;
SELECT stripes > 0 AS stripes, in_stripes + in_row_store AS rows FROM stores('l');
ALTER TABLE l ALTER a TYPE bigint;
SELECT * FROM stores('l');
SELECT count(*), sum(a), sum(length(b)) FROM l;

-- a smaller limit of rows
TRUNCATE l;
SET columnar.stripe_rows = 5000;
SET columnar.bulk_rows = 999;
COPY l FROM PROGRAM 'seq 1 12345 | sed s/$/,x/' CSV;
RESET columnar.bulk_rows;
RESET columnar.stripe_rows;
SELECT first_row, n_rows, state FROM columnar.stripes('l');

-- COPY FREEZE
BEGIN;
TRUNCATE l;
SET columnar.bulk_rows = 999;
COPY l FROM PROGRAM 'seq 1 2000 | sed s/$/,frozen/' CSV FREEZE;
RESET columnar.bulk_rows;
COMMIT;
SELECT * FROM stores('l');
SELECT xmin, count(*) FROM l GROUP BY 1;

-- BEFORE triggers and volatile defaults make COPY insert row by row
CREATE TABLE v (a int, b float8 DEFAULT random()) USING columnar;
SET columnar.bulk_rows = 999;
COPY v (a) FROM PROGRAM 'seq 1 10000';
RESET columnar.bulk_rows;
SELECT * FROM stores('v');

-- published tables stay in the row store
CREATE TABLE pub (a int) USING columnar;
SET client_min_messages = error;
CREATE PUBLICATION p FOR TABLE pub;
RESET client_min_messages;
INSERT INTO pub SELECT generate_series(1, 10000);
SET columnar.bulk_rows = 999;
COPY pub FROM PROGRAM 'seq 1 10000';
RESET columnar.bulk_rows;
SELECT * FROM stores('pub');
DROP PUBLICATION p;
INSERT INTO pub SELECT generate_series(1, 10000);
SELECT * FROM stores('pub');

-- CREATE TABLE AS after its first rows
CREATE TABLE c USING columnar AS SELECT i, i % 10 AS k FROM generate_series(1, 20000) i;
SELECT * FROM stores('c');
SELECT count(*), sum(i), sum(k) FROM c;

-- materialized views: all of a large one, none of a small one
CREATE MATERIALIZED VIEW m USING columnar AS SELECT * FROM c WHERE i <= 15000;
REFRESH MATERIALIZED VIEW m;
SELECT * FROM stores('m');
SELECT count(*), sum(i) FROM m;
CREATE UNIQUE INDEX ON m (i);
INSERT INTO c VALUES (0, 0);
REFRESH MATERIALIZED VIEW CONCURRENTLY m;
SELECT count(*), sum(i) FROM m;
CREATE MATERIALIZED VIEW small USING columnar AS SELECT * FROM c WHERE i <= 10;
REFRESH MATERIALIZED VIEW small;
SELECT * FROM stores('small');

-- rewrites
ALTER TABLE v ALTER COLUMN a TYPE bigint;
SELECT * FROM stores('v');
SELECT count(*), sum(a) FROM v;
CREATE TABLE h AS SELECT i AS a, 'r' || i % 7 AS b FROM generate_series(1, 30000) i;
ALTER TABLE h SET ACCESS METHOD columnar;
SELECT * FROM stores('h');
SELECT count(*), sum(a), count(DISTINCT b) FROM h;
ALTER TABLE h ADD COLUMN d int DEFAULT 5;
ALTER TABLE h ADD COLUMN e float8 DEFAULT random();
SELECT * FROM stores('h');
SELECT count(*), sum(a), sum(d), bool_and(e >= 0 AND e < 1) FROM h;
ALTER TABLE h SET ACCESS METHOD heap;
SELECT count(*), sum(a), sum(d) FROM h;
SELECT * FROM columnar.stripes('h');
CREATE TABLE s USING columnar AS SELECT 1 AS a;
ALTER TABLE s ALTER a TYPE bigint;
SELECT * FROM stores('s');

-- a column added or dropped without a rewrite
CREATE TABLE x (a int, b text, c int) USING columnar;
INSERT INTO x SELECT i, i::text, i FROM generate_series(1, 10000) i;
ALTER TABLE x ADD COLUMN d int DEFAULT 42, ADD COLUMN e text;
ALTER TABLE x DROP COLUMN b;
INSERT INTO x SELECT i, i, i, 'e' FROM generate_series(1, 10000) i;
SELECT count(*), sum(a), sum(c), sum(d), count(e) FROM x;
SELECT * FROM x WHERE a IN (4, 5000) ORDER BY a, d;
VACUUM FULL x;
SELECT count(*), sum(a), sum(c), sum(d), count(e) FROM x;

-- every insert to stripes, for tests
TRUNCATE x;
SET columnar.stripe_all = on;
INSERT INTO x VALUES (1, 2, 3, 'four');
INSERT INTO x VALUES (5, NULL, 7, NULL), (8, 9, NULL, 'ten');
RESET columnar.stripe_all;
SELECT * FROM stores('x');
SELECT ctid, * FROM x;

-- batches of rows of all widths, with NULLs in every place, and among them rows that
-- take more than a part of the memory, the second time in stripes of odd lengths
SELECT current_setting('data_directory') || '/bulk_load.csv' AS file \gset
CREATE TABLE w_heap (i int, b bool, s smallint, l bigint, f real, u uuid, n numeric,
	c "char", nm name, t text, empty int, nothing text);
INSERT INTO w_heap SELECT nullif(i, i / 7 * 7), nullif(i % 3, 2)::bool, nullif(i % 1000, 1),
	CASE WHEN i % 64 <> 63 THEN i * 1000000007::bigint END,
	CASE WHEN i % 65 > 1 THEN i / 4.0 END,
	CASE WHEN i % 130 > 64 THEN md5(i::text)::uuid END, nullif(i, 4000) / 8.0,
	chr(97 + i % 26)::"char", CASE WHEN i > 1 THEN 'n' || i % 50 END,
	CASE i % 1021 WHEN 7 THEN repeat(md5(i::text), 5000) WHEN 8 THEN NULL WHEN 9 THEN ''
		ELSE repeat('x', i % 200) || i END
	FROM generate_series(1, 9000) i;
COPY w_heap TO :'file' (FORMAT csv);
CREATE TABLE w (LIKE w_heap) USING columnar;
SET columnar.bulk_rows = 100;
SET columnar.write_memory = '8MB';
COPY w FROM :'file' (FORMAT csv);
SELECT stripes > 0 AS stripes, in_row_store < 3000 AS most_in_stripes FROM stores('w');
(TABLE w EXCEPT ALL TABLE w_heap) UNION ALL (TABLE w_heap EXCEPT ALL TABLE w);
TRUNCATE w;
SET columnar.stripe_rows = 1100;
COPY w FROM :'file' (FORMAT csv);
SELECT min(n_rows), max(n_rows) FROM columnar.stripes('w');
(TABLE w EXCEPT ALL TABLE w_heap) UNION ALL (TABLE w_heap EXCEPT ALL TABLE w);
SELECT n_nulls > 0 AS nulls, count(*) FROM columnar.columns('w') GROUP BY 1 ORDER BY 1;
SELECT * FROM columnar.verify('w');
RESET columnar.stripe_rows;
RESET columnar.write_memory;
RESET columnar.bulk_rows;
DROP TABLE w, w_heap;

DROP TABLE l, v, pub, h, s, x;
DROP MATERIALIZED VIEW m, small;
DROP TABLE c;
DROP FUNCTION stores;
