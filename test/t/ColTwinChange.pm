# ColTwinChange.pm - UPDATE, DELETE, MERGE, upserts and row locks of random rows
# of the twins: of rows in stripes, in the row store, in both, or of those that
# the change before has had; of some rows by what others of the table are.
package ColTwinChange;

use strict;
use warnings;
use ColTwinScript;

my $in_stripes = "ctid >= '(2147483648,0)'";
my %places = (
	'stripes'      => $in_stripes,
	'the row store' => "NOT $in_stripes",
	'both'         => 'true',
	'the same'     => undef);

# The rows of a change, for statements with {T}.
my $picked = 'id IN (SELECT id FROM picked)';

my %kinds = (
	'update'    => \&update,
	'update twice' => sub {
		my ($what, $o) = @_;
		update($what, $o);
		return update($what, $o);
	},
	'key update' => sub {
		my ($what, $o) = @_;
		both("UPDATE {T} SET id = -id WHERE $picked" . returning($o), change => $what);
		both("UPDATE {T} SET id = -id WHERE -id IN (SELECT id FROM picked)") if chance(50);
		return '';
	},
	'delete' => sub {
		my ($what, $o) = @_;
		both("DELETE FROM {T} WHERE $picked" . returning($o), change => $what);
		return '';
	},
	'delete using' => sub {
		my ($what, $o) = @_;
		both("DELETE FROM {T} USING picked p WHERE {T}.id = p.id", change => $what);
		return '';
	},
	'update from' => sub {
		my ($what, $o) = @_;
		my ($set) = assignment($o, 'p.id');
		both("UPDATE {T} SET $set FROM picked p WHERE {T}.id = p.id", change => $what);
		return '';
	},
	'merge'   => \&merge,
	'upsert'  => \&upsert,
	'lock'    => \&lock_rows,
	'undone'  => \&undone,
	'again'   => \&delete_and_insert,
	'current' => \&current_of,
	'exception' => \&exception,
	'mixed'   => \&mixed,
	'update by itself' => \&update_by_itself,
	'delete by itself' => \&delete_by_itself,
	'merge by itself'  => \&merge_by_itself,
	'lock by itself'   => \&lock_by_itself,
	'loop by itself'   => \&loop_by_itself,);

# What must come up: all changes, and all places.
sub all { return ((sort keys %kinds), map { "of $_" } sort keys %places) }

# All changes in all places, as "WHAT of WHERE".
sub pairs
{
	return map { my $kind = $_; map { "$kind of $_" } sort keys %places } sort keys %kinds;
}

# column = value, for a column that there is; the value is made of an expression.
sub assignment
{
	my ($o, $i) = @_;
	return ('id = {T}.id') if !@{ $o->{columns} };
	my $column = pick(@{ $o->{columns} });
	my $to = $o->{expression}->($column);

	$to = 'NULL' if chance(15) && $column->{nulls};
	$to =~ s/\bi\b/$i/g;
	return ("$column->{name} = $to");
}

sub returning
{
	my ($o) = @_;
	return chance(25) ? " RETURNING $o->{names}" : '';
}

sub update
{
	my ($what, $o) = @_;
	my ($set) = assignment($o, '{T}.id');

	both("UPDATE {T} SET $set WHERE $picked" . returning($o), change => $what);
	return '';
}

sub merge
{
	my ($what, $o) = @_;
	my ($set) = assignment($o, 'p.id');
	my $names = join(', ', map { "p.$_" } split(/, /, $o->{names}));
	my $insert = $o->{ordered}
	  ? " WHEN NOT MATCHED THEN INSERT ($o->{names}) VALUES ($names)" : '';

	# a third is not there: it comes back
	both('DELETE FROM {T} WHERE id % 3 = 1 AND ' . $picked) if $insert && chance(50);
	both("MERGE INTO {T} USING picked p ON {T}.id = p.id"
		  . ' WHEN MATCHED AND p.id % 3 = 0 THEN DELETE'
		  . (chance(30) ? ' WHEN MATCHED AND p.id % 5 = 0 THEN DO NOTHING' : '')
		  . " WHEN MATCHED THEN UPDATE SET $set$insert", change => $what);
	return '';
}

sub upsert
{
	my ($what, $o) = @_;
	return update($what, $o) if !$o->{has_key};
	my ($set) = assignment($o, 'excluded.id');
	my $where = chance(30) ? ' WHERE {T}.id % 2 = 0' : '';

	both("DELETE FROM {T} WHERE id % 4 = 1 AND $picked") if chance(40);
	both("INSERT INTO {T} ($o->{names}) SELECT $o->{names} FROM picked ORDER BY id"
		  . " ON CONFLICT (id) DO UPDATE SET $set$where" . returning($o), change => $what);
	return '';
}

