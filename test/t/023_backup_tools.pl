# PostgreSQL's tools on columnar tables with stripes, row marks, dead and replaced
# stripes: pg_basebackup under load and compaction, pg_rewind, pg_checksums, pg_dump
# and pg_restore, CREATE DATABASE from a template, ALTER TABLE SET TABLESPACE,
# pg_amcheck.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

my $node = new_node(
	'main',
	streaming => 1,
	conf      => <<'END');
autovacuum = off
columnar.auto_compact = off
wal_keep_size = 1GB
full_page_writes = on
END
my @tables = qw(loaded indexed);
my $rows = 0;

my $compact = $am eq 'columnar' ? "CALL columnar.compact('TABLE');\n" : '';

# Loads that stay, loads that are aborted, rows of the row store; changes and locks
# of rows in stripes that stay and that are aborted, a stripe that becomes dead and
# some that are replaced.
sub change
{
	my ($where) = @_;
	my $script = "SET columnar.stripe_rows = 1024;\n";

	foreach my $table (@tables)
	{
		my $load = sub {
			my ($from, $to) = @_;
			return "INSERT INTO $table SELECT $rows + i, i % 100, md5(i::text)"
			  . " FROM generate_series($from, $to) i;\n";
		};
		$script .= "SET columnar.stripe_all = on;\n"
		  . $load->(1, 4000)
		  . "BEGIN;\n" . $load->(4001, 10000) . "ROLLBACK;\n"
		  . "RESET columnar.stripe_all;\nBEGIN;\n"
		  . "INSERT INTO $table SELECT $rows + 10000 + i, -i, 'row'"
		  . " FROM generate_series(1, 300) i;\n"
		  . "UPDATE $table SET a = a - 1 WHERE id > $rows + 10250;\n"
		  . "DELETE FROM $table WHERE id BETWEEN $rows + 10001 AND $rows + 10020;\n"
		  . "COMMIT;\n"
		  . "DELETE FROM $table WHERE id BETWEEN $rows + 1 AND $rows + 1100;\n"
		  . "UPDATE $table SET b = 'updated' WHERE id BETWEEN $rows + 2000 AND $rows + 4000 AND id % 4 = 0;\n"
		  . "BEGIN; DELETE FROM $table WHERE id > $rows + 2500;"
		  . " SELECT count(*) FROM (SELECT FROM $table WHERE id > $rows FOR UPDATE) x; ROLLBACK;\n"
		  . "BEGIN; SELECT count(*) FROM (SELECT FROM $table WHERE id > $rows AND id % 5 = 0 FOR SHARE) x; COMMIT;\n"
		  . "UPDATE $table SET a = a + 1 WHERE id < $rows AND id % 1000 = 11;\n";
		$script .= $compact =~ s/TABLE/$table/r if $rows % 40000 > 0;
		$script .= "DELETE FROM $table WHERE id > $rows AND id % 17 = 3;\n";
	}
	$rows += 20000;
	$where->safe_psql('postgres', $script);
	return;
}

sub digests
{
	my ($where, $database) = @_;
	return join "\n", map {
		$where->safe_psql($database || 'postgres',
			"SELECT count(*), sum(hashtextextended(r::text, 0)) FROM $_ r")
	} @tables;
}

# The table is as it should be: its rows, by index, and its pages.
sub sound
{
	my ($where, $expected, $what, $database) = @_;
	$database ||= 'postgres';
	is(digests($where, $database), $expected, "$what: the rows are right");
	is( $where->safe_psql($database,
			'SET enable_seqscan = off; SET columnar.enable_scan = off;'
			  . ' SELECT count(*), sum(id) FROM indexed WHERE id > 0'),
		$where->safe_psql($database, 'SELECT count(*), sum(id) FROM indexed'),
		"$what: by index, too");
	return if $am ne 'columnar';
	is(ColTest::problems_of($where, $_, $database), '', "$what: $_ is sound")
	  foreach @tables;
	return;
}

$node->safe_psql('postgres', <<"END");
CREATE TABLE loaded (id int, a int, b text) USING $am;
CREATE TABLE indexed (id int PRIMARY KEY, a int, b text) USING $am;
CREATE INDEX ON indexed USING hash (b);
CREATE INDEX ON indexed USING gin ((ARRAY[a]));
CREATE INDEX ON indexed (b, a);
END
change($node);
$node->safe_psql('postgres', 'VACUUM loaded');
change($node);
cmp_ok(stripes_of($node, 'loaded'), '>', 10, 'there are stripes');
if ($am eq 'columnar')
{
	my $states = $node->safe_psql('postgres',
		"SELECT string_agg(DISTINCT state, ' ' ORDER BY state), sum(dead_rows) > 100 FROM columnar.stripes('loaded')");
	is($states, 'aborted committed dead replaced|t', 'in all states, with dead rows');
}

