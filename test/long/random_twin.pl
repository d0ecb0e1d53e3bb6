# As test/t/008_random_twin.pl, for DURATION seconds, with another seed each
# time.
use strict;
use warnings;
use Test::More;
use ColTwin;

ColTwin::run(
	seconds  => $ENV{DURATION} || 60,
	failures => 3);
done_testing();
