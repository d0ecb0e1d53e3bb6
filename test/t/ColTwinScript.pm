# ColTwinScript.pm - statements run for both of the twins h and c, and what they
# did compared.
#
# A script is made of mirrored statements, in which {T} stands for the table,
# and others that must work.  It is run by one psql, which prints a line
# "@@ number table" before and "@@S sqlstate rows" after each of the former, and
# "@@O number sqlstate" after each of the latter.
package ColTwinScript;

use strict;
use warnings;
use Exporter 'import';
use File::Basename;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw($node %count %changes @history @switches both once run_script failed
  pick chance between);

our $node;
our %count;      # statements, queries, queries with rows, failures
our %changes;    # statements that changed rows, by what they are
our @history;    # all SQL since the twins were made

# Settings that give plans of other kinds.
our @switches = (
	[],
	[],
	['enable_seqscan = off'],
	[ 'enable_seqscan = off', 'enable_bitmapscan = off', 'enable_sort = off' ],
	[ 'enable_indexscan = off', 'enable_indexonlyscan = off' ],
	[ 'enable_seqscan = off', 'enable_indexscan = off', 'enable_indexonlyscan = off' ],
	['enable_hashagg = off'],
	[ 'enable_hashjoin = off', 'enable_mergejoin = off' ],
	[ 'enable_hashjoin = off', 'enable_nestloop = off' ],
	["work_mem = '64kB'"],
	[
		'max_parallel_workers_per_gather = 2', 'parallel_setup_cost = 0',
		'parallel_tuple_cost = 0', 'min_parallel_table_scan_size = 0',
		'min_parallel_index_scan_size = 0'
	],
	[
		'max_parallel_workers_per_gather = 1', 'parallel_setup_cost = 0',
		'parallel_tuple_cost = 0', 'min_parallel_table_scan_size = 0',
		'parallel_leader_participation = off'
	],
	['debug_parallel_query = on'],);

my @script;

# Random choices: one of a list, something with so many percent, a number.
sub pick { return $_[ int(rand(@_)) ] }
sub chance { return rand(100) < $_[0] }
sub between { my ($low, $high) = @_; return $low + int(rand($high - $low + 1)) }

# Adds a statement for both tables; options: ordered, aggregate, query, change
# (what it is, if it changes rows); heap: the statement for heap, where it is another;
# judge: called with what either did, { state, lines, rows }, in place of all comparison.
sub both
{
	my ($sql, %options) = @_;
	push @script, { sql => $sql, %options };
	return;
}

# Adds a statement as it is.
sub once { push @script, { once => $_[0] }; return }

sub for_table
{
	my ($sql, $table) = @_;
	$sql =~ s/\{T\}/$table/g;
	return $sql;
}

