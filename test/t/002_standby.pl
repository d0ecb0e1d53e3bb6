# A standby replays loads, rolled-back loads, indexes, truncation and rewrites,
# answers as the primary does while that goes on, is promoted, and takes the old
# primary back by pg_rewind.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use POSIX ':sys_wait_h';
use Test::More;
use ColTest;

my @tables = qw(loaded indexed rewritten emptied small);

my $primary = new_node(
	'primary',
	streaming => 1,
	conf => <<'END');
wal_consistency_checking = all
wal_keep_size = 1GB
END
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
my %files = make_source($primary, 1500, 30000, 60000);

sub same_everywhere
{
	my ($what) = @_;
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
	foreach my $table (@tables)
	{
		is(digest($standby, "SELECT * FROM $table"),
			digest($primary, "SELECT * FROM $table"),
			"$what: $table is the same on the standby");
	}
	return;
}

sub load
{
	my ($table, $n) = @_;
	return "COPY $table FROM '$files{$n}' WITH (FORMAT csv);\n";
}

$primary->safe_psql('postgres',
	"CREATE TABLE $_ (LIKE source) USING $am") foreach @tables;
$primary->safe_psql('postgres', join '', map { load($_, 30000) } @tables);
$primary->safe_psql('postgres', <<'END');
INSERT INTO small SELECT * FROM source WHERE id <= 5;
CREATE UNIQUE INDEX ON indexed (id);
CREATE INDEX ON indexed USING hash (payload);
CREATE INDEX ON indexed (ts);
END
same_everywhere('after loads');

cmp_ok(stripes_of($standby, 'loaded'), '>', 0, 'the standby has stripes');

# rolled back, in part and as a whole
$primary->safe_psql('postgres',
	    "BEGIN;\n"
	  . load('loaded', 60000)
	  . "SAVEPOINT a;\n"
	  . load('loaded', 30000)
	  . "ROLLBACK TO a;\n"
	  . load('loaded', 1500)
	  . "COMMIT;\nBEGIN;\n"
	  . load('small', 60000)
	  . "ROLLBACK;\n");
is($primary->safe_psql('postgres', 'SELECT count(*) FROM loaded'),
	'91500', 'the savepoint took its rows with it');
same_everywhere('after rollbacks');

# truncation and rewrites
$primary->safe_psql('postgres', <<'END');
TRUNCATE emptied;
ALTER TABLE rewritten ALTER COLUMN id TYPE bigint;
ALTER TABLE rewritten ADD COLUMN more text DEFAULT 'x' || random()::text;
VACUUM FULL loaded;
REINDEX TABLE indexed;
VACUUM (FREEZE) small;
END
same_everywhere('after rewrites');
ok( same_by_index(
		$standby,
		'SELECT count(*), sum(num) FROM indexed WHERE id BETWEEN 500 AND 900',
		'standby'),
	'an index scan on the standby');

# readers on the standby while the primary writes and vacuums; each answer is
# one that some moment of the primary gave: whole batches only
$primary->safe_psql('postgres',
	"CREATE TABLE batches (batch int DEFAULT"
	  . " current_setting('test.batch')::int, id int, payload text,"
	  . " num numeric(12,2), ts timestamp, long text) USING $am");
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
my $script = join '', map {
	"SET test.batch = $_; COPY batches (id, payload, num, ts, long)"
	  . " FROM '$files{30000}' WITH (FORMAT csv);\n"
	  . "BEGIN; SET LOCAL test.batch = -$_;"
	  . " INSERT INTO batches SELECT -$_, * FROM source; ROLLBACK;\n"
	  . "VACUUM batches;\n"
} 1 .. 12;
my $script_file = $primary->basedir . '/writer.sql';
PostgreSQL::Test::Utils::append_to_file($script_file, $script);
my $writer = fork;
if ($writer == 0)
{
	exec 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d',
	  $primary->connstr('postgres'), '-f', $script_file;
}
my ($reads, $wrong) = (0, 0);
while (1)
{
	last if waitpid($writer, WNOHANG) != 0;
	my ($status, $answer) = $standby->psql('postgres',
		'SELECT count(*) FROM (SELECT batch FROM batches GROUP BY batch'
		  . ' HAVING count(*) <> 30000 OR batch < 0) AS partial');
	if ($status == 0)
	{
		$reads++;
		$wrong++ if $answer ne '0';
	}
}
is($?, 0, 'the writer came to its end');
note "$reads reads on the standby";
cmp_ok($reads, '>', 0, 'the standby answered meanwhile');
is($wrong, 0, 'no reader on the standby saw a part of a load');
push @tables, 'batches';
same_everywhere('after concurrent loads');

# promotion; the old primary goes on for a moment and is rewound
$standby->promote;
$standby->safe_psql('postgres', load('small', 60000));
# until then pg_rewind does not see the new timeline
$standby->safe_psql('postgres', 'CHECKPOINT');
$primary->safe_psql('postgres', load('loaded', 1500));
$primary->stop;
command_ok(
	[
		'pg_rewind', '--no-sync',
		'--source-server', $standby->connstr('postgres'),
		'--target-pgdata', $primary->data_dir
	],
	'pg_rewind takes the old primary back');
# pg_rewind copied the configuration of its new primary
my $port = $primary->port;
$primary->append_conf('postgresql.conf', "port = $port\n");
$primary->append_conf('postgresql.conf',
	"primary_conninfo = '" . $standby->connstr . "'\n");
$primary->append_conf('standby.signal', '');
$primary->start;
$standby->wait_for_catchup($primary, 'replay', $standby->lsn('insert'));
foreach my $table (@tables)
{
	is(digest($primary, "SELECT * FROM $table"),
		digest($standby, "SELECT * FROM $table"),
		"after pg_rewind: $table is the same");
}

check_logs($primary, $standby);
verify_tables($standby);
verify_tables($primary);
done_testing();
