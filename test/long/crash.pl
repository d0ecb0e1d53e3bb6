# As test/t/001_crash.pl, for DURATION seconds.
use strict;
use warnings;
use Test::More;
use ColCrash;

my $seconds = $ENV{DURATION} || 60;

ColCrash::run_rounds(
	rounds => 5,
	seconds => $seconds,
	most_seconds => $seconds + 60);
done_testing();
