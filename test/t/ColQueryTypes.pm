# ColQueryTypes.pm - the columns of ColQueries' tables: types, values, literals.
package ColQueryTypes;

use strict;
use warnings;
use Exporter 'import';
use ColTwinScript;
use ColTwinTypes;

our @EXPORT = qw(%flavours new_column column_value canonical literal plain_literal);

# By name: class is what expressions go by, type the SQL type (else the class), e the
# value made from the bigint %1$s >= 0.  What else there may be:
#   bound      no value is further from 0
#   specials   values that some columns of it have now and then, and
#   special_bound  the bound then, or: has 'special', for which functions fail
#   harmless   ... but none does
#   ambiguous  equal values may look different: always, or of special columns
#   collation  of text; "ci" is one that is not deterministic
our %flavours = (
	int2 => {
		class => 'int2', e => '(%1$s %% 20000 - 300)::int2', bound => 20000,
		specials => [ '32767', '(-32768)', '0', '-1', '1' ], special_bound => 32768
	},
	int4 => {
		class => 'int4', e => '(%1$s %% 1000003 - 1000)::int4', bound => 1e6 + 3,
		specials => [ '2147483647', '(-2147483648)', '0', '-1' ], special_bound => 2**31
	},
	'small int4' => { class => 'int4', e => '(%1$s %% 100 - 7)::int4', bound => 100 },
	int8 => {
		class => 'int8', e => '(%1$s %% 1000000007 * 1000003 - 70000000)', bound => 1.1e15,
		specials => [ '9223372036854775807', '(-9223372036854775808)', '0', '4294967296' ],
		special_bound => 2**63
	},
	'small int8' => { class => 'int8', e => '(%1$s %% 5000)', bound => 5000 },
	domain => { class => 'int4', type => 'posint', e => '(%1$s %% 1000 + 1)', bound => 1001 },
	float4 => {
		class => 'float4', e => '((%1$s %% 10007 - 500) / 7.0)::float4', bound => 2000,
		specials => [ "'NaN'", "'Infinity'", "'-Infinity'", "'-0'", '0' ],
		special_bound => 2000, ambiguous => 'special'
	},
	'huge float4' => {
		class => 'float4', e => '((%1$s %% 103 - 50) / 8.0)::float4', bound => 1e39, huge => 1,
		specials => [ '3.4e38', '-3.4e38', '1.2e-38', "'1e-45'" ], special_bound => 1e39
	},
	float8 => {
		class => 'float8', e => '((%1$s %% 1000000007 - 5000)::float8 / 3)', bound => 4e8,
		specials => [ "'NaN'", "'Infinity'", "'-Infinity'", "'-0'", '0' ],
		special_bound => 4e8, ambiguous => 'special'
	},
	'decimal float8' => { class => 'float8', e => '(%1$s %% 3000 / 100.0)::float8', bound => 30 },
	'huge float8' => {
		class => 'float8', e => '((%1$s %% 1003 - 50)::float8 / 8)', bound => 1e309, huge => 1,
		specials => [ '1.7e308', '-1.7e308', '2.3e-308', "'5e-324'", '1e200', '-1e200' ],
		special_bound => 1e309
	},
	numeric => {
		class => 'numeric', e => '(%1$s * 1.37 - 500)::numeric', bound => 1e19,
		specials => [ "'NaN'", "'Infinity'", "'-Infinity'", '1e60', '-1e60', '1e-30', '0.000' ],
		special_bound => 1e61, ambiguous => 'special'
	},
	'numeric of any scale' => {
		class => 'numeric',
		e => '(CASE %1$s %% 3 WHEN 0 THEN %1$s / 3 %% 1000 WHEN 1 THEN (%1$s / 3 %% 1000)::numeric(9,2)'
		  . ' ELSE (%1$s / 3 %% 1000)::numeric(9,3) + 0.5 END)::numeric',
		bound => 1001, ambiguous => 'always'
	},
	'numeric(12,2)' => {
		class => 'numeric', type => 'numeric(12,2)', e => '(%1$s %% 1000000 / 100.0 - 50)::numeric(12,2)',
		bound => 1e4, specials => [ '9999999999.99', '-9999999999.99', '0' ], special_bound => 1e10
	},
	'numeric(30,6)' => {
		class => 'numeric', type => 'numeric(30,6)', e => '(%1$s * 123456789.654321)::numeric(30,6)',
		bound => 1e24
	},
	bool => { class => 'bool', e => '(%1$s %% 3 = 0)' },
	date => {
		class => 'date', e => "(date '2000-01-01' + (%1\$s %% 9000)::int)",
		specials => [ "'infinity'", "'-infinity'", "'4714-11-24 BC'", "'5874897-12-31'" ]
	},
	'near dates' => { class => 'date', e => "(date '2021-12-01' + (%1\$s %% 70)::int)" },
	time => {
		class => 'time', e => "(time '00:00' + (%1\$s %% 86000) * interval '1 second')",
		specials => [ "'24:00'", "'00:00'", "'23:59:59.999999'" ], harmless => 1
	},
	timestamp => {
		class => 'timestamp',
		e => "(timestamp '2020-01-01' + (%1\$s %% 1000000) * interval '97 seconds')",
		specials => [ "'infinity'", "'-infinity'", "'4714-11-24 BC'", "'294276-12-31 23:59:59'" ]
	},
	timestamptz => {
		class => 'timestamptz',
		e => "(timestamptz '2021-10-30 00:00+00' + (%1\$s %% 100000) * interval '7 minutes')",
		specials => [ "'infinity'", "'-infinity'", "'4714-11-25 BC'", "'294276-12-30'" ]
	},
	interval => {
		class => 'interval', e => "((%1\$s %% 500) * interval '1 hour 20 minutes')",
		specials => [ "'1 mon'", "'30 days'", "'720 hours'", "'-1 day'", "'1 year -360 days'", "'0'" ],
		ambiguous => 'special', harmless => 1
	},
	text => {
		class => 'text', e => "('txt' || %1\$s)",
		specials => [ "''", "' '", "'a%%b_c'", "E'\\\\'", "'TXT1'", "'äö'", "repeat('xyz ', 90)" ],
		harmless => 1
	},
	words => {
		class => 'text', collation => 'C',
		e => "(ARRAY['red', 'green', 'blue', 'Rot', 'grün', '日本語', '', 'red ', 'reddish'])"
		  . '[1 + %1$s %% 9] || CASE WHEN %1$s < 1000 THEN \'\' ELSE (%1$s %% 50)::text END'
	},
	'ICU text' => {
		class => 'text', collation => 'en-x-icu',
		e => "(ARRAY['a', 'B', 'c', 'ä', 'Z', 'A b', 'ab', 'a-b'])[1 + %1\$s %% 8] || %1\$s %% 3"
	},
	'text without case' => {
		class => 'text', collation => 'ci', ambiguous => 'always',
		e => "(ARRAY['a', 'A', 'b', 'B', 'ab', 'Ab'])[1 + %1\$s %% 6] || %1\$s %% 20"
	},
	'long text' => { class => 'text', e => "(repeat(md5((%1\$s %% 40)::text), (%1\$s %% 9)::int) || %1\$s)" },
	'varchar(40)' => {
		class => 'text', type => 'varchar(40)', e => "repeat('v', (%1\$s %% 17)::int) || (%1\$s)::text"
	},
	'char(12)' => {
		class => 'char', type => 'char(12)', e => "('c' || %1\$s %% 100000)::char(12)",
		specials => [ "''", "' c'", "'ä'" ], harmless => 1
	},
	bpchar => {
		class => 'char', type => 'bpchar', ambiguous => 'always',
		e => "(('p' || %1\$s / 3 %% 1000)::text || repeat(' ', (%1\$s %% 3)::int))::bpchar"
	},
	uuid => { class => 'uuid', e => 'md5((%1$s)::text)::uuid' },
	bytea => { class => 'bytea', e => "decode(md5((%1\$s)::text), 'hex')", specials => ["''"], harmless => 1 },
	enum => { class => 'enum', type => 'mood', e => "((ARRAY['sad', 'ok', 'happy'])[1 + %1\$s %% 3])::mood" },
	'int4[]' => {
		class => 'array', type => 'int4[]', e => 'ARRAY[(%1$s %% 100)::int, NULL, (%1$s %% 7)::int]'
	},
	(map { ($_ => { class => 'other', type => $_, e => $types{$_}{e}, no_minmax => $types{$_}{no_minmax} }) }
		  qw("char" name timetz inet macaddr money oid pg_lsn)),);

