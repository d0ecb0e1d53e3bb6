# ColQueryExpr.pm - random expressions and conditions over the columns in scope.
#
# An expression is { s: its SQL, class, m: no number is further from 0, f: it may fail,
# v: it has a column, amb: equal values may look different, collation, type }.
# A condition is an expression of class bool, or { op: AND, OR or NOT, kids }.
package ColQueryExpr;

use strict;
use warnings;
use Exporter 'import';
use ColQueryTypes;
use ColTwinScript;

our @EXPORT = qw($scope %seen scope_of expression condition sql_of fails columns_of
  a_column column_as key_of all_kinds);

# What expressions are made of: columns (each with its prefix as "as"); params, where
# there may be some: [type, literal]; sure: no expression may fail.
our $scope;
our %seen; # how often each kind of expression and condition came up

my %limit = (int2 => 32768, int4 => 2**31, int8 => 2**63);
my @ints = qw(int2 int4 int8);
my @numbers = (@ints, qw(float4 float8 numeric));
my @times = qw(date timestamp timestamptz);

# Scope of some tables: pairs of a prefix and columns.
sub scope_of
{
	my (@tables) = @_;
	my @columns;

	while (my ($prefix, $list) = splice(@tables, 0, 2))
	{
		push @columns, map { { %$_, as => "$prefix$_->{name}" } } @$list;
	}
	return { columns => \@columns };
}

sub columns_of
{
	my (@classes) = @_;
	my %wanted = map { $_ => 1 } @classes;
	return grep { !@classes || $wanted{ $_->{class} } } @{ $scope->{columns} };
}

sub a_column { my @could = columns_of(@_); return @could ? pick(@could) : undef }

sub column_as
{
	my ($c) = @_;
	return {
		s => $c->{as}, class => $c->{class}, m => $c->{bound} || 0, f => 0, v => 1, amb => $c->{ambiguous},
		collation => $c->{collation}, special => $c->{special}, huge => $c->{huge}, column => $c,
		type => $c->{type}
	};
}

# A literal, or in its place a parameter.
sub constant
{
	my ($sql, $class) = @_;
	my $m = $sql =~ /^\(?-?(\d+(\.\d+)?(e\d+)?)\)?::/ || $sql =~ /^'-?(\d+(\.\d+)?(e\+?\d+)?)'::/ ? $1 : 0;

	if ($scope->{params} && chance(60) && $sql =~ /^(.*)::([^:]+)$/s)
	{
		push @{ $scope->{params} }, [ $2, $sql ];
		$sql = '$' . @{ $scope->{params} };
	}
	return { s => $sql, class => $class, m => $m, f => 0, v => 0, collation => '',
		special => $sql =~ /infinity|BC|\d{5}-/i, type => $class };
}

# A constant that compares with a class of values, mostly with those of a column.
sub constant_for
{
	my ($class) = @_;
	my $column = a_column($class);
	return constant($column ? literal($column) : plain_literal($class), $class);
}

# An expression of SQL made from others; what is not said is theirs.
sub from
{
	my ($class, $sql, $parts, %other) = @_;
	my %e = (class => $class, s => $sql, m => 0, f => 0, v => 0, collation => '', type => $class);

	foreach my $part (@$parts)
	{
		$e{m} = $part->{m} if ($part->{m} || 0) > $e{m};
		$e{$_} ||= $part->{$_} foreach qw(f v amb special huge);
		$e{collation} = $part->{collation} if $part->{collation};
	}
	%e = (%e, %other);
	# the value of no bounds, or of none that fits, may be an error
	$e{f} = 1 if $limit{$class} && $e{m} >= $limit{$class} && $other{may_fail};
	return \%e;
}

# Text expressions that go together have one collation.
sub agree
{
	my (@parts) = @_;
	my %names = map { $_->{collation} => 1 } grep { $_->{collation} } @parts;

	return @parts if keys %names < 2;
	return map { from('text', "($_->{s} COLLATE \"C\")", [$_], collation => 'C') } @parts;
}

# ... and functions on patterns one that is deterministic.
sub bytewise
{
	my ($e) = @_;
	return $e if $e->{collation} ne 'ci';
	return from('text', "($e->{s} COLLATE \"C\")", [$e], collation => 'C');
}

