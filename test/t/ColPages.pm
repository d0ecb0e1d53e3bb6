# ColPages.pm - the file of a columnar table as bytes: damaged copies of it, and
# what server makes of them.
#
# A damaged copy becomes another file of the database, to which the table is
# pointed (pg_class.relfilenode): nothing of it is in shared buffers, and the
# server need not be started again.
package ColPages;

use strict;
use warnings;
use Exporter 'import';
use ColTest;
use PostgreSQL::Test::Utils;

our @EXPORT = qw($page_bytes $content parse_file parse_stripe make_table
  page_checksum write_copy remove_copy flip load_sql change_sql
  probe_sql $query);

our $page_bytes = 8192;
our $content = 48;                          # where it begins in a page
my $content_bytes = $page_bytes - $content;

our $query = 'SELECT count(*)::text || md5(string_agg(t::text, chr(10)'
  . ' ORDER BY id)) FROM t';

my @kinds = (
	undef, 'meta', 'map', 'directory', 'zones', 'data', 'mark root', 'marks',
	'free marks');

# PostgreSQL's checksum of a page (storage/checksum_impl.h).
my @base = (
	0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3,
	0x217E7CD2, 0x83E13D2C, 0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA,
	0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB, 0xE58F764B, 0x187636BC,
	0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
	0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE,
	0xF2CA9FD3, 0x959BD756);

sub page_checksum
{
	my ($page, $block) = @_;
	my @sums = @base;
	my $sum = 0;
	my $i = 0;

	substr($page, 8, 2) = "\0\0";
	foreach my $word (unpack('V*', $page), (0) x 64)
	{
		my $mixed = $sums[$i] ^ $word;
		$sums[$i] =
		  (($mixed * 16777619) & 0xFFFFFFFF) ^ ($mixed >> 17);
		$i = ($i + 1) & 31;
	}
	$sum ^= $_ foreach @sums;
	return ($sum ^ $block) % 65535 + 1;
}

# The table "t", with all kinds of pages and of parts of chunks, and "u", which
# nobody damages.  Returns the path of the file of t.
sub make_table
{
	my ($node) = @_;

	$node->safe_psql('postgres', <<'END');
CREATE TABLE t (id int PRIMARY KEY, few int, word text, noise text, f float8,
                same int, note text) USING columnar WITH (autovacuum_enabled = off);
CREATE FUNCTION make(first int, last int) RETURNS SETOF t LANGUAGE sql AS $$
SELECT i, CASE WHEN i % 5 > 0 THEN i % 50 END, 'word ' || i % 100,
       left(md5(i::text) || md5((-i)::text), 45 + i % 20), CASE WHEN i % 3 > 0 THEN sqrt(i) END, 7,
       repeat('note ' || i % 9, 10)
  FROM generate_series(first, last) AS i $$;
SELECT columnar.set_options('t', bloom => '{id,few,word,f}');
INSERT INTO t SELECT * FROM make(1, 200);
DELETE FROM t WHERE id = 100;
UPDATE t SET same = 8 WHERE id = 101;
SET columnar.stripe_all = on;
SET columnar.codec = zstd;
INSERT INTO t SELECT * FROM make(1001, 2500);
SET columnar.codec = lz4;
INSERT INTO t SELECT * FROM make(3001, 4500);
SET columnar.codec = none;
INSERT INTO t SELECT * FROM make(5001, 6500);
BEGIN;
INSERT INTO t SELECT * FROM make(7001, 7100);
ROLLBACK;
CREATE TABLE u USING columnar AS SELECT * FROM make(1, 5000);
DELETE FROM t WHERE id BETWEEN 1101 AND 1110;
VACUUM t, u;
DELETE FROM t WHERE id BETWEEN 3101 AND 3110;
UPDATE t SET same = 8 WHERE id IN (1201, 1203);
SELECT FROM t WHERE id IN (1301, 1302, 1405) FOR SHARE;
UPDATE t SET same = 8 WHERE id > 5000 AND id % 2 = 0;
CREATE TABLE original AS SELECT pg_relation_filenode('t') AS node;
CREATE FUNCTION probe(file oid, query text, OUT n_found int, OUT problems text,
                      OUT state text, OUT answer text) LANGUAGE plpgsql AS $$
DECLARE
	more text;
	wider text;
BEGIN
	UPDATE pg_class SET relfilenode = file WHERE oid = 't'::regclass;
	SELECT count(*), string_agg(concat_ws(' ', 'block', block, 'stripe', stripe,
	                                      column_name, problem, detail), ' // ')
	  INTO n_found, problems FROM columnar.verify('t');
	state := '00000';
	BEGIN
		EXECUTE query INTO answer;
		IF query ~ 'INSERT|DELETE' THEN
			RAISE EXCEPTION USING ERRCODE = 'UNDO0';
		END IF;
	EXCEPTION WHEN SQLSTATE 'UNDO0' THEN
		answer := 'undone';
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE,
			answer = MESSAGE_TEXT, more = PG_EXCEPTION_DETAIL,
			wider = PG_EXCEPTION_CONTEXT;
		answer := translate(answer || ' ' || more || ' ' || wider, E'\n', ' ');
	END;
END $$;
CHECKPOINT;
END
	return $node->data_dir . '/'
	  . $node->safe_psql('postgres', "SELECT pg_relation_filepath('t')");
}

