# Prepared transactions that loaded rows: invisible until COMMIT PREPARED, over
# restarts, crashes and a promoted standby; gone after ROLLBACK PREPARED.  Those that
# changed and locked rows of stripes: as with a heap table that they changed, too.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

my $node = new_node(
	'main',
	streaming => 1,
	conf => <<'END');
max_prepared_transactions = 10
wal_consistency_checking = all
wal_keep_size = 1GB
END
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
my %files = make_source($node, 8000, 60000);

$node->safe_psql('postgres', <<"END");
CREATE TABLE t (batch int DEFAULT current_setting('test.batch')::int, id int,
                payload text, num numeric(12,2), ts timestamp, long text,
                PRIMARY KEY (batch, id)) USING $am;
END

sub batch
{
	my ($batch, $n) = @_;
	return "SET LOCAL test.batch = $batch; COPY t (id, payload, num, ts, long)"
	  . " FROM '$files{$n}' WITH (FORMAT csv);\n";
}

sub visible
{
	my ($where, @expected) = @_;
	my $what = pop @expected;
	is( $where->safe_psql('postgres',
			"SELECT string_agg(batch || ':' || n, ' ' ORDER BY batch)"
			  . ' FROM (SELECT batch, count(*) AS n FROM t GROUP BY batch) AS b'),
		join(' ', @expected),
		$what);
	return;
}

$node->safe_psql('postgres', "BEGIN;\n" . batch(1, 8000) . 'COMMIT');
my @prepared = (
	[ 'copied', batch(2, 60000) ],
	[ 'dropped', batch(3, 60000) ],
	[ 'inserted', "INSERT INTO t SELECT 4, * FROM source;\n" ],
	[
		'mixed',
		batch(5, 8000)
		  . "INSERT INTO t SELECT 6, * FROM source WHERE id <= 3;\n"
		  . "SAVEPOINT a;\n"
		  . batch(7, 60000)
		  . "ROLLBACK TO a;\nSAVEPOINT b;\n"
		  . batch(8, 8000)
		  . "RELEASE b;\n"
	],);
$node->safe_psql('postgres',
	"BEGIN;\n$_->[1]PREPARE TRANSACTION '$_->[0]';\n")
  foreach @prepared;
visible($node, '1:8000', 'prepared rows are not visible');

$node->restart;
visible($node, '1:8000', 'nor after a restart');
crash($node);
$node->start;
visible($node, '1:8000', 'nor after a crash');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_prepared_xacts'),
	'4', 'the transactions are still prepared');

cmp_ok(stripes_of($node, 't'), '>', 1, 'the table has stripes of them');

# a unique check waits for the prepared transaction
my ($status, $out, $err) = $node->psql('postgres',
	    "SET lock_timeout = '200ms'; INSERT INTO t"
	  . ' SELECT 2, * FROM source WHERE id = 60000');
like($err, qr/lock timeout/, 'a conflicting row waits');

$node->safe_psql('postgres', 'VACUUM t');
$node->safe_psql('postgres', "COMMIT PREPARED 'copied'");
visible($node, '1:8000', '2:60000', 'committed');
($status, $out, $err) = $node->psql('postgres',
	'INSERT INTO t SELECT 2, * FROM source WHERE id = 60000');
like($err, qr/duplicate key/, 'a conflicting row fails');
$node->safe_psql('postgres', "ROLLBACK PREPARED 'dropped'");
visible($node, '1:8000', '2:60000', 'rolled back');
crash($node);
$node->start;
visible($node, '1:8000', '2:60000', 'the same after a crash');
$node->safe_psql('postgres', "BEGIN;\n" . batch(3, 8000) . 'COMMIT');
visible($node, '1:8000', '2:60000', '3:8000',
	'the keys of what was rolled back are free');

# ---- changes and locks of rows ----
$node->safe_psql('postgres', <<"END");
CREATE TABLE m (id int PRIMARY KEY, v text) USING $am WITH (autovacuum_enabled = off);
CREATE TABLE h (LIKE m INCLUDING ALL) USING heap WITH (autovacuum_enabled = off);
SET columnar.stripe_all = on;
SET columnar.stripe_rows = 1024;
INSERT INTO m SELECT i, 'v' || i FROM generate_series(1, 6000) i;
RESET columnar.stripe_all;
INSERT INTO m SELECT i, 'v' || i FROM generate_series(6001, 6500) i;
INSERT INTO h TABLE m;
END

