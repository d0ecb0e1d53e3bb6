# Incremental backups (PostgreSQL 17): each holds only blocks that WAL since the one
# before it speaks of.  What pg_combinebackup makes of a chain of them, taken between
# and during loads, marks, VACUUM that cuts off the end of files, compaction, rewrites
# and DDL, has the same rows and is sound, and goes on.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

my $node = PostgreSQL::Test::Cluster->new('version');
plan skip_all => 'PostgreSQL 17 has the first incremental backups'
  if $node->pg_version < 17;

$node = new_node(
	'main',
	streaming => 1,
	checksums => 1,
	conf      => "autovacuum = off\ncolumnar.auto_compact = off\nsummarize_wal = on\nwal_keep_size = 1GB\nmax_prepared_transactions = 1\n");
my @tables = qw(loaded indexed cut still);
my @chain;
my $rows = 0;
my $ours = $am eq 'columnar';

# Loads, rows of the row store, marks of every kind, aborted ones too.
sub change
{
	my ($where, @names) = @_;
	foreach my $table (@names)
	{
		$where->safe_psql('postgres', <<"END");
SET columnar.stripe_rows = 1024;
INSERT INTO $table SELECT $rows + i, i % 100, md5(i::text) FROM generate_series(1, 9000) i;
BEGIN;
INSERT INTO $table SELECT $rows + i, 0, 'never' FROM generate_series(10001, 16000) i;
ROLLBACK;
INSERT INTO $table SELECT $rows + i, -i, 'row' FROM generate_series(10001, 10300) i;
UPDATE $table SET b = 'updated' WHERE id > $rows AND id % 7 = 3;
DELETE FROM $table WHERE id BETWEEN $rows + 100 AND $rows + 2500;
DELETE FROM $table WHERE id < $rows AND id % 50 = $rows % 49;
BEGIN; DELETE FROM $table WHERE id % 3 = 1; ROLLBACK;
BEGIN; SELECT count(*) FROM (SELECT FROM $table WHERE id % 5 = 0 FOR SHARE) l; COMMIT;
END
	}
	$rows += 20000;
	return;
}

sub compact
{
	my ($where, $table) = @_;
	$where->safe_psql('postgres', "CALL columnar.compact('$table')") if $ours;
	return;
}

sub file_bytes
{
	my ($table) = @_;
	return $node->safe_psql('postgres', "SELECT pg_relation_size('$table')");
}

sub digests
{
	my ($where) = @_;
	return join "\n", map { "$_ " . digest($where, "SELECT ctid, * FROM $_") } @tables;
}

# Takes a backup: the first is full, every other an increment to the one before.
sub backup
{
	my ($name) = @_;
	my $path = $node->backup_dir . "/$name";
	$node->command_ok(
		[
			'pg_basebackup', '--no-sync', '-c', 'fast', '-D', $path, '-d', $node->connstr('postgres'),
			(@chain ? ('--incremental', $node->backup_dir . "/$chain[-1]/backup_manifest") : ())
		],
		"pg_basebackup: $name");
	command_ok([ 'pg_verifybackup', '-n', $path ], "pg_verifybackup: $name");
	push @chain, $name;
	return;
}

