# ColQueries.pm - random queries over random tables that exist twice, as heap (h, h2)
# and columnar (c, c2).
#
#   ColQueryTypes.pm  columns and their values
#   ColQueryExpr.pm   expressions and conditions
#   ColQueryKinds.pm  queries
#   ColQueryJudge.pm  when answers agree
#
# The tables of SEED + n are those that SEED=seed+n begins with.
package ColQueries;

use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use ColQueryExpr;
use ColQueryJudge;
use ColQueryKinds;
use ColQueryTypes;
use ColTest;
use ColTwinScript;
use ColTwinTypes;

# Of the queries whose plans are asked for: how many must use vectors, in percent.
my $least_vectors = 60;
my $vectors = qr/Vector Filter|ColstoreAggregate|ColstoreTopN/;

my @levels = qw(auto scalar sse2 avx2 avx512 avx512vbmi2 neon);
my @parallel = (
	'max_parallel_workers_per_gather = 2', 'parallel_setup_cost = 0',
	'parallel_tuple_cost = 0', 'min_parallel_table_scan_size = 0');

# What else differs between queries; those of columnar.enable_... join them.
my @settings = (
	\@parallel, \@parallel,
	["work_mem = '64kB'"],
	["work_mem = '64kB'", @parallel],
	[ 'jit = on', 'jit_above_cost = 0' ],
	[ "DateStyle = 'SQL, DMY'", "TimeZone = 'America/New_York'" ],
	[ "TimeZone = 'Asia/Kolkata'", "IntervalStyle = 'iso_8601'" ],
	['enable_sort = off'],);

my (@columns, @second, $barrier, $next_id, $next_name, $partitioned, $seed,
	@failures, # what differed, of some queries
	@wrong);   # queries that are no SQL

sub names { return join(', ', map { $_->{name} } grep { !$_->{generated} } @_) }

sub id_column
{
	return { name => 'id', flavour => 'id', class => 'int8', type => 'int8', bound => 1e6, values => [],
		collation => '', nulls => 0 };
}

# ---- tables ----

sub some_column
{
	my $column = new_column('k' . $next_name++, pick(sort keys %flavours));
	return $column;
}

sub definition
{
	my ($c) = @_;
	return "$c->{name} $c->{type}" . ($c->{collation} ? " COLLATE \"$c->{collation}\"" : '')
	  . ($c->{generated} ? ' GENERATED ALWAYS AS (id * 3 - 700) STORED' : '');
}

sub make_tables
{
	my @parts = (1 .. 3);

	@history = ();
	@second = ();
	($next_id, $next_name) = (1, 1);
	@columns = (id_column(), map { some_column() } 1 .. between(3, 12));
	# types on which most is computed
	push @columns, new_column('k' . $next_name++, pick(qw(int4 int8), 'small int4')),
	  new_column('k' . $next_name++, pick(qw(text words float8 numeric timestamp date), 'ICU text', 'text without case'));
	push @columns, { %{ $columns[0] }, name => 'k' . $next_name++, generated => 1, values => [] } if chance(15);
	$partitioned = chance(15);
	once('DROP TABLE IF EXISTS h, c, h2, c2, s CASCADE');
	foreach my $twin ([ 'h', 'heap' ], [ 'c', 'columnar' ])
	{
		my ($table, $method) = @$twin;
		once("CREATE TABLE $table (" . join(', ', map { definition($_) } @columns) . ') '
			  . ($partitioned ? 'PARTITION BY HASH (id)' : "USING $method"));
		next if !$partitioned;
		once("CREATE TABLE ${table}_p$_ PARTITION OF $table FOR VALUES WITH (MODULUS 3, REMAINDER "
			  . ($_ - 1) . ") USING $method") foreach @parts;
	}
	load(pick(between(500, 2500), between(2000, 8000), between(2000, 8000), between(8000, 30000)), 'stripes');
	load(between(1, 1500), 'rows') if chance(60);
	change() foreach 1 .. pick(0, 1, 2, 3);
	both('CREATE INDEX {T}_id ON {T} (id)') if chance(40);
	if (chance(20))
	{
		my $c = pick(grep { $_->{class} ne 'array' } @columns);
		both("CREATE INDEX {T}_$c->{name} ON {T} ($c->{name})");
	}
	both('ANALYZE {T}') if chance(90);
	make_second();
	make_barriers();
	return run_script() && sample();
}

