# Damage in every kind of page and every part of a chunk, with page checksums
# that are right for the damaged page (so that our own checks must find it) and
# some that are not; truncated files; newer versions.  columnar.verify finds each,
# queries fail with an error that says where, or do not notice what no checksum
# covers, and the server goes on.
use strict;
use warnings;
use POSIX ':sys_wait_h';
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;
use ColPages;

plan skip_all => 'is about columnar tables' if $am ne 'columnar';

my $node = new_node(
	'main',
	checksums => 1,
	conf => "autovacuum = off\ncolumnar.auto_compact = off\nfsync = off\nfull_page_writes = off\n"
	  . "statement_timeout = 20s\n");
my $original = make_table($node);
my $undamaged = $node->safe_psql('postgres', $query);
my $other = digest($node, 'SELECT * FROM u');
$node->stop;
my @pages = parse_file($original);
$node->start;

# the reckoning of checksums is PostgreSQL's
my @wrong = grep {
	unpack('x8 v', $pages[$_]{bytes}) !=
	  page_checksum($pages[$_]{bytes}, $_)
} 0 .. $#pages;
is("@wrong", '', 'page checksums are reckoned as the server does');

my %blocks;
push @{ $blocks{ $pages[$_]{kind} } }, $_ foreach 0 .. $#pages;
is(join(' ', sort keys %blocks),
	'data directory free marks heap map mark root marks meta zones', 'all kinds of pages are there');

# What is to be tried: { what, block, bytes, expect, says }.
# query, if it is another than usual.
# expect: error: both verify and the query tell; verify: verify tells, the query
# may fail or not; only verify: as verify, the query is not run; any: nothing says
# that it was not written so, or it does not matter.
my @trials;

sub try_flip
{
	my ($what, $expect, $block, $offset, $mask, %more) = @_;
	push @trials,
	  {
		what   => "$what (block $block, byte $offset, bits $mask)",
		bytes  => flip(\@pages, $block, $offset, $mask, %more),
		expect => $expect,
		says   => $more{says} || []
	  };
	return;
}

# one flip for each (offset, mask)
sub try_flips
{
	my ($what, $expect, $block, @places) = @_;
	while (my ($offset, $mask) = splice @places, 0, 2)
	{
		try_flip($what, $expect, $block, $offset, $mask);
	}
	return;
}

# page headers of every kind of page of ours
foreach my $kind ('meta', 'map', 'directory', 'zones', 'data', 'mark root', 'marks',
	'free marks')
{
	my $block = $blocks{$kind}[0];
	my $expect = $kind =~ /zones|free/ ? 'verify' : 'error';

	# pd_flags, pd_upper, pd_special, pd_pagesize_version, pd_prune_xid
	try_flips("PostgreSQL's header of the $kind page", 'verify', $block,
		0, 0x40, 10, 0x01, 10, 0x04, 11, 0x80, 12, 0x08, 14, 0x40, 16, 0x20,
		18, 0x01, 20, 0x01, 23, 0x80);
	# magic, kind, owner, sequence
	try_flips("our header of the $kind page", $expect, $block, 24, 0x01, 27,
		0x80, 28, 0x04, 29, 0x01, 32, 0x02, 39, 0x80, 40, 0x01, 43, 0x10);
	try_flips("our header's version of the $kind page", $expect, $block,
		30, 0x01, 30, 0x04, 31, 0x80);
	# bytes in use: too many are refused, fewer go unnoticed by readers
	try_flips("bytes in use of the $kind page", 'verify', $block, 44, 0x08,
		47, 0x80);
}

# content of the meta page: next_row, stripe_rows, foreign_blocks, n_groups,
# last_directory, n_maps, maps, behind them
try_flips('content of the meta page', 'verify', 0,
	map { $content + $_->[0], $_->[1] } (
		[ 7, 0x40 ], [ 1, 0x10 ], [ 8, 0x01 ], [ 9, 0x20 ], [ 14, 0x80 ],
		[ 18, 0x01 ], [ 19, 0x80 ], [ 20, 0x01 ], [ 20, 0x02 ], [ 23, 0x80 ],
		[ 24, 0x01 ], [ 27, 0x80 ], [ 28, 0x01 ], [ 28, 0x02 ], [ 31, 0x80 ],
		[ 32, 0x01 ], [ 39, 0x80 ], [ 40, 0x01 ], [ 42, 0x01 ], [ 43, 0x80 ],
		[ 44, 0x01 ], [ 48, 0x01 ], [ 8143, 0x80 ]));

