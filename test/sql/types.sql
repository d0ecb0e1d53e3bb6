-- every kind of type against a heap twin: in stripes, in the row store, in both
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (x int, y text);
CREATE DOMAIN posint AS int CHECK (value > 0);
CREATE TABLE twin (
	id int, b bool, c "char", i2 int2, i4 int4, i8 int8, f4 float4, f8 float8,
	n numeric, n2 numeric(12, 2), m money, t text, vc varchar(40), bc char(12),
	nm name, by bytea, d date, ti time, tz timetz, ts timestamp, tstz timestamptz,
	iv interval, u uuid, inet inet, cidr cidr, mac macaddr, mac8 macaddr8,
	bt bit(5), vb varbit, p point, ls lseg, bx box, pa path, po polygon, ci circle,
	j json, jb jsonb, x xml, tsv tsvector, tsq tsquery, ia int[], ta text[][],
	r int4range, nr numrange, mr int4multirange, e mood, pr pair, pra pair[], dm posint,
	o oid, rc regclass, pl pg_lsn, xid xid, tid tid);
INSERT INTO twin SELECT
	i, i % 3 = 0, chr(32 + i % 90)::"char", i % 32768 - 16384, i * 1000 - 5000000,
	i::int8 * 1000000007 - 9000000000, (i / 7.0)::float4,
	CASE i % 1000 WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' WHEN 3 THEN '-Infinity' WHEN 4 THEN '-0'
		ELSE sqrt(i) END::float8,
	CASE i % 1000 WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity' ELSE (i * 1.37)::numeric END,
	i / 100.0, (i / 100.0)::numeric::money, 'text ' || i % 700, repeat('v', i % 40), 'c' || i % 50,
	'name' || i % 100, decode(md5(i::text), 'hex'), date '2000-01-01' + i % 5000,
	time '00:00' + i * interval '1 second', timetz '00:00+02' + i * interval '1 second',
	CASE i % 1000 WHEN 5 THEN 'infinity' WHEN 6 THEN '-infinity'
		ELSE timestamp '2020-01-01' + i * interval '1 minute' END,
	timestamptz '2020-01-01 00:00+00' + i * interval '1 hour',
	i * interval '1 day 2 hours', md5(i::text)::uuid, inet '10.0.0.0' + i, '10.1.0.0/16',
	'08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', (i % 32)::bit(5), (i % 1000)::bit(10)::varbit,
	point(i, -i), lseg(point(i, 0), point(0, i)), box(point(0, 0), point(i, i)),
	path(polygon(box(point(0, 0), point(i, 1)))), polygon(box(point(0, 0), point(1, i))),
	circle(point(i, i), 2), json_build_object('i', i), jsonb_build_object('i', i, 'a', ARRAY[i, i + 1]),
	xmlparse(content '<a>' || i || '</a>'), to_tsvector('simple', 'word' || i % 20 || ' and'),
	to_tsquery('simple', 'word' || i % 20), ARRAY[i, NULL, i % 5], ARRAY[ARRAY['a', i::text], ARRAY['b', NULL]],
	int4range(i, i + 10), numrange(i, NULL), int4multirange(int4range(i, i + 1), int4range(i + 5, i + 6)),
	(ARRAY['sad', 'ok', 'happy'])[1 + i % 3]::mood, ROW(i, 'y' || i)::pair, ARRAY[ROW(i, NULL)::pair],
	i, i, 'pg_class', '0/1'::pg_lsn + i, i::text::xid, ('(' || i || ',1)')::tid
FROM generate_series(1, 6000) i;
-- rows of NULLs, alone and in runs
INSERT INTO twin (id) SELECT generate_series(6001, 6050);
INSERT INTO twin SELECT * FROM twin WHERE id <= 1500;

