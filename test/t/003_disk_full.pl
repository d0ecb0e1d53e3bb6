# A disk that fills up in the middle of a load, an index build or a rewrite: the
# statement fails, the server lives, the table is as before, also after a
# crash, and can be used when there is room again.
#
# The small disk is a tmpfs, which root's test run mounts (COL_SMALL_DIR), or
# which this test mounts for its server in a user namespace of its own.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

my $small = $ENV{COL_SMALL_DIR};
my $megabytes = 12;
my (@in_namespace, $holder);

# not "my": closing it waits for the holder, so END must come first
our $ready;

END
{
	kill 'KILL', $holder if $holder;
}

if (!$small)
{
	# Root of a namespace mounts it and waits until this test ends it; the
	# server runs in there as a plain user of a second one.
	$small = PostgreSQL::Test::Utils::tempdir_short();
	$holder = open $ready, '-|', 'unshare', '-Urm', 'sh', '-c',
	  "mount -t tmpfs -o size=${megabytes}m,mode=777 small $small"
	  . " && echo ready && exec sleep 600";
	@in_namespace = (
		'nsenter', '--preserve-credentials', '-U', '-m', '-t', $holder || 0,
		'unshare', '-U', '--map-user=1000', '--map-group=1000', '--');
	if (!$holder
		|| (<$ready> // '') ne "ready\n"
		|| !run_log([ @in_namespace, 'true' ]))
	{
		plan skip_all =>
		  'no small disk: run as root, or where user namespaces are allowed';
	}
}

my $node = new_node('main', streaming => 1);
my %files = make_source($node, 1500, 8000, 60000);

sub start_server
{
	if (@in_namespace)
	{
		system_or_bail(@in_namespace, 'pg_ctl', '-w', '-D', $node->data_dir,
			'-l', $node->logfile, 'start');
		$node->_update_pid(1);
	}
	else
	{
		$node->start;
	}
	return;
}

if (@in_namespace)
{
	$node->stop;
	start_server();
}

my $load = "COPY t FROM '%s' WITH (FORMAT csv);\n";

# incompressible, so that any storage fills the disk
$node->safe_psql('postgres', <<"END");
CREATE TABLE noise USING heap AS
SELECT i AS id, md5(i::text || 'a') || md5(i::text || 'b') AS payload,
       (i * 7919 % 100000) / 100.0::numeric(12,2) AS num,
       timestamp '2024-01-01' + (i * 7919 % 1000003) * interval '1 second' AS ts,
       md5(i::text || 'c') || md5(i::text || 'd') || md5(i::text || 'e') AS long
  FROM generate_series(1, 200000) AS i;
COPY noise TO '@{[ $node->basedir ]}/noise.csv' WITH (FORMAT csv);
END
my $noise = $node->basedir . '/noise.csv';

$node->safe_psql('postgres', "CREATE TABLESPACE small LOCATION '$small'");
$node->safe_psql('postgres', <<"END");
CREATE TABLE t (id int, payload text, num numeric(12,2), ts timestamp,
                long text) USING $am TABLESPACE small;
CREATE TABLE elsewhere (LIKE t) USING $am;
END
$node->safe_psql('postgres', sprintf $load, $files{8000});
$node->safe_psql('postgres', 'INSERT INTO t SELECT * FROM source WHERE id <= 9');
$node->safe_psql('postgres', "COPY elsewhere FROM '$noise' WITH (FORMAT csv)");
my $before = digest($node, 'SELECT * FROM t');
cmp_ok(stripes_of($node, 't'), '>', 0, 'the table has stripes');
like($before, qr/^8009\|/, 'the table has what fits');

my %statements = (
	'COPY' => "COPY t FROM '$noise' WITH (FORMAT csv)",
	'COPY after a savepoint' =>
	  "BEGIN; COPY t FROM '$files{1500}' WITH (FORMAT csv); SAVEPOINT a;"
	  . " COPY t FROM '$noise' WITH (FORMAT csv); COMMIT",
	'INSERT ... SELECT' => 'INSERT INTO t SELECT * FROM noise',
	'CREATE TABLE AS' =>
	  "CREATE TABLE more USING $am TABLESPACE small AS SELECT * FROM noise",
	'ALTER TABLE ... SET TABLESPACE' =>
	  'ALTER TABLE elsewhere SET TABLESPACE small',
	'CREATE INDEX' =>
	  'CREATE INDEX more ON elsewhere (payload, long) TABLESPACE small',
	'many small writes' =>
	  'DO $$ BEGIN FOR i IN 1 .. 200000 LOOP'
	  . ' INSERT INTO t VALUES (i, repeat(md5(i::text), 20));'
	  . ' END LOOP; END $$',);
my $elsewhere = digest($node, 'SELECT * FROM elsewhere');

foreach my $what (sort keys %statements)
{
	my ($status, $out, $err) =
	  $node->psql('postgres', $statements{$what}, timeout => 60);
	isnt($status, 0, "$what fails");
	like($err, qr/No space left on device/, "$what says that the disk is full");
	is(digest($node, 'SELECT * FROM t'), $before,
		"$what: the table is as before");
	is(digest($node, 'SELECT * FROM elsewhere'),
		$elsewhere, "$what: so is the other");

	# what it left behind is given back
	my ($vacuumed) = $node->psql('postgres', 'VACUUM t');
	$node->safe_psql('postgres', 'CHECKPOINT');
}

crash($node);
start_server();
is(digest($node, 'SELECT * FROM t'), $before, 'as before after a crash');

# with room again
$node->safe_psql('postgres', 'ALTER TABLE t SET TABLESPACE pg_default');
is(digest($node, 'SELECT * FROM t'), $before, 'moved away');
$node->safe_psql('postgres', "COPY t FROM '$noise' WITH (FORMAT csv)");
is($node->safe_psql('postgres', 'SELECT count(*) FROM t'),
	'208009', 'and loaded');

verify_tables($node);
$node->safe_psql('postgres', 'DROP TABLESPACE small');
my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
unlike($log, qr/PANIC|TRAP|terminated by signal/, 'no panic, no lost process');
$node->stop;
done_testing();