# content of the map page: n_groups, free_blocks, groups, behind them
try_flips('content of the map page', 'verify', $blocks{map}[0],
	map { $content + $_->[0], $_->[1] } (
		[ 0, 0x01 ], [ 0, 0x02 ], [ 1, 0x01 ], [ 3, 0x80 ], [ 4, 0x01 ],
		[ 7, 0x80 ], [ 8, 0x01 ], [ 15, 0x80 ], [ 16, 0x01 ], [ 18, 0x80 ],
		[ 19, 0x80 ], [ 20, 0x01 ], [ 24, 0x01 ], [ 8143, 0x80 ]));

# content of the directory page: counts, zone pages, free blocks
my $directory = $blocks{directory}[0];
try_flips('content of the directory page', 'verify', $directory,
	map { $content + $_->[0], $_->[1] } (
		[ 0, 0x01 ], [ 0, 0x40 ], [ 3, 0x80 ], [ 4, 0x01 ], [ 4, 0x02 ],
		[ 5, 0x01 ], [ 7, 0x80 ], [ 8, 0x01 ], [ 10, 0x01 ], [ 11, 0x80 ],
		[ 12, 0x01 ], [ 12, 0x02 ], [ 15, 0x80 ], [ 16, 0x10 ], [ 17, 0x80 ],
		[ 20, 0x01 ], [ 23, 0x80 ], [ 8143, 0x01 ]));

# entries: first_row, xmin, xmax, cmax, reserved_rows, n_rows, first_block,
# n_blocks, state, flags, n_columns, marks_block, stream_bytes, zero
foreach my $slot (0, 1)
{
	try_flips("directory entry $slot", 'verify', $directory,
		map { $content + 24 + 80 * $slot + $_->[0], $_->[1] } (
			[ 0, 0x01 ], [ 3, 0x10 ], [ 7, 0x80 ], [ 12, 0x01 ], [ 15, 0x80 ],
			[ 16, 0x01 ], [ 28, 0x01 ], [ 32, 0x01 ], [ 33, 0x01 ], [ 35, 0x80 ],
			[ 36, 0x01 ], [ 37, 0x10 ], [ 39, 0x80 ], [ 40, 0x01 ], [ 41, 0x01 ],
			[ 43, 0x80 ], [ 44, 0x01 ], [ 45, 0x01 ], [ 47, 0x80 ], [ 48, 0x01 ],
			[ 48, 0x02 ], [ 48, 0x80 ], [ 49, 0x08 ], [ 50, 0x01 ], [ 51, 0x80 ],
			[ 52, 0x01 ], [ 55, 0x80 ], [ 56, 0x01 ], [ 58, 0x10 ], [ 60, 0x01 ],
			[ 63, 0x80 ], [ 72, 0x01 ], [ 79, 0x80 ]));
}

# zones of an integer, a text and a float: flags, order, lengths, scale, zero,
# n_rows, n_nulls, n_distinct, max_length, min, max, sum; positions without an entry
foreach my $column (0, 2, 4)
{
	try_flips("zone of column $column", 'verify', $blocks{zones}[0],
		map { $content + 80 * 8 * $column + $_->[0], $_->[1] } (
			(map { [ 0, 1 << $_ ] } 0 .. 7), (map { [ 1, 1 << $_ ] } 0 .. 7),
			[ 2, 0x01 ], [ 2, 0x80 ], [ 3, 0x01 ], [ 3, 0x40 ], [ 4, 0x08 ],
			[ 5, 0x01 ], [ 6, 0x01 ], [ 8, 0x01 ], [ 11, 0x80 ], [ 12, 0x01 ],
			[ 15, 0x40 ], [ 16, 0x01 ], [ 17, 0x10 ], [ 20, 0x01 ], [ 23, 0x80 ],
			[ 24, 0x01 ], [ 28, 0x10 ], [ 43, 0x01 ], [ 44, 0x02 ], [ 52, 0x40 ],
			[ 64, 0x01 ], [ 72, 0x80 ], [ 79, 0x80 ]));
}
try_flips('zone page behind the zones', 'verify', $blocks{zones}[0],
	$content + 80 * 6, 0x01, $content + 80 * 8 * 7, 0x01, 8191, 0x01);