sub wider
{
	my ($a, $b) = @_;
	my %rank = map { $numbers[$_] => $_ } 0 .. $#numbers;
	return $rank{$a} > $rank{$b} ? $a : $b;
}

# Arithmetic of two numbers of one family.
sub arithmetic
{
	my ($family, $depth) = @_;
	my $op = pick('+', '-', '*');
	my ($a, $b) = map { value($family, $depth) } 1 .. 2;
	my $class = wider($a->{class}, $b->{class});
	my $m = $op eq '*' ? $a->{m} * $b->{m} : $a->{m} + $b->{m};

	return from($class, "($a->{s} $op $b->{s})", [ $a, $b ], m => $m, may_fail => 1)
	  if $limit{$class};
	return from($class, "($a->{s} $op $b->{s})", [ $a, $b ], m => $m,
		$a->{huge} || $b->{huge} || $class eq 'float4' && $m > 1e37 || $m > 1e300 ? (f => 1) : ());
}

sub division
{
	my ($family, $depth) = @_;
	my ($a, $b) = map { value($family, $depth) } 1 .. 2;
	my $op = $family eq 'float' ? '/' : pick('/', '/', '%');
	my $class = wider($a->{class}, $b->{class});
	my $sure = chance(85) || $scope->{sure};
	my $by = $sure ? "nullif($b->{s}, 0)" : $b->{s};
	my $fails = !$sure || $a->{huge} || $b->{huge} || $family eq 'float' && $a->{m} > 1e17;

	return from($class, "($a->{s} $op $by)", [ $a, $b ],
		m => $family eq 'float' ? $a->{m} * 1e17 : $a->{m},
		may_fail => $op eq '/',
		$fails ? (f => 1) : ());
}

sub guarded_division
{
	my ($family, $depth) = @_;
	my ($a, $b) = map { value($family, $depth) } 1 .. 2;
	my $class = wider($a->{class}, $b->{class});
	return division($family, $depth)
	  if $a->{m} >= ($limit{$class} || 1e17) || $a->{huge} || $b->{huge};
	# one zero: which of two that are equal a group shows is open
	my $plus = $family eq 'float' ? ' + 0' : '';
	return from($class, "(CASE WHEN $b->{s} <> 0 THEN $a->{s} / $b->{s} ELSE $a->{s} END$plus)", [ $a, $b ],
		$family eq 'float' ? (m => $a->{m} * 1e17) : ());
}

sub cast_to
{
	my ($class, $e) = @_;
	my $f = ($limit{$class} && ($e->{m} >= $limit{$class} - 1 || $e->{special}))
	  || $class eq 'float4' && $e->{class} ne 'float4' && ($e->{m} > 1e38 || $e->{huge} || $e->{special})
	  || $class eq 'float8' && $e->{m} > 1e300 && $e->{class} eq 'numeric';
	return from($class, "($e->{s})::$class", [$e], $f ? (f => 1) : ());
}

sub call { my ($class, $name, $e, %other) = @_; return from($class, "$name($e->{s})", [$e], %other) }

# Kinds of expressions that each family has.
sub conditional
{
	my ($family, $depth) = @_;
	my $kind = pick(qw(CASE CASE COALESCE NULLIF GREATEST LEAST simple));
	my @e = agree(map { value($family, $depth) } 1 .. 2);
	my $class = $family =~ /^(int|float)$/ ? wider($e[0]{class}, $e[1]{class}) : $e[0]{class};

	$seen{"expression $kind"}++;
	return from($class, "$kind($e[0]{s}, $e[1]{s})", [@e]) if $kind !~ /^(CASE|simple)$/;
	my $when = simple($depth);
	return from($class, "(CASE WHEN $when->{s} THEN $e[0]{s} ELSE $e[1]{s} END)", [ $when, @e ],
		m => $e[0]{m} > $e[1]{m} ? $e[0]{m} : $e[1]{m}, collation => $e[0]{collation} || $e[1]{collation})
	  if $kind eq 'CASE';
	my $c = a_column(qw(int2 int4 bool enum)) or return $e[0];
	my ($one, $two) = (literal($c), literal($c));
	return from($class, "(CASE $c->{as} WHEN $one THEN $e[0]{s} WHEN $two THEN $e[1]{s} END)",
		[ @e, { %{ column_as($c) }, amb => 0, m => 0, collation => '', special => 0, huge => 0 } ]);
}

