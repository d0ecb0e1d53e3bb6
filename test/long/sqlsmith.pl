# Queries of sqlsmith (the Debian package) over columnar tables for DURATION seconds, by
# a role that is no superuser: the server lives, and there is no internal error that
# heap tables do not have as well.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use ColTest;
use ColTwinScript;
use ColTwinTypes;

plan skip_all => 'sqlsmith is not installed' if !grep { -x "$_/sqlsmith" } split /:/, $ENV{PATH};
my $seed = seed_random();

# Source files of PostgreSQL's functions whose errors for senseless arguments are internal.
my %of_functions = map { $_ => 1 } qw(objectaddress.c dependency.c acl.c aclchk.c);
# The same of files that are not of functions alone.
my %by_call = ('relation.c' => qr/\b(brin_(de)?summarize_\w+|gin_clean_pending_list)\b/);

my $until = time + ($ENV{DURATION} || 60);

my @parallel = map { "ALTER ROLE smith SET $_ = 0" }
  qw(parallel_setup_cost parallel_tuple_cost min_parallel_table_scan_size);

$node = new_node('smith', conf => <<'EOC');
fsync = off
full_page_writes = off
shared_buffers = 64MB
max_parallel_workers = 4
autovacuum = off
log_min_messages = error
log_min_error_statement = error
log_line_prefix = '%m [%p] '
log_error_verbosity = verbose
EOC
define_types($node);

# Tables of all types, with rows in stripes and in the row store, deleted and updated;
# the twins of the database "heap" have the same names.
my @all = grep { !$types{$_}{element} } sort keys %types;
my @script = ('CREATE ROLE smith LOGIN', 'CREATE SCHEMA IF NOT EXISTS public', 'GRANT ALL ON SCHEMA public TO smith');
foreach my $n (1 .. 4)
{
	my @some = grep { !$types{$_}{not_null} }
	  grep { $n == 1 ? /^(int|float|num|text|bool|date|time|uuid)/ : chance(30) } @all;
	my @columns = map { "k$_ " . sql_type($some[$_]) } 0 .. $#some;
	my @values = map { "CASE WHEN i % 13 > 0 THEN (" . sprintf($types{$_}{e}, 'i') . ') END' } @some;

	push @script, "CREATE TABLE t$n (id int8 PRIMARY KEY, " . join(', ', @columns) . ')',
	  'SET columnar.stripe_rows = 1024',
	  'SET columnar.stripe_all = on',
	  "INSERT INTO t$n SELECT i, " . join(', ', @values) . ' FROM generate_series(1::int8, 3000) i',
	  'SET columnar.stripe_all = off',
	  "INSERT INTO t$n SELECT i, " . join(', ', @values) . ' FROM generate_series(3001::int8, 3200) i',
	  "DELETE FROM t$n WHERE id % 7 = 3", "UPDATE t$n SET k0 = NULL WHERE id % 50 = 0", "ANALYZE t$n";
}
push @script, 'GRANT ALL ON ALL TABLES IN SCHEMA public TO smith', "ALTER ROLE smith SET statement_timeout = '1s'";
$node->safe_psql('postgres', 'CREATE DATABASE heap TEMPLATE postgres');
my $text = join(";\n", @script) . ';';
$node->safe_psql('postgres', "SET default_table_access_method = columnar;\n$text");
$text =~ s/CREATE ROLE smith LOGIN;//;
$node->safe_psql('heap', "LOAD 'columnar';\n$text");

# Errors in the server's log from a place on: [code, message, statement, source file].
sub errors_since
{
	my ($from) = @_;
	my $log = slurp_file($node->logfile, $from);
	my @errors;

	foreach my $entry (split /^(?=\d{4}-\d\d-\d\d )/m, $log)
	{
		push @errors, [ $1, $2, '', '' ] if $entry =~ /(?:ERROR|FATAL|PANIC):  (\S{5}): (.*)/;
		next if !@errors;
		$errors[-1][2] = $1 if $entry =~ /STATEMENT:  (.*)/s;
		$errors[-1][3] = $1 if $entry =~ /LOCATION:  \w+, ([\w.]+):/;
	}
	return @errors;
}

my ($runs, $queries, $errors, %told) = (0, 0, 0);
my $from = 0;
while (time < $until && keys %told < 10)
{
	# some parallel, some not
	$node->safe_psql('postgres', $runs % 2 ? join('; ', @parallel) : 'ALTER ROLE smith RESET ALL');
	$node->safe_psql('postgres', "ALTER ROLE smith SET statement_timeout = '1s'");
	my $out = '';
	my $smith = IPC::Run::start(
		[ 'sqlsmith', '--verbose', '--exclude-catalog', '--seed=' . ($seed + $runs++),
			'--target=' . $node->connstr('postgres') . ' user=smith' ],
		'<', \undef, '>', \$out, '2>', \$out);
	my $end = time + 30;
	sleep 0.2 while time < $end && time < $until && $smith->pumpable && do { $smith->pump_nb; 1 };
	$smith->kill_kill;
	$queries += ($out =~ /queries: (\d+)/g)[-1] // 0;
	wait_ready($node) or last;
	foreach my $error (errors_since($from))
	{
		my ($code, $message, $sql, $file) = @$error;
		$errors++;
		my $kind = $message =~ s/\d+/N/gr;
		next if $code !~ /^(XX|58|53|57P02)/ || $told{$kind};
		next if $of_functions{$file};
		next if $by_call{$file} && $sql =~ $by_call{$file};
		next if $message =~ /because of crash of another server process/;
		# the same on heap tables?
		my (undef, undef, $err) = $node->psql('heap',
			"SET ROLE smith; SET statement_timeout = '10s'; BEGIN;\n$sql;\nROLLBACK");
		next if index(($err // '') =~ s/\d+/N/gr, $kind) >= 0;
		$told{$kind} = "$code $message ($file)\n$sql";
	}
	$from = -s $node->logfile;
}
diag "note: $runs runs of sqlsmith, $queries queries, $errors of them errors";
is(join("\n\n", values %told), '', 'no internal error');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'no crash');
cmp_ok($queries, '>', 100 * $runs, 'enough queries ran');
verify_tables($node);
done_testing();
