-- what zones know beside minimum and maximum of integers and strings: numeric, number of
-- distinct values, sums, order of rows, lengths
SET max_parallel_workers_per_gather = 0;
SET columnar.stripe_rows = 2048;
SET columnar.bulk_rows = 0;
CREATE TABLE h (id int, n numeric, p numeric(12, 2), w numeric);
INSERT INTO h
SELECT i, CASE i WHEN 5000 THEN 'NaN' WHEN 7000 THEN 'Infinity' WHEN 9000 THEN '-Infinity' WHEN 11000 THEN NULL
	WHEN 13000 THEN 0.12345678901234567890123456789012345678901 ELSE i / 4.0 END,
	i * 1.5 - 15000, CASE WHEN i % 3 = 0 THEN 10 ^ (i % 60)::numeric WHEN i % 3 = 1 THEN -(10 ^ (i % 60)::numeric) ELSE 1 / (10 ^ (i % 60)::numeric) END
FROM generate_series(1, 20480) i;
CREATE TABLE c (LIKE h) USING columnar WITH (autovacuum_enabled = off);
INSERT INTO c SELECT * FROM h ORDER BY id;
SELECT count(*) FROM columnar.verify('c');
CREATE FUNCTION twin(condition text, OUT rows bigint, OUT same bool, OUT stripes text) LANGUAGE plpgsql AS $$
DECLARE
	plan json;
	heap text;
	columnar text;
BEGIN
	EXECUTE 'SELECT count(*), count(*) || md5(coalesce(string_agg(id::text, '','' ORDER BY id), '''')) FROM h WHERE ' || condition INTO rows, heap;
	EXECUTE 'SELECT count(*) || md5(coalesce(string_agg(id::text, '','' ORDER BY id), '''')) FROM c WHERE ' || condition INTO columnar;
	same := heap = columnar;
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT json) SELECT id FROM c WHERE ' || condition INTO plan;
	plan := plan->0->'Plan';
	stripes := (plan->>'Stripes Read') || ' of ' || (plan->>'Stripes Read')::int + (plan->>'Stripes Pruned')::int;
END $$;
SELECT condition, t.* FROM (VALUES
	(1, 'n = 100.25'), (2, 'n = 100.250000'), (3, 'n = 100.26'), (4, 'n < 100'), (5, 'n <= 100'), (6, 'n > 5000'), (7, 'n >= 5120'),
	(8, 'n BETWEEN 1000 AND 1001'), (9, 'n IN (1, 2, 5000)'), (10, 'n = ANY (''{1,NULL,NaN}'')'),
	(11, 'n = ''NaN'''), (12, 'n >= ''NaN'''), (13, 'n < ''NaN'''), (14, 'n = ''Infinity'''), (15, 'n > 1e30'),
	(16, 'n = ''-Infinity'''), (17, 'n < -1'), (18, 'n = 5::int'), (19, 'n < 0.2'), (20, 'n IS NULL'),
	(21, 'p = 0'), (22, 'p < -14000'), (23, 'p > 15000'), (24, '15000 < p'), (25, 'p = 0.005'), (26, 'p > ''NaN'''),
	(27, 'n > 3000 AND n < 3001 OR p > 15719'), (28, 'NOT n < 5000'), (29, 'n + 0 = 5'), (30, 'n = id'),
	(31, 'n = (SELECT 100.25)')) c (i, condition), twin(condition) t ORDER BY i;
SELECT count(*) FILTER (WHERE NOT same), count(*) FROM generate_series(1, 20480, 977) i
CROSS JOIN LATERAL (SELECT * FROM h WHERE id = i) h
CROSS JOIN LATERAL unnest('{=,<,<=,>,>=}'::text[]) o
CROSS JOIN LATERAL (VALUES (format('n %s %s', o, h.n)), (format('p %s %s', o, h.p)), (format('w %s %s', o, h.w))) q (condition)
CROSS JOIN LATERAL twin(condition);
-- each function of a parameter
PREPARE below (numeric) AS SELECT count(*) FROM c WHERE n < $1;
SET plan_cache_mode = force_generic_plan;
EXECUTE below (100);
EXECUTE below ('NaN');
EXECUTE below (NULL);
RESET plan_cache_mode;
-- what columns says
SELECT column_name, min, max, n_distinct, sum, sorted, max_length FROM columnar.columns('c');
SELECT (SELECT sum(p) FROM h) = sum AS same FROM columnar.columns('c') WHERE column_name = 'p';
CREATE TABLE s (up int, steps int8, down int2, same int, any_order int, large int8, some_null int, none int, ts timestamp, f float8, b bool,
	name text, word text, fixed uuid, list int[], price numeric(10, 3), mixed numeric, o oid) USING columnar;
INSERT INTO s SELECT i, i / 10, -i, 7, (i * 7919) % 5000, (i % 2 * 2 - 1) * 9223372036854775807, CASE WHEN i % 2 = 0 THEN i END, NULL,
	timestamp '2020-01-01' + i * interval '1 s', CASE WHEN i < 4999 THEN i / 8.0 ELSE 'NaN' END, i > 2500,
	lpad(i::text, 10, '0'), 'word ' || i % 7, lpad(to_hex(i), 32, '0')::uuid, ARRAY[i], i / 1000.0,
	CASE i % 3 WHEN 0 THEN i WHEN 1 THEN i::numeric(10, 2) ELSE -i / 1000.0 END, 4000000000 + i % 3
FROM generate_series(1, 5000) i;
SELECT column_name, n_distinct, sum, sorted, max_length FROM columnar.columns('s');
SELECT sum(up) AS up, sum(steps) AS steps, sum(down) AS down, sum(large) AS large, sum(some_null) AS some_null, sum(price) AS price, sum(mixed) AS mixed FROM s;
SELECT count(*) FROM columnar.verify('s');
-- another order in later stripes; a sum over one that has none
INSERT INTO s (up, down, price, name) SELECT 5000 - i, -6000 - i, CASE WHEN i = 5 THEN 'NaN' ELSE i::numeric END, 'x' || i FROM generate_series(1, 3000) i;
SELECT column_name, n_distinct, sum, sorted, max_length FROM columnar.columns('s') WHERE column_name IN ('up', 'down', 'price', 'name');
-- who may not see all rows learns nothing of values
CREATE ROLE z_reader;
GRANT SELECT ON s TO z_reader;
ALTER TABLE s ENABLE ROW LEVEL SECURITY;
SET ROLE z_reader;
SELECT count(*), count(n_nulls), count(min), count(n_distinct), count(sum), count(sorted), count(max_length) FROM columnar.columns('s');
RESET ROLE;
DROP TABLE h, c, s;
DROP FUNCTION twin;
DROP ROLE z_reader;
