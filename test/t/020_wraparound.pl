# Transaction ids run out and start again, twice: pg_resetwal makes the server
# jump, by up to 1.99 thousand million ids at a time.  Before and after each VACUUM
# the rows of stripes and of the row store are those of a heap table, the
# frozen ids of tables and databases are recent, and the commit log is cut.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

my $wrap = 2**32;
my $segment_xids = 32 * 8192 * 4;    # of a file of the commit log
my $segment_bytes = 32 * 8192;

my $node = new_node('main', conf => <<'END');
autovacuum = off
columnar.auto_compact = off
vacuum_freeze_min_age = 0
vacuum_freeze_table_age = 0
max_prepared_transactions = 10
END
my @databases = qw(template0 template1 postgres);
$node->safe_psql('postgres', 'ALTER DATABASE template0 ALLOW_CONNECTIONS true');

sub sql
{
	my ($sql) = @_;
	return $node->safe_psql('postgres', $sql);
}

sub next_xid
{
	return sql('SELECT pg_snapshot_xmax(pg_current_snapshot())');
}

# Uses up n transaction ids.
sub burn
{
	my ($n) = @_;
	sql("DO \$\$ BEGIN FOR i IN 1..$n LOOP"
		  . ' PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$');
	return;
}

# The next transaction has this full id; the commit log has room for it.
# autovacuum_freeze_max_age: of PostgreSQL's range, a jump within the most of it
# leaves autovacuum aside, the least has it vacuum everything at once.
my @max_age = (100_000, 2_000_000_000);

sub jump_to
{
	my ($full, $max_age) = @_;
	my ($epoch, $xid) = (int($full / $wrap), $full % $wrap);
	my $path = sprintf '%s/pg_xact/%04X', $node->data_dir,
	  int($xid / $segment_xids);

	$node->stop;
	append_to_file($path, "\0" x ($segment_bytes - (-s $path || 0)));
	command_ok(
		[ 'pg_resetwal', '-x', $xid, '-e', $epoch, '-D', $node->data_dir ],
		"jump to transaction id $full");
	$node->append_conf('postgresql.conf',
		'autovacuum_freeze_max_age = ' . ($max_age || $max_age[1]));
	$node->start;
	return;
}

# Changes of one table: what goes to stripes (committed, aborted, by
# savepoints), and to the row store; rows of both that are updated, deleted and
# locked.  Ids start at base.
sub changes
{
	my ($table, $base) = @_;
	my $rows = "INSERT INTO $table SELECT $base + i, i, 'r' || i"
	  . ' FROM generate_series(%d, %d) i;';
	my $load = sub { return sprintf $rows, @_ };
	my $earlier = $base - 100000;

	return join "\n", 'SET columnar.stripe_rows = 1024;',
	  'SET columnar.stripe_all = on;',
	  $load->(1, 3000),
	  'BEGIN;', $load->(3001, 6000), 'ROLLBACK;',
	  'BEGIN;', $load->(6001, 7500),
	  'SAVEPOINT a;', $load->(7501, 10000), 'ROLLBACK TO a;',
	  'SAVEPOINT b;', $load->(10001, 11000), 'RELEASE b;', 'COMMIT;',
	  'RESET columnar.stripe_all;',
	  $load->(20001, 20200),
	  'BEGIN;', $load->(20201, 20400), 'ROLLBACK;',
	  "UPDATE $table SET a = -a WHERE id BETWEEN $base + 20050 AND $base + 20100;",
	  "DELETE FROM $table WHERE id BETWEEN $base + 20120 AND $base + 20150;",
	  "UPDATE $table SET b = b || 'x' WHERE id BETWEEN $earlier + 20001"
	  . " AND $earlier + 20040;",
	  "BEGIN; DELETE FROM $table WHERE id BETWEEN $base + 20001 AND $base + 20020;"
	  . ' ROLLBACK;',
	  map({ my $first = $_;
			"UPDATE $table SET a = -a WHERE id BETWEEN $first + 1 AND $first + 20;",
			"DELETE FROM $table WHERE id BETWEEN $first + 11 AND $first + 40;",
			"BEGIN; DELETE FROM $table WHERE id BETWEEN $first + 1 AND $first + 60; ROLLBACK;",
			"BEGIN; SAVEPOINT a; UPDATE $table SET a = 0 WHERE id BETWEEN $first + 41"
			  . " AND $first + 60; ROLLBACK TO a; SAVEPOINT b; DELETE FROM $table"
			  . " WHERE id BETWEEN $first + 51 AND $first + 70; COMMIT;",
			"DO 'BEGIN PERFORM FROM $table WHERE id BETWEEN $first + 71 AND $first + 90"
			  . " FOR UPDATE; END';" } $base, $base + 10100, $earlier + 200,
		$earlier + 6200);
}

