-- rows of stripes cannot be changed or locked yet: refused, by name
CREATE TABLE s (id int PRIMARY KEY, t text) USING columnar;
INSERT INTO s SELECT i, i::text FROM generate_series(1, 10000) i;
UPDATE s SET t = 'row store' WHERE id = 1;
DELETE FROM s WHERE id = 2;
UPDATE s SET t = 'stripe' WHERE id = 9999;
DELETE FROM s WHERE id = 9999;
SELECT * FROM s WHERE id = 9999 FOR UPDATE;
SELECT * FROM s WHERE id = 9999 FOR KEY SHARE;
INSERT INTO s VALUES (9999, 'x') ON CONFLICT (id) DO UPDATE SET t = 'y';
INSERT INTO s VALUES (9999, 'x') ON CONFLICT (id) DO NOTHING;
SELECT count(*), sum(id) FROM s;
DROP TABLE s;