# marks pages: first_row, n_rows, n_marks, n_xacts, n_dead, flags, next, zero,
# dead rows; what lies between marks and transactions
my %marks_of;
foreach my $block (@{ $blocks{marks} })
{
	my ($first, $n_rows, $n_marks, $n_xacts, $n_dead) =
	  unpack "x$content V V v v V", $pages[$block]{bytes};
	my $first_mark = 32 + $n_rows / 8;
	my $behind = $first_mark + 14 * $n_marks;

	push @{ $marks_of{ $n_dead > 0 ? 'dead' : 'marks' } }, $block;
	try_flips('head of a marks page', 'verify', $block,
		map { $content + $_->[0], $_->[1] } (
			[ 0, 0x01 ], [ 1, 0x80 ], [ 3, 0x80 ], [ 4, 0x01 ], [ 5, 0x80 ],
			[ 7, 0x80 ], [ 8, 0x01 ], [ 8, 0x04 ], [ 9, 0x80 ], [ 10, 0x01 ],
			[ 10, 0x02 ], [ 11, 0x80 ], [ 12, 0x01 ], [ 15, 0x80 ], [ 16, 0x02 ],
			[ 19, 0x80 ], [ 20, 0x01 ], [ 23, 0x80 ], [ 24, 0x01 ], [ 31, 0x80 ],
			[ 32, 0x01 ], [ 32 + $n_rows / 8 - 1, 0x80 ], [ $behind + 3, 0x10 ],
			[ 8143 - 16 * $n_xacts, 0x01 ]));
	try_flips('indexed flag of a marks page', 'any', $block, $content + 16, 0x01);
	# marks: first, last, transaction, kind, zero, next
	foreach my $n ($n_marks > 3 ? (0, 1, $n_marks - 1) : (0 .. $n_marks - 1))
	{
		my $mark = $content + $first_mark + 14 * $n;
		my $kind = unpack "x$mark x6 C", $pages[$block]{bytes};
		try_flips("mark of kind $kind", 'verify', $block, $mark + 1, 0x80,
			$mark + 5, 0x80, $mark + 6, 0x10, $mark + 6, 0x80, $mark + 7, 0x01);
		try_flips("mark of kind $kind", 'any', $block, $mark, 0x01, $mark, 0x80,
			$mark + 1, 0x02, $mark + 2, 0x01, $mark + 2, 0x80, $mark + 3, 0x02,
			$mark + 4, 0x01, $mark + 6, 0x01, $mark + 6, 0x02, $mark + 6, 0x04,
			$mark + 8, 0x01, $mark + 11, 0x80, $mark + 12, 0x01, $mark + 13, 0x80);
		try_flips("mark of kind $kind, next", 'verify', $block, $mark + 12, 0x04)
		  if $kind != 6;
	}
	# transactions: xid, cid, flags
	foreach my $n (0 .. $n_xacts - 1)
	{
		my $xact = 8192 - 16 * ($n + 1);
		try_flips('transaction of marks', 'verify', $block, $xact + 3, 0x80,
			$xact + 4, 0x01, $xact + 7, 0x80, $xact + 12, 0x04, $xact + 15, 0x80);
		try_flips('transaction of marks', 'any', $block, $xact, 0x01, $xact, 0x80,
			$xact + 1, 0x02, $xact + 8, 0x01, $xact + 11, 0x80, $xact + 12, 0x01,
			$xact + 12, 0x02);
	}
}
is(join(' ', sort keys %marks_of), 'dead marks', 'there are dead rows and marks');

