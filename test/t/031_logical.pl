# Logical replication: a columnar table with stripes as publisher, with every replica
# identity, and as subscriber; what a plugin of another kind sees.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

my $publisher = new_node(
	'publisher',
	streaming => 'logical',
	conf      => "autovacuum = off\ncolumnar.auto_compact = off\n");
my $subscriber = new_node('subscriber', conf => "autovacuum = off\n");

# d: primary key, i: another index, f: the whole row, n: nothing
my %identity = (
	d => 'DEFAULT', i => 'USING INDEX i_k_key', f => 'FULL', n => 'NOTHING');
for my $node ($publisher, $subscriber)
{
	for my $name (sort keys %identity)
	{
		$node->safe_psql('postgres', <<"END");
CREATE TABLE $name (id int PRIMARY KEY, k int NOT NULL UNIQUE, v text, big text) USING columnar;
ALTER TABLE $name REPLICA IDENTITY $identity{$name};
END
	}
	$node->safe_psql('postgres', 'CREATE TABLE h (id int PRIMARY KEY, k int, v text, big text) USING heap');
}
# stripes are there before the tables are published
for my $name (sort keys %identity)
{
	$publisher->safe_psql('postgres', <<"END");
INSERT INTO $name SELECT i, -i, 'v' || i, CASE WHEN i % 1000 = 0 THEN (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 300) n) END FROM generate_series(1, 20000) i;
END
}
$publisher->safe_psql('postgres', 'INSERT INTO h TABLE d');
is($publisher->safe_psql('postgres', q{SELECT count(*) > 10000 FROM d WHERE ctid >= '(2147483648,1)'}), 't', 'most rows are in stripes');
$publisher->safe_psql('postgres', 'CREATE PUBLICATION p FOR TABLE d, i, f, n ');
my $connection = $publisher->connstr . ' dbname=postgres';
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION s CONNECTION '$connection' PUBLICATION p");
$subscriber->wait_for_subscription_sync($publisher, 's');

sub both_equal
{
	my ($what, @tables) = @_;
	$publisher->wait_for_catchup('s');
	for my $name (@tables)
	{
		my $query = "SELECT count(*), sum(hashtextextended($name\::text, 0)::numeric) FROM $name";
		is($subscriber->safe_psql('postgres', $query), $publisher->safe_psql('postgres', $query), "$what: $name");
	}
}

both_equal('after the first copy', qw(d i f n));

# rows of stripes, of the row store, and both at once
sub change
{
	my ($sql, @tables) = @_;
	for my $name (@tables)
	{
		my $statement = $sql;
		$statement =~ s/\@/$name/g;
		$publisher->safe_psql('postgres', $statement);
	}
}

my @all = qw(d i f);
change("UPDATE \@ SET v = 'updated' WHERE id IN (1, 9000, 15000)", @all, 'h');
both_equal('update', @all);
change('DELETE FROM @ WHERE id IN (2, 9001, 15001, 16000)', @all, 'h');
both_equal('delete', @all);
change('UPDATE @ SET id = id + 100000, k = k - 100000 WHERE id BETWEEN 14000 AND 14020', @all, 'h');
both_equal('update of keys', @all);
change("UPDATE \@ SET v = v || '!' WHERE id % 3 = 0; DELETE FROM \@ WHERE id % 7 = 0; UPDATE \@ SET v = v || '?' WHERE id % 3 = 0", @all, 'h');
both_equal('many rows', @all);
change(<<'END', @all, 'h');
BEGIN;
UPDATE @ SET v = 'one' WHERE id IN (9010, 15010);
SAVEPOINT a;
DELETE FROM @ WHERE id IN (9010, 15010, 15012);
UPDATE @ SET v = 'gone' WHERE id = 15013;
ROLLBACK TO a;
UPDATE @ SET v = v || ' two', big = 'b' WHERE id IN (9010, 15010);
SELECT v FROM @ WHERE id = 15010;
INSERT INTO @ VALUES (15016, 1000000, 'up') ON CONFLICT (id) DO UPDATE SET v = 'upsert';
DELETE FROM @ WHERE id = 15019;
INSERT INTO @ VALUES (15019, 1000001, 'again');
COMMIT;
END
both_equal('savepoints, upserts', @all);
for my $name (@all)
{
	is($publisher->safe_psql('postgres', "SELECT count(*) FROM ((TABLE $name EXCEPT ALL TABLE h) UNION ALL (TABLE h EXCEPT ALL TABLE $name)) x"), 0, "$name equals its heap twin");
	is($publisher->safe_psql('postgres', "SET enable_seqscan = off; SET columnar.enable_scan = off; SELECT count(*) FROM generate_series(1, 120000) i, LATERAL (SELECT * FROM $name WHERE id = i OFFSET 0) x"),
		$publisher->safe_psql('postgres', 'SELECT count(*) FROM h'), "$name by its index");
}
my ($status, $out, $error) = $publisher->psql('postgres', 'UPDATE n SET v = 1 WHERE id = 15000');
like($error, qr/cannot update table "n" because it does not have a replica identity and publishes updates/, 'no replica identity: refused as for heap');

