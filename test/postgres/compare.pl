# compare.pl - compares the results of one of PostgreSQL's suites on columnar
# tables with those on heap tables, file by file.
#
#   compare.pl HEAP_FOLDER COLUMNAR_FOLDER ACCEPTED_FOLDER REASONS_FILE
#
# A difference is a hunk of diff -U0, with the statement before it instead of line
# numbers.  Those in ACCEPTED_FOLDER/NAME.diff are accepted, each with a reason
# out of REASONS_FILE.  A hunk that is not there, or more often than there, fails;
# so does an accepted one that no longer occurs, lest a list that is too long
# hides what comes back.  ACCEPT=1 in the environment writes the hunks found into
# ACCEPTED_FOLDER: known ones keep their reason, new ones get UNREVIEWED, which
# fails until somebody has put a reason in its place.
#
# Two things are not listed, but count as a hunk: a result, or notices, with the
# same rows in another order after a statement without ORDER BY (reason "order"),
# and a plan that differs in the names and details of its sequential scans only
# (reason "node").  Nothing else is normalised.
use strict;
use warnings;
use File::Temp;

my ($heap, $columnar, $accepted, $reasons_file) = @ARGV;
my (%reasons, %count, %unlisted);

sub read_lines
{
	my ($path) = @_;
	open(my $file, '<:raw', $path) or die "$path: $!\n";
	chomp(my @lines = <$file>);
	return @lines;
}

# Results and runs of notices, as hashes of their first and last line and of the
# statement before.
sub outputs_of
{
	my ($lines) = @_;
	my $isolation = $lines->[0] =~ /^Parsed test spec/;
	my $head = $isolation ? qr/./ : qr/^ /;
	my @outputs;

	for (my $i = 1; $i < @$lines; $i++)
	{
		my ($first, $last) = ($i, $i);
		if ($lines->[$i] =~ /^-+(\+-+)*$/ && $lines->[ $i - 1 ] =~ $head)
		{
			$first--;
			$last++
			  while $last + 1 < @$lines
			  && $lines->[$last] !~ /^\(\d+ rows?\)$/
			  && $lines->[ $last + 1 ] ne '';
		}
		elsif ($lines->[$i] =~ /^NOTICE:  /)
		{
			$last++
			  while $last + 1 < @$lines
			  && $lines->[ $last + 1 ] =~ /^(NOTICE|CONTEXT|DETAIL):  /;
		}
		else
		{
			next;
		}
		my $statement =
		  $isolation
		  ? step_statement($lines, $first - 1)
		  : full_statement($lines, $first - 1);
		push @outputs,
		  { first => $first, last => $last, statement => $statement };
		$i = $last;
	}
	return @outputs;
}

# The statement that ends in line number n, or before notices that end there.
sub full_statement
{
	my ($lines, $n) = @_;

	$n-- while $n > 0 && $lines->[$n] =~ /^[A-Z]+:  /;
	my $start = $n;
	$start--
	  while $start > 0
	  && $lines->[ $start - 1 ] !~ /^\(\d+ rows?\)$|;\s*(--.*)?$|^[A-Z]+:  /;
	return join("\n", grep { !/^\s*(--.*)?$/ } @{$lines}[ $start .. $n ]);
}

# The statement of the step that ends, or is completed, in line number n.
sub step_statement
{
	my ($lines, $n) = @_;
	my $start = $n;

	$start-- while $start > 0 && $lines->[$start] !~ /^step \w+: /;
	if ($lines->[$start] =~ /^(step \w+: )<\.\.\. completed>$/)
	{
		my $step = quotemeta $1;
		$start-- while $start > 0 && $lines->[$start] !~ /^$step(?!<)/;
		$n = $start;
		$n++ while $n < $#$lines && $lines->[$n] !~ / <waiting \.\.\.>$/;
	}
	return join("\n", @{$lines}[ $start .. $n ]) =~
	  s/^step \w+: | <waiting \.\.\.>$//gr;
}

