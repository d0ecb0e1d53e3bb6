# As test/t/030_stress.pl, for DURATION seconds.
use strict;
use warnings;
use Test::More;
use ColStress;

ColStress::run(
	rounds       => 2,
	seconds_each => 20,
	seconds      => $ENV{DURATION} || 60);
done_testing();
