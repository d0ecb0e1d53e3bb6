# What sessions do to the same rows: the same blocking, results and errors with
# rows in stripes and in the row store as with a heap table.  One difference
# is meant: an UPDATE of no key column of a row in a stripe conflicts with FOR KEY
# SHARE, and so with foreign-key checks, as an UPDATE of a key column does.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;
use ColTwinSpecs;

plan skip_all => 'is about columnar tables' if $am ne 'columnar';

my $node = new_node('main', conf => <<'END');
autovacuum = off
fsync = off
max_prepared_transactions = 5
deadlock_timeout = 100ms
END
foreach my $variant (keys %variants)
{
	$node->safe_psql('postgres', "CREATE DATABASE $variant");
	$node->safe_psql($variant, 'CREATE EXTENSION columnar');
}

sub waits { my ($out) = @_; return scalar(() = $out =~ /<waiting/g) }

# ---- all pairs ----

my %specs = pair_specs();
my (%out, @differ);
$out{$_} = { run_twins($node, "pairs_$_", $specs{$_}{text}) } foreach sort keys %specs;
my ($n, $n_meant, $n_waits) = (0, 0, 0);
foreach my $kind (sort keys %specs)
{
	my $pairs = $specs{$kind}{pairs};
	foreach my $permutation (sort keys %$pairs)
	{
		my ($heap, $stripes, $rows) =
		  map { $out{$kind}{$_}{of}{$permutation} // "nothing" } qw(heap stripes rows);
		my $expected = $heap;

		if ($kind eq 'plain' && $specs{key}{pairs}{$permutation} && $stripes ne $heap)
		{
			# as if all columns were key columns
			$expected = $out{key}{heap}{of}{$permutation};
			$n_meant++;
		}
		$n++;
		$n_waits++ if waits($heap);
		push @differ, "$kind, rows: heap\n$heap\nrow store\n$rows" if $rows ne $heap;
		push @differ, "$kind, stripes: heap\n$expected\nstripes\n$stripes"
		  if $stripes ne $expected;
	}
}
is(scalar(@differ), 0, "$n permutations do what heap does");
diag join("\n", @differ[ 0 .. ($#differ > 9 ? 9 : $#differ) ]) if @differ;
diag "note: $n permutations, $n_waits of them wait, $n_meant differ as they should";
cmp_ok($n, '>', 900, 'enough permutations');
cmp_ok($n_waits, '>', 150, 'enough of them wait');
cmp_ok($n_meant, '>', 5, 'updates wait for key share');

# ---- specs ----

foreach my $file (sort glob "$ENV{COL_TEST_DIR}/twin/*.spec")
{
	my ($name) = $file =~ m{([^/]*)\.spec$};
	my %by = run_twins($node, $name, PostgreSQL::Test::Utils::slurp_file($file));

	cmp_ok(scalar(keys %{ $by{heap}{of} }), '>', 0, "$name has permutations");
	foreach my $variant (qw(stripes rows))
	{
		my @bad = grep { ($by{$variant}{of}{$_} // '') ne $by{heap}{of}{$_} }
		  sort keys %{ $by{heap}{of} };
		is(scalar(@bad), 0, "$name: $variant as heap");
		diag "heap: $by{heap}{of}{$_}\n$variant: " . ($by{$variant}{of}{$_} // 'nothing')
		  foreach @bad[ 0 .. ($#bad > 4 ? 4 : $#bad) ];
	}
}
check_logs($node);
$node->stop;
done_testing();
