-- compaction: rows of the row store, small stripes and sparse stripes become stripes
CREATE TABLE c (id int PRIMARY KEY, k int, v text, big text) USING columnar
	WITH (autovacuum_enabled = off);
CREATE TABLE h (LIKE c INCLUDING ALL) USING heap WITH (autovacuum_enabled = off);
CREATE INDEX c_e ON c ((k + 1)) WHERE v <> 'x';
CREATE INDEX c_g ON c USING gin ((ARRAY[k]));
CREATE FUNCTION state() RETURNS TABLE (row_store bigint, stripes bigint, in_stripes numeric, differ bigint, problems bigint)
LANGUAGE sql AS $$
	SELECT (SELECT count(*) FROM c WHERE ctid < '(2147483648,1)'),
		count(*) FILTER (WHERE state = 'committed'),
		coalesce(sum(n_rows - dead_rows) FILTER (WHERE state = 'committed'), 0),
		(SELECT count(*) FROM ((TABLE c EXCEPT ALL TABLE h) UNION ALL (TABLE h EXCEPT ALL TABLE c)) d),
		(SELECT count(*) FROM columnar.verify('c'))
	FROM columnar.stripes('c') $$;
CREATE FUNCTION by_index() RETURNS TABLE (keys bigint, expressions bigint, arrays bigint)
LANGUAGE sql SET enable_seqscan = off SET columnar.enable_scan = off AS $$
	SELECT (SELECT count(*) FROM generate_series(1, 100000, 13) i, LATERAL (SELECT * FROM c WHERE id = i OFFSET 0) c),
		(SELECT count(*) FROM c WHERE k + 1 = 5 AND v <> 'x'),
		(SELECT count(*) FROM c WHERE ARRAY[k] @> ARRAY[7]) $$;
-- too few: nothing happens
INSERT INTO c SELECT i, i % 10, 'v' || i FROM generate_series(1, 999) i;
INSERT INTO h TABLE c;
CALL columnar.compact('c');
SELECT * FROM state();
-- rows of the row store, with values in TOAST; deleted and updated ones
DO $$ BEGIN
	FOR j IN 1..10 LOOP
		INSERT INTO c SELECT j * 10000 + i, i % 10, 'v' || i, CASE WHEN i % 1000 = 0 THEN (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 500) n) END FROM generate_series(1, 3000) i;
	END LOOP;
