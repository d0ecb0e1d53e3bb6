# Random damage for DURATION seconds, page checksums made right: some bytes of
# some pages of a table get other values.  The server lives, no query hangs;
# what checksums of ours cover is found by columnar.verify and by a query that
# reads everything; an error is XX001 or 0A000; where columnar.verify finds nothing
# queries return what they should, but for marks, where one kind of mark may
# have become another.  Heap pages are only verified: what reads them
# is PostgreSQL's.
use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use ColTest;
use ColPages;

plan skip_all => 'is about columnar tables' if $am ne 'columnar';
seed_random();

my $node = new_node(
	'main',
	checksums => 1,
	conf => "autovacuum = off\nfsync = off\nfull_page_writes = off\n"
	  . "statement_timeout = 20s\n");
my $original = make_table($node);
my %queries = (
	rows  => $query,
	id    => 'SELECT sum(id)::text FROM t WHERE id > 5500',
	index => 'SELECT sum(few)::text FROM t WHERE id = 1700',
	words => "SELECT count(*)::text || max(noise) FROM t WHERE word < 'word 2'",
	load  => '',
	delete => (change_sql())[0],
	lock  => (change_sql())[1],
	all   => (change_sql())[2]);
my %undamaged = map { $_ => $node->safe_psql('postgres', $queries{$_}) }
  grep { !/load|delete|lock|all/ } keys %queries;
my @stripes = split /\n/,
  $node->safe_psql('postgres',
	"SELECT first_block FROM columnar.stripes('t')"
	  . " WHERE state = 'committed' ORDER BY 1");
$node->stop;
my @pages = parse_file($original);
$node->start;

# "block offset" of every byte that is under a checksum of ours
my %covered;
foreach my $first (@stripes)
{
	foreach my $part (grep { $_->{name} !~ /^gap/ } parse_stripe($first, @pages))
	{
		$covered{ join ' ', ColPages::stream_place($first, $_) } = 1
		  foreach $part->{start} .. $part->{end} - 1;
	}
}