my %makers = (
	int => {
		arithmetic => sub { return arithmetic('int', $_[0]) },
		division   => sub { return division('int', $_[0]) },
		guarded    => sub { return guarded_division('int', $_[0]) },
		negative   => sub {
			my $e = value('int', $_[0]);
			return from($e->{class}, "(- $e->{s})", [$e], may_fail => 1);
		},
		abs => sub { my $e = value('int', $_[0]); return call($e->{class}, 'abs', $e, may_fail => 1) },
		bits => sub {
			my ($a, $b) = (value('int', $_[0]), value('int', $_[0]));
			my $class = wider($a->{class}, $b->{class});
			return from($class, "($a->{s} " . pick('&', '|', '#') . " $b->{s})", [ $a, $b ], m => $limit{$class});
		},
		length => sub {
			my $e = value('text', $_[0]);
			return call('int4', pick('length', 'octet_length', 'char_length'), $e, m => 1e5, amb => 0, collation => '');
		},
		position => sub {
			my $e = bytewise(value('text', $_[0]));
			return from('int4', pick("strpos($e->{s}, 'e')", "position('ed' IN $e->{s})", "strpos($e->{s}, '')"), [$e],
				m => 1e5, amb => 0, collation => '');
		},
		extract => sub {
			my $e = value(pick(@times, 'time', 'interval'), $_[0]);
			my $field = $e->{class} eq 'time' ? pick(qw(hour minute)) : $e->{class} eq 'interval'
			  ? pick(qw(year month day minute)) : pick(qw(year month day dow doy quarter week isodow));
			return from('int4', "extract($field FROM $e->{s})::int4", [$e], m => 6e6, amb => 0,
				f => $e->{f} || $e->{special});
		},
		cast => sub { return cast_to(pick(@ints), value(pick('float', 'numeric', 'int'), $_[0])) },
		days => sub {
			my ($a, $b) = (value('date', $_[0]), value('date', $_[0]));
			return from('int4', "($a->{s} - $b->{s})", [ $a, $b ], m => 6e6,
				f => $a->{f} || $b->{f} || $a->{special} || $b->{special});
		},
		'of a bool' => sub { my $e = value('bool', $_[0]); return from('int4', "($e->{s})::int4", [$e], m => 1) },
		'of an array' => sub {
			my $e = value('array', 0);
			return from('int4', pick("($e->{s})[1]", "cardinality($e->{s})"), [$e], m => 100);
		},
	},
	float => {
		arithmetic => sub { return arithmetic('float', $_[0]) },
		division   => sub { return division('float', $_[0]) },
		guarded    => sub { return guarded_division('float', $_[0]) },
		negative   => sub { my $e = value('float', $_[0]); return from($e->{class}, "(- $e->{s})", [$e], amb => 1) },
		abs        => sub { my $e = value('float', $_[0]); return call($e->{class}, 'abs', $e) },
		sqrt       => sub { my $e = value('float', $_[0]); return from('float8', "sqrt(abs($e->{s}))", [$e]) },
		round      => sub {
			my $e = value('float', $_[0]);
			return call('float8', pick('floor', 'ceil', 'round', 'trunc'), $e, amb => 1);
		},
		cast => sub { return cast_to(pick('float4', 'float8', 'float8'), value(pick('int', 'numeric', 'float'), $_[0])) },
		epoch => sub {
			my $e = value(pick(qw(timestamp interval)), $_[0]);
			return from('float8', "date_part('epoch', $e->{s})", [$e], m => 1e13);
		},
	},
	numeric => {
		arithmetic => sub { return arithmetic('numeric', $_[0]) },
		division   => sub { return division('numeric', $_[0]) },
		guarded    => sub { return guarded_division('numeric', $_[0]) },
		modulo     => sub {
			my ($a, $b) = (value('numeric', $_[0]), value('numeric', 0));
			return from('numeric', "($a->{s} % nullif($b->{s}, 0))", [ $a, $b ], m => $a->{m});
		},
		abs        => sub { return call('numeric', pick('abs', '-', 'trunc', 'floor', 'ceil'), value('numeric', $_[0])) },
		round      => sub { my $e = value('numeric', $_[0]); return from('numeric', "round($e->{s}, " . pick(0, 1, 2, -1) . ')', [$e]) },
		cast       => sub {
			my $e = value(pick('int', 'int', 'float', 'numeric'), $_[0]);
			return from('numeric', "($e->{s})::numeric", [$e]) if chance(70) || $e->{special};
			return from('numeric', "($e->{s})::numeric(12,2)", [$e], f => $e->{f} || $e->{m} > 1e9 || $e->{huge});
		},
		extract => sub {
			my $e = value(pick(@times, 'time'), $_[0]);
			my $field = $e->{class} eq 'date' ? pick(qw(year decade epoch)) : $e->{class} eq 'time'
			  ? pick(qw(hour second)) : pick(qw(epoch hour second year));
			return from('numeric', "extract($field FROM $e->{s})", [$e], m => 1e13);
		},
	},
	bool => { condition => sub { return simple($_[0]) } },
	date => {
		'plus days' => sub {
			my ($a, $b) = (value('date', $_[0]), value('int', 0));
			$b = constant(pick('7::int4', '1::int4', '365::int4'), 'int4')
			  if $b->{m} > 30000 || $b->{class} eq 'int8';
			return from('date', "($a->{s} " . pick('+', '-') . " $b->{s})", [ $a, $b ], m => 0,
				f => $a->{f} || $b->{f} || $a->{special});
		},
		cast => sub { my $e = value(pick('timestamp', 'timestamptz'), $_[0]); return from('date', "($e->{s})::date", [$e]) },
		trunc => sub {
			my $e = value('date', $_[0]);
			return from('date', "date_trunc('" . pick(qw(month year week quarter)) . "', $e->{s})::date", [$e],
				f => $e->{f} || $e->{special});
		},
	},
	time => {
		'plus interval' => sub {
			my $e = value('time', $_[0]);
			return from('time', "($e->{s} " . pick('+', '-') . " interval '90 minutes')", [$e]);
		},
		cast => sub { my $e = value('timestamp', $_[0]); return from('time', "($e->{s})::time", [$e]) },
	},
	timestamp => {
		'plus interval' => sub {
			my $e = value(pick('timestamp', 'date'), $_[0]);
			my $by = pick("interval '1 day'", "interval '1 mon 3 days'", "interval '-7 hours'");
			return from('timestamp', "($e->{s} + $by)", [$e], f => $e->{f} || $e->{special});
		},
		trunc => sub {
			my $e = value('timestamp', $_[0]);
			my $unit = pick(qw(month year week day hour minute quarter));
			return from('timestamp', "date_trunc('$unit', $e->{s})", [$e], f => $e->{f} || $e->{special});
		},
		cast => sub {
			my $e = value('date', $_[0]);
			return from('timestamp', "($e->{s})::timestamp", [$e], f => $e->{f} || $e->{special});
		},
		'at time zone' => sub {
			my $e = value('timestamptz', $_[0]);
			return from('timestamp', "($e->{s} AT TIME ZONE '" . pick('UTC', 'America/New_York') . "')", [$e],
				f => $e->{f} || $e->{special});
		},
	},
	timestamptz => {
		'plus interval' => sub {
			my $e = value('timestamptz', $_[0]);
			my $by = pick("interval '1 day'", "interval '1 mon'", "interval '25 hours'");
			return from('timestamptz', "($e->{s} " . pick('+', '-') . " $by)", [$e], f => $e->{f} || $e->{special});
		},
		trunc => sub {
			my $e = value('timestamptz', $_[0]);
			my $zone = chance(30) ? ", 'Europe/Berlin'" : '';
			return from('timestamptz', "date_trunc('" . pick(qw(month day hour)) . "', $e->{s}$zone)", [$e],
				f => $e->{f} || $e->{special});
		},
		cast => sub {
			my $e = value('timestamp', $_[0]);
			return from('timestamptz', "($e->{s})::timestamptz", [$e], f => $e->{f} || $e->{special});
		},
	},
	interval => {
		difference => sub {
			my $class = pick('timestamp', 'timestamptz', 'time');
			my ($a, $b) = (value($class, $_[0]), value($class, $_[0]));
			return from('interval', "($a->{s} - $b->{s})", [ $a, $b ], amb => 1,
				f => $a->{f} || $b->{f} || $a->{special} || $b->{special});
		},
		sum => sub {
			my ($a, $b) = (value('interval', 0), value('interval', 0));
			return from('interval', "($a->{s} " . pick('+', '-') . " $b->{s})", [ $a, $b ], amb => 1);
		},
		times => sub { my $e = value('interval', 0); return from('interval', "($e->{s} * 3)", [$e], amb => 1) },
	},
	text => {
		concat => sub {
			my ($a, $b) = agree(value('text', $_[0]), value('text', $_[0]));
			return from('text', pick("($a->{s} || $b->{s})", "concat($a->{s}, $b->{s})", "concat($a->{s}, '-')"), [ $a, $b ]);
		},
		case => sub { return call('text', pick('upper', 'lower', 'initcap'), value('text', $_[0])) },
		part => sub {
			my $e = value('text', $_[0]);
			return from('text', pick("substring($e->{s}, 2, 3)", "left($e->{s}, 4)", "right($e->{s}, 2)",
				"left($e->{s}, -1)", "right($e->{s}, -2)", "substr($e->{s}, 1, 1)", "substr($e->{s}, -1, 4)", "substr($e->{s}, 3)"), [$e]);
		},
		trim => sub {
			my $e = value('text', $_[0]);
			return from('text', pick("ltrim($e->{s}, 'tr ')", "btrim($e->{s}, '0123456789')"), [$e]) if chance(40);
			return call('text', pick('btrim', 'ltrim', 'rtrim', 'reverse', 'md5'), $e);
		},
		pad => sub { my $e = value('text', $_[0]); return from('text', "lpad($e->{s}, 9, '.')", [$e]) },
		replace => sub {
			my $e = bytewise(value('text', $_[0]));
			return from('text', pick("replace($e->{s}, 'e', 'xx')", "translate($e->{s}, 'abc', '12')",
				"replace($e->{s}, 're', '')", "split_part($e->{s}, 'x', 2)", "split_part($e->{s}, 'e', 1)",
				"regexp_replace($e->{s}, '[0-9]+', '#')", "regexp_replace($e->{s}, '^([a-z]*)([^a-z].*)\$', '<\\2|\\1>')",
				"regexp_replace($e->{s}, '^(?:t)?([^0-9]*)(.*)\$', '\\1')"), [$e]);
		},
		cast => sub {
			my $e = value(pick('int', 'bool', 'char', 'enum', 'uuid', 'float'), 0);
			return from('text', "($e->{s})::text", [$e]);
		},
		'to_char' => sub {
			my $e = value(pick('timestamp', 'date'), $_[0]);
			return from('text', "to_char($e->{s}, '" . pick('YYYY-MM', 'YYYYMMDD', 'DD Mon') . "')", [$e], f => $e->{f} || $e->{special});
		},
	},
	char => {}, uuid => {}, bytea => {}, enum => {}, array => {},);