END $$;
INSERT INTO h SELECT * FROM c WHERE id > 999;
DELETE FROM c WHERE id % 7 = 0;
DELETE FROM h WHERE id % 7 = 0;
UPDATE c SET v = 'updated' WHERE id % 11 = 0;
UPDATE h SET v = 'updated' WHERE id % 11 = 0;
CALL columnar.compact('c');
SELECT * FROM state();
SELECT * FROM by_index();
VACUUM c;
SELECT * FROM state();
SELECT * FROM by_index();
SELECT count(*), sum(length(big)) FROM c WHERE big IS NOT NULL;
SELECT reltuples = (SELECT count(*) FROM h) AS right FROM pg_class WHERE relname = 'c';
-- again: nothing left to do
CALL columnar.compact('c');
SELECT * FROM state();
-- uniqueness holds
INSERT INTO c VALUES (10001, 0, 'duplicate');
INSERT INTO c VALUES (10003, 0, 'new') ON CONFLICT (id) DO UPDATE SET v = 'upsert' RETURNING v;
INSERT INTO h VALUES (10003, 0, 'new') ON CONFLICT (id) DO UPDATE SET v = 'upsert';
-- small stripes are merged
SET columnar.stripe_all = on;
INSERT INTO c SELECT 200000 + i, 1, 's1' FROM generate_series(1, 500) i;
INSERT INTO c SELECT 300000 + i, 2, 's2' FROM generate_series(1, 500) i;
INSERT INTO c SELECT 400000 + i, 3, 's3' FROM generate_series(1, 500) i;
RESET columnar.stripe_all;
INSERT INTO h SELECT * FROM c WHERE id > 200000;
SELECT * FROM state();
CALL columnar.compact('c');
VACUUM c;
SELECT * FROM state();
-- sparse ones are rewritten, what they leave is used again
DELETE FROM c WHERE id % 3 = 0;
DELETE FROM h WHERE id % 3 = 0;
VACUUM c;
SELECT * FROM state();
CALL columnar.compact('c');
VACUUM c;
SELECT * FROM state();
SELECT * FROM by_index();
-- an old snapshot sees what it saw, a deleted row of a replaced stripe included
CREATE EXTENSION IF NOT EXISTS dblink;
SELECT dblink_connect('old', 'dbname=' || current_database() || ' port=' || current_setting('port') || ' host=' || split_part(current_setting('unix_socket_directories'), ',', 1)) \gset ignored_
SELECT dblink_exec('old', 'BEGIN ISOLATION LEVEL REPEATABLE READ') \gset ignored_
SELECT * FROM dblink('old', 'SELECT count(*), sum(id), sum(k) FROM c') AS t(n bigint, ids bigint, ks bigint);
DELETE FROM c WHERE id % 5 = 0;
DELETE FROM h WHERE id % 5 = 0;
SET columnar.stripe_all = on;
INSERT INTO c SELECT 500000 + i, 1, 's5' FROM generate_series(1, 500) i;
INSERT INTO h SELECT 500000 + i, 1, 's5' FROM generate_series(1, 500) i;
RESET columnar.stripe_all;
SELECT count(*) FROM columnar.stripes('c') WHERE state = 'committed';
CALL columnar.compact('c');
VACUUM c;
SELECT count(*) FROM columnar.stripes('c') WHERE state = 'committed';
SELECT * FROM dblink('old', 'SELECT count(*), sum(id), sum(k) FROM c') AS t(n bigint, ids bigint, ks bigint);
SELECT * FROM state();
SELECT dblink_exec('old', 'COMMIT') \gset ignored_
-- CLUSTER keeps what an old snapshot, of a transaction without lock, could see, also
-- of stripes that are older than relfrozenxid
VACUUM (FREEZE) c;
SELECT dblink_exec('old', 'BEGIN ISOLATION LEVEL REPEATABLE READ') \gset ignored_
SELECT * FROM dblink('old', 'SELECT count(*) FROM h') AS t(n bigint);
DELETE FROM c WHERE id % 4 = 0;
DELETE FROM h WHERE id % 4 = 0;
SET columnar.stripe_all = on;
INSERT INTO c SELECT 600000 + i, 1, 's6' FROM generate_series(1, 500) i;
INSERT INTO h SELECT 600000 + i, 1, 's6' FROM generate_series(1, 500) i;
RESET columnar.stripe_all;
CALL columnar.compact('c');
CLUSTER c USING c_pkey;
SELECT * FROM state();
SELECT * FROM dblink('old', 'SELECT count(*), sum(id), sum(k) FROM c') AS t(n bigint, ids bigint, ks bigint);
SELECT dblink_disconnect('old') \gset ignored_
DROP EXTENSION dblink;
VACUUM c;
SELECT * FROM state();
SELECT * FROM by_index();
-- who may, and on what
CALL columnar.compact('h');
CALL columnar.compact('pg_class');
\set VERBOSITY sqlstate
CALL columnar.compact('c_e');
\set VERBOSITY default
CALL columnar.compact(NULL);
BEGIN;
CALL columnar.compact('c');
ROLLBACK;
CREATE ROLE stranger;
GRANT SELECT ON c TO stranger;
SET ROLE stranger;
CALL columnar.compact('c');
RESET ROLE;
SELECT current_setting('server_version_num')::int >= 170000 AS has_maintain \gset
\if :has_maintain
GRANT MAINTAIN ON c TO stranger;
SET ROLE stranger;
CALL columnar.compact('c');
RESET ROLE;
\endif
DROP OWNED BY stranger;
DROP ROLE stranger;
DROP TABLE c, h CASCADE;
DROP FUNCTION state, by_index;
-- all partitions of a table; constraints of every kind
CREATE TABLE p (id int, at date, UNIQUE (id, at) DEFERRABLE INITIALLY DEFERRED) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2026-07-01') USING columnar;
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2026-07-01') TO ('2027-01-01') USING columnar;
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM ('2027-01-01') TO ('2028-01-01') USING heap;
CREATE TABLE e (id int, during int4range, EXCLUDE USING gist (during WITH &&)) USING columnar;
INSERT INTO p SELECT i, '2026-01-01'::date + i % 700 FROM generate_series(1, 4000) i;
INSERT INTO e SELECT i, int4range(i * 10, i * 10 + 5) FROM generate_series(1, 2000) i;
CALL columnar.compact('p');
CALL columnar.compact('e');
SELECT tableoid::regclass, count(*), count(*) FILTER (WHERE ctid < '(2147483648,1)') AS row_store FROM p GROUP BY 1 ORDER BY 1;
SELECT count(*), count(*) FILTER (WHERE ctid < '(2147483648,1)') AS row_store FROM e;
INSERT INTO e VALUES (1, '[1004,1006)');
INSERT INTO p VALUES (1, '2026-01-02');
DROP TABLE p, e;
-- a worker does it after VACUUM
SET columnar.auto_compact = on;
CREATE TABLE w (id int PRIMARY KEY, v text) USING columnar WITH (autovacuum_enabled = off);
DO $$ BEGIN FOR j IN 0..6 LOOP INSERT INTO w SELECT j * 4000 + i, repeat('v', 100) FROM generate_series(1, 4000) i; END LOOP; END $$;
SELECT pg_relation_size('w') > 3000000 AS large;
VACUUM w;
DO $$ BEGIN
	FOR i IN 1..600 LOOP
		EXIT WHEN NOT EXISTS (SELECT FROM w WHERE ctid < '(2147483648,1)')
			AND NOT EXISTS (SELECT FROM columnar.compaction_progress WHERE "table" = 'w'::regclass);
		COMMIT; -- no lock is held while it sleeps
		PERFORM pg_sleep(0.05);
		COMMIT;
	END LOOP;
END $$;
SELECT count(*), sum(id), count(*) FILTER (WHERE ctid < '(2147483648,1)') AS row_store FROM w;
SELECT count(*) FROM columnar.compaction_progress WHERE "table" = 'w'::regclass;
-- and then gives back the room of the old copies, but some pages
DO $$ BEGIN
	FOR i IN 1..600 LOOP
		EXIT WHEN pg_relation_size('w') < 1000000;
		COMMIT; -- no lock is held while it sleeps
		PERFORM pg_sleep(0.05);
		COMMIT;
	END LOOP;
END $$;
SELECT pg_relation_size('w') < 1000000 AS small, count(*), sum(id) FROM w;
SELECT columnar.verify('w');
DROP TABLE w;