# the mark root: n_slots, zero, slots; a free page's next; the directory's list
# and extents
my $root = $blocks{'mark root'}[0];
try_flips('mark root', 'verify', $root,
	map { $content + $_->[0], $_->[1] } (
		[ 0, 0x01 ], [ 0, 0x02 ], [ 1, 0x10 ], [ 3, 0x80 ], [ 4, 0x01 ],
		[ 8, 0x01 ], [ 11, 0x80 ], [ 12, 0x02 ], [ 28, 0x04 ], [ 31, 0x40 ]));
try_flips('mark list and extents of the directory', 'verify', $directory,
	map { $content + $_->[0], $_->[1] } (
		[ 8024, 0x01 ], [ 8024, 0x40 ], [ 8027, 0x80 ], [ 8028, 0x01 ],
		[ 8028, 0x40 ], [ 8031, 0x80 ], [ 8032, 0x01 ], [ 8032, 0x20 ],
		[ 8035, 0x80 ], [ 8036, 0x01 ], [ 8036, 0x10 ], [ 8039, 0x80 ],
		[ 8064, 0x01 ]));

# every part of the stream of each stripe: all of it has checksums but the gaps
my %columns = (
	0 => 'id', 1 => 'few', 2 => 'word', 3 => 'noise',
	4 => 'f', 5 => 'same', 6 => 'note');
my %parts;
my @stripes = map { [ split /\|/ ] } split /\n/,
  $node->safe_psql('postgres',
	"SELECT first_block, first_row FROM columnar.stripes('t')"
	  . " WHERE state = 'committed' ORDER BY 1");
is(scalar(@stripes), 3, 'there are three stripes');
foreach my $stripe (@stripes)
{
	my ($first, $first_row) = @$stripe;

	foreach my $part (parse_stripe($first, @pages))
	{
		my $bytes = $part->{end} - $part->{start};
		my %at = ($part->{start} => 1, $part->{end} - 1 => 1);
		my $gap = $part->{name} =~ /^gap/;
		my $name = defined $part->{column} ? $columns{ $part->{column} } : '';

		$parts{ $part->{name} }++;
		$at{ $part->{start} + int($bytes * 0.37) } = 1;
		foreach my $at (sort { $a <=> $b } keys %at)
		{
			my ($block, $offset) = ColPages::stream_place($first, $at);
			my @says = ('"t"');
			push @says, "stripe $first_row" unless $gap;
			push @says, $name unless $gap;
			# nothing that the query reads lies in gaps and filters
			try_flip("$part->{name} $name",
				$gap || $part->{name} eq 'bloom filter' ? 'verify' : 'error',
				$block, $offset, 1 << ($at % 8), says => \@says);
		}
	}
	# the pages of a stripe hang together
	my $second = $first + 1;
	try_flips('header of a later data page', 'error', $second, 24, 0x10, 28,
		0x01, 30, 0x08, 32, 0x01, 40, 0x02);
	# its last page has bytes that are not in use
	my $last = $first;
	$last++
	  while $last < $#pages
	  && substr($pages[ $last + 1 ]{bytes}, 32, 8) eq
	  substr($pages[$first]{bytes}, 32, 8);
	try_flips('unused bytes of a data page', 'verify', $last, 8191, 0x01)
	  if unpack('x44 V', $pages[$last]{bytes}) < 8144;
}
is(join(', ', sort keys %parts),
	join(', ', sort(
			'stripe header', 'chunk references', 'chunk header',
			'vector directory', 'block directory', 'validity', 'dictionary',
			'blocks', 'vector', 'gap before a chunk', 'gap before payload',
			'gap before a vector', 'bloom filter', 'gap before a bloom filter')),
	'all parts of chunks are there');

# heap pages: lower, upper, special; line pointers; tuple headers: the first
# item is a tuple, at the end of the page
my $heap = $blocks{heap}[0];
my $item = unpack('x24 V', $pages[$heap]{bytes});
my $tuple = $item & 0x7FFF;
try_flips('heap page', 'only verify', $heap, 11, 0x80, 12, 0x01, 13, 0x10, 14,
	0x20, 16, 0x10, 18, 0x01, 24, 0x01, 25, 0x20, 25, 0x80, 26, 0x01, 27, 0x80,
	28, 0x08, $tuple + 3, 0x40, $tuple + 18, 0x08, $tuple + 19, 0x01,
	$tuple + 22, 0x08, $tuple + 22, 0x80);
