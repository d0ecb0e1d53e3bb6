-- Texts computed a vector at a time: each function and each pattern gives what it gives
-- of a heap twin, in stripes with and without dictionaries, in the row store, and marked.
SET columnar.stripe_rows = 4096;
CREATE TABLE h (id int, u text, d text, c text COLLATE "C", icu text COLLATE "en-x-icu", tr text COLLATE "tr-x-icu", bp char(8), n int, p text, w text);
INSERT INTO h
SELECT i, repeat(md5(i::text), i % 11) || x || md5((i * 7)::text) || CASE WHEN i % 13 = 0 THEN repeat('ä', i % 70) ELSE '' END, x, x || i % 100,
  initcap(x) || i % 50, upper(x) || 'I', left(x, 6), i % 9 - 3, (ARRAY['a', 'ä', '.', ' ', '', 'xa'])[1 + i % 6],
  CASE i % 2 WHEN 0 THEN (ARRAY['http://', 'https://', 'ftp://', 'http:/'])[1 + i % 3 + i / 7 % 2] || (ARRAY['www.', 'www', '', 'www.www.', 'w'])[1 + i / 3 % 5] || (ARRAY['a.de', 'www.', 'ä☃', '', E'n\n'])[1 + i / 5 % 5] || (ARRAY['/', '/x/y?z', '', '//'])[1 + i / 11 % 4]
    ELSE translate(left(md5(i::text), i % 7), '0123456789abcdef', 'aabbbw/.ww-äaab/') END
FROM generate_series(1, 12000) i,
  LATERAL (SELECT (ARRAY['alpha', 'BETA beta', 'a%b_c\d', E'line\nline', '', ' blanks  ', 'äöüß', 'Ä', 'ÄäÄ', '☃ snow ☃', '𝄞𝄞', 'xxabxabcxxabcd', 'İstanbul ı', 'ǅ', 'www.example.com/a/b', 'ab', 'aab', E'\\', 'ΑΣ σας'])[1 + hashint4(i) % 19 + CASE WHEN hashint4(i) < 0 THEN 18 ELSE 0 END] AS x) x;
UPDATE h SET u = NULL WHERE id % 17 = 5;
UPDATE h SET d = NULL WHERE id % 19 = 5;
UPDATE h SET c = NULL, n = NULL WHERE id % 23 = 5;
CREATE TABLE c (LIKE h) USING columnar;
SET columnar.bulk_rows = 500;
INSERT INTO c SELECT * FROM h WHERE id <= 9000 ORDER BY id;
RESET columnar.bulk_rows;
INSERT INTO c SELECT * FROM h WHERE id > 9000;
DELETE FROM h WHERE id % 50 = 7 OR id BETWEEN 6000 AND 7100;
DELETE FROM c WHERE id % 50 = 7 OR id BETWEEN 6000 AND 7100;
ANALYZE h, c;

