# ColCrash.pm - kills a server at random moments under load, again and again,
# and compares what is there with what was committed.  001_crash.pl runs it for
# a number of rounds, test/long/crash.pl for a time.
#
# Writers are psql processes that print "start ID" before and "done ID" after
# each transaction.  What they printed as done is committed.  A transaction
# that was started and is not done is in doubt: it may be there whole, or not
# at all.
package ColCrash;

use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use ColTest;

my @sizes = (3, 1500, 3000, 8000, 30000);
my @modes = qw(server backend server immediate server checkpointer);

# what a round does: weights of the kinds of transactions in its script
my @loads = (
	{ copy => 1 },
	{ insert => 1 },
	{ copy => 2, insert => 1, small => 2, unsmall => 1, checkpoint => 1 },
	{ index => 1 },
	{ savepoint => 1, rollback => 1 },
	{ copy => 2, beside => 'CHECKPOINT' },
	{ insert => 1, index => 1, concurrently => 1 },
	{ small => 3, unsmall => 1, copy => 1, beside => 'VACUUM t' },);

my ($primary, $standby, %files, %expected, %batches);
my $next_batch = 1;
my $rounds_with_stripes = 0;

sub batch_sql
{
	my ($kind, $batch, $n) = @_;
	my $copy = "COPY t (id, payload, num, ts, long) FROM '%s' WITH (FORMAT csv);";
	my $set = "SET test.batch = %d;";

	return sprintf("$set $copy", $batch, $files{$n}) if $kind eq 'copy';
	return "INSERT INTO t SELECT $batch, * FROM source WHERE id <= $n;"
	  if $kind eq 'insert' || $kind eq 'small';
	return "BEGIN; "
	  . sprintf("$set $copy", $batch, $files{$n})
	  . ' SAVEPOINT a; '
	  . sprintf("$set $copy", $batch + 1, $files{1500})
	  . ' ROLLBACK TO a; SAVEPOINT b;'
	  . " INSERT INTO t SELECT -$batch, * FROM source WHERE id <= 2000;"
	  . ' ROLLBACK TO b; COMMIT;'
	  if $kind eq 'savepoint';
	return 'BEGIN; '
	  . sprintf("$set $copy", $batch, $files{$n})
	  . ' ROLLBACK;'
	  if $kind eq 'rollback';
	die $kind;
}

# A script of many transactions, more than a round has time for; returns its
# text and what each of its transactions does.
sub make_script
{
	my ($load) = @_;
	my @kinds = map { ($_) x $load->{$_} } grep { $_ ne 'beside' } sort keys %$load;
	my ($script, @ops, @small) = ("\\set ON_ERROR_STOP 1\n");

	foreach my $id (0 .. 79)
	{
		my $kind = $kinds[ int rand @kinds ];
		my $op = { kind => $kind };
		my $sql;

		$kind = 'small' if $kind eq 'unsmall' && !@small;
		if ($kind eq 'index' || $kind eq 'concurrently')
		{
			my $how = $kind eq 'index' ? '' : 'CONCURRENTLY';
			my $on = ("(num)", "(payload, id)", "(ts)")[ int rand 3 ];
			$op->{kind} = 'index';
			$sql = "DROP INDEX IF EXISTS extra;\n"
			  . "CREATE INDEX $how extra ON t $on;";
		}
		elsif ($kind eq 'checkpoint')
		{
			$sql = 'CHECKPOINT;';
		}
		elsif ($kind eq 'unsmall')
		{
			$op->{batch} = shift @small;
			$op->{kind} = 'unsmall';
			$sql = "DELETE FROM t WHERE batch = $op->{batch};";
		}
		else
		{
			$op->{kind} = $kind;
			$op->{n} =
			    $kind eq 'small'
			  ? 3
			  : $sizes[ 1 + int rand $#sizes ];
			$op->{batch} = $next_batch;
			$next_batch += 2;
			push @small, $op->{batch} if $kind eq 'small';
			$sql = batch_sql($kind, $op->{batch}, $op->{n});
		}
		$ops[$id] = $op;
		$script .= "\\echo start $id\n$sql\n\\echo done $id\n";
	}
	return ($script, \@ops);
}

sub start_client
{
	my ($name, $script) = @_;
	my $client = { out => '', err => '', script => $script };

	local $ENV{PGAPPNAME} = $name;
	$client->{run} = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $primary->connstr('postgres') ],
		'<', \$client->{script},
		'>', \$client->{out},
		'2>', \$client->{err},
		IPC::Run::timer(90));
	return $client;
}

