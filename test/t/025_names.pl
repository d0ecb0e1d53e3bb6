# columnar and other extensions with columnar tables can be loaded beside each
# other: no setting, custom scan or exported symbol has a name of theirs.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

# what Citus columnar and Hydra define
my @their_settings = map { "columnar.$_" } qw(
  compression compression_level stripe_row_limit chunk_group_row_limit
  enable_parallel_execution enable_vectorization enable_dml enable_column_cache
  page_cache_size enable_custom_scan enable_qual_pushdown
  qual_pushdown_correlation_threshold max_custom_scan_paths
  planner_debug_level enable_version_checks);
my @their_scans = qw(ColumnarScan ColumnarIndexScan VectorAgg);

sub output_of
{
	my @command = @_;
	my ($out, $err);
	my $ok = IPC::Run::run(\@command, '>', \$out, '2>', \$err);
	die "@command: $err" if !$ok;
	return $out;
}

my $library = output_of('pg_config', '--pkglibdir');
chomp $library;
$library .= '/columnar.so';

# ---- exported symbols ----
my @symbols = map { (split)[-1] } split /\n/,
  output_of('nm', '-D', '--defined-only', $library);
cmp_ok(scalar(@symbols), '>', 5, 'the library exports symbols');
is(join(' ', grep { /^columnar/i } @symbols),
	'', 'none begins as those of others do');
is( join(' ',
		grep { !/^(Pg_magic_func|_PG_init|(pg_finfo_)?colstore_\w+)$/ }
		  @symbols),
	'',
	'only functions that SQL calls are exported');

my $node = new_node('main');

# each function of the extension has its two symbols, each symbol its function
my @functions = split /\n/, $node->safe_psql('postgres', <<'END');
SELECT DISTINCT prosrc FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
 WHERE l.lanname = 'c' AND probin LIKE '%columnar%' ORDER BY 1
END
is( join(' ', sort @symbols),
	join(' ',
		sort 'Pg_magic_func', '_PG_init', 'colstore_compaction_main', 'colstore_load_worker',
		map { ($_, "pg_finfo_$_") } @functions),
	'the exported symbols are those of the functions, and of the workers');

# ---- settings ----
my %settings = map { $_ => 1 } split /\n/, $node->safe_psql('postgres',
	"LOAD 'columnar'; SELECT lower(name) FROM pg_settings"
	  . " WHERE name LIKE 'columnar.%'");
ok($settings{'columnar.stripe_rows'}, 'settings are listed');
foreach my $name (@their_settings)
{
	ok(!$settings{$name}, "$name is left to others");
}

# ---- custom scans ----
# Every plan that has a node of ours names it as PostgreSQL's EXPLAIN does; and
# names that could be registered are in the library as strings.
my %strings;
open my $file, '<:raw', $library or die "$library: $!";
my $bytes = do { local $/; <$file> };
close $file;
$strings{$1} = 1 while $bytes =~ /(?<=\0)([A-Za-z_]{3,63})(?=\0)/g;
ok($strings{ColstoreScan}, 'names of scans are found in the library');
foreach my $name (@their_scans)
{
	ok(!$strings{$name}, "the custom scan $name is left to others");
}
$node->safe_psql('postgres', <<'END');
CREATE TABLE t (id int, a int) USING columnar;
CREATE INDEX ON t (id);
SET columnar.stripe_all = on;
INSERT INTO t SELECT i, i % 10 FROM generate_series(1, 20000) i;
ANALYZE t;
END
my $plans = $node->safe_psql('postgres', <<'END');
EXPLAIN SELECT count(*), sum(a) FROM t WHERE a > 3 GROUP BY id;
SET enable_indexscan = off;
EXPLAIN SELECT * FROM t WHERE id < 10;
SET enable_seqscan = off;
SET columnar.enable_scan = off;
EXPLAIN UPDATE t SET a = (SELECT max(a) FROM t u WHERE u.id < t.a);
END
my %scans = map { $_ => 1 } $plans =~ /Custom Scan \((\w+)\)/g;
cmp_ok(scalar(keys %scans), '>=', 2, 'plans with custom scans');
is(join(' ', grep { !/^Colstore/ } sort keys %scans),
	'', 'names of custom scans begin with Colstore');

check_logs($node);
verify_tables($node);
done_testing();
