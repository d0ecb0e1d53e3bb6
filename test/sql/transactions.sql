-- pending rows, savepoints, rolled-back loads, cursors, nested reads
CREATE TABLE t (a int) USING columnar;
CREATE FUNCTION states(OUT state text, OUT stripes bigint, OUT n bigint)
	RETURNS SETOF record LANGUAGE sql AS
	$$ SELECT state, count(*), sum(n_rows) FROM columnar.stripes('t')
	   GROUP BY 1 ORDER BY 1 $$;

-- a rolled-back load leaves nothing to see
BEGIN;
INSERT INTO t SELECT generate_series(1, 10000);
SELECT count(*) FROM t;
SELECT * FROM states();
ROLLBACK;
SELECT count(*) FROM t;
SELECT * FROM states();

-- savepoints
BEGIN;
INSERT INTO t SELECT generate_series(1, 10000);
SAVEPOINT a;
INSERT INTO t SELECT generate_series(10001, 20000);
SAVEPOINT b;
INSERT INTO t SELECT generate_series(20001, 30000);
SELECT count(*), sum(a) FROM t;
ROLLBACK TO b;
SELECT count(*), sum(a) FROM t;
INSERT INTO t SELECT generate_series(30001, 40000);
RELEASE b;
ROLLBACK TO a;
SELECT count(*), sum(a) FROM t;
INSERT INTO t SELECT generate_series(40001, 50000);
RELEASE a;
SELECT count(*), sum(a) FROM t;
COMMIT;
SELECT count(*), sum(a) FROM t;
SELECT * FROM states();

-- a load that fails in its midst
INSERT INTO t SELECT CASE WHEN i = 9999 THEN 1 / (i - 9999) ELSE i END
	FROM generate_series(1, 20000) i;
SELECT count(*) FROM t;
DO $$
BEGIN
	FOR i IN 1..20 LOOP
		BEGIN
			INSERT INTO t SELECT j / (i % 2) FROM generate_series(1, 6000) j;
		EXCEPTION WHEN division_by_zero THEN NULL;
		END;
	END LOOP;
END $$;
SELECT count(*), sum(a) FROM t;

-- a statement does not see its own rows; the next one does
TRUNCATE t;
INSERT INTO t SELECT generate_series(1, 5000);
INSERT INTO t SELECT a FROM t;
INSERT INTO t SELECT a FROM t;
SELECT count(*), sum(a) FROM t;

-- a cursor keeps what it saw
TRUNCATE t;
INSERT INTO t SELECT generate_series(1, 5000);
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT a FROM t;
FETCH 1 FROM c;
INSERT INTO t SELECT generate_series(5001, 15000);
MOVE FORWARD ALL IN c;
FETCH RELATIVE 0 FROM c;
FETCH PRIOR FROM c;
FETCH ABSOLUTE 4096 FROM c;
FETCH FORWARD 2 FROM c;
FETCH BACKWARD 3 FROM c;
FETCH FIRST FROM c;
FETCH PRIOR FROM c;
FETCH NEXT FROM c;
COMMIT;

-- WITH HOLD, and a cursor over both stores backwards from the end
BEGIN;
DECLARE h CURSOR WITH HOLD FOR SELECT count(*), sum(a) FROM t;
COMMIT;
FETCH h;
CLOSE h;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT a FROM t;
FETCH LAST FROM c;
MOVE BACKWARD ALL IN c;
FETCH NEXT FROM c;
COMMIT;

-- a function that reads the table for each row that is inserted sees the rows
-- before, and stripes do not become tiny for it
TRUNCATE t;
CREATE FUNCTION seen() RETURNS bigint LANGUAGE sql VOLATILE AS
	$$ SELECT count(*) FROM t $$;
CREATE TABLE log (i int, n bigint);
WITH w AS (
	INSERT INTO t SELECT i FROM generate_series(1, 4200) i
	WHERE CASE WHEN i > 4090 THEN seen() = i - 1 ELSE true END RETURNING a)
SELECT count(*), max(a) FROM w;
SELECT count(*) FROM t;
SELECT count(*) < 5 AS few FROM columnar.stripes('t');

-- inserts by triggers and functions within a bulk insert
TRUNCATE t;
CREATE TABLE twice (a int) USING columnar;
CREATE FUNCTION also() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN INSERT INTO t VALUES (-NEW.a); RETURN NEW; END $$;
CREATE TRIGGER also AFTER INSERT ON twice FOR EACH ROW EXECUTE FUNCTION also();
INSERT INTO twice SELECT generate_series(1, 6000);
SELECT (SELECT sum(a) FROM twice), (SELECT sum(a) FROM t), (SELECT count(*) FROM t);

-- statement triggers with transition tables
CREATE FUNCTION sums() RETURNS trigger LANGUAGE plpgsql AS
	$$ BEGIN RAISE NOTICE 'inserted %, %', (SELECT count(*) FROM n), (SELECT sum(a) FROM n); RETURN NULL; END $$;
CREATE TRIGGER sums AFTER INSERT ON t REFERENCING NEW TABLE AS n
	FOR EACH STATEMENT EXECUTE FUNCTION sums();
INSERT INTO t SELECT generate_series(1, 10000);
SET columnar.bulk_rows = 999;
COPY t FROM PROGRAM 'seq 1 10000';
RESET columnar.bulk_rows;

-- writing what an outer transaction has gathered is cancelled within a
-- savepoint: nothing of it is lost
CREATE TABLE outer_rows (a int, b text, c text) PARTITION BY RANGE (a);
CREATE TABLE outer_rows_1 PARTITION OF outer_rows FOR VALUES FROM (0) TO (1000000)
	USING columnar;
BEGIN;
SET LOCAL columnar.zstd_level = 19;
SET columnar.bulk_rows = 999;
COPY outer_rows FROM PROGRAM
	'seq 1 60000 | awk ''{ srand($1); printf "%d,%d%d,%d\n", $1, rand() * 1e9, rand() * 1e9, rand() * 1e9 }''' CSV;
RESET columnar.bulk_rows;
SAVEPOINT s;
SET LOCAL statement_timeout = '10ms';
SELECT count(*) FROM outer_rows;
ROLLBACK TO s;
COMMIT;
SELECT count(*), sum(a), count(b), count(c) FROM outer_rows;
DROP TABLE outer_rows;

-- a stripe with a column that was rolled back with it
CREATE TABLE undone (a int) USING columnar;
INSERT INTO undone SELECT generate_series(1, 10000);
BEGIN;
ALTER TABLE undone ADD COLUMN b int;
INSERT INTO undone SELECT i, i FROM generate_series(1, 10000) i;
SELECT count(*), sum(b) FROM undone;
ROLLBACK;
ANALYZE undone;
CREATE INDEX ON undone (a);
SELECT count(*) FROM undone TABLESAMPLE SYSTEM (100);
VACUUM FULL undone;
SELECT count(*), sum(a) FROM undone;
DROP TABLE undone;

-- truncate and drop with rows just loaded
DROP TRIGGER also ON twice;
DROP TRIGGER sums ON t;
BEGIN;
INSERT INTO twice SELECT generate_series(1, 10000);
TRUNCATE twice;
INSERT INTO twice SELECT generate_series(1, 7);
SELECT count(*) FROM twice;
ROLLBACK;
SELECT count(*) FROM twice;
BEGIN;
CREATE TABLE gone USING columnar AS SELECT generate_series(1, 10000) AS a;
INSERT INTO gone SELECT generate_series(1, 10000);
DROP TABLE gone;
COMMIT;

DROP TABLE t, twice, log;
DROP FUNCTION states, seen, also, sums;
