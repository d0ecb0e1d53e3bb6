# ColTwinSelf.pm - queries that read one of the twins more than once at a time:
# joins with itself whose index scans are open together, subqueries that start
# again for every row, several cursors.  How ColTwinChange has it in changes.
package ColTwinSelf;

use strict;
use warnings;
use ColTwinScript;

my @nested = ('enable_hashjoin = off', 'enable_mergejoin = off');
my @by_index = ('enable_seqscan = off', 'enable_bitmapscan = off', 'enable_sort = off');
my @plans = (
	[ @nested, @by_index ],
	[ @nested, @by_index, 'enable_memoize = off', 'enable_material = off' ],
	[ @nested, 'enable_seqscan = off' ],
	[ @nested, 'enable_seqscan = off', 'enable_indexscan = off', 'enable_indexonlyscan = off' ],
	[
		@nested, 'max_parallel_workers_per_gather = 2', 'parallel_setup_cost = 0',
		'parallel_tuple_cost = 0', 'min_parallel_table_scan_size = 0',
		'min_parallel_index_scan_size = 0'
	],
	[ 'enable_hashjoin = off', 'enable_nestloop = off', 'enable_material = off', @by_index ],
	[],);

my %kinds = (
	'three' => \&three,
	'index only' => \&index_only,
	'correlated' => \&correlated,
	'lateral' => \&lateral,
	'equal' => \&equal,
	'cursors' => sub { return cursors($_[0], '') },
	'held cursors' => sub { return cursors($_[0], ' WITH HOLD') },
	'keys' => \&keys_of_several,);

sub all { return sort keys %kinds }

# Those that can be within a transaction as well, and make no tables.
sub inside { return grep { !/cursors|keys/ } all() }

# Adds one; options: column and ordered (give the name of one; ordered: of
# a type that has an order), some_id, by_id (there is an index), load.
sub add
{
	my ($kind, %o) = @_;
	my @settings = @{ pick(@plans) };

	# else loops read the whole table for every row
	$o{rows} = $o{by_id} ? pick(10, 50, 150) : 5;
	once('ANALYZE h (id), c (id)') if chance(70);
	once("SET $_") foreach @settings;
	$kinds{$kind}->(\%o);
	foreach (@settings) { my ($setting) = split / /; once("RESET $setting") }
	return;
}

# Some rows next to each other.
sub few
{
	my ($o, $table) = @_;
	my $low = $o->{some_id}->() - between(0, $o->{rows});
	return "$table.id BETWEEN $low AND $low + $o->{rows}";
}

sub three
{
	my ($o) = @_;
	my ($x, $y, $z) = map { $o->{column}->() } 1 .. 3;
	my $ordered = $o->{ordered}->();
	my $left = pick('', 'LEFT ');
	my $third = pick('c.id = b.id + ' . between(0, 3), 'c.id = a.id',
		"c.$ordered = b.$ordered AND c.id BETWEEN a.id - 9 AND a.id + 9");
	my $from = "{T} a ${left}JOIN {T} b ON b.id = a.id + " . between(0, 900)
	  . " ${left}JOIN {T} c ON $third WHERE " . few($o, 'a');

	both(pick(
		"SELECT a.id, b.id, c.id, a.$x, b.$y, c.$z FROM $from",
		"SELECT a.$x, b.$y, c FROM $from ORDER BY a.id, b.id, c.id",
		"SELECT count(*), sum(hashtextextended((a.$x, b.$y, c.$z)::text, 0)) FROM $from",
		"SELECT b.id, count(c.$z) FROM $from GROUP BY b.id"), query => 1);
	return;
}