sub lock_rows
{
	my ($what, $o) = @_;
	my @modes = ('UPDATE', 'NO KEY UPDATE', 'SHARE', 'KEY SHARE');

	once('BEGIN') if !$o->{inside};
	once('SAVEPOINT locks');
	foreach (1 .. pick(1, 2, 3))
	{
		both("SELECT id FROM {T} WHERE $picked ORDER BY id FOR " . pick(@modes)
			  . pick('', '', ' NOWAIT', ' SKIP LOCKED'), ordered => 1, change => $what);
	}
	once('ROLLBACK TO locks') if chance(30);
	both("SELECT id FROM {T} WHERE $picked ORDER BY id FOR " . pick(@modes), ordered => 1)
	  if chance(30);
	update($what, $o) if chance(40);
	once(pick('COMMIT', 'COMMIT', 'ROLLBACK')) if !$o->{inside};
	return '';
}

# What a savepoint takes back, part of it done again.
sub undone
{
	my ($what, $o) = @_;

	once('BEGIN') if !$o->{inside};
	once('SAVEPOINT undone');
	foreach (1 .. pick(1, 2))
	{
		(chance(50) ? $kinds{delete} : \&update)->($what, $o);
		once('SAVEPOINT more') if chance(50);
	}
	once('ROLLBACK TO undone');
	update($what, $o) if chance(60);
	$kinds{delete}->($what, $o) if chance(30);
	once(pick('COMMIT', 'COMMIT', 'ROLLBACK')) if !$o->{inside};
	return '';
}

sub delete_and_insert
{
	my ($what, $o) = @_;

	once('BEGIN') if !$o->{inside};
	both("DELETE FROM {T} WHERE $picked", change => $what);
	both("INSERT INTO {T} ($o->{names}) SELECT $o->{names} FROM picked ORDER BY id");
	update($what, $o) if chance(50);
	once('COMMIT') if !$o->{inside};
	return '';
}

sub current_of
{
	my ($what, $o) = @_;
	my ($set) = assignment($o, '{T}.id');

	once('BEGIN') if !$o->{inside};
	both('DECLARE {T}_at CURSOR FOR SELECT id FROM {T}'
		  . ' WHERE id = (SELECT max(id) FROM picked)');
	both('FETCH 1 FROM {T}_at');
	both(pick("UPDATE {T} SET $set", 'DELETE FROM {T}') . ' WHERE CURRENT OF {T}_at',
		change => $what);
	both('CLOSE {T}_at');
	once('COMMIT') if !$o->{inside};
	return '';
}

# One row after another, each in a subtransaction, some of which fail.
sub exception
{
	my ($what, $o) = @_;
	my ($set) = assignment($o, '{T}.id');

	both('DO $$ DECLARE r record; BEGIN'
		  . ' FOR r IN SELECT id FROM picked ORDER BY id LIMIT 60 LOOP BEGIN'
		  . " UPDATE {T} SET $set WHERE id = r.id;"
		  . ' IF r.id % 3 = 0 THEN DELETE FROM {T} WHERE id = r.id; END IF;'
		  . ' IF r.id % 4 = 0 THEN RAISE division_by_zero; END IF;'
		  . ' EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$');
	both("DELETE FROM {T} WHERE id = (SELECT max(id) FROM {T} WHERE $picked)", change => $what);
	return '';
}

# A statement that changes rows in one part of it and reads them in another.
sub mixed
{
	my ($what, $o) = @_;
	my ($set) = assignment($o, '{T}.id');

	both("WITH gone AS (DELETE FROM {T} WHERE id % 2 = 0 AND $picked RETURNING id),"
		  . " new AS (UPDATE {T} SET $set WHERE id % 2 <> 0 AND $picked RETURNING id)"
		  . ' SELECT id, (SELECT count(*) FROM {T}), (SELECT sum(id) FROM gone)'
		  . ' FROM new UNION ALL SELECT id, 0, 0 FROM gone', change => $what);
	return '';
}

# The condition of changes that join a table, t, with itself: the rows come by the
# index, if there is one.
sub some_picked
{
	my ($o, $t) = @_;
	return "$t.id = ANY (ARRAY(SELECT id FROM picked ORDER BY id LIMIT "
	  . ($o->{by_id} ? 1500 : 30) . '))';
}

# Adds a statement whose joins are nested loops over indexes.
sub both_nested
{
	my ($sql, %options) = @_;
	my @settings =
	  ('enable_hashjoin', 'enable_mergejoin', chance(50) ? 'enable_seqscan' : 'enable_bitmapscan');

	once("SET $_ = off") foreach @settings;
	both($sql, %options);
	once("RESET $_") foreach @settings;
	return;
}

