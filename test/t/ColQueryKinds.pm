# ColQueryKinds.pm - random queries, as structures that can be made smaller.
#
# A query is a hash: kind; with, from; select: items, each { s, how: it is compared,
# beside: what heap is asked as well to judge it, key }; where, having: conditions;
# group, order: expressions; sets, distinct, limit, tail; around: what the whole is put
# into, with {Q}; params: [type, literal] of a prepared one; policy: ordered, any (the
# order of rows), or the number of columns that a limit with ties leaves sure; fail: who
# may fail, see ColQueryJudge.pm.
package ColQueryKinds;

use strict;
use warnings;
use Exporter 'import';
use ColQueryExpr;
use ColQueryTypes;
use ColTwinScript;

our @EXPORT = qw(random_query render @query_kinds @aggregate_kinds);

my (@columns, @second); # of {T} and of {T}2
my $barrier; # a column that is not 0 in {T}_barrier; or ''
my $huge; # what comes from the order of sums may overflow

# ---- aggregates ----

sub item { my ($s, %more) = @_; return { s => $s, how => 'exact', beside => [], %more } }

sub some { my ($class) = @_; return expression($class, between(0, 2)) }

sub has { my (@classes) = @_; my @found = columns_of(@classes); return scalar @found }

# An aggregate whose result depends on the order of rows in its last digits.
sub float_item
{
	my ($s, $e, $how, @beside) = @_;
	$huge = 1 if $e->{huge} || $e->{m} > 1e140 || $e->{class} eq 'float4' && $e->{m} > 1e30;
	return item($s, how => $how, beside => \@beside, f => $e->{f});
}

sub magnitude { my ($e) = @_; return $e->{huge} || $e->{m} > 1e140 ? "abs(($e->{s})::numeric)" : "abs($e->{s})" }

sub exact { my ($name, $e, %more) = @_; return item("$name($e->{s}){F}", f => $e->{f}, %more) }

sub extreme
{
	my ($name) = @_;
	my @could = grep { !$_->{no_minmax} && $_->{class} !~ /^(bool|uuid|bytea)$/ } columns_of();
	return if !@could;
	my $column = pick(@could);
	my $e = $column->{class} eq 'other' || chance(60) ? column_as($column) : some($column->{class});
	my $s = "$name($e->{s}){F}";

	return item($e->{amb} ? canonical($e->{class}, $s) : $s, f => $e->{f});
}

sub within
{
	my ($name, $class) = @_;
	my $e = some($class);
	my $s = "$name WITHIN GROUP (ORDER BY $e->{s}){F}";
	# which of equal values is shown is open
	return item($e->{amb} || $e->{class} eq 'numeric' ? canonical($e->{class}, $s) : $s, f => $e->{f});
}

sub regression
{
	my ($name) = @_;
	my $number = sub { my $c = a_column(qw(int4 int8 float8 numeric)); return $c && !$c->{huge} && $c->{bound} < 1e30 ? column_as($c) : undef };
	my ($y, $x) = ($number->(), $number->());
	return if !$x || !$y;
	my $filter = "FILTER (WHERE $x->{s} IS NOT NULL AND $y->{s} IS NOT NULL {AND})";
	return item("$name($y->{s}, $x->{s}){F}",
		how    => $name,
		beside => [
			"regr_count($y->{s}, $x->{s}){F}", "regr_sxx($y->{s}, $x->{s}){F}", "regr_syy($y->{s}, $x->{s}){F}",
			"max(abs($x->{s}::float8)) $filter", "max(abs($y->{s}::float8)) $filter"
		]);
}

