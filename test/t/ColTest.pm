# ColTest.pm - what the TAP tests share: nodes, crashes, contents compared.
#
# COL_AM=heap in the environment runs a test on heap tables, which shows that
# the test itself is sound.  SEED=n repeats a random test.
package ColTest;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw($am new_node seed_random crash wait_ready digest
  make_source same_by_index stripes_of check_logs problems_of
  verify_tables);

our $am = $ENV{COL_AM} || 'columnar';

# What the source table holds, and every table under test: mostly plain
# values, some NULLs, some long texts that are toasted.
my $source_rows = 60000;

# A started node with the extension; conf is added to postgresql.conf, checksums
# are those of pages.
sub new_node
{
	my ($name, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(
		allows_streaming => $options{streaming},
		extra            => [
			'--locale=C', '--encoding=UTF8',
			  $options{checksums}      ? '--data-checksums'
			: $node->pg_version >= 18 ? '--no-data-checksums'
			: ()
		]);
	$node->append_conf('postgresql.conf', <<'END');
max_connections = 30
shared_buffers = 16MB
log_statement = none
log_min_messages = info
wal_retrieve_retry_interval = '100ms'
jit = off
autovacuum_naptime = 1
columnar.bulk_rows = 4096
END
	$node->append_conf('postgresql.conf', $options{conf} || '');
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION columnar')
	  if $am eq 'columnar';
	return $node;
}

# Seeds rand() with the seed that it prints and returns.
sub seed_random
{
	my $seed = $ENV{SEED} || (time * 1000 % 2**31);
	srand($seed);
	diag "note: SEED=$seed repeats the random choices of this run";
	return $seed;
}

# The processes of the node's server: the postmaster first, then its children.
sub server_processes
{
	my ($node) = @_;
	my $postmaster = $node->{_pid};
	my @children;

	foreach my $stat (glob '/proc/[0-9]*/stat')
	{
		open my $file, '<', $stat or next;
		my $line = <$file> // '';
		close $file;
		push @children, $1
		  if $line =~ /^(\d+) \(.*\) \S (\d+) / && $2 == $postmaster;
	}
	return ($postmaster, @children);
}

sub is_running
{
	my ($pid) = @_;
	open my $file, '<', "/proc/$pid/stat" or return 0;
	my $line = <$file> // '';
	close $file;
	return $line =~ /^\d+ \(.*\) [^ZX]/;
}

# kill -9 of the postmaster and all its children at once.  The node is down
# afterwards.
sub crash
{
	my ($node) = @_;
	my @processes = server_processes($node);

	kill 'KILL', @processes;
	foreach my $pid (@processes)
	{
		my $until = time + 30;
		sleep 0.01 while is_running($pid) && time < $until;
	}
	# A zombie counts as a running server: wait a moment until it is reaped; where
	# that takes long (containers without an init), remove its lock files.
	my $until = time + 0.2;
	sleep 0.01 while -e "/proc/$processes[0]" && time < $until;
	unlink $node->data_dir . '/postmaster.pid',
	  $node->host . '/.s.PGSQL.' . $node->port . '.lock'
	  if -e "/proc/$processes[0]";
	$node->{_pid} = undef;
	return;
}

# Waits until the server (again) answers.
sub wait_ready
{
	my ($node) = @_;
	my $until = time + 60;

	while (time < $until)
	{
		# psql may have gone before it was told what to ask
		my ($status, $out) =
		  eval { $node->psql('postgres', 'SELECT 1', timeout => 10) };
		return 1 if defined $out && $out eq '1';
		sleep 0.05;
	}
	return 0;
}

# Makes the table "source" (heap), whose rows tests load, and CSV files of its
# first n rows for each n given; returns the files' paths by n.
sub make_source
{
	my ($node, @sizes) = @_;
	my %files;

	$node->safe_psql('postgres', <<"END");
CREATE TABLE source (id int, payload text, num numeric(12,2), ts timestamp,
                     long text) USING heap;
INSERT INTO source
SELECT i, CASE WHEN i % 11 > 0 THEN md5((i / 3)::text) END,
       CASE WHEN i % 7 > 0 THEN i * 1.25 % 1000 END,
       timestamp '2024-01-01' + i * interval '17 seconds',
       CASE WHEN i % 499 = 0 THEN repeat(md5(i::text), 120) END
  FROM generate_series(1, $source_rows) AS i;
END
	foreach my $n (@sizes)
	{
		$files{$n} = $node->basedir . "/source-$n.csv";
		$node->safe_psql('postgres',
			"COPY (SELECT * FROM source WHERE id <= $n ORDER BY id)"
			  . " TO '$files{$n}' WITH (FORMAT csv)");
	}
	return %files;
}

# The number of rows of a query's result and a hash of them that does not
# depend on their order: "count hash".
sub digest
{
	my ($node, $rows) = @_;
	return $node->safe_psql('postgres',
		"SELECT count(*), coalesce(sum(hashtextextended(r::text, 0)), 0)"
		  . " FROM ($rows) AS r");
}

# Is the answer of a query the same by index as by a sequential scan?  The
# plan must use an index.
sub same_by_index
{
	my ($node, $query, $what) = @_;
	my $by_index =
	  'SET enable_seqscan = off; SET enable_bitmapscan = off;'
	  . ' SET enable_sort = off; ';
	my $by_scan =
	  'SET enable_indexscan = off; SET enable_indexonlyscan = off;'
	  . ' SET enable_bitmapscan = off; ';
	my $plan = $node->safe_psql('postgres',
		"$by_index EXPLAIN (COSTS OFF) $query");
	my $one = $node->safe_psql('postgres', "$by_index $query");
	my $other = $node->safe_psql('postgres', "$by_scan $query");

	if ($plan !~ /Index/)
	{
		fail("$what: the plan uses an index");
		diag $plan;
		return 0;
	}
	if ($one ne $other)
	{
		fail("$what: index scan and sequential scan agree");
		diag "by index: $one\nby scan: $other";
		return 0;
	}
	return 1;
}

# The number of stripes of a table: what a test of stripes must not lack.  On
# heap, which has none, 1.
sub stripes_of
{
	my ($node, $table) = @_;
	return 1 if $am ne 'columnar';
	return $node->safe_psql('postgres',
		"SELECT count(*) FROM columnar.stripes('$table')");
}

# No server log tells of damage.
sub check_logs
{
	foreach my $node (@_)
	{
		my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
		my @bad = grep {
			$_ !~ /HINT:/
			  && /inconsistent page|PANIC|TRAP|invalid page|corrupt|could not read block|contains invalid|segmentation/i
		} split /\n/, $log;
		is(scalar(@bad), 0, 'no damage in the log of ' . $node->name);
		diag join("\n", @bad[ 0 .. ($#bad > 9 ? 9 : $#bad) ]) if @bad;
	}
	return;
}

# What columnar.verify finds in a table, a line each; but for blocks that nothing
# refers to, which crashes and full disks leave behind.
sub problems_of
{
	my ($node, $table, $database) = @_;
	return $node->safe_psql($database || 'postgres',
		"SELECT * FROM columnar.verify('$table')"
		  . " WHERE problem <> 'orphaned block'");
}

# Runs columnar.verify on every columnar table of the database.
sub verify_tables
{
	my ($node, $database) = @_;
	$database ||= 'postgres';
	return if $am ne 'columnar';
	my @tables = split /\n/, $node->safe_psql($database, <<'END');
SELECT c.oid::regclass FROM pg_class c JOIN pg_am a ON a.oid = c.relam
 WHERE a.amname = 'columnar' AND c.relkind IN ('r', 'm')
   AND c.relpersistence <> 't'
   AND (c.relpersistence = 'p' OR NOT pg_is_in_recovery()) ORDER BY 1
END
	foreach my $table (@tables)
	{
		is(problems_of($node, $table, $database),
			'', "columnar.verify finds nothing wrong in $table");
	}
	return;
}

1;
