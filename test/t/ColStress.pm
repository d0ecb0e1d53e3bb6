# ColStress.pm - many sessions change the same rows of a table with stripes, and
# with them, in the same transactions, those of a heap table.  Every snapshot, on a
# standby too, must show the same in both, and the same sum of balances; also
# after kill -9.  030_stress.pl runs it for some rounds, test/long/stress.pl for
# a time.
package ColStress;

use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use ColTest;

my ($primary, $standby);

my $setup = <<'END';
CREATE TABLE c (id int PRIMARY KEY, balance int NOT NULL, k int, v text)
  USING METHOD WITH (autovacuum_enabled = off);
CREATE TABLE h (LIKE c INCLUDING ALL) USING heap WITH (autovacuum_enabled = off);
-- each number is the first of 2000 that nobody else takes
CREATE SEQUENCE ids START 100001 INCREMENT 2000;
CREATE SEQUENCE done;
CREATE SEQUENCE mismatches;
CREATE FUNCTION random(n int) RETURNS int LANGUAGE sql VOLATILE AS
  'SELECT floor(random() * n)::int';
-- a row that is there, more often one of a few
CREATE FUNCTION some_id() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  found int;
  at int := CASE random(3) WHEN 0 THEN random(40) WHEN 1 THEN random(6000)
            ELSE random(100000 + (SELECT last_value FROM ids)::int - 100000) END;
BEGIN
  SELECT id INTO found FROM c WHERE id >= at ORDER BY id LIMIT 1;
  RETURN coalesce(found, 1);
END $$;
-- one statement for both tables (@); returns the number of rows
CREATE FUNCTION twice(statement text, a int = 0, b int = 0, ids int[] = '{}')
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  c_rows bigint;
  h_rows bigint;
BEGIN
  EXECUTE replace(statement, '@', 'c') USING a, b, ids;
  GET DIAGNOSTICS c_rows = ROW_COUNT;
  EXECUTE replace(statement, '@', 'h') USING a, b, ids;
  GET DIAGNOSTICS h_rows = ROW_COUNT;
  IF c_rows <> h_rows THEN
    PERFORM nextval('mismatches');
    RAISE EXCEPTION 'mismatch: % and % rows', c_rows, h_rows USING ERRCODE = 'UM001';
  END IF;
  RETURN c_rows;
