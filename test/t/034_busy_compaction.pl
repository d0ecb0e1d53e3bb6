# The worker that VACUUM starts compacts a table that is never left alone: writers
# who follow one another closely do not keep it out, and it does not keep them out.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use ColTest;

plan skip_all => 'is about columnar tables' if $am ne 'columnar';

my $node = new_node('main', conf => "autovacuum = off\nfsync = off\ndeadlock_timeout = 5ms\ncolumnar.compact_min_rows = 8000\n");
$node->safe_psql('postgres', <<'END');
CREATE TABLE t (id int PRIMARY KEY, n int) USING columnar WITH (autovacuum_enabled = off);
INSERT INTO t SELECT i, 0 FROM generate_series(1, 4000) i;
INSERT INTO t SELECT i, 0 FROM generate_series(4001, 8000) i;
INSERT INTO t SELECT i, 0 FROM generate_series(8001, 12000) i;
INSERT INTO t SELECT i, 0 FROM generate_series(12001, 16000) i;
CREATE TABLE stop (now bool) USING heap;
CREATE TABLE done (writer int, changes bigint, longest interval) USING heap;
-- one short transaction after another, on rows of its own
CREATE PROCEDURE write(writer int) LANGUAGE plpgsql AS $$
DECLARE
  changes bigint := 0;
  longest interval := '0';
  before timestamptz;
BEGIN
  WHILE NOT EXISTS (SELECT FROM stop) LOOP
    COMMIT;
    before := clock_timestamp();
    UPDATE t SET n = n + 1 WHERE id = writer * 10 + changes % 10;
    COMMIT;
    longest := greatest(longest, clock_timestamp() - before);
    changes := changes + 1;
  END LOOP;
  INSERT INTO done VALUES (writer, changes, longest);
END $$;
END
my $in_row_store = "SELECT count(*) FROM t WHERE id > 1000 AND ctid < '(2147483648,1)'";
is($node->safe_psql('postgres', $in_row_store), '15000', 'rows are in the row store');

my ($out, $err) = ('', '');
my @writers = map {
	IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "CALL write($_)" ],
		'>', \$out, '2>', \$err)
} 1 .. 2;
$node->poll_query_until('postgres', "SELECT count(*) = 2 FROM t WHERE id IN (10, 20) AND n > 10")
  or die 'the writers do not write';
# pages that the writers have just changed are left alone
my $left = 15000;
for (my $until = time + 60; $left > 3000 && time < $until;)
{
	$node->safe_psql('postgres', 'VACUUM t');
	sleep 0.5;
	$left = $node->safe_psql('postgres', $in_row_store);
}
my $writing = $node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CALL write%'");
$node->safe_psql('postgres', 'INSERT INTO stop VALUES (true)');
$_->finish foreach @writers;
cmp_ok($left, '<=', 3000, 'most rows were compacted');
is($writing, '2', 'beside the writers');
is($err, '', 'who made no mistake');
unlike(slurp_file($node->logfile), qr/canceling statement/, 'a batch gives way by itself: no waiter cancels it');
is($node->safe_psql('postgres', 'SELECT count(*), sum(n) = (SELECT sum(changes) FROM done) FROM t'),
	'16000|t', 'all of their changes are there');
my $longest = $node->safe_psql('postgres', 'SELECT extract(epoch FROM max(longest)) FROM done');
diag "note: a writer waited for $longest s at most";
cmp_ok($longest, '<', 20, 'they were not kept out');
verify_tables($node);

# it makes way as autovacuum does: nobody has to look for it to drop a database
$node->safe_psql('postgres', 'CREATE DATABASE dropped');
$node->safe_psql('dropped', <<'END');
CREATE EXTENSION columnar;
CREATE TABLE t (id int PRIMARY KEY, v text) USING columnar WITH (autovacuum_enabled = off);
DO $$ BEGIN
  FOR i IN 0 .. 59 LOOP
    INSERT INTO t SELECT i * 4000 + j, repeat('v', 100) FROM generate_series(1, 4000) j;
  END LOOP;
END $$;
VACUUM t;
END
$node->poll_query_until('postgres', "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = 'dropped' AND backend_type = 'columnar compaction'")
  or die 'there is no compaction';
is($node->psql('postgres', 'DROP DATABASE dropped'), 0, 'its database can be dropped');
check_logs($node);
done_testing();