my %family = (int2 => 'int', int4 => 'int', int8 => 'int', float4 => 'float', float8 => 'float');
my %members = (int => \@ints, float => [qw(float4 float8)]);
my %default = (int => 'int4', float => 'float8');

# A value of a class, or of a family of classes.
sub value
{
	my ($class, $depth) = @_;
	my $family = $family{$class} || $class;
	my @classes = @{ $members{$family} || [$family] };
	my @makers = sort keys %{ $makers{$family} };

	if ($depth > 0 && @makers && chance(45))
	{
		my $kind = chance(12) ? 'conditional' : pick(@makers);
		my $e = $kind eq 'conditional' ? conditional($family, $depth - 1) : $makers{$family}{$kind}->($depth - 1);

		if (!($e->{f} && $scope->{sure}))
		{
			$seen{"expression $family $kind"}++;
			return $e;
		}
	}
	my $column = chance(78) ? a_column(@classes) : undef;
	if ($column)
	{
		$seen{"column $column->{flavour}"}++;
		return column_as($column);
	}
	return constant_for($default{$family} || $family);
}

# An expression of a class: with a column in it.
sub expression
{
	my ($class, $depth) = @_;

	foreach (1 .. 8)
	{
		my $e = value($class, $depth);
		return $e if $e->{v};
	}
	my $column = a_column(@{ $members{$class} || [$class] }) || a_column();
	return column_as($column);
}

