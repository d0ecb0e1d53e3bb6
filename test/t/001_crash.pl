# Kills the server at random moments of loads, index builds and checkpoints,
# at least 30 times, and compares what is there with what was committed, on
# the primary and on a standby; wal_consistency_checking = all.
use strict;
use warnings;
use Test::More;
use ColCrash;

ColCrash::run_rounds(rounds => 32, seconds => 0, most_seconds => 240);
done_testing();