# The same for transactions that are prepared, to be finished later.
sub prepare
{
	my ($table, $base) = @_;
	my $insert = "INSERT INTO $table SELECT $base + i, i, 'p' || i"
	  . ' FROM generate_series';

	sql( 'SET columnar.stripe_all = on;'
		  . "BEGIN; $insert(30001, 32000) i; SAVEPOINT a; $insert(32001, 32100) i;"
		  . " ROLLBACK TO a; DELETE FROM $table WHERE id BETWEEN $base + 1001 AND $base + 1020;"
		  . " UPDATE $table SET a = -a WHERE id BETWEEN $base + 1021 AND $base + 1040;"
		  . " PREPARE TRANSACTION '${table}_commit';"
		  . "BEGIN; $insert(33001, 35000) i;"
		  . " DELETE FROM $table WHERE id BETWEEN $base + 1041 AND $base + 1060;"
		  . " UPDATE $table SET a = -a WHERE id BETWEEN $base + 1061 AND $base + 1080;"
		  . " PREPARE TRANSACTION '${table}_abort'");
	return;
}

sub finish
{
	sql("COMMIT PREPARED '${_}_commit'; ROLLBACK PREPARED '${_}_abort'")
	  foreach qw(h c);
	return;
}

sub same
{
	my ($what) = @_;
	is(digest($node, 'SELECT * FROM c'), digest($node, 'SELECT * FROM h'),
		"$what: the rows are right");
	is(digest($node, 'SELECT * FROM quiet'),
		digest($node, 'SELECT * FROM quiet_h'),
		"$what: and those that were loaded long ago");
	ok( same_by_index(
			$node, 'SELECT count(*), sum(id), sum(a) FROM c WHERE id > 0', $what),
		"$what: an index scan");
	return;
}

# Nothing is old any more, anywhere.
sub recent
{
	my ($what) = @_;
	my $ages = "SELECT max(age(relfrozenxid)) FROM pg_class"
	  . " WHERE relkind IN ('r', 't', 'm')";
	my $files = () = glob $node->data_dir . '/pg_xact/*';

	cmp_ok(sql($ages), '<', 10000, "$what: tables are frozen");
	cmp_ok(sql('SELECT max(age(datfrozenxid)) FROM pg_database'),
		'<', 10000, "$what: databases, too");
	cmp_ok($files, '<=', 2, "$what: the commit log is cut");
	is(ColTest::problems_of($node, $_), '', "$what: $_ is sound")
	  foreach $am eq 'columnar' ? qw(c quiet) : ();
	return;
}

# Vacuums the tables as the command says, then everything.
sub vacuum
{
	my ($command) = @_;

	sql("$command c; $command quiet");
	foreach my $database (@databases)
	{
		$node->safe_psql($database, 'VACUUM (FREEZE)')
		  if $database ne 'postgres';
	}
	# the rest of this database, and not again c and quiet
	my $others = sql('SELECT string_agg(oid::regclass::text, \',\') FROM pg_class'
		  . " WHERE relkind IN ('r', 'm') AND relname NOT IN ('c', 'quiet')");
	sql("VACUUM (FREEZE) $others");
	return;
}

