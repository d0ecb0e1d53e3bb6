# While VACUUM cleans the indexes of a columnar table it holds back nobody: CREATE
# INDEX CONCURRENTLY of another table does not wait for it, and rows of another
# table that die meanwhile can be removed.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

my $node = new_node('main', conf => "autovacuum = off\ncolumnar.auto_compact = off\nfsync = off\n");
$node->safe_psql('postgres', <<"END");
CREATE TABLE t (id int PRIMARY KEY) USING $am WITH (autovacuum_enabled = off);
SET columnar.stripe_all = on;
INSERT INTO t SELECT generate_series(1, 100000);
DELETE FROM t WHERE id < 3000 AND id % 10 = 0;
CREATE TABLE other (id int) USING heap WITH (autovacuum_enabled = off);
INSERT INTO other SELECT generate_series(1, 1000);
END

# slow, lest it ends before we have looked
my ($out, $err) = ('', '');
my $vacuum = IPC::Run::start(
	[
		'psql', '-XAtq', '-d', $node->connstr('postgres'),
		'-c', "SET vacuum_cost_delay = '50ms'", '-c', 'SET vacuum_cost_limit = 1',
		'-c', 'VACUUM (INDEX_CLEANUP on) t'
	],
	'>', \$out, '2>', \$err);
my $phase = "SELECT phase FROM pg_stat_progress_vacuum WHERE relid = 't'::regclass";
$node->poll_query_until('postgres', $phase, 'vacuuming indexes')
  or die "VACUUM does not come to the indexes: $err";
is($node->psql('postgres', "SET statement_timeout = '20s'; CREATE INDEX CONCURRENTLY ON other (id)"), 0,
	'CREATE INDEX CONCURRENTLY does not wait');
$node->safe_psql('postgres', 'DELETE FROM other');
my $removed = '';
IPC::Run::run([ 'psql', '-Xq', '-d', $node->connstr('postgres'), '-c', 'VACUUM (VERBOSE) other' ],
	'>', \my $ignored, '2>', \$removed);
like($removed, qr/1000 removed, 0 remain, 0 are dead but not yet removable/, 'rows of others are removed');
is($node->safe_psql('postgres', $phase), 'vacuuming indexes', 'VACUUM goes on all the while');

$node->safe_psql('postgres',
	"SELECT pg_cancel_backend(pid) FROM pg_stat_progress_vacuum WHERE relid = 't'::regclass");
$vacuum->finish;
like($err, qr/canceling statement/, 'and is cancelled');
$node->safe_psql('postgres', 'VACUUM t');
ok(same_by_index($node, 'SELECT count(*), sum(id) FROM t WHERE id > 0', 'afterwards'), 'the index is right');
verify_tables($node);
check_logs($node);
done_testing();