# ---- conditions ----

# An expression of some class that can be compared.
sub comparable
{
	my ($depth) = @_;
	my $column = a_column();
	my $class = $column->{class};

	return column_as($column) if $class eq 'other' || chance(45);
	return expression($class, $depth);
}

# What an expression may be compared with: of the same type, or of another.
sub operand
{
	my ($e) = @_;
	my $class = $e->{class};

	return constant(literal($e->{column}), $class) if $class eq 'other';
	my $const = $e->{column} && !$scope->{params} && chance(80)
	  ? constant(literal($e->{column}), $class) : constant_for($class);
	return $const if $const->{s} =~ /^(NULL|\$)/;
	my $plain = $const->{s} =~ /^(.*)::[^:]+$/s ? $1 : $const->{s};
	if ($family{$class} && $family{$class} eq 'int')
	{
		# untyped: as the parser has it
		return { %$const, s => $plain } if chance(40) && $plain =~ /^\d/;
		$plain =~ s/^'(-?\d+)'$/($1)/;
		return { %$const, s => "$plain\::" . pick(qw(int8 numeric float8)) } if chance(30);
	}
	elsif ($class =~ /^float|^numeric$/ && chance(40) && $plain =~ /^'?(-?\d+(\.\d+)?)'?$/ && !$e->{huge})
	{
		return { %$const, s => pick("$1", "'$1'::float8", "($1)::numeric") };
	}
	elsif ($class =~ /^(date|timestamp|timestamptz)$/ && chance(40) && $plain !~ /BC|\d{5}-/)
	{
		my $day = substr($plain, 0, 1) eq "'" ? $plain : "'$plain'";
		return { %$const, s => "$day\::" . pick(@times) };
	}
	elsif ($class eq 'text' && chance(50)) { return { %$const, s => $plain } }
	return $const;
}