CREATE TABLE in_stripes (LIKE twin) USING columnar;
SET columnar.stripe_all = on;
SET columnar.stripe_rows = 3000;
INSERT INTO in_stripes SELECT * FROM twin;
RESET columnar.stripe_all;
RESET columnar.stripe_rows;
CREATE TABLE in_rows (LIKE twin) USING columnar;
INSERT INTO in_rows SELECT * FROM twin LIMIT 4000;
INSERT INTO in_rows SELECT * FROM twin OFFSET 4000;
CREATE TABLE in_both (LIKE twin) USING columnar;
INSERT INTO in_both SELECT * FROM twin;
SELECT (SELECT sum(n_rows) FROM columnar.stripes('in_stripes')) AS in_stripes,
	(SELECT count(*) FROM columnar.stripes('in_rows')) AS in_rows,
	(SELECT sum(n_rows) FROM columnar.stripes('in_both')) AS in_both;

-- row by row, bit by bit, as a record on disk is
CREATE FUNCTION images(t regclass, OUT n bigint, OUT hash text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SELECT count(*), md5(string_agg(md5(x::text), '''' ORDER BY id, md5(x::text))) FROM %s x', t)
		INTO n, hash;
END $$;
SELECT w = s AS stripes, w = r AS rows, w = b AS both
	FROM images('twin') w, images('in_stripes') s, images('in_rows') r, images('in_both') b;
SELECT count(*) FROM twin;
SELECT count(*) FROM in_stripes s JOIN twin w ON s.id = w.id AND record_image_eq(s, w) WHERE w.id > 1500;

-- column by column: sum of hashes, as each is decoded alone
CREATE FUNCTION differing(a regclass, b regclass) RETURNS SETOF name LANGUAGE plpgsql AS $$
DECLARE
	c name;
	same bool;
BEGIN
	FOR c IN SELECT attname FROM pg_attribute WHERE attrelid = a AND attnum > 0 LOOP
		EXECUTE format('SELECT (SELECT (count(%1$I), sum(hashtext(%1$I::text))) FROM %2$s) =
			(SELECT (count(%1$I), sum(hashtext(%1$I::text))) FROM %3$s)', c, a, b) INTO same;
		IF NOT same THEN
			RETURN NEXT c;
		END IF;
	END LOOP;
END $$;
SELECT differing('twin', 'in_stripes');
SELECT differing('twin', 'in_rows');
SELECT differing('twin', 'in_both');

-- by every codec
SET columnar.codec = lz4;
CREATE TABLE lz4 (LIKE twin) USING columnar;
INSERT INTO lz4 SELECT * FROM twin;
SET columnar.codec = none;
CREATE TABLE plain (LIKE twin) USING columnar;
INSERT INTO plain SELECT * FROM twin;
RESET columnar.codec;
SELECT differing('twin', 'lz4');
SELECT differing('twin', 'plain');
SELECT differing('twin', 'in_stripes');

-- large values: toasted, compressed, 4 MB; stripes hold them plain
CREATE TABLE large (id int, t text, b bytea) USING heap;
INSERT INTO large SELECT i, string_agg(md5((i * j)::text), ''), decode(repeat(md5(i::text), i * 100), 'hex')
	FROM generate_series(1, 40) i, generate_series(1, 200) j GROUP BY i;
INSERT INTO large VALUES (41, repeat('wide', 1000000), NULL), (42, '', ''), (43, NULL, '\x00');
ALTER TABLE large ALTER b SET STORAGE EXTERNAL;
INSERT INTO large SELECT id + 100, t, b FROM large;
SET columnar.stripe_all = on;
CREATE TABLE large_c USING columnar AS TABLE large;
RESET columnar.stripe_all;
SELECT count(*), sum(length(t)), sum(length(b)) FROM large_c;
SELECT count(*) FROM large l JOIN large_c c ON l.id = c.id
	AND l.t IS NOT DISTINCT FROM c.t AND l.b IS NOT DISTINCT FROM c.b;
TRUNCATE large;
SELECT count(*), sum(length(t)), sum(length(b)) FROM large_c;

DROP TABLE twin, in_stripes, in_rows, in_both, lz4, plain, large, large_c;
DROP FUNCTION images, differing;
DROP TYPE mood, pair CASCADE;
DROP DOMAIN posint;
