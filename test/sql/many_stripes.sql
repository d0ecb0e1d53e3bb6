-- Many small stripes: what a selective query reads of the file.
CREATE TABLE s (id int, a int, b text, c float8, d int) USING columnar;
SET columnar.stripe_rows = 1024;
SET columnar.stripe_all = on;
INSERT INTO s SELECT i, i % 100, md5(i::text), i, 1 FROM generate_series(1, 2048000) i;
RESET columnar.stripe_rows;
RESET columnar.stripe_all;
SELECT count(*) AS stripes FROM columnar.stripes('s');
VACUUM ANALYZE s;
SET max_parallel_workers_per_gather = 0;
CREATE FUNCTION share(query text, OUT rows bigint, OUT under_2_percent bool) LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE query INTO rows;
	EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT json) ' || query INTO plan;
	under_2_percent := (plan->0->'Plan'->>'Shared Hit Blocks')::int + (plan->0->'Plan'->>'Shared Read Blocks')::int
		< 0.02 * pg_relation_size('s') / current_setting('block_size')::int;
END $$;
SELECT * FROM share('SELECT count(*) FROM s WHERE id BETWEEN 1000000 AND 1002000');
SELECT * FROM share('SELECT count(*) FROM s WHERE c = 77 AND id < 5000');
SELECT * FROM share('SELECT count(*) FROM s WHERE id < 0');
SET columnar.enable_zone_maps = off;
SELECT * FROM share('SELECT count(*) FROM s WHERE id < 0');
DROP TABLE s;
DROP FUNCTION share;