# what reading would run into
foreach my $lines ([ 4000, 'more line pointers than fit' ])
{
	my @copy = map { $_->{bytes} } @pages;
	substr($copy[$heap], 12, 4) = pack 'vv', $lines->[0], $lines->[0];
	substr($copy[$heap], 8, 2) = pack 'v', page_checksum($copy[$heap], $heap);
	push @trials,
	  {
		what   => "heap page: $lines->[1]",
		bytes  => join('', @copy),
		expect => 'error',
		says   => [ '"t"', "block $heap" ]
	  };
}

# pages that refer to themselves or back, and what a writer makes of them; block
# numbers that the buffer manager takes for others
my $map = $blocks{map}[0];
my @references = (
	[ 'last directory', 0, 24 ], [ 'map', 0, 40 ],
	[ 'group', $map, 16 ], [ 'zones', $directory, 8 ],
	[ 'free marks', $directory, 8024 ], [ 'extent of marks', $directory, 8032 ],
	[ 'marks of a stripe', $directory, 24 + 52 ],
	[ 'slot of a root', $root, 8 ], [ 'slot of a root', $root, 24 ],
	map { [ "page behind block $_", $_, 20 ] } @{ $blocks{marks} });
foreach my $reference (@references)
{
	my ($name, $block, $offset) = @$reference;
	my $marks = $name =~ /mark|root|behind/;
	foreach my $to (0, $map, $directory, $blocks{data}[0],
		$marks ? ($root, @{ $blocks{marks} }, $blocks{'free marks'}[0]) : (),
		0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
	{
		my @copy = map { $_->{bytes} } @pages;
		next
		  if $to == unpack 'V',
		  substr($copy[$block], $content + $offset, 4);
		substr($copy[$block], $content + $offset, 4) = pack 'V', $to;
		substr($copy[$block], 8, 2) =
		  pack 'v', page_checksum($copy[$block], $block);
		foreach my $sql ($marks ? change_sql() : load_sql())
		{
			push @trials,
			  {
				what   => "$name in block $to: $sql",
				bytes  => join('', @copy),
				expect => 'verify',
				says   => [],
				query  => $sql
			  };
		}
	}
}

# marks that are lost
foreach my $slot (0 .. 2)
{
	my @copy = map { $_->{bytes} } @pages;
	substr($copy[$directory], $content + 24 + 80 * $slot + 52, 4) = pack 'V', 0xFFFFFFFF;
	substr($copy[$directory], 8, 2) =
	  pack 'v', page_checksum($copy[$directory], $directory);
	push @trials,
	  {
		what   => "no marks of stripe $slot",
		bytes  => join('', @copy),
		expect => 'verify',
		says   => []
	  };
}

# a file that is too short, also in the middle of a block; one that is empty
my $data_end = $stripes[2][0] + 1;
foreach my $bytes (0, 8192, 8192 * 2, 8192 * $directory, 8192 * $data_end,
	8192 * $data_end + 4000)
{
	push @trials,
	  {
		what   => "file of $bytes bytes",
		bytes  => substr(join('', map { $_->{bytes} } @pages), 0, $bytes),
		expect => 'error',
		says   => ['"t"']
	  };
}

# damage that PostgreSQL's checksums find
foreach my $kind (sort keys %blocks)
{
	my $block = $blocks{$kind}[0];
	try_flip("$kind page without a new checksum",
		$kind =~ /zones|free/ ? 'verify' : 'error',
		$block, 3000, 0x10, keep_checksum => 1, says => ["block $block"]);
}

# a damaged filter, and a query that asks it
foreach my $part (grep { $_->{name} eq 'bloom filter' && $_->{column} == 0 }
	parse_stripe($stripes[0][0], @pages))
{
	my ($block, $offset) =
	  ColPages::stream_place($stripes[0][0], $part->{start} + 100);
	try_flip('bloom filter that is asked', 'error', $block, $offset, 0x10,
		says => [ '"t"', "block $block", 'id' ]);
	$trials[-1]{query} = 'SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off; SELECT count(*) FROM t WHERE id = 1234';
}

# newer versions say so
my %newer = (
	'page'   => [ $blocks{data}[0], 30, '"t"' ],
	'stripe' => [ $blocks{data}[0], $content + 4, '"t"' ]);
foreach my $what (sort keys %newer)
{
	my ($block, $offset, @says) = @{ $newer{$what} };
	try_flip("newer $what", 'newer', $block, $offset, 0x80, says => \@says);
}
foreach my $part (grep { $_->{name} eq 'chunk header' }
	parse_stripe($stripes[0][0], @pages))
{
	my ($block, $offset) =
	  ColPages::stream_place($stripes[0][0], $part->{start} + 4);
	try_flip('newer chunk', 'newer', $block, $offset, 0x80,
		says => [ '"t"', "block $block", $columns{ $part->{column} } ]);
}

# ---- all at once ----

my @nodes;
foreach my $trial (@trials)
{
	my $copy = write_copy($original, $trial->{bytes});
	my $sql = $trial->{query} // $query;
	$sql = 'SELECT 0' if $trial->{expect} eq 'only verify';
	push @nodes, { node => $copy, query => $sql };
}
my ($status, $out, $err) = $node->psql(
	'postgres',
	probe_sql(@nodes),
	on_error_stop => 0,
	extra_params  => [ '-A', '-F', "\t" ]);
my @lines = grep { /\t/ } split /\n/, $out;
my (%seen, %counts, @failures);
foreach my $i (0 .. $#trials)
{
	my $trial = $trials[$i];
	my ($number, $n_found, $state, $answer, $problems) =
	  split /\t/, $lines[ 2 * $i ] // '', 5;
	my ($zero, $found_after, $state_after, $answer_after) =
	  split /\t/, $lines[ 2 * $i + 1 ] // '', 5;
	my $expect = $trial->{expect};
	my @bad;

	if (!defined $problems || $number ne $nodes[$i]{node})
	{
		push @failures, "$trial->{what}: no answer";
		last;
	}
	$counts{$expect}++;
	push @bad, 'verify finds nothing' if $n_found < 1 && $expect ne 'any';
	push @bad, 'the error does not say where'
	  if $state ne '00000' && $answer !~ /"t"|relation "?base/;
	push @bad, "SQLSTATE $state"
	  if $expect eq 'error' && $state !~ /^(XX001|0A000)$/
	  || $expect eq 'newer' && $state ne '0A000'
	  || $state !~ /^(00000|XX001|0A000)$/;
	push @bad, 'the query returns other rows'
	  if $state eq '00000'
	  && $expect eq 'error'
	  && $answer ne $undamaged;
	foreach my $says (@{ $trial->{says} })
	{
		push @bad, "the error does not say $says"
		  if $expect !~ /verify|any/ && index($answer, $says) < 0;
	}
	push @bad, "not healthy after the bytes are back"
	  if $found_after != 0 || $answer_after ne $undamaged;
	push @failures,
	  "$trial->{what}: " . join(', ', @bad) . "\n  $state $answer\n  $problems"
	  if @bad;
}
is(scalar(@failures), 0, scalar(@trials) . ' kinds of damage');
diag join "\n", @failures[ 0 .. ($#failures > 29 ? 29 : $#failures) ]
  if @failures;
diag 'note: ' . join ', ', map { "$counts{$_} $_" } sort keys %counts;
cmp_ok($counts{error}, '>=', 300, 'enough of them under checksums');
cmp_ok($counts{verify}, '>=', 200, 'enough of them elsewhere');

# ---- once as it would happen: the file itself, between two starts ----

is( $node->safe_psql('postgres', "SELECT * FROM columnar.verify('t')"),
	'', 'the table is healthy');
is($node->safe_psql('postgres', $query), $undamaged, 'and has its rows');
$node->stop;
my $good = PostgreSQL::Test::Utils::slurp_file($original);
my ($place) = grep { $_->{name} =~ /^(blocks|vectors?)$/ && $_->{column} == 3 }
  parse_stripe($stripes[0][0], @pages);
my ($block, $offset) =
  ColPages::stream_place($stripes[0][0], $place->{start} + 100);

sub write_file
{
	my ($bytes) = @_;
	open my $file, '>:raw', $original or die "$original: $!";
	print $file $bytes;
	close $file;
	return;
}

write_file(flip(\@pages, $block, $offset, 0x04));
$node->start;
($status, $out, $err) = $node->psql('postgres', $query);
like(
	$err,
	qr/ERROR:  stripe 0 of table "t" is corrupt\nDETAIL:  Column "noise", block \d+: checksum of a (block|vector) does not match/,
	'a query names table, stripe, column and block');
is( $node->safe_psql('postgres',
		"SELECT block, stripe, column_name, problem FROM columnar.verify('t')"),
	$stripes[0][0] +
	  int($place->{start} / 8144) . '|0|noise|stripe 0 of table "t" is corrupt',
	'so does columnar.verify');
is($node->safe_psql('postgres', 'SELECT count(id) FROM t WHERE few IS NULL OR few > 0'),
	'4679', 'other columns can be read');
is(digest($node, 'SELECT * FROM u'), $other, 'another table is untouched');
$node->stop;
write_file($good);
$node->start;
verify_tables($node);
is($node->safe_psql('postgres', $query), $undamaged, 'the rows are back');
is(digest($node, 'SELECT * FROM u'), $other, 'another table is untouched');

# ---- beside writers it finds nothing ----

$node->safe_psql('postgres',
	'CREATE TABLE w (id int, noise text) USING columnar;'
	  . ' CREATE INDEX ON w (id)');
my $busy = <<'END';
SET columnar.stripe_all = on;
DO $$ BEGIN
	FOR i IN 1 .. 250 LOOP
		INSERT INTO w SELECT n, md5(n::text) FROM generate_series(1, 1 + i * 7 % 900) n;
		IF i % 3 = 0 THEN
			ROLLBACK;
		ELSE
			COMMIT;
		END IF;
	END LOOP;
END $$;
END
my $rows = <<'END';
DO $$ BEGIN
	FOR i IN 1 .. 4000 LOOP
		INSERT INTO w VALUES (-i, repeat('row', i % 100));
		IF i % 7 = 0 THEN
			DELETE FROM w WHERE id = 3 - i;
		END IF;
		COMMIT;
	END LOOP;
END $$;
END
my %writers;
my $number = 0;
foreach my $sql ($busy, $busy, $rows, "VACUUM w;\n" x 60)
{
	my $name = $node->basedir . '/writer' . $number++;

	open my $file, '>', "$name.sql" or die "$name.sql: $!";
	print $file $sql;
	close $file;
	my $process = fork // die "fork: $!";
	if ($process == 0)
	{
		open STDOUT, '>', "$name.log" or die "$name.log: $!";
		open STDERR, '>&', \*STDOUT;
		exec 'psql', '-XAtq', '-d', $node->connstr('postgres'),
		  '-f', "$name.sql";
	}
	$writers{$process} = "$name.log";
}
my ($times, $bad, $said) = (0, '', '');
while (%writers)
{
	$bad .= $node->safe_psql('postgres', "SELECT * FROM columnar.verify('w')");
	$times++;
	foreach my $process (keys %writers)
	{
		next if waitpid($process, WNOHANG) == 0;
		$said .= PostgreSQL::Test::Utils::slurp_file($writers{$process});
		delete $writers{$process};
	}
}
is($said, '', 'the writers had no errors');
is($bad, '', "nothing wrong beside writers, $times times");
cmp_ok($times, '>', 2, 'often enough');
cmp_ok(stripes_of($node, 'w'), '>', 140, 'there were many stripes');
verify_tables($node);

my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
unlike($log, qr/PANIC|TRAP|terminated by signal/, 'no panic, no lost process');
$node->stop;
done_testing();
