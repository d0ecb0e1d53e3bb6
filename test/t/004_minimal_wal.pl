# With wal_level = minimal, what a transaction writes into a relation that it
# made is not logged but synced (or logged at its end, if small): a crash right
# after the commit loses nothing, and one before it leaves nothing.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

my $node = new_node(
	'main',
	conf => <<'END');
wal_level = minimal
max_wal_senders = 0
wal_consistency_checking = all
allow_in_place_tablespaces = on
END
my %files = make_source($node, 30000, 60000);

sub load
{
	my ($table, $n) = @_;
	return "COPY $table FROM '$files{$n}' WITH (FORMAT csv);\n";
}

$node->safe_psql('postgres', "CREATE TABLESPACE other LOCATION ''");

my $source = 'SELECT * FROM source';
my $half = "$source WHERE id <= 30000";

# What is done in one transaction, the table it leaves and its rows
my @cases = (
	[
		'CREATE TABLE, COPY',
		"CREATE TABLE t (LIKE source) USING $am;\n" . load('t', 60000),
		$source
	],
	[
		'CREATE TABLE, COPY, INSERT, COPY',
		"CREATE TABLE t (LIKE source) USING $am;\n"
		  . load('t', 30000)
		  . "INSERT INTO t SELECT * FROM source WHERE id <= 7;\n"
		  . load('t', 30000),
		"$half UNION ALL $half UNION ALL $source WHERE id <= 7"
	],
	[ 'CREATE TABLE AS', "CREATE TABLE t USING $am AS $source;\n", $source ],
	[
		'CREATE TABLE, COPY, CREATE INDEX',
		"CREATE TABLE t (LIKE source) USING $am;\n"
		  . load('t', 60000)
		  . "CREATE INDEX i ON t (id);\n",
		$source
	],
	[
		'CREATE TABLE with a primary key, COPY',
		"CREATE TABLE t (LIKE source, PRIMARY KEY (id)) USING $am;\n"
		  . load('t', 60000),
		$source
	],
	[
		'TRUNCATE, COPY', "TRUNCATE t;\n" . load('t', 30000),
		$half, load('t', 60000)
	],
	[
		'COPY FREEZE',
		"CREATE TABLE t (LIKE source) USING $am;\n"
		  . "COPY t FROM '$files{60000}' WITH (FORMAT csv, FREEZE);\n",
		$source
	],
	[
		'savepoints',
		"CREATE TABLE t (LIKE source) USING $am;\nSAVEPOINT a;\n"
		  . load('t', 60000)
		  . "ROLLBACK TO a;\nSAVEPOINT b;\n"
		  . load('t', 30000)
		  . "RELEASE b;\n",
		$half
	],
	[
		'TRUNCATE rolled back to a savepoint',
		load('t', 30000)
		  . "SAVEPOINT a;\nTRUNCATE t;\n"
		  . load('t', 60000)
		  . "ROLLBACK TO a;\n",
		"$half UNION ALL $half",
		load('t', 30000)
	],
	[
		'ALTER TABLE, a rewrite',
		"ALTER TABLE t ALTER COLUMN id TYPE bigint;\n" . load('t', 30000),
		"$source UNION ALL $half",
		load('t', 60000)
	],
	[
		'ALTER TABLE ... SET ACCESS METHOD',
		"ALTER TABLE t SET ACCESS METHOD heap;\n"
		  . "ALTER TABLE t SET ACCESS METHOD $am;\n",
		$source,
		load('t', 60000)
	],
	[
		'ALTER TABLE ... SET TABLESPACE, COPY',
		"ALTER TABLE t SET TABLESPACE other;\n" . load('t', 30000),
		"$source UNION ALL $half",
		load('t', 60000) . "CREATE INDEX i ON t (id);\n"
	],
	[
		'REFRESH MATERIALIZED VIEW',
		"REFRESH MATERIALIZED VIEW v;\n",
		$half, load('t', 30000), 'v'
	],);

foreach my $threshold ('0', '1GB')
{
	$node->append_conf('postgresql.conf',
		"wal_skip_threshold = '$threshold'\n");
	$node->restart;
	foreach my $case (@cases)
	{
		my ($name, $sql, $rows, $earlier, $relation) = @$case;
		my $what = "$name, wal_skip_threshold $threshold";
		my $setup = "DROP TABLE IF EXISTS t CASCADE;\n";

		$relation ||= 't';
		if ($earlier)
		{
			$setup .= "CREATE TABLE t (LIKE source) USING $am;\n" . $earlier;
			$setup .= "CREATE MATERIALIZED VIEW v USING $am AS TABLE t"
			  . " WITH NO DATA;\n"
			  if $relation eq 'v';
		}
		$node->safe_psql('postgres', $setup);
		$node->safe_psql('postgres', "BEGIN;\n${sql}COMMIT;\n");
		crash($node);
		$node->start;
		is(digest($node, "SELECT * FROM $relation"),
			digest($node, $rows), $what);
		cmp_ok(stripes_of($node, $relation), '>', 0, "$what: in stripes");
		same_by_index($node,
			'SELECT count(*), sum(num) FROM t WHERE id BETWEEN 100 AND 300',
			$what)
		  if $sql =~ /INDEX|PRIMARY|TABLESPACE/;

		# and again, not committed when the server dies
		$node->safe_psql('postgres', $setup);
		my $before =
		  $earlier ? digest($node, "SELECT * FROM t") : undef;
		my $session = $node->background_psql('postgres');
		$session->query_safe($_)
		  foreach 'BEGIN', split(/;\n/, $sql), 'SELECT 1';
		crash($node);
		eval { $session->quit };
		$node->start;
		if ($earlier)
		{
			is(digest($node, "SELECT * FROM t"),
				$before, "$what: not committed");
		}
		else
		{
			is($node->safe_psql('postgres', "SELECT to_regclass('t') IS NULL"),
				't', "$what: not committed");
		}
	}
}

check_logs($node);
verify_tables($node);
done_testing();
