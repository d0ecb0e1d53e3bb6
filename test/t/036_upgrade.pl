# pg_upgrade of columnar tables in every state, by copying files, and by linking them or
# (from 18 on) moving their folder.
# The old server is that of COL_OLD_INSTALL, an installation with this extension (as
# test/versions/run.sh makes one); else it is of the same version as the new one.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

plan skip_all => 'heap tables are upgraded by PostgreSQL alone' if $am ne 'columnar';

my %old_server = $ENV{COL_OLD_INSTALL} ? (install_path => $ENV{COL_OLD_INSTALL}) : ();
my @tables = ('loaded', 'small', 'indexed', 'child', 'zone.parent', 'volatile', '"Mat View"');

# those that go on beside copies of them in heap
my %twins = (loaded => 'loaded', indexed => 'indexed', volatile => 'volatile', parent => 'zone.parent');

# A cluster that is not started.
sub new_cluster
{
	my ($name, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name, %options);
	$node->init(extra => [qw(--locale=C --encoding=UTF8 --data-checksums)]);
	$node->append_conf('postgresql.conf', <<'END');
autovacuum = off
jit = off
fsync = off
max_prepared_transactions = 2
columnar.auto_compact = off
columnar.bulk_rows = 500
END
	return $node;
}

# What a query says of each TABLE.
sub of_tables
{
	my ($node, $query) = @_;
	return $node->safe_psql('postgres', join ";\n", map { $query =~ s/TABLE/$_/gr } @tables);
}

# A checksum of the rows in order of their keys, and with their TIDs.
my $rows = q{SELECT count(*), md5(string_agg(r::text, ',' ORDER BY id)) FROM TABLE r};
my $rows_at = $rows =~ s/r::text/r.ctid || r::text/r;

# All that is the same before and after.
sub state_of
{
	my ($node) = @_;
	my $ours = q{FROM pg_class c JOIN pg_am a ON a.oid = relam, LATERAL columnar.WHAT(c.oid) f
		WHERE amname = 'columnar' AND relkind IN ('r', 'm') ORDER BY c.oid, f};
	return {
		'rows and their TIDs' => of_tables($node, $rows_at),
		options => $node->safe_psql('postgres', 'SELECT o.*, "table"::oid FROM columnar.options o ORDER BY 1'),
		stripes => $node->safe_psql('postgres', 'SELECT relname, f.* ' . $ours =~ s/WHAT/stripes/r),
		columns => $node->safe_psql('postgres', 'SELECT relname, f.* ' . $ours =~ s/WHAT/columns/r),
		'ids of tables' => $node->safe_psql('postgres', <<'END'),
SELECT relname, oid, reltoastrelid, relfrozenxid, relminmxid, relpersistence
  FROM pg_class WHERE relkind IN ('r', 'm', 't') AND oid >= 16384 ORDER BY oid
END
	};
}

sub by_index
{
	my ($node, $what) = @_;
	ok(same_by_index($node, $_, "$what: $_"), "$what: $_, by index")
	  foreach 'SELECT id, k FROM indexed ORDER BY id', 'SELECT ctid, k FROM indexed ORDER BY id',
	  "SELECT count(*), sum(id) FROM indexed WHERE k = 'k77'";
	is($node->safe_psql('postgres',
			'SET enable_seqscan = off; SET columnar.enable_scan = off; SELECT count(*), sum(id) FROM indexed WHERE a @> ARRAY[7]'),
		$node->safe_psql('postgres', 'SELECT count(*), sum(id) FROM indexed WHERE 7 = ANY (a)'),
		"$what: by GIN");
	return;
}