sub finish_client
{
	my ($client) = @_;
	eval { $client->{run}->finish; 1 } or $client->{run}->kill_kill;
	return;
}

# The batches that are in the table, by number: "rows hash".
sub batches_of
{
	my ($node) = @_;
	my $out = $node->safe_psql('postgres', <<'END');
SELECT batch, count(*),
       sum(hashtextextended((id, payload, num, ts, long)::text, 0))
  FROM t GROUP BY batch ORDER BY batch
END
	return map { my ($b, @rest) = split /\|/; ($b => "@rest") } split /\n/,
	  $out;
}

# Applies what the client says was done to %batches; returns the transaction
# in doubt, if there is one.
sub settle
{
	my ($client, $ops) = @_;
	my ($started, %done) = (undef);

	foreach my $line (split /\n/, $client->{out})
	{
		$started = $1 if $line =~ /^start (\d+)$/;
		$done{$1} = 1 if $line =~ /^done (\d+)$/;
	}
	foreach my $id (sort { $a <=> $b } keys %done)
	{
		my $op = $ops->[$id];
		$batches{ $op->{batch} } = $op->{n}
		  if $op->{kind} =~ /^(copy|insert|small|savepoint)$/;
		delete $batches{ $op->{batch} } if $op->{kind} eq 'unsmall';
	}
	return if !defined $started || $done{$started};
	return $ops->[$started];
}

# Kills in one of several ways, and brings the server up again.
sub kill_and_restart
{
	my ($mode) = @_;

	if ($mode eq 'server')
	{
		ColTest::crash($primary);
		$primary->start;
	}
	elsif ($mode eq 'immediate')
	{
		$primary->stop('immediate');
		$primary->start;
	}
	else
	{
		my $who =
		  $mode eq 'backend'
		  ? "application_name = 'writer'"
		  : "backend_type = 'checkpointer'";
		my $pid = $primary->safe_psql('postgres',
			"SELECT pid FROM pg_stat_activity WHERE $who LIMIT 1");
		return 0 if $pid eq '';
		kill 'KILL', $pid;
		# the postmaster notices, ends all and recovers
		my $until = time + 30;
		sleep 0.01 while ColTest::is_running($pid) && time < $until;
	}
	return ColTest::wait_ready($primary);
}

