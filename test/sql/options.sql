-- columnar.set_options: settings of one table, which follow it
CREATE TABLE o (id int, carrier text, ts int, big text, arr int[], at point) USING columnar WITH (autovacuum_enabled = off);
CREATE TABLE o_heap (id int) USING heap;
-- what is set, changed, taken back
TABLE columnar.options;
SELECT columnar.set_options('o', stripe_rows => 5000, codec => 'lz4');
SELECT columnar.set_options('o', sort_by => '{carrier,ts}', auto_compact => false, compact_min_rows => 10);
TABLE columnar.options;
SELECT columnar.set_options('o');
SELECT columnar.set_options('o', codec => 'zstd:9');
SELECT columnar.reset_options('o', 'auto_compact', 'compact_min_rows');
SELECT columnar.set_options('o', profile => 'small', columns => '{"id": {"encoding": "for"}, "big": {"codec": "zstd:1", "encoding": "block"}}');
TABLE columnar.options;
SELECT columnar.reset_options('o', 'profile', 'columns');
BEGIN;
SELECT columnar.reset_options('o');
TABLE columnar.options;
ROLLBACK;
TABLE columnar.options;
-- mistakes
SELECT columnar.set_options('o', stripe_rows => 1023);
SELECT columnar.set_options('o', stripe_rows => 131073);
SELECT columnar.set_options('o', codec => 'zip');
SELECT columnar.set_options('o', codec => 'zstd:0');
SELECT columnar.set_options('o', codec => 'zstd:20');
SELECT columnar.set_options('o', codec => 'zstd:3x');
SELECT columnar.set_options('o', compact_min_rows => 0);
SELECT columnar.set_options('o', sort_by => '{nix}');
SELECT columnar.set_options('o', sort_by => '{ctid}');
SELECT columnar.set_options('o', sort_by => '{ts,ts}');
SELECT columnar.set_options('o', sort_by => '{NULL}');
SELECT columnar.set_options('o', sort_by => '{at}');
SELECT columnar.set_options('o', profile => 'tiny');
SELECT columnar.set_options('o', columns => '[]');
SELECT columnar.set_options('o', columns => '{"id": "for"}');
SELECT columnar.set_options('o', columns => '{"nix": {}}');
SELECT columnar.set_options('o', columns => '{"id": {"nix": 1}}');
SELECT columnar.set_options('o', columns => '{"id": {"codec": "zip"}}');
SELECT columnar.set_options('o', columns => '{"id": {"encoding": "zip"}}');
SELECT columnar.set_options('o', columns => '{"id": {"encoding": ["for"]}}');
SELECT columnar.set_options('o', columns => '{"id": {"encoding": "fsst"}}');
SELECT columnar.set_options('o', columns => '{"id": {"encoding": "decimal"}}');
SELECT columnar.set_options('o', columns => '{"carrier": {"encoding": "delta"}}');
SELECT columnar.set_options('o_heap', stripe_rows => 5000);
SELECT columnar.set_options('columnar.options', stripe_rows => 5000);
SELECT columnar.set_options(NULL, stripe_rows => 5000);
SELECT columnar.reset_options('o', 'codec', 'nix');
SECURITY LABEL FOR columnar ON TABLE o IS 'nonsense';
SECURITY LABEL FOR columnar ON TABLE o IS '[]';
SECURITY LABEL FOR columnar ON TABLE o IS '{"nix": 1}';
SECURITY LABEL FOR columnar ON TABLE o IS '{"stripe_rows": "many"}';
SECURITY LABEL FOR columnar ON TABLE o IS '{"sort_by": "ts"}';
SECURITY LABEL FOR columnar ON TABLE o IS '{"auto_compact": 1}';
SECURITY LABEL FOR columnar ON COLUMN o.id IS '{}';
SECURITY LABEL FOR columnar ON SCHEMA public IS '{}';
TABLE columnar.options;
CREATE ROLE o_other;
GRANT ALL ON o TO o_other;
SET ROLE o_other;
SELECT columnar.set_options('o', codec => 'none');
SELECT columnar.reset_options('o');
TABLE columnar.options;
RESET ROLE;
-- rows of a stripe, and their order once they are compacted
INSERT INTO o SELECT i, 'c' || i * 7919 % 20, i * 7919 % 1000, repeat('x', i % 300), ARRAY[i], point(i, i) FROM generate_series(1, 22000) i;
SELECT state, max(n_rows), sum(n_rows) FROM columnar.stripes('o') GROUP BY 1;
CREATE TABLE o_copy AS SELECT id, carrier, ts, big, arr FROM o;
CREATE VIEW o_state AS
	SELECT (SELECT count(*) FROM (SELECT (carrier, ts) < lag((carrier, ts)) OVER (ORDER BY ctid) AS back FROM o WHERE ctid >= '(2147483648,0)') x WHERE back) AS steps_back,
		(SELECT count(*) FROM columnar.stripes('o') WHERE state = 'committed') AS stripes,
		(SELECT count(*) FROM ((SELECT id, carrier, ts, big, arr FROM o EXCEPT ALL TABLE o_copy) UNION ALL (TABLE o_copy EXCEPT ALL SELECT id, carrier, ts, big, arr FROM o)) d) AS differ,
		(SELECT count(*) FROM columnar.verify('o')) AS problems;
