# VACUUM, compaction and CREATE INDEX CONCURRENTLY beside what sessions do to a row,
# and beside one another: the same results and errors as on a heap table, and but for
# compaction the same blocking.  In the end the indexes agree with the table, and
# columnar.verify finds nothing.
use strict;
use warnings;
use Test::More;
use ColTest;
use ColTwinSpecs;
use ColTwinMaintenance;

plan skip_all => 'is about columnar tables' if $am ne 'columnar';

# a server for each, so that what one removes does not depend on who runs elsewhere
my %nodes;
foreach my $variant (keys %variants)
{
	$nodes{$variant} = new_node($variant, conf => <<'END');
autovacuum = off
fsync = off
deadlock_timeout = 100ms
columnar.auto_compact = off
END
	$nodes{$variant}->safe_psql('postgres', "CREATE DATABASE $variant");
	$nodes{$variant}->safe_psql($variant, 'CREATE EXTENSION columnar');
	$nodes{$variant}->safe_psql($variant, maintenance_functions($variant));
}

my %permutations = maintenance_permutations();
my %out = run_twins(\%nodes, 'maintenance',
	{ map { $_ => maintenance_spec($_, keys %permutations) } keys %variants });

# The output without what may differ: statements, and the place of rows; where
# steps come to their end at other times, their results only.
sub comparable
{
	my ($out, $only_results) = @_;
	my %results;

	$out =~ s/^step check:.*//ms;
	$out =~ s/^(step \w+): [^<\n]*/$1 /mg;
	$out =~ s/(could not serialize access).*/$1/g;
	return $out if !$only_results;
	foreach my $step (split /^(?=step )/m, $out)
	{
		my ($name, $result) = $step =~ /^step (\w+)[^\n]*\n?(.*)/s or next;
		$results{$name} .= $result if $name !~ /compact|move/;
	}
	return join "\n", map { "$_: $results{$_}" } sort keys %results;
}

# The lines of two texts from the first to the last that differs; '' if none does.
sub difference
{
	my ($heap, $columnar) = map { [ split /\n/ ] } @_;

	foreach my $end (0, -1)
	{
		while (@$heap && @$columnar && $heap->[$end] eq $columnar->[$end])
		{
			splice @$_, $end, 1 foreach $heap, $columnar;
		}
	}
	return join '', (map { "heap:     $_\n" } @$heap), map { "columnar: $_\n" } @$columnar;
}

my (@differ, @unsound, %covered, %n);
foreach my $permutation (sort keys %permutations)
{
	my $about = $permutations{$permutation};
	my $heap = $out{heap}{of}{$permutation} // 'nothing';

	foreach my $variant (qw(stripes rows))
	{
		my $columnar = $out{$variant}{of}{$permutation} // '';
		my ($in_stripes, $problems) = $columnar =~ /in_stripes\|problems\n.*\n\s*(\d+)\|\s*(\d+)\n/;
		my @both = map { comparable($_, $about->{differs}) } $heap, $columnar;

		# one waits for the table, maybe with a snapshot that the other waits for
		if ($permutation =~ /\bcic\b.*_cic\b/) { s/ERROR:  deadlock detected// foreach @both }
		my $difference = difference(@both);
		push @differ, "$variant: $permutation\n$difference" if $difference;
		push @unsound, "$variant: $permutation\n$columnar" if $problems // 1;
		$n{waits}++ if $columnar =~ /<waiting/;
		$n{in_progress}++ if $columnar =~ /start_in\s*\n-+\nwaits/;
		$n{moved}++ if $variant eq 'rows' && $about->{moves} && ($in_stripes // 0) > 900;
		$n{errors}++ if $columnar =~ /ERROR/;
		$covered{ $about->{pair} }{"$variant $about->{level} $about->{end}"} = 1;
	}
	$n{permutations}++;
}
diag 'note: ' . join ', ', map { "$_ $n{$_}" } sort keys %n;
is(scalar(@differ), 0, 'results as on heap');
diag join("\n", @differ[ 0 .. ($#differ > 29 ? 29 : $#differ) ]) if @differ;
is(scalar(@unsound), 0, 'tables and indexes are sound');
diag join("\n", @unsound[ 0 .. ($#unsound > 5 ? 5 : $#unsound) ]) if @unsound;
is(scalar(keys %covered), 12 * 12, 'all pairs');
is( scalar(map { keys %$_ } values %covered),
	(12 * 12 - 9) * 8 + 9 * 4,
	'in both places, levels and ways to end; maintenance has no level');
is($n{in_progress}, (9 * 2 + 3) * 2 * 2, 'VACUUM was in progress');
is($n{moved}, 406 - 20, 'rows were moved but by what was cancelled');
cmp_ok($n{waits}, '>', 900, 'steps wait');
cmp_ok($n{errors}, '>', 400, 'and fail');
check_logs(values %nodes);
$_->stop foreach values %nodes;
done_testing();
