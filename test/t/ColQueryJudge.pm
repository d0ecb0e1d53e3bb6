# ColQueryJudge.pm - whether a query's answers on heap and on columnar agree.
#
# Values are compared as text but for what comes from adding floats up, whose last
# digits depend on the order of rows: how says what it is, and what heap was asked
# beside it bounds the difference.
#
#   sum       sum, avg: by the sum of magnitudes
#   variance, stddev, covariances: by the squares of the largest magnitudes
#   real      sum(real): by the exact sum, from which ours may not be further than heap's,
#             but for what float4 leaves to chance; PostgreSQL's own, which adds the
#             rows up in another order, may be as far as any order can bring it
#   corr, regr_slope and the like: not judged where they are ill-conditioned
#
# A query that fails on one side only is a difference, but for those whose "fail" is
#   heap  a condition or a value that a limit leaves out may fail: who evaluates
#         less may do without the error.  Columnar must not be the one to fail.
#   groups  a value of groups that a limit leaves out may fail: a plan that hashes fails,
#         one that sorts need not
#   any   a sum of huge floats: it depends on the order of rows whether it overflows
# Where both fail because of data (class 22; 0A000: NaN is no integer), codes may differ:
# another row was the first.
package ColQueryJudge;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(judge rows_of);

our $ill_conditioned = 0;

my $of_data = qr/^(22|0A000)/;

sub rows_of { my ($part) = @_; return map { [ split /\x1f/, $_, -1 ] } @{ $part->{lines} } }

sub is_finite { return $_[0] =~ /^-?[0-9]/ }

sub near { my ($x, $y, $most) = @_; return abs($x - $y) <= $most + 1e-300 }

sub near_regression
{
	my ($how, $h, $c, $n, $sxx, $syy, $x, $y) = @_;
	my $of_variation = $how =~ /corr|slope|intercept|r2/;

	return 0 if $of_variation && grep { !is_finite($_) } $n, $sxx, $syy, $x, $y;
	# noise, or NULL, where a column hardly varies
	if ($of_variation && ($sxx < 1e-6 * $n * $x * $x || $syy < 1e-6 * $n * $y * $y))
	{
		$ill_conditioned++;
		return 1;
	}
	return 0 if $how eq 'regr_count' || grep { !is_finite($_) } $h, $c;
	return near($h, $c, 1e-6 * (abs($h) + ($how =~ /corr|r2/ ? 1e-2 : $y))) if $of_variation;
	return near($h, $c, 1e-10 * ($how =~ /x$/ ? $x : $y)) if $how =~ /avg/;
	my $scale = $how =~ /sxx/ ? $x * $x : $how =~ /syy/ ? $y * $y : $x * $y;
	return near($h, $c, 1e-10 * $scale * ($how =~ /covar/ ? 1 : $n));
}

sub same_value
{
	my ($q, $how, $h, $c, @beside) = @_;

	return 1 if $h eq $c;
	return 0 if $how eq 'exact';
	return near_regression($how, $h, $c, @beside) if $how =~ /^(corr|covar|regr)/;
	return 0 if !is_finite($h) || !is_finite($c) || !is_finite($beside[0]);
	return near($h, $c, 1e-11 * $beside[0]) if $how eq 'sum';
	return near($h, $c, 1e-10 * $beside[0]**2) if $how eq 'variance';
	return near($h * $h, $c * $c, 1e-10 * $beside[0]**2) if $how eq 'stddev';
	my ($exact, $magnitude, $n) = @beside;
	my $chance = ($q->{own_sums} ? 4 + sqrt($n) : $n) * 2**-24 * $magnitude;
	return abs($c - $exact) <= 2 * abs($h - $exact) + $chance;
}

# Where rows have no order: by what is exact in them.
sub sorted
{
	my ($exact, @rows) = @_;
	my @keyed = map { [ join("\x1f", @{$_}[@$exact]), $_ ] } @rows;
	return map { $_->[1] } sort { $a->[0] cmp $b->[0] } @keyed;
}

# Nothing, or what differs.
sub judge
{
	my ($q, $h, $c) = @_;
	my @select = $q->{around} ? () : @{ $q->{select} };

	return "columnar: $c->{state}" if $c->{state} =~ /^(XX|58|57|08|none)/;
	return if $h->{state} =~ $of_data && $c->{state} =~ $of_data;
	return if $h->{state} =~ $of_data && $c->{state} eq '00000' && $q->{fail} =~ /heap|any/;
	return if $c->{state} eq '22003' && $h->{state} eq '00000' && $q->{fail} eq 'any';
	return if $q->{fail} eq 'groups' && grep { $_->{state} =~ $of_data } $h, $c;
	return "heap: $h->{state}, columnar: $c->{state}" if $h->{state} ne $c->{state};
	return if $h->{state} ne '00000';

	my @h = @{ $h->{lines} };
	my @c = @{ $c->{lines} };
	return 'heap: ' . @h . ' rows, columnar: ' . @c if @h != @c;
	my ($i, $n) = (0);
	my @beside = map { my $m = @{ $_->{beside} }; my $at = $i; $i += $m; [ map { $at + $_ } 0 .. $m - 1 ] } @select;
	if ($i == 0 && $q->{policy} !~ /^\d/)
	{
		if ($q->{policy} eq 'any') { @h = sort @h; @c = sort @c; }
		my ($at) = grep { $h[$_] ne $c[$_] } 0 .. $#h;
		return if !defined $at;
		return "row $at: heap: $h[$at], columnar: $c[$at]";
	}
	my @exact = grep { $select[$_]{how} eq 'exact' } 0 .. $#select;
	@h = rows_of($h);
	@c = rows_of($c);
	if ($q->{policy} eq 'any') { @h = sorted(\@exact, @h); @c = sorted(\@exact, @c); }
	# only what a limit with ties leaves sure
	my $most = $q->{policy} =~ /^\d+$/ ? $q->{policy} - 1 : $#select;
	foreach my $row (0 .. $#h)
	{
		foreach my $at (0 .. $most)
		{
			my @more = @{ $h[$row] }[ map { @select + $_ } @{ $beside[$at] } ];
			next if same_value($q, $select[$at]{how}, $h[$row][$at], $c[$row][$at], @more);
			return "row $row, value $at ($select[$at]{how}): heap: $h[$row][$at], columnar: "
			  . "$c[$row][$at], beside: @more";
		}
	}
	return;
}

1;