# Changes of every kind, to TABLE
my $change = <<'END';
SET columnar.stripe_rows = 1500;
INSERT INTO TABLE (id, k) SELECT i, 'k' || i % 100 FROM generate_series(100001, 104000) i;
INSERT INTO TABLE (id, k) VALUES (200001, 'new row');
UPDATE TABLE SET k = 'k77' WHERE id % 13 = 5;
DELETE FROM TABLE WHERE id % 7 = 1;
BEGIN; DELETE FROM TABLE WHERE id % 5 = 2; ROLLBACK;
BEGIN; SELECT count(*) FROM (SELECT FROM TABLE WHERE id % 3 = 0 FOR NO KEY UPDATE) l; COMMIT;
END

# ---- the old cluster, after 3 * 2^32 transactions ----
my $old = new_cluster('old', %old_server);
command_ok([ $old->installed_command('pg_resetwal'), '-e', '3', '-D', $old->data_dir ], 'an old cluster');
$old->start;
diag 'note: from ' . $old->safe_psql('postgres', 'SHOW server_version');
$old->safe_psql('postgres', <<'END');
CREATE EXTENSION columnar;
SET columnar.stripe_rows = 2048;
CREATE SCHEMA zone;
CREATE TABLE loaded (gone int, id int, k text, n numeric, long text) USING columnar;
CREATE TABLE small (id int PRIMARY KEY, k text, long text) USING columnar;
CREATE TABLE indexed (id int PRIMARY KEY, k text, a int[]) USING columnar;
CREATE INDEX ON indexed USING hash (k);
CREATE INDEX ON indexed USING gin (a);
CREATE INDEX ON indexed (id, k);
CREATE TABLE child (id int REFERENCES small ON DELETE CASCADE, k text) USING columnar;
CREATE UNLOGGED TABLE volatile (id int PRIMARY KEY, k text) USING columnar;
CREATE TABLE zone.parent (id int, k text) PARTITION BY RANGE (id);
CREATE TABLE zone.low PARTITION OF zone.parent FOR VALUES FROM (0) TO (5000) USING columnar;
CREATE TABLE zone."High part" PARTITION OF zone.parent FOR VALUES FROM (5000) TO (300000) USING columnar;
SELECT columnar.set_options('loaded', codec => 'zstd:9', sort_by => '{k,id}', compact_min_rows => 2000);
SELECT columnar.set_options('zone.parent', stripe_rows => 1024, codec => 'lz4');
SELECT columnar.set_options('zone."High part"', auto_compact => true);

-- stripes; one column is dropped, one is added
INSERT INTO loaded SELECT -i, i, 'k' || i % 50, i / 7.0, CASE WHEN i % 999 = 0 THEN repeat(md5(i::text), 200) END
  FROM generate_series(1, 20000) i;
ALTER TABLE loaded DROP COLUMN gone;
ALTER TABLE loaded ADD COLUMN late int DEFAULT 42;
INSERT INTO indexed SELECT i, 'k' || i % 100, ARRAY[i % 10, i % 11] FROM generate_series(1, 10000) i;
INSERT INTO volatile SELECT i, 'k' || i % 100 FROM generate_series(1, 10000) i;
INSERT INTO zone.parent SELECT i, 'k' || i % 100 FROM generate_series(1, 10000) i;
-- the row store only
INSERT INTO small SELECT i, 'k' || i, CASE WHEN i % 50 = 0 THEN repeat(md5(i::text), 500) END FROM generate_series(1, 400) i;
-- stripes and row store, in one transaction with a savepoint that is rolled back
BEGIN;
INSERT INTO child SELECT 1 + i % 400, 'k' || i FROM generate_series(1, 4000) i;
SAVEPOINT s;
INSERT INTO child SELECT 1 + i % 400, 'never' FROM generate_series(1, 3000) i;
ROLLBACK TO s;
INSERT INTO loaded (id, k) VALUES (30001, 'row'), (30002, 'row');
INSERT INTO indexed VALUES (30001, 'k77', '{7}'), (30002, 'k77', '{7}');
INSERT INTO volatile VALUES (30001, 'row'), (30002, 'row');
COMMIT;