# compaction is no change
my $before = $publisher->safe_psql('postgres', 'SELECT count(*) FROM d WHERE ctid < \'(2147483648,1)\'');
$publisher->safe_psql('postgres', "VACUUM $_; CALL columnar.compact('$_')") for @all;
cmp_ok($before, '>', 1000, 'there were rows in the row store');
is($publisher->safe_psql('postgres', 'SELECT count(*) FROM d WHERE ctid < \'(2147483648,1)\''), 0, 'compaction of a published table');
both_equal('after compaction', @all);
change("UPDATE \@ SET v = 'late' WHERE id % 50 = 1", @all, 'h');
change('DELETE FROM @ WHERE id % 50 = 2', @all, 'h');
both_equal('changes after compaction', @all);
is($publisher->safe_psql('postgres', 'SELECT count(*) FROM ((TABLE d EXCEPT ALL TABLE h) UNION ALL (TABLE h EXCEPT ALL TABLE d)) x'), 0, 'd equals its heap twin');

# the subscriber may compact, too
$subscriber->safe_psql('postgres', "VACUUM $_; CALL columnar.compact('$_')") for @all;
change("UPDATE \@ SET v = 'later' WHERE id % 60 = 1", @all);
change('DELETE FROM @ WHERE id % 60 = 2', @all);
both_equal('subscriber with stripes', @all);
change('TRUNCATE @', 'n');
both_equal('truncate', 'n');

# another plugin
SKIP:
{
	my $found = $publisher->safe_psql('postgres', q{SELECT pg_stat_file(setting || '/test_decoding.so', true) IS NOT NULL FROM pg_config WHERE name = 'PKGLIBDIR'});
	skip 'no test_decoding', 4 if $found ne 't';
	$publisher->safe_psql('postgres', q{SELECT pg_create_logical_replication_slot('other', 'test_decoding')});
	$publisher->safe_psql('postgres', q{CREATE TABLE o (id int PRIMARY KEY, v text) USING columnar; INSERT INTO o SELECT i, 'v' FROM generate_series(1, 10000) i});
	$publisher->safe_psql('postgres', q{SET columnar.logical_tables = 'all'; UPDATE o SET v = 'w' WHERE id = 9000; DELETE FROM o WHERE id = 9001});
	my $changes = $publisher->safe_psql('postgres', q{SELECT data FROM pg_logical_slot_get_changes('other', NULL, NULL, 'include-xids', '0') WHERE data ~ 'UPDATE|DELETE'});
	is($changes, "table public.o: UPDATE: id[integer]:9000 v[text]:'w'\ntable public.o: DELETE: id[integer]:9001", 'its changes');
	change("UPDATE \@ SET v = 'x' WHERE id BETWEEN 100 AND 3000", 'd');
	my $rows = $publisher->safe_psql('postgres', q{SELECT count(*) FROM d WHERE ctid < '(2147483648,1)'});
	$publisher->safe_psql('postgres', q{CALL columnar.compact('d')});
	is($publisher->safe_psql('postgres', q{SELECT count(*) FROM d WHERE ctid < '(2147483648,1)'}), $rows, 'it would see compaction: left alone');
	$changes = $publisher->safe_psql('postgres', q{SELECT count(*) FROM pg_logical_slot_get_changes('other', NULL, NULL) WHERE data ~ 'no-tuple-data'});
	is($changes, 0, 'no change without a row');
	$publisher->safe_psql('postgres', q{SELECT pg_drop_replication_slot('other')});
	$publisher->safe_psql('postgres', q{CALL columnar.compact('d')});
	is($publisher->safe_psql('postgres', q{SELECT count(*) FROM d WHERE ctid < '(2147483648,1)'}), 0, 'without its slot it is compacted');
}

verify_tables($_) for $publisher, $subscriber;
check_logs($_) for $publisher, $subscriber;
done_testing();
