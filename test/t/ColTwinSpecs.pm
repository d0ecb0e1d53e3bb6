# ColTwinSpecs.pm - isolation specs that are run for heap tables, rows in
# stripes and rows in the row store, and must print the same.  Specs are those of
# test/isolation/twin, whose tables are made without USING, and those made here:
# of each pair of what two sessions can do to one row.
package ColTwinSpecs;

use strict;
use warnings;
use Exporter 'import';
use File::Basename;

our @EXPORT = qw(start_spec finish_spec pair_specs %variants);

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
my @first = (qw(update key delete), @modes, qw(child upsert));
my @second = (@first, qw(nothing insert merge));

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

	foreach my $a (@first)
	{
		foreach my $b (@second)
		{
			my $pair = "$a $b";
			$pairs{"a_rc a_$a b_rc b_$b a_c b_c see"} = $pair;
			$pairs{"a_rc a_$a b_rc b_$b a_r b_c see"} = $pair;
			$pairs{"a_rc a_sp a_$a a_back b_rc b_$b a_c b_c see"} = $pair;
			$pairs{"b_rr a_rc a_$a b_$b a_c b_c see"} = $pair;
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
		foreach my $session ([ 'a', 1 ], [ 'b', 2 ])
		{
			my ($name, $number) = @$session;
			$spec .= <<"END";

session $name
step ${name}_rc	{ BEGIN; }
step ${name}_rr	{ BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t; }
step ${name}_ser	{ BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM t; }
step ${name}_sp	{ SAVEPOINT sp; }
step ${name}_back	{ ROLLBACK TO sp; }
step ${name}_c	{ COMMIT; }
step ${name}_r	{ ROLLBACK; }
step ${name}_see	{ SELECT * FROM t WHERE id IN (5, 1001, 1002); }
END
			foreach my $what (sort keys %does)
			{
				my $sql = $does{$what} =~ s/#/$number/gr;
				$spec .= "step ${name}_$what\t{ $sql; }\n";
				next if $what !~ /^l/;
				$spec .= "step ${name}_${what}_nowait\t{ $sql NOWAIT; }\n"
				  . "step ${name}_${what}_skip\t{ $sql SKIP LOCKED; }\n";
			}
		}
		$spec .= "\npermutation $_\n" foreach sort keys %{ $pairs{$kind} };
		$specs{$kind} = { text => $spec, pairs => $pairs{$kind} };
	}
	return %specs;
}

1;
