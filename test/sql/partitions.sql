-- loads into many partitions at once
CREATE TABLE m (id int, k int, t text) PARTITION BY LIST (k);
DO $$ BEGIN FOR i IN 0..99 LOOP
	EXECUTE format('CREATE TABLE m%s PARTITION OF m FOR VALUES IN (%s) USING columnar', i, i);
END LOOP; END $$;
INSERT INTO m SELECT i, i % 100, 'r' || i FROM generate_series(1, 500000) i;
SELECT count(*), sum(id), count(DISTINCT k) FROM m;
SET columnar.bulk_rows = 999;
COPY m FROM PROGRAM 'seq 1 300000 | sed "s/.*\(.\)\(.\)$/&,\1\2,c/; /,/!s/.*/0&,&,c/" | grep -v "^0"' CSV;
RESET columnar.bulk_rows;
SELECT count(*), sum(id), count(DISTINCT k) FROM m;
SELECT count(*) <= 4 AS few, sum(n_rows) FROM columnar.stripes('m42') WHERE state = 'committed';
-- rolled back
BEGIN;
INSERT INTO m SELECT i, i % 100, 'r' || i FROM generate_series(1, 600000) i;
SELECT count(*) FROM m;
ROLLBACK;
SELECT count(*) FROM m;
-- attach, detach, move between access methods
CREATE TABLE part (LIKE m) USING columnar;
INSERT INTO part SELECT i, 100, 'a' FROM generate_series(1, 10000) i;
ALTER TABLE m ATTACH PARTITION part FOR VALUES IN (100);
SELECT count(*) FROM m WHERE k = 100;
ALTER TABLE m DETACH PARTITION part;
SELECT count(*), sum(id) FROM part;
-- memory: the smallest budget
SET columnar.write_memory = '8MB';
INSERT INTO m SELECT i, i % 100, repeat('x', 100) || i FROM generate_series(1, 600000) i;
RESET columnar.write_memory;
SELECT count(*), sum(id), count(DISTINCT t) FROM m;
DROP TABLE m, part;