END $$;
CREATE FUNCTION transfer(a int, b int, amount int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF twice('UPDATE @ SET balance = balance - $2, k = k + 1 WHERE id = $1', a, amount)
     + twice('UPDATE @ SET balance = balance + $2, v = left(v || $1, 20) WHERE id = $1', b, amount) <> 2 THEN
    RAISE EXCEPTION 'gone' USING ERRCODE = 'UG001';
  END IF;
END $$;
-- locked rows, by id
CREATE FUNCTION lock_rows(a int, b int, mode text) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  ids int[];
BEGIN
  EXECUTE 'SELECT array_agg(id) FROM (SELECT id FROM c WHERE id BETWEEN $1 AND $2'
    || ' ORDER BY id ' || mode || ') x' INTO ids USING a, b;
  RETURN coalesce(ids, '{}');
END $$;
CREATE FUNCTION step() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  a int := some_id();
  b int := some_id();
  what int := random(100);
  amount int;
  other int;
  ids int[];
BEGIN
  IF a = b THEN
    RETURN;
  END IF;
  CASE
    WHEN what < 35 THEN
      PERFORM transfer(least(a, b), greatest(a, b), random(1000) - 500);
    WHEN what < 45 THEN
      ids := lock_rows(a, a + random(60), 'FOR UPDATE');
      PERFORM twice('UPDATE @ SET k = k + 1, v = left(v, 5) WHERE id = ANY ($3)', 0, 0, ids);
    WHEN what < 55 THEN
      SELECT balance INTO amount FROM c WHERE id = a FOR UPDATE;
      IF FOUND AND twice('DELETE FROM @ WHERE id = $1', a) = 1
         AND twice('UPDATE @ SET balance = balance + $2 WHERE id = $1', b, amount) <> 1 THEN
        RAISE EXCEPTION 'gone' USING ERRCODE = 'UG001';
      END IF;
    WHEN what < 62 THEN
      PERFORM twice('UPDATE @ SET id = $2 WHERE id = $1', a, nextval('ids')::int);
    WHEN what < 72 THEN
      ids := lock_rows(a, a + random(20), (ARRAY['FOR UPDATE', 'FOR NO KEY UPDATE', 'FOR SHARE',
        'FOR KEY SHARE', 'FOR UPDATE SKIP LOCKED', 'FOR SHARE SKIP LOCKED', 'FOR UPDATE NOWAIT',
        'FOR NO KEY UPDATE SKIP LOCKED'])[1 + random(8)]);
    WHEN what < 82 THEN
      PERFORM twice('INSERT INTO @ VALUES ($1, 0, 1, ''new'') ON CONFLICT (id) DO UPDATE'
        ' SET k = @.k + 1, v = left(@.v || excluded.v, 20)', a);
      -- ids do not come back: statements for c and h have snapshots of their own
      IF EXISTS (SELECT FROM c WHERE id = a AND v = 'new') THEN
        RAISE EXCEPTION 'gone' USING ERRCODE = 'UG001';
      END IF;
    WHEN what < 87 THEN
      PERFORM twice('MERGE INTO @ USING (VALUES ($1), ($2)) s (i) ON @.id = s.i'
        ' WHEN MATCHED AND s.i = $1 THEN UPDATE SET balance = balance + 7, v = ''m'''
        ' WHEN MATCHED THEN UPDATE SET balance = balance - 7', least(a, b), greatest(a, b));
      IF (SELECT count(*) FROM c WHERE id IN (a, b)) <> 2 THEN
        RAISE EXCEPTION 'gone' USING ERRCODE = 'UG001';
      END IF;
    WHEN what < 93 THEN
      SELECT coalesce(array_agg(id), '{}') INTO ids
        FROM (SELECT id FROM c WHERE id BETWEEN a AND a + 400 AND balance = 0 ORDER BY id FOR UPDATE) x;
      PERFORM twice('DELETE FROM @ WHERE id = ANY ($3)', 0, 0, ids);
    ELSE
      amount := CASE WHEN random(4) = 0 THEN 1500 ELSE 20 END;
      other := nextval('ids');
      PERFORM twice('INSERT INTO @ SELECT i, 0, i % 7, ''load'' FROM generate_series($1, $2) i', other, other + amount);
  END CASE;
END $$;
CREATE FUNCTION change() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 0 .. random(4) LOOP
    BEGIN
      PERFORM step();
      IF random(3) = 0 THEN
        PERFORM step();
      END IF;
      IF random(6) = 0 THEN
        RAISE EXCEPTION 'undo' USING ERRCODE = 'UU001';
      END IF;
    EXCEPTION WHEN SQLSTATE 'UU001' OR SQLSTATE 'UG001' OR lock_not_available THEN
      NULL;
    END;
  END LOOP;
  IF random(3) = 0 THEN
    -- no subtransaction
    PERFORM step();
  END IF;
  PERFORM nextval('done');
END $$;
CREATE FUNCTION compare() RETURNS text LANGUAGE sql AS $$
  SELECT format('%s %s %s %s', (SELECT sum(balance) FROM c), (SELECT sum(balance) FROM h),
    (SELECT count(*) FROM c EXCEPT SELECT count(*) FROM h),
    (SELECT count(*) FROM ((TABLE c EXCEPT ALL TABLE h) UNION ALL (TABLE h EXCEPT ALL TABLE c)) d))
$$;
INSERT INTO c SELECT i, 1000, i % 10, 'v' || i FROM generate_series(1, 6000) i;
INSERT INTO h TABLE c;
END

my $total = 6000 * 1000;
my $equal = "$total $total  0";

# What sessions may say.
my $expected_error = qr/deadlock detected|could not serialize access|ERROR:  gone|could not obtain lock|current transaction is aborted|savepoint "a" does not exist|terminating connection|server closed the connection|connection to server|the database system|terminated abnormally|before or while processing|administrator command|crash of another server process|postmaster has commanded|no connection to the server|already moved to another|SSL SYSCALL/;

sub start_client
{
	my ($node, $script) = @_;
	my $client = { out => '', err => '', script => $script };

	$client->{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'VERBOSITY=terse', '-d', $node->connstr('postgres') ],
		'<', \$client->{script},
		'>', \$client->{out},
		'2>', \$client->{err},
		IPC::Run::timer(600));
	return $client;
}

# The scripts of a round; the sessions are ended before they come to the end.
sub scripts
{
	my ($round) = @_;
	my $n = 20000;
	my @levels = ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE');
	my @scripts;
	my $set = "SET columnar.stripe_all = on; SET columnar.stripe_rows = 1024;"
	  . " SET enable_seqscan = off; SET deadlock_timeout = '50ms';";

	foreach my $worker (0 .. 5)
	{
		my $level = $levels[ $worker < 4 ? 0 : $worker - 3 ];
		my $one = $worker % 2 && $level eq 'READ COMMITTED' ? 'SELECT change();'
		  : "BEGIN ISOLATION LEVEL $level; SELECT change(); COMMIT;";
		push @scripts, "$set SELECT setseed(" . rand() . ");\n" . "$one\n" x $n;
	}
	# prepared transactions; they have no savepoints that wait for others long
	push @scripts, "$set\n" . join '', map {
		"BEGIN; SELECT step(); SAVEPOINT a; SELECT step(); ROLLBACK TO a;"
		  . " SELECT step(); PREPARE TRANSACTION 'p${round}_$_';\n"
		  . "ROLLBACK; COMMIT PREPARED 'p${round}_$_';\n"
	} 1 .. 2000;
	push @scripts, "VACUUM c; SELECT pg_sleep(0.02);\n" x $n;
	push @scripts, "SET columnar.stripe_rows = 1024;\n"
	  . "CALL columnar.compact('c'); SELECT pg_sleep(0.05);\n" x $n;
	return @scripts;
}

