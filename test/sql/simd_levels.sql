-- every level of instructions writes the same bytes and reads those of the others;
-- what this machine has is not shown
SELECT level = levels[cardinality(levels)] AS best, levels[1] AS first,
	level = ANY (levels) AS known, features IS NOT NULL AS features
FROM columnar.cpu();
SET columnar.simd_level = scalar;
SELECT level FROM columnar.cpu();
SET columnar.simd_level = auto;
SELECT level = levels[cardinality(levels)] AS best FROM columnar.cpu();
-- a level that is not this CPU's is the best one
SELECT CASE WHEN 'neon' = ANY (levels) THEN 'avx2' ELSE 'neon' END AS other
FROM columnar.cpu() \gset
SET columnar.simd_level = :other;
SELECT level = levels[cardinality(levels)] AS best FROM columnar.cpu();
SET columnar.simd_level = wrong;
RESET columnar.simd_level;

-- superusers only, the function for everybody
CREATE ROLE simd_user;
GRANT USAGE ON SCHEMA columnar TO simd_user;
SET ROLE simd_user;
SET columnar.simd_level = scalar;
SELECT count(level) FROM columnar.cpu();
RESET ROLE;
REVOKE USAGE ON SCHEMA columnar FROM simd_user;
DROP ROLE simd_user;

CREATE TABLE twin AS SELECT
	i AS id, (i % 2 = 0) AS b, (i % 100)::int2 AS small, (i % 1000 * 7)::int4 AS medium,
	i::int8 * 1000000007 AS large, (i * 60000000::int8) AS stepped, sqrt(i) AS f8,
	(i / 100.0)::float4 AS f4, CASE i % 7 WHEN 0 THEN NULL ELSE i * 3 END AS holes,
	timestamp '2020-01-01' + i * interval '1 minute' AS ts, 'text ' || i % 700 AS few,
	md5(i::text) AS many, (i * 1.37)::numeric(12, 2) AS n, md5(i::text)::uuid AS u
FROM generate_series(1, 20000) i;

DO $$
DECLARE
	levels text[] := (SELECT c.levels FROM columnar.cpu() c);
	writer text;
	reader text;
	bytes bigint;
	first_bytes bigint;
	differing bigint;
BEGIN
	FOREACH writer IN ARRAY levels LOOP
		PERFORM set_config('columnar.simd_level', writer, false);
		IF (SELECT level FROM columnar.cpu()) <> writer THEN
			RAISE WARNING 'level % is not in use', writer;
		END IF;
		EXECUTE format('CREATE TABLE by_%s (LIKE twin) USING columnar', writer);
		EXECUTE format('INSERT INTO by_%s SELECT * FROM twin', writer);
		EXECUTE format('SELECT sum(stored_bytes) FROM columnar.stripes(''by_%s'')', writer) INTO bytes;
		first_bytes := coalesce(first_bytes, bytes);
		IF bytes IS DISTINCT FROM first_bytes OR bytes IS NULL THEN
			RAISE WARNING '% writes % bytes, not %', writer, bytes, first_bytes;
		END IF;
		FOREACH reader IN ARRAY levels LOOP
			PERFORM set_config('columnar.simd_level', reader, false);
			EXECUTE format('SELECT count(*) FROM (SELECT * FROM twin EXCEPT ALL SELECT * FROM by_%s) d', writer)
				INTO differing;
			IF differing <> 0 THEN
				RAISE WARNING '% rows of % are not read by %', differing, writer, reader;
			END IF;
			EXECUTE format('SELECT count(*) FROM columnar.verify(''by_%s'')', writer) INTO differing;
			IF differing <> 0 THEN
				RAISE WARNING '% is damaged, as % reads it', writer, reader;
			END IF;
		END LOOP;
		EXECUTE format('DROP TABLE by_%s', writer);
	END LOOP;
END
$$;
RESET columnar.simd_level;
DROP TABLE twin;