# What a literal of a class is where a table has no value of it.
my %literals = (
	int2 => [ '0', '1', '-1', '7', '300', '32767', '(-32768)' ],
	int4 => [ '0', '1', '-1', '1000', '99', '2147483647', '(-2147483648)' ],
	int8 => [ '0', '5', '123456789012', '9223372036854775807', '(-9223372036854775808)' ],
	float4 => [ '0', '0.1', '1.5', '-3', "'NaN'", "'Infinity'" ],
	float8 => [ '0', '0.1', '2.5', '1e6', "'-0'", "'NaN'", "'-Infinity'" ],
	numeric => [ '0', '0.1', '1.50', '100', '-7.25', "'NaN'" ],
	bool => [ 'true', 'false' ],
	date => [ "'2010-05-05'", "'2021-12-31'", "'infinity'" ],
	time => [ "'12:34:56'", "'00:00'" ],
	timestamp => [ "'2020-03-01 12:00'", "'2021-01-01'", "'infinity'" ],
	timestamptz => [ "'2022-01-01 00:00+00'", "'2021-11-07 01:30-04'" ],
	interval => [ "'1 day'", "'30 days'", "'1 mon'", "'100 hours'" ],
	text => [ "'a'", "''", "'txt1'", "'red'", "'grün'" ],
	char => [ "'c1'", "'p1  '", "''" ],
	uuid => ["'00000000-0000-0000-0000-000000000000'"],
	bytea => [ "'\\x00'", "'\\xff00'" ],
	enum => [ "'sad'", "'ok'", "'happy'" ],
	array => [ "'{1,NULL,1}'", "'{}'" ],);