-- aborted loads that VACUUM has removed, and a stripe whose rows are all deleted
BEGIN; INSERT INTO loaded (id, k) SELECT i, 'never' FROM generate_series(1, 9000) i; ROLLBACK;
BEGIN; INSERT INTO indexed SELECT i, 'never' FROM generate_series(40001, 49000) i; ROLLBACK;
DELETE FROM loaded WHERE id BETWEEN 3000 AND 8500;
DELETE FROM indexed WHERE id BETWEEN 3000 AND 8500;
VACUUM loaded, indexed;
-- replaced ones, of which one is still there
UPDATE loaded SET n = n + 1 WHERE id BETWEEN 9000 AND 13000 AND id % 3 = 0;
CALL columnar.compact('loaded');
VACUUM FULL small;
VACUUM (FREEZE) zone.low;
-- and aborted ones, and marks of every kind, that no VACUUM has seen
BEGIN; INSERT INTO loaded (id, k) SELECT i, 'never' FROM generate_series(1, 5000) i; ROLLBACK;
BEGIN; INSERT INTO indexed SELECT i, 'never' FROM generate_series(50001, 54000) i; ROLLBACK;
CREATE MATERIALIZED VIEW "Mat View" USING columnar AS SELECT id, k FROM indexed;
DELETE FROM indexed WHERE id % 17 = 3;
UPDATE indexed SET k = 'k77', a = a || 7 WHERE id % 19 = 3;
DELETE FROM zone.parent WHERE id % 17 = 3;
UPDATE zone.parent SET id = id + 5000 WHERE id < 5000 AND id % 19 = 3;
UPDATE volatile SET k = 'k77' WHERE id % 19 = 3;
DELETE FROM small WHERE id % 40 = 3;
BEGIN; DELETE FROM loaded WHERE id > 14000; ROLLBACK;
-- locks of two transactions at once, one of them a deleter later
BEGIN; SELECT count(*) FROM (SELECT FROM loaded WHERE id % 4 = 0 FOR SHARE) l;
SELECT count(*) FROM (SELECT FROM small FOR KEY SHARE) l; PREPARE TRANSACTION 'one';
BEGIN; SELECT count(*) FROM (SELECT FROM loaded WHERE id % 8 = 0 FOR SHARE) l;
UPDATE small SET k = k || 'x' WHERE id % 2 = 0; COMMIT;
COMMIT PREPARED 'one';
DELETE FROM loaded WHERE id % 16 = 0;
END
is($old->safe_psql('postgres', q{SELECT string_agg(DISTINCT state, ' ' ORDER BY state) FROM columnar.stripes('loaded')}),
	'aborted committed dead replaced', 'it has stripes in every state');
is($old->safe_psql('postgres', q{SELECT count(*) FROM columnar.stripes('small')}), '0', 'and a table without');
my $before = state_of($old);
my $next_id = $old->safe_psql('postgres', 'SELECT pg_current_xact_id()');
cmp_ok($next_id, '>', 3 * 2**32, 'its transaction ids have an epoch');
by_index($old, 'before');
$old->stop;