sub failed
{
	my ($what, $sql, $heap, $columnar) = @_;

	$count{failures}++;
	fail($what);
	my $failure_file = $PostgreSQL::Test::Utils::log_path . '/'
	  . basename($0, '.pl') . "_failure_$count{failures}.sql";
	open my $file, '>', $failure_file or die "$failure_file: $!";
	print $file map { "$_\n" } @history;
	close $file;
	diag "statement: $sql";
	diag "heap:      " . substr($heap // '', 0, 1500);
	diag "columnar:  " . substr($columnar // '', 0, 1500);
	diag "all of it: $failure_file";
	return;
}

# Has the part of a query's result rows?
sub has_rows
{
	my ($entry, @lines) = @_;
	return 0 if !@lines;
	return $lines[0] !~ /^0(\x1f|$)/ if $entry->{aggregate};
	return 1;
}

# Compares what one statement did to both; false: they differ.
sub compare
{
	my ($entry, $h, $c) = @_;
	if ($entry->{judge})
	{
		$entry->{judge}->($h, $c);
		return 1;
	}
	my @h = $entry->{ordered} ? @{ $h->{lines} } : sort @{ $h->{lines} };
	my @c = $entry->{ordered} ? @{ $c->{lines} } : sort @{ $c->{lines} };

	$count{statements}++;
	# within a transaction that failed on heap first
	return 1 if $c->{state} eq '25P02';
	if ($h->{state} ne $c->{state} || $c->{state} =~ /^(XX|58|57)/)
	{
		failed('the same error or none', $entry->{sql}, $h->{state},
			$c->{state} . ' ' . ($c->{error} // ''));
		return 0;
	}
	$count{errors}++ if $h->{state} ne '00000';
	if ($entry->{change} && $h->{state} eq '00000' && $h->{rows} > 0)
	{
		$changes{$_}++ foreach @{ $entry->{change} };
	}
	if ($entry->{query})
	{
		$count{queries}++;
		$count{with_rows}++ if has_rows($entry, @h);
	}
	if ("@h" ne "@c" || $h->{rows} ne $c->{rows})
	{
		my ($i) = grep { ($h[$_] // '') ne ($c[$_] // '') } 0 .. $#h + $#c + 1;
		$i //= 0;
		failed('the same rows',
			$entry->{sql},
			"$h->{rows} rows; row $i: " . ($h[$i] // 'none'),
			"$c->{rows} rows; row $i: " . ($c[$i] // 'none'));
		return 0;
	}
	return 1;
}

# Runs what was added; false: something differed.  Values are parted by \x1f; NULL is \N.
sub run_script
{
	my @entries = @script;
	my $text = '';
	my ($n, %part, $current) = (0);

	@script = ();
	foreach my $entry (@entries)
	{
		$entry->{n} = ++$n;
		if (defined $entry->{once})
		{
			push @history, "$entry->{once};";
			$text .= "$entry->{once};\n\\echo \@\@O $n :SQLSTATE\n";
			next;
		}
		foreach my $table ('h', 'c')
		{
			my $sql = for_table($table eq 'h' && $entry->{heap} || $entry->{sql},
				$table eq 'c' && $entry->{copy} ? $entry->{copy} : $table);
			push @history, "$sql;";
			$text .= "\\echo \@\@ $n $table\n$sql;\n"
			  . "\\echo \@\@S :SQLSTATE :ROW_COUNT\n";
		}
	}
	my $timed_out = 0;
	my ($status, $out, $err) = $node->psql(
		'postgres', $text,
		extra_params  => [ '-F', "\x1f", '-P', 'null=\\N' ],
		on_error_stop => 0,
		timeout       => 180,
		timed_out     => \$timed_out);
	foreach my $line (split /\n/, $out // '')
	{
		if ($line =~ /^\@\@ (\d+) (h|c)$/)
		{
			$current = $part{$1}{$2} = { lines => [] };
		}
		elsif ($line =~ /^\@\@S (\S+) (\d+)$/)
		{
			$current->{state} = $1;
			$current->{rows} = $2;
			$current = undef;
		}
		elsif ($line =~ /^\@\@O (\d+) (\S+)$/)
		{
			$part{$1}{once} = $2;
		}
		elsif ($current)
		{
			push @{ $current->{lines} }, $line;
		}
	}
	foreach my $entry (@entries)
	{
		if (defined $entry->{once})
		{
			# or no such savepoint, in a transaction that failed before
			my $state = $part{ $entry->{n} }{once} // 'none';
			next if $state =~ /^(00000|25P02|3B001)$/;
			failed('what is not for both works', $entry->{once}, '',
				"$state " . substr($err // '', -1000));
			return 0;
		}
		my ($h, $c) = @{ $part{ $entry->{n} } }{ 'h', 'c' };
		if ($timed_out || !$h || !$c || !defined $c->{state})
		{
			failed($timed_out ? 'no statement hangs' : 'the session lives',
				$entry->{sql}, '', substr($err // '', -1000));
			return 0;
		}
		$c->{error} = $err if $c->{state} ne $h->{state};
		return 0 if !compare($entry, $h, $c);
	}
	return 1;
}

1;
