# As test/t/021_vacuum_kill.pl, for DURATION seconds.
use strict;
use warnings;
use Test::More;
use ColVacuumKill;

ColVacuumKill::run(seconds => $ENV{DURATION} || 60);
done_testing();
