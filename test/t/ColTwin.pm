# ColTwin.pm - random tables that exist twice, as heap (h) and columnar (c):
# whatever happens to both, every query must give both times the same.
# See ColTwinScript.pm for how they are run, ColTwinTypes.pm for types.
package ColTwin;

use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);
use ColTest;
use ColTwinChange;
use ColTwinScript;
use ColTwinSelf;
use ColTwinTypes;

# The twins: columns, indexes, ids; has_key: id is the primary key; has_log: a
# trigger writes into {T}_log.
my (@columns, @indexes, $next_id, $next_name, $has_key, $partitioned, $has_log,
	$has_identity, $has_child, $in_transaction, $as_other);

# Some values of each column, as literals.
my %literals;

my %decks;
my @kinds = ('type', 'ddl', 'change', 'self');
my %came_up; # of each kind: how often

sub names { return join(', ', 'id', map { $_->{name} } @columns) }

# ---- the twins ----

sub random_type
{
	my $type = deal('types', grep { !$types{$_}{element} } sort keys %types);

	$came_up{type}{$type}++;
	$type .= '[]' if $types{"$type\[]"} && chance(20);
	return $type;
}

sub new_column
{
	my ($type) = @_;
	return {
		name => 'k' . $next_name++,
		type => $type,
		style => pick('few', 'many', 'all', 'runs', 'sequence', 'constant'),
		nulls => $types{$type}{not_null} ? 0 : pick(0, 0, 3, 20, 100, 1)
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
	once('CREATE TABLE s USING heap AS SELECT ' . names() . ' FROM h WITH NO DATA');
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
	  . ' WHERE id % 3 < 2 AND id BETWEEN 1 AND 20000 ORDER BY id LIMIT 6000';
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

	# the order of whose rows is not sure
	$way = 'insert' if $has_identity && $way eq 'merge';

	random_settings();
	if ($way eq 'insert')
	{
		both("INSERT INTO {T} ($columns) SELECT $columns FROM s ORDER BY id"
			  . (chance(20) ? " RETURNING $columns" : ''));
	}
	elsif ($way eq 'copy' || $way eq 'binary')
	{
		my $format = $way eq 'copy' || grep({ $types{ $_->{type} }{no_binary} } @columns)
		  ? pick('text', 'csv') : 'binary';
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

# Changes some rows, in one way or another.
sub add_change
{
	my ($what, $where) = split / of /, deal('change', ColTwinChange::pairs());

	ColTwinChange::add(
		$what, $where,
		names      => names(),
		columns    => \@columns,
		expression => \&column_expression,
		has_key    => $has_key,
		by_id      => has_id_index(),
		ordered    => !$has_identity,
		whole      => !$partitioned,
		inside     => $in_transaction);
	return;
}

# What a rollback takes back.
sub save_state
{
	return [ [ map { {%$_} } @columns ], [ map { {%$_} } @indexes ] ];
}

sub restore_state
{
	my ($state) = @_;
	@columns = map { {%$_} } @{ $state->[0] };
	@indexes = map { {%$_} } @{ $state->[1] };
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
		add_change() if chance(60);
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

# Adds an index of a fitting kind.
sub add_index
{
	my $suffix = 'i' . $next_name++;
	my $column = @columns ? pick(@columns) : { name => 'id', type => 'int8' };
	my $type = $types{ $column->{type} };
	my $how = !$in_transaction && chance(25) ? 'CONCURRENTLY ' : '';
	my @methods = qw(btree btree);

	push @methods, 'hash' if !$type->{no_hash};
	push @methods, 'spgist' if $column->{type} eq 'text';
	@methods = ('gin') if $type->{array} || $type->{json};
	@methods = qw(gist spgist) if $type->{range} || $type->{point};
	@methods = @{ $type->{index} } if $type->{index};
	if ($type->{unordered} && !$type->{point})
	{
		@methods = ('btree');
		$column = { name => 'id', type => 'int8' };
	}
	my $method = pick(@methods);
	my $on = $method eq 'btree'
	  ? '(' . join(', ', $column->{name}, chance(50) ? 'id' : ()) . ')'
	  : "USING $method ($column->{name})";
	$on .= ' WHERE id % 2 = 0' if chance(15);
	$on = "((id % 1000), $column->{name})" if $on =~ /^\(/ && chance(15);
	both("CREATE INDEX $how\{T}_$suffix ON {T} $on");
	push @indexes, { name => $suffix, column => $column->{name},
		clusters => $on =~ /^\(.*\)$/ || 0 };
	return 1;
}

sub add_id_index
{
	both('CREATE INDEX {T}_by_id ON {T} (id)');
	push @indexes, { name => 'by_id', column => 'id', clusters => 1 };
	return $indexes[-1];
}

sub has_id_index { return $has_key || !!grep { $_->{name} eq 'by_id' } @indexes }

# The next of a shuffled deck: each comes up before one does so again.
sub deal
{
	my ($deck, @cards) = @_;

	if (!@{ $decks{$deck} || [] })
	{
		$decks{$deck} = [@cards];
		foreach my $i (reverse 1 .. $#cards)
		{
			my $j = int(rand($i + 1));
			@{ $decks{$deck} }[ $i, $j ] = @{ $decks{$deck} }[ $j, $i ];
		}
	}
	return shift @{ $decks{$deck} };
}

# The table whose storage it is: of a partitioned one, a partition.
sub leaf { return $partitioned ? '{T}_p1' : '{T}' }

# Default of a column: a constant, or what must be computed for each row.
sub default_of
{
	my ($column, $volatile) = @_;
	return sprintf($types{ $column->{type} }{e}, $volatile ? 'forty_two()' : '42::bigint');
}

sub ddl_add
{
	my ($volatile) = @_;
	my $column = new_column(random_type());
	my $default = '';

	$default = ' DEFAULT ' . default_of($column, $volatile)
	  if $volatile || $types{ $column->{type} }{not_null} || chance(60);
	both("ALTER TABLE {T} ADD COLUMN $column->{name} " . sql_type($column->{type}) . $default);
	push @columns, $column;
	return 1;
}

sub ddl_drop
{
	return 0 if @columns < 3;
	my ($column) = splice(@columns, int(rand(@columns)), 1);
	my $cascade = chance(40);

	both("CREATE VIEW {T}_view AS SELECT id, $column->{name} FROM {T}") if $cascade;
	both("ALTER TABLE {T} DROP COLUMN $column->{name}" . ($cascade ? ' CASCADE' : ''));
	@indexes = grep { $_->{column} ne $column->{name} } @indexes;
	return 1;
}

sub ddl_type
{
	my @could = grep { my $c = $_; $c->{type} ne 'longtext'
		  && !grep { $_->{column} eq $c->{name} } @indexes } @columns;
	return 0 if !@could;
	my $column = pick(@could);
	my $to = $wider{ $column->{type} } || 'text';

	both("ALTER TABLE {T} ALTER $column->{name} DROP DEFAULT, ALTER $column->{name}"
		  . ' TYPE ' . sql_type($to) . " USING $column->{name}::" . sql_type($to));
	$column->{type} = $to;
	return 1;
}

sub ddl_default
{
	return 0 if !@columns;
	my $column = pick(@columns);

	both("ALTER TABLE {T} ALTER $column->{name} "
		  . (chance(70) ? 'SET DEFAULT ' . default_of($column, chance(30)) : 'DROP DEFAULT'));
	foreach (1 .. 3) { my $id = $next_id++; both("INSERT INTO {T} (id) VALUES ($id)") }
	both('SELECT ' . names() . " FROM {T} WHERE id >= $next_id - 3", query => 1);
	return 1;
}

sub ddl_not_null
{
	my @could = grep { !$types{ $_->{type} }{not_null} } @columns;
	return 0 if !@could;
	my @full = grep { $_->{nulls} == 0 } @could;
	my $column = pick(@full && chance(80) ? @full : @could);
	my $set = $column->{nulls} == 0;

	both("ALTER TABLE {T} ALTER $column->{name} " . ($set ? 'SET' : 'DROP') . ' NOT NULL');
	# refused where an UPDATE has made a NULL: the same for both
	both("ALTER TABLE {T} ALTER $column->{name} DROP NOT NULL") if $set && chance(70);
	return $set;
}

sub ddl_generated
{
	my $name = 'g' . $next_name++;
	my $kind = pick('int8', 'text');

	both("ALTER TABLE {T} ADD COLUMN $name $kind GENERATED ALWAYS AS "
		  . ($kind eq 'int8' ? '(id * 3)' : "('g' || id)") . ' STORED');
	both("SELECT count(*), sum(length($name\::text)) FROM {T}", query => 1, aggregate => 1);
	both("ALTER TABLE {T} ALTER $name DROP EXPRESSION") if chance(30);
	both("ALTER TABLE {T} DROP COLUMN $name") if chance(60);
	return 1;
}

sub ddl_check
{
	my $name = 'k' . $next_name++;
	my $valid = chance(50);

	both("ALTER TABLE {T} ADD CONSTRAINT $name CHECK ("
		  . (chance(20) ? 'id % 1000 <> 1' : 'id > 0') . ')' . ($valid ? '' : ' NOT VALID'));
	both("ALTER TABLE {T} VALIDATE CONSTRAINT $name") if !$valid;
	both("ALTER TABLE {T} DROP CONSTRAINT IF EXISTS $name");
	return 1;
}

sub ddl_rename
{
	return 0 if !@columns;
	my $column = pick(@columns);
	my $name = 'k' . $next_name++;

	both("ALTER TABLE {T} RENAME COLUMN $column->{name} TO $name");
	$_->{column} eq $column->{name} && ($_->{column} = $name) foreach @indexes;
	$literals{$name} = delete $literals{ $column->{name} };
	$column->{name} = $name;
	both('ALTER TABLE {T} RENAME TO {T}_renamed');
	both('ALTER TABLE {T}_renamed RENAME TO {T}');
	return 1;
}

sub ddl_method
{
	my $table = $partitioned ? 'c_p1' : 'c';

	once("ALTER TABLE $table SET ACCESS METHOD heap");
	add_query() foreach 1 .. between(0, 2);
	random_settings();
	once("ALTER TABLE $table SET ACCESS METHOD columnar");
	return 1;
}

sub ddl_tablespace
{
	both('ALTER TABLE ' . leaf() . ' SET TABLESPACE twin_space');
	add_query();
	add_load() if chance(30);
	both('ALTER TABLE ' . leaf() . ' SET TABLESPACE pg_default') if chance(70);
	return 1;
}

sub ddl_logged
{
	random_settings();
	both('ALTER TABLE ' . leaf() . ' SET UNLOGGED');
	add_query() if chance(50);
	both('ALTER TABLE ' . leaf() . ' SET LOGGED') if chance(80);
	return 1;
}

sub ddl_owner
{
	both('ALTER TABLE {T} OWNER TO twin');
	once('SET ROLE twin');
	$as_other = 1;
	add_query();
	$as_other = 0;
	once('RESET ROLE');
	both('ALTER TABLE {T} OWNER TO CURRENT_USER');
	return 1;
}

sub ddl_schema
{
	both('ALTER TABLE {T} SET SCHEMA away');
	once('SET search_path = public, away');
	add_query();
	both('ALTER TABLE {T} SET SCHEMA public');
	once('RESET search_path');
	return 1;
}

sub ddl_cluster
{
	return 0 if $partitioned && $in_transaction;
	my @could = grep { $_->{clusters} } @indexes;

	@could = (add_id_index()) if !@could;
	random_settings();
	both('CLUSTER {T} USING {T}_' . pick(@could)->{name});
	return 1;
}

sub ddl_drop_index
{
	add_index() if !@indexes;
	my ($index) = splice(@indexes, int(rand(@indexes)), 1);
	both('DROP INDEX {T}_' . $index->{name});
	return 1;
}

sub ddl_copy
{
	my ($into) = @_;

	random_settings();
	once('DROP TABLE IF EXISTS c2');
	once('SET default_table_access_method = columnar');
	once($into ? 'SELECT * INTO c2 FROM c' : 'CREATE TABLE c2 USING columnar AS TABLE c');
	once('RESET default_table_access_method');
	add_whole('c2');
	return 1;
}

sub ddl_like
{
	my $columns = names();

	random_settings();
	once('DROP TABLE IF EXISTS c2');
	once('CREATE TABLE c2 (LIKE c INCLUDING ALL) USING columnar');
	once("INSERT INTO c2 ($columns) SELECT $columns FROM c");
	both("SELECT count(*), sum(hashtextextended(x::text, 0)) FROM (SELECT $columns FROM {T}) x",
		query => 1, aggregate => 1, copy => 'c2');
	return 1;
}

sub ddl_inherit
{
	return 0 if $partitioned;
	my $columns = names();

	fill_source(between(1000, 3000));
	random_settings();
	once('CREATE TABLE h_child () INHERITS (h) USING heap');
	once('CREATE TABLE c_child () INHERITS (c) USING ' . pick('heap', 'columnar', 'columnar'));
	both("INSERT INTO {T}_child ($columns) SELECT $columns FROM s ORDER BY id");
	$has_child = 1;
	add_query() foreach 1 .. 2;
	$has_child = 0;
	both('ALTER TABLE {T}_child NO INHERIT {T}') if chance(50);
	both('DROP TABLE {T}_child');
	return 1;
}

sub ddl_attach
{
	return 0 if !$partitioned;
	both('ALTER TABLE {T} DETACH PARTITION {T}_p1'
		  . ($in_transaction || chance(50) ? '' : ' CONCURRENTLY'));
	add_query();
	both('ALTER TABLE {T} ATTACH PARTITION {T}_p1 FOR VALUES WITH (MODULUS 3, REMAINDER 1)');
	return 1;
}

sub ddl_truncate
{
	my $file = $node->basedir . '/load';
	my $columns = names();
	my $freeze = $partitioned || $in_transaction ? '' : ' (FREEZE)';

	fill_source(between(100, 3000));
	once("COPY (SELECT $columns FROM s ORDER BY id) TO '$file'");
	once('BEGIN') if !$in_transaction;
	both('TRUNCATE {T} ' . pick('', 'CONTINUE IDENTITY', 'RESTART IDENTITY'));
	both("COPY {T} ($columns) FROM '$file'$freeze");
	once(chance(30) ? 'COMMIT' : 'ROLLBACK') if !$in_transaction;
	return 1;
}

sub ddl_view
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
	return 1;
}

# What can be done to tables; each returns whether it was.
my %ddl = (
	'add column'      => sub { return ddl_add(0) },
	'add volatile'    => sub { return ddl_add(1) },
	'drop column'     => \&ddl_drop,
	'alter type'      => \&ddl_type,
	'default'         => \&ddl_default,
	'not null'        => \&ddl_not_null,
	'generated'       => \&ddl_generated,
	'check'           => \&ddl_check,
	'rename'          => \&ddl_rename,
	'access method'   => \&ddl_method,
	'logged'          => \&ddl_logged,
	'owner'           => \&ddl_owner,
	'schema'          => \&ddl_schema,
	'cluster'         => \&ddl_cluster,
	'index'           => sub { return @indexes < 6 && add_index() },
	'index again'     => sub { return @indexes < 6 && add_index() },
	'drop index'      => \&ddl_drop_index,
	'create table as' => sub { return ddl_copy(0) },
	'select into'     => sub { return ddl_copy(1) },
	'like'            => \&ddl_like,
	'inherit'         => \&ddl_inherit,
	'attach'          => \&ddl_attach,
	'truncate'        => \&ddl_truncate,
	'view'            => \&ddl_view,
	'reindex'         => sub {
		both('REINDEX TABLE '
			  . ($in_transaction || chance(50) ? '' : 'CONCURRENTLY ') . '{T}');
		return 1;
	},);

# ... and not within a transaction.
my %alone = (
	# rolled back, heap keeps the index entries of rows added since
	'tablespace'   => \&ddl_tablespace,
	'vacuum'       => sub { both('VACUUM ' . pick('', '(ANALYZE) ') . '{T}'); return 1 },
	'vacuum full'  => sub { random_settings(); both('VACUUM FULL {T}'); return 1 },
	'freeze'       => sub { both('VACUUM FREEZE {T}'); return 1 },
	'analyze'      => sub { both('ANALYZE {T}'); return 1 },);

sub add_ddl
{
	my %could = $in_transaction ? %ddl : (%ddl, %alone);
	my $deck = $in_transaction ? 'in transactions' : 'ddl';

	foreach (1 .. 4)
	{
		my $what = deal($deck, sort keys %could);
		# or else not with these tables as they are
		next if !$could{$what}->();
		$came_up{ddl}{$what}++;
		last;
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

# Compares the lines that COPY writes of both.
sub add_copy_out
{
	my $file = $node->basedir . '/copied_';
	my $format = pick('DELIMITER \'|\'', 'HEADER, NULL \'\'', 'FORMAT csv', 'FORMAT csv, NULL \'0\', DELIMITER \'1\'',
		'FORMAT csv, HEADER, FORCE_QUOTE *', 'FORMAT csv, QUOTE \'e\', ESCAPE \'f\'');

	both('COPY {T} (' . names() . ") TO '$file\{T}' ($format)");
	both("SELECT count(*), sum(hashtextextended(line, 0)) FROM regexp_split_to_table(pg_read_file('$file\{T}'), E'\\n') line",
		query => 1, aggregate => 1);
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
	my $is_array = $type->{array} || sql_type($column->{type}) =~ /\[\]$|^ints$/;
	my @values = @{ $literals{$name} };
	my ($a, $b) = (pick(@values), pick(@values));

	return "$name IS NOT NULL" if chance(6);
	return "$name IS NULL" if chance(4);
	return pick("$name <@ box(point(0, 0), point(60, 700))", "$name IS NOT NULL",
		"$name ~= $a") if $type->{point};
	return pick("$name\::text = ($a)::text", "$name\::text <> ($a)::text", "$name IS NOT NULL")
	  if $type->{unordered};
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
		$is_array ? "$name = $b" : "$name = ANY (ARRAY[$a, $b])",
		"$name IS DISTINCT FROM $a");
}

sub predicate
{
	my $one = simple_predicate();
	return $one if chance(60);
	return "($one) AND (" . simple_predicate() . ')' if chance(50);
	return "($one) OR (" . simple_predicate() . ')';
}

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

# What reads the table several times at once.
sub add_self
{
	my @ordered = map { $_->{name} } grep { !$types{ $_->{type} }{unordered} } @columns;
	# in a transaction or as another role that may not make tables
	my ($deck, @kinds) = $in_transaction || $as_other
	  ? ('self inside', ColTwinSelf::inside()) : ('self', ColTwinSelf::all());
	my $kind = deal($deck, @kinds);

	$came_up{self}{$kind}++;
	ColTwinSelf::add(
		$kind,
		column  => sub { return @columns ? pick(@columns)->{name} : 'id' },
		ordered => sub { return @ordered ? pick(@ordered) : 'id' },
		some_id => \&some_id,
		by_id   => has_id_index(),
		load    => sub {
			$in_transaction = 1;
			add_load();
			$in_transaction = 0;
		});
	return;
}

sub add_query
{
	return add_self() if chance(10);
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
	  if "@settings" =~ /(hashjoin|seqscan) = off/ && $kind =~ /join|tid|exists/;
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
		# nested loops for a few rows only: without statistics they are chosen for all
		my $few = chance(40);
		my $of = $few ? join(', ', map { some_id() } 1 .. 10) : "SELECT id FROM {T} WHERE $where";
		once('SET enable_nestloop = off') if !$few;
		both("SELECT count(*), sum(a.id), count(b.$name) FROM {T} a JOIN $other b"
			  . ' ON a.id = b.id + ' . between(0, 3) . " WHERE a.id IN ($of)",
			query => 1, aggregate => 1);
		once('RESET enable_nestloop');
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
			  . " WHERE id % 1000 = 1))", query => 1) if !$partitioned && !$has_child;
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
	push @columns, new_column(random_type()) foreach 1 .. between(4, 14);
	$partitioned = chance(15) || $count{twins} > 2 && !$came_up{ddl}{attach};
	$has_log = !$partitioned && chance(20);
	my $generated = chance(20) ? ', twice int8 GENERATED ALWAYS AS (id * 2) STORED' : '';
	# its values depend on the order of rows, which is sure where id is unique
	$has_identity = $has_key && !$partitioned && chance(40);
	$generated .= ', auto int8 GENERATED BY DEFAULT AS IDENTITY' if $has_identity;
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
	add_id_index() if !$has_key && chance(60);
	return run_script();
}

# One round: changes, then queries.
sub round
{
	add_load() if $next_id < 20000 || chance(20);
	add_change() foreach 1 .. between(0, 3);
	once('VACUUM c') if chance(20);
	return 0 if !run_script();
	if ($next_id < 60000 && chance(50))
	{
		my $errors = $count{errors};
		add_transaction();
		return 0 if !run_script();
		# what is there now is not what was meant: new twins
		return 0 if $count{errors} > $errors;
	}
	foreach (1 .. between(0, 3))
	{
		add_ddl();
		return 0 if !run_script();
	}
	sample_literals();
	add_query() foreach 1 .. 10;
	add_self();
	add_cursor() if chance(40);
	add_copy_out() if !$partitioned && chance(40);
	add_whole('c');
	once('SELECT check_twin()') if chance(40);
	return run_script();
}

# All types, all that can be done to tables, all changes, all that reads a table
# several times.
sub all_of
{
	my ($kind) = @_;
	return ColTwinChange::all() if $kind eq 'change';
	return ColTwinSelf::all() if $kind eq 'self';
	my @all = $kind eq 'type' ? grep { !$types{$_}{element} } keys %types : (keys %ddl, keys %alone);

	@all = sort @all;
	return @all;
}

# Did everything come up?
sub covered
{
	$came_up{change} = \%changes;
	return !grep { my $kind = $_; grep { !$came_up{$kind}{$_} } all_of($kind) } @kinds;
}

# Goes on for some seconds; options: seconds, most failures.
sub run
{
	my (%options) = @_;
	my $until = time + $options{seconds};
	# ... and longer until everything came up
	my $at_most = time + 10 * $options{seconds};

	seed_random();
	%count = map { $_ => 0 } qw(statements queries with_rows errors failures twins);
	$node = new_node('twin', conf => <<'EOC');
fsync = off
full_page_writes = off
shared_buffers = 64MB
max_parallel_workers = 4
timezone = 'UTC'
allow_in_place_tablespaces = on
deadlock_timeout = 50ms
log_min_duration_statement = 2s
EOC
	$switches[-1] = ['force_parallel_mode = on'] if $node->pg_version < 16;
	define_types($node);
	$node->safe_psql('postgres', <<'EOS');
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
CREATE FUNCTION forty_two() RETURNS int8 VOLATILE LANGUAGE plpgsql AS $$ BEGIN RETURN 42; END $$;
CREATE FUNCTION check_twin() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	SELECT string_agg(format('%s: %s', c.oid::regclass, v), '; ') INTO found
	  FROM pg_class c JOIN pg_am a ON a.oid = c.relam, columnar.verify(c.oid) v
	 WHERE a.amname = 'columnar' AND c.relkind = 'r' AND c.relname ~ '^c(_p.)?$'
	   AND v.problem <> 'orphaned block';
	IF found IS NOT NULL THEN
		RAISE EXCEPTION 'verify: %', found;
	END IF;
END $$;
CREATE ROLE twin;
CREATE SCHEMA away;
EOS
	$node->safe_psql('postgres', "CREATE TABLESPACE twin_space LOCATION ''");
	while ((time < $until || time < $at_most && !covered()) && $count{failures} < ($options{failures} || 1))
	{
		wait_ready($node) or last;
		$count{twins}++;
		make_twins() or next;
		foreach (1 .. between(3, 8))
		{
			round() or last;
			last if time > $until && (covered() || time > $at_most);
		}
	}
	diag sprintf('note: %s twins, %s statements, %s of them failed on both;'
		  . ' %s queries, %s returned rows',
		@count{qw(twins statements errors queries with_rows)});
	is($count{failures}, 0, 'nothing differed');
	cmp_ok($count{queries}, '>', $options{seconds}, 'enough queries ran');
	cmp_ok($count{with_rows}, '>=', 0.7 * $count{queries},
		'at least 70 % of the queries returned rows');
	foreach my $kind (@kinds)
	{
		my @all = all_of($kind);
		diag "note: of " . @all . " kinds of $kind each came up at least "
		  . (sort { $a <=> $b } map { $came_up{$kind}{$_} || 0 } @all)[0] . ' times';
		is(join(', ', grep { !$came_up{$kind}{$_} } @all), '', "every $kind came up");
	}
	check_logs($node);
	verify_tables($node);
	return;
}

1;