my @operators = ('=', '<>', '<', '<=', '>', '>=');

sub compare { my ($a, $op, $b) = @_; return from('bool', "$a->{s} $op $b->{s}", [ $a, $b ]) }

sub list_of
{
	my ($e, $n) = @_;
	return map { constant($e->{column} ? literal($e->{column}) : plain_literal($e->{class}), $e->{class})->{s} } 1 .. $n;
}

sub in_list
{
	my ($depth, $how, $null) = @_;
	my $e = comparable(chance(30) ? $depth : 0);

	$e = column_as(a_column()) if $e->{class} eq 'other' && !$e->{column};
	my @list = list_of($e, pick(1, 2, 3, 5, 12, 40));
	push @list, 'NULL' if $null;
	return from('bool', "$e->{s} $how (" . join(', ', @list) . ')', [$e]);
}

sub any_array
{
	my ($op, $how, $end) = @_;
	my @could = grep { $_->{class} ne 'array' } columns_of();
	return in_list(0, 'IN', 0) if !@could;
	my $e = column_as(pick(@could));
	my $type = $e->{type} eq 'posint' ? 'int4' : $e->{type};
	my @list = (list_of($e, pick(1, 2, 4)), @$end);
	return from('bool', "$e->{s} $op $how (ARRAY[" . join(', ', @list) . "]::$type\[])", [$e]);
}

sub pattern
{
	my ($how) = @_;
	my $e = bytewise(value('text', 1));
	my $part = pick(qw(t r a 1 re txt 4 B v), 'ü', 'ed');
	my %pattern = (
		LIKE  => [ "$part%", "%$part%", "%$part", "_$part%", "%$part%1%", 'red', '%', '', "$part\\_%",
			"_$part%_", "%_${part}_%", "%$part%_%$part", '__%', '%____', "%\\$part", "%$part%t%1%" ],
		ILIKE => [ uc($part) . '%', "%$part%", "%$part", "%_$part%" ],
		'~'   => [ "^$part.*\$", ".$part", "$part.+1", '^.$', "^$part", "$part\$", "[0-9]$part", "$part|g", "$part.*[13]", '^.{2,4}$' ]);
	my ($kind) = $how =~ /(ILIKE|LIKE|~)/;
	return from('bool', "$e->{s} $how '" . pick(@{ $pattern{$kind} }) . "'", [$e]);
}