my %aggregates = (
	'count(*)'       => sub { return item('count(*){F}') },
	'count'          => sub { return exact('count', column_as(a_column())) },
	'count distinct' => sub {
		my $c = column_as(a_column());
		return item("count(DISTINCT $c->{s}){F}");
	},
	'sum int'     => sub { return if !has(qw(int2 int4 int8)); return exact('sum', some('int4')) },
	'avg int'     => sub { return if !has(qw(int2 int4 int8)); return exact('avg', some('int4')) },
	'sum numeric' => sub { return if !has('numeric'); return exact(pick('sum', 'avg'), some('numeric')) },
	'sum distinct' => sub {
		my $c = a_column(qw(int2 int4 int8 numeric)) or return;
		# which scale those that are equal have is not sure
		my $s = pick('sum', 'avg') . "(DISTINCT $c->{as}){F}";
		return item($c->{ambiguous} ? "trim_scale(round($s, 9))" : $s);
	},
	'sum float8' => sub {
		return if !has('float8');
		my $e = some('float8');
		return if $e->{class} ne 'float8';
		return float_item("sum($e->{s}){F}", $e, 'sum', 'sum(' . magnitude($e) . '){F}');
	},
	'avg float' => sub {
		return if !has(qw(float4 float8));
		my $e = some('float8');
		return float_item("avg($e->{s}){F}", $e, 'sum', 'avg(' . magnitude($e) . '){F}');
	},
	'sum float4' => sub {
		my $c = a_column('float4') or return;
		my $e = column_as($c);
		return float_item("sum($e->{s}){F}", $e, 'real', "sum($e->{s}::float8::numeric){F}",
			"sum(abs($e->{s}::float8::numeric)){F}", "count($e->{s}){F}");
	},
	'sum interval' => sub {
		my $c = a_column('interval') or return;
		my $s = pick('sum', 'avg') . "($c->{as}){F}";
		return item($c->{ambiguous} ? canonical('interval', $s) : $s);
	},
	'min' => sub { return extreme('min') },
	'max' => sub { return extreme('max') },
	'variance' => sub {
		return if !has(qw(int4 numeric));
		return exact(pick(qw(variance var_pop var_samp stddev stddev_pop stddev_samp)),
			some(pick(grep { has($_) } qw(int4 numeric))));
	},
	'variance float' => sub {
		my $c = a_column('float8', 'float4') or return;
		my $e = column_as($c);
		return float_item(pick(qw(variance var_pop var_samp)) . "($e->{s}){F}", $e, 'variance',
			"max(abs($e->{s})){F}");
	},
	'stddev float' => sub {
		my $c = a_column('float8', 'float4') or return;
		my $e = column_as($c);
		return float_item(pick(qw(stddev stddev_pop stddev_samp)) . "($e->{s}){F}", $e, 'stddev',
			"max(abs($e->{s})){F}");
	},
	'regression' => sub {
		return regression(pick(qw(corr covar_pop covar_samp regr_avgx regr_avgy regr_count regr_intercept
			  regr_r2 regr_slope regr_sxx regr_sxy regr_syy)));
	},
	'bool' => sub { return if !has('bool'); return exact(pick(qw(bool_and bool_or every)), some('bool')) },
	'bit'  => sub {
		my $c = a_column(qw(int2 int4 int8)) or return;
		return item(pick(qw(bit_and bit_or bit_xor)) . "($c->{as}){F}");
	},
	'string_agg' => sub {
		my $c = a_column() or return;
		my $distinct = chance(25) && $c->{class} eq 'text' && !$c->{ambiguous} ? 1 : 0;
		return item("md5(string_agg(DISTINCT $c->{as}::text, ',' ORDER BY $c->{as}::text){F})") if $distinct;
		return item("md5(string_agg($c->{as}::text, ';' ORDER BY " . pick('{I}', "$c->{as}, {I}") . '){F})');
	},
	'array_agg' => sub {
		my $c = a_column() or return;
		return item("md5((array_agg($c->{as} ORDER BY " . pick('{I} DESC', "$c->{as} DESC, {I}") . '){F})::text)');
	},
	'percentile_cont' => sub {
		my $class = pick(grep { has($_) } qw(float8 interval)) or return;
		my $e = column_as(a_column($class));
		my $s = 'percentile_cont(' . pick('0.5', '0.25', 'ARRAY[0.1, 0.9]') . ") WITHIN GROUP (ORDER BY $e->{s}){F}";
		return if $e->{special} || $e->{huge} || $s =~ /ARRAY/ && $e->{amb};
		return item($e->{amb} ? canonical($e->{class}, $s) : $s);
	},
	'percentile_disc' => sub {
		my @could = grep { $_->{class} ne 'other' } columns_of() or return;
		return within('percentile_disc(' . pick('0.5', '0.99', '0') . ')', pick(@could)->{class});
	},
	'percentiles_disc' => sub {
		my $c = a_column(qw(int2 int4 int8 text date float8 numeric)) or return;
		return if $c->{ambiguous};
		return item("percentile_disc(ARRAY[0.1, 0.9, NULL, 0.5]) WITHIN GROUP (ORDER BY $c->{as}" . direction() . '){F}');
	},
	'hypothetical' => sub {
		my $c = a_column(qw(int2 int4 int8 date float8 numeric timestamp)) or return;
		my $name = pick(qw(rank dense_rank percent_rank cume_dist));
		return item("$name(" . literal($c) . ") WITHIN GROUP (ORDER BY $c->{as}" . direction() . '){F}');
	},
	'mode' => sub {
		my @could = grep { $_->{class} !~ /other|array/ } columns_of() or return;
		return within('mode()', pick(@could)->{class});
	},
	'expression' => sub {
		my $c = a_column(qw(int2 int4 int8)) or return;
		return item(pick("sum($c->{as}){F} * 2 + count(*){F}", "coalesce(sum($c->{as}){F}, 0)",
			"max($c->{as}){F}::numeric - min($c->{as}){F}", "sum($c->{as}){F} / nullif(count($c->{as}){F}, 0)::numeric",
			"CASE WHEN count(*){F} > 10 THEN sum($c->{as}){F} END", "count(*){F} > 100 AND bool_and($c->{as} > 0){F}"));
	},);