# Both tables in one snapshot, again and again.
sub reader { return "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT compare(); SELECT compare(); COMMIT;\n" x 20000 }

sub end_client
{
	my ($client) = @_;
	$client->{run}->kill_kill;
	return;
}

# What clients said that they should not have.
sub odd
{
	my (@clients) = @_;
	return grep { /ERROR|FATAL|PANIC|WARNING/ && !/$expected_error/
		  && !/there is no transaction in progress|prepared transaction with identifier/ }
	  map { split /\n/, $_->{err} } @clients;
}

sub wrong
{
	my (@clients) = @_;
	return grep { /\d \d/ && $_ ne $equal } map { split /\n/, $_->{out} } @clients;
}

sub one_round
{
	my ($round, $seconds) = @_;
	my @workers = map { start_client($primary, $_) } scripts($round);
	my @readers = (
		start_client($primary, "SET enable_indexscan = off;\n" . reader()),
		start_client($standby, reader()));
	my $until = time + $seconds;
	my $how = (qw(crash immediate crash fast))[ $round % 4 ];
	my $good = 1;

	while (time < $until)
	{
		$_->{run}->pump_nb foreach @workers, @readers;
		sleep 0.05;
	}
	if ($how eq 'crash') { ColTest::crash($primary) }
	else { $primary->stop($how) }
	end_client($_) foreach @workers, @readers;
	$primary->start;
	if (!wait_ready($primary))
	{
		fail("round $round: the server comes up again");
		return 0;
	}
	my @left = split /\n/, $primary->safe_psql('postgres', 'SELECT gid FROM pg_prepared_xacts');
	$primary->safe_psql('postgres', (rand() < 0.7 ? 'COMMIT' : 'ROLLBACK') . " PREPARED '$_'")
	  foreach @left;

	my @odd = odd(@workers, @readers);
	$good &= is(scalar(@odd), 0, "round $round ($how): sessions had no errors but those expected");
	diag join "\n", @odd[ 0 .. ($#odd > 9 ? 9 : $#odd) ] if @odd;
	my @wrong = wrong(@readers);
	$good &= is(join("\n", @wrong), '', "round $round: every snapshot shows the same in both");
	my $n_read = grep { $_ eq $equal } map { split /\n/, $_->{out} } @readers;
	$good &= is($primary->safe_psql('postgres', 'SELECT compare()'),
		$equal, "round $round: as it does after the restart");
	$good &= is(ColTest::problems_of($primary, 'c'), '', "round $round: columnar.verify finds nothing")
	  if $am eq 'columnar';
	$good &= same_by_index($primary, 'SELECT count(*), sum(balance), sum(k) FROM c WHERE id > 0',
		"round $round");
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
	$good &= is($standby->safe_psql('postgres', 'SELECT compare()'),
		$equal, "round $round: on the standby, too");
	$good &= is(ColTest::problems_of($standby, 'c'), '', "round $round: verify finds nothing there")
	  if $am eq 'columnar';
	return $good ? $n_read + 1 : 0;
}

# Rounds until both the number and the time are reached; seconds_each of each.
sub run
{
	my (%limits) = @_;
	my ($rounds, $begin, $n_read) = (0, time, 0);

	seed_random();
	$primary = new_node(
		'primary',
		streaming => 1,
		conf => <<'END');
fsync = off
max_prepared_transactions = 20
max_wal_size = 256MB
autovacuum = off
END
	$primary->safe_psql('postgres',
		"SELECT pg_create_physical_replication_slot('standby', true)");
	$primary->backup('base');
	$standby = PostgreSQL::Test::Cluster->new('standby');
	$standby->init_from_backup($primary, 'base', has_streaming => 1);
	$standby->append_conf('postgresql.conf', <<'END');
primary_slot_name = standby
hot_standby_feedback = on
max_standby_streaming_delay = -1
END
	$standby->start;
	my $set = $am eq 'columnar'
	  ? 'SET columnar.stripe_all = on; SET columnar.stripe_rows = 1024;' : '';
	$primary->safe_psql('postgres', $set . $setup =~ s/METHOD/$am/r);
	cmp_ok(stripes_of($primary, 'c'), '>', 0, 'there are stripes');
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

	while ($rounds < $limits{rounds} || time - $begin < $limits{seconds})
	{
		my $read = one_round($rounds, $limits{seconds_each}) or last;
		$n_read += $read - 1;
		$rounds++;
	}
	my ($done, $mismatches, $rows) = split /\|/, $primary->safe_psql('postgres',
		'SELECT (SELECT last_value FROM done), (SELECT last_value FROM mismatches) - (SELECT 1 - is_called::int FROM mismatches),'
		  . ' (SELECT count(*) FROM h)');
	diag "note: $rounds rounds, $done transactions,"
	  . " $n_read comparisons, $rows rows";
	cmp_ok($done, '>', 100 * $rounds, 'enough transactions');
	is($mismatches, 0, 'statements changed as many rows of both');
	cmp_ok($n_read, '>', 2 * $rounds, 'enough comparisons');
	check_logs($primary, $standby);
	verify_tables($primary);
	return;
}

1;
