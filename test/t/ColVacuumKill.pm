# ColVacuumKill.pm - VACUUM killed at random moments.  021_vacuum_kill.pl runs
# it for some seconds, test/long/vacuum_kill.pl for a time.
#
# Every transaction changes the columnar table c and its twin h, a heap table,
# alike: whatever was committed when the server died, they are equal.
package ColVacuumKill;

use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use ColTest;

my $node;
my $next_id = 1;
my %count;

# Loads of many stripes that are aborted, alone and by savepoints, and of a few
# rows that stay.
sub load_sql
{
	my ($n_savepoints) = @_;
	my $script = "SET columnar.stripe_rows = 1024;\n"
	  . "SET columnar.stripe_all = on;\n";
	my $insert = sub {
		my ($n) = @_;
		my $from = $next_id;
		$next_id += $n;
		return join '', map {
			"INSERT INTO $_ SELECT i, i % 100, 'r' || i, point(i, i % 100)"
			  . " FROM generate_series($from, $next_id - 1) i;\n"
		} qw(c h);
	};

	$script .= "BEGIN;\n";
	foreach (1 .. $n_savepoints)
	{
		my $from = $next_id;
		$script .= "SAVEPOINT s;\n"
		  . 'INSERT INTO c SELECT i, i % 100, \'x\' || i, point(i, i)'
		  . " FROM generate_series($from, $from + 4999) i;\n"
		  . "ROLLBACK TO s;\n";
	}
	$script .= $insert->(50) . "COMMIT;\nBEGIN;\n" . $insert->(3000) . "ROLLBACK;\n";
	# the row store, too
	$script .= "RESET columnar.stripe_all;\nBEGIN;\n"
	  . $insert->(20)
	  . join('', map { "UPDATE $_ SET a = a + 1 WHERE id BETWEEN $next_id - 10 AND $next_id;\n" }
		  qw(c h))
	  . "COMMIT;\n";
	return $script;
}

sub compare
{
	my ($what) = @_;
	my $good = is(digest($node, 'SELECT id, a, b, p::text FROM c'),
		digest($node, 'SELECT id, a, b, p::text FROM h'),
		"$what: the rows are right");
	my %conditions = (
		'btree'  => 'id > 0',
		'hash'   => "b IN ('r7', 'r" . int(rand $next_id) . "')",
		'gin'    => 'ARRAY[a] @> ARRAY[7]',
		'gist'   => "p <@ box '((0,0),($next_id,60))'",
		'partial' => 'a = 5 AND id % 3 = 0');

	foreach my $kind (sort keys %conditions)
	{
		my $query = 'SELECT count(*), coalesce(sum(id), 0) FROM';
		my $by_index = 'SET enable_seqscan = off;'
		  . ' SET columnar.enable_scan = off;';
		my $where = "WHERE $conditions{$kind}";
		my $plan = $node->safe_psql('postgres',
			"$by_index EXPLAIN (COSTS OFF) $query c $where");
		my $is = $node->safe_psql('postgres', "$by_index $query c $where");
		my $must = $node->safe_psql('postgres', "$query h $where");
		if ($is ne $must || $plan !~ /Index Scan|Index Only Scan/)
		{
			$good = 0;
			is("$is\n$plan", $must, "$what: by the index of kind $kind");
		}
	}
	my $problems = ColTest::problems_of($node, 'c');
	$good &= is($problems, '', "$what: the table is sound") if $am eq 'columnar';
	BAIL_OUT("SEED: $what") if !$good;
	return;
}

sub start_script
{
	my ($script) = @_;
	my $client = { out => '', err => '', script => $script };

	$client->{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres') ],
		'<', \$client->{script}, '>', \$client->{out}, '2>', \$client->{err},
		IPC::Run::timer(90));
	return $client;
}

sub wait_for_vacuum
{
	my ($client) = @_;
	my $until = time + 20;
	$client->{run}->pump_nb, sleep 0.002
	  while $client->{out} !~ /vacuum/ && time < $until;
	return;
}

# Kills the whole server while VACUUM runs, or a load that takes free blocks.
# True: it came too late.
sub kill_server
{
	my ($vacuum_seconds) = @_;
	my $script = "\\echo vacuum\nVACUUM c;\n\\echo done\n";

	$script = "\\echo vacuum\n" . load_sql(3) . "VACUUM c;\n\\echo done\n"
	  if rand() < 0.25;
	# by what a checkpoint writes, some of it is on disk already, some is not
	my $beside = start_script("CHECKPOINT;\n" x 20) if rand() < 0.3;
	my $client = start_script($script);
	wait_for_vacuum($client);
	sleep rand 0.8 * $vacuum_seconds;
	crash($node);
	foreach ($client, $beside ? $beside : ())
	{
		my $one = $_;
		eval { $one->{run}->finish; 1 } or $one->{run}->kill_kill;
	}
	$node->start;
	return 1 if $client->{out} =~ /done/;
	$count{hits}++;
	return 0;
}