our @aggregate_kinds = sort keys %aggregates;

sub aggregate
{
	foreach (1 .. 6)
	{
		my $kind = pick(@aggregate_kinds);
		my $item = $aggregates{$kind}->() or next;
		next if $item->{f} && $scope->{sure};
		my $filter = '';
		my $condition;

		if (chance(15))
		{
			my $before = $scope->{sure};
			$scope->{sure} = 1;
			$condition = sql_of(condition(1));
			$scope->{sure} = $before;
			$filter = " FILTER (WHERE $condition)";
			$seen{'aggregate filter'}++;
		}
		foreach my $s ($item->{s}, @{ $item->{beside} })
		{
			my $and = $condition ? "AND $condition" : '';
			$s =~ s/\{F\}/$filter/g;
			$s =~ s/\{AND\}/$and/g;
			$s =~ s/\{I\}/$scope->{id}/g;
		}
		$seen{"aggregate $kind"}++;
		return $item;
	}
	return item('count(*)');
}

sub aggregates_of { my ($n) = @_; return map { aggregate() } 1 .. $n }

# A condition on groups: of what is exact.
sub having
{
	my $c = a_column(qw(int2 int4 int8 text date));
	my $sum = $c && $c->{class} =~ /int/ ? "sum($c->{as})" : undef;

	return { s => pick('count(*) > 1', 'count(*) BETWEEN 2 AND 5000', $sum ? ("$sum > 0", "$sum IS NOT NULL") : (),
			$c && !$c->{ambiguous} ? "max($c->{as}) IS NOT NULL" : ()) };
}

# ---- parts ----

sub conditions
{
	my ($most) = @_;
	my $n = pick(0, 0, 1, 1, 1, 1, 1, $most);
	return [ map { condition(pick(1, 1, 2, 3)) } 1 .. $n ];
}

sub select_key { my ($e) = @_; return item($e->{amb} ? canonical($e->{class}, $e->{s}) : $e->{s}, key => $e->{s}) }

sub values_of
{
	my ($n) = @_;
	return map {
		my $c = a_column();
		my $e = $c->{class} eq 'other' || chance(50) ? column_as($c) : expression($c->{class}, pick(1, 1, 2));
		item($e->{s}, f => $e->{f});
	} 1 .. $n;
}

sub direction { return pick('', '', ' DESC', ' NULLS FIRST', ' DESC NULLS LAST') }

sub order_by { return map { $_ . direction() } @_ }

# All of a result as one row.
my $digest = 'SELECT count(*), sum(hashtextextended(x::text, 0)) FROM ({Q}) x';

sub is_exact { my ($q) = @_; return !grep { $_->{how} ne 'exact' } @{ $q->{select} } }