# Damages one page, perhaps two; returns bytes, what was done, and whether
# checksums must find it, and whether it is a heap page.
sub damage
{
	my @copy = map { $_->{bytes} } @pages;
	my ($must, $heap, $soft, @what) = (0, 0, 0);

	foreach (0 .. (rand() < 0.1 ? 1 : 0))
	{
		# every kind as often as data pages
		my @kinds = ('meta', 'map', 'directory', 'zones', 'data', 'heap',
			'mark root', 'marks', 'marks', 'free marks');
		my $kind = $kinds[ rand @kinds ];
		my @blocks = grep { $pages[$_]{kind} eq $kind } 0 .. $#pages;
		my $block = $blocks[ rand @blocks ];
		my $how = int rand 5;
		my $used = $kind eq 'zones' ? 5000 : $kind =~ /^(data|marks)$/ ? 8192 : 400;
		my $offset = 24 + int rand($used - 24);
		my $bytes = 1;
		my $page = $copy[$block];

		if ($how == 0)
		{
			$bytes = 4;
			substr($page, $offset & ~3, 4) = pack 'V', rand 2**32;
			$offset &= ~3;
		}
		elsif ($how == 1)
		{
			my $small = (0, 1, 0xFFFFFFFF, 0x7FFFFFFF, $#pages + 1)[ rand 5 ];
			$bytes = 4;
			$offset &= ~3;
			substr($page, $offset, 4) = pack 'V', $small;
		}
		elsif ($how == 2)
		{
			$bytes = 1 + int rand 64;
			$bytes = 8192 - $offset if $offset + $bytes > 8192;
			substr($page, $offset, $bytes) = chr(rand 256) x $bytes;
		}
		else
		{
			substr($page, $offset, 1) =
			  chr(ord(substr $page, $offset, 1) ^ 1 << rand 8);
		}
		foreach my $at ($offset .. $offset + $bytes - 1)
		{
			$must = 1
			  if $covered{"$block $at"}
			  && substr($page, $at, 1) ne substr($copy[$block], $at, 1);
		}
		$heap = 1 if $kind eq 'heap';
		# another mark may be as good
		$soft = 1 if $kind eq 'marks';
		$copy[$block] = $page;
		substr($copy[$block], 8, 2) = pack 'v', page_checksum($page, $block);
		push @what, "$kind block $block, $bytes bytes from $offset, how $how";
	}
	return (join('', @copy), join(' and ', @what), $must, $heap, $soft);
}

my $until = time + ($ENV{DURATION} || 60);
my ($n, $n_found, $n_errors, $n_covered, @failures) = (0, 0, 0, 0);
while (time < $until && @failures < 10)
{
	my @trials;
	foreach (1 .. 100)
	{
		my ($bytes, $what, $must, $heap, $soft) = damage();
		my $name = (sort keys %queries)[ rand keys %queries ];
		my $sql = $queries{$name} || load_sql();

		push @trials,
		  {
			node  => write_copy($original, $bytes),
			query => $heap ? 'SELECT 0' : $sql,
			what  => "$what, query $name",
			must  => $must,
			soft  => $soft,
			name  => $heap ? '' : $name
		  };
	}
	my ($status, $out, $err) = $node->psql(
		'postgres',
		probe_sql(@trials),
		on_error_stop => 0,
		timeout       => 300,
		extra_params  => [ '-A', '-F', "\t" ]);
	my @lines = grep { /\t/ } split /\n/, $out;

	foreach my $i (0 .. $#trials)
	{
		my $trial = $trials[$i];
		my ($number, $found, $state, $answer, $problems) =
		  split /\t/, $lines[ 2 * $i ] // '', 5;
		my ($zero, $found_after, $state_after, $answer_after) =
		  split /\t/, $lines[ 2 * $i + 1 ] // '', 5;
		my @bad;

		if (!defined $problems || $number ne $trial->{node})
		{
			push @failures, "$trial->{what}: no answer\n$err";
			last;
		}
		$n++;
		$n_found++ if $found > 0;
		$n_errors++ if $state ne '00000';
		$n_covered++ if $trial->{must};
		push @bad, 'verify finds nothing' if $trial->{must} && $found < 1;
		# a row number near the limit is possible
		push @bad, "SQLSTATE $state"
		  if $state !~ /^(00000|XX001|0A000)$/
		  && !($state eq '54000' && $trial->{name} eq 'load');
		push @bad, 'verify finds nothing, a query does'
		  if $found == 0
		  && !$trial->{soft}
		  && $trial->{name} ne ''
		  && ( $state ne '00000'
			|| exists $undamaged{ $trial->{name} }
			&& $answer ne $undamaged{ $trial->{name} });
		push @bad, 'all rows are returned'
		  if $trial->{must} && $trial->{name} eq 'rows' && $state eq '00000';
		push @bad, 'not healthy after the bytes are back'
		  if $found_after != 0 || $answer_after ne $undamaged{rows};
		push @failures,
		  "$trial->{what}: "
		  . join(', ', @bad)
		  . "\n  $state $answer\n  $problems"
		  if @bad;
	}
	$node->safe_psql('postgres', 'CHECKPOINT');
	remove_copy($original, $_->{node}) foreach @trials;
}
is(scalar(@failures), 0, 'nothing unexpected');
diag join "\n", @failures if @failures;
diag "note: $n damaged files, $n_covered under checksums, $n_found found by"
  . " verify, $n_errors errors of queries";
cmp_ok($n, '>', 100, 'enough of them');
my $log = PostgreSQL::Test::Utils::slurp_file($node->logfile);
unlike($log, qr/PANIC|TRAP|terminated by signal/, 'no panic, no lost process');
verify_tables($node);
$node->stop;
done_testing();
