# ColTwin.pm - random tables that exist twice, as heap (h) and columnar (c):
# whatever happens to both, every query must give both times the same.
#
# A script is made of mirrored statements, in which {T} stands for the table,
# and others that must work.  It is run by one psql, which prints a line
# "@@ number table" before and "@@S sqlstate rows" after each of the former, and
# "@@O number sqlstate" after each of the latter.
package ColTwin;

use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use ColTest;

my $node;
my $test_name;
my %count;       # statements, queries, queries with rows, failures
my @history;     # all SQL since the twins were made
my $failure_file;

# The twins: columns, indexes, ids; has_key: id is the primary key; has_log: a
# trigger writes into {T}_log.
my (@columns, @indexes, $next_id, $next_name, $has_key, $partitioned, $has_log,
	$in_transaction);

# Some values of each column, as literals.
my %literals;

# ---- types: SQL expression of a value made from the bigint %s ----

my %types = (
	int2    => { e => '(%s %% 30000 - 5000)::int2',        sum => 1 },
	int4    => { e => '(%s %% 1000000007)::int4',          sum => 1 },
	int8    => { e => '(%s * 1000003 - 70000000)',         sum => 1 },
	float4  => { e => '(%s %% 100000 / 7.0)::float4' },
	float8  => {
		e => "CASE %1\$s %% 97 WHEN 1 THEN 'NaN' WHEN 2 THEN 'Infinity'"
		  . " WHEN 3 THEN '-Infinity' ELSE (%1\$s %% 1000000007)::float8 / 3 END::float8"
	},
	numeric => {
		e => "CASE %1\$s %% 89 WHEN 1 THEN 'NaN'::numeric ELSE %1\$s * 1.37 - 500 END",
	},
	'numeric(12,2)' => { e => '(%s %% 1000000 / 100.0)::numeric(12,2)', sum => 1 },
	bool    => { e => '(%s %% 3 = 0)', no_minmax => 1 },
	'"char"' => { e => '(chr((%s %% 90)::int + 33))::"char"', no_minmax => 1 },
	text    => { e => "('txt' || %s)", text => 1 },
	longtext => {
		sql => 'text',
		e => "CASE WHEN %1\$s %% 3 = 0 THEN repeat(md5((%1\$s)::text), (%1\$s %% 150)::int)"
		  . " ELSE md5((%1\$s)::text) END",
		text => 1
	},
	'varchar(40)' => { e => "repeat('v', (%1\$s %% 17)::int) || (%1\$s)::text", text => 1 },
	'char(12)' => { e => "('c' || %s %% 100000)::char(12)", text => 1 },
	name    => { e => "('n' || %s)::name", no_minmax => 1 },
	bytea   => { e => "decode(md5((%s)::text), 'hex')", no_minmax => 1 },
	date    => { e => "(date '2000-01-01' + (%s %% 9000)::int)" },
	time    => { e => "(time '00:00' + (%s %% 86000) * interval '1 second')" },
	timestamp => {
		e => "CASE WHEN %1\$s %% 101 = 1 THEN 'infinity'::timestamp ELSE"
		  . " timestamp '2020-01-01' + (%1\$s %% 1000000) * interval '1 minute' END"
	},
	timestamptz => {
		e => "(timestamptz '2020-01-01 00:00+00' + (%s %% 100000) * interval '7 minutes')"
	},
	interval => { e => "((%s %% 5000) * interval '1 day 2 hours')" },
	uuid    => { e => 'md5((%s)::text)::uuid', no_minmax => 1 },
	inet    => { e => "(inet '10.0.0.0' + (%s %% 100000))" },
	mood    => { e => "((ARRAY['sad', 'ok', 'happy'])[1 + %s %% 3])::mood" },
	'int4[]' => {
		e     => 'ARRAY[(%1$s %% 100)::int, NULL, (%1$s %% 7)::int]',
		array => 1
	},
	jsonb => {
		e => "jsonb_build_object('k', %1\$s %% 50, 's', 'x' || %1\$s)",
		json => 1, no_minmax => 1
	},
	int4range => {
		e     => '(int4range((%1$s %% 100000)::int, (%1$s %% 100000)::int + 10))',
		range => 1, no_minmax => 1
	},
	point  => { e => '(point(%1$s %% 100, %1$s %% 1000))', unordered => 1, point => 1 },
	'bit(9)' => { e => '((%s %% 512)::int::bit(9))', no_minmax => 1 },
	money  => { e => '((%s %% 1000000)::numeric / 100)::money' },
	macaddr => {
		e => "(('08:00:2b:01:' || lpad(to_hex(%1\$s %% 256), 2, '0') || ':'"
		  . " || lpad(to_hex(%1\$s / 256 %% 256), 2, '0'))::macaddr)",
		no_minmax => 1
	},);

# What ALTER COLUMN TYPE makes of a type.
my %wider = (
	int2 => 'int4', int4 => 'int8', int8 => 'numeric', float4 => 'float8',
	'numeric(12,2)' => 'numeric', text => 'longtext', 'varchar(40)' => 'text',
	date => 'timestamp', mood => 'text', uuid => 'text', inet => 'text',
	bool => 'text', 'int4[]' => 'text', name => 'text');