# heap tables have none: as if there were one
sub aborted_blocks
{
	return 1 if $am ne 'columnar';
	return sql("SELECT coalesce(sum(n_blocks), 0) FROM columnar.stripes('c')"
		  . " WHERE state = 'aborted'");
}

my $base = 0;

sub change
{
	$base += 100000;
	sql(changes($_, $base)) foreach qw(h c);
	return;
}

jump_to(100000);
sql("CREATE TABLE $_->[0] (id int PRIMARY KEY, a int, b text) USING $_->[1]")
  foreach [ 'h', 'heap' ], [ 'c', $am ], [ 'quiet', $am ], [ 'quiet_h', 'heap' ];

# quiet has a stripe for each of many ids in a row, every third is aborted
my $first_quiet = next_xid();
foreach my $table (qw(quiet quiet_h))
{
	sql(<<"END");
SET columnar.stripe_all = on;
DO \$\$
BEGIN
	FOR i IN 1..60 LOOP
		BEGIN
			INSERT INTO $table SELECT i * 100 + j, i, 'q' FROM generate_series(1, 20) j;
			IF i % 3 = 0 THEN
				RAISE division_by_zero;
			END IF;
		EXCEPTION
			WHEN division_by_zero THEN NULL;
		END;
	END LOOP;
END \$\$;
END
}
# rows of it deleted, updated and locked, by the ids that come next, some aborted
foreach my $table (qw(quiet quiet_h))
{
	sql(<<"END");
DO \$\$
BEGIN
	FOR i IN 1..20 LOOP
		BEGIN
			DELETE FROM $table WHERE id = i * 100 + 5;
			UPDATE $table SET b = 'changed' WHERE id = i * 100 + 6;
			PERFORM FROM $table WHERE id = i * 100 + 7 FOR UPDATE;
			IF i % 4 = 1 THEN
				RAISE division_by_zero;
			END IF;
		EXCEPTION
			WHEN division_by_zero THEN NULL;
		END;
	END LOOP;
END \$\$;
END
}
cmp_ok(stripes_of($node, 'quiet'), '>=', 60, 'one stripe for each id')
  if $am eq 'columnar';

change();
prepare($_, $base) foreach qw(h c);
finish();
same('at first');

# nothing of it is resolved yet
jump_to(1_900_000_000);
same('first jump');
change();
same('first jump, changed');
vacuum('VACUUM (FREEZE)');
recent('first jump, vacuumed');
cmp_ok(sql("SELECT sum(dead_rows) FROM columnar.stripes('c')"),
	'>', 100, 'rows of stripes are dead to all')
  if $am eq 'columnar';
same('first jump, vacuumed');

# prepared over a jump, a shorter one: pg_subtrans is written for all of it
change();
prepare($_, $base) foreach qw(h c);
jump_to(1_904_000_000);
same('prepared');
vacuum('VACUUM (FREEZE)');
cmp_ok(sql("SELECT age(relfrozenxid) FROM pg_class WHERE relname = 'c'"),
	'>', 3_900_000, 'a prepared transaction holds back freezing');
finish();
same('finished after the jump');

# without the cleaning of indexes: aborted stripes stay, and are known as such
vacuum('VACUUM (FREEZE)');
change();
jump_to(3_800_000_000);
same('second jump');
my $blocks = aborted_blocks();
vacuum('VACUUM (FREEZE, INDEX_CLEANUP off)');
recent('index cleanup off');
same('index cleanup off');
cmp_ok($blocks, '>', 0, 'there were aborted stripes');
is(aborted_blocks(), $blocks, 'they still have their blocks');

# over the end of 32 bits, under load, with a reader that began before it
jump_to($wrap - 100);
my $psql = "psql -XAtq -d '" . $node->connstr('postgres') . "'";
my $load_file = $node->basedir . '/load.sql';
append_to_file($load_file,
	join "\n", map { changes($_, $base + 100000) } qw(h c));
