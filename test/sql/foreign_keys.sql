-- COPY and INSERT ... SELECT with foreign keys and AFTER triggers
CREATE TABLE parent (id int PRIMARY KEY);
INSERT INTO parent SELECT generate_series(1, 100);
CREATE TABLE child (id int, parent int REFERENCES parent) USING columnar;
SET columnar.bulk_rows = 999;
COPY child FROM PROGRAM 'seq 1 10000 | while read i; do echo "$i,$(( i % 100 + 1 ))"; done' CSV;
RESET columnar.bulk_rows;
INSERT INTO child SELECT i, i % 100 + 1 FROM generate_series(1, 10000) i;
SELECT count(*), sum(id), sum(parent) FROM child;
SELECT sum(n_rows) FROM columnar.stripes('child') WHERE state = 'committed';
SET columnar.bulk_rows = 999;
COPY child FROM PROGRAM 'seq 1 5000 | while read i; do echo "$i,$(( i % 101 + 1 ))"; done' CSV;
RESET columnar.bulk_rows;
INSERT INTO child SELECT i, i % 101 + 1 FROM generate_series(1, 10000) i;
SELECT count(*) FROM child;
DELETE FROM parent WHERE id = 100;
CREATE TABLE seen (n bigint, s bigint);
INSERT INTO seen VALUES (0, 0);
CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE seen SET n = n + 1, s = s + NEW.id;
	IF NEW.id = 3000 THEN
		RAISE NOTICE 'at 3000 the table has % rows', (SELECT count(*) FROM child);
	END IF;
	RETURN NULL;
END $$;
CREATE TRIGGER see AFTER INSERT ON child FOR EACH ROW EXECUTE FUNCTION see();
SET columnar.bulk_rows = 999;
COPY child FROM PROGRAM 'seq 1 3000 | sed s/$/,7/' CSV;
RESET columnar.bulk_rows;
SELECT * FROM seen;
-- deferred to the end of the transaction
CREATE TABLE late (id int, parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED) USING columnar;
BEGIN;
INSERT INTO late SELECT i, 101 + i % 3 FROM generate_series(1, 6000) i;
SELECT count(*) FROM late;
INSERT INTO parent VALUES (101), (102), (103);
COMMIT;
BEGIN;
INSERT INTO late SELECT i, 104 FROM generate_series(1, 6000) i;
COMMIT;
SELECT count(*) FROM late;
DROP TABLE late, child, parent, seen;
DROP FUNCTION see;