my %conditions = (
	'compare'         => sub { my $e = comparable($_[0]); return compare($e, pick(@operators), operand($e)) },
	'compare column'  => sub { my $e = column_as(a_column()); return compare($e, pick(@operators), operand($e)) },
	'two columns'     => sub {
		my $a = column_as(a_column());
		my @same = grep { $_->{class} eq $a->{class} && $_->{type} eq $a->{type} } columns_of();
		@same = columns_of(@numbers) if grep({ $_ eq $a->{class} } @numbers);
		@same = columns_of(@times) if $a->{class} =~ /^(date|timestamp|timestamptz)$/ && chance(50);
		my $b = column_as(pick(@same));
		($a, $b) = agree($a, $b) if $a->{class} eq 'text';
		return compare($a, pick(@operators), $b);
	},
	'backwards' => sub { my $e = comparable($_[0]); my $o = operand($e); return compare($o, pick(@operators), $e) },
	'between'   => sub {
		my $e = comparable($_[0]);
		my ($a, $b) = (operand($e), operand($e));
		return from('bool', "$e->{s} " . pick('', '', 'NOT ') . 'BETWEEN ' . pick('', 'SYMMETRIC ')
			  . "$a->{s} AND $b->{s}", [$e]);
	},
	'range' => sub {
		my $column = a_column();
		my @low = sort { $a cmp $b } literal($column), literal($column);
		return from('bool', "$column->{as} >= least($low[0], $low[1]) AND $column->{as} <= greatest($low[0], $low[1])",
			[ column_as($column) ]);
	},
	'in'          => sub { return in_list($_[0], 'IN', 0) },
	'in null'     => sub { return in_list($_[0], 'IN', 1) },
	'not in'      => sub { return in_list($_[0], 'NOT IN', 0) },
	'not in null' => sub { return in_list($_[0], 'NOT IN', 1) },
	'any'         => sub { return any_array(pick('=', '=', '<', '>='), 'ANY', []) },
	'any null'    => sub { return any_array('=', 'ANY', ['NULL']) },
	'all'         => sub { return any_array(pick('<>', '<>', '>', '<='), 'ALL', []) },
	'all null'    => sub { return any_array(pick('<>', '>'), 'ALL', ['NULL']) },
	'no elements' => sub {
		my $c = a_column(@numbers) or return simple(0);
		return from('bool', "$c->{as} " . pick('= ALL', '<> ALL', '= ANY') . " ('{}'::$c->{class}\[])", [ column_as($c) ]);
	},
	'is null'     => sub { my $e = comparable($_[0]); return from('bool', "$e->{s} IS NULL", [$e]) },
	'is not null' => sub { my $e = comparable($_[0]); return from('bool', "$e->{s} IS NOT NULL", [$e]) },
	'distinct'    => sub {
		my $e = comparable($_[0]);
		return from('bool', "$e->{s} IS " . pick('', 'NOT ') . 'DISTINCT FROM ' . operand($e)->{s}, [$e]);
	},
	'bool column' => sub { my $c = a_column('bool') or return simple(0); return column_as($c) },
	'is true'     => sub {
		my $e = simple($_[0]);
		return from('bool', "($e->{s}) IS " . pick('', 'NOT ') . pick('TRUE', 'FALSE', 'UNKNOWN'), [$e]);
	},
	'is null of a condition' => sub { my $e = simple($_[0]); return from('bool', "($e->{s}) IS NULL", [$e]) },
	'like'       => sub { return pattern('LIKE') },
	'not like'   => sub { return pattern('NOT LIKE') },
	'ilike'      => sub { return pattern(pick('ILIKE', 'NOT ILIKE')) },
	'regex'      => sub { return pattern(pick('~', '~', '~*', '!~')) },
	'starts with' => sub {
		my $e = bytewise(value('text', 0));
		return from('bool', pick("starts_with($e->{s}, '" . pick('t', 'red', 'v', '') . "')", "$e->{s} ^@ 'tx'"), [$e]);
	},
	'arithmetic' => sub {
		my $family = pick('int', 'int', 'float', 'numeric');
		my $e = $makers{$family}{ pick('arithmetic', 'arithmetic', 'division', 'guarded') }->($_[0]);
		return compare($e, pick(@operators), constant_for($e->{class}));
	},
	'case' => sub {
		my ($w, $a, $b) = map { simple(0) } 1 .. 3;
		return from('bool', "CASE WHEN $w->{s} THEN $a->{s} ELSE $b->{s} END", [ $w, $a, $b ]);
	},
	'coalesce' => sub { my $e = simple(0); return from('bool', "coalesce($e->{s}, " . pick('true', 'false') . ')', [$e]) },
	'date part' => sub {
		my $e = $makers{int}{extract}->(0);
		return compare($e, pick(@operators), constant(pick('3', '6', '2010', '2020', '15') . '::int4', 'int4'));
	},
	'date trunc' => sub {
		my $class = pick(qw(timestamp timestamptz date));
		my $e = $makers{$class}{trunc}->(0);
		return compare($e, pick(@operators), constant_for($class));
	},
	'plus interval' => sub {
		my $class = pick(qw(timestamp timestamptz time));
		my $e = $makers{$class}{'plus interval'}->(0);
		return compare($e, pick(@operators), constant_for($class));
	},
	'length' => sub {
		my $e = $makers{int}{length}->(1);
		return compare($e, pick(@operators), constant(pick(0, 2, 4, 7, 12) . '::int4', 'int4'));
	},
	'rows' => sub {
		my ($a, $b) = map { column_as(a_column()) } 1 .. 2;
		my ($x, $y) = (literal($a->{column}), literal($b->{column}));
		return from('bool', "($a->{s}, $b->{s}) " . pick(@operators) . " ($x, $y)", [ $a, $b ]);
	},
	'array' => sub {
		my $c = a_column('array') or return simple(0);
		return from('bool', pick("$c->{as} @> ARRAY[5]", "3 = ANY ($c->{as})", "$c->{as} && '{1,2,3,50}'",
			"7 < ALL ($c->{as})"), [ column_as($c) ]);
	},
	'stable' => sub {
		my $c = a_column(@times) or return simple(0);
		return from('bool', "$c->{as} " . pick('<', '>') . ' ' . pick('now()', 'current_date', 'localtimestamp'), [ column_as($c) ]);
	},
	'constant' => sub { return from('bool', pick('true', '1 = 1', 'now() IS NOT NULL', 'NOT false'), []) },);

