# Sessions change the same rows of stripes and of a heap twin in all ways at once,
# beside VACUUM, crashes and readers, also on a standby; test/long/stress.pl takes
# longer.
use strict;
use warnings;
use Test::More;
use ColStress;

ColStress::run(rounds => 3, seconds_each => 5, seconds => 0);
done_testing();
