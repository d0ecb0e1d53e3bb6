# ColTwinTypes.pm - the types of ColTwin's columns.
package ColTwinTypes;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(%types %wider sql_type define_types);

# By name: e is the SQL expression of a value made from the bigint %s; sql the
# type's name where it is another.  What else may be said of a type:
#   sum        has sum() and +
#   no_minmax  has no min() and max()
#   unordered  cannot be compared, grouped, indexed
#   no_hash    has no hash index
#   text, array (of int4), json, range, point  what predicates there are
#   index      methods of its indexes
#   not_null   takes no NULLs
#   no_binary  has no binary form for COPY
#   no_array   no arrays of it here
our %types = (
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
		text => 1, no_array => 1
	},
	'varchar(40)' => { e => "repeat('v', (%1\$s %% 17)::int) || (%1\$s)::text", text => 1 },
	'char(12)' => { e => "('c' || %s %% 100000)::char(12)", text => 1 },
	name    => { e => "('n' || %s)::name", no_minmax => 1 },
	bytea   => { e => "decode(md5((%s)::text), 'hex')", no_minmax => 1 },
	date    => { e => "(date '2000-01-01' + (%s %% 9000)::int)" },
	time    => { e => "(time '00:00' + (%s %% 86000) * interval '1 second')" },
	'time(0)' => { e => "(time '00:00' + (%s %% 86000) * interval '0.7 seconds')" },
	timetz  => { e => "(timetz '00:00+02' + (%s %% 86000) * interval '1 second')" },
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
	cidr    => { e => "(('10.' || %s %% 250 || '.0.0/16')::cidr)", no_minmax => 1 },
	macaddr => {
		e => "(('08:00:2b:01:' || lpad(to_hex(%1\$s %% 256), 2, '0') || ':'"
		  . " || lpad(to_hex(%1\$s / 256 %% 256), 2, '0'))::macaddr)",
		no_minmax => 1
	},
	macaddr8 => {
		e => "(('08:00:2b:01:02:03:04:' || lpad(to_hex(%s %% 256), 2, '0'))::macaddr8)",
		no_minmax => 1
	},
	'bit(9)' => { e => '((%s %% 512)::int::bit(9))', no_minmax => 1, no_hash => 1 },
	varbit  => { e => '((%s %% 1000)::int::bit(10)::varbit)', no_minmax => 1, no_hash => 1 },
	money   => { e => '((%s %% 1000000)::numeric / 100)::money', no_hash => 1 },

	# made by CREATE TYPE and CREATE DOMAIN
	mood    => { e => "((ARRAY['sad', 'ok', 'happy'])[1 + %s %% 3])::mood" },
	pair    => { e => "ROW((%1\$s %% 1000)::int, 'y' || %1\$s)::pair", no_minmax => 1 },
	nested  => {
		e => "ROW(ROW(NULL, 'in ' || %1\$s)::pair, ARRAY[(%1\$s %% 10)::numeric, NULL],"
		  . " ARRAY[ROW(1, 'x')::pair])::nested",
		no_minmax => 1
	},
	posint  => { e => '((%s %% 1000 + 1)::posint)', sum => 1 },
	smallpos => { e => '((%s %% 900 + 1)::smallpos)', sum => 1 },
	named   => { e => "(('d' || %s)::named)", not_null => 1, no_array => 1, text => 1 },
	ints    => { e => '(ARRAY[(%s %% 100)::int, NULL]::ints)', no_minmax => 1, no_array => 1, index => ['btree'] },
	pairs   => { e => "(ROW((%s %% 30)::int, NULL)::pairs)", no_minmax => 1 },

	'int4[]' => {
		e     => 'ARRAY[(%1$s %% 100)::int, NULL, (%1$s %% 7)::int]',
		array => 1, no_array => 1
	},
	'text[]' => {
		e => "(CASE %1\$s %% 3 WHEN 0 THEN ARRAY[ARRAY['a', (%1\$s)::text], ARRAY[NULL, 'b']]"
		  . " WHEN 1 THEN ARRAY[]::text[] ELSE ('[5:6]={p,' || %1\$s || '}')::text[] END)",
		no_array => 1, index => [ 'gin', 'btree' ]
	},
	int2vector => { e => "('1 2 ' || %s %% 1000)::int2vector", unordered => 1, no_array => 1 },
	oidvector => { e => "('1 2 ' || %s %% 1000)::oidvector", no_minmax => 1, no_array => 1 },

	jsonb => {
		e => "jsonb_build_object('k', %1\$s %% 50, 's', 'x' || %1\$s)",
		json => 1, no_minmax => 1
	},
	json    => { e => "json_build_object('k', %1\$s %% 50, 'a', ARRAY[%1\$s])", unordered => 1 },
	jsonpath => { e => "('\$.a' || %s %% 9)::jsonpath", unordered => 1 },
	xml     => { e => "('<a>' || %s || '</a>')::xml", unordered => 1 },
	tsvector => {
		e => "to_tsvector('simple', 'word' || %1\$s %% 20 || ' and ' || %1\$s)",
		no_minmax => 1, no_hash => 1, index => [ 'gin', 'gist', 'btree' ]
	},
	tsquery => { e => "to_tsquery('simple', 'word' || %s %% 20 || ' & x')", no_minmax => 1, no_hash => 1 },

	int4range => {
		e     => '(int4range((%1$s %% 100000)::int, (%1$s %% 100000)::int + 10))',
		range => 1, no_minmax => 1
	},
	int8range => {
		e     => "CASE WHEN %1\$s %% 50 = 7 THEN 'empty' ELSE int8range(%1\$s, %1\$s + 10) END",
		range => 1, no_minmax => 1
	},
	numrange => { e => "(numrange((%s)::numeric / 3, NULL, '(]'))", range => 1, no_minmax => 1 },
	daterange => { e => "(daterange(date '2000-01-01' + (%s %% 9000)::int, NULL))", range => 1, no_minmax => 1 },
	tsrange => { e => "(tsrange('2020-01-01', timestamp '2020-01-01' + %s %% 1000 * interval '1 hour'))", range => 1, no_minmax => 1 },
	tstzrange => { e => "(tstzrange(NULL, timestamptz '2020-01-01 00:00Z' + %s %% 1000 * interval '1 hour'))", range => 1, no_minmax => 1 },
	floatrange => { e => '(floatrange((%1$s %% 1000)::float8, (%1$s %% 1000)::float8 + 1.5))', range => 1, no_minmax => 1 },
	int4multirange => {
		e => '(int4multirange(int4range((%1$s %% 1000)::int, (%1$s %% 1000)::int + 1), int4range(5000, 5006)))',
		range => 1, no_minmax => 1, index => [ 'gist', 'btree' ]
	},
	nummultirange => { e => "('{[1,' || %s %% 100 + 2 || '), (500,)}')::nummultirange", range => 1, no_minmax => 1, index => ['gist'] },

	point   => { e => '(point(%1$s %% 100, %1$s %% 1000))', unordered => 1, point => 1 },
	line    => { e => "('{1,' || %s %% 100 || ',3}')::line", unordered => 1 },
	lseg    => { e => 'lseg(point(%1$s %% 100, 0), point(0, %1$s %% 70))', unordered => 1 },
	box     => { e => 'box(point(%1$s %% 100, 0), point(0, %1$s %% 70))', unordered => 1 },
	path    => { e => 'path(polygon(box(point(0, 0), point(%s %% 100, 1))))', unordered => 1 },
	polygon => { e => 'polygon(box(point(0, 0), point(%s %% 100, 1)))', unordered => 1 },
	circle  => { e => 'circle(point(%s %% 100, 1), 3)', unordered => 1 },

	oid     => { e => '((%s %% 100000)::oid)' },
	regclass => { e => '((1000 + %s %% 500)::oid::regclass)', no_minmax => 1, no_hash => 1 },
	regtype => { e => "((ARRAY['int4', 'text', 'date'])[1 + %s %% 3]::regtype)", no_minmax => 1, no_hash => 1 },
	xid     => { e => '((%s %% 1000)::text::xid)', unordered => 1 },
	cid     => { e => '((%s %% 1000)::text::cid)', unordered => 1 },
	xid8    => { e => '((%s %% 1000)::text::xid8)', no_minmax => 1 },
	tid     => { e => "(('(' || %s %% 1000 || ',1)')::tid)", no_minmax => 1 },
	pg_lsn  => { e => "('0/0'::pg_lsn + (%s %% 1000000)::numeric)", no_minmax => 1 },
	pg_snapshot => { e => "(%1\$s %% 50 + 1 || ':' || %1\$s %% 50 + 9 || ':')::pg_snapshot", unordered => 1 },
	refcursor => { e => "('cursor' || %s %% 10)::text::refcursor", unordered => 1, no_array => 1 },
	aclitem => { e => "makeaclitem(10, 10, CASE WHEN %s %% 2 = 0 THEN 'SELECT' ELSE 'INSERT' END, false)", unordered => 1, no_binary => 1 },);