my %kinds = (
	rows => sub {
		my %q = (select => [ values_of(between(1, 5)) ], where => conditions(3));

		if (chance(50)) { return { %q, around => $digest, policy => 'any' } }
		return { %q, order => [ 'id' . pick('', ' DESC') ], limit => between(1, 150),
			offset => pick(0, 0, 0, 20, 1000), policy => 'ordered' };
	},
	'few rows' => sub {
		my @ids = map { literal({ class => 'int8', type => 'int8', values => $columns[0]{values} }) } 1 .. 8;
		return { select => [ item('id'), values_of(between(1, 4)) ], policy => 'any',
			where => [ { s => 'id IN (' . join(', ', @ids) . ')' }, @{ conditions(0) } ] };
	},
	aggregate => sub {
		return { select => [ item('count(*)'), aggregates_of(between(1, 5)) ], where => conditions(3),
			chance(6) ? (having => [ having() ]) : (), single => 1, policy => 'any' };
	},
	group => sub {
		my $few = chance(70);
		my @keys = map { key_of($few || $_ > 1) } 1 .. pick(1, 1, 1, 2, 2, 3);
		my @shown = grep { chance(92) } @keys;
		my $q = { group => [ map { $_->{s} } @keys ], where => conditions(2),
			chance(25) ? (having => [ having() ]) : (), policy => 'any' };

		@shown = @keys if !$few;
		$q->{select} = [ (map { select_key($_) } @shown), aggregates_of(between(1, 4)) ];
		# groups that are not told apart cannot be matched
		$q->{select} = [ (map { select_key($_) } @keys), grep { !$_->{key} } @{ $q->{select} } ] if !is_exact($q);
		return { %$q, order => [ order_by(@{ $q->{group} }) ], limit => between(1, 200),
			offset => pick(0, 0, 0, 7), policy => 'ordered' } if !$few || chance(20);
		return $q;
	},
	'group by aggregate' => sub {
		my $e = key_of(0);
		my $q = { group => [ $e->{s} ], where => conditions(1), policy => 'ordered', limit => between(1, 100) };

		$q->{select} = [ item('count(*)'), select_key($e), aggregates_of(between(0, 2)) ];
		$q->{order} = [ 'count(*)' . pick('', ' DESC'), $e->{s} ];
		return $q;
	},
	sets => sub {
		my @keys = map { key_of(1) } 1 .. pick(2, 2, 3);
		my @s = map { $_->{s} } @keys;
		my %seen_key;
		return if grep { $seen_key{$_}++ } @s;
		my $all = join(', ', @s);
		my $sets = pick("ROLLUP ($all)", "CUBE ($all)", "$s[0], ROLLUP (" . join(', ', @s[ 1 .. $#s ]) . ')',
			"ROLLUP ($all), ROLLUP ($s[-1], $s[0])", "DISTINCT CUBE ($all), ROLLUP ($all)",
			"GROUPING SETS (($s[0]), ($s[-1]), ())", "GROUPING SETS (($s[0], $s[1]), ($s[1]))",
			"GROUPING SETS (($s[0]), ($s[0]), (), CUBE ($s[1], $s[0]), ())");
		@keys = @keys[ 0 .. 1 ] if $sets =~ /^G/;
		return if $sets =~ /^G/ && @s > 2;
		return { select => [ (map { select_key($_) } @keys), item('GROUPING(' . join(', ', map { $_->{s} } @keys) . ')'),
				aggregates_of(between(1, 3)) ],
			sets => $sets, where => conditions(1), policy => 'any', chance(20) ? (having => [ having() ]) : () };
	},
	distinct => sub {
		my @keys = map { key_of(1) } 1 .. pick(1, 1, 2, 3);
		return { distinct => 'DISTINCT ', select => [ map { select_key($_) } @keys ], where => conditions(2), policy => 'any' };
	},
	'distinct on' => sub {
		my $e = key_of(chance(70));
		return { distinct => "DISTINCT ON ($e->{s}) ", select => [ select_key($e), item('id'), values_of(1) ],
			where => conditions(1), order => [ order_by($e->{s}), 'id' . pick('', ' DESC') ],
			limit => between(1, 200), policy => 'ordered' };
	},
	top => sub {
		my @keys = map { key_of(0) } 1 .. pick(1, 1, 2);
		my $q = { where => conditions(2), limit => pick(1, 5, 10, 100, 1000), offset => pick(0, 0, 0, 3, 50) };
		if (chance(40))
		{
			return { %$q, select => [ (map { select_key($_) } @keys), values_of(1) ],
				order => [ order_by(map { $_->{s} } @keys) ], policy => scalar @keys };
		}
		return { %$q, select => [ item('id'), values_of(between(1, 3)) ],
			order => [ order_by(map { $_->{s} } @keys), 'id' ], policy => 'ordered' };
	},
	'limited count' => sub {
		return { select => [ item('id') ], where => conditions(1), limit => pick(0, 1, 50, 3000, 'ALL'),
			offset => pick(0, 5, 2000), around => 'SELECT count(*) FROM ({Q}) x', policy => 'any' };
	},
	'nothing but rows' => sub {
		return { select => [ item(pick('', '1', 'true', 'NULL::int')) ], where => conditions(2), policy => 'any',
			around => 'SELECT count(*) FROM ({Q}) x' };
	},
	'whole row' => sub {
		return { select => [ item('t') ], from => '{T} t', where => conditions(2), order => ['id'],
			limit => between(1, 50), policy => 'ordered' };
	},
	join => sub {
		$scope = { %{ scope_of('a.', \@columns, 'b.', \@second) }, id => 'a.id, b.id', sure => 1 };
		my $on = pick('a.id = b.id', 'a.id = b.id', 'a.id = b.id + 3', 'b.id = a.id');
		my $how = pick('JOIN', 'JOIN', 'LEFT JOIN', 'FULL JOIN', 'RIGHT JOIN');
		my $q = { from => "{T} a $how {T}2 b ON $on", where => conditions(2), policy => 'any' };
		return { %$q, select => [ item('count(*)'), aggregates_of(between(1, 3)) ], single => 1 } if chance(50);
		my $e = key_of(1);
		return { %$q, select => [ select_key($e), aggregates_of(between(1, 2)) ], group => [ $e->{s} ] };
	},
	'join of keys' => sub {
		my @could = grep { $_->{few} && $_->{class} ne 'array' } @second or return;
		my $c = pick(@could);
		$scope = { %{ scope_of('a.', \@columns) }, id => 'a.id', sure => 1 };
		return { from => "{T} a JOIN (SELECT DISTINCT $c->{name} FROM {T}2) b ON a.$c->{name} = b.$c->{name}",
			select => [ item('count(*)'), aggregates_of(2) ], where => conditions(1), single => 1, policy => 'any' };
	},
	'in a subquery' => sub {
		my $c = pick(@second);
		return { select => [ item('count(*)'), aggregates_of(between(1, 2)) ], single => 1, policy => 'any',
			where => [ { s => "$c->{name} " . pick('IN', 'IN', 'NOT IN') . " (SELECT $c->{name} FROM {T}2"
					  . pick('', ' WHERE id % 3 = 0', " WHERE $c->{name} IS NOT NULL") . ')' }, @{ conditions(1) } ] };
	},
	exists => sub {
		$scope = { %{ scope_of('a.', \@columns) }, id => 'a.id', sure => 1 };
		my $more = pick('', ' AND b.id % 2 = 0', " AND b.$second[-1]{name} IS NOT NULL");
		return { from => '{T} a', select => [ item('count(*)'), aggregates_of(1) ], single => 1, policy => 'any',
			where => [ { s => pick('EXISTS', 'NOT EXISTS') . " (SELECT 1 FROM {T}2 b WHERE b.id = a.id$more)" },
				@{ conditions(1) } ] };
	},
	scalar => sub {
		my $c = a_column(qw(int2 int4 int8 float8 date timestamp numeric)) or return;
		my $sub = pick("(SELECT min($c->{as}) FROM {T})", "(SELECT $c->{as} FROM {T}2 ORDER BY id LIMIT 1)",
			"(SELECT max($c->{as}) FROM {T}2 WHERE id < 500)");
		$sub = "(SELECT max($c->{as}) FROM {T})" if !grep { $_->{name} eq $c->{name} } @second;
		return { select => [ item('count(*)'), aggregates_of(1) ], single => 1, policy => 'any',
			where => [ { s => "$c->{as} " . pick('=', '<', '<=', '>=', '<>') . " $sub" }, @{ conditions(0) } ] };
	},
	correlated => sub {
		$scope = { %{ scope_of('a.', \@second) }, id => 'a.id', sure => 1 };
		my $c = a_column(qw(int2 int4 int8 text date float8 bool)) or return;
		my $of = pick("(SELECT count(*) FROM {T} b WHERE b.$c->{name} = a.$c->{name})",
			"(SELECT max(b.id) FROM {T} b WHERE b.$c->{name} < a.$c->{name} AND b.id <> a.id)",
			"(SELECT count(b.$c->{name}) FROM {T} b WHERE b.id BETWEEN a.id AND a.id + 50)");
		return { from => '{T}2 a', select => [ item('a.id'), item($of) ], where => conditions(1), order => ['a.id'],
			limit => between(1, 12), policy => 'ordered' };
	},
	cte => sub {
		my $name = pick('', 'MATERIALIZED ', 'NOT MATERIALIZED ');
		my $where = sql_of(simple_condition());
		return { with => "WITH x AS $name(SELECT * FROM {T} WHERE $where) ", from => 'x',
			select => [ item('count(*)'), aggregates_of(2) ], where => conditions(1), single => 1, policy => 'any' };
	},
	'union all' => sub {
		my ($one, $two) = map { sql_of(simple_condition()) } 1 .. 2;
		my $names = join(', ', map { $_->{name} } @columns);
		my $how = pick('UNION ALL', 'UNION ALL', 'UNION ALL', 'EXCEPT ALL');
		$how = 'UNION ALL' if grep { $_->{ambiguous} || $_->{class} =~ /other/ } @columns;
		return { from => "(SELECT $names FROM {T} WHERE $one $how SELECT $names FROM {T} WHERE $two) u",
			select => [ item('count(*)'), aggregates_of(2) ], where => conditions(1), single => 1, policy => 'any' };
	},
	# tables below one parent; rows with the same number may differ
	several => sub {
		my $names = join(', ', map { $_->{name} } @second);
		my @from = map { "SELECT $names FROM $_" } pick('{T}', '{T}2'), pick('{T}', '{T}2'), chance(30) ? '{T}2' : ();
		$scope = { %{ scope_of('', \@second) }, id => join(', ', 'id', map { "$_->{name}::text" } @second[ 1 .. $#second ]) };
		my $q = { from => '(' . join(' UNION ALL ', @from) . ') u', where => conditions(1), policy => 'any' };
		return { %$q, select => [ item('count(*)'), aggregates_of(between(1, 3)) ], single => 1 } if chance(30);
		my @keys = map { key_of(1) } 1 .. pick(1, 1, 2);
		return { %$q, select => [ (map { select_key($_) } @keys), aggregates_of(between(1, 3)) ], group => [ map { $_->{s} } @keys ] };
	},
	lateral => sub {
		my $c = pick(grep { $_->{class} ne 'array' } @second);
		my $few = join(', ', map { literal({ class => 'int8', type => 'int8', values => $second[0]{values} }) } 1 .. 5);
		my $inner = pick("count(b.$c->{name}) AS n FROM {T} b WHERE b.id <= a.id",
			"count(*) AS n FROM {T} b WHERE b.$c->{name} = a.$c->{name} AND b.id > a.id",
			"b.id AS n FROM {T} b WHERE b.$c->{name} >= a.$c->{name} ORDER BY b.id LIMIT 3");
		$scope = { %{ scope_of('a.', \@second) }, id => 'a.id', sure => 1 };
		return { from => "(SELECT * FROM {T}2 WHERE id IN ($few)) a, LATERAL (SELECT $inner) x",
			select => [ item('a.id'), item('x.n') ], where => conditions(0), policy => 'any' };
	},
	# what the conditions before it leave never fails
	guards => sub {
		my $c = a_column(qw(int2 int4 int8 numeric)) or return;
		my $k = $c->{as};
		$scope->{sure} = 1;
		my $e = { s => "100 / $k " . pick('>', '<=', '<>') . ' 1' };
		my $q = pick(
			{ where => [ { s => "$k <> 0" }, $e ] },
			{ where => [ { op => 'OR', kids => [ { s => "$k = 0" }, $e, condition(1) ] } ] },
			{ where => [ { s => "CASE WHEN $k = 0 THEN true ELSE $e->{s} END" } ] },
			{ where => [ { s => "$k <> 0" } ], select => [ item("sum(100 / $k)") ] },
			{ select => [ item("sum(100 / $k) FILTER (WHERE $k <> 0)"), aggregates_of(1) ] },
			{ select => [ item("max(CASE WHEN $k <> 0 THEN 100 / $k END)"), aggregates_of(1) ] },
			# a view that is a barrier: whatever the conditions cost
			{ from => '{T}_barrier', where => [ { s => "100 / $k IS NOT NULL" }, condition(1) ] });
		$q->{from} = '{T}' if $q->{from} && $c->{name} ne $barrier;
		$q->{where} = [ { s => "$k <> 0" }, @{ $q->{where} } ] if $q->{from} && $q->{from} eq '{T}';
		return { where => [], %$q, select => [ item('count(*)'), @{ $q->{select} || [ aggregates_of(1) ] } ],
			single => 1, policy => 'any' };
	},
	window => sub {
		my $e = key_of(1);
		my $over = pick('row_number()', 'rank()', 'count(*)', 'lag(id)', 'sum(id)');
		return { select => [ item('id'), item("$over OVER (PARTITION BY $e->{s} ORDER BY id)") ], where => conditions(1),
			order => ['id'], limit => between(1, 100), policy => 'ordered' };
	},);

our @query_kinds = sort keys %kinds;

sub simple_condition { my $before = $scope->{sure}; $scope->{sure} = 1; my $c = condition(1); $scope->{sure} = $before; return $c }

my %weight = (aggregate => 5, group => 5, rows => 3, top => 3, distinct => 2, sets => 3, several => 2);

# A query over tables with these columns; with the name of a column, if any, that is not
# 0 in the view {T}_barrier.
sub random_query
{
	my ($first, $second, $not_zero) = @_;
	my $q;

	@columns = @$first;
	@second = @$second;
	$barrier = $not_zero;
	until ($q)
	{
		my $kind = pick(map { ($_) x ($weight{$_} || 1) } @query_kinds);
		$huge = 0;
		$scope = scope_of('', \@columns);
		$scope->{id} = 'id';
		# most queries shall not fail
		$scope->{sure} = chance(94);
		$scope->{params} = [] if $kind =~ /^(rows|aggregate|group|top|distinct)$/ && chance(15);
		$q = $kinds{$kind}->() or next;
		$q->{kind} = $kind;
		$q->{params} = $scope->{params} if $scope->{params} && @{ $scope->{params} };
	}
	$seen{"query $q->{kind}"}++;
	$seen{'query prepared'}++ if $q->{params};
	$q->{from} ||= '{T}';
	$q->{$_} ||= [] foreach qw(where group having order);
	my $in_where = grep { fails($_) } @{ $q->{where} };
	my $in_select = grep { $_->{f} } @{ $q->{select} };
	my $few_groups = @{ $q->{group} } && $q->{limit} && $in_select;
	$q->{fail} = $huge ? 'any' : $few_groups ? 'groups' : $in_where || $q->{limit} && $in_select ? 'heap' : 'both';
	$q->{scan_only} = $in_where;
	return $q;
}

# Its SQL; for heap with what is asked beside.
sub render
{
	my ($q, $heap) = @_;
	my @select = map { $_->{s} } @{ $q->{select} };

	push @select, map { @{ $_->{beside} } } @{ $q->{select} } if $heap;
	# the names of their own would be mistaken for columns'
	@select = map { $select[$_] eq '' ? '' : "$select[$_] AS v$_" } 0 .. $#select;
	my $sql = ($q->{with} || '') . 'SELECT ' . ($q->{distinct} || '') . join(', ', @select) . " FROM $q->{from}";
	$sql .= ' WHERE ' . join(' AND ', map { sql_of($_) } @{ $q->{where} }) if @{ $q->{where} };
	$sql .= ' GROUP BY ' . ($q->{sets} || join(', ', @{ $q->{group} })) if $q->{sets} || @{ $q->{group} };
	$sql .= ' HAVING ' . join(' AND ', map { $_->{s} } @{ $q->{having} }) if @{ $q->{having} };
	$sql .= ' ORDER BY ' . join(', ', @{ $q->{order} }) if @{ $q->{order} };
	$sql .= " LIMIT $q->{limit}" if defined $q->{limit};
	$sql .= " OFFSET $q->{offset}" if $q->{offset};
	if ($q->{around})
	{
		my $inner = $sql;
		($sql = $q->{around}) =~ s/\{Q\}/$inner/;
	}
	return $sql if !$q->{params};
	my @params = @{ $q->{params} };
	return 'PREPARE {T}_p (' . join(', ', map { $_->[0] } @params) . ") AS $sql;\n"
	  . 'EXECUTE {T}_p (' . join(', ', map { $_->[1] } @params) . ')';
}

1;