sub update_by_itself
{
	my ($what, $o) = @_;
	my ($set) = assignment($o, 'o.id');
	my $third = chance(50) ? ' LEFT JOIN {T} q ON q.id = o.id - 1' : '';

	$set .= ", $_ = o.$_" foreach grep { $set !~ /^$_ / && chance(20) }
	  map { $_->{name} } @{ $o->{columns} };
	both_nested("UPDATE {T} SET $set FROM {T} o$third WHERE o.id = {T}.id + "
		  . pick(0, 1, 2) . ' AND ' . some_picked($o, '{T}')
		  . ($third && chance(40) ? ' RETURNING {T}.id, o.id, q' : ''), change => $what);
	return '';
}

sub delete_by_itself
{
	my ($what, $o) = @_;
	my $third = chance(50) ? ' JOIN {T} q ON q.id = o.id - 1' : '';

	both_nested("DELETE FROM {T} USING {T} o$third WHERE o.id = {T}.id + 1 AND "
		  . some_picked($o, '{T}') . (chance(40) ? ' RETURNING {T}.id, o' : ''), change => $what);
	return '';
}

sub merge_by_itself
{
	my ($what, $o) = @_;
	my ($set) = assignment($o, 'o.id');
	my $values = join(', ', 'o.id', map { "o.$_->{name}" } @{ $o->{columns} });
	my $others = join('', map { ", b.$_->{name}" } @{ $o->{columns} });
	my $insert = $o->{ordered}
	  ? " WHEN NOT MATCHED THEN INSERT ($o->{names}) VALUES ($values)" : '';

	both('DELETE FROM {T} WHERE id % 3 = 1 AND ' . $picked) if $insert && chance(50);
	both_nested("MERGE INTO {T} USING (SELECT a.id + 1 AS id$others FROM {T} a"
		  . ' JOIN {T} b ON b.id = a.id WHERE ' . some_picked($o, 'a') . ') o ON {T}.id = o.id'
		  . ' WHEN MATCHED AND {T}.id % 3 = 0 THEN DELETE'
		  . " WHEN MATCHED THEN UPDATE SET $set$insert", change => $what);
	return '';
}

sub lock_by_itself
{
	my ($what, $o) = @_;
	my @modes = ('UPDATE', 'NO KEY UPDATE', 'SHARE', 'KEY SHARE');

	once('BEGIN') if !$o->{inside};
	both_nested('SELECT a.id, b.id, c FROM {T} a JOIN {T} b ON b.id = a.id + 1'
		  . ' JOIN {T} c ON c.id = a.id WHERE ' . some_picked($o, 'a')
		  . ' FOR ' . pick(@modes) . ' OF a FOR ' . pick(@modes) . ' OF b', change => $what);
	update_by_itself($what, $o) if chance(50);
	once(pick('COMMIT', 'ROLLBACK')) if !$o->{inside};
	return '';
}

# A query goes on while what it reads is changed, row by row, by statements that read
# it themselves.
sub loop_by_itself
{
	my ($what, $o) = @_;
	my ($set) = assignment($o, '{T}.id');

	both('DO $$ DECLARE r record; n int8 := 0; BEGIN'
		  . ' FOR r IN SELECT a.id, b.id AS next FROM {T} a JOIN {T} b ON b.id = a.id + 1'
		  . ' WHERE ' . some_picked($o, 'a') . ' ORDER BY a.id LIMIT 80 LOOP'
		  . " UPDATE {T} SET $set WHERE id = r.next;"
		  . ' SELECT n + count(*) INTO n FROM {T} a, {T} b WHERE a.id = r.id AND b.id = r.next;'
		  . ' IF n % 5 = 0 THEN DELETE FROM {T} WHERE id = r.id; END IF;'
		  . ' END LOOP; END $$');
	both("DELETE FROM {T} WHERE id = (SELECT max(id) FROM {T} WHERE $picked)", change => $what);
	return '';
}

# Adds one.
sub add
{
	my ($what, $where, %o) = @_;
	my $share = pick(2, 10, 50, 300);
	my $condition = $places{$where};

	# ON CONFLICT and columns that must not be lost need all of them
	if (defined $condition)
	{
		my $rows = pick("hashint8(id) % $share = 0", "hashint8(id) % $share = 0",
			"id % 1000 < 1000 / $share");
		once('DROP TABLE IF EXISTS picked');
		once("CREATE TABLE picked USING heap AS SELECT $o{names} FROM c"
			  . " WHERE $condition AND $rows");
	}
	else
	{
		once('CREATE TABLE IF NOT EXISTS picked USING heap AS'
			  . " SELECT $o{names} FROM c WHERE id % 11 = 3");
		# the columns may be others by now
		once('CREATE TEMP TABLE again AS SELECT id FROM picked');
		once('DROP TABLE picked');
		once("CREATE TABLE picked USING heap AS SELECT $o{names} FROM c"
			  . ' WHERE id IN (SELECT id FROM again)');
		once('DROP TABLE again');
	}
	$kinds{$what}->([ $what, "of $where" ], \%o);
	return;
}

1;
