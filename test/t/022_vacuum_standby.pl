# Readers on a standby while the primary changes rows wherever they are, deletes
# many, compacts, vacuums, rewrites and truncates: a reader may be cancelled, but it
# never gets a wrong row.  With hot_standby_feedback, VACUUM cancels nobody.  In the
# end the standby is promoted.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use ColTest;

my $primary = new_node(
	'primary',
	streaming => 1,
	conf      => <<'END');
wal_consistency_checking = all
wal_keep_size = 1GB
autovacuum = off
END
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', <<'END');
hot_standby_feedback = off
max_standby_streaming_delay = 50ms
wal_receiver_status_interval = 1s
END
$standby->start;

# In every transaction that commits, the values of the rows add up to 0.
$primary->safe_psql('postgres', <<"END");
CREATE TABLE c (id bigint, v bigint, b text) USING $am;
CREATE INDEX ON c (id);
CREATE SEQUENCE ids;
END

# Rows of pairs +x, -x; how many pairs.
sub pairs
{
	my ($n) = @_;
	return "INSERT INTO c SELECT nextval('ids'), s * i, 'r' || i"
	  . " FROM generate_series(1, $n) i, (VALUES (1), (-1)) AS s (s);\n";
}

my $stripes = "SET columnar.stripe_rows = 1024;\nSET columnar.stripe_all = on;\n";
my $row_store = "RESET columnar.stripe_all;\n";
my $fill = $stripes . pairs(4000) . $row_store . pairs(1000);

# What the writer does over and over.  Rows whose b is "row" are in the row store,
# and changed in pairs, until VACUUM FULL makes stripes of them.
my $changes = $stripes
  . pairs(1500)
  . 'BEGIN;' . pairs(3000) . "ROLLBACK;\n"
  . 'BEGIN;' . pairs(500) . 'SAVEPOINT a;' . pairs(2000)
  . 'ROLLBACK TO a;' . pairs(10) . "COMMIT;\n"
  . $row_store
  . "WITH n AS (SELECT nextval('ids') AS n FROM generate_series(1, 300))"
  . " INSERT INTO c SELECT n, s * n, 'row' FROM n, (VALUES (1), (-1)) AS s (s);\n"
  . "UPDATE c SET v = v + sign(v) WHERE b = 'row' AND v % 3 = 0;\n"
  . "DELETE FROM c WHERE b = 'row' AND abs(v) % 7 < 3;\n"
  . "BEGIN; DELETE FROM c WHERE b = 'row'; ROLLBACK;\nVACUUM c;\n";

# Rows anywhere: both of a pair have the same abs(v).  Updates, locks, deletions of
# some, of many and of whole stripes, kept and rolled back; then compaction, which
# replaces stripes; and now and then VACUUM, which removes what is dead.
my $compact = $am eq 'columnar' ? "CALL columnar.compact('c');\n" : '';

sub changes_anywhere
{
	my ($round) = @_;
	my $part = $round % 9;

	return "UPDATE c SET v = v + sign(v) WHERE abs(v) % 45 = $part;\n"
	  . "BEGIN; SELECT count(*) FROM (SELECT FROM c WHERE abs(v) % 90 = $part FOR SHARE) x;"
	  . " SAVEPOINT a; DELETE FROM c WHERE abs(v) % 60 = $part; ROLLBACK TO a;"
	  . " UPDATE c SET b = b || 'u' WHERE abs(v) % 131 = $part; COMMIT;\n"
	  . "DELETE FROM c WHERE abs(v) % 27 = $part;\n"
	  . ($round % 5 == 3 ? "DELETE FROM c WHERE abs(v) % 3 > 0 AND b <> 'row';\n" : '')
	  . ($round % 5 == 1 ? "BEGIN; DELETE FROM c WHERE b <> 'row'; ROLLBACK;\n" : '')
	  . ($round % 2 == 0 ? $compact : '')
	  . ($round % 3 > 0 ? "VACUUM c;\n" : '');
}

# One transaction of a reader: three reads of one snapshot.
my $reads = <<'END';
BEGIN ISOLATION LEVEL REPEATABLE READ;
LOCK TABLE c IN ACCESS SHARE MODE;
SELECT 'read', count(*), coalesce(sum(v), 0), coalesce(sum(hashtextextended(c::text, 0)), 0) FROM c;
SELECT 'slept' FROM pg_sleep(0.15);
SELECT 'read', count(*), coalesce(sum(v), 0), coalesce(sum(hashtextextended(c::text, 0)), 0) FROM c;
SET LOCAL enable_seqscan = off;
SET LOCAL columnar.enable_scan = off;
SELECT 'read', count(*), coalesce(sum(v), 0), coalesce(sum(hashtextextended(c::text, 0)), 0) FROM c WHERE id > 0;
COMMIT;
END
my $reads_file = $primary->basedir . '/reads.sql';
append_to_file($reads_file, "\\set VERBOSITY verbose\n" . $reads);

# Processes of readers, each writing to a file of its own.  They end when they
# are told to, when the test ends by whatever cause, or the standby does.
my $test_pid = $$;
my @readers;

sub start_readers
{
	my ($name, $n_readers, $stop) = @_;
	my $connection = $standby->connstr('postgres');

	foreach my $i (1 .. $n_readers)
	{
		my $out = $primary->basedir . "/$name-$i.out";
		my $pid = fork // die "fork: $!";
		if ($pid == 0)
		{
			# 2: the connection was lost; then only a new one tells
			exec 'bash', '-c',
			  "while [ ! -e '$stop' ] && kill -0 $test_pid; do echo start;"
			  . " psql -XAtq -v ON_ERROR_STOP=1 -d '$connection' -f '$reads_file'"
			  . " || [ \$? -ne 2 ] || psql -XAtq -d '$connection' -c '' || break;"
			  . " done >>'$out' 2>&1";
		}
		push @readers, { pid => $pid, out => $out };
	}
	return;
}

