-- TID and TID range scans over row store and stripes
CREATE TABLE r (id int, t text) USING columnar;
INSERT INTO r SELECT i, 'row' || i FROM generate_series(1, 20000) i;
INSERT INTO r SELECT i, 'late' || i FROM generate_series(20001, 20500) i;
DELETE FROM r WHERE id IN (3, 4, 20100);
SET max_parallel_workers_per_gather = 0;
SELECT count(*) AS rows, count(*) FILTER (WHERE (ctid::text::point)[0] < 2147483648) AS row_store FROM r;
EXPLAIN (COSTS OFF) SELECT * FROM r WHERE ctid = '(1,2)';
EXPLAIN (COSTS OFF) SELECT * FROM r WHERE ctid > '(1,2)' AND ctid <= '(2147483648,7)';
-- a range read as a range, and as a filter
CREATE FUNCTION range(condition text, OUT rows bigint, OUT same bool) LANGUAGE plpgsql AS $$
DECLARE
	filtered text;
	ranged text;
	plan text;
BEGIN
	SET LOCAL enable_tidscan = off;
	EXECUTE 'SELECT count(*), string_agg(id || t, '','' ORDER BY id) FROM r WHERE ' || condition INTO rows, filtered;
	SET LOCAL enable_tidscan = on;
	SET LOCAL enable_seqscan = off;
	EXECUTE 'EXPLAIN SELECT * FROM r WHERE ' || condition INTO plan;
	IF plan NOT LIKE 'Tid Range Scan%' THEN
		RAISE 'not a range scan: %', plan;
	END IF;
	EXECUTE 'SELECT string_agg(id || t, '','' ORDER BY id) FROM r WHERE ' || condition INTO ranged;
	same := filtered IS NOT DISTINCT FROM ranged;
END $$;
SELECT condition, range.* FROM (VALUES
	('ctid < ''(1,5)'''), ('ctid <= ''(1,5)'''), ('ctid > ''(1,0)'''), ('ctid >= ''(5,1)'''),
	('ctid >= ''(0,0)'''), ('ctid < ''(0,1)'''), ('ctid > ''(5,3)'' AND ctid < ''(7,65535)'''),
	('ctid >= ''(7,1)'' AND ctid < ''(5,1)'''),
	('ctid >= ''(2147483648,1)'''), ('ctid < ''(2147483648,1)'''), ('ctid > ''(2147483648,1)'''),
	('ctid >= ''(2147483648,0)'' AND ctid <= ''(2147483648,65535)'''),
	('ctid > ''(2147483650,100)'' AND ctid < ''(2147483653,5)'''),
	('ctid > ''(2147483650,291)'' AND ctid <= ''(2147483651,0)'''),
	('ctid > ''(2147483650,291)'' AND ctid <= ''(2147483651,1)'''),
	('ctid > ''(2147483690,1)'''), ('ctid > ''(4294967294,1)'''), ('ctid <= ''(4294967295,65535)'''),
	('ctid > ''(100,1)'' AND ctid < ''(2147483649,1)''')) v (condition), range(condition);
-- both ways
BEGIN;
SET LOCAL enable_seqscan = off;
DECLARE k SCROLL CURSOR FOR SELECT id FROM r WHERE ctid >= (SELECT max(ctid) FROM r WHERE ctid < '(2147483648,1)') AND ctid <= '(2147483648,3)';
FETCH ALL FROM k;
FETCH BACKWARD ALL FROM k;
FETCH 2 FROM k;
FETCH BACKWARD 1 FROM k;
COMMIT;
-- again and again, with other bounds
SET enable_seqscan = off;
SELECT v, n FROM (VALUES ('(1,4)'::tid), ('(2147483648,10)'), (NULL), ('(0,0)')) v (v),
	LATERAL (SELECT count(*) AS n FROM r WHERE ctid > '(1,0)' AND ctid < v OFFSET 0) s;
-- single TIDs, also impossible ones
SELECT id FROM r WHERE ctid = ANY ('{"(1,2)","(2147483648,1)","(2147483648,291)","(2147483648,292)","(2147483648,0)","(4294967294,1)","(99999,1)"}') ORDER BY id;
RESET enable_seqscan;
DROP TABLE r;
DROP FUNCTION range;