# Reads the columns of an index only, where there is one.
sub index_only
{
	my ($o) = @_;
	my $x = $o->{ordered}->();

	both('SELECT a.id, b.id, c.id FROM {T} a JOIN {T} b ON b.id = a.id + 1'
		  . ' JOIN {T} c ON c.id = b.id WHERE ' . few($o, 'a'), query => 1);
	both("SELECT count(a.$x), count(b.$x), count(*) FROM {T} a JOIN {T} b"
		  . " ON b.$x = a.$x AND b.id = a.id WHERE " . few($o, 'a'),
		query => 1, aggregate => 1);
	both("SELECT count($x), min($x\::text), max(id) FROM (SELECT $x, id FROM {T}"
		  . " ORDER BY $x, id LIMIT " . between(1, 3000) . ') x', query => 1, aggregate => 1);
	return;
}

sub correlated
{
	my ($o) = @_;
	my ($x, $y) = map { $o->{column}->() } 1 .. 2;
	my $offset = pick(0, 0, 1, 30);

	both("SELECT a.id, a.$y,"
		  . " (SELECT b.$x FROM {T} b WHERE b.id > a.id ORDER BY b.id LIMIT 1 OFFSET $offset),"
		  . " (SELECT b FROM {T} b WHERE b.id < a.id ORDER BY b.id DESC LIMIT 1 OFFSET $offset),"
		  . ' (SELECT max(b.id) FROM {T} b WHERE b.id < a.id),'
		  . " (SELECT count(*) FROM (SELECT FROM {T} b WHERE b.id BETWEEN a.id - 9 AND a.id + 9"
		  . " AND b.$y IS NOT NULL LIMIT 4) n)"
		  . ' FROM {T} a WHERE ' . few($o, 'a')
		  . ' AND ' . pick('', 'NOT ') . "EXISTS (SELECT FROM {T} b WHERE b.id = a.id + 3000)",
		query => 1);
	return;
}

sub lateral
{
	my ($o) = @_;
	my ($x, $y, $z) = ($o->{column}->(), $o->{ordered}->(), $o->{ordered}->());
	my $down = pick([ '>=', '' ], [ '<', ' DESC' ]);

	$o->{rows} = 5;
	both("SELECT a.id, b.id, b.$x, c.id, c.$x FROM {T} a"
		  . " CROSS JOIN LATERAL (SELECT * FROM {T} WHERE $y $down->[0] a.$y"
		  . " ORDER BY $y$down->[1], id LIMIT 3) b"
		  . ' LEFT JOIN LATERAL (SELECT id, ' . "$x FROM {T} WHERE $z = b.$z AND id > b.id"
		  . ' AND id < b.id + 900 ORDER BY id LIMIT 2) c ON true WHERE ' . few($o, 'a'), query => 1);
	return;
}

# A merge join goes back to the first of the equal ones.
sub equal
{
	my ($o) = @_;
	my $x = $o->{ordered}->();
	my $y = $o->{column}->();

	both("SELECT count(*), sum(a.id * 3 + b.id), count(a.$y), count(b.$y)"
		  . " FROM {T} a JOIN {T} b ON a.$x = b.$x WHERE " . few($o, 'a') . ' AND ' . few($o, 'b'),
		query => 1);
	both('SELECT a.id, b.id FROM {T} a JOIN {T} b ON a.id = b.id AND ' . "a.$x = b.$x WHERE "
		  . few($o, 'a') . ' ORDER BY a.id', query => 1);
	return;
}

