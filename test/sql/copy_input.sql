-- COPY into columnar tables makes of texts what it makes of them for heap tables: the
-- same values, and the same errors
SELECT current_setting('data_directory') || '/copy_input.' AS file \gset
\set text :file text
\set binary :file binary
CREATE SCHEMA h;
CREATE SCHEMA c;

-- which columns' input functions are replaced, once there has been a batch of rows
CREATE DOMAIN h.small AS int CHECK (VALUE < 10);
CREATE TABLE h.t (a int, b text, c h.small, d numeric(5,2), e date, f int[], g varchar(5), h char(5));
CREATE TABLE c.t (LIKE h.t) USING columnar;
INSERT INTO h.t SELECT i, 't', 5, 1.5, '2001-02-03', '{1,2}', 'v', 'c' FROM generate_series(1, 2001) i;
COPY h.t TO :'text';
COPY h.t TO :'binary' (FORMAT binary);
SET client_min_messages = debug1;
COPY h.t FROM :'text';
COPY c.t FROM :'binary' (FORMAT binary);
COPY c.t (h, b, g, f) FROM PROGRAM 'seq 1 2000 | sed "s/.*/h	b	g	{1}/"';
COPY c.t FROM :'text';
RESET client_min_messages;
TRUNCATE c.t;
COPY c.t FROM :'text';
SELECT count(*) FROM ((TABLE h.t EXCEPT TABLE c.t) UNION ALL (TABLE c.t EXCEPT TABLE h.t)) x;

-- a trigger makes rows go one by one; what it inserts elsewhere is none of COPY's
CREATE TABLE h.log (a int, n numeric);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO h.log VALUES (new.a, '1e2');
	new.d := new.d + 1;
	RETURN new;
END $$;
CREATE TRIGGER note BEFORE INSERT ON c.t FOR EACH ROW EXECUTE FUNCTION note();
TRUNCATE c.t;
COPY c.t FROM :'text';
SELECT count(*), sum(d), (SELECT count(*) FROM h.log) FROM c.t;

-- of partitions some may be columnar
CREATE TABLE parts (LIKE h.t) PARTITION BY RANGE (a);
CREATE TABLE h.part PARTITION OF parts FOR VALUES FROM (0) TO (1000);
CREATE TABLE c.part PARTITION OF parts FOR VALUES FROM (1000) TO (3000) USING columnar;
COPY parts FROM :'text';
SELECT count(*) FROM ((TABLE parts EXCEPT TABLE h.t) UNION ALL (TABLE h.t EXCEPT TABLE parts)) x;
DROP TABLE parts, h.t, c.t, h.log;

-- how a COPY of the file ends
CREATE FUNCTION result_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
	state text;
	message text;
	detail text;
	hint text;
	context text;
BEGIN
	EXECUTE statement;
	GET DIAGNOSTICS n = ROW_COUNT;
	RETURN n || ' rows';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
	RETURN concat_ws('|', state, message, detail, hint, split_part(context, E'\n', 1));
END $$;

