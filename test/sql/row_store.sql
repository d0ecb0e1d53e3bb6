-- small writes live in the row store and behave as in a heap table
CREATE TABLE r (id int PRIMARY KEY, t text, n numeric) USING columnar;
INSERT INTO r VALUES (1, 'one', 1.50), (2, NULL, 2), (3, 'three', NULL);
SELECT ctid, * FROM r ORDER BY id;
SELECT count(*) FROM columnar.stripes('r');

UPDATE r SET t = 'two' WHERE id = 2;
DELETE FROM r WHERE id = 3;
INSERT INTO r VALUES (1, 'again', 0) ON CONFLICT (id) DO UPDATE
	SET t = excluded.t RETURNING id, t;
INSERT INTO r VALUES (1, 'never', 0) ON CONFLICT DO NOTHING;
SELECT * FROM r ORDER BY id;

-- system columns
SELECT tableoid::regclass, xmin::text::bigint > 0 AS xmin, xmax, cmin, cmax
	FROM r WHERE id = 2;
INSERT INTO r VALUES (10, 'ten', 10)
	RETURNING xmin = pg_current_xact_id()::xid AS ours, cmin, ctid, tableoid::regclass;

INSERT INTO r VALUES (10, 'ten', 10) ON CONFLICT (id) DO UPDATE SET n = 10
	RETURNING xmin = pg_current_xact_id()::xid AS ours, xmax = pg_current_xact_id()::xid AS locked;
UPDATE r SET n = 10 WHERE id = 10 RETURNING xmin = pg_current_xact_id()::xid AS ours, xmax;

-- row locks, WHERE CURRENT OF, MERGE
BEGIN;
SELECT id FROM r WHERE id = 1 FOR UPDATE;
DECLARE c CURSOR FOR SELECT * FROM r WHERE id = 10 FOR UPDATE;
FETCH c;
UPDATE r SET n = 11 WHERE CURRENT OF c;
COMMIT;
MERGE INTO r USING (VALUES (10, 'merged'), (11, 'new')) v(id, t) ON r.id = v.id
	WHEN MATCHED THEN UPDATE SET t = v.t
	WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.t, NULL);
SELECT * FROM r ORDER BY id;

-- triggers see old and new rows
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE '% %: % -> %', TG_WHEN, TG_OP, OLD, NEW;
	RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER b BEFORE INSERT OR UPDATE OR DELETE ON r
	FOR EACH ROW EXECUTE FUNCTION tell();
CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON r
	FOR EACH ROW EXECUTE FUNCTION tell();
INSERT INTO r VALUES (20, 'twenty', 20);
UPDATE r SET n = n + 1 WHERE id = 20;
DELETE FROM r WHERE id = 20;

-- toast: large values, changed and deleted
CREATE TABLE big (id int, t text) USING columnar;
INSERT INTO big SELECT i, string_agg(md5((i * j)::text), '')
	FROM generate_series(1, 3) i, generate_series(1, 1000) j GROUP BY i;
UPDATE big SET t = t || 'x' WHERE id = 2;
DELETE FROM big WHERE id = 3;
SELECT id, length(t), md5(t) FROM big ORDER BY id;

-- no column at all
CREATE TABLE nothing () USING columnar;
INSERT INTO nothing DEFAULT VALUES;
SELECT count(*) FROM nothing;

DROP TABLE r, big, nothing;
DROP FUNCTION tell;