append_to_file($load_file, "\nSELECT pg_current_xact_id() \\g /dev/null" x 200);
my $twin = 'SELECT count(*), sum(hashtextextended(r::text, 0)) FROM';
my @seen = split /\n/, sql(<<"END");
BEGIN ISOLATION LEVEL REPEATABLE READ;
$twin c r;
\\! $psql -f $load_file
$twin c r;
$twin h r;
COMMIT;
$twin c r;
$twin h r;
END
$base += 100000;
is(scalar(@seen), 5, 'the reader made all its reads');
is($seen[1], $seen[0], 'a snapshot from before the end sees what it saw');
is($seen[2], $seen[0], 'as it does of the heap table');
isnt($seen[3], $seen[0], 'the load beside it was seen afterwards');
is($seen[4], $seen[3], 'the same as in the heap table');
cmp_ok(next_xid(), '>', $wrap, 'ids have gone over the end');
same('over the end');
change();
same('over the end, changed');
vacuum('VACUUM (FREEZE)');
recent('over the end, vacuumed');
same('over the end, vacuumed');

# the ids of quiet's stripes come again, 2^32 later
jump_to($wrap + $first_quiet);
foreach my $round (1 .. 3)
{
	my $all = 'SELECT count(*), sum(hashint4(id)) FROM';
	my @there = split /\n/, sql(<<"END");
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_current_xact_id();
$all quiet;
\\! $psql -c '$all quiet'
INSERT INTO quiet SELECT id, 0, 'again' FROM quiet_h ON CONFLICT DO NOTHING;
$all quiet;
SAVEPOINT a;
SET LOCAL columnar.stripe_all = on;
INSERT INTO quiet SELECT 300 + i, 0, 'new' FROM generate_series(1, 20) i;
SELECT count(*) FROM quiet WHERE b = 'new';
ROLLBACK;
$all quiet;
$all quiet_h;
END
	my ($xid, $own, $other, $conflict, $new, $after, $heap) = @there;
	cmp_ok($xid - $wrap - $first_quiet, '<', 60, 'an id that comes again');
	is($own, $heap, 'in it, old stripes are as they were');
	is($other, $heap, 'so they are to others');
	is($conflict, $heap, 'and to ON CONFLICT');
	is($new, 20, 'new rows are where aborted ones were');
	is($after, $heap, 'and gone with their transaction');
	burn(12);
}
same('ids that came again');

# autovacuum, on its own, as ids are about to run out
sub frozen_by_autovacuum
{
	my ($what) = @_;
	ok( $node->poll_query_until('postgres',
			'SELECT max(age(datfrozenxid)) < 100000 FROM pg_database'),
		"$what: autovacuum froze everything");
	same($what);
	return;
}

change();
jump_to($wrap + 1_990_000_000, $max_age[0]);
change();
frozen_by_autovacuum('third jump');
change();
vacuum('VACUUM (FREEZE)');
recent('third jump, vacuumed');

# the failsafe: what is aborted is known as such, but indexes are not cleaned
change();
$blocks = aborted_blocks();
cmp_ok($blocks, '>', 0, 'there are aborted stripes');
$node->append_conf('postgresql.conf', 'vacuum_failsafe_age = 0');
jump_to($wrap + 3_900_000_000, $max_age[0]);
frozen_by_autovacuum('failsafe');
like(slurp_file($node->logfile),
	qr/bypassing nonessential maintenance of table "postgres.public.c"/,
	'the failsafe was on');
is(aborted_blocks(), $blocks, 'aborted stripes still have their blocks');
recent('failsafe');

# once more over the end; VACUUM of all that was left
jump_to(2 * $wrap - 30);
change();
same('second time over the end');
burn(100);
cmp_ok(next_xid(), '>', 2 * $wrap, 'over the end again');
change();
same('second time over the end, changed');
vacuum('VACUUM (FREEZE)');
recent('at last');
same('at last');
crash($node);
$node->start;
same('after a crash');

check_logs($node);
verify_tables($node);
done_testing();
