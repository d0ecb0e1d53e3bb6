# Memory that a session has while it runs SQL.
package ColMemory;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run;
use List::Util 'max';
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

our @EXPORT = qw(run_measured);

# Memory of a process in kB, by the names of /proc; nothing when it has ended.
sub memory_of
{
	my ($pid) = @_;
	open my $file, '<', "/proc/$pid/status" or return;
	my %kb = map { /^(VmHWM|Rss\w+):\s+(\d+) kB/ ? ($1 => $2) : () } <$file>;
	return %kb;
}

# Runs SQL in a session of its own; returns the most memory it had, in MB, what
# it printed, and how many times its memory was looked at.
sub run_measured
{
	my ($node, $sql) = @_;
	my ($out, $err, $peak, $other, $n) = ('', '', 0, 0, 0);
	my $file = $node->basedir . '/load.sql';

	PostgreSQL::Test::Utils::append_to_file($file,
		"SELECT 'pid=' || pg_backend_pid();\n$sql");
	my $psql = IPC::Run::start(
		[
			'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f', $file, '-d',
			$node->connstr('postgres')
		],
		'<', \undef, '>', \$out, '2>', \$err,
		IPC::Run::timeout(150));

	while ($psql->pumpable)
	{
		$psql->pump_nb;
		if ($out =~ /^pid=(\d+)$/m)
		{
			my %kb = memory_of($1);
			if (%kb)
			{
				$other = $kb{RssFile} + $kb{RssShmem}
				  if $kb{RssFile} + $kb{RssShmem} > $other;
				$peak = max($peak, $kb{RssAnon}, $kb{VmHWM} - $other);
				$n++;
			}
		}
		sleep 0.02;
	}
	$psql->finish;
	unlink $file;
	is($err, '', 'no error');
	$out =~ s/^pid=.*\n//;
	chomp $out;
	return ($peak / 1024, $out, $n);
}

1;
