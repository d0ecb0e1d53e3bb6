# Values from 100 kB to nearly 1 GB, as given, compressed and toasted, through
# every way into a table and out of it again, compared with heap.  Takes what it
# takes, about two minutes, whatever DURATION says.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use ColTest;

my $node = new_node('main', conf => <<'END_CONF');
fsync = off
full_page_writes = off
max_wal_size = 4GB
checkpoint_timeout = 1h
autovacuum = off
default_toast_compression = lz4
END_CONF

sub sql { return $node->safe_psql('postgres', $_[0], timeout => 240) }

# kB of each; noise does not compress.
my %rows = (
	1 => [ 100,    'noise' ],
	2 => [ 16384,  'noise' ],
	3 => [ 262144, 'noise' ],
	4 => [ 100,    'same' ],
	5 => [ 16384,  'same' ],
	6 => [ 1000000, 'same' ],);

sql(<<'END_SQL');
CREATE TABLE h (id int, t text) USING heap;
CREATE TABLE noises AS SELECT string_agg(md5(i::text), '') AS t FROM generate_series(1, 32768) i;
END_SQL
foreach my $id (sort keys %rows)
{
	my ($kb, $how) = @{ $rows{$id} };
	sql($how eq 'noise'
		? "INSERT INTO h SELECT $id, left(repeat(t, $kb / 1024 + 1), $kb * 1024) FROM noises"
		: "INSERT INTO h SELECT $id, repeat('0123456789abcdef', $kb * 64)");
}
my $digest = 'id, length(t), md5(t)';
my $expected = sql("SELECT $digest FROM h ORDER BY id");
my @expected = split /\n/, $expected;
is(scalar(@expected), 6, 'the values are there');

# The same in c, and how many rows of it are in stripes.
sub check
{
	my ($what, $in_stripes, $last) = @_;
	my $want = join("\n", @expected[ 0 .. ($last || 6) - 1 ]);
	is(sql("SELECT $digest FROM c ORDER BY id"), $want, "$what: the same");
	is( sql("SELECT count(*) FROM c WHERE ctid >= '(2147483648,0)'"),
		$in_stripes, "$what: $in_stripes in stripes");
	return;
}

foreach my $memory ([ '8MB', 2 ], [ '256MB', 4 ], [ '1GB', 5 ])
{
	my ($mb, $in_stripes) = @$memory;
	my $set = "SET columnar.write_memory = '$mb'; SET columnar.stripe_all = on;";

	sql("CREATE TABLE c (id int, t text) USING columnar; $set INSERT INTO c SELECT * FROM h");
	check("$mb, INSERT of toasted values", $in_stripes);
	sql("$set VACUUM FULL c");
	check("$mb, VACUUM FULL", $in_stripes);
	sql("$set ALTER TABLE c ALTER id TYPE bigint");
	check("$mb, rewrite", $in_stripes);
	sql('ALTER TABLE c SET ACCESS METHOD heap');
	is(sql("SELECT $digest FROM c ORDER BY id"), $expected, "$mb, to heap");
	sql("$set ALTER TABLE c SET ACCESS METHOD columnar");
	check("$mb, and back", $in_stripes);
	sql("$set TRUNCATE c; INSERT INTO c SELECT id, t || '' FROM h WHERE id < 6");
	check("$mb, INSERT of plain values", $in_stripes, 5);
	sql("CREATE INDEX ON c (id)");
	is( sql('SET enable_seqscan = off; SELECT md5(t) FROM c WHERE id = 3'),
		(split /\|/, $expected[2])[2], "$mb, by an index");
	my $file = $node->basedir . '/values';
	sql("COPY (SELECT * FROM c ORDER BY id) TO '$file' (FORMAT binary)");
	sql("$set TRUNCATE c; COPY c FROM '$file' (FORMAT binary)");
	check("$mb, COPY", $in_stripes, 5);
	unlink $file;
	sql('DROP TABLE c');
}

# what is too large for heap is for us too
sql('CREATE TABLE c (a text, b text) USING columnar; CREATE TABLE h2 (a text, b text) USING heap');
foreach my $statement (
	"INSERT INTO {T} SELECT repeat('x', 600000000), repeat('y', 600000000)",
	"INSERT INTO {T} SELECT repeat('x', 1073741824), ''")
{
	my @errors;
	foreach my $table ('h2', 'c')
	{
		my $sql = "SET columnar.stripe_all = on; $statement";
		$sql =~ s/\{T\}/$table/;
		my ($status, $out, $err) = $node->psql('postgres', $sql, timeout => 120);
		push @errors, $err =~ /ERROR:  (.*)/ ? $1 : 'none';
	}
	is($errors[1], $errors[0], "both say: $errors[0]");
}
# two values that are a row only in the row store
sql(<<'END_SQL');
INSERT INTO h2 SELECT repeat('x', 300000000), repeat('y', 300000000);
SET columnar.write_memory = '4GB';
SET columnar.stripe_all = on;
INSERT INTO c SELECT * FROM h2;
END_SQL
is(sql("SELECT length(a), length(b), ctid < '(2147483648,0)' FROM c"),
	'300000000|300000000|t', 'more than 512 MB in one row');

check_logs($node);
verify_tables($node);
done_testing();
