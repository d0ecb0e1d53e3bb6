-- a file that is loaded by several processes is what COPY makes of it
SELECT current_setting('data_directory') || '/load.' AS file \gset
\set text :file text
\set csv :file csv
CREATE TABLE source AS
SELECT i AS id, i * 1.5::float8 AS f, CASE WHEN i % 7 > 0 THEN 'text ' || i % 1000 END AS t,
	CASE i % 50 WHEN 0 THEN E'a "quoted"\nline' WHEN 1 THEN E'tab\t and \\ and \\.' WHEN 2 THEN E'\r\n'
		WHEN 3 THEN E'\\\n' ELSE repeat('x', i % 9) END AS q,
	timestamptz '2024-01-01 00:00 UTC' + i * interval '1 s' AS at
FROM generate_series(1, 20000) i;
COPY source TO :'text';
COPY source TO :'csv' (FORMAT csv, HEADER);
CREATE TABLE l (LIKE source) USING columnar;
SELECT columnar.set_options('l', stripe_rows => 1024);
SELECT columnar.load('l', :'text');
SELECT count(*), count(DISTINCT id) FROM l;
(TABLE l EXCEPT ALL TABLE source) UNION ALL (TABLE source EXCEPT ALL TABLE l);
-- stripes are in the order of the file
SELECT count(*), min(n_rows), max(n_rows) FROM columnar.stripes('l');
SELECT count(*) FROM (SELECT id, lag(id) OVER (ORDER BY ctid) AS before FROM l) x WHERE id <> before + 1;
TRUNCATE l;
SELECT columnar.load('l', :'csv', options => 'FORMAT csv, HEADER');
(TABLE l EXCEPT ALL TABLE source) UNION ALL (TABLE source EXCEPT ALL TABLE l);
SELECT count(*) FROM columnar.stripes('l');
SELECT * FROM columnar.verify('l');
DROP TABLE l, source;
