# Random tables, loads, changes, DDL and queries on heap and columnar twins, for
# 20 seconds, and on until every type and all DDL came up;
# test/long/random_twin.pl takes longer.  SEED=n repeats a run.
use strict;
use warnings;
use Test::More;
use ColTwin;

$ENV{SEED} ||= 20240607;
ColTwin::run(seconds => 20);
done_testing();
