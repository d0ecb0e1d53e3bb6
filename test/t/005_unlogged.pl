# An unlogged table keeps its rows over a clean restart, is empty and usable
# after a crash and on a promoted standby, and becomes logged and back.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

my $node = new_node(
	'main',
	streaming => 1,
	conf => "wal_consistency_checking = all\nwal_keep_size = 1GB\n");
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
my %files = make_source($node, 60000);
my $load = "COPY t FROM '$files{60000}' WITH (FORMAT csv)";
my $whole = digest($node, 'SELECT * FROM source');

$node->safe_psql('postgres', <<"END");
CREATE UNLOGGED TABLE t (LIKE source, PRIMARY KEY (id)) USING $am;
CREATE UNLOGGED TABLE never_filled (a int) USING $am;
CREATE TABLE logged (LIKE source) USING $am;
END
$node->safe_psql('postgres', $load);
$node->safe_psql('postgres', 'INSERT INTO logged SELECT * FROM source');
is(digest($node, 'SELECT * FROM t'), $whole, 'loaded');
cmp_ok(stripes_of($node, 't'), '>', 0, 'in stripes');

$node->restart;
is(digest($node, 'SELECT * FROM t'), $whole, 'still there after a restart');

foreach my $how ('crash', 'immediate stop')
{
	$how eq 'crash' ? crash($node) : $node->stop('immediate');
	$node->start;
	is($node->safe_psql('postgres', 'SELECT count(*) FROM t'),
		'0', "$how: empty");
	is($node->safe_psql('postgres', 'SELECT count(*) FROM never_filled'),
		'0', "$how: the other one too");
	is(digest($node, 'SELECT * FROM logged'),
		$whole, "$how: the logged table has its rows");
	$node->safe_psql('postgres', 'INSERT INTO never_filled VALUES (1)');
	$node->safe_psql('postgres', $load);
	is(digest($node, 'SELECT * FROM t'), $whole, "$how: loaded again");
	ok( same_by_index(
			$node,
			'SELECT count(*), sum(num) FROM t WHERE id BETWEEN 7 AND 700', $how),
		"$how: the index works");
	my ($status, $out, $err) = $node->psql('postgres', $load);
	like($err, qr/duplicate key/, "$how: and is unique");
	is(digest($node, 'SELECT * FROM t'), $whole, "$how: nothing came twice");
}

# truncated, then a crash
$node->safe_psql('postgres', "TRUNCATE t; $load");
crash($node);
$node->start;
is($node->safe_psql('postgres', 'SELECT count(*) FROM t'),
	'0', 'empty after TRUNCATE, COPY, crash');
$node->safe_psql('postgres', $load);

# logged and back
$node->safe_psql('postgres', 'ALTER TABLE t SET LOGGED');
crash($node);
$node->start;
is(digest($node, 'SELECT * FROM t'), $whole, 'SET LOGGED survives a crash');
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is(digest($standby, 'SELECT * FROM t'), $whole, 'and is on the standby');
$node->safe_psql('postgres', 'ALTER TABLE t SET UNLOGGED');
is(digest($node, 'SELECT * FROM t'), $whole, 'SET UNLOGGED keeps the rows');

# on a standby
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
my ($status, $out, $err) = $standby->psql('postgres', 'SELECT * FROM t LIMIT 1');
like($err, qr/cannot access temporary or unlogged relations during recovery/,
	'not readable on a standby');
$standby->promote;
is($standby->safe_psql('postgres', 'SELECT count(*) FROM t'),
	'0', 'empty after promotion');
$standby->safe_psql('postgres', $load);
is(digest($standby, 'SELECT * FROM t'), $whole, 'usable after promotion');

check_logs($node, $standby);
verify_tables($node);
verify_tables($standby);
done_testing();