# VACUUM ends by a timeout, again and again, or by pg_terminate_backend.
sub stop_vacuum
{
	my ($vacuum_seconds) = @_;
	my $client;

	foreach my $ms (1, 3, 10, 20, 50, int(1 + rand 1000 * $vacuum_seconds))
	{
		my ($status, $out, $err) = $node->psql('postgres',
			"SET statement_timeout = '${ms}ms'; VACUUM c");
		$count{timeouts}++ if $err =~ /statement timeout/;
		fail("VACUUM fails by the timeout only: $err")
		  if $err =~ /ERROR/ && $err !~ /statement timeout/;
	}
	$client = start_script("\\echo vacuum\nVACUUM c;\n\\echo done\n");
	wait_for_vacuum($client);
	sleep rand $vacuum_seconds;
	$node->safe_psql('postgres',
		"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
		  . " WHERE query LIKE 'VACUUM c%'");
	eval { $client->{run}->finish; 1 } or $client->{run}->kill_kill;
	return 1 if $client->{out} =~ /done/;
	$count{terminated}++;
	return 0;
}

# Rounds of aborted loads and VACUUM do not let the table grow.
sub growth
{
	my @sizes;

	foreach (1 .. 6)
	{
		$node->safe_psql('postgres', 'SET columnar.stripe_all = on;'
			  . 'SET columnar.stripe_rows = 1024; BEGIN;'
			  . "INSERT INTO c SELECT $next_id + i, i % 100, 'x' || i, point(i, i)"
			  . ' FROM generate_series(1, 40000) i; ROLLBACK;');
		$node->safe_psql('postgres', 'SET vacuum_cost_delay = 0; VACUUM c');
		push @sizes, $node->safe_psql('postgres', "SELECT pg_relation_size('c')");
	}
	diag "note: sizes of the table over rounds of aborted loads: @sizes";
	# directory pages are added, 40 stripes a round; nothing else
	cmp_ok($sizes[5] - $sizes[1], '<=', 10 * 8192,
		'free blocks come back into use');
	return;
}

sub run
{
	my (%options) = @_;
	my $begin;
	my $rounds = 0;
	my $done = 1;

	seed_random();
	$node = new_node('main', conf => <<'END');
autovacuum = off
columnar.auto_compact = off
wal_writer_delay = 1ms
vacuum_cost_delay = 1ms
vacuum_cost_limit = 150
restart_after_crash = off
END
	foreach my $table ([ 'h', 'heap' ], [ 'c', $am ])
	{
		my ($name, $method) = @$table;
		$node->safe_psql('postgres', <<"END");
CREATE TABLE $name (id int PRIMARY KEY, a int, b text, p point) USING $method;
CREATE INDEX ON $name USING hash (b);
CREATE INDEX ON $name USING gin ((ARRAY[a]));
CREATE INDEX ON $name USING gist (p);
CREATE INDEX ON $name USING spgist (p);
CREATE INDEX ON $name (a) WHERE id % 3 = 0;
END
	}
	%count = map { $_ => 0 } qw(hits timeouts terminated);
	$node->safe_psql('postgres', load_sql(12));
	$node->safe_psql('postgres', 'CHECKPOINT');
	$begin = time;
	$node->safe_psql('postgres', 'VACUUM c');
	my $vacuum_seconds = time - $begin;
	compare('first');

	$begin = time;
	while (time - $begin < $options{seconds})
	{
		# what was killed is taken up by the next VACUUM, or the one after
		$node->safe_psql('postgres', load_sql(12)) if $done || $rounds % 3 == 0;
		$done =
		    $rounds % 4 == 3
		  ? stop_vacuum($vacuum_seconds)
		  : kill_server($vacuum_seconds);
		$rounds++;
		compare("round $rounds");
	}
	diag sprintf 'note: VACUUM took %.2f s; %d rounds, %d hit by kill -9,'
	  . ' %d ended by timeouts, %d terminated', $vacuum_seconds, $rounds,
	  @count{qw(hits timeouts terminated)};
	cmp_ok($count{hits}, '>=', $rounds / 3, 'VACUUM was hit');
	cmp_ok($count{timeouts}, '>', 0, 'timeouts ended VACUUM');

	$node->safe_psql('postgres', 'VACUUM c');
	compare('at last');
	if ($am eq 'columnar')
	{
		is( $node->safe_psql('postgres',
				"SELECT count(*) FROM columnar.stripes('c')"
				  . " WHERE state NOT IN ('committed', 'dead')"),
			'0', 'no stripe is left undecided');
		growth();
	}
	check_logs($node);
	verify_tables($node);
	return;
}

1;