sub pick { return $_[ int(rand(@_)) ] }
sub chance { return rand(100) < $_[0] }
sub between { my ($low, $high) = @_; return $low + int(rand($high - $low + 1)) }
sub sql_type { my ($type) = @_; return $types{$type}{sql} || $type }
sub names { return join(', ', 'id', map { $_->{name} } @columns) }

# ---- running scripts ----

my @script;

# Adds a statement for both tables; options: ordered, aggregate, query.
sub both
{
	my ($sql, %options) = @_;
	push @script, { sql => $sql, %options };
	return;
}

# Adds a statement as it is.
sub once { push @script, { once => $_[0] }; return }

sub for_table
{
	my ($sql, $table) = @_;
	$sql =~ s/\{T\}/$table/g;
	return $sql;
}

sub failed
{
	my ($what, $sql, $heap, $columnar) = @_;

	$count{failures}++;
	fail($what);
	$failure_file = $PostgreSQL::Test::Utils::log_path
	  . "/${test_name}_failure_$count{failures}.sql";
	open my $file, '>', $failure_file or die "$failure_file: $!";
	print $file map { "$_\n" } @history;
	close $file;
	diag "statement: $sql";
	diag "heap:      " . substr($heap // '', 0, 1500);
	diag "columnar:  " . substr($columnar // '', 0, 1500);
	diag "all of it: $failure_file";
	return;
}

# Has the part of a query's result rows?
sub has_rows
{
	my ($entry, @lines) = @_;
	return 0 if !@lines;
	return $lines[0] !~ /^0(\||$)/ if $entry->{aggregate};
	return 1;
}

# Compares what one statement did to both; false: they differ.
sub compare
{
	my ($entry, $h, $c) = @_;
	my @h = $entry->{ordered} ? @{ $h->{lines} } : sort @{ $h->{lines} };
	my @c = $entry->{ordered} ? @{ $c->{lines} } : sort @{ $c->{lines} };

	$count{statements}++;
	# within a transaction that failed on heap first
	return 1 if $c->{state} eq '25P02';
	if ($h->{state} ne $c->{state} || $c->{state} =~ /^(XX|58|57)/)
	{
		failed('the same error or none', $entry->{sql}, $h->{state},
			$c->{state} . ' ' . ($c->{error} // ''));
		return 0;
	}
	$count{errors}++ if $h->{state} ne '00000';
	if ($entry->{query})
	{
		$count{queries}++;
		$count{with_rows}++ if has_rows($entry, @h);
	}
	if ("@h" ne "@c" || $h->{rows} ne $c->{rows})
	{
		my ($i) = grep { ($h[$_] // '') ne ($c[$_] // '') } 0 .. $#h + $#c + 1;
		$i //= 0;
		failed('the same rows',
			$entry->{sql},
			"$h->{rows} rows; row $i: " . ($h[$i] // 'none'),
			"$c->{rows} rows; row $i: " . ($c[$i] // 'none'));
		return 0;
	}
	return 1;
}

# Runs what was added; false: something differed.
sub run_script
{
	my @entries = @script;
	my $text = '';
	my ($n, %part, $current) = (0);

	@script = ();
	foreach my $entry (@entries)
	{
		$entry->{n} = ++$n;
		if (defined $entry->{once})
		{
			push @history, "$entry->{once};";
			$text .= "$entry->{once};\n\\echo \@\@O $n :SQLSTATE\n";
			next;
		}
		foreach my $table ('h', 'c')
		{
			my $sql = for_table($entry->{sql},
				$table eq 'c' && $entry->{copy} ? $entry->{copy} : $table);
			push @history, "$sql;";
			$text .= "\\echo \@\@ $n $table\n$sql;\n"
			  . "\\echo \@\@S :SQLSTATE :ROW_COUNT\n";
		}
	}
	my $timed_out = 0;
	my ($status, $out, $err) = $node->psql(
		'postgres', $text,
		on_error_stop => 0,
		timeout       => 180,
		timed_out     => \$timed_out);
	foreach my $line (split /\n/, $out // '')
	{
		if ($line =~ /^\@\@ (\d+) (h|c)$/)
		{
			$current = $part{$1}{$2} = { lines => [] };
		}
		elsif ($line =~ /^\@\@S (\S+) (\d+)$/)
		{
			$current->{state} = $1;
			$current->{rows} = $2;
			$current = undef;
		}
		elsif ($line =~ /^\@\@O (\d+) (\S+)$/)
		{
			$part{$1}{once} = $2;
		}
		elsif ($current)
		{
			push @{ $current->{lines} }, $line;
		}
	}
	foreach my $entry (@entries)
	{
		if (defined $entry->{once})
		{
			# or no such savepoint, in a transaction that failed before
			my $state = $part{ $entry->{n} }{once} // 'none';
			next if $state =~ /^(00000|25P02|3B001)$/;
			failed('what is not for both works', $entry->{once}, '',
				"$state " . substr($err // '', -1000));
			return 0;
		}
		my ($h, $c) = @{ $part{ $entry->{n} } }{ 'h', 'c' };
		if ($timed_out || !$h || !$c || !defined $c->{state})
		{
			failed($timed_out ? 'no statement hangs' : 'the session lives',
				$entry->{sql}, '', substr($err // '', -1000));
			return 0;
		}
		$c->{error} = $err if $c->{state} ne $h->{state};
		return 0 if !compare($entry, $h, $c);
	}
	return 1;
}

# ---- the twins ----

sub random_type
{
	return pick(sort keys %types);
}

sub new_column
{
	my ($type) = @_;
	return {
		name => 'k' . $next_name++,
		type => $type,
		style => pick('few', 'many', 'all', 'runs', 'sequence', 'constant'),
		nulls => pick(0, 0, 3, 20, 100, 1)
	};
}

# The values of a column, made from i.
sub column_expression
{
	my ($column) = @_;
	my $salt = between(1, 1000000);
	my $hash = "(hashint8extended(i, $salt) & 1152921504606846975)";
	my %style = (
		few => "($hash % 7)", many => "($hash % 1000)", all => "($hash % 1000000000)",
		runs => "(i / 300)", sequence => 'i', constant => '42::int8');
	my $value = $style{ $column->{style} };
	my $expression = sprintf($types{ $column->{type} }{e}, $value);

	return $expression if $column->{nulls} == 0;
	return "CASE WHEN hashint8extended(i, $salt + 1) % $column->{nulls} <> 0"
	  . " THEN $expression END";
}

sub random_settings
{
	once('SET columnar.stripe_rows = ' . pick(1024, 3000, 10000, 131072));
	once('SET columnar.codec = ' . pick('zstd', 'zstd', 'lz4', 'none'));
	once('SET columnar.stripe_all = ' . pick('on', 'off', 'off'));
	once("SET columnar.write_memory = " . pick("'8MB'", "'256MB'"));
	return;
}

# Fills the heap table s with new rows.
sub fill_source
{
	my ($rows) = @_;
	my $first = $next_id;

	# sometimes over ids that are there, where that is an error or skipped
	$first = between(1, $next_id) if $has_key && !$in_transaction && chance(10);
	once('DROP TABLE IF EXISTS s');
	once('CREATE TABLE s (LIKE h) USING heap');
	once('INSERT INTO s (' . names() . ') SELECT '
		  . join(', ', 'i', map { column_expression($_) } @columns)
		  . " FROM generate_series($first\::int8, $first + $rows - 1) i");
	$next_id = $first + $rows if $first + $rows > $next_id;
	return $first;
}

# Adds rows of the table to itself, under new ids.
sub copy_within
{
	my $shift = $next_id;
	my $others = join('', map { ", $_->{name}" } @columns);

	$next_id += $shift;
	return 'INSERT INTO {T} (' . names() . ") SELECT id + $shift$others FROM {T}"
	  . ' WHERE id % 3 < 2 AND id <= 20000 ORDER BY id LIMIT 6000';
}

# Loads rows, one way or another.
sub add_load
{
	my $rows = pick(1, 7, 500, between(1000, 3000), between(4000, 6000),
		between(4000, 9000), between(9000, 15000));
	my $columns = names();
	my $first = fill_source($rows);
	my $file = $node->basedir . '/load';
	my $way = pick('insert', 'insert', 'insert', 'copy', 'copy', 'binary', 'single',
		'loop', 'conflict', 'self', 'merge', 'with', 'exception');
	my $values = join(', ', map { "r.$_" } split(/, /, $columns));

	random_settings();
	if ($way eq 'insert')
	{
		both("INSERT INTO {T} ($columns) SELECT $columns FROM s ORDER BY id"
			  . (chance(20) ? " RETURNING $columns" : ''));
	}
	elsif ($way eq 'copy' || $way eq 'binary')
	{
		my $format = $way eq 'copy' ? pick('text', 'csv') : 'binary';
		once("COPY (SELECT $columns FROM s ORDER BY id) TO '$file' (FORMAT $format)");
		both("COPY {T} ($columns) FROM '$file' (FORMAT $format)");
	}
	elsif ($way eq 'single')
	{
		both("INSERT INTO {T} ($columns) SELECT $columns FROM s WHERE id = $first + $_")
		  foreach 0 .. ($rows > 20 ? 20 : $rows);
	}
	elsif ($way eq 'loop')
	{
		both('DO $$ DECLARE r s; BEGIN FOR r IN SELECT * FROM s ORDER BY id LIMIT 2000 LOOP'
			  . " INSERT INTO {T} ($columns) VALUES ($values); END LOOP; END \$\$");
	}
	elsif ($way eq 'merge')
	{
		both("MERGE INTO {T} USING s r ON {T}.id = r.id"
			  . " WHEN NOT MATCHED THEN INSERT ($columns) VALUES ($values)");
	}
	elsif ($way eq 'with')
	{
		both("WITH x AS (INSERT INTO {T} ($columns) SELECT $columns FROM s ORDER BY id"
			  . " RETURNING *) SELECT count(*), sum(x.id), (SELECT count(*) FROM {T}) FROM x");
	}
	elsif ($way eq 'exception')
	{
		my $insert = "INSERT INTO {T} ($columns) SELECT $columns FROM s ORDER BY id;";
		both("DO \$\$ BEGIN FOR n IN 1..3 LOOP BEGIN $insert RAISE division_by_zero;"
			  . ' EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP;'
			  . " $insert END \$\$");
	}
	elsif ($way eq 'conflict')
	{
		both("INSERT INTO {T} ($columns) SELECT $columns FROM s ORDER BY id"
			  . ' ON CONFLICT DO NOTHING');
	}
	else
	{
		both(copy_within());
	}
	return;
}

# UPDATE or DELETE of rows in the row store.
sub add_change
{
	my $share = pick(2, 10, 50);

	once('DROP TABLE IF EXISTS picked');
	once("CREATE TABLE picked USING heap AS SELECT id FROM c"
		  . " WHERE ctid < '(2147483648,0)' AND hashint8(id) % $share = 0");
	both('SELECT id FROM {T} WHERE id IN (SELECT id FROM picked) ORDER BY id FOR '
		  . pick('UPDATE', 'NO KEY UPDATE', 'SHARE', 'KEY SHARE'), ordered => 1)
	  if chance(30);
	my $returning = chance(30) ? ' RETURNING ' . names() : '';
	if (@columns && chance(60))
	{
		my $column = pick(@columns);
		my $to = chance(20) ? 'NULL' : column_expression($column);
		$to =~ s/\bi\b/id/g;
		both("UPDATE {T} SET $column->{name} = $to WHERE id IN (SELECT id FROM picked)"
			  . $returning);
	}
	else
	{
		both("DELETE FROM {T} WHERE id IN (SELECT id FROM picked)$returning");
	}
	return;
}

# What a rollback takes back.
sub save_state
{
	return [ [ map { {%$_} } @columns ], [@indexes] ];
}

sub restore_state
{
	my ($state) = @_;
	@columns = map { {%$_} } @{ $state->[0] };
	@indexes = @{ $state->[1] };
	return;
}

sub add_transaction
{
	my $before = save_state();

	$in_transaction = 1;
	once('BEGIN');
	add_load();
	foreach (1 .. between(0, 2))
	{
		my $state = save_state();
		once('SAVEPOINT s');
		add_load() if chance(70);
		add_change() if chance(20);
		add_ddl() if chance(25);
		add_load() if chance(20);
		add_query() if chance(50);
		if (chance(65))
		{
			once('ROLLBACK TO s');
			restore_state($state);
		}
		else { once('RELEASE s') }
		add_load() if chance(30);
		add_query() if chance(30);
	}
	if (chance(70)) { once('COMMIT') }
	else
	{
		once('ROLLBACK');
		restore_state($before);
	}
	$in_transaction = 0;
	return;
}

sub add_index
{
	my ($suffix, $kind, $on) = ('i' . $next_name++);
	my $column = @columns ? pick(@columns) : { name => 'id', type => 'int8' };
	my $type = $types{ $column->{type} };
	my $how = !$in_transaction && chance(25) ? 'CONCURRENTLY ' : '';

	if ($type->{array} || $type->{json}) { $on = "USING gin ($column->{name})" }
	elsif ($type->{range}) { $on = 'USING ' . pick('gist', 'spgist') . " ($column->{name})" }
	elsif ($type->{point}) { $on = 'USING ' . pick('gist', 'spgist') . " ($column->{name})" }
	elsif ($column->{type} eq 'money') { $on = "($column->{name})" }
	elsif ($column->{type} eq 'text' && chance(30)) { $on = "USING spgist ($column->{name})" }
	elsif ($column->{type} !~ /money|bit/ && chance(25)) { $on = "USING hash ($column->{name})" }
	else { $on = '(' . join(', ', $column->{name}, chance(50) ? 'id' : ()) . ')' }
	$on .= ' WHERE id % 2 = 0' if chance(15);
	$on = "((id % 1000), $column->{name})" if $on =~ /^\(/ && chance(15);
	both("CREATE INDEX $how\{T}_$suffix ON {T} $on");
	push @indexes, { name => $suffix, column => $column->{name},
		clusters => $on =~ /^\(.*\)$/ || 0 };
	return;
}

sub add_ddl
{
	my $what = pick('add', 'add', 'drop', 'type', 'method', 'vacuum', 'full',
		'cluster', 'index', 'index', 'drop index', 'analyze', 'reindex', 'freeze',
		'copy of', 'truncate', 'view');
	$what = pick('add', 'drop', 'type', 'method', 'cluster', 'index', 'drop index',
		'truncate', 'view', 'reindex')
	  if $in_transaction;

	if ($what eq 'add')
	{
		my $column = new_column(random_type());
		my $default = '';
		$default = ' DEFAULT ' . sprintf($types{ $column->{type} }{e}, '42::bigint')
		  if chance(60);
		both("ALTER TABLE {T} ADD COLUMN $column->{name} "
			  . sql_type($column->{type}) . $default);
		push @columns, $column;
	}
	elsif ($what eq 'drop' && @columns > 2)
	{
		my $n = int(rand(@columns));
		my ($column) = splice(@columns, $n, 1);
		both("ALTER TABLE {T} DROP COLUMN $column->{name}");
		@indexes = grep { $_->{column} ne $column->{name} } @indexes;
	}
	elsif ($what eq 'type')
	{
		my @could = grep { my $c = $_; $wider{ $c->{type} }
			  && !grep { $_->{column} eq $c->{name} } @indexes } @columns;
		if (@could)
		{
			my $column = pick(@could);
			my $to = $wider{ $column->{type} };
			both("ALTER TABLE {T} ALTER $column->{name} DROP DEFAULT, ALTER $column->{name}"
				  . ' TYPE ' . sql_type($to) . " USING $column->{name}::" . sql_type($to));
			$column->{type} = $to;
		}
	}
	elsif ($what eq 'method')
	{
		my $table = $partitioned ? 'c_p1' : 'c';
		once("ALTER TABLE $table SET ACCESS METHOD heap");
		add_query() foreach 1 .. between(0, 2);
		random_settings();
		once("ALTER TABLE $table SET ACCESS METHOD columnar");
	}
	elsif ($what eq 'vacuum') { both('VACUUM ' . pick('', '(ANALYZE) ') . '{T}') }
	elsif ($what eq 'freeze') { both('VACUUM FREEZE {T}') }
	elsif ($what eq 'full') { random_settings(); both('VACUUM FULL {T}') }
	elsif ($what eq 'analyze') { both('ANALYZE {T}') }
	elsif ($what eq 'reindex')
	{
		both('REINDEX TABLE '
			  . ($in_transaction || chance(50) ? '' : 'CONCURRENTLY ')
			  . '{T}');
	}
	elsif ($what eq 'cluster')
	{
		my @could = grep { $_->{clusters} } @indexes;
		random_settings();
		both('CLUSTER {T} USING {T}_' . pick(@could)->{name}) if @could;
	}
	elsif ($what eq 'index') { add_index() if @indexes < 6 }
	elsif ($what eq 'drop index' && @indexes)
	{
		my ($index) = splice(@indexes, int(rand(@indexes)), 1);
		both('DROP INDEX {T}_' . $index->{name});
	}
	elsif ($what eq 'copy of')
	{
		random_settings();
		once('DROP TABLE IF EXISTS c2');
		once('CREATE TABLE c2 USING columnar AS TABLE c');
		add_whole('c2');
	}
	elsif ($what eq 'truncate' && chance(30))
	{
		my $file = $node->basedir . '/load';
		my $columns = names();
		my $freeze = $partitioned || $in_transaction ? '' : ' (FREEZE)';
		fill_source(between(100, 3000));
		once("COPY (SELECT $columns FROM s ORDER BY id) TO '$file'");
		once('BEGIN') if !$in_transaction;
		both('TRUNCATE {T}');
		both("COPY {T} ($columns) FROM '$file'$freeze");
		once(pick('COMMIT', 'ROLLBACK')) if !$in_transaction;
	}
	elsif ($what eq 'view')
	{
		random_settings();
		once('DROP MATERIALIZED VIEW IF EXISTS c2_view');
		once('CREATE MATERIALIZED VIEW c2_view USING columnar AS TABLE c WITH '
			  . pick('', 'NO ') . 'DATA');
		add_load();
		random_settings();
		once('REFRESH MATERIALIZED VIEW c2_view');
		add_whole('c2_view');
		once('DROP MATERIALIZED VIEW c2_view');
	}
	return;
}

# Compares all of h with all of c, or of a copy of c.
sub add_whole
{
	my ($copy) = @_;
	both('SELECT count(*), sum(hashtextextended(x::text, 0)) FROM (TABLE {T}) x',
		query => 1, aggregate => 1, copy => $copy);
	return;
}

# ---- queries ----

sub sample_literals
{
	my @lines;

	%literals = ();
	my $list = join(', ', 'id',
		map { "quote_nullable($_->{name}::text)" } @columns);
	my $out = $node->safe_psql('postgres',
		"SELECT translate(concat_ws(chr(1), $list), chr(10), ' ') FROM h"
		  . ' ORDER BY hashint8extended(id, ' . between(1, 1000000) . ') LIMIT 25');
	foreach my $line (split /\n/, $out)
	{
		my @values = split /\x01/, $line, -1;
		push @{ $literals{id} }, shift @values;
		foreach my $i (0 .. $#columns)
		{
			my $value = $values[$i] // 'NULL';
			push @{ $literals{ $columns[$i]{name} } },
			  "$value\::" . sql_type($columns[$i]{type})
			  if $value ne 'NULL';
		}
	}
	return;
}

# The id of a row that is there, as far as we know.
sub some_id
{
	return $literals{id} ? pick(@{ $literals{id} }) : between(1, $next_id);
}

sub simple_predicate
{
	my $column = @columns ? pick(@columns) : undef;

	if (!$column || !$literals{ $column->{name} } || chance(15))
	{
		my $low = some_id();
		return pick("id >= $low", "id <= $low", "id % 5 < 3", 'true',
			"id BETWEEN $low - 5000 AND $low + 5000", "id IN ($low, $low - 7, 1, 2, 3)");
	}
	my $name = $column->{name};
	my $type = $types{ $column->{type} };
	my @values = @{ $literals{$name} };
	my ($a, $b) = (pick(@values), pick(@values));

	return "$name IS NOT NULL" if chance(6);
	return "$name IS NULL" if chance(4);
	return pick("$name <@ box(point(0, 0), point(60, 700))", "$name IS NOT NULL",
		"$name ~= $a") if $type->{point};
	return "$name @> ARRAY[" . between(0, 6) . ']' if $type->{array} && chance(50);
	return "$name @> '{\"k\": " . between(0, 49) . "}'" if $type->{json} && chance(60);
	return pick("$name && $a", "$name @> lower($a)") if $type->{range} && chance(60);
	return pick("$name LIKE left($a, 4) || '%'", "length($name) > 4", "$name ~ '1'",
		"lower($name) = lower($a)") if $type->{text} && chance(30);
	return "$name + 1 > $a" if $type->{sum} && $column->{type} ne 'int2' && chance(15);
	return pick("$name = $a", "$name <= $a", "$name >= $a", "$name < $a", "$name > $a",
		"$name <> $a", "$name = $a OR $name > $b", "NOT ($name < $a)",
		"$name BETWEEN least($a, $b) AND greatest($a, $b)",
		"$name BETWEEN least($a, $b) AND greatest($a, $b)",
		'' . "$name IN (" . join(', ', @values[ 0 .. ($#values < 4 ? $#values : 4) ]) . ')',
		"$name = ANY (ARRAY[$a, $b])",
		"$name IS DISTINCT FROM $a");
}

sub predicate
{
	my $one = simple_predicate();
	return $one if chance(60);
	return "($one) AND (" . simple_predicate() . ')' if chance(50);
	return "($one) OR (" . simple_predicate() . ')';
}

my @switches = (
	[],
	[],
	['enable_seqscan = off'],
	[ 'enable_seqscan = off', 'enable_bitmapscan = off', 'enable_sort = off' ],
	[ 'enable_indexscan = off', 'enable_indexonlyscan = off' ],
	[ 'enable_seqscan = off', 'enable_indexscan = off', 'enable_indexonlyscan = off' ],
	['enable_hashagg = off'],
	[ 'enable_hashjoin = off', 'enable_mergejoin = off' ],
	[ 'enable_hashjoin = off', 'enable_nestloop = off' ],
	["work_mem = '64kB'"],
	[
		'max_parallel_workers_per_gather = 2', 'parallel_setup_cost = 0',
		'parallel_tuple_cost = 0', 'min_parallel_table_scan_size = 0',
		'min_parallel_index_scan_size = 0'
	],
	[
		'max_parallel_workers_per_gather = 1', 'parallel_setup_cost = 0',
		'parallel_tuple_cost = 0', 'min_parallel_table_scan_size = 0',
		'parallel_leader_participation = off'
	],
	['force_parallel_mode = on'],);

sub aggregates
{
	my @list = ('count(*)');
	foreach my $column (grep { chance(60) } @columns)
	{
		my $type = $types{ $column->{type} };
		push @list, "count($column->{name})";
		push @list, "min($column->{name})", "max($column->{name})"
		  if !$type->{no_minmax} && !$type->{unordered};
		push @list, "sum($column->{name})" if $type->{sum};
		push @list, "count(DISTINCT $column->{name})"
		  if !$type->{unordered} && chance(20);
	}
	return join(', ', @list, 'sum(id)');
}

sub add_cursor
{
	my $where = predicate();
	my $order = chance(60) ? ' ORDER BY id' . pick('', ' DESC') : '';
	my $ordered = $order ne '';
	my @moves = ('FETCH 3 FROM cur', 'MOVE FORWARD ALL IN cur',
		'FETCH BACKWARD 5 FROM cur', 'FETCH FIRST FROM cur', 'FETCH LAST FROM cur',
		'FETCH ABSOLUTE 700 FROM cur', 'FETCH RELATIVE -2 FROM cur',
		'FETCH BACKWARD ALL FROM cur', 'FETCH FORWARD 1500 FROM cur', 'FETCH PRIOR FROM cur');
	my $columns = names();

	# rows that come later, even with the very next command, are not for it
	my $next = '';
	if (chance(25))
	{
		$next = '; ' . copy_within();
		random_settings();
	}
	once('BEGIN');
	both("DECLARE {T}_cur SCROLL CURSOR FOR SELECT $columns FROM {T} WHERE $where$order$next");
	if (chance(25))
	{
		$in_transaction = 1;
		both('FETCH 3 FROM {T}_cur') if $ordered && chance(50);
		add_load();
		$in_transaction = 0;
	}
	if ($ordered)
	{
		foreach (1 .. between(2, 6))
		{
			my $move = pick(@moves);
			$move =~ s/cur$/{T}_cur/;
			both($move, ordered => 1);
		}
	}
	else
	{
		both("FETCH FORWARD ALL FROM {T}_cur", query => 1);
		both("FETCH BACKWARD ALL FROM {T}_cur", query => 1);
		both('MOVE FORWARD ' . between(1, 3000) . ' IN {T}_cur');
		both('MOVE BACKWARD ALL IN {T}_cur');
		both("FETCH FORWARD ALL FROM {T}_cur", query => 1);
	}
	once('COMMIT');
	return;
}

sub add_query
{
	my $columns = names();
	my $where = predicate();
	my @ordered = grep { !$types{ $_->{type} }{unordered} } @columns;
	my $column = @ordered ? pick(@ordered) : { name => 'id', type => 'int8' };
	my $name = $column->{name};
	my $limit = between(1, 200);
	my @settings = @{ pick(@switches) };
	my $kind = pick('aggregate', 'aggregate', 'aggregate', 'rows', 'rows', 'all',
		'group', 'group', 'order', 'order', 'join', 'key join', 'exists', 'distinct',
		'window', 'tid', 'some', 'subquery', 'sample', 'row', 'log');

	$kind = 'aggregate' if !@ordered && $kind =~ /subquery|join|exists/;
	# nested loops over whole tables would take all the time
	@settings = ()
	  if "@settings" =~ /hashjoin = off/
	  && ($kind =~ /join|tid/ || $kind eq 'exists' && !$has_key);
	once("SET $_") foreach @settings;
	if ($kind eq 'aggregate')
	{
		both('SELECT ' . aggregates() . " FROM {T} WHERE $where",
			query => 1, aggregate => 1);
	}
	elsif ($kind eq 'rows')
	{
		both("SELECT $columns FROM {T} WHERE $where ORDER BY id"
			  . pick('', ' DESC') . " LIMIT $limit", query => 1, ordered => 1);
	}
	elsif ($kind eq 'all')
	{
		both('SELECT count(*), sum(hashtextextended(x::text, 0)) FROM'
			  . " (SELECT $columns FROM {T} WHERE $where) x",
			query => 1, aggregate => 1);
	}
	elsif ($kind eq 'group')
	{
		both("SELECT $name, count(*), min(id), sum(id) FROM {T} WHERE $where GROUP BY 1",
			query => 1);
	}
	elsif ($kind eq 'order')
	{
		my $how = pick('', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST');
		both("SELECT $name, id FROM {T} WHERE $where ORDER BY 1$how, 2 LIMIT $limit",
			query => 1, ordered => 1);
	}
	elsif ($kind eq 'join')
	{
		my $other = pick('{T}', 'h', 'c');
		both("SELECT count(*), sum(a.id), count(b.$name) FROM {T} a JOIN $other b"
			  . ' ON a.id = b.id + ' . between(0, 3)
			  . " WHERE a.id IN (SELECT id FROM {T} WHERE $where)",
			query => 1, aggregate => 1);
	}
	elsif ($kind eq 'key join')
	{
		both("SELECT count(*), sum(a.id) FROM {T} a LEFT JOIN"
			  . " (SELECT $name, count(*) FROM {T} GROUP BY 1) b ON a.$name = b.$name"
			  . ' WHERE a.id % 10 = 3', query => 1, aggregate => 1);
	}
	elsif ($kind eq 'exists')
	{
		both("SELECT count(*), sum(id) FROM {T} a WHERE "
			  . pick('EXISTS', 'NOT EXISTS')
			  . " (SELECT 1 FROM {T} b WHERE b.id = a.id + 1 AND b.$name IS NOT NULL)",
			query => 1, aggregate => 1);
	}
	elsif ($kind eq 'distinct')
	{
		both("SELECT DISTINCT $name FROM {T} WHERE $where", query => 1);
	}
	elsif ($kind eq 'window')
	{
		both("SELECT id, row_number() OVER (ORDER BY $name, id), lag(id) OVER (ORDER BY id)"
			  . " FROM {T} WHERE $where ORDER BY id LIMIT $limit",
			query => 1, ordered => 1);
	}
	elsif ($kind eq 'tid')
	{
		both('SELECT count(*), sum(a.id) FROM {T} a JOIN {T} b ON a.ctid = b.ctid'
			  . " AND a.id = b.id WHERE a.id % 17 = 0", query => 1, aggregate => 1);
		both("SELECT $columns FROM {T} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {T}"
			  . " WHERE id % 1000 = 1))", query => 1) if !$partitioned;
		both("SELECT count(*), sum(id) FROM {T} WHERE ctid >= '(0,1)'",
			query => 1, aggregate => 1);
	}
	elsif ($kind eq 'sample')
	{
		both("SELECT count(*), sum(id), min(id) FROM {T} TABLESAMPLE "
			  . pick('SYSTEM', 'BERNOULLI') . " (100) WHERE $where",
			query => 1, aggregate => 1);
	}
	elsif ($kind eq 'row')
	{
		both("SELECT {T} FROM {T} WHERE ($where) AND {T} IS DISTINCT FROM NULL"
			  . " ORDER BY id LIMIT $limit", query => 1, ordered => 1);
	}
	elsif ($kind eq 'log')
	{
		both('SELECT op, count(*), sum(n) FROM {T}_log GROUP BY op') if $has_log;
	}
	elsif ($kind eq 'subquery')
	{
		both("SELECT count(*), sum(id) FROM (SELECT id, $name FROM {T} WHERE $where"
			  . " ORDER BY id OFFSET 5) x WHERE id % 2 = 0",
			query => 1, aggregate => 1);
	}
	else
	{
		both("SELECT $columns, tableoid = '{T}'::regclass FROM {T} WHERE id IN ("
			  . join(', ', map { some_id() } 1 .. 10) . ')', query => 1);
	}
	foreach (@settings) { my ($setting) = split / /; once("RESET $setting") }
	return;
}

sub make_twins
{
	@history = ();
	@columns = ();
	@indexes = ();
	$next_name = 1;
	$next_id = 1;
	$has_key = chance(50);
	%literals = ();
	push @columns, new_column(random_type()) foreach 1 .. between(1, 9);
	$partitioned = chance(15);
	$has_log = !$partitioned && chance(20);
	my $generated = chance(20) ? ', twice int8 GENERATED ALWAYS AS (id * 2) STORED' : '';
	my $unlogged = !$partitioned && chance(10) ? 'UNLOGGED' : '';
	once('DROP TABLE IF EXISTS h, c, c2, h_log, c_log');
	foreach my $twin ([ 'h', 'heap' ], [ 'c', 'columnar' ])
	{
		my ($table, $method) = @$twin;
		once("CREATE $unlogged TABLE $table (id int8"
			  . ($has_key ? ' PRIMARY KEY' : ' NOT NULL')
			  . join('', map { ", $_->{name} " . sql_type($_->{type}) } @columns)
			  . "$generated) "
			  . ($partitioned ? 'PARTITION BY HASH (id)' : "USING $method"));
		if ($partitioned)
		{
			once("CREATE TABLE ${table}_p$_ PARTITION OF $table FOR VALUES WITH"
				  . " (MODULUS 3, REMAINDER $_) USING $method") foreach 0 .. 2;
		}
		if ($has_log)
		{
			once("CREATE TABLE ${table}_log (op text, n int8) USING $method");
			once("CREATE TRIGGER each AFTER INSERT OR UPDATE OR DELETE ON $table"
				  . ' FOR EACH ROW EXECUTE FUNCTION log_row()');
			once("CREATE TRIGGER stmt AFTER INSERT ON $table REFERENCING NEW TABLE AS n"
				  . ' FOR EACH STATEMENT EXECUTE FUNCTION log_statement()');
		}
	}
	return run_script();
}

# One round: changes, then queries.
sub round
{
	add_load() if $next_id < 20000 || chance(20);
	add_change() if chance(40);
	return 0 if !run_script();
	if ($next_id < 60000 && chance(50))
	{
		my $errors = $count{errors};
		add_transaction();
		return 0 if !run_script();
		# what is there now is not what was meant: new twins
		return 0 if $count{errors} > $errors;
	}
	if (chance(80))
	{
		add_ddl();
		return 0 if !run_script();
	}
	sample_literals();
	add_query() foreach 1 .. 12;
	add_cursor() if chance(40);
	add_whole('c');
	return run_script();
}

# Goes on for some seconds; options: name of the test, seconds, most failures.
sub run
{
	my (%options) = @_;
	my $until = time + $options{seconds};

	$test_name = $options{name};
	seed_random();
	%count = map { $_ => 0 } qw(statements queries with_rows errors failures twins);
	$node = new_node('twin', conf => <<'EOC');
fsync = off
full_page_writes = off
shared_buffers = 64MB
max_parallel_workers = 4
timezone = 'UTC'
EOC
	$node->safe_psql('postgres', <<'EOS');
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE FUNCTION log_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO %I VALUES ($1, $2)', TG_TABLE_NAME || '_log')
		USING TG_OP, coalesce(NEW.id, OLD.id);
	RETURN NULL;
END $$;
CREATE FUNCTION log_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO %I SELECT ''statement'', id FROM n', TG_TABLE_NAME || '_log');
	RETURN NULL;
END $$;
EOS
	while (time < $until && $count{failures} < ($options{failures} || 1))
	{
		wait_ready($node) or last;
		$count{twins}++;
		@script = ();
		make_twins() or next;
		foreach (1 .. between(4, 10))
		{
			round() or last;
			last if time > $until;
		}
	}
	diag sprintf('note: %s twins, %s statements, %s of them failed on both;'
		  . ' %s queries, %s returned rows',
		@count{qw(twins statements errors queries with_rows)});
	is($count{failures}, 0, 'nothing differed');
	cmp_ok($count{queries}, '>', $options{seconds}, 'enough queries ran');
	cmp_ok($count{with_rows}, '>=', 0.7 * $count{queries},
		'at least 70 % of the queries returned rows');
	check_logs($node);
	verify_tables($node);
	return;
}

1;