# Types of extensions, where these are installed.
my %of_extension = (
	citext => { e => "('Word' || %s)::citext", text => 1, no_minmax => 1 },
	hstore => { e => "hstore('k' || %1\$s %% 10, (%1\$s)::text)", no_minmax => 1, index => [ 'gin', 'gist' ] },
	ltree  => { e => "('top.n' || %s %% 100)::ltree", no_minmax => 1, no_hash => 1, index => [ 'gist', 'btree' ] },
	cube   => { e => 'cube(ARRAY[(%s %% 100)::float8, 2, 3])', no_minmax => 1, no_hash => 1, index => [ 'gist', 'btree' ] },
	seg    => { e => "(%1\$s %% 100 || ' .. ' || %1\$s %% 100 + 1)::seg", no_minmax => 1, no_hash => 1, no_binary => 1, index => [ 'gist', 'btree' ] },);

# What ALTER COLUMN TYPE makes of a type; of the others it makes text.
our %wider = (
	int2 => 'int4', int4 => 'int8', int8 => 'numeric', float4 => 'float8',
	'numeric(12,2)' => 'numeric', text => 'longtext', 'varchar(40)' => 'text',
	date => 'timestamp', mood => 'text', uuid => 'text', inet => 'text',
	bool => 'text', 'int4[]' => 'text', name => 'text', posint => 'int4',
	smallpos => 'posint', int4range => 'int4multirange',
	varbit => 'text', cidr => 'inet', oid => 'int8', citext => 'text');