# ---- pg_basebackup while rows are loaded, aborted and vacuumed ----
# Each transaction of the writer changes both tables alike.
my $script = "SET columnar.stripe_all = on;\n"
  . ( "BEGIN; INSERT INTO loaded SELECT -i, i, 'w' FROM generate_series(1, 2000) i;"
	  . " INSERT INTO twin SELECT -i, i, 'w' FROM generate_series(1, 2000) i; COMMIT;\n"
	  . "BEGIN; INSERT INTO loaded SELECT -i, i, 'x' FROM generate_series(1, 3000) i;"
	  . " ROLLBACK;\n"
	  . "BEGIN; UPDATE loaded SET a = a + 1 WHERE id % 20 = -3; UPDATE twin SET a = a + 1 WHERE id % 20 = -3; COMMIT;\n"
	  . "BEGIN; DELETE FROM loaded WHERE id % 3 = -2; DELETE FROM twin WHERE id % 3 = -2; COMMIT;\n"
	  . "VACUUM loaded;\n" . $compact =~ s/TABLE/loaded/r ) x 500;
$node->safe_psql('postgres', 'CREATE TABLE twin USING heap AS SELECT * FROM loaded');
my ($out, $err) = ('', '');
my $script_file = $node->basedir . '/writer.sql';
append_to_file($script_file, $script);
my $writer = IPC::Run::start(
	[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', $script_file ],
	'>', \$out, '2>', \$err);
$node->poll_query_until('postgres', "SELECT count(*) > 0 FROM loaded WHERE b = 'w'");
$node->backup('busy');
$node->safe_psql('postgres',
	"SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	  . " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
$writer->finish;
unlike($err, qr/ERROR/, 'the writer made no mistake');
command_ok(
	[ 'pg_verifybackup', '-n', $node->backup_dir . '/busy' ],
	'pg_verifybackup accepts the backup');
my $copy = PostgreSQL::Test::Cluster->new('copy');
$copy->init_from_backup($node, 'busy');
$copy->start;
is(digest($copy, 'SELECT * FROM loaded'), digest($copy, 'SELECT * FROM twin'),
	'the backup has whole transactions');
cmp_ok($copy->safe_psql('postgres', "SELECT count(*) FROM loaded WHERE b = 'w'"),
	'>', 0, 'of the writer, too');
$copy->safe_psql('postgres', 'VACUUM');
verify_tables($copy);

# ---- pg_checksums ----
$copy->stop;
command_ok([ 'pg_checksums', '--enable', '-D', $copy->data_dir ],
	'pg_checksums enables checksums');
command_ok([ 'pg_checksums', '--check', '-D', $copy->data_dir ],
	'pg_checksums finds none wrong');
$copy->start;
is($copy->safe_psql('postgres', 'SHOW data_checksums'), 'on', 'they are on');
is(digest($copy, 'SELECT * FROM loaded'), digest($copy, 'SELECT * FROM twin'),
	'the rows are read with checksums');
change($copy);
$copy->safe_psql('postgres', 'VACUUM');
$copy->stop;
command_ok([ 'pg_checksums', '--check', '-D', $copy->data_dir ],
	'nor after new loads and VACUUM');
$node->safe_psql('postgres', "DROP TABLE twin");

# ---- pg_dump and pg_restore ----
my $expected = digests($node);

# A new database, with a default access method, in which commands restore a dump: its
# tables have the rows, and the method.
sub restored
{
	my ($what, $default, $method, @command) = @_;
	my $database = $what =~ s/\W+/_/gr;

	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0");
	$node->safe_psql('postgres',
		"ALTER DATABASE $database SET default_table_access_method = $default");
	# else the default is not known there
	$node->safe_psql($database, 'CREATE EXTENSION columnar') if $default eq 'columnar';
	$node->command_ok([ $command[0], '-d', $database, @command[ 1 .. $#command ] ], $what);
	is(digests($node, $database), $expected, "$what: the rows are right");
	is( $node->safe_psql($database,
			'SELECT string_agg(DISTINCT amname, \',\') FROM pg_class c JOIN pg_am a'
			  . " ON a.oid = relam WHERE relname IN ('loaded', 'indexed')"),
		$method,
		"$what: the access method is $method");
	if ($method eq 'columnar')
	{
		sound($node, $expected, $what, $database);
		cmp_ok($node->safe_psql($database, "SELECT sum(n_rows) FROM columnar.stripes('loaded')"),
			'>=', 4000, "$what: rows are loaded as stripes");
	}
	return $database;
}

my $dump = $node->basedir . '/dump';
my @psql = qw(psql -Xq -v ON_ERROR_STOP=1 -f);
my @databases;
$node->command_ok([ 'pg_dump', '-F', $_, '-f', "$dump-$_", 'postgres' ], "pg_dump, format $_")
  foreach qw(custom plain tar);
$node->command_ok([ qw(pg_dump -j 2 -F directory -f), "$dump-directory", 'postgres' ], 'pg_dump, two jobs');
$node->command_ok([ qw(pg_dump --no-table-access-method -f), "$dump-none", 'postgres' ],
	'pg_dump --no-table-access-method');
push @databases,
  restored('plain', 'heap', $am, @psql, "$dump-plain"),
  restored('custom, two jobs', 'heap', $am, qw(pg_restore -e -j 2), "$dump-custom"),
  restored('directory, two jobs', 'heap', $am, qw(pg_restore -e -j 2), "$dump-directory"),
  restored('tar', 'heap', $am, qw(pg_restore -e), "$dump-tar"),
  restored('plain, as heap', 'heap', 'heap', @psql, "$dump-none"),
  restored('plain, as default', $am, $am, @psql, "$dump-none"),
  restored('custom, as heap', 'heap', 'heap', qw(pg_restore -e --no-table-access-method), "$dump-custom");
# from heap tables
$node->command_ok([ qw(pg_dump -F custom -f), "$dump-heap", $databases[-1] ], 'pg_dump of heap tables');
push @databases,
  restored('heap, kept', $am, 'heap', qw(pg_restore -e), "$dump-heap"),
  restored('heap, as default', $am, $am, qw(pg_restore -e -j 2 --no-table-access-method), "$dump-heap");
$node->safe_psql('postgres', "DROP DATABASE $_") foreach @databases;

# ---- databases from a template, tablespaces ----
foreach my $strategy (qw(wal_log file_copy))
{
	$node->safe_psql('template1',
		"CREATE DATABASE copy_$strategy TEMPLATE postgres STRATEGY $strategy");
	sound($node, $expected, $strategy, "copy_$strategy");
	$node->safe_psql("copy_$strategy",
		'SET columnar.stripe_all = on; VACUUM;'
		  . ' INSERT INTO loaded SELECT i, i FROM generate_series(1, 5000) i;'
		  . ' UPDATE loaded SET a = 1 WHERE id % 7 = 1; DELETE FROM loaded WHERE id % 7 = 2;'
		  . $compact =~ s/TABLE/loaded/r);
}
is(digests($node), $expected, 'the template is left alone');
my $space = $node->basedir . '/space';
mkdir $space;
$node->safe_psql('postgres', "CREATE TABLESPACE elsewhere LOCATION '$space'");
foreach my $tablespace (qw(elsewhere pg_default elsewhere))
{
	$node->safe_psql('postgres', "ALTER TABLE $_ SET TABLESPACE $tablespace")
	  foreach @tables;
	sound($node, $expected, "moved to $tablespace");
}
crash($node);
$node->start;
sound($node, $expected, 'after a crash');
sound($node, digests($node, 'copy_wal_log'), 'a copy after a crash',
	'copy_wal_log');
$node->safe_psql('postgres', "ALTER TABLE $_ SET TABLESPACE pg_default")
  foreach @tables;
$node->safe_psql('postgres', 'DROP TABLESPACE elsewhere');
$node->safe_psql('postgres', "DROP DATABASE $_")
  foreach qw(copy_wal_log copy_file_copy);

# ---- pg_amcheck: indexes are checked, columnar tables themselves left out ----
$node->safe_psql('postgres', 'CREATE EXTENSION amcheck');
$node->command_ok(
	[ 'pg_amcheck', '--heapallindexed', '--rootdescend', 'postgres' ],
	'pg_amcheck finds nothing wrong');
$node->command_ok(
	[ 'pg_amcheck', '--parent-check', '--heapallindexed', 'postgres' ],
	'nor with parent checks');
my $status;
($status, $out, $err) =
  $node->psql('postgres', "SELECT verify_heapam('loaded')");
like($err, qr/only heap AM is supported/, 'verify_heapam refuses the table')
  if $am eq 'columnar';

# ---- pg_rewind ----
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
change($node);
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
$standby->promote;
# until then pg_rewind does not see the new timeline
$standby->safe_psql('postgres', 'CHECKPOINT');
# both go their ways: other stripes, other aborted ones, resolved here and not
# there
change($standby);
$standby->safe_psql('postgres', 'VACUUM loaded');
change($standby);
change($node);
change($node);
$node->safe_psql('postgres', 'VACUUM (FREEZE)');
change($node);
$node->stop;
command_ok(
	[
		'pg_rewind', '--no-sync',
		'--source-server', $standby->connstr('postgres'),
		'--target-pgdata', $node->data_dir
	],
	'pg_rewind takes the old primary back');
# pg_rewind copied the configuration of its new primary
my $port = $node->port;
$node->append_conf('postgresql.conf',
	"port = $port\nprimary_conninfo = '" . $standby->connstr . "'\n");
$node->append_conf('standby.signal', '');
$node->start;
$expected = digests($standby);
$standby->wait_for_catchup($node, 'replay', $standby->lsn('insert'));
sound($node, $expected, 'rewound');
change($standby);
$standby->safe_psql('postgres', 'VACUUM');
$standby->wait_for_catchup($node, 'replay', $standby->lsn('insert'));
sound($standby, digests($standby), 'the new primary');
sound($node, digests($standby), 'rewound, and following');

check_logs($node, $standby, $copy);
verify_tables($standby);
verify_tables($node);
done_testing();
