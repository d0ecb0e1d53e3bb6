# columnar.load: all of a file or nothing, whatever ends it: its worker, its session, a
# timeout, the server; and of random files, sound or damaged, what COPY makes of
# them, with the same message and line.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use ColTest;

my $random_seconds = 10;

my $node = new_node(
	'main',
	streaming => 1,
	conf => <<'END');
wal_consistency_checking = all
wal_keep_size = 1GB
restart_after_crash = on
max_worker_processes = 12
END
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
my %files = make_source($node, 60000);
my $whole = digest($node, 'SELECT * FROM source');

# ---- loads that are ended ----

$node->safe_psql('postgres', <<'END');
CREATE FUNCTION slow(id int) RETURNS bool PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
	IF id > 10000 AND id % 100 = 0 AND current_setting('test.slow', true) = 'on' THEN
		PERFORM pg_sleep(0.05);
	END IF;
	RETURN true;
END $$;
CREATE TABLE t (LIKE source, PRIMARY KEY (id), CHECK (slow(id))) USING columnar;
SELECT columnar.set_options('t', stripe_rows => 2048);
CREATE UNLOGGED TABLE twice (LIKE source) USING columnar;
SELECT columnar.set_options('twice', stripe_rows => 1024);
END
my $load = "SELECT columnar.load('t', '$files{60000}', options => 'FORMAT csv')";

my $workers = "pg_stat_activity WHERE backend_type = 'parallel worker'";

sub wait_until
{
	my ($query) = @_;
	$node->poll_query_until('postgres', $query) or die "never: $query";
	return;
}

# Lets a load run until rows are written, does something to it, and looks what is left.
sub ended
{
	my ($how, $expected, $statement) = @_;
	my ($out, $err) = ('', '');
	my $session = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr('postgres'),
			'-c', 'SET test.slow = on', '-c', $load ],
		'>', \$out, '2>', \$err);

	wait_until('SELECT EXISTS (SELECT FROM pg_stat_progress_copy'
		  . ' WHERE tuples_processed > 2048 AND bytes_processed > 0)');
	is($node->safe_psql('postgres', "SELECT count(*) FROM $workers"),
		'2', "$how: two workers");
	ref $statement ? $statement->() : $node->safe_psql('postgres', $statement);
	$session->finish;
	like($err, $expected, "$how: an error");
	ok(wait_ready($node), "$how: the server answers");
	wait_until("SELECT NOT EXISTS (SELECT FROM $workers)");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM t'),
		'0', "$how: nothing is loaded");
	is(problems_of($node, 't'), '', "$how: nothing is wrong");
	return;
}

my $worker = "(SELECT min(pid) FROM $workers)";
my $leader = '(SELECT pid FROM pg_stat_progress_copy)';

ended('worker terminated', qr/terminating|lost connection/,
	"SELECT pg_terminate_backend($worker)");
ended('worker cancelled', qr/canceling statement due to user request/,
	"SELECT pg_cancel_backend($worker)");
ended('session cancelled', qr/canceling statement due to user request/,
	"SELECT pg_cancel_backend($leader)");
ended('session terminated', qr/terminating connection/,
	"SELECT pg_terminate_backend($leader)");
ended('worker killed', qr/closed the connection|terminating connection/,
	sub { kill 'KILL', $node->safe_psql('postgres', "SELECT $worker") });
ended('crash', qr/closed the connection|terminating connection|could not receive/,
	sub { crash($node); $node->start });
my ($status, $out, $err) = $node->psql('postgres',
	"SET test.slow = on; SET statement_timeout = '1s'; $load");
like($err, qr/statement timeout/, 'timeout: an error');
is($node->safe_psql('postgres', 'SELECT count(*) FROM t'),
	'0', 'timeout: nothing is loaded');

# ---- and those that are not ----

is($node->safe_psql('postgres', $load), '60000', 'all is loaded');
is(digest($node, 'SELECT * FROM t'), $whole, 'all of it');
ok( same_by_index(
		$node, 'SELECT count(*), sum(num) FROM t WHERE id BETWEEN 7 AND 7000',
		'index'),
	'by index as well');
($status, $out, $err) = $node->psql('postgres', $load);
like($err, qr/duplicate key value.*CONTEXT:  COPY t, line 1$/s, 'once only');

# beside other writers: who comes with the same key waits; loads go side by side
my $other = $node->background_psql('postgres');
$other->query_safe('TRUNCATE t; BEGIN');
$other->query_safe($load);
($status, $out, $err) = $node->psql('postgres',
	"SET lock_timeout = '100ms'; INSERT INTO t (id) VALUES (59999)");
like($err, qr/lock timeout/, 'another session waits for a key');
$other->query_safe('COMMIT');
$other->quit;
($status, $out, $err) =
  $node->psql('postgres', 'INSERT INTO t (id) VALUES (59999)');
like($err, qr/duplicate key value/, 'and finds it');
my @sessions = map {
	IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c',
			"SELECT columnar.load('twice', '$files{60000}', options => 'FORMAT csv')" ],
		'>', \my $loaded)
} 1 .. 2;
$_->finish foreach @sessions;
is( digest($node, 'SELECT * FROM twice'),
	digest($node, 'SELECT * FROM source UNION ALL SELECT * FROM source'),
	'two loads at once');

# without any free worker, and with one
$node->safe_psql('postgres', "TRUNCATE t; SET max_parallel_workers = 0; $load");
is(digest($node, 'SELECT * FROM t'), $whole, 'no worker is free');
$node->safe_psql('postgres', "TRUNCATE t; SET max_parallel_workers = 1; $load");
is(digest($node, 'SELECT * FROM t'), $whole, 'one worker is free');