foreach my $name ('copy', 'other')
{
	my $new = new_cluster($name);
	my $mode = $name;
	$mode = $new->pg_version < 18 ? 'link' : 'swap' if $mode eq 'other';
	my $work = PostgreSQL::Test::Utils::tempdir;
	chdir $work or die;
	local $ENV{LD_LIBRARY_PATH} = "$ENV{COL_OLD_INSTALL}/lib" if $ENV{COL_OLD_INSTALL};
	command_ok(
		[
			'pg_upgrade', '--no-sync', ($mode eq 'copy' ? () : "--$mode"),
			'-b' => $old->config_data('--bindir'),
			'-B' => $new->config_data('--bindir'),
			'-d' => $old->data_dir,
			'-D' => $new->data_dir,
			'-s' => $new->host,
			'-p' => $old->port,
			'-P' => $new->port
		],
		"pg_upgrade, $mode");
	diag map { slurp_file($_) } glob($new->data_dir . '/pg_upgrade_output.d/*/log/pg_upgrade_dump*.log')
	  unless Test::More->builder->is_passing;
	chdir '/';
	$new->start;
	diag 'note: to ' . $new->safe_psql('postgres', 'SHOW server_version') if $mode eq 'copy';

	my $after = state_of($new);
	is($after->{$_}, $before->{$_}, "$mode: the same $_") foreach sort keys %$before;
	cmp_ok($new->safe_psql('postgres', 'SELECT pg_current_xact_id()'), '>', $next_id, "$mode: later transaction ids");
	verify_tables($new);
	by_index($new, $mode);

	$new->safe_psql('postgres', 'CREATE SCHEMA heap; ' . join ' ',
		map { "CREATE TABLE heap.$_ (LIKE $twins{$_} INCLUDING DEFAULTS); INSERT INTO heap.$_ TABLE $twins{$_};" } keys %twins);
	my $goes_on = sub {
		my ($what) = @_;
		foreach my $twin (sort keys %twins)
		{
			is($new->safe_psql('postgres', $rows =~ s/TABLE/$twins{$twin}/r),
				$new->safe_psql('postgres', $rows =~ s/TABLE/heap.$twin/r), "$mode: $twin $what");
		}
		verify_tables($new);
		by_index($new, "$mode $what");
	};
	foreach my $twin (sort keys %twins)
	{
		$new->safe_psql('postgres', $change =~ s/TABLE/$_/gr) foreach $twins{$twin}, "heap.$twin";
	}
	$goes_on->('after changes');
	$new->safe_psql('postgres', 'VACUUM (FREEZE)');
	$goes_on->('after VACUUM');
	cmp_ok($new->safe_psql('postgres', q{SELECT max(age(datfrozenxid)) FROM pg_database WHERE datname = 'postgres'}),
		'<', 100, "$mode: relfrozenxid advances");
	is($new->safe_psql('postgres', q{SELECT count(*) FROM columnar.stripes('loaded') WHERE state NOT IN ('committed', 'dead')}),
		'0', "$mode: VACUUM has removed what was aborted or replaced");
	$new->safe_psql('postgres', join ';', map { "CALL columnar.compact('$_')" } values %twins);
	$goes_on->('after compaction');
	is($new->safe_psql('postgres', q{SELECT max(n_rows) BETWEEN 500 AND 1024 FROM columnar.stripes('zone."High part"') WHERE state = 'committed'}),
		't', "$mode: in stripes as the options want them");
	$new->safe_psql('postgres', 'UPDATE small SET k = k || 1; DELETE FROM small WHERE id < 100; REFRESH MATERIALIZED VIEW "Mat View"');
	is($new->safe_psql('postgres', 'SELECT count(*) FROM child WHERE NOT EXISTS (SELECT FROM small s WHERE s.id = child.id)'),
		'0', "$mode: foreign keys work");

	# the init fork of the unlogged table is of the new cluster, and the WAL as well
	crash($new);
	$new->start;
	$new->safe_psql('postgres', 'TRUNCATE heap.volatile');
	$goes_on->('after a crash');
	$new->safe_psql('postgres', $change =~ s/TABLE/$_/gr) foreach qw(volatile heap.volatile);
	$goes_on->('in use again');
	$new->safe_psql('postgres', 'VACUUM FULL; ALTER TABLE loaded SET ACCESS METHOD heap; DROP EXTENSION columnar CASCADE');
	is($new->safe_psql('postgres', $rows =~ s/TABLE/loaded/r),
		$new->safe_psql('postgres', $rows =~ s/TABLE/heap.loaded/r), "$mode: back in heap, without the extension");
	check_logs($new);
	$new->stop;
}
done_testing();