CREATE INDEX o_id ON o (id);
SELECT steps_back > 10000 AS unordered, stripes, differ, problems FROM o_state;
CALL columnar.compact('o');
SELECT * FROM o_state;
-- in order already: left alone
SELECT min(first_row) AS first FROM columnar.stripes('o') WHERE state = 'committed' \gset
CALL columnar.compact('o');
SELECT min(first_row) = :first AS same FROM columnar.stripes('o') WHERE state = 'committed';
SET enable_seqscan = off;
SET columnar.enable_scan = off;
SELECT count(*), sum(ts) FROM generate_series(1, 22000, 7) i, LATERAL (SELECT ts FROM o WHERE id = i OFFSET 0) o;
SELECT count(*), sum(ts) FROM o_copy WHERE id % 7 = 1;
RESET enable_seqscan;
RESET columnar.enable_scan;
-- large values, NULLs, and rows of the row store among them
INSERT INTO o SELECT i, CASE WHEN i % 3 > 0 THEN 'c' || i * 7919 % 20 END, i * 7919 % 1000, CASE WHEN i % 100 = 0 THEN (SELECT string_agg(md5((n * i)::text), '') FROM generate_series(1, 500) n) END FROM generate_series(30001, 33000) i;
INSERT INTO o_copy SELECT id, carrier, ts, big, arr FROM o WHERE id > 30000;
CALL columnar.compact('o');
SELECT stripes, differ, problems FROM o_state;
-- the whole table in one order
VACUUM FULL o;
SELECT steps_back, differ, problems FROM o_state;
-- by an index, as asked
CLUSTER o USING o_id;
SELECT count(*) FROM (SELECT id < lag(id) OVER (ORDER BY ctid) AS back FROM o) x WHERE back;
SELECT stripes, differ, problems FROM o_state;
DROP VIEW o_state;
CREATE VIEW o_fresh AS SELECT max(n_rows) FROM columnar.stripes('o') WHERE state = 'committed';
-- options outlive rewrites, and rewrites go by them
ALTER TABLE o ALTER id TYPE bigint;
SELECT * FROM o_fresh;
TRUNCATE o;
INSERT INTO o SELECT i, 'c', i FROM generate_series(1, 12000) i;
SELECT * FROM o_fresh;
TABLE columnar.options;
-- columns that are renamed, dropped, of another type
ALTER TABLE o RENAME carrier TO "The ""carrier""";
ALTER TABLE o RENAME TO "O";
TABLE columnar.options;
ALTER TABLE "O" DROP ts;
CALL columnar.compact('"O"');
SELECT count(*), min(id), max(id) FROM "O";
ALTER TABLE "O" DROP "The ""carrier""";
CALL columnar.compact('"O"');
VACUUM FULL "O";
SELECT count(*), min(id), max(id) FROM "O";
SELECT columnar.set_options('"O"', stripe_rows => 6000);
SELECT columnar.set_options('"O"', sort_by => '{arr}');
ALTER TABLE "O" ALTER arr TYPE point USING at;
CALL columnar.compact('"O"');
SELECT count(*), min(id), max(id) FROM "O";
SELECT columnar.set_options('"O"', sort_by => '{id}', stripe_rows => 6000);
-- the name of a dropped column comes back
CREATE TABLE o_names (a int, b int, c int, d text) USING columnar;
SELECT columnar.set_options('o_names', sort_by => '{a,b}', columns => '{"a": {"codec": "lz4"}, "b": {"codec": "none", "encoding": "for"}, "codec": {}}');
ALTER TABLE o_names ADD codec int;
SELECT columnar.set_options('o_names', sort_by => '{a,b}', columns => '{"a": {"codec": "lz4"}, "b": {"codec": "none", "encoding": "for"}, "codec": {}}');
ALTER TABLE o_names DROP a;
ALTER TABLE o_names RENAME b TO a;
SELECT * FROM columnar.options WHERE "table" = 'o_names'::regclass \gx
INSERT INTO o_names SELECT -i, i, i::text FROM generate_series(1, 20000) i;
CALL columnar.compact('o_names');
SELECT a FROM o_names LIMIT 1;
ALTER TABLE o_names ALTER a TYPE text USING a::text;
SELECT count(*), min(a) FROM o_names;
DROP TABLE o_names;
-- codecs of columns and profiles, also when rows are rewritten
CREATE TABLE o_codecs AS SELECT repeat(md5(i::text), 3) a, repeat(md5(i::text), 3) b, repeat(md5(i::text), 3) c FROM generate_series(1, 20000) i;
CREATE TABLE o_codec (LIKE o_codecs) USING columnar;
CREATE VIEW o_codec_state AS SELECT column_name, ARRAY(SELECT DISTINCT split_part(e, '/', 2) FROM unnest(encodings) e) AS codecs FROM columnar.columns('o_codec');
SELECT columnar.set_options('o_codec', codec => 'none', columns => '{"b": {"codec": "lz4"}, "c": {"codec": "zstd:9"}}');
INSERT INTO o_codec TABLE o_codecs;
TABLE o_codec_state;
CALL columnar.compact('o_codec');
TABLE o_codec_state;
SELECT columnar.set_options('o_codec', columns => '{"a": {"codec": "lz4"}}');
VACUUM FULL o_codec;
TABLE o_codec_state;
SELECT columnar.reset_options('o_codec');
SELECT columnar.set_options('o_codec', profile => 'fast');
VACUUM FULL o_codec;
TABLE o_codec_state;
SELECT columnar.set_options('o_codec', profile => 'small');
ALTER TABLE o_codec ALTER c TYPE varchar(200);
TABLE o_codec_state;
SELECT count(*) FROM (TABLE o_codec EXCEPT TABLE o_codecs) d;
DROP VIEW o_codec_state;
DROP TABLE o_codecs, o_codec;
-- LIKE: with its storage
CREATE TABLE o_like (LIKE "O" INCLUDING STORAGE) USING columnar;
CREATE TABLE o_all (id2 int, LIKE "O" INCLUDING ALL) USING columnar;
CREATE TABLE o_not (LIKE "O" INCLUDING ALL EXCLUDING STORAGE) USING columnar;
CREATE TABLE o_bare (LIKE "O") USING columnar;
CREATE TABLE IF NOT EXISTS o_bare (LIKE "O" INCLUDING ALL) USING columnar;
TABLE columnar.options ORDER BY 1;
BEGIN;
CREATE TABLE o_gone (LIKE "O" INCLUDING ALL) USING columnar;
SAVEPOINT s;
CREATE TABLE o_gone (LIKE "O" INCLUDING ALL) USING columnar;
ROLLBACK TO s;
CREATE TABLE o_too (LIKE o_like INCLUDING ALL) USING columnar;
SELECT count(*) FROM columnar.options;
ROLLBACK;
-- a session that does not know columnar yet
\c -
CREATE TABLE o_first (LIKE "O" INCLUDING ALL) USING columnar;
\c -
CREATE TABLE o_parted (id int, k int, v text) PARTITION BY RANGE (id);
SECURITY LABEL FOR columnar ON TABLE o_parted IS '{"stripe_rows": 2000}';
TABLE columnar.options ORDER BY 1;
-- DROP takes them along
DROP TABLE "O", o_like, o_all, o_not, o_bare, o_first CASCADE;
TABLE columnar.options;
-- partitions have their parents', as far as they have none of their own
CREATE TABLE o_1 PARTITION OF o_parted FOR VALUES FROM (0) TO (10000) USING columnar;
CREATE TABLE o_2 PARTITION OF o_parted FOR VALUES FROM (10000) TO (20000) PARTITION BY LIST (k);
CREATE TABLE o_2_1 PARTITION OF o_2 FOR VALUES IN (1) USING columnar;
CREATE TABLE o_2_2 PARTITION OF o_2 DEFAULT USING columnar;
SELECT columnar.set_options('o_parted', sort_by => '{v}');
SELECT columnar.set_options('o_2', stripe_rows => 3000);
SELECT columnar.set_options('o_2_2', sort_by => '{}', auto_compact => true);
INSERT INTO o_parted SELECT i, i % 2, 'v' || i * 7 % 10000 FROM generate_series(0, 19999) i;
CALL columnar.compact('o_parted');
SELECT p, (SELECT max(n_rows) FROM columnar.stripes(p) WHERE state = 'committed') FROM unnest('{o_1,o_2_1,o_2_2}'::regclass[]) p;
SELECT tableoid::regclass, count(*) < 10 AS ordered FROM (SELECT tableoid, v < lag(v) OVER (PARTITION BY tableoid ORDER BY ctid) AS back FROM o_parted WHERE ctid >= '(2147483648,0)') x WHERE back GROUP BY 1 ORDER BY 1;
TABLE columnar.options ORDER BY 1;
ALTER TABLE o_parted RENAME v TO w;
ALTER TABLE o_parted DETACH PARTITION o_1;
TABLE columnar.options ORDER BY 1;
TRUNCATE o_1;
INSERT INTO o_1 SELECT i, i % 2, 'v' || i FROM generate_series(0, 9999) i;
SELECT max(n_rows) FROM columnar.stripes('o_1');
DROP TABLE o_1, o_parted, o_copy, o_heap;
DROP ROLE o_other;
TABLE columnar.options;
