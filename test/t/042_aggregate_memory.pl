# Memory of groups: within hash_mem, however many groups there are and whatever they
# hold, and the answers are those of a heap table.
#
# A session's memory is looked at as in 007_memory.pl; what it has beyond groups and their
# states, readers of stripes, batches and the executor's, is allowed for by a fixed sum.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColMemory;
use ColTest;

# COL_WORK_MEM=1GB shows that the test can fail.
my $other_setting = $ENV{COL_WORK_MEM};
my $allowance_mb  = 24;
my $rows          = 600_000;

my $node = new_node(
	'main', conf => <<'END_CONF');
fsync = off
max_wal_size = 4GB
autovacuum = off
hash_mem_multiplier = 1
max_parallel_workers_per_gather = 0
END_CONF

$node->safe_psql('postgres', <<"END_SQL");
CREATE TABLE h AS SELECT i, md5(i::text) t, i::numeric(12,2) / 7 n, i % 1000 k FROM generate_series(1, $rows) i;
CREATE TABLE c (LIKE h) USING columnar;
INSERT INTO c SELECT * FROM h;
ANALYZE h, c;
END_SQL

my %groups = (
	'integers'     => 'SELECT i, sum(n) a, count(*) b FROM @ GROUP BY i',
	'texts'        => 'SELECT t, min(i) a, max(n) b FROM @ GROUP BY t',
	'numerics'     => 'SELECT n, count(*) a, avg(n) b FROM @ GROUP BY n',
	'several keys' => 'SELECT t, k, n, stddev(i) a, count(k) b FROM @ GROUP BY t, k, n',
	'distinct'     => 'SELECT k % 3 k, count(DISTINCT t) a FROM @ GROUP BY k % 3',
	'wide numbers' => 'SELECT k % 5 k, sum(n * 1e40) a, max(n * 1e40) b, stddev(n * 1e40) c FROM @ GROUP BY k % 5',
	'wide, sorted' => 'SELECT k % 5 k, sum(n * 1e40 ORDER BY i) a FROM @ GROUP BY k % 5',
	'ordered'      => 'SELECT k, sum(n ORDER BY t) a FROM @ GROUP BY k',
	'ordered sets' => 'SELECT k, percentile_disc(0.5) WITHIN GROUP (ORDER BY t) a, mode() WITHIN GROUP (ORDER BY n) b FROM @ GROUP BY k',
	'sets'         => 'SELECT i, k, t, count(*) a FROM @ GROUP BY GROUPING SETS ((i), (k), (t), (i, k), ())',);

# Sorts that have work_mem beside: one for DISTINCT, ORDER BY or WITHIN GROUP of an
# aggregate.
my %sorts = ('distinct' => 1, 'ordered' => 1, 'ordered sets' => 2, 'wide, sorted' => 1);

foreach my $keys (sort keys %groups)
{
	# one number for all rows of the answer
	my $sum = "SELECT count(*), sum(hashtextextended(g::text, 0)) FROM ($groups{$keys}) g";
	my ($on_heap, $on_columnar) = map { $sum =~ s/@/$_/r } 'h', 'c';
	my $heap = $node->safe_psql('postgres', "SET work_mem = '1GB'; $on_heap");

	like(
		$node->safe_psql('postgres', "SET enable_sort = off; EXPLAIN $on_columnar"),
		qr/ColstoreAggregate/, "$keys: by ColstoreAggregate");
	foreach my $mb (4, 16)
	{
		my $setting = $other_setting || "${mb}MB";
		my ($peak, $out, $n) = run_measured($node,
			"SET enable_sort = off; SET work_mem = '$setting'; $on_columnar;");

		is($out, $heap, "$keys, $mb MB: the rows of a heap table");
		diag sprintf('note: %-12s work_mem %5s: peak %6.1f MB (looked %d times)',
			$keys, $setting, $peak, $n);
		cmp_ok($n, '>=', 3, 'its memory was looked at');
		my $limit = $mb * (1 + ($sorts{$keys} || 0));
		cmp_ok($peak, '<', $limit + $allowance_mb,
			"$keys: below $limit MB and an allowance of $allowance_mb MB");
	}
}

check_logs($node);
done_testing();