sub one_round
{
	my ($round) = @_;
	my $load = $loads[ $round % @loads ];
	my $mode = $modes[ int rand @modes ];
	my $what = "round $round (" . join(' ', sort keys %$load) . ", $mode)";
	my ($script, $ops) = make_script($load);
	my ($doubt, $beside, $pid);

	if ($round % 6 == 0)
	{
		%batches = ();
		$primary->safe_psql('postgres',
			'TRUNCATE t; DROP INDEX IF EXISTS extra');
	}
	if ($load->{index} && !grep { $_ >= 30000 } values %batches)
	{
		# something to index
		$primary->safe_psql('postgres',
			batch_sql('copy', $next_batch, 30000));
		$batches{$next_batch} = 30000;
		$next_batch += 2;
	}

	my $writer = start_client('writer', $script);
	$beside = start_client('beside',
		"SELECT pg_sleep(0.01);\n$load->{beside};\n" x 200)
	  if $load->{beside};
	$primary->poll_query_until('postgres',
		"SELECT count(*) > 0 FROM pg_stat_activity"
		  . " WHERE application_name = 'writer'")
	  or die 'the writer did not start';
	sleep 0.02 + rand 0.9;

	my $restarted = kill_and_restart($mode);
	finish_client($writer);
	finish_client($beside) if $beside;
	if (!$restarted)
	{
		# the writer had come to its end: nobody to kill
		$restarted = ColTest::wait_ready($primary);
	}
	if (!$restarted)
	{
		fail("$what: the server comes up again");
		return 0;
	}
	$doubt = settle($writer, $ops);
	if (!defined $doubt && $writer->{err} =~ /ERROR/)
	{
		fail("$what: the writer made no mistake");
		diag $writer->{err};
	}
	if ($writer->{err} =~ /^.*ERROR: .*$/m)
	{
		my $error = $&;
		if ($error !~ /terminat|shut|crash|connection/)
		{
			fail("$what: the writer fails by the kill only");
			diag $error;
		}
	}

	# what is there, and what must be
	my %there = batches_of($primary);
	if ($doubt && defined $doubt->{batch})
	{
		my $batch = $doubt->{batch};
		if ($doubt->{kind} eq 'unsmall')
		{
			delete $batches{$batch} unless exists $there{$batch};
		}
		elsif ($doubt->{kind} ne 'rollback' && exists $there{$batch})
		{
			$batches{$batch} = $doubt->{n};
		}
	}
	my $must = join "\n",
	  map { "$_: $expected{$batches{$_}}" } sort { $a <=> $b } keys %batches;
	my $is = join "\n", map { "$_: $there{$_}" } sort { $a <=> $b } keys %there;
	my $good = is($is, $must, "$what: what was committed is there");

	# indexes agree with the table
	if (my ($batch) = sort { $batches{$b} <=> $batches{$a} } keys %batches)
	{
		$good &= ColTest::same_by_index($primary,
			"SELECT count(*), sum(id), sum(hashtext(payload)) FROM t"
			  . " WHERE batch = $batch", "$what: primary key");
		my $column = $primary->safe_psql('postgres',
			"SELECT a.attname FROM pg_index i JOIN pg_attribute a"
			  . " ON a.attrelid = i.indexrelid AND a.attnum = 1"
			  . " WHERE i.indexrelid = to_regclass('extra')"
			  . ' AND i.indisvalid');
		my %condition = (
			num => 'num BETWEEN 100 AND 200',
			payload => "payload BETWEEN '3' AND '5'",
			ts => "ts BETWEEN '2024-01-03' AND '2024-01-05'");
		$good &= ColTest::same_by_index($primary,
			"SELECT count(*), sum(id), sum(num) FROM t"
			  . " WHERE $condition{$column}", "$what: index on $column")
		  if $column ne '';
	}

	# the standby replays the same
	$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
	my %replayed = batches_of($standby);
	my $standby_is = join "\n",
	  map { "$_: $replayed{$_}" } sort { $a <=> $b } keys %replayed;
	$good &= is($standby_is, $must, "$what: the standby has the same");

	$rounds_with_stripes++ if ColTest::stripes_of($primary, 't') > 0;
	BAIL_OUT('the contents differ; nothing to go on from') unless $good;
	return defined $doubt && $doubt->{kind} ne 'checkpoint' ? 1 : 0;
}

# Rounds until both the number and the time are reached, but not longer than
# most_seconds.  At least two thirds must hit a running write.
sub run_rounds
{
	my (%limits) = @_;
	my ($rounds, $hits, $begin) = (0, 0, time);

	ColTest::seed_random();
	$primary = ColTest::new_node(
		'primary',
		streaming => 1,
		conf => <<'END');
restart_after_crash = on
wal_consistency_checking = all
checkpoint_timeout = 30s
max_wal_size = 64MB
max_prepared_transactions = 5
END
	$primary->safe_psql('postgres',
		"SELECT pg_create_physical_replication_slot('standby', true)");
	$primary->backup('base');
	$standby = PostgreSQL::Test::Cluster->new('standby');
	$standby->init_from_backup($primary, 'base', has_streaming => 1);
	$standby->append_conf('postgresql.conf', "primary_slot_name = standby\n");
	$standby->start;

	%files = ColTest::make_source($primary, @sizes);
	foreach my $n (@sizes)
	{
		$expected{$n} = $primary->safe_psql('postgres', <<"END");
SELECT count(*) || ' ' ||
       sum(hashtextextended((id, payload, num, ts, long)::text, 0))
  FROM source WHERE id <= $n
END
	}
	$primary->safe_psql('postgres', <<"END");
CREATE TABLE t (batch int DEFAULT current_setting('test.batch')::int,
                id int, payload text, num numeric(12,2), ts timestamp,
                long text, PRIMARY KEY (batch, id)) USING $ColTest::am;
END

	while ($rounds < $limits{rounds} || time - $begin < $limits{seconds})
	{
		last if time - $begin > $limits{most_seconds};
		$hits += one_round($rounds);
		$rounds++;
	}
	diag "note: $rounds rounds, $hits hit a running write";
	cmp_ok($rounds, '>=', $limits{rounds}, "at least $limits{rounds} rounds");
	cmp_ok($hits, '>=', $limits{rounds} * 2 / 3,
		'two thirds of them hit a running write');
	cmp_ok($rounds_with_stripes, '>=', $rounds / 2,
		'half of them or more had stripes in the table');
	ColTest::check_logs($primary, $standby);
	ColTest::verify_tables($primary);
	ColTest::verify_tables($standby);
	return;
}

1;
