# ColTwinMaintenance.pm - isolation specs of all pairs of what sessions do to a row
# and of what is done to its table (VACUUM, compaction, CREATE INDEX CONCURRENTLY),
# and of all pairs of sessions with a compaction between them.
#
# What comes first is in progress when the second comes: a transaction that is
# open; a compaction or an index build that waits, at row 900, for a lock of the
# session "control"; a VACUUM that waits for a page of an index.  It ends by commit or
# by rollback, which is a cancelled statement for the latter three.
#
# Heap knows no compaction.  A READ COMMITTED transaction must not notice it: heap
# takes the lock, and does nothing (step compact).  For a REPEATABLE READ one with an older
# snapshot a row that has moved is as one that somebody has deleted and inserted
# again: that is what heap does (step move).  After other maintenance: VACUUM.
package ColTwinMaintenance;

use strict;
use warnings;
use Exporter 'import';
use ColTwinSpecs;

our @EXPORT = qw(maintenance_functions maintenance_permutations maintenance_spec);

my @maintenance = qw(vacuum compact cic);

# What the database of a variant needs.  start_in(name, statement) runs one in
# another connection until it waits, finish_in to its end; stop(session) cancels what a session does.
sub maintenance_functions
{
	my ($variant) = @_;
	my $state =
	  $variant eq 'heap'
	  ? 'SELECT 0, 0'
	  : q{SELECT (SELECT count(*) FROM t WHERE ctid >= '(2147483648,1)'), (SELECT count(*) FROM columnar.verify('t'))};

	return <<"END";
CREATE EXTENSION dblink;
CREATE EXTENSION amcheck;
CREATE FUNCTION gate(k int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS \$\$
BEGIN
  IF k = 900 THEN PERFORM pg_advisory_xact_lock(1); END IF;
  RETURN k;
END \$\$;
CREATE FUNCTION check_t(OUT in_stripes bigint, OUT problems bigint) LANGUAGE plpgsql AS \$\$
BEGIN
  PERFORM bt_index_check(indexrelid, true) FROM pg_index WHERE indrelid = 't'::regclass AND indisvalid;
  $state INTO in_stripes, problems;
END \$\$;
CREATE FUNCTION start_in(name text, statement text) RETURNS text LANGUAGE plpgsql AS \$\$
DECLARE
  process int;
  a record;
BEGIN
  PERFORM dblink_connect(name, format('dbname=%s port=%s host=%s', current_database(), current_setting('port'), current_setting('unix_socket_directories')));
  SELECT pid INTO process FROM dblink(name, 'SELECT pg_backend_pid()') AS p (pid int);
  PERFORM dblink_send_query(name, statement);
  FOR i IN 1..5000 LOOP
    PERFORM pg_sleep(0.002), pg_stat_clear_snapshot();
    SELECT state, wait_event_type INTO a FROM pg_stat_activity WHERE pid = process AND query = statement;
    IF a.state <> 'active' THEN RETURN 'ended'; END IF;
    IF a.wait_event_type IN ('Lock', 'BufferPin') THEN RETURN 'waits'; END IF;
  END LOOP;
  RAISE 'process % goes on and on', process;
END \$\$;
CREATE PROCEDURE finish_in(name text, cancelled bool, INOUT error text DEFAULT NULL) LANGUAGE plpgsql AS \$\$
BEGIN
  IF cancelled THEN PERFORM dblink_cancel_query(name); END IF;
  -- an index build must not wait for our snapshot
  WHILE dblink_is_busy(name) = 1 LOOP
    COMMIT;
    PERFORM pg_sleep(0.002);
  END LOOP;
  PERFORM FROM dblink_get_result(name, false) AS r (status text);
  error := split_part(dblink_error_message(name), E'\\n', 1);
  PERFORM dblink_disconnect(name);
END \$\$;
CREATE FUNCTION stop(session text) RETURNS text LANGUAGE plpgsql AS \$\$
DECLARE
  process int;
BEGIN
  SELECT pid INTO process FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%/' || session;
  PERFORM pg_cancel_backend(process) FROM pg_stat_activity WHERE pid = process AND state = 'active';
  FOR i IN 1..5000 LOOP
    PERFORM pg_stat_clear_snapshot();
    IF NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = process AND state = 'active') THEN RETURN 'ended'; END IF;
    PERFORM pg_sleep(0.002);
  END LOOP;
  RAISE 'process % goes on and on', process;
END \$\$;
END
}

