# compare.pl - compares the results of one of PostgreSQL's suites on columnar
# tables with those on heap tables, file by file.
#
#   compare.pl HEAP_FOLDER COLUMNAR_FOLDER ACCEPTED_FOLDER REASONS_FILE
#
# Nothing is normalised.  A difference is a hunk of diff -U0, with the statement
# before it instead of line numbers.  Those in ACCEPTED_FOLDER/NAME.diff are
# accepted, each with a reason out of REASONS_FILE.  A hunk that is not there, or
# more often than there, fails; so does an accepted one that no longer occurs,
# lest a list that is too long hides what comes back.  ACCEPT=1 in the
# environment writes the hunks found into ACCEPTED_FOLDER: known ones keep their
# reason, new ones get UNREVIEWED, which fails until somebody has put a reason in
# its place.
use strict;
use warnings;

my ($heap, $columnar, $accepted, $reasons_file) = @ARGV;
my (%reasons, %count);

sub read_lines
{
	my ($path) = @_;
	open(my $file, '<:raw', $path) or die "$path: $!\n";
	chomp(my @lines = <$file>);
	return @lines;
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
	my @hunks;

	open(my $diff, '-|', 'diff', '-a', '-U0', "$heap/$name.out",
		"$columnar/$name.out") or die "diff: $!\n";
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
	return @hunks ? 'accepted' : 'identical';
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