-- texts that the type takes, behind a batch of usual ones, are the same in both tables; each of
-- the others, up to 60, is the same error
CREATE FUNCTION check_type(type text, file text, usual text, texts text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	compare text;
	good text[] := '{}';
	bad text[] := '{}';
	value text;
	in_heap text;
	in_columnar text;
	n_differences bigint;
	n_errors int := 0;
	n_of_load bigint;
BEGIN
	EXECUTE format('CREATE TABLE h.t (id int, v %s)', type);
	CREATE TABLE c.t (LIKE h.t) USING columnar;
	CREATE TEMP TABLE tried (id int, v text);
	SELECT format('SELECT count(*) FROM h.t x FULL JOIN c.t y USING (id)
			WHERE x.v::text IS DISTINCT FROM y.v::text OR %1$s(x.v) IS DISTINCT FROM %1$s(y.v)', typsend)
		INTO compare FROM pg_attribute a, pg_type t
		WHERE attrelid = 'h.t'::regclass AND attname = 'v' AND t.oid = atttypid;
	FOREACH value IN ARRAY texts LOOP
		BEGIN
			EXECUTE format('INSERT INTO h.t VALUES (1, %L)', value);
			good := good || value;
		EXCEPTION WHEN OTHERS THEN
			bad := bad || value;
		END;
	END LOOP;
	TRUNCATE h.t;
	INSERT INTO tried SELECT i, usual FROM generate_series(1, 1200) i;
	INSERT INTO tried SELECT 1200 + i, v FROM unnest(good) WITH ORDINALITY x(v, i);
	EXECUTE format('COPY tried TO %L', file);
	EXECUTE format('COPY h.t FROM %L', file);
	EXECUTE format('COPY c.t FROM %L', file);
	EXECUTE compare INTO n_differences;
	TRUNCATE c.t;
	PERFORM columnar.load('c.t', file);
	EXECUTE compare INTO n_of_load;
	FOREACH value IN ARRAY bad[1:60] LOOP
		DELETE FROM tried WHERE id >= 1200;
		INSERT INTO tried VALUES (1200, value);
		EXECUTE format('COPY tried TO %L', file);
		in_heap := result_of(format('COPY h.t FROM %L', file));
		in_columnar := result_of(format('COPY c.t FROM %L', file));
		IF in_heap IS DISTINCT FROM in_columnar OR in_heap LIKE '% rows' THEN
			RAISE NOTICE '%: heap: %, columnar: %', value, in_heap, in_columnar;
			n_errors := n_errors + 1;
		END IF;
	END LOOP;
	DROP TABLE h.t, c.t, tried;
	-- which texts and how many are good depends on the version
	RETURN format('%s: %s of %s or more values differ, %s after load; %s of %s or more errors', type, n_differences,
		least(cardinality(good), 10), n_of_load, n_errors, least(cardinality(bad), 5));
END $$;

-- numbers, and what is nearly one
CREATE TABLE numbers AS
SELECT v FROM unnest('{0,-0,+0,00,-00.00,1,-1,+1," 1","1 "," -1 ",007,1.,.5,-.5,+.5,.,-,+,"",1e3,1E3,1e-3,1e+3,1e,e1,1e400,
	-1e-400,5e-324,2.2250738585072011e-308,1.7976931348623157e308,1.7976931348623159e308,3.4028235e38,3.4028236e38,1e39,
	1e-46,1.17549435e-38,NaN,nan,Infinity,-infinity,inf,+inf,-Inf,infin,nanx,0x10,0b1,0o7,1_000,_1,1__0,32767,32768,-32768,-32769,
	2147483647,2147483648,-2147483648,-2147483649,9223372036854775807,9223372036854775808,-9223372036854775808,
	-9223372036854775809,999999999999999999,1000000000000000000,99999999999999999999999999,999.99,999.994,999.995,-999.995,
	999.990,1000,0.01,0.001,0.005,0.0049,99.999,12345.678,0.0099,0.00994,0.00995,0.0001,0.000049,149,150,99949,99950,
	0.000000000000000000000000000000000000000000000000000000000000001,0.1e-70,1e131071,1e131072,
	123456789012345678901234567890123456789012345678901234567890,1234567890123456789012345678901234567890123456789012345678901,
	1.123456789012345678901234567890123456789012345678901234567890123,
	1.1234567890123456789012345678901234567890123456789012345678901234,9007199254740993,9007199254740992.5,1e23,8.5e22,
	0.1,0.2,0.3,100000000000000000000000,16777217,16777219,1.0000000596046448,1.00000005960464477,1.00000005960464479,
	1 2,1;2,1a,"1\n",1\t,--1,+-1,-+1,1-,"- 1",$1,"1,5",t,0.1.2,١}'::text[]) v
UNION ALL
SELECT (random() * 2000 - 1000)::numeric(20, 6)::text FROM generate_series(1, 1000)
UNION ALL
SELECT repeat('0', (random() * 3)::int) || trunc((10 ^ (random() * 18))::numeric) || '.' || trunc((10 ^ (random() * 15))::numeric)
FROM generate_series(1, 1000)
UNION ALL
SELECT ((random() - 0.5) * 10 ^ (random() * 600 - 300))::text FROM generate_series(1, 1000)
UNION ALL
SELECT ((random() - 0.5) * 10 ^ (random() * 70 - 35))::float4::text FROM generate_series(1, 1000)
UNION ALL
SELECT trunc((random() - 0.5)::numeric * trunc((10 ^ (random() * 19))::numeric))::text FROM generate_series(1, 1000);
SELECT check_type(type, :'text', '0', (SELECT array_agg(v) FROM numbers))
FROM unnest('{int2,int4,int8,numeric,"numeric(5,2)","numeric(40,20)","numeric(3)","numeric(3,-2)","numeric(2,4)","numeric(1000,500)",
	float4,float8}'::text[]) type;

-- dates and times
CREATE TABLE times AS
SELECT v FROM unnest('{2001-02-03,2001-2-3,01-02-03,1-2-3,99-02-03,2001-02-29,2000-02-29,1900-02-29,2001-04-31,2001-13-01,
	2001-00-01,2001-01-00,0000-01-01,0001-01-01,9999-12-31,10000-01-01,4713-01-01 BC,4714-11-24 BC,0001-01-01 BC,5874897-12-31,
	5874898-01-01,294276-12-31,294277-01-01,2001/02/03,02/03/2001,13/02/2001,02/13/2001,3.2.2001,20010203,010203,2001.034,
	2001-034,J2451187,y2001m02d03,"Feb 3 2001","3 feb 2001",feb-03-2001,infinity,-infinity,Infinity,epoch,now-,tod,"",
	" 2001-02-03","2001-02-03 ",2001-02-03x,2001-02-0x,"2001-02-03 BC","2001-02-03 AD",-2001-02-03,+2001-02-03,
	2001-02-03 04:05:06,2001-02-03 04:05,2001-02-03 04,2001-02-03 4:5:6,2001-02-03 24:00:00,2001-02-03 24:00:00.000001,
	2001-02-03 23:59:60,2001-02-03 23:60:00,2001-02-03 23:59:61,2001-02-03 25:00:00,2001-12-31 23:59:59.999999,
	2001-12-31 23:59:59.9999994,2001-12-31 23:59:59.9999995,2001-02-03 04:05:06.,2001-02-03 04:05:06.5,2001-02-03 04:05:06.499999,
	2001-02-03 04:05:06.500000,2001-02-03 04:05:06.0005,1999-02-03 04:05:06.5,1999-02-03 04:05:06.0005,
	2001-02-03T04:05:06,2001-02-03t04:05:06.7+02,2001-02-03T04:05:06Z,"2001-02-03  04:05:06",2001-02-03_04:05:06,
	2001-02-03 04:05:06+02,2001-02-03 04:05:06-02,2001-02-03 04:05:06+2,2001-02-03 04:05:06 +02,2001-02-03 04:05:06+02:30,
	2001-02-03 04:05:06-02:30,2001-02-03 04:05:06+0230,2001-02-03 04:05:06+02:30:15,2001-02-03 04:05:06+02:60,
	2001-02-03 04:05:06+15:59,2001-02-03 04:05:06-15:59,2001-02-03 04:05:06+16,2001-02-03 04:05:06-00,2001-02-03 04:05:06+,
	2001-02-03 04:05:06+02:,2001-02-03 04:05:06Z,2001-02-03 04:05:06 UTC,2001-02-03 04:05:06 EST,2001-02-03 04:05:06 PST8PDT,
	2001-02-03 04:05:06 Europe/Berlin,2001-02-03 04:05:06 Nowhere/City,2001-02-03 04:05:06 BC,2001-02-03 04:05:06 PM,
	2001-02-03 04:05:06+02 BC,0001-01-01 00:00:00+15:59,9999-12-31 23:59:59.999999-15:59,2024-03-10 01:59:59,2024-03-10 02:00:00,
	2024-03-10 02:30:00,2024-03-10 03:00:00,2024-11-03 00:59:59,2024-11-03 01:00:00,2024-11-03 01:30:00,2024-11-03 02:00:00,
	1883-11-18 12:00:00,1883-11-18 12:03:58,1850-01-01 00:00:00,2500-07-01 12:00:00,Sat Feb 03 04:05:06 2001,
	2001-02-03 04:05:06 -02:00,2001-02-03 04:05:06.5.5,2001-02-03 04.05.06,2001-02-03 040506,2001-02-03 -04:05:06}'::text[]) v
UNION ALL
SELECT (timestamp '1850-01-01' + random() * interval '300 years')::text FROM generate_series(1, 1000)
UNION ALL
SELECT (timestamp '0001-01-01' + random() * interval '9998 years')::timestamp(0)::text FROM generate_series(1, 500)
UNION ALL
SELECT (date '0001-01-01' + (random() * 3652000)::int)::text FROM generate_series(1, 1000)
UNION ALL
SELECT (timestamp(3) '1990-01-01' + (random() * 2e9)::int * interval '1 s')::text || (ARRAY['+00', '-08', '+05:30', '+12:45', '-03:30'])[i % 5 + 1]
FROM generate_series(1, 1000) i;
SELECT check_type(type, :'text', '2001-02-03', (SELECT array_agg(v) FROM times))
FROM unnest('{date,timestamp,timestamp(0),timestamp(3),timestamp(6),timestamptz,timestamptz(0),timestamptz(5)}'::text[]) type;
SET DateStyle = 'SQL, DMY';
SELECT check_type(type, :'text', '2001-02-03', (SELECT array_agg(v) FROM times)) FROM unnest('{date,timestamp,timestamptz}'::text[]) type;
SET DateStyle = 'ISO, YMD';
SELECT check_type(type, :'text', '2001-02-03', (SELECT array_agg(v) FROM times)) FROM unnest('{date,timestamp(2),timestamptz}'::text[]) type;
RESET DateStyle;
SELECT zone, check_type('timestamptz', :'text', '2001-02-03', (SELECT array_agg(v) FROM times WHERE set_config('TimeZone', zone, false) = zone))
FROM unnest('{UTC,America/New_York,Europe/Dublin,Asia/Kolkata,<+0545>-05:45,Pacific/Apia,Etc/GMT+12}'::text[]) zone;
RESET TimeZone;

-- others
SELECT check_type('uuid', :'text', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', array_agg(v)) FROM (
	SELECT unnest('{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11,a0eebc999c0b4ef8bb6d6bb9bd380a11,a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11,
		"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}","{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}","{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
		a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g,
		a0eebc99-9c0b4ef8bb6d6bb9bd380a11,a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11,a0eebc999c0b4ef8bb6d6bb9bd380a11-,
		" a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11 ",a,"",-}'::text[]) v
	UNION ALL SELECT gen_random_uuid()::text FROM generate_series(1, 1000)) x;
SELECT check_type(type, :'text', '1', array_agg(v)) FROM (
	SELECT unnest(ARRAY['', ' ', 'a', 'ab', 'abc', 'abcde', 'abcde ', 'abcde    ', 'abcdef', 'abcdef ', 'ü', 'üüüüü', 'üüüüü ',
		'üüüüüü', '日本', '日本語日本', E'a\tb', E'\\N', 'äbcde', 'äbcdef', ' a', '     ', '      ']) v
	UNION ALL SELECT substr(md5(i::text), 1, i % 9) FROM generate_series(1, 500) i) x,
	unnest('{char,"\"char\"",char(5),char(30),varchar,varchar(5),text,name,bpchar}'::text[]) type GROUP BY type ORDER BY type;
SELECT check_type('bool', :'text', 't', '{t,f,true,false,TRUE,tr,yes,no,on,off,o,1,0,10," t","t ",y,n,"",x,tt}');

DROP FUNCTION check_type, result_of, note;
DROP DOMAIN h.small;
DROP TABLE numbers, times;
DROP SCHEMA h, c;
