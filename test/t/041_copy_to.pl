# COPY TO a client that goes away or is cancelled ends at once, what it holds is let go
# of; to one that reads it gives what heap gives, whichever protocol; a file that does
# not fit on the disk is an error.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

my $node = new_node('main');

$node->safe_psql('postgres', <<'END');
CREATE TABLE h AS SELECT i AS id, repeat(md5(i::text), 10) AS t, i / 7.0::float8 AS f FROM generate_series(1, 200000) i;
CREATE TABLE c USING columnar AS TABLE h;
END
my $loaded = "LOAD 'columnar'; ";

# ---- to a client ----

my $folder = $node->basedir;
foreach my $options ('', '(FORMAT csv, HEADER)')
{
	my $count = $node->safe_psql('postgres', $loaded . "\\copy h to '$folder/h' $options");
	is($node->safe_psql('postgres', "$loaded\n\\copy c to '$folder/c' $options"), $count, 'as many rows');
	is(slurp_file("$folder/c"), slurp_file("$folder/h"), "the same lines $options");
}

# ---- that goes away, is cancelled ----

# The backend that copies to a client that does not read on.
sub stuck_backend
{
	my $query = "SELECT pid FROM pg_stat_activity WHERE query ~ '^COPY c' AND wait_event = 'ClientWrite'";
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM ($query) x") or die 'nobody waits';
	return $node->safe_psql('postgres', $query);
}

sub start_reader
{
	my $connection = $node->connstr('postgres');
	open my $reader, '-|', 'psql', '-XqAt', '-d', $connection, '-c', "LOAD 'columnar'", '-c', 'COPY c TO STDOUT'
	  or die "psql: $!";
	my $line = <$reader>;
	like($line, qr{^\d+\t}, 'the first line comes');
	return $reader;
}

foreach my $how ('pg_cancel_backend', 'pg_terminate_backend')
{
	my $reader = start_reader();
	my $pid = stuck_backend();
	is($node->safe_psql('postgres', "SELECT type, tuples_processed > 0 FROM pg_stat_progress_copy WHERE pid = $pid"),
		'PIPE|t', 'its progress shows');
	$node->safe_psql('postgres', "SELECT $how($pid)");
	# it is seen when the client reads on
	my $n_lines = () = <$reader>;
	cmp_ok($n_lines, '<', 199999, "$how ends it");
	close $reader;
	isnt($?, 0, 'with an error');
}
{
	my $reader = start_reader();
	my $pid = stuck_backend();
	close $reader;
	$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid")
	  or fail('a backend without client ends');
}
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_locks WHERE relation = 'c'::regclass"), 'no lock is left');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_stat_progress_copy'), '0', 'no progress is left');

# ---- to a file ----

my ($status, $out, $err) = $node->psql('postgres', $loaded . q{COPY c TO '/dev/full'});
like($err, qr/could not write to COPY file: No space left on device/, 'a full disk');
($status, $out, $err) = $node->psql('postgres', $loaded . qq{SET statement_timeout = 20; COPY c TO '$folder/c'});
like($err, qr/statement timeout/, 'a timeout');
$node->safe_psql('postgres', $loaded . "COPY c TO '$folder/c'");
is((stat "$folder/c")[2] & 0777, 0644, 'others may only read the file');
is(slurp_file("$folder/c"), do { $node->safe_psql('postgres', "COPY h TO '$folder/h'"); slurp_file("$folder/h") }, 'the same file');

# ---- another extension's hook ----

SKIP:
{
	skip 'pg_stat_statements is not installed', 2
	  if $node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements'") eq '0';
	foreach my $libraries ('pg_stat_statements', 'columnar, pg_stat_statements')
	{
		$node->append_conf('postgresql.conf', "shared_preload_libraries = '$libraries'");
		$node->restart;
		$node->safe_psql('postgres', 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()');
		$node->safe_psql('postgres', "SELECT FROM c LIMIT 1; COPY c TO '/dev/null'");
		is($node->safe_psql('postgres', "SELECT calls, rows FROM pg_stat_statements WHERE query ~ '^COPY c'"), '1|200000',
			"is told of it, preloaded: $libraries");
	}
}
done_testing();
