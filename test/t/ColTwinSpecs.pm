# ColTwinSpecs.pm - isolation specs that are run for heap tables, rows in
# stripes and rows in the row store, and must print the same.  Specs are those of
# test/isolation/twin, whose tables are made without USING, and those made here:
# of each pair of what two sessions can do to one row.
package ColTwinSpecs;

use strict;
use warnings;
use Exporter 'import';
use File::Basename;
use Test::More;
use Time::HiRes qw(time);

our @EXPORT =
  qw(run_twins start_spec finish_spec pair_specs session_steps @row_actions
  %variants);

# The settings that decide where a spec's rows are.
our %variants = (
	heap    => '-c default_table_access_method=heap',
	stripes => '-c default_table_access_method=columnar -c columnar.stripe_all=on',
	rows    => '-c default_table_access_method=columnar');

my $tester = dirname($ENV{PG_REGRESS}) . '/../isolation/isolationtester';

# Starts a spec (text) in the database of a variant; its output goes to a file.
sub start_spec
{
	my ($node, $variant, $name, $spec) = @_;
	my $file = $node->basedir . "/$name-$variant";

	open my $out, '>', "$file.spec" or die "$file.spec: $!";
	print $out $spec;
	close $out;
	my $process = fork // die "fork: $!";
	if ($process == 0)
	{
		$ENV{PGISOLATIONTIMEOUT} = 30;
		$ENV{PGOPTIONS} = "$variants{$variant} -c enable_seqscan=off";
		open STDIN, '<', "$file.spec" or die "$file.spec: $!";
		open STDOUT, '>', "$file.out" or die "$file.out: $!";
		open STDERR, '>&', \*STDOUT;
		exec $tester, $node->connstr($variant) . ' client_encoding=UTF8';
	}
	return { process => $process, file => "$file.out" };
}

# The output of a spec that was started, by permutation.
sub finish_spec
{
	my ($run) = @_;

	waitpid $run->{process}, 0;
	open my $file, '<', $run->{file} or die "$run->{file}: $!";
	local $/ = undef;
	my $out = <$file>;
	close $file;
	my ($head, @permutations) = split /^starting permutation: /m, $out;
	return { head => $head, status => $?, of => { map { (/^(.*)\n/, s{\s+\z}{}r) } @permutations } };
}

# Runs a spec for all variants, on a node for all or one for each; the spec, too, may
# be one for each.  Returns the outputs by variant.
sub run_twins
{
	my ($node, $name, $spec) = @_;
	my %nodes = ref $node eq 'HASH' ? %$node : map { $_ => $node } keys %variants;
	my %specs = ref $spec ? %$spec : map { $_ => $spec } keys %variants;
	my (%runs, %out);
	my $begin = time;

	foreach my $variant (sort keys %specs)
	{
		$runs{$variant} =
		  start_spec($nodes{$variant}, $variant, $name, $specs{$variant});
		# names of prepared transactions are the server's: one after another
		$out{$variant} = finish_spec($runs{$variant})
		  if $specs{$variant} =~ /PREPARE/;
	}
	$out{$_} //= finish_spec($runs{$_}) foreach keys %runs;
	diag sprintf "note: %s took %.0f s", $name, time - $begin;
	foreach my $variant (sort keys %out)
	{
		my $bad = $out{$variant}{status} != 0;
		ok(!$bad, "$name ran for $variant");
		diag $out{$variant}{head}, values %{ $out{$variant}{of} } if $bad;
	}
	return %out;
}