# by the last digit of id
my %changes = (
	updated => "UPDATE @ SET v = v || 'u' WHERE id % 10 = 1;",
	deleted => 'DELETE FROM @ WHERE id % 10 IN (2, 3);',
	locked  => 'SELECT count(*) FROM (SELECT FROM @ WHERE id % 10 = 4 FOR UPDATE) x;',
	shared  => 'SELECT count(*) FROM (SELECT FROM @ WHERE id % 10 = 5 FOR SHARE) x;',
	nested  => 'SAVEPOINT a; DELETE FROM @ WHERE id % 10 = 6; ROLLBACK TO a; SAVEPOINT b;'
	  . " UPDATE @ SET v = v || 'n' WHERE id % 10 = 6; UPDATE @ SET v = v || 'm' WHERE id % 10 = 6;"
	  . ' RELEASE b; DELETE FROM @ WHERE id % 10 = 7; INSERT INTO @ VALUES (7, \'again\');',
	undone => 'DELETE FROM @ WHERE id % 10 = 8;');
$node->safe_psql('postgres',
	"BEGIN; " . ($changes{$_} =~ s/@/m/gr) . ($changes{$_} =~ s/@/h/gr) . " PREPARE TRANSACTION '$_'")
  foreach sort keys %changes;

# Which rows are there, and which can be locked.
sub changed
{
	my ($where, $what) = @_;
	my %state;

	foreach my $table (qw(m h))
	{
		$state{$table} = digest($where, "SELECT * FROM $table") . "\n"
		  . join "\n", map { $where->safe_psql('postgres',
				"SELECT d, n FROM (SELECT id % 10 AS d, count(*) AS n FROM"
				  . " (SELECT id FROM $table FOR $_ SKIP LOCKED) x GROUP BY 1) y ORDER BY 1") } 'UPDATE', 'SHARE';
	}
	is($state{m}, $state{h}, "changes of prepared transactions $what");
	ok(same_by_index($where, 'SELECT count(*), sum(id), sum(length(v)) FROM m WHERE id > 0', $what),
		"and by index");
	is(problems_of($where, 'm'), '', 'and the table is sound') if $am eq 'columnar';
	return;
}

changed($node, 'before a crash');
crash($node);
$node->start;
changed($node, 'after it');
$node->safe_psql('postgres', 'VACUUM m; VACUUM h');
changed($node, 'after VACUUM');
if ($am eq 'columnar')
{
	(undef, undef, $err) = $node->psql('postgres', "SET lock_timeout = '200ms'; CALL columnar.compact('m')");
	like($err, qr/lock timeout/, 'compaction waits for them');
}
$node->safe_psql('postgres', "COMMIT PREPARED 'updated'; COMMIT PREPARED 'locked'; ROLLBACK PREPARED 'undone'");
changed($node, 'some of which have ended');
crash($node);
$node->start;
changed($node, 'after another crash');

# the rest is finished on the promoted standby
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
visible($standby, '1:8000', '2:60000', '3:8000', 'the standby has the same');
crash($node);
$standby->promote;
$standby->safe_psql('postgres', "COMMIT PREPARED 'inserted'");
$standby->safe_psql('postgres', "COMMIT PREPARED 'mixed'");
visible($standby, '1:8000', '2:60000', '3:8000', '4:60000', '5:8000', '6:3',
	'8:8000', 'committed on the promoted standby');
ok( same_by_index(
		$standby,
		'SELECT count(*), sum(id), sum(num) FROM t WHERE batch = 4',
		'promoted'),
	'its index agrees');
is( digest($standby,
		'SELECT id, payload, num, ts, long FROM t WHERE batch = 4'),
	digest($standby, 'SELECT * FROM source'),
	'the rows are those that were loaded');

changed($standby, 'on the promoted standby');
$standby->safe_psql('postgres', "COMMIT PREPARED 'deleted'; COMMIT PREPARED 'shared'; COMMIT PREPARED 'nested'");
changed($standby, 'which ended there');
$standby->safe_psql('postgres', 'VACUUM m' . ($am eq 'columnar' ? "; CALL columnar.compact('m'); VACUUM m" : ''));
changed($standby, 'after compaction');

check_logs($node, $standby);
verify_tables($standby);
done_testing();
