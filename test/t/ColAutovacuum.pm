# ColAutovacuum.pm - autovacuum alone keeps a busy table healthy.
# 024_autovacuum.pl runs it for some seconds, test/long/autovacuum.pl for a
# time.
package ColAutovacuum;

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use ColTest;

my $node;
my $next_id = 1;

# One round of the writer, the same for both tables: loads that stay and loads
# that are aborted, changes in the row store, and ids that are used up.
sub round_sql
{
	my ($round) = @_;
	my $from = $next_id;
	my $script = "SET columnar.stripe_rows = 1024;\n";

	$next_id += 10000;
	foreach my $table (qw(h c))
	{
		my $load = sub {
			my ($first, $n) = @_;
			return "INSERT INTO $table SELECT $from + $first + i, i % 100, 'r' || i"
			  . " FROM generate_series(1, $n) i;\n";
		};
		$script .= "SET columnar.stripe_all = on;\n"
		  . $load->(0, 200)
		  . "BEGIN;\n" . $load->(2000, 3000) . "ROLLBACK;\n"
		  . "BEGIN;\n" . $load->(1000, 20)
		  . "SAVEPOINT a;\n" . $load->(2000, 2000) . "ROLLBACK TO a;\nCOMMIT;\n"
		  . "RESET columnar.stripe_all;\n"
		  . $load->(9000, 100)
		  . "UPDATE $table SET a = a + 1 WHERE id BETWEEN $from + 9001 AND $from + 9080;\n"
		  . "DELETE FROM $table WHERE id BETWEEN $from + 9021 AND $from + 9100;\n";
	}
	return $script
	  . "DO \$\$ BEGIN FOR i IN 1..4000 LOOP"
	  . " PERFORM pg_current_xact_id(); COMMIT; END LOOP; END \$\$;\n";
}

# What the table is made of, in blocks.
sub blocks
{
	my ($what) = @_;
	return $node->safe_psql('postgres', $what eq 'all'
		? "SELECT pg_relation_size('c') / 8192"
		: 'SELECT coalesce(sum(n_blocks), 0)'
		  . " FROM columnar.stripes('c') WHERE state = '$what'");
}

sub run
{
	my (%options) = @_;
	my $until = time + $options{seconds};
	my $rounds = 0;
	my ($most_age, $most_database_age, $most_free) = (0, 0, 0);
	my @sizes;

	$node = new_node('main', conf => <<'END');
autovacuum_naptime = 1s
autovacuum_freeze_max_age = 100000
vacuum_freeze_min_age = 1000
vacuum_freeze_table_age = 50000
autovacuum_vacuum_cost_delay = 0
autovacuum_vacuum_threshold = 50
autovacuum_vacuum_scale_factor = 0.01
autovacuum_vacuum_insert_threshold = 100
autovacuum_vacuum_insert_scale_factor = 0.01
log_autovacuum_min_duration = 0
END
	foreach my $table ([ 'h', 'heap' ], [ 'c', $am ])
	{
		my ($name, $method) = @$table;
		$node->safe_psql('postgres', <<"END");
CREATE TABLE $name (id int PRIMARY KEY, a int, b text) USING $method;
CREATE INDEX ON $name USING hash (b);
END
	}
	# loaded once, never changed again: only its age calls for a VACUUM
	$node->safe_psql('postgres', <<"END");
CREATE TABLE quiet (id int) USING $am;
SET columnar.stripe_all = on;
INSERT INTO quiet SELECT generate_series(1, 5000);
BEGIN;
INSERT INTO quiet SELECT generate_series(1, 5000);
ROLLBACK;
END

	while (time < $until || $rounds < 30)
	{
		$rounds++;
		$node->safe_psql('postgres', round_sql($rounds));
		# the stripes that stay are merged by nobody: start again now and then
		if ($rounds % 200 == 0)
		{
			$node->safe_psql('postgres', 'TRUNCATE h, c');
			@sizes = ();
		}
		my ($age, $database_age) = split /\|/, $node->safe_psql('postgres', <<'END');
SELECT (SELECT max(age(relfrozenxid)) FROM pg_class WHERE relname IN ('c', 'quiet')),
       (SELECT max(age(datfrozenxid)) FROM pg_database)
END
		$most_age = $age if $age > $most_age;
		$most_database_age = $database_age if $database_age > $most_database_age;
		push @sizes, blocks('all');
		last if time > $until + 60;
	}
	diag "note: $rounds rounds, age of tables at most $most_age, of databases"
	  . " at most $most_database_age, the table has $sizes[-1] blocks";

	# the writer used up what makes the age forced down more than once
	cmp_ok($most_age, '>', 50000, 'tables became old') if $rounds >= 50;
	cmp_ok($most_age, '<', 400000, 'but not too old');
	cmp_ok($most_database_age, '<', 600000, 'nor did databases');
	ok( $node->poll_query_until('postgres',
			"SELECT max(age(relfrozenxid)) <= 100000 FROM pg_class"
			  . " WHERE relname IN ('c', 'quiet')"),
		'tables are young in the end');
	my $vacuums = $node->safe_psql('postgres',
		"SELECT autovacuum_count FROM pg_stat_user_tables WHERE relname = 'c'");
	cmp_ok($vacuums, '>=', 3, 'autovacuum came again and again');
	diag "note: $vacuums autovacuums of the table";
	is(digest($node, 'SELECT * FROM c'), digest($node, 'SELECT * FROM h'),
		'the rows are right');
	ok( same_by_index(
			$node, 'SELECT count(*), sum(id), sum(a) FROM c WHERE id > 0', 'c'),
		'by index, too');
	is($node->safe_psql('postgres', 'SELECT count(*), sum(id) FROM quiet'),
		'5000|12502500', 'and those of the quiet table');
	if ($am eq 'columnar')
	{
		# autovacuum goes on until nothing aborted has blocks
		my $committed = blocks('committed');
		my $free = blocks('aborted') + blocks('dead');
		diag "note: $committed blocks of rows, $free free or aborted";
		# 15 blocks a round are aborted
		cmp_ok($sizes[-1] - $committed, '<', 400 + 2 * @sizes,
			'free blocks came back into use');
	}
	check_logs($node);
	verify_tables($node);
	return;
}

1;