END
{
	my $status = $?;
	if (defined $test_pid && $$ == $test_pid)
	{
		kill 'TERM', map { $_->{pid} } @readers;
		waitpid $_->{pid}, 0 foreach @readers;
	}
	$? = $status;
}

# A writer's rounds beside readers; returns what the readers said.
sub run_beside
{
	my ($name, $n_readers, $rounds, $script) = @_;
	my $stop = $primary->basedir . "/stop-$name";
	my @said;

	start_readers($name, $n_readers, $stop);
	foreach my $round (1 .. $rounds)
	{
		$primary->safe_psql('postgres', $script->($round));
		$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'))
		  if $round % 5 == 0;
	}
	append_to_file($stop, 'now');
	waitpid $_->{pid}, 0 foreach @readers;
	@said = map { split /^start\n/m, slurp_file($_->{out}) } @readers;
	@readers = ();
	return @said;
}

# Counts transactions, complete or cancelled, and wrong answers.
sub judge
{
	my (@transactions) = @_;
	my %n = map { $_ => 0 } qw(complete cancelled vacuum locks pins wrong other);

	foreach my $text (@transactions)
	{
		my @read = $text =~ /^read\|(.*)$/mg;
		next if $text !~ /\S/;
		foreach my $read (@read)
		{
			my (undef, $sum) = split /\|/, $read;
			next if $sum eq '0' && $read eq $read[0];
			$n{wrong}++;
			diag "wrong: $text" if $n{wrong} < 3;
		}
		if ($text =~ /ERROR|FATAL/)
		{
			$n{cancelled}++;
			if ($text =~ /row versions that must be removed/) { $n{vacuum}++ }
			elsif ($text =~ /relation lock for too long/) { $n{locks}++ }
			elsif ($text =~ /holding shared buffer pin|deadlock/) { $n{pins}++ }
			else
			{
				$n{other}++;
				diag "unexpected: $text" if $n{other} < 3;
			}
		}
		elsif (@read == 3) { $n{complete}++ }
	}
	diag 'note: ' . join ', ', map { "$_ $n{$_}" } sort keys %n;
	is($n{wrong}, 0, 'no reader got a wrong row');
	is($n{other}, 0, 'a reader fails by a conflict only');
	cmp_ok($n{complete}, '>', 3, 'readers came to their end');
	return %n;
}

sub conflicts
{
	my ($column) = @_;
	return $standby->safe_psql('postgres',
		"SELECT $column FROM pg_stat_database_conflicts WHERE datname = 'postgres'");
}

$primary->safe_psql('postgres', $fill);
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
cmp_ok(stripes_of($standby, 'c'), '>', 3, 'the standby has stripes');

# without feedback
my %without = judge(run_beside('without', 2, 20, sub {
	my ($round) = @_;
	return $changes
	  . changes_anywhere($round)
	  . ($round % 10 == 4
		? "UPDATE c SET b = 'old' WHERE b = 'row'; VACUUM FULL c;\n"
		: '')
	  . ($round % 10 == 9 ? "BEGIN; TRUNCATE c;\n" . pairs(2000) . "COMMIT;\n" : '');
}));
cmp_ok($without{vacuum}, '>', 0, 'VACUUM cancelled readers');
cmp_ok(conflicts('confl_snapshot'), '>', 0, 'and was counted');
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
is(digest($standby, 'SELECT * FROM c'), digest($primary, 'SELECT * FROM c'),
	'the standby has the same rows');
is(ColTest::problems_of($standby, 'c'), '', 'and they are sound')
  if $am eq 'columnar';

# with feedback: VACUUM keeps what readers of the standby see
$standby->safe_psql('postgres',
	'ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf()');
$primary->poll_query_until('postgres',
	'SELECT backend_xmin IS NOT NULL FROM pg_stat_replication')
  or die 'no feedback';
my $before = conflicts('confl_snapshot');
my %with = judge(run_beside('with', 2, 15, sub { return $changes . changes_anywhere(@_) }));
is($with{vacuum}, 0, 'with feedback, VACUUM cancels nobody');
is(conflicts('confl_snapshot'), $before, 'nor is one counted');
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
is(digest($standby, 'SELECT * FROM c'), digest($primary, 'SELECT * FROM c'),
	'the standby has the same rows in the end');
verify_tables($standby);

# promoted: it answers as before, and as its primary, and can be written
my $rows = digest($primary, 'SELECT * FROM c');
verify_tables($primary);
$primary->stop;
$standby->promote;
is(digest($standby, 'SELECT * FROM c'), $rows, 'promoted: the same rows');
ok( same_by_index($standby, 'SELECT count(*), sum(v), sum(id) FROM c WHERE id > 0', 'promoted'),
	'promoted: by index, too');
$standby->safe_psql('postgres', $changes . changes_anywhere($_)) foreach 2 .. 4;
is($standby->safe_psql('postgres', 'SELECT sum(v) FROM c'), '0', 'promoted: changes go on');
ok( same_by_index($standby, 'SELECT count(*), sum(v), sum(id) FROM c WHERE id > 0', 'changed'),
	'promoted: changed rows by index, too');

check_logs($primary, $standby);
verify_tables($standby);
done_testing();