# Restores the backup taken last; it is sound.
sub restored
{
	my $name = $chain[-1];
	my $copy = PostgreSQL::Test::Cluster->new($name);
	$copy->init_from_backup($node, $name, combine_with_prior => [ @chain[ 0 .. $#chain - 1 ] ]);
	$copy->start;
	verify_tables($copy);
	ok(same_by_index($copy, "SELECT $_ FROM indexed ORDER BY id", "$name: $_"), "$name: $_, by index")
	  foreach qw(id ctid);
	foreach my $table (@tables)
	{
		is($copy->safe_psql('postgres', "SELECT * FROM pg_check_visible('$table')"), '', "$name: visibility map of $table");
		is($copy->safe_psql('postgres', "SELECT * FROM pg_check_frozen('$table')"), '', "$name: its frozen pages");
	}
	return $copy;
}

# Goes on with what was restored.
sub used
{
	my ($copy) = @_;
	my $name = $copy->name;
	my $before = $rows;
	$copy->safe_psql('postgres', "CREATE TABLE copy_of_$_ (LIKE $_ INCLUDING DEFAULTS) USING heap; INSERT INTO copy_of_$_ TABLE $_")
	  foreach @tables;
	change($copy, @tables);
	$rows = $before;
	change($copy, map { "copy_of_$_" } @tables);
	$rows = $before;
	$copy->safe_psql('postgres', 'VACUUM (FREEZE)');
	compact($copy, $_) foreach @tables;
	$copy->safe_psql('postgres', 'VACUUM');
	is(digest($copy, "SELECT * FROM $_"), digest($copy, "SELECT * FROM copy_of_$_"), "$name: $_ goes on")
	  foreach @tables;
	verify_tables($copy);
	$copy->stop;
	command_ok([ 'pg_checksums', '--check', '-D', $copy->data_dir ], "$name: checksums of pages");
	check_logs($copy);
	return;
}

$node->safe_psql('postgres', "CREATE EXTENSION pg_visibility");
$node->safe_psql('postgres', "CREATE TABLE $_ (id int, a int, b text) USING $am; CREATE INDEX ON $_ (a)")
  foreach @tables;
$node->safe_psql('postgres', "CREATE UNLOGGED TABLE volatile (id int PRIMARY KEY) USING $am;"
	  . ' INSERT INTO volatile SELECT generate_series(1, 20000);'
	  . ' ALTER TABLE indexed ADD PRIMARY KEY (id); CREATE INDEX ON indexed USING gin ((ARRAY[a]));');
change($node, @tables) foreach 1 .. 3;
$node->safe_psql('postgres', 'VACUUM');
$node->safe_psql('postgres',
	q{BEGIN; INSERT INTO cut SELECT -i, i, md5(i::text) FROM generate_series(1, 60000) i; PREPARE TRANSACTION 'p'});
backup('full');

# ---- changes and VACUUM, which cuts off the end of a file ----
change($node, qw(loaded indexed));
my $before = file_bytes('cut');
$node->safe_psql('postgres', $_) foreach q{ROLLBACK PREPARED 'p'}, 'VACUUM loaded, cut';
cmp_ok(file_bytes('cut'), '<', $before * 0.8, 'VACUUM cuts off the end of a file');
backup('shorter');
my $digests = digests($node);
my $copy = restored();
is(digests($copy), $digests, 'shorter: the rows are right');
is($copy->safe_psql('postgres', 'SELECT count(*) FROM volatile'), '0', 'an unlogged table is empty');
$copy->safe_psql('postgres', 'INSERT INTO volatile SELECT generate_series(1, 20000)');
used($copy);
my $file = $node->safe_psql('postgres', q{SELECT pg_relation_filepath('still')});
my $increment = $node->backup_dir . '/shorter/' . $file =~ s!([^/]+)$!INCREMENTAL.$1!r;
ok(-e $increment && -s $increment < file_bytes('still') / 2, 'the increment has few blocks of a table at rest');

# ---- compaction, a table that grows again, marks only, a rewrite, new files ----
change($node, qw(cut loaded));
compact($node, $_) foreach qw(loaded indexed);
$node->safe_psql('postgres', <<"END");
UPDATE still SET a = a + 1 WHERE id % 1000 = 1;
VACUUM FULL indexed;
ALTER TABLE loaded ADD COLUMN late int DEFAULT 42;
CREATE TABLE fresh USING $am AS TABLE still;
CREATE INDEX ON fresh (b);
TRUNCATE volatile;
END
push @tables, 'fresh';
backup('grown');
$digests = digests($node);
$copy = restored();
is(digests($copy), $digests, 'grown: the rows are right');
used($copy);

# ---- while a writer changes two tables alike, with VACUUM and compaction ----
$node->safe_psql('postgres', <<"END");
ALTER TABLE loaded DROP COLUMN late;
CREATE TABLE twin USING heap AS TABLE loaded;
END
my $writer_file = $node->basedir . '/writer.sql';
my $both = sub { join ' ', 'BEGIN;', (map { $_[0] =~ s/TABLE/$_/gr } qw(loaded twin)), "COMMIT;\n" };
append_to_file($writer_file,
	( "SET columnar.stripe_rows = 1024;\n"
		  . $both->(q{INSERT INTO TABLE SELECT -i, i, 'w' FROM generate_series(1, 6000) i;})
		  . "BEGIN; INSERT INTO loaded SELECT -i, i, 'x' FROM generate_series(1, 6000) i; ROLLBACK;\n"
		  . $both->('UPDATE TABLE SET a = a + 1 WHERE id % 20 = -3;')
		  . $both->('DELETE FROM TABLE WHERE id % 3 = -2;')
		  . "VACUUM loaded;\n"
		  . ($ours ? "CALL columnar.compact('loaded');\n" : '')
		  . $both->('DELETE FROM TABLE WHERE id < 0 AND id % 2 = 0;')
		  . "VACUUM loaded;\n") x 500);
my ($out, $err) = ('', '');
my $writer = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', $writer_file ],
	'>', \$out, '2>', \$err);
$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM twin WHERE b = 'w'});
backup('busy');
sleep 1;
backup('busier');
$node->safe_psql('postgres',
	q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'});
$writer->finish;
unlike($err, qr/ERROR/, 'the writer made no mistake');
$copy = restored();
is(digest($copy, 'SELECT * FROM loaded'), digest($copy, 'SELECT * FROM twin'), 'busier: whole transactions');
cmp_ok($copy->safe_psql('postgres', q{SELECT count(*) FROM loaded WHERE b = 'w'}), '>', 0, 'of the writer, too');
used($copy);
check_logs($node);
done_testing();