# memory is short: rows that are too large for stripes, and many small stripes
$node->safe_psql('postgres', <<'END');
CREATE TABLE large AS SELECT id, CASE WHEN id % 3000 = 0 THEN repeat(md5(id::text), 140000) ELSE long END AS long
	FROM source WHERE id < 20000;
CREATE TABLE t_large (LIKE large, PRIMARY KEY (id)) USING columnar;
SELECT columnar.set_options('t_large', stripe_rows => 4096);
END
$node->safe_psql('postgres', "COPY large TO '" . $node->basedir . "/large'");
$node->safe_psql('postgres', "SET columnar.write_memory = '8MB';"
	  . " SELECT columnar.load('t_large', '" . $node->basedir . "/large')");
is( digest($node, 'SELECT * FROM t_large'),
	digest($node, 'SELECT * FROM large'),
	'rows too large for stripes');
is( $node->safe_psql('postgres',
		"SELECT count(*) - (SELECT sum(n_rows) FROM columnar.stripes('t_large')) FROM t_large"),
	'6', 'are in the row store');

$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is(digest($standby, 'SELECT * FROM t'), $whole, 'the standby has it all');

# ---- random files ----

seed_random();
$node->safe_psql('postgres', <<'END');
CREATE SCHEMA by_copy;
CREATE SCHEMA by_load;
CREATE TABLE by_copy.t (a int, b text, c text, CHECK (a < 1000000)) USING heap;
CREATE TABLE by_load.t (LIKE by_copy.t INCLUDING ALL) USING columnar;
SELECT columnar.set_options('by_load.t', stripe_rows => 1024);
END

sub pick { return $_[ rand @_ ] }

# A field, quoted or escaped as the format wants it, or not quite so.
sub field
{
	my ($format, $value) = @_;
	my ($q, $e) = @$format{qw(quote escape)};

	if (!$format->{csv})
	{
		$value =~ s/([\\\t])/\\$1/g;
		$value =~ s/([\r\n])/rand() < 0.5 ? ($1 eq "\n" ? '\n' : '\r') : "\\$1"/ge;
		return $value;
	}
	return $value if $value !~ /[\Q$q\E,\r\n]/ && rand() < 0.7;
	$value =~ s/([\Q$q$e\E])/$e$1/g;
	return "$q$value$q";
}

sub random_file
{
	my ($path, $format) = @_;
	my @parts = ('a', 'ü', ' ', $format->{quote}, $format->{escape}, ',', "\n",
		"\r\n", '\\', '.', 'text');
	my $text = '';
	my $rows = 2000 + int rand 4000;

	$text = "a,b,c$format->{eol}" if $format->{header};
	foreach my $row (1 .. $rows)
	{
		$text .= join($format->{csv} ? ',' : "\t",
			$row,
			map { field($format, join '', map { pick(@parts) } 1 .. rand 6) } 1 .. 2)
		  . $format->{eol};
	}
	# an end, or some damage
	chomp $text if rand() < 0.2;
	my $damage = rand() < 0.6 ? int rand 3 : 0;
	foreach (1 .. $damage)
	{
		substr($text, int rand length $text, int rand 3) =
		  pick($format->{quote}, $format->{escape}, "\n", "\r", "\r\n", '\\',
			"\n\\.\n", ',', "\0", "\xff", 'x');
	}
	open my $file, '>:raw', $path or die "$path: $!";
	print $file $text;
	close $file;
	return;
}

# What a statement has to say: a number of rows, or an error with its place.
sub outcome
{
	my ($statement) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $statement);
	return $out if $status == 0;
	my ($message) = $err =~ /ERROR:  (.*?)$/m;
	my ($place) = $err =~ /(COPY t.*?)(?:\nparallel worker|\nSQL statement|\z)/s;
	return "$message / " . ($place // '');
}

my $path = $node->basedir . '/random';
my $until = time + $random_seconds;
my ($n, $n_errors) = (0, 0);
while (time < $until)
{
	my %format = (csv => rand() < 0.7, eol => pick("\n", "\r\n"), quote => '"');
	$format{quote} = pick('"', "'") if $format{csv};
	$format{escape} = $format{csv} && rand() < 0.3 ? pick('\\', '!') : $format{quote};
	$format{header} = $format{csv} && rand() < 0.5 ? 1 : 0;
	my $options = $format{csv}
	  ? "FORMAT csv, QUOTE E'\\$format{quote}', ESCAPE E'\\$format{escape}', HEADER $format{header}"
	  : 'FORMAT text';
	random_file($path, \%format);
	$node->safe_psql('postgres', 'TRUNCATE by_copy.t, by_load.t');
	my $copy = outcome("COPY by_copy.t FROM '$path' WITH ($options);"
		  . " SELECT count(*) FROM by_copy.t");
	my $loaded = outcome("SELECT columnar.load('by_load.t', '$path', options => \$\$$options\$\$, workers => "
		  . (1 + int rand 3) . ')');
	$n++;
	$n_errors++ if $copy =~ /COPY/;
	if ($copy ne $loaded
		|| digest($node, 'SELECT * FROM by_copy.t') ne digest($node, 'SELECT * FROM by_load.t'))
	{
		fail("COPY and columnar.load agree ($options)");
		diag "COPY: $copy\nload: $loaded\nfile: $path";
		last;
	}
}
cmp_ok($n_errors, '>', 0, "some of $n random files were damaged");
cmp_ok($n_errors, '<', $n, 'some were not');

check_logs($node, $standby);
verify_tables($node);
verify_tables($standby);
done_testing();