# A query that loads some rows, which probe undoes.  The index keeps entries of
# rows that are not there: every load has other keys.
my $next_id = 100000;

sub load_sql
{
	$next_id += 1000;
	return "WITH i AS (INSERT INTO t SELECT * FROM make($next_id, $next_id + 400)"
	  . ' RETURNING 1) SELECT count(*)::text FROM i';
}

# Statements that change rows of stripes.
sub change_sql
{
	return ('WITH i AS (DELETE FROM t WHERE id BETWEEN 1300 AND 1310 OR id % 700 = 1'
		  . ' RETURNING 1) SELECT count(*)::text FROM i',
		'SELECT count(*)::text FROM (SELECT FROM t WHERE id % 300 = 1 OR id = 1302 FOR UPDATE) x',
		"WITH i AS (DELETE FROM t WHERE id > 3000 AND id % 2 = 1 RETURNING 1)"
		  . ' SELECT count(*)::text FROM i');
}

# The pages of a file: array of { bytes, kind ("heap" for others) }.
sub parse_file
{
	my ($path) = @_;
	my $bytes = PostgreSQL::Test::Utils::slurp_file($path);
	my @pages;

	foreach my $block (0 .. length($bytes) / $page_bytes - 1)
	{
		my $page = substr($bytes, $block * $page_bytes, $page_bytes);
		my ($magic, $kind) = unpack('x24 V v', $page);
		push @pages,
		  {
			bytes => $page,
			kind  => $magic == 0x504C4F43 ? $kinds[$kind] : 'heap'
		  };
	}
	return @pages;
}

