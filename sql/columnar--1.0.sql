/* columnar 1.0 */

\echo Use "CREATE EXTENSION columnar" to load this file. \quit

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
	OUT max text)
RETURNS SETOF record
LANGUAGE C STRICT VOLATILE
AS 'MODULE_PATHNAME', 'colstore_columns';

COMMENT ON FUNCTION columnar.columns(regclass) IS
'what the stripes of a columnar table have of each column';

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
