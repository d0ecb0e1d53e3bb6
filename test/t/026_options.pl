# Options of tables over pg_dump and pg_restore: they are there before the rows are,
# whatever the format, and with an extension that was there before.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

plan skip_all => 'heap tables have no options' if $am ne 'columnar';

my $node = new_node('main', conf => "autovacuum = off\n");

$node->safe_psql('postgres', <<'END');
-- sorts before the schema of the extension, and after it
CREATE SCHEMA app;
CREATE SCHEMA zone;
CREATE TABLE app.t (id int, k text) USING columnar;
CREATE TABLE zone."T x" (id int, k text) USING columnar;
CREATE TABLE zone.parent (id int, k text) PARTITION BY RANGE (id);
CREATE TABLE zone.child PARTITION OF zone.parent FOR VALUES FROM (0) TO (100000) USING columnar;
SELECT columnar.set_options('app.t', stripe_rows => 2000, codec => 'lz4', profile => 'small', columns => '{"k": {"codec": "none"}}');
SELECT columnar.set_options('zone."T x"', stripe_rows => 3000, sort_by => '{k,id}');
SELECT columnar.set_options('zone.parent', stripe_rows => 4000, auto_compact => false);
INSERT INTO app.t SELECT i, 'k' || i FROM generate_series(1, 30000) i;
INSERT INTO zone."T x" SELECT i, 'k' || i FROM generate_series(1, 30000) i;
INSERT INTO zone.parent SELECT i, 'k' || i FROM generate_series(1, 30000) i;
END

my $options = 'TABLE columnar.options ORDER BY 1';
my $rows = q{SELECT (SELECT max(n_rows) FROM columnar.stripes(t) WHERE state = 'committed')
	FROM unnest('{app.t,"zone.\"T x\"",zone.child}'::regclass[]) t};
my $expected = $node->safe_psql('postgres', $options);
my $dir = PostgreSQL::Test::Utils::tempdir;

like($expected, qr/^app\.t\|2000\|lz4\|\|\|\|small\|\{"k": \{"codec": "none"\}\}\|$/m, 'there are options');

sub restored
{
	my ($database, $what) = @_;
	is($node->safe_psql($database, $options), $expected, "$what: the options are the same");
	is($node->safe_psql($database, $rows), "2000\n3000\n4000", "$what: the rows came after them");
	return;
}

# a database, maybe with the extension in it, that no session knows yet
sub new_database
{
	my ($name, $extension) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name TEMPLATE template0");
	$node->safe_psql($name, 'CREATE EXTENSION columnar') if $extension;
	return;
}

$node->command_ok([ 'pg_dump', '-f', "$dir/plain.sql", $node->connstr('postgres') ], 'pg_dump, plain');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom", $node->connstr('postgres') ], 'pg_dump, custom');
$node->command_ok([ 'pg_dump', '-Fd', '-j', '2', '-f', "$dir/directory", $node->connstr('postgres') ],
	'pg_dump, directory');
foreach my $extension (0, 1)
{
	my $with = $extension ? ' into an extension' : '';

	new_database("plain$extension", $extension);
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/plain.sql",
			$node->connstr("plain$extension") ], "psql$with");
	restored("plain$extension", "plain$with");
	new_database("custom$extension", $extension);
	$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr("custom$extension"), "$dir/custom" ],
		"pg_restore$with");
	restored("custom$extension", "custom$with");
	new_database("jobs$extension", $extension);
	$node->command_ok([ 'pg_restore', '-e', '-j', '2', '-d', $node->connstr("jobs$extension"), "$dir/directory" ],
		"pg_restore -j$with");
	restored("jobs$extension", "jobs$with");
}

# one table alone, and the schema alone
new_database('one', 1);
$node->safe_psql('one', 'CREATE SCHEMA zone');
$node->command_ok([ 'pg_dump', '-t', 'zone.parent', '-f', "$dir/one.sql", $node->connstr('postgres') ],
	'pg_dump -t');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/one.sql", $node->connstr('one') ],
	'psql: a partitioned table alone');
is($node->safe_psql('one', $options), 'zone.parent|4000|||f||||', 'it has its options');

# a copy of the database
$node->safe_psql('postgres', 'CREATE DATABASE copy TEMPLATE plain0');
restored('copy', 'copy of a database');
done_testing();