# Several cursors go forward and backward by turns, among changes that are not for
# them.
sub cursors
{
	my ($o, $hold) = @_;
	my $open = 0;
	my $move = sub {
		my $how = pick('FETCH 3', 'FETCH 400', 'FETCH BACKWARD 2', 'FETCH FIRST', 'FETCH LAST',
			'FETCH ABSOLUTE ' . between(-9, 99), 'FETCH RELATIVE -2', 'FETCH RELATIVE 0',
			'FETCH BACKWARD ALL', 'FETCH PRIOR', 'MOVE FORWARD 60', 'MOVE BACKWARD 5');
		both("$how FROM {T}_at" . between(1, $open), ordered => 1);
	};
	my $change = sub {
		both(pick("UPDATE {T} SET id = id", 'DELETE FROM {T}') . ' WHERE ' . few($o, '{T}'));
	};

	once('BEGIN');
	foreach (1 .. between(2, 4))
	{
		my ($x, $y) = map { $o->{column}->() } 1 .. 2;
		my $z = $o->{ordered}->();
		my $down = pick('', ' DESC');
		my $query = pick(
			"SELECT id, $x FROM {T} WHERE " . few($o, '{T}') . " ORDER BY id$down",
			"SELECT id FROM {T} WHERE id > " . $o->{some_id}->() . " ORDER BY id$down LIMIT 700",
			"SELECT $z, id, $y FROM {T} WHERE " . few($o, '{T}') . " ORDER BY $z$down, id$down",
			"SELECT a.id, a.$x, b.$y FROM {T} a JOIN {T} b ON b.id = a.id + 1 WHERE "
			  . few($o, 'a') . " ORDER BY a.id$down");
		$open++;
		both("DECLARE {T}_at$open SCROLL CURSOR$hold FOR $query");
		$move->() foreach 1 .. between(1, 3);
		$change->() if chance(40);
	}
	$o->{load}->() if chance(20);
	$move->() foreach 1 .. between(1, 3);
	once('COMMIT');
	if ($hold)
	{
		$change->() if chance(50);
		$move->() foreach 1 .. between(3, 8);
		both("CLOSE {T}_at$_") foreach 1 .. $open;
	}
	return;
}

# Upserts into a table of its own, with several unique indexes, of rows of it:
# of what one of them finds another may find a different row, which is an error.
sub keys_of_several
{
	my ($o) = @_;
	my $rows = pick(50, 3000);

	once('DROP TABLE IF EXISTS h_keys, c_keys');
	once('CREATE TABLE ' . "$_->[0]_keys (id int8 PRIMARY KEY, u int8 UNIQUE, w int4, s text)"
		  . " USING $_->[1]") foreach [ 'h', 'heap' ], [ 'c', 'columnar' ];
	both('CREATE UNIQUE INDEX {T}_even ON {T}_keys (w, (u % 2)) WHERE w % 2 = 0');
	once('SET columnar.stripe_all = ' . pick('on', 'off'));
	both("INSERT INTO {T}_keys SELECT i, -i, i, 'n' || i FROM generate_series(1, $rows) i");
	both('UPDATE {T}_keys SET u = u - 100000 WHERE id % ' . pick(7, 50) . ' = 3') if chance(50);
	foreach (1 .. 5)
	{
		my $step = pick(1, 3, 40);
		my $to = pick('(id)', '(u)', '(w, (u % 2)) WHERE w % 2 = 0');
		my ($new_id, $new_u, $new_w) =
		  (pick('a.id', 'a.id + 20', '-a.id'), pick('b.u', 'b.u - 30', 'NULL'), pick('a.w', 'b.w * 2', 'a.w + 1'));
		my $set = pick('s = excluded.s', 'u = excluded.u', 'w = excluded.w',
			"s = k.s || (SELECT max(id) FROM {T}_keys WHERE id <= k.id)", 'id = k.id');

		both("INSERT INTO {T}_keys AS k SELECT $new_id, $new_u, $new_w, a.s || b.s"
			  . " FROM {T}_keys a JOIN {T}_keys b ON b.id = a.id + " . between(0, 2)
			  . " WHERE a.id % $step = 0 AND a.id BETWEEN 10 AND 400 ORDER BY a.id"
			  . " ON CONFLICT " . pick('DO NOTHING', "$to DO NOTHING", "$to DO UPDATE SET $set",
				"$to DO UPDATE SET $set", "$to DO UPDATE SET $set WHERE k.id % 3 > 0")
			  . ' RETURNING k.id, k.u, k.w, k.s');
	}
	both('SELECT * FROM {T}_keys WHERE u < 0 ORDER BY id', query => 1, ordered => 1);
	both('SELECT count(*), sum(a.id), sum(b.u), sum(c.w) FROM {T}_keys a JOIN {T}_keys b'
		  . ' ON b.u = -a.id JOIN {T}_keys c ON c.w = b.w AND c.w % 2 = 0',
		query => 1, aggregate => 1);
	return;
}

1;