# Do two outputs of a statement, as references to lines, differ in the order of
# lines only, where no order is asked for?
sub same_but_order
{
	my ($statement, $was, $is) = @_;

	return 0
	  if $statement =~ /\border\s+by\b|^\s*(explain|execute|fetch)\b/i;
	# a cell of several lines has plus signs at their ends
	return 0 if grep { /\+(\||$)/ && !/^-+\+/ } @$is;
	return "@{[ sort @$is ]}" eq "@{[ sort @$was ]}";
}

# The lines of a plan, as if its sequential scans were PostgreSQL's.
sub plan_with_seq_scans
{
	my ($first, @lines) = @_;
	my $details =
	  'Zone Filter|Columns Read|(Stripes|Vectors) (Read|Pruned)|Row Store Pages Read';

	return map { s/Custom Scan \(ColstoreScan\)/Seq Scan/r =~ s/\s+$//r }
	  grep { !/^-+$|^\(\d+ rows?\)$|^ *($details): / } @lines;
}

sub same_but_node
{
	my ($was, $is) = @_;

	return 0 if !grep { /Custom Scan \(ColstoreScan\)/ } @$is;
	return join("\n", plan_with_seq_scans(@$is)) eq
	  join("\n", plan_with_seq_scans(@$was));
}

# Replaces outputs on columnar tables that need not be listed by those on heap;
# counts them, and says how many they were.
sub replace_unlisted
{
	my ($heap_lines, $columnar_lines) = @_;
	my (%on_heap, %n, @replace);

	for my $output (outputs_of($heap_lines))
	{
		my $statement = $output->{statement};
		$on_heap{ $statement . $n{$statement}++ } = $output;
	}
	%n = ();
	for my $output (outputs_of($columnar_lines))
	{
		my $statement = $output->{statement};
		my $twin = $on_heap{ $statement . $n{$statement}++ } or next;
		my @is = @{$columnar_lines}[ $output->{first} .. $output->{last} ];
		my @was = @{$heap_lines}[ $twin->{first} .. $twin->{last} ];

		next if "@is" eq "@was";
		my $reason =
			same_but_order($statement, \@was, \@is) ? 'order'
		  : same_but_node(\@was, \@is) ? 'node'
		  : undef;
		next if !defined $reason;
		$count{"hunk $reason"}++;
		unshift @replace, [ $output, @was ];
	}
	for (@replace)
	{
		my ($output, @was) = @$_;
		splice(@$columnar_lines, $output->{first},
			$output->{last} - $output->{first} + 1, @was);
	}
	return scalar @replace;
}

# The end of the statement whose output line number n (from 0) is, on one line:
# the lines up to the last before n that ends in a semicolon, back to a line that
# is surely output.
sub statement_before
{
	my ($lines, $n) = @_;

	return '' if $n < 0;
	$n-- while $n > 0 && $lines->[$n] !~ /;\s*(--.*)?$/;
	my $start = $n;
	$start--
	  while $start > 0
	  && $n - $start < 20
	  && $lines->[ $start - 1 ] !~ /^$|^\(\d+ rows?\)$|;\s*(--.*)?$|^[A-Z]+:  /;
	my $statement = join(' ',
		map { s/^\s+|\s+$//gr } grep { !/^--/ } @{$lines}[ $start .. $n ]);
	$statement =~ s/^(.{100}).*(.{50})$/$1 ... $2/;
	return $statement;
}

# The hunks in which two files differ, each a string.
sub hunks_of
{
	my ($name) = @_;
	my @lines = read_lines("$heap/$name.out");
	my @other = read_lines("$columnar/$name.out");
	my $replaced = File::Temp->new;
	my @hunks;

	$unlisted{$name} = replace_unlisted(\@lines, \@other);
	print $replaced map { "$_\n" } @other;
	close($replaced);
	open(my $diff, '-|', 'diff', '-a', '-U0', "$heap/$name.out", "$replaced")
	  or die "diff: $!\n";
	while (my $line = <$diff>)
	{
		next if $. <= 2;    # the names of the files
		if ($line =~ /^@@ -(\d+)(?:,(\d+))? .* @@/)
		{
			# lines count from 1; of no lines, the one before them is given
			my $before = $1 - (($2 // 1) > 0 ? 2 : 1);
			$line = '@@ ' . statement_before(\@lines, $before) . "\n";
			push @hunks, '';
		}
		$hunks[-1] .= $line;
	}
	close($diff);
	return @hunks;
}

# The accepted hunks of a file, as pairs [hunk, reason].
sub accepted_of
{
	my ($name) = @_;
	my @pairs;

	return () if !-e "$accepted/$name.diff";
	for my $line (read_lines("$accepted/$name.diff"))
	{
		if ($line =~ /^reason: (\S+)$/)
		{
			push @pairs, [ '', $1 ];
			next;
		}
		die "$accepted/$name.diff does not begin with a reason\n" if !@pairs;
		$pairs[-1][0] .= "$line\n";
	}
	return @pairs;
}

sub write_accepted
{
	my ($name, $hunks, $known) = @_;

	unlink "$accepted/$name.diff";
	return if !@$hunks;
	open(my $file, '>:raw', "$accepted/$name.diff")
	  or die "$accepted/$name.diff: $!\n";
	for my $hunk (@$hunks)
	{
		my $reason = shift @{ $known->{$hunk} } // 'UNREVIEWED';
		print $file "reason: $reason\n$hunk";
	}
	close($file);
}

# Compares one file; says what is wrong with it.
sub compare
{
	my ($name) = @_;
	my (@wrong, %known);

	return ('failed', "no result\n") if !-e "$columnar/$name.out";
	my @hunks = hunks_of($name);
	push @{ $known{ $_->[0] } }, $_->[1] for accepted_of($name);
	if ($ENV{ACCEPT})
	{
		write_accepted($name, \@hunks, \%known);
		%known = ();
		push @{ $known{ $_->[0] } }, $_->[1] for accepted_of($name);
	}
	for my $hunk (@hunks)
	{
		my $reason = shift @{ $known{$hunk} };
		if (!defined $reason)
		{
			push @wrong, $hunk;
		}
		elsif (!exists $reasons{$reason})
		{
			push @wrong, "reason $reason is none:\n$hunk";
		}
		else
		{
			$count{"hunk $reason"}++;
		}
	}
	for my $hunk (sort keys %known)
	{
		push @wrong, "accepted, but no longer there:\n$hunk"
		  for @{ $known{$hunk} };
	}
	return ('failed', @wrong) if @wrong;
	return @hunks || $unlisted{$name} ? 'accepted' : 'identical';
}

for my $line (read_lines($reasons_file))
{
	$reasons{$1} = 1 if $line =~ /^([a-z-]+): /;
}
my @names = sort map { m{([^/]+)\.out$} } glob("$heap/*.out");
my %compared = map { $_ => 1 } @names;
for my $name (@names)
{
	my ($state, @wrong) = compare($name);

	$count{$state}++;
	print "$state $name\n" if $state ne 'identical';
	print @wrong;
}
for my $name (map { m{([^/]+)\.diff$} } glob("$accepted/*.diff"))
{
	next if $compared{$name} || $ENV{TESTS};
	print "failed $name\naccepted, but no such test\n";
	$count{failed}++;
}
printf "%d of %d identical, %d accepted, %d failed\n",
  $count{identical} // 0, scalar @names, $count{accepted} // 0,
  $count{failed} // 0;
printf "hunks accepted:%s\n",
  join(',', map { " $count{\"hunk $_\"} $_" }
	  grep { $count{"hunk $_"} } sort keys %reasons) || ' none';
exit($count{failed} || !@names ? 1 : 0);