my %type_of = (char => 'bpchar', enum => 'mood', array => 'int4[]');

sub new_column
{
	my ($name, $flavour) = @_;
	my $f = $flavours{$flavour};
	my %column = (
		name    => $name,
		flavour => $flavour,
		class   => $f->{class},
		type    => $f->{type} || $f->{class},
		style   => pick(qw(few many all runs runs blocks blocks sequence constant skewed)),
		nulls   => pick(0, 0, 3, 20, 100, chance(30) ? 1 : 7),
		values  => [],);

	$column{specials} = $f->{specials} && chance($f->{huge} ? 70 : 50) ? $f->{specials} : [];
	my $special = @{ $column{specials} } > 0;
	$column{special} = $special && !$f->{harmless} && !$f->{special_bound} || $special && $f->{ambiguous};
	$column{bound} = $special ? $f->{special_bound} : $f->{bound};
	$column{huge} = $special && $f->{huge};
	$column{ambiguous} = $f->{ambiguous} && ($special || $f->{ambiguous} eq 'always');
	$column{collation} = $f->{collation} || '';
	$column{no_minmax} = $f->{no_minmax};
	$column{few} = $column{style} =~ /few|constant/
	  || $column{class} =~ /bool|enum/ || $flavour =~ /^(words|near dates)$/;
	return \%column;
}

# The value of a column, made from i.
sub column_value
{
	my ($column) = @_;
	my $salt = between(1, 1000000);
	my $hash = "(hashint8extended(i, $salt) & 1152921504606846975)";
	my %style = (
		few => "($hash % 7)", many => "($hash % 1000)", all => "($hash % 1000000000)",
		runs => '(i / 300)', blocks => '(i / 1500)', sequence => 'i', constant => '42::int8',
		skewed => "(CASE WHEN $hash % 10 < 8 THEN 5 ELSE $hash % 500 END)");
	my $value = sprintf("($flavours{ $column->{flavour} }{e})", $style{ $column->{style} });

	if (my @specials = @{ $column->{specials} })
	{
		my $n = 0;
		$value = "CASE hashint8extended(i, $salt + 2) % " . pick(40, 200)
		  . join('', map { ' WHEN ' . $n++ . " THEN ($_)::$column->{type}" } @specials)
		  . " ELSE $value END";
	}
	return $value if $column->{nulls} == 0;
	return "CASE WHEN hashint8extended(i, $salt + 1) % $column->{nulls} <> 0 THEN $value END";
}

# Of values that are equal, the same one: how those of an expression are shown where
# it depends on the order of rows which of them it is.
sub canonical
{
	my ($class, $sql) = @_;
	return "$sql + 0" if $class eq 'float8';
	return "$sql + 0::float4" if $class eq 'float4';
	return "trim_scale($sql)" if $class eq 'numeric';
	return "justify_interval($sql)" if $class eq 'interval';
	return "rtrim($sql\::text)" if $class eq 'char';
	return "lower($sql COLLATE \"C\")" if $class eq 'text';
	return $sql;
}

# A literal of a class, with its type.
sub plain_literal
{
	my ($class) = @_;
	return pick(@{ $literals{$class} }) . '::' . ($type_of{$class} || $class);
}

# One that compares with a column: mostly a value of it.
sub literal
{
	my ($column) = @_;
	my $type = $column->{type} =~ /^posint$/ ? 'int4' : $column->{type};

	return plain_literal($column->{class})
	  if $literals{ $column->{class} } && (!@{ $column->{values} } || chance(6));
	return 'NULL::' . $type if !@{ $column->{values} };
	$type =~ s/\(.*//;
	$type = 'bpchar' if $column->{class} eq 'char';
	return pick(@{ $column->{values} }) . "::$type";
}

1;