# All permutations; of each its pair, isolation level, how the first one ends, and
# whether its steps come to their end at other times than on heap.
sub maintenance_permutations
{
	my %all;
	my $add = sub {
		my ($pair, $level, $end, $steps) = @_;
		my $moves = $steps =~ /compact/;

		$steps =~ s/\bcompact\b/move/ if $steps =~ /^b_rr/;
		$all{"$steps see check"} =
		  { pair => $pair, level => $level, end => $end, moves => $moves, differs => $moves || $steps =~ /then/ };
	};

	foreach my $first (@row_actions)
	{
		foreach my $end (qw(c r))
		{
			foreach my $second (@row_actions)
			{
				$add->("$first $second", 'rc', $end, "a_rc a_$first compact b_rc b_$second a_$end b_see b_c");
				$add->("$first $second", 'rr', $end, "b_rr a_rc a_$first compact b_$second a_$end b_see b_c");
			}
			foreach my $second (@maintenance)
			{
				$add->("$first $second", $_, $end, "a_$_ a_$first $second a_see a_$end") foreach qw(rc rr);
			}
		}
	}
	foreach my $first (@maintenance)
	{
		my $begin = $first eq 'vacuum' ? 'pin start_vacuum' : "hold $first";
		my %end =
		  $first eq 'vacuum'
		  ? (c => 'unpin end_vacuum', r => 'stop_vacuum unpin')
		  : (c => 'let', r => 'stop let');

		foreach my $end (qw(c r))
		{
			foreach my $second (@row_actions)
			{
				$add->("$first $second", 'rc', $end, "$begin b_rc b_$second $end{$end} b_see b_c vacuum");
				$add->("$first $second", 'rr', $end, "b_rr $begin b_$second $end{$end} b_see b_c vacuum");
			}
			foreach my $second (@maintenance)
			{
				my ($then, $last) = $first eq 'vacuum' ? ("start_then_$second", ' end_then') : ("then_$second", '');
				$add->("$first $second", 'rc', $end, "$begin $then $end{$end}$last");
			}
		}
	}
	return %all;
}

# The spec of all permutations for a variant.
sub maintenance_spec
{
	my ($variant, @permutations) = @_;
	my $compact = q{CALL columnar.compact('t')};
	my ($as_compact, $as_move, $as_then) =
	  $variant eq 'heap'
	  ? (
		'BEGIN; LOCK TABLE t IN EXCLUSIVE MODE; COMMIT',
		'LOCK TABLE t IN EXCLUSIVE MODE; WITH d AS (DELETE FROM t RETURNING *) INSERT INTO t TABLE d',
		'VACUUM t')
	  : ($compact, $compact, $compact);
	my $sessions = session_steps('a', 1) . session_steps('b', 2);

	return <<"END" . join '', map { "\npermutation $_" } sort @permutations;
setup
{
  CREATE TABLE t (id int PRIMARY KEY, v text, k int);
  CREATE INDEX t_gate ON t (gate(k)) WHERE k BETWEEN 890 AND 910;
  CREATE TABLE child (id int, parent int REFERENCES t);
  INSERT INTO t SELECT i, 'v', i FROM generate_series(1, 600) i;
}
setup	{ INSERT INTO t SELECT i, 'v', i FROM generate_series(601, 1040) i WHERE i NOT IN (1001, 1002); }
setup	{ DELETE FROM t WHERE id > 950 AND id % 10 = 0; }

teardown	{ DROP TABLE t, child; }

$sessions
session reader
step see	{ SELECT * FROM t WHERE id IN (5, 1001, 1002) ORDER BY id; SELECT * FROM child ORDER BY id; SELECT count(*), sum(id), sum(k) FROM t; SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1; }
step check	{ SELECT * FROM check_t(); }

session control
step hold	{ SELECT pg_advisory_lock(1); }
step let	{ SELECT pg_advisory_unlock(1); }
step stop	{ SELECT stop('worker'); }
step start_vacuum	{ SELECT start_in('vacuum', 'VACUUM (INDEX_CLEANUP on) t'); }
step stop_vacuum	{ CALL finish_in('vacuum', true); }
step end_vacuum		{ CALL finish_in('vacuum', false); }
step start_then_vacuum	{ SELECT start_in('then', 'VACUUM t'); }
step start_then_compact	{ SELECT start_in('then', \$\$$as_then\$\$); }
step start_then_cic	{ SELECT start_in('then', 'CREATE INDEX CONCURRENTLY t_then ON t (gate(k), v)'); }
step end_then	{ CALL finish_in('then', false); }

session holder
step pin	{ BEGIN; DECLARE c CURSOR FOR SELECT id FROM t WHERE id BETWEEN 1 AND 9; FETCH c; }
step unpin	{ COMMIT; }

session worker
step vacuum		{ VACUUM t; }
step compact	{ $as_compact; }
step move		{ $as_move; }
step cic		{ CREATE INDEX CONCURRENTLY t_cic ON t (gate(k), v); }

session other
# of two index builds that wait for each other the first fails
setup	{ SET deadlock_timeout = '20s'; }
step then_vacuum	{ VACUUM t; }
step then_compact	{ $as_then; }
step then_cic		{ CREATE INDEX CONCURRENTLY t_then ON t (gate(k), v); }
END
}

1;