# The parts of a stripe's stream that starts in a block: array of { name,
# column (number from 0, or undef), start, end } in bytes of the stream.
sub parse_stripe
{
	my ($first, @pages) = @_;
	my $owner = substr($pages[$first]{bytes}, 32, 8);
	my $stream = '';

	for (my $i = $first; $i < @pages; $i++)
	{
		last
		  if $pages[$i]{kind} ne 'data'
		  || substr($pages[$i]{bytes}, 32, 8) ne $owner;
		$stream .= substr($pages[$i]{bytes}, $content,
			unpack('x44 V', $pages[$i]{bytes}));
	}
	my $n_columns = unpack('x6 v', $stream);
	my $end = 32 + 24 * $n_columns;
	my @parts = (
		{ name => 'stripe header', start => 0,  end => 32 },
		{ name => 'chunk references', start => 32, end => $end });

	foreach my $column (0 .. $n_columns - 1)
	{
		my ($start, $bytes, $bloom_bytes) =
		  unpack('QQV', substr($stream, 32 + 24 * $column, 24));
		my $bloom = ($bytes + 7) & ~7;
		next if $bytes == 0;
		my $chunk = substr($stream, $start, $bytes);
		my ($codec) = unpack('x11 C', $chunk);
		my ($n_vectors) = unpack('x48 V', $chunk);
		my @header = unpack('x56 V6 V V V V V V V', $chunk);
		my ($vectors, $vectors_bytes, $blocks, $blocks_bytes, $validity,
			$validity_bytes) = @header[ 0 .. 5 ];
		my ($dictionary, $dictionary_bytes) = @header[ 8 .. 9 ];
		my $payload = unpack('x104 V', $chunk);
		my ($n_streams) = unpack('x13 C', $chunk);
		my ($stored) = unpack('x128 V', $chunk);
		my @directories = $stored > 0
		  ? ([ 'compressed directories', 144, 144 + $stored ],
			[ 'gap behind directories', 144 + $stored, $validity ])
		  : ([ 'vector directory', $vectors, $vectors + $vectors_bytes ],
			[ 'block directory', $blocks, $blocks + $blocks_bytes ]);
		my @sections = (
			[ 'gap before a chunk', $end - $start, 0 ],
			[ 'chunk header', 0, 144 ],
			@directories,
			[ 'validity', $validity, $validity + $validity_bytes ],
			[ 'dictionary', $dictionary, $dictionary + $dictionary_bytes ],
			[ 'gap before payload', $dictionary + $dictionary_bytes, $payload ]);
		if ($codec == 0 && $stored == 0)
		{
			my $at = $payload;
			# stream by stream in the directory, vector by vector in the payload
			my @entries = sort { $a->[0] <=> $b->[0] }
			  grep { $_->[1] > 0 }
			  map { [ unpack('VV', substr($chunk, $vectors + 32 * $_, 8)) ] }
			  0 .. $n_vectors * $n_streams - 1;
			foreach my $entry (@entries)
			{
				my ($offset, $n) = @$entry;
				push @sections,
				  [ 'gap before a vector', $at, $payload + $offset ],
				  [ 'vector', $payload + $offset, $payload + $offset + $n ];
				$at = $payload + $offset + $n;
			}
		}
		else
		{
			push @sections,
			  [ $codec == 0 ? 'vectors' : 'blocks', $payload, $bytes ];
		}
		push @sections, [ 'gap before a bloom filter', $bytes, $bloom ],
		  [ 'bloom filter', $bloom, $bloom + $bloom_bytes ]
		  if $bloom_bytes > 0;
		push @parts,
		  map {
			{
				name   => $_->[0],
				column => $column,
				start  => $start + $_->[1],
				end    => $start + $_->[2]
			}
		  } grep { $_->[1] < $_->[2] } @sections;
		$end = $start + ($bloom_bytes > 0 ? $bloom + $bloom_bytes : $bytes);
	}
	return @parts;
}

# A byte of a stripe's stream as block and offset.
sub stream_place
{
	my ($first, $at) = @_;
	return ($first + int($at / $content_bytes), $content + $at % $content_bytes);
}

# Pages with some bits of one byte flipped; the page's checksum is made right
# unless told otherwise.
sub flip
{
	my ($pages, $block, $offset, $mask, %options) = @_;
	my @copy = map { $_->{bytes} } @$pages;

	substr($copy[$block], $offset, 1) =
	  chr(ord(substr $copy[$block], $offset, 1) ^ $mask);
	substr($copy[$block], 8, 2) =
	  pack('v', page_checksum($copy[$block], $block))
	  unless $options{keep_checksum};
	return join '', @copy;
}

# Writes the bytes of a table as another file; returns its number.
my $next_node = 1000000;

# Removes such a file, of which nothing may be dirty in shared buffers.
sub remove_copy
{
	my ($original, $node) = @_;
	my ($folder) = $original =~ m{^(.*)/\d+$};

	unlink glob "$folder/$node $folder/${node}_*";
	return;
}

sub write_copy
{
	my ($original, $bytes) = @_;
	my ($folder) = $original =~ m{^(.*)/\d+$};
	my $node = $next_node++;

	open my $file, '>:raw', "$folder/$node" or die "$folder/$node: $!";
	print $file $bytes;
	close $file or die "$folder/$node: $!";
	return $node;
}

# SQL that probes copies: for each of { node, query } a line of node, number of
# problems, SQLSTATE, answer or error, problems; then one of 0 and the same of the
# undamaged file.
sub probe_sql
{
	my (@nodes) = @_;
	return "SET allow_system_table_mods = on; SET columnar.stripe_all = on;"
	  . " SET max_parallel_workers_per_gather = 0;\n"
	  . join '', map {
		my $asked = $_->{query} // $query;
		"SELECT $_->{node}, n_found, state, coalesce(answer, ''),"
		  . " coalesce(problems, '') FROM probe($_->{node}, \$q\$$asked\$q\$);\n"
		  . "SELECT 0, n_found, state, answer, coalesce(problems, '')"
		  . " FROM original, probe(node, \$q\$$query\$q\$);\n"
	  } @nodes;
}

1;