CREATE FUNCTION answer(name text, kind text, asked text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
BEGIN
  EXECUTE format(CASE kind WHEN 'text' THEN 'SELECT concat(count(%2$s), '' '', sum(hashtext(%2$s)), '' '', sum(octet_length(%2$s))) FROM %1$I'
    WHEN 'int' THEN 'SELECT concat(count(%2$s), '' '', sum(%2$s), '' '', min(%2$s), '' '', max(%2$s)) FROM %1$I'
    ELSE 'SELECT concat(count(*), '' '', sum(id)) FROM %1$I WHERE %2$s' END, name, asked) INTO answer;
  RETURN answer;
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate || ' ' || sqlerrm;
END $$;
-- Do kernels compute the condition?
CREATE FUNCTION by_kernels(asked text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) SELECT * FROM c WHERE ' || asked LOOP
    IF line ~ 'Vector Filter' THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END $$;
CREATE TABLE asked (n serial, kind text, asked text, heap text);
INSERT INTO asked (kind, asked) SELECT 'bool', replace(replace(pattern, '~~', '@ ' || op), '@', x) FROM unnest(ARRAY['u', 'd', 'c', 'bp']) x, unnest(ARRAY['like', 'not like']) op, unnest(ARRAY[
  '~~ ''%ab%''', '~~ ''ab%''', '~~ ''%ab''', '~~ ''a%b''', '~~ ''%a%b%c%''', '~~ ''''', '~~ ''%''', '~~ ''_''', '~~ ''__''', '~~ ''%_''', '~~ ''_%''', '~~ ''%__%__%''', '~~ ''%a_c%''', '~~ ''_ab%''', '~~ ''%a_''', '~~ ''%_b_''', '~~ ''%a_%_d''', '~~ ''a_b_c_d''',
  '~~ ''%\%%''', '~~ ''%\_c\\%''', '~~ ''%a_b%''', '~~ ''_ö_ß''', '~~ ''%ä_''', '~~ ''_snow%''', '~~ ''%_snow__''', '~~ ''__''', '~~ ''%x_ab_xx%''', '~~ ''%xx_b%''', '~~ ''%ab__''', '~~ ''%𝄞''', '~~ ''\a%''', '~~ ''\'' and id = 3', '~~ ''a\''', '~~ p', '~~ null', '~~ ''%a\b%''', '~~ ''%e_na%''']) pattern;
INSERT INTO asked (kind, asked) SELECT 'bool', replace(replace(pattern, '@', x), '$$', '@') FROM unnest(ARRAY['u', 'd', 'c', 'icu', 'tr']) x, unnest(ARRAY[
  '@ ilike ''BETA%''', '@ ilike ''%i%''', '@ ilike ''%I''', '@ not ilike ''%Ä%''', '@ ilike ''%a_B%''', '@ ilike ''ΑΣ%''', '@ ilike ''%\%B%''', '@ ilike ''%\''', 'starts_with(@, ''ab'')', '@ ^$$ ''ä''', '@ ^$$ ''''', '@ ^$$ p',
  '@ ~ ''ab''', '@ !~ ''ab''', '@ ~ ''^ab''', '@ ~ ''ab$''', '@ ~ ''^ab$''', '@ ~ ''a.c''', '@ ~ ''^.$''', '@ ~ ''a.*b''', '@ ~ ''^a.+b$''', '@ ~ ''''', '@ ~ ''^''', '@ ~ ''$''', '@ ~ ''^$''', '@ ~ ''line.line''', '@ ~ ''a|b''', '@ ~ ''^(a|b)''', '@ ~ ''ab*''', '@ ~ ''ä?''', '@ ~ ''a{2}''', '@ ~ ''.{9}''', '@ ~ ''a.*?b''', '@ ~ ''***=a%'' ', '@ ~ ''\''', '@ ~ ''['' ', '@ ~* ''BETA''', '@ ~ p']) pattern;
INSERT INTO asked (kind, asked) SELECT 'text', replace(replace(f, '@', x), '#', number) FROM unnest(ARRAY['u', 'd', 'c']) x, unnest(ARRAY['left(@, #)', 'right(@, #)', 'substr(@, #)', 'substring(@ from #)', 'substr(@, #, 3)', 'substr(@, 2, #)', 'substring(@ from # for 12)', 'split_part(@, ''a'', #)', 'split_part(@, ''xab'', #)', 'split_part(@, '''', #)', 'split_part(@, p, #)']) f,
  unnest(ARRAY['0', '1', '2', '40', '-1', '-3', '2147483647', '-2147483648', 'n', 'null']) number;
INSERT INTO asked (kind, asked) SELECT kind, replace(f, '@', x) FROM unnest(ARRAY['u', 'd', 'c', 'icu', 'tr']) x, (VALUES
  ('text', 'upper(@)'), ('text', 'lower(@)'), ('text', 'initcap(@)'), ('text', '@ || p'), ('text', 'p || ''x'' || @'), ('text', '@ || null'), ('text', 'concat(@, p)'), ('text', 'concat(@)'), ('text', 'concat(p, null, @, ''x'')'), ('text', 'concat(@, n)'), ('text', 'concat_ws(''-'', @, p)'),
  ('text', 'btrim(@)'), ('text', 'ltrim(@)'), ('text', 'rtrim(@)'), ('text', 'btrim(@, ''ab%'')'), ('text', 'ltrim(@, ''Ää'')'), ('text', 'rtrim(@, ''c/'')'), ('text', 'trim(both p from @)'), ('text', 'trim(@, '''')'),
  ('text', 'replace(@, ''a'', ''bbb'')'), ('text', 'replace(@, ''ab'', '''')'), ('text', 'replace(@, '''', ''x'')'), ('text', 'replace(@, ''ä'', p)'), ('text', 'replace(@, p, ''☃'')'), ('text', 'reverse(@)'), ('text', 'lpad(@, 5, ''ä'')'), ('text', 'repeat(@, 2)'), ('text', 'md5(@)'), ('text', 'regexp_replace(@, ''a(.)'', ''\1'')'), ('text', 'left(upper(@), 3)'), ('text', 'upper(left(@, 3)) || lower(right(@, 2))'),
  ('int', 'length(@)'), ('int', 'octet_length(@)'), ('int', 'strpos(@, ''ab'')'), ('int', 'position(''ä'' in @)'), ('int', 'strpos(@, '''')'), ('int', 'strpos(@, p)'), ('int', 'strpos(''xxä'', @)'), ('int', 'ascii(@)'), ('int', 'length(@ || p)'), ('int', 'length(left(@, n))'),
  ('bool', 'upper(@) = ''ALPHA'''), ('bool', 'strpos(@, ''ab'') > 2'), ('bool', 'left(@, 2) in (''ab'', ''al'')'), ('bool', 'right(@, 1) > ''b'''), ('bool', 'length(@) between 3 and 5'), ('bool', 'id = 3 and substr(@, 1, -1) = ''a'''), ('bool', 'lower(@) like ''%i%''')) f(kind, f);
INSERT INTO asked (kind, asked) SELECT * FROM (VALUES ('int', 'length(bp)'), ('int', 'octet_length(bp)'), ('text', 'bp::text'), ('text', 'bp || d'), ('text', 'upper(bp)'), ('bool', 'bp ilike ''A%'''), ('bool', 'bp::text = ''ab'''), ('bool', 'bp = ''ab'''), ('bool', 'bp = ''ab  ''::char(8)'), ('bool', 'bp <> ''ab'''), ('bool', 'bp < ''b'''), ('bool', 'bp collate "C" >= ''ab '''), ('bool', 'bp collate "C" > ''ab'''), ('bool', 'bp collate "C" < ''a'' || chr(9)'), ('bool', 'bp = p::char(3)'), ('bool', 'bp in (''ab'', ''alpha'', '' ab '', null)'), ('bool', 'bp not in (''ab'', ''alpha '')'),
  ('text', 'greatest(c, p collate "C")'), ('text', 'least(c, ''b'', p)'), ('text', 'greatest(d, u)'), ('text', 'greatest(c, null, upper(c))'), ('text', 'greatest(bp, ''ab''::char(3)) || ''|'''), ('text', 'least(bp collate "C", ''ab''::char(3), ''ab '')::text || ''|'''), ('text', 'least(md5(c)::uuid, md5(d)::uuid)::text')) x;
INSERT INTO asked (kind, asked) SELECT 'text', format('regexp_replace(w, %L, %L)', regex, by) FROM unnest(ARRAY['<\2|\1>', 'x\\y\\&\9\0\']) by,
  unnest(ARRAY['^https?://(?:www\.)?([^/]+)/.*$', '^(?:www)?(w*)$', '^(?:w)?(w*)(b?)$', '^(a*)(b*)$', '^a*(b+)(.*)$', '^([ab]+)/([^/]*)/?$', '^(w?)w$', '^(a?)(?:ab)?([ab]+)$', '^(?:ab)?(?:a)?([ab]+)$', '^(?:ab)?a?([ab]+)$', '^(.+)/(.+)$', '^(.)(.*)$', '^(ä*)(.*)$', '^(ä)(.*)$', '^$', '^.*$', '^(?:ab)(.*)$', '^()a$', '^((a)b)$', '^a|b$', '^a{2}$', '^a+?(.*)$', '^[a-w]+([.-])?$', '^([a-w]+)([/.-].*)$', '^([^-/]+)-([^/]*)$', '^\w+$', '^([[:alpha:]]+)(.*)$', '(a+)', '^a', 'b$', '^(?:a*)b$', '^(?:(a))b$', '^\.(.*)$', '^(?:a\.)?(.*)$', '^(?:\.)?(?:/)?(b*)$', '^(?i)A$', '^(a)\1$', '^[^ab](.*)$', '^[]a](.*)$', '^a(', '^([^/]+)(?:/)?([^/]*)$']) regex;
UPDATE asked SET heap = answer('h', kind, asked);
SET max_parallel_workers_per_gather = 0;
CREATE VIEW wrong AS SELECT n, kind, asked, heap, answer('c', kind, asked) AS columnar FROM asked WHERE heap <> answer('c', kind, asked);
SELECT count(*), count(*) FILTER (WHERE kind = 'bool' AND heap <> '0 ') AS some_rows FROM asked;
SELECT heap COLLATE "C" AS error, count(*) FROM asked WHERE heap ~ '^[0-9A-Z]{5} [a-zA-Z]' GROUP BY 1 ORDER BY 1;
SELECT asked, by_kernels(asked) FROM asked WHERE kind = 'bool' AND asked !~ '^(c|icu|bp|u|tr) |not like|[(](c|icu|tr|u)' AND heap !~ '^[0-9A-Z]{5} [a-zA-Z]' ORDER BY n;
SELECT * FROM wrong;
SELECT level FROM unnest(ARRAY['scalar','sse2','avx2','avx512']) level
WHERE set_config('columnar.simd_level', level, false) IS NOT NULL AND EXISTS (SELECT 1 FROM wrong);
RESET columnar.simd_level;
SET columnar.enable_vectors = off;
SELECT * FROM wrong;
RESET columnar.enable_vectors;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT * FROM wrong;
DROP VIEW wrong;
DROP TABLE h, c, asked;
DROP FUNCTION answer, by_kernels;

RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;

-- encodings in which bytes of characters may be others' too, and of one byte
SELECT current_database() AS before \gset
CREATE DATABASE regress_eucjp ENCODING 'EUC_JP' LOCALE 'C' TEMPLATE template0;
CREATE DATABASE regress_latin1 ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0;
\c regress_eucjp
SET client_min_messages = warning;
SET client_encoding = 'UTF8';
CREATE EXTENSION columnar;
CREATE TABLE t (id int, x text) USING columnar;
SET columnar.bulk_rows = 100;
INSERT INTO t SELECT i, CASE i % 3 WHEN 0 THEN 'ああいい' WHEN 1 THEN 'abc日本' ELSE '日本語' END || i % 500 FROM generate_series(1, 3000) i;
CREATE TABLE h AS SELECT * FROM t;
-- the second byte of one and the first of the next character: no character of the text
SELECT count(*) FROM t WHERE x LIKE '%' || convert_from('\xa2a4', 'EUC_JP') || '%';
SELECT asked, by_t = by_h AS same FROM unnest(ARRAY['length(x)', 'octet_length(x)', 'strpos(x, ''本'')', 'hashtext(left(x, 3))', 'hashtext(right(x, 2))', 'hashtext(upper(x))', 'hashtext(replace(x, ''い'', ''b''))', '(x like ''%本_'')::int', '(x like ''_本%'')::int', '(x ilike ''AB%'')::int', '(x ~ ''本'')::int', 'strpos(x, convert_from(''\xa2a4'', ''EUC_JP''))', 'hashtext(btrim(x, ''日''))', 'hashtext(split_part(x, ''本'', 1))']) asked,
  LATERAL (SELECT (xpath('/row/s/text()', query_to_xml('select sum(' || asked || ') as s from t', true, true, '')))[1]::text AS by_t) a,
  LATERAL (SELECT (xpath('/row/s/text()', query_to_xml('select sum(' || asked || ') as s from h', true, true, '')))[1]::text AS by_h) b;
\c regress_latin1
SET client_min_messages = warning;
SET client_encoding = 'UTF8';
CREATE EXTENSION columnar;
CREATE TABLE t (id int, x text) USING columnar;
SET columnar.bulk_rows = 100;
INSERT INTO t SELECT i, (ARRAY['äöü', 'ABC', 'Ä_b', ''])[1 + i % 4] || i % 500 FROM generate_series(1, 3000) i;
CREATE TABLE h AS SELECT * FROM t;
SELECT asked, by_t = by_h AS same FROM unnest(ARRAY['length(x)', 'strpos(x, ''ö'')', 'hashtext(left(x, 3))', 'hashtext(right(x, -1))', 'hashtext(upper(x))', 'hashtext(lower(x))', 'hashtext(replace(x, ''ö'', ''b''))', '(x like ''_ö_%'')::int', '(x ilike ''a_c%'')::int', '(x ilike ''Ä%'')::int', '(x ~ ''^.ö'')::int']) asked,
  LATERAL (SELECT (xpath('/row/s/text()', query_to_xml('select sum(' || asked || ') as s from t', true, true, '')))[1]::text AS by_t) a,
  LATERAL (SELECT (xpath('/row/s/text()', query_to_xml('select sum(' || asked || ') as s from h', true, true, '')))[1]::text AS by_h) b;
\c :"before"
DROP DATABASE regress_eucjp;
DROP DATABASE regress_latin1;