# A condition without AND, OR, NOT.
sub simple
{
	my ($depth) = @_;
	my @kinds = sort keys %conditions;

	foreach (1 .. 10)
	{
		my $kind = chance(30) ? 'compare column' : pick(@kinds);
		my $e = $conditions{$kind}->($depth > 0 ? $depth - 1 : 0);

		next if $e->{f} && $scope->{sure};
		$seen{"condition $kind"}++;
		return { %$e, class => 'bool', m => 0, amb => 0, collation => '', s => "($e->{s})" };
	}
	return from('bool', '(true)', []);
}

sub condition
{
	my ($depth) = @_;
	my $op = pick('AND', 'OR', 'OR', 'OR', 'NOT');

	return simple(pick(0, 0, 1, 2)) if $depth <= 0 || chance(60);
	$seen{"condition $op"}++;
	return { op => $op, kids => [ map { condition($depth - 1) } 1 .. ($op eq 'NOT' ? 1 : pick(2, 2, 3)) ] };
}

sub sql_of
{
	my ($node) = @_;
	return $node->{s} if !$node->{op};
	my @kids = map { sql_of($_) } @{ $node->{kids} };
	return "(NOT $kids[0])" if $node->{op} eq 'NOT';
	return '(' . join(" $node->{op} ", @kids) . ')';
}

sub fails
{
	my ($node) = @_;
	return $node->{f} if !$node->{op};
	return !!grep { fails($_) } @{ $node->{kids} };
}

# A key to group by or to order by: an expression with a column, few: of few values.
sub key_of
{
	my ($few) = @_;
	my @could = grep { ($_->{few} || !$few) && $_->{class} !~ /^array$/ } columns_of();
	my $column = @could ? pick(@could) : a_column();
	return column_as($column) if chance(65) || $column->{class} eq 'other';
	my $before = $scope->{sure};
	$scope->{sure} = 1;
	my $e = expression($column->{class}, 1);
	$scope->{sure} = $before;
	return $e;
}

# Everything that can come up.
sub all_kinds
{
	my @kinds = map { "condition $_" } keys %conditions, qw(AND OR NOT);
	foreach my $family (keys %makers)
	{
		push @kinds, map { "expression $family $_" } keys %{ $makers{$family} };
	}
	push @kinds, map { "column $_" } grep { $flavours{$_}{class} ne 'other' } keys %flavours;
	@kinds = sort @kinds;
	return @kinds;
}

1;