sub sql_type { my ($type) = @_; return $types{$type}{sql} || $type }

# Makes what types need in the node's database, and adds arrays of all.
sub define_types
{
	my ($node) = @_;

	$node->safe_psql('postgres', <<'EOS');
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (x int, y text);
CREATE TYPE nested AS (p pair, n numeric[], q pair[]);
CREATE DOMAIN posint AS int CHECK (value > 0);
CREATE DOMAIN smallpos AS posint CHECK (value < 1000);
CREATE DOMAIN named AS text NOT NULL CHECK (value <> '');
CREATE DOMAIN ints AS int[] CHECK (cardinality(value) < 10);
CREATE DOMAIN pairs AS pair CHECK ((value).x < 100);
CREATE TYPE floatrange AS RANGE (subtype = float8);
EOS
	foreach my $extension (sort keys %of_extension)
	{
		my $there = $node->safe_psql('postgres',
			"SELECT count(*) FROM pg_available_extensions WHERE name = '$extension'");
		next if !$there;
		$node->safe_psql('postgres', "CREATE EXTENSION $extension");
		$types{$extension} = $of_extension{$extension};
	}
	foreach my $type (keys %types)
	{
		my $t = $types{$type};
		my $sql = sql_type($type);

		# what is needed more than once is named by its place
		$t->{e} =~ s/%s/%1\$s/g;
		next if $t->{no_array} || $types{"$type\[]"};
		$types{"$type\[]"} = {
			e => "(CASE WHEN %1\$s %% 2 = 0 THEN ARRAY[$t->{e}, NULL]"
			  . " ELSE ARRAY[ARRAY[$t->{e}]::$sql\[], ARRAY[NULL]::$sql\[]] END::$sql\[])",
			sql       => "$sql\[]",
			element   => $type,
			unordered => $t->{unordered},
			no_binary => $t->{no_binary},
			no_minmax => 1,
			no_hash   => 1,
			no_array  => 1,
			index     => [ 'gin', 'btree' ]
		};
	}
	return;
}

1;
