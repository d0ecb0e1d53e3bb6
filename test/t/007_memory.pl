# Memory of bulk loads: whatever a row is like, and into however many tables
# rows go at once, what a session gathers stays below columnar.write_memory.
#
# Measured is the anonymous memory of the loading session (RssAnon), many times
# a second, and the most it ever had (VmHWM) without what was shared or of files;
# shared buffers are no part of either.  What a session needs besides, the 6 MB
# of an idle one, the executor's, COPY's, and what malloc keeps, is allowed for
# by a fixed sum.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use ColMemory;
use ColTest;

# COL_WRITE_MEMORY=10GB shows that the test can fail.
my $other_setting = $ENV{COL_WRITE_MEMORY};
my $allowance_mb = 20;

my $node = new_node(
	'main', conf => <<'END_CONF');
fsync = off
full_page_writes = off
max_wal_size = 4GB
min_wal_size = 1GB
checkpoint_timeout = 1h
autovacuum = off
END_CONF

# ---- the tables ----

my $dir = $node->basedir;
my $wide = join(', ', map { "a$_ int8" } 1 .. 200);
my $wide_values = join(', ', map { "i::int8 * $_ * 1000003" } 1 .. 200);
my $texts = join(', ', map { "t$_ text" } 1 .. 200);
my $text_values = join(', ', map { "'text $_ ' || i * $_ % 1009" } 1 .. 200);

$node->safe_psql('postgres', <<"END_SQL");
CREATE TABLE wide ($wide) USING columnar;
CREATE TABLE texts ($texts) USING columnar;
CREATE TABLE long (i int, v text) USING columnar;
ALTER TABLE long ALTER v SET STORAGE EXTERNAL;
CREATE TABLE parts (p int, i int, v text) PARTITION BY LIST (p);
SELECT format('CREATE TABLE parts_%s PARTITION OF parts FOR VALUES IN (%s) USING columnar', p, p)
  FROM generate_series(0, 299) p \\gexec
-- a value of 1 MB that does not compress, and one that does
CREATE FUNCTION noise(i int) RETURNS text LANGUAGE sql AS
  \$\$ SELECT string_agg(encode(sha512((i * 9000 + j)::text::bytea), 'base64'), '')
     FROM generate_series(1, 11600) j \$\$;
CREATE TABLE noises USING heap AS SELECT i, noise(i) AS v FROM generate_series(1, 40) i;
END_SQL

my %loads = (
	'200 columns, 50,000 rows, INSERT' => {
		into => 'wide',
		sql  => "INSERT INTO wide SELECT $wide_values FROM generate_series(1, 50000) i",
		rows => 50000
	},
	'200 texts, 40,000 rows, INSERT' => {
		into => 'texts',
		sql  => "INSERT INTO texts SELECT $text_values FROM generate_series(1, 40000) i",
		rows => 40000
	},
	'200 texts, 40,000 rows, COPY' => {
		into => 'texts',
		file => "SELECT $text_values FROM generate_series(1, 40000) i",
		rows => 40000
	},
	'300 incompressible values of 1 MB, INSERT' => {
		into => 'long',
		all  => 1,
		sql  => 'INSERT INTO long SELECT n.i, m.i || n.v FROM noises n,'
		  . ' generate_series(1, 8) m(i) LIMIT 300',
		rows => 300
	},
	'300 compressible values of 1 MB, INSERT' => {
		into => 'long',
		all  => 1,
		sql  => "INSERT INTO long SELECT i, repeat(md5(i::text), 32768)"
		  . ' FROM generate_series(1, 300) i',
		rows => 300
	},
	'300 incompressible values of 1 MB, COPY' => {
		into => 'long',
		all  => 1,
		file => 'SELECT n.i, m.i || n.v FROM noises n, generate_series(1, 8) m(i) LIMIT 300',
		rows => 300
	},
	'300 compressible values of 1 MB, COPY' => {
		into => 'long',
		all  => 1,
		file => 'SELECT i, repeat(md5(i::text), 32768) FROM generate_series(1, 300) i',
		rows => 300
	},
	'300 partitions, 240,000 rows, INSERT' => {
		into => 'parts',
		all  => 1,
		sql  => 'INSERT INTO parts SELECT i % 300, i, repeat(md5(i::text), 12)'
		  . ' FROM generate_series(1, 240000) i',
		rows => 240000
	},
	'300 partitions, 240,000 rows, COPY' => {
		into => 'parts',
		all  => 1,
		file => 'SELECT i % 300, i, repeat(md5(i::text), 12)'
		  . ' FROM generate_series(1, 240000) i',
		rows => 240000
	},);

# ---- loads ----

my %peak;
foreach my $load (sort keys %loads)
{
	my %l = %{ $loads{$load} };
	my $sql = $l{sql};

	if ($l{file})
	{
		$node->safe_psql('postgres', "COPY ($l{file}) TO '$dir/load'");
		$sql = "COPY $l{into} FROM '$dir/load'";
	}
	foreach my $mb (64, 16)
	{
		my $setting = $other_setting || "${mb}MB";
		my ($peak, $out, $n) = run_measured($node,
			"SET columnar.write_memory = '$setting';\n"
			  . 'SET columnar.stripe_all = ' . ($l{all} ? 'on' : 'off') . ";\n"
			  . "$sql;\n"
			  . "SELECT 'done';\n");
		$peak{$load}{$mb} = $peak;
		is($out, 'done', "$load: loaded");
		diag sprintf('note: %-42s write_memory %5s: peak %6.1f MB (looked %d times)',
			$load, $setting, $peak, $n);
		cmp_ok($n, '>=', 3, 'its memory was looked at');
		cmp_ok($peak, '<', $mb + $allowance_mb,
			"$load: below $mb MB and an allowance of $allowance_mb MB");
		is( $node->safe_psql('postgres', "SELECT count(*) FROM $l{into}"),
			$l{rows}, 'all rows are there');
		$node->safe_psql('postgres', "TRUNCATE $l{into}");
	}
	unlink "$dir/load";
	cmp_ok($peak{$load}{16}, '<', $peak{$load}{64}, "$load: less with less");
}

check_logs($node);
verify_tables($node);
done_testing();