# What a session can do to row 5; # is the number of the session.
my %does = (
	update => q(UPDATE t SET v = v || '#' WHERE id = 5 RETURNING *),
	key    => q(UPDATE t SET id = 1000 + # WHERE id = 5 RETURNING *),
	delete => q(DELETE FROM t WHERE id = 5 RETURNING *),
	lu     => q(SELECT * FROM t WHERE id = 5 FOR UPDATE),
	lnku   => q(SELECT * FROM t WHERE id = 5 FOR NO KEY UPDATE),
	ls     => q(SELECT * FROM t WHERE id = 5 FOR SHARE),
	lks    => q(SELECT * FROM t WHERE id = 5 FOR KEY SHARE),
	child  => q(INSERT INTO child VALUES (#, 5) RETURNING *),
	upsert => q(INSERT INTO t VALUES (5, 'up#', 0) ON CONFLICT (id) DO UPDATE SET v = t.v || excluded.v RETURNING *, xmax <> 0 AS updated),
	nothing => q(INSERT INTO t VALUES (5, 'no#', 0) ON CONFLICT DO NOTHING RETURNING *),
	insert => q(INSERT INTO t VALUES (5, 'in#', 0) RETURNING *),
	merge  => q(MERGE INTO t USING (VALUES (5)) s (i) ON t.id = i WHEN MATCHED AND k < 0 THEN DELETE WHEN MATCHED THEN UPDATE SET v = v || 'm#' WHEN NOT MATCHED THEN INSERT VALUES (i, 'm#', 1)),);
my @modes = qw(lu lnku ls lks);
our @row_actions = (qw(update key delete), @modes, qw(child upsert));
my @second = (@row_actions, qw(nothing insert merge));

# Is it a pair whose conflict depends on whether v is a key column?
sub by_key
{
	my ($pair) = @_;
	return $pair =~ /^(update|upsert|merge) (lks|child)/ || $pair =~ /^(lks|child) (update|upsert|merge)/;
}

# All permutations, and for each the pair.
sub permutations
{
	my %pairs;

	foreach my $a (@row_actions)
	{
		foreach my $b (@second)
		{
			my $pair = "$a $b";
			$pairs{"a_rc a_$a b_rc b_$b a_c b_c see"} = $pair;
			$pairs{"a_rc a_$a b_rc b_$b a_r b_c see"} = $pair;
			$pairs{"a_rc a_sp a_$a a_back b_rc b_$b a_c b_c see"} = $pair;
			$pairs{"b_rr a_rc a_$a b_$b a_c b_c see"} = $pair;
			$pairs{"b_rr a_rc a_$a b_$b a_r b_c see"} = $pair;
			$pairs{"b_rr a_rc a_$a a_c b_$b b_c see"} = $pair;
			$pairs{"a_ser b_ser a_$a b_$b a_c b_c see"} = $pair;
			$pairs{"a_rc a_$a b_rc b_sp b_$b a_c b_back b_c see"} = $pair
			  if $b =~ /^(update|delete|lu|upsert)$/;
		}
		$pairs{"a_rc a_$a b_rc b_${_}_nowait a_c b_c see"} = "$a $_" foreach @modes;
		$pairs{"a_rc a_$a b_rc b_${_}_skip a_r b_c see"} = "$a $_" foreach @modes;
		foreach my $end (qw(c r))
		{
			$pairs{"a_rc a_$a vacuum a_$end vacuum see"} = "$a vacuum";
			$pairs{"a_rc a_$a cic a_$end see by_v"} = "$a cic";
		}
		$pairs{"b_rr a_rc a_$a a_c vacuum b_see b_c vacuum see"} = "$a vacuum";
	}
	return %pairs;
}

# The session a or b: what it can do to the row, and around it.
sub session_steps
{
	my ($name, $number) = @_;
	my $spec = <<"END";

session $name
step ${name}_rc	{ BEGIN; }
step ${name}_rr	{ BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t; }
step ${name}_ser	{ BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM t; }
step ${name}_sp	{ SAVEPOINT sp; }
step ${name}_back	{ ROLLBACK TO sp; }
step ${name}_c	{ COMMIT; }
step ${name}_r	{ ROLLBACK; }
step ${name}_see	{ SELECT * FROM t WHERE id IN (5, 1001, 1002) ORDER BY id, v; }
END

	foreach my $what (sort keys %does)
	{
		my $sql = $does{$what} =~ s/#/$number/gr;
		$spec .= "step ${name}_$what\t{ $sql; }\n";
		next if $what !~ /^l/;
		$spec .= "step ${name}_${what}_nowait\t{ $sql NOWAIT; }\n"
		  . "step ${name}_${what}_skip\t{ $sql SKIP LOCKED; }\n";
	}
	return $spec;
}

# The specs of all pairs: where v is not a key column, and of pairs for which
# that makes a difference where it is.
sub pair_specs
{
	my %all = permutations();
	my %pairs = (plain => \%all, key => { map { $_ => $all{$_} } grep { by_key($all{$_}) } keys %all });
	my %specs;

	foreach my $kind (sort keys %pairs)
	{
		my $unique = $kind eq 'key' ? 'CREATE UNIQUE INDEX t_v ON t (id, v);' : '';
		my $spec = <<"END";
setup
{
  CREATE TABLE t (id int PRIMARY KEY, v text, k int);
  $unique
  CREATE TABLE child (id int, parent int REFERENCES t);
  INSERT INTO t SELECT i, 'v', 1 FROM generate_series(1, 300) i;
}

teardown	{ DROP TABLE t, child; }

session reader
step see	{ SELECT * FROM t WHERE id IN (5, 1001, 1002) ORDER BY id; SELECT * FROM child ORDER BY id; }
step by_v	{ SELECT id, v FROM t WHERE v >= 'v' AND id IN (5, 1001, 1002) ORDER BY v; }
step vacuum	{ VACUUM t; }
step cic	{ CREATE INDEX CONCURRENTLY t_cic ON t (v, id); }
END
		$spec .= session_steps('a', 1) . session_steps('b', 2);
		$spec .= "\npermutation $_\n" foreach sort keys %{ $pairs{$kind} };
		$specs{$kind} = { text => $spec, pairs => $pairs{$kind} };
	}
	return %specs;
}

1;
