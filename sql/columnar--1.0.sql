/* columnar 1.0 */

\echo Use "CREATE EXTENSION columnar" to load this file. \quit

-- made here, so that it belongs to the extension and no dump makes it
CREATE SCHEMA columnar;

-- its functions check rights on the tables they are given
GRANT USAGE ON SCHEMA columnar TO PUBLIC;

CREATE FUNCTION columnar.colstore_handler(internal)
RETURNS table_am_handler
LANGUAGE C STRICT
AS 'MODULE_PATHNAME', 'colstore_handler';

CREATE ACCESS METHOD columnar
TYPE TABLE
HANDLER columnar.colstore_handler;

COMMENT ON ACCESS METHOD columnar IS
'compressed columns beside a row store, in one table';

CREATE FUNCTION columnar.stripes(
	"table" regclass,
	OUT first_row bigint,
	OUT n_rows bigint,
	OUT dead_rows bigint,
	OUT state text,
	OUT first_block bigint,
	OUT n_blocks bigint,
	OUT raw_bytes bigint,
	OUT stored_bytes bigint)
RETURNS SETOF record
LANGUAGE C STRICT VOLATILE
AS 'MODULE_PATHNAME', 'colstore_stripes';

COMMENT ON FUNCTION columnar.stripes(regclass) IS
'the stripes of a columnar table, in order of their row numbers';

CREATE FUNCTION columnar.columns(
	"table" regclass,
	OUT column_name name,
	OUT encodings text[],
	OUT n_rows bigint,
	OUT n_nulls bigint,
	OUT raw_bytes bigint,
	OUT stored_bytes bigint,
	OUT min text,
	OUT max text,
	OUT bloom_bytes bigint,
	OUT n_distinct bigint,
	OUT sum numeric,
	OUT sorted text,
	OUT max_length integer)
RETURNS SETOF record
LANGUAGE C STRICT VOLATILE
AS 'MODULE_PATHNAME', 'colstore_columns';

COMMENT ON FUNCTION columnar.columns(regclass) IS
'what the stripes of a columnar table have of each column';

CREATE FUNCTION columnar.cpu(
	OUT level text,
	OUT levels text[],
	OUT features text[])
LANGUAGE C VOLATILE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'colstore_cpu';

COMMENT ON FUNCTION columnar.cpu() IS
'the level of instructions in use, the levels and features that the CPU has';

CREATE FUNCTION columnar.set_options(
	"table" regclass,
	stripe_rows integer DEFAULT NULL,
	codec text DEFAULT NULL,
	sort_by text[] DEFAULT NULL,
	auto_compact boolean DEFAULT NULL,
	compact_min_rows integer DEFAULT NULL,
	profile text DEFAULT NULL,
	columns jsonb DEFAULT NULL,
	bloom text[] DEFAULT NULL)
RETURNS void
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'colstore_set_options';

COMMENT ON FUNCTION columnar.set_options(regclass, integer, text, text[], boolean, integer, text, jsonb, text[]) IS
'sets options of a columnar table, or of a partitioned one for its partitions';

CREATE FUNCTION columnar.reset_options(
	"table" regclass,
	VARIADIC options text[] DEFAULT '{}')
RETURNS void
LANGUAGE C STRICT VOLATILE
AS 'MODULE_PATHNAME', 'colstore_reset_options';

COMMENT ON FUNCTION columnar.reset_options(regclass, text[]) IS
'takes options back, all if none is named';

-- a table's options are its security label: dumped with it, dropped with it
CREATE VIEW columnar.options AS
SELECT l.objoid::regclass AS "table",
	(o.options ->> 'stripe_rows')::integer AS stripe_rows,
	o.options ->> 'codec' AS codec,
	CASE WHEN o.options ? 'sort_by'
		THEN ARRAY(SELECT jsonb_array_elements_text(o.options -> 'sort_by')) END AS sort_by,
	(o.options ->> 'auto_compact')::boolean AS auto_compact,
	(o.options ->> 'compact_min_rows')::integer AS compact_min_rows,
	o.options ->> 'profile' AS profile,
	o.options -> 'columns' AS columns,
	CASE WHEN o.options ? 'bloom'
		THEN ARRAY(SELECT jsonb_array_elements_text(o.options -> 'bloom')) END AS bloom
FROM pg_catalog.pg_seclabel l
CROSS JOIN LATERAL (SELECT l.label::jsonb AS options) o
WHERE l.provider = 'columnar'
	AND l.classoid = 'pg_catalog.pg_class'::regclass
	AND l.objsubid = 0;

GRANT SELECT ON columnar.options TO PUBLIC;

CREATE FUNCTION columnar.colstore_follow_ddl()
RETURNS event_trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'colstore_follow_ddl';

-- the label needs the library, and CREATE TABLE (LIKE ...) copies it
CREATE EVENT TRIGGER columnar_ddl_start ON ddl_command_start
WHEN TAG IN ('CREATE TABLE', 'SECURITY LABEL')
EXECUTE FUNCTION columnar.colstore_follow_ddl();

CREATE EVENT TRIGGER columnar_ddl_end ON ddl_command_end
WHEN TAG IN ('CREATE TABLE')
EXECUTE FUNCTION columnar.colstore_follow_ddl();

CREATE PROCEDURE columnar.compact("table" regclass)
LANGUAGE C
AS 'MODULE_PATHNAME', 'colstore_compact';

COMMENT ON PROCEDURE columnar.compact(regclass) IS
'moves rows of the row store to stripes, merges small stripes, rewrites sparse ones';

CREATE VIEW columnar.compaction_progress AS
SELECT p.pid,
	d.datname,
	CASE WHEN d.datname = current_database() THEN p.relid::regclass END AS "table",
	p.param4 AS heap_rows_moved,
	p.param5 AS stripe_rows_moved,
	p.param8 AS stripes_replaced
FROM pg_stat_get_progress_info('CLUSTER') p
JOIN pg_database d ON d.oid = p.datid
WHERE p.param1 = 100;

GRANT SELECT ON columnar.compaction_progress TO PUBLIC;

CREATE FUNCTION columnar.load(
	"table" regclass,
	path text,
	columns text[] DEFAULT NULL,
	options text DEFAULT '',
	workers integer DEFAULT NULL)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'colstore_load';

COMMENT ON FUNCTION columnar.load(regclass, text, text[], text, integer) IS
'loads a file of the server as COPY does, with several processes; returns how many rows';

CREATE FUNCTION columnar.verify(
	"table" regclass,
	OUT block bigint,
	OUT stripe bigint,
	OUT column_name name,
	OUT problem text,
	OUT detail text)
RETURNS SETOF record
LANGUAGE C STRICT VOLATILE
AS 'MODULE_PATHNAME', 'colstore_verify';

COMMENT ON FUNCTION columnar.verify(regclass) IS
'what is wrong with the file of a columnar table: no rows if nothing is';