# The second tables: some rows and columns of the first.
sub make_second
{
	@second = ($columns[0], grep { chance(50) && !$_->{generated} } @columns[ 1 .. $#columns ]);
	once('CREATE TABLE h2 USING heap AS SELECT ' . names(@second) . ' FROM h WHERE id % ' . pick(3, 5, 10) . ' = 1'
		  . ' ORDER BY id LIMIT 2500');
	once('SET columnar.stripe_all = ' . pick('on', 'off'));
	once('CREATE TABLE c2 USING columnar AS TABLE h2');
	both('ANALYZE {T}2');
	return;
}

# Views that leave out zeroes of a column before any other condition is asked.
sub make_barriers
{
	my @could = grep { $_->{class} =~ /^(int\d|numeric)/ } @columns;

	$barrier = pick(@could)->{name};
	both("CREATE OR REPLACE VIEW {T}_barrier WITH (security_barrier) AS SELECT * FROM {T} WHERE $barrier <> 0");
	return;
}

# Adds rows: to stripes, or to the row store.
sub load
{
	my ($rows, $where) = @_;
	my $last = $next_id + $rows - 1;

	once('DROP TABLE IF EXISTS s');
	once('CREATE TABLE s USING heap AS SELECT ' . names(@columns) . ' FROM h WITH NO DATA');
	once('INSERT INTO s SELECT ' . join(', ', 'i', map { column_value($_) } grep { !$_->{generated} } @columns[ 1 .. $#columns ])
		  . " FROM generate_series($next_id\::int8, $last) i");
	once('SET columnar.stripe_all = ' . ($where eq 'stripes' ? 'on' : 'off'));
	once('SET columnar.stripe_rows = ' . pick(1024, 3000, 10000, 131072));
	both('INSERT INTO {T} (' . names(@columns) . ') SELECT ' . names(@columns) . ' FROM s ORDER BY id');
	$seen{"rows in $where"}++;
	$next_id = $last + 1;
	return;
}

# Changes rows or columns.
sub change
{
	my $kind = pick(qw(delete delete update update add drop stripes rows compact some));
	my $c = pick(grep { !$_->{generated} } @columns[ 1 .. $#columns ]);
	my $low = between(1, $next_id);

	$seen{"change $kind"}++;
	if ($kind eq 'delete') { both('DELETE FROM {T} WHERE ' . pick("id BETWEEN $low AND $low + 2000", 'id % 7 = 3', "id = $low")) }
	elsif ($kind eq 'update')
	{
		both("UPDATE {T} SET $c->{name} = " . pick('NULL', "(SELECT min(s.$c->{name}::text) FROM s)::$c->{type}")
			  . ' WHERE ' . pick('id % 11 = 5', "id BETWEEN $low AND $low + 300"));
	}
	elsif ($kind eq 'add')
	{
		my $new = some_column();
		# not one that the domain refuses
		$new->{default} = $new->{type} ne 'posint' && chance(60) ? ' DEFAULT ' . literal($new) : '';
		both('ALTER TABLE {T} ADD COLUMN ' . definition($new) . $new->{default});
		push @columns, $new;
		load(between(100, 2500), pick('stripes', 'rows'));
	}
	elsif ($kind eq 'drop' && @columns > 4)
	{
		@columns = grep { $_ != $c } @columns;
		@second = grep { $_ != $c } @second;
		both("ALTER TABLE {T} DROP COLUMN $c->{name}");
	}
	elsif ($kind eq 'compact' && !$partitioned) { once("CALL columnar.compact('c')") }
	elsif ($kind eq 'some')
	{
		both('DELETE FROM {T} WHERE id % 3 > 0');
		once('VACUUM c');
	}
	else { load(between(50, 3000), $kind eq 'stripes' ? 'stripes' : 'rows') }
	return;
}

# Values of the columns, for conditions.
sub sample
{
	my $list = join(', ', map { "quote_nullable($_->{name}::text)" } @columns);
	my $out = $node->safe_psql('postgres', "SELECT concat_ws(chr(1), $list) FROM h"
		  . ' ORDER BY hashint8extended(id, ' . between(1, 1000000) . ') LIMIT 40');
	$_->{values} = [] foreach @columns;
	foreach my $line (split /\n/, $out)
	{
		my @values = split /\x01/, $line, -1;
		foreach my $i (0 .. $#columns)
		{
			push @{ $columns[$i]{values} }, $values[$i] if $values[$i] ne 'NULL';
		}
	}
	return 1;
}

# ---- queries ----

# Adds a query, with its settings, for both; then is called with what differs.
sub add_query
{
	my ($q, $then) = @_;

	once("SET $_") foreach @{ $q->{settings} };
	once('DEALLOCATE ALL') if $q->{params};
	both(render($q), heap => render($q, 1), judge => sub { $then->($q, scalar(judge($q, @_)), @_) });
	reset_settings($q);
	return;
}

sub reset_settings
{
	my ($q) = @_;
	foreach (@{ $q->{settings} }) { my ($name) = split / /; once("RESET $name") }
	return;
}

sub settings_of
{
	my ($q) = @_;
	my @list = chance(40) ? @{ pick(@settings) } : chance(50) ? @{ pick(@switches) } : ();

	@list = () if "@list" =~ /(hashjoin|seqscan) = off/ && $q->{kind} =~ /join|exists|subquery|correlated|scalar/;
	@list = grep { !/seqscan|bitmapscan|indexscan/ } @list if $q->{scan_only};
	# which condition comes first is the plan's choice: not by an index where one may fail
	push @list, 'enable_indexscan = off', 'enable_bitmapscan = off' if $q->{scan_only};
	push @list, 'plan_cache_mode = ' . pick('force_generic_plan', 'force_custom_plan') if $q->{params};
	return \@list;
}

# Has an answer rows?
sub has_rows
{
	my ($q, $part) = @_;
	my @rows = rows_of($part);
	return 0 if !@rows;
	return $q->{single} || $q->{around} ? $rows[0][0] ne '0' : 1;
}

sub answered
{
	my ($q, $difference, $h, $c) = @_;

	$count{queries}++;
	$count{errors}++ if $c->{state} ne '00000';
	$count{with_rows}++ if $c->{state} eq '00000' && has_rows($q, $c);
	push @failures, [ $q, $difference ] if defined $difference;
	push @wrong, "$c->{state}: " . render($q) if $c->{state} =~ /^(42|26)/;
	return;
}

# Adds a query's plan.
sub add_plan
{
	my ($q) = @_;

	once("SET $_") foreach @{ $q->{settings} };
	both('EXPLAIN (COSTS OFF) ' . render($q), judge => sub {
		my ($h, $c) = @_;
		return if $c->{state} ne '00000';
		$count{plans}++;
		$count{vectors}++ if grep { $_ =~ $vectors } @{ $c->{lines} };
		$q->{own_sums} = grep { /ColstoreAggregate/ } @{ $c->{lines} };
	});
	reset_settings($q);
	return;
}

# Runs some queries; false: some differed.
sub run_queries
{
	my ($n) = @_;
	my $level = pick(@levels);

	$seen{"level $level"}++;
	@failures = ();
	once("SET columnar.simd_level = $level");
	once("SET statement_timeout = '60s'");
	foreach (1 .. $n)
	{
		my $q = random_query(\@columns, \@second, $barrier);
		$q->{settings} = settings_of($q);
		$seen{"setting $_"}++ foreach @{ $q->{settings} };
		add_plan($q) if !$q->{params} && (chance(20) || grep { $_->{how} eq 'real' } @{ $q->{select} });
		add_query($q, \&answered);
	}
	my $ok = run_script();
	$_->[0]{settings} = [ @{ $_->[0]{settings} }, "columnar.simd_level = $level" ] foreach @failures;
	report(@$_) foreach splice(@failures, 0, 3);
	return $ok && !$count{failures};
}

# ---- what differs, made smaller ----

# Ways to leave something out of a list of conditions.
sub smaller_conditions
{
	my (@nodes) = @_;
	my @smaller;

	foreach my $i (0 .. $#nodes)
	{
		my ($before, $after) = ([ @nodes[ 0 .. $i - 1 ] ], [ @nodes[ $i + 1 .. $#nodes ] ]);
		push @smaller, [ @$before, @$after ];
		foreach my $kid (@{ $nodes[$i]{kids} || [] }) { push @smaller, [ @$before, $kid, @$after ] }
		next if @{ $nodes[$i]{kids} || [] } < 3;
		foreach my $list (smaller_conditions(@{ $nodes[$i]{kids} }))
		{
			push @smaller, [ @$before, { %{ $nodes[$i] }, kids => $list }, @$after ];
		}
	}
	return @smaller;
}

sub smaller_queries
{
	my ($q) = @_;
	my @smaller = map { { %$q, where => $_ } } smaller_conditions(@{ $q->{where} });

	foreach my $part (qw(select settings having group))
	{
		my @list = @{ $q->{$part} };
		foreach my $i (0 .. $#list)
		{
			my %less = (%$q, $part => [ @list[ grep { $_ != $i } 0 .. $#list ] ]);
			# groups are told apart by their keys
			next if $part eq 'select' && (@list == 1 || defined $list[$i]{key});
			$less{select} = [ grep { !defined $_->{key} || $_->{key} ne $list[$i] } @{ $q->{select} } ]
			  if $part eq 'group';
			push @smaller, \%less if @{ $less{select} };
		}
	}
	return @smaller;
}

sub still_differs
{
	my ($q) = @_;
	my $difference;
	once("SET statement_timeout = '60s'");
	add_query($q, sub { $difference = $_[1] });
	run_script();
	return $difference;
}

sub report
{
	my ($q, $difference) = @_;
	my $until = time + 30;

	AGAIN:
	{
		foreach my $less ($count{failures} ? () : smaller_queries($q))
		{
			last if time > $until;
			my $now = still_differs($less);
			next if !defined $now;
			($q, $difference) = ($less, $now);
			redo AGAIN;
		}
	}
	failed("a query of kind \"$q->{kind}\" has the same answer (SEED=$seed)",
		join('', map { "SET $_; " } @{ $q->{settings} }) . render($q), $difference, '');
	return;
}

# ---- runs ----

sub define
{
	$node->safe_psql('postgres', <<'EOS');
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN posint AS int4 CHECK (value > 0);
CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
EOS
	my @switch = split /\n/, $node->safe_psql('postgres',
		"LOAD 'columnar'; SELECT name FROM pg_settings WHERE name LIKE 'columnar.enable_%' ORDER BY 1");
	push @settings, map { ["$_ = off"] } @switch;
	$switches[-1] = ['force_parallel_mode = on'] if $node->pg_version < 16;
	return;
}

sub kinds_missing
{
	my @all = (all_kinds(), (map { "query $_" } @query_kinds, 'prepared'), (map { "aggregate $_" } @aggregate_kinds, 'filter'),
		(map { map { "setting $_" } @$_ } @settings), (map { "level $_" } @levels));
	return grep { !$seen{$_} } @all;
}

# Goes on for some seconds; options: seconds, most failures, least: queries, all: every
# kind must come up.
sub run
{
	my (%options) = @_;
	my $until = time + $options{seconds};
	my $started = time;

	$seed = seed_random();
	%count = map { $_ => 0 } qw(statements queries with_rows errors failures plans vectors tables);
	$node = new_node('queries', conf => <<'EOC');
fsync = off
full_page_writes = off
shared_buffers = 64MB
max_parallel_workers = 4
timezone = 'UTC'
log_min_messages = fatal
autovacuum = off
columnar.auto_compact = off
EOC
	define();
	for (; time < $until && $count{failures} < ($options{failures} || 1); $seed++)
	{
		srand($seed);
		wait_ready($node) or last;
		$count{tables}++;
		make_tables() or next;
		foreach (1 .. 3)
		{
			run_queries(50) or last;
			last if time > $until;
			once('DROP VIEW h_barrier, c_barrier');
			change() foreach 1 .. between(0, 2);
			make_barriers();
			run_script() && sample() or last;
		}
	}
	my $n = $count{queries} || 1;
	diag sprintf('note: %s pairs of tables, %s queries (%.0f a second), %.1f %% returned rows, %.1f %% failed on both;'
		  . ' of %s plans %.1f %% use vectors; %s regressions not judged',
		$count{tables}, $n, $n / (time - $started), 100 * $count{with_rows} / $n, 100 * $count{errors} / $n,
		$count{plans}, 100 * $count{vectors} / ($count{plans} || 1), $ColQueryJudge::ill_conditioned);
	is($count{failures}, 0, 'nothing differed');
	is(join("\n", @wrong), '', 'the queries are SQL');
	cmp_ok($n, '>=', $options{least}, 'enough queries ran');
	cmp_ok($count{with_rows}, '>=', 0.7 * $n, 'at least 70 % of the queries returned rows');
	cmp_ok($count{vectors}, '>=', $least_vectors / 100 * $count{plans}, "at least $least_vectors % of the plans use vectors");
	my @missing = kinds_missing();
	diag 'note: did not come up: ' . join('; ', @missing) if @missing;
	is("@missing", '', 'every kind came up') if $options{all};
	check_logs($node);
	verify_tables($node);
	return;
}

1;
